//! As much of the WebDriver protocol as the window tests need, over the HTTP client that is here anyway.
//!
//! A library for it would bring two dozen crates in versions of their own, and with them other features of crates the
//! product is built from: app and tests would no longer share one build.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::{Client, Method};
use serde_json::{Value, json};

use super::{Outcome, Trouble, trouble};

/// The name the protocol gives to a reference to an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// An open session.
#[derive(Debug, Clone)]
pub struct Session {
    http: Client,
    url: String,
}

/// An element of the page, as it was when it was found.
#[derive(Debug, Clone)]
pub struct Element {
    session: Session,
    id: String,
}

impl Session {
    /// Asks the driver on `port` for a session with these capabilities.
    ///
    /// # Errors
    /// When it gives none within `limit`.
    pub(super) async fn open(port: u16, capabilities: Value, limit: Duration) -> Outcome<Self> {
        let http = Client::builder().no_proxy().build()?;
        let mut session = Self {
            http,
            url: format!("http://127.0.0.1:{port}/session"),
        };
        let body = json!({ "capabilities": { "alwaysMatch": capabilities } });
        let answer = tokio::time::timeout(limit, session.call(Method::POST, "", Some(body)))
            .await
            .map_err(|_| trouble(format!("the app did not open in {} s", limit.as_secs())))??;
        let id = answer
            .get("sessionId")
            .and_then(Value::as_str)
            .ok_or_else(|| trouble(format!("a session without a name: {answer}")))?;
        session.url = format!("{}/{id}", session.url);
        Ok(session)
    }

    /// The first element that fits, if there is one now.
    ///
    /// # Errors
    /// When the window does not answer.
    pub async fn find(&self, css: &str) -> Outcome<Option<Element>> {
        Ok(self.find_all(css).await?.into_iter().next())
    }

    /// Every element that fits now.
    ///
    /// # Errors
    /// When the window does not answer.
    pub async fn find_all(&self, css: &str) -> Outcome<Vec<Element>> {
        let body = json!({ "using": "css selector", "value": css });
        let answer = self.post("/elements", body).await?;
        Ok(answer
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|reference| self.element(reference))
            .collect())
    }

    /// The element that has the focus.
    ///
    /// # Errors
    /// When none has it.
    pub async fn focused(&self) -> Outcome<Element> {
        let answer = self.call(Method::GET, "/element/active", None).await?;
        self.element(&answer)
            .ok_or_else(|| trouble("nothing has the focus"))
    }

    /// Runs a script in the page and gives what it returns.
    ///
    /// # Errors
    /// When it throws.
    pub async fn execute(&self, script: &str, args: Vec<Value>) -> Outcome<Value> {
        self.post("/execute/sync", json!({ "script": script, "args": args }))
            .await
    }

    /// Runs a script in the page and gives what it hands to its last argument.
    ///
    /// # Errors
    /// When it throws or never does.
    pub async fn execute_async(&self, script: &str, args: Vec<Value>) -> Outcome<Value> {
        self.post("/execute/async", json!({ "script": script, "args": args }))
            .await
    }

    /// Does these input actions.
    ///
    /// # Errors
    /// When the window does not answer.
    pub async fn act(&self, actions: Value) -> Outcome {
        self.post("/actions", json!({ "actions": [actions] }))
            .await?;
        Ok(())
    }

    /// Outer width and height of the window.
    ///
    /// # Errors
    /// When the window does not answer.
    pub async fn size(&self) -> Outcome<(u32, u32)> {
        let rect = self.call(Method::GET, "/window/rect", None).await?;
        let side = |key: &str| {
            rect.get(key)
                .and_then(Value::as_f64)
                .map_or(0, |side| side.max(0.0) as u32)
        };
        Ok((side("width"), side("height")))
    }

    /// Sets outer width and height of the window.
    ///
    /// # Errors
    /// When the window does not answer.
    pub async fn set_size(&self, width: u32, height: u32) -> Outcome {
        let rect = json!({ "x": 0, "y": 0, "width": width, "height": height });
        self.post("/window/rect", rect).await?;
        Ok(())
    }

    /// The page as a PNG picture.
    ///
    /// # Errors
    /// When it cannot be taken.
    pub async fn picture(&self) -> Outcome<Vec<u8>> {
        let answer = self.call(Method::GET, "/screenshot", None).await?;
        Ok(STANDARD.decode(answer.as_str().unwrap_or_default())?)
    }

    /// The page as HTML.
    ///
    /// # Errors
    /// When the window does not answer.
    pub async fn source(&self) -> Outcome<String> {
        let answer = self.call(Method::GET, "/source", None).await?;
        Ok(answer.as_str().unwrap_or_default().to_owned())
    }

    /// Ends the session, and with it the app.
    ///
    /// # Errors
    /// When there is none any more.
    pub async fn close(self) -> Outcome {
        self.call(Method::DELETE, "", None).await?;
        Ok(())
    }

    async fn post(&self, path: &str, body: Value) -> Outcome<Value> {
        self.call(Method::POST, path, Some(body)).await
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Outcome<Value> {
        let what = format!("{method} {path}");
        let mut request = self.http.request(method, format!("{}{path}", self.url));
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await?;
        let fine = response.status().is_success();
        let mut answer: Value = response
            .json()
            .await
            .map_err(|error| Trouble::from(error).during(&what))?;
        let value = answer.get_mut("value").map_or(Value::Null, Value::take);
        if fine {
            return Ok(value);
        }
        let word = |key: &str| {
            value
                .get(key)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        Err(trouble(format!(
            "{what}: {}: {}",
            word("error"),
            word("message")
        )))
    }

    fn element(&self, reference: &Value) -> Option<Element> {
        Some(Element {
            session: self.clone(),
            id: reference.get(ELEMENT)?.as_str()?.to_owned(),
        })
    }
}

impl Element {
    /// Presses and releases the mouse on it.
    ///
    /// # Errors
    /// When it is gone or covered.
    pub async fn click(&self) -> Outcome {
        self.post("click", json!({})).await
    }

    /// Types into it.
    ///
    /// # Errors
    /// When it is gone or takes no keys.
    pub async fn type_text(&self, text: &str) -> Outcome {
        self.post("value", json!({ "text": text })).await
    }

    /// What a person reads on it.
    ///
    /// # Errors
    /// When it is gone.
    pub async fn text(&self) -> Outcome<String> {
        let answer = self
            .session
            .call(Method::GET, &self.path("text"), None)
            .await?;
        Ok(answer.as_str().unwrap_or_default().to_owned())
    }

    /// An attribute of it.
    ///
    /// # Errors
    /// When it is gone.
    pub async fn attribute(&self, name: &str) -> Outcome<Option<String>> {
        let path = self.path(&format!("attribute/{name}"));
        let answer = self.session.call(Method::GET, &path, None).await?;
        Ok(answer.as_str().map(str::to_owned))
    }

    async fn post(&self, verb: &str, body: Value) -> Outcome {
        self.session.post(&self.path(verb), body).await?;
        Ok(())
    }

    fn path(&self, verb: &str) -> String {
        format!("/element/{}/{verb}", self.id)
    }
}
