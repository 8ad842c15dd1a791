//! S0.2: a case is resolved, and what was found wrong is closed, only once its partner has been told.

use serde_json::{Value, json};
use whole_system::harness::{Home, Outcome, SandboxProcess, items, list, number, trouble, word};

/// A customer disputes the price on an invoice of ours.
const DISPUTE: &str = "48172";
const INVOICE: &str = "CI-60530";
const DAY: u64 = 86_400;

fn with_id<'a>(all: &'a [Value], id: &str) -> Outcome<&'a Value> {
    let found = all.iter().find(|v| word(v, "id") == id);
    found.ok_or_else(|| trouble(format!("there is no {id}")))
}

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

    async fn plan(&self, args: &[&str]) -> Outcome<Value> {
        let all = [&["resolution"], args, &["--dry-run"]].concat();
        self.home.ctl(&all).await
    }

    async fn send(&self, args: &[&str]) -> Outcome<Value> {
        self.home.ctl(&[&["resolution"], args].concat()).await
    }

    /// The new price of the first line, a cent below the old one.
    async fn new_price(&self) -> Outcome<String> {
        let plan = self.plan(&[DISPUTE]).await?;
        let line = list(&plan["invoice"], "lines").first().cloned();
        let line = line.ok_or_else(|| trouble(format!("no line in {plan}")))?;
        let (units, cents) = word(&line, "price")
            .split_once('.')
            .ok_or_else(|| trouble(format!("{line}")))?;
        let cents: u32 = cents.parse()?;
        assert!(cents > 0, "{line}");
        Ok(format!("{}={units}.{:02}", word(&line, "line"), cents - 1))
    }

    /// Pulls and delivers until nothing follows any more.
    async fn settle(&self, home: &Home) -> Outcome {
        for _ in 0..3 {
            home.ctl(&["sync"]).await?;
            home.deliver().await?;
        }
        Ok(())
    }

    /// Lets every letter reach its end.
    async fn arrive(&self) -> Outcome {
        self.sandbox.advance(DAY).await?;
        self.settle(&self.home).await
    }

    async fn effects(&self, kind: &str, about: &str) -> Outcome<usize> {
        let all = self.sandbox.effects().await?;
        let of = |e: &&_| {
            let e: &whole_system::harness::Effect = e;
            e.kind == kind && e.reference.contains(about)
        };
        Ok(all.iter().filter(of).count())
    }

    async fn case(&self, id: &str) -> Outcome<Value> {
        self.home.ctl(&["show", "case", id]).await
    }

    async fn status(&self, id: &str) -> Outcome<String> {
        let community = self.sandbox.admin_get("state/community").await?;
        Ok(word(&community["cases"][id], "status").to_owned())
    }

    /// State of an exception that is no longer worked on.
    async fn exception(&self, id: &str) -> Outcome<Option<&'static str>> {
        self.exception_at(&self.home, id).await
    }

    /// What one desktop shows of an exception that is no longer open.
    async fn exception_at(&self, home: &Home, id: &str) -> Outcome<Option<&'static str>> {
        for (state, filter) in [("verified", "state=verified"), ("closed", "state=closed")] {
            let list = ["list", "exceptions", "--where", filter, "--limit", "2000"];
            let all = home.ctl(&list).await?;
            if items(&all).iter().any(|e| word(e, "id").ends_with(id)) {
                return Ok(Some(state));
            }
        }
        Ok(None)
    }

    async fn audited(&self, event: &str) -> Outcome<Vec<Value>> {
        let audit = self.home.ctl(&["audit", "list", "--limit", "5000"]).await?;
        let records = items(&audit).iter().map(|i| i["record"].clone());
        Ok(records.filter(|r| word(r, "event") == event).collect())
    }

    /// A case that is worked on, has told nobody anything and has an exception its partner may be told of.
    async fn with_exception(&self) -> Outcome<(String, String)> {
        let cases = self
            .home
            .ctl(&[
                "list",
                "cases",
                "--where",
                "status=in_progress",
                "--limit",
                "200",
            ])
            .await?;
        for case in items(&cases) {
            let id = word(case, "id").rsplit(':').next().unwrap_or_default();
            if number(case, "open_exceptions") == 0 {
                continue;
            }
            let view = self.case(id).await?;
            if !list(&view, "loops").is_empty() {
                continue;
            }
            let plan = self.plan(&[id, "--text", "x"]).await?;
            if let Some(first) = list(&plan, "exceptions").first() {
                return Ok((id.to_owned(), word(first, "id").to_owned()));
            }
        }
        Err(trouble("no case in progress has an exception to tell of"))
    }

    /// Two others sign a letter of this case; gives its review.
    async fn sign(&self, notice: &str) -> Outcome<String> {
        let reviews = self.home.ctl(&["review", "list"]).await?;
        let review = items(&reviews)
            .iter()
            .find(|r| word(r, "notice") == notice)
            .ok_or_else(|| trouble(format!("no review of it in {reviews}")))?
            .clone();
        let may_sign = |p: &&Value| {
            let roles = p["roles"].to_string();
            let signs = roles.contains("reviewer") || roles.contains("approver");
            signs && word(p, "name") != word(&review, "maker")
        };
        let persons = list(self.sandbox.hello(), "persons").iter();
        for person in persons.filter(may_sign).take(2) {
            let name = word(person, "name");
            let meaning = list(&review, "meanings")[0].as_str().unwrap_or_default();
            let args = [
                "--as",
                name,
                "review",
                "approve",
                word(&review, "id"),
                "--hash",
                word(&review, "hash"),
                "--meaning",
                meaning,
                "--pin-stdin",
            ];
            let ended = self.home.run(&args, &self.sandbox.pin(name)?).await?;
            assert_eq!(ended.code, Some(0), "{}", ended.stdout);
        }
        Ok(word(&review, "id").to_owned())
    }
}

