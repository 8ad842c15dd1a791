//! Community against the sandbox: pulls, writes whose answer is lost, conflicts, sign-in, hostile records.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use connectors::{
    CallError, Connections, Connector, Fetched, LookUp, NetworkSwitch, Outgoing, PullError,
    PullRequest, SessionParts, clock::ManualClock, community::CommunityConnector, connect,
};
use domain::{
    Kind, Millis, ObjectRef, StepKey, System,
    canonical::sha256_hex,
    operation::Call,
    record::Record,
    time::{DAY, HOUR, MINUTE},
    visibility::Visibility,
};
use sandbox::{
    Options, Running,
    core::faults::Fault,
    systems::{dump, inject},
};
use serde_json::{Value, json};

const EPOCH: Millis = Millis(1_795_183_200_000);

struct Bench {
    sandbox: Running,
    clock: ManualClock,
    network: NetworkSwitch,
    community: Arc<dyn Connector>,
}

async fn bench() -> Bench {
    let options = Options {
        cases: 60,
        epoch: Some(EPOCH),
        ..Options::default()
    };
    bench_on(sandbox::start(options).await.unwrap())
}

fn bench_on(sandbox: Running) -> Bench {
    let connections = Connections::of_sandbox(&sandbox.first_line()).unwrap();
    let (clock, network) = (ManualClock::at(EPOCH), NetworkSwitch::default());
    let all = connect(&connections, network.clone(), Arc::new(clock.clone()));
    Bench {
        community: Arc::clone(&all[&System::Community]),
        sandbox,
        clock,
        network,
    }
}

impl Bench {
    fn fault(&self, fault: Value) {
        self.sandbox
            .ctx()
            .faults()
            .add(Fault::read(&fault).unwrap());
    }

    fn effects(&self, key: &str) -> usize {
        self.sandbox.ctx().effects(None, Some(key)).len()
    }

    fn inject(&self, event: Value) -> Value {
        let kind = event["kind"].as_str().unwrap().to_owned();
        inject(System::Community, self.sandbox.ctx(), &kind, &event)
            .unwrap()
            .unwrap()
    }

    async fn page(
        &self,
        collection: &str,
        cursor: Option<&str>,
    ) -> Result<connectors::PullPage, PullError> {
        let request = PullRequest {
            collection: collection.to_owned(),
            cursor: cursor.map(str::to_owned),
            now: EPOCH,
        };
        self.community.pull(&request).await
    }

    /// Every page from a cursor on.
    async fn pull(&self, collection: &str, mut cursor: Option<String>) -> (Vec<Fetched>, String) {
        let mut records = Vec::new();
        loop {
            let page = self.page(collection, cursor.as_deref()).await.unwrap();
            records.extend(page.records);
            cursor = Some(page.cursor.clone());
            if !page.more {
                return (records, page.cursor);
            }
        }
    }
}

fn outgoing(name: &str, call: Call) -> Outgoing {
    let key = sha256_hex(name.as_bytes());
    let bytes = Bytes::from_static(b"dock sheet");
    Outgoing {
        reference: key.chars().take(16).collect(),
        key: StepKey(key),
        call,
        blobs: BTreeMap::from([(sha256_hex(&bytes), bytes)]),
        actor: Some("lena.kovar".into()),
        now: EPOCH,
    }
}

fn message(body: &str) -> Call {
    Call::PostMessage {
        case_id: "48213".into(),
        visibility: Visibility::Partner,
        body: body.into(),
    }
}

fn update(base_version: i64, changes: Value) -> Call {
    Call::UpdateCase {
        case_id: "48213".into(),
        base_version,
        base: serde_json::Map::new(),
        changes: changes.as_object().unwrap().clone(),
    }
}

fn version(bench: &Bench) -> i64 {
    dump(System::Community, bench.sandbox.ctx())["cases"]["48213"]["version"]
        .as_i64()
        .unwrap()
}

