//! Outreach in a disruption: whom it affects, and who is told what, once. Pure: what was told before is read from the
//! numbers of the notices that are known, so that every desktop comes to the same.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::json;

use crate::{Millis, Refusal, batch::LeftOut, canonical, record::Partner, time::is_day, words};

/// Longest text of alternatives or of a service update, in characters.
pub const LONGEST: usize = 4_000;

/// In the number of a notice that says nothing yet.
const UNSAID: &str = "00000000";

/// A line of an open order that a disruption affects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AffectedLine {
    /// Order number.
    pub order: String,
    /// Whose order it is: a partner id, else an address.
    pub party: String,
    /// Name of the customer.
    pub party_name: String,
    /// Product.
    pub product: String,
    /// Description.
    pub description: String,
    /// Quantity as decimal text.
    pub quantity: String,
    /// Unit of measure.
    pub unit: String,
    /// Ship or requested delivery date, `YYYY-MM-DD`; empty where the order names none.
    pub ship_date: String,
    /// A ship notice for the order has left already.
    pub shipped: bool,
}

/// What customers are told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// Revised date by product; under the empty name that of every product without its own.
    pub dates: BTreeMap<String, String>,
    /// What they can take instead.
    pub alternatives: String,
    /// What else there is to say.
    pub service_update: String,
}

impl Told {
    /// The revised date of a product.
    #[must_use]
    pub fn date(&self, product: &str) -> Option<&str> {
        let own = self.dates.get(product).or_else(|| self.dates.get(""));
        own.map(String::as_str).filter(|date| !date.is_empty())
    }

    /// Whether it says anything, in a form that can be sent.
    ///
    /// # Errors
    /// `E_FIELD` naming what is missing or wrong.
    pub fn check(&self) -> Result<(), Refusal> {
        let wrong = |date: &&String| !date.is_empty() && !is_day(date);
        if let Some(wrong) = self.dates.values().find(wrong) {
            let words = format!("'{wrong}' is no date (YYYY-MM-DD).");
            return Err(Refusal::field("date", words));
        }
        for (name, title, text) in [
            ("alternatives", "Alternatives", &self.alternatives),
            ("service_update", "Service update", &self.service_update),
        ] {
            if text.chars().count() > LONGEST {
                let words = format!("{title} may have {LONGEST} characters at most.");
                return Err(Refusal::field(name, words));
            }
        }
        if self.is_silent() {
            let words = "Say a revised date, alternatives or a service update.";
            return Err(Refusal::field("date", words));
        }
        Ok(())
    }

    /// Whether it says nothing at all, yet.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.dates.values().all(String::is_empty)
            && self.alternatives.trim().is_empty()
            && self.service_update.trim().is_empty()
    }

    /// What is said to a customer with these products; `None` where it is nothing.
    fn to(&self, products: &BTreeSet<&str>) -> Option<Says<'_>> {
        let dates: BTreeMap<String, &str> = products
            .iter()
            .filter_map(|p| Some(((*p).to_owned(), self.date(p)?)))
            .collect();
        let says = Says {
            dates,
            alternatives: self.alternatives.trim(),
            service_update: self.service_update.trim(),
        };
        let silent =
            says.dates.is_empty() && says.alternatives.is_empty() && says.service_update.is_empty();
        (!silent).then_some(says)
    }
}

#[derive(Serialize)]
struct Says<'a> {
    dates: BTreeMap<String, &'a str>,
    alternatives: &'a str,
    service_update: &'a str,
}

impl Says<'_> {
    fn hash(&self) -> String {
        let hash = canonical::hash(self).unwrap_or_default();
        hash.get(..8).unwrap_or_default().to_uppercase()
    }
}

words! {
    /// How a notice of before stands.
    Standing {
        /// It left, or nobody can tell that it did not.
        Sent = "sent",
        /// It is to leave: queued, behind a review, under way.
        Pending = "pending",
        /// A person decides about it where it was queued.
        Held = "held",
        /// It was withdrawn, came back or could not be sent: whoever it was for has not been told.
        Failed = "failed",
    }
}

/// What is known of a notice about this case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Before {
    /// Its number.
    pub notice: String,
    /// How it stands.
    pub standing: Standing,
    /// When that was known.
    pub at: Millis,
}

