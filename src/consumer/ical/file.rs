//! The calendar file: read as VEVENTs and the bytes around them, changed in the VEVENTs that are ours, replaced atomically.

use super::line::{Line, unfold};
use crate::event::Fingerprint;
use crate::text;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{ErrorKind, Read, Write};
use std::ops::Range;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// The largest file that is read or written, in bytes.
pub const LARGEST: usize = 64 * 1024 * 1024;
/// Everybody may read a new file: calendar programs subscribe to it.
const MODE: u32 = 0o644;

/// A VEVENT.
#[derive(Debug)]
pub struct Block {
    /// Its lines, unfolded, without those of components inside it.
    pub lines: Vec<Line>,
    /// Where it stands, with its line end; `None`: it is new.
    range: Option<Range<usize>>,
    change: Change,
}

#[derive(Debug)]
enum Change {
    None,
    Written,
    Removed,
}

/// A calendar in memory.
#[derive(Debug)]
pub struct Calendar {
    /// Its VEVENTs, in order.
    pub blocks: Vec<Block>,
    bytes: Vec<u8>,
    /// Where new VEVENTs go: before the last END:VCALENDAR.
    end: usize,
    /// `bytes` stand in a file.
    is_read: bool,
}

/// Why there is no calendar to be had from a file.
#[derive(Debug)]
pub enum Unreadable {
    /// The system says so.
    Io(std::io::Error),
    /// It holds something else, which must not be overwritten; says what.
    Foreign(String),
}

/// Why a file was not replaced.
#[derive(Debug)]
pub enum Unwritten {
    /// Nothing changed.
    Before(std::io::Error),
    /// The new file stands, but a power cut could still bring back the old one.
    After(std::io::Error),
}

impl Block {
    /// The value of the first property `name`.
    pub fn value(&self, name: &str) -> Option<&Line> {
        self.lines.iter().find(|line| line.is(name))
    }

    /// Gives it other lines.
    pub fn rewrite(&mut self, lines: Vec<Line>) {
        self.lines = lines;
        self.change = Change::Written;
    }

    /// Takes it out of the file.
    pub fn remove(&mut self) {
        self.change = Change::Removed;
    }

    fn is_changed(&self) -> bool {
        // What was added and taken away again never stood there.
        match self.change {
            Change::None => false,
            Change::Written => true,
            Change::Removed => self.range.is_some(),
        }
    }

    fn write(&self, bytes: &[u8], out: &mut Vec<u8>) {
        match (&self.change, &self.range) {
            (Change::Removed, _) => {}
            (Change::None, Some(range)) => out.extend_from_slice(&bytes[range.clone()]),
            (Change::None, None) | (Change::Written, _) => {
                out.extend_from_slice(b"BEGIN:VEVENT\r\n");
                self.lines.iter().for_each(|line| line.write(out));
                out.extend_from_slice(b"END:VEVENT\r\n");
            }
        }
    }
}

impl Calendar {
    /// An empty calendar whose own properties are `head`.
    pub fn new(head: &[Line]) -> Self {
        let mut bytes = b"BEGIN:VCALENDAR\r\n".to_vec();
        head.iter().for_each(|line| line.write(&mut bytes));
        let end = bytes.len();
        bytes.extend_from_slice(b"END:VCALENDAR\r\n");
        Self {
            blocks: Vec::new(),
            bytes,
            end,
            is_read: false,
        }
    }

    /// Reads the file at `path`; `Ok(None)` if there is none.
    pub fn read(path: &Path) -> Result<Option<Self>, Unreadable> {
        let data = match fs::metadata(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            data => data.map_err(Unreadable::Io)?,
        };
        if !data.is_file() {
            return Err(Unreadable::Foreign("it is not a file".into()));
        }
        let mut bytes = Vec::new();
        File::open(path)
            .and_then(|file| file.take(LARGEST as u64 + 1).read_to_end(&mut bytes))
            .map_err(Unreadable::Io)?;
        if bytes.len() > LARGEST {
            let problem = format!("it is larger than {LARGEST} bytes");
            return Err(Unreadable::Foreign(problem));
        }
        Self::parse(bytes).map(Some).map_err(Unreadable::Foreign)
    }

