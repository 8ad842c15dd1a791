//! A regulated letter that waits for its signatures.

use serde_json::{Value, json};
use whole_system::harness::{
    Home, Outcome, SandboxProcess, item_with, items, list, number, trouble, word,
};

/// A letter that waits for its signatures.
pub(crate) struct UnderReview {
    pub(crate) sandbox: SandboxProcess,
    /// The desk of its maker.
    pub(crate) home: Home,
    pub(crate) action: String,
    pub(crate) review: Value,
}

impl UnderReview {
    pub(crate) async fn start() -> Outcome<Self> {
        Self::under("", &[]).await
    }

    /// The same under a policy of its own, with fields typed.
    pub(crate) async fn under(policy: &str, set: &[&str]) -> Outcome<Self> {
        let sandbox = SandboxProcess::start()?;
        let home = Home::on(&sandbox).await?;
        if !policy.is_empty() {
            home.policy_at_once(policy)?;
        }
        let case = home.cases_for("S0.6", 1).await?.remove(0);
        Self::on(sandbox, home, &case, set).await
    }

    /// The same on a case, in a sandbox and a folder that are there.
    pub(crate) async fn on(
        sandbox: SandboxProcess,
        home: Home,
        case: &str,
        set: &[&str],
    ) -> Outcome<Self> {
        let known = home.ctl(&["review", "list"]).await?;
        let known: Vec<&str> = items(&known).iter().map(|r| word(r, "id")).collect();
        let mut call = vec!["do", "S0.6", "--case", case];
        for field in set {
            call.extend(["--set", *field]);
        }
        let done = home.ctl(&call).await?;
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

    pub(crate) fn id(&self) -> &str {
        word(&self.review, "id")
    }

    pub(crate) fn hash(&self) -> &str {
        word(&self.review, "hash")
    }

    pub(crate) fn maker(&self) -> &str {
        word(&self.review, "maker")
    }

    pub(crate) fn meaning(&self) -> &str {
        list(&self.review, "meanings")
            .first()
            .and_then(Value::as_str)
            .unwrap_or("approved")
    }

    pub(crate) fn approval<'a>(&'a self, person: &'a str, hash: &'a str) -> Vec<&'a str> {
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
    pub(crate) fn reviewers(&self) -> Vec<String> {
        list(self.sandbox.hello(), "persons")
            .iter()
            .filter(|p| {
                word(p, "name") != self.maker() && list(p, "roles").contains(&json!("reviewer"))
            })
            .map(|p| word(p, "name").to_owned())
            .take(2)
            .collect()
    }

    /// Signs on a desk, where the signature waits for the next delivery.
    pub(crate) async fn decide_on(&self, desk: &Home, person: &str) -> Outcome<Value> {
        let pin = self.sandbox.pin(person)?;
        desk.run(&self.approval(person, self.hash()), &pin)
            .await?
            .expect_code(0)
    }

    pub(crate) async fn releases(&self) -> Outcome<usize> {
        let notice = self.release_reference();
        let effects = self.sandbox.effects().await?;
        Ok(effects
            .iter()
            .filter(|e| e.kind == "release" && e.reference == notice)
            .count())
    }

    pub(crate) fn release_reference(&self) -> String {
        word(&self.review, "notice").to_owned()
    }

    /// A step of the letter by its name in the playbook.
    pub(crate) async fn step(&self, name: &str) -> Outcome<Value> {
        let steps = json!({"items": self.home.steps(Some(&self.action)).await?});
        item_with(&steps, "name", name).cloned()
    }
}
