//! TLS-08: browsers are told to use HTTPS only.

use crate::check::{Check, Context, Fix, Found, Line, Part, Paste, Reference, Seen, join};
use crate::checks::help::{headers_seen, no_pages};
use crate::dead_ends::is_challenge;
use crate::evidence::{Answer, Collector, Fetch, Outside, Purpose, Response, Source, host_of};
use crate::hsts::Hsts;
use crate::taxonomy::{Area, Impact, Outcome, Stage};

/// TLS-08.
pub static CHECK: Check = Check {
    id: "TLS-08",
    name: "hsts-policy",
    title: "HSTS policy",
    stage: Stage::Edge,
    area: Area::Ssl,
    reads: &[Source::Outside],
    impact: Impact::Medium,
    resting_impact: Impact::Medium,
    needs: &[Collector::Dns, Collector::Tls, Collector::Http],
    why: "On an open network somebody can turn the first visit into plain HTTP and read the password typed there.",
    criterion: "The first Strict-Transport-Security header over a valid certificate: fails when it switches HSTS off or cannot be read, warns when absent or below a year.",
    minutes: 10,
    references: &[
        Reference { title: "RFC 6797 §6.1", url: "https://www.rfc-editor.org/rfc/rfc6797#section-6.1" },
        Reference {
            title: "MDN: Strict-Transport-Security",
            url: "https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Strict-Transport-Security",
        },
    ],
    rule,
};

const HALF_YEAR: u64 = 15_768_000;
const YEAR: u64 = 31_536_000;

fn rule(c: &Context) -> Found {
    let e = c.outside();
    let mut hosts: Vec<String> = e.front().and_then(Fetch::last).map(|(u, _)| host_of(u).to_owned()).into_iter().collect();
    if hosts.first().is_none_or(|h| !e.target.domain.covers(h)) {
        hosts.insert(0, e.target.domain.to_string());
    }
    hosts.extend(e.target.hosts.iter().map(ToString::to_string).filter(|h| !hosts.contains(h)).collect::<Vec<_>>());
    let answers: Vec<(String, &Fetch, &Response)> = hosts.iter().filter_map(|h| over_https(e, h).map(|(f, r)| (h.clone(), f, r))).collect();
    if answers.is_empty() {
        return Found::unknown(no_pages(e));
    }
    let parts: Vec<Part> = answers.iter().map(|(h, _, r)| judge(e, h, r, c.now)).collect();
    let seen: Vec<Seen> = answers.iter().map(|(_, f, r)| headers_seen(f, r, &["strict-transport-security"])).collect();
    let found = join(CHECK.impact, &parts, "HSTS is sent for a year or more.").seen(seen);
    if !found.outcome.is_open() {
        return found;
    }
    let old = answers.iter().find_map(|(_, _, r)| r.header("strict-transport-security"));
    let lines: Vec<Line> = old
        .map(|o| Line::Remove(format!("Strict-Transport-Security: {o}")))
        .into_iter()
        .chain([Line::Add(format!("Strict-Transport-Security: {}", for_a_year(old.unwrap_or(""))))])
        .collect();
    found.fix(Fix {
        title: "Tell browsers to use HTTPS only".into(),
        steps: vec![
            "Begin with max-age=300 and watch for a day; then 604800 for a week; then a year as below.".into(),
            "It has to stand on redirects and errors too, since a visitor's first answer is often one.".into(),
        ],
        paste: vec![Paste { place: "response header on every HTTPS answer".into(), lines }],
        undo: "Send max-age=0 over HTTPS; browsers forget the promise at the next visit.".into(),
        risk: Some(
            "Browsers will refuse plain HTTP for this host for the whole time. Add includeSubDomains only when every subdomain has HTTPS."
                .into(),
        ),
        minutes: CHECK.minutes,
    })
}

/// The first response of the host itself over HTTPS.
fn over_https<'a>(e: &'a Outside, host: &str) -> Option<(&'a Fetch, &'a Response)> {
    let start = format!("https://{host}/");
    e.fetches_for(Purpose::Start).find(|f| f.start == start).and_then(|f| match &f.hops.first()?.answer {
        Answer::Response(r) => Some((f, r)),
        Answer::Failed { .. } => None,
    })
}

