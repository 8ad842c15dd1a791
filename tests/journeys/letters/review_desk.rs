//! S0.6: comments stay with their passage or block, signatures come in the order and number the policy asks for, delegates
//! sign for others, and what nobody decides is reminded of and escalated.

use domain::{Millis, time::DAY};
use serde_json::{Value, json};
use whole_system::harness::{Home, Outcome, items, list, number, word};

use crate::letters::letter::UnderReview;

async fn shown(letter: &UnderReview, desk: &Home) -> Outcome<Value> {
    desk.ctl(&["review", "show", letter.id()]).await
}

/// Sends what waits and pulls what came of it.
async fn settle(desk: &Home) -> Outcome {
    desk.run(&["outbox", "run", "--until-idle"], "").await?;
    desk.ctl(&["sync"]).await?;
    desk.run(&["outbox", "run", "--until-idle"], "").await?;
    Ok(())
}

fn comment_on<'a>(review: &'a Value, quote: &str) -> &'a Value {
    list(review, "comments")
        .iter()
        .find(|c| word(c, "quote") == quote)
        .unwrap_or_else(|| panic!("no comment on {quote:?} in {review}"))
}

async fn events(desk: &Home) -> Outcome<Vec<Value>> {
    let audit = desk.ctl(&["audit", "list", "--limit", "500"]).await?;
    Ok(items(&audit).iter().map(|i| i["record"].clone()).collect())
}

fn of<'a>(events: &'a [Value], event: &str) -> Vec<&'a Value> {
    events
        .iter()
        .filter(|e| word(e, "event") == event)
        .collect()
}

#[tokio::test]
async fn a_comment_follows_its_words_into_the_next_version_and_blocks_it_once_they_are_gone()
-> Outcome {
    let letter = UnderReview::start().await?;
    let desk = &letter.home;
    let reviewers = letter.reviewers();
    for (person, quote) in [
        (&reviewers[0], "until we have your answer"),
        (&reviewers[1], "with your confirmation or your evidence"),
    ] {
        let args = [
            "--as",
            person,
            "review",
            "comment",
            letter.id(),
            "--text",
            "Is that so?",
            "--quote",
            quote,
        ];
        desk.ctl(&args).await?;
    }
    let nowhere = [
        "review",
        "comment",
        letter.id(),
        "--text",
        "x",
        "--quote",
        "Nobody wrote this",
    ];
    desk.refused(&nowhere, "", "E_FIELD").await?;
    settle(desk).await?;

    // The next version keeps the words of one and drops those of the other.
    let set = "required_action=Please check the facts above. Nothing else is asked of you.";
    let revise = ["review", "revise", letter.id(), "--set", set];
    let by_another = [&["--as", reviewers[0].as_str()][..], &revise].concat();
    desk.refused(&by_another, "", "E_FORBIDDEN").await?;
    desk.refused(
        &[
            "review",
            "revise",
            letter.id(),
            "--set",
            "partner_name=Another",
        ],
        "",
        "E_FIELD",
    )
    .await?;
    // Its maker sees beforehand what differs and what becomes of the comments, and nothing is sent for it.
    let plan = desk.ctl(&[&revise[..], &["--dry-run"]].concat()).await?;
    assert_eq!(
        (word(&plan, "before"), word(&plan, "version")),
        ("1", "2"),
        "{plan}"
    );
    assert!(plan["blocked"].is_null() && number(&plan, "changes") > 0);
    assert_eq!(number(&plan, "lost"), 1, "{plan}");
    let standing: Vec<_> = list(&plan, "comments")
        .iter()
        .map(|c| (word(c, "quote"), c["lost"] == true))
        .collect();
    assert_eq!(
        standing,
        [
            ("with your confirmation or your evidence", true),
            ("until we have your answer", false)
        ]
    );
    let edited = list(&plan, "fields").iter().filter(|f| f["edited"] == true);
    let edited: Vec<_> = edited.map(|f| word(f, "name")).collect();
    assert_eq!(edited, ["required_action"]);
    let as_it_is = ["review", "revise", letter.id(), "--dry-run"];
    let same = desk.ctl(&as_it_is).await?;
    assert_eq!(word(&same, "blocked"), "Nothing is written otherwise yet.");
    assert_eq!((number(&same, "changes"), number(&same, "lost")), (0, 0));
    assert_eq!(word(&shown(&letter, desk).await?, "version"), "1");
    desk.ctl(&revise).await?;
    settle(desk).await?;
    settle(desk).await?;
    let review = shown(&letter, desk).await?;
    assert_eq!(word(&review, "version"), "2", "{review}");
    assert_eq!(word(&review, "state"), "requested");
    assert_ne!(word(&review, "hash"), letter.hash());
    let kept = comment_on(&review, "until we have your answer");
    assert_eq!(
        (&kept["lost"], word(kept, "carried_from")),
        (&json!(false), "1"),
        "{kept}"
    );
    let lost = comment_on(&review, "with your confirmation or your evidence");
    assert_eq!(
        (&lost["lost"], number(&review, "orphans")),
        (&json!(true), 1),
        "{lost}"
    );

    // Nobody approves before it is settled; whoever has nothing to do with it settles nothing.
    let pin = letter.sandbox.pin(&reviewers[0])?;
    let hash = word(&review, "hash").to_owned();
    let approve = letter.approval(&reviewers[0], &hash);
    let refused = desk.refused(&approve, &pin, "E_STATE").await?;
    assert!(refused.to_string().contains("1 comment"), "{refused}");
    let id = word(lost, "id");
    let settle_as = |person: &str, how: &str| -> Vec<String> {
        [
            "--as",
            person,
            "review",
            "resolve",
            letter.id(),
            "--comment",
            id,
            "--how",
            how,
            "--word",
            "It was asked twice",
        ]
        .map(str::to_owned)
        .to_vec()
    };
    let run = |args: Vec<String>| async move {
        desk.run(&args.iter().map(String::as_str).collect::<Vec<_>>(), "")
            .await
    };
    for (person, how) in [
        (reviewers[0].as_str(), "done"),
        (letter.maker(), "withdrawn"),
    ] {
        let ended = run(settle_as(person, how)).await?;
        assert_eq!(ended.code, Some(1), "{person} {how}: {}", ended.stdout);
    }
    run(settle_as(letter.maker(), "answered"))
        .await?
        .expect_code(0)?;
    settle(desk).await?;
    let review = shown(&letter, desk).await?;
    assert_eq!(number(&review, "orphans"), 0, "{review}");
    for person in &reviewers {
        let pin = letter.sandbox.pin(person)?;
        desk.run(&letter.approval(person, &hash), &pin)
            .await?
            .expect_code(0)?;
    }
    for _ in 0..3 {
        settle(desk).await?;
    }
    assert_eq!(
        letter.releases().await?,
        1,
        "version 2 leaves, and it alone"
    );
    let review = shown(&letter, desk).await?;
    assert!(
        ["approved", "released"].contains(&word(&review, "state")),
        "{review}"
    );
    let events = events(desk).await?;
    assert_eq!(of(&events, "comment.orphaned").len(), 1);
    assert_eq!(of(&events, "comment.resolved").len(), 1);
    let verdict = desk.ctl(&["audit", "verify"]).await?;
    assert_eq!(verdict["ok"], json!(true));
    Ok(())
}

