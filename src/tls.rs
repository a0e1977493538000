//! The node's own certificates: a local authority that people trust once, and a certificate from it that renews itself.
//!
//! The authority can vouch for this machine's names and private addresses only (name constraints), so trusting it
//! gives nobody power over other sites. Keys lie sealed in the database. Beside it there may be a certificate that others
//! vouch for, which is shown for the names in it.
mod acme;
mod answers;
mod authority;
mod files;
mod given;
pub mod http;
mod leaf;
pub mod names;
mod order;
mod shown;
mod stored;

use acme::Acme;
use authority::Authority;
use files::Files;
use given::Given;
use leaf::Leaf;
use parking_lot::RwLock;
use serde::{Deserialize, Serialize};
use shown::Shown;
use snug_base::watch::Watch;
use snug_base::{App, Code, Error, Result};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use utoipa::ToSchema;

/// How often names, addresses and age are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(600);
/// How often it is asked whether it is time to order; most of the time it is not.
const ORDER_EVERY: Duration = Duration::from_secs(60);

/// The authority and the certificates that are shown at present.
pub struct Tls {
    app: App,
    authority: Authority,
    current: RwLock<Leaf>,
    /// Why the node's own could not be renewed the last time.
    problem: RwLock<Option<String>>,
    files: Option<Files>,
    acme: Option<Acme>,
    shown: Arc<Shown>,
}

/// Where a certificate comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The node's own authority.
    Own,
    /// The files that the operator named.
    Files,
    /// An authority that it was ordered from.
    Acme,
}

impl Source {
    /// Its name for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Source::Own => "own",
            Source::Files => "files",
            Source::Acme => "acme",
        }
    }
}

/// What operators are told of a certificate.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Certificate {
    pub source: Source,
    #[schema(value_type = Vec<String>, example = json!(["chat.example.org"]))]
    pub names: BTreeSet<String>,
    /// Who vouches for it; null while there is none.
    #[schema(example = "Let's Encrypt, R11")]
    pub issuer: Option<String>,
    /// Unix milliseconds; null while there is none.
    pub issued_at: Option<i64>,
    /// Unix milliseconds; null while there is none.
    pub expires_at: Option<i64>,
    /// When the node renews it (Unix milliseconds); null where others do.
    pub renews_at: Option<i64>,
    /// What keeps the next one from being used.
    pub problem: Option<String>,
    /// When it was ordered the last time (Unix milliseconds), with whatever outcome.
    pub last_attempt_at: Option<i64>,
    /// When an order that failed is tried again (Unix milliseconds).
    pub next_attempt_at: Option<i64>,
    /// An order is under way.
    pub is_busy: bool,
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
        let acme = Acme::open(app).await?.map(|(acme, given)| {
            if let Some(given) = given {
                shown.set_given(given);
            }
            acme
        });
        Ok(Tls { app: app.clone(), authority, current: RwLock::new(leaf), problem: RwLock::default(), files, acme, shown })
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
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec(), answers::PROTOCOL.to_vec()];
        Ok(config)
    }

    /// Issues a new certificate when the old one is past two thirds of its life or the machine's names have changed.
    /// Says whether it did.
    pub async fn renew(&self) -> Result<bool> {
        let wanted = self.authority.permitted(names::of_machine(&names::configured(&self.app.config.node)));
        if self.current.read().serves(&wanted, &self.authority, self.app.clock.now()) {
            return Ok(false);
        }
        self.issue(wanted).await?;
        Ok(true)
    }

    async fn issue(&self, names: BTreeSet<String>) -> Result<()> {
        let issued = Leaf::issue(&self.app, &self.authority, names).await;
        let issued = issued.and_then(|leaf| Ok((leaf.certified()?, leaf)));
        *self.problem.write() = issued.as_ref().err().map(|e| e.detail.clone());
        let (certified, leaf) = issued?;
        self.shown.set_own(certified);
        *self.current.write() = leaf;
        Ok(())
    }

    /// Renews a certificate because somebody asks for it, however young it is; of files, reads them again. What goes wrong with an order
    /// stands in [`Tls::certificates`] afterwards.
    ///
    /// # Errors
    /// If there is none of that source, or it was ordered a moment ago.
    pub async fn renew_now(&self, source: Source) -> Result<()> {
        let none = || Code::NotFound.error(format!("The node shows no certificate of the kind {}.", source.as_str()));
        match source {
            Source::Own => self.issue(self.authority.permitted(names::of_machine(&names::configured(&self.app.config.node)))).await,
            Source::Files => {
                self.files.as_ref().ok_or_else(none)?;
                self.reload();
                Ok(())
            }
            Source::Acme => {
                let acme = self.acme.as_ref().ok_or_else(none)?;
                if let Some(given) = acme.renew_now(&self.app, self.shown.answers()).await? {
                    self.shown.set_given(given);
                }
                Ok(())
            }
        }
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

    /// Orders a certificate from the configured authority if it is time for that. Says whether there is a new one.
    pub async fn order(&self) -> Result<bool> {
        let Some(acme) = &self.acme else { return Ok(false) };
        let given = acme.renew(&self.app, self.shown.answers()).await?;
        let is_new = given.is_some();
        if let Some(given) = given {
            self.shown.set_given(given);
        }
        Ok(is_new)
    }

    /// What a certificate authority is answered that asks for a token over plain HTTP.
    pub fn answer(&self, token: &str) -> Option<String> {
        self.shown.answers().text(token)
    }

    /// Whether a connection was made by a certificate authority that only wanted to see a certificate.
    pub fn is_check(connection: &rustls::ServerConnection) -> bool {
        connection.alpn_protocol() == Some(answers::PROTOCOL)
    }

    /// Keeps the certificates fresh until the node stops.
    pub async fn keep_fresh(self: Arc<Self>) {
        tokio::join!(self.keep_own_fresh(), self.keep_ordered_fresh());
    }

    async fn keep_ordered_fresh(&self) {
        let mut ticks = tokio::time::interval(ORDER_EVERY);
        while self.acme.is_some() {
            ticks.tick().await;
            if let Err(e) = self.order().await {
                tracing::error!(error = %e, "what became of the certificate's order could not be kept");
            }
        }
    }

    async fn keep_own_fresh(&self) {
        let watch = self.files.as_ref().map(Files::watch).unwrap_or_default();
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
                () = watch.changed() => Watch::settle().await,
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
        let (given, now) = (self.shown.given(), self.app.clock.now());
        let files = self.files.as_ref().map(|files| Certificate::given(Source::Files, given.as_deref(), files.problem(), now));
        let ordered = self.acme.as_ref().map(|acme| acme.told().of(given.as_deref(), now));
        let own = Certificate { problem: self.problem.read().clone(), ..Certificate::own(&self.current.read()) };
        files.into_iter().chain(ordered).chain([own]).collect()
    }
}

