//! Builds the connectors of a data folder from its connections.

use std::{collections::BTreeMap, sync::Arc};

use domain::System;

use crate::{
    Clock, Connections, Connector,
    community::CommunityConnector,
    documents::DocumentsConnector,
    exstream::ExstreamConnector,
    session::{NetworkSwitch, SessionParts},
    tracker::TrackerConnector,
    withheld::Withheld,
    workflow::WorkflowConnector,
    workspaces::WorkspacesConnector,
};

/// The connectors of the connections there are. A system without a connection has none, and what needs it says so.
#[must_use]
pub fn connect(
    connections: &Connections,
    network: NetworkSwitch,
    clock: Arc<dyn Clock>,
) -> BTreeMap<System, Arc<dyn Connector>> {
    let parts = SessionParts::new(network, clock);
    let mut connectors: BTreeMap<System, Arc<dyn Connector>> = BTreeMap::new();
    for (system, config) in &connections.systems {
        let connector: Option<Arc<dyn Connector>> = match system {
            System::Community => Some(Arc::new(CommunityConnector::new(config, &parts))),
            System::Documents => Some(Arc::new(DocumentsConnector::new(config, &parts))),
            System::Exstream => Some(Arc::new(ExstreamConnector::new(config, &parts))),
            System::Workflow => Some(Arc::new(WorkflowConnector::new(config, &parts))),
            System::Workspaces => Some(Arc::new(WorkspacesConnector::new(config, &parts))),
            System::Tracker => Some(Arc::new(TrackerConnector::new(config, &parts))),
        };
        let Some(connector) = connector else {
            continue;
        };
        let connector = match connections.withheld.get(system) {
            Some(why) => Arc::new(Withheld::new(connector, why)),
            None => connector,
        };
        connectors.insert(*system, connector);
    }
    connectors
}
