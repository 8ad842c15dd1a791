//! Bodies of the case contract. What they do not name, or what is longer than the contract allows, is refused before
//! anything is done.

use axum::http::{HeaderMap, StatusCode};
use domain::{
    Millis, System,
    case::{CaseStatus, CaseType},
    visibility::Visibility,
    words,
};
use serde::{Deserialize, Deserializer, de::DeserializeOwned, de::Error};
use serde_json::{Map, Value};

use super::contract::unfit;
use crate::core::http::{Answer, header_text, problem};

/// Text of `LEAST` to `MOST` characters, counted as JSON Schema counts them.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Text<const LEAST: usize, const MOST: usize>(String);

impl<const LEAST: usize, const MOST: usize> TryFrom<String> for Text<LEAST, MOST> {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let length = text.chars().count();
        if (LEAST..=MOST).contains(&length) {
            Ok(Self(text))
        } else {
            Err(format!("{length} characters, not {LEAST} to {MOST}"))
        }
    }
}

impl<const LEAST: usize, const MOST: usize> From<Text<LEAST, MOST>> for String {
    fn from(text: Text<LEAST, MOST>) -> Self {
        text.0
    }
}

/// An id of anything.
pub(super) type Id = Text<1, 200>;
/// One line for people.
pub(super) type Line = Text<1, 500>;
/// A state or subtype that may be empty.
pub(super) type Label = Text<0, 60>;

/// A lower snake case word of an open list.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Word(pub(super) String);

impl TryFrom<String> for Word {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let rest = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        if text.len() <= 60
            && text.starts_with(|c: char| c.is_ascii_lowercase())
            && text.bytes().all(rest)
        {
            Ok(Self(text))
        } else {
            Err("not a lower snake case word".to_owned())
        }
    }
}

/// SHA-256 in lower-case hex.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Sha256(String);

impl TryFrom<String> for Sha256 {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        if text.len() == 64 && text.bytes().all(hex) {
            Ok(Self(text))
        } else {
            Err("no SHA-256".to_owned())
        }
    }
}

impl From<Sha256> for String {
    fn from(hash: Sha256) -> Self {
        hash.0
    }
}

/// An instant, RFC 3339 to the letter.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Instant(pub(super) Millis);

impl TryFrom<String> for Instant {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        // A blank instead of `T` is not the date-time of a JSON Schema.
        let told = text
            .get(10..11)
            .filter(|t| t.eq_ignore_ascii_case("t"))
            .and_then(|_| chrono::DateTime::parse_from_rfc3339(&text).ok());
        told.map(|at| Self(Millis(at.timestamp_millis())))
            .ok_or_else(|| "not an RFC 3339 time".to_owned())
    }
}

words! {
    /// How urgent a case is.
    Priority {
        /// When there is time.
        Low = "low",
        /// As usual.
        Normal = "normal",
        /// Before others.
        High = "high",
        /// Now.
        Urgent = "urgent",
    }
}

words! {
    /// What a business reference names.
    RefKind {
        /// Purchase order.
        Po = "po",
        /// Invoice.
        Invoice = "invoice",
        /// Ship notice.
        Asn = "asn",
        /// Transaction of Active Documents.
        LensTransaction = "lens_transaction",
    }
}

words! {
    /// What a space is for.
    Purpose {
        /// Signatures over a letter.
        Review = "review",
        /// A partner being connected.
        Onboarding = "onboarding",
        /// What the partner sees of a case.
        Mirror = "mirror",
        /// What came of a notice.
        Loop = "loop",
        /// Transactions of a settlement and what was stated of them.
        Settlement = "settlement",
        /// A document that many partners are asked to acknowledge.
        Campaign = "campaign",
        /// How a case was resolved.
        Resolution = "resolution",
        /// A letter sent to many partners, with proof of each delivery.
        Distribution = "distribution",
    }
}

