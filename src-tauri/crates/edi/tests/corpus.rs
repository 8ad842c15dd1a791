//! Files nobody here wrote: each one is read, or refused with a place and a reason.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use edi::business::DocumentKind;
use edi::matching::{Conversion, DifferenceKind, Rules, Stage, compare, link};
use edi::{Decimal, Document, Reading, Severity};

fn own_files() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files")
}

/// Every EDI file below a folder; lists and notes beside them are left out.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let extension = path
                .extension()
                .and_then(|e| e.to_str())
                .unwrap_or_default();
            if path.is_dir() {
                folders.push(path);
            } else if !matches!(extension, "csv" | "json" | "md") {
                found.push(path);
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "no file in {}", folder.display());
    found
}

fn read(path: &Path) -> Reading {
    edi::read(&std::fs::read(path).unwrap())
}

/// What holds for any file whatever.
fn check(path: &Path) {
    let bytes = std::fs::read(path).unwrap();
    let reading = edi::read(&bytes);
    let name = path.display();
    let named = reading.messages().any(|(_, _, m)| !m.kind.is_empty())
        || !reading.acknowledgements().is_empty();
    assert!(
        named || !reading.problems.is_empty(),
        "{name}: neither read nor refused"
    );
    for problem in &reading.problems {
        assert!(problem.code.starts_with("EDI_"), "{name}: {problem:?}");
        assert!(problem.position <= bytes.len(), "{name}: {problem:?}");
        assert!(!problem.message.is_empty(), "{name}: {problem:?}");
    }
    for (_, _, message) in reading.messages() {
        assert_eq!(message.segment_count, message.body.len(), "{name}");
        for segment in &message.body {
            assert!(segment.offset < bytes.len(), "{name}: {segment:?}");
        }
    }
    for document in reading.documents() {
        assert!(!document.message_type.is_empty(), "{name}");
    }
    serde_json::to_string(&reading).unwrap();
}

#[test]
fn every_file_is_read_or_refused_with_a_place() {
    for path in files(&own_files()) {
        check(&path);
    }
}

/// A larger collection is used where the environment names one.
#[test]
fn every_file_of_a_named_folder_is_read_or_refused_with_a_place() {
    let named = std::env::var_os("PARTNER_CONSOLE_EDI_CORPUS").map(PathBuf::from);
    let folder = named.unwrap_or_else(own_files);
    for path in files(&folder) {
        check(&path);
    }
    let manifest = folder.join("manifest.csv");
    if manifest.exists() {
        check_manifest(&folder, &std::fs::read_to_string(manifest).unwrap());
    }
}

/// Listed as faulty because other readers stumble over lines cut at a fixed width
/// or over a terminator of several bytes; both are read here without doubt.
const READ_WELL: [&str; 4] = [
    "edifact/xlate__wrapped_invoic_d97b.edi",
    "edifact/xlate__wrapped_invoic_d97b_una.edi",
    "x12/xlate__ts214_ellipses_segterm.edi",
    "x12/xlate__ts210_80char.edi",
];

