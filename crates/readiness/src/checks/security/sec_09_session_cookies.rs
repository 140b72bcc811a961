//! SEC-09: the cookie that signs somebody in cannot be read or sent where it should not.

use crate::check::{Check, Context, Fix, Found, Line, Part, Paste, Reference, Seen, join};
use crate::checks::help::{all_challenged, no_pages, pages};
use crate::cookie::{Cookie, SameSite, set_by};
use crate::evidence::{Answer, Collector, Fetch, Source, host_of};
use crate::providers::ends_in;
use crate::taxonomy::{Area, Impact, Outcome, Stage};

/// SEC-09.
pub static CHECK: Check = Check {
    id: "SEC-09",
    name: "session-cookie-flags",
    title: "Session cookie flags",
    stage: Stage::Security,
    area: Area::Security,
    reads: &[Source::Outside],
    impact: Impact::High,
    resting_impact: Impact::High,
    needs: &[Collector::Dns, Collector::Http],
    why: "Whoever gets hold of the session cookie is signed in as your customer, without a password.",
    criterion: "Session cookies fail without Secure or HttpOnly and warn without SameSite or where browsers refuse them; cookies of platforms and edges, of other companies, and deleted ones are left alone.",
    minutes: 10,
    references: &[
        Reference { title: "RFC 6265bis §4.1.2", url: "https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis" },
        Reference { title: "OWASP ASVS 3.3.1", url: "https://owasp.org/www-project-application-security-verification-standard/" },
    ],
    rule,
};

/// Parts of the names of session cookies, as frameworks write them.
const SESSION: &[&str] =
    &["sid", "auth", "authtoken", "token", "accesstoken", "refreshtoken", "idtoken", "jwt", "identity", "remember", "rememberme", "logged"];

/// Names, or how they begin, of session cookies whose parts do not say so: classic ASP, ASP.NET's forms and cookie
/// authentication, Drupal over HTTPS, ColdFusion, oauth2-proxy.
const PLATFORMS: &[&str] = &["aspsessionid*", ".aspxauth", ".aspnetcore.cookies*", "ssess*", "cfid", "cftoken", "_oauth2_proxy*"];

/// Last parts of names that say what is known of a session, and not which it is.
const ABOUT: &[&str] = &[
    "referrer",
    "referer",
    "start",
    "started",
    "count",
    "source",
    "landing",
    "strategy",
    "redirect",
    "expiry",
    "expires",
    "expiration",
    "timeout",
];

/// Flags for scripts: no session fits into yes and no.
const FLAGS: &[&str] = &["logged_in", "loggedin", "is_logged_in", "isloggedin", "logged-in"];

fn is_session(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let bare = name.trim_start_matches("__host-").trim_start_matches("__secure-");
    // Tokens of forms must be readable by scripts.
    let readable = bare.contains("csrf") || bare.contains("xsrf") || set_by(&name).is_some();
    // Whole parts only: a sidebar is no sid, and an assessment no session.
    let mut parts = bare.split(|c: char| !c.is_ascii_alphanumeric());
    let about = parts.clone().count() > 1 && parts.clone().next_back().is_some_and(|p| ABOUT.contains(&p));
    if readable || about || FLAGS.contains(&bare) {
        return false;
    }
    PLATFORMS.iter().any(|n| n.strip_suffix('*').map_or(bare == *n, |start| bare.starts_with(start)))
        || parts.any(|p| {
            SESSION.contains(&p) || p.starts_with("sess") || p.ends_with("session") || p.ends_with("sessid") || p.ends_with("sessionid")
        })
}

