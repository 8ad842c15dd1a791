//! The registers, by keyboard: read, narrowed, opened and written.

use whole_system::harness::{
    Home, Outcome, SandboxProcess, in_window, list, number, trouble, word,
};

#[tokio::test]
async fn the_delivery_register_is_read_opened_and_written_by_keyboard() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let home = Home::on(&sandbox).await?;
    let page = home.ctl(&["register", "delivery", "--limit", "1"]).await?;
    let newest = list(&page, "deliveries")
        .first()
        .ok_or_else(|| trouble("nothing was sent"))?
        .clone();
    let of = number(&page, "of");
    in_window("registers", &home, async |app| {
        app.see("[data-screen=\"desk\"]").await?;
        app.press("g r").await?;
        app.screen("registers").await?;
        app.press("2").await?;
        let row = format!("[data-row=\"{}\"]", word(&newest, "id"));
        app.see(&row).await?;
        app.reads("#register-tab-delivery", &of.to_string()).await?;
        // The numbers behind the plot.
        app.see("[data-plot=\"deliveries\"] svg").await?;
        app.press("t").await?;
        app.see("#trend-table").await?;
        app.press("t").await?;
        app.gone("#trend-table").await?;
        app.press("Shift+P").await?;
        app.reads("[data-echo=\"done\"]", &format!("{of} rows in "))
            .await?;
        app.press("Shift+E").await?;
        app.reads("[data-echo=\"done\"]", ".csv").await?;
        // Words narrow it to the rows that have them.
        app.press("Shift+F").await?;
        app.see("input[name=\"text\"]:focus").await?;
        app.type_text(word(&newest, "notice")).await?;
        app.see("[data-pane=\"registers\"] [role=\"grid\"][aria-rowcount=\"1\"]")
            .await?;
        app.tab_to("[data-pane=\"registers\"] [role=\"grid\"]")
            .await?;
        app.press("Enter").await?;
        app.screen("desk").await?;
        let case = word(&newest, "case");
        app.see(&format!("[data-pane=\"case\"][data-id=\"{case}\"]"))
            .await?;
        Ok(())
    })
    .await?;
    let downloads = home.user().join("Downloads");
    let mut names: Vec<String> = std::fs::read_dir(&downloads)?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    names.sort_unstable();
    assert!(
        matches!(&names[..], [csv, pdf] if csv.ends_with(".csv") && pdf.ends_with(".pdf")),
        "{names:?}"
    );
    Ok(())
}
