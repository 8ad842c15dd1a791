//! Letters over the grid: only approved bytes go out, and what comes back proves one delivery.

use connectors::{CallError, Connector as _, documents::proof};
use domain::{
    Kind, ObjectRef, System,
    canonical::sha256_hex,
    distribution::{self, Approval, Enclosed, Expected, LETTER, Mismatch, ProofKind},
    letter,
    operation::Call,
    review::{ReviewRequest, Signature, Verdict},
};
use whole_system::harness::Outcome;

use super::{documents, start};
use crate::beside::Beside;

const BYTES: &[u8] = b"%PDF-1.7\nTerms of trade\n%%EOF\n";
const FROM: &str = "ZZ:CORVANE";
const TO: &str = "ZZ:BRAMBLEWICK";

/// The approval of these bytes by these people.
fn approval(beside: &Beside, bytes: &[u8], people: &[&str]) -> Approval {
    let rendered_sha256 = sha256_hex(bytes);
    let hash = letter::hash_of_parts(&rendered_sha256, "dd", "SDN-04", 3, "rr").unwrap();
    let at = beside.now();
    let signature = |person: &&str| Signature {
        person: (*person).into(),
        printed_name: (*person).to_owned(),
        verdict: Verdict::Approve,
        hash: hash.clone(),
        meaning: "Approved".to_owned(),
        at,
        reached_at: None,
        zone: "UTC".to_owned(),
        roles: Vec::new(),
        on_behalf_of: None,
        seal: None,
        partner: None,
    };
    Approval {
        review: "sp-1".to_owned(),
        request: ReviewRequest {
            maker: "lena".into(),
            hash: hash.clone(),
            needed: 2,
            expires_at: None,
            due_at: None,
            deputies: None,
            rule: None,
            partner: None,
        },
        rendered_sha256,
        data_sha256: "dd".to_owned(),
        template: "SDN-04".to_owned(),
        template_version: 3,
        recipients_sha256: "rr".to_owned(),
        signatures: people.iter().map(signature).collect(),
    }
}

fn send(approval: Option<Approval>, proof: ProofKind, bytes: &[u8]) -> Call {
    let enclosed = approval.map(|approval| Enclosed {
        name: "Terms \"1\".pdf".to_owned(),
        proof,
        approval,
    });
    Call::SendDocument {
        from: FROM.to_owned(),
        to: TO.to_owned(),
        media_type: LETTER.to_owned(),
        blob: sha256_hex(bytes),
        letter: enclosed.map(Box::new),
    }
}

/// T3 of S1.6: whatever a plan says, the connector sends no letter that a quorum of others did not approve byte for byte.
#[tokio::test]
async fn what_nobody_approved_is_refused_before_anything_is_sent() -> Outcome {
    let (beside, connector) = start().await?;
    let others = b"%PDF-1.7\nOther terms\n%%EOF\n";
    let mut relabelled = approval(&beside, BYTES, &["tomas", "priya"]);
    relabelled.rendered_sha256 = sha256_hex(others);
    let two = ["tomas", "priya"];
    let cases: [(Option<Approval>, &[u8]); 5] = [
        (None, BYTES),
        (Some(approval(&beside, BYTES, &two)), others),
        (Some(relabelled), others),
        (Some(approval(&beside, BYTES, &["tomas"])), BYTES),
        (Some(approval(&beside, BYTES, &["lena", "tomas"])), BYTES),
    ];
    for (place, (approval, bytes)) in cases.into_iter().enumerate() {
        let call = send(approval, ProofKind::Mdn, bytes);
        let step = beside.outgoing(&format!("refused-{place}"), call, &[bytes]);
        let error = connector.perform(&step).await.unwrap_err();
        let CallError::Refused { status: 0, message } = error else {
            panic!("{place}: {error:?}")
        };
        assert!(message.starts_with("E_HASH"), "{place}: {message}");
    }
    assert!(beside.effects("send_document").await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn an_approved_letter_goes_out_once_and_its_proof_is_of_this_delivery() -> Outcome {
    for kind in [
        ProofKind::Mdn,
        ProofKind::PortalReceipt,
        ProofKind::SignedReturn,
    ] {
        let (beside, connector) = start().await?;
        let call = send(
            Some(approval(&beside, BYTES, &["tomas", "priya"])),
            kind,
            BYTES,
        );
        let step = beside.outgoing("letter", call, &[BYTES]);
        let sent = beside.drive(&connector, &step).await?;
        let object = ObjectRef::new(
            Kind::Document,
            System::Documents,
            format!("{}/proof", sent.remote_ref),
        );
        assert!(
            connector.content(&object).await.is_err(),
            "not delivered yet"
        );
        beside.advance(7_200).await?;
        let content = connector.content(&object).await.unwrap();
        let told = proof::read(&content.media_type, &content.bytes).expect("a proof");
        let expected = Expected {
            kind,
            transaction: &sent.remote_ref,
            message_id: sent.detail["message_id"].as_str().unwrap_or_default(),
            address: TO,
            sha256: &sha256_hex(BYTES),
        };
        assert_eq!(distribution::proves(&told, expected), Ok(()), "{kind}");
        let elsewhere = Expected {
            address: "ZZ:QUILLFEATHER",
            ..expected
        };
        assert_eq!(distribution::proves(&told, elsewhere), Err(Mismatch::Route));
        // The grid shows it as a letter: there is nothing in it to read.
        let pulled = beside.pull(&connector, "transactions", None).await;
        let shown = documents(&pulled)
            .into_iter()
            .find(|d| d.id == sent.remote_ref)
            .expect("it was sent");
        assert_eq!((shown.standard.as_str(), &shown.problem), ("bin", &None));
        assert_eq!(shown.payload_sha256, Some(sha256_hex(BYTES)));
        assert_eq!(shown.receiver, TO);
    }
    Ok(())
}
