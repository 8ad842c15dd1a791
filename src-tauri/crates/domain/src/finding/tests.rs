use super::*;
use crate::{
    policy::Policy,
    record::{AckTrack, DeliveryTrack, Document, DocumentContent, DocumentLine, Validation},
};

fn document(
    id: &str,
    doc_type: &str,
    number: &str,
    hours: i64,
    lines: &[(&str, &str, &str, &str)],
) -> Document {
    Document {
        id: id.into(),
        correlation_id: None,
        standard: "x12".into(),
        doc_type: doc_type.into(),
        direction: None,
        number: number.into(),
        order_number: Some("4500771820".into()),
        sender: "ZZ:A".into(),
        receiver: "ZZ:B".into(),
        sender_name: String::new(),
        receiver_name: String::new(),
        interchange_control: None,
        group_control: None,
        document_control: None,
        test: false,
        validation: Validation::Valid,
        delivery: DeliveryTrack::Delivered,
        ack: AckTrack::Accepted,
        status_code: "S".into(),
        ack_code: Some("A".into()),
        error_code: None,
        error_message: None,
        amount: None,
        currency: Some("EUR".into()),
        arrived_at: Millis(hours * crate::time::HOUR),
        status_at: Millis(hours * crate::time::HOUR),
        ack_at: None,
        payload_sha256: None,
        content: Some(DocumentContent {
            lines: lines
                .iter()
                .map(|(line, product, quantity, price)| DocumentLine {
                    line: (*line).into(),
                    product: (*product).into(),
                    quantity: (*quantity).into(),
                    price: (!price.is_empty()).then(|| (*price).into()),
                    unit: "CS".into(),
                    ..DocumentLine::default()
                })
                .collect(),
            ..DocumentContent::default()
        }),
        problem: None,
    }
}

fn rules(documents: &[Document], now_hours: i64) -> Vec<(Rule, String)> {
    let policy = Policy::load(None).unwrap();
    let facts = ThreadFacts {
        partner_id: Some("p1"),
        order_number: "4500771820",
        documents,
        policy: &policy,
        now: Millis(now_hours * crate::time::HOUR),
    };
    for_thread(&facts)
        .findings
        .into_iter()
        .map(|f| (f.rule, f.place))
        .collect()
}

const ORDER: &[(&str, &str, &str, &str)] =
    &[("3", "HZ", "240", "8.20"), ("6", "HH", "144", "46.50")];

#[test]
fn a_short_shipment_that_is_billed_in_full_raises_both_findings_by_line() {
    let thread = [
        document("o", "850", "4500771820", 0, ORDER),
        document("a", "855", "4500771820", 2, ORDER),
        document("s", "856", "ASN-0048131", 10, &[("3", "HZ", "192", "")]),
        document("i", "810", "INV-90417", 12, ORDER),
    ];
    assert_eq!(
        rules(&thread, 13),
        [
            (Rule::QuantityShort, "line 6".into()),
            (Rule::QuantityShort, "line 3".into()),
            (Rule::BilledNotShipped, "line 6".into()),
        ]
    );
}

#[test]
fn an_order_change_is_what_counts_and_keeps_the_agreed_price() {
    let thread = [
        document("o", "850", "4500771820", 0, ORDER),
        document("c", "860", "4500771820", 1, &[("3", "HZ", "192", "")]),
        document(
            "s",
            "856",
            "ASN-1",
            10,
            &[("3", "HZ", "192", ""), ("6", "HH", "144", "")],
        ),
        document(
            "i",
            "810",
            "INV-1",
            12,
            &[("3", "HZ", "192", "9.00"), ("6", "HH", "144", "46.50")],
        ),
    ];
    assert_eq!(
        rules(&thread, 13),
        [(Rule::PriceDiffers, "line 3 price".into())]
    );
}

#[test]
fn an_invoice_sent_twice_is_one_finding_and_does_not_double_the_sums() {
    let thread = [
        document("o", "ORDERS", "4500771820", 0, ORDER),
        document("s", "DESADV", "ASN-1", 10, ORDER),
        document("i1", "INVOIC", "INV-1", 12, ORDER),
        document("i2", "INVOIC", "INV-1", 13, ORDER),
    ];
    assert_eq!(rules(&thread, 14), [(Rule::DuplicateNumber, String::new())]);
}

#[test]
fn what_does_not_come_in_time_is_found_by_the_clock_alone_and_closes_when_it_comes() {
    let order = document("o", "850", "4500771820", 0, ORDER);
    assert!(rules(std::slice::from_ref(&order), 23).is_empty());
    assert_eq!(
        rules(std::slice::from_ref(&order), 24),
        [(Rule::MissingAcknowledgement, String::new())]
    );
    let late = document("a", "855", "4500771820", 30, ORDER);
    assert!(rules(&[order, late], 31).is_empty());
}

#[test]
fn the_same_fact_has_the_same_id_whatever_the_order_of_arrival() {
    let a = document("o", "850", "4500771820", 0, ORDER);
    let b = document("s", "856", "ASN-1", 10, &[("3", "HZ", "192", "")]);
    let policy = Policy::load(None).unwrap();
    let ids = |documents: &[Document]| {
        let facts = ThreadFacts {
            partner_id: None,
            order_number: "4500771820",
            documents,
            policy: &policy,
            now: Millis(0),
        };
        for_thread(&facts)
            .findings
            .into_iter()
            .map(|f| f.id)
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(&[a.clone(), b.clone()]), ids(&[b, a]));
}

#[test]
fn a_rejected_receipt_is_a_failure_and_an_accepted_one_closes_it() {
    let policy = Policy::load(None).unwrap();
    let mut invoice = document("i", "810", "INV-1", 12, ORDER);
    invoice.ack = AckTrack::Rejected;
    assert_eq!(
        for_document(&invoice, None, &policy, Millis(0)).0[0].rule,
        Rule::AckRejected
    );
    invoice.ack = AckTrack::Accepted;
    assert!(
        for_document(&invoice, None, &policy, Millis(0))
            .0
            .is_empty()
    );
}

#[test]
fn a_gap_in_control_numbers_is_found_and_a_restarted_counter_is_not() {
    let received = |numbers: &[i64]| {
        numbers
            .iter()
            .map(|n| ReceivedControl {
                control: format!("{n:09}"),
                document_id: n.to_string(),
                arrived_at: Millis(*n),
            })
            .collect::<Vec<_>>()
    };
    let found = for_controls("ZZ:A", None, &received(&[101, 102, 106]));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].facts["missing"], 3);
    assert!(for_controls("ZZ:A", None, &received(&[1, 2, 9_000])).is_empty());
}

#[test]
fn what_concerns_only_our_own_work_is_never_told_to_a_partner() {
    for rule in [
        Rule::NoticeBounced,
        Rule::ReleaseMismatch,
        Rule::NoticeFailed,
        Rule::TaskOverdue,
        Rule::ReferencesDisagree,
        Rule::ControlNumberGap,
    ] {
        assert!(!rule.may_be_told(), "{rule}");
    }
    assert!(Rule::QuantityShort.may_be_told());
}
