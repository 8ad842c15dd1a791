//! Playbooks: one piece of work as data. What it applies to, its fields with their sources, its gates, and its steps in
//! order with what each waits on. The language knows references and equality, and one step for each item of a list;
//! anything smarter is a named rule in this crate.

mod bind;
mod check;
mod model;
mod plan;

pub use bind::{Scope, lookup};
pub use check::{PlaybookError, load};
pub use model::{Applies, Condition, Field, GateTemplate, Input, Playbook, StepTemplate};
pub use plan::{Applicability, Facts, FieldValue, applicability, field_values, plan};

#[cfg(test)]
mod tests;
