//! S0.8: a case is closed only over what was answered.

use serde_json::{Value, json};
use whole_system::harness::{Home, Outcome, SandboxProcess, items, list, number, trouble, word};

const DAY: u64 = 86_400;

/// A case whose notice asks its partner for an answer, and the number of that notice, delivered.
async fn asked(home: &Home, sandbox: &SandboxProcess) -> Outcome<(String, String)> {
    let cases = home.ctl(&["list", "cases", "--limit", "500"]).await?;
    let fits =
        |c: &&Value| word(c, "type") == "shipment_exception" && word(c, "status") == "in_progress";
    for case in items(&cases).iter().filter(fits) {
        let case = word(case, "id").to_owned();
        let shown = home.ctl(&["show", "case", &case]).await?;
        if !list(&shown, "loops").is_empty() {
            continue;
        }
        let notice = tell(home, sandbox, &case).await?;
        if let Some(notice) = notice {
            return Ok((case, notice));
        }
    }
    Err(trouble("no case takes a notice that asks for an answer"))
}

/// Sends a notice that asks for an answer and waits until it has arrived.
async fn tell(home: &Home, sandbox: &SandboxProcess, case: &str) -> Outcome<Option<String>> {
    let args = [
        "do",
        "customer_notice",
        "--case",
        case,
        "--set",
        "template=SDN-02",
        "--set",
        "channel=email",
        "--again",
    ];
    let done = home.run(&args, "").await?;
    if done.code != Some(0) {
        return Ok(None);
    }
    home.deliver().await?;
    let title = word(&done.json, "title");
    let notice = title.split([' ', ',']).find(|part| part.starts_with("N-"));
    let notice = notice.ok_or_else(|| trouble(format!("no notice in {title}")))?;
    sandbox
        .event(json!({"kind": "delivery", "notice_id": notice, "state": "delivered"}))
        .await?;
    seen(home).await?;
    Ok(Some(notice.to_owned()))
}

async fn seen(home: &Home) -> Outcome {
    for _ in 0..2 {
        home.ctl(&["sync"]).await?;
        home.deliver().await?;
    }
    Ok(())
}

async fn loop_of(home: &Home, case: &str, notice: &str) -> Outcome<Value> {
    let shown = home.ctl(&["show", "case", case]).await?;
    let found = list(&shown, "loops")
        .iter()
        .find(|l| word(l, "notice") == notice);
    found
        .cloned()
        .ok_or_else(|| trouble(format!("no loop {notice} in {}", shown["loops"])))
}

fn state(row: &Value) -> &str {
    word(&row["status"], "state")
}

async fn case_of(home: &Home, case: &str) -> Outcome<Value> {
    let cases = home.ctl(&["list", "cases", "--limit", "500"]).await?;
    let found = items(&cases).iter().find(|c| word(c, "id") == case);
    found.cloned().ok_or_else(|| trouble("the case is gone"))
}

async fn records(home: &Home, event: &str) -> Outcome<usize> {
    let all = home.ctl(&["audit", "list", "--limit", "1000"]).await?;
    Ok(items(&all)
        .iter()
        .filter(|r| word(&r["record"], "event") == event)
        .count())
}

#[tokio::test]
async fn a_case_with_an_open_loop_is_closed_by_no_way_until_it_is_waived() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let home = Home::on(&sandbox).await?;
    let (case, notice) = asked(&home, &sandbox).await?;
    assert_eq!(state(&loop_of(&home, &case, &notice).await?), "open");
    home.ctl(&["do", "resolve_case", "--case", &case]).await?;
    seen(&home).await?;
    assert_eq!(word(&case_of(&home, &case).await?, "status"), "resolved");

    let close = ["do", "close_case", "--case", &case];
    let said = home.refused(&close, "", "E_NOT_APPLICABLE").await?;
    assert!(word(&said, "message").contains("still open"), "{said}");
    // A playbook of the company's own is held to the same rule.
    let own = home.data().join("playbooks");
    std::fs::create_dir_all(&own)?;
    let text = include_str!("../../../assets/playbooks/close_case.toml")
        .replace("id = \"close_case\"", "id = \"close_anyway\"")
        .replace(
            "  { field = \"loop.may_close\", equals = \"true\", why = \"A notice of this case is still open\" },\n",
            "",
        );
    assert!(!text.contains("may_close"));
    std::fs::write(own.join("close_anyway.toml"), text)?;
    let anyway = ["do", "close_anyway", "--case", &case];
    let said = home.refused(&anyway, "", "E_STATE").await?;
    assert_eq!(said["detail"]["notices"], json!([notice]));

    let without = ["loop", "waive", &case, &notice, "--reason", " "];
    home.refused(&without, "", "E_FIELD").await?;
    let waive = [
        "loop",
        "waive",
        &case,
        &notice,
        "--reason",
        "Settled by phone",
    ];
    let auditor = [&["--as", "auditor"], &waive[..]].concat();
    let refused = home.run(&auditor, "").await?;
    assert_eq!(refused.code, Some(1), "{}", refused.json);
    home.ctl(&waive).await?;
    // At once, and still when it has come back from the other side.
    assert_eq!(state(&loop_of(&home, &case, &notice).await?), "waived");
    seen(&home).await?;
    assert_eq!(state(&loop_of(&home, &case, &notice).await?), "waived");

    home.ctl(&close).await?;
    seen(&home).await?;
    home.all_confirmed(None).await?;
    let closed = case_of(&home, &case).await?;
    assert_eq!(
        (word(&closed, "status"), word(&closed, "loop")),
        ("closed", "closed")
    );
    assert_eq!(records(&home, "loop.waived").await?, 1);
    assert_eq!(records(&home, "case.closed").await?, 1);
    home.ctl(&["audit", "verify"]).await?;

    // Another desktop reads the same decision.
    let other = Home::on(&sandbox).await?;
    let there = loop_of(&other, &case, &notice).await?;
    assert_eq!(state(&there), "waived");
    assert!(
        word(&there, "decided").ends_with("Settled by phone"),
        "{there}"
    );
    Ok(())
}

