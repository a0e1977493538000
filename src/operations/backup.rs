//! Backups: all of an instance as of one moment, in one file.
//!
//! The file is a tar archive, compressed with zstd and (unless somebody decides otherwise) encrypted with age, so that it can be read without Snug
//! as well: `age --decrypt -i key snug-….tar.zst.age | zstd -d | tar x`. In it, in this order:
//!
//! ```text
//! manifest.json         what it is: version, schema, engine, how many of everything
//! master.key            if the instance keeps its master key in a file
//! database/snug.db      SQLite as a file, or of PostgreSQL
//! database/TABLE.N      rows as COPY writes them, in parts
//! files-of-base.txt     only in one that needs a base: which files come from there, with their SHA-256
//! blobs/…               files, sealed as they lie on the disk
//! checksums.json        SHA-256 of each of these
//! ```
//! A backup may hold only the files that an earlier, whole one (its base) does not hold. It never needs more than that one.
//!
//! Everything is streamed: memory stays the same however large the instance is.
pub mod archive;
mod base;
mod branding;
mod bucket;
pub mod check;
mod contents;
pub mod create;
mod held;
pub mod lock;
pub mod manifest;
pub mod model;
pub mod place;
pub mod restore;
pub mod schedule;
mod store;
pub mod upgrade;

pub use base::{Base, nowhere};
pub use store::list;
