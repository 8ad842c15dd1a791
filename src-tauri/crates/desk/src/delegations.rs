//! Signing for somebody else: delegations of everybody, given and revoked. They lie in spaces of their own in Community, so
//! that every desktop pulls them.

use domain::{
    IntentId, Kind, ObjectRef, Refusal, StepKey, System, action,
    delegation::{self, Delegation},
    operation::Operation,
    plan::{OfflineClass, Plan, PlannedStep},
    refusal::Code,
};
use ledger::AuditEntry;
use serde_json::{Value, json};

use crate::{
    Desk,
    problem::{Refuse, not_found},
    review::PURPOSE,
    view::{DelegateInput, DelegationRow},
};

impl Desk {
    /// Every delegation there is, in the order in which they were given.
    pub(crate) async fn delegations(&self) -> Result<Vec<Delegation>, Refusal> {
        let cache = &self.inner.cache;
        let mut all = Vec::new();
        for space in cache.spaces_about(delegation::SUBJECT).await.refuse()? {
            if space.purpose == PURPOSE {
                let items = cache.space_items(&space.id).await.refuse()?;
                all.extend(delegation::delegations(&items));
            }
        }
        Ok(all)
    }

    /// The delegations that concern the acting person and have not ended: given by them, or to them.
    ///
    /// # Errors
    /// Failures of the cache.
    pub async fn list_delegations(&self) -> Result<Vec<DelegationRow>, Refusal> {
        let (me, now) = (self.person().id, self.now());
        let all = self.delegations().await?.into_iter();
        let mine = all.filter(|d| (d.from == me || d.to == me) && now < d.ends_at);
        Ok(mine
            .filter(|d| d.revoked_at.is_none())
            .map(|d| DelegationRow {
                holds: d.holds(now),
                may_revoke: d.from == me && self.read_only().is_none(),
                from: self.owner(Some(d.from.as_str())),
                to: self.owner(Some(d.to.as_str())),
                starts_at: d.starts_at.0,
                ends_at: d.ends_at.0,
                reason: d.reason,
                id: d.id,
            })
            .collect())
    }

    /// Lets another person sign for the acting one for a time.
    ///
    /// # Errors
    /// As [`delegation::may_delegate`]; `E_NOT_FOUND` for nobody of this name; `E_FIELD` for what is no time.
    pub async fn delegate(&self, asked: &DelegateInput) -> Result<(), Refusal> {
        self.may_act()?;
        let me = self.person();
        let persons = self.persons();
        let to = persons.get(&asked.to).cloned();
        let to = to.ok_or_else(|| not_found("person", &asked.to))?;
        let time = |typed: &str, field: &str, last: bool| {
            let words = "A day as 2026-12-24, or a time with its zone.";
            let read = delegation::moment(typed, &me.time_zone, last);
            read.ok_or_else(|| Refusal::field(field, words))
        };
        let starts_at = time(&asked.from, "from", false)?;
        let ends_at = time(&asked.until, "until", true)?;
        let span = (starts_at, ends_at);
        let reason = delegation::may_delegate(&me, &to, span, &asked.reason, self.now())?;
        let data = json!({
            "person": me.id, "printed_name": me.name, "to": to.id, "to_name": to.name, "roles": me.roles,
            "starts_at": starts_at.rfc3339(), "ends_at": ends_at.rfc3339(), "reason": reason,
        });
        let told =
            json!({"to": to.id, "starts_at": starts_at.rfc3339(), "ends_at": ends_at.rfc3339()});
        let entry = AuditEntry::new("review.delegated", &about())
            .with(told)
            .because(reason);
        let title = format!("{} signs for {}", to.name, me.name);
        self.tell_delegation(delegation::DELEGATION, &title, data, entry)
            .await
    }

