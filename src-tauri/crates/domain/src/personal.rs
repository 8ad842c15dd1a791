//! Personal and payment data in what a partner is about to read: found here, on this machine, before anything leaves.
//!
//! Found is what has the form of such data and, where the form has one, the right check digits. What a partner gave us
//! themselves, their own addresses and numbers, is no secret from them.

use std::{ops::Range, sync::LazyLock};

use regex::Regex;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{Refusal, reason, record::Partner, refusal::Code, words};

words! {
    /// What kind of data it is.
    Detail {
        /// A bank account: IBAN (ISO 13616), its check digits hold.
        BankAccount = "bank_account",
        /// A payment card (ISO/IEC 7812): the ranges in use, 15 or 16 digits, its Luhn digit holds.
        Card = "card",
        /// A tax id: VAT numbers of Europe, SSN and EIN of the United States.
        TaxId = "tax_id",
        /// An e-mail address.
        Email = "email",
        /// A phone number with its country or area code.
        Phone = "phone",
    }
}

impl Detail {
    /// For people, in a sentence.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::BankAccount => "bank account",
            Self::Card => "payment card",
            Self::TaxId => "tax id",
            Self::Email => "e-mail address",
            Self::Phone => "phone number",
        }
    }
}

impl Found {
    /// "••••••34": enough to find it in the text, not to use it.
    #[must_use]
    pub fn masked(&self, text: &str) -> String {
        let part = text.get(self.at.clone()).unwrap_or_default();
        let keep = part.chars().count().saturating_sub(2);
        let hidden = part.chars().enumerate();
        hidden
            .map(|(at, c)| if at < keep && c != ' ' { '•' } else { c })
            .collect()
    }
}

/// What is looked for, as the policy says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// Kinds that are looked for.
    pub detectors: Vec<Detail>,
    /// Domains whose e-mail addresses anybody may read: the company's own.
    pub known_domains: Vec<String>,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            detectors: Detail::ALL.to_vec(),
            known_domains: Vec::new(),
        }
    }
}

/// One place in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Kind.
    pub what: Detail,
    /// Its bytes in the text.
    pub at: Range<usize>,
}

struct Detector {
    what: Detail,
    form: &'static str,
    /// Whether what has the form is one, given the text before it.
    holds: fn(&str, &str) -> bool,
}

/// In this order: where two of them claim the same characters, the earlier one has them.
const DETECTORS: [Detector; 6] = [
    Detector {
        what: Detail::Email,
        form: r"(?i)\b[a-z0-9][a-z0-9._%+'-]{0,63}@[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,24}\b",
        holds: |_, _| true,
    },
    Detector {
        what: Detail::BankAccount,
        form: r"(?i)\b[a-z]{2}[0-9]{2}(?: ?[a-z0-9]{4}){2,7}(?: ?[a-z0-9]{1,3})?\b",
        holds: |text, _| is_iban(text),
    },
    Detector {
        what: Detail::Card,
        form: r"\b(?:3[47][0-9]{2}[ -]?[0-9]{6}[ -]?[0-9]{5}|(?:4[0-9]{3}|5[1-5][0-9]{2}|2[2-7][0-9]{2}|6[0-9]{3})(?:[ -]?[0-9]{4}){3})\b",
        holds: |text, _| is_luhn(text),
    },
    Detector {
        what: Detail::TaxId,
        form: r"\b(?:ATU[0-9]{8}|BE ?[01][0-9]{9}|BG[0-9]{9,10}|CY[0-9]{8}[A-Z]|CZ[0-9]{8,10}|DE ?[0-9]{9}|DK ?[0-9]{8}|EE[0-9]{9}|EL[0-9]{9}|ES[A-Z0-9][0-9]{7}[A-Z0-9]|FI[0-9]{8}|FR ?[A-Z0-9]{2} ?[0-9]{9}|GB ?[0-9]{9}(?:[0-9]{3})?|HR[0-9]{11}|HU[0-9]{8}|IE[0-9][A-Z0-9][0-9]{5}[A-Z]{1,2}|IT ?[0-9]{11}|LT[0-9]{9}(?:[0-9]{3})?|LU[0-9]{8}|LV[0-9]{11}|MT[0-9]{8}|NL ?[0-9]{9}B[0-9]{2}|PL ?[0-9]{10}|PT ?[0-9]{9}|RO[0-9]{6,10}|SE ?[0-9]{12}|SI[0-9]{8}|SK[0-9]{10}|CHE[- ]?[0-9]{3}\.?[0-9]{3}\.?[0-9]{3})\b",
        holds: |_, _| true,
    },
    Detector {
        what: Detail::TaxId,
        form: r"\b(?:[0-9]{3}-[0-9]{2}-[0-9]{4}|[0-9]{2}-[0-9]{7})\b",
        holds: |_, _| true,
    },
    Detector {
        what: Detail::Phone,
        form: r"(?:\+|\b00)[1-9](?:[ ()./-]{0,2}[0-9]){6,14}\b|\(0?[0-9]{2,5}\) ?[0-9](?:[ /-]?[0-9]){4,9}\b|\b0[1-9][0-9]{0,4}[ /-][0-9](?:[ -]?[0-9]){4,10}\b",
        holds: is_phone,
    },
];

