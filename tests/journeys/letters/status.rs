//! S0.5: how soon what became of a notice is seen.

use std::collections::BTreeMap;

use connectors::exstream::COLLECTIONS;
use domain::Millis;
use serde_json::{Value, json};
use whole_system::harness::{Home, Outcome, SandboxProcess, list, number, word};

/// What happens in all, and to how many notices at most.
const EVENTS: usize = 1_000;
const NOTICES: usize = 50;

/// How long what happens at the source may wait to be asked for, in seconds: the pace of the slowest list that tells it.
fn pace() -> u64 {
    let telling = COLLECTIONS.iter().filter(|c| c.name != "templates");
    let slowest = telling.map(|c| c.pace).max().unwrap_or(i64::MAX);
    u64::try_from(slowest / 1_000).unwrap_or(u64::MAX)
}

async fn now(sandbox: &SandboxProcess) -> Outcome<i64> {
    let clock = sandbox.admin_get("clock").await?;
    Ok(Millis::parse_lenient(word(&clock, "now"))?.0)
}

async fn deliveries(home: &Home) -> Outcome<Vec<Value>> {
    let page = home
        .ctl(&["register", "delivery", "--limit", "200"])
        .await?;
    Ok(list(&page, "deliveries").to_vec())
}

#[tokio::test]
async fn of_a_thousand_delivery_events_95_in_100_are_seen_within_a_minute() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let home = Home::on(&sandbox).await?;
    let notices: Vec<String> = deliveries(&home)
        .await?
        .iter()
        // Of what is printed nobody tells that it came back.
        .filter(|row| !word(row, "job").is_empty() && word(row, "channel") == "email")
        .map(|row| word(row, "notice").to_owned())
        .take(NOTICES)
        .collect();
    assert!(notices.len() >= 20, "{notices:?}");
    let (pace, mut waited) = (pace(), Vec::new());
    for round in 0..EVENTS.div_ceil(notices.len()) {
        let began = now(&sandbox).await?;
        let state = if round % 2 == 0 {
            "bounced"
        } else {
            "delivered"
        };
        let mut happened: BTreeMap<&str, i64> = BTreeMap::new();
        for (place, notice) in notices.iter().enumerate() {
            // Spread over the time until it is asked again.
            let at = began + i64::try_from(place * 1_000 * pace as usize / notices.len())?;
            let event = json!({"kind": "delivery", "notice_id": notice, "state": state, "at": Millis(at).rfc3339()});
            sandbox.event(event).await?;
            happened.insert(notice, at);
        }
        sandbox.advance(pace).await?;
        home.ctl(&["sync"]).await?;
        let seen = now(&sandbox).await?;
        for row in deliveries(&home).await? {
            let notice = word(&row, "notice");
            let Some(at) = happened.get(notice).copied() else {
                continue;
            };
            // Times of events are told to the second.
            if i64::try_from(number(&row, "at"))? / 1_000 == at / 1_000
                && word(&row["status"], "state") == state
            {
                happened.remove(notice);
                waited.push(seen - at);
            }
        }
        assert!(
            happened.is_empty(),
            "not seen when it was asked for: {happened:?}"
        );
    }
    waited.sort_unstable();
    assert!(waited.len() >= EVENTS);
    let p95 = waited[waited.len() * 95 / 100];
    assert!(p95 <= 60_000, "{p95} ms");
    Ok(())
}
