//! Waiting for a condition, never for a time.

use std::time::Duration;

use tokio::time::Instant;

use super::{Outcome, trouble};

const PACE: Duration = Duration::from_millis(25);
/// Longer than anything takes on a busy machine; a condition that holds is seen at once.
const LIMIT: Duration = Duration::from_secs(30);

/// Asks until there is an answer; `what` names it if there never is one.
///
/// # Errors
/// When the time is over, or at once when asking itself fails.
pub async fn until<T>(what: &str, ask: impl AsyncFnMut() -> Outcome<Option<T>>) -> Outcome<T> {
    until_within(LIMIT, what, ask).await
}

/// [`until`] with a limit of its own.
///
/// # Errors
/// When the time is over, or at once when asking itself fails.
pub async fn until_within<T>(
    limit: Duration,
    what: &str,
    mut ask: impl AsyncFnMut() -> Outcome<Option<T>>,
) -> Outcome<T> {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask().await.map_err(|error| error.during(what))? {
            return Ok(answer);
        }
        if start.elapsed() > limit {
            return Err(trouble(format!(
                "waited {} s in vain for {what}",
                limit.as_secs()
            )));
        }
        tokio::time::sleep(PACE).await;
    }
}
