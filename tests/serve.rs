//! Lends the stand-ins for Mobilizon and Discord to other programs, such as `deploy/test/boot.sh`:
//!
//! ```sh
//! cargo test --test serve -- FOLDER
//! ```
//!
//! Into that folder go a kronos.toml that points at them and the bot's token, `guild.token`. Then every request is one line on
//! standard output, `discord POST /api/…`, until the program is ended.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used)]

#[allow(
    unused_imports,
    reason = "the tests need more of the stand-ins than this program"
)]
mod support;

use std::path::PathBuf;
use std::sync::Arc;
use std::{fs, thread};
use support::discord::{self, Discord};
use support::mobilizon::Mobilizon;
use support::server::Server;

fn main() {
    let folder = std::env::args_os().nth(1).map(PathBuf::from);
    let folder = folder.expect("the folder for kronos.toml and guild.token");

    let (mobilizon, discord) = (Mobilizon::start(), Discord::start());
    mobilizon.group("hackerspace");
    mobilizon.event("hackerspace", |event| event.title("Open evening"));
    mobilizon.event("hackerspace", |event| event.title("Repair café"));
    tell("mobilizon", &mobilizon.server);
    tell("discord", &discord.server);

    fs::write(folder.join("guild.token"), discord::TOKEN).unwrap();
    fs::write(folder.join("kronos.toml"), toml(&mobilizon, &discord)).unwrap();
    println!("ready");
    loop {
        thread::park();
    }
}

/// A configuration without secrets and without a place for the database.
fn toml(mobilizon: &Mobilizon, discord: &Discord) -> String {
    format!(
        "[providers.space]\ntype = \"mobilizon\"\nurl = {:?}\ngroups = [\"hackerspace\"]\n\n\
         [consumers.guild]\ntype = \"discord\"\nguild_id = {:?}\napi_url = {:?}\n",
        mobilizon.url(),
        discord::GUILD,
        discord.api_url(),
    )
}

/// Prints every request to that server.
fn tell(name: &'static str, server: &Arc<Server>) {
    server.before_each(move |request| println!("{name} {} {}", request.method, request.path));
}
