//! The peer of `apply`: the same rows through SQLite's C interface, prepared statements in a loop, on the same schema.
//!
//! It is what the fastest hand-written import would do: read the JSON, bind, step, one transaction for each page. It
//! compares nothing with what is there, derives no findings, keeps no log of changes and announces nothing.
#![allow(
    unsafe_code,
    reason = "the C interface itself is what is measured against"
)]

use std::ffi::{CStr, c_char, c_int};

use domain::record::Case;
use libsqlite3_sys as ffi;
use sqlite::Tx;

const CASE: &CStr = c"insert into case_ (id, collection, record, digest, version, changed_at, fetched_at, number, \
    case_type, partner_id, partner_name, opened_at, updated_at, due_key, shown_status, shown_priority, shown_owner, \
    shown_communication_status, shown_open) values (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";
const LINK: &CStr = c"insert into link (value, case_id, relation, partner_id) values (?,?,?,?)";
const NAME: &CStr = c"insert into search_row (row, kind, id, digest) values (?,?,?,?)";
const WORDS: &CStr = c"insert into search (rowid, kind, body) values (?,?,?)";

/// A prepared statement of one connection.
struct Statement {
    raw: *mut ffi::sqlite3_stmt,
    next: c_int,
}

impl Statement {
    fn new(db: *mut ffi::sqlite3, sql: &CStr) -> Self {
        let mut raw = std::ptr::null_mut();
        // SAFETY: `db` is the open connection whose lock the caller holds; the text ends with a zero.
        let code = unsafe {
            ffi::sqlite3_prepare_v2(db, sql.as_ptr(), -1, &mut raw, std::ptr::null_mut())
        };
        assert_eq!(code, ffi::SQLITE_OK);
        Self { raw, next: 0 }
    }

    /// The bytes must live until [`Self::step`].
    fn text(&mut self, value: &str) -> &mut Self {
        self.next += 1;
        let length = c_int::try_from(value.len()).unwrap();
        // SAFETY: the statement is ours; the engine reads `length` bytes no later than the step that follows.
        let code = unsafe {
            ffi::sqlite3_bind_text(
                self.raw,
                self.next,
                value.as_ptr().cast::<c_char>(),
                length,
                ffi::SQLITE_STATIC(),
            )
        };
        assert_eq!(code, ffi::SQLITE_OK);
        self
    }

    fn int(&mut self, value: i64) -> &mut Self {
        self.next += 1;
        // SAFETY: the statement is ours.
        let code = unsafe { ffi::sqlite3_bind_int64(self.raw, self.next, value) };
        assert_eq!(code, ffi::SQLITE_OK);
        self
    }

    fn step(&mut self) {
        self.next = 0;
        // SAFETY: the statement is ours and everything bound to it is still there.
        unsafe {
            assert_eq!(ffi::sqlite3_step(self.raw), ffi::SQLITE_DONE);
            ffi::sqlite3_reset(self.raw);
        }
    }
}

impl Drop for Statement {
    fn drop(&mut self) {
        // SAFETY: it was prepared here and nobody else has it.
        unsafe { ffi::sqlite3_finalize(self.raw) };
    }
}

/// Reads and inserts one page; the caller commits.
pub async fn insert(tx: &mut Tx, texts: &[String]) {
    let mut handle = tx.lock_handle().await.unwrap();
    let db = handle.as_raw_handle().as_ptr();
    let mut case_ = Statement::new(db, CASE);
    let mut link = Statement::new(db, LINK);
    let mut name = Statement::new(db, NAME);
    let mut words = Statement::new(db, WORDS);
    for text in texts {
        let case: Case = serde_json::from_str(text).unwrap();
        let row = (case.opened_at.0 << 20) | (case.id.parse::<i64>().unwrap() & 0xf_ffff);
        case_
            .text(&case.id)
            .text("cases")
            .text(text)
            .int(1)
            .int(case.version)
            .int(case.updated_at.0)
            .int(case.updated_at.0)
            .text(&case.number)
            .text(&case.case_type)
            .text(&case.partner_id)
            .text(&case.partner_short_name)
            .int(case.opened_at.0)
            .int(case.updated_at.0)
            .int(case.due_at.map_or(i64::MAX, |at| at.0))
            .text(&case.status)
            .text(&case.priority)
            .text(case.owner.as_deref().unwrap_or_default())
            .text("")
            .int(i64::from(case.status != "closed"))
            .step();
        for reference in &case.business_refs {
            link.text(&reference.value)
                .text(&case.id)
                .text(&reference.kind)
                .text(&case.partner_id)
                .step();
        }
        name.int(row).text("case").text(&case.id).int(1).step();
        let mut body = format!(
            "{} {} {} {} {}",
            case.number, case.id, case.subject, case.partner_name, case.partner_short_name
        );
        for reference in &case.business_refs {
            body.push(' ');
            body.push_str(&reference.value);
        }
        words.int(row).text("case").text(&body).step();
    }
}
