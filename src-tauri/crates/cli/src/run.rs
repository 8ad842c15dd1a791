//! One call: open the desk, do it, print it.

use std::{collections::BTreeMap, time::Duration};

use desk::ledger::{Ledger, StepFilter, StepRow, audit::AuditFilter};
use desk::sync::Outcome as SyncOutcome;
use desk::{Ask, Desk, OpenOptions, Submitted, view::ResolveInput};
use domain::{IntentId, Refusal, System, refusal::Code, step::StepState};
use serde_json::{Value, json};

use crate::{
    args::{Args, AuditCall, Call, EdiCall, OutboxCall},
    campaign_calls, distribution_calls, doctor, edi_calls, lists, loop_calls, notice_calls,
    output::{self, Outcome, Problem},
    outreach_calls, register_calls, resolution_calls, sandbox_calls, signals, statement_calls,
};

/// Rounds of delivery of one `outbox run --until-idle`.
const ROUNDS: u32 = 1_000;

/// The longest an end that was asked for waits for a data folder that is being opened.
const HALF_OPEN: Duration = Duration::from_secs(5);

/// Runs a call and gives its exit code.
pub(crate) async fn run(args: Args) -> u8 {
    let json = args.json;
    match call(args).await {
        Ok(outcome) => {
            if !outcome.value.is_null() {
                output::print(&outcome.value, json);
            }
            outcome.code
        }
        Err(problem) => problem.tell(json),
    }
}

async fn call(args: Args) -> Result<Outcome, Problem> {
    let options = || -> Result<OpenOptions, Problem> {
        let home = args.home.clone().ok_or_else(|| {
            Problem::Usage("Name a data folder with --home or PARTNER_CONSOLE_HOME.".to_owned())
        })?;
        Ok(OpenOptions {
            home,
            acting: args.acting.clone(),
            ..OpenOptions::default()
        })
    };
    match args.call {
        Call::Sandbox { call } => Ok(sandbox_calls::serve(call).await?),
        Call::Init { sandbox, config } => {
            let options = OpenOptions {
                acting: None,
                ..options()?
            };
            Ok(sandbox_calls::init(options, sandbox, config).await?)
        }
        Call::Edi {
            call: EdiCall::Read { files },
        } => Ok(edi_calls::read(&files)?),
        Call::Edi {
            call: EdiCall::Match { files },
        } => Ok(edi_calls::compare(&files)?),
        Call::Audit {
            call: AuditCall::Verify { export: Some(file) },
        } => {
            let (ok, value) = if file.is_dir() || desk::is_archive(&file) {
                let verdict = desk::verify_evidence(&file)?;
                (verdict.ok, json!(verdict))
            } else {
                let verdict =
                    desk::ledger::audit::verify_export(&file).map_err(|e| e.to_refusal())?;
                (verdict.ok, json!(verdict))
            };
            let code = if ok { 0 } else { output::INTEGRITY };
            Ok(Outcome { value, code })
        }
        other => {
            let options = options()?;
            if !Ledger::exists(&options.home) {
                // A mistyped folder is not made by looking into it.
                let message = format!(
                    "{} is no data folder; `partnerctl init` makes one.",
                    options.home.display()
                );
                return Err(Refusal::new(Code::NotFound, message).into());
            }
            let mut told = std::pin::pin!(signals::told_to_end()?);
            let mut opening = std::pin::pin!(Desk::open(options));
            let desk = tokio::select! {
                desk = &mut opening => desk?,
                code = &mut told => {
                    // What is half open is opened, to be closed; nobody waits for a keyring any more.
                    if let Ok(Ok(desk)) = tokio::time::timeout(HALF_OPEN, opening).await {
                        desk.close().await;
                    }
                    return Err(Problem::Ended(code));
                }
            };
            let done = tokio::select! {
                done = with_desk(&desk, other) => done,
                code = told => Err(Problem::Ended(code)),
            };
            if let Err(Problem::Refused(refusal)) = &done {
                desk.note_damage(refusal);
            }
            // What was being sent is in doubt now, and looked up before it is sent again.
            desk.close().await;
            done
        }
    }
}

