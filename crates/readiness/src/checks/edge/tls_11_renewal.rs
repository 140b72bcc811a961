//! TLS-11: certificates renew themselves.

use crate::check::{Check, Context, Fix, Found, Paste, Reference};
use crate::checks::help::note;
use crate::evidence::{Collector, LoggedCertificate, Source};
use crate::taxonomy::{Area, Impact, Stage};
use crate::time::{DAY_MS, date};

/// TLS-11.
pub static CHECK: Check = Check {
    id: "TLS-11",
    name: "auto-renewal-evidence",
    title: "Auto-renewal evidence",
    stage: Stage::Edge,
    area: Area::Ssl,
    reads: &[Source::Outside],
    impact: Impact::High,
    resting_impact: Impact::High,
    needs: &[Collector::Registry, Collector::Tls],
    why: "A certificate that somebody must remember to renew runs out on a holiday, and every visitor sees a warning in place of your product.",
    criterion: "Public logs: passes when the last certificate came before the last quarter of its predecessor; warns on a single long one bought by hand, or a late renewal; unknown for a new domain.",
    minutes: 30,
    references: &[
        Reference { title: "RFC 8555", url: "https://www.rfc-editor.org/rfc/rfc8555" },
        Reference { title: "RFC 9773", url: "https://www.rfc-editor.org/rfc/rfc9773" },
    ],
    rule,
};

/// Authorities that issue by ACME to everybody.
const ACME: [&str; 7] = ["Let's Encrypt", "Google Trust", "ZeroSSL", "Buypass", "SSL.com", "Amazon", "Cloudflare"];

/// Lifetimes above this are bought by hand, as a rule.
const LONG_DAYS: i64 = 150;

fn rule(c: &Context) -> Found {
    let e = c.outside();
    let domain = e.target.domain.as_str();
    let Some(ct) = &e.ct else { return Found::unknown("The certificate logs were not searched.") };
    if let Some(why) = &ct.error {
        return Found::unknown(format!("The certificate logs could not be read: {why}."));
    }
    let parent = domain.split_once('.').map_or("", |(_, p)| p);
    let wildcard = format!("*.{parent}");
    let mut own: Vec<&LoggedCertificate> =
        ct.certificates.iter().filter(|l| l.names.iter().any(|n| n == domain || *n == wildcard)).collect();
    own.sort_by_key(|l| std::cmp::Reverse(l.not_before));
    // The pre-certificate and the certificate are logged both.
    own.dedup_by(|a, b| (a.not_before, &a.names) == (b.not_before, &b.names));
    let seen = own
        .iter()
        .take(4)
        .map(|l| {
            note(
                ct.source.clone(),
                format!("{} to {} by {} for {}", date(l.not_before), date(l.not_after), l.issuer, l.names.join(", ")),
                ct.at,
            )
        })
        .collect::<Vec<_>>();
    let fix = |title: &str| {
        Fix::new(title, CHECK.minutes)
            .step("Let an ACME client issue and renew: Caddy, Traefik and every hosting with custom domains do it by themselves; elsewhere certbot with its timer.")
            .step("Then look at the timer, and let one renewal run as a trial.")
            .paste(Paste::add(crate::guide::NAMES, [e.target.domain.to_string()]))
            .undo("Set the former certificate again; it is valid until its date.")
    };
    let Some(newest) = own.first() else {
        return Found::unknown("The logs hold no certificate of this name from the last thirteen months.");
    };
    let acme = ACME.iter().any(|a| newest.issuer.contains(a));
    let days = (newest.not_after - newest.not_before) / DAY_MS;
    let before = own.iter().skip(1).find(|o| o.names == newest.names);
    match before {
        Some(old) => {
            let quarter = old.not_after - (old.not_after - old.not_before) / 4;
            if newest.not_before <= quarter {
                Found::pass(format!(
                    "The certificate of {} was replaced on {}, long before its end.",
                    date(old.not_before),
                    date(newest.not_before)
                ))
                .seen(seen)
            } else {
                Found::warn(format!(
                    "The certificate before was replaced on {}, shortly before its end on {}: that looks like somebody remembering.",
                    date(newest.not_before),
                    date(old.not_after)
                ))
                .seen(seen)
                .fix(fix("Let the certificate renew itself, weeks before its end"))
            }
        }
        None if days > LONG_DAYS && !acme => Found::warn(format!(
            "The only certificate in the logs lasts {days} days and was issued by {}: nothing shows that it renews itself.",
            newest.issuer
        ))
        .seen(seen)
        .fix(fix("Let the certificate renew itself")),
        None => Found::unknown("There is one certificate so far, so no renewal could be seen yet.").seen(seen),
    }
}

#[test]
fn table() {
    use crate::fixture::{Fixture, NOW};
    use crate::taxonomy::Outcome;
    fn logged(f: &mut Fixture, list: &[(i64, i64, &str)]) {
        f.evidence.ct.as_mut().unwrap().certificates = list
            .iter()
            .map(|(from, days, issuer)| LoggedCertificate {
                names: vec!["acme.example".into()],
                issuer: (*issuer).into(),
                not_before: NOW + from * DAY_MS,
                not_after: NOW + (from + days) * DAY_MS,
            })
            .collect();
    }
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("replaced in good time", |_| {}, Outcome::Pass),
            ("certbot at two thirds", |f| logged(f, &[(-30, 90, "Let's Encrypt"), (-90, 90, "Let's Encrypt")]), Outcome::Pass),
            ("replaced on the last day", |f| logged(f, &[(-10, 365, "Sectigo"), (-374, 365, "Sectigo")]), Outcome::Warn),
            ("one bought for a year", |f| logged(f, &[(-100, 365, "C=GB, O=Sectigo")]), Outcome::Warn),
            ("one of an ACME authority, so far", |f| logged(f, &[(-10, 90, "C=US, O=Let's Encrypt")]), Outcome::Unknown),
            ("pre-certificate and certificate are one", |f| logged(f, &[(-100, 365, "Sectigo"), (-100, 365, "Sectigo")]), Outcome::Warn),
            ("no certificate logged", |f| logged(f, &[]), Outcome::Unknown),
            ("the logs did not answer", |f| f.evidence.ct.as_mut().unwrap().error = Some("no answer".into()), Outcome::Unknown),
            ("the logs were not searched", |f| f.evidence.ct = None, Outcome::Unknown),
        ],
    );
}