#[tokio::test]
async fn nobody_answers_in_ten_business_days_and_a_late_answer_opens_the_closed_case() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let home = Home::on(&sandbox).await?;
    let (case, notice) = asked(&home, &sandbox).await?;
    let row = loop_of(&home, &case, &notice).await?;
    let (opened, due) = (number(&row, "opened_at"), number(&row, "due_at"));
    // Ten business days hold one weekend at least.
    assert!(due - opened >= 11 * DAY * 1_000, "{row}");
    sandbox.advance((due - opened) / 1_000 - 3_600).await?;
    seen(&home).await?;
    assert_eq!(state(&loop_of(&home, &case, &notice).await?), "open");
    sandbox.advance(2 * 3_600).await?;
    seen(&home).await?;
    seen(&home).await?;
    let silent = loop_of(&home, &case, &notice).await?;
    assert_eq!(state(&silent), "no_response");
    assert_eq!(number(&silent, "no_response_at"), due);
    assert_eq!(word(&case_of(&home, &case).await?, "loop"), "no_response");
    assert_eq!(records(&home, "loop.no_response").await?, 1);
    let all = home
        .ctl(&["loop", "list", "--state", "no_response"])
        .await?;
    assert!(
        items(&all)
            .iter()
            .any(|l| word(&l["row"], "notice") == notice)
    );

    home.ctl(&["do", "resolve_case", "--case", &case]).await?;
    home.ctl(&["loop", "waive", &case, &notice, "--reason", "Nothing came"])
        .await?;
    seen(&home).await?;
    home.ctl(&["do", "close_case", "--case", &case]).await?;
    seen(&home).await?;
    assert_eq!(word(&case_of(&home, &case).await?, "status"), "closed");

    let id = case.rsplit(':').next().unwrap_or_default();
    let body = format!("We agree with your letter {notice}.");
    sandbox
        .event(json!({"kind": "message", "case_id": id, "body": body}))
        .await?;
    seen(&home).await?;
    let late = loop_of(&home, &case, &notice).await?;
    assert_eq!(state(&late), "acted");
    assert_eq!(number(&late, "no_response_at"), due, "both times are kept");
    assert!(number(&late["answer"], "at") > due);
    let open = case_of(&home, &case).await?;
    assert_eq!(
        (word(&open, "status"), word(&open, "loop")),
        ("in_progress", "acted")
    );
    assert_eq!(records(&home, "loop.acted").await?, 1);

    let effects = sandbox.effects().await?.len();
    home.ctl(&["sync", "--full"]).await?;
    home.deliver().await?;
    assert_eq!(
        sandbox.effects().await?.len(),
        effects,
        "nothing is told twice"
    );
    home.all_confirmed(None).await?;
    Ok(())
}

#[tokio::test]
async fn an_answer_that_may_belong_to_two_notices_is_asked_about() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let home = Home::on(&sandbox).await?;
    let (case, first) = asked(&home, &sandbox).await?;
    let second = tell(&home, &sandbox, &case)
        .await?
        .ok_or_else(|| trouble("the case takes no second notice"))?;
    let id = case.rsplit(':').next().unwrap_or_default();
    sandbox
        .event(json!({"kind": "message", "case_id": id, "body": "We agree."}))
        .await?;
    seen(&home).await?;
    let shown = home.ctl(&["show", "case", &case]).await?;
    let unclear = list(&shown, "unclear");
    assert_eq!(unclear.len(), 1, "{}", shown["unclear"]);
    let mut candidates: Vec<&str> = list(&unclear[0], "candidates")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    candidates.sort_unstable();
    let mut both = [first.as_str(), second.as_str()];
    both.sort_unstable();
    assert_eq!(candidates, both);
    for notice in both {
        assert_eq!(state(&loop_of(&home, &case, notice).await?), "open");
    }
    let answer = word(&unclear[0]["answer"], "id").to_owned();
    let wrong = [
        "loop", "confirm", &case, &first, "--reason", "Read it", "--answer", "x",
    ];
    home.refused(&wrong, "", "E_FIELD").await?;
    let right = [
        "loop", "confirm", &case, &second, "--reason", "Read it", "--answer", &answer,
    ];
    home.ctl(&right).await?;
    seen(&home).await?;
    home.all_confirmed(None).await?;
    assert_eq!(state(&loop_of(&home, &case, &second).await?), "acted");
    assert_eq!(state(&loop_of(&home, &case, &first).await?), "open");
    let shown = home.ctl(&["show", "case", &case]).await?;
    assert!(list(&shown, "unclear").is_empty());
    Ok(())
}
