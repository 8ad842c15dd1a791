//! When a letter leaves: quiet hours of whoever gets it, and the time in which it can be undone; and what becomes of one that
//! comes back.

use serde_json::{Value, json};
use whole_system::harness::{
    Home, Outcome, SandboxOptions, SandboxProcess, items, list, trouble, word,
};

use super::letter::UnderReview;

/// Midnight in Tokyo, afternoon in Prague.
const NIGHT: &str = "2026-11-19T15:00:00Z";
/// Until it is seven there.
pub(super) const UNTIL_SEVEN: u64 = 7 * 3_600;
/// The partner in Tokyo, who takes e-mail only.
pub(super) const HOSHIGUMO: &str = "P-1011";
/// Nothing can be undone, so that a journey sees quiet hours alone.
pub(super) const QUIET: &str = "[notice]\nundo_seconds = 0\n";
/// Nothing is quiet, so that a journey sees the time to undo alone.
const UNDO: &str = "[quiet_hours]\nchannels = []\n";

pub(super) async fn at_night(policy: &str) -> Outcome<(SandboxProcess, Home, String)> {
    let sandbox = SandboxProcess::with(SandboxOptions {
        epoch: Some(NIGHT.to_owned()),
        ..SandboxOptions::default()
    })?;
    let home = Home::on(&sandbox).await?;
    home.policy(policy)?;
    let case = case_of(&home, HOSHIGUMO, "S0.1").await?;
    Ok((sandbox, home, case))
}

/// An open case of a partner to which a use case applies.
pub(super) async fn case_of(home: &Home, partner: &str, use_case: &str) -> Outcome<String> {
    let filter = format!("open=true,partner={partner}");
    let cases = home
        .ctl(&["list", "cases", "--where", &filter, "--limit", "100"])
        .await?;
    for case in items(&cases) {
        let plan = ["do", use_case, "--case", word(case, "id"), "--dry-run"];
        if home.run(&plan, "").await?.code == Some(0) {
            return Ok(word(case, "id").to_owned());
        }
    }
    Err(trouble(format!(
        "{use_case} applies to no case of {partner}"
    )))
}

fn notice_of(done: &Value) -> &str {
    word(done, "title")
        .split([' ', ','])
        .find(|part| part.starts_with("N-"))
        .unwrap_or_default()
}

pub(super) async fn releases(sandbox: &SandboxProcess, notice: &str) -> Outcome<usize> {
    let effects = sandbox.effects().await?;
    let releases = effects.iter().filter(|e| e.kind == "release");
    Ok(releases.filter(|e| e.reference == notice).count())
}

pub(super) async fn release(home: &Home, action: &str) -> Outcome<Value> {
    let steps = home.steps(Some(action)).await?;
    let release = steps
        .into_iter()
        .find(|s| word(s, "operation") == "release");
    release.ok_or_else(|| trouble("nothing is released"))
}

async fn audited(home: &Home, event: &str) -> Outcome<Vec<Value>> {
    let records = home.ctl(&["audit", "list", "--limit", "1000"]).await?;
    let records = items(&records).iter().map(|r| r["record"].clone());
    Ok(records.filter(|r| word(r, "event") == event).collect())
}

