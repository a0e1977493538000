//! What encrypted rooms need besides: people who see one and ask to be let in, and the node's word about people who are to go.
use super::conversation_id;
use super::model::{JoinRequests, NewJoinRequest, Statement, Statements};
use super::seat::seat;
use crate::access::member;
use crate::store::encryption as store;
use snug_accounts::Me;
use snug_base::{App, Code, ConversationId, Result, UserId};
use snug_crypto::conversation_log::body::Statement as Signed;
use snug_identities::id_of;
use std::collections::BTreeSet;

/// Asks the members of a room's roster to be let in. Asking again changes nothing.
pub async fn ask(app: &App, me: Me, id: ConversationId) -> Result<()> {
    app.db
        .write(move |tx| {
            let by = member(tx, id, me.user)?;
            if !by.is_encrypted() {
                return Err(super::not_encrypted());
            }
            if store::role(tx, id, me.user)?.is_some() {
                return Ok(());
            }
            if store::insert_join_request(tx, id, me.user)? {
                let request = NewJoinRequest { conversation_id: id, user_id: me.user, asked_at: tx.now };
                tx.emit(by.stream(), "e2ee.join_request", &request)?;
            }
            Ok(())
        })
        .await
}

/// Who asks; for members of the roster.
pub async fn requests(app: &App, me: Me, id: ConversationId) -> Result<JoinRequests> {
    app.db
        .read(move |read| {
            if !member(read, id, me.user)?.is_encrypted() {
                return Err(super::not_encrypted());
            }
            seat(read, id, me.user)?;
            let mut requests = store::join_requests(read, id)?;
            // who lost sight of the room meanwhile can't be let in
            requests.retain(|request| member(read, id, request.user_id).is_ok());
            Ok(JoinRequests { requests })
        })
        .await
}

/// The node's word about members of the roster who do not see the room any more, or whose account is disabled. For members.
pub async fn statements(app: &App, me: Me, id: ConversationId) -> Result<Statements> {
    let key = snug_accounts::instance::e2ee_key(app);
    let at = u64::try_from(app.clock.now() / 1_000).map_err(|_| Code::Internal.error("the clock stands before 1970"))?;
    let gone = app
        .db
        .read(move |read| {
            let by = member(read, id, me.user)?;
            if !by.is_encrypted() {
                return Err(super::not_encrypted());
            }
            seat(read, id, me.user)?;
            let roster: Vec<UserId> = store::roster(read, id)?.into_keys().collect();
            let active: BTreeSet<UserId> =
                snug_accounts::load_users(read, &roster)?.into_iter().filter(|user| !user.is_disabled).map(|user| user.id).collect();
            let is_gone = |user: &UserId| !active.contains(user) || member(read, id, *user).is_err();
            // in a direct conversation nobody is removed
            let is_direct = by.room().is_none() && crate::conversations::load(read, id)?.kind == crate::model::ConversationKind::Direct;
            Ok(roster.into_iter().filter(|user| !is_direct && is_gone(user)).collect::<Vec<_>>())
        })
        .await?;
    let conv = conversation_id(id);
    let statement = |user: UserId| {
        let acct = id_of(user);
        Statement { conv, acct, at, sig: key.sign(&Signed::signed(&conv, &acct, at)) }
    };
    Ok(Statements { statements: gone.into_iter().map(statement).collect() })
}
