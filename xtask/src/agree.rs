//! `cargo xtask agree`: our outcome beside that of checkdmarc, sslyze and MDN's HTTP Observatory,
//! for the lab's ten sites, then the zoo, written to `docs/agreement.md`. Fails on a difference that nobody explained.

use crate::lab;
use crate::process::output;
use crate::step::{Result, cargo, must, root, step};
use serde_json::Value;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;

/// What was said about one point of a site.
struct Row {
    site: String,
    id: &'static str,
    peer: &'static str,
    ours: String,
    theirs: String,
    agree: bool,
}

/// Why we knowingly differ: check, what the peer says (or a part of it), the reason.
const WHY: &[(&str, &str, &str)] = &[
    ("MAIL-01", "has MX", "the MX names hosts that do not resolve in the lab; checkdmarc lists them with a warning"),
    ("MAIL-09", "SERVFAIL", "the server failed, which says nothing about the record: unknown"),
    (
        "RED-02",
        "redirection-invalid-cert",
        "the redirect is right; the certificate is TLS-02's and TLS-04's matter, so that one mistake is told once",
    ),
    ("SEC-12", "x-content-type-options", "we also look at scripts, styles and JSON"),
    ("TLS-05", "declined, TLS 1.3 taken", "sslyze is handed the lab's address; the site's own record leads to one where nothing listens"),
    ("TLS-06", "broken suites declined", "sslyze is handed the lab's address; the site's own record leads to one where nothing listens"),
];

fn folder() -> PathBuf {
    root().join("target/agree")
}

/// Installs the peers once, from their registries.
fn set_up() -> Result<()> {
    let at = folder();
    std::fs::create_dir_all(at.join("node")).map_err(|e| e.to_string())?;
    if !at.join("venv/bin/checkdmarc").exists() {
        step("checkdmarc and sslyze", || {
            must("python3 -m venv", Command::new("python3").args(["-m", "venv"]).arg(at.join("venv")))?;
            must("pip", Command::new(at.join("venv/bin/pip")).args(["install", "-q", "checkdmarc"]))?;
            must("python3 -m venv", Command::new("python3").args(["-m", "venv"]).arg(at.join("sslyze")))?;
            must("pip", Command::new(at.join("sslyze/bin/pip")).args(["install", "-q", "sslyze>=6"]))
        })?;
    }
    let observatory = at.join("node/node_modules/@mdn/mdn-http-observatory");
    if !observatory.exists() {
        step("MDN HTTP Observatory", || {
            let mut npm = Command::new("npm");
            npm.current_dir(at.join("node")).args(["install", "--no-audit", "--no-fund", "--ignore-scripts", "@mdn/mdn-http-observatory"]);
            must("npm", &mut npm)
        })?;
    }
    // Its list of preloaded domains comes from the internet; no site of the lab is on it.
    std::fs::write(observatory.join("conf/hsts-preload.json"), "{}").map_err(|e| e.to_string())
}

/// Compares, and writes the page.
pub fn agree() -> Result<bool> {
    set_up()?;
    let binary = crate::serve::build(true)?;
    step("lab", || must("the lab's build", &mut cargo(&["build", "--quiet", "-p", "lab"])))?;
    let (_lab, line) = lab::start("7097")?;
    let lab: Value = serde_json::from_str(&line).map_err(|e| e.to_string())?;
    let mut rows = vec![];
    let (mut own_ms, mut their_ms) = (vec![], vec![]);
    for site in lab["sites"].as_array().map_or(&[][..], Vec::as_slice).iter().filter_map(Value::as_str) {
        step(site, || {
            let also = put_up(site)?;
            let (ours, ms) = output("the scan", lab::scan(&binary, &lab, site, &also).args(["--format", "json"]))?;
            own_ms.push(ms);
            their_ms.push(compare(&lab, site, &ours, &mut rows)?);
            Ok(())
        })?;
    }
    let suites = suites()?;
    let unexplained = write(&rows, &own_ms, &their_ms, &suites)?;
    println!("{} points compared, {} differ, {unexplained} without an explanation", rows.len(), rows.iter().filter(|r| !r.agree).count());
    Ok(crate::zoo::zoo(&[])? && unexplained == 0)
}

fn put_up(site: &str) -> Result<Vec<String>> {
    let mut curl = Command::new("curl");
    curl.args(["-sf", "-H", "content-type: application/json", "-d", &format!("{{\"site\":\"{site}\"}}"), "http://127.0.0.1:7097/site"]);
    let out = curl.output().map_err(|e| format!("curl cannot be started: {e}"))?;
    serde_json::from_slice(&out.stdout).map_err(|e| format!("the lab did not put {site} up: {e}"))
}

