//! All projects on one page: what needs somebody today, and a line each.

use super::portfolio_filter::{Filter, SORTS};
use crate::islands::Rows;
use crate::parts::{count, spark, verdict_class, whole};
use html_escape::encode_double_quoted_attribute as escape;
use leptos::prelude::*;
use readiness::domain::unicode;
use readiness::score::BarState;
use readiness::{Area, Brief, Verdict, time};
use store::{Line, Member, View};

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Portfolio<'a> {
    /// Every workspace of the reader.
    pub places: &'a [Member],
    /// The one that is looked at; none for all.
    pub here: Option<&'a Member>,
    /// The filters of the address.
    pub filter: &'a Filter,
    /// The projects that pass the filters, in order, each with its workspace.
    pub lines: &'a [(&'a Member, Line)],
    /// How many there are without filters.
    pub of: usize,
    /// What needs somebody today, seven at most.
    pub today: Vec<Need>,
    /// Clients, tags and owners that occur.
    pub clients: Vec<String>,
    /// See `clients`.
    pub tags: Vec<String>,
    /// Saved views.
    pub views: Vec<View>,
    /// What was just done.
    pub said: Option<String>,
    /// Epoch milliseconds.
    pub now: i64,
}

/// Something that needs somebody today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// Class of its mark: `fail`, `warn`, `unknown`.
    pub class: &'static str,
    /// Whose.
    pub domain: String,
    /// What.
    pub text: String,
    /// The words of the button, and where it leads.
    pub action: (&'static str, String),
}

/// The page.
pub fn page(p: &Portfolio) -> AnyView {
    let archived = p.filter.archived == "yes";
    let may_create = p.here.is_some_and(|m| m.create().is_some());
    let not_ready = p.lines.iter().filter(|(_, l)| l.brief.as_ref().is_some_and(|b| b.verdict.is_blocked())).count();
    let busy = p.lines.iter().filter(|(_, l)| l.busy).count();
    let told = if p.lines.len() == p.of {
        format!("{} · {not_ready} not ready", count(p.of, "project", "projects"))
    } else {
        format!("{} of {} · {not_ready} not ready", p.lines.len(), p.of)
    };
    view! {
        {(p.places.len() > 1).then(|| switcher(p))}
        <div class="head">
            <h1>{if archived { "Archive" } else { "Projects" }}</h1>
            {(p.of > 0).then(|| view! { <span class="small muted">{told}</span> })}
            <span class="push">
                <a class="btn quiet" href=if archived { "/projects" } else { "/projects?archived=yes" }>{if archived { "Active projects" } else { "Archive" }}</a>
                <a class="btn quiet" href="/assigned">"Assigned to me"</a>
                {p.here.map(|_| view! { <a class="btn quiet" href="/workspace">"Workspace"</a> })}
                {may_create.then(|| view! { <a class="btn" href="/projects/import">"Import"</a><a class="btn primary" href="/projects/new">"New project"</a> })}
            </span>
        </div>
        {p.said.clone().map(|s| view! { <p class="said pass" role="status">{s}</p> })}
        {(busy > 0).then(|| view! { <p class="small muted" role="status"><progress max=p.lines.len().to_string() value=(p.lines.len() - busy).to_string() aria-label="Scans"></progress>" "{format!("{busy} being scanned. ")}<a href=p.filter.href()>"Look again"</a></p> })}
        {(!p.today.is_empty()).then(|| today(&p.today))}
        {if p.of == 0 { empty(p, may_create) } else { list(p, archived) }}
    }
    .into_any()
}

fn empty(p: &Portfolio, may_create: bool) -> AnyView {
    let archived = p.filter.archived == "yes";
    let text = if archived {
        "Nothing is archived."
    } else if may_create || p.here.is_none() {
        "No project yet. A project is one product to launch: its domain, the hosts that belong to it, and every scan of it."
    } else {
        "No project here is yours to see yet. An owner of the workspace can change that."
    };
    view! { <div class="empty"><p>{text}</p>{(!archived && may_create).then(|| view! { <p><a class="btn primary" href="/projects/new">"Create the first one"</a></p> })}</div> }.into_any()
}

