//! What can be typed.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use domain::register::Register;

use crate::{
    campaign_calls::CampaignCall,
    distribution_calls::DistributionCall,
    notice_calls::NoticeCall,
    outreach_calls::OutreachArgs,
    register_calls::{ExportCall, Rows},
    resolution_calls::{ExceptionArgs, ResolutionArgs},
    statement_calls::StatementArgs,
};

/// The three sides of a conflict.
const SIDES: [&str; 3] = ["base", "mine", "theirs"];

fn side_of_field(text: &str) -> Result<String, String> {
    match text.split_once('=') {
        Some((_, side)) if SIDES.contains(&side) => Ok(text.to_owned()),
        _ => Err(format!("it reads NAME={}", SIDES.join("|"))),
    }
}

/// Partner Console without a window.
#[derive(Debug, Parser)]
#[command(name = "partnerctl", version, about)]
pub(crate) struct Args {
    /// Data folder.
    #[arg(long, env = "PARTNER_CONSOLE_HOME", global = true)]
    pub(crate) home: Option<PathBuf>,
    /// Print one JSON document on standard output.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Act as one of the sandbox's persons.
    #[arg(long = "as", value_name = "PERSON", global = true)]
    pub(crate) acting: Option<String>,
    #[command(subcommand)]
    pub(crate) call: Call,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Call {
    /// The six systems as one loopback server.
    Sandbox {
        #[command(subcommand)]
        call: SandboxCall,
    },
    /// Write the configuration of the six connections.
    Init {
        /// Base or admin address of a running sandbox.
        #[arg(long, required_unless_present = "config", conflicts_with = "config")]
        sandbox: Option<String>,
        /// JSON file with six connections.
        #[arg(long)]
        config: Option<PathBuf>,
    },
    /// Pull once.
    Sync {
        /// Only these systems.
        #[arg(long = "system", value_name = "NAME")]
        systems: Vec<String>,
        /// From the beginning.
        #[arg(long)]
        full: bool,
    },
    /// List things.
    List {
        kind: ListKind,
        /// `field=value`, several separated by commas; `text=...` searches.
        #[arg(long = "where", value_name = "FILTER")]
        filter: Option<String>,
        /// Most items.
        #[arg(long, default_value_t = 100)]
        limit: u32,
        /// First item.
        #[arg(long, default_value_t = 0)]
        offset: u32,
    },
    /// Everything the pane of one thing shows.
    Show { kind: String, id: String },
    /// Playbooks and whether they apply.
    Playbooks {
        #[arg(long)]
        case: Option<String>,
    },
    /// Plan, or plan and enqueue.
    Do {
        /// Id or use case.
        playbook: String,
        #[arg(long)]
        case: String,
        /// `field=value`.
        #[arg(long = "set", value_name = "FIELD=VALUE")]
        set: Vec<String>,
        /// Run it although it ran on this case before.
        #[arg(long)]
        again: bool,
        /// Why the partner is to have the personal data in what they would read.
        #[arg(long, value_name = "REASON")]
        personal: Option<String>,
        /// Send it in quiet hours of the recipient, too, and why.
        #[arg(long, value_name = "REASON")]
        now: Option<String>,
        /// Only show the plan.
        #[arg(long)]
        dry_run: bool,
    },
    /// Notices that are about to leave, or came back.
    Notice {
        #[command(subcommand)]
        call: NoticeCall,
    },
    /// Tell every customer whom a disruption affects, once; shows it with `--dry-run`.
    Outreach(Box<OutreachArgs>),
    /// State what was settled with every partner, once; shows it with `--dry-run`.
    Statements(Box<StatementArgs>),
    /// Tell a partner how a case was resolved, and resolve it once that has gone out; shows it with `--dry-run`.
    Resolution(Box<ResolutionArgs>),
    /// Act on exceptions.
    Exception(ExceptionArgs),
    /// Batches of notices.
    Batch {
        #[command(subcommand)]
        call: BatchCall,
    },
    /// Answers to notices that ask for one.
    Loop {
        #[command(subcommand)]
        call: LoopCall,
    },
    /// Documents that partners are asked to acknowledge.
    Campaign {
        #[command(subcommand)]
        call: CampaignCall,
    },
    /// The outbox.
    Outbox {
        #[command(subcommand)]
        call: OutboxCall,
    },
    /// Reviews of regulated letters.
    Review {
        #[command(subcommand)]
        call: ReviewCall,
    },
    /// Approved letters that go to partners over the grid, with proof of each delivery.
    Distribution {
        #[command(subcommand)]
        call: DistributionCall,
    },
    /// A page of a register, newest first.
    Register {
        /// `approval` or `delivery`.
        register: Register,
        #[command(flatten)]
        rows: Rows,
        /// Most rows, up to 200.
        #[arg(long, default_value_t = 100)]
        limit: u32,
        /// `next` of the page before.
        #[arg(long)]
        after: Option<String>,
    },
    /// Write something into a file.
    Export {
        #[command(subcommand)]
        call: ExportCall,
    },
    /// EDI files.
    Edi {
        #[command(subcommand)]
        call: EdiCall,
    },
    /// The audit chain.
    Audit {
        #[command(subcommand)]
        call: AuditCall,
    },
    /// Connections, keyring, databases, clock.
    Doctor {
        /// With the last calls of each system: no bodies, no queries, no secrets.
        #[arg(long)]
        wire: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum BatchCall {
    /// Newest first.
    List {
        #[arg(long)]
        case: Option<String>,
    },
    /// One batch with its notices, by its number or the id of its action.
    Show {
        id: String,
        /// `held`, `failed`, `delivered`, `released`, `waiting`, `cancelled`.
        #[arg(long)]
        only: Option<String>,
        /// Most notices, up to 200.
        #[arg(long, default_value_t = 100)]
        limit: u32,
        /// First notice.
        #[arg(long, default_value_t = 0)]
        offset: u32,
    },
    /// Send what is held again, and nothing else.
    Retry { id: String },
}

#[derive(Debug, Subcommand)]
pub(crate) enum LoopCall {
    /// Notices of all cases that are open or not answered in time.
    List {
        /// `open`, `acted`, `no_response`, `waived`.
        #[arg(long)]
        state: Option<String>,
    },
    /// Say that a notice was acted upon.
    Confirm {
        case: String,
        notice: String,
        /// How it is known.
        #[arg(long)]
        reason: String,
        /// Message of the case that is the answer, where it may answer several notices.
        #[arg(long)]
        answer: Option<String>,
    },
    /// Say why a notice needs no answer.
    Waive {
        case: String,
        notice: String,
        #[arg(long)]
        reason: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum SandboxCall {
    /// Serve until stopped; the first line on standard output is JSON.
    Serve {
        #[arg(long, default_value = "127.0.0.1:0")]
        listen: std::net::SocketAddr,
        #[arg(long, default_value_t = 1)]
        seed: u64,
        #[arg(long, default_value_t = 240)]
        cases: u32,
        /// Customers beside the partners, each with a dozen open orders.
        #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=2_000))]
        customers: u32,
        /// Instant the synthetic company is built around, RFC 3339.
        #[arg(long)]
        epoch: Option<String>,
        /// Folder in which accepted changes are kept.
        #[arg(long)]
        state: Option<PathBuf>,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum ListKind {
    Cases,
    Exceptions,
    Documents,
    Notices,
    Reviews,
    Tasks,
    Workspaces,
    Campaigns,
    Partners,
    Tickets,
    /// Records that did not fit, last seen first.
    Quarantine,
}

#[derive(Debug, Subcommand)]
pub(crate) enum OutboxCall {
    /// Steps.
    List {
        /// Only these states.
        #[arg(long = "state", value_name = "STATE")]
        states: Vec<String>,
        #[arg(long, default_value_t = 1000)]
        limit: u32,
    },
    /// Deliver what can be delivered now.
    Run {
        /// Until nothing is runnable now; prints when something is due next.
        #[arg(long)]
        until_idle: bool,
    },
    /// Send a refused step again.
    Retry { id: String },
    /// Withdraw a step that is not under way.
    Cancel { id: String },
    /// Decide about a step that needs attention.
    Resolve {
        id: String,
        #[arg(long, value_parser = SIDES)]
        take: Option<String>,
        /// `name=base|mine|theirs`.
        #[arg(long = "field", value_name = "NAME=SIDE", value_parser = side_of_field)]
        fields: Vec<String>,
        /// What became of a step nobody can look up.
        #[arg(long, value_parser = ["sent", "not-sent"])]
        outcome: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ReviewCall {
    /// All reviews.
    List,
    /// One review.
    Show { id: String },
    /// Sign.
    Approve {
        id: String,
        #[arg(long)]
        hash: String,
        #[arg(long)]
        meaning: String,
        /// Sign for this person, who delegated it.
        #[arg(long, value_name = "PERSON")]
        on_behalf_of: Option<String>,
        /// Read the PIN from standard input.
        #[arg(long, required = true)]
        pin_stdin: bool,
    },
    /// Write the evidence pack of an approved letter into a new folder.
    Export { id: String, out: PathBuf },
    /// Reject with a reason. The PIN comes from standard input.
    Reject {
        id: String,
        #[arg(long)]
        reason: String,
        /// The words of the letter it is about. Not needed with an open comment of one's own at a passage.
        #[arg(long)]
        quote: Option<String>,
        /// Said or not: there is no other way to give it.
        #[arg(long)]
        pin_stdin: bool,
    },
    /// Comment on a passage of the letter, or on the whole of it.
    Comment {
        id: String,
        #[arg(long)]
        text: String,
        /// The words it is about.
        #[arg(long)]
        quote: Option<String>,
        /// Number of the block it is about.
        #[arg(long)]
        block: Option<u32>,
    },
    /// Settle a comment.
    Resolve {
        id: String,
        #[arg(long)]
        comment: String,
        #[arg(long = "how", value_name = "HOW", value_parser = ["answered", "done", "withdrawn"])]
        settled: String,
        /// How, in a word.
        #[arg(long)]
        word: String,
    },
    /// Let the reviewers of the partner read a comment.
    Share {
        id: String,
        comment: String,
        /// Why the partner is to have the personal data in it.
        #[arg(long, value_name = "REASON")]
        personal: Option<String>,
    },
    /// Take changed data of the partner as the next version of the letter.
    Take {
        id: String,
        attachment: String,
        /// Only show what would change.
        #[arg(long)]
        dry_run: bool,
    },
    /// Let another person sign for you for a time.
    Delegate {
        #[arg(long, value_name = "PERSON")]
        to: String,
        /// First day as 2026-12-24, or a time with its zone.
        #[arg(long)]
        from: String,
        /// Last day, or a time.
        #[arg(long)]
        until: String,
        #[arg(long)]
        reason: String,
    },
    /// Delegations of yours and to you.
    Delegations,
    /// End a delegation of yours.
    Revoke { id: String },
    /// Put another version of a letter before its reviewers.
    Revise {
        id: String,
        /// `field=value`.
        #[arg(long = "set", value_name = "FIELD=VALUE")]
        set: Vec<String>,
        /// Only say what would differ and what becomes of the comments.
        #[arg(long)]
        dry_run: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum EdiCall {
    /// Read files.
    Read {
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Group files into order threads and compare their lines.
    Match {
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCall {
    /// Records, newest first.
    List {
        #[arg(long)]
        case: Option<String>,
        #[arg(long, default_value_t = 100)]
        limit: u32,
    },
    /// Verify the chain, or an export or an evidence pack without account or data folder.
    Verify {
        /// A file of `audit export`, or a pack of `review export` or `campaign pack`.
        export: Option<PathBuf>,
    },
    /// Write an export.
    Export {
        #[arg(long)]
        case: Option<String>,
        out: PathBuf,
    },
}
