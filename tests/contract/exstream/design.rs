//! Templates and documents as resources: found, locked, approved one by one and many at once.

use domain::record::Record;
use serde_json::{Value, json};
use whole_system::harness::Outcome;

use super::{DESIGN, ids, render, start};
use connectors::Connector as _;

const FOUND: &str =
    "filter.types=exstrapplication&filter.latestVersion=true&fetchApproval=true&count=200";

#[tokio::test]
async fn templates_are_found_by_type_state_version_and_date_with_their_approval() -> Outcome {
    let (beside, connector) = start().await?;
    let found = async |more: &str| {
        beside
            .ask("GET", &format!("{DESIGN}?{FOUND}{more}"), Value::Null)
            .await
    };
    let approved = found("&filter.states=APPROVED").await?;
    let rows = approved["data"].as_array().unwrap();
    assert!(rows.len() > 10, "{}", rows.len());
    for row in rows {
        assert_eq!(row["approvalInfo"]["state"], "APPROVED");
        let levels = row["approvalInfo"]["approvals"].as_array().unwrap();
        assert!(
            levels
                .iter()
                .all(|l| l["approved"] == true && l["pending"] == false)
        );
    }
    let drafts = found("&filter.states=DRAFT").await?;
    assert!(
        ids(&drafts["data"])
            .iter()
            .all(|id| !ids(&approved["data"]).contains(id))
    );
    let documents = format!("{DESIGN}?filter.types=exstrdocument");
    let none = beside.ask("GET", &documents, Value::Null).await?;
    assert_eq!(none["data"], json!([]));

    beside.advance(1).await?;
    let since = beside.now().rfc3339();
    let event = json!({"kind": "template", "key": "SDN-02", "state": "APPROVED"});
    let made = beside.happens(event).await?;
    let changed = found(&format!("&filter.lastModifiedDateStart={since}")).await?;
    let text = made.to_string();
    assert!(
        ids(&changed["data"]).iter().all(|id| text.contains(id))
            && !ids(&changed["data"]).is_empty()
    );
    let before = found(&format!("&filter.lastModifiedDateEnd={since}")).await?;
    assert!(ids(&before["data"]).iter().all(|id| !text.contains(id)));

    let pulled = beside.pull(&connector, "templates", None).await;
    let versions: Vec<_> = pulled
        .all()
        .filter_map(|record| match record {
            Record::Template(t) if t.key == "SDN-02" && t.language == "en" => {
                Some((t.version, t.state.as_str()))
            }
            _ => None,
        })
        .collect();
    assert_eq!(versions, [(4, "APPROVED")]);
    Ok(())
}

/// Drafts of letters, which are resources too.
async fn drafts(
    beside: &crate::beside::Beside,
    connector: &connectors::exstream::ExstreamConnector,
    count: usize,
) -> Vec<String> {
    let mut made = Vec::new();
    for n in 0..count {
        let step = render(beside, &format!("N-72{n:02}"), "letter", "a@b.example");
        made.push(connector.perform(&step).await.unwrap().remote_ref);
    }
    made
}

#[tokio::test]
async fn an_approval_goes_its_way_and_skips_no_state() -> Outcome {
    let (beside, connector) = start().await?;
    let id = drafts(&beside, &connector, 1).await.remove(0);
    let resource = format!("{DESIGN}/{id}");
    let state = format!("{resource}/state");
    let to = |word: &str| json!({"state": word, "auditedComment": "why", "locked": false});
    for word in ["APPROVED", "REJECTED"] {
        assert_eq!(
            beside.refused("PUT", &state, to(word)).await?,
            409,
            "{word} from draft"
        );
    }
    for word in ["REVIEW", "REJECTED", "DRAFT", "REVIEW", "APPROVED"] {
        let said = beside.ask("PUT", &state, to(word)).await?;
        assert_eq!(said["status"], "success");
        let read = beside.ask("GET", &resource, Value::Null).await?;
        assert_eq!(read["data"]["approvalInfo"]["state"], word);
        assert_eq!(read["data"]["approvalInfo"]["pending"], word == "REVIEW");
    }
    assert_eq!(beside.refused("PUT", &state, to("FINISHED")).await?, 400);
    let none = format!("{DESIGN}/none/state");
    assert_eq!(beside.refused("PUT", &none, to("REVIEW")).await?, 404);
    Ok(())
}

