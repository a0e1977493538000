//! What a backup says of itself.
use super::archive::damaged;
use super::base::Base;
use serde::{Deserialize, Serialize};
use snug_base::db::Engine;
use snug_base::db::migrate::MIGRATIONS;
use snug_base::{Code, Read, Result, params};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Of the layout of the archive, if it is whole.
const FORMAT: u32 = 1;
/// Of one that needs a base. Programs that know only the first refuse it.
const FORMAT_WITH_BASE: u32 = 2;
/// What is counted: whoever restores sees at once whether it is the instance that they mean.
const COUNTED: &[&str] = &["users", "servers", "conversations", "messages", "blobs"];

/// The first entry.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Manifest {
    pub format: u32,
    /// Of the program that made it.
    pub version: String,
    /// Unix milliseconds.
    pub created_at: i64,
    /// "SQLite" or "PostgreSQL".
    pub engine: String,
    /// Number of the newest step of the schema.
    pub schema: i64,
    /// Whether `master.key` is in it; if not, the key comes from the configuration or a passphrase.
    pub has_master_key: bool,
    /// Rows of the tables that people know.
    pub counts: BTreeMap<String, i64>,
    /// Its own: so one that needs it knows it from others. Older programs gave none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Uuid>,
    /// The whole backup that it needs, if it holds only the files that are new since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<Base>,
}

impl Manifest {
    pub(super) fn of(read: &Read, engine: Engine, created_at: i64, has_master_key: bool) -> Result<Manifest> {
        let schema = read.value("SELECT max(number) AS value FROM migrations", &[])?.unwrap_or_default();
        Ok(Manifest {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            created_at,
            engine: engine.as_str().to_owned(),
            schema,
            has_master_key,
            counts: counts(read, schema)?,
            id: Some(Uuid::now_v7()),
            base: None,
        })
    }

    /// The same of one that needs a base.
    pub(super) fn since(self, base: Base) -> Manifest {
        Manifest { format: FORMAT_WITH_BASE, base: Some(base), ..self }
    }

    /// Refuses what this program can't read.
    pub(super) fn check(&self) -> Result<()> {
        let known = MIGRATIONS.last().map_or(0, |step| step.number);
        if self.format > FORMAT_WITH_BASE || self.schema > known {
            return Err(Code::Malformed.error(format!(
                "The backup was made by Snug {} (schema {}), which is newer than this program ({}, schema {known}). Restore it with Snug {} or newer.",
                self.version,
                self.schema,
                env!("CARGO_PKG_VERSION"),
                self.version
            )));
        }
        match &self.base {
            Some(base) if self.format == FORMAT_WITH_BASE => base.check(),
            None if self.format <= FORMAT => Ok(()),
            _ => Err(damaged("it does not say clearly whether it is whole")),
        }
    }
}

/// Tables that a schema of that number has not yet are left out.
pub(super) fn counts(read: &Read, schema: i64) -> Result<BTreeMap<String, i64>> {
    let is_there = |table: &&&str| schema >= if **table == "blobs" { 11 } else { 4 };
    COUNTED
        .iter()
        .filter(is_there)
        .map(|table| {
            Ok(((*table).to_owned(), read.value(&format!("SELECT count(*) AS value FROM {table}"), params![])?.unwrap_or_default()))
        })
        .collect()
}
