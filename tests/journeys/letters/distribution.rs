//! S1.6: an approved letter reaches partners over the grid, and delivery is proven for each.

use std::{collections::BTreeSet, process::Stdio, time::Duration};

use serde_json::{Value, json};
use whole_system::harness::{
    Effect, Group, Home, Outcome, items, list, number, trouble, until_within, word,
};

use crate::letters::letter::UnderReview;

const BRAMBLEWICK: (&str, &str) = ("P-1001", "ZZ:BRAMBLEWICK");
const QUILLFEATHER: (&str, &str) = ("P-1002", "ZZ:QUILLFEATHER");
const COPPERKETTLE: (&str, &str) = ("P-1003", "ZZ:COPPERKETTLE");
const HOUR: u64 = 3_600;
/// A letter is on its way for half a minute.
const DELIVERED: u64 = 60;
/// Whatever was on its way can be looked up by then.
const LONGEST: u64 = 7_200;

struct World {
    letter: UnderReview,
    case: String,
}

impl World {
    /// A letter that two others approved.
    async fn new() -> Outcome<Self> {
        let world = Self::unsigned().await?;
        world.quorum().await?;
        for _ in 0..2 {
            pull_and_deliver(world.home()).await?;
        }
        Ok(world)
    }

    async fn unsigned() -> Outcome<Self> {
        let letter = UnderReview::start().await?;
        let case = word(&letter.review, "case").to_owned();
        Ok(Self { letter, case })
    }

    async fn quorum(&self) -> Outcome {
        for person in self.letter.reviewers() {
            self.letter.decide_on(self.home(), &person).await?;
        }
        Ok(())
    }

    fn home(&self) -> &Home {
        &self.letter.home
    }

    fn args<'a>(&'a self, notice: &'a str, more: &[&'a str]) -> Vec<&'a str> {
        let mut args = vec!["distribution", "new", &self.case, "--letter", notice];
        if !more.contains(&"--proof") {
            args.extend(["--proof", "mdn"]);
        }
        args.extend(more);
        args
    }

    async fn plan(&self, more: &[&str]) -> Outcome<Value> {
        let notice = self.letter.release_reference();
        let mut args = self.args(&notice, more);
        args.push("--dry-run");
        self.home().ctl(&args).await
    }

    async fn launch(&self, more: &[&str]) -> Outcome<String> {
        let notice = self.letter.release_reference();
        let row = self.home().ctl(&self.args(&notice, more)).await?;
        assert_eq!(state(&row), "ready", "{row}");
        Ok(word(&row, "number").to_owned())
    }

    async fn refuses(&self, more: &[&str], code: &str) -> Outcome<Value> {
        let notice = self.letter.release_reference();
        let args = self.args(&notice, more);
        self.home().refused(&args, "", code).await
    }

    /// Launches it and delivers until the grid has delivered and what came was looked at.
    async fn run(&self, more: &[&str]) -> Outcome<String> {
        let number = self.launch(more).await?;
        pull_and_deliver(self.home()).await?;
        self.letter.sandbox.advance(DELIVERED).await?;
        pull_and_deliver(self.home()).await?;
        Ok(number)
    }

    async fn show(&self, number: &str) -> Outcome<Value> {
        self.home().ctl(&["distribution", "show", number]).await
    }

    async fn recipient(&self, number: &str, partner: &str) -> Outcome<Value> {
        recipient(&self.show(number).await?, partner)
    }

    /// What a partner is given as proof from now on.
    async fn proof(&self, to: &str, more: Value) -> Outcome {
        let mut event = json!({"kind": "proof", "to": to});
        if let (Some(event), Some(more)) = (event.as_object_mut(), more.as_object()) {
            event.extend(more.clone());
        }
        self.letter.sandbox.event(event).await?;
        Ok(())
    }

    async fn effects(&self, kind: &str) -> Outcome<Vec<Effect>> {
        let mut effects = self.letter.sandbox.effects().await?;
        effects.retain(|e| e.kind == kind);
        Ok(effects)
    }

    /// The addresses something was sent to, each as often as it was.
    async fn addresses(&self) -> Outcome<Vec<String>> {
        let sent = self.effects("send_document").await?;
        let mut addresses: Vec<String> = sent.into_iter().map(|e| e.subject).collect();
        addresses.sort();
        Ok(addresses)
    }

    /// Records of the trail with this event.
    async fn records(&self, event: &str) -> Outcome<Vec<Value>> {
        let audit = ["audit", "list", "--limit", "5000"];
        let audit = self.home().ctl(&audit).await?;
        let records = items(&audit).iter().map(|i| i["record"].clone());
        Ok(records.filter(|r| word(r, "event") == event).collect())
    }

    async fn trail_holds(&self) -> Outcome {
        let verdict = self.home().ctl(&["audit", "verify"]).await?;
        assert_eq!(verdict["ok"], true, "{verdict}");
        Ok(())
    }

    /// Internal notes on the case that hold these words.
    async fn notes(&self, words: &str) -> Outcome<usize> {
        let community = self.letter.sandbox.admin_get("state/community").await?;
        let notes = list(&community, "comments")
            .iter()
            .filter(|c| word(c, "body").contains(words) && word(c, "visibility") == "internal");
        Ok(notes.count())
    }
}

