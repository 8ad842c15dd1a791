//! Tasks and what hangs on them.

use domain::operation::{Call, Operation};
use serde_json::{Value, json};
use whole_system::harness::Outcome;

use super::{
    TASKS, begun, claim, complete, embedded, history, of_process, start, start_call, task,
};
use crate::beside::{Beside, whole_manifest};

async fn act(beside: &Beside, task: &str, body: Value) -> Outcome<Value> {
    beside.ask("POST", &format!("{TASKS}/{task}"), body).await
}

async fn read(beside: &Beside, task: &str) -> Outcome<Value> {
    beside
        .ask("GET", &format!("{TASKS}/{task}"), Value::Null)
        .await
}

#[tokio::test]
async fn every_operation_is_confirmed_found_again_and_never_happens_twice() -> Outcome {
    let (beside, connector) = start().await?;
    let begin = beside.outgoing("start", start_call("C-8001"), &[]);
    let process = beside.drive(&connector, &begin).await?.remote_ref;
    let tasks = of_process(&beside, &process).await?;
    let id = tasks[0]["id"].as_str().unwrap();
    let due_at = beside.now().plus(30 * 3_600_000).0;
    let assign = Call::AssignTask {
        task_id: id.into(),
        assignee: "mara.tindal".into(),
    };
    let due = Call::SetDue {
        task_id: id.into(),
        due_at,
    };
    let mut driven = vec![Operation::StartProcess];
    for call in [
        claim(id, "lena.kovar"),
        assign,
        due,
        complete(id, "approved"),
    ] {
        driven.push(call.operation());
        let step = beside.outgoing(call.operation().word(), call, &[]);
        let before = connectors::Connector::look_up(&connector, &step)
            .await
            .unwrap();
        assert_eq!(before, connectors::LookUp::Absent, "{:?}", step.call);
        beside.drive(&connector, &step).await?;
    }
    whole_manifest(&connector, &driven);
    Ok(())
}

#[tokio::test]
async fn an_empty_list_has_no_embedded_member_and_a_long_one_has_a_next_page() -> Outcome {
    let (beside, connector) = start().await?;
    let none = format!("{TASKS}?assignee=nobody.at.all");
    let none = beside.ask("GET", &none, Value::Null).await?;
    assert!(none.get("_embedded").is_none(), "{none}");
    assert_eq!(embedded(&none, "tasks"), [] as [Value; 0]);
    assert!(none["_links"].get("next").is_none());

    let page = |offset: usize| format!("{TASKS}?count=7&offset={offset}&sort=createTime&order=asc");
    let mut seen = Vec::new();
    loop {
        let answer = beside.ask("GET", &page(seen.len()), Value::Null).await?;
        let items = embedded(&answer, "tasks");
        seen.extend(items.iter().map(|t| t["id"].as_str().unwrap().to_owned()));
        let total = usize::try_from(answer["page"]["totalElements"].as_u64().unwrap()).unwrap();
        assert_eq!(answer["_links"].get("next").is_some(), seen.len() < total);
        if seen.len() == total {
            break;
        }
    }
    assert!(seen.len() > 14, "{}", seen.len());
    let pulled = beside.pull(&connector, "tasks_open", None).await;
    assert_eq!(pulled.records.len(), seen.len());
    assert!(seen.iter().all(|id| task(&pulled, id).is_some()));
    Ok(())
}

#[tokio::test]
async fn tasks_are_asked_for_by_what_they_are() -> Outcome {
    let (beside, _) = start().await?;
    let (process, id) = begun(&beside, "C-8002").await?;
    act(
        &beside,
        &id,
        json!({"action": "claim", "assignee": "lena.kovar"}),
    )
    .await?;
    let change =
        json!({"priority": 77, "owner": "mara.tindal", "dueDate": "2031-02-03T00:00:00.000Z"});
    beside.ask("PUT", &format!("{TASKS}/{id}"), change).await?;
    let found = async |query: &str| -> Outcome<bool> {
        let path = format!("{TASKS}?count=1000&{query}");
        let found = embedded(&beside.ask("GET", &path, Value::Null).await?, "tasks");
        Ok(found.iter().any(|t| t["id"] == id.as_str()))
    };
    for (fits, other) in [
        ("name=Review%20dispute", "name=Review"),
        ("nameLike=Review%25", "nameLike=Check%25"),
        ("assignee=lena.kovar", "assignee=mara.tindal"),
        ("assigneeLike=lena%25", "assigneeLike=mara%25"),
        ("owner=mara.tindal", "owner=lena.kovar"),
        ("candidateGroup=customer-service", "candidateGroup=finance"),
        (
            "candidateGroups=finance,customer-service",
            "candidateGroups=finance,logistics",
        ),
        (
            "candidateOrAssigned=lena.kovar",
            "candidateOrAssigned=mara.tindal",
        ),
        ("involvedUser=lena.kovar", "involvedUser=nobody"),
        ("priority=77", "priority=50"),
        ("minimumPriority=77", "minimumPriority=78"),
        ("maximumPriority=77", "maximumPriority=76"),
        (
            "processInstanceBusinessKey=C-8002",
            "processInstanceBusinessKey=C-8003",
        ),
        (
            "processInstanceBusinessKeyLike=C-80%25",
            "processInstanceBusinessKeyLike=D%25",
        ),
        ("processDefinitionKey=dispute", "processDefinitionKey=claim"),
        (
            "dueOn=2031-02-03T12:00:00.000Z",
            "dueOn=2031-02-04T12:00:00.000Z",
        ),
        (
            "dueAfter=2031-02-01T00:00:00.000Z",
            "dueBefore=2031-02-01T00:00:00.000Z",
        ),
        (
            "createdAfter=2020-01-01T00:00:00.000Z",
            "createdBefore=2020-01-01T00:00:00.000Z",
        ),
        ("category=dispute", "category=other"),
        ("active=true", "unassigned=true"),
        ("excludeSubTasks=true", "withoutDueDate=true"),
    ] {
        assert!(found(fits).await?, "{fits}");
        assert!(!found(other).await?, "{other}");
    }
    let with = format!(
        "{TASKS}?processInstanceIdWithChildren={process}&includeProcessVariables=true&includeTaskLocalVariables=true\
         &includeTaskComments=true&includeTaskAssignments=true"
    );
    let one = embedded(&beside.ask("GET", &with, Value::Null).await?, "tasks").remove(0);
    assert_eq!(one["variables"][0]["name"], "partner_id");
    assert_eq!(one["assignments"][0]["group"], "customer-service");
    assert_eq!(one["comments"], json!([]));
    Ok(())
}

