//! S0.6, steps 2 to 4: reviewers of the partner read the proof in a space of their own, comment, decide and send changed data;
//! what they say comes back, and nothing internal reaches them.

use serde_json::{Value, json};
use whole_system::harness::{Home, Outcome, SandboxProcess, items, list, trouble, word};

use crate::letters::letter::UnderReview;

/// Nothing leaves without them.
const REQUIRED: &str = r#"
[[review.partner]]
name = "Agreed with the partner"
weight = "required"
"#;
/// Reviewer in the record of the partner.
const REVIEWER: &str = "rhea.lindqvist@partner.example";
/// Somebody else there, whom nobody asks.
const STRANGER: &str = "otto.brandt@partner.example";

fn bare(id: &str) -> &str {
    id.rsplit(':').next().unwrap_or(id)
}

/// A letter under review here and at the partner.
struct Shared {
    letter: UnderReview,
}

impl Shared {
    async fn start(policy: &str) -> Outcome<Self> {
        let sandbox = SandboxProcess::start()?;
        let home = Home::on(&sandbox).await?;
        std::fs::write(home.data().join("policy.toml"), policy)?;
        let case = home.cases_for("S0.6", 1).await?.remove(0);
        let community = sandbox.admin_get("state/community").await?;
        let partner = community["cases"][bare(&case)]["partner"]["id"].clone();
        let person = |name: &str, role: &str, email: &str| json!({"name": name, "role": role, "email": email, "phone": ""});
        let contacts = [
            person("Otto Brandt", "Order desk", STRANGER),
            person("Rhea Lindqvist", "Reviewer", REVIEWER),
        ];
        let changes = json!({"contacts": contacts});
        let told = json!({"kind": "agreement", "partner_id": partner, "changes": changes});
        sandbox.event(told).await?;
        home.ctl(&["sync"]).await?;
        let letter = UnderReview::on(sandbox, home, &case, &[]).await?;
        let shared = Self { letter };
        shared.settle().await?;
        shared.settle().await?;
        Ok(shared)
    }

    fn home(&self) -> &Home {
        &self.letter.home
    }

    async fn settle(&self) -> Outcome {
        settle(self.home()).await
    }

    async fn community(&self) -> Outcome<Value> {
        self.letter.sandbox.admin_get("state/community").await
    }

    /// Spaces that the partner has of this review.
    async fn spaces(&self) -> Outcome<Vec<String>> {
        let community = self.community().await?;
        let review = bare(self.letter.id());
        let of_review = |s: &&Value| word(s, "purpose") == "mirror" && word(s, "subject") == review;
        let spaces = list(&community, "spaces").iter().filter(of_review);
        Ok(spaces.map(|s| word(s, "id").to_owned()).collect())
    }

    async fn space(&self) -> Outcome<String> {
        let mut spaces = self.spaces().await?;
        match spaces.len() {
            1 => Ok(spaces.remove(0)),
            n => Err(trouble(format!("{n} spaces of the partner"))),
        }
    }

    /// What lies there, of a kind.
    async fn posted(&self, kind: &str) -> Outcome<Vec<Value>> {
        let (community, space) = (self.community().await?, self.space().await?);
        let there = |i: &&Value| word(i, "space_id") == space && word(i, "kind") == kind;
        Ok(list(&community, "items")
            .iter()
            .filter(there)
            .cloned()
            .collect())
    }

    async fn answer(&self, person: &str, answer: &str, data: Value) -> Outcome {
        let space = self.space().await?;
        let event = json!({"kind": "partner_answer", "space_id": space, "person": person, "answer": answer, "data": data});
        self.letter.sandbox.event(event).await?;
        self.home().ctl(&["sync"]).await?;
        Ok(())
    }

    async fn decide(&self, person: &str, verdict: &str, hash: &str) -> Outcome {
        let data =
            json!({"verdict": verdict, "hash": hash, "person": REVIEWER, "reason": "We counted"});
        self.answer(person, "verdict", data).await
    }

