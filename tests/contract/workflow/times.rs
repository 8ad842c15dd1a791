//! Times: an offset without a colon in what the service says, both forms in what it takes.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use whole_system::harness::Outcome;

use super::{TASKS, begun, embedded, start, task};

/// As the service writes it, by a library; strict readers of RFC 3339 refuse it.
fn written(value: &Value) -> DateTime<Utc> {
    let text = value.as_str().unwrap();
    assert!(DateTime::parse_from_rfc3339(text).is_err(), "{text}");
    let time = DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.3f%z").unwrap();
    time.to_utc()
}

#[tokio::test]
async fn every_time_is_written_without_a_colon_and_read_to_the_millisecond() -> Outcome {
    let (beside, connector) = start().await?;
    let (_, id) = begun(&beside, "C-8201").await?;
    let claim = json!({"action": "claim", "assignee": "lena.kovar"});
    beside.ask("POST", &format!("{TASKS}/{id}"), claim).await?;
    let shown = beside
        .ask("GET", &format!("{TASKS}/{id}"), Value::Null)
        .await?;
    let pulled = beside.pull(&connector, "tasks_open", None).await;
    let read = task(&pulled, &id).unwrap();
    for (member, read) in [
        ("createTime", Some(read.created_at)),
        ("claimTime", read.claimed_at),
        ("dueDate", read.due_at),
    ] {
        let found = read.unwrap_or_else(|| panic!("{member}")).0;
        assert_eq!(
            written(&shown[member]).timestamp_millis(),
            found,
            "{member}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_time_is_taken_with_and_without_a_colon_and_means_the_same() -> Outcome {
    let (beside, connector) = start().await?;
    let (_, id) = begun(&beside, "C-8202").await?;
    let path = format!("{TASKS}/{id}");
    let mut told = Vec::new();
    for text in [
        "2031-02-03T10:17:43.902+0000",
        "2031-02-03T10:17:43.902+00:00",
        "2031-02-03T10:17:43.902Z",
        "2031-02-03T12:17:43.902+0200",
    ] {
        let said = beside.ask("PUT", &path, json!({ "dueDate": text })).await?;
        assert_eq!(said["dueDate"], "2031-02-03T10:17:43.902+0000", "{text}");
        let query = reqwest::Url::parse_with_params("http://h/", [("dueOn", text)])?;
        let found = format!("{TASKS}?{}", query.query().unwrap());
        let found = embedded(&beside.ask("GET", &found, Value::Null).await?, "tasks");
        assert!(found.iter().any(|t| t["id"] == id.as_str()), "{text}");
        let pulled = beside.pull(&connector, "tasks_open", None).await;
        told.push(task(&pulled, &id).unwrap().due_at.unwrap());
    }
    assert!(told.windows(2).all(|pair| pair[0] == pair[1]), "{told:?}");
    assert_eq!(
        beside
            .refused("PUT", &path, json!({ "dueDate": "soon" }))
            .await?,
        400
    );
    let never = beside.ask("PUT", &path, json!({ "dueDate": null })).await?;
    assert_eq!(never["dueDate"], Value::Null);
    Ok(())
}

#[tokio::test]
async fn the_connector_asks_with_milliseconds_and_z() -> Outcome {
    let (beside, _) = start().await?;
    // The history has a base of its own, which the recorder does not stand before.
    let mut config = beside.config.clone();
    let history = format!("{}/history/v1", beside.recorder.base_url());
    config.settings.insert("history_base".into(), history);
    let connector = connectors::workflow::WorkflowConnector::new(&config, &beside.parts());
    let first = beside.pull(&connector, "tasks_done", None).await;
    beside.recorder.take();
    beside
        .pull(&connector, "tasks_done", Some(first.cursor))
        .await;
    let sent = beside.recorder.take();
    let url = reqwest::Url::parse("http://h/")?.join(&sent[0].path)?;
    let (_, after) = url
        .query_pairs()
        .find(|(name, _)| name == "taskCompletedAfter")
        .unwrap();
    let time = DateTime::parse_from_rfc3339(&after)?;
    assert!(after.ends_with('Z') && after.contains('.'), "{after}");
    assert!(time.timestamp_millis() < beside.now().0);
    Ok(())
}
