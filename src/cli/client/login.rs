//! `snug login`
use super::Place;
use super::profile::{ask, ask_openly, say};
use crate::cli::qr;
use clap::Args;
use snug_client::account::begin::Password;
use snug_client::api::{Api, fetch_authority};
use snug_client::store::{Profile, Store, Unlock};
use snug_client::{Client, Error, Result, trust};
use snug_crypto::account_log::body::DeviceKind;
use std::io::IsTerminal;
use std::time::Duration;

/// How often a new device looks whether it was let in, and for how long.
const LOOK: Duration = Duration::from_secs(2);
const LOOKS: u32 = 300;

/// What `snug login` takes.
#[derive(Debug, Args)]
pub struct Login {
    /// Where the node is: https://chat.example.org
    url: String,
    /// Username or e-mail address
    username: String,
    /// Another device of yours lets this one in by a code
    #[arg(long, conflicts_with = "words")]
    pair: bool,
    /// Unlock with the twelve recovery words
    #[arg(long)]
    words: bool,
    /// Accept the node's own authority if its SHA-256 fingerprint is this one
    #[arg(long, value_name = "SHA-256")]
    fingerprint: Option<String>,
    /// Keep the key of this device's store in a file instead of asking for a passphrase
    #[arg(long)]
    key_file: bool,
    /// The account belongs to a program
    #[arg(long)]
    bot: bool,
    /// What others of your devices call this one
    #[arg(long, value_name = "NAME")]
    device_name: Option<String>,
    #[command(flatten)]
    place: Place,
}

pub(super) async fn run(login: Login) -> Result<()> {
    let folder = login.place.folder()?;
    if Store::profile(&folder)?.is_some() {
        let profile = &login.place.profile;
        return Err(Error::told(format!(
            "The profile {profile} is signed in already. Run `snug logout`, or choose another with --profile."
        )));
    }
    let url = login.url.trim_end_matches('/').to_owned();
    let authority = authority(&url, login.fingerprint.as_deref()).await?;
    let api = Api::new(&url, authority.as_deref(), None)?;
    let password = Password::derive(&api, &login.username, &ask(&format!("Password of {}: ", login.username))?).await?;
    let unlock = if login.key_file { Unlock::File } else { Unlock::passphrase()? };
    let passphrase = if login.key_file { None } else { Some(new_passphrase()?) };
    let profile = Profile { url, username: login.username.clone(), user_id: password.account, authority, unlock };
    let name = login.device_name.clone().unwrap_or_else(|| format!("snug on {}", gethostname::gethostname().to_string_lossy()));
    let store = Store::create(&folder, &profile, passphrase.as_deref().map(String::as_str))?;
    let done = begin(&login, profile, store, &password, &name).await;
    if done.is_err() {
        // half a device is none; the profile would be in the way of the next try
        let _ = std::fs::remove_file(folder.join("profile.json"));
    }
    done
}

async fn begin(login: &Login, profile: Profile, store: Store, password: &Password, name: &str) -> Result<()> {
    let kind = if login.bot { DeviceKind::Bot } else { DeviceKind::Cli };
    let mut client = Client::sign_in(profile, store, password, name).await?;
    if login.words {
        let words = if std::io::stdin().is_terminal() { ask_openly("Recovery words: ")? } else { ask("")?.to_string() };
        client.begin_with_words(&words, kind).await?;
    } else if login.pair {
        wait_to_be_let_in(&mut client, kind).await?;
    } else {
        client.begin(password, kind).await.map_err(explain)?;
    }
    client.save()?;
    say(&format!("This machine is a device of {} now. `snug chat` opens your conversations.", client.profile.username))
}

/// The password signs in, and yet does not open what was written before: it was reset.
fn explain(error: Error) -> Error {
    match error.code() {
        "bad_key" | "bad_seal" | "bad_signature" => Error::told(
            "This password signs in but does not unlock your messages, so it was probably reset. Use --pair with another device of yours, or --words.",
        ),
        _ => error,
    }
}

async fn wait_to_be_let_in(client: &mut Client, kind: DeviceKind) -> Result<()> {
    let asking = client.ask_to_pair(kind).await?;
    if let Some(code) = qr::render(&asking.link()) {
        say(&code)?;
    }
    say(&format!(
        "On another device of yours open Settings → Privacy & devices, or type there:\n\n  snug pair {}\n",
        asking.code().as_str()
    ))?;
    for _ in 0..LOOKS {
        if client.paired(&asking).await? {
            return Ok(());
        }
        tokio::time::sleep(LOOK).await;
    }
    Err(Error::told("Nobody let this device in within ten minutes. Begin again."))
}

/// None if the system trusts the node; else the node's own authority, if the person accepts it.
async fn authority(url: &str, expected: Option<&str>) -> Result<Option<String>> {
    let api = Api::new(url, None, None)?;
    let reached =
        if expected.is_none() { api.get_openly::<serde_json::Value>("/instance").await } else { Err(Error::Unreachable(String::new())) };
    match reached {
        Ok(_) => return Ok(None),
        Err(error @ Error::Unreachable(_)) if url.starts_with("http://") => return Err(error),
        Err(Error::Unreachable(_)) => {}
        Err(other) => return Err(other),
    }
    let pem = fetch_authority(url).await?;
    let certificates = trust::read_authorities(&pem)?;
    let found = certificates.first().map(trust::fingerprint).unwrap_or_default();
    let plain = |text: &str| text.chars().filter(char::is_ascii_hexdigit).collect::<String>().to_uppercase();
    if let Some(expected) = expected {
        if plain(expected) == plain(&found) {
            return Ok(Some(pem));
        }
        return Err(Error::told(format!("fingerprint: the node's authority has another one: {found}")));
    }
    if !std::io::stdin().is_terminal() {
        return Err(Error::told(format!("The system does not trust this node. If its fingerprint is right, add --fingerprint {found}")));
    }
    say(&format!("The system does not trust {url}. The node's own authority has the SHA-256 fingerprint\n\n  {found}\n"))?;
    let answer = ask_openly("Compare it with what the node printed at its start. Is it the same? [y/N] ")?;
    if answer.eq_ignore_ascii_case("y") || answer.eq_ignore_ascii_case("yes") {
        Ok(Some(pem))
    } else {
        Err(Error::told("Nothing was sent."))
    }
}

fn new_passphrase() -> Result<zeroize::Zeroizing<String>> {
    if let Ok(given) = std::env::var("SNUG_PASSPHRASE") {
        return Ok(zeroize::Zeroizing::new(given));
    }
    if !std::io::stdin().is_terminal() {
        return Err(Error::told(
            "There is no terminal to ask for a passphrase. Set SNUG_PASSPHRASE, or keep the key in a file with --key-file.",
        ));
    }
    say("A passphrase protects the keys on this machine. It is asked for whenever snug starts.")?;
    let passphrase = ask("New passphrase: ")?;
    if passphrase.chars().count() < 8 {
        return Err(Error::told("The passphrase needs at least 8 characters."));
    }
    if *ask("Again: ")? == *passphrase { Ok(passphrase) } else { Err(Error::told("The passphrases are not the same. Try again.")) }
}
