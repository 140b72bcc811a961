//! Shared links, comments, hand-over, tokens, quotas and retention, each test on SQLite and on Postgres.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "tests")]

mod common;

use common::{NOW, Person, account, by, letter, project};
use readiness::{Domain, Outside, Target, assess};
use store::{
    CanOperate, FileRow, Invitation, Moved, Offer, Pack, Project, Quota, Quotas, Role, ScanId, Scope, Share, Store, StoreError, Token,
};

on_both!(
    a_link_shows_one_project_until_it_ends,
    a_badge_is_opt_in,
    a_project_moves_with_its_history,
    an_offer_is_for_one_address_and_can_be_taken_back,
    a_killed_hand_over_moves_nothing,
    comments_and_tasks_stay_within_those_who_see,
    a_token_never_gives_more_than_its_owner_has,
    a_full_workspace_says_so,
    old_evidence_is_forgotten_and_results_stay,
    a_creation_with_a_key_is_done_once,
    the_database_is_examined,
);

const DAY: i64 = 86_400_000;

async fn scanned(store: &Store, p: &Person, project: &Project, at: i64) -> ScanId {
    let id = store.start_scan(&p.member.scan(&project.id).unwrap(), project, at).await.unwrap().id().clone();
    let claim = store.claim("w", 1000, at).await.unwrap().unwrap();
    let mut e = Outside::empty(Target::preview(Domain::parse("acme.com").unwrap()), at);
    e.finished_at = at;
    e.gaps.push(readiness::evidence::Gap { collector: readiness::evidence::Collector::ALL[0], reason: "for size".into() });
    assert!(store.finish(&claim.lease, &e, |b| assess(&b.ledger(&e), at).into(), at).await.unwrap());
    id
}

fn link(p: &Project, id: &str, expires_at: i64) -> Share {
    Share {
        id: id.into(),
        project: p.id.clone(),
        scan: None,
        label: "investor".into(),
        password_hash: String::new(),
        created_at: NOW,
        expires_at,
        views: 0,
    }
}

async fn a_link_shows_one_project_until_it_ends(store: Store) {
    let (a, b) = (account(&store, "a@x.com").await, account(&store, "b@x.com").await);
    let (p, other) = (project(&store, &a, "a.com").await, project(&store, &a, "b.com").await);
    let (scan, hidden) = (scanned(&store, &a, &p, NOW).await, scanned(&store, &a, &other, NOW).await);
    store.create_share(&a.work(&p.id), &link(&p, "s", NOW + 10), "h", &by(), NOW).await.unwrap();
    let (found, read) = store.share("h", NOW).await.unwrap().unwrap();
    assert_eq!(found.project, p.id);
    assert!(store.result(&read, &scan).await.unwrap().is_some());
    assert!(store.result(&read, &hidden).await.unwrap().is_none() && store.project(&read, &other.id).await.unwrap().is_none());
    assert_eq!(store.projects(&read, false).await.unwrap().len(), 1);
    store.count_view("h").await.unwrap();
    assert_eq!(store.shares(&a.work(&p.id)).await.unwrap()[0].views, 1);
    assert!(store.share("h", NOW + 10).await.unwrap().is_none(), "too old");
    assert!(!store.revoke_share(&a.work(&other.id), "s", &by(), NOW).await.unwrap());
    assert!(!store.revoke_share(&b.work(&p.id), "s", &by(), NOW).await.unwrap(), "of another workspace");
    assert!(store.revoke_share(&a.work(&p.id), "s", &by(), NOW).await.unwrap());
    assert!(store.share("h", NOW).await.unwrap().is_none());
}

async fn a_badge_is_opt_in(store: Store) {
    let a = account(&store, "a@x.com").await;
    let p = project(&store, &a, "a.com").await;
    assert_eq!(store.badge("").await.unwrap(), None);
    store.set_badge(&a.work(&p.id), "public", &by(), NOW).await.unwrap();
    assert_eq!(store.badge("public").await.unwrap(), Some(None));
    scanned(&store, &a, &p, NOW).await;
    assert!(store.badge("public").await.unwrap().unwrap().is_some());
    store.set_badge(&a.work(&p.id), "", &by(), NOW).await.unwrap();
    assert_eq!((store.badge("public").await.unwrap(), store.badge("").await.unwrap()), (None, None));
}

fn offer(p: &Project, to: &str, stays: bool) -> Offer {
    Offer { project: p.id.clone(), domain: "a.com".into(), from: "a".into(), email: to.into(), stays, expires_at: NOW + 100 }
}

