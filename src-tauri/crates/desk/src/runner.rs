//! Pulls, the background work while the window is open, and what the screens are told.

use std::{sync::Arc, time::Duration};

use connectors::Clock;
use domain::{Refusal, System, refusal::Code};
use sqlite::Changes;
use sync::{SystemReport, Wanted};
use tokio::sync::{RwLockReadGuard, RwLockWriteGuard, broadcast, mpsc};

use crate::{
    Desk,
    problem::Refuse,
    view::{Changed, Topic},
};

/// The longest the outbox sleeps: due times may come nearer without a word (a clock that was moved).
const LONGEST_SLEEP: Duration = Duration::from_secs(2);
/// How often the sandbox's clock is looked at and the wire journal kept.
const TICK: Duration = Duration::from_secs(2);

/// For how long changes are gathered after one was told: during a pull there are many in a second.
const GATHER: Duration = Duration::from_millis(400);

impl Desk {
    /// Pulls once.
    ///
    /// # Errors
    /// `E_LOCKED` when only reading, `E_STATE` when other connections were asked for meanwhile; failures of the cache. What
    /// fails at a system stands in its report.
    pub async fn pull(&self, systems: &[System], full: bool) -> Result<Vec<SystemReport>, Refusal> {
        self.writable()?;
        let _one_at_a_time = self.inner.pulling.lock().await;
        self.follow_clock().await;
        let clock: Arc<dyn Clock> = Arc::new(self.inner.clock.clone());
        let wanted = Wanted {
            systems: systems.to_vec(),
            full,
        };
        let (mirror, others) = self.over_these_connections().await;
        let connectors = self.connectors();
        let reports = tokio::select! {
            reports = sync::pull_once(&connectors, &self.inner.cache, &clock, &wanted) => reports,
            () = others => {
                return Err(Refusal::new(Code::State, "Other connections were entered meanwhile."));
            }
        };
        drop(mirror);
        self.keep_wire().await;
        self.resume_answering().await?;
        // What was pulled may pass gates and derive steps.
        Box::pin(self.follow()).await?;
        Ok(reports)
    }

    /// Systems that delivery left alone until somebody signs in, and that answered a pull since: what waited goes on.
    pub(crate) async fn resume_answering(&self) -> Result<(), Refusal> {
        let (cache, ledger) = (&self.inner.cache, &self.inner.ledger);
        let pauses = ledger.pauses().await.refuse()?;
        let paused: Vec<_> = pauses
            .iter()
            .filter_map(|pause| Some((pause.system?, pause.since)))
            .collect();
        if paused.is_empty() {
            return Ok(());
        }
        let answered = cache.system_status().await.refuse()?;
        for (system, since) in paused {
            let signed_in = answered.iter().any(|status| {
                status.system == system
                    && status.last_error.is_none()
                    && status.last_success.is_some_and(|at| at >= since)
            });
            if signed_in {
                ledger
                    .resume_system(system, &ledger::Actor::system(), self.now())
                    .await
                    .refuse()?;
            }
        }
        Ok(())
    }

    /// For a pull: what keeps the connections of now, and what ends once others are asked for.
    async fn over_these_connections(&self) -> (RwLockReadGuard<'_, ()>, impl Future<Output = ()>) {
        let mirror = self.inner.mirror.read().await;
        let connected = self.state(|s| s.connected);
        let mut asked = self.inner.reconnecting.subscribe();
        let others = async move {
            // The sender lives as long as the desk.
            let _ = asked.wait_for(|asked| *asked != connected).await;
        };
        (mirror, others)
    }

    /// Ends every pull over the connections of now; none begins while what is returned is held.
    pub(crate) async fn between_pulls(&self) -> Between<'_> {
        let mut number = 0;
        self.inner.reconnecting.send_modify(|asked| {
            *asked += 1;
            number = *asked;
        });
        let _mirror = self.inner.mirror.write().await;
        Between {
            desk: self,
            number,
            _mirror,
        }
    }

    /// Cuts at the connectors, or joins again.
    pub fn set_online(&self, online: bool) {
        self.inner.network.set_online(online);
        self.inner.wake.notify_waiters();
    }

    /// Whether the switch is on.
    #[must_use]
    pub fn is_online(&self) -> bool {
        self.inner.network.is_online()
    }

    /// Pulls and delivers until `stop` ends.
    pub async fn run(&self, stop: impl Future<Output = ()>) {
        if self.read_only().is_some() {
            stop.await;
            return;
        }
        if let Err(refusal) = self.recover().await {
            tracing::error!(%refusal, "what was under way cannot be read");
        }
        tokio::select! {
            () = stop => {}
            () = self.pull_loop() => {}
            () = self.push_loop() => {}
            () = self.tick_loop() => {}
        }
    }

    async fn pull_loop(&self) {
        loop {
            let (_mirror, others) = self.over_these_connections().await;
            let clock: Arc<dyn Clock> = Arc::new(self.inner.clock.clone());
            let connectors = (*self.connectors()).clone();
            let runner = sync::Runner::new(
                connectors,
                self.inner.cache.clone(),
                clock,
                self.inner.network.clone(),
            );
            let wake = runner.wake();
            let woken = async {
                loop {
                    self.inner.pull_now.notified().await;
                    wake.all();
                }
            };
            let until = async {
                tokio::select! {
                    () = others => {}
                    () = woken => {}
                }
            };
            runner.run(until).await;
        }
    }

    async fn push_loop(&self) {
        loop {
            let next = match self.push().await {
                Ok(report) => {
                    if !report.settled.is_empty() {
                        self.inner.pull_now.notify_waiters();
                    }
                    report.next_due
                }
                Err(refusal) => {
                    tracing::warn!(%refusal, "delivery stopped");
                    None
                }
            };
            let wait = next.map_or(LONGEST_SLEEP, |at| {
                let milliseconds = u64::try_from(at.since(self.now())).unwrap_or_default();
                Duration::from_millis(milliseconds.max(200)).min(LONGEST_SLEEP)
            });
            tokio::select! {
                () = self.inner.wake.notified() => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    async fn tick_loop(&self) {
        loop {
            tokio::time::sleep(TICK).await;
            self.follow_clock().await;
            self.keep_wire().await;
        }
    }

    /// What changed, as topics the screens know, until both databases are closed. The first change is told at once; what
    /// follows closely is told together, since every word of it makes the screens read again.
    #[must_use]
    pub fn listen(&self) -> mpsc::Receiver<Changed> {
        let (note, noted) = mpsc::channel(64);
        for feed in [
            self.inner.cache.database().changes().listen(),
            self.inner.ledger.changes().listen(),
        ] {
            tokio::spawn(forward(feed, note.clone()));
        }
        let (tell, told) = mpsc::channel(64);
        tokio::spawn(gather(noted, tell, GATHER));
        told
    }
}

/// The time in which connections change: nothing is pulled. What is pulled afterwards is over the connections stored by
/// then, whether they are others or the change failed.
pub(crate) struct Between<'a> {
    desk: &'a Desk,
    number: u64,
    _mirror: RwLockWriteGuard<'a, ()>,
}

impl Drop for Between<'_> {
    fn drop(&mut self) {
        self.desk.change(|s| s.connected = self.number);
    }
}

