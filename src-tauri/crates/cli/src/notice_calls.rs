//! Notices that are about to leave, or came back.

use clap::Subcommand;
use desk::Desk;
use domain::Refusal;
use serde_json::{Value, json};

#[derive(Debug, Subcommand)]
pub(crate) enum NoticeCall {
    /// Until when an action can be undone, and the hash of what it sends.
    Show { action: String },
    /// Undo what was confirmed, while nothing of it has left.
    Undo {
        action: String,
        /// Hash of what was to be sent, as `do` printed it.
        #[arg(long, value_name = "SHA")]
        content: String,
    },
    /// Send a notice that bounced or failed by another channel; what is regulated is reviewed again first.
    Fallback {
        notice: String,
        /// The next of its template's rule where none is named.
        #[arg(long)]
        channel: Option<String>,
    },
    /// Send what is held for quiet hours now.
    Now {
        action: String,
        /// Why it cannot wait.
        #[arg(long)]
        reason: String,
    },
}

pub(crate) async fn call(desk: &Desk, call: NoticeCall) -> Result<Value, Refusal> {
    Ok(match call {
        NoticeCall::Show { action } => json!(desk.undo_view(&action).await?),
        NoticeCall::Undo { action, content } => json!(desk.undo(&action, &content).await?),
        NoticeCall::Fallback { notice, channel } => {
            json!(desk.fall_back(&notice, channel.as_deref()).await?)
        }
        NoticeCall::Now { action, reason } => {
            json!({"action_id": action, "steps": desk.send_now(&action, &reason).await?})
        }
    })
}
