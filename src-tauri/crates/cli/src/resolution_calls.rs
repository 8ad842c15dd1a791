//! `resolution` and `exception`.

use clap::{Args as Fields, ValueEnum};
use desk::{
    Desk,
    view::{AmountRow, CorrectionRow, LineInput, ResolutionInput, ResolutionSend},
};
use domain::{Refusal, resolution};
use serde_json::{Value, json};

use crate::output::{Outcome, Problem};

/// How a case was resolved, and how its partner is told.
#[derive(Debug, Clone, Fields)]
pub(crate) struct ResolutionArgs {
    /// Case.
    case: String,
    /// `resolution_letter`, `updated_invoice`, `corrective_notice`; without it what is suggested.
    #[arg(long)]
    output: Option<String>,
    /// Channel; without it the proposed one.
    #[arg(long)]
    channel: Option<String>,
    /// What was found and done, as the partner reads it.
    #[arg(long, default_value = "")]
    text: String,
    /// Another unit price on a line of the invoice; several times for several.
    #[arg(long = "price", value_name = "LINE=PRICE")]
    prices: Vec<String>,
    /// Another quantity on a line of the invoice; several times for several.
    #[arg(long = "quantity", value_name = "LINE=QUANTITY")]
    quantities: Vec<String>,
    /// Another value that is put right.
    #[arg(long = "correct", value_name = "WHAT=BEFORE=>AFTER")]
    corrections: Vec<String>,
    /// An amount that is put right and follows from no invoice.
    #[arg(long, num_args = 3, value_names = ["BEFORE", "AFTER", "CURRENCY"])]
    amount: Option<Vec<String>>,
    /// Notice that is put right.
    #[arg(long)]
    corrects: Option<String>,
    /// Exception it resolves; without it all that a partner may be told of.
    #[arg(long = "exception", value_name = "ID")]
    exceptions: Vec<String>,
    /// Why the partner is to read the personal data in it on the case.
    #[arg(long, value_name = "REASON")]
    personal: Option<String>,
    /// Only show what would be sent.
    #[arg(long)]
    dry_run: bool,
    /// Hash that a dry run showed: nothing is sent when something else would be.
    #[arg(long, value_name = "HASH")]
    shown: Option<String>,
}

/// What can be done about an exception.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum ExceptionWord {
    Acknowledge,
    Investigate,
    Correct,
    Verify,
    Close,
    Reopen,
    Waive,
}

/// What is done about exceptions.
#[derive(Debug, Clone, Fields)]
pub(crate) struct ExceptionArgs {
    what: ExceptionWord,
    /// Ids; each is done by itself.
    #[arg(required = true)]
    ids: Vec<String>,
    /// Why; a waiver needs one.
    #[arg(long)]
    reason: Option<String>,
}

/// `LINE=VALUE` of each.
fn values(typed: &[String], field: &str) -> Result<Vec<(String, String)>, Refusal> {
    typed
        .iter()
        .map(|t| {
            let pair = t.split_once('=').ok_or_else(|| {
                Refusal::field("lines", format!("'{t}' is no {field}: LINE=VALUE."))
            })?;
            Ok((pair.0.trim().to_owned(), pair.1.trim().to_owned()))
        })
        .collect()
}

fn lines(args: &ResolutionArgs) -> Result<Vec<LineInput>, Refusal> {
    let mut lines: Vec<LineInput> = Vec::new();
    let prices = values(&args.prices, "price")?;
    let quantities = values(&args.quantities, "quantity")?;
    let mut put = |line: String, set: &dyn Fn(&mut LineInput)| {
        if let Some(known) = lines.iter_mut().find(|l| l.line == line) {
            set(known);
        } else {
            let mut new = LineInput {
                line,
                ..LineInput::default()
            };
            set(&mut new);
            lines.push(new);
        }
    };
    for (line, price) in prices {
        put(line, &|l| l.price = Some(price.clone()));
    }
    for (line, quantity) in quantities {
        put(line, &|l| l.quantity = Some(quantity.clone()));
    }
    Ok(lines)
}

/// Shows how a resolution would be told, or records and tells it.
pub(crate) async fn resolution(desk: &Desk, args: ResolutionArgs) -> Result<Outcome, Problem> {
    let lines = lines(&args)?;
    let corrections = args
        .corrections
        .iter()
        .map(|typed| {
            let read = resolution::correction(typed)?;
            Ok(CorrectionRow {
                what: read.what,
                before: read.before,
                after: read.after,
            })
        })
        .collect::<Result<_, Refusal>>()?;
    let amount = args.amount.as_deref().and_then(|parts| match parts {
        [before, after, currency] => Some(AmountRow {
            before: before.clone(),
            after: after.clone(),
            currency: currency.clone(),
        }),
        _ => None,
    });
    let mut input = ResolutionInput {
        case: args.case,
        output: args.output,
        channel: args.channel,
        text: args.text,
        lines,
        corrections,
        amount,
        corrects: args.corrects,
        exceptions: (!args.exceptions.is_empty()).then_some(args.exceptions),
        intent: None,
        personal: args.personal,
    };
    let view = desk.resolution_view(&input).await?;
    if args.dry_run {
        return Ok(json!(view).into());
    }
    input.intent = Some(view.plan.intent);
    let shown = args.shown.unwrap_or(view.shown);
    let action = desk
        .send_resolution(&ResolutionSend { input, shown })
        .await?;
    Ok(json!({"action_id": action, "notice": view.notice}).into())
}

/// Acts on exceptions, each by itself; the first that is refused ends it.
pub(crate) async fn exception(desk: &Desk, args: ExceptionArgs) -> Result<Value, Refusal> {
    let word = args
        .what
        .to_possible_value()
        .map(|v| v.get_name().to_owned())
        .unwrap_or_default();
    let mut items = Vec::new();
    for id in &args.ids {
        let state = desk
            .act_on_exception(id, &word, args.reason.as_deref())
            .await?;
        items.push(json!({"id": id, "state": state}));
    }
    Ok(json!({"items": items}))
}
