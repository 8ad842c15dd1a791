//! Reviews as the review screen shows them: proof, redlines, comments, custody, four eyes.

use base64::Engine as _;
use domain::{
    Kind, ObjectRef, Refusal, System,
    batch::Leaf,
    delegation::Delegation,
    letter_text::{self, Block, blocks_of},
    refusal::Code,
    review::{ReviewState, Verdict},
    review_log::ReviewRecord,
    review_rule,
};
use ledger::DecisionState;
use serde_json::{Map, Value};
use similar::{ChangeTag, TextDiff};

use super::{
    custody::custody, four_eyes::groups, partner::waits_for_partner, review_comments::orphans,
    words,
};
use crate::{
    Desk,
    problem::{self, Refuse, input},
    review::{Decision, text},
    view::{
        BatchReview, BatchSample, CommitPrepared, CommitResult, Content, DataChange, LeftOutRow,
        ListReviews, Meaning, Page, PassageInput, PrepareInput, Prepared, PreviousVersion,
        RedlineBlock, RedlineOp, RedlineRun, RejectInput, ReviewRow, ReviewView, SignInput,
        StatusWord, Tone,
    },
};

fn state_word(record: &ReviewRecord, state: ReviewState, signed: usize) -> StatusWord {
    let (tone, text) = match state {
        ReviewState::Requested => (
            Tone::Wait,
            format!(
                "{signed} of {} signed{}",
                record.request.needed,
                if waits_for_partner(record) {
                    ", the partner has not approved"
                } else {
                    ""
                }
            ),
        ),
        ReviewState::Approved if record.outcome.is_some() => {
            (Tone::Ok, "Approved and released".to_owned())
        }
        ReviewState::Approved => (Tone::Ok, "Approved".to_owned()),
        ReviewState::Rejected => (Tone::Fail, "Rejected".to_owned()),
        ReviewState::Expired => (Tone::Late, "Expired".to_owned()),
        ReviewState::Recalled => (Tone::None, "Recalled".to_owned()),
        ReviewState::Invalidated if record.mismatch.is_some() => (
            Tone::Fail,
            "Invalidated: another letter was produced".to_owned(),
        ),
        ReviewState::Invalidated => (Tone::Fail, "Invalidated: the letter changed".to_owned()),
    };
    words::word(tone, state.as_str(), text)
}

pub(super) fn approvals(record: &ReviewRecord) -> Vec<&domain::review::Signature> {
    let counted = review_rule::progress(&record.request, &record.signatures).counted;
    let counted = counted.iter();
    counted
        .filter_map(|place| record.signatures.get(*place))
        .collect()
}

impl Desk {
    pub(crate) async fn reviews_for_me(&self) -> Result<u32, Refusal> {
        let mine = self.delegations_to_me().await?;
        let all = self.reviews().await?;
        let count = all.iter().filter(|r| self.may_approve(r, &mine)).count();
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }

    async fn review_row(
        &self,
        record: &ReviewRecord,
        mine: &[Delegation],
    ) -> Result<ReviewRow, Refusal> {
        let me = self.person().id;
        let case = self
            .inner
            .cache
            .case(&record.case_id, me.as_str())
            .await
            .refuse()?
            .map(|c| c.case);
        let prepared = self.read_only().is_none()
            && self
                .prepared()
                .await?
                .iter()
                .any(|d| d.review == record.id());
        let signed = approvals(record).len();
        Ok(ReviewRow {
            id: record.id(),
            notice: ObjectRef::new(Kind::Notice, System::Exstream, record.notice.clone())
                .to_string(),
            notice_number: record.notice.clone(),
            title: record.title.clone(),
            case: ObjectRef::case(record.case_id.clone()).to_string(),
            case_number: case.as_ref().map(|c| c.number.clone()).unwrap_or_default(),
            partner: case.map(|c| c.partner_name).unwrap_or_default(),
            status: state_word(record, record.state(self.now()), signed),
            hash: record.request.hash.clone(),
            maker: self
                .persons()
                .name(record.request.maker.as_str())
                .to_owned(),
            needed: record.request.needed,
            signed: u32::try_from(signed).unwrap_or(u32::MAX),
            due_at: record.request.expires_at.map(|at| at.0),
            for_me: self.may_approve(record, mine),
            prepared,
        })
    }

