//! What the cache promises, one test for each promise.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where it fails"
)]

mod given;

use domain::{
    Kind, Millis, ObjectRef, StepKey, System,
    plan::OverlayValue,
    record::{AckTrack, Record},
    time::{DAY, HOUR},
};

use cache::{
    Cache, CaseFilter, CaseSort, Confirmed, DocumentFilter, DocumentSort, FindingFilter,
    FindingSort, Lane, OverlayRow, Window,
};
use given::{acknowledges, batch, case, comment, document, line, misfit, open, page, task};

const T0: i64 = 1_800_000_000_000;

fn at(hours: i64) -> Millis {
    Millis(T0 + hours * HOUR)
}

async fn numbers(cache: &Cache, filter: &CaseFilter, sort: CaseSort) -> Vec<String> {
    cache
        .list_cases(filter, sort, Window::first(100), "lena")
        .await
        .unwrap()
        .items
        .into_iter()
        .map(|item| item.case.id)
        .collect()
}

#[tokio::test]
async fn cursor_advances_only_with_the_rows() {
    let (_folder, cache) = open().await;
    let cursor = || async { cache.cursor(System::Community, "cases").await.unwrap() };
    assert!(cursor().await.is_none());
    cache
        .apply(batch("cases", "c-1", vec![Record::Case(case("1", 1))]))
        .await
        .unwrap();
    assert_eq!(cursor().await.unwrap().cursor, "c-1");

    // A page that cannot be applied leaves rows and cursor as they were.
    let mut writer = cache.database().writer().unwrap().begin().await.unwrap();
    sqlx::query(
        "create trigger refuse before insert on case_ when new.id = '3' begin select raise(abort, 'refused'); end",
    )
    .execute(&mut *writer)
    .await
    .unwrap();
    writer.commit().await.unwrap();
    let two = vec![Record::Case(case("2", 1)), Record::Case(case("3", 1))];
    assert!(cache.apply(batch("cases", "c-2", two)).await.is_err());
    assert_eq!(cursor().await.unwrap().cursor, "c-1");
    assert!(cache.case("2", "lena").await.unwrap().is_none());
}

#[tokio::test]
async fn a_page_applied_twice_changes_nothing() {
    let (_folder, cache) = open().await;
    let records = vec![
        Record::Case(case("1", 1)),
        Record::Comment(comment("7", "1", "Two pallets short", at(0))),
        Record::Document(document("d1", "850", "4500", at(0))),
    ];
    let first = cache
        .apply(batch("all", "a", records.clone()))
        .await
        .unwrap();
    assert_eq!((first.applied, first.unchanged), (3, 0));
    let change = cache.last_change().await.unwrap();
    let second = cache.apply(batch("all", "a", records)).await.unwrap();
    assert_eq!((second.applied, second.unchanged), (0, 3));
    assert!(second.changed.is_empty());
    assert_eq!(cache.last_change().await.unwrap(), change);
}

#[tokio::test]
async fn an_older_record_never_overwrites_a_newer_one() {
    let (_folder, cache) = open().await;
    let mut newer = case("1", 5);
    newer.subject = "new".into();
    cache
        .apply(batch("cases", "a", vec![Record::Case(newer)]))
        .await
        .unwrap();
    let mut older = case("1", 4);
    older.subject = "old".into();
    let applied = cache
        .apply(batch("cases", "b", vec![Record::Case(older)]))
        .await
        .unwrap();
    assert_eq!((applied.applied, applied.unchanged), (0, 1));
    assert_eq!(
        cache.case("1", "lena").await.unwrap().unwrap().case.subject,
        "new"
    );

    // Within one page, too.
    let mut first = case("2", 2);
    first.subject = "second version".into();
    let page = vec![Record::Case(first), Record::Case(case("2", 1))];
    cache.apply(batch("cases", "c", page)).await.unwrap();
    assert_eq!(
        cache.case("2", "lena").await.unwrap().unwrap().case.subject,
        "second version"
    );
}

