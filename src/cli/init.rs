//! `kronos init`: a commented kronos.toml, made of the kinds' own examples.

use super::{CliError, InitArgs};
use crate::exit::Exit;
use crate::{consumer, provider};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;

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

const FOOT: &str = "
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
        .chain(consumer::KINDS.iter().map(|kind| kind.example));
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

/// Writes it, readable by its owner only, since it may come to hold secrets.
///
/// # Errors
/// The file exists already, or cannot be written.
pub fn init(args: &InitArgs) -> Result<Exit, CliError> {
    let path = args.path.display();
    let failed = |error: std::io::Error| match error.kind() {
        ErrorKind::AlreadyExists => CliError::Failed(format!(
            "{path} exists already and is left as it is; name another: kronos init PATH"
        )),
        _ => CliError::Failed(format!(
            "{path} cannot be written ({error}); check the folder and its owner"
        )),
    };
    let mut file = std::fs::OpenOptions::new()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(&args.path)
        .map_err(failed)?;
    file.write_all(example().as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(failed)?;
    anstream::println!(
        "Wrote {path}. Fill in a provider and a consumer, then: kronos check --offline && kronos sync --dry-run"
    );
    Ok(Exit::Done)
}
