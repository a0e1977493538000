//! A file comes back whole or not at all.
use super::*;
use crate::vectors::{self, bytes, named};
use proptest::prelude::*;

fn secret() -> FileSecret {
    FileSecret { key: vectors::secret("filekey"), salt: named("filesalt") }
}

fn plaintext(length: usize) -> Vec<u8> {
    (0..length).map(|at| u8::try_from(at % 256).unwrap()).collect()
}

fn sealed(length: usize, chunk: u64, piece: usize) -> (Shape, Vec<u8>) {
    let shape = Shape::new(length as u64, chunk).unwrap();
    let (mut sealer, mut out) = (Sealer::new(&secret(), shape), Vec::new());
    for part in plaintext(length).chunks(piece) {
        sealer.push(part, &mut out).unwrap();
    }
    assert_eq!(sealer.finish(&mut out).unwrap(), crate::secret::hash(&out));
    (shape, out)
}

fn opened(shape: Shape, ciphertext: &[u8], piece: usize) -> Result<Vec<u8>> {
    let (mut opener, mut out) = (Opener::new(&secret(), shape), Vec::new());
    for part in ciphertext.chunks(piece) {
        opener.push(part, &mut out)?;
    }
    opener.finish(&mut out)?;
    Ok(out)
}

#[test]
fn matches_the_vectors() {
    for vector in vectors::load()["files"].as_array().unwrap() {
        let length = usize::try_from(vector["len"].as_u64().unwrap()).unwrap();
        let (chunks, plain, mut out) = (Chunks::new(&secret()), plaintext(length), Vec::new());
        let count = length.div_ceil(64).max(1);
        for index in 0..count {
            let part = &plain[index * 64..length.min((index + 1) * 64)];
            out.extend(chunks.seal(index as u64, index + 1 == count, part).unwrap());
        }
        assert_eq!(out, bytes(&vector["ct"]), "{length}");
    }
}

#[test]
fn sizes_are_as_announced() {
    assert_eq!(Shape::new(0, CHUNK).unwrap(), Shape { size: 0, padded: 0, chunk: CHUNK, chunks: 1, ct_size: 16 });
    let shape = Shape::new(200, 64).unwrap();
    assert_eq!((shape.padded, shape.chunks, shape.ct_size), (208, 4, 272));
    assert_eq!((shape.range(0), shape.range(3), shape.range(9)), ((0, 80), (240, 272), (272, 272)));
    assert_eq!(Shape::new(1, 0), Err(Error::BadFormat("chunk")));
    assert_eq!(Shape::new(1, MAX_CHUNK + 1), Err(Error::TooLarge("file")));
    assert_eq!(Shape::new(u64::MAX, CHUNK), Err(Error::TooLarge("file")));
    let mut sealer = Sealer::new(&secret(), shape);
    assert_eq!(sealer.push(&[0; 201], &mut Vec::new()), Err(Error::BadFormat("size")));
    assert_eq!(Sealer::new(&secret(), shape).finish(&mut Vec::new()), Err(Error::BadFormat("size")));
}

#[test]
fn chunks_open_one_by_one() {
    let (shape, out) = sealed(200, 64, 7);
    let (from, until) = shape.range(2);
    let part = &out[usize::try_from(from).unwrap()..usize::try_from(until).unwrap()];
    let chunks = Chunks::new(&secret());
    assert_eq!(chunks.open(2, false, part).unwrap().to_vec(), plaintext(200)[128..192]);
    assert_eq!(chunks.open(2, true, part), Err(Error::BadSeal));
    assert_eq!(chunks.open(1, false, part), Err(Error::BadSeal));
}

#[test]
fn what_was_cut_extended_or_reordered_does_not_open() {
    let (shape, good) = sealed(200, 64, 200);
    assert_eq!(opened(shape, &good, 13).unwrap(), plaintext(200));
    for length in 0..good.len() {
        assert!(opened(shape, &good[..length], 80).is_err(), "{length}");
    }
    let mut longer = good.clone();
    longer.push(0);
    assert_eq!(opened(shape, &longer, 80), Err(Error::BadSeal));
    longer.extend(&good[..80]);
    assert_eq!(opened(shape, &longer, 80), Err(Error::BadSeal));
    let mut swapped = good.clone();
    swapped[..160].rotate_left(80);
    assert_eq!(opened(shape, &swapped, 80), Err(Error::BadSeal));
    // one chunk fewer, whose own last chunk was sealed as the last of the shorter file
    let shorter = Shape { chunks: 3, ..shape };
    assert_eq!(opened(shorter, &good[..240], 80), Err(Error::BadSeal));
    let other = FileSecret { key: vectors::secret("other"), salt: named("filesalt") };
    assert!(Chunks::new(&other).open(0, false, &good[..80]).is_err());
}

#[test]
fn padding_is_zeros() {
    let (shape, _) = sealed(200, 64, 200);
    let chunks = Chunks::new(&secret());
    let mut plain = plaintext(200);
    plain.extend([0, 0, 0, 1, 0, 0, 0, 0]);
    let dirty: Vec<u8> = plain.chunks(64).enumerate().flat_map(|(at, part)| chunks.seal(at as u64, at == 3, part).unwrap()).collect();
    assert_eq!(opened(shape, &dirty, 80), Err(Error::BadPadding));
}

proptest! {
    #[test]
    fn comes_back_whole(length in 0usize..3_000, chunk in 1u64..700, one in 1usize..900, other in 1usize..900) {
        let (shape, out) = sealed(length, chunk, one);
        prop_assert_eq!(out.len() as u64, shape.ct_size);
        prop_assert_eq!(opened(shape, &out, other).unwrap(), plaintext(length));
    }
}
