//! Many projects at once: what was pasted, and what each line would become.

use crate::shell::raw_text;
use leptos::prelude::*;
use readiness::Domain;

/// A line that was pasted.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its number.
    pub line: usize,
    /// The domain as it was typed.
    pub typed: String,
    /// Whose.
    pub client: String,
    /// As typed.
    pub tags: String,
    /// Why it is not added; empty if it is.
    pub said: String,
    /// What would be added.
    pub new: Option<Domain>,
}

/// The page.
pub fn page(text: &str, rows: &[Row], error: Option<String>) -> AnyView {
    let new = rows.iter().filter(|r| r.new.is_some()).count();
    let bad = error.is_some();
    let lines = rows
        .iter()
        .map(|r| {
            let (class, said) = match &r.new {
                Some(d) => ("pass", format!("will be added as {}", d.unicode())),
                None => ("warn", r.said.clone()),
            };
            view! { <tr><td class="num">{r.line}</td><td>{r.typed.clone()}</td><td>{r.client.clone()}</td><td>{r.tags.clone()}</td><td><span class=format!("o {class}")>{said}</span></td></tr> }
        })
        .collect_view();
    view! {
        <p class="crumbs small"><a href="/projects">"Projects"</a>" / import"</p>
        <div class="head"><h1>"Import projects"</h1></div>
        <form method="post" action="/projects/import">
            <div class="field"><label for="text">"One domain a line; or domain, client, tags as CSV; or a zone file"</label>
                <textarea id="text" name="text" rows="8" spellcheck="false" aria-describedby="text-hint" aria-invalid=bad.then_some("true") inner_html=raw_text(text)></textarea>
                <p id="text-hint" class=if bad { "err" } else { "hint" }>{error.unwrap_or_else(|| "Nothing is added before you have seen what it would be. A thousand lines at most.".into())}</p>
            </div>
            <span class="acts"><button class="btn" name="do" value="look">"Look at it"</button>{(new > 0).then(|| view! { <button class="btn primary" name="do" value="add">{format!("Add {}", crate::parts::count(new, "project", "projects"))}</button> })}</span>
        </form>
        {(!rows.is_empty()).then(|| view! {
            <section><header><h2>"What it would be"</h2><span class="small muted">{format!("{new} new, {} left out", rows.len() - new)}</span></header>
            <table class="list"><thead><tr><th scope="col" class="num">"Line"</th><th scope="col">"Domain"</th><th scope="col">"Client"</th><th scope="col">"Tags"</th><th scope="col">"What happens"</th></tr></thead><tbody>{lines}</tbody></table></section>
        })}
    }
    .into_any()
}
