use serde_json::{Value, json};

use super::*;
use crate::{
    Millis, PersonId,
    person::{Person, Role},
    policy::Policy,
    record::{Agreement, Contact, Partner, Space, SpaceItem, Terms},
    refusal::Code,
    review::{ReviewState, Signing, Verdict},
    review_comments::Standing as Place,
    review_log::{self, ReviewRecord},
    visibility,
};

const INES: &str = "ines.okafor@bramblewick.example";
const ASKED_AT: i64 = 1_000;
const ENDS: i64 = 5_000;

fn contact(name: &str, role: &str, email: &str) -> Contact {
    Contact {
        name: name.to_owned(),
        role: role.to_owned(),
        email: email.to_owned(),
        phone: String::new(),
    }
}

fn partner(contacts: Vec<Contact>) -> Partner {
    Partner {
        id: "P-1001".to_owned(),
        buid: "GC1".to_owned(),
        name: "Bramblewick Foods Ltd".to_owned(),
        short_name: "Bramblewick".to_owned(),
        country: "GB".to_owned(),
        agreement: Agreement {
            language: "en-GB".to_owned(),
            currency: "EUR".to_owned(),
            time_zone: "Europe/London".to_owned(),
            calendar: "gb".to_owned(),
            tier: "A".to_owned(),
            reply_minutes: 1,
            resolution_minutes: 1,
            address: Vec::new(),
            contacts,
            channels: Vec::new(),
            tolerance_set: String::new(),
            allowed_recipients: Vec::new(),
            identifiers: Vec::new(),
            terms: Terms::default(),
        },
        updated_at: Millis(1),
    }
}

fn item(id: &str, space: &str, kind: &str, author: &str, at: i64, data: Value) -> SpaceItem {
    SpaceItem {
        id: id.to_owned(),
        space_id: space.to_owned(),
        item_kind: kind.to_owned(),
        title: String::new(),
        state: String::new(),
        due_at: None,
        author: author.to_owned(),
        data,
        created_at: Millis(at),
        updated_at: Millis(at),
    }
}

fn space(id: &str, purpose: &str, subject: &str) -> Space {
    Space {
        id: id.to_owned(),
        purpose: purpose.to_owned(),
        case_id: Some("7".to_owned()),
        partner_id: Some("P-1001".to_owned()),
        title: String::new(),
        subject: subject.to_owned(),
        state: "open".to_owned(),
        data: Value::Null,
        created_at: Millis(ASKED_AT),
        updated_at: Millis(ASKED_AT),
    }
}

fn asked(weight: &str) -> PartnerAsked {
    let policy = format!("[[review.partner]]\nname = \"Agreed\"\nweight = \"{weight}\"\n");
    let review = Policy::load(Some(&policy)).unwrap().review;
    let there = partner(vec![contact(
        "Ines Okafor",
        "Reviewer",
        "Ines.Okafor@bramblewick.example",
    )]);
    let about = ("SDN-04", "dispute");
    let lena = PersonId::from("lena");
    asked_for(&review.partners, 2, about, Some(&there), (&lena, ""))
        .unwrap()
        .unwrap()
}

/// The items of a review over `h1`, for three signatures at most, and what our own people signed.
fn own(weight: &str, needed: u32, signers: &[&str]) -> Vec<SpaceItem> {
    let data = json!({"maker": "lena", "hash": "h1", "needed": needed, "case": "7", "partner": asked(weight),
        "fields": {"issue": "Twelve are short. Please answer."}});
    let mut request = item("r", "sp-1", review_log::REQUEST, "lena", ASKED_AT, data);
    request.due_at = Some(Millis(ENDS));
    let mut all = vec![request];
    for (n, person) in signers.iter().enumerate() {
        let data = json!({"hash": "h1", "person": person});
        all.push(item(
            &format!("s{n}"),
            "sp-1",
            review_log::SIGNATURE,
            person,
            ASKED_AT + 10,
            data,
        ));
    }
    all
}

fn with(own: &[SpaceItem], theirs: Vec<SpaceItem>) -> ReviewRecord {
    let record = ReviewRecord::of(&space("sp-1", "review", "N-1"), own, 2, &[]).unwrap();
    record.with_partner(own, &[(space("sp-2", SHARED, "sp-1"), theirs)])
}

fn verdict(id: &str, author: &str, says: &str, hash: &str, at: i64) -> SpaceItem {
    let data = json!({"verdict": says, "hash": hash, "person": "ines.okafor@bramblewick.example", "reason": "As agreed"});
    item(id, "sp-2", VERDICT, author, at, data)
}

