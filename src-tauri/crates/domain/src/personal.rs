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
        /// A tax id: VAT numbers of Europe and EIN of the United States where they are called so, and SSN.
        TaxId = "tax_id",
        /// An e-mail address.
        Email = "email",
        /// A phone number: with the prefix for abroad, or where it is called so.
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

/// Separators people write between the groups of a number; the third is the space that does not break.
const SEPARATORS: [char; 4] = [' ', '-', '\u{a0}', '.'];

struct Detector {
    what: Detail,
    form: &'static str,
    /// How much is one, in bytes: of what has the form, of all from there on, given the text before. `None` where it is none.
    length: fn(form: &str, rest: &str, before: &str) -> Option<usize>,
}

/// In this order: where two of them claim the same characters, the earlier one has them.
const DETECTORS: [Detector; 8] = [
    Detector {
        what: Detail::Email,
        form: r"\b\w[\w.%+'-]{0,63}@[\w-]{1,63}(?:\.[\w-]{1,63})+\b",
        length: |form, _, _| {
            let top = form.rsplit_once('.').map_or("", |(_, top)| top);
            (top.chars().count() > 1 && top.chars().all(char::is_alphabetic)).then_some(form.len())
        },
    },
    // The first four characters; the country says how many there are.
    Detector {
        what: Detail::BankAccount,
        form: r"(?i)\b[a-z]{2}[0-9]{2}",
        length: |_, rest, _| iban(rest),
    },
    Detector {
        what: Detail::Card,
        form: r"\b(?:3[47][0-9]{2}[ .\x{a0}-]?[0-9]{6}[ .\x{a0}-]?[0-9]{5}|(?:4[0-9]{3}|5[1-5][0-9]{2}|2[2-7][0-9]{2}|6[0-9]{3})(?:[ .\x{a0}-]?[0-9]{4}){3})\b",
        length: |form, _, _| is_luhn(form).then_some(form.len()),
    },
    // Much of what is numbered looks like one: only where it is called so.
    Detector {
        what: Detail::TaxId,
        form: r"(?i)\b(?:at|be|bg|cy|cz|de|dk|ee|el|es|fi|fr|gb|hr|hu|ie|it|lt|lu|lv|mt|nl|pl|pt|ro|se|si|sk|che)[ -]?[a-z]{0,2}[0-9](?:[ .-]?[0-9]){5,11}(?:b[0-9]{2}|[a-z]{1,2})?\b|\b[0-9]{2}-[0-9]{7}\b",
        length: |form, _, before| called(before, &TAX).then_some(form.len()),
    },
    Detector {
        what: Detail::TaxId,
        form: r"\b[0-9]{3}-[0-9]{2}-[0-9]{4}\b",
        length: |form, _, before| stands_alone(before).then_some(form.len()),
    },
    Detector {
        what: Detail::Phone,
        form: r"\+[1-9](?:[ ()./\x{a0}-]{0,2}[0-9]){6,14}\b",
        length: |form, _, before| (is_phone(form) && stands_alone(before)).then_some(form.len()),
    },
    // With the prefix for abroad, in groups: without them it is a number with leading zeros.
    Detector {
        what: Detail::Phone,
        form: r"\b00[1-9][0-9]{0,2}[ /-](?:[ ()./-]{0,2}[0-9]){5,12}\b",
        length: |form, _, before| (is_phone(form) && stands_alone(before)).then_some(form.len()),
    },
    // Any other only where it is called so: dates and numbers of documents look like one.
    Detector {
        what: Detail::Phone,
        form: r"\(?[0-9]{2,6}\)?(?:[ /.-]?[0-9]){4,11}\b",
        length: |form, _, before| {
            let it_is = is_phone(form) && stands_alone(before) && called(before, &PHONE);
            it_is.then_some(form.len())
        },
    },
];

/// Words that call a number a tax id, or a phone number, before it.
const TAX: [&str; 12] = [
    "vat", "tax", "ust", "uid", "mwst", "btw", "tva", "iva", "nif", "ein", "tin", "steuer",
];
const PHONE: [&str; 9] = [
    "tel", "phone", "call", "ring", "mobil", "mobile", "fax", "handy", "telefon",
];
/// How far before it, in characters.
const NEAR: usize = 40;

/// Lengths of an IBAN by country (ISO 13616 registry).
const IBAN_LENGTHS: &str = "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 \
    EE20 EG29 ES24 FI18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 \
    LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24 PL28 PS29 PT25 QA29 RO24 RS22 SA24 \
    SC31 SE24 SI19 SK24 SM27 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20";

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

