//! Writing a trace file beside what is read: under another name until it is whole.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use traffic::Saved;

use crate::inputs::InputError;
use crate::load::grouped;
use crate::ui::Ui;

/// A trace file on its way.
#[derive(Debug)]
pub(crate) struct Saving {
    path: PathBuf,
    part: PathBuf,
}

impl Saving {
    /// Refuses to write over one of the files that are read.
    pub(crate) fn new(path: &Path, read: &[PathBuf]) -> anyhow::Result<Self> {
        let same = |other: &PathBuf| match (fs::canonicalize(other), fs::canonicalize(path)) {
            (Ok(one), Ok(two)) => one == two,
            _ => false,
        };
        if read.iter().any(same) {
            let message = format!("--save {} would overwrite a file that is read", path.display());
            return Err(InputError::error(message, "choose another name"));
        }
        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        Ok(Self { path: path.to_owned(), part: part.into() })
    }

    /// Where to write.
    pub(crate) fn create(&self) -> anyhow::Result<Box<dyn Write + Send>> {
        let file = File::create(&self.part).map_err(|e| {
            let message = format!("cannot write {}: {e}", self.path.display());
            InputError::error(message, "check that the folder exists and may be written to")
        })?;
        Ok(Box::new(BufWriter::new(file)))
    }

    /// Gives the whole file its name and says what is in it.
    pub(crate) fn finish(self, saved: Result<Saved, String>, ui: &Ui) -> anyhow::Result<()> {
        let saved = saved.map_err(|error| {
            InputError::error(
                format!("cannot write {}: {error}", self.path.display()),
                "check that there is room on the disk",
            )
        })?;
        fs::rename(&self.part, &self.path)
            .with_context(|| format!("cannot write {}", self.path.display()))?;
        if !ui.quiet {
            ui.talk(&format!(
                "wrote {}: {} requests in {} bytes ({:.2} a request), {} routes\n",
                self.path.display(),
                grouped(saved.requests),
                grouped(saved.bytes),
                saved.bytes as f64 / saved.requests.max(1) as f64,
                grouped(saved.routes),
            ));
        }
        Ok(())
    }
}

impl Drop for Saving {
    fn drop(&mut self) {
        // Half a file is of no use. A whole one has its own name by now, and there is nothing to remove.
        drop(fs::remove_file(&self.part));
    }
}
