//! What the text looks like, by example.

mod cuts;
mod hostile;
mod markup;
mod strings;

use super::*;

const ALL: usize = usize::MAX;

fn markdown(html: &str) -> String {
    Document::html(html).to_markdown(ALL)
}

fn plain(html: &str) -> String {
    Document::html(html).to_plain(ALL)
}

fn simple(html: &str) -> String {
    Document::html(html).to_simple_html(ALL)
}
