//! Builds SQLCipher and as much of LibTomCrypt as it needs.
use std::path::Path;

/// What SQLite can do and how it behaves.
const SQLITE: &[(&str, Option<&str>)] = &[
    ("SQLITE_CORE", None),
    ("SQLITE_DEFAULT_FOREIGN_KEYS", Some("1")),
    ("SQLITE_DEFAULT_MEMSTATUS", Some("0")),
    ("SQLITE_DQS", Some("0")),
    ("SQLITE_ENABLE_API_ARMOR", None),
    ("SQLITE_ENABLE_COLUMN_METADATA", None),
    // backups read the database page by page from one snapshot
    ("SQLITE_ENABLE_DBPAGE_VTAB", None),
    ("SQLITE_ENABLE_DBSTAT_VTAB", None),
    ("SQLITE_ENABLE_FTS5", None),
    ("SQLITE_ENABLE_STAT4", None),
    ("SQLITE_THREADSAFE", Some("1")),
    ("SQLITE_USE_URI", None),
    ("HAVE_USLEEP", Some("1")),
    ("HAVE_ISNAN", None),
    ("HAVE_LOCALTIME_R", None),
    ("HAVE_STDINT_H", Some("1")),
];

/// Sealed pages: nothing of them may reach the disk in temporary files either.
const SQLCIPHER: &[(&str, Option<&str>)] = &[
    ("SQLITE_HAS_CODEC", None),
    ("SQLITE_TEMP_STORE", Some("2")),
    ("SQLITE_EXTRA_INIT", Some("sqlcipher_extra_init")),
    ("SQLITE_EXTRA_SHUTDOWN", Some("sqlcipher_extra_shutdown")),
    ("SQLCIPHER_CRYPTO_LIBTOMCRYPT", None),
];

/// The parts of LibTomCrypt that `libtomcrypt.h` chooses.
const LIBTOMCRYPT: &[&str] =
    &["ciphers/aes/", "hashes/helper/", "hashes/sha1.c", "hashes/sha2/", "mac/hmac/", "misc/", "modes/cbc/", "prngs/"];

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=libtomcrypt.h");
    let sources = sqlcipher_src::source_dir();
    let chosen = |source: &&&str| LIBTOMCRYPT.iter().any(|part| source.trim_start_matches("libtomcrypt/").starts_with(part));
    let mut build = build(sources);
    build.define("LTC_SOURCE", None);
    build.files(sqlcipher_src::LIBTOMCRYPT_SOURCES.iter().filter(chosen).map(|source| sources.join(source)));
    build.compile("snug_libtomcrypt");

    let mut build = self::build(sources);
    for (name, value) in SQLITE.iter().chain(SQLCIPHER) {
        build.define(name, *value);
    }
    build.file(sources.join(sqlcipher_src::SOURCE_FILE));
    build.compile("snug_sqlcipher");
}

fn build(sources: &Path) -> cc::Build {
    let mut build = cc::Build::new();
    build.include(sources.join(sqlcipher_src::LIBTOMCRYPT_INCLUDE_DIR)).include(sources);
    build.flag("-include").flag("libtomcrypt.h").warnings(false).opt_level(2);
    // `libsqlite3-sys`, which needs it, comes later in the order of linking
    build.link_lib_modifier("-bundle").link_lib_modifier("+whole-archive");
    build
}
