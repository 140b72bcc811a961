//! PERF-01: the front page begins soon.

use crate::check::{Check, Context, Fix, Found, Reference, Seen};
use crate::checks::help::{no_pages, note};
use crate::evidence::{Collector, Outside, Sample, Source};
use crate::taxonomy::{Area, Impact, Stage};

/// PERF-01.
pub static CHECK: Check = Check {
    id: "PERF-01",
    name: "ttfb-home",
    title: "TTFB home",
    stage: Stage::Performance,
    area: Area::Perf,
    reads: &[Source::Outside],
    impact: Impact::Medium,
    resting_impact: Impact::Medium,
    needs: &[Collector::Speed],
    why: "Every visitor waits that long on an empty page, and some do not wait.",
    criterion: "Median of five first bytes, split into look-up, connection, TLS and wait: passes to 800 ms, warns to 1800 ms, fails beyond. Seen from this machine.",
    minutes: 60,
    references: &[Reference { title: "web.dev: TTFB", url: "https://web.dev/articles/ttfb" }],
    rule,
};

/// Samples that must have come through before a page is judged: one alone never decides.
pub(crate) const ENOUGH: usize = 3;

/// Good samples of the page at this path, in the order of time.
pub(crate) fn samples(e: &Outside, login: bool) -> Vec<&Sample> {
    e.samples.iter().filter(|s| s.url.ends_with("/login") == login && s.status.is_some_and(|c| c < 400)).collect()
}

/// The middle of these, in milliseconds.
pub(crate) fn median(mut micros: Vec<u64>) -> u64 {
    micros.sort_unstable();
    micros.get(micros.len() / 2).copied().unwrap_or(0) / 1000
}

/// The second largest, in milliseconds: one slow sample does not decide.
pub(crate) fn second_worst(mut micros: Vec<u64>) -> u64 {
    micros.sort_unstable();
    micros.get(micros.len().saturating_sub(2)).copied().unwrap_or(0) / 1000
}

/// The samples as evidence.
pub(crate) fn samples_seen(list: &[&Sample]) -> Seen {
    let ms = |n: u64| n.div_ceil(1000);
    let lines: Vec<String> = list
        .iter()
        .map(|s| {
            format!(
                "look-up {} ms, connection {} ms, TLS {} ms, wait {} ms, transfer {} ms ({} KB)",
                ms(s.dns),
                ms(s.connect),
                ms(s.tls),
                ms(s.wait),
                ms(s.transfer),
                s.bytes / 1024
            )
        })
        .collect();
    note(list.first().map_or("", |s| s.url.as_str()), lines.join("\n"), list.last().map_or(0, |s| s.at))
}

/// Where most of the time goes, as advice.
pub(crate) fn advice(list: &[&Sample]) -> &'static str {
    let part = |f: fn(&Sample) -> u64| median(list.iter().map(|s| f(s)).collect());
    let (dns, connect, tls, wait, transfer) =
        (part(|s| s.dns), part(|s| s.connect), part(|s| s.tls), part(|s| s.wait), part(|s| s.transfer));
    let most = dns.max(connect).max(tls).max(wait).max(transfer);
    if most == wait {
        "Most of it is waiting for the server. Render the page ahead of time or cache it at the edge, and look for the slow query behind it."
    } else if most == transfer {
        "Most of it is transfer. Compress the page and send less of it."
    } else if most == dns {
        "Most of it is the look-up. Use a DNS host with servers near your customers, and fewer CNAMEs."
    } else {
        "Most of it is the way to the server. Put an edge near your customers, or the server into their region."
    }
}

fn rule(c: &Context) -> Found {
    let list = samples(c.outside(), false);
    if list.len() < ENOUGH {
        let why = c.outside().samples.iter().find_map(|s| s.error.clone()).unwrap_or_else(|| no_pages(c.outside()));
        return Found::unknown(format!("Fewer than {ENOUGH} timed requests came through: {why}"));
    }
    let firsts: Vec<u64> = list.iter().map(|s| s.first_byte()).collect();
    let (least, most) = (firsts.iter().min().copied().unwrap_or(0) / 1000, firsts.iter().max().copied().unwrap_or(0) / 1000);
    let mid = median(firsts);
    let text = format!("The first byte comes after {mid} ms in the middle ({least} to {most} ms, {} requests from here).", list.len());
    let fix = || {
        Fix::new("Let the front page begin sooner", CHECK.minutes)
            .step(advice(&list))
            .step("Measure again from where your customers are: this figure is from this machine only.")
            .undo("Switch the cache off again.")
    };
    match mid {
        0..=800 => Found::pass(text).seen([samples_seen(&list)]),
        801..=1800 => Found::warn(text).seen([samples_seen(&list)]).fix(fix()),
        _ => Found::fail(text).seen([samples_seen(&list)]).fix(fix()),
    }
}

#[test]
fn table() {
    use crate::taxonomy::Outcome;
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("fast", |_| {}, Outcome::Pass),
            ("800 ms (web.dev good)", |f| f.wait(false, [760; 5]), Outcome::Pass),
            ("1 s", |f| f.wait(false, [1000; 5]), Outcome::Warn),
            ("2 s (web.dev poor)", |f| f.wait(false, [2000; 5]), Outcome::Fail),
            ("one slow sample decides nothing", |f| f.wait(false, [100, 100, 9000, 100, 100]), Outcome::Pass),
            ("two of five decide nothing either", |f| f.wait(false, [100, 9000, 9000, 100, 100]), Outcome::Pass),
            ("three of five do", |f| f.wait(false, [9000, 9000, 9000, 100, 100]), Outcome::Fail),
            (
                "errors are no samples",
                |f| {
                    for s in &mut f.evidence.samples {
                        s.status = Some(503);
                    }
                },
                Outcome::Unknown,
            ),
            ("two samples are not enough", |f| f.evidence.samples.truncate(2), Outcome::Unknown),
        ],
    );
}
