//! A Postgres of our own on a free port, for the tests.

use crate::step::{Result, install, is_root, must};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A running server; stopped when dropped.
#[derive(Debug)]
pub struct Postgres {
    bin: PathBuf,
    data: PathBuf,
    /// `postgres://…/postgres`.
    pub url: String,
}

fn find() -> Option<PathBuf> {
    let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|e| e.path().join("bin"))
        .filter(|p| p.join("initdb").is_file())
        .collect();
    versions.sort();
    versions.pop().or_else(|| std::env::split_paths(&std::env::var_os("PATH")?).find(|d| d.join("initdb").is_file()))
}

/// Postgres refuses to run as root; then it runs as the user that its package made.
fn command(program: &Path) -> Command {
    if is_root() {
        let mut c = Command::new("setpriv");
        c.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
        c
    } else {
        Command::new(program)
    }
}

impl Postgres {
    /// Starts one, installing Postgres first where we may.
    pub fn start() -> Result<Self> {
        let bin = match find() {
            Some(bin) => bin,
            None => {
                install(&["postgresql"], "The store's tests")?;
                find().ok_or("postgresql was installed, but its initdb is not to be found")?
            }
        };
        let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).map_err(|e| e.to_string())?.port();
        let data = std::env::temp_dir().join(format!("lr-postgres-{port}"));
        std::fs::create_dir_all(&data).map_err(|e| e.to_string())?;
        if is_root() {
            must("chown", Command::new("chown").arg("postgres").arg(&data))?;
        }
        let cluster = data.join("cluster");
        must(
            "initdb",
            command(&bin.join("initdb")).current_dir("/").args(["-A", "trust", "-U", "postgres", "--no-sync", "-D"]).arg(&cluster),
        )?;
        let options = format!("-p {port} -k {} -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=300", data.display());
        // Output of the server goes to a file, or waiting for pg_ctl would wait for the server.
        must(
            "pg_ctl start",
            command(&bin.join("pg_ctl"))
                .current_dir("/")
                .args(["-w", "-o", &options, "-l"])
                .arg(data.join("log"))
                .arg("-D")
                .arg(&cluster)
                .arg("start")
                .stdout(std::process::Stdio::null()),
        )?;
        Ok(Self { bin, data, url: format!("postgres://postgres@127.0.0.1:{port}/postgres") })
    }

    /// A program of it.
    pub fn program(&self, name: &str) -> PathBuf {
        self.bin.join(name)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let _ = command(&self.bin.join("pg_ctl"))
            .current_dir("/")
            .args(["-m", "immediate", "-D"])
            .arg(self.data.join("cluster"))
            .arg("stop")
            .output();
        let _ = std::fs::remove_dir_all(&self.data);
    }
}