    /// A window of the reviews.
    ///
    /// # Errors
    /// Failures of the databases.
    pub async fn list_reviews(&self, args: &ListReviews) -> Result<Page<ReviewRow>, Refusal> {
        let mine = self.delegations_to_me().await?;
        let all = self.reviews().await?;
        let of = all.len();
        let now = self.now();
        let wanted: Vec<_> = all
            .iter()
            .filter(|r| match args.filter.as_deref() {
                Some("all") => true,
                Some("for_me") => self.may_approve(r, &mine),
                _ => r.state(now) == ReviewState::Requested,
            })
            .collect();
        let (offset, limit) = (
            args.offset.unwrap_or(0) as usize,
            args.limit.unwrap_or(100).min(200) as usize,
        );
        let mut items = Vec::new();
        for record in wanted.iter().skip(offset).take(limit) {
            items.push(self.review_row(record, &mine).await?);
        }
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Ok(Page {
            total: number(wanted.len()),
            fits: number(wanted.len()),
            outside_filter_total: number(of - wanted.len()),
            offset: number(offset),
            around: None,
            items,
            sources: self.ages(&[System::Community]).await?,
            facets: Vec::new(),
        })
    }

    /// One review, opened. The proof's bytes are compared with the hash the request names.
    ///
    /// # Errors
    /// `E_NOT_FOUND`.
    pub async fn review_view(&self, id: &str) -> Result<ReviewView, Refusal> {
        let record = self.review(id).await?;
        let mine = self.delegations_to_me().await?;
        let row = self.review_row(&record, &mine).await?;
        let proof = self.proof_of(&record.data).await;
        let previous_data = record.earlier.last();
        let previous = match previous_data {
            Some(data) => Some(PreviousVersion {
                version: version_of(data),
                hash: text(data, "hash").to_owned(),
                proof: Some(self.proof_of(data).await),
                changes: 0,
            }),
            None => None,
        };
        let blocks = redline(previous_data, &record.data);
        let changes = blocks
            .iter()
            .flat_map(|b| &b.runs)
            .filter_map(|r| r.change)
            .max()
            .unwrap_or(0);
        let may = self.may_decide(&record, &record.request.hash, Verdict::Approve, None);
        let may_reject = self.may_decide(&record, &record.request.hash, Verdict::Reject, None);
        let fields = letter_text::fields_of(&record.data);
        let prepared = self.prepared_for(&record).await?;
        let batch = self.batch_under(&record).await?;
        // A root that nothing here proves is not signed.
        let may = match batch.as_ref().and_then(|b| b.problem.as_ref()) {
            Some(problem) => may.and_then(|()| Err(input(problem.message.clone()))),
            None => may,
        };
        let covers = batch.as_ref().map(|b| {
            format!(
                "Your signature covers all {} notices of {} and who was left out. Any change makes it invalid. You will be asked for your PIN.",
                b.notices, b.number
            )
        });
        Ok(ReviewView {
            version: version_of(&record.data),
            template: format!(
                "{} release {}",
                text(&record.data, "template"),
                number_text(&record.data, "template_version")
            ),
            hash: record.request.hash.clone(),
            proof,
            previous: previous.map(|p| PreviousVersion { changes, ..p }),
            data_changes: data_changes(previous_data, &record.data),
            field_count: u32::try_from(fields.len()).unwrap_or(u32::MAX),
            comments: self.comments_of(&record),
            orphans: orphans(&record),
            signs_for: self.signs_for(&record, &mine),
            groups: groups(&record),
            rule: record.request.rule.as_ref().map(|rule| rule.name.clone()),
            decide_by: record.request.due_at.map(|at| at.0),
            deputies: record.request.deputies.map(|role| words::sentence(role.as_str())),
            reminded: record.reminded,
            partner: self.partner_view(&record),
            may_revise: record.may_revise(&self.person().id, self.now()).is_ok() && self.read_only().is_none(),
            may_reject: may_reject.is_ok() && self.read_only().is_none(),
            may_not_reject: may_reject.err().map(|r| r.message),
            custody: custody(&record, self.filed(&record).await?.as_ref(), self.now()),
            four_eyes: self.four_eyes(&record),
            may_sign: may.is_ok() && self.read_only().is_none(),
            may_not_reason: may.as_ref().err().map(|r| r.message.clone()),
            may_prepare: may.is_ok() && self.read_only().is_none(),
            meanings: self
                .policy()
                .review
                .meanings
                .iter()
                .map(|m| Meaning {
                    id: m.clone(),
                    title: m.clone(),
                })
                .collect(),
            covers: covers.unwrap_or_else(|| format!(
                "Your signature covers this letter, its data, template {} release {} and the recipient. Any change makes it invalid. You will be asked for your PIN.",
                text(&record.data, "template"),
                number_text(&record.data, "template_version"),
            )),
            batch,
            prepared: prepared.map(|d| Prepared {
                valid: d.state == DecisionState::Prepared && d.hash == record.request.hash,
                id: d.id,
                verdict: d.verdict.to_string(),
                hash: d.hash,
                at: d.prepared_at.0,
                checked: self.is_online(),
            }),
            sources: self.ages(&[System::Community, System::Exstream]).await?,
            blocks,
            row,
        })
    }