    async fn shown(&self) -> Outcome<Value> {
        self.home().ctl(&["review", "show", self.letter.id()]).await
    }

    /// Both of our own sign what is under review.
    async fn sign(&self) -> Outcome {
        let hash = word(&self.shown().await?, "hash").to_owned();
        for person in self.letter.reviewers() {
            let pin = self.letter.sandbox.pin(&person)?;
            let args = self.letter.approval(&person, &hash);
            self.home().run(&args, &pin).await?.expect_code(0)?;
        }
        self.settle().await
    }

    async fn events(&self, event: &str) -> Outcome<Vec<Value>> {
        events(self.home(), event).await
    }
}

async fn settle(desk: &Home) -> Outcome {
    desk.run(&["outbox", "run", "--until-idle"], "").await?;
    desk.ctl(&["sync"]).await?;
    desk.run(&["outbox", "run", "--until-idle"], "").await?;
    desk.ctl(&["sync"]).await?;
    Ok(())
}

async fn events(desk: &Home, event: &str) -> Outcome<Vec<Value>> {
    let audit = desk.ctl(&["audit", "list", "--limit", "500"]).await?;
    let records = items(&audit).iter().map(|i| i["record"].clone());
    Ok(records.filter(|r| word(r, "event") == event).collect())
}

fn one(mut items: Vec<Value>) -> Outcome<Value> {
    match items.len() {
        1 => Ok(items.remove(0)),
        n => Err(trouble(format!("{n} instead of one: {items:?}"))),
    }
}

fn why(review: &Value) -> Vec<&str> {
    let quarantined = list(&review["partner_review"], "quarantined").iter();
    quarantined.map(|v| word(v, "why")).collect()
}

