//! Signing up and in, what comes by mail, and the page of one's own account.

use crate::islands::Passkey;
use crate::parts::{count, field, moment, proof};
use leptos::prelude::*;
use store::{Device, Factors, PasskeyRow, SecurityRow};

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
    /// The secret of the first administrator's link.
    pub setup: String,
    /// Whether this site's address allows passkeys.
    pub passkeys: bool,
    /// The name of another site to sign in by.
    pub oidc: Option<String>,
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
                <input type="hidden" name="next" value=form.next/>
                {(!form.setup.is_empty()).then(|| view! { <input type="hidden" name="setup" value=form.setup/> })}
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
    let next = form.next.replace('&', "%26");
    let to = format!("/sign-in/passkey/finish?next={next}");
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
            {form.passkeys.then(|| view! { <Passkey options=String::new() ask="/sign-in/passkey".to_owned() to=to words="Sign in with a passkey".to_owned()/> })}
            {form.oidc.map(|name| view! { <p class="acts"><a class="btn" href=format!("/sign-in/oidc?next={next}")>{format!("Sign in by {name}")}</a></p> })}
            <p class="small muted">"No account yet? "<a href="/sign-up">"Sign up"</a>" · "<a href="/forgot">"Forgot the password"</a></p>
        </div>
    }
    .into_any()
}

/// Asks for the address to which a letter for a new password goes.
pub fn forgot(form: AccountForm) -> AnyView {
    view! {
        <div class="narrow">
            <h1>"Forgot the password"</h1>
            <p class="muted">"Type the address of your account. If there is one, it gets a letter with a link."</p>
            {form.error.map(|e| view! { <p class="err" role="alert">{e}</p> })}
            <form method="post" action="/forgot">
                {field("email", "E-mail", "email", form.email, form.email_error, "", "email")}
                <button class="btn primary" type="submit">"Send the letter"</button>
            </form>
            <p class="small muted">"Remembered it? "<a href="/sign-in">"Sign in"</a></p>
        </div>
    }
    .into_any()
}

/// Says that the letter is on its way, if there is an account.
pub fn sent(email: String) -> AnyView {
    view! {
        <div class="narrow">
            <h1>"Look into your mailbox"</h1>
            <p>"If "<b>{email}</b>" has an account, a letter with a link is on its way. It works for one hour. Look into the spam folder too."</p>
            <p><a class="btn" href="/sign-in">"Back to signing in"</a></p>
        </div>
    }
    .into_any()
}

/// Asks for a new password. `second` is whether the account has a second factor, `tokens` whether it has
/// tokens or feeds.
pub fn reset(link: String, error: Option<String>, second: bool, tokens: bool) -> AnyView {
    view! {
        <div class="narrow">
            <h1>"Choose a new password"</h1>
            <p class="muted">{if second { "Every device is signed out. Then your second factor lets you in here." } else { "Every device is signed out, and you are signed in here." }}</p>
            <form method="post" action="/reset">
                <input type="hidden" name="link" value=link/>
                {field("password", "New password", "password", String::new(), error, "At least 12 characters. Three or four words in a row are good.", "new-password")}
                {tokens.then(programs)}
                <button class="btn primary" type="submit">"Set the password"</button>
            </form>
        </div>
    }
    .into_any()
}

/// Confirms an address. Who presses it in another browser than the one that signed up shows by the
/// password that the account is theirs; `moves` are the projects that would move into an account that has
/// the address already.
pub fn confirm(action: &'static str, link: String, email: String, password: bool, error: Option<String>, moves: Vec<String>) -> AnyView {
    let list = (!moves.is_empty()).then(|| {
        let rows = moves.into_iter().map(|m| view! { <li>{m}</li> }).collect_view();
        view! { <p>"This address has an account already. These projects move into it, without the links and badges made for them:"</p><ul>{rows}</ul> }
    });
    view! {
        <div class="narrow">
            <h1>"Confirm your address"</h1>
            <p>"The address is "<b>{email}</b>"."</p>
            {list}
            <form method="post" action=action>
                <input type="hidden" name="link" value=link/>
                {password.then(|| view! {
                    <p class="muted">"This browser is not signed in to the account. Type the account’s password."</p>
                    {field("password", "Password", "password", String::new(), error, "", "current-password")}
                })}
                <button class="btn primary" type="submit">"Confirm the address"</button>
            </form>
            {password.then(|| view! { <p class="small muted">"You did not ask for this? Do nothing. "<a href="/forgot">"Forgot the password"</a>"?"</p> })}
        </div>
    }
    .into_any()
}

