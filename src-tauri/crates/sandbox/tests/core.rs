//! What the sandbox promises by itself: the same seed gives the same bytes, and it stays on this machine.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{Millis, System, canonical::sha256_hex};
use sandbox::{Options, Running, SandboxError, systems::dump};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const EPOCH: Millis = Millis(1_795_183_200_000);

async fn start(seed: u64) -> Running {
    let options = Options {
        seed,
        cases: 40,
        epoch: Some(EPOCH),
        ..Options::default()
    };
    sandbox::start(options).await.unwrap()
}

/// One request over a plain socket; `None` when the connection closes without an answer.
async fn call(
    sandbox: &Running,
    method: &str,
    path: &str,
    headers: &str,
    body: &str,
) -> Option<(u16, String)> {
    let address = sandbox.base_url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{headers}content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    let text = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, body.to_owned()))
}

async fn bearer(sandbox: &Running) -> String {
    let basic = STANDARD.encode("sandbox-grid-key:sandbox-grid-secret");
    let path = "/community/v1/oauth2/tokens?grant_type=client_credentials";
    let (_, body) = call(
        sandbox,
        "POST",
        path,
        &format!("authorization: Basic {basic}\r\n"),
        "",
    )
    .await
    .unwrap();
    let body: Value = serde_json::from_str(&body).unwrap();
    format!(
        "authorization: Bearer {}\r\n",
        body["access_token"].as_str().unwrap()
    )
}

#[tokio::test]
async fn the_same_seed_and_epoch_give_the_same_bytes() {
    let (one, two, other) = (start(7).await, start(7).await, start(8).await);
    for system in System::ALL {
        let (a, b) = (
            dump(*system, one.ctx()).to_string(),
            dump(*system, two.ctx()).to_string(),
        );
        assert_eq!(
            sha256_hex(a.as_bytes()),
            sha256_hex(b.as_bytes()),
            "{system}"
        );
    }
    let (a, b, c) = (bearer(&one).await, bearer(&two).await, bearer(&other).await);
    for path in [
        "/community/cases?limit=200",
        "/community/events?limit=200",
        "/community/partners/P-1001/agreement",
    ] {
        let first = call(&one, "GET", path, &a, "").await.unwrap();
        assert_eq!(first.0, 200);
        assert_eq!(
            first,
            call(&two, "GET", path, &b, "").await.unwrap(),
            "{path}"
        );
    }
    let path = "/community/cases?limit=200";
    assert_ne!(
        call(&one, "GET", path, &a, "").await,
        call(&other, "GET", path, &c, "").await
    );
}

#[tokio::test]
async fn it_listens_on_this_machine_only() {
    let listen = "0.0.0.0:0".parse().unwrap();
    let refused = sandbox::start(Options {
        listen,
        ..Options::default()
    })
    .await
    .unwrap_err();
    assert!(matches!(refused, SandboxError::Listen(_)));
}

#[tokio::test]
async fn the_contract_says_what_is_missing_stale_or_reused() {
    let sandbox = start(7).await;
    let auth = bearer(&sandbox).await;
    let path = "/community/cases/48213/comments";
    let comment = json!({"visibility": "partner", "body": "x"}).to_string();
    let status = async |method: &str, path: &str, headers: String, body: &str| {
        call(&sandbox, method, path, &headers, body)
            .await
            .unwrap()
            .0
    };
    assert_eq!(status("POST", path, String::new(), &comment).await, 401);
    assert_eq!(status("POST", path, auth.clone(), &comment).await, 400);
    let keyed = format!("{auth}idempotency-key: k1\r\n");
    assert_eq!(status("POST", path, keyed.clone(), &comment).await, 201);
    assert_eq!(status("POST", path, keyed.clone(), &comment).await, 201);
    let other = json!({"visibility": "partner", "body": "y"}).to_string();
    assert_eq!(status("POST", path, keyed, &other).await, 422);
    let patch = format!("{auth}idempotency-key: k2\r\n");
    let change = json!({"status": "resolved"}).to_string();
    assert_eq!(
        status("PATCH", "/community/cases/48213", patch.clone(), &change).await,
        428
    );
    let stale = format!("{patch}if-match: \"0\"\r\n");
    assert_eq!(
        status("PATCH", "/community/cases/48213", stale, &change).await,
        412
    );
    assert_eq!(sandbox.ctx().effects(Some("community"), None).len(), 1);
}

#[tokio::test]
async fn a_dropped_answer_closes_the_connection_after_the_work_was_done() {
    let sandbox = start(7).await;
    let auth = format!("{}idempotency-key: k\r\n", bearer(&sandbox).await);
    let fault = json!({"system": "community", "operation": "post_message", "kind": "drop_response", "count": 1});
    let (status, _) = call(&sandbox, "POST", "/sandbox/faults", "", &fault.to_string())
        .await
        .unwrap();
    assert_eq!(status, 201);
    let comment = json!({"visibility": "internal", "body": "x"}).to_string();
    let path = "/community/cases/48213/comments";
    assert!(
        call(&sandbox, "POST", path, &auth, &comment)
            .await
            .is_none()
    );
    let (_, effects) = call(&sandbox, "GET", "/sandbox/effects?key=k", "", "")
        .await
        .unwrap();
    let effects: Value = serde_json::from_str(&effects).unwrap();
    assert_eq!(effects["items"].as_array().unwrap().len(), 1);
    assert_eq!(effects["items"][0]["kind"], "post_message");
}

