//! Hostile answers: a server of bytes says what no honest one would, and the real connectors are asked through their
//! port. The cases are data, one file for each system (`cases/`); none may panic, drop a record silently, or not end.

mod answer;
mod corpus;
mod memory;
mod outcome;
mod program;
mod server;

use std::{collections::BTreeSet, path::Path};

use self::corpus::File;

/// Kinds of hostility; each has a case.
const KINDS: &[&str] = &[
    "wrong types",
    "missing and more",
    "numbers",
    "text",
    "nesting",
    "times",
    "ids",
    "file names",
    "unknown words",
    "no json",
    "empty",
    "errors in 200",
    "redirect",
    "length",
    "endless",
    "packed",
    "slow",
    "broken off",
    "head",
    "interim",
    "retry after",
    "sign-in",
    "lists",
    "paging",
    "receipts",
    "payloads",
];

const FILES: &[&str] = &[
    "community",
    "documents",
    "exstream",
    "workflow",
    "workspaces",
    "request_tracker",
    "servicenow",
    "wire",
];

fn read(name: &str) -> File {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("contract/hostile/cases");
    let text = std::fs::read_to_string(folder.join(format!("{name}.toml"))).unwrap();
    toml::from_str(&text).unwrap_or_else(|error| panic!("{name}.toml: {}", error.message()))
}

async fn every_case(name: &str) {
    let file = read(name);
    let mut wrong = Vec::new();
    for case in &file.cases {
        let found = outcome::run(&file, case).await;
        wrong.extend(found.iter().map(|words| format!("{}: {words}", case.name)));
    }
    crate::peer::tell(&format!("hostile {name}: {} cases", file.cases.len())).unwrap();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

macro_rules! files {
    ($($name:ident: $file:literal;)+) => {
        $(#[tokio::test]
        async fn $name() {
            every_case($file).await;
        })+
    };
}

files! {
    community_takes_what_fits_and_names_the_rest: "community";
    documents_takes_what_fits_and_names_the_rest: "documents";
    exstream_takes_what_fits_and_names_the_rest: "exstream";
    workflow_takes_what_fits_and_names_the_rest: "workflow";
    workspaces_takes_what_fits_and_names_the_rest: "workspaces";
    request_tracker_takes_what_fits_and_names_the_rest: "request_tracker";
    servicenow_takes_what_fits_and_names_the_rest: "servicenow";
    no_behaviour_on_the_wire_hangs_breaks_or_deceives: "wire";
}

#[test]
fn every_kind_of_hostility_has_a_case_and_every_case_a_name_of_its_own() {
    let files = FILES.iter().map(|name| read(name));
    let cases: Vec<(String, String)> = files
        .flat_map(|file| {
            let system = file.system;
            let dialect = file.dialect;
            file.cases
                .into_iter()
                .map(move |case| (format!("{system} {dialect} {}", case.name), case.kind))
        })
        .collect();
    let names: BTreeSet<&str> = cases.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names.len(), cases.len());
    let kinds: BTreeSet<&str> = cases.iter().map(|(_, kind)| kind.as_str()).collect();
    assert_eq!(kinds, KINDS.iter().copied().collect());
    assert!(cases.len() >= 120, "{} cases", cases.len());
}
