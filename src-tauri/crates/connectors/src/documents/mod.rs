//! Active Documents. Search and status are the vendor's (Lens GraphQL); payloads, proofs, reprocessing and the AS2-shaped
//! gateway are a contract of our own.

#[cfg(feature = "fuzzing")]
pub(crate) mod fuzzing;
mod lens;
mod payload;
pub mod proof;
mod send;
pub mod tracks;
mod window;

use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    Kind, Millis, ObjectRef, System,
    operation::{Call, Operation},
    record::{Document, Record},
    time::{DAY, SECOND},
};
use futures::{StreamExt, stream};
use serde_json::{Value, json};

use self::window::Cursor;
use crate::{
    CallError, Collection, ConnectionConfig, Connector, Content, Fetched, LookUp, Manifest,
    Outgoing, Probe, PullError, PullPage, PullRequest, Receipt, Session, SessionParts, SignIn,
    fields::{fetched, name_of, segment},
    http::Ask,
    limits::{Budget, MAX_ATTACHMENT},
    port::{CheckStep, OperationEntry, Unfit},
    session::WireError,
    text::safe_file_name,
    wire_log::WireCall,
};

/// Payloads fetched at the same time.
const PARALLEL: usize = 4;
const TRANSACTIONS: &str = "transactions";
const ACKNOWLEDGEMENTS: &str = "acknowledgements";
/// Where a transaction names itself.
const ID: &str = "/transactionid";

const COLLECTIONS: &[Collection] = &[
    Collection {
        name: TRANSACTIONS,
        pace: 30 * SECOND,
        order: 20,
    },
    Collection {
        name: ACKNOWLEDGEMENTS,
        pace: 30 * SECOND,
        order: 21,
    },
];

/// The connector.
#[derive(Debug)]
pub struct DocumentsConnector {
    session: Arc<Session>,
    manifest: Manifest,
    /// Our own addresses, `qualifier:id`: they tell what goes out and what comes in.
    own: Vec<String>,
}

impl DocumentsConnector {
    /// A connector for a connection. Settings: `token_url`, `own_addresses` (separated by commas).
    #[must_use]
    pub fn new(config: &ConnectionConfig, parts: &SessionParts) -> Self {
        let token_url = config.setting("token_url").map_or_else(
            || format!("{}/v1/oauth2/tokens", config.base_url),
            str::to_owned,
        );
        let entry = |operation: Operation, path| OperationEntry {
            operation,
            level: operation.level(),
            method: "POST",
            path,
            longest_time: operation.longest_time(),
        };
        Self {
            session: Arc::new(Session::new(
                System::Documents,
                config,
                SignIn::Grid { token_url },
                parts,
            )),
            manifest: Manifest {
                system: System::Documents,
                dialect: "lens".to_owned(),
                operations: vec![
                    entry(Operation::SendDocument, "/as2/messages"),
                    entry(Operation::Reprocess, "/documents/{id}/reprocess"),
                ],
            },
            own: config
                .setting("own_addresses")
                .unwrap_or_default()
                .split(',')
                .map(|a| a.trim().to_owned())
                .filter(|a| !a.is_empty())
                .collect(),
        }
    }

    async fn search(&self, body: Value, budget: &Budget) -> Result<Value, PullError> {
        let ask = Ask::post("/visibility_transaction_search").json(body);
        self.session.read_json_within(&ask, budget).await
    }

    /// A window that fits a page, read whole.
    async fn window(&self, field: &str, from: Millis, now: Millis) -> Result<Read, PullError> {
        let mut to = now;
        loop {
            let budget = Budget::default();
            let answer = self
                .search(lens::window(field, from, to, window::PAGE, 0), &budget)
                .await?;
            let page = lens::page(&answer).map_err(PullError::Drift)?;
            if let Some(narrower) = window::narrower(from, to, page.total) {
                to = narrower;
                continue;
            }
            let (total, mut all) = (page.total, page.transactions.to_vec());
            // Very many within one second: paged, which is safe in so short a window long past, and bounded.
            let (mut pages, mut cut) = (1, false);
            while all.len() < total {
                if pages >= window::MOST_PAGES {
                    cut = true;
                    break;
                }
                pages += 1;
                let body = lens::window(field, from, to, window::PAGE, all.len());
                let answer = self.search(body, &budget).await?;
                let more = lens::page(&answer)
                    .map_err(PullError::Drift)?
                    .transactions
                    .to_vec();
                if more.is_empty() {
                    break;
                }
                all.extend(more);
            }
            let left_out = total.saturating_sub(all.len());
            let left_out = cut.then(|| left_out_of(field, (from, to), (total, left_out)));
            return Ok(Read { all, to, left_out });
        }
    }