#[tokio::test]
async fn an_exception_is_closed_by_no_way_before_its_letter_has_gone_out() -> Outcome {
    let world = World::new().await?;
    let (case, exception) = world.with_exception().await?;
    let close = ["exception", "close", &exception];
    let both = ["exception", "close", &exception, &exception];
    for way in [&close[..], &both[..]] {
        let said = world.home.refused(way, "", "E_STATE").await?;
        assert!(word(&said, "message").contains("told first"), "{said}");
    }
    let text = "Two cartons were missing. A credit note follows.";
    let done = world.send(&[&case, "--text", text]).await?;
    let notice = word(&done, "notice").to_owned();
    // Recorded, nothing sent: the letter is pending.
    assert_eq!(world.exception(&exception).await?, Some("verified"));
    let said = world.home.refused(&close, "", "E_STATE").await?;
    assert!(word(&said, "message").contains(&notice), "{said}");
    let view = world.case(&case).await?;
    assert_eq!(
        word(&list(&view, "resolutions")[0]["status"], "state"),
        "pending"
    );
    world
        .home
        .refused(&["resolution", &case, "--text", "again"], "", "E_STATE")
        .await?;

    // Released is not sent.
    world.home.deliver().await?;
    assert_eq!(world.effects("release", &notice).await?, 1);
    assert_eq!(world.status(&case).await?, "in_progress");
    world.home.refused(&close, "", "E_STATE").await?;

    world.arrive().await?;
    assert_eq!(world.status(&case).await?, "resolved");
    assert_eq!(world.exception(&exception).await?, Some("closed"));
    assert_eq!(world.effects("release", &notice).await?, 1);
    world
        .home
        .all_confirmed(Some(word(&done, "action_id")))
        .await?;
    for event in [
        "resolution.recorded",
        "exception.verified",
        "exception.closed",
        "case.resolved",
    ] {
        assert_eq!(world.audited(event).await?.len(), 1, "{event}");
    }
    let resolved = world.audited("case.resolved").await?;
    assert_eq!(
        word(&resolved[0]["facts"], "notice"),
        notice,
        "{resolved:?}"
    );
    world.home.ctl(&["audit", "verify"]).await?;
    Ok(())
}

