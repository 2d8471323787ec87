//! meetup

use super::{Consumer, Kind};
use crate::kind::{KindError, Section};

/// The kind's row in the table.
pub const KIND: Kind = Kind {
    name: "meetup",
    example: "",
    build,
};

fn build(_section: &Section) -> Result<Box<dyn Consumer>, KindError> {
    Err(KindError::value("type", "not built", "wait"))
}
