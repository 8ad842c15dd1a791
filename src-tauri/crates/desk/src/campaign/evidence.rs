//! The evidence pack of a campaign: as a folder, or as the one file that is filed.

use std::path::Path;

use domain::{
    Kind, ObjectRef, Refusal, System, archive,
    campaign::{
        CampaignState,
        pack::{self, Row, Summary},
    },
    canonical::{self, NotCanonical},
    evidence,
    refusal::Code,
};

use super::{Campaign, counts, zone_of};
use crate::{
    Desk,
    evidence::{free_folder, unusable, write_new},
    facts,
    problem::{Refuse, input},
    view::Exported,
};

impl Desk {
    /// The bytes of the document of a campaign, proven.
    pub(crate) async fn campaign_document(&self, campaign: &Campaign) -> Result<Vec<u8>, Refusal> {
        let sha256 = &campaign.definition.terms.document.sha256;
        if let Some(bytes) = self.inner.ledger.blob(sha256).await.refuse()? {
            return Ok(bytes.to_vec());
        }
        let attachments = self
            .inner
            .cache
            .attachments_of_case(&campaign.case_id)
            .await
            .refuse()?;
        let Some(found) = attachments.iter().find(|a| a.sha256 == *sha256) else {
            let words = "The document of the campaign is not on its case yet.";
            return Err(Refusal::new(Code::Offline, words));
        };
        let object = ObjectRef::new(Kind::Attachment, System::Community, found.id.as_str());
        Ok(self.bytes_of(&object, Some(sha256)).await?.to_vec())
    }

    /// The files of the pack of a campaign, sealed with the key of this data folder.
    async fn campaign_files(&self, campaign: &Campaign) -> Result<Vec<(String, Vec<u8>)>, Refusal> {
        let now = self.now();
        let partners = self.partners_of(campaign).await?;
        let standings = self.recipient_standings(campaign, &partners, now);
        let rows: Vec<Row> = campaign
            .recipients()
            .filter_map(|id| {
                let partner = partners.get(id);
                let name = partner.map_or(id, |p| p.name.as_str());
                let about = (id, name, zone_of(partner));
                Some(Row::of(about, standings.get(id)?, campaign.waivers.get(id)))
            })
            .collect();
        let differing = campaign.taken.iter().filter(|(_, t)| t.differs);
        let summary = Summary {
            space_id: campaign.space_id.clone().unwrap_or_default(),
            case_id: campaign.case_id.clone(),
            definition: campaign.definition.clone(),
            as_of: now,
            counts: counts(&standings),
            differing: differing.map(|(id, _)| id.clone()).collect(),
            recipients: rows,
        };
        let persons = self.persons();
        let page = pack::page(&summary, &campaign.answers, |id| {
            persons.name(id).to_owned()
        });
        let case = facts::case_object(&campaign.case_id).to_string();
        let audit = self
            .inner
            .ledger
            .audit_export(Some(&case), now)
            .await
            .refuse()?;
        let text = |value: Result<Vec<u8>, NotCanonical>| {
            value.map_err(|e| Refusal::new(Code::Internal, e.to_string()))
        };
        let mut files = vec![
            (
                pack::DOCUMENT.to_owned(),
                self.campaign_document(campaign).await?,
            ),
            (
                pack::CAMPAIGN.to_owned(),
                text(canonical::to_bytes(&summary))?,
            ),
            (
                pack::ANSWERS.to_owned(),
                text(canonical::to_bytes(&campaign.answers))?,
            ),
            (pack::PAGE.to_owned(), page.into_bytes()),
            (pack::AUDIT.to_owned(), audit),
        ];
        let signed = standings.values().filter_map(|s| s.answer?.file.as_ref());
        for (place, file) in signed.enumerate() {
            let object = ObjectRef::new(Kind::Attachment, System::Community, file.id.as_str());
            let bytes = self.bytes_of(&object, Some(&file.sha256)).await?;
            files.push((pack::confirmation(place), bytes.to_vec()));
        }
        let id = format!("campaign:community:{}", summary.space_id);
        let made = (now, &self.person().id);
        let files =
            evidence::pack_campaign((&id, campaign.number()), made, files, &self.inner.seal);
        files.map_err(|e| Refusal::new(Code::Internal, e.to_string()))
    }

    /// The same as one file.
    pub(crate) async fn campaign_archive(&self, campaign: &Campaign) -> Result<Vec<u8>, Refusal> {
        let files = self.campaign_files(campaign).await?;
        archive::write(&files).map_err(|e| input(e.to_string()))
    }

    /// Writes the evidence pack of a campaign: a new folder, or one file where the name ends in `.tar`. Gives the name of
    /// the key it is sealed with.
    ///
    /// # Errors
    /// `E_NOT_FOUND`; `E_STATE` while nobody was asked; `E_INPUT` for a place that exists or cannot be made; `E_OFFLINE` or
    /// `E_INTEGRITY` when a signed file cannot be had.
    pub async fn export_campaign(&self, number: &str, to: &Path) -> Result<String, Refusal> {
        let campaign = self.find_campaign(number).await?;
        let asked = campaign.is_running()
            || matches!(
                campaign.state,
                CampaignState::Closed | CampaignState::Superseded
            );
        if !asked {
            let words = format!("Nobody was asked in {} yet.", campaign.number());
            return Err(Refusal::new(Code::State, words));
        }
        let files = self.campaign_files(&campaign).await?;
        if to.extension().is_some_and(|e| e == "tar") {
            let bytes = archive::write(&files).map_err(|e| input(e.to_string()))?;
            write_new(to, &bytes)?;
            return Ok(self.inner.seal.fingerprint());
        }
        std::fs::create_dir(to).map_err(|e| unusable(to, &e))?;
        let written = files
            .iter()
            .try_for_each(|(name, bytes)| write_new(&to.join(name), bytes));
        if let Err(refusal) = written {
            // Half a pack proves nothing.
            let _ = std::fs::remove_dir_all(to);
            return Err(refusal);
        }
        Ok(self.inner.seal.fingerprint())
    }

    /// The same into a folder of its own among these files of a person, named after the campaign.
    ///
    /// # Errors
    /// As [`Desk::export_campaign`].
    pub async fn export_campaign_among(
        &self,
        number: &str,
        downloads: &Path,
    ) -> Result<Exported, Refusal> {
        let folder = free_folder(downloads, self.find_campaign(number).await?.number())?;
        let sealed_by = self.export_campaign(number, &folder).await?;
        Ok(Exported {
            folder: folder.display().to_string(),
            sealed_by,
        })
    }
}
