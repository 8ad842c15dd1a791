//! The tracker connector against the sandbox, in both dialects, over HTTP.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::{Bench, hostile};
use connectors::{
    CallError, ConnectionConfig, Connector, Fetched, LookUp, PullError, PullRequest,
    tracker::TrackerConnector,
};
use domain::{
    Kind, ObjectRef, System,
    operation::{Call, Level, Operation},
    record::{Record, Ticket, TicketEntry},
    visibility::Visibility,
};
use serde_json::{Map, Value, json};

const DIALECTS: [&str; 2] = ["request_tracker", "servicenow"];

fn connector(bench: &Bench, dialect: &str) -> TrackerConnector {
    TrackerConnector::new(&config(bench, dialect), &bench.parts())
}

fn config(bench: &Bench, dialect: &str) -> ConnectionConfig {
    let mut config = bench.config(System::Tracker).clone();
    config.dialect = dialect.to_owned();
    config
}

fn tickets(fetched: &[Fetched]) -> BTreeMap<String, Ticket> {
    fetched
        .iter()
        .filter_map(|f| match f.record.as_ref().unwrap() {
            Record::Ticket(ticket) => Some((ticket.id.clone(), ticket.clone())),
            _ => None,
        })
        .collect()
}

fn entries(fetched: &[Fetched]) -> Vec<&TicketEntry> {
    fetched
        .iter()
        .filter_map(|f| match f.record.as_ref().unwrap() {
            Record::TicketEntry(entry) => Some(entry),
            _ => None,
        })
        .collect()
}

async fn of_case(bench: &Bench, connector: &TrackerConnector) -> Ticket {
    let (all, _) = bench.pull(connector, "tickets", None).await;
    let found = tickets(&all)
        .into_values()
        .find(|t| t.case_id.as_deref() == Some("48213"));
    found.unwrap()
}

fn create() -> Call {
    Call::CreateTicket {
        case_id: "48213".into(),
        queue: "logistics".into(),
        subject: "PC-48213 short shipment".into(),
        body: "Partner: Bramblewick Foods".into(),
        marker: "intent-7:create".into(),
    }
}

fn comment(ticket: &Ticket) -> Call {
    Call::CommentTicket {
        ticket_id: ticket.id.clone(),
        body: "Counted again: 12 short.".into(),
        marker: String::new(),
    }
}

fn reply(ticket: &Ticket) -> Call {
    Call::ReplyTicket {
        ticket_id: ticket.id.clone(),
        body: "It ships tomorrow.".into(),
        marker: String::new(),
    }
}

fn update(ticket: &Ticket, version: Option<String>, changes: &[(&str, Value)]) -> Call {
    Call::UpdateTicket {
        ticket_id: ticket.id.clone(),
        base_version: version,
        changes: changes
            .iter()
            .map(|(n, v)| ((*n).to_owned(), v.clone()))
            .collect::<Map<_, _>>(),
    }
}

async fn lose_answer(bench: &Bench, operation: &str) {
    bench
        .fault(json!({"system": "tracker", "operation": operation, "kind": "drop_response", "count": 1}))
        .await;
}

#[tokio::test]
async fn more_than_a_page_of_tickets_is_pulled_once_with_their_messages() {
    let bench = Bench::start_with(600).await;
    for dialect in DIALECTS {
        let connector = connector(&bench, dialect);
        let (all, _) = bench.pull(&connector, "tickets", None).await;
        let found = tickets(&all);
        assert!(found.len() > 250, "{dialect}: {}", found.len());
        let records = all
            .iter()
            .filter(|f| matches!(f.record, Ok(Record::Ticket(_))))
            .count();
        assert_eq!(records, found.len(), "{dialect}: no ticket twice");
        assert!(
            found
                .values()
                .all(|t| t.case_id.is_some() && t.version.is_some())
        );
        let messages = entries(&all);
        assert!(messages.len() > found.len());
        let unique: BTreeSet<_> = messages.iter().map(|e| &e.id).collect();
        assert_eq!(unique.len(), messages.len());
        assert!(messages.iter().all(|e| found.contains_key(&e.ticket_id)));
        assert!(messages.iter().any(|e| e.visibility == Visibility::Partner));
    }
}