/// The certificates of a node that is not running.
pub async fn kept(app: &App) -> Result<Vec<Certificate>> {
    let (mut kept, now) = (Vec::new(), app.clock.now());
    if let Some(files) = Files::of(&app.config.tls) {
        kept.push(match files.open() {
            Ok(given) => Certificate::given(Source::Files, Some(&given), None, now),
            Err(e) => Certificate::given(Source::Files, None, Some(e.detail), now),
        });
    }
    if let Some((acme, given)) = Acme::open(app).await? {
        kept.push(acme.told().of(given.as_ref(), now));
    }
    kept.extend(Leaf::read(app).await?.as_ref().map(Certificate::own));
    Ok(kept)
}

impl Certificate {
    fn own(leaf: &Leaf) -> Certificate {
        Certificate {
            source: Source::Own,
            names: leaf.names().clone(),
            issuer: Some(leaf.issuer()),
            issued_at: Some(leaf.issued_at()),
            expires_at: Some(leaf.expires_at()),
            renews_at: Some(leaf.renews_at()),
            problem: None,
            last_attempt_at: None,
            next_attempt_at: None,
            is_busy: false,
        }
    }

    /// `problem` is what keeps the next one from being used; without one an end that is past is a problem, too.
    fn given(source: Source, given: Option<&Given>, problem: Option<String>, now: i64) -> Certificate {
        let expired = given.filter(|given| given.expires_at <= now).map(|_| "the certificate has expired".to_owned());
        Certificate {
            source,
            names: given.map(|given| given.names.clone()).unwrap_or_default(),
            issuer: given.map(|given| given.issuer.clone()),
            issued_at: given.map(|given| given.issued_at),
            expires_at: given.map(|given| given.expires_at),
            renews_at: None,
            problem: problem.or(expired),
            last_attempt_at: None,
            next_attempt_at: None,
            is_busy: false,
        }
    }
}
