//! From a command's name to the desk and back.

use desk::{
    Desk, problem,
    view::{
        self, ActAs, ActionInput, ByCase, ById, CampaignInput, CampaignLaunch, CheckText,
        CommitPrepared, DelegateInput, DistributionInput, DistributionLaunch, Done, ExceptionInput,
        FallBack, FileInput, GetBatch, GetCampaign, GetDistribution, GetPartnerChanges,
        GetRegister, GetRegisterTrend, GetTimeline, ListArgs, ListAudit, ListLoops, ListOutbox,
        ListReviews, NoticeInput, OutcomeInput, OutreachInput, OutreachSample, OutreachSend,
        PauseConnection, PauseOutbox, PinCase, PrepareInput, Problem, RejectInput, RemindInput,
        ReplyInput, ResolutionInput, ResolutionSend, ResolveComment, ResolveInput, ReviewComment,
        ReviseInput, SaveConnections, SendNow, SetOffline, ShareComment, SignInput, StatementInput,
        StatementSample, StatementSend, SyncNow, TakePartnerChanges, TestConnection, UndoInput,
        WaiveInput, WireOf,
    },
};
use domain::{Refusal, System, refusal::Code};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// Largest arguments of one call, in bytes of JSON.
const LARGEST: usize = 2 * 1024 * 1024;

fn args<T: DeserializeOwned>(value: Value) -> Result<T, Refusal> {
    serde_json::from_value(value)
        .map_err(|e| Refusal::new(Code::Input, format!("The arguments do not fit: {e}")))
}

fn out<T: Serialize>(value: T) -> Result<Value, Refusal> {
    serde_json::to_value(value).map_err(|e| Refusal::new(Code::Internal, e.to_string()))
}

fn done(text: impl Into<String>) -> Result<Value, Refusal> {
    out(Done {
        text: text.into(),
        undo_step: None,
    })
}

/// Carries out one command.
///
/// # Errors
/// A [`Problem`] with a stable code; nothing was done then.
pub async fn call(desk: &Desk, command: &str, arguments: Value) -> Result<Value, Problem> {
    if arguments.to_string().len() > LARGEST {
        return Err(problem(&Refusal::new(
            Code::Input,
            "The arguments are too large.",
        )));
    }
    Box::pin(dispatch(desk, command, arguments))
        .await
        .map_err(|refusal| {
            desk.note_damage(&refusal);
            tracing::debug!(command, code = %refusal.code, "refused");
            problem(&refusal)
        })
}

