//! One connection to the mail server. Each step is taken by itself, so that it is known what a refusal is about: the node, the letter, or
//! the address.
use super::text;
use lettre::Address;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Quit, Rcpt, Rset};
use lettre::transport::smtp::extension::ClientId;
use snug_base::config::MailSecurity;
use std::error::Error as _;
use std::time::Duration;
use tokio::time::timeout;

/// How long the server may take to let the node in, and for each letter.
const OPENING: Duration = Duration::from_secs(20);
const SENDING: Duration = Duration::from_secs(30);
/// How long each of its addresses may take to answer.
const CONNECT: Duration = Duration::from_secs(8);
/// Characters of what a server says that are passed on.
const SAID: usize = 300;
const MECHANISMS: [Mechanism; 2] = [Mechanism::Plain, Mechanism::Login];

/// Where letters go first.
pub struct Server {
    pub host: String,
    pub port: u16,
    pub security: MailSecurity,
    pub credentials: Option<Credentials>,
    pub tls: TlsParameters,
    /// How the node calls itself.
    pub hello: ClientId,
}

/// Why a letter was not taken, in words for people. Those of a letter may have its address in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The server can't be used now, for no letter.
    Server(String),
    /// It may take this letter later.
    Later(String),
    /// The address takes no letters.
    Address(String),
    /// It will not take this letter, whoever it is for.
    Letter(String),
    /// The connection broke when it had the letter: it may have taken it or not.
    Unknown(String),
}

impl Failure {
    /// In words for whoever tries it.
    pub fn why(&self) -> &str {
        match self {
            Failure::Server(why) | Failure::Later(why) | Failure::Address(why) | Failure::Letter(why) | Failure::Unknown(why) => why,
        }
    }

    /// For the log: nobody's address.
    pub fn kind(&self) -> &'static str {
        match self {
            Failure::Server(_) => "the mail server can't be used",
            Failure::Later(_) => "the mail server may take it later",
            Failure::Address(_) => "the address takes no letters",
            Failure::Letter(_) => "the mail server does not take this letter",
            Failure::Unknown(_) => "the connection broke",
        }
    }
}

/// What the server answered to a command.
struct Reply {
    code: u16,
    said: String,
}

fn reply(e: &Error) -> Option<Reply> {
    let code = e.status()?.to_string().parse().ok()?;
    let said = e.source().map(ToString::to_string).unwrap_or_default();
    Some(Reply { code, said: text::line(&format!("{code} {said}"), SAID) })
}

/// The innermost cause of what is no answer.
fn cause(e: &Error) -> String {
    let mut why = e.to_string();
    let mut source = e.source();
    while let Some(inner) = source {
        why = inner.to_string();
        source = inner.source();
    }
    text::line(&why, SAID)
}

/// A connection on which letters can be sent.
pub struct Connection(AsyncSmtpConnection);

impl Connection {
    /// Connects, secures the connection and signs in.
    pub async fn open(server: &Server) -> Result<Connection, Failure> {
        timeout(OPENING, open(server)).await.unwrap_or_else(|_| Err(Failure::Server(too_slow(server)))).map(Connection)
    }

    /// Sends one letter. What the server says to it is for people.
    pub async fn send(&mut self, from: &Address, to: &Address, letter: &[u8]) -> Result<String, Failure> {
        let sent = timeout(SENDING, hand_over(&mut self.0, from, to, letter)).await;
        let sent =
            sent.unwrap_or_else(|_| Err(Failure::Unknown(format!("The mail server did not answer within {} s.", SENDING.as_secs()))));
        if matches!(sent, Err(Failure::Later(_) | Failure::Address(_) | Failure::Letter(_))) {
            let _ = timeout(CONNECT, self.0.command(Rset)).await; // if it fails, so does the next letter
        }
        sent
    }

    /// Whether it answers, without sending anything.
    pub async fn close(mut self) {
        let _ = timeout(CONNECT, self.0.command(Quit)).await; // it is done anyway
    }
}

async fn open(server: &Server) -> Result<AsyncSmtpConnection, Failure> {
    let Server { host, port, .. } = server;
    let tls = (server.security == MailSecurity::Tls).then(|| server.tls.clone());
    let connected = AsyncSmtpConnection::connect_tokio1((host.as_str(), *port), Some(CONNECT), &server.hello, tls, None).await;
    let mut connection = connected.map_err(|e| Failure::Server(not_connected(server, &e)))?;
    if server.security == MailSecurity::Starttls {
        if !connection.can_starttls() {
            let why = format!(
                "{host} does not offer STARTTLS on port {port}. Set mail.security to \"tls\" (port 465), or to \"none\" for a server of your own network."
            );
            return Err(Failure::Server(why));
        }
        connection.starttls(server.tls.clone(), &server.hello).await.map_err(|e| Failure::Server(not_secured(server, &e)))?;
    }
    if let Some(credentials) = &server.credentials {
        connection.auth(&MECHANISMS, credentials).await.map_err(|e| {
            Failure::Server(match reply(&e) {
                Some(Reply { code: 400..=499, said }) => format!("{host} lets nobody sign in now: {said}"),
                Some(Reply { said, .. }) => format!("{host} refuses mail.user or mail.password: {said}"),
                None => format!("{host} can't be signed in to: {}", cause(&e)),
            })
        })?;
    }
    Ok(connection)
}

