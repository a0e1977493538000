//! Access tokens: JWTs signed with Ed25519, valid for 15 minutes. The key changes every 30 days; the previous one is still accepted.
use crate::me::Me;
use ed25519_dalek::SigningKey;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode};
use serde::{Deserialize, Serialize};
use snug_base::keys::Keys;
use snug_base::verified::Verified;
use snug_base::{App, Code, Error, Result, SessionId, UserId};
use zeroize::Zeroizing;

/// How long an access token is valid.
pub const LIFETIME_S: i64 = 900;
/// How long a key signs.
const PERIOD_S: i64 = 30 * 24 * 3_600;
/// Tokens of a node whose clock was set back a little are still accepted.
const SKEW_S: i64 = 60;
/// What stands before the 32 bytes of an Ed25519 key in PKCS #8 (RFC 8410).
const PKCS8_ED25519: [u8; 16] = *b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20";

#[derive(Serialize, Deserialize)]
struct Claims {
    sub: UserId,
    sid: SessionId,
    iat: i64,
    exp: i64,
}

fn seed(keys: &Keys, period: i64) -> Zeroizing<[u8; 32]> {
    keys.derive(&format!("jwt/{period}"))
}

/// A new access token.
pub fn sign(app: &App, me: Me) -> Result<String> {
    sign_at(&app.keys, app.clock.now(), me)
}

/// The same where no node runs: `now_ms` in Unix milliseconds.
pub fn sign_at(keys: &Keys, now_ms: i64, me: Me) -> Result<String> {
    let now = now_ms / 1_000;
    let period = now / PERIOD_S;
    let der = Zeroizing::new([&PKCS8_ED25519[..], &*seed(keys, period)].concat());
    let header = Header { kid: Some(period.to_string()), ..Header::new(Algorithm::EdDSA) };
    let claims = Claims { sub: me.user, sid: me.session, iat: now, exp: now + LIFETIME_S };
    encode(&header, &claims, &EncodingKey::from_ed_der(&der)).map_err(Error::internal)
}

/// Who a token was made for, if it is genuine and has not expired.
pub fn verify(app: &App, token: &str) -> Result<Me> {
    let now = app.clock.now() / 1_000;
    let verified = app.verified.verified(token, || check_signature(app, token, now))?;
    if verified.expires_at <= now || verified.issued_at > now + SKEW_S {
        return Err(refused());
    }
    Ok(Me { user: verified.user, session: verified.session })
}

fn check_signature(app: &App, token: &str, now: i64) -> Result<Verified> {
    let period = decode_header(token).ok().and_then(|header| header.kid?.parse::<i64>().ok()).ok_or_else(refused)?;
    if ![now / PERIOD_S, now / PERIOD_S - 1].contains(&period) {
        return Err(refused());
    }
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.validate_exp = false; // above, by the node's own clock
    let public = SigningKey::from_bytes(&seed(&app.keys, period)).verifying_key();
    let claims = decode::<Claims>(token, &DecodingKey::from_ed_der(public.as_bytes()), &validation).map_err(|_| refused())?.claims;
    Ok(Verified { user: claims.sub, session: claims.sid, issued_at: claims.iat, expires_at: claims.exp })
}

fn refused() -> Error {
    Code::SignedOut.error("The access token is not valid or has expired. Refresh it or sign in again.")
}
