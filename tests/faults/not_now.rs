//! A system that says "not now" holds its own steps and nothing else.

use serde_json::json;
use whole_system::harness::{Home, Outcome, SandboxProcess, number, trouble, word};

#[tokio::test]
async fn a_system_that_says_not_now_holds_its_own_steps_until_it_is_back() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let home = Home::on(&sandbox).await?;
    let filed = home.cases_for("S4.4", 1).await?.remove(0);
    // On one case its steps would wait behind those of the first action: order is kept for each case.
    let others = home.cases_for("S0.1", 2).await?;
    let noticed = others.into_iter().find(|case| *case != filed);
    let noticed = noticed.ok_or_else(|| trouble("S0.1 fits no other case"))?;
    let before = sandbox.effects().await?.len();
    sandbox
        .fault(json!({"system": "workspaces", "kind": "http_status", "status": 503, "probability": 1.0}))
        .await?;
    let filing = home.ctl(&["do", "S4.4", "--case", &filed]).await?;
    let notice = home.ctl(&["do", "S0.1", "--case", &noticed]).await?;
    for action in [&filing, &notice] {
        let steps = home.steps(Some(word(action, "action_id"))).await?;
        assert!(
            steps.iter().all(|s| number(s, "attempt") == 0),
            "nothing is sent before a delivery runs"
        );
    }
    for attempt in 1..=2 {
        home.deliver().await?;
        let steps = home.steps(Some(word(&filing, "action_id"))).await?;
        let upload = &steps[0];
        assert_eq!(word(upload, "operation"), "upload");
        assert_eq!(word(upload, "state"), "waiting", "{upload}");
        assert_eq!(number(upload, "attempt"), attempt, "{upload}");
        assert!(word(upload, "reason").starts_with("Not now"), "{upload}");
        assert!(steps.iter().all(|s| word(s, "state") == "waiting"));
        home.all_confirmed(Some(word(&notice, "action_id"))).await?;
        // Beyond the longest pause between two attempts.
        sandbox.advance(301).await?;
    }
    sandbox.no_faults().await?;
    home.deliver().await?;
    let steps = home.all_confirmed(Some(word(&filing, "action_id"))).await?;
    let uploads = steps
        .iter()
        .filter(|s| word(s, "operation") == "upload")
        .count();
    let effects = sandbox.effects().await?.split_off(before);
    assert_eq!(
        effects.iter().filter(|e| e.kind == "upload").count(),
        uploads
    );
    Ok(())
}
