//! A further playbook of known operations needs a file and nothing else.

use whole_system::harness::{Home, Outcome, SandboxProcess, item_with, word};

const PLAYBOOK: &str = r#"
id = "thank_you"
use_case = "C1.1"
title = "Thanks on {case.number}"
summary = "Thanks the partner and notes it for colleagues"

[applies]
open_only = true
systems = ["community"]

[[field]]
name = "words"
title = "Words"
text = "Thank you for your help with {case.subject}."
input = "multiline"
required = true

[[step]]
id = "thank"
operation = "post_message"
subject = "Thank {partner.short_name}"
offline = "queue"
[step.args]
case_id = "{case.id}"
visibility = "partner"
body = "{fields.words}"

[[step]]
id = "noted"
operation = "post_message"
subject = "Note that {partner.short_name} was thanked"
waits_on = ["thank"]
offline = "queue"
[step.args]
case_id = "{case.id}"
visibility = "internal"
body = "Thanked by {person.name}."
"#;

#[tokio::test]
async fn a_company_adds_a_playbook_as_a_file() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let home = Home::on(&sandbox).await?;
    std::fs::create_dir_all(home.data().join("playbooks"))?;
    std::fs::write(home.data().join("playbooks/thank_you.toml"), PLAYBOOK)?;
    let case = home.cases_for("C1.1", 1).await?.remove(0);
    let listed = home.ctl(&["playbooks", "--case", &case]).await?;
    assert_eq!(
        word(item_with(&listed, "id", "thank_you")?, "use_case"),
        "C1.1"
    );
    let done = home.ctl(&["do", "thank_you", "--case", &case]).await?;
    home.deliver().await?;
    assert_eq!(
        home.all_confirmed(Some(word(&done, "action_id")))
            .await?
            .len(),
        2
    );
    let effects = sandbox.effects().await?;
    assert_eq!(
        effects.iter().filter(|e| e.kind == "post_message").count(),
        2
    );
    Ok(())
}

#[tokio::test]
async fn a_broken_playbook_is_named_and_the_others_work() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let home = Home::on(&sandbox).await?;
    std::fs::create_dir_all(home.data().join("playbooks"))?;
    let broken = PLAYBOOK.replace("post_message", "post_massage");
    std::fs::write(home.data().join("playbooks/broken.toml"), broken)?;
    let doctor = home.ctl(&["doctor"]).await?;
    assert!(
        doctor["warnings"].to_string().contains("broken"),
        "{doctor}"
    );
    home.cases_for("S0.1", 1).await?;
    Ok(())
}
