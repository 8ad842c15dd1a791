//! S0.3: a settled period is stated once to every partner, of what is approved at that time.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Stdio,
    time::Duration,
};

use rust_decimal::Decimal;
use serde_json::{Value, json};
use whole_system::harness::{
    Effect, Group, Home, Outcome, SandboxProcess, items, list, number, trouble, until_within, word,
};

/// The settlement of last month.
const CASE: &str = "48186";
const LONGEST: u64 = 7_200;
const RUN: Duration = Duration::from_secs(120);

struct World {
    sandbox: SandboxProcess,
    home: Home,
}

impl World {
    async fn new() -> Outcome<Self> {
        let sandbox = SandboxProcess::start()?;
        let home = Home::on(&sandbox).await?;
        Ok(Self { sandbox, home })
    }

    async fn plan(&self, more: &[&str]) -> Outcome<Value> {
        let args = [&["statements", CASE, "--dry-run", "--limit", "200"], more].concat();
        self.home.ctl(&args).await
    }

    async fn send(&self) -> Outcome<Value> {
        self.home.ctl(&["statements", CASE]).await
    }

    async fn pull_and_deliver(&self) -> Outcome {
        self.home.ctl(&["sync"]).await?;
        self.home.deliver().await?;
        Ok(())
    }

    /// Transactions as their source has them.
    async fn lines(&self) -> Outcome<Vec<Value>> {
        let community = self.sandbox.admin_get("state/community").await?;
        let all = list(&community, "items").iter();
        let lines = all.filter(|i| word(i, "kind") == "line");
        Ok(lines.cloned().collect())
    }

    async fn space(&self) -> Outcome<String> {
        let line = self.lines().await?;
        let line = line.first().ok_or_else(|| trouble("no transactions"))?;
        Ok(word(line, "space_id").to_owned())
    }

    async fn batch(&self, batch: &Value) -> Outcome<Value> {
        let args = ["batch", "show", word(batch, "id"), "--limit", "200"];
        self.home.ctl(&args).await
    }

    async fn releases(&self) -> Outcome<Vec<Effect>> {
        let mut effects = self.sandbox.effects().await?;
        effects.retain(|e| e.kind == "release" && e.reference.starts_with(&format!("N-{CASE}-")));
        Ok(effects)
    }

    async fn audited(&self, event: &str) -> Outcome<Vec<Value>> {
        let audit = self.home.ctl(&["audit", "list", "--limit", "5000"]).await?;
        let records = items(&audit).iter().map(|i| i["record"].clone());
        Ok(records.filter(|r| word(r, "event") == event).collect())
    }
}

fn decimal(text: &str) -> Outcome<Decimal> {
    Decimal::from_str_exact(text).map_err(|e| trouble(format!("'{text}': {e}")))
}

#[tokio::test]
async fn the_control_total_is_the_sum_of_what_is_approved_and_nobody_is_billed_the_rest() -> Outcome
{
    let world = World::new().await?;
    let plan = world.plan(&[]).await?;
    let left_out = world.plan(&["--left-out"]).await?;
    let excluded: BTreeMap<&str, &str> = items(&left_out["rows"])
        .iter()
        .map(|r| (word(r, "partner"), word(r, "reason")))
        .collect();
    let mut approved: BTreeMap<String, Decimal> = BTreeMap::new();
    let (mut with_nothing, mut all) = (BTreeSet::new(), BTreeSet::new());
    let lines = world.lines().await?;
    for line in &lines {
        let data = &line["data"];
        let partner = word(data, "partner_id").to_owned();
        all.insert(partner.clone());
        if word(line, "state") == "approved" {
            *approved
                .entry(word(data, "currency").to_owned())
                .or_default() += decimal(word(data, "amount"))?;
            with_nothing.remove(&partner);
        } else if !lines
            .iter()
            .any(|l| word(&l["data"], "partner_id") == partner && word(l, "state") == "approved")
        {
            with_nothing.insert(partner);
        }
    }
    assert!(
        !with_nothing.is_empty() && approved.len() >= 3,
        "{approved:?}"
    );
    for partner in &with_nothing {
        let why = excluded.get(partner.as_str()).copied().unwrap_or_default();
        assert!(why.starts_with("Nothing is approved"), "{partner}: {why}");
    }
    assert_eq!(number(&plan["counts"], "partners") as usize, all.len());
    let totals: BTreeMap<String, Decimal> = list(&plan, "totals")
        .iter()
        .map(|t| {
            Ok((
                word(t, "currency").to_owned(),
                decimal(word(t, "approved"))?,
            ))
        })
        .collect::<Outcome<_>>()?;
    assert_eq!(totals, approved);
    // Row by row, what is due is what is approved less the rebate.
    for row in items(&plan["rows"]) {
        let of = |name| decimal(word(row, name));
        assert_eq!(of("approved")? - of("rebate")?, of("total")?, "{row}");
    }
    assert!(
        items(&plan["rows"])
            .iter()
            .any(|r| word(r, "rebate") != "0.00"),
        "no agreement makes a difference"
    );
    Ok(())
}

