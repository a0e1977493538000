//! `snug backup …` and `snug restore`.
use super::settings::Settings;
use super::task::{Task, backup_made};
use super::{output, password, serve, socket};
use clap::{Args, Subcommand};
use serde_json::json;
use snug_accounts::audit::{Actor, Deed, DeedKind};
use snug_base::{Clock, Code, Config, Error, Result};
use snug_operations::backup::lock::{self, Lock, Opener};
use snug_operations::backup::manifest::Manifest;
use snug_operations::backup::place::Place;
use snug_operations::backup::{Base, create, nowhere, place, restore, upgrade};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// What the names of backups in the configured bucket begin with.
const S3: &str = "s3:";

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Backup {
    #[command(subcommand)]
    command: Option<BackupCommand>,
    #[command(flatten)]
    make: Make,
}

#[derive(Debug, Args)]
struct Make {
    /// File to write; - is the standard output, s3:NAME in the configured bucket [default: snug-DATE.tar.zst.age in the current folder]
    #[arg(value_name = "FILE")]
    to: Option<PathBuf>,
    /// Write to the bucket that the configuration names (backup.s3_endpoint …)
    #[arg(long, conflicts_with = "to")]
    s3: bool,
    /// Encrypt to this key (age1…), which `snug backup key` makes; may be given several times
    #[arg(long, value_name = "KEY", group = "lock")]
    recipient: Vec<String>,
    /// Encrypt to a passphrase, which is asked for
    #[arg(long, group = "lock")]
    passphrase: bool,
    /// The same, reading it from the standard input
    #[arg(long, group = "lock")]
    passphrase_stdin: bool,
    /// Don't encrypt: whoever has the file can read everything and act as anybody
    #[arg(long, group = "lock")]
    unencrypted: bool,
}

#[derive(Debug, Subcommand)]
enum BackupCommand {
    /// Read all of a backup and check it; nothing is changed
    Verify(Source),
    /// Show what lies in the folder or bucket that the configuration names
    List,
    /// Make a pair of keys: one to encrypt to, one (to be kept elsewhere) that opens the backups
    Key {
        /// File to write the secret key to
        #[arg(value_name = "FILE")]
        to: PathBuf,
    },
}

/// A backup and what opens it.
#[derive(Debug, Args)]
pub struct Source {
    /// The backup; - is the standard input, s3:NAME one in the configured bucket
    #[arg(value_name = "FILE")]
    from: PathBuf,
    /// The whole backup that it needs, if it holds only what is new since [default: the one of that name beside it]
    #[arg(long, value_name = "FILE")]
    base: Option<PathBuf>,
    /// File with the secret key that opens it
    #[arg(long, value_name = "FILE")]
    identity: Vec<PathBuf>,
    /// Ask for the passphrase that opens it
    #[arg(long)]
    passphrase: bool,
    /// The same, reading it from the standard input
    #[arg(long, conflicts_with = "passphrase")]
    passphrase_stdin: bool,
}

/// `snug backup`
pub fn run(settings: impl FnOnce() -> Result<Settings>, as_json: bool, backup: Backup) -> Result<()> {
    match backup.command {
        None => make(&settings()?, as_json, backup.make),
        Some(BackupCommand::Verify(source)) => {
            let opener = source.opener()?;
            let (found, base) = source.found(settings)?;
            let manifest = restore::verify_with(found.open()?, &|needed: &Base| open_base(&found, &base, needed), &opener)?;
            tell(as_json, "Every part of the backup is as it was written.", &manifest)
        }
        Some(BackupCommand::List) => list(&settings()?, as_json),
        Some(BackupCommand::Key { to }) => {
            let (secret, recipient) = lock::generate();
            let text = Zeroizing::new(format!("# opens the backups that are encrypted to {recipient}\n{}\n", *secret));
            new_file(&to)?.write_all(text.as_bytes()).map_err(Error::internal)?;
            if as_json {
                return output::write(&format!("{}\n", json!({ "recipient": recipient, "file": to })));
            }
            output::write(&format!(
                "The key that opens backups is in {}. Keep it away from this machine: without it no backup can be read.\n\nMake backups with:\n\n  snug backup --recipient {recipient}\n",
                to.display()
            ))
        }
    }
}

/// `snug restore`
pub fn restore(settings: Settings, as_json: bool, source: &Source) -> Result<()> {
    let opener = source.opener()?;
    let (found, base) = source.found(|| Ok(settings.clone()))?;
    let find = |needed: &Base| open_base(&found, &base, needed);
    if !matches!(found, Found::Input) {
        restore::verify_with(found.open()?, &find, &opener)?; // all of it, before a byte is written
    }
    let manifest = restore::restore_with(found.open()?, &find, &opener, &settings.config)?;
    let deed = Deed::new(DeedKind::BackupRestored).on(called(&source.from)).fact("made", output::time(&manifest.created_at.into()));
    leave(&settings.config, &deed);
    let data = settings.config.node.data.display();
    tell(as_json, &format!("Restored into {data}. Start it with `snug --data {data}`."), &manifest)
}

