//! Events of letters, and OpenText Messaging, which alone knows whether a mail arrived.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use connectors::{Connector as _, exstream::ExstreamConnector};
use serde_json::{Value, json};
use whole_system::harness::Outcome;

use super::{METRICS, delivery, released, start};
use crate::beside::{Answer, Beside};

const EMAILS: &str = "/messaging/mra/v1/outbound/emails";

/// A call to Messaging with its own sign-in. What a Bearer may do there is another test.
async fn messaging(
    beside: &Beside,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: Value,
) -> Outcome<(u16, Value)> {
    let secret = |name: &str| beside.config.secret(name).unwrap_or_default();
    let url = format!("{}{path}", beside.config.base_url);
    let client = reqwest::Client::builder().no_proxy().build()?;
    let mut ask = client
        .request(method.parse().unwrap(), url)
        .basic_auth(secret("username"), Some(secret("password")));
    for (name, value) in headers {
        ask = ask.header(*name, *value);
    }
    let answer = ask.json(&body).send().await?;
    Ok((answer.status().as_u16(), answer.json().await?))
}

async fn status(beside: &Beside, job: &str) -> Outcome<Value> {
    let path = format!("{EMAILS}/status?job_id={job}");
    let (code, answer) = messaging(beside, "GET", &path, &[], Value::Null).await?;
    assert_eq!(code, 200, "{answer}");
    Ok(answer)
}

fn mail(emails: &[&str]) -> Value {
    let to = emails
        .iter()
        .map(|e| json!({"email": e, "ref": format!("to {e}")}));
    json!({
        "destinations": to.collect::<Vec<_>>(),
        "body": [{"name": "text", "charset": "utf-8", "content": "Hello"}],
        "options": {"customer_reference": "N-7301"}, "reports": [],
    })
}

#[tokio::test]
async fn a_mail_submitted_twice_under_one_id_is_one_mail() -> Outcome {
    let (beside, _) = start().await?;
    let key = [("x-mra-submitid", "submit-1")];
    let body = mail(&["ines@bramblewick.example"]);
    let first = messaging(&beside, "POST", EMAILS, &key, body.clone()).await?;
    let again = messaging(&beside, "POST", EMAILS, &key, body.clone()).await?;
    assert_eq!((first.0, &first), (200, &again));
    let changed = mail(&["other@bramblewick.example"]);
    assert_eq!(
        messaging(&beside, "POST", EMAILS, &key, changed).await?.0,
        409
    );
    let mails = beside.effects("submit_mail").await?;
    assert_eq!((mails.len(), mails[0].key.as_str()), (1, "submit-1"));
    for _ in 0..2 {
        assert_eq!(
            messaging(&beside, "POST", EMAILS, &[], body.clone())
                .await?
                .0,
            200
        );
    }
    assert_eq!(
        beside.effects("submit_mail").await?.len(),
        3,
        "without an id each is a mail"
    );
    for wrong in [
        json!({}),
        mail(&[]),
        mail(&[""]),
        json!({"destinations": [{"email": "a@b.example"}]}),
    ] {
        assert_eq!(messaging(&beside, "POST", EMAILS, &[], wrong).await?.0, 400);
    }
    // Its sign-in is its own.
    let bearer = beside.raw("POST", EMAILS, &[], body.to_string()).await?;
    assert_eq!(bearer.status, 401);
    Ok(())
}

