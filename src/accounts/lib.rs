//! Accounts: registration, sign-in, sessions, profiles, and the instance's settings and invites.
//!
//! Invariants: the node never sees a password, only a key derived from it, and keeps only a peppered hash of that.
//! Tokens that are handed out (refresh, setup, reset) are kept as hashes. Ending a session takes effect at once.
pub mod access;
pub mod admin;
pub mod audit;
pub mod binary;
pub mod client;
pub mod credentials;
mod http;
pub mod instance;
pub mod invites;
pub mod links;
pub mod login;
pub mod me;
pub mod model;
pub mod operator;
pub mod password;
pub mod picture;
pub mod presence;
pub mod profile;
pub mod refresh;
pub mod register;
pub mod search;
pub mod secret;
pub mod sessions;
pub mod storage;
mod store;
pub mod text;

pub use audit::{Actor, Deed};
pub use http::routes;
pub use instance::instance;
pub use links::ensure_setup_token;
pub use me::{Admin, Me, Moderator, authenticate};
pub use model::{Account, Instance, InstanceRole, PresenceChoice, User, UserType};
pub use operator::create_user;
pub use presence::touch_last_seen;
pub use profile::set_presence_choice;
pub use sessions::{forget_old, load_revoked};
pub use store::users::{account, count_users, find_user, last_seen, load_user, load_users, presence_choice};