#[tokio::test]
async fn an_updated_invoice_goes_by_edi_and_comes_to_what_the_case_says_to_the_cent() -> Outcome {
    let world = World::new().await?;
    let price = world.new_price().await?;
    let args = [DISPUTE, "--price", &price];
    let plan = world.plan(&args).await?;
    let chosen = |of: &str| -> Outcome<String> {
        let found = list(&plan, of).iter().find(|c| c["chosen"] == json!(true));
        let found = found.ok_or_else(|| trouble(format!("nothing is chosen of {of}: {plan}")))?;
        assert!(!word(found, "reason").is_empty(), "{found}");
        Ok(word(found, "id").to_owned())
    };
    assert_eq!(chosen("outputs")?, "updated_invoice");
    assert_eq!(chosen("channels")?, "edi");
    assert!(plan["review"].is_null(), "{plan}");
    let amount = plan["amount"].clone();
    assert_ne!(word(&amount, "before"), word(&amount, "after"));
    let done = world.send(&args).await?;
    world.home.deliver().await?;
    assert_eq!(
        world.status(DISPUTE).await?,
        "in_progress",
        "not delivered yet"
    );
    world.arrive().await?;
    world
        .home
        .all_confirmed(Some(word(&done, "action_id")))
        .await?;
    assert_eq!(world.status(DISPUTE).await?, "resolved");

    // The invoice as the grid has it, twice now, and no letter beside it.
    let documents = world
        .home
        .ctl(&["list", "documents", "--where", "type=810", "--limit", "500"])
        .await?;
    let ours: Vec<&Value> = items(&documents)
        .iter()
        .filter(|d| word(d, "number") == INVOICE)
        .collect();
    assert_eq!(ours.len(), 2, "{ours:?}");
    assert_eq!(world.effects("release", word(&done, "notice")).await?, 0);
    // What the case says.
    let community = world.sandbox.admin_get("state/community").await?;
    let record = list(&community, "items")
        .iter()
        .find(|i| word(&i["data"], "output") == "updated_invoice")
        .ok_or_else(|| trouble("nothing is recorded"))?;
    assert_eq!(record["data"]["amount"], amount);
    Ok(())
}

#[tokio::test]
async fn three_outcomes_are_three_outputs_each_on_its_channel() -> Outcome {
    let world = World::new().await?;
    // Told by e-mail before: put right by e-mail.
    let told = world.home.cases_for("S0.1", 1).await?.remove(0);
    let before = ["do", "S0.1", "--case", &told, "--set", "channel=email"];
    world.home.ctl(&before).await?;
    world.home.deliver().await?;
    world.arrive().await?;
    let (case, _) = world.with_exception().await?;
    let price = world.new_price().await?;
    let asked: [(&str, &[&str]); 3] = [
        (
            "corrective_notice",
            &[
                &told,
                "--output",
                "corrective_notice",
                "--text",
                "The date was wrong.",
                "--correct",
                "Delivery date=2026-12-01=>2026-12-08",
            ],
        ),
        (
            "resolution_letter",
            &[
                &case,
                "--text",
                "Found and credited.",
                "--channel",
                "portal",
            ],
        ),
        ("updated_invoice", &[DISPUTE, "--price", &price]),
    ];
    let mut went = Vec::new();
    for (output, args) in asked {
        let plan = world.plan(args).await?;
        let of = |name: &str| {
            let chosen = list(&plan, name)
                .iter()
                .find(|c| c["chosen"] == json!(true));
            chosen.map(|c| word(c, "id").to_owned()).unwrap_or_default()
        };
        assert_eq!(of("outputs"), output);
        went.push(of("channels"));
        world.send(args).await?;
    }
    assert_eq!(went, ["email", "portal", "edi"]);
    world.home.deliver().await?;
    world.arrive().await?;
    for id in [told.rsplit(':').next().unwrap_or_default(), &case, DISPUTE] {
        let view = world.case(id).await?;
        let row = &list(&view, "resolutions")[0];
        assert_eq!(word(&row["status"], "state"), "sent", "{id}: {row}");
    }
    Ok(())
}

#[tokio::test]
async fn a_conflict_when_the_case_is_resolved_sends_no_second_letter() -> Outcome {
    let world = World::new().await?;
    let (case, _) = world.with_exception().await?;
    let done = world
        .send(&[&case, "--text", "Found and credited."])
        .await?;
    world.home.deliver().await?;
    // Somebody else turns the case while the letter is on its way.
    world
        .sandbox
        .event(json!({"kind": "case_update", "case_id": case, "changes": {"status": "waiting_internal"}}))
        .await?;
    world.sandbox.advance(DAY).await?;
    world.home.ctl(&["sync"]).await?;
    for _ in 0..2 {
        // What needs a person ends with another code.
        world
            .home
            .run(&["outbox", "run", "--until-idle"], "")
            .await?;
    }
    let steps = world.home.steps(Some(word(&done, "action_id"))).await?;
    let stuck: Vec<&Value> = steps
        .iter()
        .filter(|s| word(s, "state") == "needs_attention")
        .collect();
    assert_eq!(stuck.len(), 1, "{steps:?}");
    assert_eq!(word(stuck[0], "operation"), "update_case");
    assert_eq!(world.effects("release", word(&done, "notice")).await?, 1);
    assert_eq!(world.status(&case).await?, "waiting_internal");
    Ok(())
}

