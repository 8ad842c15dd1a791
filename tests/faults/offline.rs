//! With every system out of reach what can be queued is queued, and delivered in order on return.

use whole_system::harness::{Home, Outcome, SandboxOptions, SandboxProcess, item_with, list, word};

#[tokio::test]
async fn what_was_queued_offline_is_delivered_in_order_and_once() -> Outcome {
    let state = tempfile::tempdir()?;
    let mut sandbox = SandboxProcess::with(SandboxOptions {
        state: Some(state.path().to_path_buf()),
        ..SandboxOptions::default()
    })?;
    let home = Home::on(&sandbox).await?;
    let case = home.cases_for("S0.1", 1).await?.remove(0);
    home.ctl(&["do", "note", "--case", &case, "--set", "body=before"])
        .await?;
    home.deliver().await?;
    let before = sandbox.effects().await?;

    sandbox.stop();
    for body in ["first", "second", "third"] {
        let done = home
            .ctl(&[
                "do",
                "note",
                "--case",
                &case,
                "--set",
                &format!("body={body}"),
            ])
            .await?;
        assert!(!list(&done, "steps").is_empty());
    }
    let notice = home.ctl(&["do", "S0.1", "--case", &case]).await?;
    let away = home.run(&["outbox", "run", "--until-idle"], "").await?;
    assert_eq!(away.code, Some(3), "{}", away.stdout);

    sandbox.resume()?;
    assert_eq!(
        sandbox.effects().await?,
        before,
        "a restart forgets nothing"
    );
    home.ctl(&["sync"]).await?;
    home.deliver().await?;
    home.all_confirmed(None).await?;
    let effects = sandbox.effects().await?.split_off(before.len());
    let keys: Vec<&str> = effects
        .iter()
        .filter(|e| e.system == "community" && e.kind == "post_message")
        .map(|e| e.key.as_str())
        .collect();
    let steps = serde_json::json!({"items": home.steps(None).await?});
    let mut expected = Vec::new();
    for body in ["first", "second", "third"] {
        let posted = home.ctl(&["show", "case", &case]).await?.to_string();
        assert_eq!(
            posted.matches(&format!("\"{body}\"")).count().min(1),
            1,
            "{body} is shown"
        );
    }
    for key in &keys {
        expected.push(word(item_with(&steps, "key", key)?, "id").to_owned());
    }
    let mut sorted = expected.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!(sorted.len(), expected.len(), "each message once");
    assert!(effects.iter().filter(|e| e.kind == "release").count() == 1);
    assert!(!word(&notice, "action_id").is_empty());
    Ok(())
}