    /// What is signed where the review is about a batch: the manifest, proven against the hash.
    async fn batch_under(&self, record: &ReviewRecord) -> Result<Option<BatchReview>, Refusal> {
        let manifest = match self.manifest_of(record).await {
            Ok(None) => return Ok(None),
            Ok(Some(manifest)) => manifest,
            Err(refusal) => {
                return Ok(Some(BatchReview {
                    number: record.notice.clone(),
                    notices: 0,
                    samples: Vec::new(),
                    volumes: Vec::new(),
                    left_out: Vec::new(),
                    totals: Vec::new(),
                    problem: Some(problem::problem(&refusal)),
                }));
            }
        };
        let cache = &self.inner.cache;
        let attached = cache.attachments_of_case(&record.case_id).await.refuse()?;
        let sample = |leaf: &Leaf| {
            let file = attached.iter().find(|a| a.sha256 == leaf.rendered_sha256);
            Some(BatchSample {
                notice: leaf.notice.clone(),
                name: leaf.name.clone(),
                why: leaf.sample.clone()?,
                attachment: file.map(|a| {
                    ObjectRef::new(Kind::Attachment, System::Community, a.id.clone()).to_string()
                }),
                sha256: leaf.rendered_sha256.clone(),
            })
        };
        let mut samples: Vec<BatchSample> = manifest.notices.iter().filter_map(sample).collect();
        samples.sort_by_key(|s| match s.why.as_str() {
            "largest" => 0,
            "smallest" => 1,
            _ => 2,
        });
        let ways = manifest
            .notices
            .iter()
            .map(|n| (n.channel.clone(), n.language.clone()));
        let left_out = manifest.left_out.into_iter().map(|left| LeftOutRow {
            by: left.by.map(|by| self.persons().name(&by).to_owned()),
            partner: left.partner_id,
            name: left.name,
            reason: left.reason,
        });
        Ok(Some(BatchReview {
            number: manifest.batch,
            notices: u32::try_from(manifest.notices.len()).unwrap_or(u32::MAX),
            samples,
            volumes: super::batches::counted(ways),
            left_out: left_out.collect(),
            totals: super::total_rows(&manifest.totals),
            problem: None,
        }))
    }

    async fn proof_of(&self, data: &Map<String, Value>) -> Content {
        let attachment = text(data, "attachment");
        let announced = Some(text(data, "rendered_sha256")).filter(|s| !s.is_empty());
        let object = ObjectRef::new(Kind::Attachment, System::Community, attachment);
        let name = format!("{} proof.pdf", text(data, "notice_number"));
        // What this desktop rendered itself is in the ledger, network or not.
        if let Some(sha256) = announced
            && let Ok(Some(bytes)) = self.inner.ledger.blob(sha256).await
        {
            return Content {
                name,
                media_type: "application/pdf".to_owned(),
                sha256: sha256.to_owned(),
                size: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
                base64: Some(base64::engine::general_purpose::STANDARD.encode(&bytes)),
                problem: None,
            };
        }
        self.content(&object, &name, "application/pdf", announced)
            .await
    }

