//! How each of many partners is written to in one template: what every batch has to know before it says anything.

use std::collections::BTreeMap;

use domain::record::{Partner, Template};
use serde_json::Value;

use crate::{
    derive::text_of,
    facts::{self, Released},
};

/// How one partner is written to.
#[derive(Debug, Clone)]
pub(crate) struct Way {
    pub(crate) template: Template,
    pub(crate) channel: String,
    pub(crate) address: String,
    pub(crate) letterhead: Value,
}

/// Partners, and how each of them is written to or why not.
#[derive(Debug)]
pub(crate) struct Mailing {
    pub(crate) partners: BTreeMap<String, Partner>,
    ways: BTreeMap<String, Result<Way, String>>,
    /// Key of the template.
    key: String,
    /// Its newest released version, in whichever language.
    version: i64,
}

impl Mailing {
    /// Finds the way to each of these partners in the released versions of a template.
    pub(crate) fn new(partners: Vec<Partner>, templates: &[Template], key: &str) -> Self {
        let released = facts::released(templates);
        let of_key = released.values().filter(|t| t.key == key);
        let version = of_key.map(|t| t.version).max().unwrap_or_default();
        let ways = partners
            .iter()
            .map(|p| (p.id.clone(), way(p, &released, key)));
        Self {
            ways: ways.collect(),
            partners: partners.into_iter().map(|p| (p.id.clone(), p)).collect(),
            key: key.to_owned(),
            version,
        }
    }

    /// One of its partners, and how they are written to.
    pub(crate) fn to(&self, partner_id: &str) -> Option<(&Partner, &Way)> {
        let way = self.ways.get(partner_id)?.as_ref().ok()?;
        Some((self.partners.get(partner_id)?, way))
    }

    /// Why a partner cannot be written to.
    pub(crate) fn reach(&self, partner: &Partner) -> Result<(), String> {
        match self.ways.get(&partner.id) {
            Some(Err(why)) => Err(why.clone()),
            _ => Ok(()),
        }
    }

    /// Channel, language and address of a partner, for the root of a batch; empty where they are not written to.
    pub(crate) fn way(&self, partner_id: &str) -> [String; 3] {
        let way = self.to(partner_id).map(|(_, way)| way);
        way.map_or_else(Default::default, |w| {
            [&w.channel, &w.template.language, &w.address].map(String::clone)
        })
    }

    /// Key and version of the template.
    pub(crate) fn template(&self) -> (&str, i64) {
        (&self.key, self.version)
    }
}

/// The first channel agreed with a partner that has an address, in the released template of their language.
fn way<'a>(partner: &Partner, released: &Released<'a>, key: &'a str) -> Result<Way, String> {
    let language = &partner.agreement.language;
    let template = facts::in_language(released, key, language)
        .ok_or_else(|| format!("No released {key} in {language}, and none in English"))?;
    let channels = partner.agreement.channels.iter().map(String::as_str);
    for channel in channels.filter(|c| matches!(*c, "email" | "letter" | "statement_insert")) {
        let recipient = facts::recipient(partner, Some(channel));
        let address = text_of(&recipient, "address").to_owned();
        if !address.is_empty() {
            return Ok(Way {
                template: template.clone(),
                channel: channel.to_owned(),
                address,
                letterhead: recipient.get("letterhead").cloned().unwrap_or_default(),
            });
        }
    }
    Err("No address for any channel agreed with them".to_owned())
}
