//! The engine as kronos sets it up: what a template can do, and what it cannot.

use super::shown::{FIELDS, Long, Moment, PLACE};
use super::{Form, TemplateError, Text, time};
use crate::text;
use minijinja::value::{Kwargs, Rest};
use minijinja::{
    AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, Value, escape_formatter,
};
use std::borrow::Cow;
use std::collections::HashMap;
use std::io::Write;
use std::path::Path;

/// So many steps a template takes at most: a long one takes some hundreds.
const FUEL: u64 = 50_000;
/// A template gives at most so many bytes: much more than the most generous service takes.
const LONGEST: usize = 1 << 20;
/// Discord's Markdown, as the engine names it.
const MARKDOWN: AutoEscape = AutoEscape::Custom(Cow::Borrowed("markdown"));

/// Templates that end, with the filters `time`, `unix` and `shorten`. They can include nothing: there are no other templates for them.
pub fn engine() -> Environment<'static> {
    let mut engine = Environment::new();
    engine.set_fuel(Some(FUEL));
    engine.add_filter("time", |value: &Value, format: &str, more: Kwargs| {
        let (zone, language): (Option<&str>, Option<&str>) =
            (more.get("zone")?, more.get("language")?);
        more.assert_all_used()?;
        time::format(&moment(value)?, format, zone, language).map_err(wrong)
    });
    engine.add_filter("unix", |value: &Value| {
        Ok::<_, Error>(moment(value)?.at.timestamp())
    });
    engine.add_filter(
        "shorten",
        |value: &Value, most: usize, Rest(more): Rest<Value>| {
            if !more.is_empty() {
                return Err(wrong("shorten takes one number".into()));
            }
            Ok(match value.downcast_object_ref::<Long>() {
                Some(long) => Value::from_object(long.shortened(most)),
                None => text::cut(&value.to_string(), most).into(),
            })
        },
    );
    engine
}

fn wrong(problem: String) -> Error {
    Error::new(ErrorKind::InvalidOperation, problem)
}

/// A moment, also one in RFC 3339, as programs write it.
fn moment(value: &Value) -> Result<Moment, Error> {
    if let Some(moment) = value.downcast_object_ref::<Moment>() {
        return Ok(moment.clone());
    }
    let written = value.as_str().and_then(Moment::parse);
    written.ok_or_else(|| {
        let given = match value.is_none() {
            true => "nothing".into(),
            false => format!("{value:?}"),
        };
        wrong(format!(
            "{given} is no time; where there may be none write {{% if ends %}}…{{% endif %}}"
        ))
    })
}

/// What a template gave, which it gives piece by piece.
#[derive(Default)]
pub(super) struct Filled(Vec<u8>);

impl Filled {
    /// All of it.
    pub fn text(self) -> String {
        String::from_utf8_lossy(&self.0).into_owned()
    }
}

impl Write for Filled {
    fn write(&mut self, piece: &[u8]) -> std::io::Result<usize> {
        if self.0.len() + piece.len() > LONGEST {
            return Err(std::io::ErrorKind::FileTooLarge.into());
        }
        self.0.extend_from_slice(piece);
        Ok(piece.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// An engine in which values are escaped as the markup of each of `texts` wants, and nothing is undefined.
pub(super) fn for_texts(texts: &'static [Text]) -> Environment<'static> {
    let mut engine = engine();
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    let forms: HashMap<&str, Form> = texts.iter().map(|text| (text.name, text.form)).collect();
    engine.set_auto_escape_callback(move |name| match forms.get(name) {
        Some(Form::Markdown | Form::MarkdownLine) => MARKDOWN,
        Some(Form::Html | Form::HtmlWithDel) => AutoEscape::Html,
        Some(Form::Line | Form::Plain) | None => AutoEscape::None,
    });
    engine.set_formatter(|out, state, value| {
        if value.is_none() {
            return Ok(());
        }
        if let Some(long) = value.downcast_object_ref::<Long>() {
            return Ok(out.write_str(&long.place())?);
        }
        match *state.auto_escape() == MARKDOWN {
            true if value.is_safe() => Ok(write!(out, "{value}")?),
            true => Ok(out.write_str(&text::escape_markdown(&value.to_string()))?),
            false => escape_formatter(out, state, value),
        }
    });
    engine
}

/// Adds the template `source` of `text`, which stands at `path`.
///
/// # Errors
/// It cannot be read as one, or names what there is not.
pub(super) fn add(
    engine: &mut Environment<'static>,
    text: &Text,
    path: &Path,
    source: &str,
) -> Result<(), TemplateError> {
    let cleaned = source.replace(PLACE, "");
    engine
        .add_template_owned(text.name, cleaned)
        .map_err(|error| TemplateError::of(path, source, &error))?;
    let template = engine.get_template(text.name);
    let template = template.map_err(|error| TemplateError::of(path, source, &error))?;
    let mut names: Vec<String> = template.undeclared_variables(false).into_iter().collect();
    names.sort();
    let is_known = |name: &&String| {
        FIELDS.contains(&name.as_str()) || engine.globals().any(|(known, _)| known == *name)
    };
    match names.iter().find(|name| !is_known(name)) {
        None => Ok(()),
        Some(name) => {
            let problem = format!("there is no such field; known are {}", FIELDS.join(", "));
            Err(TemplateError::unknown(path, source, name, problem))
        }
    }
}
