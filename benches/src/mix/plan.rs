//! What a mix is to do, and what it found.
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use uuid::Uuid;

/// What to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Plan {
    pub address: SocketAddr,
    pub is_tls: bool,
    /// Actions a second, of all devices together.
    pub rate: f64,
    pub warmup_s: f64,
    pub seconds: f64,
    pub seed: u64,
    pub devices: Vec<DevicePlan>,
    /// Words that people search for.
    pub searches: Vec<String>,
    /// Whether the node has a search yet.
    pub has_search: bool,
    /// Whether a room is opened with one request, or with a stretch of history.
    pub has_view: bool,
}

/// A device that is signed in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DevicePlan {
    pub user: Uuid,
    pub token: String,
    pub places: Vec<Place>,
    /// People whose presence it shows.
    pub watches: Vec<Uuid>,
}

/// A conversation that the device's user is in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Place {
    pub id: Uuid,
    pub kind: PlaceKind,
    pub last_seq: i64,
    /// The other person of a direct conversation.
    pub partner: Option<Uuid>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PlaceKind {
    Room,
    Direct,
    Group,
}

/// What is timed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Action {
    Switch,
    History,
    Around,
    Sync,
    Direct,
    Post,
    Delivery,
    Typing,
    Receipt,
    ReceiptSeen,
    Presence,
    Profile,
    Reaction,
    Edit,
    Search,
    Reconnect,
}

impl Action {
    /// For people, with what the time is between.
    pub fn title(self) -> &'static str {
        match self {
            Action::Switch => "room switch",
            Action::History => "history of 50",
            Action::Around => "history around a message",
            Action::Sync => "conversation list (/sync)",
            Action::Direct => "open a direct conversation",
            Action::Post => "send to acknowledgement",
            Action::Delivery => "send to delivery on another device",
            Action::Typing => "typing, seen by another device",
            Action::Receipt => "read receipt to answer",
            Action::ReceiptSeen => "read receipt, seen by the other person",
            Action::Presence => "presence change, seen by another device",
            Action::Profile => "profile",
            Action::Reaction => "reaction to answer",
            Action::Edit => "edit to answer",
            Action::Search => "search",
            Action::Reconnect => "reconnect and catch up",
        }
    }

    /// The most that its p99 may be, in milliseconds.
    pub fn goal_ms(self) -> Option<f64> {
        match self {
            Action::Switch => Some(10.0),
            Action::Post => Some(100.0),
            Action::Delivery => Some(500.0),
            Action::Typing | Action::Profile | Action::Search => Some(50.0),
            Action::ReceiptSeen | Action::History | Action::Around => Some(200.0),
            Action::Presence => Some(1_000.0),
            Action::Sync => Some(100.0),
            Action::Reconnect => Some(5_000.0),
            Action::Direct | Action::Receipt | Action::Reaction | Action::Edit => None,
        }
    }
}

/// The times of one kind of action.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ActionTimes {
    pub action: Action,
    pub count: u64,
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub max_ms: f64,
}

/// What a mix found.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Report {
    pub times: Vec<ActionTimes>,
    /// Answers that said no.
    pub refused: u64,
    /// The first of them.
    pub refusal: String,
    /// Actions that were never answered.
    pub unanswered: u64,
    /// Sockets that the node closed.
    pub cut_off: u64,
    /// The latest that the load generator itself was.
    pub latest_ms: f64,
}
