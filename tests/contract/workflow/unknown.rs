//! Outcomes nobody saw, and work that somebody else did first.

use connectors::{CallError, Connector as _, LookUp};
use serde_json::json;
use whole_system::harness::Outcome;

use super::{TASKS, begun, claim, complete, history, start};

#[tokio::test]
async fn a_completion_that_timed_out_and_is_not_found_any_more_is_confirmed_by_the_history()
-> Outcome {
    let (beside, connector) = start().await?;
    let (process, id) = begun(&beside, "C-8301").await?;
    let step = beside.outgoing("complete", complete(&id, "approved"), &[]);
    let fault =
        json!({"system": "workflow", "operation": "complete", "kind": "drop_response", "count": 1});
    beside.sandbox.fault(fault).await?;
    let lost = connector.perform(&step).await;
    assert!(matches!(lost, Err(CallError::Unknown(_))), "{lost:?}");
    assert_eq!(
        beside
            .refused("GET", &format!("{TASKS}/{id}"), json!(null))
            .await?,
        404
    );
    let LookUp::Found(found) = connector.look_up(&step).await.unwrap() else {
        panic!("not found")
    };
    assert_eq!(found.detail["outcome"], "approved");
    // Sent again all the same, the 404 is known to be ours.
    let again = connector.perform(&step).await.unwrap();
    assert_eq!(again.remote_ref, id);
    assert_eq!(beside.effects("complete").await?.len(), 1);
    let query = format!("processInstanceId={process}&finished=true");
    assert_eq!(
        history(&beside, "historic-task-instances", &query)
            .await?
            .len(),
        1
    );
    Ok(())
}

#[tokio::test]
async fn a_completion_that_never_arrived_is_absent_and_done_by_the_second_try() -> Outcome {
    let (beside, connector) = start().await?;
    let (_, id) = begun(&beside, "C-8302").await?;
    let step = beside.outgoing("complete", complete(&id, "approved"), &[]);
    let fault =
        json!({"system": "workflow", "operation": "complete", "kind": "drop_request", "count": 1});
    beside.sandbox.fault(fault).await?;
    let lost = connector.perform(&step).await;
    assert!(matches!(lost, Err(CallError::Unknown(_))), "{lost:?}");
    assert_eq!(connector.look_up(&step).await.unwrap(), LookUp::Absent);
    connector.perform(&step).await.unwrap();
    assert_eq!(beside.effects("complete").await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn another_ones_completion_is_a_conflict_even_with_the_same_outcome() -> Outcome {
    let (beside, connector) = start().await?;
    let (_, id) = begun(&beside, "C-8303").await?;
    let done = json!({"kind": "task_completed", "task_id": id, "outcome": "approved", "assignee": "mara.tindal"});
    beside.happens(done).await?;
    let other = beside.outgoing("complete", complete(&id, "approved"), &[]);
    let Err(CallError::Conflict { theirs, .. }) = connector.perform(&other).await else {
        panic!("a conflict")
    };
    assert_eq!(
        (&theirs["outcome"], &theirs["assignee"]),
        (&json!("approved"), &json!("mara.tindal"))
    );
    // By another step of ours it is told apart, too.
    let (_, id) = begun(&beside, "C-8304").await?;
    let first = beside.outgoing("first", complete(&id, "approved"), &[]);
    connector.perform(&first).await.unwrap();
    let second = beside.outgoing("second", complete(&id, "approved"), &[]);
    let found = connector.look_up(&second).await.unwrap();
    assert!(matches!(found, LookUp::CannotTell(_)), "{found:?}");
    let said = connector.perform(&second).await;
    assert!(matches!(said, Err(CallError::Conflict { .. })), "{said:?}");
    assert_eq!(beside.effects("complete").await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_claim_by_another_is_a_conflict_that_names_the_winner() -> Outcome {
    let (beside, connector) = start().await?;
    let (_, id) = begun(&beside, "C-8305").await?;
    let theirs = json!({"action": "claim", "assignee": "priya.nandakumar"});
    let path = format!("{TASKS}/{id}");
    beside.ask("POST", &path, theirs).await?;
    let ours = json!({"action": "claim", "assignee": "lena.kovar"});
    let answer = beside
        .raw(
            "POST",
            &path,
            &[("content-type", "application/json")],
            ours.to_string(),
        )
        .await?;
    assert_eq!(answer.status, 409);
    let said = answer.json();
    assert!(
        said["exception"].is_string() && said["details"].is_string(),
        "{said}"
    );
    let step = beside.outgoing("claim", claim(&id, "lena.kovar"), &[]);
    let Err(CallError::Conflict { theirs, .. }) = connector.perform(&step).await else {
        panic!("a conflict")
    };
    assert_eq!(theirs["assignee"], "priya.nandakumar");
    assert_eq!(connector.look_up(&step).await.unwrap(), LookUp::Absent);
    assert_eq!(beside.effects("claim").await?.len(), 1);
    Ok(())
}
