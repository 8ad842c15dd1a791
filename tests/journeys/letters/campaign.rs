//! S0.4: partners acknowledge exactly one version of a document, and it can be proven.

use std::{collections::BTreeSet, path::PathBuf, process::Stdio, time::Duration};

use base64::Engine as _;
use serde_json::{Value, json};
use whole_system::harness::{
    Effect, Group, Home, Outcome, SandboxOptions, SandboxProcess, items, list, number, trouble,
    until_within, word,
};

/// A compliance case of the sandbox; it is opened again for what follows.
const CASE: &str = "48188";
/// A finished compliance notice on it.
const LETTER: &str = "N-2102";
/// A Tuesday: the third, sixth, ninth and tenth day from here are working days everywhere, and by this hour every partner has
/// opened.
const EPOCH: &str = "2026-12-01T17:00:00Z";
const DUE: &str = "2026-12-13";
const DAY: u64 = 86_400;
/// Whatever was on its way can be looked up by then.
const LONGEST: u64 = 7_200;
const LONDON: &str = "P-1001";
const MAKER: &str = "lena.kovar";
const SIGNERS: [&str; 2] = ["tomas.adeyemi", "priya.nandakumar"];

struct World {
    sandbox: SandboxProcess,
    home: Home,
    /// The document.
    file: PathBuf,
}

impl World {
    async fn new() -> Outcome<Self> {
        Self::with(0).await
    }

    async fn with(customers: u32) -> Outcome<Self> {
        Self::kept(customers, None).await
    }

    /// The same with a sandbox that remembers, where a folder is named, what happened before it was stopped.
    async fn kept(customers: u32, state: Option<PathBuf>) -> Outcome<Self> {
        let sandbox = SandboxProcess::with(SandboxOptions {
            customers: (customers > 0).then_some(customers),
            state,
            cases: Some(60),
            epoch: Some(EPOCH.to_owned()),
            ..SandboxOptions::default()
        })?;
        sandbox
            .event(json!({"kind": "case_update", "case_id": CASE, "changes": {"status": "in_progress"}}))
            .await?;
        let home = Home::on(&sandbox).await?;
        let file = home.user().join("Code of conduct.pdf");
        std::fs::write(&file, "%PDF-1.7\nWe act with care.\n%%EOF\n")?;
        Ok(Self {
            sandbox,
            home,
            file,
        })
    }

