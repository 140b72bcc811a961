//! How many questions a page puts to the database must not depend on how much there is to show. Counted on Postgres,
//! whose driver speaks on the task that asks; SQLite is asked the same.

use super::*;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use tracing::instrument::WithSubscriber;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Counts what sqlx says that it has asked.
struct Counter(Arc<AtomicUsize>);

impl Subscriber for Counter {
    fn enabled(&self, what: &Metadata<'_>) -> bool {
        what.target() == "sqlx::query"
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, _: &Event<'_>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

async fn count(world: &World, route: &Route) -> usize {
    let path = world.path(route, true);
    // Once before, so that nothing is counted that only the first request does.
    world.ask(route, Actor::Owner, &path).await;
    let seen = Arc::new(AtomicUsize::new(0));
    let (status, ..) = world.ask(route, Actor::Owner, &path).with_subscriber(Counter(seen.clone())).await;
    assert!(status.is_success() || status.is_redirection(), "{path}: {status}");
    seen.load(Ordering::Relaxed)
}

/// More of everything that lists show.
async fn grow(world: &World, range: std::ops::Range<u32>) {
    let app = &world.app;
    let owner = app.store.account_by_email("owner@x.com").await.unwrap().unwrap();
    let member = app.store.memberships(&owner.id).await.unwrap().remove(0);
    let read = member.read().unwrap();
    for i in range {
        let draft = ProjectDraft {
            domain: Domain::parse(&format!("more{i}.com")).unwrap(),
            hosts: vec![],
            sends_mail: None,
            dkim_selectors: vec![],
            entitlement: None,
            settings: Settings::default(),
        };
        let more = app.store.create_project(&member.create().unwrap(), &draft, &by(), now()).await.unwrap().id;
        for project in [&more, &world.project] {
            let row = app.store.project(&read, project).await.unwrap().unwrap();
            app.store.start_scan(&member.scan(project).unwrap(), &row, now()).await.unwrap();
            finish(app).await;
        }
        let next = now() + 60_000;
        app.store.set_schedule(&member.work(&more).unwrap(), Some(("daily", "UTC", next)), &by(), now()).await.unwrap();
        let (guest, _) = person(app, &format!("guest{i}@x.com")).await;
        join(app, &member, &guest, Role::Viewer, None).await;
    }
}

#[tokio::test]
async fn a_page_asks_no_more_when_there_is_more_to_show() {
    let world = Engine::postgres().await.world().await;
    let mut pages = table();
    let theirs = [Access::Read, Access::Work, Access::Create, Access::Manage];
    pages.retain(|r| r.method == Method::GET && theirs.contains(&r.access) && !r.path.ends_with("/events"));
    grow(&world, 0..2).await;
    let mut before = vec![];
    for route in &pages {
        before.push(count(&world, route).await);
    }
    grow(&world, 2..30).await;
    let mut wrong = vec![];
    for (route, few) in pages.iter().zip(before) {
        let many = count(&world, route).await;
        if many > few {
            wrong.push(format!("{}: {few}, then {many}", route.path));
        }
        assert!((1..40).contains(&many), "{} asks {many} times", route.path);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
