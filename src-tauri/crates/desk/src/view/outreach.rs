use super::{Page, SourceAge, StatusWord, TemplateChoice};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// Whom a disruption affects, and what they are told. Arguments of `plan_outreach`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
#[ts(optional_fields)]
pub struct OutreachInput {
    /// Case.
    pub case: String,
    /// Products that come late or not at all; empty for those of the order of the case.
    pub products: Vec<String>,
    /// First ship date that is affected, `YYYY-MM-DD`.
    pub from: Option<String>,
    /// Last ship date that is affected.
    pub to: Option<String>,
    /// Countries of customers, ISO 3166 alpha-2; empty for all.
    pub destinations: Vec<String>,
    /// Revised date by product; under the empty name that of every product without its own.
    pub dates: BTreeMap<String, String>,
    /// What customers can take instead.
    pub alternatives: String,
    /// What else there is to say.
    pub service_update: String,
    /// Template; absent for the one that fits the case.
    pub template: Option<String>,
    /// Customers a person leaves out, each with the reason.
    pub exclude: BTreeMap<String, String>,
    /// `recipients` or `excluded`; absent for recipients.
    pub list: Option<String>,
    /// First row.
    pub offset: Option<u32>,
    /// At most 200.
    pub limit: Option<u32>,
}

/// What an outreach would do.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct OutreachView {
    /// Case.
    pub case: String,
    /// Its number.
    pub case_number: String,
    /// Its partner.
    pub partner: String,
    /// Goes back with `send_outreach`.
    pub intent: String,
    /// Hash over exactly these notices; goes back with `send_outreach`.
    pub root: String,
    /// Products that customers have open orders for, the chosen ones first.
    pub products: Vec<ProductChoice>,
    /// Templates, best first.
    pub templates: Vec<TemplateChoice>,
    /// The one that is taken.
    pub template: String,
    /// What was found.
    pub counts: OutreachCounts,
    /// Notices by channel and language.
    pub volumes: Vec<VolumeRow>,
    /// How long production takes at least, in minutes.
    pub minutes: u32,
    /// One window of recipients or of those left out.
    pub rows: Page<OutreachRow>,
    /// Those to look at before sending: the largest, the smallest, and some drawn by a seed.
    pub samples: Vec<OutreachRow>,
    /// Why it cannot be sent; `null` when it can.
    pub blocked: Option<String>,
    /// Signatures of others needed; 0 when none are.
    pub signatures: u32,
    /// What sending does, as a sentence.
    pub effect: String,
    /// How old the orders are that were looked at.
    pub data_as_of: Option<i64>,
    /// Ages.
    pub sources: Vec<SourceAge>,
}

/// A product of open orders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ProductChoice {
    /// Product number.
    pub product: String,
    /// Description.
    pub description: String,
    /// Open lines.
    pub lines: u32,
    /// Chosen.
    pub chosen: bool,
}

/// What an impact query found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct OutreachCounts {
    /// Affected orders that are open.
    pub orders: u32,
    /// Their affected lines.
    pub lines: u32,
    /// Customers with an affected order.
    pub customers: u32,
    /// Notices that would go out: one for each customer.
    pub notices: u32,
    /// Of these, notices that take the place of one sent before.
    pub superseding: u32,
    /// Customers left out.
    pub excluded: u32,
}

/// How many notices go one way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct VolumeRow {
    /// Channel.
    pub channel: String,
    /// Language of the template.
    pub language: String,
    /// Notices.
    pub notices: u32,
}

/// One customer of an outreach.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct OutreachRow {
    /// Partner id.
    pub partner: String,
    /// Name.
    pub name: String,
    /// Country.
    pub country: String,
    /// Channel; empty where left out.
    pub channel: String,
    /// Language of the notice.
    pub language: String,
    /// Number of the notice; `null` where left out.
    pub notice: Option<String>,
    /// Notice it takes the place of.
    pub supersedes: Option<String>,
    /// Affected orders.
    pub orders: Vec<String>,
    /// Affected products.
    pub products: Vec<String>,
    /// Revised date, where all of the customer's products have the same.
    pub date: Option<String>,
    /// Why they are told, or why not.
    pub reason: String,
    /// Why this one is a sample: `largest`, `smallest`, `random`; `null` for others.
    pub sample: Option<String>,
}

/// Arguments of `sample_outreach`.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct OutreachSample {
    /// As for `plan_outreach`.
    pub input: OutreachInput,
    /// Customer.
    pub partner: String,
}

/// Arguments of `send_outreach`.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct OutreachSend {
    /// As for `plan_outreach`.
    pub input: OutreachInput,
    /// Intent that was shown.
    pub intent: String,
    /// Root that was shown; if the orders have changed since, nothing is sent.
    pub root: String,
}

/// A batch of notices.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct BatchRow {
    /// Action it is.
    pub id: String,
    /// Its name, such as `B-1A2B3C4D`.
    pub number: String,
    /// Title.
    pub title: String,
    /// Case.
    pub case: String,
    /// Its number.
    pub case_number: String,
    /// `checked`, `in_review`, `releasing`, `done`, `partial`, `stopped`.
    pub status: StatusWord,
    /// Who confirmed it.
    pub maker: String,
    /// When.
    pub at: i64,
    /// Notices in it.
    pub notices: u32,
    /// Rendered.
    pub rendered: u32,
    /// Handed to Exstream.
    pub released: u32,
    /// Delivered, as far as known.
    pub delivered: u32,
    /// Bounced or failed on delivery.
    pub failed: u32,
    /// Held before release: a person decides.
    pub held: u32,
    /// Its review; `null` where none is needed or asked for yet.
    pub review: Option<String>,
    /// Merkle root over its notices, once all are rendered.
    pub root: Option<String>,
}

/// Arguments of `get_batch`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
#[serde(default)]
#[ts(optional_fields)]
pub struct GetBatch {
    /// Action.
    pub id: String,
    /// Only these: `held`, `failed`, `delivered`, `released`, `waiting`.
    pub only: Option<String>,
    /// First row.
    pub offset: Option<u32>,
    /// At most 200.
    pub limit: Option<u32>,
}

/// A batch, opened.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct BatchView {
    /// Its row.
    pub row: BatchRow,
    /// One window of its notices.
    pub rows: Page<BatchLine>,
    /// What can be done: a sentence for retrying; `null` when nothing is to be retried.
    pub retry: Option<String>,
}

/// One notice of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BatchLine {
    /// Number of the notice.
    pub notice: String,
    /// Recipient.
    pub recipient: String,
    /// Where it stands.
    pub status: StatusWord,
    /// Step that releases it.
    pub step: String,
    /// Why it is held or failed.
    pub reason: Option<String>,
}
