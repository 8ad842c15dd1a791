//! Screens read; what they read does not change by it.

use serde_json::json;
use tokio::sync::broadcast::error::TryRecvError;
use whole_system::harness::{Home, Outcome, SandboxProcess, Trouble, items, word};

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
    done(&desk, "get_case", id.clone()).await?;
    let mut changes = desk.cache().database().changes().listen();
    for _ in 0..3 {
        done(&desk, "get_case", id.clone()).await?;
        // A screen that is told of a change by its own reading would read for ever.
        assert!(matches!(changes.try_recv(), Err(TryRecvError::Empty)));
    }
    assert!(is_unread(&desk, word(unread, "id")).await?);
    // Having it on screen is what is noted, and noting it twice tells nobody.
    done(&desk, "see_case", json!({"case": id["id"]})).await?;
    assert!(!is_unread(&desk, word(unread, "id")).await?);
    Ok(())
}

async fn is_unread(desk: &desk::Desk, case: &str) -> Result<bool, Trouble> {
    let cases = done(desk, "list_cases", json!({"limit": 200})).await?;
    let row = items(&cases).iter().find(|row| word(row, "id") == case);
    Ok(row.expect("the case is listed")["unread"] == json!(true))
}