#[tokio::test]
async fn every_partner_gets_one_statement_through_a_kill_and_none_before_two_sign() -> Outcome {
    let world = World::new().await?;
    let plan = world.plan(&[]).await?;
    let wanted = number(&plan["counts"], "statements") as usize;
    assert!(wanted >= 8, "{}", plan["counts"]);
    let batch = world.send().await?;
    world.home.deliver().await?;
    assert!(
        world.releases().await?.is_empty(),
        "nothing leaves unsigned"
    );
    let own = world.sandbox.pin("lena.kovar")?;
    world.pull_and_deliver().await?;
    let shown = world.batch(&batch).await?;
    let maker = [
        "review",
        "approve",
        word(&shown["row"], "review"),
        "--hash",
        word(&shown["row"], "root"),
        "--meaning",
        "Reviewed for figures",
        "--pin-stdin",
    ];
    world.home.refused(&maker, &own, "E_SOD").await?;
    let review = word(&shown["row"], "review").to_owned();
    let opened = world.home.ctl(&["show", "review", &review]).await?;
    assert_eq!(
        opened["batch"]["totals"], plan["totals"],
        "what is signed is what was shown"
    );

    world
        .sandbox
        .fault(json!({"system": "exstream", "operation": "release", "kind": "drop_response", "probability": 0.2}))
        .await?;
    world.pull_and_deliver().await?;
    sign_by_two(&world, &shown).await?;
    // Their signatures go out and come back; the delivery that begins with them is killed at 40 %.
    world.pull_and_deliver().await?;
    world.home.ctl(&["sync"]).await?;
    let mut run = Group::start(
        world
            .home
            .command(&["outbox", "run", "--until-idle"])?
            .stdout(Stdio::null())
            .stderr(Stdio::null()),
    )?;
    let part = wanted * 2 / 5;
    until_within(RUN, "40 % of the releases", async || {
        Ok((world.releases().await?.len() >= part).then_some(()))
    })
    .await?;
    run.kill();
    world.sandbox.no_faults().await?;
    for _ in 0..3 {
        world.sandbox.advance(LONGEST).await?;
        world.pull_and_deliver().await?;
    }
    let releases = world.releases().await?;
    let notices: BTreeSet<&str> = releases.iter().map(|e| e.reference.as_str()).collect();
    assert_eq!((releases.len(), notices.len()), (wanted, wanted));
    world.home.all_confirmed(Some(word(&batch, "id"))).await?;

    // The same again states nothing, here and from another desktop.
    world.pull_and_deliver().await?;
    // The register names whom each was for, not whose case it came from, and finds it by them.
    let register = ["register", "delivery", "--limit", "200"];
    let page = world.home.ctl(&register).await?;
    let of_batch = list(&page, "deliveries")
        .iter()
        .filter(|row| notices.contains(word(row, "notice")));
    let partners: BTreeSet<&str> = of_batch.map(|row| word(row, "partner")).collect();
    assert_eq!(partners.len(), wanted);
    let mine = [&register[..], &["--partner", "P-1002"]].concat();
    let page = world.home.ctl(&mine).await?;
    let found = list(&page, "deliveries").iter();
    let found = found.filter(|row| notices.contains(word(row, "notice")));
    assert_eq!(found.count(), 1);
    let again = world.plan(&[]).await?;
    assert_eq!(
        number(&again["counts"], "statements"),
        0,
        "{}",
        again["counts"]
    );
    world
        .home
        .refused(&["statements", CASE], "", "E_STATE")
        .await?;
    let other = Home::on(&world.sandbox).await?;
    let there = other.ctl(&["statements", CASE, "--dry-run"]).await?;
    assert_eq!(number(&there["counts"], "statements"), 0);

    let created = world.audited("batch.created").await?;
    assert_eq!(created.len(), 1);
    assert_eq!(created[0]["facts"]["n"], json!(wanted));
    let approved = world.audited("batch.approved").await?;
    assert_eq!(approved.len(), 1);
    assert_eq!(list(&approved[0]["facts"], "signers").len(), 2);
    assert_eq!(world.audited("batch.finished").await?.len(), 1);
    world.home.ctl(&["audit", "verify"]).await?;
    Ok(())
}

