//! What `kronos check` asks Discord about a channel: who the bot is, which channel it is, and what the bot may do there.
//!
//! Source: Discord API docs, "Permissions": roles first, then what the channel denies and allows everybody, roles and members.

use super::News;
use crate::check::{Line, clock};
use crate::consumer::discord::rate::Route;
use crate::http::Failure;
use serde::Deserialize;

/// Passes every check of permissions.
const ADMINISTRATOR: u128 = 1 << 3;
/// What the bot needs, by the names that people see.
const NEEDED: [(u128, &str); 4] = [
    (1 << 10, "View Channel"),
    (1 << 11, "Send Messages"),
    (1 << 14, "Embed Links"),
    (1 << 16, "Read Message History"),
];

#[derive(Deserialize)]
struct Me {
    id: String,
    username: String,
}

#[derive(Deserialize)]
struct Channel {
    guild_id: String,
    name: String,
    #[serde(default)]
    permission_overwrites: Vec<Overwrite>,
}

#[derive(Deserialize)]
struct Overwrite {
    id: String,
    allow: String,
    deny: String,
}

#[derive(Deserialize)]
struct Guild {
    id: String,
    owner_id: String,
    roles: Vec<Role>,
}

#[derive(Deserialize)]
struct Role {
    id: String,
    permissions: String,
}

#[derive(Deserialize)]
struct Member {
    roles: Vec<String>,
}

/// The web hook, as Discord shows it to whoever knows its address.
#[derive(Deserialize)]
struct Hook {
    name: Option<String>,
    channel_id: String,
}

impl News {
    /// The bot, the channel and the permissions. What follows from a failure is not asked any more.
    pub(super) async fn checked(&self, channel: &str) -> Vec<Line> {
        let mut lines = Vec::new();
        if let Err((subject, failure)) = self.ask(channel, &mut lines).await {
            lines.push(Line::of(subject, Err(failure)));
        }
        lines.extend(clock(&self.channel.session.http));
        lines
    }

    async fn ask(
        &self,
        channel: &str,
        lines: &mut Vec<Line>,
    ) -> Result<(), (&'static str, Failure)> {
        let about = |subject: &'static str| move |failure: Failure| (subject, failure);
        let config = &self.channel.config;
        let url = config.api(&["users", "@me"]);
        let me: Me = self.fetch(Route::Me, url).await.map_err(about("token"))?;
        let told = format!("Discord accepts it; the bot is {} ({})", me.username, me.id);
        lines.push(Line::holds("token", told));
        let found: Channel = self
            .fetch(Route::Channel, config.url(&[]))
            .await
            .map_err(about("channel"))?;
        lines.push(Line::holds(
            "channel",
            format!("{channel} is #{}", found.name),
        ));
        let url = config.api(&["guilds", &found.guild_id]);
        let guild: Guild = self
            .fetch(Route::Guild, url)
            .await
            .map_err(about("guild"))?;
        let url = config.api(&["guilds", &found.guild_id, "members", &me.id]);
        let member: Member = self
            .fetch(Route::Member, url)
            .await
            .map_err(about("guild"))?;
        lines.push(permissions(&guild, &found, &member, &me.id));
        Ok(())
    }

    /// Whether the web hook is there.
    pub(super) async fn hook_checked(&self) -> Vec<Line> {
        let found: Result<Hook, Failure> = self
            .fetch(Route::Channel, self.channel.config.url(&[]))
            .await;
        let mut lines = vec![match found {
            Ok(hook) => Line::holds(
                "webhook",
                format!(
                    "{:?} writes to the channel {}",
                    hook.name.unwrap_or_default(),
                    hook.channel_id
                ),
            ),
            Err(failure) => Line::of("webhook", Err(failure)),
        }];
        lines.push(Line::warns(
            "exactness",
            "a web hook can neither be listed nor does it recognise what is sent again: what may have been posted is left to you; a bot is better",
        ));
        lines
    }
}

fn permissions(guild: &Guild, channel: &Channel, member: &Member, bot: &str) -> Line {
    let bits = |text: &str| text.parse::<u128>().unwrap_or(0);
    let has = |id: &String| *id == guild.id || member.roles.contains(id);
    let granted = guild
        .roles
        .iter()
        .filter(|role| has(&role.id))
        .fold(0, |all, role| all | bits(&role.permissions));
    if guild.owner_id == bot || granted & ADMINISTRATOR != 0 {
        return Line::warns(
            "permissions",
            "the bot is granted Administrator: whoever has its token may change everything; it needs View Channel, Send Messages, Embed Links and Read Message History only",
        );
    }
    let overwrites = |applies: &dyn Fn(&Overwrite) -> bool| {
        let all = channel.permission_overwrites.iter();
        all.filter(|overwrite| applies(overwrite))
            .fold((0, 0), |(allow, deny), overwrite| {
                (allow | bits(&overwrite.allow), deny | bits(&overwrite.deny))
            })
    };
    let levels = [
        overwrites(&|overwrite| overwrite.id == guild.id),
        overwrites(&|overwrite| member.roles.contains(&overwrite.id)),
        overwrites(&|overwrite| overwrite.id == bot),
    ];
    let granted = levels
        .into_iter()
        .fold(granted, |granted, (allow, deny)| granted & !deny | allow);
    let lacking: Vec<&str> = NEEDED
        .iter()
        .filter(|(bit, _)| granted & bit == 0)
        .map(|(_, name)| *name)
        .collect();
    match lacking.is_empty() {
        true => Line::holds("permissions", "the bot may announce in this channel"),
        false => Line::fails(
            "permissions",
            format!(
                "the bot lacks {}; grant it in Edit Channel, Permissions",
                lacking.join(", ")
            ),
        ),
    }
}
