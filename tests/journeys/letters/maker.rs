//! The maker of a letter is never among those who approve it, whatever his roles, by direct call too.

use desk::Desk;
use serde_json::json;
use whole_system::harness::{Home, Outcome, SandboxProcess, Trouble, items, list, trouble, word};

use crate::direct::{done, open, refused};

/// A letter of the acting person under review: its id and hash.
async fn letter_of(desk: &Desk, place: usize) -> Outcome<(String, String)> {
    let open = json!({"limit": 200, "facets": [{"name": "state", "values": ["open"]}]});
    let cases = done(desk, "list_cases", open).await?;
    let mut made = 0;
    for case in items(&cases) {
        let composer = done(desk, "open_composer", json!({"case": word(case, "id")})).await;
        let Ok(composer) = composer else { continue };
        let Some(template) = list(&composer, "templates")
            .iter()
            .find(|t| t["regulated"] == json!(true))
        else {
            continue;
        };
        made += 1;
        if made <= place {
            continue;
        }
        let input = json!({
            "playbook": "regulated_letter", "case": word(case, "id"),
            "fields": {"template": word(template, "id"), "channel": "letter"},
        });
        let plan = done(desk, "submit_action", input).await?;
        desk.push().await.map_err(refusal)?;
        done(desk, "sync_now", json!({})).await?;
        let reviews = done(desk, "list_reviews", json!({"filter": "all"})).await?;
        let review = items(&reviews)
            .iter()
            .find(|r| word(&plan, "title").contains(word(r, "notice_number")))
            .ok_or_else(|| trouble(format!("no review of {plan} in {reviews}")))?;
        return Ok((
            word(review, "id").to_owned(),
            word(review, "hash").to_owned(),
        ));
    }
    Err(trouble("no case takes a regulated letter"))
}

fn refusal(refusal: impl std::fmt::Display) -> Trouble {
    trouble(refusal.to_string())
}

#[tokio::test]
async fn no_call_lets_a_maker_approve_or_reject_his_own_letter() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let home = Home::new()?;
    let desk = open(&home, &sandbox, "lena.kovar").await?;
    done(&desk, "sync_now", json!({})).await?;
    // An agent, a reviewer, an administrator: each made a letter, none may decide about it.
    for (place, person) in ["lena.kovar", "tomas.adeyemi", "ada.admin"]
        .into_iter()
        .enumerate()
    {
        done(&desk, "act_as", json!({"person": person})).await?;
        let (id, hash) = letter_of(&desk, place).await?;
        let pin = sandbox.pin(person)?;
        for (command, args) in [
            (
                "sign_review",
                json!({"id": id, "hash": hash, "meaning": "approved", "pin": pin}),
            ),
            (
                "reject_review",
                json!({"id": id, "hash": hash, "reason": "no", "pin": pin}),
            ),
            (
                "prepare_review",
                json!({"id": id, "hash": hash, "verdict": "approve", "meaning": "approved"}),
            ),
        ] {
            let problem = refused(&desk, command, args).await?;
            assert_eq!(problem.code, "E_SOD", "{person} {command}: {problem:?}");
        }
        let view = done(&desk, "get_review", json!({"id": id})).await?;
        assert_eq!(view["may_sign"], json!(false));
        assert_eq!(view["may_prepare"], json!(false));
        assert_eq!(view["row"]["signed"], json!(0));
    }
    // Nothing of it reached Community, and nothing was released.
    desk.push().await.map_err(refusal)?;
    let community = sandbox.admin_get("state/community").await?;
    let decided = list(&community, "items")
        .iter()
        .filter(|i| ["signature", "rejection"].contains(&word(i, "kind")))
        .count();
    assert_eq!(decided, 0);
    let effects = sandbox.effects().await?;
    assert!(effects.iter().all(|e| e.kind != "release"), "{effects:?}");
    Ok(())
}
