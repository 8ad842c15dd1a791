use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::*;
use crate::{
    IntentId, ObjectRef, System,
    operation::{Call, Operation},
    plan::Plan,
    refusal::Code,
};

const SHIPPED: &[(&str, &str)] = &[
    (
        "customer_notice",
        include_str!("../../../../../assets/playbooks/customer_notice.toml"),
    ),
    (
        "regulated_letter",
        include_str!("../../../../../assets/playbooks/regulated_letter.toml"),
    ),
    (
        "file_message",
        include_str!("../../../../../assets/playbooks/file_message.toml"),
    ),
    (
        "ticket",
        include_str!("../../../../../assets/playbooks/ticket.toml"),
    ),
    (
        "reply",
        include_str!("../../../../../assets/playbooks/reply.toml"),
    ),
    (
        "note",
        include_str!("../../../../../assets/playbooks/note.toml"),
    ),
    (
        "delivery_status",
        include_str!("../../../../../assets/playbooks/delivery_status.toml"),
    ),
    (
        "release_approved",
        include_str!("../../../../../assets/playbooks/release_approved.toml"),
    ),
    (
        "release_mismatch",
        include_str!("../../../../../assets/playbooks/release_mismatch.toml"),
    ),
    (
        "letter_evidence",
        include_str!("../../../../../assets/playbooks/letter_evidence.toml"),
    ),
    (
        "letter_recalled",
        include_str!("../../../../../assets/playbooks/letter_recalled.toml"),
    ),
    (
        "resolve_case",
        include_str!("../../../../../assets/playbooks/resolve_case.toml"),
    ),
];

fn playbook(id: &str) -> Playbook {
    let (_, text) = SHIPPED.iter().find(|(name, _)| *name == id).unwrap();
    load(id, text).unwrap()
}

fn facts() -> Facts {
    Facts {
        case: ObjectRef::case("48213"),
        connected: System::ALL.iter().copied().collect::<BTreeSet<_>>(),
        values: json!({
            "case": {"id": "48213", "number": "PC-48213", "subject": "Short shipment", "case_type": "shipment_exception",
                "subtype": "", "status": "new", "version": 3, "external_refs": [], "po": "4500771820", "asn": null, "invoice": null},
            "partner": {"id": "P-1001", "buid": "GC1", "name": "Bramblewick Foods Ltd", "short_name": "Bramblewick"},
            "notice": {"id": "N-1", "number": "N-1", "version": 1},
            "template": {"key": "SDN-02", "title": "Shipment discrepancy", "version": 3, "language": "en", "regulated": false,
                "next_steps": "We count again.", "required_action": "Please confirm.", "case_status": "waiting_partner"},
            "recipient": {"address": "a@bramblewick.example", "channel": "email", "name": "Ines Okafor", "letterhead": {}},
            "company": {"name": "Corvane"},
            "dates": {"today": "2026-11-20", "answer_by": "2026-11-27"},
            "findings": {"sentence": "Short 48 CS on line 3.", "lines": []},
            "person": {"id": "lena.kovar"},
            "review": {"needed": 2, "due_at": 1, "decide_by": 1},
            "workspace": {"id": "900", "name": "Order 4500771820", "chosen": true},
            "message": {"name": "message.txt", "blob": "ab", "text": "Two pallets are missing."},
            "attachments": [{"filed_name": "a.pdf", "media_type": "application/pdf", "sha256": "aa"},
                            {"filed_name": "b.pdf", "media_type": "application/pdf", "sha256": "bb"}],
            "attachment_count": 2,
            "tracker": {"queue": "General"},
            "ticket": {"id": "", "comment_on": "new", "linked": false},
            "loop": {"may_close": true}
        }),
    }
}

fn make(id: &str, facts: &Facts, typed: &[(&str, &str)]) -> Result<Plan, crate::Refusal> {
    let typed: BTreeMap<String, String> = typed
        .iter()
        .map(|(k, v)| ((*k).into(), (*v).into()))
        .collect();
    plan(&playbook(id), facts, &typed, &IntentId::from("i-1"))
}

#[test]
fn every_shipped_playbook_passes_the_check_it_is_loaded_with() {
    for (id, _) in SHIPPED {
        assert_eq!(&playbook(id).id, id);
    }
}

