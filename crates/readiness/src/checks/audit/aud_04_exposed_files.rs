//! AUD-04: no configuration, repository, backup or key lies open on the web server.

use crate::check::{Check, Context, Fix, Found, Paste, Reference, Seen};
use crate::checks::help::{is_fallback, list};
use crate::dead_ends::is_challenge;
use crate::evidence::{Collector, Fetch, Purpose, Response, Source};
use crate::taxonomy::{Area, Impact, Stage};

/// AUD-04.
pub static CHECK: Check = Check {
    id: "AUD-04",
    name: "exposed-sensitive-files",
    title: "Exposed sensitive files",
    stage: Stage::Audit,
    area: Area::Secrets,
    reads: &[Source::Outside],
    impact: Impact::Critical,
    resting_impact: Impact::Critical,
    needs: &[Collector::Dns, Collector::Http, Collector::Files],
    why: "Robots look for these files all day; one .env hands them your database and your payment keys.",
    criterion: "Some 45 well-known paths are fetched with the owner's consent; fails when the content bears the file's signature and is not what the site answers to any path.",
    minutes: 60,
    references: &[Reference { title: "OWASP ASVS 13.4", url: "https://owasp.org/www-project-application-security-verification-standard/" }],
    rule,
};

/// How a file of a kind is recognised by its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// Lines of the form `KEY=value`.
    Env,
    /// Any of these texts.
    Text(&'static [&'static str]),
    /// A Git object name or a reference to one.
    GitHead,
    /// `name:$hash` lines.
    Htpasswd,
}

/// The paths, and what their files look like.
pub const PATHS: &[(&str, Sign)] = &[
    ("/.env", Sign::Env),
    ("/.env.local", Sign::Env),
    ("/.env.production", Sign::Env),
    ("/.env.prod", Sign::Env),
    ("/.env.staging", Sign::Env),
    ("/.env.development", Sign::Env),
    ("/.env.backup", Sign::Env),
    ("/.env.bak", Sign::Env),
    ("/.env.old", Sign::Env),
    ("/api/.env", Sign::Env),
    ("/app/.env", Sign::Env),
    ("/backend/.env", Sign::Env),
    ("/.git/HEAD", Sign::GitHead),
    ("/.git/config", Sign::Text(&["[core]"])),
    ("/.svn/wc.db", Sign::Text(&["SQLite format 3"])),
    ("/.hg/hgrc", Sign::Text(&["[paths]"])),
    ("/.DS_Store", Sign::Text(&["Bud1"])),
    ("/backup.sql", SQL),
    ("/dump.sql", SQL),
    ("/database.sql", SQL),
    ("/db.sql", SQL),
    ("/backup.zip", ZIP),
    ("/backup.tar.gz", Sign::Text(&["\u{1f}\u{fffd}\u{8}", "\u{1f}\u{8b}\u{8}"])),
    ("/docker-compose.yml", Sign::Text(&["services:"])),
    ("/docker-compose.yaml", Sign::Text(&["services:"])),
    ("/Dockerfile", Sign::Text(&["FROM "])),
    ("/id_rsa", KEY),
    ("/.ssh/id_rsa", KEY),
    ("/.ssh/id_ed25519", KEY),
    ("/server.key", KEY),
    ("/privkey.pem", KEY),
    ("/phpinfo.php", Sign::Text(&["phpinfo()</title>", "PHP Version"])),
    ("/info.php", Sign::Text(&["phpinfo()</title>", "PHP Version"])),
    ("/server-status", Sign::Text(&["Apache Server Status"])),
    ("/actuator/env", Sign::Text(&["\"propertySources\""])),
    ("/actuator/heapdump", Sign::Text(&["JAVA PROFILE"])),
    ("/debug/pprof/", Sign::Text(&["Types of profiles available"])),
    ("/.aws/credentials", Sign::Text(&["aws_access_key_id"])),
    ("/config/database.yml", Sign::Text(&["adapter:"])),
    ("/.npmrc", Sign::Text(&["_authToken", "_auth="])),
    ("/.htpasswd", Sign::Htpasswd),
    ("/wp-config.php.bak", Sign::Text(&["DB_PASSWORD"])),
    ("/storage/logs/laravel.log", Sign::Text(&["production.ERROR", "local.ERROR"])),
    ("/.vscode/sftp.json", Sign::Text(&["\"remotePath\"", "\"password\""])),
    ("/firebase-adminsdk.json", Sign::Text(&["\"private_key\""])),
];
const SQL: Sign = Sign::Text(&["CREATE TABLE", "INSERT INTO", "PostgreSQL database dump", "MySQL dump", "MariaDB dump"]);
const KEY: Sign = Sign::Text(&["PRIVATE KEY-----"]);
const ZIP: Sign = Sign::Text(&["PK\u{3}\u{4}"]);

