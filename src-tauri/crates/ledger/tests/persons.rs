//! Drafts, decisions, signatures, PINs, settings.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod common;

use common::*;
use domain::review::{Signature, Verdict};
use ledger::{DecisionState, Draft, PreparedDecision};
use serde_json::json;

#[tokio::test]
async fn five_wrong_pins_lock_signing() {
    let (dir, ledger) = fresh().await;
    let person = "tomas".into();
    assert_eq!(
        code(
            &ledger
                .verify_pin(&person, "1234", &lena(), NOW)
                .await
                .unwrap_err()
        ),
        "E_AUTH"
    );
    assert_eq!(
        code(
            &ledger
                .set_pin(&person, "123", &lena(), NOW)
                .await
                .unwrap_err()
        ),
        "E_FIELD"
    );
    ledger.set_pin(&person, "1234", &lena(), NOW).await.unwrap();
    for _ in 0..4 {
        assert!(
            ledger
                .verify_pin(&person, "0000", &lena(), NOW)
                .await
                .is_err()
        );
    }
    // A right one starts the count again.
    ledger
        .verify_pin(&person, "1234", &lena(), NOW)
        .await
        .unwrap();
    for left in [4, 3, 2, 1, 0] {
        let refusal = ledger
            .verify_pin(&person, "0000", &lena(), NOW)
            .await
            .unwrap_err()
            .to_refusal();
        assert_eq!(refusal.detail["tries_left"], left);
    }
    let (_dir, ledger) = crash(dir.path()).await;
    assert!(ledger.pin_locked(&person).await.unwrap());
    assert_eq!(
        code(
            &ledger
                .verify_pin(&person, "1234", &lena(), NOW)
                .await
                .unwrap_err()
        ),
        "E_AUTH"
    );
    assert!(events(&ledger).await.contains(&"pin.locked".to_owned()));
    ledger.set_pin(&person, "5678", &lena(), NOW).await.unwrap();
    ledger
        .verify_pin(&person, "5678", &lena(), NOW)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_draft_survives_a_crash_until_it_is_thrown_away() {
    let (dir, ledger) = fresh().await;
    let mut draft = Draft {
        id: "d1".into(),
        kind: "reply".into(),
        case: Some("case:community:1".into()),
        person: "lena".into(),
        body: json!({"text": "Dear"}),
        created_at: NOW,
        updated_at: NOW,
    };
    ledger.save_draft(&draft).await.unwrap();
    draft.body = json!({"text": "Dear partner"});
    draft.created_at = NOW.plus(9);
    draft.updated_at = NOW.plus(9);
    ledger.save_draft(&draft).await.unwrap();
    let (_dir, ledger) = crash(dir.path()).await;
    let kept = ledger.draft("d1").await.unwrap().unwrap();
    assert_eq!((kept.body, kept.created_at), (draft.body, NOW));
    assert_eq!(ledger.drafts(&"lena".into()).await.unwrap().len(), 1);
    assert_eq!(ledger.drafts(&"tomas".into()).await.unwrap().len(), 0);
    ledger.delete_draft("d1").await.unwrap();
    assert_eq!(ledger.draft("d1").await.unwrap(), None);
}

#[tokio::test]
async fn a_prepared_decision_waits_and_ends_once() {
    let (_dir, ledger) = fresh().await;
    let decision = PreparedDecision {
        id: "p1".into(),
        review: "review:community:5".into(),
        person: "tomas".into(),
        hash: "h1".into(),
        verdict: Verdict::Approve,
        meaning: "approved".into(),
        state: DecisionState::Prepared,
        detail: json!(null),
        prepared_at: NOW,
        decided_at: None,
    };
    ledger.prepare_decision(&decision, &lena()).await.unwrap();
    assert_eq!(
        ledger.prepared_decisions(None).await.unwrap(),
        std::slice::from_ref(&decision)
    );
    assert_eq!(
        ledger
            .prepared_decisions(Some(&"tomas".into()))
            .await
            .unwrap()
            .len(),
        1
    );
    assert_eq!(
        ledger
            .prepared_decisions(Some(&"lena".into()))
            .await
            .unwrap()
            .len(),
        0
    );
    let detail = json!({"current": "h2"});
    let actor = lena();
    let end = || ledger.end_decision("p1", DecisionState::Invalidated, &detail, &actor, NOW);
    end().await.unwrap();
    assert_eq!(code(&end().await.unwrap_err()), "E_STATE");
    assert!(ledger.prepared_decisions(None).await.unwrap().is_empty());
    assert_eq!(
        events(&ledger).await,
        ["review.prepared", "review.invalidated"]
    );
}

#[tokio::test]
async fn nobody_signs_the_same_hash_twice() {
    let (_dir, ledger) = fresh().await;
    let signature = Signature {
        seal: None,
        partner: None,
        person: "tomas".into(),
        printed_name: "Tomas".into(),
        verdict: Verdict::Approve,
        hash: "h1".into(),
        meaning: "approved".into(),
        at: NOW,
        reached_at: None,
        zone: "Europe/Berlin".into(),
        roles: Vec::new(),
        on_behalf_of: None,
    };
    ledger
        .put_signature("r", &signature, &lena(), NOW)
        .await
        .unwrap();
    assert!(
        ledger
            .put_signature("r", &signature, &lena(), NOW)
            .await
            .is_err()
    );
    let other = Signature {
        hash: "h2".into(),
        ..signature.clone()
    };
    ledger
        .put_signature("r", &other, &lena(), NOW)
        .await
        .unwrap();
    assert_eq!(ledger.signatures("r").await.unwrap(), [signature, other]);
}

#[tokio::test]
async fn a_setting_changed_is_in_the_chain_without_its_value() {
    let (_dir, ledger) = fresh().await;
    assert_eq!(ledger.setting::<String>("theme").await.unwrap(), None);
    for _ in 0..2 {
        ledger
            .set_setting("theme", &"dusk-42", &lena(), NOW)
            .await
            .unwrap();
    }
    assert_eq!(
        ledger.setting::<String>("theme").await.unwrap().as_deref(),
        Some("dusk-42")
    );
    let rows = ledger.list_audit(&Default::default(), 9, 0).await.unwrap();
    assert_eq!(rows.len(), 1);
    assert!(!serde_json::to_string(&rows).unwrap().contains("dusk-42"));
}
