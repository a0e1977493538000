//! Identifiers: UUID version 7, 16 bytes in the database, text on the wire. One type per thing, so they can't be mixed up.
use crate::db::{FromColumn, Param, ToParam, Value};
use crate::{Code, Result};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids { ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
    $(#[$doc])*
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
    #[serde(transparent)]
    pub struct $name(pub Uuid);

    impl $name {
        /// A new id, made from the present time and random bits.
        pub fn new() -> Self { Self(Uuid::now_v7()) }
    }
    impl Default for $name { fn default() -> Self { Self::new() } }
    impl std::fmt::Display for $name {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { self.0.fmt(f) }
    }
    impl std::str::FromStr for $name {
        type Err = uuid::Error;
        fn from_str(text: &str) -> Result<Self, Self::Err> { text.parse().map(Self) }
    }
    impl ToParam for $name { fn param(&self) -> Param<'_> { Param::Blob(self.0.as_bytes()) } }
    impl FromColumn for $name {
        fn from_column(value: Value<'_>) -> Result<Self> { Uuid::from_column(value).map(Self) }
    }
    impl utoipa::PartialSchema for $name {
        fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
            use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
            ObjectBuilder::new().schema_type(Type::String).format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid))).into()
        }
    }
    impl utoipa::ToSchema for $name {}
    /// As the only parameter of a path it is called `id`.
    impl utoipa::IntoParams for $name {
        fn into_params(_: impl Fn() -> Option<utoipa::openapi::path::ParameterIn>) -> Vec<utoipa::openapi::path::Parameter> {
            use utoipa::openapi::path::{ParameterBuilder, ParameterIn};
            let schema = <Self as utoipa::PartialSchema>::schema();
            vec![ParameterBuilder::new().name("id").parameter_in(ParameterIn::Path).required(utoipa::openapi::Required::True).schema(Some(schema)).build()]
        }
    }
)*}}

ids! {
    /// An account, of a human or an agent.
    UserId,
    /// A device's sign-in: one refresh-token family.
    SessionId,
    /// A community's home.
    ServerId,
    /// A heading in a server's list of rooms.
    CategoryId,
    /// A named set of permissions in a server.
    RoleId,
    /// Whatever holds messages: a room, a direct conversation or a group.
    ConversationId,
    /// A message. Made by the client that sends it, so that a repeated send is the same message.
    MessageId,
    /// An entry of somebody's list of what concerned them.
    NoticeId,
}

/// A room is a conversation of a server and has the conversation's id.
pub type RoomId = ConversationId;

impl MessageId {
    /// Refuses ids that are not UUID version 7 (they sort by time and can't collide by accident).
    pub fn check(self) -> Result<Self> {
        if self.0.get_version_num() == 7 {
            Ok(self)
        } else {
            Err(Code::Invalid.field("id", "must be a UUID of version 7, made by the client"))
        }
    }
}
