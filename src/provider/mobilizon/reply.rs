//! The envelope of a GraphQL answer.

use crate::text;
use serde::Deserialize;
use serde_json::Value;

/// A GraphQL answer. Data and errors can come together; a document that was refused has no data.
#[derive(Debug, Deserialize)]
pub(super) struct Reply<T> {
    /// What was asked for.
    pub(super) data: Option<T>,
    errors: Option<Vec<GraphError>>,
}

/// One error of an answer. Its message is localised and may be an array, so that only the code decides anything.
#[derive(Debug, Deserialize)]
pub(super) struct GraphError {
    #[serde(default)]
    message: Value,
    #[serde(default)]
    code: Value,
    path: Option<Vec<Value>>,
}

impl GraphError {
    /// The code, e.g. `group_not_found`; errors of validation have none.
    pub(super) fn code(&self) -> Option<&str> {
        self.code.as_str()
    }

    /// Where it happened: aliases, field names and positions. Empty where the whole document was refused.
    pub(super) fn path(&self) -> &[Value] {
        self.path.as_deref().unwrap_or_default()
    }

    /// The message, on one line and of bounded length.
    pub(super) fn text(&self) -> String {
        let text = match &self.message {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        brief(&text)
    }
}

impl<T> Reply<T> {
    /// The errors, in order.
    pub(super) fn errors(&self) -> &[GraphError] {
        self.errors.as_deref().unwrap_or_default()
    }

    /// The first error whose path begins with `field`.
    pub(super) fn error_at(&self, field: &str) -> Option<&GraphError> {
        self.errors()
            .iter()
            .find(|error| error.path().first().and_then(Value::as_str) == Some(field))
    }

    /// Whether the server does not understand the document: it was refused before anything was looked up.
    pub(super) fn is_refused(&self) -> bool {
        self.data.is_none()
            && !self.errors().is_empty()
            && self
                .errors()
                .iter()
                .all(|error| error.code().is_none() && error.path().is_empty())
    }

    /// Whether it was refused because the server is too old to know what we ask for: before 3.1.0 the argument `order`,
    /// somewhat later still the field `externalParticipationUrl`. Messages of validation are not localised.
    pub(super) fn is_too_old(&self) -> bool {
        self.is_refused()
            && self.errors().iter().any(|error| {
                let text = error.message.as_str().unwrap_or_default();
                text.contains("\"order\"") || text.contains("\"externalParticipationUrl\"")
            })
    }
}

/// `text` on one line, at most 200 UTF-16 units.
pub(super) fn brief(text: &str) -> String {
    text::cut(&text::shown(text), 200)
}
