use serde_json::json;

use super::*;

fn data() -> Map<String, Value> {
    json!({
        "externalId": "N-3127", "date": "2026-11-20",
        "recipient": {"company": "Bramblewick Foods Ltd", "person": "Ms Okafor", "department": "Accounts receivable",
            "address": ["2 Orchard Row", "Little Bramble BB0 0ZZ"], "email": "receivables@bramblewick.example"},
        "title": "Shipment discrepancy and debit, order 4500771820",
        "issue": "We received your ship notice **ASN-0048131** and your invoice **INV-90417** for our order **4500771820**. The quantities do not agree with our count at dock 4.",
        "lines": [
            {"line": "3", "item": "Hazelnut spread 6 × 400 g", "finding": "Billed 240, received 192", "amount": "1,641.60"},
            {"line": "6", "item": "Heather honey 8 × 500 g", "finding": "Billed 144, none shipped", "amount": "6,696.00"}],
        "currency": "EUR", "total": "8,337.60",
        "next_steps": ["We have held **€ 8,337.60** back from the invoice."],
        "required_action": "Please send a credit note, or proof that the goods were loaded.",
        "answer_by": "2026-11-27", "dock_count": "192 CS, seal intact", "details": {"case_number": "PC-48213"},
        "clause": "This notice is given under clause 7.3 of our supply agreement.",
        "sender": {"name": "Corvane Supply B.V.", "department": "Partner settlement"}
    })
    .as_object()
    .unwrap()
    .clone()
}

fn letter(data: &Map<String, Value>) -> Letter<'_> {
    Letter {
        template_title: "Shipment discrepancy",
        language: "en-GB",
        channel: "letter",
        data,
    }
}

#[test]
fn the_same_data_gives_the_same_bytes_and_another_character_other_bytes() {
    let first = letter(&data()).pdf();
    assert!(first.starts_with(b"%PDF-"));
    assert_eq!(first, letter(&data()).pdf());
    let mut other = data();
    other.insert("dock_count".into(), "193 CS, seal intact".into());
    assert_ne!(first, letter(&other).pdf());
}

#[test]
fn a_missing_block_is_named() {
    let mut without = data();
    without.remove("next_steps");
    without.insert("issue".into(), "  ".into());
    assert_eq!(letter(&without).missing(), ["issue", "next_steps"]);
}

#[test]
fn hostile_data_ends_in_a_bounded_letter() {
    let long = "x".repeat(50_000);
    let rtl = "שלום עולם \u{202e} abc \u{0} def";
    let many: Vec<Value> = (0..2_000)
        .map(|n| json!({"line": n, "item": rtl}))
        .collect();
    let data = json!({"issue": long, "next_steps": rtl, "required_action": ["**", "****a", {}], "lines": many,
        "recipient": 7, "date": "9999-99-99", "title": "\u{7}"});
    let bytes = letter(data.as_object().unwrap()).pdf();
    assert!(bytes.starts_with(b"%PDF-") && bytes.len() < 4_000_000);
}
