//! The corpus of the fuzz targets, and many strange texts, without a fuzzer.

use super::*;
use crate::text::properties::{config, nasty};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

mod terminal;

fn fuzz(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz")
        .join(path)
}

fn names(folder: &str) -> BTreeSet<String> {
    let entries = std::fs::read_dir(fuzz(folder)).unwrap();
    let name = |entry: std::io::Result<std::fs::DirEntry>| {
        entry
            .unwrap()
            .path()
            .file_stem()
            .unwrap()
            .to_str()
            .unwrap()
            .to_string()
    };
    entries.map(name).collect()
}

/// The files of a target's corpus.
pub(super) fn corpus(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = std::fs::read_dir(fuzz("corpus").join(target)).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
        .into_iter()
        .map(|path| (path.clone(), std::fs::read(path).unwrap()))
        .collect()
}

#[test]
fn every_target_has_its_file_and_its_corpus_and_no_other_stands_there() {
    let targets: BTreeSet<String> = TARGETS.iter().map(|(name, _)| name.to_string()).collect();
    assert_eq!(names("fuzz_targets"), targets);
    assert_eq!(names("corpus"), targets);
    let listed = std::fs::read_to_string(fuzz("Cargo.toml")).unwrap();
    for target in targets {
        assert!(
            listed.contains(&format!("name = \"{target}\"")),
            "{target} is missing in fuzz/Cargo.toml"
        );
        assert!(!corpus(&target).is_empty(), "{target}");
    }
}

#[test]
fn what_holds_holds_for_the_whole_corpus() {
    for (target, holds) in TARGETS {
        for (path, bytes) in corpus(target) {
            println!("{}", path.display());
            holds(&bytes);
        }
    }
}

/// What a line that breaks off, or a disk, does to bytes: cut anywhere, a bit turned, a piece doubled, two files joined.
#[test]
fn what_holds_holds_for_the_corpus_when_it_is_mangled() {
    for (target, holds) in TARGETS {
        let files = corpus(target);
        let mut dice = 1_u64;
        let mut roll = |most: usize| {
            dice = dice
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (dice >> 33) as usize % most.max(1)
        };
        for round in 0..ROUNDS {
            let (path, bytes) = &files[round % files.len()];
            let mut bytes = bytes.clone();
            for _ in 0..=roll(3) {
                let at = roll(bytes.len());
                match roll(4) {
                    0 => bytes.truncate(at),
                    1 => bytes
                        .iter_mut()
                        .skip(at)
                        .take(1)
                        .for_each(|byte| *byte ^= 1 << (round % 8)),
                    2 => {
                        let piece = bytes[at..(at + roll(40)).min(bytes.len())].to_vec();
                        let to = roll(bytes.len());
                        bytes.splice(to..to, piece);
                    }
                    _ => bytes.extend_from_slice(&files[roll(files.len())].1),
                }
            }
            println!(
                "{} in round {round}: {:?}",
                path.display(),
                String::from_utf8_lossy(&bytes)
            );
            holds(&bytes);
        }
    }
}

/// For each target; a picture takes longest.
const ROUNDS: usize = 60;

proptest! {
    #![proptest_config(config())]

    /// A text for every part of an event at once, at every consumer.
    #[test]
    fn whatever_strangers_write_every_consumer_keeps_its_promises(kind in any::<u8>(), parts in prop::collection::vec(nasty(), 11)) {
        let mut bytes = vec![kind];
        for part in &parts {
            bytes.extend_from_slice(part.as_bytes());
            bytes.push(0xff);
        }
        run("event", &bytes);
    }
}