fn state(record: &ReviewRecord) -> ReviewState {
    record.state(Millis(ASKED_AT + 100))
}

fn why(record: &ReviewRecord, id: &str) -> Option<NotCounted> {
    let answers = record.partner.as_ref().unwrap();
    answers
        .verdicts
        .iter()
        .find(|v| v.item == id)
        .unwrap()
        .why_not
}

#[test]
fn a_required_verdict_is_waited_for_and_replaces_none_of_our_own() {
    let two = own("required", 2, &["tomas", "priya"]);
    assert_eq!(state(&with(&two, vec![])), ReviewState::Requested);
    let yes = verdict("v", INES, "approve", "h1", ASKED_AT + 20);
    assert_eq!(state(&with(&two, vec![yes.clone()])), ReviewState::Approved);
    let one = own("required", 2, &["tomas"]);
    assert_eq!(state(&with(&one, vec![yes])), ReviewState::Requested);
    // Without its space being read at all nothing is approved either.
    let unread = ReviewRecord::of(&space("sp-1", "review", "N-1"), &two, 2, &[]).unwrap();
    assert_eq!(state(&unread), ReviewState::Requested);
}

#[test]
fn a_counted_verdict_is_one_of_three_and_never_one_of_the_two_of_the_policy() {
    let yes = || vec![verdict("v", INES, "approve", "h1", ASKED_AT + 20)];
    assert_eq!(
        state(&with(&own("counted", 3, &["tomas", "priya"]), yes())),
        ReviewState::Approved
    );
    assert_eq!(
        state(&with(&own("counted", 3, &["tomas", "priya"]), vec![])),
        ReviewState::Requested
    );
    for needed in [1, 2, 3] {
        let one = own("counted", needed, &["tomas"]);
        assert_eq!(
            state(&with(&one, yes())),
            ReviewState::Requested,
            "{needed}"
        );
    }
    let advice = own("advisory", 3, &["tomas", "priya"]);
    assert_eq!(state(&with(&advice, yes())), ReviewState::Requested);
}

#[test]
fn a_rejection_holds_the_letter_until_the_same_person_says_otherwise_unless_it_is_advice() {
    let no = verdict("no", INES, "reject", "h1", ASKED_AT + 20);
    let yes = verdict("yes", INES, "approve", "h1", ASKED_AT + 30);
    for (weight, held) in [("required", true), ("counted", true), ("advisory", false)] {
        let record = with(&own(weight, 2, &["tomas", "priya"]), vec![no.clone()]);
        assert_eq!(state(&record) == ReviewState::Rejected, held, "{weight}");
        let now = Millis(ASKED_AT + 100);
        assert_eq!(
            crate::review::held_by_partner(&record.request, &record.signatures, now),
            held
        );
    }
    let two = own("required", 2, &["tomas", "priya"]);
    let turned = with(&two, vec![no.clone(), yes.clone()]);
    assert_eq!(state(&turned), ReviewState::Approved);
    assert_eq!(why(&turned, "no"), Some(NotCounted::Superseded));
    // By the order of Community, not by the order in which they came here.
    assert_eq!(state(&with(&two, vec![yes, no])), ReviewState::Approved);
    let mut ours = two;
    let data = json!({"hash": "h1", "person": "henrike"});
    ours.push(item(
        "x",
        "sp-1",
        review_log::REJECTION,
        "henrike",
        ASKED_AT + 15,
        data,
    ));
    let record = with(
        &ours,
        vec![verdict("no", INES, "reject", "h1", ASKED_AT + 20)],
    );
    let now = Millis(ASKED_AT + 100);
    assert!(!crate::review::held_by_partner(
        &record.request,
        &record.signatures,
        now
    ));
}

