//! A user's own profile, and telling everybody who sees it.
use crate::me::Me;
use crate::model::{Account, PresenceChoice};
use crate::storage::{self, Holding, HoldingKind};
use crate::{picture, store, text};
use serde::Deserialize;
use snug_base::http::nullable;
use snug_base::{App, Code, Result, Tx, UserId};
use utoipa::ToSchema;

/// A change of one's profile; what is left out stays.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProfileChange {
    #[schema(example = "ann", min_length = 2, max_length = 32, pattern = "^[A-Za-z0-9_.-]+$")]
    pub username: Option<String>,
    #[schema(example = "Ann Example", min_length = 1, max_length = 64)]
    pub display_name: Option<String>,
    #[schema(max_length = 500)]
    pub bio: Option<String>,
    /// Empty, or an address of the web.
    #[schema(example = "https://example.org", max_length = 200)]
    pub link: Option<String>,
    #[schema(example = "in the garden", max_length = 100)]
    pub status_text: Option<String>,
    /// Null takes it away.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, example = "ann@example.org", max_length = 254)]
    pub email: Option<Option<String>>,
    pub presence: Option<PresenceChoice>,
}

impl ProfileChange {
    /// Checks and writes the fields that are given into `account`.
    fn apply(self, account: &mut Account) -> Result<()> {
        let user = &mut account.user;
        if let Some(username) = self.username {
            user.username = text::username(&username)?;
        }
        if let Some(display_name) = self.display_name {
            user.display_name = text::line("display_name", &display_name, 1, 64)?;
        }
        if let Some(bio) = self.bio {
            user.bio = text::lines("bio", &bio, 500)?;
        }
        if let Some(link) = self.link {
            user.link = text::link(&link)?;
        }
        if let Some(status_text) = self.status_text {
            user.status_text = text::line("status_text", &status_text, 0, 100)?;
        }
        if let Some(email) = self.email {
            account.email = email.as_deref().filter(|email| !email.trim().is_empty()).map(text::email).transpose()?;
        }
        if let Some(presence) = self.presence {
            account.presence = presence;
        }
        Ok(())
    }
}

/// Tells the user's own devices, and everybody who sees the profile if it changed for them.
pub fn announce(app: &App, tx: &Tx, user: UserId, is_public: bool) -> Result<Account> {
    let account = store::users::account(tx, user)?;
    tx.emit(user, "user.updated", &account)?;
    if is_public {
        for stream in app.hooks.audience(tx, user)? {
            tx.emit(stream, "user.updated", &account.user)?;
        }
    }
    Ok(account)
}

/// Changes one's own profile.
pub async fn change(app: &App, me: Me, asked: ProfileChange) -> Result<Account> {
    let parts = app.clone();
    let presence = asked.presence;
    let is_public = asked.username.is_some()
        || asked.display_name.is_some()
        || asked.bio.is_some()
        || asked.link.is_some()
        || asked.status_text.is_some();
    let changed = app.db.write(move |tx| {
        let mut account = store::users::account(tx, me.user)?;
        asked.apply(&mut account)?;
        store::users::update_profile(tx, &account)?;
        announce(&parts, tx, me.user, is_public)
    });
    let account = changed.await?;
    if let Some(choice) = presence {
        app.hooks.presence_chosen(me.user, choice.as_str());
    }
    Ok(account)
}

/// Stores what the user wants to be shown as.
pub async fn set_presence_choice(app: &App, me: Me, choice: PresenceChoice) -> Result<()> {
    change(app, me, ProfileChange { presence: Some(choice), ..ProfileChange::default() }).await.map(drop)
}

/// Replaces one's picture.
pub async fn set_picture(app: &App, me: Me, bytes: Vec<u8>) -> Result<Account> {
    let (parts, holding) = (app.clone(), Holding { kind: HoldingKind::Picture, subject: me.user.0, holder: me.user });
    picture::store(app, holding, bytes, move |tx, hash| update_picture(&parts, tx, me, Some(hash))).await
}

/// Takes one's picture away.
pub async fn remove_picture(app: &App, me: Me) -> Result<Account> {
    let parts = app.clone();
    app.db
        .write(move |tx| {
            storage::release(tx, HoldingKind::Picture, me.user.0)?;
            update_picture(&parts, tx, me, None)
        })
        .await
}

fn update_picture(app: &App, tx: &Tx, me: Me, hash: Option<&str>) -> Result<Account> {
    store::users::update_picture(tx, me.user, hash)?;
    announce(app, tx, me.user, true)
}

/// Refuses a list of ids that is too long to answer.
pub fn ids(text: &str, most: usize) -> Result<Vec<UserId>> {
    let ids = text.split(',').map(str::trim).filter(|id| !id.is_empty());
    let ids = ids
        .map(|id| id.parse::<UserId>().map_err(|_| Code::Invalid.field("ids", format!("{id} is not an id"))))
        .collect::<Result<Vec<_>>>()?;
    if ids.len() > most {
        return Err(Code::Invalid.field("ids", format!("must be at most {most} ids")));
    }
    Ok(ids)
}
