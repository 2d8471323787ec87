//! What `kronos check` asks an instance: which software it is, how old, and whether each group can be read.

use super::Mobilizon;
use super::nearest::nearest;
use super::reply::brief;
use crate::check::{Line, clock};
use crate::http::Failure;
use crate::provider::{Provider, check_groups};
use serde::Deserialize;

/// Older servers cannot order a list by its changes, so that nothing shows quickly that nothing changed (Mobilizon 5.1 source).
const ORDERS_LISTS: (u32, u32) = (3, 1);

/// What an instance says of itself, as far as it matters here (NodeInfo 2.1).
#[derive(Deserialize)]
struct NodeInfo {
    software: Software,
}

#[derive(Deserialize)]
struct Software {
    name: String,
    version: String,
}

impl Mobilizon {
    /// The instance, its groups and its clock.
    pub(super) async fn checked(&self) -> Vec<Line> {
        let instance = match self.api.node_info().await {
            // One line tells what every group would only repeat.
            Err(fault) => {
                let text = format!("cannot be reached: {fault}");
                return vec![Line::fails("instance", text)];
            }
            Ok(answer) if answer.is_success() => match answer.json() {
                Ok(info) => version(&info),
                Err(_) => unknown("it does not say which software it is"),
            },
            Ok(answer) => unknown(&format!("asked for it, it answered {}", answer.status)),
        };
        let mut lines = vec![instance];
        let groups = self.groups();
        let answers = self.probe(&groups).await;
        match answers.first() {
            Some(Err(first))
                if groups.len() > 1
                    && answers.iter().all(|answer| answer.as_ref() == Err(first)) =>
            {
                lines.push(Line::of("groups", Err(first.clone())));
            }
            _ => {
                let mistyped: Vec<bool> = answers
                    .iter()
                    .map(|answer| matches!(answer, Err(Failure::Wrong(_))))
                    .collect();
                let told = groups.iter().zip(check_groups(&groups, answers));
                for ((group, mut line), mistyped) in told.zip(mistyped) {
                    if mistyped && let Some(name) = nearest(&self.api, group).await {
                        line.text += &format!("; did you mean {name:?}?");
                    }
                    lines.push(line);
                }
            }
        }
        lines.extend(clock(self.api.http()));
        lines
    }
}

fn unknown(problem: &str) -> Line {
    let text = format!("its version is not known ({problem}); the groups below tell more");
    Line::warns("version", text)
}

fn version(info: &NodeInfo) -> Line {
    let (name, version) = (brief(&info.software.name), brief(&info.software.version));
    if !name.eq_ignore_ascii_case("mobilizon") {
        let text = format!("{name} {version} is not Mobilizon; check url");
        return Line::fails("version", text);
    }
    match major_minor(&version) {
        Some(found) if found < ORDERS_LISTS => Line::warns(
            "version",
            format!(
                "Mobilizon {version} is older than 3.1: every run reads every event; ask the administrators to update it"
            ),
        ),
        _ => Line::holds("version", format!("Mobilizon {version}")),
    }
}

/// `5.1.3` and `5.1.0-rc.1` are (5, 1).
fn major_minor(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.split(['.', '-', '+']);
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}
