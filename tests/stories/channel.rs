//! Announcements in a Discord channel: made once, kept as the event is, and reminded of.

use super::scene::in_days;
use crate::support::contract::discord_problems;
use crate::support::discord::{Discord, Message};
use crate::support::fault::{Fault, When};
use crate::support::kronos::{Death, Kronos};
use crate::support::mobilizon::Mobilizon;
use chrono::Duration;

struct Scene {
    mobilizon: Mobilizon,
    discord: Discord,
    kronos: Kronos,
}

impl Scene {
    fn with(consumer: impl FnOnce(Kronos, &Discord) -> Kronos) -> Self {
        let (mobilizon, discord) = (Mobilizon::start(), Discord::start());
        mobilizon.group("hackerspace");
        let kronos = Kronos::new().mobilizon("space", &mobilizon, &["hackerspace"]);
        Self {
            kronos: consumer(kronos, &discord),
            mobilizon,
            discord,
        }
    }

    fn new() -> Self {
        Self::with(|kronos, discord| kronos.discord_channel("news", discord))
    }

    fn hook() -> Self {
        Self::with(|kronos, discord| kronos.discord_webhook("news", discord))
    }

    fn event(&self, title: &str, hours: i64) -> String {
        let begins = in_days(0) + Duration::hours(hours);
        self.mobilizon.event("hackerspace", |entry| {
            let ends = begins + Duration::hours(3);
            entry.title(title).begins(begins).ends(ends)
        })
    }

    fn titles(&self) -> Vec<String> {
        let messages = self.discord.messages();
        messages.iter().map(|it| it.title().to_string()).collect()
    }

    /// Every message that was sent or edited, in the form that Discord publishes of its interface.
    #[track_caller]
    fn spoke_as_the_contract_has_it(&self) {
        let mut held = 0;
        for request in self.discord.server.requests(0) {
            let (_, path) = request.path.split_once("/v10").unwrap();
            let parts: Vec<&str> = path.split('/').skip(1).collect();
            let path = match parts[..] {
                ["channels", _, "messages"] => "/channels/{channel_id}/messages",
                ["channels", _, "messages", _] => "/channels/{channel_id}/messages/{message_id}",
                ["webhooks", _, _] => "/webhooks/{webhook_id}/{webhook_token}",
                ["webhooks", _, _, "messages", _] => {
                    "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}"
                }
                _ => continue,
            };
            if request.body.is_empty() {
                continue;
            }
            let body = serde_json::from_slice(&request.body).unwrap();
            let problems = discord_problems(&request.method.to_lowercase(), path, &body);
            assert!(problems.is_empty(), "{path}: {problems:?} in {body}");
            held += 1;
        }
        assert!(held >= 4, "{held}");
    }

    /// Of the whole story: nobody was called.
    fn only(&self) -> Message {
        assert_eq!(self.discord.calls(), 0, "a text could call people");
        let messages = self.discord.messages();
        let [message] = messages.as_slice() else {
            panic!("{messages:?}")
        };
        message.clone()
    }
}

#[test]
fn a_message_is_made_edited_marked_when_cancelled_and_removed_when_deleted() {
    for scene in [Scene::new(), Scene::hook()] {
        let uuid = scene.event("Rust night", 48);
        scene.kronos.run().ends_with(0);
        let first = scene.only();
        assert_eq!(first.title(), "Rust night");
        assert_eq!(first.embeds[0]["url"], scene.mobilizon.event_url(&uuid));
        scene
            .mobilizon
            .edit(&uuid, |entry| entry.title("Rust evening"));
        scene.kronos.run().ends_with(0);
        assert_eq!(scene.only().title(), "Rust evening");
        scene.mobilizon.cancel(&uuid);
        scene.kronos.run().ends_with(0);
        let cancelled = scene.only();
        assert_eq!(cancelled.title(), "Cancelled: Rust evening");
        assert_eq!(cancelled.id, first.id, "it is the same message");
        scene.mobilizon.confirm(&uuid);
        scene.kronos.run().ends_with(0);
        assert_eq!(scene.only().title(), "Rust evening");
        scene.mobilizon.delete(&uuid);
        scene.kronos.run().ends_with(0);
        assert_eq!(scene.titles(), Vec::<String>::new());
        let before = scene.discord.server.count();
        scene.kronos.run().ends_with(0);
        assert_eq!(scene.discord.server.count(), before, "it is at rest");
        scene.spoke_as_the_contract_has_it();
    }
}