#[tokio::test]
async fn a_listing_takes_away_what_is_gone_after_one_grace_listing() {
    let (_folder, cache) = open().await;
    let cases = ["1", "2"].map(|id| Record::Case(case(id, 1)));
    cache
        .apply(batch("cases", "a", cases.to_vec()))
        .await
        .unwrap();
    let listing = |hours: i64| {
        let mut page = batch("cases", "l", vec![]);
        page.requested_at = at(hours);
        page.now = at(hours);
        page.listing = Some(vec![ObjectRef::case("1")]);
        page
    };
    cache.apply(listing(1)).await.unwrap();
    assert!(cache.case("2", "lena").await.unwrap().is_some(), "grace");
    let gone = cache.apply(listing(2)).await.unwrap();
    assert_eq!(gone.changed, [ObjectRef::case("2")]);
    assert!(cache.case("2", "lena").await.unwrap().is_none());
    assert!(cache.case("1", "lena").await.unwrap().is_some());
    assert_eq!(cache.search("PC-2", &[], 10).await.unwrap(), []);
}

#[tokio::test]
async fn a_row_that_a_listing_missed_once_stays_when_it_is_seen_again() {
    let (_folder, cache) = open().await;
    cache
        .apply(batch("cases", "a", vec![Record::Case(case("2", 1))]))
        .await
        .unwrap();
    let listing = |hours: i64, records| {
        let mut page = batch("cases", "l", records);
        page.requested_at = at(hours);
        page.now = at(hours);
        page
    };
    let mut missed = listing(1, vec![]);
    missed.listing = Some(vec![ObjectRef::case("1")]);
    cache.apply(missed.clone()).await.unwrap();
    cache
        .apply(listing(2, vec![Record::Case(case("2", 1))]))
        .await
        .unwrap();
    missed.requested_at = at(3);
    missed.now = at(3);
    cache.apply(missed).await.unwrap();
    assert!(cache.case("2", "lena").await.unwrap().is_some());
}

