//! Profiles, sessions, pictures and the search for people.
use crate::client::Client;
use crate::me::Me;
use crate::model::{Account, Session, User};
use crate::password::{self, PasswordChange};
use crate::profile::{self, ProfileChange};
use crate::{picture, search, sessions, store};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use snug_base::http::{Json, Path, Problem, Query, Routes};
use snug_base::routes;
use snug_base::{App, Result, SessionId, UserId};
use utoipa::{IntoParams, ToSchema};

const MOST_IDS: usize = 100;

pub fn routes() -> Routes<App> {
    let pictures = Routes::new().routes(routes!(put_picture, delete_picture)).body_limit(picture::MAX_BYTES + 1);
    Routes::new()
        .routes(routes!(get_me, patch_me))
        .routes(routes!(put_password))
        .routes(routes!(get_sessions, delete_sessions))
        .routes(routes!(delete_session))
        .routes(routes!(get_users))
        .routes(routes!(search_users))
        .routes(routes!(get_user))
        .routes(routes!(get_picture))
        .merge(pictures)
}

/// Several users.
#[derive(Debug, Serialize, ToSchema)]
pub struct Users {
    pub users: Vec<User>,
}

/// One's signed-in devices.
#[derive(Debug, Serialize, ToSchema)]
pub struct Sessions {
    pub sessions: Vec<Session>,
}

/// One's own account
#[utoipa::path(get, path = "/users/me", tag = "users", responses((status = 200, body = Account), (status = 401, body = Problem)))]
async fn get_me(State(app): State<App>, me: Me) -> Result<Json<Account>> {
    app.db.read(move |read| store::users::account(read, me.user)).await.map(Json)
}

/// Change one's own account
#[utoipa::path(patch, path = "/users/me", tag = "users",
    responses((status = 200, body = Account), (status = 401, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn patch_me(State(app): State<App>, me: Me, Json(change): Json<ProfileChange>) -> Result<Json<Account>> {
    profile::change(&app, me, change).await.map(Json)
}

/// Change one's password
///
/// Signs the other devices out.
#[utoipa::path(put, path = "/users/me/password", tag = "users",
    responses((status = 204), (status = 401, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
async fn put_password(State(app): State<App>, me: Me, client: Client, Json(change): Json<PasswordChange>) -> Result<StatusCode> {
    password::change(&app, me, &client, change).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Replace one's picture: PNG, JPEG, GIF or WebP, at most 4 MiB
#[utoipa::path(put, path = "/users/me/picture", tag = "users", request_body(content = Vec<u8>, content_type = "image/*"),
    responses((status = 200, body = Account), (status = 401, body = Problem), (status = 409, body = Problem), (status = 413, body = Problem),
        (status = 422, body = Problem)))]
async fn put_picture(State(app): State<App>, me: Me, body: Bytes) -> Result<Json<Account>> {
    profile::set_picture(&app, me, body.into()).await.map(Json)
}

/// Take one's picture away
#[utoipa::path(delete, path = "/users/me/picture", tag = "users", responses((status = 200, body = Account), (status = 401, body = Problem)))]
async fn delete_picture(State(app): State<App>, me: Me) -> Result<Json<Account>> {
    profile::remove_picture(&app, me).await.map(Json)
}

/// One's signed-in devices
#[utoipa::path(get, path = "/users/me/sessions", tag = "users", responses((status = 200, body = Sessions), (status = 401, body = Problem)))]
async fn get_sessions(State(app): State<App>, me: Me) -> Result<Json<Sessions>> {
    Ok(Json(Sessions { sessions: sessions::list(&app, me).await? }))
}

/// Sign all other devices out
#[utoipa::path(delete, path = "/users/me/sessions", tag = "users", responses((status = 204), (status = 401, body = Problem)))]
async fn delete_sessions(State(app): State<App>, me: Me, client: Client) -> Result<StatusCode> {
    sessions::end_others(&app, me, client).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sign one device out, at once
#[utoipa::path(delete, path = "/users/me/sessions/{id}", tag = "users", params(SessionId),
    responses((status = 204), (status = 401, body = Problem), (status = 404, body = Problem)))]
async fn delete_session(State(app): State<App>, me: Me, client: Client, Path(id): Path<SessionId>) -> Result<StatusCode> {
    sessions::end_one(&app, me, client, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Ids {
    /// At most 100 ids, with commas between them.
    ids: String,
}

/// Users by their ids; unknown ids are left out
#[utoipa::path(get, path = "/users", tag = "users", params(Ids),
    responses((status = 200, body = Users), (status = 401, body = Problem), (status = 422, body = Problem)))]
async fn get_users(State(app): State<App>, _: Me, Query(query): Query<Ids>) -> Result<Json<Users>> {
    let ids = profile::ids(&query.ids, MOST_IDS)?;
    app.db.read(move |read| Ok(Json(Users { users: store::users::load_users(read, &ids)? }))).await
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SearchQuery {
    /// The beginning of a username or of a word of a display name, or a whole e-mail address.
    q: String,
    /// At most 20.
    limit: Option<i64>,
}

/// Find people
#[utoipa::path(get, path = "/users/search", tag = "users", params(SearchQuery),
    responses((status = 200, body = Users), (status = 401, body = Problem), (status = 422, body = Problem)))]
async fn search_users(State(app): State<App>, _: Me, Query(query): Query<SearchQuery>) -> Result<Json<Users>> {
    Ok(Json(Users { users: search::search(&app, &query.q, query.limit).await? }))
}

/// A user
#[utoipa::path(get, path = "/users/{id}", tag = "users", params(UserId),
    responses((status = 200, body = User), (status = 401, body = Problem), (status = 404, body = Problem)))]
async fn get_user(State(app): State<App>, _: Me, Path(id): Path<UserId>) -> Result<Json<User>> {
    app.db.read(move |read| store::users::load_user(read, id)).await.map(Json)
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct PictureName {
    /// The picture's name: a hash.
    hash: String,
}

/// A picture
///
/// It never changes.
#[utoipa::path(get, path = "/pictures/{hash}", tag = "users", security(()), params(PictureName),
    responses((status = 200, content_type = "image/*", body = Vec<u8>), (status = 404, body = Problem)))]
async fn get_picture(State(app): State<App>, Path(name): Path<PictureName>) -> Result<Response> {
    let (content_type, bytes) = picture::load(&app, &name.hash).await?;
    let headers = [
        (header::CONTENT_TYPE, content_type),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    Ok((headers, bytes).into_response())
}
