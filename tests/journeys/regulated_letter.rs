//! S0.6: a regulated letter leaves only with a quorum of others over exactly its content.

use serde_json::{Value, json};
use whole_system::harness::{
    Home, Outcome, SandboxProcess, item_with, items, list, number, trouble, word,
};

/// A letter that waits for its signatures.
struct UnderReview {
    sandbox: SandboxProcess,
    home: Home,
    action: String,
    review: Value,
}

impl UnderReview {
    async fn start() -> Outcome<Self> {
        let sandbox = SandboxProcess::start()?;
        let home = Home::on(&sandbox).await?;
        let case = home.cases_for("S0.6", 1).await?.remove(0);
        let known = home.ctl(&["review", "list"]).await?;
        let known: Vec<&str> = items(&known).iter().map(|r| word(r, "id")).collect();
        let done = home.ctl(&["do", "S0.6", "--case", &case]).await?;
        home.deliver().await?;
        home.ctl(&["sync"]).await?;
        let reviews = home.ctl(&["review", "list"]).await?;
        let review = items(&reviews)
            .iter()
            .find(|r| !known.contains(&word(r, "id")))
            .ok_or_else(|| trouble(format!("no new review in {reviews}")))?
            .clone();
        assert_eq!(word(&review, "state"), "requested");
        assert_eq!(number(&review, "needed"), 2);
        assert!(list(&review, "signed").is_empty());
        Ok(Self {
            sandbox,
            home,
            action: word(&done, "action_id").to_owned(),
            review,
        })
    }

    fn id(&self) -> &str {
        word(&self.review, "id")
    }

    fn hash(&self) -> &str {
        word(&self.review, "hash")
    }

    fn maker(&self) -> &str {
        word(&self.review, "maker")
    }

    fn meaning(&self) -> &str {
        list(&self.review, "meanings")
            .first()
            .and_then(Value::as_str)
            .unwrap_or("approved")
    }

    fn approval<'a>(&'a self, person: &'a str, hash: &'a str) -> Vec<&'a str> {
        vec![
            "--as",
            person,
            "review",
            "approve",
            self.id(),
            "--hash",
            hash,
            "--meaning",
            self.meaning(),
            "--pin-stdin",
        ]
    }

    /// Two persons of the company who may sign and are not the maker.
    fn reviewers(&self) -> Vec<String> {
        list(self.sandbox.hello(), "persons")
            .iter()
            .filter(|p| {
                word(p, "name") != self.maker() && list(p, "roles").contains(&json!("reviewer"))
            })
            .map(|p| word(p, "name").to_owned())
            .take(2)
            .collect()
    }

    async fn sign(&self, person: &str) -> Outcome<Value> {
        let pin = self.sandbox.pin(person)?;
        self.home
            .run(&self.approval(person, self.hash()), &pin)
            .await?
            .expect_code(0)
    }

    async fn quorum(&self) -> Outcome {
        for person in self.reviewers() {
            self.sign(&person).await?;
        }
        let review = self.home.ctl(&["review", "show", self.id()]).await?;
        assert_eq!(list(&review, "signed").len(), 2);
        Ok(())
    }

    async fn releases(&self) -> Outcome<usize> {
        let notice = self.release_reference();
        let effects = self.sandbox.effects().await?;
        Ok(effects
            .iter()
            .filter(|e| e.kind == "release" && e.reference == notice)
            .count())
    }

    fn release_reference(&self) -> String {
        word(&self.review, "notice").to_owned()
    }

    /// A step of the letter by its name in the playbook.
    async fn step(&self, name: &str) -> Outcome<Value> {
        let steps = json!({"items": self.home.steps(Some(&self.action)).await?});
        item_with(&steps, "name", name).cloned()
    }
}

