//! Outreach and batches as their screens show them.

use std::collections::{BTreeMap, BTreeSet};

use cache::NoticeStanding;
use domain::{
    Refusal, System, batch, case::CaseStatus, operation::Operation, outreach::OutreachNotice,
    plan::GateState, record::Partner, refusal::Code,
};
use ledger::{ActionRow, BatchStep};

use super::words;
use crate::{
    Desk,
    batches::{Progress, RECHECK_GATE, REVIEW_GATE},
    facts,
    mailing::Way,
    outreach::{Drafted, PLAYBOOK},
    problem::{Refuse, input, not_found},
    statements,
    view::{
        BatchLine, BatchRow, BatchView, Content, GetBatch, OutreachCounts, OutreachInput,
        OutreachRow, OutreachSample, OutreachSend, OutreachView, Page, ProductChoice, StatusWord,
        TemplateChoice, Tone, VolumeRow,
    },
};

pub(super) fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

pub(super) fn part<T>(
    all: Vec<T>,
    outside: usize,
    offset: Option<u32>,
    limit: Option<u32>,
) -> Page<T> {
    let total = number(all.len());
    let (offset, limit) = (offset.unwrap_or(0), limit.unwrap_or(100).min(200));
    let rows = all.into_iter().skip(offset as usize).take(limit as usize);
    Page {
        total,
        fits: total,
        outside_filter_total: number(outside),
        offset,
        around: None,
        items: rows.collect(),
        sources: Vec::new(),
        facets: Vec::new(),
    }
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|t| (*t).to_owned()).collect()
}

fn row(drafted: &Drafted, notice: &OutreachNotice, sample: Option<&str>) -> OutreachRow {
    let customer = drafted.mailing.to(&notice.partner_id);
    let partner = |of: fn(&Partner) -> &String| customer.map(|(p, _)| of(p).clone());
    let way = |of: fn(&Way) -> &String| customer.map(|(_, w)| of(w).clone());
    let (orders, products) = (notice.orders(), notice.products());
    let lines = notice.lines.len();
    let reason = match &notice.supersedes {
        Some(before) => format!("{lines} lines open; was told otherwise with {before}"),
        None if lines == 1 => "1 line open".to_owned(),
        None => format!("{lines} lines open"),
    };
    OutreachRow {
        partner: notice.partner_id.clone(),
        name: partner(|p| &p.name).unwrap_or_default(),
        country: partner(|p| &p.country).unwrap_or_default(),
        channel: way(|w| &w.channel).unwrap_or_default(),
        language: way(|w| &w.template.language).unwrap_or_default(),
        notice: Some(notice.notice.clone()),
        supersedes: notice.supersedes.clone(),
        orders: owned(&orders),
        products: owned(&products),
        date: notice.date(&drafted.told).map(str::to_owned),
        reason,
        sample: sample.map(str::to_owned),
    }
}

fn left_out(drafted: &Drafted) -> Vec<OutreachRow> {
    let country = |id: &str| drafted.mailing.partners.get(id).map(|p| p.country.clone());
    let rows = drafted.outreach.left_out.iter().map(|left| OutreachRow {
        partner: left.partner_id.clone(),
        name: left.name.clone(),
        country: country(&left.partner_id).unwrap_or_default(),
        channel: String::new(),
        language: String::new(),
        notice: None,
        supersedes: None,
        orders: Vec::new(),
        products: Vec::new(),
        date: None,
        reason: left.reason.clone(),
        sample: None,
    });
    rows.collect()
}

fn volumes(drafted: &Drafted) -> Vec<VolumeRow> {
    let ways = drafted.outreach.notices.iter().filter_map(|notice| {
        let (_, way) = drafted.mailing.to(&notice.partner_id)?;
        Some((way.channel.clone(), way.template.language.clone()))
    });
    counted(ways)
}

