//! Routes. Each parses, calls one use case and encodes.
use super::address;
use super::model::{MailAnswer, MailChoice, MailServer, MailState, NewAddress, TestAddress};
use super::page::{Button, page};
use super::text::escape;
use super::{Mail, trial};
use crate::store;
use axum::body::Bytes;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use snug_accounts::audit::Origin;
use snug_accounts::{Admin, Me, instance};
use snug_base::config::MailSecurity;
use snug_base::http::{ClientAddress, Json, Problem, Query, Routes};
use snug_base::limits::{Class, Who};
use snug_base::routes;
use snug_base::{Code, Result};
use std::net::{IpAddr, Ipv4Addr};
use utoipa::IntoParams;

/// The routes of e-mail, below /api/v1.
pub fn routes() -> Routes<Mail> {
    Routes::new()
        .routes(routes!(get_mail, put_mail))
        .routes(routes!(put_mail_address, delete_mail_address))
        .routes(routes!(delete_mail_question))
        .routes(routes!(get_confirmation, confirm_address))
        .routes(routes!(get_unsubscription, unsubscribe))
        .routes(routes!(get_mail_server))
        .routes(routes!(test_mail))
}

/// What the user gets by e-mail
#[utoipa::path(get, path = "/notifications/mail", tag = "notifications",
    responses((status = 200, body = MailState), (status = 401, body = Problem)))]
async fn get_mail(State(mail): State<Mail>, me: Me) -> Result<Json<MailState>> {
    address::state(&mail, me).await.map(Json)
}

/// Choose when to get letters about what was missed, and with what
#[utoipa::path(put, path = "/notifications/mail", tag = "notifications", request_body = MailChoice,
    responses((status = 200, body = MailState), (status = 401, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn put_mail(State(mail): State<Mail>, me: Me, Json(choice): Json<MailChoice>) -> Result<Json<MailState>> {
    address::choose(&mail, me, choice).await.map(Json)
}

/// Ask whether an address is the user's
///
/// Sends a letter with a link that works once, for a day. Until it is confirmed, the address before is the one that counts. Five such letters of one
/// person in a day, three to one address.
#[utoipa::path(put, path = "/notifications/mail/address", tag = "notifications", request_body = NewAddress,
    responses((status = 200, body = MailState), (status = 401, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
async fn put_mail_address(State(mail): State<Mail>, me: Me, Json(new): Json<NewAddress>) -> Result<Json<MailState>> {
    mail.app.limits.check(Class::Join, Who::User(me.user))?; // each one is a letter to somebody
    address::ask(&mail, me, new).await.map(Json)
}

/// Remove the user's address, and one that waits to be confirmed
#[utoipa::path(delete, path = "/notifications/mail/address", tag = "notifications",
    responses((status = 200, body = MailState), (status = 401, body = Problem)))]
async fn delete_mail_address(State(mail): State<Mail>, me: Me, client: Option<Extension<ClientAddress>>) -> Result<Json<MailState>> {
    address::remove(&mail, me, Origin { user: Some(me.user), address: client.map(|client| client.0.0) }).await.map(Json)
}

/// Ask no more whether an address is the user's
///
/// The one that is confirmed stays.
#[utoipa::path(delete, path = "/notifications/mail/address/asked", tag = "notifications",
    responses((status = 200, body = MailState), (status = 401, body = Problem)))]
async fn delete_mail_question(State(mail): State<Mail>, me: Me) -> Result<Json<MailState>> {
    address::forget_question(&mail, me).await.map(Json)
}

/// The token of a link in a letter.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Link {
    token: String,
}

async fn name(mail: &Mail) -> Result<String> {
    let parts = mail.app.clone();
    mail.app.db.read(move |read| Ok(instance::settings(&parts, read)?.name)).await
}

/// Guessing tokens costs as much as guessing passwords.
fn count(mail: &Mail, client: Option<Extension<ClientAddress>>) -> Result<IpAddr> {
    let address = client.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |client| client.0.0);
    mail.app.limits.check(Class::Auth, Who::address(address))?;
    Ok(address)
}

/// What came of a link: a page, also where it is not valid any more.
fn done(instance: &str, outcome: Result<(&str, String)>) -> Result<Response> {
    match outcome {
        Ok((title, body)) => Ok(page(StatusCode::OK, instance, title, &body, &[])),
        Err(e) if e.code == Code::LinkInvalid => {
            let body = format!("<p>{}</p>", escape(&e.detail));
            Ok(page(StatusCode::OK, instance, "This link is not valid", &body, &[]))
        }
        Err(e) => Err(e),
    }
}

/// The page behind the link that confirms an address
///
/// For people, without an account. To open it changes nothing.
#[utoipa::path(get, path = "/mail/confirm", tag = "mail", security(()), params(Link),
    responses((status = 200, body = String, content_type = "text/html"), (status = 429, body = Problem)))]
