//! Registers: which letters were approved before they were used, and what became of everything that was sent. Written as CSV
//! (RFC 4180, UTF-8) while it is read.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write,
    path::Path,
    str::FromStr,
};

use cache::{NoticeFilter, Window};
use domain::{
    Millis, Refusal,
    notice::NoticeState,
    record::Delivery,
    refusal::Code,
    review::{ReviewState, Signature, Verdict},
    review_log::ReviewRecord,
    words,
};

use crate::{
    Desk,
    problem::{Refuse, input},
    review::{self, text},
};

/// Rows read at once.
const PART: u32 = 500;
/// So many reviews the cache lists.
const MOST_REVIEWS: usize = 2_000;
/// State of a notice whose words nobody knows.
const UNKNOWN: &str = "unknown";
/// What a spreadsheet takes for the beginning of a formula, in both widths.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];
/// What begins a cell, somewhere in the world.
const ENDS: [char; 4] = [';', '\t', '\r', '\n'];

words! {
    /// A register.
    Register {
        /// Letters that were put under review, with every signature: one row each, or one for a letter nobody signed yet.
        Approvals = "approvals",
        /// What became of everything that was sent: one row for each notice.
        Deliveries = "deliveries",
    }
}

/// Which rows of a register.
#[derive(Debug, Clone, Default)]
pub struct RegisterFilter {
    /// States, of the review or of the notice; none is all.
    pub states: Vec<String>,
    /// Nothing that happened before.
    pub from: Option<Millis>,
    /// Nothing that happened at this time or later.
    pub until: Option<Millis>,
}

impl RegisterFilter {
    fn takes(&self, state: &str, at: Millis) -> bool {
        (self.states.is_empty() || self.states.iter().any(|one| one == state))
            && self.from.is_none_or(|from| at >= from)
            && self.until.is_none_or(|until| at < until)
    }

    /// Whether its states are words of the register: a misspelt one would leave an empty register that looks like a true one.
    fn check(&self, register: Register) -> Result<(), Refusal> {
        let known = |state: &str| match register {
            Register::Approvals => ReviewState::from_str(state).is_ok(),
            Register::Deliveries => state == UNKNOWN || NoticeState::from_str(state).is_ok(),
        };
        match self.states.iter().find(|state| !known(state)) {
            Some(state) => Err(input(format!("{state} is no state of {register}."))),
            None => Ok(()),
        }
    }
}

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
struct Table {
    rows: u64,
    out: csv::Writer<std::fs::File>,
}

impl Table {
    fn begin(path: &Path, head: &[&str]) -> Result<Self, Refusal> {
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

    fn row<'a>(&mut self, cells: impl IntoIterator<Item = &'a str>) -> Result<(), Refusal> {
        self.rows += 1;
        let written = self.out.write_record(cells.into_iter().map(cell));
        written.map_err(|e| unwritten(&e))
    }

