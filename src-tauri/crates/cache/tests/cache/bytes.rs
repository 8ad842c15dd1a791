//! Opened bytes.

use domain::{Kind, Millis, ObjectRef, System, time::DAY};

use crate::given::{T0, at, open};

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