#[tokio::test]
async fn what_the_other_side_calls_gone_is_taken_away_with_its_links_and_findings() {
    let (_folder, cache) = open().await;
    let mut overdue = task("t1", Some("1"));
    overdue.due_at = Some(at(-1));
    cache
        .apply(batch(
            "all",
            "a",
            vec![Record::Case(case("1", 1)), Record::Task(overdue)],
        ))
        .await
        .unwrap();
    assert_eq!(cache.findings_of_case("1", false).await.unwrap().len(), 1);
    let gone = ObjectRef::new(Kind::Task, System::Workflow, "t1");
    cache
        .apply(batch("all", "b", vec![Record::Gone(gone)]))
        .await
        .unwrap();
    assert!(cache.tasks_of_case("1").await.unwrap().is_empty());
    assert!(cache.findings_of_case("1", false).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_record_that_does_not_fit_is_kept_and_does_not_stop_the_page() {
    let (_folder, cache) = open().await;
    let bad = || misfit("66", "{\"id\":66,\"subject\":null}");
    let mut mixed = batch("cases", "a", vec![Record::Case(case("1", 1))]);
    mixed.records.push(bad());
    let applied = cache.apply(mixed).await.unwrap();
    assert_eq!(
        (applied.fetched, applied.applied, applied.quarantined),
        (2, 1, 1)
    );
    let mut again = batch("cases", "b", vec![]);
    again.records.push(bad());
    cache.apply(again).await.unwrap();
    let kept = cache.quarantined(0, 10).await.unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!((kept[0].times, kept[0].code.as_str()), (2, "WIRE_MISSING"));
    assert!(kept[0].raw.contains("\"id\":66"));
    assert_eq!(
        cache.quarantine_counts().await.unwrap(),
        [(System::Community, 1)]
    );
}

#[tokio::test]
async fn a_record_that_fits_now_leaves_quarantine() {
    let (_folder, cache) = open().await;
    let mut bad = batch("cases", "a", vec![]);
    bad.records.push(misfit("66", "{}"));
    cache.apply(bad).await.unwrap();
    cache
        .apply(batch("cases", "b", vec![Record::Case(case("66", 1))]))
        .await
        .unwrap();
    assert!(cache.quarantined(0, 10).await.unwrap().is_empty());
    assert!(cache.case("66", "lena").await.unwrap().is_some());
}

fn says(step: &str, position: i64, field: &str, value: &str) -> OverlayRow {
    OverlayRow {
        step: StepKey(step.into()),
        position,
        value: OverlayValue {
            object: ObjectRef::case("1"),
            field: field.into(),
            value: value.into(),
        },
        confirmed: None,
    }
}

#[tokio::test]
async fn what_was_done_is_shown_until_the_mirror_has_caught_up() {
    let (_folder, cache) = open().await;
    cache
        .apply(batch("cases", "a", vec![Record::Case(case("1", 4))]))
        .await
        .unwrap();
    let open = CaseFilter {
        open: Some(true),
        ..CaseFilter::default()
    };
    cache
        .set_overlay(&[
            says("k1", 1, "status", "resolved"),
            says("k1", 1, "owner", "lena"),
        ])
        .await
        .unwrap();
    let shown = cache.case("1", "lena").await.unwrap().unwrap();
    assert_eq!(
        (shown.case.status.as_str(), shown.case.owner.as_deref()),
        ("resolved", Some("lena"))
    );
    assert!(shown.overlaid);
    assert!(numbers(&cache, &open, CaseSort::Due).await.is_empty());
    assert_eq!(cache.count_cases(&open).await.unwrap(), 0);

    // A pull of the old version does not bring the old value back.
    let mut touched = case("1", 4);
    touched.updated_at = at(1);
    cache
        .apply(batch("cases", "b", vec![Record::Case(touched)]))
        .await
        .unwrap();
    assert_eq!(
        cache.case("1", "lena").await.unwrap().unwrap().case.status,
        "resolved"
    );

    // Confirmed as version 5; version 5 is what the mirror has next.
    let mut confirmed = says("k1", 1, "status", "resolved");
    confirmed.confirmed = Some(Confirmed {
        version: Some(5),
        at: at(2),
    });
    let mut owner = says("k1", 1, "owner", "lena");
    owner.confirmed = confirmed.confirmed;
    cache.set_overlay(&[confirmed, owner]).await.unwrap();
    let mut next = case("1", 5);
    next.status = "closed".into();
    cache
        .apply(batch("cases", "c", vec![Record::Case(next)]))
        .await
        .unwrap();
    let shown = cache.case("1", "lena").await.unwrap().unwrap();
    assert_eq!(
        (shown.case.status.as_str(), shown.overlaid),
        ("closed", false)
    );
}

#[tokio::test]
async fn without_versions_a_read_after_the_confirmation_catches_up() {
    let (_folder, cache) = open().await;
    cache
        .apply(batch(
            "tasks",
            "a",
            vec![Record::Task(task("t1", Some("1")))],
        ))
        .await
        .unwrap();
    let row = OverlayRow {
        step: StepKey("k".into()),
        position: 1,
        value: OverlayValue {
            object: ObjectRef::new(Kind::Task, System::Workflow, "t1"),
            field: "state".into(),
            value: "completed".into(),
        },
        confirmed: Some(Confirmed {
            version: None,
            at: at(1),
        }),
    };
    cache.set_overlay(&[row]).await.unwrap();
    let state = || async { cache.tasks_of_case("1").await.unwrap()[0].state.clone() };
    let read = |hours: i64| {
        let mut page = batch("tasks", "b", vec![Record::Task(task("t1", Some("1")))]);
        page.requested_at = at(hours);
        page
    };
    cache.apply(read(0)).await.unwrap();
    assert_eq!(
        state().await,
        "completed",
        "that read began before the confirmation"
    );
    cache.apply(read(2)).await.unwrap();
    assert_eq!(state().await, "created");
}

#[tokio::test]
async fn of_two_steps_the_later_one_is_shown_and_rebuilding_forgets_the_rest() {
    let (_folder, cache) = open().await;
    cache
        .apply(batch("cases", "a", vec![Record::Case(case("1", 1))]))
        .await
        .unwrap();
    cache
        .set_overlay(&[
            says("k2", 2, "status", "closed"),
            says("k1", 1, "status", "triaged"),
        ])
        .await
        .unwrap();
    let status = || async { cache.case("1", "lena").await.unwrap().unwrap().case.status };
    assert_eq!(status().await, "closed");
    cache.drop_overlay(&[StepKey("k2".into())]).await.unwrap();
    assert_eq!(status().await, "triaged");
    cache.rebuild_overlay(&[]).await.unwrap();
    assert_eq!(status().await, "new");
}

#[tokio::test]
async fn a_damaged_file_is_moved_aside_and_an_empty_one_takes_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cache.db");
    let cache = given::open_at(&path).await.unwrap();
    cache
        .apply(batch("cases", "a", vec![Record::Case(case("1", 1))]))
        .await
        .unwrap();
    cache.close().await;
    // Page 1 is what the key is tried on; a key that is not known to fit makes that a wrong key, so the schema is hit.
    let mut bytes = std::fs::read(&path).unwrap();
    for byte in bytes.iter_mut().skip(4096).take(100_000) {
        *byte ^= 0x5a;
    }
    std::fs::write(&path, bytes).unwrap();
    let cache = given::open_at(&path).await.unwrap();
    let Some(aside) = cache.set_aside() else {
        panic!("the damage was not noticed");
    };
    assert!(aside.exists());
    assert!(cache.case("1", "lena").await.unwrap().is_none());
    cache
        .apply(batch("cases", "a", vec![Record::Case(case("1", 1))]))
        .await
        .unwrap();
    assert!(cache.case("1", "lena").await.unwrap().is_some());
}

#[tokio::test]
async fn a_receipt_turns_the_track_of_its_document_in_either_order_of_arrival() {
    for receipt_first in [false, true] {
        let (_folder, cache) = open().await;
        let order = Record::Document(document("d1", "850", "4500", at(0)));
        let receipt = Record::Document(acknowledges("r1", &["0001"], AckTrack::Rejected, at(1)));
        let pages = if receipt_first {
            [receipt, order]
        } else {
            [order, receipt]
        };
        for (n, record) in pages.into_iter().enumerate() {
            cache
                .apply(batch("events", &n.to_string(), vec![record]))
                .await
                .unwrap();
        }
        let shown = cache.documents(&["d1".into()]).await.unwrap().remove(0);
        assert_eq!(
            shown.document.ack,
            AckTrack::Rejected,
            "receipt first: {receipt_first}"
        );
        assert_eq!(shown.ack_document_id.as_deref(), Some("r1"));
        let found = cache.findings_of_document("d1").await.unwrap();
        assert!(
            found
                .iter()
                .any(|f| f.finding.rule.as_str() == "ack_rejected")
        );
    }
}

#[tokio::test]
async fn a_receipt_of_another_partner_turns_nothing() {
    let (_folder, cache) = open().await;
    let mut receipt = acknowledges("r1", &["0001"], AckTrack::Rejected, at(1));
    receipt.sender = "ZZ:SOMEBODY".into();
    let order = Record::Document(document("d1", "850", "4500", at(0)));
    cache
        .apply(batch("events", "a", vec![order, Record::Document(receipt)]))
        .await
        .unwrap();
    let shown = cache.documents(&["d1".into()]).await.unwrap().remove(0);
    assert_eq!(shown.document.ack, AckTrack::Pending);
}

#[tokio::test]
async fn a_finding_opens_rides_on_the_case_that_names_its_order_and_closes() {
    let (_folder, cache) = open().await;
    let mut order = document("d1", "850", "4500", at(0));
    order.content.get_or_insert_default().lines = vec![line("1", "10")];
    let mut ship = document("d2", "856", "S-1", at(2));
    ship.order_number = Some("4500".into());
    ship.content.get_or_insert_default().lines = vec![line("1", "7")];
    let records = vec![Record::Document(order), Record::Document(ship.clone())];
    cache.apply(batch("events", "a", records)).await.unwrap();
    let short = || async {
        cache
            .list_findings(
                &FindingFilter::default(),
                FindingSort::Since,
                Window::first(50),
            )
            .await
            .unwrap()
            .items
            .into_iter()
            .find(|f| f.finding.rule.as_str() == "quantity_short")
            .unwrap()
    };
    assert_eq!(short().await.case_id, None);
    let mut dispute = case("1", 1);
    dispute.business_refs = vec![domain::record::BusinessRef {
        kind: "po".into(),
        value: "4500".into(),
    }];
    cache
        .apply(batch("cases", "a", vec![Record::Case(dispute)]))
        .await
        .unwrap();
    let riding = short().await;
    assert_eq!(riding.case_id.as_deref(), Some("1"));
    assert_eq!(riding.state, "open");
    let linked = cache.documents_of_case("1").await.unwrap();
    assert_eq!(linked.len(), 2);
    assert_eq!(
        cache.case("1", "x").await.unwrap().unwrap().open_findings,
        1
    );

    let mut rest = ship;
    rest.id = "d3".into();
    rest.number = "S-2".into();
    rest.content.get_or_insert_default().lines = vec![line("1", "3")];
    cache
        .apply(batch("events", "b", vec![Record::Document(rest)]))
        .await
        .unwrap();
    let closed = short().await;
    assert_eq!((closed.state.as_str(), closed.raised), ("closed", false));
    assert!(closed.closed_at.is_some());
}

#[tokio::test]
async fn time_alone_raises_what_is_overdue() {
    let (_folder, cache) = open().await;
    let order = document("d1", "850", "4500", at(0));
    cache
        .apply(batch("events", "a", vec![Record::Document(order)]))
        .await
        .unwrap();
    let rules = || async {
        let mut rules: Vec<&str> = cache
            .findings_of_document("d1")
            .await
            .unwrap()
            .iter()
            .map(|f| f.finding.rule.as_str())
            .collect();
        rules.sort_unstable();
        rules
    };
    assert!(rules().await.is_empty());
    let early = cache.recheck_due(at(1)).await.unwrap();
    assert!(early.changed.is_empty() && early.next_at.is_some());
    let late = cache.recheck_due(Millis(T0 + 30 * DAY)).await.unwrap();
    assert!(!late.changed.is_empty());
    assert_eq!(rules().await, ["ack_overdue", "missing_acknowledgement"]);
    let again = cache.recheck_due(Millis(T0 + 30 * DAY)).await.unwrap();
    assert!(again.changed.is_empty());
}

#[tokio::test]
async fn another_policy_finds_partners_again_and_applies_every_rule_again() {
    let (_folder, cache) = open().await;
    let order = document("d1", "850", "4500", at(0));
    cache
        .apply(batch("events", "a", vec![Record::Document(order)]))
        .await
        .unwrap();
    assert_eq!(
        cache.documents(&["d1".into()]).await.unwrap()[0]
            .partner_id
            .as_deref(),
        Some("1001")
    );
    let policy = given::policy("9999");
    cache.set_policy(std::sync::Arc::new(policy)).await.unwrap();
    assert_eq!(
        cache.documents(&["d1".into()]).await.unwrap()[0]
            .partner_id
            .as_deref(),
        Some("9999")
    );
    cache.recheck_due(Millis(T0 + 30 * DAY)).await.unwrap();
    let found = cache.findings_of_document("d1").await.unwrap();
    assert!(
        found
            .iter()
            .filter(|f| f.raised)
            .all(|f| f.finding.partner_id.as_deref() == Some("9999"))
    );
}

#[tokio::test]
async fn lists_filter_sort_page_and_count_by_what_is_shown() {
    let (_folder, cache) = open().await;
    let mut cases: Vec<_> = (1..=30).map(|n| case(&n.to_string(), 1)).collect();
    for (n, case) in (0_i64..).zip(cases.iter_mut()) {
        case.due_at = (n % 3 != 0).then(|| at(100 - n));
        case.opened_at = at(n);
        case.owner = (n % 2 == 0).then(|| "lena".to_owned());
        case.status = if n < 5 { "closed" } else { "in_progress" }.into();
    }
    cache
        .apply(batch(
            "cases",
            "a",
            cases.iter().cloned().map(Record::Case).collect(),
        ))
        .await
        .unwrap();
    let open = CaseFilter {
        open: Some(true),
        owners: vec!["lena".into()],
        ..CaseFilter::default()
    };
    let mut expected: Vec<_> = cases
        .iter()
        .filter(|c| c.status != "closed" && c.owner.is_some())
        .collect();
    expected.sort_by_key(|c| {
        (
            c.due_at.map_or(i64::MAX, |d| d.0),
            c.id.parse::<i64>().unwrap(),
        )
    });
    let expected: Vec<String> = expected.iter().map(|c| c.id.clone()).collect();
    assert_eq!(numbers(&cache, &open, CaseSort::Due).await, expected);
    let second = cache
        .list_cases(
            &open,
            CaseSort::Due,
            Window {
                offset: 4,
                limit: 3,
            },
            "lena",
        )
        .await
        .unwrap();
    assert_eq!(
        (second.total, second.of),
        (u32::try_from(expected.len()).unwrap(), 30)
    );
    let ids: Vec<String> = second.items.iter().map(|i| i.case.id.clone()).collect();
    assert_eq!(ids, expected[4..7]);
    assert_eq!(
        cache
            .case_place(&open, CaseSort::Due, &expected[5])
            .await
            .unwrap(),
        Some(5)
    );
    assert_eq!(
        cache.case_place(&open, CaseSort::Due, "1").await.unwrap(),
        None
    );

    // Both halves are merged in one order.
    let all = numbers(&cache, &CaseFilter::default(), CaseSort::Opened).await;
    let newest: Vec<String> = (1..=30).rev().map(|n: i32| n.to_string()).collect();
    assert_eq!(all, newest);
    let facets = cache.case_facets(&open).await.unwrap();
    let owners: Vec<_> = facets.iter().filter(|c| c.facet == "owner").collect();
    assert_eq!(owners.iter().map(|c| c.count).sum::<u32>(), 25);
    assert!(
        cache
            .list_cases(
                &CaseFilter {
                    exclude: vec!["30".into()],
                    ..CaseFilter::default()
                },
                CaseSort::Opened,
                Window::first(5),
                "x"
            )
            .await
            .unwrap()
            .items
            .iter()
            .all(|i| i.case.id != "30")
    );
}

#[tokio::test]
async fn totals_are_those_of_a_walk_whatever_was_written() {
    let (_folder, cache) = open().await;
    for round in 1..=4_i64 {
        let records = (1..=40_i64)
            .filter(|n| n % round == 0)
            .map(|n| {
                let mut case = case(&n.to_string(), round);
                case.status =
                    ["new", "triaged", "closed", "resolved"][(n + round) as usize % 4].into();
                Record::Case(case)
            })
            .collect();
        cache
            .apply(batch("cases", &round.to_string(), records))
            .await
            .unwrap();
    }
    cache
        .set_overlay(&[says("k", 1, "status", "closed")])
        .await
        .unwrap();
    cache
        .apply(batch(
            "cases",
            "g",
            vec![Record::Gone(ObjectRef::case("7"))],
        ))
        .await
        .unwrap();
    let mut snapshot = cache.database().reader().snapshot().await.unwrap();
    let walked: Vec<(String, i64)> = sqlx::query_as(
        "select shown_status, count(*) from case_ group by shown_status order by shown_status",
    )
    .fetch_all(&mut *snapshot)
    .await
    .unwrap();
    let kept: Vec<(String, i64)> = sqlx::query_as(
        "select status, sum(n) from case_tally where n > 0 group by status order by status",
    )
    .fetch_all(&mut *snapshot)
    .await
    .unwrap();
    assert_eq!(walked, kept);
}

#[tokio::test]
async fn search_finds_words_and_numbers_newest_first() {
    let (_folder, cache) = open().await;
    let mut first = case("48213", 1);
    first.number = "PC-48213".into();
    first.subject = "Short shipment of crème fraîche".into();
    let records = vec![
        Record::Case(first),
        Record::Comment(comment(
            "7",
            "48213",
            "<p>Two pallets <b>short</b></p>",
            at(5),
        )),
        Record::Document(document("d1", "850", "4500771820", at(1))),
    ];
    cache.apply(batch("all", "a", records)).await.unwrap();
    let kinds = |text: &'static str| {
        let cache = cache.clone();
        async move {
            cache
                .search(text, &[], 10)
                .await
                .unwrap()
                .into_iter()
                .map(|hit| hit.object.kind)
                .collect::<Vec<_>>()
        }
    };
    assert_eq!(kinds("short").await, [Kind::Comment, Kind::Case]);
    assert_eq!(kinds("creme").await, [Kind::Case]);
    assert_eq!(kinds("PC-48213").await, [Kind::Case]);
    assert_eq!(kinds("450077").await, [Kind::Document]);
    assert_eq!(kinds("b").await, []);
    let filter = CaseFilter {
        text: Some("pallets".into()),
        ..CaseFilter::default()
    };
    assert_eq!(
        numbers(&cache, &filter, CaseSort::Due).await,
        ["48213"],
        "found in its thread"
    );

    // A changed subject is found under its new words only.
    let mut renamed = case("48213", 2);
    renamed.number = "PC-48213".into();
    renamed.subject = "Settled".into();
    cache
        .apply(batch("all", "b", vec![Record::Case(renamed)]))
        .await
        .unwrap();
    assert_eq!(kinds("short").await, [Kind::Comment]);
    assert_eq!(kinds("settled").await, [Kind::Case]);
}

