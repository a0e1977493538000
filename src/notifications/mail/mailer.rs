//! The way to the mail server: what is configured, and how often it is tried when it does not answer.
use super::letter::{Letter, Sender};
use super::smtp::{Connection, Failure, Server};
use lettre::Address;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use parking_lot::Mutex;
use snug_base::config::{MailConfig, MailSecurity};
use snug_base::{Code, Config, Error, Result};
use std::sync::Arc;
use tokio::sync::{OnceCell, OwnedSemaphorePermit, Semaphore};
use zeroize::Zeroizing;

/// Letters that may wait to be sent by themselves; digests wait in the database.
const WAITING: usize = 64;
/// Connections at the same time.
const CONNECTIONS: usize = 2;
/// How long a server that can't be used is left alone; it grows up to the second.
const REST_MS: i64 = 60_000;
const REST_MOST_MS: i64 = 30 * 60_000;
const DEFAULT_PORT: u16 = 8443;

/// Sends letters.
pub struct Mailer {
    config: MailConfig,
    from: Address,
    base_url: String,
    server: OnceCell<Server>,
    rest: Mutex<Rest>,
    waiting: Arc<Semaphore>,
    connections: Semaphore,
}

/// How long the server is left alone.
#[derive(Default)]
struct Rest {
    /// Unix milliseconds.
    until: i64,
    failures: u32,
}

/// A connection to the mail server that anybody may send letters on. One of few.
pub struct Way<'a> {
    mailer: &'a Mailer,
    connection: Connection,
    _turn: tokio::sync::SemaphorePermit<'a>,
}

impl Mailer {
    /// `None` where no mail server is configured.
    pub fn new(config: &Config) -> Option<Mailer> {
        let mail = &config.mail;
        mail.server.as_deref().filter(|server| !server.is_empty())?;
        Some(Mailer {
            from: mail.from.as_deref()?.parse().ok()?,
            base_url: base_url(config)?,
            config: mail.clone(),
            server: OnceCell::new(),
            rest: Mutex::default(),
            waiting: Arc::new(Semaphore::new(WAITING)),
            connections: Semaphore::new(CONNECTIONS),
        })
    }

    /// Where links in letters begin. Never what a request says of itself: whoever asks for a letter to somebody else could choose it.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    pub fn config(&self) -> &MailConfig {
        &self.config
    }

    /// Whom letters come from. `instance`: what the instance is called.
    pub fn sender(&self, instance: &str) -> Sender {
        let name = self.config.from_name.clone().filter(|name| !name.is_empty()).unwrap_or_else(|| instance.to_owned());
        Sender { address: self.from.clone(), name, host: host(&self.base_url).to_owned() }
    }

    /// Whether the server is left alone at this time (Unix milliseconds).
    pub fn is_resting(&self, now: i64) -> bool {
        self.rest.lock().until > now
    }

    /// Leaves the server alone for a while.
    pub fn rest(&self, now: i64) {
        let mut rest = self.rest.lock();
        rest.until = now + (REST_MS << rest.failures.min(10)).min(REST_MOST_MS);
        rest.failures += 1;
    }

    /// A place for a letter that waits to be sent, if there is one.
    pub fn place(&self) -> Result<OwnedSemaphorePermit> {
        let full = |_| Error {
            retry_after_s: Some(60),
            ..Code::RateLimited.error("Too many letters wait for the mail server. Try again in some minutes.")
        };
        self.waiting.clone().try_acquire_owned().map_err(full)
    }

    /// Connects.
    pub async fn open(&self) -> Result<Way<'_>, Failure> {
        let turn = self.connections.acquire().await.map_err(|e| Failure::Server(e.to_string()))?;
        let server = self.server.get_or_try_init(|| self.server()).await.map_err(|e| Failure::Server(e.detail))?;
        let connection = Connection::open(server).await?;
        *self.rest.lock() = Rest::default();
        Ok(Way { mailer: self, connection, _turn: turn })
    }

    async fn server(&self) -> Result<Server> {
        let config = self.config.clone();
        // reads files
        tokio::task::spawn_blocking(move || server(&config))
            .await
            .map_err(Error::internal)?
            .map(|server| Server { hello: ClientId::Domain(host(&self.base_url).to_owned()), ..server })
    }
}

