//! The release of a regulated letter as a fact that every desktop can follow: who may release it, what it consists of,
//! and what is told when something else was produced than was approved (invariant I2).
//!
//! Pure, and without device, person or local time: every desktop that pulls the same review derives the same steps.

use serde_json::{Map, Value, json};

use crate::{
    Millis, letter,
    review::{self, ReviewRequest, ReviewState, Signature},
    review_comments::version_of,
    review_log::ReviewRecord,
    review_rule,
};

/// Item of a review space: something else was produced than was approved.
pub const MISMATCH: &str = "mismatch";
/// Item of a review space: the letter is not the one that was signed any more.
pub const INVALIDATION: &str = "invalidation";
/// Item of a review space: its maker took the letter back before it was released.
pub const RECALL: &str = "recall";

/// A review as it lies in its space.
#[derive(Debug, Clone, Copy)]
pub struct Reviewed<'a> {
    /// Id of the space.
    pub space_id: &'a str,
    /// Login of who published the request.
    pub author: &'a str,
    /// What the request says: notice, case, template, driver data of the letter, hashes.
    pub data: &'a Map<String, Value>,
    /// The request.
    pub request: &'a ReviewRequest,
    /// Signatures that Community has.
    pub signatures: &'a [Signature],
}

/// Text in an object; empty when it is not there.
pub(crate) fn text<'a>(map: &'a Map<String, Value>, name: &str) -> &'a str {
    map.get(name).and_then(Value::as_str).unwrap_or_default()
}

impl<'a> From<&'a ReviewRecord> for Reviewed<'a> {
    fn from(review: &'a ReviewRecord) -> Self {
        Self {
            space_id: &review.space_id,
            author: &review.author,
            data: &review.data,
            request: &review.request,
            signatures: &review.signatures,
        }
    }
}

/// Event that lets a desktop release an approved letter in the place of the one that asked for the review. `least` is the
/// quorum of the policy here: a request may ask for more, never for less.
///
/// `None` unless the quorum stands and the request proves itself: it was published by the maker it names, and its data,
/// template and recipients give exactly the content hash that was signed.
#[must_use]
pub fn release_event(reviewed: &Reviewed<'_>, least: u32, now: Millis) -> Option<Value> {
    let (data, mut request) = (reviewed.data, reviewed.request.clone());
    request.needed = request.needed.max(least);
    if let Some(asked) = &mut request.partner {
        asked.internal = asked.internal.max(least);
    }
    let current = request.hash.clone();
    if review::state(&request, reviewed.signatures, &current, now) != ReviewState::Approved
        || reviewed.author != request.maker.as_str()
    {
        return None;
    }
    let driver_data = data.get("letter").filter(|l| l.is_object())?;
    let version = data.get("template_version").and_then(Value::as_i64)?;
    let (template, rendered) = (text(data, "template"), text(data, "rendered_sha256"));
    let proven = letter::hash_of_render(template, version, driver_data, rendered).ok()?;
    if proven != request.hash {
        return None;
    }
    // The address that was signed, not one that stands beside it.
    let recipient = driver_data.pointer("/recipients/0")?.as_str()?;
    Some(json!({
        "kind": "review_approved",
        "id": release_id(reviewed.space_id, &request.hash),
        "space": reviewed.space_id,
        "notice": text(data, "notice"),
        "notice_number": text(data, "notice_number"),
        "hash": request.hash,
        "rendered_sha256": rendered,
        "document_id": text(data, "document_id"),
        "template": template,
        "template_version": version,
        "template_title": text(data, "template_title"),
        "channel": text(data, "channel"),
        "language": text(data, "language"),
        "recipient": recipient,
        "case_status": text(data, "case_status"),
        "claim": claim_subject(text(data, "notice"), &version_of(data)),
        "moves_case": (!text(data, "case_status").is_empty()).to_string(),
        "needed": request.needed,
        "letter": driver_data,
    }))
}

/// What desktops claim to release a letter: each version of it is another one, as the release of the one before may have
/// been won, and stopped while it was held.
#[must_use]
pub fn claim_subject(notice: &str, version: &str) -> String {
    match version {
        "" | "1" => notice.to_owned(),
        version => format!("{notice}/{version}"),
    }
}

/// Id of the event by which the release of this content is taken over.
#[must_use]
pub fn release_id(space_id: &str, hash: &str) -> String {
    format!("release/{space_id}/{hash}")
}