fn compare(lab: &Value, site: &str, ours: &Value, rows: &mut Vec<Row>) -> Result<f64> {
    let ip = lab["ip"].as_str().unwrap_or("");
    let outcome = |id: &str| {
        let list = ours["findings"].as_array().map_or(&[][..], Vec::as_slice);
        list.iter().find(|f| f["id"] == id).and_then(|f| f["outcome"].as_str()).unwrap_or("missing").to_owned()
    };
    let at = folder();
    let mut add = |id: &'static str, peer: &'static str, theirs: String, good: Option<bool>| {
        let mine = outcome(id);
        let fine = matches!(mine.as_str(), "pass" | "na");
        // Who does not know does not disagree.
        let agree = match good {
            Some(good) => fine == good && mine != "unknown",
            None => !matches!(mine.as_str(), "fail"),
        };
        rows.push(Row { site: site.to_owned(), id, peer, ours: mine, theirs, agree });
    };
    let (dmarc, a) = output("checkdmarc", Command::new(at.join("venv/bin/checkdmarc")).args([site, "-n", ip]))?;
    let valid = |v: &Value| v["valid"].as_bool().unwrap_or(false);
    let word = |v: &Value| if valid(v) { "valid".to_owned() } else { format!("not valid: {}", v["error"].as_str().unwrap_or("")) };
    add(
        "MAIL-02",
        "checkdmarc",
        word(&dmarc["spf"]),
        if dmarc["spf"]["record"].is_string() || dmarc["spf"]["error"].is_string() { Some(valid(&dmarc["spf"])) } else { None },
    );
    add("MAIL-09", "checkdmarc", word(&dmarc["dmarc"]), Some(valid(&dmarc["dmarc"])));
    let mx = dmarc["mx"]["hosts"].as_array().is_some_and(|h| !h.is_empty());
    add("MAIL-01", "checkdmarc", if mx { "has MX".into() } else { "no MX".into() }, Some(mx));

    let (tls, b) =
        output("sslyze", Command::new(at.join("sslyze/bin/python")).arg(root().join("xtask/agree/sslyze_scan.py")).args([site, ip]))?;
    let suites = |v: &str| tls[v].as_array().map(Vec::len);
    let known = suites("TLS 1.2").is_some() && tls["error"].is_null();
    let old = ["SSL 3.0", "TLS 1.0", "TLS 1.1"].iter().any(|v| suites(v).unwrap_or(0) > 0);
    let modern = suites("TLS 1.3").unwrap_or(0) > 0;
    let versions = if known {
        format!("old versions {}, TLS 1.3 {}", if old { "taken" } else { "declined" }, if modern { "taken" } else { "declined" })
    } else {
        "no connection".into()
    };
    add("TLS-05", "sslyze", versions, known.then_some(!old && modern));
    let broken = ["TLS 1.2", "TLS 1.1", "TLS 1.0"].iter().any(|v| {
        tls[*v].as_array().is_some_and(|l| {
            l.iter().any(|s| s.as_str().is_some_and(|s| ["3DES", "RC4", "NULL", "EXPORT", "anon"].iter().any(|w| s.contains(w))))
        })
    });
    add(
        "TLS-06",
        "sslyze",
        if known { format!("broken suites {}", if broken { "taken" } else { "declined" }) } else { "no connection".into() },
        known.then_some(!broken),
    );

    let mut node = Command::new("node");
    node.current_dir(at.join("node"))
        .arg("--require")
        .arg(root().join("xtask/agree/hook.cjs"))
        .arg("node_modules/@mdn/mdn-http-observatory/src/scan.js")
        .arg(site);
    node.env("LAB_IP", ip).env("NODE_EXTRA_CA_CERTS", lab["ca_file"].as_str().unwrap_or(""));
    let (web, c) = output("the Observatory", &mut node)?;
    for (id, test) in [
        ("SEC-08", "cross-origin-resource-sharing"),
        ("SEC-09", "cookies"),
        ("SEC-10", "content-security-policy"),
        ("SEC-11", "x-frame-options"),
        ("SEC-12", "x-content-type-options"),
        ("SEC-13", "referrer-policy"),
        ("SEC-14", "subresource-integrity"),
        ("RED-02", "redirection"),
        ("TLS-08", "strict-transport-security"),
    ] {
        let t = &web["tests"][test];
        match t["result"].as_str() {
            Some(result) => add(id, "Observatory", result.to_owned(), t["pass"].as_bool()),
            None => add(id, "Observatory", "no result".into(), None),
        }
    }
    Ok(a + b + c)
}

