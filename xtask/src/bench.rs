//! Measurements of the release build, written to `docs/benchmarks.md`. Figures are what was seen
//! on the machine at hand, and say so.

mod measure;
mod work;

use crate::step::{Result, cargo, must, root, step};
use crate::{lab, serve};
use measure::{AT, curl, memory, middle, percentile, start, worst};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// Measures and writes the page.
pub fn bench() -> Result<bool> {
    let binary = serve::build(true)?;
    step("lab", || must("the lab's build", &mut cargo(&["build", "--quiet", "-p", "lab"])))?;
    let (_lab, line) = lab::start("7098")?;
    let field = |name: &str| {
        serde_json::from_str::<serde_json::Value>(&line).ok().and_then(|v| v[name].as_str().map(str::to_owned)).unwrap_or_default()
    };
    let described: serde_json::Value = serde_json::from_str(&line).map_err(|e| e.to_string())?;
    let (dns, ca) = (field("dns"), field("ca_file"));
    let data = std::env::temp_dir().join(format!("lr-bench-{}", std::process::id()));
    let mut rows: Vec<(String, String, String)> = vec![];

    let lab = [("LAUNCH_READY_RESOLVERS", dns.as_str()), ("LAUNCH_READY_CA_FILE", ca.as_str()), ("LAUNCH_READY_ALLOW_NET", "127.0.0.0/8")];
    let starts: Vec<f64> = step("start to first answer", || (0..9).map(|_| start(&binary, &data, &lab).map(|(ms, _)| ms)).collect())?;
    rows.push((
        "start to first answer, fresh data folder, median of 9".into(),
        "≤ 300 ms".into(),
        format!("{:.0} ms (worst {:.0})", middle(&starts), worst(&starts)),
    ));

    let (_, server) = start(&binary, &data, &lab)?;
    std::thread::sleep(Duration::from_secs(3));
    let rss = memory(server.0.id())?;
    rows.push(("resident memory, idle".into(), "≤ 80 MB".into(), format!("{rss:.0} MB")));

    let transfer = step("front page", front_page)?;
    rows.push(("front page, all assets, compressed".into(), "≤ 400 KB".into(), format!("{:.0} KB", transfer / 1000.0)));

    let list = step("list of 100 projects", project_list)?;
    rows.push((
        "list of 100 scanned projects, p95 of 200".into(),
        "≤ 20 ms".into(),
        format!("{:.1} ms (median {:.1})", percentile(&list, 0.95), middle(&list)),
    ));
    drop(server);
    rows.extend(work::portfolio(&binary, &lab)?);
    rows.extend(doors(&binary, &data, &lab)?);
    rows.extend(tenants()?);

    let whole = || lab::scan(&binary, &described, "acme.test", &["app.acme.test".to_owned()]);
    let timed = |n: usize| -> Result<Vec<f64>> {
        (0..n)
            .map(|_| {
                let begun = Instant::now();
                must("the scan", &mut whole())?;
                Ok(begun.elapsed().as_secs_f64() * 1000.0)
            })
            .collect()
    };
    let scans = step("lab scans", || timed(15))?;
    rows.push((
        "whole lab scan by the command line, all checks, median of 15".into(),
        "≤ 400 ms".into(),
        format!("{:.0} ms (worst {:.0})", middle(&scans), worst(&scans)),
    ));
    weather(50)?;
    let far = step("lab scans at 50 ms", || timed(5))?;
    let trace = std::env::temp_dir().join("lr-trace.json");
    must("the scan", whole().arg("--trace").arg(&trace))?;
    let chain = chain(&trace)?;
    weather(0)?;
    rows.push((
        "the same with 50 ms at each of the lab's sockets, median of 5".into(),
        "≤ 1.3 × the longest chain".into(),
        format!("{:.0} ms; the longest chain in the trace is {chain:.0} ms", middle(&far)),
    ));
    let many = step("many scans at once", || {
        must("the build", &mut cargo(&["build", "--quiet", "--release", "-p", "scanner", "--example", "measure"]))?;
        let out = Command::new(root().join("target/release/examples/measure")).arg(&line).output().map_err(|e| e.to_string())?;
        serde_json::from_slice::<serde_json::Value>(&out.stdout)
            .map_err(|e| format!("the measurement said nothing: {e} {}", String::from_utf8_lossy(&out.stderr)))
    })?;
    let figure = |name: &str| many[name].as_f64().unwrap_or(0.0);
    rows.push((
        "200 scans at once in one process, memory at most".into(),
        "≤ 200 MB".into(),
        format!("{:.0} MB ({:.0} before)", figure("rss_peak"), figure("rss_before")),
    ));
    rows.push((
        "200 scans at once: scans a second, and what ran out of time".into(),
        "nothing".into(),
        format!(
            "{:.1} a second with the lab on the same cores; {:.0} collectors, {:.0} DNS questions",
            figure("scans") / figure("seconds"),
            figure("late"),
            figure("dns_timeouts")
        ),
    ));
    rows.push(("judging one evidence".into(), "≤ 1 ms".into(), format!("{:.2} ms", figure("assess_ms"))));
    let peer = step("secretlint", secretlint)?;
    rows.push((
        "searching 10 MB of script for secrets; secretlint over the same, its start left out".into(),
        "reported".into(),
        format!("{:.0} MB/s; {peer}", figure("search_mb_s")),
    ));
    let _ = std::fs::remove_dir_all(&data);
    write(&rows)?;
    for (what, goal, seen) in rows {
        println!("{what}: {seen} (goal {goal})");
    }
    Ok(true)
}

