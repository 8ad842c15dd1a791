//! An orderly end when the person or the system asks for one.

use domain::{Refusal, refusal::Code};
use tokio::signal::unix::{SignalKind, signal};

/// From now on waits for this process to be told to end, by Ctrl-C or by `TERM`, and gives the exit code that says so: 128
/// and the number of the signal, as shells count.
///
/// # Errors
/// `E_INTERNAL` when the system lets nobody listen.
pub(crate) fn told_to_end() -> Result<impl Future<Output = u8>, Refusal> {
    let listen = |kind| signal(kind).map_err(|e| Refusal::new(Code::Internal, e.to_string()));
    let (mut interrupt, mut terminate) = (
        listen(SignalKind::interrupt())?,
        listen(SignalKind::terminate())?,
    );
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => 130,
            _ = terminate.recv() => 143,
        }
    })
}
