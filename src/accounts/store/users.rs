//! Rows of users.
use crate::credentials::Credentials;
use crate::model::{Account, AdminUser, InstanceRole, PresenceChoice, User};
use crate::text;
use snug_base::db::{list, params_of};
use snug_base::{Code, Error, Read, Result, Row, Tx, UserId, params};
use snug_crypto::password::Kdf;

/// Ids in one statement. Lists are filled up to a power of two, so that few different statements are prepared.
const CHUNK: usize = 128;

/// What [`user`] reads.
pub(super) const COLUMNS: &str = "id, username, display_name, bio, link, status_text, picture, type, created_at, disabled_at";

pub(super) fn user(row: &Row) -> Result<User> {
    Ok(User {
        id: row.get("id")?,
        username: row.get("username")?,
        display_name: row.get("display_name")?,
        bio: row.get("bio")?,
        link: row.get("link")?,
        status_text: row.get("status_text")?,
        picture: row.get::<Option<String>>("picture")?.map(|hash| crate::picture::path(&hash)),
        kind: row.get("type")?,
        created_at: row.get("created_at")?,
        is_disabled: row.get::<Option<i64>>("disabled_at")?.is_some(),
    })
}

pub(super) fn missing() -> Error {
    Code::UserNotFound.error("There is no such user.")
}

/// The user with this name, in lower case.
pub fn find_user(read: &Read, username: &str) -> Result<Option<UserId>> {
    read.value("SELECT id AS value FROM users WHERE username = ?1", params![username])
}

/// How many accounts there are.
pub fn count_users(read: &Read) -> Result<i64> {
    Ok(read.value("SELECT count(*) AS value FROM users", &[])?.unwrap_or_default())
}

/// The users that exist among these.
pub fn load_users(read: &Read, ids: &[UserId]) -> Result<Vec<User>> {
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids.dedup();
    let mut users = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(CHUNK) {
        let ids = params_of(chunk);
        let sql = format!("SELECT {COLUMNS} FROM users WHERE id IN ({})", list(1, ids.len()));
        users.extend(read.query(&sql, &ids, user)?);
    }
    Ok(users)
}

/// One user.
pub fn load_user(read: &Read, id: UserId) -> Result<User> {
    read.query_opt(&format!("SELECT {COLUMNS} FROM users WHERE id = ?1"), params![id], user)?.ok_or_else(missing)
}

/// A user as they see themselves.
pub fn account(read: &Read, id: UserId) -> Result<Account> {
    let sql = format!("SELECT {COLUMNS}, email, role, presence FROM users WHERE id = ?1");
    let account = read.query_opt(&sql, params![id], |row| {
        Ok(Account { user: user(row)?, email: row.get("email")?, role: row.get("role")?, presence: row.get("presence")? })
    })?;
    account.ok_or_else(missing)
}

/// The user's role on the instance; none for an account that is disabled or gone.
pub fn find_role(read: &Read, id: UserId) -> Result<Option<InstanceRole>> {
    read.value("SELECT role AS value FROM users WHERE id = ?1 AND disabled_at IS NULL", params![id])
}

/// What the user wants to be shown as.
pub fn presence_choice(read: &Read, id: UserId) -> Result<PresenceChoice> {
    read.value("SELECT presence AS value FROM users WHERE id = ?1", params![id])?.ok_or_else(missing)
}

/// When these users were last here (Unix ms), of those who exist.
pub fn last_seen(read: &Read, ids: &[UserId]) -> Result<Vec<(UserId, Option<i64>)>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let ids = params_of(ids);
    let sql = format!("SELECT id, last_seen_at FROM users WHERE id IN ({})", list(1, ids.len()));
    read.query(&sql, &ids, |row| Ok((row.get("id")?, row.get("last_seen_at")?)))
}

/// The user was here until `at` (Unix ms).
pub fn touch_last_seen(tx: &Tx, id: UserId, at: i64) -> Result<()> {
    tx.execute("UPDATE users SET last_seen_at = ?2 WHERE id = ?1 AND (last_seen_at IS NULL OR last_seen_at < ?2)", params![id, at])?;
    Ok(())
}

/// What checks a sign-in, by username or e-mail address in lower case.
pub fn find_credentials(read: &Read, login: &str) -> Result<Option<Credentials>> {
    // a username has no @, so both never match different people
    read.query_opt(
        "SELECT id, username, salt, kdf_m, kdf_t, kdf_p, auth_hash, disabled_at FROM users WHERE username = ?1 OR email = ?1",
        params![login],
        credentials,
    )
}

/// The same by id.
pub fn find_credentials_of(read: &Read, id: UserId) -> Result<Option<Credentials>> {
    read.query_opt(
        "SELECT id, username, salt, kdf_m, kdf_t, kdf_p, auth_hash, disabled_at FROM users WHERE id = ?1",
        params![id],
        credentials,
    )
}

fn credentials(row: &Row) -> Result<Credentials> {
    let cost = |name| u32::try_from(row.get::<i64>(name)?).map_err(Error::internal);
    Ok(Credentials {
        user: row.get("id")?,
        username: row.get("username")?,
        salt: row.get::<Vec<u8>>("salt")?.try_into().map_err(|_| Error::internal("a salt does not have 16 bytes"))?,
        kdf: Kdf { m: cost("kdf_m")?, t: cost("kdf_t")?, p: cost("kdf_p")? },
        auth_hash: row.get("auth_hash")?,
        is_disabled: row.get::<Option<i64>>("disabled_at")?.is_some(),
    })
}

/// A new row.
pub struct NewUser<'a> {
    pub id: UserId,
    pub username: &'a str,
    pub display_name: &'a str,
    pub email: Option<&'a str>,
    pub role: InstanceRole,
    pub salt: [u8; 16],
    pub kdf: Kdf,
    pub auth_hash: [u8; 32],
}

