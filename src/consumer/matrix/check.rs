//! What `kronos check` asks a homeserver: whether it is one, who we are, and what we may do in the room.

use super::Matrix;
use crate::check::{Line, clock};
use crate::consumer::{Consumer, check_listing};
use crate::http::Failure;
use serde_json::Value;

impl Matrix {
    /// The homeserver, the user, the room, what is allowed in it, and the clock. What follows from a failure is not asked any
    /// more. Logs in where a password is given, and joins nothing.
    pub(super) async fn checked(&self) -> Vec<Line> {
        let mut lines = Vec::new();
        if let Err((subject, failure)) = self.ask(&mut lines).await {
            lines.push(Line::of(subject, Err(failure)));
        }
        lines.extend(clock(self.session.http()));
        lines
    }

    async fn ask(&self, lines: &mut Vec<Line>) -> Result<(), (&'static str, Failure)> {
        let about = |subject: &'static str| move |failure: Failure| (subject, failure);
        let versions = self.session.versions().await.map_err(about("homeserver"))?;
        let newest = versions.versions.last().cloned().unwrap_or_default();
        let program = versions.program.unwrap_or_else(|| "unnamed".into());
        lines.push(Line::holds(
            "homeserver",
            format!("{program}, speaks Matrix up to {newest}"),
        ));
        let user = self.session.user().await.map_err(about("user"))?;
        lines.push(Line::holds(
            "user",
            format!("the homeserver knows us as {user}"),
        ));
        let room = self.room().await.map_err(about("room"))?;
        if !self.session.is_in(room).await.map_err(about("room"))? {
            lines.push(Line::warns(
                "room",
                format!("{user} is not in {room} yet; invite it, unless the room is public: the first message joins"),
            ));
            return Ok(());
        }
        lines.push(Line::holds("room", format!("{user} is in {room}")));
        let levels = self.session.state(room, "m.room.power_levels");
        let levels = levels.await.map_err(about("permissions"))?;
        lines.push(permissions(&levels.unwrap_or_default(), user));
        let encryption = self.session.state(room, "m.room.encryption");
        if encryption.await.map_err(about("encryption"))?.is_some() {
            lines.push(Line::warns(
                "encryption",
                "the room is encrypted, and kronos' messages are not; clients mark them so. Let kronos write to a room without encryption",
            ));
        }
        lines.push(check_listing(self.list().await));
        Ok(())
    }
}

/// Whether `user` may send messages and take its own away, by the room's power levels (defaults as the specification has
/// them).
fn permissions(levels: &Value, user: &str) -> Line {
    let level = |value: &Value, default: i64| value.as_i64().unwrap_or(default);
    let ours = level(&levels["users"][user], level(&levels["users_default"], 0));
    let needed = |kind: &str| level(&levels["events"][kind], level(&levels["events_default"], 0));
    let most = needed("m.room.message").max(needed("m.room.redaction"));
    match ours >= most {
        true => Line::holds(
            "permissions",
            format!("{user} may send messages and take its own away"),
        ),
        // Who made a room of version 12 may do anything, and stands in no list.
        false => Line::warns(
            "permissions",
            format!(
                "{user} has the power level {ours}, and messages need {most}; raise it in the room's settings, unless this user made the room"
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Level;
    use serde_json::json;

    #[test]
    fn a_room_in_which_only_moderators_write_needs_their_level() {
        let user = "@kronos:example.org";
        for (levels, level) in [
            (json!({}), Level::Holds),
            (json!({"events_default": 50}), Level::Warns),
            (
                json!({"events_default": 50, "users": {user: 50}}),
                Level::Holds,
            ),
            (
                json!({"events": {"m.room.message": 10}, "users_default": 9}),
                Level::Warns,
            ),
            (json!({"events": {"m.room.redaction": 1}}), Level::Warns),
        ] {
            assert_eq!(permissions(&levels, user).level, level, "{levels}");
        }
    }
}
