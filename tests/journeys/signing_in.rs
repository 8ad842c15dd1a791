//! Tokens that end while work waits: renewed without a word where that is possible, else asked for once by each system.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use api::call;
use desk::Desk;
use domain::System;
use serde_json::{Value, json};
use tokio::sync::Notify;
use whole_system::harness::{
    Home, Outcome, SandboxProcess, items, once, trouble, until_within, word,
};

use crate::direct::{done, open_real};

/// Steps that wait when the tokens end.
const STEPS: usize = 100;
/// What somebody changed the two passwords to.
const CHANGED: &str = "a password of this morning";
/// A hundred steps take their time where nothing is optimised.
const LONG: Duration = Duration::from_secs(180);
/// Longer than any token of the sandbox lives.
const LATER: u64 = 36 * 3_600;

async fn steps(desk: &Desk) -> Outcome<Vec<Value>> {
    let listed = desk
        .ledger()
        .list_steps(&ledger::StepFilter::default(), 10_000, 0)
        .await;
    let rows = listed.map_err(|error| trouble(error.to_string()))?;
    Ok(rows
        .iter()
        .map(|row| {
            json!({"key": row.key.0, "operation": row.operation, "subject": row.subject, "system": row.system,
                "state": row.state.word(), "remote_ref": row.remote_ref})
        })
        .collect())
}

/// Queues playbooks case by case until enough steps wait.
async fn queue(desk: &Desk) -> Outcome<usize> {
    let cases = done(desk, "list_cases", json!({"limit": 200})).await?;
    let mut waiting = 0;
    for case in items(&cases) {
        for playbook in ["S0.1", "S2.1", "S4.4"] {
            let action = json!({"playbook": playbook, "case": word(case, "id"), "fields": {}});
            let _ = call(desk, "submit_action", action).await;
        }
        waiting = steps(desk).await?.len();
        if waiting >= STEPS {
            return Ok(waiting);
        }
    }
    Err(trouble(format!("only {waiting} steps could be queued")))
}

async fn wanting(desk: &Desk) -> Outcome<Vec<System>> {
    let pauses = desk.ledger().pauses().await;
    let pauses = pauses.map_err(|error| trouble(error.to_string()))?;
    Ok(pauses.iter().filter_map(|pause| pause.system).collect())
}

/// Sign-ins on the wire of a system, by status.
async fn sign_ins(desk: &Desk, system: System) -> Outcome<BTreeMap<u16, usize>> {
    let calls = desk.wire(system).await;
    let calls = calls.map_err(|refusal| trouble(refusal.to_string()))?;
    let mut found = BTreeMap::new();
    for call in calls {
        let path = call.path.as_str();
        if path.ends_with("/tokens") || path.ends_with("/token") || path.ends_with("/v1/auth") {
            *found.entry(call.status).or_default() += 1;
        }
    }
    Ok(found)
}

#[tokio::test]
async fn tokens_that_end_under_a_hundred_steps_cost_one_sign_in_for_each_system_that_needs_one()
-> Outcome {
    let sandbox = SandboxProcess::start()?;
    let home = Home::new()?;
    let desk = open_real(&home, &sandbox).await?;
    done(&desk, "sync_now", json!({})).await?;
    desk.set_online(false);
    let queued = queue(&desk).await?;

    sandbox.advance(LATER).await?;
    for system in ["tracker", "workspaces"] {
        let changed = json!({"system": system, "secret": CHANGED});
        sandbox.admin_post("secrets", changed).await?;
    }
    desk.set_online(true);
    let stop = Arc::new(Notify::new());
    let background = tokio::spawn({
        let (desk, stop) = (desk.clone(), stop.clone());
        async move { desk.run(stop.notified()).await }
    });

    let asking = [System::Workspaces, System::Tracker];
    until_within(LONG, "all but two systems to be delivered to", async || {
        // What stands behind one of theirs waits with it.
        let others = steps(&desk).await?.into_iter().any(|step| {
            let theirs = matches!(word(&step, "system"), "workspaces" | "tracker");
            !theirs && !matches!(word(&step, "state"), "confirmed" | "waiting")
        });
        let wanting = wanting(&desk).await?;
        Ok((!others && wanting.len() == asking.len()).then_some(()))
    })
    .await?;
    let status = done(&desk, "get_status", json!({})).await?;
    let lights: Vec<&str> = status["systems"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|light| light["needs_sign_in"] == true)
        .map(|light| word(light, "system"))
        .collect();
    assert_eq!(lights, ["workspaces", "tracker"]);

    let entered: Vec<Value> = done(&desk, "get_connections", Value::Null).await?["connections"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|one| {
            let mut fields = json!({});
            if lights.contains(&word(one, "system")) {
                fields["password"] = json!(CHANGED);
            }
            json!({"system": one["system"], "base_url": one["base_url"], "fields": fields})
        })
        .collect();
    done(&desk, "save_connections", json!({"connections": entered})).await?;
    until_within(LONG, "everything to be confirmed", async || {
        let open = steps(&desk)
            .await?
            .into_iter()
            .any(|step| word(&step, "state") != "confirmed");
        Ok((!open).then_some(()))
    })
    .await?;
    stop.notify_one();
    background
        .await
        .map_err(|error| trouble(error.to_string()))?;

    assert!(wanting(&desk).await?.is_empty());
    assert_eq!(steps(&desk).await?.len(), queued, "none came or went");
    once(&steps(&desk).await?, &sandbox.effects().await?)?;
    // Asked once: one pause for each of the two in the audit chain, none for the others.
    let audit = done(&desk, "list_audit", json!({"offset": 0, "limit": 100_000})).await?;
    let mut asked: Vec<&str> = items(&audit)
        .iter()
        .filter(|record| word(record, "event") == "outbox.paused")
        .map(|record| word(record, "object"))
        .collect();
    asked.sort_unstable();
    assert_eq!(asked, ["outbox:tracker", "outbox:workspaces"]);
    for system in [
        System::Community,
        System::Documents,
        System::Exstream,
        System::Workflow,
    ] {
        let found = sign_ins(&desk, system).await?;
        assert!(
            found.keys().all(|status| *status == 200),
            "{system}: {found:?}"
        );
    }
    desk.close().await;
    Ok(())
}
