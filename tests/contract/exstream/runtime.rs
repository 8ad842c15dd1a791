//! Jobs, flow instances and flow steps.

use serde_json::{Value, json};
use whole_system::harness::Outcome;

use super::{RUNTIME, ids, released, start};
use crate::beside::Beside;

async fn read(beside: &Beside, path: &str) -> Outcome<Value> {
    let answer = beside
        .ask("GET", &format!("{RUNTIME}/{path}"), Value::Null)
        .await?;
    assert_eq!(answer["status"], "success", "{path}");
    Ok(answer)
}

#[tokio::test]
async fn jobs_are_listed_by_filter_in_pages_and_read_one_by_one() -> Outcome {
    let (beside, connector) = start().await?;
    let job = released(&beside, &connector, "N-7101", "letter", "a@b.example").await;
    let found = read(&beside, "jobs?filter=externalId:N-7101").await?;
    assert_eq!(ids(&found["data"]), [job.as_str()]);
    let page = &found["page"];
    assert_eq!(
        (&page["totalElements"], &page["pageOffset"]),
        (&json!(1), &json!(0))
    );
    for member in ["pageSize", "totalPages", "currentPageNumber"] {
        assert!(page[member].is_u64(), "{member}");
    }
    let none = read(
        &beside,
        "jobs?filter=statuses:complete,error;externalId:N-7101",
    )
    .await?;
    assert_eq!(none["data"], json!([]), "it is started");
    let one = read(&beside, &format!("jobs/{job}")).await?;
    for member in [
        "id",
        "domainId",
        "channel",
        "mode",
        "status",
        "flowModelType",
        "msg",
        "externalId",
        "triggeredBy",
        "startDate",
        "endDate",
        "expirationDate",
    ] {
        assert!(one["data"].get(member).is_some(), "{member}");
    }
    assert_eq!(
        (&one["data"]["mode"], &one["data"]["status"]),
        (&json!("ONDEMAND"), &json!("started"))
    );
    let all = read(&beside, "jobs?offset=0&count=50").await?;
    let next = read(&beside, "jobs?offset=50&count=50").await?;
    assert_eq!(ids(&all["data"]).len(), 50);
    assert!(
        ids(&next["data"])
            .iter()
            .all(|id| !ids(&all["data"]).contains(id))
    );
    // Days, no finer.
    let day = beside.now().rfc3339()[..10].to_owned();
    let today = read(
        &beside,
        &format!("jobs?filter=startDate:{day};externalId:N-7101"),
    )
    .await?;
    assert_eq!(ids(&today["data"]), [job.as_str()]);
    assert_eq!(
        beside
            .refused("GET", &format!("{RUNTIME}/jobs/none"), Value::Null)
            .await?,
        404
    );
    Ok(())
}

#[tokio::test]
async fn a_job_is_stopped_deleted_and_run_again_when_its_state_allows_it() -> Outcome {
    let (beside, connector) = start().await?;
    let path = |job: &str, what: &str| format!("{RUNTIME}/jobs/{job}{what}");
    let status = async |job: &str| read(&beside, &format!("jobs/{job}")).await;
    let first = released(&beside, &connector, "N-7102", "letter", "a@b.example").await;
    for what in [
        "",
        "/reprocessing?useCurrentFlowModel=true&useCurrentFlowContext=true",
    ] {
        let method = if what.is_empty() { "DELETE" } else { "POST" };
        assert_eq!(
            beside
                .refused(method, &path(&first, what), Value::Null)
                .await?,
            409
        );
    }
    beside
        .ask("POST", &path(&first, "/stop"), Value::Null)
        .await?;
    assert_eq!(status(&first).await?["data"]["status"], "canceled");
    let again = beside
        .ask("POST", &path(&first, "/reprocessing"), Value::Null)
        .await?;
    let second = again["data"][0]["jobId"].as_str().unwrap().to_owned();
    assert_ne!(second, first);
    assert_eq!(again["data"][0]["externalId"], "N-7102");
    assert_eq!(
        beside.effects("release").await?.len(),
        2,
        "another letter goes out"
    );
    beside.advance(60).await?;
    assert_eq!(status(&second).await?["data"]["status"], "complete");
    assert_eq!(
        beside
            .refused("POST", &path(&second, "/stop"), Value::Null)
            .await?,
        409
    );
    beside.ask("DELETE", &path(&first, ""), Value::Null).await?;
    assert_eq!(status(&first).await?["data"]["status"], "deleted");
    let bulk = format!("{RUNTIME}/jobs");
    assert_eq!(beside.refused("DELETE", &bulk, Value::Null).await?, 400);
    let bulk = format!("{bulk}?filter=externalId:N-7102;statuses:complete");
    let deleted = beside.ask("DELETE", &bulk, Value::Null).await?;
    assert_eq!(deleted["data"], json!([second]));
    assert_eq!(
        beside
            .refused("POST", &path(&second, "/reprocessing"), Value::Null)
            .await?,
        409
    );
    assert_eq!(
        beside
            .refused("DELETE", &path("none", ""), Value::Null)
            .await?,
        404
    );
    Ok(())
}