#[test]
fn what_does_not_fit_is_quarantined_and_counts_for_nothing() {
    let two = own("required", 2, &["tomas", "priya"]);
    let late = ASKED_AT + 20;
    for (one, wanted) in [
        (
            verdict("v", "giles@bramblewick.example", "approve", "h1", late),
            NotCounted::Stranger,
        ),
        // A name inside a message is nobody.
        (
            verdict("v", "", "approve", "h1", late),
            NotCounted::Stranger,
        ),
        (
            verdict("v", INES, "approve", "h0", late),
            NotCounted::OtherVersion,
        ),
        (
            verdict("v", INES, "approve", "", late),
            NotCounted::OtherVersion,
        ),
        (
            verdict("v", INES, "approve", "h1", ASKED_AT - 1),
            NotCounted::TooEarly,
        ),
        (
            verdict("v", INES, "approve", "h1", ENDS),
            NotCounted::TooLate,
        ),
        (
            verdict("v", INES, "maybe", "h1", late),
            NotCounted::Unreadable,
        ),
    ] {
        let record = with(&two, vec![one]);
        assert_eq!(why(&record, "v"), Some(wanted));
        assert_eq!(state(&record), ReviewState::Requested, "{wanted}");
    }
    // Changed after the request expired it is another saying.
    let mut changed = verdict("v", INES, "approve", "h1", late);
    changed.updated_at = Millis(ENDS);
    assert_eq!(
        why(&with(&two, vec![changed]), "v"),
        Some(NotCounted::TooLate)
    );
    // Upper case and blanks do not make another person of the same login.
    let shouted = verdict(
        "v",
        " Ines.Okafor@Bramblewick.example",
        "approve",
        "h1",
        late,
    );
    assert_eq!(why(&with(&two, vec![shouted]), "v"), None);
    let other = with(&two, vec![verdict("v", INES, "approve", "h0", late)]);
    let standing = &other.partner.unwrap().persons[0];
    assert_eq!(standing.state, PersonState::Quarantined);
}

#[test]
fn whoever_may_be_the_maker_or_signs_here_counts_for_nothing_there() {
    let mut items = own("required", 2, &["tomas", "ines.okafor"]);
    let record = with(
        &items,
        vec![verdict("v", INES, "approve", "h1", ASKED_AT + 20)],
    );
    assert_eq!(why(&record, "v"), Some(NotCounted::Twin));
    items = own("required", 2, &["tomas", "priya"]);
    items[0].author = "ines.okafor".to_owned();
    items[0].data["maker"] = json!("ines.okafor");
    let record = with(
        &items,
        vec![verdict("v", INES, "approve", "h1", ASKED_AT + 20)],
    );
    assert_eq!(why(&record, "v"), Some(NotCounted::Twin));
    assert_eq!(state(&record), ReviewState::Requested);
    assert!(is_twin("Lena", "lena@corvane.example") && !is_twin("", ""));
}

#[test]
fn only_the_space_of_this_review_and_this_partner_is_read() {
    let two = own("required", 2, &["tomas", "priya"]);
    let yes = || vec![verdict("v", INES, "approve", "h1", ASKED_AT + 20)];
    let record = || ReviewRecord::of(&space("sp-1", "review", "N-1"), &two, 2, &[]).unwrap();
    let mut another = space("sp-2", SHARED, "sp-1");
    another.partner_id = Some("P-1002".to_owned());
    for wrong in [
        another,
        space("sp-2", SHARED, "sp-9"),
        space("sp-2", "review", "sp-1"),
    ] {
        assert_eq!(
            state(&record().with_partner(&two, &[(wrong, yes())])),
            ReviewState::Requested
        );
    }
}

#[test]
fn a_request_that_asks_the_partner_in_a_way_nobody_can_read_is_approved_by_nobody() {
    let mut items = own("required", 2, &["tomas", "priya"]);
    for junk in [json!(true), json!({}), json!({"weight": "none"}), json!([])] {
        items[0].data["partner"] = junk;
        assert_eq!(state(&with(&items, vec![])), ReviewState::Requested);
    }
    items[0].data["partner"] = Value::Null;
    assert_eq!(state(&with(&items, vec![])), ReviewState::Approved);
}

#[test]
fn comments_of_the_partner_stand_at_their_words_and_are_made_harmless() {
    let said = |author: &str, text: &str, quote: &str| {
        let data = json!({"text": text, "quote": quote, "hash": "h1"});
        item("c", "sp-2", COMMENT, author, ASKED_AT + 30, data)
    };
    let two = own("required", 2, &[]);
    let record = with(
        &two,
        vec![said(
            INES,
            "Thirteen\u{202e}\u{0}, not\u{200b} twelve",
            "Twelve are short",
        )],
    );
    let remark = &record.remarks[0];
    assert!(
        remark.partner && matches!(remark.standing, Place::At(_)),
        "{remark:?}"
    );
    assert_eq!(remark.item.data["text"], "Thirteen, not twelve");
    assert_eq!(remark.item.data["printed_name"], "Ines Okafor");
    // Somebody who was not asked is heard, and holds nothing up.
    let record = with(
        &two,
        vec![said("giles@bramblewick.example", "Hm", "Nobody wrote this")],
    );
    assert_eq!(
        (record.remarks[0].partner, &record.remarks[0].standing),
        (true, &Place::Whole)
    );
    let long = "x".repeat(100_000);
    let record = with(&two, vec![said(INES, &long, "")]);
    assert_eq!(
        record.remarks[0].item.data["text"].as_str().unwrap().len(),
        4_000
    );
    // The reason of a rejection is a comment too.
    let record = with(
        &two,
        vec![verdict("no", INES, "reject", "h1", ASKED_AT + 20)],
    );
    assert_eq!(record.remarks[0].item.data["text"], "As agreed");
}

