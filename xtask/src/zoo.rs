//! `cargo xtask zoo`: real software, set up right and with one ordinary mistake, is installed, started on
//! loopback and scanned. What each scan must say stands in `xtask/zoo/rows_*.tsv`, written from the software's
//! documentation; how a row is read is told there. The result is a section of `docs/agreement.md`.

use crate::lab;
use crate::process::output;
use crate::setup::binaries;
use crate::step::{Result, must, root, step};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Where the zoo's part of the page begins.
pub const HEADING: &str = "\n## The zoo\n";
/// How many run at a time: more would slow the scans down on a small machine.
const AT_ONCE: usize = 3;
const CONTROL: &str = "127.0.0.1:7098";

/// One inhabitant in one of its variants: a line of the tables.
struct Row {
    script: String,
    variant: String,
    right: bool,
    wait: String,
    records: String,
    expected: Vec<(String, String)>,
    explained: Vec<(String, String)>,
    source: String,
    short: bool,
    web: bool,
    ip: String,
}

/// What became of it.
#[derive(Default)]
struct Got {
    /// What was expected and what was said instead, or a critical or high failure nobody explained.
    wrong: Vec<String>,
    /// Failures of critical and high checks besides what the row expects or explains.
    also: Vec<String>,
    ms: f64,
    not_run: Option<String>,
}

fn folder() -> PathBuf {
    root().join("xtask/zoo")
}

/// `CHECK=outcome` pairs; after a colon may stand why.
fn pairs(text: &str, between: char) -> Vec<(String, String)> {
    let one = |p: &str| p.trim().split_once('=').map(|(id, o)| (id.to_owned(), o.to_owned()));
    text.split(between).filter_map(one).collect()
}

/// The rows of both tables, each with addresses of its own.
fn rows() -> Result<Vec<Row>> {
    let mut out: Vec<Row> = vec![];
    for name in ["rows_web.tsv", "rows_dns_mail.tsv"] {
        let Ok(text) = std::fs::read_to_string(folder().join(name)) else { continue };
        for line in text.lines().filter(|l| !l.starts_with('#') && !l.starts_with("script\t") && !l.trim().is_empty()) {
            let c: Vec<&str> = line.split('\t').collect();
            let [script, variant, kind, wait, records, expected, explained, source, rest @ ..] = c.as_slice() else {
                return Err(format!("{name}: “{line}” has fewer than eight columns"));
            };
            // A script may take the nine addresses from its own on.
            let n = out.len() + 1;
            out.push(Row {
                script: (*script).to_owned(),
                variant: (*variant).to_owned(),
                right: *kind == "right",
                wait: (*wait).to_owned(),
                records: (*records).to_owned(),
                expected: pairs(expected, ','),
                explained: pairs(explained, ';'),
                source: (*source).to_owned(),
                short: rest.iter().any(|c| c.split_whitespace().any(|w| w == "short")),
                web: name == "rows_web.tsv",
                ip: format!("127.90.{}.{}", 1 + n / 24, 10 * (n % 24) + 1),
            });
        }
    }
    Ok(out)
}

impl Row {
    fn name(&self) -> String {
        format!("{}-{}", self.script, self.variant)
    }
    fn domain(&self) -> String {
        format!("{}.test", self.name().replace('_', "-"))
    }
    fn dir(&self) -> PathBuf {
        root().join("target/zoo/run").join(self.name())
    }
}

/// Orders something of the lab.
fn order(path: &str, body: &Value) -> Result<Value> {
    let mut curl = Command::new("curl");
    curl.args(["-sf", "-m", "10", "-H", "content-type: application/json", "-d", &body.to_string(), &format!("http://{CONTROL}{path}")]);
    let out = curl.output().map_err(|e| format!("curl cannot be started: {e}"))?;
    if !out.status.success() {
        return Err(format!("the lab refused {path} {body}"));
    }
    Ok(serde_json::from_slice(&out.stdout).unwrap_or(Value::Null))
}

