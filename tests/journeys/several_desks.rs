//! Several data folders on one company: what only one may do happens once, whoever does it.

use serde_json::{Value, json};
use whole_system::harness::{Effect, Home, Outcome, SandboxProcess, list, trouble, word};

use crate::letters::letter::UnderReview;

/// Longer than the longest time of any operation and any back-off.
const LONGEST: u64 = 7_200;

impl UnderReview {
    /// Signs on a desk and delivers the signature.
    async fn sign_on(&self, desk: &Home, person: &str) -> Outcome {
        self.decide_on(desk, person).await?;
        desk.deliver().await?;
        Ok(())
    }

    async fn effects(&self, kind: &str) -> Outcome<Vec<Effect>> {
        let all = self.sandbox.effects().await?;
        Ok(all.into_iter().filter(|e| e.kind == kind).collect())
    }

    /// Messages on the company's cases that name the letter, with what they say.
    async fn told(&self, what: &str) -> Outcome<usize> {
        let notice = word(&self.review, "notice");
        let community = self.sandbox.admin_get("state/community").await?;
        Ok(list(&community, "comments")
            .iter()
            .map(|c| word(c, "body"))
            .filter(|body| body.contains(notice) && body.contains(what))
            .count())
    }

    async fn evidence(&self) -> Outcome<usize> {
        let name = format!("{} evidence.txt", word(&self.review, "notice"));
        let community = self.sandbox.admin_get("state/community").await?;
        Ok(list(&community, "attachments")
            .iter()
            .filter(|a| word(a, "name") == name && word(a, "visibility") == "internal")
            .count())
    }
}

async fn pull_and_deliver(desk: &Home) -> Outcome {
    desk.ctl(&["sync"]).await?;
    desk.deliver().await?;
    Ok(())
}

#[tokio::test]
async fn a_reviewers_desk_releases_a_letter_whose_makers_desk_is_away() -> Outcome {
    let letter = UnderReview::start().await?;
    let (first, second) = (
        Home::on(&letter.sandbox).await?,
        Home::on(&letter.sandbox).await?,
    );
    let reviewers = letter.reviewers();
    letter.sign_on(&first, &reviewers[0]).await?;
    pull_and_deliver(&first).await?;
    assert_eq!(letter.releases().await?, 0, "one signature is no quorum");
    second.ctl(&["sync"]).await?;
    letter.sign_on(&second, &reviewers[1]).await?;
    pull_and_deliver(&second).await?;
    assert_eq!(letter.releases().await?, 1);
    assert_eq!(letter.effects("claim").await?.len(), 1);
    assert_eq!(letter.told("was released").await?, 1);
    assert_eq!(letter.evidence().await?, 1, "who signed is filed");
    let taken = second.steps(None).await?;
    let taken: Vec<_> = taken
        .iter()
        .filter(|s| word(s, "playbook") == "release_approved")
        .collect();
    assert!(
        !taken.is_empty() && taken.iter().all(|s| word(s, "state") == "confirmed"),
        "{taken:#?}"
    );

    pull_and_deliver(&first).await?;
    assert!(
        first
            .steps(None)
            .await?
            .iter()
            .all(|s| word(s, "playbook") != "release_approved"),
        "what is done is not claimed again"
    );
    // The maker's desk comes back: it loses the claim and withdraws what it had planned.
    pull_and_deliver(&letter.home).await?;
    for name in ["release", "outcome", "case", "post"] {
        let step = letter.step(name).await?;
        assert_eq!(word(&step, "state"), "cancelled", "{step}");
    }
    let release = letter.step("release").await?;
    assert!(
        word(&release, "reason").contains("won the claim"),
        "{release}"
    );
    for desk in [&letter.home, &first, &second] {
        pull_and_deliver(desk).await?;
        let verdict = desk.ctl(&["audit", "verify"]).await?;
        assert_eq!(verdict["ok"], json!(true));
    }
    assert_eq!(letter.releases().await?, 1);
    assert_eq!(letter.told("was released").await?, 1);
    assert_eq!(letter.evidence().await?, 1);
    Ok(())
}

#[tokio::test]
async fn desks_that_race_for_a_release_under_lost_answers_release_once() -> Outcome {
    let letter = UnderReview::start().await?;
    let (first, second) = (
        Home::on(&letter.sandbox).await?,
        Home::on(&letter.sandbox).await?,
    );
    let reviewers = letter.reviewers();
    letter.sign_on(&first, &reviewers[0]).await?;
    letter.sign_on(&second, &reviewers[1]).await?;
    letter
        .sandbox
        .fault(json!({"kind": "drop_response", "probability": 0.3}))
        .await?;
    let desks = [&letter.home, &first, &second];
    for _ in 0..6 {
        // A pull or a delivery that lost an answer is gone on with in the next round.
        let work = async |desk: &Home| -> Outcome {
            desk.run(&["sync"], "").await?;
            desk.run(&["outbox", "run", "--until-idle"], "").await?;
            Ok(())
        };
        tokio::try_join!(work(desks[0]), work(desks[1]), work(desks[2]))?;
        assert!(letter.releases().await? <= 1);
        letter.sandbox.advance(LONGEST).await?;
    }
    letter.sandbox.no_faults().await?;
    for _ in 0..6 {
        for desk in desks {
            pull_and_deliver(desk).await?;
        }
        letter.sandbox.advance(LONGEST).await?;
    }
    assert_eq!(letter.releases().await?, 1);
    assert_eq!(letter.effects("claim").await?.len(), 1);
    assert_eq!(letter.told("was released").await?, 1);
    assert_eq!(letter.evidence().await?, 1);
    for desk in desks {
        for step in desk.steps(None).await? {
            assert!(
                ["confirmed", "cancelled"].contains(&word(&step, "state")),
                "{step}"
            );
        }
        let review = desk
            .ctl(&["review", "show", word(&letter.review, "id")])
            .await?;
        assert_eq!(word(&review, "state"), "approved");
        assert_eq!(list(&review, "signed").len(), 2);
    }
    Ok(())
}

