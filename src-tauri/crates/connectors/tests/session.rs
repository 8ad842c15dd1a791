//! The session against a peer that is told what to answer: sign-in worlds, redirects, limits, classes of failure.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use std::sync::{Arc, Mutex};

use base64::{Engine, engine::general_purpose::STANDARD};
use connectors::{
    CallError, ConnectionConfig, NetworkSwitch, PullError, Session, SessionParts, SignIn,
    Transport, clock::ManualClock, http::Ask, session::WireError, sign_in::Otds,
};
use domain::{Millis, System};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

/// Three million zeros, packed.
const BOMB: &str = "H4sIAAAAAAACA+3BAQEAAACCIP+vbkhAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAALwZlogFNwMYtAA==";

/// A peer that answers each request by a rule and remembers what it was sent.
struct Peer {
    base: String,
    seen: Arc<Mutex<Vec<String>>>,
}

async fn peer(answer: impl Fn(&str) -> Vec<u8> + Send + 'static) -> Peer {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut bytes = Vec::new();
            let mut chunk = [0; 4096];
            loop {
                let text = String::from_utf8_lossy(&bytes).to_ascii_lowercase();
                if let Some((head, body)) = text.split_once("\r\n\r\n") {
                    let length = head
                        .split("content-length: ")
                        .nth(1)
                        .and_then(|l| l.lines().next()?.parse().ok());
                    if body.len() >= length.unwrap_or(0) {
                        break;
                    }
                }
                match stream.read(&mut chunk).await {
                    Ok(n) if n > 0 => bytes.extend_from_slice(&chunk[..n]),
                    _ => break,
                }
            }
            let request = String::from_utf8_lossy(&bytes).into_owned();
            let reply = answer(&request);
            log.lock().unwrap().push(request);
            let _ = stream.write_all(&reply).await;
        }
    });
    Peer { base, seen }
}

