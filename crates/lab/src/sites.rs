//! Ten sites, each a kind that is met in the world. [`put_up`] gives the name and further hosts to scan.

use crate::certs::CertKind;
use crate::dns::Trouble;
use crate::lab::Lab;
use crate::presets::{DKIM, good, logged, registered};
use crate::web::{Page, Reply, Site};

/// The ten.
pub const SITES: [&str; 10] = [
    "edge.test",
    "vps.test",
    "half-migrated.test",
    "mail-only.test",
    "parked.test",
    "spa.test",
    "expired.test",
    "maze.test",
    "leaking.test",
    "hostile.test",
];

/// Puts one of [`SITES`] up; gives the hosts to declare with it.
pub fn put_up(lab: &Lab, site: &str) -> Vec<String> {
    match site {
        "edge.test" => {
            good(lab, site);
            vec![format!("app.{site}")]
        }
        "vps.test" => vps(lab, site),
        "half-migrated.test" => half_migrated(lab, site),
        "mail-only.test" => mail_only(lab, site),
        "parked.test" => parked(lab, site),
        "spa.test" => spa(lab, site),
        "expired.test" => expired(lab, site),
        "maze.test" => maze(lab, site),
        "leaking.test" => leaking(lab, site),
        _ => hostile(lab, site),
    }
}

/// Names and mail of an ordinary small product.
fn zone(lab: &Lab, domain: &str) {
    lab.host(domain).host(&format!("www.{domain}"));
    lab.record(domain, "NS", &[&format!("ns1.{domain}"), &format!("ns2.{domain}")])
        .record(domain, "SOA", &[&format!("ns1.{domain} hostmaster.{domain}")])
        .host(&format!("ns1.{domain}"))
        .record(&format!("ns2.{domain}"), "A", &[&lab.second.to_string()]);
}

/// A plain server with nginx: works, tells its version, has no edge and few headers.
fn vps(lab: &Lab, domain: &str) -> Vec<String> {
    zone(lab, domain);
    registered(lab, domain, 200, &["active"]);
    logged(lab, domain, &[]);
    lab.record(domain, "TXT", &["v=spf1 a -all"]).record(domain, "MX", &[&format!("10 {domain}")]);
    lab.record(&format!("_dmarc.{domain}"), "TXT", &["v=DMARC1; p=none"]);
    let page = |kind: &str, text: &str| Page::ok(kind, text).with("server", "nginx/1.18.0");
    let mut site = Site::default()
        .page("/", page("text/html", "<!doctype html><title>Small</title><script src=https://cdn.jsdelivr.net/npm/vue@3.4.1/dist/vue.js></script><img src=http://img.vps.test/a.png>"))
        .page("/login", page("text/html", "<form><input type=password></form>"));
    site.plain = Some(Page::redirect(302, &format!("https://{domain}{{uri}}")));
    lab.site(domain, site.clone());
    site.plain = Some(Page::redirect(301, &format!("https://www.{domain}{{uri}}")));
    site.pages.clear();
    site.other = Some(Page::redirect(301, &format!("https://{domain}{{uri}}")));
    lab.site(&format!("www.{domain}"), site);
    vec![]
}

/// Half moved: www still at the old host, an alias that leads nowhere, a staging open to all.
fn half_migrated(lab: &Lab, domain: &str) -> Vec<String> {
    zone(lab, domain);
    registered(lab, domain, 30, &["client transfer prohibited"]);
    logged(lab, domain, &[&format!("shop.{domain}"), &format!("admin.{domain}")]);
    lab.record(domain, "NS", &[&format!("ns1.{domain}"), "ns.gone.test"]);
    lab.record(&format!("shop.{domain}"), "CNAME", &["acme.us-east-1.elasticbeanstalk.com"]);
    lab.host(&format!("staging.{domain}")).host(&format!("admin.{domain}"));
    lab.record(domain, "TXT", &["v=spf1 include:_spf.google.com include:sendgrid.net ~all", "v=spf1 mx -all"]);
    lab.record("_spf.google.com", "TXT", &["v=spf1 ip4:192.0.2.0/24 ~all"]).record(
        "sendgrid.net",
        "TXT",
        &["v=spf1 ip4:198.51.100.0/24 ~all"],
    );
    lab.record(domain, "MX", &["1 aspmx.l.google.com"]);
    let page = |title: &str| Page::ok("text/html; charset=utf-8", format!("<!doctype html><title>{title}</title>"));
    lab.site(domain, Site::default().page("/", page("New")));
    lab.site(&format!("www.{domain}"), Site::default().page("/", page("Old")));
    lab.site(&format!("staging.{domain}"), Site::default().page("/", page("Next version")));
    lab.site(&format!("admin.{domain}"), Site::default().page("/", Page::ok("text/html", "<input type=\"password\">")));
    vec![]
}

