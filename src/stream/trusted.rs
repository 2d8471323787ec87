//! Whom is trusted: a folder of public key files, read again when it changes.

use super::key::{KeyError, PublicKey, read_public};
use super::message::Message;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

/// The folder is looked at no more often than this.
const PATIENCE: Duration = Duration::from_secs(1);
/// A key file is a few lines.
const LARGEST_FILE: u64 = 64 * 1024;

/// What tells that the folder changed: each file's name, number, size and time.
type Stamp = Vec<(OsString, u64, u64, Option<SystemTime>)>;

/// The public keys of those who are trusted.
#[derive(Debug)]
pub struct Trusted {
    folder: PathBuf,
    keys: BTreeMap<String, PublicKey>,
    stamp: Stamp,
    looked: Instant,
}

/// Why a message is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Distrust {
    /// None of its signers is trusted.
    #[error("nobody who signed it is trusted")]
    Stranger,
    /// The first of its signers who is trusted did not sign this.
    #[error("its signature is not that of the trusted signer whom it names")]
    Forged,
}

impl Trusted {
    /// Reads the folder. A file in it that is no public key is told of and passed over.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn open(folder: &Path, now: Instant) -> Result<Self, KeyError> {
        let mut trusted = Self {
            folder: folder.into(),
            keys: BTreeMap::new(),
            stamp: Stamp::new(),
            looked: now,
        };
        match stamp(folder) {
            Ok(stamp) => trusted.load(stamp),
            Err(error) => {
                let problem = format!(
                    "the folder of trusted keys cannot be read ({error}); make it, and put keys there: kronos key trust FILE"
                );
                return Err(KeyError::File {
                    path: folder.display().to_string(),
                    problem,
                });
            }
        }
        Ok(trusted)
    }

    /// How many are trusted.
    pub fn count(&self) -> usize {
        self.keys.len()
    }

    /// Reads the folder again if it changed; looks at most once a second. While it cannot be read, those stay who were trusted.
    pub fn refresh(&mut self, now: Instant) {
        if now.duration_since(self.looked) < PATIENCE {
            return;
        }
        self.looked = now;
        match stamp(&self.folder) {
            Ok(stamp) if stamp == self.stamp => {}
            Ok(stamp) => {
                self.load(stamp);
                tracing::info!(
                    trusted = self.keys.len(),
                    "the trusted keys were read again"
                );
            }
            Err(error) => {
                tracing::warn!(folder = %self.folder.display(), %error, "the folder of trusted keys cannot be read");
            }
        }
    }

    fn load(&mut self, stamp: Stamp) {
        self.keys.clear();
        for (name, ..) in &stamp {
            let path = self.folder.join(name);
            let read = fs::read_to_string(&path).map_err(|error| error.to_string());
            match read.and_then(|text| read_public(&text).map_err(|error| error.to_string())) {
                Ok((id, key)) => match self.keys.entry(id) {
                    Entry::Vacant(place) => drop(place.insert(key)),
                    Entry::Occupied(place) => {
                        tracing::warn!(file = %path.display(), id = place.key(), "another key of that id is trusted already; this one is not");
                    }
                },
                Err(problem) => {
                    tracing::warn!(file = %path.display(), "no key to trust: {problem}");
                }
            }
        }
        self.stamp = stamp;
    }

    /// Who vouches for a message: the first of its signers who is trusted decides.
    ///
    /// # Errors
    /// Nobody does.
    pub fn voucher<'m>(&self, message: &'m Message) -> Result<&'m str, Distrust> {
        let (signer, key) = message
            .signers()
            .find_map(|signer| Some((signer, self.keys.get(signer)?)))
            .ok_or(Distrust::Stranger)?;
        match message.is_signed_by(signer, key) {
            true => Ok(signer),
            false => Err(Distrust::Forged),
        }
    }
}

