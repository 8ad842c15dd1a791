use std::path::{Path, PathBuf};

use serde_json::Value;

use super::*;
use crate::read;

fn conversations() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files/conversations")
}

/// Documents of one order as a strange partner sent them, in the order of arrival.
fn load(set: &str) -> (Vec<Document>, Value) {
    let folder = conversations().join(set);
    let mut paths: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    paths.sort();
    let expected = std::fs::read_to_string(folder.join("expected.json")).unwrap();
    let documents = paths
        .iter()
        .filter(|p| p.extension().is_some_and(|e| e == "edi"))
        .flat_map(|p| read(&std::fs::read(p).unwrap()).documents())
        .collect();
    (documents, serde_json::from_str(&expected).unwrap())
}

fn compared(set: &str) -> (Conversation, Comparison) {
    let (documents, _) = load(set);
    let mut linked = link(&documents);
    assert_eq!(linked.len(), 1, "{set}");
    let conversation = linked.remove(0);
    let comparison = compare(&conversation, &documents, &Rules::default());
    (conversation, comparison)
}

/// (line, stage, kind, expected, actual)
fn differences(comparison: &Comparison) -> Vec<(String, Stage, DifferenceKind, String, String)> {
    comparison
        .differences()
        .map(|(line, d)| {
            (
                line.line_number.clone().unwrap_or_default(),
                d.stage,
                d.kind,
                d.expected.clone().unwrap_or_default(),
                d.actual.clone().unwrap_or_default(),
            )
        })
        .collect()
}

fn of_kind(comparison: &Comparison, kind: DifferenceKind) -> Vec<String> {
    let found = comparison.differences().filter(|(_, d)| d.kind == kind);
    found
        .map(|(line, _)| line.line_number.clone().unwrap_or_default())
        .collect()
}

#[test]
fn sums_agree_with_the_partner_that_made_the_documents() {
    let mut sets = 0;
    for entry in std::fs::read_dir(conversations()).unwrap() {
        let set = entry.unwrap().file_name().into_string().unwrap();
        let (documents, expected) = load(&set);
        let linked = link(&documents);
        assert_eq!(linked.len(), 1, "{set}");
        assert_eq!(linked[0].order_number, expected["order_number"], "{set}");
        assert_eq!(linked[0].documents.len(), documents.len(), "{set}");
        let comparison = compare(&linked[0], &documents, &Rules::default());
        let number = |value: &Value| crate::parse_decimal(value.as_str().unwrap());
        for line in expected["lines"].as_array().unwrap() {
            let found = comparison
                .lines
                .iter()
                .find(|l| l.line_number.as_deref() == line["line"].as_str())
                .unwrap_or_else(|| panic!("{set}: {line}"));
            // That partner keeps the quantity of a line the buyer deleted.
            let deleted =
                set.contains("change") && number(&line["confirmed"]) == Some(Decimal::ZERO);
            let ordered = if deleted {
                Some(Decimal::ZERO)
            } else {
                number(&line["quantity"])
            };
            assert_eq!(found.ordered, ordered, "{set}: {line}");
            assert_eq!(
                found.ordered_price,
                number(&line["ordered_price"]),
                "{set}: {line}"
            );
            let zero = Some(Decimal::ZERO);
            // Some responses promise the rest in free text only.
            let later = documents.iter().flat_map(|d| &d.lines).any(|l| {
                l.line_number == found.line_number
                    && l.note
                        .as_deref()
                        .is_some_and(|note| note.contains("to follow"))
            });
            if comparison.has_response && !later {
                assert_eq!(
                    found.acknowledged,
                    number(&line["confirmed"]),
                    "{set}: {line}"
                );
            }
            if comparison.has_ship_notice {
                assert_eq!(
                    found.shipped.or(zero),
                    number(&line["shipped"]),
                    "{set}: {line}"
                );
            }
            if comparison.has_invoice {
                assert_eq!(
                    found.invoiced.or(zero),
                    number(&line["invoiced"]),
                    "{set}: {line}"
                );
            }
            if let Some(price) = found.invoiced_price {
                assert_eq!(Some(price), number(&line["price"]), "{set}: {line}");
            }
        }
        sets += 1;
    }
    assert!(sets >= 15);
}

