//! Letters in the window: S0.1, S0.3, S0.4, S0.6 and S0.7, and their registers.

mod campaign;
mod notice;
mod outreach;
mod registers;
mod regulated_letter;
mod statements;