fn reply(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

fn ok(body: &str) -> Vec<u8> {
    reply(
        "200 OK",
        "content-type: application/json\r\n",
        body.as_bytes(),
    )
}

fn session(base: &str, sign_in: SignIn) -> Session {
    session_with(base, sign_in, &ManualClock::at(Millis(1_795_183_200_000)))
}

fn session_with(base: &str, sign_in: SignIn, clock: &ManualClock) -> Session {
    let parts = SessionParts::new(NetworkSwitch::default(), Arc::new(clock.clone()));
    Session::new(System::Workspaces, &config(base), sign_in, &parts)
}

fn config(base: &str) -> ConnectionConfig {
    ConnectionConfig {
        transport: Transport::default(),
        base_url: base.to_owned(),
        dialect: String::new(),
        settings: [("domain".to_owned(), "OPS".to_owned())].into(),
        secrets: [
            "username",
            "password",
            "client_id",
            "client_secret",
            "token",
        ]
        .map(|n| (n.to_owned(), format!("the-{n}")))
        .into(),
    }
}

#[tokio::test]
async fn each_world_signs_in_in_its_own_way_and_its_proof_goes_into_its_own_header() {
    let token = || {
        peer(|r| {
            if r.starts_with("POST /auth") {
                ok(r#"{"access_token":"T","ticket":"K","expires_in":"60"}"#)
            } else {
                ok("{}")
            }
        })
    };
    let basic = format!(
        "basic {}",
        STANDARD
            .encode("the-client_id:the-client_secret")
            .to_ascii_lowercase()
    );
    let check = async |peer: Peer, sign_in: SignIn, wanted: &[&str], proof: &str| {
        let session = session(&peer.base, sign_in);
        session.read_json(&Ask::get("/x")).await.unwrap();
        let seen = peer.seen.lock().unwrap().clone();
        let signing = seen[0].to_ascii_lowercase();
        for text in wanted {
            assert!(
                signing.contains(&text.to_ascii_lowercase()),
                "{text} in {signing}"
            );
        }
        assert!(
            seen[1]
                .to_ascii_lowercase()
                .contains(&proof.to_ascii_lowercase()),
            "{}",
            seen[1]
        );
    };
    let p = token().await;
    let url = format!("{}/auth", p.base);
    check(
        p,
        SignIn::Grid { token_url: url },
        &["?grant_type=client_credentials", &basic],
        "authorization: bearer T\r\n",
    )
    .await;
    let p = token().await;
    let url = format!("{}/auth", p.base);
    check(
        p,
        SignIn::Ocp { token_url: url },
        &[
            r#""client_id":"the-client_id""#,
            r#""grant_type":"client_credentials""#,
        ],
        "authorization: bearer T\r\n",
    )
    .await;
    let p = token().await;
    let url = format!("{}/auth", p.base);
    check(
        p,
        SignIn::Otds { token_url: url },
        &["grant_type=password&username=the-username", &basic],
        "authorization: bearer T\r\n",
    )
    .await;
    let p = token().await;
    let url = format!("{}/auth", p.base);
    check(
        p,
        SignIn::ContentServer { auth_url: url },
        &["username=the-username&password=the-password&domain=OPS"],
        "otcsticket: K\r\n",
    )
    .await;
}

/// OTDS beside a Content Server, which gives its own ticket for what OTDS gave.
async fn behind_otds(shown: &'static str) -> Peer {
    peer(move |request| {
        let request = request.to_ascii_lowercase();
        if request.starts_with("post /otds") {
            ok(r#"{"access_token":"T","ticket":"D"}"#)
        } else if request.starts_with("get /auth") && request.contains(shown) {
            reply("200 OK", "OTCSTicket: own\r\n", b"{}")
        } else if request.contains("otcsticket: own\r\n") {
            ok("{}")
        } else {
            reply("401 Unauthorized", "", b"{}")
        }
    })
    .await
}

#[tokio::test]
async fn what_otds_gives_is_changed_for_a_ticket_of_content_servers_own() {
    for (shown, body) in [
        (
            "authorization: bearer t\r\n",
            "grant_type=password&username=the-username",
        ),
        ("otdsticket: d\r\n", r#""userName":"the-username""#),
    ] {
        let peer = behind_otds(shown).await;
        let (address, auth_url) = (format!("{}/otds", peer.base), format!("{}/auth", peer.base));
        let otds = if shown.starts_with("otdsticket") {
            Otds::Ticket {
                credentials_url: address,
            }
        } else {
            Otds::Token { token_url: address }
        };
        let session = session(&peer.base, SignIn::ContentServerBehind { otds, auth_url });
        session.read_json(&Ask::get("/x")).await.unwrap();
        let seen = peer.seen.lock().unwrap().clone();
        assert!(seen[0].contains(body), "{}", seen[0]);
        assert!(seen[2].starts_with("GET /x"), "{}", seen[2]);
        // What is held is the ticket: nothing is asked for again.
        session.read_json(&Ask::get("/y")).await.unwrap();
        assert_eq!(peer.seen.lock().unwrap().len(), 4);
    }
}

#[tokio::test]
async fn what_an_error_echoes_of_our_secrets_is_struck_out() {
    let pair = STANDARD.encode("the-username:the-password");
    let echo = peer(|request| reply("400 Bad Request", "", request.as_bytes())).await;
    let basic = session(&echo.base, SignIn::Basic);
    let told = peer(|request| {
        if request.starts_with("POST /auth") {
            ok(r#"{"access_token":"a-token-of-today"}"#)
        } else {
            reply("404 Not Found", "", request.as_bytes())
        }
    })
    .await;
    let token_url = format!("{}/auth", told.base);
    let bearer = session(&told.base, SignIn::Ocp { token_url });
    let refused = session(
        &echo.base,
        SignIn::Otds {
            token_url: format!("{}/auth", echo.base),
        },
    );
    for (session, hidden) in [
        (basic, vec![pair.as_str(), "the-password"]),
        (bearer, vec!["a-token-of-today"]),
        (refused, vec!["the-password", "the-client_secret"]),
    ] {
        let words = format!("{:?}", session.write(&Ask::post("/x")).await.unwrap_err());
        assert!(words.contains("[struck out]"), "{words}");
        for secret in hidden {
            assert!(!words.contains(secret), "{words}");
        }
        let journal = format!("{:?}", session.recent_calls(0));
        assert!(!journal.contains("the-password"), "{journal}");
    }
}

#[tokio::test]
async fn a_secret_that_is_echoed_in_another_spelling_is_struck_out_too() {
    let echo = peer(|request| reply("400 Bad Request", "", request.as_bytes())).await;
    let secret = "S3cret+pass/wo\"rd&more";
    for world in [
        |auth_url: String| SignIn::ContentServer { auth_url },
        |token_url: String| SignIn::Ocp { token_url },
        |token_url: String| SignIn::Otds { token_url },
    ] {
        let mut config = config(&echo.base);
        for name in ["password", "client_secret"] {
            config.secrets.insert(name.to_owned(), secret.to_owned());
        }
        let clock = Arc::new(ManualClock::at(Millis(1_795_183_200_000)));
        let parts = SessionParts::new(NetworkSwitch::default(), clock);
        let sign_in = world(format!("{}/auth", echo.base));
        let session = Session::new(System::Workspaces, &config, sign_in, &parts);
        let words = format!("{:?}", session.read(&Ask::get("/x")).await.unwrap_err());
        assert!(words.contains("[struck out]"), "{words}");
        assert!(!words.contains("S3cret"), "{words}");
    }
}

#[tokio::test]
async fn a_sign_in_address_that_is_none_is_sent_nowhere() {
    let base = peer(|_| ok("{}")).await;
    let host = base.base.trim_start_matches("http://").to_owned();
    for address in [
        format!("{host}/tok"),
        "localhost/tok".to_owned(),
        "tok".to_owned(),
        "ftp://127.0.0.1/tok".to_owned(),
        "http://tokens.example/tok".to_owned(),
    ] {
        let session = session(
            &base.base,
            SignIn::Grid {
                token_url: address.clone(),
            },
        );
        let refused = session.read(&Ask::get("/x")).await.unwrap_err();
        assert!(
            matches!(refused, PullError::SignIn(_)),
            "{address}: {refused:?}"
        );
    }
    assert!(base.seen.lock().unwrap().is_empty());
    // Written otherwise it is the same address.
    let other = peer(|_| ok(r#"{"access_token":"T"}"#)).await;
    let token_url = other.base.replace("http", "HTTP") + "/tok";
    let session = session(&base.base, SignIn::Grid { token_url });
    session.read(&Ask::get("/x")).await.unwrap();
    assert!(other.seen.lock().unwrap()[0].starts_with("POST /tok"));
    assert!(base.seen.lock().unwrap()[0].starts_with("GET /x"));
}

#[tokio::test]
async fn a_wrong_password_is_sent_once_by_calls_that_begin_together() {
    let peer = peer(|_| reply("401 Unauthorized", "", b"no")).await;
    let clock = ManualClock::at(Millis(1_795_183_200_000));
    let session = session_with(&peer.base, SignIn::Basic, &clock);
    let asks = ["/a", "/b", "/c", "/d"].map(Ask::get);
    let calls = asks.iter().map(|ask| session.read(ask));
    for refused in futures::future::join_all(calls).await {
        assert!(matches!(refused, Err(PullError::SignIn(_))), "{refused:?}");
    }
    assert_eq!(asked(&peer), 1);
    clock.advance(60_000);
    session.read(&Ask::get("/x")).await.unwrap_err();
    assert_eq!(asked(&peer), 2, "it counted once");
}

#[tokio::test]
async fn a_success_that_echoes_our_token_is_struck_and_a_word_of_a_case_stays() {
    let told = peer(|request| {
        if request.starts_with("POST /auth") {
            ok(r#"{"access_token":"a-token-of-today"}"#)
        } else if request.starts_with("GET /file") {
            reply(
                "200 OK",
                "content-type: text/plain\r\n",
                b"a-token-of-today",
            )
        } else {
            ok(r#"{"errors":["a-token-of-today is stale"],"text":"the-password"}"#)
        }
    })
    .await;
    let token_url = format!("{}/auth", told.base);
    let session = session(&told.base, SignIn::Ocp { token_url });
    assert_eq!(
        session.read_json(&Ask::get("/x")).await.unwrap(),
        json!({"errors": ["[struck out] is stale"], "text": "the-password"})
    );
    let file = session.read(&Ask::get("/file")).await.unwrap();
    assert_eq!(&*file.body, b"a-token-of-today", "a file is left as it is");
}

/// Sign-ins and calls that a peer was shown a wrong proof with.
fn asked(peer: &Peer) -> usize {
    peer.seen.lock().unwrap().len()
}

#[tokio::test]
async fn a_refused_sign_in_is_tried_again_ever_more_rarely_and_at_once_when_somebody_asks() {
    type World = fn(String) -> SignIn;
    let worlds: [(World, usize); 3] = [
        (|_| SignIn::Basic, 1),
        (|_| SignIn::Fixed { scheme: "token" }, 1),
        (
            |token_url| SignIn::Otds {
                token_url: token_url + "/refused",
            },
            1,
        ),
    ];
    // A token that is given and then not taken costs two of each: it is renewed once.
    let all = worlds.into_iter().chain([(
        (|token_url| SignIn::Otds {
            token_url: token_url + "/auth",
        }) as World,
        4,
    )]);
    for (world, cost) in all {
        let peer = peer(|request| {
            if request.starts_with("POST /auth") {
                ok(r#"{"access_token":"T"}"#)
            } else {
                reply("401 Unauthorized", "", b"no")
            }
        })
        .await;
        let clock = ManualClock::at(Millis(1_795_183_200_000));
        let session = session_with(&peer.base, world(peer.base.clone()), &clock);
        let refused = async || {
            let error = session.read_json(&Ask::get("/x")).await.unwrap_err();
            assert!(matches!(error, PullError::SignIn(_)), "{error:?}");
        };
        refused().await;
        assert_eq!(asked(&peer), cost);
        let minute = 60_000;
        for pause in [1, 5, 15, 30, 30] {
            let before = asked(&peer);
            clock.advance(pause * minute - 1);
            refused().await;
            assert_eq!(asked(&peer), before, "{pause} minutes are not over");
            clock.advance(1);
            refused().await;
            assert!(asked(&peer) > before, "{pause} minutes are over");
        }
        let before = asked(&peer);
        session.sign_in_again().await;
        refused().await;
        assert_eq!(asked(&peer), before + cost);
    }
}

#[tokio::test]
async fn a_sign_in_that_is_taken_again_begins_with_short_pauses() {
    let answers = Arc::new(Mutex::new(vec![401, 200, 401, 401]));
    let given = Arc::clone(&answers);
    let peer = peer(move |_| match given.lock().unwrap().pop() {
        Some(200) => ok("{}"),
        _ => reply("401 Unauthorized", "", b"no"),
    })
    .await;
    let clock = ManualClock::at(Millis(1_795_183_200_000));
    let session = session_with(&peer.base, SignIn::Basic, &clock);
    for minutes in [1, 5] {
        session.read(&Ask::get("/x")).await.unwrap_err();
        clock.advance(minutes * 60_000);
    }
    session.read(&Ask::get("/x")).await.unwrap();
    session.read(&Ask::get("/x")).await.unwrap_err();
    clock.advance(60_000);
    session.read(&Ask::get("/x")).await.unwrap_err();
    assert_eq!(asked(&peer), 5);
}

#[tokio::test]
async fn a_sign_in_without_an_address_goes_nowhere() {
    let peer = peer(|_| ok("{}")).await;
    let session = session(
        &peer.base,
        SignIn::Otds {
            token_url: String::new(),
        },
    );
    let refused = session.read_json(&Ask::get("/x")).await.unwrap_err();
    assert!(matches!(refused, PullError::SignIn(_)), "{refused:?}");
    assert!(peer.seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn what_a_packed_answer_unfolds_to_counts_against_the_limit() {
    let packed = peer(|_| {
        reply(
            "200 OK",
            "content-encoding: gzip\r\n",
            &STANDARD.decode(BOMB).unwrap(),
        )
    })
    .await;
    let session = session(&packed.base, SignIn::Open);
    let refused = session
        .read(&Ask::get("/x").limit(100_000))
        .await
        .unwrap_err();
    assert!(matches!(refused, PullError::Drift(_)), "{refused:?}");
    assert!(session.read(&Ask::get("/x")).await.unwrap().body.len() == 3_000_000);
}

#[tokio::test]
async fn a_redirect_to_another_host_is_refused_and_carries_no_secret() {
    let other = peer(|_| ok("{}")).await;
    let target = other.base.clone();
    let first = peer(move |r| match r {
        r if r.starts_with("GET /away") => {
            reply("302 Found", &format!("location: {target}/steal\r\n"), b"")
        }
        r if r.starts_with("GET /near") => reply("302 Found", "location: /here\r\n", b""),
        r if r.starts_with("POST") => reply("302 Found", "location: /here\r\n", b""),
        _ => ok(r#"{"here":true}"#),
    })
    .await;
    let session = session(&first.base, SignIn::Basic);
    assert!(matches!(
        session.send(&Ask::get("/away")).await,
        Err(WireError::NotSent(_))
    ));
    assert!(matches!(
        session.send(&Ask::get(format!("{}/x", other.base))).await,
        Err(WireError::NotSent(_))
    ));
    assert!(other.seen.lock().unwrap().is_empty());
    assert_eq!(
        session.read_json(&Ask::get("/near")).await.unwrap(),
        json!({"here": true})
    );
    assert!(matches!(
        session.write(&Ask::post("/x")).await,
        Err(CallError::Refused { status: 302, .. })
    ));
}

#[tokio::test]
async fn secrets_leave_this_machine_only_encrypted() {
    let session = session("http://partner.example", SignIn::Basic);
    let refused = session.write(&Ask::post("/x")).await.unwrap_err();
    assert!(matches!(refused, CallError::SignIn(_)), "{refused:?}");
    assert!(session.recent_calls(0).is_empty());
}

#[tokio::test]
async fn html_in_a_success_leaves_a_write_unknown_and_a_read_drifted() {
    let html = peer(|_| {
        reply(
            "200 OK",
            "content-type: text/html\r\n",
            b"<html>Please try again</html>",
        )
    })
    .await;
    let session = session(&html.base, SignIn::Open);
    assert!(matches!(
        session.write_json(&Ask::post("/x")).await,
        Err(CallError::Unknown(_))
    ));
    assert!(matches!(
        session.read_json(&Ask::get("/x")).await,
        Err(PullError::Drift(_))
    ));
}

#[tokio::test]
async fn nobody_listening_is_out_of_reach_and_a_torn_answer_is_unknown() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let nobody = session(&format!("http://{address}"), SignIn::Open);
    assert!(matches!(
        nobody.write(&Ask::post("/x")).await,
        Err(CallError::Unreachable(_))
    ));
    let torn = peer(|_| b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nhalf".to_vec()).await;
    let torn = session(&torn.base, SignIn::Open);
    assert!(matches!(
        torn.write(&Ask::post("/x")).await,
        Err(CallError::Unknown(_))
    ));
}

#[tokio::test]
async fn a_file_name_of_ours_cannot_break_out_of_its_part() {
    let sink = peer(|_| ok("{}")).await;
    let session = session(&sink.base, SignIn::Open);
    let bytes = bytes::Bytes::from_static(b"x");
    let part = connectors::http::Part::file(
        "file",
        "a\"\r\nx-evil: 1/../b.pdf",
        "application/pdf",
        bytes,
    );
    session
        .write(&Ask::post("/x").multipart(vec![part]))
        .await
        .unwrap();
    let seen = sink.seen.lock().unwrap()[0].clone();
    assert!(
        !seen.contains("\r\nx-evil") && seen.contains("filename=\"b.pdf\""),
        "{seen}"
    );
}