fn state(row: &Value) -> &str {
    word(&row["status"], "state")
}

fn recipient(shown: &Value, partner: &str) -> Outcome<Value> {
    let mut rows = items(&shown["rows"]).iter();
    let found = rows.find(|r| word(r, "partner") == partner).cloned();
    found.ok_or_else(|| trouble(format!("{partner} is no recipient")))
}

async fn pull_and_deliver(home: &Home) -> Outcome {
    home.ctl(&["sync"]).await?;
    home.deliver().await?;
    Ok(())
}

fn to<'a>(partners: &[&'a str]) -> Vec<&'a str> {
    partners.iter().flat_map(|p| ["--partner", *p]).collect()
}

/// T1.
#[tokio::test]
async fn the_register_has_one_row_for_each_recipient_with_time_and_proof() -> Outcome {
    let world = World::new().await?;
    // Whoever has no address on the grid blocks by name.
    world
        .letter
        .sandbox
        .event(json!({"kind": "agreement", "partner_id": COPPERKETTLE.0, "changes": {"identifiers": ["4012345"]}}))
        .await?;
    world.home().ctl(&["sync"]).await?;
    let all = to(&[BRAMBLEWICK.0, QUILLFEATHER.0, COPPERKETTLE.0]);
    let plan = world.plan(&all).await?;
    assert_eq!(number(&plan["counts"], "blocking"), 1, "{}", plan["counts"]);
    assert!(word(&plan, "blocked").contains(COPPERKETTLE.0), "{plan}");
    let refused = world.refuses(&all, "E_FIELD").await?;
    assert_eq!(refused["detail"]["blocking"], json!([COPPERKETTLE.0]));
    let mut without = all.clone();
    without.extend(["--exclude", "P-1003=Told by letter"]);
    let plan = world.plan(&without).await?;
    assert!(plan["blocked"].is_null(), "{plan}");
    // Another address since it was shown: nothing is launched.
    let moved = json!({"kind": "agreement", "partner_id": QUILLFEATHER.0, "changes": {"identifiers": ["ZZ:ELSEWHERE"]}});
    world.letter.sandbox.event(moved).await?;
    let mut with_root = without.clone();
    with_root.extend(["--root", word(&plan, "root")]);
    world.refuses(&with_root, "E_HASH").await?;
    let back = json!({"kind": "agreement", "partner_id": QUILLFEATHER.0, "changes": {"identifiers": [QUILLFEATHER.1]}});
    world.letter.sandbox.event(back).await?;
    world.home().ctl(&["sync"]).await?;

    let distribution = world.run(&without).await?;
    assert_eq!(world.addresses().await?, [BRAMBLEWICK.1, QUILLFEATHER.1]);
    let shown = world.show(&distribution).await?;
    assert_eq!(state(&shown["row"]), "complete", "{shown}");
    assert_eq!(number(&shown["row"]["counts"], "proven"), 2);
    assert_eq!(
        word(&list(&shown, "left_out")[0], "reason"),
        "Told by letter"
    );
    let proofs: BTreeSet<&str> = items(&shown["rows"])
        .iter()
        .map(|r| word(r, "proof_sha256"))
        .collect();
    assert_eq!(proofs.len(), 2, "each has a proof of their own");

    let file = world.home().user().join("register.csv");
    let path = file.to_string_lossy().into_owned();
    let written = world
        .home()
        .ctl(&["distribution", "register", &path])
        .await?;
    assert_eq!(number(&written, "rows"), 2, "{written}");
    let text = std::fs::read_to_string(&file)?;
    for row in items(&shown["rows"]) {
        let line = text.lines().find(|l| l.contains(word(row, "partner")));
        let line = line.ok_or_else(|| trouble("a recipient has no row"))?;
        for value in [
            "proof_sha256",
            "grid_record_sha256",
            "message_id",
            "transaction",
        ] {
            assert!(!word(row, value).is_empty(), "{value} of {row}");
            assert!(line.contains(word(row, value)), "{value} in {line}");
        }
        assert!(row["proof_at"].is_i64() && row["sent_at"].is_i64(), "{row}");
        assert!(
            line.contains("\"proven\"") && line.contains("Z\""),
            "{line}"
        );
    }

    // The trail has all of it, each once.
    for (event, times) in [
        ("distribution.started", 1),
        ("document.sent", 2),
        ("proof.stored", 2),
        ("gridrecord.stored", 2),
        ("distribution.completed", 1),
        ("retention.set", 1),
    ] {
        assert_eq!(world.records(event).await?.len(), times, "{event}");
    }
    let started = &world.records("distribution.started").await?[0]["facts"];
    assert_eq!((number(started, "n"), word(started, "sha").len()), (2, 64));
    let completed = &world.records("distribution.completed").await?[0]["facts"];
    assert_eq!(
        (number(completed, "proven"), number(completed, "unproven")),
        (2, 0)
    );
    // The same letter reaches nobody twice.
    world.refuses(&without, "E_STATE").await?;
    world.home().all_confirmed(None).await?;
    world.trail_holds().await
}

