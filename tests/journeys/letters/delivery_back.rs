//! S0.5 and S0.8: what became of a notice comes back to its case by itself, once.

use serde_json::json;
use whole_system::harness::{Home, Outcome, SandboxProcess, word};

#[tokio::test]
async fn the_end_of_a_delivery_comes_back_to_the_case_once() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let home = Home::on(&sandbox).await?;
    let case = home.cases_for("S0.1", 1).await?.remove(0);
    home.ctl(&["do", "S0.1", "--case", &case, "--set", "channel=email"])
        .await?;
    home.deliver().await?;
    home.ctl(&["sync"]).await?;

    let resolve = ["do", "resolve_case", "--case", &case];
    let said = home.refused(&resolve, "", "E_NOT_APPLICABLE").await?;
    assert!(word(&said, "message").contains("still open"), "{said}");

    // Long enough for every state a mail can reach.
    sandbox.advance(86_400).await?;
    for _ in 0..3 {
        home.ctl(&["sync"]).await?;
        home.deliver().await?;
    }
    home.all_confirmed(None).await?;
    let derived: Vec<_> = home
        .steps(None)
        .await?
        .into_iter()
        .filter(|s| word(s, "playbook") == "delivery_status")
        .collect();
    let told = derived
        .iter()
        .filter(|s| word(s, "operation") == "post_message")
        .count();
    assert!(told >= 1, "nothing came back");
    let mut subjects: Vec<_> = derived
        .iter()
        .map(|s| word(s, "subject").to_owned())
        .collect();
    subjects.sort();
    let before = subjects.len();
    subjects.dedup();
    assert_eq!(
        subjects.len(),
        before,
        "each state comes back once: {subjects:?}"
    );

    let effects = sandbox.effects().await?.len();
    for _ in 0..2 {
        home.ctl(&["sync", "--full"]).await?;
        home.deliver().await?;
    }
    assert_eq!(
        sandbox.effects().await?.len(),
        effects,
        "a second look tells nothing twice"
    );
    Ok(())
}

#[tokio::test]
async fn a_bounced_notice_keeps_its_case_from_being_resolved() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let home = Home::on(&sandbox).await?;
    let case = home.cases_for("S0.1", 1).await?.remove(0);
    let done = home
        .ctl(&["do", "S0.1", "--case", &case, "--set", "channel=email"])
        .await?;
    home.deliver().await?;
    let notice = word(&done, "title")
        .split([' ', ','])
        .find(|part| part.starts_with("N-"))
        .unwrap()
        .to_owned();
    sandbox
        .event(json!({"kind": "delivery", "notice_id": notice, "state": "bounced"}))
        .await?;
    home.ctl(&["sync"]).await?;
    home.deliver().await?;
    home.refused(
        &["do", "resolve_case", "--case", &case],
        "",
        "E_NOT_APPLICABLE",
    )
    .await?;
    Ok(())
}
