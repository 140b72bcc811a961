//! The frame around every page.

use crate::islands::{Palette, Times};
use leptos::prelude::*;

/// What the frame needs to know.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    /// The page's title.
    pub title: String,
    /// The address of who is signed in.
    pub email: Option<String>,
    /// Whether their address waits to be confirmed.
    pub confirm: bool,
    /// Whether they run the instance.
    pub admin: bool,
    /// Which entry of the bar is current.
    pub current: &'static str,
    /// Whether to load again after two seconds where there is no JavaScript.
    pub refresh: bool,
    /// Whether search engines should leave the page alone.
    pub private: bool,
}

/// Where the built files are.
#[derive(Clone, Debug)]
pub struct Assets {
    /// Path with the build's hash: `/pkg/0123abcd`.
    pub base: String,
}

/// The whole document.
pub fn document(frame: Frame, assets: &Assets, body: AnyView) -> impl IntoView + use<> {
    let base = assets.base.clone();
    let nav = |href: &'static str, name: &'static str| {
        let current = (frame.current == name).then_some("page");
        view! { <a href=href aria-current=current>{name}</a> }
    };
    let items = if frame.admin {
        vec![
            nav("/projects", "Projects"),
            nav("/calendar", "Calendar"),
            nav("/checks", "Checks"),
            nav("/how", "How it works"),
            nav("/admin", "Instance"),
        ]
    } else if frame.email.is_some() {
        vec![
            nav("/projects", "Projects"),
            nav("/calendar", "Calendar"),
            nav("/checks", "Checks"),
            nav("/tools", "Tools"),
            nav("/how", "How it works"),
        ]
    } else {
        vec![nav("/checks", "Checks"), nav("/tools", "Tools"), nav("/how", "How it works")]
    };
    let who = match frame.email.clone() {
        Some(email) => view! {
            <a class="small hide" href="/account" aria-current=(frame.current == "Account").then_some("page")>{email}</a>
            <a class="small only-narrow" href="/account">"Account"</a>
            <form method="post" action="/sign-out"><button class="btn quiet" type="submit">"Sign out"</button></form>
        }
        .into_any(),
        None => view! { <a class="btn quiet" href="/sign-in">"Sign in"</a><a class="btn hide" href="/sign-up">"Sign up"</a> }.into_any(),
    };
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <title inner_html=raw_text(&frame.title)></title>
                <meta name="description" content="Type your domain and see what would break a launch, in the order in which it is safe to fix."/>
                {frame.private.then(|| view! { <meta name="robots" content="noindex"/> })}
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                <link rel="preload" href=format!("{base}/instrument-sans.woff2") r#as="font" r#type="font/woff2" crossorigin=""/>
                <link rel="stylesheet" href=format!("{base}/launch-ready.css")/>
                {frame.refresh.then(|| view! { <noscript><meta http-equiv="refresh" content="2"/></noscript> })}
                <link rel="modulepreload" href=format!("{base}/launch-ready.js")/>
                <link rel="preload" href=format!("{base}/launch-ready.wasm") r#as="fetch" r#type="application/wasm" crossorigin=""/>
                <script type="module" src=format!("{base}/start.js")></script>
            </head>
            <body>
                <a class="skip" href="#main">"Skip to the content"</a>
                <header class="bar">
                    <div class="page">
                        <a class="mark" href="/">{mark()}"Launch Ready"</a>
                        <nav aria-label="Main">{items}</nav>
                        <span class="push"></span>
                        <Palette/>
                        {who}
                    </div>
                </header>
                {frame.confirm.then(|| view! { <div class="page"><p class="note" role="status">"Confirm your address: a letter is in your mailbox. "<a href="/account">"Send it again"</a></p></div> })}
                <main id="main" class="page">{body}</main>
                <footer class="page">
                    <p class="foot">"Seen from one place, as any visitor could. Nothing is changed on your site. "<a href="/how">"How the score is made"</a>" · "<a href="/checks">"All checks"</a></p>
                </footer>
                <Times/>
            </body>
        </html>
    }
}

/// Text for elements whose content the parser takes literally (`title`, `textarea`), where the
/// markers that Leptos puts beside a text would show.
#[must_use]
pub fn raw_text(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

fn mark() -> impl IntoView {
    let bars = (0..7u32).map(|i| view! { <rect x=format!("{:.1}", f64::from(i) * 3.9) y=(12 - 2 * i).to_string() width="2.4" height=(6 + 2 * i).to_string()></rect> }).collect_view();
    view! { <svg viewBox="0 0 26 18" width="26" height="18" aria-hidden="true"><g fill="currentColor">{bars}</g></svg> }
}
