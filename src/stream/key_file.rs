//! Key files: text in the ZeroMQ Property Language (ZeroMQ RFC 4), in the sections that Laniakea's keytool writes.
//!
//! There is no library for that language that is kept; three lines of it are needed.

use super::key::{KeyError, PublicKey, Signer, read_public};
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The entries of a key file: section, key, value.
pub(super) struct Entries<'a>(Vec<(&'a str, &'a str, &'a str)>);

impl<'a> Entries<'a> {
    /// Lines that are not understood are passed over.
    pub fn read(text: &'a str) -> Self {
        let mut section = "";
        let mut entries = Vec::new();
        for line in text.lines() {
            let content = line.trim();
            if content.is_empty() || content.starts_with('#') {
                continue;
            }
            match content.split_once('=') {
                Some((key, value)) if line.starts_with([' ', '\t']) => {
                    entries.push((section, key.trim(), unquoted(value.trim())));
                }
                _ => section = content.split(['=', '#']).next().unwrap_or_default().trim(),
            }
        }
        Self(entries)
    }

    /// The value of a key, unless it is empty.
    pub fn get(&self, section: &str, key: &str) -> Option<&'a str> {
        self.0
            .iter()
            .find(|(in_section, name, _)| (*in_section, *name) == (section, key))
            .map(|(_, _, value)| *value)
            .filter(|value| !value.is_empty())
    }

    /// The same, or what is missing.
    pub fn required(&self, section: &str, key: &'static str) -> Result<&'a str, KeyError> {
        self.get(section, key).ok_or(KeyError::Lacks(match key {
            "id" => "metadata.id",
            "verify-key" => "ed.verify-key",
            _ => "ed.signing-key",
        }))
    }
}

/// A value stands in single or double quotes, or ends where a comment begins.
fn unquoted(value: &str) -> &str {
    for quote in ['"', '\''] {
        if let Some(rest) = value.strip_prefix(quote) {
            return rest.split(quote).next().unwrap_or_default();
        }
    }
    value.split('#').next().unwrap_or_default().trim()
}

/// What a key file tells.
#[derive(Debug)]
pub struct KeyFile {
    /// Who signs with it.
    pub id: String,
    /// Whose it is.
    pub name: Option<String>,
    /// How to reach them.
    pub email: Option<String>,
    /// By what signatures are verified.
    pub public: PublicKey,
    /// The file holds the secret half, too.
    pub is_secret: bool,
}

impl KeyFile {
    /// Reads one, public or secret.
    ///
    /// # Errors
    /// It cannot be read, or is none.
    pub fn open(file: &Path) -> Result<Self, KeyError> {
        let text = Zeroizing::new(fs::read_to_string(file).map_err(|error| failed(file, &error))?);
        let (id, public) = read_public(&text).map_err(|error| KeyError::File {
            path: file.display().to_string(),
            problem: error.to_string(),
        })?;
        let entries = Entries::read(&text);
        let metadata = |key| entries.get("metadata", key).map(String::from);
        Ok(Self {
            id,
            name: metadata("name"),
            email: metadata("email"),
            public,
            is_secret: entries.get("ed", "signing-key").is_some(),
        })
    }
}

/// Whether a signer may be called so: it is a file's name, too.
pub fn is_usable_id(id: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    (1..=100).contains(&id.len()) && id.chars().all(fits) && !id.starts_with(['.', '-'])
}

fn failed(path: &Path, error: &std::io::Error) -> KeyError {
    let problem = match error.kind() {
        ErrorKind::AlreadyExists => "exists already and is left as it is".into(),
        _ => format!("{error}; check the folder and its owner"),
    };
    KeyError::File {
        path: path.display().to_string(),
        problem,
    }
}

/// Makes a file that was not there, durably.
fn write_new(path: &Path, mode: u32, text: &str) -> Result<(), KeyError> {
    let write = || {
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(mode)
            .open(path)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()
    };
    write().map_err(|error| failed(path, &error))
}

/// Makes a new key: `ID.key`, which may be given to everybody, and `ID.key_secret`, which only its owner can read, in a folder that
/// is made if it is missing. Gives both paths.
///
/// # Errors
/// One of the files exists: neither is touched. Or they cannot be written.
pub fn create(
    folder: &Path,
    id: &str,
    name: Option<&str>,
    email: Option<&str>,
) -> Result<[PathBuf; 2], KeyError> {
    let signer = Signer::generate(id).map_err(|problem| KeyError::File {
        path: folder.display().to_string(),
        problem,
    })?;
    let mut metadata = format!("metadata\n    id = \"{id}\"\n");
    for (key, value) in [("name", name), ("email", email)] {
        if let Some(value) = value {
            metadata.push_str(&format!("    {key} = \"{value}\"\n"));
        }
    }
    // There is no key for encryption. An empty one must stand there: without it ZeroMQ's own authentication trusts nobody any
    // more (Laniakea source, keytool).
    let public = format!(
        "{metadata}curve\n    public-key = \"\"\ned\n    verify-key = \"{}\"\n",
        signer.public().text()
    );
    let secret = Zeroizing::new(format!(
        "# SECRET: whoever has this file can sign in its name. It stays on this machine.\n\n{public}    signing-key = \"{}\"\n",
        *signer.secret_text()
    ));
    let paths = [
        folder.join(format!("{id}.key")),
        folder.join(format!("{id}.key_secret")),
    ];
    // The public half comes last: where it stands, the pair is whole. A secret half alone is not given away.
    if paths[0].symlink_metadata().is_ok() {
        return Err(failed(&paths[0], &ErrorKind::AlreadyExists.into()));
    }
    fs::create_dir_all(folder).map_err(|error| failed(folder, &error))?;
    write_new(&paths[1], 0o600, &secret)?;
    let public = format!("# Public: give it to everybody who is to verify.\n\n{public}");
    write_new(&paths[0], 0o644, &public)?;
    Ok(paths)
}

