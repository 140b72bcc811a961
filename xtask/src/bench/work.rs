//! The working day: lists, homes, differences and reports of 1,000 projects, and the clock of 10,000.

use super::measure::{AT, curl, middle, percentile, start};
use crate::postgres::Postgres;
use crate::setup::node;
use crate::step::{Result, cargo, must, root, step};
use std::path::Path;
use std::process::Command;

/// 1,000 projects of 50 scans each, on both engines: the portfolio, a project's page, a difference, a PDF.
pub fn portfolio(binary: &Path, env: &[(&str, &str)]) -> Result<Vec<(String, String, String)>> {
    let examples = ["build", "--quiet", "--release", "-p", "store", "--example", "portfolio", "--example", "schedules"];
    must("the build", &mut cargo(&examples))?;
    node()?;
    let mut rows = vec![];
    let postgres = step("a Postgres of our own", Postgres::start)?;
    for engine in ["SQLite", "Postgres"] {
        let data = std::env::temp_dir().join(format!("lr-bench-portfolio-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&data);
        std::fs::create_dir_all(&data).map_err(|e| e.to_string())?;
        let url =
            if engine == "SQLite" { format!("sqlite:{}?mode=rwc", data.join("launch-ready.db").display()) } else { postgres.url.clone() };
        let mut env = env.to_vec();
        env.push(("DATABASE_URL", &url));
        let (_, server) = start(binary, &data, &env)?;
        let (base, jar) = (format!("http://{AT}"), data.join("cookies").display().to_string());
        curl(&["-c", &jar, "-d", "email=many@acme.test&password=walnut harbour sixteen", &format!("{base}/sign-up")])?;
        let out = Command::new(root().join("target/release/examples/portfolio"))
            .args([&url, "many@acme.test"])
            .output()
            .map_err(|e| e.to_string())?;
        let ids: serde_json::Value = serde_json::from_slice(&out.stdout)
            .map_err(|e| format!("the filling said nothing: {e} {}", String::from_utf8_lossy(&out.stderr)))?;
        let project = format!("/projects/{}", ids["project"].as_str().unwrap_or(""));
        let pdf = format!("{project}/scans/{}/report.pdf", ids["scan"].as_str().unwrap_or(""));
        let ask = |path: &str, what: &str| -> Result<f64> {
            let shown =
                curl(&["-b", &jar, "-f", "-H", "accept-encoding: br, gzip", "-o", "/dev/null", "-w", what, &format!("{base}{path}")])?;
            shown.parse().map_err(|e| format!("{path}: {e}"))
        };
        for (what, path, goal, n) in [
            ("portfolio of 1,000 projects", "/projects", "≤ 20 ms", 100),
            ("a project's home, 50 scans", project.as_str(), "≤ 15 ms", 100),
            ("difference of two scans", &format!("{project}/difference"), "≤ 10 ms", 100),
            ("PDF of a full report", &pdf, "≤ 1 s", 20),
        ] {
            let times: Vec<f64> = (0..n).map(|_| Ok(ask(path, "%{time_total}")? * 1000.0)).collect::<Result<_>>()?;
            let size = ask(path, "%{size_download}")? / 1000.0;
            rows.push((
                format!("{what}, {engine}, p95 of {n}"),
                goal.into(),
                format!("{:.1} ms (median {:.1}), {size:.0} KB", percentile(&times, 0.95), middle(&times)),
            ));
        }
        if engine == "SQLite" {
            let result = pdf.trim_end_matches("/report.pdf");
            rows.extend(lighthouse(
                &jar,
                &[("front page", &base), ("result", &format!("{base}{result}")), ("portfolio of 1,000", &format!("{base}/projects"))],
            )?);
        }
        drop(server);
        rows.push(schedules(engine, &url)?);
        let _ = std::fs::remove_dir_all(&data);
    }
    Ok(rows)
}

/// An hour of 10,000 schedules.
fn schedules(engine: &str, url: &str) -> Result<(String, String, String)> {
    let out =
        Command::new(root().join("target/release/examples/schedules")).args([url, "many@acme.test"]).output().map_err(|e| e.to_string())?;
    let seen: serde_json::Value = serde_json::from_slice(&out.stdout)
        .map_err(|e| format!("the schedules said nothing: {e} {}", String::from_utf8_lossy(&out.stderr)))?;
    let number = |key: &str| seen[key].as_f64().unwrap_or(0.0) / 1000.0;
    Ok((
        format!("10,000 scheduled projects in an hour of a clock of its own, {engine}"),
        "none > 60 s late".into(),
        format!("{} fired, the latest {:.1} s late; {:.0} s of work", seen["fired"], number("latest_ms"), number("work_ms")),
    ))
}

/// Lighthouse's scores, signed in.
fn lighthouse(jar: &str, pages: &[(&str, &str)]) -> Result<Vec<(String, String, String)>> {
    let kept = std::fs::read_to_string(jar).map_err(|e| e.to_string())?;
    let cookie = kept
        .lines()
        .filter_map(|l| l.strip_prefix("#HttpOnly_").or_else(|| Some(l).filter(|l| !l.starts_with('#'))))
        .filter_map(|l| {
            let mut cells = l.split('\t').skip(5);
            Some(format!("{}={}", cells.next()?, cells.next()?))
        })
        .collect::<Vec<_>>()
        .join("; ");
    let mut command = Command::new("node");
    command.arg("lighthouse.mjs").arg(cookie).args(pages.iter().map(|(_, address)| address)).current_dir(root().join("end2end"));
    let out = command.output().map_err(|e| e.to_string())?;
    let lines = String::from_utf8_lossy(&out.stdout).into_owned();
    pages
        .iter()
        .zip(lines.lines())
        .map(|((name, _), line)| {
            let seen: serde_json::Value = serde_json::from_str(line).map_err(|e| e.to_string())?;
            let scores = (1..5).map(|i| seen[i].to_string()).collect::<Vec<_>>().join(", ");
            Ok((format!("Lighthouse, {name}: performance, accessibility, best practices, search"), "≥ 95".into(), scores))
        })
        .collect()
}