#[tokio::test]
async fn a_rejection_points_at_what_is_wrong() -> Outcome {
    let letter = UnderReview::start().await?;
    let person = &letter.reviewers()[0];
    let pin = letter.sandbox.pin(person)?;
    let reject = [
        "--as",
        person,
        "review",
        "reject",
        letter.id(),
        "--reason",
        "We never wait",
        "--pin-stdin",
    ];
    letter.home.refused(&reject, &pin, "E_FIELD").await?;
    let pointing = [&reject[..], &["--quote", "until we have your answer"]].concat();
    letter.home.run(&pointing, &pin).await?.expect_code(0)?;
    settle(&letter.home).await?;
    let review = shown(&letter, &letter.home).await?;
    assert_eq!(word(&review, "state"), "rejected");
    assert_eq!(
        word(comment_on(&review, "until we have your answer"), "text"),
        "We never wait"
    );
    assert_eq!(letter.releases().await?, 0);
    Ok(())
}

/// Debits from ten thousand on: first an approver, then compliance.
const LARGE: &str = r#"
[[review.rule]]
name = "Debits from 10,000 EUR"
amount_from = "10000"
currency = "EUR"
order = "sequence"
group = [{ role = "approver" }, { role = "compliance" }]
"#;
const REVIEWER: &str = "tomas.adeyemi";
const APPROVER: &str = "priya.nandakumar";
const COMPLIANCE: &str = "henrike.solberg";

