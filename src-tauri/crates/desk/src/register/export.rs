//! A register as a file: every row the filter lets through, once.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use cache::Place;
use connectors::text::safe_file_name;
use domain::{Millis, Refusal, refusal::Code, register::Register};

use super::{RegisterFilter, csv::CsvTable, pdf, register_of};
use crate::{
    Desk,
    evidence::{unusable, write_new},
    problem::input,
    view::{
        ApprovalRow, DeliveryRow, ExportRegister, ExportedRegister, RegisterFormat,
        RegisterSignature,
    },
};

/// Rows read at once.
const PART: u32 = 200;
/// Times the register is read again for what changed while it was read.
const PASSES: u32 = 20;
/// Rows of a PDF: more nobody reads, and its pages lie in memory until the last one is set.
const MOST_PDF_ROWS: usize = 5_000;
/// Exports of one name that lie beside one another.
const MOST_FILES: u32 = 1_000;

/// One row of either register.
enum Entry {
    Approval(ApprovalRow),
    Delivery(DeliveryRow),
}

impl Entry {
    fn id(&self) -> &str {
        match self {
            Self::Approval(row) => &row.id,
            Self::Delivery(row) => &row.id,
        }
    }
}

impl Desk {
    /// Writes a register into a new file and gives the number of rows, without the head: of an approval register as CSV one
    /// for each signature, else one for each letter or notice.
    ///
    /// # Errors
    /// `E_INPUT` for a state it does not know, and when the file exists or cannot be written, which leaves none; `E_STATE` for
    /// more rows than a PDF holds, and when the register changes faster than it is read; failures of the databases.
    pub async fn export_register(
        &self,
        register: Register,
        filter: &RegisterFilter,
        format: RegisterFormat,
        path: &Path,
    ) -> Result<u64, Refusal> {
        filter.check(register)?;
        let exists = path.exists();
        let written = match format {
            RegisterFormat::Csv => self.register_as_csv(register, filter, path).await,
            RegisterFormat::Pdf => self.register_as_pdf(register, filter, path).await,
        };
        if written.is_err() && !exists {
            // Half a register looks like a whole one.
            let _ = std::fs::remove_file(path);
        }
        written
    }

    /// The same into a new file among these files of a person, named after the register and the day.
    ///
    /// # Errors
    /// As [`Desk::export_register`].
    pub async fn export_register_among(
        &self,
        args: &ExportRegister,
        downloads: &Path,
    ) -> Result<ExportedRegister, Refusal> {
        let register = register_of(args.register);
        let filter = RegisterFilter::of(args.filter.as_ref());
        filter.check(register)?;
        let file = free_file(downloads, register, self.now(), args.format)?;
        let rows = self
            .export_register(register, &filter, args.format, &file)
            .await?;
        Ok(ExportedRegister {
            file: file.display().to_string(),
            rows,
        })
    }

    /// Hands over every row once, newest first. A row that changes moves up; it is found by reading once more what is newer
    /// than the beginning.
    async fn every_row(
        &self,
        register: Register,
        filter: &RegisterFilter,
        mut take: impl FnMut(Entry) -> Result<(), Refusal> + Send,
    ) -> Result<(), Refusal> {
        let mut seen: BTreeSet<String> = BTreeSet::new();
        let mut end: Option<Place> = None;
        for _ in 0..PASSES {
            let (mut after, mut top) = (Place::TOP, None);
            'pass: loop {
                let (rows, first, next) = self.part(register, filter, after).await?;
                top = top.or(first);
                for (place, entry) in rows {
                    if end.is_some_and(|end| place <= end) {
                        break 'pass;
                    }
                    if seen.insert(entry.id().to_owned()) {
                        take(entry)?;
                    }
                }
                match next {
                    Some(next) if end.is_none_or(|end| next > end) => after = next,
                    _ => break,
                }
            }
            match top {
                Some(top) if end.is_none_or(|end| top > end) => end = Some(top),
                _ => return Ok(()),
            }
        }
        let what = "The register changes faster than it is read. Try again later.";
        Err(Refusal::new(Code::State, what))
    }

    async fn part(
        &self,
        register: Register,
        filter: &RegisterFilter,
        after: Place,
    ) -> Result<(Vec<(Place, Entry)>, Option<Place>, Option<Place>), Refusal> {
        Ok(match register {
            Register::Approval => {
                let part = self.approvals(filter, after, PART).await?;
                let rows = part.rows.into_iter();
                let rows = rows.map(|(place, row)| (place, Entry::Approval(row)));
                (rows.collect(), part.first, part.next)
            }
            Register::Delivery => {
                let part = self.deliveries(filter, after, PART).await?;
                let rows = part.rows.into_iter();
                let rows = rows.map(|(place, row)| (place, Entry::Delivery(row)));
                (rows.collect(), part.first, part.next)
            }
        })
    }

    async fn register_as_csv(
        &self,
        register: Register,
        filter: &RegisterFilter,
        path: &Path,
    ) -> Result<u64, Refusal> {
        let head: &[&str] = match register {
            Register::Approval => &APPROVAL_HEAD,
            Register::Delivery => &DELIVERY_HEAD,
        };
        let mut table = CsvTable::begin(path, head)?;
        let write = |entry: Entry| match entry {
            Entry::Approval(row) if row.signatures.is_empty() => approval(&mut table, &row, None),
            Entry::Approval(row) => row
                .signatures
                .iter()
                .try_for_each(|signature| approval(&mut table, &row, Some(signature))),
            Entry::Delivery(row) => delivery(&mut table, &row),
        };
        self.every_row(register, filter, write).await?;
        table.end()
    }

    async fn register_as_pdf(
        &self,
        register: Register,
        filter: &RegisterFilter,
        path: &Path,
    ) -> Result<u64, Refusal> {
        let mut rows: Vec<Vec<String>> = Vec::new();
        let keep = |entry: Entry| {
            if rows.len() >= MOST_PDF_ROWS {
                let what = format!(
                    "A PDF holds {MOST_PDF_ROWS} rows; name a shorter period, or export as CSV."
                );
                return Err(Refusal::new(Code::State, what));
            }
            rows.push(match entry {
                Entry::Approval(row) => pdf::approval(&row),
                Entry::Delivery(row) => pdf::delivery(&row),
            });
            Ok(())
        };
        self.every_row(register, filter, keep).await?;
        let count = rows.len() as u64;
        let made = pdf::Made {
            at: self.now(),
            by: self.person().name.clone(),
            filter: filter.clone(),
        };
        let set = tokio::task::spawn_blocking(move || pdf::set(register, &rows, &made));
        let bytes = set
            .await
            .map_err(|e| Refusal::new(Code::Internal, e.to_string()))??;
        write_new(path, &bytes)?;
        Ok(count)
    }
}

