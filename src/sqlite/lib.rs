//! SQLite as Snug builds it, behind the interface of `rusqlite`.
//!
//! It is SQLCipher with LibTomCrypt: SQLite whose pages can be sealed (AES-256, HMAC-SHA-512), without any other library, and plain SQLite for
//! a database without a key. The workspace calls this crate `rusqlite`, so that nothing is linked with another SQLite by mistake.
//! Why this one: `docs/decisions/0010-sealed-database-with-sqlcipher.md`.
pub use rusqlite::*;

#[cfg(test)]
mod tests {
    use super::Connection;

    #[test]
    fn is_the_one_that_seals() {
        let sql = Connection::open_in_memory().unwrap();
        sql.execute_batch("PRAGMA key = 'anything'").unwrap();
        let text = |query: &str| sql.query_row(query, (), |row| row.get::<_, String>(0)).unwrap();
        assert!(text("PRAGMA cipher_version").starts_with("4."));
        assert_eq!(text("PRAGMA cipher_provider"), "libtomcrypt");
        let has = |option: &str| sql.query_row("SELECT sqlite_compileoption_used(?1)", [option], |row| row.get::<_, bool>(0)).unwrap();
        for option in ["ENABLE_DBPAGE_VTAB", "ENABLE_FTS5", "THREADSAFE=1"] {
            assert!(has(option), "{option}");
        }
    }
}
