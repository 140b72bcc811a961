//! MTA-STS, TLS-RPT and BIMI as MAIL-14 tells of them: what stands is read, and only what works is called so.

use super::dmarc_fix::{Place, change, place};
use crate::check::{Context, Fix, Line, Paste, Seen};
use crate::checks::help::{dns_seen, fetch_seen};
use crate::dmarc::{self, Dmarc, Policy as Ask};
use crate::evidence::{FailKind, Fetch, Lookup, Outside, Purpose, Response, SmtpOutcome};
use crate::mail_tls::{Mode, Policy, bimi_record, is_meant, repaired, rpt_record, sts_record};
use crate::pasted::FILE;
use crate::taxonomy::Outcome;

/// What is told of one of the three.
pub struct Told {
    /// Warns or fails where something is wrong; passes also where nothing is set up.
    pub outcome: Outcome,
    /// A sentence.
    pub text: String,
    /// What it rests on.
    pub seen: Vec<Seen>,
    /// How to mend it.
    pub fix: Option<Fix>,
}

fn fine(text: impl Into<String>) -> Told {
    Told { outcome: Outcome::Pass, text: text.into(), seen: vec![], fix: None }
}

/// The hosts of the domain's MX, lower case.
fn hosts(e: &Outside) -> Vec<String> {
    let mx = e.lookup(e.target.mail_domain(), "MX");
    let mut hosts: Vec<String> = mx
        .values()
        .iter()
        .filter_map(|v| v.split_whitespace().nth(1))
        .map(|h| h.trim_end_matches('.').to_ascii_lowercase())
        .filter(|h| !h.is_empty())
        .collect();
    hosts.sort();
    hosts.dedup();
    hosts
}

/// MTA-STS: the record, the policy, and whether the mail hosts keep it.
pub fn sts(c: &Context) -> Told {
    let e = c.outside();
    let domain = e.target.mail_domain();
    let name = format!("_mta-sts.{domain}");
    let lookup = e.lookup(&name, "TXT");
    if let Some(why) = lookup.not_learned() {
        return fine(format!("Whether MTA-STS is set up was not learned: {why}."));
    }
    let values = lookup.values();
    let id = format!("v=STSv1; id={}", c.now / 1000);
    match sts_record(&values) {
        Ok(false) => return fine("MTA-STS is not set up, which is fine for a launch."),
        Ok(true) => {}
        Err(why) => {
            let old: Vec<&str> = values.into_iter().filter(|v| is_meant(v, "STSv1")).collect();
            let fix =
                Fix::new("Repair the MTA-STS record", 5).step("Set this record; its id is new, so that senders fetch the policy again.");
            return Told {
                outcome: Outcome::Warn,
                text: format!("MTA-STS is meant and not in force: {why}."),
                seen: dns_seen(e, &name, "TXT"),
                fix: Some(change(e, &name, &old, &id, fix).undo("Put the former record back.")),
            };
        }
    }
    let Some(fetch) = e.fetches_for(Purpose::MtaSts).next() else { return fine("The policy of MTA-STS was not fetched in time.") };
    let told = match policy(c, fetch) {
        Ok(told) => return told,
        Err(told) => told,
    };
    let (outcome, text, body, mode) = told;
    let seen = dns_seen(e, &name, "TXT").into_iter().chain([fetch_seen(fetch)]).chain(dns_seen(e, domain, "MX")).collect();
    let new = repaired(&body, &hosts(e), mode);
    let old = values.first().copied().unwrap_or("");
    let fix = Fix::new("Serve an MTA-STS policy that senders can keep to", 15)
        .step("Serve this text at exactly that address, over HTTPS with a trusted certificate, as text/plain, without a redirect. A service that keeps the policy for you has it in its settings.")
        .paste(Paste { place: format!("{FILE} · {}", fetch.start), lines: new.lines().map(|l| Line::Add(l.to_owned())).collect() })
        .step("Then change the id of the record, so that senders fetch the policy again.");
    let fix = change(e, &name, &[old], &id, fix).undo("Serve the former policy again, and change the id once more.");
    Told { outcome, text, seen, fix: Some(fix) }
}

