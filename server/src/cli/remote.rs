//! The command line as a client of a server: `login`, `projects`, and `--project` of `scan` and `plan`.

use super::common::{print, runtime};
use clap::Args;
use reqwest::{Client, Method, StatusCode};
use serde_json::Value;
use std::io::{IsTerminal, Read};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// How often a scan that is waited for is looked at.
const LOOK: Duration = Duration::from_millis(500);
/// Where to find server and token without a login, as in a deployment.
const SERVER: &str = "LR_SERVER";
const TOKEN: &str = "LR_TOKEN";

#[derive(Debug, Args)]
pub struct LoginArgs {
    /// Address of the server, with https
    #[arg(long, value_name = "URL")]
    server: String,
}

#[derive(Debug, Args)]
pub struct ProjectsArgs {
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// A server and a token for it.
#[derive(Debug)]
pub struct Remote {
    client: Client,
    server: String,
    token: String,
}

fn file() -> Result<PathBuf, String> {
    let base = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from).or_else(|| std::env::home_dir().map(|h| h.join(".config")));
    Ok(base.ok_or("There is no home folder to keep the token in.")?.join("launch-ready").join("credentials.toml"))
}

fn remember(server: &str, token: &str) -> Result<PathBuf, String> {
    let path = file()?;
    let wrong = |e: std::io::Error| format!("{} cannot be written: {e}.", path.display());
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(wrong)?;
    }
    let mut table = toml::Table::new();
    table.insert("server".into(), server.into());
    table.insert("token".into(), token.into());
    crate::platform::private_files::keep(&path, table.to_string().as_bytes(), true).map_err(wrong)?;
    Ok(path)
}

impl Remote {
    fn new(server: &str, token: &str) -> Result<Self, String> {
        let client = Client::builder().timeout(Duration::from_secs(60)).build().map_err(|e| e.to_string())?;
        Ok(Self { client, server: server.trim_end_matches('/').to_owned(), token: token.trim().to_owned() })
    }

    /// From the environment, else from the login.
    ///
    /// # Errors
    /// If there is neither.
    pub fn known() -> Result<Self, String> {
        if let (Ok(server), Ok(token)) = (std::env::var(SERVER), std::env::var(TOKEN)) {
            return Self::new(&server, &token);
        }
        let path = file()?;
        let text = std::fs::read_to_string(&path)
            .map_err(|_| format!("No server is known. Run `launch-ready login --server URL`, or set {SERVER} and {TOKEN}."))?;
        let table: toml::Table = text.parse().map_err(|e| format!("{} cannot be read: {e}", path.display()))?;
        let text = |key: &str| table.get(key).and_then(toml::Value::as_str).ok_or_else(|| format!("{} has no {key}.", path.display()));
        Self::new(text("server")?, text("token")?)
    }

    /// Its address.
    #[must_use]
    pub fn server(&self) -> &str {
        &self.server
    }

    /// Posts JSON and returns the answer.
    ///
    /// # Errors
    /// What the server says is wrong, field by field.
    pub async fn send(&self, path: &str, body: &Value) -> Result<Value, String> {
        let request =
            self.client.post(format!("{}/api/v1{path}", self.server)).header("content-type", "application/json").body(body.to_string());
        let text = self.answer(request).await?;
        serde_json::from_str(&text).map_err(|e| format!("{} answers what is no JSON: {e}.", self.server))
    }

    async fn text(&self, method: Method, path: &str) -> Result<String, String> {
        self.answer(self.client.request(method, format!("{}/api/v1{path}", self.server))).await
    }

    async fn answer(&self, request: reqwest::RequestBuilder) -> Result<String, String> {
        let answer = request.bearer_auth(&self.token).send().await.map_err(|e| format!("{} does not answer: {e}.", self.server))?;
        let status = answer.status();
        let body = answer.text().await.map_err(|e| e.to_string())?;
        if status.is_success() {
            return Ok(body);
        }
        let said: Value = serde_json::from_str(&body).unwrap_or_default();
        let mut why = said.get("detail").and_then(Value::as_str).unwrap_or(status.canonical_reason().unwrap_or("an error")).to_owned();
        for e in said.get("errors").and_then(Value::as_array).into_iter().flatten() {
            why.push_str(&format!("\n  {}: {}", self::text(e, "pointer"), self::text(e, "detail")));
        }
        Err(if status == StatusCode::UNAUTHORIZED {
            format!("{} does not know the token, or it has ended. {why}", self.server)
        } else {
            why
        })
    }

    /// Asks for JSON.
    ///
    /// # Errors
    /// What the server says is wrong.
    pub async fn json(&self, method: Method, path: &str) -> Result<Value, String> {
        serde_json::from_str(&self.text(method, path).await?).map_err(|e| format!("{} answers what is no JSON: {e}.", self.server))
    }

    async fn all(&self, path: &str) -> Result<Vec<Value>, String> {
        let (mut out, mut cursor) = (vec![], String::new());
        loop {
            let joint = if path.contains('?') { '&' } else { '?' };
            let page = self.json(Method::GET, &format!("{path}{joint}limit=200{cursor}")).await?;
            out.extend(page.get("items").and_then(Value::as_array).cloned().unwrap_or_default());
            match page.get("next").and_then(Value::as_str) {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return Ok(out),
            }
        }
    }

