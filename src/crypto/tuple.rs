//! T(): the one encoding of what is signed, hashed, or given to a key derivation.
//!
//! The label and each field are written as their length (four bytes, big-endian) and their bytes, so that different
//! tuples never have the same encoding.
const PREFIX: &str = "snug/e2ee/1/";

/// A field of a tuple.
#[derive(Clone, Copy, Debug)]
pub enum Field<'a> {
    Bytes(&'a [u8]),
    Text(&'a str),
    /// Written as eight bytes, big-endian.
    Int(u64),
    /// Written as no bytes.
    Null,
}

/// The encoding of a tuple of version 1.
pub fn tuple(label: &str, fields: &[Field]) -> Vec<u8> {
    encode(&format!("{PREFIX}{label}"), fields)
}

fn encode(label: &str, fields: &[Field]) -> Vec<u8> {
    let mut out = Vec::with_capacity(64);
    append(&mut out, label.as_bytes());
    for field in fields {
        match *field {
            Field::Bytes(bytes) => append(&mut out, bytes),
            Field::Text(text) => append(&mut out, text.as_bytes()),
            Field::Int(n) => append(&mut out, &n.to_be_bytes()),
            Field::Null => append(&mut out, &[]),
        }
    }
    out
}

fn append(out: &mut Vec<u8>, bytes: &[u8]) {
    // fields are ids, keys, hashes and names: never near 4 GiB
    out.extend(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    out.extend(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors;

    #[test]
    fn matches_the_vector() {
        let vector = &vectors::load()["tuple"];
        assert_eq!(encode("demo", &[Field::Text("a"), Field::Int(7), Field::Null]), vectors::bytes(&vector["hex"]));
    }

    #[test]
    fn has_the_prefix_of_the_vectors() {
        assert_eq!(vectors::load()["prefix"], PREFIX);
        assert_eq!(tuple("a", &[])[4..], *b"snug/e2ee/1/a");
    }

    #[test]
    fn moving_a_border_changes_the_encoding() {
        assert_ne!(tuple("x", &[Field::Text("ab"), Field::Text("c")]), tuple("x", &[Field::Text("a"), Field::Text("bc")]));
        assert_ne!(tuple("x", &[Field::Null]), tuple("x", &[]));
    }
}
