//! What was done is shown before the mirror has it.

use cache::{CaseFilter, CaseSort, Confirmed, OverlayRow};
use domain::{Kind, ObjectRef, StepKey, System, plan::OverlayValue, record::Record};

use crate::given::{at, batch, case, numbers, open, says, task};

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
