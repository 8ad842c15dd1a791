//! Resolutions: what a case came to, and the letter, invoice or notice that tells the partner so. A case is resolved, and
//! its exceptions are closed, only once that has gone out.

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Millis, Refusal,
    finding::ExceptionState,
    money::Money,
    notice::NoticeState,
    policy::ResolutionRules,
    reason,
    record::{Agreement, Document, DocumentLine},
    refusal::Code,
    statement::{decimals, written},
    words,
};

words! {
    /// What a resolution is told by.
    Output {
        /// What was found and what was done, in words.
        ResolutionLetter = "resolution_letter",
        /// The invoice once more, with other lines.
        UpdatedInvoice = "updated_invoice",
        /// What was told before is put right.
        CorrectiveNotice = "corrective_notice",
    }
}

words! {
    /// How far telling it has come.
    TellingState {
        /// The letter is pending.
        Pending = "pending",
        /// It did not get through.
        NotSent = "not_sent",
        /// It has gone out.
        Sent = "sent",
    }
}

/// By which an updated invoice can go where documents are exchanged.
pub const EDI: &str = "edi";
/// On the case, where the partner reads along.
pub const PORTAL: &str = "portal";
/// Most lines of an invoice that change at once.
const MOST_CHANGES: usize = 500;

/// A line of an invoice that is put right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineChange {
    /// Its number as the invoice writes it.
    pub line: String,
    /// Quantity as decimal text; `None` where it stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Decimal>,
    /// Unit price; `None` where it stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Decimal>,
}

/// A value that is put right, as the partner reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// What: `Unit price, line 2`.
    pub what: String,
    /// As it was.
    pub before: String,
    /// As it is.
    pub after: String,
}

/// An amount before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Corrected {
    /// As it was.
    pub before: Decimal,
    /// As it is.
    pub after: Decimal,
    /// ISO 4217.
    pub currency: String,
}

impl Corrected {
    /// One of its amounts, with the decimals of its currency.
    #[must_use]
    pub fn written(&self, amount: Decimal) -> String {
        written(amount, &self.currency)
    }

    /// What it comes to, as money.
    #[must_use]
    pub fn money(&self) -> Money {
        Money {
            amount: self.after,
            currency: self.currency.clone(),
        }
    }
}

impl Correction {
    /// A value that is put right, as a person wrote it.
    ///
    /// # Errors
    /// `E_FIELD` where a part is empty or unreadable, or both values are the same.
    pub fn new(what: &str, before: &str, after: &str) -> Result<Self, Refusal> {
        let missing = "A correction says what, how it was and how it is.";
        let read = |part| reason::read(part, "corrections", missing).map(str::to_owned);
        let read = Self {
            what: read(what)?,
            before: read(before)?,
            after: read(after)?,
        };
        if read.before == read.after {
            let words = format!("{} is the same before and after.", read.what);
            return Err(Refusal::field("corrections", words));
        }
        Ok(read)
    }
}

/// Reads one typed correction, `what=before=>after`.
///
/// # Errors
/// `E_FIELD` where it has not this form; as [`Correction::new`].
pub fn correction(text: &str) -> Result<Correction, Refusal> {
    let form = || {
        let words = format!("'{text}' is no correction: WHAT=BEFORE=>AFTER.");
        Refusal::field("corrections", words)
    };
    let (what, values) = text.split_once('=').ok_or_else(form)?;
    let (before, after) = values.split_once("=>").ok_or_else(form)?;
    Correction::new(what, before, after)
}

