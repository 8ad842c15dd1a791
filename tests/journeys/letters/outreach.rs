//! S0.7: every customer whom a disruption affects is told once.

use std::{collections::BTreeSet, process::Stdio, time::Duration};

use serde_json::{Value, json};
use whole_system::harness::{
    Effect, Group, Home, Outcome, SandboxOptions, SandboxProcess, items, list, number, trouble,
    until_within, word,
};

/// A case whose partner told of a delay.
const CASE: &str = "48204";
/// What comes late in the orders of the sandbox's customers.
const LATE: [&str; 2] = ["CV-20195", "CV-20196"];
const EPOCH: &str = "2026-12-01T09:00:00Z";
/// The ship dates affected.
const WINDOW: [&str; 4] = ["--from", "2026-12-01", "--to", "2027-01-15"];
const LONGEST: u64 = 7_200;
const RUN: Duration = Duration::from_secs(240);

struct World {
    sandbox: SandboxProcess,
    home: Home,
}

impl World {
    async fn with(customers: u32) -> Outcome<Self> {
        let sandbox = SandboxProcess::with(SandboxOptions {
            customers: Some(customers),
            cases: Some(60),
            epoch: Some(EPOCH.to_owned()),
            ..SandboxOptions::default()
        })?;
        let home = Home::on(&sandbox).await?;
        Ok(Self { sandbox, home })
    }

    fn args<'a>(&self, more: &[&'a str]) -> Vec<&'a str> {
        let mut args = vec!["outreach", CASE, "--product", LATE[0], "--product", LATE[1]];
        args.extend(WINDOW);
        args.extend(more);
        args
    }

    /// Whom it would reach.
    async fn plan(&self, more: &[&str]) -> Outcome<Value> {
        let mut args = self.args(more);
        args.push("--dry-run");
        self.home.ctl(&args).await
    }

    async fn send(&self, more: &[&str]) -> Outcome<Value> {
        self.home.ctl(&self.args(more)).await
    }

    async fn refuses(&self, more: &[&str], code: &str) -> Outcome<Value> {
        self.home.refused(&self.args(more), "", code).await
    }

    async fn pull_and_deliver(&self) -> Outcome {
        pull_and_deliver(&self.home).await
    }

    /// Two who did not make it sign the manifest.
    async fn quorum(&self, batch: &Value) -> Outcome {
        self.pull_and_deliver().await?;
        let shown = self.batch(batch).await?;
        let review = word(&shown["row"], "review").to_owned();
        let hash = word(&shown["row"], "root").to_owned();
        for person in ["tomas.adeyemi", "priya.nandakumar"] {
            let pin = self.sandbox.pin(person)?;
            let meaning = "Reviewed for figures";
            let args = [
                "--as",
                person,
                "review",
                "approve",
                &review,
                "--hash",
                &hash,
                "--meaning",
                meaning,
                "--pin-stdin",
            ];
            self.home.run(&args, &pin).await?.expect_code(0)?;
            self.pull_and_deliver().await?;
        }
        Ok(())
    }

    async fn batch(&self, batch: &Value) -> Outcome<Value> {
        self.home
            .ctl(&["batch", "show", word(batch, "id"), "--limit", "200"])
            .await
    }

    async fn releases(&self) -> Outcome<Vec<Effect>> {
        let mut effects = self.sandbox.effects().await?;
        effects.retain(|e| e.kind == "release" && e.reference.starts_with(&format!("N-{CASE}-")));
        Ok(effects)
    }

    async fn audit(&self) -> Outcome<Vec<String>> {
        let audit = self.home.ctl(&["audit", "list", "--limit", "5000"]).await?;
        Ok(items(&audit)
            .iter()
            .map(|i| word(&i["record"], "event").to_owned())
            .collect())
    }

    /// What the case was told about a batch.
    async fn told(&self, batch: &Value) -> Outcome<Vec<String>> {
        let community = self.sandbox.admin_get("state/community").await?;
        Ok(list(&community, "comments")
            .iter()
            .map(|c| word(c, "body").to_owned())
            .filter(|body| body.contains(word(batch, "number")))
            .collect())
    }
}

