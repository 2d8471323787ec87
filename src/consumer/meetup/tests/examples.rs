//! Every recorded or constructed answer of the shared examples, and what it means.

use super::super::reply::{Reply, judge};
use super::super::{node, payload, photo, token};
use super::*;
use crate::consumer::Outcome;
use crate::http::Failure;

/// The cases of the shared examples: file, name, request, answer.
fn cases() -> Vec<(String, String, Value, Answer)> {
    let Some(folder) = shared("examples/meetup") else {
        return Vec::new();
    };
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    let mut cases = Vec::new();
    for file in files {
        let stem = file.file_stem().unwrap().to_string_lossy()[..2].to_string();
        let example: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        for case in example["cases"].as_array().unwrap() {
            let (name, response) = (case["name"].as_str().unwrap(), &case["response"]);
            let body = match response["body_text"].as_str() {
                Some(text) => text.to_string(),
                None => response["body"].to_string(),
            };
            let status = response["status"].as_u64().unwrap() as u16;
            cases.push((
                stem.clone(),
                name.into(),
                case["request"].clone(),
                answer(status, &body),
            ));
        }
    }
    cases
}

fn changed(answer: &Answer, mutation: &str) -> Result<node::Node, Outcome> {
    judge(answer)
        .change()
        .and_then(|data| payload::event(data, mutation))
}

#[test]
fn every_example_means_what_its_note_says() {
    for (file, name, request, answer) in cases() {
        let judged = || judge(&answer);
        let place = format!("{file} {name}: {:?}", judged());
        let holds = match (file.as_str(), name.as_str()) {
            ("01", "granted") | ("02", "refreshed") => token::granted(&answer).is_ok(),
            ("01", "refused") | ("02", "spent") => {
                matches!(token::granted(&answer), Err(Failure::Unauthorised(_)))
            }
            ("03", "self") => matches!(judged(), Reply::Data(_)),
            ("04", "created") | ("05", "draft") => {
                let made = changed(&answer, "createEvent").unwrap();
                let start = request["body"]["variables"]["input"]["startDateTime"]
                    .as_str()
                    .unwrap();
                let begins =
                    super::super::times::local(made.begins().unwrap(), chrono_tz::Europe::Berlin);
                begins == start && made.is_draft() == (name == "draft")
            }
            ("05", "published") => !changed(&answer, "publishEventDraft").unwrap().is_draft(),
            ("06", "venue_unknown") => {
                matches!(changed(&answer, "createEvent"), Err(Outcome::Refused(text)) if text.contains("venueId"))
            }
            ("06", "title_too_long") => {
                matches!(changed(&answer, "createEvent"), Err(Outcome::Refused(text)) if text.contains("title"))
            }
            ("07", "rescheduled") => changed(&answer, "editEvent").is_ok(),
            ("07", "offset_refused") => {
                matches!(changed(&answer, "editEvent"), Err(Outcome::Refused(_)))
            }
            ("08", "cancelled" | "deleted") => judged().change().and_then(payload::success).is_ok(),
            ("08", "already_gone") => {
                matches!(
                    judged().change().and_then(payload::success),
                    Err(Outcome::Refused(_))
                )
            }
            ("09", "found") => {
                let Reply::Data(data) = judged() else {
                    panic!("{place}")
                };
                let edge = &data["groupByUrlname"]["events"]["edges"][0]["node"];
                let node: node::Node = serde_json::from_value(edge.clone()).unwrap();
                node.item(now()).marker == Some(EventKey::new(KEY))
                    && node.item(now()).created == Some(at("2026-09-10T08:15:05Z"))
            }
            // What a listing makes of it stands in `reading`.
            ("09", "group_unknown") => {
                matches!(judged(), Reply::Data(data) if data["groupByUrlname"].is_null())
            }
            // kronos creates no venues; that there is data is all that is asked.
            ("10", _) => matches!(judged(), Reply::Data(_)),
            ("11", "slot") => photo::slot(judged().change().unwrap()).unwrap().id == 530_000_001,
            ("12", "rate_limited") => {
                matches!(judged(), Reply::Limited { until, .. } if until == at("2026-09-10T08:16:00Z"))
            }
            ("13", _) => matches!(judged(), Reply::Refused(_)),
            ("14", _) => matches!(judged(), Reply::Unauthorised(_)),
            ("15", "retired_endpoint") => {
                matches!(judged().reading(), Err(Failure::Wrong(text)) if text.contains("api_url"))
            }
            ("15", "bad_gateway") => {
                matches!(changed(&answer, "createEvent"), Err(Outcome::Ambiguous(_)))
            }
            ("15", "transient_400") => matches!(judged(), Reply::Spurious(_)),
            _ => panic!("an example that no test knows: {place}"),
        };
        assert!(holds, "{place}");
    }
}
