//! Sending in the manner of AS2 (RFC 4130): a message with its bytes in, a synchronous MDN (RFC 3798) out, if one is asked
//! for. A repeated Message-ID is answered as before and dropped.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{
    Millis, System,
    canonical::sha256_hex,
    time::{MINUTE, SECOND},
};
use sha2::{Digest, Sha256};

use super::{handlers, proofs, writing};
use crate::core::{
    effects::Effect,
    http::{Answer, bytes_answer, header_text, problem, with_header},
    state::Ctx,
};

/// When the partner's functional acknowledgement of what we sent arrives.
const PARTNER_ANSWERS_AFTER: i64 = 10 * MINUTE;

/// What an MDN says.
pub(super) struct Receipt<'a> {
    pub(super) message_id: &'a str,
    /// Who took the message.
    pub(super) to: &'a str,
    /// `processed`, `processed/error: ...`.
    pub(super) disposition: &'a str,
    pub(super) content: &'a [u8],
    pub(super) at: Millis,
}

/// Media type and text of an MDN.
pub(super) fn mdn(receipt: &Receipt<'_>) -> (String, String) {
    let mic = STANDARD.encode(Sha256::digest(receipt.content));
    let boundary: String = sha256_hex(receipt.message_id.as_bytes())
        .chars()
        .take(20)
        .collect();
    let date = receipt
        .at
        .utc()
        .map(|t| t.format("%a, %d %b %Y %H:%M:%S +0000").to_string())
        .unwrap_or_default();
    let text = format!(
        "--{boundary}\r\nContent-Type: text/plain\r\n\r\nThe message sent at {date} to {to} was received.\r\n\
         --{boundary}\r\nContent-Type: message/disposition-notification\r\n\r\n\
         Reporting-UA: Partner Console Sandbox\r\nOriginal-Recipient: rfc822; {to}\r\nFinal-Recipient: rfc822; {to}\r\n\
         Original-Message-ID: {id}\r\nDisposition: automatic-action/MDN-sent-automatically; {disposition}\r\n\
         Received-Content-MIC: {mic}, sha-256\r\n\r\n--{boundary}--\r\n",
        to = receipt.to,
        id = receipt.message_id,
        disposition = receipt.disposition,
    );
    let media_type =
        format!("multipart/report; report-type=disposition-notification; boundary=\"{boundary}\"");
    (media_type, text)
}

