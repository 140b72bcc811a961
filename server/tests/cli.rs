//! The command line against the lab: formats, exit codes, saved evidence, settings.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use lab::{Lab, presets};
use serde_json::Value;
use std::process::{Command, Output};

fn run(args: &[&str]) -> Output {
    let mut c = Command::new(env!("CARGO_BIN_EXE_launch-ready"));
    for (name, _) in std::env::vars().filter(|(n, _)| n.starts_with("LAUNCH_READY") || n == "DATABASE_URL") {
        c.env_remove(name);
    }
    c.args(args).output().unwrap()
}

async fn scan(lab: &Lab, domain: &str, more: &[&str]) -> Output {
    let (dns, ca) = (lab.dns.to_string(), lab.ca_file.display().to_string());
    let mut args = vec!["scan", domain, "--resolver", &dns, "--ca-file", &ca, "--allow-net", "127.0.0.0/8"];
    args.extend(more);
    let args: Vec<String> = args.into_iter().map(str::to_owned).collect();
    tokio::task::spawn_blocking(move || run(&args.iter().map(String::as_str).collect::<Vec<_>>())).await.unwrap()
}

fn json(o: &Output) -> Value {
    serde_json::from_slice(&o.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_in_every_format_with_true_exit_codes() {
    let lab = Lab::start().await;
    presets::good(&lab, "good.test");
    presets::bad(&lab, "bad.test");
    let rdap = lab.rdap_file.display().to_string();
    let good = [
        "--sender",
        "resend",
        "--ct-url",
        lab::CT_URL,
        "--rdap-bootstrap",
        &rdap,
        "--also",
        "app.good.test",
        "--dkim-selector",
        "s1",
        "--entitled",
        "--sends-mail=yes",
    ];
    let o = scan(&lab, "https://WWW.good.test/x", &[&good[..], &["--format", "json", "--fail-under", "80", "--fail-on", "high"]].concat())
        .await;
    assert_eq!(o.status.code(), Some(0));
    assert!(o.stderr.is_empty(), "{}", String::from_utf8_lossy(&o.stderr));
    let report = json(&o);
    let schema: Value = serde_json::from_str(include_str!("../../docs/report.schema.json")).unwrap();
    assert!(jsonschema::validator_for(&schema).unwrap().is_valid(&report));
    assert_eq!(
        (report["domain"].as_str(), report["verdict"].as_str(), report["uncapped"].as_f64()),
        (Some("good.test"), Some("UNPROVEN"), Some(100.0))
    );

    assert_eq!(scan(&lab, "bad.test", &["--fail-on", "critical"]).await.status.code(), Some(1));
    assert_eq!(scan(&lab, "bad.test", &["--fail-under", "60"]).await.status.code(), Some(1));
    let o = scan(&lab, "bad.test", &[]).await;
    let text = String::from_utf8_lossy(&o.stdout).into_owned();
    assert_eq!(o.status.code(), Some(0));
    assert!(
        text.starts_with("NOT READY  bad.test\n")
            && text.contains("+ v=spf1 include:_spf.mail.test include:_spf.other.test ~all")
            && !text.contains('\x1b')
    );
    assert!(String::from_utf8_lossy(&scan(&lab, "bad.test", &["--format", "markdown"]).await.stdout).starts_with("# bad.test: Not ready"));
    let sarif = json(&scan(&lab, "bad.test", &["--format", "sarif"]).await);
    assert!(sarif["runs"][0]["results"].as_array().unwrap().iter().any(|r| r["ruleId"] == "MAIL-02" && r["level"] == "error"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_scanned_says_so_with_2() {
    let lab = Lab::start().await;
    for (args, want) in [
        (vec!["scan", "https://acme"], "Did you mean acme.com?"),
        (vec!["scan", "192.0.2.1"], "is an address"),
        (vec!["scan", "acme.test", "--resolver", "nowhere"], "127.0.0.1:53"),
        (vec!["scan", "acme.test", "--timeout", "soon"], "soon"),
        (vec!["scan", "acme.test", "--ca-file", "/no/such.pem"], "/no/such.pem"),
        (vec!["scan", "acme.test", "--resolver", "127.250.1.1:53", "--timeout", "4s"], "Nothing was learned"),
        (vec!["replay", "/no/such.json"], "cannot be read"),
    ] {
        let o = tokio::task::spawn_blocking({
            let args = args.clone();
            move || run(&args)
        })
        .await
        .unwrap();
        assert_eq!(o.status.code(), Some(2), "{args:?}");
        assert!(
            o.stdout.is_empty() && String::from_utf8_lossy(&o.stderr).contains(want),
            "{args:?}: {}",
            String::from_utf8_lossy(&o.stderr)
        );
    }
    drop(lab);
}

#[tokio::test(flavor = "multi_thread")]
async fn saved_evidence_is_judged_alike_without_a_network() {
    let lab = Lab::start().await;
    presets::bad(&lab, "bad.test");
    let file = std::env::temp_dir().join(format!("lr-replay-{}.json", std::process::id()));
    let path = file.display().to_string();
    let first = json(&scan(&lab, "bad.test", &["--format", "json", "--save", &path]).await);
    drop(lab);
    let o = run(&["replay", &path, "--format", "json", "--fail-on", "critical"]);
    assert_eq!(o.status.code(), Some(1));
    let again = json(&o);
    let all = |v: &serde_json::Value| v["findings"].as_array().unwrap().clone();
    for (a, b) in all(&again).iter().zip(all(&first)) {
        assert_eq!(*a, b);
    }
    let _ = std::fs::remove_file(file);
}

#[test]
fn the_catalogue_and_the_settings() {
    let o = run(&["checks", "--format", "json"]);
    let list = json(&o);
    let list = list.as_array().unwrap();
    assert_eq!((list.len(), list.iter().filter(|e| e["implemented"] == true).count()), (208, 84));
    for key in ["id", "name", "title", "stage", "area", "class", "impact", "implemented"] {
        assert!(list.iter().all(|e| !e[key].is_null()), "{key}");
    }
    assert!(String::from_utf8_lossy(&run(&["checks"]).stdout).contains("208 checks"));
    assert!(String::from_utf8_lossy(&run(&["checks", "--format", "markdown"]).stdout).contains("| MAIL-02 | exactly-one-spf-record |"));
    let o =
        Command::new(env!("CARGO_BIN_EXE_launch-ready")).arg("config").env("DATABASE_URL", "postgres://u:hunter2@h/d").output().unwrap();
    assert!(o.status.success() && !String::from_utf8_lossy(&o.stdout).contains("hunter2"));
    let o = Command::new(env!("CARGO_BIN_EXE_launch-ready")).arg("serve").env("LAUNCH_READY_LISTEN", "here").output().unwrap();
    assert_eq!(o.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&o.stderr).contains("The setting listen (from LAUNCH_READY_LISTEN) is “here”"));
}