fn rule(c: &Context) -> Found {
    let e = c.outside();
    let pages = pages(e);
    if pages.is_empty() {
        return Found::unknown(no_pages(e));
    }
    if all_challenged(&pages) {
        return Found::blocked();
    }
    let mut parts: Vec<Part> = vec![];
    let mut seen: Vec<Seen> = vec![];
    let mut lines: Vec<Line> = vec![];
    for (url, at, text) in pages.iter().flat_map(|(f, _)| cookies(f)) {
        let (cookie, host) = (Cookie::parse(text), host_of(url));
        // A sign-in at another company sets cookies of its own, and what is deleted signs nobody in.
        let ours = ends_in(host, &[e.target.domain.registrable()]);
        let target = format!("{}@{host}", cookie.name);
        if !ours || !is_session(&cookie.name) || cookie.deleted(at) || parts.iter().any(|p| p.target == target) {
            continue;
        }
        let part = judge(&cookie, target, host, url.starts_with("https://"));
        seen.push(Seen { source: url.to_owned(), text: format!("set-cookie: {text}"), at });
        if part.outcome != Outcome::Pass {
            lines.push(Line::Remove(format!("Set-Cookie: {text}")));
            lines.push(Line::Add(format!("Set-Cookie: {}", mended(&cookie))));
        }
        parts.push(part);
    }
    if parts.is_empty() {
        return Found::pass("No session cookie is set before signing in; what is set afterwards was not seen.")
            .seen(pages.iter().map(|(f, _)| Seen { source: f.start.clone(), text: "no session cookie".into(), at: f.at() }));
    }
    let found = join(CHECK.impact, &parts, "Session cookies carry Secure, HttpOnly and SameSite.").seen(seen);
    if !found.outcome.is_open() {
        return found;
    }
    found.fix(Fix {
        title: "Give the session cookie its flags".into(),
        steps: vec![
            "Set Secure, HttpOnly and SameSite=Lax in the session settings of your framework.".into(),
            "Behind a proxy tell the framework to trust it, or it will not set Secure cookies at all.".into(),
        ],
        paste: vec![Paste { place: "response header".into(), lines }],
        undo: "Restore the former setting; sessions stay valid.".into(),
        risk: Some("With Secure the cookie is not sent over plain HTTP; redirect to HTTPS first.".into()),
        minutes: CHECK.minutes,
    })
}

fn cookies(f: &Fetch) -> impl Iterator<Item = (&str, i64, &str)> {
    f.hops
        .iter()
        .filter_map(|h| if let Answer::Response(r) = &h.answer { Some((h, r)) } else { None })
        .flat_map(|(h, r)| r.all("set-cookie").map(move |c| (h.url.as_str(), h.at, c)))
}

/// The same cookie with its flags; its scope stays, unless its name forbids that.
fn mended(c: &Cookie) -> String {
    let whole = c.name.to_ascii_lowercase().starts_with("__host-");
    let path = c.path.as_deref().filter(|_| !whole).unwrap_or("/");
    let domain = if c.domain.is_empty() || whole { String::new() } else { format!("; Domain={}", c.domain) };
    let same_site = match c.same_site {
        SameSite::Strict => "Strict",
        SameSite::None => "None",
        SameSite::Lax | SameSite::Default => "Lax",
    };
    format!("{}=…; Path={path}{domain}; Secure; HttpOnly; SameSite={same_site}", c.name)
}

fn judge(c: &Cookie, target: String, host: &str, https: bool) -> Part {
    let name = &c.name;
    let refused = c.refused(host, https);
    let mut missing = vec![];
    if !c.secure {
        missing.push("Secure, so it also travels unencrypted");
    }
    if !c.http_only {
        missing.push("HttpOnly, so any script on the page can read it");
    }
    if !missing.is_empty() {
        let refused = refused.map(|why| format!(" Browsers refuse it besides: {why}.")).unwrap_or_default();
        return Part::new(target, Outcome::Fail, format!("The cookie {name} of {host} lacks {}.{refused}", missing.join(", and ")));
    }
    if let Some(why) = refused {
        return Part::new(target, Outcome::Warn, format!("Browsers refuse the cookie {name} of {host}: {why}."));
    }
    match c.same_site {
        SameSite::Default => Part::new(
            target,
            Outcome::Warn,
            format!("The cookie {name} of {host} does not say SameSite, so browsers differ in when they send it."),
        ),
        _ => Part::new(target, Outcome::Pass, ""),
    }
}

