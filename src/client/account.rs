//! The account and its devices: beginning, unlocking, pairing, keeping keys fresh, revoking, resetting.
pub mod begin;
pub(crate) mod change;
pub mod devices;
pub mod house;
pub mod pairing;
