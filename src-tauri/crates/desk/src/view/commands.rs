//! The command list, once: names, arguments, results, and the topics a reading command goes stale by.
//! The shell's handlers, the generated TypeScript and its query invalidation are made from it.

use super::{
    ActAs, ActionInput, AuditRow, AuditVerdict, BatchRow, BatchView, ByCase, ById, CampaignInput,
    CampaignLaunch, CampaignPlan, CampaignRow, CampaignView, CaseRow, CaseView, Changed,
    CommitPrepared, CommitResult, ComposerView, ConnectionTest, ConnectionsView, Content,
    DelegateInput, DelegationList, DistributionInput, DistributionLaunch, DistributionPlan,
    DistributionRow, DistributionView, DocumentRow, DocumentView, Done, DraftSaved, ExceptionInput,
    ExceptionRow, ExportRegister, Exported, ExportedRegister, FileInput, FilingView, GetBatch,
    GetCampaign, GetDistribution, GetRegister, GetRegisterTrend, GetTimeline, LinkedGroup,
    ListArgs, ListAudit, ListLoops, ListOutbox, ListReviews, Look, NoticeInput, NoticePreview,
    OpenFolder, OpenLoop, OutboxView, OutcomeInput, OutreachInput, OutreachSample, OutreachSend,
    OutreachView, Page, PauseConnection, PauseOutbox, Person, PinCase, PlanView, PlaybookRow,
    PrepareInput, Problem, RegisterPage, RegisterTrend, RejectInput, RemindInput, ReplyInput,
    ResolutionInput, ResolutionPlan, ResolutionSend, ResolveComment, ResolveInput, ReviewComment,
    ReviewRow, ReviewView, ReviseInput, RevisionPlan, SaveConnections, SetOffline, SignInput,
    StatementInput, StatementSample, StatementSend, StatementsView, Status, StepView, SyncNow,
    SyncReport, TestConnection, TimelinePage, WaiveInput, WireOf, WireView,
};
use std::fmt::Write as _;
use std::path::Path;
use ts_rs::{Config, TS};

/// One command, for whoever has to know them all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Command {
    /// Name.
    pub name: &'static str,
    /// Topics after whose change its answer is out of date; empty for commands that change something.
    pub reads: &'static [&'static str],
}

macro_rules! commands {
    ($($name:ident($args:ty) -> $result:ty, [$($topic:ident)*];)*) => {
        /// Every command of the window.
        pub const COMMANDS: &[Command] = &[
            $(Command { name: stringify!($name), reads: &[$(stringify!($topic)),*] },)*
        ];

        /// Writes one TypeScript file per type and `commands.ts` into `dir`.
        ///
        /// # Errors
        /// When a file cannot be written.
        pub fn export_typescript(dir: &Path) -> Result<(), ts_rs::ExportError> {
            let config = Config::new().with_out_dir(dir).with_large_int("number");
            $(
                <$args as TS>::export_all(&config).or_else(ignore_builtin)?;
                <$result as TS>::export_all(&config).or_else(ignore_builtin)?;
            )*
            Problem::export_all(&config)?;
            Changed::export_all(&config)?;
            // An array exports nothing of what it holds.
            PlaybookRow::export_all(&config)?;
            Person::export_all(&config)?;
            BatchRow::export_all(&config)?;
            OpenLoop::export_all(&config)?;
            CampaignRow::export_all(&config)?;
            DistributionRow::export_all(&config)?;
            let mut names = std::collections::BTreeSet::new();
            let mut rows = String::new();
            let mut reads = String::new();
            $(
                let (args, result) = (<$args as TS>::name(&config), <$result as TS>::name(&config));
                collect_names(&args, &mut names);
                collect_names(&result, &mut names);
                let _ = writeln!(rows, "  {}: {{ args: {args}; result: {result} }};", stringify!($name));
                let topics: &[&str] = &[$(stringify!($topic)),*];
                let topics = topics.iter().map(|topic| format!("\"{topic}\"")).collect::<Vec<_>>().join(", ");
                let _ = writeln!(reads, "  {}: [{topics}],", stringify!($name));
            )*
            let mut text = String::from("// Generated from the command list; do not edit.\n");
            names.insert("Topic".to_owned());
            for name in names {
                let _ = writeln!(text, "import type {{ {name} }} from \"./{name}\";");
            }
            let _ = write!(
                text,
                "\nexport interface Commands {{\n{rows}}}\n\nexport type CommandName = keyof Commands;\n\n\
                 /** Topics after whose change an answer is out of date. */\n\
                 export const READS: Record<CommandName, readonly Topic[]> = {{\n{reads}}};\n"
            );
            std::fs::write(dir.join("commands.ts"), text)?;
            Ok(())
        }
    };
}