/// The list of a collection says which types a file holds and whether its envelope is sound.
fn check_manifest(folder: &Path, manifest: &str) {
    let mut rows = rows_of(manifest).into_iter();
    let head = rows.next().unwrap();
    let column = |name: &str| head.iter().position(|h| h == name).unwrap();
    let (file, types, malformed, note) = (
        column("file"),
        column("message_types"),
        column("malformed"),
        column("note"),
    );
    let mut wrong = Vec::new();
    for row in rows {
        let path = folder.join(&row[file]);
        let reading = read(&path);
        let errors: Vec<_> = reading
            .problems
            .iter()
            .filter(|p| p.severity == Severity::Error)
            .collect();
        if row[malformed].is_empty() {
            let mut expected = BTreeMap::new();
            for word in row[types].split_whitespace() {
                let (kind, count) = word.rsplit_once('x').unwrap_or((word, "1"));
                *expected.entry(kind.to_owned()).or_insert(0) += count.parse::<usize>().unwrap();
            }
            let mut found = BTreeMap::new();
            for (_, _, message) in reading.messages() {
                *found.entry(message.kind.clone()).or_insert(0) += 1;
            }
            if expected != found || !errors.is_empty() {
                wrong.push(format!("{}: {expected:?} {found:?} {errors:?}", row[file]));
            }
        } else if row[note].contains("envelope:")
            && reading.problems.is_empty()
            && !READ_WELL.contains(&row[file].as_str())
        {
            wrong.push(format!("{}: no fault found", row[file]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Rows of a comma separated list; quoted cells may hold commas and line breaks.
fn rows_of(text: &str) -> Vec<Vec<String>> {
    let mut rows = vec![vec![String::new()]];
    let mut quoted = false;
    for c in text.trim_end().chars() {
        let row = rows.last_mut().unwrap();
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(String::new()),
            '\n' if !quoted => rows.push(vec![String::new()]),
            '\r' if !quoted => {}
            _ => row.last_mut().unwrap().push(c),
        }
    }
    rows
}

/// Where the collection has planted faults with a list of them, each planted
/// quantity is found in its order, and no order without one is accused.
#[test]
fn planted_quantities_are_found_and_nothing_else() {
    let named = std::env::var_os("PARTNER_CONSOLE_EDI_CORPUS").map(PathBuf::from);
    let root = named.unwrap_or_else(own_files).join("linked_recon/dev");
    let rules = Rules {
        conversions: vec![Conversion {
            product: None,
            from: "CA".into(),
            to: "EA".into(),
            factor: Decimal::from(12),
        }],
        ship_notice_expected: false,
        // Case prices there are divided and rounded to four places.
        price_percent: Decimal::new(1, 1),
        ..Rules::default()
    };
    let ledger = std::fs::read_to_string(root.join("ledger.csv")).unwrap_or_default();
    if ledger.is_empty() {
        return;
    }
    for partner in ["walmart", "kehe", "unfi"] {
        // Where a shipment is split the clean documents round up by a case.
        let (_, rounded) = not_billed(&root.join(format!("{partner}_clean")), &rules);
        let (documents, found) = not_billed(&root.join(format!("{partner}_injected")), &rules);
        let mut explained = rounded;
        for row in rows_of(&ledger) {
            if row[0] != partner || row[3] != "SN1.quantity" {
                continue;
            }
            let notice = documents
                .iter()
                .find(|d| d.kind == DocumentKind::ShipNotice && d.envelope.interchange == row[2])
                .unwrap();
            let orders = notice.order_numbers();
            assert!(
                orders.iter().any(|order| found.contains(*order)),
                "{partner}: {row:?}"
            );
            explained.extend(orders.into_iter().map(str::to_owned));
        }
        assert!(
            found.is_subset(&explained),
            "{partner}: {:?}",
            found.difference(&explained)
        );
    }
}

/// Documents of a folder, and the orders of which more was shipped than billed.
/// Single pieces of a case are another fault that is planted there.
fn not_billed(folder: &Path, rules: &Rules) -> (Vec<Document>, BTreeSet<String>) {
    let documents: Vec<_> = files(folder)
        .iter()
        .flat_map(|p| read(p).documents())
        .collect();
    let number = |text: &Option<String>| edi::parse_decimal(text.as_deref().unwrap()).unwrap();
    let found = link(&documents)
        .iter()
        .map(|conversation| compare(conversation, &documents, rules))
        .filter(|comparison| {
            comparison.has_order
                && comparison.differences().any(|(_, d)| {
                    d.kind == DifferenceKind::Short
                        && d.stage == Stage::Invoiced
                        && number(&d.expected) - number(&d.actual) > Decimal::new(5, 1)
                })
        })
        .map(|comparison| comparison.order_number)
        .collect();
    (documents, found)
}
