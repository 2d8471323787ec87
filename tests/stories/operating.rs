//! What an operator needs beside the runs themselves: what holds, what is where, a copy, and word of every run.

mod backup;
mod check;
mod log;
mod metrics;
mod ping;
mod status;
mod terminal;