    fn args<'a>(&'a self, more: &[&'a str]) -> Outcome<Vec<&'a str>> {
        let file = self.file.to_str().ok_or_else(|| trouble("an odd path"))?;
        let mut args = vec!["campaign", "new", CASE, "--due", DUE];
        if !more.contains(&"--document") {
            args.extend(["--file", file]);
        }
        args.extend(more);
        Ok(args)
    }

    /// Whom it would ask.
    async fn plan(&self, more: &[&str]) -> Outcome<Value> {
        let mut args = self.args(more)?;
        args.push("--dry-run");
        self.home.ctl(&args).await
    }

    async fn launch(&self, more: &[&str]) -> Outcome<Value> {
        self.home.ctl(&self.args(more)?).await
    }

    async fn refuses(&self, more: &[&str], code: &str) -> Outcome<Value> {
        self.home.refused(&self.args(more)?, "", code).await
    }

    /// Launches it, has it signed, and delivers until everybody was asked. Gives its number.
    async fn run(&self, more: &[&str]) -> Outcome<String> {
        let row = self.launch(more).await?;
        let campaign = word(&row, "number").to_owned();
        self.home.deliver().await?;
        self.quorum(&campaign).await?;
        let shown = self.show(&campaign).await?;
        assert_eq!(state(&shown), "active", "{}", shown["row"]);
        Ok(campaign)
    }

    /// Two who did not make it sign the manifest.
    async fn quorum(&self, campaign: &str) -> Outcome {
        pull_and_deliver(&self.home).await?;
        let review = self.review(campaign).await?;
        for person in SIGNERS {
            self.sign(person, &review).await?;
            pull_and_deliver(&self.home).await?;
        }
        pull_and_deliver(&self.home).await
    }

    async fn review(&self, campaign: &str) -> Outcome<Value> {
        let shown = self.show(campaign).await?;
        let review = word(&shown["row"], "review").to_owned();
        self.home.ctl(&["review", "show", &review]).await
    }

    async fn sign(&self, person: &str, review: &Value) -> Outcome {
        let pin = self.sandbox.pin(person)?;
        let (id, hash) = (word(review, "id"), word(review, "hash"));
        let meaning = "Reviewed for legal content";
        let args = [
            "--as",
            person,
            "review",
            "approve",
            id,
            "--hash",
            hash,
            "--meaning",
            meaning,
            "--pin-stdin",
        ];
        self.home.run(&args, &pin).await?.expect_code(0)?;
        Ok(())
    }

    async fn show(&self, campaign: &str) -> Outcome<Value> {
        self.home.ctl(&["campaign", "show", campaign]).await
    }

    /// One recipient of it.
    async fn recipient(&self, campaign: &str, partner: &str) -> Outcome<Value> {
        let shown = self.show(campaign).await?;
        recipient(&shown, partner)
    }

    /// The request of the only part it has.
    async fn request(&self) -> Outcome<Value> {
        let community = self.sandbox.admin_get("state/community").await?;
        let found = list(&community, "ack_requests").last().cloned();
        found.ok_or_else(|| trouble("nobody was asked"))
    }

    /// A recipient says something about the request that went out last.
    async fn answers(&self, partner: &str, said: &str, more: Value) -> Outcome {
        let request = self.request().await?;
        let mut event = json!({
            "kind": "acknowledgement", "id": word(&request, "id"), "recipient": partner, "state": said,
            "by": "Ines Okafor",
        });
        if let (Some(event), Some(more)) = (event.as_object_mut(), more.as_object()) {
            event.extend(more.clone());
        }
        self.sandbox.event(event).await?;
        pull_and_deliver(&self.home).await
    }

    async fn effects(&self, kind: &str) -> Outcome<Vec<Effect>> {
        let mut effects = self.sandbox.effects().await?;
        effects.retain(|e| e.kind == kind);
        Ok(effects)
    }

    /// When this recipient was reminded, as days.
    async fn reminded(&self, partner: &str) -> Outcome<Vec<String>> {
        let community = self.sandbox.admin_get("state/community").await?;
        let names = |r: &&Value| list(r, "recipients").iter().any(|p| p == partner);
        let days = list(&community, "ack_reminders").iter().filter(names);
        Ok(days
            .map(|r| word(r, "at").get(..10).unwrap_or_default().to_owned())
            .collect())
    }

    /// Records of the trail with this event.
    async fn records(&self, event: &str) -> Outcome<Vec<Value>> {
        let audit = self.home.ctl(&["audit", "list", "--limit", "5000"]).await?;
        let records = items(&audit).iter().map(|i| i["record"].clone());
        Ok(records.filter(|r| word(r, "event") == event).collect())
    }

    async fn trail_holds(&self) -> Outcome {
        let verdict = self.home.ctl(&["audit", "verify"]).await?;
        assert_eq!(verdict["ok"], true, "{verdict}");
        Ok(())
    }
}

fn state(shown: &Value) -> &str {
    word(&shown["row"]["status"], "state")
}

fn recipient(shown: &Value, partner: &str) -> Outcome<Value> {
    let mut rows = items(&shown["rows"]).iter();
    let found = rows.find(|r| word(r, "partner") == partner).cloned();
    found.ok_or_else(|| trouble(format!("{partner} is no recipient")))
}

/// Whom a request asks.
fn asked_in(request: &Value) -> Vec<String> {
    let responses = request["responses"].as_object();
    responses
        .into_iter()
        .flatten()
        .map(|(id, _)| id.clone())
        .collect()
}

async fn pull_and_deliver(home: &Home) -> Outcome {
    home.ctl(&["sync"]).await?;
    home.deliver().await?;
    Ok(())
}

/// What a verification without any configuration says of a pack.
async fn verified(pack: &str) -> Outcome<(Option<i32>, Value)> {
    let nobody = Home::new()?;
    let ended = nobody.run(&["audit", "verify", pack], "").await?;
    Ok((ended.code, ended.json))
}

/// T1.
#[tokio::test]
async fn of_two_hundred_recipients_the_three_without_an_address_block_the_launch_by_name() -> Outcome
{
    let world = World::with(200).await?;
    let lost = ["C-0007", "C-0077", "C-0177"];
    for partner in lost {
        let contacts = json!([{"name": "Front desk", "role": "", "email": "", "phone": ""}]);
        world
            .sandbox
            .event(json!({"kind": "agreement", "partner_id": partner, "changes": {"contacts": contacts}}))
            .await?;
    }
    world.home.ctl(&["sync"]).await?;
    let ids: Vec<String> = (1..=200).map(|n| format!("C-{n:04}")).collect();
    let all: Vec<&str> = ids
        .iter()
        .flat_map(|id| ["--partner", id.as_str()])
        .collect();
    let plan = world.plan(&all).await?;
    let counts = &plan["counts"];
    assert_eq!(number(counts, "partners"), 200, "{counts}");
    assert_eq!(number(counts, "recipients"), 197, "{counts}");
    assert_eq!(number(counts, "blocking"), 3, "{counts}");
    assert!(
        lost.iter().all(|id| word(&plan, "blocked").contains(id)),
        "{}",
        plan["blocked"]
    );
    assert_eq!(word(&plan, "blocked_field"), "exclude");
    let mut shown = all.clone();
    shown.extend(["--list", "blocking"]);
    let named = world.plan(&shown).await?;
    let rows: BTreeSet<&str> = items(&named["rows"])
        .iter()
        .map(|r| word(r, "partner"))
        .collect();
    assert_eq!(rows, BTreeSet::from(lost));
    let refused = world.refuses(&all, "E_FIELD").await?;
    assert_eq!(
        refused["detail"]["blocking"].as_array().map(Vec::len),
        Some(3)
    );
    assert!(world.home.steps(None).await?.is_empty());

    // One gets an address, two are left out with a reason: a root that was shown before launches nothing.
    let mut without = all.clone();
    without.extend([
        "--exclude",
        "C-0007=Told by letter",
        "--exclude",
        "C-0077=Ends in December",
    ]);
    let before = world.plan(&without).await?;
    let contacts = json!([{"name": "Nora", "role": "Compliance", "email": "nora@customer.example", "phone": ""}]);
    world
        .sandbox
        .event(
            json!({"kind": "agreement", "partner_id": "C-0177", "changes": {"contacts": contacts}}),
        )
        .await?;
    let mut with_root = without.clone();
    with_root.extend(["--root", word(&before, "root")]);
    world.refuses(&with_root, "E_HASH").await?;
    assert!(world.home.steps(None).await?.is_empty());
    let campaign = world.run(&without).await?;
    let asked = world.effects("request_acknowledgement").await?;
    assert_eq!(asked.len(), 1, "200 fit into one request");
    assert_eq!(asked_in(&world.request().await?).len(), 198);
    let shown = world.show(&campaign).await?;
    assert_eq!(number(&shown["row"]["counts"], "pending"), 198);
    let left_out: BTreeSet<&str> = list(&shown, "left_out")
        .iter()
        .map(|l| word(l, "reason"))
        .collect();
    assert_eq!(
        left_out,
        BTreeSet::from(["Told by letter", "Ends in December"])
    );
    // Launched again, it asks nobody a second time.
    world.refuses(&without, "E_STATE").await?;
    let launched = world.records("campaign.launched").await?;
    assert_eq!(launched.len(), 1);
    assert_eq!(launched[0]["facts"]["n"], 198);
    world.trail_holds().await
}

/// T2.
#[tokio::test]
async fn reminders_come_on_days_three_six_nine_and_two_before_due_and_stop_once_acknowledged()
-> Outcome {
    let world = World::new().await?;
    let campaign = world
        .run(&[
            "--partner",
            LONDON,
            "--partner",
            "P-1002",
            "--partner",
            "P-1003",
        ])
        .await?;
    for day in 1..=13 {
        world.sandbox.advance(DAY).await?;
        pull_and_deliver(&world.home).await?;
        if day == 4 {
            world.answers(LONDON, "accepted", json!({})).await?;
        }
        // Looked at again on the same day, nobody is reminded again.
        pull_and_deliver(&world.home).await?;
    }
    let all = ["2026-12-04", "2026-12-07", "2026-12-10", "2026-12-11"];
    assert_eq!(world.reminded("P-1003").await?, all);
    assert_eq!(world.reminded("P-1002").await?, all);
    assert_eq!(world.reminded(LONDON).await?, all[..1]);
    let shown = world.show(&campaign).await?;
    assert_eq!(
        word(&recipient(&shown, LONDON)?["status"], "state"),
        "acknowledged"
    );
    let late = recipient(&shown, "P-1003")?;
    assert_eq!(word(&late["status"], "state"), "overdue", "{late}");
    assert_eq!(number(&late, "reminders"), 4);
    assert_eq!(number(&shown["row"]["counts"], "overdue"), 2);
    assert!(shown["next_reminder"].is_null());
    // The trail has each reminder once, by its number in the plan.
    let reminders = world.records("ack.reminder").await?;
    let numbers: BTreeSet<u64> = reminders.iter().map(|r| number(&r["facts"], "n")).collect();
    assert_eq!(numbers, BTreeSet::from([1, 2, 3, 4]));
    assert_eq!(
        reminders.len(),
        world.effects("remind_acknowledgement").await?.len()
    );
    world.trail_holds().await
}

/// T3.
#[tokio::test]
async fn an_acknowledgement_of_another_document_or_without_a_view_is_not_counted() -> Outcome {
    let world = World::new().await?;
    let campaign = world
        .run(&["--partner", LONDON, "--partner", "P-1002", "--view-first"])
        .await?;
    let other = "0".repeat(64);
    world.answers(LONDON, "viewed", json!({})).await?;
    world
        .answers(LONDON, "accepted", json!({"sha256": other}))
        .await?;
    world.answers("P-1002", "accepted", json!({})).await?;
    let shown = world.show(&campaign).await?;
    assert_eq!(
        word(&recipient(&shown, LONDON)?["status"], "state"),
        "opened"
    );
    assert_eq!(
        word(&recipient(&shown, "P-1002")?["status"], "state"),
        "delivered"
    );
    assert_eq!(number(&shown["row"]["counts"], "acknowledged"), 0);
    let quarantined = list(&shown, "quarantined");
    assert_eq!(quarantined.len(), 2, "{quarantined:?}");
    assert!(quarantined.iter().any(|q| word(q, "sha256") == other));
    assert!(
        quarantined
            .iter()
            .any(|q| word(q, "reason").contains("viewed"))
    );
    assert!(world.records("ack.received").await?.is_empty());

    // The document itself counts, and what was asked stays in sight.
    world
        .answers(
            LONDON,
            "question",
            json!({"text": "Does this cover agency staff?"}),
        )
        .await?;
    world.answers(LONDON, "accepted", json!({})).await?;
    let shown = world.show(&campaign).await?;
    let row = recipient(&shown, LONDON)?;
    assert_eq!(word(&row["status"], "state"), "acknowledged");
    assert_eq!(word(&row, "by"), "Ines Okafor");
    assert_eq!(
        word(&list(&shown, "questions")[0], "text"),
        "Does this cover agency staff?"
    );
    assert_eq!(
        list(&shown, "progress")
            .last()
            .map(|p| number(p, "acknowledged")),
        Some(1)
    );
    let received = world.records("ack.received").await?;
    assert_eq!(received.len(), 1);
    let facts = &received[0]["facts"];
    assert_eq!(word(facts, "partner"), LONDON);
    assert_eq!(word(facts, "person"), "Ines Okafor");
    assert_eq!(
        word(facts, "doc_sha"),
        word(&shown["row"]["document"], "sha256")
    );
    Ok(())
}

/// T4 and T5.
#[tokio::test]
async fn a_signed_confirmation_is_fetched_and_the_evidence_pack_holds_until_one_byte_is_flipped()
-> Outcome {
    let world = World::new().await?;
    let campaign = world
        .run(&[
            "--partner",
            LONDON,
            "--partner",
            "P-1002",
            "--partner",
            "P-1003",
            "--signed",
        ])
        .await?;
    let signed = b"%PDF-1.7\nsigned by hand\n";
    let file = json!({"name": "../../signed.pdf", "media_type": "application/pdf",
        "base64": base64::engine::general_purpose::STANDARD.encode(signed)});
    world
        .answers(LONDON, "accepted", json!({"signed_file": file}))
        .await?;
    world.answers("P-1002", "accepted", json!({})).await?;
    let shown = world.show(&campaign).await?;
    let row = recipient(&shown, LONDON)?;
    assert_eq!(word(&row["status"], "state"), "acknowledged", "{row}");
    assert_eq!(row["file_proven"], true);
    let sha256 = word(&row, "file_sha256").to_owned();
    let received = world.records("ack.received").await?;
    assert_eq!(received.len(), 1);
    assert_eq!(word(&received[0]["facts"], "file_sha"), sha256);
    assert_eq!(number(&shown["evidence"], "proven"), 1);
    let without = recipient(&shown, "P-1002")?;
    assert!(word(&without, "reason").contains("signed"), "{without}");

    let waive = |reason: &'static str| {
        let campaign = campaign.clone();
        vec![
            "campaign".to_owned(),
            "waive".to_owned(),
            campaign,
            "--partner".to_owned(),
            "P-1003".to_owned(),
            "--reason".to_owned(),
            reason.to_owned(),
        ]
    };
    let args: Vec<String> = waive(" ");
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    world.home.refused(&args, "", "E_FIELD").await?;
    let args = waive("Contract ends");
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    world.home.ctl(&args).await?;
    // Shown before it has left, and after it has come back, once.
    for _ in 0..2 {
        let row = world.recipient(&campaign, "P-1003").await?;
        assert_eq!(word(&row["status"], "state"), "waived");
        assert_eq!(word(&row, "reason"), "Contract ends");
        pull_and_deliver(&world.home).await?;
    }
    assert_eq!(world.records("ack.waived").await?.len(), 1);

