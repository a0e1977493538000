//! `snug serve`: opens the node, says where it is, serves until it is told to stop.
use super::settings::Settings;
use super::socket::Socket;
use super::task::Place;
use super::{output, qr, reach, unlock};
use crate::Node;
use crate::http::listen::{self, Listeners};
use crate::tls::Tls;
use serde_json::json;
use snug_base::{Clock, Code, Config, Error, Result};
use snug_operations::errors::Notice;
use std::fs::File;
use std::io::IsTerminal;
use std::path::Path;
use std::sync::Arc;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

const LOCK: &str = "node.lock";
/// Libraries whose lines of level debug would tell what is in requests and rows; whoever wants those names the library.
const LIBRARIES: &str = "h2=info,hyper=info,hyper_util=info,postgres=info,reqwest=info,rustls=info,tokio_postgres=info,tungstenite=info";

/// Runs the node.
pub async fn run(settings: Settings, as_json: bool) -> Result<()> {
    let config = settings.config.clone();
    log(&config);
    let listeners = Listeners::bind(&config.node)?;
    let urls = reach::urls(&config, &listeners.addresses());
    crate::make_folder(&config.node.data)?;
    // before the database is opened: what runs on it now must not see its schema change
    let _lock = lock(&config.node.data)?;
    let node = unlock::open(config, clock()).await?;
    let _ = node.settings.set(settings); // a node is served once
    let outcome = serve(&node, listeners, &urls, as_json).await;
    node.stop().await;
    outcome
}

/// The system's; a debug build goes ahead of it by `SNUG_TEST_AHEAD_S` seconds, so that journeys can let days pass.
fn clock() -> Clock {
    let clock = Clock::default();
    if cfg!(debug_assertions)
        && let Ok(ahead) = std::env::var("SNUG_TEST_AHEAD_S")
        && let Ok(ahead_s) = ahead.parse::<i64>()
    {
        clock.advance(ahead_s.saturating_mul(1_000));
    }
    clock
}

async fn serve(node: &Node, listeners: Listeners, urls: &[String], as_json: bool) -> Result<()> {
    let config = &node.app.config;
    let mut stop = (signal(SignalKind::terminate()).map_err(Error::internal)?, signal(SignalKind::interrupt()).map_err(Error::internal)?);
    let tls = if listeners.is_plain() { None } else { Some(Arc::new(Tls::open(&node.app).await?)) };
    node.doctor.serves(listeners.addresses(), tls.clone());
    let setup = snug_accounts::ensure_setup_token(&node.app).await?;
    let setup_url = setup.and_then(|token| Some(format!("{}/setup/{token}", urls.first()?)));
    let place = Place { urls: urls.to_vec(), since: Some(node.app.clock.now()), tls: tls.clone() };
    let socket = tokio::spawn(Socket::open(&config.node.data)?.serve(node.clone(), place));
    output::write(&greeting(config, urls, tls.as_deref(), setup_url.as_deref(), as_json)?)?;
    let outcome = listen::serve(node, listeners, tls, async move {
        tokio::select! {
            _ = stop.0.recv() => {}
            _ = stop.1.recv() => {}
        }
        tracing::info!("stopping");
        // whoever asks a second time does not want to wait
        tokio::spawn(async move {
            stop.1.recv().await;
            std::process::exit(130);
        });
    })
    .await;
    socket.abort();
    let _ = socket.await; // its file is removed by then
    outcome
}

/// Two nodes on one data folder would not see each other's events.
pub fn lock(data: &Path) -> Result<File> {
    let path = data.join(LOCK);
    let file = File::create(&path).map_err(|e| Code::Internal.error(format!("{} can't be written: {e}.", path.display())))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(Code::Internal.error(format!(
            "Another node is running on the data folder {}. Stop it first, or choose another folder with --data.",
            data.display()
        ))),
        Err(std::fs::TryLockError::Error(e)) => Err(Error::internal(e)),
    }
}

fn log(config: &Config) {
    let filter = EnvFilter::new(format!("{LIBRARIES},{}", config.node.log.as_deref().unwrap_or("info")));
    // the journal shows a line with colours as "blob data"
    let colours = std::io::stderr().is_terminal();
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(colours && !config.node.log_json);
    let lines = if config.node.log_json {
        lines.json().flatten_event(true).with_current_span(true).with_span_list(false).with_filter(filter).boxed()
    } else {
        lines.with_target(false).with_filter(filter).boxed()
    };
    // a second call in one process (tests) keeps the first
    let _ = tracing_subscriber::registry().with(lines).with(Notice.with_filter(LevelFilter::WARN)).try_init();
}

fn greeting(config: &Config, urls: &[String], tls: Option<&Tls>, setup_url: Option<&str>, as_json: bool) -> Result<String> {
    let (version, data) = (env!("CARGO_PKG_VERSION"), config.node.data.display().to_string());
    let fingerprint = tls.map(Tls::fingerprint).transpose()?;
    if as_json {
        let line = json!({ "version": version, "data": data, "urls": urls, "fingerprint": fingerprint, "setup_url": setup_url });
        return Ok(format!("{line}\n"));
    }
    let mut text = format!("Snug {version}\n\n  Data     {data}\n");
    for (n, url) in urls.iter().enumerate() {
        text.push_str(&format!("  {}{url}\n", if n == 0 { "Open     " } else { "         " }));
    }
    if let (Some(fingerprint), Some(url)) = (fingerprint, urls.first()) {
        text.push_str(&format!("  Trust    {url}/trust\n           SHA-256 {fingerprint}\n"));
    }
    if let Some(url) = reach::for_phones(config, urls)
        && let Some(code) = qr::render(&url)
        && std::env::var_os("JOURNAL_STREAM").is_none()
    {
        text.push_str(&format!("\n{code}\n  {url}\n"));
    }
    if let Some(url) = setup_url {
        text.push_str(&format!("\nMake the first account here (the link works once):\n\n  {url}\n"));
    }
    text.push('\n');
    Ok(text)
}
