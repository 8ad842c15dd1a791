//! Comments of a case and the event feed.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::State as Shared,
    http::{HeaderMap, StatusCode},
};
use domain::{System, canonical::sha256_hex};
use serde_json::{Value, json};

use super::{
    asked::{Asked, lost},
    contract::{At, actor, begin, finish, missing},
    model::Comment,
    requests::{NewComment, json_body},
};
use crate::{
    Ctx,
    core::{
        effects::Effect,
        http::{Answer, Query, bytes_answer, with_header},
    },
};

pub(super) async fn comments(
    Shared(ctx): Shared<Arc<Ctx>>,
    At(id): At<String>,
    query: Query,
) -> Result<Answer, Answer> {
    let asked = Asked::of(query, &["key", "cursor", "limit"])?;
    let state = ctx.community();
    if !state.cases.contains_key(&id) {
        return Err(missing("case"));
    }
    let found = state.comments.iter();
    let found = found.filter(|c| c.case_id == id && asked.is("key", c.key.as_deref()));
    asked.page(found.map(|c| json!(c)))
}

pub(super) async fn post_comment(
    Shared(ctx): Shared<Arc<Ctx>>,
    At(id): At<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Answer, Answer> {
    let mut state = ctx.community();
    let actor = actor(&ctx, &headers)?;
    let begun = begin(
        &state,
        &headers,
        &format!("POST /cases/{id}/comments"),
        &body,
    )?;
    let said: NewComment = json_body(&headers, &body)?;
    if !state.cases.contains_key(&id) {
        return Err(missing("case"));
    }
    let comment = Comment {
        id: state.next_id("cm"),
        case_id: id.clone(),
        author: actor.name,
        side: "us".to_owned(),
        visibility: said.visibility.to_string(),
        body: said.body.into(),
        created_at: ctx.now(),
        key: Some(begun.key.clone()),
    };
    let (comment_id, shown) = (comment.id.clone(), json!(comment));
    state.comments.push(comment);
    state.event(
        "comment.created",
        &format!("case/{id}"),
        ctx.now(),
        shown.clone(),
    );
    ctx.effect(Effect {
        system: System::Community,
        kind: "post_message".to_owned(),
        key: Some(begun.key.clone()),
        reference: Some(comment_id.clone()),
        subject: format!("case/{id}"),
        payload_sha256: Some(sha256_hex(&body)),
    });
    Ok(finish(
        &mut state,
        begun,
        "comment",
        &comment_id,
        StatusCode::CREATED,
        shown,
        (None, None),
    ))
}

pub(super) async fn events(Shared(ctx): Shared<Arc<Ctx>>, query: Query) -> Result<Answer, Answer> {
    let asked = Asked::of(query, &["after", "limit"])?;
    let size = asked.size()?;
    let state = ctx.community();
    let from = match asked.text("after").filter(|after| !after.is_empty()) {
        None => 0,
        Some(after) => after
            .strip_prefix("evt-")
            .and_then(|number| number.parse().ok())
            .filter(|number: &usize| *number <= state.events.len())
            .ok_or_else(|| lost("event"))?,
    };
    let batch: Vec<&Value> = state.events.iter().skip(from).take(size).collect();
    let more = state.events.len() > from + batch.len();
    let next = batch
        .last()
        .and_then(|e| e["id"].as_str())
        .map(str::to_owned);
    let answer = bytes_answer(
        StatusCode::OK,
        "application/cloudevents-batch+json",
        json!(batch).to_string(),
    );
    Ok(match (more, next) {
        (true, Some(next)) => {
            let link = format!("</community/events?after={next}&limit={size}>; rel=\"next\"");
            with_header(answer, "link", &link)
        }
        _ => answer,
    })
}
