//! S0.3: the partners of a settlement are stated what is approved, signed by two others, by keyboard.

use whole_system::harness::{
    Home, Outcome, SandboxProcess, in_window, items, number, once, until, word,
};

use whole_system::harness::steps::{act_as, confirmed, open_case, outbox_settles};

use super::regulated_letter::sign;

/// The settlement of last month.
const CASE: &str = "case:community:48186";
const SEND: &str = "[data-command=\"send_statements\"]";
const SIGNERS: [&str; 2] = ["tomas.adeyemi", "priya.nandakumar"];

#[tokio::test]
async fn statements_of_a_settlement_leave_once_two_others_have_signed_the_run() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let home = Home::on(&sandbox).await?;
    let plan = home.ctl(&["statements", CASE, "--dry-run"]).await?;
    let all = number(&plan["counts"], "statements");
    assert!(all >= 8, "{}", plan["counts"]);
    let releases = async || -> Outcome<u64> {
        let effects = sandbox.effects().await?;
        Ok(effects.iter().filter(|e| e.kind == "release").count() as u64)
    };
    in_window("statements", &home, async |app| {
        open_case(app, CASE).await?;
        app.press("Shift+S").await?;
        app.screen("statements").await?;
        app.see(&format!(
            "[data-figure=\"statements\"][data-value=\"{all}\"]"
        ))
        .await?;
        app.drawn("[data-pane=\"statements_run\"] canvas").await?;
        app.see(&format!(
            "{SEND}:not([disabled]):not([aria-disabled=\"true\"])"
        ))
        .await?;
        app.press("Mod+Enter").await?;
        app.screen("batch").await?;
        until("the run to be put before those who sign", async || {
            let reviews = home.ctl(&["review", "list"]).await?;
            Ok((!items(&reviews).is_empty()).then_some(()))
        })
        .await?;
        for person in SIGNERS {
            assert_eq!(releases().await?, 0, "{person} has not signed yet");
            act_as(app, &sandbox, person).await?;
            sign(app, &sandbox.pin(person)?).await?;
            confirmed(&home, "review_signature").await?;
        }
        let steps = confirmed(&home, "statements").await?;
        outbox_settles(app).await?;
        once(&steps, &sandbox.effects().await?)?;
        assert_eq!(releases().await?, all);
        app.press("g b").await?;
        app.screen("batches").await?;
        app.reads("[data-screen=\"batches\"]", "48186").await?;
        app.press("Enter").await?;
        app.screen("batch").await?;
        app.see(&format!(
            "[data-pane=\"batch\"] [role=\"grid\"][aria-rowcount=\"{all}\"]"
        ))
        .await?;
        Ok(())
    })
    .await?;
    let audit = home.ctl(&["audit", "list", "--limit", "5000"]).await?;
    let of = |event: &str| {
        let records = items(&audit).iter();
        records
            .filter(|i| word(&i["record"], "event") == event)
            .count()
    };
    assert_eq!((of("batch.created"), of("batch.approved")), (1, 1));
    assert_eq!(of("approval.signed"), 2);
    Ok(())
}