/// T2.
#[tokio::test]
async fn a_proof_of_one_recipient_proves_nothing_for_another() -> Outcome {
    let world = World::new().await?;
    world
        .proof(QUILLFEATHER.1, json!({"missing": true}))
        .await?;
    let distribution = world.run(&to(&[BRAMBLEWICK.0, QUILLFEATHER.0])).await?;
    let proven = world.recipient(&distribution, BRAMBLEWICK.0).await?;
    assert_eq!(state(&proven), "proven");
    let others = word(&proven, "transaction");
    let wrong = [
        (json!({"of": others}), "message"),
        (json!({"recipient": BRAMBLEWICK.1}), "recipient"),
        (json!({"content": "another letter"}), "content"),
        (
            json!({"disposition": "processed/error: decryption-failed"}),
            "taken",
        ),
    ];
    for (place, (tampered, why)) in (1..).zip(wrong) {
        world.proof(QUILLFEATHER.1, tampered).await?;
        // Looked at again, the same false proof is no news.
        for _ in 0..2 {
            world.home().ctl(&["sync"]).await?;
        }
        let shown = world.show(&distribution).await?;
        let row = recipient(&shown, QUILLFEATHER.0)?;
        assert_eq!(state(&row), "delivered", "{row}");
        assert!(row["proof_sha256"].is_null(), "{row}");
        let quarantined = list(&shown, "quarantined");
        assert_eq!(quarantined.len(), place, "{quarantined:?}");
        let last = &quarantined[place - 1];
        assert!(word(last, "reason").contains(why), "{last}");
        assert_eq!(word(last, "partner"), QUILLFEATHER.0);
    }
    assert_eq!(world.records("proof.refused").await?.len(), 4);
    assert_eq!(world.records("proof.stored").await?.len(), 1);
    // Their own proves.
    world.proof(QUILLFEATHER.1, json!({})).await?;
    pull_and_deliver(world.home()).await?;
    let shown = world.show(&distribution).await?;
    assert_eq!(state(&shown["row"]), "complete", "{}", shown["row"]);
    let theirs = recipient(&shown, QUILLFEATHER.0)?;
    assert_ne!(word(&theirs, "proof_sha256"), word(&proven, "proof_sha256"));
    world.trail_holds().await
}