/// A link that does not work any more.
pub fn gone(text: String) -> AnyView {
    view! {
        <div class="narrow">
            <h1>"This link is used up"</h1>
            <p>{text}</p>
            <p><a class="btn" href="/sign-in">"Sign in"</a></p>
        </div>
    }
    .into_any()
}

/// Leads to another site, to connect the account there.
pub fn connect(name: String, url: String) -> AnyView {
    view! {
        <div class="narrow">
            <h1>{format!("Connect {name}")}</h1>
            <p>{format!("Go on to {name} and sign in there. It sends you back here.")}</p>
            <p class="acts"><a class="btn primary" href=url>{format!("Go on to {name}")}</a>" "<a class="btn" href="/account">"Not now"</a></p>
        </div>
    }
    .into_any()
}

/// After an account was given up.
pub fn goodbye(date: String) -> AnyView {
    view! {
        <div class="narrow">
            <h1>"Goodbye"</h1>
            <p>"Your account, its projects and all that was learned about them will be deleted on "<b>{date}</b>". Sign in before then, and everything stays."</p>
            <p><a class="btn" href="/">"To the front page"</a></p>
        </div>
    }
    .into_any()
}

/// What the page of one's own account shows besides the devices.
#[derive(Clone, Debug, Default)]
pub struct OwnPage {
    /// The address.
    pub email: String,
    /// Whether it is proved.
    pub confirmed: bool,
    /// What was just done.
    pub note: Option<String>,
    /// Beside the present password.
    pub password_error: Option<String>,
    /// Beside the new one.
    pub new_password_error: Option<String>,
    /// As typed.
    pub new_email: String,
    /// Beside the new address.
    pub new_email_error: Option<String>,
    /// Beside the password of that form.
    pub email_password_error: Option<String>,
    /// Beside the password of the last form.
    pub delete_error: Option<String>,
    /// What there is besides the password.
    pub factors: Factors,
    /// Whether this site's address allows passkeys.
    pub passkeys: bool,
    /// The name of another site to sign in by, and whether the account is bound to it.
    pub oidc: Option<(String, bool)>,
    /// Beside the password that binds it.
    pub oidc_error: Option<String>,
    /// Beside the password that changes codes.
    pub factor_error: Option<String>,
    /// Beside the password that changes passkeys.
    pub passkey_error: Option<String>,
    /// Whether a code is asked for beside each password: there is a second factor, and it was not shown
    /// a short while ago.
    pub second: bool,
    /// Whether the account has tokens or feeds that a new password could end.
    pub programs: bool,
    /// What happened at the account's door, the newest first.
    pub log: Vec<SecurityRow>,
}

