//! What has to be readable by whom, said without looking at any key.
use std::collections::BTreeSet;
use uuid::Uuid;

/// A conversation as it should be.
pub struct Chat {
    pub id: Uuid,
    /// Whether who comes later reads everything.
    pub is_shared: bool,
    pub is_direct: bool,
    pub owner: usize,
    pub members: BTreeSet<usize>,
    pub said: Vec<Said>,
}

/// A message, with what became of it.
pub struct Said {
    pub id: Uuid,
    pub seq: i64,
    pub author: usize,
    pub text: String,
    /// Who was a member when it was said.
    pub heard: BTreeSet<usize>,
    /// In order, with who was a member then.
    pub edits: Vec<(String, BTreeSet<usize>)>,
    pub is_deleted: bool,
}

impl Chat {
    /// What a member is shown now, oldest first.
    pub fn shown_to(&self, reader: usize) -> Vec<(i64, String)> {
        let mut said: Vec<&Said> = self.said.iter().collect();
        said.sort_by_key(|one| one.seq);
        said.into_iter().map(|one| (one.seq, self.shown(one, reader))).collect()
    }

    fn shown(&self, said: &Said, reader: usize) -> String {
        let reads = |heard: &BTreeSet<usize>| self.is_shared || heard.contains(&reader);
        if said.is_deleted {
            return "<deleted>".to_owned();
        }
        if !reads(&said.heard) {
            return "<BeforeJoin>".to_owned();
        }
        let edit = said.edits.iter().rev().find(|(_, heard)| reads(heard));
        edit.map_or(&said.text, |(text, _)| text).clone()
    }
}

/// Random numbers that are the same again for the same seed (SplitMix64).
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit.max(1) as u64).unwrap()
    }

    /// One of these; none if there are none.
    pub fn pick<T: Clone>(&mut self, from: &[T]) -> Option<T> {
        from.get(self.below(from.len())).cloned()
    }
}
