//! Where key and secrets are kept: a real keyring, a passphrase, and what happens when they are gone.

use std::path::Path;

use serde_json::{Value, json};
use whole_system::harness::{
    Home, Keyring, Outcome, SandboxProcess, configuration, connect, item_with, items, list, word,
};

use crate::traces::Traces;

const PASSPHRASE: &str = "nine herons over the delta";
/// The values of all secrets in a configuration.
pub(crate) fn secrets(configuration: &Value) -> Vec<String> {
    let systems = configuration["systems"].as_object().unwrap();
    systems
        .values()
        .flat_map(|connection| connection["secrets"].as_object().unwrap().values())
        .map(|value| value.as_str().unwrap().to_owned())
        .collect()
}

fn entry(home: &Home, name: &str) -> Outcome<String> {
    let file = std::fs::read_to_string(home.data().join("key.json"))?;
    let file: Value = serde_json::from_str(&file)?;
    Ok(format!("{}{name}", word(&file, "folder_id")))
}

fn error_of<'a>(sync: &'a Value, system: &str) -> &'a str {
    let of_system = list(sync, "systems")
        .iter()
        .find(|s| word(s, "system") == system);
    word(of_system.unwrap(), "error")
}

#[tokio::test]
async fn key_and_secrets_go_to_the_keyring_and_the_next_start_finds_them() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let keyring = Keyring::start().await?;
    let home = Home::new()?.with("DBUS_SESSION_BUS_ADDRESS", keyring.address());
    let configuration = configuration(&sandbox);
    let said = connect(&home, &configuration).await?.expect_code(0)?;
    assert_eq!(word(&said["secrets"], "kept"), "keyring", "{said}");
    home.ctl(&["sync"]).await?;
    let doctor = home.ctl(&["doctor"]).await?;
    assert_eq!(list(&doctor["secrets"], "missing"), [] as [Value; 0]);

    let key = keyring.look_up(&entry(&home, "")?)?.unwrap();
    assert_eq!(key.len(), 64);
    let kept = keyring.look_up(&entry(&home, "/tracker/password")?)?;
    let entered = &configuration["systems"]["tracker"]["secrets"]["password"];
    assert_eq!(kept.as_deref(), entered.as_str());
    assert!(!home.data().join("secrets.json").exists());

    let mut traces = Traces::default();
    for secret in secrets(&configuration) {
        traces.secret(&secret);
    }
    traces.secret(&key);
    let found = traces.found_in(&home.files()?)?;
    assert!(found.is_empty(), "{found:?}");
    // Nor in the keyring's own file, which is sealed under the person's password.
    let found = traces.found_in(&keyring.files()?)?;
    assert!(found.is_empty(), "{found:?}");

    // A connection that is removed takes its secrets along; the others stay.
    let mut fewer = configuration.clone();
    fewer["systems"].as_object_mut().unwrap().remove("tracker");
    connect(&home, &fewer).await?.expect_code(0)?;
    assert_eq!(keyring.look_up(&entry(&home, "/tracker/password")?)?, None);
    let stays = keyring.look_up(&entry(&home, "/workflow/client_secret")?)?;
    assert!(stays.is_some());
    Ok(())
}

#[tokio::test]
async fn a_secret_that_is_gone_holds_its_system_alone_and_what_is_queued_waits_for_it() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let keyring = Keyring::start().await?;
    let home = Home::new()?.with("DBUS_SESSION_BUS_ADDRESS", keyring.address());
    let configuration = configuration(&sandbox);
    connect(&home, &configuration).await?.expect_code(0)?;
    home.ctl(&["sync"]).await?;
    let case = home.cases_for("S2.1", 1).await?.remove(0);
    let queued = home.ctl(&["do", "S2.1", "--case", &case]).await?;
    let action = word(&queued, "action_id").to_owned();

    keyring.clear(&entry(&home, "/tracker/password")?)?;
    let said = home.run(&["sync"], "").await?.expect_code(5)?;
    assert!(error_of(&said, "tracker").contains("E_SECRET"), "{said}");
    for other in [
        "community",
        "documents",
        "exstream",
        "workflow",
        "workspaces",
    ] {
        assert_eq!(error_of(&said, other), "", "{said}");
    }
    let said = home.run(&["doctor"], "").await?.expect_code(5)?;
    let missing = json!([{"system": "tracker", "name": "password"}]);
    assert_eq!(said["secrets"]["missing"], missing);
    let said = home.run(&["outbox", "run", "--until-idle"], "").await?;
    assert_eq!(said.code, Some(5), "{}", said.stdout);
    assert!(word(&said.json["sign_in"], "tracker").contains("E_SECRET"));
    let waits = home.ctl(&["outbox", "list"]).await?;
    let held = item_with(&waits, "system", "tracker")?;
    assert_eq!(word(held, "state"), "waiting", "{held}");
    let tickets = |effects: Vec<whole_system::harness::Effect>| {
        effects.iter().filter(|e| e.system == "tracker").count()
    };
    assert_eq!(tickets(sandbox.effects().await?), 0);

    // Entered again, it goes on by itself, once.
    connect(&home, &configuration).await?.expect_code(0)?;
    home.deliver().await?;
    home.all_confirmed(Some(&action)).await?;
    let effects = sandbox.effects().await?;
    for (at, effect) in effects.iter().enumerate() {
        assert!(!effects[..at].contains(effect), "twice: {effect:?}");
    }
    assert!(tickets(effects) > 0);
    Ok(())
}

