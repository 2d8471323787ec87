//! What the stories need: a server that can fail at any byte, stand-ins for the services, and a builder that runs the command.
#![allow(
    dead_code,
    reason = "a stand-in offers what its service offers, whether or not a story asks for it yet"
)]

pub mod client;
pub mod clock;
pub mod contract;
pub mod discord;
pub mod exchange;
pub mod fault;
pub mod graphql;
pub mod kronos;
pub mod matrix;
pub mod meetup;
pub mod mobilizon;
pub mod python;
pub mod server;
pub mod strace;
pub mod stream;
pub mod synapse;
pub mod tls;
pub mod webhook;
