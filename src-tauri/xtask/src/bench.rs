//! `cargo xtask bench`: runs what measures, and sets its rows beside the aims.
//!
//! A producer prints one JSON object per line and figure:
//! `{"figure","value","unit","peer","peer_value","ratio","aim","note"}`. `value` and `peer_value` are numbers taken in
//! the same run; `ratio` is `value / peer_value` unless given; `aim` is text such as `>= 20000`, `<= 10`,
//! `ratio <= 1.3` or several of these joined by `;`. Half an aim is the floor: the verdict is `met`, `missed` (above
//! the floor), or `BELOW FLOOR`.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Map, Value, json};

use crate::Outcome;
use crate::process;
use crate::project::Project;
use crate::setup::{Consent, node};
use crate::{interface, setup};

/// Runs every producer (or the figures named), prints the table, writes `target/bench.json`.
pub(crate) fn bench(args: &[&str]) -> Outcome {
    let project = Project::find();
    let yes = args.contains(&"--yes");
    setup::everything(&project, yes)?;
    let node = node::ensure(&project, Consent::of(yes))?;
    interface::build(&project, &node)?;
    let figures: Vec<&&str> = args.iter().filter(|word| **word != "--yes").collect();
    let mut rows = Vec::new();
    for producer in producers(&project)? {
        let mut command = Command::new(producer);
        command.current_dir(&project.root).args(&figures);
        rows.extend(read(&process::capture(&mut command)?)?);
    }
    print!("{}", table(&rows));
    let file = project.target.join("bench.json");
    let text = serde_json::to_string_pretty(&json!({ "rows": rows }))
        .map_err(|error| error.to_string())?;
    fs::write(&file, text).map_err(|error| format!("{}: {error}", file.display()))?;
    eprintln!("written to {}", file.display());
    Ok(())
}

/// Builds what is measured and what measures, and gives the latter: every bench target of the test package.
///
/// One call of cargo builds both, so that they share one set of features and nothing is built twice.
fn producers(project: &Project) -> Outcome<Vec<PathBuf>> {
    let messages = process::capture(process::cargo(project).args([
        "build",
        "--profile",
        "bench",
        "--package",
        "partner-console",
        "--package",
        "cli",
        "--package",
        "whole-system",
        "--bins",
        "--example",
        "empty_window",
        "--bench",
        "bench",
        "--message-format",
        "json-render-diagnostics",
    ]))?;
    let found: Vec<PathBuf> = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| {
            let target = message.get("target").unwrap_or(&Value::Null);
            list(target, "kind").iter().any(|kind| kind == "bench")
        })
        .map(|message| word(&message, "executable"))
        .filter(|executable| !executable.is_empty())
        .map(PathBuf::from)
        .collect();
    if found.is_empty() {
        return Err("no bench target was built".into());
    }
    Ok(found)
}

/// The rows among the lines of a producer, each with its ratio and verdict.
fn read(output: &str) -> Outcome<Vec<Value>> {
    let mut rows = Vec::new();
    for line in output.lines().filter(|line| line.starts_with('{')) {
        let row: Map<String, Value> =
            serde_json::from_str(line).map_err(|error| format!("not a row: {line}: {error}"))?;
        if !row.contains_key("figure") {
            return Err(format!("a row names its figure: {line}"));
        }
        rows.push(judged(row));
    }
    Ok(rows)
}

fn judged(mut row: Map<String, Value>) -> Value {
    let number = |row: &Map<String, Value>, key: &str| row.get(key).and_then(Value::as_f64);
    let value = number(&row, "value");
    if number(&row, "ratio").is_none()
        && let (Some(value), Some(peer)) = (value, number(&row, "peer_value"))
        && peer != 0.0
    {
        row.insert("ratio".into(), json!(value / peer));
    }
    let verdict = verdict(
        row.get("aim").and_then(Value::as_str).unwrap_or_default(),
        value,
        number(&row, "ratio"),
        number(&row, "peer_value").and_then(|peer| value.map(|value| value - peer)),
    );
    row.insert("verdict".into(), json!(verdict));
    Value::Object(row)
}

