//! Pictures that a page draws on the server: the SPF tree, the ways in, the order of fixes, the
//! DNS map. SVG with classes only, since the page's policy allows no inline styles; each has its
//! words in a label, and the same facts stand in a table or list beside it.

use super::format::number;
use leptos::prelude::*;
use readiness::evidence::MapRecord;
use readiness::evidence::{Answer, Purpose};
use readiness::fix_order::{EDGES, Step};
use readiness::spf::{self, MAX_LOOKUPS};
use readiness::{Assessment, Outside};

const ROW: usize = 30;

fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most { text.to_owned() } else { format!("{}…", text.chars().take(most - 1).collect::<String>()) }
}

/// The SPF tree with the look-ups that each include costs.
pub fn spf_tree(e: &Outside) -> Option<AnyView> {
    let domain = e.target.mail_domain();
    let txt = e.lookup(domain, "TXT");
    let record = txt.values().into_iter().find(|v| spf::is_spf(v))?.to_owned();
    let walk = spf::walk(domain, &record, &|name, rtype| e.lookup(name, rtype));
    let height = (walk.nodes.len() * ROW + 8).to_string();
    let mut last: Vec<usize> = vec![];
    let rows = walk
        .nodes
        .iter()
        .enumerate()
        .map(|(i, n)| {
            let (x, y) = (n.depth * 22 + 10, i * ROW + 20);
            last.truncate(n.depth);
            let from = n.depth.checked_sub(1).and_then(|d| last.get(d)).copied();
            last.push(y);
            let line = from.map(|fy| {
                let d = format!("M{} {} V{y} H{}", (n.depth - 1) * 22 + 10, fy + 6, x - 7);
                view! { <path class="edge" d=d></path> }
            });
            let cost = if n.depth == 0 {
                format!("{} of {MAX_LOOKUPS} look-ups, {} void", walk.lookups, walk.void)
            } else {
                format!("costs {}", n.cost)
            };
            let heavy = (n.depth == 0 && walk.lookups > MAX_LOOKUPS) || n.cost > 4;
            view! {
                {line}
                <circle cx=x.to_string() cy=y.to_string() r="5" class=if heavy { "dot fail" } else { "dot" }></circle>
                <text x=(x + 14).to_string() y=(y + 4).to_string()>{cut(&n.via, 58)}<tspan class="lab" dx="10">{cost}</tspan></text>
            }
        })
        .collect_view();
    let label = format!("SPF tree of {domain}: {} records, {} look-ups of {MAX_LOOKUPS}", walk.nodes.len(), walk.lookups);
    Some(
        view! { <figure class="picture" tabindex="0"><svg role="img" aria-label=label viewBox=format!("0 0 720 {height}")>{rows}</svg></figure> }
            .into_any(),
    )
}

/// A start, its hops with what each answered, and whether it ended at a page.
type Way = (String, Vec<(String, String)>, bool);

/// The ways in: every start with its hops to the end.
pub fn ways_in(e: &Outside) -> Option<AnyView> {
    let mut ends: Vec<String> = vec![];
    let mut rows: Vec<Way> = vec![];
    for f in e.fetches_for(Purpose::Start) {
        let hops = f
            .hops
            .iter()
            .map(|h| {
                let said = match &h.answer {
                    Answer::Response(r) => r.status.to_string(),
                    Answer::Failed { .. } => "no answer".to_owned(),
                };
                (h.url.clone(), said)
            })
            .collect::<Vec<_>>();
        if let Some((end, _)) = f.last()
            && !ends.contains(&end.to_owned())
        {
            ends.push(end.to_owned());
        }
        rows.push((f.start.clone(), hops, f.last().is_some()));
    }
    if rows.is_empty() {
        return None;
    }
    rows.sort_by(|a, b| a.0.split("://").nth(1).cmp(&b.0.split("://").nth(1)).then(b.0.cmp(&a.0)));
    let most = rows.iter().map(|r| r.1.len()).max().unwrap_or(1).clamp(1, 4);
    let width = 1000 / most;
    let height = rows.len() * 54 + 8;
    let drawn = rows
        .iter()
        .enumerate()
        .map(|(i, (_, hops, ends_well))| {
            let y = i * 54 + 6;
            hops.iter()
                .take(most)
                .enumerate()
                .map(|(n, (url, said))| {
                    let x = n * width;
                    let last = n + 1 == hops.len().min(most);
                    let class = match (last, ends_well) {
                        (true, true) => "node end",
                        (true, false) => "node fail",
                        _ => "node",
                    };
                    let arrow = (n > 0).then(|| {
                        let d = format!("M{} {} h18 m-6 -4 l6 4 l-6 4", x - 20, y + 20);
                        view! { <path class="edge" d=d></path> }
                    });
                    view! {
                        {arrow}
                        <rect class=class x=x.to_string() y=y.to_string() width=(width - 24).to_string() height="40" rx="5"></rect>
                        <text x=(x + 10).to_string() y=(y + 17).to_string()>{cut(url, width / 8)}</text>
                        <text class="lab" x=(x + 10).to_string() y=(y + 32).to_string()>{said.clone()}</text>
                    }
                })
                .collect_view()
        })
        .collect_view();
    let label = format!("{} ways in lead to {}", rows.len(), if ends.is_empty() { "no page".to_owned() } else { ends.join(", ") });
    Some(
        view! { <figure class="picture" tabindex="0"><svg role="img" aria-label=label viewBox=format!("0 0 1000 {height}")>{drawn}</svg></figure> }
            .into_any(),
    )
}