/// One notice to one customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutreachNotice {
    /// Its number: case, customer, and a hash over what is said.
    pub notice: String,
    /// The notice before, which said something else.
    pub supersedes: Option<String>,
    /// Customer.
    pub partner_id: String,
    /// Affected lines, by order and product.
    pub lines: Vec<AffectedLine>,
}

impl OutreachNotice {
    /// Affected orders, each once.
    #[must_use]
    pub fn orders(&self) -> Vec<&str> {
        let set: BTreeSet<&str> = self.lines.iter().map(|l| l.order.as_str()).collect();
        set.into_iter().collect()
    }

    /// Affected products, each once.
    #[must_use]
    pub fn products(&self) -> Vec<&str> {
        let set: BTreeSet<&str> = self.lines.iter().map(|l| l.product.as_str()).collect();
        set.into_iter().collect()
    }

    /// The revised date, where all products have the same.
    #[must_use]
    pub fn date<'t>(&self, told: &'t Told) -> Option<&'t str> {
        let dates: BTreeSet<Option<&str>> =
            self.lines.iter().map(|l| told.date(&l.product)).collect();
        match dates.into_iter().collect::<Vec<_>>().as_slice() {
            [one] => *one,
            _ => None,
        }
    }
}

/// Whom an outreach reaches.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outreach {
    /// One notice for each customer, by customer.
    pub notices: Vec<OutreachNotice>,
    /// Customers left out, by customer.
    pub left_out: Vec<LeftOut>,
    /// Affected orders that have not been shipped.
    pub orders: usize,
    /// Their affected lines.
    pub lines: usize,
    /// Customers with an affected order, shipped or not.
    pub customers: usize,
}

/// What decides who is told.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Case.
    pub case_id: &'a str,
    /// What is said.
    pub told: &'a Told,
    /// Countries of customers; empty for all.
    pub destinations: &'a BTreeSet<String>,
    /// Customers a person left out, with the reason.
    pub left_out: &'a BTreeMap<String, String>,
    /// Login of that person.
    pub person: &'a str,
    /// Notices known before.
    pub before: &'a [Before],
}

/// The number of a notice without its last part, which says what it says: everything told to this customer about this case.
fn family(case_id: &str, partner_id: &str) -> String {
    format!("N-{case_id}-{partner_id}")
}

/// Whether a notice was made by an outreach of this case. Other notices have no number of a case in theirs.
#[must_use]
pub fn is_of(case_id: &str, notice: &str) -> bool {
    let rest = notice
        .strip_prefix("N-")
        .and_then(|n| n.strip_prefix(case_id));
    rest.and_then(|r| r.strip_prefix('-'))
        .is_some_and(|r| r.contains('-'))
}

/// Customer by customer: one notice, or the reason why none. `reach` says why a customer cannot be written to.
///
/// Customers whose affected orders have all been shipped are left out, and so are those whom the last notice told the same, and
/// those to whom one is still on its way. Whom a notice did not reach is told again under a number of its own.
pub fn plan(
    lines: &[AffectedLine],
    partners: &BTreeMap<String, Partner>,
    asked: Asked<'_>,
    reach: impl Fn(&Partner) -> Result<(), String>,
) -> Outreach {
    let mut by_party: BTreeMap<&str, Vec<&AffectedLine>> = BTreeMap::new();
    for line in lines {
        by_party.entry(&line.party).or_default().push(line);
    }
    let mut told_before: BTreeMap<&str, Vec<(&str, &Before)>> = BTreeMap::new();
    for before in asked.before {
        if let Some((family, says)) = before.notice.rsplit_once('-') {
            told_before.entry(family).or_default().push((says, before));
        }
    }
    let mut out = Outreach::default();
    for (party, affected) in by_party {
        let partner = partners.get(party);
        if let Some(partner) = partner
            && !asked.destinations.is_empty()
            && !asked.destinations.contains(&partner.country.to_uppercase())
        {
            continue;
        }
        out.customers += 1;
        let name = partner.map_or_else(
            || affected.first().map_or(party, |l| l.party_name.as_str()),
            |p| p.name.as_str(),
        );
        let open: Vec<AffectedLine> = affected
            .iter()
            .filter(|l| !l.shipped)
            .map(|l| (*l).clone())
            .collect();
        let orders: BTreeSet<&str> = open.iter().map(|l| l.order.as_str()).collect();
        out.orders += orders.len();
        out.lines += open.len();
        let family = family(asked.case_id, party);
        let before = told_before
            .get(family.as_str())
            .map_or(&[][..], Vec::as_slice);
        match one(party, partner, open, before, asked, &reach) {
            Ok(notice) => out.notices.push(notice),
            Err((reason, by)) => out.left_out.push(LeftOut {
                partner_id: party.to_owned(),
                name: name.to_owned(),
                reason,
                by,
            }),
        }
    }
    out
}

