//! S4.4: a partner's message and its attachments are filed into the right workspace.

use whole_system::harness::{Home, Outcome, SandboxProcess, in_window, list, once, trouble, word};

use whole_system::harness::steps::{confirmed, open_case, outbox_settles};

#[tokio::test]
async fn message_and_attachments_are_filed_by_one_key_and_verified() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let home = Home::on(&sandbox).await?;
    let (case, names) = with_attachments(&home).await?;
    in_window("filing", &home, async |app| {
        open_case(app, &case).await?;
        app.press("f").await?;
        app.screen("filing").await?;
        for name in &names {
            app.reads("[data-screen=\"filing\"] [data-kind=\"plan\"]", name)
                .await?;
        }
        app.see("[data-command=\"submit\"]:not([disabled])").await?;
        app.press("Mod+Enter").await?;
        app.gone("[data-screen=\"filing\"]").await?;
        let steps = confirmed(&home, "file_message").await?;
        outbox_settles(app).await?;
        let of = |operation: &str| {
            steps
                .iter()
                .filter(|s| word(s, "operation") == operation)
                .count()
        };
        assert_eq!((of("upload"), of("verify")), (names.len(), names.len()));
        let effects = sandbox.effects().await?;
        once(&steps, &effects)?;
        let uploads = effects.iter().filter(|e| e.kind == "upload").count();
        assert_eq!(uploads, names.len(), "one upload a file");
        open_case(app, &case).await?;
        for name in &names {
            app.reads("[aria-label=\"Workspace\"] [data-state=\"filed\"]", name)
                .await?;
        }
        Ok(())
    })
    .await
}

/// A case whose partner sent more than words, with the names its files get.
async fn with_attachments(home: &Home) -> Outcome<(String, Vec<String>)> {
    for case in home.cases_for("S4.4", 6).await? {
        let plan = home
            .ctl(&["do", "S4.4", "--case", &case, "--dry-run"])
            .await?;
        let names: Vec<String> = list(&plan, "steps")
            .iter()
            .filter(|s| word(s, "operation") == "upload")
            .filter_map(|s| word(s, "subject").strip_prefix("File "))
            .map(str::to_owned)
            .collect();
        if names.len() > 1 {
            return Ok((case, names));
        }
    }
    Err(trouble("no message of these cases has an attachment"))
}
