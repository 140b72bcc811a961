//! AUD-10: somebody has looked through everything that belongs to the domain.

use crate::check::{Check, Context, Found, Reference, Seen};
use crate::checks::help::note;
use crate::dns_map;
use crate::evidence::{Collector, Source};
use crate::stack;
use crate::taxonomy::{Area, Impact, Stage};
use crate::time;

/// AUD-10.
pub static CHECK: Check = Check {
    id: "AUD-10",
    name: "current-domain-inventory",
    title: "Current domain inventory",
    stage: Stage::Audit,
    area: Area::Dns,
    reads: &[Source::Outside],
    impact: Impact::Medium,
    resting_impact: Impact::Medium,
    needs: &[Collector::Dns, Collector::Mail, Collector::Registry, Collector::Http],
    why: "What nobody knows about nobody mends: the forgotten subdomain, the second DNS account, the registrar login of a former partner.",
    criterion: "The map of records with who runs what is made by the scan; it passes once its owner has approved it.",
    minutes: 15,
    references: &[Reference { title: "internet.nl", url: "https://internet.nl/" }],
    rule,
};

fn rule(c: &Context) -> Found {
    let e = c.outside();
    let records = dns_map::build(e);
    if records.is_empty() {
        return Found::unknown("No record of the domain was seen.");
    }
    let parts = stack::detect(e);
    let seen: Vec<Seen> = vec![
        note(
            "DNS map",
            format!(
                "{} records of {} names",
                records.len(),
                records.iter().map(|r| r.name.as_str()).collect::<std::collections::BTreeSet<_>>().len()
            ),
            e.finished_at,
        ),
        note(
            "stack",
            parts.iter().map(|p| format!("{}: {} ({})", p.layer.label(), p.name, p.because)).collect::<Vec<_>>().join("\n"),
            e.finished_at,
        ),
    ];
    match &e.target.map {
        Some(m) => Found::pass(format!("The inventory of {} records was approved by {} on {}.", m.records.len(), m.by, time::date(m.at)))
            .seen(seen),
        None => Found::unknown(format!(
            "The inventory is made ({} records), and nobody has approved it yet. Open the DNS map, look through it, approve it.",
            records.len()
        ))
        .seen(seen),
    }
}

#[test]
fn table() {
    use crate::taxonomy::Outcome;
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("approved", |_| {}, Outcome::Pass),
            ("not approved", |f| f.evidence.target.map = None, Outcome::Unknown),
            ("nothing seen", |f| f.evidence.dns.clear(), Outcome::Unknown),
            ("approved, without registry", |f| f.evidence.registration = None, Outcome::Pass),
            ("approved by somebody else", |f| f.evidence.target.map.as_mut().unwrap().by = "ops@acme.example".into(), Outcome::Pass),
        ],
    );
}
