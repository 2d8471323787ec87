//! The stand-ins are tested too: a story is only as good as the world it plays in.

mod discord;
mod examples;
mod mobilizon;
mod server;
