//! `launch-ready checks`.

use super::common::print;
use clap::{Args, ValueEnum};
use readiness::{catalogue, report};
use std::process::ExitCode;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    #[default]
    Text,
    Json,
    Markdown,
}

#[derive(Debug, Args)]
pub struct ChecksArgs {
    /// How to write the list
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub fn checks(args: &ChecksArgs) -> Result<ExitCode, String> {
    let entries = catalogue::entries();
    let out = match args.format {
        Format::Json => serde_json::to_string_pretty(entries).map_err(|e| e.to_string())? + "\n",
        Format::Markdown => report::catalogue_markdown(),
        Format::Text => {
            let mut out = String::new();
            let mut stage = None;
            for e in entries {
                if stage != Some(e.stage) {
                    stage = Some(e.stage);
                    out.push_str(&format!("\n{} · {}\n", e.stage.number(), readiness::roadmap::text(e.stage).name));
                }
                out.push_str(&format!(
                    "{} {:<8} {:<10} {:<3} {:<9} {}\n",
                    if e.implemented { "●" } else { "◌" },
                    e.id,
                    e.area,
                    e.class,
                    e.impact,
                    e.title
                ));
            }
            let done = entries.iter().filter(|e| e.implemented).count();
            out.push_str(&format!(
                "\n{} checks; ● {done} are looked at by this version, ◌ {} are not yet.\n",
                entries.len(),
                entries.len() - done
            ));
            out
        }
    };
    print(&out);
    Ok(ExitCode::SUCCESS)
}
