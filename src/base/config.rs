//! The configuration: plain structs with their defaults. Their doc comments are the generated example file.
//!
//! Reading files, environment and flags is the command line's business; nothing else in the program reads them.
use crate::size::Quota;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use zeroize::Zeroizing;

/// Everything that can be set, by section.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    pub node: NodeConfig,
    pub tls: TlsConfig,
    pub acme: AcmeConfig,
    pub database: DatabaseConfig,
    pub keys: KeysConfig,
    pub backup: BackupConfig,
    pub accounts: AccountsConfig,
    pub branding: BrandingConfig,
    pub servers: ServersConfig,
    pub messages: MessagesConfig,
    pub push: PushConfig,
    pub storage: StorageConfig,
    pub mail: MailConfig,
    pub limits: LimitsConfig,
    pub audit: AuditConfig,
    pub analytics: AnalyticsConfig,
    pub metrics: MetricsConfig,
}

/// The process: where it keeps its data and where it listens.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct NodeConfig {
    /// Data folder. Empty: the user's state folder, or /var/lib/snug as a service.
    pub data: PathBuf,
    /// Addresses to listen on. Empty: port 8443 on all addresses.
    pub listen: Vec<SocketAddr>,
    /// One more address, usually with port 80, that only answers certificate checks and sends people on to HTTPS. Empty: port 80 beside an address with port 443.
    pub http_listen: Option<SocketAddr>,
    /// How people reach the node, when it can't know (behind a proxy): "https://chat.example.org". Links are made from it.
    pub public_url: Option<String>,
    /// Addresses under which people reached the node before: "https://old.example.org". Who opens a page there is sent to public_url. `snug rename` keeps them.
    pub former_urls: Vec<String>,
    /// More host names that the node's own certificate is made for.
    pub names: Vec<String>,
    /// Speak plain HTTP instead of HTTPS. Only on loopback addresses, for a proxy on the same machine.
    pub plain_http: bool,
    /// Proxies whose X-Forwarded-For is believed, as networks: "127.0.0.1/32".
    pub trusted_proxies: Vec<ipnet::IpNet>,
    /// Compress what is sent to devices: "auto" does on machines with at least four processors.
    pub compression: Compression,
    /// Log lines as JSON.
    pub log_json: bool,
    /// What is logged: "info", "debug", or filters per module.
    pub log: Option<String>,
    /// Write the client's address into the log, beside each request's id.
    pub log_addresses: bool,
}

/// A certificate of your own, for the names in it. Without one the node makes its own, which devices must be told to trust.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct TlsConfig {
    /// Certificate and its chain, as PEM: "/etc/letsencrypt/live/chat.example.org/fullchain.pem". Read again whenever it changes.
    pub certificate: Option<PathBuf>,
    /// The certificate's private key, as PEM: "/etc/letsencrypt/live/chat.example.org/privkey.pem".
    pub key: Option<PathBuf>,
}

/// A certificate from a public authority such as Let's Encrypt, ordered and renewed by the node itself. Ordering one means
/// that you agree to the authority's terms.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct AcmeConfig {
    /// Host names to order a certificate for: "chat.example.org". Empty: none is ordered.
    pub domains: Vec<String>,
    /// Where the authority may write to when something is wrong with a certificate.
    pub email: Option<String>,
    /// The directory of another authority: "https://ca.example.org/acme/directory". Empty: Let's Encrypt.
    pub directory: Option<String>,
    /// Order from Let's Encrypt's staging authority, which is generous to those who try and trusted by no browser.
    pub staging: bool,
    /// How the authority checks the names: "tls-alpn-01" on port 443 or "http-01" on port 80. Empty: the first where the node listens on port 443.
    pub challenge: Option<AcmeChallenge>,
    /// The certificate (PEM) of an authority whose own HTTPS the system does not trust.
    pub ca_file: Option<PathBuf>,
}

/// How a certificate authority checks that a name leads to this node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub enum AcmeChallenge {
    #[serde(rename = "http-01")]
    Http01,
    #[serde(rename = "tls-alpn-01")]
    TlsAlpn01,
}

