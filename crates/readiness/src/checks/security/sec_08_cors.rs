//! SEC-08: other sites cannot read your customers' data through their browsers.

use crate::check::{Check, Context, Fix, Found, Part, Paste, Reference, Seen, join};
use crate::checks::help::{headers_seen, list, no_pages};
use crate::dead_ends::is_challenge;
use crate::evidence::{Collector, Fetch, Purpose, Response, Source, host_of};
use crate::providers::ends_in;
use crate::taxonomy::{Area, Impact, Outcome, Stage};

/// SEC-08.
pub static CHECK: Check = Check {
    id: "SEC-08",
    name: "cors-restricted",
    title: "CORS restricted",
    stage: Stage::Security,
    area: Area::Security,
    reads: &[Source::Outside],
    impact: Impact::Critical,
    resting_impact: Impact::Critical,
    needs: &[Collector::Dns, Collector::Http],
    why: "Any website that a signed-in customer opens can read their account and act in it.",
    criterion: "Five origins are sent, by a request and by its preflight: fails when a foreign one may read answers with cookies; warns when it may only send, or read without cookies, or when it is the own name over http.",
    minutes: 20,
    references: &[
        Reference { title: "Fetch: CORS protocol", url: "https://fetch.spec.whatwg.org/#http-cors-protocol" },
        Reference { title: "MDN: CORS", url: "https://developer.mozilla.org/en-US/docs/Web/HTTP/Guides/CORS" },
        Reference { title: "OWASP ASVS 3.4.2", url: "https://owasp.org/www-project-application-security-verification-standard/" },
    ],
    rule,
};

fn rule(c: &Context) -> Found {
    let e = c.outside();
    let answered = |purpose| e.fetches_for(purpose).filter_map(|f| Some((f, f.first()?)));
    let probes: Vec<(&Fetch, &Response)> = answered(Purpose::Cors).chain(answered(Purpose::Preflight)).collect();
    if probes.is_empty() {
        return Found::unknown(no_pages(e));
    }
    if probes.iter().all(|(_, r)| is_challenge(r)) {
        return Found::blocked();
    }
    let mut open: Vec<(Opening, &str, &str)> = vec![];
    let mut telling: Vec<Seen> = vec![];
    for (f, r) in &probes {
        let origin = f.origin.as_deref().unwrap_or("");
        let Some(opening) = judge(f, r, origin, e.target.domain.registrable()) else { continue };
        let host = host_of(&f.start);
        // What may be read may be sent, too.
        let known = open.iter().any(|(o, h, x)| *h == host && *x == origin && (*o == opening || *o == Opening::ReadSignedIn));
        if !known {
            open.push((opening, host, origin));
            telling.push(seen(f, r));
        }
    }
    if telling.is_empty() {
        telling = probes.iter().take(5).map(|(f, r)| seen(f, r)).collect();
    }
    // One sentence a host and kind, its origins listed.
    let mut parts: Vec<Part> = vec![];
    for kind in Opening::ALL {
        let mut hosts: Vec<&str> = open.iter().filter(|(o, ..)| *o == kind).map(|(_, h, _)| *h).collect();
        hosts.dedup();
        for host in hosts {
            let origins: Vec<&str> = open.iter().filter(|(o, h, _)| *o == kind && *h == host).map(|(.., o)| told(o)).collect();
            let outcome = if kind == Opening::ReadSignedIn { Outcome::Fail } else { Outcome::Warn };
            parts.push(Part::new(host, outcome, kind.text(host, &list(&origins))));
        }
    }
    if parts.is_empty() {
        return Found::pass("No foreign origin may read an answer or send more than a plain form could.").seen(telling);
    }
    let own = e.target.domain.to_string();
    join(CHECK.impact, &parts, "").seen(telling).fix(Fix {
        title: "Allow only your own origins".into(),
        steps: vec![
            "In the CORS settings of your framework replace “reflect the origin”, true or * by a list of exact origins, each with https://.".into(),
            "Compare whole origins. Looking whether the text ends or begins with your domain lets evilacme.com and acme.com.evil.example in. Never allow “null”.".into(),
            "Use the same list for OPTIONS and for the request itself, and send Vary: Origin with both.".into(),
        ],
        paste: vec![Paste::add("answer to an origin on the list, and to no other", [format!("Access-Control-Allow-Origin: https://{own}"), "Vary: Origin".into()])],
        undo: "Restore the former setting.".into(),
        risk: Some("A front end on an origin that you forget to list stops working; look for it in the browser's console.".into()),
        minutes: CHECK.minutes,
    })
}

