//! What lets somebody in has one life: each change of it against each thing that must end with it, on
//! SQLite and on Postgres.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "tests")]

mod common;

use common::{NOW, Person, account, by, letter, link, project};
use store::{Change, Deed, LinkKind, PasskeyRow, SessionRow, Share, Store, Token, Verified, Whence};

on_both!(
    every_change_ends_what_it_must,
    a_stranger_leaves_nothing_to_who_proves_the_address,
    a_merged_account_brings_its_work_and_no_links,
    an_unconfirmed_account_ends,
    the_log_of_an_account_joins_and_is_bounded,
);

const SESSIONS: [&str; 2] = ["keep", "other"];

async fn fill(store: &Store, p: &Person, tag: &str) {
    let key = |name: &str| format!("{tag}-{name}");
    for s in SESSIONS {
        let row = SessionRow { key: &key(s), account: p.id.as_str(), device: "", data: "{}", expires_at: NOW + 1000 };
        assert!(store.create_session(row, NOW).await.unwrap());
    }
    let email = store::NewLink { detail: format!("{tag}-new@x.com"), ..link(&key("email"), LinkKind::Email) };
    store.send_link(&p.id, &link(&key("reset"), LinkKind::Reset), &[], NOW).await.unwrap();
    store.send_link(&p.id, &email, &[], NOW).await.unwrap();
    let passkey = PasskeyRow { id: key("key"), name: "k".into(), data: "{}".into(), created_at: NOW, used_at: 0 };
    let shop = project(store, p, &format!("{tag}.com")).await;
    let work = p.work(&shop.id);
    let share = Share {
        id: key("share"),
        project: shop.id.clone(),
        scan: None,
        label: "for Bob".into(),
        password_hash: String::new(),
        created_at: NOW,
        expires_at: 0,
        views: 0,
    };
    store.create_share(&work, &share, &key("share"), &by(), NOW).await.unwrap();
    store.set_badge(&work, &key("badge"), &by(), NOW).await.unwrap();
    let token = Token {
        id: key("token"),
        name: "t".into(),
        shown: "lr_".into(),
        scopes: vec![store::Scope::Read],
        project: None,
        account: p.id.clone(),
        created_at: NOW,
        expires_at: 0,
        used_at: 0,
    };
    store.create_token(&p.member, &token, &key("token"), &by(), NOW).await.unwrap();
    store.set_calendar(&p.member, &key("feed")).await.unwrap();
    // Factors last: they end sessions and links themselves, unless these are kept.
    store.add_passkey(&p.id, &passkey, &key("keep"), &letter(&key("k")), NOW).await.unwrap();
    store.set_totp(&p.id, "sealed", &key("keep"), &letter(&key("f")), NOW).await.unwrap();
    store.set_codes(&p.id, &["code".into()]).await.unwrap();
    assert!(store.bind_identity(&p.id, "https://id", &key("subject"), &key("keep"), &letter(&key("i")), NOW).await.unwrap());
    let row = SessionRow { key: &key("other"), account: p.id.as_str(), device: "", data: "{}", expires_at: NOW + 1000 };
    assert!(store.create_session(row, NOW).await.unwrap());
    store.send_link(&p.id, &link(&key("reset"), LinkKind::Reset), &[], NOW).await.unwrap();
    store.send_link(&p.id, &store::NewLink { hash: key("email"), ..email_link(tag) }, &[], NOW).await.unwrap();
}

fn email_link(tag: &str) -> store::NewLink {
    store::NewLink { detail: format!("{tag}-new@x.com"), ..link("", LinkKind::Email) }
}

