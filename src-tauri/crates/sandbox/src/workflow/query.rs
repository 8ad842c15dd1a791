//! The query parameters of tasks, instances and their history.

use domain::{Millis, time::DAY};

use super::{
    model::{Process, Task},
    store::Store,
};
use crate::{
    core::http::Query,
    params::{Asked, like},
};

fn on_day(at: Option<Millis>, day: Option<Millis>) -> bool {
    match (at, day) {
        (_, None) => true,
        (Some(at), Some(day)) => at.0.div_euclid(DAY) == day.0.div_euclid(DAY),
        (None, Some(_)) => false,
    }
}

fn within(at: Option<Millis>, after: Option<Millis>, before: Option<Millis>) -> bool {
    after.is_none_or(|a| at.is_some_and(|at| at > a))
        && before.is_none_or(|b| at.is_some_and(|at| at < b))
}

fn equal(params: &Query, name: &str, value: Option<&str>) -> bool {
    params.text(name).is_none_or(|wanted| value == Some(wanted))
}

fn alike(params: &Query, name: &str, value: Option<&str>) -> bool {
    params
        .text(name)
        .is_none_or(|pattern| value.is_some_and(|v| like(pattern, v)))
}

fn groups(params: &Query) -> Vec<String> {
    params
        .all("candidateGroups")
        .chain(params.all("candidateGroup"))
        .flat_map(|g| g.split(','))
        .filter(|g| !g.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Whether an open task answers a runtime query.
fn task_fits(task: &Task, process: Option<&Process>, params: &Query) -> bool {
    let key = process.and_then(|p| p.business_key.as_deref());
    let groups = groups(params);
    let assignee = task.assignee.as_deref();
    let user = |name: &str| {
        params.text(name).is_none_or(|u| {
            assignee == Some(u)
                || task
                    .assignments
                    .iter()
                    .any(|a| a.user.as_deref() == Some(u))
        })
    };
    equal(params, "name", Some(&task.name))
        && alike(params, "nameLike", Some(&task.name))
        && equal(params, "assignee", assignee)
        && alike(params, "assigneeLike", assignee)
        && equal(params, "owner", task.owner.as_deref())
        && (!params.flag("unassigned") || assignee.is_none())
        && user("candidateUser")
        && user("candidateOrAssigned")
        && user("involvedUser")
        && (groups.is_empty() || groups.iter().any(|g| task.has_group(g)))
        && equal(params, "priority", Some(&task.priority.to_string()))
        && task.priority >= i64::try_from(params.count("minimumPriority", 0)).unwrap_or(0)
        && task.priority <= i64::try_from(params.count("maximumPriority", 1_000_000)).unwrap_or(0)
        && equal(params, "processInstanceId", Some(&task.process_id))
        && equal(
            params,
            "processInstanceIdWithChildren",
            Some(&task.process_id),
        )
        && equal(params, "processInstanceBusinessKey", key)
        && alike(params, "processInstanceBusinessKeyLike", key)
        && equal(
            params,
            "processDefinitionKey",
            process.map(|p| p.definition.key),
        )
        && on_day(Some(task.created_at), params.time("createdOn"))
        && within(
            Some(task.created_at),
            params.time("createdAfter"),
            params.time("createdBefore"),
        )
        && on_day(task.due_at, params.time("dueOn"))
        && within(
            task.due_at,
            params.time("dueAfter"),
            params.time("dueBefore"),
        )
        && (!params.flag("withoutDueDate") || task.due_at.is_none())
        && (!params.flag("active") || process.is_none_or(|p| !p.suspended))
        && equal(params, "category", Some(&task.category))
}

fn sort_tasks(tasks: &mut [&Task], params: &Query, fallback: &str) {
    match params.text("sort").unwrap_or(fallback) {
        "dueDate" => tasks.sort_by_key(|t| (t.due_at, t.created_at)),
        "priority" => tasks.sort_by_key(|t| (t.priority, t.created_at)),
        "name" => tasks.sort_by(|a, b| a.name.cmp(&b.name)),
        "endTime" => tasks.sort_by_key(|t| (t.ended_at, t.id.len(), t.id.clone())),
        _ => tasks.sort_by_key(|t| (t.created_at, t.id.len(), t.id.clone())),
    }
    if params.text("order") == Some("desc") {
        tasks.reverse();
    }
}

/// Open tasks that answer a query, in the order asked for.
pub(super) fn tasks<'a>(store: &'a Store, params: &Query) -> Vec<&'a Task> {
    let mut found: Vec<&Task> = store
        .tasks
        .values()
        .filter(|t| t.is_open() && task_fits(t, store.process(&t.process_id).ok(), params))
        .collect();
    sort_tasks(&mut found, params, "createTime");
    found
}

/// Tasks of the history, finished or not.
pub(super) fn historic_tasks<'a>(store: &'a Store, params: &Query) -> Vec<&'a Task> {
    let mut found: Vec<&Task> = store
        .tasks
        .values()
        .filter(|t| {
            let process = store.process(&t.process_id).ok();
            let key = process.and_then(|p| p.business_key.as_deref());
            let finished = params.get("finished").map(|_| params.flag("finished"));
            let process_finished = params
                .get("processFinished")
                .map(|_| params.flag("processFinished"));
            finished.is_none_or(|f| f != t.is_open())
                && process_finished
                    .is_none_or(|f| process.is_some_and(|p| p.ended_at.is_some() == f))
                && equal(params, "taskId", Some(&t.id))
                && equal(params, "taskAssignee", t.assignee.as_deref())
                && equal(params, "processInstanceId", Some(&t.process_id))
                && equal(params, "processBusinessKey", key)
                && within(
                    Some(t.created_at),
                    params.time("taskCreatedAfter"),
                    params.time("taskCreatedBefore"),
                )
                && within(
                    t.ended_at,
                    params.time("taskCompletedAfter"),
                    params.time("taskCompletedBefore"),
                )
        })
        .collect();
    sort_tasks(&mut found, params, "startTime");
    found
}

/// Instances, running ones or (`history`) all.
pub(super) fn processes<'a>(store: &'a Store, params: &Query, history: bool) -> Vec<&'a Process> {
    let finished = params.get("finished").map(|_| params.flag("finished"));
    let mut found: Vec<&Process> = store
        .processes
        .values()
        .filter(|p| {
            (history || p.ended_at.is_none())
                && finished.is_none_or(|f| p.ended_at.is_some() == f)
                && equal(params, "processDefinitionKey", Some(p.definition.key))
                && equal(params, "processInstanceId", Some(&p.id))
                && (!history || equal(params, "businessKey", p.business_key.as_deref()))
                && within(
                    Some(p.started_at),
                    params.time("startedAfter"),
                    params.time("startedBefore"),
                )
                && within(
                    p.ended_at,
                    params.time("finishedAfter"),
                    params.time("finishedBefore"),
                )
        })
        .collect();
    if params.text("sort") == Some("endTime") {
        found.sort_by_key(|p| (p.ended_at, p.id.len(), p.id.clone()));
    } else {
        found.sort_by_key(|p| (p.started_at, p.id.len(), p.id.clone()));
    }
    if params.text("order") == Some("desc") {
        found.reverse();
    }
    found
}