impl AcmeChallenge {
    /// As the configuration and the protocol write it.
    pub fn as_str(self) -> &'static str {
        match self {
            AcmeChallenge::Http01 => "http-01",
            AcmeChallenge::TlsAlpn01 => "tls-alpn-01",
        }
    }
}

/// Whether the realtime socket offers compression (permessage-deflate). It saves traffic and costs processor time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Compression {
    #[default]
    Auto,
    On,
    Off,
}

/// The database. Without an address it is SQLite in the data folder.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct DatabaseConfig {
    /// Address of a PostgreSQL database: "postgres://snug:password@localhost/snug".
    pub url: Option<String>,
    /// Seal the SQLite database, so that its file tells nothing without the master key. At the next start it is written anew, either way,
    /// which takes about ten seconds for every 100 MB and as much free space as it has. What it costs: docs/operating.md.
    pub encrypted: bool,
    /// Reader connections. Empty: as many as processors, at least two.
    pub readers: Option<usize>,
}

/// The master key, under which everything secret is sealed. Without any of these it is the file master.key in the data folder.
/// As a systemd service, the credentials snug.master-key and snug.passphrase are used.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct KeysConfig {
    /// The key: 32 bytes as 64 hexadecimal digits. Better in the environment (SNUG_KEYS_MASTER_KEY) than in a file.
    pub master_key: Option<Secret>,
    /// A passphrase of at least 12 characters. Better in the environment (SNUG_KEYS_PASSPHRASE) than in a file.
    pub passphrase: Option<Secret>,
    /// A file whose content is the passphrase.
    pub passphrase_file: Option<PathBuf>,
}

/// Backups that the node makes by itself. `snug backup` makes one by hand.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct BackupConfig {
    /// Make one every so many hours. 0: never.
    pub every_hours: u32,
    /// Folder for the backups, best on another disk.
    pub folder: Option<PathBuf>,
    /// Instead of a folder: a command (run by sh) that gets the backup on its standard input and its name in SNUG_BACKUP_NAME.
    pub command: Option<String>,
    /// Or a bucket of an S3 store (Garage, MinIO, AWS, Backblaze, Hetzner …). Its address: "https://s3.example.org".
    pub s3_endpoint: Option<String>,
    /// The region's name, as the store calls it. Many take any.
    pub s3_region: String,
    /// The bucket, which must be there.
    pub s3_bucket: Option<String>,
    /// What the names of all backups in it begin with: "snug/".
    pub s3_prefix: String,
    /// The key's id. The key must be allowed to read, write, list and delete below the prefix.
    pub s3_access_key: Option<String>,
    /// The key's secret. Better in the environment (SNUG_BACKUP_S3_SECRET_KEY) or in a file. As a systemd service, the credential snug.s3-secret-key is used.
    pub s3_secret_key: Option<Secret>,
    /// A file whose content is the secret.
    pub s3_secret_key_file: Option<PathBuf>,
    /// Whether the bucket is part of the path (true) or of the host name.
    pub s3_path_style: bool,
    /// The certificate (PEM) of an authority that the store's certificate is from, if the system does not trust it.
    pub s3_ca_file: Option<PathBuf>,
    /// Size of the parts in which a backup is sent, from 5 to 1024 MiB; three of them are in memory. Larger where a backup would have too many.
    pub s3_part_mib: u32,
    /// Keys that the backups are encrypted to: "age1…". `snug backup key FILE` makes one.
    pub recipients: Vec<String>,
    /// Or a file whose content is a passphrase of at least 12 characters.
    pub passphrase_file: Option<PathBuf>,
    /// Leave them unencrypted.
    pub unencrypted: bool,
    /// How many to keep in the folder or bucket; older ones are deleted unless a newer one needs them.
    pub keep: usize,
    /// Make only every so many-th a whole one: 7, for example. Those between hold the database and the files that are new since it, and need it to be restored. 0: all are whole, as with a command always.
    pub full_every: u32,
    /// Restore the newest one into a temporary folder every so many days, to know that it works. 0: never.
    pub rehearse_every_days: u32,
}