async fn with_desk(desk: &Desk, call: Call) -> Result<Outcome, Problem> {
    match call {
        Call::Sync { systems, full } => sync(desk, &systems, full).await,
        Call::List {
            kind,
            filter,
            limit,
            offset,
        } => Ok(lists::list(desk, kind, filter.as_deref(), limit, offset)
            .await?
            .into()),
        Call::Show { kind, id } => show(desk, &kind, &id).await,
        Call::Outreach(args) => outreach_calls::outreach(desk, *args).await,
        Call::Statements(args) => statement_calls::statements(desk, *args).await,
        Call::Resolution(args) => resolution_calls::resolution(desk, *args).await,
        Call::Exception(args) => Ok(resolution_calls::exception(desk, args).await?.into()),
        Call::Loop { call } => Ok(loop_calls::call(desk, call).await?.into()),
        Call::Campaign { call } => campaign_calls::campaign(desk, call).await,
        Call::Distribution { call } => distribution_calls::distribution(desk, call).await,
        Call::Batch { call } => Ok(outreach_calls::batch(desk, call).await?.into()),
        Call::Playbooks { case } => {
            let items: Vec<Value> = desk
                .playbooks(case.as_deref())
                .await?
                .into_iter()
                .map(|(p, fit)| json!({"id": p.id, "use_case": p.use_case, "title": p.summary, "applies": fit.applies, "why": fit.why}))
                .collect();
            Ok(json!({"items": items}).into())
        }
        Call::Do {
            playbook,
            case,
            set,
            again,
            personal,
            now,
            dry_run,
        } => {
            let fields = pairs(&set)?;
            let ask = Ask {
                playbook: &playbook,
                case: &case,
                fields,
                intent: None::<IntentId>,
                again,
                attachments: None,
                personal,
                urgent: now,
            };
            let done = if dry_run {
                desk.dry_run(&ask).await?
            } else {
                desk.submit(&ask).await?
            };
            Ok(submitted(desk, &done).await?.into())
        }
        Call::Notice { call } => Ok(notice_calls::call(desk, call).await?.into()),
        Call::Outbox { call } => outbox(desk, call).await,
        Call::Review { call } => crate::review_calls::review(desk, call).await,
        Call::Register {
            register,
            rows,
            limit,
            after,
        } => Ok(register_calls::page(desk, register, rows, limit, after)
            .await?
            .into()),
        Call::Export { call } => Ok(register_calls::export(desk, call).await?.into()),
        Call::Audit { call } => Ok(audit(desk, call).await?),
        Call::Doctor { wire } => Ok(doctor::doctor(desk, wire).await?),
        Call::Sandbox { .. } | Call::Init { .. } | Call::Edi { .. } => {
            Err(Refusal::new(Code::Internal, "This call needs no data folder.").into())
        }
    }
}

pub(crate) fn pairs(given: &[String]) -> Result<BTreeMap<String, String>, Problem> {
    given
        .iter()
        .map(|pair| {
            pair.split_once('=')
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .ok_or_else(|| Problem::Usage(format!("'{pair}' is not field=value.")))
        })
        .collect()
}

async fn sync(desk: &Desk, names: &[String], full: bool) -> Result<Outcome, Problem> {
    let systems: Vec<System> = names
        .iter()
        .map(|n| {
            n.parse()
                .map_err(|e: domain::words::UnknownWord| Problem::Usage(e.to_string()))
        })
        .collect::<Result<_, _>>()?;
    let reports = desk.pull(&systems, full).await?;
    let failed = |sign_in: bool| {
        let mut failed = reports.iter().filter(|r| r.error.is_some());
        failed.any(|r| (r.outcome == SyncOutcome::SignIn) == sign_in)
    };
    // Who is not let in is not out of reach: asking again by itself could lock the account.
    let code = if failed(false) {
        output::UNREACHABLE
    } else if failed(true) {
        output::ATTENTION
    } else {
        0
    };
    let systems: Vec<Value> = reports
        .iter()
        .map(|r| {
            json!({"system": r.system, "fetched": r.fetched, "applied": r.applied, "quarantined": r.quarantined, "cursor": r.cursor,
                "error": r.error, "outcome": r.outcome})
        })
        .collect();
    Ok(Outcome {
        value: json!({"systems": systems}),
        code,
    })
}

