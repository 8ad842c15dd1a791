//! Who a distribution reaches, and under which address of their own.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Letter, ProofKind};
use crate::{
    Refusal,
    batch::{self, LeftOut},
    canonical::NotCanonical,
    record::Partner,
    refusal::Code,
    segment::{self, Meant, Named, left_out},
};

/// Longest address of the grid, in characters.
const LONGEST: usize = 64;

/// The address of a partner on the grid, `qualifier:id`: the first identifier of their agreement that is one.
#[must_use]
pub fn grid_address(partner: &Partner) -> Option<&str> {
    let is_address = |text: &&str| {
        let (qualifier, id) = text.split_once(':').unwrap_or_default();
        let plain = text.chars().all(|c| c.is_ascii_graphic());
        !qualifier.is_empty() && !id.is_empty() && plain && text.len() <= LONGEST
    };
    let all = partner.agreement.identifiers.iter();
    all.map(|text| text.trim()).find(is_address)
}

/// A partner a distribution reaches, or would reach if it could.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipient {
    /// Partner id.
    pub partner_id: String,
    /// Name.
    pub name: String,
    /// ISO 3166 alpha-2.
    pub country: String,
    /// Tier.
    pub tier: String,
    /// Address on the grid; empty where there is none of their own.
    pub address: String,
    /// Why they are reached, or cannot be.
    pub reason: String,
}

/// What a person selected, and what is known already.
#[derive(Debug, Clone, Copy)]
pub struct Selected<'a> {
    /// Who is meant.
    pub named: Named<'a>,
    /// Login of the person.
    pub person: &'a str,
    /// Partner by address, as the policy has it.
    pub known_addresses: &'a BTreeMap<String, String>,
    /// Who has been sent this very letter already, and in which distribution.
    pub sent_already: &'a BTreeMap<String, String>,
}

/// Whom a distribution reaches.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draft {
    /// Those who are reached, by name.
    pub recipients: Vec<Recipient>,
    /// Those who have no address of their own on the grid. They block the launch.
    pub blocking: Vec<Recipient>,
    /// Those left out.
    pub left_out: Vec<LeftOut>,
}

/// Finds whom a distribution reaches among all partners. An address that more than one partner has, or that the policy knows
/// as another's, is nobody's: what goes there would reach the wrong one.
///
/// # Errors
/// As [`segment::meant`]; `E_FIELD` for an exclusion without a reason.
pub fn draft(partners: &[Partner], selected: Selected<'_>) -> Result<Draft, Refusal> {
    let mut owners: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for partner in partners {
        if let Some(address) = grid_address(partner) {
            owners.entry(address).or_default().push(&partner.id);
        }
    }
    let mut found = Draft::default();
    for Meant {
        partner,
        by_name,
        excluded,
    } in segment::meant(partners, selected.named)?
    {
        if let Some(reason) = excluded {
            let left = left_out(partner, reason, Some(selected.person))?;
            found.left_out.push(left);
            continue;
        }
        if let Some(before) = selected.sent_already.get(&partner.id) {
            let reason = format!("Sent this letter already in {before}");
            found.left_out.push(left_out(partner, &reason, None)?);
            continue;
        }
        let of = |address: &str, reason: String| Recipient {
            partner_id: partner.id.clone(),
            name: partner.name.clone(),
            country: partner.country.clone(),
            tier: partner.agreement.tier.clone(),
            address: address.to_owned(),
            reason,
        };
        let Some(address) = grid_address(partner) else {
            let reason = "No address on the grid".to_owned();
            found.blocking.push(of("", reason));
            continue;
        };
        let shared = owners.get(address).into_iter().flatten();
        let other = shared.copied().find(|id| *id != partner.id).or_else(|| {
            let known = selected.known_addresses.get(address);
            known.map(String::as_str).filter(|id| *id != partner.id)
        });
        match other {
            Some(other) => {
                let reason = format!("Their address {address} is also that of {other}");
                found.blocking.push(of("", reason));
            }
            None => {
                let reason = if by_name {
                    "Named by a person"
                } else {
                    "Of the segment"
                };
                found.recipients.push(of(address, reason.to_owned()));
            }
        }
    }
    let by_name =
        |a: &Recipient, b: &Recipient| (&a.name, &a.partner_id).cmp(&(&b.name, &b.partner_id));
    found.recipients.sort_by(by_name);
    found.blocking.sort_by(by_name);
    found
        .left_out
        .sort_by(|a, b| (&a.name, &a.partner_id).cmp(&(&b.name, &b.partner_id)));
    Ok(found)
}

#[derive(Serialize)]
struct Head<'a> {
    case_id: &'a str,
    letter: &'a Letter,
    proof: ProofKind,
    left_out: &'a [LeftOut],
}

/// Hash over what is sent, to whom exactly and under which address, and who is left out: a Merkle root, as that of a batch.
///
/// # Errors
/// [`NotCanonical`] when a part has no canonical form.
pub fn root(
    case_id: &str,
    letter: &Letter,
    proof: ProofKind,
    draft: &Draft,
) -> Result<String, NotCanonical> {
    let head = Head {
        case_id,
        letter,
        proof,
        left_out: &draft.left_out,
    };
    batch::root_of(&head, &draft.recipients)
}

impl Draft {
    /// Whether it can be launched.
    ///
    /// # Errors
    /// `E_FIELD` that names whoever has no address; `E_STATE` when there is nobody to send to; `E_FIELD` for too many.
    pub fn check(&self) -> Result<(), Refusal> {
        segment::refuse_blocking(
            self.blocking
                .iter()
                .map(|r| (r.partner_id.as_str(), r.name.as_str())),
            "cannot be reached, for the grid has no address of their own",
            "Leave them out with a reason, or have their agreement name one.",
        )?;
        if self.recipients.is_empty() {
            return Err(Refusal::new(Code::State, "There is nobody to send to."));
        }
        if self.recipients.len() > super::MOST {
            let words = format!("A distribution has {} recipients at most.", super::MOST);
            return Err(Refusal::field("segment", words));
        }
        Ok(())
    }
}