    world.home.ctl(&["campaign", "close", &campaign]).await?;
    pull_and_deliver(&world.home).await?;
    pull_and_deliver(&world.home).await?;
    world.home.all_confirmed(None).await?;
    let shown = world.show(&campaign).await?;
    assert_eq!(state(&shown), "closed");
    assert!(
        shown["evidence"]["pack"].is_string(),
        "{}",
        shown["evidence"]
    );
    let closed = world.records("campaign.closed").await?;
    assert_eq!(closed.len(), 1);
    assert_eq!(closed[0]["facts"]["counts"]["acknowledged"], 1);
    let again = ["campaign", "close", &campaign];
    world.home.refused(&again, "", "E_STATE").await?;

    let folder = world.home.user().join("pack");
    let tar = world.home.user().join("pack.tar");
    for out in [&folder, &tar] {
        let out = out.to_string_lossy().into_owned();
        world
            .home
            .ctl(&["campaign", "pack", &campaign, &out])
            .await?;
        let (code, verdict) = verified(&out).await?;
        assert_eq!(code, Some(0), "{verdict}");
        assert_eq!(verdict["ok"], true, "{verdict}");
    }
    let names: BTreeSet<String> = std::fs::read_dir(&folder)?
        .filter_map(|e| Some(e.ok()?.file_name().to_string_lossy().into_owned()))
        .collect();
    assert!(names.contains("confirmation-00001.bin"), "{names:?}");
    assert_eq!(
        std::fs::read(folder.join("confirmation-00001.bin"))?,
        signed
    );
    for name in names.iter().filter(|n| !n.starts_with("manifest")) {
        let path = folder.join(name);
        let whole = std::fs::read(&path)?;
        let mut flipped = whole.clone();
        let middle = flipped.len() / 2;
        flipped[middle] ^= 1;
        std::fs::write(&path, flipped)?;
        let (code, verdict) = verified(&folder.to_string_lossy()).await?;
        assert_eq!(code, Some(4), "{name}: {verdict}");
        let flaws = list(&verdict, "flaws");
        assert!(
            flaws.iter().any(|f| word(f, "file") == name),
            "{name}: {flaws:?}"
        );
        std::fs::write(&path, whole)?;
    }
    world.trail_holds().await
}

