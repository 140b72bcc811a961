//! Members, invitations, limits and the log, each test on SQLite and on Postgres.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "tests")]

mod common;

use common::{NOW, Person, account, by, letter, project};
use store::{Changed, Invitation, Look, Member, ProjectId, Role, Store};

on_both!(
    an_invitation_is_for_one_address_and_one_use,
    an_invitation_ends_or_is_taken_back,
    a_limited_member_sees_only_theirs,
    the_last_owner_stays,
    two_owners_cannot_demote_each_other,
    an_account_has_several_workspaces,
    every_deed_is_logged,
);

fn asked(email: &str, role: Role, only: Option<Vec<ProjectId>>) -> Invitation {
    Invitation { id: format!("i-{email}"), email: email.into(), role, only, created_at: NOW, expires_at: NOW + 1000 }
}

async fn join(store: &Store, owner: &Person, who: &Person, role: Role, only: Option<Vec<ProjectId>>) -> Member {
    let hash = format!("h-{}-{}", owner.id, who.id);
    store.invite(&owner.manage(), &asked(&who.email, role, only), &hash, &letter(&hash), &by(), NOW).await.unwrap();
    assert_eq!(store.accept(&hash, &who.account, &by(), NOW + 5).await.unwrap().as_ref(), Some(owner.member.workspace()));
    store.memberships(&who.id).await.unwrap().into_iter().find(|m| *m.workspace() == *owner.member.workspace()).unwrap()
}

async fn an_invitation_is_for_one_address_and_one_use(store: Store) {
    let (owner, ada, eve) = (account(&store, "o@x.com").await, account(&store, "ada@x.com").await, account(&store, "eve@x.com").await);
    store.invite(&owner.manage(), &asked("Ada@X.com", Role::Consultant, None), "h", &letter("i"), &by(), NOW).await.unwrap();
    let (found, name) = store.invitation("h", NOW).await.unwrap().unwrap();
    assert_eq!((found.email.as_str(), found.role, name.as_str()), ("Ada@X.com", Role::Consultant, "o"));
    assert_eq!(store.accept("h", &eve.account, &by(), NOW).await.unwrap(), None);
    assert!(store.accept("h", &ada.account, &by(), NOW + 1).await.unwrap().is_some());
    assert_eq!(store.accept("h", &ada.account, &by(), NOW).await.unwrap(), None);
    // The link came by mail, so the address is proved.
    assert!(store.account(&ada.id).await.unwrap().unwrap().is_verified());
    let roles: Vec<_> = store.members(&owner.read()).await.unwrap().into_iter().map(|m| (m.email, m.role)).collect();
    assert_eq!(roles, [("o@x.com".to_owned(), Role::Owner), ("ada@x.com".to_owned(), Role::Consultant)]);
    // A weaker invitation takes nothing away.
    let again = join(&store, &owner, &ada, Role::Viewer, Some(vec![])).await;
    assert_eq!((again.role(), again.only()), (Role::Consultant, None));
}

async fn an_invitation_ends_or_is_taken_back(store: Store) {
    let (owner, ada) = (account(&store, "o@x.com").await, account(&store, "ada@x.com").await);
    store.invite(&owner.manage(), &asked("ada@x.com", Role::Viewer, None), "old", &letter("1"), &by(), NOW).await.unwrap();
    store.invite(&owner.manage(), &asked("ADA@x.com", Role::Viewer, None), "new", &letter("2"), &by(), NOW).await.unwrap();
    assert!(store.invitation("old", NOW).await.unwrap().is_none(), "another letter puts the first out of use");
    assert_eq!(store.accept("new", &ada.account, &by(), NOW + 1000).await.unwrap(), None);
    let list = store.invitations(&owner.manage(), NOW).await.unwrap();
    assert_eq!(list.len(), 1);
    let stranger = account(&store, "s@x.com").await;
    assert!(!store.revoke_invitation(&stranger.manage(), &list[0].id, &by(), NOW).await.unwrap());
    assert!(store.revoke_invitation(&owner.manage(), &list[0].id, &by(), NOW).await.unwrap());
    assert_eq!(store.accept("new", &ada.account, &by(), NOW).await.unwrap(), None);
}

async fn a_limited_member_sees_only_theirs(store: Store) {
    let (owner, client) = (account(&store, "o@x.com").await, account(&store, "c@x.com").await);
    let (theirs, other) = (project(&store, &owner, "a.com").await, project(&store, &owner, "b.com").await);
    let scan = store.start_scan(&owner.scan(&other.id), &other, NOW).await.unwrap().id().clone();
    let member = join(&store, &owner, &client, Role::Viewer, Some(vec![theirs.id.clone()])).await;
    let read = member.read().unwrap();
    let seen: Vec<_> = store.projects(&read, false).await.unwrap().into_iter().map(|r| r.project.id).collect();
    assert_eq!(seen, std::slice::from_ref(&theirs.id));
    assert!(store.project(&read, &theirs.id).await.unwrap().is_some());
    assert!(store.project(&read, &other.id).await.unwrap().is_none());
    assert!(store.scan(&read, &scan).await.unwrap().is_none());
    assert!(store.result(&read, &scan).await.unwrap().is_none());
    assert!(store.history(&read, &other.id, 9).await.unwrap().is_empty());
    assert!(member.work(&theirs.id).is_none() && member.create().is_none() && member.manage().is_none());
    assert_eq!(store.member_for(&client.id, &theirs.id).await.unwrap(), Some(member));
    let stranger = account(&store, "s@x.com").await;
    assert_eq!(store.member_for(&stranger.id, &theirs.id).await.unwrap(), None);
}

