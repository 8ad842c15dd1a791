//! The read model of the registers: rows of a part, newest first.

use std::collections::{BTreeMap, BTreeSet};

use cache::{Place, RegisterRows};
use domain::{
    Kind, Millis, ObjectRef, Refusal, System,
    batch::Manifest,
    notice::NoticeState,
    record::Delivery,
    register::{self, Register},
    review::{ReviewState, Signature, Verdict},
    review_log::ReviewRecord,
    review_rule,
};

use super::{RegisterFilter, name_of, place, register_of};
use crate::{
    Desk,
    problem::{Refuse, input},
    read::words,
    review::{self, text},
    view::{
        ApprovalRow, DeliveryRow, GetRegister, RegisterChoice, RegisterChoices, RegisterPage,
        RegisterSignature,
    },
};

/// Most rows of a page.
const MOST_ROWS: u32 = 200;
/// Reviews read at once.
const PART: u32 = 100;
/// Reviews looked at for one page, however few of them the filter lets through.
const MOST_LOOKED_AT: u32 = 1_000;

/// Rows of a part with the places they stand at.
pub(super) struct Part<T> {
    pub(super) rows: Vec<(Place, T)>,
    pub(super) looked_at: u32,
    /// Where the first row stands that was looked at.
    pub(super) first: Option<Place>,
    /// Where the next part begins; `None` at the end.
    pub(super) next: Option<Place>,
}

impl Desk {
    /// A page of a register.
    ///
    /// # Errors
    /// `E_INPUT` for a state or a place the register does not know; failures of the databases.
    pub async fn register(&self, args: &GetRegister) -> Result<RegisterPage, Refusal> {
        let register = register_of(args.register);
        let filter = RegisterFilter::of(args.filter.as_ref());
        filter.check(register)?;
        let (after, limit) = (
            place(args.after.as_deref())?,
            args.limit.unwrap_or(100).clamp(1, MOST_ROWS),
        );
        let cache = &self.inner.cache;
        let choices = match args.after {
            None => Some(self.register_choices(register).await?),
            Some(_) => None,
        };
        let mut page = RegisterPage {
            register: name_of(register),
            approvals: Vec::new(),
            deliveries: Vec::new(),
            of: 0,
            fits: None,
            looked_at: 0,
            truncated: false,
            next: None,
            sources: self.ages(&[System::Community, System::Exstream]).await?,
            choices,
        };
        let next = match register {
            Register::Approval => {
                let part = self.approvals(&filter, after, limit).await?;
                page.of = cache.count_spaces(review::PURPOSE).await.refuse()?;
                page.looked_at = part.looked_at;
                page.approvals = part.rows.into_iter().map(|(_, row)| row).collect();
                part.next
            }
            Register::Delivery => {
                let part = self.deliveries(&filter, after, limit).await?;
                let only = self.with_words(&filter).await?;
                let (fits, of) = cache.count_notices(&wanted(&filter, only)).await.refuse()?;
                (page.of, page.fits) = (of, Some(fits));
                page.looked_at = part.looked_at;
                page.deliveries = part.rows.into_iter().map(|(_, row)| row).collect();
                part.next
            }
        };
        page.truncated = next.is_some();
        page.next = next.map(|place| place.to_string());
        Ok(page)
    }

