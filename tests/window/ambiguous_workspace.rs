//! S4.4 where two workspaces fit: a person chooses, nobody guesses.

use whole_system::harness::{
    Home, Outcome, SandboxProcess, in_window, items, list, once, trouble, word,
};

use whole_system::harness::steps::{confirmed, open_case, outbox_settles};

#[tokio::test]
async fn of_two_workspaces_that_fit_the_person_takes_one_by_keyboard() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let home = Home::on(&sandbox).await?;
    let (case, candidates) = ambiguous(&home).await?;
    let wanted = candidates
        .last()
        .ok_or_else(|| trouble("there are candidates"))?;
    in_window("ambiguous_workspace", &home, async |app| {
        open_case(app, &case).await?;
        app.press("f").await?;
        app.screen("filing").await?;
        for candidate in &candidates {
            app.reads("[data-kind=\"candidates\"]", candidate).await?;
        }
        app.see("[data-command=\"submit\"][disabled]").await?;
        app.reads("[data-screen=\"filing\"]", "Choose a workspace first")
            .await?;
        app.take("[data-kind=\"candidates\"]", |text| text.contains(wanted))
            .await?;
        app.reads("[data-screen=\"filing\"] [data-kind=\"plan\"]", "Verify")
            .await?;
        app.see("[data-command=\"submit\"]:not([disabled])").await?;
        app.press("Mod+Enter").await?;
        app.gone("[data-screen=\"filing\"]").await?;
        let steps = confirmed(&home, "file_message").await?;
        outbox_settles(app).await?;
        once(&steps, &sandbox.effects().await?)?;
        // The case says where.
        open_case(app, &case).await?;
        app.reads(
            "[data-kind=\"timeline\"]",
            &format!("filed in {wanted} and verified"),
        )
        .await
    })
    .await
}

/// A case where a workspace has to be chosen, with the names of those that fit.
async fn ambiguous(home: &Home) -> Outcome<(String, Vec<String>)> {
    let cases = home
        .ctl(&["list", "cases", "--where", "open=true", "--limit", "500"])
        .await?;
    for case in items(&cases) {
        let id = word(case, "id");
        let plan = home
            .run(&["do", "S4.4", "--case", id, "--dry-run"], "")
            .await?;
        let names: Vec<String> = list(&plan.json["detail"], "candidates")
            .iter()
            .map(|c| word(c, "name").to_owned())
            .collect();
        if word(&plan.json, "code") == "E_CHOICE" && names.len() > 1 {
            return Ok((id.to_owned(), names));
        }
    }
    Err(trouble("no case has two candidate workspaces"))
}