/// One's own account.
pub fn own(page: OwnPage, devices: &[Device], this: &str) -> AnyView {
    let rows = devices.iter().map(|d| device(d, d.key == this)).collect_view();
    let state = if page.confirmed {
        "It is confirmed."
    } else {
        "It is not confirmed yet. Until it is, no report is mailed, no leftover files are looked for, and second factors, tokens, links, channels and feeds wait."
    };
    let change_email = page.new_email_error.is_some() || page.email_password_error.is_some();
    let change_password = page.password_error.is_some() || page.new_password_error.is_some();
    let give_up = page.delete_error.is_some();
    let second = page.second;
    let log = page.log.iter().map(happened).collect_view();
    let confirm_keys = second && page.passkeys && !page.factors.passkeys.is_empty();
    view! {
        <div class="head"><h1>"Account"</h1></div>
        {page.note.map(|n| view! { <p class="note" role="status">{n}</p> })}
        {confirm_keys.then(|| view! {
            <div class="note">
                <p>"Changes on this page ask for your second factor: a code beside the password, or your passkey now."</p>
                <Passkey options=String::new() ask="/sign-in/passkey".to_owned() to="/sign-in/passkey/finish?next=/account".to_owned() words="Show the passkey".to_owned()/>
            </div>
        })}
        <section class="part">
            <h2>"Address"</h2>
            <p><b>{page.email}</b>" · "{state}</p>
            {(!page.confirmed).then(|| view! { <form method="post" action="/account/confirm"><button class="btn" type="submit">"Send the letter again"</button></form> })}
            <details class="later" open=change_email>
                <summary>"Change the address"</summary>
                <form class="narrow" method="post" action="/account/email">
                    {field("email", "New address", "email", page.new_email, page.new_email_error, "It changes when that mailbox confirms it.", "email")}
                    {proof("email", "email_password", page.email_password_error, second)}
                    <button class="btn" type="submit">"Change the address"</button>
                </form>
            </details>
        </section>
        <section class="part">
            <h2>"Password"</h2>
            <details class="later" open=change_password>
                <summary>"Change the password"</summary>
                <form class="narrow" method="post" action="/account/password">
                    {proof("change", "password", page.password_error, second)}
                    {field("new_password", "New password", "password", String::new(), page.new_password_error, "At least 12 characters. Every other device is signed out.", "new-password")}
                    {page.programs.then(programs)}
                    <button class="btn" type="submit">"Set the password"</button>
                </form>
            </details>
        </section>
        <section class="part">
            <h2>"Second step"</h2>
            {second_step(&page.factors, page.factor_error, second)}
        </section>
        {page.passkeys.then(|| view! { <section class="part"><h2>"Passkeys"</h2>{passkeys(&page.factors, page.passkey_error, second)}</section> })}
        {page.oidc.map(|(name, bound)| other_site(&name, bound, page.oidc_error, second))}
        <section class="part">
            <h2>"Devices"</h2>
            <table class="list">
                <thead><tr><th scope="col">"Device"</th><th scope="col" class="wide">"Signed in"</th><th scope="col">"Last seen"</th><th scope="col"><span class="sr-only">"Actions"</span></th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
            {(devices.len() > 1).then(|| view! { <form method="post" action="/account/devices/others"><button class="btn" type="submit">"Sign out everywhere else"</button></form> })}
        </section>
        <section class="part">
            <h2>"Security log"</h2>
            <p class="muted">"Sign-ins, refused ones, and changes of how you sign in, for 90 days. Only the network of an address is kept."</p>
            <table class="list">
                <thead><tr><th scope="col">"When"</th><th scope="col">"What"</th><th scope="col" class="wide">"With"</th><th scope="col" class="wide">"From"</th></tr></thead>
                <tbody>{log}</tbody>
            </table>
        </section>
        <section class="part">
            <h2>"Your data"</h2>
            <p><a class="btn" href="/account/export">"Download everything"</a></p>
            <details class="later" open=give_up>
                <summary>"Delete the account"</summary>
                <form class="narrow" method="post" action="/account/delete">
                    <p>"The account, its projects and all that was learned about them are deleted after 14 days. Sign in before then, and everything stays."</p>
                    {proof("delete", "delete_password", page.delete_error, second)}
                    <button class="btn" type="submit">"Delete the account"</button>
                </form>
            </details>
        </section>
    }
    .into_any()
}

fn other_site(name: &str, bound: bool, error: Option<String>, second: bool) -> AnyView {
    let (to, words, state) = if bound {
        ("/account/oidc/off", "Disconnect it", "It is connected: it signs you in here.")
    } else {
        ("/account/oidc", "Connect it", "Once it is connected, it signs you in here.")
    };
    let open = error.is_some();
    view! {
        <section class="part">
            <h2>{format!("Sign in by {name}")}</h2>
            <p class="muted">{state}</p>
            <details class="later" open=open><summary>{words}</summary><form class="narrow" method="post" action=to>{proof("oidc", "password", error, second)}<button class="btn" type="submit">{words}</button></form></details>
        </section>
    }
    .into_any()
}