async fn pull_and_deliver(home: &Home) -> Outcome {
    home.ctl(&["sync"]).await?;
    home.deliver().await?;
    Ok(())
}

/// Every notice released, and none of them twice.
fn once_each(releases: &[Effect]) -> Outcome<BTreeSet<String>> {
    let notices: BTreeSet<String> = releases.iter().map(|e| e.reference.clone()).collect();
    if notices.len() == releases.len() {
        return Ok(notices);
    }
    Err(trouble(format!(
        "{} releases of {} notices",
        releases.len(),
        notices.len()
    )))
}

/// T1, T2 and T3 with the kill in between: one run of the big company.
#[tokio::test]
async fn three_hundred_customers_of_312_orders_are_told_once_through_a_kill_and_again_only_with_news()
-> Outcome {
    let world = World::with(400).await?;
    let first = ["--date", "2027-01-20"];
    let plan = world.plan(&first).await?;
    let counts = &plan["counts"];
    assert_eq!(number(counts, "orders"), 312, "{counts}");
    assert_eq!(number(counts, "notices"), 300, "{counts}");
    assert_eq!(number(counts, "superseding"), 0);
    assert_eq!(number(&plan, "signatures"), 2);
    // Who has been shipped to is left out by name.
    let left_out = world
        .plan(&["--date", "2027-01-20", "--left-out", "--limit", "200"])
        .await?;
    let rows = items(&left_out["rows"]);
    assert_eq!(rows.len() as u64, number(counts, "excluded"));
    assert!(
        rows.iter().all(|r| word(r, "reason").contains("shipped")),
        "{left_out}"
    );

    let batch = world.send(&first).await?;
    world.home.deliver().await?;
    assert_eq!(
        world.releases().await?.len(),
        0,
        "nothing leaves without a quorum"
    );
    world.quorum(&batch).await?;

    // The quorum stands; the delivery that begins with it is killed at 40 %.
    world.home.ctl(&["sync"]).await?;
    let mut run = Group::start(
        world
            .home
            .command(&["outbox", "run", "--until-idle"])?
            .stdout(Stdio::null())
            .stderr(Stdio::null()),
    )?;
    until_within(RUN, "40 % of the releases", async || {
        Ok((world.releases().await?.len() >= 120).then_some(()))
    })
    .await?;
    run.kill();
    let at_the_kill = world.releases().await?.len();
    assert!(at_the_kill < 300, "killed too late to show anything");
    // Whatever was on its way can be looked up by then.
    world.sandbox.advance(LONGEST).await?;
    world.pull_and_deliver().await?;
    world.pull_and_deliver().await?;
    assert_eq!(once_each(&world.releases().await?)?.len(), 300);
    let shown = world.batch(&batch).await?;
    assert_eq!(number(&shown["row"], "released"), 300, "{}", shown["row"]);
    assert_eq!(world.told(&batch).await?.len(), 1, "the case is told once");

    // T2: the same again reaches nobody.
    let again = world.plan(&first).await?;
    assert_eq!(number(&again["counts"], "notices"), 0);
    world.refuses(&first, "E_STATE").await?;

    // T3: another date for one product reaches the 40 whose date it is, and says what it takes the place of.
    let news = ["--date", "2027-01-20", "--date", "CV-20196=2027-02-03"];
    let plan = world.plan(&news).await?;
    assert_eq!(number(&plan["counts"], "notices"), 40);
    assert_eq!(number(&plan["counts"], "superseding"), 40);
    // A set in parts is one set: these forty are signed as well.
    assert_eq!(number(&plan, "signatures"), 2);
    let second = world.send(&news).await?;
    world.home.deliver().await?;
    world.quorum(&second).await?;
    world.pull_and_deliver().await?;
    let all = once_each(&world.releases().await?)?;
    assert_eq!(all.len(), 340);
    let verdict = world.home.ctl(&["audit", "verify"]).await?;
    assert_eq!(verdict["ok"], true, "{verdict}");
    Ok(())
}

