//! What checks a sign-in: a peppered hash of the key that the client derived from the password.
use crate::binary::Binary;
use serde::{Deserialize, Serialize};
use snug_base::keys::Keys;
use snug_base::{Code, Result, UserId};
use snug_crypto::password::{self, Kdf};
use snug_crypto::secret::Secret;
use utoipa::ToSchema;

/// An account's credentials as they are stored.
#[derive(Clone)]
pub struct Credentials {
    pub user: UserId,
    pub username: String,
    pub salt: [u8; 16],
    pub kdf: Kdf,
    pub auth_hash: Vec<u8>,
    pub is_disabled: bool,
}

impl Credentials {
    /// Whether this is the account's key.
    pub fn accept(&self, keys: &Keys, auth_key: &Binary<32>) -> bool {
        password::matches(&pepper(keys), self.user.0.as_bytes(), &auth_key.0, &self.auth_hash)
    }
}

/// What is stored of a key.
pub fn hash(keys: &Keys, user: UserId, auth_key: &[u8; 32]) -> [u8; 32] {
    password::stored(&pepper(keys), user.0.as_bytes(), auth_key)
}

fn pepper(keys: &Keys) -> Secret {
    keys.derive("pw-auth-store")
}

/// How the client makes its keys: Argon2id.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KdfCost {
    /// Memory in KiB.
    #[schema(minimum = 65_536, maximum = 1_048_576, example = 65_536)]
    pub m: u32,
    /// Passes.
    #[schema(minimum = 3, maximum = 10, example = 3)]
    pub t: u32,
    /// Lanes.
    #[schema(minimum = 1, maximum = 1, example = 1)]
    pub p: u32,
}

impl KdfCost {
    /// Refuses what makes guessing cheap.
    pub fn check(self) -> Result<Kdf> {
        Kdf { m: self.m, t: self.t, p: self.p }.check().map_err(|e| Code::Invalid.field("kdf", e))
    }
}
