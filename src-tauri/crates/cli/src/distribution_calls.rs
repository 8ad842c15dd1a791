//! `distribution`.

use clap::{Args as Fields, Subcommand};
use desk::{
    Desk,
    view::{DistributionInput, DistributionLaunch, GetDistribution},
};
use serde_json::json;

use crate::{
    campaign_calls::segment_of,
    output::{Outcome, Problem},
    outreach_calls::pairs,
};

#[derive(Debug, Subcommand)]
pub(crate) enum DistributionCall {
    /// Send an approved letter to partners over the grid, once to each; shows to whom with `--dry-run`.
    New(Box<NewDistribution>),
    /// All of them, newest first.
    List {
        /// Only those of this case.
        #[arg(long)]
        case: Option<String>,
    },
    /// One of them, with a part of its recipients and the proof of each.
    Show {
        id: String,
        /// Only recipients of this state.
        #[arg(long)]
        only: Option<String>,
        /// Most recipients.
        #[arg(long, default_value_t = 200)]
        limit: u32,
        /// First recipient.
        #[arg(long, default_value_t = 0)]
        offset: u32,
    },
    /// Write one row for each recipient as CSV into a new file.
    Register { out: std::path::PathBuf },
    /// Send again to those who failed, and to nobody else.
    Retry { id: String },
}

/// A letter, to whom it goes and how its delivery is proven.
#[derive(Debug, Clone, Fields)]
pub(crate) struct NewDistribution {
    /// Case.
    case: String,
    /// Approved letter of the case.
    #[arg(long, value_name = "NOTICE")]
    letter: String,
    /// Partners with this fact; values of one fact are alternatives, several facts narrow each other.
    #[arg(long = "segment", value_name = "FACT=VALUE")]
    segment: Vec<String>,
    /// Partner beside the segment; several times for several.
    #[arg(long = "partner", value_name = "ID")]
    partners: Vec<String>,
    /// Leave a partner out.
    #[arg(long = "exclude", value_name = "PARTNER=REASON")]
    exclude: Vec<String>,
    /// How delivery is proven: `mdn`, `portal_receipt` or `signed_return`.
    #[arg(long, value_name = "KIND")]
    proof: String,
    /// Only show to whom it goes.
    #[arg(long, conflicts_with = "root")]
    dry_run: bool,
    /// With `--dry-run`: `recipients`, `blocking` or `excluded`.
    #[arg(long)]
    list: Option<String>,
    /// With `--dry-run`: most rows.
    #[arg(long, default_value_t = 100)]
    limit: u32,
    /// With `--dry-run`: first row.
    #[arg(long, default_value_t = 0)]
    offset: u32,
    /// Root that a dry run showed: nothing is launched when recipients or letter have changed since.
    #[arg(long)]
    root: Option<String>,
}

async fn new(desk: &Desk, args: NewDistribution) -> Result<Outcome, Problem> {
    let input = DistributionInput {
        segment: segment_of(&args.segment)?,
        exclude: pairs(&args.exclude, false)?,
        case: args.case,
        letter: args.letter,
        partners: args.partners,
        proof: args.proof,
        list: args.list,
        offset: Some(args.offset),
        limit: Some(args.limit),
    };
    let shown = desk.distribution_plan_view(&input).await?;
    if args.dry_run {
        return Ok(json!(shown).into());
    }
    let launch = DistributionLaunch {
        input,
        intent: shown.intent,
        root: args.root.unwrap_or(shown.root),
    };
    Ok(json!(desk.launch_distribution(&launch).await?).into())
}

/// Launches distributions, shows them, and sends again what failed.
pub(crate) async fn distribution(desk: &Desk, call: DistributionCall) -> Result<Outcome, Problem> {
    let value = match call {
        DistributionCall::New(args) => return new(desk, *args).await,
        DistributionCall::Register { out } => {
            let rows = desk.export_distributions(&out).await?;
            json!({"file": out.display().to_string(), "rows": rows})
        }
        DistributionCall::List { case } => {
            let items = desk.list_distributions(&case.unwrap_or_default()).await?;
            json!({"items": items, "total": items.len()})
        }
        DistributionCall::Show {
            id,
            only,
            limit,
            offset,
        } => {
            let args = GetDistribution {
                id,
                only,
                offset: Some(offset),
                limit: Some(limit),
            };
            json!(desk.distribution_view(&args).await?)
        }
        DistributionCall::Retry { id } => json!({"again": desk.retry_distribution(&id).await?}),
    };
    Ok(value.into())
}