#[tokio::test]
async fn attempts_and_notifications_come_for_each_destination_in_their_time() -> Outcome {
    let (beside, _) = start().await?;
    let to = [
        "ines@bramblewick.example",
        "bounce@bramblewick.example",
        "fail@bramblewick.example",
        "nodsn@bramblewick.example",
    ];
    let (_, made) = messaging(&beside, "POST", EMAILS, &[], mail(&to)).await?;
    let job = made["job_id"].as_str().unwrap();
    beside.advance(6).await?;
    let early = status(&beside, job).await?;
    assert_eq!(
        (&early["job_id"], &early["job_state"]),
        (&json!(job), &json!(["Processing"]))
    );
    for (mail, email) in early["deliveries"].as_array().unwrap().iter().zip(to) {
        assert_eq!(mail["email"], email);
        let reference = STANDARD
            .decode(mail["ref_base64"].as_str().unwrap())
            .unwrap();
        assert_eq!(reference, format!("to {email}").into_bytes());
        assert_eq!(mail["delivery_attempts"][0]["state"], "Submitted");
    }
    beside.advance(600).await?;
    let late = status(&beside, job).await?;
    assert_eq!(late["job_state"], json!(["Completed"]));
    let ends: Vec<_> = late["deliveries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|mail| {
            let attempts = mail["delivery_attempts"].as_array().unwrap();
            let events = &mail["events"]["email_delivery_events"];
            for kind in ["html_open", "opt_out", "pull"] {
                assert!(events[kind].is_array(), "{kind}");
            }
            let dsn = &events["dsn"][0];
            let word = |v: &Value| v.as_str().unwrap_or_default().to_owned();
            (
                word(&attempts.last().unwrap()["state"]),
                word(&dsn["action"]),
                word(&dsn["status"]),
            )
        })
        .collect();
    let expected = [
        ("Sent", "delivered", "2.0.0"),
        ("Sent", "failed", "5.1.1"),
        ("Error", "", ""),
        ("Sent", "", ""),
    ];
    for (end, (attempt, action, code)) in ends.iter().zip(expected) {
        assert_eq!(
            (end.0.as_str(), end.1.as_str(), end.2.as_str()),
            (attempt, action, code)
        );
    }
    let unknown = format!("{EMAILS}/status?job_id=none");
    assert_eq!(
        messaging(&beside, "GET", &unknown, &[], Value::Null)
            .await?
            .0,
        404
    );
    Ok(())
}

#[tokio::test]
async fn a_notice_is_delivered_bounced_or_failed_only_when_messaging_says_so() -> Outcome {
    let (beside, connector) = start().await?;
    let first = beside.pull(&connector, "deliveries", None).await;
    let ends = [
        ("ines", "delivered"),
        ("bounce", "bounced"),
        ("fail", "failed"),
        ("nodsn", "sent"),
    ];
    for (name, _) in ends {
        let (notice, email) = (format!("N-{name}"), format!("{name}@bramblewick.example"));
        released(&beside, &connector, &notice, "email", &email).await;
    }
    released(&beside, &connector, "N-paper", "letter", "a@b.example").await;
    beside.advance(7).await?;
    let pulled = beside
        .pull(&connector, "deliveries", Some(first.cursor))
        .await;
    for (name, _) in ends {
        let told = delivery(&pulled, &format!("N-{name}")).unwrap();
        assert_eq!(
            (told.state.as_str(), told.raw_state.as_str()),
            ("released", "attempt:Submitted")
        );
    }
    beside.advance(14).await?;
    let sent = beside
        .pull(&connector, "deliveries", Some(pulled.cursor))
        .await;
    let told = delivery(&sent, "N-ines").unwrap();
    assert_eq!(told.state, "sent", "sent is not delivered");
    beside.advance(600).await?;
    let ended = beside
        .pull(&connector, "deliveries", Some(sent.cursor.clone()))
        .await;
    for (name, end) in ends {
        let notice = format!("N-{name}");
        // What has ended is not asked about again.
        let told = delivery(&ended, &notice).or_else(|| delivery(&sent, &notice));
        let told = told.unwrap();
        assert_eq!(told.state, end, "{}", told.raw_state);
    }
    let jobs = beside.pull(&connector, "jobs", None).await;
    assert_eq!(
        delivery(&jobs, "N-paper").unwrap().state,
        "sent",
        "no event exists for paper"
    );
    assert_eq!(delivery(&jobs, "N-bounce").unwrap().state, "bounced");
    Ok(())
}

#[tokio::test]
async fn a_word_nobody_knows_is_kept_and_shown_as_unknown() -> Outcome {
    let (beside, _) = start().await?;
    // Messaging by way of the recorder, which puts another word into its mouth.
    let mut config = beside.config.clone();
    let messaging = format!("{}/messaging", beside.recorder.base_url());
    config.settings.insert("messaging".into(), messaging);
    let connector = ExstreamConnector::new(&config, &beside.parts());
    let first = beside.pull(&connector, "deliveries", None).await;
    released(
        &beside,
        &connector,
        "N-7302",
        "email",
        "ines@bramblewick.example",
    )
    .await;
    beside.recorder.exchange("\"Submitted\"", "\"Pondering\"");
    beside.advance(7).await?;
    let pulled = beside
        .pull(&connector, "deliveries", Some(first.cursor))
        .await;
    let told = delivery(&pulled, "N-7302").unwrap();
    assert_eq!(
        (told.state.as_str(), told.raw_state.as_str()),
        ("unknown", "attempt:Pondering")
    );
    Ok(())
}