fn every_write(bench: &Bench, space: &str) -> Vec<Call> {
    let blob = sha256_hex(b"dock sheet");
    vec![
        Call::CreateCase {
            partner_id: "P-1001".into(),
            subject: "Counted again".into(),
            case_type: "claim".into(),
            subtype: String::new(),
            business_refs: Vec::new(),
        },
        message("Counted again: 192."),
        update(version(bench), json!({"status": "waiting_partner"})),
        Call::Claim {
            case_id: "48213".into(),
            purpose: "release".into(),
            subject: "N-1".into(),
        },
        Call::AddAttachment {
            case_id: "48213".into(),
            name: "dock.txt".into(),
            media_type: "text/plain".into(),
            visibility: Visibility::Internal,
            blob: blob.clone(),
        },
        Call::OpenSpace {
            purpose: "mirror".into(),
            case_id: Some("48213".into()),
            partner_id: None,
            title: "t".into(),
            subject: "s".into(),
        },
        Call::PublishItem {
            space_id: space.into(),
            item_kind: "comment".into(),
            title: "t".into(),
            state: "open".into(),
            due_at: Some(EPOCH.0),
            data: json!({"text": "x"}),
        },
        Call::RequestAcknowledgement {
            case_id: Some("48213".into()),
            title: "Routing guide".into(),
            subject: Some("K-1A2B3C4D".into()),
            recipients: vec!["P-1001".into()],
            name: "Routing guide.pdf".into(),
            media_type: "application/pdf".into(),
            blob,
            due_at: EPOCH.plus(5 * DAY).0,
            view_before: true,
            signed_upload: false,
        },
    ]
}