/// An origin for a person.
fn told(origin: &str) -> &str {
    if origin == "null" { "“null”, which any page can be from a sandboxed frame" } else { origin }
}

fn seen(f: &Fetch, r: &Response) -> Seen {
    let names = [
        "access-control-allow-origin",
        "access-control-allow-credentials",
        "access-control-allow-methods",
        "access-control-allow-headers",
        "vary",
    ];
    let mut s = headers_seen(f, r, &names);
    let method = if f.purpose == Purpose::Preflight { "OPTIONS" } else { "GET" };
    s.source = format!("{method} {} with Origin: {}", f.start, f.origin.as_deref().unwrap_or(""));
    s
}

/// What an answer opens to a foreign page.
#[derive(Clone, Copy, PartialEq)]
enum Opening {
    /// Answers to requests with the visitor's cookies.
    ReadSignedIn,
    /// The same, to the site's own name over plain http, which anybody on the way can forge.
    ReadPlain,
    /// Requests with cookies that no form can send; their answers stay closed.
    SendSignedIn,
    /// Answers to requests without cookies, its origin echoed.
    ReadPublic,
    /// Answers of an API to everybody, without cookies.
    ReadAnybody,
}

impl Opening {
    const ALL: [Self; 5] = [Self::ReadSignedIn, Self::ReadPlain, Self::SendSignedIn, Self::ReadPublic, Self::ReadAnybody];

    fn text(self, host: &str, origins: &str) -> String {
        match self {
            Self::ReadSignedIn => format!("{host} lets foreign sites read answers with the visitor's cookies. Let in: {origins}."),
            Self::ReadPlain => format!(
                "{host} lets {origins} read answers with the visitor's cookies: your own name, but without encryption anybody on the same network can put a page there."
            ),
            Self::SendSignedIn => format!(
                "{host} answers the preflight so that foreign sites may send requests with the visitor's cookies that no form can send. Their answers cannot be read. Let in: {origins}."
            ),
            Self::ReadPublic => format!("{host} lets foreign sites read its answers, though without cookies. Let in: {origins}."),
            Self::ReadAnybody => format!("{host} lets every site read what it answers without cookies (Access-Control-Allow-Origin: *)."),
        }
    }
}

