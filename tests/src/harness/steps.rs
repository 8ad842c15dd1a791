//! What people do in every journey, by keyboard.

use super::{App, Home, Outcome, SandboxProcess, list, trouble, until, word};
use serde_json::Value;

/// Brings a case onto the desk by its number, as people type it.
///
/// # Errors
/// When the window does not get there.
pub async fn open_case(app: &App, case: &str) -> Outcome {
    app.press("g q").await?;
    app.screen("desk").await?;
    app.choose(case.rsplit(':').next().unwrap_or(case)).await?;
    app.see(&format!("[data-pane=\"case\"][data-id=\"{case}\"]"))
        .await?;
    Ok(())
}

/// Acts as another person of the company from now on.
///
/// # Errors
/// When the window does not get there.
pub async fn act_as(app: &App, sandbox: &SandboxProcess, person: &str) -> Outcome {
    let name = full_name(sandbox, person)?;
    app.choose(&format!("Act as {name}")).await?;
    app.reads("[data-command=\"person_menu\"]", &name).await
}

fn full_name(sandbox: &SandboxProcess, person: &str) -> Outcome<String> {
    list(sandbox.hello(), "persons")
        .iter()
        .find(|p| word(p, "name") == person)
        .map(|p| word(p, "full_name").to_owned())
        .ok_or_else(|| trouble(format!("the company has no {person}")))
}

/// Waits until every step of the newest action of a playbook is confirmed, and gives them.
///
/// # Errors
/// When the window does not get there.
pub async fn confirmed(home: &Home, playbook: &str) -> Outcome<Vec<Value>> {
    until(&format!("{playbook} to be delivered"), async || {
        let steps = of_playbook(home, playbook).await?;
        let open = steps.iter().any(|s| word(s, "state") != "confirmed");
        Ok((!steps.is_empty() && !open).then_some(steps))
    })
    .await
}

/// The steps of a playbook, in order.
///
/// # Errors
/// When the window does not get there.
pub async fn of_playbook(home: &Home, playbook: &str) -> Outcome<Vec<Value>> {
    let mut steps = home.steps(None).await?;
    steps.retain(|s| word(s, "playbook") == playbook);
    Ok(steps)
}

/// Waits until the outbox says in the window that nothing is left to deliver.
///
/// # Errors
/// When the window does not get there.
pub async fn outbox_settles(app: &App) -> Outcome {
    app.press("g o").await?;
    app.screen("outbox").await?;
    app.reads("[data-screen=\"outbox\"]", "Everything is delivered")
        .await
}
