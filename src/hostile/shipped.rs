//! The templates that ship say what the program says without any: who begins with one changes nothing.

use super::event;
use super::shown::consumers;
use super::tests::corpus;
use crate::consumer::Consumer;
use crate::event::Event;
use crate::template::Folder;
use crate::text::web;

/// A consumer without templates, and the same with those that ship.
struct Pair {
    kind: &'static str,
    own: Box<dyn Consumer>,
    shipped: Box<dyn Consumer>,
}

fn pairs() -> Vec<Pair> {
    let shipped = consumers(|texts| Some(Folder::shipped(texts)));
    let own = consumers(|_| None).into_iter().zip(shipped);
    own.map(|((kind, own), (_, shipped))| Pair { kind, own, shipped })
        .collect()
}

impl Pair {
    fn say_the_same(&self, event: &Event) {
        if self.is_odd(event) {
            return;
        }
        let (shipped, own) = (self.shipped.render(event), self.own.render(event));
        let (left, right) = (shipped.payload.to_string(), own.payload.to_string());
        let same = left.chars().zip(right.chars()).take_while(|(a, b)| a == b);
        let from = same.count().saturating_sub(60);
        let differ = |text: &str| text.chars().skip(from).take(200).collect::<String>();
        assert_eq!(differ(&left), differ(&right), "{}", self.kind);
        assert!(shipped == own, "{}", self.kind);
    }

    /// What docs/templates.md says of the two ways in which they differ.
    fn is_odd(&self, event: &Event) -> bool {
        match self.kind {
            // In HTML an address becomes a link wherever it stands, which the program does of itself for a description only.
            "matrix" => event.title.contains("://"),
            // Templates are given addresses in the form that is safe everywhere.
            "ical" => [&event.online, &event.participation]
                .into_iter()
                .flatten()
                .any(|url| web(url).as_ref() != Some(url)),
            _ => false,
        }
    }
}

#[test]
fn of_whatever_strangers_write() {
    let pairs = pairs();
    for (path, bytes) in corpus("event") {
        println!("{}", path.display());
        let event = event::event(&bytes);
        pairs.iter().for_each(|pair| pair.say_the_same(&event));
    }
}

/// Every kind of an ordinary event.
#[test]
fn of_what_was_written_without_ill_will() {
    let pairs = pairs();
    let words: &[u8] = b"Rust night\xff<p>Bring a <b>laptop</b>.</p>\xffHall\xffSteinstr. 23\xffKarlsruhe\xff\xff\xffhttps://meet.example/a\xffhttps://tickets.example/b";
    for kind in 0..=u8::MAX {
        for words in [words, b"x"] {
            let event = event::event(&[&[kind], words].concat());
            pairs.iter().for_each(|pair| pair.say_the_same(&event));
        }
    }
}
