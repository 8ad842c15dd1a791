//! The last look at what is published: where a partner reads, nothing internal is sent, whatever planned it (invariant I3).

use std::sync::Arc;

use async_trait::async_trait;
use cache::Cache;
use connectors::{
    CallError, CheckStep, Collection, Connector, Content, LookUp, Manifest, Outgoing, PullError,
    PullPage, PullRequest, Receipt, wire_log::WireCall,
};
use domain::{ObjectRef, System, operation::Call, visibility};
use outbox::Connectors;

/// A connector that publishes in a partner's space only what is made for a partner.
struct Guarded {
    inner: Arc<dyn Connector>,
    cache: Cache,
}

/// The connectors with this look before what goes to Community.
pub(crate) fn guarded(connectors: &Connectors, cache: &Cache) -> Connectors {
    let mut all = connectors.clone();
    if let Some(community) = all.get_mut(&System::Community) {
        *community = Arc::new(Guarded {
            inner: Arc::clone(community),
            cache: cache.clone(),
        });
    }
    all
}

impl Guarded {
    async fn look(&self, call: &Call) -> Result<(), CallError> {
        let Call::PublishItem {
            space_id,
            item_kind,
            title,
            data,
            ..
        } = call
        else {
            return Ok(());
        };
        let spaces = self.cache.spaces(std::slice::from_ref(space_id)).await;
        // What cannot be looked at is not sent: it is tried again.
        let spaces = spaces.map_err(|e| CallError::Unreachable(e.to_string()))?;
        let refused = spaces.iter().find_map(|space| {
            visibility::may_publish(&space.purpose, item_kind, title, data).err()
        });
        refused.map_or(Ok(()), |refusal| {
            Err(CallError::Refused {
                status: 0,
                message: refusal.message,
            })
        })
    }
}

#[async_trait]
impl Connector for Guarded {
    fn system(&self) -> System {
        self.inner.system()
    }

    fn manifest(&self) -> &Manifest {
        self.inner.manifest()
    }

    fn collections(&self) -> &'static [Collection] {
        self.inner.collections()
    }

    async fn pull(&self, request: &PullRequest) -> Result<PullPage, PullError> {
        self.inner.pull(request).await
    }

    async fn perform(&self, outgoing: &Outgoing) -> Result<Receipt, CallError> {
        self.look(&outgoing.call).await?;
        self.inner.perform(outgoing).await
    }

    async fn look_up(&self, outgoing: &Outgoing) -> Result<LookUp, CallError> {
        self.inner.look_up(outgoing).await
    }

    async fn content(&self, object: &ObjectRef) -> Result<Content, PullError> {
        self.inner.content(object).await
    }

    async fn check(&self) -> Vec<CheckStep> {
        self.inner.check().await
    }

    fn recent_calls(&self, after: u64) -> Vec<WireCall> {
        self.inner.recent_calls(after)
    }
}
