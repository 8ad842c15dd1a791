//! `list KIND`: {total, items}, read by the same indexes as the window's lists.

use desk::cache::{
    CaseFilter, CaseSort, DocumentFilter, DocumentSort, FindingFilter, FindingSort, NoticeFilter,
    TaskFilter, TaskSort, TicketFilter, Window, WorkspaceFilter,
};
use desk::{Desk, view::ListReviews};
use domain::{Kind, ObjectRef, Refusal, System, refusal::Code};
use serde_json::{Value, json};

use crate::{args::ListKind, output::Problem};

/// `field=value` pairs of a filter; values of one field are alternatives.
struct Filter(Vec<(String, String)>);

impl Filter {
    fn parse(text: Option<&str>, known: &[&str]) -> Result<Self, Problem> {
        let mut pairs = Vec::new();
        for part in text
            .into_iter()
            .flat_map(|t| t.split(','))
            .map(str::trim)
            .filter(|p| !p.is_empty())
        {
            let Some((name, value)) = part.split_once('=') else {
                return Err(Problem::Usage(format!("'{part}' is not field=value.")));
            };
            if !known.contains(&name) {
                return Err(Problem::Usage(format!(
                    "There is no filter {name}; there are {}.",
                    known.join(", ")
                )));
            }
            pairs.push((name.to_owned(), value.to_owned()));
        }
        Ok(Self(pairs))
    }

    fn all(&self, name: &str) -> Vec<String> {
        self.0
            .iter()
            .filter(|(n, _)| n == name)
            .map(|(_, v)| v.clone())
            .collect()
    }

    fn one(&self, name: &str) -> Option<String> {
        self.all(name).into_iter().next_back()
    }

    fn flag(&self, name: &str) -> Result<Option<bool>, Problem> {
        let Some(value) = self.one(name) else {
            return Ok(None);
        };
        value
            .parse()
            .map(Some)
            .map_err(|_| Problem::Usage(format!("{name} is true or false, not '{value}'.")))
    }
}

fn failed(error: &desk::cache::CacheError) -> Refusal {
    Refusal::new(Code::Internal, error.to_string())
}

fn page(total: u32, items: Vec<Value>) -> Value {
    json!({"total": total, "items": items})
}

fn name(kind: Kind, system: System, id: &str) -> String {
    ObjectRef::new(kind, system, id).to_string()
}

/// Most items that are read at once.
const WINDOW: u32 = 500;

/// Lists things of a kind, as many as are asked for, window by window.
pub(crate) async fn list(
    desk: &Desk,
    kind: ListKind,
    filter: Option<&str>,
    limit: u32,
    offset: u32,
) -> Result<Value, Problem> {
    let (mut all, mut total) = (Vec::new(), 0);
    loop {
        let got = u32::try_from(all.len()).unwrap_or(u32::MAX);
        let (left, next) = (limit.saturating_sub(got), offset.saturating_add(got));
        if got > 0 && (left == 0 || next >= total) {
            return Ok(page(total, all));
        }
        let mut read = part(desk, kind, filter, left.min(WINDOW), next).await?;
        if got == 0 {
            let count = read.get("total").and_then(Value::as_u64);
            total = count.map_or(0, |n| u32::try_from(n).unwrap_or(u32::MAX));
        }
        match read.get_mut("items").and_then(Value::as_array_mut) {
            Some(items) if !items.is_empty() => all.append(items),
            _ => return Ok(page(total, all)),
        }
    }
}