fn today(needs: &[Need]) -> impl IntoView + use<> {
    let rows = needs
        .iter()
        .map(|n| {
            let (words, href) = n.action.clone();
            let label = format!("{words}: {}", n.domain);
            view! { <li><span class=format!("o {}", n.class)>{n.domain.clone()}</span><span>{n.text.clone()}</span><a class="btn" href=href aria-label=label>{words}</a></li> }
        })
        .collect_view();
    view! { <section class="first"><header><h2>"Needs you today"</h2></header><ul class="needs">{rows}</ul></section> }
}

fn list(p: &Portfolio, archived: bool) -> AnyView {
    let heat = p.filter.show == "heat";
    let body = match (p.lines.is_empty(), heat) {
        (true, _) => {
            view! { <div class="empty"><p>"No project passes these filters. "<a href="/projects">"Show all"</a></p></div> }.into_any()
        }
        (false, true) => heat_map(p),
        (false, false) => table(p, archived),
    };
    let other = p.filter.with("show", if heat { "" } else { "heat" });
    view! {
        <section>
            <header>
                <h2>{if archived { "Archived projects" } else { "All projects" }}</h2>
                <span class="small muted">{p.filter.sort_label()}</span>
                <span class="push small"><a href=other>{if heat { "As a list" } else { "Minimum bar of all" }}</a><a href=p.filter.csv()>"CSV"</a></span>
            </header>
            {filters(p)}
            {body}
        </section>
    }
    .into_any()
}

/// The filters, which stand in the address: they survive a reload and can be linked.
fn filters(p: &Portfolio) -> AnyView {
    let f = p.filter.clone();
    let choice = |label: &'static str, name: &'static str, now: &str, all: &'static str, list: Vec<(String, String)>| {
        let options = list
            .into_iter()
            .map(|(v, t)| {
                let on = v == now;
                view! { <option value=v selected=on>{t}</option> }
            })
            .collect_view();
        view! { <label><span class="sr-only">{label}</span><select name=name><option value="">{all}</option>{options}</select></label> }
    };
    let same = |list: &[String]| list.iter().map(|c| (c.clone(), c.clone())).collect::<Vec<_>>();
    let verdicts = Verdict::ALL
        .iter()
        .map(|v| (v.word().to_owned(), v.label().to_owned()))
        .chain([("none".to_owned(), "Not scanned".to_owned())])
        .collect();
    let sorts = SORTS.iter().map(|(w, t)| ((*w).to_owned(), (*t).to_owned())).collect();
    let views = p
        .views
        .iter()
        .map(|v| {
            let current = (v.query == p.filter.query()).then_some("page");
            view! { <li><a href=format!("/projects?{}", v.query) aria-current=current>{v.name.clone()}</a><form method="post" action="/projects/views/forget"><button class="btn quiet small" name="view" value=v.id.clone() aria-label=format!("Forget the view {}", v.name)>"×"</button></form></li> }
        })
        .collect_view();
    let save = (p.filter.is_filtered() && p.here.is_some()).then(|| {
        view! {
            <form class="acts" method="post" action="/projects/views">
                <input type="hidden" name="query" value=p.filter.query()/>
                <label class="sr-only" for="view-name">"Name of the view"</label>
                <input class="cell" id="view-name" name="name" required=true maxlength="60" placeholder="Name of this view"/>
                <button class="btn small" type="submit">"Save the view"</button>
                <a class="btn quiet small" href="/projects">"All projects"</a>
            </form>
        }
    });
    view! {
        <form class="filters" method="get" action="/projects" role="search">
            <label><span class="sr-only">"Search"</span><input class="cell" type="search" name="q" value=f.q.clone() placeholder="Search domain, client, tag" id="search-projects" data-rows="projects"/></label>
            {choice("Verdict", "verdict", &f.verdict, "Any verdict", verdicts)}
            {(!p.clients.is_empty()).then(|| choice("Client", "client", &f.client, "Any client", same(&p.clients)))}
            {(!p.tags.is_empty()).then(|| choice("Tag", "tag", &f.tag, "Any tag", same(&p.tags)))}
            {choice("Owner", "owner", &f.owner, "Anybody", vec![("me".into(), "Mine".into()), ("none".into(), "Nobody's".into())])}
            {choice("Order", "sort", &f.sort, "By what hurts most", sorts)}
            {(!p.clients.is_empty()).then(|| choice("Group", "group", &f.group, "No groups", vec![("client".into(), "By client".into())]))}
            {(!f.archived.is_empty()).then(|| view! { <input type="hidden" name="archived" value=f.archived.clone()/> })}
            {(!f.all.is_empty()).then(|| view! { <input type="hidden" name="all" value=f.all.clone()/> })}
            {(!f.show.is_empty()).then(|| view! { <input type="hidden" name="show" value=f.show.clone()/> })}
            <button class="btn small" type="submit">"Show"</button>
        </form>
        {(!p.views.is_empty()).then(|| view! { <ul class="views small" aria-label="Saved views">{views}</ul> })}
        {save}
    }
    .into_any()
}

