//! Editing, pausing and testing connections of one's own while the other five go on.

use desk::Desk;
use domain::System;
use serde_json::{Value, json};
use whole_system::harness::{
    Home, Outcome, SandboxProcess, configuration, connect, list, trouble, word,
};

use crate::direct::{done, open_real, refused};

/// The six as they are shown, to be saved again; `edit` changes one.
async fn saved_with(desk: &Desk, system: &str, edit: impl FnOnce(&mut Value)) -> Outcome<Value> {
    let view = done(desk, "get_connections", Value::Null).await?;
    let mut connections: Vec<Value> = list(&view, "connections")
        .iter()
        .map(|one| json!({"system": one["system"], "base_url": one["base_url"], "fields": {}}))
        .collect();
    let edited = connections.iter_mut().find(|one| one["system"] == system);
    edit(edited.ok_or_else(|| trouble(format!("no {system}")))?);
    Ok(json!({ "connections": connections }))
}

/// Calls of a system that were refused for their sign-in, and sign-ins that were taken.
async fn sign_ins(desk: &Desk, system: System) -> Outcome<(usize, usize)> {
    let calls = desk.wire(system).await;
    let calls = calls.map_err(|refusal| trouble(refusal.to_string()))?;
    let taken = calls
        .iter()
        .filter(|call| call.path.ends_with("/v1/auth") && call.status == 200);
    let refused = calls.iter().filter(|call| call.status == 401);
    Ok((refused.count(), taken.count()))
}

async fn tested(desk: &Desk, system: &str) -> Outcome<Value> {
    let args = saved_with(desk, system, |_| {}).await?;
    let one = list(&args, "connections")
        .iter()
        .find(|one| one["system"] == system);
    done(desk, "test_connection", json!({"connection": one})).await
}

#[tokio::test]
async fn an_edit_of_one_system_tries_no_refused_password_of_another_again() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let home = Home::new()?;
    let desk = open_real(&home, &sandbox).await?;
    let changed = json!({"system": "tracker", "secret": "a password of this morning"});
    sandbox.admin_post("secrets", changed).await?;
    done(&desk, "sync_now", json!({})).await?;
    assert_eq!(sign_ins(&desk, System::Tracker).await?, (1, 0));
    assert_eq!(sign_ins(&desk, System::Workspaces).await?, (0, 1));

    for paused in [true, false, true, false] {
        let pause = json!({"system": "community", "paused": paused});
        done(&desk, "pause_connection", pause).await?;
        done(&desk, "sync_now", json!({})).await?;
    }
    let pace = saved_with(&desk, "exstream", |one| {
        one["fields"] = json!({"requests_per_second": "40"});
    });
    done(&desk, "save_connections", pace.await?).await?;
    done(&desk, "sync_now", json!({})).await?;
    // The account is not locked by it, and the ticket of another one still serves.
    assert_eq!(sign_ins(&desk, System::Tracker).await?, (1, 0));
    assert_eq!(sign_ins(&desk, System::Workspaces).await?, (0, 1));

    // Who asks gets an answer of now.
    let test = tested(&desk, "tracker").await?;
    assert_eq!(test["ok"], false, "{test}");
    assert_eq!(sign_ins(&desk, System::Tracker).await?, (2, 0));
    let password = configuration(&sandbox)["systems"]["tracker"]["secrets"]["password"].clone();
    let back = json!({"system": "tracker", "secret": password});
    sandbox.admin_post("secrets", back).await?;
    let test = tested(&desk, "tracker").await?;
    assert_eq!(test["ok"], true, "{test}");
    done(&desk, "sync_now", json!({})).await?;
    let status = done(&desk, "get_status", json!({})).await?;
    let lights = list(&status, "systems").iter();
    let wanting: Vec<&str> = lights
        .filter(|light| light["needs_sign_in"] == true)
        .map(|light| word(light, "system"))
        .collect();
    assert!(wanting.is_empty(), "{wanting:?}");
    desk.close().await;
    Ok(())
}

#[tokio::test]
async fn a_secret_that_was_removed_is_kept_nowhere_and_its_system_says_so() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let home = Home::new()?;
    let desk = open_real(&home, &sandbox).await?;
    let stored = |view: &Value| -> Vec<String> {
        let systems = list(view, "connections").iter();
        let fields = systems
            .filter(|one| one["system"] == "tracker")
            .flat_map(|one| list(one, "fields"));
        let kept = fields.filter(|field| field["stored"] == true);
        kept.map(|field| word(field, "name").to_owned()).collect()
    };
    let view = done(&desk, "get_connections", Value::Null).await?;
    let mut left = stored(&view);
    assert!(left.contains(&"password".to_owned()), "{left:?}");
    left.retain(|name| name != "password");

    let unknown = saved_with(&desk, "tracker", |one| one["forget"] = json!(["pasword"])).await?;
    let problem = refused(&desk, "save_connections", unknown).await?;
    assert_eq!(problem.code, "E_INPUT");
    let without = saved_with(&desk, "tracker", |one| one["forget"] = json!(["password"])).await?;
    let view = done(&desk, "save_connections", without).await?;
    assert_eq!(stored(&view), left);
    // The token takes over; without it too there is no sign-in.
    let test = tested(&desk, "tracker").await?;
    assert_eq!(test["ok"], true, "{test}");
    left.retain(|name| name != "token");
    let without = saved_with(&desk, "tracker", |one| one["forget"] = json!(["token"])).await?;
    done(&desk, "save_connections", without).await?;
    let test = tested(&desk, "tracker").await?;
    assert_eq!(test["problem"]["code"], "CHECK_SIGN_IN", "{test}");
    desk.close().await;

    // Nor does the next start find it.
    let desk = Desk::open(desk::OpenOptions {
        home: home.data(),
        passphrase: Some("correct horse battery staple".to_owned().into()),
        ..desk::OpenOptions::default()
    })
    .await
    .map_err(|refusal| trouble(refusal.to_string()))?;
    let view = done(&desk, "get_connections", Value::Null).await?;
    assert_eq!(stored(&view), left);
    assert!(desk.missing_secrets().is_empty());
    desk.close().await;
    Ok(())
}

