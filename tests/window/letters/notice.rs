//! S0.1 with S0.5 and S0.8: a case becomes a notice, and what became of it comes back to the case.

use whole_system::harness::{App, Home, Outcome, SandboxProcess, in_window, once, until, word};

use whole_system::harness::steps::{confirmed, of_playbook, open_case, outbox_settles};

#[tokio::test]
async fn a_notice_is_sent_once_and_its_delivery_comes_back_to_the_case() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let home = Home::on(&sandbox).await?;
    let case = home.cases_for("S0.1", 1).await?.remove(0);
    in_window("notice", &home, async |app| {
        open_case(app, &case).await?;
        compose(app).await?;
        let steps = confirmed(&home, "customer_notice").await?;
        outbox_settles(app).await?;
        let effects = sandbox.effects().await?;
        once(&steps, &effects)?;
        let kinds = |kind: &str| effects.iter().filter(|e| e.kind == kind).count();
        assert_eq!(
            (
                kinds("release"),
                kinds("update_case"),
                kinds("post_message")
            ),
            (1, 1, 1),
            "{effects:?}"
        );

        open_case(app, &case).await?;
        let notice = "[aria-label=\"Notices\"] [data-command=\"open_notice\"]";
        app.see(notice).await?;
        // Long enough for a mail to arrive.
        sandbox.advance(86_400).await?;
        app.choose("Read all systems now").await?;
        app.see(&format!("{notice}[data-state=\"delivered\"]"))
            .await?;
        app.reads(notice, "Delivered").await?;
        // The case is told by itself, once a state.
        let derived = confirmed(&home, "delivery_status").await?;
        app.reads("[data-kind=\"timeline\"]", "is delivered")
            .await?;
        until("every state to have come back once", async || {
            let steps = of_playbook(&home, "delivery_status").await?;
            let mut subjects: Vec<_> = steps.iter().map(|s| word(s, "subject")).collect();
            let all = subjects.len();
            subjects.sort_unstable();
            subjects.dedup();
            Ok((subjects.len() == all).then_some(()))
        })
        .await?;
        once(&derived, &sandbox.effects().await?)
    })
    .await
}

/// From the case to a notice by mail that is on its way.
async fn compose(app: &App) -> Outcome {
    app.press("n").await?;
    app.screen("composer").await?;
    let regulated = |text: &str| text.contains("regulated");
    app.take("[data-kind=\"templates\"]", |text| !regulated(text))
        .await?;
    app.take("[aria-label=\"Channel\"]", |text| text.contains("E-mail"))
        .await?;
    app.drawn("[data-screen=\"composer\"] canvas").await?;
    app.reads(
        "[data-screen=\"composer\"] [data-kind=\"plan\"]",
        "Leaves the company",
    )
    .await?;
    app.see("[data-command=\"submit\"]:not([disabled])").await?;
    app.press("Mod+Enter").await?;
    app.gone("[data-screen=\"composer\"]").await
}
