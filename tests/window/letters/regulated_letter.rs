//! S0.6: a regulated letter leaves once two others have signed it, and its maker is not among them.

use serde_json::json;
use whole_system::harness::{
    App, Home, Outcome, SandboxProcess, in_window, items, list, once, trouble, until, word,
};

use whole_system::harness::steps::{act_as, confirmed, of_playbook, open_case, outbox_settles};

const SIGN: &str = "[data-command=\"sign_review\"]";
const PROOF: &str = "[data-pane=\"proof\"] canvas";

#[tokio::test]
async fn two_others_sign_by_keyboard_and_the_letter_leaves_once() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let home = Home::on(&sandbox).await?;
    let case = filed_case(&home).await?;
    in_window("regulated_letter", &home, async |app| {
        open_case(app, &case).await?;
        send_to_review(app, &home).await?;
        the_maker_cannot_sign(app).await?;
        let reviewers = reviewers(&sandbox, &maker(&home).await?);
        for (place, person) in reviewers.iter().enumerate() {
            assert_eq!(
                releases(&sandbox).await?,
                0,
                "{place} signatures are no quorum"
            );
            act_as(app, &sandbox, person).await?;
            sign(app, &sandbox.pin(person)?).await?;
            confirmed(&home, "review_signature").await?;
        }
        let steps = confirmed(&home, "regulated_letter").await?;
        outbox_settles(app).await?;
        once(&steps, &sandbox.effects().await?)?;
        assert_eq!(releases(&sandbox).await?, 1);
        // The case names the letter as released, and its workspace holds it.
        open_case(app, &case).await?;
        let number = letter_number(&steps)?;
        app.reads("[aria-label=\"Notices\"]", &number).await?;
        app.reads("[aria-label=\"Workspace\"]", &format!("{number}.pdf"))
            .await
    })
    .await?;
    let audit = home.ctl(&["audit", "list", "--limit", "500"]).await?;
    let events: Vec<&str> = items(&audit)
        .iter()
        .map(|i| word(&i["record"], "event"))
        .collect();
    for (event, times) in [
        ("approval.signed", 2),
        ("approval.approved", 1),
        ("release.verified", 1),
    ] {
        let found = events.iter().filter(|e| **e == event).count();
        assert_eq!(found, times, "{event} in {events:?}");
    }
    let verdict = home.ctl(&["audit", "verify"]).await?;
    assert_eq!(verdict["ok"], json!(true), "{verdict}");
    Ok(())
}

/// A case whose letter is filed too: its workspace is known without a question.
async fn filed_case(home: &Home) -> Outcome<String> {
    for case in home.cases_for("S0.6", 3).await? {
        let plan = home
            .ctl(&["do", "S0.6", "--case", &case, "--dry-run"])
            .await?;
        if list(&plan, "steps")
            .iter()
            .any(|s| word(s, "operation") == "upload")
        {
            return Ok(case);
        }
    }
    Err(trouble("no letter of these cases would be filed"))
}

/// The login of who made the letter.
async fn maker(home: &Home) -> Outcome<String> {
    let reviews = home.ctl(&["review", "list"]).await?;
    let review = items(&reviews)
        .first()
        .ok_or_else(|| trouble("there is no review"))?;
    Ok(word(review, "maker").to_owned())
}

fn reviewers(sandbox: &SandboxProcess, maker: &str) -> Vec<String> {
    list(sandbox.hello(), "persons")
        .iter()
        .filter(|p| word(p, "name") != maker && list(p, "roles").contains(&json!("reviewer")))
        .map(|p| word(p, "name").to_owned())
        .take(2)
        .collect()
}

async fn send_to_review(app: &App, home: &Home) -> Outcome {
    app.press("n").await?;
    app.screen("composer").await?;
    app.take("[data-kind=\"templates\"]", |text| {
        text.contains("regulated")
    })
    .await?;
    app.drawn("[data-screen=\"composer\"] canvas").await?;
    app.reads("[data-command=\"submit\"]", "Send to review")
        .await?;
    app.see("[data-command=\"submit\"]:not([disabled])").await?;
    app.press("Mod+Enter").await?;
    app.gone("[data-screen=\"composer\"]").await?;
    until("the review to be requested", async || {
        let steps = of_playbook(home, "regulated_letter").await?;
        let request = steps.iter().find(|s| word(s, "name") == "request");
        Ok(request
            .is_some_and(|s| word(s, "state") == "confirmed")
            .then_some(()))
    })
    .await
}

/// The window says why, on the button and beside it, and its key does nothing.
async fn the_maker_cannot_sign(app: &App) -> Outcome {
    const REASON: &str = "You made this letter, so you cannot sign it.";
    app.press("g a").await?;
    app.screen("review").await?;
    app.drawn(PROOF).await?;
    app.see(&format!("{SIGN}[disabled]")).await?;
    let described = app.attribute(SIGN, "aria-describedby").await?;
    let described = described.ok_or_else(|| trouble("the button does not say why"))?;
    app.reads(&format!("[id=\"{described}\"]"), REASON).await?;
    app.reads("[data-pane=\"signature\"] p", REASON).await?;
    // The next key is heard only after this one was.
    app.press("Mod+Enter ?").await?;
    app.screen("help").await?;
    assert_eq!(app.count("[data-screen=\"sign\"]").await?, 0);
    app.press("Escape").await?;
    app.gone("[data-screen=\"help\"]").await
}

/// Signs what waits first for the person who acts now.
pub(super) async fn sign(app: &App, pin: &str) -> Outcome {
    app.press("g a").await?;
    app.screen("review").await?;
    app.drawn(PROOF).await?;
    app.see(&format!("{SIGN}:not([disabled])")).await?;
    app.press("Mod+Enter").await?;
    app.screen("sign").await?;
    app.see("[data-field=\"pin\"]:focus").await?;
    app.type_text(pin).await?;
    app.press("Mod+Enter").await?;
    app.gone("[data-screen=\"sign\"]").await
}

async fn releases(sandbox: &SandboxProcess) -> Outcome<usize> {
    let effects = sandbox.effects().await?;
    Ok(effects.iter().filter(|e| e.kind == "release").count())
}

/// The number of the letter, as it stands in the subjects of its steps.
fn letter_number(steps: &[serde_json::Value]) -> Outcome<String> {
    steps
        .iter()
        .flat_map(|s| word(s, "subject").split(' '))
        .find(|part| part.starts_with("N-"))
        .map(str::to_owned)
        .ok_or_else(|| trouble("no step names the letter"))
}
