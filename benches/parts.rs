//! The pure parts, one by one: `cargo bench --bench parts`.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used)]

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use kronos::clock::Clock;
use kronos::config::shipped_templates;
use kronos::consumer::{self, Capability, Consumer, Item, ItemState, Listing, Maker, Rendering};
use kronos::delivery::{Delivery, Desired, Wish, field_hashes};
use kronos::event::{Description, Event, EventKey, Fingerprint, Place, Status};
use kronos::kind::Section;
use kronos::plan::{Situation, Subject, plan};
use kronos::provider::mobilizon::decode;
use kronos::secret::SecretSource;
use kronos::template::Folder;
use kronos::text::Document;
use serde_json::json;
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

fn main() {
    divan::main();
}

const HTML: &str = "<p>Bring a project, borrow a bench. Soldering irons, the big laser and far too much tea.</p><p>Never been \
    before? Say hi to <span class=\"h-card mention\" data-user=\"57\">@<span>marleen</span></span> at the door. House rules: \
    <a href=\"https://copperleaf.example/rules\" rel=\"noopener noreferrer ugc\">copperleaf.example/rules</a></p>\
    <ul><li><p>Doors 19:00</p></li><li><p>Induction tour 19:30</p></li><li><p>Last cut on the laser 22:00</p></li></ul>";

