//! Pictures of the real window on the sandbox: desk, composer, review and outbox, both sizes, light and dark.
//!
//! `screenshots FOLDER` writes `SCREEN-THEME-WIDTHxHEIGHT.png`. The work on the pictures is done through `partnerctl`
//! before the window opens, and the window is led by keys, so the pictures show what a person would see.

use std::path::{Path, PathBuf};

use serde_json::json;
use whole_system::harness::{App, Display, Home, Outcome, SandboxProcess, trouble};

/// The case that is shown, as people type its number: the company of the sandbox tells most about it.
const CASE: &str = "48213";
const SIZES: [(u32, u32); 2] = [(1440, 900), (1280, 720)];

#[tokio::main]
async fn main() -> Outcome {
    let folder = std::env::args_os()
        .nth(1)
        .map(PathBuf::from)
        .ok_or_else(|| trouble("usage: screenshots FOLDER"))?;
    let sandbox = SandboxProcess::start()?;
    let home = Home::on(&sandbox).await?;
    prepare(&home, &sandbox).await?;
    let display = Display::start(1600, 1000)?;
    let app = App::open(&home, &display).await?;
    for theme in ["light", "dark"] {
        // The window follows the system, which is light here, until it is told otherwise.
        if theme == "dark" {
            app.choose("Dark theme").await?;
        }
        for (width, height) in SIZES {
            app.resize(width, height).await?;
            for screen in ["desk", "composer", "review", "outbox"] {
                show(&app, screen).await?;
                let file = folder.join(format!("{screen}-{theme}-{width}x{height}.png"));
                app.settled().await?;
                app.screenshot(&file).await?;
                report(&file);
            }
        }
    }
    app.close().await;
    Ok(())
}

/// A company at work: a letter under review, notices on their way, filings that wait for a system that is down.
async fn prepare(home: &Home, sandbox: &SandboxProcess) -> Outcome {
    home.ctl(&["do", "S0.6", "--case", CASE]).await?;
    home.ctl(&["outbox", "run", "--until-idle"]).await?;
    home.ctl(&["sync"]).await?;
    sandbox
        .fault(json!({ "system": "workspaces", "kind": "http_status", "status": 503, "probability": 1.0 }))
        .await?;
    for case in home.cases_for("S4.4", 3).await? {
        home.ctl(&["do", "S4.4", "--case", &case]).await?;
    }
    home.ctl(&["do", "S0.1", "--case", CASE]).await?;
    Ok(())
}

async fn show(app: &App, screen: &str) -> Outcome {
    match screen {
        "desk" => {
            app.press("g q").await?;
            app.screen("desk").await?;
            app.choose(CASE).await?;
        }
        "composer" => {
            app.press("n").await?;
            app.screen("composer").await?;
            app.drawn("[data-screen=\"composer\"] canvas").await?;
        }
        "review" => {
            app.press("Escape g a").await?;
            app.screen("review").await?;
            app.drawn("[data-screen=\"review\"] canvas").await?;
        }
        _ => {
            app.press("g o").await?;
            app.screen("outbox").await?;
            app.see("[data-screen=\"outbox\"] [data-id]").await?;
            // From the top down to the step that leaves the house.
            app.press("k k k k k k k k k k k k j j j j j j j").await?;
        }
    }
    Ok(())
}

#[allow(clippy::print_stdout)] // It says which pictures it made.
fn report(file: &Path) {
    println!("{}", file.display());
}
