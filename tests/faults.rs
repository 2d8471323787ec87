//! Faults of the wire, the disk and the surroundings: whatever happens once, two runs later everything is as the source says.

mod calendar;
mod calls;
mod disk;
mod network;
mod pictures;
mod secrets;
pub mod stage;
mod tls;
mod wire;
