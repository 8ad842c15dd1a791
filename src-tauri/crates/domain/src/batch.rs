//! Batches: many notices that are looked at, signed and sent as one, by the root over a manifest that names each of them.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{
    Refusal,
    canonical::{self, NotCanonical, sha256_hex},
    refusal::Code,
};

/// Form of a manifest.
pub const FORMAT: u32 = 1;
/// Media type of a manifest.
pub const MEDIA_TYPE: &str = "application/json";
/// Most notices of one batch.
pub const MOST: usize = 20_000;

/// What a batch comes to in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlTotal {
    /// ISO 4217.
    pub currency: String,
    /// Statements in it.
    pub statements: usize,
    /// Sum of their approved lines.
    pub approved: Decimal,
    /// Sum of what is due by them.
    pub total: Decimal,
}

impl ControlTotal {
    /// Nothing, in a currency.
    #[must_use]
    pub fn of(currency: &str) -> Self {
        Self {
            currency: currency.to_owned(),
            statements: 0,
            approved: Decimal::ZERO,
            total: Decimal::ZERO,
        }
    }
}

/// One notice of a batch, as it was rendered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leaf {
    /// Number of the notice.
    pub notice: String,
    /// Partner it goes to.
    pub partner_id: String,
    /// Name of the partner.
    pub name: String,
    /// Address it goes to.
    pub recipient: String,
    /// Channel.
    pub channel: String,
    /// Language.
    pub language: String,
    /// Content hash of the letter: rendered bytes, data, template and recipients.
    pub content_hash: String,
    /// SHA-256 of the rendered bytes.
    pub rendered_sha256: String,
    /// Notice it takes the place of.
    #[serde(default)]
    pub supersedes: Option<String>,
    /// Why this one is to be looked at: `largest`, `smallest`, `random`.
    #[serde(default)]
    pub sample: Option<String>,
    /// What is due by it, with its currency; `None` where it is not about money.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<String>,
}

/// What a batch will send to whom, before anything is rendered: kept with the case it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sheet {
    /// Number of the batch.
    pub batch: String,
    /// Hash over exactly its notices, as it was shown when the batch was confirmed.
    pub root: String,
    /// Template key.
    pub template: String,
    /// Its version.
    pub template_version: i64,
    /// Products it is about.
    pub products: Vec<String>,
    /// Revised dates, by product.
    pub dates: BTreeMap<String, String>,
    /// What can be taken instead.
    pub alternatives: String,
    /// What else is said.
    pub service_update: String,
    /// Period it is about, `YYYY-MM`; empty where it is about none.
    #[serde(default)]
    pub period: String,
    /// What it comes to, by currency.
    #[serde(default)]
    pub totals: Vec<ControlTotal>,
    /// What was entered: by it the batch is worked out once more before it leaves.
    #[serde(default)]
    pub input: Value,
    /// Its notices, without hashes: those are known once they are rendered.
    pub notices: Vec<Entry>,
    /// Who is left out.
    pub left_out: Vec<LeftOut>,
}

/// One notice of a [`Sheet`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "as in the leaf it becomes")]
pub struct Entry {
    pub notice: String,
    pub partner_id: String,
    pub name: String,
    pub recipient: String,
    pub channel: String,
    pub language: String,
    pub supersedes: Option<String>,
    pub sample: Option<String>,
    /// Orders it names.
    pub orders: String,
    #[serde(default)]
    pub amount: Option<String>,
    /// Hash over what it was made from; empty where that is not looked at again.
    #[serde(default)]
    pub fingerprint: String,
}

/// Hashes of a rendered notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// Content hash of the letter.
    pub content_hash: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
}

/// Who was left out, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeftOut {
    /// Partner, or the address where it is no known one.
    pub partner_id: String,
    /// Name.
    pub name: String,
    /// Why.
    pub reason: String,
    /// Login of the person who left them out; `None` where a rule did.
    #[serde(default)]
    pub by: Option<String>,
}

/// Everything a signature over a batch covers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: u32,
    /// Number of the batch.
    pub batch: String,
    /// Number of the use case.
    pub use_case: String,
    /// Case it belongs to.
    pub case_id: String,
    /// Login of who made it.
    pub maker: String,
    /// Template key.
    pub template: String,
    /// Its version.
    pub template_version: i64,
    /// Who was left out.
    pub left_out: Vec<LeftOut>,
    /// What it comes to, by currency.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub totals: Vec<ControlTotal>,
    /// Its notices.
    pub notices: Vec<Leaf>,
}

