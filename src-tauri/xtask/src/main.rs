#![doc = include_str!("../README.md")]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]
// A command line tool speaks on its standard streams.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod bench;
mod fuzz;
mod generate;
mod interface;
mod process;
mod project;
mod rules;
mod run;
mod screenshots;
mod setup;
mod stamp;
mod test;

use std::process::ExitCode;

/// Every command ends in a sentence a person can act on.
type Outcome<T = ()> = Result<T, String>;

const USAGE: &str = "usage: cargo xtask <command>

  run [--yes] [--release] [-- args]   set up what is missing, build, open the window
  test [part or test name]...         every check and every test; parts: fmt rules ui generated
                                      clippy unit journeys faults contract upgrades window
  rules                               the rules of the source tree alone
  generate [--check]                  TypeScript types from the crate `api`
  bench [name]...                     benchmarks, printed and written to target/bench.json
  fuzz [target]... [--seconds N]      fuzzes the parsers of what strangers send; goes on where it ended
  screenshots                         pictures of the real window into assets/screenshots
  setup [--yes]                       the set-up alone";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let mut rest = args.iter().map(String::as_str);
    let command = rest.next().unwrap_or("help");
    let rest: Vec<&str> = rest.collect();
    let outcome = match command {
        "run" => run::run(&rest),
        "test" => test::test(&rest),
        "rules" => rules::check(&project::Project::find()),
        "generate" => generate::generate(&rest),
        "bench" => bench::bench(&rest),
        "fuzz" => fuzz::fuzz(&rest),
        "screenshots" => screenshots::screenshots(&rest),
        "setup" => setup::everything(&project::Project::find(), rest.contains(&"--yes")),
        "help" | "--help" | "-h" => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        other => {
            eprintln!("xtask: there is no command `{other}`\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::FAILURE
        }
    }
}
