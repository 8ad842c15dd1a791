//! What changed, told once and only after it is on disk.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use tokio::sync::broadcast;

/// Above this many ids of one topic, only "many" is told: a listener reads the topic again.
const MANY: usize = 500;
/// How many announcements a slow listener may fall behind before it is told that it missed some.
const BACKLOG: usize = 1_024;

/// Ids of one topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ids {
    /// These.
    Some(BTreeSet<String>),
    /// Too many to name, or none in particular.
    Many,
}

/// What one transaction changed, by topic.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changes {
    /// Topic to ids.
    pub topics: BTreeMap<&'static str, Ids>,
}

impl Changes {
    /// Whether nothing changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.topics.is_empty()
    }

    /// Whether a topic changed at all.
    #[must_use]
    pub fn touches(&self, topic: &str) -> bool {
        self.topics.contains_key(topic)
    }

    pub(crate) fn add(&mut self, topic: &'static str, id: String) {
        let ids = self
            .topics
            .entry(topic)
            .or_insert_with(|| Ids::Some(BTreeSet::new()));
        if let Ids::Some(known) = ids {
            known.insert(id);
            if known.len() > MANY {
                *ids = Ids::Many;
            }
        }
    }

    pub(crate) fn add_many(&mut self, topic: &'static str) {
        self.topics.insert(topic, Ids::Many);
    }
}

/// Announces [`Changes`] after commit.
#[derive(Debug, Clone)]
pub struct ChangeFeed {
    sender: broadcast::Sender<Arc<Changes>>,
}

impl Default for ChangeFeed {
    fn default() -> Self {
        Self {
            sender: broadcast::channel(BACKLOG).0,
        }
    }
}

impl ChangeFeed {
    /// Listens from now on. A listener that is told it lagged reads everything again.
    #[must_use]
    pub fn listen(&self) -> broadcast::Receiver<Arc<Changes>> {
        self.sender.subscribe()
    }

    pub(crate) fn announce(&self, changes: Changes) {
        if !changes.is_empty() {
            // Nobody listening is no fault.
            let _ = self.sender.send(Arc::new(changes));
        }
    }
}
