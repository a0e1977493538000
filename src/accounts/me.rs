//! Who is asking: proof values that only a valid access token makes.
use crate::model::InstanceRole;
use crate::{access, client, store};
use axum::extract::{FromRef, FromRequestParts};
use axum::http::header;
use axum::http::request::Parts;
use snug_base::{App, Code, Error, Result, SessionId, UserId};
use std::net::IpAddr;

/// The signed-in user and the session they ask with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Me {
    pub user: UserId,
    pub session: SessionId,
}

/// A signed-in user who is an admin of the instance at this moment.
#[derive(Clone, Copy, Debug)]
pub struct Admin {
    pub me: Me,
    address: IpAddr,
}

impl Admin {
    /// Where they ask from.
    pub fn address(&self) -> IpAddr {
        self.address
    }
}

/// A signed-in user who is an admin or a moderator of the instance at this moment.
#[derive(Clone, Copy, Debug)]
pub struct Moderator {
    pub me: Me,
    address: IpAddr,
}

impl Moderator {
    /// Where they ask from.
    pub fn address(&self) -> IpAddr {
        self.address
    }
}

/// Who an access token stands for; refuses tokens of sessions that have ended.
pub fn authenticate(app: &App, token: &str) -> Result<Me> {
    let me = access::verify(app, token)?;
    if app.revoked.contains(me.session) {
        return Err(Code::SignedOut.error("This session has ended. Sign in again."));
    }
    Ok(me)
}

impl<S: Send + Sync> FromRequestParts<S> for Me
where
    App: FromRef<S>,
{
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let token = parts
            .headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim());
        match token {
            Some(token) => authenticate(&App::from_ref(state), token),
            None => Err(Code::SignedOut.error("Sign in first: send an access token as `Authorization: Bearer …`.")),
        }
    }
}

/// Who asks, and their role: read anew each time, so that one that was taken away is gone at once.
async fn role<S: Send + Sync>(parts: &mut Parts, state: &S) -> Result<(Me, Option<InstanceRole>)>
where
    App: FromRef<S>,
{
    let me = Me::from_request_parts(parts, state).await?;
    let role = App::from_ref(state).db.read(move |read| store::users::find_role(read, me.user)).await?;
    Ok((me, role))
}

impl<S: Send + Sync> FromRequestParts<S> for Admin
where
    App: FromRef<S>,
{
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        match role(parts, state).await? {
            (me, Some(InstanceRole::Admin)) => Ok(Admin { me, address: client::address(parts) }),
            _ => Err(Code::Forbidden.error("Only admins of the instance may do this.")),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Moderator
where
    App: FromRef<S>,
{
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        match role(parts, state).await? {
            (me, Some(InstanceRole::Admin | InstanceRole::Moderator)) => Ok(Moderator { me, address: client::address(parts) }),
            _ => Err(Code::Forbidden.error("Only admins and moderators of the instance may do this.")),
        }
    }
}
