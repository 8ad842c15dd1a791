//! The case contract, which is ours: the written one, the domain and the sandbox say the same.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use domain::{
    System,
    case::{CaseStatus, CaseType},
    visibility::Visibility,
};
use sandbox::community::ENDPOINTS;
use serde_json::{Value, json};
use whole_system::harness::{Outcome, SandboxOptions, SandboxProcess, word};

use crate::{grid::Grid, peer};

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/contracts/community-cases.yaml")
}

/// The written contract.
pub(crate) fn written() -> Outcome<Value> {
    let text = std::fs::read_to_string(path())?;
    Ok(serde_saphyr::from_str(&text)?)
}

/// Method and path of every operation in it.
pub(crate) fn operations(contract: &Value) -> BTreeSet<(String, String)> {
    const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];
    let paths = contract["paths"].as_object().into_iter().flatten();
    let of = |(path, entry): (&String, &Value)| {
        let methods = METHODS
            .iter()
            .filter(|method| entry.get(**method).is_some());
        let one = |method: &&str| (method.to_uppercase(), path.clone());
        methods.map(one).collect::<Vec<_>>()
    };
    paths.flat_map(of).collect()
}

#[tokio::test]
async fn what_the_contract_describes_is_what_the_sandbox_answers() -> Outcome {
    let options = SandboxOptions {
        seed: Some(1),
        cases: Some(60),
        epoch: Some("2026-11-20T12:00:00Z".to_owned()),
        ..SandboxOptions::default()
    };
    let sandbox = SandboxProcess::with(options)?;
    let system = &sandbox.hello()["systems"]["community"];
    let persons = sandbox.hello()["persons"].as_array().into_iter().flatten();
    let persons: Vec<&str> = persons.map(|person| word(person, "name")).collect();
    let given = json!({
        "contract": path(), "base_url": system["base_url"], "token_url": system["token_url"],
        "client_id": system["client_id"], "client_secret": system["client_secret"],
        "persons": persons, "seed": 20_261_129,
    });
    let report =
        tokio::task::spawn_blocking(move || peer::run("community_contract.py", &given)).await??;
    peer::tell(&report.line())?;
    assert_eq!(report.failures(), "");
    assert!(
        report.summary["calls"].as_u64() > Some(1_500),
        "{}",
        report.summary["calls"]
    );
    let called = report.summary["endpoints"].as_array().into_iter().flatten();
    let called: BTreeSet<_> = called
        .filter_map(Value::as_str)
        .filter_map(|label| label.split_once(' '))
        .map(|(method, path)| (method.to_owned(), path.to_owned()))
        .collect();
    assert_eq!(called, operations(&written()?));
    Ok(())
}

#[tokio::test]
async fn every_operation_of_the_contract_is_routed_and_no_other() -> Outcome {
    let contract = written()?;
    let operations = operations(&contract);
    let routed = ENDPOINTS
        .iter()
        .map(|(m, p)| ((*m).to_owned(), (*p).to_owned()));
    assert_eq!(routed.collect::<BTreeSet<_>>(), operations);

    // What the wire says about itself: which methods a path answers when it is asked with another.
    let grid = Grid::of(SandboxProcess::start()?).await?;
    for (_, path) in &operations {
        let answer = grid.ask(reqwest::Method::DELETE, path).send().await?;
        assert_eq!(answer.status(), 405, "{path}");
        let allowed = answer.headers()["allow"].to_str()?.to_owned();
        let allowed: BTreeSet<_> = allowed
            .split(',')
            .map(str::trim)
            .filter(|method| *method != "HEAD")
            .map(|method| (method.to_owned(), path.clone()))
            .collect();
        let told: BTreeSet<_> = operations
            .iter()
            .filter(|(_, other)| other == path)
            .cloned()
            .collect();
        assert_eq!(allowed, told);
        let refusal: Value = answer.json().await?;
        assert_eq!(refusal["code"], "E_METHOD", "{path}");
    }
    Ok(())
}

#[test]
fn the_words_of_the_contract_are_those_of_the_domain() -> Outcome {
    let contract = written()?;
    let words = |schema: &str| contract["components"]["schemas"][schema]["enum"].clone();
    assert_eq!(words("CaseType"), json!(CaseType::ALL));
    assert_eq!(words("CaseStatus"), json!(CaseStatus::ALL));
    assert_eq!(words("Visibility"), json!(Visibility::ALL));
    assert_eq!(words("System"), json!(System::ALL));
    Ok(())
}
