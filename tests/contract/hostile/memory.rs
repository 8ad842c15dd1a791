//! How much memory the program takes at most, whatever is sent to it.

use std::{process::Stdio, time::Duration};

use connectors::limits::{MAX_ANSWER, MAX_ATTACHMENT};
use serde_json::{Value, json};
use whole_system::harness::{Home, Outcome, Trouble, trouble};

use crate::peer;

use super::{
    answer::{Rule, Wire},
    program::{mixed, six},
    server::Server,
};

const MIB: usize = 1024 * 1024;
/// What one answer may take beside the program: its buffer, and the smaller one it grew out of.
const ONE_ANSWER: usize = 2 * MAX_ANSWER;
/// What a payload at its limit may take: its text, and the elements and segments it is read into.
const LARGEST_PAYLOAD: usize = 14 * MAX_ATTACHMENT;
/// What an answer at every limit may take: its text, its values (a hundred bytes each and the lists they grow in), and
/// the records it becomes.
const LARGEST_ANSWER: usize = 6 * MAX_ANSWER;

/// Pulls one system with the real program; its exit code and the most memory it held.
async fn sync(home: &Home, system: &str) -> Outcome<(Option<i32>, usize)> {
    let mut child = home
        .command(&["sync", "--system", system])?
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let status = format!("/proc/{}/status", child.id());
    let mut tick = tokio::time::interval(Duration::from_millis(2));
    let mut peak = 0;
    loop {
        tick.tick().await;
        let told = std::fs::read_to_string(&status).unwrap_or_default();
        let most = told.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let most = most.and_then(|rest| rest.split_whitespace().next()?.parse::<usize>().ok());
        peak = peak.max(most.unwrap_or(0) * 1_024);
        if let Some(ended) = child.try_wait()? {
            return Ok((ended.code(), peak));
        }
    }
}

/// What the server says it is, so that the folder needs no passphrase: making a key of one takes more memory than what is
/// measured here.
fn sandbox(base: &str) -> Value {
    let mut told = six(base);
    for system in told["systems"].as_object_mut().unwrap().values_mut() {
        let mut flat = json!({ "base_url": base });
        for part in ["settings", "secrets"] {
            for (name, value) in system[part].as_object().unwrap() {
                flat[name] = value.clone();
            }
        }
        *system = flat;
    }
    told["persons"] = json!([{"name": "lena.kovar", "full_name": "Lena Kov\u{e1}\u{159}", "roles": ["agent"], "pin": "2711",
        "time_zone": "Europe/Prague", "team": "partner_desk"}]);
    told
}

/// Peaks of the same system, well-behaved and hostile, each in a data folder of its own.
async fn peaks(system: &str, hostile: Rule) -> Outcome<(usize, usize)> {
    let mut found = Vec::new();
    for first in [None, Some(hostile)] {
        let described = Rule::says("/sandbox", sandbox("{base}").to_string());
        let rules = first.into_iter().chain([described]).chain(mixed());
        let rules = rules.collect();
        let server = Server::start(rules).await;
        let home = Home::new()?;
        home.ctl(&["init", "--sandbox", &server.base]).await?;
        let (code, peak) = sync(&home, system).await?;
        if peak == 0 || !matches!(code, Some(0 | 3)) {
            return Err(trouble(format!(
                "{system}: ended with {code:?} at {peak} bytes"
            )));
        }
        found.push(peak);
    }
    Ok((found[0], found[1]))
}

async fn stays_below(system: &str, what: &str, hostile: Rule, room: usize) -> Outcome {
    let (calm, most) = peaks(system, hostile)
        .await
        .map_err(|e: Trouble| e.during(what))?;
    let more = most.saturating_sub(calm);
    peer::tell(&format!(
        "memory {what}: {} MiB over {} MiB, {} MiB allowed",
        more / MIB,
        calm / MIB,
        room / MIB
    ))?;
    assert!(more <= room, "{what}: {more} bytes over {calm}");
    Ok(())
}

#[tokio::test]
async fn an_answer_without_an_end_takes_no_more_memory_than_two_answers() -> Outcome {
    for (what, system, rule) in [
        (
            "chunks without an end",
            "community",
            Rule::says("/cases", "[0,").by(Wire::Endless),
        ),
        (
            "a packed answer that unfolds without an end",
            "community",
            Rule::says("/cases", " ").packed().by(Wire::GzipEndless),
        ),
        (
            "headers without an end",
            "community",
            Rule::says("/cases", "").by(Wire::EndlessHead),
        ),
        (
            "a download without an end",
            "documents",
            Rule::says("/documents/t-1/payload", "ISA*00*").by(Wire::Endless),
        ),
    ] {
        stays_below(system, what, rule, ONE_ANSWER).await?;
    }
    Ok(())
}

#[tokio::test]
async fn an_answer_at_every_limit_takes_no_more_memory_than_stated() -> Outcome {
    let list = |item: &str, times: usize| {
        let items = vec![item; times].join(",");
        format!("{{\"items\": [{items}], \"more\": false}}")
    };
    let text = "x".repeat(1_500);
    for (what, body) in [
        (
            "as many records as there may be",
            list(&format!("{{\"id\": \"{text}\"}}"), 20_000),
        ),
        (
            "as many values as there may be",
            list(&format!("[{}0]", "0,".repeat(22)), 19_900),
        ),
        ("more records than there may be", list("0", 499_000)),
        ("more values than there may be", list("[]", 5_000_000)),
        (
            "one text of thirty megabytes",
            list(&format!("\"{}\"", "x".repeat(30 * MIB)), 1),
        ),
    ] {
        stays_below(
            "community",
            what,
            Rule::says("/cases", body),
            LARGEST_ANSWER,
        )
        .await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_payload_at_its_limit_takes_no_more_memory_than_stated() -> Outcome {
    let head = "ISA*00*          *00*          *ZZ*A              *ZZ*B              *261120*1100*U*00401*000000001*0*P*>~";
    let payload = format!("{head}{}", "A*~".repeat(8 * MIB));
    stays_below(
        "documents",
        "a payload of nothing but separators",
        Rule::says("/documents/t-1/payload", payload),
        LARGEST_PAYLOAD,
    )
    .await
}
