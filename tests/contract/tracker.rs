//! The tracker, Request Tracker dialect: one suite against a real Request Tracker and against the sandbox.

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use connectors::{
    CallError, Clock as _, ConnectionConfig, Connections, Connector as _, Fetched, LookUp,
    NetworkSwitch, Outgoing, PullRequest, Receipt, SessionParts, Transport, clock::OffsetClock,
    tracker::TrackerConnector,
};
use domain::{
    Kind, Millis, ObjectRef, StepKey, System,
    canonical::sha256_hex,
    operation::Call,
    record::{Record, Ticket, TicketEntry},
    visibility::Visibility,
};
use serde_json::{Map, Value, json};
use whole_system::harness::{Outcome, SandboxProcess, word};

use crate::{
    peer,
    request_tracker::{self, RequestTracker},
};

/// More than two pages of the connector's.
const TICKETS: usize = 210;

/// A tracker of either kind, met through our connector; what the connector has no call for, over the wire.
pub(crate) struct Tracker {
    name: &'static str,
    pub(crate) config: ConnectionConfig,
    connector: TrackerConnector,
    clock: OffsetClock,
    http: reqwest::Client,
    compared: usize,
    /// Requests beside the connector's.
    raw: Cell<u64>,
}

/// Everything of one pull.
#[derive(Default)]
pub(crate) struct Pulled {
    pub(crate) tickets: BTreeMap<String, Ticket>,
    entries: BTreeMap<String, TicketEntry>,
    cursor: String,
    records: usize,
}

impl Tracker {
    fn new(name: &'static str, config: ConnectionConfig, offset: i64) -> Self {
        let clock = OffsetClock::default();
        clock.set_offset(offset);
        let parts = SessionParts::new(NetworkSwitch::default(), Arc::new(clock.clone()));
        Self {
            name,
            connector: TrackerConnector::new(&config, &parts),
            config,
            clock,
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            compared: 0,
            raw: Cell::new(0),
        }
    }

    /// The sandbox's, which follows its clock.
    pub(crate) async fn of_sandbox(sandbox: &SandboxProcess, dialect: &str) -> Outcome<Self> {
        let connections = Connections::of_sandbox(sandbox.hello()).unwrap();
        let mut config = connections.systems[&System::Tracker].clone();
        config.dialect = dialect.to_owned();
        let clock = sandbox.admin_get("clock").await?;
        let now = Millis::parse_lenient(word(&clock, "now")).unwrap();
        let offset = now.0 - OffsetClock::default().now().0;
        Ok(Self::new("sandbox", config, offset))
    }

    fn same<T: PartialEq + std::fmt::Debug>(&mut self, what: &str, found: T, expected: T) {
        self.compared += 1;
        assert_eq!(found, expected, "{}: {what}", self.name);
    }

    pub(crate) fn outgoing(&self, name: &str, call: Call) -> Outgoing {
        let key = sha256_hex(format!("{}/{name}", self.name).as_bytes());
        Outgoing {
            reference: key[..16].to_owned(),
            key: StepKey(key),
            actor: Some("lena.kovar".into()),
            call,
            blobs: std::iter::empty::<(String, Bytes)>().collect(),
            now: self.clock.now(),
        }
    }

    pub(crate) async fn perform(&self, call: &Outgoing) -> Receipt {
        let done = self.connector.perform(call).await;
        done.unwrap_or_else(|error| panic!("{}: {:?}: {error:?}", self.name, call.call))
    }

    pub(crate) async fn pull(&self, cursor: Option<String>) -> Pulled {
        let mut pulled = Pulled::default();
        let mut cursor = cursor;
        loop {
            let request = PullRequest {
                collection: "tickets".into(),
                cursor,
                now: self.clock.now(),
            };
            let page = self.connector.pull(&request).await.unwrap();
            for Fetched { record, .. } in page.records {
                pulled.records += 1;
                match record.unwrap() {
                    Record::Ticket(ticket) => {
                        pulled.tickets.insert(ticket.id.clone(), ticket);
                    }
                    Record::TicketEntry(entry) => {
                        pulled.entries.insert(entry.id.clone(), entry);
                    }
                    other => panic!("{other:?}"),
                }
            }
            if !page.more {
                pulled.cursor = page.cursor;
                return pulled;
            }
            cursor = Some(page.cursor);
        }
    }

