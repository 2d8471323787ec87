//! `kronos listen`: prints the messages that relays publish, and reacts to them.

use super::print::json_line;
use super::react::Reactions;
use super::relay::{stop, tell, watch};
use super::{CliError, Global, ListenArgs};
use crate::config::{self, Posting};
use crate::exit::Exit;
use crate::listen::{Listener, Poster, Room};
use crate::stream::{Message, Trusted};
use sd_notify::NotifyState;
use std::io::Write;
use std::time::Instant;

/// Listens until SIGTERM or SIGINT, or until enough messages came.
///
/// # Errors
/// The configuration is wrong, or standard output cannot be written.
pub fn listen(global: &Global, args: &ListenArgs) -> Result<Exit, CliError> {
    let path = config::find(global.config.clone())?;
    let (settings, postings) = config::Listen::load(&path)?;
    let trusted = Trusted::open(&settings.trusted, Instant::now())?;
    let reactions = Reactions::new(path, settings.on)?;
    let everything = [String::new()];
    let prefixes = match args.tags.is_empty() {
        true => &everything[..],
        false => &args.tags,
    };
    super::service(async {
        let stop = stop()?;
        tokio::pin!(stop);
        if trusted.count() == 0 {
            tracing::warn!(
                "nobody is trusted yet, so that no message is believed; trust a key: kronos key trust FILE"
            );
        }
        let mut listener = Listener::begin(&settings.publish, prefixes, trusted);
        tell(&[NotifyState::Ready]);
        tokio::task::spawn_local(watch());
        let running = reactions.begin();
        let rooms: Vec<(Room, Poster)> = postings.into_iter().map(begin).collect();
        let mut left = args.count;
        while left != Some(0) {
            let message = tokio::select! {
                biased;
                () = &mut stop => break,
                message = listener.next() => message,
            };
            let Some(message) = message else { break };
            print(&message)?;
            reactions.consider(&message);
            rooms
                .iter()
                .for_each(|(room, poster)| say(room, poster, &message));
            left = left.map(|left| left - 1);
        }
        drop(listener);
        for (_, poster) in rooms {
            poster.finish().await;
        }
        running.finish().await;
        Ok(Exit::Done)
    })
}

fn begin(posting: Posting) -> (Room, Poster) {
    (
        posting.room,
        Poster::begin(posting.session, posting.address),
    )
}

/// Says a message in a room, if it is for that room.
fn say(room: &Room, poster: &Poster, message: &Message) {
    if room.wants(message) {
        match room.content(message) {
            Ok(content) => poster.post(message, content),
            Err(problem) => tracing::warn!(tag = message.tag(), "nothing was posted: {problem}"),
        }
    }
}

/// One message on one line, at once: the reader may wait for it.
fn print(message: &Message) -> Result<(), CliError> {
    let line = json_line(message)?;
    let mut out = std::io::stdout().lock();
    out.write_all(line.as_bytes())
        .and_then(|()| out.flush())
        .map_err(|error| CliError::Failed(format!("standard output cannot be written ({error})")))
}
