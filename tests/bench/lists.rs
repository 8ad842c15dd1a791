//! A page of 100 cases as the window asks for it, through the whole desk to JSON, beside bare sqlx on the statement that
//! finds the same rows with the same columns.
//!
//! The desk's answer holds more than the rows: totals, ages and pending steps. The peer runs one statement on a
//! connection set up the same way, reads its columns and the JSON of each case, and nothing else. Both walk the list by
//! the same pages in turn, and both must give the same cases.

use std::time::Instant;

use desk::Desk;
use domain::record::Case;
use serde_json::{Value, json};
use sqlite::Mode;
use sqlx::Row as _;

use crate::{
    company::Company,
    figure::{Figure, median, p95},
};

pub const FIGURES: [&str; 4] = [
    "list_page",
    "list_deep_page",
    "list_filtered",
    "list_facets",
];

const STATEMENT: &str = "select c.row, c.record, c.shown_status, c.shown_owner, c.shown_priority, \
    c.shown_communication_status, c.fetched_at, \
    exists (select 1 from pin where object = 'case:community:' || c.id), \
    exists (select 1 from overlay where object = 'case:community:' || c.id), \
    coalesce((select max(created_at) from comment where case_id = c.id and side = 'partner'), c.opened_at) \
      > coalesce((select at from seen where person = ?1 and object = 'case:community:' || c.id), -1), \
    (select count(*) from finding where case_id = c.id and shown_open = 1) \
    from (select due_key, row from case_ indexed by case_by_due where shown_open = 1 \
          order by due_key, row limit 100 offset ?2) k cross join case_ c on c.row = k.row \
    order by k.due_key, k.row";

fn args(offset: u64, more: Value) -> Value {
    let mut args = json!({
        "offset": offset, "limit": 100, "sort": "due",
        "facets": [{"name": "state", "values": ["open"]}],
    });
    if let (Some(args), Some(more)) = (args.as_object_mut(), more.as_object()) {
        args.extend(more.clone());
    }
    args
}

async fn page(desk: &Desk, args: Value) -> Vec<String> {
    let page = api::call(desk, "list_cases", args).await.unwrap();
    page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["number"].as_str().unwrap().to_owned())
        .collect()
}

pub async fn measure(desk: &Desk, company: &Company) {
    let peer = company.cache(Mode::ReadOnly).await;
    let me = desk.person().id;
    let mut connection = peer.database().reader().snapshot().await.unwrap();
    for (figure, first, step, aim) in [
        ("list_page", 0, 100, "ratio <= 1.3"),
        ("list_deep_page", company.cases / 2, 100, ""),
    ] {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for run in 0..110_u64 {
            let offset = first + step * run;
            let began = Instant::now();
            let shown = page(desk, args(offset, Value::Null)).await;
            let took = began.elapsed();
            let began = Instant::now();
            let bare: Vec<String> = sqlx::query(STATEMENT)
                .bind(me.as_str())
                .bind(i64::try_from(offset).unwrap())
                .fetch_all(&mut *connection)
                .await
                .unwrap()
                .iter()
                .map(|row| {
                    let case: Case = serde_json::from_str(row.get(1)).unwrap();
                    let _read: (String, String, String, String) =
                        (row.get(2), row.get(3), row.get(4), row.get(5));
                    let _more: (i64, bool, bool, bool, i64) =
                        (row.get(6), row.get(7), row.get(8), row.get(9), row.get(10));
                    case.number
                })
                .collect();
            let bare_took = began.elapsed();
            assert_eq!(shown, bare);
            // The first runs warm both page caches.
            if run >= 10 {
                ours.push(took);
                theirs.push(bare_took);
            }
        }
        Figure {
            figure,
            unit: "ms median",
            value: median(&ours),
            peer: "bare sqlx, one statement, the same rows and columns",
            peer_value: Some(median(&theirs)),
            aim,
            note: format!(
                "list_cases by the command table, page of 100 of the open cases by due date, to JSON; p95 {:.1} ms \
                 against {:.1}",
                p95(&ours),
                p95(&theirs)
            ),
        }
        .print();
    }
    narrowed(
        desk,
        "list_filtered",
        "open cases of one owner and one partner, page of 100 with totals",
        |run| {
            json!({"facets": [
                {"name": "state", "values": ["open"]},
                {"name": "owner", "values": [format!("person{}", run % 7)]},
                {"name": "partner", "values": [(1_000 + run).to_string()]},
            ]})
        },
    )
    .await;
    narrowed(
        desk,
        "list_facets",
        "what the open cases can be filtered by, counted, while the filter is on screen",
        |_| json!({"limit": 0}),
    )
    .await;
}

async fn narrowed(desk: &Desk, figure: &str, note: &str, more: impl Fn(u64) -> Value) {
    let mut times = Vec::new();
    for run in 0..60_u64 {
        let args = args(0, more(run));
        let began = Instant::now();
        page(desk, args).await;
        if run >= 10 {
            times.push(began.elapsed());
        }
    }
    Figure {
        figure,
        unit: "ms p95",
        value: p95(&times),
        note: note.to_owned(),
        ..Figure::default()
    }
    .print();
}
