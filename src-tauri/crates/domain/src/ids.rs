//! Names of things. A thing is named `kind:system:remote_id`, never by a row number.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::words;

words! {
    /// The six remote systems.
    System {
        /// Trading Grid Active Community: partner cases, threads, reviews.
        Community = "community",
        /// Trading Grid Active Documents: EDI documents and their status.
        Documents = "documents",
        /// Exstream: templates, letters, delivery.
        Exstream = "exstream",
        /// Workflow Service: tasks and process instances.
        Workflow = "workflow",
        /// Extended ECM business workspaces: governed filing.
        Workspaces = "workspaces",
        /// The internal tracker X.
        Tracker = "tracker",
    }
}

words! {
    /// Kinds of mirrored or local things.
    Kind {
        /// Trading partner.
        Partner = "partner",
        /// Partner case in Community.
        Case = "case",
        /// Message in a case thread.
        Comment = "comment",
        /// File on a case.
        Attachment = "attachment",
        /// Review, onboarding or mirror space.
        Space = "space",
        /// Item of a space.
        SpaceItem = "space_item",
        /// EDI document.
        Document = "document",
        /// Letter template.
        Template = "template",
        /// Notice to a partner or customer.
        Notice = "notice",
        /// Human task.
        Task = "task",
        /// Process instance.
        Process = "process",
        /// Business workspace.
        Workspace = "workspace",
        /// File or folder in a workspace.
        Node = "node",
        /// Ticket in the tracker.
        Ticket = "ticket",
        /// Comment or reply on a ticket.
        TicketEntry = "ticket_entry",
        /// What a named rule found wrong; shown as an exception.
        Finding = "finding",
        /// A request for signatures over one content hash.
        Review = "review",
    }
}

/// `kind:system:remote_id`, for example `case:community:48213`. The remote id may itself contain colons.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectRef {
    /// Kind of thing.
    pub kind: Kind,
    /// System that owns it.
    pub system: System,
    /// Its id there, as text.
    pub remote_id: String,
}

impl ObjectRef {
    /// Names a thing.
    pub fn new(kind: Kind, system: System, remote_id: impl Into<String>) -> Self {
        Self {
            kind,
            system,
            remote_id: remote_id.into(),
        }
    }

    /// The Community case with this id.
    pub fn case(remote_id: impl Into<String>) -> Self {
        Self::new(Kind::Case, System::Community, remote_id)
    }
}

impl fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.kind, self.system, self.remote_id)
    }
}

/// Text that does not name a thing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not of the form kind:system:remote_id")]
pub struct NotAName(pub String);

impl FromStr for ObjectRef {
    type Err = NotAName;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = || NotAName(text.chars().take(80).collect());
        let mut parts = text.splitn(3, ':');
        let (Some(kind), Some(system), Some(id)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(bad());
        };
        if id.is_empty() || id.len() > 200 {
            return Err(bad());
        }
        Ok(Self {
            kind: kind.parse().map_err(|_| bad())?,
            system: system.parse().map_err(|_| bad())?,
            remote_id: id.to_owned(),
        })
    }
}

impl Serialize for ObjectRef {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ObjectRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

macro_rules! text_id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str { &self.0 }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.pad(&self.0) }
        }
        impl From<String> for $name { fn from(text: String) -> Self { Self(text) } }
        impl From<&str> for $name { fn from(text: &str) -> Self { Self(text.to_owned()) } }
    };
}

text_id!(
    /// A person, by login name.
    PersonId
);
text_id!(
    /// Minted when a plan is first shown, kept through confirm, crash and resume.
    IntentId
);
text_id!(
    /// One confirmed action; its steps are numbered from 1.
    ActionId
);
text_id!(
    /// A notice, minted with its intent, such as `N-3127-9f31c2`.
    NoticeId
);
text_id!(
    /// Idempotency key of a step: SHA-256 in hex.
    StepKey
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_survives_text_and_keeps_colons_in_the_remote_id() {
        let name: ObjectRef = "node:workspaces:a:b".parse().unwrap();
        assert_eq!(name.remote_id, "a:b");
        assert_eq!(name.to_string(), "node:workspaces:a:b");
        assert!("case:community:".parse::<ObjectRef>().is_err());
        assert!("case:nowhere:1".parse::<ObjectRef>().is_err());
    }
}
