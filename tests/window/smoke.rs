//! The window opens.

use whole_system::harness::{Home, Outcome, in_window};

#[tokio::test]
async fn a_fresh_home_opens_on_the_desk_of_the_sandbox() -> Outcome {
    let home = Home::new()?;
    in_window("fresh_home", &home, async |app| {
        app.screen("desk").await?;
        app.reads("body", "SANDBOX").await
    })
    .await
}
