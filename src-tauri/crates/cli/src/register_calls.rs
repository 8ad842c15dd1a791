//! `register` and `export register`: the registers as pages and as files.

use std::path::PathBuf;

use chrono::{NaiveDate, NaiveTime};
use clap::{Args, Subcommand};
use desk::{
    Desk, RegisterFilter, register_format,
    view::{GetRegister, RegisterFilterArgs, RegisterFormat, RegisterName},
};
use domain::{Refusal, refusal::Code, register::Register};
use serde_json::{Value, json};

/// Which rows of a register.
#[derive(Debug, Args)]
pub(crate) struct Rows {
    /// Only this state; may be said several times.
    #[arg(long = "state")]
    states: Vec<String>,
    /// Only this template, by its key; may be said several times.
    #[arg(long = "template", value_name = "KEY")]
    templates: Vec<String>,
    /// Only what is for this partner, by its id; may be said several times.
    #[arg(long = "partner", value_name = "ID")]
    partners: Vec<String>,
    /// Only rows with these words.
    #[arg(long)]
    text: Option<String>,
    /// Nothing before this day (UTC).
    #[arg(long, value_name = "YYYY-MM-DD")]
    from: Option<NaiveDate>,
    /// Nothing after this day (UTC).
    #[arg(long, value_name = "YYYY-MM-DD")]
    to: Option<NaiveDate>,
}

/// What is exported.
#[derive(Debug, Subcommand)]
pub(crate) enum ExportCall {
    /// A register, into a new file.
    Register {
        /// `approval` or `delivery`.
        register: Register,
        /// `csv` or `pdf`.
        #[arg(long, value_parser = format_of, default_value = "csv")]
        format: RegisterFormat,
        #[command(flatten)]
        rows: Rows,
        /// The file; it must not exist.
        #[arg(long)]
        out: PathBuf,
    },
}

fn format_of(word: &str) -> Result<RegisterFormat, String> {
    register_format(word).map_err(|refusal| refusal.message)
}

impl Rows {
    fn filter(self) -> RegisterFilterArgs {
        let midnight = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc().timestamp_millis();
        RegisterFilterArgs {
            text: self.text,
            states: Some(self.states),
            templates: Some(self.templates),
            partners: Some(self.partners),
            from: self.from.map(midnight),
            until: self.to.and_then(|day| day.succ_opt()).map(midnight),
        }
    }
}

/// A page of a register, as the window shows it.
pub(crate) async fn page(
    desk: &Desk,
    register: Register,
    rows: Rows,
    limit: u32,
    after: Option<String>,
) -> Result<Value, Refusal> {
    let wanted = GetRegister {
        register: match register {
            Register::Approval => RegisterName::Approval,
            Register::Delivery => RegisterName::Delivery,
        },
        filter: Some(rows.filter()),
        after,
        limit: Some(limit),
    };
    let page = desk.register(&wanted).await?;
    serde_json::to_value(page).map_err(|e| Refusal::new(Code::Internal, e.to_string()))
}

/// Writes what was asked for.
pub(crate) async fn export(desk: &Desk, call: ExportCall) -> Result<Value, Refusal> {
    let ExportCall::Register {
        register,
        format,
        rows,
        out,
    } = call;
    let filter = RegisterFilter::of(Some(&rows.filter()));
    let rows = desk.export_register(register, &filter, format, &out);
    Ok(json!({"file": out.display().to_string(), "rows": rows.await?}))
}
