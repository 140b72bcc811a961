//! `launch-ready scan` and `replay`: no server, no database.

use super::common::{print, runtime};
use super::remote;
use crate::platform::settings::{duration, network, resolver};
use crate::platform::version::TOOL;
use clap::{Args, ValueEnum};
use ipnet::IpNet;
use net::{Resolvers, roots};
use readiness::evidence::{Collector, EVIDENCE_VERSION, LEDGER_VERSION};
use readiness::report::{self, Report, Style};
use readiness::{Assessment, Domain, Impact, Ledger, Outcome, Outside, Selector, Target, assess};
use scanner::{Event, Options, Sources};
use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    #[default]
    Text,
    Json,
    Markdown,
    Sarif,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum YesNo {
    Yes,
    No,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FailOn {
    Critical,
    High,
}

#[derive(Debug, Args)]
pub struct Output {
    /// How to write the report
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Exit with 1 when the score is below this
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(0..=100))]
    fail_under: Option<u8>,
    /// Exit with 1 when a check of this impact or a worse one fails
    #[arg(long, value_enum)]
    fail_on: Option<FailOn>,
}

#[derive(Debug, Args)]
pub struct ScanArgs {
    /// The domain; a URL is understood too
    #[arg(value_parser = Domain::parse, required_unless_present = "project", conflicts_with = "project")]
    domain: Option<Domain>,
    /// A project on the server of `launch-ready login`, by its domain or id, instead of a scan from here
    #[arg(long, value_name = "NAME")]
    pub project: Option<String>,
    /// A further host of the product, for example app.acme.com
    #[arg(long, value_name = "HOST", value_parser = Domain::parse)]
    also: Vec<Domain>,
    /// Whether mail is sent from the domain [default: assumed]
    #[arg(long, value_enum)]
    sends_mail: Option<YesNo>,
    /// A DKIM selector of yours
    #[arg(long, value_name = "S", value_parser = Selector::parse)]
    dkim_selector: Vec<Selector>,
    /// You are entitled to test this site: also look for leftover files such as /.env
    #[arg(long)]
    entitled: bool,
    /// Ask this name server all DNS questions; it may be authoritative without recursion
    #[arg(long, value_name = "IP:PORT", value_parser = resolver)]
    resolver: Vec<SocketAddr>,
    /// Trust these roots besides Mozilla's
    #[arg(long, value_name = "PEM")]
    ca_file: Option<PathBuf>,
    /// Let the scanner enter this network besides the public internet
    #[arg(long, value_name = "CIDR")]
    allow_net: Vec<IpNet>,
    /// Never let it enter this network, even where it is public or opened
    #[arg(long, value_name = "CIDR", value_parser = network)]
    deny_net: Vec<IpNet>,
    /// End by then, with what is known
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = timeout)]
    timeout: Duration,
    /// A mail service that sends for you: google, resend, postmark …
    #[arg(long, value_name = "ID", value_parser = sender)]
    sender: Vec<String>,
    /// A link in an ad, a profile or a mail that must work
    #[arg(long, value_name = "URL", value_parser = link)]
    link: Vec<String>,
    /// Path of a health endpoint [default: the usual ones]
    #[arg(long, value_name = "PATH")]
    health: Vec<String>,
    /// There is no www. on purpose
    #[arg(long)]
    no_www: bool,
    /// An internal product that search engines should not find
    #[arg(long)]
    internal: bool,
    /// Where certificate logs are searched, {domain} for the domain; `none` for nowhere [default: crt.sh]
    #[arg(long, value_name = "URL")]
    ct_url: Option<String>,
    /// IANA's RDAP bootstrap registry (dns.json) in place of the bundled one
    #[arg(long, value_name = "FILE")]
    rdap_bootstrap: Option<PathBuf>,
    /// DNSKEY records to validate DNSSEC from, in place of the root's
    #[arg(long, value_name = "FILE")]
    trust_anchor: Option<PathBuf>,
    /// Keep the evidence, for `launch-ready replay`
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct ScanCommand {
    #[command(flatten)]
    scan: ScanArgs,
    #[command(flatten)]
    output: Output,
    /// With --project: wait for the result
    #[arg(long, requires = "project")]
    wait: bool,
    /// Write where the time went, for chrome://tracing or ui.perfetto.dev
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct ReplayArgs {
    /// Evidence written by `scan --save`, or a ledger from the server's API
    file: PathBuf,
    /// Judge as of today, when old pieces may be stale, and not as of the newest piece
    #[arg(long)]
    today: bool,
    #[command(flatten)]
    output: Output,
}

fn sender(v: &str) -> Result<String, String> {
    readiness::providers::sender(v).map(|s| s.id.to_owned()).ok_or_else(|| {
        let known: Vec<&str> = readiness::providers::senders().iter().map(|s| s.id).collect();
        format!("“{v}” is not known. Known are {}.", known.join(", "))
    })
}

fn link(v: &str) -> Result<String, String> {
    readiness::domain::parse_link(v)
}

fn timeout(v: &str) -> Result<Duration, String> {
    duration(v, 100)
}

pub fn scan(args: &ScanCommand) -> Result<ExitCode, String> {
    if let Some(project) = &args.scan.project {
        let format = match args.output.format {
            Format::Text => None,
            Format::Json => Some("json"),
            Format::Markdown => Some("md"),
            Format::Sarif => Some("sarif"),
        };
        let fail_on: &[&str] = match args.output.fail_on {
            None => &[],
            Some(FailOn::Critical) => &["critical"],
            Some(FailOn::High) => &["critical", "high"],
        };
        return remote::scan(&remote::Wish { project, wait: args.wait, format, fail_under: args.output.fail_under, fail_on });
    }
    let evidence = look(&args.scan)?;
    if let Some(path) = &args.trace {
        let text = report::trace(&evidence).to_string();
        std::fs::write(path, text).map_err(|e| format!("The trace cannot be written to {}: {e}.", path.display()))?;
    }
    let at = evidence.started_at;
    finish(&Ledger::of_scan(evidence), at, &args.output)
}

/// Scans, keeps the evidence where asked, and says so when nothing was learned.
pub fn look(args: &ScanArgs) -> Result<Outside, String> {
    let domain = args.domain.clone().ok_or("Which domain?")?;
    let target = Target {
        domain: domain.clone(),
        hosts: args.also.clone(),
        sends_mail: args.sends_mail.map(|s| s == YesNo::Yes),
        dkim_selectors: args.dkim_selector.clone(),
        entitled: args.entitled,
        senders: args.sender.clone(),
        links: args.link.clone(),
        health: args.health.clone(),
        no_www: args.no_www,
        internal: args.internal,
        ..Target::preview(domain)
    };
    let mut sources = Sources::default();
    match args.ct_url.as_deref() {
        Some("none") => sources.ct_url = None,
        Some(url) => sources.ct_url = Some(url.to_owned()),
        None => {}
    }
    if let Some(path) = &args.rdap_bootstrap {
        sources.rdap_from(path)?;
    }
    if let Some(path) = &args.trust_anchor {
        sources.anchors_from(path)?;
    }
    let options = Options {
        resolvers: if args.resolver.is_empty() { Resolvers::System } else { Resolvers::Only(args.resolver.clone()) },
        allow: args.allow_net.clone(),
        deny: args.deny_net.clone(),
        timeout: args.timeout,
        sources,
        ..Options::new(roots::load(args.ca_file.as_deref()).map_err(|e| e.to_string())?)
    };
    let live = std::io::stderr().is_terminal();
    let begun = Instant::now();
    let progress = |event: Event| {
        if live {
            let Event::Finished(collector, evidence) = event;
            eprintln!(
                "{:>5} ms  {} ({} answers, {} requests)",
                begun.elapsed().as_millis(),
                collector.label(),
                evidence.dns.len(),
                evidence.fetches.iter().map(|f| f.hops.len()).sum::<usize>()
            );
        }
    };
    let evidence = runtime()?.block_on(scanner::collect(&target, &options, &Collector::ALL, &progress));
    if let Some(path) = &args.save {
        save(path, &evidence)?;
    }
    if !evidence.learned_anything() {
        return Err(format!(
            "Nothing was learned about {}: no name server and no web server answered. Check the network, or the --resolver.",
            evidence.target.domain
        ));
    }
    Ok(evidence)
}

pub fn replay(args: &ReplayArgs) -> Result<ExitCode, String> {
    let ledger = kept(&args.file)?;
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX));
    let at = if args.today { now } else { moment(&ledger) };
    finish(&ledger, at, &args.output)
}

