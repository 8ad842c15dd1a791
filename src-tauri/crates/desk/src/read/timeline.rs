//! What happened on a case, over all six systems, with what is planned and queued before it.

use cache::{Lane, TimelineItem};
use domain::{
    Kind, ObjectRef, Refusal, System, finding::DocumentClass, record::Record, step::StepState,
    visibility::Visibility as Reader,
};

use super::words;
use crate::{
    Desk,
    facts::{self, plain},
    problem::Refuse,
    view::{
        AttachmentRef, EntryPhase, GetTimeline, StatusWord, TimelineEntry, TimelinePage, Tone,
        Visibility,
    },
};

impl Desk {
    /// A page of the timeline, latest first; on the first page what is planned and queued stands before it.
    ///
    /// # Errors
    /// `E_NOT_FOUND` for an unknown case.
    pub async fn timeline(&self, args: &GetTimeline) -> Result<TimelinePage, Refusal> {
        let case_id = facts::case_id(&args.id).to_owned();
        let lane = match args.lane.as_deref() {
            Some("thread") => Lane::Thread,
            Some("internal") => Lane::Internal,
            _ => Lane::All,
        };
        let limit = args.limit.unwrap_or(60).clamp(1, 200);
        let (total, items) = self
            .inner
            .cache
            .timeline(&case_id, lane, args.offset, limit)
            .await
            .refuse()?;
        let mut entries = Vec::new();
        if args.offset == 0 {
            entries.extend(self.planned_entries(&case_id, lane).await?);
        }
        for item in &items {
            entries.push(self.entry(item));
        }
        Ok(TimelinePage {
            total,
            offset: args.offset,
            entries,
        })
    }

    async fn planned_entries(
        &self,
        case_id: &str,
        lane: Lane,
    ) -> Result<Vec<TimelineEntry>, Refusal> {
        let case = facts::case_object(case_id).to_string();
        let steps = self
            .inner
            .ledger
            .steps_of_case(&case, self.now())
            .await
            .refuse()?;
        Ok(steps
            .into_iter()
            .filter(|s| !s.state.is_settled())
            .filter(|s| match lane {
                Lane::All => true,
                Lane::Thread => s.playbook == "reply",
                Lane::Internal => s.playbook == "note",
            })
            .rev()
            .map(|s| {
                let queued = matches!(
                    s.state,
                    StepState::Queued | StepState::Sending { .. } | StepState::Unknown { .. }
                );
                TimelineEntry {
                    id: s.id.clone(),
                    at: queued.then_some(s.created_at.0),
                    received_at: None,
                    phase: if queued {
                        EntryPhase::Queued
                    } else {
                        EntryPhase::Planned
                    },
                    system: s
                        .system
                        .parse::<System>()
                        .map_or(crate::view::SystemName::Console, words::system),
                    actor: self.persons().name(&s.person).to_owned(),
                    text: s.subject.clone(),
                    hash: None,
                    excerpt: None,
                    html: None,
                    visibility: None,
                    status: Some(words::step_state(
                        &s.state,
                        s.blocked_by.as_deref(),
                        s.reason.as_deref(),
                    )),
                    note: None,
                    note_at: None,
                    target: Some(s.id),
                    attachments: Vec::new(),
                    lane: "event".to_owned(),
                }
            })
            .collect())
    }

