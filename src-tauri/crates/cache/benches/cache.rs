//! How fast pages are applied and lists are read, beside the same work in bare sqlx on the same schema.
//!
//! `cargo bench -p cache --profile bench`; prints one JSON object for each figure. `ratio` = value / peer: above 1 is faster
//! than the peer for rates and slower for times. `BENCH_CASES` sets the number of cases.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a measurement stops where it fails, and prints"
)]

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use cache::{Batch, Cache, CaseFilter, CaseSort, Incoming, Window};
use domain::{
    Kind, Millis, System,
    policy::Policy,
    record::{BusinessRef, Case, Comment, Record},
    visibility::Visibility,
};
use sqlite::{Key, Mode};
use sqlx::{QueryBuilder, Sqlite};

const PAGE: usize = 5_000;
const T0: i64 = 1_800_000_000_000;
const WORDS: &[&str] = &[
    "short",
    "shipment",
    "pallet",
    "invoice",
    "price",
    "delay",
    "customs",
    "label",
    "claim",
    "carrier",
    "damage",
    "quantity",
    "backorder",
    "release",
    "deduction",
    "rebate",
];

fn word(n: u64, salt: u64) -> &'static str {
    let mixed = (n ^ salt.wrapping_mul(0x9E37_79B9)).wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
    WORDS[usize::try_from(mixed).unwrap() % WORDS.len()]
}

fn case(n: u64) -> Case {
    let at = T0 + i64::try_from(n).unwrap() * 13_000;
    let partner = n % 240;
    Case {
        id: format!("{}", 48_000 + n),
        number: format!("PC-{}", 48_000 + n),
        subject: format!(
            "{} {} on order 45{n:08}, {}",
            word(n, 1),
            word(n, 2),
            word(n, 3)
        ),
        case_type: ["dispute", "delayed_shipment", "pricing", "onboarding"][(n % 4) as usize]
            .into(),
        subtype: String::new(),
        status: ["new", "triaged", "in_progress", "waiting_partner", "closed"][(n % 5) as usize]
            .into(),
        priority: ["low", "normal", "high"][(n % 3) as usize].into(),
        owner: (!n.is_multiple_of(3)).then(|| format!("person{}", n % 7)),
        team: Some("support".into()),
        partner_id: format!("{}", 1_000 + partner),
        partner_name: format!("Partner {partner} Trading Company Ltd"),
        partner_short_name: format!("Partner {partner}"),
        business_refs: vec![
            BusinessRef {
                kind: "po".into(),
                value: format!("45{n:08}"),
            },
            BusinessRef {
                kind: "invoice".into(),
                value: format!("90{n:08}"),
            },
        ],
        opened_at: Millis(at),
        updated_at: Millis(at + 5_000),
        due_at: (!n.is_multiple_of(6))
            .then(|| Millis(at + i64::try_from((n * 7_919) % 900_000).unwrap() * 1_000)),
        stage: None,
        communication_status: None,
        loop_state: Some("open".into()),
        version: 1,
        external_refs: vec![],
    }
}

fn comment(n: u64) -> Record {
    let text: Vec<&str> = (0..18).map(|salt| word(n, salt)).collect();
    Record::Comment(Comment {
        id: format!("m{n}"),
        case_id: format!("{}", 48_000 + n / 2),
        author: "Pia Lindqvist".into(),
        side: if n.is_multiple_of(2) { "partner" } else { "us" }.into(),
        visibility: Visibility::Partner,
        body: format!("<p>{} 45{:08}</p>", text.join(" "), n / 2),
        created_at: Millis(T0 + i64::try_from(n).unwrap() * 6_500),
        key: None,
    })
}

fn batch(collection: &str, records: Vec<Record>) -> Batch {
    Batch {
        system: System::Community,
        collection: collection.to_owned(),
        records: records
            .into_iter()
            .map(|record| Incoming {
                remote_id: record.object().remote_id,
                raw: String::new(),
                record: Ok(record),
            })
            .collect(),
        cursor: "c".to_owned(),
        more: true,
        listing: None,
        requested_at: Millis(T0),
        now: Millis(T0),
    }
}

