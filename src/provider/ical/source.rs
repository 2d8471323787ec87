//! Where a calendar lies, and how its bytes are had: a conditional GET, or a file.

use crate::http::{Answer, Failure, Http, Method, Request, shown};
use crate::provider::Probe;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::io::Read;
use std::path::{Path, PathBuf};
use url::Url;

/// The largest calendar that is read, in bytes.
pub const LARGEST: usize = 8 * 1024 * 1024;

/// Where a calendar lies.
#[derive(Debug)]
pub enum Source {
    /// At a web address.
    Web(Url),
    /// In a file, by its absolute path.
    File(PathBuf),
}

/// What asking for a calendar gave.
#[derive(Debug)]
pub enum Fetched {
    /// It is the one that was read last (304).
    Same,
    /// Its bytes, and by what the next request can ask whether they changed.
    New(Vec<u8>, Stamp),
}

/// What names one version of a calendar; kept as JSON in [`Probe::newest`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// The `ETag`, as it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// The `Last-Modified`, as it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified: Option<String>,
    /// SHA-256 of the bytes.
    pub sha256: String,
}

impl Source {
    /// The URL under which the calendar's events are known; a file's is `file://` and its absolute path.
    pub fn base(&self) -> String {
        match self {
            Self::Web(url) => url.to_string(),
            Self::File(path) => Url::from_file_path(path)
                .map_or_else(|()| format!("file://{}", path.display()), String::from),
        }
    }

    /// Gets the calendar; a web address is asked whether it changed since `stamp`.
    pub async fn fetch(&self, http: &Http, stamp: Option<&Stamp>) -> Result<Fetched, Failure> {
        let path = match self {
            Self::Web(url) => {
                let answer = http.send(request(url, stamp)).await?;
                return judge(url, answer, stamp.is_some());
            }
            Self::File(path) => path,
        };
        let bytes = read(path)?;
        let stamp = Stamp {
            sha256: hash(&bytes),
            ..Stamp::default()
        };
        Ok(Fetched::New(bytes, stamp))
    }

    /// How it is named in messages; a query can carry a secret.
    pub fn shown(&self) -> String {
        match self {
            Self::Web(url) => shown(url),
            Self::File(path) => path.display().to_string(),
        }
    }
}

impl Stamp {
    /// The stamp that a stored probe carries, if it can be asked with.
    pub fn of(probe: &Probe) -> Option<Self> {
        let stamp: Self = serde_json::from_str(probe.newest.as_deref()?).ok()?;
        (stamp.etag.is_some() || stamp.modified.is_some()).then_some(stamp)
    }

    /// The probe to store, for a calendar of `total` events.
    pub fn probe(&self, total: u64) -> Probe {
        let modified = self.modified.as_deref();
        Probe {
            total,
            newest: serde_json::to_string(self).ok(),
            newest_at: modified
                .and_then(|text| DateTime::parse_from_rfc2822(text).ok())
                .map(|at| at.with_timezone(&Utc)),
        }
    }
}

fn request(url: &Url, stamp: Option<&Stamp>) -> Request {
    let mut request = Request::new(Method::GET, url.clone())
        .expect("text/calendar")
        .limit(LARGEST);
    if let Some(etag) = stamp.and_then(|stamp| stamp.etag.as_deref()) {
        request = request.header("if-none-match", etag);
    }
    if let Some(modified) = stamp.and_then(|stamp| stamp.modified.as_deref()) {
        request = request.header("if-modified-since", modified);
    }
    request
}

/// What an answer means; `asked`: whether the request named a version.
pub(super) fn judge(url: &Url, answer: Answer, asked: bool) -> Result<Fetched, Failure> {
    let name = shown(url);
    match answer.status {
        200 => {
            let text = |header: &str| answer.header(header).map(str::to_owned);
            let stamp = Stamp {
                etag: text("etag"),
                modified: text("last-modified"),
                sha256: hash(&answer.body),
            };
            Ok(Fetched::New(answer.body, stamp))
        }
        304 if asked => Ok(Fetched::Same),
        401 | 403 => Err(Failure::Unauthorised(format!(
            "{name}: answered {}; use the calendar's public address",
            answer.status
        ))),
        429 | 503 if answer.status == 429 || answer.retry_at().is_some() => Err(Failure::Limited {
            until: answer
                .retry_at()
                .unwrap_or(answer.received + TimeDelta::seconds(60)),
            reason: format!("{name}: answered {}", answer.status),
        }),
        404 | 410 => Err(Failure::Wrong(format!(
            "{name}: answered {}, there is no such calendar; check url",
            answer.status
        ))),
        301 | 302 | 303 | 307 | 308 => {
            let to = answer
                .header("location")
                .and_then(|to| url.join(to).ok())
                .map_or_else(|| "elsewhere".into(), |to| shown(&to));
            Err(Failure::Wrong(format!(
                "{name}: redirects to {to}; write the address at which the calendar lies as url"
            )))
        }
        status => Err(Failure::Broken(format!("{name}: answered {status}"))),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let wrong = |problem: String, mend: &str| {
        Failure::Wrong(format!("{}: {problem}; {mend}", path.display()))
    };
    let unreadable = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => wrong(error.to_string(), "check path"),
        std::io::ErrorKind::PermissionDenied => {
            wrong(error.to_string(), "let the user running kronos read it")
        }
        _ => Failure::Broken(format!("{}: {error}", path.display())),
    };
    // Before opening: to open a pipe would wait for a writer.
    if !std::fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(wrong("not a file".into(), "check path"));
    }
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(LARGEST as u64 + 1).read_to_end(&mut bytes))
        .map_err(unreadable)?;
    if bytes.len() > LARGEST {
        return Err(wrong(
            format!("larger than {LARGEST} bytes"),
            "take events that are long over out of it",
        ));
    }
    Ok(bytes)
}

fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// `path` made absolute, without `.` and `..`: the same calendar keeps one name however its path is written.
/// Links are not followed, so that a calendar that is swapped by a link keeps its name, too.
pub fn absolute(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    Url::from_file_path(&path)
        .ok()
        .and_then(|url| Url::parse(url.as_str()).ok()?.to_file_path().ok())
        .unwrap_or(path)
}