async fn a_project_moves_with_its_history(store: Store) {
    let (a, b) = (account(&store, "a@x.com").await, account(&store, "b@x.com").await);
    let (p, kept) = (project(&store, &a, "a.com").await, project(&store, &a, "b.com").await);
    let (scan, stays_here) = (scanned(&store, &a, &p, NOW).await, scanned(&store, &a, &kept, NOW).await);
    store.create_share(&a.work(&p.id), &link(&p, "s", 0), "share", &by(), NOW).await.unwrap();
    store.add_comment(&a.member.comment(&p.id).unwrap(), "TLS-01", "look", &[], &by(), NOW).await.unwrap();
    let token = token("t", &a, vec![Scope::Read], Some(p.id.clone()));
    store.create_token(&a.member, &token, "token", &by(), NOW).await.unwrap();
    assert!(store.offer_project(&a.manage(), &a.id, &offer(&p, "B@x.com", true), "h", &letter("o"), &by(), NOW).await.unwrap());
    assert_eq!(store.offer("h", NOW).await.unwrap().unwrap().email, "B@x.com");
    assert_eq!(store.accept_offer(&b.manage(), &b.email, "h", &by(), NOW + 1).await.unwrap(), Moved::Done);

    assert!(store.project(&b.read(), &p.id).await.unwrap().is_some() && store.result(&b.read(), &scan).await.unwrap().is_some());
    assert_eq!(store.comments(&b.read(), &p.id, "TLS-01").await.unwrap().len(), 1);
    assert!(store.project(&a.read(), &p.id).await.unwrap().is_none() && store.scan(&a.read(), &scan).await.unwrap().is_none());
    assert!(store.result(&a.read(), &stays_here).await.unwrap().is_some());
    assert!(store.share("share", NOW + 1).await.unwrap().is_none() && store.token_place("token", NOW + 1).await.unwrap().is_none());
    // The giver sees this one project there, and changes nothing.
    let guest = store.member_for(&a.id, &p.id).await.unwrap().unwrap();
    assert_eq!((guest.role(), guest.only().unwrap().len()), (Role::Viewer, 1));
    assert!(store.project(&guest.read().unwrap(), &p.id).await.unwrap().is_some() && guest.work(&p.id).is_none());
    let (said_a, said_b) = (store.audit(&a.manage(), "", 9).await.unwrap(), store.audit(&b.manage(), "", 9).await.unwrap());
    assert_eq!((said_a[0].deed.as_str(), said_b[0].deed.as_str()), ("project handed over", "project taken over"));
    assert!(store.examine(&CanOperate::console()).await.unwrap().is_empty());
}

async fn an_offer_is_for_one_address_and_can_be_taken_back(store: Store) {
    let (a, b, eve) = (account(&store, "a@x.com").await, account(&store, "b@x.com").await, account(&store, "e@x.com").await);
    let p = project(&store, &a, "a.com").await;
    assert!(!store.offer_project(&b.manage(), &b.id, &offer(&p, "e@x.com", false), "x", &letter("x"), &by(), NOW).await.unwrap());
    store.offer_project(&a.manage(), &a.id, &offer(&p, "b@x.com", false), "old", &letter("1"), &by(), NOW).await.unwrap();
    store.offer_project(&a.manage(), &a.id, &offer(&p, "b@x.com", false), "h", &letter("2"), &by(), NOW).await.unwrap();
    assert!(store.offer("old", NOW).await.unwrap().is_none());
    assert_eq!(store.accept_offer(&eve.manage(), &eve.email, "h", &by(), NOW).await.unwrap(), Moved::Gone);
    assert_eq!(store.accept_offer(&b.manage(), &b.email, "h", &by(), NOW + 100).await.unwrap(), Moved::Gone);
    assert!(!store.withdraw_offer(&b.manage(), &p.id, &by(), NOW).await.unwrap());
    assert!(store.withdraw_offer(&a.manage(), &p.id, &by(), NOW).await.unwrap());
    assert_eq!(store.accept_offer(&b.manage(), &b.email, "h", &by(), NOW).await.unwrap(), Moved::Gone);
    assert!(store.project(&a.read(), &p.id).await.unwrap().is_some());
}

