//! S0.1: a case becomes a notice.

use serde_json::{Value, json};
use whole_system::harness::{Home, Outcome, SandboxProcess, items, list, trouble, word};

/// The notice an action releases: its number stands in the title of the plan.
fn notice_of(done: &Value) -> Outcome<String> {
    word(done, "title")
        .split([' ', ','])
        .find(|part| part.starts_with("N-"))
        .map(str::to_owned)
        .ok_or_else(|| trouble(format!("no notice is named in {done}")))
}

#[tokio::test]
async fn a_notice_is_released_once_and_its_case_says_so() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let home = Home::on(&sandbox).await?;
    let case = home.cases_for("S0.1", 1).await?.remove(0);
    let before = sandbox.effects().await?.len();

    let done = home.ctl(&["do", "S0.1", "--case", &case]).await?;
    home.deliver().await?;

    home.all_confirmed(Some(word(&done, "action_id"))).await?;
    let notice = notice_of(&done)?;
    let effects = sandbox.effects().await?.split_off(before);
    let of = |kind: &str| effects.iter().filter(|e| e.kind == kind).count();
    assert_eq!(
        (of("release"), of("update_case"), of("post_message")),
        (1, 1, 1),
        "{effects:?}"
    );
    let release = effects.iter().find(|e| e.kind == "release").unwrap();
    assert_eq!(release.reference, notice);

    home.ctl(&["sync"]).await?;
    let notices = home.ctl(&["list", "notices", "--limit", "500"]).await?;
    let shown: Vec<_> = items(&notices)
        .iter()
        .filter(|n| word(n, "number") == notice)
        .collect();
    assert_eq!(shown.len(), 1);
    assert!(case.ends_with(word(shown[0], "case")));
    Ok(())
}

#[tokio::test]
async fn a_missing_field_is_named_and_nothing_is_queued() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let home = Home::on(&sandbox).await?;
    let case = home.cases_for("S0.1", 1).await?.remove(0);
    let args = ["do", "S0.1", "--case", &case, "--set", "issue="];
    let said = home.refused(&args, "", "E_FIELD").await?;
    assert_eq!(said["detail"]["fields"], json!(["issue"]));
    assert!(word(&said, "message").contains("What happened"), "{said}");
    assert!(home.steps(None).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn four_types_of_case_take_four_templates() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let home = Home::on(&sandbox).await?;
    let cases = home.ctl(&["list", "cases", "--limit", "500"]).await?;
    let mut titles = Vec::new();
    for case_type in [
        "dispute",
        "shipment_exception",
        "order_change",
        "compliance",
    ] {
        let mut title = None;
        for case in items(&cases)
            .iter()
            .filter(|c| word(c, "type") == case_type)
        {
            let plan = home
                .run(&["do", "S0.1", "--case", word(case, "id"), "--dry-run"], "")
                .await?;
            if plan.code == Some(0) {
                assert_eq!(plan.json["dry_run"], json!(true));
                let words = word(&plan.json, "title").to_owned();
                title = words.split_once(", ").map(|(_, title)| title.to_owned());
                break;
            }
        }
        titles.push(title.ok_or_else(|| trouble(format!("no {case_type} takes a notice")))?);
    }
    titles.sort();
    titles.dedup();
    assert_eq!(titles.len(), 4, "{titles:?}");
    assert!(
        home.steps(None).await?.is_empty(),
        "a dry run queues nothing"
    );
    Ok(())
}

#[tokio::test]
async fn a_lost_answer_to_a_release_is_looked_up_and_makes_no_second_letter() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let home = Home::on(&sandbox).await?;
    let case = home.cases_for("S0.1", 1).await?.remove(0);
    sandbox
        .fault(json!({"system": "exstream", "operation": "release", "kind": "drop_response", "count": 1}))
        .await?;
    let done = home.ctl(&["do", "S0.1", "--case", &case]).await?;
    home.deliver().await?;
    let steps = home.steps(Some(word(&done, "action_id"))).await?;
    let release = steps
        .iter()
        .find(|s| word(s, "operation") == "release")
        .unwrap();
    assert_eq!(word(release, "state"), "unknown");

    sandbox.advance(3_600).await?;
    home.deliver().await?;
    home.all_confirmed(Some(word(&done, "action_id"))).await?;
    let notice = notice_of(&done)?;
    let effects = sandbox.effects().await?;
    let letters = effects
        .iter()
        .filter(|e| e.kind == "release" && e.reference == notice);
    assert_eq!(letters.count(), 1);
    Ok(())
}

#[tokio::test]
async fn the_same_notice_on_the_same_case_is_refused_unless_asked_for_again() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let home = Home::on(&sandbox).await?;
    let case = home.cases_for("S0.1", 1).await?.remove(0);
    let first = home.ctl(&["do", "S0.1", "--case", &case]).await?;
    home.refused(&["do", "S0.1", "--case", &case], "", "E_DUP")
        .await?;
    let second = home
        .ctl(&["do", "S0.1", "--case", &case, "--again"])
        .await?;
    assert_ne!(word(&first, "intent"), word(&second, "intent"));
    assert!(!list(&second, "steps").is_empty());
    Ok(())
}
