//! Shapes and exit codes that scripts rely on.

use serde_json::Value;
use whole_system::harness::{Home, Outcome, SandboxProcess, items, list, word};

/// Fails unless every one of these members is there.
fn has(value: &Value, members: &[&str]) {
    for member in members {
        assert!(value.get(member).is_some(), "{member} is not in {value}");
    }
}

#[tokio::test]
async fn answers_have_the_fields_that_were_promised() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let hello = sandbox.hello();
    has(hello, &["base_url", "admin_url", "persons", "systems"]);
    has(&hello["persons"][0], &["name", "roles", "pin"]);
    for system in [
        "community",
        "documents",
        "exstream",
        "workflow",
        "workspaces",
        "tracker",
    ] {
        has(&hello["systems"][system], &["base_url"]);
    }
    let home = Home::new()?;
    home.ctl(&["init", "--sandbox", sandbox.base_url()]).await?;
    let sync = home.ctl(&["sync"]).await?;
    assert_eq!(list(&sync, "systems").len(), 6);
    for system in list(&sync, "systems") {
        has(
            system,
            &[
                "system",
                "fetched",
                "applied",
                "quarantined",
                "cursor",
                "error",
            ],
        );
    }
    for kind in [
        "cases",
        "exceptions",
        "documents",
        "notices",
        "reviews",
        "tasks",
        "workspaces",
        "campaigns",
        "partners",
    ] {
        let answer = home.ctl(&["list", kind, "--limit", "5"]).await?;
        has(&answer, &["total", "items"]);
        assert!(items(&answer).len() <= 5);
        for item in items(&answer) {
            has(item, &["id"]);
        }
    }
    let cases = home.ctl(&["list", "cases", "--limit", "1"]).await?;
    has(
        &cases["items"][0],
        &[
            "id",
            "number",
            "type",
            "status",
            "partner",
            "opened_at",
            "due_at",
            "business_refs",
        ],
    );
    let case = home.cases_for("S0.1", 1).await?.remove(0);
    let playbooks = home.ctl(&["playbooks", "--case", &case]).await?;
    for playbook in items(&playbooks) {
        has(playbook, &["id", "use_case", "title", "applies", "why"]);
    }
    let done = home.ctl(&["do", "S0.1", "--case", &case]).await?;
    has(&done, &["action_id", "intent", "dry_run", "gates", "steps"]);
    for step in list(&done, "steps") {
        has(
            step,
            &[
                "id",
                "system",
                "operation",
                "level",
                "subject",
                "state",
                "key",
                "waits_on",
                "offline_class",
                "optional",
            ],
        );
    }
    let outbox = home.ctl(&["outbox", "list"]).await?;
    for item in items(&outbox) {
        has(
            item,
            &[
                "id",
                "action_id",
                "intent",
                "step",
                "system",
                "operation",
                "subject",
                "state",
                "attempt",
                "key",
                "remote_ref",
                "reason",
                "blocked_by",
            ],
        );
    }
    let reviews = home.ctl(&["review", "list"]).await?;
    for item in items(&reviews) {
        has(
            item,
            &[
                "id", "notice", "case", "state", "hash", "maker", "needed", "signed",
            ],
        );
    }
    has(
        &home.ctl(&["audit", "verify"]).await?,
        &["records", "ok", "head", "first_bad"],
    );
    home.deliver().await?;
    let effects = sandbox.admin_get("effects").await?;
    for effect in items(&effects) {
        has(
            effect,
            &[
                "seq",
                "system",
                "kind",
                "key",
                "reference",
                "subject",
                "payload_sha256",
                "at",
            ],
        );
    }
    let shown = home.ctl(&["show", "case", &case]).await?;
    assert!(shown.is_object());
    home.ctl(&["doctor"]).await?;
    Ok(())
}

#[tokio::test]
async fn wrong_usage_ends_with_2_and_a_refusal_with_1_and_a_code() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let home = Home::new()?;
    home.ctl(&["init", "--sandbox", sandbox.base_url()]).await?;
    for wrong in [
        &["no-such-call"][..],
        &["list", "unicorns"],
        &["do", "S0.1"],
        &["review", "approve", "x"],
        &["init"],
        &["sync", "--system", "mars"],
        &["list", "cases", "--where", "colour=red"],
        &["do", "S0.1", "--case", "48001", "--set", "no-equals-sign"],
    ] {
        let ended = home.run(wrong, "").await?;
        assert_eq!(
            ended.code,
            Some(2),
            "{wrong:?}: {}{}",
            ended.stdout,
            ended.stderr
        );
    }
    for (refused, code) in [
        (&["do", "S0.1", "--case", "no-such-case"][..], "E_NOT_FOUND"),
        (&["do", "S9.9", "--case", "48001"], "E_NOT_FOUND"),
        (&["--as", "nobody.known", "list", "cases"], "E_NOT_FOUND"),
        (&["show", "case", "no-such-case"], "E_NOT_FOUND"),
        (&["outbox", "retry", "no-such-step"], "E_NOT_FOUND"),
    ] {
        let said = home.refused(refused, "", code).await?;
        assert!(!word(&said, "message").is_empty());
        assert!(said.get("detail").is_some());
    }
    Ok(())
}

#[tokio::test]
async fn a_system_out_of_reach_ends_with_3_and_what_was_pulled_can_be_read() -> Outcome {
    let mut sandbox = SandboxProcess::start()?;
    let home = Home::on(&sandbox).await?;
    let case = home.cases_for("S0.1", 1).await?.remove(0);
    sandbox.stop();
    assert_eq!(home.run(&["sync"], "").await?.code, Some(3));
    assert_eq!(home.run(&["doctor"], "").await?.code, Some(3));
    home.ctl(&["show", "case", &case]).await?;
    home.ctl(&["do", "S0.1", "--case", &case]).await?;
    assert_eq!(
        home.run(&["outbox", "run", "--until-idle"], "").await?.code,
        Some(3)
    );
    Ok(())
}
