//! Reading: pages of lists, single things, threads, search, state of the pull. Nothing here waits for a network, and
//! nothing here walks a big table.

mod belonging;
mod case_totals;
mod cases;
mod document_totals;
mod documents;
mod findings;
mod list;
mod loops;
mod others;
mod outreach;
mod registers;
mod search;
mod status;
mod tally;
mod thread;

pub use belonging::ReviewSpace;
pub use cases::{CaseFilter, CaseItem, CaseSort};
pub use documents::{DocumentFilter, DocumentItem, DocumentSort};
pub use findings::{FindingFilter, FindingItem, FindingSort};
pub use list::{Count, Rows, Window};
pub use others::{NoticeFilter, TaskFilter, TaskSort, TicketFilter, WorkspaceFilter};
pub use outreach::{MOST_LINES, NoticeStanding, OrderLineFilter, OrderedProduct};
pub use registers::{DayStates, Place, RegisterRows};
pub use search::Hit;
pub use status::{ChangeRow, CollectionAge, QuarantineRow, SystemStatus};
pub use thread::{Lane, TimelineItem};

#[cfg(test)]
mod plans;
