//! The authorization matrix: every route of the table, as every kind of person, on both engines.
//! Two workspaces hold the same names; what the stranger asks for is in the other one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod api;
mod doors;
mod evidence;
mod queries;
mod steps;

use super::routes;
use super::server::router;
use super::session;
use super::table::{Access, Route};
use crate::app::App;
use crate::mail;
use crate::platform::clock::now;
use crate::platform::secret;
use crate::platform::settings::Raw;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{Method, Request, StatusCode, header};
use readiness::{Answer as Answer_, Attestation};
use readiness::{Domain, Outside, Settings, Target, assess};
use secrecy::ExposeSecret;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use store::{
    Account, By, Channel, EventKind, FileRow, Invitation, LinkKind, Member, NewLink, NewMail, Pack, ProjectDraft, ProjectId, Role, ScanId,
    Scope, Share, Token,
};
use time::{Duration, OffsetDateTime};
use tower::ServiceExt;

static N: AtomicU32 = AtomicU32::new(0);

/// Who asks, the least entitled first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Actor {
    Anonymous,
    Expired,
    Stranger,
    OtherClient,
    Client,
    Viewer,
    Consultant,
    Owner,
    /// Runs the instance, and belongs to a workspace of their own alone.
    Admin,
}

const ACTORS: [Actor; 9] = [
    Actor::Anonymous,
    Actor::Expired,
    Actor::Stranger,
    Actor::OtherClient,
    Actor::Client,
    Actor::Viewer,
    Actor::Consultant,
    Actor::Owner,
    Actor::Admin,
];

/// What must come of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Allowed,
    SignIn,
    Hidden,
    Forbidden,
    UsedUp,
    /// Our fault, which is never expected.
    Broken,
}

fn expected(route: &Route, actor: Actor) -> Answer {
    let one_project = route.path.contains("{project}");
    match (route.access, actor) {
        (Access::Anybody | Access::Shared | Access::SignedUrl, _) => Answer::Allowed,
        // No other site is set up in the world of this test.
        (Access::OidcCallback, _) => Answer::Hidden,
        (Access::SecondFactorPending, _) => Answer::SignIn,
        (Access::OneTimeLink, _) => Answer::UsedUp,
        (_, Actor::Anonymous | Actor::Expired) => Answer::SignIn,
        (Access::Operate, Actor::Admin) => Answer::Allowed,
        (Access::Operate, _) => Answer::Hidden,
        // Foreign ids stand in the path or in the form.
        (Access::Manage, Actor::Stranger | Actor::Admin) if names_things(&route.path) => Answer::Hidden,
        (Access::Account, Actor::Stranger | Actor::Admin) if route.path == "/workspace/switch" => Answer::Hidden,
        (Access::Account, _) if matches!(route.path.as_str(), "/invitation" | "/handover") => Answer::UsedUp,
        // Everybody may end their own tokens, and owners those of others.
        (Access::Account, a) if route.path == "/workspace/tokens/end" && a != Actor::Owner => Answer::Hidden,
        (Access::Account, _) => Answer::Allowed,
        (_, Actor::Stranger | Actor::OtherClient | Actor::Admin) if one_project => Answer::Hidden,
        (Access::Read | Access::Comment, _) | (Access::Create | Access::Manage, Actor::Stranger | Actor::Admin) => Answer::Allowed,
        (Access::Work | Access::Scan | Access::Push | Access::Create, Actor::Consultant | Actor::Owner)
        | (Access::Manage, Actor::Owner) => Answer::Allowed,
        (Access::Work | Access::Scan | Access::Push | Access::Create | Access::Manage, _) => Answer::Forbidden,
    }
}

fn names_things(path: &str) -> bool {
    ["/members/role", "/members/remove", "/invitations/again", "/invitations/revoke", "/channels/do"].iter().any(|p| path.ends_with(p))
}

#[derive(Clone)]
struct World {
    app: App,
    /// Made once, since without optimisation it takes longer than an answer.
    router: axum::Router,
    project: ProjectId,
    scan: ScanId,
    preview: ScanId,
    invitation: String,
    /// A member who may be changed and removed.
    other: Account,
    workspace: String,
    mail: String,
    token: String,
    /// A signed address of the owner.
    signed: String,
    canaries: Vec<String>,
    cookies: Vec<String>,
}