#[tokio::test]
async fn everything_is_pulled_page_by_page_and_nothing_twice() {
    let bench = bench().await;
    let state = dump(System::Community, bench.sandbox.ctx());
    let (partners, _) = bench.pull("partners", None).await;
    assert_eq!(partners.len(), 16);
    assert!(partners.iter().all(|p| p.record.is_ok()));
    let (cases, _) = bench.pull("cases", None).await;
    assert_eq!(cases.len(), state["cases"].as_object().unwrap().len());
    let (events, _) = bench.pull("events", None).await;
    assert_eq!(events.len(), state["events"].as_array().unwrap().len());
    let mut names: Vec<String> = events
        .iter()
        .map(|e| e.record.as_ref().unwrap().object().to_string())
        .collect();
    names.sort();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[tokio::test]
async fn the_directory_lists_every_partner_so_that_missing_ones_can_be_marked() {
    let bench = bench().await;
    let page = bench.page("partners", None).await.unwrap();
    assert_eq!(page.listing.unwrap().len(), page.records.len());
}

#[tokio::test]
async fn a_later_pull_brings_what_changed_and_little_else() {
    let bench = bench().await;
    let (_, cases) = bench.pull("cases", None).await;
    let (_, events) = bench.pull("events", None).await;
    bench
        .inject(json!({"kind": "case", "partner_id": "P-1002", "subject": "New", "type": "claim"}));
    bench.inject(
        json!({"kind": "message", "case_id": "48213", "body": "<b>hi</b><script>x()</script>"}),
    );
    let (changed, _) = bench.pull("cases", Some(cases)).await;
    assert!(
        changed
            .iter()
            .any(|c| matches!(&c.record, Ok(Record::Case(c)) if c.subject == "New"))
    );
    assert!(changed.len() < 10, "{} cases", changed.len());
    let (new, _) = bench.pull("events", Some(events)).await;
    assert_eq!(new.len(), 2);
    let Ok(Record::Comment(comment)) = &new[1].record else {
        panic!("{:?}", new[1])
    };
    assert_eq!(comment.body, "<b>hi</b>");
}

#[tokio::test]
async fn events_that_come_twice_or_in_reverse_are_the_same_events() {
    let bench = bench().await;
    let names = |records: &[Fetched]| {
        let mut names: Vec<String> = records
            .iter()
            .map(|r| r.record.as_ref().unwrap().object().to_string())
            .collect();
        names.sort();
        names
    };
    let (plain, end) = bench.pull("events", None).await;
    for kind in ["duplicate_event", "reorder_events"] {
        bench.fault(json!({"system": "community", "kind": kind}));
        let (struck, other_end) = bench.pull("events", None).await;
        assert_eq!(names(&plain), names(&struck), "{kind}");
        assert_eq!(end, other_end, "{kind}");
        bench.sandbox.ctx().faults().clear();
    }
}

#[tokio::test]
async fn lost_response_is_looked_up_before_resending_and_has_one_effect() {
    let bench = bench().await;
    let space = bench
        .community
        .perform(&outgoing(
            "space",
            Call::OpenSpace {
                purpose: "mirror".into(),
                case_id: None,
                partner_id: None,
                title: "a".into(),
                subject: "b".into(),
            },
        ))
        .await
        .unwrap()
        .remote_ref;
    for call in every_write(&bench, &space) {
        let step = outgoing(&format!("{call:?}"), call.clone());
        bench.fault(json!({"system": "community", "operation": call.operation().word(), "kind": "drop_response", "count": 1}));
        let lost = bench.community.perform(&step).await.unwrap_err();
        assert!(matches!(lost, CallError::Unknown(_)), "{call:?}: {lost:?}");
        let LookUp::Found(found) = bench.community.look_up(&step).await.unwrap() else {
            panic!("{call:?}")
        };
        let again = bench.community.perform(&step).await.unwrap();
        assert_eq!(found.remote_ref, again.remote_ref, "{call:?}");
        assert_eq!(bench.effects(step.key.as_str()), 1, "{call:?}");
    }
}

#[tokio::test]
async fn lost_request_is_absent_and_sent_again_has_one_effect() {
    let bench = bench().await;
    let space = bench
        .community
        .perform(&outgoing(
            "space",
            Call::OpenSpace {
                purpose: "mirror".into(),
                case_id: None,
                partner_id: None,
                title: "a".into(),
                subject: "b".into(),
            },
        ))
        .await
        .unwrap()
        .remote_ref;
    for call in every_write(&bench, &space) {
        let step = outgoing(&format!("{call:?}"), call.clone());
        bench.fault(json!({"system": "community", "operation": call.operation().word(), "kind": "drop_request", "count": 1}));
        let lost = bench.community.perform(&step).await.unwrap_err();
        assert!(matches!(lost, CallError::Unknown(_)), "{call:?}: {lost:?}");
        assert_eq!(
            bench.community.look_up(&step).await.unwrap(),
            LookUp::Absent,
            "{call:?}"
        );
        bench.community.perform(&step).await.unwrap();
        assert_eq!(bench.effects(step.key.as_str()), 1, "{call:?}");
    }
}

#[tokio::test]
async fn a_stale_version_is_a_conflict_that_shows_theirs() {
    let bench = bench().await;
    let base = version(&bench);
    bench.inject(json!({"kind": "case_update", "case_id": "48213", "changes": {"status": "triaged", "priority": "urgent"}}));
    let step = outgoing(
        "stale",
        update(base, json!({"status": "resolved", "case_type": "claim"})),
    );
    let CallError::Conflict {
        theirs, version, ..
    } = bench.community.perform(&step).await.unwrap_err()
    else {
        panic!()
    };
    assert_eq!(
        theirs,
        json!({"status": "triaged", "case_type": "shipment_exception"})
    );
    assert_eq!(version, Some((base + 1).to_string()));
    assert_eq!(bench.effects(step.key.as_str()), 0);
}

#[tokio::test]
async fn a_due_date_comes_back_in_the_form_it_was_given() {
    let bench = bench().await;
    let base = version(&bench);
    bench.inject(json!({"kind": "case_update", "case_id": "48213", "changes": {"due_at": "2026-12-01T00:00:00Z"}}));
    let step = outgoing("due", update(base, json!({"due_at": 5})));
    let CallError::Conflict { theirs, .. } = bench.community.perform(&step).await.unwrap_err()
    else {
        panic!()
    };
    assert_eq!(theirs, json!({"due_at": 1_796_083_200_000_i64}));
}

#[tokio::test]
async fn a_claim_has_one_winner_and_the_loser_learns_who() {
    let bench = bench().await;
    let claim = Call::Claim {
        case_id: "48213".into(),
        purpose: "release".into(),
        subject: "N-3127".into(),
    };
    let first = bench
        .community
        .perform(&outgoing("a", claim.clone()))
        .await
        .unwrap();
    assert_eq!(first.detail["won"], true);
    let mut second = outgoing("b", claim);
    second.actor = Some("mara.tindal".into());
    let second = bench.community.perform(&second).await.unwrap();
    assert_eq!(second.detail["won"], false);
    assert_eq!(second.detail["winner"], "lena.kovar");
}

#[tokio::test]
async fn nobody_signs_what_they_made_or_another_hash() {
    let bench = bench().await;
    let space = bench
        .community
        .perform(&outgoing(
            "review",
            Call::OpenSpace {
                purpose: "review".into(),
                case_id: Some("48213".into()),
                partner_id: None,
                title: "N-1".into(),
                subject: "N-1".into(),
            },
        ))
        .await
        .unwrap()
        .remote_ref;
    let item = |kind: &str, data: Value| Call::PublishItem {
        space_id: space.clone(),
        item_kind: kind.into(),
        title: String::new(),
        state: String::new(),
        due_at: None,
        data,
    };
    let by = |name: &str, person: &str, call: Call| Outgoing {
        actor: Some(person.into()),
        ..outgoing(name, call)
    };
    let request = by(
        "r",
        "lena.kovar",
        item(
            "request",
            json!({"maker": "lena.kovar", "hash": "h1", "needed": 2}),
        ),
    );
    bench.community.perform(&request).await.unwrap();
    let sign = |person: &str, hash: &str| {
        let data = json!({"person": person, "hash": hash, "verdict": "approve"});
        by(&format!("{person}{hash}"), person, item("signature", data))
    };
    let own = bench
        .community
        .perform(&sign("lena.kovar", "h1"))
        .await
        .unwrap_err();
    assert!(
        matches!(own, CallError::Refused { status: 403, .. }),
        "{own:?}"
    );
    let other = bench
        .community
        .perform(&sign("tomas.adeyemi", "h2"))
        .await
        .unwrap_err();
    assert!(matches!(other, CallError::Conflict { .. }), "{other:?}");
    bench
        .community
        .perform(&sign("tomas.adeyemi", "h1"))
        .await
        .unwrap();
    let agent = bench
        .community
        .perform(&sign("mara.tindal", "h1"))
        .await
        .unwrap_err();
    assert!(
        matches!(agent, CallError::Refused { status: 403, .. }),
        "{agent:?}"
    );
}

#[tokio::test]
async fn an_expired_token_is_renewed_once_without_anybody_noticing() {
    let bench = bench().await;
    bench.pull("cases", None).await;
    // The token ends by the sandbox's clock; ours stands still, so only the 401 tells.
    bench.sandbox.ctx().advance_clock(11 * HOUR);
    bench
        .community
        .perform(&outgoing("late", message("x")))
        .await
        .unwrap();
    let calls = bench.community.recent_calls(0);
    assert!(calls.iter().any(|c| c.status == 401) && calls.last().unwrap().attempt == 2);
    assert_eq!(
        bench.effects(outgoing("late", message("x")).key.as_str()),
        1
    );
}

#[tokio::test]
async fn a_refused_sign_in_asks_once_and_pauses_this_system() {
    let bench = bench().await;
    let mut config = Connections::of_sandbox(&bench.sandbox.first_line())
        .unwrap()
        .systems[&System::Community]
        .clone();
    config
        .secrets
        .insert("client_secret".into(), "wrong".into());
    let parts = SessionParts::new(bench.network.clone(), Arc::new(bench.clock.clone()));
    let wrong = CommunityConnector::new(&config, &parts);
    for _ in 0..3 {
        let refused = wrong
            .perform(&outgoing("x", message("x")))
            .await
            .unwrap_err();
        assert!(matches!(refused, CallError::SignIn(_)), "{refused:?}");
    }
    assert_eq!(
        wrong.recent_calls(0).len(),
        1,
        "the account is not locked by trying"
    );
    assert!(
        !format!("{wrong:?}").contains("wrong\""),
        "secrets are not shown"
    );
    let steps = wrong.check().await;
    assert!(steps.iter().any(|s| s.step == "sign_in" && !s.ok));
    assert!(bench.community.check().await.iter().all(|s| s.ok));
}

#[tokio::test]
async fn offline_nothing_leaves_this_machine() {
    let bench = bench().await;
    bench.network.set_online(false);
    let refused = bench
        .community
        .perform(&outgoing("x", message("x")))
        .await
        .unwrap_err();
    assert!(matches!(refused, CallError::Unreachable(_)));
    assert!(matches!(
        bench.page("cases", None).await,
        Err(PullError::Unreachable(_))
    ));
    assert!(bench.community.recent_calls(0).is_empty());
}

#[tokio::test]
async fn not_now_is_told_with_its_time_and_respected() {
    let bench = bench().await;
    bench.fault(json!({"system": "community", "kind": "http_status", "status": 429, "retry_after": 90, "count": 1}));
    let later = Some(EPOCH.plus(90_000));
    let told = bench.page("cases", None).await.unwrap_err();
    assert!(
        matches!(told, PullError::Transient { status: 429, retry_at, .. } if retry_at == later),
        "{told:?}"
    );
    let calls = bench.community.recent_calls(0).len();
    assert!(
        matches!(bench.page("cases", None).await, Err(PullError::Transient { retry_at, .. }) if retry_at == later)
    );
    assert_eq!(
        bench.community.recent_calls(0).len(),
        calls,
        "nothing was sent"
    );
    bench.clock.advance(2 * MINUTE);
    bench.page("cases", None).await.unwrap();
}

#[tokio::test]
async fn a_gateway_error_leaves_a_write_unknown_and_a_read_transient() {
    let bench = bench().await;
    for status in [502, 504] {
        bench.fault(
            json!({"system": "community", "kind": "http_status", "status": status, "count": 1}),
        );
        let write = bench
            .community
            .perform(&outgoing("x", message("x")))
            .await
            .unwrap_err();
        assert!(matches!(write, CallError::Unknown(_)), "{status}");
    }
    bench.fault(json!({"system": "community", "kind": "http_status", "status": 502, "count": 1}));
    assert!(matches!(
        bench.page("cases", None).await,
        Err(PullError::Transient { .. })
    ));
}

#[tokio::test]
async fn a_record_of_another_shape_is_kept_and_does_not_stop_the_page() {
    let bench = bench().await;
    bench.fault(json!({"system": "community", "kind": "drift", "count": 1}));
    let page = bench.page("cases", None).await.unwrap();
    assert!(!page.records.is_empty());
    for record in &page.records {
        let unfit = record.record.as_ref().unwrap_err();
        assert_eq!(unfit.code, "WIRE_TYPE");
        assert!(record.raw.contains("subject"));
    }
}

#[tokio::test]
async fn a_cursor_nobody_knows_means_read_again() {
    let bench = bench().await;
    assert!(matches!(
        bench.page("events", Some("evt-99999999")).await,
        Err(PullError::CursorLost(_))
    ));
    assert!(matches!(
        bench.page("cases", Some("{")).await,
        Err(PullError::CursorLost(_))
    ));
}

#[tokio::test]
async fn bytes_of_an_attachment_are_those_that_were_hashed() {
    let bench = bench().await;
    let (events, _) = bench.pull("events", None).await;
    let mut count = 0;
    for event in &events {
        let Ok(Record::Attachment(attachment)) = &event.record else {
            continue;
        };
        let name = ObjectRef::new(Kind::Attachment, System::Community, attachment.id.clone());
        let content = bench.community.content(&name).await.unwrap();
        assert_eq!(sha256_hex(&content.bytes), attachment.sha256);
        assert_eq!(
            (content.bytes.len() as i64, &content.name),
            (attachment.size, &attachment.name)
        );
        count += 1;
    }
    assert!(count > 5);
}

#[tokio::test]
async fn what_the_journal_holds_is_what_the_sandbox_was() {
    let dir = tempfile::tempdir().unwrap();
    let options = Options {
        cases: 30,
        epoch: Some(EPOCH),
        state_dir: Some(dir.path().to_owned()),
        ..Options::default()
    };
    let bench = bench_on(sandbox::start(options.clone()).await.unwrap());
    let space = bench
        .community
        .perform(&outgoing(
            "space",
            Call::OpenSpace {
                purpose: "mirror".into(),
                case_id: None,
                partner_id: None,
                title: "a".into(),
                subject: "b".into(),
            },
        ))
        .await
        .unwrap()
        .remote_ref;
    for call in every_write(&bench, &space) {
        bench.fault(json!({"system": "community", "operation": call.operation().word(), "kind": "drop_response", "count": 1}));
        let step = outgoing(&format!("{call:?}"), call);
        bench.community.perform(&step).await.unwrap_err();
    }
    let before = dump(System::Community, bench.sandbox.ctx());
    let effects = bench.sandbox.ctx().effects(None, None);
    bench.sandbox.shutdown().await;
    let again = sandbox::start(Options {
        epoch: None,
        ..options
    })
    .await
    .unwrap();
    assert_eq!(dump(System::Community, again.ctx()), before);
    assert_eq!(again.ctx().effects(None, None), effects);
    assert_eq!(effects.len(), 9);
}