async fn show(desk: &Desk, kind: &str, id: &str) -> Result<Outcome, Problem> {
    let json_of = |value: Result<Value, serde_json::Error>| {
        value.map_err(|e| Refusal::new(Code::Internal, e.to_string()))
    };
    let value = match kind {
        "case" => json_of(serde_json::to_value(desk.case_view(id).await?))?,
        "document" => json_of(serde_json::to_value(desk.document(id).await?))?,
        "review" => json_of(serde_json::to_value(desk.review_view(id).await?))?,
        "step" => json_of(serde_json::to_value(desk.step(id).await?))?,
        other => {
            return Err(Problem::Usage(format!(
                "There is nothing to show of kind {other}; there are case, document, review, step."
            )));
        }
    };
    Ok(value.into())
}

async fn submitted(desk: &Desk, done: &Submitted) -> Result<Value, Refusal> {
    let rows: Vec<StepRow> = match &done.action_id {
        Some(action) => {
            desk.steps(
                &StepFilter {
                    action: Some(action.to_string()),
                    ..StepFilter::default()
                },
                1_000,
                0,
            )
            .await?
        }
        None => Vec::new(),
    };
    let steps: Vec<Value> = done
        .plan
        .steps
        .iter()
        .map(|s| {
            let row = rows.iter().find(|r| r.number == s.number);
            json!({
                "id": row.map_or_else(|| s.id.clone(), |r| r.id.clone()), "name": s.id, "number": s.number, "system": s.operation.system(),
                "operation": s.operation.word(), "level": s.operation.level(), "subject": s.subject,
                "state": row.map_or("planned", |r| r.state.word()), "key": s.key, "waits_on": s.waits_on,
                "offline_class": s.offline_class, "optional": s.optional,
            })
        })
        .collect();
    // A dry run has nothing to undo yet.
    let content = match &done.action_id {
        Some(action) => Some(desk.undo_view(action.as_str()).await),
        None => None,
    };
    let content = content.and_then(Result::ok).map(|undo| undo.content);
    Ok(json!({
        "content": content,
        "action_id": done.action_id, "intent": done.plan.intent, "dry_run": done.action_id.is_none(), "playbook": done.plan.playbook,
        "title": done.plan.title, "gates": done.plan.gates, "steps": steps, "skipped": done.plan.skipped,
    }))
}

fn step_json(s: &StepRow) -> Value {
    json!({
        "id": s.id, "action_id": s.action_id, "intent": s.intent, "step": s.number, "name": s.name, "system": s.system,
        "operation": s.operation, "level": s.level, "subject": s.subject, "state": s.state.word(), "attempt": s.attempt, "key": s.key,
        "remote_ref": s.remote_ref, "reason": s.reason.clone().or_else(|| attention(&s.state)), "blocked_by": s.blocked_by,
        "case": s.case, "playbook": s.playbook, "supersedes": s.supersedes, "confirmed_at": s.confirmed_at.map(|at| at.rfc3339()),
    })
}

fn attention(state: &StepState) -> Option<String> {
    match state {
        StepState::NeedsAttention { attention } => Some(attention.to_string()),
        StepState::Waiting { reason, .. } => Some(reason.to_string()),
        _ => None,
    }
}

