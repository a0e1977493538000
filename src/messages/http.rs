//! Routes. Each parses, calls one use case and encodes.
use crate::model::{
    Conversation, ConversationEdit, Conversations, DeliveredUpTo, EmojiChoice, History, HistoryQuery, JoinedConversation, Message,
    MessageEdit, NewConversation, NewMessage, NewParticipants, Pins, ReadState, ReadUpTo, SearchQuery, SearchResult, TypingChange,
};
use crate::{conversations, delete, edit, history, pin, react, receipts, search, send, typing};
use axum::extract::State;
use axum::http::StatusCode;
use snug_accounts::Me;
use snug_base::http::{Json, Path, Problem, Query, Routes};
use snug_base::routes;
use snug_base::{App, ConversationId, MessageId, Result, RoomId, UserId};
use snug_crypto::envelope::ENVELOPE_LIMIT;

/// The routes of this domain, below /api/v1.
pub fn routes() -> Routes<App> {
    // a message's envelope may be larger than other requests
    let sending = Routes::new().routes(routes!(send_message)).body_limit(2 * ENVELOPE_LIMIT);
    Routes::new()
        .merge(sending)
        .merge(crate::encryption::http::routes())
        .routes(routes!(list_conversations, begin_conversation))
        .routes(routes!(get_conversation, rename_group))
        .routes(routes!(add_participants))
        .routes(routes!(remove_participant))
        .routes(routes!(list_messages))
        .routes(routes!(list_room_messages))
        .routes(routes!(mark_read))
        .routes(routes!(mark_delivered))
        .routes(routes!(set_typing))
        .routes(routes!(get_message, edit_message, delete_message))
        .routes(routes!(add_reaction, remove_reaction))
        .routes(routes!(pin_message, unpin_message))
        .routes(routes!(list_pins))
        .routes(routes!(search_messages))
}

/// Direct conversations and groups of the user
#[utoipa::path(get, path = "/conversations", tag = "conversations", responses((status = 200, body = Conversations), (status = 401, body = Problem)))]
async fn list_conversations(State(app): State<App>, me: Me) -> Result<Json<Conversations>> {
    conversations::list(&app, me).await.map(Json)
}