#[test]
fn a_notice_plan_renders_releases_and_records_in_order_with_stable_keys() {
    let first = make("customer_notice", &facts(), &[]).unwrap();
    let words: Vec<_> = first.steps.iter().map(|s| s.operation.word()).collect();
    assert_eq!(words, ["render", "release", "update_case", "post_message"]);
    assert!(first.gates.is_empty());
    assert_eq!(first.steps[1].waits_on, ["render"]);
    assert_eq!(
        first.steps[1].args["content_sha256"],
        json!({"from_step": "render", "field": "sha256"})
    );
    let again = make("customer_notice", &facts(), &[]).unwrap();
    assert_eq!(first, again);
    let other = make("customer_notice", &facts(), &[("issue", "Another text")]).unwrap();
    assert_ne!(first.steps[0].key, other.steps[0].key);
}

#[test]
fn a_newer_version_of_the_case_does_not_change_the_key_of_the_same_change() {
    let mut later = facts();
    later.values["case"]["version"] = json!(9);
    let (a, b) = (
        make("customer_notice", &facts(), &[]).unwrap(),
        make("customer_notice", &later, &[]).unwrap(),
    );
    assert_eq!(a.steps[2].key, b.steps[2].key);
}

#[test]
fn a_missing_required_field_is_named_and_nothing_is_planned() {
    let mut bare = facts();
    bare.values["template"]["next_steps"] = json!("");
    let refusal = make("customer_notice", &bare, &[]).unwrap_err();
    assert_eq!(refusal.code, Code::Field);
    assert_eq!(refusal.detail, json!({"fields": ["next_steps"]}));
    let refusal = make("customer_notice", &facts(), &[("colour", "red")]).unwrap_err();
    assert_eq!(refusal.detail, json!({"fields": ["colour"]}));
}

#[test]
fn a_regulated_template_cannot_be_sent_by_the_unreviewed_playbook() {
    let mut regulated = facts();
    regulated.values["template"]["regulated"] = json!(true);
    assert_eq!(
        make("customer_notice", &regulated, &[]).unwrap_err().code,
        Code::NotApplicable
    );
    let plan = make("regulated_letter", &regulated, &[]).unwrap();
    let release = plan.steps.iter().find(|s| s.id == "release").unwrap();
    assert!(release.waits_on.contains(&"review".to_owned()));
    assert!(plan.gates.iter().any(|g| g.id == "review"));
}

#[test]
fn each_attachment_is_verified_against_its_own_upload() {
    let plan = make("file_message", &facts(), &[]).unwrap();
    let verify: Vec<_> = plan
        .steps
        .iter()
        .filter(|s| s.id.starts_with("verify_attachment"))
        .collect();
    assert_eq!(verify.len(), 2);
    for (n, step) in verify.iter().enumerate() {
        assert_eq!(
            step.args["node_id"]["from_step"],
            format!("attachment_{}", n + 1)
        );
    }
    assert_eq!(
        plan.steps.last().unwrap().waits_on,
        [
            "verify_message",
            "verify_attachment_1",
            "verify_attachment_2"
        ]
    );
}

#[test]
fn a_ticket_is_created_once_and_linked_with_its_own_reference() {
    let plan = make("ticket", &facts(), &[]).unwrap();
    let ids: Vec<_> = plan.steps.iter().map(|s| s.id.as_str()).collect();
    assert_eq!(ids, ["create", "link", "comment_new"]);
    let refs = &plan.steps[1].args["changes"]["add_external_refs"][0]["id"];
    assert_eq!(refs, &json!({"from_step": "create", "field": "remote_ref"}));
    let call: Call = serde_json::from_value(plan.steps[0].args.clone()).unwrap();
    assert!(matches!(call, Call::CreateTicket { marker, .. } if marker == "i-1:create"));
}

#[test]
fn an_absent_optional_system_is_skipped_and_said() {
    let mut without = facts();
    without.values["template"]["regulated"] = json!(true);
    without.connected.remove(&System::Workspaces);
    let plan = make("regulated_letter", &without, &[]).unwrap();
    assert!(plan.steps.iter().all(|s| s.id != "file"));
    assert_eq!(plan.skipped, ["file (workspaces is not connected)"]);
}

#[test]
fn derived_keys_come_from_the_event_alone() {
    let with_event = |intent: &str, version: i64| {
        let mut f = facts();
        f.values["case"]["version"] = json!(version);
        f.values["event"] = json!({"kind": "notice_changed", "id": "exstream/ev-7", "notice": "N-1", "state": "delivered",
            "communication_status": "delivered", "loop_state": "open"});
        plan(
            &playbook("delivery_status"),
            &f,
            &BTreeMap::new(),
            &IntentId::from(intent),
        )
        .unwrap()
    };
    let (here, there) = (with_event("desktop-1", 1), with_event("desktop-2", 4));
    assert_eq!(
        here.steps.iter().map(|s| &s.key).collect::<Vec<_>>(),
        there.steps.iter().map(|s| &s.key).collect::<Vec<_>>()
    );
    assert_eq!(
        make("delivery_status", &facts(), &[]).unwrap_err().code,
        Code::NotApplicable
    );
}

