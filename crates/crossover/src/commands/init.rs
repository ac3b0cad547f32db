//! `crossover init`: a commented file to start from, empty or filled from definitions.

use std::path::{Path, PathBuf};

use super::plan::day;
use crate::cli::Init;
use crate::exit::Exit;
use crate::inputs::{InputError, Inputs};
use crate::ui::Ui;
use crate::{app, book};

/// Writes the file, never over one that is there.
pub(crate) fn run(args: &Init, ui: &Ui) -> anyhow::Result<Exit> {
    let text = if args.from.is_empty() { template(args) } else { filled(&args.from, ui)? };
    if args.path.as_os_str() == "-" {
        ui.data(&text, None)?;
        return Ok(Exit::Ok);
    }
    if args.path.exists() && !args.force {
        let message = format!("{} is already there", args.path.display());
        return Err(InputError::error(
            message,
            "choose another path, or pass --force to replace it",
        ));
    }
    ui.data(&text, Some(&args.path))?;
    ui.talk(&format!(
        "wrote {}\nnext: crossover plan {}\n",
        args.path.display(),
        args.path.display()
    ));
    Ok(Exit::Ok)
}

/// The application of these definitions; an error if nothing of them can be read.
fn filled(from: &[PathBuf], ui: &Ui) -> anyhow::Result<String> {
    let mut inputs = Inputs::default();
    let mut loaded = app::load(from, &[], &mut inputs)?;
    let catalog = book::catalog(&[])?;
    platforms::managed::declared_memory(&mut loaded.app, catalog.at(day("--as-of", None)?))?;
    app::tell(&loaded.findings, &inputs, ui);
    if loaded.app.components.is_empty() {
        return Err(InputError::error(
            "no component can be read from these definitions",
            "mend what is said above, or start from `crossover init` without --from",
        ));
    }
    Ok(import::native::write(&loaded.app, &inputs.map))
}

/// The file with every line explained, named after the folder.
fn template(args: &Init) -> String {
    let folder = args.path.canonicalize().ok();
    let parent = folder.as_deref().and_then(Path::parent).map(Path::to_owned);
    let here = parent.or_else(|| std::env::current_dir().ok());
    let name = here.as_deref().and_then(Path::file_name).and_then(|n| n.to_str()).unwrap_or("app");
    import::native::template(name)
}
