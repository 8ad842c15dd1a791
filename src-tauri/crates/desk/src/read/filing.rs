//! Filing a partner's message with its attachments: where it could go, what goes, and the plan for what was chosen.

use std::collections::BTreeMap;

use domain::{Kind, ObjectRef, Refusal, System, matching::Choice, refusal::Code};
use serde_json::json;

use crate::{
    Desk,
    act::Ask,
    facts::{self, Known},
    problem::{Refuse, problem},
    view::{AttachmentRef, FileInput, FilingView, PlanView, WorkspaceCandidate},
};

const PLAYBOOK: &str = "file_message";
/// The message among the items.
const MESSAGE: &str = "message";

impl Desk {
    /// What the filing dialog shows: everything that could be chosen, and the plan for what is chosen.
    ///
    /// # Errors
    /// `E_NOT_FOUND`.
    pub async fn filing(&self, args: &FileInput) -> Result<FilingView, Refusal> {
        let case_id = self.resolve_case(&args.case).await?;
        let known = self.know(&case_id).await?;
        let (proposed, candidates) = match facts::workspace_choice(&known, self.policy()) {
            Choice::Taken(one) => (Some(workspace_ref(&one.workspace.id)), vec![one]),
            Choice::Ask(list) => (None, list),
        };
        let planned = match ask(args) {
            Ok(ask) => self.plan(&ask).await,
            Err(refusal) => Err(refusal),
        };
        let (plan, problem) = match planned {
            Ok(planned) => (Some(self.plan_view(&planned.plan, None)), None),
            Err(refusal) => (None, Some(problem(&refusal))),
        };
        Ok(FilingView {
            case: known.case.object().to_string(),
            candidates: candidates
                .into_iter()
                .map(|c| WorkspaceCandidate {
                    id: workspace_ref(&c.workspace.id),
                    path: format!("{} / {}", c.workspace.type_name, c.workspace.name),
                    score: format!("{:.2}", c.score),
                    reasons: c.reasons,
                })
                .collect(),
            proposed,
            items: self.filing_items(&known).await?,
            plan,
            problem,
        })
    }

    async fn filing_items(&self, known: &Known) -> Result<Vec<AttachmentRef>, Refusal> {
        let mut items: Vec<AttachmentRef> = Vec::new();
        if let Some((name, bytes)) = facts::message_file(known) {
            items.push(AttachmentRef {
                id: MESSAGE.to_owned(),
                name,
                size: i64::try_from(bytes.len()).ok(),
                media_type: Some("text/plain".to_owned()),
                local: true,
            });
        }
        for a in facts::partner_files(known) {
            let kept = self.inner.cache.blob_info(&a.sha256).await.refuse()?;
            items.push(AttachmentRef {
                id: ObjectRef::new(Kind::Attachment, System::Community, a.id.clone()).to_string(),
                name: a.name.clone(),
                size: Some(a.size),
                media_type: Some(a.media_type.clone()),
                local: kept.is_some(),
            });
        }
        Ok(items)
    }

    /// Files the message of a case with the chosen attachments.
    ///
    /// # Errors
    /// As [`Desk::submit`]; `E_CHOICE` while a workspace has to be chosen; `E_FIELD` without the message.
    pub async fn file_case(&self, args: &FileInput) -> Result<PlanView, Refusal> {
        let done = self.submit(&ask(args)?).await?;
        Ok(self.plan_view(&done.plan, done.action_id.map(|a| a.to_string())))
    }
}

fn workspace_ref(id: &str) -> String {
    ObjectRef::new(Kind::Workspace, System::Workspaces, id).to_string()
}

fn ask(args: &FileInput) -> Result<Ask<'_>, Refusal> {
    let prefix = workspace_ref("");
    let workspace = args
        .workspace
        .as_deref()
        .map(|id| id.strip_prefix(&prefix).unwrap_or(id));
    Ok(Ask {
        playbook: PLAYBOOK,
        case: &args.case,
        fields: workspace
            .map(|id| ("workspace".to_owned(), id.to_owned()))
            .into_iter()
            .collect::<BTreeMap<_, _>>(),
        intent: None,
        again: args.again.unwrap_or(false),
        attachments: args.items.as_deref().map(attachments).transpose()?,
        personal: None,
        urgent: None,
    })
}

/// The attachments among the chosen items. They are filed with the message they came with, never without it.
fn attachments(items: &[String]) -> Result<Vec<String>, Refusal> {
    if !items.iter().any(|item| item == MESSAGE) {
        return Err(
            Refusal::new(Code::Field, "The message is filed with its attachments.")
                .with(json!({"fields": ["items"]})),
        );
    }
    let prefix = ObjectRef::new(Kind::Attachment, System::Community, "").to_string();
    Ok(items
        .iter()
        .filter_map(|item| item.strip_prefix(&prefix))
        .map(str::to_owned)
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(items: &[&str]) -> FileInput {
        FileInput {
            case: "48001".to_owned(),
            workspace: Some("workspace:workspaces:7".to_owned()),
            items: Some(items.iter().map(|i| (*i).to_owned()).collect()),
            again: None,
        }
    }

    #[test]
    fn only_the_chosen_attachments_are_filed() {
        let input = input(&["message", "attachment:community:at-2"]);
        let ask = ask(&input).unwrap();
        assert_eq!(ask.attachments, Some(vec!["at-2".to_owned()]));
        assert_eq!(ask.fields["workspace"], "7");
    }

    #[test]
    fn attachments_are_not_filed_without_their_message() {
        let refusal = ask(&input(&["attachment:community:at-2"])).unwrap_err();
        assert_eq!(refusal.code, Code::Field);
    }
}