/// How many there are of each channel and language.
pub(super) fn counted(ways: impl Iterator<Item = (String, String)>) -> Vec<VolumeRow> {
    let mut by_way: BTreeMap<(String, String), u32> = BTreeMap::new();
    for way in ways {
        *by_way.entry(way).or_default() += 1;
    }
    by_way
        .into_iter()
        .map(|((channel, language), notices)| VolumeRow {
            channel,
            language,
            notices,
        })
        .collect()
}

/// Where one notice of a batch stands: what was delivered says more than what was sent.
fn standing(step: &BatchStep, there: Option<&NoticeStanding>) -> (StatusWord, Option<String>) {
    let word = |tone, state: &str, text: &str| words::word(tone, state, text);
    if let Some(there) = there {
        let reason = there.reason.clone();
        match there.state.as_str() {
            "delivered" | "responded" => return (word(Tone::Ok, "delivered", "Delivered"), None),
            "bounced" => return (word(Tone::Fail, "failed", "Bounced"), reason),
            "failed" => return (word(Tone::Fail, "failed", "Failed"), reason),
            "withdrawn" => return (word(Tone::None, "cancelled", "Withdrawn"), reason),
            "sent" => return (word(Tone::Run, "released", "Sent"), None),
            _ => {}
        }
    }
    match step.state.as_str() {
        "confirmed" => (word(Tone::Run, "released", "Released"), None),
        "needs_attention" => (word(Tone::Conflict, "held", "Held"), step.reason.clone()),
        "cancelled" => (
            word(Tone::None, "cancelled", "Cancelled"),
            step.reason.clone(),
        ),
        "unknown" => (word(Tone::Unknown, "waiting", "Looked up"), None),
        "sending" => (word(Tone::Run, "waiting", "Sending"), None),
        _ => (word(Tone::Queue, "waiting", "Waiting"), step.reason.clone()),
    }
}

impl Desk {
    /// What an outreach would do, from what is on this machine.
    ///
    /// # Errors
    /// `E_NOT_FOUND`; `E_NOT_APPLICABLE` for a case customers are not written to about; `E_FIELD` for what does not read.
    pub async fn outreach(&self, args: &OutreachInput) -> Result<OutreachView, Refusal> {
        let drafted = self.draft_outreach(args, &BTreeSet::new()).await?;
        let policy = self.policy();
        let found = &drafted.outreach;
        let reviewed = drafted.is_reviewed(policy.batch.reviewed_above);
        let sample_of: BTreeMap<usize, &str> = drafted.samples.iter().copied().collect();
        let (notices, excluded) = (found.notices.len(), found.left_out.len());
        let rows = if args.list.as_deref() == Some("excluded") {
            part(left_out(&drafted), notices, args.offset, args.limit)
        } else {
            let rows = found.notices.iter().enumerate();
            let rows = rows.map(|(i, n)| row(&drafted, n, sample_of.get(&i).copied()));
            part(rows.collect(), excluded, args.offset, args.limit)
        };
        let samples = drafted.samples.iter().filter_map(|(i, why)| {
            let notice = found.notices.get(*i)?;
            Some(row(&drafted, notice, Some(why)))
        });
        let blocked = if let Err(refusal) = self.may_send(args, &drafted) {
            Some(refusal.message)
        } else if !CaseStatus::is_open(&drafted.known.case.status) {
            Some(format!("The case is {}.", drafted.known.case.status))
        } else if notices == 0 {
            Some("There is nobody to tell.".to_owned())
        } else if !self.is_online() {
            Some("The orders have to be read again before customers are told.".to_owned())
        } else {
            self.may_act().err().map(|refusal| refusal.message)
        };
        let effect = if reviewed {
            format!(
                "Nothing leaves until {} others sign the manifest of all {notices} notices.",
                policy.review.needed
            )
        } else if notices == 1 {
            "1 notice leaves once it is rendered.".to_owned()
        } else {
            format!("{notices} notices leave, each once it is rendered.")
        };
        let per_minute = policy.batch.notices_per_minute.max(1) as usize;
        let sources = self
            .ages(&[System::Documents, System::Community, System::Exstream])
            .await?;
        Ok(OutreachView {
            case: drafted.known.case.object().to_string(),
            case_number: drafted.known.case.number.clone(),
            partner: drafted.known.case.partner_name.clone(),
            intent: uuid::Uuid::now_v7().to_string(),
            root: drafted.root.clone(),
            products: self.product_choices(&drafted).await?,
            templates: self.customer_templates(&drafted),
            template: drafted.rule.key.clone(),
            counts: OutreachCounts {
                orders: number(found.orders),
                lines: number(found.lines),
                customers: number(found.customers),
                notices: number(notices),
                superseding: number(
                    found
                        .notices
                        .iter()
                        .filter(|n| n.supersedes.is_some())
                        .count(),
                ),
                excluded: number(excluded),
            },
            volumes: volumes(&drafted),
            minutes: number(notices.div_ceil(per_minute)),
            rows,
            samples: samples.collect(),
            blocked,
            signatures: if reviewed { policy.review.needed } else { 0 },
            effect,
            data_as_of: sources.first().and_then(|s| s.fetched_at),
            sources,
        })
    }

