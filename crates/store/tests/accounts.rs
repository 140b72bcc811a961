//! Accounts, their links, sessions and mail, each test on SQLite and on Postgres.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "tests")]

mod common;

use common::{NOW, account, by, letter, link};
use readiness::Settings;
use store::{ABSOLUTE_MS, AccountId, LinkKind, ProjectDraft, SessionRow, Store, Verified};

on_both!(
    an_address_goes_to_who_proves_it,
    a_second_account_of_the_same_person_is_merged,
    links_work_once_and_not_for_ever,
    a_new_password_ends_every_session,
    an_address_changes_when_it_is_proved,
    sessions_end,
    an_account_is_deleted_after_its_grace,
    a_new_device_is_told_once,
    a_cause_makes_one_mail,
    a_mail_is_taken_up_by_one_and_again_if_that_one_died,
);

async fn an_address_goes_to_who_proves_it(store: Store) {
    let squatter = account(&store, "Ada@Acme.com").await;
    let owner = account(&store, " ada@acme.COM").await;
    // Whoever came first signs in, until somebody proves the address.
    assert_eq!(store.account_by_email("ADA@acme.com").await.unwrap().unwrap(), squatter.account);
    assert_eq!(store.account(&owner.id).await.unwrap().unwrap().email, "ada@acme.COM");
    let done = store.verify_address(&format!("confirm-{}", owner.id), "", NOW).await.unwrap();
    assert_eq!(done, Some(Verified::Account(owner.id.clone())));
    let found = store.account_by_email("ada@acme.com").await.unwrap().unwrap();
    assert_eq!((found.id.clone(), found.is_verified()), (owner.id.clone(), true));
    assert!(store.account_by_email("bob@acme.com").await.unwrap().is_none());
    // The squatter's own link never came into the squatter's hands; were it used, it would only give.
    let done = store.verify_address(&format!("confirm-{}", squatter.id), "", NOW).await.unwrap();
    assert_eq!(done, Some(Verified::Merged(found.id)));
}

async fn a_second_account_of_the_same_person_is_merged(store: Store) {
    let first = account(&store, "ada@acme.com").await;
    store.verify_address(&format!("confirm-{}", first.id), "", NOW).await.unwrap();
    let second = account(&store, "ada@acme.com").await;
    let draft = ProjectDraft {
        domain: "acme.com".parse().unwrap(),
        hosts: vec![],
        sends_mail: None,
        dkim_selectors: vec![],
        entitlement: None,
        settings: Settings::default(),
    };
    let project = store.create_project(&second.create(), &draft, &by(), NOW).await.unwrap();
    assert!(store.project(&first.read(), &project.id).await.unwrap().is_none());
    let done = store.verify_address(&format!("confirm-{}", second.id), "", NOW).await.unwrap();
    assert_eq!(done, Some(Verified::Merged(first.id.clone())));
    assert_eq!(store.project(&first.read(), &project.id).await.unwrap().unwrap().draft, project.draft);
    assert!(store.account(&second.id).await.unwrap().is_none());
    assert_eq!(store.account_by_email("ada@acme.com").await.unwrap().unwrap().id, first.id);
}

async fn links_work_once_and_not_for_ever(store: Store) {
    let a = account(&store, "a@x.com").await;
    store.send_link(&a.id, &link("one", LinkKind::Reset), &[letter("r1")], NOW).await.unwrap();
    store.send_link(&a.id, &link("two", LinkKind::Reset), &[letter("r2")], NOW).await.unwrap();
    // A later letter puts the earlier link out of use, and no link does another kind's work.
    assert!(store.link("one", LinkKind::Reset, NOW).await.unwrap().is_none());
    assert!(store.verify_address("two", "", NOW).await.unwrap().is_none());
    assert!(store.reset_password("two", "new", false, &letter("p"), NOW + 1000).await.unwrap().is_none());
    assert_eq!(store.reset_password("two", "new", false, &letter("p"), NOW).await.unwrap(), Some(a.id.clone()));
    assert!(store.reset_password("two", "newer", false, &letter("p2"), NOW).await.unwrap().is_none());
    let a = store.account(&a.id).await.unwrap().unwrap();
    assert_eq!((a.password_hash.as_str(), a.is_verified()), ("new", true));
}