async fn get_confirmation(
    State(mail): State<Mail>,
    client: Option<Extension<ClientAddress>>,
    Query(link): Query<Link>,
) -> Result<Response> {
    count(&mail, client)?;
    let name = name(&mail).await?;
    match address::question(&mail, link.token).await {
        Ok(question) => {
            let body = format!(
                "<p>The account <strong>{}</strong> at {} wants to be told at <strong>{}</strong> of what it misses.</p>",
                escape(&question.username),
                escape(&name),
                escape(&question.address)
            );
            let buttons = [Button { text: "Yes, send it here", answer: "yes" }, Button { text: "That was not me", answer: "no" }];
            Ok(page(StatusCode::OK, &name, "Is this your address?", &body, &buttons))
        }
        Err(e) => done(&name, Err(e)),
    }
}

/// Confirm an address, or say that one did not ask for it
///
/// With `answer=no` in the body nobody can have letters sent there for a year.
#[utoipa::path(post, path = "/mail/confirm", tag = "mail", security(()), params(Link),
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = String, content_type = "text/html"), (status = 429, body = Problem)))]
async fn confirm_address(
    State(mail): State<Mail>,
    client: Option<Extension<ClientAddress>>,
    Query(link): Query<Link>,
    body: Bytes,
) -> Result<Response> {
    let address = count(&mail, client)?;
    let name = name(&mail).await?;
    let outcome = if body.as_ref() == b"answer=no" {
        let said = "<p>Nothing is sent to your address, and for a year nobody can ask for it again.</p>";
        address::decline(&mail, link.token).await.map(|()| ("Thank you for telling", said.to_owned()))
    } else {
        let said = "<p>From now on you get letters there about what you miss, unless you were here meanwhile. How often stands in the settings, under Notifications.</p>";
        let by = Origin { user: None, address: Some(address) };
        address::confirm(&mail, link.token, by).await.map(|()| ("The address is confirmed", said.to_owned()))
    };
    done(&name, outcome)
}

/// The page behind the link that ends letters
///
/// For people, without an account. To open it changes nothing.
#[utoipa::path(get, path = "/mail/unsubscribe", tag = "mail", security(()), params(Link),
    responses((status = 200, body = String, content_type = "text/html")))]
async fn get_unsubscription(State(mail): State<Mail>, Query(link): Query<Link>) -> Result<Response> {
    let name = name(&mail).await?;
    match address::subscription(&mail, link.token).await {
        Ok(address) => {
            let body = format!("<p>Letters about what you miss go to <strong>{}</strong>.</p>", escape(&address));
            Ok(page(StatusCode::OK, &name, "No more letters?", &body, &[Button { text: "Send me no more", answer: "yes" }]))
        }
        Err(e) => done(&name, Err(e)),
    }
}

/// End the letters to an address
///
/// What `List-Unsubscribe` of a letter leads to; mail programs post there by themselves (RFC 8058). The body says nothing.
#[utoipa::path(post, path = "/mail/unsubscribe", tag = "mail", security(()), params(Link),
    responses((status = 200, body = String, content_type = "text/html")))]
async fn unsubscribe(State(mail): State<Mail>, Query(link): Query<Link>) -> Result<Response> {
    let name = name(&mail).await?;
    let said = "<p>You get no more letters. In the settings, under Notifications, you can have them again.</p>";
    done(&name, address::unsubscribe(&mail, link.token).await.map(|()| ("Done", said.to_owned())))
}

/// How the node sends e-mail
#[utoipa::path(get, path = "/admin/mail", tag = "admin",
    responses((status = 200, body = MailServer), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn get_mail_server(State(mail): State<Mail>, _: Admin) -> Result<Json<MailServer>> {
    let Some(mailer) = &mail.mailer else {
        return Ok(Json(MailServer { enabled: false, server: None, port: None, security: None, from: None, people: 0 }));
    };
    let config = mailer.config();
    let security = match config.security {
        MailSecurity::Tls => "tls",
        MailSecurity::Starttls => "starttls",
        MailSecurity::None => "none",
    };
    Ok(Json(MailServer {
        enabled: true,
        server: config.server.clone(),
        port: Some(config.port()),
        security: Some(security.to_owned()),
        from: config.from.clone(),
        people: mail.app.db.read(store::mail::count).await?,
    }))
}

/// Send a letter, to try
///
/// Answers with what the mail server said, also when it does not take it.
#[utoipa::path(post, path = "/admin/mail/test", tag = "admin", request_body = TestAddress,
    responses((status = 200, body = MailAnswer), (status = 401, body = Problem), (status = 403, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem), (status = 429, body = Problem), (status = 502, body = Problem)))]
async fn test_mail(State(mail): State<Mail>, by: Admin, Json(to): Json<TestAddress>) -> Result<Json<MailAnswer>> {
    mail.app.limits.check(Class::Join, Who::User(by.me.user))?;
    trial::send(&mail, by.into(), &to.address).await.map(Json)
}
