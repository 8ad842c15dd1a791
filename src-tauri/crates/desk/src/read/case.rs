//! The case pane: head, order strip, clocks, lines, notices, tasks, workspace, actions.

use std::collections::BTreeMap;

use domain::{
    Kind, ObjectRef, Refusal, System,
    finding::{DocumentClass, Finding, line_key},
    matching::Choice,
    record::{Delivery, Document, DocumentLine as Line},
    review_log::ReviewRecord,
};

use super::{
    clocks::clocks, lists::document_line, loops::unclear_answers, resolution::resolution_rows,
    timeline::task_state, words,
};
use crate::{
    Desk,
    act::fit_once_chosen,
    facts::{self, Known},
    loops as closing,
    problem::{Refuse, not_found},
    view::{
        ActionAvailability, CaseView, GetTimeline, LineComparison, NoticeRow, NoticeStep,
        OfflineClass, OrderNode, TaskRow, TicketRow, Tone, WorkspaceFile, WorkspaceView,
    },
};

impl Desk {
    /// Everything the case pane shows, from this machine.
    ///
    /// # Errors
    /// `E_NOT_FOUND`.
    pub async fn case_view(&self, id: &str) -> Result<CaseView, Refusal> {
        let case_id = self.resolve_case(id).await?;
        let (cache, me) = (&self.inner.cache, self.person().id);
        let item = cache
            .case(&case_id, me.as_str())
            .await
            .refuse()?
            .ok_or_else(|| not_found("case", id))?;
        let first_page = GetTimeline {
            id: case_id.clone(),
            offset: 0,
            limit: Some(60),
            lane: None,
        };
        // The parts do not wait for each other.
        let (known, documents, timeline, (thread_count, internal_count), tasks, tickets, reviews) =
            tokio::try_join!(
                self.know_about(&item),
                async { cache.documents_of_case(&case_id).await.refuse() },
                self.timeline(&first_page),
                async { cache.thread_counts(&case_id).await.refuse() },
                async { cache.tasks_of_case(&case_id).await.refuse() },
                async { cache.tickets_of_case(&case_id).await.refuse() },
                self.reviews_of(&case_id),
            )?;
        let case = &known.case;
        let object = case.object();
        let documents: Vec<Document> = documents.into_iter().map(|d| d.document).collect();
        let notices = self.notice_rows(&known, &reviews);
        let open_notices = known.open_notices.len();
        let open_findings = known.findings.len();
        let agreement = known.partner.as_ref().map(|p| &p.agreement);
        Ok(CaseView {
            id: object.to_string(),
            number: case.number.clone(),
            subject: case.subject.clone(),
            partner: case.partner_name.clone(),
            partner_id: case.partner_id.clone(),
            tier: agreement
                .map(|a| a.tier.clone())
                .filter(|t| !t.is_empty())
                .map(|t| format!("Tier {t}")),
            case_type: case.case_type.clone(),
            type_title: words::sentence(if case.subtype.is_empty() {
                &case.case_type
            } else {
                &case.subtype
            }),
            status: words::case_status(&case.status),
            owner: self.owner(case.owner.as_deref()),
            partner_zone: agreement.map(|a| a.time_zone.clone()),
            pinned: item.pinned,
            unread: item.unread,
            version: case.version.to_string(),
            order_strip: order_strip(&documents, &known.findings),
            clocks: clocks(&known, self.policy(), self.now()),
            timeline,
            thread_count,
            internal_count,
            lines: line_comparison(&documents, &known.findings),
            notices,
            tasks: tasks
                .iter()
                .map(|t| TaskRow {
                    id: ObjectRef::new(Kind::Task, System::Workflow, t.id.clone()).to_string(),
                    title: t.name.clone(),
                    who: t
                        .assignee
                        .as_deref()
                        .map(|a| self.persons().name(a).to_owned())
                        .or_else(|| t.group.clone())
                        .unwrap_or_default(),
                    due_at: t.due_at.map(|at| at.0),
                    status: task_state(&t.state),
                    review: None,
                })
                .collect(),
            tickets: tickets
                .iter()
                .map(|t| TicketRow {
                    id: ObjectRef::new(Kind::Ticket, System::Tracker, t.id.clone()).to_string(),
                    number: t.number.clone(),
                    title: t.subject.clone(),
                    status: words::word(Tone::None, &t.status, words::sentence(&t.status)),
                    at: Some(t.updated_at.0),
                })
                .collect(),
            workspace: self.workspace_view(&known).await?,
            partner_sees: partner_sees(&known),
            actions: self.actions(&known),
            loops: self.loop_rows(&known),
            resolutions: resolution_rows(&self.persons(), &known.tellings),
            unclear: unclear_answers(&known),
            close_waits_for: closing::waits_for(&known),
            resolve_waits_for: waits_for(&[(open_notices, "notice"), (open_findings, "exception")]),
            sources: self.ages(System::ALL).await?,
        })
    }