fn second_step(f: &Factors, error: Option<String>, second: bool) -> AnyView {
    let codes = f.any().then(|| {
        let left = count(usize::try_from(f.codes).unwrap_or(0), "recovery code is", "recovery codes are");
        view! {
            <p>{left}" left."</p>
            <details class="later">
                <summary>"Get new recovery codes"</summary>
                <form class="narrow" method="post" action="/account/codes">{proof("codes", "password", None, second)}<button class="btn" type="submit">"Show new codes"</button></form>
            </details>
        }
    });
    if f.totp.is_empty() {
        return view! {
            <p class="muted">"With an app that shows a new code every half minute, a stolen password alone lets nobody in."</p>
            <p><a class="btn" href="/account/totp">"Add an app for codes"</a></p>
            {codes}
        }
        .into_any();
    }
    let open = error.is_some();
    view! {
        <p>"Signing in asks for a code of your app."</p>
        {codes}
        <details class="later" open=open>
            <summary>"Remove the app"</summary>
            <form class="narrow" method="post" action="/account/totp/off">{proof("totp", "password", error, second)}<button class="btn" type="submit">"Remove the app"</button></form>
        </details>
    }
    .into_any()
}

fn passkeys(f: &Factors, error: Option<String>, second: bool) -> AnyView {
    let rows = f.passkeys.iter().map(|k| passkey(k, second)).collect_view();
    let (some, open) = (!f.passkeys.is_empty(), error.is_some());
    view! {
        <p class="muted">"Kept by your device and unlocked with a PIN, a finger or your face. It signs you in without the password."</p>
        {some.then(|| view! {
            <table class="list people">
                <thead><tr><th scope="col">"Made with"</th><th scope="col">"Since"</th><th scope="col">"Last used"</th><th scope="col"><span class="sr-only">"Actions"</span></th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        })}
        <details class="later" open=open>
            <summary>"Add a passkey"</summary>
            <form class="narrow" method="post" action="/account/passkeys">{proof("passkey", "password", error, second)}<button class="btn" type="submit">"Go on"</button></form>
        </details>
    }
    .into_any()
}

fn passkey(k: &PasskeyRow, second: bool) -> impl IntoView + use<> {
    let id = k.id.clone();
    view! {
        <tr>
            <td>{k.name.clone()}</td>
            <td>{moment(k.created_at)}</td>
            <td>{if k.used_at > 0 { moment(k.used_at).into_any() } else { view! { "never" }.into_any() }}</td>
            <td><details class="later"><summary>"Remove"</summary><form method="post" action="/account/passkeys/off"><input type="hidden" name="passkey" value=id/>{proof(&k.id, "password", None, second)}<button class="btn" type="submit">"Remove the passkey"</button></form></details></td>
        </tr>
    }
}

fn device(d: &Device, this: bool) -> impl IntoView + use<> {
    let (key, name) = (d.key.clone(), d.device.clone());
    let label = format!("Sign out {name}");
    view! {
        <tr>
            <td>{name}{this.then(|| view! { <span class="sub">"this one"</span> })}</td>
            <td class="wide">{moment(d.created_at)}</td>
            <td>{moment(d.seen_at)}</td>
            <td>{(!this).then(|| view! { <form method="post" action="/account/devices/end"><input type="hidden" name="device" value=key/><button class="btn quiet" type="submit" aria-label=label>"Sign out"</button></form> })}</td>
        </tr>
    }
}

/// A line of the account's log.
fn happened(r: &SecurityRow) -> impl IntoView + use<> {
    let (place, device) = (r.whence.place.clone(), r.whence.device.clone());
    let times = (r.times > 1).then(|| format!(" ({} times)", r.times));
    view! {
        <tr><td>{moment(r.at)}</td><td>{r.deed.label()}{times}</td><td class="wide">{device}</td><td class="wide mono">{place}</td></tr>
    }
}

/// Asks what shall happen to what programs use.
fn programs() -> impl IntoView {
    view! {
        <label class="choice" for="end-programs"><input id="end-programs" type="checkbox" name="programs" value="end"/>"End the API tokens and calendar feeds of this account too. Tick it if somebody else may have had the password."</label>
    }
}
