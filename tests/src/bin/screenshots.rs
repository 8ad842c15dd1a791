//! Pictures of the real window on the sandbox, light and dark: desk, composer, review and outbox in both sizes; batch,
//! campaign and register in the larger one.
//!
//! `screenshots FOLDER` writes `SCREEN-THEME-WIDTHxHEIGHT.png`. The work on the pictures is done through `partnerctl`
//! before the window opens, and the window is led by keys, so the pictures show what a person would see.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use whole_system::harness::{
    App, Display, Home, Outcome, SandboxOptions, SandboxProcess, items, list, trouble, word,
};

/// The case that is shown, as people type its number: the company of the sandbox tells most about it.
const CASE: &str = "48213";
/// A compliance case; partners are asked to acknowledge a policy for it.
const POLICY_CASE: &str = "48188";
/// The settlement of last month.
const SETTLEMENT: &str = "case:community:48186";
const SIZES: [(u32, u32); 2] = [(1440, 900), (1280, 720)];
const SCREENS: [&str; 4] = ["desk", "composer", "review", "outbox"];
/// What is pictured in the larger size alone.
const LARGE: [&str; 3] = ["batch", "campaign", "register"];
/// The settlement of November is over, and the days on the pictures are the same every time.
const EPOCH: &str = "2026-12-02T09:00:00Z";
const DUE: &str = "2026-12-18";
const SIGNERS: [&str; 2] = ["tomas.adeyemi", "priya.nandakumar"];

#[tokio::main]
async fn main() -> Outcome {
    let folder = std::env::args_os()
        .nth(1)
        .map(PathBuf::from)
        .ok_or_else(|| trouble("usage: screenshots FOLDER"))?;
    let sandbox = SandboxProcess::with(SandboxOptions {
        epoch: Some(EPOCH.to_owned()),
        ..SandboxOptions::default()
    })?;
    sandbox
        .event(json!({"kind": "case_update", "case_id": POLICY_CASE, "changes": {"status": "in_progress"}}))
        .await?;
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
            let more: &[&str] = if width == 1440 { &LARGE } else { &[] };
            for screen in SCREENS.iter().chain(more).copied() {
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

/// A company at work: a letter under review, notices on their way, filings that wait for a system that is down, a policy that
/// is acknowledged, and statements that were sent.
async fn prepare(home: &Home, sandbox: &SandboxProcess) -> Outcome {
    ask_to_acknowledge(home, sandbox).await?;
    home.ctl(&["statements", SETTLEMENT]).await?;
    settle(home).await?;
    sign_all(home, sandbox).await?;
    review_a_letter(home).await?;
    sandbox
        .fault(json!({ "system": "workspaces", "kind": "http_status", "status": 503, "probability": 1.0 }))
        .await?;
    for case in home.cases_for("S4.4", 3).await? {
        home.ctl(&["do", "S4.4", "--case", &case]).await?;
    }
    home.ctl(&["do", "S0.1", "--case", CASE]).await?;
    Ok(())
}

/// Sends what waits and pulls what came of it.
async fn settle(home: &Home) -> Outcome {
    home.run(&["outbox", "run", "--until-idle"], "").await?;
    home.ctl(&["sync"]).await?;
    Ok(())
}

/// Everything that waits for signatures gets them.
async fn sign_all(home: &Home, sandbox: &SandboxProcess) -> Outcome {
    const MEANING: &str = "Reviewed for legal content";
    let reviews = home.ctl(&["review", "list"]).await?;
    for review in items(&reviews)
        .iter()
        .filter(|r| word(r, "state") == "requested")
    {
        let (id, hash) = (word(review, "id"), word(review, "hash"));
        for person in SIGNERS {
            let args = [
                "--as",
                person,
                "review",
                "approve",
                id,
                "--hash",
                hash,
                "--meaning",
                MEANING,
                "--pin-stdin",
            ];
            home.run(&args, &sandbox.pin(person)?)
                .await?
                .expect_code(0)?;
            settle(home).await?;
        }
    }
    settle(home).await
}

async fn ask_to_acknowledge(home: &Home, sandbox: &SandboxProcess) -> Outcome {
    let file = home.user().join("Code of conduct.pdf");
    std::fs::write(&file, "%PDF-1.7\nWe act with care.\n%%EOF\n")?;
    let file = file.to_str().ok_or_else(|| trouble("an odd path"))?;
    let segment = ["--segment", "tier=A", "--segment", "tier=B"];
    let new = ["campaign", "new", POLICY_CASE, "--file", file, "--due", DUE];
    home.ctl(&[&new[..], &segment].concat()).await?;
    settle(home).await?;
    sign_all(home, sandbox).await?;
    let community = sandbox.admin_get("state/community").await?;
    let request = list(&community, "ack_requests").last();
    let request = request.ok_or_else(|| trouble("nobody was asked"))?;
    let asked = request["responses"].as_object();
    let asked: Vec<&String> = asked.into_iter().flatten().map(|(id, _)| id).collect();
    for (place, partner) in asked.into_iter().take(7).enumerate() {
        // Who has not seen it has acknowledged nothing.
        let states: &[&str] = match place {
            0..=4 => &["viewed", "accepted"],
            5 => &["viewed"],
            _ => &["viewed", "declined"],
        };
        let id = word(request, "id");
        for state in states {
            let event: Value = json!({"kind": "acknowledgement", "id": id, "recipient": partner,
                "state": state, "by": "Compliance"});
            sandbox.event(event).await?;
        }
    }
    settle(home).await
}

/// A letter in its second version, with a comment that went with it and one that is answered.
async fn review_a_letter(home: &Home) -> Outcome {
    home.ctl(&["do", "S0.6", "--case", CASE]).await?;
    settle(home).await?;
    let reviews = home.ctl(&["review", "list"]).await?;
    let open = items(&reviews)
        .iter()
        .find(|r| word(r, "state") == "requested");
    let id = word(
        open.ok_or_else(|| trouble("no letter is under review"))?,
        "id",
    )
    .to_owned();
    let said = [
        (
            SIGNERS[0],
            "until we have your answer",
            "How long is that at most?",
        ),
        (
            SIGNERS[1],
            "check the facts above",
            "Name the lines; there are five of them.",
        ),
    ];
    for (person, quote, text) in said {
        let args = [
            "--as", person, "review", "comment", &id, "--text", text, "--quote", quote,
        ];
        home.ctl(&args).await?;
    }
    settle(home).await?;
    let asked =
        "required_action=Please check the facts above and send a credit note or proof of loading.";
    home.ctl(&["review", "revise", &id, "--set", asked]).await?;
    settle(home).await?;
    settle(home).await
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
        "batch" => {
            app.press("g b").await?;
            app.screen("batches").await?;
            app.see("[data-screen=\"batches\"] [data-row]").await?;
            app.press("Enter").await?;
            app.screen("batch").await?;
            app.see("[data-pane=\"batch\"] [data-row]").await?;
        }
        "campaign" => {
            app.press("g k").await?;
            app.screen("campaigns").await?;
            app.see("[data-screen=\"campaigns\"] [data-row]").await?;
            app.press("Enter").await?;
            app.screen("campaign").await?;
            app.see("[data-figure=\"acknowledged\"][data-value=\"5\"]")
                .await?;
            app.see("[data-screen=\"campaign\"] [data-row]").await?;
        }
        "register" => {
            app.press("g r").await?;
            app.screen("registers").await?;
            app.press("2").await?;
            app.see("[data-plot=\"deliveries\"] svg").await?;
            app.see("[data-pane=\"registers\"] [data-row]").await?;
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