async fn forward(mut feed: broadcast::Receiver<Arc<Changes>>, note: mpsc::Sender<Vec<Topic>>) {
    loop {
        let topics = match feed.recv().await {
            Ok(changes) => topics_of(&changes),
            // Too much at once: everything is out of date.
            Err(broadcast::error::RecvError::Lagged(_)) => {
                vec![
                    Topic::Cases,
                    Topic::Exceptions,
                    Topic::Documents,
                    Topic::Notices,
                    Topic::Outbox,
                    Topic::Reviews,
                    Topic::Status,
                ]
            }
            Err(broadcast::error::RecvError::Closed) => return,
        };
        if !topics.is_empty() && note.send(topics).await.is_err() {
            return;
        }
    }
}

/// Tells the first topics at once and those of each `while_` after it together.
async fn gather(
    mut noted: mpsc::Receiver<Vec<Topic>>,
    tell: mpsc::Sender<Changed>,
    while_: Duration,
) {
    while let Some(mut topics) = noted.recv().await {
        loop {
            if tell.send(Changed { topics }).await.is_err() {
                return;
            }
            topics = Vec::new();
            let end = tokio::time::sleep(while_);
            tokio::pin!(end);
            loop {
                tokio::select! {
                    () = &mut end => break,
                    more = noted.recv() => match more {
                        Some(more) => topics.extend(more),
                        None => break,
                    },
                }
            }
            topics.sort_unstable();
            topics.dedup();
            if topics.is_empty() {
                break;
            }
        }
    }
}

fn topics_of(changes: &Changes) -> Vec<Topic> {
    const MAP: &[(&str, &[Topic])] = &[
        ("case", &[Topic::Cases]),
        ("comment", &[Topic::Cases]),
        ("attachment", &[Topic::Cases]),
        ("partner", &[Topic::Cases]),
        ("finding", &[Topic::Exceptions, Topic::Cases]),
        ("document", &[Topic::Documents, Topic::Cases]),
        ("notice", &[Topic::Notices, Topic::Cases]),
        ("template", &[Topic::Notices]),
        ("task", &[Topic::Cases]),
        ("process", &[Topic::Cases]),
        ("workspace", &[Topic::Cases]),
        ("node", &[Topic::Cases]),
        ("ticket", &[Topic::Cases]),
        ("ticket_entry", &[Topic::Cases]),
        ("space", &[Topic::Reviews]),
        ("space_item", &[Topic::Reviews]),
        ("system", &[Topic::Status]),
        ("status", &[Topic::Status]),
        ("step", &[Topic::Outbox, Topic::Cases, Topic::Status]),
        ("gate", &[Topic::Outbox, Topic::Reviews]),
        ("draft", &[Topic::Notices]),
        ("review", &[Topic::Reviews, Topic::Status]),
        ("setting", &[Topic::Status, Topic::Exceptions]),
        ("pause", &[Topic::Outbox, Topic::Status]),
        ("audit", &[Topic::Audit]),
        ("wire", &[Topic::Wire]),
    ];
    let mut topics = Vec::new();
    for (word, mapped) in MAP {
        if changes.touches(word) {
            for topic in *mapped {
                if !topics.contains(topic) {
                    topics.push(*topic);
                }
            }
        }
    }
    // A call alone changes no light.
    if topics.iter().any(|topic| *topic != Topic::Wire) && !topics.contains(&Topic::Status) {
        topics.push(Topic::Status);
    }
    topics
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_first_change_is_told_at_once_and_a_burst_after_it_together() {
        let (note, noted) = mpsc::channel(64);
        let (tell, mut told) = mpsc::channel(64);
        // Longer than the test: what is gathered is told when nothing more can come.
        tokio::spawn(gather(noted, tell, Duration::from_secs(3_600)));
        note.send(vec![Topic::Cases]).await.unwrap();
        assert_eq!(told.recv().await.unwrap().topics, [Topic::Cases]);
        for _ in 0..1_000 {
            note.send(vec![Topic::Documents, Topic::Cases])
                .await
                .unwrap();
        }
        drop(note);
        let mut rest = told.recv().await.unwrap().topics;
        rest.sort_unstable();
        assert_eq!(rest, [Topic::Cases, Topic::Documents]);
        assert!(told.recv().await.is_none());
    }
}