#[tokio::test]
async fn from_an_amount_on_an_approver_signs_first_and_compliance_after_them() -> Outcome {
    let letter = UnderReview::under(LARGE, &["amount=12500.00 EUR"]).await?;
    let review = shown(&letter, &letter.home).await?;
    let left: Vec<_> = list(&review, "left")
        .iter()
        .map(|g| (word(g, "title"), &g["open"]))
        .collect();
    assert_eq!(
        left,
        [("Approver", &json!(true)), ("Compliance", &json!(false))],
        "{review}"
    );
    for person in [COMPLIANCE, REVIEWER] {
        let pin = letter.sandbox.pin(person)?;
        let args = letter.approval(person, letter.hash());
        let refused = letter.home.refused(&args, &pin, "E_STATE").await?;
        assert!(refused.to_string().contains("approver"), "{refused}");
    }
    // Another policy later changes nothing about what was asked for.
    letter.home.policy_at_once("")?;
    for person in [APPROVER, COMPLIANCE] {
        assert_eq!(letter.releases().await?, 0);
        letter.decide_on(&letter.home, person).await?;
        settle(&letter.home).await?;
        settle(&letter.home).await?;
    }
    assert_eq!(letter.releases().await?, 1);
    Ok(())
}

#[tokio::test]
async fn below_the_amount_two_in_any_order_are_enough_and_an_unknown_one_counts_as_the_most()
-> Outcome {
    let small = UnderReview::under(LARGE, &["amount=9999.99 EUR"]).await?;
    let review = shown(&small, &small.home).await?;
    assert!(list(&review, "left").is_empty(), "{review}");
    let unknown = UnderReview::under(LARGE, &[]).await?;
    let review = shown(&unknown, &unknown.home).await?;
    assert_eq!(list(&review, "left").len(), 2, "{review}");
    Ok(())
}

#[tokio::test]
async fn a_delegate_signs_with_both_names_and_the_evidence_pack_names_both() -> Outcome {
    let letter = UnderReview::under(LARGE, &["amount=12500.00 EUR"]).await?;
    let desk = &letter.home;
    let hash = letter.hash().to_owned();
    let pin = letter.sandbox.pin(REVIEWER)?;
    let for_whom = |person: &'static str| {
        let mut args = letter.approval(REVIEWER, &hash);
        args.extend(["--on-behalf-of", person]);
        args
    };
    // Nobody signs for another who did not say so; an agent signs for nobody.
    desk.refused(&for_whom(APPROVER), &pin, "E_FORBIDDEN")
        .await?;
    let clock = letter.sandbox.admin_get("clock").await?;
    let now = Millis::parse_lenient(word(&clock, "now")).expect("the sandbox tells the time");
    let until = now.plus(3 * DAY).rfc3339();
    let delegate = |from: &'static str, until: &str| {
        let args = [
            "--as",
            from,
            "review",
            "delegate",
            "--to",
            REVIEWER,
            "--from",
            "2026-01-01",
            "--until",
            until,
        ];
        let args = args.into_iter().chain(["--reason", "On leave"]);
        args.map(str::to_owned).collect::<Vec<_>>()
    };
    let from = now.plus(-DAY).rfc3339();
    let give = |person: &'static str| {
        let mut args = delegate(person, &until);
        if let Some(day) = args.iter_mut().find(|a| *a == "2026-01-01") {
            day.clone_from(&from);
        }
        args
    };
    for (person, code) in [("lena.kovar", "E_FORBIDDEN"), (REVIEWER, "E_FIELD")] {
        let args = give(person);
        desk.refused(
            &args.iter().map(String::as_str).collect::<Vec<_>>(),
            "",
            code,
        )
        .await?;
    }
    let args = give(APPROVER);
    desk.ctl(&args.iter().map(String::as_str).collect::<Vec<_>>())
        .await?;
    settle(desk).await?;
    // Nobody signs for the maker, who delegated nothing.
    desk.refused(&for_whom("lena.kovar"), &pin, "E_FORBIDDEN")
        .await?;
    desk.run(&for_whom(APPROVER), &pin).await?.expect_code(0)?;
    settle(desk).await?;
    // Neither of both signs once more.
    for person in [REVIEWER, APPROVER] {
        let pin = letter.sandbox.pin(person)?;
        desk.refused(&letter.approval(person, &hash), &pin, "E_STATE")
            .await?;
    }
    let review = shown(&letter, desk).await?;
    let [signed] = list(&review, "signed") else {
        panic!("one signature: {review}");
    };
    assert_eq!(
        (word(signed, "person"), word(signed, "on_behalf_of")),
        (REVIEWER, APPROVER)
    );
    letter.decide_on(desk, COMPLIANCE).await?;
    for _ in 0..3 {
        settle(desk).await?;
    }
    assert_eq!(letter.releases().await?, 1);
    let pack = desk.data().join("evidence");
    let folder = pack.display().to_string();
    desk.ctl(&["review", "export", letter.id(), &folder])
        .await?;
    let verdict = desk.ctl(&["audit", "verify", &folder]).await?;
    assert_eq!(verdict["ok"], json!(true), "{verdict}");
    assert_eq!(
        verdict["on_behalf"],
        json!([[REVIEWER, APPROVER]]),
        "{verdict}"
    );
    let page = std::fs::read_to_string(pack.join("evidence.txt"))?;
    let both = format!("({REVIEWER}) on behalf of Priya Nandakumar ({APPROVER})");
    assert!(page.contains(&both), "{page}");
    Ok(())
}

