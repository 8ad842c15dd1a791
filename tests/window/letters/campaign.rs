//! S0.4: partners are asked to acknowledge one version of a document, by keyboard.

use serde_json::{Value, json};
use whole_system::harness::{
    App, Home, Outcome, SandboxOptions, SandboxProcess, in_window, items, list, trouble, until,
    word,
};

use whole_system::harness::steps::{act_as, confirmed};

use super::regulated_letter::sign;

/// A compliance case of the sandbox; it is opened again for what follows.
const CASE: &str = "48188";
/// A finished compliance notice on it, the second of two.
const LETTER: &str = "N-2102";
/// A partner of the segment, without an address.
const LOST: &str = "P-1002";
/// Another one, who acknowledges.
const LONDON: &str = "P-1001";
const EPOCH: &str = "2026-12-01T17:00:00Z";
/// The last day, as it is typed into the three parts of a date field.
const DUE: &str = "1 2 ArrowRight 1 3 ArrowRight 2 0 2 6";
const LAUNCH: &str = "[data-command=\"launch_campaign\"]";
const SIGNERS: [&str; 2] = ["tomas.adeyemi", "priya.nandakumar"];

fn figure(name: &str, value: u64) -> String {
    format!("[data-figure=\"{name}\"][data-value=\"{value}\"]")
}

#[tokio::test]
async fn a_notice_is_put_before_a_segment_and_an_acknowledgement_is_seen_by_keyboard() -> Outcome {
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
    let contacts = json!([{"name": "Front desk", "role": "", "email": "", "phone": ""}]);
    sandbox
        .event(json!({"kind": "agreement", "partner_id": LOST, "changes": {"contacts": contacts}}))
        .await?;
    let home = Home::on(&sandbox).await?;
    in_window("campaign", &home, async |app| {
        choose_the_case(app).await?;
        let all = fill_the_form(app).await?;
        leave_out_who_has_no_address(app).await?;
        app.press("Mod+Enter").await?;
        app.screen("campaign").await?;
        app.see(&figure("pending", all - 1)).await?;
        until("the manifest to be put before those who sign", async || {
            let reviews = home.ctl(&["review", "list"]).await?;
            Ok((!items(&reviews).is_empty()).then_some(()))
        })
        .await?;
        for person in SIGNERS {
            assert_eq!(asked(&sandbox).await?, None, "{person} has not signed yet");
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
        let request = until("the request to go out", async || asked(&sandbox).await).await?;
        let responses = request["responses"].as_object();
        let partners = responses.map_or(0, serde_json::Map::len) as u64;
        assert_eq!(partners, all - 1, "{request}");
        for state in ["viewed", "accepted"] {
            let id = word(&request, "id");
            let event = json!({"kind": "acknowledgement", "id": id, "recipient": LONDON,
                "state": state, "by": "Ines Okafor"});
            sandbox.event(event).await?;
        }
        // The window pulls by itself.
        app.see(&figure("acknowledged", 1)).await?;
        app.see(&figure("pending", all - 2)).await?;
        app.reads(
            &format!("[data-row=\"{LONDON}\"]"),
            "Acknowledged by Ines Okafor",
        )
        .await
    })
    .await?;
    // What follows from it is done with the next delivery, if the window had none since.
    home.deliver().await?;
    let audit = home.ctl(&["audit", "list", "--limit", "5000"]).await?;
    let of = |event: &str| {
        let records = items(&audit).iter();
        records
            .filter(|i| word(&i["record"], "event") == event)
            .count()
    };
    assert_eq!((of("campaign.created"), of("campaign.launched")), (1, 1));
    assert_eq!((of("approval.signed"), of("ack.received")), (2, 1));
    let verdict = home.ctl(&["audit", "verify"]).await?;
    assert_eq!(verdict["ok"], json!(true), "{verdict}");
    Ok(())
}

async fn choose_the_case(app: &App) -> Outcome {
    app.screen("desk").await?;
    app.press("g k").await?;
    app.screen("campaigns").await?;
    app.press("Mod+N").await?;
    app.screen("new_campaign").await?;
    app.see("[data-pane=\"choose_case\"] input:focus").await?;
    app.type_text(CASE).await?;
    app.see(&format!(
        "[data-pane=\"choose_case\"] [role=\"option\"][aria-selected=\"true\"][data-id$=\"{CASE}\"]"
    ))
    .await?;
    app.press("Enter").await?;
    app.see("[name=\"document\"]:focus").await?;
    Ok(())
}

/// Document, segment and last day. Gives how many partners the segment has.
async fn fill_the_form(app: &App) -> Outcome<u64> {
    // Down from the first letter of the case to the second.
    app.press("ArrowDown").await?;
    app.see(&format!("[name=\"document\"][value=\"{LETTER}\"]:checked"))
        .await?;
    let tier = "[data-fact=\"tier\"] [data-value=\"A\"]";
    app.tab_to(tier).await?;
    app.press("Space").await?;
    app.see(&format!("{tier}[aria-pressed=\"true\"]")).await?;
    app.tab_to("[name=\"due\"]").await?;
    app.press(DUE).await?;
    // Nothing leaves while somebody cannot be asked, and it is said who.
    app.see(&figure("blocking", 1)).await?;
    app.reads("[data-pane=\"campaign_launch\"] [role=\"status\"]", LOST)
        .await?;
    app.see(&format!("[data-row=\"{LOST}\"]")).await?;
    let partners = app
        .attribute("[data-figure=\"partners\"]", "data-value")
        .await?;
    let partners = partners.and_then(|n| n.parse().ok());
    partners.ok_or_else(|| trouble("the dry run has no number of partners"))
}

async fn leave_out_who_has_no_address(app: &App) -> Outcome {
    app.see(&format!(
        "{LAUNCH}[disabled], {LAUNCH}[aria-disabled=\"true\"]"
    ))
    .await?;
    app.tab_to("[data-pane=\"campaign_list\"] [role=\"grid\"]")
        .await?;
    app.press("x").await?;
    app.see("[name=\"reason\"]:focus").await?;
    app.type_text("Told by phone").await?;
    app.press("Mod+Enter").await?;
    app.gone("[data-screen=\"leave_out\"]").await?;
    app.see(&figure("blocking", 0)).await?;
    app.see(&figure("excluded", 1)).await?;
    app.see(&format!(
        "{LAUNCH}:not([disabled]):not([aria-disabled=\"true\"])"
    ))
    .await?;
    Ok(())
}

/// What the sandbox was asked to have acknowledged.
async fn asked(sandbox: &SandboxProcess) -> Outcome<Option<Value>> {
    let community = sandbox.admin_get("state/community").await?;
    Ok(list(&community, "ack_requests").last().cloned())
}
