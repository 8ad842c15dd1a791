//! Custody of a letter: the same hash from its data to its filing, or the joint where it broke.

use domain::{
    Refusal,
    operation::Operation,
    release,
    review::{ReviewState, state as by_signatures},
    review_log::ReviewRecord,
};

use super::{
    reviews::{approvals, number_text},
    words,
};
use crate::{
    Desk,
    problem::Refuse,
    release::named,
    review::text,
    view::{CustodyNode, Tone},
};

fn node(title: &str, hash: Option<String>, detail: String, tone: Tone, joint: &str) -> CustodyNode {
    let state = match (&hash, tone) {
        (Some(_), Tone::Fail) => "different",
        (Some(_), _) => "reached",
        (None, _) => "not_reached",
    };
    CustodyNode {
        title: title.to_owned(),
        status: words::word(tone, state, title),
        hash,
        detail,
        joint: joint.to_owned(),
    }
}

/// What lies in the business workspace, as it was read back after filing.
pub(super) struct Filed {
    sha256: String,
    name: String,
}

impl Desk {
    /// The filing of a letter by this desktop; `None` where there was none yet, or another desktop did it.
    pub(super) async fn filed(&self, record: &ReviewRecord) -> Result<Option<Filed>, Refusal> {
        let ledger = &self.inner.ledger;
        let asked = ledger
            .maker_of(Operation::OpenSpace, &record.space_id)
            .await
            .refuse()?;
        let taken_over =
            crate::derive::intent_of(&release::release_id(&record.space_id, &record.request.hash));
        let taken_over = ledger.action_of(&taken_over).await.refuse()?;
        for action in asked.iter().chain(&taken_over) {
            let receipts = ledger.receipts(action).await.refuse()?;
            if let Some(file) = named(&receipts, "file") {
                return Ok(Some(Filed {
                    sha256: text(&file.detail, "sha256").to_owned(),
                    name: text(&file.detail, "name").to_owned(),
                }));
            }
        }
        Ok(None)
    }
}

pub(super) fn custody(
    record: &ReviewRecord,
    filed: Option<&Filed>,
    now: domain::Millis,
) -> Vec<CustodyNode> {
    let rendered = text(&record.data, "rendered_sha256");
    // The release check's word on it, else what the outcome says.
    let produced = record
        .mismatch
        .as_ref()
        .or(record.outcome.as_ref())
        .map(|o| text(o, "produced_sha256").to_owned())
        .filter(|p| !p.is_empty());
    // What was signed was signed, whatever was produced from it later.
    let request = &record.request;
    let quorum = by_signatures(request, &record.signatures, &request.hash, now);
    let approved = quorum == ReviewState::Approved;
    let fields = domain::letter_text::fields_of(&record.data);
    let signed = approvals(record).len();
    let (last, tone, detail) = match &produced {
        Some(hash) if hash == rendered => ("equal", Tone::Ok, "compared after release"),
        Some(_) => (
            "different",
            Tone::Fail,
            "another letter than was approved; nothing follows",
        ),
        None => ("not_yet", Tone::None, "after release"),
    };
    let (filed_joint, filed_tone) = match filed {
        Some(filed) if filed.sha256 == rendered => ("equal", Tone::Ok),
        Some(_) => ("different", Tone::Fail),
        None => ("not_yet", Tone::None),
    };
    vec![
        node(
            "Data",
            domain::canonical::hash(&fields).ok(),
            format!("{} fields", fields.len()),
            Tone::Ok,
            "equal",
        ),
        node(
            "Rendered",
            Some(rendered.to_owned()),
            format!(
                "{} release {}",
                text(&record.data, "template"),
                number_text(&record.data, "template_version")
            ),
            Tone::Ok,
            "equal",
        ),
        node(
            "Approved",
            approved.then(|| rendered.to_owned()),
            format!("{signed} of {} signed", request.needed),
            if approved { Tone::Ok } else { Tone::Wait },
            last,
        ),
        node("Produced", produced, detail.to_owned(), tone, filed_joint),
        node(
            "Filed",
            filed.map(|f| f.sha256.clone()),
            filed.map_or("after release", |f| &f.name).to_owned(),
            filed_tone,
            "none",
        ),
    ]
}