#[test]
fn short_shipment_is_short_once_and_its_price_twice() {
    for set in ["x12_short-ship", "edifact_short-ship"] {
        let (_, comparison) = compared(set);
        let short: Vec<_> = comparison
            .differences()
            .filter(|(_, d)| d.kind == DifferenceKind::Short)
            .collect();
        assert_eq!(short.len(), comparison.lines.len(), "{set}");
        assert!(
            short.iter().all(|(_, d)| d.stage == Stage::Acknowledged),
            "{set}"
        );
    }
    let (_, comparison) = compared("edifact_short-ship");
    use DifferenceKind::{PriceDiffers, Short};
    let s = |t: &str| t.to_owned();
    assert_eq!(
        differences(&comparison),
        [
            (s("1"), Stage::Acknowledged, Short, s("53"), s("42")),
            (s("2"), Stage::Acknowledged, Short, s("85"), s("68")),
            (
                s("2"),
                Stage::Acknowledged,
                PriceDiffers,
                s("5.76"),
                s("6.4")
            ),
            (s("2"), Stage::Invoiced, PriceDiffers, s("5.76"), s("6.4")),
        ]
    );
    let (_, first) = comparison.differences().next().unwrap();
    assert_eq!(first.amount, crate::parse_decimal("43.45"));
}

#[test]
fn over_shipment_is_over_where_it_ships() {
    for set in ["x12_over-ship", "edifact_over-ship"] {
        let (_, comparison) = compared(set);
        let over: Vec<_> = comparison
            .differences()
            .filter(|(_, d)| d.kind == DifferenceKind::Over)
            .collect();
        assert_eq!(over.len(), 3, "{set}");
        assert!(over.iter().all(|(_, d)| d.stage == Stage::Shipped), "{set}");
        assert!(
            of_kind(&comparison, DifferenceKind::BilledNotShipped).is_empty(),
            "{set}"
        );
    }
}

#[test]
fn rest_that_follows_is_not_over() {
    for set in ["x12_late", "edifact_corrupt"] {
        let (_, comparison) = compared(set);
        assert!(
            of_kind(&comparison, DifferenceKind::Over).is_empty(),
            "{set}"
        );
        assert!(
            of_kind(&comparison, DifferenceKind::BilledNotShipped).is_empty(),
            "{set}"
        );
    }
}

#[test]
fn rejected_lines_are_short_and_not_missing() {
    for set in ["x12_reject-line", "edifact_reject-line", "x12_reject-all"] {
        let (_, comparison) = compared(set);
        let rejected = comparison
            .lines
            .iter()
            .filter(|l| l.acknowledged == Some(Decimal::ZERO));
        let rejected: Vec<_> = rejected.map(|l| l.line_number.clone().unwrap()).collect();
        assert!(!rejected.is_empty(), "{set}");
        assert_eq!(
            of_kind(&comparison, DifferenceKind::Short),
            rejected,
            "{set}"
        );
        assert!(
            of_kind(&comparison, DifferenceKind::MissingLine).is_empty(),
            "{set}"
        );
    }
}

#[test]
fn duplicate_invoice_is_named_and_not_counted() {
    for set in ["x12_duplicate-invoice", "edifact_duplicate-invoice"] {
        let (conversation, comparison) = compared(set);
        assert!(!conversation.duplicates.is_empty(), "{set}");
        assert!(
            conversation.duplicates.iter().all(|d| d.same_content),
            "{set}"
        );
        assert!(
            of_kind(&comparison, DifferenceKind::BilledNotShipped).is_empty(),
            "{set}"
        );
    }
}

#[test]
fn order_without_answer_has_no_difference_yet() {
    let (_, comparison) = compared("x12_no-ack");
    assert!(comparison.has_order && !comparison.has_response);
    assert_eq!(comparison.differences().count(), 0);
}

#[test]
fn change_of_an_order_moves_what_is_expected() {
    let (_, comparison) = compared("x12_change860");
    assert_eq!(comparison.lines[1].ordered, Some(Decimal::ZERO));
    assert!(of_kind(&comparison, DifferenceKind::Short).is_empty());
    let (_, comparison) = compared("x12_change860short");
    assert_eq!(comparison.lines[0].ordered, Some(Decimal::from(38)));
    assert_eq!(of_kind(&comparison, DifferenceKind::Short), ["1", "3"]);
}

