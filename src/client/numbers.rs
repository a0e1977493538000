//! The numbers that this device gives what it sends, by conversation: each is larger than those before, and none is used twice.
//!
//! They are reserved in blocks, on the disk before any of a block is used. After a crash the rest of a block is skipped.
use crate::error::{Error, Result};
use crate::store::{Stamp, Store};
use snug_crypto::bytes::Id;
use std::collections::{BTreeMap, HashMap};
use std::ops::RangeInclusive;

const FILE: &str = "numbers";
/// Numbers that one write reserves.
const BLOCK: u64 = 64;

/// Numbers that are reserved and not used yet.
#[derive(Default)]
pub(crate) struct Numbers {
    blocks: HashMap<Id, RangeInclusive<u64>>,
    /// The file as this program wrote it last.
    stamp: Option<Stamp>,
}

impl Numbers {
    /// The next number of this device in a conversation.
    pub async fn take(&mut self, store: &Store, conversation: Id) -> Result<u64> {
        self.heed_others(store)?;
        if let Some(number) = self.blocks.get_mut(&conversation).and_then(Iterator::next) {
            return Ok(number);
        }
        let _lock = store.lock().await?;
        self.heed_others(store)?;
        let bad = |e: serde_json::Error| Error::Answer(format!("{FILE}: {e}"));
        // the last one that is reserved, by conversation
        let mut reserved: BTreeMap<Id, u64> = match store.read(FILE)? {
            Some(text) => serde_json::from_slice(&text).map_err(bad)?,
            None => BTreeMap::new(),
        };
        let last = reserved.entry(conversation).or_default();
        let mut block = *last + 1..=*last + BLOCK;
        *last += BLOCK;
        store.write(FILE, &serde_json::to_vec(&reserved).map_err(bad)?)?;
        self.stamp = store.stamp(FILE)?;
        let number = block.next().unwrap_or(*block.end());
        self.blocks.insert(conversation, block);
        Ok(number)
    }

    /// Another program of this device has reserved numbers: those that are left here would be smaller than the ones that it uses.
    fn heed_others(&mut self, store: &Store) -> Result<()> {
        if !self.blocks.is_empty() && store.stamp(FILE)? != self.stamp {
            self.blocks.clear();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Profile, Unlock};
    use snug_crypto::bytes::Bytes;

    const HERE: Id = Bytes([1; 16]);
    const THERE: Id = Bytes([2; 16]);

    fn store(folder: &std::path::Path) -> Store {
        let profile =
            Profile { url: String::new(), username: String::new(), user_id: uuid::Uuid::nil(), authority: None, unlock: Unlock::File };
        Store::create(folder, &profile, None).unwrap()
    }

    #[tokio::test]
    async fn count_each_conversation_and_are_written_once_a_block() {
        let folder = tempfile::tempdir().unwrap();
        let (store, mut numbers) = (store(folder.path()), Numbers::default());
        let mut written = 0;
        let mut stamp = None;
        for n in 1..=2 * BLOCK {
            assert_eq!(numbers.take(&store, HERE).await.unwrap(), n);
            assert_eq!(numbers.take(&store, THERE).await.unwrap(), n);
            written += usize::from(store.stamp(FILE).unwrap() != stamp);
            stamp = store.stamp(FILE).unwrap();
        }
        assert!(written <= 4, "{written}");
    }

    #[tokio::test]
    async fn a_program_that_ends_without_warning_repeats_none() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path());
        let mut last = 0;
        for used in [1, 5, BLOCK, BLOCK + 1] {
            // nothing is written when it ends
            let mut numbers = Numbers::default();
            for _ in 0..used {
                let number = numbers.take(&store, HERE).await.unwrap();
                assert!(number > last);
                last = number;
            }
        }
        assert_eq!(last, 4 * BLOCK + 1);
    }

    #[tokio::test]
    async fn two_programs_of_one_device_keep_the_order() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path());
        let mut programs = [Numbers::default(), Numbers::default()];
        let mut last = 0;
        for turn in [0, 0, 1, 0, 1, 1, 0, 0] {
            let number = programs[turn].take(&store, HERE).await.unwrap();
            assert!(number > last, "{number} after {last}");
            last = number;
        }
    }
}
