//! Which partners a person means: a segment by facts, those named one by one, without those left out.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Refusal, batch::LeftOut, record::Partner, refusal::Code};

/// Facts a segment can be named by, with their titles.
pub const FACTS: [(&str, &str); 7] = [
    ("country", "Country"),
    ("tier", "Tier"),
    ("language", "Language"),
    ("currency", "Currency"),
    ("calendar", "Calendar"),
    ("time_zone", "Time zone"),
    ("channel", "Channel"),
];

/// The values a partner has of a fact; nothing for facts nobody knows.
#[must_use]
pub fn fact_values<'a>(partner: &'a Partner, fact: &str) -> Vec<&'a str> {
    let agreement = &partner.agreement;
    let one = match fact {
        "country" => &partner.country,
        "tier" => &agreement.tier,
        "language" => &agreement.language,
        "currency" => &agreement.currency,
        "calendar" => &agreement.calendar,
        "time_zone" => &agreement.time_zone,
        "channel" => return agreement.channels.iter().map(String::as_str).collect(),
        _ => return Vec::new(),
    };
    std::iter::once(one.as_str())
        .filter(|value| !value.is_empty())
        .collect()
}

/// What a person named.
#[derive(Debug, Clone, Copy)]
pub struct Named<'a> {
    /// Values by fact: any of one fact, all facts.
    pub segment: &'a BTreeMap<String, Vec<String>>,
    /// Named one by one.
    pub partners: &'a [String],
    /// Left out, each with the reason.
    pub exclude: &'a BTreeMap<String, String>,
}

/// A partner who was meant.
#[derive(Debug, Clone, Copy)]
pub struct Meant<'a> {
    /// Who.
    pub partner: &'a Partner,
    /// Named one by one, whether or not the segment has them.
    pub by_name: bool,
    /// Why a person leaves them out after all.
    pub excluded: Option<&'a str>,
}

/// Refuses a launch over partners who cannot be reached, named with their ids: the first five in the words, all in the
/// detail.
///
/// # Errors
/// `E_FIELD` on `exclude` unless there are none: how many, `cannot` in words, who, and `mend` for what can be done.
pub fn refuse_blocking<'a>(
    blocking: impl Iterator<Item = (&'a str, &'a str)>,
    cannot: &str,
    mend: &str,
) -> Result<(), Refusal> {
    let (ids, names): (Vec<&str>, Vec<String>) = blocking
        .map(|(id, name)| (id, format!("{name} ({id})")))
        .unzip();
    if ids.is_empty() {
        return Ok(());
    }
    let shown = names.get(..5).unwrap_or(&names).join(", ");
    let more = match names.len().saturating_sub(5) {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    let words = format!("{} {cannot}: {shown}{more}. {mend}", names.len());
    let detail = serde_json::json!({"fields": ["exclude"], "blocking": ids});
    Err(Refusal::new(Code::Field, words).with(detail))
}

/// Finds who is meant among all partners, in their order.
///
/// # Errors
/// `E_FIELD` for a fact nobody knows, for a partner nobody knows, and for an exclusion of somebody who is not among those
/// meant.
pub fn meant<'a>(partners: &'a [Partner], named: Named<'a>) -> Result<Vec<Meant<'a>>, Refusal> {
    let known: BTreeSet<&str> = FACTS.iter().map(|(name, _)| *name).collect();
    let unknown = |fact: &&String| !known.contains(fact.as_str());
    if let Some(unknown) = named.segment.keys().find(unknown) {
        let facts: Vec<&str> = FACTS.iter().map(|(name, _)| *name).collect();
        let words = format!("Partners have no fact '{unknown}': {}.", facts.join(", "));
        return Err(Refusal::field("segment", words));
    }
    let ids: BTreeSet<&str> = partners.iter().map(|p| p.id.as_str()).collect();
    let stranger = |id: &&String| !ids.contains(id.as_str());
    if let Some(unknown) = named.partners.iter().find(stranger) {
        let words = format!("There is no partner {unknown}.");
        return Err(Refusal::field("partners", words));
    }
    let chosen: Vec<(&String, &Vec<String>)> = named
        .segment
        .iter()
        .filter(|(_, values)| !values.is_empty())
        .collect();
    let mut missed: BTreeSet<&str> = named.exclude.keys().map(String::as_str).collect();
    let mut found = Vec::new();
    for partner in partners {
        let by_fact = |(fact, values): &(&String, &Vec<String>)| {
            let has = fact_values(partner, fact);
            let equal = |wanted: &String| has.iter().any(|v| v.eq_ignore_ascii_case(wanted.trim()));
            values.iter().any(equal)
        };
        let in_segment = !chosen.is_empty() && chosen.iter().all(by_fact);
        let by_name = named.partners.contains(&partner.id);
        if !in_segment && !by_name {
            continue;
        }
        missed.remove(partner.id.as_str());
        found.push(Meant {
            partner,
            by_name,
            excluded: named.exclude.get(&partner.id).map(String::as_str),
        });
    }
    if let Some(stranger) = missed.into_iter().next() {
        let words = format!("{stranger} is not among the partners selected.");
        return Err(Refusal::field("exclude", words));
    }
    Ok(found)
}

/// A partner left out, with the reason.
///
/// # Errors
/// `E_FIELD` for a reason that says nothing.
pub fn left_out(partner: &Partner, reason: &str, by: Option<&str>) -> Result<LeftOut, Refusal> {
    let missing = format!("Say why {} is left out.", partner.id);
    let reason = crate::reason::read(reason, "exclude", &missing)?;
    Ok(LeftOut {
        partner_id: partner.id.clone(),
        name: partner.name.clone(),
        reason: reason.to_owned(),
        by: by.map(str::to_owned),
    })
}
