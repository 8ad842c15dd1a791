//! Process instances, running and past.

use connectors::{Connector as _, LookUp};
use serde_json::{Value, json};
use whole_system::harness::Outcome;

use super::{
    PROCESSES, TASKS, begun, embedded, history, of_process, process, start, start_call, task,
};

#[tokio::test]
async fn an_instance_is_started_only_where_its_business_key_is_not_found() -> Outcome {
    let (beside, connector) = start().await?;
    let step = beside.outgoing("start", start_call("C-8101"), &[]);
    beside.recorder.take();
    let made = connector.perform(&step).await.unwrap();
    let sent = beside.recorder.take();
    let starts: Vec<usize> = (0..sent.len())
        .filter(|at| sent[*at].method == "POST")
        .collect();
    assert_eq!(starts, [sent.len() - 1], "asked first, started last");
    let body = sent[starts[0]].json();
    assert_eq!(
        (&body["businessKey"], &body["processDefinitionKey"]),
        (&json!("C-8101"), &json!("dispute"))
    );
    let asked = sent
        .iter()
        .any(|s| s.path.contains("processInstanceBusinessKey=C-8101"));
    assert!(asked, "open tasks are asked, too");
    // Another step, another wish: it joins what runs under the key.
    let other = beside.outgoing("other", start_call("C-8101"), &[]);
    let joined = connector.perform(&other).await.unwrap();
    assert_eq!(
        (joined.remote_ref, &joined.detail["attached"]),
        (made.remote_ref, &json!(true))
    );
    assert_eq!(beside.effects("start").await?.len(), 1);
    // The service itself takes any key twice.
    begun(&beside, "C-8101").await?;
    assert_eq!(
        history(&beside, "historic-process-instances", "businessKey=C-8101")
            .await?
            .len(),
        2
    );
    let unknown = json!({"processDefinitionKey": "no-such-model"});
    assert_eq!(beside.refused("POST", PROCESSES, unknown).await?, 400);
    assert_eq!(beside.refused("POST", PROCESSES, json!({})).await?, 400);
    Ok(())
}

