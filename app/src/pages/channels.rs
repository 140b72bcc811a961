//! Where events go: webhooks and chats of a workspace, and what became of each delivery.

use crate::parts::moment;
use leptos::prelude::*;
use store::{Channel, Delivery, EventKind, ProjectId};

/// What was typed for a new channel.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    /// Its kind's word.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its address.
    pub url: String,
    /// Chosen events.
    pub rules: Vec<String>,
    /// The one project, or empty.
    pub project: String,
    /// Beside which field, and what.
    pub error: Option<(&'static str, String)>,
}

/// A kind of channel.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// As it is sent.
    pub word: &'static str,
    /// Its name.
    pub label: &'static str,
    /// Which address it takes.
    pub hint: &'static str,
    /// Whether it verifies by a key.
    pub signed: bool,
}

/// What the page shows.
#[derive(Clone, Debug)]
pub struct View {
    /// The channels.
    pub channels: Vec<Channel>,
    /// The newest deliveries.
    pub deliveries: Vec<Delivery>,
    /// Kinds to choose from.
    pub kinds: Vec<Kind>,
    /// Projects to choose from.
    pub projects: Vec<(ProjectId, String)>,
    /// As typed.
    pub typed: Typed,
    /// A key that is shown this once: of which channel, and the key.
    pub key: Option<(String, String)>,
    /// What was just done.
    pub said: Option<&'static str>,
}

/// A kind of event for a person.
#[must_use]
pub const fn event_words(k: EventKind) -> &'static str {
    match k {
        EventKind::Worsened => "the verdict got worse",
        EventKind::Critical => "a new blocker",
        EventKind::Recovered => "no blocker any more",
        EventKind::Failed => "a scan came to no result",
        EventKind::Expiry => "something ends within 14 days",
    }
}

/// The page.
pub fn page(v: &View) -> AnyView {
    let rows = v.channels.iter().map(|c| one(v, c)).collect_view();
    view! {
        <p class="crumbs small"><a href="/workspace">"Workspace"</a>" / channels"</p>
        <div class="head"><h1>"Channels"</h1><span class="small muted">"where you are told, besides mail"</span></div>
        {v.said.map(|s| view! { <p class="said pass" role="status">{s}</p> })}
        {v.key.clone().map(|(name, key)| view! {
            <p>{format!("The key of “{name}”, shown this once. Verify with it that a call comes from here (standardwebhooks.com).")}</p>
            <div class="paste"><div class="head-line"><span class="small muted">"signing key"</span><crate::islands::Copy value=key.clone()/></div><pre>{key}</pre></div>
        })}
        {if v.channels.is_empty() { view! { <div class="empty"><p>"No channel yet. Add the address of a chat or of your own program below, and it hears of what you choose."</p></div> }.into_any() } else { view! { <ul class="channels">{rows}</ul> }.into_any() }}
        {add(v)}
        {(!v.deliveries.is_empty()).then(|| log(v))}
    }
    .into_any()
}

fn one(v: &View, c: &Channel) -> AnyView {
    let rules = c.rules.iter().map(|r| event_words(*r)).collect::<Vec<_>>().join(", ");
    let kind = v.kinds.iter().find(|k| k.word == c.kind);
    let signed = kind.is_some_and(|k| k.signed);
    let kind = kind.map_or("", |k| k.label);
    let project = c
        .project
        .as_ref()
        .and_then(|p| v.projects.iter().find(|(id, _)| id == p))
        .map_or_else(|| "all projects".to_owned(), |(_, d)| d.clone());
    view! {
        <li>
            <div><b>{c.name.clone()}</b>" "<span class="small muted">{kind}" · "{project}" · "{rules}</span>{(!c.off.is_empty()).then(|| view! { <p class="o fail">{c.off.clone()}</p> })}</div>
            <form class="acts" method="post" action="/workspace/channels/do">
                <input type="hidden" name="channel" value=c.id.clone()/>
                <button class="btn small" name="do" value="test">"Test it"</button>
                {signed.then(|| view! { <button class="btn small" name="do" value="rotate">"New key"</button> })}
                {(!c.off.is_empty()).then(|| view! { <button class="btn small" name="do" value="on">"Switch on"</button> })}
                <button class="btn quiet small" name="do" value="remove">"Remove"</button>
            </form>
        </li>
    }
    .into_any()
}