/// Whether one of the words stands shortly before.
fn called(before: &str, words: &[&str]) -> bool {
    let near: Vec<char> = before.chars().rev().take(NEAR).collect();
    let near: String = near.into_iter().rev().collect();
    near.to_lowercase()
        .split(|c: char| !c.is_alphabetic())
        .any(|word| words.contains(&word))
}

/// Whether what follows is no piece of a longer number, and no part of the number of a document.
fn stands_alone(before: &str) -> bool {
    let part = before.trim_end_matches(' ');
    let joined = before.ends_with(['-', '/', '.', '_']);
    !joined && !part.ends_with(|c: char| c.is_ascii_digit())
}

/// As many digits as a number has (ITU-T E.164).
fn is_phone(text: &str) -> bool {
    (7..=15).contains(&digits(text).count())
}

/// The length in bytes of the IBAN a text begins with, however it is grouped: as long as its country has it, with check
/// digits that hold (ISO 7064 MOD 97-10 over letters and digits, the first four at the end).
fn iban(text: &str) -> Option<usize> {
    let country = text.get(..2)?.to_uppercase();
    let mut lengths = IBAN_LENGTHS.split_whitespace();
    let wanted: usize = lengths
        .find_map(|entry| entry.strip_prefix(country.as_str()))?
        .parse()
        .ok()?;
    let (mut plain, mut end, mut apart) = (String::new(), 0, 0);
    for (at, c) in text.char_indices() {
        if c.is_ascii_alphanumeric() {
            plain.push(c);
            (end, apart) = (at + c.len_utf8(), 0);
            if plain.len() == wanted {
                break;
            }
        } else if SEPARATORS.contains(&c) && apart < 2 {
            apart += 1;
        } else {
            break;
        }
    }
    let goes_on = text.get(end..)?.starts_with(|c: char| c.is_ascii_digit());
    let (head, tail) = (plain.get(..4)?, plain.get(4..)?);
    let rest = tail.chars().chain(head.chars()).try_fold(0_u32, |rest, c| {
        let value = c.to_digit(36)?;
        let shift = if value < 10 { 10 } else { 100 };
        Some((rest * shift + value) % 97)
    });
    (plain.len() == wanted && rest == Some(1) && !goes_on).then_some(end)
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
            let before = text.get(..place.start()).unwrap_or_default();
            let rest = text.get(place.start()..).unwrap_or_default();
            let Some(length) = (detector.length)(place.as_str(), rest, before) else {
                continue;
            };
            let at = place.start()..place.start() + length;
            let apart = |other: &Found| at.end <= other.at.start || other.at.end <= at.start;
            let part = text.get(at.clone()).unwrap_or_default();
            if !is_known(detector.what, part, rules, partner) && found.iter().all(apart) {
                found.push(Found {
                    what: detector.what,
                    at,
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
            let domain = text.rsplit_once('@').map(|(_, d)| d.to_lowercase());
            let own = |known: &String| domain.as_deref() == Some(&known.to_lowercase());
            // Not by the domain of a contact: many share those of public mail services.
            let same = |email: &str| email.to_lowercase() == text.to_lowercase();
            rules.known_domains.iter().any(own) || contacts.iter().any(|c| same(&c.email))
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
            ("Pay AT61 1904 3002 3457 3201 to us", vec![BankAccount]),
            ("ES91 2100 0418 4502 0005 1332 by Friday", vec![BankAccount]),
            (
                "DE89-3704-0044-0532-0130-00; DE89  3704  0044  0532  0130  00",
                vec![BankAccount, BankAccount],
            ),
            (
                "Card 4111 1111 1111 1111 or 378282246310005",
                vec![Card, Card],
            ),
            ("card 4111.1111.1111.1111", vec![Card]),
            (
                "Our VAT is DE123456789, theirs NL123456789B01.",
                vec![TaxId, TaxId],
            ),
            ("vat de 123 456 789, EIN 12-3456789", vec![TaxId, TaxId]),
            ("SSN 123-45-6789", vec![TaxId]),
            (
                "Ask lena.brandt@private.example or +49 (0)30 901820.",
                vec![Email, Phone],
            ),
            ("lena@m\u{fc}nchen.de", vec![Email]),
            (
                "Call 0044 20 7946 0018 or (030) 901820, tel. 030-901820",
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
            "GTIN 4006381333931, GLN 4012345000009, control 000000905, 0012345678",
            "12,960.00 EUR on 2026-11-30 at 10:45, 30-11-2026",
            "Delivered on 02-12-2026 as agreed, between 08 30 1200 pieces",
            "Invoice INV-03-12345 and order 05-2026-113, order 01 2026 4711",
            "(2026) 4500123 pieces, part RO123456, SI12345678",
            "Shipment 12-3456789, reference A-123-45-6789",
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