#[tokio::test]
async fn a_letter_that_comes_back_closes_nothing_and_can_be_told_again() -> Outcome {
    let world = World::new().await?;
    let (case, exception) = world.with_exception().await?;
    let args = [case.as_str(), "--text", "Found and credited.", "--channel"];
    let plan = world.plan(&args[..3]).await?;
    let channels: Vec<&str> = list(&plan, "channels")
        .iter()
        .map(|c| word(c, "id"))
        .collect();
    let first = channels.first().copied().unwrap_or_default();
    let done = world.send(&[&args[..], &[first]].concat()).await?;
    world.home.deliver().await?;
    let notice = word(&done, "notice");
    world
        .sandbox
        .event(json!({"kind": "delivery", "notice_id": notice, "state": "failed"}))
        .await?;
    world.settle(&world.home).await?;
    let view = world.case(&case).await?;
    let row = &list(&view, "resolutions")[0];
    assert_eq!(word(&row["status"], "state"), "not_sent", "{row}");
    let close = ["exception", "close", &exception];
    let said = world.home.refused(&close, "", "E_STATE").await?;
    assert!(
        word(&said, "message").contains("did not get through"),
        "{said}"
    );

    world.send(&[&args[..], &["portal"]].concat()).await?;
    world.home.deliver().await?;
    world.settle(&world.home).await?;
    world.home.ctl(&close).await?;
    Ok(())
}

#[tokio::test]
async fn of_two_desktops_that_resolve_one_case_one_tells_it() -> Outcome {
    let world = World::new().await?;
    let (case, exception) = world.with_exception().await?;
    let other = Home::on(&world.sandbox).await?;
    let reader = Home::on(&world.sandbox).await?;
    let first = world
        .send(&[&case, "--text", "Found and credited."])
        .await?;
    let second = other
        .ctl(&["resolution", &case, "--text", "Nothing was missing."])
        .await?;
    world.home.deliver().await?;
    other.deliver().await?;
    world.sandbox.advance(DAY).await?;
    world.settle(&world.home).await?;
    world.settle(&other).await?;
    assert_eq!(world.effects("release", word(&first, "notice")).await?, 1);
    assert_eq!(world.effects("release", word(&second, "notice")).await?, 0);
    assert_eq!(world.status(&case).await?, "resolved");
    let shown = other.ctl(&["show", "case", &case]).await?;
    let told: Vec<&str> = list(&shown, "resolutions")
        .iter()
        .map(|r| word(r, "notice"))
        .collect();
    assert_eq!(told, [word(&first, "notice")]);
    // Whoever lost the claim, and whoever only looks, sees what was told as closed.
    reader.ctl(&["sync"]).await?;
    reader.deliver().await?;
    for home in [&world.home, &other, &reader] {
        let state = world.exception_at(home, &exception).await?;
        assert_eq!(state, Some("closed"));
    }
    Ok(())
}

#[tokio::test]
async fn from_the_limit_on_others_sign_first() -> Outcome {
    let world = World::new().await?;
    let (case, _) = world.with_exception().await?;
    let args = [
        case.as_str(),
        "--text",
        "The debit is taken back.",
        "--amount",
        "12500.00",
        "0.00",
        "EUR",
    ];
    let plan = world.plan(&args).await?;
    assert!(word(&plan, "review").contains("12500.00 EUR"), "{plan}");
    let portal = with_id(list(&plan, "channels"), "portal")?;
    assert!(!portal["blocked"].is_null(), "{portal}");
    let done = world.send(&args).await?;
    let deliver = async || -> Outcome {
        for _ in 0..4 {
            world
                .home
                .run(&["outbox", "run", "--until-idle"], "")
                .await?;
            world.home.ctl(&["sync"]).await?;
            world.sandbox.advance(7_200).await?;
        }
        Ok(())
    };
    deliver().await?;
    assert_eq!(world.effects("release", word(&done, "notice")).await?, 0);
    world.sign(word(&done, "notice")).await?;
    deliver().await?;
    world.arrive().await?;
    assert_eq!(world.effects("release", word(&done, "notice")).await?, 1);
    assert_eq!(world.status(&case).await?, "resolved");
    Ok(())
}

