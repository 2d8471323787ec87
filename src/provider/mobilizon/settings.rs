//! What a `[providers.NAME]` section of this kind says, and whether it can be used.

use crate::kind::{KindError, Section};
use serde::Deserialize;
use std::collections::HashSet;
use url::Url;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    url: String,
    groups: Vec<String>,
}

/// A section that can be used.
#[derive(Debug)]
pub(super) struct Settings {
    /// The instance, without query and fragment.
    pub(super) base: Url,
    /// The groups' bare names, distinct, in order.
    pub(super) groups: Vec<String>,
}

impl Settings {
    /// Checks the keys `url` and `groups`.
    ///
    /// # Errors
    /// A URL that may not be asked; no group; a name that is empty, said twice, or belongs to another instance.
    pub(super) fn of(section: &Section) -> Result<Self, KindError> {
        let keys: Keys = section.parse()?;
        let mut base = section.service_url("url", &keys.url)?;
        base.set_query(None);
        base.set_fragment(None);
        if keys.groups.is_empty() {
            return Err(KindError::value(
                "groups",
                "names no group",
                "write the part after @ of the group's address, e.g. groups = [\"hackerspace\"]",
            ));
        }
        let mut seen = HashSet::new();
        let mut groups = Vec::with_capacity(keys.groups.len());
        for written in &keys.groups {
            let name = bare(written, &base)?;
            if !seen.insert(name) {
                return Err(KindError::value(
                    "groups",
                    format!("{written:?} stands there twice"),
                    "take one of them out",
                ));
            }
            groups.push(name.to_string());
        }
        Ok(Self { base, groups })
    }
}

/// The name without its host, which must be `base`'s: an instance serves other instances' groups from an unreliable cache.
fn bare<'a>(written: &'a str, base: &Url) -> Result<&'a str, KindError> {
    let wrong = |problem: &str, mend: String| {
        KindError::value("groups", format!("{written:?} {problem}"), mend)
    };
    let (name, host) = match written.split_once('@') {
        Some((name, host)) => (name, Some(host)),
        None => (written, None),
    };
    if name.is_empty() || written.contains(|c: char| c.is_whitespace() || c == '/') {
        return Err(wrong(
            "is no group's name",
            "write the part after @ of the group's address, e.g. \"hackerspace\"".into(),
        ));
    }
    match host {
        Some(host) if !is_host_of(host, base) => Err(wrong(
            "lives on another instance",
            format!(
                "configure the group's home instance instead: a provider with url = \"https://{host}\" and the group {name:?}"
            ),
        )),
        _ => Ok(name),
    }
}

/// Whether `host` (with or without the port) is where `base` points.
pub(super) fn is_host_of(host: &str, base: &Url) -> bool {
    let own = base.host_str().unwrap_or_default();
    host.eq_ignore_ascii_case(own)
        || base
            .port()
            .is_some_and(|port| host.eq_ignore_ascii_case(&format!("{own}:{port}")))
}
