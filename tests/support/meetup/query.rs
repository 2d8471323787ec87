//! The GraphQL endpoint and its queries.

use super::item::Item;
use super::{GROUP, MEMBER, World, schema};
use crate::support::exchange::{Reply, Request};
use crate::support::graphql::{Ask, Refusal, Resolved, Types};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::sync::LazyLock;

static MEETUP: LazyLock<Types> = LazyLock::new(|| Types::new(schema::TYPES));

impl World {
    /// Answers one GraphQL request.
    pub fn graphql(&mut self, request: &Request) -> Reply {
        let signed_in = match self.signed_in(request) {
            Ok(signed_in) => signed_in,
            Err(refusal) => return refusal,
        };
        if self.switches.limited > 0 {
            self.switches.limited -= 1;
            let reset = self
                .switches
                .reset_at
                .map(|at| at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true));
            let error = json!({
                "message": "Too many requests, please try again shortly.",
                "extensions": {"code": "RATE_LIMITED", "consumedPoints": 500, "resetAt": reset},
            });
            return answered(&json!({"errors": [error]}));
        }
        let body = request.json();
        if !body["query"].is_string() {
            return Reply::json(400, &json!({"errors": [{"message": "Bad Request"}]}));
        }
        let query = match MEETUP.check(&body) {
            Ok(query) => query,
            Err(errors) => {
                let errors = errors.into_iter().map(classified).collect::<Vec<_>>();
                return answered(&json!({"errors": errors}));
            }
        };
        let world = RefCell::new(self);
        answered(&query.run(&|ask| world.borrow_mut().resolve(signed_in, ask)))
    }

    fn resolve(&mut self, signed_in: bool, ask: &Ask<'_>) -> Resolved {
        match (ask.on, ask.field) {
            ("Query", "self") => Ok(Some(if signed_in { myself() } else { Value::Null })),
            ("Query", "event") => {
                let found = self
                    .items
                    .iter()
                    .find(|item| ask.arguments["id"] == item.id);
                let found = found.filter(|item| is_visible(item, signed_in));
                Ok(Some(found.map_or(Value::Null, |item| self.shown(item))))
            }
            ("Query", "groupByUrlname") => Ok(Some(match ask.arguments["urlname"].as_str() {
                Some(GROUP) => self.group(),
                _ => Value::Null,
            })),
            ("Group", "events") => self.events(signed_in, &ask.arguments).map(Some),
            ("Mutation", _) if !signed_in => Err(Refusal::Field(json!({
                "message": "Unauthorized", "extensions": {"classification": "UNAUTHORIZED"},
            }))),
            ("Mutation", _) => Ok(Some(self.mutate(ask.field, &ask.arguments["input"]))),
            _ => Ok(None),
        }
    }
}

/// Drafts are for the organisers.
pub fn is_visible(item: &Item, signed_in: bool) -> bool {
    signed_in || item.status != super::Status::Draft
}

/// A validation error as the service marks it.
pub fn classified(mut error: Value) -> Value {
    error["extensions"] = json!({"classification": "ValidationError"});
    if error.get("locations").is_none() {
        error["locations"] = json!([{"line": 1, "column": 1}]);
    }
    error
}

fn answered(body: &Value) -> Reply {
    Reply::new(200, "application/json;charset=utf-8", body.to_string())
}

fn myself() -> Value {
    json!({
        "id": MEMBER, "name": "Example Organizer", "isOrganizer": true, "isProOrganizer": true,
        "adminProNetworks": [{"id": "559792434039549952", "name": "Example Network"}],
    })
}
