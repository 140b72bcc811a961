//! `launch-ready serve` and `worker`.

use super::common::{Common, runtime};
use crate::app::App;
use crate::platform::password;
use crate::{web, workers};
use axum::extract::FromRef;
use clap::Args;
use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

#[derive(Debug, Args)]
pub struct ServeArgs {
    #[command(flatten)]
    common: Common,
    /// Address and port [default: 127.0.0.1:3000]
    #[arg(long, value_name = "IP:PORT")]
    listen: Option<String>,
    /// Scans at once in this process; 0 for none [default: 4]
    #[arg(long, value_name = "N")]
    workers: Option<String>,
}

#[derive(Debug, Args)]
pub struct WorkerArgs {
    #[command(flatten)]
    common: Common,
    /// Scans at once [default: 4]
    #[arg(long, value_name = "N")]
    workers: Option<String>,
}

/// Web server, with workers inside.
pub fn serve(args: &ServeArgs) -> Result<ExitCode, String> {
    let begun = Instant::now();
    let settings = args.common.settings(&[("listen", args.listen.clone()), ("workers", args.workers.clone())])?;
    log(settings.log_json);
    runtime()?.block_on(async {
        let app = App::open(settings).await?;
        tokio::task::spawn_blocking(password::warm_up);
        let stop = stop_on_signal();
        let workers = (app.settings.workers > 0)
            .then(|| tokio::spawn(end_with(workers::serve(workers::Context::from_ref(&app), stop.clone()), stop.clone())));
        if let Some(at) = app.settings.metrics_listen {
            tokio::spawn(end_with(web::server::serve_metrics(app.store.clone(), at, stop.clone()), stop.clone()));
        }
        let url = app.settings.public_url.clone();
        let setup = app.sign_in.setup.link(&app.store, &app.settings.public_url).await.map_err(|e| e.to_string())?;
        web::server::serve(app.clone(), stop.clone(), |at| {
            tracing::info!(%at, ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(0), "listening");
            println!("Launch Ready is at {url}");
            if let Some(link) = setup {
                println!("It has no administrator yet. Whoever signs up here becomes it: {link}");
            }
        })
        .await?;
        stop.cancel();
        finish(workers).await?;
        app.store.close().await;
        Ok(ExitCode::SUCCESS)
    })
}

/// Workers alone, on the same database as a web server.
pub fn worker(args: &WorkerArgs) -> Result<ExitCode, String> {
    let settings = args.common.settings(&[("workers", args.workers.clone())])?;
    if settings.workers == 0 {
        return Err("A worker without workers does nothing. Give --workers a number above 0.".into());
    }
    log(settings.log_json);
    runtime()?.block_on(async {
        let app = App::open(settings).await?;
        let stop = stop_on_signal();
        tracing::info!(workers = app.settings.workers, "working");
        let result = workers::serve(workers::Context::from_ref(&app), stop.clone()).await;
        app.store.close().await;
        result.map(|()| ExitCode::SUCCESS)
    })
}

type Task = tokio::task::JoinHandle<Result<(), String>>;

async fn finish(workers: Option<Task>) -> Result<(), String> {
    match workers {
        Some(w) => w.await.map_err(|e| e.to_string())?,
        None => Ok(()),
    }
}

/// A part that ends with an error ends the process.
async fn end_with(part: impl Future<Output = Result<(), String>>, stop: CancellationToken) -> Result<(), String> {
    let result = part.await;
    if let Err(error) = &result {
        tracing::error!(error, "a part of the server ended");
        stop.cancel();
    }
    result
}

/// Cancelled by SIGTERM or Ctrl-C.
fn stop_on_signal() -> CancellationToken {
    let stop = CancellationToken::new();
    let told = stop.clone();
    tokio::spawn(async move {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            match signal(SignalKind::terminate()) {
                Ok(mut term) => {
                    tokio::select! {
                        _ = term.recv() => {}
                        _ = tokio::signal::ctrl_c() => {}
                    }
                }
                Err(_) => {
                    let _ = tokio::signal::ctrl_c().await;
                }
            }
        }
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
        tracing::info!("stopping");
        told.cancel();
    });
    stop
}

fn log(json: bool) {
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn,apalis=warn,apalis_core=warn,hyper=warn"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if json {
        builder.json().init();
    } else {
        builder.with_ansi(std::io::stderr().is_terminal()).init();
    }
}
