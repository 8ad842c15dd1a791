//! Letters before they are sent: the proof of a notice, rendered by Exstream, with the hash it would be signed under.

use bytes::Bytes;
use connectors::Outgoing;
use domain::{
    Refusal,
    canonical::sha256_hex,
    operation::{Call, Operation},
    refusal::Code,
};
use serde_json::json;

use crate::{Desk, act::Planned, view::Content};

/// A rendered proof.
#[derive(Debug, Clone)]
pub(crate) struct Proof {
    pub(crate) bytes: Bytes,
    pub(crate) sha256: String,
    /// Content hash: what a signature would name.
    pub(crate) hash: String,
}

impl Proof {
    /// The proof as a window shows it.
    pub(crate) fn content(&self, name: String) -> Content {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        Content {
            name,
            media_type: "application/pdf".to_owned(),
            sha256: self.sha256.clone(),
            size: u32::try_from(self.bytes.len()).unwrap_or(u32::MAX),
            base64: Some(STANDARD.encode(&self.bytes)),
            problem: None,
        }
    }
}

impl Desk {
    /// Renders the proof of a planned notice. Rendering has no effect outside, so it may be done while a person still
    /// writes.
    ///
    /// # Errors
    /// `E_OFFLINE` while Exstream cannot be reached; `E_FIELD` when it refuses the data; `E_INTEGRITY` for bytes that are no
    /// PDF.
    pub(crate) async fn proof(&self, planned: &Planned) -> Result<Proof, Refusal> {
        let step = planned
            .plan
            .steps
            .iter()
            .find(|s| s.operation == Operation::Render)
            .ok_or_else(|| Refusal::new(Code::NotApplicable, "This plan renders nothing."))?;
        let call: Call = serde_json::from_value(step.args.clone()).map_err(|e| {
            Refusal::new(Code::Input, format!("The letter cannot be rendered: {e}"))
        })?;
        let Call::Render {
            template,
            template_version,
            data,
            ..
        } = &call
        else {
            return Err(Refusal::new(
                Code::NotApplicable,
                "This plan renders nothing.",
            ));
        };
        let connectors = self.connectors();
        let connector = connectors
            .get(&domain::System::Exstream)
            .ok_or_else(|| Refusal::new(Code::Offline, "Exstream is not connected."))?;
        let outgoing = Outgoing {
            key: step.key.clone(),
            reference: domain::action::reference(&step.key),
            call: call.clone(),
            blobs: std::collections::BTreeMap::new(),
            actor: Some(self.person().id),
            now: self.now(),
        };
        let receipt = connector.perform(&outgoing).await.map_err(|e| match e {
            connectors::CallError::Refused { message, .. } => Refusal::new(
                Code::Field,
                format!("Exstream refuses this letter: {message}"),
            ),
            other => Refusal::new(Code::Offline, "No proof now: Exstream cannot be reached.")
                .with(json!({"cause": other.to_string()})),
        })?;
        let bytes = receipt.bytes.unwrap_or_default();
        if !bytes.starts_with(b"%PDF-") {
            return Err(Refusal::new(
                Code::Integrity,
                "What Exstream sent is no PDF.",
            ));
        }
        let sha256 = sha256_hex(&bytes);
        let hash = domain::letter::hash_of_render(template, *template_version, data, &sha256)
            .map_err(|e| Refusal::new(Code::Input, e.to_string()))?;
        Ok(Proof {
            bytes,
            sha256,
            hash,
        })
    }
}