impl Manifest {
    /// The manifest of a sheet whose notices have been rendered; one that was cancelled before is not in it.
    #[must_use]
    pub fn of(
        sheet: &Sheet,
        (use_case, case_id, maker): (&str, &str, &str),
        rendered: &BTreeMap<String, Rendered>,
    ) -> Self {
        let leaf = |entry: &Entry| {
            let hashes = rendered.get(&entry.notice)?.clone();
            let entry = entry.clone();
            Some(Leaf {
                notice: entry.notice,
                partner_id: entry.partner_id,
                name: entry.name,
                recipient: entry.recipient,
                channel: entry.channel,
                language: entry.language,
                content_hash: hashes.content_hash,
                rendered_sha256: hashes.sha256,
                supersedes: entry.supersedes,
                sample: entry.sample,
                amount: entry.amount,
            })
        };
        Self {
            format: FORMAT,
            batch: sheet.batch.clone(),
            use_case: use_case.to_owned(),
            case_id: case_id.to_owned(),
            maker: maker.to_owned(),
            template: sheet.template.clone(),
            template_version: sheet.template_version,
            left_out: sheet.left_out.clone(),
            totals: sheet.totals.clone(),
            notices: sheet.notices.iter().filter_map(leaf).collect(),
        }
    }

    /// The root a signature names: Merkle tree hash over what the batch is and then each notice in its order.
    ///
    /// # Errors
    /// [`NotCanonical`] when a part has no canonical form.
    pub fn root(&self) -> Result<String, NotCanonical> {
        root_of(&self.head(), &self.notices)
    }

    /// The control total is what its notices come to: whoever signs it signs no other sum.
    fn check_totals(&self) -> Result<(), Refusal> {
        let mut due: BTreeMap<&str, (usize, Decimal)> = BTreeMap::new();
        for leaf in &self.notices {
            let Some(amount) = leaf.amount.as_deref() else {
                continue;
            };
            let read = amount
                .split_once(' ')
                .and_then(|(sum, currency)| Some((Decimal::from_str_exact(sum).ok()?, currency)));
            let added = read.and_then(|(sum, currency)| {
                let of = due.entry(currency).or_default();
                *of = (of.0 + 1, of.1.checked_add(sum)?);
                Some(())
            });
            if added.is_none() {
                let words = format!("'{amount}' to {} is no amount.", leaf.name);
                return Err(Refusal::new(Code::Input, words));
            }
        }
        let told = self.totals.iter();
        let told: BTreeMap<&str, (usize, Decimal)> = told
            .map(|t| (t.currency.as_str(), (t.statements, t.total)))
            .collect();
        if told == due {
            Ok(())
        } else {
            Err(Refusal::new(
                Code::Hash,
                "The control total is not what the notices come to.",
            ))
        }
    }

    /// Without its notices, which may be many.
    fn head(&self) -> Self {
        Self {
            format: self.format,
            batch: self.batch.clone(),
            use_case: self.use_case.clone(),
            case_id: self.case_id.clone(),
            maker: self.maker.clone(),
            template: self.template.clone(),
            template_version: self.template_version,
            left_out: self.left_out.clone(),
            totals: self.totals.clone(),
            notices: Vec::new(),
        }
    }

    /// Bytes of the manifest as it is attached to its review.
    ///
    /// # Errors
    /// [`NotCanonical`] when a part has no canonical form.
    pub fn to_bytes(&self) -> Result<Vec<u8>, NotCanonical> {
        canonical::to_bytes(self)
    }

    /// Reads a manifest and proves that it has this root.
    ///
    /// # Errors
    /// `E_INPUT` for what is no manifest, `E_DUP` when a notice or a partner stands in it twice, `E_HASH` when it has another
    /// root.
    pub fn read(bytes: &[u8], root: &str) -> Result<Self, Refusal> {
        let manifest: Self = serde_json::from_slice(bytes).map_err(|e| {
            Refusal::new(
                Code::Input,
                format!("The manifest of the batch does not read: {e}"),
            )
        })?;
        if manifest.format != FORMAT || manifest.notices.len() > MOST {
            return Err(Refusal::new(
                Code::Input,
                "The manifest of the batch is of a form this program does not know.",
            ));
        }
        let (mut notices, mut partners) = (BTreeSet::new(), BTreeSet::new());
        for leaf in &manifest.notices {
            if !notices.insert(leaf.notice.as_str()) || !partners.insert(leaf.partner_id.as_str()) {
                return Err(Refusal::new(
                    Code::Duplicate,
                    format!("{} stands in the batch twice.", leaf.name),
                ));
            }
        }
        manifest.check_totals()?;
        let found = manifest
            .root()
            .map_err(|e| Refusal::new(Code::Input, e.to_string()))?;
        if found == root {
            Ok(manifest)
        } else {
            Err(Refusal::new(
                Code::Hash,
                "The manifest is not the one that is asked to be signed.",
            ))
        }
    }
}