#[tokio::test]
async fn steps_that_wait_for_a_system_keep_it_in_its_place_and_hinder_no_other_edit() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let home = Home::new()?;
    let desk = open_real(&home, &sandbox).await?;
    done(&desk, "sync_now", json!({})).await?;
    desk.set_online(false);
    let cases = done(&desk, "list_cases", json!({"limit": 200})).await?;
    let mut plan = None;
    for case in list(&cases, "items") {
        let action = json!({"playbook": "S2.1", "case": word(case, "id"), "fields": {}});
        if let Ok(queued) = done(&desk, "submit_action", action).await {
            plan = Some(queued);
            break;
        }
    }
    let plan = plan.ok_or_else(|| trouble("S2.1 fits no case"))?;
    let elsewhere = async || {
        saved_with(&desk, "tracker", |one| {
            one["base_url"] = json!("http://127.0.0.1:9/other");
            one["fields"] = json!({"username": "desk", "password": "another one"});
        })
        .await
    };
    let problem = refused(&desk, "save_connections", elsewhere().await?).await?;
    assert_eq!(problem.code, "E_STATE");
    assert!(problem.message.contains("tracker"), "{problem:?}");
    let gone = saved_with(&desk, "tracker", |one| one["base_url"] = json!("")).await?;
    assert_eq!(
        refused(&desk, "save_connections", gone).await?.code,
        "E_STATE"
    );

    let queue = saved_with(&desk, "tracker", |one| {
        one["fields"] = json!({"queue": "Other"})
    });
    let problem = refused(&desk, "save_connections", queue.await?).await?;
    assert_eq!(problem.code, "E_STATE", "another queue is another place");

    let pace = saved_with(&desk, "tracker", |one| {
        one["fields"] = json!({"requests_per_second": "40"});
    });
    done(&desk, "save_connections", pace.await?).await?;
    let pause = json!({"system": "tracker", "paused": true});
    done(&desk, "pause_connection", pause).await?;
    let waiting = done(&desk, "list_outbox", json!({})).await?;
    assert!(waiting.to_string().contains(word(&plan, "action_id")));

    for step in desk
        .ledger()
        .list_steps(
            &ledger::StepFilter {
                open: true,
                ..ledger::StepFilter::default()
            },
            100,
            0,
        )
        .await
        .map_err(|error| trouble(error.to_string()))?
    {
        // Those behind one that was cancelled went with it.
        let _ = api::call(&desk, "cancel_step", json!({"id": step.id})).await;
    }
    done(&desk, "save_connections", elsewhere().await?).await?;
    desk.close().await;
    Ok(())
}

#[tokio::test]
async fn a_test_behind_a_proxy_of_the_environment_meets_the_proxy_and_not_the_host() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let home = Home::new()?
        .with("PARTNER_CONSOLE_PASSPHRASE", "correct horse battery staple")
        .with("HTTPS_PROXY", "http://127.0.0.1:9")
        .with("NO_PROXY", "");
    let mut configuration = configuration(&sandbox);
    configuration["systems"]["tracker"]["base_url"] = json!("https://tracker.invalid");
    connect(&home, &configuration).await?.expect_code(0)?;
    let told = home.run(&["doctor"], "").await?.expect_code(3)?;
    let mut tested = list(&told, "connections").iter();
    let tracker = tested.find(|one| one["system"] == "tracker");
    let tracker = tracker.ok_or_else(|| trouble("the tracker was not tested"))?;
    let steps: Vec<(&str, bool, &str)> = list(tracker, "steps")
        .iter()
        .map(|step| {
            (
                word(step, "step"),
                step["ok"] == true,
                word(step, "message"),
            )
        })
        .collect();
    let [(name, known, host), (reach, reached, why)] = steps[..] else {
        return Err(trouble(format!("{steps:?}")));
    };
    assert_eq!((name, known), ("name_resolution", true), "{steps:?}");
    assert!(host.contains("127.0.0.1"), "{steps:?}");
    assert_eq!((reach, reached), ("reach", false), "{steps:?}");
    assert!(why.contains("127.0.0.1:9"), "{steps:?}");
    Ok(())
}