/// What an invoice says before and after its lines are put right: every changed value, and what its lines come to, rounded
/// to the currency's minor unit, halves away from zero.
///
/// # Errors
/// `E_FIELD` for a line that is not there or has no quantity and price, a value that is negative or has more than six
/// decimals, a line named twice, or when nothing changes.
pub fn recompute(
    lines: &[DocumentLine],
    currency: &str,
    changes: &[LineChange],
) -> Result<(Vec<Correction>, Corrected), Refusal> {
    let wrong = |words: String| Refusal::field("lines", words);
    if changes.len() > MOST_CHANGES {
        return Err(wrong(format!(
            "At most {MOST_CHANGES} lines change at once."
        )));
    }
    for (at, change) in changes.iter().enumerate() {
        if changes.iter().take(at).any(|c| c.line == change.line) {
            return Err(wrong(format!("Line {} is named twice.", change.line)));
        }
        if !lines.iter().any(|l| l.line == change.line) {
            return Err(wrong(format!("The invoice has no line {}.", change.line)));
        }
    }
    let (mut before, mut after) = (Decimal::ZERO, Decimal::ZERO);
    let mut corrections = Vec::new();
    for line in lines {
        let read = |text: &str| Decimal::from_str_exact(text.trim()).ok();
        let quantity = read(&line.quantity);
        let price = line.price.as_deref().and_then(read);
        let (Some(quantity), Some(price)) = (quantity, price) else {
            let words = format!("Line {} has no quantity and price.", line.line);
            return Err(wrong(words));
        };
        let change = changes.iter().find(|c| c.line == line.line);
        let mut put = |what: &str, was: Decimal, is: Option<Decimal>| {
            let Some(is) = is.filter(|is| *is != was) else {
                return Ok(was);
            };
            if is.is_sign_negative() || is.scale() > 6 {
                let words = format!("{is} is no {what} of line {}.", line.line);
                return Err(wrong(words));
            }
            let title = if what == "price" {
                "Unit price"
            } else {
                "Quantity"
            };
            corrections.push(Correction {
                what: format!("{title}, line {}", line.line),
                before: was.to_string(),
                after: is.to_string(),
            });
            Ok(is)
        };
        let new_quantity = put("quantity", quantity, change.and_then(|c| c.quantity))?;
        let new_price = put("price", price, change.and_then(|c| c.price))?;
        let product = |q: Decimal, p: Decimal| {
            q.checked_mul(p)
                .ok_or_else(|| wrong(format!("Line {} is too large.", line.line)))
        };
        let add = |sum: Decimal, more: Decimal| {
            sum.checked_add(more)
                .ok_or_else(|| wrong("The invoice is too large.".to_owned()))
        };
        before = add(before, product(quantity, price)?)?;
        after = add(after, product(new_quantity, new_price)?)?;
    }
    if corrections.is_empty() {
        return Err(wrong("Nothing on the invoice changes.".to_owned()));
    }
    let round = |amount: Decimal| {
        amount.round_dp_with_strategy(decimals(currency), RoundingStrategy::MidpointAwayFromZero)
    };
    let amount = Corrected {
        before: round(before),
        after: round(after),
        currency: currency.to_owned(),
    };
    Ok((corrections, amount))
}

/// What is known where an output is suggested.
#[derive(Debug, Clone, Copy, Default)]
pub struct Suggesting<'a> {
    /// An invoice of ours the case names.
    pub invoice: Option<&'a str>,
    /// The newest notice of the case that has gone out.
    pub told: Option<&'a str>,
}

/// Outputs with why each fits, or why it cannot be, best first.
#[must_use]
pub fn outputs(known: Suggesting<'_>) -> Vec<(Output, Result<String, String>)> {
    let invoice = known.invoice.map_or_else(
        || Err("The case names no invoice of ours".to_owned()),
        |number| Ok(format!("The case is about our invoice {number}")),
    );
    let notice = known.told.map_or_else(
        || Err("Nothing was told before".to_owned()),
        |number| Ok(format!("{number} told them something else before")),
    );
    let letter = Ok("Says what was found and what was done".to_owned());
    let mut all = vec![
        (Output::UpdatedInvoice, invoice),
        (Output::CorrectiveNotice, notice),
        (Output::ResolutionLetter, letter),
    ];
    // What can be is before what cannot; a corrective notice is for a person to choose.
    all.sort_by_key(|(output, fits)| match (output, fits) {
        (Output::UpdatedInvoice, Ok(_)) => 0,
        (Output::ResolutionLetter, _) => 1,
        (_, Ok(_)) => 2,
        (_, Err(_)) => 3,
    });
    all
}

/// A channel an output can take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// `letter`, `email`, `sms`, `statement_insert`, `portal`, `edi`.
    pub channel: String,
    /// Why it is there, or first.
    pub reason: String,
    /// Why it cannot be taken now.
    pub blocked: Option<String>,
}

