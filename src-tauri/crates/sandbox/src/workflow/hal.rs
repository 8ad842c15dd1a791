//! Answers of the service: HAL, times with an offset that has no colon, `_embedded` only when there is something.

use crate::core::http::put;
use domain::Millis;
use serde_json::{Value, json};

use super::model::{Assignment, Attachment, Comment, Process, Task, Variable};

/// `2018-04-17T10:17:43.902+0000`
pub(super) fn time(at: Millis) -> Value {
    at.utc().map_or(Value::Null, |t| {
        json!(t.format("%Y-%m-%dT%H:%M:%S%.3f+0000").to_string())
    })
}

fn opt_time(at: Option<Millis>) -> Value {
    at.map_or(Value::Null, time)
}

/// One page of a list; `base` is the address it was asked at.
pub(super) fn list(
    key: &str,
    items: Vec<Value>,
    total: usize,
    offset: usize,
    count: usize,
    base: &str,
) -> Value {
    let mut body = json!({
        "page": {"totalElements": total, "offset": offset, "count": count, "size": items.len()},
        "_links": {"self": {"href": base}},
    });
    if offset + items.len() < total {
        let next = format!("{base}?offset={}&count={count}", offset + items.len());
        let links = json!({"self": {"href": base}, "next": {"href": next}});
        put(&mut body, "_links", links);
    }
    if !items.is_empty() {
        put(&mut body, "_embedded", json!({key: items}));
    }
    body
}

pub(super) fn variable(v: &Variable) -> Value {
    let kind = match v.value {
        Value::Number(_) => "integer",
        Value::Bool(_) => "boolean",
        Value::Object(_) | Value::Array(_) => "json",
        _ => "string",
    };
    json!({"name": v.name, "value": v.value, "type": kind, "scope": "local"})
}

pub(super) fn variables(all: &[Variable]) -> Vec<Value> {
    all.iter().map(variable).collect()
}

pub(super) fn comment(c: &Comment) -> Value {
    json!({
        "id": c.id, "author": c.author, "message": c.message, "taskId": c.task_id,
        "processInstanceId": c.process_id, "time": time(c.time),
    })
}

pub(super) fn attachment(a: &Attachment) -> Value {
    json!({
        "id": a.id, "name": a.name, "description": a.description, "externalUrl": a.external_url,
    })
}

pub(super) fn assignment(a: &Assignment) -> Value {
    json!({"group": a.group, "type": a.kind, "user": a.user})
}

/// What a task answer carries besides its own members.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Include {
    pub(super) process_variables: bool,
    pub(super) task_variables: bool,
    pub(super) comments: bool,
}

/// A task as the runtime shows it.
pub(super) fn task(t: &Task, process: Option<&Process>, include: Include) -> Value {
    let mut vars = Vec::new();
    if include.process_variables {
        vars.extend(process.map(|p| variables(&p.variables)).unwrap_or_default());
    }
    if include.task_variables {
        vars.extend(variables(&t.variables));
    }
    let mut body = json!({
        "id": t.id, "name": t.name, "description": t.description, "assignee": t.assignee,
        "owner": t.owner, "assignments": t.assignments.iter().map(assignment).collect::<Vec<_>>(),
        "category": t.category, "claimTime": opt_time(t.claimed_at), "createTime": time(t.created_at),
        "dueDate": opt_time(t.due_at), "priority": t.priority, "delegationState": t.delegation,
        "executionId": t.process_id, "formKey": Value::Null, "parentTaskId": Value::Null,
        "processInstanceId": t.process_id, "variables": vars,
        "_links": {"self": {"href": format!("/workflow/v1/tasks/{}", t.id)}},
    });
    if include.comments {
        put(
            &mut body,
            "comments",
            t.comments.iter().map(comment).collect(),
        );
    }
    body
}

/// A task as the history shows it.
pub(super) fn historic_task(t: &Task, process: Option<&Process>, include: Include) -> Value {
    let mut body = task(t, process, include);
    put(&mut body, "endTime", opt_time(t.ended_at));
    put(&mut body, "deleteReason", json!(t.delete_reason));
    put(&mut body, "outcome", json!(t.outcome));
    put(
        &mut body,
        "processBusinessKey",
        json!(process.and_then(|p| p.business_key.as_deref())),
    );
    put(
        &mut body,
        "_links",
        json!({"self": {"href": format!("historic-task-instances/{}", t.id)}}),
    );
    body
}

/// A process instance, running or ended.
pub(super) fn process(p: &Process, include_comments: bool) -> Value {
    let mut body = json!({
        "id": p.id, "name": p.name, "businessKey": p.business_key, "activityId": Value::Null,
        "startTime": time(p.started_at), "startUserId": p.started_by, "dueDate": Value::Null,
        "completed": p.ended_at.is_some() && p.delete_reason.is_none(), "ended": p.ended_at.is_some(),
        "suspended": p.suspended, "processDefinitionName": p.definition.name,
        "processDefinitionKey": p.definition.key,
        "processDefinitionId": format!("{}:1", p.definition.key), "tenantId": "corvane",
        "variables": variables(&p.variables),
        "_links": {"self": {"href": format!("/workflow/v1/process-instances/{}", p.id)}},
    });
    if include_comments {
        put(
            &mut body,
            "comments",
            p.comments.iter().map(comment).collect(),
        );
    }
    body
}

/// A process instance as the history shows it.
pub(super) fn historic_process(p: &Process, include_comments: bool) -> Value {
    let mut body = process(p, include_comments);
    put(&mut body, "endTime", opt_time(p.ended_at));
    put(&mut body, "deleteReason", json!(p.delete_reason));
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_list_has_no_embedded_member_and_times_have_no_colon() {
        assert!(
            list("tasks", vec![], 0, 0, 10, "/t")
                .get("_embedded")
                .is_none()
        );
        assert_eq!(
            time(Millis(1_523_960_263_902)),
            "2018-04-17T10:17:43.902+0000"
        );
    }
}
