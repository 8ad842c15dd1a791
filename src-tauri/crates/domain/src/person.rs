//! Persons and what their roles allow.

use serde::{Deserialize, Serialize};

use crate::{PersonId, words};

words! {
    /// What a person may do. A person can have several.
    Role {
        /// Triage, notices, replies, filing.
        Agent = "agent",
        /// Comments on and signs regulated letters.
        Reviewer = "reviewer",
        /// Signs above limits.
        Approver = "approver",
        /// Compliance: is told when content differs.
        Compliance = "compliance",
        /// Onboarding and partner data.
        PartnerManager = "partner_manager",
        /// Reads everything, changes nothing.
        Auditor = "auditor",
        /// Connections and settings; no exception from four eyes.
        Administrator = "administrator",
    }
}

/// The person who acts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Login name.
    pub id: PersonId,
    /// Name as printed in a signature.
    pub name: String,
    /// Roles held.
    pub roles: Vec<Role>,
    /// IANA time zone of the person.
    pub time_zone: String,
}

impl Person {
    /// Whether the person holds a role.
    #[must_use]
    pub fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// Whether the person may sign a review: reviewers, approvers and compliance. Four eyes is checked separately.
    #[must_use]
    pub fn may_sign(&self) -> bool {
        self.has(Role::Reviewer) || self.has(Role::Approver) || self.has(Role::Compliance)
    }

    /// Whether the person may start effects outside: everybody but a pure auditor.
    #[must_use]
    pub fn may_act(&self) -> bool {
        self.roles.iter().any(|r| !matches!(r, Role::Auditor))
    }
}
