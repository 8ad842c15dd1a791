//! S2.1: a case has one ticket, and each side sees its own side.

use whole_system::harness::{Home, Outcome, SandboxProcess, items, list, word};

#[tokio::test]
async fn a_ticket_is_created_once_and_linked_on_its_case() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let home = Home::on(&sandbox).await?;
    let case = home.case_without_ticket().await?;
    let done = home.ctl(&["do", "S2.1", "--case", &case]).await?;
    home.deliver().await?;
    let steps = home.all_confirmed(Some(word(&done, "action_id"))).await?;
    let create = steps
        .iter()
        .find(|s| word(s, "operation") == "create_ticket")
        .unwrap();
    let effects = sandbox.effects().await?;
    assert_eq!(
        effects.iter().filter(|e| e.kind == "create_ticket").count(),
        1
    );

    home.ctl(&["sync"]).await?;
    let cases = home.ctl(&["list", "cases", "--limit", "500"]).await?;
    let shown = items(&cases)
        .iter()
        .find(|c| word(c, "id") == case)
        .unwrap();
    let linked: Vec<&str> = list(shown, "external_refs")
        .iter()
        .filter(|r| word(r, "system") == "tracker")
        .map(|r| word(r, "id"))
        .collect();
    assert_eq!(linked, [word(create, "remote_ref")]);
    // A second run finds the ticket instead of making another.
    home.ctl(&["do", "S2.1", "--case", &case, "--again"])
        .await?;
    home.deliver().await?;
    let effects = sandbox.effects().await?;
    assert_eq!(
        effects.iter().filter(|e| e.kind == "create_ticket").count(),
        1
    );
    Ok(())
}

#[tokio::test]
async fn an_internal_note_never_reaches_the_partner() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let home = Home::on(&sandbox).await?;
    let case = home.cases_for("S2.1", 1).await?.remove(0);
    home.ctl(&["do", "ticket", "--case", &case]).await?;
    home.deliver().await?;
    let secret = "margin is 38 percent on this one";
    home.ctl(&[
        "do",
        "note",
        "--case",
        &case,
        "--set",
        &format!("body={secret}"),
    ])
    .await?;
    home.deliver().await?;
    home.all_confirmed(None).await?;
    let community = sandbox.admin_get("state/community").await?;
    let carrying: Vec<_> = list(&community, "comments")
        .iter()
        .filter(|v| word(v, "body").contains(secret))
        .collect();
    assert_eq!(carrying.len(), 1);
    assert_eq!(word(carrying[0], "visibility"), "internal");
    // The team's ticket comment lives in the tracker alone.
    let comments = sandbox
        .effects()
        .await?
        .into_iter()
        .filter(|e| e.kind == "comment")
        .collect::<Vec<_>>();
    assert!(
        comments.iter().all(|e| e.system == "tracker"),
        "{comments:?}"
    );
    Ok(())
}