/// The letter of a case, to a segment by country.
#[tokio::test]
async fn a_finished_compliance_notice_goes_to_a_segment_with_its_bytes_proven() -> Outcome {
    let world = World::new().await?;
    let args = [
        "--document",
        LETTER,
        "--segment",
        "tier=A",
        "--segment",
        "country=de",
        "--segment",
        "country=GB",
    ];
    let plan = world.plan(&args).await?;
    assert_eq!(
        number(&plan["counts"], "recipients"),
        2,
        "{}",
        plan["counts"]
    );
    assert_eq!(word(&plan["document"], "class"), "compliance");
    assert_eq!(number(&plan, "signatures"), 2);
    world.run(&args).await?;
    let request = world.request().await?;
    assert_eq!(word(&request, "sha256"), word(&plan["document"], "sha256"));
    // The document is kept on the case for us, not for the partner of the case.
    let community = world.sandbox.admin_get("state/community").await?;
    let kept = list(&community, "attachments")
        .iter()
        .find(|a| word(a, "sha256") == word(&request, "sha256"));
    assert_eq!(kept.map(|a| word(a, "visibility")), Some("internal"));
    // What is no such letter, no PDF or no fact is refused by its field.
    for (args, field) in [
        (vec!["--document", "N-1", "--segment", "tier=A"], "document"),
        (vec!["--segment", "shoe_size=44"], "segment"),
        (vec!["--partner", "P-9999"], "partners"),
        (
            vec!["--partner", LONDON, "--exclude", "P-1002=Not asked"],
            "exclude",
        ),
    ] {
        let refused = world.refuses(&args, "E_FIELD").await?;
        assert_eq!(refused["detail"]["fields"], json!([field]), "{args:?}");
    }
    std::fs::write(&world.file, "no pdf")?;
    world.refuses(&["--partner", LONDON], "E_FIELD").await?;
    Ok(())
}