    /// Notes that the acting person saw the case as it is now. Where only reading is possible nothing is noted.
    ///
    /// # Errors
    /// `E_NOT_FOUND`; failures of the cache.
    pub async fn see_case(&self, id: &str) -> Result<(), Refusal> {
        if self.read_only().is_some() {
            return Ok(());
        }
        let known = self.know(&self.resolve_case(id).await?).await?;
        // A partner's clock may be ahead of ours: what was shown was seen, whatever its time says.
        let newest = known.comments.iter().map(|c| c.created_at);
        let at = newest
            .chain([known.case.opened_at, self.now()])
            .max()
            .unwrap_or_else(|| self.now());
        let me = self.person().id;
        self.inner
            .cache
            .mark_seen(me.as_str(), &known.case.object(), at)
            .await
            .refuse()
    }

    fn notice_rows(&self, known: &Known, reviews: &[ReviewRecord]) -> Vec<NoticeRow> {
        let mut rows = self.rows_of_notices(known, reviews);
        let reviewed = self.standing_reviews(reviews);
        let mut links = self.fallback_links(known, &reviewed);
        for row in &mut rows {
            if let Some(link) = links.remove(&row.number) {
                // What was sent by another channel is not proposed again.
                row.fallback = row.fallback.take().filter(|_| link.replaced_by.is_none());
                row.replaces = link.replaces;
                row.replaced_by = link.replaced_by;
            }
        }
        rows
    }

    fn rows_of_notices(&self, known: &Known, reviews: &[ReviewRecord]) -> Vec<NoticeRow> {
        let mut rows: Vec<NoticeRow> = known
            .deliveries
            .iter()
            .map(|d| NoticeRow {
                fallback: self.fallback_proposal(known, d),
                ..self.notice_row(d)
            })
            .collect();
        // Reviews and plans whose letter Exstream does not have yet.
        for record in reviews.iter().filter(|r| r.case_id == known.case.id) {
            if let Some(row) = rows.iter_mut().find(|r| r.number == record.notice) {
                row.review = Some(record.id());
                if record.mismatch.is_some() {
                    // Worse than any delivery state: it left, and it is another letter.
                    row.status = words::word(
                        Tone::Fail,
                        domain::finding::Rule::ReleaseMismatch.as_str(),
                        "Not the approved letter",
                    );
                    row.cause = Some("What was produced differs from what was signed".to_owned());
                }
                continue;
            }
            let signed = record
                .signatures
                .iter()
                .filter(|s| s.hash == record.request.hash)
                .count();
            rows.push(NoticeRow {
                id: ObjectRef::new(Kind::Notice, System::Exstream, record.notice.clone())
                    .to_string(),
                number: record.notice.clone(),
                title: record.title.clone(),
                version: Some("1".to_owned()),
                channel: crate::review::text(&record.data, "channel").to_owned(),
                regulated: true,
                status: words::word(
                    Tone::Wait,
                    "in_review",
                    format!("In review {signed} of {}", record.request.needed),
                ),
                cause: None,
                at: Some(record.requested_at.0),
                steps: steps_of("in_review"),
                review: Some(record.id()),
                letter: Some(
                    ObjectRef::new(
                        Kind::Attachment,
                        System::Community,
                        crate::review::text(&record.data, "attachment"),
                    )
                    .to_string(),
                ),
                fallback: None,
                replaces: None,
                replaced_by: None,
            });
        }
        rows
    }

