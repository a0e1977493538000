//! What the operator does on the command line, where there is no signed-in user.
use crate::audit::{Actor, Deed, DeedKind};
use crate::credentials;
use crate::model::{AdminUser, InstanceRole};
use crate::register;
use crate::store::{self, users::NewUser};
use crate::text;
use snug_base::{App, Code, Error, Result, UserId};
use snug_crypto::password::{self, Kdf};

/// Makes an account with a password, as a client would.
pub async fn create_user(app: &App, username: &str, password: String, display_name: Option<&str>, role: InstanceRole) -> Result<AdminUser> {
    let username = text::username(username)?;
    let display_name = text::line("display_name", display_name.unwrap_or(&username), 1, 64)?;
    let refused = |e: password::PasswordError| Code::Invalid.field("password", e);
    password::check_length(&password).map_err(refused)?;
    let id = UserId::new();
    let salt = snug_base::keys::random::<16>();
    let auth_key = tokio::task::spawn_blocking(move || {
        let password = zeroize::Zeroizing::new(password);
        password::master_key(&password, &salt, Kdf::DEFAULT).map(|key| password::auth_key(&key, id.0.as_bytes()))
    });
    let auth_key = auth_key.await.map_err(Error::internal)?.map_err(refused)?;
    let auth_hash = credentials::hash(&app.keys, id, &auth_key);
    Actor::operator()
        .act(app, move |tx| {
            register::insert(
                tx,
                &NewUser { id, username: &username, display_name: &display_name, email: None, role, salt, kdf: Kdf::DEFAULT, auth_hash },
            )?;
            let deed = Deed::new(DeedKind::UserCreated).about(id).fact("role", role.as_str());
            Ok((store::users::load_for_admin(tx, id)?, vec![deed]))
        })
        .await
}

/// The account with this username or e-mail address.
pub async fn find_user(app: &App, login: &str) -> Result<AdminUser> {
    let login = login.trim().to_lowercase();
    app.db
        .read(move |read| match store::users::find_credentials(read, &login)? {
            Some(found) => store::users::load_for_admin(read, found.user),
            None => Err(Code::UserNotFound.error(format!("There is no user {login}. `snug user list` shows all."))),
        })
        .await
}
