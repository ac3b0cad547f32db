//! Price books: folders of rows that are laid over the embedded catalogue.

use std::io::Read;
use std::path::{Path, PathBuf};

use catalog::feeds::FeedError;
use catalog::{Catalog, Layer, Problem};
use sha2::{Digest, Sha256};
use units::hex;

use crate::embedded;
use crate::inputs::{InputError, Inputs, open};
use crate::ui::Ui;

/// Largest file of a book.
const FILE_BYTES_MAX: u64 = 16 << 20;
/// Most files of a book, and folders below folders.
const FILES_MAX: usize = 2_000;
const LEVELS_MAX: usize = 4;
/// Problems and rows that are named before they are only counted.
const SHOWN: usize = 10;

/// The embedded catalogue with the books over it.
pub(crate) fn catalog(books: &[PathBuf]) -> anyhow::Result<Catalog> {
    catalog_for(books, &mut Inputs::default())
}

/// The same; the files of the books are inputs of the answer.
pub(crate) fn catalog_for(books: &[PathBuf], inputs: &mut Inputs) -> anyhow::Result<Catalog> {
    if books.is_empty() {
        return embedded::catalog();
    }
    let mut layers = Vec::new();
    for book in books {
        let layer = layer(book)?;
        if layer.files.is_empty() {
            let message = format!("{} is no price book: it has no CSV files", book.display());
            return Err(InputError::error(
                message,
                "`crossover prices update FEED -o DIR` writes one",
            ));
        }
        for (path, text) in &layer.files {
            inputs.note(&book.join(path).display().to_string(), hex(&Sha256::digest(text)));
        }
        layers.push(layer);
    }
    over(&embedded::files(), &layers)
}

/// The catalogue of these files with the books over it; an error names what is wrong with the rows.
pub(crate) fn over(files: &[(String, String)], books: &[Layer]) -> anyhow::Result<Catalog> {
    Catalog::layered(files, books).map_err(|problems| refused(&problems))
}

/// The files of a book.
pub(crate) fn layer(folder: &Path) -> anyhow::Result<Layer> {
    let mut files = Vec::new();
    if !folder.is_dir() {
        let message = format!("{} is not a folder", folder.display());
        return Err(InputError::error(message, "name the folder of a price book"));
    }
    collect(folder, "", 0, &mut files)?;
    files.sort();
    Ok(Layer { name: folder.display().to_string(), files })
}

/// What the folder holds already; nothing if it is not there yet.
pub(crate) fn existing(folder: Option<&Path>) -> anyhow::Result<Layer> {
    let Some(folder) = folder else {
        return Ok(Layer { name: "the book".to_owned(), files: Vec::new() });
    };
    if !folder.exists() {
        return Ok(Layer { name: folder.display().to_string(), files: Vec::new() });
    }
    let layer = layer(folder)?;
    if let Some(currency) = layer.currency() {
        let message =
            format!("{} is a book in {currency}, and feeds are in US dollars", folder.display());
        return Err(InputError::error(message, "name another folder; `--prices` takes several"));
    }
    Ok(layer)
}

/// Reads a feed from a file or standard input, unpacked if it is packed; an error says the file and the byte.
pub(crate) fn read_feed<T>(
    path: &Path,
    read: impl FnOnce(&mut dyn Read) -> Result<T, FeedError>,
) -> anyhow::Result<T> {
    let stdin = path.as_os_str() == "-";
    let name = if stdin { "standard input".to_owned() } else { path.display().to_string() };
    let mut input: Box<dyn Read> =
        if stdin { Box::new(std::io::stdin().lock()) } else { Box::new(open(path)?) };
    let (mut unpacked, _) = traffic::unpacked(&mut *input).map_err(|error| {
        let message = format!("cannot read {name}: {error}");
        InputError::error(message, "check that it is a readable file")
    })?;
    read(&mut *unpacked)
        .map_err(|error| InputError::error(format!("{name}: {error}"), error.remedy))
}

/// Refuses to replace rows of a book unless `force` is given.
pub(crate) fn may_replace(folder: &Path, replaced: &[String], force: bool) -> anyhow::Result<()> {
    if replaced.is_empty() || force {
        return Ok(());
    }
    let message = format!("{} says something else already of{}", folder.display(), few(replaced));
    Err(InputError::error(message, "`--force` replaces them; nothing was written"))
}

/// Writes the files of a book.
pub(crate) fn write(folder: &Path, files: &[(String, String)], ui: &Ui) -> anyhow::Result<()> {
    for (path, text) in files {
        let path = folder.join(path);
        let cannot = |error: std::io::Error| {
            let message = format!("cannot write {}: {error}", path.display());
            InputError::error(message, "check that the folder can be written to")
        };
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(cannot)?;
        }
        std::fs::write(&path, text).map_err(cannot)?;
    }
    if !ui.quiet {
        let (count, folder) = (files.len(), folder.display());
        ui.talk(&format!("wrote {count} files to {folder}; `--prices {folder}` uses them\n"));
    }
    Ok(())
}

/// What is wrong with the rows of a book.
pub(crate) fn refused(problems: &[Problem]) -> anyhow::Error {
    let message = format!("the price book cannot be used:{}", few(problems));
    InputError::error(
        message,
        "rows have the form of the catalogue's: see the guide's page on prices",
    )
}

/// The first of them on a line each, the others counted.
fn few(all: &[impl std::fmt::Display]) -> String {
    let mut lines: Vec<String> = all.iter().take(SHOWN).map(|one| format!("\n  {one}")).collect();
    if all.len() > SHOWN {
        lines.push(format!("\n  and {} more", all.len() - SHOWN));
    }
    lines.concat()
}

fn collect(
    folder: &Path,
    below: &str,
    level: usize,
    files: &mut Vec<(String, String)>,
) -> anyhow::Result<()> {
    let cannot = |path: &Path, error: &dyn std::fmt::Display| {
        let message = format!("cannot read {}: {error}", path.display());
        InputError::error(message, "check its permissions, and that it is UTF-8 text")
    };
    for entry in std::fs::read_dir(folder).map_err(|e| cannot(folder, &e))? {
        let path = entry.map_err(|e| cannot(folder, &e))?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let inside = if below.is_empty() { name.to_owned() } else { format!("{below}/{name}") };
        if name.starts_with('.') {
            continue;
        }
        if path.is_dir() {
            if level < LEVELS_MAX {
                collect(&path, &inside, level + 1, files)?;
            }
            continue;
        }
        let is_csv = path.extension().is_some_and(|ending| ending == "csv");
        if !is_csv && inside != "book.toml" {
            continue;
        }
        if files.len() >= FILES_MAX {
            let message = format!("{} has more than {FILES_MAX} files", folder.display());
            return Err(InputError::error(message, "name the folder of a price book"));
        }
        if path.metadata().is_ok_and(|data| data.len() > FILE_BYTES_MAX) {
            let message = format!("{} is larger than {} MiB", path.display(), FILE_BYTES_MAX >> 20);
            return Err(InputError::error(message, "a price book is made of small files"));
        }
        let text = std::fs::read_to_string(&path).map_err(|e| cannot(&path, &e))?;
        files.push((inside, text));
    }
    Ok(())
}
