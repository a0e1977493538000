//! Where profiles lie, and asking for what unlocks them.
use super::Place;
use snug_client::account::begin::Password;
use snug_client::store::{Profile, Store};
use snug_client::{Client, Error, Result};
use std::io::{BufRead, IsTerminal};
use std::path::PathBuf;
use zeroize::Zeroizing;

/// Gives the passphrase of a profile to programs that can't be asked.
const PASSPHRASE: &str = "SNUG_PASSPHRASE";

impl Place {
    /// The profile's folder.
    pub(super) fn folder(&self) -> Result<PathBuf> {
        let name = &self.profile;
        let fits = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
        if !fits {
            return Err(Error::told("profile: may have letters, digits, - and _ only"));
        }
        let variable = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let data = || variable("XDG_DATA_HOME").or_else(|| variable("HOME").map(|home| home.join(".local/share")));
        let all = self.client_dir.clone().or_else(|| data().map(|data| data.join("snug/client")));
        let all = all.ok_or_else(|| Error::told("There is no home folder. Say where the profile lies with --client-dir."))?;
        Ok(all.join(name))
    }

    /// The account of this profile, unlocked.
    pub(super) fn open(&self) -> Result<Client> {
        let folder = self.folder()?;
        let profile = Store::profile(&folder)?;
        let profile: Profile = profile.ok_or_else(|| Error::told("Nobody is signed in here. Run `snug login URL USERNAME` first."))?;
        let store = Store::open(&folder, &profile, || match std::env::var(PASSPHRASE) {
            Ok(passphrase) => Ok(Zeroizing::new(passphrase)),
            Err(_) => ask("Passphrase of this device: "),
        })?;
        Client::open(profile, store)
    }

    /// The account's password, for what only its owner may do.
    pub(super) async fn password(client: &Client) -> Result<Password> {
        let text = ask(&format!("Password of {}: ", client.profile.username))?;
        Password::derive(&client.api, &client.profile.username, &text).await
    }
}

/// Asks without showing what is typed; without a terminal reads a line of the standard input.
pub(super) fn ask(prompt: &str) -> Result<Zeroizing<String>> {
    let failed = |e: std::io::Error| Error::told(format!("What was typed can't be read: {e}"));
    if std::io::stdin().is_terminal() {
        return rpassword::prompt_password(prompt).map(Zeroizing::new).map_err(failed);
    }
    let mut line = Zeroizing::new(String::new());
    std::io::stdin().lock().read_line(&mut line).map_err(failed)?;
    Ok(Zeroizing::new(line.trim_end_matches(['\r', '\n']).to_owned()))
}

/// Asks and shows what is typed.
pub(super) fn ask_openly(prompt: &str) -> Result<String> {
    super::super::output::write(prompt).map_err(|e| Error::told(e.to_string()))?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(|e| Error::told(format!("What was typed can't be read: {e}")))?;
    Ok(line.trim().to_owned())
}

/// Prints a line.
pub(super) fn say(text: &str) -> Result<()> {
    super::super::output::write(&format!("{text}\n")).map_err(|e| Error::told(e.to_string()))
}
