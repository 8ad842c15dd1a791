//! The mail side of OpenText Messaging: submit and status, with a Basic sign-in of their own.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::State as Ax,
    http::{HeaderMap, StatusCode},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{Millis, System, canonical::sha256_hex};
use serde_json::{Value, json};

use super::{
    MESSAGING_PASSWORD, MESSAGING_USER,
    delivery::{self, Step},
    told,
};
use crate::core::{
    auth,
    effects::Effect,
    http::{Answer, Query, json_answer},
    state::Ctx,
};

/// Most destinations of one mail.
const MOST: usize = 500;

/// A mail submitted directly, not by way of a letter.
#[derive(Debug)]
pub(super) struct Mail {
    job_id: String,
    /// The id its sender gave it; the same id is the same mail.
    submit_id: Option<String>,
    payload_sha256: String,
    destinations: Vec<Destination>,
    at: Millis,
}

#[derive(Debug)]
struct Destination {
    email: String,
    reference: String,
}

fn refused(headers: &HeaderMap) -> Option<Answer> {
    let known = (MESSAGING_USER.to_owned(), MESSAGING_PASSWORD.to_owned());
    if auth::basic(headers) == Some(known) {
        return None;
    }
    let body = json!({"error": "authentication failed"});
    Some(json_answer(StatusCode::UNAUTHORIZED, &body))
}

fn failed(status: StatusCode, words: &str) -> Answer {
    json_answer(status, &json!({ "error": words }))
}

/// `POST /mra/v1/outbound/emails`.
pub(super) async fn submit(Ax(ctx): Ax<Arc<Ctx>>, headers: HeaderMap, body: Bytes) -> Answer {
    if let Some(answer) = refused(&headers) {
        return answer;
    }
    let sent: Value = serde_json::from_slice(&body).unwrap_or_default();
    let Some(destinations) = destinations(&sent) else {
        return failed(
            StatusCode::BAD_REQUEST,
            "destinations needs an email in each",
        );
    };
    if sent
        .get("body")
        .and_then(Value::as_array)
        .is_none_or(Vec::is_empty)
    {
        return failed(StatusCode::BAD_REQUEST, "body is empty");
    }
    let submit_id = told(&headers, "x-mra-submitid").map(str::to_owned);
    let payload_sha256 = sha256_hex(&body);
    let mut state = ctx.exstream();
    let mut mails = state.mails.iter();
    let before = mails.find(|mail| submit_id.is_some() && mail.submit_id == submit_id);
    if let Some(before) = before {
        if before.payload_sha256 != payload_sha256 {
            return failed(
                StatusCode::CONFLICT,
                "X-MRA-SubmitId was used for another mail",
            );
        }
        return json_answer(StatusCode::OK, &json!({ "job_id": before.job_id }));
    }
    let (_, id) = state.next_id("mail");
    let job_id = format!("mra-{id}");
    let subject = destinations
        .first()
        .map(|d| d.email.clone())
        .unwrap_or_default();
    state.mails.push(Mail {
        job_id: job_id.clone(),
        submit_id: submit_id.clone(),
        payload_sha256: payload_sha256.clone(),
        destinations,
        at: ctx.now(),
    });
    drop(state);
    ctx.effect(Effect {
        system: System::Exstream,
        kind: "submit_mail".to_owned(),
        key: submit_id,
        reference: Some(job_id.clone()),
        subject,
        payload_sha256: Some(payload_sha256),
    });
    json_answer(StatusCode::OK, &json!({ "job_id": job_id }))
}

fn destinations(sent: &Value) -> Option<Vec<Destination>> {
    let listed = sent.get("destinations")?.as_array()?;
    if listed.is_empty() || listed.len() > MOST {
        return None;
    }
    let text = |value: &Value, name: &str| value.get(name)?.as_str().map(str::to_owned);
    listed
        .iter()
        .map(|one| {
            Some(Destination {
                email: text(one, "email").filter(|email| !email.is_empty())?,
                reference: text(one, "ref").unwrap_or_default(),
            })
        })
        .collect()
}

/// `GET /mra/v1/outbound/emails/status?job_id=`.
pub(super) async fn status(Ax(ctx): Ax<Arc<Ctx>>, query: Query, headers: HeaderMap) -> Answer {
    if let Some(answer) = refused(&headers) {
        return answer;
    }
    let wanted = query.get("job_id").unwrap_or_default();
    let (now, state) = (ctx.now(), ctx.exstream());
    let letters = state.jobs.iter().filter(|job| job.is_mail());
    let of_letter = letters
        .filter(|job| job.tracker_id() == wanted)
        .map(|job| (job.steps(now), &job.recipient, job.external_id.as_deref()))
        .map(|(steps, email, notice)| {
            (
                steps.clone(),
                vec![told_of(email, notice.unwrap_or_default(), &steps)],
            )
        })
        .find(|(steps, _)| !steps.is_empty());
    let of_mail = || {
        let mail = state.mails.iter().find(|mail| mail.job_id == wanted)?;
        let mut all = Vec::new();
        let mut deliveries = Vec::new();
        for to in &mail.destinations {
            let steps = delivery::course(&mail.job_id, "email", &to.email, mail.at);
            let steps: Vec<_> = steps.into_iter().filter(|(at, _)| *at <= now).collect();
            deliveries.push(told_of(&to.email, &to.reference, &steps));
            all.extend(steps);
        }
        Some((all, deliveries))
    };
    let Some((steps, deliveries)) = of_letter.or_else(of_mail) else {
        return failed(StatusCode::NOT_FOUND, "job_id is not known");
    };
    let left = steps.iter().any(|(_, step)| *step != Step::Submitted);
    json_answer(
        StatusCode::OK,
        &json!({
            "job_id": wanted, "job_state": [if left { "Completed" } else { "Processing" }],
            "deliveries": deliveries,
        }),
    )
}

/// What became of the mail to one destination.
fn told_of(email: &str, reference: &str, steps: &[(Millis, Step)]) -> Value {
    let (mut attempts, mut dsn) = (Vec::new(), Vec::new());
    for (at, step) in steps {
        let time = at.rfc3339();
        match step {
            Step::Submitted => attempts.push(json!({"state": "Submitted", "time": time})),
            Step::Sent => attempts.push(json!({"state": "Sent", "time": time})),
            Step::Failed => attempts.push(json!({
                "state": "Error", "time": time, "reason": "The address of the recipient is not valid.",
            })),
            Step::Delivered => dsn.push(json!({
                "action": "delivered", "status": "2.0.0", "time": time,
                "diagnostic_code": "smtp; 250 2.0.0 accepted for delivery",
            })),
            Step::Bounced => dsn.push(json!({
                "action": "failed", "status": "5.1.1", "time": time,
                "diagnostic_code": "smtp; 550 5.1.1 mailbox does not exist",
            })),
        }
    }
    json!({
        "email": email, "ref_base64": STANDARD.encode(reference), "delivery_attempts": attempts,
        "events": { "email_delivery_events": { "dsn": dsn, "html_open": [], "opt_out": [], "pull": [] } },
    })
}