/// Sign-in: how long for whom, and what it does to everybody else.
fn doors(binary: &Path, data: &PathBuf, env: &[(&str, &str)]) -> Result<Vec<(String, String, String)>> {
    let mut env = env.to_vec();
    env.push(("LAUNCH_READY_TRUSTED_PROXIES", "127.0.0.1"));
    let (_, server) = start(binary, data, &env)?;
    let seen = step("doors", || {
        let out =
            Command::new("node").arg(root().join("end2end/doors.mjs")).arg(format!("http://{AT}")).output().map_err(|e| e.to_string())?;
        serde_json::from_slice::<serde_json::Value>(&out.stdout)
            .map_err(|e| format!("the doors said nothing: {e} {}", String::from_utf8_lossy(&out.stderr)))
    })?;
    drop(server);
    let x = |name: &str| seen[name].as_f64().unwrap_or(0.0);
    let spread = |name: &str| format!("{:.0} to {:.0}", seen[name][0].as_f64().unwrap_or(0.0), seen[name][1].as_f64().unwrap_or(0.0));
    Ok(vec![
        (
            "wrong password for a known and for an unknown address, median of 40 each in turn (10th to 90th of a hundred)".into(),
            "the same".into(),
            format!("{:.1} ms ({}); {:.1} ms ({})", x("known"), spread("known_spread"), x("unknown"), spread("unknown_spread")),
        ),
        (
            "list of projects while 100 sign in at once, p95".into(),
            "≤ 3 × alone".into(),
            format!(
                "{:.1} ms, alone {:.1} ms ({:.1} ×); {:.0} let in after {:.1} s",
                x("amid_p95"),
                x("alone_p95"),
                x("amid_p95") / x("alone_p95").max(0.01),
                x("let_in"),
                x("crowd_ms") / 1000.0
            ),
        ),
    ])
}

