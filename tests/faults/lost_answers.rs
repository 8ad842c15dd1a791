//! Answers get lost and the process is killed at random moments: everything confirmed, nothing twice.

use std::process::Stdio;
use std::time::Duration;

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use serde_json::{Value, json};
use whole_system::harness::{
    Group, Home, Outcome, SandboxProcess, items, number, once, trouble, until_within, word,
};

/// Chance of a lost answer on every system.
const LOST: f64 = 0.3;
/// Longer than the longest time of any operation and any back-off.
const LONGEST: u64 = 7_200;
/// No run takes longer to be killed or to end.
const RUN: Duration = Duration::from_secs(180);
/// Runs to their own end while answers still get lost.
const LOSSY: usize = 4;
/// After the faults are off this many rounds are more than enough.
const ROUNDS: usize = 12;

/// Actions of each of the three use cases.
const EACH: usize = 40;
const KILLS: usize = 10;
const SEED: u64 = 7;

/// What a call did, when a lost answer may have hit a read of it.
async fn act(home: &Home, use_case: &str, case: &str) -> Outcome<Option<Value>> {
    for _ in 0..20 {
        let ended = home.run(&["do", use_case, "--case", case], "").await?;
        match (ended.code, word(&ended.json, "code")) {
            (Some(0), _) => return Ok(Some(ended.json)),
            (Some(1), "E_NOT_APPLICABLE" | "E_CHOICE" | "E_FIELD") => return Ok(None),
            (Some(1), "E_OFFLINE") => {}
            _ => {
                return Err(trouble(format!(
                    "do {use_case} {case}: {}{}",
                    ended.stdout, ended.stderr
                )));
            }
        }
    }
    Err(trouble(format!("do {use_case} {case} never got its bytes")))
}

fn attempts(steps: &[Value]) -> u64 {
    steps.iter().map(|step| number(step, "attempt")).sum()
}

/// Levels of the table of operations. A connector may reach more, never less.
fn level_of(operation: &str) -> &'static str {
    match operation {
        "render" | "verify" | "post_message" | "update_case" => "A",
        "release" | "upload" | "create_ticket" | "comment" | "reply" | "update" | "link" => "B",
        other => panic!("{other} does not belong to these use cases"),
    }
}

#[tokio::test]
async fn lost_answers_and_kills_lose_nothing_and_repeat_nothing() -> Outcome {
    let mut rng = StdRng::seed_from_u64(SEED);
    let sandbox = SandboxProcess::start()?;
    let home = Home::on(&sandbox).await?;
    let cases = home
        .ctl(&["list", "cases", "--where", "open=true", "--limit", "500"])
        .await?;
    let before = sandbox.effects().await?.len();
    sandbox
        .fault(json!({"kind": "drop_response", "probability": LOST}))
        .await?;

    let mut actions = 0;
    let mut kills = 0;
    let wanted = EACH * 3;
    for use_case in ["S0.1", "S4.4", "S2.1"] {
        let mut made = 0;
        for case in items(&cases) {
            if made == EACH {
                break;
            }
            if act(&home, use_case, word(case, "id")).await?.is_none() {
                continue;
            }
            made += 1;
            actions += 1;
            if kills < KILLS && actions * KILLS >= (kills + 1) * wanted {
                // A run that came to its end first was not killed.
                if killed_run(&home, &sandbox, &mut rng).await? {
                    kills += 1;
                }
            }
        }
        assert_eq!(made, EACH, "{use_case} fits too few cases");
    }
    assert_eq!((actions, kills), (wanted, KILLS));

    for _ in 0..LOSSY {
        home.run(&["outbox", "run", "--until-idle"], "").await?;
        sandbox.advance(LONGEST).await?;
    }
    let doubts = attempts(&home.steps(None).await?);
    sandbox.no_faults().await?;
    for _ in 0..ROUNDS {
        let ended = home.run(&["outbox", "run", "--until-idle"], "").await?;
        if number(&ended.json, "open") == 0 {
            break;
        }
        sandbox.advance(LONGEST).await?;
    }
    let steps = home.steps(None).await?;
    let levels = |level: &str| steps.iter().filter(|s| word(s, "level") == level).count();
    let open: Vec<_> = steps
        .iter()
        .filter(|s| {
            word(s, "level") != "c" && word(s, "level") != "C" && word(s, "state") != "confirmed"
        })
        .map(|s| {
            format!(
                "{} {}: {} {}",
                word(s, "system"),
                word(s, "operation"),
                word(s, "state"),
                word(s, "reason")
            )
        })
        .collect();
    assert!(
        open.is_empty(),
        "{} of {} steps: {open:#?}",
        open.len(),
        steps.len()
    );
    let effects = sandbox.effects().await?.split_off(before);
    once(&steps, &effects)?;
    let counted = steps
        .iter()
        .filter(|s| !matches!(word(s, "operation"), "render" | "verify"))
        .count();
    assert_eq!(effects.len(), counted, "every effect belongs to a step");
    for step in &steps {
        let (operation, level) = (word(step, "operation"), word(step, "level"));
        assert!(
            level <= level_of(operation),
            "{operation} is of level {level}, below its level in the table"
        );
    }
    let verdict = home.ctl(&["audit", "verify"]).await?;
    assert_eq!(verdict["ok"], json!(true), "{verdict}");
    assert!(
        doubts > steps.len() as u64 / 2,
        "most was delivered while answers were lost"
    );
    let tried = attempts(&steps);
    eprintln!(
        "{actions} actions, {kills} kills, {} steps (A {}, B {}, C {}), {tried} attempts, {} effects, {} audit records",
        steps.len(),
        levels("A"),
        levels("B"),
        levels("C"),
        effects.len(),
        number(&verdict, "records"),
    );
    Ok(())
}

/// Starts a delivery and ends it as a power cut would, once it has had some effects: how many is drawn from the seed, so
/// that the moment does not depend on how busy the machine is. Says whether it was still running.
async fn killed_run(home: &Home, sandbox: &SandboxProcess, rng: &mut StdRng) -> Outcome<bool> {
    let wanted = sandbox.effects().await?.len() + rng.random_range(0..12);
    let mut run = Group::start(
        home.command(&["outbox", "run", "--until-idle"])?
            .stdout(Stdio::null())
            .stderr(Stdio::null()),
    )?;
    until_within(RUN, "the run to get far enough to be killed", async || {
        let far = sandbox.effects().await?.len() > wanted;
        Ok((far || run.ended()?.is_some()).then_some(()))
    })
    .await?;
    let running = run.ended()?.is_none();
    run.kill();
    Ok(running)
}