#[test]
fn who_was_not_asked_crowds_nobody_out() {
    let two = own("required", 2, &["tomas", "priya"]);
    let mut all: Vec<SpaceItem> = (0..2_000)
        .map(|n| {
            verdict(
                &format!("x{n}"),
                "bot@bramblewick.example",
                "reject",
                "h1",
                ASKED_AT + 1,
            )
        })
        .collect();
    all.push(verdict("v", INES, "approve", "h1", ASKED_AT + 20));
    assert_eq!(state(&with(&two, all)), ReviewState::Approved);
}

#[test]
fn contacts_of_the_role_are_asked_else_a_contact_whom_the_maker_names() {
    let policy = "[[review.partner]]\nname = \"All\"\nweight = \"advisory\"\n\
        [[review.partner]]\nname = \"Debits\"\ntemplates = [\"SDN-04\"]\nweight = \"required\"\n";
    let rules = Policy::load(Some(policy)).unwrap().review.partners;
    let there = partner(vec![
        contact("Ines Okafor", "Order desk", INES),
        contact("Giles Pretty", "EDI", ""),
    ]);
    let about = ("SDN-04", "dispute");
    let lena = PersonId::from("lena");
    let ask = |named: &str| asked_for(&rules, 2, about, Some(&there), (&lena, named));
    for named in ["", "Giles Pretty", "mallory@elsewhere.example"] {
        assert_eq!(ask(named).unwrap_err().code, Code::Field, "{named}");
    }
    for named in [INES, "ines okafor"] {
        let asked = ask(named).unwrap().unwrap();
        assert_eq!(asked.persons[0].id, PersonId::from(INES));
        assert_eq!(
            (asked.name.as_str(), asked.weight),
            ("Debits", PartnerWeight::Required)
        );
    }
    let nobody = asked_for(&[], 2, about, Some(&there), (&lena, ""));
    assert_eq!(nobody.unwrap(), None);
    assert!(asked_for(&[], 2, about, Some(&there), (&lena, INES)).is_err());
    assert!(asked_for(&rules, 2, about, None, (&lena, "")).is_err());
}

#[test]
fn whoever_may_be_the_maker_is_not_asked_at_the_partner() {
    let policy = "[[review.partner]]\nname = \"All\"\nweight = \"required\"\n";
    let rules = Policy::load(Some(policy)).unwrap().review.partners;
    let giles = "giles@bramblewick.example";
    let ask = |contacts: Vec<Contact>, maker: &str, named: &str| {
        let (there, maker) = (partner(contacts), PersonId::from(maker));
        let about = ("SDN-04", "dispute");
        asked_for(&rules, 2, about, Some(&there), (&maker, named))
    };
    let ines = || contact("Ines Okafor", "Reviewer", INES);
    // The same login, and the same before the `@`.
    for maker in [INES, "Ines.Okafor", "ines.okafor@corvane.example"] {
        for named in ["", INES, "Ines Okafor"] {
            let refused = ask(vec![ines()], maker, named).unwrap_err();
            assert_eq!(refused.code, Code::Field, "{maker} {named}");
        }
        let both = vec![ines(), contact("Giles Pretty", "Reviewer", giles)];
        let asked = ask(both, maker, "").unwrap().unwrap();
        let persons: Vec<&str> = asked.persons.iter().map(|p| p.id.as_str()).collect();
        assert_eq!(persons, [giles]);
    }
    assert!(ask(vec![ines()], "lena", "").is_ok());
}

