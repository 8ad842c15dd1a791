//! S0.4: a campaign is planned, launched, signed by two others and followed, by keyboard.

use serde_json::json;
use whole_system::harness::{
    App, Home, Outcome, SandboxOptions, SandboxProcess, in_window, items, number, trouble, until,
    word,
};

use whole_system::harness::steps::{act_as, confirmed};

use super::regulated_letter::sign;

/// A compliance case with a finished compliance notice on it; it is opened again for what follows.
const CASE: &str = "48188";
const LETTER: &str = "N-2102";
const EPOCH: &str = "2026-12-01T17:00:00Z";
const DUE: &str = "2026-12-18";
const LAUNCH: &str = "[data-command=\"launch_campaign\"]";
const SIGNERS: [&str; 2] = ["tomas.adeyemi", "priya.nandakumar"];

#[tokio::test]
async fn a_campaign_is_launched_after_a_dry_run_and_two_signatures_and_seen_in_the_list() -> Outcome
{
    let sandbox = SandboxProcess::with(SandboxOptions {
        cases: Some(60),
        epoch: Some(EPOCH.to_owned()),
        ..SandboxOptions::default()
    })?;
    sandbox
        .event(
            json!({"kind": "case_update", "case_id": CASE, "changes": {"status": "in_progress"}}),
        )
        .await?;
    let home = Home::on(&sandbox).await?;
    let chosen = ["--document", LETTER, "--segment", "tier=A"];
    let args = [
        &["campaign", "new", CASE, "--due", DUE, "--dry-run"],
        &chosen[..],
    ]
    .concat();
    let plan = home.ctl(&args).await?;
    let asked = number(&plan["counts"], "recipients");
    assert!(
        asked > 1 && number(&plan["counts"], "blocking") == 0,
        "{plan}"
    );
    in_window("campaign", &home, async |app| {
        app.press("g k").await?;
        app.screen("campaigns").await?;
        app.press("Mod+N").await?;
        app.screen("new_campaign").await?;
        app.see("input[name=\"case\"]:focus").await?;
        app.type_text(CASE).await?;
        let first = "[role=\"option\"][aria-selected=\"true\"]";
        app.see(&format!("{first}[data-id=\"case:community:{CASE}\"]"))
            .await?;
        app.press("Enter").await?;
        // With nothing chosen nothing can be launched, and its key does nothing.
        app.see(&format!(
            "{LAUNCH}[disabled], {LAUNCH}[aria-disabled=\"true\"]"
        ))
        .await?;
        choose_document(app).await?;
        app.tab_to("[data-fact=\"tier\"] [data-value=\"A\"]")
            .await?;
        app.press("Space").await?;
        app.tab_to("input[name=\"due\"]").await?;
        // The parts of a day in the order of the language the window runs in.
        app.type_text("12182026").await?;
        app.see(&format!(
            "[data-figure=\"recipients\"][data-value=\"{asked}\"]"
        ))
        .await?;
        app.see(&format!(
            "{LAUNCH}:not([disabled]):not([aria-disabled=\"true\"])"
        ))
        .await?;
        app.reads(LAUNCH, "to review").await?;
        app.press("Mod+Enter").await?;
        app.screen("campaign").await?;
        until("the campaign to be put before those who sign", async || {
            let reviews = home.ctl(&["review", "list"]).await?;
            Ok((!items(&reviews).is_empty()).then_some(()))
        })
        .await?;
        for person in SIGNERS {
            act_as(app, &sandbox, person).await?;
            sign(app, &sandbox.pin(person)?).await?;
            confirmed(&home, "review_signature").await?;
        }
        app.press("g k").await?;
        app.screen("campaigns").await?;
        app.see("[data-screen=\"campaigns\"] [data-row][data-state=\"active\"]")
            .await?;
        app.press("Enter").await?;
        app.screen("campaign").await?;
        // Who was asked stands there.
        app.see("[data-screen=\"campaign\"] [data-row]").await?;
        Ok(())
    })
    .await?;
    let listed = home.ctl(&["list", "campaigns"]).await?;
    let row = items(&listed)
        .first()
        .ok_or_else(|| trouble("there is no campaign"))?;
    assert_eq!(number(&row["counts"], "recipients"), asked, "{row}");
    let audit = home.ctl(&["audit", "list", "--limit", "5000"]).await?;
    let events = items(&audit).iter().map(|i| word(&i["record"], "event"));
    assert_eq!(
        events.filter(|event| *event == "approval.signed").count(),
        2
    );
    Ok(())
}

/// The finished notice of the case, with the arrow keys.
async fn choose_document(app: &App) -> Outcome {
    let wanted = format!("input[name=\"document\"][value=\"{LETTER}\"]");
    app.see(&wanted).await?;
    app.tab_to("input[name=\"document\"]").await?;
    app.press("Space").await?;
    for _ in 0..20 {
        if app.count(&format!("{wanted}:checked")).await? == 1 {
            return Ok(());
        }
        app.press("ArrowDown").await?;
    }
    Err(trouble(format!("the arrow keys do not lead to {LETTER}")))
}
