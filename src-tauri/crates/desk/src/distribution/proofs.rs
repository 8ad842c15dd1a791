//! Proofs are asked for, looked at, and kept; what proves nothing here is kept apart.

use std::collections::BTreeMap;

use connectors::{Connector, PullError, documents::proof};
use domain::{
    Kind, Millis, ObjectRef, Refusal, System,
    canonical::sha256_hex,
    distribution::{self, Addressee, Mismatch},
    record::DeliveryTrack,
    time::SECOND,
};
use ledger::Blob;
use serde_json::json;

use super::{
    Distribution, Proof, Refused,
    follow::{News, about},
};
use crate::Desk;

/// Proofs asked for in one go.
const MOST: usize = 100;
/// Proofs that prove nothing kept of one recipient: whoever sends more of them is not heard again.
const MOST_REFUSED: usize = 20;
/// Shortest time between two questions for one proof, in milliseconds.
const SOONEST: i64 = 30 * SECOND;

/// Whether it is time to ask for a proof again: rarer the longer it is awaited.
pub(super) fn asks_again(sent_at: Millis, asked_at: Option<Millis>, now: Millis) -> bool {
    let Some(asked_at) = asked_at else {
        return true;
    };
    let wait = (asked_at.since(sent_at) / 20).max(SOONEST);
    // A clock that went back asks anew.
    now < asked_at || now.since(asked_at) >= wait
}

impl Desk {
    /// Asks for the proofs of what the grid says it delivered.
    pub(super) async fn fetch_proofs(
        &self,
        distribution: &Distribution,
        news: &mut News,
    ) -> Result<(), Refusal> {
        let connectors = self.connectors();
        let Some(documents) = connectors.get(&System::Documents) else {
            return Ok(());
        };
        if !self.inner.network.is_online() || self.read_only().is_some() {
            return Ok(());
        }
        let now = self.now();
        let mut asked = 0;
        for addressee in distribution.recipients() {
            let partner = addressee.partner_id.as_str();
            let kept = news.kept.recipients.get(partner);
            let over = |k: &super::KeptOf| k.proof.is_some() || k.refused.len() >= MOST_REFUSED;
            let delivered = distribution.delivery_of(addressee) == Some(DeliveryTrack::Delivered);
            let Some(sent) = distribution.sent.get(partner).filter(|_| delivered) else {
                continue;
            };
            if kept.is_some_and(over) || asked >= MOST {
                continue;
            }
            let mut asked_at = self.inner.proofs_asked.lock().await;
            if !asks_again(sent.at, asked_at.get(&sent.transaction).copied(), now) {
                continue;
            }
            asked_at.insert(sent.transaction.clone(), now);
            drop(asked_at);
            asked += 1;
            match fetch(documents.as_ref(), &sent.transaction).await {
                Ok(Some((media_type, bytes))) => {
                    self.look_at(distribution, addressee, (&media_type, bytes), news);
                }
                Ok(None) => {}
                Err(error) => {
                    tracing::info!(%error, distribution = distribution.number(), "proofs are asked for again");
                    break;
                }
            }
        }
        Ok(())
    }

    /// Keeps what came as a proof of a recipient: as proof where it is one, apart where it is not.
    fn look_at(
        &self,
        distribution: &Distribution,
        addressee: &Addressee,
        (media_type, bytes): (&str, bytes::Bytes),
        news: &mut News,
    ) {
        let Some(expected) = distribution.expected(addressee) else {
            return;
        };
        let sha256 = sha256_hex(&bytes);
        let verdict = match proof::read(media_type, &bytes) {
            Some(told) => distribution::proves(&told, expected),
            None => Err(Mismatch::Unreadable),
        };
        let partner = addressee.partner_id.clone();
        let kept = news.kept.recipients.entry(partner).or_default();
        let now = self.now();
        let told = json!({
            "distribution": distribution.number(), "partner": addressee.partner_id, "kind": expected.kind, "sha": sha256,
            "message_id": expected.message_id, "transaction": expected.transaction,
        });
        match verdict {
            Ok(()) => {
                kept.proof = Some(Proof {
                    kind: expected.kind,
                    sha256,
                    media_type: media_type.to_owned(),
                    at: now,
                    message_id: expected.message_id.to_owned(),
                    transaction: expected.transaction.to_owned(),
                });
                news.entries.push(about(distribution, "proof.stored", told));
            }
            Err(_) if kept.refused.iter().any(|r| r.sha256 == sha256) => return,
            Err(why) => {
                kept.refused.push(Refused {
                    sha256,
                    why,
                    at: now,
                });
                let words = format!("The proof {}.", why.words());
                let entry = about(distribution, "proof.refused", told).because(&words);
                news.entries.push(entry);
            }
        }
        news.blobs.push(Blob::of(bytes));
    }
}

/// The proof of a transaction with its media type; `None` while there is none.
async fn fetch(
    documents: &dyn Connector,
    transaction: &str,
) -> Result<Option<(String, bytes::Bytes)>, PullError> {
    let id = format!("{transaction}/proof");
    let object = ObjectRef::new(Kind::Document, System::Documents, id);
    match documents.content(&object).await {
        Ok(content) => Ok(Some((content.media_type, content.bytes))),
        Err(PullError::Refused { status: 404, .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// When each proof was last asked for, by transaction.
pub(crate) type Asked = BTreeMap<String, Millis>;

#[cfg(test)]
mod tests {
    use super::*;
    use domain::time::{DAY, MINUTE};

    #[test]
    fn a_proof_is_asked_for_ever_more_rarely_and_at_least_every_few_hours() {
        let sent = Millis(1_764_000_000_000);
        assert!(asks_again(sent, None, sent));
        let after = |asked: i64, now: i64| asks_again(sent, Some(sent.plus(asked)), sent.plus(now));
        assert!(!after(0, SOONEST - 1));
        assert!(after(0, SOONEST));
        assert!(!after(2 * DAY, 2 * DAY + MINUTE));
        assert!(after(2 * DAY, 2 * DAY + 3 * 60 * MINUTE));
        assert!(after(DAY, 0), "the clock went back");
    }
}
