//! The stand-ins are tested too: a story is only as good as the world it plays in.

mod discord;
mod examples;
mod kronos;
mod meetup;
mod mobilizon;
mod server;