impl Default for BackupConfig {
    fn default() -> Self {
        Self {
            every_hours: 0,
            folder: None,
            command: None,
            s3_endpoint: None,
            s3_region: "us-east-1".to_owned(),
            s3_bucket: None,
            s3_prefix: String::new(),
            s3_access_key: None,
            s3_secret_key: None,
            s3_secret_key_file: None,
            s3_path_style: true,
            s3_ca_file: None,
            s3_part_mib: 8,
            recipients: Vec::new(),
            passphrase_file: None,
            unencrypted: false,
            keep: 7,
            full_every: 0,
            rehearse_every_days: 7,
        }
    }
}

/// A text that belongs on no screen and in no log.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Secret(pub Zeroizing<String>);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("\"…\"")
    }
}

impl Serialize for Secret {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("…")
    }
}

/// Who may have an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Registration {
    /// Anybody who can open the address.
    Open,
    /// Whoever has an invite.
    #[default]
    Invite,
    /// Nobody; accounts are made by the operator.
    Closed,
}

/// Accounts and sign-in.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct AccountsConfig {
    /// Who may register, until an admin chooses otherwise in the browser: "open", "invite" or "closed".
    pub registration: Registration,
    /// The instance's name, until an admin chooses another. Empty: "Snug".
    pub instance_name: Option<String>,
}

/// Servers and rooms.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServersConfig {
    /// How many servers a user may own.
    pub per_user: i64,
    /// How many rooms a server may have.
    pub rooms: i64,
}

impl Default for ServersConfig {
    fn default() -> Self {
        Self { per_user: 3, rooms: 200 }
    }
}

/// Conversations and messages.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct MessagesConfig {
    /// The longest text of a message, in characters.
    pub length: usize,
    /// How many people a group may have.
    pub group_size: usize,
    /// Find parts of words too ("food" in "seafood"), not only whole words and beginnings. Takes roughly 220 MB per million short messages, and makes storing one slower. Takes effect at the next start.
    pub substring_search: bool,
}

impl Default for MessagesConfig {
    fn default() -> Self {
        Self { length: 8_000, group_size: 100, substring_search: false }
    }
}

/// Notifications on devices where Snug is not open, by the browsers' push services (Web Push). The node sends them there itself, sealed for the browser.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct PushConfig {
    /// Offer them.
    pub enabled: bool,
    /// Where push services may write to when something is wrong: an e-mail address or an https address. Empty: acme.email, else node.public_url.
    pub contact: Option<String>,
    /// How many milliseconds to wait whether the message is read somewhere first.
    pub delay_ms: u64,
    /// The certificate (PEM) of an authority whose push service is to be trusted too.
    pub ca_file: Option<PathBuf>,
    /// Let people name push services on this machine and in private networks. They could make the node call what only it can reach.
    pub allow_private_endpoints: bool,
}

impl Default for PushConfig {
    fn default() -> Self {
        Self { enabled: true, contact: None, delay_ms: 4_000, ca_file: None, allow_private_endpoints: false }
    }
}

/// How the instance looks: name, icon, colours, welcome text, rules, style sheet and emoji, from a folder or chosen in the browser.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct BrandingConfig {
    /// The folder that they are read from; it is looked at while the node runs. Empty: branding in the data folder. What is in it: docs/branding.md.
    pub folder: Option<PathBuf>,
}

impl BrandingConfig {
    /// The folder, if the operator named one.
    pub fn named(&self) -> Option<&Path> {
        self.folder.as_deref().filter(|folder| !folder.as_os_str().is_empty())
    }
}

/// How much people may store: pictures of people and servers, the instance's icon and emoji at present. Messages don't count. Amounts like "500MB", "1.5GB" or "unlimited".
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct StorageConfig {
    /// What one person may store, until an admin chooses otherwise in the browser, for all or for this person.
    pub per_person: Quota,
    /// What everybody may store together, until an admin chooses otherwise in the browser.
    pub total: Quota,
}

impl Default for StorageConfig {
    fn default() -> Self {
        Self { per_person: Quota::bytes(1_000_000_000), total: Quota::bytes(10_000_000_000) }
    }
}

