//! Findings: the rules of `domain` over mirrored rows. What a scope no longer raises is closed; raised again it opens
//! again under the same id.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::{
    Kind, Millis, ObjectRef, System,
    finding::{
        Finding, ReceivedControl, ThreadFacts, for_case, for_certificate, for_controls,
        for_document, for_notice, for_task, for_thread,
    },
    policy::Policy,
    record::{AckTrack, Case, Delivery, Document, SpaceItem, Task},
};
use sqlx::SqliteConnection;

use super::Scope;
use crate::{
    CacheError,
    mirror::Shown,
    sql::{insert_many, json, list},
};

/// Scopes of one round.
const ROUND: usize = 1_000;

/// What an evaluation changed.
#[derive(Default)]
pub(crate) struct Evaluated {
    /// Ids of findings raised, changed or closed.
    pub(crate) changed: Vec<String>,
}

#[derive(Default)]
struct Round {
    raised: Vec<Raised>,
    next: Vec<(String, i64)>,
}

struct Raised {
    scope: String,
    finding: Finding,
    /// Case it is known to ride on without looking for numbers.
    case_id: Option<String>,
}

impl Round {
    fn raise(&mut self, scope: &Scope, finding: Finding, case_id: Option<&str>) {
        self.raised.push(Raised {
            scope: scope.to_string(),
            finding,
            case_id: case_id.map(str::to_owned),
        });
    }

    fn again(&mut self, scope: &Scope, at: Option<Millis>) {
        if let Some(at) = at {
            self.next.push((scope.to_string(), at.0));
        }
    }
}

/// Whether an exception still asks for somebody.
pub(crate) fn is_open(state: &str) -> bool {
    !matches!(state, "closed" | "waived" | "verified")
}

/// Applies the rules of these scopes.
pub(crate) async fn evaluate(
    connection: &mut SqliteConnection,
    scopes: BTreeSet<Scope>,
    policy: &Policy,
    shown: &Shown,
    now: Millis,
) -> Result<Evaluated, CacheError> {
    let scopes: Vec<Scope> = scopes.into_iter().collect();
    let mut out = Evaluated::default();
    for part in scopes.chunks(ROUND) {
        let mut round = Round::default();
        threads(connection, part, policy, now, &mut round).await?;
        documents(connection, part, policy, now, &mut round).await?;
        notices(connection, part, &mut round).await?;
        tasks(connection, part, now, &mut round).await?;
        certificates(connection, part, policy, now, &mut round).await?;
        cases(connection, part, &mut round).await?;
        controls(connection, part, &mut round).await?;
        settle(connection, part, round, shown, now, &mut out).await?;
    }
    Ok(out)
}

fn ids(scopes: &[Scope], pick: impl Fn(&Scope) -> Option<&String>) -> Vec<&String> {
    scopes.iter().filter_map(pick).collect()
}

async fn threads(
    connection: &mut SqliteConnection,
    scopes: &[Scope],
    policy: &Policy,
    now: Millis,
    round: &mut Round,
) -> Result<(), CacheError> {
    let keys: Vec<(&String, &String)> = scopes
        .iter()
        .filter_map(|scope| match scope {
            Scope::Thread(party, order) => Some((party, order)),
            _ => None,
        })
        .collect();
    if keys.is_empty() {
        return Ok(());
    }
    type Row = (String, String, String, String, String, Option<i64>);
    let rows: Vec<Row> = list(
        connection,
        "select json_group_array(json_array(d.party, d.order_number, d.partner_id, d.record, d.ack, d.ack_at)) \
         from json_each(?1) k join document d on d.party = k.value ->> 0 and d.order_number = k.value ->> 1 \
         where d.class <> 'receipt'",
        json(&keys)?,
    )
    .await?;
    let mut threads: BTreeMap<(String, String), (String, Vec<Document>)> = BTreeMap::new();
    for (party, order, partner_id, record, ack, ack_at) in rows {
        let document = with_ack(&record, &ack, ack_at)?;
        let entry = threads.entry((party, order)).or_default();
        entry.0 = partner_id;
        entry.1.push(document);
    }
    for ((party, order_number), (partner_id, documents)) in threads {
        let found = for_thread(&ThreadFacts {
            partner_id: (!partner_id.is_empty()).then_some(partner_id.as_str()),
            order_number: &order_number,
            documents: &documents,
            policy,
            now,
        });
        let scope = Scope::Thread(party, order_number);
        round.again(&scope, found.next_check_at);
        for finding in found.findings {
            round.raise(&scope, finding, None);
        }
    }
    Ok(())
}