async fn open(path: &Path) -> Cache {
    let policy = Arc::new(Policy::load(None).unwrap());
    Cache::open(path, &Key::from_bytes([7; 32]), Mode::ReadWrite, policy)
        .await
        .unwrap()
}

struct Figure<'a> {
    figure: &'a str,
    unit: &'a str,
    value: f64,
    peer: &'a str,
    peer_value: f64,
    aim: &'a str,
    note: &'a str,
}

/// Processor time of this process so far: what a machine shared with others does not blur.
fn cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let ticks: u64 = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|n| n.parse::<u64>().ok())
        .sum();
    Duration::from_millis(ticks * 10)
}

fn print(f: &Figure<'_>) {
    let round = |v: f64| (v * 1_000.0).round() / 1_000.0;
    println!(
        "{}",
        serde_json::json!({
            "figure": f.figure, "value": round(f.value), "unit": f.unit, "peer": f.peer,
            "peer_value": round(f.peer_value), "ratio": round(f.value / f.peer_value), "aim": f.aim, "note": f.note,
        })
    );
}

/// The same rows by hand: parse, then several hundred rows with each statement, nothing compared and nothing derived.
async fn bare(cache: &Cache, texts: &[String]) -> Duration {
    let began = Instant::now();
    for page in texts.chunks(PAGE) {
        let cases: Vec<(i64, Case, &String)> = page
            .iter()
            .map(|text| {
                let case: Case = serde_json::from_str(text).unwrap();
                (
                    case.opened_at.0 << 20 | case.id.parse::<i64>().unwrap() & 0xfffff,
                    case,
                    text,
                )
            })
            .collect();
        let mut tx = cache.database().writer().unwrap().begin().await.unwrap();
        for part in cases.chunks(500) {
            let mut rows: QueryBuilder<Sqlite> = QueryBuilder::new(
                "insert into case_ (id, collection, record, digest, version, changed_at, fetched_at, number, case_type, \
                 partner_id, partner_name, opened_at, updated_at, due_key, shown_status, shown_priority, shown_owner, \
                 shown_communication_status, shown_open) ",
            );
            rows.push_values(part, |mut row, (_, case, text)| {
                row.push_bind(case.id.clone())
                    .push_bind("cases")
                    .push_bind((*text).clone())
                    .push_bind(1_i64)
                    .push_bind(case.version)
                    .push_bind(case.updated_at.0)
                    .push_bind(T0)
                    .push_bind(case.number.clone())
                    .push_bind(case.case_type.clone())
                    .push_bind(case.partner_id.clone())
                    .push_bind(case.partner_short_name.clone())
                    .push_bind(case.opened_at.0)
                    .push_bind(case.updated_at.0)
                    .push_bind(case.due_at.map_or(i64::MAX, |d| d.0))
                    .push_bind(case.status.clone())
                    .push_bind(case.priority.clone())
                    .push_bind(case.owner.clone().unwrap_or_default())
                    .push_bind("")
                    .push_bind(case.status != "closed");
            });
            rows.build().execute(&mut *tx).await.unwrap();
            let mut links: QueryBuilder<Sqlite> =
                QueryBuilder::new("insert into link (value, case_id, relation, partner_id) ");
            let all = part
                .iter()
                .flat_map(|(_, case, _)| case.business_refs.iter().map(move |r| (r, case)));
            links.push_values(all, |mut row, (reference, case)| {
                row.push_bind(reference.value.clone())
                    .push_bind(case.id.clone())
                    .push_bind(reference.kind.clone())
                    .push_bind(case.partner_id.clone());
            });
            links.build().execute(&mut *tx).await.unwrap();
            let mut names: QueryBuilder<Sqlite> =
                QueryBuilder::new("insert into search_row (row, kind, id, digest) ");
            names.push_values(part, |mut row, (number, case, _)| {
                row.push_bind(*number)
                    .push_bind("case")
                    .push_bind(case.id.clone())
                    .push_bind(1_i64);
            });
            names.build().execute(&mut *tx).await.unwrap();
            let mut words: QueryBuilder<Sqlite> =
                QueryBuilder::new("insert into search (rowid, kind, body) ");
            words.push_values(part, |mut row, (number, case, _)| {
                let text = format!(
                    "{} {} {} {} {}",
                    case.number,
                    case.id,
                    case.subject,
                    case.partner_name,
                    case.business_refs[0].value
                );
                row.push_bind(*number).push_bind("case").push_bind(text);
            });
            words.build().execute(&mut *tx).await.unwrap();
        }
        tx.commit().await.unwrap();
    }
    began.elapsed()
}

