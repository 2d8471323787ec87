//! What holds whatever stands in a template, of what it gives for whatever event.

use super::{Folder, Form, Templates, Text};
use crate::event::Event;
use crate::hostile::{event_of, sentence, shows_with};
use crate::text::length;
use crate::text::oracle::{deceives, masks, mentions, text_of};

/// Texts of every form.
pub(super) const TEXTS: &[Text] = &[
    text("t.line", Form::Line),
    text("t.title", Form::MarkdownLine),
    text("t.plain", Form::Plain),
    text("t.markdown", Form::Markdown),
    text("t.html", Form::Html),
    text("t.with_del", Form::HtmlWithDel),
];

const fn text(name: &'static str, form: Form) -> Text {
    Text {
        name,
        form,
        shipped: "",
    }
}

/// What the program says of itself.
const OWN: &str = "own";

/// The most that texts may be long, a template's source, the byte that no text holds, and an event.
pub(crate) fn holds(bytes: &[u8]) {
    let (limit, bytes) = bytes.split_first().unwrap_or((&0, bytes));
    let mut parts = bytes.splitn(2, |byte| *byte == 0xff);
    let source = String::from_utf8_lossy(parts.next().unwrap_or_default());
    if grows(&source) {
        return;
    }
    let event = event_of(parts.next().unwrap_or_default());
    // Shorter ones no service has.
    let limit = usize::from(*limit).max(OWN.len());
    for text in TEXTS {
        one(text, &source, &event, limit);
    }
    shows_with(&source, &event);
}

/// One text: short enough, harmless and the same each time, or in one line what is wrong.
fn one(text: &Text, source: &str, event: &Event, limit: usize) {
    let folder = Folder::of_one(std::slice::from_ref(text), source);
    let templates = match Templates::load(TEXTS, &[&folder]) {
        Ok(templates) => templates,
        Err(error) => return sentence(&error.to_string()),
    };
    let mut page = templates.page(event, Some("24h"));
    let shown = page.text(text, limit, || OWN.into());
    if let Some(problem) = page.problem() {
        sentence(&problem);
        assert_eq!(shown, OWN);
    }
    assert_eq!(shown, page.text(text, limit, || OWN.into()), "once more");
    assert!(length(&shown) <= limit, "{limit}: {shown:?}");
    assert!(!deceives(&shown), "{shown:?}");
    assert_eq!(shown.trim(), shown);
    match text.form {
        Form::Line | Form::MarkdownLine => {
            assert!(!shown.is_empty() && !shown.contains('\n'), "{shown:?}");
            assert!(!mentions(&shown), "{shown:?}");
        }
        Form::Plain | Form::Markdown => assert!(!mentions(&shown), "{shown:?}"),
        Form::Html | Form::HtmlWithDel => {
            // The one element that is not among those of every service.
            let read = text_of(&shown.replace("<del>", "").replace("</del>", ""));
            assert!(
                shown == "…" || read.as_deref().is_some_and(|read| !mentions(read)),
                "{shown:?}"
            );
            assert!(!masks(&shown), "{shown:?}");
        }
    }
    if matches!(text.form, Form::MarkdownLine | Form::Markdown) {
        assert!(!shown.contains("]("), "{shown:?}");
    }
}

/// Whether `source` can make values so large that they fill the memory before they are shown: the engine counts a template's steps,
/// not how large its values become (docs/templates.md). Such a template is a mistake of the operator's, whose machine it is.
fn grows(source: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || "_.".contains(c);
    let words = || source.split(|c| !is_word(c));
    let is_large = |word: &str| word.len() > 2 && word.starts_with(|c: char| c.is_numeric());
    let signs = source.matches(['~', '+', '*']).count();
    let names = words().filter(|word| GROWING.contains(word)).count();
    words().any(is_large) || signs + names > 2
}

/// Names by which a value becomes a larger one, or a number.
const GROWING: &[&str] = &[
    "batch",
    "filter",
    "format",
    "indent",
    "int",
    "join",
    "namespace",
    "recursive",
    "replace",
    "set",
    "slice",
    "unix",
    "with",
];