/// `POST /as2/messages`.
pub(super) async fn receive(
    State(ctx): State<Arc<Ctx>>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    if let Some(answer) = handlers::refused(&ctx, &headers) {
        return answer;
    }
    let needed = |name: &str| {
        header_text(&headers, name)
            .map(str::trim)
            .filter(|v| !v.is_empty())
    };
    let (Some(from), Some(to), Some(message_id)) =
        (needed("as2-from"), needed("as2-to"), needed("message-id"))
    else {
        let words = "AS2-From, AS2-To and Message-ID are needed";
        return problem(StatusCode::BAD_REQUEST, "E_AS2", words);
    };
    let wants_receipt = needed("disposition-notification-to").is_some();
    let answer = |disposition: &str, ids: &[String]| {
        if !wants_receipt {
            return bytes_answer(StatusCode::OK, "text/plain", Bytes::new());
        }
        let (media_type, text) = mdn(&Receipt {
            message_id,
            to,
            disposition,
            content: &body,
            at: ctx.now(),
        });
        let mut answer = bytes_answer(StatusCode::OK, &media_type, text);
        answer = with_header(answer, "as2-from", to);
        answer = with_header(answer, "as2-to", from);
        // Which transactions it became is no part of AS2 but of our contract.
        with_header(answer, "x-transaction-id", &ids.join(","))
    };
    let kind = header_text(&headers, "content-type").unwrap_or_default();
    let is_letter = proofs::is_letter(kind);
    if !is_edi(kind) && !is_letter {
        return answer("failed/failure: unsupported format", &[]);
    }
    let Some(wanted) = proofs::wanted(needed("x-proof")) else {
        return answer("failed/failure: unsupported format", &[]);
    };
    if !hashes_as_asked(needed("disposition-notification-options")) {
        return answer("failed/failure: unsupported MIC-algorithms", &[]);
    }
    if from != ctx.scenario().company.edi_id {
        return answer("processed/error: authentication-failed", &[]);
    }
    let Some(partner) = ctx.scenario().partners.iter().find(|p| p.edi_id == to) else {
        return answer("processed/error: unknown-trading-partner", &[]);
    };
    let sha256 = sha256_hex(&body);
    let known = ctx.documents().messages.get(message_id).cloned();
    if let Some((before, ids)) = known {
        let disposition = if before == sha256 {
            "processed"
        } else {
            "processed/error: duplicate-document"
        };
        return answer(disposition, &ids);
    }
    if is_letter {
        let letter = proofs::Letter {
            bytes: &body,
            sender: (&ctx.scenario().company.name, from),
            receiver: (&partner.name, to),
            message_id,
        };
        let id = proofs::take_in(&mut ctx.documents(), &letter, wanted, ctx.now());
        ctx.effect(Effect {
            system: System::Documents,
            kind: "send_document".to_owned(),
            key: Some(local_part(message_id).to_owned()),
            reference: Some(id.clone()),
            subject: to.to_owned(),
            payload_sha256: Some(sha256),
        });
        return answer("processed", &[id]);
    }
    let reading = edi::read(&body);
    if reading.interchanges.is_empty() {
        return answer("processed/error: unexpected-processing-error", &[]);
    }
    let now = ctx.now();
    let mut state = ctx.documents();
    let ids = writing::take_in(
        &mut state,
        &writing::Taken {
            reading: &reading,
            bytes: &body,
            sender: (&ctx.scenario().company.name, from),
            receiver: (&partner.name, to),
            message_id,
            arrived_at: now,
        },
    );
    for id in &ids {
        let Some(sent) = state.find_mut(id) else {
            continue;
        };
        let valid = sent.status(now).1 != "V";
        if valid {
            sent.statuses.push((now.plus(5 * SECOND), "D".to_owned()));
            sent.statuses.push((now.plus(30 * SECOND), "S".to_owned()));
        }
        if valid && sent.acks.last().is_some_and(|(_, code)| code == "W") {
            let at = now.plus(PARTNER_ANSWERS_AFTER);
            writing::acknowledge(&mut state, id, "A", at, ctx.scenario());
        }
    }
    state
        .messages
        .insert(message_id.to_owned(), (sha256.clone(), ids.clone()));
    drop(state);
    ctx.effect(Effect {
        system: System::Documents,
        kind: "send_document".to_owned(),
        key: Some(local_part(message_id).to_owned()),
        reference: ids.first().cloned(),
        subject: to.to_owned(),
        payload_sha256: Some(sha256),
    });
    answer("processed", &ids)
}

/// `<key@host>` as `key`.
fn local_part(message_id: &str) -> &str {
    let inner = message_id.trim_start_matches('<').trim_end_matches('>');
    inner.split_once('@').map_or(inner, |(local, _)| local)
}

/// The media types of RFC 1767.
fn is_edi(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    ["application/EDI-X12", "application/EDIFACT"]
        .iter()
        .any(|known| kind.eq_ignore_ascii_case(known))
}

/// Whether the hash we compute is among those asked for: `signed-receipt-micalg=optional, sha-256`.
fn hashes_as_asked(options: Option<&str>) -> bool {
    let asked = options.into_iter().flat_map(|text| text.split(';'));
    asked
        .filter_map(|option| option.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("signed-receipt-micalg"))
        .is_none_or(|(_, values)| {
            let mut values = values.split(',').map(|v| v.trim().to_ascii_lowercase());
            values.any(|v| matches!(v.as_str(), "sha-256" | "sha256"))
        })
}
