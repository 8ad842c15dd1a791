//! Process instances and tasks, and what may be done to them.

use std::collections::BTreeMap;

use super::{
    definitions::{self, Definition},
    model::{Assignment, Attachment, Comment, Problem, Process, Start, Task, Variable},
};
use domain::{Millis, time::HOUR};

/// Everything the service holds.
#[derive(Debug, Default)]
pub(super) struct Store {
    next: u64,
    pub(super) processes: BTreeMap<String, Process>,
    pub(super) tasks: BTreeMap<String, Task>,
}

impl Store {
    fn mint(&mut self) -> u64 {
        self.next = self.next.max(900_000) + 1;
        self.next
    }

    /// A process by id.
    pub(super) fn process(&self, id: &str) -> Result<&Process, Problem> {
        self.processes
            .get(id)
            .ok_or_else(|| Problem::missing("process instance", id))
    }

    /// A running process by id, to be changed.
    pub(super) fn running(&mut self, id: &str) -> Result<&mut Process, Problem> {
        self.processes
            .get_mut(id)
            .filter(|p| p.ended_at.is_none())
            .ok_or_else(|| Problem::missing("process instance", id))
    }

    /// An open task by id.
    pub(super) fn task(&self, id: &str) -> Result<&Task, Problem> {
        self.tasks
            .get(id)
            .filter(|t| t.is_open())
            .ok_or_else(|| Problem::missing("task", id))
    }

    /// An open task by id, to be changed.
    pub(super) fn open_task(&mut self, id: &str) -> Result<&mut Task, Problem> {
        self.tasks
            .get_mut(id)
            .filter(|t| t.is_open())
            .ok_or_else(|| Problem::missing("task", id))
    }

    /// Starts an instance. The business key is not unique here either.
    pub(super) fn start(&mut self, start: Start, by: &str, now: Millis) -> Result<String, Problem> {
        let definition = definitions::find(&start.definition_key).ok_or_else(|| {
            Problem::bad(format!(
                "no processes deployed with key '{}'",
                start.definition_key
            ))
        })?;
        Ok(self.start_model(definition, start, by, now))
    }

    /// Starts an instance of a known model.
    pub(super) fn start_model(
        &mut self,
        definition: &'static Definition,
        start: Start,
        by: &str,
        now: Millis,
    ) -> String {
        let id = format!("pi-{}", self.mint());
        self.start_as(id, definition, start, by, now)
    }

    /// Starts an instance of a known model under an id.
    pub(super) fn start_as(
        &mut self,
        id: String,
        definition: &'static Definition,
        start: Start,
        by: &str,
        now: Millis,
    ) -> String {
        self.processes.insert(
            id.clone(),
            Process {
                id: id.clone(),
                definition,
                stage: 0,
                name: start.name.unwrap_or_else(|| definition.name.to_owned()),
                business_key: start.business_key,
                started_at: now,
                started_by: by.to_owned(),
                ended_at: None,
                delete_reason: None,
                suspended: false,
                variables: start.variables,
                comments: Vec::new(),
            },
        );
        if let Some(message) = start.comment {
            let _ = self.comment_process(&id, by, &message, now);
        }
        self.enter_stage(&id, now);
        id
    }

    fn enter_stage(&mut self, process: &str, now: Millis) {
        let Some(found) = self.processes.get(process) else {
            return;
        };
        let (definition, stage) = (found.definition, found.stage);
        match definition.stages.get(stage) {
            Some(steps) => {
                for step in *steps {
                    let id = self.mint().to_string();
                    self.tasks.insert(
                        id.clone(),
                        Task {
                            id,
                            process_id: process.to_string(),
                            name: step.name.to_owned(),
                            description: String::new(),
                            assignee: None,
                            owner: None,
                            assignments: vec![Assignment {
                                user: None,
                                group: Some(step.group.to_owned()),
                                kind: "candidate".into(),
                            }],
                            category: definition.key.to_owned(),
                            created_at: now,
                            claimed_at: None,
                            due_at: Some(now.plus(step.hours * HOUR)),
                            priority: 50,
                            delegation: None,
                            comments: Vec::new(),
                            attachments: Vec::new(),
                            variables: Vec::new(),
                            ended_at: None,
                            outcome: None,
                            delete_reason: None,
                        },
                    );
                }
            }
            None => {
                if let Some(found) = self.processes.get_mut(process) {
                    found.ended_at = Some(now);
                }
            }
        }
    }

    /// Claims a task: the first wins, the same person may repeat it.
    pub(super) fn claim(&mut self, id: &str, who: &str, now: Millis) -> Result<(), Problem> {
        let task = self.open_task(id)?;
        match task.assignee.as_deref() {
            Some(holder) if holder != who => Err(Problem::conflict(format!(
                "Task '{id}' is already claimed by someone else."
            ))),
            _ => {
                task.assignee = Some(who.to_owned());
                task.claimed_at.get_or_insert(now);
                Ok(())
            }
        }
    }