/// A ledger, or what one scan saw, from a file.
pub fn kept(path: &Path) -> Result<Ledger, String> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("{} cannot be read: {e}.", path.display()))?;
    let ledger = Ledger::read(&text).map_err(|e| format!("{} is neither saved evidence nor a ledger: {e}.", path.display()))?;
    if ledger.ledger > LEDGER_VERSION || ledger.outside().is_some_and(|e| e.version > EVIDENCE_VERSION) {
        return Err(format!("{} was written by a newer version of launch-ready.", path.display()));
    }
    Ok(ledger)
}

/// When the newest piece of a ledger was taken, epoch milliseconds: judged at that moment, the rest is as it was known then.
pub fn moment(ledger: &Ledger) -> i64 {
    ledger.pieces.iter().map(|p| p.taken_at).max().unwrap_or(0)
}

fn save(path: &Path, evidence: &Outside) -> Result<(), String> {
    let text = serde_json::to_string_pretty(evidence).map_err(|e| e.to_string())?;
    std::fs::write(path, text).map_err(|e| format!("The evidence cannot be written to {}: {e}.", path.display()))
}

fn finish(ledger: &Ledger, now: i64, output: &Output) -> Result<ExitCode, String> {
    let assessment = assess(ledger, now);
    let none = Outside::empty(ledger.target.clone(), now);
    let report = Report { evidence: ledger.outside().unwrap_or(&none), assessment: &assessment, tool: TOOL, help: report::HELP };
    let pretty = |v: serde_json::Value| serde_json::to_string_pretty(&v).map(|s| s + "\n").map_err(|e| e.to_string());
    print(&match output.format {
        Format::Text => {
            let colour = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
            report::text(&report, if colour { Style::Colour } else { Style::Plain })
        }
        Format::Json => pretty(report::json(&report))?,
        Format::Markdown => report::markdown(&report),
        Format::Sarif => pretty(report::sarif(&report))?,
    });
    Ok(if below(&assessment, output) { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

fn below(a: &Assessment, output: &Output) -> bool {
    let fails = |least: Impact| a.findings.iter().any(|f| f.outcome == Outcome::Fail && f.impact <= least);
    output.fail_under.is_some_and(|n| a.score.score < f64::from(n))
        || match output.fail_on {
            Some(FailOn::Critical) => fails(Impact::Critical),
            Some(FailOn::High) => fails(Impact::High),
            None => false,
        }
}
