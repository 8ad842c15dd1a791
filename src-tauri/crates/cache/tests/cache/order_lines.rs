//! Lines of customers' orders, as an outreach looks for them.

use cache::{Cache, OrderLineFilter};
use domain::record::{Direction, Document, DocumentContent, Record};

use crate::given::{at, document, line, open, page};

/// An order a customer placed with us.
fn order(id: &str, number: &str, products: &[&str], ship_date: Option<&str>, hours: i64) -> Record {
    Record::Document(placed(id, number, products, ship_date, hours))
}

fn placed(
    id: &str,
    number: &str,
    products: &[&str],
    ship_date: Option<&str>,
    hours: i64,
) -> Document {
    let mut order = document(id, "850", number, at(hours));
    order.direction = Some(Direction::Inbound);
    std::mem::swap(&mut order.sender, &mut order.receiver);
    order.content = Some(DocumentContent {
        ship_date: ship_date.map(str::to_owned),
        lines: products.iter().map(|p| line(p, "10")).collect(),
        ..DocumentContent::default()
    });
    order
}

/// Orders with a product, each with whether it has been shipped.
async fn found(cache: &Cache, product: &str, window: (&str, &str)) -> Vec<(String, bool)> {
    let wanted = OrderLineFilter {
        products: vec![format!("SKU-{product}")],
        from: window.0.to_owned(),
        to: window.1.to_owned(),
    };
    let mut lines: Vec<(String, bool)> = cache
        .affected_lines(&wanted)
        .await
        .unwrap()
        .into_iter()
        .map(|line| (line.order, line.shipped))
        .collect();
    lines.sort();
    lines
}

fn orders(numbers: &[(&str, bool)]) -> Vec<(String, bool)> {
    let owned = |(number, shipped): &(&str, bool)| ((*number).to_owned(), *shipped);
    numbers.iter().map(owned).collect()
}

#[tokio::test]
async fn order_lines_follow_their_documents_and_say_whether_they_were_shipped() {
    let (_folder, cache) = open().await;
    let all = ("", "");
    let mut ours = placed("d4", "4", &["1"], Some("2026-12-10"), 1);
    ours.direction = Some(Direction::Outbound);
    let mut test = placed("d5", "5", &["1"], Some("2026-12-10"), 1);
    test.test = true;
    let records = vec![
        order("d1", "1", &["1", "2"], Some("2026-12-10"), 1),
        order("d2", "2", &["1"], Some("2027-02-01"), 1),
        order("d3", "3", &["1"], None, 1),
        Record::Document(ours),
        Record::Document(test),
    ];
    cache.apply(page("documents", records)).await.unwrap();
    // What we ordered, and test traffic, is nobody's open order; one that names no date may be in any window.
    let every = orders(&[("1", false), ("2", false), ("3", false)]);
    assert_eq!(found(&cache, "1", all).await, every);
    let december = ("2026-12-01", "2026-12-31");
    let in_december = orders(&[("1", false), ("3", false)]);
    assert_eq!(found(&cache, "1", december).await, in_december);
    assert_eq!(found(&cache, "2", all).await, orders(&[("1", false)]));
    let products = cache.ordered_products().await.unwrap();
    let counted: Vec<(&str, u32)> = products
        .iter()
        .map(|p| (p.product.as_str(), p.lines))
        .collect();
    assert_eq!(counted, [("SKU-1", 3), ("SKU-2", 1)]);

    // The order is read again with other lines and another date, and another one is shipped.
    let mut notice = document("s2", "856", "ASN-2", at(3));
    notice.order_number = Some("2".to_owned());
    let records = vec![
        order("d1", "1", &["2"], Some("2027-03-01"), 2),
        Record::Document(notice),
    ];
    cache.apply(page("documents", records)).await.unwrap();
    let rest = orders(&[("2", true), ("3", false)]);
    assert_eq!(found(&cache, "1", all).await, rest);
    assert_eq!(found(&cache, "2", december).await, orders(&[]));

    // Gone at the source, gone here.
    let gone = placed("d3", "3", &["1"], None, 1);
    let object = Record::Document(gone).object();
    cache
        .apply(page("documents", vec![Record::Gone(object)]))
        .await
        .unwrap();
    assert_eq!(found(&cache, "1", all).await, orders(&[("2", true)]));
    let products = cache.ordered_products().await.unwrap();
    let counted: Vec<(&str, u32)> = products
        .iter()
        .map(|p| (p.product.as_str(), p.lines))
        .collect();
    assert_eq!(counted, [("SKU-1", 1), ("SKU-2", 1)]);
}
