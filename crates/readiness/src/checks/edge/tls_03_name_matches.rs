//! TLS-03: the certificate is for the name that was asked.

use super::tls_02_chain_trusted::{join_hosts, not_seen};
use crate::check::{Check, Context, Fix, Found, Part, Paste, Reference};
use crate::checks::help::{tls_seen, web_hosts};
use crate::evidence::{Collector, Source, TlsSession};
use crate::taxonomy::{Area, Impact, Outcome, Stage};

/// TLS-03.
pub static CHECK: Check = Check {
    id: "TLS-03",
    name: "name-matches",
    title: "Name matches",
    stage: Stage::Edge,
    area: Area::Ssl,
    reads: &[Source::Outside],
    impact: Impact::Critical,
    resting_impact: Impact::Critical,
    needs: &[Collector::Dns, Collector::Tls],
    why: "Visitors of that name see a full-page warning that somebody may be stealing their data.",
    criterion: "Fails when the certificate of a host does not list its name; a wildcard stands for exactly one label.",
    minutes: 15,
    references: &[Reference { title: "RFC 9525 §6.3", url: "https://www.rfc-editor.org/rfc/rfc9525#section-6.3" }],
    rule,
};

fn rule(c: &Context) -> Found {
    let hosts = web_hosts(c);
    let parts: Vec<Part> = hosts
        .iter()
        .filter_map(|h| match c.outside().tls_of(h).and_then(|p| p.session()) {
            Some(s) if s.name_matches => Some(Part::new(h, Outcome::Pass, "")),
            Some(s) => Some(Part::new(h, Outcome::Fail, mismatch(h, s))),
            None => not_seen(c, h),
        })
        .collect();
    let seen = hosts.iter().filter_map(|h| c.outside().tls_of(h)).map(tls_seen);
    let found = join_hosts(CHECK.impact, &parts, "Every certificate lists the name of its host.").seen(seen);
    let bad: Vec<&str> = parts.iter().filter(|p| p.outcome == Outcome::Fail).map(|p| p.target.as_str()).collect();
    if bad.is_empty() {
        return found;
    }
    found.fix(Fix {
        title: format!("Get a certificate that covers {}", bad.join(", ")),
        steps: vec!["At a hosting provider: add the host to the custom domains of the same site.".into(), "On a server of your own: issue the certificate again with every name in it, and check that the server block of this name uses it.".into()],
        paste: vec![Paste::add(crate::guide::NAMES, hosts.clone())],
        undo: "Point the server back at the former certificate.".into(),
        risk: None,
        minutes: CHECK.minutes,
    })
}

fn mismatch(host: &str, s: &TlsSession) -> String {
    let names: &[String] = s.chain.first().map_or(&[], |c| &c.names);
    let deep = names
        .iter()
        .filter_map(|n| n.strip_prefix("*."))
        .find(|base| host.strip_suffix(*base).is_some_and(|rest| rest.trim_end_matches('.').contains('.')));
    match deep {
        Some(base) => {
            format!("The certificate of {host} is for *.{base}, and a wildcard stands for one label only, so it does not reach that deep.")
        }
        None if names.is_empty() => format!("The certificate of {host} lists no names at all."),
        None => format!("The certificate of {host} is for {}.", names.iter().take(4).cloned().collect::<Vec<_>>().join(", ")),
    }
}

#[test]
fn table() {
    use crate::evidence::TlsFailure;
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("matches", |_| {}, Outcome::Pass),
            (
                "another host's certificate",
                |f| {
                    f.cert("acme.example", |s| {
                        s.name_matches = false;
                        s.chain[0].names = vec!["hosting.example".into()];
                    });
                },
                Outcome::Fail,
            ),
            (
                "a wildcard one label too deep",
                |f| {
                    f.cert("app.acme.example", |s| {
                        s.name_matches = false;
                        s.chain[0].names = vec!["*.example".into()];
                    });
                },
                Outcome::Fail,
            ),
            (
                "only a common name, no list of names",
                |f| {
                    f.cert("acme.example", |s| {
                        s.name_matches = false;
                        s.chain[0].names.clear();
                    });
                },
                Outcome::Fail,
            ),
            (
                "www is not covered",
                |f| {
                    f.cert("www.acme.example", |s| s.name_matches = false);
                },
                Outcome::Fail,
            ),
            (
                "no handshake",
                |f| {
                    f.no_tls("app.acme.example", TlsFailure::Timeout);
                },
                Outcome::Unknown,
            ),
        ],
    );
}
