//! The chain verifies, on an export too, and names what was touched.

use serde_json::json;
use whole_system::harness::{Home, Outcome, SandboxProcess, number};

#[tokio::test]
async fn an_export_verifies_anywhere_and_one_changed_character_is_named() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let home = Home::on(&sandbox).await?;
    let case = home.cases_for("S0.1", 1).await?.remove(0);
    home.ctl(&["do", "S0.1", "--case", &case]).await?;
    home.deliver().await?;
    let own = home.ctl(&["audit", "verify"]).await?;
    assert_eq!(own["ok"], json!(true));
    assert!(number(&own, "records") > 4);

    let elsewhere = Home::new()?;
    let file = elsewhere.user().join("chain.jsonl");
    let path = file.to_string_lossy().into_owned();
    home.ctl(&["audit", "export", &path]).await?;
    let verdict = elsewhere.ctl(&["audit", "verify", &path]).await?;
    assert_eq!(verdict["ok"], json!(true), "{verdict}");
    assert_eq!(verdict["records"], own["records"]);
    assert_eq!(verdict["head"], own["head"]);

    let mut bytes = std::fs::read(&file)?;
    let at = String::from_utf8_lossy(&bytes)
        .find("customer_notice.started")
        .expect("the action is in the export");
    bytes[at] = b'C';
    std::fs::write(&file, bytes)?;
    let verdict = elsewhere
        .run(&["audit", "verify", &path], "")
        .await?
        .expect_code(4)?;
    assert_eq!(verdict["ok"], json!(false));
    assert!(
        verdict["first_bad"].is_object() || verdict["first_bad"].is_u64(),
        "{verdict}"
    );
    Ok(())
}
