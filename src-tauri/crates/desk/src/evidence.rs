//! What shows that a letter was approved and left as it was signed: the page for people, and the pack that verifies itself.

use std::{
    io::{Read, Write},
    path::{Path, PathBuf},
};

use connectors::text::safe_file_name;
use domain::{
    Kind, ObjectRef, Refusal, System, archive,
    canonical::{self, NotCanonical},
    evidence::{self, Approval},
    refusal::Code,
    release::{self, Evidence},
    review::ReviewState,
    review_log::ReviewRecord,
    review_rule,
};
use serde_json::Value;

use crate::{
    Desk,
    problem::{Refuse, input, not_found},
    review::text,
    view::Exported,
};

/// Most that is read of a pack, in bytes.
const LONGEST_PACK: u64 = 256 * 1024 * 1024;
/// Packs of one letter that lie beside one another.
const MOST_PACKS: u32 = 1_000;
/// More files than this no pack has: that of a campaign holds a signed confirmation of each recipient.
const MOST_FILES: usize = domain::campaign::MOST + 32;

impl Desk {
    /// The evidence page of a letter: who signed what, when and with which meaning.
    pub(crate) async fn evidence_page(
        &self,
        review: &ReviewRecord,
        approved: &str,
        produced: Option<&str>,
    ) -> Result<String, Refusal> {
        let case = self.know(&review.case_id).await?.case;
        let template = format!(
            "{} ({} release {})",
            text(&review.data, "template_title"),
            text(&review.data, "template"),
            review.data.get("template_version").unwrap_or(&Value::Null),
        );
        Ok(release::evidence_page(&Evidence {
            notice: &review.notice,
            template: &template,
            case_number: &case.number,
            maker: self.persons().name(review.request.maker.as_str()),
            request: &review.request,
            signatures: &review.signatures,
            approved_sha256: approved,
            produced_sha256: produced,
        }))
    }

    /// Writes the evidence pack of an approved letter into a new folder, sealed with the key of this data folder. Gives the
    /// name of the key, for whoever gets the pack to compare.
    ///
    /// # Errors
    /// `E_NOT_FOUND` for no review; `E_STATE` while it is not approved; `E_INPUT` for a folder that exists or cannot be made; `E_OFFLINE` or `E_INTEGRITY` when the approved bytes cannot be had.
    pub async fn export_evidence(&self, id: &str, folder: &Path) -> Result<String, Refusal> {
        let space = id.strip_prefix("review:community:").unwrap_or(id);
        // As Community has it: what waits here to be posted is no evidence yet.
        let review = self.pulled(space).await?;
        let review = review.ok_or_else(|| not_found("review", id))?;
        let state = review.state(self.now());
        if state != ReviewState::Approved {
            return Err(Refusal::new(
                Code::State,
                format!("This letter is not approved: its review is {state}."),
            ));
        }
        if !text(&review.data, "manifest").is_empty() {
            return Err(Refusal::new(
                Code::NotApplicable,
                "A pack holds one letter; what was signed of a batch is its manifest, which lies on the case.",
            ));
        }
        let rendered = text(&review.data, "rendered_sha256");
        // What this desktop rendered itself is in the ledger, network or not.
        let letter = match self.inner.ledger.blob(rendered).await.refuse()? {
            Some(bytes) => bytes,
            None => {
                let proof = text(&review.data, "attachment");
                let proof = ObjectRef::new(Kind::Attachment, System::Community, proof);
                self.bytes_of(&proof, Some(rendered)).await?
            }
        };
        let produced = review.outcome.as_ref();
        let produced = produced.map(|outcome| text(outcome, "produced_sha256"));
        let produced = produced.filter(|sha256| !sha256.is_empty());
        let page = self.evidence_page(&review, rendered, produced).await?;
        let (request, signatures) = (&review.request, &review.signatures);
        let progress = review_rule::progress(request, signatures);
        let counted = progress.counted.iter().chain(&progress.by_partner);
        let counted = counted.filter_map(|place| signatures.get(*place));
        let approval = Approval {
            space_id: review.space_id.clone(),
            request: review.request.clone(),
            signatures: counted.cloned().collect(),
            delegations: review.delegations.clone(),
        };
        std::fs::create_dir(folder).map_err(|e| unusable(folder, &e))?;
        let written = self.write_pack(folder, &review, (&letter, &page, &approval));
        if let Err(refusal) = written.await {
            // Half a pack proves nothing.
            let _ = std::fs::remove_dir_all(folder);
            return Err(refusal);
        }
        Ok(self.inner.seal.fingerprint())
    }

    /// The same into a folder of its own among these files of a person, named after the letter.
    ///
    /// # Errors
    /// As [`Desk::export_evidence`].
    pub async fn export_evidence_among(
        &self,
        id: &str,
        downloads: &Path,
    ) -> Result<Exported, Refusal> {
        let folder = free_folder(downloads, &self.review(id).await?.notice)?;
        let sealed_by = self.export_evidence(id, &folder).await?;
        Ok(Exported {
            folder: folder.display().to_string(),
            sealed_by,
        })
    }