/// What is left: sessions, links, factors, programs, given.
async fn left(store: &Store, p: &Person, tag: &str) -> [bool; 6] {
    let key = |name: &str| format!("{tag}-{name}");
    let factors = store.factors(&p.id).await.unwrap();
    let identity = store.account_by_identity("https://id", &key("subject")).await.unwrap().is_some();
    assert_eq!((factors.totp.is_empty(), factors.passkeys.is_empty(), factors.codes == 0), (!identity, !identity, !identity), "{tag}");
    let token = store.token_place(&key("token"), NOW).await.unwrap().is_some();
    assert_eq!(store.calendar(&key("feed")).await.unwrap().is_some(), token, "{tag}");
    let share = store.share(&key("share"), NOW).await.unwrap().is_some();
    assert_eq!(store.badge(&key("badge")).await.unwrap().is_some(), share, "{tag}");
    let reset = store.link(&key("reset"), LinkKind::Reset, NOW).await.unwrap().is_some();
    let email = store.link(&key("email"), LinkKind::Email, NOW).await.unwrap().is_some();
    [
        store.load_session(&key("keep"), NOW).await.unwrap().is_some(),
        store.load_session(&key("other"), NOW).await.unwrap().is_some(),
        reset || email,
        identity,
        token,
        share,
    ]
}

async fn every_change_ends_what_it_must(store: Store) {
    for (n, change) in Change::ALL.into_iter().enumerate() {
        for programs in [false, true] {
            let tag = format!("t{n}{}", u8::from(programs));
            let p = account(&store, &format!("{tag}@x.com")).await;
            let confirm = format!("confirm-{}", p.id);
            if change != Change::FirstProof {
                assert!(store.verify_address(&confirm, "", NOW).await.unwrap().is_some());
            }
            if change == Change::Reset {
                store.schedule_deletion(&p.id, NOW + 100, &letter(&format!("{tag}-bye")), NOW).await.unwrap();
            }
            fill(&store, &p, &tag).await;
            assert_eq!(left(&store, &p, &tag).await, [true; 6], "{change:?}");
            let (mail, keep) = (letter(&format!("{tag}-done")), format!("{tag}-keep"));
            // Whether the session that makes the change outlives it.
            let stays = match change {
                Change::Password => {
                    store.set_password(&p.id, "new", &keep, programs, &mail, NOW).await.unwrap();
                    true
                }
                Change::Reset => {
                    assert!(store.reset_password(&format!("{tag}-reset"), "new", programs, &mail, NOW).await.unwrap().is_some());
                    assert_eq!(store.account(&p.id).await.unwrap().unwrap().delete_at, 0, "a reset keeps the account");
                    false
                }
                Change::FirstProof => {
                    assert!(store.verify_address(&confirm, &keep, NOW).await.unwrap().is_some());
                    true
                }
                Change::Address => {
                    assert!(store.change_email(&format!("{tag}-email"), &keep, NOW).await.unwrap().is_some());
                    true
                }
                Change::Factor => {
                    store.set_totp(&p.id, "other", &keep, &mail, NOW).await.unwrap();
                    true
                }
                Change::Deletion => {
                    store.schedule_deletion(&p.id, NOW + 100, &mail, NOW).await.unwrap();
                    false
                }
            };
            let asked = programs && matches!(change, Change::Password | Change::Reset);
            let ends = change.ends(asked);
            let want = [stays, !ends.sessions, !ends.links, !ends.factors, !ends.programs, !ends.given];
            assert_eq!(left(&store, &p, &tag).await, want, "{change:?}, programs {programs}");
        }
    }
}

async fn a_stranger_leaves_nothing_to_who_proves_the_address(store: Store) {
    let p = account(&store, "owner@x.com").await;
    fill(&store, &p, "s").await;
    assert!(store.reset_password("s-reset", "the owner's", false, &letter("done"), NOW).await.unwrap().is_some());
    assert_eq!(left(&store, &p, "s").await, [false; 6]);
    let now = store.account(&p.id).await.unwrap().unwrap();
    assert_eq!((now.is_verified(), now.password_hash.as_str()), (true, "the owner's"));
    assert!(!store.factors(&p.id).await.unwrap().any());
}

