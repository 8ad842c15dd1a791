use super::{LeftOutRow, Page, SegmentFact, SourceAge, StatusWord};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// Which approved letter goes to whom, and how its delivery is to be proven. Arguments of `plan_distribution`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
#[ts(optional_fields)]
pub struct DistributionInput {
    /// Case.
    pub case: String,
    /// Approved regulated letter of the case, by its number.
    pub letter: String,
    /// Which partners, by fact: `country`, `tier`, `language`, `currency`, `calendar`, `time_zone`, `channel`. Of one fact any
    /// of its values, of several facts all.
    pub segment: BTreeMap<String, Vec<String>>,
    /// Partners named one by one, beside those of the segment.
    pub partners: Vec<String>,
    /// Partners a person leaves out, each with the reason.
    pub exclude: BTreeMap<String, String>,
    /// `mdn`, `portal_receipt` or `signed_return`.
    pub proof: String,
    /// `recipients`, `blocking` or `excluded`; absent for recipients.
    pub list: Option<String>,
    /// First row.
    pub offset: Option<u32>,
    /// At most 200.
    pub limit: Option<u32>,
}

/// What a distribution would do.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct DistributionPlan {
    /// Case.
    pub case: String,
    /// Its number.
    pub case_number: String,
    /// Goes back with `launch_distribution`.
    pub intent: String,
    /// Hash over letter, proof, recipients with their addresses, and who is left out; empty while something is missing.
    pub root: String,
    /// Letters of the case that stand approved.
    pub letters: Vec<ApprovedLetter>,
    /// The letter that was named; `null` where none was, or it is not approved.
    pub letter: Option<ApprovedLetter>,
    /// Kinds of proof to choose from.
    pub proofs: Vec<ProofChoice>,
    /// Facts a segment can be named by.
    pub facts: Vec<SegmentFact>,
    /// How many are reached and how many not.
    pub counts: DistributionPlanCounts,
    /// A part of the list that was asked for.
    pub rows: Page<DistributionPlanRow>,
    /// After so many hours without a proof a recipient counts as unproven.
    pub unproven_hours: u32,
    /// Why it cannot be launched.
    pub blocked: Option<String>,
    /// Field that has to be changed.
    pub blocked_field: Option<String>,
    /// What a launch does, in words.
    pub effect: String,
    /// Age of what it was made from.
    pub sources: Vec<SourceAge>,
}

/// A letter that others approved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ApprovedLetter {
    /// Number.
    pub notice: String,
    /// Title.
    pub title: String,
    /// SHA-256 of the approved bytes.
    pub sha256: String,
    /// Content hash that was signed.
    pub hash: String,
    /// Its review.
    pub review: String,
    /// Names of those who signed.
    pub signed_by: Vec<String>,
}

/// A kind of proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ProofChoice {
    /// Word.
    pub id: String,
    /// Title.
    pub title: String,
}

/// How many partners a distribution reaches.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DistributionPlanCounts {
    /// Selected.
    pub partners: u32,
    /// Reached.
    pub recipients: u32,
    /// Without an address of their own on the grid; they block the launch.
    pub blocking: u32,
    /// Left out.
    pub excluded: u32,
}

/// One partner of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DistributionPlanRow {
    /// Partner id.
    pub partner: String,
    /// Name.
    pub name: String,
    /// ISO 3166 alpha-2.
    pub country: String,
    /// Tier.
    pub tier: String,
    /// Address on the grid; empty where there is none.
    pub address: String,
    /// Why they are reached, blocked or left out.
    pub reason: String,
}

/// Arguments of `launch_distribution`.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct DistributionLaunch {
    /// What was shown.
    pub input: DistributionInput,
    /// Intent of the plan that was shown.
    pub intent: String,
    /// Root that was shown: nothing is launched when recipients or letter have changed since.
    pub root: String,
}

