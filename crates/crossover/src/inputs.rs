//! Reading files: the program's only contact with the disk besides `ui`.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use model::InputFile;
use sha2::{Digest, Sha256};
use source::{FILE_BYTES_MAX, FileId, Finding, SourceMap};

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
    /// Texts, for showing places.
    pub map: SourceMap,
    /// Paths and hashes, for the provenance.
    pub files: Vec<InputFile>,
    /// What was odd about their bytes.
    pub findings: Vec<Finding>,
}

impl Inputs {
    /// Reads one definition file of at most 16 MiB; `-` is standard input.
    pub(crate) fn definition(&mut self, path: &Path) -> anyhow::Result<FileId> {
        let (name, bytes) = if path.as_os_str() == "-" {
            ("<stdin>".to_owned(), read_limited(std::io::stdin().lock(), "standard input")?)
        } else {
            let name = path.display().to_string();
            let file = open(path)?;
            (name.clone(), read_limited(file, &name)?)
        };
        self.files.push(InputFile { path: name.clone(), sha256: hex(&Sha256::digest(&bytes)) });
        let (file, findings) = self.map.read(&name, &bytes);
        self.findings.extend(findings);
        Ok(file)
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
    let entries = std::fs::read_dir(path).map_err(|e| {
        InputError::error(format!("cannot read {}: {e}", path.display()), "check its permissions")
    })?;
    let mut found: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|e| e.path()))
        .filter(|p| p.is_file() && p.extension().is_some_and(|e| e == "yaml" || e == "yml"))
        .take(FILES_MAX)
        .collect();
    found.sort();
    Ok(found)
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

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _: fmt::Result = write!(text, "{byte:02x}");
        text
    })
}
