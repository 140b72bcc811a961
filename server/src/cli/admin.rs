//! `launch-ready admin`: what whoever runs an instance does at its console.

use super::common::{Common, print, runtime};
use super::sealed;
use crate::app::App;
use crate::platform::clock::now;
use crate::platform::encryption::totp_of;
use axum::extract::FromRef;
use clap::{Args, Subcommand};
use readiness::time;
use secrecy::ExposeSecret;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use store::{By, CanOperate, Quotas, UserRow};

#[derive(Debug, Args)]
pub struct AdminArgs {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List accounts
    Users {
        /// Only addresses that hold this
        #[arg(default_value = "")]
        words: String,
    },
    /// List workspaces with what they hold and may hold
    Workspaces,
    /// Make somebody an administrator
    MakeAdmin {
        /// Address of the account
        email: String,
        /// Take it away instead
        #[arg(long)]
        revoke: bool,
    },
    /// Let an account sign in no longer, and end its sessions
    Disable {
        /// Address of the account
        email: String,
    },
    /// Let it sign in again
    Enable {
        /// Address of the account
        email: String,
    },
    /// Take every second factor of an account away, for somebody who has lost them
    ResetFactor {
        /// Address of the account
        email: String,
    },
    /// Seal every secret in the database with a fresh key; stop the server first
    RotateKeys,
    /// Set what a workspace may hold: projects=500 scans=1000 members=100 tokens=50
    Quota {
        /// Id of the workspace, from `workspaces`
        workspace: String,
        /// NAME=NUMBER
        #[arg(required = true)]
        limits: Vec<String>,
    },
    /// Copy a SQLite database while it is in use
    Backup {
        /// File to write, which must not exist
        file: PathBuf,
        /// Encrypt it to this public key of age (age1…); only its private half reads it
        #[arg(long, value_name = "RECIPIENT")]
        encrypt_to: Option<String>,
    },
    /// Put a copy in place of the SQLite database; stop the server first
    Restore {
        /// File that `backup` wrote
        file: PathBuf,
        /// File with the private key of age, if the copy is encrypted
        #[arg(long, value_name = "FILE")]
        identity: Option<PathBuf>,
    },
    /// Show what takes the room in the database
    Storage,
    /// Look for damage, orphaned rows and mail that was given up
    Check,
    /// Forget previews, evidence and accounts whose time has come, now instead of at the next sweep
    Purge,
}

/// Runs the command.
pub fn admin(args: &AdminArgs) -> Result<ExitCode, String> {
    let settings = args.common.settings(&[])?;
    runtime()?.block_on(async {
        if let Command::Restore { file, identity } = &args.command {
            let Some(keys) = identity else { return restore(settings.database_url.expose_secret(), file).await };
            let plain = file.with_extension(format!("open-{}", now()));
            sealed::decrypt(file, &plain, keys)?;
            let done = restore(settings.database_url.expose_secret(), &plain).await;
            std::fs::remove_file(&plain).map_err(|e| format!("{} is left over and not encrypted: {e}.", plain.display()))?;
            return done;
        }
        let app = App::open(settings).await?;
        let result = run(&app, &args.command).await;
        app.store.close().await;
        result
    })
}