/// What is known where a channel is proposed.
#[derive(Debug, Clone, Copy)]
pub struct Routing<'a> {
    /// What is sent.
    pub output: Output,
    /// What is agreed with the partner.
    pub agreement: &'a Agreement,
    /// Why an invoice cannot go by EDI; `None` where it can.
    pub no_edi: Option<&'a str>,
    /// Channel of the notice that is put right.
    pub before: Option<&'a str>,
    /// It has to be signed by others: what is signed is a letter.
    pub reviewed: bool,
}

/// Channels for an output, the proposed one first among those that are not blocked.
#[must_use]
pub fn routes(known: Routing<'_>) -> Vec<Route> {
    let signed = || Some("What others sign is a letter".to_owned());
    let mut found: Vec<Route> = Vec::new();
    if known.output == Output::UpdatedInvoice {
        let blocked = known.no_edi.map(str::to_owned);
        found.push(Route {
            channel: EDI.to_owned(),
            reason: "Their invoices go by EDI".to_owned(),
            blocked: blocked.or_else(|| known.reviewed.then(signed).flatten()),
        });
    }
    let agreed = &known.agreement.channels;
    let sendable = |c: &str| matches!(c, "letter" | "email" | "sms" | "statement_insert");
    let before = known.before.filter(|b| agreed.iter().any(|c| c == b));
    for channel in before
        .into_iter()
        .chain(agreed.iter().map(String::as_str))
        .filter(|c| sendable(c))
    {
        if found.iter().any(|r| r.channel == channel) {
            continue;
        }
        let reason = if Some(channel) == before {
            "It went this way before"
        } else if agreed.first().is_some_and(|c| c == channel) {
            "Agreed first with them"
        } else {
            "Agreed with them"
        };
        found.push(Route {
            channel: channel.to_owned(),
            reason: reason.to_owned(),
            blocked: unreachable(known.agreement, channel),
        });
    }
    found.push(Route {
        channel: PORTAL.to_owned(),
        reason: "They read it on the case".to_owned(),
        blocked: known.reviewed.then(signed).flatten(),
    });
    found
}

/// Why nothing can be sent on a channel.
fn unreachable(agreement: &Agreement, channel: &str) -> Option<String> {
    let contact = agreement.contacts.first();
    let missing = match channel {
        "email" => contact.is_none_or(|c| c.email.is_empty()),
        "sms" => contact.is_none_or(|c| c.phone.is_empty()),
        _ => agreement.address.is_empty(),
    };
    missing.then(|| "They have no address for it".to_owned())
}

/// Why others have to sign it: its template or the notice it puts right is regulated, or the amount reaches the limit of the
/// policy. `None` where nobody has to.
#[must_use]
pub fn signed_because(
    rules: &ResolutionRules,
    regulated: bool,
    puts_right_regulated: bool,
    amount: Option<&Corrected>,
) -> Option<String> {
    if regulated {
        return Some("The template is regulated".to_owned());
    }
    if puts_right_regulated {
        return Some("It puts a regulated letter right".to_owned());
    }
    let amount = amount?;
    let limit = rules.limit(&amount.currency);
    let largest = amount.before.abs().max(amount.after.abs());
    (largest >= limit).then(|| {
        format!(
            "{} {} is {} {} or more",
            amount.written(largest),
            amount.currency,
            amount.written(limit),
            amount.currency
        )
    })
}

/// A resolution as it lies in its space and in the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Number of the notice that tells it.
    pub notice: String,
    /// What it is told by.
    pub output: Output,
    /// On which channel.
    pub channel: String,
    /// Invoice that is put right, where one is.
    pub invoice: Option<String>,
    /// Interchange control number of the invoice that takes its place.
    pub control: Option<String>,
    /// Ids of the exceptions it resolves.
    pub exceptions: Vec<String>,
    /// When.
    pub at: Millis,
    /// Who.
    pub by: String,
}

impl Told {
    /// Reads what a step published; `None` where it is no resolution.
    #[must_use]
    pub fn read(data: &Value, by: &str, at: Millis) -> Option<Self> {
        let text = |name: &str| data.get(name).and_then(Value::as_str).unwrap_or_default();
        let (notice, invoice, control) = (text("notice"), text("invoice"), text("control"));
        let exceptions = data.get("exceptions").and_then(Value::as_array);
        (!notice.is_empty()).then_some(())?;
        Some(Self {
            notice: notice.to_owned(),
            output: text("output").parse().ok()?,
            channel: text("channel").to_owned(),
            invoice: (!invoice.is_empty()).then(|| invoice.to_owned()),
            control: (!control.is_empty()).then(|| control.to_owned()),
            exceptions: exceptions
                .into_iter()
                .flatten()
                .filter_map(|e| e.as_str().map(str::to_owned))
                .collect(),
            at,
            by: by.to_owned(),
        })
    }