#[tokio::test]
async fn the_clock_moves_by_request_and_says_where_it_is() {
    let sandbox = start(7).await;
    let (_, before) = call(&sandbox, "GET", "/sandbox/clock", "", "")
        .await
        .unwrap();
    let body = json!({"advance_seconds": 3600}).to_string();
    let (status, after) = call(&sandbox, "POST", "/sandbox/clock", "", &body)
        .await
        .unwrap();
    assert_eq!(status, 200);
    let at = |text: &str| {
        let value: Value = serde_json::from_str(text).unwrap();
        Millis::parse_lenient(value["now"].as_str().unwrap()).unwrap()
    };
    let moved = at(&after).since(at(&before));
    assert!((3_600_000..3_660_000).contains(&moved), "{moved}");
    assert!(
        at(&before).since(EPOCH) < 60_000,
        "the clock starts at the epoch that was given"
    );
}

#[test]
fn the_scenario_is_large_and_varied_enough() {
    let scenario = sandbox::Scenario::generate(1, 240, EPOCH).unwrap();
    assert!(scenario.partners.len() >= 14);
    let countries: std::collections::BTreeSet<&str> = scenario
        .partners
        .iter()
        .map(|p| p.country.as_str())
        .collect();
    assert!(countries.len() >= 6);
    assert_eq!((scenario.cases.len(), scenario.orders.len()), (240, 401));
    let types: std::collections::BTreeSet<&str> = scenario
        .cases
        .iter()
        .map(|c| c.case_type.as_str())
        .collect();
    assert_eq!(types.len(), 13);
    let best = scenario
        .cases
        .iter()
        .find(|c| c.number == "PC-48213")
        .unwrap();
    assert_eq!(best.order.as_deref(), Some("4500771820"));
    assert!(
        scenario
            .cases
            .iter()
            .any(|c| c.is_open() && c.due_at.is_some_and(|d| d > EPOCH))
    );
    assert!(
        scenario
            .cases
            .iter()
            .all(|c| c.opened_at <= c.updated_at && c.updated_at <= EPOCH),
        "history ends at the epoch"
    );
    let few = sandbox::Scenario::generate(1, 5, EPOCH).unwrap();
    assert!(few.cases.iter().any(|c| c.number == "PC-48213"));
}

#[tokio::test]
async fn a_state_folder_has_one_sandbox_at_a_time_and_is_free_after_it() {
    let dir = tempfile::tempdir().unwrap();
    let options = Options {
        cases: 5,
        epoch: Some(EPOCH),
        state_dir: Some(dir.path().to_owned()),
        ..Options::default()
    };
    let first = sandbox::start(options.clone()).await.unwrap();
    let (status, _) = call(
        &first,
        "POST",
        "/sandbox/clock",
        "",
        r#"{"advance_seconds": 60}"#,
    )
    .await
    .unwrap();
    assert_eq!(status, 200);
    let second = sandbox::start(options.clone()).await.unwrap_err();
    assert!(matches!(second, SandboxError::State(_)), "{second}");
    first.shutdown().await;
    let other_seed = Options {
        seed: 9,
        ..options.clone()
    };
    assert!(
        sandbox::start(other_seed).await.is_err(),
        "the journal belongs to its seed"
    );
    let again = sandbox::start(options).await.unwrap();
    assert!(
        again.ctx().now().since(EPOCH) >= 60_000,
        "the clock was moved, and is still"
    );
}

#[tokio::test]
async fn a_torn_last_line_is_cut_and_damage_elsewhere_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let options = Options {
        cases: 5,
        epoch: Some(EPOCH),
        state_dir: Some(dir.path().to_owned()),
        ..Options::default()
    };
    let first = sandbox::start(options.clone()).await.unwrap();
    call(
        &first,
        "POST",
        "/sandbox/events",
        "",
        r#"{"kind": "case", "subject": "One"}"#,
    )
    .await
    .unwrap();
    let before = dump(System::Community, first.ctx());
    first.shutdown().await;
    let path = dir.path().join("journal.jsonl");
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, [&whole[..], b"{\"at\":1,\"meth"].concat()).unwrap();
    let again = sandbox::start(options.clone()).await.unwrap();
    assert_eq!(dump(System::Community, again.ctx()), before);
    again.shutdown().await;
    std::fs::write(&path, [b"{damaged}\n", &whole[..]].concat()).unwrap();
    let refused = sandbox::start(options).await.unwrap_err();
    assert!(refused.to_string().contains("at byte 0"), "{refused}");
}
