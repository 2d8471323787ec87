//! The same at a real homeserver: what holds against the stand-in holds against Synapse.

use super::{deeds, from_announcement_to_removal, share_to};
use crate::stories::scene::Scene;
use crate::support::matrix::view::{self, Shown};
use crate::support::synapse::{Synapse, User};

/// A room of Alice's at the homeserver, to which kronos is invited; it has a password.
struct Place<'a> {
    synapse: &'a Synapse,
    scene: Scene,
    alice: User,
    kronos: User,
    room: String,
}

impl<'a> Place<'a> {
    fn new(synapse: &'a Synapse, name: &str) -> Self {
        let (mut scene, alice, kronos) =
            (Scene::new(), synapse.user("alice"), synapse.user("kronos"));
        let room = synapse.room(&alice, name);
        synapse.invite(&alice, &room, &kronos);
        share_to(&mut scene, |bare| {
            bare.matrix("room", &synapse.url, &format!("#{name}:kronos.test"))
                .text("consumers.room", "user", &kronos.id)
                .secret("consumers.room", "password", &kronos.password)
        });
        Self {
            synapse,
            scene,
            alice,
            kronos,
            room,
        }
    }

    /// What Alice sees of kronos.
    fn shown(&self) -> Vec<Shown> {
        view::shown(
            &self.synapse.url,
            &self.alice.token,
            &self.room,
            &self.kronos.id,
        )
    }

    /// How many messages and edits kronos made that still say something.
    fn sent(&self) -> usize {
        let events = view::events(&self.synapse.url, &self.alice.token, &self.room);
        let ours = events
            .iter()
            .filter(|event| event["sender"] == self.kronos.id.as_str());
        ours.filter(|event| event["content"]["body"].is_string())
            .count()
    }
}

#[test]
fn a_real_homeserver_shows_the_same() {
    let Some(synapse) = Synapse::start() else {
        return;
    };
    let place = Place::new(&synapse, "story");
    from_announcement_to_removal(&place.scene, &|| place.shown());
    more_than_the_limit_arrives(&Place::new(&synapse, "limit"));
    a_check_knows_it(&place);
}

/// Ten messages are taken at once; the rest has to wait for its turn.
fn more_than_the_limit_arrives(place: &Place<'_>) {
    for number in 0..13 {
        place.scene.event(&format!("Evening {number}"), 3 + number);
    }
    assert_eq!(deeds(&place.scene), ["create done"; 13]);
    assert_eq!((place.shown().len(), place.sent()), (13, 13));
}

fn a_check_knows_it(place: &Place<'_>) {
    let run = place.scene.kronos.command(&["check"]).ends_with(0);
    let known = format!("the homeserver knows us as {}", place.kronos.id);
    for part in [
        "Synapse/",
        known.as_str(),
        "may send messages",
        "can be read",
    ] {
        assert!(run.stdout.contains(part), "{part}: {}", run.stdout);
    }
}