#[test]
fn shipped_but_not_billed_is_no_difference_before_the_invoice() {
    let (_, comparison) = compared("x12_no-invoice");
    assert!(!comparison.has_invoice);
    assert!(
        comparison
            .differences()
            .all(|(_, d)| d.stage == Stage::Acknowledged)
    );
}

const HEADER: &str =
    "ISA*00*          *00*          *ZZ*{from}*ZZ*{to}*261118*1030*U*00401*000000001*0*P*>~";

/// Documents written by hand: (set, segments), from the buyer where it is an order.
fn documents(sets: &[(&str, &str)]) -> Vec<Document> {
    let one = |(set, body): &(&str, &str)| {
        let buyer = DocumentKind::of(set).unwrap().is_from_buyer();
        let (from, to) = if buyer {
            ("BUYER", "SELLER")
        } else {
            ("SELLER", "BUYER")
        };
        let header = HEADER
            .replace("{from}", &format!("{from:15}"))
            .replace("{to}", &format!("{to:15}"));
        let file = format!(
            "{header}GS*XX*A*B*20261118*1030*1*X*004010~ST*{set}*0001~{body}SE*0*0001~GE*1*1~IEA*1*000000001~"
        );
        read(file.as_bytes()).documents().remove(0)
    };
    sets.iter().map(one).collect()
}

const ORDER: &str = "BEG*00*SA*4711**20261118~PO1*1*10*CA*24.00**IN*A~PO1*2*5*EA*1.10**IN*B~";

fn compare_with(rules: &Rules, sets: &[(&str, &str)]) -> Comparison {
    let documents = documents(sets);
    compare(&link(&documents)[0], &documents, rules)
}

#[test]
fn billed_beyond_the_shipment_is_named_with_its_money() {
    let comparison = compare_with(
        &Rules::default(),
        &[
            ("850", ORDER),
            (
                "856",
                "BSN*00*S1*20261119~HL*1**O~PRF*4711~HL*2*1*I~LIN*1*IN*A~SN1**8*CA~HL*3*1*I~LIN*2*IN*B~SN1**5*EA~",
            ),
            (
                "810",
                "BIG*20261120*I1**4711~IT1*1*10*CA*24.00**IN*A~IT1*2*5*EA*1.1**IN*B~TDS*24550~",
            ),
        ],
    );
    let found: Vec<_> = comparison
        .differences()
        .map(|(_, d)| (d.stage, d.kind, d.amount))
        .collect();
    assert_eq!(
        found,
        [
            (
                Stage::Shipped,
                DifferenceKind::Short,
                Some(Decimal::from(48))
            ),
            (
                Stage::Invoiced,
                DifferenceKind::BilledNotShipped,
                Some(Decimal::from(48))
            ),
        ]
    );
}

#[test]
fn other_product_under_the_same_number_is_missing_and_extra() {
    let comparison = compare_with(
        &Rules::default(),
        &[
            ("850", ORDER),
            (
                "856",
                "BSN*00*S1*20261119~HL*1**O~PRF*4711~HL*2*1*I~LIN*1*IN*Z~SN1**10*CA~HL*3*1*I~LIN*2*IN*B~SN1**5*EA~",
            ),
        ],
    );
    assert_eq!(of_kind(&comparison, DifferenceKind::MissingLine), ["1"]);
    assert_eq!(of_kind(&comparison, DifferenceKind::ExtraLine), ["1"]);
    assert_eq!(comparison.lines.len(), 3);
}