fn percentile(mut times: Vec<Duration>, share: f64) -> f64 {
    times.sort();
    let place = ((times.len() as f64 - 1.0) * share).round() as usize;
    times[place].as_secs_f64() * 1_000.0
}

#[tokio::main]
async fn main() {
    let count: u64 = std::env::var("BENCH_CASES")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(100_000);
    let folder = tempfile::tempdir().unwrap();
    let texts: Vec<String> = (0..count)
        .map(|n| serde_json::to_string(&case(n)).unwrap())
        .collect();

    let cache = open(&folder.path().join("ours.db")).await;
    let (began, cpu_began) = (Instant::now(), cpu());
    for page in texts.chunks(PAGE) {
        let records = page
            .iter()
            .map(|text| Record::Case(serde_json::from_str(text).unwrap()))
            .collect();
        cache.apply(batch("cases", records)).await.unwrap();
    }
    let ours = began.elapsed();
    let ours_cpu = cpu() - cpu_began;
    let peer = open(&folder.path().join("peer.db")).await;
    let cpu_began = cpu();
    let theirs = bare(&peer, &texts).await;
    let theirs_cpu = cpu() - cpu_began;
    peer.close().await;
    let rate = |time: Duration| count as f64 / time.as_secs_f64();
    print(&Figure {
        figure: "apply_cases",
        unit: "records/s",
        value: rate(ours),
        peer: "bare sqlx, 500 rows with each statement, same schema and rows, nothing compared or derived",
        peer_value: rate(theirs),
        aim: ">= 20000",
        note: "JSON text to committed, encrypted, full text, links and totals included, pages of 5,000",
    });

    print(&Figure {
        figure: "apply_cases_by_processor_time",
        unit: "records/s",
        value: rate(ours_cpu),
        peer: "as above",
        peer_value: rate(theirs_cpu),
        aim: ">= 20000",
        note: "the same run, by processor time of all threads instead of the clock on the wall",
    });

    let began = Instant::now();
    for page in texts.chunks(PAGE) {
        let records = page
            .iter()
            .map(|text| Record::Case(serde_json::from_str(text).unwrap()))
            .collect();
        cache.apply(batch("cases", records)).await.unwrap();
    }
    print(&Figure {
        figure: "apply_unchanged_cases",
        unit: "records/s",
        value: rate(began.elapsed()),
        peer: "the first time",
        peer_value: rate(ours),
        aim: "> 1 x",
        note: "the same pages again: nothing is written",
    });

    let began = Instant::now();
    let comments: Vec<u64> = (0..count * 2).collect();
    for page in comments.chunks(PAGE) {
        let records = page.iter().map(|n| comment(*n)).collect();
        cache.apply(batch("events", records)).await.unwrap();
    }
    print(&Figure {
        figure: "apply_comments",
        unit: "records/s",
        value: (count * 2) as f64 / began.elapsed().as_secs_f64(),
        peer: "cases",
        peer_value: rate(ours),
        aim: "",
        note: "18 words each, full text included",
    });
    cache
        .database()
        .writer()
        .unwrap()
        .checkpoint()
        .await
        .unwrap();

    lists(&cache, count).await;
    search(&cache).await;
    cache.close().await;
}

