//! Who is typing: ephemeral, never stored.
use crate::access::member;
use serde::Serialize;
use snug_accounts::Me;
use snug_base::{App, ConversationId, Result, UserId};

#[derive(Serialize)]
struct Typing {
    conversation_id: ConversationId,
    user_id: UserId,
}

/// Tells the others in the conversation that the user is typing, or has stopped. Clients forget it after 8 seconds.
pub async fn set_typing(app: &App, me: Me, conversation: ConversationId, typing: bool) -> Result<()> {
    let by = app.db.read(move |read| member(read, conversation, me.user)).await?;
    by.may_send()?;
    let kind = if typing { "typing.start" } else { "typing.stop" };
    app.signal(by.stream(), Some(me.user), kind, &Typing { conversation_id: conversation, user_id: me.user })
}