fn row<'a>(key: &'a str, account: &'a str, data: &'a str, expires_at: i64) -> SessionRow<'a> {
    SessionRow { key, account, device: "Firefox on Linux", data, expires_at }
}

async fn session(store: &Store, key: &str, account: &AccountId) {
    assert!(store.create_session(row(key, account.as_str(), "{}", NOW + 1000), NOW).await.unwrap());
}

async fn a_new_password_ends_every_session(store: Store) {
    let (a, b) = (account(&store, "a@x.com").await, account(&store, "b@x.com").await);
    for key in ["a1", "a2"] {
        session(&store, key, &a.id).await;
    }
    session(&store, "b1", &b.id).await;
    store.set_password(&a.id, "new", "a2", false, &letter("p"), NOW).await.unwrap();
    assert_eq!(store.load_session("a1", NOW).await.unwrap(), None);
    assert!(store.load_session("a2", NOW).await.unwrap().is_some());
    store.send_link(&a.id, &link("r", LinkKind::Reset), &[], NOW).await.unwrap();
    store.reset_password("r", "newer", false, &letter("q"), NOW).await.unwrap();
    assert_eq!(store.load_session("a2", NOW).await.unwrap(), None);
    assert!(store.load_session("b1", NOW).await.unwrap().is_some());
    // A request of an ended session that comes late does not bring it back.
    store.save_session(row("a1", a.id.as_str(), "{}", NOW + 1000), NOW).await.unwrap();
    assert_eq!(store.load_session("a1", NOW).await.unwrap(), None);
}

async fn an_address_changes_when_it_is_proved(store: Store) {
    let (a, b) = (account(&store, "a@x.com").await, account(&store, "b@x.com").await);
    store.verify_address(&format!("confirm-{}", b.id), "", NOW).await.unwrap();
    let to = |hash: &str, email: &str| store::NewLink { detail: email.into(), ..link(hash, LinkKind::Email) };
    store.send_link(&a.id, &to("taken", "B@x.com"), &[], NOW).await.unwrap();
    assert_eq!(store.change_email("taken", "", NOW).await.unwrap(), None);
    assert_eq!(store.account_by_email("b@x.com").await.unwrap().unwrap().id, b.id);
    store.send_link(&a.id, &to("free", "New@x.com"), &[], NOW).await.unwrap();
    assert_eq!(store.account_by_email("new@x.com").await.unwrap(), None);
    assert_eq!(store.change_email("free", "", NOW).await.unwrap(), Some(a.id.clone()));
    assert_eq!(store.account_by_email("new@x.com").await.unwrap().unwrap().id, a.id);
    assert_eq!(store.account_by_email("a@x.com").await.unwrap(), None);
}

async fn sessions_end(store: Store) {
    let a = account(&store, "a@x.com").await;
    assert!(store.create_session(row("s", a.id.as_str(), "1", NOW + 10), NOW).await.unwrap());
    assert!(!store.create_session(row("s", "", "2", NOW + 10), NOW).await.unwrap());
    store.save_session(row("s", a.id.as_str(), "3", NOW + 20), NOW + 5).await.unwrap();
    assert_eq!(store.load_session("s", NOW + 15).await.unwrap().as_deref(), Some("3"));
    assert_eq!(store.load_session("s", NOW + 20).await.unwrap(), None);
    // However often it is used, it ends in the end.
    store.save_session(row("s", a.id.as_str(), "3", NOW + 2 * ABSOLUTE_MS), NOW).await.unwrap();
    assert_eq!(store.load_session("s", NOW + ABSOLUTE_MS).await.unwrap(), None);
    let devices = store.devices(&a.id, NOW).await.unwrap();
    assert_eq!((devices.len(), devices[0].device.as_str(), devices[0].created_at), (1, "Firefox on Linux", NOW));
    let other = account(&store, "b@x.com").await;
    assert!(!store.end_session(&other.id, "s").await.unwrap());
    assert!(store.end_session(&a.id, "s").await.unwrap());
    session(&store, "t", &a.id).await;
    session(&store, "u", &a.id).await;
    store.end_other_sessions(&a.id, "u").await.unwrap();
    assert_eq!(store.devices(&a.id, NOW).await.unwrap().len(), 1);
    store.sweep(NOW + 2000).await.unwrap();
    assert!(store.load_session("u", NOW).await.unwrap().is_none());
}

