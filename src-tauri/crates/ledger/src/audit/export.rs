//! An export stands alone: JSON lines that anybody can verify without account, key or program state.
//!
//! First line: what it is. Then one line for each record with its hash, and the hash before it wherever records of other
//! cases are left out. Last line: how many there are and the head of the whole chain, so that a cut shows.

use std::{
    io::{BufRead, BufReader, BufWriter, Read, Write},
    path::Path,
};

use domain::{
    Millis, Refusal,
    audit::{FirstBad, GENESIS, Verification, chain},
    refusal::Code,
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{Ledger, LedgerError};

const FORMAT: &str = "partner-console-audit/1";
/// No line of an export is longer; what is longer is not one of ours.
const LONGEST_LINE: u64 = 4 * 1024 * 1024;

#[derive(Serialize, Deserialize)]
struct First {
    format: String,
    case: Option<String>,
    exported_at: String,
}

#[derive(Serialize, Deserialize)]
struct Line<'a> {
    hash: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    previous: Option<String>,
    #[serde(borrow)]
    record: &'a RawValue,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Last {
    records: i64,
    head: String,
    head_seq: i64,
}

#[derive(Deserialize)]
struct SeqOnly {
    seq: i64,
}

impl Ledger {
    /// Writes the chain, or the records of one case, to a new file. Gives the number of records written.
    ///
    /// # Errors
    /// A [`LedgerError`]; an existing file is not overwritten.
    pub async fn export_audit(
        &self,
        path: &Path,
        case: Option<&str>,
        now: Millis,
    ) -> Result<i64, LedgerError> {
        let file = std::fs::File::create_new(path).map_err(|e| unusable(path, &e))?;
        let mut out = BufWriter::new(file);
        let written = self.write_audit(&mut out, case, now).await?;
        let file = out.into_inner().map_err(|e| e.into_error())?;
        file.sync_all()?;
        Ok(written)
    }

    /// The same as bytes, for a pack that is made in memory.
    ///
    /// # Errors
    /// A [`LedgerError`].
    pub async fn audit_export(
        &self,
        case: Option<&str>,
        now: Millis,
    ) -> Result<Vec<u8>, LedgerError> {
        let mut out = Vec::new();
        self.write_audit(&mut out, case, now).await?;
        Ok(out)
    }

    async fn write_audit(
        &self,
        out: &mut (impl Write + Send),
        case: Option<&str>,
        now: Millis,
    ) -> Result<i64, LedgerError> {
        let mut snapshot = self.reader().snapshot().await?;
        let (head_seq, head): (i64, String) =
            sqlx::query_as("select seq, hash from audit order by seq desc limit 1")
                .fetch_optional(&mut *snapshot)
                .await?
                .unwrap_or_else(|| (0, GENESIS.to_owned()));
        let mut put = |line: String| -> std::io::Result<()> {
            out.write_all(line.as_bytes())?;
            out.write_all(b"\n")
        };
        put(text(&First {
            format: FORMAT.into(),
            case: case.map(str::to_owned),
            exported_at: now.rfc3339(),
        })?)?;
        let (mut after, mut written) = (0_i64, 0_i64);
        loop {
            let rows: Vec<(i64, String, String, Option<String>)> = match case {
                None => sqlx::query_as(
                    "select seq, hash, record, null from audit where seq > ? order by seq limit 500",
                )
                .bind(after),
                Some(case) => sqlx::query_as(
                    "select a.seq, a.hash, a.record, b.hash from audit a left join audit b on b.seq = a.seq - 1
                     where a.case_ref = ?2 and a.seq > ?1 order by a.seq limit 500",
                )
                .bind(after)
                .bind(case),
            }
            .fetch_all(&mut *snapshot)
            .await?;
            if rows.is_empty() {
                break;
            }
            for (seq, hash, record, before) in rows {
                let gap = case.is_some() && seq != after + 1;
                let record: Box<RawValue> = RawValue::from_string(record)
                    .map_err(|e| LedgerError::Damaged(format!("audit record {seq}: {e}")))?;
                put(text(&Line {
                    hash,
                    previous: gap.then(|| before.unwrap_or_else(|| GENESIS.to_owned())),
                    record: &record,
                })?)?;
                written += 1;
                after = seq;
            }
        }
        put(text(&Last {
            records: written,
            head,
            head_seq,
        })?)?;
        Ok(written)
    }
}

