//! The evidence pack of a campaign: the document, what was asked of whom, every answer as it came, the signed confirmations,
//! a page for people and the audit records. Whoever verifies it comes to every state again from the answers alone.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Answer, Counts, Definition, RecipientState, Said, Standing, Waiver, standing};
use crate::{
    Millis,
    canonical::sha256_hex,
    evidence::{MANIFEST, Manifest, Verdict},
};

/// What its manifest says it is.
pub const FORMAT: &str = "partner-console-campaign/1";
/// The document, untouched.
pub const DOCUMENT: &str = "document.pdf";
/// What was asked, of whom, and where each of them stands; canonical JSON.
pub const CAMPAIGN: &str = "campaign.json";
/// Every answer, those that do not count included; canonical JSON.
pub const ANSWERS: &str = "answers.json";
/// The same for people.
pub const PAGE: &str = crate::evidence::PAGE;
/// The audit records of the case.
pub const AUDIT: &str = crate::evidence::AUDIT;
/// Files every pack has beside its manifest; signed confirmations come in addition.
pub const FILES: [&str; 5] = [DOCUMENT, CAMPAIGN, ANSWERS, PAGE, AUDIT];

/// The name of a signed confirmation in a pack, by its place.
#[must_use]
pub fn confirmation(place: usize) -> String {
    format!("confirmation-{:05}.bin", place + 1)
}

/// Where a campaign stands, as its pack says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// Space of the campaign.
    pub space_id: String,
    /// Case.
    pub case_id: String,
    /// What was asked.
    pub definition: Definition,
    /// As of when.
    pub as_of: Millis,
    /// Recipients by state.
    pub counts: Counts,
    /// Each of them.
    pub recipients: Vec<Row>,
    /// Answers whose signed file was fetched and was another one than announced, by id.
    pub differing: Vec<String>,
}

/// One recipient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Partner id.
    pub partner_id: String,
    /// Name.
    pub name: String,
    /// Time zone the due day is counted in.
    pub time_zone: String,
    /// State.
    pub state: RecipientState,
    /// Answer that counts, by id.
    pub answer: Option<String>,
    /// SHA-256 of its signed file.
    pub file_sha256: Option<String>,
    /// Who let them off.
    pub waiver: Option<Waiver>,
}

impl Row {
    /// The row of a recipient.
    #[must_use]
    pub fn of(
        (partner_id, name, time_zone): (&str, &str, &str),
        standing: &Standing<'_>,
        waiver: Option<&Waiver>,
    ) -> Self {
        let counted = standing.answer.filter(|a| a.said == Said::Accepted);
        Self {
            partner_id: partner_id.to_owned(),
            name: name.to_owned(),
            time_zone: time_zone.to_owned(),
            state: standing.state,
            answer: standing.answer.map(|a| a.id.clone()),
            file_sha256: counted
                .and_then(|a| a.file.as_ref())
                .map(|f| f.sha256.clone()),
            waiver: waiver.cloned(),
        }
    }
}

/// The page for people. `name` gives the printed name of a login.
#[must_use]
pub fn page(summary: &Summary, answers: &[Answer], name: impl Fn(&str) -> String) -> String {
    let (definition, counts) = (&summary.definition, &summary.counts);
    let (terms, document) = (&definition.terms, &definition.terms.document);
    let by_id: BTreeMap<&str, &Answer> = answers.iter().map(|a| (a.id.as_str(), a)).collect();
    let mut page = format!(
        "EVIDENCE OF ACKNOWLEDGEMENT\n\nCampaign     {}\nDocument     {}, {} version {}\nSHA-256      {}\nAsked by     {}\nDue          {}\nAs of        {}\n\n{} recipients: {} acknowledged, {} declined, {} overdue, {} unreachable, {} waived, {} not answered yet\n\n",
        definition.campaign,
        document.name,
        document.class,
        document.version,
        document.sha256,
        name(&definition.maker),
        terms.due,
        summary.as_of,
        counts.recipients,
        counts.acknowledged,
        counts.declined,
        counts.overdue,
        counts.unreachable,
        counts.waived,
        counts.pending + counts.delivered + counts.opened,
    );
    for row in &summary.recipients {
        page.push_str(&format!("{} ({}): {}", row.name, row.partner_id, row.state));
        if let Some(answer) = row.answer.as_deref().and_then(|id| by_id.get(id)) {
            let who = if answer.by.is_empty() {
                "unnamed"
            } else {
                answer.by.as_str()
            };
            page.push_str(&format!(", by {who}, {}", answer.at));
        }
        if let Some(waiver) = &row.waiver {
            page.push_str(&format!(
                ", waived by {}: {}",
                name(&waiver.by),
                waiver.reason
            ));
        }
        if let Some(sha256) = &row.file_sha256 {
            page.push_str(&format!(", signed file {sha256}"));
        }
        page.push('\n');
    }
    page
}