    /// Takes a file's bytes apart.
    ///
    /// # Errors
    /// Why they are no calendar, with the line.
    pub fn parse(bytes: Vec<u8>) -> Result<Self, String> {
        let mut open: Vec<String> = Vec::new();
        let (mut blocks, mut end, mut begun, mut at) = (Vec::new(), None, 0, 0);
        for (index, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
            let (from, number) = (at, index + 1);
            at += line.len();
            let line = if from == 0 {
                line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line)
            } else {
                line
            };
            let line = line.trim_ascii_end();
            if let Some(name) = named(line, b"BEGIN:") {
                if open.is_empty() != (name == "VCALENDAR") {
                    return Err(format!(
                        "line {number}: BEGIN:{} does not belong there",
                        brief(&name)
                    ));
                }
                if open.len() == 1 && name == "VEVENT" {
                    begun = from;
                }
                open.push(name);
            } else if let Some(name) = named(line, b"END:") {
                if open.pop().as_deref() != Some(&name) {
                    return Err(format!(
                        "line {number}: END:{} does not belong there",
                        brief(&name)
                    ));
                }
                match open.len() {
                    0 => end = Some(from),
                    1 if name == "VEVENT" => blocks.push(Block::parse(&bytes, begun..at)),
                    _ => {}
                }
            } else if open.is_empty() && !line.is_empty() {
                return Err(format!("line {number}: BEGIN:VCALENDAR was expected"));
            }
        }
        match end {
            Some(end) if open.is_empty() => Ok(Self {
                blocks,
                bytes,
                end,
                is_read: true,
            }),
            Some(_) => Err("its last END:VCALENDAR is missing".into()),
            None if open.is_empty() => Err("it is empty".into()),
            None => Err("its END:VCALENDAR is missing".into()),
        }
    }

    /// Adds a VEVENT at the end.
    pub fn add(&mut self, lines: Vec<Line>) {
        self.blocks.push(Block {
            lines,
            range: None,
            change: Change::Written,
        });
    }

    /// The hash of the file that was read; `None` if there was none.
    pub fn hash(&self) -> Option<Fingerprint> {
        self.is_read.then(|| Fingerprint::of_bytes(&self.bytes))
    }

    /// Whether anything would be written.
    pub fn is_changed(&self) -> bool {
        self.blocks.iter().any(Block::is_changed)
    }

    /// The whole file; what was not changed stands in it byte for byte.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.bytes.len() + 1024);
        let mut at = 0;
        for block in self.blocks.iter().filter(|block| block.range.is_some()) {
            if let Some(range) = &block.range {
                out.extend_from_slice(&self.bytes[at..range.start]);
                at = range.end;
            }
            block.write(&self.bytes, &mut out);
        }
        // New events of a file with several calendars go into the last one, wherever its other events stand.
        out.extend_from_slice(&self.bytes[at..self.end]);
        for block in self.blocks.iter().filter(|block| block.range.is_none()) {
            block.write(&self.bytes, &mut out);
        }
        out.extend_from_slice(&self.bytes[self.end..]);
        out
    }
}

impl Block {
    fn parse(bytes: &[u8], range: Range<usize>) -> Self {
        let mut depth = 0;
        let lines = unfold(&bytes[range.clone()])
            .filter_map(|line| Line::parse(&line))
            .filter(|line| {
                let (begins, ends) = (line.is("BEGIN"), line.is("END"));
                depth += usize::from(begins);
                let own = depth == 1 && !begins && !ends;
                depth -= usize::from(ends);
                own
            })
            .collect();
        Self {
            lines,
            range: Some(range),
            change: Change::None,
        }
    }
}

/// As much of a name as is told in a message.
fn brief(name: &str) -> String {
    text::cut(&text::shown(name), 100)
}

/// The component's name, if `line` is `tag` and a name.
fn named(line: &[u8], tag: &[u8]) -> Option<String> {
    let (start, name) = line.split_at_checked(tag.len())?;
    start
        .eq_ignore_ascii_case(tag)
        .then(|| String::from_utf8_lossy(name).trim().to_ascii_uppercase())
}

/// Puts `bytes` in the place of the file at `path`, whole or not at all. An existing file keeps its mode; a link is
/// followed. What a killed run left half-written stands under another name and is overwritten.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Unwritten> {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let mode = fs::metadata(&path).map_or(MODE, |data| data.permissions().mode() & 0o777);
    let draft = beside(&path);
    prepare(&draft, bytes, mode)
        .and_then(|()| fs::rename(&draft, &path))
        .map_err(|error| {
            // It is of no use to anybody; if it cannot be removed the next run overwrites it.
            drop(fs::remove_file(&draft));
            Unwritten::Before(error)
        })?;
    let folder = path.parent().unwrap_or(Path::new("/"));
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(Unwritten::After)
}

fn prepare(draft: &Path, bytes: &[u8], mode: u32) -> std::io::Result<()> {
    match fs::remove_file(draft) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    // Created anew: somebody else's link of that name is not followed.
    let mut options = OpenOptions::new();
    let mut file = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(draft)?;
    file.write_all(bytes)?;
    file.set_permissions(Permissions::from_mode(mode))?;
    file.sync_all()
}

/// The name under which the new file is written: in the same folder, hidden.
fn beside(path: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".kronos-new");
    path.with_file_name(name)
}