/// T3; that the connector itself refuses is shown by the contract tests of documents.
#[tokio::test]
async fn a_letter_without_a_standing_approval_is_sent_to_nobody_and_compliance_is_told() -> Outcome
{
    let world = World::unsigned().await?;
    let one = to(&[BRAMBLEWICK.0]);
    // One signature is no quorum, and an unsigned letter none at all.
    world.refuses(&one, "E_FIELD").await?;
    let reviewers = world.letter.reviewers();
    world.letter.decide_on(world.home(), &reviewers[0]).await?;
    world.home().deliver().await?;
    world.home().ctl(&["sync"]).await?;
    world.refuses(&one, "E_FIELD").await?;
    world.letter.decide_on(world.home(), &reviewers[1]).await?;
    for _ in 0..2 {
        pull_and_deliver(world.home()).await?;
    }

    // Approved and confirmed, but found to be another letter before it left.
    let distribution = world.launch(&one).await?;
    let space = world.letter.id().rsplit(':').next().unwrap_or_default();
    let ended = json!({"kind": "space_item", "space_id": space, "item_kind": "invalidation",
        "author": world.letter.maker(), "data": {"hash": world.letter.hash()}});
    world.letter.sandbox.event(ended).await?;
    for _ in 0..2 {
        pull_and_deliver(world.home()).await?;
    }
    assert!(world.addresses().await?.is_empty());
    let shown = world.show(&distribution).await?;
    assert_eq!(state(&shown["row"]), "partial", "{}", shown["row"]);
    let row = recipient(&shown, BRAMBLEWICK.0)?;
    assert_eq!(state(&row), "failed");
    assert!(word(&row, "reason").contains("E_HASH"), "{row}");
    assert_eq!(world.notes("For compliance").await?, 1);
    assert_eq!(world.records("distribution.stopped").await?.len(), 1);
    // It does not go by trying again, nor by starting again.
    let retry = ["distribution", "retry", &distribution];
    world.home().refused(&retry, "", "E_HASH").await?;
    world.refuses(&one, "E_FIELD").await?;
    world.trail_holds().await
}

/// T3, as far as a plan can go: a playbook of the company that leaves the approval out is refused where it would send.
#[tokio::test]
async fn a_playbook_without_the_approval_sends_to_nobody_and_the_run_is_stopped() -> Outcome {
    const SHIPPED: &str = include_str!("../../../assets/playbooks/distribution.toml");
    let world = World::new().await?;
    let folder = world.home().data().join("playbooks");
    std::fs::create_dir_all(&folder)?;
    let enclosed = "letter = \"{distribution.enclosed}\"\n";
    assert!(
        SHIPPED.contains(enclosed),
        "it is the approval that is left out"
    );
    let text = SHIPPED.replace(enclosed, "");
    std::fs::write(folder.join("distribution.toml"), text)?;
    let distribution = world.launch(&to(&[BRAMBLEWICK.0, QUILLFEATHER.0])).await?;
    for _ in 0..2 {
        world.home().ctl(&["sync"]).await?;
        let run = ["outbox", "run", "--until-idle"];
        world.home().run(&run, "").await?;
    }
    assert!(world.addresses().await?.is_empty());
    let shown = world.show(&distribution).await?;
    assert_eq!(state(&shown["row"]), "partial", "{}", shown["row"]);
    for row in items(&shown["rows"]) {
        assert!(word(row, "reason").contains("E_HASH"), "{row}");
    }
    assert_eq!(world.notes("For compliance").await?, 1);
    assert_eq!(world.records("distribution.stopped").await?.len(), 1);
    world.trail_holds().await
}

