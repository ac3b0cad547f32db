//! What is to be written against what stands there.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use emit::{Emitted, EmittedFile};
use source::FILE_BYTES_MAX;

use crate::inputs::InputError;

/// Lines of a diff that stay as they are, around each change.
const CONTEXT_LINES: usize = 3;

/// A file to write and what stands in its place.
#[derive(Debug)]
pub(super) struct File<'e> {
    emitted: &'e EmittedFile,
    path: PathBuf,
    old: Option<String>,
}

impl File<'_> {
    pub(super) fn changes(&self) -> bool {
        self.old.as_deref() != Some(self.emitted.text.as_str())
    }

    /// What would change, as a unified diff; empty if nothing would.
    pub(super) fn diff(&self) -> String {
        if !self.changes() {
            return String::new();
        }
        let path = &self.emitted.path;
        let old = self.old.as_deref().unwrap_or("");
        let before = if self.old.is_some() { format!("a/{path}") } else { "/dev/null".to_owned() };
        let diff = similar::TextDiff::from_lines(old, &self.emitted.text);
        diff.unified_diff()
            .context_radius(CONTEXT_LINES)
            .header(&before, &format!("b/{path}"))
            .to_string()
    }
}

/// The files with what stands in their places.
pub(super) fn there<'e>(folder: &Path, emitted: &'e Emitted) -> anyhow::Result<Vec<File<'e>>> {
    let mut files = Vec::new();
    for file in &emitted.files {
        let path = file.path.split('/').fold(folder.to_owned(), |path, part| path.join(part));
        let old = match std::fs::symlink_metadata(&path) {
            Ok(meta) if meta.is_file() && meta.len() <= FILE_BYTES_MAX as u64 => {
                let bytes = std::fs::read(&path)
                    .with_context(|| format!("cannot read {}", path.display()))?;
                Some(String::from_utf8_lossy(&bytes).into_owned())
            }
            Ok(_) => {
                let message =
                    format!("{} is there and is no file that could be replaced", path.display());
                return Err(InputError::error(message, "choose another folder with -o"));
            }
            Err(_) => None,
        };
        files.push(File { emitted: file, path, old });
    }
    Ok(files)
}

/// Writes all of them, or none.
pub(super) fn write(folder: &Path, files: &[File<'_>], force: bool) -> anyhow::Result<()> {
    let differs: Vec<&File<'_>> =
        files.iter().filter(|file| file.old.is_some() && file.changes()).collect();
    if let (Some(first), false) = (differs.first(), force) {
        let more = match differs.len() - 1 {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let message =
            format!("{}{more} would be replaced; nothing was written", first.path.display());
        return Err(InputError::error(
            message,
            "look with --dry-run, then pass --force, or choose another folder with -o",
        ));
    }
    for file in files.iter().filter(|file| file.changes()) {
        let parent = file.path.parent().unwrap_or(folder);
        std::fs::create_dir_all(parent)
            .with_context(|| format!("cannot make {}", parent.display()))?;
        std::fs::write(&file.path, &file.emitted.text)
            .with_context(|| format!("cannot write {}", file.path.display()))?;
    }
    Ok(())
}
