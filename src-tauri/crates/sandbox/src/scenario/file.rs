//! The scenario file: company, people, partners, product ranges and the stories told by hand.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Our own company.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Company {
    /// Short id.
    pub id: String,
    /// Legal name.
    pub name: String,
    /// Name in lists.
    pub short_name: String,
    /// Company id of the grid.
    pub company_id: String,
    /// EDI and AS2 address, `qualifier:id`.
    pub edi_id: String,
    /// ISO 3166 alpha-2.
    pub country: String,
    /// IANA time zone.
    pub time_zone: String,
    /// Postal address.
    pub address: Vec<String>,
}

/// A person of ours.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PersonSpec {
    /// Login.
    pub name: String,
    /// Printed name.
    pub full_name: String,
    /// Role words of the console.
    pub roles: Vec<String>,
    /// PIN for signatures.
    pub pin: String,
    /// IANA time zone.
    pub time_zone: String,
    /// Team word.
    pub team: String,
}

/// A person at a partner.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ContactSpec {
    /// Name.
    pub name: String,
    /// Role or department.
    pub role: String,
    /// E-mail address.
    pub email: String,
    /// Phone number.
    pub phone: String,
}

/// A trading partner.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PartnerSpec {
    /// Id in Community.
    pub id: String,
    /// Company id of the grid.
    pub buid: String,
    /// EDI and AS2 address, `qualifier:id`.
    pub edi_id: String,
    /// Legal name.
    pub name: String,
    /// Name in lists.
    pub short_name: String,
    /// ISO 3166 alpha-2.
    pub country: String,
    /// BCP 47.
    pub language: String,
    /// ISO 4217.
    pub currency: String,
    /// IANA time zone.
    pub time_zone: String,
    /// Calendar name of the policy.
    pub calendar: String,
    /// Tier letter.
    pub tier: String,
    /// `x12` or `edifact`.
    pub standard: String,
    /// Product range of the scenario file.
    pub range: String,
    /// Business minutes to the first reply.
    pub reply_minutes: i64,
    /// Business minutes to the resolution.
    pub resolution_minutes: i64,
    /// Postal address.
    pub address: Vec<String>,
    /// People there.
    pub contacts: Vec<ContactSpec>,
    /// Allowed channels.
    pub channels: Vec<String>,
}

/// A line of an order told by hand; what is not said follows the order.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct StoryLine {
    pub(crate) product: String,
    pub(crate) description: String,
    pub(crate) unit: String,
    pub(crate) quantity: i64,
    pub(crate) price: String,
    pub(crate) acknowledged: Option<i64>,
    pub(crate) shipped: Option<i64>,
    pub(crate) billed: Option<i64>,
}

/// An order told by hand.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct StoryOrder {
    pub(crate) number: String,
    pub(crate) partner_id: String,
    pub(crate) asn: String,
    pub(crate) invoice: String,
    pub(crate) story: String,
    pub(crate) days_before: f64,
    pub(crate) lines: Vec<StoryLine>,
}

/// A case told by hand.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct StoryCase {
    pub(crate) id: u64,
    pub(crate) partner_id: String,
    pub(crate) subject: String,
    pub(crate) case_type: String,
    #[serde(default)]
    pub(crate) subtype: String,
    pub(crate) status: String,
    #[serde(default)]
    pub(crate) owner: Option<String>,
    #[serde(default)]
    pub(crate) order: Option<String>,
    /// An invoice of ours it is about, in place of an order of theirs.
    #[serde(default)]
    pub(crate) invoice: Option<String>,
    #[serde(default)]
    pub(crate) notices: Vec<String>,
    #[serde(default)]
    pub(crate) ticket: Option<u64>,
}

/// The file as written.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct File {
    pub(crate) company: Company,
    pub(crate) person: Vec<PersonSpec>,
    pub(crate) partner: Vec<PartnerSpec>,
    pub(crate) ranges: BTreeMap<String, Vec<(String, String, i64, i64)>>,
    #[serde(default)]
    pub(crate) story_order: Vec<StoryOrder>,
    #[serde(default)]
    pub(crate) story_case: Vec<StoryCase>,
}

/// The scenario file that comes with the program.
const TEXT: &str = include_str!("../../../../../assets/sandbox/scenario.toml");

impl File {
    pub(crate) fn built_in() -> Result<Self, toml::de::Error> {
        toml::from_str(TEXT)
    }
}
