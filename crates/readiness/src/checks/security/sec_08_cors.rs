//! SEC-08: other sites cannot read your customers' data through their browsers.

use crate::check::{Check, Context, Fix, Found, Part, Paste, Reference, Seen, join};
use crate::checks::help::{headers_seen, no_pages};
use crate::dead_ends::is_challenge;
use crate::evidence::{Collector, Fetch, Purpose, Response, host_of};
use crate::words::{Area, Class, Impact, Outcome, Stage};

/// SEC-08.
pub static CHECK: Check = Check {
    id: "SEC-08",
    name: "cors-restricted",
    title: "CORS restricted",
    stage: Stage::Security,
    area: Area::Security,
    class: Class::Outside,
    impact: Impact::Critical,
    resting_impact: Impact::Critical,
    needs: &[Collector::Dns, Collector::Http],
    why: "Any website that a signed-in customer opens can read their account and act in it.",
    criterion: "Five foreign origins are sent: fails when one is allowed together with credentials; warns when one is echoed without, or when an API allows everybody.",
    minutes: 20,
    references: &[
        Reference { title: "MDN: CORS", url: "https://developer.mozilla.org/en-US/docs/Web/HTTP/Guides/CORS" },
        Reference { title: "OWASP ASVS 3.4.2", url: "https://owasp.org/www-project-application-security-verification-standard/" },
    ],
    rule,
};

fn rule(c: &Context) -> Found {
    let e = c.evidence;
    let probes: Vec<&Fetch> =
        e.fetches_for(Purpose::Cors).chain(e.fetches_for(Purpose::Preflight)).filter(|f| f.first().is_some()).collect();
    if probes.is_empty() {
        return Found::unknown(no_pages(e));
    }
    if probes.iter().all(|f| f.first().is_some_and(is_challenge)) {
        return Found::blocked();
    }
    let parts: Vec<Part> = probes.iter().filter_map(|f| f.first().map(|r| judge(f, r))).collect();
    let worst = parts.iter().map(|p| p.outcome).find(|o| *o == Outcome::Fail).unwrap_or(Outcome::Warn);
    let mut telling: Vec<Seen> =
        probes.iter().zip(&parts).filter(|(_, p)| p.outcome == worst).filter_map(|(f, _)| f.first().map(|r| seen(f, r))).collect();
    if telling.is_empty() {
        telling = probes.iter().take(5).filter_map(|f| f.first().map(|r| seen(f, r))).collect();
    }
    // One sentence a host and outcome, its origins listed.
    let mut unique: Vec<Part> = vec![];
    for (f, p) in probes.iter().zip(&parts) {
        let origin = f.origin.as_deref().unwrap_or("");
        match unique.iter_mut().find(|u| u.target == p.target && u.outcome == p.outcome) {
            Some(u) if !u.text.split([' ', ',']).any(|w| w == origin) => u.text = format!("{}, {origin}", u.text),
            Some(_) => {}
            None => unique.push(Part::new(&p.target, p.outcome, origin)),
        }
    }
    for u in &mut unique {
        u.text = match u.outcome {
            Outcome::Fail => format!("{} lets foreign sites read answers with the visitor's cookies. Let in were: {}.", u.target, u.text),
            Outcome::Warn => format!("{} lets foreign sites read its answers, though without cookies. Let in were: {}.", u.target, u.text),
            _ => String::new(),
        };
    }
    let found = join(CHECK.impact, &unique, "No foreign origin is let in.").seen(telling);
    if !found.outcome.is_open() {
        return found;
    }
    let own = c.evidence.target.domain.to_string();
    found.fix(Fix {
        title: "Allow only your own origins".into(),
        steps: vec![
            "In the CORS settings of your framework replace “reflect the origin”, true or * by a list of exact origins.".into(),
            "Compare whole origins. Looking whether the text ends or begins with your domain lets evilacme.com and acme.com.evil.example in. Never allow “null”.".into(),
            "Send Vary: Origin with it.".into(),
        ],
        paste: vec![Paste::add("answer to an origin on the list, and to no other", [format!("Access-Control-Allow-Origin: https://{own}"), "Vary: Origin".into()])],
        undo: "Restore the former setting.".into(),
        risk: Some("A front end on an origin that you forget to list stops working; look for it in the browser's console.".into()),
        minutes: CHECK.minutes,
    })
}

fn seen(f: &Fetch, r: &Response) -> Seen {
    let mut s = headers_seen(f, r, &["access-control-allow-origin", "access-control-allow-credentials", "vary"]);
    let method = if f.purpose == Purpose::Preflight { "OPTIONS" } else { "GET" };
    s.source = format!("{method} {} with Origin: {}", f.start, f.origin.as_deref().unwrap_or(""));
    s
}

fn judge(f: &Fetch, r: &Response) -> Part {
    let origin = f.origin.as_deref().unwrap_or("");
    let host = host_of(&f.start);
    let allow = r.header("access-control-allow-origin").map(str::trim);
    // The value is compared exactly, as browsers do (Fetch standard).
    let credentials = r.header("access-control-allow-credentials").map(str::trim) == Some("true");
    let outcome = match allow {
        Some(a) if a == origin && credentials => Outcome::Fail,
        Some(a) if a == origin => Outcome::Warn,
        // Anybody may read an API that says *; a page is public anyway. Together with credentials
        // browsers refuse it, so it opens nothing.
        Some("*") if r.media_type().ends_with("json") => Outcome::Warn,
        _ => Outcome::Pass,
    };
    Part::new(host, outcome, "")
}

#[test]
fn table() {
    const ACAO: &str = "access-control-allow-origin";
    const ACAC: &str = "access-control-allow-credentials";
    const EVIL: &str = "https://evil.example";
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("nothing allowed", |_| {}, Outcome::Pass),
            (
                "reflected with credentials",
                |f| {
                    f.cors(Purpose::Cors, EVIL, &[(ACAO, EVIL), (ACAC, "true")]);
                },
                Outcome::Fail,
            ),
            (
                "reflected only in the preflight",
                |f| {
                    f.cors(Purpose::Preflight, EVIL, &[(ACAO, EVIL), (ACAC, "true")]);
                },
                Outcome::Fail,
            ),
            (
                "null with credentials",
                |f| {
                    f.cors(Purpose::Cors, "null", &[(ACAO, "null"), (ACAC, "true")]);
                },
                Outcome::Fail,
            ),
            (
                "reflected without credentials",
                |f| {
                    f.cors(Purpose::Cors, EVIL, &[(ACAO, EVIL)]);
                },
                Outcome::Warn,
            ),
            (
                "* with credentials is refused by browsers",
                |f| {
                    f.cors(Purpose::Cors, EVIL, &[(ACAO, "*"), (ACAC, "true"), ("content-type", "text/html")]);
                },
                Outcome::Pass,
            ),
            (
                "* on an API",
                |f| {
                    f.cors(Purpose::Cors, EVIL, &[(ACAO, "*"), ("content-type", "application/json")]);
                },
                Outcome::Warn,
            ),
            (
                "another fixed origin",
                |f| {
                    f.cors(Purpose::Cors, EVIL, &[(ACAO, "https://app.acme.example"), (ACAC, "true")]);
                },
                Outcome::Pass,
            ),
            (
                "nothing answered",
                |f| f.evidence.fetches.retain(|x| !matches!(x.purpose, Purpose::Cors | Purpose::Preflight)),
                Outcome::Unknown,
            ),
        ],
    );
}
