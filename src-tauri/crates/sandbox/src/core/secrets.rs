//! Passwords and client secrets that were changed over there: what the first line told no longer signs in.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use domain::System;

use super::state::Ctx;

/// By system; a system without an entry takes the one of the first line.
#[derive(Debug, Default)]
pub(crate) struct Secrets(Mutex<BTreeMap<System, String>>);

impl Secrets {
    /// From now on this one signs in, as password and as client secret.
    pub(crate) fn change(&self, system: System, secret: &str) {
        let mut changed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        changed.insert(system, secret.to_owned());
    }
}

impl Ctx {
    /// Whether this is the secret that signs in, where `first` is the one it began with.
    #[must_use]
    pub(crate) fn takes(&self, system: System, first: &str, told: &str) -> bool {
        let changed = self
            .secrets
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        changed.get(&system).map_or(first, String::as_str) == told
    }
}
