//! The grid forgets after 45 days; what was pulled stays ours.

use serde_json::json;
use whole_system::harness::{Home, Outcome, items, number, word};

use super::{documents, lens, page, start};

#[tokio::test]
async fn what_the_grid_has_purged_stays_in_the_cache_with_its_content() -> Outcome {
    let (mut beside, connector) = start().await?;
    let pulled = beside.pull(&connector, "transactions", None).await;
    let known = documents(&pulled).len() as u64;
    let newest = documents(&pulled)
        .into_iter()
        .max_by_key(|d| d.arrived_at)
        .unwrap();
    let path = format!("/documents/{}/payload", newest.id);
    assert_eq!(beside.raw("GET", &path, &[], "").await?.status, 200);
    let home = Home::on(&beside.sandbox).await?;
    let list = ["list", "documents", "--limit", "1"];
    let before = number(&home.ctl(&list).await?, "total");
    assert!(before >= known, "{before} of {known}");
    let all = home.ctl(&["list", "documents", "--limit", "5000"]).await?;
    let listed = items(&all)
        .iter()
        .find(|d| word(d, "id").ends_with(&newest.id));
    let id = word(listed.unwrap(), "id").to_owned();
    let shown = home.ctl(&["show", "document", &id]).await?;

    beside.advance(46 * 86_400).await?;
    beside.sign_in().await?;
    let there = lens(
        &beside,
        &format!(
            "count:1 filters:[{{field: transactionid values:[{{value:\"{}\"}}]}}]",
            newest.id
        ),
    )
    .await?;
    assert_eq!(page(&there)["total"], json!(0));
    assert_eq!(beside.raw("GET", &path, &[], "").await?.status, 404);

    home.ctl(&["sync"]).await?;
    home.ctl(&["sync", "--full"]).await?;
    assert!(number(&home.ctl(&list).await?, "total") >= before);
    let kept = home.ctl(&["show", "document", &id]).await?;
    for member in ["facts", "lines", "total", "problems"] {
        assert_eq!(kept[member], shown[member], "{member}");
    }
    Ok(())
}