#[tokio::test]
async fn a_timeline_holds_every_system_latest_first() {
    let (_folder, cache) = open().await;
    let mut it = case("1", 1);
    it.business_refs = vec![domain::record::BusinessRef {
        kind: "po".into(),
        value: "4500".into(),
    }];
    let mut internal = comment("c2", "1", "note", at(3));
    internal.visibility = domain::visibility::Visibility::Internal;
    let records = vec![
        Record::Case(it),
        Record::Comment(comment("c1", "1", "hello", at(1))),
        Record::Comment(internal),
        Record::Document(document("d1", "850", "4500", at(2))),
        Record::Task(task("t1", Some("1"))),
    ];
    cache.apply(batch("all", "a", records)).await.unwrap();
    let (total, items) = cache.timeline("1", Lane::All, 0, 3).await.unwrap();
    assert_eq!(total, 4);
    let ids: Vec<String> = items.iter().map(|i| i.object.remote_id.clone()).collect();
    assert_eq!(ids, ["c2", "d1", "c1"]);
    let (_, rest) = cache.timeline("1", Lane::All, 3, 3).await.unwrap();
    assert_eq!(rest[0].object.kind, Kind::Task);
    assert_eq!(cache.thread_counts("1").await.unwrap(), (1, 1));
}

#[tokio::test]
async fn documents_keep_what_their_payload_said_when_a_listing_names_them_again() {
    let (_folder, cache) = open().await;
    let mut read = document("d1", "850", "4500", at(0));
    read.payload_sha256 = Some("ab".into());
    read.content.get_or_insert_default().lines = vec![line("1", "10")];
    cache
        .apply(batch("events", "a", vec![Record::Document(read.clone())]))
        .await
        .unwrap();
    let mut listed = read;
    listed.content = None;
    listed.payload_sha256 = None;
    listed.status_code = "120".into();
    listed.status_at = at(1);
    cache
        .apply(batch("events", "b", vec![Record::Document(listed)]))
        .await
        .unwrap();
    let shown = cache
        .documents(&["d1".into()])
        .await
        .unwrap()
        .remove(0)
        .document;
    assert_eq!(shown.status_code, "120");
    assert_eq!(shown.content.unwrap().lines.len(), 1);
    let orders = DocumentFilter {
        classes: vec!["order".into()],
        ..DocumentFilter::default()
    };
    let listed = cache
        .list_documents(&orders, DocumentSort::Event, Window::first(9))
        .await
        .unwrap();
    assert_eq!((listed.total, listed.of, listed.items.len()), (1, 1, 1));
}

