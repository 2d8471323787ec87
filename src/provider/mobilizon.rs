//! mobilizon

use super::{Kind, Provider};
use crate::kind::{KindError, Section};

/// The kind's row in the table.
pub const KIND: Kind = Kind {
    name: "mobilizon",
    example: "",
    build,
};

fn build(_section: &Section) -> Result<Box<dyn Provider>, KindError> {
    Err(KindError::value("type", "not built", "wait"))
}