#[tokio::test]
async fn a_delegation_that_was_revoked_or_has_ended_signs_nothing() -> Outcome {
    let letter = UnderReview::start().await?;
    let desk = &letter.home;
    let clock = letter.sandbox.admin_get("clock").await?;
    let now = Millis::parse_lenient(word(&clock, "now")).expect("the sandbox tells the time");
    let until = now.plus(DAY).rfc3339();
    let from = now.plus(-DAY).rfc3339();
    let give = [
        "--as", APPROVER, "review", "delegate", "--to", REVIEWER, "--from", &from, "--until",
        &until, "--reason", "On leave",
    ];
    desk.ctl(&give).await?;
    settle(desk).await?;
    let held = desk
        .ctl(&["--as", REVIEWER, "review", "delegations"])
        .await?;
    let [one] = items(&held) else {
        panic!("one delegation: {held}");
    };
    assert_eq!(one["holds"], json!(true));
    let revoke = |person: &'static str| ["--as", person, "review", "revoke", word(one, "id")];
    desk.refused(&revoke(REVIEWER), "", "E_NOT_FOUND").await?;
    desk.ctl(&revoke(APPROVER)).await?;
    settle(desk).await?;
    let pin = letter.sandbox.pin(REVIEWER)?;
    let mut sign = letter.approval(REVIEWER, letter.hash());
    sign.extend(["--on-behalf-of", APPROVER]);
    desk.refused(&sign, &pin, "E_FORBIDDEN").await?;
    desk.ctl(&give).await?;
    settle(desk).await?;
    letter.sandbox.advance(90_000).await?;
    desk.ctl(&["sync"]).await?;
    desk.refused(&sign, &pin, "E_FORBIDDEN").await?;
    Ok(())
}

#[tokio::test]
async fn two_desks_remind_once_and_once_it_is_due_the_deputies_may_sign() -> Outcome {
    let rule = format!("[review]\ndue_hours = 40\nexpires_hours = 400\n{LARGE}");
    let letter = UnderReview::under(&rule, &["amount=12500.00 EUR"]).await?;
    let other = Home::on(&letter.sandbox).await?;
    let desks = [&letter.home, &other];
    let told = |what: &'static str| {
        let letter = &letter;
        async move {
            let community = letter.sandbox.admin_get("state/community").await?;
            let notice = letter.release_reference();
            let about = list(&community, "comments")
                .iter()
                .filter(|c| word(c, "body").contains(&notice) && word(c, "body").contains(what));
            Outcome::Ok(
                about
                    .map(|c| word(c, "visibility").to_owned())
                    .collect::<Vec<_>>(),
            )
        }
    };
    let deputy = "ada.admin";
    let pin = letter.sandbox.pin(deputy)?;
    let args = letter.approval(deputy, letter.hash());
    letter.home.refused(&args, &pin, "E_STATE").await?;
    // Each step comes after opening time, whatever day of the week it begins on.
    for _ in 0..12 {
        letter.sandbox.advance(12 * 3_600).await?;
        for _ in 0..2 {
            for desk in desks {
                desk.ctl(&["sync"]).await?;
                desk.run(&["outbox", "run", "--until-idle"], "").await?;
            }
        }
    }
    let community = letter.sandbox.admin_get("state/community").await?;
    let space = letter.id().trim_start_matches("review:community:");
    let reminders: Vec<&Value> = list(&community, "items")
        .iter()
        .filter(|i| word(i, "space_id") == space && word(i, "kind") == "reminder")
        .map(|i| &i["data"]["percent"])
        .collect();
    assert!(reminders.contains(&&json!(100)), "{reminders:?}");
    let mut once = reminders
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), reminders.len(), "{reminders:?}");
    assert_eq!(told("may sign it now").await?, ["internal"]);
    let (mut escalated, mut reminded) = (0, 0);
    for desk in desks {
        desk.ctl(&["sync"]).await?;
        let events = events(desk).await?;
        escalated += of(&events, "review.escalated").len();
        reminded += of(&events, "review.reminded").len();
    }
    assert_eq!((escalated, reminded), (1, reminders.len() - 1));
    // A deputy signs in the place of the approver, and compliance after them.
    for person in [deputy, COMPLIANCE] {
        letter.decide_on(&letter.home, person).await?;
        settle(&letter.home).await?;
    }
    let review = shown(&letter, &letter.home).await?;
    assert!(
        ["approved", "released"].contains(&word(&review, "state")),
        "{review}"
    );
    Ok(())
}