    /// One transaction with its payload read, where there is one.
    async fn whole(
        &self,
        value: Value,
        place: String,
        budget: &Budget,
    ) -> Result<Fetched, PullError> {
        let name = name_of(&value, ID, &place);
        let mut document = match lens::document(&value, &place, &self.own) {
            Ok(document) => document,
            Err(unfit) => return Ok(fetched(&name, &value, Err(unfit))),
        };
        let ask =
            Ask::get(format!("/documents/{}/payload", segment(&document.id))).limit(MAX_ATTACHMENT);
        match self.session.send(&ask).await {
            Ok(answer) if answer.is_success() => {
                payload::read_into(&mut document, &answer.body);
                if !budget.hold(payload::weight(&document)) {
                    document.content = None;
                    document.problem = Some("too much was said at once to keep it".to_owned());
                }
            }
            Ok(answer) if matches!(answer.status, 404 | 410) => {
                document.problem = Some("the payload is not available".to_owned());
            }
            Ok(answer) => return Err(answer.pull_error()),
            Err(WireError::TooLarge(words)) => document.problem = Some(words),
            Err(error) => return Err(error.into()),
        }
        Ok(fetched(&name, &value, Ok(Record::Document(document))))
    }

    async fn transactions(&self, request: &PullRequest) -> Result<PullPage, PullError> {
        let cursor = Cursor::read(request.cursor.as_deref(), request.now, window::KEPT)?;
        let read = self
            .window("statusdate", cursor.from(), request.now)
            .await?;
        let Read { all, to, left_out } = read;
        // Owned, so that the fetches may run side by side.
        let fresh: Vec<(usize, Value)> = fresh(&cursor, &all)
            .into_iter()
            .map(|(at, value)| (at, value.clone()))
            .collect();
        let budget = Budget::default();
        let records: Vec<Result<Fetched, PullError>> = stream::iter(fresh)
            .map(|(at, value)| self.whole(value, format!("transactions[{at}]"), &budget))
            .buffered(PARALLEL)
            .collect()
            .await;
        let records = records.into_iter().chain(left_out.map(Ok));
        Ok(PullPage {
            records: records.collect::<Result<_, _>>()?,
            cursor: cursor
                .after(to, request.now, marks(&all, "statusdate"))
                .text(),
            more: to < request.now,
            listing: None,
        })
    }

    /// A late acknowledgement moves nothing but `fastatus`: the record says so with no content, which stands for
    /// "unchanged". The transactions themselves carry what was acknowledged before the first pull.
    async fn acknowledgements(&self, request: &PullRequest) -> Result<PullPage, PullError> {
        let cursor = Cursor::read(request.cursor.as_deref(), request.now, DAY)?;
        let read = self
            .window("fastatusdate", cursor.from(), request.now)
            .await?;
        let Read { all, to, left_out } = read;
        let records = fresh(&cursor, &all)
            .into_iter()
            .map(|(at, value)| {
                let place = format!("transactions[{at}]");
                let document: Result<Document, _> = lens::document(value, &place, &self.own);
                let name = name_of(value, ID, &place);
                fetched(&name, value, document.map(Record::Document))
            })
            .chain(left_out)
            .collect();
        Ok(PullPage {
            records,
            cursor: cursor
                .after(to, request.now, marks(&all, "fastatusdate"))
                .text(),
            more: to < request.now,
            listing: None,
        })
    }
}

/// What a window held.
struct Read {
    all: Vec<Value>,
    /// Its end.
    to: Millis,
    /// Names what it held beyond what is read of one.
    left_out: Option<Fetched>,
}

/// More than is read of one second goes nowhere unseen.
fn left_out_of(
    field: &str,
    (from, to): (Millis, Millis),
    (total, left_out): (usize, usize),
) -> Fetched {
    let name = format!("{field}: more than is read of one second");
    let told = json!({"field": field});
    let message = format!(
        "{left_out} of {total} transactions were not read, from {} to {}",
        from.rfc3339(),
        to.rfc3339()
    );
    let code = "WIRE_TOO_LARGE".to_owned();
    fetched(&name, &told, Err(Unfit { code, message }))
}