/// G2.
#[tokio::test]
async fn answers_lost_on_the_way_ask_and_remind_nobody_twice() -> Outcome {
    let world = World::new().await?;
    let row = world.launch(&["--segment", "tier=A"]).await?;
    let campaign = word(&row, "number").to_owned();
    world.home.deliver().await?;
    for operation in ["request_acknowledgement", "remind_acknowledgement"] {
        world
            .sandbox
            .fault(json!({"kind": "drop_response", "system": "community", "operation": operation, "count": 2}))
            .await?;
    }
    pull_and_deliver(&world.home).await?;
    let review = world.review(&campaign).await?;
    for person in SIGNERS {
        world.sign(person, &review).await?;
        world.home.ctl(&["sync"]).await?;
        world
            .home
            .run(&["outbox", "run", "--until-idle"], "")
            .await?;
    }
    for _ in 0..3 {
        world.home.ctl(&["sync"]).await?;
        world
            .home
            .run(&["outbox", "run", "--until-idle"], "")
            .await?;
        world.sandbox.advance(LONGEST).await?;
    }
    let shown = world.show(&campaign).await?;
    assert_eq!(state(&shown), "active", "{}", shown["row"]);
    world.sandbox.advance(3 * DAY).await?;
    for _ in 0..4 {
        world.home.ctl(&["sync"]).await?;
        world
            .home
            .run(&["outbox", "run", "--until-idle"], "")
            .await?;
        world.sandbox.advance(LONGEST).await?;
    }
    pull_and_deliver(&world.home).await?;
    world.home.all_confirmed(None).await?;
    assert_eq!(world.effects("request_acknowledgement").await?.len(), 1);
    let shown = world.show(&campaign).await?;
    // Where the third day is a Saturday, the reminder waits for the Monday.
    let monday = 1_796_601_600_000;
    let rows = items(&shown["rows"]);
    let (reminded, waiting): (Vec<_>, Vec<_>) =
        rows.iter().partition(|r| number(r, "reminders") == 1);
    assert!(
        waiting.iter().all(|r| number(r, "reminders") == 0),
        "{rows:?}"
    );
    assert!(
        waiting.iter().all(|r| number(r, "next_reminder") >= monday),
        "{rows:?}"
    );
    assert!(reminded.len() > waiting.len(), "{rows:?}");
    Ok(())
}

