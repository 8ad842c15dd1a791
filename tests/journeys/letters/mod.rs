//! From an exception to the proof that a letter was acted upon: S0.1 to S0.8 and S1.6.

mod campaign;
mod delivery_back;
mod distribution;
mod held;
pub(crate) mod letter;
mod loops;
mod maker;
mod notice;
mod outreach;
mod partner_review;
mod registers;
mod regulated_letter;
mod resolution;
mod review_desk;
mod sending;
mod statements;
mod status;
