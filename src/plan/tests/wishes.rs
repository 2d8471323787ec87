//! What is wished of an event, by where it stands and for whom the consumer is.

use super::*;
use crate::consumer::Audience;
use crate::event::{Event, Status};
use std::collections::HashSet;

/// An event in groups of the provider `space`, of which `hackerspace` and `cafe` are configured.
struct World {
    event: Event,
    standings: Vec<Standing>,
    audience: Audience,
    ends: DateTime<Utc>,
}

fn standing(group: &str, gone: Option<Absence>) -> Standing {
    Standing {
        provider: "space".into(),
        group: group.into(),
        gone,
    }
}

impl World {
    fn new(standings: Vec<Standing>) -> Self {
        let mut event = crate::hostile::ordinary();
        event.tags = vec!["public".into(), "rust".into()];
        Self {
            event,
            standings,
            audience: Audience::default(),
            ends: at(660),
        }
    }

    fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    fn wished(&self) -> Wished {
        let configured =
            ["hackerspace", "cafe"].map(|group| ("space".to_string(), group.to_string()));
        let shown = Rendering {
            ends: self.ends,
            ..rendering("Rust night")
        };
        let configured: HashSet<_> = configured.into();
        wish(
            &self.event,
            &self.standings,
            &self.audience,
            &configured,
            &shown,
            at(0),
        )
    }

    fn absence(&self) -> Option<Absence> {
        self.wished().wish.absence
    }
}

#[test]
fn an_event_that_stands_in_a_group_is_wished_and_makes_a_delivery() {
    let wished = World::new(vec![standing("hackerspace", None)]).wished();
    assert_eq!(
        (wished.wish.desired, wished.wish.absence, wished.starts),
        (Desired::Present, None, true)
    );
    assert_eq!(wished.wish.hash, rendering("Rust night").hash());
    let cancelled = World::new(vec![standing("hackerspace", None)])
        .with(|world| world.event.status = Status::Cancelled);
    assert_eq!(cancelled.wished().wish.desired, Desired::Cancelled);
}

#[test]
fn what_is_over_or_absent_makes_no_delivery() {
    let over =
        |ends| World::new(vec![standing("hackerspace", None)]).with(|world| world.ends = at(ends));
    assert!(!over(0).wished().starts, "the end is not part of it");
    assert!(over(1).wished().starts);
    let gone = World::new(vec![standing("hackerspace", Some(Absence::Deleted))]).wished();
    assert_eq!((gone.wish.desired, gone.starts), (Desired::Absent, false));
    assert_ne!(gone.wish.hash, rendering("Rust night").hash());
}

#[test]
fn it_stands_while_any_of_its_groups_has_it() {
    let both = |first, second| {
        World::new(vec![
            standing("hackerspace", first),
            standing("cafe", second),
        ])
        .absence()
    };
    assert_eq!(both(Some(Absence::Deleted), None), None);
    assert_eq!(both(None, Some(Absence::Deleted)), None);
    assert_eq!(
        both(Some(Absence::Hidden), Some(Absence::Deleted)),
        Some(Absence::Deleted)
    );
}

#[test]
fn a_group_that_is_not_configured_or_not_meant_counts_for_nothing() {
    let absence = |change: &dyn Fn(&mut World)| {
        World::new(vec![standing("hackerspace", None)])
            .with(|world| change(world))
            .absence()
    };
    let none = Some(Absence::Unconfigured);
    assert_eq!(
        absence(&|world| world.standings[0].group = "chess".into()),
        none
    );
    assert_eq!(
        absence(&|world| world.standings[0].provider = "other".into()),
        none
    );
    assert_eq!(absence(&|world| world.standings.clear()), none);
    assert_eq!(
        absence(&|world| world.audience.groups = Some(vec!["cafe".into()])),
        none
    );
    assert_eq!(
        absence(&|world| world.audience.providers = Some(vec!["other".into()])),
        none
    );
    assert_eq!(
        absence(&|world| world.audience.groups = Some(vec!["cafe".into(), "hackerspace".into()])),
        None
    );
    assert_eq!(
        absence(&|world| world.audience.providers = Some(vec!["other".into(), "space".into()])),
        None
    );
}

#[test]
fn any_of_the_tags_lets_an_event_in() {
    let absence = |tags: &[&str]| {
        let tags = tags.iter().map(|tag| tag.to_string()).collect();
        World::new(vec![standing("hackerspace", None)])
            .with(|world| world.audience.tags = Some(tags))
            .absence()
    };
    assert_eq!(absence(&["private", "rust"]), None);
    assert_eq!(absence(&["private"]), Some(Absence::Filtered));
    assert_eq!(absence(&[]), Some(Absence::Filtered));
}

#[test]
fn what_is_known_by_its_marker_alone_is_on_its_way_out_and_never_made() {
    let nameless = |gone| World::new(vec![standing("", gone)]).wished();
    assert_eq!(
        (nameless(None).wish.absence, nameless(None).starts),
        (Some(Absence::Hidden), false)
    );
    assert_eq!(
        nameless(Some(Absence::Deleted)).wish.absence,
        Some(Absence::Deleted)
    );
    let known = World::new(vec![standing("", None), standing("hackerspace", None)]).wished();
    assert_eq!((known.wish.absence, known.starts), (None, true));
    let first = World::new(vec![
        standing("hackerspace", Some(Absence::Deleted)),
        standing("", None),
    ]);
    assert_eq!(first.absence(), Some(Absence::Deleted));
    let elsewhere = World::new(vec![standing("", None)])
        .with(|world| world.audience.groups = Some(vec!["cafe".into()]));
    assert_eq!(elsewhere.absence(), Some(Absence::Hidden));
    let foreign = World::new(vec![standing("", None)])
        .with(|world| world.audience.providers = Some(vec!["other".into()]));
    assert_eq!(foreign.absence(), Some(Absence::Unconfigured));
}

#[test]
fn where_nobody_looks_any_more_tells_that_it_is_not_configured_whatever_another_group_tells() {
    let both = |last| {
        World::new(vec![
            standing("hackerspace", Some(Absence::Deleted)),
            standing("chess", last),
        ])
        .absence()
    };
    assert_eq!(both(None), Some(Absence::Unconfigured));
    assert_eq!(both(Some(Absence::Hidden)), Some(Absence::Deleted));
}