/// A distribution in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DistributionRow {
    /// Number.
    pub number: String,
    /// Title.
    pub title: String,
    /// Case.
    pub case: String,
    /// Its number.
    pub case_number: String,
    /// State: `ready`, `sending`, `complete`, `partial`.
    pub status: StatusWord,
    /// Letter.
    pub notice: String,
    /// SHA-256 of the approved bytes.
    pub sha256: String,
    /// Review it rests on.
    pub review: String,
    /// Kind of proof that is required.
    pub proof: String,
    /// Login of who launched it.
    pub maker: String,
    /// Their name.
    pub maker_name: String,
    /// Launched, in milliseconds UTC.
    pub at: i64,
    /// Recipients by state.
    pub counts: DistributionCounts,
    /// Hash over what was shown.
    pub root: String,
    /// Action of this desktop; `null` where another one launched it.
    pub action: Option<String>,
}

/// Recipients by state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DistributionCounts {
    /// All of them.
    pub recipients: u32,
    /// Not sent yet.
    pub ready: u32,
    /// Handed to the grid.
    pub sent: u32,
    /// Delivered, without a proof so far.
    pub delivered: u32,
    /// Delivery proven.
    pub proven: u32,
    /// No proof in time.
    pub unproven: u32,
    /// Refused, withdrawn or not delivered.
    pub failed: u32,
}

/// A distribution, opened.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct DistributionView {
    /// As in the list.
    pub row: DistributionRow,
    /// A part of its recipients.
    pub rows: Page<AddresseeRow>,
    /// Who was left out.
    pub left_out: Vec<LeftOutRow>,
    /// Proofs that prove nothing here, with the reason.
    pub quarantined: Vec<RefusedProof>,
    /// Recipients somebody has to look after: unproven or failed.
    pub tasks: u32,
    /// After so many hours without a proof a recipient counts as unproven.
    pub unproven_hours: u32,
    /// How long what was sent and proven is kept: a class of the policy.
    pub retention: String,
    /// Whether something can be sent again; `null` where it can, else why not.
    pub retry_blocked: Option<String>,
    /// Age of what the states were made from.
    pub sources: Vec<SourceAge>,
}

/// One recipient of a distribution: a row of its register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AddresseeRow {
    /// Partner id.
    pub partner: String,
    /// Name.
    pub name: String,
    /// Address on the grid.
    pub address: String,
    /// State: `ready`, `sent`, `delivered`, `proven`, `unproven`, `failed`.
    pub status: StatusWord,
    /// Sent, in milliseconds UTC.
    pub sent_at: Option<i64>,
    /// Delivered, as the grid says.
    pub delivered_at: Option<i64>,
    /// Message-ID it went with.
    pub message_id: Option<String>,
    /// Transaction it became.
    pub transaction: Option<String>,
    /// Interchange, group and document control numbers, as far as the grid gives them.
    pub control: String,
    /// Functional acknowledgement, as a word.
    pub acknowledgement: String,
    /// Kind of the proof.
    pub proof_kind: Option<String>,
    /// When the proof was stored.
    pub proof_at: Option<i64>,
    /// SHA-256 of the proof.
    pub proof_sha256: Option<String>,
    /// SHA-256 of the record of the grid that is kept beside it.
    pub grid_record_sha256: Option<String>,
    /// When it counts as unproven; `null` once proven or failed.
    pub due_at: Option<i64>,
    /// When a reminder was queued by another channel.
    pub reminded_at: Option<i64>,
    /// Why, for a state that has a reason.
    pub reason: String,
}

/// A proof that proves nothing here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RefusedProof {
    /// Recipient it came for.
    pub partner: String,
    /// Their name.
    pub name: String,
    /// Its SHA-256; the bytes are kept.
    pub sha256: String,
    /// Why it proves nothing.
    pub reason: String,
    /// When it was looked at.
    pub at: i64,
}

/// Arguments of `get_distribution`.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct GetDistribution {
    /// Number, or the action.
    pub id: String,
    /// Only recipients of this state.
    pub only: Option<String>,
    /// First recipient.
    pub offset: Option<u32>,
    /// At most 200.
    pub limit: Option<u32>,
}
