//! The front page: what it is in one breath, and one field.

use crate::parts::track;
use leptos::prelude::*;
use readiness::Assessment;

/// What was typed, and what was wrong with it.
#[derive(Clone, Debug, Default)]
pub struct FrontForm {
    /// As typed.
    pub domain: String,
    /// The sentence beside the field.
    pub error: Option<String>,
}

/// The page; `empty` is an assessment of nothing, whose roadmap shows what will be looked at.
pub fn page(form: FrontForm, empty: &Assessment) -> AnyView {
    let bad = form.error.is_some();
    let checked = empty.findings.iter().filter(|f| f.implemented).count();
    view! {
        <div class="front">
            <h1>"Can your first customers sign in, get your mail, and pay?"</h1>
            <p>"Type your domain. In seconds you see what would break a launch, in the order in which it is safe to fix, with the exact record or line to paste."</p>
            <form class="ask" method="post" action="/preview">
                <label class="sr-only" for="domain">"Your domain"</label>
                <input id="domain" name="domain" type="text" inputmode="url" placeholder="acme.com" value=form.domain spellcheck="false" autocapitalize="none" autocomplete="url" required="" aria-invalid=bad.then_some("true") aria-describedby="domain-note"/>
                <button class="btn primary" type="submit">"Check it"</button>
            </form>
            {form.error.map(|e| view! { <p class="err" role="alert">{e}</p> })}
            <p class="note" id="domain-note">"No account. An ordinary visit to your site; nothing is changed, and what was seen is forgotten after 7 days."</p>
        </div>
        <section>
            <header><h2>"Seven stages, from a first look to the keys in your hand"</h2><span class="small muted">{format!("{} checks; {checked} are looked at from outside by this version", empty.findings.len())}</span></header>
            {track(empty, "")}
        </section>
        <section class="three">
            <div><h3>"A verdict, then a number"</h3><p class="muted">"Ready or not is decided by blockers. The score shows how far it is, with the range that is still unknown and the cap that holds it down."</p></div>
            <div><h3>"Fixes in a safe order"</h3><p class="muted">"HTTPS before HSTS, SPF before DMARC. A fix that would break production when applied too early is locked until its turn."</p></div>
            <div><h3>"The value to paste"</h3><p class="muted">"The merged record, the header, the server block, made from what was seen at your domain, with how to undo it."</p></div>
        </section>
    }
    .into_any()
}