#[tokio::test]
async fn a_locked_or_emptied_keyring_leaves_the_folder_closed_with_a_code() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let mut keyring = Keyring::start().await?;
    let home = Home::new()?.with("DBUS_SESSION_BUS_ADDRESS", keyring.address());
    connect(&home, &configuration(&sandbox))
        .await?
        .expect_code(0)?;
    let before = std::fs::read(home.data().join("ledger.db"))?;

    keyring.lock().await?;
    let said = home.refused(&["list", "cases"], "", "E_AUTH").await?;
    assert_eq!(
        word(&said["detail"], "reason"),
        "keyring_unusable",
        "{said}"
    );
    // A new folder finds no place for its key, and a passphrase would do.
    let other = Home::new()?.with("DBUS_SESSION_BUS_ADDRESS", keyring.address());
    let said = connect(&other, &configuration(&sandbox))
        .await?
        .expect_code(1)?;
    assert_eq!(word(&said["detail"], "reason"), "no_place", "{said}");

    keyring.unlock().await?;
    home.ctl(&["list", "cases"]).await?;
    keyring.clear(&entry(&home, "")?)?;
    let said = home.refused(&["list", "cases"], "", "E_AUTH").await?;
    assert_eq!(word(&said["detail"], "reason"), "keyring_empty", "{said}");
    assert_eq!(std::fs::read(home.data().join("ledger.db"))?, before);
    Ok(())
}

#[tokio::test]
async fn without_a_keyring_a_passphrase_keeps_key_and_secrets() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let configuration = configuration(&sandbox);
    let bare = Home::new()?;
    let said = connect(&bare, &configuration).await?.expect_code(1)?;
    assert_eq!(word(&said, "code"), "E_PASSPHRASE");
    assert_eq!(word(&said["detail"], "reason"), "no_place", "{said}");

    // From the sandbox to real connections: the key leaves its file.
    let home = Home::new()?;
    home.ctl(&["init", "--sandbox", sandbox.base_url()]).await?;
    assert!(has_plain_key(&home.data())?);
    let home = home.with("PARTNER_CONSOLE_PASSPHRASE", PASSPHRASE);
    let said = connect(&home, &configuration).await?.expect_code(0)?;
    assert_eq!(word(&said["secrets"], "kept"), "passphrase", "{said}");
    assert!(!has_plain_key(&home.data())?);
    home.ctl(&["sync"]).await?;
    let mut traces = Traces::default();
    traces.secret(PASSPHRASE);
    for secret in secrets(&configuration) {
        traces.secret(&secret);
    }
    let found = traces.found_in(&home.files()?)?;
    assert!(found.is_empty(), "{found:?}");

    let home = home.with("PARTNER_CONSOLE_PASSPHRASE", "another");
    let said = home.refused(&["list", "cases"], "", "E_PASSPHRASE").await?;
    assert_eq!(
        word(&said["detail"], "reason"),
        "passphrase_wrong",
        "{said}"
    );
    let home = home.with("PARTNER_CONSOLE_PASSPHRASE", "");
    let said = home.refused(&["list", "cases"], "", "E_PASSPHRASE").await?;
    assert_eq!(
        word(&said["detail"], "reason"),
        "passphrase_needed",
        "{said}"
    );
    let home = home.with("PARTNER_CONSOLE_PASSPHRASE", PASSPHRASE);
    let cases = home.ctl(&["list", "cases", "--limit", "5"]).await?;
    assert_eq!(items(&cases).len(), 5);
    Ok(())
}

fn has_plain_key(data: &Path) -> Outcome<bool> {
    let file: Value = serde_json::from_slice(&std::fs::read(data.join("key.json"))?)?;
    Ok(file.get("plain").is_some())
}
