//! What a person wrote of a resolution, read strictly. What fits nothing is noted, and the rest goes on, so that a form can be
//! shown while it is filled.

use domain::{
    Refusal,
    finding::Finding,
    reason::read_up_to,
    record::Document,
    resolution::{self, Corrected, Correction, LineChange, Output},
    statement::decimals,
};
use rust_decimal::Decimal;

use crate::view::{AmountRow, CorrectionRow, LineInput, ResolutionInput};

/// Longest text of a resolution, in characters.
const LONGEST_TEXT: usize = 4_000;
/// Most values that are put right at once, beside the lines of an invoice.
const MOST_CORRECTIONS: usize = 100;

/// The first thing that is missing or fits nothing.
#[derive(Debug, Default)]
pub(super) struct Wrong(pub(super) Option<Refusal>);

impl Wrong {
    pub(super) fn note(&mut self, found: Refusal) {
        self.0.get_or_insert(found);
    }

    /// What was read, or nothing of it with the refusal noted.
    fn or_nothing<T: Default>(&mut self, read: Result<T, Refusal>) -> T {
        read.unwrap_or_else(|refusal| {
            self.note(refusal);
            T::default()
        })
    }
}

/// What is put right.
#[derive(Debug, Default)]
pub(super) struct PutRight {
    pub(super) changes: Vec<LineChange>,
    pub(super) corrections: Vec<Correction>,
    pub(super) amount: Option<Corrected>,
}

/// What was found and done; an updated invoice speaks for itself.
pub(super) fn text(args: &ResolutionInput, output: Output, wrong: &mut Wrong) -> String {
    let missing = "Say what was found and what was done.";
    match read_up_to(LONGEST_TEXT, &args.text, "text", missing) {
        Err(_) if args.text.trim().is_empty() && output == Output::UpdatedInvoice => String::new(),
        read => wrong.or_nothing(read.map(str::to_owned)),
    }
}

/// What is put right: of an invoice by its lines where they are known, else as it was written.
pub(super) fn put_right(
    args: &ResolutionInput,
    output: Output,
    invoice: Option<&Document>,
    wrong: &mut Wrong,
) -> PutRight {
    let mut put = PutRight::default();
    if output == Output::UpdatedInvoice {
        put.changes = wrong.or_nothing(changes(&args.lines));
    }
    if let Some(document) = invoice.filter(|_| !put.changes.is_empty()) {
        let lines = document.content.as_ref().map(|c| c.lines.as_slice());
        let currency = document.currency.as_deref().unwrap_or_default();
        match resolution::recompute(lines.unwrap_or_default(), currency, &put.changes) {
            Ok((rows, amount)) => {
                put.corrections = rows;
                put.amount = Some(amount);
            }
            Err(refusal) => wrong.note(refusal),
        }
    } else if let Some(row) = &args.amount {
        put.amount = wrong.or_nothing(amount(row));
    }
    put.corrections
        .extend(wrong.or_nothing(corrections(&args.corrections)));
    match output {
        Output::UpdatedInvoice if put.amount.is_none() => {
            wrong.note(Refusal::field("lines", "Say what changes on the invoice."));
        }
        Output::CorrectiveNotice if put.corrections.is_empty() && put.amount.is_none() => {
            wrong.note(Refusal::field("corrections", "Say what is put right."));
        }
        _ => {}
    }
    put
}

/// The exceptions that are resolved: those named, else all a partner may be told of.
pub(super) fn exceptions(
    args: &ResolutionInput,
    findings: &[Finding],
    wrong: &mut Wrong,
) -> Vec<Finding> {
    let mut told: Vec<Finding> = findings
        .iter()
        .filter(|f| f.rule.may_be_told())
        .cloned()
        .collect();
    let Some(ids) = &args.exceptions else {
        return told;
    };
    let ids: Vec<&str> = ids
        .iter()
        .map(|id| id.strip_prefix("finding:documents:").unwrap_or(id))
        .collect();
    if let Some(other) = ids.iter().find(|id| !told.iter().any(|f| f.id == **id)) {
        let words = format!("{other} is no exception of this case to tell of.");
        wrong.note(Refusal::field("exceptions", words));
    }
    told.retain(|f| ids.contains(&f.id.as_str()));
    told
}

/// Changes on the lines of an invoice; lines on which nothing is written stay.
fn changes(lines: &[LineInput]) -> Result<Vec<LineChange>, Refusal> {
    let read = |line: &str, text: Option<&String>| -> Result<Option<Decimal>, Refusal> {
        let Some(text) = text.map(|t| t.trim()).filter(|t| !t.is_empty()) else {
            return Ok(None);
        };
        let value = Decimal::from_str_exact(text).map_err(|_| {
            Refusal::field("lines", format!("'{text}' of line {line} is no number."))
        })?;
        Ok(Some(value))
    };
    let mut out = Vec::with_capacity(lines.len());
    for line in lines {
        let change = LineChange {
            line: line.line.trim().to_owned(),
            quantity: read(&line.line, line.quantity.as_ref())?,
            price: read(&line.line, line.price.as_ref())?,
        };
        if change.quantity.is_some() || change.price.is_some() {
            out.push(change);
        }
    }
    Ok(out)
}

fn corrections(rows: &[CorrectionRow]) -> Result<Vec<Correction>, Refusal> {
    if rows.len() > MOST_CORRECTIONS {
        let words = format!("At most {MOST_CORRECTIONS} values are put right at once.");
        return Err(Refusal::field("corrections", words));
    }
    rows.iter()
        .map(|row| Correction::new(&row.what, &row.before, &row.after))
        .collect()
}

/// An amount before and after; `None` where nothing is written.
fn amount(row: &AmountRow) -> Result<Option<Corrected>, Refusal> {
    let parts = [&row.before, &row.after, &row.currency].map(|t| t.trim());
    if parts.iter().all(|p| p.is_empty()) {
        return Ok(None);
    }
    let [before, after, currency] = parts;
    let wrong = |words: String| Refusal::field("amount", words);
    let is_code = currency.len() == 3 && currency.bytes().all(|b| b.is_ascii_uppercase());
    if !is_code {
        return Err(wrong(format!("'{currency}' is no currency (ISO 4217).")));
    }
    let read = |text: &str| {
        let value = Decimal::from_str_exact(text).ok();
        value
            .filter(|v| v.normalize().scale() <= decimals(currency))
            .ok_or_else(|| wrong(format!("'{text}' is no amount in {currency}.")))
    };
    let (before, after) = (read(before)?, read(after)?);
    if before == after {
        return Err(wrong("The amount is the same before and after.".to_owned()));
    }
    Ok(Some(Corrected {
        before,
        after,
        currency: currency.to_owned(),
    }))
}