#[test]
fn our_own_sign_on_while_only_the_partner_rejects_and_nothing_is_approved_by_it() {
    let one = own("required", 2, &["tomas"]);
    let no = || verdict("no", INES, "reject", "h1", ASKED_AT + 20);
    let sign = |record: &ReviewRecord, who: &str, at: i64| {
        let person = Person {
            id: who.into(),
            name: who.to_owned(),
            roles: vec![Role::Reviewer],
            time_zone: "UTC".to_owned(),
        };
        let signing = Signing {
            person: &person,
            delegation: None,
            verdict: Verdict::Approve,
        };
        record
            .may_decide(signing, "h1", Millis(at))
            .map_err(|r| r.code)
    };
    let now = ASKED_AT + 100;
    let record = with(&one, vec![no()]);
    assert_eq!(sign(&record, "priya", now), Ok(()));
    assert!(record.is_open(Millis(now)) && !record.is_open(Millis(ENDS)));
    assert_eq!(sign(&record, "tomas", now), Err(Code::State));
    assert_eq!(sign(&record, "lena", now), Err(Code::SeparationOfDuties));
    assert_eq!(sign(&record, "priya", ENDS), Err(Code::State));
    let two = own("required", 2, &["tomas", "priya"]);
    assert_eq!(state(&with(&two, vec![no()])), ReviewState::Rejected);
    // Where one of our own rejects it is decided.
    let mut ours = one;
    let data = json!({"hash": "h1", "person": "henrike"});
    let rejection = review_log::REJECTION;
    ours.push(item("x", "sp-1", rejection, "henrike", ASKED_AT + 15, data));
    let record = with(&ours, vec![no()]);
    assert_eq!(sign(&record, "priya", now), Err(Code::State));
    assert!(!record.is_open(Millis(now)));
}

#[test]
fn the_last_word_on_the_outcome_is_the_right_one_however_often_it_changed() {
    let two = own("required", 2, &["tomas", "priya"]);
    let told = |n: usize, author: &str, outcome: &str, hash: &str| {
        let (kind, _, data) = Posted::Outcome {
            outcome: outcome.to_owned(),
            hash: hash.to_owned(),
            text: String::new(),
        }
        .item();
        let at = ASKED_AT + 30 + i64::try_from(n).unwrap();
        item(&format!("o{n}"), "sp-2", kind, author, at, data)
    };
    let next = |said: &[(&str, &str, &str)], outcome: &str| {
        let said = said.iter().enumerate();
        let said = said.map(|(n, (author, outcome, hash))| told(n, author, outcome, hash));
        let record = with(&two, said.collect());
        record.partner.unwrap().next_outcome("h1", outcome)
    };
    let (yes, no) = (("system", "approved", "h1"), ("system", "rejected", "h1"));
    assert_eq!(next(&[], "approved").as_deref(), Some("h1/approved"));
    assert_eq!(next(&[yes], "approved"), None);
    assert_eq!(next(&[yes], "rejected").as_deref(), Some("h1/rejected/1"));
    let again = next(&[yes, no], "approved");
    assert_eq!(again.as_deref(), Some("h1/approved/2"));
    assert_eq!(next(&[yes, no, yes], "approved"), None);
    // Neither what the partner wrote itself nor what was said of another version.
    for other in [
        (INES, "approved", "h1"),
        ("giles@bramblewick.example", "approved", "h1"),
        ("system", "approved", "h0"),
    ] {
        assert_eq!(next(&[other], "approved").as_deref(), Some("h1/approved"));
    }
}

#[test]
fn nothing_internal_is_published_where_a_partner_reads() {
    let posted = Posted::SharedComment {
        comment: "c".to_owned(),
        text: "Counted again".to_owned(),
        quote: None,
        hash: "h1".to_owned(),
    };
    let (kind, title, data) = posted.item();
    assert!(visibility::may_publish(SHARED, kind, title, &data).is_ok());
    let refused = |kind: &str, title: &str, data: &Value| {
        let code = visibility::may_publish(SHARED, kind, title, data)
            .unwrap_err()
            .code;
        assert_eq!(code, Code::Visibility, "{kind} {title} {data}");
    };
    // An internal comment, a signature with its seal, a name in the title, and one member more.
    refused(
        "comment",
        "Comment by Tomas",
        &json!({"text": "They lie", "person": "tomas"}),
    );
    refused(
        "signature",
        "Signed by Tomas",
        &json!({"person": "tomas", "hash": "h1"}),
    );
    refused(kind, "Comment by Tomas", &data);
    let mut more = data.clone();
    more["person"] = json!("tomas");
    refused(kind, title, &more);
    refused(
        "request",
        "Letter",
        &json!({"maker": "lena", "hash": "h1", "needed": 2}),
    );
    refused("", "", &Value::Null);
    // Our own spaces are not a partner's.
    assert!(visibility::may_publish("review", "comment", "Comment by Tomas", &more).is_ok());
}

