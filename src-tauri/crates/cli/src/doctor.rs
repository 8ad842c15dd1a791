//! `doctor`: what is connected, where key and secrets are kept, whether the databases are whole.

use desk::Desk;
use domain::{Refusal, System};
use serde_json::{Value, json};

use crate::output::{self, Outcome};

/// Connections, where key and secrets are, databases, clock; with `wire` the last calls of each system, newest first.
pub(crate) async fn doctor(desk: &Desk, wire: bool) -> Result<Outcome, Refusal> {
    desk.follow_clock().await;
    let connections = desk.check_connections().await;
    let missing = desk.missing_secrets();
    // What lacks a secret or is not let in is not out of reach: a person enters it again.
    let failed = connections.iter().filter_map(|(system, steps)| {
        let failed = steps.iter().find(|s| !s.ok)?;
        Some(failed.step == "sign_in" || missing.contains_key(system))
    });
    let failed: Vec<bool> = failed.collect();
    let out_of_reach = failed.iter().any(|sign_in| !sign_in);
    let faults = desk.ledger().check().await.map_err(|e| e.to_refusal())?;
    let skew = desk.now().0 - domain_now();
    let mut value = json!({
        "connections": connections.iter().map(|(system, steps)| json!({"system": system, "ok": steps.iter().all(|s| s.ok), "steps": steps})).collect::<Vec<_>>(),
        "ledger": {"schema": desk.ledger().schema_version(), "faults": faults, "read_only": desk.read_only()},
        "secrets": secrets(desk), "warnings": desk.warnings(), "clock_offset_ms": skew, "person": desk.person().id, "policy": desk.policy().hash(),
    });
    if let Some(told) = value.as_object_mut().filter(|_| wire) {
        told.insert("wire".to_owned(), self::wire(desk).await?);
    }
    let code = if !faults.is_empty() {
        output::INTEGRITY
    } else if out_of_reach {
        output::UNREACHABLE
    } else if !missing.is_empty() || !failed.is_empty() {
        output::ATTENTION
    } else {
        0
    };
    Ok(Outcome { value, code })
}

async fn wire(desk: &Desk) -> Result<Value, Refusal> {
    let mut systems = serde_json::Map::new();
    for system in System::ALL {
        systems.insert(system.to_string(), json!(desk.wire(*system).await?));
    }
    Ok(systems.into())
}

/// Where key and secrets are kept, and which secrets are not there. Never a secret itself.
pub(crate) fn secrets(desk: &Desk) -> Value {
    let missing: Vec<Value> = desk
        .missing_secrets()
        .iter()
        .flat_map(|(system, names)| {
            names
                .iter()
                .map(move |name| json!({"system": system, "name": name}))
        })
        .collect();
    json!({"kept": desk.key_source(), "place": desk.secrets_are_in(), "missing": missing})
}

fn domain_now() -> i64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .ok()
        .and_then(|d| i64::try_from(d.as_millis()).ok())
        .unwrap_or_default()
}
