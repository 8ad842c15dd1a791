//! Carries the rules out: claim, attempt, classify, settle or look up.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use connectors::{CallError, Clock, Connector, Outgoing, Receipt, wire_log::on_behalf_of};
use domain::{
    Millis, System, merge,
    operation::Call,
    step::{AfterUnknown, StepState},
};
use ledger::{ClaimedStep, Departures, Ledger, LedgerError, Settlement};
use rand::Rng as _;
use serde_json::{Value, json};

use crate::classify::{self, Run, Verdict};

/// A change on both sides is merged and sent again at most this often in one attempt.
const MERGES: u32 = 3;

/// The connectors by system.
pub type Connectors = BTreeMap<System, Arc<dyn Connector>>;

/// Delivers what may be delivered.
#[derive(Clone)]
pub struct Worker<'a> {
    /// Where the steps are.
    pub ledger: &'a Ledger,
    /// Where they go.
    pub connectors: &'a Connectors,
    /// The clock of the desk.
    pub clock: &'a dyn Clock,
    /// Lease of an attempt, in milliseconds.
    pub lease: i64,
    /// Who says when a step may leave.
    pub departures: &'a dyn Departures,
}

/// What a run did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunReport {
    /// Steps confirmed.
    pub confirmed: u32,
    /// Steps that need a person now.
    pub needs_attention: u32,
    /// Attempts and look-ups made.
    pub attempts: u32,
    /// Systems that were out of reach, with the reason.
    pub unreachable: BTreeMap<System, String>,
    /// Systems that need a sign-in, with the reason.
    pub sign_in: BTreeMap<System, String>,
    /// When something is due next; `None` when nothing waits for a time.
    pub next_due: Option<Millis>,
    /// Ids of steps whose state changed for good.
    pub settled: Vec<String>,
}

