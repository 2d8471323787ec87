//! kronos as a whole process against what it may cost: `cargo bench --bench whole` prints the table.
//!
//! `cargo bench --bench whole -- CASE…` measures only the cases whose name holds one of the words; `large` belongs to those that
//! take minutes and are left out otherwise. curl, sqlite3 and mobilizon-reshare are measured in the same breath where they are
//! installed. What is printed is the median of several executions (`KRONOS_ROUNDS`, five by default).
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used)]

#[path = "whole/cases.rs"]
mod cases;
#[path = "whole/measure.rs"]
mod measure;
#[path = "whole/service.rs"]
mod service;
#[path = "whole/stage.rs"]
mod stage;
#[path = "whole/table.rs"]
mod table;

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|word| word != "--bench");
    match arguments.next().as_deref() {
        Some("serve") => service::serve(),
        Some("launch") => measure::launch(arguments),
        first => cases::all(
            &first
                .into_iter()
                .map(String::from)
                .chain(arguments)
                .collect::<Vec<_>>(),
        ),
    }
}
