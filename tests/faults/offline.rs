//! With every system out of reach what can be queued is queued, and delivered in order on return.

use whole_system::harness::{Home, Outcome, SandboxOptions, SandboxProcess, list, word};

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
    let community = sandbox.admin_get("state/community").await?;
    let posted: Vec<&str> = list(&community, "comments")
        .iter()
        .filter(|c| case.ends_with(word(c, "case_id")))
        .map(|c| word(c, "body"))
        .filter(|body| ["before", "first", "second", "third"].contains(body))
        .collect();
    assert_eq!(posted, ["before", "first", "second", "third"]);
    let effects = sandbox.effects().await?.split_off(before.len());
    let letters = effects.iter().filter(|e| e.kind == "release").count();
    assert_eq!(letters, 1);
    let steps = home.steps(Some(word(&notice, "action_id"))).await?;
    assert_eq!(steps.len(), list(&notice, "steps").len());
    Ok(())
}
