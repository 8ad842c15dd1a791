//! Whose mirror it is.

use cache::Origin;
use domain::{Kind, ObjectRef, System, record::Record};

use crate::given::{T0, at, case, comment, document, open, open_at, page};

fn origin(places: &[(System, &str)]) -> Origin {
    let owned = places.iter().map(|(s, place)| (*s, (*place).to_owned()));
    owned.collect()
}

#[tokio::test]
async fn a_mirror_of_other_systems_begins_empty() {
    let (folder, cache) = open().await;
    let first = origin(&[(System::Community, "a")]);
    assert!(!cache.belong_to(&first).await.unwrap());
    let attachment = ObjectRef::new(Kind::Attachment, System::Community, "1");
    for record in [
        Record::Case(case("1", 1)),
        Record::Comment(comment("c1", "1", "A word to find", at(0))),
        Record::Document(document("d1", "810", "INV-1", at(0))),
    ] {
        let collection = record.object().kind.as_str();
        cache.apply(page(collection, vec![record])).await.unwrap();
    }
    let name = ("letter.txt", "text/plain");
    cache
        .put_blob(&attachment, None, None, name, b"x", at(0))
        .await
        .unwrap();
    cache
        .note_attempt(System::Community, at(0), None)
        .await
        .unwrap();
    let filling = cache.filling().await.unwrap();

    // Another system beside it changes nothing, nor does the same once more.
    let more = origin(&[(System::Community, "a"), (System::Tracker, "t")]);
    assert!(!cache.belong_to(&more).await.unwrap());
    assert!(!cache.belong_to(&more).await.unwrap());
    assert_eq!(cache.filling().await.unwrap(), filling);

    let mut changes = cache.database().changes().listen();
    let other = origin(&[(System::Community, "b"), (System::Tracker, "t")]);
    assert!(cache.belong_to(&other).await.unwrap());
    assert!(changes.recv().await.unwrap().touches("case"));
    assert_ne!(cache.filling().await.unwrap(), filling);
    let left: Vec<(String, i64)> = left(&cache).await;
    assert!(left.iter().all(|(_, rows)| *rows == 0), "{left:?}");
    cache.close().await;
    let cache = open_at(&folder.path().join("cache.db")).await.unwrap();
    assert!(cache.set_aside().is_none());
    let page = page("cases", vec![Record::Case(case("2", T0))]);
    assert_eq!(cache.apply(page).await.unwrap().applied, 1);
}

/// Rows of every table but the one that describes the file.
async fn left(cache: &cache::Cache) -> Vec<(String, i64)> {
    let pool = cache.database().reader().pool();
    let tables: Vec<String> = sqlx::query_scalar(
        "select name from sqlite_schema where type = 'table' and name not like 'sqlite_%' and name not like 'search_%' \
         and name not in ('meta', 'migration') union all select 'search_row'",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    let mut left = Vec::new();
    for table in tables {
        let count = sqlx::AssertSqlSafe(format!("select count(*) from \"{table}\""));
        left.push((
            table,
            sqlx::query_scalar(count).fetch_one(pool).await.unwrap(),
        ));
    }
    left
}