#[tokio::test]
async fn an_email_confirmed_at_midnight_in_tokyo_leaves_at_seven_there_once_through_a_restart()
-> Outcome {
    let (sandbox, home, case) = at_night(QUIET).await?;
    let done = home
        .ctl(&["do", "S0.1", "--case", &case, "--set", "channel=email"])
        .await?;
    let (action, notice) = (word(&done, "action_id"), notice_of(&done));
    let ran = home.deliver().await?;
    assert_eq!(releases(&sandbox, notice).await?, 0, "it is night there");
    assert!(
        word(&ran, "next_due").starts_with("2026-11-19T22:00:00"),
        "{ran}"
    );
    let held = release(&home, action).await?;
    assert_eq!(word(&held, "state"), "waiting");
    let shown = home.ctl(&["show", "step", word(&held, "id")]).await?;
    let status = word(&shown["row"]["status"], "word");
    assert!(status.starts_with("Held until 07:00 Tokyo ("), "{status}");
    assert!(status.ends_with("quiet hours"), "{status}");

    // What else happens on the case does not wait for the morning, nor does a letter on paper.
    let note = home
        .ctl(&["do", "note", "--case", &case, "--set", "body=Asked again"])
        .await?;
    home.deliver().await?;
    home.all_confirmed(Some(word(&note, "action_id"))).await?;

    // An hour before, and once more: each call is a program of its own.
    sandbox.advance(UNTIL_SEVEN - 3_600).await?;
    home.deliver().await?;
    assert_eq!(releases(&sandbox, notice).await?, 0, "six there");
    sandbox.advance(3_600).await?;
    for _ in 0..2 {
        home.deliver().await?;
    }
    assert_eq!(releases(&sandbox, notice).await?, 1);
    home.all_confirmed(Some(action)).await?;
    assert_eq!(audited(&home, "op.held").await?.len(), 1, "held once");
    assert_eq!(home.ctl(&["audit", "verify"]).await?["ok"], json!(true));
    Ok(())
}

#[tokio::test]
async fn what_is_urgent_leaves_at_night_and_its_reason_is_in_the_chain() -> Outcome {
    let (sandbox, home, case) = at_night(QUIET).await?;
    let call = [
        "do",
        "S0.1",
        "--case",
        &case,
        "--set",
        "channel=email",
        "--now",
    ];
    let refused = [&call[..], &["  "]].concat();
    home.refused(&refused, "", "E_FIELD").await?;
    assert!(home.steps(None).await?.is_empty(), "nothing was queued");

    let urgent = [&call[..], &["urgent: the truck waits at the gate"]].concat();
    let done = home.ctl(&urgent).await?;
    home.deliver().await?;
    assert_eq!(releases(&sandbox, notice_of(&done)).await?, 1);
    let records = audited(&home, "notice.sent_in_quiet_hours").await?;
    assert_eq!(records.len(), 1, "{records:?}");
    assert_eq!(
        word(&records[0], "reason"),
        "urgent: the truck waits at the gate"
    );
    assert_ne!(word(&records[0], "actor"), "system");
    Ok(())
}

#[tokio::test]
async fn what_is_held_can_be_sent_at_once_with_a_reason() -> Outcome {
    let (sandbox, home, case) = at_night(QUIET).await?;
    let done = home
        .ctl(&["do", "S0.1", "--case", &case, "--set", "channel=email"])
        .await?;
    let action = word(&done, "action_id");
    home.deliver().await?;
    home.refused(&["notice", "now", action, "--reason", ""], "", "E_FIELD")
        .await?;
    let sent = home
        .ctl(&["notice", "now", action, "--reason", "they asked for it"])
        .await?;
    assert_eq!(sent["steps"], json!(1));
    home.deliver().await?;
    assert_eq!(releases(&sandbox, notice_of(&done)).await?, 1);
    assert_eq!(audited(&home, "notice.sent_in_quiet_hours").await?.len(), 1);
    home.refused(
        &["notice", "now", action, "--reason", "again"],
        "",
        "E_STATE",
    )
    .await?;
    Ok(())
}

