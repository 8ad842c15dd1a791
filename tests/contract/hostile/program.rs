//! The real program, connected to six systems whose lists mix what fits with what does not.

use serde_json::{Value, json};
use whole_system::harness::{Home, Outcome, in_window, item_with, items, list, number, word};

use super::{answer::Rule, answer::Wire, server::Server};

/// Lists of the six systems: good records between bad ones.
pub(super) fn mixed() -> Vec<Rule> {
    let case = json!({"id": "1", "number": "48213", "subject": "Short delivery", "status": "new", "partner": {"id": "P-1"},
        "opened_at": "2026-11-20T10:00:00Z", "updated_at": "2026-11-20T11:00:00Z", "version": 1});
    let partner = json!({"partner": {"id": "P-1", "buid": "GC1", "name": "Beispiel Handel"}, "response_times": {}, "language": "de",
        "currency": "EUR", "time_zone": "Europe/Berlin", "updated_at": "2026-11-20T11:00:00Z"});
    let comment = json!({"id": "e-1", "source": "s", "type": "community.comment.created", "time": "2026-11-20T11:00:00Z",
        "data": {"id": "m-1", "case_id": "1", "body": "Thanks", "created_at": "2026-11-20T11:00:00Z", "visibility": "partner"}});
    let transaction = json!({"transactionid": "t-1", "editype": "850", "status": "S", "statusdate": "2026-11-20T11:00:00Z",
        "arrivaltime": "2026-11-20T10:59:00Z", "contentkeys": []});
    let template = json!({"id": "r-1", "name": "SDN-04 Notice", "state": "APPROVED", "lastModifiedDate": "2026-11-20T11:00:00Z"});
    let job = json!({"id": "j-1", "externalId": "N-1", "status": "complete", "channel": "print", "startDate": "2026-11-20T11:00:00Z"});
    let task = json!({"id": "k-1", "name": "Review", "createTime": "2026-11-20T11:00:00.000+0000"});
    let workspace = json!({"data": {"properties": {"id": 9, "name": "Order 1", "modify_date": "2026-11-20T11:00:00"}}});
    let node = json!({"data": {"properties": {"id": 20, "parent_id": 9, "name": "letter.pdf", "type": 144,
        "modify_date": "2026-11-20T11:00:00"}, "regions": {"OTLocation": "2000 9 20"}}});
    let ticket = json!({"id": "5", "Subject": "Count the dock", "Status": "new", "Created": "2026-11-20T10:00:00Z",
        "LastUpdated": "2026-11-20T11:00:00Z"});
    let says = |to: &str, body: Value| Rule::says(to, body.to_string());
    vec![
        says(
            "/TGCommunityServices",
            json!([{"partnerId": "P-1"}, {"partnerId": "P-2"}]),
        ),
        says("/partners/P-1/", partner),
        Rule::says("/partners/P-2/", "<html>Maintenance</html>"),
        says(
            "/cases",
            json!({"items": [case, {"id": "2", "subject": 7}, null]}),
        ),
        says(
            "/events",
            json!([comment, {"id": "e-2", "type": "community.case.updated", "data": {}}]),
        ),
        says(
            "/visibility_transaction_search",
            json!({"data": {"getTransactions": {"total": 2,
            "transactions": [transaction, {"transactionid": "t-2", "status": ["S"]}]}}}),
        ),
        says(
            "/design",
            json!({"data": [template, {"id": "r-2", "name": ["x"]}]}),
        ),
        says(
            "/orchestration",
            json!({"data": [job, {"id": "j-2", "externalId": "N-2", "status": 7}]}),
        ),
        says("/ei", json!({"data": []})),
        says(
            "/workflow/v1/tasks",
            json!({"_embedded": {"tasks": [task, {"id": "k-2", "name": 7}]}, "page": {"totalElements": 2}}),
        ),
        says(
            "/workflow/v1/historic",
            json!({"page": {"totalElements": 0}}),
        ),
        says(
            "/cs/cs/api/v2/businessworkspaces",
            json!({"results": [workspace, {"data": {"properties": {"id": 10}}}]}),
        ),
        says(
            "POST /cs/cs/api/v2/search",
            json!({"results": [node, {"data": {"properties": {"id": 21, "size": "many"}}}]}),
        ),
        says(
            "/REST/2.0/ticket/5/history",
            json!({"items": [{"id": "50", "Type": null}], "page": 1, "pages": 1}),
        ),
        says(
            "/REST/2.0/tickets",
            json!({"items": [ticket, {"id": "6", "Subject": {}}], "page": 1, "pages": 1}),
        ),
    ]
}

/// A configuration of six systems that are all this server.
pub(super) fn six(base: &str) -> Value {
    let (client, user) = (["client_id", "client_secret"], ["username", "password"]);
    let names = [
        ("community", client.to_vec(), json!({"company_id": "GC1"})),
        ("documents", client.to_vec(), json!({})),
        (
            "exstream",
            [client, user].concat(),
            json!({"tenant": "demo", "domain": "main"}),
        ),
        ("workflow", client.to_vec(), json!({"tenant": "demo"})),
        ("workspaces", user.to_vec(), json!({})),
        ("tracker", user.to_vec(), json!({"utc": "true"})),
    ];
    let mut systems = json!({});
    for (name, secrets, settings) in names {
        let secrets: Value = secrets
            .iter()
            .map(|name| ((*name).to_owned(), json!("desk")))
            .collect();
        systems[name] = json!({"base_url": base, "settings": settings, "secrets": secrets});
    }
    json!({ "systems": systems })
}

