//! The branding's folder in a backup, where it is the one in the data folder. One that the operator keeps elsewhere is theirs to save.
use super::archive::{Writer, is_plain};
use snug_base::{Config, Result};
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;

/// The folder's name, also in the backup.
pub const FOLDER: &str = "branding";
const EMOJI: &str = "emoji";
/// The most of one file: more than any that is shown may have.
const FILE_BYTES: u64 = 4 * 1024 * 1024;
/// The most of all of them.
const FILES: usize = 2_000;

/// Writes the files that are there.
pub fn write<W: Write>(config: &Config, out: &mut Writer<W>) -> Result<()> {
    if config.branding.named().is_some() {
        return Ok(());
    }
    let top = config.node.data.join(FOLDER);
    let mut left = FILES;
    for (folder, name) in [(top.join(EMOJI), format!("{FOLDER}/{EMOJI}")), (top, FOLDER.to_owned())] {
        for file in names(&folder).into_iter().take(left) {
            left -= 1;
            if let Some(content) = content(&folder.join(&file)) {
                out.bytes(&format!("{name}/{file}"), &content)?;
            }
        }
    }
    Ok(())
}

/// Whether a backup's entry below [`FOLDER`] has its place there.
pub fn is_place(parts: &[&str]) -> bool {
    matches!(parts, [_] | [EMOJI, _])
}

/// Files with plain names, in order.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let is_named = |name: &String| name.len() < 100 && is_plain(name);
    let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).filter(is_named).collect();
    names.sort_unstable();
    names
}

/// A file as it is now; nothing of what is no file, or too large to be shown.
fn content(path: &Path) -> Option<Vec<u8>> {
    if !fs::symlink_metadata(path).ok()?.is_file() {
        return None;
    }
    let mut content = Vec::new();
    File::open(path).ok()?.take(FILE_BYTES + 1).read_to_end(&mut content).ok()?;
    (content.len() as u64 <= FILE_BYTES).then_some(content)
}