/// Installs each script's software once; what failed, with the reason, and each one's seconds.
fn install(rows: &[&Row]) -> (BTreeMap<String, String>, f64) {
    let (mut failed, begun) = (BTreeMap::new(), Instant::now());
    for script in rows.iter().map(|r| r.script.as_str()).collect::<BTreeSet<_>>() {
        let done = step(&format!("installing {script}"), || {
            let mut bash = Command::new("timeout");
            bash.arg("600").arg("bash").arg(folder().join(format!("{script}.sh"))).arg("install");
            must(
                "the installation",
                bash.env("HERE", folder()).env("ZOO", root().join("target/zoo")).env("DEBIAN_FRONTEND", "noninteractive"),
            )
        });
        if let Err(why) = done {
            let lines: Vec<&str> = why.lines().filter(|l| !l.trim().is_empty()).collect();
            failed.insert(script.to_owned(), lines.last().unwrap_or(&"it failed").chars().take(200).collect());
        }
    }
    (failed, begun.elapsed().as_secs_f64())
}

/// A started script with everything it started.
struct Group(Child);
impl Drop for Group {
    fn drop(&mut self) {
        let group = format!("-{}", self.0.id());
        let kill = |signal: &str| drop(Command::new("kill").args([signal, "--", &group]).stderr(Stdio::null()).status());
        kill("-TERM");
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(5) && matches!(self.0.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(20));
        }
        kill("-KILL");
        let _ = self.0.wait();
    }
}

/// Puts the names into the lab's DNS, and the certificate into the folder.
fn prepare(row: &Row, dir: &Path) -> Result<()> {
    let (domain, ip) = (row.domain(), &row.ip);
    order(if row.web { "/plain" } else { "/good" }, &json!({"domain": domain}))?;
    let www = format!("www.{domain}");
    if row.web {
        for name in [&domain, &www] {
            order("/record", &json!({"name": name, "rtype": "A", "values": [ip]}))?;
        }
    }
    // `NAME TYPE VALUE`, parted by semicolons; `@` is the domain, `{ip}` the address, `|` parts values.
    for record in row.records.split(';').map(str::trim).filter(|r| !r.is_empty() && *r != "-") {
        let mut words = record.splitn(3, ' ');
        let (name, rtype, value) = (words.next().unwrap_or(""), words.next().unwrap_or(""), words.next().unwrap_or(""));
        let name = if name == "@" { domain.clone() } else { format!("{name}.{domain}") };
        let fill = |v: &str| v.trim().replace("{ip}", ip).replace("{domain}", &domain);
        let values: Vec<String> = value.split('|').filter(|v| !v.trim().is_empty()).map(fill).collect();
        order("/record", &json!({"name": name, "rtype": rtype, "values": values}))?;
    }
    let hosts = [domain.clone(), www, format!("*.{domain}")];
    let cert = order("/cert", &json!({"hosts": hosts, "kind": "good"}))?;
    for part in ["cert", "key"] {
        std::fs::write(dir.join(format!("{part}.pem")), cert[part].as_str().unwrap_or("")).map_err(|e| e.to_string())?;
    }
    Ok(())
}