/// G3.
#[tokio::test]
async fn killed_while_requests_go_out_everybody_is_asked_once() -> Outcome {
    let world = World::with(230).await?;
    let row = world.launch(&["--segment", "tier=C"]).await?;
    let campaign = word(&row, "number").to_owned();
    let recipients = number(&row["counts"], "recipients");
    assert!(recipients > 200, "{row}");
    world.home.deliver().await?;
    pull_and_deliver(&world.home).await?;
    let review = world.review(&campaign).await?;
    for person in SIGNERS {
        world.sign(person, &review).await?;
        world.home.ctl(&["sync"]).await?;
        if person == SIGNERS[0] {
            world.home.deliver().await?;
        }
    }
    world
        .sandbox
        .fault(json!({"kind": "slow_ms", "system": "community", "operation": "request_acknowledgement", "milliseconds": 2500}))
        .await?;
    let mut killed = false;
    for _ in 0..3 {
        let mut run = Group::start(
            world
                .home
                .command(&["outbox", "run", "--until-idle"])?
                .stdout(Stdio::null())
                .stderr(Stdio::null()),
        )?;
        let asked = until_within(Duration::from_secs(8), "the first request", async || {
            Ok((!world.effects("request_acknowledgement").await?.is_empty()).then_some(()))
        });
        let seen = asked.await.is_ok();
        run.kill();
        if seen {
            killed = world.effects("request_acknowledgement").await?.len() < 2;
            break;
        }
        world.home.ctl(&["sync"]).await?;
    }
    assert!(killed, "killed too late to show anything");
    world.sandbox.no_faults().await?;
    for _ in 0..2 {
        world.sandbox.advance(LONGEST).await?;
        pull_and_deliver(&world.home).await?;
    }
    assert_eq!(world.effects("request_acknowledgement").await?.len(), 2);
    let community = world.sandbox.admin_get("state/community").await?;
    let asked: Vec<String> = list(&community, "ack_requests")
        .iter()
        .flat_map(asked_in)
        .collect();
    let once: BTreeSet<&String> = asked.iter().collect();
    assert_eq!((asked.len(), once.len() as u64), (once.len(), recipients));
    let shown = world.show(&campaign).await?;
    assert_eq!(state(&shown), "active", "{}", shown["row"]);
    assert_eq!(world.records("campaign.launched").await?.len(), 1);
    Ok(())
}

