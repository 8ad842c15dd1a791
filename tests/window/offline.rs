//! Offline: what was pulled can be read after a restart, what is queued goes by itself, in order, once, and what is
//! prepared counts only over the same letter and with a PIN.

use std::time::Duration;

use serde_json::{Value, json};
use whole_system::harness::{
    App, Home, Outcome, SandboxOptions, SandboxProcess, in_window, item_with, items, list, once,
    trouble, until_within, word,
};

use whole_system::harness::steps::{act_as, confirmed, of_playbook, open_case};

/// Longer than the longest pause after failures that this journey is long enough to bring about.
const RETURN: Duration = Duration::from_secs(240);
const OFFLINE: &str = "[data-notice=\"offline\"]";
const PROOF: &str = "[data-pane=\"proof\"] canvas";
const REVIEWER: &str = "priya.nandakumar";

/// What the journey is about, made by command line while everything is in reach.
struct Before {
    /// A case with a letter that was released, and its number.
    letter: String,
    /// A case that will get a notice.
    notice: String,
    /// Two letters under review, the one opened first in the list first.
    reviews: Vec<Value>,
}

#[tokio::test]
async fn work_goes_on_without_a_network_and_arrives_once_on_return() -> Outcome {
    let state = tempfile::tempdir()?;
    let mut sandbox = SandboxProcess::with(SandboxOptions {
        state: Some(state.path().to_path_buf()),
        ..SandboxOptions::default()
    })?;
    let home = Home::on(&sandbox).await?;
    let before = prepare(&home).await?;
    in_window("offline_before", &home, async |app| {
        read_the_letter(app, &before.letter).await?;
        act_as(app, &sandbox, REVIEWER).await?;
        read_the_proofs(app, &before.reviews).await
    })
    .await?;
    let effects = sandbox.effects().await?.len();

    sandbox.stop();
    in_window("offline", &home, async |app| {
        app.screen("desk").await?;
        app.see(OFFLINE).await?;
        read_the_letter(app, &before.letter).await?;
        open_case(app, &before.notice).await?;
        note(app, "before the notice").await?;
        queue_a_notice(app).await?;
        note(app, "after the notice").await?;
        for review in &before.reviews {
            decide(app, review).await?;
        }
        let changed = &before.reviews[1];

        sandbox.resume()?;
        assert_eq!(
            sandbox.effects().await?.len(),
            effects,
            "nothing is forgotten"
        );
        change(&sandbox, changed).await?;
        until_within(RETURN, "the window to be online", async || {
            Ok((app.count(OFFLINE).await? == 0).then_some(()))
        })
        .await?;
        arrived_once_and_in_order(&home, &sandbox, &before.notice).await?;
        one_pin_makes_the_decision_count(app, &home, &sandbox, &before.reviews[0]).await?;
        the_changed_letter_is_shown_and_not_signed(app, &home, changed).await?;
        only_the_letters_wait(&home, &sandbox, &before.reviews).await
    })
    .await
}

async fn prepare(home: &Home) -> Outcome<Before> {
    let mut notices = home.cases_for("S0.1", 2).await?;
    let letters = home.cases_for("S0.6", 2).await?;
    for case in &letters {
        home.ctl(&["do", "S0.6", "--case", case]).await?;
    }
    let notice = notices.remove(1);
    let letter = notices.remove(0);
    home.ctl(&["do", "S0.1", "--case", &letter]).await?;
    home.deliver().await?;
    home.ctl(&["sync"]).await?;
    home.deliver().await?;
    let reviews = items(&home.ctl(&["review", "list"]).await?).to_vec();
    assert_eq!(reviews.len(), 2, "{reviews:?}");
    Ok(Before {
        letter,
        notice,
        reviews,
    })
}

/// The released letter of a case, opened from the case.
async fn read_the_letter(app: &App, case: &str) -> Outcome {
    open_case(app, case).await?;
    app.tab_to("[aria-label=\"Notices\"] [data-command=\"open_notice\"]")
        .await?;
    app.press("Enter").await?;
    app.screen("attachment").await?;
    app.drawn("[data-screen=\"attachment\"] canvas").await?;
    app.press("Escape").await?;
    app.gone("[data-screen=\"attachment\"]").await
}

async fn read_the_proofs(app: &App, reviews: &[Value]) -> Outcome {
    for review in reviews {
        show(app, review).await?;
    }
    Ok(())
}

/// Goes to a review, with `j` where another one is shown.
async fn show(app: &App, review: &Value) -> Outcome {
    app.press("g a").await?;
    app.screen("review").await?;
    app.see("[data-pane=\"signature\"]").await?;
    let number = word(review, "notice");
    if !app
        .texts("[data-screen=\"review\"] header")
        .await?
        .concat()
        .contains(number)
    {
        app.press("j").await?;
    }
    app.reads("[data-screen=\"review\"] header", number).await?;
    app.drawn(PROOF).await
}

async fn note(app: &App, text: &str) -> Outcome {
    app.press("Shift+N").await?;
    app.screen("note").await?;
    app.see("[data-field=\"body\"]:focus").await?;
    app.type_text(text).await?;
    app.reads("[data-command=\"submit\"]", "queue").await?;
    app.press("Mod+Enter").await?;
    app.gone("[data-screen=\"note\"]").await
}

/// The composer says what it cannot do now, and what happens instead.
async fn queue_a_notice(app: &App) -> Outcome {
    app.press("n").await?;
    app.screen("composer").await?;
    app.take("[data-kind=\"templates\"]", |text| {
        !text.contains("regulated")
    })
    .await?;
    app.reads("[data-pane=\"proof\"]", "No proof now").await?;
    app.reads("[data-pane=\"proof\"]", "rendered when the network is back")
        .await?;
    app.reads("[data-kind=\"plan\"]", "Offline: queues").await?;
    app.reads("[data-command=\"submit\"]:not([disabled])", "queue")
        .await?;
    app.press("Mod+Enter").await?;
    app.gone("[data-screen=\"composer\"]").await
}

