//! Invites to a server, with expiry and a number of uses.
use crate::access::{find_member, member};
use crate::model::{Invite, InvitePreview, ServerPreview};
use crate::permission::Permission;
use crate::store;
use snug_accounts::invites::NewInvite;
use snug_accounts::{Me, secret};
use snug_base::{App, Code, Error, Result, ServerId};

const CODE_CHARACTERS: usize = 10;

fn missing() -> Error {
    Code::CodeInvalid.error("This invite is unknown, expired or used up. Ask for a new one.")
}

/// Makes an invite.
pub async fn create(app: &App, me: Me, server: ServerId, new: NewInvite) -> Result<Invite> {
    let new = new.check()?;
    app.db
        .write(move |tx| {
            member(tx, server, me.user)?.require(Permission::CreateInvites)?;
            let invite = Invite {
                code: secret::code(CODE_CHARACTERS),
                server_id: server,
                created_by: me.user,
                created_at: tx.now,
                expires_at: new.expires_in_s.map(|seconds| tx.now + seconds * 1_000),
                max_uses: new.max_uses,
                uses: 0,
            };
            store::invites::insert(tx, &invite)?;
            Ok(invite)
        })
        .await
}

/// The server's invites; without the permission to manage the server, one's own.
pub async fn list(app: &App, me: Me, server: ServerId) -> Result<Vec<Invite>> {
    app.db
        .read(move |read| {
            let by = member(read, server, me.user)?;
            let mut invites = store::invites::list(read, server)?;
            if !by.may(Permission::ManageServer) {
                invites.retain(|invite| invite.created_by == me.user);
            }
            Ok(invites)
        })
        .await
}

/// Takes an invite back: one's own, or any with the permission to manage the server.
pub async fn delete(app: &App, me: Me, server: ServerId, code: String) -> Result<()> {
    let code = secret::normal_code(&code);
    app.db
        .write(move |tx| {
            let by = member(tx, server, me.user)?;
            let invite = store::invites::list(tx, server)?.into_iter().find(|invite| invite.code == code).ok_or_else(missing)?;
            if invite.created_by != me.user {
                by.require(Permission::ManageServer)?;
            }
            store::invites::delete(tx, &code)
        })
        .await
}

/// What somebody sees who opens an invite's link, signed in or not.
pub async fn preview(app: &App, me: Option<Me>, code: &str) -> Result<InvitePreview> {
    let code = secret::normal_code(code);
    let now = app.clock.now();
    app.db
        .read(move |read| {
            let invite = store::invites::find_usable(read, &code, now)?.ok_or_else(missing)?;
            let server = store::servers::load(read, invite.server_id)?;
            let is_member = match me {
                Some(me) => find_member(read, server.id, me.user)?.is_some(),
                None => false,
            };
            let server = ServerPreview { id: server.id, name: server.name, icon: server.icon, member_count: server.member_count };
            Ok(InvitePreview { server, is_member })
        })
        .await
}
