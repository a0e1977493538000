//! What a user sees of servers: whole states for the snapshot, and the streams that their devices follow.
use crate::access::{Member, member};
use crate::model::{MyMembership, ServerState};
use crate::permission::Permission;
use crate::store;
use snug_base::{App, Read, Result, RoleId, ServerId, Stream, UserId};

/// A server with everything that this member sees of it.
pub fn state_for(read: &Read, member: &Member) -> Result<ServerState> {
    let (server, user) = (member.server(), member.user());
    let mine = store::members::load(read, server, user)?;
    let may_invite = member.may(Permission::CreateInvites);
    Ok(ServerState {
        server: store::servers::load(read, server)?,
        access_code: if may_invite { store::servers::access_code(read, server)? } else { None },
        categories: store::categories::list(read, server)?,
        rooms: store::rooms::list_visible(read, server, user)?,
        roles: store::roles::list(read, server)?,
        me: MyMembership {
            nickname: mine.nickname,
            role_ids: store::roles::ids_of_member(read, server, user)?,
            permissions: member.permissions(),
            joined_at: mine.joined_at,
        },
    })
}

/// The servers that a user is in.
pub fn list_states(read: &Read, user: UserId) -> Result<Vec<ServerState>> {
    let servers = store::members::servers_of(read, user)?;
    servers.into_iter().map(|server| state_for(read, &member(read, server, user)?)).collect()
}

/// The servers and visible rooms that a user's devices follow.
pub fn streams_of(read: &Read, user: UserId) -> Result<Vec<Stream>> {
    let mut streams = audience_of(read, user)?;
    streams.extend(store::rooms::ids_visible_everywhere(read, user)?.into_iter().map(Stream::from));
    Ok(streams)
}

/// The streams on which others learn of this user's profile: the user's servers.
pub fn audience_of(read: &Read, user: UserId) -> Result<Vec<Stream>> {
    Ok(store::members::servers_of(read, user)?.into_iter().map(Stream::from).collect())
}

/// The roles that a user was given in a server, highest first.
pub fn role_ids(read: &Read, server: ServerId, user: UserId) -> Result<Vec<RoleId>> {
    store::roles::ids_of_member(read, server, user)
}

/// All roles by which a user can be mentioned, in all servers: given ones, and the one that everybody has.
pub fn role_ids_everywhere(read: &Read, user: UserId) -> Result<Vec<RoleId>> {
    store::roles::ids_everywhere(read, user)
}

/// What the server is called that somebody is in.
pub fn name(read: &Read, member: &Member) -> Result<String> {
    Ok(store::servers::load(read, member.server())?.name)
}

/// The servers that a user is in.
pub async fn list(app: &App, user: UserId) -> Result<Vec<ServerState>> {
    app.db.read(move |read| list_states(read, user)).await
}

/// One server.
pub async fn load(app: &App, server: ServerId, user: UserId) -> Result<ServerState> {
    app.db.read(move |read| state_for(read, &member(read, server, user)?)).await
}