fn add(v: &View) -> AnyView {
    let wrong = |f: &str| v.typed.error.clone().filter(|(n, _)| *n == f).map(|(_, e)| e);
    let kinds = v.kinds.iter().map(|k| view! { <option value=k.word selected=v.typed.kind == k.word>{k.label}</option> }).collect_view();
    let hints = v.kinds.iter().map(|k| format!("{}: {}.", k.label, k.hint)).collect::<Vec<_>>().join(" ");
    let projects = v
        .projects
        .iter()
        .map(|(id, d)| view! { <option value=id.to_string() selected=v.typed.project == id.as_str()>{d.clone()}</option> })
        .collect_view();
    let rules = EventKind::ALL
        .iter()
        .map(|k| {
            let on = v.typed.rules.iter().any(|r| r == k.word());
            view! { <label class="choice"><input type="checkbox" name="rule" value=k.word() checked=on/><span>{event_words(*k)}</span></label> }
        })
        .collect_view();
    let (name_error, url_error, rule_error) = (wrong("name"), wrong("url"), wrong("rule"));
    view! {
        <section class="part">
            <h2>"Add a channel"</h2>
            <form class="narrow" method="post" action="/workspace/channels">
                <div class="field"><label for="kind">"Kind"</label><select id="kind" name="kind">{kinds}</select></div>
                <div class="field"><label for="name">"Name"</label><input id="name" name="name" value=v.typed.name.clone() maxlength="60" aria-describedby="name-hint" aria-invalid=name_error.is_some().then_some("true")/><p id="name-hint" class=if name_error.is_some() { "err" } else { "hint" }>{name_error.clone().unwrap_or_else(|| "So that you know it in this list.".into())}</p></div>
                <div class="field"><label for="url">"Address"</label><input id="url" name="url" type="url" value=v.typed.url.clone() maxlength="2000" spellcheck="false" autocomplete="off" aria-describedby="url-hint" aria-invalid=url_error.is_some().then_some("true")/><p id="url-hint" class=if url_error.is_some() { "err" } else { "hint" }>{url_error.clone().unwrap_or_else(|| format!("{hints} It is kept sealed and not shown again."))}</p></div>
                <fieldset class="field"><legend>"It hears of"</legend>{rules}{rule_error.map(|e| view! { <p class="err">{e}</p> })}</fieldset>
                <div class="field"><label for="project">"Of"</label><select id="project" name="project"><option value="">"all projects"</option>{projects}</select></div>
                <button class="btn primary" type="submit">"Add it"</button>
            </form>
        </section>
    }
    .into_any()
}

fn log(v: &View) -> AnyView {
    let rows = v
        .deliveries
        .iter()
        .map(|d| {
            let name = v.channels.iter().find(|c| c.id == d.channel).map_or_else(String::new, |c| c.name.clone());
            let (class, word) = match d.status.as_str() {
                "sent" => ("pass", "taken".to_owned()),
                "dead" => ("fail", format!("given up after {} tries", d.attempts)),
                _ if d.attempts == 0 => ("unknown", "waiting".to_owned()),
                _ => ("warn", format!("tried {} times", d.attempts)),
            };
            let kind = d.event.split('-').next().unwrap_or_default().to_owned();
            view! {
                <tr><td>{moment(d.created_at)}</td><td>{name}</td><td>{kind}</td><td><span class=format!("o {class}")>{word}</span></td><td class="wide">{d.answer.clone()}{(d.took_ms > 0).then(|| format!(" · {} ms", d.took_ms))}</td>
                <td class="num">{(d.status != "waiting").then(|| view! { <form method="post" action="/workspace/channels/again"><button class="btn quiet small" name="delivery" value=d.id.clone()>"Send again"</button></form> })}</td></tr>
            }
        })
        .collect_view();
    view! {
        <section>
            <header><h2>"Deliveries"</h2><span class="small muted">"of the last 30 days"</span></header>
            <table class="list"><thead><tr><th scope="col">"When"</th><th scope="col">"Channel"</th><th scope="col">"Event"</th><th scope="col">"State"</th><th scope="col" class="wide">"Answer"</th><th scope="col"><span class="sr-only">"Actions"</span></th></tr></thead><tbody>{rows}</tbody></table>
        </section>
    }
    .into_any()
}
