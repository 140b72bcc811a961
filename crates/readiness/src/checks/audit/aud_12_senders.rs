//! AUD-12: it is known who sends mail in the product's name.

use crate::check::{Check, Context, Fix, Found, Reference, Seen};
use crate::checks::help::{dns_seen, list, note};
use crate::evidence::{Collector, Source};
use crate::providers::{self, Inferred};
use crate::taxonomy::{Area, Impact, Stage};

/// AUD-12.
pub static CHECK: Check = Check {
    id: "AUD-12",
    name: "email-provider-inventory",
    title: "Email provider inventory",
    stage: Stage::Audit,
    area: Area::Email,
    reads: &[Source::Outside],
    impact: Impact::High,
    resting_impact: Impact::High,
    needs: &[Collector::Mail],
    why: "Every later change to SPF and DMARC throws away the mail of the service that you forgot.",
    criterion: "Services are told from SPF, MX, DKIM and return-paths: passes when each is confirmed by you, warns on an authorised sender that nobody knows, unknown until confirmed.",
    minutes: 10,
    references: &[Reference { title: "RFC 7208 §5.2", url: "https://www.rfc-editor.org/rfc/rfc7208#section-5.2" }],
    rule,
};

fn rule(c: &Context) -> Found {
    let e = c.outside();
    let domain = e.target.mail_domain();
    for (rtype, what) in [("TXT", "SPF record"), ("MX", "MX record")] {
        if let Err(why) = e.lookup(domain, rtype).learned() {
            return Found::unknown(format!("The {what} could not be looked up: {why}."));
        }
    }
    let inferred = providers::infer(e);
    let mut seen: Vec<Seen> = inferred.iter().map(|i| note(i.name(), i.because.join("\n"), e.started_at)).collect();
    if inferred.is_empty() {
        return if e.target.sends_mail == Some(false) {
            Found::na("The product sends no mail, and no service is authorised.")
        } else {
            Found::unknown("No mail service shows in the records. Tell which one sends your password resets.")
                .seen(dns_seen(e, domain, "TXT"))
        };
    }
    let strangers: Vec<&Inferred> = inferred
        .iter()
        .filter(|i| i.sender.is_none() && !i.because.iter().any(|b| e.target.senders.iter().any(|s| b.contains(s.as_str()))))
        .collect();
    let unconfirmed: Vec<String> = inferred
        .iter()
        .filter_map(|i| i.sender)
        .filter(|s| !e.target.senders.iter().any(|d| d == s.id))
        .map(|s| s.name.to_owned())
        .collect();
    if !strangers.is_empty() {
        let names: Vec<String> = strangers.iter().map(|i| i.because.join(", ")).collect();
        seen.extend(dns_seen(e, domain, "TXT"));
        return Found::warn(format!("The SPF record authorises a sender that is not known: {}.", list(&names))).seen(seen).fix(
            Fix::new("Find out who this sender is", CHECK.minutes)
                .step("Search your mail and your invoices for the name. If somebody uses it, note what for; if nobody does, take its include out of the SPF record.")
                .undo("Put the include back.")
                .risk("Ask everybody who sends newsletters, invoices or support mail before you remove it."),
        );
    }
    if !unconfirmed.is_empty() {
        return Found::unknown(format!(
            "{} may send for you, as the records show. Confirm in the settings which of them do, and which sends the password resets.",
            list(&unconfirmed)
        ))
        .seen(seen);
    }
    Found::pass(format!("Every service that may send is confirmed: {}.", list(&inferred.iter().map(Inferred::name).collect::<Vec<_>>())))
        .seen(seen)
}

#[test]
fn table() {
    use crate::evidence::DnsStatus::Timeout;
    use crate::taxonomy::Outcome;
    const D: &str = "acme.example";
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("each confirmed", |_| {}, Outcome::Pass),
            ("not confirmed", |f| f.evidence.target.senders.retain(|s| s != "resend"), Outcome::Unknown),
            (
                "one more that is known",
                |f| {
                    f.dns(D, "MX", &["1 aspmx.l.google.com"]);
                },
                Outcome::Unknown,
            ),
            (
                "an include that nobody knows",
                |f| {
                    f.txt(D, &["v=spf1 include:spf.stranger.example ~all"]);
                },
                Outcome::Warn,
            ),
            (
                "an include of one's own, with a known one inside",
                |f| {
                    f.txt(D, &["v=spf1 include:_spf.acme.example ~all"]).txt("_spf.acme.example", &["v=spf1 include:amazonses.com ~all"]);
                },
                Outcome::Pass,
            ),
            (
                "nothing shows",
                |f| {
                    f.txt(D, &["v=spf1 mx ~all"]).dns("send.acme.example", "MX", &[]);
                },
                Outcome::Unknown,
            ),
            (
                "no mail",
                |f| {
                    f.evidence.target.sends_mail = Some(false);
                    f.txt(D, &["v=spf1 -all"]).dns("send.acme.example", "MX", &[]);
                },
                Outcome::Na,
            ),
            (
                "not learned",
                |f| {
                    f.status(D, "TXT", Timeout);
                },
                Outcome::Unknown,
            ),
        ],
    );
}
