//! The form of a playbook file.

use serde::{Deserialize, Serialize};

use crate::{
    System,
    operation::Operation,
    plan::{GateKind, OfflineClass},
    words,
};

words! {
    /// How a field is entered.
    Input {
        /// One line.
        Text = "text",
        /// Several lines.
        Multiline = "multiline",
        /// `YYYY-MM-DD`.
        Date = "date",
        /// One of the choices.
        Choice = "choice",
        /// Decimal amount.
        Money = "money",
    }
}

/// A playbook.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Playbook {
    /// Word, unique.
    pub id: String,
    /// Number of the use case.
    pub use_case: String,
    /// Title.
    pub title: String,
    /// One sentence on what it does.
    pub summary: String,
    /// When it may run.
    pub applies: Applies,
    /// May run any number of times on one case without being asked (a reply is no duplicate of another reply).
    #[serde(default)]
    pub repeatable: bool,
    /// Runs by itself on this kind of change (`notice_changed`); its keys come from the event alone.
    #[serde(default)]
    pub trigger: Option<String>,
    /// Word of the audit record its acceptance leaves; `<id>.started` where it names none.
    #[serde(default)]
    pub audit: Option<String>,
    /// Fields in the order they are shown.
    #[serde(default, rename = "field")]
    pub fields: Vec<Field>,
    /// Gates.
    #[serde(default, rename = "gate")]
    pub gates: Vec<GateTemplate>,
    /// Steps in order.
    #[serde(rename = "step")]
    pub steps: Vec<StepTemplate>,
}

impl Playbook {
    /// The word of the audit record that its acceptance leaves.
    #[must_use]
    pub fn audit_word(&self) -> String {
        let own = self.audit.clone();
        own.unwrap_or_else(|| format!("{}.started", self.id))
    }
}

/// When a playbook may run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Applies {
    /// Case types; empty for all.
    #[serde(default)]
    pub case_types: Vec<String>,
    /// Subtypes; empty for all.
    #[serde(default)]
    pub subtypes: Vec<String>,
    /// Only while the case is open.
    #[serde(default)]
    pub open_only: bool,
    /// Systems that must be connected.
    #[serde(default)]
    pub systems: Vec<System>,
    /// Facts that must be there, with the words said when they are not: `"workspace.id" = "No workspace fits"`.
    #[serde(default)]
    pub facts: std::collections::BTreeMap<String, String>,
    /// Facts that must equal a value, else the playbook is for another situation.
    #[serde(default)]
    pub when: Vec<Condition>,
}

/// Equality of a reference and a text. The only condition there is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// Path of the value, such as `template.regulated`.
    pub field: String,
    /// Text it must equal; numbers and booleans by their JSON text, a missing value by the empty text.
    pub equals: String,
    /// Said when it does not.
    #[serde(default)]
    pub why: String,
}

/// A field a person sees, with its source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Machine name.
    pub name: String,
    /// Name for people.
    pub title: String,
    /// Path of the fact it defaults to; absent when only a person can say.
    #[serde(default)]
    pub source: Option<String>,
    /// Text with references it defaults to, where no single fact says it.
    #[serde(default)]
    pub text: Option<String>,
    /// How it is entered.
    #[serde(default = "text_input")]
    pub input: Input,
    /// Choices, for `choice`.
    #[serde(default)]
    pub choices: Vec<String>,
    /// Must have a value.
    #[serde(default)]
    pub required: bool,
    /// Part of the data of the letter.
    #[serde(default)]
    pub in_letter: bool,
    /// May not be typed over.
    #[serde(default)]
    pub locked: bool,
}

const fn text_input() -> Input {
    Input::Text
}

/// A gate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GateTemplate {
    /// Name.
    pub id: String,
    /// Kind.
    pub kind: GateKind,
    /// Only when this holds.
    #[serde(default)]
    pub when: Option<Condition>,
}

/// A step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepTemplate {
    /// Name.
    pub id: String,
    /// Operation word of the table.
    pub operation: Operation,
    /// What it is about, with references.
    pub subject: String,
    /// Steps and gates it waits on.
    #[serde(default)]
    pub waits_on: Vec<String>,
    /// Offline class.
    pub offline: OfflineClass,
    /// Left out, and said, when its system is not connected.
    #[serde(default)]
    pub optional: bool,
    /// Only when this holds.
    #[serde(default)]
    pub when: Option<Condition>,
    /// Path of a list: one step for each item, which is `item` in the references.
    #[serde(default)]
    pub for_each: Option<String>,
    /// Order is kept only among steps of its system and case whose lane reads the same, with references.
    #[serde(default)]
    pub lane: Option<String>,
    /// Arguments of the call. `"{path}"` alone keeps the type of the value; inside text it is written out;
    /// `"@step.field"` is filled from that step's receipt before sending.
    pub args: serde_json::Value,
    /// Values shown until the mirror has caught up: column of the case -> value.
    #[serde(default)]
    pub shows: std::collections::BTreeMap<String, String>,
}