#[tokio::test]
async fn a_letter_signed_in_the_night_of_its_recipient_waits_for_their_morning() -> Outcome {
    let (sandbox, home, _) = at_night(QUIET).await?;
    let case = case_of(&home, HOSHIGUMO, "S0.6").await?;
    let done = home
        .ctl(&["do", "S0.6", "--case", &case, "--set", "channel=email"])
        .await?;
    home.deliver().await?;
    home.ctl(&["sync"]).await?;
    let notice = notice_of(&done).to_owned();
    let reviews = home.ctl(&["review", "list"]).await?;
    let review = items(&reviews)
        .iter()
        .find(|r| word(r, "notice") == notice)
        .ok_or_else(|| trouble(format!("no review of {notice} in {reviews}")))?
        .clone();
    let signers: Vec<String> = list(sandbox.hello(), "persons")
        .iter()
        .filter(|p| {
            list(p, "roles").contains(&json!("reviewer"))
                && word(p, "name") != word(&review, "maker")
        })
        .map(|p| word(p, "name").to_owned())
        .take(2)
        .collect();
    let meaning = list(&review, "meanings")
        .first()
        .and_then(Value::as_str)
        .unwrap_or("approved");
    for person in &signers {
        let approve = [
            "--as",
            person,
            "review",
            "approve",
            word(&review, "id"),
            "--hash",
            word(&review, "hash"),
            "--meaning",
            meaning,
            "--pin-stdin",
        ];
        let pin = sandbox.pin(person)?;
        home.run(&approve, &pin).await?.expect_code(0)?;
    }
    home.deliver().await?;
    home.ctl(&["sync"]).await?;
    home.deliver().await?;
    let held = release(&home, word(&done, "action_id")).await?;
    assert_eq!(word(&held, "state"), "waiting", "{held}");
    assert!(word(&held, "blocked_by").contains("quiet_hours"), "{held}");
    assert_eq!(releases(&sandbox, &notice).await?, 0, "signed, and night");
    sandbox.advance(UNTIL_SEVEN).await?;
    for _ in 0..2 {
        home.ctl(&["sync"]).await?;
        home.deliver().await?;
    }
    assert_eq!(releases(&sandbox, &notice).await?, 1);
    Ok(())
}

#[tokio::test]
async fn what_is_undone_in_time_never_leaves_and_its_text_is_a_draft_again() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let home = Home::on(&sandbox).await?;
    home.policy(UNDO)?;
    let case = home.cases_for("S0.1", 1).await?.remove(0);
    let before = sandbox.effects().await?.len();
    let done = home
        .ctl(&[
            "do",
            "S0.1",
            "--case",
            &case,
            "--set",
            "issue=Counted once more",
        ])
        .await?;
    let (action, content) = (word(&done, "action_id"), word(&done, "content"));
    // A program that is ended in between changes nothing: each of these is one.
    home.deliver().await?;
    home.deliver().await?;
    let shown = home.ctl(&["notice", "show", action]).await?;
    assert_eq!(shown["left"], json!(false));
    assert!(shown["until"].is_i64(), "{shown}");

    let other = "0".repeat(64);
    home.refused(
        &["notice", "undo", action, "--content", &other],
        "",
        "E_HASH",
    )
    .await?;
    let undone = home
        .ctl(&["notice", "undo", action, "--content", content])
        .await?;
    assert_eq!(undone["draft_restored"], json!(true), "{undone}");
    sandbox.advance(3_600).await?;
    for _ in 0..2 {
        home.deliver().await?;
        home.ctl(&["sync"]).await?;
    }
    assert_eq!(releases(&sandbox, notice_of(&done)).await?, 0);
    let effects = sandbox.effects().await?;
    assert!(
        effects[before..].iter().all(|e| e.kind == "render"),
        "nothing else happened outside: {effects:?}"
    );
    let records = audited(&home, "notice.undone").await?;
    assert_eq!(records.len(), 1);
    assert_eq!(word(&records[0]["facts"], "sha"), content, "{records:?}");
    home.refused(
        &["notice", "undo", action, "--content", content],
        "",
        "E_STATE",
    )
    .await?;
    // It was taken back, so the same may be told again, as another notice.
    let again = home.ctl(&["do", "S0.1", "--case", &case]).await?;
    assert_ne!(notice_of(&again), notice_of(&done));
    assert_eq!(home.ctl(&["audit", "verify"]).await?["ok"], json!(true));
    Ok(())
}

