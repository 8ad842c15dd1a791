//! Reviews at the command line.

use std::io::{IsTerminal as _, Read as _};

use desk::{
    Decision, Desk, Passage,
    view::{DelegateInput, GetPartnerChanges, ListReviews, ReviseInput},
};
use domain::{Refusal, refusal::Code, review::Verdict};
use serde_json::{Value, json};

use crate::{
    args::ReviewCall,
    output::{Outcome, Problem},
    run::pairs,
};

/// Reviews in the shape of the command line.
pub(crate) async fn reviews(desk: &Desk, args: &ListReviews) -> Result<Value, Refusal> {
    let page = desk.list_reviews(args).await?;
    let mut items = Vec::new();
    for row in &page.items {
        items.push(one_review(desk, &row.id).await?);
    }
    Ok(json!({"items": items}))
}

async fn one_review(desk: &Desk, id: &str) -> Result<Value, Refusal> {
    let view = desk.review_view(id).await?;
    let signed: Vec<Value> = view
        .four_eyes
        .iter()
        .filter_map(|eye| {
            let at = eye.signed_at?;
            let person = eye.person.as_ref()?;
            Some(json!({"person": person.id, "name": person.name, "meaning": eye.meaning, "word": eye.word,
                "on_behalf_of": eye.on_behalf_of.as_ref().and_then(|of| of.id.as_deref()), "at": domain::Millis(at).rfc3339()}))
        })
        .collect();
    let maker = view
        .four_eyes
        .first()
        .and_then(|e| e.person.as_ref())
        .and_then(|p| p.id.clone());
    let comments: Vec<Value> = view
        .comments
        .iter()
        .map(|c| {
            let settled = c.settled.as_ref().map(|s| json!({"how": s.how, "by": s.by, "word": s.text}));
            json!({"id": c.id, "author": c.author, "text": c.text, "block": c.block, "quote": c.quote, "place": c.place,
                "carried_from": c.carried_from, "lost": c.lost, "settled": settled, "partner": c.partner, "shared": c.shared})
        })
        .collect();
    Ok(json!({
        "comments": comments, "orphans": view.orphans, "left": view.groups, "rule": view.rule, "signs_for": view.signs_for,
        "decide_by": view.decide_by.map(|at| domain::Millis(at).rfc3339()), "deputies": view.deputies, "reminded": view.reminded,
        "partner_review": view.partner,
        "id": view.row.id, "notice": view.row.notice_number, "case": view.row.case, "state": view.row.status.state, "hash": view.hash,
        "maker": maker, "needed": view.row.needed, "signed": signed, "title": view.row.title, "partner": view.row.partner,
        "version": view.version, "may_sign": view.may_sign, "may_not_reason": view.may_not_reason,
        "proof_sha256": view.proof.sha256, "meanings": view.meanings.iter().map(|m| &m.id).collect::<Vec<_>>(),
    }))
}

/// Never typed in the open: a terminal would show it.
fn pin_from_stdin() -> Result<String, Refusal> {
    if std::io::stdin().is_terminal() {
        return Err(Refusal::new(
            Code::Auth,
            "Give the PIN on standard input, not at the terminal.",
        ));
    }
    let mut pin = String::new();
    std::io::stdin()
        .lock()
        .take(256)
        .read_to_string(&mut pin)
        .map_err(|e| Refusal::new(Code::Auth, format!("The PIN cannot be read: {e}")))?;
    Ok(pin.trim().to_owned())
}

/// Calls about reviews.
///
/// # Errors
/// What the desk refuses; a usage problem for `--set` that is no pair.
pub(crate) async fn review(desk: &Desk, call: ReviewCall) -> Result<Outcome, Problem> {
    match call {
        ReviewCall::List => Ok(reviews(
            desk,
            &ListReviews {
                filter: Some("all".into()),
                offset: None,
                limit: Some(200),
            },
        )
        .await?
        .into()),
        ReviewCall::Export { id, out } => {
            let sealed_by = desk.export_evidence(&id, &out).await?;
            Ok(json!({"folder": out.display().to_string(), "sealed_by": sealed_by}).into())
        }
        ReviewCall::Show { id } => Ok(one_review(desk, &id).await?.into()),
        ReviewCall::Approve {
            id,
            hash,
            meaning,
            on_behalf_of,
            pin_stdin: _,
        } => {
            let pin = pin_from_stdin()?;
            desk.decide(
                Decision {
                    review: &id,
                    hash: &hash,
                    verdict: Verdict::Approve,
                    meaning: &meaning,
                    about: None,
                    on_behalf_of: on_behalf_of.as_deref(),
                },
                &pin,
            )
            .await?;
            Ok(one_review(desk, &id).await?.into())
        }
        ReviewCall::Reject {
            id,
            reason,
            quote,
            pin_stdin: _,
        } => {
            let pin = pin_from_stdin()?;
            let hash = desk.review_view(&id).await?.hash;
            desk.decide(
                Decision {
                    review: &id,
                    hash: &hash,
                    verdict: Verdict::Reject,
                    meaning: &reason,
                    about: quote.as_deref().map(|quote| Passage {
                        quote: Some(quote),
                        ..Passage::default()
                    }),
                    on_behalf_of: None,
                },
                &pin,
            )
            .await?;
            Ok(one_review(desk, &id).await?.into())
        }
        ReviewCall::Comment {
            id,
            text,
            quote,
            block,
        } => {
            let about = Passage {
                block,
                quote: quote.as_deref(),
                near: None,
            };
            desk.comment_on_review(&id, &text, about).await?;
            Ok(one_review(desk, &id).await?.into())
        }
        ReviewCall::Resolve {
            id,
            comment,
            settled,
            word,
        } => {
            desk.resolve_comment(&id, &comment, &settled, &word).await?;
            Ok(one_review(desk, &id).await?.into())
        }
        ReviewCall::Share {
            id,
            comment,
            personal,
        } => {
            desk.share_comment(&id, &comment, personal.as_deref())
                .await?;
            Ok(one_review(desk, &id).await?.into())
        }
        ReviewCall::Take {
            id,
            attachment,
            dry_run,
        } => {
            let asked = GetPartnerChanges { id, attachment };
            let theirs = desk.partner_changes(&asked).await?;
            if dry_run {
                return Ok(json!(theirs).into());
            }
            let (id, attachment) = (&asked.id, &asked.attachment);
            let action = desk
                .take_partner_changes(id, attachment, Some(&theirs.sha256))
                .await?;
            Ok(json!({"action_id": action, "changes": theirs.changes}).into())
        }
        ReviewCall::Delegate {
            to,
            from,
            until,
            reason,
        } => {
            let asked = DelegateInput {
                to,
                from,
                until,
                reason,
            };
            desk.delegate(&asked).await?;
            Ok(json!({"items": desk.list_delegations().await?}).into())
        }
        ReviewCall::Delegations => Ok(json!({"items": desk.list_delegations().await?}).into()),
        ReviewCall::Revoke { id } => {
            desk.revoke_delegation(&id).await?;
            Ok(json!({"items": desk.list_delegations().await?}).into())
        }
        ReviewCall::Revise { id, set, dry_run } => {
            if dry_run {
                let fields = pairs(&set)?;
                let plan = desk.plan_revision(&ReviseInput { id, fields }).await?;
                return Ok(json!(plan).into());
            }
            let action = desk.revise_letter(&id, &pairs(&set)?).await?;
            Ok(json!({"action_id": action}).into())
        }
    }
}
