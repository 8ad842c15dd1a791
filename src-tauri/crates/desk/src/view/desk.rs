use super::{Content, Money, SourceAge, StatusWord, SystemName, Tone};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Who owns a case, as the list shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Owner {
    /// Sign-in name; `null` for nobody.
    pub id: Option<String>,
    /// Full name.
    pub name: String,
    /// Two letters.
    pub initials: String,
    /// True for the acting person.
    pub me: bool,
}

/// A due date and how it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Due {
    /// The instant; `null` when there is none.
    pub at: Option<i64>,
    /// `running`, `late`, `breached`, `paused`, `met`, `none`.
    pub state: String,
    /// Glyph.
    pub tone: Tone,
}

/// One row of the cases list.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct CaseRow {
    /// Id.
    pub id: String,
    /// Number as people say it.
    pub number: String,
    /// Short name of the partner.
    pub partner: String,
    /// Full name of the partner.
    pub partner_full: String,
    /// Subject.
    pub subject: String,
    /// Machine word of the type.
    pub case_type: String,
    /// State.
    pub status: StatusWord,
    /// When it is due, as its community states it.
    pub due: Due,
    /// Owner; `null` for nobody.
    pub owner: Option<Owner>,
    /// Something arrived since this person last opened it.
    pub unread: bool,
    /// Steps of this case that are not confirmed yet.
    pub pending_steps: u32,
    /// Kept for offline work.
    pub pinned: bool,
}

/// One row of the exceptions list.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct ExceptionRow {
    /// Id of the finding.
    pub id: String,
    /// Machine name of the rule.
    pub rule: String,
    /// Glyph.
    pub tone: Tone,
    /// What is wrong.
    pub title: String,
    /// The document number, notice or partner it is about.
    pub on: String,
    /// Id of that thing, to open it.
    pub on_id: Option<String>,
    /// Partner, short.
    pub partner: String,
    /// Case it rides on, if any.
    pub case: Option<String>,
    /// Since when it holds.
    pub since: i64,
    /// `open`, `acknowledged`, `waived`, `corrected`, `closed`.
    pub state: String,
    /// What can be done about it now: `acknowledge`, `waive`, `correct`, `close`.
    pub actions: Vec<String>,
}

/// One row of the documents list.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct DocumentRow {
    /// Id.
    pub id: String,
    /// Code of the type: `850`, `INVOIC`.
    pub code: String,
    /// Kind: "Order", "Invoice".
    pub kind: String,
    /// Document number, text.
    pub number: String,
    /// Partner, short.
    pub partner: String,
    /// State worth saying; `null` shows the partner instead.
    pub status: Option<StatusWord>,
    /// Validation, delivery, acknowledgement.
    pub tracks: Tracks,
    /// When it happened there.
    pub event_at: i64,
    /// True for test traffic.
    pub test: bool,
}

/// Three tracks of a document.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct Tracks {
    /// Is it well formed.
    pub validation: StatusWord,
    /// Did it arrive.
    pub delivery: StatusWord,
    /// Was it accepted.
    pub acknowledgement: StatusWord,
}

/// What belongs to the selected thing; pinned at the top of the other lists.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct LinkedGroup {
    /// What was asked about.
    pub id: String,
    /// "case 48213".
    pub case_label: Option<String>,
    /// "Order 4500771820".
    pub order_label: Option<String>,
    /// Linked cases, open first.
    pub cases: Vec<CaseRow>,
    /// Linked open exceptions.
    pub exceptions: Vec<ExceptionRow>,
    /// Linked documents in the order of the trade.
    pub documents: Vec<DocumentRow>,
}

/// One document, opened.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct DocumentView {
    /// Its row.
    pub row: DocumentRow,
    /// Sender, receiver, control numbers and so on, in reading order.
    pub facts: Vec<Fact>,
    /// Lines it lists.
    pub lines: Vec<DocumentLine>,
    /// Errors with their place.
    pub problems: Vec<DocumentProblem>,
    /// Total, if it has one.
    pub total: Option<Money>,
    /// Raw text of the interchange.
    pub raw: Option<Content>,
    /// Age.
    pub sources: Vec<SourceAge>,
}

/// A named value with where it comes from.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct Fact {
    /// Name.
    pub name: String,
    /// Value.
    pub value: String,
    /// System it comes from.
    pub system: Option<SystemName>,
}

/// One line of a document.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct DocumentLine {
    /// Line number, text.
    pub number: String,
    /// Item.
    pub item: String,
    /// Quantity, decimal text.
    pub quantity: Option<String>,
    /// Unit.
    pub unit: Option<String>,
    /// Price per unit.
    pub price: Option<Money>,
}

/// An error inside a document.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct DocumentProblem {
    /// Code of the standard.
    pub code: String,
    /// What is wrong.
    pub message: String,
    /// Segment and element.
    pub place: Option<String>,
}

/// Arguments of `exception_action`.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct ExceptionInput {
    /// Finding.
    pub id: String,
    /// `acknowledge`, `waive`, `correct`, `close`.
    pub kind: String,
    /// Why; waiving asks for it.
    pub reason: Option<String>,
}
