//! Which comment of a review a person may let the partner read.

use crate::{
    PersonId, Refusal,
    refusal::Code,
    review_comments::{Remark, Standing},
};

/// Whether a person may share a comment: who wrote it, or the maker of the letter, and once. Only one about the version under
/// review, whose words are there: about another one the partner could not tell what is meant.
///
/// # Errors
/// `E_FORBIDDEN` for anybody else; `E_STATE` for what the partner wrote itself or reads already, and for what is about an
/// earlier version or lost its place.
pub fn may_share(remark: &Remark, person: &PersonId, maker: &PersonId) -> Result<(), Refusal> {
    if remark.partner {
        let words = "The partner wrote this comment.";
        return Err(Refusal::new(Code::State, words));
    }
    if remark.shared {
        let words = "The partner reads this comment already.";
        return Err(Refusal::new(Code::State, words));
    }
    if *person != remark.author && person != maker {
        let words = "A comment is shared by whoever wrote it or made the letter.";
        return Err(Refusal::new(Code::Forbidden, words));
    }
    let there = matches!(remark.standing, Standing::Whole | Standing::At(_));
    if remark.carried_from.is_some() || !there {
        let words = "This comment is about another version than the one under review.";
        return Err(Refusal::new(Code::State, words));
    }
    Ok(())
}
