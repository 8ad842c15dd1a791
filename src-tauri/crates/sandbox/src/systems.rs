//! The six systems by name: one row each for routing, naming operations, injecting events and showing state.

use std::sync::Arc;

use axum::{
    Router,
    http::{HeaderMap, Method},
};
use domain::System;
use serde_json::Value;

use crate::{community, core::state::Ctx, documents, exstream, tracker, workflow, workspaces};

/// One request as the fault switches see it; `path` is relative to the system's prefix and has no query.
#[derive(Debug)]
pub struct Seen<'a> {
    /// Method.
    pub method: &'a Method,
    /// Path under the system's prefix, beginning with a slash.
    pub path: &'a str,
    /// Query, raw.
    pub query: &'a str,
    /// Headers.
    pub headers: &'a HeaderMap,
    /// Body.
    pub body: &'a [u8],
}

macro_rules! each {
    ($system:expr, $call:ident ( $($arg:expr),* )) => {
        match $system {
            System::Community => community::$call($($arg),*),
            System::Documents => documents::$call($($arg),*),
            System::Exstream => exstream::$call($($arg),*),
            System::Workflow => workflow::$call($($arg),*),
            System::Workspaces => workspaces::$call($($arg),*),
            System::Tracker => tracker::$call($($arg),*),
        }
    };
}

/// The endpoints of a system.
pub fn router(system: System, ctx: Arc<Ctx>) -> Router {
    each!(system, router(ctx))
}

/// The operation word of a request, if it is a write of the published table.
#[must_use]
pub fn operation(system: System, seen: &Seen<'_>) -> Option<&'static str> {
    each!(system, operation(seen))
}

/// Whether a request that is no GET only reads (search, token): it is not journaled.
#[must_use]
pub fn only_reads(system: System, seen: &Seen<'_>) -> bool {
    each!(system, only_reads(seen))
}

/// Base address and placeholder credentials for the first line.
#[must_use]
pub fn credentials(system: System, ctx: &Ctx) -> Value {
    each!(system, credentials(ctx))
}

/// Makes something happen there; `None` when the kind belongs to another system.
pub fn inject(
    system: System,
    ctx: &Ctx,
    kind: &str,
    body: &Value,
) -> Option<Result<Value, String>> {
    each!(system, inject(ctx, kind, body))
}

/// Its state, for tests to look at.
#[must_use]
pub fn dump(system: System, ctx: &Ctx) -> Value {
    each!(system, dump(ctx))
}

/// System and rest of a path such as `/community/cases`.
#[must_use]
pub fn of_path(path: &str) -> Option<(System, &str)> {
    let rest = path.strip_prefix('/')?;
    let (word, rest) = match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, "/"),
    };
    Some((word.parse().ok()?, rest))
}
