//! Findings: the rules of `domain` over mirrored rows. What a scope no longer raises is closed; raised again it opens
//! again under the same id.

mod rules;

use std::collections::{BTreeSet, HashMap};

use domain::{Kind, Millis, ObjectRef, System, finding::Finding, policy::Policy};
use sqlx::SqliteConnection;

pub(crate) use rules::with_ack;

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
        rules::threads(connection, part, policy, now, &mut round).await?;
        rules::documents(connection, part, policy, now, &mut round).await?;
        rules::notices(connection, part, &mut round).await?;
        rules::tasks(connection, part, now, &mut round).await?;
        rules::certificates(connection, part, policy, now, &mut round).await?;
        rules::mismatches(connection, part, &mut round).await?;
        rules::cases(connection, part, &mut round).await?;
        rules::controls(connection, part, &mut round).await?;
        settle(connection, part, round, shown, now, &mut out).await?;
    }
    Ok(out)
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
