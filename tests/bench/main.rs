//! How fast the whole program is at 100,000 cases, encrypted, each figure beside a peer measured in the same run.
//!
//! Peer and figure take turns, so that what else the machine does falls on both. Times are p95 of many runs unless the
//! unit says otherwise; rates are over the whole run. `bench NAME...` measures only the figures whose names begin so;
//! `BENCH_CASES` and `BENCH_PAGE` set other numbers of cases and of records to a transaction. Each line on standard
//! output is one row for `cargo xtask bench`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "a measurement stops where it fails, and prints"
)]

mod apply;
mod audit;
mod batch;
mod company;
mod confirm;
mod figure;
mod impact;
mod lists;
mod open_case;
mod raw;
mod redline;
mod screen;
mod search;
mod window;

use company::Company;

#[tokio::main]
async fn main() {
    let wanted = figure::Wanted::from_args();
    // The window first: it is measured against an empty one, and nothing else of ours should be in memory then.
    if wanted.any(&window::FIGURES) {
        window::measure();
    }
    if wanted.any(&batch::FIGURES) {
        batch::measure();
    }
    if wanted.any(&impact::FIGURES) {
        impact::measure().await;
    }
    if wanted.any(&redline::FIGURES) {
        redline::measure();
    }
    if wanted.any(&audit::FIGURES) {
        audit::measure().await;
    }
    let over_company = [
        &apply::FIGURES[..],
        &lists::FIGURES,
        &open_case::FIGURES,
        &search::FIGURES,
        &confirm::FIGURES,
        &window::FULL_FIGURES,
    ]
    .concat();
    if !wanted.any(&over_company) {
        return;
    }
    let company = Company::pulled().await;
    apply::fill(&company).await;
    let desk = company.desk().await;
    if wanted.any(&lists::FIGURES) {
        lists::measure(&desk, &company).await;
    }
    if wanted.any(&open_case::FIGURES) {
        open_case::measure(&desk, &company).await;
    }
    if wanted.any(&search::FIGURES) {
        search::measure(&desk, &company).await;
    }
    desk.close().await;
    drop(desk);
    // Before anything waits in the outbox: the window is measured at rest, not while it delivers.
    if wanted.any(&window::FULL_FIGURES) {
        window::measure_full(&company);
    }
    if wanted.any(&confirm::FIGURES) {
        let desk = company.desk().await;
        confirm::measure(&desk, &company).await;
        desk.close().await;
    }
}
