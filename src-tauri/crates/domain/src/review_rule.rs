//! How many sign, who, and in which order, by the kind of a letter and the amount it is about.
//!
//! The rule is fixed when signatures are asked for and lies in the request: another policy later changes nothing about it.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    money::Money,
    partner_review::is_twin,
    person::Role,
    policy,
    review::{ReviewRequest, Signature, Verdict},
    words,
};

words! {
    /// Whether groups sign one after the other.
    #[derive(Default)]
    Order {
        /// In any order.
        #[default]
        Parallel = "parallel",
        /// Each group after the one before it.
        Sequence = "sequence",
    }
}

/// People of one role who have to be among those who sign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Role.
    pub role: Role,
    /// How many of it.
    #[serde(default = "one")]
    pub needed: u32,
}

const fn one() -> u32 {
    1
}

/// What a request asks for beside a number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// As the policy calls it.
    pub name: String,
    /// One after the other or not.
    pub order: Order,
    /// Who has to be among those who sign, in order.
    pub groups: Vec<Group>,
}

/// A rule of the policy, and the letters it is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleFor {
    /// Shown to those who sign.
    pub name: String,
    /// Keys of templates; none for all.
    #[serde(default)]
    pub templates: Vec<String>,
    /// Types of cases; none for all.
    #[serde(default)]
    pub case_types: Vec<String>,
    /// From this amount on; none for every amount.
    #[serde(default)]
    pub amount_from: Option<Decimal>,
    /// Currency of that amount, ISO 4217.
    #[serde(default)]
    pub currency: Option<String>,
    /// Distinct people needed; never fewer than the groups have.
    #[serde(default)]
    pub needed: u32,
    /// One after the other or not.
    #[serde(default)]
    pub order: Order,
    /// Who has to be among them, in order.
    #[serde(default, rename = "group")]
    pub groups: Vec<Group>,
}

impl RuleFor {
    /// Checks what the policy file says.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn check(&self) -> Result<(), String> {
        if self.name.trim().is_empty() {
            return Err("a rule has a name".to_owned());
        }
        if self.amount_from.is_some() != self.currency.is_some() {
            return Err("amount_from and currency belong together".to_owned());
        }
        if self.groups.iter().any(|group| group.needed == 0) {
            return Err("a group has at least one signature".to_owned());
        }
        if self.order == Order::Sequence && self.groups.len() < 2 {
            return Err("a sequence has at least two groups".to_owned());
        }
        if self.groups.is_empty() && self.needed == 0 {
            return Err("a rule asks for signatures".to_owned());
        }
        Ok(())
    }

    fn in_all(&self) -> u32 {
        let groups = self
            .groups
            .iter()
            .fold(0_u32, |all, g| all.saturating_add(g.needed));
        groups.max(self.needed)
    }

    fn suits(&self, about: &About<'_>) -> bool {
        // What is not known suits, as an amount does that is not known.
        let among = |list: &[String], word: &str| {
            list.is_empty() || word.is_empty() || list.iter().any(|l| l == word)
        };
        if !among(&self.templates, about.template) || !among(&self.case_types, about.case_type) {
            return false;
        }
        let (Some(from), Some(currency)) = (&self.amount_from, &self.currency) else {
            return true;
        };
        // What is not known, or in another currency, may well be as much.
        about.amounts.is_empty()
            || about
                .amounts
                .iter()
                .any(|money| money.currency != *currency || money.amount.abs() >= *from)
    }
}

/// What a letter is about, as far as rules ask.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// Key of its template.
    pub template: &'a str,
    /// Type of its case; empty where it is not known.
    pub case_type: &'a str,
    /// What it comes to; nothing where that is not known.
    pub amounts: &'a [Money],
}

/// How many sign a letter, and by which rule: the strictest of those that suit it. The number alone where none does.
#[must_use]
pub fn rule_for(review: &policy::Review, about: &About<'_>) -> (u32, Option<Rule>) {
    let suiting = review.rules.iter().filter(|rule| rule.suits(about));
    let strictest = suiting.max_by_key(|rule| {
        let sequence = rule.order == Order::Sequence;
        (rule.in_all(), sequence, rule.groups.len(), rule.amount_from)
    });
    let Some(strictest) = strictest else {
        return (review.needed, None);
    };
    let rule = Rule {
        name: strictest.name.clone(),
        order: strictest.order,
        groups: strictest.groups.clone(),
    };
    (strictest.in_all().max(review.needed), Some(rule))
}

