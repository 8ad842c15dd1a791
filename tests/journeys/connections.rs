//! Connections that change, and systems that want a sign-in, under an open desk.

use std::sync::Arc;

use desk::{Secrets, Source};
use serde_json::json;
use tokio::sync::Notify;
use whole_system::harness::{Home, Outcome, SandboxProcess, items, number, trouble, until, word};

use crate::direct::{done, open, refused};

/// Real systems where nobody listens, and the secrets for them.
fn nowhere() -> Outcome<(Source, Secrets)> {
    let config = json!({"systems": {"community": {"base_url": "http://127.0.0.1:9",
        "secrets": {"client_id": "desk", "client_secret": "not told"}}}});
    Source::of_config(&config.to_string()).map_err(|refusal| trouble(refusal.to_string()))
}

#[tokio::test]
async fn what_was_pulled_from_one_company_is_never_shown_as_another_s() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let home = Home::new()?;
    let desk = open(&home, &sandbox, "lena.kovar").await?;
    done(&desk, "sync_now", json!({})).await?;
    let listed = async || -> Outcome<Vec<u64>> {
        let mut totals = Vec::new();
        for list in ["list_cases", "list_exceptions", "list_documents"] {
            let page = done(&desk, list, json!({"limit": 1})).await?;
            totals.push(number(&page, "total"));
        }
        Ok(totals)
    };
    let before = listed().await?;
    assert!(before.iter().all(|n| *n > 0), "{before:?}");
    let case = items(&done(&desk, "list_cases", json!({"limit": 1})).await?)[0].clone();

    let (source, secrets) = nowhere()?;
    desk.connect_to(source, secrets, None)
        .await
        .map_err(|refusal| trouble(refusal.to_string()))?;
    assert_eq!(listed().await?, [0, 0, 0]);
    let problem = refused(&desk, "get_case", json!({"id": word(&case, "id")})).await?;
    assert_eq!(problem.code, "E_NOT_FOUND");

    let description = sandbox.hello().clone();
    desk.connect_to(Source::sandbox(description), Secrets::default(), None)
        .await
        .map_err(|refusal| trouble(refusal.to_string()))?;
    assert_eq!(listed().await?, [0, 0, 0]);
    done(&desk, "sync_now", json!({})).await?;
    assert_eq!(listed().await?, before);
    Ok(())
}

#[tokio::test]
async fn a_system_that_wanted_a_sign_in_is_delivered_to_once_it_answers_again() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let home = Home::new()?;
    let desk = open(&home, &sandbox, "lena.kovar").await?;
    done(&desk, "sync_now", json!({})).await?;
    let cases = done(&desk, "list_cases", json!({"limit": 200})).await?;
    let mut asked = None;
    for case in items(&cases) {
        let action = json!({"playbook": "S2.1", "case": word(case, "id"), "fields": {}});
        if let Ok(plan) = done(&desk, "submit_action", action).await {
            asked = Some(word(&plan, "action_id").to_owned());
            break;
        }
    }
    let asked = asked.ok_or_else(|| trouble("S2.1 fits no case"))?;
    sandbox
        .fault(
            json!({"system": "tracker", "kind": "http_status", "status": 401, "probability": 1.0}),
        )
        .await?;

    let stop = Arc::new(Notify::new());
    let background = tokio::spawn({
        let (desk, stop) = (desk.clone(), stop.clone());
        async move { desk.run(stop.notified()).await }
    });
    until(
        "delivery to the tracker to wait for a sign-in",
        async || {
            let pauses = desk.ledger().pauses().await;
            let pauses = pauses.map_err(|error| trouble(error.to_string()))?;
            Ok((!pauses.is_empty()).then_some(()))
        },
    )
    .await?;
    // Somebody renews what had expired; nobody tells the desk.
    sandbox.no_faults().await?;
    // A refused sign-in is tried again by itself, but not at once.
    sandbox.advance(120).await?;
    until("the ticket to be delivered", async || {
        let view = done(&desk, "list_outbox", json!({"state": "confirmed"})).await?;
        let group = view["groups"]
            .as_array()
            .and_then(|groups| groups.iter().find(|g| word(g, "action_id") == asked));
        Ok(group.and_then(|g| (g["done"] == g["total"]).then_some(())))
    })
    .await?;
    let pauses = desk.ledger().pauses().await;
    assert!(pauses.map_err(|e| trouble(e.to_string()))?.is_empty());
    stop.notify_one();
    background
        .await
        .map_err(|error| trouble(error.to_string()))?;
    Ok(())
}