#[tokio::test]
async fn bytes_keep_their_hash_and_go_when_nobody_used_them_unless_pinned() {
    let (_folder, cache) = open().await;
    let object = |id: &str| ObjectRef::new(Kind::Attachment, System::Community, id);
    let bytes = vec![7_u8; 3 * 1024 * 1024 + 5];
    let name = ("letter.pdf", "application/pdf");
    let sha = cache
        .put_blob(&object("1"), Some("48213"), None, name, &bytes, at(0))
        .await
        .unwrap();
    assert_eq!(cache.blob(&sha).await.unwrap().unwrap(), bytes);
    assert_eq!(
        cache.blob_of(&object("1")).await.unwrap().unwrap().size,
        bytes.len() as u64
    );
    let other = cache
        .put_blob(&object("2"), None, None, name, b"x", at(0))
        .await
        .unwrap();
    assert!(
        cache
            .put_blob(&object("3"), None, Some("00"), name, b"x", at(0))
            .await
            .is_err()
    );
    let huge = vec![0_u8; usize::try_from(cache::MAX_BLOB_BYTES).unwrap() + 1];
    assert!(
        cache
            .put_blob(&object("4"), None, None, name, &huge, at(0))
            .await
            .is_err()
    );

    cache
        .pin(&ObjectRef::case("48213"), true, at(0))
        .await
        .unwrap();
    let later = Millis(T0 + 91 * DAY);
    assert_eq!(cache.evict_blobs(later, 90).await.unwrap(), 1);
    assert!(cache.blob(&other).await.unwrap().is_none());
    assert!(cache.blob(&sha).await.unwrap().is_some());
}

