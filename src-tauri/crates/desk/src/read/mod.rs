//! Read models: what the screens and the command line show.

mod audit;
mod batches;
mod campaigns;
mod case;
mod clocks;
mod composer;
mod connection_fields;
mod connections;
mod custody;
mod distributions;
mod filing;
mod four_eyes;
mod gate;
mod lists;
mod loops;
mod outbox;
mod partner;
mod resolution;
mod review_comments;
mod reviews;
mod revision;
mod statements;
mod status;
mod timeline;
pub(crate) mod words;
pub(crate) use words::channel_word;

pub(crate) use connection_fields::{check_connection_words, secret_fields};
pub use reviews::redline;
pub(crate) use statements::total_rows;