#[tokio::test]
async fn without_messaging_the_events_say_what_became_of_a_mail() -> Outcome {
    let (beside, _) = start().await?;
    let mut config = beside.config.clone();
    config.settings.remove("messaging");
    let connector = ExstreamConnector::new(&config, &beside.parts());
    let mut cursor = beside.pull(&connector, "deliveries", None).await.cursor;
    released(
        &beside,
        &connector,
        "N-7303",
        "email",
        "bounce@bramblewick.example",
    )
    .await;
    for (seconds, state, raw) in [
        (7, "released", "event:SUBMITTED"),
        (14, "sent", "event:SENT"),
        (600, "bounced", "event:BOUNCED"),
    ] {
        beside.advance(seconds).await?;
        let pulled = beside.pull(&connector, "deliveries", Some(cursor)).await;
        let told = delivery(&pulled, "N-7303").unwrap();
        assert_eq!((told.state.as_str(), told.raw_state.as_str()), (state, raw));
        cursor = pulled.cursor;
    }
    assert!(connector.check().await.iter().all(|step| step.ok));
    Ok(())
}

#[tokio::test]
async fn events_are_listed_in_windows_and_counted() -> Outcome {
    let (beside, connector) = start().await?;
    beside.advance(1).await?;
    let since = beside.now().rfc3339();
    beside.advance(1).await?;
    let job = released(
        &beside,
        &connector,
        "N-7304",
        "email",
        "ines@bramblewick.example",
    )
    .await;
    beside.advance(600).await?;
    let read = async |path: &str| -> Outcome<Answer> {
        let answer = beside
            .raw("GET", &format!("{METRICS}/{path}"), &[], "")
            .await?;
        assert_eq!(answer.status, 200, "{path}");
        Ok(answer)
    };
    let of = |kind: &str, rest: &str| format!("{kind}/corvane/corvane{rest}");
    let window = format!("?lastUpdateTimeStart={since}");
    let mails = read(&of(
        "email-event",
        &format!("/content{window}&connectorType=OTN"),
    ))
    .await?
    .json();
    let mails = mails.as_array().unwrap();
    let words: Vec<_> = mails
        .iter()
        .map(|e| e["eventStatus"].as_str().unwrap())
        .collect();
    assert_eq!(words, ["SUBMITTED", "SENT", "DELIVERED"]);
    assert!(
        mails
            .iter()
            .all(|e| e["jobId"] == job.as_str() && e["eventId"].is_i64())
    );
    assert!(mails.is_sorted_by_key(|e| e["lastUpdateTime"].as_str().unwrap().to_owned()));
    assert_eq!(read(&of("email-event", &window)).await?.json(), 3);
    let last = format!("/states{window}&processingStates=2");
    assert_eq!(read(&of("email-event", &last)).await?.json(), 1);
    let signed = format!("/content{window}&connectorType=CORE_SIGNATURE");
    assert_eq!(read(&of("email-event", &signed)).await?.json(), json!([]));

    let composed = read(&of("docgen-event", &window)).await?.json();
    let [one] = &composed.as_array().unwrap()[..] else {
        panic!("{composed}")
    };
    assert_eq!(one["jobId"], job.as_str());
    let metadata = format!("/{}/metadata", one["flowStepId"].as_str().unwrap());
    let metadata = read(&of("docgen-event", &metadata)).await?.json();
    assert_eq!(
        (
            &metadata["data"]["template"],
            &metadata["data"]["templateVersion"]
        ),
        (&json!("SDN-04"), &json!(7))
    );
    assert_eq!(
        read(&of("docgen-event", &format!("/states{window}")))
            .await?
            .json(),
        1
    );
    // This company signs nothing by mail.
    assert_eq!(read(&of("events", "/content")).await?.json(), json!([]));
    assert_eq!(read(&of("events", "")).await?.json(), 0);
    assert_eq!(
        read(&of("events", "/states?processingStates=2"))
            .await?
            .json(),
        0
    );
    Ok(())
}
