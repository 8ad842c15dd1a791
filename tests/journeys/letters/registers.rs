//! Registers: what was approved before it was used, and what became of everything that was sent, as pages, CSV and PDF.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    process::Command,
};

use desk::{
    Desk, OpenOptions,
    view::{ExportRegister, RegisterFormat, RegisterName},
};
use serde_json::{Value, json};
use whole_system::harness::{Home, Outcome, SandboxProcess, list, number, trouble, word};

use crate::letters::letter::UnderReview;

/// What spreadsheets run, displays obey and page descriptions are made of.
const HOSTILE: [&str; 6] = [
    "=cmd|'/C calc'!A0",
    "+SUM(1+1)*cmd|'/C calc'!A0",
    "@HYPERLINK(\"http://example.test/\",\"x\")",
    "a\u{202e}fdp.exe\u{2066}b",
    "/OpenAction << /S /JavaScript /JS (app.alert(1)) >>",
    ") Tj ET 株式会社 \u{200b}end",
];

fn text_of(file: &Path) -> Outcome<String> {
    std::fs::read_to_string(file).map_err(Into::into)
}

/// Rows of a register by their heads.
fn read_register(file: &std::path::Path) -> Outcome<Vec<BTreeMap<String, String>>> {
    let text = std::fs::read_to_string(file)?;
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let rows: Result<Vec<_>, _> = reader.deserialize().collect();
    rows.map_err(|error| trouble(error.to_string()))
}

/// The text of a PDF, as its reader sees it, page by page.
fn pages(file: &Path) -> Outcome<Vec<String>> {
    let read = Command::new("pdftotext")
        .args(["-layout", "-enc", "UTF-8"])
        .arg(file)
        .arg("-")
        .output()?;
    if !read.status.success() {
        return Err(trouble(String::from_utf8_lossy(&read.stderr).into_owned()));
    }
    let text = String::from_utf8_lossy(&read.stdout).into_owned();
    let pages = text.split('\u{c}').map(str::to_owned);
    Ok(pages.filter(|page| !page.trim().is_empty()).collect())
}

/// Exports a register into a file of this name and gives it with the number of rows.
async fn export(home: &Home, name: &str, args: &[&str]) -> Outcome<(PathBuf, u64)> {
    let out = home.user().join(name);
    let path = out.display().to_string();
    let args = [&["export", "register"], args, &["--out", &path]].concat();
    let told = home.ctl(&args).await?;
    Ok((out, number(&told, "rows")))
}

/// Every row of a register, page by page.
async fn read_all(home: &Home, register: &str, limit: &str, more: &[&str]) -> Outcome<Vec<Value>> {
    let rows = if register == "approval" {
        "approvals"
    } else {
        "deliveries"
    };
    let (mut all, mut after) = (Vec::new(), None::<String>);
    loop {
        let mut args = vec!["register", register, "--limit", limit];
        args.extend(more);
        if let Some(after) = &after {
            args.extend(["--after", after]);
        }
        let page = home.ctl(&args).await?;
        assert!(list(&page, rows).len() as u64 <= limit.parse::<u64>().unwrap_or(0));
        assert_eq!(page["truncated"], json!(!page["next"].is_null()), "{page}");
        all.extend(list(&page, rows).iter().cloned());
        match page["next"].as_str() {
            Some(next) => after = Some(next.to_owned()),
            None => return Ok(all),
        }
    }
}

async fn released() -> Outcome<UnderReview> {
    let letter = UnderReview::start().await?;
    for person in letter.reviewers() {
        letter.decide_on(&letter.home, &person).await?;
    }
    for _ in 0..4 {
        letter.home.deliver().await?;
        letter.home.ctl(&["sync"]).await?;
    }
    assert_eq!(letter.releases().await?, 1);
    Ok(letter)
}