words! {
    /// What becomes of a request at a recipient: what they answer, and what Community itself finds.
    Response {
        /// It is there. Community says so.
        Delivered = "delivered",
        /// It does not get there. Community says so.
        Undeliverable = "undeliverable",
        /// Seen, not decided.
        Viewed = "viewed",
        /// Asked back, not decided.
        Question = "question",
        /// Agreed.
        Accepted = "accepted",
        /// Refused.
        Declined = "declined",
    }
}

/// At most 200 of a kind.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Vec<T>", bound = "T: Deserialize<'de>")]
pub(super) struct Some200<T>(pub(super) Vec<T>);

impl<T> Default for Some200<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> TryFrom<Vec<T>> for Some200<T> {
    type Error = String;
    fn try_from(items: Vec<T>) -> Result<Self, String> {
        if items.len() <= 200 {
            Ok(Self(items))
        } else {
            Err(format!("{} are more than 200", items.len()))
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BusinessRef {
    pub(super) kind: RefKind,
    pub(super) value: Id,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExternalRef {
    pub(super) system: System,
    pub(super) id: Id,
    #[serde(default)]
    pub(super) url: Option<Text<0, 2000>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewCase {
    pub(super) partner_id: Id,
    pub(super) subject: Line,
    #[serde(rename = "type")]
    pub(super) case_type: CaseType,
    #[serde(default)]
    pub(super) subtype: Label,
    #[serde(default = "normal")]
    pub(super) priority: Priority,
    #[serde(default)]
    pub(super) business_refs: Some200<BusinessRef>,
}

const fn normal() -> Priority {
    Priority::Normal
}

/// Fields of a case to change; what is not there stays.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct CaseChanges {
    #[serde(deserialize_with = "there")]
    pub(super) subject: Option<Line>,
    #[serde(rename = "type", deserialize_with = "there")]
    pub(super) case_type: Option<CaseType>,
    #[serde(deserialize_with = "there")]
    pub(super) subtype: Option<Label>,
    #[serde(deserialize_with = "there")]
    pub(super) status: Option<CaseStatus>,
    #[serde(deserialize_with = "there")]
    pub(super) priority: Option<Priority>,
    #[serde(deserialize_with = "there")]
    pub(super) owner: Option<Option<Id>>,
    #[serde(deserialize_with = "there")]
    pub(super) team: Option<Option<Id>>,
    #[serde(deserialize_with = "there")]
    pub(super) due_at: Option<Option<Instant>>,
    #[serde(deserialize_with = "there")]
    pub(super) stage: Option<Option<Word>>,
    #[serde(deserialize_with = "there")]
    pub(super) communication_status: Option<Option<Word>>,
    #[serde(rename = "loop", deserialize_with = "there")]
    pub(super) loop_state: Option<Option<Word>>,
    #[serde(deserialize_with = "there")]
    pub(super) business_refs: Option<Some200<BusinessRef>>,
    #[serde(deserialize_with = "there")]
    pub(super) external_refs: Option<Some200<ExternalRef>>,
    pub(super) add_external_refs: Some200<ExternalRef>,
}

/// A member that is there; null is a value of it only where its type says so.
fn there<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewClaim {
    pub(super) purpose: Line,
    pub(super) subject: Line,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewComment {
    pub(super) visibility: Visibility,
    pub(super) body: Text<1, 65_536>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewSpace {
    pub(super) purpose: Purpose,
    #[serde(default)]
    pub(super) case_id: Option<Id>,
    #[serde(default)]
    pub(super) partner_id: Option<Id>,
    pub(super) title: Line,
    pub(super) subject: Line,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewItem {
    pub(super) kind: Word,
    #[serde(default)]
    pub(super) title: Text<0, 500>,
    #[serde(default)]
    pub(super) state: Label,
    #[serde(default)]
    pub(super) due_at: Option<Instant>,
    #[serde(default)]
    pub(super) data: Map<String, Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct TaskChanges {
    #[serde(deserialize_with = "there")]
    pub(super) state: Option<Label>,
    #[serde(deserialize_with = "there")]
    pub(super) due_at: Option<Option<Instant>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewAckRequest {
    #[serde(default)]
    pub(super) case_id: Option<Id>,
    pub(super) title: Line,
    #[serde(default)]
    pub(super) subject: Option<Line>,
    pub(super) recipients: Some200<Id>,
    pub(super) due_at: Instant,
    #[serde(default)]
    pub(super) view_before: bool,
    #[serde(default)]
    pub(super) signed_upload: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewReminder {
    pub(super) recipients: Some200<Id>,
    pub(super) text: Text<1, 4000>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewResponse {
    pub(super) recipient: Id,
    pub(super) state: Response,
    #[serde(default)]
    pub(super) by: Option<Line>,
    #[serde(default)]
    pub(super) sha256: Option<Sha256>,
    #[serde(default)]
    pub(super) text: Text<0, 4000>,
    #[serde(default)]
    pub(super) signed_file: Option<SignedFile>,
}

/// A file that comes inside a response.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SignedFile {
    pub(super) name: Text<1, 255>,
    pub(super) media_type: Text<1, 200>,
    #[serde(rename = "base64", deserialize_with = "bytes")]
    pub(super) content: Vec<u8>,
}

fn bytes<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let text = String::deserialize(from)?;
    STANDARD.decode(text).map_err(D::Error::custom)
}

/// Whether the body is said to be of a media type, whatever its parameters.
pub(super) fn is_of(headers: &HeaderMap, media_type: &str) -> bool {
    let told = header_text(headers, "content-type").unwrap_or_default();
    let told = told.split(';').next().unwrap_or_default();
    told.trim().eq_ignore_ascii_case(media_type)
}

/// 415.
pub(super) fn unknown_media_type(wanted: &str) -> Answer {
    problem(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "E_MEDIA_TYPE",
        &format!("The body must be {wanted}."),
    )
}

/// Reads a JSON body: 415 when it is said to be something else, 400 when it is no JSON, 422 when it does not fit.
pub(super) fn json_body<T: DeserializeOwned>(
    headers: &HeaderMap,
    body: &[u8],
) -> Result<T, Answer> {
    if !is_of(headers, "application/json") {
        return Err(unknown_media_type("application/json"));
    }
    json_text(body)
}

/// Reads JSON that is known to be some.
pub(super) fn json_text<T: DeserializeOwned>(text: &[u8]) -> Result<T, Answer> {
    serde_json::from_slice(text).map_err(|error| {
        if error.is_data() {
            unfit(&error.to_string())
        } else {
            problem(
                StatusCode::BAD_REQUEST,
                "E_JSON",
                &format!("The body is no JSON: {error}."),
            )
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T: DeserializeOwned>(text: &str) -> Result<T, u16> {
        json_text(text.as_bytes()).map_err(|answer: Answer| answer.status().as_u16())
    }

    #[test]
    fn null_is_a_value_only_where_the_contract_says_so() {
        let changes: CaseChanges = read(r#"{"owner": null}"#).unwrap();
        assert!(matches!(changes.owner, Some(None)));
        assert!(changes.team.is_none());
        assert_eq!(read::<CaseChanges>(r#"{"subject": null}"#).err(), Some(422));
        assert_eq!(read::<CaseChanges>(r#"{"version": 7}"#).err(), Some(422));
        assert_eq!(read::<CaseChanges>("{").err(), Some(400));
    }

    #[test]
    fn length_is_counted_in_characters() {
        let long = "ž".repeat(500);
        assert!(Line::try_from(long.clone()).is_ok());
        assert!(Line::try_from(format!("{long}ž")).is_err());
        assert!(Line::try_from(String::new()).is_err());
    }

    #[test]
    fn an_instant_is_rfc_3339_to_the_letter() {
        let read = |text: &str| Instant::try_from(text.to_owned()).map(|at| at.0.rfc3339());
        let told = read("2026-11-29T10:00:00.5+02:00").unwrap();
        assert_eq!(told, "2026-11-29T08:00:00.500Z");
        for text in [
            "2026-11-29 10:00:00Z",
            "2026-11-29",
            "2026-11-29T10:00:00",
            "é",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
