//! EDG-01: an edge stands before the web hosts.

use crate::check::{Check, Context, Fix, Found, Part, Reference, join};
use crate::checks::help::{is_absent, no_pages, note, web_hosts};
use crate::evidence::{Answer, Collector, Source, host_of};
use crate::stack;
use crate::taxonomy::{Area, Impact, Outcome, Stage};

/// EDG-01.
pub static CHECK: Check = Check {
    id: "EDG-01",
    name: "cdn-waf-edge-front",
    title: "CDN/WAF edge in front",
    stage: Stage::Edge,
    area: Area::Security,
    reads: &[Source::Outside],
    impact: Impact::High,
    resting_impact: Impact::High,
    needs: &[Collector::Dns, Collector::Http],
    why: "Without an edge the first flood of requests, wanted or not, takes the one server down, sign-up included.",
    criterion: "Passes when an edge answers for every web host, told by its headers; warns for hosts that answer without one; does not apply when you say that you need none.",
    minutes: 60,
    references: &[Reference {
        title: "Cloudflare: how it works",
        url: "https://developers.cloudflare.com/fundamentals/concepts/how-cloudflare-works/",
    }],
    rule,
};

fn rule(c: &Context) -> Found {
    let e = c.outside();
    if let Some((_, name)) = e.target.stack.iter().find(|(layer, name)| layer == "cdn" && name.eq_ignore_ascii_case("none")) {
        return Found::na(format!("You said that the edge is “{name}”."));
    }
    let mut parts = vec![];
    let mut seen = vec![];
    for host in web_hosts(c) {
        if is_absent(e, &host) {
            continue;
        }
        let hop = e.fetches.iter().flat_map(|f| &f.hops).find_map(|h| match &h.answer {
            Answer::Response(r) if host_of(&h.url) == host => Some((h, r)),
            _ => None,
        });
        let Some((hop, r)) = hop else {
            parts.push(Part::new(&host, Outcome::Unknown, format!("No page of {host} answered.")));
            continue;
        };
        match stack::edge_of(e, &host) {
            Some(edge) => {
                seen.push(note(hop.url.clone(), format!("answered by {edge}"), hop.at));
                parts.push(Part::new(&host, Outcome::Pass, edge));
            }
            None => {
                let server = r.header("server").unwrap_or("no server header");
                seen.push(note(hop.url.clone(), format!("{}, server: {server}; no header of a known edge", r.status), hop.at));
                parts.push(Part::new(&host, Outcome::Warn, format!("{host} is answered by its own server, with no edge before it.")));
            }
        }
    }
    if parts.is_empty() {
        return Found::unknown(no_pages(e));
    }
    let found = join(CHECK.impact, &parts, "An edge answers for every web host.").seen(seen);
    if !found.outcome.is_open() {
        return found;
    }
    found.fix(
        Fix::new("Put an edge before the site", CHECK.minutes)
            .step("Cloudflare's free plan does: add the domain there, check the copied records against your DNS map, set SSL to Full (strict), then change the name servers at the registrar.")
            .step("Hosts such as Vercel, Netlify, Fly and Render bring their own edge; there only the records must lead to them.")
            .step("If one server is enough for you, set the edge to “none” in the settings and this check is left out.")
            .undo("Switch the cloud icon of the record to grey, or set the former name servers at the registrar.")
            .risk("Lower the TTL of the records a day before; set SSL to Full (strict) before you proxy, or the redirect to HTTPS runs in a circle."),
    )
}

#[test]
fn table() {
    use crate::fixture::set;
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("an edge on every host", |_| {}, Outcome::Pass),
            (
                "the app bypasses it",
                |f| {
                    f.page("https://app.acme.example/", |r| set(r, "x-amz-cf-id", ""));
                    f.page("http://app.acme.example/", |r| set(r, "x-amz-cf-id", ""));
                },
                Outcome::Warn,
            ),
            (
                "another edge (cf-ray)",
                |f| {
                    f.page("https://app.acme.example/", |r| {
                        set(r, "x-amz-cf-id", "");
                        set(r, "cf-ray", "8a1-FRA");
                    });
                },
                Outcome::Pass,
            ),
            (
                "Fastly's cache header",
                |f| {
                    f.page("https://app.acme.example/", |r| {
                        set(r, "x-amz-cf-id", "");
                        set(r, "x-served-by", "cache-fra-1");
                    });
                },
                Outcome::Pass,
            ),
            ("the owner says that none is needed", |f| f.evidence.target.stack = vec![("cdn".into(), "none".into())], Outcome::Na),
            ("no page", |f| f.evidence.fetches.clear(), Outcome::Unknown),
        ],
    );
}