async fn a_merged_account_brings_its_work_and_no_links(store: Store) {
    let first = account(&store, "ada@x.com").await;
    store.verify_address(&format!("confirm-{}", first.id), "", NOW).await.unwrap();
    let second = account(&store, "ada@x.com").await;
    let shop = project(&store, &second, "shop.com").await;
    let work = second.work(&shop.id);
    store.add_comment(&second.member.comment(&shop.id).unwrap(), "TLS-01", "seen", &[], &by(), NOW).await.unwrap();
    let share = Share {
        id: "m".into(),
        project: shop.id.clone(),
        scan: None,
        label: "l".into(),
        password_hash: String::new(),
        created_at: NOW,
        expires_at: 0,
        views: 0,
    };
    store.create_share(&work, &share, "m", &by(), NOW).await.unwrap();
    store.set_badge(&work, "m-badge", &by(), NOW).await.unwrap();
    let done = store.verify_address(&format!("confirm-{}", second.id), "", NOW).await.unwrap();
    assert_eq!(done, Some(Verified::Merged(first.id.clone())));
    assert!(store.project(&first.read(), &shop.id).await.unwrap().is_some());
    assert_eq!(store.comments(&first.read(), &shop.id, "TLS-01").await.unwrap().len(), 1, "what was written moves along");
    assert!(store.share("m", NOW).await.unwrap().is_none() && store.badge("m-badge").await.unwrap().is_none());
    assert_eq!(store.memberships(&first.id).await.unwrap().len(), 1, "the empty workspace is gone");
}

async fn an_unconfirmed_account_ends(store: Store) {
    let (a, b, c) = (account(&store, "a@x.com").await, account(&store, "b@x.com").await, account(&store, "c@x.com").await);
    let shop = project(&store, &a, "a.com").await;
    store.verify_address(&format!("confirm-{}", b.id), "", NOW).await.unwrap();
    assert!(store.first_admin(&c.id, &by(), NOW).await.unwrap());
    assert_eq!(store.delete_due_accounts(true, NOW + 999).await.unwrap(), 0, "its link still works");
    assert_eq!(store.delete_due_accounts(false, NOW + 1000).await.unwrap(), 0, "nobody gets letters here");
    // Another letter gives it more time.
    store.send_link(&a.id, &store::NewLink { expires_at: NOW + 2000, ..link("again", LinkKind::Verify) }, &[], NOW).await.unwrap();
    assert_eq!(store.delete_due_accounts(true, NOW + 1000).await.unwrap(), 0);
    assert_eq!(store.delete_due_accounts(true, NOW + 2000).await.unwrap(), 1);
    assert!(store.account(&a.id).await.unwrap().is_none() && store.project(&a.read(), &shop.id).await.unwrap().is_none());
    assert!(store.account(&b.id).await.unwrap().is_some() && store.account(&c.id).await.unwrap().is_some());
}

async fn the_log_of_an_account_joins_and_is_bounded(store: Store) {
    let (a, b) = (account(&store, "a@x.com").await, account(&store, "b@x.com").await);
    let from = |n: u32| Whence { place: format!("203.0.{n}.0/24"), device: "Firefox on Linux".into() };
    assert_eq!(store.note_security(&a.id, Deed::WrongCode, &from(1), NOW).await.unwrap(), 1);
    assert_eq!(store.note_security(&a.id, Deed::WrongCode, &from(1), NOW + 1).await.unwrap(), 2);
    assert_eq!(store.note_security(&a.id, Deed::WrongCode, &from(2), NOW + 2).await.unwrap(), 1);
    assert_eq!(store.note_security(&a.id, Deed::SignIn, &from(1), NOW + 3).await.unwrap(), 1);
    assert_eq!(store.note_security(&a.id, Deed::WrongCode, &from(1), NOW + 16 * 60_000).await.unwrap(), 1);
    let log = store.security_log(&a.id, 10).await.unwrap();
    assert_eq!(log.iter().map(|r| r.times).collect::<Vec<_>>(), [1, 1, 1, 2]);
    for n in 0..250 {
        store.note_security(&a.id, Deed::WrongPassword, &from(n), NOW + 3_600_000 + i64::from(n)).await.unwrap();
    }
    let log = store.security_log(&a.id, 1000).await.unwrap();
    assert_eq!((log.len(), log.iter().filter(|r| r.deed == Deed::SignIn).count()), (104, 1), "strangers push out their like alone");
    assert!(store.security_log(&b.id, 10).await.unwrap().is_empty());
    store.sweep(NOW + 91 * 86_400_000).await.unwrap();
    assert!(store.security_log(&a.id, 10).await.unwrap().is_empty());
}