/// A year, with what the header promised besides.
fn for_a_year(old: &str) -> String {
    let stood = |d: &&str| old.split(';').any(|x| x.trim().eq_ignore_ascii_case(d));
    std::iter::once("max-age=31536000").chain(["includeSubDomains", "preload"].into_iter().filter(stood)).collect::<Vec<_>>().join("; ")
}

fn judge(e: &Outside, host: &str, r: &Response, now: i64) -> Part {
    let Some(value) = r.header("strict-transport-security") else {
        if is_challenge(r) {
            return Part::new(host, Outcome::Blocked, "");
        }
        return Part::new(host, Outcome::Warn, format!("{host} sends no Strict-Transport-Security header."));
    };
    if !e.browser_accepts(host, now) {
        return Part::new(
            host,
            Outcome::Warn,
            format!("{host} sends HSTS, but browsers ignore it over a certificate that they do not accept."),
        );
    }
    match Hsts::parse(value).map(|h| h.max_age) {
        None => Part::new(host, Outcome::Fail, format!("The HSTS header of {host} cannot be read: “{value}”.")),
        Some(0) => Part::new(host, Outcome::Fail, format!("{host} switches HSTS off (max-age=0).")),
        Some(n) if n < HALF_YEAR => {
            Part::new(host, Outcome::Warn, format!("{host} promises HTTPS for {} only; a year is expected.", span(n)))
        }
        Some(n) if n < YEAR => Part::new(host, Outcome::Warn, format!("{host} promises HTTPS for {}; a year is expected.", span(n))),
        Some(_) => Part::new(host, Outcome::Pass, ""),
    }
}

fn span(seconds: u64) -> String {
    match seconds / 86_400 {
        0 => format!("{seconds} seconds"),
        1 => "a day".to_owned(),
        days => format!("{days} days"),
    }
}

#[test]
fn table() {
    use crate::evidence::Trust;
    use crate::fixture::set;
    const URL: &str = "https://acme.example/";
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("a year", |_| {}, Outcome::Pass),
            (
                "absent",
                |f| {
                    f.page(URL, |r| set(r, "strict-transport-security", ""));
                },
                Outcome::Warn,
            ),
            (
                "a day",
                |f| {
                    f.page(URL, |r| set(r, "strict-transport-security", "max-age=86400"));
                },
                Outcome::Warn,
            ),
            (
                "quoted, with other directives",
                |f| {
                    f.page(URL, |r| set(r, "strict-transport-security", "includeSubDomains; max-age=\"63072000\"; preload"));
                },
                Outcome::Pass,
            ),
            (
                "switched off",
                |f| {
                    f.page(URL, |r| set(r, "strict-transport-security", "max-age=0; includeSubDomains"));
                },
                Outcome::Fail,
            ),
            (
                "cannot be read",
                |f| {
                    f.page(URL, |r| set(r, "strict-transport-security", "max-age=1y"));
                },
                Outcome::Fail,
            ),
            (
                "only the first header counts",
                |f| {
                    f.page(URL, |r| r.headers.insert(0, ("strict-transport-security".into(), "max-age=60".into())));
                },
                Outcome::Warn,
            ),
            (
                "over a bad certificate it does not count",
                |f| {
                    f.cert("acme.example", |s| s.trust = Trust::SelfSigned);
                },
                Outcome::Warn,
            ),
            (
                "over an expired certificate it does not count",
                |f| {
                    f.cert("app.acme.example", |s| s.chain[0].not_after = 1);
                },
                Outcome::Warn,
            ),
            (
                "a challenge page without it",
                |f| {
                    for u in [URL, "https://app.acme.example/"] {
                        f.page(u, |r| {
                            r.status = 403;
                            crate::fixture::set(r, "cf-mitigated", "challenge");
                            set(r, "strict-transport-security", "");
                        });
                    }
                },
                Outcome::Blocked,
            ),
        ],
    );
}

#[test]
fn what_was_promised_besides_stays() {
    assert_eq!(for_a_year(""), "max-age=31536000");
    assert_eq!(for_a_year("max-age=300; IncludeSubDomains"), "max-age=31536000; includeSubDomains");
    assert_eq!(for_a_year("max-age=300;preload ;includeSubDomains"), "max-age=31536000; includeSubDomains; preload");
}