#[tokio::test]
async fn once_it_has_left_it_is_not_undone() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let home = Home::on(&sandbox).await?;
    home.policy(UNDO)?;
    let case = home.cases_for("S0.1", 1).await?.remove(0);
    let done = home.ctl(&["do", "S0.1", "--case", &case]).await?;
    let (action, content) = (word(&done, "action_id"), word(&done, "content"));
    home.deliver().await?;
    assert_eq!(releases(&sandbox, notice_of(&done)).await?, 0, "held");
    sandbox.advance(11).await?;
    home.deliver().await?;
    assert_eq!(releases(&sandbox, notice_of(&done)).await?, 1);
    home.refused(
        &["notice", "undo", action, "--content", content],
        "",
        "E_STATE",
    )
    .await?;
    home.all_confirmed(Some(action)).await?;
    Ok(())
}

#[tokio::test]
async fn a_regulated_letter_is_not_undone_and_does_not_wait_for_it() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let home = Home::on(&sandbox).await?;
    home.policy(UNDO)?;
    let case = home.cases_for("S0.6", 1).await?.remove(0);
    let done = home.ctl(&["do", "S0.6", "--case", &case]).await?;
    let action = word(&done, "action_id");
    assert_eq!(done["content"], Value::Null, "nothing to undo it with");
    home.deliver().await?;
    let steps = home.steps(Some(action)).await?;
    let asked = steps.iter().find(|s| word(s, "name") == "request");
    assert_eq!(asked.map(|s| word(s, "state")), Some("confirmed"));
    let any = "0".repeat(64);
    home.refused(
        &["notice", "undo", action, "--content", &any],
        "",
        "E_STATE",
    )
    .await?;
    Ok(())
}

/// The partner with an address for e-mail and one for letters.
const PEMBERLOOK: &str = "P-1010";
/// Everything leaves at once, so that a journey sees what comes back alone.
const AT_ONCE: &str = "[notice]\nundo_seconds = 0\n[quiet_hours]\nchannels = []\n";
const SHIPPED: &str = include_str!("../../../assets/policy/default.toml");

async fn bounce(sandbox: &SandboxProcess, desks: &[&Home], notice: &str) -> Outcome {
    sandbox
        .event(json!({"kind": "delivery", "notice_id": notice, "state": "bounced"}))
        .await?;
    for desk in desks {
        desk.ctl(&["sync"]).await?;
        desk.deliver().await?;
    }
    Ok(())
}

/// A notice by e-mail that came back, on the desk of its maker.
async fn bounced(policy: &str) -> Outcome<(SandboxProcess, Home, String, String)> {
    let sandbox = SandboxProcess::start()?;
    let home = Home::on(&sandbox).await?;
    home.policy(policy)?;
    let case = case_of(&home, PEMBERLOOK, "S0.1").await?;
    let done = home
        .ctl(&["do", "S0.1", "--case", &case, "--set", "channel=email"])
        .await?;
    home.deliver().await?;
    home.ctl(&["sync"]).await?;
    let notice = notice_of(&done).to_owned();
    Ok((sandbox, home, case, notice))
}

async fn notice_row(home: &Home, case: &str, number: &str) -> Outcome<Value> {
    let shown = home.ctl(&["show", "case", case]).await?;
    let row = list(&shown, "notices")
        .iter()
        .find(|n| word(n, "number") == number);
    row.cloned()
        .ok_or_else(|| trouble(format!("{number} is not on the case: {}", shown["notices"])))
}

