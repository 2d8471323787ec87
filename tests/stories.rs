//! What people rely on, told as stories: a community's Mobilizon, the real command, and the places it shares to.

mod everyday;
mod guards;
mod preview;
mod recovery;
mod scene;
