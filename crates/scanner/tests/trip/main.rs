//! The round trip of fixes: a mistake at real software, a scan, the fix as it is pasted, applied by machine
//! where it says that it goes, and another scan. The check passes then, and no other got worse.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, reason = "tests")]

mod cases;
#[path = "../common/mod.rs"]
mod common;
mod pasted;
mod placed;
mod records;
mod servers;
mod zones;

use common::{options, scan_with, target};
use lab::Lab;
use readiness::{Assessment, Outcome, Target};
use servers::{Site, Software};
use zones::Zone;

/// How bad an outcome is.
fn rank(o: Outcome) -> u8 {
    match o {
        Outcome::Pass | Outcome::Na | Outcome::Accepted => 0,
        Outcome::Warn => 1,
        Outcome::Unknown | Outcome::Blocked => 2,
        Outcome::Fail => 3,
    }
}

/// What may get worse, when what is mended, and why.
const TOLD: &[(&str, &str, &str)] = &[("MAIL-09", "MAIL-10", "there is a policy now, and it begins by watching")];

/// Whatever is worse than before, as lines.
fn worse(mended: &str, before: &Assessment, after: &Assessment) -> Vec<String> {
    let of = |a: &Assessment| {
        a.findings.iter().filter(|f| f.implemented).map(|f| (f.id.clone(), f.outcome, f.summary.clone())).collect::<Vec<_>>()
    };
    of(before)
        .into_iter()
        .zip(of(after))
        .filter(|((_, b, _), (_, a, _))| rank(*a) > rank(*b))
        .filter(|((id, ..), _)| !TOLD.iter().any(|(m, w, _)| *m == mended && w == id))
        .map(|((id, b, _), (_, a, why))| format!("{id} was {b} and is {a}: {why}"))
        .collect()
}

async fn round_trips(software: Software) {
    let lab = Lab::start().await;
    let o = options(&lab);
    let mut site = Site::new(&lab, software);
    let mut t: Target = target(&site.host, &[]);
    if software == Software::Express {
        // Without its header nobody sees it; the owner says so.
        t.stack = vec![("framework".into(), "Express".into()), ("hosting".into(), "a server of ours".into())];
    }
    site.start().unwrap();
    let (_, right) = scan_with(&o, &t).await;
    let open: Vec<String> = right
        .findings
        .iter()
        .filter(|f| f.implemented && !matches!(f.outcome, Outcome::Pass | Outcome::Na))
        .map(|f| format!("{} {} {}", f.id, f.outcome, f.summary))
        .collect();
    println!("{software:?} right: {open:#?}");
    let mut wrong = vec![];
    let only = std::env::var("TRIP_ONLY").ok();
    for case in cases::of(software).filter(|c| only.as_deref().is_none_or(|o| c.check == o)) {
        site.set_up(&lab);
        case.spoil(&lab, &mut site);
        if let Err(why) = site.start() {
            wrong.push(format!("{case}: {why}"));
            continue;
        }
        let (_, before) = scan_with(&o, &t).await;
        let finding = before.finding(case.check).unwrap();
        if !finding.outcome.is_open() {
            wrong.push(format!("{case}: {} before: {}", finding.outcome, finding.summary));
            continue;
        }
        let Some(guide) = finding.guides.iter().find(|g| g.provider == software.name()) else {
            wrong.push(format!("{case}: no guide for it: {:?}", finding.guides));
            continue;
        };
        pasted::apply(&mut site, finding, guide);
        if let Err(why) = site.start() {
            wrong.push(format!("{case}, pasted: {why}"));
            continue;
        }
        let (_, after) = scan_with(&o, &t).await;
        let closed = after.finding(case.check).unwrap();
        if closed.outcome != Outcome::Pass {
            wrong.push(format!(
                "{case}: {} after: {}\n{}\nbefore: {}\n{:#?}",
                closed.outcome, closed.summary, site.config, finding.summary, guide.paste
            ));
        }
        wrong.extend(worse(case.check, &before, &after).into_iter().map(|w| format!("{case}: {w}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

async fn round_trips_of_zones(software: zones::Software) {
    let lab = Lab::start().await;
    let o = options(&lab);
    let mut zone = Zone::new(&lab, software);
    let mut wrong = vec![];
    for case in records::CASES {
        zone.set_up(&lab);
        let mut t = target(&zone.name, &[&format!("app.{}", zone.name)]);
        case.spoil(&lab, &mut zone, &mut t);
        if let Err(why) = zone.start() {
            wrong.push(format!("{case}: {why}"));
            continue;
        }
        let (_, before) = scan_with(&o, &t).await;
        let finding = before.finding(case.check).unwrap();
        let Some(fix) = finding.fix.as_ref().filter(|_| finding.outcome.is_open()) else {
            wrong.push(format!("{case}: {} before: {}", finding.outcome, finding.summary));
            continue;
        };
        if let Err(why) = zone.paste(fix).and_then(|()| zone.start()) {
            wrong.push(format!("{case}, pasted: {why} {:#?}", fix.paste));
            continue;
        }
        let (_, after) = scan_with(&o, &t).await;
        let closed = after.finding(case.check).unwrap();
        if closed.outcome != Outcome::Pass {
            wrong.push(format!("{case}: {} after: {}\nbefore: {}\n{:#?}", closed.outcome, closed.summary, finding.summary, fix.paste));
        }
        wrong.extend(worse(case.check, &before, &after).into_iter().map(|w| format!("{case}: {w}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn nsd() {
    round_trips_of_zones(zones::Software::Nsd).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bind() {
    round_trips_of_zones(zones::Software::Bind).await;
}

macro_rules! each {
    ($($name:ident = $software:ident),+ $(,)?) => { $(
        #[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            round_trips(Software::$software).await;
        }
    )+ };
}

each! { nginx = Nginx, caddy = Caddy, apache = Apache, express = Express }
