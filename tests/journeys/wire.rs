//! What was called, for support: by whichever process, without what is secret.

use serde_json::json;
use whole_system::harness::{Home, Outcome, SandboxProcess, list, number, word};

#[tokio::test]
async fn support_sees_each_call_with_its_step_and_no_secret() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let home = Home::new()?;
    home.ctl(&["init", "--sandbox", sandbox.base_url()]).await?;
    home.ctl(&["sync"]).await?;
    let case = home.cases_for("S2.1", 1).await?.remove(0);
    sandbox
        .fault(json!({"system": "tracker", "operation": "create_ticket", "kind": "drop_response", "count": 1}))
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
    let made: Vec<_> = calls
        .iter()
        .filter(|call| word(call, "method") == "POST" && word(call, "path").ends_with("/ticket"))
        .collect();
    // Its answer was lost: no status, and a reason in words.
    assert_eq!(made.len(), 1, "made once: {calls:?}");
    assert_eq!(number(made[0], "status"), 0);
    assert!(!word(made[0], "problem").is_empty());
    assert!(number(made[0], "sent") > 0);
    let key = word(made[0], "key");
    assert_eq!(key.len(), 16, "{key}");
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