#[tokio::test]
async fn a_few_customers_are_told_without_a_review_and_the_case_says_how_it_went() -> Outcome {
    let world = World::with(16).await?;
    let alternatives = [
        "--date",
        "2027-01-20",
        "--alternatives",
        "Edge protector 1.0 m",
    ];
    let plan = world.plan(&alternatives).await?;
    let notices = number(&plan["counts"], "notices");
    assert!((2..=50).contains(&notices), "{plan}");
    assert_eq!(number(&plan, "signatures"), 0);
    let samples: Vec<&str> = list(&plan, "samples")
        .iter()
        .map(|s| word(s, "sample"))
        .collect();
    assert_eq!(&samples[..2], ["largest", "smallest"]);

    let batch = world.send(&alternatives).await?;
    world.home.deliver().await?;
    world.pull_and_deliver().await?;
    let steps = world.home.all_confirmed(Some(word(&batch, "id"))).await?;
    assert_eq!(once_each(&world.releases().await?)?.len() as u64, notices);
    let keys: BTreeSet<&str> = steps.iter().map(|s| word(s, "key")).collect();
    assert_eq!(keys.len(), steps.len(), "every call has a key of its own");
    let shown = world.batch(&batch).await?;
    assert_eq!(
        word(&shown["row"]["status"], "state"),
        "done",
        "{}",
        shown["row"]
    );
    let told = world.told(&batch).await?;
    assert_eq!(told.len(), 1);
    assert!(
        told[0].contains(&format!("{notices} of {notices}")),
        "{told:?}"
    );

    let events = world.audit().await?;
    for event in [
        "outreach.impact",
        "op.queued",
        "op.confirmed",
        "outreach.finished",
    ] {
        assert!(
            events.iter().any(|e| e == event),
            "{event} is not in the trail"
        );
    }
    let verdict = world.home.ctl(&["audit", "verify"]).await?;
    assert_eq!(verdict["ok"], true, "{verdict}");
    Ok(())
}

#[tokio::test]
async fn three_kinds_of_content_are_three_notices_and_without_any_nothing_is_sent() -> Outcome {
    let world = World::with(16).await?;
    let said = world.refuses(&[], "E_FIELD").await?;
    assert_eq!(said["detail"]["fields"], json!(["date"]));
    let plan = world.plan(&[]).await?;
    assert!(
        word(&plan, "blocked").contains("revised date"),
        "{}",
        plan["blocked"]
    );
    world.refuses(&["--date", "20.01.2027"], "E_FIELD").await?;
    let soon = ["outreach", CASE, "--from", "soon", "--date", "2027-01-20"];
    world.home.refused(&soon, "", "E_FIELD").await?;
    let mut notices = BTreeSet::new();
    for content in [
        ["--date", "2027-01-20"],
        ["--alternatives", "Edge protector 1.0 m"],
        ["--update", "The line runs again from Monday."],
    ] {
        let plan = world.plan(&content).await?;
        let first = items(&plan["rows"])
            .first()
            .map(|r| word(r, "notice").to_owned());
        notices.extend(first);
        world.send(&content).await?;
        world.pull_and_deliver().await?;
    }
    assert_eq!(notices.len(), 3);
    let released = once_each(&world.releases().await?)?;
    assert!(notices.iter().all(|n| released.contains(n)));
    Ok(())
}

#[tokio::test]
async fn orders_that_changed_since_they_were_shown_send_nothing() -> Outcome {
    let world = World::with(16).await?;
    let plan = world.plan(&["--date", "2027-01-20"]).await?;
    let root = word(&plan, "root");
    // One of the customers orders more of it.
    let order = "ISA*00*          *00*          *ZZ*CUSTOMER0001   *ZZ*CORVANE        *261201*0915*U*00401*000009001*0*P*>~\
GS*PO*CUSTOMER0001*CORVANE*20261201*0915*9001*X*004010~ST*850*0001~BEG*00*SA*7399999**20261201~CUR*BY*EUR~\
DTM*002*20261210~PO1*1*25*CS*28.6**BP*CV-20196~PID*F****Edge protector 1.5 m~CTT*1~SE*8*0001~GE*1*9001~IEA*1*000009001~";
    world
        .sandbox
        .event(json!({"kind": "document", "payload": order}))
        .await?;
    let said = world
        .refuses(&["--date", "2027-01-20", "--root", root], "E_HASH")
        .await?;
    assert_eq!(said["detail"]["shown"], root);
    assert!(world.home.steps(None).await?.is_empty());
    // Looked at again, the new order is among them.
    let now = world.plan(&["--date", "2027-01-20"]).await?;
    assert_eq!(
        number(&now["counts"], "orders"),
        number(&plan["counts"], "orders") + 1
    );
    world
        .send(&["--date", "2027-01-20", "--root", word(&now, "root")])
        .await?;
    Ok(())
}

