//! The policy: every constant and threshold, from one TOML file, with its hash.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{
    calendar::CalendarRules, campaign::DocumentClass, canonical, fallback,
    partner_review::PartnerRule, person::Role, personal, quiet::QuietHours, resolution::Output,
    review_rule::RuleFor, undo,
};

/// The policy that ships with the program.
pub const DEFAULT: &str = include_str!("../../../../assets/policy/default.toml");

/// Everything that may be set without a release. See `assets/policy/default.toml` for units and meaning.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "documented in the policy file itself")]
pub struct Policy {
    pub limits: Limits,
    pub outbox: Outbox,
    pub notice: NoticeRules,
    pub quiet_hours: QuietHours,
    pub review: Review,
    pub batch: Batch,
    pub campaign: Campaign,
    pub distribution: Distribution,
    #[serde(rename = "loop")]
    pub response_loop: ResponseLoop,
    pub resolution: ResolutionRules,
    pub clocks: Clocks,
    #[serde(rename = "calendar")]
    pub calendars: Vec<CalendarRules>,
    pub findings: Findings,
    pub company: Company,
    pub tracker: Tracker,
    #[serde(default)]
    pub personal: personal::Rules,
    #[serde(default)]
    pub partner_addresses: BTreeMap<String, String>,
    #[serde(default)]
    pub suppressed: BTreeMap<String, String>,
    #[serde(rename = "template")]
    pub templates: Vec<TemplateRule>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "documented in the policy file itself")]
pub struct Limits {
    pub answer_mib: u64,
    pub attachment_mib: u64,
    pub opened_content_days: i64,
    pub hard_stale_hours: i64,
    pub delivery_stale_minutes: i64,
    pub choice_below: f64,
    pub candidate_above: f64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "documented in the policy file itself")]
pub struct Outbox {
    pub lease_seconds: i64,
    pub attention_after_hours: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "documented in the policy file itself")]
pub struct NoticeRules {
    pub undo_seconds: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "documented in the policy file itself")]
pub struct Review {
    pub needed: u32,
    pub expires_hours: i64,
    pub meanings: Vec<String>,
    pub pin_attempts: u32,
    pub due_hours: i64,
    pub reminders: Vec<u32>,
    pub calendar: String,
    pub time_zone: String,
    #[serde(default)]
    pub deputies: Option<Role>,
    #[serde(rename = "rule", default)]
    pub rules: Vec<RuleFor>,
    #[serde(rename = "partner", default)]
    pub partners: Vec<PartnerRule>,
}

/// What is wrong with a rule of the policy, under its name where it has one.
fn of_rule(table: &str, name: &str, wrong: &str) -> String {
    match name.trim() {
        "" => format!("{table}: {wrong}"),
        name => format!("{table} {name}: {wrong}"),
    }
}

impl Review {
    fn check(&self, templates: &[TemplateRule]) -> Result<(), String> {
        // A rule for a template that there is not would never be asked for, and nobody would notice.
        let known = |named: &[String]| {
            let is_known = |name: &&String| templates.iter().any(|t| t.key == **name);
            let unknown = named.iter().find(|name| !is_known(name));
            unknown.map_or(Ok(()), |name| {
                Err(format!("the policy has no template '{name}'"))
            })
        };
        if !(1..=self.expires_hours).contains(&self.due_hours) {
            return Err("review.due_hours must be 1 to expires_hours".to_owned());
        }
        if !self
            .reminders
            .iter()
            .all(|percent| (1..=100).contains(percent))
        {
            return Err("review.reminders are percents of due_hours, 1 to 100".to_owned());
        }
        for rule in &self.rules {
            let checked = rule.check().and_then(|()| known(&rule.templates));
            checked.map_err(|e| of_rule("review.rule", &rule.name, &e))?;
        }
        for rule in &self.partners {
            let checked = rule.check().and_then(|()| known(&rule.templates));
            checked.map_err(|e| of_rule("review.partner", &rule.name, &e))?;
        }
        Ok(())
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "documented in the policy file itself")]
pub struct Batch {
    pub reviewed_above: u32,
    pub random_samples: u32,
    pub notices_per_minute: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "documented in the policy file itself")]
pub struct Campaign {
    pub remind_every_days: u32,
    pub remind_before_due_days: u32,
    pub files_regulated: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "documented in the policy file itself")]
pub struct Distribution {
    pub unproven_hours: i64,
    pub retention_class: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "documented in the policy file itself")]
pub struct ResponseLoop {
    pub no_response_business_days: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "documented in the policy file itself")]
pub struct ResolutionRules {
    pub signed_from: Decimal,
    #[serde(default)]
    pub signed_from_in: BTreeMap<String, Decimal>,
}