fn why(r: &Row) -> Option<&'static str> {
    if r.site == "parked.test" && r.ours == "unknown" {
        return Some("the page is a registrar's parking page, told by WEB-01: what it sends says nothing of the product");
    }
    WHY.iter().find(|(id, said, _)| *id == r.id && r.theirs.contains(said)).map(|(_, _, why)| *why)
}

/// The standards' own suites, which the tests run whole; each is run before it is told of.
fn suites() -> Result<String> {
    step("the suite of RFC 7208", || must("the suite", &mut cargo(&["test", "--quiet", "-p", "readiness", "--lib", "rfc_7208"])))?;
    let read = |name: &str| std::fs::read_to_string(root().join("crates/readiness/conformance").join(name)).map_err(|e| e.to_string());
    let suite: Value = serde_json::from_str(&read("rfc7208-tests.json")?).map_err(|e| e.to_string())?;
    let sections = suite.as_array().map_or(&[][..], Vec::as_slice);
    let tests: usize = sections.iter().filter_map(|s| s["tests"].as_object()).map(serde_json::Map::len).sum();
    let exceptions = read("rfc7208-exceptions.tsv")?;
    let exceptions: Vec<(&str, &str)> = exceptions.lines().filter(|l| !l.starts_with('#')).filter_map(|l| l.split_once('\t')).collect();
    let rows = read("rows.tsv")?.lines().filter(|l| !l.starts_with('#') && !l.trim().is_empty()).count();
    let mut part = format!(
        "\n## Open suites\n\nRFC 7208's suite (openspf.org, release 2014.04, as in pyspf 2.0.14): {tests} tests in {} sections, {} as the suite says. A test judges one message, a scan the record for all messages; so a test agrees where the scan finds the permanent error, the silence or the absence that the message meets, and finds none where the message is judged. {rows} further rows from standards and anchors stand in `crates/readiness/conformance/rows.tsv`, each with its source.\n\n| test | why it differs |\n|---|---|\n",
        sections.len(),
        tests - exceptions.len()
    );
    for (name, why) in exceptions {
        let _ = writeln!(part, "| {name} | {why} |");
    }
    Ok(part)
}

fn write(rows: &[Row], own: &[f64], theirs: &[f64], suites: &str) -> Result<usize> {
    let middle = |l: &[f64]| {
        let mut l = l.to_vec();
        l.sort_by(f64::total_cmp);
        l.get(l.len() / 2).copied().unwrap_or(0.0)
    };
    let mut page = String::from(
        "# Agreement with others\n\nWritten by `cargo xtask agree`: for the lab's ten sites, our outcome beside that of checkdmarc (mail), sslyze (TLS) and MDN's HTTP Observatory (headers), each on its own ground, in one run on one machine.\n\n",
    );
    let differ: Vec<&Row> = rows.iter().filter(|r| !r.agree).collect();
    let unexplained = differ.iter().filter(|r| why(r).is_none()).count();
    let _ = writeln!(
        page,
        "{} points were compared; {} agree, {} differ, {unexplained} of these without an explanation. A whole scan of ours took {:.0} ms in the middle; the three peers one after the other {:.0} ms, {:.0} times as long.\n",
        rows.len(),
        rows.len() - differ.len(),
        differ.len(),
        middle(own),
        middle(theirs),
        middle(theirs) / middle(own).max(1.0)
    );
    page.push_str("## Where we differ, and why\n\n| site | check | ours | theirs | why |\n|---|---|---|---|---|\n");
    for r in &differ {
        let _ = writeln!(
            page,
            "| {} | {} | {} | {}: {} | {} |",
            r.site,
            r.id,
            r.ours,
            r.peer,
            r.theirs.replace('|', "/"),
            why(r).unwrap_or("**not explained**")
        );
    }
    page.push_str("\n## All points\n\n| site | check | ours | theirs |\n|---|---|---|---|\n");
    for r in rows {
        let _ = writeln!(
            page,
            "| {} | {} | {} | {}: {}{} |",
            r.site,
            r.id,
            r.ours,
            r.peer,
            r.theirs.replace('|', "/"),
            if r.agree { "" } else { " (differs)" }
        );
    }
    page.push_str(suites);
    // The zoo's section stays.
    let path = root().join("docs/agreement.md");
    let before = std::fs::read_to_string(&path).unwrap_or_default();
    if let Some((_, zoo)) = before.split_once(crate::zoo::HEADING) {
        page = format!("{page}{}{zoo}", crate::zoo::HEADING);
    }
    std::fs::write(path, page).map_err(|e| e.to_string())?;
    Ok(unexplained)
}