#[tokio::test]
async fn the_registers_name_what_was_approved_its_first_use_and_what_became_of_it() -> Outcome {
    let letter = released().await?;
    let (out, count) = export(&letter.home, "approvals.csv", &["approval"]).await?;
    let rows = read_register(&out)?;
    assert_eq!(rows.len() as u64, count);
    let ours: Vec<_> = rows
        .iter()
        .filter(|row| row["content_hash"] == letter.hash())
        .collect();
    assert_eq!(ours.len(), 2, "one row for each signature: {rows:?}");
    for row in &ours {
        assert_eq!(row["state"], "approved");
        assert_eq!(row["verdict"], "approved");
        assert_eq!(row["meaning"], letter.meaning());
        assert_eq!(row["sealed_with"].len(), 39);
        assert!(row["released_at_utc"] >= row["approved_at_utc"], "{row:?}");
        assert!(row["approved_at_utc"] >= row["signed_at_utc"], "{row:?}");
        assert_ne!(row["made_by"], row["signed_by"]);
    }
    // The first use is what the delivery of this letter says, not what was meant to happen.
    let deliveries = read_all(&letter.home, "delivery", "200", &[]).await?;
    let delivery = deliveries
        .iter()
        .find(|row| word(row, "notice") == ours[0]["letter"])
        .ok_or_else(|| trouble("the letter is in no register of deliveries"))?;
    let left = delivery["released_at"].as_i64().or(delivery["at"].as_i64());
    let first = chrono::DateTime::parse_from_rfc3339(&ours[0]["first_used_at_utc"])
        .map_err(|e| trouble(e.to_string()))?;
    assert_eq!(Some(first.timestamp_millis()), left, "{delivery}");
    let page = letter.home.ctl(&["register", "approval"]).await?;
    let row = list(&page, "approvals")
        .iter()
        .find(|row| word(row, "hash") == letter.hash())
        .ok_or_else(|| trouble("the letter is in no register of approvals"))?;
    assert_eq!(list(row, "signatures").len(), 2);
    assert_eq!(row["first_used_at"].as_i64(), left);

    // What is there is not written over, and a misspelt state is no empty register.
    let path = out.display().to_string();
    let again = ["export", "register", "approval", "--out", &path];
    letter.home.refused(&again, "", "E_INPUT").await?;
    let wrong = ["register", "delivery", "--state", "bouncd"];
    letter.home.refused(&wrong, "", "E_INPUT").await?;
    let wrong = ["register", "delivery", "--after", "nowhere"];
    letter.home.refused(&wrong, "", "E_INPUT").await?;
    Ok(())
}

#[tokio::test]
async fn pages_of_a_register_hold_every_row_once_and_say_when_they_end() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let home = Home::on(&sandbox).await?;
    let listed = home.ctl(&["list", "notices", "--limit", "100000"]).await?;
    let all = read_all(&home, "delivery", "17", &[]).await?;
    let names: BTreeSet<&str> = all.iter().map(|row| word(row, "id")).collect();
    assert_eq!(all.len() as u64, number(&listed, "total"));
    assert_eq!(names.len(), all.len(), "a row came twice");
    let times: Vec<i64> = all.iter().filter_map(|row| row["at"].as_i64()).collect();
    assert!(times.is_sorted_by(|a, b| a >= b), "newest first");

    // A filter gives the rows it names, as many as it says, however it is paged.
    let state = word(&all[0]["status"], "state");
    let template = word(&all[0], "template")
        .split('@')
        .next()
        .unwrap_or_default();
    for filter in [["--state", state], ["--template", template]] {
        let some = read_all(&home, "delivery", "5", &filter).await?;
        let wanted = all.iter().filter(|row| match filter[0] {
            "--state" => word(&row["status"], "state") == state,
            _ => word(row, "template").split('@').next() == Some(template),
        });
        assert_eq!(some.len(), wanted.count(), "{filter:?}");
        let args = [&["register", "delivery", "--limit", "1"], &filter[..]].concat();
        let page = home.ctl(&args).await?;
        assert_eq!(number(&page, "fits"), some.len() as u64);
        assert_eq!(number(&page, "of"), all.len() as u64);
    }
    let (csv, count) = export(&home, "deliveries.csv", &["delivery"]).await?;
    assert_eq!(count, all.len() as u64);
    let exported: Vec<String> = read_register(&csv)?
        .into_iter()
        .map(|mut row| row.remove("notice").unwrap_or_default())
        .collect();
    let shown: Vec<&str> = all.iter().map(|row| word(row, "notice")).collect();
    assert_eq!(
        exported, shown,
        "the file has the rows of the screen, in their order"
    );
    Ok(())
}