#[tokio::test]
async fn a_delegated_task_is_resolved_by_the_one_and_completed_by_the_other() -> Outcome {
    let (beside, connector) = start().await?;
    let (process, id) = begun(&beside, "C-8004").await?;
    act(
        &beside,
        &id,
        json!({"action": "claim", "assignee": "lena.kovar"}),
    )
    .await?;
    act(
        &beside,
        &id,
        json!({"action": "delegate", "assignee": "mara.tindal"}),
    )
    .await?;
    let delegated = read(&beside, &id).await?;
    assert_eq!(
        (
            &delegated["assignee"],
            &delegated["owner"],
            &delegated["delegationState"]
        ),
        (
            &json!("mara.tindal"),
            &json!("lena.kovar"),
            &json!("pending")
        )
    );
    let path = format!("{TASKS}/{id}");
    let early = json!({"action": "complete", "outcome": "approved"});
    assert_eq!(beside.refused("POST", &path, early).await?, 400);
    act(
        &beside,
        &id,
        json!({"action": "resolve", "variables": [{"name": "found", "value": 12}]}),
    )
    .await?;
    assert_eq!(read(&beside, &id).await?["assignee"], "lena.kovar");
    let done = json!({"action": "complete", "outcome": "approved", "variables": [{"name": "agreed", "value": true}]});
    act(&beside, &id, done.clone()).await?;
    assert_eq!(
        beside.refused("POST", &path, done).await?,
        404,
        "a finished task is not found"
    );
    assert_eq!(
        beside
            .refused("POST", &path, json!({"action": "sleep"}))
            .await?,
        400
    );
    let query = format!("processInstanceId={process}&finished=true&includeTaskLocalVariables=true");
    let past = history(&beside, "historic-task-instances", &query).await?;
    let names: Vec<_> = past[0]["variables"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        (&past[0]["outcome"], names),
        (&json!("approved"), vec!["found", "agreed"])
    );
    let pulled = beside.pull(&connector, "tasks_done", None).await;
    let done = task(&pulled, &id).unwrap();
    assert_eq!(
        (done.state.as_str(), done.outcome.as_deref()),
        ("completed", Some("approved"))
    );
    assert_eq!(done.business_key.as_deref(), Some("C-8004"));
    Ok(())
}

#[tokio::test]
async fn comments_attachments_and_assignments_hang_on_a_task() -> Outcome {
    let (beside, _) = start().await?;
    let (_, id) = begun(&beside, "C-8005").await?;
    let path = |what: &str| format!("{TASKS}/{id}/{what}");
    let list = async |what: &str| -> Outcome<Vec<Value>> {
        Ok(embedded(
            &beside.ask("GET", &path(what), Value::Null).await?,
            what,
        ))
    };
    let words = "Gezählt: 12 fehlen – counted";
    let said = beside
        .ask("POST", &path("comments"), json!({"message": words}))
        .await?;
    assert_eq!(
        (&said["message"], &said["taskId"]),
        (&json!(words), &json!(id))
    );
    assert_eq!(list("comments").await?, [said]);
    assert_eq!(
        beside.refused("POST", &path("comments"), json!({})).await?,
        400
    );

    let file = json!({"name": "count.pdf", "description": "Count", "externalUrl": "https://files.example/1"});
    let made = beside.ask("POST", &path("attachments"), file).await?;
    let one = path(&format!("attachments/{}", made["id"].as_str().unwrap()));
    assert_eq!(beside.ask("GET", &one, Value::Null).await?, made);
    assert_eq!(list("attachments").await?, [made]);
    beside
        .ask(
            "DELETE",
            &format!("{one}?cascade=true&cascadeContent=true"),
            Value::Null,
        )
        .await?;
    assert_eq!(beside.refused("DELETE", &one, Value::Null).await?, 404);
    assert_eq!(list("attachments").await?, [] as [Value; 0]);
    assert_eq!(
        beside
            .refused("POST", &path("attachments"), json!({}))
            .await?,
        400
    );

    let candidate = json!({"user": "mara.tindal", "group": null, "type": "candidate"});
    for method in ["POST", "PUT"] {
        beside
            .ask(method, &path("assignments"), candidate.clone())
            .await?;
    }
    let all = list("assignments").await?;
    assert_eq!(
        all.iter().filter(|a| **a == candidate).count(),
        1,
        "{all:?}"
    );
    beside
        .ask("DELETE", &path("assignments"), candidate.clone())
        .await?;
    assert!(!list("assignments").await?.contains(&candidate));
    assert_eq!(
        beside
            .refused("POST", &path("assignments"), json!({}))
            .await?,
        400
    );
    assert_eq!(
        beside
            .refused("GET", &format!("{TASKS}/none/comments"), Value::Null)
            .await?,
        404
    );
    Ok(())
}
