//! Making a backup, of a node that goes on working or of its data alone.
use super::archive::Writer;
use super::contents::Contents;
use super::lock::Lock;
use super::manifest::Manifest;
use snug_base::{Config, Result};
use std::io::Write;

/// Writes a backup of the instance to `out`. Blocks, at a low priority; members' messages go first.
///
/// # Errors
/// `out` then holds a part that no restore accepts.
pub fn create<W: Write>(config: &Config, lock: &Lock, now: i64, out: W) -> Result<(Manifest, W)> {
    create_in(config, lock, now, |_| Ok(out))
}

/// The same to what `begin` opens, which is told about how many bytes come.
pub fn create_in<W: Write>(config: &Config, lock: &Lock, now: i64, begin: impl FnOnce(u64) -> Result<W>) -> Result<(Manifest, W)> {
    step_back();
    let contents = Contents::take(config, now)?;
    let out = begin(contents.about_size()?)?;
    let mut writer = Writer::begin(out, lock, &contents.manifest)?;
    contents.write(config, &mut writer)?;
    Ok((contents.manifest.clone(), writer.finish()?))
}

/// This thread's work is less urgent than all others'. On Linux priorities are those of threads.
fn step_back() {
    let _ = rustix::process::setpriority_process(Some(rustix::thread::gettid()), 15); // a matter of speed only
}