/// The CORS check of the Fetch standard (§4.10) on the answer to a request, or to its preflight
/// (§4.8), from this origin. The site's own https origins are no foreign ones.
fn judge(f: &Fetch, r: &Response, origin: &str, site: &str) -> Option<Opening> {
    if is_challenge(r) {
        return None;
    }
    // Several headers are one value with commas, which equals no origin.
    let one = |name: &str| Some(r.all(name).map(str::trim).collect::<Vec<_>>().join(", ")).filter(|v| !v.is_empty());
    let allow = one("access-control-allow-origin")?;
    // Only the word itself counts, in this case; with credentials * is no wildcard.
    let credentials = one("access-control-allow-credentials").as_deref() == Some("true");
    let (same, any) = (allow == origin, allow == "*");
    let own = ends_in(host_of(origin), &[site]);
    if f.purpose == Purpose::Preflight {
        // A preflight counts with a status of 200 to 299 alone (§4.8). Without a method or a header
        // beyond what needs no preflight it opens nothing; without cookies, nothing that a program
        // anywhere could not send.
        // With cookies * is a method or header of that name (§3.3.3). Methods are compared as written, and
        // browsers write these in capitals (§2.2.1), so that in small letters they let nothing in.
        let list = |name: &str| one(name).unwrap_or_default();
        let (methods, headers) = (list("access-control-allow-methods"), list("access-control-allow-headers").to_ascii_lowercase());
        let words = |list: &str| list.split(',').map(|w| w.trim().to_owned()).filter(|w| !w.is_empty() && w != "*").collect::<Vec<_>>();
        let method = |w: &String| {
            let capital = w.to_ascii_uppercase();
            match capital.as_str() {
                "GET" | "HEAD" | "POST" | "OPTIONS" => false,
                "PUT" | "DELETE" => *w == capital,
                _ => true,
            }
        };
        let header = |w: &String| !["accept", "accept-language", "content-language"].contains(&w.as_str());
        let opens = words(&methods).iter().any(method) || words(&headers).iter().any(header);
        return ((200..300).contains(&r.status) && opens && !own && same && credentials).then_some(Opening::SendSignedIn);
    }
    // A redirect's body is not read; its target is checked by itself.
    if r.redirect().is_some() {
        return None;
    }
    match (same, credentials) {
        (true, true) if own => origin.starts_with("http://").then_some(Opening::ReadPlain),
        (true, true) => Some(Opening::ReadSignedIn),
        (true, false) if !own => Some(Opening::ReadPublic),
        // Anybody may read a page that says *; it is public anyway.
        _ if any && r.media_type().ends_with("json") => Some(Opening::ReadAnybody),
        _ => None,
    }
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
                "a preflight lets everybody send, and nothing can be read",
                |f| {
                    let methods = ("access-control-allow-methods", "GET,HEAD,PUT,PATCH,POST,DELETE");
                    f.cors(Purpose::Preflight, EVIL, &[(ACAO, EVIL), (ACAC, "true"), methods]);
                },
                Outcome::Warn,
            ),
            (
                "a preflight that allows only what needs none",
                |f| {
                    f.cors(Purpose::Preflight, EVIL, &[(ACAO, EVIL), (ACAC, "true"), ("access-control-allow-methods", "GET, POST")]);
                },
                Outcome::Pass,
            ),
            (
                "* is no wildcard with cookies (§3.3.3)",
                |f| {
                    let all = [(ACAO, EVIL), (ACAC, "true"), ("access-control-allow-methods", "*"), ("access-control-allow-headers", "*")];
                    f.cors(Purpose::Preflight, EVIL, &all);
                },
                Outcome::Pass,
            ),
            (
                "PUT in small letters lets nothing in (§2.2.1)",
                |f| {
                    f.cors(Purpose::Preflight, EVIL, &[(ACAO, EVIL), (ACAC, "true"), ("access-control-allow-methods", "put")]);
                },
                Outcome::Pass,
            ),
            (
                "PATCH in small letters does",
                |f| {
                    f.cors(Purpose::Preflight, EVIL, &[(ACAO, EVIL), (ACAC, "true"), ("access-control-allow-methods", "patch")]);
                },
                Outcome::Warn,
            ),
            (
                "a preflight with an error status counts for nothing",
                |f| {
                    f.cors(Purpose::Preflight, EVIL, &[(ACAO, EVIL), (ACAC, "true"), ("access-control-allow-methods", "DELETE")]);
                    let last = f.evidence.fetches.last_mut().unwrap();
                    if let crate::evidence::Answer::Response(r) = &mut last.hops[0].answer {
                        r.status = 404;
                    }
                },
                Outcome::Pass,
            ),
            (
                "one's own name over plain http is not foreign, but forged easily",
                |f| {
                    f.cors(Purpose::Cors, "http://acme.example", &[(ACAO, "http://acme.example"), (ACAC, "true")]);
                },
                Outcome::Warn,
            ),
            (
                "one's own name over plain http, without cookies",
                |f| {
                    f.cors(Purpose::Cors, "http://acme.example", &[(ACAO, "http://acme.example")]);
                },
                Outcome::Pass,
            ),
            (
                "a domain that ends in one's own",
                |f| {
                    f.cors(Purpose::Cors, "https://evilacme.example", &[(ACAO, "https://evilacme.example"), (ACAC, "true")]);
                },
                Outcome::Fail,
            ),
            (
                "credentials in another case are none",
                |f| {
                    f.cors(Purpose::Cors, EVIL, &[(ACAO, EVIL), (ACAC, "True")]);
                },
                Outcome::Warn,
            ),
            (
                "two headers equal no origin",
                |f| {
                    f.cors(Purpose::Cors, EVIL, &[(ACAO, EVIL), (ACAO, "https://acme.example"), (ACAC, "true")]);
                },
                Outcome::Pass,
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
