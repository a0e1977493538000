//! Coming into a server, by its access code or by an invite.
use crate::access::{find_member, member};
use crate::events::{MemberChanged, ServerJoined};
use crate::model::ServerState;
use crate::{state, store};
use serde::Deserialize;
use snug_accounts::{Me, secret};
use snug_base::limits::{Class, Who};
use snug_base::{App, Code, Error, Result, ServerId, Stream, Tx, UserId};
use utoipa::ToSchema;

/// Up to so many members are told who comes and goes; larger servers load their list of members when it is looked at.
pub const ANNOUNCED_MEMBERS: i64 = 1_000;

/// How to come in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Join {
    /// The five-character access code, or an invite's code.
    #[schema(example = "K7M2Q", max_length = 100)]
    pub code: String,
}

fn invalid() -> Error {
    Code::CodeInvalid.field("code", "this code or invite is unknown, expired or used up; ask for a new one")
}

/// Makes the user a member. Somebody who is one already is simply answered. With `expected` the code has to be that server's.
pub async fn join(app: &App, me: Me, expected: Option<ServerId>, asked: Join) -> Result<ServerState> {
    app.limits.check(Class::Join, Who::User(me.user))?;
    let code = secret::normal_code(&asked.code);
    let parts = app.clone();
    app.db
        .write(move |tx| {
            let invite = store::invites::find_usable(tx, &code, tx.now)?;
            let server = match &invite {
                Some(invite) => invite.server_id,
                None => store::servers::find_by_access_code(tx, &code)?.ok_or_else(invalid)?,
            };
            if expected.is_some_and(|expected| expected != server) {
                return Err(invalid());
            }
            if find_member(tx, server, me.user)?.is_none() {
                if invite.is_some() {
                    store::invites::count_use(tx, &code)?;
                }
                enter(&parts, tx, server, me.user)?;
            }
            state::state_for(tx, &member(tx, server, me.user)?)
        })
        .await
}

fn enter(app: &App, tx: &Tx, server: ServerId, user: UserId) -> Result<()> {
    store::members::insert(tx, server, user)?;
    let member_count = store::servers::add_to_count(tx, server, 1)?;
    let rooms: Vec<_> = store::rooms::list_visible(tx, server, user)?.iter().map(|room| room.id).collect();
    app.hooks.on_joined(tx, user, &rooms)?;
    if member_count <= ANNOUNCED_MEMBERS {
        let member = store::members::load_shown(tx, server, user)?;
        tx.emit(server, "member.joined", &MemberChanged { server_id: server, member: &member, member_count })?;
    }
    welcome(app, tx, server, user)
}

/// Tells the user's devices of the server, and lets them follow it.
pub fn welcome(app: &App, tx: &Tx, server: ServerId, user: UserId) -> Result<()> {
    let state = state::state_for(tx, &member(tx, server, user)?)?;
    let rooms: Vec<_> = state.rooms.iter().map(|room| room.id).collect();
    let mut follows: Vec<Stream> = vec![server.into()];
    follows.extend(rooms.iter().map(|room| Stream::from(*room)));
    let read_states = app.hooks.read_states(tx, user, &rooms)?;
    tx.emit(user, "server.joined", &ServerJoined { server: &state, read_states, streams: tx.heads(&follows)? })?;
    tx.follow(user, follows);
    Ok(())
}