/// Begin a direct conversation or a group
///
/// There is one direct conversation per pair of people; asking again answers with it (200).
#[utoipa::path(post, path = "/conversations", tag = "conversations", request_body = NewConversation,
    responses((status = 201, body = JoinedConversation), (status = 200, body = JoinedConversation, description = "It was there already"), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn begin_conversation(
    State(app): State<App>,
    me: Me,
    Json(new): Json<NewConversation>,
) -> Result<(StatusCode, Json<JoinedConversation>)> {
    let begun = conversations::begin(&app, me, new).await?;
    Ok((created(begun.is_new), Json(begun.joined)))
}

/// One direct conversation or group
#[utoipa::path(get, path = "/conversations/{id}", tag = "conversations", params(("id" = ConversationId, Path)), responses((status = 200, body = Conversation), (status = 404, body = Problem)))]
async fn get_conversation(State(app): State<App>, me: Me, Path(id): Path<ConversationId>) -> Result<Json<Conversation>> {
    conversations::get(&app, me, id).await.map(Json)
}

/// Name a group
#[utoipa::path(patch, path = "/conversations/{id}", tag = "conversations", params(("id" = ConversationId, Path)), request_body = ConversationEdit,
    responses((status = 200, body = Conversation), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn rename_group(
    State(app): State<App>,
    me: Me,
    Path(id): Path<ConversationId>,
    Json(change): Json<ConversationEdit>,
) -> Result<Json<Conversation>> {
    conversations::rename(&app, me, id, change.name).await.map(Json)
}

/// Add people to a group
#[utoipa::path(put, path = "/conversations/{id}/members", tag = "conversations", params(("id" = ConversationId, Path)), request_body = NewParticipants,
    responses((status = 200, body = Conversation), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn add_participants(
    State(app): State<App>,
    me: Me,
    Path(id): Path<ConversationId>,
    Json(new): Json<NewParticipants>,
) -> Result<Json<Conversation>> {
    conversations::add(&app, me, id, new.user_ids).await.map(Json)
}

/// Leave a group, or take somebody out of it
#[utoipa::path(delete, path = "/conversations/{id}/members/{user_id}", tag = "conversations", params(("id" = ConversationId, Path), ("user_id" = UserId, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn remove_participant(State(app): State<App>, me: Me, Path((id, user)): Path<(ConversationId, UserId)>) -> Result<StatusCode> {
    conversations::remove(&app, me, id, user).await.map(|()| StatusCode::NO_CONTENT)
}

/// History of a room, direct conversation or group
#[utoipa::path(get, path = "/conversations/{id}/messages", tag = "messages", params(("id" = ConversationId, Path), HistoryQuery),
    responses((status = 200, body = History), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn list_messages(
    State(app): State<App>,
    me: Me,
    Path(id): Path<ConversationId>,
    Query(query): Query<HistoryQuery>,
) -> Result<Json<History>> {
    history::history(&app, me, id, query).await.map(Json)
}

/// History of a room
#[utoipa::path(get, path = "/messages/room/{room_id}", tag = "messages", params(("room_id" = RoomId, Path), HistoryQuery),
    responses((status = 200, body = History), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn list_room_messages(
    State(app): State<App>,
    me: Me,
    Path(id): Path<RoomId>,
    Query(query): Query<HistoryQuery>,
) -> Result<Json<History>> {
    history::history(&app, me, id, query).await.map(Json)
}

/// Mark as read, or as unread
#[utoipa::path(post, path = "/conversations/{id}/read", tag = "conversations", params(("id" = ConversationId, Path)), request_body = ReadUpTo,
    responses((status = 200, body = ReadState), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn mark_read(State(app): State<App>, me: Me, Path(id): Path<ConversationId>, Json(to): Json<ReadUpTo>) -> Result<Json<ReadState>> {
    receipts::mark_read(&app, me, id, to).await.map(Json)
}

/// Say that messages have reached this device
#[utoipa::path(post, path = "/conversations/{id}/delivered", tag = "conversations", params(("id" = ConversationId, Path)), request_body = DeliveredUpTo,
    responses((status = 204), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn mark_delivered(
    State(app): State<App>,
    me: Me,
    Path(id): Path<ConversationId>,
    Json(to): Json<DeliveredUpTo>,
) -> Result<StatusCode> {
    receipts::mark_delivered(&app, me, id, to).await.map(|()| StatusCode::NO_CONTENT)
}

/// Say that the user is typing, or has stopped
#[utoipa::path(post, path = "/conversations/{id}/typing", tag = "conversations", params(("id" = ConversationId, Path)), request_body = TypingChange,
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn set_typing(
    State(app): State<App>,
    me: Me,
    Path(id): Path<ConversationId>,
    Json(change): Json<TypingChange>,
) -> Result<StatusCode> {
    typing::set_typing(&app, me, id, change.typing).await.map(|()| StatusCode::NO_CONTENT)
}

/// Send a message
///
/// The client makes the id. The same id again is the same message: it is answered with 200 and nothing changes.
#[utoipa::path(post, path = "/messages", tag = "messages", request_body = NewMessage,
    responses((status = 201, body = Message), (status = 200, body = Message, description = "It had been sent already"), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn send_message(State(app): State<App>, me: Me, Json(new): Json<NewMessage>) -> Result<(StatusCode, Json<Message>)> {
    let sent = send::send(&app, me, new).await?;
    Ok((created(sent.is_new), Json(sent.message)))
}

/// One message
#[utoipa::path(get, path = "/messages/{id}", tag = "messages", params(("id" = MessageId, Path)), responses((status = 200, body = Message), (status = 404, body = Problem)))]
async fn get_message(State(app): State<App>, me: Me, Path(id): Path<MessageId>) -> Result<Json<Message>> {
    history::message(&app, me, id).await.map(Json)
}

/// Edit one's own message
#[utoipa::path(patch, path = "/messages/{id}", tag = "messages", params(("id" = MessageId, Path)), request_body = MessageEdit,
    responses((status = 200, body = Message), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn edit_message(State(app): State<App>, me: Me, Path(id): Path<MessageId>, Json(change): Json<MessageEdit>) -> Result<Json<Message>> {
    edit::edit(&app, me, id, change.content).await.map(Json)
}

/// Delete a message
#[utoipa::path(delete, path = "/messages/{id}", tag = "messages", params(("id" = MessageId, Path)),
    responses((status = 200, body = Message), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn delete_message(State(app): State<App>, me: Me, Path(id): Path<MessageId>) -> Result<Json<Message>> {
    delete::delete(&app, me, id).await.map(Json)
}

/// React to a message
#[utoipa::path(post, path = "/messages/{id}/react", tag = "messages", params(("id" = MessageId, Path)), request_body = EmojiChoice,
    responses((status = 200, body = Message), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn add_reaction(State(app): State<App>, me: Me, Path(id): Path<MessageId>, Json(choice): Json<EmojiChoice>) -> Result<Json<Message>> {
    react::react(&app, me, id, choice.emoji).await.map(Json)
}

/// Take one's reaction away
#[utoipa::path(delete, path = "/messages/{id}/react", tag = "messages", params(("id" = MessageId, Path), EmojiChoice),
    responses((status = 200, body = Message), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn remove_reaction(
    State(app): State<App>,
    me: Me,
    Path(id): Path<MessageId>,
    Query(choice): Query<EmojiChoice>,
) -> Result<Json<Message>> {
    react::unreact(&app, me, id, choice.emoji).await.map(Json)
}

/// Pin a message
///
/// In rooms it needs the permission manage_messages. A conversation has at most 100 pins.
#[utoipa::path(put, path = "/messages/{id}/pin", tag = "messages", params(("id" = MessageId, Path)),
    responses((status = 200, body = Message), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn pin_message(State(app): State<App>, me: Me, Path(id): Path<MessageId>) -> Result<Json<Message>> {
    pin::pin(&app, me, id).await.map(Json)
}

/// Take a message's pin away
#[utoipa::path(delete, path = "/messages/{id}/pin", tag = "messages", params(("id" = MessageId, Path)),
    responses((status = 200, body = Message), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn unpin_message(State(app): State<App>, me: Me, Path(id): Path<MessageId>) -> Result<Json<Message>> {
    pin::unpin(&app, me, id).await.map(Json)
}

/// The pinned messages of a room, direct conversation or group
#[utoipa::path(get, path = "/conversations/{id}/pins", tag = "messages", params(("id" = ConversationId, Path)),
    responses((status = 200, body = Pins), (status = 404, body = Problem)))]
async fn list_pins(State(app): State<App>, me: Me, Path(id): Path<ConversationId>) -> Result<Json<Pins>> {
    pin::list(&app, me, id).await.map(Json)
}

/// Search in all messages that the user may read
///
/// In the 500 conversations of the user with the newest messages, unless a conversation or server is named.
#[utoipa::path(get, path = "/search", tag = "search", params(SearchQuery),
    responses((status = 200, body = SearchResult), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn search_messages(State(app): State<App>, me: Me, Query(query): Query<SearchQuery>) -> Result<Json<SearchResult>> {
    search::search(&app, me, query).await.map(Json)
}

fn created(is_new: bool) -> StatusCode {
    if is_new { StatusCode::CREATED } else { StatusCode::OK }
}
