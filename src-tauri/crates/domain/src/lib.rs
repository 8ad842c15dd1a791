#![doc = include_str!("../README.md")]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

pub mod action;
pub mod anchor;
pub mod archive;
pub mod audit;
pub mod batch;
pub mod calendar;
pub mod campaign;
pub mod canonical;
pub mod case;
pub mod delegation;
pub mod derive;
pub mod distribution;
pub mod evidence;
pub mod fallback;
pub mod finding;
pub mod ids;
pub mod letter;
pub mod letter_text;
pub mod loops;
pub mod matching;
pub mod merge;
pub mod money;
pub mod notice;
pub mod operation;
pub mod outreach;
pub mod partner_review;
pub mod person;
pub mod personal;
pub mod plan;
pub mod playbook;
pub mod policy;
pub mod quiet;
pub mod reason;
pub mod record;
pub mod refusal;
pub mod register;
pub mod release;
pub mod resolution;
pub mod review;
pub mod review_clock;
pub mod review_comments;
pub mod review_log;
pub mod review_rule;
pub mod seal;
pub mod segment;
pub mod statement;
pub mod step;
pub mod time;
pub mod undo;
pub mod visibility;
pub mod words;

pub use ids::{ActionId, IntentId, Kind, NoticeId, ObjectRef, PersonId, StepKey, System};
pub use person::Person;
pub use refusal::Refusal;
pub use time::Millis;