/// The document with its effective acknowledgement track.
pub(crate) fn with_ack(
    record: &str,
    ack: &str,
    ack_at: Option<i64>,
) -> Result<Document, CacheError> {
    let mut document: Document = serde_json::from_str(record)?;
    document.ack = ack.parse().unwrap_or(AckTrack::None);
    document.ack_at = ack_at.map(Millis).or(document.ack_at);
    Ok(document)
}

async fn documents(
    connection: &mut SqliteConnection,
    scopes: &[Scope],
    policy: &Policy,
    now: Millis,
    round: &mut Round,
) -> Result<(), CacheError> {
    let ids = ids(scopes, |scope| match scope {
        Scope::Document(id) => Some(id),
        _ => None,
    });
    if ids.is_empty() {
        return Ok(());
    }
    let rows: Vec<(String, String, String, Option<i64>)> = list(
        connection,
        "select json_group_array(json_array(partner_id, record, ack, ack_at)) from document \
         where id in (select value from json_each(?1))",
        json(&ids)?,
    )
    .await?;
    for (partner_id, record, ack, ack_at) in rows {
        let document = with_ack(&record, &ack, ack_at)?;
        let partner_id = (!partner_id.is_empty()).then_some(partner_id.as_str());
        let (found, next) = for_document(&document, partner_id, policy, now);
        let scope = Scope::Document(document.id.clone());
        round.again(&scope, next);
        for finding in found {
            round.raise(&scope, finding, None);
        }
    }
    Ok(())
}

async fn notices(
    connection: &mut SqliteConnection,
    scopes: &[Scope],
    round: &mut Round,
) -> Result<(), CacheError> {
    let ids = ids(scopes, |scope| match scope {
        Scope::Notice(id) => Some(id),
        _ => None,
    });
    if ids.is_empty() {
        return Ok(());
    }
    let rows: Vec<(String, Option<String>)> = list(
        connection,
        "select json_group_array(json_array(n.record, c.partner_id)) from notice n \
         left join case_ c on c.id = n.case_id where n.id in (select value from json_each(?1))",
        json(&ids)?,
    )
    .await?;
    for (record, partner_id) in rows {
        let delivery: Delivery = serde_json::from_str(&record)?;
        if let Some(mut finding) = for_notice(&delivery) {
            finding.partner_id = finding.partner_id.or(partner_id);
            let scope = Scope::Notice(delivery.notice_id.clone());
            round.raise(&scope, finding, delivery.case_id.as_deref());
        }
    }
    Ok(())
}

async fn tasks(
    connection: &mut SqliteConnection,
    scopes: &[Scope],
    now: Millis,
    round: &mut Round,
) -> Result<(), CacheError> {
    let ids = ids(scopes, |scope| match scope {
        Scope::Task(id) => Some(id),
        _ => None,
    });
    if ids.is_empty() {
        return Ok(());
    }
    let rows: Vec<(String, Option<String>)> = list(
        connection,
        "select json_group_array(json_array(t.record, c.partner_id)) from task t \
         left join case_ c on c.id = t.case_id where t.id in (select value from json_each(?1))",
        json(&ids)?,
    )
    .await?;
    for (record, partner_id) in rows {
        let task: Task = serde_json::from_str(&record)?;
        let (found, next) = for_task(&task, now);
        let scope = Scope::Task(task.id.clone());
        round.again(&scope, next);
        if let Some(mut finding) = found {
            finding.partner_id = finding.partner_id.or(partner_id);
            round.raise(&scope, finding, task.business_key.as_deref());
        }
    }
    Ok(())
}

async fn certificates(
    connection: &mut SqliteConnection,
    scopes: &[Scope],
    policy: &Policy,
    now: Millis,
    round: &mut Round,
) -> Result<(), CacheError> {
    let ids = ids(scopes, |scope| match scope {
        Scope::Certificate(id) => Some(id),
        _ => None,
    });
    if ids.is_empty() {
        return Ok(());
    }
    let rows: Vec<(String, Option<String>, Option<String>)> = list(
        connection,
        "select json_group_array(json_array(i.record, s.partner_id, s.case_id)) from space_item i \
         left join space s on s.id = i.space_id where i.id in (select value from json_each(?1))",
        json(&ids)?,
    )
    .await?;
    for (record, partner_id, case_id) in rows {
        let item: SpaceItem = serde_json::from_str(&record)?;
        let partner_id = partner_id.filter(|id| !id.is_empty());
        let (found, next) = for_certificate(&item, partner_id.as_deref(), policy, now);
        let scope = Scope::Certificate(item.id.clone());
        round.again(&scope, next);
        if let Some(finding) = found {
            round.raise(&scope, finding, case_id.as_deref());
        }
    }
    Ok(())
}