#[tokio::test]
async fn a_bulk_approval_that_half_succeeds_says_which_half() -> Outcome {
    let (beside, connector) = start().await?;
    let made = drafts(&beside, &connector, 4).await;
    beside
        .ask("POST", &format!("{DESIGN}/{}/lock", made[1]), Value::Null)
        .await?;
    beside
        .ask(
            "PUT",
            &format!("{DESIGN}/{}/state", made[2]),
            json!({"state": "REVIEW"}),
        )
        .await?;
    let all = json!({
        "resourceIds": [made[0], made[1], made[2], "none", made[3]], "state": "REVIEW",
        "auditedComment": "all of them", "locked": false,
    });
    let said = beside.ask("PUT", &format!("{DESIGN}/state"), all).await?;
    let bucket = |name: &str| said["data"][name].clone();
    assert_eq!(bucket("stateChangedResources"), json!([made[0], made[3]]));
    assert_eq!(bucket("resourceLockedExceptionResources"), json!([made[1]]));
    assert_eq!(
        bucket("invalidStateForUpdateExceptionResources"),
        json!([made[2]])
    );
    assert_eq!(bucket("errorResources"), json!(["none"]));
    for name in [
        "permissionDenied",
        "notAllChildrenApproved",
        "domainNotFound",
        "workflow",
        "unexpected",
    ] {
        assert_eq!(
            bucket(&format!("{name}ExceptionResources")),
            json!([]),
            "{name}"
        );
    }
    for (id, state) in made.iter().zip(["REVIEW", "DRAFT", "REVIEW", "REVIEW"]) {
        let read = beside
            .ask("GET", &format!("{DESIGN}/{id}"), Value::Null)
            .await?;
        assert_eq!(read["data"]["state"], state);
    }
    Ok(())
}

#[tokio::test]
async fn a_lock_is_held_by_one_and_keeps_the_state_as_it_is() -> Outcome {
    let (beside, connector) = start().await?;
    let id = drafts(&beside, &connector, 1).await.remove(0);
    let lock = format!("{DESIGN}/{id}/lock");
    beside.ask("POST", &lock, Value::Null).await?;
    assert_eq!(beside.refused("POST", &lock, Value::Null).await?, 409);
    let locked = beside
        .ask("GET", &format!("{DESIGN}/{id}"), Value::Null)
        .await?;
    assert_eq!(locked["data"]["locked"], true);
    let state = format!("{DESIGN}/{id}/state");
    assert_eq!(
        beside
            .refused("PUT", &state, json!({"state": "REVIEW"}))
            .await?,
        409
    );
    beside.ask("DELETE", &lock, Value::Null).await?;
    beside
        .ask("PUT", &state, json!({"state": "REVIEW"}))
        .await?;
    Ok(())
}

#[tokio::test]
async fn a_fingerprint_changes_with_the_content_and_with_nothing_else() -> Outcome {
    let (beside, connector) = start().await?;
    let made = drafts(&beside, &connector, 2).await;
    let path = format!("{DESIGN}/Etag/Descriptors");
    let prints = async || {
        beside
            .ask("POST", &path, json!([made[0], made[1], "none"]))
            .await
    };
    let before = prints().await?;
    assert_eq!(ids(&before["data"]), [made[0].as_str(), made[1].as_str()]);
    beside
        .ask(
            "PUT",
            &format!("{DESIGN}/{}/state", made[0]),
            json!({"state": "REVIEW"}),
        )
        .await?;
    assert_eq!(prints().await?, before, "its state is not its content");
    beside
        .happens(json!({"kind": "letter_change", "notice_id": "N-7200"}))
        .await?;
    let after = prints().await?;
    assert_ne!(after["data"][0]["etag"], before["data"][0]["etag"]);
    assert_eq!(after["data"][1], before["data"][1]);
    Ok(())
}
