//! A pulled batch, from JSON to committed rows, beside a raw loop over the C interface on the same schema.
//!
//! Ours reads the JSON, compares with the mirror, writes rows, totals, links, full text, the log of changes and the
//! cursor, and applies the rules. The peer (`raw.rs`) reads the same JSON and inserts the same rows. Pages take turns.

use std::time::{Duration, Instant};

use domain::{System, record::Record};
use sqlite::Mode;

use crate::{
    company::{Company, PARTNERS},
    figure::{Figure, processor},
    raw,
};

pub const FIGURES: [&str; 4] = [
    "apply_cases",
    "apply_messages",
    "apply_documents",
    "apply_unchanged",
];

/// Time on the wall and of the processor.
#[derive(Default, Clone, Copy)]
struct Spent {
    wall: Duration,
    processor: Duration,
}

struct Watch(Instant, Duration);

impl Watch {
    fn start() -> Self {
        Self(Instant::now(), processor())
    }

    fn stop(self, into: &mut Spent) {
        into.wall += self.0.elapsed();
        into.processor += processor() - self.1;
    }
}

/// Fills the folder, and says how fast that went.
pub async fn fill(company: &Company) {
    let cache = company.cache(Mode::ReadWrite).await;
    let peer = company.peer_cache().await;
    let page = company.page;
    let partners = (0..PARTNERS).map(|n| company.partner(n)).collect();
    let batch = company.batch(System::Community, "partners", partners);
    cache.apply(batch).await.unwrap();
    let texts: Vec<String> = (0..company.cases)
        .map(|n| serde_json::to_string(&company.case(n)).unwrap())
        .collect();
    let (mut ours, mut theirs) = (Spent::default(), Spent::default());
    for page in texts.chunks(page) {
        let watch = Watch::start();
        apply_cases(company, &cache, page).await;
        watch.stop(&mut ours);
        let watch = Watch::start();
        let mut tx = peer.database().writer().unwrap().begin().await.unwrap();
        raw::insert(&mut tx, page).await;
        tx.commit().await.unwrap();
        watch.stop(&mut theirs);
    }
    peer.close().await;
    let rate = |count: u64, time: Duration| count as f64 / time.as_secs_f64();
    let cases = company.cases;
    Figure {
        figure: "apply_cases",
        unit: "records/s",
        value: rate(cases, ours.wall),
        peer: "raw C API loop, same schema, nothing compared or derived",
        peer_value: Some(rate(cases, theirs.wall)),
        aim: ">= 20000; ratio >= 0.5",
        note: format!(
            "{cases} cases from JSON text to committed, encrypted rows with full text, links and totals, {page} to a transaction; \
             {:.0} records/s of processor time against {:.0}",
            rate(cases, ours.processor),
            rate(cases, theirs.processor)
        ),
    }
    .print();

    let mut again = Spent::default();
    for page in texts.chunks(page).take(100) {
        let watch = Watch::start();
        apply_cases(company, &cache, page).await;
        watch.stop(&mut again);
    }
    Figure {
        figure: "apply_unchanged",
        unit: "records/s",
        value: rate(cases.min(100 * page as u64), again.wall),
        note: "pages the mirror has already: read and compared, nothing written".to_owned(),
        ..Figure::default()
    }
    .print();
    drop(texts);

    let messages = timed(cases * 2, |n| company.comment(n), &cache, company, "events").await;
    Figure {
        figure: "apply_messages",
        unit: "records/s",
        value: rate(cases * 2, messages.wall),
        note: format!("18 words each, full text included, {page} to a transaction"),
        ..Figure::default()
    }
    .print();
    let documents = timed(cases, |n| company.document(n), &cache, company, "grid").await;
    Figure {
        figure: "apply_documents",
        unit: "records/s",
        value: rate(cases, documents.wall),
        note: format!("order threads and the rules over them included, {page} to a transaction"),
        ..Figure::default()
    }
    .print();
    cache.close().await;
}

async fn apply_cases(company: &Company, cache: &cache::Cache, page: &[String]) {
    let records = page
        .iter()
        .map(|text| Record::Case(serde_json::from_str(text).unwrap()))
        .collect();
    let batch = company.batch(System::Community, "cases", records);
    cache.apply(batch).await.unwrap();
}

async fn timed(
    count: u64,
    record: impl Fn(u64) -> Record,
    cache: &cache::Cache,
    company: &Company,
    collection: &str,
) -> Spent {
    let mut spent = Spent::default();
    let all: Vec<u64> = (0..count).collect();
    for page in all.chunks(company.page) {
        let records: Vec<Record> = page.iter().map(|n| record(*n)).collect();
        let system = records[0].object().system;
        let watch = Watch::start();
        let batch = company.batch(system, collection, records);
        cache.apply(batch).await.unwrap();
        watch.stop(&mut spent);
    }
    spent
}
