//! `/partners/{id}/agreement`: how we work with a partner.

use std::sync::Arc;

use axum::{extract::State as Shared, http::StatusCode};
use domain::time::DAY;
use serde_json::json;

use super::contract::{At, missing};
use crate::{
    Ctx,
    core::http::{Answer, json_answer, put},
};

pub(super) async fn read(
    Shared(ctx): Shared<Arc<Ctx>>,
    At(id): At<String>,
) -> Result<Answer, Answer> {
    let partner = ctx.scenario().partner(&id);
    let partner = partner.ok_or_else(|| missing("partner"))?;
    let mut agreement = json!({
            "partner": {"id": partner.id, "buid": partner.buid, "name": partner.name, "short_name": partner.short_name, "country": partner.country},
            "language": partner.language, "currency": partner.currency, "time_zone": partner.time_zone,
            "calendar": partner.calendar, "tier": partner.tier,
            "response_times": {"reply_minutes": partner.reply_minutes, "resolution_minutes": partner.resolution_minutes},
            "address": partner.address, "contacts": partner.contacts, "channels": partner.channels,
            "tolerance_set": if partner.tier == "A" { "narrow" } else { "default" },
            "allowed_recipients": [partner.id],
            "terms": {"rebate_percent": rebate(&partner.tier), "payment_days": 30},
            "identifiers": [partner.edi_id],
            "updated_at": ctx.scenario().epoch.plus(-30 * DAY).rfc3339(),
    });
    if let Some(changes) = ctx.community().agreements.get(&id) {
        for (name, value) in changes {
            put(&mut agreement, name, value.clone());
        }
    }
    Ok(json_answer(StatusCode::OK, &agreement))
}

/// Rebate agreed with a partner of a tier, in per cent.
fn rebate(tier: &str) -> &'static str {
    match tier {
        "A" => "2.5",
        "B" => "1.25",
        _ => "0",
    }
}