impl Worker<'_> {
    /// Runs until nothing is runnable now, or `most` attempts were made.
    ///
    /// # Errors
    /// When the ledger cannot be read or written; everything up to then is kept.
    pub async fn run(&self, most: u32) -> Result<RunReport, LedgerError> {
        let mut report = RunReport::default();
        self.ledger.expired_leases(self.clock.now()).await?;
        let mut excluded: BTreeSet<System> = System::ALL
            .iter()
            .copied()
            .filter(|s| !self.connectors.contains_key(s))
            .collect();
        while report.attempts < most {
            let out: Vec<System> = excluded.iter().copied().collect();
            let now = self.clock.now();
            // Doubts first: until they are resolved their lanes stand still.
            let claimed = match self.ledger.claim_look_up(now, self.lease, &out).await? {
                Some(step) => Some(step),
                None => {
                    self.ledger
                        .claim_departing(now, self.lease, &out, self.departures)
                        .await?
                }
            };
            let Some(step) = claimed else { break };
            report.attempts += 1;
            let verdict = if step.look_up_of.is_some() {
                self.look_up(&step).await?
            } else {
                self.perform(&step).await?
            };
            match &verdict.run {
                Run::GoOn => {}
                Run::Stop => {
                    excluded.insert(step.system);
                    report
                        .unreachable
                        .insert(step.system, verdict.message.clone());
                }
                Run::Pause(why) => {
                    excluded.insert(step.system);
                    report.sign_in.insert(step.system, why.clone());
                }
            }
            self.settle(&step, verdict, &mut report).await?;
        }
        report.next_due = self.ledger.next_due(self.clock.now()).await?;
        Ok(report)
    }

    async fn settle(
        &self,
        step: &ClaimedStep,
        verdict: Verdict,
        report: &mut RunReport,
    ) -> Result<(), LedgerError> {
        let facts = verdict.theirs.map_or(
            Value::Null,
            |(theirs, version)| json!({"theirs": theirs, "version": version}),
        );
        let (detail, bytes) = verdict
            .receipt
            .map_or_else(Default::default, |r| (r.detail, r.bytes));
        let settlement = Settlement {
            event: verdict.event,
            http_status: verdict.http_status,
            message: verdict.message,
            facts,
            detail,
            bytes,
        };
        match self
            .ledger
            .settle(&step.id, step.attempt, settlement, self.clock.now())
            .await
        {
            Ok(state) => {
                match state {
                    StepState::Confirmed { .. } => report.confirmed += 1,
                    StepState::NeedsAttention { .. } => report.needs_attention += 1,
                    _ => return Ok(()),
                }
                report.settled.push(step.id.clone());
                Ok(())
            }
            // The lease ran out while the answer was on its way: the look-up decides.
            Err(LedgerError::Stale { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn outgoing(&self, step: &ClaimedStep) -> Result<Outgoing, LedgerError> {
        let mut blobs = BTreeMap::new();
        if let Some(sha256) = step.call.blob()
            && let Some(bytes) = self.ledger.blob(sha256).await?
        {
            blobs.insert(sha256.to_owned(), bytes);
        }
        Ok(Outgoing {
            key: step.key.clone(),
            reference: step.reference.clone(),
            call: step.call.clone(),
            blobs,
            actor: (step.person != "system").then(|| step.person.as_str().into()),
            now: self.clock.now(),
        })
    }

    async fn perform(&self, step: &ClaimedStep) -> Result<Verdict, LedgerError> {
        let mut outgoing = self.outgoing(step).await?;
        if let Some(sha256) = step.call.blob()
            && !outgoing.blobs.contains_key(sha256)
        {
            let refused = CallError::Refused {
                status: 0,
                message: format!("the bytes {sha256} are not in the ledger"),
            };
            return Ok(self.judge(Err(refused), step));
        }
        let Some(connector) = self.connectors.get(&step.system) else {
            return Ok(self.judge(Err(CallError::Unreachable("not connected".into())), step));
        };
        let mut result = on_behalf_of(&step.reference, connector.perform(&outgoing)).await;
        for _ in 0..MERGES {
            let Err(CallError::Conflict {
                theirs, version, ..
            }) = &result
            else {
                break;
            };
            let Some(merged) = rebase(&outgoing.call, theirs, version.as_deref()) else {
                break;
            };
            outgoing.call = merged;
            result = on_behalf_of(&step.reference, connector.perform(&outgoing)).await;
        }
        Ok(self.judge(result, step))
    }

    fn judge(&self, result: Result<Receipt, CallError>, step: &ClaimedStep) -> Verdict {
        let result = result.and_then(|mut receipt| {
            classify::complete_receipt(&step.call, &mut receipt).map_err(CallError::Unknown)?;
            Ok(receipt)
        });
        let jitter = rand::rng().random_range(0.0..1.0);
        classify::after_perform(
            result,
            step.operation,
            step.attempt,
            self.clock.now(),
            jitter,
        )
    }

    async fn look_up(&self, step: &ClaimedStep) -> Result<Verdict, LedgerError> {
        let now = self.clock.now();
        let jitter = rand::rng().random_range(0.0..1.0);
        let Some(connector) = self.connectors.get(&step.system) else {
            let gone = Err(CallError::Unreachable("not connected".into()));
            return Ok(classify::after_look_up(
                gone,
                step.operation,
                step.attempt,
                now,
                jitter,
            ));
        };
        // The level of the table is a minimum: a dialect that reaches less says so in its manifest.
        let level = connector
            .manifest()
            .entry(step.operation)
            .map_or(step.level, |e| e.level.max(step.level));
        match classify::next_for_unknown(level) {
            AfterUnknown::Resend => {
                let mut verdict = classify::after_look_up(
                    Ok(connectors::LookUp::Absent),
                    step.operation,
                    step.attempt,
                    now,
                    jitter,
                );
                verdict.message = "Sent again under the same key".to_owned();
                Ok(verdict)
            }
            AfterUnknown::AskPerson => {
                let why = "this system can neither take a key nor be searched".to_owned();
                Ok(classify::after_look_up(
                    Ok(connectors::LookUp::CannotTell(why)),
                    step.operation,
                    step.attempt,
                    now,
                    jitter,
                ))
            }
            AfterUnknown::LookUp => {
                let outgoing = self.outgoing(step).await?;
                let asked = connector.look_up(&outgoing);
                let mut result = on_behalf_of(&step.reference, asked).await;
                if let Ok(connectors::LookUp::Found(receipt)) = &mut result
                    && let Err(why) = classify::complete_receipt(&step.call, receipt)
                {
                    result = Ok(connectors::LookUp::CannotTell(why));
                }
                Ok(classify::after_look_up(
                    result,
                    step.operation,
                    step.attempt,
                    now,
                    jitter,
                ))
            }
        }
    }
}

/// The same change against what the other side has now, where nothing is left to decide.
fn rebase(call: &Call, theirs: &Value, version: Option<&str>) -> Option<Call> {
    let theirs = theirs.as_object()?;
    match call {
        Call::UpdateCase {
            case_id,
            base,
            changes,
            ..
        } => Some(Call::UpdateCase {
            case_id: case_id.clone(),
            base_version: version?.trim_matches('"').parse().ok()?,
            base: theirs.clone(),
            changes: merge::settled(&merge::three_way(base, changes, theirs))?,
        }),
        _ => None,
    }
}