    /// How many requests were made: each test is a process of its own, so the connector's are counted from its start.
    fn calls(&self) -> u64 {
        let last = self.connector.recent_calls(0).pop();
        self.raw.get() + last.map_or(0, |call| call.number)
    }

    /// A request the connector has no call for.
    async fn raw(&self, method: reqwest::Method, path: &str, body: Value) -> (u16, Value) {
        let url = format!("{}/REST/2.0{path}", self.config.base_url);
        let secret = |name: &str| self.config.secret(name).unwrap_or_default().to_owned();
        self.raw.set(self.raw.get() + 1);
        let mut ask = self.http.request(method, url);
        ask = ask.basic_auth(secret("username"), Some(secret("password")));
        if !body.is_null() {
            ask = ask.json(&body);
        }
        let answer = ask.send().await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap_or(Value::Null))
    }
}

pub(crate) fn create(subject: &str, case: &str) -> Call {
    Call::CreateTicket {
        case_id: case.into(),
        queue: "logistics".into(),
        subject: subject.into(),
        body: "Zwölf Kartons fehlen – 12 short".into(),
        marker: format!("{case}:create"),
    }
}

fn update(ticket: &str, version: Option<String>, changes: &[(&str, Value)]) -> Call {
    let changes = changes.iter().map(|(n, v)| ((*n).to_owned(), v.clone()));
    Call::UpdateTicket {
        ticket_id: ticket.into(),
        base_version: version,
        changes: changes.collect::<Map<_, _>>(),
    }
}

/// The whole suite.
async fn suite(tracker: &mut Tracker) {
    let first = created_and_found(tracker).await;
    read_one_by_one(tracker, &first).await;
    spoken(tracker, &first).await;
    moved(tracker, &first).await;
    linked(tracker, &first).await;
    attached(tracker, &first).await;
    changes_only(tracker, &first).await;
    refused(tracker).await;
    many(tracker).await;
}

async fn created_and_found(tracker: &mut Tracker) -> String {
    let check = tracker.connector.check().await;
    tracker.same("every step of the check", check.iter().all(|s| s.ok), true);
    let call = tracker.outgoing("create", create("Größe 7: 12 short", "90001"));
    let before = tracker.connector.look_up(&call).await.unwrap();
    tracker.same("not made yet", before, LookUp::Absent);
    let receipt = tracker.perform(&call).await;
    let id = receipt.remote_ref.clone();
    tracker.same(
        "its queue",
        receipt.detail["queue"].clone(),
        json!("Logistics"),
    );
    let found = tracker.connector.look_up(&call).await.unwrap();
    tracker.same("found by its mark", found, LookUp::Found(receipt));
    let other = tracker.outgoing("other", create("Größe 7: 12 short", "90001"));
    let found = tracker.connector.look_up(&other).await.unwrap();
    tracker.same("another step's is not ours", found, LookUp::Absent);

    let pulled = tracker.pull(None).await;
    let ticket = pulled.tickets[&id].clone();
    tracker.same("subject", ticket.subject.as_str(), "Größe 7: 12 short");
    tracker.same("case", ticket.case_id.as_deref(), Some("90001"));
    tracker.same("queue", ticket.queue.as_str(), "Logistics");
    tracker.same("status", ticket.status.as_str(), "new");
    tracker.same("owner", ticket.owner.as_deref(), None);
    let said: Vec<_> = pulled
        .entries
        .values()
        .filter(|e| e.ticket_id == id)
        .collect();
    tracker.same("one message", said.len(), 1);
    tracker.same("its reader", said[0].visibility, Visibility::Internal);
    let whole = said[0].body.contains("Zwölf Kartons fehlen – 12 short");
    tracker.same("its words", whole, true);
    id
}