async fn part(
    desk: &Desk,
    kind: ListKind,
    filter: Option<&str>,
    limit: u32,
    offset: u32,
) -> Result<Value, Problem> {
    let cache = desk.cache();
    let failed = |error: &desk::cache::CacheError| {
        cache.note_damage(error);
        failed(error)
    };
    let window = Window { offset, limit };
    let person = desk.person().id;
    match kind {
        ListKind::Cases => {
            let f = Filter::parse(
                filter,
                &[
                    "text", "status", "type", "partner", "owner", "open", "priority",
                ],
            )?;
            let wanted = CaseFilter {
                text: f.one("text"),
                open: f.flag("open")?,
                owners: f.all("owner"),
                statuses: f.all("status"),
                types: f.all("type"),
                partners: f.all("partner"),
                priorities: f.all("priority"),
                ..CaseFilter::default()
            };
            let rows = cache
                .list_cases(&wanted, CaseSort::default(), window, person.as_str())
                .await
                .map_err(|e| failed(&e))?;
            Ok(page(rows.total, rows.items.iter().map(case).collect()))
        }
        ListKind::Exceptions => {
            let f = Filter::parse(
                filter,
                &["text", "rule", "partner", "state", "open", "severity"],
            )?;
            let wanted = FindingFilter {
                text: f.one("text"),
                open: f.flag("open")?.or(f.one("state").is_none().then_some(true)),
                rules: f.all("rule"),
                partners: f.all("partner"),
                states: f.all("state"),
                severities: f.all("severity"),
                ..FindingFilter::default()
            };
            let rows = cache
                .list_findings(&wanted, FindingSort::default(), window)
                .await
                .map_err(|e| failed(&e))?;
            let items = rows.items.iter().map(|i| {
                json!({
                    "id": name(Kind::Finding, System::Documents, &i.finding.id), "rule": i.finding.rule, "severity": i.finding.severity,
                    "title": i.finding.title, "on": i.finding.on, "object": i.finding.object, "place": i.finding.place,
                    "state": i.state, "raised": i.raised, "case": i.case_id, "partner": i.finding.partner_id,
                    "order_number": i.finding.order_number, "document": i.finding.document_id, "facts": i.finding.facts,
                    "since": i.finding.occurred_at.rfc3339(), "opened_at": i.opened_at.rfc3339(),
                    "closed_at": i.closed_at.map(|at| at.rfc3339()),
                })
            });
            Ok(page(rows.total, items.collect()))
        }
        ListKind::Documents => {
            let f = Filter::parse(
                filter,
                &[
                    "text",
                    "type",
                    "class",
                    "partner",
                    "ack",
                    "delivery",
                    "validation",
                ],
            )?;
            let wanted = DocumentFilter {
                text: f.one("text"),
                types: f.all("type"),
                classes: f.all("class"),
                partners: f.all("partner"),
                ack: f.all("ack"),
                delivery: f.all("delivery"),
                validation: f.all("validation"),
                ..DocumentFilter::default()
            };
            let rows = cache
                .list_documents(&wanted, DocumentSort::default(), window)
                .await
                .map_err(|e| failed(&e))?;
            let items = rows.items.iter().map(|i| {
                let d = &i.document;
                json!({
                    "id": name(Kind::Document, System::Documents, &d.id), "type": d.doc_type, "number": d.number,
                    "order_number": i.order_number, "partner": i.partner_id, "partner_name": i.partner_name,
                    "standard": d.standard, "direction": d.direction, "validation": d.validation, "delivery": d.delivery,
                    "ack": d.ack, "status_code": d.status_code, "ack_code": d.ack_code, "interchange_control": d.interchange_control,
                    "document_control": d.document_control, "sender": d.sender, "receiver": d.receiver, "test": d.test,
                    "acknowledged_by": i.ack_document_id, "event_at": i.event_at.rfc3339(), "problem": d.problem,
                })
            });
            Ok(page(rows.total, items.collect()))
        }
        ListKind::Notices => {
            let f = Filter::parse(filter, &["text", "state", "channel", "case"])?;
            let wanted = NoticeFilter {
                text: f.one("text"),
                states: f.all("state"),
                channels: f.all("channel"),
                cases: f.all("case"),
            };
            let rows = cache
                .list_notices(&wanted, window)
                .await
                .map_err(|e| failed(&e))?;
            let items = rows.items.iter().map(|d| {
                json!({
                    "id": name(Kind::Notice, System::Exstream, &d.notice_id), "number": d.notice_id, "job": d.job_id, "case": d.case_id,
                    "template": d.template, "channel": d.channel, "recipient": d.recipient, "state": d.state, "raw_state": d.raw_state,
                    "reason": d.reason, "produced_sha256": d.produced_sha256, "event_at": d.event_at.rfc3339(),
                })
            });
            Ok(page(rows.total, items.collect()))
        }
        ListKind::Tasks => {
            let f = Filter::parse(filter, &["open", "assignee", "group", "case"])?;
            let wanted = TaskFilter {
                open: f.flag("open")?,
                assignees: f.all("assignee"),
                groups: f.all("group"),
                cases: f.all("case"),
            };
            let rows = cache
                .list_tasks(&wanted, TaskSort::Due, window)
                .await
                .map_err(|e| failed(&e))?;
            let items = rows.items.iter().map(|t| {
                json!({
                    "id": name(Kind::Task, System::Workflow, &t.id), "name": t.name, "state": t.state, "assignee": t.assignee,
                    "group": t.group, "case": t.business_key, "outcome": t.outcome, "due_at": t.due_at.map(|at| at.rfc3339()),
                })
            });
            Ok(page(rows.total, items.collect()))
        }
        ListKind::Workspaces => {
            let f = Filter::parse(filter, &["type", "partner"])?;
            let wanted = WorkspaceFilter {
                types: f.all("type"),
                partners: f.all("partner"),
            };
            let rows = cache
                .list_workspaces(&wanted, window)
                .await
                .map_err(|e| failed(&e))?;
            let items = rows.items.iter().map(|w| {
                json!({
                    "id": name(Kind::Workspace, System::Workspaces, &w.id), "name": w.name, "type": w.type_name,
                    "object_id": w.object_id, "object_type": w.object_type, "partner": w.partner_id,
                })
            });
            Ok(page(rows.total, items.collect()))
        }
        ListKind::Tickets => {
            let f = Filter::parse(filter, &["text", "status", "queue"])?;
            let wanted = TicketFilter {
                text: f.one("text"),
                statuses: f.all("status"),
                queues: f.all("queue"),
            };
            let rows = cache
                .list_tickets(&wanted, window)
                .await
                .map_err(|e| failed(&e))?;
            let items = rows.items.iter().map(|t| {
                json!({
                    "id": name(Kind::Ticket, System::Tracker, &t.id), "number": t.number, "subject": t.subject, "status": t.status,
                    "queue": t.queue, "case": t.case_id, "owner": t.owner,
                })
            });
            Ok(page(rows.total, items.collect()))
        }
        ListKind::Partners => {
            let rows = cache.list_partners(window).await.map_err(|e| failed(&e))?;
            let items = rows.items.iter().map(|p| {
                json!({
                    "id": name(Kind::Partner, System::Community, &p.id), "name": p.name, "short_name": p.short_name, "buid": p.buid,
                    "country": p.country, "time_zone": p.agreement.time_zone, "language": p.agreement.language,
                })
            });
            Ok(page(rows.total, items.collect()))
        }
        ListKind::Quarantine => {
            Filter::parse(filter, &[])?;
            let counts = cache.quarantine_counts().await.map_err(|e| failed(&e))?;
            let rows = cache.quarantined(offset, limit).await;
            let items = rows.map_err(|e| failed(&e))?.into_iter().map(|r| {
                json!({
                    "system": r.system, "collection": r.collection, "id": r.remote_id, "code": r.code, "message": r.message,
                    "first_at": r.first_at.rfc3339(), "last_at": r.last_at.rfc3339(), "times": r.times,
                })
            });
            let total = counts.iter().map(|(_, n)| *n).fold(0, u32::saturating_add);
            Ok(page(total, items.collect()))
        }
        ListKind::Reviews => {
            let reviews = crate::review_calls::reviews(
                desk,
                &ListReviews {
                    filter: Some("all".into()),
                    offset: Some(offset),
                    limit: Some(limit),
                },
            )
            .await?;
            let items = reviews
                .get("items")
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default();
            Ok(page(u32::try_from(items.len()).unwrap_or(u32::MAX), items))
        }
        ListKind::Campaigns => {
            // A campaign is an acknowledgement request of Community; its space is mirrored.
            let spaces = cache
                .spaces_for("acknowledgement")
                .await
                .map_err(|e| failed(&e))?;
            let items: Vec<Value> = spaces
                .iter()
                .skip(offset as usize)
                .take(limit as usize)
                .map(|s| json!({"id": name(Kind::Space, System::Community, &s.id), "title": s.title, "state": s.state, "subject": s.subject}))
                .collect();
            Ok(page(u32::try_from(spaces.len()).unwrap_or(u32::MAX), items))
        }
    }
}

/// One case as lists show it.
pub(crate) fn case(item: &desk::cache::CaseItem) -> Value {
    let c = &item.case;
    json!({
        "id": c.object(), "number": c.number, "subject": c.subject, "type": c.case_type, "subtype": c.subtype, "status": c.status,
        "priority": c.priority, "owner": c.owner, "team": c.team,
        "partner": {"id": c.partner_id, "name": c.partner_name, "short_name": c.partner_short_name},
        "opened_at": c.opened_at.rfc3339(), "updated_at": c.updated_at.rfc3339(), "due_at": c.due_at.map(|at| at.rfc3339()),
        "business_refs": c.business_refs, "external_refs": c.external_refs, "communication_status": c.communication_status,
        "loop": c.loop_state, "version": c.version, "unread": item.unread, "pinned": item.pinned, "open_exceptions": item.open_findings,
    })
}