    fn entry(&self, item: &TimelineItem) -> TimelineEntry {
        let mut entry = TimelineEntry {
            id: item.object.to_string(),
            at: Some(item.at.0),
            received_at: None,
            phase: EntryPhase::Past,
            system: words::system(item.object.system),
            actor: String::new(),
            text: String::new(),
            hash: None,
            excerpt: None,
            html: None,
            visibility: None,
            status: None,
            note: None,
            note_at: None,
            target: None,
            attachments: Vec::new(),
            lane: "event".to_owned(),
        };
        match &item.record {
            Record::Comment(c) => {
                let own = c.side != "partner";
                entry.actor = self.persons().name(&c.author).to_owned();
                entry.text = if own {
                    "wrote".to_owned()
                } else {
                    "wrote to us".to_owned()
                };
                entry.excerpt = Some(plain(&c.body));
                entry.html = c.body.contains('<').then(|| ammonia::clean(&c.body));
                entry.visibility = Some(reader(c.visibility));
                entry.lane = if c.visibility == Reader::Partner {
                    "thread"
                } else {
                    "internal"
                }
                .to_owned();
            }
            Record::TicketEntry(t) => {
                entry.actor = t.author.clone();
                entry.text = "on the ticket".to_owned();
                entry.excerpt = Some(plain(&t.body));
                entry.visibility = Some(Visibility::Internal);
                entry.lane = "internal".to_owned();
            }
            Record::Attachment(a) => {
                entry.actor = self.persons().name(&a.author).to_owned();
                entry.text = format!("added {}", a.name);
                entry.visibility = Some(reader(a.visibility));
                entry.attachments = vec![AttachmentRef {
                    id: item.object.to_string(),
                    name: a.name.clone(),
                    size: Some(a.size),
                    media_type: Some(a.media_type.clone()),
                    local: false,
                }];
                entry.target = Some(item.object.to_string());
            }
            Record::Delivery(d) => {
                entry.actor = format!("Notice {}", d.notice_id);
                entry.text = format!("by {} to {}", d.channel, d.recipient);
                entry.status = Some(words::notice_state(&d.state));
                entry.note.clone_from(&d.reason);
            }
            Record::Task(t) => {
                entry.actor = t.name.clone();
                entry.text = t
                    .assignee
                    .as_deref()
                    .map(|a| self.persons().name(a).to_owned())
                    .or_else(|| t.group.clone())
                    .unwrap_or_default();
                entry.status = Some(task_state(&t.state));
                entry.note = t.due_at.map(|_| "due".to_owned());
                entry.note_at = t.due_at.map(|at| at.0);
            }
            Record::Process(p) => {
                entry.actor = p.name.clone();
                entry.text = "process".to_owned();
                entry.status = Some(task_state(&p.state));
            }
            Record::SpaceItem(i) => {
                entry.actor = self.persons().name(&i.author).to_owned();
                entry.text = i.title.clone();
                entry.hash = i
                    .data
                    .get("hash")
                    .and_then(|h| h.as_str())
                    .map(|h| h.chars().take(8).collect());
                entry.visibility = Some(Visibility::Internal);
                entry.target = Some(
                    ObjectRef::new(Kind::Review, System::Community, i.space_id.clone()).to_string(),
                );
            }
            Record::Ticket(t) => {
                entry.actor = t.number.clone();
                entry.text = t.subject.clone();
                entry.status = Some(words::word(
                    Tone::None,
                    &t.status,
                    words::sentence(&t.status),
                ));
            }
            Record::Document(d) => {
                entry.actor = format!(
                    "{} {}",
                    DocumentClass::of(&d.doc_type).title(&d.doc_type),
                    d.number
                );
                entry.text = d.direction.map_or_else(String::new, |way| {
                    if way.as_str() == "inbound" {
                        "received"
                    } else {
                        "sent"
                    }
                    .to_owned()
                });
                entry.status = Some(words::acknowledgement(d.ack.as_str()));
                entry.target = Some(item.object.to_string());
            }
            other => entry.text = other.object().to_string(),
        }
        entry
    }
}

fn reader(visibility: Reader) -> Visibility {
    match visibility {
        Reader::Partner => Visibility::Partner,
        Reader::Internal => Visibility::Internal,
    }
}

pub(crate) fn task_state(state: &str) -> StatusWord {
    let tone = match state {
        "completed" => Tone::Ok,
        "terminated" | "cancelled" => Tone::None,
        "escalated" => Tone::Late,
        _ => Tone::Wait,
    };
    words::word(tone, state, words::sentence(state))
}