fn by() -> By {
    By { actor: "test".into(), from: "192.0.2.1".into() }
}

fn letter(cause: &str) -> NewMail {
    NewMail {
        cause: cause.into(),
        recipient: "a@x.com".into(),
        subject: "s".into(),
        text: "t".into(),
        html: "h".into(),
        unsubscribe: String::new(),
        not_before: 0,
    }
}

async fn person(app: &App, email: &str) -> (Account, Member) {
    let account = Account::new(email, "no hash");
    let link = NewLink { hash: account.id.to_string(), kind: LinkKind::Verify, detail: String::new(), expires_at: now() + 60_000 };
    app.store.create_account(&account, &link, Some(&letter(account.id.as_str())), true, now()).await.unwrap();
    app.store.verify_address(account.id.as_str(), "", now()).await.unwrap();
    let member = app.store.memberships(&account.id).await.unwrap().remove(0);
    (app.store.account(&account.id).await.unwrap().unwrap(), member)
}

async fn project(app: &App, owner: &Member) -> ProjectId {
    let draft = ProjectDraft {
        domain: Domain::parse("acme.com").unwrap(),
        hosts: vec![],
        sends_mail: None,
        dkim_selectors: vec![],
        entitlement: None,
        settings: Settings::default(),
    };
    app.store.create_project(&owner.create().unwrap(), &draft, &by(), now()).await.unwrap().id
}

async fn finish(app: &App) -> ScanId {
    let claim = app.store.claim("w", 60_000, now()).await.unwrap().unwrap();
    let e = Outside::empty(Target::preview(Domain::parse("acme.com").unwrap()), now());
    assert!(app.store.finish(&claim.lease, &e, "test", |l, _| assess(l, now()).into(), now()).await.unwrap());
    claim.lease.scan
}

async fn join(app: &App, owner: &Member, who: &Account, role: Role, only: Option<Vec<ProjectId>>) {
    let id = format!("invitation-{}", who.id);
    let invitation = Invitation { id: id.clone(), email: who.email.clone(), role, only, created_at: now(), expires_at: now() + 60_000 };
    app.store.invite(&owner.manage().unwrap(), &invitation, &id, &letter(&id), &by(), now()).await.unwrap();
    app.store.accept(&id, who, &by(), now()).await.unwrap().unwrap();
}

/// Links to the project, one that everybody has and one for each to end, and a badge.
async fn share(app: &App, owner: &Member, project: &ProjectId) {
    let work = owner.work(project).unwrap();
    for i in 0..=ACTORS.len() {
        let new = Share {
            id: format!("share-{i}"),
            project: project.clone(),
            scan: None,
            label: "x".into(),
            password_hash: String::new(),
            created_at: now(),
            expires_at: 0,
            views: 0,
        };
        let secret = if i == ACTORS.len() { "shared-secret".to_owned() } else { format!("secret-{i}") };
        app.store.create_share(&work, &new, &secret::hash(&secret), &by(), now()).await.unwrap();
    }
    app.store.set_badge(&work, "public-badge", &by(), now()).await.unwrap();
}

/// A token of somebody: its id and its secret.
async fn token(app: &App, member: &Member, scopes: Vec<Scope>, project: Option<ProjectId>) -> (String, String) {
    let (id, secret) = (uuid::Uuid::now_v7().to_string(), super::workspace::tokens::fresh());
    let new = Token {
        id: id.clone(),
        name: "t".into(),
        shown: "lr_".into(),
        scopes,
        project,
        account: member.account().clone(),
        created_at: now(),
        expires_at: 0,
        used_at: 0,
    };
    app.store.create_token(member, &new, &secret::hash(&secret), &by(), now()).await.unwrap();
    (id, secret)
}

