//! A health check that is told of the start and the end of each run, in the style of healthchecks.io: a POST to URL/start, and
//! then to URL/CODE with the report as its body (healthchecks.io docs, "Pinging API": `/start`, `/{exit-status}`, at most 100 kB).

use crate::clock::Clock;
use crate::exit::Exit;
use crate::http::{Http, Method, Request};
use std::rc::Rc;
use std::time::Duration;
use url::Url;

/// The run waits no longer for the health check.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The longest body that is kept, in bytes.
const LONGEST: usize = 100_000;

/// One health check. Whoever knows its URL can use it, so that only its host is ever told.
pub struct Ping {
    http: Http,
    url: Url,
}

impl Ping {
    /// The health check at `url`.
    pub fn new(clock: Rc<dyn Clock>, url: Url) -> Self {
        let name = concat!("kronos/", env!("CARGO_PKG_VERSION"));
        Self {
            http: Http::new(clock, TIMEOUT, name),
            url,
        }
    }

    /// A run begins. A failure is a warning in the log and nothing else.
    pub async fn start(&self) {
        self.send("start", String::new()).await;
    }

    /// The run ended so, or could not begin; `report` is for people.
    pub async fn end(&self, exit: Exit, report: &str) {
        let mut end = report.len().min(LONGEST);
        while !report.is_char_boundary(end) {
            end -= 1;
        }
        self.send(&exit.code().to_string(), report[..end].into())
            .await;
    }

    async fn send(&self, what: &str, body: String) {
        let mut url = self.url.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().push(what);
        }
        let request = Request::new(Method::POST, url)
            .body(body.into_bytes(), "text/plain; charset=utf-8")
            .limit(LONGEST)
            .secret_path();
        let host = self.url.host_str().unwrap_or_default();
        match self.http.send(request).await {
            Ok(answer) if answer.is_success() => {}
            Ok(answer) => tracing::warn!(
                "the health check at {host} was not told ({}); check ping_url",
                answer.status
            ),
            Err(fault) => tracing::warn!("the health check at {host} was not told ({fault})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;
    use crate::http::scripted::{Script, says};
    use serde_json::json;

    async fn told(path: &str, report: &str) -> Vec<(String, String)> {
        let script = Script::play(vec![says(200, json!({})), says(500, json!({}))]);
        let url = Url::parse(&format!("{}{path}", script.url)).unwrap();
        let ping = Ping::new(Rc::new(SystemClock), url);
        ping.start().await;
        ping.end(Exit::Partial, report).await;
        let text = |body: Vec<u8>| String::from_utf8(body).unwrap();
        let heard = script.heard().into_iter();
        heard.map(|heard| (heard.line, text(heard.body))).collect()
    }

    #[tokio::test]
    async fn the_start_and_the_exit_code_follow_the_path_and_the_query_stays() {
        for (path, start, end) in [
            ("/uuid", "/uuid/start", "/uuid/3"),
            (
                "/key/slug/?create=1",
                "/key/slug/start?create=1",
                "/key/slug/3?create=1",
            ),
        ] {
            let told = told(path, "Run 12").await;
            assert_eq!(told[0], (format!("POST {start} HTTP/1.1"), String::new()));
            assert_eq!(told[1], (format!("POST {end} HTTP/1.1"), "Run 12".into()));
        }
    }

    #[tokio::test]
    async fn a_long_report_is_cut_between_two_characters() {
        let told = told("/uuid", &"é".repeat(LONGEST)).await;
        assert_eq!(told[1].1.len(), LONGEST);
    }
}