#[tokio::test]
async fn a_start_whose_answer_was_lost_is_found_by_its_key_and_not_repeated() -> Outcome {
    let (beside, connector) = start().await?;
    let step = beside.outgoing("start", start_call("C-8102"), &[]);
    assert_eq!(connector.look_up(&step).await.unwrap(), LookUp::Absent);
    let fault =
        json!({"system": "workflow", "operation": "start", "kind": "drop_response", "count": 1});
    beside.sandbox.fault(fault).await?;
    let lost = connector.perform(&step).await;
    assert!(
        matches!(lost, Err(connectors::CallError::Unknown(_))),
        "{lost:?}"
    );
    let LookUp::Found(found) = connector.look_up(&step).await.unwrap() else {
        panic!("not found")
    };
    assert_eq!(found.detail["attached"], false, "it is ours");
    let again = connector.perform(&step).await.unwrap();
    assert_eq!(again.remote_ref, found.remote_ref);
    assert_eq!(beside.effects("start").await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn an_instance_is_suspended_activated_and_cancelled_and_then_past() -> Outcome {
    let (beside, connector) = start().await?;
    let (id, first) = begun(&beside, "C-8103").await?;
    let path = format!("{PROCESSES}/{id}");
    let active = async || -> Outcome<usize> {
        let path = format!("{TASKS}?active=true&processInstanceId={id}");
        Ok(embedded(&beside.ask("GET", &path, Value::Null).await?, "tasks").len())
    };
    for (action, suspended) in [("suspend", true), ("activate", false)] {
        let body = json!({"action": action, "comment": "why"});
        let said = beside.ask("PUT", &path, body).await?;
        assert_eq!(said["suspended"], suspended);
        assert_eq!(active().await?, usize::from(!suspended));
    }
    assert_eq!(
        beside
            .refused("PUT", &path, json!({"action": "pause"}))
            .await?,
        400
    );
    let listed = format!("{PROCESSES}?processDefinitionKey=dispute&count=1000");
    let running = async || -> Outcome<bool> {
        let listed = beside.ask("GET", &listed, Value::Null).await?;
        Ok(embedded(&listed, "process-instances")
            .iter()
            .any(|p| p["id"] == id.as_str()))
    };
    assert!(running().await?);
    let begun = beside.pull(&connector, "processes", None).await;
    assert_eq!(process(&begun, &id).unwrap().state, "running");

    beside.advance(60).await?;
    beside.ask("DELETE", &path, Value::Null).await?;
    assert!(!running().await?);
    assert_eq!(beside.refused("GET", &path, Value::Null).await?, 404);
    assert_eq!(beside.refused("DELETE", &path, Value::Null).await?, 404);
    assert_eq!(of_process(&beside, &id).await?, [] as [Value; 0]);
    beside.advance(1).await?;
    let ended = beside
        .pull(&connector, "processes", Some(begun.cursor))
        .await;
    let ended = process(&ended, &id).unwrap();
    assert_eq!(
        (ended.state.as_str(), ended.ended_at.is_some()),
        ("terminated", true)
    );
    let done = beside.pull(&connector, "tasks_done", None).await;
    assert_eq!(task(&done, &first).unwrap().state, "cancelled");
    Ok(())
}

#[tokio::test]
async fn the_history_knows_finished_work_by_key_person_and_window() -> Outcome {
    let (beside, connector) = start().await?;
    let done = beside.pull(&connector, "tasks_done", None).await;
    beside.advance(600).await?;
    let before = beside.now().rfc3339();
    beside.advance(1).await?;
    let (id, _) = begun(&beside, "C-8104").await?;
    // All stages, to the end.
    let mut finished = Vec::new();
    while let [next, ..] = &of_process(&beside, &id).await?[..] {
        let next = next["id"].as_str().unwrap().to_owned();
        let path = format!("{TASKS}/{next}");
        beside
            .ask(
                "POST",
                &path,
                json!({"action": "claim", "assignee": "lena.kovar"}),
            )
            .await?;
        beside
            .ask(
                "POST",
                &path,
                json!({"action": "complete", "outcome": "agreed"}),
            )
            .await?;
        finished.push(next);
    }
    assert_eq!(finished.len(), 4);
    beside.advance(1).await?;
    let after = beside.now().rfc3339();
    let count = async |what: &str, query: String| -> Outcome<usize> {
        Ok(history(&beside, what, &format!("{query}&count=1000"))
            .await?
            .len())
    };
    let tasks = "historic-task-instances";
    assert_eq!(
        count(
            tasks,
            format!("taskCompletedAfter={before}&taskCompletedBefore={after}")
        )
        .await?,
        4
    );
    assert_eq!(
        count(tasks, format!("taskCompletedAfter={after}")).await?,
        0
    );
    assert_eq!(
        count(
            tasks,
            format!("taskCreatedAfter={before}&taskAssignee=lena.kovar")
        )
        .await?,
        4
    );
    assert_eq!(
        count(
            tasks,
            format!("taskCreatedBefore={before}&processBusinessKey=C-8104")
        )
        .await?,
        0
    );
    assert_eq!(
        count(
            tasks,
            "processBusinessKey=C-8104&processFinished=true&finished=true".into()
        )
        .await?,
        4
    );
    assert_eq!(
        count(tasks, "processBusinessKey=C-8104&finished=false".into()).await?,
        0
    );
    let processes = "historic-process-instances";
    let window = format!(
        "startedAfter={before}&startedBefore={after}&finishedAfter={before}&finishedBefore={after}"
    );
    assert_eq!(
        count(
            processes,
            format!("{window}&finished=true&businessKey=C-8104")
        )
        .await?,
        1
    );
    assert_eq!(count(processes, format!("startedAfter={after}")).await?, 0);
    // Only what is new is read after a first read.
    let more = beside
        .pull(&connector, "tasks_done", Some(done.cursor))
        .await;
    assert!(
        finished
            .iter()
            .all(|id| task(&more, id).is_some_and(|t| t.state == "completed"))
    );
    assert!(
        more.records.len() < done.records.len() / 2,
        "{}",
        more.records.len()
    );
    Ok(())
}

#[tokio::test]
async fn variables_comments_and_a_diagram_hang_on_an_instance() -> Outcome {
    let (beside, _) = start().await?;
    let (id, _) = begun(&beside, "C-8105").await?;
    let path = |what: &str| format!("{PROCESSES}/{id}/{what}");
    let names = async || -> Outcome<Vec<String>> {
        let all = embedded(
            &beside.ask("GET", &path("variables"), Value::Null).await?,
            "variables",
        );
        Ok(all
            .iter()
            .map(|v| v["name"].as_str().unwrap().to_owned())
            .collect())
    };
    beside
        .ask(
            "POST",
            &path("variables"),
            json!([{"name": "amount", "value": "8,823.20"}]),
        )
        .await?;
    assert_eq!(names().await?, ["partner_id", "amount"]);
    let one = path("variables/amount");
    assert_eq!(
        beside.ask("GET", &one, Value::Null).await?["value"],
        "8,823.20"
    );
    let changed = beside
        .ask("PUT", &one, json!({"name": "amount", "value": 12}))
        .await?;
    assert_eq!(
        (&changed["value"], &changed["type"]),
        (&json!(12), &json!("integer"))
    );
    beside.ask("DELETE", &one, Value::Null).await?;
    for method in ["GET", "PUT", "DELETE"] {
        assert_eq!(
            beside.refused(method, &one, json!({})).await?,
            404,
            "{method}"
        );
    }
    assert_eq!(names().await?, ["partner_id"]);

    let said = beside
        .ask(
            "POST",
            &path("comments"),
            json!({"message": "Held – geprüft", "type": "note"}),
        )
        .await?;
    let comment = path(&format!("comments/{}", said["id"].as_str().unwrap()));
    assert_eq!(beside.ask("GET", &comment, Value::Null).await?, said);
    let listed = embedded(
        &beside.ask("GET", &path("comments"), Value::Null).await?,
        "comments",
    );
    assert_eq!(listed, [said]);
    let past = history(
        &beside,
        "historic-process-instances",
        "businessKey=C-8105&includeProcessComments=true",
    );
    assert_eq!(past.await?[0]["comments"], json!(listed));
    beside.ask("DELETE", &comment, Value::Null).await?;
    assert_eq!(beside.refused("DELETE", &comment, Value::Null).await?, 404);

    let picture = beside.raw("GET", &path("diagram"), &[], "").await?;
    assert_eq!(
        (picture.status, picture.media_type.as_str()),
        (200, "image/svg+xml")
    );
    assert_eq!(picture.text().matches("<rect").count(), 3);
    Ok(())
}

#[tokio::test]
async fn models_and_executions_are_listed() -> Outcome {
    let (beside, _) = start().await?;
    let (id, _) = begun(&beside, "C-8106").await?;
    let models = beside
        .ask("GET", "/workflow/v1/runtime/models", Value::Null)
        .await?;
    let models = embedded(&models, "models");
    assert!(
        models
            .iter()
            .any(|m| m["key"] == "dispute" && m["id"] == "dispute:1")
    );
    // By the id of a model as well as by its key.
    let by_id = json!({"processDefinitionId": "dispute:1", "comment": {"message": "by id", "type": "note"}});
    let made = beside.ask("POST", PROCESSES, by_id).await?;
    assert_eq!(made["comments"][0]["message"], "by id");
    let executions = format!("/workflow/v1/executions?processInstanceId={id}");
    let executions = embedded(
        &beside.ask("GET", &executions, Value::Null).await?,
        "executions",
    );
    assert_eq!(executions[0]["processInstanceId"], id.as_str());
    Ok(())
}