async fn dispatch(desk: &Desk, command: &str, a: Value) -> Result<Value, Refusal> {
    match command {
        "get_status" => out(desk.status().await?),
        // Answered by the shell; where there is none, the folder is open and there is no window to look at.
        "open_folder" | "keep_look" => out(()),
        "list_persons" => out(desk.list_persons()),
        "act_as" => {
            desk.act_as(&args::<ActAs>(a)?.person).await?;
            out(desk.status().await?)
        }
        "set_offline" => {
            desk.set_online(!args::<SetOffline>(a)?.on);
            out(desk.status().await?)
        }
        "sync_now" => out(desk
            .sync_now(args::<SyncNow>(a)?.system.and_then(system_of))
            .await?),
        "list_cases" => out(desk.list_cases(&args::<ListArgs>(a)?).await?),
        "list_exceptions" => out(desk.list_exceptions(&args::<ListArgs>(a)?).await?),
        "list_documents" => out(desk.list_documents(&args::<ListArgs>(a)?).await?),
        "list_linked" => out(desk.linked(&args::<ById>(a)?.id).await?),
        "check_text" => out(desk.check_text(&args::<CheckText>(a)?).await?),
        "get_case" => out(desk.case_view(&args::<ById>(a)?.id).await?),
        "get_timeline" => out(desk.timeline(&args::<GetTimeline>(a)?).await?),
        "get_document" => out(desk.document(&args::<ById>(a)?.id).await?),
        "list_playbooks" => out(desk.playbook_rows(&args::<ByCase>(a)?.case).await?),
        "open_composer" => out(desk.composer(&args::<ByCase>(a)?.case).await?),
        "preview_notice" => out(desk.preview_notice(&args::<NoticeInput>(a)?).await?),
        "save_draft" => out(desk.save_draft(&args::<NoticeInput>(a)?).await?),
        "discard_draft" => {
            desk.discard_draft(&args::<ByCase>(a)?.case).await?;
            done("Draft discarded.")
        }
        "plan_action" => out(desk.action(&args::<ActionInput>(a)?, true).await?),
        "submit_action" => out(desk.action(&args::<ActionInput>(a)?, false).await?),
        "get_undo" => out(desk.undo_view(&args::<ById>(a)?.id).await?),
        "undo_notice" => {
            let input = args::<UndoInput>(a)?;
            out(desk.undo(&input.action_id, &input.content).await?)
        }
        "fall_back" => {
            let input = args::<FallBack>(a)?;
            out(desk
                .fall_back(&input.notice, input.channel.as_deref())
                .await?)
        }
        "send_now" => {
            let input = args::<SendNow>(a)?;
            // Named by one of its steps, the whole notice goes.
            let action = input.id.split('.').next().unwrap_or_default();
            let steps = desk.send_now(action, &input.reason).await?;
            done(match steps {
                0 => "It leaves as soon as it is ready.".to_owned(),
                _ => "It leaves now.".to_owned(),
            })
        }
        "reply_to_case" => reply(desk, args(a)?).await,
        "open_filing" => out(desk.filing(&args::<FileInput>(a)?).await?),
        "file_case" => out(desk.file_case(&args::<FileInput>(a)?).await?),
        "plan_outreach" => out(desk.outreach(&args::<OutreachInput>(a)?).await?),
        "sample_outreach" => out(desk.outreach_sample(&args::<OutreachSample>(a)?).await?),
        "plan_statements" => out(desk.statements(&args::<StatementInput>(a)?).await?),
        "sample_statement" => out(desk.statement_sample(&args::<StatementSample>(a)?).await?),
        "send_statements" => out(desk.send_statements(&args::<StatementSend>(a)?).await?),
        "send_outreach" => out(desk.send_outreach(&args::<OutreachSend>(a)?).await?),
        "list_batches" => out(desk.batches(&args::<ByCase>(a)?.case).await?),
        "get_batch" => out(desk.batch(&args::<GetBatch>(a)?).await?),
        "retry_batch" => {
            let again = desk.retry_batch(&args::<ById>(a)?.id).await?;
            done(format!("{again} notices go again."))
        }
        "plan_campaign" => out(desk.campaign_plan_view(&args::<CampaignInput>(a)?).await?),
        "launch_campaign" => out(desk.launch_campaign(&args::<CampaignLaunch>(a)?).await?),
        "list_campaigns" => out(desk.list_campaigns(&args::<ByCase>(a)?.case).await?),
        "get_campaign" => out(desk.campaign_view(&args::<GetCampaign>(a)?).await?),
        "get_campaign_document" => {
            out(desk.campaign_document_content(&args::<ById>(a)?.id).await?)
        }
        "waive_recipient" => {
            let waived = desk.waive_recipients(&args::<WaiveInput>(a)?).await?;
            done(format!("{waived} recipients are let off."))
        }
        "remind_recipients" => {
            let reminded = desk.remind_recipients(&args::<RemindInput>(a)?).await?;
            done(format!("{reminded} recipients are reminded."))
        }
        "close_campaign" => {
            desk.close_campaign(&args::<ById>(a)?.id).await?;
            done("Closed; its evidence goes onto the case.")
        }
        "plan_distribution" => out(desk
            .distribution_plan_view(&args::<DistributionInput>(a)?)
            .await?),
        "launch_distribution" => out(desk
            .launch_distribution(&args::<DistributionLaunch>(a)?)
            .await?),
        "list_distributions" => out(desk.list_distributions(&args::<ByCase>(a)?.case).await?),
        "get_distribution" => out(desk.distribution_view(&args::<GetDistribution>(a)?).await?),
        "retry_distribution" => {
            let again = desk.retry_distribution(&args::<ById>(a)?.id).await?;
            done(format!("{again} recipients are sent to again."))
        }
        "see_case" => {
            desk.see_case(&args::<ByCase>(a)?.case).await?;
            done("Seen.")
        }
        "pin_case" => {
            let pin: PinCase = args(a)?;
            desk.pin_case(&pin.case, pin.on).await?;
            done(if pin.on {
                "Kept for offline work."
            } else {
                "No longer kept for offline work."
            })
        }
        "plan_resolution" => out(desk.resolution_view(&args::<ResolutionInput>(a)?).await?),
        "preview_resolution" => out(desk
            .preview_resolution(&args::<ResolutionInput>(a)?)
            .await?),
        "send_resolution" => {
            desk.send_resolution(&args::<ResolutionSend>(a)?).await?;
            done("Recorded; the case is resolved once it has gone out.")
        }
        "list_loops" => out(desk
            .list_loops(args::<ListLoops>(a)?.state.as_deref())
            .await?),
        "confirm_outcome" => {
            desk.confirm_outcome(&args::<OutcomeInput>(a)?).await?;
            done("The outcome is noted.")
        }
        "exception_action" => {
            let act: ExceptionInput = args(a)?;
            let state = desk
                .act_on_exception(&act.id, &act.kind, act.reason.as_deref())
                .await?;
            done(format!("The exception is {state}."))
        }
        "get_attachment" => out(desk.attachment(&args::<ById>(a)?.id).await?),
        _ => Box::pin(dispatch_decisions(desk, command, a)).await,
    }
}

