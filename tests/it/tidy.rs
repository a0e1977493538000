//! The house rules that a machine can keep.
use snug_base::Code;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// All files below a folder with this ending.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && !["node_modules", "dist", "target"].contains(&name.as_str()) {
            found.extend(files(&path, ending));
        } else if name.ends_with(ending) {
            found.push(path);
        }
    }
    found
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

#[test]
fn files_stay_small_and_names_mean_something() {
    for path in files(&root().join("src"), ".rs") {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let banned = ["mod", "util", "utils", "common", "helpers", "misc", "manager", "types"];
        assert!(!banned.contains(&name.as_str()), "{}: say what it is about", path.display());
        let lines = text(&path).lines().count();
        assert!(lines <= 500, "{} has {lines} lines; split it by operation", path.display());
    }
}

#[test]
fn sql_stays_in_stores_and_http_at_the_edges() {
    for path in files(&root().join("src"), ".rs") {
        let name = format!("/{}", path.strip_prefix(root()).unwrap().display());
        let content = text(&path);
        let is_store = name.contains("/store");
        let is_base = name.contains("/base/");
        if is_store {
            assert!(!content.contains("axum::") && !content.contains("StatusCode"), "{name}: a store never sees HTTP");
        }
        if (name.ends_with("/http.rs") || name.contains("/http/") || name.ends_with("/ws.rs")) && !is_base {
            assert!(
                !content.contains("\"SELECT ") && !content.contains("\"INSERT ") && !content.contains("\"UPDATE "),
                "{name}: no SQL at the edge"
            );
        }
        if !is_base && !name.ends_with("/lib.rs") && !name.contains("/realtime/") {
            assert!(!content.contains(".apply(Effect"), "{name}: only the database handle publishes");
        }
    }
}

#[test]
fn every_integration_test_is_listed() {
    let main = text(&root().join("tests/it/main.rs"));
    for entry in fs::read_dir(root().join("tests/it")).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        let Some(module) = name.strip_suffix(".rs").filter(|m| *m != "main") else { continue };
        assert!(main.contains(&format!("mod {module};")), "tests/it/{name} is not run");
    }
}

#[test]
fn error_codes_are_unique_and_well_formed() {
    let mut seen = std::collections::BTreeSet::new();
    for code in Code::ALL {
        assert!(seen.insert(code.as_str()), "{} twice", code.as_str());
        assert!(code.as_str().bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.' || b == b'_'), "{}", code.as_str());
        assert!((400..600).contains(&code.status()));
    }
}

#[test]
fn postgres_migrations_are_made_from_the_sqlite_ones() {
    let here = tempfile::tempdir().unwrap();
    let copied = Command::new("cp").arg("-r").arg(root().join("migrations")).arg(here.path()).status().unwrap();
    assert!(copied.success());
    let made = Command::new("sh").arg(here.path().join("migrations/to-postgres.sh")).status().unwrap();
    assert!(made.success());
    for path in files(&root().join("migrations/sqlite"), ".sql") {
        let name = path.file_name().unwrap();
        let (ours, fresh) = (root().join("migrations/postgres").join(name), here.path().join("migrations/postgres").join(name));
        assert_eq!(text(&ours), text(&fresh), "run migrations/to-postgres.sh");
        assert!(text(&path).matches("CREATE TABLE").count() == text(&path).matches(") STRICT").count(), "{}: STRICT", path.display());
    }
}

#[test]
fn nothing_is_left_undone_in_the_sources() {
    let marks = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X"), concat!("#[ign", "ore"), concat!("unimpl", "emented!")];
    let mut all = files(&root().join("src"), ".rs");
    all.extend(files(&root().join("tests"), ".rs"));
    all.extend(files(&root().join("web-ui/src"), ".ts"));
    all.extend(files(&root().join("web-ui/src"), ".tsx"));
    for path in all {
        let content = text(&path);
        for mark in marks {
            assert!(!content.contains(mark), "{} holds {mark}", path.display());
        }
    }
}

#[test]
fn every_dependency_has_its_reason() {
    let listed = text(&root().join("docs/dependencies.md"));
    let is_name = |c: char| c.is_alphanumeric() || "-_@/.".contains(c);
    let words: std::collections::BTreeSet<&str> = listed.split(|c| !is_name(c)).map(|word| word.trim_end_matches('.')).collect();
    let mut manifests = files(&root().join("src"), "Cargo.toml");
    manifests.push(root().join("Cargo.toml"));
    for path in manifests {
        let manifest: toml::Table = text(&path).parse().unwrap();
        for section in ["dependencies", "dev-dependencies"] {
            for name in manifest.get(section).and_then(toml::Value::as_table).into_iter().flat_map(|table| table.keys()) {
                assert!(
                    name.starts_with("snug_") || words.contains(name.as_str()),
                    "docs/dependencies.md does not say why {name} is there"
                );
            }
        }
    }
    let package: serde_json::Value = serde_json::from_str(&text(&root().join("web-ui/package.json"))).unwrap();
    for section in ["dependencies", "devDependencies"] {
        for name in package[section].as_object().unwrap().keys() {
            assert!(words.contains(name.as_str()), "docs/dependencies.md does not say why {name} is there");
        }
    }
}

#[test]
fn packages_have_the_program_s_version() {
    for name in ["snug", "snug-bin"] {
        let folder = root().join("packaging/aur").join(name);
        let version = env!("CARGO_PKG_VERSION");
        assert!(text(&folder.join("PKGBUILD")).contains(&format!("\npkgver={version}\n")), "{name}: PKGBUILD");
        assert!(text(&folder.join(".SRCINFO")).contains(&format!("\tpkgver = {version}\n")), "{name}: .SRCINFO");
    }
}
