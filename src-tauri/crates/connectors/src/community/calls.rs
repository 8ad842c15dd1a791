//! Writes to the case contract (ours, not a vendor's). Each carries the step's key; the other side honours it, so
//! sending again is safe, and `key=` finds what a key made.

use std::collections::BTreeMap;

use bytes::Bytes;
use domain::{Millis, operation::Call};
use serde_json::{Map, Value, json};

use super::CommunityConnector;
use crate::{
    CallError, PullError,
    http::{Answer, Ask, Part, segment},
    port::{LookUp, Outgoing, Receipt},
};

fn refused(message: &str) -> CallError {
    CallError::Refused {
        status: 0,
        message: message.to_owned(),
    }
}

fn blob(blobs: &BTreeMap<String, Bytes>, sha256: &str) -> Result<Bytes, CallError> {
    blobs
        .get(sha256)
        .cloned()
        .ok_or_else(|| refused("the bytes of this step are not at hand"))
}

/// The wire's name of a case field.
fn wire_name(name: &str) -> &str {
    match name {
        "case_type" => "type",
        "loop_state" => "loop",
        other => other,
    }
}

/// The wire's form of a value: instants are text there.
fn wire_value(name: &str, value: &Value) -> Value {
    match (name, value.as_i64()) {
        ("due_at", Some(at)) => json!(Millis(at).rfc3339()),
        _ => value.clone(),
    }
}

/// Their value in the form ours has.
fn their_value(name: &str, theirs: &Value, like: &Value) -> Value {
    if name == "due_at"
        && like.is_i64()
        && let Some(at) = theirs.as_str().and_then(|t| Millis::parse_lenient(t).ok())
    {
        return json!(at.0);
    }
    theirs.clone()
}

/// The receipt of what was made: its id, version and whatever else later steps or people may want.
fn receipt(answer: Option<&Answer>, body: &Value) -> Result<Receipt, CallError> {
    let id = match body.get("id") {
        Some(Value::String(id)) if !id.is_empty() => id.clone(),
        Some(Value::Number(id)) => id.to_string(),
        _ => return Err(CallError::Unknown("the answer names no id".to_owned())),
    };
    let mut detail = Map::new();
    for name in ["number", "version", "sha256", "folded", "updated_at"] {
        if let Some(value) = body.get(name).filter(|v| !v.is_null()) {
            detail.insert(name.to_owned(), value.clone());
        }
    }
    if let Some(etag) = answer.and_then(|a| a.header("etag")) {
        detail.insert("etag".to_owned(), json!(etag));
    }
    Ok(Receipt {
        remote_ref: id,
        detail,
        bytes: None,
    })
}

fn claim_receipt(claim: &Value, won: bool) -> Receipt {
    let text = |name: &str| claim.get(name).and_then(Value::as_str).unwrap_or_default();
    let mut detail = Map::new();
    detail.insert("won".to_owned(), json!(won));
    detail.insert("winner".to_owned(), json!(text("person")));
    Receipt {
        remote_ref: text("id").to_owned(),
        detail,
        bytes: None,
    }
}

