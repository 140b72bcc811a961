//! Trains the dictionary of `codec` on evidence files (`launch-ready scan --save`), and prints what they take with it.
//! `cargo run -p store --example dictionary -- OUT FILE…`

use readiness::{Ledger, Outside, assess, stored};
use std::process::ExitCode;
use store::codec::Shape;

/// Bytes of the dictionary: twice as many save less than they cost in the binary.
const SIZE: usize = 48 * 1024;

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let out = args.next().unwrap_or_default();
    let files: Vec<String> = args.collect();
    let mut samples = vec![];
    let mut sums = [0usize; 3];
    for file in &files {
        let Ok(scan) = std::fs::read_to_string(file)
            .map_err(|e| e.to_string())
            .and_then(|t| serde_json::from_str::<Outside>(&t).map_err(|e| e.to_string()))
        else {
            eprintln!("{file} is no evidence");
            return ExitCode::FAILURE;
        };
        let at = scan.started_at;
        let text = serde_json::to_string(&scan).unwrap_or_default();
        let Ok(stored) = stored::split(&assess(&Ledger::of_scan(scan), at)) else { return ExitCode::FAILURE };
        for (n, (sum, json)) in sums.iter_mut().zip([&text, &stored.judged, &stored.details]).enumerate() {
            let shape = Shape::of(json, at);
            let packed = shape.pack(None).map_or(0, |p| p.len());
            *sum += packed;
            println!("{file} {} {} → {packed}", ["evidence", "judged", "details"].get(n).unwrap_or(&""), json.len());
            // Short pieces: a dictionary is trained on what recurs, not on whole texts.
            samples.extend(shape.as_bytes().chunks(2048).map(<[u8]>::to_vec));
        }
    }
    println!("in the mean: {:?}", sums.map(|s| s / files.len().max(1)));
    if out.is_empty() {
        return ExitCode::SUCCESS;
    }
    match zstd::dict::from_samples(&samples, SIZE).and_then(|d| std::fs::write(&out, d)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("{e}");
            ExitCode::FAILURE
        }
    }
}
