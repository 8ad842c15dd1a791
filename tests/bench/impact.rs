//! Whom a disruption affects, out of 1,000,000 order lines: three products of two thousand and two weeks of thirteen, with
//! whether each order has been shipped.
//!
//! The peer is the same question asked of two bare tables with the one index it needs, encrypted alike, by bare sqlx:
//! nothing of a mirror, no look whether an order was shipped.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use cache::{Batch, Cache, Incoming, OrderLineFilter};
use domain::{
    Millis, System,
    policy::Policy,
    record::{
        AckTrack, DeliveryTrack, Direction, Document, DocumentContent, DocumentLine, Record,
        Validation,
    },
};
use sqlite::{Database, Key, Migration, Mode, Profile, Spec};
use sqlx::QueryBuilder;

use crate::figure::{Figure, p95};

pub const FIGURES: [&str; 1] = ["impact"];

const ORDERS: usize = 100_000;
const LINES: usize = 10;
const PAGE: usize = 1_000;
const RUNS: usize = 200;
const PRODUCTS: usize = 2_000;

const PLAIN: &[Migration] = &[Migration {
    version: 1,
    name: "plain",
    sql: "create table orders (row integer primary key, number text not null, party text not null) strict;
          create table line (product text not null, ship_date text not null, orders integer not null, position integer not null,
          quantity text not null, primary key (product, ship_date, orders, position)) strict, without rowid;",
}];

fn product(order: usize, line: usize) -> String {
    format!("CV-{:05}", (order * 7 + line * 211) % PRODUCTS)
}

fn day(order: usize) -> String {
    format!("2026-{:02}-{:02}", 10 + order % 3, 1 + order / 3 % 28)
}

fn order(number: usize) -> Record {
    let lines = (0..LINES)
        .map(|line| DocumentLine {
            line: line.to_string(),
            product: product(number, line),
            description: "Edge protector 1.5 m".into(),
            quantity: "120".into(),
            unit: "CS".into(),
            price: Some("28.60".into()),
            status: None,
        })
        .collect();
    let at = Millis(1_790_000_000_000 + i64::try_from(number).unwrap() * 10_000);
    Record::Document(Document {
        id: format!("d{number}"),
        correlation_id: None,
        standard: "x12".into(),
        doc_type: "850".into(),
        direction: Some(Direction::Inbound),
        number: format!("73{number:08}"),
        order_number: None,
        sender: format!("ZZ:CUSTOMER{}", number % 5_000),
        receiver: "ZZ:US".into(),
        sender_name: format!("Customer {}", number % 5_000),
        receiver_name: "Us".into(),
        interchange_control: None,
        group_control: Some(number.to_string()),
        document_control: Some("0001".into()),
        test: false,
        validation: Validation::Valid,
        delivery: DeliveryTrack::Delivered,
        ack: AckTrack::Accepted,
        status_code: "55".into(),
        ack_code: None,
        error_code: None,
        error_message: None,
        amount: None,
        currency: None,
        arrived_at: at,
        status_at: at,
        ack_at: Some(at),
        payload_sha256: None,
        content: Some(DocumentContent {
            ship_date: Some(day(number)),
            lines,
            ..DocumentContent::default()
        }),
        problem: None,
    })
}

async fn filled(folder: &std::path::Path, key: &Key) -> Cache {
    let policy = Arc::new(Policy::load(None).unwrap());
    let cache = Cache::open(&folder.join("cache.db"), key, Mode::ReadWrite, policy)
        .await
        .unwrap();
    for page in 0..ORDERS / PAGE {
        let records = (page * PAGE..(page + 1) * PAGE)
            .map(|number| Incoming {
                remote_id: format!("d{number}"),
                raw: String::new(),
                record: Ok(order(number)),
            })
            .collect();
        let now = Millis(1_796_000_000_000);
        cache
            .apply(Batch {
                system: System::Documents,
                collection: "bench/orders".into(),
                records,
                cursor: page.to_string(),
                more: true,
                listing: None,
                requested_at: now,
                now,
            })
            .await
            .unwrap();
    }
    cache
}

async fn plain(folder: &std::path::Path, key: &Key) -> Database {
    let spec = Spec {
        path: folder.join("plain.db"),
        profile: Profile::Cache,
        migrations: PLAIN,
    };
    let plain = Database::open(&spec, key, Mode::ReadWrite).await.unwrap();
    for page in 0..ORDERS / PAGE {
        let mut tx = plain.writer().unwrap().begin().await.unwrap();
        let numbers: Vec<usize> = (page * PAGE..(page + 1) * PAGE).collect();
        QueryBuilder::new("insert into orders ")
            .push_values(&numbers, |mut row, number| {
                row.push_bind(i64::try_from(*number).unwrap())
                    .push_bind(format!("73{number:08}"))
                    .push_bind(format!("ZZ:CUSTOMER{}", number % 5_000));
            })
            .build()
            .execute(&mut *tx)
            .await
            .unwrap();
        let lines: Vec<(usize, usize)> = numbers
            .iter()
            .flat_map(|number| (0..LINES).map(move |line| (*number, line)))
            .collect();
        for lines in lines.chunks(5_000) {
            QueryBuilder::new("insert into line ")
                .push_values(lines, |mut row, (number, line)| {
                    row.push_bind(product(*number, *line))
                        .push_bind(day(*number))
                        .push_bind(i64::try_from(*number).unwrap())
                        .push_bind(i64::try_from(*line).unwrap())
                        .push_bind("120");
                })
                .build()
                .execute(&mut *tx)
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
    }
    plain
}

pub async fn measure() {
    let folder = tempfile::tempdir().unwrap();
    let key = Key::from_bytes([7; 32]);
    let cache = filled(folder.path(), &key).await;
    let plain = plain(folder.path(), &key).await;
    let (mut ours, mut theirs): (Vec<Duration>, Vec<Duration>) = (Vec::new(), Vec::new());
    let mut found = 0;
    for run in 0..RUNS {
        let products: Vec<String> = (0..3).map(|n| product(run * 31 + n * 17, n)).collect();
        let wanted = OrderLineFilter {
            products: products.clone(),
            from: "2026-11-10".into(),
            to: "2026-11-23".into(),
        };
        let began = Instant::now();
        let lines = cache.affected_lines(&wanted).await.unwrap();
        ours.push(began.elapsed());
        let began = Instant::now();
        let rows: Vec<(String, String, String, String, String)> = sqlx::query_as(
            "select o.number, o.party, l.product, l.ship_date, l.quantity from json_each(?1) k cross join line l \
             on l.product = k.value and l.ship_date between ?2 and ?3 cross join orders o on o.row = l.orders",
        )
        .bind(serde_json::to_string(&products).unwrap())
        .bind(&wanted.from)
        .bind(&wanted.to)
        .fetch_all(plain.reader().pool())
        .await
        .unwrap();
        theirs.push(began.elapsed());
        assert_eq!(lines.len(), rows.len());
        found += lines.len();
    }
    assert!(found > RUNS);
    Figure {
        figure: "impact",
        unit: "ms",
        value: p95(&ours),
        peer: "the same lines out of two bare tables",
        peer_value: Some(p95(&theirs)),
        aim: "<= 200",
        note: format!(
            "{} lines, p95 of {RUNS} runs that found {} each",
            ORDERS * LINES,
            found / RUNS
        ),
    }
    .print();
    cache.close().await;
}
