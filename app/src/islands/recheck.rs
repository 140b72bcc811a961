//! *Re-check*: asks again for one finding and says what was found.

use leptos::prelude::*;

/// A form that works without JavaScript; with it, the answer appears in place and the page follows.
#[island]
pub fn Recheck(
    /// Where the form goes.
    action: String,
) -> impl IntoView {
    let (busy, set_busy) = signal(false);
    let (said, set_said) = signal(String::new());
    let target = action.clone();
    let submit = move |event: leptos::ev::SubmitEvent| {
        #[cfg(feature = "hydrate")]
        {
            event.prevent_default();
            if busy.get_untracked() {
                return;
            }
            set_busy.set(true);
            set_said.set("Asking your own servers…".into());
            let target = target.clone();
            leptos::task::spawn_local(async move {
                match ask(&target).await {
                    Some((summary, after)) => {
                        set_said.set(summary);
                        set_timeout(
                            move || {
                                let _ = window().location().assign(&after);
                            },
                            std::time::Duration::from_millis(700),
                        );
                    }
                    None => {
                        set_said.set("No answer came. Try again in a moment.".into());
                        set_busy.set(false);
                    }
                }
            });
        }
        #[cfg(not(feature = "hydrate"))]
        let _ = (&event, &target, set_busy, set_said);
    };
    view! {
        <form class="acts" method="post" action=action on:submit=submit>
            <button class="btn primary" type="submit" disabled=busy>"Re-check"</button>
            <span class="small muted" role="status">{said}</span>
        </form>
    }
}

/// Posts the form and reads `{said, url}`.
#[cfg(feature = "hydrate")]
async fn ask(action: &str) -> Option<(String, String)> {
    use wasm_bindgen::JsCast;
    use wasm_bindgen_futures::JsFuture;
    let init = web_sys::RequestInit::new();
    init.set_method("POST");
    let headers = web_sys::Headers::new().ok()?;
    headers.set("accept", "application/json").ok()?;
    init.set_headers(&headers);
    let response: web_sys::Response = JsFuture::from(window().fetch_with_str_and_init(action, &init)).await.ok()?.dyn_into().ok()?;
    let body = JsFuture::from(response.text().ok()?).await.ok()?.as_string()?;
    let value: serde_json::Value = serde_json::from_str(&body).ok()?;
    let text = |k: &str| value.get(k).and_then(|v| v.as_str()).map(str::to_owned);
    Some((text("said")?, text("url").unwrap_or_else(|| window().location().href().unwrap_or_default())))
}
