//! Letters in the window: S0.1, S0.6 and S0.7.

mod notice;
mod outreach;
mod regulated_letter;