/// Whoever accepts is cut off at some moment: afterwards the project is wholly here or wholly there.
async fn a_killed_hand_over_moves_nothing(store: Store) {
    let (a, b) = (account(&store, "a@x.com").await, account(&store, "b@x.com").await);
    for round in 0..12_u64 {
        let p = project(&store, &a, &format!("a{round}.com")).await;
        let scan = scanned(&store, &a, &p, NOW).await;
        let hash = format!("h{round}");
        store.offer_project(&a.manage(), &a.id, &offer(&p, "b@x.com", false), &hash, &letter(&hash), &by(), NOW).await.unwrap();
        let (other, proof, link) = (store.clone(), b.manage(), hash.clone());
        let work = tokio::spawn(async move { other.accept_offer(&proof, "b@x.com", &link, &by(), NOW).await });
        tokio::time::sleep(std::time::Duration::from_micros(round * 300)).await;
        work.abort();
        let _ = work.await;
        let (here, there) = (store.project(&a.read(), &p.id).await.unwrap(), store.project(&b.read(), &p.id).await.unwrap());
        assert!(here.is_some() != there.is_some(), "round {round}");
        let (reader, offered) = if here.is_some() { (a.read(), true) } else { (b.read(), false) };
        assert!(store.result(&reader, &scan).await.unwrap().is_some(), "round {round}");
        assert_eq!(store.offer(&hash, NOW).await.unwrap().is_some(), offered, "round {round}");
    }
    assert!(store.examine(&CanOperate::console()).await.unwrap().is_empty());
}

async fn join(store: &Store, owner: &Person, who: &Person, only: Option<Vec<store::ProjectId>>) -> store::Member {
    let id = format!("i-{}", who.id);
    let i = Invitation { id: id.clone(), email: who.email.clone(), role: Role::Viewer, only, created_at: NOW, expires_at: NOW + 1000 };
    store.invite(&owner.manage(), &i, &id, &letter(&id), &by(), NOW).await.unwrap();
    store.accept(&id, &who.account, &by(), NOW + 1).await.unwrap();
    store.memberships(&who.id).await.unwrap().into_iter().find(|m| m.workspace() == owner.member.workspace()).unwrap()
}

async fn comments_and_tasks_stay_within_those_who_see(store: Store) {
    let (a, client, stranger) = (account(&store, "a@x.com").await, account(&store, "c@x.com").await, account(&store, "s@x.com").await);
    let (p, other) = (project(&store, &a, "a.com").await, project(&store, &a, "b.com").await);
    let seat = join(&store, &a, &client, Some(vec![p.id.clone()])).await;
    assert!(seat.comment(&other.id).is_none());
    store.add_comment(&seat.comment(&p.id).unwrap(), "TLS-01", "done", &[letter("m")], &by(), NOW).await.unwrap();
    store.add_comment(&a.member.comment(&other.id).unwrap(), "TLS-01", "secret", &[], &by(), NOW).await.unwrap();
    let read = seat.read().unwrap();
    assert_eq!(store.comments(&read, &p.id, "TLS-01").await.unwrap()[0].text, "done");
    assert!(store.comments(&read, &other.id, "TLS-01").await.unwrap().is_empty());
    assert!(store.comments(&stranger.read(), &p.id, "TLS-01").await.unwrap().is_empty());
    assert_eq!(store.audience(&a.read(), &p.id).await.unwrap().len(), 2);
    assert_eq!(store.audience(&a.read(), &other.id).await.unwrap().len(), 1);
    let to = Some((&client.id, "2026-12-01"));
    assert!(store.assign(&a.work(&p.id), "TLS-01", to, None, &by(), NOW).await.unwrap());
    assert!(!store.assign(&a.work(&other.id), "TLS-01", to, None, &by(), NOW).await.unwrap(), "they do not see it");
    assert!(!store.assign(&a.work(&p.id), "TLS-01", Some((&stranger.id, "")), None, &by(), NOW).await.unwrap());
    let mine = store.assignments(&read, None, Some(&client.id)).await.unwrap();
    assert_eq!(mine.iter().map(|t| (t.check.as_str(), t.due.as_str())).collect::<Vec<_>>(), [("TLS-01", "2026-12-01")]);
    assert!(store.assign(&a.work(&p.id), "TLS-01", None, None, &by(), NOW).await.unwrap());
    assert!(store.assignments(&a.read(), None, None).await.unwrap().is_empty());
}

fn token(id: &str, owner: &Person, scopes: Vec<Scope>, project: Option<store::ProjectId>) -> Token {
    Token {
        id: id.into(),
        name: id.into(),
        shown: "lr_".into(),
        scopes,
        project,
        account: owner.id.clone(),
        created_at: NOW,
        expires_at: NOW + 100,
        used_at: 0,
    }
}

