//! Rooms, their categories, and who sees the private ones.
use crate::categories::{self, CategoryName};
use crate::model::{Category, Member, Room};
use crate::room_members;
use crate::rooms::{self, NewRoom, RoomChange};
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use snug_accounts::Me;
use snug_base::http::{Json, Path, Problem, Routes};
use snug_base::routes;
use snug_base::{App, CategoryId, Result, RoomId, ServerId, UserId};
use utoipa::{IntoParams, ToSchema};

pub fn routes() -> Routes<App> {
    Routes::new()
        .routes(routes!(post_category))
        .routes(routes!(patch_category, delete_category))
        .routes(routes!(post_room))
        .routes(routes!(get_room, patch_room, delete_room))
        .routes(routes!(get_room_members))
        .routes(routes!(put_room_member, delete_room_member))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct RoomMemberPath {
    id: RoomId,
    user_id: UserId,
}

/// The people who see a private room.
#[derive(Debug, Serialize, ToSchema)]
pub struct RoomMembers {
    pub members: Vec<Member>,
}

/// Add a category
#[utoipa::path(post, path = "/servers/{id}/categories", tag = "rooms", params(ServerId),
    responses((status = 201, body = Category), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn post_category(
    State(app): State<App>,
    me: Me,
    Path(id): Path<ServerId>,
    Json(new): Json<CategoryName>,
) -> Result<(StatusCode, Json<Category>)> {
    Ok((StatusCode::CREATED, Json(categories::create(&app, me, id, new).await?)))
}

/// Rename a category
#[utoipa::path(patch, path = "/categories/{id}", tag = "rooms", params(CategoryId),
    responses((status = 200, body = Category), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
async fn patch_category(
    State(app): State<App>,
    me: Me,
    Path(id): Path<CategoryId>,
    Json(change): Json<CategoryName>,
) -> Result<Json<Category>> {
    categories::rename(&app, me, id, change).await.map(Json)
}

/// Delete a category; its rooms stay
#[utoipa::path(delete, path = "/categories/{id}", tag = "rooms", params(CategoryId),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn delete_category(State(app): State<App>, me: Me, Path(id): Path<CategoryId>) -> Result<StatusCode> {
    categories::delete(&app, me, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Make a room
#[utoipa::path(post, path = "/rooms", tag = "rooms",
    responses((status = 201, body = Room), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn post_room(State(app): State<App>, me: Me, Json(new): Json<NewRoom>) -> Result<(StatusCode, Json<Room>)> {
    Ok((StatusCode::CREATED, Json(rooms::create(&app, me, new).await?)))
}

/// A room
#[utoipa::path(get, path = "/rooms/{id}", tag = "rooms", params(RoomId),
    responses((status = 200, body = Room), (status = 401, body = Problem), (status = 404, body = Problem)))]
async fn get_room(State(app): State<App>, me: Me, Path(id): Path<RoomId>) -> Result<Json<Room>> {
    rooms::load(&app, me, id).await.map(Json)
}

/// Change a room
#[utoipa::path(patch, path = "/rooms/{id}", tag = "rooms", params(RoomId),
    responses((status = 200, body = Room), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
async fn patch_room(State(app): State<App>, me: Me, Path(id): Path<RoomId>, Json(change): Json<RoomChange>) -> Result<Json<Room>> {
    rooms::edit(&app, me, id, change).await.map(Json)
}

/// Delete a room with everything that was said in it
#[utoipa::path(delete, path = "/rooms/{id}", tag = "rooms", params(RoomId),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn delete_room(State(app): State<App>, me: Me, Path(id): Path<RoomId>) -> Result<StatusCode> {
    rooms::delete(&app, me, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The people who see a private room
#[utoipa::path(get, path = "/rooms/{id}/members", tag = "rooms", params(RoomId),
    responses((status = 200, body = RoomMembers), (status = 401, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn get_room_members(State(app): State<App>, me: Me, Path(id): Path<RoomId>) -> Result<Json<RoomMembers>> {
    Ok(Json(RoomMembers { members: room_members::list(&app, me, id).await? }))
}

/// Let somebody see a private room
#[utoipa::path(put, path = "/rooms/{id}/members/{user_id}", tag = "rooms", params(RoomMemberPath),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
async fn put_room_member(State(app): State<App>, me: Me, Path(path): Path<RoomMemberPath>) -> Result<StatusCode> {
    room_members::add(&app, me, path.id, path.user_id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take a private room from somebody, or leave it
#[utoipa::path(delete, path = "/rooms/{id}/members/{user_id}", tag = "rooms", params(RoomMemberPath),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
async fn delete_room_member(State(app): State<App>, me: Me, Path(path): Path<RoomMemberPath>) -> Result<StatusCode> {
    room_members::remove(&app, me, path.id, path.user_id).await?;
    Ok(StatusCode::NO_CONTENT)
}
