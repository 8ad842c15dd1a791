use super::{
    Content, Owner, PartnerReviewView, Problem, SourceAge, StatusWord, TotalRow, VolumeRow,
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// One row of the list of reviews.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct ReviewRow {
    /// Id.
    pub id: String,
    /// Notice.
    pub notice: String,
    /// Number of the notice as people say it.
    pub notice_number: String,
    /// Title.
    pub title: String,
    /// Case.
    pub case: String,
    /// Its number.
    pub case_number: String,
    /// Partner.
    pub partner: String,
    /// State.
    pub status: StatusWord,
    /// Content hash in question.
    pub hash: String,
    /// Maker's name.
    pub maker: String,
    /// Signatures needed.
    pub needed: u32,
    /// Signatures given.
    pub signed: u32,
    /// When due.
    pub due_at: Option<i64>,
    /// This person may sign.
    pub for_me: bool,
    /// A decision of this person waits for a PIN.
    pub prepared: bool,
}

/// Arguments of `list_reviews`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
#[serde(default)]
#[ts(optional_fields)]
pub struct ListReviews {
    /// `for_me`, `open`, `all`; absent for `open`.
    pub filter: Option<String>,
    /// First row.
    pub offset: Option<u32>,
    /// At most 200.
    pub limit: Option<u32>,
}

/// One review, opened.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct ReviewView {
    /// Its row.
    pub row: ReviewRow,
    /// Version of the letter: "3".
    pub version: String,
    /// Template and release.
    pub template: String,
    /// Full content hash a signature names.
    pub hash: String,
    /// The proof, fetched bytes compared with the hash.
    pub proof: Content,
    /// Text blocks of the proof, for reading beside the changes.
    pub blocks: Vec<RedlineBlock>,
    /// Previous version, if there is one.
    pub previous: Option<PreviousVersion>,
    /// Changes in the data.
    pub data_changes: Vec<DataChange>,
    /// Number of fields in all.
    pub field_count: u32,
    /// Comments, newest first.
    pub comments: Vec<ReviewCommentRow>,
    /// Comments that lost their place and are not settled: nobody approves before they are.
    pub orphans: u32,
    /// This person may put another version before the reviewers.
    pub may_revise: bool,
    /// This person may reject now.
    pub may_reject: bool,
    /// Why not.
    pub may_not_reject: Option<String>,
    /// Data, rendered, approved, produced, filed.
    pub custody: Vec<CustodyNode>,
    /// Maker, signers, open places.
    pub four_eyes: Vec<Eye>,
    /// This person may sign now.
    pub may_sign: bool,
    /// Why not.
    pub may_not_reason: Option<String>,
    /// Whose signature this person may give in their place.
    pub signs_for: Vec<SignsFor>,
    /// Who is left, in which order; empty where anybody of those who sign may.
    pub groups: Vec<GroupRow>,
    /// Rule of the policy, by its name; `null` where only a number is asked for.
    pub rule: Option<String>,
    /// When it is due: from then on the deputies sign too.
    pub decide_by: Option<i64>,
    /// Role of the deputies.
    pub deputies: Option<String>,
    /// The last reminder, in percent of the time until it is due.
    pub reminded: Option<u32>,
    /// Reviewers at the partner; `null` where none were asked.
    pub partner: Option<PartnerReviewView>,
    /// May be prepared without a network.
    pub may_prepare: bool,
    /// Meanings a signature can have.
    pub meanings: Vec<Meaning>,
    /// One sentence on what the signature covers.
    pub covers: String,
    /// A decision made offline and not committed yet.
    pub prepared: Option<Prepared>,
    /// What is signed where the review is about many notices at once.
    pub batch: Option<BatchReview>,
    /// Ages.
    pub sources: Vec<SourceAge>,
}

/// A batch under review: its manifest, proven against the hash that is signed.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct BatchReview {
    /// Its number.
    pub number: String,
    /// Notices in it.
    pub notices: u32,
    /// Those to look at before signing: the largest, the smallest, and some nobody chose.
    pub samples: Vec<BatchSample>,
    /// Notices by channel and language.
    pub volumes: Vec<VolumeRow>,
    /// Who was left out.
    pub left_out: Vec<LeftOutRow>,
    /// What it comes to by currency, proven by the amounts in the manifest; empty where it is not about money.
    pub totals: Vec<TotalRow>,
    /// Why the manifest proves nothing; it cannot be approved then.
    pub problem: Option<Problem>,
}