#[tokio::test]
async fn text_of_others_arrives_without_anything_that_could_run() {
    let bench = Bench::start().await;
    let connector = connector(&bench, "request_tracker");
    let ticket = of_case(&bench, &connector).await;
    bench
        .event(
            json!({"kind": "ticket_comment", "ticket_id": ticket.id, "media_type": "text/html",
            "body": "<p>Checked</p><script>alert(1)</script><img src=x onerror=alert(2)>"}),
        )
        .await;
    let (all, _) = bench.pull(&connector, "tickets", None).await;
    let texts: Vec<&str> = entries(&all).iter().map(|e| e.body.as_str()).collect();
    assert!(texts.contains(&"Checked"));
    assert!(
        texts
            .iter()
            .all(|t| !t.contains("alert") && !t.contains("<script"))
    );
    assert!(entries(&all).iter().all(|e| !e.body.is_empty()));
}

#[tokio::test]
async fn changes_within_the_second_of_the_last_pull_are_seen_and_nothing_comes_twice() {
    let bench = Bench::start().await;
    // The last two ask a tracker that reads times in an unknown zone.
    for (dialect, utc) in [
        ("request_tracker", "true"),
        ("servicenow", "true"),
        ("request_tracker", "false"),
        ("servicenow", "false"),
    ] {
        let mut config = config(&bench, dialect);
        config.settings.insert("utc".into(), utc.into());
        let connector = TrackerConnector::new(&config, &bench.parts());
        let ticket = of_case(&bench, &connector).await;
        let (_, mut cursor) = bench.pull(&connector, "tickets", None).await;
        let (quiet, next) = bench.pull(&connector, "tickets", Some(cursor)).await;
        assert!(quiet.is_empty(), "{dialect}: {quiet:?}");
        cursor = next;
        let number = if dialect == "servicenow" {
            ticket
                .number
                .trim_start_matches("INC")
                .trim_start_matches('0')
                .to_owned()
        } else {
            ticket.id.clone()
        };
        for round in 0..3 {
            let body = format!("{dialect} {utc} {round}");
            let event = json!({"kind": "ticket_comment", "ticket_id": number, "body": body});
            bench.event(event).await;
            let (changed, next) = bench.pull(&connector, "tickets", Some(cursor)).await;
            cursor = next;
            assert_eq!(tickets(&changed).len(), 1, "{dialect} {round}");
            assert!(entries(&changed).iter().any(|e| e.body == body));
        }
        let (quiet, _) = bench.pull(&connector, "tickets", Some(cursor)).await;
        assert!(quiet.is_empty(), "{dialect}: {quiet:?}");
    }
}

#[tokio::test]
async fn a_ticket_whose_answer_was_lost_is_found_by_its_mark_and_made_once() {
    let bench = Bench::start().await;
    for dialect in DIALECTS {
        let connector = connector(&bench, dialect);
        let before = bench.effects("tracker", "create_ticket").await.len();
        let call = bench.outgoing(dialect, create(), &[]);
        // The case has a ticket already, of another step: that one is not ours.
        assert_eq!(
            connector.look_up(&call).await.unwrap(),
            LookUp::Absent,
            "{dialect}"
        );
        lose_answer(&bench, "create_ticket").await;
        assert!(matches!(
            connector.perform(&call).await,
            Err(CallError::Unknown(_))
        ));
        let LookUp::Found(receipt) = connector.look_up(&call).await.unwrap() else {
            panic!("{dialect}: it was made");
        };
        assert!(!receipt.remote_ref.is_empty());
        assert_eq!(
            bench.effects("tracker", "create_ticket").await.len(),
            before + 1
        );
        let (all, _) = bench.pull(&connector, "tickets", None).await;
        let made = &tickets(&all)[&receipt.remote_ref];
        assert_eq!(made.case_id.as_deref(), Some("48213"));
        assert_eq!(
            made.queue, "Logistics",
            "{dialect}: the queue is matched by name"
        );
    }
}

#[tokio::test]
async fn a_queue_the_tracker_does_not_have_becomes_the_default_one() {
    let bench = Bench::start().await;
    let connector = connector(&bench, "request_tracker");
    let Call::CreateTicket {
        case_id,
        subject,
        body,
        marker,
        ..
    } = create()
    else {
        unreachable!()
    };
    let call = Call::CreateTicket {
        case_id,
        queue: "Nowhere".into(),
        subject,
        body,
        marker,
    };
    let receipt = connector
        .perform(&bench.outgoing("nowhere", call, &[]))
        .await
        .unwrap();
    assert_eq!(receipt.detail["queue"], "Partner Operations");
    assert_eq!(
        receipt.detail["number"],
        format!("OPS-{}", receipt.remote_ref)
    );
}

