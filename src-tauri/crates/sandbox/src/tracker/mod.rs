//! The tracker imitation.

use std::sync::Arc;

use axum::Router;
use domain::Millis;
use serde::Serialize;
use serde_json::{Value, json};

use crate::{Scenario, core::state::Ctx, systems::Seen};

/// What this system remembers.
#[derive(Debug, Default, Serialize)]
pub struct State {}

impl State {
    /// The state the scenario leads up to.
    #[must_use]
    pub fn seed(_scenario: &Scenario, _epoch: Millis) -> Self {
        Self::default()
    }
}

/// Endpoints, relative to `/tracker`.
pub fn router(ctx: Arc<Ctx>) -> Router {
    Router::new().with_state(ctx)
}

/// The operation word of a request.
#[must_use]
pub fn operation(_seen: &Seen<'_>) -> Option<&'static str> {
    None
}

/// Whether a request that is no GET only reads.
#[must_use]
pub fn only_reads(_seen: &Seen<'_>) -> bool {
    false
}

/// Base address and placeholder credentials.
#[must_use]
pub fn credentials(ctx: &Ctx) -> Value {
    json!({ "base_url": format!("{}/tracker", ctx.base_url()) })
}

/// Makes something happen.
pub fn inject(_ctx: &Ctx, _kind: &str, _body: &Value) -> Option<Result<Value, String>> {
    None
}

/// State as JSON.
#[must_use]
pub fn dump(ctx: &Ctx) -> Value {
    json!(&*ctx.tracker())
}