/// Many workspaces, on both engines, and the decision who may what.
fn tenants() -> Result<Vec<(String, String, String)>> {
    let seen = step("10,000 workspaces", || {
        must("the build", &mut cargo(&["build", "--quiet", "--release", "-p", "store", "--example", "tenants"]))?;
        let postgres = crate::postgres::Postgres::start()?;
        let out = Command::new(root().join("target/release/examples/tenants")).arg(&postgres.url).output().map_err(|e| e.to_string())?;
        serde_json::from_slice::<serde_json::Value>(&out.stdout)
            .map_err(|e| format!("the measurement said nothing: {e} {}", String::from_utf8_lossy(&out.stderr)))
    })?;
    let mut rows =
        vec![("deciding who may what".into(), "≤ 1 µs".into(), format!("{:.0} ns", seen["decision_ns"].as_f64().unwrap_or(0.0)))];
    for (engine, name) in [("sqlite", "SQLite"), ("postgres", "Postgres")] {
        let x = |field: &str| seen[engine][field].as_f64().unwrap_or(0.0);
        let bad = seen[engine]["unindexed"].as_array().cloned().unwrap_or_default();
        let plans = if bad.is_empty() { "every hot query by an index".to_owned() } else { format!("without an index: {bad:?}") };
        rows.push((
            format!("10,000 workspaces of 10 projects on {name}: list, and places of an account, p95 of 400"),
            "≤ 20 ms".into(),
            format!("{:.1} ms, {:.1} ms; {plans}", x("list_ms"), x("switch_ms")),
        ));
    }
    Ok(rows)
}

/// What a peer from npm does a second: ten megabytes against one line, the middle of five each.
fn secretlint() -> Result<String> {
    const LINE: &str = "export const a=()=>fetch(`/api/items?page=${n}`).then(r=>r.json());const token=localStorage.getItem(\"t\");if(!secret)throw new Error(\"no key\");";
    let at = root().join("target/agree/secretlint");
    std::fs::create_dir_all(&at).map_err(|e| e.to_string())?;
    if !at.join("node_modules/secretlint").exists() {
        let mut npm = Command::new("npm");
        npm.current_dir(&at).args(["install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", "."]);
        must("npm", npm.args(["secretlint", "@secretlint/secretlint-rule-preset-recommend"]))?;
    }
    let write = |name: &str, text: &str| std::fs::write(at.join(name), text).map_err(|e| e.to_string());
    write(".secretlintrc.json", "{\"rules\":[{\"id\":\"@secretlint/secretlint-rule-preset-recommend\"}]}")?;
    write("large.js", &LINE.repeat(70_000))?;
    write("small.js", LINE)?;
    let seconds = |file: &str| -> Result<f64> {
        let mut all = (0..5)
            .map(|_| {
                let begun = Instant::now();
                must("secretlint", Command::new(at.join("node_modules/.bin/secretlint")).current_dir(&at).arg(file))?;
                Ok(begun.elapsed().as_secs_f64())
            })
            .collect::<Result<Vec<f64>>>()?;
        all.sort_by(f64::total_cmp);
        Ok(all.get(2).copied().unwrap_or(0.0))
    };
    let (large, small) = (seconds("large.js")?, seconds("small.js")?);
    let megabytes = 70_000.0 * f64::from(u32::try_from(LINE.len()).unwrap_or(0)) / 1e6;
    Ok(format!("secretlint {:.0} MB/s, and {small:.2} s to start", megabytes / (large - small).max(0.001)))
}

/// Sets the lab's latency.
fn weather(ms: u64) -> Result<()> {
    let body = format!("{{\"delay_ms\":{ms},\"lost\":0}}");
    must("curl", Command::new("curl").args(["-sf", "-H", "content-type: application/json", "-d", &body, "http://127.0.0.1:7098/weather"]))
}

/// The longest chain of a trace: one event after another, each beginning when one before it ended.
fn chain(trace: &Path) -> Result<f64> {
    let text = std::fs::read_to_string(trace).map_err(|e| e.to_string())?;
    let json: serde_json::Value = serde_json::from_str(&text).map_err(|e| e.to_string())?;
    let mut events: Vec<(f64, f64)> = json["traceEvents"]
        .as_array()
        .map_or(&[][..], Vec::as_slice)
        .iter()
        .filter(|e| e["cat"] != "scan")
        .map(|e| (e["ts"].as_f64().unwrap_or(0.0) / 1000.0, e["dur"].as_f64().unwrap_or(0.0) / 1000.0))
        .collect();
    events.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut best: Vec<f64> = vec![];
    for (i, (start, length)) in events.iter().enumerate() {
        let before = events.iter().zip(&best).take(i).filter(|((s, l), _)| s + l <= *start).map(|(_, b)| *b).fold(0.0, f64::max);
        best.push(before + length);
    }
    Ok(best.into_iter().fold(0.0, f64::max))
}

