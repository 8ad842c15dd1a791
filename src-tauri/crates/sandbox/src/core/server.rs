//! The server: every request is read whole, may meet a fault, and is journaled when it changed something.
//!
//! Connections are served by hyper directly, because a lost request or answer is a closed connection without an answer,
//! which no ordinary handler can give.

use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, OnceLock},
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    http::{Method, Request, StatusCode, request::Parts},
};
use bytes::Bytes;
use domain::{Millis, System, time::HOUR};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::{net::TcpListener, sync::Mutex, task::JoinSet};
use tower::ServiceExt;

use super::{
    admin,
    clock::SandboxClock,
    faults::FaultKind,
    http::{Answer, MAX_BODY, problem},
    journal::{Beginning, Entry, Journal},
    state::Ctx,
    strike::{is_sign_in, refusal, reshape},
};
use crate::{
    SandboxError, Scenario,
    systems::{self, Seen},
};

/// How to start.
#[derive(Debug, Clone)]
pub struct Options {
    /// Loopback address; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Seed of the scenario.
    pub seed: u64,
    /// Number of cases.
    pub cases: usize,
    /// Customers beside the partners, each with a dozen open orders.
    pub customers: usize,
    /// The instant the scenario leads up to; the clock then starts there. Without it: the last full hour.
    pub epoch: Option<Millis>,
    /// Folder of the journal; without it nothing outlives the process.
    pub state_dir: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            seed: 1,
            cases: 240,
            customers: 0,
            epoch: None,
            state_dir: None,
        }
    }
}

/// A running sandbox; dropping it stops the server.
#[derive(Debug)]
pub struct Running {
    /// Address of the server, without a trailing slash.
    pub base_url: String,
    ctx: Arc<Ctx>,
    turn: Arc<Mutex<Turn>>,
    accepting: tokio::task::JoinHandle<()>,
}

impl Running {
    /// What `sandbox serve` prints first.
    #[must_use]
    pub fn first_line(&self) -> Value {
        admin::first_line(&self.ctx)
    }

    /// The shared state, for tests and for the shell.
    #[must_use]
    pub fn ctx(&self) -> &Arc<Ctx> {
        &self.ctx
    }

    /// Stops: no change that was accepted is cut off.
    pub async fn shutdown(self) {
        self.accepting.abort();
        // The last change ends, later ones are refused, and the folder is free for the next start.
        let mut turn = self.turn.lock().await;
        (turn.closed, turn.journal) = (true, None);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Whose turn it is to change something, and where it is written down.
#[derive(Debug)]
struct Turn {
    journal: Option<Journal>,
    closed: bool,
}

#[derive(Debug)]
struct Server {
    ctx: Arc<Ctx>,
    router: OnceLock<Router>,
    turn: Arc<Mutex<Turn>>,
}

/// The connection is closed without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the connection is dropped on purpose")]
struct Dropped;

/// Starts the sandbox.
///
/// # Errors
/// When the scenario, the state folder or the address cannot be used.
pub async fn start(options: Options) -> Result<Running, SandboxError> {
    if !options.listen.ip().is_loopback() {
        return Err(SandboxError::Listen(format!(
            "{} is not a loopback address",
            options.listen
        )));
    }
    let real = chrono::Utc::now().timestamp_millis();
    let epoch = options.epoch.map_or(real - real.rem_euclid(HOUR), |e| e.0);
    let mut beginning = Beginning {
        seed: options.seed,
        cases: options.cases,
        customers: options.customers,
        epoch,
        offset: options.epoch.map_or(0, |e| e.0 - real),
    };
    let mut entries = Vec::new();
    let mut journal = None;
    if let Some(dir) = &options.state_dir {
        let (opened, begun, old) = Journal::open(dir, beginning)?;
        let sizes = |b: &Beginning| (b.seed, b.cases, b.customers);
        if sizes(&begun) != sizes(&beginning) {
            return Err(SandboxError::State(format!(
                "{} was begun with seed {}, {} cases and {} customers",
                dir.display(),
                begun.seed,
                begun.cases,
                begun.customers
            )));
        }
        (journal, beginning, entries) = (Some(opened), begun, old);
    }
    let listener = TcpListener::bind(options.listen)
        .await
        .map_err(|e| SandboxError::Listen(format!("{}: {e}", options.listen)))?;
    let address = listener
        .local_addr()
        .map_err(|e| SandboxError::Listen(e.to_string()))?;
    let base_url = format!("http://{address}");
    let scenario = Scenario::generate(beginning.seed, beginning.cases, Millis(beginning.epoch))?
        .with_customers(beginning.customers);
    let ctx = Arc::new(Ctx::new(scenario, base_url.clone()));
    ctx.clock.set_offset(beginning.offset);
    let turn = Arc::new(Mutex::new(Turn {
        journal,
        closed: false,
    }));
    let server = Arc::new(Server {
        ctx: Arc::clone(&ctx),
        router: OnceLock::from(router(&ctx)),
        turn: Arc::clone(&turn),
    });
    server.replay(entries).await;
    let accepting = tokio::spawn(accept(listener, server));
    Ok(Running {
        base_url,
        ctx,
        turn,
        accepting,
    })
}

fn router(ctx: &Arc<Ctx>) -> Router {
    let mut router = Router::new()
        .nest("/sandbox", admin::router(Arc::clone(ctx)))
        .merge(admin::with_slash(Arc::clone(ctx)));
    for system in System::ALL {
        router = router.nest(
            &format!("/{system}"),
            systems::router(*system, Arc::clone(ctx)),
        );
    }
    router.layer(axum::extract::DefaultBodyLimit::disable())
}

async fn accept(listener: TcpListener, server: Arc<Server>) {
    let mut connections = JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file handles or the like: give the others a moment to close.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        while connections.try_join_next().is_some() {}
        let _ = stream.set_nodelay(true);
        let server = Arc::clone(&server);
        connections.spawn(async move {
            let service = hyper::service::service_fn(|request| {
                let server = Arc::clone(&server);
                async move { server.answer(request).await }
            });
            let served = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
            if let Err(error) = served {
                tracing::debug!(%error, "connection ended");
            }
        });
    }
}

impl Server {
    /// Reads a request whole and works on it apart from the connection, so that a caller who goes away cannot cut a
    /// change in two.
    async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Result<Answer, Dropped> {
        let (parts, body) = request.into_parts();
        let body = match Limited::new(body, MAX_BODY).collect().await {
            Ok(body) => body.to_bytes(),
            Err(_) => {
                return Ok(problem(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    "E_TOO_LARGE",
                    "The body is too large or incomplete.",
                ));
            }
        };
        tokio::spawn(async move { self.work(parts, body).await })
            .await
            .unwrap_or_else(|e| {
                tracing::error!(%e, "a handler failed");
                Ok(problem(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "E_INTERNAL",
                    "A handler failed.",
                ))
            })
    }