    /// Signs.
    ///
    /// # Errors
    /// As [`Desk::decide`].
    pub async fn sign_review(&self, args: &SignInput) -> Result<ReviewView, Refusal> {
        let decision = Decision {
            review: &args.id,
            hash: &args.hash,
            verdict: Verdict::Approve,
            meaning: &args.meaning,
            about: None,
            on_behalf_of: args.on_behalf_of.as_deref(),
        };
        self.decide(decision, &args.pin).await?;
        self.review_view(&args.id).await
    }

    /// Rejects with a reason.
    ///
    /// # Errors
    /// As [`Desk::decide`].
    pub async fn reject_review(&self, args: &RejectInput) -> Result<ReviewView, Refusal> {
        let decision = Decision {
            review: &args.id,
            hash: &args.hash,
            verdict: Verdict::Reject,
            meaning: &args.reason,
            about: args.about.as_ref().map(PassageInput::passage),
            on_behalf_of: None,
        };
        self.decide(decision, &args.pin).await?;
        self.review_view(&args.id).await
    }

    /// Prepares a decision offline.
    ///
    /// # Errors
    /// As [`Desk::prepare`].
    pub async fn prepare_review(&self, args: &PrepareInput) -> Result<ReviewView, Refusal> {
        let verdict: Verdict = args
            .verdict
            .parse()
            .map_err(|e: domain::words::UnknownWord| input(e.to_string()))?;
        let meaning = match verdict {
            Verdict::Approve => args.meaning.as_deref(),
            Verdict::Reject => args.reason.as_deref(),
        }
        .map(str::trim)
        .filter(|m| !m.is_empty())
        .ok_or_else(|| Refusal::new(Code::Field, "Say what your decision means."))?;
        self.prepare(Decision {
            review: &args.id,
            hash: &args.hash,
            verdict,
            meaning,
            about: args.about.as_ref().map(PassageInput::passage),
            on_behalf_of: None,
        })
        .await?;
        self.review_view(&args.id).await
    }

    /// Commits a prepared decision, or shows what changed.
    ///
    /// # Errors
    /// As [`Desk::commit_prepared`].
    pub async fn commit_review(&self, args: &CommitPrepared) -> Result<CommitResult, Refusal> {
        let review = self
            .prepared()
            .await?
            .into_iter()
            .find(|d| d.id == args.id)
            .map(|d| d.review);
        match self.commit_prepared(&args.id, &args.pin).await? {
            None => Ok(CommitResult {
                committed: true,
                text: "Signed; it goes to Community now.".to_owned(),
                changes: Vec::new(),
            }),
            Some(_) => {
                let changes = match review {
                    Some(id) => self.review_view(&id).await?.blocks,
                    None => Vec::new(),
                };
                let text = "The letter changed meanwhile, so your decision is not valid any more."
                    .to_owned();
                Ok(CommitResult {
                    committed: false,
                    text,
                    changes,
                })
            }
        }
    }
}

fn version_of(data: &Map<String, Value>) -> String {
    number_text(data, "version")
}

pub(super) fn number_text(data: &Map<String, Value>, name: &str) -> String {
    match data.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    }
}

/// Word redline of a letter against the version before it; without one everything is unchanged. Blocks are compared with
/// those of the same field, so that one that is new or gone shifts no other; what is gone stands where it was.
#[must_use]
pub fn redline(
    before: Option<&Map<String, Value>>,
    after: &Map<String, Value>,
) -> Vec<RedlineBlock> {
    let new = blocks_of(after);
    let old = before.map_or_else(|| new.clone(), blocks_of);
    let mut pairs: Vec<(&Block, &str, &str)> = Vec::new();
    let has = |blocks: &[Block], name: &str| blocks.iter().any(|b| b.field == name);
    let mut gone = old.iter().peekable();
    for block in &new {
        // What stood before it and is gone comes before it.
        if has(&old, &block.field) {
            while let Some(was) = gone.next_if(|was| was.field != block.field) {
                if !has(&new, &was.field) {
                    pairs.push((was, &was.text, ""));
                }
            }
            let was = gone.next().map_or("", |was| was.text.as_str());
            pairs.push((block, was, &block.text));
        } else {
            pairs.push((block, "", &block.text));
        }
    }
    pairs.extend(
        gone.filter(|was| !has(&new, &was.field))
            .map(|was| (was, was.text.as_str(), "")),
    );
    let (mut change, mut number) = (0, 0);
    pairs
        .into_iter()
        .map(|(block, was, now)| {
            let runs = runs(was, now, &mut change);
            // What is gone has no number: those of the letter stay as they are.
            let numbered = block.kind == "paragraph" && !now.is_empty();
            if numbered {
                number += 1;
            }
            RedlineBlock {
                number: numbered.then_some(number),
                kind: block.kind.to_owned(),
                runs,
            }
        })
        .collect()
}