/// Bytes for a person.
#[allow(clippy::cast_precision_loss, reason = "for a person")]
fn size(bytes: i64) -> String {
    match bytes {
        0..10_000 => format!("{bytes} B"),
        10_000..10_000_000 => format!("{:.1} KB", bytes as f64 / 1e3),
        10_000_000..10_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

fn yes(words: &[(bool, &str)]) -> String {
    words.iter().filter(|(y, _)| *y).map(|(_, w)| *w).collect::<Vec<_>>().join(", ")
}

async fn find(app: &App, proof: &CanOperate, email: &str) -> Result<UserRow, String> {
    let list = app.store.users(proof, email, 1000).await.map_err(|e| e.to_string())?;
    let mut same = list.into_iter().filter(|u| u.email.eq_ignore_ascii_case(email)).collect::<Vec<_>>();
    // Of several that claim an address, the one who proved it.
    same.sort_by_key(|u| !u.verified);
    same.into_iter().next().ok_or_else(|| format!("There is no account with the address {email}."))
}

async fn run(app: &App, command: &Command) -> Result<ExitCode, String> {
    let proof = &CanOperate::console();
    let by = &By { actor: "console".into(), from: String::new() };
    let store = &app.store;
    let failed = |e: store::StoreError| e.to_string();
    match command {
        Command::Users { words } => {
            for u in store.users(proof, words, 10_000).await.map_err(failed)? {
                let state = yes(&[(u.admin, "administrator"), (!u.verified, "not confirmed"), (u.disabled, "switched off")]);
                print(&format!("{:<40} {}  {} workspaces  {state}\n", u.email, time::date(u.created_at), u.workspaces));
            }
        }
        Command::Workspaces => {
            for w in store.workspaces(proof, 10_000).await.map_err(failed)? {
                let q = &w.quotas;
                print(&format!(
                    "{}  {:<24} members {}/{}  projects {}/{}  scans a day {}  tokens {}  megabytes {}\n",
                    w.id, w.name, w.members, q.members, w.projects, q.projects, q.scans, q.tokens, q.megabytes
                ));
            }
        }
        Command::MakeAdmin { email, revoke } => {
            let user = find(app, proof, email).await?;
            store.set_admin(proof, &user.id, !revoke, by, now()).await.map_err(failed)?;
            print(&format!("{} is {} administrator.\n", user.email, if *revoke { "no longer an" } else { "an" }));
        }
        Command::Disable { email } => {
            let user = find(app, proof, email).await?;
            store.set_disabled(proof, &user.id, now(), by, now()).await.map_err(failed)?;
            print(&format!("{} can sign in no longer, and is signed out everywhere.\n", user.email));
        }
        Command::Enable { email } => {
            let user = find(app, proof, email).await?;
            store.set_disabled(proof, &user.id, 0, by, now()).await.map_err(failed)?;
            print(&format!("{} can sign in again.\n", user.email));
        }
        Command::ResetFactor { email } => {
            let user = find(app, proof, email).await?;
            store.reset_factors(proof, &user.id, by, now()).await.map_err(failed)?;
            print(&format!("{} signs in with the password alone now.\n", user.email));
        }
        Command::RotateKeys => {
            app.keys.rotate(&app.settings.data_dir)?;
            let mut n = 0;
            for (id, old) in store.sealed(proof).await.map_err(failed)? {
                let purpose = totp_of(&id);
                let new = app.keys.open_sealed(&old, &purpose).and_then(|secret| app.keys.seal(&secret, &purpose));
                let new = new.ok_or_else(|| format!("A secret of account {id} cannot be opened: its key is not in the key ring."))?;
                n += i32::from(store.reseal(proof, &id, &old, &new).await.map_err(failed)?);
            }
            for (id, old) in store.sealed_channels(proof).await.map_err(failed)? {
                let purpose = crate::workers::channel_purpose(&id);
                let new = app.keys.open_sealed(&old, &purpose).and_then(|secret| app.keys.seal(&secret, &purpose));
                let new = new.ok_or_else(|| format!("The address of channel {id} cannot be opened: its key is not in the key ring."))?;
                store.reseal_channel(proof, &id, &old, &new).await.map_err(failed)?;
                n += 1;
            }
            print(&format!("A fresh key seals from now on; {n} secrets were sealed anew.\n"));
        }
        Command::Quota { workspace, limits } => {
            let list = store.workspaces(proof, 100_000).await.map_err(failed)?;
            let row = list.into_iter().find(|w| w.id == *workspace).ok_or("There is no such workspace.")?;
            let quotas = set(row.quotas, limits)?;
            store.set_quotas(proof, workspace, &quotas, by, now()).await.map_err(failed)?;
            print(&format!("{} may hold {quotas:?}.\n", row.name));
        }
        Command::Backup { file, encrypt_to } => {
            let path = file.display();
            if file.exists() {
                return Err(format!("{path} exists already. Choose another name."));
            }
            let to = encrypt_to.as_deref().map(sealed::recipient).transpose()?;
            // What is not encrypted yet lies in the data folder, not where copies go.
            let plain = if to.is_some() { app.settings.data_dir.join(format!("copy-{}.db", now())) } else { file.clone() };
            if !store.backup(proof, plain.to_str().ok_or("The file's name is not text.")?).await.map_err(failed)? {
                return Err("The database is Postgres: pg_dump --format=custom --file=backup.dump \"$DATABASE_URL\" copies it, pg_restore brings it back.".into());
            }
            if let Some(to) = to {
                let done = sealed::encrypt(&plain, file, &to);
                std::fs::remove_file(&plain).map_err(|e| format!("{} is left over: {e}.", plain.display()))?;
                done?;
            }
            print(&format!(
                "Copied to {path}. Keep {} apart from it: secrets in the copy are sealed with it.\n",
                app.settings.data_dir.join("keyring").display()
            ));
        }
        Command::Storage => {
            for r in store.storage(proof).await.map_err(failed)? {
                print(&format!("{:>14}  {:>9} rows  {}\n", size(r.bytes), r.rows, r.what));
            }
        }
        Command::Check => {
            let wrong = store.examine(proof).await.map_err(failed)?;
            for line in &wrong {
                print(&format!("{line}\n"));
            }
            if !wrong.is_empty() {
                return Ok(ExitCode::from(1));
            }
            print("Nothing is wrong.\n");
        }
        Command::Purge => {
            crate::workers::forget(&crate::workers::Context::from_ref(app)).await.map_err(failed)?;
            print("What had to be forgotten is forgotten.\n");
        }
        Command::Restore { .. } => {}
    }
    Ok(ExitCode::SUCCESS)
}

fn set(mut quotas: Quotas, limits: &[String]) -> Result<Quotas, String> {
    for typed in limits {
        let wrong = || format!("“{typed}” is not a limit such as projects=500. Limits are projects, scans, members, tokens and megabytes.");
        let (name, number) = typed.split_once('=').ok_or_else(wrong)?;
        let number = number.parse::<i64>().ok().filter(|n| (0..=1_000_000).contains(n)).ok_or_else(wrong)?;
        match name {
            "projects" => quotas.projects = number,
            "scans" => quotas.scans = number,
            "members" => quotas.members = number,
            "tokens" => quotas.tokens = number,
            "megabytes" => quotas.megabytes = number,
            _ => return Err(wrong()),
        }
    }
    Ok(quotas)
}

/// Puts a copy in place; the database that was there is kept beside it.
async fn restore(url: &str, file: &Path) -> Result<ExitCode, String> {
    let Some(path) = url.strip_prefix("sqlite:").map(|p| PathBuf::from(p.split('?').next().unwrap_or(p))) else {
        return Err("The database is Postgres: pg_restore --clean --dbname=\"$DATABASE_URL\" backup.dump brings a copy back.".into());
    };
    // Opened read-only: a copy that is damaged or no database of ours must not replace a good one.
    let copy = store::Store::connect(&format!("sqlite:{}?mode=ro&immutable=1", file.display()))
        .await
        .map_err(|e| format!("{} cannot be read: {e}.", file.display()))?;
    let wrong = copy
        .examine(&CanOperate::console())
        .await
        .map_err(|e| format!("{} is no copy of a Launch Ready database: {e}.", file.display()))?;
    copy.close().await;
    if let Some(damage) = wrong.iter().find(|w| w.contains("integrity") || w.contains("of its own")) {
        return Err(damage.clone());
    }
    let kept = path.with_extension(format!("before-{}.db", now()));
    for ending in ["", "-wal", "-shm"] {
        let beside = |p: &Path| PathBuf::from(format!("{}{ending}", p.display()));
        if beside(&path).exists() {
            std::fs::rename(beside(&path), beside(&kept)).map_err(|e| e.to_string())?;
        }
    }
    std::fs::copy(file, &path).map_err(|e| format!("{} cannot be written: {e}.", path.display()))?;
    print(&format!("Put in place. What was there is {}.\n", kept.display()));
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits() {
        let text = |l: &[&str]| set(Quotas::default(), &l.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>());
        assert_eq!(text(&["projects=3", "tokens=0"]).unwrap(), Quotas { projects: 3, tokens: 0, ..Quotas::default() });
        for bad in ["projects", "projects=-1", "dogs=3", "scans=many"] {
            assert!(text(&[bad]).is_err(), "{bad}");
        }
    }
}
