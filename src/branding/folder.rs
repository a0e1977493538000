//! The folder: read as a whole. What is wrong with a file leaves out that file alone, and says so.
use crate::draw::{self, Drawn};
use crate::model::FolderProblem;
use crate::rules::{self, FolderSettings};
use bytes::Bytes;
use snug_accounts::picture;
use snug_base::Error;
use snug_base::keys::hex;
use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

const SETTINGS: &str = "branding.toml";
const ICONS: [&str; 4] = ["icon.png", "icon.webp", "icon.jpg", "icon.jpeg"];
/// What people try and what is no icon here.
const NO_ICONS: [&str; 3] = ["icon.svg", "icon.gif", "icon.ico"];
const EMOJI: &str = "emoji";
/// Bytes of a text file: a character has at most four.
const TEXT_BYTES: usize = rules::RULES_CHARS * 4 + 1;
/// Bytes of all emoji together, which lie in the memory.
const ALL_EMOJI_BYTES: usize = 32 * 1024 * 1024;
/// Files that are looked at.
const MOST_FILES: usize = 2_000;

/// What the folder holds, as far as it can be used.
#[derive(Clone, Debug, Default)]
pub struct Found {
    pub settings: FolderSettings,
    pub icon: Option<Picture>,
    pub welcome: Option<String>,
    pub rules: Option<String>,
    pub css: Option<String>,
    pub emoji: BTreeMap<String, Picture>,
    pub problems: Vec<FolderProblem>,
    /// What pictures were made of, so that those that did not change need not be drawn again.
    drawn: HashMap<PathBuf, (Stamp, Result<Picture, String>)>,
}

/// A picture of the folder.
#[derive(Clone, Debug)]
pub struct Picture {
    /// Another content has another tag.
    pub tag: String,
    pub drawn: Drawn,
}

/// What changes whenever a file does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    modified: Option<SystemTime>,
    bytes: u64,
    file: u64,
}

impl Stamp {
    fn of(path: &Path) -> Option<Stamp> {
        let about = fs::metadata(path).ok()?;
        Some(Stamp { modified: about.modified().ok(), bytes: about.len(), file: about.ino() })
    }
}

/// The files that there are at present, so that a change is noticed where the system does not tell of it. Blocks.
pub fn stamps(folder: &Path) -> Vec<(PathBuf, Option<Stamp>)> {
    let mut paths: Vec<PathBuf> =
        [folder.to_owned(), folder.join(EMOJI)].iter().flat_map(|folder| list(folder).unwrap_or_default()).collect();
    paths.sort_unstable();
    paths.into_iter().map(|path| (path.clone(), Stamp::of(&path))).collect()
}

/// Folders to look at for changes, with what tells them from others that were there before.
pub fn watched(folder: &Path) -> Vec<(PathBuf, u64)> {
    let folders = [folder.to_owned(), folder.join(EMOJI)].into_iter();
    folders.filter_map(|folder| fs::metadata(&folder).ok().filter(fs::Metadata::is_dir).map(|about| (folder, about.ino()))).collect()
}

/// Reads the folder; `before` is what was found the last time. Blocks.
pub fn read(folder: &Path, is_expected: bool, before: &Found) -> Found {
    let mut found = Found::default();
    let root = match folder.canonicalize() {
        Ok(root) => root,
        Err(_) if !is_expected && !folder.exists() => return found,
        Err(e) => {
            found.complain(".", format!("the folder can't be read: {e}. Correct branding.folder, or the folder's owner and permissions"));
            return found;
        }
    };
    let mut reader = Reader { root: &root, before, found };
    if let Some(text) = reader.text(SETTINGS) {
        match FolderSettings::parse(&text) {
            Ok(settings) => reader.found.settings = settings,
            Err(e) => reader.found.complain(SETTINGS, e),
        }
    }
    reader.found.welcome = reader.checked("welcome.md", rules::welcome);
    reader.found.rules = reader.checked("rules.md", rules::rules);
    reader.found.css = reader.checked("custom.css", rules::css);
    reader.icon();
    reader.emoji();
    reader.found
}

impl Found {
    fn complain(&mut self, file: &str, problem: impl Into<String>) {
        let mut problem: String = problem.into();
        if !problem.ends_with('.') {
            problem.push('.');
        }
        self.problems.push(FolderProblem { file: file.to_owned(), problem });
    }
}

struct Reader<'a> {
    root: &'a Path,
    before: &'a Found,
    found: Found,
}