    fn notice_row(&self, d: &Delivery) -> NoticeRow {
        let key = d
            .template
            .as_deref()
            .and_then(|t| t.split('@').next())
            .unwrap_or_default();
        let id = ObjectRef::new(Kind::Notice, System::Exstream, d.notice_id.clone()).to_string();
        NoticeRow {
            letter: Some(id.clone()),
            id,
            number: d.notice_id.clone(),
            title: self.policy().template(key).map_or_else(
                || d.template.clone().unwrap_or_else(|| "Notice".to_owned()),
                |t| t.title.clone(),
            ),
            version: None,
            channel: d.channel.clone(),
            regulated: self.policy().template(key).is_some_and(|t| t.regulated),
            status: words::notice_state(&d.state),
            cause: d.reason.clone(),
            at: Some(d.event_at.0),
            steps: steps_of(&d.state),
            review: None,
            fallback: None,
            replaces: None,
            replaced_by: None,
        }
    }

    async fn workspace_view(&self, known: &Known) -> Result<WorkspaceView, Refusal> {
        let (taken, problem) = match facts::workspace_choice(known, self.policy()) {
            Choice::Taken(one) => (Some(one), None),
            Choice::Ask(list) if list.is_empty() => (
                None,
                Some("No workspace of this order or shipment is known here.".to_owned()),
            ),
            Choice::Ask(list) if list.len() == 1 => (
                None,
                Some(
                    "One workspace may fit, but not well enough to be chosen by itself.".to_owned(),
                ),
            ),
            Choice::Ask(list) => (
                None,
                Some(format!(
                    "{} workspaces may fit; choose one when filing.",
                    list.len()
                )),
            ),
        };
        let Some(candidate) = taken else {
            return Ok(WorkspaceView {
                id: None,
                path: None,
                score: None,
                files: Vec::new(),
                problem,
            });
        };
        let nodes = self
            .inner
            .cache
            .nodes_of_workspace(&candidate.workspace.id)
            .await
            .refuse()?;
        Ok(WorkspaceView {
            id: Some(
                ObjectRef::new(
                    Kind::Workspace,
                    System::Workspaces,
                    candidate.workspace.id.clone(),
                )
                .to_string(),
            ),
            path: Some(format!(
                "{} / {}",
                candidate.workspace.type_name, candidate.workspace.name
            )),
            score: Some(format!("{:.2}", candidate.score)),
            files: nodes
                .iter()
                .filter(|n| n.subtype == 144)
                .map(|n| {
                    let id =
                        ObjectRef::new(Kind::Node, System::Workspaces, n.id.clone()).to_string();
                    WorkspaceFile {
                        content: Some(id.clone()),
                        id,
                        name: n.name.clone(),
                        version: format!("v{}", n.version),
                        icon: icon(&n.media_type, &n.name).to_owned(),
                        shared: "off".to_owned(),
                        filing: words::word(Tone::Ok, "filed", "Filed"),
                    }
                })
                .collect(),
            problem: None,
        })
    }

    fn actions(&self, known: &Known) -> Vec<ActionAvailability> {
        let fits = self.fitting(Some(known), fit_once_chosen);
        let fit_of: BTreeMap<&str, (bool, &str)> = fits
            .iter()
            .map(|(p, a)| (p.id.as_str(), (a.applies, a.why.as_str())))
            .collect();
        let acts = self.person().may_act();
        let read_only = self.read_only().map(str::to_owned);
        let row = |command: &str,
                   playbook: Option<&str>,
                   title: &str,
                   class: OfflineClass,
                   fit: (bool, &str)| {
            let reason = read_only
                .clone()
                .or_else(|| {
                    (!acts).then(|| "Auditors read everything and change nothing.".to_owned())
                })
                .or_else(|| (!fit.0).then(|| fit.1.to_owned()));
            ActionAvailability {
                command: command.to_owned(),
                playbook: playbook.map(str::to_owned),
                title: title.to_owned(),
                offline_class: class,
                available: reason.is_none(),
                reason,
            }
        };
        let of = |id: &str| {
            fit_of
                .get(id)
                .copied()
                .unwrap_or((false, "There is no such playbook"))
        };
        let notice = if of("customer_notice").0 {
            of("customer_notice")
        } else {
            of("regulated_letter")
        };
        vec![
            row(
                "reply",
                Some("reply"),
                "Reply",
                OfflineClass::Queue,
                of("reply"),
            ),
            row(
                "note",
                Some("note"),
                "Note",
                OfflineClass::Queue,
                of("note"),
            ),
            row(
                "new_notice",
                Some("customer_notice"),
                "New notice",
                OfflineClass::Queue,
                notice,
            ),
            row(
                "file",
                Some("file_message"),
                "File",
                OfflineClass::Queue,
                of("file_message"),
            ),
            row(
                "ticket",
                Some("ticket"),
                "Ticket",
                OfflineClass::Queue,
                of("ticket"),
            ),
            if known.case.status == "resolved" {
                row(
                    "close",
                    Some("close_case"),
                    "Close",
                    OfflineClass::Queue,
                    of("close_case"),
                )
            } else {
                row(
                    "resolve",
                    Some("resolve_case"),
                    "Resolve",
                    OfflineClass::Queue,
                    of("resolve_case"),
                )
            },
        ]
    }
}