/// A reference on a case disagrees when the thing it names says itself that it belongs to another case.
async fn cases(
    connection: &mut SqliteConnection,
    scopes: &[Scope],
    round: &mut Round,
) -> Result<(), CacheError> {
    let ids = ids(scopes, |scope| match scope {
        Scope::Case(id) => Some(id),
        _ => None,
    });
    if ids.is_empty() {
        return Ok(());
    }
    let rows: Vec<(String, String, String, String)> = list(
        connection,
        "select json_group_array(json_array(id, system, named, other)) from ( \
           select c.id, 'tracker' system, r.value ->> 'id' named, t.case_id other \
             from json_each(?1) k join case_ c on c.id = k.value, json_each(c.record, '$.external_refs') r \
             join ticket t on t.id = r.value ->> 'id' \
             where r.value ->> 'system' = 'tracker' and t.case_id not in ('', c.id) \
           union all \
           select c.id, 'workflow', r.value ->> 'id', p.case_id \
             from json_each(?1) k join case_ c on c.id = k.value, json_each(c.record, '$.external_refs') r \
             join process p on p.id = r.value ->> 'id' \
             where r.value ->> 'system' = 'workflow' and p.case_id not in ('', c.id) \
           union all \
           select c.id, 'exstream', r.value ->> 'id', n.case_id \
             from json_each(?1) k join case_ c on c.id = k.value, json_each(c.record, '$.external_refs') r \
             join notice n on n.id = r.value ->> 'id' \
             where r.value ->> 'system' = 'exstream' and n.case_id not in ('', c.id))",
        json(&ids)?,
    )
    .await?;
    let mut by_case: BTreeMap<String, Vec<(System, String, String)>> = BTreeMap::new();
    for (case, system, named, other) in rows {
        if let Ok(system) = system.parse() {
            by_case
                .entry(case)
                .or_default()
                .push((system, named, format!("case {other}")));
        }
    }
    if by_case.is_empty() {
        return Ok(());
    }
    let records: Vec<String> = list(
        connection,
        "select json_group_array(record) from case_ where id in (select value from json_each(?1))",
        json(&by_case.keys().collect::<Vec<_>>())?,
    )
    .await?;
    for record in records {
        let case: Case = serde_json::from_str(&record)?;
        let disagreements = by_case.remove(&case.id).unwrap_or_default();
        let scope = Scope::Case(case.id.clone());
        for finding in for_case(&case, &disagreements) {
            round.raise(&scope, finding, Some(&case.id));
        }
    }
    Ok(())
}

/// Latest interchanges of a sender that are looked at.
const CONTROLS: &str = "select json_group_array(json_array(interchange_control, id, arrived_at, partner_id)) from ( \
    select interchange_control, id, arrived_at, partner_id from document \
    where sender = ?1 and direction = 'inbound' and interchange_control <> '' order by arrived_at desc limit 2000)";

async fn controls(
    connection: &mut SqliteConnection,
    scopes: &[Scope],
    round: &mut Round,
) -> Result<(), CacheError> {
    for scope in scopes {
        let Scope::Controls(sender) = scope else {
            continue;
        };
        let rows: Vec<(String, String, i64, String)> =
            list(connection, CONTROLS, sender.clone()).await?;
        let mut partner = None;
        let mut received: Vec<ReceivedControl> = rows
            .into_iter()
            .map(|(control, document_id, arrived_at, partner_id)| {
                partner = (!partner_id.is_empty()).then_some(partner_id);
                ReceivedControl {
                    control,
                    document_id,
                    arrived_at: Millis(arrived_at),
                }
            })
            .collect();
        received
            .sort_by(|a, b| (a.arrived_at, &a.document_id).cmp(&(b.arrived_at, &b.document_id)));
        for finding in for_controls(sender, partner.as_deref(), &received) {
            round.raise(scope, finding, None);
        }
    }
    Ok(())
}

