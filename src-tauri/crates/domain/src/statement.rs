//! Statements of a settlement: from approved transactions to one statement for each partner whose totals tie out. Pure, and
//! exact: amounts are decimals of the currency's minor unit, and nothing is rounded but what an agreed rate gives.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    batch::{ControlTotal, LeftOut},
    canonical,
    outreach::{Before, Standing},
    record::{Partner, SpaceItem},
    words,
};

/// Currencies whose minor unit is not two decimals (ISO 4217, list one).
const MINOR: [(&str, u32); 8] = [
    ("BHD", 3),
    ("CLP", 0),
    ("ISK", 0),
    ("JPY", 0),
    ("KRW", 0),
    ("KWD", 3),
    ("TND", 3),
    ("VND", 0),
];

/// Decimals of a currency.
#[must_use]
pub fn decimals(currency: &str) -> u32 {
    let odd = MINOR.iter().find(|(code, _)| *code == currency);
    odd.map_or(2, |(_, decimals)| *decimals)
}

words! {
    /// What a line of a settlement is.
    LineKind {
        /// Goods and services settled.
        Settlement = "settlement",
        /// A rebate.
        Rebate = "rebate",
        /// A chargeback.
        Chargeback = "chargeback",
        /// A share of a service.
        SharedService = "shared_service",
        /// What an earlier period left open.
        CarryOver = "carry_over",
    }
}

/// One transaction of a settlement, as its source has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettlementLine {
    /// Id at the source.
    pub id: String,
    /// Partner.
    pub partner_id: String,
    /// What it is; `Err` keeps a word nobody knows.
    pub kind: Result<LineKind, String>,
    /// Reference, such as an invoice number.
    pub reference: String,
    /// In words.
    pub description: String,
    /// Day it was booked, `YYYY-MM-DD`.
    pub booked_on: String,
    /// Amount; `Err` keeps what was written in its place.
    pub amount: Result<Decimal, String>,
    /// ISO 4217.
    pub currency: String,
    /// Approved by whoever settles; everything else is not billed.
    pub approved: bool,
}

impl SettlementLine {
    /// A line from its item; `None` for items that are none.
    #[must_use]
    pub fn of(item: &SpaceItem) -> Option<Self> {
        if item.item_kind != "line" {
            return None;
        }
        let text = |name: &str| {
            let value = item.data.get(name).and_then(Value::as_str);
            value.unwrap_or_default().to_owned()
        };
        let written = text("amount");
        Some(Self {
            id: item.id.clone(),
            partner_id: text("partner_id"),
            kind: text("kind").parse().map_err(|_| text("kind")),
            reference: text("reference"),
            description: text("description"),
            booked_on: text("booked_on"),
            amount: amount(&written).ok_or(written),
            currency: text("currency"),
            approved: item.state == "approved",
        })
    }
}

/// An amount as sources write it: digits with one point at most, after a minus where it is negative. What else a decimal
/// could be read from is a slip.
fn amount(text: &str) -> Option<Decimal> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let ends = digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.ends_with(|c: char| c.is_ascii_digit());
    (plain && ends).then(|| Decimal::from_str_exact(text).ok())?
}

/// One statement for one partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Its number.
    pub notice: String,
    /// Partner.
    pub partner_id: String,
    /// What it is called: by the kind of its lines, where all are of one.
    pub title: &'static str,
    /// ISO 4217.
    pub currency: String,
    /// Approved lines by day and id.
    pub lines: Vec<SettlementLine>,
    /// Lines of the period that are not approved, and so not in it.
    pub not_approved: usize,
    /// Sum of its lines.
    pub approved: Decimal,
    /// Agreed rebate on lines of kind settlement, as a positive amount.
    pub rebate: Decimal,
    /// What is due: the sum less the rebate.
    pub total: Decimal,
    /// Per cent of the rebate.
    pub rebate_percent: Decimal,
    /// Days until it is to be paid.
    pub payment_days: i64,
    /// Hash over everything of the period that is known of this partner, approved or not.
    pub fingerprint: String,
}

impl Statement {
    /// An amount of it, with the decimals of its currency.
    #[must_use]
    pub fn amount(&self, amount: Decimal) -> String {
        written(amount, &self.currency)
    }
}

/// An amount with the decimals of its currency.
#[must_use]
pub fn written(amount: Decimal, currency: &str) -> String {
    let mut amount = amount;
    amount.rescale(decimals(currency));
    amount.to_string()
}

