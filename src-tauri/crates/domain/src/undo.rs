//! The time in which a notice that is not regulated can be undone, and the content it is bound to.
//!
//! What is undone never leaves: all of an action that has an effect outside is held until the time is over, and the claim of
//! a step and the undoing of its action meet in one transaction. Regulated letters have no such time; they are recalled.

use serde_json::json;

use crate::{
    Millis,
    canonical::{NotCanonical, hash},
    operation::Operation,
    time::SECOND,
};

/// The longest time the policy may set, in seconds.
pub const LONGEST: i64 = 60;

/// Until when an action that was accepted at `accepted_at` can be undone for sure; `None` once that is over.
#[must_use]
pub fn open_until(accepted_at: Millis, seconds: i64, now: Millis) -> Option<Millis> {
    let until = accepted_at.plus(seconds.clamp(0, LONGEST) * SECOND);
    (now < until).then_some(until)
}

/// Hash of what an action sends: over the content hashes of its steps, each with its number. An action with one character
/// more in its text has another.
///
/// # Errors
/// [`NotCanonical`]; plain numbers and texts have a canonical form.
pub fn content_hash<'a>(
    steps: impl Iterator<Item = (u32, &'a str)>,
) -> Result<String, NotCanonical> {
    let mut steps: Vec<(u32, &str)> = steps.collect();
    steps.sort_unstable();
    hash(&json!({ "steps": steps }))
}

/// Whether a step of this operation, once begun, may have changed something outside. Rendering and verifying change nothing.
#[must_use]
pub const fn has_effect(operation: Operation) -> bool {
    !matches!(operation, Operation::Render | Operation::Verify)
}

/// Whether what it makes has left for good once it may have happened. A claim is won before anything goes, and tells nobody
/// anything; it is waited with all the same, since what was won and withdrawn is not won again.
#[must_use]
pub const fn leaves(operation: Operation) -> bool {
    has_effect(operation) && !matches!(operation, Operation::Claim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_is_over_at_its_end_and_there_is_none_at_zero() {
        let accepted = Millis(1_000_000);
        assert_eq!(open_until(accepted, 10, accepted), Some(Millis(1_010_000)));
        assert_eq!(
            open_until(accepted, 10, Millis(1_009_999)),
            Some(Millis(1_010_000))
        );
        assert_eq!(open_until(accepted, 10, Millis(1_010_000)), None);
        assert_eq!(open_until(accepted, 0, accepted), None);
    }

    #[test]
    fn the_hash_is_of_every_step_whatever_their_order() {
        let one = content_hash([(1, "a"), (2, "b")].into_iter()).unwrap();
        assert_eq!(one, content_hash([(2, "b"), (1, "a")].into_iter()).unwrap());
        for other in [
            vec![(1, "a")],
            vec![(1, "b"), (2, "a")],
            vec![(1, "a"), (2, "c")],
            vec![(1, "a"), (2, "b"), (3, "c")],
        ] {
            assert_ne!(one, content_hash(other.into_iter()).unwrap());
        }
    }

    #[test]
    fn all_but_rendering_and_verifying_has_an_effect() {
        assert!(has_effect(Operation::Release) && has_effect(Operation::Claim));
        assert!(!has_effect(Operation::Render) && !has_effect(Operation::Verify));
        assert!(leaves(Operation::Release) && leaves(Operation::PostMessage));
        assert!(!leaves(Operation::Render) && !leaves(Operation::Claim));
    }
}
