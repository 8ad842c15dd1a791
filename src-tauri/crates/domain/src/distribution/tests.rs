//! What approves, what proves, and what becomes of a recipient.

use std::collections::BTreeMap;

use serde_json::json;

use super::*;
use crate::{
    letter,
    record::{Agreement, DeliveryTrack, Partner},
    refusal::Code,
    review::{ReviewRequest, Signature, Verdict},
    segment::Named,
    time::HOUR,
};

const NOW: Millis = Millis(1_764_000_000_000);

fn partner(id: &str, identifiers: &[&str]) -> Partner {
    Partner {
        id: id.into(),
        buid: format!("GC-{id}"),
        name: format!("Partner {id}"),
        short_name: id.into(),
        country: "GB".into(),
        agreement: Agreement {
            language: "en-GB".into(),
            currency: "GBP".into(),
            time_zone: "Europe/London".into(),
            calendar: String::new(),
            tier: "A".into(),
            reply_minutes: 60,
            resolution_minutes: 600,
            address: Vec::new(),
            contacts: Vec::new(),
            channels: vec!["email".into()],
            tolerance_set: String::new(),
            allowed_recipients: Vec::new(),
            identifiers: identifiers.iter().map(|i| (*i).to_owned()).collect(),
            terms: crate::record::Terms::default(),
        },
        updated_at: Millis(0),
    }
}

fn drafted(partners: &[Partner], exclude: &[(&str, &str)], known: &[(&str, &str)]) -> Draft {
    let map = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        let owned = pairs
            .iter()
            .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()));
        owned.collect()
    };
    let segment = BTreeMap::from([("tier".to_owned(), vec!["a".to_owned()])]);
    let (exclude, known) = (map(exclude), map(known));
    let selected = Selected {
        named: Named {
            segment: &segment,
            partners: &[],
            exclude: &exclude,
        },
        person: "lena",
        known_addresses: &known,
        sent_already: &BTreeMap::new(),
    };
    draft(partners, selected).unwrap()
}

fn enclosed_letter() -> Letter {
    Letter {
        notice: "N-1".into(),
        name: "N-1.pdf".into(),
        title: "Terms".into(),
        sha256: "aa".into(),
        hash: "bb".into(),
        review: "sp-1".into(),
    }
}

#[test]
fn who_has_no_address_of_their_own_blocks_by_name_until_left_out_with_a_reason() {
    let partners = [
        partner("P-1", &["GLN 4012345", "ZZ:ONE"]),
        partner("P-2", &[]),
        partner("P-3", &["ZZ:SHARED"]),
        partner("P-4", &["ZZ:SHARED"]),
        partner("P-5", &["ZZ:FIVE"]),
    ];
    let found = drafted(&partners, &[], &[("ZZ:FIVE", "P-9")]);
    assert_eq!(found.recipients.len(), 1);
    assert_eq!(found.recipients[0].address, "ZZ:ONE");
    let refusal = found.check().unwrap_err();
    assert_eq!(refusal.code, Code::Field);
    assert_eq!(
        refusal.detail["blocking"],
        json!(["P-2", "P-3", "P-4", "P-5"])
    );
    let left = drafted(
        &partners,
        &[
            ("P-2", "Told by letter"),
            ("P-3", "Asked"),
            ("P-4", "Asked"),
        ],
        &[("ZZ:FIVE", "P-5")],
    );
    left.check().unwrap();
    assert_eq!((left.recipients.len(), left.left_out.len()), (2, 3));
    assert_eq!(
        drafted(&[], &[], &[]).check().unwrap_err().code,
        Code::State
    );
}

#[test]
fn the_root_covers_addresses_proof_and_who_is_left_out() {
    let (letter, mdn) = (enclosed_letter(), ProofKind::Mdn);
    let base = drafted(&[partner("P-1", &["ZZ:ONE"])], &[], &[]);
    let moved = drafted(&[partner("P-1", &["ZZ:TWO"])], &[], &[]);
    let of = |draft: &Draft, proof| root("48188", &letter, proof, draft).unwrap();
    assert_eq!(of(&base, mdn), of(&base, mdn));
    assert_ne!(of(&base, mdn), of(&moved, mdn));
    assert_ne!(of(&base, mdn), of(&base, ProofKind::SignedReturn));
    let without = drafted(
        &[partner("P-1", &["ZZ:ONE"]), partner("P-2", &[])],
        &[("P-2", "Ends in May")],
        &[],
    );
    assert_ne!(of(&base, mdn), of(&without, mdn));
}