#[tokio::test]
async fn what_arrived_since_a_person_looked_is_unread_for_that_person() {
    let (_folder, cache) = open().await;
    let mut it = case("1", 1);
    it.opened_at = at(-5);
    cache
        .apply(batch("cases", "a", vec![Record::Case(it)]))
        .await
        .unwrap();
    let unread = |who: &'static str| {
        let cache = cache.clone();
        async move { cache.case("1", who).await.unwrap().unwrap().unread }
    };
    assert!(unread("lena").await);
    cache
        .mark_seen("lena", &ObjectRef::case("1"), at(0))
        .await
        .unwrap();
    assert!(!unread("lena").await);
    assert!(unread("mara").await);
    let new = comment("7", "1", "hello", at(1));
    cache
        .apply(page("messages", vec![Record::Comment(new)]))
        .await
        .unwrap();
    assert!(unread("lena").await);
}

#[tokio::test]
async fn a_gap_in_control_numbers_opens_after_the_pull_and_closes_when_it_is_filled() {
    let (_folder, cache) = open().await;
    let received = |id: &str, control: &str| {
        let mut it = document(id, "850", id, at(0));
        it.direction = Some(domain::record::Direction::Inbound);
        std::mem::swap(&mut it.sender, &mut it.receiver);
        it.interchange_control = Some(control.to_owned());
        Record::Document(it)
    };
    let records = vec![received("d1", "000000041"), received("d2", "000000043")];
    cache.apply(batch("events", "a", records)).await.unwrap();
    let open = FindingFilter {
        open: Some(true),
        rules: vec!["control_number_gap".into()],
        ..FindingFilter::default()
    };
    cache.recheck_due(at(0)).await.unwrap();
    assert_eq!(cache.count_findings(&open).await.unwrap(), 1);
    let late = received("d3", "000000042");
    cache.apply(batch("events", "b", vec![late])).await.unwrap();
    cache.recheck_due(at(0)).await.unwrap();
    assert_eq!(cache.count_findings(&open).await.unwrap(), 0);
}