#[tokio::test]
async fn comments_and_replies_are_found_by_their_mark_and_keep_their_readers() {
    let bench = Bench::start().await;
    for dialect in DIALECTS {
        let connector = connector(&bench, dialect);
        let ticket = of_case(&bench, &connector).await;
        for (word, call, visibility) in [
            ("comment", comment(&ticket), Visibility::Internal),
            ("reply", reply(&ticket), Visibility::Partner),
        ] {
            let before = bench.effects("tracker", word).await.len();
            let call = bench.outgoing(&format!("{dialect}/{word}"), call, &[]);
            assert_eq!(connector.look_up(&call).await.unwrap(), LookUp::Absent);
            lose_answer(&bench, word).await;
            assert!(matches!(
                connector.perform(&call).await,
                Err(CallError::Unknown(_))
            ));
            let LookUp::Found(receipt) = connector.look_up(&call).await.unwrap() else {
                panic!("{dialect} {word}: it was written");
            };
            assert_eq!(bench.effects("tracker", word).await.len(), before + 1);
            let (all, _) = bench.pull(&connector, "tickets", None).await;
            let entry = entries(&all)
                .into_iter()
                .find(|e| e.id == receipt.remote_ref)
                .unwrap()
                .clone();
            assert_eq!(entry.visibility, visibility, "{dialect} {word}");
            assert!(entry.body.contains(&format!("[pc:{}]", call.reference)));
        }
    }
}

#[tokio::test]
async fn a_stale_change_is_a_conflict_with_the_values_over_there() {
    let bench = Bench::start().await;
    for dialect in DIALECTS {
        let connector = connector(&bench, dialect);
        let ticket = of_case(&bench, &connector).await;
        let owner = if ticket.owner.as_deref() == Some("mara.tindal") {
            "lena.kovar"
        } else {
            "mara.tindal"
        };
        let base = ticket.version.clone();
        let first = update(
            &ticket,
            base.clone(),
            &[
                ("owner", json!(owner)),
                ("subject", json!(format!("{dialect} one"))),
            ],
        );
        let first = bench.outgoing(&format!("{dialect}/first"), first, &[]);
        let receipt = connector.perform(&first).await.unwrap();
        assert_ne!(receipt.detail["version"].as_str(), base.as_deref());
        assert!(matches!(
            connector.look_up(&first).await.unwrap(),
            LookUp::Found(_)
        ));
        let second = update(&ticket, base, &[("subject", json!("two"))]);
        let second = bench.outgoing(&format!("{dialect}/second"), second, &[]);
        let Err(CallError::Conflict {
            theirs, version, ..
        }) = connector.perform(&second).await
        else {
            panic!("{dialect}: a conflict");
        };
        assert_eq!(theirs["subject"], format!("{dialect} one"));
        assert_eq!(version.as_deref(), receipt.detail["version"].as_str());
        assert_eq!(connector.look_up(&second).await.unwrap(), LookUp::Absent);
    }
}

#[tokio::test]
async fn a_change_whose_answer_was_lost_is_found_by_comparing_and_a_refused_value_is_told() {
    let bench = Bench::start().await;
    for dialect in DIALECTS {
        let connector = connector(&bench, dialect);
        let ticket = of_case(&bench, &connector).await;
        let before = bench.effects("tracker", "update").await.len();
        let subject = json!(format!("{dialect} lost"));
        let call = update(&ticket, ticket.version.clone(), &[("subject", subject)]);
        let call = bench.outgoing(&format!("{dialect}/lost"), call, &[]);
        lose_answer(&bench, "update").await;
        assert!(matches!(
            connector.perform(&call).await,
            Err(CallError::Unknown(_))
        ));
        assert!(matches!(
            connector.look_up(&call).await.unwrap(),
            LookUp::Found(_)
        ));
        assert_eq!(bench.effects("tracker", "update").await.len(), before + 1);
        let wrong = update(&ticket, None, &[("status", json!("shut"))]);
        let wrong = bench.outgoing(&format!("{dialect}/wrong"), wrong, &[]);
        assert!(
            matches!(
                connector.perform(&wrong).await,
                Err(CallError::Refused { .. })
            ),
            "{dialect}"
        );
    }
}

#[tokio::test]
async fn a_link_is_made_once() {
    let bench = Bench::start().await;
    for dialect in DIALECTS {
        let connector = connector(&bench, dialect);
        let ticket = of_case(&bench, &connector).await;
        let before = bench.effects("tracker", "link").await.len();
        let call = Call::LinkTicket {
            ticket_id: ticket.id.clone(),
            target: format!("https://console.example/{dialect}"),
        };
        let call = bench.outgoing(&format!("{dialect}/link"), call, &[]);
        assert_eq!(connector.look_up(&call).await.unwrap(), LookUp::Absent);
        lose_answer(&bench, "link").await;
        assert!(matches!(
            connector.perform(&call).await,
            Err(CallError::Unknown(_))
        ));
        assert!(
            matches!(connector.look_up(&call).await.unwrap(), LookUp::Found(_)),
            "{dialect}"
        );
        assert_eq!(bench.effects("tracker", "link").await.len(), before + 1);
    }
}

