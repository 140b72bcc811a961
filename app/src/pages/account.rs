//! Signing up and signing in.

use crate::parts::field;
use leptos::prelude::*;

/// What was typed (never the password), and what was wrong.
#[derive(Clone, Debug, Default)]
pub struct AccountForm {
    /// As typed.
    pub email: String,
    /// Beside the address.
    pub email_error: Option<String>,
    /// Beside the password.
    pub password_error: Option<String>,
    /// Above the form.
    pub error: Option<String>,
    /// A preview to keep.
    pub keep: String,
    /// Where to go afterwards.
    pub next: String,
}

/// Sign up.
pub fn sign_up(form: AccountForm) -> AnyView {
    let keeps = !form.keep.is_empty();
    view! {
        <div class="narrow">
            <h1>"Sign up"</h1>
            <p class="muted">{if keeps { "Your preview becomes your first project." } else { "Keep projects, see what changes, fix and re-check." }}</p>
            {form.error.map(|e| view! { <p class="err" role="alert">{e}</p> })}
            <form method="post" action="/sign-up">
                <input type="hidden" name="keep" value=form.keep/>
                {field("email", "E-mail", "email", form.email, form.email_error, "Only for signing in and for what you ask to be mailed.", "email")}
                {field("password", "Password", "password", String::new(), form.password_error, "At least 12 characters. Three or four words in a row are good.", "new-password")}
                <button class="btn primary" type="submit">"Sign up"</button>
            </form>
            <p class="small muted">"Have an account? "<a href="/sign-in">"Sign in"</a></p>
        </div>
    }
    .into_any()
}

/// Sign in.
pub fn sign_in(form: AccountForm) -> AnyView {
    view! {
        <div class="narrow">
            <h1>"Sign in"</h1>
            {form.error.map(|e| view! { <p class="err" role="alert">{e}</p> })}
            <form method="post" action="/sign-in">
                <input type="hidden" name="next" value=form.next/>
                {field("email", "E-mail", "email", form.email, form.email_error, "", "email")}
                {field("password", "Password", "password", String::new(), form.password_error, "", "current-password")}
                <button class="btn primary" type="submit">"Sign in"</button>
            </form>
            <p class="small muted">"No account yet? "<a href="/sign-up">"Sign up"</a></p>
        </div>
    }
    .into_any()
}