/// E-mail: what people missed, for those who ask for it. Sent by a mail server that takes letters of this node.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct MailConfig {
    /// The mail server's host name: "smtp.example.org". Empty: no e-mail is sent. Links in letters need node.public_url or acme.domains.
    pub server: Option<String>,
    /// Its port. 0: 587 for "starttls", 465 for "tls", 25 for "none".
    pub port: u16,
    /// How the connection is secured: "tls" from the first byte, "starttls" before anything is said, or "none" for a server on this machine or in your own network.
    pub security: MailSecurity,
    /// Name to sign in with. Empty: without signing in.
    pub user: Option<String>,
    /// Its password. Better in the environment (SNUG_MAIL_PASSWORD) or in a file. As a systemd service, the credential snug.mail-password is used.
    pub password: Option<Secret>,
    /// A file whose content is the password.
    pub password_file: Option<PathBuf>,
    /// The address that letters come from: "snug@example.org".
    pub from: Option<String>,
    /// The name beside it. Empty: the instance's name.
    pub from_name: Option<String>,
    /// The certificate (PEM) of an authority that the mail server's certificate is from, if the system does not trust it.
    pub ca_file: Option<PathBuf>,
}

/// How the connection to the mail server is secured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum MailSecurity {
    Tls,
    #[default]
    Starttls,
    None,
}

impl MailConfig {
    /// The port to connect to.
    pub fn port(&self) -> u16 {
        match (self.port, self.security) {
            (0, MailSecurity::Tls) => 465,
            (0, MailSecurity::Starttls) => 587,
            (0, MailSecurity::None) => 25,
            (port, _) => port,
        }
    }
}

/// Rate limits. The defaults suit a Raspberry Pi and people; tests and benchmarks raise them.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitsConfig {
    /// Sign-in, registration and password attempts per address and minute.
    pub auth_per_minute: u32,
    /// Attempts to join by a code, per user and minute.
    pub join_per_minute: u32,
    /// Changes (messages, reactions, settings …) per user and minute.
    pub write_per_minute: u32,
    /// Reads per user and minute.
    pub read_per_minute: u32,
    /// Open sockets per user.
    pub sockets_per_user: usize,
    /// Connections per address at the same time, sockets of people who are signed in not counted, and proxies neither. 0: no limit.
    pub connections_per_address: usize,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            auth_per_minute: 20,
            join_per_minute: 10,
            write_per_minute: 300,
            read_per_minute: 1_200,
            sockets_per_user: 20,
            connections_per_address: 256,
        }
    }
}

/// What is remembered of the deeds of administrators and of sign-ins, devices and passwords.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct AuditConfig {
    /// For how many days, 1 to 3650. Of the newest 500,000 lines at most.
    pub days: u32,
}

impl Default for AuditConfig {
    fn default() -> Self {
        Self { days: 90 }
    }
}

/// Counts over time (requests, messages, people, storage) and the errors of the node, for the administration. They lie in a file
/// of their own, analytics.sqlite in the data folder, which may be deleted at any time.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct AnalyticsConfig {
    /// For how many days they are kept, up to 3650. 0: nothing is written.
    pub days: u32,
}

impl Default for AnalyticsConfig {
    fn default() -> Self {
        Self { days: 30 }
    }
}

/// What monitoring programs read at /metrics, in the format of OpenMetrics and Prometheus.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct MetricsConfig {
    /// Whether there is such a page at all.
    pub enabled: bool,
    /// A token of at least 16 characters that has to be sent as "Authorization: Bearer …". Better in the environment (SNUG_METRICS_TOKEN).
    pub token: Option<Secret>,
    /// Networks from which it may be read: "192.168.1.0/24". Empty: from anywhere with the token, without one only from this machine.
    pub networks: Vec<ipnet::IpNet>,
}

/// Whether this machine has processors to spare. Asking the system reads files, and every connection wants to know.
static IS_LARGE: LazyLock<bool> = LazyLock::new(|| std::thread::available_parallelism().is_ok_and(|n| n.get() >= 4));

impl NodeConfig {
    /// Whether compression is offered on this machine.
    pub fn compresses(&self) -> bool {
        match self.compression {
            Compression::On => true,
            Compression::Off => false,
            Compression::Auto => *IS_LARGE,
        }
    }
}

impl DatabaseConfig {
    /// Reader connections to open.
    pub fn readers(&self) -> usize {
        self.readers.unwrap_or_else(|| std::thread::available_parallelism().map_or(2, usize::from)).max(2)
    }
}
