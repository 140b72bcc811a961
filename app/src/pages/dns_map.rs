//! The DNS map: every record that was seen, what it is for, who runs it; to approve and to take along.

use crate::parts::{count, map_picture, moment};
use leptos::prelude::*;
use readiness::Outside;
use readiness::dns_map;
use readiness::evidence::MapRecord;
use readiness::stack;

/// What the page shows around the map.
#[derive(Clone, Debug)]
pub struct Around {
    /// Address of the result.
    pub base: String,
    /// Whether its reader may approve it: the newest scan of a project.
    pub may_approve: bool,
    /// Address of the project's settings.
    pub settings: Option<String>,
}

/// The records to show: as seen, with the owner's words where a map was approved.
#[must_use]
pub fn records(e: &Outside) -> Vec<MapRecord> {
    let mut list = dns_map::build(e);
    for r in &mut list {
        let known = e.target.map.iter().flat_map(|m| &m.records).find(|a| a.key() == r.key());
        if let Some(a) = known {
            r.purpose.clone_from(&a.purpose);
            if !a.owner.is_empty() {
                r.owner.clone_from(&a.owner);
            }
        }
    }
    list
}

/// The page.
pub fn page(e: &Outside, around: &Around) -> AnyView {
    let zone = e.target.domain.registrable().to_owned();
    let list = records(e);
    let base = around.base.clone();
    let drift = e.target.map.as_ref().map(|m| dns_map::drift(&m.records, e));
    let fresh = |r: &MapRecord| drift.as_ref().is_some_and(|d| d.added.iter().any(|a| a.key() == r.key()));
    let edit = around.may_approve;
    let rows = list
        .iter()
        .enumerate()
        .map(|(i, r)| {
            let label = format!("{} {}", r.rtype, r.name);
            let purpose = if edit {
                view! { <input class="cell" name=format!("purpose{i}") value=r.purpose.clone() maxlength="120" aria-label=format!("Purpose of {label}")/> }.into_any()
            } else {
                view! { {r.purpose.clone()} }.into_any()
            };
            let owner = if edit {
                view! { <input class="cell" name=format!("owner{i}") value=r.owner.clone() maxlength="60" aria-label=format!("Who runs {label}")/> }.into_any()
            } else {
                view! { {r.owner.clone()} }.into_any()
            };
            view! {
                <tr>
                    <td class="mono">{r.rtype.clone()}</td>
                    <td><b>{r.name.strip_suffix(&format!(".{zone}")).unwrap_or(&r.name).to_owned()}</b><span class="sub mono">{r.value.clone()}</span>{fresh(r).then(|| view! { <span class="o warn">"new since approved"</span> })}</td>
                    <td>{purpose}</td>
                    <td class="wide">{owner}</td>
                    <td class="wide">{if r.proxied { "behind an edge" } else { "" }}</td>
                    <td class="num wide">{r.ttl}" s"</td>
                </tr>
            }
        })
        .collect_view();
    let gone = drift.as_ref().map(|d| d.removed.clone()).unwrap_or_default();
    let gone = (!gone.is_empty()).then(|| {
        let rows = gone.iter().map(|r| view! { <li class="mono">{format!("{} {} {}", r.name, r.rtype, r.value)}</li> }).collect_view();
        view! { <section><h2>"Approved, and gone"</h2><ul class="refs small">{rows}</ul></section> }
    });
    let stack = stack::detect(e)
        .into_iter()
        .map(|p| view! { <div><dt>{p.layer.label()}</dt><dd><b>{p.name}</b><span class="sub">{p.because}</span></dd></div> })
        .collect_view();
    let table = view! {
        <table><thead><tr><th scope="col">"Type"</th><th scope="col">"Name and value"</th><th scope="col">"Purpose"</th><th scope="col" class="wide">"Run by"</th><th scope="col" class="wide">"Edge"</th><th scope="col" class="num wide">"TTL"</th></tr></thead><tbody>{rows}</tbody></table>
    };
    view! {
        <p class="crumbs small"><a href=base.clone()>{e.target.domain.unicode()}</a>" / DNS map"</p>
        <div class="head">
            <h1>{format!("DNS map of {zone}")}</h1>
            <span class="push"><a class="btn" href=format!("{base}/map.zone")>"Zone file"</a><a class="btn" href=format!("{base}/map.csv")>"CSV"</a><a class="btn" href=format!("{base}/map.svg")>"Picture"</a></span>
        </div>
        <p class="lead">{match &e.target.map {
            Some(m) => view! { "Approved by "{m.by.clone()}" on "{moment(m.at)}". Every later change is told." }.into_any(),
            None => view! { {count(list.len(), "record", "records")}" were seen from outside. Look through them, say what each is for, and approve: from then on every change is told." }.into_any(),
        }}</p>
        <section><header><h2>"Where names lead"</h2></header><figure class="picture" tabindex="0">{map_picture(&zone, &list)}</figure></section>
        <section>
            <header><h2>"Records"</h2><span class="small muted">"as the zone's servers gave them; names that nobody asked for are not here"</span></header>
            {if edit {
                view! { <form method="post" action=format!("{base}/map")>{table}<div class="acts"><button class="btn primary" type="submit">"Approve this map"</button></div></form> }.into_any()
            } else {
                table.into_any()
            }}
        </section>
        {gone}
        <section>
            <header><h2>"What it stands on"</h2>{around.settings.clone().map(|s| view! { <a class="push small" href=s>"Something is wrong"</a> })}</header>
            <dl class="outcomes small">{stack}</dl>
        </section>
    }
    .into_any()
}

/// The picture as a file of its own, with its styles inside.
#[must_use]
pub fn picture(e: &Outside) -> String {
    let svg = map_picture(e.target.domain.registrable(), &records(e)).to_html();
    let style = "<style>text{font:13px sans-serif;fill:#1c1b19}.lab{fill:#6d685f;font-size:11px}.edge{fill:none;stroke:#b9b3a5}.dot{fill:#1d4e89}</style>";
    let plain = svg.replace("<!>", "");
    match plain.split_once('>') {
        Some((head, rest)) => format!("{head}>{style}{rest}"),
        None => plain,
    }
}
