//! Faults of the wire, the disk and the surroundings: whatever happens once, two runs later everything is as the source says.

mod disk;
mod network;
mod secrets;
pub mod stage;
mod wire;
