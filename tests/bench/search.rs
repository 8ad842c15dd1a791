//! Full text: as the list filter searches while a person types, and the plain search under it.

use std::time::Instant;

use desk::Desk;
use serde_json::json;
use sqlite::Mode;

use crate::{
    company::Company,
    figure::{Figure, median, p95},
};

pub const FIGURES: [&str; 2] = ["search", "search_list"];

/// Common words, several of them, numbers, an unfinished word.
const QUERIES: [&str; 6] = [
    "short",
    "shipment pallet",
    "PC-1000213",
    "4500000042",
    "customs label claim",
    "damag",
];

pub async fn measure(desk: &Desk, company: &Company) {
    plain(company).await;
    let mut times = Vec::new();
    for run in 0..20 {
        for query in QUERIES {
            let args = json!({"offset": 0, "limit": 100, "text": query});
            let began = Instant::now();
            let page = api::call(desk, "list_cases", args).await.unwrap();
            let took = began.elapsed();
            assert_ne!(page["total"], 0, "{query}");
            if run > 0 {
                times.push(took);
            }
        }
    }
    Figure {
        figure: "search_list",
        unit: "ms p95",
        value: p95(&times),
        note: format!(
            "the cases list narrowed by text (case or thread), page of 100 with facets and totals; median {:.1} ms",
            median(&times)
        ),
        ..Figure::default()
    }
    .print();
}

async fn plain(company: &Company) {
    let cache = company.cache(Mode::ReadOnly).await;
    let mut connection = cache.database().reader().snapshot().await.unwrap();
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for run in 0..40 {
        for query in QUERIES {
            let began = Instant::now();
            let hits = cache.search(query, &[], 50).await.unwrap();
            let took = began.elapsed();
            assert!(!hits.is_empty(), "{query}");
            let expression = query
                .split(' ')
                .map(|word| format!("\"{word}\""))
                .collect::<Vec<_>>()
                .join(" AND ");
            let began = Instant::now();
            let _rows: Vec<i64> = sqlx::query_scalar(
                "select rowid from search where search match ? order by rowid desc limit 50",
            )
            .bind(expression)
            .fetch_all(&mut *connection)
            .await
            .unwrap();
            if run > 0 {
                ours.push(took);
                bare.push(began.elapsed());
            }
        }
    }
    Figure {
        figure: "search",
        unit: "ms p95",
        value: p95(&ours),
        peer: "bare sqlx, the same words whole, row numbers only",
        peer_value: Some(p95(&bare)),
        aim: "<= 50",
        note: format!(
            "newest 50 over cases, messages and documents: common words, several, numbers, an unfinished one; median \
             {:.1} ms against {:.1}",
            median(&ours),
            median(&bare)
        ),
    }
    .print();
}
