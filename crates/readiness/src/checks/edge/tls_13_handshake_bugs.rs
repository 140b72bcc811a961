//! TLS-13: no known flaw in the handshake.

use super::tls_05_versions::probed;
use crate::check::{Check, Context, Fix, Found, Part, Reference, join};
use crate::checks::help::note;
use crate::evidence::{Collector, Handshakes, Source};
use crate::stack;
use crate::taxonomy::{Area, Impact, Outcome, Stage};

/// TLS-13.
pub static CHECK: Check = Check {
    id: "TLS-13",
    name: "handshake-bugs",
    title: "Handshake bugs",
    stage: Stage::Edge,
    area: Area::Ssl,
    reads: &[Source::Outside],
    impact: Impact::Low,
    resting_impact: Impact::Low,
    needs: &[Collector::Dns, Collector::Tls, Collector::Http],
    why: "Such flaws are ten years old; a server that still has them has gone without updates for as long.",
    criterion: "Fails when TLS compression is taken; warns when renegotiation is not secured or the heartbeat extension comes back. Does not apply behind a managed edge.",
    minutes: 20,
    references: &[
        Reference { title: "RFC 5746", url: "https://www.rfc-editor.org/rfc/rfc5746" },
        Reference { title: "RFC 9325 §3.3", url: "https://www.rfc-editor.org/rfc/rfc9325#section-3.3" },
    ],
    rule,
};

fn part(h: &Handshakes) -> Part {
    let host = h.host.as_str();
    match (h.compression, h.secure_renegotiation, h.heartbeat) {
        (Some(true), ..) => Part::new(host, Outcome::Fail, format!("{host} compresses inside TLS, which gives cookies away (CRIME).")),
        (_, Some(false), _) => Part::new(host, Outcome::Warn, format!("{host} does not secure renegotiation (RFC 5746).")),
        (.., Some(true)) => Part::new(
            host,
            Outcome::Warn,
            format!("{host} answers the heartbeat extension, which only old software does; be sure that it is patched (Heartbleed)."),
        ),
        (None, None, None)
            if h.version("TLS 1.3").and_then(|v| v.accepted) == Some(true)
                && h.version("TLS 1.2").and_then(|v| v.accepted) == Some(false) =>
        {
            Part::new(host, Outcome::Pass, "")
        }
        (None, None, None) => Part::new(host, Outcome::Unknown, format!("{host} was not tried with TLS 1.2.")),
        _ => Part::new(host, Outcome::Pass, ""),
    }
}

fn rule(c: &Context) -> Found {
    let probes = probed(c);
    if probes.is_empty() {
        return Found::unknown("No host answered over HTTPS, or it was not tried in time.");
    }
    let own: Vec<&Handshakes> = probes.into_iter().filter(|h| stack::edge_of(c.outside(), &h.host).is_none()).collect();
    if own.is_empty() {
        return Found::na("A managed edge answers for every host; its operator keeps TLS patched.");
    }
    let parts: Vec<Part> = own.iter().map(|h| part(h)).collect();
    let text = |b: Option<bool>| b.map_or("not learned", |b| if b { "yes" } else { "no" });
    let seen = own.iter().map(|h| {
        note(
            format!("{}:443", h.host),
            format!(
                "compression {}, secure renegotiation {}, heartbeat {}",
                text(h.compression),
                text(h.secure_renegotiation),
                text(h.heartbeat)
            ),
            h.at,
        )
    });
    let found = join(CHECK.impact, &parts, "None of the known flaws shows.").seen(seen);
    if !found.outcome.is_open() {
        return found;
    }
    found.fix(
        Fix::new("Update the TLS software", CHECK.minutes)
            .step("Install the system's updates (OpenSSL and the web server) and restart the server. No supported version compresses, and all secure renegotiation.")
            .undo("Install the former version; better not."),
    )
}

#[test]
fn table() {
    use crate::fixture::{Fixture, set};
    fn plain(f: &mut Fixture) {
        for url in ["https://acme.example/", "https://app.acme.example/", "https://www.acme.example/"] {
            f.page(url, |r| set(r, "x-amz-cf-id", ""));
        }
        for x in &mut f.evidence.fetches {
            for h in &mut x.hops {
                if let crate::evidence::Answer::Response(r) = &mut h.answer {
                    set(r, "x-amz-cf-id", "");
                }
            }
        }
    }
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("a managed edge", |_| {}, Outcome::Na),
            ("one's own server, well kept", plain, Outcome::Pass),
            (
                "compression (CRIME, testssl)",
                |f| {
                    plain(f);
                    f.evidence.handshakes[0].compression = Some(true);
                },
                Outcome::Fail,
            ),
            (
                "insecure renegotiation (RFC 5746 §3.4)",
                |f| {
                    plain(f);
                    f.evidence.handshakes[0].secure_renegotiation = Some(false);
                },
                Outcome::Warn,
            ),
            (
                "heartbeat (RFC 6520)",
                |f| {
                    plain(f);
                    f.evidence.handshakes[0].heartbeat = Some(true);
                },
                Outcome::Warn,
            ),
            (
                "TLS 1.3 alone has none of them",
                |f| {
                    plain(f);
                    for h in &mut f.evidence.handshakes {
                        (h.compression, h.secure_renegotiation, h.heartbeat) = (None, None, None);
                        h.versions.iter_mut().find(|v| v.version == "TLS 1.2").unwrap().accepted = Some(false);
                    }
                },
                Outcome::Pass,
            ),
            ("not tried", |f| f.evidence.handshakes.clear(), Outcome::Unknown),
        ],
    );
}