async fn an_account_is_deleted_after_its_grace(store: Store) {
    let (a, b) = (account(&store, "a@x.com").await, account(&store, "b@x.com").await);
    session(&store, "s", &a.id).await;
    store.schedule_deletion(&a.id, NOW + 100, &letter("bye"), NOW).await.unwrap();
    assert_eq!(store.load_session("s", NOW).await.unwrap(), None);
    assert_eq!(store.delete_due_accounts(true, NOW + 99).await.unwrap(), 0);
    store.keep_account(&a.id).await.unwrap();
    assert_eq!(store.delete_due_accounts(true, NOW + 100).await.unwrap(), 0);
    store.schedule_deletion(&a.id, NOW + 100, &letter("bye2"), NOW).await.unwrap();
    assert_eq!(store.delete_due_accounts(true, NOW + 100).await.unwrap(), 1);
    assert!(store.account(&a.id).await.unwrap().is_none() && store.account(&b.id).await.unwrap().is_some());
}

async fn a_new_device_is_told_once(store: Store) {
    let a = account(&store, "a@x.com").await;
    assert!(!store.remember_device(&a.id, "first", &letter("d1"), NOW).await.unwrap());
    assert!(!store.remember_device(&a.id, "first", &letter("d2"), NOW).await.unwrap());
    assert!(store.remember_device(&a.id, "second", &letter("d3"), NOW).await.unwrap());
    assert!(!store.remember_device(&a.id, "second", &letter("d4"), NOW).await.unwrap());
}

async fn drain(store: &Store) -> Vec<String> {
    let mut out = vec![];
    while let Some(mail) = store.claim_mail(NOW, NOW + 1000).await.unwrap() {
        store.mail_sent(&mail.id, NOW).await.unwrap();
        out.push(mail.mail.cause);
    }
    out
}

async fn a_cause_makes_one_mail(store: Store) {
    let a = account(&store, "a@x.com").await;
    for _ in 0..3 {
        store.send_link(&a.id, &link("x", LinkKind::Reset), &[letter("same"), letter("same")], NOW).await.unwrap();
    }
    assert_eq!(drain(&store).await, [format!("confirm-{}", a.id), "same".to_owned()]);
    store.send_link(&a.id, &link("y", LinkKind::Reset), &[letter("same")], NOW).await.unwrap();
    assert!(drain(&store).await.is_empty());
}

async fn a_mail_is_taken_up_by_one_and_again_if_that_one_died(store: Store) {
    let a = account(&store, "a@x.com").await;
    drain(&store).await;
    store.send_link(&a.id, &link("x", LinkKind::Reset), &[letter("one")], NOW).await.unwrap();
    let mut crowd = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let store = store.clone();
        crowd.spawn(async move { store.claim_mail(NOW, NOW + 1000).await.unwrap() });
    }
    let taken: Vec<_> = crowd.join_all().await.into_iter().flatten().collect();
    assert_eq!((taken.len(), taken[0].attempts), (1, 1));
    // The worker is killed before it says what became of it.
    assert!(store.claim_mail(NOW + 999, NOW + 2000).await.unwrap().is_none());
    let again = store.claim_mail(NOW + 1000, NOW + 2000).await.unwrap().unwrap();
    assert_eq!((again.id.as_str(), again.attempts), (taken[0].id.as_str(), 2));
    store.mail_failed(&again.id, "421 later", Some(NOW + 5000)).await.unwrap();
    assert!(store.claim_mail(NOW + 4999, NOW + 9000).await.unwrap().is_none());
    store.mail_failed(&again.id, "550 no such user", None).await.unwrap();
    assert!(store.claim_mail(NOW + 90_000, NOW + 99_000).await.unwrap().is_none());
    let unsent = store.unsent_mail(10).await.unwrap();
    assert_eq!((unsent.len(), unsent[0].status.as_str(), unsent[0].error.as_str()), (1, "dead", "550 no such user"));
    store.forget_mail(NOW + 1).await.unwrap();
}