impl ResolutionRules {
    /// From which amount on others have to sign, in a currency.
    #[must_use]
    pub fn limit(&self, currency: &str) -> Decimal {
        let own = self.signed_from_in.get(currency).copied();
        own.unwrap_or(self.signed_from)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "documented in the policy file itself")]
pub struct Clocks {
    pub late_percent: i64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "documented in the policy file itself")]
pub struct Findings {
    pub ack_overdue_hours: i64,
    pub expected_acknowledgement_hours: i64,
    pub expected_ship_notice_grace_hours: i64,
    pub expected_invoice_hours: i64,
    pub certificate_days: i64,
    pub quantity_tolerance_percent: Decimal,
    pub price_tolerance: Decimal,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "documented in the policy file itself")]
pub struct Company {
    pub name: String,
    pub address: Vec<String>,
    pub edi_addresses: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "documented in the policy file itself")]
pub struct Tracker {
    pub queue: String,
}

/// What the policy says about a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateRule {
    /// Key in Exstream.
    pub key: String,
    /// Title shown.
    pub title: String,
    /// Why it is suggested.
    pub reason: String,
    /// Case types it suits, best first.
    pub case_types: Vec<String>,
    /// Leaves only with a quorum.
    pub regulated: bool,
    /// Asks the partner to act: the case then waits for the partner.
    pub asks_partner: bool,
    /// Written to the customers a case of another partner affects, never to that partner.
    #[serde(default)]
    pub to_customers: bool,
    /// A letter that partners can be asked to acknowledge, and as what.
    #[serde(default)]
    pub document_class: Option<DocumentClass>,
    /// Tells how a case was resolved, and in which form; never offered for anything else.
    #[serde(default)]
    pub resolves: Option<Output>,
    /// Channels in the order in which a notice that came back is sent by the next; none for never.
    #[serde(default)]
    pub fallback: Vec<String>,
    /// It falls back by itself; never what is regulated.
    #[serde(default)]
    pub automatic: bool,
}

/// A policy file that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("policy: {0}")]
pub struct PolicyError(pub String);

impl Policy {
    /// Reads the default with another file laid over it: tables merge by key, lists and values are replaced.
    ///
    /// # Errors
    /// [`PolicyError`] naming what does not fit.
    pub fn load(over: Option<&str>) -> Result<Self, PolicyError> {
        let wrong = |e: toml::de::Error| PolicyError(e.to_string());
        let mut table: toml::Table = DEFAULT.parse().map_err(wrong)?;
        if let Some(text) = over {
            merge(&mut table, text.parse().map_err(wrong)?);
        }
        let policy: Self = table.try_into().map_err(wrong)?;
        if policy.review.needed == 0 {
            return Err(PolicyError(
                "review.needed must be at least 1: four eyes cannot be switched off".into(),
            ));
        }
        let checked = policy.review.check(&policy.templates);
        checked.map_err(PolicyError)?;
        let mut suppressed = policy.suppressed.iter();
        if let Some((partner, _)) = suppressed.find(|(_, why)| why.trim().is_empty()) {
            let words = format!("suppressed {partner}: say why nobody writes to them");
            return Err(PolicyError(words));
        }
        if !(1..=100).contains(&policy.clocks.late_percent) {
            return Err(PolicyError("clocks.late_percent must be 1 to 100".into()));
        }
        if !(0..=undo::LONGEST).contains(&policy.notice.undo_seconds) {
            return Err(PolicyError("notice.undo_seconds must be 0 to 60".into()));
        }
        policy
            .quiet_hours
            .check()
            .map_err(|e| PolicyError(format!("quiet_hours: {e}")))?;
        for rule in &policy.templates {
            fallback::check(&rule.fallback, rule.automatic, rule.regulated)
                .map_err(|e| PolicyError(format!("template {}: {e}", rule.key)))?;
        }
        for calendar in &policy.calendars {
            calendar
                .check()
                .map_err(|e| PolicyError(format!("calendar {}: {e}", calendar.name)))?;
        }
        Ok(policy)
    }

    /// SHA-256 over the canonical form of what is in force, first 16 characters shown on screens.
    #[must_use]
    pub fn hash(&self) -> String {
        canonical::hash(self).unwrap_or_else(|_| "unhashable".to_owned())
    }

    /// Whether an outreach may write to a partner: not to those on the suppression list. What law or contract asks for
    /// (regulated letters, campaigns, distributions, statements) is not held back by it.
    ///
    /// # Errors
    /// The reason that stands in the list, in a sentence.
    pub fn may_write(&self, partner_id: &str) -> Result<(), String> {
        match self.suppressed.get(partner_id) {
            None => Ok(()),
            Some(why) => Err(format!("On the suppression list: {why}")),
        }
    }