/// "Resolve waits for 2 exceptions": only what there is.
fn waits_for(open: &[(usize, &str)]) -> Option<String> {
    let open: Vec<String> = open
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, noun)| words::counted(*count, noun))
        .collect();
    (!open.is_empty()).then(|| format!("Resolve waits for {}", open.join(", ")))
}

fn partner_sees(known: &Known) -> String {
    let files = facts::partner_files(known).len();
    let messages = known
        .comments
        .iter()
        .filter(|c| c.visibility == domain::visibility::Visibility::Partner)
        .count();
    let messages = words::counted(messages, "message");
    match known.attachments.len() {
        0 => format!("{messages}."),
        all => format!("{messages}, {files} of {}.", words::counted(all, "file")),
    }
}

fn icon(media_type: &str, name: &str) -> &'static str {
    let lower = name.to_lowercase();
    if media_type.starts_with("image/") {
        "image"
    } else if lower.starts_with("n-") {
        "notice"
    } else if lower.contains("message") || lower.contains("thread") {
        "thread"
    } else if media_type.contains("csv") || media_type.contains("sheet") {
        "table"
    } else {
        "document"
    }
}

fn steps_of(state: &str) -> Vec<NoticeStep> {
    let (now, bad) = match state {
        "draft" => (0, false),
        "rendered" => (1, false),
        "in_review" | "approved" => (2, false),
        "released" | "sent" => (3, false),
        "bounced" | "failed" => (4, true),
        _ => (5, false),
    };
    (0..5)
        .map(|n| match n {
            n if n < now => NoticeStep::Done,
            n if n == now && bad => NoticeStep::Bad,
            n if n == now => NoticeStep::Now,
            _ => NoticeStep::Todo,
        })
        .collect()
}

