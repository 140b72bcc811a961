//! Fields of forms.

use leptos::prelude::*;

/// The password once more before a dangerous deed, and with `second` a code too. `id` keeps forms of one
/// page apart; `name` is the password's field.
pub fn proof(id: &str, name: &'static str, error: Option<String>, second: bool) -> impl IntoView + use<> {
    let (id, hint, code, bad) = (format!("{id}-again"), format!("{id}-hint"), format!("{id}-second"), error.is_some());
    view! {
        <div class="field">
            <label for=id.clone()>"Your password"</label>
            <input id=id.clone() name=name type="password" autocomplete="current-password" aria-describedby=hint.clone() aria-invalid=bad.then_some("true")/>
            <p id=hint.clone() class="err">{error}</p>
        </div>
        {second.then(|| view! {
            <div class="field">
                <label for=code.clone()>"Code"</label>
                <input id=code.clone() name="second" type="text" autocomplete="one-time-code" spellcheck="false" autocapitalize="none"/>
                <p class="hint">"Six digits from your app, or a recovery code: your account has a second factor."</p>
            </div>
        })}
    }
}

/// A text field with its label, hint and error.
pub fn field(
    name: &'static str,
    label: &'static str,
    kind: &'static str,
    value: String,
    error: Option<String>,
    hint: &'static str,
    complete: &'static str,
) -> impl IntoView + use<> {
    let bad = error.is_some();
    let described = format!("{name}-hint");
    view! {
        <div class="field">
            <label for=name>{label}</label>
            <input id=name name=name type=kind value=value autocomplete=complete spellcheck="false" autocapitalize="none" aria-describedby=described.clone() aria-invalid=bad.then_some("true")/>
            <p id=described class=if bad { "err" } else { "hint" }>{error.unwrap_or_else(|| hint.to_owned())}</p>
        </div>
    }
}
