//! The commented kronos.toml that `kronos init` writes, made of the kinds' own examples.

use crate::{consumer, provider};

const HEAD: &str = "\
# kronos: what stands at the providers is kept true at the consumers.
# Take the comment signs from what you need, fill it in, and look first: kronos sync --dry-run

[store]
# path = \"/var/lib/kronos/kronos.db\"   # default: $STATE_DIRECTORY/kronos.db, else $XDG_STATE_HOME/kronos/kronos.db

[sync]
# settle = \"2m\"            # a request that got no answer counts as lost only after this long
# budget = \"15m\"           # the longest run; what is left waits for the next
# delete_limit = \"30%\"     # more cancellations and deletions than this (and than 3) in a group wait for your approval
# full_every = \"24h\"       # at least this often every event is read

[monitor]
# ping_url = \"https://hc-ping.com/…\"   # told of the start and the end of each run
# metrics_file = \"/var/lib/prometheus/node-exporter/kronos.prom\"
";

/// The message stream's sections are no kinds: `kronos relay` and `kronos listen` read them.
const STREAM: &str = r#"
[relay]
submit = ["tcp://*:5571"]                      # where sources submit; kronos relay
publish = ["tcp://*:5572"]                     # where listeners subscribe
key_file = "/etc/kronos/relay.key_secret"      # made with: kronos key new relay /etc/kronos
trusted = "/etc/kronos/trusted"                # public keys of sources: kronos key trust FILE

[listen]
publish = ["tcp://relay.example.org:5572"]     # the relays to listen to; kronos listen
trusted = "/etc/kronos/trusted"

[[listen.on]]
tag = "org.example.*"                          # a message with such a tag starts a command at once
run = ["sync"]

[[listen.rooms]]
consumer = "room"                              # of type matrix: its homeserver, login and default room
rules = [{ tag = "org.example.*" }]
"#;

const FOOT: &str = "
# Texts in your own words, to begin with those that kronos init --templates writes:
#   [templates]
#   path = \"templates\"

# Every consumer may also say which events it is for:
#   providers = [\"space\"]          # default: all
#   groups = [\"hackerspace\"]       # default: all
#   tags = [\"public\"]              # any of them; default: no filter
";

/// The commented configuration.
pub fn example() -> String {
    let examples = provider::KINDS
        .iter()
        .map(|kind| kind.example)
        .chain(consumer::KINDS.iter().map(|kind| kind.example))
        .chain([STREAM]);
    let sections: String = examples
        .map(|example| format!("\n{}\n", commented(example)))
        .collect();
    format!("{HEAD}{sections}{FOOT}")
}

/// Every line as a comment, so that the file is valid before it is filled in.
fn commented(example: &str) -> String {
    let line = |line: &str| {
        if line.starts_with('#') || line.is_empty() {
            line.to_string()
        } else {
            format!("# {line}")
        }
    };
    example
        .trim()
        .lines()
        .map(line)
        .collect::<Vec<_>>()
        .join("\n")
}