#[tokio::test]
async fn a_letter_taken_back_by_its_maker_is_released_by_nobody() -> Outcome {
    let letter = UnderReview::start().await?;
    let (first, second) = (
        Home::on(&letter.sandbox).await?,
        Home::on(&letter.sandbox).await?,
    );
    let reviewers = letter.reviewers();
    letter.sign_on(&first, &reviewers[0]).await?;
    second.ctl(&["sync"]).await?;
    letter.decide_on(&second, &reviewers[1]).await?;
    let release = letter.step("release").await?;
    letter
        .home
        .ctl(&["outbox", "cancel", word(&release, "id")])
        .await?;
    letter.home.deliver().await?;
    // Signed before the letter was taken back, delivered after it; what counts is what Community has.
    second.deliver().await?;
    for _ in 0..2 {
        for desk in [&first, &second, &letter.home] {
            pull_and_deliver(desk).await?;
        }
    }
    assert_eq!(letter.releases().await?, 0);
    let review = first
        .ctl(&["review", "show", word(&letter.review, "id")])
        .await?;
    assert_eq!(word(&review, "state"), "recalled", "{review}");
    Ok(())
}

#[tokio::test]
async fn a_delivery_state_comes_back_once_from_two_desks() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let (one, other) = (Home::on(&sandbox).await?, Home::on(&sandbox).await?);
    let (case, notice) = noticed(&one, &other).await?;
    let before = sandbox.effects().await?.len();
    // One desk sees every state as it comes, the other only some of them, and late.
    for state in ["sent", "bounced"] {
        sandbox
            .event(json!({"kind": "delivery", "notice_id": notice, "state": state}))
            .await?;
        pull_and_deliver(&one).await?;
        if state == "bounced" {
            pull_and_deliver(&other).await?;
        }
    }
    for _ in 0..2 {
        for desk in [&other, &one] {
            desk.ctl(&["sync", "--full"]).await?;
            desk.deliver().await?;
        }
    }
    for desk in [&one, &other] {
        desk.all_confirmed(None).await?;
    }
    let community = sandbox.admin_get("state/community").await?;
    for state in ["sent", "bounced"] {
        let told = list(&community, "comments")
            .iter()
            .filter(|c| word(c, "body").starts_with(&format!("Notice {notice} is {state}")))
            .count();
        assert_eq!(told, 1, "{state} is told once");
    }
    let effects = sandbox.effects().await?.split_off(before);
    let mut keys: Vec<&str> = effects
        .iter()
        .filter(|e| e.system == "community")
        .map(|e| e.key.as_str())
        .collect();
    keys.sort_unstable();
    let all = keys.len();
    keys.dedup();
    assert_eq!(keys.len(), all, "no key had two effects");
    let number = case.rsplit(':').next().unwrap_or(&case);
    let shown = one.ctl(&["show", "case", number]).await?;
    assert!(shown.to_string().contains("bounced"));
    Ok(())
}

#[tokio::test]
async fn a_desk_that_comes_back_with_an_older_state_asks_nobody_and_changes_nothing() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let (one, other) = (Home::on(&sandbox).await?, Home::on(&sandbox).await?);
    let (case, notice) = noticed(&one, &other).await?;
    for desk in [&one, &other] {
        desk.ctl(&["sync"]).await?;
    }
    let report = async |state: &str| {
        sandbox
            .event(json!({"kind": "delivery", "notice_id": notice, "state": state}))
            .await
    };
    // This desk derives that it was sent, and cannot say so: Community takes nothing from it.
    report("sent").await?;
    other.ctl(&["sync"]).await?;
    sandbox
        .fault(json!({"system": "community", "operation": "update_case", "kind": "http_status", "status": 503}))
        .await?;
    other.run(&["outbox", "run", "--until-idle"], "").await?;
    sandbox.no_faults().await?;
    // Meanwhile the other one learns and tells that it bounced; it never saw that it was sent.
    report("bounced").await?;
    pull_and_deliver(&one).await?;
    sandbox.advance(LONGEST).await?;
    other.run(&["outbox", "run", "--until-idle"], "").await?;
    for desk in [&other, &one] {
        pull_and_deliver(desk).await?;
        for step in desk.steps(None).await? {
            assert!(
                ["confirmed", "cancelled"].contains(&word(&step, "state")),
                "{step}"
            );
        }
    }
    let number = case.rsplit(':').next().unwrap_or(&case);
    let community = sandbox.admin_get("state/community").await?;
    let told = &community["cases"][number]["communication_status"];
    assert_eq!(told, "bounced", "{number}");
    Ok(())
}

/// A notice sent by e-mail from one of two desks to which its states will be news: the case and the number of the notice.
async fn noticed(one: &Home, other: &Home) -> Outcome<(String, String)> {
    for desk in [one, other] {
        desk.deliver().await?;
    }
    let case = one.cases_for("S0.1", 1).await?.remove(0);
    let done = one
        .ctl(&["do", "S0.1", "--case", &case, "--set", "channel=email"])
        .await?;
    one.deliver().await?;
    Ok((case, number_in(&done)?))
}

/// The number of the notice an action makes.
fn number_in(done: &Value) -> Outcome<String> {
    word(done, "title")
        .split([' ', ','])
        .find(|part| part.starts_with("N-"))
        .map(str::to_owned)
        .ok_or_else(|| trouble(format!("no number in {done}")))
}
