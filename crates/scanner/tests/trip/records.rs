//! The mistakes in a zone: for a check, what is changed on a right one.

use crate::zones::Zone;
use Change::{Add, Anything, Drop, Host, Silent, Ttl};
use lab::{Lab, Page, Site, presets};
use readiness::Target;
use std::fmt;

pub enum Change {
    /// Of a name before the zone's, all records of a type.
    Drop(&'static str, &'static str),
    Add(&'static str, &'static str, &'static str),
    Ttl(&'static str, &'static str, u32),
    /// A host of the zone with a page, known from the certificate logs.
    Host(&'static str),
    /// The lab shows a page at every name.
    Anything,
    /// The domain sends no mail.
    Silent,
}

pub struct Case {
    pub check: &'static str,
    what: &'static str,
    changes: &'static [Change],
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.check, self.what)
    }
}

impl Case {
    pub fn spoil(&self, lab: &Lab, zone: &mut Zone, t: &mut Target) {
        for change in self.changes {
            match change {
                Drop(name, rtype) => zone.drop(name, rtype),
                Add(name, rtype, value) => {
                    let value = value.replace("@ZONE@", &zone.name).replace("@LAB@", &lab.ip.to_string());
                    let value = value.replace("@TESTED@", &presets::DKIM.replace("k=rsa", "k=rsa; t=y"));
                    zone.add(name, rtype, &value);
                }
                Ttl(name, rtype, ttl) => {
                    let name = format!("{name}{}", zone.name);
                    zone.records.iter_mut().filter(|r| r.name == name && r.rtype == *rtype).for_each(|r| r.ttl = *ttl);
                }
                Host(name) => {
                    let host = format!("{name}{}", zone.name);
                    presets::logged(lab, &zone.name, &[&host]);
                    lab.site(&host, Site::default().page("/", Page::ok("text/html; charset=utf-8", "<title>More</title>")));
                }
                Anything => {
                    _ = lab.site("*", Site { other: Some(Page::ok("text/html; charset=utf-8", "<title>Any</title>")), ..Site::default() })
                }
                Silent => t.sends_mail = Some(false),
            }
        }
    }
}

const fn case(check: &'static str, what: &'static str, changes: &'static [Change]) -> Case {
    Case { check, what, changes }
}

pub static CASES: &[Case] = &[
    case("DNS-02", "no www", &[Drop("www.", "A")]),
    case("DNS-07", "a service that is gone", &[Add("shop.", "CNAME", "acme.azurewebsites.net"), Host("shop.")]),
    case("DNS-08", "a wildcard with a page", &[Add("*.", "A", "@LAB@"), Anything]),
    case("DNS-09", "a private address beside the public one", &[Add("www.", "A", "10.0.0.7")]),
    case("DNS-10", "a week", &[Ttl("", "A", 604_800)]),
    case("MAIL-01", "a null MX beside another", &[Add("", "MX", "0 .")]),
    case("MAIL-01", "a dead mail host beside another", &[Add("", "MX", "20 gone.@ZONE@")]),
    case("MAIL-02", "two records", &[Add("", "TXT", "v=spf1 ip4:192.0.2.7 -all")]),
    case("MAIL-02", "none", &[Drop("", "TXT")]),
    case("MAIL-02", "misspelt", &[Drop("", "TXT"), Add("", "TXT", "v=spf1.0 mx ~all")]),
    case("MAIL-03", "a slip of the pen", &[Drop("", "TXT"), Add("", "TXT", "v=spf1 mx a:192.0.2.7 ~all")]),
    case("MAIL-04", "everybody", &[Drop("", "TXT"), Add("", "TXT", "v=spf1 mx +all")]),
    case("MAIL-04", "no ending", &[Drop("", "TXT"), Add("", "TXT", "v=spf1 mx")]),
    case("MAIL-07", "a key that is tested", &[Drop("s1._domainkey.", "TXT"), Add("s1._domainkey.", "TXT", "@TESTED@")]),
    case("MAIL-09", "none", &[Drop("_dmarc.", "TXT")]),
    case("MAIL-09", "misspelt", &[Drop("_dmarc.", "TXT"), Add("_dmarc.", "TXT", "v=DMARC1, p=quarantine, rua=mailto:dmarc@@ZONE@")]),
    case("MAIL-09", "two", &[Add("_dmarc.", "TXT", "v=DMARC1; p=none; rua=mailto:other@@ZONE@")]),
    case(
        "MAIL-10",
        "only watching",
        &[Drop("_dmarc.", "TXT"), Add("_dmarc.", "TXT", "v=DMARC1; p=none; rua=mailto:dmarc@@ZONE@; adkim=s")],
    ),
    case("MAIL-11", "no address", &[Drop("_dmarc.", "TXT"), Add("_dmarc.", "TXT", "v=DMARC1; p=quarantine")]),
    case(
        "MAIL-11",
        "one that is dead",
        &[Drop("_dmarc.", "TXT"), Add("_dmarc.", "TXT", "v=DMARC1; p=quarantine; rua=mailto:a@gone.test,mailto:dmarc@@ZONE@")],
    ),
    case("MAIL-12", "no SPF", &[Drop("send.", "TXT")]),
    case(
        "MAIL-17",
        "a domain that sends nothing",
        &[Silent, Drop("_dmarc.", "TXT"), Add("_dmarc.", "TXT", "v=DMARC1; p=none; rua=mailto:dmarc@@ZONE@")],
    ),
];
