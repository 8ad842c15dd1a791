//! The frame of the window: lights, counts, person, switches.

use chrono::{Offset, TimeZone};
use chrono_tz::Tz;
use domain::{Refusal, System, person::Role};

use super::words;
use crate::{
    Desk,
    persons::initials,
    problem::Refuse,
    view::{
        FirstSync, OutboxCounts, Person, RailCounts, Status, Storage, SyncLine, SyncReport,
        SyncState, SystemLight, Tone,
    },
};

impl Desk {
    /// Everything the frame shows.
    ///
    /// # Errors
    /// Failures of the databases.
    pub async fn status(&self) -> Result<Status, Refusal> {
        let now = self.now();
        let person = self.person();
        let zone: Tz = person.time_zone.parse().unwrap_or(Tz::UTC);
        let local = zone.timestamp_millis_opt(now.0).single();
        let lights = self.lights().await?;
        let outbox = self.outbox_counts().await?;
        let connected = self.connected();
        let failing = lights.iter().filter(|l| l.tone == Tone::Fail).count();
        let offline_since = lights.iter().filter_map(|l| l.last_success).max();
        let sync = if !self.is_online() || (failing > 0 && failing == connected.len()) {
            SyncState::Offline
        } else if lights.iter().any(|l| l.needs_sign_in) {
            SyncState::NeedsSignIn
        } else if failing > 0 || lights.iter().any(|l| l.tone == Tone::Stale) {
            // Old is not out of reach: after a night's sleep the next pull is seconds away.
            SyncState::Degraded
        } else if self.inner.pulling.try_lock().is_err() {
            SyncState::Syncing
        } else {
            SyncState::Online
        };
        let rows = self.inner.cache.mirrored_rows().await.refuse()?;
        let first = lights
            .iter()
            .any(|l| l.last_success.is_none() && l.last_error.is_none() && l.tone != Tone::None);
        let prepared = if self.read_only().is_none() {
            self.prepared().await?.len()
        } else {
            0
        };
        Ok(Status {
            sync,
            offline_since: (sync == SyncState::Offline)
                .then_some(offline_since)
                .flatten(),
            offline_by_choice: !self.is_online(),
            now: now.0,
            zone: person.time_zone.clone(),
            zone_short: local
                .as_ref()
                .map_or_else(|| "UTC".to_owned(), |t| t.format("%Z").to_string()),
            zone_offset_minutes: local.map_or(0, |t| t.offset().fix().local_minus_utc() / 60),
            systems: lights,
            outbox,
            counts: RailCounts {
                cases: self
                    .inner
                    .cache
                    .count_cases(&cache::CaseFilter {
                        open: Some(true),
                        ..cache::CaseFilter::default()
                    })
                    .await
                    .refuse()?,
                exceptions: self
                    .inner
                    .cache
                    .count_findings(&cache::FindingFilter {
                        open: Some(true),
                        ..cache::FindingFilter::default()
                    })
                    .await
                    .refuse()?,
                documents: self
                    .inner
                    .cache
                    .count_documents(&cache::DocumentFilter::default())
                    .await
                    .refuse()?,
                reviews: self.reviews_for_me().await?,
                prepared: u32::try_from(prepared).unwrap_or(u32::MAX),
            },
            policy: self.policy().hash().chars().take(8).collect(),
            person: self.person_view(&person),
            sandbox: self.source().is_some_and(|s| s.is_sandbox()),
            read_only: self.read_only().map(str::to_owned),
            storage: Storage {
                bytes: self.bytes_on_disk(),
                pinned_cases: u32::try_from(self.inner.cache.pinned().await.refuse()?.len())
                    .unwrap_or(u32::MAX),
            },
            first_sync: first.then_some(FirstSync {
                rows,
                rows_expected: None,
                bytes: 0,
                seconds_left: None,
                ready: rows > 0,
            }),
        })
    }

    pub(crate) fn person_view(&self, person: &domain::Person) -> Person {
        let title = person
            .roles
            .first()
            .map(|r| words::sentence(r.as_str()))
            .unwrap_or_default();
        Person {
            id: person.id.to_string(),
            name: person.name.clone(),
            initials: initials(&person.name),
            roles: person.roles.iter().map(Role::to_string).collect(),
            title,
        }
    }

    /// Persons who can be chosen, the acting one only where none can.
    #[must_use]
    pub fn list_persons(&self) -> Vec<Person> {
        self.persons()
            .all
            .iter()
            .map(|p| self.person_view(p))
            .collect()
    }