/// The second step: what Exstream has under the letter now is not what was signed.
#[tokio::test]
async fn a_letter_that_changed_since_it_was_approved_is_not_launched() -> Outcome {
    let world = World::unsigned().await?;
    world.quorum().await?;
    world.home().deliver().await?;
    world.home().ctl(&["sync"]).await?;
    let notice = world.letter.release_reference();
    let one = to(&[BRAMBLEWICK.0]);
    let plan = world.plan(&one).await?;
    assert!(plan["blocked"].is_null(), "it is approved: {plan}");
    let change = json!({"kind": "letter_change", "notice_id": notice});
    world.letter.sandbox.event(change).await?;
    let refused = world.refuses(&one, "E_HASH").await?;
    assert_eq!(refused["detail"]["approved"], plan["letter"]["sha256"]);
    assert!(world.records("distribution.started").await?.is_empty());
    assert!(world.addresses().await?.is_empty());
    Ok(())
}

/// The other kinds of proof.
#[tokio::test]
async fn a_portal_receipt_and_a_signed_return_prove_when_they_come() -> Outcome {
    let world = World::new().await?;
    let mut portal = to(&[BRAMBLEWICK.0]);
    portal.extend(["--proof", "portal_receipt"]);
    let mut signed = to(&[QUILLFEATHER.0]);
    signed.extend(["--proof", "signed_return"]);
    let numbers = [world.run(&portal).await?, world.run(&signed).await?];
    for number in &numbers {
        let shown = world.show(number).await?;
        assert_eq!(state(&items(&shown["rows"])[0]), "delivered", "{shown}");
    }
    world.letter.sandbox.advance(2 * HOUR).await?;
    pull_and_deliver(world.home()).await?;
    for (number, kind) in numbers.iter().zip(["portal_receipt", "signed_return"]) {
        let shown = world.show(number).await?;
        assert_eq!(state(&shown["row"]), "complete", "{shown}");
        assert_eq!(word(&items(&shown["rows"])[0], "proof_kind"), kind);
    }
    let mut unknown = to(&[COPPERKETTLE.0]);
    unknown.extend(["--proof", "a_nod"]);
    let refused = world.refuses(&unknown, "E_FIELD").await?;
    assert_eq!(refused["detail"]["fields"], json!(["proof"]));
    Ok(())
}

/// Without a proof 48 hours after sending.
#[tokio::test]
async fn of_two_desktops_one_asks_the_unproven_by_another_channel_and_a_late_proof_still_proves()
-> Outcome {
    let world = World::new().await?;
    world
        .proof(QUILLFEATHER.1, json!({"missing": true}))
        .await?;
    let distribution = world.run(&to(&[BRAMBLEWICK.0, QUILLFEATHER.0])).await?;
    let other = Home::on(&world.letter.sandbox).await?;
    world.letter.sandbox.advance(47 * HOUR).await?;
    pull_and_deliver(world.home()).await?;
    assert!(world.effects("create_case").await?.is_empty());
    world.letter.sandbox.advance(2 * HOUR).await?;
    // Both have pulled before either asks.
    for desk in [world.home(), &other] {
        desk.ctl(&["sync"]).await?;
    }
    for desk in [&other, world.home(), &other] {
        desk.run(&["outbox", "run", "--until-idle"], "").await?;
    }
    for desk in [world.home(), &other] {
        desk.ctl(&["sync"]).await?;
        desk.run(&["outbox", "run", "--until-idle"], "").await?;
    }
    let opened = world.effects("create_case").await?;
    assert_eq!(opened.len(), 1, "asked once: {opened:?}");
    let community = world.letter.sandbox.admin_get("state/community").await?;
    let asked: Vec<&Value> = list(&community, "comments")
        .iter()
        .filter(|c| word(c, "body").contains("Please confirm that you received"))
        .collect();
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert_eq!(word(asked[0], "visibility"), "partner");
    assert_eq!(word(asked[0], "case_id"), opened[0].reference);
    assert_eq!(world.notes("Task: ").await?, 1);
    let there = other.ctl(&["distribution", "show", &distribution]).await?;
    let here = world.show(&distribution).await?;
    for shown in [&here, &there] {
        assert_eq!(state(&shown["row"]), "partial", "{}", shown["row"]);
        assert_eq!(number(shown, "tasks"), 1);
        let row = recipient(shown, QUILLFEATHER.0)?;
        assert_eq!(state(&row), "unproven", "{row}");
        assert!(row["reminded_at"].is_i64(), "{row}");
    }
    assert!(there["row"]["action"].is_null());
    let ends = async || -> Outcome<Vec<(u64, u64)>> {
        let records = world.records("distribution.completed").await?;
        let facts = records.iter().map(|r| &r["facts"]);
        Ok(facts
            .map(|f| (number(f, "proven"), number(f, "unproven")))
            .collect())
    };
    assert_eq!(ends().await?, [(1, 1)]);

    world.proof(QUILLFEATHER.1, json!({})).await?;
    world.letter.sandbox.advance(3 * HOUR).await?;
    for desk in [world.home(), &other] {
        pull_and_deliver(desk).await?;
        let shown = desk.ctl(&["distribution", "show", &distribution]).await?;
        assert_eq!(state(&shown["row"]), "complete", "{}", shown["row"]);
    }
    let ends: BTreeSet<(u64, u64)> = ends().await?.into_iter().collect();
    assert_eq!(ends, BTreeSet::from([(1, 1), (2, 0)]));
    assert_eq!(world.records("retention.set").await?.len(), 1);
    assert_eq!(world.effects("create_case").await?.len(), 1);
    world.trail_holds().await
}

