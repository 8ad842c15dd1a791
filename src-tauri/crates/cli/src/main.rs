#![doc = include_str!("../README.md")]

mod args;
mod campaign_calls;
mod distribution_calls;
mod doctor;
mod edi_calls;
mod lists;
mod loop_calls;
mod notice_calls;
mod output;
mod outreach_calls;
mod register_calls;
mod resolution_calls;
mod review_calls;
mod run;
mod sandbox_calls;
mod signals;
mod statement_calls;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let args = match args::Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            let wrong = error.use_stderr();
            // Nothing is left to tell anybody when even this cannot be printed.
            let _ = error.print();
            return ExitCode::from(if wrong { output::USAGE } else { 0 });
        }
    };
    let filter = tracing_subscriber::EnvFilter::try_from_env("PARTNER_CONSOLE_LOG")
        .unwrap_or_else(|_| "warn".into());
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .try_init();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return output::broken(&error.to_string()),
    };
    let code = runtime.block_on(run::run(args));
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    ExitCode::from(code)
}
