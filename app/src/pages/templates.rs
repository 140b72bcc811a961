//! How sprints of the workspace may begin.

use crate::parts::field;
use leptos::prelude::*;
use readiness::sprint::Template;
use readiness::tools::sprint::PACKAGES;

/// What the page shows.
#[derive(Clone, Debug)]
pub struct View {
    /// The templates that are kept.
    pub templates: Vec<Template>,
    /// Whether the reader may change them.
    pub owner: bool,
    /// As typed, or the standard one.
    pub typed: Template,
    /// The name of the one that is changed; empty for a new one.
    pub was: String,
    /// Field and what is wrong with it.
    pub errors: Vec<(&'static str, String)>,
}

fn error(v: &View, name: &str) -> Option<String> {
    v.errors.iter().find(|(f, _)| *f == name).map(|(_, e)| e.clone())
}

/// The page.
pub fn page(v: &View) -> AnyView {
    let rows = std::iter::once(&Template::standard())
        .chain(&v.templates)
        .map(|t| {
            let packages = if t.packages.is_empty() { "what the newest result suggests".to_owned() } else { t.packages.join(", ") };
            let ours = t.name == Template::standard().name;
            let change = (v.owner && !ours).then(|| {
                let href = format!("/workspace/sprints?{}#template", form_urlencoded::Serializer::new(String::new()).append_pair("change", &t.name).finish());
                view! { <span class="acts"><a class="btn small" href=href>"Change"</a><form method="post" action="/workspace/sprints/remove"><button class="btn quiet small" name="name" value=t.name.clone()>"Remove"</button></form></span> }
            });
            view! {
                <tr>
                    <td><b>{t.name.clone()}</b></td>
                    <td>{packages}</td>
                    <td class="wide">{format!("{} h", t.hours)}</td>
                    <td class="wide">{format!("more than {} h", t.large / 60)}</td>
                    <td>{change}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <p class="crumbs small"><a href="/workspace">"Workspace"</a>" / sprints"</p>
        <div class="head"><h1>"Sprint templates"</h1><span class="small muted">"how a sprint may begin: what is in it, how long its clock runs, what is too large for it"</span></div>
        <section class="first">
            <table class="list people">
                <thead><tr><th scope="col">"Name"</th><th scope="col">"Packages"</th><th scope="col" class="wide">"Clock"</th><th scope="col" class="wide">"Called out"</th><th scope="col"><span class="sr-only">"Actions"</span></th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
            <p class="muted">"A sprint is begun from its project’s page, with one of these."</p>
        </section>
        {v.owner.then(|| form(v))}
    }
    .into_any()
}

fn form(v: &View) -> AnyView {
    let t = v.typed.clone();
    let packages = PACKAGES
        .iter()
        .map(|p| {
            let on = t.packages.iter().any(|n| n == p.name);
            view! { <label class="choice"><input type="checkbox" name="package" value=p.name checked=on/><span><b>{p.name}</b>{format!(" · about {} h. {}", p.hours, p.result)}</span></label> }
        })
        .collect_view();
    view! {
        <section class="part" id="template">
            <h2>{if v.was.is_empty() { "A template of your own".to_owned() } else { format!("Change {}", v.was) }}</h2>
            <form class="narrow wide-form" method="post" action="/workspace/sprints">
                <input type="hidden" name="was" value=v.was.clone()/>
                {field("name", "Name", "text", t.name, error(v, "name"), "Such as: mail in a day.", "off")}
                <fieldset class="field"><legend>"What is in it"</legend>{packages}<p class="hint">"None ticked: what the newest result suggests."</p></fieldset>
                {field("hours", "Hours on the clock", "number", t.hours.to_string(), error(v, "hours"), "From the first minute, nights included.", "off")}
                {field("large", "A fix is called out above this many hours", "number", (t.large / 60).to_string(), error(v, "large"), "It leaves the plan visibly, with what it would take.", "off")}
                <button class="btn primary" type="submit">"Save the template"</button>
            </form>
        </section>
    }
    .into_any()
}
