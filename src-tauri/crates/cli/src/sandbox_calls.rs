//! `sandbox serve` and `init`.

use desk::{Desk, OpenOptions, Secrets, Source};
use domain::{Millis, Refusal, refusal::Code};
use serde_json::json;
use zeroize::Zeroizing;

use crate::{
    args::SandboxCall,
    doctor,
    output::{self, Outcome, Problem},
};

/// Serves until interrupted.
pub(crate) async fn serve(call: SandboxCall) -> Result<Outcome, Problem> {
    let SandboxCall::Serve {
        listen,
        seed,
        cases,
        customers,
        epoch,
        state,
    } = call;
    let epoch = epoch
        .map(|text| Millis::parse_lenient(&text))
        .transpose()
        .map_err(|e| Problem::Usage(format!("--epoch: {e}")))?;
    let options = sandbox::Options {
        listen,
        seed,
        cases: cases as _,
        customers: customers as _,
        epoch,
        state_dir: state,
    };
    let running = sandbox::start(options)
        .await
        .map_err(|e| Refusal::new(Code::Internal, format!("The sandbox cannot start: {e}")))?;
    output::line(&running.first_line().to_string());
    crate::signals::told_to_end()?.await;
    running.shutdown().await;
    Ok(json!({"stopped": true}).into())
}

/// Writes the configuration of the six connections.
pub(crate) async fn init(
    mut options: OpenOptions,
    sandbox: Option<String>,
    config: Option<std::path::PathBuf>,
) -> Result<Outcome, Problem> {
    let (source, secrets) = match (sandbox, config) {
        (Some(url), _) => {
            let description = desk::describe_sandbox(&url).await?;
            (Source::sandbox(description), Secrets::default())
        }
        (None, Some(file)) => {
            let text = Zeroizing::new(
                std::fs::read_to_string(&file)
                    .map_err(|e| Refusal::new(Code::Input, format!("{}: {e}", file.display())))?,
            );
            Source::of_config(&text)?
        }
        (None, None) => {
            return Err(Problem::Usage(
                "Name a sandbox or a configuration.".to_owned(),
            ));
        }
    };
    options.source = Some(source);
    options.secrets = secrets;
    let desk = Desk::open(options).await?;
    let told = told(&desk);
    desk.close().await;
    told
}

fn told(desk: &Desk) -> Result<Outcome, Problem> {
    if let Some(why) = desk.read_only() {
        return Err(Refusal::new(Code::Locked, why).into());
    }
    let systems: Vec<_> = desk
        .source()
        .and_then(|s| s.connections().ok())
        .map(|c| c.systems.into_keys().collect())
        .unwrap_or_default();
    Ok(json!({
        "systems": systems, "sandbox": desk.source().is_some_and(|s| s.is_sandbox()), "warnings": desk.warnings(),
        "secrets": doctor::secrets(desk),
    })
    .into())
}
