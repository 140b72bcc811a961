//! Second factors: setting them up, and being asked for them.

use crate::islands::Passkey;
use crate::parts::{field, proof};
use leptos::prelude::*;

/// An app for codes: its picture to scan, its secret to type, and a code to prove it.
pub fn totp(picture: String, secret: &str, [code_error, password_error]: [Option<String>; 2], second: bool) -> AnyView {
    let spaced = secret.as_bytes().chunks(4).map(|c| String::from_utf8_lossy(c).into_owned()).collect::<Vec<_>>().join(" ");
    view! {
        <p class="crumbs small"><a href="/account">"Account"</a>" / app for codes"</p>
        <div class="narrow">
            <h1>"An app for codes"</h1>
            <p>"Scan the picture with an app such as Aegis, 1Password or Google Authenticator, or type the secret there. From then on signing in asks for the code that it shows."</p>
            <div class="qr" role="img" aria-label="The secret as a picture to scan" inner_html=picture></div>
            <pre tabindex="0">{spaced}</pre>
            <form method="post" action="/account/totp">
                {field("code", "The code that it shows", "text", String::new(), code_error, "Six digits.", "one-time-code")}
                {proof("totp", "password", password_error, second)}
                <button class="btn primary" type="submit">"Use the app"</button>
            </form>
        </div>
    }
    .into_any()
}

/// Recovery codes, once.
pub fn codes(codes: &[String]) -> AnyView {
    let some = !codes.is_empty();
    view! {
        <div class="narrow">
            <h1>"Recovery codes"</h1>
            {if some { view! {
                <p>"Each of these lets you in once when the device is lost. Keep them where you would look then, not on the device itself. They are not shown again."</p>
                <pre tabindex="0">{codes.join("\n")}</pre>
            }.into_any() } else { view! { <p>"Done. The recovery codes that you have go on to work."</p> }.into_any() }}
            <p><a class="btn primary" href="/account">"I have kept them"</a></p>
        </div>
    }
    .into_any()
}

/// Makes a passkey.
pub fn passkey(options: String) -> AnyView {
    view! {
        <p class="crumbs small"><a href="/account">"Account"</a>" / passkey"</p>
        <div class="narrow">
            <h1>"A passkey"</h1>
            <p>"Your device keeps it and unlocks it with a PIN, a finger or your face. It signs you in without a password, and no false site can ask for it."</p>
            <Passkey options=options ask=String::new() to="/account/passkeys/finish".to_owned() words="Make the passkey".to_owned()/>
        </div>
    }
    .into_any()
}

/// Asks for the second factor at a sign-in.
pub fn second(app: bool, keys: bool, next: String, error: Option<String>) -> AnyView {
    let hint = if app { "Six digits from the app, or a recovery code." } else { "One of your recovery codes." };
    let to = format!("/sign-in/passkey/finish?next={}", next.replace('&', "%26"));
    view! {
        <div class="narrow">
            <h1>"The second step"</h1>
            <p class="muted">"The password was right. Now show that it is you."</p>
            {keys.then(|| view! { <Passkey options=String::new() ask="/sign-in/passkey".to_owned() to=to words="Use a passkey".to_owned()/> })}
            <form method="post" action="/sign-in/second">
                {field("code", "Code", "text", String::new(), error, hint, "one-time-code")}
                <button class="btn primary" type="submit">"Sign in"</button>
            </form>
            <p class="small muted">"Lost both? Whoever runs this instance can help."</p>
        </div>
    }
    .into_any()
}