#[tokio::test]
async fn a_flow_has_an_instance_steps_and_the_files_they_hold() -> Outcome {
    let (beside, connector) = start().await?;
    let job = released(&beside, &connector, "N-7103", "letter", "a@b.example").await;
    let instances = read(&beside, &format!("flow-instances?filter=jobId:{job}")).await?;
    let [instance] = ids(&instances["data"])[..] else {
        panic!("{instances}")
    };
    let one = read(&beside, &format!("flow-instances/{instance}")).await?;
    assert_eq!(
        (&one["data"]["jobId"], &one["data"]["externalId"]),
        (&json!(job), &json!("N-7103"))
    );
    let post = async |what: &str, body: Value| {
        beside
            .ask("POST", &format!("{RUNTIME}/flow-instances/{what}"), body)
            .await
    };
    let counts = post("counts", json!({ "ids": [instance] })).await?;
    assert_eq!(counts["data"], json!({ "started": 1 }));
    let every = post("counts", json!({})).await?;
    assert!(every["data"]["complete"].as_u64().unwrap() > 10, "{every}");
    let jobs = post("associated-jobs", json!([instance])).await?;
    assert_eq!(ids(&jobs["data"]), [job.as_str()]);

    let steps = read(
        &beside,
        &format!("flow-steps?filter=flowInstanceId:{instance}"),
    )
    .await?;
    let steps = steps["data"].as_array().unwrap();
    let types: Vec<_> = steps
        .iter()
        .map(|s| s["stepType"].as_str().unwrap())
        .collect();
    assert_eq!(types, ["input", "communication", "output", "processor"]);
    for (step, before) in steps.iter().skip(1).zip(steps) {
        assert_eq!(step["previousStepId"], before["id"]);
    }
    let of_type = |kind: &str| {
        let found = steps.iter().find(|s| s["stepType"] == kind).unwrap();
        format!("flow-steps/{}", found["id"].as_str().unwrap())
    };
    let (input, output) = (of_type("input"), of_type("output"));
    assert_eq!(
        read(&beside, &output).await?["data"]["deliveryFileRetrievable"],
        true
    );
    let file = async |path: String| {
        beside
            .raw("GET", &format!("{RUNTIME}/{path}"), &[], "")
            .await
    };
    let letter = file(format!("{output}/delivery-file")).await?;
    assert!(letter.body.starts_with(b"%PDF-"));
    let artifact = file(format!("{output}/artifact/output.pdf")).await?;
    assert_eq!(artifact.body, letter.body);
    let outputs = read(&beside, &format!("{output}/delivery-file/outputs")).await?;
    assert_eq!(outputs["data"][0]["size"], letter.body.len());
    let names = read(&beside, &format!("{output}/delivery-file/output-files")).await?;
    assert_eq!(names["data"], json!(["output.pdf"]));
    let message = file(format!("{input}/message-file")).await?.json();
    assert_eq!(message["externalId"], "N-7103");
    for missing in [
        format!("{input}/delivery-file"),
        format!("{output}/artifact/other.pdf"),
    ] {
        assert_eq!(file(missing).await?.status, 404);
    }
    Ok(())
}

#[tokio::test]
async fn a_flow_is_stopped_with_its_job_and_released_only_when_it_holds() -> Outcome {
    let (beside, connector) = start().await?;
    for what in ["flow-instances", "flow-steps"] {
        let notice = format!("N-7104-{what}");
        let job = released(&beside, &connector, &notice, "letter", "a@b.example").await;
        let listed = read(&beside, &format!("{what}?filter=jobId:{job}")).await?;
        let id = ids(&listed["data"])[0].to_owned();
        let path = |verb: &str| format!("{RUNTIME}/{what}/{id}/{verb}");
        assert_eq!(
            beside
                .refused("POST", &path("release"), Value::Null)
                .await?,
            409
        );
        beside.ask("POST", &path("stop"), Value::Null).await?;
        let stopped = read(&beside, &format!("jobs/{job}")).await?;
        assert_eq!(stopped["data"]["status"], "canceled");
        let none = format!("{RUNTIME}/{what}/none/stop");
        assert_eq!(beside.refused("POST", &none, Value::Null).await?, 404);
    }
    Ok(())
}
