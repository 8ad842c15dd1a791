//! `loop`: what came of notices that ask for an answer.

use desk::{Desk, view::OutcomeInput};
use domain::Refusal;
use serde_json::{Value, json};

use crate::args::LoopCall;

/// Lists loops, or says what came of one.
pub(crate) async fn call(desk: &Desk, call: LoopCall) -> Result<Value, Refusal> {
    let (case, notice, outcome, reason, answer) = match call {
        LoopCall::List { state } => {
            let items = desk.list_loops(state.as_deref()).await?;
            return Ok(json!({"items": items, "total": items.len()}));
        }
        LoopCall::Confirm {
            case,
            notice,
            reason,
            answer,
        } => (case, notice, "acted", reason, answer),
        LoopCall::Waive {
            case,
            notice,
            reason,
        } => (case, notice, "waived", reason, None),
    };
    let input = OutcomeInput {
        case,
        notice,
        outcome: outcome.to_owned(),
        reason,
        answer,
        intent: None,
    };
    let action = desk.confirm_outcome(&input).await?;
    Ok(json!({"action_id": action, "outcome": outcome}))
}