#[tokio::test]
async fn where_the_journal_cannot_be_read_a_lost_comment_is_a_persons_decision() {
    let bench = Bench::start().await;
    let ticket = of_case(&bench, &connector(&bench, "servicenow")).await;
    let mut config = config(&bench, "servicenow");
    config.settings.insert("journal".into(), "hidden".into());
    let connector = TrackerConnector::new(&config, &bench.parts());
    let level = |operation| connector.manifest().entry(operation).unwrap().level;
    assert_eq!(level(Operation::CommentTicket), Level::C);
    assert_eq!(level(Operation::CreateTicket), Level::B);
    let call = bench.outgoing("hidden", comment(&ticket), &[]);
    connector.perform(&call).await.unwrap();
    assert!(matches!(
        connector.look_up(&call).await.unwrap(),
        LookUp::CannotTell(_)
    ));
}

#[tokio::test]
async fn sign_in_works_by_password_token_and_oauth_and_a_wrong_one_is_told() {
    let bench = Bench::start().await;
    let mut by_token = config(&bench, "request_tracker");
    by_token.secrets.remove("username");
    let mut by_oauth = config(&bench, "servicenow");
    by_oauth.settings.insert("sign_in".into(), "oauth".into());
    by_oauth.secrets.remove("username");
    for config in [&by_token, &by_oauth] {
        let connector = TrackerConnector::new(config, &bench.parts());
        assert!(
            connector.check().await.iter().all(|s| s.ok),
            "{:?}",
            connector.check().await
        );
    }
    let expiring = TrackerConnector::new(&by_oauth, &bench.parts());
    bench.pull(&expiring, "tickets", None).await;
    bench.advance(3_600).await;
    bench.pull(&expiring, "tickets", None).await;
    for dialect in DIALECTS {
        let mut wrong = config(&bench, dialect);
        wrong.secrets.insert("password".into(), "wrong".into());
        let request = PullRequest {
            collection: "tickets".into(),
            cursor: None,
            now: bench.now(),
        };
        let pulled = TrackerConnector::new(&wrong, &bench.parts())
            .pull(&request)
            .await;
        assert!(matches!(pulled, Err(PullError::SignIn(_))), "{dialect}");
    }
}

#[tokio::test]
async fn other_shapes_are_named_and_spoil_one_record_only() {
    let bench = Bench::start().await;
    let pull = |base: String, dialect: &'static str| {
        let mut config = config(&bench, dialect);
        config.base_url = base;
        let connector = TrackerConnector::new(&config, &bench.parts());
        let request = PullRequest {
            collection: "tickets".into(),
            cursor: None,
            now: bench.now(),
        };
        async move { connector.pull(&request).await }
    };
    for dialect in DIALECTS {
        for (kind, body) in [
            ("text/html", "<html>Down for maintenance</html>"),
            ("application/json", r#"{"items":[{"id":"#),
            ("application/json", "{}"),
        ] {
            let base = hostile(kind, body.to_owned()).await;
            let pulled = pull(base, dialect).await;
            assert!(
                matches!(pulled, Err(PullError::Drift(_))),
                "{dialect} {kind}: {pulled:?}"
            );
        }
    }
    let row = json!({"sys_id": "a", "number": "INC1", "short_description": {"x": 1}, "state": "1",
        "sys_created_on": "2026-11-20 21:00:00", "sys_updated_on": "2026-11-20 21:00:00"});
    let base = hostile("application/json", json!({"result": [row]}).to_string()).await;
    let page = pull(base, "servicenow").await.unwrap();
    let unfit = page.records[0].record.as_ref().unwrap_err();
    assert_eq!(
        unfit.message,
        "incident[0].short_description: expected text, got an object"
    );
}

#[tokio::test]
async fn a_file_of_a_ticket_is_fetched_by_its_id() {
    let bench = Bench::start().await;
    let connector = connector(&bench, "request_tracker");
    let attachment = ObjectRef::new(Kind::Attachment, System::Tracker, "5001");
    let content = connector.content(&attachment).await.unwrap();
    assert!(!content.bytes.is_empty() && content.media_type.starts_with("text/"));
}