/// A data folder connected to a server, its key behind a passphrase.
async fn connected(server: &Server) -> Outcome<Home> {
    let home = Home::new()?.with("PARTNER_CONSOLE_PASSPHRASE", "nine herons over the delta");
    let file = home.user().join("connections.json");
    std::fs::write(&file, six(&server.base).to_string())?;
    home.ctl(&["init", "--config", &file.display().to_string()])
        .await?;
    Ok(home)
}

/// What is in quarantine, `system/id code`.
async fn quarantined(home: &Home) -> Outcome<Vec<String>> {
    let rows = home.ctl(&["list", "quarantine"]).await?;
    assert_eq!(number(&rows, "total") as usize, items(&rows).len());
    let name = |row: &Value| {
        format!(
            "{}/{} {}",
            word(row, "system"),
            word(row, "id"),
            word(row, "code")
        )
    };
    let mut names: Vec<String> = items(&rows).iter().map(name).collect();
    names.sort();
    Ok(names)
}

#[tokio::test]
async fn the_program_keeps_what_fits_of_six_hostile_systems_and_names_the_rest() -> Outcome {
    let server = Server::start(mixed()).await;
    let home = connected(&server).await?;
    let expected = [
        "community/2 WIRE_MISSING",
        "community/P-2 WIRE_TYPE",
        "community/cases/2 74234e98afe7 WIRE_TYPE",
        "community/e-2 WIRE_MISSING",
        "documents/t-2 WIRE_TYPE",
        "documents/t-2 WIRE_TYPE",
        "exstream/N-2 WIRE_TYPE",
        "exstream/r-2 WIRE_TYPE",
        "tracker/50 WIRE_MISSING",
        "tracker/6 WIRE_TYPE",
        "workflow/k-2 WIRE_TYPE",
        "workspaces/10 WIRE_MISSING",
        "workspaces/21 WIRE_MISSING",
    ];
    for round in ["first", "second"] {
        // Exit code 0: records that do not fit are no failure of their system.
        let sync = home.ctl(&["sync"]).await?;
        for system in list(&sync, "systems") {
            assert_eq!(word(system, "outcome"), "ok", "{round}: {system}");
        }
        assert_eq!(quarantined(&home).await?, expected, "{round}");
        for (kind, id) in [
            ("cases", "case:community:1"),
            ("documents", "document:documents:t-1"),
            ("tasks", "task:workflow:k-1"),
            ("workspaces", "workspace:workspaces:9"),
            ("tickets", "ticket:tracker:5"),
            ("partners", "partner:community:P-1"),
            ("notices", "notice:exstream:N-1"),
        ] {
            let all = home.ctl(&["list", kind]).await?;
            item_with(&all, "id", id).map_err(|e| e.during(format!("{round}: {kind}")))?;
            assert_eq!(number(&all, "total"), 1, "{round}: {kind}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_system_that_answers_nonsense_ends_the_sync_with_its_code_and_stops_no_other() -> Outcome
{
    let mut rules = mixed();
    rules.insert(0, Rule::says("/cases", "<html>Maintenance</html>"));
    rules.insert(0, Rule::says("/workflow", "").by(Wire::ResetBefore));
    let server = Server::start(rules).await;
    let home = connected(&server).await?;
    let sync = home.run(&["sync"], "").await?.expect_code(3)?;
    let outcomes: Vec<String> = list(&sync, "systems")
        .iter()
        .map(|s| format!("{} {}", word(s, "system"), word(s, "outcome")))
        .collect();
    assert_eq!(
        outcomes,
        [
            "community drift",
            "documents ok",
            "exstream ok",
            "workflow not_now",
            "workspaces ok",
            "tracker ok"
        ]
    );
    let tickets = home.ctl(&["list", "tickets"]).await?;
    assert_eq!(number(&tickets, "total"), 1);
    Ok(())
}

#[tokio::test]
async fn the_window_runs_over_six_hostile_systems_and_says_how_much_was_set_aside() -> Outcome {
    let server = Server::start(mixed()).await;
    let home = connected(&server).await?;
    home.ctl(&["sync"]).await?;
    in_window("hostile", &home, async |app| {
        app.screen("desk").await?;
        for system in [
            "Community",
            "Documents",
            "Exstream",
            "Workflow",
            "Workspaces",
            "Tracker",
        ] {
            app.see(&format!(
                "[title^=\"{system}: \"][title*=\"records set aside\"]"
            ))
            .await?;
        }
        app.choose("Read all systems now").await?;
        app.press("g d").await?;
        app.screen("documents").await?;
        app.see("[data-id=\"document:documents:t-1\"]").await?;
        Ok(())
    })
    .await
}
