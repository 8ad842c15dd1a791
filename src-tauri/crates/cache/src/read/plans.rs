//! Every statement a screen waits for is held to an index.

use std::sync::Arc;

use domain::policy::Policy;
use sqlite::{Key, Mode, explain::explain};

use super::{
    belonging, cases, documents, findings, loops, others, outreach, registers, search, status,
    thread,
};
use crate::{Cache, overlay, wire};

#[tokio::test]
async fn no_statement_of_a_screen_walks_a_table_or_sorts_aside() {
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::open(
        &folder.path().join("cache.db"),
        &Key::random(),
        Mode::ReadWrite,
        Arc::new(Policy::load(None).unwrap()),
    )
    .await
    .unwrap();
    let mut snapshot = cache.reader().snapshot().await.unwrap();
    let statements = [
        cases::statements(),
        documents::statements(),
        findings::statements(),
        others::statements(),
        loops::statements(),
        outreach::statements(),
        registers::statements(),
        belonging::statements(),
        thread::statements(),
        status::statements(),
        vec![
            (search::SEARCH.to_owned(), vec![]),
            (wire::LAST.to_owned(), vec![]),
            (wire::PRUNE.to_owned(), vec![]),
            (overlay::THESE.to_owned(), vec![]),
            (overlay::SHOWN_ON.to_owned(), vec!["sort"]),
        ],
    ]
    .concat();
    let mut wrong = Vec::new();
    for (statement, small) in statements {
        let plan = explain(&mut snapshot, &statement).await.unwrap();
        // Putting together what belongs to one case is bounded by the case.
        let sorts = small.contains(&"sort");
        let bounded = |problem: &String| {
            // What a filter let through is sorted where the order is not that of the wide index.
            (sorts && problem == "USE TEMP B-TREE FOR ORDER BY")
                || problem.starts_with("SCAN (subquery")
                || problem.starts_with("SCAN k")
                || problem.starts_with("UNION USING")
        };
        for problem in plan.problems(&small).into_iter().filter(|p| !bounded(p)) {
            wrong.push(format!("{problem}\n    in {statement}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
