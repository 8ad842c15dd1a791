//! Records as a pull brings them.

use std::{path::Path, sync::Arc};

use cache::{Batch, Cache, CacheError, CaseFilter, CaseSort, Incoming, Misfit, OverlayRow, Window};
use domain::{
    Millis, ObjectRef, StepKey, System,
    plan::OverlayValue,
    policy::Policy,
    record::{
        AckTrack, Acknowledged, Case, Comment, DeliveryTrack, Direction, Document, DocumentContent,
        DocumentLine, Record, Task, Validation,
    },
    time::HOUR,
    visibility::Visibility,
};
use sqlite::{Key, Mode};

pub(crate) const T0: i64 = 1_800_000_000_000;
const OURS: &str = "ZZ:CORVANE";
const THEIRS: &str = "ZZ:BRAMBLEWICK";

/// A policy that knows one partner.
pub(crate) fn policy(partner: &str) -> Policy {
    Policy::load(Some(&format!(
        "[company]\nedi_addresses = [\"{OURS}\"]\n[partner_addresses]\n\"{THEIRS}\" = \"{partner}\"\n"
    )))
    .unwrap()
}

pub(crate) async fn open_at(path: &Path) -> Result<Cache, CacheError> {
    let key = Key::from_bytes([7; 32]);
    Cache::open(path, &key, Mode::ReadWrite, Arc::new(policy("1001"))).await
}

pub(crate) async fn open() -> (tempfile::TempDir, Cache) {
    let folder = tempfile::tempdir().unwrap();
    let cache = open_at(&folder.path().join("cache.db")).await.unwrap();
    (folder, cache)
}

pub(crate) fn batch(collection: &str, cursor: &str, records: Vec<Record>) -> Batch {
    Batch {
        system: System::Community,
        collection: collection.to_owned(),
        records: records
            .into_iter()
            .map(|record| Incoming {
                remote_id: record.object().remote_id,
                raw: String::new(),
                record: Ok(record),
            })
            .collect(),
        cursor: cursor.to_owned(),
        more: false,
        listing: None,
        requested_at: Millis(T0),
        now: Millis(T0),
    }
}

pub(crate) fn page(collection: &str, records: Vec<Record>) -> Batch {
    batch(collection, "p", records)
}

pub(crate) fn misfit(id: &str, raw: &str) -> Incoming {
    Incoming {
        remote_id: id.to_owned(),
        raw: raw.to_owned(),
        record: Err(Misfit {
            code: "WIRE_MISSING".into(),
            message: "subject is missing".into(),
        }),
    }
}

pub(crate) fn case(id: &str, version: i64) -> Case {
    Case {
        id: id.to_owned(),
        number: format!("PC-{id}"),
        subject: format!("Case {id}"),
        case_type: "dispute".into(),
        subtype: String::new(),
        status: "new".into(),
        priority: "normal".into(),
        owner: None,
        team: None,
        partner_id: "1001".into(),
        partner_name: "Bramblewick Foods Ltd".into(),
        partner_short_name: "Bramblewick".into(),
        business_refs: vec![],
        opened_at: Millis(T0),
        updated_at: Millis(T0 + version),
        due_at: None,
        stage: None,
        communication_status: None,
        loop_state: None,
        version,
        external_refs: vec![],
    }
}

pub(crate) fn comment(id: &str, case_id: &str, body: &str, at: Millis) -> Comment {
    Comment {
        id: id.to_owned(),
        case_id: case_id.to_owned(),
        author: "Pia".into(),
        side: "partner".into(),
        visibility: Visibility::Partner,
        body: body.to_owned(),
        created_at: at,
        key: None,
    }
}

pub(crate) fn task(id: &str, case_id: Option<&str>) -> Task {
    Task {
        id: id.to_owned(),
        name: "Review".into(),
        process_id: None,
        business_key: case_id.map(str::to_owned),
        assignee: None,
        group: None,
        state: "created".into(),
        outcome: None,
        priority: 50,
        created_at: Millis(T0 - HOUR),
        claimed_at: None,
        due_at: None,
        completed_at: None,
    }
}

/// A document sent by us to the partner under control numbers 77 / 0001.
pub(crate) fn document(id: &str, doc_type: &str, number: &str, at: Millis) -> Document {
    Document {
        id: id.to_owned(),
        correlation_id: None,
        standard: "x12".into(),
        doc_type: doc_type.to_owned(),
        direction: Some(Direction::Outbound),
        number: number.to_owned(),
        order_number: (doc_type == "850").then(|| number.to_owned()),
        sender: OURS.into(),
        receiver: THEIRS.into(),
        sender_name: "Corvane".into(),
        receiver_name: "Bramblewick".into(),
        interchange_control: Some("000000042".into()),
        group_control: Some("77".into()),
        document_control: Some("0001".into()),
        test: false,
        validation: Validation::Valid,
        delivery: DeliveryTrack::Delivered,
        ack: AckTrack::Pending,
        status_code: "100".into(),
        ack_code: None,
        error_code: None,
        error_message: None,
        amount: None,
        currency: None,
        arrived_at: at,
        status_at: at,
        ack_at: None,
        payload_sha256: None,
        content: None,
        problem: None,
    }
}

pub(crate) fn line(number: &str, quantity: &str) -> DocumentLine {
    DocumentLine {
        line: number.to_owned(),
        product: format!("SKU-{number}"),
        quantity: quantity.to_owned(),
        unit: "EA".into(),
        ..DocumentLine::default()
    }
}

/// A receipt of the partner for documents of group 77.
pub(crate) fn acknowledges(id: &str, controls: &[&str], outcome: AckTrack, at: Millis) -> Document {
    let mut receipt = document(id, "997", id, at);
    receipt.direction = Some(Direction::Inbound);
    (receipt.sender, receipt.receiver) = (THEIRS.into(), OURS.into());
    receipt.group_control = Some("9".into());
    receipt.ack = AckTrack::None;
    receipt.content = Some(DocumentContent {
        acknowledged: controls
            .iter()
            .map(|control| Acknowledged {
                interchange_control: None,
                group_control: Some("77".into()),
                document_control: Some((*control).to_owned()),
                doc_type: Some("850".into()),
                outcome,
                errors: vec![],
            })
            .collect(),
        ..DocumentContent::default()
    });
    receipt
}

pub(crate) fn at(hours: i64) -> Millis {
    Millis(T0 + hours * HOUR)
}

pub(crate) async fn numbers(cache: &Cache, filter: &CaseFilter, sort: CaseSort) -> Vec<String> {
    cache
        .list_cases(filter, sort, Window::first(100), "lena")
        .await
        .unwrap()
        .items
        .into_iter()
        .map(|item| item.case.id)
        .collect()
}

pub(crate) fn says(step: &str, position: i64, field: &str, value: &str) -> OverlayRow {
    OverlayRow {
        step: StepKey(step.into()),
        position,
        value: OverlayValue {
            object: ObjectRef::case("1"),
            field: field.into(),
            value: value.into(),
        },
        confirmed: None,
    }
}

/// Shows values of steps, as after an action.
pub(crate) async fn show(cache: &Cache, rows: &[OverlayRow]) {
    let of: Vec<_> = rows
        .iter()
        .map(|row| (row.value.object.clone(), row.step.clone()))
        .collect();
    cache.replace_overlay(&of, rows.to_vec()).await.unwrap();
}