async fn a_token_never_gives_more_than_its_owner_has(store: Store) {
    let (a, client) = (account(&store, "a@x.com").await, account(&store, "c@x.com").await);
    let (p, other) = (project(&store, &a, "a.com").await, project(&store, &a, "b.com").await);
    let seat = join(&store, &a, &client, Some(vec![p.id.clone()])).await;
    store.create_token(&seat, &token("t", &client, Scope::ALL.to_vec(), None), "h", &by(), NOW).await.unwrap();
    store.create_token(&a.member, &token("mine", &a, vec![Scope::Read], Some(other.id.clone())), "a", &by(), NOW).await.unwrap();
    let (who, place, _) = store.token_place("h", NOW).await.unwrap().unwrap();
    assert_eq!(who.id, client.id);
    assert!(place.comment(&p.id).is_some() && place.work(&p.id).is_none() && place.manage().is_none());
    assert!(store.project(&place.read().unwrap(), &other.id).await.unwrap().is_none());
    let (_, narrow, _) = store.token_place("a", NOW).await.unwrap().unwrap();
    assert!(store.project(&narrow.read().unwrap(), &p.id).await.unwrap().is_none() && narrow.scan(&other.id).is_none());
    assert!(store.token_place("h", NOW + 100).await.unwrap().is_none(), "too old");
    // One's own are seen, and an owner sees all.
    assert_eq!((store.tokens(&seat).await.unwrap().len(), store.tokens(&a.member).await.unwrap().len()), (1, 2));
    assert!(!store.revoke_token(&seat, "mine", &by(), NOW).await.unwrap());
    // Who is let go takes their tokens along.
    store.remove_member(&a.manage(), &client.id, &by(), NOW).await.unwrap();
    assert!(store.token_place("h", NOW).await.unwrap().is_none());
    store.set_disabled(&CanOperate::console(), &a.id, NOW, &by(), NOW).await.unwrap();
    assert!(store.token_place("a", NOW).await.unwrap().is_none());
}

async fn a_full_workspace_says_so(store: Store) {
    let a = account(&store, "a@x.com").await;
    let quotas = Quotas { projects: 1, scans: 1, members: 1, tokens: 0, megabytes: 1 };
    assert!(store.set_quotas(&CanOperate::console(), a.member.workspace().as_str(), &quotas, &by(), NOW).await.unwrap());
    let p = project(&store, &a, "a.com").await;
    let full = store.create_project(&a.create(), &p.draft, &by(), NOW).await.unwrap_err();
    assert!(matches!(full, StoreError::Full(Quota::Projects, 1)) && full.to_string().starts_with("1 projects, archived ones too"));
    scanned(&store, &a, &p, NOW).await;
    let proof = a.member.scan(&p.id).unwrap();
    assert!(matches!(store.start_scan(&proof, &p, NOW + 5).await, Err(StoreError::Full(Quota::Scans, 1))));
    assert!(store.start_scan(&proof, &p, NOW + DAY + 1).await.is_ok(), "a day later");
    assert!(store.start_scan(&proof, &p, NOW + DAY + 2).await.is_ok(), "the one under way");
    let i = Invitation { id: "i".into(), email: "b@x.com".into(), role: Role::Viewer, only: None, created_at: NOW, expires_at: NOW + 9 };
    assert!(matches!(store.invite(&a.manage(), &i, "h", &letter("l"), &by(), NOW).await, Err(StoreError::Full(Quota::Members, 1))));
    let file = |id: &str, size: i64| FileRow {
        id: id.into(),
        check: "MAIL-16".into(),
        name: "a.txt".into(),
        kind: "text/plain".into(),
        size,
        sha256: "0".into(),
        author: "a@x.com".into(),
        at: NOW,
    };
    let comment = a.member.comment(&p.id).unwrap();
    assert!(store.add_file(&comment, &file("f1", 900_000), &by()).await.unwrap());
    assert!(store.add_file(&comment, &file("f2", 200_000), &by()).await.unwrap(), "there was room");
    assert!(matches!(store.add_file(&comment, &file("f3", 1), &by()).await, Err(StoreError::Full(Quota::Megabytes, 1))));
    let pack = Pack {
        id: "z".into(),
        scan: "s".into(),
        size: 1,
        sha256: "0".into(),
        author: "a@x.com".into(),
        at: NOW,
        signed_name: String::new(),
        signed_by: String::new(),
        signed_at: 0,
    };
    assert!(matches!(store.add_pack(&a.work(&p.id), &pack, &by()).await, Err(StoreError::Full(Quota::Megabytes, 1))));
    let t = token("t", &a, vec![Scope::Read], None);
    assert!(matches!(store.create_token(&a.member, &t, "h", &by(), NOW).await, Err(StoreError::Full(Quota::Tokens, 0))));
}