/// Partial: only who failed is sent to again.
#[tokio::test]
async fn only_who_failed_is_sent_to_again() -> Outcome {
    let world = World::new().await?;
    world
        .proof(QUILLFEATHER.1, json!({"missing": true}))
        .await?;
    let distribution = world.run(&to(&[BRAMBLEWICK.0, QUILLFEATHER.0])).await?;
    let retry = ["distribution", "retry", &distribution];
    world.home().refused(&retry, "", "E_STATE").await?;
    let row = world.recipient(&distribution, QUILLFEATHER.0).await?;
    let transaction = word(&row, "transaction");
    let failed = json!({"kind": "document", "transaction": transaction, "status": "F", "message": "No route"});
    world.letter.sandbox.event(failed).await?;
    pull_and_deliver(world.home()).await?;
    let shown = world.show(&distribution).await?;
    assert_eq!(state(&shown["row"]), "partial", "{}", shown["row"]);
    let row = recipient(&shown, QUILLFEATHER.0)?;
    assert_eq!((state(&row), word(&row, "reason")), ("failed", "No route"));
    world.proof(QUILLFEATHER.1, json!({})).await?;
    let again = world.home().ctl(&retry).await?;
    assert_eq!(number(&again, "again"), 1);
    pull_and_deliver(world.home()).await?;
    world.letter.sandbox.advance(DELIVERED).await?;
    pull_and_deliver(world.home()).await?;
    let shown = world.show(&distribution).await?;
    assert_eq!(state(&shown["row"]), "complete", "{shown}");
    let again = world.effects("reprocess").await?;
    assert_eq!(again.len(), 1);
    assert_eq!(again[0].reference, transaction);
    assert_eq!(world.addresses().await?.len(), 2);
    world.trail_holds().await
}

/// G2.
#[tokio::test]
async fn answers_lost_on_the_way_send_to_nobody_twice() -> Outcome {
    let world = World::new().await?;
    let distribution = world
        .launch(&to(&[BRAMBLEWICK.0, QUILLFEATHER.0, COPPERKETTLE.0]))
        .await?;
    for (system, operation) in [
        ("documents", "send_document"),
        ("community", "publish_item"),
        ("community", "claim"),
    ] {
        let fault =
            json!({"kind": "drop_response", "system": system, "operation": operation, "count": 2});
        world.letter.sandbox.fault(fault).await?;
    }
    for _ in 0..4 {
        world.home().ctl(&["sync"]).await?;
        let run = ["outbox", "run", "--until-idle"];
        world.home().run(&run, "").await?;
        world.letter.sandbox.advance(LONGEST).await?;
    }
    pull_and_deliver(world.home()).await?;
    world.home().all_confirmed(None).await?;
    let all = [BRAMBLEWICK.1, COPPERKETTLE.1, QUILLFEATHER.1];
    assert_eq!(world.addresses().await?, all);
    let shown = world.show(&distribution).await?;
    assert_eq!(state(&shown["row"]), "complete", "{}", shown["row"]);
    assert_eq!(world.records("document.sent").await?.len(), 3);
    Ok(())
}

