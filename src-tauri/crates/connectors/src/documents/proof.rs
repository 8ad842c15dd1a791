//! Proofs of delivery as they come: the MDN of AS2, and the receipts of our contract for what AS2 has no form for.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::{
    canonical::sha256_hex,
    distribution::{ProofKind, Told},
};
use edi::ack::{Outcome, read_mdn};
use serde::Deserialize;

/// Longest name of anything a receipt names, in bytes.
const LONGEST: usize = 512;

/// A receipt that is no MDN.
#[derive(Deserialize)]
struct Receipt {
    kind: ProofKind,
    original_message_id: String,
    transaction: String,
    recipient: String,
    content_sha256: String,
    /// The signed letter, for a signed return.
    #[serde(default)]
    file: Option<File>,
}

#[derive(Deserialize)]
struct File {
    sha256: String,
    base64: String,
}

/// Reads a proof; `None` when it is none. What it says is not compared with anything here.
#[must_use]
pub fn read(media_type: &str, body: &[u8]) -> Option<Told> {
    let kind = media_type.split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case("application/json") {
        return receipt(body);
    }
    let mdn = read_mdn(media_type, body)?;
    // Only SHA-256 is asked for; a receipt under another algorithm names nothing that could be compared.
    let named = mdn.mic_algorithm.as_deref().unwrap_or_default();
    let ours = matches!(named, "sha-256" | "sha256");
    let mic = mdn.mic.as_deref().filter(|_| ours);
    let decoded = mic.and_then(|mic| STANDARD.decode(mic.trim()).ok());
    Some(Told {
        kind: ProofKind::Mdn,
        message_id: mdn.original_message_id,
        transaction: None,
        recipient: mdn.final_recipient,
        sha256: decoded.map(hex::encode),
        taken: matches!(
            mdn.outcome,
            Some(Outcome::Accepted | Outcome::AcceptedWithErrors)
        ),
    })
}

fn receipt(body: &[u8]) -> Option<Told> {
    let receipt: Receipt = serde_json::from_slice(body).ok()?;
    let named = [
        &receipt.original_message_id,
        &receipt.transaction,
        &receipt.recipient,
        &receipt.content_sha256,
    ];
    if named.iter().any(|text| text.len() > LONGEST) {
        return None;
    }
    let returned = || {
        let file = receipt.file.as_ref()?;
        let bytes = STANDARD.decode(&file.base64).ok()?;
        (!bytes.is_empty() && sha256_hex(&bytes) == file.sha256).then_some(())
    };
    match receipt.kind {
        // A letter that is said to be signed and is not there, or another one, proves nothing.
        ProofKind::SignedReturn => returned()?,
        ProofKind::PortalReceipt => {}
        // An MDN has a form of its own.
        ProofKind::Mdn => return None,
    }
    Some(Told {
        kind: receipt.kind,
        message_id: Some(receipt.original_message_id),
        transaction: Some(receipt.transaction),
        recipient: Some(receipt.recipient),
        sha256: Some(receipt.content_sha256.to_ascii_lowercase()),
        taken: true,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const REPORT: &str = "multipart/report; report-type=disposition-notification; boundary=\"b\"";

    fn mdn(algorithm: &str) -> String {
        format!(
            "--b\r\nContent-Type: message/disposition-notification\r\n\r\nOriginal-Message-ID: <k@x>\r\n\
             Final-Recipient: rfc822; ZZ:ONE\r\nDisposition: automatic-action/MDN-sent-automatically; processed\r\n\
             Received-Content-MIC: {}, {algorithm}\r\n\r\n--b--\r\n",
            STANDARD.encode([0xaa; 32])
        )
    }

    #[test]
    fn an_mdn_names_message_recipient_and_content() {
        let told = read(REPORT, mdn("sha-256").as_bytes()).unwrap();
        assert_eq!(told.message_id.as_deref(), Some("k@x"));
        assert_eq!(told.recipient.as_deref(), Some("ZZ:ONE"));
        assert_eq!(told.sha256, Some("aa".repeat(32)));
        assert!(told.taken);
        let other = read(REPORT, mdn("md5").as_bytes()).unwrap();
        assert_eq!(other.sha256, None);
    }

    #[test]
    fn a_signed_return_without_its_file_is_no_proof() {
        let bytes = b"%PDF-1.7 signed";
        let mut value = json!({
            "kind": "signed_return", "original_message_id": "<k@x>", "transaction": "t-1", "recipient": "ZZ:ONE",
            "content_sha256": "AA", "file": {"sha256": sha256_hex(bytes), "base64": STANDARD.encode(bytes)},
        });
        let of = |value: &serde_json::Value| read("application/json", value.to_string().as_bytes());
        assert_eq!(of(&value).unwrap().sha256.as_deref(), Some("aa"));
        value["file"]["sha256"] = json!("00");
        assert_eq!(of(&value), None);
        value["file"] = serde_json::Value::Null;
        assert_eq!(of(&value), None);
        value["kind"] = json!("portal_receipt");
        assert!(of(&value).is_some());
        value["kind"] = json!("mdn");
        assert_eq!(of(&value), None);
    }

    #[test]
    fn what_is_no_proof_does_not_read() {
        for (kind, body) in [
            ("text/html", "<html></html>"),
            ("application/json", "[]"),
            ("application/json", ""),
            (REPORT, "--b--"),
        ] {
            assert_eq!(read(kind, body.as_bytes()), None, "{kind}");
        }
    }
}