    /// A project by its domain or its id.
    ///
    /// # Errors
    /// If the token sees none of that name.
    pub async fn project(&self, name: &str) -> Result<Value, String> {
        let list = self.all("/projects").await?;
        let is = |p: &&Value| text(p, "id") == name || text(p, "domain").eq_ignore_ascii_case(name);
        let known: Vec<_> = list.iter().map(|p| text(p, "domain")).collect();
        list.iter().find(is).cloned().ok_or_else(|| {
            if known.is_empty() {
                "The token sees no project.".to_owned()
            } else {
                format!("There is no project “{name}”. There are {}.", known.join(", "))
            }
        })
    }
}

fn text<'a>(v: &'a Value, key: &str) -> &'a str {
    v.get(key).and_then(Value::as_str).unwrap_or("")
}

fn line(domain: &str, scan: Option<&Value>) -> String {
    match scan.filter(|s| s.get("score").is_some()) {
        Some(s) => format!(
            "{domain:<32} {:<10} {:>3.0}  {} blockers  {}\n",
            text(s, "verdict").replace('_', " "),
            s.get("score").and_then(Value::as_f64).unwrap_or_default(),
            s.get("blockers").and_then(Value::as_i64).unwrap_or_default(),
            text(s, "finished_at")
        ),
        None => format!("{domain:<32} not scanned\n"),
    }
}

/// Reads a token, tries it, and keeps it.
pub fn login(args: &LoginArgs) -> Result<ExitCode, String> {
    if std::io::stdin().is_terminal() {
        eprintln!("Make a token on {}/workspace/tokens, paste it here, and press Enter:", args.server.trim_end_matches('/'));
    }
    let mut token = String::new();
    if std::io::stdin().is_terminal() {
        std::io::stdin().read_line(&mut token).map_err(|e| e.to_string())?;
    } else {
        std::io::stdin().take(1000).read_to_string(&mut token).map_err(|e| e.to_string())?;
    }
    runtime()?.block_on(async {
        let remote = Remote::new(&args.server, &token)?;
        let at = remote.json(Method::GET, "/workspace").await?;
        let path = remember(&remote.server, &remote.token)?;
        print(&format!("{} in “{}” at {}. Kept in {}.\n", text(&at, "account"), text(&at, "name"), remote.server, path.display()));
        Ok(ExitCode::SUCCESS)
    })
}

/// Lists the projects.
pub fn projects(args: &ProjectsArgs) -> Result<ExitCode, String> {
    runtime()?.block_on(async {
        let list = Remote::known()?.all("/projects").await?;
        if args.json {
            print(&format!("{}\n", serde_json::to_string_pretty(&list).map_err(|e| e.to_string())?));
        } else {
            print(&list.iter().map(|p| line(text(p, "domain"), p.get("newest"))).collect::<String>());
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// Has the server scan a project; what to print and when to fail.
#[derive(Debug)]
pub struct Wish<'a> {
    /// Domain or id.
    pub project: &'a str,
    /// Whether to wait for the end.
    pub wait: bool,
    /// `json`, `md`, `sarif`, or a line with `None`.
    pub format: Option<&'a str>,
    /// Fails below this score.
    pub fail_under: Option<u8>,
    /// Fails if a check of one of these impacts does.
    pub fail_on: &'a [&'a str],
}

/// Scans a project on the server.
pub fn scan(wish: &Wish) -> Result<ExitCode, String> {
    if !wish.wait && (wish.fail_under.is_some() || !wish.fail_on.is_empty() || wish.format.is_some()) {
        return Err("Without --wait there is no result yet to print or to judge.".into());
    }
    runtime()?.block_on(async {
        let remote = Remote::known()?;
        let project = remote.project(wish.project).await?;
        let base = format!("/projects/{}/scans", text(&project, "id"));
        let started = remote.json(Method::POST, &base).await?;
        let at = format!("{base}/{}", text(&started, "id"));
        let page = format!("{}{at}", remote.server);
        if !wish.wait {
            print(&format!("{page}\n"));
            return Ok(ExitCode::SUCCESS);
        }
        let scan = loop {
            let scan = remote.json(Method::GET, &at).await?;
            match text(&scan, "status") {
                "queued" | "running" => tokio::time::sleep(LOOK).await,
                "finished" => break scan,
                other => return Err(format!("The scan was {other}: {page}")),
            }
        };
        match wish.format {
            Some(format) => print(&remote.text(Method::GET, &format!("{at}/report.{format}")).await?),
            None => print(&format!("{}{page}\n", line(text(&project, "domain"), Some(&scan)))),
        }
        let low = wish.fail_under.is_some_and(|n| scan.get("score").and_then(Value::as_f64).unwrap_or_default() < f64::from(n));
        let mut failed = false;
        for impact in wish.fail_on {
            failed |= !remote.all(&format!("{at}/findings?outcome=fail&impact={impact}")).await?.is_empty();
        }
        Ok(if low || failed { ExitCode::from(1) } else { ExitCode::SUCCESS })
    })
}

/// Prints the fix plan of a project's newest result.
pub fn plan(project: &str) -> Result<ExitCode, String> {
    runtime()?.block_on(async {
        let remote = Remote::known()?;
        let project = remote.project(project).await?;
        let newest = project.get("newest").ok_or("The project was not scanned yet.")?;
        print(&remote.text(Method::GET, &format!("/projects/{}/scans/{}/plan?format=md", text(&project, "id"), text(newest, "id"))).await?);
        Ok(ExitCode::SUCCESS)
    })
}