/// A notice to look at.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct BatchSample {
    /// Number of the notice.
    pub notice: String,
    /// Who receives it.
    pub name: String,
    /// `largest`, `smallest`, `random`.
    pub why: String,
    /// Its proof: for `get_attachment`; `null` where it is not attached to the review.
    pub attachment: Option<String>,
    /// SHA-256 of its bytes, as the manifest names it.
    pub sha256: String,
}

/// Somebody a batch leaves out.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct LeftOutRow {
    /// Partner.
    pub partner: String,
    /// Name.
    pub name: String,
    /// Why.
    pub reason: String,
    /// Name of the person who left them out; `null` where a rule did.
    pub by: Option<String>,
}

/// The version before.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct PreviousVersion {
    /// "2".
    pub version: String,
    /// Its hash.
    pub hash: String,
    /// Its proof.
    pub proof: Option<Content>,
    /// Number of word changes.
    pub changes: u32,
}

/// What happened to a run of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RedlineOp {
    /// Unchanged.
    Equal,
    /// New in this version.
    Insert,
    /// Gone from the one before.
    Delete,
}

/// A block of the letter with its changes.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct RedlineBlock {
    /// Number beside it; `null` for heads and addresses.
    pub number: Option<u32>,
    /// `heading`, `paragraph`, `row`, `address`.
    pub kind: String,
    /// Runs in reading order; deleted ones included.
    pub runs: Vec<RedlineRun>,
}

/// A run of words.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct RedlineRun {
    /// What happened to it.
    pub op: RedlineOp,
    /// Words.
    pub text: String,
    /// Number of the change; a deletion and the insertion that replaces it share one.
    pub change: Option<u32>,
}

/// One changed field.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct DataChange {
    /// Name for people.
    pub title: String,
    /// Before.
    pub before: Option<String>,
    /// After.
    pub after: Option<String>,
}

/// One comment.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct ReviewCommentRow {
    /// Id.
    pub id: String,
    /// Who.
    pub author: String,
    /// Initials.
    pub initials: String,
    /// "Legal", "Maker".
    pub role: String,
    /// When.
    pub at: i64,
    /// Number of the block it stands at.
    pub block: Option<u32>,
    /// First and last character of it in the block; `null` for the whole block.
    pub place: Option<CommentPlace>,
    /// Words it was about when it was written.
    pub quote: Option<String>,
    /// Version of the letter it was written about; `null` for the one on the screen.
    pub carried_from: Option<String>,
    /// Its words are gone from the letter.
    pub lost: bool,
    /// How it was settled; `null` while it is open.
    pub settled: Option<SettledRow>,
    /// In which ways this person may settle it: `answered`, `done`, `withdrawn`.
    pub may_settle: Vec<String>,
    /// Plain text.
    pub text: String,
    /// Not confirmed by Community yet.
    pub queued: bool,
    /// Somebody at the partner wrote it.
    pub partner: bool,
    /// The partner reads it.
    pub shared: bool,
    /// This person may let the partner read it.
    pub may_share: bool,
}

/// Where a comment stands in its block, in characters.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct CommentPlace {
    /// First one.
    pub start: u32,
    /// Behind the last one.
    pub end: u32,
    /// `exact`, `context` (other words stand there now), `approximate`.
    pub certainty: String,
}

/// Somebody this person may sign for.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct SignsFor {
    /// Who.
    pub person: Owner,
    /// Whether it would count now.
    pub may_sign: bool,
    /// Why not.
    pub may_not_reason: Option<String>,
}

/// One group of those who have to sign.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct GroupRow {
    /// "Approver".
    pub title: String,
    /// Signatures needed of it.
    pub needed: u32,
    /// Signatures given.
    pub given: u32,
    /// It is its turn.
    pub open: bool,
    /// "Signed", "Its turn", "After the ones before it".
    pub word: String,
}

/// A delegation of or to the acting person.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct DelegationRow {
    /// Id.
    pub id: String,
    /// Who is signed for.
    pub from: Option<Owner>,
    /// Who signs.
    pub to: Option<Owner>,
    /// From when on.
    pub starts_at: i64,
    /// Until when.
    pub ends_at: i64,
    /// Why.
    pub reason: String,
    /// It holds now.
    pub holds: bool,
    /// This person may revoke it.
    pub may_revoke: bool,
}

/// Arguments of `delegate_signing`.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct DelegateInput {
    /// Login of who signs.
    pub to: String,
    /// First day, or a time.
    pub from: String,
    /// Last day, or a time.
    pub until: String,
    /// Why.
    pub reason: String,
}

/// Delegations, and whom one may delegate to.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct DelegationList {
    /// Those of and to the acting person that have not ended.
    pub items: Vec<DelegationRow>,
    /// Others who may sign.
    pub people: Vec<Owner>,
}

