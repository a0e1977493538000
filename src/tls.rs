//! The node's own certificates: a local authority that people trust once, and a certificate from it that renews itself.
//!
//! The authority can vouch for this machine's names and private addresses only (name constraints), so trusting it
//! gives nobody power over other sites. Keys lie sealed in the database. Beside it there may be a certificate that others
//! vouch for, which is shown for the names in it.
mod authority;
mod files;
mod given;
mod leaf;
pub mod names;
mod shown;
mod stored;

use authority::Authority;
use files::Files;
use given::Given;
use leaf::Leaf;
use parking_lot::RwLock;
use serde::Serialize;
use shown::Shown;
use snug_base::{App, Error, Result};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// How often names, addresses and age are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(600);

/// The authority and the certificates that are shown at present.
pub struct Tls {
    app: App,
    authority: Authority,
    current: RwLock<Leaf>,
    files: Option<Files>,
    shown: Arc<Shown>,
}

/// Where a certificate comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The node's own authority.
    Own,
    /// The files that the operator named.
    Files,
}

/// What operators are told of a certificate.
#[derive(Clone, Debug, Serialize)]
pub struct Certificate {
    pub source: Source,
    pub names: BTreeSet<String>,
    /// Unix milliseconds.
    pub expires_at: Option<i64>,
    /// What keeps the next one from being used.
    pub problem: Option<String>,
}

impl Tls {
    /// Opens or makes the authority and its certificate in the data folder.
    pub async fn open(app: &App) -> Result<Tls> {
        let folder = app.config.node.data.join("tls");
        std::fs::create_dir_all(&folder).map_err(Error::internal)?;
        let configured = names::configured(&app.config.node);
        let authority = Authority::open(app, &folder, &configured).await?;
        let wanted = authority.permitted(names::of_machine(&configured));
        let leaf = match Leaf::read(app).await? {
            Some(leaf) if leaf.serves(&wanted, &authority, app.clock.now()) => leaf,
            _ => Leaf::issue(app, &authority, wanted).await?,
        };
        let shown = Arc::new(Shown::new(leaf.certified()?));
        let files = Files::of(&app.config.tls);
        if let Some(files) = &files {
            shown.set_given(files.open()?);
        }
        Ok(Tls { app: app.clone(), authority, current: RwLock::new(leaf), files, shown })
    }

    /// What the listener does with connections.
    pub fn server_config(&self) -> Result<rustls::ServerConfig> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(Error::internal)?
            .with_no_client_auth()
            .with_cert_resolver(self.shown.clone());
        // tickets that hold the session themselves: everybody who comes back skips the signature, and nothing is remembered
        config.ticketer = rustls::crypto::ring::Ticketer::new().map_err(Error::internal)?;
        config.send_tls13_tickets = 1;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(config)
    }

    /// Issues a new certificate when the old one is past two thirds of its life or the machine's names have changed.
    /// Says whether it did.
    pub async fn renew(&self) -> Result<bool> {
        let wanted = self.authority.permitted(names::of_machine(&names::configured(&self.app.config.node)));
        if self.current.read().serves(&wanted, &self.authority, self.app.clock.now()) {
            return Ok(false);
        }
        let leaf = Leaf::issue(&self.app, &self.authority, wanted).await?;
        self.shown.set_own(leaf.certified()?);
        *self.current.write() = leaf;
        Ok(true)
    }

    /// Reads the operator's files again. Says whether there was something new that is used from now on.
    pub fn reload(&self) -> bool {
        let given = self.files.as_ref().and_then(|files| files.reload());
        let is_new = given.is_some();
        if let Some(given) = given {
            tracing::info!(names = ?given.names, "the certificate files were read again");
            self.shown.set_given(given);
        }
        is_new
    }

    /// Keeps the certificates fresh until the node stops.
    pub async fn keep_fresh(self: Arc<Self>) {
        let (_watcher, changed) = self.files.as_ref().map(Files::watch).unwrap_or_default();
        let mut ticks = tokio::time::interval(LOOK_EVERY);
        loop {
            tokio::select! {
                _ = ticks.tick() => {
                    match self.renew().await {
                        Ok(true) => tracing::info!("the node's certificate was renewed"),
                        Ok(false) => {}
                        Err(e) => tracing::error!(error = %e, "the node's certificate could not be renewed"),
                    }
                }
                () = changed.notified() => Files::settle().await,
            }
            self.reload();
        }
    }

    /// The authority's certificate, for people to trust.
    pub fn authority_pem(&self) -> &str {
        self.authority.pem()
    }

    /// The authority's certificate as DER, which some platforms prefer.
    pub fn authority_der(&self) -> Result<Vec<u8>> {
        self.authority.der()
    }

    /// The SHA-256 of the authority's certificate, as platforms show it.
    pub fn fingerprint(&self) -> Result<String> {
        self.authority.fingerprint()
    }

    /// What the certificate is for.
    pub fn names(&self) -> BTreeSet<String> {
        self.current.read().names().clone()
    }

    /// When the node's own certificate ends (Unix milliseconds), if it is not renewed before.
    pub fn expires_at(&self) -> i64 {
        self.current.read().expires_at()
    }

    /// All certificates that are shown, the one for strangers first.
    pub fn certificates(&self) -> Vec<Certificate> {
        let given = self.shown.given();
        let files = self.files.as_ref().map(|files| Certificate {
            source: Source::Files,
            names: given.as_ref().map(|given| given.names.clone()).unwrap_or_default(),
            expires_at: given.as_ref().map(|given| given.expires_at),
            problem: files.problem().or_else(|| expired(given.as_deref()?, self.app.clock.now())),
        });
        files.into_iter().chain([of_leaf(&self.current.read())]).collect()
    }
}

/// The certificates of a node that is not running.
pub async fn kept(app: &App) -> Result<Vec<Certificate>> {
    let mut kept = Vec::new();
    if let Some(files) = Files::of(&app.config.tls) {
        let (given, problem) = match files.open() {
            Ok(given) => {
                let problem = expired(&given, app.clock.now());
                (Some(given), problem)
            }
            Err(e) => (None, Some(e.detail.into())),
        };
        let expires_at = given.as_ref().map(|given| given.expires_at);
        kept.push(Certificate { source: Source::Files, names: given.map(|given| given.names).unwrap_or_default(), expires_at, problem });
    }
    kept.extend(Leaf::read(app).await?.as_ref().map(of_leaf));
    Ok(kept)
}

fn of_leaf(leaf: &Leaf) -> Certificate {
    Certificate { source: Source::Own, names: leaf.names().clone(), expires_at: Some(leaf.expires_at()), problem: None }
}

fn expired(given: &Given, now: i64) -> Option<String> {
    (given.expires_at <= now).then(|| "the certificate has expired: renew it, and browsers will take it again".to_owned())
}
