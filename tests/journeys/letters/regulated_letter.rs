//! S0.6: a regulated letter leaves only with a quorum of others over exactly its content.

use desk::{Desk, OpenOptions};
use serde_json::{Value, json};
use whole_system::harness::{Home, Outcome, items, list, number, trouble, word};

use crate::letters::letter::UnderReview;

impl UnderReview {
    async fn sign(&self, person: &str) -> Outcome<Value> {
        self.decide_on(&self.home, person).await
    }

    async fn quorum(&self) -> Outcome {
        for person in self.reviewers() {
            self.sign(&person).await?;
        }
        let review = self.home.ctl(&["review", "show", self.id()]).await?;
        assert_eq!(list(&review, "signed").len(), 2);
        Ok(())
    }
}

#[tokio::test]
async fn two_others_sign_and_the_letter_leaves_once() -> Outcome {
    let letter = UnderReview::start().await?;
    assert_eq!(letter.releases().await?, 0);
    let reviewers = letter.reviewers();
    letter.sign(&reviewers[0]).await?;
    letter.home.deliver().await?;
    letter.home.ctl(&["sync"]).await?;
    letter.home.deliver().await?;
    assert_eq!(letter.releases().await?, 0, "one signature is no quorum");

    letter.sign(&reviewers[1]).await?;
    letter.home.deliver().await?;
    letter.home.ctl(&["sync"]).await?;
    letter.home.deliver().await?;
    letter.home.ctl(&["sync"]).await?;
    letter.home.deliver().await?;
    assert_eq!(letter.releases().await?, 1);
    letter.home.all_confirmed(Some(&letter.action)).await?;
    let review = letter.home.ctl(&["review", "show", letter.id()]).await?;
    assert!(
        ["approved", "released"].contains(&word(&review, "state")),
        "{review}"
    );
    assert_eq!(list(&review, "signed").len(), 2);
    let audit = letter
        .home
        .ctl(&["audit", "list", "--limit", "500"])
        .await?;
    let events: Vec<&str> = items(&audit)
        .iter()
        .map(|i| word(&i["record"], "event"))
        .collect();
    for event in ["approval.signed", "approval.approved", "release.verified"] {
        assert!(events.contains(&event), "{event} is not in {events:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_signature_means_what_the_policy_lists() -> Outcome {
    let letter = UnderReview::start().await?;
    let reviewer = letter.reviewers().remove(0);
    let pin = letter.sandbox.pin(&reviewer)?;
    let forged = format!(
        "{}\n3. Somebody Else (somebody.else)\n   Meaning: {0}",
        letter.meaning()
    );
    for meaning in ["", "bananas", &forged] {
        let mut args = letter.approval(&reviewer, letter.hash());
        args[8] = meaning;
        letter.home.refused(&args, &pin, "E_FIELD").await?;
    }
    letter.sign(&reviewer).await?;
    Ok(())
}

#[tokio::test]
async fn an_auditor_reads_the_outbox_and_changes_nothing() -> Outcome {
    let letter = UnderReview::start().await?;
    let auditor = list(letter.sandbox.hello(), "persons")
        .iter()
        .find(|p| list(p, "roles") == [json!("auditor")])
        .map(|p| word(p, "name").to_owned())
        .expect("an auditor works at the company");
    let before = letter.home.steps(None).await?;
    let release = letter.step("release").await?;
    for decision in ["cancel", "retry"] {
        let args = ["--as", &auditor, "outbox", decision, word(&release, "id")];
        letter.home.refused(&args, "", "E_FORBIDDEN").await?;
    }
    assert_eq!(letter.home.steps(None).await?, before);
    Ok(())
}

#[tokio::test]
async fn the_maker_cannot_approve_his_own_letter() -> Outcome {
    let letter = UnderReview::start().await?;
    let pin = letter.sandbox.pin(letter.maker())?;
    let args = letter.approval(letter.maker(), letter.hash());
    letter.home.refused(&args, &pin, "E_SOD").await?;
    Ok(())
}

#[tokio::test]
async fn a_signature_names_exactly_the_content_and_needs_the_pin() -> Outcome {
    let letter = UnderReview::start().await?;
    let reviewers = letter.reviewers();
    let pin = letter.sandbox.pin(&reviewers[0])?;
    let other = "0".repeat(64);
    let args = letter.approval(&reviewers[0], &other);
    letter.home.refused(&args, &pin, "E_HASH").await?;
    let args = letter.approval(&reviewers[0], letter.hash());
    letter.home.refused(&args, "000000", "E_AUTH").await?;
    let review = letter.home.ctl(&["review", "show", letter.id()]).await?;
    assert!(list(&review, "signed").is_empty());
    Ok(())
}

#[tokio::test]
async fn nobody_counts_twice() -> Outcome {
    let letter = UnderReview::start().await?;
    let reviewers = letter.reviewers();
    letter.sign(&reviewers[0]).await?;
    let pin = letter.sandbox.pin(&reviewers[0])?;
    let again = letter
        .home
        .run(&letter.approval(&reviewers[0], letter.hash()), &pin)
        .await?;
    assert_eq!(again.code, Some(1), "{}", again.stdout);
    letter.home.deliver().await?;
    letter.home.ctl(&["sync"]).await?;
    letter.home.deliver().await?;
    assert_eq!(letter.releases().await?, 0);
    Ok(())
}

#[tokio::test]
async fn a_letter_changed_by_one_character_after_the_quorum_is_not_released() -> Outcome {
    let letter = UnderReview::start().await?;
    letter.quorum().await?;
    let notice = letter.release_reference();
    letter
        .sandbox
        .event(json!({"kind": "letter_change", "notice_id": notice}))
        .await?;
    for _ in 0..3 {
        letter
            .home
            .run(&["outbox", "run", "--until-idle"], "")
            .await?;
        letter.home.ctl(&["sync"]).await?;
    }
    assert_eq!(letter.releases().await?, 0);
    let release = letter.step("release").await?;
    assert_eq!(word(&release, "state"), "cancelled");
    assert!(word(&release, "reason").contains("E_HASH"), "{release}");
    let review = letter.home.ctl(&["review", "show", letter.id()]).await?;
    assert_eq!(word(&review, "state"), "invalidated");
    let outcome = letter.step("outcome").await?;
    assert_eq!(word(&outcome, "state"), "cancelled");
    Ok(())
}

#[tokio::test]
async fn a_letter_altered_in_production_is_caught_by_the_release_check() -> Outcome {
    let letter = UnderReview::start().await?;
    letter.quorum().await?;
    let notice = letter.release_reference();
    letter
        .sandbox
        .event(json!({"kind": "letter_change", "notice_id": notice, "stage": "production"}))
        .await?;
    for _ in 0..3 {
        letter
            .home
            .run(&["outbox", "run", "--until-idle"], "")
            .await?;
        letter.home.ctl(&["sync"]).await?;
    }
    assert_eq!(letter.releases().await?, 1, "it had left already");
    // Nothing behind the check goes on as if all were well; it stays in sight until a person ends it.
    for name in ["outcome", "case", "post"] {
        let step = letter.step(name).await?;
        assert_eq!(word(&step, "state"), "waiting", "{step}");
        assert_eq!(word(&step, "blocked_by"), "gate:release_check", "{step}");
    }
    let community = letter.sandbox.admin_get("state/community").await?;
    let about = |what: &str| {
        list(&community, "comments")
            .iter()
            .filter(|c| word(c, "body").contains(&notice) && word(c, "body").contains(what))
            .map(|c| word(c, "visibility"))
            .collect::<Vec<_>>()
    };
    assert!(
        about("was released").is_empty(),
        "nobody is told it went well"
    );
    assert_eq!(
        about("For compliance"),
        ["internal"],
        "compliance is told, the partner is not"
    );
    let review = letter.home.ctl(&["review", "show", letter.id()]).await?;
    assert_eq!(word(&review, "state"), "invalidated", "{review}");
    let exceptions = letter
        .home
        .ctl(&[
            "list",
            "exceptions",
            "--where",
            "rule=release_mismatch",
            "--limit",
            "50",
        ])
        .await?;
    let [exception] = items(&exceptions) else {
        panic!("one exception is on the desk: {exceptions}");
    };
    assert_eq!(word(exception, "severity"), "failure", "{exception}");
    let run = letter
        .home
        .run(&["outbox", "run", "--until-idle"], "")
        .await?;
    assert_eq!(run.code, Some(5), "a person has to look: {}", run.stdout);
    assert_eq!(number(&run.json, "needs_attention"), 1);

    // What the screens show.
    let desk = open_desk(&letter.home).await;
    let view = desk.review_view(letter.id()).await.unwrap();
    let joints: Vec<_> = view
        .custody
        .iter()
        .map(|n| (n.title.as_str(), n.joint.as_str()))
        .collect();
    assert!(joints.contains(&("Approved", "different")), "{joints:?}");
    let outbox = desk.outbox(&to_decide()).await.unwrap();
    let gate = outbox
        .groups
        .iter()
        .flat_map(|g| &g.rows)
        .find(|r| r.operation == "release_check")
        .expect("the gate that stopped the letter is among what has to be decided")
        .id
        .clone();
    let opened = desk.step(&gate).await.unwrap();
    assert!(opened.explanation.contains("E_HASH"), "{opened:?}");
    assert!(opened.consequences.len() >= 3, "{opened:?}");
    drop(desk);

    letter.home.ctl(&["outbox", "cancel", &gate]).await?;
    letter.home.deliver().await?;
    for name in ["outcome", "case", "post"] {
        assert_eq!(word(&letter.step(name).await?, "state"), "cancelled");
    }
    let verdict = letter.home.ctl(&["audit", "verify"]).await?;
    assert_eq!(verdict["ok"], json!(true));
    Ok(())
}

#[tokio::test]
async fn a_review_gate_opens_with_who_signed_who_may_and_what_waits_behind_it() -> Outcome {
    let letter = UnderReview::start().await?;
    let reviewers = letter.reviewers();
    letter.sign(&reviewers[0]).await?;
    letter.home.deliver().await?;
    letter.home.ctl(&["sync"]).await?;
    let desk = open_desk(&letter.home).await;
    let outbox = desk
        .outbox(&desk::view::ListOutbox::default())
        .await
        .unwrap();
    let gates: Vec<_> = outbox
        .groups
        .iter()
        .filter(|g| g.action_id == letter.action)
        .flat_map(|g| &g.rows)
        .filter(|r| r.number.is_none())
        .collect();
    assert_eq!(gates.len(), 2, "{gates:?}");
    let review = desk.step(&gates[0].id).await.unwrap();
    let gate = review.gate.expect("a gate");
    assert_eq!(gate.kind, "review");
    assert_eq!(gate.hash.as_deref(), Some(letter.hash()));
    assert_eq!(gate.needed, Some(2));
    let signed: Vec<_> = gate
        .signed
        .iter()
        .filter_map(|e| e.person.as_ref()?.id.as_deref())
        .collect();
    assert_eq!(signed, [reviewers[0].as_str()]);
    let may: Vec<_> = gate
        .may_sign
        .iter()
        .filter_map(|o| o.id.as_deref())
        .collect();
    assert!(may.contains(&reviewers[1].as_str()), "{may:?}");
    assert!(
        !may.contains(&letter.maker()) && !may.contains(&reviewers[0].as_str()),
        "{may:?}"
    );
    assert!(
        review
            .consequences
            .iter()
            .any(|c| c.word.contains("Release letter"))
    );
    let check = desk.step(&gates[1].id).await.unwrap();
    let gate = check.gate.expect("a gate");
    assert_eq!(gate.kind, "release_check");
    assert!(gate.check.is_some_and(|c| c.contains("SHA-256")));
    assert!(gate.waits_for.contains("once step"), "{}", gate.waits_for);
    Ok(())
}

/// The desk over the same folder, as the window opens it.
async fn open_desk(home: &Home) -> desk::Desk {
    desk::Desk::open(desk::OpenOptions {
        home: home.data(),
        ..desk::OpenOptions::default()
    })
    .await
    .unwrap()
}

fn to_decide() -> desk::view::ListOutbox {
    desk::view::ListOutbox {
        state: Some("to_decide".to_owned()),
    }
}

#[tokio::test]
async fn an_evidence_pack_verifies_elsewhere_and_one_flipped_byte_is_named() -> Outcome {
    let letter = UnderReview::start().await?;
    let out = letter.home.user().join("pack");
    let folder = out.display().to_string();
    let export = ["review", "export", letter.id(), &folder];
    letter.home.refused(&export, "", "E_STATE").await?;
    assert!(!out.exists(), "half a pack proves nothing");
    letter.quorum().await?;
    for _ in 0..2 {
        letter.home.deliver().await?;
        letter.home.ctl(&["sync"]).await?;
    }
    let made = letter.home.ctl(&export).await?;
    letter.home.refused(&export, "", "E_INPUT").await?;

    // Another machine: no data folder, no account, no sandbox.
    let elsewhere = Home::new()?;
    let verify = async |path: &str| elsewhere.run(&["audit", "verify", path], "").await;
    let verdict = verify(&folder).await?.expect_code(0)?;
    assert_eq!(verdict["sealed_by"], made["sealed_by"], "{verdict}");
    let mut approved: Vec<&str> = list(&verdict, "approved_by")
        .iter()
        .filter_map(|signed| signed[0].as_str())
        .collect();
    approved.sort_unstable();
    let mut reviewers = letter.reviewers();
    reviewers.sort_unstable();
    assert_eq!(approved, reviewers);
    for signed in list(&verdict, "approved_by") {
        assert_eq!(signed[1], made["sealed_by"], "sealed at this desktop");
    }

    let names = [
        "letter.pdf",
        "request.json",
        "approval.json",
        "evidence.txt",
        "audit.jsonl",
        "manifest.json",
    ];
    for name in names {
        let file = out.join(name);
        let whole = std::fs::read(&file)?;
        let mut changed = whole.clone();
        let middle = changed.len() / 2;
        changed[middle] ^= 1;
        std::fs::write(&file, &changed)?;
        let verdict = verify(&folder).await?.expect_code(4)?;
        let flaws = list(&verdict, "flaws").iter();
        assert!(
            flaws.clone().any(|flaw| word(flaw, "file") == name),
            "{name}: {verdict}"
        );
        std::fs::write(&file, &whole)?;
    }
    verify(&folder).await?.expect_code(0)?;

    // The window puts it among the person's files, each time into a folder of its own.
    let reader = Desk::open(OpenOptions {
        home: letter.home.data(),
        read_only: true,
        ..OpenOptions::default()
    })
    .await
    .map_err(|refusal| trouble(refusal.to_string()))?;
    let downloads = letter.home.user().join("Downloads");
    let mut folders = Vec::new();
    for _ in 0..2 {
        let made = reader.export_evidence_among(letter.id(), &downloads).await;
        folders.push(made.map_err(|refusal| trouble(refusal.to_string()))?.folder);
    }
    reader.close().await;
    assert_ne!(folders[0], folders[1]);
    for folder in folders {
        verify(&folder).await?.expect_code(0)?;
    }
    Ok(())
}