#[tokio::test]
async fn a_required_verdict_is_waited_for_and_nothing_internal_lies_before_the_partner() -> Outcome
{
    let shared = Shared::start(REQUIRED).await?;
    let (desk, letter) = (shared.home(), &shared.letter);
    let reviewers = letter.reviewers();
    let words = "They cannot count in Umberfield";
    let comment = [
        "--as",
        &reviewers[0],
        "review",
        "comment",
        letter.id(),
        "--text",
        words,
    ];
    desk.ctl(&comment).await?;
    shared.sign().await?;
    let review = shared.shown().await?;
    assert_eq!(list(&review, "signed").len(), 2, "{review}");
    assert_eq!(word(&review, "state"), "requested", "{review}");
    let person = &list(&review["partner_review"], "persons")[0];
    assert_eq!(
        (word(person, "id"), word(&person["status"], "state")),
        (REVIEWER, "asked")
    );

    // What lies before them: the proof, until when, the question. The bytes are those under review.
    let asked = one(shared.posted("review_request").await?)?;
    let data = &asked["data"];
    assert_eq!(word(data, "hash"), letter.hash());
    assert!(!word(data, "question").is_empty() && !word(data, "decide_by").is_empty());
    assert!(!word(&asked, "due_at").is_empty(), "{asked}");
    let community = shared.community().await?;
    let file = list(&community, "attachments")
        .iter()
        .find(|a| word(a, "id") == word(data, "attachment"));
    let file = file.expect("the proof is on the case");
    assert_eq!(
        (word(file, "visibility"), word(file, "sha256")),
        ("partner", word(&review, "proof_sha256"))
    );

    // Who was not asked decides nothing, whatever name the message holds.
    shared.decide(STRANGER, "approve", letter.hash()).await?;
    shared.settle().await?;
    let review = shared.shown().await?;
    assert_eq!(
        (why(&review), letter.releases().await?),
        (vec!["stranger"], 0),
        "{review}"
    );
    shared.decide(REVIEWER, "approve", letter.hash()).await?;
    for _ in 0..3 {
        shared.settle().await?;
    }
    assert_eq!(letter.releases().await?, 1);

    let said = shared.events("approval.partner_verdict").await?;
    let [said] = said.as_slice() else {
        return Err(trouble(format!("one verdict in the trail: {said:?}")));
    };
    let facts = &said["facts"];
    assert_eq!(
        (
            word(facts, "person"),
            word(facts, "verdict"),
            word(facts, "sha"),
            &facts["counts"]
        ),
        (REVIEWER, "approve", letter.hash(), &json!(true))
    );
    assert_eq!(desk.ctl(&["audit", "verify"]).await?["ok"], json!(true));
    let outcome = one(shared.posted("outcome").await?)?;
    assert_eq!(
        (
            word(&outcome["data"], "outcome"),
            word(&outcome["data"], "hash")
        ),
        ("approved", letter.hash())
    );
    let (community, space) = (shared.community().await?, shared.space().await?);
    let there = list(&community, "items")
        .iter()
        .filter(|i| word(i, "space_id") == space);
    let ours: Vec<String> = there
        .filter(|i| !word(i, "author").contains('@'))
        .map(ToString::to_string)
        .collect();
    let persons = list(letter.sandbox.hello(), "persons");
    let names = persons
        .iter()
        .flat_map(|p| [word(p, "name"), word(p, "full_name")]);
    for secret in names.filter(|n| !n.is_empty()).chain([words]) {
        assert!(
            ours.iter().all(|item| !item.contains(secret)),
            "{secret} in {ours:?}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_verdict_over_the_version_before_is_quarantined_and_a_rejection_holds_the_letter()
-> Outcome {
    let shared = Shared::start(REQUIRED).await?;
    let (desk, letter) = (shared.home(), &shared.letter);
    shared.decide(REVIEWER, "reject", letter.hash()).await?;
    shared.settle().await?;
    let review = shared.shown().await?;
    assert_eq!(word(&review, "state"), "rejected", "{review}");
    let comment = list(&review, "comments")
        .iter()
        .find(|c| c["partner"] == json!(true));
    assert_eq!(
        comment.map(|c| (word(c, "author"), word(c, "text"))),
        Some(("Rhea Lindqvist", "We counted"))
    );

    let set = "required_action=Please check the facts above. Nothing else is asked of you.";
    desk.ctl(&["review", "revise", letter.id(), "--set", set])
        .await?;
    for _ in 0..2 {
        shared.settle().await?;
    }
    let review = shared.shown().await?;
    assert_eq!(
        (word(&review, "version"), word(&review, "state")),
        ("2", "requested"),
        "{review}"
    );
    assert_eq!(shared.posted("review_request").await?.len(), 2);
    let superseded = one(shared.posted("superseded").await?)?;
    assert_eq!(word(&superseded["data"], "hash"), letter.hash());
    shared.decide(REVIEWER, "approve", letter.hash()).await?;
    shared.sign().await?;
    let review = shared.shown().await?;
    assert!(why(&review).contains(&"other_version"), "{review}");
    assert_eq!(
        (word(&review, "state"), letter.releases().await?),
        ("requested", 0),
        "{review}"
    );
    shared
        .decide(REVIEWER, "approve", word(&review, "hash"))
        .await?;
    for _ in 0..3 {
        shared.settle().await?;
    }
    assert_eq!(letter.releases().await?, 1);
    Ok(())
}

#[tokio::test]
async fn changed_data_is_shown_field_by_field_and_taken_becomes_what_is_signed_and_released()
-> Outcome {
    let shared = Shared::start(REQUIRED).await?;
    let (desk, letter) = (shared.home(), &shared.letter);
    shared.sign().await?;
    let send = |text: String| {
        let shared = &shared;
        async move {
            let space = shared.space().await?;
            let event = json!({"kind": "partner_answer", "space_id": space, "person": REVIEWER, "answer": "data_set",
                "data": {"hash": shared.letter.hash()}, "text": text});
            let item = shared.letter.sandbox.event(event).await?;
            shared.home().ctl(&["sync"]).await?;
            Outcome::Ok(word(&item["data"], "attachment").to_owned())
        }
    };
    for wrong in [
        json!({"fields": {"partner_name": "Another"}}).to_string(),
        json!({"fields": {"issue": "x"}, "template": "SDN-02"}).to_string(),
        format!("{{\"fields\": {{\"issue\": \"{}\"}}}}", "x".repeat(70_000)),
    ] {
        let file = send(wrong).await?;
        desk.refused(&["review", "take", letter.id(), &file], "", "E_FIELD")
            .await?;
    }
    let action = "Please send the goods that are missing.";
    let file = send(json!({"fields": {"required_action": action}}).to_string()).await?;
    let theirs = desk
        .ctl(&["review", "take", letter.id(), &file, "--dry-run"])
        .await?;
    let changes: Vec<_> = list(&theirs, "changes")
        .iter()
        .map(|c| (word(c, "title"), word(c, "after")))
        .collect();
    assert_eq!(changes, [("Required action", action)], "{theirs}");
    let review = shared.shown().await?;
    assert_eq!(word(&review, "version"), "1", "it is never taken by itself");
    let reviewer = &letter.reviewers()[0];
    desk.refused(
        &["--as", reviewer, "review", "take", letter.id(), &file],
        "",
        "E_FORBIDDEN",
    )
    .await?;
    desk.refused(
        &["review", "take", letter.id(), "at-none"],
        "",
        "E_NOT_FOUND",
    )
    .await?;

    desk.ctl(&["review", "take", letter.id(), &file]).await?;
    for _ in 0..2 {
        shared.settle().await?;
    }
    let review = shared.shown().await?;
    assert_eq!(
        (word(&review, "version"), word(&review, "state")),
        ("2", "requested"),
        "{review}"
    );
    assert!(list(&review, "signed").is_empty(), "{review}");
    let taken = one(shared.events("approval.changes_taken").await?)?;
    assert_eq!(
        (word(&taken["facts"], "person"), &taken["facts"]["fields"]),
        (REVIEWER, &json!(["required_action"]))
    );
    let hash = word(&review, "hash").to_owned();
    assert_ne!(hash, letter.hash());
    shared.decide(REVIEWER, "approve", &hash).await?;
    shared.sign().await?;
    for _ in 0..3 {
        shared.settle().await?;
    }
    assert_eq!(letter.releases().await?, 1);
    let community = shared.community().await?;
    let released = list(&community, "items")
        .iter()
        .find(|i| word(i, "kind") == "outcome" && word(i, "state") == "released");
    assert_eq!(
        released.map(|i| word(&i["data"], "hash")),
        Some(hash.as_str())
    );
    let request = list(&community, "items")
        .iter()
        .rfind(|i| word(i, "kind") == "request" && word(&i["data"], "hash") == hash);
    let says = request.map(|i| i["data"]["letter"]["required_action"].clone());
    assert_eq!(says, Some(json!(action)));
    Ok(())
}

#[tokio::test]
async fn while_the_partner_cannot_be_reached_our_own_go_on_and_nothing_leaves() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let home = Home::on(&sandbox).await?;
    // Nobody at the partner is a reviewer by its record: the maker names one, and without a name nothing is asked.
    std::fs::write(home.data().join("policy.toml"), REQUIRED)?;
    let case = home.cases_for("S0.6", 1).await?.remove(0);
    home.refused(&["do", "S0.6", "--case", &case], "", "E_FIELD")
        .await?;
    let named = [
        "do",
        "S0.6",
        "--case",
        &case,
        "--set",
        "partner_reviewer=Nobody There",
    ];
    home.refused(&named, "", "E_FIELD").await?;
    let partner =
        sandbox.admin_get("state/community").await?["cases"][bare(&case)]["partner"]["id"].clone();
    let contact =
        json!({"name": "Rhea Lindqvist", "role": "Quality", "email": REVIEWER, "phone": ""});
    let told =
        json!({"kind": "agreement", "partner_id": partner, "changes": {"contacts": [contact]}});
    sandbox.event(told).await?;
    home.ctl(&["sync"]).await?;
    let letter =
        UnderReview::on(sandbox, home, &case, &["partner_reviewer=Rhea Lindqvist"]).await?;
    let down = json!({"system": "community", "operation": "open_space", "kind": "http_status", "status": 503});
    letter.sandbox.fault(down).await?;
    let shared = Shared { letter };
    shared.settle().await?;
    shared.sign().await?;
    let review = shared.shown().await?;
    assert_eq!(list(&review, "signed").len(), 2, "{review}");
    assert_eq!(word(&review, "state"), "requested");
    assert_eq!(review["partner_review"]["shown"], json!(false));
    assert!(shared.spaces().await?.is_empty());
    assert_eq!(shared.letter.releases().await?, 0);
    shared.letter.sandbox.no_faults().await?;
    shared.letter.sandbox.advance(600).await?;
    for _ in 0..2 {
        shared.settle().await?;
    }
    shared
        .decide(REVIEWER, "approve", shared.letter.hash())
        .await?;
    for _ in 0..3 {
        shared.settle().await?;
    }
    assert_eq!(shared.letter.releases().await?, 1);
    Ok(())
}

#[tokio::test]
async fn of_two_desktops_one_opens_the_space_posts_the_proof_and_notes_the_verdict() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let home = Home::on(&sandbox).await?;
    let other = Home::on(&sandbox).await?;
    std::fs::write(home.data().join("policy.toml"), REQUIRED)?;
    let case = home.cases_for("S0.6", 1).await?.remove(0);
    let partner =
        sandbox.admin_get("state/community").await?["cases"][bare(&case)]["partner"]["id"].clone();
    let contact =
        json!({"name": "Rhea Lindqvist", "role": "Reviewer", "email": REVIEWER, "phone": ""});
    let told =
        json!({"kind": "agreement", "partner_id": partner, "changes": {"contacts": [contact]}});
    sandbox.event(told).await?;
    home.ctl(&["sync"]).await?;
    let letter = UnderReview::on(sandbox, home, &case, &[]).await?;
    let shared = Shared { letter };
    // Both know the same before either does anything.
    let both = || async {
        for desk in [shared.home(), &other] {
            desk.ctl(&["sync"]).await?;
        }
        for desk in [&other, shared.home()] {
            desk.run(&["outbox", "run", "--until-idle"], "").await?;
        }
        Outcome::Ok(())
    };
    for _ in 0..3 {
        both().await?;
    }
    assert_eq!(shared.spaces().await?.len(), 1);
    assert_eq!(shared.posted("review_request").await?.len(), 1);
    shared
        .decide(REVIEWER, "approve", shared.letter.hash())
        .await?;
    for _ in 0..2 {
        both().await?;
    }
    shared.sign().await?;
    for _ in 0..3 {
        both().await?;
    }
    assert_eq!(shared.letter.releases().await?, 1);
    assert_eq!(shared.posted("outcome").await?.len(), 1);
    let mut recorded = 0;
    for desk in [shared.home(), &other] {
        desk.ctl(&["sync"]).await?;
        recorded += events(desk, "approval.partner_verdict").await?.len();
    }
    assert_eq!(recorded, 1);
    Ok(())
}

/// A playbook of somebody who would post an internal comment where the partner reads.
const LEAK: &str = r#"
id = "leak"
use_case = "X"
title = "Leak"
summary = "Posts an internal comment where the partner reads"
[applies]
systems = ["community"]
[[field]]
name = "space"
title = "Space"
required = true
[[step]]
id = "item"
operation = "publish_item"
subject = "Leak"
offline = "queue"
[step.args]
space_id = "{fields.space}"
item_kind = "comment"
title = "Comment by Tomas Adeyemi"
state = "done"
data = { text = "They cannot count" }
"#;

#[tokio::test]
async fn what_is_for_a_space_that_was_not_pulled_is_held_and_never_read_by_the_partner() -> Outcome
{
    let sandbox = SandboxProcess::start()?;
    let home = Home::on(&sandbox).await?;
    let other = Home::on(&sandbox).await?;
    std::fs::write(home.data().join("policy.toml"), REQUIRED)?;
    let case = home.cases_for("S0.6", 1).await?.remove(0);
    let partner =
        sandbox.admin_get("state/community").await?["cases"][bare(&case)]["partner"]["id"].clone();
    let contact =
        json!({"name": "Rhea Lindqvist", "role": "Reviewer", "email": REVIEWER, "phone": ""});
    let told =
        json!({"kind": "agreement", "partner_id": partner, "changes": {"contacts": [contact]}});
    sandbox.event(told).await?;
    // The other desktop knows the case, and nothing of what follows.
    for desk in [&home, &other] {
        desk.ctl(&["sync"]).await?;
    }
    let shared = Shared {
        letter: UnderReview::on(sandbox, home, &case, &[]).await?,
    };
    shared.settle().await?;
    std::fs::create_dir_all(other.data().join("playbooks"))?;
    std::fs::write(other.data().join("playbooks/leak.toml"), LEAK)?;
    let set = format!("space={}", shared.space().await?);
    let done = other
        .ctl(&["do", "leak", "--case", &case, "--set", &set])
        .await?;
    let state = || async {
        other.run(&["outbox", "run", "--until-idle"], "").await?;
        let steps = other.steps(Some(word(&done, "action_id"))).await?;
        let [step] = steps.as_slice() else {
            return Err(trouble(format!("one step: {steps:?}")));
        };
        Outcome::Ok(word(step, "state").to_owned())
    };
    assert_ne!(state().await?, "confirmed");
    assert!(shared.posted("comment").await?.is_empty());
    // Once it is known who reads there, it is refused for good.
    other.ctl(&["sync"]).await?;
    shared.letter.sandbox.advance(600).await?;
    assert_eq!(state().await?, "needs_attention");
    assert!(shared.posted("comment").await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_share_that_was_cancelled_gets_through_again_without_a_name_and_for_a_reason() -> Outcome
{
    let shared = Shared::start(REQUIRED).await?;
    let (desk, letter) = (shared.home(), &shared.letter);
    let reviewer = letter.reviewers().remove(0);
    let text = "Pay to DE89 3704 0044 0532 0130 00";
    let id = letter.id();
    let comment = ["--as", &reviewer, "review", "comment", id, "--text", text];
    desk.ctl(&comment).await?;
    shared.settle().await?;
    let review = shared.shown().await?;
    let row = list(&review, "comments")
        .iter()
        .find(|c| word(c, "text") == text)
        .ok_or_else(|| trouble(format!("{review}")))?;
    let share = ["--as", &reviewer, "review", "share", id, word(row, "id")];
    desk.refused(&share, "", "E_PERSONAL").await?;
    let because = [&share[..], &["--personal", "They asked where to pay"]].concat();
    desk.ctl(&because).await?;
    desk.refused(&because, "", "E_STATE").await?;
    let steps = desk.steps(None).await?;
    let tells = steps.iter().rfind(|s| {
        word(s, "subject").starts_with("Tell the partner")
            && !["confirmed", "cancelled"].contains(&word(s, "state"))
    });
    let tells = tells.ok_or_else(|| trouble(format!("{steps:?}")))?;
    desk.ctl(&["outbox", "cancel", word(tells, "id")]).await?;
    shared.settle().await?;
    assert!(shared.posted("shared_comment").await?.is_empty());

    desk.ctl(&because).await?;
    shared.settle().await?;
    let posted = one(shared.posted("shared_comment").await?)?;
    assert_eq!(
        (word(&posted, "author"), word(&posted["data"], "hash")),
        ("system", letter.hash())
    );
    desk.refused(&because, "", "E_STATE").await?;
    let told = shared.events("personal_data.shared").await?;
    assert!(
        told.iter()
            .all(|t| t["facts"]["kinds"] == json!(["bank_account"])),
        "{told:?}"
    );
    assert_eq!(
        (told.len(), shared.events("comment.shared").await?.len()),
        (2, 2)
    );
    Ok(())
}

#[tokio::test]
async fn our_own_sign_on_after_the_partner_rejected_and_the_last_word_it_reads_is_right() -> Outcome
{
    let shared = Shared::start(REQUIRED).await?;
    let letter = &shared.letter;
    let said = || async {
        let posted = shared.posted("outcome").await?;
        let words = posted
            .iter()
            .map(|o| word(&o["data"], "outcome").to_owned());
        Outcome::Ok(words.collect::<Vec<String>>())
    };
    shared.decide(REVIEWER, "reject", letter.hash()).await?;
    shared.settle().await?;
    shared.sign().await?;
    let review = shared.shown().await?;
    assert_eq!(
        (word(&review, "state"), list(&review, "signed").len()),
        ("rejected", 2),
        "{review}"
    );
    assert_eq!(
        (said().await?, letter.releases().await?),
        (vec!["rejected".to_owned()], 0)
    );
    shared.decide(REVIEWER, "approve", letter.hash()).await?;
    for _ in 0..3 {
        shared.settle().await?;
    }
    assert_eq!(letter.releases().await?, 1);
    assert_eq!(said().await?, ["rejected", "approved"]);
    Ok(())
}

#[tokio::test]
async fn the_partner_reads_a_comment_only_once_a_person_shares_it() -> Outcome {
    let shared = Shared::start(&format!("{REQUIRED}share_signatures = true\n")).await?;
    let (desk, letter) = (shared.home(), &shared.letter);
    let reviewers = letter.reviewers();
    let quote = "until we have your answer";
    for (text, quote) in [
        ("Is this the right day?", Some(quote)),
        ("They cannot count", None),
    ] {
        let mut args = vec![
            "--as",
            &reviewers[0],
            "review",
            "comment",
            letter.id(),
            "--text",
            text,
        ];
        args.extend(quote.iter().flat_map(|quote| ["--quote", *quote]));
        desk.ctl(&args).await?;
    }
    shared.settle().await?;
    assert!(shared.posted("shared_comment").await?.is_empty());
    let review = shared.shown().await?;
    let comment = list(&review, "comments")
        .iter()
        .find(|c| word(c, "quote") == quote);
    let id = word(comment.expect("the comment is there"), "id").to_owned();
    let share = |person: &str| {
        let args = ["--as", person, "review", "share", letter.id(), &id];
        args.map(str::to_owned).to_vec()
    };
    let by_another = share(&reviewers[1]);
    let by_another: Vec<&str> = by_another.iter().map(String::as_str).collect();
    desk.refused(&by_another, "", "E_FORBIDDEN").await?;
    let by_author = share(&reviewers[0]);
    let by_author: Vec<&str> = by_author.iter().map(String::as_str).collect();
    desk.ctl(&by_author).await?;
    shared.settle().await?;
    desk.refused(&by_author, "", "E_STATE").await?;
    let posted = one(shared.posted("shared_comment").await?)?;
    assert_eq!(
        (
            word(&posted["data"], "text"),
            word(&posted["data"], "quote")
        ),
        ("Is this the right day?", quote)
    );
    assert_eq!(shared.events("comment.shared").await?.len(), 1);

    // Signatures are told by name, time and meaning, since this policy says so.
    shared.sign().await?;
    shared.settle().await?;
    let signed = shared.posted("shared_signature").await?;
    assert_eq!(signed.len(), 2, "{signed:?}");
    assert!(
        signed.iter().all(
            |s| !word(&s["data"], "printed_name").is_empty() && s["data"].get("seal").is_none()
        )
    );

    // Whatever else would post there is refused right before it is sent.
    std::fs::create_dir_all(desk.data().join("playbooks"))?;
    std::fs::write(desk.data().join("playbooks/leak.toml"), LEAK)?;
    let set = format!("space={}", shared.space().await?);
    let done = desk
        .ctl(&[
            "do",
            "leak",
            "--case",
            word(&shared.letter.review, "case"),
            "--set",
            &set,
        ])
        .await?;
    shared.settle().await?;
    let steps = desk.steps(Some(word(&done, "action_id"))).await?;
    assert_eq!(word(&steps[0], "state"), "needs_attention", "{steps:?}");
    assert!(shared.posted("comment").await?.is_empty());
    Ok(())
}
