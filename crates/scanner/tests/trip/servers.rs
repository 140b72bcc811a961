//! Real web servers, each with a site of its own on loopback: how one is set up, what a paste does to its
//! configuration, and how it starts again.

use lab::{Lab, Page, Site as App, presets};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Software {
    Nginx,
    Caddy,
    Apache,
    Express,
}

impl Software {
    pub const ALL: [Self; 4] = [Self::Nginx, Self::Caddy, Self::Apache, Self::Express];

    /// As the guides call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Caddy => "Caddy",
            Self::Apache => "Apache",
            Self::Express => "Express",
        }
    }
    /// What a right site is served with, and the name of that file.
    const fn right(self) -> (&'static str, &'static str) {
        match self {
            Self::Nginx => ("nginx.conf", include_str!("conf/nginx.conf")),
            Self::Caddy => ("Caddyfile", include_str!("conf/Caddyfile")),
            Self::Apache => ("apache.conf", include_str!("conf/apache.conf")),
            Self::Express => ("app.js", include_str!("conf/app.js")),
        }
    }
    fn command(self, folder: &Path) -> Command {
        let file = folder.join(self.right().0);
        let (program, before): (_, &[&str]) = match self {
            Self::Nginx => ("nginx", &["-c"]),
            Self::Caddy => ("caddy", &["run", "--adapter", "caddyfile", "--config"]),
            Self::Apache => ("apache2", &["-DFOREGROUND", "-f"]),
            Self::Express => ("node", &[]),
        };
        let mut c = Command::new(program);
        // Where Debian keeps servers is not on everybody's path.
        c.env("PATH", format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default()));
        c.args(before).arg(file).current_dir(folder).env("HOME", folder);
        c.env("NODE_PATH", Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/trip/conf/node_modules"));
        c
    }
}

/// Text above the size from which compression is worth it.
const SCRIPT: &str = "export const sdk=\"sentry.javascript.browser\";";
const HOME: &str = "<!doctype html><html lang=en><meta charset=utf-8><title>Acme</title><script type=module src=/assets/app.3f9c1b2a.js></script><h1>Acme</h1></html>";

/// A site, and the server that serves it.
pub struct Site {
    pub software: Software,
    pub host: String,
    pub config: String,
    pub folder: PathBuf,
    ip: Ipv4Addr,
    child: Option<Child>,
}

impl Site {
    /// A right site, not yet started.
    pub fn new(lab: &Lab, software: Software) -> Self {
        let host = format!("{}.test", software.name().to_ascii_lowercase());
        let [.., c, d] = lab.ip.octets();
        let ip = Ipv4Addr::new(210 + software as u8, 0, c, d);
        let ip = Ipv4Addr::new(127, ip.octets()[0], c, d);
        let folder = std::env::temp_dir().join(format!("trip-{ip}"));
        let _ = std::fs::remove_dir_all(&folder);
        let mut site = Self { software, host, config: String::new(), folder, ip, child: None };
        site.set_up(lab);
        site
    }

    /// Puts everything right: the configuration, the files, the application behind, and the names.
    pub fn set_up(&mut self, lab: &Lab) {
        let (host, www) = (self.host.as_str(), format!("www.{}", self.host));
        presets::good(lab, host);
        for name in [host, &www] {
            lab.record(name, "A", &[&self.ip.to_string()]);
        }
        let application = App::default()
            .page(
                "/login",
                Page::ok("text/html; charset=utf-8", "<!doctype html><title>Sign in</title><form></form>")
                    .with("set-cookie", "session=abc; Path=/; Secure; HttpOnly; SameSite=Lax"),
            )
            .page("/api", Page::ok("application/json", "{\"version\":1}").with("cache-control", "no-store"))
            .page(
                "/health",
                Page::ok("application/json", "{\"status\":\"pass\",\"version\":\"3f9c1b2\",\"checks\":{\"database\":\"pass\"}}")
                    .with("cache-control", "no-store"),
            );
        lab.forget(&format!("app.{host}"));
        presets::logged(lab, host, &[&www]);
        for name in [format!("app.{host}"), lab.ip.to_string()] {
            lab.site(&name, application.clone());
        }
        let _ = std::fs::remove_dir_all(&self.folder);
        self.file("public/index.html", HOME);
        self.file("public/assets/app.3f9c1b2a.js", &format!("{SCRIPT}//{}", "a line of code\n//".repeat(300)));
        self.file("public/robots.txt", "User-agent: *\nDisallow: /admin\n");
        self.file("public/uploads/one.txt", "one");
        self.file("public/.well-known/security.txt", &format!("Contact: mailto:security@{host}\nExpires: 2099-01-01T00:00:00Z\n"));
        if self.software == Software::Express {
            self.file("dist/assets/app.3f9c1b2a.js", &format!("{SCRIPT}//{}", "a line of code\n//".repeat(300)));
        }
        lab.cert(host, lab::CertKind::Names(vec![host.to_owned(), www]));
        let (chain, key) = lab.certificate(host);
        self.file("cert.pem", &chain);
        self.file("key.pem", &key);
        self.config = self.filled(self.software.right().1).replace("@LAB@", &lab.ip.to_string());
    }

    /// A text of a case, with what differs from lab to lab.
    pub fn filled(&self, text: &str) -> String {
        text.replace("@HOST@", &self.host).replace("@IP@", &self.ip.to_string()).replace("@FOLDER@", &self.folder.display().to_string())
    }

    pub fn file(&self, path: &str, text: &str) {
        let at = self.folder.join(path);
        std::fs::create_dir_all(at.parent().unwrap()).unwrap();
        std::fs::write(at, text).unwrap();
    }

    /// Replaces a text that has to be there.
    pub fn replace(&mut self, old: &str, new: &str) {
        let (old, new) = (self.filled(old), self.filled(new));
        assert!(self.config.contains(&old), "{:?}: there is no “{old}” in\n{}", self.software, self.config);
        self.config = self.config.replace(&old, &new);
    }

    /// Puts lines before a mark of the configuration.
    pub fn insert(&mut self, mark: &str, lines: &str) {
        let mark = self.filled(mark);
        let at = self.config.lines().find(|l| l.trim() == mark).unwrap_or_else(|| panic!("there is no “{mark}”")).to_owned();
        let at = format!("{at}\n");
        self.replace(&at, &format!("{lines}\n{at}"));
    }

    /// Starts it with the configuration as it is now; where it ran, it ends first.
    pub fn start(&mut self) -> Result<(), String> {
        self.stop();
        self.file(self.software.right().0, &self.config);
        let log = std::fs::File::create(self.folder.join("log")).unwrap();
        let child = self.software.command(&self.folder).stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log).spawn();
        let mut child = child.unwrap_or_else(|e| panic!("{:?}: {e}; `cargo xtask test` installs it", self.software));
        let begun = Instant::now();
        for port in [80, 443] {
            while TcpStream::connect_timeout(&SocketAddr::new(self.ip.into(), port), Duration::from_millis(200)).is_err() {
                let ended = child.try_wait().unwrap();
                if ended.is_some() || begun.elapsed() > Duration::from_secs(15) {
                    let _ = child.kill();
                    let read = |name: &str| std::fs::read_to_string(self.folder.join(name)).unwrap_or_default();
                    return Err(format!("it did not start:\n{}{}\n{}", read("log"), read("error.log"), self.config));
                }
                std::thread::sleep(Duration::from_millis(10));
            }
        }
        self.child = Some(child);
        Ok(())
    }

    fn stop(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        // By the signal that ends a server with all its workers.
        let _ = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
        child.wait().unwrap();
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.stop();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
