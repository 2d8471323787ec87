//! kronos, the command.
fn main() {}