/// What the working day leaves behind: an answer, a calendar, a channel.
async fn keep(app: &App, owner: &Member, project: &ProjectId) {
    let said = Attestation {
        check: "DEP-12".into(),
        answer: Answer_::No,
        note: String::new(),
        shown: vec![],
        by: "owner@x.com".into(),
        at: now(),
        expires: now() + 86_400_000,
    };
    app.store
        .attest(&owner.comment(project).unwrap(), &said, |e, b| crate::workers::assessment::again(&app.site, e, b), &by(), now())
        .await
        .unwrap();
    let file = FileRow {
        id: "01a210a1-7785-7290-94c0-c34cbc14e2dc".into(),
        check: "DEP-12".into(),
        name: "a.txt".into(),
        kind: "text/plain".into(),
        size: 1,
        sha256: String::new(),
        author: "a".into(),
        at: now(),
    };
    assert!(app.store.add_file(&owner.comment(project).unwrap(), &file, &by()).await.unwrap());
    let pack = Pack {
        id: "01a210a1-7785-7290-94c0-c34cbc14e2dd".into(),
        scan: "s".into(),
        size: 1,
        sha256: String::new(),
        author: "a".into(),
        at: now(),
        signed_name: String::new(),
        signed_by: String::new(),
        signed_at: 0,
    };
    app.store.add_pack(&owner.work(project).unwrap(), &pack, &by()).await.unwrap();
    let folder = app.settings.data_dir.join("files");
    std::fs::create_dir_all(&folder).unwrap();
    for id in [&file.id, &pack.id] {
        std::fs::write(folder.join(id), "x").unwrap();
    }
    app.store.set_calendar(owner, &secret::hash("calendar-secret")).await.unwrap();
    let sealed = crate::workers::Address::new("https://hooks.example.com/x").seal(&app.keys, "channel").unwrap();
    let channel = Channel {
        id: "channel".into(),
        project: None,
        kind: "webhook".into(),
        name: "n".into(),
        sealed,
        rules: vec![EventKind::Failed],
        off: String::new(),
    };
    app.store.keep_channel(&owner.manage().unwrap(), &channel, &by(), now()).await.unwrap();
}