    /// A part of the approval register, as Community has it: what waits here to be posted is in no register yet.
    pub(super) async fn approvals(
        &self,
        filter: &RegisterFilter,
        after: Place,
        limit: u32,
    ) -> Result<Part<ApprovalRow>, Refusal> {
        let (cache, mut at) = (&self.inner.cache, after);
        let (mut rows, mut looked_at, mut first) = (Vec::new(), 0, None);
        let delegations = self.delegations().await?;
        loop {
            let spaces = cache
                .spaces_after(review::PURPOSE, &filter.partners, at, PART)
                .await
                .refuse()?;
            let last = spaces.len() < PART as usize;
            let count = spaces.len();
            let mut read = Vec::new();
            for (place, space) in spaces {
                let items = cache.space_items(&space.id).await.refuse()?;
                let review = self.review_in(&space, &items, &delegations).await?;
                read.push((place, review));
            }
            let reviews = read.iter().filter_map(|(_, review)| review.as_ref());
            let cases: BTreeSet<String> = reviews.map(|review| review.case_id.clone()).collect();
            let names = self
                .names_of(&cases.into_iter().collect::<Vec<_>>())
                .await?;
            for (index, (place, record)) in read.into_iter().enumerate() {
                at = place;
                first = first.or(Some(place));
                looked_at += 1;
                if let Some(record) = record
                    && self.takes_approval(filter, &record, names.get(&record.case_id))
                {
                    let case = names.get(&record.case_id);
                    rows.push((place, self.approval_row(&record, case).await?));
                }
                let end = last && index + 1 == count;
                if !end && (rows.len() >= limit as usize || looked_at >= MOST_LOOKED_AT) {
                    let next = Some(at);
                    return Ok(Part {
                        rows,
                        looked_at,
                        first,
                        next,
                    });
                }
            }
            if last {
                return Ok(Part {
                    rows,
                    looked_at,
                    first,
                    next: None,
                });
            }
        }
    }

    fn takes_approval(
        &self,
        filter: &RegisterFilter,
        review: &ReviewRecord,
        case: Option<&(String, String)>,
    ) -> bool {
        let state = review.state(self.now());
        let template = text(&review.data, "template");
        if !filter.takes(state.as_str(), template, review.requested_at) {
            return false;
        }
        let Some(wanted) = filter.text.as_deref().map(str::to_lowercase) else {
            return true;
        };
        let persons = self.persons();
        let signers = signed(review).map(|s| s.printed_name.as_str());
        let case = case.map(|(number, partner)| [number.as_str(), partner.as_str()]);
        let mut said = [
            review.title.as_str(),
            &review.notice,
            template,
            &review.request.hash,
            persons.name(review.request.maker.as_str()),
        ]
        .into_iter()
        .chain(case.into_iter().flatten())
        .chain(signers);
        said.any(|text| text.to_lowercase().contains(&wanted))
    }

    async fn approval_row(
        &self,
        review: &ReviewRecord,
        case: Option<&(String, String)>,
    ) -> Result<ApprovalRow, Refusal> {
        let (case_number, partner) = case.cloned().unwrap_or_default();
        let state = review.state(self.now());
        let (first_used_at, first_use_note) = self.first_use(review).await?;
        let release = review.data.get("template_version");
        let mut signatures: Vec<&Signature> = signed(review).collect();
        signatures.sort_by_key(|signature| signature.at);
        let progress = review_rule::progress(&review.request, &review.signatures);
        let status = match state {
            ReviewState::Requested => {
                let given = progress.counted.len();
                let all = given.saturating_add(progress.more as usize);
                let told = format!("{given} of {all} signed");
                words::word(crate::view::Tone::Wait, state.as_str(), told)
            }
            _ => review_state(state),
        };
        Ok(ApprovalRow {
            id: review.id(),
            notice: review.notice.clone(),
            title: review.title.clone(),
            case: ObjectRef::case(review.case_id.clone()).to_string(),
            case_number,
            partner,
            template: text(&review.data, "template").to_owned(),
            release: release.map(ToString::to_string).unwrap_or_default(),
            hash: review.request.hash.clone(),
            maker: self
                .persons()
                .name(review.request.maker.as_str())
                .to_owned(),
            asked_at: review.requested_at.0,
            status,
            needed: review.request.needed,
            signatures: signatures.into_iter().map(signature_row).collect(),
            approved_at: register::approved_at(review, self.now()).map(|at| at.0),
            released_at: review.released_at.map(|at| at.0),
            first_used_at: first_used_at.map(|at| at.0),
            first_use_note,
        })
    }