fn signature(person: &str, hash: &str) -> Signature {
    Signature {
        person: person.into(),
        printed_name: person.into(),
        verdict: Verdict::Approve,
        hash: hash.into(),
        meaning: "Approved".into(),
        at: NOW,
        reached_at: None,
        zone: "UTC".into(),
        roles: Vec::new(),
        on_behalf_of: None,
        seal: None,
        partner: None,
    }
}

fn approval(sha256: &str, people: &[&str]) -> Approval {
    let data = "dd".to_owned();
    let hash = letter::hash_of_parts(sha256, &data, "SDN-04", 3, "rr").unwrap();
    Approval {
        review: "sp-1".into(),
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
        rendered_sha256: sha256.into(),
        data_sha256: data,
        template: "SDN-04".into(),
        template_version: 3,
        recipients_sha256: "rr".into(),
        signatures: people.iter().map(|p| signature(p, &hash)).collect(),
    }
}

fn leaves(approval: Approval, sha256: &str) -> Result<(), crate::Refusal> {
    let enclosed = Enclosed {
        name: "N-1.pdf".into(),
        proof: ProofKind::Mdn,
        approval,
    };
    may_leave(LETTER, Some(&enclosed), sha256, NOW)
}

#[test]
fn only_bytes_a_quorum_of_others_signed_may_leave() {
    leaves(approval("aa", &["tomas", "priya"]), "aa").unwrap();
    let refused = [
        (approval("aa", &["tomas", "priya"]), "ab"),
        (approval("aa", &["tomas"]), "aa"),
        (approval("aa", &["tomas", "tomas"]), "aa"),
        (approval("aa", &["lena", "tomas"]), "aa"),
    ];
    for (approval, sha256) in refused {
        assert_eq!(leaves(approval, sha256).unwrap_err().code, Code::Hash);
    }
    // The approval of other bytes that says it is of these.
    let mut relabelled = approval("aa", &["tomas", "priya"]);
    relabelled.rendered_sha256 = "ab".into();
    assert_eq!(leaves(relabelled, "ab").unwrap_err().code, Code::Hash);
    let mut rejected = approval("aa", &["tomas", "priya", "omar"]);
    rejected.signatures[2].verdict = Verdict::Reject;
    assert_eq!(leaves(rejected, "aa").unwrap_err().code, Code::Hash);
    let mut nobody = approval("aa", &["tomas"]);
    nobody.request.needed = 0;
    assert_eq!(leaves(nobody, "aa").unwrap_err().code, Code::Hash);
}

#[test]
fn a_seal_that_does_not_hold_approves_nothing() {
    let key = crate::seal::SealingKey::of(&zeroize::Zeroizing::new([7; 32]));
    let mut sealed = approval("aa", &["tomas", "priya"]);
    for signature in &mut sealed.signatures {
        let bytes = signature.sealed_bytes("sp-1").unwrap();
        signature.seal = Some(key.seal(&bytes));
    }
    leaves(sealed.clone(), "aa").unwrap();
    sealed.review = "sp-2".into();
    assert_eq!(leaves(sealed, "aa").unwrap_err().code, Code::Hash);
}

#[test]
fn without_an_approval_only_business_documents_go_out() {
    for kind in ["application/EDI-X12", "application/edifact; charset=utf-8"] {
        may_leave(kind, None, "aa", NOW).unwrap();
    }
    for kind in [LETTER, "", "text/plain", "application/octet-stream"] {
        assert_eq!(
            may_leave(kind, None, "aa", NOW).unwrap_err().code,
            Code::Hash
        );
    }
}

const EXPECTED: Expected<'static> = Expected {
    kind: ProofKind::Mdn,
    transaction: "t-1",
    message_id: "<k@partner-console>",
    address: "ZZ:ONE",
    sha256: "aa",
};

fn told() -> Told {
    Told {
        kind: ProofKind::Mdn,
        message_id: Some("k@partner-console".into()),
        transaction: None,
        recipient: Some("ZZ:ONE".into()),
        sha256: Some("aa".into()),
        taken: true,
    }
}

#[test]
fn a_proof_proves_only_the_delivery_whose_message_recipient_and_content_it_names() {
    proves(&told(), EXPECTED).unwrap();
    type Change = fn(&mut Told);
    let cases: [(Change, Mismatch); 10] = [
        (|t| t.kind = ProofKind::PortalReceipt, Mismatch::Kind),
        (|t| t.message_id = Some("other@x".into()), Mismatch::Message),
        (|t| t.message_id = Some("<>".into()), Mismatch::Message),
        (|t| t.message_id = None, Mismatch::Message),
        (
            |t| t.transaction = Some("t-2".into()),
            Mismatch::Transaction,
        ),
        (|t| t.recipient = Some("ZZ:TWO".into()), Mismatch::Route),
        (|t| t.recipient = None, Mismatch::Route),
        (|t| t.sha256 = Some("ab".into()), Mismatch::Digest),
        (|t| t.sha256 = None, Mismatch::Digest),
        (|t| t.taken = false, Mismatch::Refused),
    ];
    for (change, why) in cases {
        let mut told = told();
        change(&mut told);
        assert_eq!(proves(&told, EXPECTED), Err(why), "{told:?}");
    }
}

