//! The end of the process waits for connections that are still being closed.
//!
//! sqlx closes a dropped connection on the connection's own thread. SQLCipher and OpenSSL free what they share when the
//! process ends; a thread that is still writing the last page then reads freed memory, and a program whose work is done ends
//! with a segmentation fault. So before they do, this waits (briefly) until every pool nobody holds any more is closed. One
//! that is still held is left alone: its threads do nothing.

use std::{
    sync::{
        Once,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    thread,
    time::Duration,
};

/// Longest wait.
const PATIENCE: u32 = 2_000;

/// Pools somebody holds.
static HELD: AtomicUsize = AtomicUsize::new(0);
/// Pools with a connection, or that may still make one.
static ALIVE: AtomicUsize = AtomicUsize::new(0);

/// Lives as long as somebody holds a pool.
#[derive(Debug)]
pub(crate) struct Held(());

impl Held {
    pub(crate) fn new() -> Self {
        HELD.fetch_add(1, SeqCst);
        Self(())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        HELD.fetch_sub(1, SeqCst);
    }
}

/// Lives inside every connection of a pool, and is dropped once the last one has closed its file.
#[derive(Debug)]
pub(crate) struct Alive(());

impl Alive {
    pub(crate) fn new() -> Self {
        ALIVE.fetch_add(1, SeqCst);
        Self(())
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        ALIVE.fetch_sub(1, SeqCst);
    }
}

extern "C" fn wait() {
    for _ in 0..PATIENCE {
        if ALIVE.load(SeqCst) <= HELD.load(SeqCst) {
            return;
        }
        thread::sleep(Duration::from_millis(1));
    }
}

/// Asks for the wait, once. What is asked for last comes first, so this must follow the first use of SQLCipher, which asks
/// for its own end then.
pub(crate) fn wait_at_exit() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        #[allow(
            unsafe_code,
            reason = "there is no safe way to be called at the end of a process"
        )]
        // SAFETY: `wait` takes nothing, returns nothing, does not unwind and touches only statics.
        let refused = unsafe { libc::atexit(wait) } != 0;
        if refused {
            tracing::debug!("the end of the process will not wait for connections");
        }
    });
}