    /// When a letter was first used, or a notice of a batch; and why that cannot be said, where it cannot.
    async fn first_use(
        &self,
        review: &ReviewRecord,
    ) -> Result<(Option<Millis>, Option<String>), Refusal> {
        let manifest = text(&review.data, "manifest");
        let notices = if manifest.is_empty() {
            vec![review.notice.clone()]
        } else {
            match self.manifest_here(manifest, &review.request.hash).await {
                Some(manifest) => manifest
                    .notices
                    .into_iter()
                    .map(|leaf| leaf.notice)
                    .collect(),
                None => {
                    let note = "The manifest of the batch is not on this machine";
                    return Ok((None, Some(note.to_owned())));
                }
            }
        };
        let states = register::USED.map(|state: NoticeState| state.to_string());
        let first = self.inner.cache.first_left(&notices, &states).await;
        Ok((first.refuse()?, None))
    }

    /// The manifest of a batch, where it lies here and is the one that was signed; nothing is fetched for a register.
    async fn manifest_here(&self, sha256: &str, root: &str) -> Option<Manifest> {
        let bytes = match self.inner.ledger.blob(sha256).await.ok().flatten() {
            Some(bytes) => bytes.to_vec(),
            None => self.inner.cache.blob(sha256).await.ok().flatten()?,
        };
        Manifest::read(&bytes, root).ok()
    }

    /// A part of the delivery register.
    pub(super) async fn deliveries(
        &self,
        filter: &RegisterFilter,
        after: Place,
        limit: u32,
    ) -> Result<Part<DeliveryRow>, Refusal> {
        let only = self.with_words(filter).await?;
        // One more tells whether the register goes on.
        let mut found = self
            .inner
            .cache
            .notices_after(&wanted(filter, only), after, limit + 1)
            .await
            .refuse()?;
        let more = found.len() > limit as usize;
        found.truncate(limit as usize);
        let next = found.last().map(|(place, _)| *place).filter(|_| more);
        let cases: BTreeSet<String> = found
            .iter()
            .filter_map(|(_, d)| d.case_id.clone())
            .collect();
        let names = self
            .names_of(&cases.into_iter().collect::<Vec<_>>())
            .await?;
        let partners = self.inner.cache.partner_names().await.refuse()?;
        let looked_at = u32::try_from(found.len()).unwrap_or(u32::MAX);
        let first = found.first().map(|(place, _)| *place);
        let rows = found.into_iter().map(|(place, delivery)| {
            let case = delivery.case_id.as_ref().and_then(|id| names.get(id));
            let mut row = delivery_row(&delivery, case);
            // Of a batch each notice is for a partner of its own, whoever's the case is.
            let case_id = delivery.case_id.as_deref().unwrap_or_default();
            if let Some(id) = domain::notice::addressee(&delivery.notice_id, case_id) {
                row.partner = partners.get(id).map_or(id, String::as_str).to_owned();
            }
            (place, row)
        });
        Ok(Part {
            rows: rows.collect(),
            looked_at,
            first,
            next,
        })
    }

    /// Notices that have the words of the filter. Too many are refused: a register that leaves some out would look like a
    /// whole one.
    async fn with_words(&self, filter: &RegisterFilter) -> Result<Option<Vec<String>>, Refusal> {
        let Some(text) = filter.text.as_deref() else {
            return Ok(None);
        };
        let found = self.inner.cache.notices_with(text).await.refuse()?;
        let too_many = "Too many notices have these words; name more of them.";
        found.map(Some).ok_or_else(|| input(too_many))
    }

    /// Number and partner of cases.
    async fn names_of(
        &self,
        cases: &[String],
    ) -> Result<BTreeMap<String, (String, String)>, Refusal> {
        let me = self.person().id;
        let found = self.inner.cache.cases(cases, me.as_str()).await.refuse()?;
        let named = found
            .into_iter()
            .map(|item| (item.case.id, (item.case.number, item.case.partner_name)));
        Ok(named.collect())
    }

