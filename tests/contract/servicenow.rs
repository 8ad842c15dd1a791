//! The tracker, ServiceNow dialect: another client reads what our connector read and wrote.

use serde_json::json;
use whole_system::harness::{Outcome, SandboxProcess};

use crate::{
    peer,
    tracker::{Tracker, create},
};

const FILE: &str = "Kartons gezählt: 12 fehlen ✓\n";

#[tokio::test]
async fn another_client_reads_what_our_connector_read_and_wrote() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let tracker = Tracker::of_sandbox(&sandbox, "servicenow").await?;
    let made = tracker.outgoing("servicenow", create("Größe 7: 12 short", "90001"));
    let made = tracker.perform(&made).await.remote_ref;
    let secret = |name: &str| tracker.config.secret(name).unwrap_or_default().to_owned();
    let (username, password) = (secret("username"), secret("password"));
    let file = reqwest::Client::builder().no_proxy().build()?;
    let file = file
        .post(format!(
            "{}/api/now/attachment/file",
            tracker.config.base_url
        ))
        .query(&[
            ("table_name", "incident"),
            ("table_sys_id", &made),
            ("file_name", "count.txt"),
        ])
        .basic_auth(&username, Some(&password))
        .header("content-type", "text/plain")
        .body(FILE);
    file.send().await?.error_for_status()?;

    let pulled = tracker.pull(None).await;
    let mut tickets: Vec<_> = pulled.tickets.values().collect();
    // The one with the file first.
    tickets.sort_by_key(|ticket| ticket.id != made);
    let tickets: Vec<_> = tickets
        .iter()
        .map(|t| json!({"id": t.id, "number": t.number, "subject": t.subject}))
        .collect();
    let given = json!({
        "base_url": tracker.config.base_url, "username": username, "password": password,
        "table": "incident", "tickets": tickets,
        "file": {"ticket": made, "name": "count.txt", "text": FILE},
    });
    let report = tokio::task::spawn_blocking(move || peer::run("servicenow.py", &given)).await??;
    peer::tell(&report.line())?;
    assert_eq!(report.failures(), "");
    assert!(report.steps.len() > 100, "{}", report.steps.len());
    Ok(())
}