/// What is read by its id, and a change over what nobody has any more, as the wire has them.
async fn read_one_by_one(tracker: &mut Tracker, id: &str) {
    use reqwest::Method;
    let text = |value: &Value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    let path = format!("/ticket/{id}");
    let (status, ticket) = tracker.raw(Method::GET, &path, Value::Null).await;
    tracker.same("a ticket by its id", status, 200);
    let subject = ticket["Subject"].as_str();
    tracker.same("its subject", subject, Some("Größe 7: 12 short"));
    let links = ticket["_hyperlinks"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let offered: BTreeSet<_> = links.iter().filter_map(|l| l["ref"].as_str()).collect();
    for word in ["self", "history", "comment", "correspond", "lifecycle"] {
        tracker.same(word, offered.contains(word), true);
    }

    let queue = text(&ticket["Queue"]["id"]);
    let path = format!("/queue/{queue}");
    let (status, queue) = tracker.raw(Method::GET, &path, Value::Null).await;
    tracker.same("a queue by its id", status, 200);
    tracker.same("its name", queue["Name"].as_str(), Some("Logistics"));

    let path = format!("/ticket/{id}/history");
    let (_, history) = tracker.raw(Method::GET, &path, Value::Null).await;
    let first = text(&history["items"][0]["id"]);
    let path = format!("/transaction/{first}");
    let (status, transaction) = tracker.raw(Method::GET, &path, Value::Null).await;
    tracker.same("a transaction by its id", status, 200);
    tracker.same(
        "it made the ticket",
        transaction["Type"].as_str(),
        Some("Create"),
    );
    tracker.same(
        "this one",
        text(&transaction["Object"]["id"]),
        id.to_owned(),
    );

    let address = format!("{}/REST/2.0/ticket/{id}", tracker.config.base_url);
    let secret = |name: &str| tracker.config.secret(name).unwrap_or_default().to_owned();
    let stale = tracker
        .http
        .put(address)
        .basic_auth(secret("username"), Some(secret("password")))
        .header("if-match", "\"0\"")
        .json(&json!({"Priority": 9}))
        .send()
        .await
        .unwrap();
    let status = stale.status().as_u16();
    let said: Value = stale.json().await.unwrap_or_default();
    tracker.same("a change over another version", status, 412);
    tracker.same(
        "in words",
        said["message"].as_str(),
        Some("Precondition Failed"),
    );
}

async fn spoken(tracker: &mut Tracker, id: &str) {
    for (word, call, visibility) in [
        (
            "comment",
            Call::CommentTicket {
                ticket_id: id.into(),
                body: "Counted again: ž <12> & short".into(),
                marker: String::new(),
            },
            Visibility::Internal,
        ),
        (
            "reply",
            Call::ReplyTicket {
                ticket_id: id.into(),
                body: "It ships tomorrow – promised".into(),
                marker: String::new(),
            },
            Visibility::Partner,
        ),
    ] {
        let body = match &call {
            Call::CommentTicket { body, .. } | Call::ReplyTicket { body, .. } => body.clone(),
            _ => unreachable!(),
        };
        let call = tracker.outgoing(word, call);
        let before = tracker.connector.look_up(&call).await.unwrap();
        tracker.same("not said yet", before, LookUp::Absent);
        let receipt = tracker.perform(&call).await;
        let found = tracker.connector.look_up(&call).await.unwrap();
        let LookUp::Found(again) = found else {
            panic!("{}: {word} not found", tracker.name)
        };
        tracker.same(word, &again.remote_ref, &receipt.remote_ref);
        let pulled = tracker.pull(None).await;
        let entry = pulled.entries[&receipt.remote_ref].clone();
        tracker.same("who may read it", entry.visibility, visibility);
        tracker.same("where", entry.ticket_id.as_str(), id);
        tracker.same("what it says", entry.body.contains(&body), true);
    }
}

async fn moved(tracker: &mut Tracker, id: &str) {
    let ticket = tracker.pull(None).await.tickets[id].clone();
    tracker.same("opened by the reply", ticket.status.as_str(), "open");
    let version = ticket.version.clone();
    let stall = tracker.outgoing(
        "stall",
        update(id, version.clone(), &[("status", json!("stalled"))]),
    );
    let receipt = tracker.perform(&stall).await;
    let fresh = receipt.detail["version"].as_str().map(str::to_owned);
    tracker.same("another version", fresh != version, true);
    let found = tracker.connector.look_up(&stall).await.unwrap();
    tracker.same(
        "found by comparing",
        matches!(found, LookUp::Found(_)),
        true,
    );

    let late = tracker.outgoing(
        "late",
        update(id, version, &[("subject", json!("too late"))]),
    );
    let Err(CallError::Conflict {
        theirs, version, ..
    }) = tracker.connector.perform(&late).await
    else {
        panic!("{}: a stale change is a conflict", tracker.name)
    };
    tracker.same(
        "their subject",
        theirs["subject"].clone(),
        json!("Größe 7: 12 short"),
    );
    tracker.same("their version", version, fresh.clone());

    let wrong = tracker.outgoing("wrong", update(id, None, &[("status", json!("shut"))]));
    let said = tracker.connector.perform(&wrong).await;
    let told = matches!(said, Err(CallError::Refused { .. }));
    tracker.same("a status that is none is refused", told, true);

    let changes = [
        ("status", json!("resolved")),
        ("subject", json!("Größe 7: settled")),
        ("priority", json!("40")),
    ];
    let resolve = tracker.outgoing("resolve", update(id, fresh, &changes));
    tracker.perform(&resolve).await;
    let ticket = tracker.pull(None).await.tickets[id].clone();
    let there = (ticket.status.as_str(), ticket.subject.as_str());
    tracker.same("resolved", there, ("resolved", "Größe 7: settled"));
    tracker.same("priority", ticket.priority.as_str(), "40");
}

async fn linked(tracker: &mut Tracker, id: &str) {
    let second = tracker.outgoing("second", create("Second", "90002"));
    let second = tracker.perform(&second).await.remote_ref;
    for (word, target) in [
        ("address", "https://console.example/cases/90001"),
        ("ticket", second.as_str()),
    ] {
        let call = Call::LinkTicket {
            ticket_id: id.into(),
            target: target.into(),
        };
        let call = tracker.outgoing(&format!("link {word}"), call);
        let before = tracker.connector.look_up(&call).await.unwrap();
        tracker.same("no link yet", before, LookUp::Absent);
        tracker.perform(&call).await;
        let found = tracker.connector.look_up(&call).await.unwrap();
        tracker.same("the link is there", matches!(found, LookUp::Found(_)), true);
        // Again it is the same one.
        tracker.perform(&call).await;
    }
}

async fn attached(tracker: &mut Tracker, id: &str) {
    let bytes = b"\x89PNG\r\n\x1a\n not a picture \xff\x00".to_vec();
    let body = json!({
        "Content": "with a file", "ContentType": "text/plain",
        "Attachments": [{
            "FileName": "foto.png", "FileType": "image/png", "FileContent": STANDARD.encode(&bytes),
        }],
    });
    let path = format!("/ticket/{id}/comment");
    let (status, _) = tracker.raw(reqwest::Method::POST, &path, body).await;
    tracker.same("a comment with a file", status, 201);
    let path = format!("/ticket/{id}/attachments?fields=Filename,ContentType&per_page=100");
    let (_, list) = tracker.raw(reqwest::Method::GET, &path, Value::Null).await;
    let items = list["items"].as_array().cloned().unwrap_or_default();
    let file = items.iter().find(|item| item["Filename"] == "foto.png");
    let file = file.unwrap_or_else(|| panic!("{}: {list}", tracker.name));
    let attachment = match &file["id"] {
        Value::String(id) => id.clone(),
        other => other.to_string(),
    };
    let object = ObjectRef::new(Kind::Attachment, System::Tracker, attachment);
    let content = tracker.connector.content(&object).await.unwrap();
    tracker.same("its bytes", content.bytes.to_vec(), bytes);
    tracker.same("its type", content.media_type.as_str(), "image/png");
    tracker.same("its name", content.name.as_str(), "foto.png");
}

async fn changes_only(tracker: &mut Tracker, id: &str) {
    let mut cursor = tracker.pull(None).await.cursor;
    for round in 0..3 {
        let quiet = tracker.pull(Some(cursor)).await;
        tracker.same("nothing comes twice", quiet.records, 0);
        let call = Call::CommentTicket {
            ticket_id: id.into(),
            body: format!("round {round}"),
            marker: String::new(),
        };
        let call = tracker.outgoing(&format!("round {round}"), call);
        let receipt = tracker.perform(&call).await;
        let changed = tracker.pull(Some(quiet.cursor)).await;
        let ids: Vec<_> = changed.tickets.keys().map(String::as_str).collect();
        tracker.same("the changed ticket alone", ids, vec![id]);
        let said = changed.entries.contains_key(&receipt.remote_ref);
        tracker.same("with what was said", said, true);
        cursor = changed.cursor;
    }
}

async fn refused(tracker: &mut Tracker) {
    let (status, body) = tracker
        .raw(reqwest::Method::GET, "/ticket/99999999", Value::Null)
        .await;
    tracker.same("an unknown ticket", status, 404);
    tracker.same("in words", body["message"].is_string(), true);
    let mut config = tracker.config.clone();
    config.secrets.insert("password".into(), "wrong".into());
    let stranger = Tracker::new(tracker.name, config, 0);
    let (status, _) = stranger
        .raw(reqwest::Method::GET, "/queues/all", Value::Null)
        .await;
    tracker.same("a wrong password", status, 401);
    let check = stranger.connector.check().await;
    let failed = check.iter().find(|step| !step.ok);
    tracker.same("the step that failed", failed.is_some(), true);
}

/// More tickets than two pages hold, each once.
async fn many(tracker: &mut Tracker) {
    let there = tracker.pull(None).await.tickets.len();
    for n in there..TICKETS {
        let body = json!({
            "Queue": "Logistics", "Subject": format!("Many {n}"), "Content": "one of many",
            "ContentType": "text/plain", "CustomFields": {"PartnerCase": format!("8{n:04}")},
        });
        let (status, said) = tracker.raw(reqwest::Method::POST, "/ticket", body).await;
        assert_eq!(status, 201, "{}: {said}", tracker.name);
    }
    let pulled = tracker.pull(None).await;
    tracker.same("all of them", pulled.tickets.len() >= TICKETS, true);
    let records = pulled.tickets.len() + pulled.entries.len();
    tracker.same("each once", pulled.records, records);
    let numbers: BTreeSet<_> = pulled.tickets.values().map(|t| &t.number).collect();
    assert_eq!(numbers.len(), pulled.tickets.len());
}

fn config(base: &str) -> ConnectionConfig {
    ConnectionConfig {
        transport: Transport::default(),
        base_url: base.to_owned(),
        dialect: "request_tracker".into(),
        settings: BTreeMap::from([("queue".to_owned(), "Partner Operations".to_owned())]),
        secrets: BTreeMap::from([
            ("username".to_owned(), request_tracker::USER.0.to_owned()),
            ("password".to_owned(), request_tracker::USER.1.to_owned()),
        ]),
    }
}

#[tokio::test]
async fn a_real_request_tracker_answers_the_suite() -> Outcome {
    let server = RequestTracker::start().await?;
    let mut tracker = Tracker::new("Request Tracker", config(server.base_url()), 0);
    suite(&mut tracker).await;
    let version = server.version().await?;
    peer::tell(&format!(
        "peer Request Tracker {version}: {} calls, {} comparisons",
        tracker.calls(),
        tracker.compared
    ))?;
    Ok(())
}

#[tokio::test]
async fn the_sandbox_answers_the_suite_like_a_real_request_tracker() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let mut tracker = Tracker::of_sandbox(&sandbox, "request_tracker").await?;
    suite(&mut tracker).await;
    peer::tell(&format!(
        "sandbox as Request Tracker: {} calls, {} comparisons",
        tracker.calls(),
        tracker.compared
    ))?;
    Ok(())
}
