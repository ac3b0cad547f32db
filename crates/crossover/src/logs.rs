//! Log files: which ones are meant, how they are to be read, and their bytes with a thread that reads ahead.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread;
use std::time::Instant;

use sha2::{Digest, Sha256};
use traffic::{Kind, LogFormat, Reading};
use units::hex;

use crate::cli::LogReading;
use crate::inputs::{self, InputError, Inputs};
use crate::ui::Ui;

/// Read and hashed at a time.
const BLOCK: usize = 1 << 20;
/// Blocks that may be read ahead.
const AHEAD: usize = 4;
/// Files that one argument may stand for.
const FILES_MAX: usize = 100_000;
/// Folders within folders.
const DEPTH_MAX: usize = 16;

/// Tells a reading how its files are to be read.
pub(crate) fn configure(reading: &mut Reading<'_>, how: &LogReading) -> anyhow::Result<()> {
    if let Some(written) = &how.log_format {
        reading.log_format(log_format(written)?);
    }
    let kinds: Vec<Kind> = Kind::ALL
        .iter()
        .filter(|(_, name)| how.leave_out.iter().any(|wanted| wanted == name))
        .map(|(kind, _)| *kind)
        .collect();
    reading.leave_out(&kinds);
    Ok(())
}

/// A format string, or `@nginx.conf` or `@nginx.conf:main` for the one that a configuration states.
fn log_format(written: &str) -> anyhow::Result<LogFormat> {
    let parsed = if let Some(file) = written.strip_prefix('@') {
        let whole = Path::new(file);
        let (path, name) = match file.rsplit_once(':') {
            Some((path, name)) if !whole.exists() => (Path::new(path), Some(name)),
            _ => (whole, None),
        };
        let mut text = String::new();
        let read = inputs::open(path)?.take(inputs_max()).read_to_string(&mut text);
        read.map_err(|e| {
            InputError::error(format!("cannot read {}: {e}", path.display()), "give a text file")
        })?;
        LogFormat::in_config(&text, name)
    } else {
        LogFormat::parse(written)
    };
    parsed.map_err(|what| {
        let hint = "give the string that follows `log_format NAME` in nginx.conf or `LogFormat` in httpd.conf, or \
                    `@nginx.conf:NAME`";
        InputError::error(format!("--log-format: {what}"), hint)
    })
}

const fn inputs_max() -> u64 {
    source::FILE_BYTES_MAX as u64
}

/// The files that the arguments stand for: themselves, the files of folders, what fits `*` and `?`; in the order of
/// their names within each.
pub(crate) fn expanded(paths: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut all = Vec::new();
    for path in paths {
        if path.as_os_str() == "-" || path.is_file() {
            all.push(path.clone());
            continue;
        }
        let mut found = Vec::new();
        if path.is_dir() {
            folder(path, DEPTH_MAX, &mut found);
        } else if is_pattern(path) {
            for hit in fitting(path) {
                if hit.is_dir() {
                    folder(&hit, DEPTH_MAX, &mut found);
                } else {
                    found.push(hit);
                }
            }
        } else {
            // What does not exist is told when it is opened.
            found.push(path.clone());
        }
        if found.is_empty() {
            let hint = "name log files, folders with them, or a pattern such as 'logs/*.gz'";
            return Err(InputError::error(format!("no file fits {}", path.display()), hint));
        }
        if found.len() > FILES_MAX {
            let message = format!("{} holds more than {FILES_MAX} files", path.display());
            return Err(InputError::error(message, "give a part of them, such as one month"));
        }
        found.sort();
        all.extend(found);
    }
    Ok(all)
}

fn is_pattern(path: &Path) -> bool {
    path.to_string_lossy().contains(['*', '?'])
}

/// Every file in a folder and the folders in it, but hidden ones.
fn folder(path: &Path, depth: usize, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(path) else { return };
    for entry in entries.flatten() {
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        let path = entry.path();
        if hidden || found.len() > FILES_MAX {
            continue;
        }
        if path.is_file() {
            found.push(path);
        } else if depth > 0 && path.is_dir() && !path.is_symlink() {
            folder(&path, depth - 1, found);
        }
    }
}

/// The paths that fit a pattern, folder by folder.
fn fitting(pattern: &Path) -> Vec<PathBuf> {
    let mut hits = vec![PathBuf::new()];
    for part in pattern.components() {
        let text = part.as_os_str().to_string_lossy().into_owned();
        if !text.contains(['*', '?']) {
            for hit in &mut hits {
                hit.push(part);
            }
            continue;
        }
        let mut next = Vec::new();
        for hit in &hits {
            let here = if hit.as_os_str().is_empty() { Path::new(".") } else { hit };
            let Ok(entries) = std::fs::read_dir(here) else { continue };
            for entry in entries.flatten().take(FILES_MAX) {
                let name = entry.file_name();
                if fits(text.as_bytes(), name.to_string_lossy().as_bytes()) {
                    next.push(hit.join(name));
                }
            }
        }
        hits = next;
    }
    hits.retain(|hit| hit.exists());
    hits
}

/// Whether a name fits a pattern of `*` and `?`.
fn fits(pattern: &[u8], name: &[u8]) -> bool {
    let (mut p, mut n) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while n < name.len() {
        match pattern.get(p) {
            Some(b'*') => {
                back = Some((p + 1, n));
                p += 1;
            }
            Some(b'?') => (p, n) = (p + 1, n + 1),
            Some(byte) if name.get(n) == Some(byte) => (p, n) = (p + 1, n + 1),
            _ => match back.as_mut() {
                Some((after, from)) => {
                    *from += 1;
                    (p, n) = (*after, *from);
                }
                None => return false,
            },
        }
    }
    pattern.get(p..).is_none_or(|rest| rest.iter().all(|b| *b == b'*'))
}