fn approved(claimant: &str) -> Facts {
    let mut facts = facts();
    let values = facts.values.as_object_mut().unwrap();
    values.insert("desk".into(), json!({"claimant": claimant}));
    values.insert(
        "event".into(),
        json!({"kind": "review_approved", "id": "release/sp-1/h", "space": "sp-1", "notice": "N-9", "notice_number": "N-9",
            "hash": "h", "rendered_sha256": "aa", "document_id": "d-1", "template": "SDN-04", "template_version": 2,
            "template_title": "Shipment discrepancy and debit", "channel": "letter", "language": "en",
            "recipient": "1 Quay", "moves_case": "true", "claim": "N-9", "case_status": "waiting_partner", "needed": 2, "letter": {"issue": "x", "recipients": ["1 Quay"]}}),
    );
    facts
}

fn released_by(claimant: &str, person: &str, today: &str) -> Plan {
    let mut facts = approved(claimant);
    facts.values["person"]["id"] = json!(person);
    facts.values["dates"]["today"] = json!(today);
    let intent = IntentId::from("derived/release/sp-1/h");
    plan(
        &playbook("release_approved"),
        &facts,
        &BTreeMap::new(),
        &intent,
    )
    .unwrap()
}

#[test]
fn two_desktops_derive_the_same_release_and_differ_in_the_key_of_the_claim_alone() {
    let (one, other) = (
        released_by("desk-1", "tomas", "2026-11-20"),
        released_by("desk-2", "priya", "2026-11-21"),
    );
    for (a, b) in one.steps.iter().zip(&other.steps) {
        assert_eq!(a.args, b.args, "{}", a.id);
        assert_eq!(a.key == b.key, a.operation != Operation::Claim, "{}", a.id);
    }
    let sent =
        serde_json::to_string(&one.steps.iter().map(|s| &s.args).collect::<Vec<_>>()).unwrap();
    for own in ["desk-1", "tomas", "2026-11-20"] {
        assert!(!sent.contains(own), "{own} stands in {sent}");
    }
    let waits = |plan: &Plan, id: &str| {
        plan.steps
            .iter()
            .find(|s| s.id == id)
            .unwrap()
            .waits_on
            .clone()
    };
    for told in ["outcome", "case", "post", "file"] {
        assert!(
            waits(&one, told).contains(&"release_check".to_owned()),
            "{told}"
        );
        let own = make_regulated();
        assert!(
            waits(&own, told).contains(&"release_check".to_owned()),
            "{told}"
        );
    }
}

fn make_regulated() -> Plan {
    let mut facts = facts();
    facts.values["template"]["regulated"] = json!(true);
    make("regulated_letter", &facts, &[]).unwrap()
}

#[test]
fn what_runs_by_itself_may_send_nothing_of_one_desktop() {
    let text = SHIPPED
        .iter()
        .find(|(name, _)| *name == "delivery_status")
        .unwrap()
        .1;
    for own in [
        "{person.name}",
        "{dates.today}",
        "{desk.claimant}",
        "{intent}",
    ] {
        let changed = text.replace("{event.reason?}", own);
        let error = load("delivery_status", &changed).unwrap_err();
        assert!(error.reason.contains("every desktop"), "{error}");
    }
}

#[test]
fn a_playbook_that_releases_without_a_review_gate_is_refused_when_loaded() {
    let text = SHIPPED[0].1.replace(
        "waits_on = [\"render\", \"no_review\"]",
        "waits_on = [\"render\"]",
    );
    assert!(
        load("x", &text)
            .unwrap_err()
            .reason
            .contains("without a review gate")
    );
    for (from, to, why) in [
        (
            "operation = \"post_message\"",
            "operation = \"shout\"",
            "unknown variant",
        ),
        (
            "waits_on = [\"release\"]",
            "waits_on = [\"later\"]",
            "does not stand before it",
        ),
        (
            "\"@render.sha256\"",
            "\"@post.sha256\"",
            "does not stand before it",
        ),
        ("repeatable = true", "colour = 1", "colour"),
    ] {
        let text = SHIPPED[0]
            .1
            .replace("summary =", "repeatable = true\nsummary =")
            .replace(from, to);
        assert!(load("x", &text).unwrap_err().reason.contains(why), "{from}");
    }
}