#[tokio::test]
async fn an_email_that_bounced_goes_as_a_letter_linked_both_ways_once_from_two_desktops() -> Outcome
{
    let (sandbox, home, case, notice) = bounced(AT_ONCE).await?;
    home.refused(&["notice", "fallback", &notice], "", "E_STATE")
        .await?;
    let other = Home::on(&sandbox).await?;
    bounce(&sandbox, &[&home, &other], &notice).await?;
    let row = notice_row(&home, &case, &notice).await?;
    assert_eq!(
        word(&row["fallback"], "command"),
        "Retry by letter",
        "{row}"
    );
    assert_eq!(
        word(&row["fallback"], "title"),
        "Bounced by e-mail: send as letter"
    );

    home.refused(
        &["notice", "fallback", &notice, "--channel", "pigeon"],
        "",
        "E_NOT_APPLICABLE",
    )
    .await?;
    // Both decide before either has delivered.
    let first = home.ctl(&["notice", "fallback", &notice]).await?;
    let second = other
        .ctl(&["notice", "fallback", &notice, "--channel", "letter"])
        .await?;
    let new = word(&first, "notice").to_owned();
    assert_eq!(word(&second, "notice"), new, "both make the same notice");
    for _ in 0..2 {
        for desk in [&other, &home] {
            desk.deliver().await?;
            desk.ctl(&["sync"]).await?;
        }
    }
    assert_eq!(releases(&sandbox, &new).await?, 1);
    let claims = sandbox.effects().await?;
    let claims = claims.iter().filter(|e| e.kind == "claim").count();
    assert_eq!(claims, 1, "one desktop won");
    for desk in [&home, &other] {
        let old = notice_row(desk, &case, &notice).await?;
        assert_eq!(word(&old, "replaced_by"), new);
        assert_eq!(old["fallback"], Value::Null, "it is not proposed again");
        let replacing = notice_row(desk, &case, &new).await?;
        assert_eq!(word(&replacing, "replaces"), notice);
        assert_eq!(word(&replacing, "channel"), "letter");
        desk.refused(&["notice", "fallback", &notice], "", "E_STATE")
            .await?;
        assert_eq!(desk.ctl(&["audit", "verify"]).await?["ok"], json!(true));
    }
    // What came back keeps the case open no more: the letter in its place does, until it is on its way.
    sandbox.advance(86_400).await?;
    for _ in 0..2 {
        home.ctl(&["sync"]).await?;
        home.deliver().await?;
    }
    let shown = home.ctl(&["show", "case", &case]).await?;
    let waits = word(&shown, "resolve_waits_for");
    // Others of this case may have come to no good end before.
    let open = list(&shown, "notices").iter().filter(|row| {
        let ours = [notice.as_str(), new.as_str()].contains(&word(row, "number"));
        let state = word(&row["status"], "state");
        let printed = state == "sent" && word(row, "channel") != "email";
        !ours && !printed && !["delivered", "responded"].contains(&state)
    });
    let said = match open.count() {
        0 => !waits.contains("notice"),
        n => waits.contains(&format!("{n} notice")),
    };
    assert!(said, "{waits}: {}", shown["notices"]);
    let records = audited(&home, "notice.fallback").await?;
    assert_eq!(records.len(), 1);
    let facts = &records[0]["facts"];
    assert_eq!(
        (word(facts, "from"), word(facts, "to"), word(facts, "why")),
        ("email", "letter", "bounced")
    );
    Ok(())
}

#[tokio::test]
async fn where_the_rule_says_so_it_falls_back_by_itself_once() -> Outcome {
    let automatic = format!("{AT_ONCE}{}", {
        // Lists of a policy are replaced as a whole.
        let templates = SHIPPED.find("[[template]]").map_or("", |at| &SHIPPED[at..]);
        ["true", "false"]
            .iter()
            .fold(templates.to_owned(), |text, asks| {
                let rule = format!("regulated = false\nasks_partner = {asks}\nfallback");
                text.replace(
                    &rule,
                    &rule.replace("fallback", "automatic = true\nfallback"),
                )
            })
    });
    assert!(automatic.contains("automatic = true\nfallback"));
    let (sandbox, home, case, notice) = bounced(&automatic).await?;
    let other = Home::on(&sandbox).await?;
    other.policy(&automatic)?;
    bounce(&sandbox, &[&other, &home], &notice).await?;
    for desk in [&other, &home] {
        desk.ctl(&["sync", "--full"]).await?;
        desk.deliver().await?;
    }
    let old = notice_row(&home, &case, &notice).await?;
    let new = word(&old, "replaced_by");
    assert!(new.starts_with("N-"), "{old}");
    assert_eq!(releases(&sandbox, new).await?, 1);
    assert_eq!(audited(&home, "notice.fallback").await?.len(), 1);
    Ok(())
}

