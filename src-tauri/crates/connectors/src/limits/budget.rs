//! How much one pull may hold, over all the answers it is put together from.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::json::Shape;
use crate::PullError;

/// Bytes of text one pull may hold.
const BYTES: usize = 64 * 1024 * 1024;
/// Values one pull may hold.
const VALUES: usize = 2_000_000;

/// What is left to one pull. Lists that are read in one go are put together from many answers, and each answer alone
/// keeps the limits; this keeps their sum.
#[derive(Debug)]
pub struct Budget {
    bytes: AtomicUsize,
    values: AtomicUsize,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            bytes: AtomicUsize::new(BYTES),
            values: AtomicUsize::new(VALUES),
        }
    }
}

fn take(from: &AtomicUsize, amount: usize) -> bool {
    from.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
        left.checked_sub(amount)
    })
    .is_ok()
}

impl Budget {
    /// Takes room for an answer that is kept, by its text.
    ///
    /// # Errors
    /// `Drift` when there is none left.
    pub fn answer(&self, text: &[u8]) -> Result<(), PullError> {
        if take(&self.values, Shape::of(text).values) && self.hold(text.len()) {
            Ok(())
        } else {
            Err(PullError::Drift(format!(
                "the answers of one pull are larger than {BYTES} bytes or hold more than {VALUES} values"
            )))
        }
    }

    /// Takes room for so many bytes, and says whether there was any.
    #[must_use]
    pub fn hold(&self, bytes: usize) -> bool {
        take(&self.bytes, bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_small_answers_count_like_a_large_one() {
        let budget = Budget::default();
        let answer = vec![b' '; BYTES / 4];
        for _ in 0..4 {
            budget.answer(&answer).unwrap();
        }
        assert!(matches!(budget.answer(b"[]"), Err(PullError::Drift(_))));
        let budget = Budget::default();
        let answer = ",".repeat(VALUES / 2);
        budget.answer(answer.as_bytes()).unwrap();
        budget.answer(answer.as_bytes()).unwrap();
        assert!(budget.answer(b"[]").is_err());
    }
}
