//! `statements`.

use clap::Args as Fields;
use desk::{
    Desk,
    view::{StatementInput, StatementSend},
};
use serde_json::json;

use crate::{
    output::{Outcome, Problem},
    outreach_calls::pairs,
};

/// Which statements.
#[derive(Debug, Clone, Fields)]
pub(crate) struct StatementArgs {
    /// Case of the settlement.
    case: String,
    /// Month; without it the one the settlement is about.
    #[arg(long, value_name = "YYYY-MM")]
    period: Option<String>,
    /// Only this partner; several times for several.
    #[arg(long = "partner", value_name = "PARTNER")]
    only: Vec<String>,
    /// Leave a partner out.
    #[arg(long = "exclude", value_name = "PARTNER=REASON")]
    exclude: Vec<String>,
    /// Only show what is stated to whom.
    #[arg(long)]
    dry_run: bool,
    /// With `--dry-run`: those left out in place of the statements.
    #[arg(long)]
    left_out: bool,
    /// With `--dry-run`: most rows.
    #[arg(long, default_value_t = 100)]
    limit: u32,
    /// With `--dry-run`: first row.
    #[arg(long, default_value_t = 0)]
    offset: u32,
    /// Root that a dry run showed: nothing is queued when the transactions have changed since.
    #[arg(long)]
    root: Option<String>,
}

/// Shows what a settlement states, or puts it before those who sign it.
pub(crate) async fn statements(desk: &Desk, args: StatementArgs) -> Result<Outcome, Problem> {
    let input = StatementInput {
        exclude: pairs(&args.exclude, false)?,
        case: args.case,
        period: args.period,
        only: args.only,
        list: args.left_out.then(|| "excluded".to_owned()),
        offset: Some(args.offset),
        limit: Some(args.limit),
    };
    let shown = desk.statements(&input).await?;
    if args.dry_run {
        return Ok(json!(shown).into());
    }
    let send = StatementSend {
        input,
        intent: shown.intent,
        root: args.root.unwrap_or(shown.root),
    };
    Ok(json!(desk.send_statements(&send).await?).into())
}