    /// How far telling it has come, by what its channel shows: the word of the notice's delivery state, the documents that
    /// carry its invoice number, or whether the partner reads it on the case.
    #[must_use]
    pub fn state<'a>(
        &self,
        delivery: Option<&str>,
        documents: impl Iterator<Item = &'a Document>,
        on_the_case: bool,
    ) -> TellingState {
        match self.channel.as_str() {
            EDI => {
                // The interchange that was sent, not another one with the same invoice.
                let sent = documents
                    .filter(|d| self.control.is_some() && d.interchange_control == self.control);
                sent.fold(TellingState::Pending, |state, document| {
                    use crate::record::DeliveryTrack as Track;
                    match (state, document.delivery) {
                        (TellingState::Sent, _) | (_, Track::Delivered) => TellingState::Sent,
                        (_, Track::Failed) => TellingState::NotSent,
                        (state, _) => state,
                    }
                })
            }
            PORTAL if on_the_case => TellingState::Sent,
            PORTAL => TellingState::Pending,
            _ => match delivery.and_then(|word| word.parse().ok()) {
                Some(NoticeState::Sent | NoticeState::Delivered | NoticeState::Responded) => {
                    TellingState::Sent
                }
                Some(NoticeState::Bounced | NoticeState::Failed | NoticeState::Withdrawn) => {
                    TellingState::NotSent
                }
                _ => TellingState::Pending,
            },
        }
    }
}

/// What a person may do about an exception, by its word.
///
/// # Errors
/// `E_INPUT` for another word; `E_STATE` for closing what the partner has not been told of: `untold` says why.
pub fn act_on_exception(word: &str, untold: Option<&str>) -> Result<ExceptionState, Refusal> {
    Ok(match word {
        "acknowledge" => ExceptionState::Acknowledged,
        "investigate" => ExceptionState::Investigating,
        "correct" => ExceptionState::Corrected,
        "verify" => ExceptionState::Verified,
        "reopen" => ExceptionState::Open,
        "waive" => ExceptionState::Waived,
        "close" => match untold {
            None => ExceptionState::Closed,
            Some(why) => return Err(Refusal::new(Code::State, why)),
        },
        other => {
            let words = format!("'{other}' is nothing that can be done about an exception.");
            return Err(Refusal::new(Code::Input, words));
        }
    })
}

/// Notices that are yet to tell how a case was resolved: none once one has told it.
pub fn on_its_way(tellings: &[(Told, TellingState)]) -> impl Iterator<Item = &str> {
    let told = tellings
        .iter()
        .any(|(_, state)| *state == TellingState::Sent);
    let open = tellings.iter().filter(move |_| !told);
    open.map(|(told, _)| told.notice.as_str())
}

