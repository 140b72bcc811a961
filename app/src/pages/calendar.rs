//! What ends when, over all projects.

use leptos::prelude::*;
use readiness::summary::Expiry;
use readiness::time;

/// One thing that ends.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Address of the project.
    pub project: String,
    /// Its domain for a person.
    pub domain: String,
    /// What ends.
    pub ends: Expiry,
}

/// The page; `feed` is the address of the calendar, shown once, and `has` whether there is one.
pub fn page(list: &[Entry], feed: Option<String>, has: bool, now: i64) -> AnyView {
    let mut month = String::new();
    let rows = list
        .iter()
        .map(|e| {
            let date = time::date(e.ends.at);
            let this = date.get(..7).unwrap_or_default().to_owned();
            let head = (this != month).then(|| view! { <tr class="group"><th scope="rowgroup" colspan="4">{this.clone()}</th></tr> });
            month = this;
            let days = (e.ends.at - now).div_euclid(time::DAY_MS);
            let (class, told) = match days {
                d if d < 0 => ("fail", "has ended".to_owned()),
                d if d < 14 => ("warn", format!("in {d} days")),
                d => ("pass", format!("in {d} days")),
            };
            view! { {head}<tr><td class="mono">{date}</td><td><a class="t" href=e.project.clone()>{e.domain.clone()}</a></td><td>{e.ends.kind.label()}" "<span class="muted">{e.ends.name.clone()}</span></td><td><span class=format!("o {class}")>{told}</span></td></tr> }
        })
        .collect_view();
    let subscribed = match feed {
        Some(url) => view! {
            <p>"Add this address to your calendar. It is shown this once; whoever has it sees what ends when."</p>
            <div class="paste"><div class="head-line"><span class="small muted">"iCalendar"</span><crate::islands::Copy value=url.clone()/></div><pre>{url}</pre></div>
        }
        .into_any(),
        None => view! {
            <form class="acts" method="post" action="/calendar/feed">
                <p class="small muted">{if has { "A calendar program reads this already. A new address ends the old one." } else { "Your calendar program can show this by a secret address." }}</p>
                <button class="btn small" name="do" value="make">{if has { "New address" } else { "Make an address" }}</button>
                {has.then(|| view! { <button class="btn quiet small" name="do" value="end">"End it"</button> })}
            </form>
        }
        .into_any(),
    };
    view! {
        <div class="head"><h1>"What runs out"</h1><span class="small muted">"certificates, domains, answers and excuses of all projects"</span></div>
        {subscribed}
        {if list.is_empty() { view! { <div class="empty"><p>"Nothing with an end is known yet. Scans learn it."</p></div> }.into_any() } else { view! {
            <table class="list"><thead><tr><th scope="col">"Day"</th><th scope="col">"Project"</th><th scope="col">"What"</th><th scope="col">"When"</th></tr></thead><tbody>{rows}</tbody></table>
        }.into_any() }}
    }
    .into_any()
}
