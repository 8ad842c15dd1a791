//! A connection whose secrets are not at hand: it says what it could do, and asks for a sign-in whatever is asked of it, so
//! that what is queued for it waits and the other systems go on.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{ObjectRef, System};

use crate::{
    CallError, Collection, Connector, Content, LookUp, Manifest, Outgoing, PullError, PullPage,
    PullRequest, Receipt, port::CheckStep, wire_log::WireCall,
};

/// Stands before a connector that could not sign in.
pub(crate) struct Withheld {
    behind: Arc<dyn Connector>,
    why: String,
}

impl Withheld {
    pub(crate) fn new(behind: Arc<dyn Connector>, why: &str) -> Self {
        Self {
            behind,
            why: why.to_owned(),
        }
    }
}

#[async_trait]
impl Connector for Withheld {
    fn system(&self) -> System {
        self.behind.system()
    }

    fn manifest(&self) -> &Manifest {
        self.behind.manifest()
    }

    fn collections(&self) -> &'static [Collection] {
        self.behind.collections()
    }

    async fn pull(&self, _: &PullRequest) -> Result<PullPage, PullError> {
        Err(PullError::SignIn(self.why.clone()))
    }

    async fn perform(&self, _: &Outgoing) -> Result<Receipt, CallError> {
        Err(CallError::SignIn(self.why.clone()))
    }

    async fn look_up(&self, _: &Outgoing) -> Result<LookUp, CallError> {
        Err(CallError::SignIn(self.why.clone()))
    }

    async fn content(&self, _: &ObjectRef) -> Result<Content, PullError> {
        Err(PullError::SignIn(self.why.clone()))
    }

    async fn check(&self) -> Vec<CheckStep> {
        vec![CheckStep {
            step: "secrets".to_owned(),
            ok: false,
            message: self.why.clone(),
        }]
    }

    /// None is made.
    fn recent_calls(&self, _: u64) -> Vec<WireCall> {
        Vec::new()
    }
}
