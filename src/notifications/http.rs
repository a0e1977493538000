//! Routes. Each parses, calls one use case and encodes.
use crate::model::{
    LevelChange, Notices, NoticesQuery, NoticesRead, NoticesUnread, NotificationSettings, NotificationState, PlaceLevel, PushOffer,
    PushRenewal, PushSubscription,
};
use crate::{levels, list, push, settings};
use axum::extract::State;
use axum::http::StatusCode;
use snug_accounts::Me;
use snug_accounts::client::Client;
use snug_base::http::{Json, Path, Problem, Query, Routes};
use snug_base::limits::{Class, Who};
use snug_base::routes;
use snug_base::{App, Result};
use uuid::Uuid;

/// The routes of this domain, below /api/v1.
pub fn routes() -> Routes<App> {
    Routes::new()
        .routes(routes!(get_notices))
        .routes(routes!(get_unread))
        .routes(routes!(mark_notices_read))
        .routes(routes!(get_notification_settings, put_notification_settings))
        .routes(routes!(put_level))
        .routes(routes!(get_push, put_push, delete_push))
        .routes(routes!(test_push))
        .routes(routes!(renew_push))
}

/// What concerned the user
///
/// Mentions, replies, reactions to their messages and groups that they were added to, the newest first. Kept for 90 days, at most 500.
/// What is said in encrypted conversations is not among it: the node does not know it.
#[utoipa::path(get, path = "/notifications", tag = "notifications", params(NoticesQuery),
    responses((status = 200, body = Notices), (status = 401, body = Problem), (status = 422, body = Problem)))]
async fn get_notices(State(app): State<App>, me: Me, Query(query): Query<NoticesQuery>) -> Result<Json<Notices>> {
    list::list(&app, me, query).await.map(Json)
}

/// How much of it is not read
#[utoipa::path(get, path = "/notifications/unread", tag = "notifications",
    responses((status = 200, body = NoticesUnread), (status = 401, body = Problem)))]
async fn get_unread(State(app): State<App>, me: Me) -> Result<Json<NoticesUnread>> {
    list::unread(&app, me).await.map(Json)
}

/// Mark as read
///
/// A mention or a reply is also read once its message is.
#[utoipa::path(post, path = "/notifications/read", tag = "notifications", request_body = NoticesRead,
    responses((status = 200, body = NoticesUnread), (status = 401, body = Problem), (status = 422, body = Problem)))]
async fn mark_notices_read(State(app): State<App>, me: Me, Json(what): Json<NoticesRead>) -> Result<Json<NoticesUnread>> {
    list::mark_read(&app, me, what).await.map(Json)
}

/// What the user wants to hear of
#[utoipa::path(get, path = "/notifications/settings", tag = "notifications",
    responses((status = 200, body = NotificationState), (status = 401, body = Problem)))]
async fn get_notification_settings(State(app): State<App>, me: Me) -> Result<Json<NotificationState>> {
    let now = app.clock.now();
    app.db.read(move |read| settings::state(read, me.user, now)).await.map(Json)
}

/// Choose what holds for all places
#[utoipa::path(put, path = "/notifications/settings", tag = "notifications", request_body = NotificationSettings,
    responses((status = 200, body = NotificationSettings), (status = 401, body = Problem), (status = 422, body = Problem)))]
async fn put_notification_settings(
    State(app): State<App>,
    me: Me,
    Json(new): Json<NotificationSettings>,
) -> Result<Json<NotificationSettings>> {
    settings::change(&app, me, new).await.map(Json)
}

/// Choose what to hear of in a room, direct conversation, group or server
#[utoipa::path(put, path = "/notifications/levels/{id}", tag = "notifications", params(("id" = Uuid, Path)), request_body = LevelChange,
    responses((status = 200, body = PlaceLevel), (status = 401, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn put_level(State(app): State<App>, me: Me, Path(id): Path<Uuid>, Json(change): Json<LevelChange>) -> Result<Json<PlaceLevel>> {
    levels::choose(&app, me, id, change).await.map(Json)
}

/// What a device needs to ask for push messages
#[utoipa::path(get, path = "/notifications/push", tag = "notifications",
    responses((status = 200, body = PushOffer), (status = 401, body = Problem)))]
async fn get_push(State(app): State<App>, me: Me) -> Result<Json<PushOffer>> {
    push::offer(&app, me).await.map(Json)
}

/// Send push messages to this device
///
/// Until its session ends. A device has one subscription, a person at most 20: the oldest go first.
#[utoipa::path(put, path = "/notifications/push", tag = "notifications", request_body = PushSubscription,
    responses((status = 204), (status = 401, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn put_push(State(app): State<App>, me: Me, Json(new): Json<PushSubscription>) -> Result<StatusCode> {
    push::subscribe(&app, me, new).await.map(|()| StatusCode::NO_CONTENT)
}

/// Send this device no more of them
#[utoipa::path(delete, path = "/notifications/push", tag = "notifications", responses((status = 204), (status = 401, body = Problem)))]
async fn delete_push(State(app): State<App>, me: Me) -> Result<StatusCode> {
    push::unsubscribe(&app, me).await.map(|()| StatusCode::NO_CONTENT)
}

/// Send this device a push message, to try
#[utoipa::path(post, path = "/notifications/push/test", tag = "notifications",
    responses((status = 204), (status = 401, body = Problem), (status = 409, body = Problem), (status = 502, body = Problem)))]
async fn test_push(State(app): State<App>, me: Me) -> Result<StatusCode> {
    app.limits.check(Class::Join, Who::User(me.user))?; // each one is a request to somebody else
    push::test(&app, me).await.map(|()| StatusCode::NO_CONTENT)
}

/// Renew a subscription that the push service gave up
///
/// For a browser's service worker, which has no session at hand: the earlier subscription's secret shows whose it is.
#[utoipa::path(post, path = "/notifications/push/renew", tag = "notifications", security(()), request_body = PushRenewal,
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn renew_push(State(app): State<App>, client: Client, Json(renewal): Json<PushRenewal>) -> Result<StatusCode> {
    app.limits.check(Class::Auth, Who::address(client.address))?;
    push::renew(&app, renewal).await.map(|()| StatusCode::NO_CONTENT)
}
