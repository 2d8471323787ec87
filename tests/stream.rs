//! The message stream: relays, listeners and keys, against themselves and against other people's implementations.

mod commands;
mod hostile;
mod interoperability;
mod volume;
