//! A scan in progress, or one that ended without a result.

use crate::islands::{Live, LiveState};
use leptos::prelude::*;

/// The page of a scan that waits or runs.
pub fn page(domain: String, base: String, state: LiveState, may_cancel: bool) -> AnyView {
    let refresh = base.clone();
    view! {
        <div class="head"><h1>{domain}</h1><span class="small muted">"being scanned"</span>
            {may_cancel.then(|| view! { <form class="push" method="post" action=format!("{base}/cancel")><button class="btn" type="submit">"Cancel"</button></form> })}
        </div>
        <div class="live">
            <h2 class="word">"Looking"</h2>
            <p class="muted">"Name servers, mail records, certificates and pages, side by side. This page survives a reload; the result stays at this address."</p>
            <Live events=format!("{base}/events") state=state/>
            <noscript><p class="small"><a href=refresh>"See how far it is"</a></p></noscript>
        </div>
    }
    .into_any()
}

/// The page of a scan that was called off or failed.
pub fn ended(domain: String, headline: &'static str, why: String, again: Option<String>) -> AnyView {
    view! {
        <div class="head"><h1>{domain}</h1></div>
        <div class="live">
            <h2 class="word">{headline}</h2>
            <p class="muted">{why}</p>
            {match again {
                Some(action) => view! { <form method="post" action=action><button class="btn primary" type="submit">"Scan again"</button></form> }.into_any(),
                None => view! { <p><a class="btn primary" href="/">"Check a domain"</a></p> }.into_any(),
            }}
        </div>
    }
    .into_any()
}