/// A new folder for a world.
fn folder() -> PathBuf {
    let n = N.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("lr-matrix-{}-{n}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    folder
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// The product on a folder, with its own SQLite file there or that database.
async fn open(folder: &Path, database: &str) -> App {
    let flags = [
        ("data_dir", Some(folder.display().to_string())),
        ("database_url", Some(database.to_owned()).filter(|d| !d.is_empty())),
        ("resolvers", Some("127.0.0.1:9".to_owned())),
        ("scan_timeout", Some("1s".to_owned())),
        ("preview_limit", Some("1000".to_owned())),
    ];
    let settings = Raw::gather(&flags, None, std::iter::empty()).unwrap().settings().unwrap();
    App::open(settings).await.unwrap()
}

/// A mail that was given up.
async fn dead_letter(app: &App) -> String {
    let mail = app.store.claim_mail(now(), now() + 60_000).await.unwrap().unwrap();
    app.store.mail_failed(&mail.id, "no such mailbox", None).await.unwrap();
    mail.id
}

impl World {
    async fn new(database: &str) -> Self {
        let app = open(&folder(), database).await;
        let (owner, mine) = person(&app, "owner@x.com").await;
        let (stranger, theirs) = person(&app, "stranger@x.com").await;
        let (project, other_project) = (project(&app, &mine).await, project(&app, &mine).await);
        self::project(&app, &theirs).await;
        let row = app.store.project(&mine.read().unwrap(), &project).await.unwrap().unwrap();
        app.store.start_scan(&mine.scan(&project).unwrap(), &row, now()).await.unwrap();
        let scan = finish(&app).await;
        let target = Target::preview(Domain::parse("acme.com").unwrap());
        app.store.start_preview(&target, &app.site.key.address_key("127.0.0.1"), 100, 0, now()).await.unwrap();
        let preview = finish(&app).await;
        let mut cookies = vec![String::new()];
        let (soon, past) = (OffsetDateTime::now_utc() + Duration::hours(1), OffsetDateTime::now_utc() - Duration::hours(1));
        cookies.push(session::cookie(&app.store, &owner.id, mine.workspace(), past).await);
        cookies.push(session::cookie(&app.store, &stranger.id, theirs.workspace(), soon).await);
        for (name, role, only) in [
            ("other-client", Role::Viewer, Some(vec![other_project])),
            ("client", Role::Viewer, Some(vec![project.clone()])),
            ("viewer", Role::Viewer, None),
            ("consultant", Role::Consultant, None),
        ] {
            let (account, _) = person(&app, &format!("{name}@x.com")).await;
            join(&app, &mine, &account, role, only).await;
            cookies.push(session::cookie(&app.store, &account.id, mine.workspace(), soon).await);
        }
        cookies.push(session::cookie(&app.store, &owner.id, mine.workspace(), soon).await);
        share(&app, &mine, &project).await;
        let token = token(&app, &mine, vec![Scope::Read], None).await.0;
        let (admin, at) = person(&app, "admin@x.com").await;
        assert!(app.store.first_admin(&admin.id, &store::By { actor: "admin@x.com".into(), from: String::new() }, now()).await.unwrap());
        cookies.push(session::cookie(&app.store, &admin.id, at.workspace(), soon).await);
        let mail = dead_letter(&app).await;
        let (other, _) = person(&app, "other@x.com").await;
        join(&app, &mine, &other, Role::Viewer, None).await;
        let invited = Invitation {
            id: "waiting".into(),
            email: "new@x.com".into(),
            role: Role::Viewer,
            only: None,
            created_at: now(),
            expires_at: now() + 3_600_000,
        };
        app.store.invite(&mine.manage().unwrap(), &invited, "waiting", &letter("waiting"), &by(), now()).await.unwrap();
        let preference =
            mail::Preference { workspace: mine.workspace().clone(), account: owner.id.clone(), project: Some(project.clone()) };
        let signed = preference.token(&app.site.key);
        keep(&app, &mine, &project).await;
        let canaries = vec!["owner@x.com".into(), project.to_string(), scan.to_string(), mine.workspace().to_string()];
        Self {
            router: router(app.clone()),
            app,
            project,
            scan,
            preview,
            invitation: invited.id,
            other,
            workspace: mine.workspace().to_string(),
            mail,
            token,
            signed,
            canaries,
            cookies,
        }
    }

    /// The same world again, in a folder and a database of its own: cheaper than a new one. This one must be closed.
    async fn copy(&self, engine: &Engine) -> Self {
        let folder = folder();
        copy_folder(&self.app.settings.data_dir, &folder);
        let app = open(&folder, &engine.copy(&self.app).await).await;
        Self { router: router(app.clone()), app, ..self.clone() }
    }

    /// The path with ids of the first workspace, or with ids that nobody has.
    fn path(&self, route: &Route, real: bool) -> String {
        let scan = if route.path.contains("{project}") { &self.scan } else { &self.preview };
        let (project, scan) =
            if real { (self.project.to_string(), scan.to_string()) } else { (ProjectId::new().to_string(), ScanId::new().to_string()) };
        let format = if route.path.contains("map.{format}") { "csv" } else { "json" };
        route
            .path
            .replace("{project}", &project)
            .replace("{scan}", &scan)
            .replace("{check}", if route.path.contains("/excuse") || route.path.contains("/questions") { "DEP-12" } else { "TLS-01" })
            .replace("/calendar/{file}", "/calendar/calendar-secret.ics")
            .replace("{token}", &self.signed)
            .replace("/tools/{word}", "/tools/spf")
            .replace("{word}", "access")
            .replace("/files/{file}", "/files/01a210a1-7785-7290-94c0-c34cbc14e2dc")
            .replace("/pack/{pack}", "/pack/01a210a1-7785-7290-94c0-c34cbc14e2dd")
            .replace("{format}", format)
            .replace("{hash}/{file}", "0/launch-ready.css")
            .replace("{secret}", "shared-secret")
            .replace("{file}", "public-badge.svg")
            .replace("{letter}", "0")
    }

    fn form(&self, route: &Route, actor: usize) -> String {
        let (project, preview) = (&self.project, &self.preview);
        match route.path.as_str() {
            "/workspace/switch" => format!("workspace={}", self.workspace),
            "/workspace/name" | "/workspace/new" => "name=Acme&new_name=Acme".into(),
            "/workspace/members/role" => format!("account={}&role=consultant&project={project}", self.other.id),
            "/workspace/members/remove" => format!("account={}", self.other.id),
            "/workspace/invitations" => "email=further%40x.com&role=viewer".into(),
            "/workspace/invitations/again" | "/workspace/invitations/revoke" => format!("invitation={}", self.invitation),
            "/admin/mail" => format!("mail={}", self.mail),
            "/workspace/tokens/end" => format!("token={}", self.token),
            p if p.ends_with("/share/end") => format!("share=share-{actor}"),
            p if p.ends_with("/comments") => "text=Hello".into(),
            p if p.ends_with("/assign") => format!("account={}", self.other.id),
            "/projects/bulk" => format!("do=tag&tag=x&p={project}"),
            "/projects/views" => "name=mine&query=verdict%3DREADY".into(),
            "/projects/import" => format!("do=add&text=new{actor}.com"),
            "/workspace/channels" => "kind=slack&name=x&url=https%3A%2F%2Fhooks.example.com%2Fx&rule=failed".into(),
            "/workspace/channels/do" => "channel=channel&do=test".into(),
            p if p.ends_with("/excuse") => "kind=risk&reason=x&owner=x&days=7".into(),
            p if p.ends_with("/changes") => "text=Hello".into(),
            p if p.ends_with("/questions/{check}") => "answer=no".into(),
            p if p.ends_with("/ask") => "email=client%40x.com".into(),
            p if p.ends_with("/schedule") => "rhythm=daily&zone=UTC".into(),
            p if p.ends_with("/documents/{word}") => "version=0&0-0=Domain".into(),
            "/workspace/sprints" => "name=Mail&hours=24&large=4".into(),
            p if p.ends_with("/sprint") => "package=Mail+that+arrives".into(),
            p if p.ends_with("/sprint/out") => "check=TLS-01&why=x".into(),
            p if p.ends_with("/sign") => "name=Ada+Lovelace&read=yes".into(),
            p if p.ends_with("/launch") => "launched=yes".into(),
            "/projects/keep" => format!("scan={preview}"),
            "/projects" | "/preview" => "domain=acme.com".into(),
            p if p.ends_with("/edit") => "domain=acme.com".into(),
            _ => "link=nothing".into(),
        }
    }

    async fn ask(&self, route: &Route, actor: Actor, path: &str) -> (StatusCode, String, String) {
        let i = ACTORS.iter().position(|a| *a == actor).unwrap();
        let mut request = Request::builder().method(route.method.clone()).uri(path).header(header::HOST, "127.0.0.1:3000");
        if let Some(cookie) = self.cookies.get(i).filter(|c| !c.is_empty()) {
            request = request.header(header::COOKIE, cookie);
        }
        let post = route.method == Method::POST;
        let body = if post { Body::from(self.form(route, i)) } else { Body::empty() };
        let upload = post && (path.ends_with("/files") || path.ends_with("/logo"));
        let body = if upload {
            Body::from("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nHello\r\n--b--\r\n")
        } else {
            body
        };
        if post {
            let kind = if upload { "multipart/form-data; boundary=b" } else { "application/x-www-form-urlencoded" };
            request = request.header(header::CONTENT_TYPE, kind);
        }
        let mut request = request.body(body).unwrap();
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 4000))));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let place = response.headers().get(header::LOCATION).map(|l| l.to_str().unwrap().to_owned()).unwrap_or_default();
        let status = response.status();
        (status, place, String::from_utf8_lossy(&to_bytes(response.into_body(), 9_000_000).await.unwrap()).into_owned())
    }
}

