//! Which messages are meant: shell globs over the tag and over what the data holds.

use crate::stream::Message;
use globset::{Glob, GlobMatcher};
use serde_json::Value;

/// The key of a rule that means the tag and not the data.
const TAG: &str = "tag";

/// A shell glob: `*`, `?`, `[…]` and `{…,…}`. Upper and lower case differ.
#[derive(Debug, Clone)]
pub struct Pattern(GlobMatcher);

impl Pattern {
    /// Reads a glob.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn new(glob: &str) -> Result<Self, String> {
        let glob =
            Glob::new(glob).map_err(|error| format!("{glob:?} is no glob ({})", error.kind()))?;
        Ok(Self(glob.compile_matcher()))
    }

    /// Whether the whole text fits.
    pub fn fits(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

/// All of its keys must fit.
#[derive(Debug, Clone)]
pub struct Rule(Vec<(String, Vec<Pattern>)>);

impl Rule {
    /// A rule of keys and the globs of which one must fit.
    ///
    /// # Errors
    /// What is wrong with a glob.
    pub fn new(keys: Vec<(String, Vec<String>)>) -> Result<Self, String> {
        let compiled = keys.into_iter().map(|(key, globs)| {
            let globs: Result<_, String> = globs.iter().map(|glob| Pattern::new(glob)).collect();
            Ok((key, globs?))
        });
        compiled.collect::<Result<_, _>>().map(Self)
    }

    /// Whether a message is meant. A key that its data lacks does not fit. Of a list in the data every item must fit, and there
    /// must be one.
    pub fn fits(&self, message: &Message) -> bool {
        self.0.iter().all(|(key, patterns)| {
            if key == TAG {
                return any(patterns, message.tag());
            }
            match message.data().get(key) {
                Some(Value::Array(items)) => {
                    !items.is_empty() && items.iter().all(|item| fits(patterns, item))
                }
                Some(value) => fits(patterns, value),
                None => false,
            }
        })
    }
}

fn any(patterns: &[Pattern], text: &str) -> bool {
    patterns.iter().any(|pattern| pattern.fits(text))
}

fn fits(patterns: &[Pattern], value: &Value) -> bool {
    match value {
        Value::String(text) => any(patterns, text),
        Value::Number(_) | Value::Bool(_) => any(patterns, &value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::Draft;
    use serde_json::json;

    fn fits(rule: &[(&str, &[&str])], data: Value) -> bool {
        let message = Message::compose(Draft {
            tag: "_lk.archive.package-built",
            uuid: "u",
            time: "t",
            origin: "o",
            data,
        })
        .unwrap();
        let texts = |globs: &&[&str]| globs.iter().map(|glob| String::from(*glob)).collect();
        let keys = rule
            .iter()
            .map(|(key, globs)| (String::from(*key), texts(globs)));
        Rule::new(keys.collect()).unwrap().fits(&message)
    }

    #[test]
    fn every_key_must_fit_and_one_of_its_globs() {
        let rule: &[(&str, &[&str])] =
            &[("tag", &["_lk.archive.*"]), ("suite", &["stable", "test*"])];
        assert!(fits(rule, json!({"suite": "testing"})));
        assert!(!fits(rule, json!({"suite": "unstable"})));
        assert!(!fits(&[("tag", &["_lk.archive"])], json!({})));
        assert!(fits(&[], json!({})));
    }

    #[test]
    fn a_key_that_the_data_lacks_does_not_fit() {
        for data in [
            json!({}),
            json!({"suite": null}),
            json!({"suite": {}}),
            json!(7),
        ] {
            assert!(!fits(&[("suite", &["*"])], data));
        }
    }

    #[test]
    fn of_a_list_every_item_must_fit() {
        let rule: &[(&str, &[&str])] = &[("suites", &["stable", "testing"])];
        assert!(fits(rule, json!({"suites": ["testing", "stable"]})));
        assert!(!fits(rule, json!({"suites": ["testing", "sid"]})));
        assert!(!fits(rule, json!({"suites": []})));
    }

    #[test]
    fn numbers_and_truths_are_met_as_they_are_written() {
        assert!(fits(
            &[("n", &["1?"]), ("ok", &["true"])],
            json!({"n": 12, "ok": true})
        ));
    }

    #[test]
    fn a_glob_is_a_shells() {
        let pattern = |glob, text| Pattern::new(glob).unwrap().fits(text);
        assert!(pattern("a/*", "a/b/c"));
        assert!(pattern("[ab]?", "bx") && !pattern("[ab]?", "cx"));
        assert!(pattern("{a,b}.c", "b.c") && !pattern("A", "a"));
        assert!(Pattern::new("[").unwrap_err().contains("no glob"));
    }
}
