//! Active Documents: Lens search over GraphQL, and the contract of our own for payloads, proofs, reprocessing and
//! sending in the manner of AS2.
//!
//! Under `/documents`: `POST /v1/oauth2/tokens`, `POST /visibility_transaction_search`, `GET /documents/{id}/payload`,
//! `GET /documents/{id}/proof`, `POST /documents/{id}/reprocess` (Idempotency-Key), `POST /as2/messages`.

mod as2;
mod handlers;
mod inject;
mod proofs;
mod query;
mod search;
mod seed;
mod selection;
mod text;
mod transaction;
mod writing;

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Router,
    http::Method,
    routing::{get, post},
};
use domain::{Millis, canonical::sha256_hex};
use serde_json::{Value, json};

use self::transaction::Transaction;
use crate::{Scenario, core::state::Ctx, systems::Seen};

/// Placeholder credentials of the grid gateway.
const CLIENT_ID: &str = "documents-console";
const CLIENT_SECRET: &str = "documents-placeholder";
/// Sign-in world of the grid.
const WORLD: &str = "grid";

/// What this system remembers.
#[derive(Debug, Default)]
pub struct State {
    transactions: Vec<Transaction>,
    places: BTreeMap<String, usize>,
    /// AS2 messages taken, with the hash of their bytes and the transactions they became.
    messages: BTreeMap<String, (String, Vec<String>)>,
    /// How the delivery of letters is proven, by transaction.
    proofs: BTreeMap<String, proofs::Kind>,
    /// What happens to proofs on their way, by transaction or address of the receiver.
    tampered: BTreeMap<String, proofs::Tampered>,
    /// Reprocess requests taken, by Idempotency-Key, with the transaction they were for.
    reprocessed: BTreeMap<String, String>,
    /// How far a repeated scroll query has come.
    scrolls: BTreeMap<String, usize>,
    /// Last interchange control number used from one address to another.
    controls: BTreeMap<(String, String), u64>,
    /// Last transaction number.
    last: u64,
}

impl State {
    /// The state the scenario leads up to.
    #[must_use]
    pub fn seed(scenario: &Scenario, epoch: Millis) -> Self {
        let mut state = Self::default();
        seed::fill(&mut state, scenario, epoch);
        state
    }

    fn find(&self, id: &str) -> Option<&Transaction> {
        self.places
            .get(id)
            .and_then(|at| self.transactions.get(*at))
    }

    fn find_mut(&mut self, id: &str) -> Option<&mut Transaction> {
        self.places
            .get(id)
            .and_then(|at| self.transactions.get_mut(*at))
    }

    /// By transaction id, else by the control number or business number of a document; the newest of several.
    fn find_by_any(&self, text: &str) -> Option<&Transaction> {
        let plain = |number: &str| number.trim_start_matches('0').to_owned();
        let keys = [
            writing::ORDER_KEY,
            "invoice number",
            "shipment identification",
        ];
        self.find(text).or_else(|| {
            let business = |t: &&Transaction| !matches!(t.editype.as_str(), "997" | "CONTRL");
            self.transactions.iter().rev().filter(business).find(|t| {
                let control = t.content_key(writing::CONTROL_KEY).unwrap_or_default();
                plain(control) == plain(text)
                    || keys.iter().any(|key| t.content_key(key) == Some(text))
            })
        })
    }

    fn next_id(&mut self) -> String {
        self.last += 1;
        format!("tgtx-{:08}", self.last)
    }

    fn next_control(&mut self, from: &str, to: &str) -> u64 {
        let last = self
            .controls
            .entry((from.to_owned(), to.to_owned()))
            .or_insert(0);
        *last += 1;
        *last
    }

    fn add(&mut self, transaction: Transaction) {
        self.places
            .insert(transaction.id.clone(), self.transactions.len());
        self.transactions.push(transaction);
    }
}

/// Endpoints, relative to `/documents`.
pub fn router(ctx: Arc<Ctx>) -> Router {
    Router::new()
        .route("/v1/oauth2/tokens", post(handlers::token))
        .route("/visibility_transaction_search", post(handlers::search))
        .route("/documents/{id}/payload", get(handlers::payload))
        .route("/documents/{id}/proof", get(handlers::proof))
        .route("/documents/{id}/reprocess", post(handlers::reprocess))
        .route("/as2/messages", post(as2::receive))
        .with_state(ctx)
}

/// The operation word of a request.
#[must_use]
pub fn operation(seen: &Seen<'_>) -> Option<&'static str> {
    if *seen.method != Method::POST {
        return None;
    }
    match seen.path {
        "/as2/messages" => Some("send_document"),
        path if path.starts_with("/documents/") && path.ends_with("/reprocess") => {
            Some("reprocess")
        }
        _ => None,
    }
}

/// Whether a request that is no GET only reads.
#[must_use]
pub fn only_reads(seen: &Seen<'_>) -> bool {
    matches!(
        seen.path,
        "/v1/oauth2/tokens" | "/visibility_transaction_search"
    )
}

/// Base address and placeholder credentials.
#[must_use]
pub fn credentials(ctx: &Ctx) -> Value {
    let base = format!("{}/documents", ctx.base_url());
    json!({
        "base_url": base,
        "token_url": format!("{base}/v1/oauth2/tokens"),
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "own_addresses": ctx.scenario().company.edi_id,
    })
}

/// Makes something happen.
pub fn inject(ctx: &Ctx, kind: &str, body: &Value) -> Option<Result<Value, String>> {
    match kind {
        "document" => Some(inject::document(ctx, body)),
        "proof" => Some(proofs::inject(ctx, body)),
        _ => None,
    }
}

/// State as JSON.
#[must_use]
pub fn dump(ctx: &Ctx) -> Value {
    let now = ctx.now();
    let state = ctx.documents();
    let visible = || state.transactions.iter().filter(|t| t.is_visible(now));
    let mut types: BTreeMap<&str, u64> = BTreeMap::new();
    for transaction in visible() {
        *types.entry(&transaction.editype).or_default() += 1;
    }
    let transactions: Vec<Value> = visible()
        .map(|t| {
            json!({
                "id": t.id, "editype": t.editype, "sender": t.sender.address, "receiver": t.receiver.address,
                "status": t.status(now).1, "fastatus": t.ack(now).map(|a| a.1),
                "control": t.content_key(writing::CONTROL_KEY),
                "purchase_order": t.content_key("purchase order number"),
                "arrived_at": t.arrived_at().rfc3339(), "payload_sha256": sha256_hex(&t.payload),
            })
        })
        .collect();
    json!({
        "count": transactions.len(), "types": types, "messages": state.messages.len(),
        "transactions": transactions,
    })
}
