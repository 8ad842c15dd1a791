//! A data folder of 100,000 cases: what the sandbox has, pulled through all six systems, and as many made-up cases,
//! each with two messages and a document, as it takes.

use std::sync::Arc;

use cache::{Batch, Cache, Incoming};
use desk::{Desk, OpenOptions};
use domain::{
    Millis, System,
    policy::Policy,
    record::{
        AckTrack, Agreement, BusinessRef, Case, Comment, DeliveryTrack, Direction, Document,
        Partner, Record, Validation,
    },
    visibility::Visibility,
};
use sqlite::{
    Key, Mode,
    key::{KeyRequest, OpenedKey},
};
use whole_system::harness::{Home, SandboxProcess, items, word};

/// Partners of the made-up cases.
pub const PARTNERS: u64 = 240;
/// Ids of made-up cases begin above those of the sandbox.
const FIRST: u64 = 1_000_000;

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

/// The folder, and the sandbox it was pulled from.
pub struct Company {
    pub home: Home,
    pub sandbox: SandboxProcess,
    pub cases: u64,
    /// Records of one transaction: as many as a pull gathers.
    pub page: usize,
    /// Names of the cases the sandbox has.
    pub sandbox_cases: Vec<String>,
    /// Those of them a customer notice fits.
    pub notice_cases: Vec<String>,
    start: i64,
}

impl Company {
    /// Pulls the sandbox into a new folder.
    pub async fn pulled() -> Self {
        let sandbox = SandboxProcess::start().unwrap();
        let home = Home::on(&sandbox).await.unwrap();
        let cases = setting("BENCH_CASES").unwrap_or(100_000);
        let listed = home
            .ctl(&["list", "cases", "--limit", "500"])
            .await
            .unwrap();
        let sandbox_cases = items(&listed)
            .iter()
            .map(|case| word(case, "id").to_owned())
            .collect();
        let notice_cases = home.cases_for("S0.1", 5).await.unwrap();
        let now = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap();
        let start =
            i64::try_from(now.as_millis()).unwrap() - i64::try_from(cases).unwrap() * 13_000;
        Self {
            home,
            sandbox,
            cases,
            page: setting("BENCH_PAGE").unwrap_or(sync::RECORDS_TOGETHER),
            sandbox_cases,
            notice_cases,
            start,
        }
    }

    async fn key(&self) -> Key {
        let opened: OpenedKey = sqlite::key::open(&KeyRequest {
            folder: self.home.data(),
            passphrase: None,
            sandbox_only: true,
            prefer: None,
        })
        .await
        .unwrap();
        opened.key
    }

    /// The cache of the folder itself, as the desk opens it.
    pub async fn cache(&self, mode: Mode) -> Cache {
        let path = self.home.data().join("cache.db");
        open(&path, &self.key().await.derive("cache"), mode).await
    }

    /// An empty cache beside the folder, for a peer that writes.
    pub async fn peer_cache(&self) -> Cache {
        let path = self.home.user().join("peer.db");
        open(&path, &Key::from_bytes([7; 32]), Mode::ReadWrite).await
    }

    /// The desk over the folder, as window and command line open it.
    pub async fn desk(&self) -> Desk {
        Desk::open(OpenOptions {
            home: self.home.data(),
            ..OpenOptions::default()
        })
        .await
        .unwrap()
    }

    /// A made-up case.
    pub fn case(&self, n: u64) -> Case {
        let at = self.start + signed(n) * 13_000;
        let partner = n % PARTNERS;
        // Each partner has two people of ours; all else is independent of it.
        let of = |salt: u64, words: &[&str]| {
            words[(mixed(n, salt) % words.len() as u64) as usize].to_owned()
        };
        Case {
            id: (FIRST + n).to_string(),
            number: format!("PC-{}", FIRST + n),
            subject: format!(
                "{} {} on order 45{n:08}, {}",
                term(n, 1),
                term(n, 2),
                term(n, 3)
            ),
            case_type: of(
                11,
                &["dispute", "delayed_shipment", "pricing", "onboarding"],
            ),
            subtype: String::new(),
            status: of(
                12,
                &["new", "triaged", "in_progress", "waiting_partner", "closed"],
            ),
            priority: of(13, &["low", "normal", "high"]),
            owner: (!n.is_multiple_of(3)).then(|| format!("person{}", (partner + n % 2) % 7)),
            team: Some("support".into()),
            partner_id: (1_000 + partner).to_string(),
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
                .then(|| Millis(at + signed((n * 7_919) % 900_000) * 1_000)),
            stage: None,
            communication_status: None,
            loop_state: Some("open".into()),
            version: 1,
            external_refs: vec![],
        }
    }