/// Starts one inhabitant, scans it and judges the answer.
fn run_one(row: &Row, binary: &Path, lab: &Value) -> Result<Got> {
    let (dir, certs) = (row.dir(), row.dir().with_extension("certs"));
    for d in [&dir, &certs] {
        let _ = std::fs::remove_dir_all(d);
        std::fs::create_dir_all(d).map_err(|e| e.to_string())?;
    }
    prepare(row, &certs)?;
    let field = |name: &str| lab[name].as_str().unwrap_or("").to_owned();
    let log = dir.with_extension("log");
    let out = std::fs::File::create(&log).map_err(|e| e.to_string())?;
    let again = out.try_clone().map_err(|e| e.to_string())?;
    // It ends with us even when we are killed.
    let mut bash = Command::new("setpriv");
    bash.args(["--pdeathsig", "TERM", "bash"])
        .arg(folder().join(format!("{}.sh", row.script)))
        .args(["run", &row.variant])
        .current_dir(&dir);
    bash.env("IP", &row.ip).env("DOMAIN", row.domain()).env("CERT", certs.join("cert.pem")).env("KEY", certs.join("key.pem"));
    bash.env("DIR", &dir).env("ZOO", root().join("target/zoo")).env("HERE", folder());
    bash.env("LAB_DNS", field("dns")).env("LAB_CONTROL", CONTROL).env("CA_FILE", field("ca_file"));
    let mut group = Group(
        bash.process_group(0).stdin(Stdio::null()).stdout(out).stderr(again).spawn().map_err(|e| format!("bash cannot be started: {e}"))?,
    );
    let begun = Instant::now();
    // A script may say itself that all is up; that counts more than an open port.
    let port = row.wait.strip_prefix("tcp:").and_then(|p| p.parse::<u16>().ok());
    let open = || port.is_some_and(|p| std::net::TcpStream::connect((row.ip.as_str(), p)).is_ok());
    while !dir.join("ready").exists() && (row.web || !open()) {
        let ended = !matches!(group.0.try_wait(), Ok(None));
        if ended || begun.elapsed() > Duration::from_secs(180) {
            let text = std::fs::read_to_string(&log).unwrap_or_default();
            let last = text.lines().rev().find(|l| !l.trim().is_empty()).unwrap_or("it said nothing").to_owned();
            return Ok(Got { not_run: Some(format!("{}: {last}", if ended { "ended" } else { "not up in 180 s" })), ..Got::default() });
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let more = std::fs::read_to_string(dir.join("scan.args")).unwrap_or_default();
    let mut command = Command::new(binary);
    command.args(["scan", &row.domain(), "--entitled", "--allow-net", "127.0.0.0/8", "--format", "json"]);
    command.args(["--ca-file", &field("ca_file"), "--ct-url", &field("ct_url"), "--rdap-bootstrap", &field("rdap_file")]);
    if !row.web {
        // What the lab's good site declares.
        command.args(["--dkim-selector", "s1", "--sender", "resend"]);
    }
    if !more.lines().any(|l| l == "--resolver") {
        command.args(["--resolver", &field("dns")]);
    }
    // For `launch-ready replay`, when a finding is to be looked into.
    command.arg("--save").arg(dir.with_extension("evidence"));
    let (report, ms) = output("the scan", command.args(more.lines().filter(|l| !l.is_empty())))?;
    let _ = std::fs::write(dir.with_extension("json"), report.to_string());
    drop(group);
    Ok(Got { ms, ..judge(row, &report) })
}

/// Runs one inhabitant, and once more where it came out wrong: on a busy machine a server may be slow to come up.
fn tried(row: &Row, binary: &Path, lab: &Value) -> Got {
    let run = || run_one(row, binary, lab).unwrap_or_else(|e| Got { not_run: Some(e), ..Got::default() });
    let first = run();
    if first.wrong.is_empty() && first.not_run.is_none() { first } else { run() }
}

/// A *right* one may not fail a critical or high check that its row does not explain; every check that a
/// row expects must say what the row says.
fn judge(row: &Row, report: &Value) -> Got {
    let list = report["findings"].as_array().map_or(&[][..], Vec::as_slice);
    let mut got = Got::default();
    if list.is_empty() {
        got.wrong.push("the scan gave no report".into());
    }
    let told = |id: &str| row.expected.iter().find(|(i, _)| i == id);
    for (id, expected) in &row.expected {
        let said = list.iter().find(|f| f["id"] == *id).and_then(|f| f["outcome"].as_str()).unwrap_or("missing");
        if !expected.split('|').any(|e| e == said) {
            got.wrong.push(format!("{id} said {said} instead of {expected}"));
        }
    }
    for f in list {
        let (id, outcome) = (f["id"].as_str().unwrap_or(""), f["outcome"].as_str().unwrap_or(""));
        if outcome != "fail" || !matches!(f["impact"].as_str(), Some("critical" | "high")) || told(id).is_some_and(|t| t.1.contains("fail"))
        {
            continue;
        }
        let explained = row.explained.iter().any(|(i, why)| i == id && why.starts_with(outcome));
        match (row.right, explained) {
            (true, false) => got.wrong.push(format!("{id} fails: {}", f["summary"].as_str().unwrap_or(""))),
            (false, false) => got.also.push(id.to_owned()),
            _ => {}
        }
    }
    got
}

/// The version that a script tells of its software, or else that of Debian's package.
fn version(script: &str) -> String {
    let first = |c: &mut Command| {
        let out = c.stdin(Stdio::null()).stderr(Stdio::null()).output().ok().filter(|o| o.status.success())?;
        String::from_utf8_lossy(&out.stdout).lines().next().map(|l| l.trim().to_owned()).filter(|l| !l.is_empty())
    };
    let mut bash = Command::new("bash");
    bash.arg(folder().join(format!("{script}.sh"))).arg("version").env("HERE", folder()).env("ZOO", root().join("target/zoo"));
    let package = match script {
        "bind" => "bind9",
        "powerdns" => "pdns-server",
        "dovecot" => "dovecot-core",
        "exim" => "exim4-base",
        "apache" => "apache2",
        other => other,
    };
    let debian = || first(Command::new("dpkg-query").args(["-W", "-f", "${Version}", package]));
    first(&mut bash).or_else(debian).unwrap_or_default()
}

/// Runs the zoo; with names only these, with `short` what installs quickly. Whether all is explained.
pub fn zoo(args: &[String]) -> Result<bool> {
    let short = args.iter().any(|a| a == "short");
    let debug = short || args.iter().any(|a| a == "--debug");
    let names: Vec<&String> = args.iter().filter(|a| *a != "short" && *a != "--debug").collect();
    let all = rows()?;
    let wanted = |r: &&Row| (!short || r.short) && (names.is_empty() || names.iter().any(|n| **n == r.script || **n == r.name()));
    let rows: Vec<&Row> = all.iter().filter(wanted).collect();
    if rows.is_empty() {
        return Err(format!("No inhabitant is called {names:?}."));
    }
    let (missing, install_seconds) = install(&rows);
    let binary = match std::env::var_os("ZOO_BINARY") {
        Some(path) => path.into(),
        None if debug => root().join("target/debug/launch-ready"),
        None => crate::serve::build(true)?,
    };
    binaries()?;
    let (_lab, line) = lab::start(CONTROL.rsplit(':').next().unwrap_or(""))?;
    let lab: Value = serde_json::from_str(&line).map_err(|e| e.to_string())?;
    let (next, results) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
    std::thread::scope(|s| {
        for _ in 0..AT_ONCE {
            s.spawn(|| {
                while let Some((i, row)) = Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|i| Some((i, rows.get(i)?))) {
                    let got = match missing.get(&row.script) {
                        Some(why) => Got { not_run: Some(format!("not installed: {why}")), ..Got::default() },
                        None => tried(row, &binary, &lab),
                    };
                    println!("{}", line_of(row, &got));
                    if let Ok(mut all) = results.lock() {
                        all.insert(i, got);
                    }
                }
            });
        }
    });
    let results = results.into_inner().map_err(|e| e.to_string())?;
    let lines: Vec<(&Row, &Got)> = results.iter().filter_map(|(i, g)| Some((*rows.get(*i)?, g))).collect();
    let wrong = lines.iter().filter(|(_, g)| !g.wrong.is_empty()).count();
    let not_run = lines.iter().filter(|(_, g)| g.not_run.is_some()).count();
    println!("{} of the zoo tried, {not_run} not run, {wrong} with something unexplained or not named", lines.len());
    if !short && names.is_empty() && !debug {
        write(&lines, install_seconds)?;
    }
    // A short run has nothing but what Debian carries, so nothing may be missing from it.
    Ok(wrong == 0 && !(short && not_run > 0))
}

fn line_of(row: &Row, got: &Got) -> String {
    let word = match (&got.not_run, got.wrong.as_slice()) {
        (Some(why), _) => format!("NOT RUN: {why}"),
        (None, []) if got.also.is_empty() => "as expected".to_owned(),
        (None, []) => format!("as expected; also {}", got.also.join(", ")),
        (None, wrong) => format!("WRONG: {}", wrong.join("; ")),
    };
    format!("{:>7.0} ms  {:<28} {word}", got.ms, row.name())
}

/// Puts the section into the page; what stands before it stays.
fn write(lines: &[(&Row, &Got)], install_seconds: f64) -> Result<()> {
    let count = |f: &dyn Fn(&Row, &Got) -> bool| lines.iter().filter(|(r, g)| f(r, g)).count();
    let right = count(&|r, g| r.right && g.not_run.is_none());
    let clean = count(&|r, g| r.right && g.not_run.is_none() && g.wrong.is_empty());
    let mistakes = count(&|r, g| !r.right && g.not_run.is_none());
    let named = count(&|r, g| !r.right && g.not_run.is_none() && g.wrong.is_empty());
    let scripts: BTreeSet<&str> = lines.iter().map(|(r, _)| r.script.as_str()).collect();
    let mut ms: Vec<f64> = lines.iter().filter(|(_, g)| g.not_run.is_none()).map(|(_, g)| g.ms).collect();
    ms.sort_by(f64::total_cmp);
    let mut part = String::from(HEADING);
    let _ = writeln!(
        part,
        "\nWritten by `cargo xtask zoo`: real software from Debian, npm and PyPI, set up as an ordinary administrator or founder would, and with one ordinary mistake each. What to expect was written beforehand from the linked documentation.\n\n{} programs in {} variants were tried, {} could not be run. Of {right} set up right, {clean} have no critical or high failure but those explained; of {mistakes} mistakes, {named} are named by the check that should. A scan took {:.0} ms in the middle with {AT_ONCE} side by side; installing what was missing took {install_seconds:.0} s.\n",
        scripts.len(),
        lines.len(),
        lines.len() - right - mistakes,
        ms.get(ms.len() / 2).copied().unwrap_or(0.0)
    );
    part.push_str("| software | version | variant | expected | got | ms |\n|---|---|---|---|---|---|\n");
    let versions: BTreeMap<&str, String> = scripts.iter().map(|s| (*s, version(s))).collect();
    for (r, g) in lines {
        let told =
            |l: &[(String, String)]| l.iter().map(|(id, o)| format!("{id} {}", o.replace('|', " or "))).collect::<Vec<_>>().join(", ");
        let mut expected = told(&r.expected);
        if r.right {
            expected =
                ["no critical or high failure".to_owned(), expected].into_iter().filter(|e| !e.is_empty()).collect::<Vec<_>>().join(", ");
        }
        if !r.explained.is_empty() {
            let _ = write!(expected, "; explained: {}", told(&r.explained));
        }
        let got = match &g.not_run {
            Some(why) => format!("not run: {}", why.replace('|', "/")),
            None if !g.wrong.is_empty() => format!("**{}**", g.wrong.join("; ").replace('|', "/")),
            None if !g.also.is_empty() => format!("as expected; also fails {}", g.also.join(", ")),
            None => "as expected".into(),
        };
        let variant = if r.right { r.variant.clone() } else { format!("mistake: {}", r.variant) };
        let version = versions.get(r.script.as_str()).map_or("", String::as_str);
        let _ = writeln!(part, "| [{}]({}) | {version} | {variant} | {expected} | {got} | {:.0} |", r.script, r.source, g.ms);
    }
    let path = root().join("docs/agreement.md");
    let page = std::fs::read_to_string(&path).unwrap_or_default();
    let before = page.split(HEADING).next().unwrap_or("");
    std::fs::write(path, format!("{before}{part}")).map_err(|e| e.to_string())
}
