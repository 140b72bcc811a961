//! Making a passkey and signing in with one: the browser asks the device.

use leptos::prelude::*;

/// A button. With `options` a passkey is made of them; without, they are fetched from `ask` and an
/// existing one is used. What the device answers goes to `to`.
#[island]
pub fn Passkey(
    /// Options of a new passkey, as JSON; empty to use one.
    options: String,
    /// Where options come from.
    ask: String,
    /// Where the answer goes.
    to: String,
    /// On the button.
    words: String,
) -> impl IntoView {
    // Off until the browser has the code behind it, which is also what tells that there is any.
    let (busy, set_busy) = signal(true);
    Effect::new(move |_| set_busy.set(false));
    let (said, set_said) = signal(String::new());
    let (codes, set_codes) = signal(Vec::<String>::new());
    // Where a passkey is used, a form beside it has the main button.
    let look = if options.is_empty() { "btn" } else { "btn primary" };
    let press = move |_| {
        #[cfg(feature = "hydrate")]
        {
            if busy.get_untracked() {
                return;
            }
            set_busy.set(true);
            let (options, ask, to) = (options.clone(), ask.clone(), to.clone());
            leptos::task::spawn_local(async move {
                match device::talk(&options, &ask, &to).await {
                    Ok(device::Answer { to: Some(to), codes }) if codes.is_empty() => {
                        let _ = window().location().assign(&to);
                    }
                    Ok(answer) => {
                        set_said.set("The passkey is made.".into());
                        set_codes.set(answer.codes);
                    }
                    Err(why) => {
                        set_said.set(why);
                        set_busy.set(false);
                    }
                }
            });
        }
        #[cfg(not(feature = "hydrate"))]
        let _ = (&options, &ask, &to, set_busy, set_said, set_codes);
    };
    view! {
        <p class="acts"><button class=look type="button" disabled=busy on:click=press>{words}</button></p>
        <p class="small muted" role="status">{said}</p>
        <Show when=move || !codes.get().is_empty()>
            <p>"These recovery codes let you in, each once, when the device is lost. Keep them somewhere else. They are not shown again."</p>
            <pre tabindex="0">{move || codes.get().join("\n")}</pre>
            <p><a class="btn primary" href="/account">"I have kept them"</a></p>
        </Show>
    }
}

#[cfg(feature = "hydrate")]
mod device {
    use js_sys::{Function, Object, Promise, Reflect};
    use leptos::prelude::window;
    use wasm_bindgen::{JsCast, JsValue};
    use wasm_bindgen_futures::JsFuture;

    /// What the server made of it.
    pub struct Answer {
        pub to: Option<String>,
        pub codes: Vec<String>,
    }

    const NONE: &str = "This browser knows no passkeys.";
    const QUIET: &str = "The device gave no answer. Try again, or use another way.";

    fn method(of: &JsValue, name: &str) -> Option<Function> {
        Reflect::get(of, &name.into()).ok()?.dyn_into().ok()
    }

    async fn post(url: &str, body: Option<&str>) -> Option<serde_json::Value> {
        let init = web_sys::RequestInit::new();
        init.set_method("POST");
        let headers = web_sys::Headers::new().ok()?;
        headers.set("content-type", "application/json").ok()?;
        init.set_headers(&headers);
        if let Some(body) = body {
            init.set_body(&body.into());
        }
        let response: web_sys::Response = JsFuture::from(window().fetch_with_str_and_init(url, &init)).await.ok()?.dyn_into().ok()?;
        let text = JsFuture::from(response.text().ok()?).await.ok()?.as_string()?;
        serde_json::from_str(&text).ok()
    }

    pub async fn talk(options: &str, ask: &str, to: &str) -> Result<Answer, String> {
        let make = !options.is_empty();
        let options = if make { serde_json::from_str(options).ok() } else { post(ask, None).await };
        let public =
            options.as_ref().and_then(|o: &serde_json::Value| o.get("publicKey")).ok_or("No answer came. Try again in a moment.")?;
        let credential = credential(&public.to_string(), make).await?;
        let answer = post(to, Some(&credential)).await.ok_or("No answer came. Try again in a moment.")?;
        if let Some(said) = answer.get("said").and_then(serde_json::Value::as_str) {
            return Err(said.to_owned());
        }
        let codes = answer.get("codes").and_then(serde_json::Value::as_array);
        Ok(Answer {
            to: answer.get("to").and_then(serde_json::Value::as_str).map(str::to_owned),
            codes: codes.map(|l| l.iter().filter_map(|c| c.as_str().map(str::to_owned)).collect()).unwrap_or_default(),
        })
    }

    /// The browser's own reading and writing of the JSON forms (WebAuthn Level 3, section 5.1).
    async fn credential(options: &str, make: bool) -> Result<String, String> {
        let class = Reflect::get(&window(), &"PublicKeyCredential".into()).map_err(|_| NONE)?;
        let parse = method(&class, if make { "parseCreationOptionsFromJSON" } else { "parseRequestOptionsFromJSON" }).ok_or(NONE)?;
        let parsed = js_sys::JSON::parse(options).and_then(|o| parse.call1(&class, &o)).map_err(|_| NONE)?;
        let wish = Object::new();
        Reflect::set(&wish, &"publicKey".into(), &parsed).map_err(|_| NONE)?;
        let store = Reflect::get(&window().navigator(), &"credentials".into()).map_err(|_| NONE)?;
        let act = method(&store, if make { "create" } else { "get" }).ok_or(NONE)?;
        let promise: Promise = act.call1(&store, &wish).ok().and_then(|p| p.dyn_into().ok()).ok_or(QUIET)?;
        let made = JsFuture::from(promise).await.map_err(|_| QUIET)?;
        let json = method(&made, "toJSON").and_then(|f| f.call0(&made).ok()).ok_or(NONE)?;
        js_sys::JSON::stringify(&json).map(String::from).map_err(|_| QUIET.to_owned())
    }
}
