//! SEC-33: who finds a flaw knows whom to tell.

use crate::check::{Check, Context, Fix, Found, Paste, Reference};
use crate::checks::help::{front_page, is_fallback, note};
use crate::dead_ends::is_challenge;
use crate::evidence::{Collector, Fetch, Purpose, Source};
use crate::taxonomy::{Area, Impact, Stage};
use crate::time;

/// SEC-33.
pub static CHECK: Check = Check {
    id: "SEC-33",
    name: "security-txt",
    title: "security.txt",
    stage: Stage::Security,
    area: Area::Security,
    reads: &[Source::Outside],
    impact: Impact::Low,
    resting_impact: Impact::Low,
    needs: &[Collector::Http],
    why: "People who find a flaw give up, or publish it, when they cannot find an address to write to.",
    criterion: "/.well-known/security.txt as plain text with Contact and an Expires in the future: warns when it is absent (information only), out of date or broken.",
    minutes: 10,
    references: &[Reference { title: "RFC 9116", url: "https://www.rfc-editor.org/rfc/rfc9116" }],
    rule,
};

fn rule(c: &Context) -> Found {
    let e = c.outside();
    if let Err(found) = front_page(e) {
        return found;
    }
    let domain = &e.target.domain;
    let next_year = time::rfc3339((c.now / time::DAY_MS + 360) * time::DAY_MS);
    let fix = |title: &str| {
        Fix::new(title, CHECK.minutes)
            .step("Save the lines below as /.well-known/security.txt, served as text/plain.")
            .paste(Paste::add(
                format!("https://{domain}/.well-known/security.txt"),
                [
                    format!("Contact: mailto:security@{domain}"),
                    format!("Expires: {next_year}"),
                    "Preferred-Languages: en".into(),
                    format!("Canonical: https://{domain}/.well-known/security.txt"),
                ],
            ))
            .undo("Delete the file.")
            .risk("Somebody must read that mailbox; without one, leave the file out.")
    };
    let Some((f, url, r)) = e.fetches_for(Purpose::SecurityTxt).find_map(|f: &Fetch| f.last().map(|(u, r)| (f, u, r))) else {
        return Found::unknown("security.txt was not asked for in time.");
    };
    if is_challenge(r) {
        return Found::blocked();
    }
    let text = r.body.as_ref().map_or("", |b| b.extract.as_str());
    let lower = text.to_ascii_lowercase();
    let seen = note(url, if text.is_empty() { format!("{}", r.status) } else { text.chars().take(800).collect() }, f.at());
    if r.status != 200 || r.media_type() == "text/html" || is_fallback(e, r) || !lower.contains("contact:") && !lower.contains("expires:") {
        return Found::warn("There is no security.txt, so a finder of a flaw must guess whom to write to.")
            .impact(Impact::Info)
            .seen([seen])
            .fix(fix("Publish a security.txt"));
    }
    let field = |name: &str| {
        text.lines()
            .filter(|l| !l.trim_start().starts_with('#'))
            .filter_map(|l| l.split_once(':'))
            .filter(|(k, _)| k.trim().eq_ignore_ascii_case(name))
            .map(|(_, v)| v.trim())
            .collect::<Vec<_>>()
    };
    let (contact, expires) = (field("contact"), field("expires"));
    let mut wrong = vec![];
    if r.media_type() != "text/plain" {
        wrong.push("it is not served as text/plain".to_owned());
    }
    let kind = r.header("content-type").unwrap_or("").to_ascii_lowercase();
    if let Some(charset) = kind.split_once("charset=").map(|(_, c)| c.split(';').next().unwrap_or("").trim().trim_matches('"'))
        && !matches!(charset, "utf-8" | "utf8" | "us-ascii")
    {
        wrong.push(format!("it is served as {charset} in place of UTF-8"));
    }
    if contact.is_empty() {
        wrong.push("it names no Contact".into());
    } else if contact.iter().any(|v| !is_contact(v)) {
        wrong.push("a Contact is no address with its scheme, such as mailto:, https: or tel:".into());
    }
    match expires.as_slice() {
        [] => wrong.push("it has no Expires".into()),
        [one] => match time::parse_rfc3339(one) {
            Some(_) if !has_zone(one) => wrong.push(format!("its Expires names no time zone (“{one}”)")),
            None => wrong.push(format!("its Expires cannot be read (“{one}”)")),
            Some(t) if t <= c.now => wrong.push(format!("it ended on {}", time::date(t))),
            Some(_) => {}
        },
        _ => wrong.push("it has more than one Expires".into()),
    }
    if field("preferred-languages").len() > 1 {
        wrong.push("it has more than one Preferred-Languages".into());
    }
    for name in ["encryption", "acknowledgments", "canonical", "policy", "hiring"] {
        if field(name).iter().any(|v| v.to_ascii_lowercase().starts_with("http:")) {
            wrong.push(format!("an address of {name} is not https"));
        }
    }
    // The address that was asked for counts (section 2.5.2); the one behind a redirect is as good.
    let canonical = field("canonical");
    if !canonical.is_empty() && !canonical.contains(&url) && !canonical.contains(&f.start.as_str()) {
        wrong.push(format!("its Canonical does not name {url}"));
    }
    if wrong.is_empty() {
        return Found::pass("security.txt says whom to write to, and is in date.").seen([seen]);
    }
    Found::warn(format!("security.txt is there, but {}.", wrong.join("; "))).seen([seen]).fix(fix("Mend the security.txt"))
}

