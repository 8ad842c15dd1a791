//! Pages become rows.

use cache::{DocumentFilter, DocumentSort, Window};
use domain::{Kind, ObjectRef, System, record::Record};

use crate::given::{self, at, batch, case, comment, document, line, misfit, open, task};

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
