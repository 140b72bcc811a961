//! What needs somebody today: seven lines at most, the worst first, each with something to press.

use app::pages::portfolio::Need;
use readiness::domain::unicode;
use readiness::summary::{Ends, Expiry};
use readiness::time::{self, DAY_MS};
use readiness::{Brief, catalogue};
use store::Line;

/// Lines at most.
const LINES: usize = 7;
/// What ends within this is a matter of today.
const SOON_MS: i64 = 14 * DAY_MS;

/// What may need somebody.
#[derive(Clone, Copy)]
enum Matter<'a> {
    NotScanned,
    Silent(&'a Brief),
    Blocked(&'a Brief),
    Worse(&'a Brief),
    Ends(&'a Expiry),
}

/// The lines of these projects at `now`, epoch milliseconds.
pub fn today(lines: &[&Line], now: i64) -> Vec<Need> {
    let mut all: Vec<(u8, i64, &Line, Matter)> = vec![];
    for l in lines {
        all.extend(matters(l, now).map(|(rank, at, m)| (rank, at, *l, m)));
    }
    // One project does not fill the list: its second matter waits behind the others' first.
    all.sort_by_key(|(rank, at, ..)| (*rank, *at));
    let mut seen = std::collections::HashMap::<&str, u8>::new();
    for (rank, _, l, _) in &mut all {
        let n = seen.entry(l.id.as_str()).or_default();
        *rank += *n * 3;
        *n += 1;
    }
    all.sort_by_key(|(rank, at, ..)| (*rank, *at));
    all.into_iter().take(LINES).map(|(_, _, l, m)| need(l, m, now)).collect()
}

/// The matters of a project, each with its rank and what orders it among its equals.
fn matters(l: &Line, now: i64) -> impl Iterator<Item = (u8, i64, Matter<'_>)> {
    let b = l.brief.as_ref();
    let state = match b {
        None if l.busy => None,
        None => Some((6, 0, Matter::NotScanned)),
        Some(b) if b.silent_since > 0 => Some((0, b.silent_since, Matter::Silent(b))),
        Some(b) if b.verdict.is_blocked() && !b.blockers.is_empty() => Some((u8::from(!b.got_worse()) * 2 + 1, -b.at, Matter::Blocked(b))),
        Some(b) if b.worse > 0 => Some((4, -b.at, Matter::Worse(b))),
        Some(_) => None,
    };
    let ends = b.into_iter().flat_map(|b| &b.ends).filter(move |x| x.at < now + SOON_MS).take(2);
    state.into_iter().chain(ends.map(move |x| (if x.at < now + 3 * DAY_MS { 2 } else { 5 }, x.at, Matter::Ends(x))))
}

/// A matter in words.
fn need(l: &Line, matter: Matter, now: i64) -> Need {
    let href = format!("/projects/{}", l.id);
    let need = |class, text: String, words, href: String| Need { class, domain: unicode(&l.domain), text, action: (words, href) };
    match matter {
        Matter::NotScanned => need("unknown", "It has not been scanned yet.".to_owned(), "Open", href),
        Matter::Silent(b) => need("fail", format!("Nothing has answered since {}.", time::human(b.silent_since)), "Look", href),
        Matter::Blocked(b) => {
            let to = b.next.as_ref().map_or_else(|| href.clone(), |(id, _)| format!("{href}/fix/{id}"));
            need("fail", blocked(b), "See the fix", to)
        }
        Matter::Worse(b) => {
            let many = if b.worse == 1 { "One check".into() } else { format!("{} checks", b.worse) };
            need("warn", format!("{many} got worse at the last scan."), "See what", format!("{href}/difference"))
        }
        Matter::Ends(x) => {
            let days = (x.at - now).div_euclid(DAY_MS);
            let when = if days < 0 { "has ended".to_owned() } else { format!("ends in {days} days") };
            let title = || catalogue::entry(&x.name).map_or(x.name.as_str(), |e| e.title);
            match x.kind {
                Ends::Certificate => {
                    let text = format!("The certificate of {} {when}, and no newer one was seen.", x.name);
                    need("warn", text, "Open", format!("{href}/fix/TLS-04"))
                }
                Ends::Domain => need("warn", format!("The registration of the domain {when}."), "Open", format!("{href}/fix/DNS-13")),
                Ends::Answer => {
                    need("unknown", format!("“{}”: the answer {when}.", title()), "Answer again", format!("{href}/questions#{}", x.name))
                }
                Ends::Exemption => need("warn", format!("“{}”: the excuse {when}.", title()), "Open", format!("{href}/fix/{}", x.name)),
            }
        }
    }
}

fn blocked(b: &Brief) -> String {
    let first = b.blockers.first().map_or("", String::as_str);
    let rest = if b.blockers.len() < 2 { String::new() } else { format!(", and {} more", b.blockers.len() - 1) };
    format!("{}{first}{rest}.", if b.got_worse() { "New blocker: " } else { "Blocked by " })
}

#[cfg(test)]
mod tests {
    use super::*;
    use readiness::Verdict;
    use store::{Filed, ProjectId};

    const NOW: i64 = 1_795_570_647_000;

    fn line(domain: &str, change: impl FnOnce(&mut Brief)) -> Line {
        let mut b = Brief {
            at: NOW,
            verdict: Verdict::Ready,
            was: None,
            score: 90.0,
            coverage: 1.0,
            blockers: vec![],
            bar: vec![],
            scores: vec![90.0],
            fixed: 0,
            worse: 0,
            next: None,
            ends: vec![],
            silent_since: 0,
        };
        change(&mut b);
        Line {
            id: ProjectId::new(),
            domain: domain.into(),
            filed: Filed::default(),
            owner: String::new(),
            brief: Some(b),
            busy: false,
            next_at: 0,
        }
    }

    #[test]
    fn the_worst_comes_first_and_no_project_fills_the_list() {
        let bad = |b: &mut Brief| {
            b.verdict = Verdict::NotReady;
            b.blockers = vec!["Exactly one SPF record".into(), "Apex resolves".into()];
        };
        let ends = |kind, days: i64| Expiry { kind, name: "acme.com".into(), at: NOW + days * DAY_MS };
        let lines = [
            line("fine.com", |_| {}),
            line("old.com", bad),
            line("new.com", |b| {
                bad(b);
                b.was = Some(Verdict::Ready);
            }),
            line("soon.com", |b| b.ends = vec![ends(Ends::Certificate, 2), ends(Ends::Domain, 9), ends(Ends::Answer, 13)]),
            line("later.com", |b| b.ends = vec![ends(Ends::Certificate, 15)]),
            line("silent.com", |b| b.silent_since = NOW - DAY_MS),
            line("worse.com", |b| b.worse = 1),
        ];
        let list = today(&lines.iter().collect::<Vec<_>>(), NOW);
        let told: Vec<_> = list.iter().map(|n| n.domain.as_str()).collect();
        assert_eq!(told, ["silent.com", "new.com", "soon.com", "old.com", "worse.com", "soon.com"]);
        assert!(list[1].text.starts_with("New blocker: Exactly one SPF record, and 1 more."));
        let many: Vec<Line> = (0..20).map(|i| line(&format!("p{i}.com"), bad)).collect();
        assert_eq!(today(&many.iter().collect::<Vec<_>>(), NOW).len(), 7);
    }
}
