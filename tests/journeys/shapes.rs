//! Every output that scripts may rely on, member by member: there, and of its kind. More may be added, none renamed.

use std::fs;

use serde_json::{Value, json};
use whole_system::harness::{Home, Outcome, SandboxProcess, items, list, word};

/// What does not fit. A shape is an object of shapes, a list of one shape, or a word: `text`, `number`, `flag`, `time`
/// (RFC 3339 in UTC), `object`, `list`, `any`; with `?` it may be null.
fn misfits(value: &Value, shape: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare("", value, shape, &mut found);
    found
}

fn compare(path: &str, value: &Value, shape: &Value, found: &mut Vec<String>) {
    match shape {
        Value::Object(members) => {
            for (name, shape) in members {
                match value.get(name) {
                    Some(member) => compare(&format!("{path}.{name}"), member, shape, found),
                    None => found.push(format!("{path}.{name} is not there")),
                }
            }
        }
        Value::Array(shapes) => match value.as_array() {
            Some(items) if !items.is_empty() => {
                for (at, item) in items.iter().enumerate() {
                    compare(&format!("{path}[{at}]"), item, &shapes[0], found);
                }
            }
            // A list nobody could look into proves nothing.
            Some(_) => found.push(format!("{path} is empty")),
            None => found.push(format!("{path} is no list: {value}")),
        },
        shape => {
            let word = shape.as_str().unwrap();
            let (kind, optional) = match word.strip_suffix('?') {
                Some(kind) => (kind, true),
                None => (word, false),
            };
            if !(optional && value.is_null() || is(value, kind)) {
                found.push(format!("{path} is no {word}: {value}"));
            }
        }
    }
}

fn is(value: &Value, kind: &str) -> bool {
    match kind {
        "text" => value.is_string(),
        "number" => value.is_number(),
        "flag" => value.is_boolean(),
        "object" => value.is_object(),
        "list" => value.is_array(),
        "any" => true,
        "time" => value.as_str().is_some_and(|text| {
            text.len() >= 20 && text.as_bytes()[10] == b'T' && text.ends_with('Z')
        }),
        other => panic!("{other} is no kind"),
    }
}

fn fits(what: &str, value: &Value, shape: Value) {
    let found = misfits(value, &shape);
    assert!(found.is_empty(), "{what}: {found:#?}");
}

#[test]
fn a_shape_tells_what_does_not_fit() {
    let shape = json!({"items": [{"id": "text", "at": "time?", "n": "number"}]});
    let good = json!({"items": [{"id": "a", "at": null, "n": 1, "more": true}]});
    assert_eq!(misfits(&good, &shape), [] as [String; 0]);
    let bad = json!({"items": [{"at": "yesterday", "n": "1"}]});
    assert_eq!(misfits(&bad, &shape).len(), 3);
    assert_eq!(misfits(&json!({"items": []}), &shape).len(), 1);
}

#[tokio::test]
async fn the_first_line_of_the_sandbox_and_its_effects_have_their_shape() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let signed_in = |secrets: &[&str]| {
        let mut shape = json!({"base_url": "text"});
        for secret in secrets {
            shape[*secret] = json!("text");
        }
        shape
    };
    let client = ["client_id", "client_secret"];
    let person = ["username", "password"];
    fits(
        "sandbox serve",
        sandbox.hello(),
        json!({
            "base_url": "text", "admin_url": "text",
            "persons": [{"name": "text", "roles": ["text"], "pin": "text"}],
            "systems": {
                "community": signed_in(&client), "documents": signed_in(&client), "exstream": signed_in(&client),
                "workflow": signed_in(&client), "workspaces": signed_in(&person), "tracker": signed_in(&person),
            },
        }),
    );
    let home = Home::on(&sandbox).await?;
    let case = home.cases_for("S2.1", 1).await?.remove(0);
    home.ctl(&["do", "S2.1", "--case", &case]).await?;
    home.deliver().await?;
    fits(
        "GET /sandbox/effects",
        &sandbox.admin_get("effects").await?,
        json!({"items": [{
            "seq": "number", "system": "text", "kind": "text", "key": "text?", "reference": "text?", "subject": "text",
            "payload_sha256": "text", "at": "time",
        }]}),
    );
    Ok(())
}

