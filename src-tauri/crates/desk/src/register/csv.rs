//! A register for spreadsheets: RFC 4180, UTF-8, no cell of which is run.

use std::{io::Write, path::Path};

use domain::Refusal;

use crate::problem::input;

/// What a spreadsheet takes for the beginning of a formula, in both widths.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];
/// What begins a cell, somewhere in the world.
const ENDS: [char; 4] = [';', '\t', '\r', '\n'];

/// Text as a cell that no spreadsheet runs: what begins like a formula gets an apostrophe before it, as OWASP says of CSV
/// injection. So does what follows a sign that ends a cell elsewhere: not every spreadsheet takes a comma for one. Line ends
/// stay inside the quotes.
fn cell(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + 1);
    let mut begins = true;
    for letter in text.chars() {
        if begins && FORMULA.contains(&letter) {
            safe.push('\'');
        }
        let skipped = letter.is_whitespace() || is_format(letter);
        begins = ENDS.contains(&letter) || (begins && skipped);
        safe.push(letter);
    }
    safe
}

/// Signs without a width, which hide what follows them.
const fn is_format(letter: char) -> bool {
    matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\0'..='\u{1f}')
}

/// A register that is being written.
pub(super) struct CsvTable {
    rows: u64,
    out: csv::Writer<std::fs::File>,
}

impl CsvTable {
    pub(super) fn begin(path: &Path, head: &[&str]) -> Result<Self, Refusal> {
        let unusable =
            |e: std::io::Error| input(format!("{} cannot be used: {e}.", path.display()));
        let mut file = std::fs::File::create_new(path).map_err(unusable)?;
        // Spreadsheets take a file without it for one of an older encoding.
        file.write_all("\u{feff}".as_bytes()).map_err(unusable)?;
        let mut out = csv::WriterBuilder::new()
            .quote_style(csv::QuoteStyle::Always)
            .from_writer(file);
        out.write_record(head).map_err(|e| unwritten(&e))?;
        Ok(Self { rows: 0, out })
    }

    pub(super) fn row<'a>(
        &mut self,
        cells: impl IntoIterator<Item = &'a str>,
    ) -> Result<(), Refusal> {
        self.rows += 1;
        let written = self.out.write_record(cells.into_iter().map(cell));
        written.map_err(|e| unwritten(&e))
    }

    pub(super) fn end(mut self) -> Result<u64, Refusal> {
        let written = self.out.flush().map_err(csv::Error::from);
        written.map_err(|e| unwritten(&e))?;
        let file = self.out.into_inner().map_err(|e| input(e.to_string()))?;
        file.sync_all().map_err(|e| input(e.to_string()))?;
        Ok(self.rows)
    }
}

fn unwritten(error: &csv::Error) -> Refusal {
    input(format!("The register cannot be written: {error}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_run_as_a_formula() {
        for (text, safe) in [
            ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
            ("+1", "'+1"),
            ("-2+3", "'-2+3"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "\t'=1"),
            ("\r=1", "\r'=1"),
            ("  =1", "  '=1"),
            ("\u{a0}=1", "\u{a0}'=1"),
            ("\u{feff}=1", "\u{feff}'=1"),
            ("＝1", "'＝1"),
            ("a;=1", "a;'=1"),
            ("a\n -1", "a\n '-1"),
        ] {
            assert_eq!(cell(text), safe);
        }
        for text in [
            "",
            "Twelve are short",
            "a=b",
            "4f09",
            "12-3",
            "Kovář, Lena\nsays",
        ] {
            assert_eq!(cell(text), text);
        }
    }

    #[test]
    fn a_register_reads_back_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("register.csv");
        let mut table = CsvTable::begin(&path, &["a", "b"]).unwrap();
        let rows = [["=1+1", "say \"no\", they\r\nsaid"], ["Lena Kovář", ""]];
        for row in rows {
            table.row(row).unwrap();
        }
        assert_eq!(table.end().unwrap(), 2);
        let text = std::fs::read_to_string(&path).unwrap();
        let body = text.strip_prefix('\u{feff}').unwrap();
        let mut reader = csv::Reader::from_reader(body.as_bytes());
        let read: Vec<Vec<String>> = reader
            .records()
            .map(|row| row.unwrap().iter().map(str::to_owned).collect())
            .collect();
        assert_eq!(read[0], ["'=1+1", "say \"no\", they\r\nsaid"]);
        assert_eq!(read[1], ["Lena Kovář", ""]);
        // What is there is not written over.
        assert!(CsvTable::begin(&path, &["a"]).is_err());
    }
}