#[test]
fn what_is_posted_reads_back_as_what_it_was() {
    let text = || "x".to_owned();
    for posted in [
        Posted::ReviewRequest {
            notice: text(),
            version: text(),
            hash: text(),
            rendered_sha256: text(),
            attachment: text(),
            decide_by: text(),
            question: QUESTION.to_owned(),
            how: how_to_answer("h1"),
        },
        Posted::Superseded { hash: text() },
        Posted::SharedSignature {
            printed_name: text(),
            at: text(),
            meaning: text(),
            hash: text(),
        },
        Posted::Outcome {
            outcome: text(),
            hash: text(),
            text: text(),
        },
    ] {
        let (kind, _, data) = posted.item();
        assert_eq!(Posted::read(kind, &data), Some(posted));
    }
}

#[test]
fn a_data_set_is_read_strictly_and_compared_field_by_field() {
    let editable = ["issue", "answer_by", "note"];
    let read = |text: &str| read_data_set(text.as_bytes(), &editable);
    let theirs = read(r#"{"fields": {"issue": "Thirteen are short", "note": ""}}"#).unwrap();
    let now = [("issue".to_owned(), "Twelve are short".to_owned())].into();
    let found = differences(&now, &theirs).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].before.as_str(), found[0].after.as_str()),
        ("Twelve are short", "Thirteen are short")
    );
    assert_eq!(differences(&theirs, &theirs).unwrap_err().code, Code::Field);
    for wrong in [
        "",
        "[]",
        "{}",
        r#"{"fields": {"issue": 7}}"#,
        r#"{"fields": {"issue": "a", "issue": "b"}}"#,
        r#"{"fields": {"partner_name": "Another"}}"#,
        r#"{"fields": {"issue": "a"}, "template": "DSP-01"}"#,
        r#"{"fields": {"issue": "a\u202eb"}}"#,
        r#"{"fields": {"issue": "a"}} "#.repeat(2).as_str(),
    ] {
        assert_eq!(read(wrong).unwrap_err().code, Code::Field, "{wrong}");
    }
    let large = format!(r#"{{"fields": {{"issue": "{}"}}}}"#, "x".repeat(LARGEST));
    assert!(read(&large).is_err());
}

#[test]
fn a_comment_is_shared_once_by_who_wrote_it_or_made_the_letter() {
    let mut items = own("required", 2, &[]);
    let data = json!({"text": "Why?", "hash": "h1"});
    items.push(item(
        "c1",
        "sp-1",
        review_log::COMMENT,
        "tomas",
        ASKED_AT + 1,
        data,
    ));
    let theirs = item(
        "c2",
        "sp-2",
        COMMENT,
        INES,
        ASKED_AT + 2,
        json!({"text": "Because"}),
    );
    let shared = item(
        "p",
        "sp-2",
        "shared_comment",
        "system",
        ASKED_AT + 3,
        json!({"comment": "c1"}),
    );
    let record = with(&items, vec![theirs.clone()]);
    let lena = PersonId::from("lena");
    let remark = |record: &ReviewRecord, id: &str| {
        record
            .remarks
            .iter()
            .find(|r| r.item.id == id)
            .unwrap()
            .clone()
    };
    let (ours, of_partner) = (remark(&record, "c1"), remark(&record, "c2"));
    assert!(may_share(&ours, &lena, &lena).is_ok());
    assert!(may_share(&ours, &"tomas".into(), &lena).is_ok());
    assert_eq!(
        may_share(&ours, &"priya".into(), &lena).unwrap_err().code,
        Code::Forbidden
    );
    assert_eq!(
        may_share(&of_partner, &lena, &lena).unwrap_err().code,
        Code::State
    );
    // About words that are gone, or about an earlier version.
    let mut lost = ours.clone();
    lost.standing = Place::Lost;
    let mut carried = ours;
    carried.carried_from = Some("1".to_owned());
    for remark in [lost, carried] {
        let refused = may_share(&remark, &lena, &lena).unwrap_err();
        assert_eq!(refused.code, Code::State);
    }
    let ours = remark(&with(&items, vec![theirs, shared]), "c1");
    assert_eq!(
        may_share(&ours, &lena, &lena).unwrap_err().code,
        Code::State
    );
}