type Reason = (String, Option<String>);

fn one(
    party: &str,
    partner: Option<&Partner>,
    mut open: Vec<AffectedLine>,
    before: &[(&str, &Before)],
    asked: Asked<'_>,
    reach: impl Fn(&Partner) -> Result<(), String>,
) -> Result<OutreachNotice, Reason> {
    let rule = |words: String| Err((words, None));
    if let Some(reason) = asked.left_out.get(party) {
        return Err((reason.clone(), Some(asked.person.to_owned())));
    }
    if open.is_empty() {
        return rule("Everything affected has been shipped".to_owned());
    }
    let Some(partner) = partner else {
        return rule("No partner is known for this address".to_owned());
    };
    if let Err(why) = reach(partner) {
        return rule(why);
    }
    let products: BTreeSet<&str> = open.iter().map(|l| l.product.as_str()).collect();
    let says = match asked.told.to(&products) {
        Some(says) => says.hash(),
        // Whom it affects is seen before anything is written; nothing is sent like that.
        None if asked.told.is_silent() => UNSAID.to_owned(),
        None => return rule("Nothing is said about their products".to_owned()),
    };
    let standing = |wanted: Standing| {
        before
            .iter()
            .map(|(_, b)| *b)
            .filter(move |b| b.standing == wanted)
    };
    // What is on its way is withdrawn or sent before anything else is said.
    if let Some(pending) = standing(Standing::Pending).next() {
        return rule(format!("{} has not left yet", pending.notice));
    }
    if let Some(held) = standing(Standing::Held).next() {
        return rule(format!("{} is held for a decision", held.notice));
    }
    let same = |b: &Before| {
        let part = b.notice.rsplit('-').next().unwrap_or_default();
        // `1A2B3C4D` the first time, `1A2B3C4D.2` where it is said once more.
        part.split('.').next() == Some(says.as_str())
    };
    let last = standing(Standing::Sent).max_by_key(|b| (b.at, &b.notice));
    if let Some(last) = last.filter(|last| same(last)) {
        return rule(format!("Told the same with {}", last.notice));
    }
    let supersedes = last.map(|last| last.notice.clone());
    let family = family(asked.case_id, party);
    let notice = match before.iter().filter(|(_, b)| same(b)).count() {
        0 => format!("{family}-{says}"),
        n => format!("{family}-{says}.{}", n + 1),
    };
    open.sort_by(|a, b| (&a.order, &a.product).cmp(&(&b.order, &b.product)));
    // An order that came twice is named once.
    open.dedup();
    Ok(OutreachNotice {
        notice,
        supersedes,
        partner_id: partner.id.clone(),
        lines: open,
    })
}

/// Hash over exactly these notices and the way each of them goes: who confirms one set does not send another. `way` gives
/// channel, language and address of a customer.
///
/// # Errors
/// [`canonical::NotCanonical`] when a part has no canonical form.
pub fn root(
    notices: &[OutreachNotice],
    (template, template_version): (&str, i64),
    way: impl Fn(&str) -> [String; 3],
) -> Result<String, canonical::NotCanonical> {
    let lines = |notice: &OutreachNotice| -> Vec<_> {
        let fields = |l: &AffectedLine| json!([l.order, l.product, l.quantity, l.ship_date]);
        notice.lines.iter().map(fields).collect()
    };
    let all: Vec<_> = notices
        .iter()
        .map(|n| json!([n.notice, n.supersedes, way(&n.partner_id), lines(n)]))
        .collect();
    canonical::hash(&json!([template, template_version, all]))
}

#[cfg(test)]
mod tests;