/// Whether document, answers, confirmations and states of a pack are of one another.
pub(crate) fn check(files: &[(String, Vec<u8>)], manifest: &Manifest, verdict: &mut Verdict) {
    let find = |name: &str| files.iter().find(|(n, _)| n == name).map(|(_, b)| b);
    let (Some(document), Some(summary), Some(answers)) =
        (find(DOCUMENT), find(CAMPAIGN), find(ANSWERS))
    else {
        return;
    };
    let Ok(summary) = serde_json::from_slice::<Summary>(summary) else {
        return verdict.found(CAMPAIGN, "it does not read");
    };
    let Ok(answers) = serde_json::from_slice::<Vec<Answer>>(answers) else {
        return verdict.found(ANSWERS, "it does not read");
    };
    let definition = &summary.definition;
    if sha256_hex(document) != definition.terms.document.sha256 {
        verdict.found(DOCUMENT, "this is not the document that was sent");
    }
    if manifest.review != format!("campaign:community:{}", summary.space_id)
        || manifest.notice != definition.campaign
    {
        verdict.found(MANIFEST, "it names another campaign");
    }
    let page = find(PAGE).map(|bytes| String::from_utf8_lossy(bytes));
    let told = |wanted: &str| page.as_ref().is_some_and(|page| page.contains(wanted));
    if !told(&definition.campaign) || !told(&definition.terms.document.sha256) {
        verdict.found(PAGE, "it is of another campaign");
    }
    let first = find(AUDIT).and_then(|bytes| bytes.split(|b| *b == b'\n').next());
    let first: Option<serde_json::Value> = first.and_then(|l| serde_json::from_slice(l).ok());
    let case = format!("case:community:{}", summary.case_id);
    if first.as_ref().and_then(|first| first.get("case")?.as_str()) != Some(case.as_str()) {
        verdict.found(AUDIT, "it is of another case");
    }
    check_states(&summary, &answers, verdict);
    let there: BTreeSet<String> = files.iter().map(|(_, bytes)| sha256_hex(bytes)).collect();
    for row in &summary.recipients {
        if let Some(sha256) = &row.file_sha256
            && !there.contains(sha256)
        {
            let what = format!("the signed confirmation of {} is missing", row.name);
            verdict.found(CAMPAIGN, what);
        }
    }
}

fn check_states(summary: &Summary, answers: &[Answer], verdict: &mut Verdict) {
    let mut of: BTreeMap<&str, Vec<&Answer>> = BTreeMap::new();
    for answer in answers {
        of.entry(&answer.partner_id).or_default().push(answer);
    }
    let differing: BTreeSet<&str> = summary.differing.iter().map(String::as_str).collect();
    let mut seen = BTreeSet::new();
    for row in &summary.recipients {
        let theirs = of.get(row.partner_id.as_str()).cloned().unwrap_or_default();
        let found = standing(
            &summary.definition.terms,
            &theirs,
            row.waiver.as_ref(),
            summary.as_of,
            &row.time_zone,
            |answer| differing.contains(answer.id.as_str()),
        );
        let about = (
            row.partner_id.as_str(),
            row.name.as_str(),
            row.time_zone.as_str(),
        );
        if Row::of(about, &found, row.waiver.as_ref()) != *row {
            let what = format!("{} is not where the answers say", row.name);
            verdict.found(CAMPAIGN, what);
        }
        if !seen.insert(row.partner_id.as_str()) {
            verdict.found(CAMPAIGN, format!("{} stands in it twice", row.name));
        }
    }
    if Counts::of(summary.recipients.iter().map(|r| r.state)) != summary.counts
        || summary.recipients.len() != summary.definition.recipients as usize
    {
        verdict.found(CAMPAIGN, "its counts are not those of its recipients");
    }
}
