//! kronos as a whole process against what it may cost: `cargo bench --bench whole` prints the table.
//!
//! `cargo bench --bench whole -- CASE…` measures only the cases whose name holds one of the words. What kronos is compared
//! with, curl and sqlite3, is measured in the same breath, where it is installed. What is printed is the median of several
//! executions (`KRONOS_ROUNDS`, five by default). `KRONOS_PROGRAM` names another build to be measured instead.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used)]

#[path = "whole/cases.rs"]
mod cases;
#[path = "whole/measure.rs"]
mod measure;
#[path = "whole/reshare.rs"]
mod reshare;
#[path = "whole/service.rs"]
mod service;
#[path = "whole/stage.rs"]
mod stage;
/// The stand-ins of the tests.
#[path = "../tests"]
mod tests {
    #[allow(
        unused_imports,
        reason = "the tests need more of the stand-ins than one row"
    )]
    pub mod support;
}
#[path = "whole/table.rs"]
mod table;
#[path = "whole/year.rs"]
mod year;

use tests::support;

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