#[allow(
    clippy::expect_used,
    reason = "the patterns are above, and a test compiles every one"
)]
static FORMS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let forms = DETECTORS.iter();
    forms
        .map(|d| Regex::new(d.form).expect("a pattern of ours"))
        .collect()
});

fn digits(text: &str) -> impl DoubleEndedIterator<Item = u32> {
    text.chars().filter_map(|c| c.to_digit(10))
}

/// As many digits as a number has (ITU-T E.164), and no piece of a longer one.
fn is_phone(text: &str, before: &str) -> bool {
    let part = before.trim_end_matches([' ', '-', '.', '/']);
    (7..=15).contains(&digits(text).count()) && !part.ends_with(|c: char| c.is_ascii_digit())
}

/// ISO 7064 MOD 97-10 over the letters and digits, the first four at the end.
fn is_iban(text: &str) -> bool {
    let plain: String = text.chars().filter(|c| *c != ' ').collect();
    let (Some(head), Some(tail)) = (plain.get(..4), plain.get(4..)) else {
        return false;
    };
    let rest = tail.chars().chain(head.chars()).try_fold(0_u32, |rest, c| {
        let value = c.to_digit(36)?;
        let shift = if value < 10 { 10 } else { 100 };
        Some((rest * shift + value) % 97)
    });
    (15..=34).contains(&plain.len()) && rest == Some(1)
}

fn is_luhn(text: &str) -> bool {
    let sum = digits(text)
        .rev()
        .zip([1, 2].into_iter().cycle())
        .fold(0, |sum, (digit, weight)| {
            let product = digit * weight;
            sum + product / 10 + product % 10
        });
    sum % 10 == 0
}

/// Personal and payment data in a text for this partner, in the order of the text.
#[must_use]
pub fn find(text: &str, rules: &Rules, partner: Option<&Partner>) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    for (detector, form) in DETECTORS.iter().zip(FORMS.iter()) {
        if !rules.detectors.contains(&detector.what) {
            continue;
        }
        for place in form.find_iter(text) {
            let apart =
                |other: &Found| place.end() <= other.at.start || other.at.end <= place.start();
            if (detector.holds)(
                place.as_str(),
                text.get(..place.start()).unwrap_or_default(),
            ) && !is_known(detector.what, place.as_str(), rules, partner)
                && found.iter().all(apart)
            {
                found.push(Found {
                    what: detector.what,
                    at: place.range(),
                });
            }
        }
    }
    found.sort_by_key(|f| f.at.start);
    found
}

/// What anybody may read, or the partner has from themselves.
fn is_known(what: Detail, text: &str, rules: &Rules, partner: Option<&Partner>) -> bool {
    let contacts = partner.map_or(&[][..], |p| &p.agreement.contacts);
    match what {
        Detail::Email => {
            let domain = |email: &str| email.rsplit_once('@').map(|(_, d)| d.to_lowercase());
            let own = domain(text);
            own.is_some()
                && (rules
                    .known_domains
                    .iter()
                    .any(|d| own.as_deref() == Some(&d.to_lowercase()))
                    || contacts.iter().any(|c| domain(&c.email) == own))
        }
        Detail::Phone => {
            let number: Vec<u32> = digits(text).collect();
            contacts
                .iter()
                .any(|c| digits(&c.phone).eq(number.iter().copied()))
        }
        _ => false,
    }
}