    async fn product_choices(&self, drafted: &Drafted) -> Result<Vec<ProductChoice>, Refusal> {
        let chosen: BTreeSet<&str> = drafted.products.iter().map(String::as_str).collect();
        let known = self.inner.cache.ordered_products().await.refuse()?;
        let named: BTreeSet<String> = known.iter().map(|p| p.product.clone()).collect();
        let mut choices: Vec<ProductChoice> = known
            .into_iter()
            .map(|p| ProductChoice {
                chosen: chosen.contains(p.product.as_str()),
                product: p.product,
                description: p.description,
                lines: p.lines,
            })
            .collect();
        // What was named and nobody ordered stays in sight.
        let unordered = chosen.iter().filter(|c| !named.contains(**c));
        choices.extend(unordered.map(|product| ProductChoice {
            product: (*product).to_owned(),
            description: String::new(),
            lines: 0,
            chosen: true,
        }));
        choices.sort_by(|a, b| (!a.chosen, &a.product).cmp(&(!b.chosen, &b.product)));
        Ok(choices)
    }

    fn customer_templates(&self, drafted: &Drafted) -> Vec<TemplateChoice> {
        let case_type = &drafted.known.case.case_type;
        let released = facts::released(&drafted.known.templates);
        let rules = self.policy().templates.iter();
        rules
            .filter(|r| r.to_customers && r.case_types.contains(case_type))
            .map(|r| {
                let version = facts::in_language(&released, &r.key, "en");
                TemplateChoice {
                    id: r.key.clone(),
                    version: version.map(|t| t.version.to_string()).unwrap_or_default(),
                    title: r.title.clone(),
                    reason: r.reason.clone(),
                    regulated: r.regulated,
                    playbook: PLAYBOOK.to_owned(),
                    channels: Vec::new(),
                    hidden: None,
                }
            })
            .collect()
    }

    /// What one customer would get, as a PDF.
    ///
    /// # Errors
    /// `E_NOT_FOUND` for somebody who gets nothing; `E_FIELD`; `E_OFFLINE` while Exstream cannot be reached.
    pub async fn outreach_sample(&self, args: &OutreachSample) -> Result<Content, Refusal> {
        let proof = self.outreach_proof(&args.input, &args.partner).await?;
        Ok(proof.content(format!("{}.pdf", args.partner)))
    }

    /// Sends what was shown.
    ///
    /// # Errors
    /// `E_HASH` when the orders have changed since; `E_OFFLINE`; `E_FIELD` when it says nothing; `E_STATE` when there is nobody
    /// to tell; `E_FORBIDDEN` for auditors.
    pub async fn send_outreach(&self, args: &OutreachSend) -> Result<BatchRow, Refusal> {
        let action = self.confirm_outreach(args).await?;
        let row = self.inner.ledger.action(&action).await.refuse()?;
        self.batch_row(&row).await
    }

