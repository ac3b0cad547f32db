//! `crossover emit`: a plan as files that deploy it.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use emit::{Emitted, EmittedFile, Target};
use model::{App, Decision, Kind};
use source::FILE_BYTES_MAX;
use source::yaml::Node;

use super::plan::{self, Wish};
use crate::app::{has_errors, tell};
use crate::cli::Emit;
use crate::exit::Exit;
use crate::inputs::{InputError, Inputs};
use crate::ui::Ui;

/// Lines of a diff that stay as they are, around each change.
const CONTEXT_LINES: usize = 3;

/// Plans, writes, and says what is left to do.
pub(crate) fn run(args: &Emit, ui: &Ui) -> anyhow::Result<Exit> {
    let mut inputs = Inputs::default();
    let mut loaded = plan::asked(&args.asked, &mut inputs)?;
    let target = args.to.as_deref().and_then(emit::by_name);
    if let Some(target) = target {
        force(&mut loaded.app, target);
    }
    if let Some(path) = &args.placement {
        placed(&mut loaded.app, path, &mut inputs)?;
    }
    let decision = plan::decide_for(&mut loaded, &Wish::of(&args.asked), &mut inputs, ui)?;
    if decision.verdict.is_none() {
        ui.talk(&infeasible(&decision, target));
        return Ok(Exit::Infeasible);
    }
    let emitted = emit::emit(&emit::Plan::new(&loaded.app, &decision, &inputs.map, target));
    let files = there(&args.output, &emitted)?;
    if args.dry_run {
        ui.data(&files.iter().map(File::diff).collect::<String>(), None)?;
    } else {
        write(&args.output, &files, args.force)?;
    }
    tell(&emitted.findings, &inputs, ui);
    let changed = files.iter().filter(|file| file.changes()).count();
    if !ui.quiet {
        let (verb, same) =
            (if args.dry_run { "would write" } else { "wrote" }, files.len() - changed);
        let what =
            format!("{verb} {changed} files to {}, {same} stay as they are", args.output.display());
        ui.talk(&format!("{what}\nnext: read {}\n", args.output.join("README.md").display()));
    }
    if has_errors(&decision.findings) || has_errors(&emitted.findings) {
        ui.talk("note: the files leave out what the errors above name\n");
        return Ok(Exit::Input);
    }
    Ok(Exit::Ok)
}

/// Lets code run on the target's platforms only. Stores go there or to a provider's own, unless the team says where.
fn force(app: &mut App, target: &dyn Target) {
    for component in &mut app.components {
        let mut allow: Vec<String> =
            target.platforms().iter().map(|&name| name.to_owned()).collect();
        if component.kind == Kind::Stateful {
            if !component.allow.is_empty() {
                continue;
            }
            let managed =
                platforms::ALL.iter().filter(|p| p.family() == platforms::Family::Managed);
            allow.extend(managed.map(|p| p.id().0.to_owned()));
        }
        component.allow = allow.into_iter().map(|name| (name, None)).collect();
    }
}

/// Lets each component run only where a file says.
fn placed(app: &mut App, path: &Path, inputs: &mut Inputs) -> anyhow::Result<()> {
    let file = inputs.definition(path)?;
    let wrong = |what: String| {
        let hint = "give a plan made with `crossover plan --format json`, or lines of `component: platform`";
        InputError::error(format!("{}: {what}", path.display()), hint)
    };
    let (documents, findings) = source::yaml::parse(&inputs.map, file);
    let Some(root) = documents.first().filter(|_| !has_errors(&findings)) else {
        return Err(wrong("it cannot be read".to_owned()));
    };
    let pairs: Vec<(Option<&str>, Option<&str>)> = match root.get("answer") {
        Some(answer) => {
            let placements = answer.get("placements").map(Node::items);
            placements
                .unwrap_or_default()
                .iter()
                .map(|node| {
                    let text = |key| node.get(key).and_then(Node::text);
                    (text("component"), text("platform"))
                })
                .collect()
        }
        None => root.entries().iter().map(|(key, value)| (key.text(), value.text())).collect(),
    };
    if pairs.is_empty() {
        return Err(wrong("it places nothing".to_owned()));
    }
    for pair in pairs {
        let (Some(id), Some(platform)) = pair else {
            return Err(wrong("it is no list of components and platforms".to_owned()));
        };
        let known = platforms::ALL.iter().any(|p| p.id().0 == platform);
        let component = app.components.iter_mut().find(|component| component.id == id);
        let Some(component) = component.filter(|_| known) else {
            let what = if known {
                format!("there is no component `{id}`")
            } else {
                format!("there is no platform `{platform}`")
            };
            return Err(wrong(what));
        };
        component.allow = vec![(platform.to_owned(), None)];
    }
    Ok(())
}

/// Why nothing is written.
fn infeasible(decision: &Decision, target: Option<&dyn Target>) -> String {
    let way = target.map_or("as planned".to_owned(), |target| format!("on {}", target.title()));
    let mut text = format!("error: it cannot be carried out {way}\n");
    let reasons = decision.considered.iter().flat_map(|way| &way.why_not);
    let mut told: Vec<&str> = Vec::new();
    for reason in reasons {
        if !told.contains(&reason.text.as_str()) {
            told.push(&reason.text);
            text.push_str(&format!(
                "  {}{}\n",
                reason.rule.map(|rule| format!("{rule}: ")).unwrap_or_default(),
                reason.text
            ));
        }
    }
    text.push_str("hint: `crossover plan` shows every option that was tried\n");
    text
}

/// A file to write and what stands in its place.
#[derive(Debug)]
struct File<'e> {
    emitted: &'e EmittedFile,
    path: PathBuf,
    old: Option<String>,
}

impl File<'_> {
    fn changes(&self) -> bool {
        self.old.as_deref() != Some(self.emitted.text.as_str())
    }

    /// What would change, as a unified diff; empty if nothing would.
    fn diff(&self) -> String {
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
fn there<'e>(folder: &Path, emitted: &'e Emitted) -> anyhow::Result<Vec<File<'e>>> {
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
fn write(folder: &Path, files: &[File<'_>], force: bool) -> anyhow::Result<()> {
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
