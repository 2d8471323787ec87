//! What `kronos check` asks Meetup: whether the token holds, and what its member may do in the group.

use super::Meetup;
use super::documents::CHECK;
use crate::check::{Line, clock};
use chrono_tz::Tz;
use serde::Deserialize;
use serde_json::json;

/// The roles of a group's leaders, all of whom may make events (Meetup's schema: MembershipStatus, Role).
const LEADERS: [&str; 4] = [
    "ORGANIZER",
    "COORGANIZER",
    "ASST_ORGANIZER",
    "EVENT_ORGANIZER",
];

/// The answer.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    #[serde(rename = "self")]
    member: Member,
    group_by_urlname: Option<Group>,
}

#[derive(Deserialize)]
struct Member {
    id: String,
    name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    id: String,
    name: Option<String>,
    timezone: Option<String>,
    membership_metadata: Option<Membership>,
}

#[derive(Deserialize)]
struct Membership {
    role: Option<String>,
}

impl Meetup {
    /// The token, the group, the member's role in it, its time zone, and the clock.
    pub(super) async fn checked(&self) -> Vec<Line> {
        let asked = json!({ "urlname": self.config.group });
        let mut lines = match self.api.read(CHECK, asked).await {
            Err(failure) => vec![Line::of("token", Err(failure))],
            Ok(data) => match serde_json::from_value(data.into()) {
                Ok(answer) => judge(&answer, &self.config.group),
                Err(error) => vec![Line::fails(
                    "token",
                    format!("Meetup's answer cannot be read ({error})"),
                )],
            },
        };
        lines.extend(clock(&self.api.http));
        lines
    }
}

fn judge(answer: &Answer, urlname: &str) -> Vec<Line> {
    let (member, id) = (&answer.member, &answer.member.id);
    let name = member.name.as_deref().unwrap_or("a member without a name");
    let mut lines = vec![Line::holds(
        "token",
        format!("Meetup accepts it; events are made in the name of {name} ({id})"),
    )];
    let Some(group) = &answer.group_by_urlname else {
        let text = format!(
            "the group {urlname:?} was not found at Meetup; check group, the part after https://www.meetup.com/ in its address"
        );
        lines.push(Line::fails("group", text));
        return lines;
    };
    let shown = group.name.as_deref().unwrap_or(urlname);
    lines.push(Line::holds("group", format!("{shown:?} ({})", group.id)));
    let role = group
        .membership_metadata
        .as_ref()
        .and_then(|membership| membership.role.as_deref());
    lines.push(match role {
        Some(role) if LEADERS.contains(&role) => {
            Line::holds("role", format!("{name} is {role} of the group"))
        }
        found => Line::fails(
            "role",
            format!(
                "{name} may not make events in the group ({}); let its organiser make {name} an event organiser, or use the credentials of one",
                found.unwrap_or("no active member")
            ),
        ),
    });
    let zone = group.timezone.as_deref().unwrap_or_default();
    lines.push(match zone.parse::<Tz>() {
        Ok(zone) => Line::holds("time zone", format!("times are written in {zone}")),
        Err(_) => Line::fails(
            "time zone",
            format!("{zone:?} is not known; set the group's city and time zone in its settings at Meetup"),
        ),
    });
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Level;
    use serde_json::Value;

    fn levels(group: Value) -> Vec<(String, Level)> {
        let answer = json!({"self": {"id": "1", "name": "Ada"}, "groupByUrlname": group});
        let lines = judge(&serde_json::from_value(answer).unwrap(), "g");
        lines
            .into_iter()
            .map(|line| (line.subject, line.level))
            .collect()
    }

    fn group(role: Value, zone: Value) -> Value {
        json!({"id": "7", "name": "G", "timezone": zone, "membershipMetadata": role})
    }

    fn level(lines: &[(String, Level)], subject: &str) -> Level {
        lines.iter().find(|line| line.0 == subject).unwrap().1
    }

    #[test]
    fn every_leader_may_make_events_and_nobody_else() {
        for (role, expected) in [
            (json!({"role": "ORGANIZER"}), Level::Holds),
            (json!({"role": "EVENT_ORGANIZER"}), Level::Holds),
            (json!({"role": "MEMBER"}), Level::Fails),
            (json!({"role": null}), Level::Fails),
            (Value::Null, Level::Fails),
        ] {
            let lines = levels(group(role.clone(), json!("Europe/Berlin")));
            assert_eq!(level(&lines, "role"), expected, "{role}");
        }
    }

    #[test]
    fn a_zone_that_is_not_known_fails() {
        for zone in [json!("Middle/Earth"), Value::Null] {
            let lines = levels(group(json!({"role": "ORGANIZER"}), zone));
            assert_eq!(level(&lines, "time zone"), Level::Fails);
        }
    }

    #[test]
    fn without_the_group_the_token_still_holds() {
        let lines = levels(Value::Null);
        assert_eq!(level(&lines, "token"), Level::Holds);
        assert_eq!(level(&lines, "group"), Level::Fails);
        assert_eq!(lines.len(), 2);
    }
}