/// The steps of a plan as a graph: what opens what, from left to right.
pub fn plan_graph(a: &Assessment, base: &str) -> Option<AnyView> {
    let steps = &a.fix_order;
    let linked: Vec<&Step> = steps
        .iter()
        .filter(|s| {
            EDGES
                .iter()
                .any(|(x, y, _)| (*x == s.id && steps.iter().any(|o| o.id == *y)) || (*y == s.id && steps.iter().any(|o| o.id == *x)))
        })
        .collect();
    if linked.len() < 2 {
        return None;
    }
    let level = |id: &str| -> usize {
        let mut level = 0;
        let mut at: Vec<&str> = vec![id];
        // The edges make no circle (tested), so this ends.
        while level < 12 {
            let before: Vec<&str> =
                EDGES.iter().filter(|(x, y, _)| at.contains(y) && linked.iter().any(|s| s.id == *x)).map(|(x, _, _)| *x).collect();
            if before.is_empty() {
                break;
            }
            at = before;
            level += 1;
        }
        level
    };
    let mut columns: Vec<Vec<&Step>> = vec![];
    for s in &linked {
        let l = level(&s.id);
        while columns.len() <= l {
            columns.push(vec![]);
        }
        if let Some(c) = columns.get_mut(l) {
            c.push(s);
        }
    }
    columns.retain(|c| !c.is_empty());
    let (width, step) = (1000 / columns.len().max(1), 52);
    let height = columns.iter().map(Vec::len).max().unwrap_or(1) * step + 8;
    let place =
        |id: &str| columns.iter().enumerate().find_map(|(x, c)| c.iter().position(|s| s.id == id).map(|y| (x * width, y * step + 6)));
    let edges = EDGES
        .iter()
        .filter_map(|(x, y, _)| Some((place(x)?, place(y)?)))
        .map(|((x1, y1), (x2, y2))| {
            let (from, to) = (x1 + width - 26, x2);
            let middle = usize::midpoint(from, to);
            view! { <path class="edge" d=format!("M{from} {} C{middle} {} {middle} {} {to} {}", y1 + 20, y1 + 20, y2 + 20, y2 + 20)></path> }
        })
        .collect_view();
    let nodes = columns
        .iter()
        .flatten()
        .filter_map(|s| Some((s, place(&s.id)?)))
        .map(|(s, (x, y))| {
            let class = match (s.locked_by.is_empty(), s.blocker) {
                (false, _) => "node locked",
                (true, true) => "node fail",
                (true, false) => "node end",
            };
            let what = if s.locked_by.is_empty() { format!("+{} · {} min", number(s.gain), s.minutes) } else { format!("after {}", s.locked_by.join(", ")) };
            view! {
                <a href=format!("{base}/findings/{}", s.id)>
                    <rect class=class x=x.to_string() y=y.to_string() width=(width - 26).to_string() height="40" rx="5"></rect>
                    <text x=(x + 9).to_string() y=(y + 17).to_string()><tspan class="b">{s.id.clone()}</tspan>" "{cut(&s.title, (width / 8).saturating_sub(10).max(8))}</text>
                    <text class="lab" x=(x + 9).to_string() y=(y + 32).to_string()>{cut(&what, width / 8)}</text>
                </a>
            }
        })
        .collect_view();
    let label = format!("{} steps depend on each other; what stands left opens what stands right", linked.len());
    Some(view! { <figure class="picture wide-picture" tabindex="0"><svg role="group" aria-label=label viewBox=format!("0 0 1000 {height}")>{edges}{nodes}</svg></figure> }.into_any())
}

