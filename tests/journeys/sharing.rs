//! Personal data in what a partner would read: it leaves redacted, or for a reason that is kept.

use serde_json::json;
use whole_system::harness::{Home, Outcome, SandboxProcess, items, word};

const SECRET: &str = "DE89 3704 0044 0532 0130 00";

#[tokio::test]
async fn a_bank_account_reaches_a_partner_only_for_a_reason_that_is_kept() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let home = Home::on(&sandbox).await?;
    let case = home.cases_for("S2.1", 1).await?.remove(0);
    let body = format!("body=Please pay to {SECRET}.");
    let reply = ["do", "reply", "--case", &case, "--set", &body];
    let posted = async || -> Outcome<usize> {
        home.deliver().await?;
        let effects = sandbox.effects().await?;
        Ok(effects.iter().filter(|e| e.kind == "post_message").count())
    };

    let said = home.refused(&reply, "", "E_PERSONAL").await?;
    assert_eq!(said["detail"]["redacted"], "Please pay to [bank account].");
    assert!(!said.to_string().contains(SECRET), "{said}");
    let nothing = [&reply[..], &["--personal", " "]].concat();
    home.refused(&nothing, "", "E_FIELD").await?;
    assert_eq!(posted().await?, 0);

    let because = [&reply[..], &["--personal", "Their own account"]].concat();
    home.ctl(&because).await?;
    assert_eq!(posted().await?, 1);
    let audit = home.ctl(&["audit", "list", "--limit", "500"]).await?;
    let shared: Vec<_> = items(&audit)
        .iter()
        .map(|i| &i["record"])
        .filter(|r| word(r, "event") == "personal_data.shared")
        .collect();
    assert_eq!(shared.len(), 1);
    assert_eq!(shared[0]["facts"]["kinds"], json!(["bank_account"]));
    assert_eq!(word(shared[0], "reason"), "Their own account");
    assert!(!shared[0].to_string().contains("3704"), "{}", shared[0]);

    // What tells a resolution on the case is read there, too; and a reason is kept for good.
    let text = format!("Credited to {SECRET}.");
    let resolution = ["resolution", &case, "--channel", "portal", "--text", &text];
    home.refused(&resolution, "", "E_PERSONAL").await?;
    let telling = [&reply[..], &["--personal", SECRET]].concat();
    home.refused(&telling, "", "E_FIELD").await?;

    // Among ourselves it may be said.
    let note = ["do", "note", "--case", &case, "--set", &body];
    home.ctl(&note).await?;
    Ok(())
}
