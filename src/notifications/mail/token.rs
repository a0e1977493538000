//! Tokens in links: one that is used once and kept as a hash is `snug_accounts::secret`'s; here is the one with which letters are ended. It
//! is signed, since it must work for years, and is for one person and one address: of an address that is not theirs any more it ends nothing.
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as B64;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use snug_base::UserId;
use snug_base::keys::Keys;
use uuid::Uuid;

const SIGNATURE: usize = 16;

fn mac(keys: &Keys, purpose: &str, parts: &[&[u8]]) -> Hmac<Sha256> {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(&keys.derive(purpose)[..]).expect("a key");
    parts.iter().for_each(|part| mac.update(part));
    mac
}

/// The token that ends letters to this address of this person.
pub fn unsubscribe(keys: &Keys, user: UserId, address: &str) -> String {
    let mac = mac(keys, "mail/unsubscribe", &[user.0.as_bytes(), address.as_bytes()]).finalize().into_bytes();
    B64.encode([user.0.as_bytes(), &mac[..SIGNATURE]].concat())
}

/// Whose letters the token may end, if it is one of this node's; the address has to be compared by [`fits`].
pub fn claims(token: &str) -> Option<UserId> {
    let bytes = decode(token)?;
    Uuid::from_slice(&bytes[..16]).ok().map(UserId)
}

/// Whether the token ends letters to this address of this person.
pub fn fits(keys: &Keys, token: &str, user: UserId, address: &str) -> bool {
    decode(token).is_some_and(|bytes| {
        bytes[..16] == *user.0.as_bytes()
            && mac(keys, "mail/unsubscribe", &[user.0.as_bytes(), address.as_bytes()]).verify_truncated_left(&bytes[16..]).is_ok()
    })
}

fn decode(token: &str) -> Option<Vec<u8>> {
    if token.len() > 64 {
        return None;
    }
    B64.decode(token).ok().filter(|bytes| bytes.len() == 16 + SIGNATURE)
}

/// By what an address is counted: the mailbox behind it, as far as it shows, so that `ann+1@` and `ann+2@` are one.
pub fn address_hash(keys: &Keys, address: &str) -> [u8; 32] {
    let (name, host) = address.rsplit_once('@').unwrap_or((address, ""));
    let name = name.split_once('+').map_or(name, |(name, _)| name);
    mac(keys, "mail/address", &[name.to_lowercase().as_bytes(), b"@", host.to_lowercase().as_bytes()]).finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_for_one_person_one_address_and_one_node() {
        let (keys, other) = (Keys::ephemeral(), Keys::ephemeral());
        let (ann, bob) = (UserId::new(), UserId::new());
        let token = unsubscribe(&keys, ann, "ann@example.org");
        assert_eq!(claims(&token), Some(ann));
        assert!(fits(&keys, &token, ann, "ann@example.org"));
        assert!(!fits(&keys, &token, ann, "ann@example.com") && !fits(&keys, &token, bob, "ann@example.org"));
        assert!(!fits(&other, &token, ann, "ann@example.org"));
        let forged = B64.encode([bob.0.as_bytes().as_slice(), &B64.decode(&token).unwrap()[16..]].concat());
        assert!(!fits(&keys, &forged, bob, "ann@example.org"));
        for nonsense in ["", "a", "ä", &token[1..], &"A".repeat(1_000)] {
            assert_eq!(claims(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn one_mailbox_is_counted_once() {
        let keys = Keys::ephemeral();
        let of = |address| address_hash(&keys, address);
        assert_eq!(of("ann@example.org"), of("Ann+list@Example.org"));
        assert_ne!(of("ann@example.org"), of("ann@example.com"));
    }
}
