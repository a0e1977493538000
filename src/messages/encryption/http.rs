//! Routes of encrypted conversations. Each parses, calls one use case and encodes.
use super::model::{
    Changed, ChangedEncryption, ConversationChange, ConversationLinks, ConversationRewraps, DeliveredKeys, EncryptedConversation,
    JoinRequests, LinksChange, MissingEpochs, NewEnvelope, NewReport, ReceivedKeys, ReportClosing, ReportState, Reports, RewrapRequests,
    Statements, WaitingKeys,
};
use super::{begin, envelopes, keys, links, reports, rooms};
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use snug_accounts::{Me, Moderator};
use snug_base::http::{Json, Path, Problem, Query, Routes};
use snug_base::routes;
use snug_base::{App, ConversationId, Result};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// The largest request about keys: wraps for a conversation with as many members as there may be.
const BODY_BYTES: usize = 1024 * 1024;

/// The routes of encrypted conversations, below /api/v1.
pub fn routes() -> Routes<App> {
    Routes::new()
        .routes(routes!(begin_encrypted))
        .routes(routes!(get_conversation_log))
        .routes(routes!(append_links))
        .routes(routes!(list_keys, deliver_keys))
        .routes(routes!(acknowledge_keys))
        .routes(routes!(list_rewraps, ask_for_keys))
        .routes(routes!(list_all_rewraps))
        .routes(routes!(list_join_requests, ask_to_join))
        .routes(routes!(list_statements))
        .routes(routes!(submit_envelope))
        .routes(routes!(report_messages))
        .routes(routes!(list_reports))
        .routes(routes!(close_report))
        .body_limit(BODY_BYTES)
}

/// Where in a log to begin.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct From {
    /// The first link; 0 unless told.
    #[serde(default)]
    #[param(minimum = 0)]
    from: u64,
}

/// Which secrets to fetch.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Epochs {
    /// At most 100 numbers; all that wait unless told.
    #[param(example = "1,2,3")]
    epochs: Option<String>,
}

/// Which reports to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ReportsQuery {
    /// All unless told.
    #[param(inline)]
    state: Option<ReportState>,
}

/// A report that was taken.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportId {
    pub id: Uuid,
}

