//! Stories about the whole command, told against loopback stand-ins for the services, and tests of the stand-ins themselves.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used)]

mod configuration;
mod dependencies;
mod documentation;
mod faults;
mod house;
mod kill;
mod picture;
mod report;
mod simulation;
mod standins;
mod stories;
mod stream;
mod support;

/// As in the command. The simulation makes and drops many small things.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
