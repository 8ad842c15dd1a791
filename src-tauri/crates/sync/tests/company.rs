//! The pull against the sandbox: the whole synthetic company.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where it fails"
)]

use std::sync::Arc;

use cache::{Cache, CaseFilter, CaseSort, FindingFilter, Window};
use connectors::{Clock, Connections, NetworkSwitch, clock::ManualClock, connect};
use domain::{Millis, policy::Policy, time::DAY};
use sandbox::{Options, Running};
use sqlite::{Key, Mode};
use sync::{ConnectorMap, Outcome, Wanted, pull_once};

const EPOCH: Millis = Millis(1_800_000_000_000);

struct Company {
    running: Running,
    connectors: ConnectorMap,
    cache: Cache,
    clock: Arc<dyn Clock>,
    network: NetworkSwitch,
    _folder: tempfile::TempDir,
}

async fn company() -> Company {
    let running = sandbox::start(Options {
        cases: 60,
        epoch: Some(EPOCH),
        ..Options::default()
    })
    .await
    .unwrap();
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(running.ctx().now()));
    let network = NetworkSwitch::default();
    let connections = Connections::of_sandbox(&running.first_line()).unwrap();
    let connectors = connect(&connections, network.clone(), clock.clone());
    let folder = tempfile::tempdir().unwrap();
    let policy = Arc::new(Policy::load(None).unwrap());
    let path = folder.path().join("cache.db");
    let cache = Cache::open(&path, &Key::random(), Mode::ReadWrite, policy)
        .await
        .unwrap();
    Company {
        running,
        connectors,
        cache,
        clock,
        network,
        _folder: folder,
    }
}

impl Company {
    async fn pull(&self, full: bool) -> Vec<sync::SystemReport> {
        let wanted = Wanted {
            full,
            ..Wanted::default()
        };
        pull_once(&self.connectors, &self.cache, &self.clock, &wanted).await
    }
}

#[tokio::test]
async fn the_whole_company_arrives_and_a_second_pull_changes_nothing() {
    let company = company().await;
    let first = company.pull(false).await;
    for report in &first {
        assert_eq!(report.outcome, Outcome::Ok, "{report:?}");
        assert_eq!(
            report.quarantined,
            0,
            "{report:?}: {:?}",
            company.cache.quarantined(0, 3).await
        );
        assert!(report.applied > 0, "{report:?}");
    }
    assert_eq!(
        company
            .cache
            .count_cases(&CaseFilter::default())
            .await
            .unwrap(),
        60
    );
    for full in [false, true] {
        let position = company.cache.last_change().await.unwrap();
        for report in company.pull(full).await {
            assert_eq!(report.outcome, Outcome::Ok, "{report:?}");
            let changed = company.cache.changes_since(position, 5).await.unwrap();
            assert_eq!(report.applied, 0, "full: {full}, {report:?}, {changed:?}");
        }
    }
    company.running.shutdown().await;
}

#[tokio::test]
async fn without_a_network_what_was_read_stays_and_its_age_is_known() {
    let company = company().await;
    company.pull(false).await;
    company.network.set_online(false);
    for report in company.pull(false).await {
        assert_eq!(report.outcome, Outcome::OutOfReach, "{report:?}");
    }
    let cases = company
        .cache
        .list_cases(
            &CaseFilter::default(),
            CaseSort::Due,
            Window::first(10),
            "lena.kovar",
        )
        .await
        .unwrap();
    assert_eq!((cases.total, cases.items.len()), (60, 10));
    for status in company.cache.system_status().await.unwrap() {
        assert!(status.last_success.is_some() && status.last_error.is_some());
    }
    company.running.shutdown().await;
}

#[tokio::test]
async fn findings_of_the_company_ride_on_its_cases() {
    let company = company().await;
    company.pull(false).await;
    company.cache.recheck_due(EPOCH.plus(DAY)).await.unwrap();
    let open = FindingFilter {
        open: Some(true),
        ..FindingFilter::default()
    };
    let facets = company.cache.finding_facets(&open).await.unwrap();
    let rules: Vec<&str> = facets
        .iter()
        .filter(|count| count.facet == "rule")
        .map(|count| count.value.as_str())
        .collect();
    if company.connectors.contains_key(&domain::System::Documents) {
        for rule in [
            "quantity_short",
            "price_differs",
            "ack_rejected",
            "duplicate_number",
        ] {
            assert!(rules.contains(&rule), "{rule} is missing in {rules:?}");
        }
    }
    company.running.shutdown().await;
}