/// Begin an encrypted conversation, or encrypt one for good
///
/// With the id of a plain conversation or room it is that one which becomes encrypted. The same `create` link again is answered with 200.
#[utoipa::path(post, path = "/e2ee/conversations", tag = "encryption", request_body = ConversationChange,
    responses((status = 201, body = EncryptedConversation), (status = 200, body = EncryptedConversation, description = "It was there already"), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
async fn begin_encrypted(
    State(app): State<App>,
    me: Me,
    Json(change): Json<ConversationChange>,
) -> Result<(StatusCode, Json<EncryptedConversation>)> {
    let begun = begin::begin(&app, me, change).await?;
    Ok((if begun.is_new { StatusCode::CREATED } else { StatusCode::OK }, Json(begun.conversation)))
}

/// A conversation's log, 500 links at a time
#[utoipa::path(get, path = "/e2ee/conversations/{id}", tag = "encryption", params(("id" = ConversationId, Path), From),
    responses((status = 200, body = ConversationLinks), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn get_conversation_log(
    State(app): State<App>,
    me: Me,
    Path(id): Path<ConversationId>,
    Query(query): Query<From>,
) -> Result<Json<ConversationLinks>> {
    links::list(&app, me, id, query.from).await.map(Json)
}

/// Go on with a conversation's log
///
/// All or nothing. A new epoch comes with wraps for everybody else in the roster, and with its maker's vault item.
#[utoipa::path(post, path = "/e2ee/conversations/{id}/links", tag = "encryption", params(("id" = ConversationId, Path)), request_body = LinksChange,
    responses((status = 200, body = ChangedEncryption), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
async fn append_links(
    State(app): State<App>,
    me: Me,
    Path(id): Path<ConversationId>,
    Json(change): Json<LinksChange>,
) -> Result<Json<ChangedEncryption>> {
    links::append(&app, me, id, change).await.map(Json)
}

/// Secrets of epochs that wait for the own account
#[utoipa::path(get, path = "/e2ee/conversations/{id}/keys", tag = "encryption", params(("id" = ConversationId, Path), Epochs),
    responses((status = 200, body = WaitingKeys), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn list_keys(
    State(app): State<App>,
    me: Me,
    Path(id): Path<ConversationId>,
    Query(query): Query<Epochs>,
) -> Result<Json<WaitingKeys>> {
    keys::waiting(&app, me, id, query.epochs).await.map(Json)
}

/// Deliver secrets of epochs to other members
#[utoipa::path(post, path = "/e2ee/conversations/{id}/keys", tag = "encryption", params(("id" = ConversationId, Path)), request_body = DeliveredKeys,
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn deliver_keys(
    State(app): State<App>,
    me: Me,
    Path(id): Path<ConversationId>,
    Json(delivered): Json<DeliveredKeys>,
) -> Result<StatusCode> {
    keys::deliver(&app, me, id, delivered).await.map(|()| StatusCode::NO_CONTENT)
}

/// Put received secrets into the vault
///
/// What waited is forgotten then. An item that is in the vault already, with any revision, is fine.
#[utoipa::path(post, path = "/e2ee/conversations/{id}/keys/ack", tag = "encryption", params(("id" = ConversationId, Path)), request_body = ReceivedKeys,
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn acknowledge_keys(
    State(app): State<App>,
    me: Me,
    Path(id): Path<ConversationId>,
    Json(received): Json<ReceivedKeys>,
) -> Result<StatusCode> {
    keys::acknowledge(&app, me, id, received).await.map(|()| StatusCode::NO_CONTENT)
}

/// Which secrets other members ask for
#[utoipa::path(get, path = "/e2ee/conversations/{id}/rewrap", tag = "encryption", params(("id" = ConversationId, Path)),
    responses((status = 200, body = RewrapRequests), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn list_rewraps(State(app): State<App>, me: Me, Path(id): Path<ConversationId>) -> Result<Json<RewrapRequests>> {
    keys::asked(&app, me, id).await.map(Json)
}

/// Ask other members for secrets of epochs
///
/// At most 60 times an hour. A request is kept until it is answered, or 30 days.
#[utoipa::path(post, path = "/e2ee/conversations/{id}/rewrap", tag = "encryption", params(("id" = ConversationId, Path)), request_body = MissingEpochs,
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
async fn ask_for_keys(
    State(app): State<App>,
    me: Me,
    Path(id): Path<ConversationId>,
    Json(missing): Json<MissingEpochs>,
) -> Result<StatusCode> {
    keys::ask(&app, me, id, missing).await.map(|()| StatusCode::NO_CONTENT)
}

/// Which secrets members of all own conversations ask for
#[utoipa::path(get, path = "/e2ee/rewraps", tag = "encryption",
    responses((status = 200, body = ConversationRewraps), (status = 401, body = Problem)))]
async fn list_all_rewraps(State(app): State<App>, me: Me) -> Result<Json<ConversationRewraps>> {
    keys::asked_everywhere(&app, me).await.map(Json)
}

/// Who asks to be let into an encrypted room
#[utoipa::path(get, path = "/e2ee/conversations/{id}/request", tag = "encryption", params(("id" = ConversationId, Path)),
    responses((status = 200, body = JoinRequests), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn list_join_requests(State(app): State<App>, me: Me, Path(id): Path<ConversationId>) -> Result<Json<JoinRequests>> {
    rooms::requests(&app, me, id).await.map(Json)
}

/// Ask to be let into an encrypted room that one sees
#[utoipa::path(post, path = "/e2ee/conversations/{id}/request", tag = "encryption", params(("id" = ConversationId, Path)),
    responses((status = 204), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn ask_to_join(State(app): State<App>, me: Me, Path(id): Path<ConversationId>) -> Result<StatusCode> {
    rooms::ask(&app, me, id).await.map(|()| StatusCode::NO_CONTENT)
}

/// The node's word about members who are to go
///
/// Of people who do not see the room any more, or whose account is disabled. Any member may put one into a `remove` link.
#[utoipa::path(get, path = "/e2ee/conversations/{id}/statements", tag = "encryption", params(("id" = ConversationId, Path)),
    responses((status = 200, body = Statements), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn list_statements(State(app): State<App>, me: Me, Path(id): Path<ConversationId>) -> Result<Json<Statements>> {
    rooms::statements(&app, me, id).await.map(Json)
}

/// Edit, delete, react to or note something about an encrypted message, or name the conversation
///
/// The same envelope id again is answered again and changes nothing.
#[utoipa::path(post, path = "/e2ee/envelopes", tag = "encryption", request_body = NewEnvelope,
    responses((status = 200, body = Changed), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn submit_envelope(State(app): State<App>, me: Me, Json(new): Json<NewEnvelope>) -> Result<Json<Changed>> {
    envelopes::submit(&app, me, new.envelope).await.map(Json)
}

/// Show encrypted messages to the moderators
///
/// The key of a message opens that message and nothing else.
#[utoipa::path(post, path = "/e2ee/reports", tag = "encryption", request_body = NewReport,
    responses((status = 201, body = ReportId), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn report_messages(State(app): State<App>, me: Me, Json(new): Json<NewReport>) -> Result<(StatusCode, Json<ReportId>)> {
    reports::report(&app, me, new).await.map(|id| (StatusCode::CREATED, Json(ReportId { id })))
}

/// Reports, the newest 200
#[utoipa::path(get, path = "/admin/reports", tag = "admin", params(ReportsQuery),
    responses((status = 200, body = Reports), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn list_reports(State(app): State<App>, by: Moderator, Query(query): Query<ReportsQuery>) -> Result<Json<Reports>> {
    reports::list(&app, by, query.state).await.map(Json)
}

/// Close a report
#[utoipa::path(post, path = "/admin/reports/{id}/close", tag = "admin", params(("id" = Uuid, Path)), request_body = ReportClosing,
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn close_report(
    State(app): State<App>,
    by: Moderator,
    Path(id): Path<Uuid>,
    Json(closing): Json<ReportClosing>,
) -> Result<StatusCode> {
    reports::close(&app, by, id, closing).await.map(|()| StatusCode::NO_CONTENT)
}
