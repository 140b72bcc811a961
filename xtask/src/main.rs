//! Builds, serves, tests and measures Launch Ready: `cargo xtask serve | test | bench | docs`.
//! Does all the set-up itself, one line a step.

mod agree;
mod attack;
mod bench;
mod circles;
mod front;
mod lab;
mod messages;
mod postgres;
mod process;
mod serve;
mod setup;
mod step;
mod style;
mod test;
mod zoo;

use std::process::ExitCode;

const HELP: &str = "cargo xtask serve [--release] [-- ARGS]   set up, build and run the product
cargo xtask test [PART]…               set up and run every test; parts: fmt lint deny unit store front e2e attack zoo doc
cargo xtask attack [short]             attack a running release build, a line each: held or not
cargo xtask bench                      measure, and write docs/benchmarks.md
cargo xtask agree                      compare with checkdmarc, sslyze and the Observatory, run the zoo; write docs/agreement.md
cargo xtask zoo [short] [NAME]…        scan real software, set up right and with a mistake; all of it writes docs/agreement.md
cargo xtask build [--release]          build front end and server, run nothing
cargo xtask docs                       write the generated pages below docs/ again
cargo xtask shots                      take the pictures of the README again
cargo xtask messages FILE              collect what pages say into a file to translate, such as de.tsv
cargo xtask circles [CRATE]…           find files of a crate that import each other in a circle
cargo xtask lab [PORT]                 run the lab that the browser tests scan";

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let command = args.next().unwrap_or_default();
    let rest: Vec<String> = args.collect();
    let result = match command.as_str() {
        "serve" => serve::serve(&rest),
        "build" => serve::build(rest.iter().any(|a| a == "--release")).map(|_| true),
        "test" => test::test(&rest),
        "attack" => attack::command(&rest),
        "bench" => bench::bench(),
        "agree" => agree::agree(),
        "circles" => circles::circles(&rest),
        "zoo" => zoo::zoo(&rest),
        "docs" => serve::docs(),
        "messages" => messages::messages(&rest),
        "shots" => test::shots(),
        "lab" => step::run("lab", step::cargo(&["run", "-q", "-p", "lab", "--"]).args(&rest)),
        _ => {
            println!("{HELP}");
            Ok(command.is_empty() || command == "help" || command == "--help")
        }
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("xtask: {why}");
            ExitCode::FAILURE
        }
    }
}
