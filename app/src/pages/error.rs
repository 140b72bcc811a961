//! When something is not there or went wrong.

use leptos::prelude::*;

/// The page: what happened, what to do, the trace id for support, and where to go on.
pub fn page(headline: String, text: String, trace: Option<String>, (href, words): (&'static str, &'static str)) -> AnyView {
    view! {
        <div class="live">
            <h1 class="word">{headline}</h1>
            <p class="muted">{text}</p>
            {trace.map(|t| view! { <p class="small muted">"If you ask us about it, name this: "<code class="mono">{t}</code></p> })}
            <p><a class="btn" href=href>{words}</a></p>
        </div>
    }
    .into_any()
}
