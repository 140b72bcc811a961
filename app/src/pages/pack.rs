//! The handover pack: made, given, signed.

use crate::parts::moment;
use leptos::prelude::*;
use store::Pack;

/// What the page shows.
#[derive(Clone, Debug)]
pub struct View {
    /// The domain for a person.
    pub domain: String,
    /// Address of the project.
    pub project: String,
    /// Newest first.
    pub packs: Vec<Pack>,
    /// Whether there is a result to freeze.
    pub scanned: bool,
    /// Whether the reader may make one.
    pub may_work: bool,
    /// Whether the reader may sign one.
    pub may_sign: bool,
    /// The key that signs here.
    pub key: String,
    /// Of which pack (empty for the page), and what is wrong.
    pub error: Option<(String, String)>,
}

/// The page.
pub fn page(v: &View) -> AnyView {
    let rows = v.packs.iter().map(|p| one(v, p)).collect_view();
    let error = v.error.clone().filter(|(id, _)| id.is_empty()).map(|(_, e)| view! { <p class="said fail" role="alert">{e}</p> });
    view! {
        <p class="crumbs small"><a href=v.project.clone()>{v.domain.clone()}</a>" / handover pack"</p>
        <div class="head"><h1>"Handover pack"</h1>{(v.may_work && v.scanned).then(|| view! { <span class="push"><form method="post" action=format!("{}/pack", v.project)><button class="btn primary" type="submit">"Make a pack"</button></form></span> })}</div>
        <p class="prose-note">"One ZIP with the reports, the evidence, the DNS zone, the documents, the change log and the files, frozen as they are at this moment. A signed list in it shows whether anything was changed later."</p>
        {error}
        {if v.packs.is_empty() { view! { <div class="empty"><p>{if v.scanned { "No pack yet. Complete the documents and answer the questions first; a pack can be made at any time, and again." } else { "Scan the project first; a pack freezes its newest result." }}</p><p><a class="btn" href=format!("{}/documents", v.project)>"Documents"</a></p></div> }.into_any() } else { view! { <ul class="packs">{rows}</ul> }.into_any() }}
        <section class="small">
            <h2>"To verify a pack"</h2>
            <pre class="note">"launch-ready verify PACK.zip --key "{v.key.clone()}</pre>
        </section>
    }
    .into_any()
}

fn one(v: &View, p: &Pack) -> AnyView {
    let error = v.error.clone().filter(|(id, _)| *id == p.id).map(|(_, e)| e);
    #[allow(clippy::cast_precision_loss, reason = "megabytes")]
    let size = format!("{:.1} MB", p.size as f64 / 1_048_576.0);
    let signed = if p.signed_at > 0 {
        view! { <p class="o pass">"Signed by "{p.signed_name.clone()}" ("{p.signed_by.clone()}"), "{moment(p.signed_at)}</p> }.into_any()
    } else if v.may_sign {
        let (bad, id) = (error.is_some(), format!("name-{}", p.id));
        view! {
            <details class="later" open=bad>
                <summary>"Sign it, as the founder"</summary>
                <form class="narrow" method="post" action=format!("{}/pack/{}/sign", v.project, p.id)>
                    <div class="field"><label for=id.clone()>"Your full name"</label><input id=id.clone() name="name" autocomplete="name" maxlength="120" aria-describedby=format!("{id}-hint") aria-invalid=bad.then_some("true")/><p id=format!("{id}-hint") class=if bad { "err" } else { "hint" }>{error.clone().unwrap_or_else(|| "It stands here with the time, and in the change log.".into())}</p></div>
                    <label class="choice"><input type="checkbox" name="read" value="yes"/><span>"I have opened the pack, and I hold every access that it names."</span></label>
                    <p><button class="btn primary" type="submit">"Sign"</button></p>
                </form>
            </details>
        }
        .into_any()
    } else {
        view! { <p class="o unknown">"Not signed yet"</p> }.into_any()
    };
    view! {
        <li>
            <p><a class="t" href=format!("{}/pack/{}.zip", v.project, p.id)>"Pack of "{moment(p.at)}</a>" "<span class="small muted">{size}", made by "{p.author.clone()}", of "<a href=format!("{}/scans/{}", v.project, p.scan)>"this scan"</a></span></p>
            <p class="small muted mono">"SHA-256 "{p.sha256.clone()}</p>
            {signed}
        </li>
    }
    .into_any()
}