/// Merkle root over a head and entries, each in its canonical form, in hexadecimal.
///
/// # Errors
/// [`NotCanonical`] when a part has no canonical form.
pub fn root_of<T: Serialize>(head: &impl Serialize, entries: &[T]) -> Result<String, NotCanonical> {
    let mut leaves = vec![canonical::to_bytes(head)?];
    for entry in entries {
        leaves.push(canonical::to_bytes(entry)?);
    }
    Ok(hex::encode(tree_hash(&leaves)))
}

/// Merkle tree hash of a list of entries, RFC 6962 section 2.1: SHA-256, leaves under 0x00, inner nodes under 0x01, the
/// left side as large as a power of two allows.
#[must_use]
pub fn tree_hash(entries: &[Vec<u8>]) -> [u8; 32] {
    fn over(entries: &[Vec<u8>]) -> [u8; 32] {
        match entries {
            [] => Sha256::digest([]).into(),
            [one] => {
                let mut hash = Sha256::new_with_prefix([0]);
                hash.update(one);
                hash.finalize().into()
            }
            many => {
                // The largest power of two below the length.
                let split = many.len().div_ceil(2).next_power_of_two();
                let (left, right) = many.split_at(split.min(many.len() - 1));
                let mut hash = Sha256::new_with_prefix([1]);
                hash.update(over(left));
                hash.update(over(right));
                hash.finalize().into()
            }
        }
    }
    over(entries)
}

/// The number of the batch an intent makes: short, and the same for as long as the intent lives.
#[must_use]
pub fn number(intent: &str) -> String {
    let hash = sha256_hex(intent.as_bytes());
    format!("B-{}", hash.get(..8).unwrap_or(&hash).to_uppercase())
}