async fn outbox(desk: &Desk, call: OutboxCall) -> Result<Outcome, Problem> {
    match call {
        OutboxCall::List { states, limit } => {
            if let Some(odd) = states
                .iter()
                .find(|s| !StepState::WORDS.contains(&s.as_str()))
            {
                return Err(Problem::Usage(format!(
                    "There is no state {odd}; there are {}.",
                    StepState::WORDS.join(", ")
                )));
            }
            let rows = desk
                .steps(
                    &StepFilter {
                        states,
                        ..StepFilter::default()
                    },
                    limit,
                    0,
                )
                .await?;
            Ok(json!({"items": rows.iter().map(step_json).collect::<Vec<_>>()}).into())
        }
        OutboxCall::Run { until_idle } => {
            desk.recover().await?;
            desk.follow_clock().await;
            let mut confirmed = 0;
            let mut attempts = 0;
            let mut last = desk.push().await?;
            for _ in 0..ROUNDS {
                confirmed += last.confirmed;
                attempts += last.attempts;
                let due_now = last.next_due.is_some_and(|at| at <= desk.now());
                let blocked = !last.unreachable.is_empty() || !last.sign_in.is_empty();
                if !until_idle || !due_now || blocked || last.attempts == 0 {
                    break;
                }
                last = desk.push().await?;
            }
            let counts = desk.ledger().counts().await.map_err(|e| e.to_refusal())?;
            let code = if !last.unreachable.is_empty() {
                output::UNREACHABLE
            } else if counts.to_decide() > 0 || !last.sign_in.is_empty() {
                output::ATTENTION
            } else {
                0
            };
            let value = json!({
                "confirmed": confirmed, "attempts": attempts, "open": counts.open(), "needs_attention": counts.to_decide(),
                "unreachable": last.unreachable, "sign_in": last.sign_in, "next_due": last.next_due.map(|at| at.rfc3339()),
            });
            Ok(Outcome { value, code })
        }
        OutboxCall::Retry { id } => {
            desk.retry_step(&id).await?;
            Ok(json!({"id": id}).into())
        }
        OutboxCall::Cancel { id } => {
            desk.cancel_step(&id).await?;
            Ok(json!({"id": id}).into())
        }
        OutboxCall::Resolve {
            id,
            take,
            fields,
            outcome,
        } => {
            let fields = Some(pairs(&fields)?).filter(|f| !f.is_empty());
            let goes_on = desk
                .resolve(&ResolveInput {
                    id,
                    take,
                    fields,
                    outcome,
                })
                .await?;
            Ok(json!({"id": goes_on}).into())
        }
    }
}

async fn audit(desk: &Desk, call: AuditCall) -> Result<Outcome, Refusal> {
    let ledger = desk.ledger();
    match call {
        AuditCall::List { case, limit } => {
            let case = match case {
                Some(case) => Some(format!(
                    "case:community:{}",
                    desk.resolve_case(&case).await?
                )),
                None => None,
            };
            let filter = AuditFilter {
                case,
                ..AuditFilter::default()
            };
            let rows = ledger
                .list_audit(&filter, limit, 0)
                .await
                .map_err(|e| e.to_refusal())?;
            let items: Vec<Value> = rows
                .iter()
                .map(|r| json!({"record": r.record, "hash": r.hash}))
                .collect();
            Ok(json!({"items": items}).into())
        }
        AuditCall::Verify { .. } => {
            let verdict = ledger.verify_audit().await.map_err(|e| e.to_refusal())?;
            let code = if verdict.ok { 0 } else { output::INTEGRITY };
            Ok(Outcome {
                value: json!(verdict),
                code,
            })
        }
        AuditCall::Export { case, out } => {
            let case = match case {
                Some(case) => Some(format!(
                    "case:community:{}",
                    desk.resolve_case(&case).await?
                )),
                None => None,
            };
            let records = ledger
                .export_audit(&out, case.as_deref(), desk.now())
                .await
                .map_err(|e| e.to_refusal())?;
            Ok(json!({"file": out.display().to_string(), "records": records}).into())
        }
    }
}