#[test]
fn units_are_compared_only_by_a_known_conversion() {
    let sets = [
        ("850", ORDER),
        (
            "810",
            "BIG*20261120*I1**4711~IT1*1*119*EA*2.00**IN*A~IT1*2*5*EA*1.10**IN*B~",
        ),
    ];
    let plain = Rules {
        ship_notice_expected: false,
        ..Rules::default()
    };
    assert_eq!(
        of_kind(&compare_with(&plain, &sets), DifferenceKind::UnitDiffers),
        ["1"]
    );
    let cases = Conversion {
        product: Some("A".into()),
        from: "CA".into(),
        to: "EA".into(),
        factor: Decimal::from(12),
    };
    let known = Rules {
        conversions: vec![cases],
        ..plain
    };
    let comparison = compare_with(&known, &sets);
    assert_eq!(of_kind(&comparison, DifferenceKind::Short), ["1"]);
    assert!(
        of_kind(&comparison, DifferenceKind::PriceDiffers).is_empty(),
        "{comparison:?}"
    );
}

#[test]
fn a_tolerance_counts_up_to_its_edge() {
    let sets = [
        ("850", ORDER),
        (
            "855",
            "BAK*00*AC*4711*20261118~PO1*1*10*CA*24.24**IN*A~ACK*IP*10*CA~PO1*2*5*EA*1.12**IN*B~ACK*IP*5*EA~",
        ),
    ];
    let rules = Rules {
        price_percent: Decimal::ONE,
        ..Rules::default()
    };
    assert_eq!(
        of_kind(&compare_with(&rules, &sets), DifferenceKind::PriceDiffers),
        ["2"]
    );
}

#[test]
fn credit_takes_back_what_was_billed() {
    let ship = "BSN*00*S1*20261119~HL*1**O~PRF*4711~HL*2*1*I~LIN*1*IN*A~SN1**10*CA~HL*3*1*I~LIN*2*IN*B~SN1**5*EA~";
    let comparison = compare_with(
        &Rules::default(),
        &[
            ("850", ORDER),
            ("856", ship),
            (
                "810",
                "BIG*20261120*I1**4711~IT1*1*10*CA*24.00**IN*A~IT1*2*5*EA*1.10**IN*B~TDS*24550~",
            ),
            (
                "810",
                "BIG*20261120*I1-CR**4711~IT1*1*10*CA*24.00**IN*A~IT1*2*5*EA*1.10**IN*B~TDS*-24550~",
            ),
        ],
    );
    assert_eq!(comparison.lines[0].invoiced, Some(Decimal::ZERO));
    assert_eq!(of_kind(&comparison, DifferenceKind::Short), ["1", "2"]);
}

#[test]
fn one_ship_notice_serves_several_orders() {
    let documents = documents(&[
        ("850", ORDER),
        ("850", "BEG*00*SA*4712**20261118~PO1*1*3*EA*1.10**IN*B~"),
        (
            "856",
            "BSN*00*S1*20261119~HL*1**S~HL*2*1*O~PRF*4711~HL*3*2*I~LIN**IN*A~SN1**10*CA~HL*4*1*O~PRF*4712~HL*5*4*I~LIN**IN*B~SN1**3*EA~",
        ),
    ]);
    let linked = link(&documents);
    assert_eq!(linked.len(), 2);
    assert!(linked.iter().all(|c| c.documents.len() == 2));
    let second = compare(&linked[1], &documents, &Rules::default());
    assert_eq!(second.differences().count(), 0, "{second:?}");
    let first = compare(&linked[0], &documents, &Rules::default());
    assert_eq!(of_kind(&first, DifferenceKind::MissingLine), ["2"]);
}

#[test]
fn cancelled_order_expects_nothing() {
    let comparison = compare_with(
        &Rules::default(),
        &[("850", ORDER), ("860", "BCH*01*SA*4711***20261119~")],
    );
    assert!(
        comparison
            .lines
            .iter()
            .all(|l| l.ordered == Some(Decimal::ZERO))
    );
}

#[test]
fn one_name_for_several_identifiers_links_them() {
    let mut documents = documents(&[("850", ORDER), ("855", "BAK*00*AT*4711*20261118~")]);
    documents[1].envelope.sender = Address::from("01:OTHER");
    assert_eq!(link(&documents).len(), 2);
    let linked = link_by(&documents, |a| {
        if a.id == "BUYER" {
            "b".into()
        } else {
            "s".into()
        }
    });
    assert_eq!(linked.len(), 1);
    let comparison = compare(&linked[0], &documents, &Rules::default());
    assert_eq!(comparison.lines[0].acknowledged, Some(Decimal::from(10)));
}