impl Way<'_> {
    /// Sends a letter. What the server says to it is for people.
    pub async fn send(&mut self, letter: &Letter, instance: &str, now: i64) -> Result<String, Failure> {
        let sender = self.mailer.sender(instance);
        let bytes = letter.bytes(&sender, now).map_err(|e| Failure::Letter(e.to_string()))?;
        self.connection.send(&sender.address, &letter.to, &bytes).await
    }

    pub async fn close(self) {
        self.connection.close().await;
    }
}

/// The mail server as the check-up looks at it: it is let in and nothing is sent.
pub struct Probe;

impl Probe {
    /// Whether the configured server lets the node in; `None` where there is none.
    pub async fn look(config: &Config) -> Option<Result<String, String>> {
        let mailer = Mailer::new(config)?;
        Some(match mailer.open().await {
            Ok(way) => {
                way.close().await;
                Ok(mailer.config.server.clone().unwrap_or_default())
            }
            Err(failure) => Err(failure.why().to_owned()),
        })
    }
}

fn server(config: &MailConfig) -> Result<Server> {
    let host = config.server.clone().unwrap_or_default();
    let mut tls = TlsParameters::builder(host.clone());
    if let Some(path) = &config.ca_file {
        let unreadable = |e: &dyn std::fmt::Display| Code::Internal.error(format!("mail.ca_file: {} can't be read: {e}.", path.display()));
        let pem = std::fs::read(path).map_err(|e| unreadable(&e))?;
        tls = tls.add_root_certificate(Certificate::from_pem(&pem).map_err(|e| unreadable(&e))?);
    }
    let password = password(config)?;
    let credentials = config.user.clone().filter(|user| !user.is_empty()).map(|user| Credentials::new(user, password.to_string()));
    let tls = tls.build().map_err(Error::internal)?;
    Ok(Server { host, port: config.port(), security: config.security, credentials, tls, hello: ClientId::default() })
}

fn password(config: &MailConfig) -> Result<Zeroizing<String>> {
    match (&config.password, &config.password_file) {
        (Some(password), _) => Ok(password.0.clone()),
        (None, Some(path)) => {
            let text = std::fs::read_to_string(path);
            let text = text.map_err(|e| Code::Internal.error(format!("mail.password_file: {} can't be read: {e}.", path.display())))?;
            Ok(Zeroizing::new(text.trim_end_matches(['\r', '\n']).to_owned()))
        }
        (None, None) => Ok(Zeroizing::default()),
    }
}

fn host(url: &str) -> &str {
    let authority = url.split("://").nth(1).unwrap_or(url);
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    }
}

/// The public address, as the configuration knows it.
fn base_url(config: &Config) -> Option<String> {
    if let Some(url) = &config.node.public_url {
        return Some(url.trim_end_matches('/').to_owned());
    }
    let name = config.acme.domains.first()?;
    let ports: Vec<u16> = config.node.listen.iter().map(std::net::SocketAddr::port).collect();
    Some(match ports.first() {
        _ if ports.contains(&443) => format!("https://{name}"),
        port => format!("https://{name}:{}", port.unwrap_or(&DEFAULT_PORT)),
    })
}

