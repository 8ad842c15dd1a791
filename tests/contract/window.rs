//! S2.1 with a real Request Tracker as X and the other five systems on the sandbox, in the real window.

use serde_json::{Value, json};
use whole_system::harness::{
    App, Home, Outcome, SandboxProcess, configuration, connect, in_window, list,
    steps::{confirmed, open_case},
    trouble, until, word,
};

use crate::request_tracker::{RequestTracker, USER};

const PASSPHRASE: &str = "nine herons over the delta";
const FROM_THE_TEAM: &str = "Twelve cartons stand in dock 4, the rest left on Monday";
const FROM_THE_DESK: &str = "The partner expects the rest by Friday";

/// What a colleague does in the tracker's own interface.
struct Team<'a> {
    server: &'a RequestTracker,
    http: reqwest::Client,
}

impl Team<'_> {
    async fn ask(&self, method: reqwest::Method, path: &str, body: Value) -> Outcome<Value> {
        let address = format!("{}/REST/2.0{path}", self.server.base_url());
        let mut ask = self
            .http
            .request(method, address)
            .basic_auth(USER.0, Some(USER.1));
        if !body.is_null() {
            ask = ask.json(&body);
        }
        Ok(ask.send().await?.error_for_status()?.json().await?)
    }

    async fn get(&self, path: &str) -> Outcome<Value> {
        self.ask(reqwest::Method::GET, path, Value::Null).await
    }

    /// Texts of everything that was said on a ticket.
    async fn said(&self, ticket: &str) -> Outcome<String> {
        let fields = "fields=Content,ContentType&per_page=100";
        let list_of = format!("/ticket/{ticket}/attachments?{fields}");
        let mut texts = String::new();
        for file in list(&self.get(&list_of).await?, "items") {
            texts.push_str(word(file, "Content"));
            texts.push('\n');
        }
        Ok(texts)
    }
}

/// The six connections as a person enters them, the tracker's to the real server.
fn with_tracker(sandbox: &SandboxProcess, server: &RequestTracker) -> Value {
    let mut connections = configuration(sandbox);
    connections["systems"]["tracker"] = json!({
        "base_url": server.base_url(), "dialect": "request_tracker", "settings": {"queue": "Logistics"},
        "secrets": {"username": USER.0, "password": USER.1},
    });
    connections
}

#[tokio::test]
async fn a_case_and_its_ticket_in_a_real_request_tracker_see_each_other_in_the_window() -> Outcome {
    let server = RequestTracker::start().await?;
    let team = Team {
        server: &server,
        http: reqwest::Client::builder().no_proxy().build()?,
    };
    let sandbox = SandboxProcess::start()?;
    let home = Home::new()?
        .with("PARTNER_CONSOLE_PASSPHRASE", PASSPHRASE)
        .with("USER", "lena.kovar");
    connect(&home, &with_tracker(&sandbox, &server))
        .await?
        .expect_code(0)?;
    home.ctl(&["sync"]).await?;
    let case = home.case_without_ticket().await?;
    let number = case.rsplit(':').next().unwrap_or_default().to_owned();

    in_window("real_tracker", &home, async |app| {
        app.screen("desk").await?;
        open_case(app, &case).await?;
        app.press("Shift+T").await?;
        app.screen("playbook").await?;
        app.see("[data-command=\"submit\"]:not([disabled])").await?;
        app.press("Mod+Enter").await?;
        app.gone("[data-screen=\"playbook\"]").await?;
        let steps = confirmed(&home, "ticket").await?;
        let made = steps
            .iter()
            .find(|step| word(step, "operation") == "create_ticket")
            .ok_or_else(|| trouble(format!("no ticket was made: {steps:?}")))?;
        let ticket = word(made, "remote_ref");

        // One ticket over there, in its queue, which names the case.
        let found = team
            .ask(
                reqwest::Method::GET,
                &format!("/tickets?query=CF.PartnerCase%3D%27{number}%27&fields=Subject,Queue"),
                Value::Null,
            )
            .await?;
        assert_eq!(found["total"], 1, "{found}");
        assert!(
            word(&list(&found, "items")[0], "Subject").contains(&number),
            "{found}"
        );
        app.see(&format!(
            "[data-pane=\"case\"] [data-id=\"ticket:tracker:{ticket}\"]"
        ))
        .await?;

        // From the team to the desk.
        let path = format!("/ticket/{ticket}/comment");
        let words = json!({"Content": FROM_THE_TEAM, "ContentType": "text/plain"});
        team.ask(reqwest::Method::POST, &path, words).await?;
        let path = format!("/ticket/{ticket}");
        team.ask(reqwest::Method::PUT, &path, json!({"Status": "stalled"}))
            .await?;
        app.choose("Read all systems now").await?;
        app.reads("[data-kind=\"timeline\"]", FROM_THE_TEAM).await?;
        app.reads(
            &format!("[data-pane=\"case\"] [data-id=\"ticket:tracker:{ticket}\"]"),
            "Stalled",
        )
        .await?;

        // From the desk to the team, and not to the partner.
        say(app, FROM_THE_DESK).await?;
        confirmed(&home, "note").await?;
        until("the team to read it", async || {
            Ok(team
                .said(ticket)
                .await?
                .contains(FROM_THE_DESK)
                .then_some(()))
        })
        .await?;
        let community = sandbox.admin_get("state/community").await?;
        let partner = list(&community, "comments")
            .iter()
            .filter(|comment| word(comment, "visibility") == "partner")
            .any(|comment| {
                let body = word(comment, "body");
                body.contains(FROM_THE_DESK) || body.contains(FROM_THE_TEAM)
            });
        assert!(!partner, "what is said inside stays inside");
        Ok(())
    })
    .await
}

async fn say(app: &App, text: &str) -> Outcome {
    app.press("Shift+N").await?;
    app.screen("note").await?;
    app.see("[data-field=\"body\"]:focus").await?;
    app.type_text(text).await?;
    app.press("Mod+Enter").await?;
    app.gone("[data-screen=\"note\"]").await
}