#[tokio::test]
async fn sync_and_lists_have_their_shape() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let home = Home::new()?;
    home.ctl(&["init", "--sandbox", sandbox.base_url()]).await?;
    fits(
        "sync",
        &home.ctl(&["sync"]).await?,
        json!({"systems": [{
            "system": "text", "fetched": "number", "applied": "number", "quarantined": "number", "cursor": "any", "error": "text?",
        }]}),
    );
    // Something for the lists that only fill by work.
    for use_case in ["S0.1", "S0.6"] {
        let case = home.cases_for(use_case, 1).await?.remove(0);
        home.ctl(&["do", use_case, "--case", &case]).await?;
    }
    home.deliver().await?;
    home.ctl(&["sync"]).await?;
    for kind in [
        "cases",
        "exceptions",
        "documents",
        "notices",
        "reviews",
        "tasks",
        "workspaces",
        "partners",
    ] {
        let answer = home.ctl(&["list", kind, "--limit", "20"]).await?;
        fits(
            kind,
            &answer,
            json!({"total": "number", "items": [{"id": "text"}]}),
        );
        assert!(items(&answer).len() <= 20, "{kind}");
    }
    let campaigns = home.ctl(&["list", "campaigns"]).await?;
    fits(
        "campaigns",
        &campaigns,
        json!({"total": "number", "items": "list"}),
    );
    fits(
        "list cases",
        &home.ctl(&["list", "cases", "--limit", "50"]).await?,
        json!({"total": "number", "items": [{
            "id": "text", "number": "text", "type": "text", "status": "text", "partner": "object", "opened_at": "time",
            "due_at": "time?", "business_refs": "any",
        }]}),
    );
    Ok(())
}

#[tokio::test]
async fn playbooks_plans_and_the_outbox_have_their_shape() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let home = Home::on(&sandbox).await?;
    let case = home.cases_for("S0.6", 1).await?.remove(0);
    fits(
        "playbooks",
        &home.ctl(&["playbooks", "--case", &case]).await?,
        json!({"items": [{"id": "text", "use_case": "text", "title": "text", "applies": "flag", "why": "text?"}]}),
    );
    let plan = json!({
        "action_id": "text?", "intent": "text", "dry_run": "flag", "gates": [{"id": "text", "kind": "text", "state": "text"}],
        "steps": [{
            "id": "text", "system": "text", "operation": "text", "level": "text", "subject": "text", "state": "text",
            "key": "text", "waits_on": "list", "offline_class": "text", "optional": "flag",
        }],
    });
    let dry = home
        .ctl(&["do", "S0.6", "--case", &case, "--dry-run"])
        .await?;
    fits("do --dry-run", &dry, plan.clone());
    assert_eq!(dry["dry_run"], json!(true));
    assert_eq!(dry["action_id"], json!(null));
    assert!(items(&home.ctl(&["outbox", "list"]).await?).is_empty());
    let done = home.ctl(&["do", "S0.6", "--case", &case]).await?;
    fits("do", &done, plan);
    assert_eq!(done["dry_run"], json!(false));
    assert!(!word(&done, "action_id").is_empty());
    let row = json!({"items": [{
        "id": "text", "action_id": "text", "intent": "text", "step": "number", "system": "text", "operation": "text",
        "subject": "text", "state": "text", "attempt": "number", "key": "text", "remote_ref": "text?", "reason": "text?",
        "blocked_by": "any",
    }]});
    fits(
        "outbox list",
        &home.ctl(&["outbox", "list"]).await?,
        row.clone(),
    );
    home.deliver().await?;
    let delivered = home.ctl(&["outbox", "list"]).await?;
    fits("outbox list, delivered", &delivered, row);
    let known = [
        "queued",
        "waiting",
        "sending",
        "unknown",
        "needs_attention",
        "confirmed",
        "cancelled",
    ];
    for step in items(&delivered) {
        assert!(known.contains(&word(step, "state")), "{step}");
        assert!(["A", "B", "C"].contains(&word(step, "level")), "{step}");
    }
    Ok(())
}

#[tokio::test]
async fn reviews_and_the_audit_chain_have_their_shape() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let home = Home::on(&sandbox).await?;
    let case = home.cases_for("S0.6", 1).await?.remove(0);
    home.ctl(&["--as", "lena.kovar", "do", "S0.6", "--case", &case])
        .await?;
    home.deliver().await?;
    home.ctl(&["sync"]).await?;
    let open = home.ctl(&["review", "list"]).await?;
    let mine = items(&open)
        .iter()
        .find(|r| word(r, "state") == "open" && word(r, "maker") == "lena.kovar")
        .or_else(|| {
            items(&open)
                .iter()
                .find(|r| word(r, "maker") == "lena.kovar")
        })
        .unwrap();
    let meaning = list(mine, "meanings")[0].as_str().unwrap().to_owned();
    let pin = sandbox.pin("priya.nandakumar")?;
    let approve = [
        "--as",
        "priya.nandakumar",
        "review",
        "approve",
        word(mine, "id"),
        "--hash",
        word(mine, "hash"),
        "--meaning",
        &meaning,
        "--pin-stdin",
    ];
    let approved = home.run(&approve, &pin).await?.expect_code(0)?;
    let review = json!({
        "id": "text", "notice": "text", "case": "text", "state": "text", "hash": "text", "maker": "text", "needed": "number",
        "signed": "list",
    });
    let mut signed = review.clone();
    signed["signed"] = json!([{"person": "text", "meaning": "text", "at": "time"}]);
    fits("review approve", &approved, signed.clone());
    let shown = home.ctl(&["review", "show", word(mine, "id")]).await?;
    fits("review show", &shown, signed);
    let all = home.ctl(&["review", "list"]).await?;
    fits("review list", &all, json!({"items": [review]}));

    let verdict = json!({"records": "number", "ok": "flag", "head": "text", "first_bad": "any"});
    let verified = home.ctl(&["audit", "verify"]).await?;
    fits("audit verify", &verified, verdict.clone());
    assert_eq!(verified["ok"], json!(true));
    assert_eq!(verified["first_bad"], json!(null));
    let export = home.user().join("audit.jsonl").display().to_string();
    home.ctl(&["audit", "export", &export]).await?;
    let verified = home.ctl(&["audit", "verify", &export]).await?;
    fits("audit verify EXPORT", &verified, verdict.clone());
    let kept = fs::read_to_string(&export)?;
    fs::write(&export, kept.replacen("lena.kovar", "mara.tindal", 1))?;
    let ended = home.run(&["audit", "verify", &export], "").await?;
    fits("audit verify, changed", &ended.expect_code(4)?, verdict);
    Ok(())
}

