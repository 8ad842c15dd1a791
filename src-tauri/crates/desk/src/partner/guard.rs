//! The last look at what is published: where a partner reads, nothing internal is sent, whatever planned it (invariant I3).

use std::sync::Arc;

use async_trait::async_trait;
use cache::Cache;
use connectors::{
    CallError, CheckStep, Collection, Connector, Content, LookUp, Manifest, Outgoing, PullError,
    PullPage, PullRequest, Receipt, wire_log::WireCall,
};
use domain::{ObjectRef, System, operation::Call, visibility};
use ledger::Ledger;
use outbox::Connectors;

/// A connector that publishes in a partner's space only what is made for a partner.
struct Guarded {
    inner: Arc<dyn Connector>,
    cache: Cache,
    ledger: Ledger,
}

/// The connectors with this look before what goes to Community.
pub(crate) fn guarded(connectors: &Connectors, cache: &Cache, ledger: &Ledger) -> Connectors {
    let mut all = connectors.clone();
    if let Some(community) = all.get_mut(&System::Community) {
        *community = Arc::new(Guarded {
            inner: Arc::clone(community),
            cache: cache.clone(),
            ledger: ledger.clone(),
        });
    }
    all
}

/// Whether an item may be sent into a space opened for these purposes. Where none is known nobody can say who reads it:
/// it is held until the space was pulled.
fn may_send(
    purposes: &[String],
    item_kind: &str,
    title: &str,
    data: &serde_json::Value,
) -> Result<(), CallError> {
    if purposes.is_empty() {
        return Err(CallError::Transient {
            status: 0,
            message: "Who reads this space is not known here until it was pulled.".to_owned(),
            retry_at: None,
        });
    }
    let refused = purposes
        .iter()
        .find_map(|purpose| visibility::may_publish(purpose, item_kind, title, data).err());
    refused.map_or(Ok(()), |refusal| {
        Err(CallError::Refused {
            status: 0,
            message: refusal.message,
        })
    })
}

impl Guarded {
    /// What a space was opened for: as the mirror says; before it was pulled, as it was opened from here.
    async fn purposes(&self, space_id: &str) -> Result<Vec<String>, CallError> {
        // What cannot be looked at is not sent: it is tried again.
        let spaces = self.cache.spaces(&[space_id.to_owned()]).await;
        let spaces = spaces.map_err(|e| CallError::Unreachable(e.to_string()))?;
        if !spaces.is_empty() {
            return Ok(spaces.into_iter().map(|space| space.purpose).collect());
        }
        let opened = self.ledger.opened_for(space_id).await;
        opened.map_err(|e| CallError::Unreachable(e.to_string()))
    }

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
        may_send(&self.purposes(space_id).await?, item_kind, title, data)
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

#[cfg(test)]
mod tests {
    use domain::partner_review::{Posted, SHARED};
    use serde_json::json;

    use super::*;

    #[test]
    fn what_goes_into_a_space_nobody_here_knows_is_held_and_not_sent() {
        let outcome = Posted::Outcome {
            outcome: "approved".to_owned(),
            hash: "h1".to_owned(),
            text: "Approved".to_owned(),
        };
        let (kind, title, data) = outcome.item();
        let internal = json!({"text": "They cannot count"});
        let send = |purposes: &[&str], kind: &str, title: &str, data: &serde_json::Value| {
            let purposes: Vec<String> = purposes.iter().map(|p| (*p).to_owned()).collect();
            may_send(&purposes, kind, title, data)
        };
        for (kind, title, data) in [(kind, title, &data), ("comment", "Comment", &internal)] {
            let held = send(&[], kind, title, data);
            assert!(matches!(held, Err(CallError::Transient { .. })), "{kind}");
        }
        assert!(send(&[SHARED], kind, title, &data).is_ok());
        assert!(send(&["review"], "comment", "Comment", &internal).is_ok());
        for purposes in [&[SHARED][..], &["review", SHARED]] {
            let refused = send(purposes, "comment", "Comment", &internal);
            assert!(matches!(refused, Err(CallError::Refused { .. })));
        }
    }
}