    async fn write_pack(
        &self,
        folder: &Path,
        review: &ReviewRecord,
        (letter, page, approval): (&[u8], &str, &Approval),
    ) -> Result<(), Refusal> {
        let audit = folder.join(evidence::AUDIT);
        let case = ObjectRef::case(review.case_id.clone()).to_string();
        let ledger = &self.inner.ledger;
        ledger
            .export_audit(&audit, Some(&case), self.now())
            .await
            .refuse()?;
        let audit = std::fs::read(&audit).map_err(|e| unusable(&audit, &e))?;
        let text = |value: Result<Vec<u8>, NotCanonical>| {
            value.map_err(|e| Refusal::new(Code::Internal, e.to_string()))
        };
        let files = [
            (evidence::LETTER, letter.to_vec()),
            (evidence::REQUEST, text(canonical::to_bytes(&review.data))?),
            (evidence::APPROVAL, text(canonical::to_bytes(approval))?),
            (evidence::PAGE, page.as_bytes().to_vec()),
            (evidence::AUDIT, audit),
        ];
        let files = files.map(|(name, bytes)| (name.to_owned(), bytes));
        let (id, maker) = (review.id(), self.person().id);
        let pack = evidence::pack(
            (&id, &review.notice),
            (self.now(), &maker),
            files.to_vec(),
            &self.inner.seal,
        );
        let pack = pack.map_err(|e| Refusal::new(Code::Internal, e.to_string()))?;
        for (name, bytes) in pack.iter().filter(|(name, _)| name != evidence::AUDIT) {
            write_new(&folder.join(name), bytes)?;
        }
        Ok(())
    }
}

/// Writes a file that is not there yet, to the disk.
pub(crate) fn write_new(path: &Path, bytes: &[u8]) -> Result<(), Refusal> {
    let file = std::fs::File::create_new(path);
    file.and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    })
    .map_err(|e| unusable(path, &e))
}

/// A folder of its own for the evidence of something, among the files of a person. It is not made yet.
pub(crate) fn free_folder(downloads: &Path, about: &str) -> Result<PathBuf, Refusal> {
    let name = safe_file_name(&format!("Evidence {about}"));
    std::fs::create_dir_all(downloads).map_err(|e| unusable(downloads, &e))?;
    let folders = (1..MOST_PACKS).map(|n| match n {
        1 => downloads.join(&name),
        n => downloads.join(format!("{name} ({n})")),
    });
    let mut free = folders.filter(|folder| !folder.exists());
    free.next()
        .ok_or_else(|| input(format!("{name} was exported very often.")))
}

/// Verifies an evidence pack without account, key or data folder: a folder, or the same as one file.
///
/// # Errors
/// `E_INPUT` when it does not read or holds more than a pack.
pub fn verify_evidence(pack: &Path) -> Result<evidence::Verdict, Refusal> {
    let files = if pack.is_dir() {
        files_in(pack)?
    } else {
        files_of_archive(pack)?
    };
    let mut verdict = evidence::verify(&files);
    if let Some((_, audit)) = files.iter().find(|(name, _)| name == evidence::AUDIT) {
        match ledger::audit::verify_export_bytes(audit) {
            Ok(chain) => {
                if let Some(bad) = chain.first_bad {
                    let what = format!("record {}: {}", bad.seq, bad.reason);
                    verdict.found(evidence::AUDIT, what);
                }
            }
            Err(error) => verdict.found(evidence::AUDIT, error.to_refusal().message),
        }
    }
    Ok(verdict)
}

/// Whether a file begins as an archive of a pack does.
#[must_use]
pub fn is_archive(path: &Path) -> bool {
    let mut head = [0; 265];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut head));
    read.is_ok() && head.get(257..262) == Some(b"ustar")
}

fn files_of_archive(pack: &Path) -> Result<Vec<(String, Vec<u8>)>, Refusal> {
    let file = std::fs::File::open(pack).map_err(|e| unusable(pack, &e))?;
    let mut bytes = Vec::new();
    let read = file.take(LONGEST_PACK + 1).read_to_end(&mut bytes);
    if read.map_err(|e| unusable(pack, &e))? as u64 > LONGEST_PACK {
        return Err(more_than_a_pack(pack));
    }
    archive::read(&bytes, MOST_FILES).map_err(|e| {
        let words = format!("{} is damaged: {e}.", pack.display());
        Refusal::new(Code::Integrity, words)
    })
}

fn files_in(folder: &Path) -> Result<Vec<(String, Vec<u8>)>, Refusal> {
    let mut files = Vec::new();
    let mut left = LONGEST_PACK;
    for entry in std::fs::read_dir(folder).map_err(|e| unusable(folder, &e))? {
        let entry = entry.map_err(|e| unusable(folder, &e))?;
        let path = entry.path();
        let kind = entry.file_type().map_err(|e| unusable(&path, &e))?;
        if !kind.is_file() || files.len() >= MOST_FILES {
            return Err(more_than_a_pack(folder));
        }
        // What the folder says of a length is not trusted with memory.
        let mut bytes = Vec::new();
        let file = std::fs::File::open(&path).map_err(|e| unusable(&path, &e))?;
        let read = file.take(left + 1).read_to_end(&mut bytes);
        let read = read.map_err(|e| unusable(&path, &e))? as u64;
        left = left
            .checked_sub(read)
            .ok_or_else(|| more_than_a_pack(folder))?;
        files.push((entry.file_name().to_string_lossy().into_owned(), bytes));
    }
    Ok(files)
}

fn more_than_a_pack(folder: &Path) -> Refusal {
    let what = format!("{} holds more than an evidence pack.", folder.display());
    input(what)
}

pub(crate) fn unusable(path: &Path, error: &std::io::Error) -> Refusal {
    input(format!("{} cannot be used: {error}.", path.display()))
}
