//! Who is asked at the partner, by the policy, and what their verdicts add to a quorum. Fixed when signatures are asked for.

use serde::{Deserialize, Serialize};

use crate::{
    PersonId, Refusal,
    record::{Contact, Partner},
    review::{Signature, Verdict},
    words,
};

words! {
    /// What a verdict of the partner is for.
    #[derive(Default)]
    PartnerWeight {
        /// Nothing leaves without it.
        Required = "required",
        /// One of those who sign, and never in the place of those the policy asks for among our own.
        Counted = "counted",
        /// Shown, and no more.
        #[default]
        Advisory = "advisory",
    }
}

/// A rule of the policy, and the letters it is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartnerRule {
    /// Shown to those who sign.
    pub name: String,
    /// Keys of templates; none for all.
    #[serde(default)]
    pub templates: Vec<String>,
    /// Types of cases; none for all.
    #[serde(default)]
    pub case_types: Vec<String>,
    /// What their verdict is for.
    pub weight: PartnerWeight,
    /// Role of the contacts in the record of the partner who are asked.
    #[serde(default = "reviewer")]
    pub contact_role: String,
    /// How many of them have to approve, where that is required.
    #[serde(default = "one")]
    pub needed: u32,
    /// The partner learns who signed, when and with which meaning.
    #[serde(default)]
    pub share_signatures: bool,
}

fn reviewer() -> String {
    "reviewer".to_owned()
}

const fn one() -> u32 {
    1
}

impl PartnerRule {
    /// Checks what the policy file says.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn check(&self) -> Result<(), String> {
        if self.name.trim().is_empty() {
            return Err("a rule has a name".to_owned());
        }
        if self.contact_role.trim().is_empty() {
            return Err("contact_role names a role".to_owned());
        }
        if self.needed == 0 {
            return Err("needed is at least 1".to_owned());
        }
        Ok(())
    }

    fn suits(&self, template: &str, case_type: &str) -> bool {
        // What is not known suits.
        let among = |list: &[String], word: &str| {
            list.is_empty() || word.is_empty() || list.iter().any(|l| l == word)
        };
        among(&self.templates, template) && among(&self.case_types, case_type)
    }
}

/// A person of the partner who is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedPerson {
    /// Login in Community: the e-mail address of the contact, in lower case.
    pub id: PersonId,
    /// Name in the record of the partner.
    pub name: String,
}

/// What a request asks of the partner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartnerAsked {
    /// Rule of the policy, by its name.
    pub name: String,
    /// The partner.
    pub partner_id: String,
    /// What their verdict is for.
    pub weight: PartnerWeight,
    /// How many have to approve, where that is required.
    pub needed: u32,
    /// Signatures of our own people without which nothing leaves, whatever the partner says.
    pub internal: u32,
    /// Who is asked.
    pub persons: Vec<AskedPerson>,
    /// The partner learns who signed.
    #[serde(default)]
    pub share_signatures: bool,
}

impl PartnerAsked {
    /// A request that asks the partner in a way nobody can read: nothing leaves on it.
    #[must_use]
    pub fn unreadable() -> Self {
        Self {
            name: String::new(),
            partner_id: String::new(),
            weight: PartnerWeight::Required,
            needed: u32::MAX,
            internal: u32::MAX,
            persons: Vec::new(),
            share_signatures: false,
        }
    }

    /// Who of those asked wrote something, by the login that Community itself gives.
    #[must_use]
    pub fn person(&self, author: &str) -> Option<&AskedPerson> {
        let author = login(author);
        let mut persons = self.persons.iter();
        persons.find(|p| !author.is_empty() && login(p.id.as_str()) == author)
    }

    /// Whether a rejection by them holds a letter back.
    #[must_use]
    pub fn blocks(&self, rejection: &Signature) -> bool {
        rejection.verdict == Verdict::Reject
            && self.weight != PartnerWeight::Advisory
            && self.person(rejection.person.as_str()).is_some()
    }

