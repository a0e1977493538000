//! The node's own certificates: a local authority that people trust once, and a certificate from it that renews itself.
//!
//! The authority can vouch for this machine's names and private addresses only (name constraints), so trusting it
//! gives nobody power over other sites. Keys lie sealed in the database.
mod authority;
mod leaf;
pub mod names;
mod stored;

use authority::Authority;
use leaf::Leaf;
use parking_lot::RwLock;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use snug_base::{App, Error, Result};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// How often names, addresses and age are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(600);

/// The authority and the certificate that is shown at present.
pub struct Tls {
    app: App,
    authority: Authority,
    current: RwLock<Leaf>,
    shown: Arc<Shown>,
}

/// What a handshake needs; swapped without touching open connections.
#[derive(Debug)]
struct Shown(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.read().clone())
    }
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
        let shown = Arc::new(Shown(RwLock::new(leaf.certified()?)));
        Ok(Tls { app: app.clone(), authority, current: RwLock::new(leaf), shown })
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
        *self.shown.0.write() = leaf.certified()?;
        *self.current.write() = leaf;
        Ok(true)
    }

    /// Keeps the certificate fresh until the node stops.
    pub async fn keep_fresh(self: Arc<Self>) {
        let mut ticks = tokio::time::interval(LOOK_EVERY);
        loop {
            ticks.tick().await;
            match self.renew().await {
                Ok(true) => tracing::info!("the node's certificate was renewed"),
                Ok(false) => {}
                Err(e) => tracing::error!(error = %e, "the node's certificate could not be renewed"),
            }
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

    /// When the certificate ends (Unix milliseconds), if it is not renewed before.
    pub fn expires_at(&self) -> i64 {
        self.current.read().expires_at()
    }
}

/// When the certificate that was made last ends, for `snug status` beside a node that is not running.
pub async fn expires_at(app: &App) -> Result<Option<i64>> {
    Ok(Leaf::read(app).await?.map(|leaf| leaf.expires_at()))
}
