//! S4.4: a partner's message and its attachments are filed into the right workspace.

use whole_system::harness::{Home, Outcome, SandboxProcess, items, list, trouble, word};

#[tokio::test]
async fn message_and_attachments_are_filed_and_verified_by_hash() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let home = Home::on(&sandbox).await?;
    let case = home.cases_for("S4.4", 1).await?.remove(0);
    let done = home.ctl(&["do", "S4.4", "--case", &case]).await?;
    home.deliver().await?;
    let steps = home.all_confirmed(Some(word(&done, "action_id"))).await?;
    let of = |operation: &str| {
        steps
            .iter()
            .filter(|s| word(s, "operation") == operation)
            .count()
    };
    assert!(of("upload") >= 1);
    assert_eq!(of("upload"), of("verify"));
    let effects = sandbox.effects().await?;
    assert_eq!(
        effects.iter().filter(|e| e.kind == "upload").count(),
        of("upload")
    );

    let said = home
        .refused(&["do", "S4.4", "--case", &case], "", "E_DUP")
        .await?;
    assert!(!word(&said, "message").is_empty());
    Ok(())
}

#[tokio::test]
async fn an_ambiguous_workspace_is_chosen_by_a_person() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let home = Home::on(&sandbox).await?;
    let cases = home.ctl(&["list", "cases", "--limit", "500"]).await?;
    let mut asked = None;
    for case in items(&cases) {
        let id = word(case, "id");
        let plan = home
            .run(&["do", "S4.4", "--case", id, "--dry-run"], "")
            .await?;
        if word(&plan.json, "code") == "E_CHOICE"
            && list(&plan.json["detail"], "candidates").len() > 1
        {
            asked = Some((id.to_owned(), plan.json));
            break;
        }
    }
    let (case, said) = asked.ok_or_else(|| trouble("no case has two candidate workspaces"))?;
    let candidates = list(&said["detail"], "candidates");
    let choice = format!("workspace={}", word(&candidates[0], "id"));
    let done = home
        .ctl(&["do", "S4.4", "--case", &case, "--set", &choice])
        .await?;
    home.deliver().await?;
    home.all_confirmed(Some(word(&done, "action_id"))).await?;
    Ok(())
}
