//! Content Server: OpenText's own client drives the sandbox.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use whole_system::harness::{Outcome, SandboxProcess};

use crate::peer;

/// Every endpoint of the sandbox's Content Server that the client has a call for.
const ENDPOINTS: &[&str] = &[
    "DELETE /v2/nodes/{id}",
    "DELETE /v2/nodes/{id}/categories/{id}/inheritance",
    "GET /v1/auth",
    "GET /v1/businessworkspacetypes/{id}",
    "GET /v1/nodes/{id}/content",
    "GET /v1/nodes/{id}/versions/latest",
    "GET /v1/nodes/{id}/versions/{id}/content",
    "GET /v1/ping",
    "GET /v2/businessworkspaces",
    "GET /v2/businessworkspaces/{id}",
    "GET /v2/businessworkspacetypes",
    "GET /v2/externalsystems/COMMUNITY/botypes/case/boids/{id}",
    "GET /v2/forms/businessworkspaces/create",
    "GET /v2/members",
    "GET /v2/nodes/{id}",
    "GET /v2/nodes/{id}/audit",
    "GET /v2/nodes/{id}/categories",
    "GET /v2/nodes/{id}/categories/{id}",
    "GET /v2/nodes/{id}/nodes",
    "GET /v2/nodes/{id}/versions",
    "GET /v2/nodes/{id}/versions/{id}/content",
    "POST /v1/auth",
    "POST /v2/businessworkspaces",
    "POST /v2/nodes",
    "POST /v2/nodes/{id}/categories",
    "POST /v2/nodes/{id}/categories/{id}/inheritance",
    "POST /v2/nodes/{id}/versions",
    "POST /v2/search",
    "PUT /v2/nodes/{id}",
    "PUT /v2/nodes/{id}/categories/{id}",
];

/// What the script needs to drive the sandbox at an address, which may be one that leads to it.
pub(crate) fn given(sandbox: &SandboxProcess, base_url: &str) -> Outcome<Value> {
    let address = reqwest::Url::parse(base_url)?;
    let system = &sandbox.hello()["systems"]["workspaces"];
    Ok(json!({
        "host": address.host_str(), "port": address.port(), "prefix": "/workspaces",
        "username": system["username"], "password": system["password"],
        "otds_client": system["client_id"], "otds_secret": system["client_secret"],
        "system": "COMMUNITY", "case_number": "PC-48213", "case_id": "48213",
    }))
}

#[tokio::test]
async fn what_the_vendors_client_writes_it_reads_back() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let given = given(&sandbox, sandbox.base_url())?;
    let report =
        tokio::task::spawn_blocking(move || peer::run("content_server.py", &given)).await??;
    peer::tell(&report.line())?;
    assert_eq!(report.failures(), "");
    assert!(report.steps.len() > 80, "{}", report.steps.len());

    let called: BTreeSet<String> = report.summary["endpoints"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .filter_map(|endpoint| {
            let (method, path) = endpoint.split_once(' ')?;
            Some(format!("{method} {}", path.split_once("/cs/cs/api")?.1))
        })
        .collect();
    let missed: Vec<_> = ENDPOINTS.iter().filter(|e| !called.contains(**e)).collect();
    assert!(missed.is_empty(), "not called: {missed:?}");
    Ok(())
}