/// The DNS map: names on the left, who runs their targets on the right.
pub fn map_picture(zone: &str, records: &[MapRecord]) -> AnyView {
    let mut names: Vec<(&str, String)> = vec![];
    let mut owners: Vec<String> = vec![];
    let mut links: Vec<(usize, usize)> = vec![];
    for r in records {
        let owner = if !r.owner.is_empty() {
            r.owner.clone()
        } else if matches!(r.rtype.as_str(), "A" | "AAAA") {
            r.value.clone()
        } else {
            continue;
        };
        let n = names.iter().position(|(x, _)| *x == r.name).unwrap_or_else(|| {
            names.push((&r.name, r.purpose.clone()));
            names.len() - 1
        });
        let o = owners.iter().position(|x| *x == owner).unwrap_or_else(|| {
            owners.push(owner);
            owners.len() - 1
        });
        if !links.contains(&(n, o)) {
            links.push((n, o));
        }
    }
    let height = names.len().max(owners.len()).max(1) * ROW + 12;
    let spread = |i: usize, of: usize| i * height / of.max(1) + height / (2 * of.max(1));
    let lines = links
        .iter()
        .map(|(n, o)| {
            let (y1, y2) = (spread(*n, names.len()), spread(*o, owners.len()));
            view! { <path class="edge" d=format!("M430 {y1} C560 {y1} 560 {y2} 690 {y2}")></path> }
        })
        .collect_view();
    let left = names
        .iter()
        .enumerate()
        .map(|(i, (name, purpose))| {
            let y = spread(i, names.len());
            let short = name.strip_suffix(&format!(".{zone}")).unwrap_or(name);
            view! { <text x="420" y=(y + 4).to_string() text-anchor="end">{cut(short, 30)}<tspan class="lab" dx="8">{cut(purpose, 30)}</tspan></text><circle class="dot" cx="430" cy=y.to_string() r="4"></circle> }
        })
        .collect_view();
    let right = owners
        .iter()
        .enumerate()
        .map(|(i, owner)| {
            let y = spread(i, owners.len());
            view! { <circle class="dot" cx="690" cy=y.to_string() r="4"></circle><text x="702" y=(y + 4).to_string()>{cut(owner, 36)}</text> }
        })
        .collect_view();
    let label = format!("{} names of {zone} lead to {} places", names.len(), owners.len());
    view! { <svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label=label viewBox=format!("0 0 1000 {height}")>{lines}{left}{right}</svg> }.into_any()
}

/// Whether a picture belongs to a check, and which.
pub fn picture_of(id: &str, e: &Outside) -> Option<AnyView> {
    match id {
        "MAIL-02" | "MAIL-03" | "MAIL-04" | "MAIL-05" | "MAIL-06" => spf_tree(e),
        "RED-01" | "RED-02" | "RED-03" | "RED-05" => ways_in(e),
        _ => None,
    }
}

/// The timed requests of a page as bars: look-up, connection, TLS, wait, transfer.
pub fn samples(e: &Outside, login: bool) -> Option<AnyView> {
    let list: Vec<_> = e.samples.iter().filter(|s| s.url.ends_with("/login") == login && s.status.is_some()).collect();
    let most = list.iter().map(|s| s.whole()).max().filter(|m| *m > 0)?;
    #[allow(clippy::cast_precision_loss, reason = "microseconds of one request")]
    let share = |n: u64| n as f64 * 760.0 / most as f64;
    let height = list.len() * 26 + 28;
    let rows = list
        .iter()
        .enumerate()
        .map(|(i, s)| {
            let mut x = 0.0;
            let parts = [("dns", s.dns), ("connect", s.connect), ("tls", s.tls), ("wait", s.wait), ("transfer", s.transfer)]
                .iter()
                .map(|(class, n)| {
                    let w = share(*n);
                    let at = x;
                    x += w;
                    view! { <rect class=format!("part {class}") x=format!("{at:.1}") y=(i * 26 + 4).to_string() width=format!("{w:.1}") height="16"></rect> }
                })
                .collect_view();
            view! { {parts}<text class="lab" x=format!("{:.1}", x + 8.0) y=(i * 26 + 16).to_string()>{format!("{} ms", s.whole().div_ceil(1000))}</text> }
        })
        .collect_view();
    let y = (list.len() * 26 + 18).to_string();
    let legend = [("dns", "look-up", 0), ("connect", "connection", 90), ("tls", "TLS", 200), ("wait", "wait", 260), ("transfer", "transfer", 330)]
        .iter()
        .map(|(class, word, x)| {
            view! { <rect class=format!("part {class}") x=x.to_string() y=(list.len() * 26 + 9).to_string() width="10" height="10"></rect><text class="lab" x=(x + 15).to_string() y=y.clone()>{*word}</text> }
        })
        .collect_view();
    let label = format!("{} timed requests, the longest {} ms", list.len(), most / 1000);
    Some(view! { <figure class="picture" tabindex="0"><svg role="img" aria-label=label viewBox=format!("0 0 860 {height}")>{rows}{legend}</svg></figure> }.into_any())
}