impl CommunityConnector {
    fn ask(&self, outgoing: &Outgoing) -> Result<Ask, CallError> {
        let ask = match &outgoing.call {
            Call::CreateCase {
                partner_id,
                subject,
                case_type,
                subtype,
                business_refs,
            } => Ask::post("/cases").json(json!({
                "partner_id": partner_id,
                "subject": subject,
                "type": case_type,
                "subtype": subtype,
                "business_refs": business_refs,
            })),
            Call::PostMessage {
                case_id,
                visibility,
                body,
            } => Ask::post(format!("/cases/{}/comments", segment(case_id)))
                .json(json!({"visibility": visibility, "body": body})),
            Call::UpdateCase {
                case_id,
                base_version,
                changes,
                ..
            } => {
                let changes: Map<String, Value> = changes
                    .iter()
                    .map(|(name, value)| (wire_name(name).to_owned(), wire_value(name, value)))
                    .collect();
                Ask::patch(format!("/cases/{}", segment(case_id)))
                    .header("if-match", format!("\"{base_version}\""))
                    .json(Value::Object(changes))
            }
            Call::Claim {
                case_id,
                purpose,
                subject,
            } => Ask::post(format!("/cases/{}/claims", segment(case_id)))
                .json(json!({"purpose": purpose, "subject": subject})),
            Call::AddAttachment {
                case_id,
                name,
                media_type,
                visibility,
                blob: sha256,
            } => Ask::post(format!("/cases/{}/attachments", segment(case_id))).multipart(vec![
                Part::text("name", name.as_str()),
                Part::text("visibility", visibility.as_str()),
                Part::file("file", name, media_type, blob(&outgoing.blobs, sha256)?),
            ]),
            Call::OpenSpace {
                purpose,
                case_id,
                partner_id,
                title,
                subject,
            } => Ask::post("/spaces").json(json!({
                "purpose": purpose,
                "case_id": case_id,
                "partner_id": partner_id,
                "title": title,
                "subject": subject,
            })),
            Call::PublishItem {
                space_id,
                item_kind,
                title,
                state,
                due_at,
                data,
            } => Ask::post(format!("/spaces/{}/items", segment(space_id))).json(json!({
                "kind": item_kind,
                "title": title,
                "state": state,
                "due_at": due_at.map(|at| Millis(at).rfc3339()),
                "data": data,
            })),
            Call::RequestAcknowledgement {
                case_id,
                title,
                subject,
                recipients,
                name,
                media_type,
                blob: sha256,
                due_at,
                view_before,
                signed_upload,
            } => {
                let request = json!({
                    "case_id": case_id,
                    "title": title,
                    "subject": subject,
                    "recipients": recipients,
                    "due_at": Millis(*due_at).rfc3339(),
                    "view_before": view_before,
                    "signed_upload": signed_upload,
                });
                let or = |text: &str, usual: &'static str| match text {
                    "" => usual.to_owned(),
                    text => text.to_owned(),
                };
                Ask::post("/acknowledgement-requests").multipart(vec![
                    Part::text("request", request.to_string()),
                    Part::file(
                        "file",
                        &or(name, "document"),
                        &or(media_type, "application/octet-stream"),
                        blob(&outgoing.blobs, sha256)?,
                    ),
                ])
            }
            Call::RemindAcknowledgement {
                request_id,
                recipients,
                text,
            } => {
                let path = format!(
                    "/acknowledgement-requests/{}/reminders",
                    segment(request_id)
                );
                Ask::post(path).json(json!({"recipients": recipients, "text": text}))
            }
            _ => return Err(refused("this call belongs to another system")),
        };
        let mut ask = ask
            .within(outgoing.call.operation())
            .header("idempotency-key", outgoing.key.as_str());
        if let Some(actor) = &outgoing.actor {
            ask = ask.header("x-acting-person", actor.as_str());
        }
        Ok(ask)
    }

    pub(super) async fn write(&self, outgoing: &Outgoing) -> Result<Receipt, CallError> {
        let ask = self.ask(outgoing)?;
        match &outgoing.call {
            Call::Claim { .. } => self.claim(outgoing, &ask).await,
            Call::UpdateCase {
                case_id,
                base,
                changes,
                ..
            } => {
                let answer = self.session.send(&ask).await.map_err(CallError::from)?;
                if matches!(answer.status, 409 | 412) {
                    return Err(self.conflict(&answer, case_id, base, changes).await);
                }
                self.finish(answer)
            }
            _ => {
                let answer = self.session.write(&ask).await?;
                self.finish(answer)
            }
        }
    }

    fn finish(&self, answer: Answer) -> Result<Receipt, CallError> {
        if !answer.is_success() {
            return Err(answer.call_error());
        }
        let body = answer.json().map_err(CallError::Unknown)?;
        receipt(Some(&answer), &body)
    }

    /// Losing a claim is an answer, not an error.
    async fn claim(&self, outgoing: &Outgoing, ask: &Ask) -> Result<Receipt, CallError> {
        let answer = self.session.send(ask).await.map_err(CallError::from)?;
        let told = answer.json();
        if answer.status == 409
            && let Ok(body) = &told
            && let Some(claim) = body.get("claim").filter(|c| c.is_object())
        {
            let ours = claim.get("key").and_then(Value::as_str) == Some(outgoing.key.as_str());
            return Ok(claim_receipt(claim, ours));
        }
        if !answer.is_success() {
            return Err(answer.call_error());
        }
        Ok(claim_receipt(&told.map_err(CallError::Unknown)?, true))
    }

    /// A stale version: what the other side has now, over the fields we wanted to change.
    async fn conflict(
        &self,
        answer: &Answer,
        case_id: &str,
        base: &Map<String, Value>,
        changes: &Map<String, Value>,
    ) -> CallError {
        let told = answer.json().ok().and_then(|b| b.get("current").cloned());
        let current = match told.filter(Value::is_object) {
            Some(current) => current,
            None => {
                let ask = Ask::get(format!("/cases/{}", segment(case_id)));
                self.session.read_json(&ask).await.unwrap_or(Value::Null)
            }
        };
        let theirs: Map<String, Value> = changes
            .iter()
            .filter_map(|(name, wanted)| {
                let value = current.get(wire_name(name))?;
                let like = base.get(name).filter(|b| !b.is_null()).unwrap_or(wanted);
                Some((name.clone(), their_value(name, value, like)))
            })
            .collect();
        let version = match current.get("version") {
            Some(Value::Number(version)) => Some(version.to_string()),
            Some(Value::String(version)) => Some(version.clone()),
            _ => answer
                .header("etag")
                .map(|e| e.trim_matches('"').to_owned()),
        };
        CallError::Conflict {
            message: answer.words(),
            theirs: if current.is_object() {
                Value::Object(theirs)
            } else {
                Value::Null
            },
            version,
        }
    }

    pub(super) async fn find(&self, outgoing: &Outgoing) -> Result<LookUp, CallError> {
        let path = match &outgoing.call {
            Call::CreateCase { .. } | Call::UpdateCase { .. } => "/cases".to_owned(),
            Call::PostMessage { case_id, .. } => format!("/cases/{}/comments", segment(case_id)),
            Call::Claim { case_id, .. } => format!("/cases/{}/claims", segment(case_id)),
            Call::AddAttachment { case_id, .. } => {
                format!("/cases/{}/attachments", segment(case_id))
            }
            Call::OpenSpace { .. } => "/spaces".to_owned(),
            Call::PublishItem { space_id, .. } => format!("/spaces/{}/items", segment(space_id)),
            Call::RequestAcknowledgement { .. } => "/acknowledgement-requests".to_owned(),
            Call::RemindAcknowledgement { request_id, .. } => {
                format!(
                    "/acknowledgement-requests/{}/reminders",
                    segment(request_id)
                )
            }
            _ => return Err(refused("this call belongs to another system")),
        };
        let ask = Ask::get(path).query("key", outgoing.key.as_str());
        let body = match self.session.read_json(&ask).await {
            Ok(body) => body,
            // What it would hang on is not there, so it is not there either.
            Err(PullError::Refused { status: 404, .. }) => return Ok(LookUp::Absent),
            Err(other) => return Err(other.into()),
        };
        let Some(Value::Array(items)) = body.get("items") else {
            return Ok(LookUp::CannotTell(
                "the answer has no list 'items'".to_owned(),
            ));
        };
        match (items.as_slice(), &outgoing.call) {
            ([], _) => Ok(LookUp::Absent),
            ([claim], Call::Claim { .. }) => Ok(LookUp::Found(claim_receipt(claim, true))),
            ([made], _) => match receipt(None, made) {
                Ok(receipt) => Ok(LookUp::Found(receipt)),
                Err(_) => Ok(LookUp::CannotTell("what was found names no id".to_owned())),
            },
            _ => Ok(LookUp::CannotTell(
                "one key found more than one thing".to_owned(),
            )),
        }
    }
}