async fn hand_over(connection: &mut AsyncSmtpConnection, from: &Address, to: &Address, letter: &[u8]) -> Result<String, Failure> {
    connection.command(Mail::new(Some(from.clone()), Vec::new())).await.map_err(|e| {
        Failure::Server(match reply(&e) {
            Some(Reply { said, .. }) => format!("The mail server does not take letters from mail.from: {said}"),
            None => lost(&e),
        })
    })?;
    connection.command(Rcpt::new(to.clone(), Vec::new())).await.map_err(|e| match reply(&e) {
        Some(reply) if is_address(&reply) => Failure::Address(reply.said),
        reply => about_letter(reply, &e),
    })?;
    connection.command(Data).await.map_err(|e| about_letter(reply(&e), &e))?;
    let answer = connection.message(letter).await.map_err(|e| match reply(&e) {
        None => Failure::Unknown(lost(&e)),
        reply => about_letter(reply, &e),
    })?;
    Ok(text::line(&format!("{} {}", answer.code(), answer.message().collect::<Vec<_>>().join(" ")), SAID))
}

fn about_letter(reply: Option<Reply>, e: &Error) -> Failure {
    match reply {
        // what it says may have the address in it, and this is told to others
        Some(Reply { code: 421, .. }) => Failure::Server("The mail server takes no letters now (421).".to_owned()),
        Some(Reply { code: 400..=499, said }) => Failure::Later(said),
        Some(Reply { said, .. }) => Failure::Letter(said),
        None => Failure::Server(lost(e)),
    }
}

/// Whether the address itself is refused for good. 5.7 is about who may send, which is the operator's to put right, and a full mailbox
/// has room again some day.
fn is_address(reply: &Reply) -> bool {
    let enhanced = reply.said.split_whitespace().nth(1).filter(|word| word.starts_with("5."));
    match enhanced {
        Some(word) => (word.starts_with("5.1.") && word != "5.1.7" && word != "5.1.8") || word == "5.2.1" || word == "5.2.0",
        None => matches!(reply.code, 550 | 551 | 553),
    }
}

fn lost(e: &Error) -> String {
    format!("The connection to the mail server broke: {}", cause(e))
}

fn too_slow(Server { host, port, security, .. }: &Server) -> String {
    let hint = match (security, port) {
        (MailSecurity::Tls, 465) | (MailSecurity::Starttls, 25 | 587) => "",
        (MailSecurity::Tls, _) => " Port 587 usually needs mail.security = \"starttls\".",
        (_, 465) => " Port 465 usually needs mail.security = \"tls\".",
        _ => "",
    };
    format!("{host} did not answer on port {port} within {} s.{hint}", OPENING.as_secs())
}

fn not_connected(server: &Server, e: &Error) -> String {
    let Server { host, port, .. } = server;
    if let Some(reply) = reply(e) {
        return format!("{host} refuses this node: {}", reply.said);
    }
    if e.is_tls() {
        return not_secured(server, e);
    }
    if e.is_timeout() {
        return too_slow(server);
    }
    let why = cause(e);
    if why.contains("corrupt message") || why.contains("InvalidContentType") {
        return not_secured(server, e);
    }
    format!("{host} can't be reached on port {port}: {why}. Are mail.server and mail.port right, and does a firewall let the node out?")
}

fn not_secured(Server { host, port, security, .. }: &Server, e: &Error) -> String {
    let why = cause(e);
    if why.contains("certificate") {
        return format!(
            "The certificate of {host} is not good for it: {why}. If it is from an authority of your own, name that in mail.ca_file."
        );
    }
    let hint = if *security == MailSecurity::Tls { " Port 587 and 25 usually need mail.security = \"starttls\"." } else { "" };
    format!("{host} does not speak TLS on port {port}: {why}.{hint}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_about_the_address_switches_it_off() {
        let of = |said: &str| is_address(&Reply { code: said[..3].parse().unwrap(), said: said.to_owned() });
        for said in [
            "550 5.1.1 no such user",
            "550 no such user",
            "553 mailbox name not allowed",
            "550 5.2.1 mailbox disabled",
            "556 5.1.10 no mail",
        ] {
            assert!(of(said), "{said}");
        }
        for said in [
            "550 5.7.1 relaying denied",
            "554 5.7.1 spam",
            "552 5.2.2 mailbox full",
            "552 full",
            "554 no",
            "530 sign in first",
            "553 5.1.8 bad sender",
        ] {
            assert!(!of(said), "{said}");
        }
    }
}
