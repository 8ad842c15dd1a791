//! Content Server: what our connector sends has the form of what OpenText's own client sends.

use std::collections::{BTreeMap, BTreeSet};

use connectors::{Connector as _, workspaces::WorkspacesConnector};
use domain::{System, canonical::sha256_hex, operation::Call};
use serde_json::{Value, json};
use whole_system::harness::Outcome;

use crate::{
    beside::Beside,
    content_server::given,
    peer,
    recorder::{Recorder, Sent},
};

/// Requests that change something, and the sign-in: whatever is read may be asked for in many ways.
const COMPARED: &[&str] = &[
    "POST /v1/auth",
    "POST /v2/businessworkspaces",
    "POST /v2/nodes",
    "POST /v2/nodes/{id}/versions",
    "PUT /v2/nodes/{id}/categories/{id}",
];

/// How a request is made: media type, and its fields each with the kinds of value seen in it.
#[derive(Debug, Default, PartialEq)]
struct Form {
    media_types: BTreeSet<String>,
    fields: BTreeMap<String, BTreeSet<&'static str>>,
}

impl Form {
    fn field(&mut self, name: &str, kind: &'static str) {
        self.fields.entry(name.to_owned()).or_default().insert(kind);
    }

    /// A text field, and where it holds JSON, the members of that.
    fn text(&mut self, name: &str, value: &str) {
        match serde_json::from_str::<Value>(value) {
            Ok(Value::Object(members)) => {
                self.field(name, "JSON");
                for (member, value) in &members {
                    self.member(&format!("{name}.{member}"), value);
                }
            }
            _ => self.field(&numbered(name), "text"),
        }
    }

    fn member(&mut self, place: &str, value: &Value) {
        let kind = match value {
            Value::Object(members) => {
                for (name, value) in members {
                    self.member(&format!("{place}.{}", numbered(name)), value);
                }
                "object"
            }
            Value::Array(_) => "list",
            // The server takes either, and so does the client: ids are sent both ways.
            Value::String(_) | Value::Number(_) => "value",
            Value::Bool(_) => "boolean",
            Value::Null => "null",
        };
        self.field(place, kind);
    }
}

/// `555_2` is a category and its attribute, whichever they are.
fn numbered(name: &str) -> String {
    let number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let parts: Vec<&str> = name
        .split('_')
        .map(|part| if number(part) { "{n}" } else { part })
        .collect();
    parts.join("_")
}

/// Method and path below the API, ids left out.
fn endpoint(sent: &Sent) -> String {
    let path = sent.path.split('?').next().unwrap_or_default();
    let (_, path) = path.split_once("/cs/cs/api").unwrap_or_default();
    let parts: Vec<&str> = path
        .split('/')
        .map(|part| match part.parse::<u64>() {
            Ok(_) => "{id}",
            Err(_) => part,
        })
        .collect();
    format!("{} {}", sent.method, parts.join("/"))
}

fn forms(all: &[Sent]) -> BTreeMap<String, Form> {
    let mut forms: BTreeMap<String, Form> = BTreeMap::new();
    for sent in all {
        let form = forms.entry(endpoint(sent)).or_default();
        let media_type = sent.header("content-type").unwrap_or_default();
        let plain = media_type.split(';').next().unwrap_or_default().to_owned();
        if let Some((_, boundary)) = media_type.split_once("boundary=") {
            parts(&sent.body, boundary.trim_matches('"'), form);
        } else {
            for (name, value) in url_pairs(&sent.body) {
                form.text(&name, &value);
            }
        }
        form.media_types.insert(plain);
    }
    forms
}

fn url_pairs(body: &[u8]) -> Vec<(String, String)> {
    let mut url = reqwest::Url::parse("http://form.invalid/").unwrap();
    url.set_query(std::str::from_utf8(body).ok());
    url.query_pairs().into_owned().collect()
}

/// The parts of a multipart body: a file is one whatever it holds.
fn parts(body: &[u8], boundary: &str, form: &mut Form) {
    let text = String::from_utf8_lossy(body);
    for part in text.split(&format!("--{boundary}")).skip(1) {
        let Some((head, content)) = part.split_once("\r\n\r\n") else {
            continue;
        };
        let (_, name) = head.split_once(" name=\"").unwrap();
        let name = name.split('"').next().unwrap();
        if head.contains("filename") {
            form.field(name, "file");
        } else {
            form.text(name, content.trim_end());
        }
    }
}

/// Every write of our connector, each once.
async fn ours(beside: &Beside, connector: &WorkspacesConnector) -> Outcome {
    let create = Call::CreateWorkspace {
        template_id: String::new(),
        type_id: "Order".into(),
        name: "Order 99: Bramblewick".into(),
        parent_id: String::new(),
        external_system: "ERP".into(),
        object_type: "order".into(),
        object_id: "99".into(),
    };
    let create = beside.outgoing("create", create, &[]);
    let workspace = connector.perform(&create).await?.remote_ref;
    let upload = Call::Upload {
        parent_id: workspace,
        name: "Größe.txt".into(),
        media_type: "text/plain".into(),
        blob: sha256_hex(b"one"),
        categories: json!({"filing": {"role": "message", "case": "PC-48213"}}),
    };
    let upload = beside.outgoing("upload", upload, &[b"one"]);
    let node = connector.perform(&upload).await?.remote_ref;
    let version = Call::AddVersion {
        node_id: node.clone(),
        name: "Größe.txt".into(),
        media_type: "text/plain".into(),
        blob: sha256_hex(b"two"),
    };
    let version = beside.outgoing("version", version, &[b"two"]);
    connector.perform(&version).await?;
    let categories = Call::SetCategories {
        node_id: node,
        category_id: "filing".into(),
        values: json!({"state": "in_action"}),
    };
    let categories = beside.outgoing("categories", categories, &[]);
    connector.perform(&categories).await?;
    beside.pull(connector, "nodes", None).await;
    Ok(())
}

#[tokio::test]
async fn our_connector_sends_what_the_vendors_client_sends() -> Outcome {
    let beside = Beside::start(System::Workspaces).await?;
    let theirs = Recorder::before(beside.sandbox.base_url()).await?;
    let input = given(&beside.sandbox, theirs.base_url())?;
    let report =
        tokio::task::spawn_blocking(move || peer::run("content_server.py", &input)).await??;
    assert_eq!(report.failures(), "");
    let theirs = forms(&theirs.take());

    beside.recorder.take();
    let connector = WorkspacesConnector::new(&beside.config, &beside.parts());
    ours(&beside, &connector).await?;
    let ours = forms(&beside.recorder.take());

    let mut compared = 0;
    for endpoint in COMPARED {
        let (Some(own), Some(theirs)) = (ours.get(*endpoint), theirs.get(*endpoint)) else {
            panic!("{endpoint} was not sent by both")
        };
        assert!(
            own.media_types.is_subset(&theirs.media_types),
            "{endpoint}: {:?} instead of {:?}",
            own.media_types,
            theirs.media_types
        );
        for (field, kinds) in &own.fields {
            let known = theirs.fields.get(field);
            assert!(
                known.is_some_and(|known| kinds.is_subset(known)),
                "{endpoint}: {field} is {kinds:?}, the client sends {known:?} among {:?}",
                theirs.fields.keys()
            );
            compared += 1;
        }
    }
    peer::tell(&format!(
        "peer pyxecm and our connector: {compared} fields of {} endpoints compared",
        COMPARED.len()
    ))?;
    assert!(compared > 15, "{compared}");
    Ok(())
}