/// Adds a user.
pub fn insert(tx: &Tx, new: &NewUser) -> Result<()> {
    let search = text::search_column(new.username, new.display_name);
    tx.execute(
        "INSERT INTO users (id, username, email, display_name, role, search, salt, kdf_m, kdf_t, kdf_p, auth_hash, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        params![
            new.id,
            new.username,
            new.email,
            new.display_name,
            new.role,
            search,
            new.salt,
            i64::from(new.kdf.m),
            i64::from(new.kdf.t),
            i64::from(new.kdf.p),
            new.auth_hash,
            tx.now
        ],
    )
    .map(drop)
    .map_err(taken)
}

fn taken(e: Error) -> Error {
    if e.violates("users.username") {
        Code::UsernameTaken.field("username", "this username is taken; choose another")
    } else if e.violates("users.email") {
        Code::EmailTaken.field("email", "another account has this e-mail address")
    } else {
        e
    }
}

/// Stores the parts of a profile that a user edits.
pub fn update_profile(tx: &Tx, account: &Account) -> Result<()> {
    let user = &account.user;
    tx.execute(
        "UPDATE users SET username = ?2, display_name = ?3, bio = ?4, link = ?5, status_text = ?6, email = ?7, presence = ?8, search = ?9
         WHERE id = ?1",
        params![
            user.id,
            user.username,
            user.display_name,
            user.bio,
            user.link,
            user.status_text,
            account.email,
            account.presence,
            text::search_column(&user.username, &user.display_name)
        ],
    )
    .map(drop)
    .map_err(taken)
}

/// Stores the name of the picture's blob.
pub fn update_picture(tx: &Tx, id: UserId, hash: Option<&str>) -> Result<()> {
    tx.execute("UPDATE users SET picture = ?2 WHERE id = ?1", params![id, hash]).map(drop)
}

/// Stores what checks the password from now on.
pub fn update_password(tx: &Tx, id: UserId, salt: [u8; 16], kdf: Kdf, auth_hash: [u8; 32]) -> Result<()> {
    tx.execute(
        "UPDATE users SET salt = ?2, kdf_m = ?3, kdf_t = ?4, kdf_p = ?5, auth_hash = ?6 WHERE id = ?1",
        params![id, salt, i64::from(kdf.m), i64::from(kdf.t), i64::from(kdf.p), auth_hash],
    )
    .map(drop)
}

/// Gives the user a role on the instance.
pub fn update_role(tx: &Tx, id: UserId, role: InstanceRole) -> Result<()> {
    tx.execute("UPDATE users SET role = ?2 WHERE id = ?1", params![id, role]).map(drop)
}

/// Disables or enables an account.
pub fn update_disabled(tx: &Tx, id: UserId, is_disabled: bool) -> Result<()> {
    let at = is_disabled.then_some(tx.now);
    tx.execute("UPDATE users SET disabled_at = ?2 WHERE id = ?1", params![id, at]).map(drop)
}

/// Admins who can sign in.
pub fn count_admins(read: &Read) -> Result<i64> {
    let count = read.value("SELECT count(*) AS value FROM users WHERE role = 'admin' AND disabled_at IS NULL", &[])?;
    Ok(count.unwrap_or(0))
}

/// When the oldest account was made.
pub fn oldest(read: &Read) -> Result<Option<i64>> {
    read.value("SELECT min(created_at) AS value FROM users", &[]).map(Option::flatten)
}

/// Users with a word that begins like `q`, or with exactly this e-mail address. An exact username comes first.
pub fn search(read: &Read, q: &str, limit: i64) -> Result<Vec<User>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM users
         WHERE disabled_at IS NULL AND (search LIKE ?1 ESCAPE '\\' OR email = ?2)
         ORDER BY CASE WHEN username = ?2 OR email = ?2 THEN 0 ELSE 1 END, username LIMIT ?3"
    );
    read.query(&sql, params![text::word_pattern(q), q.to_lowercase(), limit], user)
}

/// A page of all accounts in the order of usernames, after `after`; `q` is part of a name or e-mail address.
pub fn list_for_admin(read: &Read, q: &str, after: &str, limit: i64) -> Result<Vec<AdminUser>> {
    let sql = format!(
        "{ADMIN} WHERE users.username > ?1 AND (users.search LIKE ?2 ESCAPE '\\' OR users.email LIKE ?2 ESCAPE '\\')
         ORDER BY users.username LIMIT ?3"
    );
    read.query(&sql, params![after, text::part_pattern(q), limit], admin_user)
}

/// One account as admins see it.
pub fn load_for_admin(read: &Read, id: UserId) -> Result<AdminUser> {
    read.query_opt(&format!("{ADMIN} WHERE users.id = ?1"), params![id], admin_user)?.ok_or_else(missing)
}

const ADMIN: &str = "SELECT users.id AS id, username, display_name, bio, link, status_text, picture, type, users.created_at AS created_at,
            disabled_at, email, role, users.last_seen_at AS left_at,
            (SELECT max(sessions.last_seen_at) FROM sessions WHERE sessions.user_id = users.id) AS refreshed_at,
            (SELECT count(*) FROM sessions WHERE sessions.user_id = users.id AND sessions.ended_at IS NULL) AS sessions
     FROM users";

fn admin_user(row: &Row) -> Result<AdminUser> {
    Ok(AdminUser {
        user: user(row)?,
        email: row.get("email")?,
        role: row.get("role")?,
        // somebody who is here now has not left yet, but has refreshed the session
        last_seen_at: row.get::<Option<i64>>("left_at")?.max(row.get("refreshed_at")?),
        sessions: row.get("sessions")?,
    })
}
