//! What documents say becomes exceptions, and stops being one.

use serde_json::{Value, json};
use whole_system::harness::{Home, Outcome, SandboxProcess, items, number, trouble, word};

async fn rejected(home: &Home, document: &str) -> Outcome<Vec<Value>> {
    let all = home
        .ctl(&[
            "list",
            "exceptions",
            "--where",
            "rule=ack_rejected",
            "--limit",
            "1000",
        ])
        .await?;
    Ok(items(&all)
        .iter()
        .filter(|f| f.to_string().contains(document))
        .cloned()
        .collect())
}

#[tokio::test]
async fn an_injected_rejection_is_an_exception_after_one_pull_and_an_acceptance_closes_it()
-> Outcome {
    let sandbox = SandboxProcess::start()?;
    let home = Home::on(&sandbox).await?;
    // An order of ours that was accepted.
    let documents = home
        .ctl(&[
            "list",
            "documents",
            "--where",
            "type=850,ack=accepted",
            "--limit",
            "100",
        ])
        .await?;
    let order = items(&documents)
        .iter()
        .find(|d| word(d, "direction") == "outbound")
        .ok_or_else(|| trouble("no accepted order"))?;
    let id = word(order, "id").to_owned();
    let transaction = id.rsplit(':').next().unwrap_or_default().to_owned();
    assert!(rejected(&home, &transaction).await?.is_empty());

    let acknowledge = |code: &str| json!({"kind": "document", "doc_type": "997", "acknowledges": transaction, "code": code});
    sandbox.event(acknowledge("R")).await?;
    home.ctl(&["sync", "--system", "documents"]).await?;
    assert_eq!(rejected(&home, &transaction).await?.len(), 1);
    let shown = home.ctl(&["show", "document", &id]).await?;
    assert!(
        shown.to_string().contains("rejected"),
        "the document turned"
    );

    sandbox.event(acknowledge("A")).await?;
    home.ctl(&["sync", "--system", "documents"]).await?;
    assert!(rejected(&home, &transaction).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn the_company_has_its_cases_documents_and_exceptions() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let home = Home::on(&sandbox).await?;
    let total = async |kind: &str| Outcome::Ok(number(&home.ctl(&["list", kind]).await?, "total"));
    assert_eq!(total("cases").await?, 240);
    let documents = total("documents").await?;
    assert!(documents >= 1_500);
    let some = home
        .ctl(&["list", "documents", "--limit", "1200", "--offset", "30"])
        .await?;
    let mut ids: Vec<&str> = items(&some).iter().map(|d| word(d, "id")).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((ids.len(), number(&some, "total")), (1_200, documents));
    let exceptions = total("exceptions").await?;
    assert!((300..=500).contains(&exceptions), "{exceptions}");
    assert!(total("partners").await? >= 14);
    Ok(())
}