/// Picks what to look at before signing: the largest, the smallest, and `random` others. Which others is settled by `seed`,
/// so that nobody chooses them and everybody sees the same.
#[must_use]
pub fn samples(sizes: &[(&str, usize)], seed: &str, random: usize) -> Vec<(usize, &'static str)> {
    let indices = || 0..sizes.len();
    let size = |i: &usize| sizes.get(*i).map_or(0, |s| s.1);
    let mut picked: Vec<(usize, &'static str)> = Vec::new();
    if let Some(largest) = indices().max_by_key(|i| (size(i), std::cmp::Reverse(*i))) {
        picked.push((largest, "largest"));
    }
    if let Some(smallest) = indices().min_by_key(|i| (size(i), *i))
        && picked.iter().all(|(i, _)| *i != smallest)
    {
        picked.push((smallest, "smallest"));
    }
    let mut drawn: Vec<(String, usize)> = sizes
        .iter()
        .enumerate()
        .filter(|(i, _)| picked.iter().all(|(p, _)| p != i))
        .map(|(i, (name, _))| (sha256_hex(format!("{seed}\n{name}").as_bytes()), i))
        .collect();
    drawn.sort();
    picked.extend(drawn.into_iter().take(random).map(|(_, i)| (i, "random")));
    picked
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Entries and roots of the test of the reference implementation of RFC 6962.
    #[test]
    fn roots_are_those_of_the_reference_implementation() {
        let entries: Vec<Vec<u8>> = [
            "",
            "00",
            "10",
            "2021",
            "3031",
            "40414243",
            "5051525354555657",
            "606162636465666768696a6b6c6d6e6f",
        ]
        .iter()
        .map(|text| hex::decode(text).unwrap())
        .collect();
        for (count, root) in [
            (
                0,
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            ),
            (
                1,
                "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            ),
            (
                2,
                "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            ),
            (
                3,
                "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            ),
            (
                5,
                "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            ),
            (
                7,
                "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            ),
            (
                8,
                "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
            ),
        ] {
            assert_eq!(hex::encode(tree_hash(&entries[..count])), root, "{count}");
        }
    }

    fn manifest(count: usize) -> Manifest {
        Manifest {
            format: FORMAT,
            batch: "B-1".into(),
            use_case: "S0.7".into(),
            case_id: "48204".into(),
            maker: "lena".into(),
            template: "DLY-01".into(),
            template_version: 1,
            left_out: Vec::new(),
            totals: Vec::new(),
            notices: (0..count)
                .map(|i| Leaf {
                    notice: format!("N-{i}"),
                    partner_id: format!("P-{i}"),
                    name: format!("Customer {i}"),
                    recipient: format!("{i}@example.com"),
                    channel: "email".into(),
                    language: "en".into(),
                    content_hash: sha256_hex(&[0]),
                    rendered_sha256: sha256_hex(&[1]),
                    supersedes: None,
                    sample: None,
                    amount: None,
                })
                .collect(),
        }
    }

    #[test]
    fn any_change_of_any_notice_or_of_who_is_left_out_is_another_root() {
        let base = manifest(7);
        let root = base.root().unwrap();
        assert!(Manifest::read(&base.to_bytes().unwrap(), &root).is_ok());
        let mut others = vec![manifest(6), manifest(8)];
        for index in 0..7 {
            let mut other = base.clone();
            other.notices[index].rendered_sha256 = sha256_hex(&[2]);
            others.push(other);
        }
        let mut swapped = base.clone();
        swapped.notices.swap(2, 5);
        others.push(swapped);
        let mut less = base.clone();
        less.left_out.push(LeftOut {
            partner_id: "P-99".into(),
            name: "X".into(),
            reason: "r".into(),
            by: None,
        });
        others.push(less);
        for other in others {
            let refused = Manifest::read(&other.to_bytes().unwrap(), &root).unwrap_err();
            assert_eq!(refused.code, Code::Hash);
        }
    }

    #[test]
    fn nobody_stands_in_a_batch_twice_and_what_is_no_manifest_is_refused() {
        let mut twice = manifest(3);
        twice.notices[2].partner_id = "P-0".into();
        let root = twice.root().unwrap();
        let refused = Manifest::read(&twice.to_bytes().unwrap(), &root).unwrap_err();
        assert_eq!(refused.code, Code::Duplicate);
        for bytes in [&b"[]"[..], b"", b"{\"format\":1}", b"\xff"] {
            assert_eq!(Manifest::read(bytes, "").unwrap_err().code, Code::Input);
        }
    }

    #[test]
    fn a_control_total_is_what_the_notices_come_to() {
        let mut stated = manifest(3);
        for (leaf, amount) in stated
            .notices
            .iter_mut()
            .zip(["10.10 EUR", "-0.10 EUR", "7 USD"])
        {
            leaf.amount = Some(amount.to_owned());
        }
        let total = |currency: &str, statements, total: &str| ControlTotal {
            statements,
            approved: Decimal::ZERO,
            total: total.parse().unwrap(),
            ..ControlTotal::of(currency)
        };
        stated.totals = vec![total("EUR", 2, "10.00"), total("USD", 1, "7.00")];
        let read = |of: &Manifest| Manifest::read(&of.to_bytes().unwrap(), &of.root().unwrap());
        assert_eq!(read(&stated).unwrap(), stated);
        let mut other = stated.clone();
        other.totals[0].total += Decimal::ONE;
        assert_eq!(read(&other).unwrap_err().code, Code::Hash);
        let mut without = stated.clone();
        without.totals.pop();
        assert_eq!(read(&without).unwrap_err().code, Code::Hash);
        stated.notices[0].amount = Some("ten EUR".to_owned());
        assert_eq!(read(&stated).unwrap_err().code, Code::Input);
    }

    #[test]
    fn samples_hold_the_extremes_and_others_that_nobody_chose() {
        let names: Vec<String> = (0..300).map(|i| format!("N-{i}")).collect();
        let sizes: Vec<(&str, usize)> = names
            .iter()
            .enumerate()
            .map(|(i, n)| {
                (
                    n.as_str(),
                    if i == 41 { 9 } else { usize::from(i != 7) + 1 },
                )
            })
            .collect();
        let picked = samples(&sizes, "seed", 3);
        assert_eq!(&picked[..2], &[(41, "largest"), (7, "smallest")]);
        assert_eq!(picked.len(), 5);
        assert_eq!(picked, samples(&sizes, "seed", 3));
        assert_ne!(picked, samples(&sizes, "other", 3));
        let distinct: BTreeSet<usize> = picked.iter().map(|p| p.0).collect();
        assert_eq!(distinct.len(), 5);
        assert_eq!(samples(&sizes[..1], "seed", 3), [(0, "largest")]);
        assert!(samples(&[], "seed", 3).is_empty());
    }
}
