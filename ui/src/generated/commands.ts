// Generated from the command list; do not edit.
import type { ActAs } from "./ActAs";
import type { ActionInput } from "./ActionInput";
import type { AuditRow } from "./AuditRow";
import type { AuditVerdict } from "./AuditVerdict";
import type { BatchRow } from "./BatchRow";
import type { BatchView } from "./BatchView";
import type { ByCase } from "./ByCase";
import type { ById } from "./ById";
import type { CampaignInput } from "./CampaignInput";
import type { CampaignLaunch } from "./CampaignLaunch";
import type { CampaignPlan } from "./CampaignPlan";
import type { CampaignRow } from "./CampaignRow";
import type { CampaignView } from "./CampaignView";
import type { CaseRow } from "./CaseRow";
import type { CaseView } from "./CaseView";
import type { CheckText } from "./CheckText";
import type { CommitPrepared } from "./CommitPrepared";
import type { CommitResult } from "./CommitResult";
import type { ComposerView } from "./ComposerView";
import type { ConnectionTest } from "./ConnectionTest";
import type { ConnectionsView } from "./ConnectionsView";
import type { Content } from "./Content";
import type { DelegateInput } from "./DelegateInput";
import type { DelegationList } from "./DelegationList";
import type { DistributionInput } from "./DistributionInput";
import type { DistributionLaunch } from "./DistributionLaunch";
import type { DistributionPlan } from "./DistributionPlan";
import type { DistributionRow } from "./DistributionRow";
import type { DistributionView } from "./DistributionView";
import type { DocumentRow } from "./DocumentRow";
import type { DocumentView } from "./DocumentView";
import type { Done } from "./Done";
import type { DraftSaved } from "./DraftSaved";
import type { ExceptionInput } from "./ExceptionInput";
import type { ExceptionRow } from "./ExceptionRow";
import type { ExportRegister } from "./ExportRegister";
import type { Exported } from "./Exported";
import type { ExportedRegister } from "./ExportedRegister";
import type { FallBack } from "./FallBack";
import type { FallenBack } from "./FallenBack";
import type { FileInput } from "./FileInput";
import type { FilingView } from "./FilingView";
import type { GetBatch } from "./GetBatch";
import type { GetCampaign } from "./GetCampaign";
import type { GetDistribution } from "./GetDistribution";
import type { GetPartnerChanges } from "./GetPartnerChanges";
import type { GetRegister } from "./GetRegister";
import type { GetRegisterTrend } from "./GetRegisterTrend";
import type { GetTimeline } from "./GetTimeline";
import type { LinkedGroup } from "./LinkedGroup";
import type { ListArgs } from "./ListArgs";
import type { ListAudit } from "./ListAudit";
import type { ListLoops } from "./ListLoops";
import type { ListOutbox } from "./ListOutbox";
import type { ListReviews } from "./ListReviews";
import type { Look } from "./Look";
import type { NoticeInput } from "./NoticeInput";
import type { NoticePreview } from "./NoticePreview";
import type { OpenFolder } from "./OpenFolder";
import type { OpenLoop } from "./OpenLoop";
import type { OutboxView } from "./OutboxView";
import type { OutcomeInput } from "./OutcomeInput";
import type { OutreachInput } from "./OutreachInput";
import type { OutreachSample } from "./OutreachSample";
import type { OutreachSend } from "./OutreachSend";
import type { OutreachView } from "./OutreachView";
import type { Page } from "./Page";
import type { PartnerChanges } from "./PartnerChanges";
import type { PauseConnection } from "./PauseConnection";
import type { PauseOutbox } from "./PauseOutbox";
import type { Person } from "./Person";
import type { PersonalView } from "./PersonalView";
import type { PinCase } from "./PinCase";
import type { PlanView } from "./PlanView";
import type { PlaybookRow } from "./PlaybookRow";
import type { PrepareInput } from "./PrepareInput";
import type { RegisterPage } from "./RegisterPage";
import type { RegisterTrend } from "./RegisterTrend";
import type { RejectInput } from "./RejectInput";
import type { RemindInput } from "./RemindInput";
import type { ReplyInput } from "./ReplyInput";
import type { ResolutionInput } from "./ResolutionInput";
import type { ResolutionPlan } from "./ResolutionPlan";
import type { ResolutionSend } from "./ResolutionSend";
import type { ResolveComment } from "./ResolveComment";
import type { ResolveInput } from "./ResolveInput";
import type { ReviewComment } from "./ReviewComment";
import type { ReviewRow } from "./ReviewRow";
import type { ReviewView } from "./ReviewView";
import type { ReviseInput } from "./ReviseInput";
import type { RevisionPlan } from "./RevisionPlan";
import type { SaveConnections } from "./SaveConnections";
import type { SendNow } from "./SendNow";
import type { SetOffline } from "./SetOffline";
import type { ShareComment } from "./ShareComment";
import type { SignInput } from "./SignInput";
import type { StatementInput } from "./StatementInput";
import type { StatementSample } from "./StatementSample";
import type { StatementSend } from "./StatementSend";
import type { StatementsView } from "./StatementsView";
import type { Status } from "./Status";
import type { StepView } from "./StepView";
import type { SyncNow } from "./SyncNow";
import type { SyncReport } from "./SyncReport";
import type { TakePartnerChanges } from "./TakePartnerChanges";
import type { TestConnection } from "./TestConnection";
import type { TimelinePage } from "./TimelinePage";
import type { Topic } from "./Topic";
import type { UndoInput } from "./UndoInput";
import type { UndoView } from "./UndoView";
import type { UndoneView } from "./UndoneView";
import type { WaiveInput } from "./WaiveInput";
import type { WireOf } from "./WireOf";
import type { WireView } from "./WireView";