/// Event of a release check that failed.
#[must_use]
pub fn mismatch_event(
    space_id: &str,
    data: &Map<String, Value>,
    hash: &str,
    approved_sha256: &str,
    produced_sha256: &str,
) -> Value {
    let short = |sha: &str| sha.get(..8).unwrap_or(sha).to_owned();
    json!({
        "kind": "release_mismatch",
        "id": format!("mismatch/{space_id}/{hash}/{produced_sha256}"),
        "space": space_id,
        "notice": text(data, "notice"),
        "notice_number": text(data, "notice_number"),
        "template_title": text(data, "template_title"),
        "hash": hash,
        "approved_sha256": approved_sha256,
        "produced_sha256": produced_sha256,
        "approved_short": short(approved_sha256),
        "produced_short": short(produced_sha256),
    })
}

/// Event of a letter its maker took back. `claimed` says that this desktop holds the right to release it already; `claim` in
/// the data is what it would claim, where that is not the notice.
#[must_use]
pub fn recall_event(space_id: &str, data: &Map<String, Value>, hash: &str, claimed: bool) -> Value {
    let claim = match text(data, "claim") {
        "" => text(data, "notice"),
        claim => claim,
    };
    json!({
        "claim": claim,
        "kind": "letter_recalled",
        "id": format!("recall/{space_id}/{hash}"),
        "space": space_id,
        "notice": text(data, "notice"),
        "notice_number": text(data, "notice_number"),
        "hash": hash,
        "claimed": claimed,
    })
}

/// What the evidence page of a released letter says.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// Number of the letter.
    pub notice: &'a str,
    /// Title of its template, with key and version.
    pub template: &'a str,
    /// Number of the case.
    pub case_number: &'a str,
    /// Printed name of the maker.
    pub maker: &'a str,
    /// The request.
    pub request: &'a ReviewRequest,
    /// The signatures.
    pub signatures: &'a [Signature],
    /// SHA-256 of the bytes that were approved.
    pub approved_sha256: &'a str,
    /// SHA-256 of the bytes that were produced; none while nothing was.
    pub produced_sha256: Option<&'a str>,
}

/// The evidence page: who signed what, when and with which meaning. Text in UTF-8, since names are in every script, and
/// the same bytes on every desktop.
#[must_use]
pub fn evidence_page(evidence: &Evidence<'_>) -> String {
    let progress = review_rule::progress(evidence.request, evidence.signatures);
    let counted = progress
        .counted
        .iter()
        .chain(&progress.by_partner)
        .filter_map(|place| evidence.signatures.get(*place));
    let mut signed: Vec<&Signature> = counted.collect();
    signed.sort_by(|a, b| (a.at, &a.person).cmp(&(b.at, &b.person)));
    let produced = match evidence.produced_sha256 {
        None => "It was not produced yet.".to_owned(),
        Some(produced) => format!(
            "SHA-256 of the produced bytes: {produced}\nWhat was produced is {}what was approved.",
            if produced == evidence.approved_sha256 {
                ""
            } else {
                "NOT "
            }
        ),
    };
    let mut page = format!(
        "Evidence of approval\n\nLetter: {}\nTemplate: {}\nCase: {}\nMade by: {}\n\nContent hash that was signed: {}\n\
         SHA-256 of the approved bytes: {}\n{}\n\nSignatures ({} needed):\n",
        one_line(evidence.notice),
        one_line(evidence.template),
        one_line(evidence.case_number),
        one_line(evidence.maker),
        one_line(&evidence.request.hash),
        evidence.approved_sha256,
        produced,
        evidence.request.needed,
    );
    for (place, signature) in (1..).zip(signed) {
        let person = one_line(signature.person.as_str());
        let name = one_line(&signature.printed_name);
        let name = if name.is_empty() { &person } else { &name };
        let of = signature.on_behalf_of.as_ref();
        let of = of.map_or_else(String::new, |of| {
            let (name, person) = (one_line(&of.printed_name), one_line(of.person.as_str()));
            format!(" on behalf of {name} ({person})")
        });
        page.push_str(&format!(
            "{place}. {name} ({person}){of}\n   {}{}\n   Meaning: {}\n",
            signature.at.rfc3339(),
            local(signature),
            one_line(&signature.meaning),
        ));
    }
    page
}

/// A value as one line: what a person or another desktop wrote must not look like lines of the page itself.
fn one_line(text: &str) -> String {
    let ends = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    text.replace(ends, " ").trim().to_owned()
}