/// Statements of a settlement.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Statements {
    /// One for each partner with something approved, by partner.
    pub statements: Vec<Statement>,
    /// Who gets none, and why.
    pub left_out: Vec<LeftOut>,
    /// What they come to, by currency.
    pub totals: Vec<ControlTotal>,
    /// Lines of the period.
    pub lines: usize,
    /// Those of them that are approved.
    pub approved: usize,
}

/// What decides who gets a statement.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Case of the settlement.
    pub case_id: &'a str,
    /// Period, `YYYY-MM`.
    pub period: &'a str,
    /// It is the period this settlement is about: what earlier ones left open is in it.
    pub carries: bool,
    /// Only these partners; empty for all.
    pub only: &'a BTreeSet<String>,
    /// Partners a person left out, with the reason.
    pub left_out: &'a BTreeMap<String, String>,
    /// Login of that person.
    pub person: &'a str,
    /// Notices known before.
    pub before: &'a [Before],
}

/// Whether this is a month, `YYYY-MM`.
#[must_use]
pub fn is_period(text: &str) -> bool {
    text.len() == 7 && crate::time::is_day(&format!("{text}-01"))
}

/// The number of the statements of a period, without what follows where it is sent once more.
fn number(case_id: &str, partner_id: &str, period: &str) -> String {
    let hash = canonical::sha256_hex(period.as_bytes()).to_uppercase();
    let says = hash.get(..8).unwrap_or_default();
    format!("N-{case_id}-{partner_id}-{says}")
}

/// Partner by partner: one statement, or the reason why none. `reach` says why a partner cannot be written to.
///
/// A partner is never billed nothing, never in two currencies, and never twice for a period: whom a statement did not reach gets it
/// again under a number of its own.
pub fn plan(
    lines: Vec<SettlementLine>,
    partners: &BTreeMap<String, Partner>,
    asked: Asked<'_>,
    reach: impl Fn(&Partner) -> Result<(), String>,
) -> Statements {
    let of_period = |line: &SettlementLine| {
        let month = line.booked_on.get(..7).unwrap_or_default();
        // A line is in one period: its own, or the settlement's where it was left open before.
        let left_open = line.kind == Ok(LineKind::CarryOver) && month < asked.period;
        month == asked.period || (asked.carries && left_open)
    };
    let mut by_partner: BTreeMap<String, Vec<SettlementLine>> = BTreeMap::new();
    for line in lines.into_iter().filter(of_period) {
        if asked.only.is_empty() || asked.only.contains(&line.partner_id) {
            let id = line.partner_id.clone();
            by_partner.entry(id).or_default().push(line);
        }
    }
    let mut out = Statements::default();
    let mut totals: BTreeMap<String, ControlTotal> = BTreeMap::new();
    for (partner_id, lines) in by_partner {
        out.lines += lines.len();
        out.approved += lines.iter().filter(|l| l.approved).count();
        let partner = partners.get(&partner_id);
        match one(&partner_id, partner, lines, asked, &reach) {
            Ok(statement) => {
                let total = totals
                    .entry(statement.currency.clone())
                    .or_insert_with(|| ControlTotal::of(&statement.currency));
                total.statements += 1;
                total.approved += statement.approved;
                total.total += statement.total;
                out.statements.push(statement);
            }
            Err((reason, by)) => out.left_out.push(LeftOut {
                name: partner.map_or_else(|| partner_id.clone(), |p| p.name.clone()),
                partner_id,
                reason,
                by,
            }),
        }
    }
    out.totals = totals.into_values().collect();
    out
}

