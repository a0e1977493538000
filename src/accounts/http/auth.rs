//! Signing up, in and out.
use crate::client::{Client, set_cookie};
use crate::links::{self, Reset, ResetTarget, Token};
use crate::login::{self, Challenge, Login, Prelogin};
use crate::model::{Instance, SignedIn};
use crate::register::{self, Register};
use crate::sessions::{self, Grant};
use crate::{instance, refresh};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use snug_base::http::{Json, Problem, Query, Routes};
use snug_base::routes;
use snug_base::{App, Result};

pub fn routes() -> Routes<App> {
    Routes::new()
        .routes(routes!(get_instance))
        .routes(routes!(post_prelogin))
        .routes(routes!(post_register))
        .routes(routes!(post_login))
        .routes(routes!(post_refresh))
        .routes(routes!(post_logout))
        .routes(routes!(get_setup))
        .routes(routes!(get_reset, post_reset))
}

/// The instance's name, version and limits
#[utoipa::path(get, path = "/instance", tag = "instance", security(()), responses((status = 200, body = Instance)))]
async fn get_instance(State(app): State<App>) -> Result<Json<Instance>> {
    let parts = app.clone();
    app.db.read(move |read| instance::instance(&parts, read)).await.map(Json)
}

/// How the keys of an account are made from its password
#[utoipa::path(post, path = "/auth/prelogin", tag = "auth", security(()),
    responses((status = 200, body = Challenge), (status = 422, body = Problem), (status = 429, body = Problem)))]
async fn post_prelogin(State(app): State<App>, client: Client, Json(asked): Json<Prelogin>) -> Result<Json<Challenge>> {
    login::prelogin(&app, &client, asked).await.map(Json)
}

/// Make an account
///
/// The first admin is made with the token of the setup link.
#[utoipa::path(post, path = "/auth/register", tag = "auth", security(()),
    responses((status = 201, body = SignedIn), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem), (status = 429, body = Problem)))]
async fn post_register(State(app): State<App>, client: Client, Json(new): Json<Register>) -> Result<(StatusCode, Grant)> {
    Ok((StatusCode::CREATED, register::register(&app, client, new).await?))
}

/// Sign in
#[utoipa::path(post, path = "/auth/login", tag = "auth", security(()),
    responses((status = 200, body = SignedIn), (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem),
        (status = 429, body = Problem)))]
async fn post_login(State(app): State<App>, client: Client, Json(asked): Json<Login>) -> Result<Grant> {
    login::login(&app, client, asked).await
}

/// Exchange the refresh cookie for a new one and an access token
#[utoipa::path(post, path = "/auth/refresh", tag = "auth", security(()),
    responses((status = 200, body = SignedIn), (status = 401, body = Problem)))]
async fn post_refresh(State(app): State<App>, client: Client) -> Response {
    match refresh::refresh(&app, client).await {
        Ok(grant) => grant.into_response(),
        // a cookie that is refused for good is taken away
        Err(e) if e.code.status() == 401 => without_cookie(e),
        Err(e) => e.into_response(),
    }
}

/// End the session of this device
#[utoipa::path(post, path = "/auth/logout", tag = "auth", security(()), responses((status = 204)))]
async fn post_logout(State(app): State<App>, client: Client) -> Result<Response> {
    sessions::sign_out(&app, client).await?;
    Ok(without_cookie(StatusCode::NO_CONTENT))
}

fn without_cookie(answer: impl IntoResponse) -> Response {
    match set_cookie(None, 0) {
        Ok(cookie) => ([(header::SET_COOKIE, cookie)], answer).into_response(),
        Err(e) => e.into_response(),
    }
}

/// Whether this setup link is the valid one
#[utoipa::path(get, path = "/auth/setup", tag = "auth", security(()), params(Token),
    responses((status = 204), (status = 404, body = Problem), (status = 429, body = Problem)))]
async fn get_setup(State(app): State<App>, client: Client, Query(token): Query<Token>) -> Result<StatusCode> {
    links::check_setup(&app, &client, token).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Whose password this reset link is for
#[utoipa::path(get, path = "/auth/reset", tag = "auth", security(()), params(Token),
    responses((status = 200, body = ResetTarget), (status = 404, body = Problem), (status = 429, body = Problem)))]
async fn get_reset(State(app): State<App>, client: Client, Query(token): Query<Token>) -> Result<Json<ResetTarget>> {
    links::reset_target(&app, &client, token).await.map(Json)
}

/// Choose a new password by a reset link
///
/// Signs all devices out.
#[utoipa::path(post, path = "/auth/reset", tag = "auth", security(()),
    responses((status = 204), (status = 404, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
async fn post_reset(State(app): State<App>, client: Client, Json(asked): Json<Reset>) -> Result<StatusCode> {
    links::reset(&app, &client, asked).await?;
    Ok(StatusCode::NO_CONTENT)
}
