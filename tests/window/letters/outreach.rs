//! S0.7: customers whom a disruption affects are told once, by keyboard.

use whole_system::harness::{
    Home, Outcome, SandboxOptions, SandboxProcess, in_window, number, once, trouble,
};

use whole_system::harness::steps::{confirmed, open_case, outbox_settles};

const CASE: &str = "case:community:48204";
const PRODUCT: &str = "CV-20196";
const SEND: &str = "[data-command=\"send_outreach\"]";

#[tokio::test]
async fn affected_customers_are_told_once_and_one_is_left_out_with_a_reason() -> Outcome {
    let sandbox = SandboxProcess::with(SandboxOptions {
        customers: Some(16),
        ..SandboxOptions::default()
    })?;
    let home = Home::on(&sandbox).await?;
    let update = "The line runs again from Monday.";
    let plan = home
        .ctl(&[
            "outreach",
            CASE,
            "--product",
            PRODUCT,
            "--update",
            update,
            "--dry-run",
        ])
        .await?;
    let all = number(&plan["counts"], "notices");
    assert!((2..=50).contains(&all), "{plan}");
    in_window("outreach", &home, async |app| {
        open_case(app, CASE).await?;
        app.press("Shift+O").await?;
        app.screen("outreach").await?;
        app.see("input[name=\"product\"]:focus").await?;
        app.type_text(PRODUCT).await?;
        app.press("Enter").await?;
        let found = |notices: u64| format!("[data-figure=\"notices\"][data-value=\"{notices}\"]");
        app.see(&found(all)).await?;
        // With nothing said the button gives the reason, and its key does nothing.
        app.reads("[data-pane=\"outreach_send\"] [role=\"status\"]", "revised date")
            .await?;
        app.press("Mod+Enter").await?;
        app.see(&format!("{SEND}[disabled], {SEND}[aria-disabled=\"true\"]")).await?;
        app.tab_to("textarea[name=\"service_update\"]").await?;
        app.type_text(update).await?;
        app.drawn("[data-pane=\"outreach_send\"] canvas").await?;

        // The first of them was told by phone.
        app.tab_to("[data-pane=\"outreach_list\"] [role=\"listbox\"], [data-pane=\"outreach_list\"] [role=\"grid\"]").await?;
        app.press("x").await?;
        app.see("[name=\"reason\"]:focus").await?;
        app.type_text("Told by phone").await?;
        app.press("Mod+Enter").await?;
        app.gone("[data-screen=\"leave_out\"]").await?;
        app.see(&found(all - 1)).await?;
        app.see("[data-figure=\"excluded\"][data-value=\"1\"]").await?;
        app.see(&format!("{SEND}:not([disabled]):not([aria-disabled=\"true\"])")).await?;
        app.press("Mod+Enter").await?;
        app.screen("batch").await?;
        let steps = confirmed(&home, "outreach").await?;
        app.reads("[data-screen=\"batch\"]", "Released").await?;
        app.press("g b").await?;
        app.screen("batches").await?;
        app.reads("[data-screen=\"batches\"]", "PC-48204").await?;
        outbox_settles(app).await?;
        let effects = sandbox.effects().await?;
        once(&steps, &effects)?;
        let releases = effects.iter().filter(|e| e.kind == "release").count() as u64;
        if releases != all - 1 {
            return Err(trouble(format!("{releases} releases instead of {}", all - 1)));
        }
        // Opened again, everybody has been told.
        open_case(app, CASE).await?;
        app.press("Shift+O").await?;
        app.screen("outreach").await?;
        Ok(())
    })
    .await?;
    let again = home
        .ctl(&[
            "outreach",
            CASE,
            "--product",
            PRODUCT,
            "--update",
            update,
            "--dry-run",
        ])
        .await?;
    assert_eq!(
        number(&again["counts"], "notices"),
        1,
        "only who was left out by hand"
    );
    Ok(())
}