/// `null` and `Array<…>` have no file of their own.
fn ignore_builtin(error: ts_rs::ExportError) -> Result<(), ts_rs::ExportError> {
    match error {
        ts_rs::ExportError::CannotBeExported(_) => Ok(()),
        other => Err(other),
    }
}

/// Picks the type names out of `Array<Page<CaseRow>>`.
fn collect_names(expression: &str, names: &mut std::collections::BTreeSet<String>) {
    for word in expression.split(|c: char| !c.is_alphanumeric()) {
        let ours = word.chars().next().is_some_and(char::is_uppercase) && word != "Array";
        if ours {
            names.insert(word.to_owned());
        }
    }
}

commands! {
    get_status(()) -> Status, [status outbox reviews cases exceptions documents connections];
    open_folder(OpenFolder) -> (), [];
    keep_look(Look) -> (), [];
    list_persons(()) -> Vec<Person>, [status];
    act_as(ActAs) -> Status, [];
    set_offline(SetOffline) -> Status, [];
    sync_now(SyncNow) -> SyncReport, [];
    list_cases(ListArgs) -> Page<CaseRow>, [cases outbox];
    list_exceptions(ListArgs) -> Page<ExceptionRow>, [exceptions];
    list_documents(ListArgs) -> Page<DocumentRow>, [documents];
    list_linked(ById) -> LinkedGroup, [cases exceptions documents];
    get_case(ById) -> CaseView, [cases exceptions documents notices outbox reviews];
    get_timeline(GetTimeline) -> TimelinePage, [cases documents notices outbox reviews];
    get_document(ById) -> DocumentView, [documents];
    list_playbooks(ByCase) -> Vec<PlaybookRow>, [cases notices];
    open_composer(ByCase) -> ComposerView, [];
    preview_notice(NoticeInput) -> NoticePreview, [];
    save_draft(NoticeInput) -> DraftSaved, [];
    discard_draft(ByCase) -> Done, [];
    plan_action(ActionInput) -> PlanView, [];
    submit_action(ActionInput) -> PlanView, [];
    reply_to_case(ReplyInput) -> PlanView, [];
    open_filing(FileInput) -> FilingView, [cases];
    file_case(FileInput) -> PlanView, [];
    plan_outreach(OutreachInput) -> OutreachView, [cases documents notices outbox];
    sample_outreach(OutreachSample) -> Content, [];
    send_outreach(OutreachSend) -> BatchRow, [];
    plan_statements(StatementInput) -> StatementsView, [cases notices outbox];
    sample_statement(StatementSample) -> Content, [];
    send_statements(StatementSend) -> BatchRow, [];
    list_batches(ByCase) -> Vec<BatchRow>, [notices outbox reviews];
    get_batch(GetBatch) -> BatchView, [notices outbox reviews];
    retry_batch(ById) -> Done, [];
    plan_campaign(CampaignInput) -> CampaignPlan, [cases notices outbox];
    launch_campaign(CampaignLaunch) -> CampaignRow, [];
    list_campaigns(ByCase) -> Vec<CampaignRow>, [cases notices outbox reviews];
    get_campaign(GetCampaign) -> CampaignView, [cases notices outbox reviews];
    get_campaign_document(ById) -> Content, [];
    waive_recipient(WaiveInput) -> Done, [];
    remind_recipients(RemindInput) -> Done, [];
    close_campaign(ById) -> Done, [];
    export_campaign(ById) -> Exported, [];
    plan_distribution(DistributionInput) -> DistributionPlan, [cases documents outbox reviews];
    launch_distribution(DistributionLaunch) -> DistributionRow, [];
    list_distributions(ByCase) -> Vec<DistributionRow>, [cases documents outbox reviews];
    get_distribution(GetDistribution) -> DistributionView, [cases documents outbox reviews];
    retry_distribution(ById) -> Done, [];
    see_case(ByCase) -> Done, [];
    pin_case(PinCase) -> Done, [];
    plan_resolution(ResolutionInput) -> ResolutionPlan, [cases documents exceptions notices outbox];
    preview_resolution(ResolutionInput) -> Content, [];
    send_resolution(ResolutionSend) -> Done, [];
    list_loops(ListLoops) -> Vec<OpenLoop>, [cases notices outbox];
    confirm_outcome(OutcomeInput) -> Done, [];
    exception_action(ExceptionInput) -> Done, [];
    list_reviews(ListReviews) -> Page<ReviewRow>, [reviews outbox];
    get_review(ById) -> ReviewView, [reviews outbox status];
    comment_review(ReviewComment) -> Done, [];
    resolve_comment(ResolveComment) -> Done, [];
    plan_revision(ReviseInput) -> RevisionPlan, [reviews];
    revise_review(ReviseInput) -> Done, [];
    list_delegations(()) -> DelegationList, [reviews];
    delegate_signing(DelegateInput) -> Done, [];
    revoke_delegation(ById) -> Done, [];
    sign_review(SignInput) -> Done, [];
    reject_review(RejectInput) -> Done, [];
    prepare_review(PrepareInput) -> Done, [];
    commit_prepared(CommitPrepared) -> CommitResult, [];
    export_evidence(ById) -> Exported, [];
    get_register(GetRegister) -> RegisterPage, [reviews notices];
    get_register_trend(GetRegisterTrend) -> RegisterTrend, [reviews notices];
    export_register(ExportRegister) -> ExportedRegister, [];
    list_outbox(ListOutbox) -> OutboxView, [outbox];
    get_step(ById) -> StepView, [outbox];
    retry_step(ById) -> Done, [];
    cancel_step(ById) -> Done, [];
    resolve_step(ResolveInput) -> Done, [];
    pause_outbox(PauseOutbox) -> Status, [];
    get_connections(()) -> ConnectionsView, [connections status];
    save_connections(SaveConnections) -> ConnectionsView, [];
    use_sandbox(()) -> ConnectionsView, [];
    test_connection(TestConnection) -> ConnectionTest, [];
    pause_connection(PauseConnection) -> ConnectionsView, [];
    get_wire(WireOf) -> WireView, [wire];
    list_audit(ListAudit) -> Page<AuditRow>, [audit];
    verify_audit(()) -> AuditVerdict, [];
    get_attachment(ById) -> Content, [];
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    /// `PARTNER_CONSOLE_EXPORT=1` rewrites the files instead of comparing them.
    #[test]
    fn generated_typescript_is_current() {
        let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../ui/src/generated");
        if std::env::var_os("PARTNER_CONSOLE_EXPORT").is_some() {
            return export_typescript(&home).unwrap();
        }
        let fresh =
            std::env::temp_dir().join(format!("partner-console-types-{}", std::process::id()));
        export_typescript(&fresh).unwrap();
        for entry in std::fs::read_dir(&fresh).unwrap() {
            let path = entry.unwrap().path();
            let kept =
                std::fs::read_to_string(home.join(path.file_name().unwrap())).unwrap_or_default();
            assert_eq!(
                std::fs::read_to_string(&path).unwrap(),
                kept,
                "{} is out of date",
                path.display()
            );
        }
        std::fs::remove_dir_all(&fresh).unwrap();
    }

    #[test]
    fn every_topic_of_the_list_is_a_topic() {
        for command in COMMANDS {
            for topic in command.reads {
                let topic = serde_json::Value::String((*topic).to_owned());
                assert!(
                    serde_json::from_value::<super::super::Topic>(topic).is_ok(),
                    "{}",
                    command.name
                );
            }
        }
    }
}