    async fn register_choices(&self, register: Register) -> Result<RegisterChoices, Refusal> {
        let cache = &self.inner.cache;
        let states: Vec<RegisterChoice> = match register {
            Register::Approval => ReviewState::ALL
                .iter()
                .map(|state| choice(state.as_str(), &words::sentence(state.as_str())))
                .collect(),
            Register::Delivery => NoticeState::ALL
                .iter()
                .map(|state| state.as_str())
                .chain([register::UNKNOWN])
                .map(|state| choice(state, &words::sentence(state)))
                .collect(),
        };
        let mut templates: Vec<RegisterChoice> = Vec::new();
        for template in cache.templates().await.refuse()? {
            // Latest version first: its name is the one people know.
            if templates
                .last()
                .is_none_or(|last| last.value != template.key)
            {
                templates.push(choice(&template.key, &template.name));
            }
        }
        let partners = cache.partner_names().await.refuse()?;
        let mut partners: Vec<RegisterChoice> =
            partners.iter().map(|(id, name)| choice(id, name)).collect();
        partners.sort_by(|a, b| a.title.cmp(&b.title));
        Ok(RegisterChoices {
            states,
            templates,
            partners,
        })
    }
}

fn choice(value: &str, title: &str) -> RegisterChoice {
    RegisterChoice {
        value: value.to_owned(),
        title: title.to_owned(),
    }
}

/// What the cache is asked with for deliveries.
fn wanted(filter: &RegisterFilter, only: Option<Vec<String>>) -> RegisterRows {
    RegisterRows {
        only,
        states: filter.states.clone(),
        templates: filter.templates.clone(),
        partners: filter.partners.clone(),
        from: filter.from,
        until: filter.until,
    }
}

/// Signatures over the hash that is under review.
fn signed(review: &ReviewRecord) -> impl Iterator<Item = &Signature> {
    let of = review.signatures.iter();
    of.filter(|signature| signature.hash == review.request.hash)
}

fn signature_row(signature: &Signature) -> RegisterSignature {
    let sealed = signature.seal.as_ref();
    RegisterSignature {
        by: match &signature.on_behalf_of {
            Some(other) => format!("{} for {}", signature.printed_name, other.printed_name),
            None => signature.printed_name.clone(),
        },
        verdict: match signature.verdict {
            Verdict::Approve => "approved",
            Verdict::Reject => "rejected",
        }
        .to_owned(),
        meaning: signature.meaning.clone(),
        at: signature.at.0,
        zone: signature.zone.clone(),
        sealed_with: sealed
            .map(domain::seal::Seal::fingerprint)
            .unwrap_or_default(),
    }
}

fn review_state(state: ReviewState) -> crate::view::StatusWord {
    use crate::view::Tone;
    let tone = match state {
        ReviewState::Requested => Tone::Wait,
        ReviewState::Approved => Tone::Ok,
        ReviewState::Rejected | ReviewState::Invalidated => Tone::Fail,
        ReviewState::Expired => Tone::Late,
        ReviewState::Recalled => Tone::None,
    };
    words::word(tone, state.as_str(), words::sentence(state.as_str()))
}

fn delivery_row(delivery: &Delivery, case: Option<&(String, String)>) -> DeliveryRow {
    let (case_number, partner) = case.cloned().unwrap_or_default();
    let notice = &delivery.notice_id;
    let of_case = delivery.case_id.clone().filter(|id| !id.is_empty());
    DeliveryRow {
        id: ObjectRef::new(Kind::Notice, System::Exstream, notice.clone()).to_string(),
        notice: notice.clone(),
        job: delivery.job_id.clone(),
        case: of_case.map(|id| ObjectRef::case(id).to_string()),
        case_number,
        partner,
        template: delivery.template.clone().unwrap_or_default(),
        channel: delivery.channel.clone(),
        recipient: delivery.recipient.clone(),
        status: words::notice_state(&delivery.state),
        told: delivery.raw_state.clone(),
        reason: delivery.reason.clone(),
        released_at: delivery.released_at.map(|at| at.0),
        at: delivery.event_at.0,
        sha256: delivery.produced_sha256.clone().unwrap_or_default(),
    }
}
