//! A letter that was signed and won, and waits for the morning of its recipient: what is decided about it until then counts.

use serde_json::json;
use whole_system::harness::{Home, Outcome, word};

use super::{
    letter::UnderReview,
    sending::{HOSHIGUMO, QUIET, UNTIL_SEVEN, at_night, case_of, release, releases},
};

async fn settle(home: &Home) -> Outcome {
    for _ in 0..2 {
        home.run(&["outbox", "run", "--until-idle"], "").await?;
        home.ctl(&["sync"]).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_letter_rejected_while_it_waits_for_the_morning_never_leaves() -> Outcome {
    let (sandbox, home, _) = at_night(QUIET).await?;
    let case = case_of(&home, HOSHIGUMO, "S0.6").await?;
    let letter = UnderReview::on(sandbox, home, &case, &["channel=email"]).await?;
    let (home, sandbox) = (&letter.home, &letter.sandbox);
    for person in letter.reviewers() {
        let pin = sandbox.pin(&person)?;
        home.run(&letter.approval(&person, letter.hash()), &pin)
            .await?
            .expect_code(0)?;
    }
    settle(home).await?;
    let held = release(home, &letter.action).await?;
    assert_eq!(word(&held, "state"), "waiting", "{held}");
    let notice = word(&letter.review, "notice").to_owned();

    // Somebody says no at the same moment, by another program: theirs lies in the space after the two that approved.
    let space = letter.id().rsplit(':').next().unwrap_or_default();
    let data = json!({"person": "nils.bergqvist", "printed_name": "Nils Bergqvist", "hash": letter.hash(),
        "reason": "The figures are of last month"});
    let rejection = json!({"kind": "space_item", "space_id": space, "item_kind": "rejection",
        "author": "nils.bergqvist", "state": "rejected", "data": data});
    sandbox.event(rejection).await?;

    settle(home).await?;
    sandbox.advance(UNTIL_SEVEN + 3_600).await?;
    settle(home).await?;
    assert_eq!(releases(sandbox, &notice).await?, 0);
    let release = release(home, &letter.action).await?;
    assert_eq!(word(&release, "state"), "cancelled", "{release}");
    let review = home.ctl(&["review", "show", letter.id()]).await?;
    assert!(
        ["rejected", "recalled"].contains(&word(&review, "state")),
        "{review}"
    );
    Ok(())
}