/// `snug rollback`
pub fn roll_back(settings: &Settings, as_json: bool, yes: bool) -> Result<()> {
    let config = &settings.config;
    let _lock = serve::lock(&config.node.data)?;
    if !yes {
        let (_, manifest) = upgrade::last(config)?;
        let said = "This is what the data would be again. What was written since goes. To do it: snug rollback --yes";
        return tell(as_json, said, &manifest);
    }
    let manifest = upgrade::roll_back(config)?;
    leave(config, &Deed::new(DeedKind::RolledBack).fact("schema", manifest.schema));
    let said = format!(
        "The data is that of Snug {} again. Install that version before you start it: this one would upgrade it anew.",
        manifest.version
    );
    tell(as_json, &said, &manifest)
}

fn make(settings: &Settings, as_json: bool, make: Make) -> Result<()> {
    let lock = if make.unencrypted {
        Lock::None
    } else if make.passphrase || make.passphrase_stdin {
        Lock::Passphrase(Zeroizing::new(password::choose("Passphrase", make.passphrase_stdin)?))
    } else if make.recipient.is_empty() {
        return Err(Code::Malformed.error(
            "A backup holds everything, keys included. Say who may read it: --recipient KEY (`snug backup key FILE` makes one), --passphrase, or --unencrypted.",
        ));
    } else {
        Lock::Recipients(make.recipient)
    };
    let now = Clock::default().now();
    let name = place::name(now, &lock);
    let to = make.to.unwrap_or_else(|| PathBuf::from(if make.s3 { format!("{S3}{name}") } else { name }));
    let is_encrypted = !matches!(lock, Lock::None);
    if to == Path::new("-") {
        create::create(&settings.config, &lock, now, io::stdout().lock()).map(drop)?;
        leave_made(&settings.config, called(&to), is_encrypted)
    } else {
        let (place, name) = place_for(&to, &settings.config)?;
        let (manifest, sink) = create::create_in(&settings.config, &lock, now, |about| place.begin(&name, about))?;
        sink.finish()?;
        leave_made(&settings.config, called(&to), is_encrypted)?;
        tell(as_json, &format!("Backup written to {}.", to.display()), &manifest)
    }
}

/// A file by its name alone: where it lies is nobody's business who reads the log.
fn called(path: &Path) -> String {
    match path.file_name().filter(|_| path != Path::new("-")) {
        Some(name) => name.to_string_lossy().into_owned(),
        None => "the standard input or output".to_owned(),
    }
}

/// Leaves a line in the audit log, by the running node where there is one. A backup is a backup without it.
fn leave_made(config: &Config, name: String, is_encrypted: bool) -> Result<()> {
    let task = Task::BackupWritten { name: name.clone(), is_encrypted };
    match super::block_on(socket::ask(&config.node.data, &task))? {
        Ok(Some(_)) => {}
        Ok(None) => leave(config, &backup_made(&name, is_encrypted)),
        Err(e) => unnoted(&e),
    }
    Ok(())
}

/// The same where no node runs, without starting one: that would bring the data up to date.
fn leave(config: &Config, deed: &Deed) {
    if let Err(e) = Actor::operator().did_beside(config, Clock::default().now(), deed) {
        unnoted(&e);
    }
}

fn unnoted(e: &Error) {
    output::remark(&format!("the audit log has no line of this: {}", e.detail));
}

/// Where a backup is written, and its name there; what is there stays.
fn place_for(to: &Path, config: &Config) -> Result<(Place, String)> {
    if let Some(name) = in_bucket(to)? {
        return Ok((Place::s3(config)?, name.to_owned()));
    }
    if to.exists() {
        return Err(is_there(to));
    }
    in_folder(to)
}

/// The name of a backup in the bucket, if that is meant.
fn in_bucket(path: &Path) -> Result<Option<&str>> {
    let Some(name) = path.to_str().and_then(|text| text.strip_prefix(S3)) else { return Ok(None) };
    let is_name = (1..=200).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
    if is_name {
        Ok(Some(name))
    } else {
        Err(Code::Malformed.error(format!("{name:?} is no name of a backup. `snug backup list` shows what is there.")))
    }
}

fn in_folder(path: &Path) -> Result<(Place, String)> {
    let name = path.file_name().and_then(|name| name.to_str());
    let name = name.ok_or_else(|| Code::Malformed.error(format!("{} is no name for a file.", path.display())))?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok((Place::Folder(folder.to_owned()), name.to_owned()))
}

