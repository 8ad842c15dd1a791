use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::{
    Millis, PersonId,
    calendar::CalendarRules,
    canonical::sha256_hex,
    evidence,
    record::{Agreement, Contact as Person, Partner, SpaceItem},
    seal::SealingKey,
};

const DAY: i64 = crate::time::DAY;

fn at(text: &str) -> Millis {
    Millis::parse_lenient(text).unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn weekdays(open: &str) -> CalendarRules {
    CalendarRules {
        name: "weekdays".into(),
        open: open.into(),
        close: "17:00".into(),
        days: ["mon", "tue", "wed", "thu", "fri"]
            .map(String::from)
            .to_vec(),
        holidays: vec![day("2026-12-25")],
    }
}

fn every_three() -> ReminderPlan {
    ReminderPlan {
        every_days: 3,
        before_due_days: 2,
    }
}

fn terms() -> Terms {
    Terms {
        document: Document {
            name: "Code of conduct.pdf".into(),
            class: DocumentClass::Policy,
            version: 2,
            sha256: sha256_hex(b"%PDF conduct"),
            notice: None,
            regulated: true,
        },
        due: "2026-12-13".into(),
        view_first: false,
        signed: false,
        reminders: every_three(),
        supersedes: None,
    }
}

fn answer(partner: &str, said: Said, time: &str) -> Answer {
    Answer {
        id: format!("an-{partner}-{said}-{time}"),
        partner_id: partner.into(),
        said,
        by: "Ines Marlow".into(),
        at: at(time),
        sha256: terms().document.sha256,
        text: String::new(),
        file: None,
    }
}

fn state_of(terms: &Terms, answers: &[Answer], now: &str) -> RecipientState {
    let answers: Vec<&Answer> = answers.iter().collect();
    standing(terms, &answers, None, at(now), "Europe/Berlin", |_| false).state
}

fn partner(id: &str, country: &str, tier: &str, email: &str) -> Partner {
    Partner {
        id: id.into(),
        buid: format!("GC-{id}"),
        name: format!("Partner {id}"),
        short_name: id.into(),
        country: country.into(),
        agreement: Agreement {
            language: "en-GB".into(),
            currency: "EUR".into(),
            time_zone: "Europe/London".into(),
            calendar: "gb".into(),
            tier: tier.into(),
            reply_minutes: 60,
            resolution_minutes: 600,
            address: vec!["1 Quay".into()],
            contacts: vec![Person {
                name: "Ines".into(),
                role: "Compliance".into(),
                email: email.into(),
                phone: String::new(),
            }],
            channels: vec!["email".into()],
            tolerance_set: String::new(),
            allowed_recipients: Vec::new(),
            identifiers: Vec::new(),
            terms: crate::record::Terms::default(),
        },
        updated_at: Millis(0),
    }
}

#[test]
fn reminders_come_every_third_day_and_two_days_before_the_due_day_at_opening_time() {
    let plan = planned(
        every_three(),
        at("2026-12-01T09:00:00Z"),
        day("2026-12-13"),
        &weekdays("09:00"),
        "Europe/London",
    );
    let days: Vec<String> = plan.iter().map(|r| r.day.to_string()).collect();
    assert_eq!(
        days,
        ["2026-12-04", "2026-12-07", "2026-12-10", "2026-12-11"]
    );
    assert_eq!(plan[0].at, at("2026-12-04T09:00:00Z"));
    assert_eq!((plan[3].number, plan[3].why), (4, Why::BeforeDue));
}

#[test]
fn a_reminder_on_a_closed_day_comes_on_the_next_open_one_and_the_last_one_before_it() {
    // Friday asked: the third day is a Monday; the sixth, a Thursday; the due day a Monday, so the last one would be a Saturday.
    let plan = planned(
        ReminderPlan {
            every_days: 1,
            before_due_days: 2,
        },
        at("2026-12-18T12:00:00Z"),
        day("2026-12-28"),
        &weekdays("09:00"),
        "UTC",
    );
    let days: Vec<String> = plan.iter().map(|r| r.day.to_string()).collect();
    // The 25th is a holiday, the 26th and 27th a weekend: what falls there would come on the due day and is left out.
    assert_eq!(
        days,
        ["2026-12-21", "2026-12-22", "2026-12-23", "2026-12-24"]
    );
    assert_eq!(plan[3].why, Why::BeforeDue);
}

/// G14: three zones around a change of the clocks.
#[test]
fn in_three_zones_around_a_clock_change_reminders_come_at_opening_time_of_the_wall() {
    let asked = at("2027-03-25T12:00:00Z");
    let due = day("2027-04-09");
    let plan = |zone: &str| planned(every_three(), asked, due, &weekdays("09:00"), zone);
    // Europe changes on 28 March 2027, New York changed on the 14th, Tokyo never does.
    let berlin = plan("Europe/Berlin");
    assert_eq!(berlin[0].day, day("2027-03-29"));
    assert_eq!(
        berlin[0].at,
        at("2027-03-29T07:00:00Z"),
        "summer time by then"
    );
    assert_eq!(plan("America/New_York")[0].at, at("2027-03-29T13:00:00Z"));
    assert_eq!(plan("Asia/Tokyo")[0].at, at("2027-03-29T00:00:00Z"));
    let autumn = planned(
        every_three(),
        at("2026-10-22T12:00:00Z"),
        day("2026-11-06"),
        &weekdays("09:00"),
        "Europe/Berlin",
    );
    // Thursday asked: Sunday is moved to Monday, the first day of winter time.
    assert_eq!(autumn[0].at, at("2026-10-26T08:00:00Z"));
    // The due day ends with the day of the recipient, whatever the clocks do.
    assert_eq!(
        ends(day("2027-03-28"), "Europe/Berlin"),
        at("2027-03-28T22:00:00Z")
    );
    assert_eq!(
        ends(day("2027-03-28"), "Asia/Tokyo"),
        at("2027-03-28T15:00:00Z")
    );
    // Midnight itself does not exist on that day in Santiago.
    assert_eq!(
        ends(day("2026-09-05"), "America/Santiago"),
        at("2026-09-06T04:00:00Z")
    );
}

#[test]
fn what_was_missed_is_not_made_up_for_and_nobody_is_reminded_twice() {
    let asked = at("2026-12-01T09:00:00Z");
    let due = day("2026-12-13");
    let plan = planned(every_three(), asked, due, &weekdays("09:00"), "UTC");
    let end = ends(due, "UTC");
    let number = |reminded: Option<&str>, now: &str| {
        due_reminder(&plan, reminded.map(at), end, at(now)).map(|r| r.number)
    };
    assert_eq!(number(None, "2026-12-04T08:59:59Z"), None);
    assert_eq!(number(None, "2026-12-04T09:00:00Z"), Some(1));
    assert_eq!(
        number(Some("2026-12-04T09:00:00Z"), "2026-12-05T00:00:00Z"),
        None
    );
    assert_eq!(number(None, "2026-12-10T09:00:00Z"), Some(3));
    assert_eq!(
        number(Some("2026-12-10T09:30:00Z"), "2026-12-11T08:00:00Z"),
        None
    );
    assert_eq!(
        number(Some("2026-12-10T09:30:00Z"), "2026-12-11T09:00:00Z"),
        Some(4)
    );
    assert_eq!(
        number(None, "2026-12-14T00:00:00Z"),
        None,
        "the due day is over"
    );
}

#[test]
fn an_answer_about_another_document_is_not_counted() {
    let mut other = answer("P-1", Said::Accepted, "2026-12-02T10:00:00Z");
    other.sha256 = sha256_hex(b"the version before");
    let terms = terms();
    let answers = [&other];
    let found = standing(
        &terms,
        &answers,
        None,
        at("2026-12-03T00:00:00Z"),
        "UTC",
        |_| false,
    );
    assert_eq!(found.state, RecipientState::Pending);
    assert_eq!(found.uncounted[0].why, NotCounted::OtherDocument);
    let right = answer("P-1", Said::Accepted, "2026-12-02T11:00:00Z");
    assert_eq!(
        state_of(&terms, &[other, right], "2026-12-03T00:00:00Z"),
        RecipientState::Acknowledged
    );
}

#[test]
fn an_acknowledgement_counts_only_after_a_view_and_with_a_signed_file_where_these_are_asked_for() {
    let mut wanted = terms();
    wanted.view_first = true;
    let yes = answer("P-1", Said::Accepted, "2026-12-02T10:00:00Z");
    let view = |time: &str| answer("P-1", Said::Viewed, time);
    let now = "2026-12-03T00:00:00Z";
    assert_eq!(
        state_of(&wanted, std::slice::from_ref(&yes), now),
        RecipientState::Delivered
    );
    let late = [view("2026-12-02T10:00:01Z"), yes.clone()];
    assert_eq!(state_of(&wanted, &late, now), RecipientState::Opened);
    let before = [view("2026-12-02T09:00:00Z"), yes.clone()];
    assert_eq!(
        state_of(&wanted, &before, now),
        RecipientState::Acknowledged
    );
    wanted.view_first = false;
    wanted.signed = true;
    assert_eq!(
        state_of(&wanted, std::slice::from_ref(&yes), now),
        RecipientState::Delivered
    );
    let signed = Answer {
        file: Some(SignedFile {
            id: "sf-1".into(),
            name: "signed.pdf".into(),
            media_type: "application/pdf".into(),
            sha256: sha256_hex(b"signed"),
        }),
        ..yes
    };
    assert_eq!(
        state_of(&wanted, std::slice::from_ref(&signed), now),
        RecipientState::Acknowledged
    );
    let answers = [&signed];
    let found = standing(&wanted, &answers, None, at(now), "UTC", |a| {
        a.id == signed.id
    });
    assert_eq!(found.uncounted[0].why, NotCounted::FileDiffers);
}

#[test]
fn every_state_follows_from_what_is_known() {
    let terms = terms();
    let now = "2026-12-03T00:00:00Z";
    let said = |said: Said| vec![answer("P-1", said, "2026-12-02T10:00:00Z")];
    for (answers, state) in [
        (vec![], RecipientState::Pending),
        (said(Said::Delivered), RecipientState::Delivered),
        (said(Said::Viewed), RecipientState::Opened),
        (said(Said::Question), RecipientState::Delivered),
        (said(Said::Accepted), RecipientState::Acknowledged),
        (said(Said::Declined), RecipientState::Declined),
        (said(Said::Undeliverable), RecipientState::Unreachable),
    ] {
        assert_eq!(state_of(&terms, &answers, now), state);
    }
    // The day ends in Berlin an hour before it ends in London.
    let end = "2026-12-13T23:00:00Z";
    assert_eq!(
        state_of(&terms, &[], "2026-12-13T22:59:59Z"),
        RecipientState::Pending
    );
    assert_eq!(state_of(&terms, &[], end), RecipientState::Overdue);
    assert_eq!(
        state_of(&terms, &said(Said::Undeliverable), end),
        RecipientState::Unreachable
    );
    let waiver = Waiver {
        partner_id: "P-1".into(),
        reason: "No longer a supplier".into(),
        by: "lena.brandt".into(),
        at: at(now),
    };
    let waived = |answers: &[Answer]| {
        let answers: Vec<&Answer> = answers.iter().collect();
        standing(&terms, &answers, Some(&waiver), at(end), "UTC", |_| false).state
    };
    assert_eq!(waived(&[]), RecipientState::Waived);
    assert_eq!(waived(&said(Said::Declined)), RecipientState::Waived);
    assert_eq!(waived(&said(Said::Accepted)), RecipientState::Acknowledged);
}

#[test]
fn a_segment_is_any_value_of_a_fact_and_all_facts_and_names_whoever_cannot_be_asked() {
    let partners = [
        partner("P-1", "DE", "A", "a@p.example"),
        partner("P-2", "DE", "B", "@"),
        partner("P-3", "FR", "A", "a@p.example"),
        partner("P-4", "US", "C", "a@p.example"),
    ];
    let segment = BTreeMap::from([
        ("country".to_owned(), vec!["de".to_owned(), "FR".to_owned()]),
        ("tier".to_owned(), vec!["A".to_owned(), "B".to_owned()]),
    ]);
    let exclude = BTreeMap::from([("P-3".to_owned(), "Ends in December".to_owned())]);
    let (none, asked) = (BTreeSet::new(), BTreeMap::new());
    let named = ["P-4".to_owned()];
    let selected = Selected {
        segment: &segment,
        partners: &named,
        exclude: &exclude,
        person: "lena.brandt",
        acknowledged_before: &none,
        asked_already: &asked,
    };
    let found = draft(&partners, selected).unwrap();
    let ids: Vec<&str> = found
        .recipients
        .iter()
        .map(|r| r.partner_id.as_str())
        .collect();
    assert_eq!(ids, ["P-1", "P-4"]);
    assert_eq!(found.blocking[0].partner_id, "P-2");
    assert_eq!(found.left_out[0].reason, "Ends in December");
    let refused = found.check().unwrap_err();
    assert_eq!(refused.detail["blocking"], json!(["P-2"]));
    let field = |selected: Selected<'_>| {
        let refused = draft(&partners, selected).unwrap_err();
        refused.detail["fields"][0]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    let odd = BTreeMap::from([("shoe_size".to_owned(), vec!["44".to_owned()])]);
    assert_eq!(
        field(Selected {
            segment: &odd,
            ..selected
        }),
        "segment"
    );
    let silent = BTreeMap::from([("P-1".to_owned(), " ".to_owned())]);
    assert_eq!(
        field(Selected {
            exclude: &silent,
            ..selected
        }),
        "exclude"
    );
    let stranger = BTreeMap::from([("P-9".to_owned(), "x".to_owned())]);
    assert_eq!(
        field(Selected {
            exclude: &stranger,
            ..selected
        }),
        "exclude"
    );
    assert_eq!(
        field(Selected {
            partners: &["P-9".to_owned()],
            ..selected
        }),
        "partners"
    );
    // Whoever is asked already is not asked again.
    let asked = BTreeMap::from([("P-4".to_owned(), "K-1".to_owned())]);
    let again = draft(
        &partners,
        Selected {
            asked_already: &asked,
            ..selected
        },
    )
    .unwrap();
    assert_eq!(again.recipients.len(), 1);
    // Nothing selected selects nobody.
    let empty = BTreeMap::new();
    let nobody = Selected {
        segment: &empty,
        partners: &[],
        exclude: &empty_exclude(),
        ..selected
    };
    assert_eq!(draft(&partners, nobody).unwrap(), Draft::default());
}

fn empty_exclude() -> BTreeMap<String, String> {
    BTreeMap::new()
}

#[test]
fn any_change_of_document_terms_or_recipients_is_another_root() {
    let recipients = |ids: &[&str]| Draft {
        recipients: ids
            .iter()
            .map(|id| Recipient {
                partner_id: (*id).into(),
                name: (*id).into(),
                country: "DE".into(),
                tier: "A".into(),
                language: "de".into(),
                time_zone: "Europe/Berlin".into(),
                contact: None,
                reason: String::new(),
                must_repeat: false,
            })
            .collect(),
        ..Draft::default()
    };
    let mut roots = BTreeSet::new();
    let draft = recipients(&["P-1", "P-2"]);
    roots.insert(root("7", &terms(), &draft).unwrap());
    roots.insert(root("8", &terms(), &draft).unwrap());
    roots.insert(root("7", &terms(), &recipients(&["P-1"])).unwrap());
    let mut moved = draft.clone();
    moved.recipients[1].contact = Some(Contact {
        name: "I".into(),
        address: "i@p.example".into(),
    });
    roots.insert(root("7", &terms(), &moved).unwrap());
    for change in [
        |t: &mut Terms| t.due = "2026-12-14".into(),
        |t: &mut Terms| t.view_first = true,
        |t: &mut Terms| t.signed = true,
        |t: &mut Terms| t.document.version = 3,
        |t: &mut Terms| t.document.sha256 = sha256_hex(b"other"),
        |t: &mut Terms| t.reminders.every_days = 4,
    ] {
        let mut changed = terms();
        change(&mut changed);
        roots.insert(root("7", &changed, &draft).unwrap());
    }
    assert_eq!(roots.len(), 10);
}

#[test]
fn an_answer_is_read_from_what_came_and_nothing_of_it_is_believed_by_its_form() {
    let item = |data: serde_json::Value, state: &str| SpaceItem {
        id: "an-1".into(),
        space_id: "ar-1".into(),
        item_kind: "response".into(),
        title: String::new(),
        state: state.into(),
        due_at: None,
        author: "P-1".into(),
        data,
        created_at: Millis(5),
        updated_at: Millis(5),
    };
    let file = json!({"id": "sf-1", "name": "s.pdf", "media_type": "application/pdf", "sha256": sha256_hex(b"s")});
    let read = Answer::read(&item(
        json!({"sha256": "ABC", "by": 7, "signed_file": file}),
        "accepted",
    ));
    let read = read.unwrap();
    assert_eq!((read.sha256.as_str(), read.by.as_str()), ("abc", ""));
    assert!(read.file.is_some());
    for file in [
        json!("x"),
        json!({}),
        json!({"id": "sf", "sha256": "short"}),
    ] {
        let read = Answer::read(&item(json!({"signed_file": file}), "accepted")).unwrap();
        assert_eq!(read.file, None);
    }
    assert_eq!(Answer::read(&item(json!({}), "teleported")), None);
}

fn packed() -> Vec<(String, Vec<u8>)> {
    let terms = terms();
    let signed = b"signed by hand".to_vec();
    let mut yes = answer("P-1", Said::Accepted, "2026-12-02T10:00:00Z");
    yes.file = Some(SignedFile {
        id: "sf-1".into(),
        name: "s.pdf".into(),
        media_type: "application/pdf".into(),
        sha256: sha256_hex(&signed),
    });
    let mut other = answer("P-2", Said::Accepted, "2026-12-02T10:00:00Z");
    other.sha256 = sha256_hex(b"another");
    let answers = vec![yes, other];
    let as_of = at("2026-12-05T10:00:00Z");
    let rows: Vec<pack::Row> = ["P-1", "P-2"]
        .iter()
        .map(|id| {
            let theirs: Vec<&Answer> = answers.iter().filter(|a| a.partner_id == **id).collect();
            let found = standing(&terms, &theirs, None, as_of, "UTC", |_| false);
            pack::Row::of((id, id, "UTC"), &found, None)
        })
        .collect();
    let summary = pack::Summary {
        space_id: "sp-1".into(),
        case_id: "7".into(),
        definition: Definition {
            campaign: "K-1A2B3C4D".into(),
            title: "Code of conduct".into(),
            maker: "lena.brandt".into(),
            root: "r".into(),
            terms,
            recipients: 2,
            requests: 1,
            left_out: Vec::new(),
            must_repeat: Vec::new(),
        },
        as_of,
        counts: Counts::of(rows.iter().map(|r| r.state)),
        recipients: rows,
        differing: Vec::new(),
    };
    let page = pack::page(&summary, &answers, str::to_owned);
    let files = vec![
        (pack::DOCUMENT.to_owned(), b"%PDF conduct".to_vec()),
        (pack::CAMPAIGN.to_owned(), bytes(&summary)),
        (pack::ANSWERS.to_owned(), bytes(&answers)),
        (pack::PAGE.to_owned(), page.into_bytes()),
        (
            pack::AUDIT.to_owned(),
            b"{\"case\":\"case:community:7\"}\n".to_vec(),
        ),
        (pack::confirmation(0), signed),
    ];
    let key = SealingKey::of(&zeroize::Zeroizing::new([7; 32]));
    let about = ("campaign:community:sp-1", "K-1A2B3C4D");
    evidence::pack_campaign(about, (as_of, &PersonId::from("lena.brandt")), files, &key).unwrap()
}

fn bytes<T: serde::Serialize>(value: &T) -> Vec<u8> {
    crate::canonical::to_bytes(value).unwrap()
}

#[test]
fn a_pack_of_a_campaign_holds_and_one_flipped_byte_anywhere_is_named() {
    let whole = packed();
    let verdict = evidence::verify(&whole);
    assert!(verdict.ok, "{:?}", verdict.flaws);
    for at in 0..whole.len() {
        let mut changed = whole.clone();
        let middle = changed[at].1.len() / 2;
        changed[at].1[middle] ^= 1;
        let verdict = evidence::verify(&changed);
        assert!(!verdict.ok, "{}", changed[at].0);
        // A seal or manifest that changed is named as the manifest.
        let named = verdict
            .flaws
            .iter()
            .any(|f| f.file == changed[at].0 || f.file == evidence::MANIFEST);
        assert!(named, "{}: {:?}", changed[at].0, verdict.flaws);
    }
    for at in 0..whole.len() {
        let mut cut = whole.clone();
        cut.remove(at);
        assert!(!evidence::verify(&cut).ok);
    }
}

#[test]
fn a_pack_whose_states_are_not_those_of_its_answers_does_not_hold_even_if_it_is_sealed() {
    let mut files = packed();
    files.retain(|(name, _)| !name.starts_with("manifest"));
    for (name, bytes) in &mut files {
        if name == pack::CAMPAIGN {
            let text = String::from_utf8(bytes.clone()).unwrap();
            *bytes = text
                .replace("\"state\":\"delivered\"", "\"state\":\"acknowledged\"")
                .into_bytes();
            *bytes = String::from_utf8(bytes.clone())
                .unwrap()
                .replace("\"state\":\"pending\"", "\"state\":\"acknowledged\"")
                .into_bytes();
        }
    }
    let key = SealingKey::of(&zeroize::Zeroizing::new([8; 32]));
    let about = ("campaign:community:sp-1", "K-1A2B3C4D");
    let made = (Millis(1), &PersonId::from("mallory"));
    let files = evidence::pack_campaign(about, made, files, &key).unwrap();
    let verdict = evidence::verify(&files);
    assert!(
        verdict.flaws.iter().any(|f| f.what.contains("P-2")),
        "{:?}",
        verdict.flaws
    );
}

proptest! {
    /// Whatever the order of arrival, a recipient stands in the same place.
    #[test]
    fn the_order_in_which_answers_arrive_changes_nothing(
        said in prop::collection::vec((0usize..6, 0i64..20), 0..8),
        seed in any::<u64>(),
    ) {
        let words = [Said::Delivered, Said::Undeliverable, Said::Viewed, Said::Question, Said::Accepted, Said::Declined];
        let start = at("2026-12-01T00:00:00Z");
        let answers: Vec<Answer> = said.iter().enumerate().map(|(n, (word, hours))| Answer {
            id: format!("an-{n}"),
            at: start.plus(hours * DAY / 24),
            ..answer("P-1", words[*word], "2026-12-01T00:00:00Z")
        }).collect();
        let now = at("2026-12-03T00:00:00Z");
        let terms = terms();
        let one: Vec<&Answer> = answers.iter().collect();
        let mut other = one.clone();
        let turn = usize::try_from(seed % 8).unwrap_or(0) % other.len().max(1);
        other.rotate_left(turn);
        other.reverse();
        let (a, b) = (
            standing(&terms, &one, None, now, "UTC", |_| false),
            standing(&terms, &other, None, now, "UTC", |_| false),
        );
        prop_assert_eq!(a, b);
    }
}