async fn dispatch_decisions(desk: &Desk, command: &str, a: Value) -> Result<Value, Refusal> {
    match command {
        "list_reviews" => out(desk.list_reviews(&args::<ListReviews>(a)?).await?),
        "get_review" => out(desk.review_view(&args::<ById>(a)?.id).await?),
        "comment_review" => {
            let c: ReviewComment = args(a)?;
            let about = desk::Passage {
                block: c.block,
                quote: c.quote.as_deref(),
                near: c.near,
            };
            desk.comment_on_review(&c.id, &c.text, about).await?;
            done("Comment queued.")
        }
        "resolve_comment" => {
            let c: ResolveComment = args(a)?;
            desk.resolve_comment(&c.id, &c.comment, &c.settled, &c.word)
                .await?;
            done("The comment is settled.")
        }
        "share_comment" => {
            let c: ShareComment = args(a)?;
            desk.share_comment(&c.id, &c.comment, c.personal.as_deref())
                .await?;
            done("The partner reads it once it is posted.")
        }
        "get_partner_changes" => out(desk.partner_changes(&args::<GetPartnerChanges>(a)?).await?),
        "take_partner_changes" => {
            let t: TakePartnerChanges = args(a)?;
            desk.take_partner_changes(&t.id, &t.attachment, Some(&t.sha256))
                .await?;
            done("Their changes go to review as the next version.")
        }
        "list_delegations" => out(desk.delegation_list().await?),
        "delegate_signing" => {
            desk.delegate(&args::<DelegateInput>(a)?).await?;
            done("Delegated; every desktop knows it with its next pull.")
        }
        "revoke_delegation" => {
            desk.revoke_delegation(&args::<ById>(a)?.id).await?;
            done("Revoked.")
        }
        "plan_revision" => out(desk.plan_revision(&args::<ReviseInput>(a)?).await?),
        "revise_review" => {
            let r: ReviseInput = args(a)?;
            desk.revise_letter(&r.id, &r.fields).await?;
            done("The next version goes to review.")
        }
        "sign_review" => {
            desk.sign_review(&args::<SignInput>(a)?).await?;
            done("Signed.")
        }
        "reject_review" => {
            desk.reject_review(&args::<RejectInput>(a)?).await?;
            done("Rejected.")
        }
        "prepare_review" => {
            desk.prepare_review(&args::<PrepareInput>(a)?).await?;
            done("Prepared. It is confirmed with your PIN once the letter can be read again.")
        }
        "commit_prepared" => out(desk.commit_review(&args::<CommitPrepared>(a)?).await?),
        "get_register" => out(desk.register(&args::<GetRegister>(a)?).await?),
        "get_register_trend" => out(desk.register_trend(&args::<GetRegisterTrend>(a)?).await?),
        // The shell knows where a person's files go; at the command line the folder is named.
        "export_evidence" | "export_campaign" | "export_register" => Err(Refusal::new(
            Code::State,
            "No folder for downloads is known to this program.",
        )),
        "list_outbox" => out(desk.outbox(&args::<ListOutbox>(a)?).await?),
        "get_step" => out(desk.step(&args::<ById>(a)?.id).await?),
        "retry_step" => {
            desk.retry_step(&args::<ById>(a)?.id).await?;
            done("It goes again.")
        }
        "cancel_step" => {
            desk.cancel_step(&args::<ById>(a)?.id).await?;
            done("Cancelled, with what cannot do without it.")
        }
        "resolve_step" => {
            desk.resolve(&args::<ResolveInput>(a)?).await?;
            done("Decided; the result goes out.")
        }
        "pause_outbox" => {
            desk.pause(args::<PauseOutbox>(a)?.on).await?;
            out(desk.status().await?)
        }
        "get_connections" => out(desk.connections_view().await?),
        // The shell starts one; elsewhere a sandbox is named when the folder is opened.
        "use_sandbox" => Err(Refusal::new(
            Code::State,
            "No sandbox runs in this program; name one when the data folder is opened.",
        )),
        "save_connections" => out(desk.save_connections(&args::<SaveConnections>(a)?).await?),
        "pause_connection" => out(desk.pause_connection(&args::<PauseConnection>(a)?).await?),
        "get_wire" => out(desk.wire_view(&args::<WireOf>(a)?).await?),
        "test_connection" => out(desk
            .test_connection(&args::<TestConnection>(a)?.connection)
            .await?),
        "list_audit" => out(desk.list_audit(&args::<ListAudit>(a)?).await?),
        "verify_audit" => out(desk.verify_audit().await?),
        other => Err(Refusal::new(
            Code::Input,
            format!(
                "There is no command {}.",
                other.chars().take(60).collect::<String>()
            ),
        )),
    }
}

async fn reply(desk: &Desk, input: ReplyInput) -> Result<Value, Refusal> {
    let playbook = match input.visibility {
        view::Visibility::Partner => "reply",
        view::Visibility::Internal => "note",
    };
    let action = ActionInput {
        playbook: playbook.to_owned(),
        case: input.case,
        fields: std::iter::once(("body".to_owned(), input.body)).collect(),
        again: None,
        intent: None,
        confirmed: None,
        personal: input.personal,
        urgent: None,
    };
    out(desk.action(&action, false).await?)
}

fn system_of(name: view::SystemName) -> Option<System> {
    let word = serde_json::to_value(name).ok()?;
    word.as_str()?.parse().ok()
}
