//! DNS-14: nobody can move the domain to another registrar by one click.

use super::dns_13_domain_expiry::registration;
use crate::check::{Check, Context, Fix, Found, Reference};
use crate::evidence::{Collector, Source};
use crate::taxonomy::{Area, Impact, Stage};

/// DNS-14.
pub static CHECK: Check = Check {
    id: "DNS-14",
    name: "registrar-transfer-lock",
    title: "Registrar transfer lock",
    stage: Stage::Edge,
    area: Area::Dns,
    reads: &[Source::Outside],
    impact: Impact::Medium,
    resting_impact: Impact::Medium,
    needs: &[Collector::Registry],
    why: "Whoever gets into your mailbox or your registrar's support can move the unlocked domain away, and with it your site and every password reset.",
    criterion: "Passes with a transfer prohibition of registrar or registry; warns without; unknown where the registry does not publish it.",
    minutes: 3,
    references: &[Reference { title: "RFC 5731 §2.3", url: "https://www.rfc-editor.org/rfc/rfc5731#section-2.3" }],
    rule,
};

fn rule(c: &Context) -> Found {
    let (r, seen) = match registration(c.outside()) {
        Ok(x) => x,
        Err(found) => return found,
    };
    let plain = |s: &String| s.replace(' ', "");
    if r.status.iter().map(plain).any(|s| s == "clienttransferprohibited" || s == "servertransferprohibited") {
        return Found::pass("The registration is locked against transfers.").seen([seen]);
    }
    // Country registries often publish none of the words, locked or not.
    let country = c.outside().target.domain.as_str().rsplit('.').next().is_some_and(|t| t.len() == 2);
    if r.status.is_empty() || (country && !r.status.iter().map(plain).any(|s| s.contains("prohibited"))) {
        return Found::unknown("This ending's registry does not publish whether the domain is locked. Look at your registrar.")
            .seen([seen]);
    }
    Found::warn("The registration is not locked against transfers.").seen([seen]).fix(
        Fix::new("Lock the domain against transfers", CHECK.minutes)
            .step(format!(
                "At {}, open the domain's settings and switch on “transfer lock”, also called registrar lock or domain lock.",
                r.registrar.as_deref().unwrap_or("your registrar")
            ))
            .undo("Switch the lock off before you move the domain yourself."),
    )
}

#[test]
fn table() {
    use crate::evidence::RdapOutcome;
    use crate::taxonomy::Outcome;
    fn status(f: &mut crate::fixture::Fixture, words: &[&str]) {
        if let RdapOutcome::Found(r) = &mut f.evidence.registration.as_mut().unwrap().outcome {
            r.status = words.iter().map(|w| (*w).to_owned()).collect();
        }
    }
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("locked by the registrar", |_| {}, Outcome::Pass),
            ("locked by the registry", |f| status(f, &["server transfer prohibited"]), Outcome::Pass),
            ("spelled as in EPP", |f| status(f, &["clienttransferprohibited"]), Outcome::Pass),
            ("active only", |f| status(f, &["active"]), Outcome::Warn),
            ("another prohibition", |f| status(f, &["client delete prohibited"]), Outcome::Warn),
            ("nothing published", |f| status(f, &[]), Outcome::Unknown),
            (
                "a country's registry that says only active",
                |f| {
                    f.evidence.target.domain = crate::Domain::parse("acme.de").unwrap();
                    status(f, &["active"]);
                },
                Outcome::Unknown,
            ),
            ("not asked", |f| f.evidence.registration = None, Outcome::Unknown),
        ],
    );
}