/// The signer's own time beside UTC.
fn local(signature: &Signature) -> String {
    let (Ok(zone), Some(at)) = (signature.zone.parse::<chrono_tz::Tz>(), signature.at.utc()) else {
        return String::new();
    };
    let there = at.with_timezone(&zone).format("%Y-%m-%d %H:%M:%S");
    format!(", {there} in {}", signature.zone)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::review::Verdict;

    fn letter() -> Value {
        json!({"issue": "Twelve are short", "recipients": ["1 Quay, Umberfield"]})
    }

    fn data(driver_data: &Value) -> Map<String, Value> {
        json!({
            "notice": "N-1", "notice_number": "N-1", "template": "SDN-04", "template_version": 3,
            "rendered_sha256": "aa", "document_id": "d-1", "channel": "letter", "recipient": "elsewhere", "letter": driver_data,
        })
        .as_object()
        .unwrap()
        .clone()
    }

    fn request(needed: u32) -> ReviewRequest {
        ReviewRequest {
            maker: "lena".into(),
            hash: letter::hash_of_render("SDN-04", 3, &letter(), "aa").unwrap(),
            needed,
            expires_at: None,
            due_at: None,
            deputies: None,
            rule: None,
            partner: None,
        }
    }

    fn signed(people: &[&str]) -> Vec<Signature> {
        people
            .iter()
            .map(|person| Signature {
                person: (*person).into(),
                printed_name: format!("Ms {person}"),
                verdict: Verdict::Approve,
                hash: request(2).hash,
                meaning: "Approved".into(),
                at: Millis(1_764_000_000_000),
                reached_at: None,
                zone: "Europe/Amsterdam".into(),
                roles: Vec::new(),
                on_behalf_of: None,
                seal: None,
                partner: None,
            })
            .collect()
    }

    fn event(driver_data: &Value, author: &str, needed: u32, people: &[&str]) -> Option<Value> {
        release_event(
            &Reviewed {
                space_id: "sp-1",
                author,
                data: &data(driver_data),
                request: &request(needed),
                signatures: &signed(people),
            },
            2,
            Millis(2),
        )
    }

    #[test]
    fn an_approved_letter_is_released_to_the_address_that_was_signed() {
        let event = event(&letter(), "lena", 2, &["tomas", "priya"]).unwrap();
        assert_eq!(event["recipient"], "1 Quay, Umberfield");
        assert_eq!(event["letter"], letter());
    }

    #[test]
    fn nothing_is_released_that_is_not_exactly_what_was_signed() {
        let two = ["tomas", "priya"];
        let mut changed = letter();
        changed["issue"] = json!("Twelve are short!");
        assert_eq!(event(&changed, "lena", 2, &two), None);
        let mut elsewhere = letter();
        elsewhere["recipients"] = json!(["2 Quay, Umberfield"]);
        assert_eq!(event(&elsewhere, "lena", 2, &two), None);
    }

    #[test]
    fn a_request_neither_lowers_the_quorum_nor_speaks_for_another_maker() {
        assert_eq!(event(&letter(), "lena", 1, &["tomas"]), None);
        assert_eq!(event(&letter(), "lena", 2, &["lena", "tomas"]), None);
        assert_eq!(event(&letter(), "mallory", 2, &["tomas", "priya"]), None);
        assert_eq!(event(&letter(), "lena", 3, &["tomas", "priya"]), None);
    }

    #[test]
    fn the_evidence_page_names_who_signed_when_and_what_for() {
        let (request, signatures) = (request(2), signed(&["priya", "lena", "tomas"]));
        let page = evidence_page(&Evidence {
            notice: "N-1",
            template: "SDN-04 release 3",
            case_number: "PC-7",
            maker: "Lena",
            request: &request,
            signatures: &signatures,
            approved_sha256: "aa",
            produced_sha256: Some("aa"),
        });
        assert!(page.contains("1. Ms priya (priya)\n   2025-11-24T16:00:00.000Z, 2025-11-24 17:00:00 in Europe/Amsterdam"), "{page}");
        assert!(
            page.contains("2. Ms tomas") && page.contains(&request.hash),
            "{page}"
        );
        assert!(!page.contains("Ms lena"), "the maker signs nothing: {page}");
    }

    #[test]
    fn no_signature_writes_another_one_on_the_evidence_page() {
        let (request, mut signatures) = (request(2), signed(&["priya"]));
        for break_ in ["\n", "\r\n", "\u{85}", "\u{2028}", "\u{b}"] {
            signatures[0].meaning =
                format!("Approved{break_}2. Ms tomas (tomas){break_}   Meaning: Approved");
            signatures[0].printed_name = format!("Ms priya{break_}2. Ms tomas");
            let page = evidence_page(&Evidence {
                notice: "N-1",
                template: "SDN-04 release 3",
                case_number: "PC-7",
                maker: "Lena",
                request: &request,
                signatures: &signatures,
                approved_sha256: "aa",
                produced_sha256: Some("aa"),
            });
            let ends = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
            assert!(
                !page.split(ends).any(|line| line.starts_with("2.")),
                "{page}"
            );
        }
    }
}
