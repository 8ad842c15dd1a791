//! Active Community: partners and the case contract of our own.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{Millis, ObjectRef, visibility::Visibility};

/// A trading partner with the agreement that governs work with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partner {
    /// Id in Community.
    pub id: String,
    /// Company id of the grid, such as `GC4471203`.
    pub buid: String,
    /// Full legal name.
    pub name: String,
    /// Name in lists.
    pub short_name: String,
    /// ISO 3166 alpha-2.
    pub country: String,
    /// What was agreed.
    pub agreement: Agreement,
    /// Last change at the source.
    pub updated_at: Millis,
}

/// Terms of a partner: `GET /partners/{id}/agreement`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreement {
    /// BCP 47 language of letters.
    pub language: String,
    /// ISO 4217.
    pub currency: String,
    /// IANA time zone.
    pub time_zone: String,
    /// Name of the calendar in the policy (business hours, holidays).
    pub calendar: String,
    /// Tier, such as `A`.
    #[serde(default)]
    pub tier: String,
    /// Business minutes until the first reply is due.
    pub reply_minutes: i64,
    /// Business minutes until the case is to be resolved.
    pub resolution_minutes: i64,
    /// Postal address, one line each.
    pub address: Vec<String>,
    /// People there.
    pub contacts: Vec<Contact>,
    /// Channels allowed: `letter`, `email`, `sms`, `statement_insert` and others.
    pub channels: Vec<String>,
    /// Name of the tolerance set in the policy.
    #[serde(default)]
    pub tolerance_set: String,
    /// Partner ids that may receive documents of this account.
    #[serde(default)]
    pub allowed_recipients: Vec<String>,
    /// What it is called in documents: addresses on the grid, `qualifier:id`, and other names.
    #[serde(default)]
    pub identifiers: Vec<String>,
    /// Terms of settlement.
    #[serde(default)]
    pub terms: Terms,
}

/// Terms of settlement with a partner.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Rebate on what is settled, in per cent.
    #[serde(default)]
    pub rebate_percent: Decimal,
    /// Days until a statement is to be paid; 0 where nothing is agreed.
    #[serde(default)]
    pub payment_days: i64,
}

/// A person at the partner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Name.
    pub name: String,
    /// Role or department.
    pub role: String,
    /// E-mail address.
    #[serde(default)]
    pub email: String,
    /// Phone number.
    #[serde(default)]
    pub phone: String,
}

/// A business reference of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BusinessRef {
    /// `po`, `invoice`, `asn` or `lens_transaction`; other words are kept.
    pub kind: String,
    /// The number, as text.
    pub value: String,
}

/// Authority for what belongs to a case elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExternalRef {
    /// `tracker`, `workflow`, `workspaces`, `exstream`.
    pub system: String,
    /// Id there.
    pub id: String,
    /// Deep link, if known.
    #[serde(default)]
    pub url: Option<String>,
}

/// A partner case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// Id in Community.
    pub id: String,
    /// Number people see, such as `PC-48213`.
    pub number: String,
    /// Subject line.
    pub subject: String,
    /// Type word, such as `dispute`.
    pub case_type: String,
    /// Finer word, may be empty.
    pub subtype: String,
    /// Status word.
    pub status: String,
    /// Priority word.
    pub priority: String,
    /// Login of the owner.
    pub owner: Option<String>,
    /// Team.
    pub team: Option<String>,
    /// Partner id.
    pub partner_id: String,
    /// Full name.
    pub partner_name: String,
    /// Short name.
    pub partner_short_name: String,
    /// Orders, invoices, ship notices, transactions.
    pub business_refs: Vec<BusinessRef>,
    /// Opened.
    pub opened_at: Millis,
    /// Last change.
    pub updated_at: Millis,
    /// Due, if the source says.
    pub due_at: Option<Millis>,
    /// Stage word of the community workflow.
    pub stage: Option<String>,
    /// Worst delivery state of its live notices.
    pub communication_status: Option<String>,
    /// Loop state: `open`, `acted`, `no_response`, `closed`.
    pub loop_state: Option<String>,
    /// Version for If-Match.
    pub version: i64,
    /// Its ticket, workflow instance, workspace and notices.
    pub external_refs: Vec<ExternalRef>,
}

/// A message in the thread of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comment {
    /// Id in Community.
    pub id: String,
    /// Case it belongs to.
    pub case_id: String,
    /// Name of the author as shown.
    pub author: String,
    /// `partner` or `us`: which side wrote it.
    pub side: String,
    /// Who may read it; an unknown word on the wire counts as internal.
    pub visibility: Visibility,
    /// Harmless HTML: the connector sanitises before anything else sees it.
    pub body: String,
    /// Written.
    pub created_at: Millis,
    /// Idempotency key it was made with, when the source tells.
    pub key: Option<String>,
}

/// A file on a case (record only; bytes are fetched on demand).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Id in Community.
    pub id: String,
    /// Case it belongs to.
    pub case_id: String,
    /// Safe file name: no path, no control characters.
    pub name: String,
    /// Media type as told.
    pub media_type: String,
    /// Bytes.
    pub size: i64,
    /// SHA-256 in hex.
    pub sha256: String,
    /// Who may read it.
    pub visibility: Visibility,
    /// Name of who added it.
    pub author: String,
    /// Added.
    pub created_at: Millis,
}

/// A review, onboarding or mirror space.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Space {
    /// Id in Community.
    pub id: String,
    /// `review`, `onboarding`, `mirror`, `campaign`; `acknowledgement` for a request, whose answers are its items.
    pub purpose: String,
    /// Case it serves, if any.
    pub case_id: Option<String>,
    /// Partner it is for.
    pub partner_id: Option<String>,
    /// Title.
    pub title: String,
    /// What it is about: a notice id for reviews.
    pub subject: String,
    /// State word.
    pub state: String,
    /// What is asked, of an acknowledgement request: `sha256`, `due_at`, `recipients`, `author`; `null` for others.
    #[serde(default)]
    pub data: serde_json::Value,
    /// Created.
    pub created_at: Millis,
    /// Last change.
    pub updated_at: Millis,
}

/// An item of a space. In a review space: `request`, `comment`, `signature`, `rejection`, `outcome`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SpaceItem {
    /// Id in Community.
    pub id: String,
    /// Space it belongs to.
    pub space_id: String,
    /// Kind word.
    pub item_kind: String,
    /// Title.
    pub title: String,
    /// State word.
    pub state: String,
    /// Due.
    pub due_at: Option<Millis>,
    /// Person who wrote it.
    pub author: String,
    /// Free content, JSON object.
    pub data: serde_json::Value,
    /// Created.
    pub created_at: Millis,
    /// Last change.
    pub updated_at: Millis,
}

impl Case {
    /// The desk's name of this case.
    #[must_use]
    pub fn object(&self) -> ObjectRef {
        ObjectRef::case(self.id.clone())
    }

    /// The first business reference of a kind.
    #[must_use]
    pub fn reference(&self, kind: &str) -> Option<&str> {
        self.business_refs
            .iter()
            .find(|r| r.kind == kind)
            .map(|r| r.value.as_str())
    }

    /// The first external reference into a system.
    #[must_use]
    pub fn external(&self, system: &str) -> Option<&str> {
        self.external_refs
            .iter()
            .find(|r| r.system == system)
            .map(|r| r.id.as_str())
    }
}