/// Two who did not make it sign, and their signatures arrive.
async fn sign_by_two(world: &World, shown: &Value) -> Outcome {
    let (review, hash) = (word(&shown["row"], "review"), word(&shown["row"], "root"));
    for person in ["tomas.adeyemi", "priya.nandakumar"] {
        let pin = world.sandbox.pin(person)?;
        let args = [
            "--as",
            person,
            "review",
            "approve",
            review,
            "--hash",
            hash,
            "--meaning",
            "Reviewed for figures",
            "--pin-stdin",
        ];
        world.home.run(&args, &pin).await?.expect_code(0)?;
    }
    Ok(())
}

#[tokio::test]
async fn a_transaction_that_is_not_approved_any_more_voids_the_signed_batch() -> Outcome {
    let world = World::new().await?;
    let batch = world.send().await?;
    world.pull_and_deliver().await?;
    world.pull_and_deliver().await?;
    let shown = world.batch(&batch).await?;
    // After it was checked, and before the second signature.
    let lines = world.lines().await?;
    let line = lines
        .iter()
        .find(|l| word(l, "state") == "approved")
        .ok_or_else(|| trouble("nothing is approved"))?;
    world
        .sandbox
        .event(json!({"kind": "space_item", "item_id": word(line, "id"), "state": "open"}))
        .await?;
    sign_by_two(&world, &shown).await?;
    for _ in 0..2 {
        world.home.deliver().await?;
        world.pull_and_deliver().await?;
    }
    assert!(world.releases().await?.is_empty(), "money left unapproved");
    let shown = world.batch(&batch).await?;
    assert_eq!(
        word(&shown["row"]["status"], "state"),
        "stopped",
        "{}",
        shown["row"]
    );
    assert_eq!(world.audited("batch.invalidated").await?.len(), 1);
    // Whoever starts again states what is approved now.
    let plan = world.plan(&[]).await?;
    assert!(
        number(&plan["counts"], "statements") > 0,
        "{}",
        plan["counts"]
    );
    Ok(())
}

#[tokio::test]
async fn a_transaction_that_appears_unapproved_voids_the_signed_batch() -> Outcome {
    let world = World::new().await?;
    let batch = world.send().await?;
    world.pull_and_deliver().await?;
    world.pull_and_deliver().await?;
    let shown = world.batch(&batch).await?;
    let lines = world.lines().await?;
    let billed = lines
        .iter()
        .find(|l| word(l, "state") == "approved")
        .ok_or_else(|| trouble("nothing is approved"))?;
    let space = world.space().await?;
    let mut data = billed["data"].clone();
    data["reference"] = json!("TX-LATE");
    world
        .sandbox
        .event(json!({"kind": "space_item", "space_id": space, "item_kind": "line", "state": "open", "data": data}))
        .await?;
    sign_by_two(&world, &shown).await?;
    for _ in 0..2 {
        world.home.deliver().await?;
        world.pull_and_deliver().await?;
    }
    assert!(world.releases().await?.is_empty());
    assert_eq!(world.audited("batch.invalidated").await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn money_is_refused_offline_and_to_whoever_may_only_read() -> Outcome {
    let mut world = World::new().await?;
    let auditor = ["--as", "auditor", "statements", CASE];
    let ended = world.home.run(&auditor, "").await?;
    assert_eq!(ended.code, Some(1), "{}", ended.json);
    let plan = world.plan(&[]).await?;
    let root = word(&plan, "root").to_owned();
    let wrong = ["statements", CASE, "--root", "00"];
    world.home.refused(&wrong, "", "E_HASH").await?;
    let unknown = ["statements", CASE, "--exclude", "P-9999=Gone"];
    world.home.refused(&unknown, "", "E_FIELD").await?;
    // A line is in one period: no other month bills it once more.
    for month in ["last", "2026-01", "9999-12"] {
        let other = ["statements", CASE, "--period", month];
        world.home.refused(&other, "", "E_FIELD").await?;
    }
    world.sandbox.stop();
    let seen = world.plan(&[]).await?;
    assert_eq!(word(&seen, "root"), root, "it is seen offline");
    let offline = ["statements", CASE, "--root", &root];
    world.home.refused(&offline, "", "E_OFFLINE").await?;
    assert!(world.home.steps(None).await?.is_empty());
    Ok(())
}