/// A URI by which somebody can be reached; schemes are read in any case (RFC 3986 §3.1), and the web
/// only over HTTPS (RFC 9116 §2.5.3).
fn is_contact(value: &str) -> bool {
    let Some((scheme, rest)) = value.split_once(':') else { return false };
    let valid = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    valid && !scheme.eq_ignore_ascii_case("http") && !rest.is_empty() && !value.contains(char::is_whitespace)
}

/// A time needs its offset (RFC 3339 §5.6).
fn has_zone(time: &str) -> bool {
    time.get(10..).is_some_and(|t| t.contains(['Z', 'z', '+', '-']))
}

#[test]
fn table() {
    use crate::fixture::Fixture;
    use crate::taxonomy::Outcome;
    fn file(f: &mut Fixture, status: u16, kind: &str, text: &str) {
        let hop = f.answer("https://acme.example/.well-known/security.txt", status, &[("content-type", kind)], text);
        f.fetch(Purpose::SecurityTxt, vec![hop]);
    }
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("whole", |_| {}, Outcome::Pass),
            ("absent", |f| file(f, 404, "text/html", "Not found"), Outcome::Warn),
            ("the app's page in its place", |f| file(f, 200, "text/html", "<title>Acme"), Outcome::Warn),
            (
                "out of date (RFC 9116 §2.5.5)",
                |f| file(f, 200, "text/plain", "Contact: mailto:a@acme.example\nExpires: 2020-01-01T00:00:00Z"),
                Outcome::Warn,
            ),
            ("without Expires", |f| file(f, 200, "text/plain", "Contact: mailto:a@acme.example"), Outcome::Warn),
            (
                "two Expires",
                |f| {
                    file(
                        f,
                        200,
                        "text/plain",
                        "Contact: mailto:a@acme.example\nExpires: 2030-01-01T00:00:00Z\nExpires: 2031-01-01T00:00:00Z",
                    )
                },
                Outcome::Warn,
            ),
            (
                "a bare address (§2.5.3)",
                |f| file(f, 200, "text/plain", "Contact: a@acme.example\nExpires: 2030-01-01T00:00:00Z"),
                Outcome::Warn,
            ),
            (
                "signed and commented",
                |f| {
                    file(
                        f,
                        200,
                        "text/plain; charset=utf-8",
                        "# hello\nContact: https://acme.example/s\nExpires: 2030-01-01T00:00:00.000Z\n",
                    )
                },
                Outcome::Pass,
            ),
            (
                "as octet-stream",
                |f| file(f, 200, "application/octet-stream", "Contact: mailto:a@acme.example\nExpires: 2030-01-01T00:00:00Z"),
                Outcome::Warn,
            ),
            (
                "an address of another scheme (§2.5.3)",
                |f| file(f, 200, "text/plain", "Contact: xmpp:a@acme.example\nExpires: 2030-01-01T00:00:00Z"),
                Outcome::Pass,
            ),
            (
                "Expires without an offset",
                |f| file(f, 200, "text/plain", "Contact: mailto:a@acme.example\nExpires: 2030-01-01T00:00:00"),
                Outcome::Warn,
            ),
            (
                "another character set (§3)",
                |f| file(f, 200, "text/plain; charset=iso-8859-1", "Contact: mailto:a@acme.example\nExpires: 2030-01-01T00:00:00Z"),
                Outcome::Warn,
            ),
            (
                "a key over http (§2.5.4)",
                |f| {
                    let text = "Contact: mailto:a@acme.example\nEncryption: http://acme.example/k\nExpires: 2030-01-01T00:00:00Z";
                    file(f, 200, "text/plain", text);
                },
                Outcome::Warn,
            ),
            ("not asked", |f| f.evidence.fetches.retain(|x| x.purpose != Purpose::SecurityTxt), Outcome::Unknown),
        ],
    );
}
