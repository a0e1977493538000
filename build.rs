//! Builds the web UI when its sources have changed, so that `cargo build --release` alone makes a whole program; packs the API's description.
//!
//! Debug builds only do it when there is no UI at all; `npm run dev` or `npm run build` in `web-ui/` is theirs.
//! With `SNUG_SKIP_UI=1` whatever `web-ui/dist` holds is embedded.
use std::collections::hash_map::DefaultHasher;
use std::hash::Hasher;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the build of the UI depends on. Not `src/i18n/locales`: the build itself writes there.
const SOURCES: &[&str] =
    &["src", "public", "scripts", "index.html", "package.json", "package-lock.json", "vite.config.ts", "tsconfig.json", "lingui.config.ts"];
const WRITTEN: &str = "locales";
/// The hash of the sources that `dist` was made from.
const STAMP: &str = ".sources";

fn main() {
    pack_description();
    let ui = PathBuf::from("web-ui");
    println!("cargo::rerun-if-env-changed=SNUG_SKIP_UI");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=web-ui/dist/index.html");
    let is_release = std::env::var("PROFILE").as_deref() == Ok("release");
    if is_release {
        for source in SOURCES {
            println!("cargo::rerun-if-changed=web-ui/{source}");
        }
    }
    let _ = std::fs::create_dir_all(ui.join("dist")); // the embedding wants the folder, empty or not
    if std::env::var("SNUG_SKIP_UI").is_ok_and(|v| v != "0" && !v.is_empty()) {
        return;
    }
    let built = ui.join("dist/index.html").is_file();
    if built && (!is_release || stamp(&ui) == Some(hash(&ui))) {
        return;
    }
    match build(&ui) {
        Ok(()) => {
            let _ = std::fs::write(ui.join("dist").join(STAMP), hash(&ui).to_string());
        }
        Err(what) if is_release => {
            println!("cargo::error=The web UI could not be built: {what}");
            println!("cargo::error=Set SNUG_SKIP_UI=1 to build the program with what web-ui/dist holds (a source tarball has it built).");
            std::process::exit(1);
        }
        Err(what) => {
            println!("cargo::warning=This build has no web UI: {what}");
            let _ = std::fs::copy("assets/not-built.html", ui.join("dist/index.html")); // so that not every check tries again
        }
    }
}

/// A released program tells it without being able to make it (src/http/openapi.rs).
fn pack_description() {
    let file = "docs/openapi.json";
    println!("cargo::rerun-if-changed={file}");
    let pack = || -> std::io::Result<()> {
        let out = PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default()).join("openapi.json.gz");
        let mut packed = flate2::write::GzEncoder::new(std::fs::File::create(out)?, flate2::Compression::best());
        packed.write_all(&std::fs::read(file)?)?;
        packed.finish().map(drop)
    };
    if let Err(e) = pack() {
        println!("cargo::error={file} could not be packed: {e}");
    }
}

fn build(ui: &Path) -> Result<(), String> {
    if !ui.join("index.html").is_file() {
        return Err("web-ui/index.html is missing.".to_owned());
    }
    let version = Command::new("npm").arg("--version").output();
    if !version.is_ok_and(|out| out.status.success()) {
        return Err("npm is missing. Install Node.js 20.19 or newer.".to_owned());
    }
    if !ui.join("node_modules/.package-lock.json").is_file() {
        // not `npm ci`: it refuses a lock file without the optional packages of platforms that this registry doesn't carry
        npm(ui, &["install", "--no-save", "--no-audit", "--no-fund"])?;
    }
    npm(ui, &["run", "build"])
}

fn npm(ui: &Path, arguments: &[&str]) -> Result<(), String> {
    let line = arguments.join(" ");
    let out = Command::new("npm").args(arguments).current_dir(ui).output().map_err(|e| format!("npm {line} did not start: {e}"))?;
    if out.status.success() {
        return Ok(());
    }
    let said = [out.stdout, out.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    let end: Vec<&str> = said.lines().filter(|l| !l.trim().is_empty()).rev().take(15).collect();
    Err(format!("npm {line} failed in web-ui/: {}", end.into_iter().rev().collect::<Vec<_>>().join(" | ")))
}

fn stamp(ui: &Path) -> Option<u64> {
    std::fs::read_to_string(ui.join("dist").join(STAMP)).ok()?.trim().parse().ok()
}

fn hash(ui: &Path) -> u64 {
    let mut files = Vec::new();
    SOURCES.iter().for_each(|source| list(&ui.join(source), &mut files));
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        hasher.write(file.to_string_lossy().as_bytes());
        hasher.write(&std::fs::read(&file).unwrap_or_default());
    }
    hasher.finish()
}

fn list(path: &Path, files: &mut Vec<PathBuf>) {
    if path.is_file() {
        files.push(path.to_owned());
    } else if path.file_name().is_some_and(|name| name != WRITTEN) {
        let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
        entries.for_each(|entry| list(&entry.path(), files));
    }
}
