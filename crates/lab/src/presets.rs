//! Sites that several tests need.

use crate::{Lab, Page, Site};

/// A DKIM key of 2048 bits, made for the lab.
pub const DKIM: &str = "v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAsqh7teMknTzXXO0zV/QyJEWBPamg8qiH9lL84VllIzvREE2AX9QLhlx4US5fZhiepm6VAj0XLY47SzzM2HJC7GBtCSAYmTMkph4GzejL6P4mdl+zUb7gZGc26XW7LFa+jTwcC5tpo4kSW85nMDp+hVBTrNcvYEC1e8+9ALQc1wF6eIuwVsqlw/7QcPJ9T2UrRNuNDKpzdUa7u5AxjjRR/zaw26XhGRLMZUuFKSKz2GPClZIrK3RW7Y9utU1I+FXSSzpRij0jEw7NvOi00d4IjMuAmf7sPd9JDf7h8DMp0nbvwErdK+/aaiNJotAyDI7FqJoqsNd9XvA0qSuPfHNVowIDAQAB";

/// Headers that a good page sends.
fn good_page(kind: &str, text: &str) -> Page {
    Page::ok(kind, text)
        .with("strict-transport-security", "max-age=31536000")
        .with("x-content-type-options", "nosniff")
        .with("content-security-policy", "default-src 'self'; frame-ancestors 'none'")
        .with("set-cookie", "session=abc; Path=/; Secure; HttpOnly; SameSite=Lax")
}

/// The front page of the good site.
const HOME: &str = "<!doctype html><html lang=en><meta charset=utf-8><title>Acme</title><script type=module src=/assets/app.3f9c1b2a.js></script><h1>Acme</h1></html>";

/// A site where all 27 checks pass with `app.` declared, DKIM selector `s1` and entitlement.
pub fn good(lab: &Lab, domain: &str) {
    let (www, app) = (format!("www.{domain}"), format!("app.{domain}"));
    for host in [domain, &www, &app, &format!("mx.{domain}")] {
        lab.host(host);
    }
    lab.record(domain, "MX", &[&format!("10 mx.{domain}")])
        .record(domain, "NS", &[&format!("ns1.{domain}")])
        .record(domain, "SOA", &[&format!("ns1.{domain} hostmaster.{domain}")])
        .record(domain, "TXT", &["v=spf1 mx ~all"])
        .record(&format!("_dmarc.{domain}"), "TXT", &[&format!("v=DMARC1; p=quarantine; rua=mailto:dmarc@{domain}")])
        .record(&format!("s1._domainkey.{domain}"), "TXT", &[DKIM])
        .host(&format!("ns1.{domain}"));
    let script = good_page("text/javascript", "export{}").with("cache-control", "public, max-age=31536000, immutable");
    let mut site = Site::default().page("/", good_page("text/html; charset=utf-8", HOME)).page("/assets/app.3f9c1b2a.js", script);
    site.plain = Some(Page::redirect(301, &format!("https://{domain}{{uri}}")));
    lab.site(domain, site);
    let to_apex = Page::redirect(301, &format!("https://{domain}{{uri}}"));
    let mut redirect = Site { other: Some(to_apex.with("strict-transport-security", "max-age=31536000")), ..Site::default() };
    redirect.plain = Some(Page::redirect(301, &format!("https://{www}{{uri}}")));
    lab.site(&www, redirect);
    let mut application =
        Site::default().page("/", good_page("text/html; charset=utf-8", "<!doctype html><meta charset=utf-8><title>Acme app</title>"));
    application.plain = Some(Page::redirect(301, &format!("https://{app}{{uri}}")));
    lab.site(&app, application);
}

/// A site with the mistakes of an ordinary launch: two SPF records, no DMARC, a www that answers
/// for itself, an open `.env`, no headers.
pub fn bad(lab: &Lab, domain: &str) {
    let www = format!("www.{domain}");
    lab.host(domain).host(&www);
    lab.record(domain, "TXT", &["v=spf1 include:_spf.mail.test ~all", "v=spf1 include:_spf.other.test -all"]);
    lab.record("_spf.mail.test", "TXT", &["v=spf1 ip4:192.0.2.0/24 ~all"]).record(
        "_spf.other.test",
        "TXT",
        &["v=spf1 ip4:198.51.100.0/24 ~all"],
    );
    let page =
        Page::ok("text/html", format!("<!doctype html><title>Bad</title><link rel=stylesheet href=/app.0a1b2c3d.css>{}", "x".repeat(4000)))
            .with("set-cookie", "connect.sid=abc; Path=/");
    let site = Site::default()
        .page("/", page.clone())
        .page("/app.0a1b2c3d.css", Page::ok("text/css", "a{}"))
        .page("/.env", Page::ok("text/plain", "APP_KEY=base64:secretsecret\nDB_PASSWORD=hunter22\n"));
    lab.site(domain, site.clone());
    lab.site(&www, site);
}