fn fresh<'v>(cursor: &Cursor, all: &'v [Value]) -> Vec<(usize, &'v Value)> {
    all.iter()
        .enumerate()
        .filter(|(_, value)| !cursor.knows(&window::mark(value)))
        .collect()
}

fn marks(all: &[Value], field: &str) -> Vec<(Millis, String)> {
    all.iter()
        .map(|value| {
            let at = value.get(field).and_then(Value::as_str).unwrap_or_default();
            // What has no readable time is remembered, or it would be read in every window.
            (
                Millis::parse_lenient(at).unwrap_or(Millis(i64::MAX)),
                window::mark(value),
            )
        })
        .collect()
}

#[async_trait]
impl Connector for DocumentsConnector {
    fn system(&self) -> System {
        System::Documents
    }

    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn collections(&self) -> &'static [Collection] {
        COLLECTIONS
    }

    async fn pull(&self, request: &PullRequest) -> Result<PullPage, PullError> {
        match request.collection.as_str() {
            TRANSACTIONS => self.transactions(request).await,
            ACKNOWLEDGEMENTS => self.acknowledgements(request).await,
            other => Err(PullError::Refused {
                status: 0,
                message: format!("no collection '{other}'"),
            }),
        }
    }

    async fn perform(&self, outgoing: &Outgoing) -> Result<Receipt, CallError> {
        match &outgoing.call {
            Call::SendDocument {
                from,
                to,
                media_type,
                blob,
                letter,
            } => {
                let message = send::Message {
                    from,
                    to,
                    media_type,
                    blob,
                    letter: letter.as_deref(),
                };
                send::send(&self.session, outgoing, &message).await
            }
            Call::Reprocess { transaction_id } => {
                send::reprocess(&self.session, outgoing, transaction_id).await
            }
            other => Err(CallError::Refused {
                status: 0,
                message: format!("{} is no operation of documents", other.operation()),
            }),
        }
    }

    async fn look_up(&self, outgoing: &Outgoing) -> Result<LookUp, CallError> {
        match &outgoing.call {
            Call::SendDocument { .. } => {
                let reference = send::message_id(&outgoing.key);
                let answer = self
                    .search(lens::by_reference(&reference), &Budget::default())
                    .await?;
                let page = lens::page(&answer).map_err(PullError::Drift)?;
                let Some(first) = page.transactions.first() else {
                    return Ok(LookUp::Absent);
                };
                let id = name_of(first, ID, "");
                if id.is_empty() {
                    let words = "what was found names no transaction".to_owned();
                    return Ok(LookUp::CannotTell(words));
                }
                let mut receipt = Receipt {
                    remote_ref: id,
                    ..Receipt::default()
                };
                receipt
                    .detail
                    .insert("message_id".to_owned(), reference.into());
                Ok(LookUp::Found(receipt))
            }
            // The key is honoured: sending it again is the way to ask.
            _ => Ok(LookUp::CannotTell(
                "the same key may be sent again".to_owned(),
            )),
        }
    }

    /// The payload of a document; the proof of its delivery under `{id}/proof`.
    async fn content(&self, object: &ObjectRef) -> Result<Content, PullError> {
        if object.kind != Kind::Document || object.system != System::Documents {
            let message = format!("{} has no content here", object.kind);
            return Err(PullError::Refused { status: 0, message });
        }
        let (id, what) = match object.remote_id.strip_suffix("/proof") {
            Some(id) => (id, "proof"),
            None => (object.remote_id.as_str(), "payload"),
        };
        let ask = Ask::get(format!("/documents/{}/{what}", segment(id))).limit(MAX_ATTACHMENT);
        let answer = self.session.read(&ask).await?;
        let media_type = answer
            .header("content-type")
            .map_or_else(|| "application/octet-stream".to_owned(), str::to_owned);
        let extension = if what == "proof" { "mdn" } else { "edi" };
        Ok(Content {
            bytes: answer.body,
            media_type,
            name: safe_file_name(&format!("{id}.{extension}")),
        })
    }

    async fn check(&self) -> Vec<CheckStep> {
        let now = self.session.now();
        let body = lens::window("statusdate", now.plus(-DAY), now, 1, 0);
        let ask = Ask::post("/visibility_transaction_search").json(body);
        let probe = Probe::new(ask, &["/data/getTransactions"]);
        self.session.check(&probe).await
    }

    fn recent_calls(&self, after: u64) -> Vec<WireCall> {
        self.session.recent_calls(after)
    }
}
