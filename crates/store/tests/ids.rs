//! A proof is for a workspace: with an id of another one it changes nothing there, and leaves nothing behind.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "tests")]

mod common;

use common::{NOW, account, by, letter, project};
use store::{Channel, EventKind, Filed, Invitation, Mode, Role, ScanId, Scope, Share, Store, Token};

on_both!(a_foreign_id_is_taken_by_nothing, who_does_not_see_a_project_is_not_its_owner, a_refusal_is_no_answer_to_keep);

async fn a_foreign_id_is_taken_by_nothing(store: Store) {
    let (a, b) = (account(&store, "a@x.com").await, account(&store, "b@x.com").await);
    let (mine, theirs) = (project(&store, &b, "b.com").await, project(&store, &a, "a.com").await);
    let other = project(&store, &b, "other.com").await;
    let work = b.work(&theirs.id);
    let channel = |id: &str, project: &store::ProjectId| Channel {
        id: id.into(),
        project: Some(project.clone()),
        kind: "slack".into(),
        name: id.into(),
        sealed: "s".into(),
        rules: vec![EventKind::Critical],
        off: String::new(),
    };
    assert!(!store.keep_channel(&b.manage(), &channel("c", &theirs.id), &by(), NOW).await.unwrap());
    assert!(store.keep_channel(&b.manage(), &channel("c", &mine.id), &by(), NOW).await.unwrap());
    assert!(!store.keep_channel(&b.manage(), &channel("c", &theirs.id), &by(), NOW).await.unwrap(), "nor moved to it");
    assert_eq!(store.channels(&b.manage()).await.unwrap(), [channel("c", &mine.id)]);

    let share = |id: &str, project: &store::ProjectId, scan: Option<ScanId>| Share {
        id: id.into(),
        project: project.clone(),
        scan,
        label: "l".into(),
        password_hash: String::new(),
        created_at: NOW,
        expires_at: 0,
        views: 0,
    };
    let scan = store.start_scan(&b.scan(&other.id), &other, NOW).await.unwrap().id().clone();
    assert!(store.create_share(&work, &share("s1", &theirs.id, None), "s1", &by(), NOW).await.is_err());
    assert!(store.create_share(&b.work(&mine.id), &share("s2", &mine.id, Some(scan.clone())), "s2", &by(), NOW).await.is_err());
    assert!(store.create_share(&b.work(&other.id), &share("s3", &other.id, Some(scan)), "s3", &by(), NOW).await.is_ok());
    for (hash, there) in [("s1", false), ("s2", false), ("s3", true)] {
        assert_eq!(store.share(hash, NOW).await.unwrap().is_some(), there, "{hash}");
    }

    let comment = b.member.comment(&theirs.id).unwrap();
    assert!(store.add_comment(&comment, "TLS-01", "x", &[letter("m")], &by(), NOW).await.is_err());
    assert!(store.comments(&b.read(), &theirs.id, "TLS-01").await.unwrap().is_empty());
    assert!(!store.assign(&work, "TLS-01", Some((&b.id, "")), None, &by(), NOW).await.unwrap());
    assert!(!store.assign(&work, "TLS-01", None, None, &by(), NOW).await.unwrap());
    store.set_badge(&work, "badge", &by(), NOW).await.unwrap();
    assert_eq!(store.badge("badge").await.unwrap(), None);
    store.file(&work, &Filed { client: "x".into(), ..Filed::default() }, &by(), NOW).await.unwrap();
    assert_eq!(store.filed(&a.read(), &theirs.id).await.unwrap(), Filed::default());
    store.choose(b.member.workspace(), &b.id, Some(&theirs.id), Some(Mode::Weekly), (1, 2)).await.unwrap();
    assert!(store.choices(b.member.workspace(), &b.id).await.unwrap().unwrap().projects.is_empty());

    let token = |project: &store::ProjectId| Token {
        id: project.to_string(),
        name: "t".into(),
        shown: "lr_".into(),
        scopes: vec![Scope::Read],
        project: Some(project.clone()),
        account: b.id.clone(),
        created_at: NOW,
        expires_at: 0,
        used_at: 0,
    };
    assert!(store.create_token(&b.member, &token(&theirs.id), "t1", &by(), NOW).await.is_err());
    assert!(store.create_token(&b.member, &token(&mine.id), "t2", &by(), NOW).await.is_ok());

    let deeds: Vec<String> = store.audit(&b.manage(), "", 50).await.unwrap().into_iter().map(|l| l.deed).collect();
    for deed in ["finding assigned", "badge on", "project filed"] {
        assert!(!deeds.iter().any(|d| d == deed), "{deed}: the log tells of what did not happen");
    }
}

async fn who_does_not_see_a_project_is_not_its_owner(store: Store) {
    let (a, client) = (account(&store, "a@x.com").await, account(&store, "c@x.com").await);
    let (seen, hidden) = (project(&store, &a, "a.com").await, project(&store, &a, "b.com").await);
    let only = Some(vec![seen.id.clone()]);
    let i = Invitation { id: "i".into(), email: client.email.clone(), role: Role::Viewer, only, created_at: NOW, expires_at: NOW + 1000 };
    store.invite(&a.manage(), &i, "i", &letter("i"), &by(), NOW).await.unwrap();
    store.accept("i", &client.account, &by(), NOW + 1).await.unwrap();
    for (project, want) in [(&seen, Some(client.id.clone())), (&hidden, None)] {
        store.file(&a.work(&project.id), &Filed { owner: Some(client.id.clone()), ..Filed::default() }, &by(), NOW).await.unwrap();
        assert_eq!(store.filed(&a.read(), &project.id).await.unwrap().owner, want);
    }
}

async fn a_refusal_is_no_answer_to_keep(store: Store) {
    for (status, kept) in
        [(200, true), (201, true), (409, true), (422, true), (401, false), (403, false), (404, false), (429, false), (503, false)]
    {
        let key = status.to_string();
        assert_eq!(store.begin_once(&key, "r", NOW).await.unwrap(), None);
        store.end_once(&key, status, "{}").await.unwrap();
        assert_eq!(store.begin_once(&key, "r", NOW).await.unwrap(), kept.then(|| (status, "{}".to_owned(), true)), "{status}");
    }
}
