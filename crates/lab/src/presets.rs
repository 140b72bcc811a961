//! Sites that several tests need.

use crate::lab::Lab;
use crate::web::{Page, Site};

/// A DKIM key of 2048 bits, made for the lab.
pub const DKIM: &str = "v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAsqh7teMknTzXXO0zV/QyJEWBPamg8qiH9lL84VllIzvREE2AX9QLhlx4US5fZhiepm6VAj0XLY47SzzM2HJC7GBtCSAYmTMkph4GzejL6P4mdl+zUb7gZGc26XW7LFa+jTwcC5tpo4kSW85nMDp+hVBTrNcvYEC1e8+9ALQc1wF6eIuwVsqlw/7QcPJ9T2UrRNuNDKpzdUa7u5AxjjRR/zaw26XhGRLMZUuFKSKz2GPClZIrK3RW7Y9utU1I+FXSSzpRij0jEw7NvOi00d4IjMuAmf7sPd9JDf7h8DMp0nbvwErdK+/aaiNJotAyDI7FqJoqsNd9XvA0qSuPfHNVowIDAQAB";

/// Headers that a good page sends.
fn good_page(kind: &str, text: &str) -> Page {
    Page::ok(kind, text)
        .with("strict-transport-security", "max-age=31536000")
        .with("x-content-type-options", "nosniff")
        .with("content-security-policy", "default-src 'self'; frame-ancestors 'none'")
        .with("set-cookie", "session=abc; Path=/; Secure; HttpOnly; SameSite=Lax")
        .with("x-amz-cf-id", "lab")
}

/// Registers a domain: RDAP with these days to its end and these statuses.
pub fn registered(lab: &Lab, domain: &str, days: i64, status: &[&str]) {
    let end = time::OffsetDateTime::now_utc() + time::Duration::days(days);
    let date = format!("{:04}-{:02}-{:02}T00:00:00Z", end.year(), u8::from(end.month()), end.day());
    let answer = serde_json::json!({
        "objectClassName": "domain",
        "ldhName": domain,
        "status": status,
        "events": [{"eventAction": "expiration", "eventDate": date}],
        "entities": [{"roles": ["registrar"], "vcardArray": ["vcard", [["fn", {}, "text", "Lab Registrar"]]]}],
    });
    lab.change("rdap.nic.test", |s| {
        s.pages.insert(format!("/domain/{domain}"), Page::ok("application/rdap+json", answer.to_string()));
    });
}

/// Logs two certificates of a domain, the newer one in good time, with these further names.
pub fn logged(lab: &Lab, domain: &str, names: &[&str]) {
    let now = time::OffsetDateTime::now_utc();
    let date = |days: i64| {
        let d = now + time::Duration::days(days);
        format!("{:04}-{:02}-{:02}T00:00:00", d.year(), u8::from(d.month()), d.day())
    };
    let all = [&[domain], names].concat().join("\n");
    let row = |from: i64| serde_json::json!({"issuer_name": "C=US, O=Let's Encrypt, CN=R12", "name_value": all, "not_before": date(from), "not_after": date(from + 90)});
    let answer = serde_json::json!([row(-30), row(-90)]);
    lab.change("ct.nic.test", |s| {
        s.pages.insert(format!("/{domain}"), Page::ok("application/json", answer.to_string()));
    });
}

/// The front page of the good site.
const HOME: &str = "<!doctype html><html lang=en><meta charset=utf-8><title>Acme</title><script type=module src=/assets/app.3f9c1b2a.js></script><h1>Acme</h1></html>";

/// A site where no check is open with `app.` declared, DKIM selector `s1`, sender `resend` and entitlement.
pub fn good(lab: &Lab, domain: &str) {
    let (www, app) = (format!("www.{domain}"), format!("app.{domain}"));
    for host in [domain, &www, &app, &format!("mx.{domain}")] {
        lab.host(host);
    }
    lab.record(domain, "MX", &[&format!("10 mx.{domain}")])
        .record(domain, "NS", &[&format!("ns1.{domain}"), &format!("ns2.{domain}")])
        .record(domain, "SOA", &[&format!("ns1.{domain} hostmaster.{domain}")])
        .record(domain, "TXT", &["v=spf1 mx ~all"])
        .record(&format!("_dmarc.{domain}"), "TXT", &[&format!("v=DMARC1; p=quarantine; rua=mailto:dmarc@{domain}")])
        .record(&format!("s1._domainkey.{domain}"), "TXT", &[DKIM])
        .host(&format!("ns1.{domain}"))
        .record(&format!("ns2.{domain}"), "A", &[&lab.second.to_string()])
        .record(&format!("send.{domain}"), "MX", &["10 feedback-smtp.eu-west-1.amazonses.com"])
        .record(&format!("send.{domain}"), "TXT", &["v=spf1 include:amazonses.com ~all"]);
    registered(lab, domain, 300, &["client transfer prohibited"]);
    logged(lab, domain, &[&www, &app]);
    let script = good_page("text/javascript", "export const sdk=\"sentry.javascript.browser\"")
        .with("cache-control", "public, max-age=31536000, immutable")
        .with("etag", "\"3f9c1b2a\"")
        .with("x-cache", "Hit from cloudfront");
    let health = Page::ok("application/json", "{\"status\":\"pass\",\"version\":\"3f9c1b2\",\"checks\":{\"database\":\"pass\"}}")
        .with("cache-control", "no-store")
        .with("x-content-type-options", "nosniff");
    let contact = format!("Contact: mailto:security@{domain}\nExpires: 2099-01-01T00:00:00Z\n");
    let mut site = Site::default()
        .page("/", good_page("text/html; charset=utf-8", HOME))
        .page("/assets/app.3f9c1b2a.js", script)
        .page("/health", health)
        .page("/robots.txt", Page::ok("text/plain", "User-agent: *\nDisallow: /admin\n"))
        .page("/.well-known/security.txt", Page::ok("text/plain; charset=utf-8", contact));
    site.plain = Some(Page::redirect(301, &format!("https://{domain}{{uri}}")));
    lab.site(domain, site);
    let to_apex = Page::redirect(301, &format!("https://{domain}{{uri}}"));
    let mut redirect =
        Site { other: Some(to_apex.with("strict-transport-security", "max-age=31536000").with("x-amz-cf-id", "lab")), ..Site::default() };
    redirect.plain = Some(Page::redirect(301, &format!("https://{www}{{uri}}")));
    lab.site(&www, redirect);
    let mut application =
        Site::default().page("/", good_page("text/html; charset=utf-8", "<!doctype html><meta charset=utf-8><title>Acme app</title>"));
    application.plain = Some(Page::redirect(301, &format!("https://{app}{{uri}}")));
    lab.site(&app, application);
}

/// A registered domain with name servers that neither sends nor takes mail; its web server is somebody else's.
pub fn plain(lab: &Lab, domain: &str) {
    lab.record(domain, "NS", &[&format!("ns1.{domain}"), &format!("ns2.{domain}")])
        .record(domain, "SOA", &[&format!("ns1.{domain} hostmaster.{domain}")])
        .host(&format!("ns1.{domain}"))
        .record(&format!("ns2.{domain}"), "A", &[&lab.second.to_string()])
        .record(domain, "MX", &["0 ."])
        .record(domain, "TXT", &["v=spf1 -all"])
        .record(&format!("_dmarc.{domain}"), "TXT", &["v=DMARC1; p=reject"]);
    registered(lab, domain, 300, &["client transfer prohibited"]);
    logged(lab, domain, &[&format!("www.{domain}")]);
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