/// G4.
#[tokio::test]
async fn offline_a_campaign_is_seen_and_not_launched_and_its_progress_says_how_old_it_is() -> Outcome
{
    let state = tempfile::tempdir()?;
    let mut world = World::kept(0, Some(state.path().join("state"))).await?;
    let campaign = world.run(&["--partner", LONDON]).await?;
    let before = world.home.steps(None).await?.len();
    world.sandbox.stop();
    let plan = world.plan(&["--partner", "P-1002"]).await?;
    assert_eq!(number(&plan["counts"], "recipients"), 1);
    world.refuses(&["--partner", "P-1002"], "E_OFFLINE").await?;
    let shown = world.show(&campaign).await?;
    assert!(
        list(&shown, "sources")[0]["fetched_at"].is_i64(),
        "{}",
        shown["sources"]
    );
    world
        .home
        .refused(&["campaign", "close", &campaign], "", "E_OFFLINE")
        .await?;
    assert_eq!(world.home.steps(None).await?.len(), before);
    world.sandbox.resume()?;
    world.run(&["--partner", "P-1002"]).await?;
    Ok(())
}

/// G7.
#[tokio::test]
async fn who_may_only_read_launches_and_waives_nothing_and_the_maker_does_not_sign() -> Outcome {
    let world = World::new().await?;
    let auditor = |args: Vec<&'static str>| {
        let mut all = vec!["--as", "omar.audit"];
        all.extend(args);
        all
    };
    let mut args = vec!["--as", "omar.audit"];
    args.extend(world.args(&["--partner", LONDON])?);
    world.home.refused(&args, "", "E_FORBIDDEN").await?;
    let row = world
        .launch(&["--partner", LONDON, "--partner", "P-1002"])
        .await?;
    let campaign = word(&row, "number").to_owned();
    world.home.deliver().await?;
    pull_and_deliver(&world.home).await?;
    let review = world.review(&campaign).await?;
    let pin = world.sandbox.pin(MAKER)?;
    let sign = [
        "--as",
        MAKER,
        "review",
        "approve",
        word(&review, "id"),
        "--hash",
        word(&review, "hash"),
        "--meaning",
        "Reviewed for legal content",
        "--pin-stdin",
    ];
    world.home.refused(&sign, &pin, "E_SOD").await?;
    for call in [
        vec![
            "campaign",
            "waive",
            "K",
            "--partner",
            LONDON,
            "--reason",
            "x",
        ],
        vec!["campaign", "remind", "K"],
        vec!["campaign", "close", "K"],
    ] {
        world
            .home
            .refused(&auditor(call), "", "E_FORBIDDEN")
            .await?;
    }
    // A rejection withdraws it: nobody is asked, and whoever starts again asks all of them.
    let person = SIGNERS[0];
    let pin = world.sandbox.pin(person)?;
    let reject = [
        "--as",
        person,
        "review",
        "reject",
        word(&review, "id"),
        "--reason",
        "Wrong version",
        "--pin-stdin",
    ];
    world.home.run(&reject, &pin).await?.expect_code(0)?;
    pull_and_deliver(&world.home).await?;
    pull_and_deliver(&world.home).await?;
    assert!(world.effects("request_acknowledgement").await?.is_empty());
    let shown = world.show(&campaign).await?;
    assert_eq!(state(&shown), "withdrawn", "{}", shown["row"]);
    assert!(world.records("campaign.launched").await?.is_empty());
    let again = world
        .plan(&["--partner", LONDON, "--partner", "P-1002"])
        .await?;
    assert_eq!(number(&again["counts"], "recipients"), 2);
    Ok(())
}

#[tokio::test]
async fn a_new_version_supersedes_the_campaign_and_names_who_must_repeat() -> Outcome {
    let world = World::new().await?;
    let first = world
        .run(&["--partner", LONDON, "--partner", "P-1002"])
        .await?;
    world.answers(LONDON, "accepted", json!({})).await?;
    let same = world.refuses(&["--supersedes", &first], "E_FIELD").await?;
    assert_eq!(same["detail"]["fields"], json!(["document"]));
    std::fs::write(&world.file, "%PDF-1.7\nWe act with more care.\n%%EOF\n")?;
    // Whom the first asked, unless somebody else is named.
    let plan = world.plan(&["--supersedes", &first]).await?;
    assert_eq!(number(&plan["counts"], "recipients"), 2);
    assert_eq!(number(&plan["counts"], "must_repeat"), 1);
    assert_eq!(number(&plan["document"], "version"), 2);
    let second = world.run(&["--supersedes", &first]).await?;
    let old = world.show(&first).await?;
    assert_eq!(state(&old), "superseded", "{}", old["row"]);
    assert_eq!(word(&old["row"], "superseded_by"), second);
    let new = world.show(&second).await?;
    assert_eq!(number(&new, "must_repeat"), 1);
    assert_eq!(recipient(&new, LONDON)?["must_repeat"], true);
    assert_eq!(recipient(&new, "P-1002")?["must_repeat"], false);
    // Reminders of the old one have ended; who repeats is not named any more.
    world.sandbox.advance(3 * DAY).await?;
    pull_and_deliver(&world.home).await?;
    pull_and_deliver(&world.home).await?;
    assert_eq!(world.reminded("P-1002").await?.len(), 1);
    world.answers(LONDON, "accepted", json!({})).await?;
    assert_eq!(number(&world.show(&second).await?, "must_repeat"), 0);
    let refused = world.refuses(&["--supersedes", &first], "E_STATE").await?;
    assert!(
        word(&refused, "message").contains("superseded"),
        "{refused}"
    );
    Ok(())
}

