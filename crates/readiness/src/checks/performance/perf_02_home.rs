//! PERF-02: the front page is whole within two seconds.

use super::perf_01_ttfb::{ENOUGH, advice, samples, samples_seen, second_worst};
use crate::check::{Check, Context, Fix, Found, Reference};
use crate::checks::help::no_pages;
use crate::evidence::{Collector, Source};
use crate::taxonomy::{Area, Impact, Stage};

/// PERF-02.
pub static CHECK: Check = Check {
    id: "PERF-02",
    name: "homepage-response-2-s",
    title: "Homepage response < 2 s",
    stage: Stage::Performance,
    area: Area::Perf,
    reads: &[Source::Outside],
    impact: Impact::High,
    resting_impact: Impact::High,
    needs: &[Collector::Speed],
    why: "Beyond two seconds visitors leave, and those who stay trust the product less.",
    criterion: "The whole answer, the slowest of five left out: passes below 2 s, warns to 4 s, fails beyond. Seen from this machine.",
    minutes: 60,
    references: &[Reference { title: "web.dev: Core Web Vitals", url: "https://web.dev/articles/vitals" }],
    rule,
};

fn rule(c: &Context) -> Found {
    let list = samples(c.outside(), false);
    if list.len() < ENOUGH {
        let why = c.outside().samples.iter().find_map(|s| s.error.clone()).unwrap_or_else(|| no_pages(c.outside()));
        return Found::unknown(format!("Fewer than {ENOUGH} timed requests came through: {why}"));
    }
    let ms = second_worst(list.iter().map(|s| s.whole()).collect());
    let text = format!("The front page is whole after {ms} ms at most, the slowest of {} requests left out.", list.len());
    let fix = || {
        Fix::new("Let the front page be whole sooner", CHECK.minutes)
            .step(advice(&list))
            .step("Then look at the page in the browser's network panel, on a slow connection.")
            .undo("Switch the cache off again.")
    };
    match ms {
        0..=1999 => Found::pass(text).seen([samples_seen(&list)]),
        2000..=4000 => Found::warn(text).seen([samples_seen(&list)]).fix(fix()),
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
            ("2.5 s", |f| f.wait(false, [2500; 5]), Outcome::Warn),
            ("5 s", |f| f.wait(false, [5000; 5]), Outcome::Fail),
            ("one slow sample decides nothing", |f| f.wait(false, [100, 100, 9000, 100, 100]), Outcome::Pass),
            ("two do", |f| f.wait(false, [100, 5000, 5000, 100, 100]), Outcome::Fail),
            ("the other page's samples do not count", |f| f.wait(true, [9000; 5]), Outcome::Pass),
            ("no samples", |f| f.evidence.samples.clear(), Outcome::Unknown),
        ],
    );
}
