//! MAIL-19: neither domain nor own addresses stand on a list of spam senders.

use crate::check::{Check, Context, Fix, Found, Reference, Seen};
use crate::checks::help::{dns_seen, list};
use crate::evidence::{Collector, DnsAnswer, Lookup, Source};
use crate::taxonomy::{Area, Impact, Stage};

/// MAIL-19.
pub static CHECK: Check = Check {
    id: "MAIL-19",
    name: "sender-reputation-lists",
    title: "Sender reputation lists",
    stage: Stage::Edge,
    area: Area::Email,
    reads: &[Source::Outside],
    impact: Impact::Medium,
    resting_impact: Impact::Medium,
    needs: &[Collector::Mail],
    why: "Receivers that ask such a list throw your mail away before reading it.",
    criterion: "Large public lists of domains, and of addresses that SPF names one by one: fails when listed. Addresses that a mail service shares are its own matter; a list that declines our resolver says nothing.",
    minutes: 60,
    references: &[Reference { title: "RFC 5782 §2", url: "https://www.rfc-editor.org/rfc/rfc5782#section-2" }],
    rule,
};

/// Ends of the names at which lists are asked.
const LISTS: [&str; 4] = ["dbl.spamhaus.org", "multi.surbl.org", "zen.spamhaus.org", "bl.spamcop.net"];

enum Said {
    Listed,
    Clear,
    Nothing,
}

fn said(c: &Context, name: &str) -> Said {
    match c.outside().lookup(name, "A") {
        Lookup::NxDomain | Lookup::NoData => Said::Clear,
        Lookup::Found(records) => {
            // 127.255.255.x and 127.0.0.1 tell of a resolver that may not ask (Spamhaus, SURBL).
            let listing = records.iter().map(|r| r.value.as_str()).find(|v| v.starts_with("127.0.") && *v != "127.0.0.1");
            listing.map_or(Said::Nothing, |_| Said::Listed)
        }
        Lookup::ServFail | Lookup::Unknown(_) => Said::Nothing,
    }
}

fn rule(c: &Context) -> Found {
    let e = c.outside();
    let mut asked: Vec<&DnsAnswer> =
        e.dns.iter().filter(|a| a.rtype == "A" && LISTS.iter().any(|l| a.name.ends_with(&format!(".{l}")))).collect();
    asked.sort_by(|a, b| a.name.cmp(&b.name));
    asked.dedup_by(|a, b| a.name == b.name);
    if asked.is_empty() {
        return Found::unknown("The lists were not asked in time.");
    }
    let seen: Vec<Seen> = asked.iter().flat_map(|a| dns_seen(e, &a.name, "A")).collect();
    let mut clear = 0;
    let mut listed: Vec<&str> = vec![];
    for a in &asked {
        match said(c, &a.name) {
            Said::Listed => listed.extend(LISTS.iter().find(|l| a.name.ends_with(*l))),
            Said::Clear => clear += 1,
            Said::Nothing => {}
        }
    }
    listed.dedup();
    if !listed.is_empty() {
        return Found::fail(format!("{} or an address of yours stands on {}.", e.target.mail_domain(), list(&listed))).seen(seen).fix(
            Fix::new("Find out why, stop it, and ask to be taken off", CHECK.minutes)
                .step("Look for what sends: a form that strangers can use to mail others, an account whose password leaked, a list that you bought.")
                .step("Then use the list's own removal page; it tells the reason. Spamhaus: check.spamhaus.org. SURBL: surbl.org/surbl-analysis. SpamCop delists by itself after a day.")
                .undo("Nothing to undo.")
                .risk("Asking before the cause is gone makes the next listing longer."),
        );
    }
    if clear == 0 {
        return Found::unknown("No list answered our resolver; large public resolvers may not ask them.").seen(seen);
    }
    Found::pass(format!("{clear} lists were asked; none names the domain.")).seen(seen)
}

#[test]
fn table() {
    use crate::evidence::DnsStatus::{NxDomain, Refused, Timeout};
    use crate::taxonomy::Outcome;
    const DBL: &str = "acme.example.dbl.spamhaus.org";
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("on none", |_| {}, Outcome::Pass),
            (
                "listed (RFC 5782 §2.1)",
                |f| {
                    f.dns(DBL, "A", &["127.0.1.2"]);
                },
                Outcome::Fail,
            ),
            (
                "an address of one's own",
                |f| {
                    f.dns("10.2.0.192.zen.spamhaus.org", "A", &["127.0.0.4"]).dns("10.2.0.192.zen.spamhaus.org", "AAAA", &[]);
                },
                Outcome::Fail,
            ),
            (
                "127.255.255.254: a public resolver was declined",
                |f| {
                    f.dns(DBL, "A", &["127.255.255.254"]).status("acme.example.multi.surbl.org", "A", Refused);
                },
                Outcome::Unknown,
            ),
            (
                "127.0.0.1 of SURBL: the same",
                |f| {
                    f.dns("acme.example.multi.surbl.org", "A", &["127.0.0.1"]).status(DBL, "A", Timeout);
                },
                Outcome::Unknown,
            ),
            (
                "one clear, one silent",
                |f| {
                    f.status(DBL, "A", Timeout).status("acme.example.multi.surbl.org", "A", NxDomain);
                },
                Outcome::Pass,
            ),
            ("not asked", |f| f.evidence.dns.retain(|a| !LISTS.iter().any(|l| a.name.ends_with(l))), Outcome::Unknown),
        ],
    );
}