/// How far `value` (or the ratio, or the difference to the peer) meets every clause of `aim`.
fn verdict(aim: &str, value: Option<f64>, ratio: Option<f64>, over: Option<f64>) -> &'static str {
    let mut worst = 0;
    let mut judged = false;
    for clause in aim.split(';').map(str::trim).filter(|c| !c.is_empty()) {
        let mut words = clause.split_whitespace().peekable();
        let measured = match words.peek().copied() {
            Some("ratio") => {
                words.next();
                ratio
            }
            Some("over") => {
                words.next();
                over
            }
            _ => value,
        };
        let at_least = match words.next() {
            Some(">=") => true,
            Some("<=") => false,
            _ => return "aim not understood",
        };
        let Some(bound) = words.next().and_then(|word| word.parse::<f64>().ok()) else {
            return "aim not understood";
        };
        let Some(measured) = measured else {
            return "not measured";
        };
        judged = true;
        // The floor is half the aim: half the rate, twice the time.
        let (met, floor) = if at_least {
            (measured >= bound, measured >= bound / 2.0)
        } else {
            (measured <= bound, measured <= bound * 2.0)
        };
        worst = worst.max(if met {
            0
        } else if floor {
            1
        } else {
            2
        });
    }
    match (judged, worst) {
        (false, _) => "",
        (true, 0) => "met",
        (true, 1) => "missed",
        _ => "BELOW FLOOR",
    }
}

fn table(rows: &[Value]) -> String {
    let head = [
        "figure",
        "value",
        "unit",
        "peer",
        "peer value",
        "ratio",
        "aim",
        "verdict",
    ];
    let mut lines: Vec<Vec<String>> = vec![head.iter().map(|h| (*h).to_owned()).collect()];
    for row in rows {
        lines.push(vec![
            word(row, "figure"),
            word(row, "value"),
            word(row, "unit"),
            word(row, "peer"),
            word(row, "peer_value"),
            word(row, "ratio"),
            word(row, "aim"),
            word(row, "verdict"),
        ]);
    }
    let mut widths = vec![0; head.len()];
    for line in &lines {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    for line in &lines {
        let cells: Vec<String> = line
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    for row in rows {
        let note = word(row, "note");
        if !note.is_empty() {
            text.push_str(&format!("{}: {note}\n", word(row, "figure")));
        }
    }
    text
}

fn word(value: &Value, key: &str) -> String {
    match value.get(key) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => match number.as_f64() {
            Some(number) if number.abs() >= 1000.0 => format!("{number:.0}"),
            Some(number) => format!("{number:.2}"),
            None => number.to_string(),
        },
        _ => String::new(),
    }
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value
        .get(key)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_an_aim_is_the_floor_in_both_directions() {
        let rate = |value| verdict(">= 20000", Some(value), None, None);
        assert_eq!(
            [rate(20_000.0), rate(10_000.0), rate(9_999.0)],
            ["met", "missed", "BELOW FLOOR"]
        );
        let time = |value| verdict("<= 10", Some(value), None, None);
        assert_eq!(
            [time(10.0), time(20.0), time(21.0)],
            ["met", "missed", "BELOW FLOOR"]
        );
    }

    #[test]
    fn an_aim_may_speak_of_the_ratio_or_of_what_is_over_the_peer() {
        let row = r#"{"figure":"apply","value":30000,"unit":"records/s","peer":"C API","peer_value":50000,"aim":">= 20000; ratio >= 0.5"}"#;
        let rows = read(row).unwrap();
        assert_eq!(rows[0]["ratio"], json!(0.6));
        assert_eq!(rows[0]["verdict"], "met");
        let row = r#"{"figure":"first paint","value":700,"peer_value":500,"unit":"ms","aim":"over <= 150"}"#;
        assert_eq!(read(row).unwrap()[0]["verdict"], "missed");
    }

    #[test]
    fn lines_that_are_no_rows_are_left_alone_and_broken_rows_are_named() {
        assert!(read("Compiling\nrunning 3\n").unwrap().is_empty());
        assert!(read("{\"value\":1}").unwrap_err().contains("figure"));
        assert!(read("{broken").is_err());
    }

    #[test]
    fn the_table_stands_in_columns() {
        let rows = read(
            "{\"figure\":\"open case\",\"value\":4.5,\"unit\":\"ms\",\"aim\":\"<= 10\",\"note\":\"p95\"}",
        )
        .unwrap();
        let text = table(&rows);
        assert!(text.contains("open case  4.50   ms"), "{text}");
        assert!(text.ends_with("open case: p95\n"));
    }
}