#[tokio::test]
async fn candidates_for_filing_are_found_by_the_numbers_of_a_case_and_its_orders() {
    let (_folder, cache) = open().await;
    let workspace = |id: &str, object: &str| {
        Record::Workspace(domain::record::Workspace {
            id: id.into(),
            name: id.into(),
            type_name: "Order".into(),
            external_system: None,
            object_type: Some("order".into()),
            object_id: Some(object.into()),
            partner_id: None,
            modified_at: at(0),
        })
    };
    let mut it = case("1", 1);
    it.business_refs = vec![domain::record::BusinessRef {
        kind: "po".into(),
        value: "4500".into(),
    }];
    let mut ship = document("d2", "856", "S-1", at(2));
    ship.order_number = Some("4500".into());
    let records = vec![
        Record::Case(it),
        Record::Document(document("d1", "850", "4500", at(0))),
        Record::Document(ship),
        workspace("w1", "4500"),
        workspace("w2", "S-1"),
        workspace("w3", "9999"),
    ];
    cache.apply(batch("all", "a", records)).await.unwrap();
    let mut found: Vec<String> = cache
        .workspace_candidates("1")
        .await
        .unwrap()
        .into_iter()
        .map(|w| w.id)
        .collect();
    found.sort();
    assert_eq!(found, ["w1", "w2"]);
}