/// Writes what was raised, closes what was not, and notes when to look again.
async fn settle(
    connection: &mut SqliteConnection,
    scopes: &[Scope],
    round: Round,
    shown: &Shown,
    now: Millis,
    out: &mut Evaluated,
) -> Result<(), CacheError> {
    let names: Vec<String> = scopes.iter().map(Scope::to_string).collect();
    let parameter = json(&names)?;
    let there: Vec<(String, String, String, Option<String>)> = list(
        connection,
        "select json_group_array(json_array(id, record, state, case_id)) from finding \
         where scope in (select value from json_each(?1))",
        parameter.clone(),
    )
    .await?;
    let mut there: HashMap<String, (String, String)> = there
        .into_iter()
        .map(|(id, record, state, _)| (id, (record, state)))
        .collect();
    let mut write = Vec::new();
    let mut seen = BTreeSet::new();
    for raised in round.raised {
        if !seen.insert(raised.finding.id.clone()) {
            continue;
        }
        let record = serde_json::to_string(&raised.finding)?;
        match there.remove(&raised.finding.id) {
            Some((old, state)) if old == record && state == "open" => {}
            _ => {
                out.changed.push(raised.finding.id.clone());
                write.push((raised, record));
            }
        }
    }
    insert_many(
        connection,
        "finding",
        &[
            "id",
            "scope",
            "rule",
            "severity",
            "record",
            "number",
            "object",
            "document_id",
            "partner_id",
            "order_number",
            "case_id",
            "occurred_at",
            "opened_at",
            "closed_at",
            "state",
            "shown_state",
            "shown_open",
        ],
        "on conflict (id) do update set scope = excluded.scope, severity = excluded.severity, record = excluded.record, \
         number = excluded.number, partner_id = excluded.partner_id, order_number = excluded.order_number, \
         case_id = case when excluded.case_id = '' then finding.case_id else excluded.case_id end, \
         occurred_at = excluded.occurred_at, \
         opened_at = case when finding.closed_at is null then finding.opened_at else excluded.opened_at end, \
         closed_at = null, state = excluded.state, shown_state = excluded.shown_state, shown_open = excluded.shown_open",
        &write,
        |(raised, record), v| {
            let f = &raised.finding;
            let state = shown
                .get(&(Kind::Finding, f.id.clone()))
                .and_then(|fields| fields.get("state"))
                .map_or("open", String::as_str);
            v.text(&f.id).text(&raised.scope).text(f.rule.as_str());
            v.text(f.severity.as_str()).text(record).text(&f.on);
            v.text(&f.object.to_string())
                .word(f.document_id.as_deref());
            v.word(f.partner_id.as_deref())
                .word(f.order_number.as_deref());
            v.word(raised.case_id.as_deref()).int(f.occurred_at.0);
            v.int(now.0).optional_int(None).text("open");
            v.text(state).flag(is_open(state));
        },
    )
    .await?;
    let closed: Vec<String> = there
        .into_iter()
        .filter(|(_, (_, state))| state != "closed")
        .map(|(id, _)| id)
        .collect();
    if !closed.is_empty() {
        sqlx::query(
            "update finding set state = 'closed', shown_state = 'closed', shown_open = 0, closed_at = ?2 \
             where id in (select value from json_each(?1))",
        )
        .bind(json(&closed)?)
        .bind(now.0)
        .execute(&mut *connection)
        .await?;
        out.changed.extend(closed);
    }
    sqlx::query("delete from recheck where scope in (select value from json_each(?1))")
        .bind(parameter)
        .execute(&mut *connection)
        .await?;
    insert_many(
        connection,
        "recheck",
        &["scope", "at"],
        "on conflict do update set at = excluded.at",
        &round.next,
        |(scope, at), v| {
            v.text(scope).int((*at).max(now.0 + 1));
        },
    )
    .await
}

/// Lets findings ride on the case whose business references name their order, invoice or ship notice.
pub(crate) async fn join_cases(
    connection: &mut SqliteConnection,
    findings: &BTreeSet<String>,
) -> Result<(), CacheError> {
    if findings.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "update finding set case_id = coalesce(( \
           select c.id from link l join case_ c on c.id = l.case_id \
           where l.value in (finding.order_number, finding.number) and l.value <> '' \
             and l.partner_id = finding.partner_id and l.relation in ('po', 'invoice', 'asn') \
           order by c.shown_open desc, c.opened_at desc, c.id limit 1), '') \
         where document_id <> '' and id in (select value from json_each(?1))",
    )
    .bind(json(findings)?)
    .execute(connection)
    .await?;
    Ok(())
}

/// Names of findings for those who listen.
pub(crate) async fn names(
    connection: &mut SqliteConnection,
    findings: &BTreeSet<String>,
) -> Result<Vec<ObjectRef>, CacheError> {
    if findings.is_empty() {
        return Ok(Vec::new());
    }
    let objects: Vec<(String, String)> = list(
        connection,
        "select json_group_array(json_array(id, object)) from finding where id in (select value from json_each(?1))",
        json(findings)?,
    )
    .await?;
    Ok(objects
        .into_iter()
        .map(|(id, object)| finding_name(&id, &object))
        .collect())
}

/// `finding:SYSTEM:ID`, the system being that of the thing it is on.
pub(crate) fn finding_name(id: &str, object: &str) -> ObjectRef {
    let system = object
        .parse::<ObjectRef>()
        .map_or(System::Documents, |o| o.system);
    ObjectRef::new(Kind::Finding, system, id)
}
