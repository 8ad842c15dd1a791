//! Whatever the window sends, it is answered with a result or a code.
#![allow(clippy::unwrap_used)]

use api::COMMANDS;
use desk::{Desk, OpenOptions};
use serde_json::{Value, json};

async fn desk() -> (tempfile::TempDir, Desk) {
    let folder = tempfile::tempdir().unwrap();
    let options = OpenOptions {
        home: folder.path().to_owned(),
        passphrase: Some("correct horse".to_owned().into()),
        ..OpenOptions::default()
    };
    let desk = Desk::open(options).await.unwrap();
    (folder, desk)
}

#[tokio::test]
async fn arguments_that_do_not_fit_are_refused_with_a_code() {
    let (_folder, desk) = desk().await;
    let hostile = [
        json!({"id": 7, "case": ["x"], "text": {"deep": null}}),
        json!([1, 2, 3]),
        json!("\u{0}\u{202e}../../etc"),
        Value::Null,
    ];
    for command in COMMANDS {
        for args in &hostile {
            if let Err(problem) = api::call(&desk, command.name, args.clone()).await {
                assert!(
                    problem.code.starts_with("E_"),
                    "{}: {problem:?}",
                    command.name
                );
                assert!(!problem.message.is_empty(), "{}", command.name);
            }
        }
    }
    for wrong in ["get_case", "sign_review", "submit_action", "resolve_step"] {
        let problem = api::call(&desk, wrong, json!({"id": 7})).await.unwrap_err();
        assert_eq!(problem.code, "E_INPUT", "{wrong}");
    }
    desk.close().await;
}

#[tokio::test]
async fn what_is_too_large_or_unknown_is_refused_before_it_is_looked_at() {
    let (_folder, desk) = desk().await;
    let large = json!({"id": "x".repeat(2 * 1024 * 1024)});
    for (command, args) in [("get_case", large), ("drop_everything", Value::Null)] {
        let problem = api::call(&desk, command, args).await.unwrap_err();
        assert_eq!(problem.code, "E_INPUT", "{command}");
    }
    desk.close().await;
}