#[test]
fn a_recipient_is_unproven_after_48_hours_and_a_late_proof_still_proves() {
    let patience = 48 * HOUR;
    let of = |known, at: i64| standing(known, patience, NOW.plus(at)).state;
    let sent = Known {
        sent_at: Some(NOW),
        ..Known::default()
    };
    let delivered = Known {
        delivery: Some(DeliveryTrack::Delivered),
        ..sent
    };
    assert_eq!(of(Known::default(), 0), RecipientState::Ready);
    assert_eq!(of(sent, 0), RecipientState::Sent);
    assert_eq!(of(delivered, patience - 1), RecipientState::Delivered);
    assert_eq!(of(delivered, patience), RecipientState::Unproven);
    assert_eq!(of(sent, patience), RecipientState::Unproven);
    let proven = Known {
        proven: true,
        ..delivered
    };
    assert_eq!(of(proven, 9 * patience), RecipientState::Proven);
    let failed = Known {
        delivery: Some(DeliveryTrack::Failed),
        ..sent
    };
    assert_eq!(of(failed, 0), RecipientState::Failed);
    let refused = Known {
        given_up: true,
        ..Known::default()
    };
    assert_eq!(of(refused, 0), RecipientState::Failed);
}

#[test]
fn a_distribution_is_complete_only_when_everybody_is_proven() {
    use RecipientState::{Delivered, Failed, Proven, Ready, Sent, Unproven};
    for (states, state) in [
        (vec![Ready, Ready], DistributionState::Ready),
        (vec![Ready, Sent], DistributionState::Sending),
        (vec![Proven, Delivered], DistributionState::Sending),
        (vec![Proven, Proven], DistributionState::Complete),
        (vec![Proven, Unproven], DistributionState::Partial),
        (vec![Failed, Failed], DistributionState::Partial),
    ] {
        assert_eq!(Counts::of(states.into_iter()).state(), state);
    }
}

const PLAYBOOK: &str = include_str!("../../../../../assets/playbooks/distribution.toml");

#[test]
fn what_is_said_of_a_recipient_is_of_their_own_send_and_no_letter_goes_without_its_gate() {
    let playbook = crate::playbook::load("distribution", PLAYBOOK).unwrap();
    let recipients: Vec<_> = ["ZZ:ONE", "ZZ:TWO"]
        .iter()
        .map(|to| json!({"partner_id": to, "name": to, "address": to}))
        .collect();
    let enclosed = Enclosed {
        name: "N-1.pdf".into(),
        proof: ProofKind::Mdn,
        approval: approval("aa", &["tomas", "priya"]),
    };
    let facts = crate::playbook::Facts {
        case: crate::ObjectRef::new(crate::Kind::Case, crate::System::Community, "7"),
        values: json!({
            "case": {"id": "7", "status": "new"},
            "distribution": {"number": "D-1", "title": "Terms", "root": "rr", "count": 2, "recipients": recipients,
                "letter": enclosed_letter(), "from": "ZZ:US", "enclosed": enclosed, "definition": {}},
        }),
        connected: [crate::System::Community, crate::System::Documents].into(),
    };
    let intent = crate::IntentId("i-1".into());
    let plan = crate::playbook::plan(&playbook, &facts, &BTreeMap::new(), &intent).unwrap();
    for n in [1, 2] {
        let (send, sent) = (format!("send_{n}"), format!("sent_{n}"));
        let step = |id: &str| plan.steps.iter().find(|s| s.id == id).unwrap();
        assert_eq!(step(&sent).args["data"]["transaction"]["from_step"], send);
        assert_eq!(step(&sent).args["data"]["message_id"]["from_step"], send);
        assert_eq!(step(&sent).args["space_id"]["from_step"], "space");
        assert!(step(&send).waits_on.contains(&"approved_bytes".to_owned()));
        assert_eq!(
            serde_json::from_value::<Enclosed>(step(&send).args["letter"].clone()).unwrap(),
            enclosed
        );
    }
    let ungated = PLAYBOOK.replace(", \"approved_bytes\"]", "]");
    let error = crate::playbook::load("distribution", &ungated).unwrap_err();
    assert!(error.reason.contains("without a gate"), "{error}");
}