/// G3.
#[tokio::test]
async fn killed_while_it_goes_out_everybody_is_sent_to_once() -> Outcome {
    let world = World::new().await?;
    let partners = [
        BRAMBLEWICK.0,
        QUILLFEATHER.0,
        COPPERKETTLE.0,
        "P-1004",
        "P-1005",
    ];
    let distribution = world.launch(&to(&partners)).await?;
    let slow = json!({"kind": "slow_ms", "system": "documents", "operation": "send_document", "milliseconds": 1500});
    world.letter.sandbox.fault(slow).await?;
    let mut run = Group::start(
        world
            .home()
            .command(&["outbox", "run", "--until-idle"])?
            .stdout(Stdio::null())
            .stderr(Stdio::null()),
    )?;
    until_within(Duration::from_secs(20), "the first letter", async || {
        let sent = !world.addresses().await?.is_empty();
        Ok(sent.then_some(()))
    })
    .await?;
    run.kill();
    let sent = world.addresses().await?.len();
    assert!(sent < partners.len(), "killed too late to show anything");
    world.letter.sandbox.no_faults().await?;
    for _ in 0..2 {
        world.letter.sandbox.advance(LONGEST).await?;
        pull_and_deliver(world.home()).await?;
    }
    let addresses = world.addresses().await?;
    let once: BTreeSet<&String> = addresses.iter().collect();
    assert_eq!(
        (addresses.len(), once.len()),
        (partners.len(), partners.len())
    );
    let shown = world.show(&distribution).await?;
    assert_eq!(state(&shown["row"]), "complete", "{}", shown["row"]);
    assert_eq!(world.records("distribution.started").await?.len(), 1);
    assert_eq!(world.records("document.sent").await?.len(), partners.len());
    world.trail_holds().await
}

/// Two desktops that send the same to the same: one does.
#[tokio::test]
async fn of_two_desktops_that_launch_the_same_one_sends() -> Outcome {
    let world = World::new().await?;
    let other = Home::on(&world.letter.sandbox).await?;
    let notice = world.letter.release_reference();
    let to_one = to(&[BRAMBLEWICK.0]);
    for desk in [world.home(), &other] {
        desk.ctl(&world.args(&notice, &to_one)).await?;
    }
    for _ in 0..2 {
        for desk in [world.home(), &other] {
            desk.ctl(&["sync"]).await?;
            desk.run(&["outbox", "run", "--until-idle"], "").await?;
        }
    }
    assert_eq!(world.addresses().await?, [BRAMBLEWICK.1]);
    Ok(())
}

/// G4 and G7.
#[tokio::test]
async fn offline_and_by_whoever_may_only_read_nothing_is_launched() -> Outcome {
    let mut world = World::new().await?;
    let one = to(&[BRAMBLEWICK.0]);
    let notice = world.letter.release_reference();
    let auditor = list(world.letter.sandbox.hello(), "persons")
        .iter()
        .find(|p| list(p, "roles") == [json!("auditor")])
        .map(|p| word(p, "name").to_owned())
        .ok_or_else(|| trouble("no auditor works at the company"))?;
    let mut args = vec!["--as", auditor.as_str()];
    args.extend(world.args(&notice, &one));
    world.home().refused(&args, "", "E_FORBIDDEN").await?;
    let distribution = world.run(&one).await?;
    let retry = ["--as", &auditor, "distribution", "retry", &distribution];
    world.home().refused(&retry, "", "E_FORBIDDEN").await?;
    // Everything is read by an auditor.
    let shown = ["--as", &auditor, "distribution", "show", &distribution];
    world.home().ctl(&shown).await?;
    let before = world.home().steps(None).await?.len();

    world.letter.sandbox.stop();
    let another = to(&[QUILLFEATHER.0]);
    let plan = world.plan(&another).await?;
    assert_eq!(number(&plan["counts"], "recipients"), 1);
    world.refuses(&another, "E_OFFLINE").await?;
    let shown = world.show(&distribution).await?;
    assert_eq!(state(&shown["row"]), "complete");
    assert!(list(&shown, "sources")[0]["fetched_at"].is_i64(), "{shown}");
    assert_eq!(world.home().steps(None).await?.len(), before);
    Ok(())
}