fn one(
    partner_id: &str,
    partner: Option<&Partner>,
    mut lines: Vec<SettlementLine>,
    asked: Asked<'_>,
    reach: impl Fn(&Partner) -> Result<(), String>,
) -> Result<Statement, (String, Option<String>)> {
    let rule = |words: String| Err((words, None));
    if let Some(reason) = asked.left_out.get(partner_id) {
        return Err((reason.clone(), Some(asked.person.to_owned())));
    }
    let Some(partner) = partner else {
        return rule("This partner is not known".to_owned());
    };
    let number = number(asked.case_id, partner_id, asked.period);
    let of_it = |b: &&Before| {
        let rest = b.notice.strip_prefix(&number);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    let before: Vec<&Before> = asked.before.iter().filter(of_it).collect();
    let not_failed = |b: &&&Before| b.standing != Standing::Failed;
    if let Some(sent) = before.iter().find(not_failed) {
        return rule(format!("{} is their statement of the period", sent.notice));
    }
    lines.sort_by(|a, b| (&a.booked_on, &a.id).cmp(&(&b.booked_on, &b.id)));
    let currency = partner.agreement.currency.clone();
    let fingerprint = fingerprint(&lines, partner);
    let all = lines.len();
    lines.retain(|l| l.approved);
    let not_approved = all - lines.len();
    if lines.is_empty() {
        return rule(format!("Nothing is approved: {not_approved} lines are not"));
    }
    let mut approved = Decimal::ZERO;
    let mut settled = Decimal::ZERO;
    for line in &lines {
        let amount = match &line.amount {
            Ok(amount) => *amount,
            Err(text) => return rule(format!("'{text}' of {} is no amount", line.reference)),
        };
        if let Err(word) = &line.kind {
            return rule(format!(
                "'{word}' of {} is no kind of transaction",
                line.reference
            ));
        }
        if line.currency != currency {
            let words = format!(
                "{} is in {}, agreed are {currency}",
                line.reference, line.currency
            );
            return rule(words);
        }
        if amount.normalize().scale() > decimals(&currency) {
            return rule(format!(
                "{amount} of {} is no amount in {currency}",
                line.reference
            ));
        }
        let sums = approved.checked_add(amount).zip(match &line.kind {
            Ok(LineKind::Settlement) => settled.checked_add(amount),
            _ => Some(settled),
        });
        let Some(sums) = sums else {
            return rule("Its lines are more than can be added up".to_owned());
        };
        (approved, settled) = sums;
    }
    if approved.is_zero() {
        return rule("Its approved lines come to nothing".to_owned());
    }
    if let Err(why) = reach(partner) {
        return rule(why);
    }
    let terms = &partner.agreement.terms;
    let rebate = settled
        .checked_mul(terms.rebate_percent)
        .map(|share| share / Decimal::ONE_HUNDRED)
        .unwrap_or_default()
        .max(Decimal::ZERO)
        .round_dp_with_strategy(decimals(&currency), RoundingStrategy::MidpointAwayFromZero);
    Ok(Statement {
        notice: match before.len() {
            0 => number,
            n => format!("{number}.{}", n + 1),
        },
        partner_id: partner_id.to_owned(),
        title: title(&lines),
        lines,
        not_approved,
        approved,
        rebate,
        total: approved - rebate,
        rebate_percent: terms.rebate_percent,
        payment_days: terms.payment_days,
        currency,
        fingerprint,
    })
}

/// What a statement is called, by what is in it.
fn title(lines: &[SettlementLine]) -> &'static str {
    let word = |l: &SettlementLine| l.kind.as_ref().map_or("", |kind| kind.as_str());
    let kinds: BTreeSet<&str> = lines.iter().map(word).collect();
    match kinds.into_iter().collect::<Vec<_>>().as_slice() {
        ["settlement"] => "Settlement note",
        ["rebate"] => "Rebate note",
        ["chargeback"] => "Chargeback note",
        ["shared_service"] => "Bill for shared services",
        _ => "Statement",
    }
}

fn fingerprint(lines: &[SettlementLine], partner: &Partner) -> String {
    let lines: Vec<Value> = lines
        .iter()
        .map(|l| {
            let amount = match &l.amount {
                Ok(amount) => amount.normalize().to_string(),
                Err(text) => text.clone(),
            };
            json!([
                l.id,
                l.approved,
                l.kind,
                amount,
                l.currency,
                l.booked_on,
                l.reference
            ])
        })
        .collect();
    let terms = &partner.agreement.terms;
    let agreed = json!([
        partner.agreement.currency,
        terms.rebate_percent.normalize().to_string(),
        terms.payment_days
    ]);
    canonical::hash(&json!([partner.id, agreed, lines])).unwrap_or_default()
}

/// Hash over exactly these statements and the way each of them goes: who confirms one set does not send another. `way` gives
/// channel, language and address of a partner.
///
/// # Errors
/// [`canonical::NotCanonical`] when a part has no canonical form.
pub fn root(
    statements: &[Statement],
    (template, template_version): (&str, i64),
    way: impl Fn(&str) -> [String; 3],
) -> Result<String, canonical::NotCanonical> {
    let all: Vec<Value> = statements
        .iter()
        .map(|s| {
            json!([
                s.notice,
                s.fingerprint,
                way(&s.partner_id),
                s.amount(s.total)
            ])
        })
        .collect();
    canonical::hash(&json!([template, template_version, all]))
}

#[cfg(test)]
#[path = "statement_tests.rs"]
mod tests;
