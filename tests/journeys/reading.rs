//! Screens read; what they read does not change by it.

use serde_json::json;
use tokio::sync::broadcast::error::TryRecvError;
use whole_system::harness::{Home, Outcome, SandboxProcess, items, word};

use crate::direct::{done, open};

#[tokio::test]
async fn a_case_that_was_read_is_read_again_without_a_change() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let home = Home::new()?;
    let desk = open(&home, &sandbox, "lena.kovar").await?;
    done(&desk, "sync_now", json!({})).await?;
    let cases = done(&desk, "list_cases", json!({"limit": 200})).await?;
    let unread = items(&cases)
        .iter()
        .find(|case| case["unread"] == json!(true))
        .expect("a fresh copy holds news");
    let id = json!({"id": word(unread, "id")});
    // The first look is noted, once.
    done(&desk, "get_case", id.clone()).await?;
    let mut changes = desk.cache().database().changes().listen();
    for _ in 0..3 {
        done(&desk, "get_case", id.clone()).await?;
        // A screen that is told of a change by its own reading would read for ever.
        assert!(matches!(changes.try_recv(), Err(TryRecvError::Empty)));
    }
    let again = done(&desk, "list_cases", json!({"limit": 200})).await?;
    let seen = items(&again)
        .iter()
        .find(|case| word(case, "id") == word(unread, "id"));
    assert_eq!(seen.map(|case| &case["unread"]), Some(&json!(false)));
    Ok(())
}
