//! What was done is shown before the mirror has it.

use cache::{CaseFilter, CaseSort, Confirmed, OverlayRow};
use domain::{Kind, ObjectRef, StepKey, System, plan::OverlayValue, record::Record};

use crate::given::{at, batch, case, numbers, open, says, show, task};

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
    show(
        &cache,
        &[
            says("k1", 1, "status", "resolved"),
            says("k1", 1, "owner", "lena"),
        ],
    )
    .await;
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
    show(&cache, &[confirmed, owner]).await;
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
    show(&cache, &[row]).await;
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
    show(
        &cache,
        &[
            says("k2", 2, "status", "closed"),
            says("k1", 1, "status", "triaged"),
        ],
    )
    .await;
    let status = || async { cache.case("1", "lena").await.unwrap().unwrap().case.status };
    assert_eq!(status().await, "closed");
    let gone = (ObjectRef::case("1"), StepKey("k2".into()));
    cache.replace_overlay(&[gone], Vec::new()).await.unwrap();
    assert_eq!(status().await, "triaged");
    cache.rebuild_overlay(&[]).await.unwrap();
    assert_eq!(status().await, "new");
}

#[tokio::test]
async fn a_start_does_not_show_again_what_the_mirror_has_caught_up_with() {
    let (_folder, cache) = open().await;
    let mut confirmed = says("k1", 1, "status", "resolved");
    confirmed.confirmed = Some(Confirmed {
        version: Some(5),
        at: at(2),
    });
    let status = || async { cache.case("1", "lena").await.unwrap().unwrap().case.status };
    for (version, shown) in [(4, "resolved"), (5, "triaged")] {
        let mut read = case("1", version);
        read.status = "triaged".into();
        let page = batch("cases", &version.to_string(), vec![Record::Case(read)]);
        cache.apply(page).await.unwrap();
        cache
            .rebuild_overlay(std::slice::from_ref(&confirmed))
            .await
            .unwrap();
        assert_eq!(status().await, shown);
    }
}

#[tokio::test]
async fn values_replaced_by_the_same_announce_nothing() {
    let (_folder, cache) = open().await;
    cache
        .apply(batch("cases", "a", vec![Record::Case(case("1", 1))]))
        .await
        .unwrap();
    let row = says("k1", 1, "status", "resolved");
    show(&cache, std::slice::from_ref(&row)).await;
    let mut told = cache.database().changes().listen();
    show(&cache, std::slice::from_ref(&row)).await;
    assert!(told.try_recv().is_err());
    show(&cache, &[says("k1", 1, "status", "closed")]).await;
    assert!(told.try_recv().unwrap().touches("case"));
}