/// `snug backup list`
fn list(settings: &Settings, as_json: bool) -> Result<()> {
    let place = Place::of(&settings.config).filter(Place::keeps).ok_or_else(|| {
        Code::BackupUnset.error("The configuration names no folder or bucket for backups. Set backup.folder or backup.s3_endpoint.")
    })?;
    let (found, place) = (place.list()?, place.describe());
    if as_json {
        let all: Vec<_> = found.iter().map(|(name, bytes)| json!({ "name": name, "bytes": bytes })).collect();
        return output::write(&format!("{}\n", json!({ "place": place, "backups": all })));
    }
    if found.is_empty() {
        return output::write(&format!("There is no backup in {place}.\n"));
    }
    let rows = found.into_iter().map(|(name, bytes)| [name, output::bytes(&bytes.into())]);
    output::write(&output::table(["NAME", "SIZE"], rows))
}

fn is_there(path: &Path) -> Error {
    Code::Malformed.error(format!("{} is there already. Choose another name.", path.display()))
}

/// A file for its owner only; one that is there stays.
fn new_file(path: &Path) -> Result<File> {
    File::options().write(true).create_new(true).mode(0o600).open(path).map_err(|e| match e.kind() {
        io::ErrorKind::AlreadyExists => is_there(path),
        _ => Code::StorageFull.error(format!("{} can't be written: {e}.", path.display())),
    })
}

/// Where a backup is that somebody named.
enum Found {
    Input,
    In(Place, String),
}

impl Found {
    fn open(&self) -> Result<Box<dyn Read>> {
        match self {
            Found::Input => Ok(Box::new(io::stdin().lock())),
            Found::In(place, name) => Ok(place.open(name)?),
        }
    }
}

/// The base that somebody named, or the one beside the backup.
fn open_base(found: &Found, named: &Option<Found>, needed: &Base) -> Result<Box<dyn Read>> {
    match (named, found) {
        (Some(named), _) => named.open(),
        (None, Found::In(place, _)) => Ok(place.open(&needed.name)?),
        (None, Found::Input) => nowhere(needed),
    }
}

impl Source {
    /// The backup, and its base if one was named.
    fn found(&self, settings: impl FnOnce() -> Result<Settings>) -> Result<(Found, Option<Found>)> {
        let is_in_bucket = |path: &PathBuf| matches!(in_bucket(path), Ok(Some(_)));
        let wants_bucket = is_in_bucket(&self.from) || self.base.as_ref().is_some_and(is_in_bucket);
        let bucket = if wants_bucket { Some(Place::s3(&settings()?.config)?) } else { None };
        let find = |path: &Path| match (in_bucket(path)?, &bucket) {
            (Some(name), Some(bucket)) => Ok(Found::In(bucket.clone(), name.to_owned())),
            _ => in_folder(path).map(|(place, name)| Found::In(place, name)),
        };
        let from = if self.from == Path::new("-") { Found::Input } else { find(&self.from)? };
        Ok((from, self.base.as_deref().map(find).transpose()?))
    }

    fn opener(&self) -> Result<Opener> {
        let mut opener = Opener::default();
        for path in &self.identity {
            let text =
                std::fs::read_to_string(path).map_err(|e| Code::Malformed.error(format!("{} can't be read: {e}.", path.display())))?;
            opener.identities.extend(lock::identities(&Zeroizing::new(text)));
        }
        if self.passphrase_stdin {
            opener.passphrase = Some(Zeroizing::new(password::choose("Passphrase", true)?));
        } else if self.passphrase {
            opener.passphrase = password::ask("Passphrase")?.map(Zeroizing::new);
        }
        Ok(opener)
    }
}

fn tell(as_json: bool, said: &str, manifest: &Manifest) -> Result<()> {
    if as_json {
        return output::write(&format!("{}\n", serde_json::to_string(manifest).map_err(Error::internal)?));
    }
    let mut text = format!(
        "{said}\n\n  Made      {} by Snug {} on {}\n",
        output::time(&manifest.created_at.into()),
        manifest.version,
        manifest.engine
    );
    if let Some(base) = &manifest.base {
        text.push_str(&format!("  Needs     {} of {}\n", base.name, output::time(&base.created_at.into())));
    }
    for (what, count) in &manifest.counts {
        text.push_str(&format!("  {what:<14}{count}\n"));
    }
    if !manifest.has_master_key {
        text.push_str(
            "\n  The master key is not in it: it comes from the configuration or a passphrase, which a restored instance needs as well.\n",
        );
    }
    output::write(&text)
}
