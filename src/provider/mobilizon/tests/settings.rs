//! Which sections can be used.

use super::{built, section};
use crate::event::EventKey;
use crate::provider::Provider;
use crate::provider::mobilizon::KIND;

fn refused(table: &str) -> String {
    built(table).map(drop).unwrap_err().to_string()
}

fn with_groups(groups: &str) -> String {
    refused(&format!(
        "url = \"https://space.example\"\ngroups = {groups}"
    ))
}

#[test]
fn the_shipped_example_can_be_built_once_its_type_is_taken_out() {
    let file: toml::Table = KIND.example.parse().unwrap();
    let mut table = file["providers"]["space"].as_table().unwrap().clone();
    assert_eq!(table.remove("type").unwrap().as_str(), Some("mobilizon"));
    let provider = (KIND.build)(&section(&table.to_string())).unwrap();
    assert_eq!(provider.groups(), ["hackerspace", "repair-cafe"]);
}

#[test]
fn unknown_and_missing_keys_are_named() {
    assert!(refused("url = \"https://a.example\"\ngroups = [\"a\"]\ngroop = 1").contains("groop"));
    assert!(refused("url = \"https://a.example\"").contains("groups"));
}

#[test]
fn group_names_must_be_there_be_names_and_be_distinct() {
    assert!(with_groups("[]").contains("names no group"));
    assert!(with_groups("[\"\"]").contains("is no group's name"));
    assert!(with_groups("[\"@hackerspace\"]").contains("is no group's name"));
    assert!(with_groups("[\" hackerspace\"]").contains("is no group's name"));
    assert!(with_groups("[\"a\", \"a\"]").contains("twice"));
    assert!(with_groups("[\"a\", \"a@space.example\"]").contains("twice"));
}

#[test]
fn a_remote_group_is_refused_and_its_home_instance_named() {
    let message = with_groups("[\"stars@orbit.example\"]");
    assert!(message.contains("configure the group's home instance instead"));
    assert!(message.contains("https://orbit.example"));
    let own = built("url = \"https://space.example\"\ngroups = [\"stars@Space.example\"]").unwrap();
    assert_eq!(own.groups(), ["stars"]);
}

#[test]
fn plain_http_is_for_loopback_only() {
    assert!(refused("url = \"http://space.example\"\ngroups = [\"a\"]").contains("https"));
    assert!(built("url = \"http://127.0.0.1:4000\"\ngroups = [\"a\"]").is_ok());
}

#[test]
fn the_identity_is_the_instance_however_its_url_is_written() {
    let identity = |url: &str| {
        built(&format!("url = {url:?}\ngroups = [\"a\"]"))
            .unwrap()
            .identity()
    };
    assert_eq!(
        identity("https://space.example"),
        "mobilizon:https://space.example"
    );
    assert_eq!(
        identity("https://SPACE.example:443/"),
        "mobilizon:https://space.example"
    );
}

#[test]
fn it_owns_the_event_pages_of_its_instance_and_nothing_else() {
    let provider = built("url = \"https://space.example\"\ngroups = [\"a\"]").unwrap();
    let owns = |url: &str| provider.owns(&EventKey::new(url));
    let id = "0b9f3c52-7a1d-4b1c-9a55-6d1f0c9f1e01";
    assert!(owns(&format!("https://space.example/events/{id}")));
    assert!(!owns(&format!("https://other.example/events/{id}")));
    assert!(!owns(&format!("http://space.example/events/{id}")));
    assert!(!owns(&format!("https://space.example/events/{id}/edit")));
    assert!(!owns(&format!("https://space.example/events/{id}#uid")));
    assert!(!owns("https://space.example/events/create"));
    assert!(!owns("no url"));
}
