//! Making a backup, of a node that goes on working or of its data alone.
use super::archive::Writer;
use super::base::Base;
use super::contents::Contents;
use super::held::{Held, Record};
use super::lock::Lock;
use super::manifest::Manifest;
use snug_base::{Config, Result};
use std::io::Write;

/// Writes a backup of the instance to `out`. Blocks; members' messages go before its files.
///
/// # Errors
/// `out` then holds a part that no restore accepts.
pub fn create<W: Write>(config: &Config, lock: &Lock, now: i64, out: W) -> Result<(Manifest, W)> {
    create_in(config, lock, now, |_| Ok(out))
}

/// The same to what `begin` opens, which is told about how many bytes come.
pub fn create_in<W: Write>(config: &Config, lock: &Lock, now: i64, begin: impl FnOnce(u64) -> Result<W>) -> Result<(Manifest, W)> {
    create_with(config, lock, now, None, None, begin)
}

/// The same without the files that are in a base, or with a record of those that are in it.
pub(super) fn create_with<W: Write>(
    config: &Config,
    lock: &Lock,
    now: i64,
    base: Option<&Held>,
    record: Option<&mut Record>,
    begin: impl FnOnce(u64) -> Result<W>,
) -> Result<(Manifest, W)> {
    let mut contents = Contents::take(config, now)?;
    if let Some(Held { about, .. }) = base {
        let base = Base { name: about.name.clone(), id: about.id, created_at: about.created_at };
        contents.manifest = contents.manifest.since(base);
    }
    let out = begin(contents.about_size()?)?;
    let mut writer = Writer::begin(out, lock, &contents.manifest)?;
    let manifest = contents.write(config, &mut writer, base, record)?;
    Ok((manifest, writer.finish()?))
}
