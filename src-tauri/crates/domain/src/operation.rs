//! The table of connector calls: system, word, level, longest time.
//!
//! A level is what the other side offers after an outcome nobody saw; it is a minimum, never a choice.

use serde::{Deserialize, Serialize};

use crate::{System, time::SECOND, visibility::Visibility, words};

words! {
    /// How an unknown outcome is resolved.
    Level {
        /// The other side honours our key: send again with the same key.
        A = "A",
        /// The other side can be searched by our reference: look up first.
        B = "B",
        /// Neither: a person decides.
        C = "C",
    }
}

macro_rules! operations {
    ($($(#[$m:meta])* $variant:ident = $word:literal, $system:ident, $level:ident, $seconds:literal;)+) => {
        words! {
            /// Every write of every connector, by its word.
            Operation { $($(#[$m])* $variant = $word),+ }
        }
        impl Operation {
            /// The system that performs it.
            #[must_use]
            pub const fn system(self) -> System { match self { $(Self::$variant => System::$system),+ } }
            /// The least level its connector must reach.
            #[must_use]
            pub const fn level(self) -> Level { match self { $(Self::$variant => Level::$level),+ } }
            /// Longest time in milliseconds a call may still be under way on the other side.
            #[must_use]
            pub const fn longest_time(self) -> i64 { match self { $(Self::$variant => $seconds * SECOND),+ } }
        }
    };
}

operations! {
    /// Open a partner case.
    CreateCase = "create_case", Community, A, 30;
    /// Post a message to a case, visible to the partner or internal.
    PostMessage = "post_message", Community, A, 30;
    /// Change fields of a case against a version.
    UpdateCase = "update_case", Community, A, 30;
    /// Win or lose the right to do something once among several desktops.
    Claim = "claim", Community, A, 30;
    /// Put a file on a case.
    AddAttachment = "add_attachment", Community, A, 120;
    /// Open a review, onboarding or mirror space.
    OpenSpace = "open_space", Community, A, 30;
    /// Publish an item in a space.
    PublishItem = "publish_item", Community, A, 30;
    /// Ask recipients to acknowledge a document.
    RequestAcknowledgement = "request_acknowledgement", Community, A, 30;
    /// Remind recipients of a document they were asked to acknowledge.
    RemindAcknowledgement = "remind_acknowledgement", Community, A, 30;
    /// Send an EDI document, or an approved letter; the AS2 Message-ID is the key.
    SendDocument = "send_document", Documents, A, 120;
    /// Have a document processed again.
    Reprocess = "reprocess", Documents, A, 60;
    /// Render a proof; repeating it has no effect outside.
    Render = "render", Exstream, A, 60;
    /// Set Exstream's own approval state.
    SetReviewState = "set_review_state", Exstream, B, 30;
    /// Release a notice to its recipient.
    Release = "release", Exstream, B, 120;
    /// Cancel a job.
    CancelJob = "cancel", Exstream, B, 30;
    /// Start a process instance by business key.
    StartProcess = "start", Workflow, B, 60;
    /// Claim a task.
    ClaimTask = "claim_task", Workflow, B, 30;
    /// Assign a task.
    AssignTask = "assign", Workflow, B, 30;
    /// Set the due date of a task.
    SetDue = "set_due", Workflow, B, 30;
    /// Complete a task with an outcome.
    CompleteTask = "complete", Workflow, B, 60;
    /// Create a business workspace.
    CreateWorkspace = "create_workspace", Workspaces, B, 120;
    /// Upload a document.
    Upload = "upload", Workspaces, B, 120;
    /// Add a version.
    AddVersion = "add_version", Workspaces, B, 120;
    /// Set category values.
    SetCategories = "set_categories", Workspaces, B, 30;
    /// Download and compare the hash.
    Verify = "verify", Workspaces, A, 120;
    /// Create a ticket.
    CreateTicket = "create_ticket", Tracker, B, 60;
    /// Internal comment on a ticket.
    CommentTicket = "comment", Tracker, B, 30;
    /// Partner-visible reply on a ticket.
    ReplyTicket = "reply", Tracker, B, 30;
    /// Change fields of a ticket.
    UpdateTicket = "update", Tracker, B, 30;
    /// Link a ticket.
    LinkTicket = "link", Tracker, B, 30;
}

impl Operation {
    /// The word of the published table, unique within its system (`claim` is both a Community and a Workflow word).
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::ClaimTask => "claim",
            other => other.as_str(),
        }
    }

    /// Whether the call has an effect outside that somebody could notice.
    #[must_use]
    pub const fn has_outside_effect(self) -> bool {
        !matches!(self, Self::Render | Self::Verify)
    }
}

/// A call with its arguments, as stored in a step once references to earlier steps are filled in.
///
/// `blob` fields name bytes by SHA-256; the bytes travel beside the call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "operation", rename_all = "snake_case", deny_unknown_fields)]
#[allow(missing_docs, reason = "fields carry the names of the wire")]
pub enum Call {
    CreateCase {
        partner_id: String,
        subject: String,
        case_type: String,
        #[serde(default)]
        subtype: String,
        #[serde(default)]
        business_refs: Vec<crate::record::BusinessRef>,
    },
    PostMessage {
        case_id: String,
        visibility: Visibility,
        body: String,
    },
    /// `base` holds the values the person saw, `changes` the values wanted; both JSON objects over the same fields.
    UpdateCase {
        case_id: String,
        base_version: i64,
        base: serde_json::Map<String, serde_json::Value>,
        changes: serde_json::Map<String, serde_json::Value>,
    },
    Claim {
        case_id: String,
        purpose: String,
        subject: String,
    },
    AddAttachment {
        case_id: String,
        name: String,
        media_type: String,
        visibility: Visibility,
        blob: String,
    },
    OpenSpace {
        purpose: String,
        case_id: Option<String>,
        partner_id: Option<String>,
        title: String,
        subject: String,
    },
    PublishItem {
        space_id: String,
        item_kind: String,
        title: String,
        state: String,
        due_at: Option<i64>,
        data: serde_json::Value,
    },
    RequestAcknowledgement {
        case_id: Option<String>,
        title: String,
        /// What it is a part of: the number of a campaign.
        #[serde(default)]
        subject: Option<String>,
        recipients: Vec<String>,
        /// Name of the document.
        #[serde(default)]
        name: String,
        #[serde(default)]
        media_type: String,
        blob: String,
        due_at: i64,
        #[serde(default)]
        view_before: bool,
        #[serde(default)]
        signed_upload: bool,
    },
    RemindAcknowledgement {
        request_id: String,
        recipients: Vec<String>,
        text: String,
    },
    SendDocument {
        from: String,
        to: String,
        media_type: String,
        blob: String,
        /// A letter and the approval it leaves on; absent for business documents.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        letter: Option<Box<crate::distribution::Enclosed>>,
    },
    Reprocess {
        transaction_id: String,
    },
    /// Data is the driver data of the letter; answers with the bytes.
    Render {
        notice_id: String,
        template: String,
        template_version: i64,
        channel: String,
        language: String,
        data: serde_json::Value,
    },
    SetReviewState {
        resource_id: String,
        state: String,
        comment: String,
    },
    /// `content_sha256` are the approved or previewed bytes; the release check compares what was produced.
    Release {
        notice_id: String,
        case_id: String,
        document_id: String,
        content_sha256: String,
        template: String,
        template_version: i64,
        channel: String,
        language: String,
        recipient: String,
        data: serde_json::Value,
    },
    #[serde(rename = "cancel")]
    CancelJob {
        job_id: String,
    },
    #[serde(rename = "start")]
    StartProcess {
        definition_key: String,
        business_key: String,
        name: String,
        variables: serde_json::Value,
    },
    ClaimTask {
        task_id: String,
        assignee: String,
    },
    #[serde(rename = "assign")]
    AssignTask {
        task_id: String,
        assignee: String,
    },
    SetDue {
        task_id: String,
        due_at: i64,
    },
    #[serde(rename = "complete")]
    CompleteTask {
        task_id: String,
        outcome: String,
        variables: serde_json::Value,
    },
    CreateWorkspace {
        template_id: String,
        type_id: String,
        name: String,
        parent_id: String,
        external_system: String,
        object_type: String,
        object_id: String,
    },
    Upload {
        parent_id: String,
        name: String,
        media_type: String,
        blob: String,
        categories: serde_json::Value,
    },
    AddVersion {
        node_id: String,
        name: String,
        media_type: String,
        blob: String,
    },
    SetCategories {
        node_id: String,
        category_id: String,
        values: serde_json::Value,
    },
    Verify {
        node_id: String,
        sha256: String,
    },
    /// `marker` is written where the tracker can be searched by it.
    CreateTicket {
        case_id: String,
        queue: String,
        subject: String,
        body: String,
        marker: String,
    },
    #[serde(rename = "comment")]
    CommentTicket {
        ticket_id: String,
        body: String,
        marker: String,
    },
    #[serde(rename = "reply")]
    ReplyTicket {
        ticket_id: String,
        body: String,
        marker: String,
    },
    #[serde(rename = "update")]
    UpdateTicket {
        ticket_id: String,
        base_version: Option<String>,
        changes: serde_json::Map<String, serde_json::Value>,
    },
    #[serde(rename = "link")]
    LinkTicket {
        ticket_id: String,
        target: String,
    },
}

impl Call {
    /// The word of this call in the table.
    #[must_use]
    pub const fn operation(&self) -> Operation {
        match self {
            Self::CreateCase { .. } => Operation::CreateCase,
            Self::PostMessage { .. } => Operation::PostMessage,
            Self::UpdateCase { .. } => Operation::UpdateCase,
            Self::Claim { .. } => Operation::Claim,
            Self::AddAttachment { .. } => Operation::AddAttachment,
            Self::OpenSpace { .. } => Operation::OpenSpace,
            Self::PublishItem { .. } => Operation::PublishItem,
            Self::RequestAcknowledgement { .. } => Operation::RequestAcknowledgement,
            Self::RemindAcknowledgement { .. } => Operation::RemindAcknowledgement,
            Self::SendDocument { .. } => Operation::SendDocument,
            Self::Reprocess { .. } => Operation::Reprocess,
            Self::Render { .. } => Operation::Render,
            Self::SetReviewState { .. } => Operation::SetReviewState,
            Self::Release { .. } => Operation::Release,
            Self::CancelJob { .. } => Operation::CancelJob,
            Self::StartProcess { .. } => Operation::StartProcess,
            Self::ClaimTask { .. } => Operation::ClaimTask,
            Self::AssignTask { .. } => Operation::AssignTask,
            Self::SetDue { .. } => Operation::SetDue,
            Self::CompleteTask { .. } => Operation::CompleteTask,
            Self::CreateWorkspace { .. } => Operation::CreateWorkspace,
            Self::Upload { .. } => Operation::Upload,
            Self::AddVersion { .. } => Operation::AddVersion,
            Self::SetCategories { .. } => Operation::SetCategories,
            Self::Verify { .. } => Operation::Verify,
            Self::CreateTicket { .. } => Operation::CreateTicket,
            Self::CommentTicket { .. } => Operation::CommentTicket,
            Self::ReplyTicket { .. } => Operation::ReplyTicket,
            Self::UpdateTicket { .. } => Operation::UpdateTicket,
            Self::LinkTicket { .. } => Operation::LinkTicket,
        }
    }

    /// SHA-256 of the bytes the call carries, if any.
    #[must_use]
    pub fn blob(&self) -> Option<&str> {
        match self {
            Self::AddAttachment { blob, .. }
            | Self::RequestAcknowledgement { blob, .. }
            | Self::SendDocument { blob, .. }
            | Self::Upload { blob, .. }
            | Self::AddVersion { blob, .. } => Some(blob),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_is_stored_under_the_word_of_its_operation() {
        let call = Call::CommentTicket {
            ticket_id: "7".into(),
            body: "b".into(),
            marker: "m".into(),
        };
        let json = serde_json::to_value(&call).unwrap();
        assert_eq!(json["operation"], call.operation().as_str());
        assert_eq!(serde_json::from_value::<Call>(json).unwrap(), call);
    }
}