#[tokio::test]
async fn a_register_as_pdf_has_every_row_and_numbers_its_pages() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let home = Home::on(&sandbox).await?;
    let all = read_all(&home, "delivery", "200", &[]).await?;
    let (pdf, count) = export(&home, "deliveries.pdf", &["delivery", "--format", "pdf"]).await?;
    assert_eq!(count, all.len() as u64);
    let pages = pages(&pdf)?;
    assert!(pages.len() > 1, "{} rows on one page", all.len());
    for (number, page) in pages.iter().enumerate() {
        let foot = format!("Delivery register, page {} of {}", number + 1, pages.len());
        assert!(page.contains(&foot), "{foot} is not on its page");
        assert!(
            page.contains("Recipient"),
            "no heads on page {}",
            number + 1
        );
    }
    // A number may be broken over two lines of its cell, but no letter of it is lost.
    let text: String = pages.concat();
    for row in &all {
        let notice = word(row, "notice");
        let begin: String = notice.chars().take(14).collect();
        assert!(text.contains(&begin), "{notice} is not in the file");
    }
    let fonts = Command::new("pdffonts").arg(&pdf).output()?;
    let fonts = String::from_utf8_lossy(&fonts.stdout).into_owned();
    let embedded = fonts.lines().skip(2);
    let mut embedded = embedded.map(|line| line.split_whitespace().rev().nth(4));
    assert!(embedded.all(|word| word == Some("yes")), "{fonts}");
    Ok(())
}

#[tokio::test]
async fn a_person_finds_exports_beside_one_another_named_after_register_and_day() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let home = Home::on(&sandbox).await?;
    let downloads = home.user().join("Downloads");
    let options = OpenOptions {
        home: home.data(),
        read_only: true,
        ..OpenOptions::default()
    };
    let desk = Desk::open(options)
        .await
        .map_err(|e| trouble(e.to_string()))?;
    let mut files = Vec::new();
    for _ in 0..2 {
        let wanted = ExportRegister {
            register: RegisterName::Delivery,
            filter: None,
            format: RegisterFormat::Csv,
        };
        let made = desk.export_register_among(&wanted, &downloads).await;
        files.push(made.map_err(|refusal| trouble(refusal.to_string()))?.file);
    }
    desk.close().await;
    assert!(files[0].contains("Delivery register 20"), "{files:?}");
    assert!(files[1].ends_with("(2).csv"), "{files:?}");
    assert_eq!(
        text_of(Path::new(&files[0]))?,
        text_of(Path::new(&files[1]))?
    );
    Ok(())
}

#[tokio::test]
async fn whatever_a_reason_says_no_file_runs_or_hides_it() -> Outcome {
    let letter = UnderReview::start().await?;
    let person = letter.reviewers().remove(0);
    let pin = letter.sandbox.pin(&person)?;
    let reason = HOSTILE.join("\n");
    let args = [
        "--as",
        &person,
        "review",
        "reject",
        letter.id(),
        "--reason",
        &reason,
        "--quote",
        "until we have your answer",
        "--pin-stdin",
    ];
    letter.home.run(&args, &pin).await?.expect_code(0)?;
    letter.home.deliver().await?;
    letter.home.ctl(&["sync"]).await?;

    let (csv, _) = export(
        &letter.home,
        "rejected.csv",
        &["approval", "--state", "rejected"],
    )
    .await?;
    let rows = read_register(&csv)?;
    let row = rows
        .iter()
        .find(|row| row["content_hash"] == letter.hash())
        .ok_or_else(|| trouble("the rejected letter is not in the register"))?;
    for line in row["meaning"].lines() {
        let begins = line.trim_start().chars().next();
        assert!(!begins.is_some_and(|c| "=+-@".contains(c)), "{line}");
    }
    for letters in HOSTILE {
        assert!(
            row["meaning"].contains(letters),
            "nothing is lost: {letters}"
        );
    }

    let format = ["approval", "--state", "rejected", "--format", "pdf"];
    let (pdf, count) = export(&letter.home, "rejected.pdf", &format).await?;
    assert_eq!(count, 1);
    let text: String = pages(&pdf)?.concat();
    let joined: String = text.split_whitespace().collect();
    for shown in ["[U+202E]", "[U+2066]", "[U+200B]", "[U+682A]", "=cmd|'/C"] {
        assert!(
            joined.contains(shown),
            "{shown} is not written out in {text}"
        );
    }
    assert!(!text.contains(['\u{202e}', '\u{2066}', '\u{200b}']));
    let bytes = std::fs::read(&pdf)?;
    for active in [
        "/OpenAction",
        "/JavaScript",
        "/JS",
        "/Launch",
        "/URI",
        "/AA",
        "/Annots",
    ] {
        let found = bytes
            .windows(active.len())
            .any(|part| part == active.as_bytes());
        assert!(!found, "{active} is in the file");
    }
    Ok(())
}