/// From one workspace to another, or to all.
fn switcher(p: &Portfolio) -> impl IntoView + use<> {
    let here = p.here.map(|m| m.workspace().clone());
    let items = p
        .places
        .iter()
        .map(|m| {
            let current = (Some(m.workspace()) == here.as_ref()).then_some("true");
            view! { <button class="btn quiet" name="workspace" value=m.workspace().to_string() aria-current=current>{super::workspace::dot(m.colour())}{m.name().to_owned()}</button> }
        })
        .collect_view();
    view! {
        <form class="switch" method="post" action="/workspace/switch" aria-label="Workspaces">
            {items}
            <a class="btn quiet" href="/projects?all=yes" aria-current=here.is_none().then_some("true")>"All"</a>
        </form>
    }
}

/// The columns after the tick, each with its class.
const COLUMNS: [(&str, &str); 8] = [
    ("", "Project"),
    ("", "Verdict"),
    ("num", "Score"),
    ("wide", "Trend"),
    ("wide", "Open"),
    ("wide", "Changed"),
    ("wide", "Runs out"),
    ("wide", "Scanned"),
];

/// Rows that a browser lays out together; those out of sight wait until they are scrolled to.
const ROWS: usize = 25;

fn table(p: &Portfolio, archived: bool) -> AnyView {
    let mut body = String::with_capacity(p.lines.len() * 800);
    let (named, grouped) = (p.here.is_none(), p.filter.group == "client");
    let parts: Vec<_> = if grouped {
        p.lines.chunk_by(|(_, a), (_, b)| a.filed.client == b.filed.client).collect()
    } else {
        p.lines.chunks(ROWS).collect()
    };
    for part in parts {
        body.push_str("<tbody>");
        if grouped && let Some((_, first)) = part.first() {
            body.push_str("<tr class=group><th scope=rowgroup colspan=9>");
            body.push_str(&escape(if first.filed.client.is_empty() { "No client" } else { &first.filed.client }));
        }
        for (m, l) in part {
            row(&mut body, l, named.then(|| m.name()), p.now, grouped);
        }
    }
    let head: String = COLUMNS.iter().map(|(class, name)| format!("<th scope=col class=\"{class}\">{name}")).collect();
    let whole = format!("<thead><tr><th scope=col class=pick><span class=sr-only>Choose</span>{head}{body}");
    let works = p.lines.iter().any(|(m, l)| m.work(&l.id).is_some());
    view! {
        <form method="post" action="/projects/bulk">
            <input type="hidden" name="back" value=p.filter.query()/>
            <table class="list portfolio" id="projects" inner_html=whole></table>
            {works.then(|| actions(archived))}
        </form>
        <Rows table="projects".to_owned() search="search-projects".to_owned()/>
    }
    .into_any()
}

fn actions(archived: bool) -> impl IntoView {
    let keep = if archived { ("restore", "Bring back") } else { ("archive", "Archive") };
    view! {
        <div class="acts chosen">
            <span class="small muted" id="chosen" aria-live="polite">"With the chosen:"</span>
            {(!archived).then(|| view! { <button class="btn small" name="do" value="scan">"Scan"</button> })}
            <label class="sr-only" for="bulk-tag">"Tag"</label><input class="cell" id="bulk-tag" name="tag" maxlength="30" placeholder="tag"/><button class="btn small" name="do" value="tag">"Add tag"</button>
            <label class="sr-only" for="bulk-client">"Client"</label><input class="cell" id="bulk-client" name="client" maxlength="80" placeholder="client"/><button class="btn small" name="do" value="client">"Set client"</button>
            <label class="sr-only" for="bulk-rhythm">"Schedule"</label><select id="bulk-rhythm" name="rhythm"><option value="daily">"daily"</option><option value="weekly">"weekly"</option><option value="monthly">"monthly"</option><option value="">"never"</option></select><button class="btn small" name="do" value="schedule">"Schedule"</button>
            <button class="btn small" name="do" value=keep.0>{keep.1}</button>
        </div>
    }
}