fn rule(c: &Context) -> Found {
    let e = c.outside();
    if !e.target.entitled {
        return Found::unknown(
            "Looking for leftover files needs your word that you may test this site. Declare it in the project's settings, or scan with --entitled.",
        );
    }
    let fetched: Vec<(&Fetch, &Response)> = e.fetches_for(Purpose::Leftover).filter_map(|f| f.first().map(|r| (f, r))).collect();
    if fetched.is_empty() {
        return Found::unknown(e.gap(Collector::Files).map_or_else(|| "None of the well-known paths answered.".to_owned(), str::to_owned));
    }
    let hits: Vec<&(&Fetch, &Response)> =
        fetched.iter().filter(|(f, r)| r.status == 200 && sign_of(&f.start).is_some_and(|s| bears(s, r)) && !is_fallback(e, r)).collect();
    if !hits.is_empty() {
        let urls: Vec<&str> = hits.iter().map(|(f, _)| f.start.as_str()).collect();
        let paths: Vec<&str> = urls.iter().map(|u| path(u)).collect();
        let seen = hits.iter().map(|(f, r)| Seen {
            source: f.start.clone(),
            text: r.body.as_ref().map_or(String::new(), |b| b.extract.chars().take(300).collect()),
            at: f.at(),
        });
        return Found::fail(format!("{} can be read by anyone.", list(&urls))).seen(seen).fix(Fix {
            title: format!("Take {} off the web, and rotate what stood in it", list(&paths)),
            steps: vec![
                "Rotate every key and password that stood in the file: make the new one, deploy it, then revoke the old one. Do this first; robots have read the file.".into(),
                "Block the path, as below, and take the file out of the folder that is served.".into(),
                "Look through the provider's logs for use of the old keys.".into(),
            ],
            paste: vec![Paste::add(crate::guide::PATHS, paths.clone())],
            undo: "Remove the rule. Old keys stay revoked.".into(),
            risk: Some("Revoking a key before its replacement is deployed takes the product down.".into()),
            minutes: CHECK.minutes,
        });
    }
    if fetched.iter().all(|(_, r)| is_challenge(r)) && e.fetches_for(Purpose::Random).filter_map(Fetch::last).all(|(_, r)| is_challenge(r))
    {
        return Found::blocked();
    }
    Found::pass(format!("None of {} well-known paths shows such a file.", fetched.len())).seen(fetched.iter().take(8).map(|(f, r)| Seen {
        source: f.start.clone(),
        text: r.status.to_string(),
        at: f.at(),
    }))
}

fn path(url: &str) -> &str {
    url.split_once("://").and_then(|(_, r)| r.find('/').and_then(|i| r.get(i..))).unwrap_or(url)
}

fn sign_of(url: &str) -> Option<Sign> {
    PATHS.iter().find(|(p, _)| *p == path(url)).map(|(_, s)| *s)
}

