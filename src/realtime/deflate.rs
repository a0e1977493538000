//! permessage-deflate (RFC 7692) without context takeover: a frame is compressed once for everybody, and no connection holds a window.
use crate::frame::Violation;
use flate2::bufread::DeflateDecoder;
use flate2::{Compress, Compression, FlushCompress};
use std::io::Read;

/// Smaller payloads are sent as they are: the gain would not pay for the work.
pub const WORTHWHILE: usize = 256;
/// What a sender leaves off and a receiver adds (RFC 7692, 7.2).
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];
/// The same and an empty last block, so that the decompressor sees an end.
const END: [u8; 9] = [0, 0, 0xff, 0xff, 1, 0, 0, 0xff, 0xff];

/// The extension as the node agrees to it, if the client offers it: no window is kept between messages on either side.
pub fn agree(offers: &str) -> Option<&'static str> {
    let is_known = |parameter: &str| {
        let name = parameter.split('=').next().unwrap_or_default().trim();
        matches!(name, "client_max_window_bits" | "client_no_context_takeover" | "server_no_context_takeover")
    };
    let is_usable = |offer: &str| {
        let mut parts = offer.split(';').map(str::trim);
        // a smaller window for the node's messages (server_max_window_bits) can't be had from the compressor
        parts.next() == Some("permessage-deflate") && parts.all(is_known)
    };
    offers.split(',').any(is_usable).then_some("permessage-deflate; server_no_context_takeover; client_no_context_takeover")
}

/// Compresses payloads, each by itself. Holds about 300 KB: one for each fan-out task.
pub struct Deflater(Compress);

impl Default for Deflater {
    fn default() -> Deflater {
        Deflater(Compress::new(Compression::fast(), false))
    }
}

impl Deflater {
    /// The compressed payload, if it is worthwhile.
    pub fn deflate(&mut self, payload: &[u8]) -> Option<Vec<u8>> {
        if payload.len() < WORTHWHILE {
            return None;
        }
        self.0.reset();
        let mut out = Vec::with_capacity(payload.len() + 64);
        self.0.compress_vec(payload, &mut out, FlushCompress::Sync).ok()?;
        let whole = usize::try_from(self.0.total_in()).is_ok_and(|n| n == payload.len());
        if !whole || !out.ends_with(&TAIL) || out.len() >= payload.len() {
            return None;
        }
        out.truncate(out.len() - TAIL.len());
        Some(out)
    }
}

/// Decompresses one message; refuses one that grows beyond `most` bytes.
pub fn inflate(compressed: &[u8], most: usize) -> Result<Vec<u8>, Violation> {
    let mut out = Vec::new();
    let inflater = DeflateDecoder::new(compressed.chain(END.as_slice()));
    inflater.take(most as u64 + 1).read_to_end(&mut out).map_err(|_| Violation::Protocol)?;
    if out.len() > most { Err(Violation::TooLarge) } else { Ok(out) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn round_trip(payload: &[u8], most: usize) -> Result<Vec<u8>, Violation> {
        let compressed = Deflater::default().deflate(payload).expect("worthwhile");
        inflate(&compressed, most)
    }

    #[test]
    fn a_bomb_is_refused_before_it_unfolds() {
        let bomb = vec![b'x'; 10 << 20];
        assert_eq!(round_trip(&bomb, 64 * 1024), Err(Violation::TooLarge));
        assert_eq!(round_trip(&bomb[..60_000], 64 * 1024).map(|p| p.len()), Ok(60_000));
    }

    #[test]
    fn offers_are_agreed_on_or_ignored() {
        assert!(agree("permessage-deflate; client_max_window_bits").is_some());
        assert!(agree("x-webkit-deflate-frame, permessage-deflate").is_some());
        assert!(agree("permessage-deflate; server_max_window_bits=10").is_none());
        assert!(agree("").is_none());
    }

    #[test]
    fn what_does_not_shrink_is_sent_as_it_is() {
        assert!(Deflater::default().deflate(b"short").is_none());
    }

    proptest! {
        #[test]
        fn what_was_compressed_comes_back(words in prop::collection::vec("[a-z]{1,9}", 100..600)) {
            let text = words.join(" ").repeat(2);
            prop_assert_eq!(round_trip(text.as_bytes(), 64 * 1024).unwrap(), text.into_bytes());
        }

        #[test]
        fn nonsense_is_refused_or_read(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
            let _ = inflate(&bytes, 10_000);
        }
    }
}
