//! Registration: open, by invite, or closed; with a setup link always, as the first admin.
use crate::audit::{self, Deed, DeedKind};
use crate::binary::Binary;
use crate::client::Client;
use crate::credentials::{self, KdfCost};
use crate::model::InstanceRole;
use crate::sessions::{self, Grant};
use crate::store::{self, links::Kind, users::NewUser};
use crate::{instance, invites, secret, text};
use serde::Deserialize;
use snug_base::config::Registration;
use snug_base::{App, Code, Result, Tx, UserId};
use snug_crypto::password::Kdf;
use utoipa::ToSchema;

/// A new account. The client makes the id, since the keys made from the password depend on it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Register {
    /// A UUID of version 7.
    pub id: UserId,
    #[schema(example = "ann", min_length = 2, max_length = 32, pattern = "^[A-Za-z0-9_.-]+$")]
    pub username: String,
    /// Empty: the username.
    #[schema(example = "Ann Example", max_length = 64)]
    pub display_name: Option<String>,
    #[schema(example = "ann@example.org", max_length = 254)]
    pub email: Option<String>,
    /// Random.
    pub salt: Binary<16>,
    pub kdf: KdfCost,
    pub auth_key: Binary<32>,
    /// From the setup link that the node printed: makes the first admin.
    pub setup_token: Option<String>,
    /// An invite's code.
    #[schema(example = "7KQ2M9XA4CPT")]
    pub invite: Option<String>,
    #[schema(example = "Firefox on Linux", max_length = 100)]
    pub device_name: Option<String>,
}

/// A registration whose fields have been checked.
struct Checked {
    id: UserId,
    username: String,
    display_name: String,
    email: Option<String>,
    salt: [u8; 16],
    kdf: Kdf,
    auth_hash: [u8; 32],
    setup_token: Option<String>,
    invite: Option<String>,
    device_name: String,
}

/// Makes an account and begins its first session. Repeating a registration whose answer was lost just signs in.
pub async fn register(app: &App, client: Client, new: Register) -> Result<Grant> {
    client.check_limit(app)?;
    let new = check(app, new)?;
    let parts = app.clone();
    app.db
        .write(move |tx| {
            if let Some(there) = store::users::find_credentials_of(tx, new.id)? {
                let is_repeated = there.username == new.username && there.auth_hash == new.auth_hash && !there.is_disabled;
                return if is_repeated { sessions::begin(&parts, tx, new.id, &new.device_name, &client) } else { Err(id_taken()) };
            }
            let role = admit(&parts, tx, &new)?;
            remember(tx, &client, &new, role)?;
            insert(
                tx,
                &NewUser {
                    id: new.id,
                    username: &new.username,
                    display_name: &new.display_name,
                    email: new.email.as_deref(),
                    role,
                    salt: new.salt,
                    kdf: new.kdf,
                    auth_hash: new.auth_hash,
                },
            )?;
            sessions::begin(&parts, tx, new.id, &new.device_name, &client)
        })
        .await
}

/// Remembers the newcomer, and by what they came.
fn remember(tx: &Tx, client: &Client, new: &Checked, role: InstanceRole) -> Result<()> {
    let by = client.with(new.id);
    audit::note(tx, by, &Deed::new(DeedKind::Registered).about(new.id).fact("device", &new.device_name))?;
    if role == InstanceRole::Admin {
        audit::note(tx, by, &Deed::new(DeedKind::UserRole).about(new.id).change("role", InstanceRole::User.as_str(), role.as_str()))?;
    } else if let Some(code) = &new.invite {
        audit::note(tx, by, &Deed::new(DeedKind::InviteUsed).about(new.id).on(invites::shortened(code)))?;
    }
    Ok(())
}

fn check(app: &App, new: Register) -> Result<Checked> {
    if new.id.0.get_version_num() != 7 {
        return Err(Code::Invalid.field("id", "must be a UUID of version 7, made by the client"));
    }
    let username = text::username(&new.username)?;
    let display_name = text::line("display_name", new.display_name.as_deref().unwrap_or_default(), 0, 64)?;
    Ok(Checked {
        id: new.id,
        display_name: if display_name.is_empty() { username.clone() } else { display_name },
        username,
        email: new.email.as_deref().filter(|email| !email.trim().is_empty()).map(text::email).transpose()?,
        salt: new.salt.0,
        kdf: new.kdf.check()?,
        auth_hash: credentials::hash(&app.keys, new.id, &new.auth_key.0),
        setup_token: new.setup_token.filter(|token| !token.is_empty()),
        invite: new.invite.map(|code| secret::normal_code(&code)).filter(|code| !code.is_empty()),
        device_name: sessions::device_name(new.device_name.as_deref())?,
    })
}

/// Whether the newcomer may register, and as what.
fn admit(app: &App, tx: &Tx, new: &Checked) -> Result<InstanceRole> {
    if let Some(token) = &new.setup_token {
        return match store::links::find(tx, Kind::Setup, &secret::hash(token), tx.now)? {
            Some(_) => Ok(InstanceRole::Admin),
            None => Err(Code::LinkInvalid
                .field("setup_token", "this setup link was used or replaced; take the newest one from the node's terminal")),
        };
    }
    match instance::registration(app, tx)? {
        Registration::Open => {}
        Registration::Closed => return Err(Code::RegistrationClosed.error("This instance takes no new accounts. Ask its operator.")),
        Registration::Invite => match &new.invite {
            None => return Err(Code::RegistrationInvite.error("This instance takes new accounts by invite only. Ask a member for one.")),
            Some(code) if !store::invites::take(tx, code)? => {
                return Err(Code::CodeInvalid.field("invite", "this invite is unknown, expired or used up; ask for a new one"));
            }
            Some(_) => {}
        },
    }
    Ok(InstanceRole::User)
}

/// Adds the row and reserves the id: nobody may choose the id of somebody else's stream.
pub fn insert(tx: &Tx, new: &NewUser) -> Result<()> {
    if !tx.open_stream(new.id)? {
        return Err(id_taken());
    }
    store::users::insert(tx, new)?;
    if new.role == InstanceRole::Admin {
        store::links::delete(tx, Kind::Setup, None)?;
    }
    Ok(())
}

fn id_taken() -> snug_base::Error {
    Code::Invalid.field("id", "something else has this id; make a new one")
}