fn answer(status: StatusCode, place: &str) -> Answer {
    match status {
        StatusCode::SEE_OTHER if place.starts_with("/sign-in") => Answer::SignIn,
        StatusCode::UNAUTHORIZED => Answer::SignIn,
        StatusCode::FORBIDDEN => Answer::Forbidden,
        StatusCode::NOT_FOUND => Answer::Hidden,
        StatusCode::GONE => Answer::UsedUp,
        s if s.is_server_error() => Answer::Broken,
        _ => Answer::Allowed,
    }
}

fn table() -> Vec<Route> {
    let mut rows = routes::files().rows;
    rows.extend(routes::pages().rows);
    rows.extend(routes::uploads().rows);
    // Files of the front end need its build, and letters to look at are there in debug builds alone.
    rows.retain(|r| !r.path.starts_with("/pkg/") && !r.path.starts_with("/dev/"));
    rows
}

async fn everybody_gets_what_is_theirs(engine: Engine) {
    let first = engine.world().await;
    first.app.store.close().await;
    let quiet = first.copy(&engine).await;
    let (mut wrong, mut asked) = (vec![], 0);
    for route in table() {
        // What changes something begins in a world of its own.
        let fresh = if route.method == Method::POST { Some(first.copy(&engine).await) } else { None };
        let world = fresh.as_ref().unwrap_or(&quiet);
        for actor in ACTORS {
            let path = world.path(&route, true);
            let (status, place, body) = world.ask(&route, actor, &path).await;
            let (got, want) = (answer(status, &place), expected(&route, actor));
            asked += 1;
            // Signing out and deleting end the session that comes next in the same world.
            if got != want {
                wrong.push(format!("{} {} as {actor:?}: {status} {place}, expected {want:?}", route.method, route.path));
            }
            let outside = matches!(actor, Actor::Anonymous | Actor::Expired | Actor::Stranger | Actor::Admin)
                && !matches!(route.access, Access::Anybody | Access::Operate | Access::Shared | Access::SignedUrl);
            if outside && let Some(canary) = world.canaries.iter().find(|c| body.contains(*c)) {
                wrong.push(format!("{} {} as {actor:?} shows {canary}", route.method, route.path));
            }
            if want == Answer::Hidden && route.path.contains('{') {
                let (missing, _, none) = world.ask(&route, actor, &world.path(&route, false)).await;
                if missing != status || none != body {
                    let at = none.bytes().zip(body.bytes()).position(|(a, b)| a != b).unwrap_or_default();
                    let here: String = body.chars().skip(at.saturating_sub(60)).take(120).collect();
                    wrong.push(format!("{} {} as {actor:?}: a foreign thing differs from a missing one: {here}", route.method, route.path));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {asked} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(asked > 500, "{asked}");
}

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite() {
    everybody_gets_what_is_theirs(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres() {
    everybody_gets_what_is_theirs(Engine::postgres().await).await;
}

/// Where worlds keep their data.
enum Engine {
    /// A file in each world's folder.
    Sqlite,
    /// A Postgres, and the beginning of the addresses of its databases.
    Postgres(sqlx::PgPool, String),
}

impl Engine {
    async fn postgres() -> Self {
        let url = std::env::var("TEST_POSTGRES_URL").expect("TEST_POSTGRES_URL names no server: run `cargo xtask test store`");
        Self::Postgres(sqlx::PgPool::connect(&url).await.unwrap(), url.rsplit_once('/').unwrap().0.to_owned())
    }

    async fn world(&self) -> World {
        World::new(&self.database("template1").await).await
    }

    /// The address of a copy of a closed world's database; a file was copied with its folder.
    async fn copy(&self, of: &App) -> String {
        let url = of.settings.database_url.expose_secret();
        let name = url.rsplit_once('/').unwrap().1;
        if let Self::Postgres(admin, _) = self {
            // The store is closed, but not what else of the product was connected.
            let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1";
            sqlx::query(end).bind(name).execute(admin).await.unwrap();
        }
        self.database(name).await
    }

    async fn database(&self, of: &str) -> String {
        let Self::Postgres(admin, base) = self else { return String::new() };
        let name = format!("m{}_{}", std::process::id(), N.fetch_add(1, Ordering::Relaxed));
        sqlx::query(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name} TEMPLATE {of}"))).execute(admin).await.unwrap();
        format!("{base}/{name}")
    }
}

/// A scan of somebody else below a project of one's own, and the reverse, are nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_scan_below_ones_own_project_is_missing() {
    let world = World::new("").await;
    let route = Route { method: Method::GET, path: String::new(), access: Access::Read };
    for path in [
        format!("/projects/{}/scans/{}", world.project, world.preview),
        format!("/scans/{}", world.scan),
        format!("/scans/{}/report.json", world.scan),
        format!("/scans/{}/events", world.scan),
    ] {
        assert_eq!(world.ask(&route, Actor::Owner, &path).await.0, StatusCode::NOT_FOUND, "{path}");
    }
}