/// A file of its own for a register, among the files of a person. It is not made yet.
fn free_file(
    downloads: &Path,
    register: Register,
    now: Millis,
    format: RegisterFormat,
) -> Result<PathBuf, Refusal> {
    let what = match register {
        Register::Approval => "Approval register",
        Register::Delivery => "Delivery register",
    };
    let ending = match format {
        RegisterFormat::Csv => "csv",
        RegisterFormat::Pdf => "pdf",
    };
    let day: String = now.rfc3339().chars().take(10).collect();
    std::fs::create_dir_all(downloads).map_err(|e| unusable(downloads, &e))?;
    let mut files = (1..MOST_FILES).map(|n| match n {
        1 => downloads.join(safe_file_name(&format!("{what} {day}.{ending}"))),
        n => downloads.join(safe_file_name(&format!("{what} {day} ({n}).{ending}"))),
    });
    files
        .find(|file| !file.exists())
        .ok_or_else(|| input(format!("The {register} register was exported very often.")))
}

const APPROVAL_HEAD: [&str; 20] = [
    "letter",
    "title",
    "case",
    "partner",
    "template",
    "release",
    "content_hash",
    "made_by",
    "asked_at",
    "state",
    "signatures_needed",
    "signed_by",
    "verdict",
    "meaning",
    "signed_at_utc",
    "time_zone",
    "sealed_with",
    "approved_at_utc",
    "released_at_utc",
    "first_used_at_utc",
];

const DELIVERY_HEAD: [&str; 13] = [
    "notice",
    "job",
    "case",
    "partner",
    "template",
    "channel",
    "recipient",
    "state",
    "state_as_told",
    "reason",
    "released_at_utc",
    "at_utc",
    "produced_sha256",
];

fn moment(at: Option<i64>) -> String {
    at.map(|at| Millis(at).rfc3339()).unwrap_or_default()
}

fn approval(
    table: &mut CsvTable,
    row: &ApprovalRow,
    signature: Option<&RegisterSignature>,
) -> Result<(), Refusal> {
    let signed = |of: fn(&RegisterSignature) -> &str| signature.map_or("", of);
    table.row([
        row.notice.as_str(),
        &row.title,
        &row.case_number,
        &row.partner,
        &row.template,
        &row.release,
        &row.hash,
        &row.maker,
        &moment(Some(row.asked_at)),
        &row.status.state,
        &row.needed.to_string(),
        signed(|s| &s.by),
        signed(|s| &s.verdict),
        signed(|s| &s.meaning),
        &moment(signature.map(|s| s.at)),
        signed(|s| &s.zone),
        signed(|s| &s.sealed_with),
        &moment(row.approved_at),
        &moment(row.released_at),
        &moment(row.first_used_at),
    ])
}

fn delivery(table: &mut CsvTable, row: &DeliveryRow) -> Result<(), Refusal> {
    table.row([
        row.notice.as_str(),
        &row.job,
        &row.case_number,
        &row.partner,
        &row.template,
        &row.channel,
        &row.recipient,
        &row.status.state,
        &row.told,
        row.reason.as_deref().unwrap_or_default(),
        &moment(row.released_at),
        &moment(Some(row.at)),
        &row.sha256,
    ])
}