export interface Commands {
  get_status: { args: null; result: Status };
  open_folder: { args: OpenFolder; result: null };
  keep_look: { args: Look; result: null };
  list_persons: { args: null; result: Array<Person> };
  act_as: { args: ActAs; result: Status };
  set_offline: { args: SetOffline; result: Status };
  sync_now: { args: SyncNow; result: SyncReport };
  list_cases: { args: ListArgs; result: Page<CaseRow> };
  list_exceptions: { args: ListArgs; result: Page<ExceptionRow> };
  list_documents: { args: ListArgs; result: Page<DocumentRow> };
  list_linked: { args: ById; result: LinkedGroup };
  get_case: { args: ById; result: CaseView };
  get_timeline: { args: GetTimeline; result: TimelinePage };
  get_document: { args: ById; result: DocumentView };
  list_playbooks: { args: ByCase; result: Array<PlaybookRow> };
  open_composer: { args: ByCase; result: ComposerView };
  preview_notice: { args: NoticeInput; result: NoticePreview };
  save_draft: { args: NoticeInput; result: DraftSaved };
  discard_draft: { args: ByCase; result: Done };
  plan_action: { args: ActionInput; result: PlanView };
  submit_action: { args: ActionInput; result: PlanView };
  get_undo: { args: ById; result: UndoView };
  undo_notice: { args: UndoInput; result: UndoneView };
  send_now: { args: SendNow; result: Done };
  fall_back: { args: FallBack; result: FallenBack };
  reply_to_case: { args: ReplyInput; result: PlanView };
  check_text: { args: CheckText; result: PersonalView };
  open_filing: { args: FileInput; result: FilingView };
  file_case: { args: FileInput; result: PlanView };
  plan_outreach: { args: OutreachInput; result: OutreachView };
  sample_outreach: { args: OutreachSample; result: Content };
  send_outreach: { args: OutreachSend; result: BatchRow };
  plan_statements: { args: StatementInput; result: StatementsView };
  sample_statement: { args: StatementSample; result: Content };
  send_statements: { args: StatementSend; result: BatchRow };
  list_batches: { args: ByCase; result: Array<BatchRow> };
  get_batch: { args: GetBatch; result: BatchView };
  retry_batch: { args: ById; result: Done };
  plan_campaign: { args: CampaignInput; result: CampaignPlan };
  launch_campaign: { args: CampaignLaunch; result: CampaignRow };
  list_campaigns: { args: ByCase; result: Array<CampaignRow> };
  get_campaign: { args: GetCampaign; result: CampaignView };
  get_campaign_document: { args: ById; result: Content };
  waive_recipient: { args: WaiveInput; result: Done };
  remind_recipients: { args: RemindInput; result: Done };
  close_campaign: { args: ById; result: Done };
  export_campaign: { args: ById; result: Exported };
  plan_distribution: { args: DistributionInput; result: DistributionPlan };
  launch_distribution: { args: DistributionLaunch; result: DistributionRow };
  list_distributions: { args: ByCase; result: Array<DistributionRow> };
  get_distribution: { args: GetDistribution; result: DistributionView };
  retry_distribution: { args: ById; result: Done };
  see_case: { args: ByCase; result: Done };
  pin_case: { args: PinCase; result: Done };
  plan_resolution: { args: ResolutionInput; result: ResolutionPlan };
  preview_resolution: { args: ResolutionInput; result: Content };
  send_resolution: { args: ResolutionSend; result: Done };
  list_loops: { args: ListLoops; result: Array<OpenLoop> };
  confirm_outcome: { args: OutcomeInput; result: Done };
  exception_action: { args: ExceptionInput; result: Done };
  list_reviews: { args: ListReviews; result: Page<ReviewRow> };
  get_review: { args: ById; result: ReviewView };
  comment_review: { args: ReviewComment; result: Done };
  resolve_comment: { args: ResolveComment; result: Done };
  plan_revision: { args: ReviseInput; result: RevisionPlan };
  revise_review: { args: ReviseInput; result: Done };
  share_comment: { args: ShareComment; result: Done };
  get_partner_changes: { args: GetPartnerChanges; result: PartnerChanges };
  take_partner_changes: { args: TakePartnerChanges; result: Done };
  list_delegations: { args: null; result: DelegationList };
  delegate_signing: { args: DelegateInput; result: Done };
  revoke_delegation: { args: ById; result: Done };
  sign_review: { args: SignInput; result: Done };
  reject_review: { args: RejectInput; result: Done };
  prepare_review: { args: PrepareInput; result: Done };
  commit_prepared: { args: CommitPrepared; result: CommitResult };
  export_evidence: { args: ById; result: Exported };
  get_register: { args: GetRegister; result: RegisterPage };
  get_register_trend: { args: GetRegisterTrend; result: RegisterTrend };
  export_register: { args: ExportRegister; result: ExportedRegister };
  list_outbox: { args: ListOutbox; result: OutboxView };
  get_step: { args: ById; result: StepView };
  retry_step: { args: ById; result: Done };
  cancel_step: { args: ById; result: Done };
  resolve_step: { args: ResolveInput; result: Done };
  pause_outbox: { args: PauseOutbox; result: Status };
  get_connections: { args: null; result: ConnectionsView };
  save_connections: { args: SaveConnections; result: ConnectionsView };
  use_sandbox: { args: null; result: ConnectionsView };
  test_connection: { args: TestConnection; result: ConnectionTest };
  pause_connection: { args: PauseConnection; result: ConnectionsView };
  get_wire: { args: WireOf; result: WireView };
  list_audit: { args: ListAudit; result: Page<AuditRow> };
  verify_audit: { args: null; result: AuditVerdict };
  get_attachment: { args: ById; result: Content };
}

