use proptest::prelude::*;

use super::*;
use crate::{Reading, read};

fn stamp() -> Stamp {
    Stamp::new(2026, 11, 18, 10, 30)
}

/// Element texts of the documents read, header and trailer left out.
fn content(reading: &Reading) -> Vec<Vec<Vec<String>>> {
    reading
        .messages()
        .map(|(_, _, message)| {
            let inner = message
                .body
                .get(1..message.body.len() - 1)
                .unwrap_or_default();
            inner
                .iter()
                .map(|segment| {
                    let elements = segment.elements.iter().map(|e| e.component(0).to_owned());
                    std::iter::once(segment.tag.clone())
                        .chain(elements)
                        .collect()
                })
                .collect()
        })
        .collect()
}

/// What is expected back: elements without the empty ones at the end.
fn trimmed(documents: &[Vec<Vec<String>>]) -> Vec<Vec<Vec<String>>> {
    let mut documents = documents.to_vec();
    for segment in documents.iter_mut().flatten() {
        while segment.last().is_some_and(String::is_empty) {
            segment.pop();
        }
    }
    documents
}

/// Six different characters that may serve as delimiters.
fn delimiters() -> impl Strategy<Value = Delimiters> {
    let marks: Vec<char> = "!\"#$%&'()*+,-./:;<=>?@[]^_`{|}~§¶\u{1c}\u{1d}\u{1f}\n"
        .chars()
        .collect();
    Just(marks)
        .prop_shuffle()
        .prop_filter_map("a line break ends segments only", |m| {
            let d = Delimiters {
                element: m[0],
                component: Some(m[1]),
                repetition: Some(m[2]),
                release: Some(m[3]),
                terminator: m[4],
            };
            m[..4].iter().all(|c| *c != '\n').then_some(d)
        })
}

/// Documents of plain segments. `data` is a pattern of characters in elements.
fn documents(data: &'static str) -> impl Strategy<Value = Vec<Vec<Vec<String>>>> {
    let segment = ("[A-Z][A-Z0-9]{1,2}", proptest::collection::vec(data, 0..6)).prop_filter_map(
        "service segments are written by the writer",
        |(tag, elements)| {
            let service = ["ISA", "IEA", "GS", "GE", "ST", "SE", "BIN"];
            let plain = !tag.starts_with("UN") && !service.contains(&tag.as_str());
            plain.then(|| std::iter::once(tag).chain(elements).collect::<Vec<_>>())
        },
    );
    proptest::collection::vec(proptest::collection::vec(segment, 0..8), 1..4)
}

proptest! {
    #[test]
    fn edifact_comes_back_with_any_delimiters(d in delimiters(), documents in documents("[ -~é]{0,12}"), lines: bool) {
        let mut writer = EdifactWriter::new("14:BUYER", "ZZ:SELLER", "77", stamp(), true).delimiters(d);
        if lines {
            writer = writer.line_breaks();
        }
        for (i, document) in documents.iter().enumerate() {
            writer = writer.message("ORDERS", "D:96A:UN", &(i + 1).to_string(), |m| {
                for segment in document {
                    m.segment(&segment.iter().map(String::as_str).collect::<Vec<_>>());
                }
            });
        }
        let file = writer.finish();
        let reading = read(file.as_bytes());
        prop_assert!(reading.problems.is_empty(), "{file:?} {:?}", reading.problems);
        prop_assert_eq!(content(&reading), trimmed(&documents), "{:?}", file);
        prop_assert!(reading.interchanges[0].test);
        prop_assert_eq!(reading.interchanges[0].sender.to_string(), "14:BUYER");
    }

    #[test]
    fn x12_comes_back_with_any_delimiters(d in delimiters(), documents in documents("[ a-zA-Z0-9é]{0,12}"), newer: bool) {
        let mut writer = X12Writer::new("ZZ:BUYER", "01:SELLER", 1004, stamp(), false)
            .delimiters(d)
            .version(if newer { "00501" } else { "00401" })
            .group("PO", 12);
        for (i, document) in documents.iter().enumerate() {
            writer = writer.transaction("850", &format!("{:04}", i + 1), |t| {
                for segment in document {
                    t.segment(&segment.iter().map(String::as_str).collect::<Vec<_>>());
                }
            });
        }
        let file = writer.finish();
        let reading = read(file.as_bytes());
        prop_assert!(reading.problems.is_empty(), "{file:?} {:?}", reading.problems);
        prop_assert_eq!(content(&reading), trimmed(&documents), "{:?}", file);
        prop_assert_eq!(reading.interchanges[0].receiver.to_string(), "01:SELLER");
    }
}

#[test]
fn data_of_x12_never_ends_an_element() {
    let file = X12Writer::new("ZZ:A", "ZZ:B", 1, stamp(), true)
        .group("PO", 1)
        .transaction("850", "0001", |t| {
            t.segment(&["N1", "ST", "A*B~C>D\r\nE"]);
        })
        .finish();
    let reading = read(file.as_bytes());
    assert!(reading.problems.is_empty(), "{:?}", reading.problems);
    let (_, _, message) = reading.messages().next().unwrap();
    assert_eq!(message.body[1].text(2), Some("A B C D  E"));
}

#[test]
fn several_groups_and_a_ta1_are_counted() {
    let file = X12Writer::new("ZZ:A", "ZZ:B", 1, stamp(), true)
        .line_breaks()
        .service(&["TA1", "000000005", "261118", "1030", "A", "000"])
        .group("PO", 1)
        .transaction("850", "0001", |t| {
            t.segment(&["BEG", "00", "SA", "1"]);
        })
        .group("IN", 2)
        .transaction("810", "0001", |t| {
            t.segment(&["BIG", "20261118", "2"]);
        })
        .finish();
    let reading = read(file.as_bytes());
    assert!(reading.problems.is_empty(), "{:?}", reading.problems);
    assert_eq!(reading.interchanges[0].groups.len(), 2);
    assert_eq!(reading.acknowledgements().len(), 1);
}