async fn old_evidence_is_forgotten_and_results_stay(store: Store) {
    let a = account(&store, "a@x.com").await;
    let (p, alone) = (project(&store, &a, "a.com").await, project(&store, &a, "b.com").await);
    let old = scanned(&store, &a, &p, NOW).await;
    let only = scanned(&store, &a, &alone, NOW).await;
    let new = scanned(&store, &a, &p, NOW + 10 * DAY).await;
    assert_eq!(store.forget_evidence(NOW + 89 * DAY, 10).await.unwrap(), 0);
    assert_eq!(store.forget_evidence(NOW + 91 * DAY, 10).await.unwrap(), 1);
    assert_eq!(store.forget_evidence(NOW + 91 * DAY, 10).await.unwrap(), 0);
    let gaps = async |id: &ScanId| store.result(&a.read(), id).await.unwrap().map(|(e, x)| (e.gaps.len(), e.finished_at, x.findings.len()));
    let (whole, bare) = (gaps(&new).await.unwrap(), gaps(&old).await.unwrap());
    assert_eq!((bare.0, bare.1, bare.2), (0, NOW, whole.2));
    assert_eq!((whole.0, gaps(&only).await.unwrap().0), (1, 1), "the newest of a project stays whole");
}

async fn a_creation_with_a_key_is_done_once(store: Store) {
    assert_eq!(store.begin_once("k", "r", NOW).await.unwrap(), None);
    assert_eq!(store.begin_once("k", "r", NOW).await.unwrap(), Some((0, String::new(), true)));
    store.end_once("k", 201, "{}").await.unwrap();
    assert_eq!(store.begin_once("k", "other", NOW).await.unwrap(), Some((201, "{}".into(), false)));
    assert_eq!(store.begin_once("l", "r", NOW).await.unwrap(), None);
    store.end_once("l", 500, "").await.unwrap();
    assert_eq!(store.begin_once("l", "r", NOW).await.unwrap(), None, "our failure may be tried again");
    store.forget_once(NOW + 1).await.unwrap();
    assert_eq!(store.begin_once("k", "r", NOW).await.unwrap(), None);
}

async fn the_database_is_examined(store: Store) {
    let proof = CanOperate::console();
    let a = account(&store, "a@x.com").await;
    let p = project(&store, &a, "a.com").await;
    scanned(&store, &a, &p, NOW).await;
    assert_eq!(store.examine(&proof).await.unwrap(), Vec::<String>::new());
    let mail = store.claim_mail(NOW + DAY, NOW + 2 * DAY).await.unwrap().unwrap();
    store.mail_failed(&mail.id, "no", None).await.unwrap();
    assert_eq!(store.examine(&proof).await.unwrap(), ["1 mails that were given up."]);
    let health = store.instance_health(&proof).await.unwrap();
    assert_eq!((health.accounts, health.workspaces, health.projects, health.dead_mail), (1, 1, 1, 1));
    assert!(health.bytes > 0);
    assert!(store.has_no_admin().await.unwrap() && store.first_admin(&a.id, &by(), NOW).await.unwrap());
    store.set_disabled(&proof, &a.id, NOW, &by(), NOW).await.unwrap();
    store.set_disabled(&proof, &a.id, 0, &by(), NOW + 1).await.unwrap();
    let log = store.instance_log(&proof, 9).await.unwrap();
    let deeds: Vec<_> = log.iter().map(|l| l.deed.as_str()).collect();
    assert_eq!(deeds, ["account switched on", "account switched off", "first administrator"]);
    assert!(store.audit(&a.manage(), "switched", 9).await.unwrap().is_empty(), "no workspace sees it");
    let b = account(&store, "b@x.com").await;
    assert!(!store.first_admin(&b.id, &by(), NOW).await.unwrap(), "there is one already");
    assert_eq!(store.users(&proof, "A@", 9).await.unwrap().iter().map(|u| u.admin).collect::<Vec<_>>(), [true]);
}