#[tokio::test]
async fn two_others_sign_and_the_letter_leaves_once() -> Outcome {
    let letter = UnderReview::start().await?;
    assert_eq!(letter.releases().await?, 0);
    let reviewers = letter.reviewers();
    letter.sign(&reviewers[0]).await?;
    letter.home.deliver().await?;
    letter.home.ctl(&["sync"]).await?;
    letter.home.deliver().await?;
    assert_eq!(letter.releases().await?, 0, "one signature is no quorum");

    letter.sign(&reviewers[1]).await?;
    letter.home.deliver().await?;
    letter.home.ctl(&["sync"]).await?;
    letter.home.deliver().await?;
    letter.home.ctl(&["sync"]).await?;
    letter.home.deliver().await?;
    assert_eq!(letter.releases().await?, 1);
    letter.home.all_confirmed(Some(&letter.action)).await?;
    let review = letter.home.ctl(&["review", "show", letter.id()]).await?;
    assert!(
        ["approved", "released"].contains(&word(&review, "state")),
        "{review}"
    );
    assert_eq!(list(&review, "signed").len(), 2);
    let audit = letter
        .home
        .ctl(&["audit", "list", "--limit", "500"])
        .await?;
    let events: Vec<&str> = items(&audit)
        .iter()
        .map(|i| word(&i["record"], "event"))
        .collect();
    for event in ["approval.signed", "approval.approved", "release.verified"] {
        assert!(events.contains(&event), "{event} is not in {events:?}");
    }
    Ok(())
}

#[tokio::test]
async fn the_maker_cannot_approve_his_own_letter() -> Outcome {
    let letter = UnderReview::start().await?;
    let pin = letter.sandbox.pin(letter.maker())?;
    let args = letter.approval(letter.maker(), letter.hash());
    letter.home.refused(&args, &pin, "E_SOD").await?;
    Ok(())
}

#[tokio::test]
async fn a_signature_names_exactly_the_content_and_needs_the_pin() -> Outcome {
    let letter = UnderReview::start().await?;
    let reviewers = letter.reviewers();
    let pin = letter.sandbox.pin(&reviewers[0])?;
    let other = "0".repeat(64);
    let args = letter.approval(&reviewers[0], &other);
    letter.home.refused(&args, &pin, "E_HASH").await?;
    let args = letter.approval(&reviewers[0], letter.hash());
    letter.home.refused(&args, "000000", "E_AUTH").await?;
    let review = letter.home.ctl(&["review", "show", letter.id()]).await?;
    assert!(list(&review, "signed").is_empty());
    Ok(())
}

#[tokio::test]
async fn nobody_counts_twice() -> Outcome {
    let letter = UnderReview::start().await?;
    let reviewers = letter.reviewers();
    letter.sign(&reviewers[0]).await?;
    let pin = letter.sandbox.pin(&reviewers[0])?;
    let again = letter
        .home
        .run(&letter.approval(&reviewers[0], letter.hash()), &pin)
        .await?;
    assert_eq!(again.code, Some(1), "{}", again.stdout);
    letter.home.deliver().await?;
    letter.home.ctl(&["sync"]).await?;
    letter.home.deliver().await?;
    assert_eq!(letter.releases().await?, 0);
    Ok(())
}

#[tokio::test]
async fn a_letter_changed_by_one_character_after_the_quorum_is_not_released() -> Outcome {
    let letter = UnderReview::start().await?;
    letter.quorum().await?;
    let notice = letter.release_reference();
    letter
        .sandbox
        .event(json!({"kind": "letter_change", "notice_id": notice}))
        .await?;
    for _ in 0..3 {
        letter
            .home
            .run(&["outbox", "run", "--until-idle"], "")
            .await?;
        letter.home.ctl(&["sync"]).await?;
    }
    assert_eq!(letter.releases().await?, 0);
    let release = letter.step("release").await?;
    assert_eq!(word(&release, "state"), "cancelled");
    assert!(word(&release, "reason").contains("E_HASH"), "{release}");
    let review = letter.home.ctl(&["review", "show", letter.id()]).await?;
    assert_eq!(word(&review, "state"), "invalidated");
    let outcome = letter.step("outcome").await?;
    assert_eq!(word(&outcome, "state"), "cancelled");
    Ok(())
}

#[tokio::test]
async fn a_letter_altered_in_production_is_caught_by_the_release_check() -> Outcome {
    let letter = UnderReview::start().await?;
    letter.quorum().await?;
    let notice = letter.release_reference();
    letter
        .sandbox
        .event(json!({"kind": "letter_change", "notice_id": notice, "stage": "production"}))
        .await?;
    for _ in 0..3 {
        letter
            .home
            .run(&["outbox", "run", "--until-idle"], "")
            .await?;
        letter.home.ctl(&["sync"]).await?;
    }
    let outcome = letter.step("outcome").await?;
    assert_ne!(
        word(&outcome, "state"),
        "confirmed",
        "nobody is told it went well"
    );
    Ok(())
}