/// One project. Written as text: a thousand of them are a page.
fn row(out: &mut String, l: &Line, workspace: Option<&str>, now: i64, grouped: bool) {
    use std::fmt::Write;
    let mut sub = vec![];
    if !grouped && !l.filed.client.is_empty() {
        sub.push(escape(&l.filed.client).into_owned());
    }
    sub.extend(l.filed.tags.iter().map(|t| format!("#{}", escape(t))));
    if !l.owner.is_empty() {
        sub.push(escape(&l.owner).into_owned());
    }
    sub.extend(workspace.map(|w| escape(w).into_owned()));
    if l.busy {
        sub.push("being scanned".into());
    }
    let domain = unicode(&l.domain);
    let domain = escape(&domain);
    let _ = write!(
        out,
        "<tr><td class=pick><input type=checkbox name=p value={} aria-label=\"Choose {domain}\"><td><a class=t href=/projects/{}>{domain}</a>",
        l.id, l.id
    );
    if !sub.is_empty() {
        let _ = write!(out, "<span class=sub>{}</span>", sub.join(" · "));
    }
    let Some(b) = &l.brief else {
        out.push_str("<td><span class=muted>not scanned</span><td class=num>–<td class=wide><td class=wide>–<td class=wide>–<td class=wide>–<td class=wide>–");
        return;
    };
    let _ = write!(
        out,
        "<td><span class=\"o {}\">{}</span><td class=num>{}<span class=sub>{} %</span><td class=wide>{}<td class=wide>{}<td class=wide>{}<td class=wide>{}<td class=wide>{}",
        verdict_class(b.verdict),
        b.verdict.label(),
        whole(b.score),
        whole(b.coverage * 100.0),
        spark(&b.scores),
        if b.blockers.is_empty() { "–".to_owned() } else { count(b.blockers.len(), "blocker", "blockers") },
        changed(b),
        runs_out(b, now),
        time::ago(b.at, now),
    );
}

fn changed(b: &Brief) -> String {
    match (b.fixed, b.worse) {
        (0, 0) => "–".into(),
        (up, 0) => format!("▲ {up}"),
        (0, down) => format!("▼ {down}"),
        (up, down) => format!("▲ {up} ▼ {down}"),
    }
}

fn runs_out(b: &Brief, now: i64) -> String {
    b.soonest().map_or_else(
        || "–".to_owned(),
        |x| {
            let days = (x.at - now).div_euclid(time::DAY_MS);
            if days < 0 { format!("{} ended", x.kind.label()) } else { format!("{} in {days} d", x.kind.label()) }
        },
    )
}

/// Projects against the eight areas of the minimum bar.
fn heat_map(p: &Portfolio) -> AnyView {
    let areas: Vec<Area> = Area::ALL.iter().copied().filter(|a| a.in_minimum_bar()).collect();
    let head = areas.iter().map(|a| view! { <th scope="col">{a.word()}</th> }).collect_view();
    let rows = p
        .lines
        .iter()
        .map(|(_, l)| {
            let cells = areas
                .iter()
                .enumerate()
                .map(|(i, a)| {
                    let (class, word) = match l.brief.as_ref().and_then(|b| b.bar.get(i)) {
                        Some(BarState::Met) => ("pass", "met"),
                        Some(BarState::NotMet) => ("fail", "not met"),
                        Some(BarState::Unverified) => ("unknown", "unverified"),
                        None => ("na", "not scanned"),
                    };
                    view! { <td><span class=format!("o {class}") title=format!("{}: {word}", a.word())><span class="sr-only">{word}</span></span></td> }
                })
                .collect_view();
            view! { <tr><th scope="row"><a class="t" href=format!("/projects/{}", l.id)>{unicode(&l.domain)}</a></th>{cells}</tr> }
        })
        .collect_view();
    view! {
        <p class="small muted">"The eight areas that must hold before a launch: "<span class="o pass">"met"</span>" "<span class="o fail">"not met"</span>" "<span class="o unknown">"unverified"</span></p>
        <div class="scroll" tabindex="0" role="region" aria-label="Minimum bar of all projects"><table class="heat"><thead><tr><th scope="col">"Project"</th>{head}</tr></thead><tbody>{rows}</tbody></table></div>
    }
    .into_any()
}
