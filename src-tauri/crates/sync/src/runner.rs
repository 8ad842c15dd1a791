//! The pull in the background: each system at its own pace, woken when somebody asks.

use std::{collections::BTreeMap, future::Future, sync::Arc, time::Duration};

use cache::Cache;
use connectors::{Clock, Connector, NetworkSwitch};
use domain::System;
use tokio::{
    sync::{Notify, watch},
    task::JoinSet,
    time::Instant,
};

use crate::{ConnectorMap, pull::pull_system, report::Outcome, schedule::Schedule};

/// How often what time alone decides is looked at.
const RECHECK: Duration = Duration::from_secs(30);
/// How often opened bytes that nobody used are let go.
const EVICT: Duration = Duration::from_secs(3_600);

/// Asks systems at once.
#[derive(Debug, Clone, Default)]
pub struct Wake {
    systems: Arc<BTreeMap<System, Arc<Notify>>>,
}

impl Wake {
    fn new(systems: impl Iterator<Item = System>) -> Self {
        Self {
            systems: Arc::new(systems.map(|s| (s, Arc::default())).collect()),
        }
    }

    /// Asks one system.
    pub fn system(&self, system: System) {
        if let Some(bell) = self.systems.get(&system) {
            bell.notify_one();
        }
    }

    /// Asks every system.
    pub fn all(&self) {
        for bell in self.systems.values() {
            bell.notify_one();
        }
    }
}

/// The pull in the background. What it changes is told by the change feed of the cache, after each commit.
pub struct Runner {
    connectors: ConnectorMap,
    cache: Cache,
    clock: Arc<dyn Clock>,
    network: NetworkSwitch,
    wake: Wake,
}

impl Runner {
    /// For these connectors.
    #[must_use]
    pub fn new(
        connectors: ConnectorMap,
        cache: Cache,
        clock: Arc<dyn Clock>,
        network: NetworkSwitch,
    ) -> Self {
        let wake = Wake::new(connectors.keys().copied());
        Self {
            connectors,
            cache,
            clock,
            network,
            wake,
        }
    }

    /// To wake it.
    #[must_use]
    pub fn wake(&self) -> Wake {
        self.wake.clone()
    }

    /// Runs until `stop` ends; a page under way is applied or not at all.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let (tell, told) = watch::channel(false);
        let mut running = JoinSet::new();
        for (system, connector) in self.connectors {
            let bell = self.wake.systems.get(&system).cloned().unwrap_or_default();
            running.spawn(system_loop(
                connector,
                self.cache.clone(),
                self.clock.clone(),
                self.network.clone(),
                bell,
                told.clone(),
            ));
        }
        running.spawn(house_keeping(self.cache, self.clock, told));
        stop.await;
        // Whoever sleeps wakes up and ends; who reads finishes its page.
        let _ = tell.send(true);
        while running.join_next().await.is_some() {}
    }
}

async fn system_loop(
    connector: Arc<dyn Connector>,
    cache: Cache,
    clock: Arc<dyn Clock>,
    network: NetworkSwitch,
    bell: Arc<Notify>,
    mut stop: watch::Receiver<bool>,
) {
    let began = Instant::now();
    let elapsed = || i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX);
    let mut schedule = Schedule::new(connector.collections());
    while !*stop.borrow() {
        let due = schedule.due(elapsed());
        if !due.is_empty() && network.is_online() {
            let pull = pull_system(&*connector, &cache, &*clock, Some(&due), false);
            let report = tokio::select! {
                report = pull => report,
                _ = stop.changed() => break,
            };
            if report.applied > 0
                && let Err(error) = cache.recheck_due(clock.now()).await
            {
                tracing::warn!(%error, "rules over the whole of a pull were not applied");
            }
            if report.error.is_none() {
                schedule.succeeded(&due, elapsed());
            } else {
                let asked = report.retry_at.map(|at| at.since(clock.now()));
                // Neither costs the system anything: nothing leaves this machine before the session finds it is time.
                let costs_nothing = matches!(report.outcome, Outcome::OutOfReach | Outcome::SignIn);
                schedule.failed(elapsed(), !costs_nothing, asked);
            }
            continue;
        }
        let wait = if network.is_online() {
            schedule.next_at().saturating_sub(elapsed()).max(50)
        } else {
            // Switched off by the person: look at the switch now and then.
            1_000
        };
        let wait = Duration::from_millis(u64::try_from(wait).unwrap_or(0).min(3_600_000));
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = bell.notified() => schedule.wake(),
            _ = stop.changed() => break,
        }
    }
}

async fn house_keeping(cache: Cache, clock: Arc<dyn Clock>, mut stop: watch::Receiver<bool>) {
    let mut evicted: Option<Instant> = None;
    while !*stop.borrow() {
        if let Err(error) = cache.recheck_due(clock.now()).await {
            tracing::warn!(%error, "what time alone decides was not looked at");
        }
        if evicted.is_none_or(|at| at.elapsed() >= EVICT) {
            let days = cache.policy().limits.opened_content_days;
            if let Err(error) = cache.evict_blobs(clock.now(), days).await {
                tracing::warn!(%error, "old bytes were not let go");
            }
            evicted = Some(Instant::now());
        }
        tokio::select! {
            () = tokio::time::sleep(RECHECK) => {}
            _ = stop.changed() => break,
        }
    }
}
