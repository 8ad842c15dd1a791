//! Sending in the manner of AS2, and having a document processed again.

use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{
    StepKey,
    canonical::sha256_hex,
    distribution::{Enclosed, may_leave},
    operation::Operation,
};
use edi::ack::{Outcome, read_mdn};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::{
    CallError, Outgoing, Receipt, Session,
    fields::segment,
    http::Ask,
    text::{one_line, safe_file_name},
};

/// The Message-ID of a step: its key is the part before the `@`.
pub(super) fn message_id(key: &StepKey) -> String {
    format!("<{key}@partner-console>")
}

/// What is sent to whom.
pub(super) struct Message<'a> {
    pub(super) from: &'a str,
    pub(super) to: &'a str,
    pub(super) media_type: &'a str,
    pub(super) blob: &'a str,
    pub(super) letter: Option<&'a Enclosed>,
}

fn refused(message: String) -> CallError {
    CallError::Refused { status: 0, message }
}

pub(super) async fn send(
    session: &Session,
    outgoing: &Outgoing,
    message: &Message<'_>,
) -> Result<Receipt, CallError> {
    let bytes = outgoing
        .blobs
        .get(message.blob)
        .ok_or_else(|| refused("the bytes of the document are not at hand".to_owned()))?;
    let sha256 = sha256_hex(bytes);
    if sha256 != message.blob {
        return Err(refused(
            "E_HASH: the bytes are not those that were confirmed".to_owned(),
        ));
    }
    // Nothing behind this line asks again whether these bytes may go.
    may_leave(message.media_type, message.letter, &sha256, outgoing.now)
        .map_err(|refusal| refused(refusal.to_string()))?;
    let id = message_id(&outgoing.key);
    let mut ask = Ask::post("/as2/messages")
        .header("AS2-Version", "1.2")
        .header("AS2-From", message.from)
        .header("AS2-To", message.to)
        .header("Message-ID", id.as_str())
        .header("Disposition-Notification-To", message.from)
        .header(
            "Disposition-Notification-Options",
            "signed-receipt-micalg=optional, sha-256",
        )
        .bytes(message.media_type, bytes.clone())
        .within(Operation::SendDocument);
    if let Some(letter) = message.letter {
        let name = safe_file_name(&letter.name).replace(['"', '\\'], "_");
        // A header is ASCII; the name is only for whoever opens the file.
        let name: String = name
            .chars()
            .filter(|c| c.is_ascii() && !c.is_ascii_control())
            .collect();
        ask = ask
            .header(
                "Content-Disposition",
                format!("attachment; filename=\"{name}\""),
            )
            .header("X-Proof", letter.proof.as_str());
    }
    let answer = session.write(&ask).await?;
    // From here on the other side may have it: what cannot be read leaves the outcome unknown.
    let unknown = |words: &str| CallError::Unknown(words.to_owned());
    let media_type = answer.header("content-type").unwrap_or_default();
    let mdn =
        read_mdn(media_type, &answer.body).ok_or_else(|| unknown("the answer is no receipt"))?;
    let ours = id.trim_start_matches('<').trim_end_matches('>');
    if mdn.original_message_id.as_deref() != Some(ours) {
        return Err(unknown("the receipt is for another message"));
    }
    let disposition = one_line(mdn.disposition.as_deref().unwrap_or_default());
    match mdn.outcome {
        Some(Outcome::Accepted | Outcome::AcceptedWithErrors) => {}
        Some(Outcome::Rejected) => {
            let words = mdn
                .modifiers
                .iter()
                .chain(&mdn.errors)
                .cloned()
                .collect::<Vec<_>>()
                .join(", ");
            let message = if words.is_empty() {
                disposition
            } else {
                one_line(&words)
            };
            return Err(CallError::Refused {
                status: answer.status,
                message,
            });
        }
        _ => return Err(unknown("the receipt does not say what became of it")),
    }
    let mic = STANDARD.encode(Sha256::digest(bytes));
    let same = mdn.mic_matches("sha-256", &mic);
    if same == Some(false) {
        let message = "E_HASH: the receipt names another content than was sent".to_owned();
        return Err(CallError::Refused {
            status: answer.status,
            message,
        });
    }
    let transactions = answer
        .header("x-transaction-id")
        .unwrap_or_default()
        .to_owned();
    let first = transactions
        .split(',')
        .next()
        .unwrap_or_default()
        .trim()
        .to_owned();
    let mut detail = Map::new();
    detail.insert("message_id".to_owned(), id.clone().into());
    detail.insert("disposition".to_owned(), disposition.into());
    detail.insert("sha256".to_owned(), sha256.into());
    detail.insert("mic_checked".to_owned(), Value::Bool(same == Some(true)));
    detail.insert("transactions".to_owned(), transactions.into());
    Ok(Receipt {
        remote_ref: if first.is_empty() { id } else { first },
        detail,
        // The receipt itself is evidence of delivery and is kept.
        bytes: Some(answer.body),
    })
}

pub(super) async fn reprocess(
    session: &Session,
    outgoing: &Outgoing,
    transaction: &str,
) -> Result<Receipt, CallError> {
    let ask = Ask::post(format!("/documents/{}/reprocess", segment(transaction)))
        .header("Idempotency-Key", outgoing.key.as_str())
        .within(Operation::Reprocess);
    let (_, body) = session.write_json(&ask).await?;
    let status = body
        .get("status")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let mut detail = Map::new();
    detail.insert("status".to_owned(), status.into());
    Ok(Receipt {
        remote_ref: transaction.to_owned(),
        detail,
        bytes: None,
    })
}
