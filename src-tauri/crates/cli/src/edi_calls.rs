//! `edi read` and `edi match`: no data folder, no network.

use std::path::PathBuf;

use domain::{Refusal, refusal::Code};
use serde_json::{Value, json};

use crate::output::Outcome;

/// Largest file read, in bytes.
const LARGEST: u64 = 32 * 1024 * 1024;

fn bytes(file: &PathBuf) -> Result<Vec<u8>, Refusal> {
    let wrong =
        |e: &dyn std::fmt::Display| Refusal::new(Code::Input, format!("{}: {e}", file.display()));
    let size = std::fs::metadata(file).map_err(|e| wrong(&e))?.len();
    if size > LARGEST {
        return Err(wrong(&format!(
            "{size} bytes are over the limit of {LARGEST}"
        )));
    }
    std::fs::read(file).map_err(|e| wrong(&e))
}

/// Envelopes, control numbers and problems of files.
pub(crate) fn read(files: &[PathBuf]) -> Result<Outcome, Refusal> {
    let mut out = Vec::new();
    for file in files {
        let reading = edi::read(&bytes(file)?);
        let mut value = serde_json::to_value(&reading)
            .map_err(|e| Refusal::new(Code::Internal, e.to_string()))?;
        if let Value::Object(map) = &mut value {
            map.insert("file".into(), json!(file.display().to_string()));
        }
        out.push(value);
    }
    Ok(Value::Array(out).into())
}

/// Order threads of files, compared line by line.
pub(crate) fn compare(files: &[PathBuf]) -> Result<Outcome, Refusal> {
    let mut documents = Vec::new();
    let mut problems = Vec::new();
    for file in files {
        let reading = edi::read(&bytes(file)?);
        documents.extend(reading.documents());
        problems.extend(
            reading
                .problems
                .iter()
                .map(|p| json!({"file": file.display().to_string(), "problem": p})),
        );
    }
    let rules = edi::matching::Rules::default();
    let conversations: Vec<Value> = edi::matching::link(&documents)
        .iter()
        .map(|c| json!({"conversation": c, "comparison": edi::matching::compare(c, &documents, &rules)}))
        .collect();
    Ok(
        json!({"documents": documents.len(), "conversations": conversations, "problems": problems})
            .into(),
    )
}