    /// Ends a delegation of the acting person before its time.
    ///
    /// # Errors
    /// `E_NOT_FOUND` for none of theirs; `E_STATE` when it has ended.
    pub async fn revoke_delegation(&self, id: &str) -> Result<(), Refusal> {
        self.may_act()?;
        let me = self.person();
        let all = self.delegations().await?;
        let of = all.iter().find(|d| d.id == id && d.from == me.id);
        let of = of.ok_or_else(|| not_found("delegation of yours", id))?;
        if of.revoked_at.is_some() || of.ends_at <= self.now() {
            return Err(Refusal::new(Code::State, "This delegation has ended."));
        }
        let data = json!({"person": me.id, "printed_name": me.name, "delegation": of.id});
        let told = json!({"to": of.to, "delegation": of.id});
        let entry = AuditEntry::new("review.delegation_revoked", &about()).with(told);
        let title = format!("{} signs no longer for {}", of.to_name, me.name);
        self.tell_delegation(delegation::REVOCATION, &title, data, entry)
            .await
    }

    /// The delegation by which the acting person signs for another now.
    pub(crate) async fn delegation_from(&self, person: &str) -> Result<Delegation, Refusal> {
        let (me, now) = (self.person().id, self.now());
        let all = self.delegations().await?;
        let by = |d: &Delegation| d.lets(&me, &person.into(), now);
        all.into_iter().find(by).ok_or_else(|| {
            let words = format!("You do not sign for {} now.", self.persons().name(person));
            Refusal::new(Code::Forbidden, words)
        })
    }

    /// An item in the space of delegations; the first one opens it.
    async fn tell_delegation(
        &self,
        kind: &str,
        title: &str,
        data: Value,
        entry: AuditEntry,
    ) -> Result<(), Refusal> {
        let spaces = self
            .inner
            .cache
            .spaces_about(delegation::SUBJECT)
            .await
            .refuse()?;
        let space = spaces.into_iter().find(|space| space.purpose == PURPOSE);
        let intent = IntentId(uuid::Uuid::now_v7().to_string());
        let mut steps = Vec::new();
        let mut into = json!({"from_step": "space", "field": "remote_ref"});
        match space {
            Some(space) => into = json!(space.id),
            None => {
                let args = json!({"operation": Operation::OpenSpace, "purpose": PURPOSE, "case_id": null,
                    "partner_id": null, "title": "Who signs for whom", "subject": delegation::SUBJECT});
                let what = ("space", "Open the space of delegations");
                steps.push(step(
                    &intent,
                    1,
                    Operation::OpenSpace,
                    what,
                    args,
                    Vec::new(),
                )?);
            }
        }
        let waits_on: Vec<String> = steps.iter().map(|s: &PlannedStep| s.id.clone()).collect();
        let args = json!({"operation": Operation::PublishItem, "space_id": into, "item_kind": kind, "title": title,
            "state": "done", "due_at": null, "data": data});
        let number = u32::try_from(steps.len() + 1).unwrap_or(1);
        steps.push(step(
            &intent,
            number,
            Operation::PublishItem,
            (kind, title),
            args,
            waits_on,
        )?);
        let plan = Plan {
            intent,
            playbook: format!("review_{kind}"),
            use_case: "S0.6".to_owned(),
            title: title.to_owned(),
            case: about(),
            steps,
            gates: Vec::new(),
            skipped: Vec::new(),
        };
        self.accept(&plan, Vec::new(), vec![entry]).await?;
        Ok(())
    }
}

/// What records and steps of a delegation are about: no case.
fn about() -> ObjectRef {
    ObjectRef::new(Kind::Space, System::Community, delegation::SUBJECT)
}

fn step(
    intent: &IntentId,
    number: u32,
    operation: Operation,
    (id, subject): (&str, &str),
    args: Value,
    waits_on: Vec<String>,
) -> Result<PlannedStep, Refusal> {
    let hash = action::args_hash(&args).map_err(|e| Refusal::new(Code::Input, e.to_string()))?;
    let key: StepKey = action::step_key(intent, number, &hash);
    Ok(PlannedStep {
        number,
        id: id.to_owned(),
        operation,
        subject: subject.to_owned(),
        args,
        content_hash: hash,
        key,
        waits_on,
        offline_class: OfflineClass::Queue,
        lane: None,
        optional: false,
        overlay: Vec::new(),
    })
}