/// What is wrong with the configuration: the key, and what to do.
pub fn wrong(config: &Config) -> Option<(&'static str, String)> {
    let mail = &config.mail;
    let Some(server) = mail.server.as_deref().filter(|server| !server.is_empty()) else {
        let is_begun = mail.from.is_some() || mail.user.is_some();
        return is_begun.then(|| ("mail.server", "is missing: name the mail server that takes letters.".to_owned()));
    };
    if server.contains(['/', '@', ' ']) || server.contains("::") && server.parse::<std::net::IpAddr>().is_err() {
        return Some(("mail.server", format!("must be a host name such as smtp.example.org; it is {server:?}.")));
    }
    match mail.from.as_deref() {
        None | Some("") => return Some(("mail.from", "is missing: letters need an address that they come from.".to_owned())),
        Some(from) if from.parse::<Address>().is_err() || !from.is_ascii() => {
            return Some(("mail.from", format!("must be an e-mail address such as snug@example.org; it is {from:?}.")));
        }
        Some(_) => {}
    }
    let has_password = mail.password.is_some() || mail.password_file.is_some();
    let has_user = mail.user.as_deref().is_some_and(|user| !user.is_empty());
    if has_user != has_password {
        let key = if has_user { "mail.password" } else { "mail.user" };
        return Some((key, "is missing: signing in needs mail.user and mail.password (or mail.password_file).".to_owned()));
    }
    if mail.password.is_some() && mail.password_file.is_some() {
        return Some(("mail.password_file", "and mail.password exclude each other: remove one of them.".to_owned()));
    }
    if has_password && mail.security == MailSecurity::None && !is_local(server) {
        return Some(("mail.security", format!("would send the password to {server} in the clear. Set it to \"tls\" or \"starttls\".")));
    }
    if base_url(config).is_none() {
        return Some(("mail.server", "needs node.public_url (or acme.domains): letters have links to this instance in them.".to_owned()));
    }
    None
}

fn is_local(server: &str) -> bool {
    server == "localhost" || server.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use snug_base::config::Secret;

    fn config(change: impl Fn(&mut Config)) -> Config {
        let mut config = Config::default();
        config.node.public_url = Some("https://chat.example.org/".to_owned());
        config.mail.server = Some("smtp.example.org".to_owned());
        config.mail.from = Some("snug@example.org".to_owned());
        change(&mut config);
        config
    }

    #[test]
    fn mistakes_are_named() {
        assert_eq!(wrong(&Config::default()), None, "no mail is no mistake");
        assert_eq!(wrong(&config(|_| ())), None);
        let secret = || Some(Secret(Zeroizing::new("hush".to_owned())));
        type Case<'a> = (&'a str, &'a dyn Fn(&mut Config));
        let cases: [Case; 8] = [
            ("mail.server", &|c| c.mail.server = None),
            ("mail.server", &|c| c.mail.server = Some("smtp://smtp.example.org".to_owned())),
            ("mail.server", &|c| c.node.public_url = None),
            ("mail.from", &|c| c.mail.from = None),
            ("mail.from", &|c| c.mail.from = Some("Snug <snug@example.org>".to_owned())),
            ("mail.password", &|c| c.mail.user = Some("snug".to_owned())),
            ("mail.user", &|c| c.mail.password = secret()),
            ("mail.security", &|c| {
                (c.mail.user, c.mail.password, c.mail.security) = (Some("snug".to_owned()), secret(), MailSecurity::None);
            }),
        ];
        for (key, change) in cases {
            assert_eq!(wrong(&config(change)).map(|(key, _)| key), Some(key));
        }
        let own = config(|c| {
            (c.mail.user, c.mail.password, c.mail.security) = (Some("snug".to_owned()), secret(), MailSecurity::None);
            c.mail.server = Some("127.0.0.1".to_owned());
        });
        assert_eq!(wrong(&own), None);
    }

    #[test]
    fn links_begin_at_the_public_address() {
        assert_eq!(base_url(&config(|_| ())).as_deref(), Some("https://chat.example.org"));
        let of = |listen: &[&str]| {
            base_url(&config(|c| {
                c.node.public_url = None;
                c.acme.domains = vec!["chat.example.org".to_owned()];
                c.node.listen = listen.iter().map(|l| l.parse().unwrap()).collect();
            }))
        };
        assert_eq!(of(&["[::]:443", "[::]:80"]).as_deref(), Some("https://chat.example.org"));
        assert_eq!(of(&[]).as_deref(), Some("https://chat.example.org:8443"));
        assert_eq!(host("https://chat.example.org:8443"), "chat.example.org");
    }

    #[test]
    fn a_server_that_is_away_is_asked_less_and_less_often() {
        let mailer = Mailer::new(&config(|_| ())).unwrap();
        let mut pauses = Vec::new();
        for _ in 0..8 {
            mailer.rest(0);
            pauses.push(mailer.rest.lock().until / 60_000);
        }
        assert_eq!(pauses, [1, 2, 4, 8, 16, 30, 30, 30]);
        assert!(mailer.is_resting(0) && !mailer.is_resting(30 * 60_000));
    }
}