#[test]
fn table() {
    use crate::fixture::{Fixture, set};
    fn cookie(f: &mut Fixture, value: &'static str) {
        for url in ["https://acme.example/", "https://acme.example/login", "https://app.acme.example/"] {
            for fetch in &mut f.evidence.fetches {
                for h in fetch.hops.iter_mut().filter(|h| h.url == url) {
                    if let Answer::Response(r) = &mut h.answer {
                        set(r, "set-cookie", value);
                    }
                }
            }
        }
    }
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("all flags", |_| {}, Outcome::Pass),
            ("without Secure", |f| cookie(f, "session=***; HttpOnly; SameSite=Lax"), Outcome::Fail),
            ("without HttpOnly", |f| cookie(f, "connect.sid=***; Secure; SameSite=Lax"), Outcome::Fail),
            ("without SameSite", |f| cookie(f, "PHPSESSID=***; secure; httponly"), Outcome::Warn),
            ("a theme is not a session", |f| cookie(f, "theme=***; Path=/"), Outcome::Pass),
            ("Cloudflare's cookie is not the site's", |f| cookie(f, "__cf_bm=***; Path=/"), Outcome::Pass),
            ("Heroku's routing cookie cannot be changed", |f| cookie(f, "heroku-session-affinity=***; Version=1; HttpOnly"), Outcome::Pass),
            ("a load balancer's", |f| cookie(f, "AWSALBAuthNonce=***; Path=/"), Outcome::Pass),
            ("a firewall's token", |f| cookie(f, "aws-waf-token=***; Path=/"), Outcome::Pass),
            ("a cookie that is being deleted", |f| cookie(f, "session=***; Max-Age=0; Path=/"), Outcome::Pass),
            ("deleted by a date in the past", |f| cookie(f, "session=***; expires=Thu, 01-Jan-1970 00:00:01 GMT; Path=/"), Outcome::Pass),
            ("SameSite=None without Secure", |f| cookie(f, "session=***; HttpOnly; SameSite=None"), Outcome::Fail),
            ("Max-Age that is no number deletes nothing", |f| cookie(f, "session=***; Max-Age=now"), Outcome::Fail),
            ("a CSRF token must be readable by scripts", |f| cookie(f, "XSRF-TOKEN=***; Secure; SameSite=Lax"), Outcome::Pass),
            (
                "a __Host- cookie with a Domain is refused",
                |f| cookie(f, "__Host-session=***; Secure; HttpOnly; SameSite=Lax; Path=/; Domain=acme.example"),
                Outcome::Warn,
            ),
            ("none at all", |f| cookie(f, ""), Outcome::Pass),
            (
                "challenged",
                |f| {
                    for u in ["https://acme.example/", "https://acme.example/login", "https://app.acme.example/"] {
                        f.page(u, |r| crate::fixture::set(r, "cf-mitigated", "challenge"));
                    }
                },
                Outcome::Blocked,
            ),
        ],
    );
}

#[test]
fn names_of_session_cookies() {
    for name in [
        "session",
        "connect.sid",
        "PHPSESSID",
        "JSESSIONID",
        "ASP.NET_SessionId",
        "laravel_session",
        "__Host-session",
        "next-auth.session-token",
        "sb-access-token",
        "auth",
        "wordpress_logged_in_1",
        "ASPSESSIONIDQQABCDEF",
        ".ASPXAUTH",
        ".AspNetCore.Cookies",
        "SSESS0123456789abcdef",
        "CFID",
        "CFTOKEN",
        "_oauth2_proxy",
    ] {
        assert!(is_session(name), "{name}");
    }
    for name in [
        "theme",
        "sidebar_state",
        "assessment",
        "author",
        "XSRF-TOKEN",
        "csrftoken",
        "_ga",
        "__cf_bm",
        "lang",
        "user_prefs",
        "cookieconsent_status",
        "heroku-session-affinity",
        "intercom-session-x",
        "__stripe_sid",
        "_vercel_jwt",
        "logged_in",
        "auth.strategy",
        "auth.redirect",
        "session_referrer",
        "session_start",
        "_oauth2_proxy_csrf",
    ] {
        assert!(!is_session(name), "{name}");
    }
}