#[tokio::test]
async fn offline_whom_it_affects_is_seen_and_nothing_is_sent() -> Outcome {
    let mut world = World::with(16).await?;
    world.sandbox.stop();
    let plan = world.plan(&["--date", "2027-01-20"]).await?;
    assert!(number(&plan["counts"], "notices") > 0);
    assert!(plan["data_as_of"].is_i64(), "{}", plan["data_as_of"]);
    world
        .refuses(&["--date", "2027-01-20"], "E_OFFLINE")
        .await?;
    assert!(world.home.steps(None).await?.is_empty());
    world.sandbox.resume()?;
    let batch = world.send(&["--date", "2027-01-20"]).await?;
    world.home.deliver().await?;
    world.home.all_confirmed(Some(word(&batch, "id"))).await?;
    Ok(())
}

#[tokio::test]
async fn a_refused_notice_holds_up_no_other_and_is_the_only_one_tried_again() -> Outcome {
    let world = World::with(16).await?;
    let batch = world.send(&["--date", "2027-01-20"]).await?;
    world
        .sandbox
        .fault(json!({"kind": "http_status", "system": "exstream", "operation": "render", "status": 422, "count": 1}))
        .await?;
    let ended = world
        .home
        .run(&["outbox", "run", "--until-idle"], "")
        .await?;
    assert_ne!(ended.code, Some(1), "{}", ended.stderr);
    world
        .home
        .run(&["outbox", "run", "--until-idle"], "")
        .await?;
    let shown = world.batch(&batch).await?;
    let row = &shown["row"];
    assert_eq!(number(row, "held"), 1, "{row}");
    assert_eq!(number(row, "released"), number(row, "notices") - 1, "{row}");
    let before = world.releases().await?.len();

    let again = world
        .home
        .ctl(&["batch", "retry", word(&batch, "number")])
        .await?;
    assert_eq!(number(&again, "retried"), 1);
    world.home.deliver().await?;
    let releases = world.releases().await?;
    once_each(&releases)?;
    assert_eq!(releases.len(), before + 1);
    let args = ["batch", "retry", word(&batch, "number")];
    world.home.refused(&args, "", "E_STATE").await?;
    Ok(())
}

#[tokio::test]
async fn answers_lost_on_the_way_tell_nobody_twice() -> Outcome {
    let world = World::with(16).await?;
    let batch = world.send(&["--date", "2027-01-20"]).await?;
    world
        .sandbox
        .fault(json!({"kind": "drop_response", "system": "exstream", "probability": 0.5}))
        .await?;
    for _ in 0..4 {
        world
            .home
            .run(&["outbox", "run", "--until-idle"], "")
            .await?;
        world.sandbox.advance(LONGEST).await?;
    }
    world.sandbox.no_faults().await?;
    for _ in 0..3 {
        world.sandbox.advance(LONGEST).await?;
        world.pull_and_deliver().await?;
    }
    world.home.all_confirmed(Some(word(&batch, "id"))).await?;
    let notices = number(&batch, "notices");
    assert_eq!(once_each(&world.releases().await?)?.len() as u64, notices);
    Ok(())
}

