//! The history service.

use std::sync::Arc;

use axum::extract::State;
use serde_json::Value;

use super::{
    super::{
        hal::{self, Include},
        query as asked,
    },
    ok, window,
};
use crate::{
    core::{
        http::{Answer, Query},
        state::Ctx,
    },
    params::Asked,
};

pub(super) async fn tasks(State(ctx): State<Arc<Ctx>>, query: Query) -> Answer {
    let include = Include {
        process_variables: query.flag("includeProcessVariables"),
        task_variables: query.flag("includeTaskLocalVariables"),
        comments: query.flag("includeTaskComments"),
    };
    let state = ctx.workflow();
    let found = asked::historic_tasks(&state.store, &query);
    let (offset, count) = window(&query);
    let items: Vec<Value> = found
        .iter()
        .skip(offset)
        .take(count)
        .map(|t| hal::historic_task(t, state.store.process(&t.process_id).ok(), include))
        .collect();
    ok(&hal::list(
        "historic-task-instances",
        items,
        found.len(),
        offset,
        count,
        "historic-task-instances",
    ))
}

pub(super) async fn processes(State(ctx): State<Arc<Ctx>>, query: Query) -> Answer {
    let state = ctx.workflow();
    let found = asked::processes(&state.store, &query, true);
    let (offset, count) = window(&query);
    let comments = query.flag("includeProcessComments");
    let items: Vec<Value> = found
        .iter()
        .skip(offset)
        .take(count)
        .map(|p| hal::historic_process(p, comments))
        .collect();
    ok(&hal::list(
        "historic-process-instances",
        items,
        found.len(),
        offset,
        count,
        "historic-process-instances",
    ))
}
