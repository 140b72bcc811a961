//! `launch-ready verify PACK`: whether a handover pack is as it was made.

use crate::platform::handover_pack as pack;
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// The ZIP
    file: PathBuf,
    /// The key that must have signed it, as the server shows it at /signing-key
    #[arg(long, value_name = "BASE64")]
    key: Option<String>,
}

/// Checks the pack; 0 if it is whole, 1 if not.
pub fn verify(args: &VerifyArgs) -> Result<ExitCode, String> {
    let bytes = std::fs::read(&args.file).map_err(|e| format!("{} cannot be read: {e}.", args.file.display()))?;
    Ok(match pack::verify(&bytes, args.key.as_deref()) {
        Ok(m) => {
            println!("Whole: {} files of {}, made {} by {}.", m.files.len(), m.domain, m.made_at, m.made_by);
            println!(
                "Signed by {}{}",
                m.key,
                if args.key.is_some() {
                    ", the key you named."
                } else {
                    ". Compare it with /signing-key of the server, or name it with --key."
                }
            );
            ExitCode::SUCCESS
        }
        Err(why) => {
            println!("Not as it was made. {why}");
            ExitCode::from(1)
        }
    })
}
