//! `kronos key`: makes, shows and trusts the keys of the message stream.

use super::{CliError, Global, KeyCommand, KeyFileArgs, KeyNewArgs};
use crate::config;
use crate::exit::Exit;
use crate::stream::{self, KeyFile};
use crate::text::shown;
use std::path::Path;

/// Does what the command says.
///
/// # Errors
/// A file cannot be read or written, exists already, or holds no key.
pub fn key(global: &Global, command: &KeyCommand) -> Result<Exit, CliError> {
    match command {
        KeyCommand::New(args) => new(args)?,
        KeyCommand::Show(args) => show(&args.file)?,
        KeyCommand::Trust(args) => trust(global, args)?,
    }
    Ok(Exit::Done)
}

fn new(args: &KeyNewArgs) -> Result<(), CliError> {
    if !stream::is_usable_id(&args.id) {
        return Err(CliError::Usage(format!(
            "{:?} cannot be the id of a key; use letters, digits, dots, hyphens and underscores",
            args.id
        )));
    }
    for text in [&args.name, &args.email].into_iter().flatten() {
        if text.contains(|c: char| c == '"' || c.is_control()) {
            return Err(CliError::Usage(format!(
                "{text:?} cannot be written into a key file; leave out quotes and control characters"
            )));
        }
    }
    let [public, secret] = stream::create(
        &args.dir,
        &args.id,
        args.name.as_deref(),
        args.email.as_deref(),
    )?;
    anstream::println!(
        "Wrote {} (give it to whoever is to verify: kronos key trust FILE)\n  and {} (keep it to yourself: key_file = …)",
        public.display(),
        secret.display()
    );
    Ok(())
}

fn show(file: &Path) -> Result<(), CliError> {
    let key = KeyFile::open(file)?;
    let line = |name: &str, value: &str| anstream::println!("{name:<7}{}", shown(value));
    line("id", &key.id);
    for (name, value) in [("name", &key.name), ("email", &key.email)] {
        if let Some(value) = value {
            line(name, value);
        }
    }
    line("key", &format!("ed25519:0 {}", key.public.text()));
    line(
        "holds",
        match key.is_secret {
            true => "the secret half, too: give it to nobody",
            false => "the public half",
        },
    );
    Ok(())
}

fn trust(global: &Global, args: &KeyFileArgs) -> Result<(), CliError> {
    let path = config::find(global.config.clone())?;
    let folders = config::trusted_folders(&path)?;
    if folders.is_empty() {
        return Err(CliError::Failed(format!(
            "{}: neither [relay] nor [listen] names a folder of trusted keys; write there trusted = \"keys/trusted\"",
            path.display()
        )));
    }
    for folder in folders {
        let path = stream::trust(&args.file, &folder)?;
        anstream::println!("Wrote {}", path.display());
    }
    Ok(())
}
