//! `GET /api/v1/conversations/{id}/view`: what a client shows when somebody switches to a conversation, in one request and one
//! read transaction. Switching is the commonest thing that people do.
use crate::{Node, presence};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use snug_accounts::Me;
use snug_base::http::{Json, Path, Problem, Query, Routes};
use snug_base::routes;
use snug_base::{ConversationId, Result, UserId};
use snug_messages::encryption::{self, model::Encryption};
use snug_messages::model::{Conversation, History, HistoryQuery, Message, ReadState};
use snug_messages::{access, conversations, history, pin, receipts};
use snug_realtime::Presence;
use snug_servers::members::{self, Members};
use utoipa::{IntoParams, ToSchema};

/// People beside a room on the first page: what fits on a screen.
const MEMBERS: i64 = 50;

/// Where in the history to open.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ViewQuery {
    /// Messages around this `seq`; the newest unless told.
    #[param(minimum = 0)]
    pub around: Option<i64>,
    /// How many messages, 1 to 100; 50 unless told.
    #[param(minimum = 1, maximum = 100)]
    pub limit: Option<i64>,
}

/// A conversation as it is opened.
#[derive(Serialize, ToSchema)]
pub struct View {
    /// With the people in the messages and in the pins.
    pub history: History,
    pub read_state: ReadState,
    /// The pinned messages, the newest pin first.
    pub pins: Vec<Message>,
    /// A direct conversation or group with its people and how far they have read; null for a room.
    pub conversation: Option<Conversation>,
    /// Of a room too; null: the node can read what is said there.
    pub encryption: Option<Encryption>,
    /// The people beside a room: those who see a private one, or the first page of the server's members; null for others.
    pub members: Option<Members>,
    /// Of the members on that page or of the conversation's people.
    pub presence: Vec<Presence>,
}

/// Routes below /api/v1.
pub fn routes() -> Routes<Node> {
    Routes::new().routes(routes!(get_view))
}

/// What to show on opening a conversation
#[utoipa::path(get, path = "/conversations/{id}/view", tag = "conversations", params(("id" = ConversationId, Path), ViewQuery),
    responses((status = 200, body = View), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn get_view(State(node): State<Node>, me: Me, Path(id): Path<ConversationId>, Query(query): Query<ViewQuery>) -> Result<Json<View>> {
    let query = HistoryQuery { around: query.around, limit: query.limit, ..HistoryQuery::default() }.check()?;
    let presences = node.presences.clone();
    let view = node.app.db.read(move |read| {
        let by = access::member(read, id, me.user)?;
        let pins = pin::pins(read, &by)?;
        let history = history::stretch(read, &by, &query)?;
        let (conversation, members) = match by.room() {
            Some(room) => (None, Some(members::beside(read, room, MEMBERS)?)),
            None => (Some(conversations::load(read, id)?), None),
        };
        let people: Vec<UserId> = match (&conversation, &members) {
            (Some(conversation), _) => conversation.participants.iter().map(|p| p.user_id).collect(),
            (_, Some(page)) => page.members.iter().take(snug_realtime::presence::WATCHED).map(|m| m.user.id).collect(),
            _ => Vec::new(),
        };
        Ok(View {
            history: history::with_people_of(read, history, &pins)?,
            read_state: receipts::read_state(read, me.user, id)?,
            pins,
            encryption: match &conversation {
                Some(conversation) => conversation.encryption.clone(),
                None => encryption::find(read, id)?,
            },
            conversation,
            members,
            presence: presence::states(read, &presences, &people)?,
        })
    });
    view.await.map(Json)
}