#[tokio::test]
async fn read_files_have_their_shape() -> Outcome {
    let home = Home::new()?;
    let x12 = "ISA*00*          *00*          *ZZ*CORVANE        *ZZ*BRAMBLEWICK    *251120*0900*U*00401*000000101*0*T*>~\
GS*PO*CORVANE*BRAMBLEWICK*20251120*0900*101*X*004010~ST*850*0001~BEG*00*SA*4500771820**20251120~SE*3*0001~GE*1*101~IEA*1*000000101~";
    let edifact = "UNB+UNOC:3+CORVANE:ZZ+COPPERKETTLE:ZZ+251120:0900+7'UNH+1+ORDERS:D:96A:UN'BGM+220+4500771821+9'UNT+3+1'UNZ+1+7'";
    let mut files = Vec::new();
    for (name, text) in [
        ("a.x12", x12),
        ("b.edi", edifact),
        ("c.txt", "no interchange"),
    ] {
        let file = home.user().join(name);
        fs::write(&file, text)?;
        files.push(file.display().to_string());
    }
    let args: Vec<&str> = ["edi", "read"]
        .into_iter()
        .chain(files.iter().map(String::as_str))
        .collect();
    let read = home.ctl(&args).await?;
    let outer =
        json!([{"file": "text", "standard": "text?", "interchanges": "list", "problems": "list"}]);
    fits("edi read", &read, outer);
    let whole = json!({
        "standard": "text",
        "interchanges": [{
            "control_number": "text", "sender": "any", "receiver": "any", "test": "flag",
            "groups": [{
                "functional_id": "text?", "control_number": "text?",
                "documents": [{"type": "text", "control_number": "text", "number": "text", "segments": "number"}],
            }],
        }],
    });
    fits("edi read, X12", &read[0], whole.clone());
    fits("edi read, EDIFACT", &read[1], whole);
    assert_eq!(read[0]["interchanges"][0]["test"], json!(true));
    let problem = json!({"problems": [{"code": "text", "message": "text", "position": "any"}]});
    fits("edi read, no interchange", &read[2], problem);
    Ok(())
}

#[tokio::test]
async fn a_refusal_and_a_wrong_usage_say_code_message_and_detail() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let home = Home::new()?;
    home.ctl(&["init", "--sandbox", sandbox.base_url()]).await?;
    let refusal = json!({"code": "text", "message": "text", "detail": "any"});
    let said = home
        .refused(&["show", "case", "no-such"], "", "E_NOT_FOUND")
        .await?;
    fits("a refusal", &said, refusal.clone());
    for wrong in [
        &["list", "cases", "--where", "open=perhaps"][..],
        &["list", "cases", "--where", "open"],
        &["outbox", "list", "--state", "lost"],
        &["show", "unicorn", "1"],
    ] {
        let said = home.run(wrong, "").await?.expect_code(2)?;
        fits("a wrong usage", &said, refusal.clone());
    }
    for wrong in [
        &["sandbox", "serve", "--epoch", "BAD"][..],
        &["sandbox", "serve", "--listen", "nowhere"],
        &["sandbox", "serve", "--cases", "some"],
        &["sandbox"],
        &["init", "--sandbox", "http://127.0.0.1:9", "--config", "x"],
        &["outbox", "resolve", "x", "--take", "sideways"],
        &["outbox", "resolve", "x", "--outcome", "perhaps"],
        &["outbox", "resolve", "x", "--field", "name=nobody"],
        &["outbox", "retry"],
        &["review", "approve", "x", "--hash", "h", "--meaning", "m"],
        &["review", "reject", "x"],
        &["edi", "read"],
        &["audit", "export"],
        &["list", "cases", "--limit", "-1"],
        &["doctor", "--verbose"],
        &[],
    ] {
        let ended = home.run(wrong, "").await?;
        let said = format!("{wrong:?}: {}{}", ended.stdout, ended.stderr);
        assert_eq!(ended.code, Some(2), "{said}");
        assert!(!ended.stderr.is_empty(), "{said}");
    }
    Ok(())
}