    fn bytes_on_disk(&self) -> i64 {
        ["cache.db", "cache.db-wal", "ledger.db", "ledger.db-wal"]
            .iter()
            .filter_map(|name| std::fs::metadata(self.inner.home.join(name)).ok())
            .map(|m| i64::try_from(m.len()).unwrap_or(i64::MAX))
            .sum()
    }

    async fn lights(&self) -> Result<Vec<SystemLight>, Refusal> {
        let status = self.inner.cache.system_status().await.refuse()?;
        let quarantined = self.inner.cache.quarantine_counts().await.refuse()?;
        let pauses = self.inner.ledger.pauses().await.refuse()?;
        let connected = self.connected();
        let source = self.source();
        let missing = self.missing_secrets();
        let now = self.now();
        Ok(System::ALL
            .iter()
            .map(|system| {
                let row = status.iter().find(|s| s.system == *system);
                let needs_sign_in = missing.contains_key(system)
                    || pauses.iter().any(|p| p.system == Some(*system));
                let last_success = row.and_then(|r| r.last_success);
                let last_error = row.and_then(|r| r.last_error.clone());
                let age = last_success.map(|at| now.since(at) / 1_000);
                let paused = source.as_ref().is_some_and(|s| s.is_paused(*system));
                let (tone, word) = if paused {
                    (Tone::None, "Paused".to_owned())
                } else if !connected.contains(system) {
                    (Tone::None, "Not connected".to_owned())
                } else if needs_sign_in {
                    (Tone::Late, "Needs sign-in".to_owned())
                } else if last_error.is_some() {
                    (Tone::Fail, "Out of reach".to_owned())
                } else {
                    match age {
                        None => (Tone::Wait, "Not read yet".to_owned()),
                        Some(seconds) if seconds > 300 => {
                            (Tone::Stale, format!("{} min old", seconds / 60))
                        }
                        Some(_) => (Tone::Ok, "OK".to_owned()),
                    }
                };
                SystemLight {
                    system: words::system(*system),
                    title: words::sentence(system.as_str()),
                    tone,
                    word,
                    last_attempt: row.and_then(|r| r.last_attempt).map(|at| at.0),
                    last_success: last_success.map(|at| at.0),
                    last_error,
                    needs_sign_in,
                    quarantined: quarantined
                        .iter()
                        .find(|(s, _)| s == system)
                        .map_or(0, |(_, n)| *n),
                }
            })
            .collect())
    }

    pub(crate) async fn outbox_counts(&self) -> Result<OutboxCounts, Refusal> {
        let counts = self.inner.ledger.counts().await.refuse()?;
        let now = self.now();
        let zone: Tz = self.person().time_zone.parse().unwrap_or(Tz::UTC);
        let midnight = zone
            .timestamp_millis_opt(now.0)
            .single()
            .and_then(|t| t.date_naive().and_hms_opt(0, 0, 0))
            .and_then(|t| zone.from_local_datetime(&t).earliest())
            .map_or(now.0, |t| t.timestamp_millis());
        let today = self
            .inner
            .ledger
            .confirmed_since(domain::Millis(midnight))
            .await
            .refuse()?;
        let paused = self
            .inner
            .ledger
            .pauses()
            .await
            .refuse()?
            .iter()
            .any(|p| p.system.is_none());
        let number = |n: i64| u32::try_from(n).unwrap_or(u32::MAX);
        Ok(OutboxCounts {
            open: number(counts.open()),
            to_decide: number(counts.to_decide()),
            unknown: number(counts.unknown),
            sending: number(counts.sending),
            waiting: number(counts.waiting),
            queued: number(counts.queued),
            confirmed_today: u32::try_from(today.len()).unwrap_or(u32::MAX),
            oldest_at: counts.oldest_open.map(|at| at.0),
            paused,
        })
    }

    /// Pulls now and says what came of it.
    ///
    /// # Errors
    /// `E_LOCKED` when only reading.
    pub async fn sync_now(&self, system: Option<System>) -> Result<SyncReport, Refusal> {
        let systems: Vec<System> = system.into_iter().collect();
        let reports = self.pull(&systems, false).await?;
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Ok(SyncReport {
            systems: reports
                .into_iter()
                .map(|r| SyncLine {
                    system: words::system(r.system),
                    fetched: number(r.fetched),
                    applied: number(r.applied),
                    quarantined: number(r.quarantined),
                    error: r.error,
                })
                .collect(),
        })
    }
}
