//! Letters on the grid, and the proofs of their delivery.
//!
//! `{kind: "proof", transaction: id | to: address, ...}` changes what is handed out as proof: `missing: true` withholds it
//! (`false` hands it out after all), `of: transaction` hands out the proof of another one, `message_id`, `recipient` and
//! `content` (text in place of what was received) let it name something else, `disposition` what became of the message. What
//! is said of an address holds for whatever is sent there.

use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{
    Millis, System,
    canonical::sha256_hex,
    time::{HOUR, MINUTE, SECOND},
};
use serde_json::{Value, json};

use super::{
    State, as2,
    transaction::{Party, Transaction},
    writing,
};
use crate::core::state::Ctx;

/// How a delivery is proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Mdn,
    PortalReceipt,
    SignedReturn,
}

impl Kind {
    const fn word(self) -> &'static str {
        match self {
            Self::Mdn => "mdn",
            Self::PortalReceipt => "portal_receipt",
            Self::SignedReturn => "signed_return",
        }
    }

    /// How long after its delivery somebody picks a letter up, or has it signed and returned.
    const fn takes(self) -> i64 {
        match self {
            Self::Mdn => 0,
            Self::PortalReceipt => 10 * MINUTE,
            Self::SignedReturn => HOUR,
        }
    }
}

/// What is handed out in place of the true proof.
#[derive(Debug, Clone, Default)]
pub(super) struct Tampered {
    missing: bool,
    of: Option<String>,
    message_id: Option<String>,
    recipient: Option<String>,
    content: Option<String>,
    disposition: Option<String>,
}

/// A letter as it came.
pub(super) struct Letter<'a> {
    pub(super) bytes: &'a [u8],
    /// Name and address.
    pub(super) sender: (&'a str, &'a str),
    pub(super) receiver: (&'a str, &'a str),
    pub(super) message_id: &'a str,
}

pub(super) fn is_letter(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/pdf")
}

/// The proof a message asks for; `None` for a word nobody knows.
pub(super) fn wanted(header: Option<&str>) -> Option<Kind> {
    match header.map_or("mdn", str::trim) {
        "mdn" => Some(Kind::Mdn),
        "portal_receipt" => Some(Kind::PortalReceipt),
        "signed_return" => Some(Kind::SignedReturn),
        _ => None,
    }
}

/// Takes a letter in; gives its transaction. It is delivered half a minute later.
pub(super) fn take_in(state: &mut State, letter: &Letter<'_>, wanted: Kind, now: Millis) -> String {
    let (from, to) = (letter.sender.1, letter.receiver.1);
    let control = format!("{:09}", state.next_control(from, to));
    let id = state.next_id();
    let statuses = [(0, "P"), (5, "D"), (30, "S")]
        .map(|(seconds, code)| (now.plus(seconds * SECOND), code.to_owned()));
    state.add(Transaction {
        id: id.clone(),
        correlation_id: format!("c-{id}"),
        editype: "LETTER".to_owned(),
        envelope: "BIN",
        version: String::new(),
        sender: writing::party(letter.sender),
        receiver: writing::party(letter.receiver),
        content_keys: vec![(writing::CONTROL_KEY.to_owned(), control)],
        category: "Production",
        amount: None,
        error: None,
        statuses: statuses.to_vec(),
        acks: vec![(now, "N".to_owned())],
        payload: letter.bytes.to_vec(),
        media_type: "application/pdf",
        message_id: letter.message_id.to_owned(),
    });
    state.proofs.insert(id.clone(), wanted);
    let taken = (sha256_hex(letter.bytes), vec![id.clone()]);
    state.messages.insert(letter.message_id.to_owned(), taken);
    id
}

/// Media type and text of the proof of a transaction; `None` while there is none.
pub(super) fn of(state: &State, found: &Transaction, now: Millis) -> Option<(String, String)> {
    let Party { address, .. } = &found.receiver;
    let tampered = state.tampered.get(&found.id);
    let tampered = tampered.or_else(|| state.tampered.get(address)).cloned();
    let tampered = tampered.unwrap_or_default();
    if tampered.missing {
        return None;
    }
    let of = tampered.of.as_deref().and_then(|id| state.find(id));
    let found = of.unwrap_or(found);
    let kind = state.proofs.get(&found.id).copied().unwrap_or(Kind::Mdn);
    let (delivered_at, status) = found.status(now);
    let at = delivered_at.plus(kind.takes());
    if !matches!(status, "S" | "C") || at > now {
        return None;
    }
    let content = tampered.content.as_ref();
    let content = content.map_or(found.payload.as_slice(), |text| text.as_bytes());
    let message_id = tampered.message_id.as_ref().unwrap_or(&found.message_id);
    let recipient = tampered
        .recipient
        .as_ref()
        .unwrap_or(&found.receiver.address);
    if kind == Kind::Mdn {
        return Some(as2::mdn(&as2::Receipt {
            message_id,
            to: recipient,
            disposition: tampered.disposition.as_deref().unwrap_or("processed"),
            content,
            at,
        }));
    }
    let mut receipt = json!({
        "kind": kind.word(), "original_message_id": message_id, "transaction": found.id, "recipient": recipient,
        "content_sha256": sha256_hex(content), "by": "Reception", "at": at.rfc3339(),
    });
    if kind == Kind::SignedReturn {
        let signed = [found.payload.as_slice(), b"\n% signed\n"].concat();
        let file = json!({"sha256": sha256_hex(&signed), "base64": STANDARD.encode(&signed)});
        if let Some(receipt) = receipt.as_object_mut() {
            receipt.insert("file".to_owned(), file);
        }
    }
    Some(("application/json".to_owned(), receipt.to_string()))
}

/// Changes what is handed out as proof.
pub(super) fn inject(ctx: &Ctx, body: &Value) -> Result<Value, String> {
    let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
    let mut state = ctx.documents();
    let named = match (text("transaction"), text("to")) {
        (Some(id), None) => {
            let found = state.find(&id).map(|t| t.id.clone());
            found.ok_or_else(|| format!("no transaction '{id}'"))?
        }
        (None, Some(address)) => address,
        _ => return Err("name a transaction, or an address it goes to".to_owned()),
    };
    if let Some(other) = text("of")
        && state.find(&other).is_none()
    {
        return Err(format!("no transaction '{other}'"));
    }
    let tampered = Tampered {
        missing: body.get("missing").and_then(Value::as_bool) == Some(true),
        of: text("of"),
        message_id: text("message_id"),
        recipient: text("recipient"),
        content: text("content"),
        disposition: text("disposition"),
    };
    state.tampered.insert(named.clone(), tampered);
    Ok(json!({ "system": System::Documents, "of": named }))
}