/// A kind of consumer and the least that its section needs.
const KINDS: [(&str, &str); 7] = [
    (
        "discord",
        "guild_id = \"112233445566778899\"\ntoken = \"t\"",
    ),
    ("meetup", "group = \"rust-example\"\naccess_token = \"t\""),
    ("ical", "path = \"/srv/www/events.ics\""),
    ("discord-channel", "channel_id = \"1122\"\ntoken = \"t\""),
    (
        "matrix",
        "homeserver = \"https://m.example\"\nroom = \"#e:m.example\"\naccess_token = \"t\"",
    ),
    (
        "webhook",
        "url = \"https://h.example/\"\nsecret = \"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"",
    ),
    (
        "stream",
        "submit = [\"tcp://127.0.0.1:1\"]\npublish = [\"tcp://127.0.0.1:2\"]\nprefix = \"org.example\"\nkey = '''metadata
    id = \"space\"
ed
    signing-key = \"YJDBA9Xnr2sVqXD9Vj7XVUnmFZcZrlw8Md7kMW+3XA1\"
'''",
    ),
];
/// Those that speak to people.
const WORDS: [&str; 5] = ["discord", "meetup", "ical", "discord-channel", "matrix"];

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

struct Still;

#[async_trait(?Send)]
impl Clock for Still {
    fn now(&self) -> DateTime<Utc> {
        now()
    }

    async fn sleep(&self, _length: TimeDelta) {}
}

fn built(kind: &str, templates: Vec<Rc<Folder>>) -> Box<dyn Consumer> {
    let (_, keys) = KINDS.iter().find(|(name, _)| *name == kind).unwrap();
    let section = Section {
        name: "shared".into(),
        table: keys.parse().unwrap(),
        secrets: SecretSource::default(),
        folder: PathBuf::from("/"),
        clock: Rc::new(Still),
        timeout: Duration::from_secs(5),
        templates,
    };
    let mut kinds = consumer::KINDS.iter();
    let kind = kinds.find(|known| known.name == kind).unwrap();
    (kind.build)(&section)
        .map_err(|error| error.to_string())
        .unwrap()
}

fn event(n: i64) -> Event {
    let begins = now() + TimeDelta::hours(n + 1);
    Event {
        key: EventKey::new(format!(
            "https://agenda.copperleaf.example/events/3f2a{n:04}-91c7-4c1e-8d55-00000000ab12"
        )),
        uuid: Some(format!("3f2a{n:04}-91c7-4c1e-8d55-00000000ab12")),
        title: format!("Open bench & repair evening no. {n}"),
        description: Some(Description::Html(HTML.into())),
        begins,
        ends: Some(begins + TimeDelta::hours(4)),
        timezone: Some(chrono_tz::Tz::Europe__Brussels),
        all_day: false,
        place: Some(Place {
            name: Some("Copperleaf Hackspace".into()),
            street: Some("14 Wolweverskaai".into()),
            postal_code: Some("9000".into()),
            locality: Some("Ghent".into()),
            ..Place::default()
        }),
        online: None,
        online_only: false,
        picture: Some("https://agenda.copperleaf.example/media/a1a1.webp".into()),
        status: Status::Confirmed,
        capacity: Some(40),
        participation: None,
        tags: vec!["electronics".into(), "makers".into()],
        updated: None,
    }
}

/// A page of a hundred events as Mobilizon sends it.
fn page() -> Vec<u8> {
    let element = |n: i64| {
        let event = event(n);
        let place = event.place.unwrap_or_default();
        json!({
            "uuid": event.uuid, "url": event.key, "title": event.title, "description": HTML, "beginsOn": event.begins,
            "endsOn": event.ends, "status": "CONFIRMED", "visibility": "PUBLIC", "draft": false, "onlineAddress": null,
            "externalParticipationUrl": null, "updatedAt": now(), "picture": { "url": event.picture },
            "options": { "timezone": "Europe/Brussels", "showStartTime": true, "showEndTime": true, "isOnline": false,
                "maximumAttendeeCapacity": 40 },
            "physicalAddress": { "description": place.name, "street": place.street, "postalCode": place.postal_code,
                "locality": place.locality, "region": null, "country": null, "geom": "3.7;51.0", "timezone": null },
            "tags": [{ "title": "makers" }, { "title": "Electronics" }],
        })
    };
    let elements: Vec<_> = (0..100).map(element).collect();
    let listed = json!({ "total": 100, "elements": elements });
    let reply = json!({ "data": { "group": { "organizedEvents": listed } } });
    serde_json::to_vec(&reply).unwrap()
}

#[divan::bench]
fn decode_a_page(bencher: Bencher<'_, '_>) {
    let page = page();
    assert!(decode(&page).is_some_and(|page| page.rows.len() == 100));
    bencher
        .counter(ItemsCount::new(100_usize))
        .bench(|| decode(black_box(&page)));
}

/// What is read against what is known, as the reading of a group compares them.
#[divan::bench(sample_count = 10)]
fn diff_10_000(bencher: Bencher<'_, '_>) {
    let events: Vec<Event> = (0..10_000).map(event).collect();
    let pairs = events.iter().map(|event| (&event.key, event.fingerprint()));
    let known: HashMap<&EventKey, Fingerprint> = pairs.collect();
    bencher.counter(ItemsCount::new(events.len())).bench(|| {
        let is_known = |event: &&Event| known.get(&event.key) == Some(&event.fingerprint());
        events.iter().filter(is_known).count()
    });
}

#[divan::bench]
fn fingerprint(bencher: Bencher<'_, '_>) {
    let event = event(1);
    bencher.bench(|| black_box(&event).fingerprint());
}

#[divan::bench]
fn markdown(bencher: Bencher<'_, '_>) {
    bencher.bench(|| Document::html(black_box(HTML)).to_markdown(1000));
}

#[divan::bench(args = KINDS.map(|(name, _)| name))]
fn render(bencher: Bencher<'_, '_>, kind: &str) {
    let (consumer, event) = (built(kind, Vec::new()), event(1));
    bencher.bench_local(|| consumer.render(black_box(&event)));
}

/// The templates that ship, as if an operator had changed each of them.
fn templates() -> Vec<Rc<Folder>> {
    let folder = tempfile::tempdir().unwrap();
    for (name, source) in shipped_templates() {
        std::fs::write(folder.path().join(name), source).unwrap();
    }
    let texts: Vec<_> = consumer::KINDS.iter().flat_map(|kind| kind.texts).collect();
    vec![Rc::new(Folder::read(folder.path(), &texts).unwrap())]
}

#[divan::bench(args = WORDS)]
fn render_templates(bencher: Bencher<'_, '_>, kind: &str) {
    let (consumer, event) = (built(kind, templates()), event(1));
    bencher.bench_local(|| consumer.render(black_box(&event)));
}

/// Reading, trying and readying the templates of a kind, as each command does once.
#[divan::bench(args = WORDS)]
fn load_templates(bencher: Bencher<'_, '_>, kind: &str) {
    let templates = templates();
    bencher.bench_local(|| built(kind, templates.clone()));
}

/// A delivery of each event, all applied, and the items that show it.
fn standing(count: i64) -> (Vec<Subject>, Listing) {
    let consumer = built("discord", Vec::new());
    let (mut subjects, mut items) = (Vec::new(), Vec::new());
    for event in (0..count).map(event) {
        let rendering = consumer.render(&event);
        items.push(item(&event, &rendering));
        let wish = Wish {
            desired: Desired::Present,
            absence: None,
            hash: rendering.hash(),
            opens: rendering.opens,
            begins: rendering.begins,
            ends: rendering.ends,
        };
        let mut delivery = Delivery::new(event.key.clone(), wish, now());
        let applied = kronos::delivery::Applied {
            hash: rendering.hash(),
            fields: field_hashes(&rendering.fields),
            remote_id: Some(event.key.to_string()),
            remote_url: None,
            begins: Some(rendering.begins),
        };
        delivery.found(applied, now());
        subjects.push(Subject {
            delivery,
            intent: None,
            title: Some(event.title),
            zone: event.timezone,
            rendering: Some(rendering),
            hash: None,
            groups: vec!["space/group".into()],
            unproved: None,
            stale: None,
            missing: None,
        });
    }
    let begun = now();
    (
        subjects,
        Listing {
            begun,
            items,
            room: None,
        },
    )
}

fn item(event: &Event, rendering: &Rendering) -> Item {
    Item {
        remote_id: event.key.to_string(),
        remote_url: None,
        maker: Maker::Us,
        marker: Some(event.key.clone()),
        links: vec![event.key.to_string()],
        state: ItemState::Scheduled,
        title: event.title.clone(),
        begins: Some(event.begins),
        created: None,
        fields: rendering.fields.clone(),
    }
}

#[divan::bench(args = [100, 10_000], sample_count = 10)]
fn plan_what_stands(bencher: Bencher<'_, '_>, count: i64) {
    let (subjects, listing) = standing(count);
    let looked = BTreeMap::new();
    let situation = Situation {
        now: now(),
        settle: TimeDelta::seconds(120),
        floor: None,
        capability: Capability::Listed,
        listing: &listing,
        looked: &looked,
        adopting: false,
        lost: false,
        may_delete: true,
    };
    bencher
        .counter(ItemsCount::new(count as u64))
        .bench(|| plan(black_box(&subjects), &situation));
}
