//! The existing group whose name is nearest to a mistyped one.
//!
//! An instance can be searched by everybody for its public groups; the search is forgiving, and knows groups of other instances
//! as well (Mobilizon 5.1 source, `search_actors`).

use super::api::Api;
use super::documents::SEARCH;
use super::reply::brief;
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
struct Found {
    like: Option<Groups>,
    any: Option<Groups>,
}

#[derive(Deserialize)]
struct Groups {
    elements: Vec<Option<Group>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    preferred_username: Option<String>,
    /// Of groups of other instances.
    domain: Option<String>,
}

/// The nearest name to `wrong` among the instance's own groups. Nothing if none is near, or if it cannot be searched: then
/// there is no hint.
pub(super) async fn nearest(api: &Api, wrong: &str) -> Option<String> {
    let reply = api
        .ask::<Found>(SEARCH, &json!({ "term": wrong }))
        .await
        .ok()?;
    let found = reply.data?;
    let groups = [found.like, found.any].into_iter().flatten();
    let names = groups
        .flat_map(|groups| groups.elements)
        .flatten()
        .filter(|group| group.domain.is_none())
        .filter_map(|group| group.preferred_username)
        .map(|name| brief(&name));
    closest(wrong, names)
}

/// The name that takes the fewest slips to become `wrong`; case is no slip, but the name itself is no hint.
fn closest(wrong: &str, names: impl Iterator<Item = String>) -> Option<String> {
    let lower = wrong.to_lowercase();
    names
        .filter(|name| name != wrong)
        .map(|name| {
            let slips = strsim::damerau_levenshtein(&lower, &name.to_lowercase());
            (slips, name)
        })
        .min()
        .filter(|(slips, name)| *slips <= 1 + name.chars().count() / 3)
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::closest;

    fn found(wrong: &str) -> Option<String> {
        let names = ["hackerspace", "hackspace", "repair-cafe"];
        closest(wrong, names.into_iter().map(String::from))
    }

    #[test]
    fn slips_and_case_are_forgiven_and_other_words_are_not() {
        assert_eq!(found("Hackerspace").as_deref(), Some("hackerspace"));
        assert_eq!(found("hackerspce").as_deref(), Some("hackerspace"));
        assert_eq!(found("repaircafe").as_deref(), Some("repair-cafe"));
        assert_eq!(found("knitting"), None);
    }

    #[test]
    fn the_name_itself_is_no_hint() {
        assert_eq!(found("repair-cafe"), None);
    }
}
