//! Where events go: the owners' page of webhooks and chats.

use crate::app::App;
use crate::platform::clock::now;
use crate::web::projects::frame;
use crate::web::session::Caller;
use crate::web::{AppError, render};
use crate::workers::{Address, CHANNEL_KINDS, ChannelKind, assessment, channel_kind};
use app::pages::channels::{self, Typed, View};
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use store::{CanManage, Channel, EventKind, ProjectId};
use url::Url;

/// Channels of one workspace.
const CHANNELS: usize = 20;

/// What was just done.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Flash {
    did: String,
}

/// The page.
pub async fn show(State(app): State<App>, caller: Caller, Query(flash): Query<Flash>) -> Result<Response, AppError> {
    let said = match flash.did.as_str() {
        "test" => Some("A test is on its way. Its answer shows below in a few seconds."),
        "remove" => Some("The channel is removed."),
        "on" => Some("The channel is on again."),
        "again" => Some("It is sent again."),
        _ => None,
    };
    page(&app, &caller, Typed { rules: vec!["worsened".into(), "critical".into(), "recovered".into()], ..Typed::default() }, None, said)
        .await
}

async fn page(
    app: &App,
    caller: &Caller,
    typed: Typed,
    key: Option<(String, String)>,
    said: Option<&'static str>,
) -> Result<Response, AppError> {
    let proof = caller.manage()?;
    let projects = app.store.portfolio(&caller.read()?, false).await?.into_iter().map(|l| (l.id, l.domain)).collect();
    let view = View {
        channels: app.store.channels(&proof).await?,
        deliveries: app.store.deliveries(&proof, 50).await?,
        kinds: CHANNEL_KINDS.iter().map(|k| channels::Kind { word: k.word, label: k.label, hint: k.hint, signed: k.signed }).collect(),
        projects,
        typed,
        key,
        said,
    };
    let status = if view.typed.error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok(render::page(status, frame("Channels".into(), "Projects", &caller.account), || channels::page(&view)))
}

fn typed(pairs: Vec<(String, String)>) -> Typed {
    let mut t = Typed::default();
    for (name, value) in pairs {
        match name.as_str() {
            "kind" => t.kind = value,
            "name" => t.name = value.trim().chars().take(60).collect(),
            "url" => t.url = value.trim().to_owned(),
            "rule" => t.rules.push(value),
            "project" => t.project = value,
            _ => {}
        }
    }
    t
}

/// What is wrong with an address of this kind, as a sentence.
pub fn address(app: &App, kind: &ChannelKind, text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|_| "This is no address. It begins with https://.".to_owned())?;
    // A network that the instance opens may do without.
    let inside = match url.host() {
        Some(url::Host::Ipv4(ip)) => app.options.guard().opens(ip.into()),
        _ => false,
    };
    if url.scheme() != "https" && !inside {
        return Err("Only https:// is used: what is sent must not be read on the way.".into());
    }
    if !inside {
        app.options.guard().permits_url(&url).map_err(|e| format!("{e}."))?;
    }
    (kind.wrong)(&url).map_or(Ok(()), |why| Err(why.to_owned()))?;
    Ok(url)
}

/// Adds a channel; its key is shown once.
pub async fn add(State(app): State<App>, caller: Caller, Form(pairs): Form<Vec<(String, String)>>) -> Result<Response, AppError> {
    let proof = caller.manage()?;
    caller.confirmed()?;
    let t = typed(pairs);
    let rules: Vec<EventKind> = t.rules.iter().filter_map(|r| EventKind::from_word(r)).collect();
    let kind = channel_kind(&t.kind).ok_or(AppError::NotFound)?;
    // What is no project's id must not become “every project”.
    let project = match t.project.as_str() {
        "" => None,
        id => Some(ProjectId::parse(id).ok_or(AppError::NotFound)?),
    };
    let wrong = if t.name.is_empty() {
        Some(("name", "Give it a name.".to_owned()))
    } else if rules.is_empty() {
        Some(("rule", "Choose at least one.".to_owned()))
    } else if app.store.channels(&proof).await?.len() >= CHANNELS {
        Some(("name", format!("{CHANNELS} channels are enough for one workspace. Remove one first.")))
    } else {
        address(&app, kind, &t.url).err().map(|e| ("url", e))
    };
    if wrong.is_some() {
        return page(&app, &caller, Typed { error: wrong, ..t }, None, None).await;
    }
    let id = uuid::Uuid::now_v7().to_string();
    let at = Address::new(&t.url);
    let sealed = at.seal(&app.keys, &id).ok_or_else(|| AppError::Internal("a channel's address could not be sealed".into()))?;
    let channel = Channel { id, project, kind: t.kind.clone(), name: t.name.clone(), sealed, rules, off: String::new() };
    kept(&app, &proof, &channel, &caller).await?;
    let key = kind.signed.then(|| (channel.name.clone(), at.key));
    page(&app, &caller, Typed::default(), key, Some("The channel is added. Test it.")).await
}

/// Keeps a channel; a project of another workspace is none.
async fn kept(app: &App, proof: &CanManage, channel: &Channel, caller: &Caller) -> Result<(), AppError> {
    if app.store.keep_channel(proof, channel, &caller.by, now()).await? { Ok(()) } else { Err(AppError::NotFound) }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Deed {
    channel: String,
    r#do: String,
}

/// Tests, removes, switches on, or gives another key.
pub async fn act(State(app): State<App>, caller: Caller, Form(form): Form<Deed>) -> Result<Response, AppError> {
    let proof = caller.manage()?;
    let channel = app.store.channels(&proof).await?.into_iter().find(|c| c.id == form.channel).ok_or(AppError::NotFound)?;
    match form.r#do.as_str() {
        "test" => {
            let project = channel.project.clone().unwrap_or_else(ProjectId::new);
            let id = format!("test-{}", uuid::Uuid::now_v7());
            let event = assessment::notice(
                &app.site,
                &project,
                id,
                EventKind::Recovered,
                "test",
                "This is a test of Launch Ready. It reached you.",
            );
            app.store.try_channel(&proof, &channel.id, &event, now()).await?;
        }
        "remove" => drop(app.store.remove_channel(&proof, &channel.id, &caller.by, now()).await?),
        "on" => kept(&app, &proof, &Channel { off: String::new(), ..channel }, &caller).await?,
        "rotate" => {
            let at = Address::open(&app.keys, &channel)
                .ok_or_else(|| AppError::Internal("a channel's address cannot be opened".into()))?
                .rotated();
            let sealed =
                at.seal(&app.keys, &channel.id).ok_or_else(|| AppError::Internal("a channel's address could not be sealed".into()))?;
            let channel = Channel { sealed, ..channel };
            kept(&app, &proof, &channel, &caller).await?;
            return page(
                &app,
                &caller,
                Typed::default(),
                Some((channel.name, at.key)),
                Some("The old key signs beside the new one for a day."),
            )
            .await;
        }
        _ => return Err(AppError::NotFound),
    }
    Ok(Redirect::to(&format!("/workspace/channels?did={}", form.r#do)).into_response())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Again {
    delivery: String,
}

/// Sends a delivery again.
pub async fn again(State(app): State<App>, caller: Caller, Form(form): Form<Again>) -> Result<Redirect, AppError> {
    app.store.send_again(&caller.manage()?, &form.delivery, now()).await?;
    Ok(Redirect::to("/workspace/channels?did=again"))
}
