//! What was distributed over the grid: one row for each recipient, with time and proof.

use std::path::Path;

use domain::{Millis, Refusal};

use super::csv::CsvTable;
use crate::{Desk, distribution::Distribution, view::AddresseeRow};

const HEAD: [&str; 19] = [
    "distribution",
    "case",
    "letter",
    "content_hash",
    "sha256",
    "partner",
    "name",
    "address",
    "state",
    "reason",
    "message_id",
    "transaction",
    "control_numbers",
    "sent_at_utc",
    "delivered_at_utc",
    "proof_kind",
    "proof_at_utc",
    "proof_sha256",
    "grid_record_sha256",
];

impl Desk {
    /// Writes every recipient of every distribution as CSV into a new file; gives the number of rows, without the head.
    ///
    /// # Errors
    /// `E_INPUT` when the file exists or cannot be written, which leaves none; failures of the databases.
    pub async fn export_distributions(&self, path: &Path) -> Result<u64, Refusal> {
        let exists = path.exists();
        let written = self.distributions_to(path).await;
        if written.is_err() && !exists {
            // Half a register looks like a whole one.
            let _ = std::fs::remove_file(path);
        }
        written
    }

    async fn distributions_to(&self, path: &Path) -> Result<u64, Refusal> {
        let mut table = CsvTable::begin(path, &HEAD)?;
        let now = self.now();
        for of in self.distributions().await? {
            let case = self.know(&of.case_id).await.ok();
            let case = case.map(|k| k.case.number).unwrap_or_default();
            for addressee in of.recipients() {
                let row = self.addressee_row(&of, addressee, now).await?;
                write(&mut table, &of, &case, &row)?;
            }
        }
        table.end()
    }
}

fn write(
    table: &mut CsvTable,
    of: &Distribution,
    case: &str,
    row: &AddresseeRow,
) -> Result<(), Refusal> {
    let letter = &of.definition.letter;
    let at = |at: Option<i64>| at.map(|at| Millis(at).rfc3339()).unwrap_or_default();
    let (sent, delivered, proven) = (at(row.sent_at), at(row.delivered_at), at(row.proof_at));
    let or_none = |text: &Option<String>| text.clone().unwrap_or_default();
    table.row([
        of.number(),
        case,
        &letter.notice,
        &letter.hash,
        &letter.sha256,
        &row.partner,
        &row.name,
        &row.address,
        &row.status.state,
        &row.reason,
        &or_none(&row.message_id),
        &or_none(&row.transaction),
        &row.control,
        &sent,
        &delivered,
        &or_none(&row.proof_kind),
        &proven,
        &or_none(&row.proof_sha256),
        &or_none(&row.grid_record_sha256),
    ])
}