fn text<T: Serialize>(value: &T) -> Result<String, LedgerError> {
    serde_json::to_string(value).map_err(|e| LedgerError::field(e.to_string()))
}

/// The file a person named does not exist, exists already or may not be used.
fn unusable(path: &Path, error: &std::io::Error) -> LedgerError {
    let what = format!("{}: {}.", path.display(), error.kind());
    Refusal::new(Code::Input, what).into()
}

/// Verifies an export by itself.
///
/// # Errors
/// `E_INPUT` when it cannot be opened, [`LedgerError::File`] when it cannot be read; whatever does not fit is no error but the verdict.
pub fn verify_export(path: &Path) -> Result<Verification, LedgerError> {
    let file = std::fs::File::open(path).map_err(|e| unusable(path, &e))?;
    verify_lines(&mut BufReader::new(file))
}

/// Verifies an export that lies inside of something else.
///
/// # Errors
/// [`LedgerError::File`] when it cannot be read; whatever does not fit is no error but the verdict.
pub fn verify_export_bytes(mut bytes: &[u8]) -> Result<Verification, LedgerError> {
    verify_lines(&mut bytes)
}

fn verify_lines(lines: &mut impl BufRead) -> Result<Verification, LedgerError> {
    let mut state = State {
        records: 0,
        seq: 0,
        head: GENESIS.to_owned(),
    };
    let mut line = String::new();
    if !next_line(lines, &mut line)? {
        return Ok(state.bad("the file is empty"));
    }
    let partial = match serde_json::from_str::<First>(&line) {
        Ok(first) if first.format == FORMAT => first.case.is_some(),
        _ => return Ok(state.bad("the file is no export of the audit chain")),
    };
    loop {
        if !next_line(lines, &mut line)? {
            return Ok(state.bad("the export ends before its last line"));
        }
        if let Ok(last) = serde_json::from_str::<Last>(&line) {
            if last.records != state.records {
                return Ok(state.bad("the number of records is not the one exported"));
            }
            let whole = !partial || last.head_seq == state.seq;
            if last.head_seq < state.seq || (whole && last.head != state.head) {
                return Ok(state.bad("the head is not the one exported"));
            }
            if next_line(lines, &mut line)? {
                return Ok(state.bad("something follows the last line"));
            }
            return Ok(Verification {
                records: state.records,
                ok: true,
                head: last.head,
                first_bad: None,
            });
        }
        if let Err(reason) = state.take(&line, partial) {
            return Ok(state.bad(reason));
        }
    }
}

fn next_line(lines: &mut impl BufRead, line: &mut String) -> std::io::Result<bool> {
    line.clear();
    lines.take(LONGEST_LINE).read_line(line)?;
    let ended = line.ends_with('\n');
    if ended {
        line.pop();
    }
    Ok(ended)
}

struct State {
    records: i64,
    seq: i64,
    head: String,
}

impl State {
    fn take(&mut self, line: &str, partial: bool) -> Result<(), &'static str> {
        let parsed: Line<'_> = serde_json::from_str(line).map_err(|_| "the line cannot be read")?;
        let bytes = parsed.record.get().as_bytes();
        let SeqOnly { seq } =
            serde_json::from_slice(bytes).map_err(|_| "the record has no number")?;
        let previous = match &parsed.previous {
            None if seq == self.seq + 1 => self.head.clone(),
            Some(previous) if partial && seq > self.seq + 1 => previous.clone(),
            _ => return Err("the record stands at the wrong place"),
        };
        let hash = chain(&previous, bytes);
        if hash != parsed.hash {
            return Err("hash does not follow from the record before it");
        }
        self.records += 1;
        self.seq = seq;
        self.head = hash;
        Ok(())
    }

    fn bad(self, reason: &str) -> Verification {
        Verification {
            records: self.records,
            ok: false,
            head: self.head,
            first_bad: Some(FirstBad {
                seq: self.seq + 1,
                reason: reason.into(),
            }),
        }
    }
}
