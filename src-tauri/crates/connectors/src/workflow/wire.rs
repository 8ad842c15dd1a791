//! Tasks and process instances as the service words them (HAL), read into records.

use domain::{
    Millis,
    record::{Process, Record, Task},
};
use serde_json::Value;

use crate::{fields::Fields, port::Unfit};

/// The items of a HAL list and how many there are in all. `_embedded` is absent when there are none.
pub(super) fn items<'a>(body: &'a Value, key: &str) -> Result<(&'a [Value], Option<usize>), Unfit> {
    let fields = Fields::of(body, "answer")?;
    let total = fields
        .opt_object("page")?
        .map(|p| p.opt_integer("totalElements"))
        .transpose()?
        .flatten();
    let items = match fields.opt_object("_embedded")? {
        Some(embedded) => embedded.list(key)?,
        // A page without `page` and without `_embedded` is not this service's answer.
        None if total.is_none() && fields.value("_links").is_none() => {
            return Err(Unfit {
                code: "WIRE_MISSING".into(),
                message: "answer.page is missing".into(),
            });
        }
        None => &[],
    };
    Ok((items, total.and_then(|t| usize::try_from(t).ok())))
}

fn candidate_group(fields: &Fields<'_>) -> Result<Option<String>, Unfit> {
    for (i, item) in fields.list("assignments")?.iter().enumerate() {
        let assignment = Fields::of(item, format!("assignments[{i}]"))?;
        if let Some(group) = assignment.opt_text("group")? {
            return Ok(Some(group));
        }
    }
    Ok(None)
}

/// A task of the runtime or of the history; `business_key` is asked with the id of its process instance.
pub(super) fn task(
    value: &Value,
    place: &str,
    business_key: impl Fn(&str) -> Option<String>,
) -> Result<Record, Unfit> {
    let fields = Fields::of(value, place)?;
    let process_id = fields.opt_id("processInstanceId")?;
    let told = match fields.opt_id("processBusinessKey")? {
        Some(key) => Some(key),
        None => fields.opt_id("processInstanceBusinessKey")?,
    };
    let assignee = fields.opt_text("assignee")?;
    let claimed_at = fields.opt_time("claimTime")?;
    let completed_at = fields.opt_time("endTime")?;
    let cancelled = fields.opt_text("deleteReason")?;
    let state = match (completed_at, &assignee, claimed_at) {
        (Some(_), _, _) if cancelled.is_some() => "cancelled",
        (Some(_), _, _) => "completed",
        (None, Some(_), Some(_)) => "claimed",
        (None, Some(_), None) => "assigned",
        (None, None, _) => "created",
    };
    Ok(Record::Task(Task {
        id: fields.id("id")?,
        name: fields.text("name")?,
        business_key: told.or_else(|| process_id.as_deref().and_then(business_key)),
        process_id,
        assignee,
        group: candidate_group(&fields)?,
        state: state.into(),
        outcome: fields.opt_text("outcome")?,
        priority: fields.integer_or("priority", 50)?,
        created_at: fields.time("createTime")?,
        claimed_at,
        due_at: fields.opt_time("dueDate")?,
        completed_at,
    }))
}

/// A process instance of the runtime or of the history.
pub(super) fn process(value: &Value, place: &str) -> Result<Record, Unfit> {
    let fields = Fields::of(value, place)?;
    let ended_at = fields.opt_time("endTime")?;
    let cancelled = fields.opt_text("deleteReason")?.is_some();
    let ended = ended_at.is_some() || fields.flag("ended")?;
    let state = match (ended, cancelled) {
        (true, true) => "terminated",
        (true, false) => "completed",
        (false, _) => "running",
    };
    let definition_key = match fields.opt_text("processDefinitionKey")? {
        Some(key) => key,
        // `key:version:id` is how the engine builds the definition id.
        None => fields
            .opt_text("processDefinitionId")?
            .and_then(|id| id.split(':').next().map(str::to_owned))
            .unwrap_or_default(),
    };
    Ok(Record::Process(Process {
        id: fields.id("id")?,
        name: match fields.opt_text("name")? {
            Some(name) => name,
            None => fields
                .opt_text("processDefinitionName")?
                .unwrap_or_else(|| definition_key.clone()),
        },
        definition_key,
        business_key: fields.opt_id("businessKey")?,
        started_at: fields.time("startTime")?,
        ended_at,
        state: state.into(),
    }))
}

/// The value of a variable by name.
pub(super) fn variable<'a>(item: &'a Value, name: &str) -> Option<&'a Value> {
    item.get("variables")?
        .as_array()?
        .iter()
        .find(|v| v.get("name").and_then(Value::as_str) == Some(name))?
        .get("value")
}

/// ISO with milliseconds and Z, as the parameters of the service want it.
pub(super) fn parameter(at: Millis) -> String {
    at.rfc3339()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_absent_embedded_member_is_an_empty_list() {
        let body = json!({"page": {"totalElements": 0}, "_links": {}});
        assert_eq!(items(&body, "tasks").unwrap(), (&[][..], Some(0)));
        assert_eq!(items(&json!({}), "tasks").unwrap_err().code, "WIRE_MISSING");
        assert_eq!(items(&json!([]), "tasks").unwrap_err().code, "WIRE_TYPE");
    }

    #[test]
    fn times_with_an_offset_without_colon_are_read() {
        let value = json!({
            "id": 7, "name": "Review", "createTime": "2018-04-17T10:17:43.902+0000",
            "processInstanceId": "3", "assignee": "lena.kovar", "claimTime": "2018-04-17T10:18:43.902+0000",
            "assignments": [{"user": null, "group": "finance", "type": "candidate"}],
        });
        let Record::Task(task) = task(&value, "t", |id| Some(format!("key-{id}"))).unwrap() else {
            panic!("a task");
        };
        assert_eq!(task.created_at, Millis(1_523_960_263_902));
        assert_eq!(task.state, "claimed");
        assert_eq!(task.group.as_deref(), Some("finance"));
        assert_eq!(task.business_key.as_deref(), Some("key-3"));
    }

    #[test]
    fn an_instance_deleted_with_a_reason_is_terminated() {
        let value = json!({
            "id": "1", "startTime": "2018-04-17T10:17:43.902+0000", "ended": true,
            "endTime": "2018-04-17T10:17:44.902+0000", "deleteReason": "cancelled",
            "processDefinitionId": "dispute:1:9",
        });
        let Record::Process(process) = process(&value, "p").unwrap() else {
            panic!("a process");
        };
        assert_eq!(process.state, "terminated");
        assert_eq!(process.definition_key, "dispute");
    }
}
