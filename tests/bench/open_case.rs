//! A case opened as the window opens it: the case view (order strip, clocks, notices, tasks, workspace, what may be
//! done) and the first page of its timeline, both by the command table, to JSON.

use std::time::Instant;

use desk::Desk;
use serde_json::json;

use crate::{
    company::Company,
    figure::{Figure, median, p95},
};

pub const FIGURES: [&str; 2] = ["open_case", "open_case_rich"];

async fn open(desk: &Desk, id: &str) {
    let view = api::call(desk, "get_case", json!({ "id": id }))
        .await
        .unwrap();
    api::call(
        desk,
        "get_timeline",
        json!({ "id": view["id"], "offset": 0, "limit": 60 }),
    )
    .await
    .unwrap();
}

pub async fn measure(desk: &Desk, company: &Company) {
    // Far apart, so that no page is warm because its neighbour was just read.
    let made_up: Vec<String> = (0..300)
        .map(|n| Company::case_id((n * 7_919) % company.cases))
        .collect();
    for (figure, cases, aim, what) in [
        (
            "open_case",
            &made_up,
            "<= 10",
            "any of the 100,000 cases: messages, an order, no letters",
        ),
        (
            "open_case_rich",
            &company.sandbox_cases,
            "<= 10",
            "the cases of the sandbox: letters, tasks, tickets, workspaces, order threads",
        ),
    ] {
        let mut times = Vec::new();
        for (run, id) in cases.iter().enumerate() {
            let began = Instant::now();
            open(desk, id).await;
            if run >= 10 {
                times.push(began.elapsed());
            }
        }
        Figure {
            figure,
            unit: "ms p95",
            value: p95(&times),
            aim,
            note: format!(
                "get_case and get_timeline to JSON, each case once, {} of {what}; median {:.1} ms",
                times.len(),
                median(&times)
            ),
            ..Figure::default()
        }
        .print();
    }
}