/// Order, acknowledgement, ship notice, invoice of the first order of the case.
fn order_strip(documents: &[Document], findings: &[Finding]) -> Vec<OrderNode> {
    let wanted = [
        (DocumentClass::Order, "Order", "850"),
        (DocumentClass::Acknowledgement, "Acknowledgement", "855"),
        (DocumentClass::ShipNotice, "Ship notice", "856"),
        (DocumentClass::Invoice, "Invoice", "810"),
    ];
    if documents.is_empty() {
        return Vec::new();
    }
    let newest = |class: DocumentClass| {
        documents
            .iter()
            .filter(|d| DocumentClass::of(&d.doc_type) == class)
            .max_by_key(|d| d.arrived_at)
    };
    let mut nodes: Vec<OrderNode> = wanted
        .iter()
        .map(|(class, title, code)| match newest(*class) {
            None => OrderNode {
                id: None,
                title: (*title).to_owned(),
                code: (*code).to_owned(),
                tone: Tone::None,
                fact: "Not there yet".to_owned(),
                detail: String::new(),
                broken_after: false,
            },
            Some(d) => {
                let worst = findings
                    .iter()
                    .filter(|f| f.document_id.as_deref() == Some(&d.id))
                    .max_by_key(|f| f.severity);
                let ack = words::acknowledgement(d.ack.as_str());
                let (tone, fact) = match worst {
                    Some(f) if f.severity == domain::finding::Severity::Warning => {
                        (Tone::Late, f.title.clone())
                    }
                    Some(f) => (Tone::Fail, f.title.clone()),
                    None => (
                        if ack.tone == Tone::None {
                            Tone::Ok
                        } else {
                            ack.tone
                        },
                        if ack.tone == Tone::None {
                            "Received".to_owned()
                        } else {
                            ack.word
                        },
                    ),
                };
                let lines = d.content.as_ref().map_or(0, |c| c.lines.len());
                let amount = d
                    .amount
                    .as_ref()
                    .map(|a| format!(", {a} {}", d.currency.clone().unwrap_or_default()))
                    .unwrap_or_default();
                let day = d
                    .arrived_at
                    .rfc3339()
                    .get(..10)
                    .unwrap_or_default()
                    .to_owned();
                OrderNode {
                    id: Some(
                        ObjectRef::new(Kind::Document, System::Documents, d.id.clone()).to_string(),
                    ),
                    title: (*title).to_owned(),
                    code: d.doc_type.clone(),
                    tone,
                    fact,
                    detail: format!("{day}, {}, {lines} lines{amount}", d.number),
                    broken_after: false,
                }
            }
        })
        .collect();
    for n in 0..nodes.len().saturating_sub(1) {
        let next_bad = nodes
            .get(n + 1)
            .is_some_and(|next| next.id.is_none() || matches!(next.tone, Tone::Fail | Tone::Late));
        if let Some(node) = nodes.get_mut(n) {
            node.broken_after = next_bad;
        }
    }
    nodes
}

/// Lines as order, acknowledgement, ship notice and invoice have them.
fn line_comparison(documents: &[Document], findings: &[Finding]) -> Vec<LineComparison> {
    #[derive(Default)]
    struct Row<'a> {
        by_class: BTreeMap<u8, (&'a Line, &'a str)>,
    }
    let class_place = |class: DocumentClass| match class {
        DocumentClass::Order | DocumentClass::OrderChange => Some(0),
        DocumentClass::Acknowledgement => Some(1),
        DocumentClass::ShipNotice => Some(2),
        DocumentClass::Invoice => Some(3),
        _ => None,
    };
    let mut order: Vec<String> = Vec::new();
    let mut rows: BTreeMap<String, Row<'_>> = BTreeMap::new();
    let mut sorted: Vec<&Document> = documents.iter().collect();
    sorted.sort_by_key(|d| d.arrived_at);
    for document in sorted {
        let Some(place) = class_place(DocumentClass::of(&document.doc_type)) else {
            continue;
        };
        for line in document.content.iter().flat_map(|c| &c.lines) {
            let key = line_key(line);
            if !rows.contains_key(&key) {
                order.push(key.clone());
            }
            let currency = document.currency.as_deref().unwrap_or_default();
            rows.entry(key)
                .or_default()
                .by_class
                .insert(place, (line, currency));
        }
    }
    order
        .iter()
        .filter_map(|key| {
            let row = rows.get(key)?;
            let first = row
                .by_class
                .get(&0)
                .or_else(|| row.by_class.values().next())?;
            let number = first.0.line.trim_start_matches('0').to_owned();
            let at = |place: u8| {
                row.by_class
                    .get(&place)
                    .map(|(line, currency)| document_line(line, currency))
            };
            let wrong = findings.iter().find(|f| {
                f.place.split(' ').nth(1) == Some(number.as_str()) && f.place.starts_with("line")
            });
            Some(LineComparison {
                item: document_line(first.0, first.1).item,
                number,
                ordered: at(0),
                acknowledged: at(1),
                shipped: at(2),
                billed: at(3),
                status: wrong.map_or_else(
                    || words::word(Tone::Ok, "matched", "Matched"),
                    |f| {
                        words::word(
                            if f.severity == domain::finding::Severity::Warning {
                                Tone::Late
                            } else {
                                Tone::Fail
                            },
                            f.rule.as_str(),
                            f.title.clone(),
                        )
                    },
                ),
                difference: None,
            })
        })
        .collect()
}
