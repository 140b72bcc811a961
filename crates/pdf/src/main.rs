//! `launch-ready-pdf`: sets PDFs for a server that has no typesetter of its own. It reads one request from its standard
//! input and writes the answer to its standard output.

use pdf::process::{Ask, Request};
use pdf::{Fonts, is_whole};
use std::io::{Read, Write};
use std::process::ExitCode;

fn answer() -> Result<Vec<u8>, String> {
    let mut text = vec![];
    std::io::stdin().read_to_end(&mut text).map_err(|e| e.to_string())?;
    let request: Request = serde_json::from_slice(&text).map_err(|e| e.to_string())?;
    let fonts = Fonts::load(request.fonts.as_deref()).map_err(|e| e.to_string())?;
    match request.ask {
        Ask::Names => serde_json::to_vec(&fonts.names()).map_err(|e| e.to_string()),
        Ask::Whole if request.logo.as_ref().is_some_and(|l| is_whole(&fonts, l)) => Ok(vec![]),
        Ask::Whole => Err("the picture is not whole".into()),
        Ask::Pdf(data) => pdf::pdf(&fonts, &data, request.logo.as_ref()).map_err(|e| e.to_string()),
    }
}

fn main() -> ExitCode {
    match answer().and_then(|bytes| std::io::stdout().write_all(&bytes).map_err(|e| e.to_string())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            let _ = writeln!(std::io::stderr(), "{why}");
            ExitCode::FAILURE
        }
    }
}