    /// Batches, newest first: of one case, or all of them.
    ///
    /// # Errors
    /// `E_NOT_FOUND` for an unknown case.
    pub async fn batches(&self, case: &str) -> Result<Vec<BatchRow>, Refusal> {
        let case = match case.trim() {
            "" => None,
            case => Some(facts::case_object(&self.resolve_case(case).await?).to_string()),
        };
        let actions = self.batch_actions().await?;
        let mut rows = Vec::new();
        for action in actions {
            if case.as_ref().is_none_or(|case| *case == action.case) {
                rows.push(self.batch_row(&action).await?);
            }
        }
        Ok(rows)
    }

    /// Every batch of this ledger, newest first.
    async fn batch_actions(&self) -> Result<Vec<ActionRow>, Refusal> {
        let mut all = Vec::new();
        for playbook in [PLAYBOOK, statements::PLAYBOOK] {
            all.extend(
                self.inner
                    .ledger
                    .actions_of_playbook(playbook)
                    .await
                    .refuse()?,
            );
        }
        all.sort_by_key(|a| std::cmp::Reverse(a.created_at));
        Ok(all)
    }

    /// The action of a batch, named by its id or its number.
    async fn find_batch(&self, id: &str) -> Result<ActionRow, Refusal> {
        let actions = self.batch_actions().await?;
        let named = |a: &ActionRow| {
            a.id.as_str() == id || batch::number(&a.intent).eq_ignore_ascii_case(id)
        };
        actions
            .into_iter()
            .find(named)
            .ok_or_else(|| not_found("batch", id))
    }

    /// What became of its notices, by their number.
    async fn standings(
        &self,
        action: &ActionRow,
    ) -> Result<BTreeMap<String, NoticeStanding>, Refusal> {
        let case_id = facts::case_id(&action.case);
        let all = self.inner.cache.notice_standings(case_id).await.refuse()?;
        Ok(all.into_iter().map(|s| (s.notice.clone(), s)).collect())
    }

    async fn lines_of(&self, action: &ActionRow) -> Result<Vec<BatchLine>, Refusal> {
        let standings = self.standings(action).await?;
        let steps = self
            .inner
            .ledger
            .batch_steps(&action.id, Operation::Release)
            .await
            .refuse()?;
        let lines = steps.into_iter().map(|step| {
            let (status, reason) = standing(&step, standings.get(&step.notice));
            BatchLine {
                notice: step.notice,
                recipient: step.recipient,
                status,
                step: step.id,
                reason,
            }
        });
        Ok(lines.collect())
    }

    pub(crate) async fn batch_row(&self, action: &ActionRow) -> Result<BatchRow, Refusal> {
        let lines = self.lines_of(action).await?;
        self.batch_row_of(action, &lines).await
    }

