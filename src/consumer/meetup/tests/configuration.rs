//! The section.

use super::*;

const JWT: &str =
    "group = \"Rust-Karlsruhe\"\nclient_key = \"c\"\nmember_id = \"1\"\nsigning_key_id = \"k\"\n";

fn jwt(more: &str) -> Result<Config, KindError> {
    config(&format!("{JWT}signing_key = '''{PEM}'''\n{more}"))
}

fn refusal(result: Result<Config, KindError>) -> (String, String) {
    match result.err() {
        Some(KindError::Value { key, problem, mend }) => (key, format!("{problem}; {mend}")),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_defaults_are_those_of_the_documentation() {
    let config = jwt("").unwrap();
    assert_eq!(config.target(), "meetup:rust-karlsruhe");
    assert_eq!(config.api_url.as_str(), "https://api.meetup.com/gql-ext");
    assert_eq!(
        config.token_url.as_str(),
        "https://secure.meetup.com/oauth2/access"
    );
    assert_eq!(config.default_length, TimeDelta::hours(2));
    assert!(config.publish);
    assert!(!config.announce);
}

#[test]
fn the_example_is_a_section_that_only_lacks_its_key() {
    let whole: toml::Table = KIND.example.parse().unwrap();
    let mut table = whole["consumers"]["city"].as_table().unwrap().clone();
    assert_eq!(table.remove("type").unwrap().as_str(), Some(KIND.name));
    table.remove("signing_key_file");
    table.insert("signing_key".into(), PEM.into());
    let mut section = section("");
    section.table = table;
    assert_eq!(Config::of(&section).unwrap().0.group, "rust-karlsruhe");
}

#[test]
fn every_key_of_the_example_is_known_also_those_that_are_commented_out() {
    let example = KIND.example.replace("\n# ", "\n");
    let whole: toml::Table = example.parse().unwrap();
    let mut table = whole["consumers"]["city"].as_table().unwrap().clone();
    table.remove("type");
    table.remove("signing_key_file");
    table.insert("access_token".into(), "t".into());
    let mut section = section("");
    section.table = table;
    let (config, _) = Config::of(&section).unwrap();
    assert_eq!(
        config.venues.find(&Place {
            street: Some("Steinstr. 23".into()),
            postal_code: Some("76133".into()),
            locality: Some("Karlsruhe".into()),
            ..Place::default()
        }),
        Some("26906060")
    );
}

#[test]
fn another_address_of_the_api_is_another_target() {
    let config = jwt("api_url = \"http://127.0.0.1:9/gql-ext\"").unwrap();
    assert_eq!(config.target(), "meetup:rust-karlsruhe@127.0.0.1");
}

#[test]
fn an_unknown_key_is_refused() {
    let error = jwt("grup = \"x\"").err().unwrap();
    assert!(error.to_string().contains("grup"), "{error}");
}

#[test]
fn an_access_token_needs_nothing_else() {
    assert!(config("group = \"g\"\naccess_token = \"t\"").is_ok());
}

#[test]
fn every_part_of_a_signing_key_is_needed() {
    for key in ["client_key", "member_id", "signing_key_id"] {
        let keys = format!("{JWT}signing_key = '''{PEM}'''");
        let without: Vec<&str> = keys.lines().filter(|line| !line.starts_with(key)).collect();
        assert_eq!(refusal(config(&without.join("\n"))).0, key);
    }
    let error = config(JWT).err().unwrap();
    assert!(matches!(error, KindError::Secret(_)), "{error}");
    assert!(error.to_string().contains("signing_key_file"), "{error}");
}

#[test]
fn two_credentials_are_one_too_many() {
    assert_eq!(refusal(jwt("access_token = \"t\"")).0, "access_token");
}

#[test]
fn a_key_that_is_no_rsa_key_is_refused_without_being_shown() {
    let spoilt = PEM.replace('M', "N");
    for pem in [
        "rubbish",
        spoilt.as_str(),
        "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----",
    ] {
        let (key, text) = refusal(config(&format!("{JWT}signing_key = '''{pem}'''")));
        assert_eq!(key, "signing_key");
        assert!(
            text.contains("signing_key_id") && !text.contains("rubbish"),
            "{text}"
        );
    }
}

#[test]
fn a_group_is_named_by_its_name_and_not_by_its_address() {
    for group in ["https://www.meetup.com/rust/", "", "rust karlsruhe"] {
        let keys = format!("group = \"{group}\"\naccess_token = \"t\"");
        assert_eq!(refusal(config(&keys)).0, "group", "{group}");
    }
}

#[test]
fn a_length_must_be_one() {
    assert_eq!(
        refusal(jwt("default_length = \"two hours\"")).0,
        "default_length"
    );
    assert_eq!(refusal(jwt("default_length = \"30s\"")).0, "default_length");
}

#[test]
fn the_version_of_the_rendering_follows_what_changes_a_rendering_and_nothing_else() {
    let version = |more: &str| jwt(more).unwrap().rendering_version();
    assert_eq!(
        version(""),
        version("default_length = \"120m\"\nannounce = true")
    );
    assert_ne!(version(""), version("default_length = \"3h\""));
    assert_ne!(version(""), version("publish = false"));
    assert_ne!(version(""), version("venues = { \"a\" = \"1\" }"));
}
