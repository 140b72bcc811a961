//! Both engines, and what tests need to begin with.
#![allow(dead_code, reason = "each test file uses a part")]

use readiness::Settings;
use std::sync::atomic::{AtomicU32, Ordering};
use store::{
    Account, By, CanCreate, CanManage, CanRead, CanScan, CanWork, LinkKind, Member, NewLink, NewMail, Project, ProjectDraft, ProjectId,
    Store,
};

static N: AtomicU32 = AtomicU32::new(0);
pub const NOW: i64 = 1_795_570_647_000;

pub async fn sqlite() -> Store {
    let path = std::env::temp_dir().join(format!("lr-store-{}-{}.db", std::process::id(), N.fetch_add(1, Ordering::Relaxed)));
    let _ = std::fs::remove_file(&path);
    let store = Store::connect(&format!("sqlite:{}", path.display())).await.unwrap();
    store.migrate().await.unwrap();
    store
}

pub async fn postgres() -> Store {
    let url = std::env::var("TEST_POSTGRES_URL")
        .expect("TEST_POSTGRES_URL names no server: run the tests with `cargo xtask test store`, which starts one");
    let admin = Store::connect(&url).await.unwrap();
    let name = format!("t{}_{}", std::process::id(), N.fetch_add(1, Ordering::Relaxed));
    admin.close().await;
    let pool = sqlx::PgPool::connect(&url).await.unwrap();
    sqlx::query(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&pool).await.unwrap();
    pool.close().await;
    let base = url.rsplit_once('/').unwrap().0;
    let store = Store::connect(&format!("{base}/{name}")).await.unwrap();
    store.migrate().await.unwrap();
    store
}

#[macro_export]
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod on_sqlite { $(#[tokio::test(flavor = "multi_thread")] async fn $name() { super::$name($crate::common::sqlite().await).await; })+ }
        mod on_postgres { $(#[tokio::test(flavor = "multi_thread")] async fn $name() { super::$name($crate::common::postgres().await).await; })+ }
    };
}

pub fn link(hash: &str, kind: LinkKind) -> NewLink {
    NewLink { hash: hash.into(), kind, detail: String::new(), expires_at: NOW + 1000 }
}

pub fn letter(cause: &str) -> NewMail {
    NewMail {
        cause: cause.into(),
        recipient: "ada@acme.com".into(),
        subject: "s".into(),
        text: "t".into(),
        html: "h".into(),
        unsubscribe: String::new(),
        not_before: 0,
    }
}

/// Who does things in tests.
pub fn by() -> By {
    By { actor: "tester@x.com".into(), from: "192.0.2.1".into() }
}

/// Somebody with their place in their own workspace.
pub struct Person {
    pub account: Account,
    pub member: Member,
}

impl std::ops::Deref for Person {
    type Target = Account;
    fn deref(&self) -> &Account {
        &self.account
    }
}

impl Person {
    pub fn read(&self) -> CanRead {
        self.member.read().unwrap()
    }
    pub fn scan(&self, project: &ProjectId) -> CanScan {
        self.member.scan(project).unwrap()
    }
    pub fn work(&self, project: &ProjectId) -> CanWork {
        self.member.work(project).unwrap()
    }
    pub fn create(&self) -> CanCreate {
        self.member.create().unwrap()
    }
    pub fn manage(&self) -> CanManage {
        self.member.manage().unwrap()
    }
}

/// An account with its own workspace, whose link to confirm has the hash `confirm-ID`.
pub async fn account(store: &Store, email: &str) -> Person {
    let account = Account::new(email, "hash");
    let hash = format!("confirm-{}", account.id);
    store.create_account(&account, &link(&hash, LinkKind::Verify), Some(&letter(&hash)), true, NOW).await.unwrap();
    let member = store.memberships(&account.id).await.unwrap().remove(0);
    Person { account, member }
}

/// A project of somebody.
pub async fn project(store: &Store, p: &Person, domain: &str) -> Project {
    let draft = ProjectDraft {
        domain: domain.parse().unwrap(),
        hosts: vec![],
        sends_mail: None,
        dkim_selectors: vec![],
        entitlement: None,
        settings: Settings::default(),
    };
    store.create_project(&p.create(), &draft, &by(), NOW).await.unwrap()
}

/// Judges a ledger as the server does, without telling anybody.
pub fn again(ledger: &readiness::Ledger, before: &store::Before) -> store::Judged {
    let a = readiness::assess(ledger, NOW);
    let brief =
        before.project.as_ref().map(|_| readiness::Brief::new(ledger, &a, before.brief.as_ref(), &readiness::Difference::default(), true));
    store::Judged { brief, ..a.into() }
}