/// Letters are held whatever the time; e-mail is not.
const HELD: &str = "[notice]\nundo_seconds = 0\n[quiet_hours]\nchannels = [\"letter\"]\nfrom = \"00:00\"\nto = \"23:59\"\n";

/// The release of what takes the place of another notice, under its number.
async fn fallback_release(home: &Home, new: &str) -> Outcome<Value> {
    let steps = home.steps(None).await?;
    let found = steps
        .into_iter()
        .find(|s| word(s, "operation") == "release" && word(s, "subject").contains(new));
    found.ok_or_else(|| trouble(format!("{new} is not released from here")))
}

async fn claims(sandbox: &SandboxProcess) -> Outcome<usize> {
    let effects = sandbox.effects().await?;
    Ok(effects.iter().filter(|e| e.kind == "claim").count())
}

#[tokio::test]
async fn a_held_fallback_is_undone_and_another_one_gets_through_under_a_number_of_its_own()
-> Outcome {
    let (sandbox, home, case, notice) = bounced(HELD).await?;
    bounce(&sandbox, &[&home], &notice).await?;
    let fallback = ["notice", "fallback", &notice, "--channel", "letter"];
    let first = home.ctl(&fallback).await?;
    // It is only planned: no other one beside it.
    home.refused(&fallback, "", "E_STATE").await?;
    home.deliver().await?;
    assert_eq!(claims(&sandbox).await?, 1, "won");
    home.refused(&fallback, "", "E_STATE").await?;
    let held = fallback_release(&home, word(&first, "notice")).await?;
    assert_eq!(word(&held, "state"), "waiting", "{held}");

    let action = word(&held, "action_id");
    let shown = home.ctl(&["notice", "show", action]).await?;
    assert_eq!(shown["left"], json!(false), "nothing but a claim: {shown}");
    let undo = [
        "notice",
        "undo",
        action,
        "--content",
        word(&shown, "content"),
    ];
    home.ctl(&undo).await?;

    let second = home.ctl(&fallback).await?;
    let new = word(&second, "notice");
    assert_ne!(new, word(&first, "notice"));
    home.deliver().await?;
    assert_eq!(claims(&sandbox).await?, 2, "won anew");
    let held = fallback_release(&home, new).await?;
    assert_eq!(word(&held, "state"), "waiting", "{held}");
    let action = word(&held, "action_id");
    home.ctl(&["notice", "now", action, "--reason", "they wait for it"])
        .await?;
    home.deliver().await?;
    home.ctl(&["sync"]).await?;
    assert_eq!(releases(&sandbox, new).await?, 1);
    assert_eq!(releases(&sandbox, word(&first, "notice")).await?, 0);
    let old = notice_row(&home, &case, &notice).await?;
    assert_eq!(word(&old, "replaced_by"), new);
    home.refused(&fallback, "", "E_STATE").await?;
    Ok(())
}

#[tokio::test]
async fn a_held_fallback_stays_where_the_first_notice_arrived_after_all() -> Outcome {
    let (sandbox, home, _, notice) = bounced(HELD).await?;
    bounce(&sandbox, &[&home], &notice).await?;
    let back = home
        .ctl(&["notice", "fallback", &notice, "--channel", "letter"])
        .await?;
    home.deliver().await?;
    let new = word(&back, "notice");
    let held = fallback_release(&home, new).await?;
    assert_eq!(word(&held, "state"), "waiting", "{held}");
    sandbox.advance(60).await?;
    sandbox
        .event(json!({"kind": "delivery", "notice_id": notice, "state": "delivered"}))
        .await?;
    home.ctl(&["sync"]).await?;
    home.deliver().await?;
    let held = fallback_release(&home, new).await?;
    assert_eq!(word(&held, "state"), "cancelled", "{held}");
    sandbox.advance(86_400).await?;
    home.deliver().await?;
    assert_eq!(releases(&sandbox, new).await?, 0);
    let records = audited(&home, "notice.fallback_withdrawn").await?;
    assert_eq!(records.len(), 1, "{records:?}");
    Ok(())
}