fn runs(before: &str, after: &str, change: &mut u32) -> Vec<RedlineRun> {
    let diff = TextDiff::from_words(before, after);
    let mut runs: Vec<RedlineRun> = Vec::new();
    for piece in diff.iter_all_changes() {
        let op = match piece.tag() {
            ChangeTag::Equal => RedlineOp::Equal,
            ChangeTag::Delete => RedlineOp::Delete,
            ChangeTag::Insert => RedlineOp::Insert,
        };
        match runs.last_mut() {
            Some(last) if last.op == op => last.text.push_str(piece.value()),
            last => {
                let continues = op == RedlineOp::Insert
                    && last.as_ref().is_some_and(|l| l.op == RedlineOp::Delete);
                if op != RedlineOp::Equal && !continues {
                    *change += 1;
                }
                let number = (op != RedlineOp::Equal).then_some(*change);
                runs.push(RedlineRun {
                    op,
                    text: piece.value().to_owned(),
                    change: number,
                });
            }
        }
    }
    runs
}

fn data_changes(
    before: Option<&Map<String, Value>>,
    after: &Map<String, Value>,
) -> Vec<DataChange> {
    let Some(before) = before else {
        return Vec::new();
    };
    let (old, new) = (
        letter_text::fields_of(before),
        letter_text::fields_of(after),
    );
    let names: std::collections::BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    names
        .into_iter()
        .filter(|name| old.get(*name) != new.get(*name))
        .map(|name| DataChange {
            title: words::sentence(name),
            before: old.get(name).cloned(),
            after: new.get(name).cloned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replaced_word_is_one_change_with_both_sides() {
        let mut change = 0;
        let runs = runs(
            "count at the warehouse today",
            "count at the dock today",
            &mut change,
        );
        let shown: Vec<_> = runs
            .iter()
            .map(|r| (r.op, r.text.trim(), r.change))
            .collect();
        assert!(shown.iter().any(|(op, text, n)| *op == RedlineOp::Delete
            && text.contains("warehouse")
            && *n == Some(1)));
        assert!(shown.iter().any(|(op, text, n)| *op == RedlineOp::Insert
            && text.contains("dock")
            && *n == Some(1)));
    }

    fn letter(fields: &[(&str, &str)]) -> Map<String, Value> {
        let fields: Map<String, Value> = fields
            .iter()
            .map(|(name, text)| ((*name).to_owned(), Value::from(*text)))
            .collect();
        let data = serde_json::json!({"template_title": "Notice", "fields": fields});
        data.as_object().unwrap().clone()
    }

    /// Blocks that say something new, and those that are gone, by their words.
    fn changed(before: &[(&str, &str)], after: &[(&str, &str)]) -> Vec<(RedlineOp, String)> {
        redline(Some(&letter(before)), &letter(after))
            .into_iter()
            .flat_map(|block| block.runs)
            .filter(|run| run.op != RedlineOp::Equal)
            .map(|run| (run.op, run.text))
            .collect()
    }

    #[test]
    fn a_block_that_is_new_or_gone_shifts_no_other() {
        let base = [
            ("issue", "Short by ten"),
            ("next_steps", "We wait"),
            ("note", "Thanks"),
        ];
        let more = [
            ("issue", "Short by ten"),
            ("order_number", "4500771820"),
            ("next_steps", "We wait"),
            ("note", "Thanks"),
        ];
        let new = "Order number: 4500771820".to_owned();
        assert_eq!(changed(&base, &more), [(RedlineOp::Insert, new.clone())]);
        assert_eq!(changed(&more, &base), [(RedlineOp::Delete, new)]);
        assert_eq!(changed(&base, &base), []);
        let last = [("issue", "Short by ten"), ("next_steps", "We wait")];
        let gone = "Thanks".to_owned();
        assert_eq!(changed(&base, &last), [(RedlineOp::Delete, gone)]);
    }
}