fn bears(sign: Sign, r: &Response) -> bool {
    let Some(body) = &r.body else { return false };
    let text = body.extract.as_str();
    // PHP's own sign begins with the same character and is no page.
    let html = text.trim_start().starts_with('<') && !text.trim_start().starts_with("<?");
    match sign {
        Sign::Env => {
            let lines: Vec<&str> = text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')).collect();
            let good = lines
                .iter()
                .filter(|l| {
                    l.trim_start_matches("export ")
                        .split_once('=')
                        .is_some_and(|(k, _)| !k.is_empty() && k.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_'))
                })
                .count();
            !html && good > 0 && good * 2 >= lines.len()
        }
        // phpinfo, server-status and pprof are pages themselves.
        Sign::Text(signs) => {
            signs.iter().any(|s| text.contains(s))
                && (!html || signs.iter().any(|s| s.contains("phpinfo") || s.contains("Apache") || s.contains("profiles")))
        }
        Sign::GitHead => text.starts_with("ref: refs/") || (text.trim().len() == 40 && text.trim().bytes().all(|b| b.is_ascii_hexdigit())),
        Sign::Htpasswd => {
            !html
                && text.lines().any(|l| {
                    l.split_once(':')
                        .is_some_and(|(u, h)| !u.is_empty() && !u.contains(' ') && (h.starts_with('$') || h.starts_with("{SHA}")))
                })
        }
    }
}

#[test]
fn table() {
    use crate::fixture::Fixture;
    use crate::taxonomy::Outcome;
    fn at(f: &mut Fixture, path: &str, status: u16, kind: &str, body: &str) {
        let hop = f.answer(&format!("https://acme.example{path}"), status, &[("content-type", kind)], body);
        f.fetch(Purpose::Leftover, vec![hop]);
    }
    const SPA: &str = "<!doctype html><title>Acme</title><script src=/app.js></script>";
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("404 everywhere", |_| {}, Outcome::Pass),
            ("an open .env", |f| at(f, "/.env", 200, "text/plain", "APP_KEY=***\nDATABASE_URL=***"), Outcome::Fail),
            ("an open repository", |f| at(f, "/.git/HEAD", 200, "application/octet-stream", "ref: refs/heads/main\n"), Outcome::Fail),
            (
                "an SPA that answers the same page to every path",
                |f| {
                    for p in ["lr-a1", "lr-b2"] {
                        let h = f.answer(&format!("https://acme.example/{p}"), 200, &[("content-type", "text/html")], SPA);
                        f.fetch(Purpose::Random, vec![h]);
                    }
                    at(f, "/.env", 200, "text/html", SPA);
                },
                Outcome::Pass,
            ),
            ("a page about environment files", |f| at(f, "/.env", 200, "text/html", "<p>APP_KEY=***</p>"), Outcome::Pass),
            (
                "plain text for every path, even one that looks like variables",
                |f| {
                    for p in ["lr-a1", "lr-b2"] {
                        let h = f.answer(&format!("https://acme.example/{p}"), 200, &[("content-type", "text/plain")], "STATUS=ok");
                        f.fetch(Purpose::Random, vec![h]);
                    }
                    at(f, "/.env", 200, "text/plain", "STATUS=ok");
                },
                Outcome::Pass,
            ),
            (
                "forbidden dot files",
                |f| {
                    at(f, "/.env", 403, "text/html", "Forbidden");
                    at(f, "/.git/HEAD", 403, "text/html", "Forbidden");
                },
                Outcome::Pass,
            ),
            (
                "a challenge on everything",
                |f| {
                    for x in &mut f.evidence.fetches {
                        for h in &mut x.hops {
                            if let crate::evidence::Answer::Response(r) = &mut h.answer {
                                r.status = 403;
                                crate::fixture::set(r, "cf-mitigated", "challenge");
                            }
                        }
                    }
                },
                Outcome::Blocked,
            ),
            (
                "a database dump",
                |f| at(f, "/backup.sql", 200, "application/sql", "-- PostgreSQL database dump\nCREATE TABLE users"),
                Outcome::Fail,
            ),
            ("not entitled", |f| f.evidence.target.entitled = false, Outcome::Unknown),
            (
                "an open .env that the server calls a page",
                |f| at(f, "/.env", 200, "text/html", "APP_KEY=***\nDB_PASSWORD=***"),
                Outcome::Fail,
            ),
        ],
    );
}