/// A regulated letter by e-mail that left and came back, on the desk of its maker.
async fn bounced_letter() -> Outcome<(UnderReview, String)> {
    let letter = UnderReview::under("", &["channel=email"]).await?;
    for person in letter.reviewers() {
        letter.decide_on(&letter.home, &person).await?;
    }
    for _ in 0..2 {
        letter.home.deliver().await?;
        letter.home.ctl(&["sync"]).await?;
    }
    assert_eq!(letter.releases().await?, 1);
    let notice = letter.release_reference();
    bounce(&letter.sandbox, &[&letter.home], &notice).await?;
    Ok((letter, notice))
}

#[tokio::test]
async fn of_two_desktops_one_replaces_a_regulated_letter_and_the_other_ends_quietly() -> Outcome {
    let (letter, notice) = bounced_letter().await?;
    let (sandbox, home) = (&letter.sandbox, &letter.home);
    let other = Home::on(sandbox).await?;
    let before = claims(sandbox).await?;
    let fallback = ["notice", "fallback", &notice, "--channel", "letter"];
    let new = word(&home.ctl(&fallback).await?, "notice").to_owned();
    // Planned and not in the mirror yet: by no channel a second time.
    home.refused(&fallback, "", "E_STATE").await?;
    home.refused(&["notice", "fallback", &notice], "", "E_STATE")
        .await?;
    // The other one has not heard of it, nor does it have the words of the first letter.
    other.ctl(&fallback).await?;
    for _ in 0..2 {
        for desk in [home, &other] {
            desk.deliver().await?;
            desk.ctl(&["sync"]).await?;
        }
    }
    assert_eq!(claims(sandbox).await?, before + 1, "one won");
    for desk in [home, &other] {
        let reviews = desk.ctl(&["review", "list"]).await?;
        let asked = items(&reviews).iter().filter(|r| word(r, "notice") == new);
        assert_eq!(asked.count(), 1, "{reviews}");
        let steps = desk.steps(None).await?;
        for step in steps.iter().filter(|s| word(s, "subject").contains(&new)) {
            assert_ne!(word(step, "state"), "needs_attention", "{step}");
        }
        desk.refused(&fallback, "", "E_STATE").await?;
        assert_eq!(desk.ctl(&["audit", "verify"]).await?["ok"], json!(true));
    }
    Ok(())
}

#[tokio::test]
async fn a_regulated_letter_that_bounced_is_reviewed_again_before_it_goes_by_another_channel()
-> Outcome {
    let (letter, notice) = bounced_letter().await?;
    let back = letter
        .home
        .ctl(&["notice", "fallback", &notice, "--channel", "letter"])
        .await?;
    assert_eq!(back["review"], json!(true));
    let new = word(&back, "notice").to_owned();
    for _ in 0..2 {
        letter.home.deliver().await?;
        letter.home.ctl(&["sync"]).await?;
    }
    let reviews = letter.home.ctl(&["review", "list"]).await?;
    let asked: Vec<&Value> = items(&reviews)
        .iter()
        .filter(|r| word(r, "notice") == new)
        .collect();
    assert_eq!(asked.len(), 1, "{reviews}");
    assert_eq!(word(asked[0], "state"), "requested");
    assert_ne!(word(asked[0], "hash"), letter.hash(), "other bytes");
    assert_eq!(
        releases(&letter.sandbox, &new).await?,
        0,
        "nobody has signed"
    );
    let case = word(&back, "case");
    let old = notice_row(&letter.home, case, &notice).await?;
    assert_eq!(word(&old, "replaced_by"), new);
    Ok(())
}