#[tokio::test]
async fn of_two_desktops_that_start_the_same_outreach_one_sends_it() -> Outcome {
    let world = World::with(16).await?;
    let other = Home::on(&world.sandbox).await?;
    let args = world.args(&["--date", "2027-01-20"]);
    let batch = world.home.ctl(&args).await?;
    // Planned before the first has sent anything: the same notices, under the same numbers.
    let beside = other.ctl(&args).await?;
    assert_eq!(number(&batch, "notices"), number(&beside, "notices"));
    for desk in [&other, &world.home, &other] {
        desk.run(&["outbox", "run", "--until-idle"], "").await?;
    }
    let releases = world.releases().await?;
    assert_eq!(
        once_each(&releases)?.len() as u64,
        number(&batch, "notices")
    );
    // Who comes later finds everybody told.
    pull_and_deliver(&other).await?;
    let mut plan = args.clone();
    plan.push("--dry-run");
    let plan = other.ctl(&plan).await?;
    assert_eq!(number(&plan["counts"], "notices"), 0, "{}", plan["counts"]);
    Ok(())
}

#[tokio::test]
async fn a_customer_is_left_out_with_a_reason_that_stays() -> Outcome {
    let world = World::with(16).await?;
    let plan = world.plan(&["--date", "2027-01-20"]).await?;
    let partner = items(&plan["rows"])
        .first()
        .map(|r| word(r, "partner").to_owned());
    let partner = partner.ok_or_else(|| trouble("nobody is reached"))?;
    world
        .refuses(
            &["--date", "2027-01-20", "--exclude", &format!("{partner}= ")],
            "E_FIELD",
        )
        .await?;
    let exclude = format!("{partner}=Told by phone");
    let batch = world
        .send(&["--date", "2027-01-20", "--exclude", &exclude])
        .await?;
    assert_eq!(
        number(&batch, "notices"),
        number(&plan["counts"], "notices") - 1
    );
    world.home.deliver().await?;
    assert!(
        world
            .releases()
            .await?
            .iter()
            .all(|e| !e.reference.contains(&partner))
    );
    // A customer who is not among them is a slip of the pen.
    let exclude = "C-9999=Told by phone";
    world
        .refuses(&["--date", "2027-02-20", "--exclude", exclude], "E_FIELD")
        .await?;
    // The sheet on the case says who left them out and why.
    let community = world.sandbox.admin_get("state/community").await?;
    let name = format!("{} impact.json", word(&batch, "number"));
    let sheets = list(&community, "attachments")
        .iter()
        .filter(|a| word(a, "name") == name);
    assert_eq!(
        sheets
            .filter(|a| word(a, "visibility") == "internal")
            .count(),
        1
    );
    Ok(())
}

#[tokio::test]
async fn who_may_only_read_tells_nobody_and_the_maker_does_not_sign_the_batch() -> Outcome {
    let world = World::with(80).await?;
    let mut args = vec!["--as", "omar.audit"];
    args.extend(world.args(&["--date", "2027-01-20"]));
    world.home.refused(&args, "", "E_FORBIDDEN").await?;
    let plan = world.plan(&["--date", "2027-01-20"]).await?;
    assert!(
        number(&plan["counts"], "notices") > 50,
        "{}",
        plan["counts"]
    );
    let batch = world.send(&["--date", "2027-01-20"]).await?;
    world.home.deliver().await?;
    world.pull_and_deliver().await?;
    let shown = world.batch(&batch).await?;
    let (review, root) = (word(&shown["row"], "review"), word(&shown["row"], "root"));
    let maker = "lena.kovar";
    let pin = world.sandbox.pin(maker)?;
    let sign = [
        "--as",
        maker,
        "review",
        "approve",
        review,
        "--hash",
        root,
        "--meaning",
        "Reviewed for figures",
        "--pin-stdin",
    ];
    world.home.refused(&sign, &pin, "E_SOD").await?;
    // A rejection ends it: nothing of the batch leaves.
    let person = "tomas.adeyemi";
    let pin = world.sandbox.pin(person)?;
    let reject = [
        "--as",
        person,
        "review",
        "reject",
        review,
        "--reason",
        "Wrong date",
        "--pin-stdin",
    ];
    world.home.run(&reject, &pin).await?.expect_code(0)?;
    world.pull_and_deliver().await?;
    world.pull_and_deliver().await?;
    assert!(world.releases().await?.is_empty());
    let shown = world.batch(&batch).await?;
    assert_eq!(
        word(&shown["row"]["status"], "state"),
        "stopped",
        "{}",
        shown["row"]
    );
    // Nobody was told, so whoever starts again reaches all of them.
    let again = world.plan(&["--date", "2027-01-20"]).await?;
    assert_eq!(
        number(&again["counts"], "notices"),
        number(&plan["counts"], "notices")
    );
    Ok(())
}

