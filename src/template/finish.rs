//! From what a template gave to what is shown: the description in its place, everything safe, and short enough.

use super::Form;
use super::shown::PLACE;
use crate::text::{self, Document, length};

/// After so many attempts to fit the description in it is left out.
const ATTEMPTS: usize = 16;
/// Of the lines behind the first that does not fit so many are tried; strangers may have written thousands.
const TRIES: usize = 200;

/// `filled` as the text of `form`, at most `limit` UTF-16 units long, without white space around it. What is too long is taken
/// from the description first; of the rest, each line that does not fit is left out.
pub(super) fn finish(filled: &str, form: Form, description: &Document, limit: usize) -> String {
    let with = |filled: &str, room: usize| shown(&insert(filled, form, description, room), form);
    let whole = with(filled, limit);
    if length(&whole) <= limit {
        return whole;
    }
    match form {
        Form::Line | Form::MarkdownLine => text::cut(&whole, limit).trim().to_string(),
        Form::Html | Form::HtmlWithDel => fit(&with, filled, limit)
            .unwrap_or_else(|| html(&insert(filled, form, description, 0), form, limit)),
        Form::Plain | Form::Markdown => {
            let kept = lines_that_fit(&with, filled, limit);
            let fitted = fit(&with, &kept, limit);
            fitted.unwrap_or_else(|| text::cut(&with(&kept, 0), limit))
        }
    }
}

/// The longest description with which all is short enough; `None` if it is too long without any.
fn fit(with: &impl Fn(&str, usize) -> String, filled: &str, limit: usize) -> Option<String> {
    let without = length(&with(filled, 0));
    let mut room = limit.checked_sub(without)?;
    for _ in 0..ATTEMPTS {
        let shown = with(filled, room);
        let excess = length(&shown).saturating_sub(limit);
        if excess == 0 {
            return Some(shown);
        }
        room = room.saturating_sub(excess);
    }
    Some(with(filled, 0))
}

/// The lines of `filled` without those that would make it too long even without a description, the first ones first.
fn lines_that_fit(with: &impl Fn(&str, usize) -> String, filled: &str, limit: usize) -> String {
    let fits = |text: &str| length(&with(text, 0)) <= limit;
    let lines = filled.split_inclusive('\n');
    let ends: Vec<usize> = lines
        .scan(0, |end, line| {
            *end += line.len();
            Some(*end)
        })
        .collect();
    // What is shown grows with its lines, so that few looks find the longest beginning that fits, however many lines there are.
    let fitting = ends.partition_point(|end| fits(&filled[..*end]));
    let start = fitting.checked_sub(1).map_or(0, |last| ends[last]);
    let mut kept = filled[..start].to_string();
    for line in filled[start..].lines().take(TRIES) {
        let longer = format!("{kept}{line}\n");
        if fits(&longer) {
            kept = longer;
        }
    }
    kept
}

/// `filled` with the description in its places, each at most `room` units long.
fn insert(filled: &str, form: Form, description: &Document, room: usize) -> String {
    let mut parts = filled.split(PLACE);
    let mut out = String::from(parts.next().unwrap_or_default());
    // Between two signs stands a number, or nothing; behind the second the template goes on.
    while let Some(most) = parts.next() {
        let room = most.parse().map_or(room, |most: usize| most.min(room));
        out.push_str(
            match form {
                Form::Line | Form::Plain => description.to_plain(room),
                Form::MarkdownLine | Form::Markdown => description.to_markdown(room),
                Form::Html => description.to_simple_html(room),
                Form::HtmlWithDel => description.to_html_with_del(room),
            }
            .trim(),
        );
        out.push_str(parts.next().unwrap_or_default());
    }
    out
}

fn shown(text: &str, form: Form) -> String {
    match form {
        Form::Line => text::line(text),
        Form::MarkdownLine => {
            text::tidy_markdown(&text.split_whitespace().collect::<Vec<_>>().join(" "))
        }
        Form::Plain => text::tidy(text),
        Form::Markdown => text::tidy_markdown(text),
        Form::Html | Form::HtmlWithDel => html(text, form, usize::MAX),
    }
}

fn html(text: &str, form: Form, limit: usize) -> String {
    match form {
        Form::HtmlWithDel => Document::html(text).to_html_with_del(limit),
        _ => Document::html(text).to_simple_html(limit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn however_many_lines_there_are_few_are_tried_one_by_one() {
        let tried = Cell::new(0);
        let with = |text: &str, _: usize| {
            tried.set(tried.get() + 1);
            text.to_string()
        };
        let filled = format!("{}{}\nlast\n", "line\n".repeat(10_000), "x".repeat(60_000));
        let kept = lines_that_fit(&with, &filled, 50_010);
        assert_eq!(kept, format!("{}last\n", "line\n".repeat(10_000)));
        let kept = lines_that_fit(&with, &filled, 26);
        assert_eq!(kept, "line\n".repeat(5));
        assert!(tried.get() < 300, "{}", tried.get());
    }
}
