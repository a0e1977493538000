//! The routes of identities.
use crate::change::{self, AccountChange};
use crate::contacts::{self, CodeRotation, ContactCode};
use crate::model::{Devices, Identity, KeyHistory, LogPart, Pairing};
use crate::pairing::{self, PairingRequest, Pairings};
use crate::prekeys::{self, Bundles, BundlesRequest};
use crate::reset::{self, ResetRequest};
use crate::vault::{self, VaultChange, VaultPage, VaultPart, VaultVersion};
use crate::{devices, history, identity, log, setup};
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use snug_accounts::client::Client;
use snug_accounts::{Me, User};
use snug_base::http::{Json, Path, Problem, Query, Routes};
use snug_base::routes;
use snug_base::{App, Result, UserId};
use utoipa::IntoParams;
use uuid::Uuid;

/// The largest body where links, boxes and items come in numbers.
const BODY_BYTES: usize = 1024 * 1024;

/// All routes, without the `/api/v1` in front.
pub fn routes() -> Routes<App> {
    let large = Routes::new()
        .routes(routes!(get_identity, post_identity))
        .routes(routes!(post_links))
        .routes(routes!(get_vault, put_vault))
        .body_limit(BODY_BYTES);
    Routes::new()
        .merge(large)
        .routes(routes!(get_log))
        .routes(routes!(post_bundles))
        .routes(routes!(get_devices))
        .routes(routes!(get_pairings, post_pairing))
        .routes(routes!(get_pairing))
        .routes(routes!(post_refused))
        .routes(routes!(post_identity_reset, delete_identity_reset))
        .routes(routes!(get_history))
        .routes(routes!(get_contact_code))
        .routes(routes!(post_contact_code))
        .routes(routes!(get_contact))
}

/// The state of one's own keys
#[utoipa::path(get, path = "/e2ee/identity", tag = "encryption",
    responses((status = 200, body = Identity), (status = 401, body = Problem)))]
async fn get_identity(State(app): State<App>, me: Me) -> Result<Json<Identity>> {
    identity::load(&app, me).await.map(Json)
}

/// Set up encryption
///
/// The links begin with the `root` of the account's log. After a reset whose time has come the root begins the log anew.
#[utoipa::path(post, path = "/e2ee/identity", tag = "encryption",
    responses((status = 201, body = Identity), (status = 401, body = Problem), (status = 409, body = Problem), (status = 413, body = Problem),
        (status = 422, body = Problem)))]
async fn post_identity(
    State(app): State<App>,
    me: Me,
    client: Client,
    Json(asked): Json<AccountChange>,
) -> Result<(StatusCode, Json<Identity>)> {
    Ok((StatusCode::CREATED, Json(setup::set_up(&app, me, &client, asked).await?)))
}

/// Continue one's own log, with all that belongs to it
///
/// All or nothing. On `e2ee.conflict` fetch the log from its number on and make the links again.
#[utoipa::path(post, path = "/e2ee/identity/links", tag = "encryption",
    responses((status = 200, body = Identity), (status = 401, body = Problem), (status = 403, body = Problem), (status = 409, body = Problem),
        (status = 410, body = Problem), (status = 413, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
async fn post_links(State(app): State<App>, me: Me, client: Client, Json(asked): Json<AccountChange>) -> Result<Json<Identity>> {
    change::change(&app, me, &client, asked).await.map(Json)
}

/// Which part of a log.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct LogFrom {
    /// The number of the first link wanted.
    #[serde(default)]
    #[param(minimum = 0)]
    from: i64,
}

/// The log of an account: at most 500 links at a time
#[utoipa::path(get, path = "/e2ee/users/{id}/log", tag = "encryption", params(UserId, LogFrom),
    responses((status = 200, body = LogPart), (status = 401, body = Problem), (status = 404, body = Problem)))]
async fn get_log(State(app): State<App>, _: Me, Path(user): Path<UserId>, Query(page): Query<LogFrom>) -> Result<Json<LogPart>> {
    log::part(&app, user, page.from).await.map(Json)
}

/// What is needed to seal to accounts
#[utoipa::path(post, path = "/e2ee/bundles", tag = "encryption",
    responses((status = 200, body = Bundles), (status = 401, body = Problem), (status = 422, body = Problem)))]
async fn post_bundles(State(app): State<App>, me: Me, Json(asked): Json<BundlesRequest>) -> Result<Json<Bundles>> {
    prekeys::bundles(&app, me, asked).await.map(Json)
}

/// One's own vault, in the order in which it was stored
#[utoipa::path(get, path = "/e2ee/vault", tag = "encryption", params(VaultPage),
    responses((status = 200, body = VaultPart), (status = 401, body = Problem)))]
async fn get_vault(State(app): State<App>, me: Me, Query(page): Query<VaultPage>) -> Result<Json<VaultPart>> {
    vault::part(&app, me, page).await.map(Json)
}

/// Store items in one's own vault, and drop some
///
/// All or nothing. Each item's `rev` has to be one more than what is stored.
#[utoipa::path(put, path = "/e2ee/vault", tag = "encryption",
    responses((status = 200, body = VaultVersion), (status = 401, body = Problem), (status = 403, body = Problem), (status = 409, body = Problem),
        (status = 413, body = Problem), (status = 422, body = Problem)))]