#[test]
fn what_lies_further_ahead_waits_and_what_was_announced_stays_when_it_is_postponed() {
    let scene = Scene::new();
    let uuid = scene.event("Congress", 24 * 40);
    let run = scene.kronos.run().ends_with(0);
    assert_eq!(run.deeds("news"), ["create waiting"]);
    assert_eq!(scene.titles(), Vec::<String>::new());
    let move_to = |days| {
        let begins = in_days(days);
        let ends = begins + Duration::hours(3);
        scene
            .mobilizon
            .edit(&uuid, |entry| entry.begins(begins).ends(ends));
        scene.kronos.run().ends_with(0);
    };
    move_to(20);
    let first = scene.only();
    move_to(60);
    let postponed = scene.only();
    assert_eq!(postponed.id, first.id);
    assert_ne!(postponed.embeds, first.embeds, "edits still pass");
}

#[test]
fn reminders_are_deliveries_of_their_own_each_made_once() {
    let scene = Scene::with(|kronos, discord| {
        kronos
            .discord_channel("news", discord)
            .key("consumers.news", "remind", "[\"24h\", \"1h\"]")
    });
    scene.event("Tonight", 5);
    scene.event("Next week", 24 * 7);
    scene.kronos.run_with(&["--consumer", "news"]).ends_with(0);
    let messages = scene.discord.messages();
    let reminders: Vec<&str> = messages
        .iter()
        .filter(|message| message.content.starts_with("Reminder"))
        .map(Message::title)
        .collect();
    assert_eq!(reminders, ["Tonight"]);
    assert_eq!(messages.len(), 3);
    scene.kronos.run_with(&["--full"]).ends_with(0);
    assert_eq!(scene.discord.messages().len(), 3, "each once");
    scene.kronos.delete_database();
    scene.kronos.run().ends_with(0);
    assert_eq!(scene.discord.messages().len(), 3, "also after a loss");
}

#[test]
fn a_run_killed_at_any_exchange_leaves_one_message() {
    for death in [Death::BeforeItIsHandled, Death::BeforeTheAnswer] {
        for number in 1.. {
            let scene = Scene::new();
            scene.event("Rust night", 48);
            let run = scene
                .kronos
                .kill_at(&scene.discord.server, When::exchange(number), death);
            if !run.was_killed() {
                break;
            }
            scene.kronos.run().ends_with(0);
            scene.kronos.run().ends_with(0);
            assert_eq!(scene.only().title(), "Rust night", "{number} {death:?}");
        }
    }
}

#[test]
fn without_its_database_a_bot_recognises_its_messages_among_what_people_say() {
    let scene = Scene::new();
    let uuid = scene.event("Rust night", 48);
    scene.kronos.run().ends_with(0);
    let first = scene.only().id;
    scene
        .discord
        .chatter(&format!("see {}", scene.mobilizon.event_url(&uuid)), 150);
    scene.kronos.delete_database();
    scene.kronos.run().ends_with(0);
    let ours: Vec<Message> = scene.discord.messages();
    let ours: Vec<&str> = ours
        .iter()
        .filter(|message| !message.embeds.is_empty())
        .map(|message| message.id.as_str())
        .collect();
    assert_eq!(ours, [first]);
}

#[test]
fn what_a_web_hook_may_have_posted_is_left_to_the_operator() {
    let scene = Scene::hook();
    scene.event("Rust night", 48);
    scene
        .discord
        .server
        .fault(When::request("POST", "webhooks"), Fault::applied_then_500());
    let run = scene.kronos.run().ends_with(3);
    assert_eq!(run.deeds("news"), ["create unknown"]);
    scene.kronos.run().ends_with(3);
    assert_eq!(scene.titles().len(), 1, "at most once");
    let status = scene.kronos.command(&["status"]).ends_with(0);
    assert!(status.stdout.contains("kronos retry"), "{}", status.stdout);
    scene.discord.delete_message(&scene.only().id);
    scene
        .kronos
        .command(&["retry", "Rust night", "--consumer", "news"])
        .ends_with(0);
    scene.kronos.run().ends_with(0);
    assert_eq!(scene.titles(), ["Rust night"]);
}

#[test]
fn the_service_s_pace_is_kept_and_a_hostile_text_calls_nobody() {
    let scene = Scene::new();
    scene.discord.limit(2, Duration::seconds(1));
    for title in ["@everyone come", "<@123> `x` **y**", "Three", "Four"] {
        scene.event(title, 48);
    }
    scene.kronos.run().ends_with(0);
    assert_eq!(scene.discord.exceeded(), 0);
    assert_eq!(scene.titles().len(), 4);
    assert_eq!(scene.discord.calls(), 0);
    assert!(
        !scene
            .titles()
            .iter()
            .any(|title| title.contains("@everyone"))
    );
}

#[test]
fn a_check_tells_the_bot_the_channel_and_what_it_may_do() {
    let scene = Scene::new();
    let told = scene.kronos.command(&["check"]).stdout;
    assert!(
        told.contains("#news") && told.contains("may announce"),
        "{told}"
    );
    scene.discord.may_announce(false);
    let told = scene.kronos.command(&["check"]).ends_with(4).stdout;
    assert!(told.contains("Read Message History"), "{told}");
}