    async fn batch_row_of(
        &self,
        action: &ActionRow,
        lines: &[BatchLine],
    ) -> Result<BatchRow, Refusal> {
        let ledger = &self.inner.ledger;
        let counts = ledger.batch_counts(&action.id).await.refuse()?;
        let progress = Progress::of(&counts);
        let in_state =
            |state: &str| number(lines.iter().filter(|l| l.status.state == state).count());
        let gates = ledger.gates(&action.id).await.refuse()?;
        let gate = gates.iter().find(|g| g.id == REVIEW_GATE);
        let is_open = |id: &str| {
            let gate = gates.iter().find(|g| g.id == id);
            gate.is_some_and(|g| g.state == GateState::Open)
        };
        let batch = batch::number(&action.intent);
        let space = match self.batch_review(&batch).await? {
            Some(review) => self.batch_space(&review).await?,
            None => None,
        };
        let failed = in_state("failed");
        let status = match gate.map(|g| g.state) {
            _ if progress.notices > 0 && progress.cancelled == progress.notices => {
                words::word(Tone::None, "stopped", "Cancelled")
            }
            Some(GateState::Failed) => words::word(Tone::Fail, "stopped", "Not released"),
            Some(GateState::Open) if space.is_none() => {
                words::word(Tone::Run, "checked", "Being rendered")
            }
            Some(GateState::Open) => words::word(Tone::Wait, "in_review", "Waits for signatures"),
            _ if is_open(RECHECK_GATE) => {
                words::word(Tone::Run, "in_review", "Signed, looked at once more")
            }
            _ if progress.is_over() && failed == 0 && progress.cancelled == 0 => {
                words::word(Tone::Ok, "done", "Released")
            }
            _ if progress.is_over() || progress.rests() => {
                words::word(Tone::Conflict, "partial", "Released in part")
            }
            _ => words::word(Tone::Run, "releasing", "Being released"),
        };
        let case_id = facts::case_id(&action.case);
        let case = self.inner.cache.case(case_id, "").await.refuse()?;
        Ok(BatchRow {
            id: action.id.to_string(),
            number: batch,
            title: action.title.clone(),
            case: action.case.clone(),
            case_number: case.map_or_else(|| case_id.to_owned(), |c| c.case.number),
            status,
            maker: self.persons().name(&action.person).to_owned(),
            at: action.created_at.0,
            notices: progress.notices,
            rendered: progress.rendered,
            released: progress.released,
            delivered: in_state("delivered"),
            failed,
            held: progress.held,
            review: space
                .as_ref()
                .map(|(space, _)| format!("review:community:{space}")),
            root: space.map(|(_, root)| root),
        })
    }

    /// One batch, opened.
    ///
    /// # Errors
    /// `E_NOT_FOUND`; `E_INPUT` for a filter nobody knows.
    pub async fn batch(&self, args: &GetBatch) -> Result<BatchView, Refusal> {
        let action = self.find_batch(&args.id).await?;
        let lines = self.lines_of(&action).await?;
        let row = self.batch_row_of(&action, &lines).await?;
        let all = lines.len();
        let wanted: Vec<BatchLine> = match args.only.as_deref().filter(|o| !o.is_empty()) {
            None => lines,
            Some(
                only @ ("held" | "failed" | "delivered" | "released" | "waiting" | "cancelled"),
            ) => lines
                .into_iter()
                .filter(|l| l.status.state == only)
                .collect(),
            Some(other) => return Err(input(format!("'{other}' is no state of a notice."))),
        };
        let outside = all - wanted.len();
        let retry = (row.held > 0 && self.read_only().is_none()).then(|| {
            format!(
                "{} notices are held: try them again, and only them.",
                row.held
            )
        });
        Ok(BatchView {
            rows: part(wanted, outside, args.offset, args.limit),
            row,
            retry,
        })
    }

    /// Sends what is held of a batch again, and nothing else of it.
    ///
    /// # Errors
    /// `E_NOT_FOUND`; `E_STATE` when nothing is held; `E_FORBIDDEN` for auditors.
    pub async fn retry_batch(&self, id: &str) -> Result<u32, Refusal> {
        self.may_act()?;
        let action = self.find_batch(id).await?;
        let ledger = &self.inner.ledger;
        let mut again = 0;
        let all = [
            Operation::AddAttachment,
            Operation::Render,
            Operation::Claim,
            Operation::UpdateCase,
            Operation::Release,
            Operation::PublishItem,
        ];
        for operation in all {
            for step in ledger.batch_steps(&action.id, operation).await.refuse()? {
                // What may have happened is decided by a person, one by one.
                let refused = step.attention.as_deref() == Some("refused");
                if step.state == "needs_attention" && refused {
                    self.retry_step(&step.id).await?;
                    again += 1;
                }
            }
        }
        if again == 0 {
            return Err(Refusal::new(
                Code::State,
                "Nothing of this batch can be tried again.",
            ));
        }
        Ok(again)
    }
}