async fn lists(cache: &Cache, count: u64) {
    let open = CaseFilter {
        open: Some(true),
        ..CaseFilter::default()
    };
    let selective = CaseFilter {
        open: Some(true),
        owners: vec!["person3".into()],
        partners: vec!["1100".into()],
        ..CaseFilter::default()
    };
    let mut snapshot = cache.database().reader().snapshot().await.unwrap();
    let mut peer = Vec::new();
    for _ in 0..50 {
        let began = Instant::now();
        let rows: Vec<(String, String)> = sqlx::query_as(
            "select record, shown_status from case_ where shown_open = 1 order by due_key, row limit 100",
        )
        .fetch_all(&mut *snapshot)
        .await
        .unwrap();
        let cases: Vec<Case> = rows
            .iter()
            .map(|(text, _)| serde_json::from_str(text).unwrap())
            .collect();
        assert_eq!(cases.len(), 100);
        peer.push(began.elapsed());
    }
    drop(snapshot);
    let bare = percentile(peer, 0.95);
    for (figure, filter, offset, aim) in [
        ("list_cases_first_page", &open, 0, "<= 10"),
        (
            "list_cases_deep_page",
            &open,
            u32::try_from(count / 2).unwrap(),
            "<= 50",
        ),
        ("list_cases_selective_filter", &selective, 0, "<= 50"),
    ] {
        let mut times = Vec::new();
        for _ in 0..50 {
            let began = Instant::now();
            let window = Window { offset, limit: 100 };
            cache
                .list_cases(filter, CaseSort::Due, window, "person3")
                .await
                .unwrap();
            times.push(began.elapsed());
        }
        print(&Figure {
            figure,
            unit: "ms p95",
            value: percentile(times, 0.95),
            peer: "bare sqlx, first page of 100, no totals, no unread, pin or finding counts",
            peer_value: bare,
            aim,
            note: "page of 100 with totals, unread, pinned, overlay and finding counts",
        });
    }
    let mut times = Vec::new();
    for _ in 0..20 {
        let began = Instant::now();
        cache.case_facets(&open).await.unwrap();
        times.push(began.elapsed());
    }
    print(&Figure {
        figure: "case_facets",
        unit: "ms p95",
        value: percentile(times, 0.95),
        peer: "bare sqlx, first page of 100",
        peer_value: bare,
        aim: "<= 50",
        note: "six facets with counts",
    });
}

async fn search(cache: &Cache) {
    let mut snapshot = cache.database().reader().snapshot().await.unwrap();
    let queries = [
        "short",
        "shipment pallet",
        "PC-48213",
        "4500000042",
        "customs label claim",
        "damag",
    ];
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for round in 0..20 {
        for query in queries {
            let began = Instant::now();
            let hits = cache.search(query, &[], 50).await.unwrap();
            if round > 0 {
                ours.push(began.elapsed());
            }
            assert!(!hits.is_empty(), "{query}");
            let expression = query
                .split(' ')
                .map(|w| format!("\"{w}\""))
                .collect::<Vec<_>>()
                .join(" AND ");
            let began = Instant::now();
            let _rows: Vec<i64> = sqlx::query_scalar(
                "select rowid from search where search match ? order by rowid desc limit 50",
            )
            .bind(expression)
            .fetch_all(&mut *snapshot)
            .await
            .unwrap();
            if round > 0 {
                bare.push(began.elapsed());
            }
        }
    }
    print(&Figure {
        figure: "search",
        unit: "ms p95",
        value: percentile(ours, 0.95),
        peer: "bare sqlx, same words whole, row numbers only",
        peer_value: percentile(bare, 0.95),
        aim: "<= 50",
        note: "six queries (common, several words, numbers, unfinished), newest 50, over cases and their comments",
    });
    let mut times = Vec::new();
    for query in queries.iter().cycle().take(60) {
        let began = Instant::now();
        cache.search(query, &[Kind::Case], 50).await.unwrap();
        times.push(began.elapsed());
    }
    print(&Figure {
        figure: "search_cases_only",
        unit: "ms p95",
        value: percentile(times, 0.95),
        peer: "search over everything",
        peer_value: 1.0,
        aim: "<= 50",
        note: "the same restricted to one kind",
    });
}