#[tokio::test]
async fn of_two_desktops_one_reminds_and_both_show_the_same() -> Outcome {
    let world = World::new().await?;
    let campaign = world
        .run(&[
            "--partner",
            LONDON,
            "--partner",
            "P-1002",
            "--partner",
            "P-1003",
        ])
        .await?;
    let other = Home::on(&world.sandbox).await?;
    world.sandbox.advance(3 * DAY).await?;
    // Both have pulled before either reminds.
    for desk in [&world.home, &other] {
        desk.ctl(&["sync"]).await?;
    }
    for desk in [&other, &world.home, &other] {
        desk.run(&["outbox", "run", "--until-idle"], "").await?;
    }
    for desk in [&world.home, &other] {
        pull_and_deliver(desk).await?;
    }
    for partner in [LONDON, "P-1002", "P-1003"] {
        assert_eq!(world.reminded(partner).await?.len(), 1, "{partner}");
    }
    world.answers(LONDON, "undeliverable", json!({})).await?;
    world
        .answers("P-1002", "declined", json!({"text": "We have our own"}))
        .await?;
    other.ctl(&["sync"]).await?;
    let here = world.show(&campaign).await?;
    let there = other.ctl(&["campaign", "show", &campaign]).await?;
    assert_eq!(here["row"]["counts"], there["row"]["counts"]);
    assert_eq!(state(&there), "active");
    assert!(there["row"]["action"].is_null());
    let lost = recipient(&there, LONDON)?;
    assert_eq!(word(&lost["status"], "state"), "unreachable");
    assert!(word(&lost, "next_contact").contains('@'), "{lost}");
    // A person reminds beside the plan; who declined or cannot wait for an answer is not asked again by plan.
    let reminded = world
        .home
        .ctl(&["campaign", "remind", &campaign, "--partner", "P-1003"])
        .await?;
    assert_eq!(number(&reminded, "reminded"), 1);
    pull_and_deliver(&world.home).await?;
    assert_eq!(world.reminded("P-1003").await?.len(), 2);
    // The other desktop has the evidence as well.
    let out = other.user().join("pack");
    let out = out.to_string_lossy();
    other.ctl(&["campaign", "pack", &campaign, &out]).await?;
    let (code, verdict) = verified(&out).await?;
    assert_eq!(code, Some(0), "{verdict}");
    Ok(())
}

#[tokio::test]
async fn of_two_desktops_that_launch_the_same_one_asks() -> Outcome {
    let world = World::new().await?;
    let other = Home::on(&world.sandbox).await?;
    let args = world.args(&["--segment", "tier=A"])?;
    let mut numbers = Vec::new();
    for desk in [&world.home, &other] {
        numbers.push(word(&desk.ctl(&args).await?, "number").to_owned());
    }
    for _ in 0..2 {
        for desk in [&world.home, &other] {
            pull_and_deliver(desk).await?;
        }
    }
    for number in &numbers {
        let review = world.review(number).await?;
        for person in SIGNERS {
            world.sign(person, &review).await?;
            pull_and_deliver(&world.home).await?;
        }
    }
    for _ in 0..2 {
        for desk in [&other, &world.home] {
            pull_and_deliver(desk).await?;
        }
    }
    assert_eq!(world.effects("request_acknowledgement").await?.len(), 1);
    // Evidence is made where the trail is.
    let mut closed = 0;
    for number in &numbers {
        for desk in [&world.home, &other] {
            let ended = desk.run(&["campaign", "close", number], "").await?;
            closed += usize::from(ended.code == Some(0));
        }
    }
    assert_eq!(closed, 1);
    Ok(())
}
