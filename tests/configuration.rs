//! kronos.toml: every example that ships can be read, and every mistake names its line and its mend.

use crate::support::kronos::Kronos;
use std::fs;
use std::os::unix::fs::PermissionsExt;

/// Writes a kronos.toml as given and checks it without the network.
fn check(text: &str) -> (Option<i32>, String) {
    let kronos = Kronos::new();
    let path = kronos.path("mine.toml");
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let run = kronos.command(&["check", "--offline", "--config", path.to_str().unwrap()]);
    (run.code, format!("{}{}", run.stdout, run.stderr))
}

fn refused(text: &str, parts: &[&str]) {
    let (code, said) = check(text);
    assert_eq!(code, Some(4), "{said}");
    for part in parts {
        assert!(said.contains(part), "{part:?} is missing in: {said}");
    }
}

const PROVIDER: &str = "[providers.space]\ntype = \"mobilizon\"\nurl = \"https://space.example\"\ngroups = [\"hackerspace\"]\n";
const CONSUMER: &str =
    "[consumers.guild]\ntype = \"discord\"\nguild_id = \"112233445566778899\"\ntoken = \"a\"\n";

#[test]
fn a_valid_configuration_is_accepted() {
    let (code, said) = check(&format!(
        "[store]\npath = \"kronos.db\"\n{PROVIDER}{CONSUMER}"
    ));
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn an_unknown_key_names_its_line_and_the_nearest_known_one() {
    refused(
        &format!("{PROVIDER}{CONSUMER}tokn_file = \"x\"\n"),
        &["mine.toml:9:", "consumers.guild.tokn_file", "token_file"],
    );
    refused(
        "[sync]\nsetle = \"2m\"\n",
        &["mine.toml:2:", "sync.setle", "\"settle\""],
    );
    refused("[synk]\n", &["mine.toml:1:", "synk", "\"sync\""]);
    refused(
        &PROVIDER.replace("groups", "group"),
        &["mine.toml:4:", "providers.space.group", "groups"],
    );
}

#[test]
fn a_value_of_the_wrong_sort_names_its_line_and_how_it_is_written() {
    refused(
        &CONSUMER.replace("\"112233445566778899\"", "112233445566778899"),
        &[
            "mine.toml:3:",
            "consumers.guild.guild_id",
            "write it in quotes",
        ],
    );
    refused(
        &PROVIDER.replace("[\"hackerspace\"]", "\"hackerspace\""),
        &[
            "mine.toml:4:",
            "providers.space.groups",
            "[\"one\", \"two\"]",
        ],
    );
    refused(
        "[sync]\ndelete_limit = 30\n",
        &["mine.toml:2:", "sync.delete_limit", "write it in quotes"],
    );
}

#[test]
fn what_is_no_toml_names_its_line_and_where_to_look() {
    refused("[sync]\nsettle = 2m\n", &["mine.toml:2:", "kronos init"]);
}

#[test]
fn an_unknown_type_names_the_known_ones() {
    refused(
        "[consumers.x]\ntype = \"discrod\"\n",
        &["mine.toml:2:", "\"discord\""],
    );
    refused(
        "[consumers.x]\npath = \"a.ics\"\n",
        &["consumers.x", "type"],
    );
}

#[test]
fn values_that_cannot_be_used_name_their_mend() {
    refused(
        "[sync]\nsettle = \"2 minutes\"\n",
        &["mine.toml:2:", "sync.settle", "\"90s\""],
    );
    refused(
        "[sync]\ndelete_limit = \"300%\"\n",
        &["sync.delete_limit", "100%"],
    );
    refused(
        "[sync]\nbudget = 5\n",
        &["mine.toml:2:", "sync.budget", "in quotes"],
    );
    refused(
        &PROVIDER.replace("https", "http"),
        &["providers.space.url", "https"],
    );
    refused(
        &CONSUMER.replace("112233445566778899", "my guild"),
        &["consumers.guild.guild_id"],
    );
    refused("this is not TOML", &["mine.toml:1:"]);
}

#[test]
fn a_missing_secret_names_every_place_where_it_may_stand() {
    let without = CONSUMER.replace("token = \"a\"\n", "");
    refused(
        &format!("{PROVIDER}{without}"),
        &["token_file", "guild.token", "KRONOS_GUILD_TOKEN"],
    );
}

#[test]
fn a_secret_that_others_can_read_is_an_error_with_its_mend() {
    let kronos = Kronos::new();
    let (path, token) = (kronos.path("mine.toml"), kronos.path("token"));
    fs::write(&token, "secret").unwrap();
    fs::set_permissions(&token, fs::Permissions::from_mode(0o644)).unwrap();
    fs::write(
        &path,
        format!(
            "{PROVIDER}{}",
            CONSUMER.replace("token = \"a\"", "token_file = \"token\"")
        ),
    )
    .unwrap();
    let run = kronos
        .command(&["check", "--offline", "--config", path.to_str().unwrap()])
        .ends_with(4);
    assert!(run.stdout.contains("chmod 600"), "{}", run.stdout);
    fs::write(&path, format!("{PROVIDER}{CONSUMER}")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let run = kronos
        .command(&["check", "--offline", "--config", path.to_str().unwrap()])
        .ends_with(4);
    assert!(
        run.stdout.contains("chmod 600"),
        "a plain secret needs a private file: {}",
        run.stdout
    );
}

#[test]
fn a_check_tells_of_every_section_that_is_wrong() {
    refused(
        &format!(
            "{PROVIDER}{}[consumers.file]\ntype = \"ical\"\n",
            CONSUMER.replace("guild_id", "guild")
        ),
        &["consumers.guild.guild", "consumers.file", "path"],
    );
}

#[test]
fn two_consumers_with_one_target_are_refused() {
    refused(
        &format!(
            "{PROVIDER}{CONSUMER}{}",
            CONSUMER.replace("guild]", "other]")
        ),
        &["same target", "consumers.guild"],
    );
}

#[test]
fn filters_name_providers_and_groups_that_exist() {
    refused(
        &format!("{PROVIDER}{CONSUMER}providers = [\"spce\"]\n"),
        &["consumers.guild.providers", "\"space\""],
    );
    refused(
        &format!("{PROVIDER}{CONSUMER}groups = [\"hackerspce\"]\n"),
        &["consumers.guild.groups", "\"hackerspace\""],
    );
}

#[test]
fn init_writes_a_file_that_can_be_read_with_and_without_its_comments_and_never_overwrites() {
    let kronos = Kronos::new();
    let path = kronos.path("new.toml");
    let name = path.to_str().unwrap();
    kronos.command(&["init", name]).ends_with(0);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.parse::<toml::Table>().is_ok());
    for kind in [
        "mobilizon",
        "ical",
        "discord",
        "discord-channel",
        "meetup",
        "matrix",
        "webhook",
        "stream",
    ] {
        assert!(
            text.contains(&format!("type = \"{kind}\"")),
            "{kind} is missing"
        );
    }
    for section in [
        "# [relay]",
        "# [listen]",
        "# [[listen.on]]",
        "# [[listen.rooms]]",
    ] {
        assert!(text.contains(section), "{section} is missing");
    }
    let uncommented: String = text.lines().map(uncomment).collect();
    uncommented
        .parse::<toml::Table>()
        .unwrap_or_else(|error| panic!("{error}\n{uncommented}"));
    let again = kronos.command(&["init", name]).ends_with(1);
    assert!(again.stderr.contains("exists already"), "{}", again.stderr);
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

/// Takes the comment sign off lines that are TOML; sentences stay comments.
fn uncomment(line: &str) -> String {
    let bare = line.strip_prefix("# ").unwrap_or(line);
    let is_toml = bare.starts_with('[')
        || bare.split_once(" = ").is_some_and(|(key, _)| {
            key.trim()
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '_')
        });
    format!("{}\n", if is_toml { bare } else { line })
}

#[test]
fn every_shipped_example_is_accepted() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let kronos = Kronos::new();
    let mut seen = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|kind| kind == "toml") {
            seen += 1;
            kronos
                .command(&["check", "--offline", "--config", path.to_str().unwrap()])
                .ends_with(0);
        }
    }
    assert!(seen > 0);
}

#[test]
fn templates_stand_in_a_folder_that_there_is_and_belong_to_consumers_that_people_read() {
    refused(
        "[templates]\npath = \"nowhere\"\n",
        &["mine.toml:2:", "templates.path", "there is no such folder"],
    );
    refused(
        "[templates]\nfolder = \"x\"\n",
        &["templates.folder", "path"],
    );
    refused(
        &format!("{CONSUMER}templates = \"mine.toml\"\n"),
        &["mine.toml:5:", "consumers.guild.templates", "is no folder"],
    );
    refused(
        "[consumers.hook]\ntype = \"webhook\"\nurl = \"https://h.example\"\nsecret = \"x\"\ntemplates = \".\"\n",
        &["mine.toml:5:", "consumers.hook.templates"],
    );
}