    fn end(mut self) -> Result<u64, Refusal> {
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

impl Desk {
    /// Writes a register into a new file and gives the number of rows, without the head.
    ///
    /// # Errors
    /// `E_STATE` when there are more reviews than are listed; `E_INPUT` for a state it does not know, and when the file exists or cannot be written, which leaves none; failures of the databases.
    pub async fn export_register(
        &self,
        register: Register,
        filter: &RegisterFilter,
        path: &Path,
    ) -> Result<u64, Refusal> {
        filter.check(register)?;
        let exists = path.exists();
        let written = match register {
            Register::Approvals => self.approvals_to(filter, path).await,
            Register::Deliveries => self.deliveries_to(filter, path).await,
        };
        if written.is_err() && !exists {
            // Half a register looks like a whole one.
            let _ = std::fs::remove_file(path);
        }
        written
    }

    async fn approvals_to(&self, filter: &RegisterFilter, path: &Path) -> Result<u64, Refusal> {
        let head = [
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
            "released_at_utc",
        ];
        let mut table = Table::begin(path, &head)?;
        let now = self.now();
        // As Community has them: what waits here to be posted is in no register yet.
        for review in self.pulled_reviews().await? {
            let state = review.state(now);
            if !filter.takes(state.as_str(), review.requested_at) {
                continue;
            }
            let names = self.names_of(std::slice::from_ref(&review.case_id)).await?;
            let named = names.get(&review.case_id);
            let signed = review.signatures.iter();
            let mut signed: Vec<&Signature> =
                signed.filter(|s| s.hash == review.request.hash).collect();
            signed.sort_by_key(|signature| signature.at);
            if signed.is_empty() {
                self.approval_row(&mut table, &review, named, None)?;
            }
            for signature in signed {
                self.approval_row(&mut table, &review, named, Some(signature))?;
            }
        }
        table.end()
    }

    async fn pulled_reviews(&self) -> Result<Vec<ReviewRecord>, Refusal> {
        let cache = &self.inner.cache;
        let spaces = cache.spaces_for(review::PURPOSE).await.refuse()?;
        if spaces.len() >= MOST_REVIEWS {
            // A register that leaves the oldest out would look like a whole one.
            let what =
                format!("There are {MOST_REVIEWS} reviews or more; the register holds fewer.");
            return Err(Refusal::new(Code::State, what));
        }
        let mut reviews = Vec::new();
        let delegations = self.delegations().await?;
        for space in spaces {
            let items = cache.space_items(&space.id).await.refuse()?;
            reviews.extend(self.review_in(&space, &items, &delegations));
        }
        reviews.sort_by_key(|review| std::cmp::Reverse(review.requested_at));
        Ok(reviews)
    }

    fn approval_row(
        &self,
        table: &mut Table,
        review: &ReviewRecord,
        case: Option<&(String, String)>,
        signature: Option<&Signature>,
    ) -> Result<(), Refusal> {
        let release = review.data.get("template_version");
        let release = release.map(ToString::to_string).unwrap_or_default();
        let needed = review.request.needed.to_string();
        let (number, partner) = case.map_or(("", ""), |(n, p)| (n.as_str(), p.as_str()));
        let asked_at = review.requested_at.rfc3339();
        let state = review.state(self.now());
        let maker = review.request.maker.as_str();
        let released = review.released_at.map(Millis::rfc3339).unwrap_or_default();
        let signed_at = signature.map(|s| s.at.rfc3339()).unwrap_or_default();
        let sealed = signature.and_then(|s| s.seal.as_ref());
        let sealed = sealed
            .map(domain::seal::Seal::fingerprint)
            .unwrap_or_default();
        let signed = |of: fn(&Signature) -> &str| signature.map_or("", of);
        let verdict = signature.map_or("", |s| match s.verdict {
            Verdict::Approve => "approved",
            Verdict::Reject => "rejected",
        });
        table.row([
            review.notice.as_str(),
            &review.title,
            number,
            partner,
            text(&review.data, "template"),
            &release,
            &review.request.hash,
            self.persons().name(maker),
            &asked_at,
            state.as_str(),
            &needed,
            signed(|s| &s.printed_name),
            verdict,
            signed(|s| &s.meaning),
            &signed_at,
            signed(|s| &s.zone),
            &sealed,
            &released,
        ])
    }

    async fn deliveries_to(&self, filter: &RegisterFilter, path: &Path) -> Result<u64, Refusal> {
        let head = [
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
            "at_utc",
            "produced_sha256",
        ];
        let mut table = Table::begin(path, &head)?;
        let wanted = NoticeFilter {
            states: filter.states.clone(),
            ..NoticeFilter::default()
        };
        let mut offset = 0;
        loop {
            let window = Window {
                offset,
                limit: PART,
            };
            let part = self
                .inner
                .cache
                .list_notices(&wanted, window)
                .await
                .refuse()?;
            if part.items.is_empty() {
                return table.end();
            }
            let cases: BTreeSet<String> = part
                .items
                .iter()
                .filter_map(|d| d.case_id.clone())
                .collect();
            let cases: Vec<String> = cases.into_iter().collect();
            let names = self.names_of(&cases).await?;
            for delivery in &part.items {
                if filter.takes(&delivery.state, delivery.event_at) {
                    let case = delivery.case_id.as_ref().and_then(|id| names.get(id));
                    delivery_row(&mut table, delivery, case)?;
                }
            }
            offset += PART;
        }
    }

    /// Number and partner of cases.
    async fn names_of(
        &self,
        cases: &[String],
    ) -> Result<BTreeMap<String, (String, String)>, Refusal> {
        let me = self.person().id;
        let found = self.inner.cache.cases(cases, me.as_str()).await.refuse()?;
        let named = found
            .into_iter()
            .map(|item| (item.case.id, (item.case.number, item.case.partner_name)));
        Ok(named.collect())
    }
}

fn delivery_row(
    table: &mut Table,
    delivery: &Delivery,
    case: Option<&(String, String)>,
) -> Result<(), Refusal> {
    let (number, partner) = case.map_or(("", ""), |(n, p)| (n.as_str(), p.as_str()));
    let at = delivery.event_at.rfc3339();
    table.row([
        delivery.notice_id.as_str(),
        &delivery.job_id,
        number,
        partner,
        delivery.template.as_deref().unwrap_or_default(),
        &delivery.channel,
        &delivery.recipient,
        &delivery.state,
        &delivery.raw_state,
        delivery.reason.as_deref().unwrap_or_default(),
        &at,
        delivery.produced_sha256.as_deref().unwrap_or_default(),
    ])
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
        let mut table = Table::begin(&path, &["a", "b"]).unwrap();
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
        assert!(Table::begin(&path, &["a"]).is_err());
    }

    #[test]
    fn a_filter_takes_its_states_and_its_time() {
        let filter = RegisterFilter {
            states: vec!["bounced".to_owned()],
            from: Some(Millis(10)),
            until: Some(Millis(20)),
        };
        for (state, at, taken) in [
            ("bounced", 10, true),
            ("bounced", 19, true),
            ("bounced", 9, false),
            ("bounced", 20, false),
            ("sent", 10, false),
        ] {
            assert_eq!(filter.takes(state, Millis(at)), taken, "{state} {at}");
        }
        assert!(RegisterFilter::default().takes("sent", Millis(0)));
        assert!(filter.check(Register::Deliveries).is_ok());
        assert!(filter.check(Register::Approvals).is_err());
    }
}