/// What a letter comes to by its fields and totals, exactly: `amount` as "1440.00 EUR", `totals` as a list of amounts with
/// their currency. Nothing where any of it does not read, since what is not known counts as much.
#[must_use]
pub fn amounts_of(fields: &BTreeMap<String, String>, totals: Option<&Value>) -> Vec<Money> {
    let field = fields.get("amount").map(String::as_str).unwrap_or_default();
    let of_field = (!field.trim().is_empty()).then(|| money(field));
    let of_total = |total: &Value| {
        let text = |name: &str| total.get(name).and_then(Value::as_str).unwrap_or_default();
        money(&format!("{} {}", text("amount"), text("currency")))
    };
    let totals = totals.and_then(Value::as_array).into_iter().flatten();
    let all: Option<Vec<Money>> = of_field.into_iter().chain(totals.map(of_total)).collect();
    all.unwrap_or_default()
}

/// "1440.00 EUR". Marks between thousands are not guessed.
fn money(text: &str) -> Option<Money> {
    let (amount, currency) = text.trim().split_once(' ')?;
    let currency = currency.trim();
    let code = currency.len() == 3 && currency.bytes().all(|b| b.is_ascii_uppercase());
    let amount = Decimal::from_str_exact(amount).ok()?;
    code.then(|| Money {
        amount,
        currency: currency.to_owned(),
    })
}

/// One group of a rule, and how far it has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// Role.
    pub role: Role,
    /// How many of it are needed.
    pub needed: u32,
    /// How many have signed.
    pub given: u32,
    /// It is up to this group now.
    pub open: bool,
}

/// How far a quorum has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Which signatures count, by their place.
    pub counted: Vec<usize>,
    /// Which approvals of the partner stand beside them, by their place: one for each person who was asked.
    pub by_partner: Vec<usize>,
    /// Groups of the rule, in order.
    pub groups: Vec<Left>,
    /// Signatures still needed in all.
    pub more: u32,
}

impl Progress {
    /// Whether the quorum stands.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.more == 0
    }

    /// Groups it is up to now.
    pub fn open(&self) -> impl Iterator<Item = &Left> {
        self.groups.iter().filter(|group| group.open)
    }
}

/// Whether a signature is one of a group: by its role or, once the request is escalated, as a deputy. A clock that goes
/// ahead makes nobody a deputy earlier.
fn fits(request: &ReviewRequest, signature: &Signature, role: Role) -> bool {
    let deputy = request
        .deputies
        .is_some_and(|deputies| signature.roles.contains(&deputies));
    let given = signature
        .reached_at
        .map_or(signature.at, |reached| reached.min(signature.at));
    signature.roles.contains(&role) || deputy && request.is_escalated(given)
}