/// Why the partner has not been told yet how an exception was resolved: `None` where they have, newest resolution first.
#[must_use]
pub fn untold(tellings: &[(Told, TellingState)]) -> Option<String> {
    if tellings
        .iter()
        .any(|(_, state)| *state == TellingState::Sent)
    {
        return None;
    }
    Some(match tellings.last() {
        Some((told, TellingState::NotSent)) => {
            format!(
                "{} did not get through: it is closed once the partner is told.",
                told.notice
            )
        }
        Some((told, _)) => format!("It is closed once {} has gone out.", told.notice),
        None => "The partner is told first how it was resolved; without that it can be waived."
            .to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(number: &str, quantity: &str, price: &str) -> DocumentLine {
        DocumentLine {
            line: number.to_owned(),
            quantity: quantity.to_owned(),
            price: Some(price.to_owned()),
            ..DocumentLine::default()
        }
    }

    fn price(line: &str, price: &str) -> LineChange {
        LineChange {
            line: line.to_owned(),
            quantity: None,
            price: Some(price.parse().unwrap()),
        }
    }

    #[test]
    fn an_invoice_comes_to_the_sum_of_its_lines_to_the_cent() {
        let lines = [line("1", "10", "12.50"), line("2", "3", "0.335")];
        let (changes, amount) = recompute(&lines, "EUR", &[price("2", "0.105")]).unwrap();
        assert_eq!(changes.len(), 1);
        assert_eq!(amount.written(amount.before), "126.01");
        // 125.315: halves go away from zero.
        assert_eq!(amount.written(amount.after), "125.32");
        let (_, yen) = recompute(&lines, "JPY", &[price("2", "0.105")]).unwrap();
        assert_eq!(yen.written(yen.after), "125");
    }

    #[test]
    fn a_change_that_changes_nothing_or_fits_nothing_is_named() {
        let lines = [line("1", "10", "12.50"), line("2", "x", "1")];
        for (changes, says) in [
            (vec![price("1", "12.50")], "has no quantity"),
            (vec![price("9", "1")], "no line 9"),
            (vec![price("1", "1"), price("1", "2")], "twice"),
            (vec![price("1", "-1")], "is no price"),
        ] {
            let refusal = recompute(&lines, "EUR", &changes).unwrap_err();
            assert_eq!(refusal.code, Code::Field);
            assert!(refusal.message.contains(says), "{}", refusal.message);
        }
        let same = recompute(&lines[..1], "EUR", &[price("1", "12.5")]).unwrap_err();
        assert!(same.message.contains("Nothing"), "{}", same.message);
        let huge = Decimal::MAX.to_string();
        let refusal = recompute(&[line("1", &huge, "2")], "EUR", &[price("1", "3")]).unwrap_err();
        assert!(refusal.message.contains("too large"));
    }

    #[test]
    fn corrections_are_typed_in_one_form() {
        let read = correction("Delivery date=2026-12-01=>2026-12-08").unwrap();
        assert_eq!(
            (read.before.as_str(), read.after.as_str()),
            ("2026-12-01", "2026-12-08")
        );
        for bad in ["", "a", "a=b", "a=b=>", "=b=>c", "a=b=>b", "a=\u{7}=>c"] {
            assert_eq!(correction(bad).unwrap_err().code, Code::Field, "{bad:?}");
        }
    }

    #[test]
    fn others_sign_from_the_limit_of_the_currency_on() {
        let rules = ResolutionRules {
            signed_from: Decimal::from(10_000),
            signed_from_in: [("JPY".to_owned(), Decimal::from(1_500_000))].into(),
        };
        let amount = |before: &str, currency: &str| Corrected {
            before: before.parse().unwrap(),
            after: Decimal::ONE,
            currency: currency.to_owned(),
        };
        let by = |amount: &Corrected| signed_because(&rules, false, false, Some(amount));
        assert_eq!(by(&amount("9999.99", "EUR")), None);
        assert!(by(&amount("10000.00", "EUR")).is_some());
        assert_eq!(by(&amount("10000", "JPY")), None);
        assert!(by(&amount("-1500000", "JPY")).is_some());
        assert!(signed_because(&rules, true, false, None).is_some());
        assert!(signed_because(&rules, false, true, None).is_some());
        assert_eq!(signed_because(&rules, false, false, None), None);
    }

    #[test]
    fn an_exception_is_not_closed_before_the_partner_is_told() {
        let told = Told {
            notice: "N-1".to_owned(),
            output: Output::ResolutionLetter,
            channel: "letter".to_owned(),
            invoice: None,
            control: None,
            exceptions: Vec::new(),
            at: Millis(5),
            by: "lena".to_owned(),
        };
        for (delivery, closes) in [
            (None, false),
            (Some("released"), false),
            (Some("bounced"), false),
            (Some("failed"), false),
            (Some("sent"), true),
            (Some("delivered"), true),
        ] {
            let state = told.state(delivery, std::iter::empty(), false);
            let untold = untold(&[(told.clone(), state)]);
            assert_eq!(
                act_on_exception("close", untold.as_deref()).is_ok(),
                closes,
                "{delivery:?}"
            );
            assert!(act_on_exception("waive", untold.as_deref()).is_ok());
        }
        let nothing = untold(&[]);
        let refusal = act_on_exception("close", nothing.as_deref()).unwrap_err();
        assert_eq!(refusal.code, Code::State);
    }
}