impl Reader<'_> {
    /// A text file that may be missing.
    fn text(&mut self, name: &str) -> Option<String> {
        let path = self.root.join(name);
        if path.symlink_metadata().is_err() {
            return None;
        }
        let text = bytes(self.root, &path, TEXT_BYTES)
            .and_then(|bytes| String::from_utf8(bytes).map_err(|_| "is not UTF-8. Save it as UTF-8".to_owned()));
        text.map_err(|e| self.found.complain(name, e)).ok()
    }

    /// The same, if it passes; an empty one is none.
    fn checked(&mut self, name: &str, check: fn(&str) -> snug_base::Result<String>) -> Option<String> {
        let text = self.text(name)?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        match check(text) {
            Ok(text) => Some(text).filter(|text| !text.is_empty()),
            Err(e) => {
                self.found.complain(name, e.detail);
                None
            }
        }
    }

    fn icon(&mut self) {
        for name in NO_ICONS.iter().filter(|name| self.root.join(name).exists()) {
            self.found.complain(name, "this kind of icon is not accepted. Use icon.png, icon.webp or icon.jpg");
        }
        let there: Vec<&str> = ICONS.into_iter().filter(|name| self.root.join(name).symlink_metadata().is_ok()).collect();
        for name in there.iter().skip(1) {
            self.found.complain(name, format!("{} is used. Remove one of them", there[0]));
        }
        let Some(name) = there.first() else { return };
        let draw = |bytes: &[u8]| Ok(Drawn { bytes: draw::icon(bytes)?.into(), kind: "image/png" });
        self.found.icon = self.picture(name, picture::MAX_BYTES, draw);
    }

    fn emoji(&mut self) {
        let folder = self.root.join(EMOJI);
        if folder.symlink_metadata().is_err() {
            return;
        }
        let paths = match list(&folder) {
            Ok(paths) => paths,
            Err(e) => return self.found.complain(EMOJI, format!("can't be read: {e}")),
        };
        let mut all = 0;
        for path in paths {
            let Some(file) = path.file_name().and_then(|name| name.to_str()) else {
                self.found.complain(EMOJI, "has a file whose name is not UTF-8. Rename it");
                continue;
            };
            let shown = format!("{EMOJI}/{file}");
            let (stem, ending) = file.rsplit_once('.').unwrap_or((file, ""));
            if !["png", "webp", "gif"].contains(&ending) {
                self.found.complain(&shown, "is no PNG, WebP or GIF file by its name. Remove it, or save it as one of them");
                continue;
            }
            let name = match rules::emoji_name(stem) {
                Ok(name) if self.found.emoji.contains_key(&name) => {
                    self.found.complain(&shown, "there is an emoji of that name already. Rename one of them");
                    continue;
                }
                Ok(name) => name,
                Err(e) => {
                    self.found.complain(&shown, format!("its {}. Rename it", e.detail));
                    continue;
                }
            };
            if self.found.emoji.len() >= rules::EMOJI || all >= ALL_EMOJI_BYTES {
                self.found.complain(&shown, format!("there are more than {} emoji or 32 MiB of them. Remove some", rules::EMOJI));
                return;
            }
            if let Some(picture) = self.picture(&shown, draw::EMOJI_BYTES, draw::emoji) {
                all += picture.drawn.bytes.len();
                self.found.emoji.insert(name, picture);
            }
        }
    }

    /// A picture, drawn anew if the file is another than before.
    fn picture(&mut self, name: &str, most: usize, draw: impl Fn(&[u8]) -> snug_base::Result<Drawn>) -> Option<Picture> {
        let path = self.root.join(name);
        let stamp = Stamp::of(&path);
        let known = self.before.drawn.get(&path).filter(|(before, _)| Some(*before) == stamp).map(|(_, picture)| picture.clone());
        let picture = known.unwrap_or_else(|| {
            let bytes = bytes(self.root, &path, most)?;
            let drawn = draw(&bytes).map_err(|e: Error| e.detail)?;
            Ok(Picture { tag: tag(&drawn.bytes), drawn })
        });
        if let Some(stamp) = stamp {
            self.found.drawn.insert(path, (stamp, picture.clone()));
        }
        picture.map_err(|e| self.found.complain(name, e)).ok()
    }
}

fn tag(bytes: &Bytes) -> String {
    use sha2::{Digest, Sha256};
    hex(&Sha256::digest(bytes))
}

/// Files in a folder, by name; hidden ones are nobody's business.
fn list(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let is_shown = |path: &PathBuf| path.file_name().is_some_and(|name| !name.as_encoded_bytes().starts_with(b"."));
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)?.flatten().map(|entry| entry.path()).filter(is_shown).take(MOST_FILES).collect();
    paths.sort_unstable();
    Ok(paths)
}

/// The content of a file in the folder.
fn bytes(root: &Path, path: &Path, most: usize) -> Result<Vec<u8>, String> {
    let failed = |e: std::io::Error| format!("can't be read: {e}");
    let real = path.canonicalize().map_err(failed)?;
    if !real.starts_with(root) {
        return Err("leads out of the folder. Put the file itself there".to_owned());
    }
    if !real.metadata().map_err(failed)?.is_file() {
        return Err("is no file. Remove it".to_owned());
    }
    let mut bytes = Vec::new();
    File::open(&real).map_err(failed)?.take(most as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() > most {
        return Err(format!("is larger than {} KiB. Make it smaller", most / 1024));
    }
    Ok(bytes)
}