/// Reads the files into `reading` and notes their hashes.
pub(crate) fn read(
    reading: &mut Reading<'_>,
    paths: &[PathBuf],
    inputs: &mut Inputs,
    ui: &Ui,
) -> anyhow::Result<()> {
    let mut progress = Progress { ui, begun: Instant::now(), done: 0, of: 0, name: String::new() };
    let size = |path: &PathBuf| std::fs::metadata(path).map_or(0, |m| m.len());
    progress.of = paths.iter().map(size).sum();
    for path in paths {
        let name = path.display().to_string();
        let short =
            path.file_name().map_or_else(|| name.clone(), |n| n.to_string_lossy().into_owned());
        progress.name.clone_from(&short);
        let hash = if path.as_os_str() == "-" {
            one(reading, "<stdin>", &mut io::stdin(), Rest::Left, &mut progress)
        } else {
            one(reading, &short, &mut inputs::open(path)?, Rest::Hashed, &mut progress)
        };
        inputs.note(&name, hex(&hash));
    }
    Ok(())
}

/// What becomes of bytes that the reader does not want.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rest {
    /// They still belong to the file's hash.
    Hashed,
    /// A pipe may never end.
    Left,
}

/// Reads one source while a second thread reads ahead and hashes.
fn one(
    reading: &mut Reading<'_>,
    name: &str,
    input: &mut (impl Read + Send),
    rest: Rest,
    progress: &mut Progress<'_>,
) -> Vec<u8> {
    let (full, blocks) = sync_channel(AHEAD);
    let (back, empty) = channel();
    thread::scope(|scope| {
        let hashed = scope.spawn(move || hash_ahead(input, &full, &empty, rest));
        let mut ahead = ReadAhead { blocks, back, block: Vec::new(), at: 0, progress };
        reading.file(name, &mut ahead);
        drop(ahead);
        hashed.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

type Block = io::Result<Vec<u8>>;

fn hash_ahead(
    input: &mut impl Read,
    full: &SyncSender<Block>,
    empty: &Receiver<Vec<u8>>,
    rest: Rest,
) -> Vec<u8> {
    let mut hash = Sha256::new();
    let mut wanted = true;
    loop {
        let mut block = empty.try_recv().unwrap_or_default();
        block.resize(BLOCK, 0);
        let read = match input.read(&mut block) {
            Ok(0) => break,
            Ok(n) => {
                block.truncate(n);
                hash.update(&block);
                Ok(block)
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => Err(e),
        };
        let failed = read.is_err();
        wanted = wanted && full.send(read).is_ok();
        if failed || (!wanted && rest == Rest::Left) {
            break;
        }
    }
    hash.finalize().to_vec()
}

/// The blocks that the other thread has read.
struct ReadAhead<'p, 'u> {
    blocks: Receiver<Block>,
    back: Sender<Vec<u8>>,
    block: Vec<u8>,
    at: usize,
    progress: &'p mut Progress<'u>,
}

impl Read for ReadAhead<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.block.len() {
            let Ok(next) = self.blocks.recv() else { return Ok(0) };
            // The other thread may be gone by now; then nobody needs the block.
            drop(self.back.send(std::mem::replace(&mut self.block, next?)));
            self.at = 0;
            self.progress.add(self.block.len() as u64);
        }
        let unread = self.block.get(self.at..).unwrap_or_default();
        let n = unread.len().min(buffer.len());
        let (to, from) = (buffer.get_mut(..n), unread.get(..n));
        if let (Some(to), Some(from)) = (to, from) {
            to.copy_from_slice(from);
        }
        self.at += n;
        Ok(n)
    }
}

/// How far it is, how fast, and how long it will take.
struct Progress<'u> {
    ui: &'u Ui,
    begun: Instant,
    done: u64,
    of: u64,
    name: String,
}

impl Progress<'_> {
    fn add(&mut self, bytes: u64) {
        self.done += bytes;
        let seconds = self.begun.elapsed().as_secs_f64();
        let rate = self.done as f64 / seconds.max(1e-3);
        let left = self.of.saturating_sub(self.done) as f64 / rate.max(1.0);
        let remaining =
            if self.of > self.done { format!(", {left:.0} s left") } else { String::new() };
        let text = format!("reading {}, {:.0} MB/s{remaining} (MiB)", self.name, rate / 1e6);
        self.ui.progress(&text, self.done >> 20, self.of.max(self.done) >> 20);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, name, fit) in [
            ("*.gz", "access.log.2.gz", true),
            ("access.log*", "access.log", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("*a*b*", "xxaxxbxx", true),
            ("*a*b", "xxbxxa", false),
            ("", "", true),
            ("**", "x", true),
        ] {
            assert_eq!(fits(pattern.as_bytes(), name.as_bytes()), fit, "{pattern} {name}");
        }
    }

    #[test]
    fn folders_and_patterns_stand_for_their_files() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let names = |pattern: &str| -> Vec<String> {
            let found = expanded(&[here.join(pattern)]).unwrap();
            let name = |p: &PathBuf| p.file_name().unwrap().to_string_lossy().into_owned();
            found.iter().map(name).collect()
        };
        assert_eq!(names("sr?/logs.rs"), ["logs.rs"]);
        assert!(names("src").contains(&"plan.rs".to_owned()), "folders within, too");
        assert!(names("src/comm*/*.rs").is_sorted());
        assert_eq!(names("no-such-file"), ["no-such-file"], "told when it is opened");
        assert!(expanded(&[here.join("src/*.none")]).is_err());
        assert_eq!(expanded(&[PathBuf::from("-")]).unwrap(), [PathBuf::from("-")]);
    }
}