/// How a comment was settled.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct SettledRow {
    /// `answered`, `done`, `withdrawn`.
    pub how: String,
    /// "Answered".
    pub word: String,
    /// Name of who settled it.
    pub by: String,
    /// What they said.
    pub text: String,
    /// When.
    pub at: i64,
}

/// A passage of the letter under review.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct PassageInput {
    /// Number of its block.
    pub block: Option<u32>,
    /// Its words.
    pub quote: Option<String>,
    /// Character of the block they begin at.
    pub near: Option<u32>,
}

impl PassageInput {
    pub(crate) fn passage(&self) -> crate::Passage<'_> {
        crate::Passage {
            block: self.block,
            quote: self.quote.as_deref(),
            near: self.near,
        }
    }
}

/// Arguments of `resolve_comment`.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct ResolveComment {
    /// Review.
    pub id: String,
    /// Comment.
    pub comment: String,
    /// `answered`, `done`, `withdrawn`.
    pub settled: String,
    /// How, in a word.
    pub word: String,
}

/// Arguments of `revise_review`.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct ReviseInput {
    /// Review.
    pub id: String,
    /// Fields of the letter that are written otherwise.
    pub fields: std::collections::BTreeMap<String, String>,
}

/// One node of the custody strip.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct CustodyNode {
    /// "Rendered".
    pub title: String,
    /// Hash; `null` when not reached.
    pub hash: Option<String>,
    /// Second line.
    pub detail: String,
    /// State.
    pub status: StatusWord,
    /// `equal`, `not_yet`, `different`: the joint to the next node; `none` on the last.
    pub joint: String,
}

/// One of the people around a review.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct Eye {
    /// Who; `null` for an open place.
    pub person: Option<Owner>,
    /// "Maker, cannot sign", "Second signature".
    pub word: String,
    /// Who is signed for, where that is somebody else.
    pub on_behalf_of: Option<Owner>,
    /// When they signed.
    pub signed_at: Option<i64>,
    /// What their signature means.
    pub meaning: Option<String>,
}

/// A meaning of a signature.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct Meaning {
    /// Machine word.
    pub id: String,
    /// "Approved for release to the partner".
    pub title: String,
}

/// A decision made offline.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct Prepared {
    /// Id for `commit_prepared`.
    pub id: String,
    /// `approve` or `reject`.
    pub verdict: String,
    /// Hash that was on screen.
    pub hash: String,
    /// When.
    pub at: i64,
    /// False once the letter changed: it cannot be committed, the changes are shown.
    pub valid: bool,
    /// The review was read again since.
    pub checked: bool,
}

/// Arguments of `comment_review`.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct ReviewComment {
    /// Review.
    pub id: String,
    /// Plain text.
    pub text: String,
    /// Block.
    pub block: Option<u32>,
    /// Words.
    pub quote: Option<String>,
    /// Character of the block they begin at.
    pub near: Option<u32>,
}

/// Arguments of `sign_review`.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct SignInput {
    /// Review.
    pub id: String,
    /// Hash on screen; refused when it is not the review's.
    pub hash: String,
    /// [`Meaning::id`].
    pub meaning: String,
    /// Login of who is signed for, where that is somebody else.
    pub on_behalf_of: Option<String>,
    /// PIN; never stored, never logged.
    pub pin: String,
}

/// Arguments of `reject_review`.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct RejectInput {
    /// Review.
    pub id: String,
    /// Hash on screen.
    pub hash: String,
    /// Why.
    pub reason: String,
    /// What it is about; not needed with an open comment of the same person at a passage.
    pub about: Option<PassageInput>,
    /// PIN.
    pub pin: String,
}

/// Arguments of `prepare_review`.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct PrepareInput {
    /// Review.
    pub id: String,
    /// Hash on screen.
    pub hash: String,
    /// `approve` or `reject`.
    pub verdict: String,
    /// Meaning of an approval.
    pub meaning: Option<String>,
    /// Reason of a rejection.
    pub reason: Option<String>,
    /// What a rejection is about.
    pub about: Option<PassageInput>,
}

/// Where the evidence of a letter lies.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct Exported {
    /// Folder.
    pub folder: String,
    /// Name of the key it was sealed with.
    pub sealed_by: String,
}

/// Arguments of `commit_prepared`.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct CommitPrepared {
    /// [`Prepared::id`].
    pub id: String,
    /// PIN.
    pub pin: String,
}

/// What became of a prepared decision.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct CommitResult {
    /// True when it became a step.
    pub committed: bool,
    /// One sentence.
    pub text: String,
    /// What changed meanwhile, when it was invalidated.
    pub changes: Vec<RedlineBlock>,
}