    /// Rule of a template; templates the policy does not name count as regulated, since nobody said otherwise.
    #[must_use]
    pub fn template(&self, key: &str) -> Option<&TemplateRule> {
        self.templates.iter().find(|t| t.key == key)
    }

    /// Templates that ask the partner for an answer.
    #[must_use]
    pub fn asking(&self) -> Vec<String> {
        let asking = self.templates.iter().filter(|t| t.asks_partner);
        asking.map(|t| t.key.clone()).collect()
    }

    /// Whether a template (`key` or `key@version`) asks the partner for an answer.
    #[must_use]
    pub fn asks(&self, template: &str) -> bool {
        let key = template.split('@').next().unwrap_or_default();
        self.template(key).is_some_and(|t| t.asks_partner)
    }

    /// Whether a template needs a quorum.
    #[must_use]
    pub fn is_regulated(&self, key: &str) -> bool {
        self.template(key).is_none_or(|t| t.regulated)
    }

    /// Calendar by name, else the first.
    #[must_use]
    pub fn calendar(&self, name: &str) -> Option<&CalendarRules> {
        self.calendars
            .iter()
            .find(|c| c.name == name)
            .or_else(|| self.calendars.first())
    }
}

fn merge(base: &mut toml::Table, over: toml::Table) {
    for (key, value) in over {
        match (base.get_mut(&key), value) {
            (Some(toml::Value::Table(inner)), toml::Value::Table(more)) => merge(inner, more),
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_policy_loads_and_an_override_changes_its_hash() {
        let default = Policy::load(None).unwrap();
        let other = Policy::load(Some("[review]\nneeded = 3\n")).unwrap();
        assert_eq!(other.review.needed, 3);
        assert_eq!(other.review.expires_hours, default.review.expires_hours);
        assert_ne!(default.hash(), other.hash());
    }

    #[test]
    fn four_eyes_cannot_be_switched_off_by_policy() {
        assert!(Policy::load(Some("[review]\nneeded = 0\n")).is_err());
        assert!(Policy::load(None).unwrap().is_regulated("UNHEARD-OF"));
    }

    #[test]
    fn whoever_is_on_the_suppression_list_is_not_written_to_and_the_reason_is_said() {
        let policy = Policy::load(Some("[suppressed]\n\"P-1007\" = \"Account closed\"\n")).unwrap();
        assert_eq!(policy.may_write("P-1008"), Ok(()));
        let why = policy.may_write("P-1007").unwrap_err();
        assert_eq!(why, "On the suppression list: Account closed");
    }

    #[test]
    fn a_time_to_undo_of_more_than_a_minute_and_quiet_hours_without_an_end_are_refused() {
        for wrong in [
            "[notice]\nundo_seconds = 61\n",
            "[notice]\nundo_seconds = -1\n",
            "[quiet_hours]\nto = \"20:00\"\n",
            "[quiet_hours]\ntime_zone = \"Nowhere\"\n",
            "[quiet_hours]\nchannels = [\"e-mail\"]\n",
        ] {
            assert!(Policy::load(Some(wrong)).is_err(), "{wrong}");
        }
        for right in [
            "[notice]\nundo_seconds = 0\n",
            "[quiet_hours]\nchannels = []\n",
            "[quiet_hours]\nchannels = [\"letter\", \"email\", \"sms\", \"portal\", \"statement_insert\", \"edi\"]\n",
        ] {
            assert!(Policy::load(Some(right)).is_ok(), "{right}");
        }
    }

    #[test]
    fn a_rule_for_a_template_that_there_is_not_is_refused_by_its_name() {
        for (table, rest) in [
            ("review.rule", "needed = 3"),
            ("review.partner", "weight = \"required\""),
        ] {
            let load = |name: &str, template: &str| {
                let text = format!(
                    "[[{table}]]\nname = \"{name}\"\ntemplates = [\"{template}\"]\n{rest}\n"
                );
                Policy::load(Some(&text)).map_err(|e| e.0)
            };
            assert!(load("Debits", "SDN-04").is_ok(), "{table}");
            let wrong = format!("{table} Debits: the policy has no template 'SDN-4'");
            assert_eq!(load("Debits", "SDN-4"), Err(wrong));
            let nameless = format!("{table}: a rule has a name");
            assert_eq!(load(" ", "SDN-04"), Err(nameless));
        }
    }

    #[test]
    fn nobody_is_suppressed_without_a_reason() {
        let error = Policy::load(Some("[suppressed]\n\"P-1007\" = \" \"\n")).unwrap_err();
        assert!(error.0.contains("P-1007"), "{error}");
    }

    #[test]
    fn a_word_the_policy_does_not_know_is_named() {
        let error = Policy::load(Some("[limits]\nanser_mib = 1\n")).unwrap_err();
        assert!(error.0.contains("anser_mib"), "{error}");
    }
}