async fn the_last_owner_stays(store: Store) {
    let (owner, ada) = (account(&store, "o@x.com").await, account(&store, "ada@x.com").await);
    join(&store, &owner, &ada, Role::Consultant, None).await;
    assert_eq!(store.leave(&owner.member, &by(), NOW).await.unwrap(), Changed::LastOwner);
    assert_eq!(store.set_role(&owner.manage(), &owner.id, Role::Viewer, None, &by(), NOW).await.unwrap(), Changed::LastOwner);
    assert_eq!(store.left_without_owner(&owner.id).await.unwrap().as_deref(), Some("o"));
    assert_eq!(store.set_role(&owner.manage(), &ada.id, Role::Owner, Some(&[]), &by(), NOW).await.unwrap(), Changed::Done);
    assert_eq!(store.left_without_owner(&owner.id).await.unwrap(), None);
    assert_eq!(store.leave(&owner.member, &by(), NOW).await.unwrap(), Changed::Done);
    let stranger = account(&store, "s@x.com").await;
    assert_eq!(store.remove_member(&stranger.manage(), &ada.id, &by(), NOW).await.unwrap(), Changed::Missing);
    let places = store.memberships(&ada.id).await.unwrap();
    let left = places.iter().find(|m| *m.workspace() == *owner.member.workspace()).unwrap();
    assert_eq!((left.role(), left.only()), (Role::Owner, None));
}

async fn two_owners_cannot_demote_each_other(store: Store) {
    for round in 0..8 {
        let (a, b) = (account(&store, &format!("a{round}@x.com")).await, account(&store, &format!("b{round}@x.com")).await);
        let second = join(&store, &a, &b, Role::Owner, None).await;
        let (first, second) = (a.manage(), second.manage().unwrap());
        let me = by();
        let (x, y) = tokio::join!(
            store.set_role(&first, &b.id, Role::Viewer, None, &me, NOW),
            store.set_role(&second, &a.id, Role::Viewer, None, &me, NOW)
        );
        let mut done = [x.unwrap(), y.unwrap()];
        done.sort_by_key(|c| *c != Changed::Done);
        assert_eq!(done, [Changed::Done, Changed::LastOwner]);
    }
}

async fn an_account_has_several_workspaces(store: Store) {
    let owner = account(&store, "o@x.com").await;
    let second = store.create_workspace(&owner.id, "Client", &by(), NOW + 1).await.unwrap();
    let all = store.memberships(&owner.id).await.unwrap();
    let names: Vec<_> = all.iter().map(|m| (m.name().to_owned(), m.role())).collect();
    assert_eq!(names, [("o".to_owned(), Role::Owner), ("Client".to_owned(), Role::Owner)]);
    assert_eq!(*all[1].workspace(), second);
    store
        .change_workspace(&all[1].manage().unwrap(), &Look { name: "Acme", colour: 2, zone: "Europe/Berlin", keep_days: 30 }, &by(), NOW)
        .await
        .unwrap();
    let now = store.memberships(&owner.id).await.unwrap().remove(1);
    assert_eq!((now.name(), now.colour(), now.zone(), now.keep_days()), ("Acme", 2, "Europe/Berlin", 30));
    let p = store.create_project(&all[1].create().unwrap(), &project(&store, &owner, "a.com").await.draft, &by(), NOW).await.unwrap();
    assert!(store.project(&owner.read(), &p.id).await.unwrap().is_none());
    assert_eq!(store.member_for(&owner.id, &p.id).await.unwrap().unwrap().workspace(), &second);
}

async fn every_deed_is_logged(store: Store) {
    let (owner, ada) = (account(&store, "o@x.com").await, account(&store, "ada@x.com").await);
    let p = project(&store, &owner, "a.com").await;
    join(&store, &owner, &ada, Role::Viewer, None).await;
    store.set_role(&owner.manage(), &ada.id, Role::Consultant, None, &by(), NOW + 6).await.unwrap();
    store.archive_project(&owner.work(&p.id), NOW, &by(), NOW + 7).await.unwrap();
    store.remove_member(&owner.manage(), &ada.id, &by(), NOW + 8).await.unwrap();
    let log = store.audit(&owner.manage(), "", 50).await.unwrap();
    let deeds: Vec<_> = log.iter().rev().map(|l| l.deed.as_str()).collect();
    assert_eq!(deeds, ["project created", "invited", "member joined", "role changed", "project archived", "member removed"]);
    let change = log.iter().find(|l| l.deed == "role changed").unwrap();
    assert_eq!(
        (change.actor.as_str(), change.origin.as_str(), change.subject.as_str(), change.detail.as_str()),
        ("tester@x.com", "192.0.2.1", "ada@x.com", "viewer → consultant")
    );
    let found = store.audit(&owner.manage(), "ROLE ch", 50).await.unwrap();
    assert_eq!(found.iter().map(|l| l.deed.as_str()).collect::<Vec<_>>(), ["role changed"]);
    // Nothing is logged of what did not happen.
    store.leave(&owner.member, &by(), NOW).await.unwrap();
    assert_eq!(store.audit(&owner.manage(), "", 50).await.unwrap().len(), 6);
}
