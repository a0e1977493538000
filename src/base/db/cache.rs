//! What was looked up lately and has not changed since: memberships and permissions, which every frame and request asks for.
//!
//! Every entry names its scopes (a server, a conversation, a user). Whoever changes what lies in a scope says so in the transaction
//! ([`super::Tx::changes`]); the commit ends the entries before anybody is answered. Within a transaction a changed scope is looked
//! up in the database, and a reader's find counts only if nothing was committed to its scopes since the reader's snapshot began. So
//! an entry is never older than what its reader could have read. In debug builds the writer compares each with the database.
use crate::Result;
use parking_lot::RwLock;
use std::any::{Any, TypeId};
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use uuid::Uuid;

/// Entries kept; about 200 bytes each.
const ENTRIES: usize = 50_000;
/// Scopes whose last change is remembered before all entries are forgotten instead.
const SCOPES: usize = 200_000;

/// What an entry is found by: what it says, about whom and what.
type Key = (TypeId, Uuid, Uuid);

/// The entries of all connections.
pub struct Cache {
    entries: quick_cache::sync::Cache<Key, Entry>,
    /// Counts commits that changed something.
    changes: AtomicU64,
    /// Scope → the count when it last changed.
    changed: RwLock<HashMap<Uuid, u64>>,
}

#[derive(Clone)]
struct Entry {
    value: Arc<dyn Any + Send + Sync>,
    scopes: [Uuid; 2],
    as_of: u64,
}

/// A value that was looked up, and the scopes that it depends on.
pub type Scoped<T> = (T, [Uuid; 2]);

/// The cache as one transaction sees it.
pub(super) struct View<'a> {
    cache: &'a Cache,
    as_of: u64,
    /// Scopes with changes that are not committed yet; only the writer has them.
    dirty: Option<&'a RefCell<HashSet<Uuid>>>,
}

impl Default for Cache {
    fn default() -> Cache {
        Cache { entries: quick_cache::sync::Cache::new(ENTRIES), changes: AtomicU64::new(0), changed: RwLock::default() }
    }
}

impl Cache {
    /// For a reader; to be called before its snapshot begins.
    pub(super) fn view(&self) -> View<'_> {
        View { cache: self, as_of: self.changes.load(Ordering::Acquire), dirty: None }
    }

    /// For the writer; `dirty` lasts as long as the transaction.
    pub(super) fn view_writing<'a>(&'a self, dirty: &'a RefCell<HashSet<Uuid>>) -> View<'a> {
        View { dirty: Some(dirty), ..self.view() }
    }

    /// Ends the entries of these scopes, after a commit.
    pub(super) fn end(&self, scopes: HashSet<Uuid>) {
        if scopes.is_empty() {
            return;
        }
        let mut changed = self.changed.write();
        let now = self.changes.load(Ordering::Acquire) + 1;
        if changed.len() > SCOPES {
            changed.clear();
            self.entries.clear();
        }
        changed.extend(scopes.into_iter().map(|scope| (scope, now)));
        self.changes.store(now, Ordering::Release);
    }

    fn is_current(&self, scopes: &[Uuid; 2], as_of: u64) -> bool {
        let changed = self.changed.read();
        scopes.iter().all(|scope| changed.get(scope).is_none_or(|at| *at <= as_of))
    }
}

impl View<'_> {
    /// The value that `load` would find.
    pub(super) fn find<T: Clone + Debug + PartialEq + Send + Sync + 'static>(
        &self,
        (what, whom): (Uuid, Uuid),
        load: impl Fn() -> Result<Option<Scoped<T>>>,
    ) -> Result<Option<T>> {
        let key = (TypeId::of::<T>(), what, whom);
        let is_clean = |scopes: &[Uuid; 2]| self.dirty.is_none_or(|dirty| scopes.iter().all(|scope| !dirty.borrow().contains(scope)));
        if let Some(entry) = self.cache.entries.get(&key)
            && is_clean(&entry.scopes)
            && self.cache.is_current(&entry.scopes, entry.as_of)
            && let Some(value) = entry.value.downcast_ref::<T>()
        {
            if self.dirty.is_some() {
                debug_assert_eq!(load()?.map(|(value, _)| value).as_ref(), Some(value), "a change did not name its scope");
            }
            return Ok(Some(value.clone()));
        }
        let Some((value, scopes)) = load()? else { return Ok(None) };
        if is_clean(&scopes) {
            self.cache.entries.insert(key, Entry { value: Arc::new(value.clone()), scopes, as_of: self.as_of });
        }
        Ok(Some(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: Uuid = Uuid::from_u128(1);
    const ANN: Uuid = Uuid::from_u128(2);

    fn find(view: &View, found: i32) -> Option<i32> {
        view.find((ROOM, ANN), || Ok(Some((found, [ROOM, ANN])))).ok().flatten()
    }

    #[test]
    fn an_entry_ends_with_the_commit_that_changes_its_scope() {
        let cache = Cache::default();
        assert_eq!(find(&cache.view(), 1), Some(1));
        assert_eq!(find(&cache.view(), 2), Some(1));
        cache.end([Uuid::from_u128(9)].into());
        assert_eq!(find(&cache.view(), 3), Some(1), "another scope");
        cache.end([ANN].into());
        assert_eq!(find(&cache.view(), 4), Some(4));
    }

    #[test]
    fn what_a_reader_saw_before_a_commit_does_not_outlive_it() {
        let cache = Cache::default();
        let old = cache.view();
        cache.end([ROOM].into());
        assert_eq!(find(&old, 1), Some(1));
        assert_eq!(find(&cache.view(), 2), Some(2), "the older find was not kept");
    }

    #[test]
    fn the_writer_sees_its_own_changes_and_tells_nobody_before_the_commit() {
        let cache = Cache::default();
        assert_eq!(find(&cache.view(), 1), Some(1));
        let dirty = RefCell::new(HashSet::from([ROOM]));
        assert_eq!(find(&cache.view_writing(&dirty), 2), Some(2));
        assert_eq!(find(&cache.view(), 3), Some(1), "not committed yet");
        cache.end(dirty.take());
        assert_eq!(find(&cache.view(), 4), Some(4));
    }
}
