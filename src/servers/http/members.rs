//! The people in a server and their roles.
use crate::leave;
use crate::members::{self, Members, MembersQuery, MembershipChange, RoleIds};
use crate::model::{Member, Role};
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use snug_accounts::Me;
use snug_base::http::{Json, Path, Problem, Query, Routes};
use snug_base::routes;
use snug_base::{App, Result, ServerId, UserId};
use utoipa::{IntoParams, ToSchema};

pub fn routes() -> Routes<App> {
    Routes::new()
        .routes(routes!(get_members))
        .routes(routes!(delete_membership, patch_membership))
        .routes(routes!(delete_member))
        .routes(routes!(put_roles))
        .routes(routes!(get_roles))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct MemberPath {
    id: ServerId,
    user_id: UserId,
}

/// A server's roles, highest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct Roles {
    pub roles: Vec<Role>,
}

/// A server's members, in pages
#[utoipa::path(get, path = "/servers/{id}/members", tag = "servers", params(ServerId, MembersQuery),
    responses((status = 200, body = Members), (status = 401, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn get_members(State(app): State<App>, me: Me, Path(id): Path<ServerId>, Query(query): Query<MembersQuery>) -> Result<Json<Members>> {
    members::list(&app, me, id, query).await.map(Json)
}

/// Leave a server
#[utoipa::path(delete, path = "/servers/{id}/members/me", tag = "servers", params(ServerId),
    responses((status = 204), (status = 401, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn delete_membership(State(app): State<App>, me: Me, Path(id): Path<ServerId>) -> Result<StatusCode> {
    leave::leave(&app, me, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Change one's nickname in a server
#[utoipa::path(patch, path = "/servers/{id}/members/me", tag = "servers", params(ServerId),
    responses((status = 200, body = Member), (status = 401, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn patch_membership(
    State(app): State<App>,
    me: Me,
    Path(id): Path<ServerId>,
    Json(change): Json<MembershipChange>,
) -> Result<Json<Member>> {
    members::change_own(&app, me, id, change).await.map(Json)
}

/// Remove somebody from a server
#[utoipa::path(delete, path = "/servers/{id}/members/{user_id}", tag = "servers", params(MemberPath),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem)))]
async fn delete_member(State(app): State<App>, me: Me, Path(path): Path<MemberPath>) -> Result<StatusCode> {
    leave::kick(&app, me, path.id, path.user_id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Give a member exactly these roles
#[utoipa::path(put, path = "/servers/{id}/members/{user_id}/roles", tag = "servers", params(MemberPath),
    responses((status = 200, body = Member), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
async fn put_roles(State(app): State<App>, me: Me, Path(path): Path<MemberPath>, Json(asked): Json<RoleIds>) -> Result<Json<Member>> {
    members::set_roles(&app, me, path.id, path.user_id, asked).await.map(Json)
}

/// A server's roles
#[utoipa::path(get, path = "/servers/{id}/roles", tag = "servers", params(ServerId),
    responses((status = 200, body = Roles), (status = 401, body = Problem), (status = 404, body = Problem)))]
async fn get_roles(State(app): State<App>, me: Me, Path(id): Path<ServerId>) -> Result<Json<Roles>> {
    Ok(Json(Roles { roles: members::roles(&app, me, id).await? }))
}
