//! What every handler is given.

use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::Millis;

use super::{
    clock::SandboxClock,
    effects::{Effect, Effects, Recorded},
    faults::Faults,
    secrets::Secrets,
};
use crate::{
    Scenario, community, documents, exstream, scenario::Rng, tracker, workflow, workspaces,
};

/// The running sandbox: scenario, clock, effects, faults and the state of the six systems.
#[derive(Debug)]
pub struct Ctx {
    scenario: Scenario,
    pub(crate) clock: SandboxClock,
    pub(crate) effects: Effects,
    pub(crate) faults: Faults,
    pub(crate) secrets: Secrets,
    base_url: String,
    community: Mutex<community::State>,
    documents: Mutex<documents::State>,
    exstream: Mutex<exstream::State>,
    workflow: Mutex<workflow::State>,
    workspaces: Mutex<workspaces::State>,
    tracker: Mutex<tracker::State>,
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Ctx {
    /// Seeds the six systems from the scenario. `base_url` has no trailing slash.
    #[must_use]
    pub fn new(scenario: Scenario, base_url: String) -> Self {
        let epoch = scenario.epoch;
        Self {
            community: Mutex::new(community::State::seed(&scenario, epoch)),
            documents: Mutex::new(documents::State::seed(&scenario, epoch)),
            exstream: Mutex::new(exstream::State::seed(&scenario, epoch)),
            workflow: Mutex::new(workflow::State::seed(&scenario, epoch)),
            workspaces: Mutex::new(workspaces::State::seed(&scenario, epoch)),
            tracker: Mutex::new(tracker::State::seed(&scenario, epoch)),
            clock: SandboxClock::default(),
            effects: Effects::default(),
            faults: Faults::default(),
            secrets: Secrets::default(),
            scenario,
            base_url,
        }
    }

    /// Sandbox time of this request.
    #[must_use]
    pub fn now(&self) -> Millis {
        self.clock.now()
    }

    /// The synthetic company.
    #[must_use]
    pub fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// Address of the server, without a trailing slash.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// A stream of numbers for a label, the same on every run.
    #[must_use]
    pub fn rng(&self, label: &str) -> Rng {
        self.scenario.rng(label)
    }

    /// Records a business effect at this instant.
    pub fn effect(&self, effect: Effect) {
        self.effects.add(effect, self.now());
    }

    /// Effects that fit, oldest first.
    #[must_use]
    pub fn effects(&self, system: Option<&str>, key: Option<&str>) -> Vec<Recorded> {
        self.effects.list(system, key)
    }

    /// The fault switches.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Moves the clock on, as `POST /sandbox/clock` does, but without a place in the journal.
    pub fn advance_clock(&self, milliseconds: i64) {
        self.clock.advance(milliseconds);
    }

    /// Active Community.
    pub fn community(&self) -> MutexGuard<'_, community::State> {
        held(&self.community)
    }

    /// Active Documents.
    pub fn documents(&self) -> MutexGuard<'_, documents::State> {
        held(&self.documents)
    }

    /// Exstream.
    pub fn exstream(&self) -> MutexGuard<'_, exstream::State> {
        held(&self.exstream)
    }

    /// Workflow Service.
    pub fn workflow(&self) -> MutexGuard<'_, workflow::State> {
        held(&self.workflow)
    }

    /// Business workspaces.
    pub fn workspaces(&self) -> MutexGuard<'_, workspaces::State> {
        held(&self.workspaces)
    }

    /// The tracker.
    pub fn tracker(&self) -> MutexGuard<'_, tracker::State> {
        held(&self.tracker)
    }
}
