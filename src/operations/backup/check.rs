//! What a restored instance has to be: what the backup said.
use super::archive::damaged;
use super::manifest::{Manifest, counts};
use snug_base::config::KeysConfig;
use snug_base::db::Engine;
use snug_base::db::snapshot::Snapshot;
use snug_base::{Config, Result, blobs, keys};

/// Looks at restored data: the database is sound and has as many of everything as the manifest says, its keys open, every file is there and
/// has its size.
pub fn restored(config: &Config, manifest: &Manifest) -> Result<()> {
    let snapshot = Snapshot::take(config)?;
    let read = snapshot.read();
    if snapshot.engine() == Engine::Sqlite {
        let said: String = read.query_one("PRAGMA integrity_check(1)", &[], |row| row.get("integrity_check"))?;
        if said != "ok" {
            return Err(damaged(&format!("its database is not sound ({said})")));
        }
    }
    let found = counts(&read, manifest.schema)?;
    if let Some((table, count)) = manifest.counts.iter().find(|(table, count)| found.get(*table) != Some(count)) {
        return Err(damaged(&format!("of {table} there are {:?}, not {count}", found.get(table))));
    }
    let has_key = config.keys.master_key.is_some() || config.keys.passphrase.is_some() || config.keys.passphrase_file.is_some();
    if manifest.schema >= 11 && (manifest.has_master_key || has_key) {
        let keys_config = if manifest.has_master_key { KeysConfig::default() } else { config.keys.clone() };
        keys::fits(&config.node.data, &keys_config, &read)?;
    }
    if manifest.schema >= 11 {
        blobs::check_sizes(&read, &config.node.data.join("blobs"), |problem| Err(damaged(&problem)))?;
    }
    Ok(())
}