/// Puts the public half of a key file among those that are trusted, as `ID.key`; a secret half is left out. Gives its path.
///
/// # Errors
/// It is no key file, somebody of that id is trusted already, or the folder cannot be written to.
pub fn trust(file: &Path, folder: &Path) -> Result<PathBuf, KeyError> {
    let text = Zeroizing::new(fs::read_to_string(file).map_err(|error| failed(file, &error))?);
    let wrong = |problem: String| KeyError::File {
        path: file.display().to_string(),
        problem,
    };
    let (id, key) = read_public(&text).map_err(|error| wrong(error.to_string()))?;
    if !is_usable_id(&id) {
        return Err(wrong(format!("its id {id:?} cannot be a file's name")));
    }
    let kept: String = text
        .lines()
        .filter(|line| {
            let key = line.split('=').next().unwrap_or_default().trim();
            !line.trim_start().starts_with('#') && !matches!(key, "signing-key" | "secret-key")
        })
        .map(|line| format!("{line}\n"))
        .collect();
    let kept = match Entries::read(&kept).get("ed", "verify-key") {
        Some(_) => kept.trim_start().to_owned(),
        None => format!(
            "metadata\n    id = \"{id}\"\ncurve\n    public-key = \"\"\ned\n    verify-key = \"{}\"\n",
            key.text()
        ),
    };
    fs::create_dir_all(folder).map_err(|error| failed(folder, &error))?;
    let path = folder.join(format!("{id}.key"));
    write_new(&path, 0o644, &kept)?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_new_pair_is_read_back_and_its_secret_is_its_owners() {
        let folder = tempfile::tempdir().unwrap();
        let [public, secret] = create(folder.path(), "space", Some("Räume"), None).unwrap();
        let text = fs::read_to_string(&secret).unwrap();
        let signer = Signer::read(&text).unwrap();
        let (id, key) = read_public(&fs::read_to_string(&public).unwrap()).unwrap();
        assert_eq!((id.as_str(), &key), ("space", signer.public()));
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&secret), 0o600);
        assert!(!fs::read_to_string(&public).unwrap().contains("signing-key"));
    }

    #[test]
    fn a_folder_that_is_missing_is_made_and_a_file_in_its_place_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let keys = folder.path().join("etc/keys");
        assert!(create(&keys, "space", None, None).is_ok());
        let file = keys.join("space.key");
        let error = create(&file, "space", None, None).unwrap_err().to_string();
        assert!(error.contains("space.key"), "{error}");
    }

    #[test]
    fn a_key_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let paths = create(folder.path(), "space", None, None).unwrap();
        let read = || paths.each_ref().map(|path| fs::read(path).unwrap());
        let before = read();
        assert!(create(folder.path(), "space", None, None).is_err());
        assert_eq!(read(), before);
        fs::remove_file(&paths[0]).unwrap();
        assert!(create(folder.path(), "space", None, None).is_err());
        assert!(!paths[0].exists(), "a public key without its secret");
    }

    #[test]
    fn what_is_trusted_holds_no_secret() {
        let folder = tempfile::tempdir().unwrap();
        let [_, secret] = create(folder.path(), "space", Some("Space"), None).unwrap();
        let path = trust(&secret, &folder.path().join("trusted")).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert!(
            text.contains("name = \"Space\"") && !text.contains("signing-key"),
            "{text}"
        );
        assert!(read_public(&text).is_ok());
        assert!(trust(&secret, &folder.path().join("trusted")).is_err());
    }

    #[test]
    fn a_file_is_read_as_others_write_it() {
        let text = "#   comment\n\nmetadata\n\tid='my.id' # who\n    created-by = \"Laniakea Keytool\"\ncurve\n    public-key = \"\"\n    verify-key = \"wrong\"\ned\n    verify-key = XeWmBpmn9mM42Ef35YkKVFcqUFzyKzqUvhoCxAkFvZA # key\n";
        let entries = Entries::read(text);
        assert_eq!(entries.get("metadata", "id"), Some("my.id"));
        assert_eq!(entries.get("curve", "public-key"), None);
        assert_eq!(
            entries.get("ed", "verify-key"),
            Some("XeWmBpmn9mM42Ef35YkKVFcqUFzyKzqUvhoCxAkFvZA")
        );
    }

    #[test]
    fn an_id_is_a_name_of_a_file_and_no_more() {
        for id in ["space", "org.example.space-1", "a_b"] {
            assert!(is_usable_id(id), "{id}");
        }
        for id in ["", "..", "a/b", ".hidden", "-x", "ä", "a b", "a\"b"] {
            assert!(!is_usable_id(id), "{id}");
        }
    }
}
