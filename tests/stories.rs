//! What people rely on, told as stories: a community's Mobilizon, the real command, and the places it shares to.

mod calendar;
mod channel;
mod everyday;
mod guards;
mod limits;
mod long_run;
mod matrix;
mod meetup;
mod operating;
mod preview;
mod recovery;
pub mod scene;
mod stream;
mod templates;
mod webhook;
