//! `crossover init`: a commented file to start from.

use std::path::Path;

use crate::cli::Init;
use crate::exit::Exit;
use crate::inputs::InputError;
use crate::ui::Ui;

/// Writes the template, never over a file that is there.
pub(crate) fn run(args: &Init, ui: &Ui) -> anyhow::Result<Exit> {
    let folder = args.path.canonicalize().ok();
    let parent = folder.as_deref().and_then(Path::parent).map(Path::to_owned);
    let here = parent.or_else(|| std::env::current_dir().ok());
    let name = here.as_deref().and_then(Path::file_name).and_then(|n| n.to_str()).unwrap_or("app");
    let text = import::native::template(name);
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
