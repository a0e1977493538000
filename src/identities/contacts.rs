//! Contact codes: by one, people find an account without knowing a name. Whoever has a code sees who it is, and nothing more.
use crate::{id_of, store};
use serde::{Deserialize, Serialize};
use snug_accounts::{Me, User};
use snug_base::limits::{Class, Who};
use snug_base::{App, Code, Read, Result, Tx, UserId};
use snug_crypto::account_log::rotation::{Rotation, RotationKind};
use utoipa::ToSchema;

/// Crockford's base32.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Characters of a code: 80 random bits.
const LENGTH: usize = 16;
/// Characters of an earlier code that are shown.
const HINT: usize = 4;
/// Earlier codes that may still work.
const MOST_PREVIOUS: usize = 10;
const DAY_MS: i64 = 86_400_000;

/// One's own code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ContactCode {
    #[schema(example = "0123456789ABCDEF")]
    pub code: String,
    /// Earlier codes that work for a while.
    pub previous: Vec<PreviousCode>,
}

/// An earlier code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PreviousCode {
    /// Its last four characters.
    #[schema(example = "CDEF")]
    pub code_hint: String,
    pub until: i64,
}

/// A new code, and how long the old one works.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeRotation {
    #[schema(minimum = 0, maximum = 30)]
    pub grace_days: i64,
}

/// Whose code this is, as typed or linked.
pub async fn resolve(app: &App, me: Me, typed: String) -> Result<User> {
    app.limits.check(Class::Join, Who::User(me.user))?;
    let now = app.clock.now();
    let unknown = || Code::CodeInvalid.error("This contact code is not valid, or not any more. Ask for the present one.");
    app.db
        .read(move |read| {
            let code = normal(&typed).ok_or_else(unknown)?;
            let user = store::contacts::find(read, &code, now)?.ok_or_else(unknown)?;
            let user = snug_accounts::load_user(read, user)?;
            if user.is_disabled { Err(unknown()) } else { Ok(user) }
        })
        .await
}

/// One's own code; the first time it is made.
pub async fn own(app: &App, me: Me) -> Result<ContactCode> {
    let now = app.clock.now();
    if let Some(known) = app.db.read(move |read| load(read, me.user, now)).await? {
        return Ok(known);
    }
    app.db
        .write(move |tx| match load(tx, me.user, tx.now)? {
            Some(known) => Ok(known),
            None => make(tx, me.user, None, "contact"),
        })
        .await
}

/// A new code in place of the old one, which works for some days more.
pub async fn rotate(app: &App, me: Me, asked: CodeRotation) -> Result<ContactCode> {
    if !(0..=30).contains(&asked.grace_days) {
        return Err(Code::Invalid.field("grace_days", "0 to 30"));
    }
    app.db
        .write(move |tx| {
            let old = store::contacts::list(tx, me.user, tx.now)?;
            let previous: Vec<_> = old.iter().filter(|(_, ends_at)| ends_at.is_some()).collect();
            // those that end first
            for (code, _) in previous.iter().take((previous.len() + 1).saturating_sub(MOST_PREVIOUS)) {
                store::contacts::delete(tx, code)?;
            }
            store::contacts::end(tx, me.user, tx.now + asked.grace_days * DAY_MS)?;
            let present = old.into_iter().find(|(_, ends_at)| ends_at.is_none()).map(|(code, _)| code);
            make(tx, me.user, present.as_deref(), "rotate")
        })
        .await
}

fn make(tx: &Tx, user: UserId, old: Option<&str>, reason: &'static str) -> Result<ContactCode> {
    let code: String = snug_base::keys::random::<LENGTH>().iter().map(|byte| char::from(ALPHABET[usize::from(byte & 31)])).collect();
    store::contacts::insert(tx, user, &code)?;
    let prints = (old.map(str::as_bytes), Some(code.as_bytes()));
    let at = u64::try_from(tx.now / 1_000).unwrap_or_default();
    store::history::append(tx, user, &[Rotation::new(RotationKind::PublicId, &id_of(user), prints, reason, at)])?;
    load(tx, user, tx.now)?.ok_or_else(|| snug_base::Error::internal("a contact code that was made is not there"))
}

fn load(read: &Read, user: UserId, now: i64) -> Result<Option<ContactCode>> {
    let (mut present, mut previous) = (None, Vec::new());
    for (code, ends_at) in store::contacts::list(read, user, now)? {
        match ends_at {
            None => present = Some(code),
            Some(until) => previous.push(PreviousCode { code_hint: code.chars().skip(LENGTH - HINT).collect(), until }),
        }
    }
    Ok(present.map(|code| ContactCode { code, previous }))
}

/// A code as people type it: any case, separators of any kind, O for 0, I and L for 1.
fn normal(typed: &str) -> Option<String> {
    let letters = typed.chars().filter(char::is_ascii_alphanumeric).take(LENGTH + 1).map(|letter| match letter.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        letter => letter,
    });
    let code: String = letters.collect();
    (code.len() == LENGTH && code.bytes().all(|letter| ALPHABET.contains(&letter))).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::normal;

    #[test]
    fn people_type_codes_their_way() {
        assert_eq!(normal("0123-4567 89ab/cdef").as_deref(), Some("0123456789ABCDEF"));
        assert_eq!(normal("OI2l456789abcdef").as_deref(), Some("0121456789ABCDEF"));
        for wrong in ["", "0123456789ABCDE", "0123456789ABCDEF0", "0123456789ABCDEU", "%00%00"] {
            assert_eq!(normal(wrong), None, "{wrong}");
        }
    }
}