    /// The id of a made-up case.
    pub fn case_id(n: u64) -> String {
        (FIRST + n).to_string()
    }

    /// A partner of the made-up cases.
    pub fn partner(&self, n: u64) -> Record {
        Record::Partner(Partner {
            id: (1_000 + n).to_string(),
            name: format!("Partner {n} Trading Company Ltd"),
            short_name: format!("Partner {n}"),
            buid: format!("GC{n:07}"),
            country: "DE".into(),
            agreement: Agreement {
                language: "en".into(),
                currency: "EUR".into(),
                time_zone: "Europe/Berlin".into(),
                calendar: "de".into(),
                tier: "A".into(),
                reply_minutes: 240,
                resolution_minutes: 2_880,
                address: vec![format!("{n} High Street")],
                contacts: Vec::new(),
                channels: vec!["email".into()],
                tolerance_set: String::new(),
                allowed_recipients: Vec::new(),
                identifiers: Vec::new(),
                terms: domain::record::Terms::default(),
            },
            updated_at: Millis(self.start),
        })
    }

    /// A message on case `n / 2`.
    pub fn comment(&self, n: u64) -> Record {
        let text: Vec<&str> = (0..18).map(|salt| term(n, salt)).collect();
        Record::Comment(Comment {
            id: format!("m{n}"),
            case_id: Self::case_id(n / 2),
            author: "Pia Lindqvist".into(),
            side: if n.is_multiple_of(2) { "partner" } else { "us" }.into(),
            visibility: Visibility::Partner,
            body: format!("<p>{} 45{:08}</p>", text.join(" "), n / 2),
            created_at: Millis(self.start + signed(n) * 6_500),
            key: None,
        })
    }

    /// The order of case `n`, acknowledged.
    pub fn document(&self, n: u64) -> Record {
        let at = Millis(self.start + signed(n) * 13_000);
        Record::Document(Document {
            id: format!("d{n}"),
            correlation_id: None,
            standard: "x12".into(),
            doc_type: "850".into(),
            direction: Some(Direction::Inbound),
            number: format!("45{n:08}"),
            order_number: Some(format!("45{n:08}")),
            sender: format!("ZZ:PARTNER{}", n % PARTNERS),
            receiver: "ZZ:US".into(),
            sender_name: format!("Partner {}", n % PARTNERS),
            receiver_name: "Us".into(),
            interchange_control: None,
            group_control: Some(format!("{n}")),
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
            content: None,
            problem: None,
        })
    }

    /// One page for the mirror.
    pub fn batch(&self, system: System, collection: &str, records: Vec<Record>) -> Batch {
        Batch {
            system,
            collection: format!("bench/{collection}"),
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
            requested_at: Millis(self.start),
            now: Millis(self.start),
        }
    }
}

fn setting<T: std::str::FromStr>(name: &str) -> Option<T> {
    std::env::var(name).ok()?.parse().ok()
}

async fn open(path: &std::path::Path, key: &Key, mode: Mode) -> Cache {
    let policy = Arc::new(Policy::load(None).unwrap());
    Cache::open(path, key, mode, policy).await.unwrap()
}

fn signed(n: u64) -> i64 {
    i64::try_from(n).unwrap()
}

fn mixed(n: u64, salt: u64) -> u64 {
    (n ^ salt.wrapping_mul(0x9E37_79B9)).wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33
}

fn term(n: u64, salt: u64) -> &'static str {
    WORDS[usize::try_from(mixed(n, salt)).unwrap() % WORDS.len()]
}
