//! A letter that was signed and won, and waits for the morning of its recipient: what is decided about it until then counts.

use whole_system::harness::{Home, Outcome, items, word};

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
    // Somebody elsewhere has the letter before them, and nothing of what the others do.
    let elsewhere = Home::on(sandbox).await?;
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

    let persons = sandbox.hello()["persons"].clone();
    let reviewers = letter.reviewers();
    let third = persons.as_array().into_iter().flatten().find(|p| {
        let name = word(p, "name");
        let roles = p["roles"].to_string();
        name != letter.maker()
            && !reviewers.iter().any(|r| r == name)
            && ["reviewer", "approver", "compliance"]
                .iter()
                .any(|role| roles.contains(role))
    });
    let third = word(third.expect("a third person who may sign"), "name");
    let reject = [
        "--as",
        third,
        "review",
        "reject",
        letter.id(),
        "--reason",
        "The figures are of last month",
        "--quote",
        "until we have your answer",
        "--pin-stdin",
    ];
    elsewhere
        .run(&reject, &sandbox.pin(third)?)
        .await?
        .expect_code(0)?;
    settle(&elsewhere).await?;

    settle(home).await?;
    sandbox.advance(UNTIL_SEVEN + 3_600).await?;
    settle(home).await?;
    settle(&elsewhere).await?;
    assert_eq!(releases(sandbox, &notice).await?, 0);
    let release = release(home, &letter.action).await?;
    assert_eq!(word(&release, "state"), "cancelled", "{release}");
    let reviews = elsewhere.ctl(&["review", "list"]).await?;
    let review = items(&reviews)
        .iter()
        .find(|r| word(r, "id") == letter.id())
        .cloned();
    let review = review.expect("the review is still in sight");
    assert!(
        ["rejected", "recalled"].contains(&word(&review, "state")),
        "{review}"
    );
    Ok(())
}
