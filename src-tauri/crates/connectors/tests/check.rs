//! The test of a connection names the step that fails, and only that one.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use std::sync::{Arc, Mutex};

use connectors::{
    ConnectionConfig, NetworkSwitch, Probe, Session, SessionParts, SignIn, Transport,
    clock::ManualClock, http::Ask, port::CheckStep,
};
use domain::{Millis, System};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::{TlsAcceptor, rustls};

/// Answers every request alike and remembers the first line of each.
struct Server {
    port: u16,
    seen: Arc<Mutex<Vec<String>>>,
}

const JSON: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: 12\r\n\r\n{\"items\":[]}";

fn status(line: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {line}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}")
}

async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin, reply: &str) -> String {
    let mut bytes = Vec::new();
    while !bytes.windows(4).any(|end| end == b"\r\n\r\n") {
        let mut chunk = [0; 1024];
        match stream.read(&mut chunk).await {
            Ok(n) if n > 0 => bytes.extend_from_slice(&chunk[..n]),
            _ => break,
        }
    }
    let _ = stream.write_all(reply.as_bytes()).await;
    let _ = stream.shutdown().await;
    let text = String::from_utf8_lossy(&bytes);
    text.lines().next().unwrap_or_default().to_owned()
}

async fn serve(reply: String, tls: Option<TlsAcceptor>) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let line = match &tls {
                None => answer(stream, &reply).await,
                Some(tls) => match tls.accept(stream).await {
                    Ok(stream) => answer(stream, &reply).await,
                    Err(_) => continue,
                },
            };
            // A test connects once before it says anything.
            if !line.is_empty() {
                log.lock().unwrap().push(line);
            }
        }
    });
    Server { port, seen }
}

/// A certificate for this machine, in PEM, and what serves with it.
fn own_certificate() -> (String, TlsAcceptor) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let server = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    (made.cert.pem(), TlsAcceptor::from(Arc::new(server)))
}

async fn check(base_url: &str, sign_in: SignIn, transport: Transport) -> Vec<CheckStep> {
    let config = ConnectionConfig {
        base_url: base_url.to_owned(),
        dialect: String::new(),
        settings: [].into(),
        transport,
        secrets: ["username", "password", "client_id", "client_secret"]
            .map(|name| (name.to_owned(), format!("the-{name}")))
            .into(),
    };
    let parts = SessionParts::new(
        NetworkSwitch::default(),
        Arc::new(ManualClock::at(Millis(1_795_183_200_000))),
    );
    let session = Session::new(System::Tracker, &config, sign_in, &parts);
    session
        .check(&Probe::new(Ask::get("/probe"), &["/items"]))
        .await
}

/// The words of the steps, the last one with whether it passed.
fn outcome(steps: &[CheckStep]) -> (Vec<&str>, bool) {
    let last = steps.last().unwrap();
    assert!(steps.iter().rev().skip(1).all(|step| step.ok), "{steps:?}");
    (steps.iter().map(|s| s.step.as_str()).collect(), last.ok)
}

