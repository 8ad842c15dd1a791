//! The desk itself, called as the window calls it.

use api::{Problem, call};
use desk::{Desk, OpenOptions, Source};
use serde_json::Value;
use whole_system::harness::{Home, Outcome, SandboxProcess, configuration, trouble};

/// What a window would have under it.
pub(crate) async fn open(home: &Home, sandbox: &SandboxProcess, person: &str) -> Outcome<Desk> {
    Desk::open(OpenOptions {
        home: home.data(),
        // No keyring of whoever runs the test.
        passphrase: Some("correct horse battery staple".to_owned().into()),
        sandbox: Some(sandbox.hello().clone()),
        acting: Some(person.to_owned()),
        ..OpenOptions::default()
    })
    .await
    .map_err(|refusal| trouble(format!("the desk does not open: {refusal}")))
}

/// A desk with the sandbox as six real connections.
pub(crate) async fn open_real(home: &Home, sandbox: &SandboxProcess) -> Outcome<Desk> {
    let (source, secrets) = Source::of_config(&configuration(sandbox).to_string())
        .map_err(|refusal| trouble(refusal.to_string()))?;
    Desk::open(OpenOptions {
        home: home.data(),
        passphrase: Some("correct horse battery staple".to_owned().into()),
        source: Some(source),
        secrets,
        login: Some("lena.kovar".to_owned()),
        ..OpenOptions::default()
    })
    .await
    .map_err(|refusal| trouble(format!("the desk does not open: {refusal}")))
}

/// A command that has to be carried out.
pub(crate) async fn done(desk: &Desk, command: &str, args: Value) -> Outcome<Value> {
    call(desk, command, args)
        .await
        .map_err(|problem| trouble(format!("{command}: {problem:?}")))
}

/// A command that has to be refused.
pub(crate) async fn refused(desk: &Desk, command: &str, args: Value) -> Outcome<Problem> {
    match call(desk, command, args).await {
        Ok(answer) => Err(trouble(format!("{command} was carried out: {answer}"))),
        Err(problem) => Ok(problem),
    }
}
