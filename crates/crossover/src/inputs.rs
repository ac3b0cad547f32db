//! Reading files: the program's only contact with the disk besides `ui`.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use model::InputFile;
use sha2::{Digest, Sha256};
use source::{FILE_BYTES_MAX, FileId, Finding, SourceMap};
use units::hex;

/// Definition files looked at in one folder; more is not a project but a mistake.
const FILES_MAX: usize = 2_000;

/// Something about the command line or a file that only the user can mend: exit code 2.
#[derive(Debug)]
pub(crate) struct InputError {
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: String,
}

impl InputError {
    /// As an `anyhow` error, which `main` recognises.
    pub(crate) fn error(message: impl Into<String>, hint: impl Into<String>) -> anyhow::Error {
        anyhow::Error::new(Self { message: message.into(), hint: hint.into() })
    }
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for InputError {}

/// Everything read so far.
#[derive(Debug, Default)]
pub(crate) struct Inputs {
    /// The share of requests that traces hold, if it is declared.
    pub sampling: Option<f64>,
    /// Texts, for showing places.
    pub map: SourceMap,
    /// Paths and hashes, for the provenance.
    pub files: Vec<InputFile>,
    /// What was odd about their bytes.
    pub findings: Vec<Finding>,
    /// Files looked at that are not yet known to be of any use: hash and oddities.
    looked: BTreeMap<FileId, (String, Vec<Finding>)>,
}

impl Inputs {
    /// Reads one definition file of at most 16 MiB; `-` is standard input.
    pub(crate) fn definition(&mut self, path: &Path) -> anyhow::Result<FileId> {
        let file = self.look(path)?;
        self.used(file);
        Ok(file)
    }

    /// Reads a file that may turn out to be none of ours.
    pub(crate) fn look(&mut self, path: &Path) -> anyhow::Result<FileId> {
        let (name, bytes) = if path.as_os_str() == "-" {
            ("<stdin>".to_owned(), read_limited(std::io::stdin().lock(), "standard input")?)
        } else {
            let name = path.display().to_string();
            let file = open(path)?;
            (name.clone(), read_limited(file, &name)?)
        };
        let (file, findings) = self.map.read(&name, &bytes);
        self.looked.insert(file, (hex(&Sha256::digest(&bytes)), findings));
        Ok(file)
    }

    /// A file that was looked at is part of the answer: its hash and what was odd about it count.
    pub(crate) fn used(&mut self, file: FileId) {
        if let Some((sha256, findings)) = self.looked.remove(&file) {
            self.files.push(InputFile { path: self.map.file(file).path.clone(), sha256 });
            self.findings.extend(findings);
        }
    }

    /// Notes a streamed file with the hash that its reader made.
    pub(crate) fn note(&mut self, path: &str, sha256: String) {
        self.files.push(InputFile { path: path.to_owned(), sha256 });
    }
}

/// The definition files that `path` stands for: itself, or the YAML files of a folder, names of our own first.
pub(crate) fn candidates(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if path.as_os_str() == "-" || path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    if !path.exists() {
        let hint = "name a definition file or a folder with one; `crossover init` writes one to start from";
        return Err(InputError::error(format!("{} does not exist", path.display()), hint));
    }
    for name in ["crossover.yaml", "crossover.yml", ".crossover.yaml"] {
        let own = path.join(name);
        if own.is_file() {
            return Ok(vec![own]);
        }
    }
    let mut found = Vec::new();
    walk(path, 0, &mut found)?;
    found.sort();
    Ok(found)
}

/// Folders that hold other people's definitions, or none.
const NOT_ENTERED: &[&str] = &[
    "node_modules",
    "vendor",
    "target",
    "dist",
    "build",
    "testdata",
    "third_party",
    "bower_components",
];
/// Folders below folders.
const LEVELS_MAX: usize = 6;

/// The YAML and JSON files of a folder and of those below it, hidden ones left out.
fn walk(folder: &Path, level: usize, found: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let entries = std::fs::read_dir(folder).map_err(|e| {
        InputError::error(format!("cannot read {}: {e}", folder.display()), "check its permissions")
    })?;
    let mut paths: Vec<PathBuf> =
        entries.filter_map(|entry| entry.ok().map(|e| e.path())).collect();
    paths.sort();
    for path in paths {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("");
        if name.starts_with('.') || found.len() >= FILES_MAX || path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            if level < LEVELS_MAX && !NOT_ENTERED.contains(&name) {
                // A folder below that cannot be entered hides only itself.
                let _unreadable = walk(&path, level + 1, found);
            }
            continue;
        }
        let small = path.metadata().is_ok_and(|data| data.len() <= FILE_BYTES_MAX as u64);
        let ending = path.extension().and_then(|e| e.to_str()).unwrap_or("");
        let own_level = level == 0 && !small;
        if matches!(ending, "yaml" | "yml" | "json" | "template") && (small || own_level) {
            found.push(path);
        }
    }
    Ok(())
}

/// Opens a file for reading, with a message that says what to do if that fails.
pub(crate) fn open(path: &Path) -> anyhow::Result<File> {
    if path.is_dir() {
        let hint = "name a file";
        return Err(InputError::error(format!("{} is a folder", path.display()), hint));
    }
    File::open(path).map_err(|e| {
        let message = format!("cannot open {}: {e}", path.display());
        InputError::error(message, "check the path; it is taken relative to where you are")
    })
}

fn read_limited(reader: impl Read, name: &str) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = FILE_BYTES_MAX as u64;
    let read = reader.take(limit + 1).read_to_end(&mut bytes);
    read.map_err(|e| {
        InputError::error(format!("cannot read {name}: {e}"), "check that it is a readable file")
    })?;
    if bytes.len() as u64 > limit {
        let message = format!("{name} is larger than {} MiB, which no definition is", limit >> 20);
        return Err(InputError::error(
            message,
            "logs go behind `--traffic`; definitions are small text files",
        ));
    }
    Ok(bytes)
}