/// How far a quorum has come with these signatures, in the order in which they were given.
///
/// Neither the maker nor who signs for the maker counts, nor a signature over another hash or after the request expired.
/// Nobody counts twice, whether they sign for themselves, for another, or another signs for them. In a sequence a signature
/// counts for the group whose turn it is, and one that comes before its turn counts for nothing.
#[must_use]
pub fn progress(request: &ReviewRequest, signatures: &[Signature]) -> Progress {
    let empty = Vec::new();
    let (order, groups) = request
        .rule
        .as_ref()
        .map_or((Order::Parallel, &empty), |rule| (rule.order, &rule.groups));
    // The places of the groups, and the signature that holds each.
    let mut seats: Vec<(usize, Option<usize>)> = Vec::new();
    for (group, of) in groups.iter().enumerate() {
        let many = of.needed.min(1_000);
        seats.extend((0..many).map(|_| (group, None)));
    }
    let wanted = groups
        .iter()
        .fold(0_u32, |all, g| all.saturating_add(g.needed));
    let beside = request.needed.saturating_sub(wanted);
    let (mut counted, mut used, mut others) = (Vec::new(), Vec::new(), 0_u32);
    for (place, signature) in signatures.iter().enumerate() {
        let people = signature.people();
        let counts = signature.verdict == Verdict::Approve
            && signature.partner.is_none()
            && signature.hash == request.hash
            && request.expires_at.is_none_or(|end| signature.at < end)
            && people
                .iter()
                .all(|p| **p != request.maker && !used.contains(p));
        if !counts {
            continue;
        }
        let role = |group: usize| groups.get(group).map(|g| g.role);
        let suits = |by: usize, group: usize| {
            let signature = signatures.get(by);
            signature
                .zip(role(group))
                .is_some_and(|(s, role)| fits(request, s, role))
        };
        let seated = match order {
            Order::Sequence => {
                let next = seats.iter_mut().find(|(_, held)| held.is_none());
                match next {
                    Some((group, held)) if suits(place, *group) => {
                        *held = Some(place);
                        true
                    }
                    Some(_) => continue,
                    None => false,
                }
            }
            Order::Parallel => seat(&mut seats, place, &suits, &mut Vec::new()),
        };
        if !seated {
            // Whoever has no place in a group may be one of those needed beside them; once all are there, one more.
            let all = others >= beside && seats.iter().all(|(_, held)| held.is_some());
            if others >= beside && !all {
                continue;
            }
            others = others.saturating_add(1);
        }
        counted.push(place);
        used.extend(people);
    }
    let held = |group: usize| {
        let held = seats
            .iter()
            .filter(|(g, held)| *g == group && held.is_some());
        u32::try_from(held.count()).unwrap_or(u32::MAX)
    };
    let mut waits = false;
    let groups: Vec<Left> = groups
        .iter()
        .enumerate()
        .map(|(group, of)| {
            let (given, needed) = (held(group), of.needed);
            let open = given < needed && !waits;
            waits |= open && order == Order::Sequence;
            Left {
                role: of.role,
                needed,
                given,
                open,
            }
        })
        .collect();
    let given = groups
        .iter()
        .fold(others, |all, g| all.saturating_add(g.given));
    // A request that asks for nobody is approved by nobody.
    let needed = request.needed.max(wanted).max(1);
    let more = needed.saturating_sub(given);
    let by_partner = by_partner(request, signatures);
    let more = request.partner.as_ref().map_or(more, |asked| {
        let complete = groups.iter().all(|group| group.given >= group.needed);
        let approved = u32::try_from(by_partner.len()).unwrap_or(u32::MAX);
        asked.left(more, given, complete, approved)
    });
    Progress {
        counted,
        by_partner,
        groups,
        more,
    }
}

/// Approvals of the partner that stand: over this hash, in time, by persons who were asked and may not be the maker, each once.
fn by_partner(request: &ReviewRequest, signatures: &[Signature]) -> Vec<usize> {
    let Some(asked) = &request.partner else {
        return Vec::new();
    };
    let (mut places, mut persons) = (Vec::new(), Vec::new());
    for (place, signature) in signatures.iter().enumerate() {
        let person = signature.person.as_str();
        let stands = signature.partner.is_some()
            && signature.verdict == Verdict::Approve
            && signature.hash == request.hash
            && request.expires_at.is_none_or(|end| signature.at < end)
            && !is_twin(person, request.maker.as_str());
        let Some(known) = asked.person(person).filter(|_| stands) else {
            continue;
        };
        if !persons.contains(&&known.id) {
            persons.push(&known.id);
            places.push(place);
        }
    }
    places
}

/// Gives a signature a place in a group, moving others to places that suit them as well (an augmenting path).
fn seat(
    seats: &mut [(usize, Option<usize>)],
    signature: usize,
    suits: &dyn Fn(usize, usize) -> bool,
    tried: &mut Vec<usize>,
) -> bool {
    for at in 0..seats.len() {
        let Some((group, held)) = seats.get(at).copied() else {
            continue;
        };
        if tried.contains(&at) || !suits(signature, group) {
            continue;
        }
        tried.push(at);
        let free = held.is_none_or(|other| seat(seats, other, suits, tried));
        if free && let Some(place) = seats.get_mut(at) {
            place.1 = Some(signature);
            return true;
        }
    }
    false
}