/// The key files of the folder. Hidden files, copies that an editor leaves and secret keys are none.
fn stamp(folder: &Path) -> io::Result<Stamp> {
    let mut stamp = Stamp::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        let text = name.to_string_lossy();
        if text.starts_with('.') || text.ends_with('~') || text.ends_with(".key_secret") {
            continue;
        }
        // A link is followed; what went meanwhile is not there.
        let Ok(data) = fs::metadata(folder.join(&name)) else {
            continue;
        };
        if data.is_file() && data.len() <= LARGEST_FILE {
            stamp.push((name, data.ino(), data.len(), data.modified().ok()));
        }
    }
    stamp.sort();
    Ok(stamp)
}

#[cfg(test)]
mod tests {
    use super::super::key::Signer;
    use super::super::message::Draft;
    use super::*;
    use crate::stream::{create, trust};

    fn message(signers: &[&Signer]) -> Message {
        let mut message = Message::compose(Draft {
            tag: "t",
            uuid: "u",
            time: "t",
            origin: "o",
            data: serde_json::json!({}),
        })
        .unwrap();
        signers.iter().for_each(|signer| message.sign(signer));
        message
    }

    fn new(folder: &Path, id: &str) -> Signer {
        let [_, secret] = create(folder, id, None, None).unwrap();
        Signer::read(&fs::read_to_string(secret).unwrap()).unwrap()
    }

    #[test]
    fn the_first_signer_who_is_trusted_decides() {
        let folder = tempfile::tempdir().unwrap();
        let [one, two, stranger] = ["one", "two", "stranger"].map(|id| new(folder.path(), id));
        let trusted_folder = folder.path().join("trusted");
        for id in ["one", "two"] {
            trust(&folder.path().join(format!("{id}.key")), &trusted_folder).unwrap();
        }
        let trusted = Trusted::open(&trusted_folder, Instant::now()).unwrap();
        let judge = |message: &Message| trusted.voucher(message).map(String::from);
        assert_eq!(judge(&message(&[&stranger, &two])), Ok("two".into()));
        assert_eq!(judge(&message(&[&stranger])), Err(Distrust::Stranger));

        // A forged first signature drops the message, though the second one holds; the other way round it is believed.
        let forged = Signer::generate("one").unwrap();
        assert_eq!(judge(&message(&[&forged, &two])), Err(Distrust::Forged));
        assert_eq!(judge(&message(&[&two, &forged])), Ok("two".into()));
        assert_eq!(judge(&message(&[&one])), Ok("one".into()));
    }

    #[test]
    fn the_folder_is_read_again_when_it_changes() {
        let folder = tempfile::tempdir().unwrap();
        let trusted_folder = folder.path().join("trusted");
        fs::create_dir(&trusted_folder).unwrap();
        let one = new(folder.path(), "one");
        let begin = Instant::now();
        let mut trusted = Trusted::open(&trusted_folder, begin).unwrap();
        assert_eq!(trusted.count(), 0);

        let path = trust(&folder.path().join("one.key"), &trusted_folder).unwrap();
        trusted.refresh(begin + PATIENCE / 2);
        assert_eq!(trusted.count(), 0);
        trusted.refresh(begin + PATIENCE);
        assert_eq!(trusted.voucher(&message(&[&one])), Ok("one"));

        fs::remove_file(path).unwrap();
        trusted.refresh(begin + PATIENCE * 2);
        assert_eq!(trusted.count(), 0);
    }

    #[test]
    fn a_file_that_is_no_key_takes_no_other_away() {
        let folder = tempfile::tempdir().unwrap();
        let trusted_folder = folder.path().join("trusted");
        new(folder.path(), "one");
        trust(&folder.path().join("one.key"), &trusted_folder).unwrap();
        fs::write(trusted_folder.join("broken.key"), "\u{0}garbage").unwrap();
        fs::write(trusted_folder.join("binary"), [0xff, 0xfe]).unwrap();
        fs::create_dir(trusted_folder.join("folder")).unwrap();
        std::os::unix::fs::symlink("nowhere", trusted_folder.join("dangling")).unwrap();
        let trusted = Trusted::open(&trusted_folder, Instant::now()).unwrap();
        assert_eq!(trusted.count(), 1);
    }
}