/// What is wrong: outcome, sentence, the text that was served, and the mode to write where none can be read.
type Wrong = (Outcome, String, String, &'static str);

fn policy(c: &Context, fetch: &Fetch) -> Result<Told, Wrong> {
    let e = c.outside();
    let domain = e.target.mail_domain();
    let off = "so senders use no policy";
    let warn = |text: String, body: &str| Err((Outcome::Warn, text, body.to_owned(), "testing"));
    let Some(r) = fetch.first() else {
        let (kind, why) = fetch.failure().unwrap_or((FailKind::Budget, "it was not asked for"));
        return if matches!(kind, FailKind::Timeout | FailKind::Denied | FailKind::Budget) {
            Ok(fine(format!("The policy of MTA-STS was not learned ({why}).")))
        } else {
            warn(format!("The record of MTA-STS stands, and its policy cannot be fetched ({why}), {off}."), "")
        };
    };
    if r.redirect().is_some() || r.status != 200 {
        let what = if r.redirect().is_some() { "redirects, which senders must not follow" } else { "is not there" };
        return warn(format!("The policy of MTA-STS {what} ({}), {off}.", r.status), "");
    }
    let body = r.body.as_ref().map_or("", |b| b.extract.as_str());
    let host = format!("mta-sts.{domain}");
    if e.tls_of(&host).is_some_and(|p| p.session().is_some()) && !e.browser_accepts(&host, c.now) {
        return warn(
            format!("The certificate of {host} is not one that senders accept, {off}: it must be trusted and name that host."),
            body,
        );
    }
    let parsed = Policy::parse(body);
    let mut errors = parsed.errors.clone();
    errors.extend(media(r));
    if parsed.mode == Some(Mode::None) {
        errors.push("mode: none withdraws it".into());
    } else if parsed.max_age.is_some_and(|a| a < 86_400) {
        errors.push("max_age is less than a day, so an attacker need not wait long".into());
    }
    let readable = parsed.errors.is_empty() && parsed.mode != Some(Mode::None);
    // Of a policy longer than the extract, only a part is known.
    let hosts = if body.len() < 2040 && readable { hosts(e) } else { vec![] };
    let foreign: Vec<&str> = hosts.iter().map(String::as_str).filter(|h| !parsed.allows(h)).collect();
    let enforced = parsed.mode == Some(Mode::Enforce);
    if enforced && !hosts.is_empty() && foreign.len() == hosts.len() {
        let text = format!(
            "MTA-STS enforces {} and mail goes to {}: senders that honour it (Gmail, Outlook) deliver nothing.",
            parsed.mx.join(", "),
            hosts.join(", ")
        );
        return Err((Outcome::Fail, text, body.to_owned(), "testing"));
    }
    let open = |p: &crate::evidence::SmtpProbe| match &p.outcome {
        SmtpOutcome::Encrypted { trusted, .. } => Some(!trusted),
        SmtpOutcome::NotOffered | SmtpOutcome::Broken(_) => Some(true),
        SmtpOutcome::Unreached(_) | SmtpOutcome::Refused => None,
    };
    if enforced && !e.smtp.is_empty() && e.smtp.iter().all(|p| open(p) == Some(true)) && e.smtp.len() >= hosts.len() {
        let text =
            format!("MTA-STS enforces trusted certificates, and no mail host of {domain} has one: senders that honour it deliver nothing.");
        let testing = body.lines().map(|l| if l.starts_with("mode:") { "mode: testing" } else { l }).collect::<Vec<_>>().join("\n");
        return Err((Outcome::Fail, text, testing, "testing"));
    }
    if !foreign.is_empty() {
        errors.push(format!("it does not name {}, to which mail goes", foreign.join(", ")));
    }
    if !errors.is_empty() {
        let force = if readable { "has slips" } else { "is not in force" };
        return warn(format!("The policy of MTA-STS {force}: {}.", errors.join("; ")), body);
    }
    Ok(fine(if enforced { "MTA-STS stands too." } else { "MTA-STS stands too, in testing: senders report, and deliver all the same." }))
}

/// The media type must be text/plain (section 3.2).
fn media(r: &Response) -> Option<String> {
    match r.media_type().as_str() {
        "text/plain" => None,
        "" => Some("it comes without Content-Type: text/plain".into()),
        other => Some(format!("it comes as {other} and not as text/plain")),
    }
}

/// TLS-RPT.
pub fn rpt(c: &Context) -> Told {
    let e = c.outside();
    let name = format!("_smtp._tls.{}", e.target.mail_domain());
    let Lookup::Found(_) = e.lookup(&name, "TXT") else { return fine("") };
    let lookup = e.lookup(&name, "TXT");
    let values = lookup.values();
    match rpt_record(&values) {
        Ok(true) => fine("TLS-RPT stands too."),
        Ok(false) => fine(""),
        Err(why) => {
            let old: Vec<&str> = values.into_iter().filter(|v| is_meant(v, "TLSRPTv1")).collect();
            let mut rua: Vec<String> = vec![];
            for address in old.iter().flat_map(|o| addresses(o)) {
                if !rua.contains(&address) {
                    rua.push(address);
                }
            }
            let fix = Fix::new("Repair the TLS-RPT record", 5).undo("Put the former record back.");
            let fix = if rua.is_empty() {
                let at = match place(e, &name) {
                    Place::Here(at) | Place::Elsewhere(at) => at,
                };
                fix.step(format!("At {at} write v=TLSRPTv1; rua=mailto: and an address that takes mail, or the one that the service for your reports shows."))
            } else {
                change(
                    e,
                    &name,
                    &old,
                    &format!("v=TLSRPTv1; rua={}", rua.join(",")),
                    fix.step("Set this one record; reports go to the address in it."),
                )
            };
            let text = format!("TLS-RPT is meant and sends no reports: {why}.");
            Told { outcome: Outcome::Warn, text, seen: dns_seen(e, &name, "TXT"), fix: Some(fix) }
        }
    }
}

/// The addresses for reports that a record names, by whichever tag, as they should be written.
fn addresses(record: &str) -> Vec<String> {
    let tags = record.split(';').filter_map(|tag| {
        // A semicolon may lack behind the version.
        let tag = if is_meant(tag, "TLSRPTv1") { tag.trim().split_once(' ').map_or("", |(_, rest)| rest) } else { tag };
        let (key, value) = tag.split_once(['=', ':'])?;
        let key = key.trim();
        // There are no failure reports here; who writes ruf= means reports.
        ["rua", "ruf"].iter().any(|k| key.eq_ignore_ascii_case(k)).then(|| value.trim())
    });
    // The grammar of the list is that of DMARC, without its size limits (RFC 8460 section 3).
    tags.map(|value| format!("v=DMARC1; p=none; rua={value}"))
        .map(|whole| dmarc::repair(&whole).map_or(whole, |r| r.record))
        .flat_map(|r| Dmarc::parse(&r).rua)
        .map(|uri| uri.split('!').next().unwrap_or("").to_owned())
        .filter(|uri| rpt_record(&[&format!("v=TLSRPTv1; rua={uri}")]) == Ok(true))
        .collect()
}

/// BIMI: mailboxes show the logo only with an enforced DMARC policy (draft section 7.1).
pub fn bimi(c: &Context) -> Told {
    let e = c.outside();
    let domain = e.target.mail_domain();
    let name = format!("default._bimi.{domain}");
    let lookup = e.lookup(&name, "TXT");
    match bimi_record(&lookup.values()) {
        Ok(None) => fine(""),
        Ok(Some("")) => fine("The domain declines to show a logo (BIMI)."),
        Ok(Some(_)) => {
            let loose = match dmarc::find(e, domain) {
                dmarc::Found::One(record, _) => Dmarc::parse(&record).sp == Some(Ask::None) || Dmarc::parse(&record).testing,
                _ => true,
            };
            let strict = !loose && dmarc::in_force(e, domain).is_some_and(|(p, _)| p != Ask::None);
            fine(if strict {
                "A logo for mailboxes (BIMI) is published."
            } else {
                "A logo for mailboxes (BIMI) is published, and no mailbox shows it before DMARC quarantines or rejects."
            })
        }
        Err(why) => {
            let at = match place(e, &name) {
                Place::Here(at) | Place::Elsewhere(at) => at,
            };
            let fix = Fix::new("Repair the BIMI record", 10)
                .step(format!("At {at} write v=BIMI1; l= and the https: address of the logo, an SVG Tiny PS; one record only."))
                .undo("Put the former record back.");
            let text = format!("A logo for mailboxes (BIMI) is meant and is not shown: {why}.");
            Told { outcome: Outcome::Warn, text, seen: dns_seen(e, &name, "TXT"), fix: Some(fix) }
        }
    }
}

#[test]
fn addresses_of_a_report_record_are_kept_and_none_is_made_up() {
    for (record, want) in [
        ("v=TLSRPTv1; ruf=mailto:t@acme.example", &["mailto:t@acme.example"][..]),
        ("v=TLSRPTv1; rua=mailto:t@acme.example!10m", &["mailto:t@acme.example"]),
        ("rua=mailto:t@acme.example; v=TLSRPTv1", &["mailto:t@acme.example"]),
        ("v=TLSRPTv1 rua=t@acme.example", &["mailto:t@acme.example"]),
        ("v=TLSRPT1; rua=mailto:a@acme.example,https://r.test/v1", &["mailto:a@acme.example", "https://r.test/v1"]),
        ("v=TLSRPTv1;", &[]),
    ] {
        assert_eq!(addresses(record), want, "{record}");
    }
    let mut f = crate::fixture::Fixture::good();
    for (record, pasted) in
        [("v=TLSRPTv1; ruf=mailto:t@acme.example", Some("v=TLSRPTv1; rua=mailto:t@acme.example")), ("v=TLSRPTv1;", None)]
    {
        f.txt("_smtp._tls.acme.example", &[record]);
        let fix = f.assess().finding("MAIL-14").unwrap().fix.clone().unwrap();
        assert_eq!(fix.paste.first().map(crate::check::Paste::value).as_deref(), pasted, "{fix:?}");
    }
}
