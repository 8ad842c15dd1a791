//! Lists, totals, search, threads.

use cache::{CaseFilter, CaseSort, Lane, Window};
use domain::{Kind, ObjectRef, record::Record};

use crate::given::{at, batch, case, comment, document, numbers, open, page, says, show, task};

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
    show(&cache, &[says("k", 1, "status", "closed")]).await;
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
    let halves = |statement: &'static str| sqlx::query_as::<_, (i64, i64)>(statement);
    let walked = halves("select shown_open, count(*) from case_ group by 1 order by 1");
    let walked = walked.fetch_all(&mut *snapshot).await.unwrap();
    let kept = halves("select half, n from case_half where n > 0 order by 1");
    assert_eq!(walked, kept.fetch_all(&mut *snapshot).await.unwrap());
}

#[tokio::test]
async fn a_list_narrowed_by_a_common_word_is_the_list_without_the_others() {
    let (_folder, cache) = open().await;
    let cases: Vec<_> = (0_i64..1_400)
        .map(|n| {
            let mut case = case(&n.to_string(), 1);
            case.due_at = (n % 5 != 0).then(|| at((n * 7_919) % 1_000));
            case.owner = (n % 3 == 0).then(|| "lena".to_owned());
            case.status = if n % 4 == 0 { "closed" } else { "new" }.into();
            // More than are looked up one by one, and fewer.
            let word = if n % 2 == 0 { "pallet" } else { "label" };
            let rare = if n % 70 == 0 { "customs" } else { "" };
            case.subject = format!("{word} {rare}");
            case
        })
        .collect();
    let records = cases.iter().cloned().map(Record::Case).collect();
    cache.apply(batch("cases", "a", records)).await.unwrap();
    for (text, open, owner) in [
        ("pallet", None, None),
        ("pallet", Some(true), None),
        ("pallet", Some(false), Some("lena")),
        ("customs", None, Some("lena")),
        ("customs", Some(true), None),
    ] {
        let all = CaseFilter {
            open,
            owners: owner.map(str::to_owned).into_iter().collect(),
            ..CaseFilter::default()
        };
        let narrowed = CaseFilter {
            text: Some(text.to_owned()),
            ..all.clone()
        };
        for sort in [CaseSort::Due, CaseSort::Opened] {
            let window = |offset| Window { offset, limit: 500 };
            let mut expected = Vec::new();
            for offset in [0, 500, 1_000] {
                let rows = cache.list_cases(&all, sort, window(offset), "me").await;
                expected.extend(rows.unwrap().items);
            }
            expected.retain(|item| item.case.subject.contains(text));
            let mut found = Vec::new();
            for offset in [0, 500] {
                let rows = cache
                    .list_cases(&narrowed, sort, window(offset), "me")
                    .await;
                let rows = rows.unwrap();
                assert_eq!(rows.total as usize, expected.len(), "{narrowed:?}");
                found.extend(rows.items);
            }
            assert_eq!(found, expected, "{narrowed:?} {sort:?}");
            let place = expected.len() / 2;
            let id = &expected[place].case.id;
            let there = cache.case_place(&narrowed, sort, id).await.unwrap();
            assert_eq!(there, u32::try_from(place).ok(), "{narrowed:?} {sort:?}");
        }
    }
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
async fn seeing_again_what_was_seen_tells_nobody() {
    let (_folder, cache) = open().await;
    let mut feed = cache.database().changes().listen();
    let case = ObjectRef::case("1");
    cache.mark_seen("lena", &case, at(0)).await.unwrap();
    assert!(feed.try_recv().unwrap().touches("case"));
    for earlier in [at(0), at(-1)] {
        cache.mark_seen("lena", &case, earlier).await.unwrap();
        assert!(feed.try_recv().is_err());
    }
    cache.mark_seen("lena", &case, at(1)).await.unwrap();
    assert!(feed.try_recv().is_ok());
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
