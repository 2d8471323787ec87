//! What `kronos check` asks Discord: who the bot is, what it may do in the guild, and how much room is left.
//!
//! Source: Discord API docs, "Permissions": CREATE_EVENTS makes events and changes one's own, MANAGE_EVENTS changes everybody's.

use super::Discord;
use super::rate::Route;
use crate::check::{Line, clock};
use crate::consumer::{Consumer, check_listing};
use crate::http::Failure;
use chrono::{DateTime, Utc};
use serde::Deserialize;

/// Passes every check of permissions.
const ADMINISTRATOR: u128 = 1 << 3;
/// Changes and deletes everybody's events.
const MANAGE_EVENTS: u128 = 1 << 33;
/// Makes events; changes and deletes one's own.
const CREATE_EVENTS: u128 = 1 << 44;

/// The bot.
#[derive(Deserialize)]
struct Me {
    id: String,
    username: String,
}

/// The guild, as far as it matters here.
#[derive(Deserialize)]
struct Guild {
    id: String,
    name: String,
    owner_id: String,
    roles: Vec<Role>,
}

#[derive(Deserialize)]
struct Role {
    id: String,
    /// A number in digits, so that it may grow.
    permissions: String,
}

/// The bot as a member of the guild.
#[derive(Deserialize)]
struct Member {
    roles: Vec<String>,
    /// Until when it may only look on.
    #[serde(default)]
    communication_disabled_until: Option<DateTime<Utc>>,
}

impl Discord {
    /// The bot, its permissions, the room in the guild, and the clock. What follows from a failure is not asked any more.
    pub(super) async fn checked(&self) -> Vec<Line> {
        let mut lines = Vec::new();
        let answered = self.ask(&mut lines).await;
        if let Err((subject, failure)) = answered {
            lines.push(Line::of(subject, Err(failure)));
        }
        lines.extend(clock(&self.session.http));
        lines
    }

    async fn ask(&self, lines: &mut Vec<Line>) -> Result<(), (&'static str, Failure)> {
        let about = |subject: &'static str| move |failure: Failure| (subject, failure);
        let me: Me = self
            .fetch(Route::Me, &["users", "@me"])
            .await
            .map_err(about("token"))?;
        let told = format!("Discord accepts it; the bot is {} ({})", me.username, me.id);
        lines.push(Line::holds("token", told));
        let path = ["guilds", &self.config.guild];
        let guild: Guild = self
            .fetch(Route::Guild, &path)
            .await
            .map_err(about("guild"))?;
        let path = ["guilds", &self.config.guild, "members", &me.id];
        let member: Member = self
            .fetch(Route::Member, &path)
            .await
            .map_err(about("guild"))?;
        lines.push(Line::holds(
            "guild",
            format!("the bot is in {:?}", guild.name),
        ));
        lines.extend(permissions(&guild, &member, &me.id, self.session.now()));
        lines.push(check_listing(self.list().await));
        Ok(())
    }

    async fn fetch<T: serde::de::DeserializeOwned>(
        &self,
        route: Route,
        path: &[&str],
    ) -> Result<T, Failure> {
        let answer = self.session.get(route, self.config.url(path)).await?;
        self.read(&answer)
    }
}

/// What the bot may do: its roles together with the role of everybody, which has the guild's own id.
fn permissions(guild: &Guild, member: &Member, bot: &str, now: DateTime<Utc>) -> Vec<Line> {
    let granted = guild
        .roles
        .iter()
        .filter(|role| role.id == guild.id || member.roles.contains(&role.id))
        .fold(0, |all, role| all | role.permissions.parse().unwrap_or(0));
    let is_owner = guild.owner_id == bot;
    let may = |bit: u128| is_owner || granted & (bit | ADMINISTRATOR) != 0;
    let mut lines = Vec::new();
    if let Some(until) = member
        .communication_disabled_until
        .filter(|until| *until > now)
    {
        let text = format!(
            "the bot is timed out until {until}; remove the time-out in the server's list of members"
        );
        lines.push(Line::fails("permissions", text));
    }
    lines.push(match may(CREATE_EVENTS) {
        true => Line::holds(
            "permissions",
            "the bot may create events, and change its own",
        ),
        false => Line::fails(
            "permissions",
            "the bot lacks Create Events; grant it to the bot's role in Server Settings, Roles",
        ),
    });
    for (bit, name, danger) in [
        (ADMINISTRATOR, "Administrator", "everything"),
        (MANAGE_EVENTS, "Manage Events", "other people's events, too"),
    ] {
        if granted & bit != 0 {
            let text = format!(
                "the bot is granted {name}: whoever has its token may change {danger}; it needs Create Events only, take {name} from its roles"
            );
            lines.push(Line::warns("permissions", text));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::super::testing::{BOT, GUILD, now};
    use super::*;
    use crate::check::Level;
    use chrono::TimeDelta;
    use serde_json::{Value, json};

    fn guild(everybody: u128, ours: u128, others: u128) -> Guild {
        let role =
            |id: &str, bits: u128| json!({"id": id, "name": "r", "permissions": bits.to_string()});
        let roles = json!([role(GUILD, everybody), role("50", ours), role("51", others)]);
        serde_json::from_value(json!({"id": GUILD, "name": "g", "owner_id": "1", "roles": roles}))
            .unwrap()
    }

    fn levels(guild: &Guild, more: Value) -> Vec<Level> {
        let mut member = json!({"roles": ["50"]});
        member
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().cloned().unwrap_or_default());
        let member = serde_json::from_value(member).unwrap();
        let lines = permissions(guild, &member, BOT, now());
        lines.iter().map(|line| line.level).collect()
    }

    #[test]
    fn create_events_is_enough_whoever_grants_it() {
        for guild in [guild(CREATE_EVENTS, 0, 0), guild(0, CREATE_EVENTS, 0)] {
            assert_eq!(levels(&guild, Value::Null), [Level::Holds]);
        }
    }

    #[test]
    fn a_role_that_the_bot_does_not_have_grants_it_nothing() {
        assert_eq!(
            levels(&guild(0, 0, CREATE_EVENTS | ADMINISTRATOR), Value::Null),
            [Level::Fails]
        );
    }

    #[test]
    fn more_than_is_needed_is_worth_a_warning() {
        assert_eq!(
            levels(&guild(0, CREATE_EVENTS | MANAGE_EVENTS, 0), Value::Null),
            [Level::Holds, Level::Warns]
        );
        assert_eq!(
            levels(&guild(ADMINISTRATOR, 0, 0), Value::Null),
            [Level::Holds, Level::Warns]
        );
    }

    #[test]
    fn to_manage_events_is_not_to_create_them() {
        assert_eq!(
            levels(&guild(0, MANAGE_EVENTS, 0), Value::Null),
            [Level::Fails, Level::Warns]
        );
    }

    #[test]
    fn a_bot_that_is_timed_out_can_do_nothing_until_then() {
        let guild = guild(CREATE_EVENTS, 0, 0);
        for (until, levels_then) in [
            (
                now() + TimeDelta::hours(1),
                vec![Level::Fails, Level::Holds],
            ),
            (now() - TimeDelta::hours(1), vec![Level::Holds]),
        ] {
            let member = json!({"communication_disabled_until": until});
            assert_eq!(levels(&guild, member), levels_then);
        }
    }

    #[test]
    fn the_owner_needs_no_role() {
        let mut guild = guild(0, 0, 0);
        guild.owner_id = BOT.into();
        assert_eq!(levels(&guild, Value::Null), [Level::Holds]);
    }
}