    /// Completes a task; a completed one is not found any more.
    pub(super) fn complete(
        &mut self,
        id: &str,
        outcome: Option<String>,
        variables: Vec<Variable>,
        now: Millis,
    ) -> Result<(), Problem> {
        let task = self.open_task(id)?;
        if task.delegation == Some("pending") {
            return Err(Problem::bad(format!(
                "A delegated task cannot be completed, but should be resolved instead: '{id}'"
            )));
        }
        let process = task.process_id.clone();
        task.ended_at = Some(now);
        task.outcome = outcome;
        task.variables.extend(variables);
        let done = !self
            .tasks
            .values()
            .any(|t| t.process_id == process && t.is_open());
        if done {
            if let Some(found) = self.processes.get_mut(&process) {
                found.stage += 1;
            }
            self.enter_stage(&process, now);
        }
        Ok(())
    }

    /// Hands a task to another, who gives it back by resolving.
    pub(super) fn delegate(&mut self, id: &str, to: &str) -> Result<(), Problem> {
        let task = self.open_task(id)?;
        if task.owner.is_none() {
            task.owner = task.assignee.clone();
        }
        task.assignee = Some(to.to_owned());
        task.delegation = Some("pending");
        Ok(())
    }

    /// Gives a delegated task back to its owner.
    pub(super) fn resolve(&mut self, id: &str, variables: Vec<Variable>) -> Result<(), Problem> {
        let task = self.open_task(id)?;
        task.variables.extend(variables);
        task.delegation = Some("resolved");
        task.assignee = task.owner.clone();
        Ok(())
    }

    /// Cancels an instance and its open tasks; they remain in the history.
    pub(super) fn cancel(&mut self, id: &str, reason: &str, now: Millis) -> Result<(), Problem> {
        let process = self.running(id)?;
        process.ended_at = Some(now);
        process.delete_reason = Some(reason.to_owned());
        for task in self.tasks.values_mut() {
            if task.process_id == id && task.is_open() {
                task.ended_at = Some(now);
                task.delete_reason = Some(reason.to_owned());
            }
        }
        Ok(())
    }

    /// Comments on a running instance.
    pub(super) fn comment_process(
        &mut self,
        id: &str,
        by: &str,
        message: &str,
        now: Millis,
    ) -> Result<Comment, Problem> {
        let comment = Comment {
            id: self.mint().to_string(),
            author: by.to_owned(),
            message: message.to_owned(),
            task_id: None,
            process_id: Some(id.to_owned()),
            time: now,
        };
        self.running(id)?.comments.push(comment.clone());
        Ok(comment)
    }

    /// Comments on an open task.
    pub(super) fn comment_task(
        &mut self,
        id: &str,
        by: &str,
        message: &str,
        now: Millis,
    ) -> Result<Comment, Problem> {
        let n = self.mint().to_string();
        let task = self.open_task(id)?;
        let comment = Comment {
            id: n,
            author: by.to_owned(),
            message: message.to_owned(),
            task_id: Some(id.to_owned()),
            process_id: Some(task.process_id.clone()),
            time: now,
        };
        task.comments.push(comment.clone());
        Ok(comment)
    }

    /// Puts a file reference on an open task.
    pub(super) fn attach(
        &mut self,
        id: &str,
        name: String,
        description: String,
        external_url: String,
    ) -> Result<Attachment, Problem> {
        let n = self.mint().to_string();
        let task = self.open_task(id)?;
        let attachment = Attachment {
            id: n,
            name,
            description,
            external_url,
        };
        task.attachments.push(attachment.clone());
        Ok(attachment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn started() -> (Store, String) {
        let mut store = Store::default();
        let id = store
            .start(
                Start {
                    definition_key: "dispute".into(),
                    business_key: Some("48213".into()),
                    ..Start::default()
                },
                "svc",
                Millis(1_000),
            )
            .unwrap();
        (store, id)
    }

    fn open(store: &Store) -> Vec<String> {
        let open = store.tasks.values().filter(|t| t.is_open());
        open.map(|t| t.id.clone()).collect()
    }

    #[test]
    fn stages_follow_each_other_and_the_last_completion_ends_the_instance() {
        let (mut store, id) = started();
        for stage in [1, 2, 1] {
            let tasks = open(&store);
            assert_eq!(tasks.len(), stage);
            for task in tasks {
                store
                    .complete(&task, Some("done".into()), Vec::new(), Millis(2_000))
                    .unwrap();
                let again = store.complete(&task, None, Vec::new(), Millis(2_001));
                assert_eq!(again.unwrap_err().status, 404);
            }
        }
        assert_eq!(store.process(&id).unwrap().ended_at, Some(Millis(2_000)));
    }

    #[test]
    fn a_claim_is_lost_to_the_first() {
        let (mut store, _) = started();
        let task = open(&store).remove(0);
        store.claim(&task, "a", Millis(5)).unwrap();
        store.claim(&task, "a", Millis(6)).unwrap();
        assert_eq!(store.claim(&task, "b", Millis(7)).unwrap_err().status, 409);
    }

    #[test]
    fn a_delegated_task_is_resolved_before_it_is_completed() {
        let (mut store, _) = started();
        let task = open(&store).remove(0);
        store.claim(&task, "a", Millis(5)).unwrap();
        store.delegate(&task, "b").unwrap();
        assert!(store.complete(&task, None, Vec::new(), Millis(6)).is_err());
        store.resolve(&task, Vec::new()).unwrap();
        assert_eq!(store.task(&task).unwrap().assignee.as_deref(), Some("a"));
        store.complete(&task, None, Vec::new(), Millis(6)).unwrap();
    }
}
