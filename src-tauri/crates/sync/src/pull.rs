//! One pull: every collection of the wanted systems, until there is no more.

use std::sync::Arc;

use cache::Cache;
use connectors::{Clock, Connector, PullError, PullRequest};
use domain::System;
use tokio::task::JoinSet;

use crate::{
    ConnectorMap, Outcome, SystemReport, gather::Gathered, progress::Progress, report::Failure,
};

/// What to pull.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// These systems; all that are connected when empty.
    pub systems: Vec<System>,
    /// From the beginning.
    pub full: bool,
}

/// Pulls once, the systems side by side, then applies the rules that time alone decides. Nothing that goes wrong in one
/// system stops another; it stands in its report and in the cache.
pub async fn pull_once(
    connectors: &ConnectorMap,
    cache: &Cache,
    clock: &Arc<dyn Clock>,
    wanted: &Wanted,
) -> Vec<SystemReport> {
    let systems: Vec<System> = if wanted.systems.is_empty() {
        connectors.keys().copied().collect()
    } else {
        wanted.systems.clone()
    };
    let mut reports = Vec::new();
    let mut running = JoinSet::new();
    for system in systems {
        let Some(connector) = connectors.get(&system).cloned() else {
            let mut report = SystemReport::new(system);
            report.fail(&Failure {
                outcome: Outcome::NotConnected,
                message: "there is no connection to this system".to_owned(),
                retry_at: None,
            });
            reports.push(report);
            continue;
        };
        let (cache, clock, full) = (cache.clone(), clock.clone(), wanted.full);
        running.spawn(async move { pull_system(&*connector, &cache, &*clock, None, full).await });
    }
    while let Some(done) = running.join_next().await {
        match done {
            Ok(report) => reports.push(report),
            Err(error) => tracing::error!(%error, "a pull did not end by itself"),
        }
    }
    if let Err(error) = cache.recheck_due(clock.now()).await {
        tracing::warn!(%error, "what time alone decides was not looked at");
    }
    reports.sort_by_key(|report| report.system);
    reports
}

/// Reads the collections again from which these quarantined records came; those that fit now leave quarantine.
pub async fn replay(
    connectors: &ConnectorMap,
    cache: &Cache,
    clock: &Arc<dyn Clock>,
    rows: &[cache::QuarantineRow],
) -> Vec<SystemReport> {
    let mut collections: Vec<(System, &str)> = rows
        .iter()
        .map(|row| (row.system, row.collection.as_str()))
        .collect();
    collections.sort_unstable();
    collections.dedup();
    let mut reports = Vec::new();
    for (system, collection) in collections {
        let Some(connector) = connectors.get(&system) else {
            continue;
        };
        let mut report = SystemReport::new(system);
        if let Err(error) = cache.forget_cursor(system, collection).await {
            report.fail(&Failure::cache(collection, &error));
        } else {
            let only = [collection];
            report = pull_system(&**connector, cache, &**clock, Some(&only), false).await;
        }
        reports.push(report);
    }
    reports
}

/// Pulls the collections of one system, in their order.
pub(crate) async fn pull_system(
    connector: &dyn Connector,
    cache: &Cache,
    clock: &dyn Clock,
    only: Option<&[&str]>,
    full: bool,
) -> SystemReport {
    let system = connector.system();
    let mut report = SystemReport::new(system);
    let mut collections: Vec<_> = connector
        .collections()
        .iter()
        .filter(|c| only.is_none_or(|only| only.contains(&c.name)))
        .collect();
    collections.sort_by_key(|c| c.order);
    for collection in collections {
        if full && let Err(error) = cache.forget_cursor(system, collection.name).await {
            report.fail(&Failure::cache(collection.name, &error));
            break;
        }
        match pull_collection(connector, cache, clock, collection.name, &mut report).await {
            Ok(()) => {}
            Err(failure) => {
                report.fail(&failure);
                if failure.stops_system() {
                    break;
                }
            }
        }
    }
    match cache.ages().await {
        Ok(ages) => {
            report.cursor = ages
                .into_iter()
                .filter(|age| age.system == system)
                .map(|age| (age.collection, age.cursor))
                .collect();
        }
        Err(error) => report.fail(&Failure::cache("cursor", &error)),
    }
    if let Err(error) = cache
        .note_attempt(system, clock.now(), report.error.as_deref())
        .await
    {
        report.fail(&Failure::cache("status", &error));
    }
    if report.error.is_some() {
        // The words of a remote system stay in the report: a log may lie on a disk.
        tracing::info!(system = %system, outcome = %report.outcome, "pull ended early");
    }
    report
}

async fn pull_collection(
    connector: &dyn Connector,
    cache: &Cache,
    clock: &dyn Clock,
    collection: &str,
    report: &mut SystemReport,
) -> Result<(), Failure> {
    let system = connector.system();
    let stood = cache
        .cursor(system, collection)
        .await
        .map_err(|e| Failure::cache(collection, &e))?;
    let mut cursor = stood.map(|age| age.cursor);
    let mut began_again = false;
    let mut progress = Progress::default();
    let mut gathered: Option<Gathered> = None;
    loop {
        let request = PullRequest {
            collection: collection.to_owned(),
            cursor: cursor.clone(),
            now: clock.now(),
        };
        let page = match connector.pull(&request).await {
            Ok(page) => page,
            Err(error) => {
                // What came before the failure is kept.
                apply(cache, gathered.take(), report).await?;
                match error {
                    PullError::CursorLost(reason) if cursor.is_some() && !began_again => {
                        tracing::info!(%system, collection, reason, "cursor not accepted, reading from the beginning");
                        cache
                            .forget_cursor(system, collection)
                            .await
                            .map_err(|e| Failure::cache(collection, &e))?;
                        began_again = true;
                        cursor = None;
                        continue;
                    }
                    error => return Err(Failure::of(collection, &error)),
                }
            }
        };
        let more = page.more;
        let gets_on = progress.page(cursor.as_deref(), &page.records, &page.cursor);
        cursor = Some(page.cursor.clone());
        let now = clock.now();
        let waiting = match gathered.take() {
            Some(mut waiting) => {
                waiting.add(page, now);
                waiting
            }
            None => Gathered::new(system, &request, page, now),
        };
        if waiting.is_due() || gets_on.is_err() {
            apply(cache, Some(waiting), report).await?;
        } else {
            gathered = Some(waiting);
        }
        if !more {
            return Ok(());
        }
        if let Err(words) = gets_on {
            return Err(Failure::stuck(collection, &words));
        }
    }
}

async fn apply(
    cache: &Cache,
    gathered: Option<Gathered>,
    report: &mut SystemReport,
) -> Result<(), Failure> {
    let Some(batch) = gathered.map(Gathered::into_batch) else {
        return Ok(());
    };
    let collection = batch.collection.clone();
    let applied = cache
        .apply(batch)
        .await
        .map_err(|e| Failure::cache(&collection, &e))?;
    report.fetched += applied.fetched;
    report.applied += applied.applied;
    report.quarantined += applied.quarantined;
    Ok(())
}