    async fn work(&self, parts: Parts, body: Bytes) -> Result<Answer, Dropped> {
        let path = parts.uri.path().to_owned();
        let target = systems::of_path(&path);
        let seen = |rest| Seen {
            method: &parts.method,
            path: rest,
            query: parts.uri.query().unwrap_or_default(),
            headers: &parts.headers,
            body: &body,
        };
        let (operation, changes) = match target {
            Some((system, rest)) => {
                let seen = seen(rest);
                let safe = matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS);
                (
                    systems::operation(system, &seen),
                    !safe && !systems::only_reads(system, &seen),
                )
            }
            None => (
                None,
                parts.method == Method::POST
                    && matches!(path.as_str(), "/sandbox/clock" | "/sandbox/events"),
            ),
        };
        let struck = match target {
            Some((system, rest)) if !is_sign_in(rest) => {
                self.ctx
                    .faults
                    .strike(system, operation, changes, self.ctx.scenario().seed)
            }
            _ => Vec::new(),
        };
        for fault in &struck {
            match fault.kind {
                FaultKind::SlowMs => {
                    tokio::time::sleep(Duration::from_millis(fault.milliseconds)).await;
                }
                FaultKind::DropRequest => return Err(Dropped),
                _ => {}
            }
        }
        if let Some(answer) = target.and_then(|t| struck.iter().find_map(|f| refusal(f, t.0))) {
            return Ok(answer);
        }
        let answer = if changes {
            self.change(parts, body).await
        } else {
            let at = self.ctx.clock.running();
            SandboxClock::at(at, self.call(parts, body)).await
        };
        if struck.iter().any(|f| f.kind == FaultKind::DropResponse) {
            return Err(Dropped);
        }
        Ok(reshape(answer, &struck).await)
    }

    /// One change at a time, in the order of the journal.
    async fn change(&self, parts: Parts, body: Bytes) -> Answer {
        let mut turn = self.turn.lock().await;
        if turn.closed {
            return problem(
                StatusCode::SERVICE_UNAVAILABLE,
                "E_CLOSED",
                "Shutting down.",
            );
        }
        let at = self.ctx.clock.next();
        let target = parts.uri.path_and_query().map_or("/", |p| p.as_str());
        let entry = Entry::of(at, parts.method.as_str(), target, &parts.headers, &body);
        let answer = SandboxClock::at(at, self.call(parts, body)).await;
        if let Some(journal) = turn.journal.as_mut()
            && answer.status().is_success()
            && let Err(error) = journal.append(&entry)
        {
            tracing::error!(%error, "the journal cannot be written");
            return problem(
                StatusCode::INSUFFICIENT_STORAGE,
                "E_JOURNAL",
                "The change cannot be kept.",
            );
        }
        answer
    }

    async fn call(&self, parts: Parts, body: Bytes) -> Answer {
        let Some(router) = self.router.get() else {
            return problem(StatusCode::SERVICE_UNAVAILABLE, "E_STARTING", "Starting.");
        };
        match router
            .clone()
            .oneshot(Request::from_parts(parts, Body::from(body)))
            .await
        {
            Ok(answer) => answer,
            Err(never) => match never {},
        }
    }

    async fn replay(&self, entries: Vec<Entry>) {
        for entry in entries {
            let Ok(mut request) = Request::builder()
                .method(entry.method.as_str())
                .uri(&entry.path)
                .body(())
            else {
                continue;
            };
            *request.headers_mut() = entry.header_map();
            let (parts, ()) = request.into_parts();
            let at = Millis(entry.at);
            self.ctx.clock.seen(at);
            let answer = SandboxClock::at(at, self.call(parts, entry.bytes().into())).await;
            if !answer.status().is_success() {
                tracing::error!(path = entry.path, status = %answer.status(), "replay differs");
            }
        }
    }
}