#[tokio::test]
async fn each_step_that_fails_is_named_and_is_the_last() {
    let plain = Transport::default();
    let at = |port: u16| format!("http://127.0.0.1:{port}");

    let steps = check("http://partner.example", SignIn::Basic, plain.clone()).await;
    assert_eq!(outcome(&steps), (vec!["address"], false));

    let no_certificate = Transport {
        authority: "nothing".into(),
        ..Transport::default()
    };
    let steps = check("https://localhost", SignIn::Basic, no_certificate).await;
    assert_eq!(outcome(&steps), (vec!["address"], false));

    let steps = check("https://no-such-host.invalid", SignIn::Basic, plain.clone()).await;
    assert_eq!(outcome(&steps), (vec!["name_resolution"], false));

    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = closed.local_addr().unwrap().port();
    drop(closed);
    let steps = check(&at(port), SignIn::Basic, plain.clone()).await;
    assert_eq!(outcome(&steps), (vec!["name_resolution", "reach"], false));

    let reached = ["name_resolution", "reach"];
    for (reply, more, passed) in [
        (status("401 Unauthorized", "{}"), vec!["sign_in"], false),
        (
            status("403 Forbidden", "{}"),
            vec!["sign_in", "permission"],
            false,
        ),
        (status("200 OK", "<html>"), vec!["sign_in", "answer"], false),
        // Nothing is there, something else is there: a wrong address.
        (
            status("404 Not Found", "{}"),
            vec!["sign_in", "answer"],
            false,
        ),
        (
            status("405 Method Not Allowed", ""),
            vec!["sign_in", "answer"],
            false,
        ),
        (status("503 Busy", "{}"), vec!["sign_in", "answer"], false),
        (status("200 OK", "{}"), vec!["sign_in", "answer"], false),
        (status("200 OK", "[]"), vec!["sign_in", "answer"], false),
        (
            status("200 OK", r#"{"items":7}"#),
            vec!["sign_in", "answer"],
            false,
        ),
        (
            JSON.to_owned(),
            vec!["sign_in", "permission", "answer"],
            true,
        ),
    ] {
        let server = serve(reply.clone(), None).await;
        let steps = check(&at(server.port), SignIn::Basic, plain.clone()).await;
        let wanted = reached.iter().copied().chain(more).collect::<Vec<_>>();
        assert_eq!(outcome(&steps), (wanted, passed), "{reply}");
    }

    // A host of the sign-in's own is reached before it is asked.
    let server = serve(JSON.to_owned(), None).await;
    let token_url = format!("{}/token", at(port));
    let steps = check(&at(server.port), SignIn::Ocp { token_url }, plain.clone()).await;
    let twice = [reached, reached].concat();
    assert_eq!(outcome(&steps), (twice, false));
    assert!(server.seen.lock().unwrap().is_empty());
    let token_url = "sign-in.example/token".to_owned();
    let steps = check(&at(server.port), SignIn::Ocp { token_url }, plain.clone()).await;
    assert_eq!(outcome(&steps), (vec!["address"], false));

    // A sign-in at an address of its own is told apart from the call that follows it.
    let refuses = serve(
        status("401 Unauthorized", r#"{"error":"invalid_client"}"#),
        None,
    )
    .await;
    let token_url = format!("{}/token", at(refuses.port));
    let steps = check(&at(refuses.port), SignIn::Ocp { token_url }, plain).await;
    assert_eq!(
        outcome(&steps),
        (vec!["name_resolution", "reach", "sign_in"], false)
    );
    assert!(steps[2].message.contains("invalid_client"), "{steps:?}");
    assert_eq!(
        refuses.seen.lock().unwrap().as_slice(),
        ["POST /token HTTP/1.1"]
    );
}

#[tokio::test]
async fn a_certificate_is_trusted_only_with_its_authority() {
    let (authority, tls) = own_certificate();
    let server = serve(JSON.to_owned(), Some(tls)).await;
    let base = format!("https://localhost:{}", server.port);
    let steps = check(&base, SignIn::Basic, Transport::default()).await;
    assert_eq!(
        outcome(&steps),
        (vec!["name_resolution", "reach", "tls"], false)
    );
    assert!(server.seen.lock().unwrap().is_empty(), "nothing was said");

    let trusting = Transport {
        authority,
        ..Transport::default()
    };
    let steps = check(&base, SignIn::Basic, trusting).await;
    let all = vec![
        "name_resolution",
        "reach",
        "tls",
        "sign_in",
        "permission",
        "answer",
    ];
    assert_eq!(outcome(&steps), (all, true));
}

#[tokio::test]
async fn a_proxy_is_asked_for_the_host_and_learns_no_more() {
    let proxy = serve(status("403 Forbidden", ""), None).await;
    let through = Transport {
        proxy: format!("http://127.0.0.1:{}", proxy.port),
        ..Transport::default()
    };
    let steps = check("https://cases.example/base", SignIn::Basic, through).await;
    assert_eq!(
        outcome(&steps),
        (vec!["name_resolution", "reach", "tls"], false)
    );
    let seen = proxy.seen.lock().unwrap().clone();
    assert_eq!(seen, ["CONNECT cases.example:443 HTTP/1.1"]);

    // A sign-in on this machine is in the clear, so it is never sent through one.
    let near = serve(status("401 Unauthorized", "{}"), None).await;
    let through = Transport {
        proxy: format!("http://127.0.0.1:{}", proxy.port),
        ..Transport::default()
    };
    let token_url = format!("http://127.0.0.1:{}/token", near.port);
    check(
        "https://cases.example/base",
        SignIn::Ocp { token_url },
        through,
    )
    .await;
    let said = proxy.seen.lock().unwrap().clone();
    assert!(
        said.iter().all(|line| line.starts_with("CONNECT ")),
        "{said:?}"
    );
}
