//! DNS-13: the registration does not run out, and nobody holds it.

use crate::check::{Check, Context, Fix, Found, Reference, Seen};
use crate::checks::help::note;
use crate::evidence::{Collector, Outside, Rdap, RdapOutcome, Source};
use crate::taxonomy::{Area, Impact, Stage};
use crate::time::{DAY_MS, date};

/// DNS-13.
pub static CHECK: Check = Check {
    id: "DNS-13",
    name: "domain-expiry-holds",
    title: "Domain expiry and holds",
    stage: Stage::Edge,
    area: Area::Dns,
    reads: &[Source::Outside],
    impact: Impact::Critical,
    resting_impact: Impact::Critical,
    needs: &[Collector::Registry],
    why: "When the registration ends, site and mail stop within hours, and somebody else may buy the name.",
    criterion: "Fails at 14 days or less, on a hold, or while redemption or deletion is under way; warns at 45 days or less.",
    minutes: 10,
    references: &[
        Reference { title: "RFC 9083 §4.5", url: "https://www.rfc-editor.org/rfc/rfc9083#section-4.5" },
        Reference { title: "RFC 5731 §2.3", url: "https://www.rfc-editor.org/rfc/rfc5731#section-2.3" },
    ],
    rule,
};

/// The registry's answer, or why there is none.
pub(crate) fn registration(e: &Outside) -> Result<(&Rdap, Seen), Found> {
    let Some(r) = &e.registration else { return Err(Found::unknown("The registry was not asked in time.")) };
    match &r.outcome {
        RdapOutcome::Found(found) => {
            let mut text = vec![r.domain.clone()];
            text.extend(found.expires.map(|t| format!("expires {}", date(t))));
            text.extend(found.registrar.as_ref().map(|x| format!("registrar {x}")));
            text.push(format!("status {}", if found.status.is_empty() { "none".to_owned() } else { found.status.join(", ") }));
            Ok((found, note(r.source.clone(), text.join("\n"), r.at)))
        }
        RdapOutcome::NotRegistered => Err(Found::unknown(format!(
            "The registry knows no registration of {}; a name under another's domain has none of its own.",
            r.domain
        ))),
        RdapOutcome::NoServer => {
            Err(Found::unknown("This ending's registry does not answer such questions (no RDAP server). Look at your registrar."))
        }
        RdapOutcome::Unknown(why) => Err(Found::unknown(format!("The registry did not say: {why}."))),
    }
}

/// Status words of a registration that is out of the zone or about to go (RFC 8056 spells them with spaces).
const HOLDS: [&str; 6] = ["client hold", "server hold", "redemption period", "pending delete", "clienthold", "serverhold"];

fn rule(c: &Context) -> Found {
    let (r, seen) = match registration(c.outside()) {
        Ok(x) => x,
        Err(found) => return found,
    };
    let registrar = r.registrar.clone().unwrap_or_else(|| "your registrar".to_owned());
    let fix = |title: &str| {
        Fix::new(title, CHECK.minutes)
            .step(format!("Sign in at {registrar}, renew the domain, and switch automatic renewal on."))
            .step("Check that the card on file is valid and that the registrar's mails reach a mailbox that somebody reads.")
            .undo("A renewal cannot be taken back; the registration only lasts longer.")
    };
    if let Some(hold) = r.status.iter().find(|s| HOLDS.contains(&s.as_str())) {
        return Found::fail(format!("The registry shows “{hold}”: the domain is not in the zone, or about to be deleted."))
            .seen([seen])
            .fix(
                fix("Have the hold lifted")
                    .step("A hold usually means an unconfirmed contact address, an unpaid invoice or a dispute; the registrar says which."),
            );
    }
    let Some(expires) = r.expires else {
        return Found::unknown("The registry does not publish when this registration ends. Look at your registrar.").seen([seen]);
    };
    let days = (expires - c.now).div_euclid(DAY_MS);
    let when = if days < 0 { format!("ended on {}", date(expires)) } else { format!("ends on {}, in {days} days", date(expires)) };
    match days {
        ..=14 => Found::fail(format!("The registration {when}.")).seen([seen]).fix(fix("Renew the domain now")),
        15..=45 => Found::warn(format!("The registration {when}.")).seen([seen]).fix(fix("Renew the domain this week")),
        _ => Found::pass(format!("The registration {when}.")).seen([seen]),
    }
}

#[test]
fn table() {
    use crate::taxonomy::Outcome;
    fn rdap(f: &mut crate::fixture::Fixture) -> &mut Rdap {
        match &mut f.evidence.registration.as_mut().unwrap().outcome {
            RdapOutcome::Found(r) => r,
            _ => panic!(),
        }
    }
    fn days(f: &mut crate::fixture::Fixture, n: i64) {
        let now = f.now;
        rdap(f).expires = Some(now + n * DAY_MS + 1000);
    }
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("a year", |_| {}, Outcome::Pass),
            ("46 days", |f| days(f, 46), Outcome::Pass),
            ("45 days", |f| days(f, 45), Outcome::Warn),
            ("15 days", |f| days(f, 15), Outcome::Warn),
            ("14 days (Uptime Kuma's domain expiry)", |f| days(f, 14), Outcome::Fail),
            ("ended", |f| days(f, -3), Outcome::Fail),
            ("client hold (RFC 5731 §2.3)", |f| rdap(f).status.push("client hold".into()), Outcome::Fail),
            ("redemption", |f| rdap(f).status.push("redemption period".into()), Outcome::Fail),
            ("a transfer lock is no hold", |f| rdap(f).status.push("server transfer prohibited".into()), Outcome::Pass),
            ("no date published", |f| rdap(f).expires = None, Outcome::Unknown),
            ("no RDAP for the ending", |f| f.evidence.registration.as_mut().unwrap().outcome = RdapOutcome::NoServer, Outcome::Unknown),
            (
                "the registry is down",
                |f| f.evidence.registration.as_mut().unwrap().outcome = RdapOutcome::Unknown("502".into()),
                Outcome::Unknown,
            ),
            (
                "a name under another's",
                |f| f.evidence.registration.as_mut().unwrap().outcome = RdapOutcome::NotRegistered,
                Outcome::Unknown,
            ),
        ],
    );
}