#[tokio::test]
async fn what_one_desktop_sent_another_does_not_send_in_another_set() -> Outcome {
    let world = World::with(16).await?;
    let other = Home::on(&world.sandbox).await?;
    world.send(&["--date", "2027-01-20"]).await?;
    let mut args = world.args(&["--date", "2027-01-20", "--exclude", "C-0001=Told by phone"]);
    let beside = other.ctl(&args).await?;
    pull_and_deliver(&world.home).await?;
    pull_and_deliver(&other).await?;
    let sent = once_each(&world.releases().await?)?;
    assert_eq!(sent.len() as u64, number(&beside, "notices") + 1);
    // Nor in a third one, whatever it has pulled.
    args.push("--dry-run");
    let plan = other.ctl(&args).await?;
    assert_eq!(number(&plan["counts"], "notices"), 0, "{}", plan["counts"]);
    Ok(())
}

#[tokio::test]
async fn whom_a_withdrawn_batch_would_have_told_is_told_by_the_next_one() -> Outcome {
    let world = World::with(16).await?;
    let batch = world.send(&["--date", "2027-01-20"]).await?;
    // Nothing else is said to them while this waits.
    let other = world.plan(&["--date", "2027-02-20"]).await?;
    assert_eq!(number(&other["counts"], "notices"), 0);
    let steps = world.home.steps(Some(word(&batch, "id"))).await?;
    for step in steps.iter().filter(|s| word(s, "operation") == "release") {
        world
            .home
            .ctl(&["outbox", "cancel", word(step, "id")])
            .await?;
    }
    world.home.deliver().await?;
    assert!(world.releases().await?.is_empty());
    let again = world.send(&["--date", "2027-01-20"]).await?;
    assert_eq!(number(&again, "notices"), number(&batch, "notices"));
    world.home.deliver().await?;
    let sent = once_each(&world.releases().await?)?;
    assert_eq!(sent.len() as u64, number(&batch, "notices"));
    Ok(())
}

/// Between confirming and signing lies time: what changed in it is taken out, and everybody else is told.
#[tokio::test]
async fn who_was_shipped_to_while_the_batch_waited_for_signatures_is_not_told_of_a_delay() -> Outcome
{
    let world = World::with(80).await?;
    let first = ["--date", "2027-01-20"];
    let plan = world.plan(&first).await?;
    let wanted = number(&plan["counts"], "notices");
    assert!(wanted > 50, "{}", plan["counts"]);
    let batch = world.send(&first).await?;
    world.home.deliver().await?;
    let gone = items(&plan["rows"])
        .iter()
        .find(|r| list(r, "orders").len() == 1)
        .ok_or_else(|| trouble("nobody has one order"))?;
    let order = list(gone, "orders")[0].as_str().unwrap_or_default();
    let number_of = word(gone, "partner").trim_start_matches("C-").to_owned();
    let notice = format!(
        "ISA*00*          *00*          *ZZ*CORVANE        *ZZ*CUSTOMER{number_of}   *261202*0915*U*00401*000009002*0*P*>~\
GS*SH*CORVANE*CUSTOMER{number_of}*20261202*0915*9002*X*004010~ST*856*0001~BSN*00*ASN-LATE-1*20261202*0915~\
HL*1**S~HL*2*1*O~PRF*{order}~CTT*2~SE*7*0001~GE*1*9002~IEA*1*000009002~"
    );
    world
        .sandbox
        .event(json!({"kind": "document", "payload": notice, "direction": "outbound"}))
        .await?;
    world.quorum(&batch).await?;
    world.pull_and_deliver().await?;
    let released = once_each(&world.releases().await?)?;
    assert_eq!(released.len() as u64, wanted - 1);
    assert!(!released.contains(word(gone, "notice")), "{gone}");
    assert!(world.audit().await?.iter().any(|e| e == "batch.rechecked"));
    Ok(())
}
