//! Who acts.

use domain::PersonId;

/// Name under which the machine acts by itself.
const SYSTEM: &str = "system";

/// Who acts, where, and for whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Login, or `system`.
    pub person: PersonId,
    /// IANA zone.
    pub zone: String,
    /// For whom, when acting for another.
    pub on_behalf_of: Option<PersonId>,
}

impl Actor {
    /// A person acting for themselves.
    pub fn person(person: impl Into<PersonId>, zone: impl Into<String>) -> Self {
        Self {
            person: person.into(),
            zone: zone.into(),
            on_behalf_of: None,
        }
    }

    /// The machine, following a rule.
    #[must_use]
    pub fn system() -> Self {
        Self::person(SYSTEM, "UTC")
    }

    /// The machine, carrying out what a person decided.
    pub(crate) fn system_for(person: &str) -> Self {
        Self {
            on_behalf_of: (person != SYSTEM).then(|| PersonId::from(person)),
            ..Self::system()
        }
    }
}