export type CommandName = keyof Commands;

/** Topics after whose change an answer is out of date. */
export const READS: Record<CommandName, readonly Topic[]> = {
  get_status: ["status", "outbox", "reviews", "cases", "exceptions", "documents", "connections"],
  open_folder: [],
  keep_look: [],
  list_persons: ["status"],
  act_as: [],
  set_offline: [],
  sync_now: [],
  list_cases: ["cases", "outbox"],
  list_exceptions: ["exceptions"],
  list_documents: ["documents"],
  list_linked: ["cases", "exceptions", "documents"],
  get_case: ["cases", "exceptions", "documents", "notices", "outbox", "reviews"],
  get_timeline: ["cases", "documents", "notices", "outbox", "reviews"],
  get_document: ["documents"],
  list_playbooks: ["cases", "notices"],
  open_composer: [],
  preview_notice: [],
  save_draft: [],
  discard_draft: [],
  plan_action: [],
  submit_action: [],
  get_undo: ["outbox"],
  undo_notice: [],
  send_now: [],
  fall_back: [],
  reply_to_case: [],
  check_text: [],
  open_filing: ["cases"],
  file_case: [],
  plan_outreach: ["cases", "documents", "notices", "outbox"],
  sample_outreach: [],
  send_outreach: [],
  plan_statements: ["cases", "notices", "outbox"],
  sample_statement: [],
  send_statements: [],
  list_batches: ["notices", "outbox", "reviews"],
  get_batch: ["notices", "outbox", "reviews"],
  retry_batch: [],
  plan_campaign: ["cases", "notices", "outbox"],
  launch_campaign: [],
  list_campaigns: ["cases", "notices", "outbox", "reviews"],
  get_campaign: ["cases", "notices", "outbox", "reviews"],
  get_campaign_document: [],
  waive_recipient: [],
  remind_recipients: [],
  close_campaign: [],
  export_campaign: [],
  plan_distribution: ["cases", "documents", "outbox", "reviews"],
  launch_distribution: [],
  list_distributions: ["cases", "documents", "outbox", "reviews"],
  get_distribution: ["cases", "documents", "outbox", "reviews"],
  retry_distribution: [],
  see_case: [],
  pin_case: [],
  plan_resolution: ["cases", "documents", "exceptions", "notices", "outbox"],
  preview_resolution: [],
  send_resolution: [],
  list_loops: ["cases", "notices", "outbox"],
  confirm_outcome: [],
  exception_action: [],
  list_reviews: ["reviews", "outbox"],
  get_review: ["reviews", "outbox", "status"],
  comment_review: [],
  resolve_comment: [],
  plan_revision: ["reviews"],
  revise_review: [],
  share_comment: [],
  get_partner_changes: ["reviews"],
  take_partner_changes: [],
  list_delegations: ["reviews"],
  delegate_signing: [],
  revoke_delegation: [],
  sign_review: [],
  reject_review: [],
  prepare_review: [],
  commit_prepared: [],
  export_evidence: [],
  get_register: ["reviews", "notices"],
  get_register_trend: ["reviews", "notices"],
  export_register: [],
  list_outbox: ["outbox"],
  get_step: ["outbox"],
  retry_step: [],
  cancel_step: [],
  resolve_step: [],
  pause_outbox: [],
  get_connections: ["connections", "status"],
  save_connections: [],
  use_sandbox: [],
  test_connection: [],
  pause_connection: [],
  get_wire: ["wire"],
  list_audit: ["audit"],
  verify_audit: [],
  get_attachment: [],
};
