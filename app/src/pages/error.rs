//! When something is not there or went wrong.

use leptos::prelude::*;

/// The page: what happened, what to do, and the trace id for support.
pub fn page(headline: String, text: String, trace: Option<String>) -> AnyView {
    view! {
        <div class="live">
            <h1 class="word">{headline}</h1>
            <p class="muted">{text}</p>
            {trace.map(|t| view! { <p class="small muted">"If you ask us about it, name this: "<code class="mono">{t}</code></p> })}
            <p><a class="btn" href="/">"To the front page"</a></p>
        </div>
    }
    .into_any()
}
