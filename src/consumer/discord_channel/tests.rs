//! Events as messages, and what the section may say.

use super::config::Config;
use super::render;
use crate::consumer::Rendering;
use crate::event::{Event, Place};
use crate::kind::Section;
use crate::template::Folder;
use crate::testing;
use chrono::TimeDelta;
use std::rc::Rc;

const BOT: &str = "channel_id = '1122'\ntoken = 'x'\n";
const HOOK: &str = "webhook_url = 'https://discord.com/api/webhooks/3344/secret'\n";

fn read(keys: &str) -> Result<Config, String> {
    let section = testing::section("news", keys, testing::at("2026-11-20T10:00:00Z"));
    Config::read(&section).map_err(|error| error.to_string())
}

fn event() -> Event {
    Event {
        ends: Some(testing::at("2026-11-26T21:00:00Z")),
        ..testing::event()
    }
}

/// What stands in the channel of an event with this change, in its part number `part`: 0 is the announcement.
fn shown(change: impl FnOnce(&mut Event), part: usize) -> Rendering {
    let config = read(&format!("{BOT}remind = ['24h', '1h']")).unwrap();
    let mut event = event();
    change(&mut event);
    let reminder = part.checked_sub(1).map(|at| &config.remind[at]);
    render::render(&event, &config, reminder)
}

fn text<'a>(shown: &'a Rendering, pointer: &str) -> &'a str {
    shown
        .payload
        .pointer(pointer)
        .and_then(|value| value.as_str())
        .unwrap_or_default()
}

#[test]
fn an_announcement_tells_when_where_and_how_to_come() {
    let shown = shown(
        |event| {
            event.place = Some(Place {
                name: Some("The Space".into()),
                ..Place::default()
            });
            event.online = Some("https://meet.example/rust".into());
            event.participation = Some("https://tickets.example/42".into());
        },
        0,
    );
    assert_eq!(text(&shown, "/embeds/0/title"), "Rust night");
    assert_eq!(
        text(&shown, "/embeds/0/url"),
        "https://space.example/events/1"
    );
    assert_eq!(text(&shown, "/content"), "");
    assert_eq!(
        text(&shown, "/embeds/0/description"),
        "<t:1795716000:F> – <t:1795726800:t>\nThe Space\nOnline: <https://meet.example/rust>\nRegister: <https://tickets.example/42>"
    );
}

#[test]
fn a_title_of_which_nothing_can_be_shown_is_event() {
    for title in ["", " ", "\u{1920}", "\u{301}\u{302}"] {
        let shown = shown(|event| event.title = title.into(), 0);
        assert_eq!(text(&shown, "/embeds/0/title"), "Event", "{title:?}");
    }
}

#[test]
fn an_address_can_hold_no_link_of_its_own() {
    let shown = shown(
        |event| event.participation = Some("https://x.example/[a](https://evil.example)".into()),
        0,
    );
    let description = text(&shown, "/embeds/0/description");
    assert!(!description.contains("]("), "{description}");
}

#[test]
fn an_announcement_opens_ahead_of_the_event_and_a_reminder_at_its_time() {
    let opens = |part| shown(|_| {}, part).opens;
    let begins = event().begins;
    assert_eq!(opens(0), Some(begins - TimeDelta::days(30)));
    assert_eq!(opens(1), Some(begins - TimeDelta::hours(24)));
    assert_eq!(opens(2), Some(begins - TimeDelta::hours(1)));
}

#[test]
fn a_reminder_has_an_address_of_its_own_that_leads_to_the_event() {
    let config = read(&format!("{BOT}remind = ['24h', '1h']")).unwrap();
    let [day, hour] = &config.remind[..] else {
        panic!("two reminders")
    };
    let key = event().key;
    let marker = |part: usize| text(&shown(|_| {}, part), "/embeds/0/url").to_string();
    assert_eq!(marker(1), format!("{key}#kronos-remind-24h"));
    assert_eq!(render::event_of(&marker(1), Some(day)), Some(key.as_str()));
    assert_eq!(render::event_of(&marker(1), Some(hour)), None);
    assert_eq!(render::event_of(&marker(1), None), None);
    assert_eq!(render::event_of(&marker(0), Some(day)), None);
    assert!(text(&shown(|_| {}, 2), "/content").starts_with("Reminder: <t:"));
}

#[test]
fn a_bot_or_a_web_hook_writes_and_never_both() {
    assert_eq!(read(BOT).unwrap().target(), "discord-channel:1122");
    let hook = read(HOOK).unwrap();
    assert_eq!(hook.target(), "discord-channel:webhook-3344");
    assert_eq!(
        hook.message_url(None).as_str(),
        "https://discord.com/api/webhooks/3344/secret?wait=true"
    );
    assert!(!format!("{hook:?}").contains("secret"), "{hook:?}");
    for (keys, problem) in [
        (format!("{BOT}{HOOK}"), "leave out channel_id"),
        ("token = 'x'".into(), "Copy Channel ID"),
        ("channel_id = '1122'".into(), "token"),
        (
            "webhook_url = 'https://discord.com/'".into(),
            "Copy Webhook URL",
        ),
        (
            "webhook_url = 'http://discord.com/api/webhooks/1/x'".into(),
            "Copy Webhook URL",
        ),
    ] {
        let error = read(&keys).unwrap_err();
        assert!(error.contains(problem), "{keys}: {error}");
    }
}

#[test]
fn times_before_an_event_are_a_minute_or_more_and_each_is_there_once() {
    for (keys, problem) in [
        ("ahead = 'soon'", "\"soon\" is not a time before an event"),
        ("ahead = '0d'", "\"0d\" is not a time before an event"),
        ("remind = ['30s']", "\"30s\" is not a time before an event"),
        ("remind = ['1h', '60m']", "\"60m\" is there twice"),
    ] {
        let error = read(&format!("{BOT}{keys}")).unwrap_err();
        assert!(error.contains(problem), "{keys}: {error}");
    }
}

#[test]
fn a_template_tells_a_reminder_from_the_announcement_and_its_markup_is_kept() {
    let source =
        "{% if reminder %}**In {{ reminder }}:** {% endif %}{{ title }} <t:{{ begins | unix }}:R>";
    let folder = Folder::of_one(&[super::texts::CONTENT], source);
    let keys = format!("{BOT}remind = ['24h']");
    let section = Section {
        templates: vec![Rc::new(folder)],
        ..testing::section("news", &keys, testing::at("2026-11-20T10:00:00Z"))
    };
    let config = Config::read(&section).unwrap();
    let content = |reminder| {
        let shown = render::render(&event(), &config, reminder);
        text(&shown, "/content").to_string()
    };
    assert_eq!(content(None), "Rust night <t:1795716000:R>");
    let reminded = content(Some(&config.remind[0]));
    assert_eq!(reminded, "**In 24h:** Rust night <t:1795716000:R>");
}
