//! Whom a campaign asks: a segment of partners by facts, those named one by one, without those left out.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Terms;
use crate::{
    Refusal,
    batch::{self, LeftOut},
    canonical::NotCanonical,
    record::Partner,
    refusal::Code,
    segment::{self, Meant, Named, left_out},
};

/// A person at a partner who can be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Name.
    pub name: String,
    /// E-mail address.
    pub address: String,
}

/// The people at a partner who can be asked, in the order of the agreement: the first is asked, the next is whom to turn to.
#[must_use]
pub fn contacts(partner: &Partner) -> Vec<Contact> {
    let reachable = |address: &str| {
        let (name, place) = address.split_once('@').unwrap_or_default();
        !name.is_empty() && !place.is_empty()
    };
    let all = partner.agreement.contacts.iter();
    all.filter(|c| reachable(c.email.trim()))
        .map(|c| Contact {
            name: c.name.clone(),
            address: c.email.trim().to_owned(),
        })
        .collect()
}

/// A partner a campaign asks, or would ask if it could.
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
    /// BCP 47.
    pub language: String,
    /// IANA time zone.
    pub time_zone: String,
    /// Person asked; `None` where there is nobody with an address.
    pub contact: Option<Contact>,
    /// Why they are asked.
    pub reason: String,
    /// Acknowledged the version before.
    pub must_repeat: bool,
}

/// What a person selected, and what is known already.
#[derive(Debug, Clone, Copy)]
pub struct Selected<'a> {
    /// Values by fact: any of one fact, all facts.
    pub segment: &'a BTreeMap<String, Vec<String>>,
    /// Named one by one.
    pub partners: &'a [String],
    /// Left out, each with the reason.
    pub exclude: &'a BTreeMap<String, String>,
    /// Login of the person.
    pub person: &'a str,
    /// Who acknowledged the version before.
    pub acknowledged_before: &'a BTreeSet<String>,
    /// Who is asked about this very document already, and in which campaign.
    pub asked_already: &'a BTreeMap<String, String>,
}

/// Whom a campaign asks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draft {
    /// Those who are asked, by name.
    pub recipients: Vec<Recipient>,
    /// Those who cannot be asked: nobody there has an address. They block the launch.
    pub blocking: Vec<Recipient>,
    /// Those left out.
    pub left_out: Vec<LeftOut>,
}

/// Finds whom a campaign asks among all partners.
///
/// # Errors
/// `E_FIELD` for a fact nobody knows, for a partner nobody knows, and for an exclusion without a reason or of somebody who
/// is not among those selected.
pub fn draft(partners: &[Partner], selected: Selected<'_>) -> Result<Draft, Refusal> {
    let named = Named {
        segment: selected.segment,
        partners: selected.partners,
        exclude: selected.exclude,
    };
    let mut found = Draft::default();
    for Meant {
        partner,
        by_name,
        excluded,
    } in segment::meant(partners, named)?
    {
        if let Some(reason) = excluded {
            found
                .left_out
                .push(left_out(partner, reason, Some(selected.person))?);
            continue;
        }
        if let Some(campaign) = selected.asked_already.get(&partner.id) {
            let reason = format!("Asked about this document already in {campaign}");
            found.left_out.push(left_out(partner, &reason, None)?);
            continue;
        }
        let must_repeat = selected.acknowledged_before.contains(&partner.id);
        let reason = match (must_repeat, by_name) {
            (true, _) => "Acknowledged the version before and has to repeat it",
            (false, true) => "Named by a person",
            (false, false) => "Of the segment",
        };
        let recipient = Recipient {
            partner_id: partner.id.clone(),
            name: partner.name.clone(),
            country: partner.country.clone(),
            tier: partner.agreement.tier.clone(),
            language: partner.agreement.language.clone(),
            time_zone: partner.agreement.time_zone.clone(),
            contact: contacts(partner).into_iter().next(),
            reason: reason.to_owned(),
            must_repeat,
        };
        if recipient.contact.is_some() {
            found.recipients.push(recipient);
        } else {
            let reason = "Nobody there has an e-mail address".to_owned();
            found.blocking.push(Recipient {
                reason,
                ..recipient
            });
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
    terms: &'a Terms,
    left_out: &'a [LeftOut],
}

/// Hash over what is asked, of whom exactly, and who is left out: a Merkle root, as that of a batch.
///
/// # Errors
/// [`NotCanonical`] when a part has no canonical form.
pub fn root(case_id: &str, terms: &Terms, draft: &Draft) -> Result<String, NotCanonical> {
    let head = Head {
        case_id,
        terms,
        left_out: &draft.left_out,
    };
    batch::root_of(&head, &draft.recipients)
}

impl Draft {
    /// Whether it can be launched.
    ///
    /// # Errors
    /// `E_FIELD` that names whoever cannot be asked; `E_STATE` when there is nobody to ask; `E_FIELD` for too many.
    pub fn check(&self) -> Result<(), Refusal> {
        segment::refuse_blocking(
            self.blocking
                .iter()
                .map(|r| (r.partner_id.as_str(), r.name.as_str())),
            "cannot be asked, for nobody there has an e-mail address",
            "Leave them out with a reason, or add a contact.",
        )?;
        if self.recipients.is_empty() {
            return Err(Refusal::new(Code::State, "There is nobody to ask."));
        }
        if self.recipients.len() > super::MOST {
            let words = format!("A campaign has {} recipients at most.", super::MOST);
            return Err(Refusal::field("segment", words));
        }
        Ok(())
    }
}
