//! EDG-10: HTTP/2 or newer is spoken.

use crate::check::{Check, Context, Found, Reference, Seen};
use crate::checks::help::{headers_seen, tls_seen, web_hosts};
use crate::evidence::{Collector, Source, host_of};
use crate::taxonomy::{Area, Impact, Stage};

/// EDG-10.
pub static CHECK: Check = Check {
    id: "EDG-10",
    name: "http-2-negotiated",
    title: "HTTP/2+ negotiated",
    stage: Stage::Edge,
    area: Area::Perf,
    reads: &[Source::Outside],
    impact: Impact::Info,
    resting_impact: Impact::Info,
    needs: &[Collector::Dns, Collector::Tls, Collector::Http],
    why: "HTTP/2 loads many small files over one connection; it is worth having, and never worth a delay of the launch.",
    criterion: "Whether ALPN agrees on h2 and Alt-Svc offers h3; information only.",
    minutes: 10,
    references: &[
        Reference { title: "RFC 9113", url: "https://www.rfc-editor.org/rfc/rfc9113" },
        Reference { title: "RFC 7301", url: "https://www.rfc-editor.org/rfc/rfc7301" },
    ],
    rule,
};

fn rule(c: &Context) -> Found {
    let e = c.outside();
    let sessions: Vec<_> = web_hosts(c).into_iter().filter_map(|h| e.tls_of(&h).and_then(|p| p.session().map(|s| (h, p, s)))).collect();
    if sessions.is_empty() {
        return Found::unknown("No host answered over HTTPS.");
    }
    let old: Vec<&str> = sessions.iter().filter(|(_, _, s)| s.alpn.as_deref() != Some("h2")).map(|(h, _, _)| h.as_str()).collect();
    let h3 = e
        .fetches
        .iter()
        .filter_map(|f| f.last().map(|(u, r)| (f, u, r)))
        .find(|(_, u, r)| sessions.iter().any(|(h, _, _)| h == host_of(u)) && r.header("alt-svc").is_some_and(|v| v.contains("h3")));
    let seen: Vec<Seen> = sessions
        .iter()
        .map(|(_, p, s)| Seen { text: format!("ALPN {}", s.alpn.as_deref().unwrap_or("none")), ..tls_seen(p) })
        .chain(h3.map(|(f, _, r)| headers_seen(f, r, &["alt-svc"])))
        .collect();
    let text = match (old.as_slice(), h3) {
        ([], Some(_)) => "HTTP/2 is spoken everywhere, and HTTP/3 is offered.".to_owned(),
        ([], None) => "HTTP/2 is spoken everywhere.".to_owned(),
        (some, _) => format!("{} speaks HTTP/1.1 only. That is slower, and no reason to wait with the launch.", some.join(", ")),
    };
    Found::pass(text).seen(seen)
}

#[test]
fn table() {
    use crate::evidence::TlsFailure;
    use crate::taxonomy::Outcome;
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("h2", |_| {}, Outcome::Pass),
            (
                "HTTP/1.1 is only information",
                |f| {
                    f.cert("acme.example", |s| s.alpn = None);
                },
                Outcome::Pass,
            ),
            (
                "h3 is offered",
                |f| {
                    f.page("https://acme.example/", |r| crate::fixture::set(r, "alt-svc", "h3=\":443\""));
                },
                Outcome::Pass,
            ),
            (
                "one host only",
                |f| {
                    f.no_tls("app.acme.example", TlsFailure::Refused);
                },
                Outcome::Pass,
            ),
            ("no HTTPS", |f| f.evidence.tls.clear(), Outcome::Unknown),
        ],
    );
}
