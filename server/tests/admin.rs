//! `launch-ready admin` on a SQLite instance: accounts, quotas, copies, keys.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::path::Path;
use std::process::{Command, Output};
use store::{Account, LinkKind, NewLink, NewMail, Store};

fn admin(data: &Path, args: &[&str]) -> Output {
    let mut c = Command::new(env!("CARGO_BIN_EXE_launch-ready"));
    for (name, _) in std::env::vars().filter(|(n, _)| n.starts_with("LAUNCH_READY") || n == "DATABASE_URL") {
        c.env_remove(name);
    }
    c.args(["admin", "--data-dir", &data.display().to_string()]).args(args).output().unwrap()
}

fn said(o: &Output) -> String {
    assert!(o.status.success(), "{}", String::from_utf8_lossy(&o.stderr));
    String::from_utf8(o.stdout.clone()).unwrap()
}

async fn person(store: &Store, email: &str) -> Account {
    let account = Account::new(email, "no hash");
    let link = NewLink { hash: account.id.to_string(), kind: LinkKind::Verify, detail: String::new(), expires_at: 9 };
    let mail = NewMail {
        cause: account.id.to_string(),
        recipient: email.into(),
        subject: "s".into(),
        text: "t".into(),
        html: "h".into(),
        unsubscribe: String::new(),
        not_before: 0,
    };
    store.create_account(&account, &link, Some(&mail), true, 1).await.unwrap();
    account
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_is_run_from_its_console() {
    let data = std::env::temp_dir().join(format!("lr-admin-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&data);
    let store = Store::connect(&format!("sqlite:{}", data.join("launch-ready.db").display())).await.unwrap();
    store.migrate().await.unwrap();
    let ada = person(&store, "ada@acme.com").await;
    let workspace = store.memberships(&ada.id).await.unwrap()[0].workspace().to_string();

    assert!(said(&admin(&data, &["make-admin", "ADA@acme.com"])).contains("is an administrator"));
    assert!(said(&admin(&data, &["users"])).contains("administrator, not confirmed"));
    assert_eq!(said(&admin(&data, &["check"])), "Nothing is wrong.\n");
    let nobody = admin(&data, &["disable", "eve@acme.com"]);
    assert_eq!((nobody.status.code(), String::from_utf8_lossy(&nobody.stderr).contains("no account")), (Some(2), true));

    // Keys change while what they sealed stays readable: the second rotation opens what the first has sealed.
    let sealed = "nonsense";
    store
        .set_totp(
            &ada.id,
            sealed,
            "",
            &NewMail {
                cause: "m".into(),
                recipient: "a".into(),
                subject: "s".into(),
                text: "t".into(),
                html: "h".into(),
                unsubscribe: String::new(),
                not_before: 0,
            },
            1,
        )
        .await
        .unwrap();
    let broken = admin(&data, &["rotate-keys"]);
    assert!(String::from_utf8_lossy(&broken.stderr).contains("cannot be opened"), "a lost key is told");
    assert!(said(&admin(&data, &["reset-factor", "ada@acme.com"])).contains("password alone"));
    assert!(said(&admin(&data, &["rotate-keys"])).contains("0 secrets"));

    assert!(said(&admin(&data, &["quota", &workspace, "projects=3"])).contains("projects: 3"));
    assert!(said(&admin(&data, &["workspaces"])).contains("projects 0/3"));
    assert_eq!(admin(&data, &["quota", &workspace, "dogs=3"]).status.code(), Some(2));

    let copy = data.join("copy.db");
    said(&admin(&data, &["backup", &copy.display().to_string()]));
    assert_eq!(admin(&data, &["backup", &copy.display().to_string()]).status.code(), Some(2), "no copy is overwritten");
    said(&admin(&data, &["disable", "ada@acme.com"]));
    assert!(said(&admin(&data, &["users", "ada"])).contains("switched off"));
    store.close().await;
    let none = data.join("none.db");
    std::fs::write(&none, "this is no database").unwrap();
    assert_eq!(admin(&data, &["restore", &none.display().to_string()]).status.code(), Some(2));
    assert!(said(&admin(&data, &["users", "ada"])).contains("switched off"), "a bad copy replaces nothing");
    assert!(said(&admin(&data, &["restore", &copy.display().to_string()])).contains("Put in place"));
    assert!(!said(&admin(&data, &["users", "ada"])).contains("switched off"));
    said(&admin(&data, &["enable", "ada@acme.com"]));
    said(&admin(&data, &["purge"]));
    let _ = std::fs::remove_dir_all(&data);
}
