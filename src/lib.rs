//! kronos shares a community's events between services.
#![forbid(unsafe_code)]
#![cfg_attr(any(test, fuzzing), allow(clippy::unwrap_used))]

pub mod check;
pub mod cli;
pub mod clock;
pub mod config;
pub mod consumer;
pub mod delivery;
pub mod duration;
pub mod event;
pub mod exit;
#[cfg(any(test, fuzzing))]
pub mod hostile;
pub mod http;
pub mod kind;
pub mod listen;
pub mod matrix;
pub mod monitor;
pub mod picture;
pub mod plan;
pub mod provider;
pub mod relay;
pub mod report;
pub mod rule;
pub mod secret;
pub mod status;
pub mod store;
pub mod stream;
pub mod sync;
pub mod template;
#[cfg(any(test, fuzzing))]
mod testing;
pub mod text;
pub mod zmtp;