/// The text with each of them replaced by what it is: "[bank account]".
#[must_use]
pub fn redacted(text: &str, found: &[Found]) -> String {
    let (mut out, mut from) = (String::with_capacity(text.len()), 0);
    for place in found {
        out.push_str(text.get(from..place.at.start).unwrap_or_default());
        out.push_str(&format!("[{}]", place.what.title()));
        from = place.at.end;
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out
}

/// Lets a text go to a partner that has nothing of this kind, or for a reason a person gave: the kinds it has then, each
/// once, with the reason.
///
/// # Errors
/// `E_PERSONAL` with what was found, masked but for its last two characters, and the redacted text; `E_FIELD` for a reason
/// that says nothing.
pub fn may_leave(
    text: &str,
    found: &[Found],
    because: Option<&str>,
) -> Result<Option<(Vec<Detail>, String)>, Refusal> {
    if found.is_empty() {
        return Ok(None);
    }
    let mut kinds: Vec<Detail> = found.iter().map(|f| f.what).collect();
    kinds.sort_unstable();
    kinds.dedup();
    if let Some(because) = because {
        let because = reason::read(because, "personal", "Say why the partner is to have it.")?;
        return Ok(Some((kinds, because.to_owned())));
    }
    let titles: Vec<&str> = kinds.iter().map(|k| k.title()).collect();
    let shown: Vec<_> = found
        .iter()
        .map(|f| json!({"kind": f.what, "title": f.what.title(), "masked": f.masked(text)}))
        .collect();
    let words = format!("The partner would read: {}.", titles.join(", "));
    Err(Refusal::new(Code::Personal, words)
        .with(json!({"found": shown, "redacted": redacted(text, found)})))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<Detail> {
        let found = find(text, &Rules::default(), None);
        found.into_iter().map(|f| f.what).collect()
    }

    #[test]
    fn what_has_the_form_and_the_check_digits_is_found() {
        use Detail::{BankAccount, Card, Email, Phone, TaxId};
        for (text, wanted) in [
            (
                "Pay to DE89 3704 0044 0532 0130 00, please.",
                vec![BankAccount],
            ),
            ("gb29nwbk60161331926819", vec![BankAccount]),
            ("NO93 8601 1117 947", vec![BankAccount]),
            (
                "Card 4111 1111 1111 1111 or 378282246310005",
                vec![Card, Card],
            ),
            (
                "Our VAT is DE123456789, theirs NL123456789B01.",
                vec![TaxId, TaxId],
            ),
            ("SSN 123-45-6789", vec![TaxId]),
            (
                "Ask lena.brandt@private.example or +49 (0)30 901820.",
                vec![Email, Phone],
            ),
            (
                "Call 0044 20 7946 0018 or (030) 901820 or 030-901820",
                vec![Phone, Phone, Phone],
            ),
        ] {
            assert_eq!(kinds(text), wanted, "{text}");
        }
    }

    #[test]
    fn numbers_of_business_are_left_alone() {
        for text in [
            "PO 4500123456, invoice CI-60530, ASN 00340123450000000012",
            "GTIN 4006381333931, GLN 4012345000009, control 000000905",
            "12,960.00 EUR on 2026-11-30 at 10:45, 30-11-2026",
            "DE89 3704 0044 0532 0130 01 has no valid check digits",
            "4111 1111 1111 1112",
            "Twelve of 1,250 pieces; see line 10/20 and 0.333 EUR",
            "finding:documents:abc@line",
            "",
        ] {
            assert_eq!(kinds(text), [], "{text}");
        }
    }

    #[test]
    fn a_text_is_redacted_in_its_place_whatever_stands_around_it() {
        let text = "Ünïcode: a@b.example → DE89370400440532013000. Grüße";
        let found = find(text, &Rules::default(), None);
        assert_eq!(
            redacted(text, &found),
            "Ünïcode: [e-mail address] → [bank account]. Grüße"
        );
        assert!(find(&redacted(text, &found), &Rules::default(), None).is_empty());
    }

    #[test]
    fn it_leaves_only_for_a_reason_and_the_refusal_repeats_no_secret() {
        let text = "Pay to DE89370400440532013000.";
        let found = find(text, &Rules::default(), None);
        let refusal = may_leave(text, &found, None).unwrap_err();
        assert_eq!(refusal.code, Code::Personal);
        let said = format!("{refusal} {}", refusal.detail);
        assert!(!said.contains("DE8937"), "{said}");
        assert!(
            said.contains("[bank account]") && said.contains("•00"),
            "{said}"
        );
        assert_eq!(
            may_leave(text, &found, Some(" ")).unwrap_err().code,
            Code::Field
        );
        let (kinds, because) = may_leave(text, &found, Some("They asked"))
            .unwrap()
            .unwrap();
        assert_eq!(
            (kinds, because.as_str()),
            (vec![Detail::BankAccount], "They asked")
        );
        assert_eq!(may_leave("Nothing", &[], None), Ok(None));
    }

    #[test]
    fn only_what_the_policy_names_is_looked_for() {
        let rules = Rules {
            detectors: vec![Detail::Email],
            known_domains: vec!["Ours.example".to_owned()],
        };
        let text = "a@ours.example, b@theirs.example, +49 30 901820";
        let found = find(text, &rules, None);
        assert_eq!(
            redacted(text, &found),
            "a@ours.example, [e-mail address], +49 30 901820"
        );
    }
}
