//! What was called, for support: by whichever process, without what is secret.

use serde_json::json;
use whole_system::harness::{Home, Outcome, SandboxProcess, list, number, trouble, word};

#[tokio::test]
async fn support_sees_each_call_with_its_step_and_no_secret() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let home = Home::new()?;
    home.ctl(&["init", "--sandbox", sandbox.base_url()]).await?;
    home.ctl(&["sync"]).await?;
    let case = home.cases_for("S2.1", 1).await?.remove(0);
    sandbox
        .fault(json!({"system": "tracker", "operation": "comment", "kind": "drop_response", "count": 1}))
        .await?;
    home.ctl(&["do", "S2.1", "--case", &case]).await?;
    home.deliver().await?;
    sandbox.advance(3_600).await?;
    home.deliver().await?;
    home.all_confirmed(None).await?;

    let told = home.ctl(&["doctor", "--wire"]).await?;
    for system in [
        "community",
        "documents",
        "exstream",
        "workflow",
        "workspaces",
        "tracker",
    ] {
        let calls = list(&told["wire"], system);
        assert!(!calls.is_empty() && calls.len() <= 200, "{system}");
        for call in calls {
            assert!(word(call, "path").starts_with('/'), "{call}");
            assert!(!word(call, "path").contains('?'), "{call}");
        }
    }
    let calls = list(&told["wire"], "tracker");
    let lost = calls
        .iter()
        .find(|call| word(call, "method") == "POST" && number(call, "status") == 0)
        .ok_or_else(|| trouble(format!("no answer was lost: {calls:?}")))?;
    assert!(word(lost, "path").ends_with("/comment"), "{lost}");
    assert!(!word(lost, "problem").is_empty());
    assert!(number(lost, "sent") > 0);
    let key = word(lost, "key");
    assert_eq!(key.len(), 16, "{key}");
    let posts = calls
        .iter()
        .filter(|call| word(call, "method") == "POST" && word(call, "key") == key);
    assert_eq!(posts.count(), 1, "it was not sent again");
    // The look-up that found it stands under the same step.
    let asked = calls
        .iter()
        .any(|call| word(call, "method") == "GET" && word(call, "key") == key);
    assert!(asked, "{calls:?}");

    let text = told.to_string();
    for (_, system) in sandbox.hello()["systems"].as_object().into_iter().flatten() {
        for name in ["password", "client_secret"] {
            let secret = word(system, name);
            assert!(secret.is_empty() || !text.contains(secret), "{name}");
        }
    }
    assert!(!text.contains("Bearer") && !text.contains("Basic "));
    Ok(())
}
