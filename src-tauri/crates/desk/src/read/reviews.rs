//! Reviews as the review screen shows them: proof, redlines, comments, custody, four eyes.

use base64::Engine as _;
use domain::{
    Kind, ObjectRef, Refusal, System,
    batch::Leaf,
    refusal::Code,
    review::{ReviewState, Verdict},
    review_log::ReviewRecord,
};
use ledger::DecisionState;
use serde_json::{Map, Value};
use similar::{ChangeTag, TextDiff};

use super::{custody::custody, words};
use crate::{
    Desk,
    persons::initials,
    problem::{self, Refuse, input},
    review::{Decision, text},
    view::{
        BatchReview, BatchSample, CommitPrepared, CommitResult, Content, DataChange, Eye,
        LeftOutRow, ListReviews, Meaning, Page, PrepareInput, Prepared, PreviousVersion,
        RedlineBlock, RedlineOp, RedlineRun, RejectInput, ReviewCommentRow, ReviewRow, ReviewView,
        SignInput, StatusWord, Tone,
    },
};

fn state_word(record: &ReviewRecord, state: ReviewState, signed: usize) -> StatusWord {
    let (tone, text) = match state {
        ReviewState::Requested => (
            Tone::Wait,
            format!("{signed} of {} signed", record.request.needed),
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
    record
        .signatures
        .iter()
        .filter(|s| {
            s.verdict == Verdict::Approve
                && s.hash == record.request.hash
                && s.person != record.request.maker
        })
        .collect()
}

impl Desk {
    pub(crate) async fn reviews_for_me(&self) -> Result<u32, Refusal> {
        let count = self
            .reviews()
            .await?
            .iter()
            .filter(|r| self.may_decide(r, &r.request.hash).is_ok())
            .count();
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }

    async fn review_row(&self, record: &ReviewRecord) -> Result<ReviewRow, Refusal> {
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
            for_me: self.may_decide(record, &record.request.hash).is_ok(),
            prepared,
        })
    }

    /// A window of the reviews.
    ///
    /// # Errors
    /// Failures of the databases.
    pub async fn list_reviews(&self, args: &ListReviews) -> Result<Page<ReviewRow>, Refusal> {
        let all = self.reviews().await?;
        let of = all.len();
        let now = self.now();
        let wanted: Vec<_> = all
            .iter()
            .filter(|r| match args.filter.as_deref() {
                Some("all") => true,
                Some("for_me") => self.may_decide(r, &r.request.hash).is_ok(),
                _ => r.state(now) == ReviewState::Requested,
            })
            .collect();
        let (offset, limit) = (
            args.offset.unwrap_or(0) as usize,
            args.limit.unwrap_or(100).min(200) as usize,
        );
        let mut items = Vec::new();
        for record in wanted.iter().skip(offset).take(limit) {
            items.push(self.review_row(record).await?);
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
        let row = self.review_row(&record).await?;
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
        let may = self.may_decide(&record, &record.request.hash);
        let fields = Self::letter_fields(&record.data);
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

    fn comments_of(&self, record: &ReviewRecord) -> Vec<ReviewCommentRow> {
        let mut rows: Vec<ReviewCommentRow> = record
            .comments
            .iter()
            .filter_map(|item| {
                let data = item.data.as_object()?;
                let person = Some(text(data, "person"))
                    .filter(|p| !p.is_empty())
                    .unwrap_or(&item.author);
                let name = self.persons().name(person).to_owned();
                let role = if record.request.maker.as_str() == person {
                    "Maker".to_owned()
                } else {
                    self.persons()
                        .get(person)
                        .and_then(|p| p.roles.first())
                        .map(|r| words::sentence(r.as_str()))
                        .unwrap_or_default()
                };
                Some(ReviewCommentRow {
                    id: item.id.clone(),
                    initials: initials(&name),
                    author: name,
                    role,
                    at: item.created_at.0,
                    block: data
                        .get("block")
                        .and_then(Value::as_u64)
                        .and_then(|b| u32::try_from(b).ok()),
                    quote: data.get("quote").and_then(Value::as_str).map(str::to_owned),
                    text: text(data, "text").to_owned(),
                    queued: false,
                })
            })
            .collect();
        rows.sort_by_key(|r| std::cmp::Reverse(r.at));
        rows
    }

    fn four_eyes(&self, record: &ReviewRecord) -> Vec<Eye> {
        let mut eyes = vec![Eye {
            person: self.owner(Some(record.request.maker.as_str())),
            word: "Maker, cannot sign".to_owned(),
            signed_at: None,
            meaning: None,
        }];
        for signature in record
            .signatures
            .iter()
            .filter(|s| s.hash == record.request.hash)
        {
            eyes.push(Eye {
                person: self.owner(Some(signature.person.as_str())),
                word: if signature.verdict == Verdict::Approve {
                    "Signed"
                } else {
                    "Rejected"
                }
                .to_owned(),
                signed_at: Some(signature.at.0),
                meaning: Some(signature.meaning.clone()),
            });
        }
        let refused = record.refused.iter();
        for signature in refused.filter(|s| s.hash == record.request.hash) {
            eyes.push(Eye {
                person: self.owner(Some(signature.person.as_str())),
                word: "Does not count: late, or not by this person".to_owned(),
                signed_at: None,
                meaning: None,
            });
        }
        let signed = approvals(record).len();
        for place in signed..record.request.needed.min(12) as usize {
            let ordinal = ["First", "Second", "Third", "Fourth"]
                .get(place)
                .copied()
                .unwrap_or("Further");
            eyes.push(Eye {
                person: None,
                word: format!("{ordinal} signature"),
                signed_at: None,
                meaning: None,
            });
        }
        eyes
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

/// Blocks of a letter in reading order: (kind, text).
/// A block of a letter: kind, the field it comes from, its words.
type Block = (&'static str, &'static str, String);

fn blocks_of(data: &Map<String, Value>) -> Vec<Block> {
    let fields = Desk::letter_fields(data);
    let get = |name: &str| fields.get(name).cloned().unwrap_or_default();
    let title = text(data, "template_title").to_owned();
    let mut blocks = vec![("heading", "title", title)];
    for (kind, name) in [
        ("address", "partner_name"),
        ("row", "products"),
        ("row", "revised_date"),
        ("paragraph", "issue"),
        ("row", "order_number"),
        ("row", "ship_notice"),
        ("row", "invoice"),
        ("row", "alternatives"),
        ("row", "service_update"),
        ("paragraph", "next_steps"),
        ("paragraph", "required_action"),
        ("paragraph", "answer_by"),
        ("paragraph", "note"),
    ] {
        let value = get(name);
        if !value.is_empty() {
            let shown = if kind == "row" {
                format!("{}: {value}", words::sentence(name))
            } else {
                value
            };
            blocks.push((kind, name, shown));
        }
    }
    blocks
}

/// Word redline of a letter against the version before it; without one everything is unchanged. Blocks are compared with
/// those of the same field, so that one that is new or gone shifts no other; what is gone stands where it was.
fn redline(before: Option<&Map<String, Value>>, after: &Map<String, Value>) -> Vec<RedlineBlock> {
    let new = blocks_of(after);
    let old = before.map_or_else(|| new.clone(), blocks_of);
    let mut pairs: Vec<(&Block, &str, &str)> = Vec::new();
    let has = |blocks: &[Block], name: &str| blocks.iter().any(|(_, n, _)| *n == name);
    let mut gone = old.iter().peekable();
    for block in &new {
        // What stood before it and is gone comes before it.
        if has(&old, block.1) {
            while let Some(was) = gone.next_if(|was| was.1 != block.1) {
                if !has(&new, was.1) {
                    pairs.push((was, &was.2, ""));
                }
            }
            let was = gone.next().map_or("", |was| was.2.as_str());
            pairs.push((block, was, &block.2));
        } else {
            pairs.push((block, "", &block.2));
        }
    }
    pairs.extend(
        gone.filter(|was| !has(&new, was.1))
            .map(|was| (was, was.2.as_str(), "")),
    );
    let (mut change, mut number) = (0, 0);
    pairs
        .into_iter()
        .map(|((kind, _, _), was, now)| {
            let runs = runs(was, now, &mut change);
            let numbered = *kind == "paragraph";
            if numbered {
                number += 1;
            }
            RedlineBlock {
                number: numbered.then_some(number),
                kind: (*kind).to_owned(),
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
    let (old, new) = (Desk::letter_fields(before), Desk::letter_fields(after));
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
