//! The connectors of a data folder, and the connections they were made of.

use std::{collections::BTreeMap, sync::Arc};

use connectors::{ConnectionConfig, Connections, Connector, NetworkSwitch, clock::OffsetClock};
use domain::System;

use crate::Source;

pub(crate) type Connectors = BTreeMap<System, Arc<dyn Connector>>;

/// Connectors of what is not paused.
#[derive(Clone, Default)]
pub(crate) struct Joined {
    pub(crate) connectors: Arc<Connectors>,
    made_of: Arc<Connections>,
}

impl Joined {
    /// The connectors of a source in place of these. A connection that is as it was keeps its session, and so what that
    /// knows: a token that holds, a pace that was asked for, a sign-in that was refused and is not to be tried again with
    /// every edit of another one. Those for which `anew` says so begin from nothing: their secrets were entered again.
    pub(crate) fn with(
        &self,
        source: &Source,
        connections: Connections,
        anew: impl Fn(System) -> bool,
        network: &NetworkSwitch,
        clock: &OffsetClock,
    ) -> Self {
        let clock = Arc::new(clock.clone());
        let mut connectors = connectors::factory::connect(&connections, network.clone(), clock);
        connectors.retain(|system, _| !source.is_paused(*system));
        for (system, connector) in &mut connectors {
            if let Some(config) = connections.systems.get(system)
                && connections.withheld.get(system) == self.made_of.withheld.get(system)
                && let Some(same) = self.of(*system, config)
                && !anew(*system)
            {
                *connector = same;
            }
        }
        Self {
            connectors: Arc::new(connectors),
            made_of: Arc::new(connections),
        }
    }

    /// The connections in use, with their secrets.
    pub(crate) fn made_of(&self) -> &Connections {
        &self.made_of
    }

    /// The connector that was made of this connection, with these secrets.
    pub(crate) fn of(
        &self,
        system: System,
        config: &ConnectionConfig,
    ) -> Option<Arc<dyn Connector>> {
        let made_of = self.made_of.systems.get(&system);
        let connector = self.connectors.get(&system);
        connector.filter(|_| made_of == Some(config)).cloned()
    }
}