/// Receives and sends mail, has no site.
fn mail_only(lab: &Lab, domain: &str) -> Vec<String> {
    zone(lab, domain);
    lab.forget(&format!("www.{domain}"));
    lab.record(domain, "A", &["127.250.250.250"]);
    registered(lab, domain, 400, &["client transfer prohibited"]);
    lab.host(&format!("mx.{domain}")).record(domain, "MX", &[&format!("10 mx.{domain}")]);
    lab.record(domain, "TXT", &["v=spf1 mx -all"]).record(
        &format!("_dmarc.{domain}"),
        "TXT",
        &["v=DMARC1; p=reject; rua=mailto:d@mail-only.test"],
    );
    lab.record(&format!("s1._domainkey.{domain}"), "TXT", &[DKIM]);
    vec![]
}

/// Bought, and nothing done with it: a wildcard to a page of the registrar.
fn parked(lab: &Lab, domain: &str) -> Vec<String> {
    zone(lab, domain);
    registered(lab, domain, 10, &["client hold"]);
    lab.record(&format!("*.{domain}"), "A", &[&lab.ip.to_string()]);
    let page = Page::ok("text/html", "<title>This domain is parked</title><a href=http://ads.test/>buy</a>");
    lab.site(domain, Site { other: Some(page.clone()), ..Site::default() });
    lab.site(&format!("www.{domain}"), Site { other: Some(page), ..Site::default() });
    vec![]
}

/// A single-page app that answers every path with its page, /health and /.env included.
fn spa(lab: &Lab, domain: &str) -> Vec<String> {
    good(lab, domain);
    lab.change(domain, |s| {
        s.pages.retain(|p, _| p == "/" || p.starts_with("/assets/"));
        s.other = s.pages.get("/").cloned();
    });
    vec![format!("app.{domain}")]
}

/// Certificates that ran out, one that signed itself, one that is revoked.
fn expired(lab: &Lab, domain: &str) -> Vec<String> {
    good(lab, domain);
    lab.cert(domain, CertKind::Expired)
        .cert(&format!("www.{domain}"), CertKind::SelfSigned)
        .cert(&format!("app.{domain}"), CertKind::Revoked);
    vec![format!("app.{domain}")]
}

/// Redirects that go everywhere.
fn maze(lab: &Lab, domain: &str) -> Vec<String> {
    good(lab, domain);
    let www = format!("www.{domain}");
    lab.change(domain, |s| {
        s.plain = Some(Page::redirect(302, &format!("http://{www}/a")));
        s.pages.insert("/".into(), Page::redirect(302, &format!("https://{www}/")));
    });
    lab.change(&www, |s| {
        s.plain = Some(Page::redirect(307, &format!("https://{www}/b")));
        s.other = None;
        s.pages.insert("/".into(), Page::redirect(302, "/c"));
        s.pages.insert("/b".into(), Page::redirect(303, "/c"));
        s.pages.insert("/c".into(), Page::redirect(302, "/d"));
        s.pages.insert("/d".into(), Page::ok("text/html", "<title>At last</title>"));
    });
    vec![]
}

/// A bundle with what should not be in it, and its source map.
fn leaking(lab: &Lab, domain: &str) -> Vec<String> {
    good(lab, domain);
    // Made up from its parts, so that no scanner takes this file for a leak.
    let key = format!("{}_{}_{}", "sk", "live", "q7WxR2mK9vTzB4nLcY8dJ3hF");
    let script = format!(
        "import(\"./chunk-a1b2c3d4.js\");fetch(\"http://localhost:3000/api\");const k=\"{key}\";\n//# sourceMappingURL=app.3f9c1b2a.js.map"
    );
    let map = serde_json::json!({"version": 3, "sources": ["../src/server/db.ts", "../src/App.tsx"], "sourcesContent": ["export const db = 1", "export default 1"]});
    lab.change(domain, |s| {
        let js = |text: String| Page::ok("text/javascript", text).with("cache-control", "public, max-age=31536000, immutable");
        s.pages.insert("/assets/app.3f9c1b2a.js".into(), js(script));
        s.pages.insert("/assets/chunk-a1b2c3d4.js".into(), js("console.log(\"lazy\",\"pk_test_q7WxR2mK9vTzB4nLcY8dJ3hF\")".into()));
        s.pages.insert("/assets/app.3f9c1b2a.js.map".into(), Page::ok("application/json", map.to_string()));
        s.pages.insert("/assets/".into(), Page::ok("text/html", "<title>Index of /assets/</title><pre><a href=\"../\">../</a>"));
    });
    vec![format!("app.{domain}")]
}

/// Answers that never end, beside records that are in order.
fn hostile(lab: &Lab, domain: &str) -> Vec<String> {
    good(lab, domain);
    lab.change(domain, |s| {
        s.pages.insert("/".into(), Page::hostile(Reply::Bomb));
        s.pages.insert("/health".into(), Page::hostile(Reply::Endless));
        s.other = Some(Page::ok("text/html", "<title>\u{1b}[31m</title><script>alert(1)</script>"));
    });
    lab.trouble(&format!("_dmarc.{domain}"), Trouble::ServFail);
    vec![]
}
