//! `outreach` and `batch`.

use std::collections::BTreeMap;

use clap::Args as Fields;
use desk::{
    Desk,
    view::{GetBatch, OutreachInput, OutreachSend},
};
use domain::Refusal;
use serde_json::{Value, json};

use crate::{
    args::BatchCall,
    output::{Outcome, Problem},
};

/// Whom a disruption affects, and what they are told.
#[derive(Debug, Clone, Fields)]
pub(crate) struct OutreachArgs {
    /// Case.
    case: String,
    /// Affected product; several times for several; none for those of the order of the case.
    #[arg(long = "product", value_name = "PRODUCT")]
    products: Vec<String>,
    /// First ship date affected.
    #[arg(long, value_name = "YYYY-MM-DD")]
    from: Option<String>,
    /// Last ship date affected.
    #[arg(long, value_name = "YYYY-MM-DD")]
    to: Option<String>,
    /// Only customers of this country; several times for several.
    #[arg(long = "destination", value_name = "CC")]
    destinations: Vec<String>,
    /// Revised date, of every product or of one.
    #[arg(long = "date", value_name = "[PRODUCT=]YYYY-MM-DD")]
    dates: Vec<String>,
    /// What customers can take instead.
    #[arg(long, default_value = "")]
    alternatives: String,
    /// What else there is to say.
    #[arg(long = "update", default_value = "")]
    service_update: String,
    /// Template key; without it the one that fits the case.
    #[arg(long)]
    template: Option<String>,
    /// Leave a customer out.
    #[arg(long = "exclude", value_name = "PARTNER=REASON")]
    exclude: Vec<String>,
    /// Only show whom it reaches.
    #[arg(long)]
    dry_run: bool,
    /// With `--dry-run`: those left out in place of those reached.
    #[arg(long)]
    left_out: bool,
    /// With `--dry-run`: most rows.
    #[arg(long, default_value_t = 100)]
    limit: u32,
    /// With `--dry-run`: first row.
    #[arg(long, default_value_t = 0)]
    offset: u32,
    /// Root that a dry run showed: nothing is sent when the orders have changed since.
    #[arg(long)]
    root: Option<String>,
}

pub(crate) fn pairs(texts: &[String], alone: bool) -> Result<BTreeMap<String, String>, Problem> {
    let mut pairs = BTreeMap::new();
    for text in texts {
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, value),
            None if alone => ("", text.as_str()),
            None => {
                return Err(Problem::Usage(format!(
                    "'{text}' does not read NAME=VALUE."
                )));
            }
        };
        if pairs.insert(name.to_owned(), value.to_owned()).is_some() {
            return Err(Problem::Usage(format!("'{name}' is said twice.")));
        }
    }
    Ok(pairs)
}

/// Shows whom an outreach reaches, or sends it.
pub(crate) async fn outreach(desk: &Desk, args: OutreachArgs) -> Result<Outcome, Problem> {
    let input = OutreachInput {
        dates: pairs(&args.dates, true)?,
        exclude: pairs(&args.exclude, false)?,
        case: args.case,
        products: args.products,
        from: args.from,
        to: args.to,
        destinations: args.destinations,
        alternatives: args.alternatives,
        service_update: args.service_update,
        template: args.template,
        list: args.left_out.then(|| "excluded".to_owned()),
        offset: Some(args.offset),
        limit: Some(args.limit),
    };
    let shown = desk.outreach(&input).await?;
    if args.dry_run {
        return Ok(json!(shown).into());
    }
    let send = OutreachSend {
        input,
        intent: shown.intent,
        root: args.root.unwrap_or(shown.root),
    };
    Ok(json!(desk.send_outreach(&send).await?).into())
}

/// Shows batches, and tries again what is held of one.
pub(crate) async fn batch(desk: &Desk, call: BatchCall) -> Result<Value, Refusal> {
    Ok(match call {
        BatchCall::List { case } => {
            let items = desk.batches(case.as_deref().unwrap_or_default()).await?;
            json!({"items": items, "total": items.len()})
        }
        BatchCall::Show {
            id,
            only,
            limit,
            offset,
        } => {
            let args = GetBatch {
                id,
                only,
                offset: Some(offset),
                limit: Some(limit),
            };
            json!(desk.batch(&args).await?)
        }
        BatchCall::Retry { id } => json!({"retried": desk.retry_batch(&id).await?}),
    })
}