    /// Signatures still needed in all, when `more` are still needed of the quorum, `given` of it are of our own people, its
    /// groups are complete or not, and so many people of the partner approved.
    #[must_use]
    pub fn left(&self, more: u32, given: u32, groups: bool, approved: u32) -> u32 {
        let own = self.internal.max(1).saturating_sub(given);
        match self.weight {
            PartnerWeight::Required => {
                let theirs = self.needed.max(1).saturating_sub(approved);
                more.max(own).saturating_add(theirs)
            }
            PartnerWeight::Counted if approved > 0 && groups && own == 0 => more.saturating_sub(1),
            PartnerWeight::Counted | PartnerWeight::Advisory => more.max(own),
        }
    }
}

/// A login as it is compared.
fn login(text: &str) -> String {
    text.trim().to_lowercase()
}

/// Whether two logins may be one person: the same, or the same before the `@`. Who may be the maker counts for nothing.
#[must_use]
pub fn is_twin(one: &str, other: &str) -> bool {
    let (one, other) = (login(one), login(other));
    fn local(login: &str) -> &str {
        login.split('@').next().unwrap_or_default()
    }
    !local(&one).is_empty() && local(&one) == local(&other)
}

/// Who is asked at a partner for a letter: the strictest rule that suits, and the contacts of its role in the record of the
/// partner; where that names none, the contact whom the maker `named` by e-mail address or name. `least` is the quorum of the
/// policy. Who may be the `maker` is not asked: their verdict would count for nothing.
///
/// # Errors
/// `E_FIELD` (`partner_reviewer`) where nobody is to be asked, or who was named is no contact of this partner or may be the
/// maker.
pub fn asked_for(
    rules: &[PartnerRule],
    least: u32,
    (template, case_type): (&str, &str),
    partner: Option<&Partner>,
    (maker, named): (&PersonId, &str),
) -> Result<Option<PartnerAsked>, Refusal> {
    let suiting = rules.iter().filter(|rule| rule.suits(template, case_type));
    let strictest = suiting.max_by_key(|rule| {
        let weight = match rule.weight {
            PartnerWeight::Required => 2,
            PartnerWeight::Counted => 1,
            PartnerWeight::Advisory => 0,
        };
        (weight, rule.needed)
    });
    let named = named.trim();
    let Some(rule) = strictest else {
        if named.is_empty() {
            return Ok(None);
        }
        let words = "By the policy nobody at the partner reviews this letter.";
        return Err(Refusal::field("partner_reviewer", words));
    };
    let contacts = partner.map_or(&[][..], |p| &p.agreement.contacts);
    let with_login = |c: &&Contact| c.email.contains('@');
    let of_role = |c: &&Contact| login(&c.role) == login(&rule.contact_role);
    let is_maker = |c: &&Contact| is_twin(&c.email, maker.as_str());
    let mut chosen: Vec<&Contact> = contacts.iter().filter(with_login).filter(of_role).collect();
    chosen.retain(|c| !is_maker(c));
    if !named.is_empty() {
        let is_named =
            |c: &&Contact| login(&c.email) == login(named) || login(&c.name) == login(named);
        let Some(one) = contacts.iter().filter(with_login).find(is_named) else {
            let words =
                format!("The record of the partner names no {named} with an e-mail address.");
            return Err(Refusal::field("partner_reviewer", words));
        };
        if is_maker(&one) {
            let words = format!("{named} may be whoever made this letter: name somebody else.");
            return Err(Refusal::field("partner_reviewer", words));
        }
        if !chosen.iter().any(|c| login(&c.email) == login(&one.email)) {
            chosen.push(one);
        }
    }
    let mut persons: Vec<AskedPerson> = Vec::new();
    for contact in chosen {
        let id = PersonId::from(login(&contact.email));
        if !persons.iter().any(|p| p.id == id) {
            let name = contact.name.clone();
            persons.push(AskedPerson { id, name });
        }
    }
    let enough = match rule.weight {
        PartnerWeight::Required => rule.needed as usize,
        _ => 1,
    };
    if persons.len() < enough {
        let words = format!(
            "{enough} at the partner review this letter, and its record names {} as {}: name one of its contacts.",
            persons.len(),
            rule.contact_role
        );
        return Err(Refusal::field("partner_reviewer", words));
    }
    Ok(Some(PartnerAsked {
        name: rule.name.clone(),
        partner_id: partner.map(|p| p.id.clone()).unwrap_or_default(),
        weight: rule.weight,
        needed: rule.needed,
        internal: least,
        persons,
        share_signatures: rule.share_signatures,
    }))
}