#[tokio::test]
async fn recorded_offline_it_leaves_once_online_and_only_as_it_was_shown() -> Outcome {
    let world = World::new().await?;
    let (case, exception) = world.with_exception().await?;
    let args = [case.as_str(), "--text", "Found and credited."];
    let shown = word(&world.plan(&args).await?, "shown").to_owned();
    // Something else than was shown is not sent.
    let other = [
        "resolution",
        &case,
        "--text",
        "Something else.",
        "--shown",
        &shown,
    ];
    world.home.refused(&other, "", "E_HASH").await?;
    assert!(world.home.steps(None).await?.is_empty());

    world
        .sandbox
        .fault(json!({"system": "community", "kind": "http_status", "status": 503, "probability": 1.0}))
        .await?;
    world
        .send(&[&args[..], &["--shown", &shown]].concat())
        .await?;
    world
        .home
        .run(&["outbox", "run", "--until-idle"], "")
        .await?;
    assert_eq!(world.exception(&exception).await?, Some("verified"));
    assert_eq!(world.status(&case).await?, "in_progress");
    world.sandbox.no_faults().await?;
    world.sandbox.advance(7_200).await?;
    world.home.deliver().await?;
    world.arrive().await?;
    assert_eq!(world.status(&case).await?, "resolved");
    // Who only reads resolves nothing.
    let auditor = [
        "--as",
        "ines.duarte",
        "exception",
        "acknowledge",
        &exception,
    ];
    let persons = list(world.sandbox.hello(), "persons");
    let reads = persons
        .iter()
        .find(|p| p["roles"] == json!(["auditor"]))
        .map_or("ines.duarte", |p| word(p, "name"));
    let mut auditor = auditor.to_vec();
    auditor[1] = reads;
    world.home.refused(&auditor, "", "E_FORBIDDEN").await?;
    Ok(())
}

#[tokio::test]
async fn what_was_withdrawn_is_told_anew_from_any_desktop() -> Outcome {
    let world = World::new().await?;
    let (case, exception) = world.with_exception().await?;
    let other = Home::on(&world.sandbox).await?;
    let args = ["resolution", &case, "--text", "Found and credited."];
    let first = world
        .home
        .ctl(&[&args[..], &["--channel", "portal"]].concat())
        .await?;
    // While it is on its way the case is resolved by no other way either.
    let resolve = ["do", "resolve_case", "--case", &case];
    world.home.refused(&resolve, "", "E_NOT_APPLICABLE").await?;
    let steps = world.home.steps(Some(word(&first, "action_id"))).await?;
    let publish = steps
        .iter()
        .find(|s| word(s, "subject").starts_with("Tell the partner"))
        .ok_or_else(|| trouble(format!("{steps:?}")))?;
    world
        .home
        .ctl(&["outbox", "cancel", word(publish, "id")])
        .await?;
    // A person who opens it again has a reason.
    world.home.ctl(&["exception", "reopen", &exception]).await?;
    world.settle(&world.home).await?;
    let left = world.home.steps(Some(word(&first, "action_id"))).await?;
    assert!(
        left.iter()
            .all(|s| ["confirmed", "cancelled"].contains(&word(s, "state"))),
        "{left:?}"
    );
    assert_eq!(world.exception(&exception).await?, None, "opened again");

    other.ctl(&["sync"]).await?;
    let shown = other.ctl(&["show", "case", &case]).await?;
    let row = &list(&shown, "resolutions")[0];
    assert_eq!(word(&row["status"], "state"), "not_sent", "{row}");
    let second = other.ctl(&args).await?;
    other.deliver().await?;
    world.sandbox.advance(DAY).await?;
    world.settle(&other).await?;
    assert_eq!(world.effects("release", word(&second, "notice")).await?, 1);
    assert_eq!(world.status(&case).await?, "resolved");
    Ok(())
}

#[tokio::test]
async fn what_was_produced_otherwise_than_signed_resolves_nothing() -> Outcome {
    let world = World::new().await?;
    let (case, exception) = world.with_exception().await?;
    let args = [
        case.as_str(),
        "--text",
        "The debit is taken back.",
        "--amount",
        "12500.00",
        "0.00",
        "EUR",
    ];
    let done = world.send(&args).await?;
    let notice = word(&done, "notice");
    world.home.deliver().await?;
    world.home.ctl(&["sync"]).await?;
    let review = world.sign(notice).await?;
    // It is bound to its case: no other version of it goes to the same reviewers.
    let revise = [
        "review",
        "revise",
        &review,
        "--set",
        "issue=Something else.",
    ];
    world.home.refused(&revise, "", "E_STATE").await?;
    world
        .sandbox
        .event(json!({"kind": "letter_change", "notice_id": notice, "stage": "production"}))
        .await?;
    for _ in 0..4 {
        // What stopped in sight ends with another code.
        let run = ["outbox", "run", "--until-idle"];
        world.home.run(&run, "").await?;
        world.home.ctl(&["sync"]).await?;
        world.sandbox.advance(DAY / 3).await?;
    }
    assert_eq!(world.effects("release", notice).await?, 1);
    assert_eq!(world.status(&case).await?, "in_progress");
    assert_eq!(world.exception(&exception).await?, Some("verified"));
    Ok(())
}
