//! Ids that follow from the seed and a name.

use domain::canonical::sha256_hex;

/// A UUID in form, a hash in fact.
pub(super) fn uuid(seed: u64, name: &str) -> String {
    let hash = sha256_hex(format!("{seed}/{name}").as_bytes());
    let part = |from: usize, to: usize| hash.get(from..to).unwrap_or_default();
    format!(
        "{}-{}-5{}-a{}-{}",
        part(0, 8),
        part(8, 12),
        part(13, 16),
        part(17, 20),
        part(20, 32)
    )
}