/// Bytes on the wire of the front page and what it loads.
fn front_page() -> Result<f64> {
    let base = format!("http://{AT}");
    let html = curl(&[&base])?;
    let pkg = html.split("/pkg/").nth(1).and_then(|r| r.split('/').next()).ok_or("the page names no files")?;
    let mut urls = vec![format!("{base}/"), format!("{base}/favicon.svg")];
    urls.extend(
        ["start.js", "launch-ready.css", "launch-ready.js", "launch-ready.wasm", "instrument-sans.woff2"]
            .map(|f| format!("{base}/pkg/{pkg}/{f}")),
    );
    let mut bytes = 0.0;
    for url in urls {
        bytes += curl(&["-H", "accept-encoding: br, gzip", "-o", "/dev/null", "-w", "%{size_download}", &url])?
            .parse::<f64>()
            .map_err(|e| e.to_string())?;
    }
    Ok(bytes)
}

/// Milliseconds of 200 loads of a list of 100 projects.
fn project_list() -> Result<Vec<f64>> {
    let (base, jar) = (format!("http://{AT}"), std::env::temp_dir().join("lr-bench-cookies").display().to_string());
    curl(&["-c", &jar, "-d", "email=bench@acme.test&password=walnut harbour sixteen", &format!("{base}/sign-up")])?;
    for i in 0..100 {
        curl(&["-b", &jar, "-d", &format!("domain=project-{i}.test"), &format!("{base}/projects")])?;
    }
    // Each has been scanned once, so that the list shows verdicts.
    while curl(&["-b", &jar, &format!("{base}/projects")])?.contains("being scanned") {
        std::thread::sleep(Duration::from_millis(200));
    }
    (0..200)
        .map(|_| {
            Ok(curl(&["-b", &jar, "-o", "/dev/null", "-w", "%{time_total}", &format!("{base}/projects")])?
                .parse::<f64>()
                .map_err(|e| e.to_string())?
                * 1000.0)
        })
        .collect()
}

fn write(rows: &[(String, String, String)]) -> Result<()> {
    let of = |program: &str, args: &[&str]| {
        Command::new(program).args(args).output().map(|o| String::from_utf8_lossy(&o.stdout).trim().to_owned()).unwrap_or_default()
    };
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model =
        cpu.lines().find_map(|l| l.strip_prefix("model name").and_then(|r| r.split_once(": "))).map_or("an unnamed processor", |(_, m)| m);
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let mut page = format!(
        "# Benchmarks\n\nWritten by `cargo xtask bench` on {}: {cores} cores of {model}, {}. Release build, SQLite, everything on loopback, one client, nothing else running by intent. The machine is shared: compare figures of one run, not of two.\n\n| what | goal | seen |\n|---|---|---|\n",
        of("date", &["-u", "+%Y-%m-%d %H:%M UTC"]),
        of("rustc", &["--version"])
    );
    for (what, goal, seen) in rows {
        let _ = writeln!(page, "| {what} | {goal} | {seen} |");
    }
    page.push_str("\nMethod: *start* spawns the binary on an empty data folder and asks for `/` every 2 ms until it answers 200. *Front page* adds the bytes that curl receives for the page, icon, style sheet, script, wasm and font with `accept-encoding: br, gzip`. *List* is curl's `time_total` on a new connection each time. *Scan* is the wall time of `launch-ready scan acme.test --also app.acme.test --entitled …` with the lab on the same machine. *At once* runs the scans as tasks of one process (`crates/scanner/examples/measure.rs`) against the lab in another. *Memory* is VmRSS three seconds after the first answer.\n");
    std::fs::write(root().join("docs/benchmarks.md"), page).map_err(|e| e.to_string())
}