async fn put_vault(State(app): State<App>, me: Me, Json(asked): Json<VaultChange>) -> Result<Json<VaultVersion>> {
    vault::put(&app, me, asked).await.map(Json)
}

/// One's own devices
#[utoipa::path(get, path = "/e2ee/devices", tag = "encryption",
    responses((status = 200, body = Devices), (status = 401, body = Problem)))]
async fn get_devices(State(app): State<App>, me: Me) -> Result<Json<Devices>> {
    devices::list(&app, me).await.map(Json)
}

/// New devices that wait to be let in
#[utoipa::path(get, path = "/e2ee/pairings", tag = "encryption",
    responses((status = 200, body = Pairings), (status = 401, body = Problem)))]
async fn get_pairings(State(app): State<App>, me: Me) -> Result<Json<Pairings>> {
    pairing::list(&app, me).await.map(Json)
}

/// Ask one's other devices to let this one in
///
/// They have ten minutes. At most five wait at a time.
#[utoipa::path(post, path = "/e2ee/pairings", tag = "encryption",
    responses((status = 201, body = Pairing), (status = 401, body = Problem), (status = 403, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn post_pairing(State(app): State<App>, me: Me, Json(asked): Json<PairingRequest>) -> Result<(StatusCode, Json<Pairing>)> {
    Ok((StatusCode::CREATED, Json(pairing::ask(&app, me, asked).await?)))
}

/// A pairing.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path, names("id"))]
struct PairingId(Uuid);

/// How far a pairing is
#[utoipa::path(get, path = "/e2ee/pairings/{id}", tag = "encryption", params(PairingId),
    responses((status = 200, body = Pairing), (status = 401, body = Problem), (status = 404, body = Problem), (status = 410, body = Problem)))]
async fn get_pairing(State(app): State<App>, me: Me, Path(PairingId(id)): Path<PairingId>) -> Result<Json<Pairing>> {
    pairing::load(&app, me, id).await.map(Json)
}

/// Say that a wrong code was typed; the third ends the pairing
#[utoipa::path(post, path = "/e2ee/pairings/{id}/refused", tag = "encryption", params(PairingId),
    responses((status = 200, body = Pairing), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 410, body = Problem)))]
async fn post_refused(State(app): State<App>, me: Me, Path(PairingId(id)): Path<PairingId>) -> Result<Json<Pairing>> {
    pairing::refuse(&app, me, id).await.map(Json)
}

/// Ask for a reset of one's own identity
///
/// It can be carried out after 24 hours, or at once if the account is in no encrypted conversation. All devices are told.
#[utoipa::path(post, path = "/e2ee/reset", tag = "encryption",
    responses((status = 200, body = Identity), (status = 401, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem),
        (status = 429, body = Problem)))]
async fn post_identity_reset(State(app): State<App>, me: Me, client: Client, Json(asked): Json<ResetRequest>) -> Result<Json<Identity>> {
    reset::ask(&app, me, &client, asked).await.map(Json)
}

/// Cancel the reset
#[utoipa::path(delete, path = "/e2ee/reset", tag = "encryption",
    responses((status = 200, body = Identity), (status = 401, body = Problem), (status = 403, body = Problem), (status = 409, body = Problem)))]
async fn delete_identity_reset(State(app): State<App>, me: Me, client: Client) -> Result<Json<Identity>> {
    reset::cancel(&app, me, &client).await.map(Json)
}

/// What happened to one's own keys
#[utoipa::path(get, path = "/e2ee/history", tag = "encryption",
    responses((status = 200, body = KeyHistory), (status = 401, body = Problem)))]
async fn get_history(State(app): State<App>, me: Me) -> Result<Json<KeyHistory>> {
    history::load(&app, me).await.map(Json)
}

/// One's own contact code
#[utoipa::path(get, path = "/e2ee/contact-code", tag = "encryption",
    responses((status = 200, body = ContactCode), (status = 401, body = Problem)))]
async fn get_contact_code(State(app): State<App>, me: Me) -> Result<Json<ContactCode>> {
    contacts::own(&app, me).await.map(Json)
}

/// A new contact code; the old one works for some days more
#[utoipa::path(post, path = "/e2ee/contact-code/rotate", tag = "encryption",
    responses((status = 200, body = ContactCode), (status = 401, body = Problem), (status = 422, body = Problem)))]
async fn post_contact_code(State(app): State<App>, me: Me, Json(asked): Json<CodeRotation>) -> Result<Json<ContactCode>> {
    contacts::rotate(&app, me, asked).await.map(Json)
}

/// A contact code, as typed.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path, names("code"))]
struct TypedCode(String);

/// Who a contact code is
#[utoipa::path(get, path = "/contacts/{code}", tag = "encryption", params(TypedCode),
    responses((status = 200, body = User), (status = 401, body = Problem), (status = 404, body = Problem), (status = 429, body = Problem)))]
async fn get_contact(State(app): State<App>, me: Me, Path(TypedCode(code)): Path<TypedCode>) -> Result<Json<User>> {
    contacts::resolve(&app, me, code).await.map(Json)
}
