//! Instances and tasks the scenario leads up to: running ones for open cases, finished ones for the rest.

use domain::{
    Millis,
    time::{HOUR, MINUTE},
};
use serde_json::json;

use super::{
    definitions,
    model::{Start, Variable},
    store::Store,
};
use crate::{Scenario, scenario::CaseSpec};

const OUTCOMES: &[&str] = &["approved", "corrected", "answered", "rejected"];
const WORKERS: &[&str] = &[
    "lena.kovar",
    "mara.tindal",
    "tomas.adeyemi",
    "henrike.solberg",
];

pub(super) fn store(scenario: &Scenario, epoch: Millis) -> Store {
    let mut store = Store::default();
    for case in &scenario.cases {
        if let Some(id) = &case.process_id {
            one(&mut store, scenario, case, id.clone(), epoch);
        }
    }
    store
}

fn one(store: &mut Store, scenario: &Scenario, case: &CaseSpec, id: String, epoch: Millis) {
    let Some(definition) = definitions::for_case_type(&case.case_type) else {
        return;
    };
    let mut rng = scenario.rng(&format!("workflow/{}", case.id));
    let started = case.opened_at.plus(rng.between(3, 40) * MINUTE).min(epoch);
    let variable = |name: &str, value: &str| Variable {
        name: name.into(),
        value: json!(value),
    };
    let start = Start {
        name: Some(format!("{} {}", definition.name, case.number)),
        business_key: Some(case.id.clone()),
        variables: vec![
            variable("case_id", &case.id),
            variable("partner_id", &case.partner_id),
            variable("subtype", &case.subtype),
        ],
        ..Start::default()
    };
    store.start_as(id.clone(), definition, start, "workflow-service", started);
    let stages = definition.stages.len();
    let done = if case.is_open() {
        usize::try_from(rng.below(stages as u64)).unwrap_or(0)
    } else {
        stages
    };
    let mut at = started;
    for _ in 0..done {
        for task in open_tasks(store, &id) {
            at = at
                .plus(rng.between(40, 9 * 60) * MINUTE)
                .min(epoch.plus(-2 * MINUTE))
                .max(at);
            let who = rng.pick(WORKERS).copied().unwrap_or("lena.kovar");
            let outcome = rng.pick(OUTCOMES).map(|o| (*o).to_owned());
            let _ = store.claim(&task, who, at);
            let _ = store.complete(
                &task,
                outcome,
                Vec::new(),
                at.plus(rng.between(5, 50) * MINUTE).min(epoch),
            );
        }
    }
    if rng.chance(5) && case.is_open() {
        let _ = store.comment_process(&id, "henrike.solberg", "Please put this first.", at);
    }
    for task in open_tasks(store, &id) {
        if let (true, Some(owner)) = (rng.chance(55), case.owner.as_deref()) {
            let _ = store.claim(&task, owner, at.plus(HOUR).min(epoch));
        }
        if let Some(task) = store.tasks.get_mut(&task) {
            task.priority = if case.priority == "high" { 80 } else { 50 };
            // Old open tasks were prolonged: a part of the open deadlines lies shortly around the epoch.
            if task.due_at.is_some_and(|due| due < epoch.plus(-24 * HOUR)) {
                task.due_at = Some(epoch.plus(rng.between(-10 * 60, 60 * 60) * MINUTE));
            }
        }
    }
}

fn open_tasks(store: &Store, process: &str) -> Vec<String> {
    store
        .tasks
        .values()
        .filter(|t| t.process_id == process && t.is_open())
        .map(|t| t.id.clone())
        .collect()
}