/// Decides about a letter that cannot be read again now.
async fn decide(app: &App, review: &Value) -> Outcome {
    show(app, review).await?;
    app.reads("[data-command=\"sign_review\"][disabled]", "needs network")
        .await?;
    app.reads("[data-command=\"prepare_review\"]", "prepare")
        .await?;
    app.press("Mod+Enter").await?;
    app.screen("prepare").await?;
    app.reads("[data-screen=\"prepare\"]", "Kept on this machine")
        .await?;
    app.press("Mod+Enter").await?;
    app.gone("[data-screen=\"prepare\"]").await?;
    app.reads("[data-pane=\"signature\"]", "Approval prepared")
        .await
}

/// A colleague asks again for signatures, over one changed word.
async fn change(sandbox: &SandboxProcess, review: &Value) -> Outcome {
    let community = sandbox.admin_get("state/community").await?;
    let request = list(&community, "items")
        .iter()
        .find(|item| {
            word(item, "kind") == "request"
                && word(&item["data"], "notice") == word(review, "notice")
        })
        .ok_or_else(|| trouble("the request is in no space"))?;
    let mut data = request["data"].clone();
    let issue = word(&data["fields"], "issue").to_owned();
    data["fields"]["issue"] = json!(format!("{issue} Urgent."));
    data["hash"] = json!("5".repeat(64));
    data["version"] = json!(2);
    sandbox
        .event(json!({
            "kind": "space_item", "space_id": word(request, "space_id"), "item_kind": "request",
            "title": word(request, "title"), "state": "requested", "due_at": request["due_at"],
            "author": word(request, "author"), "data": data,
        }))
        .await?;
    Ok(())
}

async fn arrived_once_and_in_order(home: &Home, sandbox: &SandboxProcess, case: &str) -> Outcome {
    let steps = until_within(RETURN, "what was queued to arrive", async || {
        let mut steps = of_playbook(home, "customer_notice").await?;
        steps.extend(of_playbook(home, "note").await?);
        let open = steps
            .iter()
            .filter(|s| word(s, "state") != "confirmed")
            .count();
        Ok((open == 0).then_some(steps))
    })
    .await?;
    once(&steps, &sandbox.effects().await?)?;
    let community = sandbox.admin_get("state/community").await?;
    let posted: Vec<&str> = list(&community, "comments")
        .iter()
        .filter(|c| case.ends_with(word(c, "case_id")))
        .map(|c| word(c, "body"))
        .filter(|body| body.ends_with("the notice") || body.contains("was released"))
        .collect();
    assert_eq!(posted.len(), 3, "{posted:?}");
    assert_eq!(posted[0], "before the notice");
    assert!(posted[1].contains("was released"), "{posted:?}");
    assert_eq!(posted[2], "after the notice");
    Ok(())
}

async fn one_pin_makes_the_decision_count(
    app: &App,
    home: &Home,
    sandbox: &SandboxProcess,
    review: &Value,
) -> Outcome {
    assert!(of_playbook(home, "review_signature").await?.is_empty());
    show(app, review).await?;
    app.reads("[data-pane=\"signature\"]", "It needs your PIN")
        .await?;
    app.press("Mod+Enter").await?;
    app.screen("commit").await?;
    app.see("[data-field=\"pin\"]:focus").await?;
    app.type_text(&sandbox.pin(REVIEWER)?).await?;
    app.press("Mod+Enter").await?;
    app.gone("[data-screen=\"commit\"]").await?;
    let steps = confirmed(home, "review_signature").await?;
    assert_eq!(steps.len(), 1);
    once(&steps, &sandbox.effects().await?)?;
    app.reads("[data-pane=\"signature\"]", "1 of 2 signed")
        .await
}

async fn the_changed_letter_is_shown_and_not_signed(
    app: &App,
    home: &Home,
    review: &Value,
) -> Outcome {
    show(app, review).await?;
    app.reads(
        "[data-screen=\"review\"]",
        "The letter changed after you prepared",
    )
    .await?;
    app.reads("[data-pane=\"changes\"] ins", "Urgent").await?;
    app.reads("[data-pane=\"signature\"]", "Prepared decision invalidated")
        .await?;
    app.reads("[data-pane=\"signature\"]", "0 of 2 signed")
        .await?;
    assert_eq!(of_playbook(home, "review_signature").await?.len(), 1);
    let audit = home.ctl(&["audit", "list", "--limit", "500"]).await?;
    let records =
        json!({"items": items(&audit).iter().map(|i| i["record"].clone()).collect::<Vec<_>>()});
    item_with(&records, "event", "review.invalidated")?;
    Ok(())
}

/// One for its second signature, the other for nothing any more: neither has left.
async fn only_the_letters_wait(
    home: &Home,
    sandbox: &SandboxProcess,
    reviews: &[Value],
) -> Outcome {
    let steps = home.steps(None).await?;
    for step in steps.iter().filter(|s| word(s, "state") != "confirmed") {
        assert_eq!(word(step, "playbook"), "regulated_letter", "{step}");
    }
    let effects = sandbox.effects().await?;
    for review in reviews {
        let left = effects
            .iter()
            .any(|e| e.kind == "release" && e.reference == word(review, "notice"));
        assert!(!left, "{review} in {effects:?}");
    }
    Ok(())
}
