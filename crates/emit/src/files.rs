//! Files that a program expects and that its target does not bring along: which, where, and what to do.

use std::fmt::Write as _;

use model::{Content, Held, Mount, Settings};
use source::Finding;

use crate::findings::{LEFT_OUT, TO_DO};
use crate::{Output, Part, Plan, by_name};

/// The only place that a function can write to ("Lambda execution environment", AWS Lambda developer guide).
const WRITABLE: &str = "/tmp";
/// The rights of a file of which nobody says them.
const USUAL_MODE: u16 = 0o644;
/// Where a server has what containers see of files, a folder a part: below it stands the place inside.
pub(crate) const ON_SERVERS: &str = "/etc/parts";

/// What becomes of the files of config maps and secrets where a component was placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilesAre {
    /// Seen as they are today.
    Seen,
    /// Seen from the server's own disk, to which they have to be copied.
    Copied,
    /// Not there.
    Missing,
}

/// Says of every part whose target does not bring them along which files its main container expects.
pub(crate) fn told(plan: &Plan<'_>, out: &mut Output) {
    let mut copies = String::new();
    for part in &plan.parts {
        let Some(target) = part.target.and_then(by_name).filter(|_| out.is_written(part)) else {
            continue;
        };
        let files: Vec<&Mount> =
            part.component.mounts.iter().filter(|mount| mount.held.has_files()).collect();
        match target.files(part.placement) {
            FilesAre::Seen => {}
            FilesAre::Copied if files.is_empty() => {}
            FilesAre::Copied => {
                let _ = write!(copies, "\n   - {}:", part.component.id);
                for mount in &files {
                    copies.push_str(&copied(part, mount));
                }
                let message = format!("expects files on each of its servers: {}", listed(&files));
                let hint = "README.md of the folder says where each goes; servers that come and go have them in their image better";
                tell(plan, part, (TO_DO, message, hint), out);
            }
            FilesAre::Missing => missing(plan, part, &files, "", out),
        }
        if let Some(spill) = part.placement.configured.spill() {
            let side = format!(" on {}", spill.to.platform);
            missing(plan, part, &files, &side, out);
        }
        other_space(plan, part, out);
    }
    if !copies.is_empty() {
        out.steps.push(format!(
            "copy to the servers what containers see of files; a part is started again until they are there{copies}"
        ));
    }
}

fn tell(
    plan: &Plan<'_>,
    part: &Part<'_>,
    (id, what, hint): (&'static str, String, &str),
    out: &mut Output,
) {
    let finding = Finding::warning(id, format!("{}: {what}", part.component.id)).hint(hint);
    out.findings.push(plan.at(finding, part.component.span));
}

fn missing(plan: &Plan<'_>, part: &Part<'_>, files: &[&Mount], side: &str, out: &mut Output) {
    if files.is_empty() {
        return;
    }
    let message = format!("expects files that are not there{side}: {}", listed(files));
    let hint = if matches!(part.placement.configured, Settings::Managed(_)) {
        "the provider's service reads none: give settings as its parameters, and run scripts by hand"
    } else if files.iter().any(|mount| mount.held == Held::Secret) {
        "copy them into the image; what is secret does not belong there: let the program read it from a variable, or fetch it when it starts"
    } else {
        "copy them into the image: a line `COPY` each in its Dockerfile"
    };
    tell(plan, part, (LEFT_OUT, message, hint), out);
}

/// Scratch space that is another than today: a function has one place, and where a container writes to its own files they are on
/// disk, but in memory on Cloud Run ("the built-in in-memory file system", "Configure in-memory volume mounts for services", Cloud Run
/// documentation).
fn other_space(plan: &Plan<'_>, part: &Part<'_>, out: &mut Output) {
    let own = || part.component.mounts.iter().filter(|mount| mount.held == Held::Scratch);
    let beside = part.component.containers.iter().any(|container| container.role.stays());
    let at = |which: &dyn Fn(&Mount) -> bool| {
        let paths: Vec<&str> =
            own().filter(|m| which(m)).map(|mount| mount.path.as_str()).collect();
        (!paths.is_empty()).then(|| paths.join(", "))
    };
    let other = |what: String, hint: &str| {
        let message = format!("{}: its scratch space at {what}", part.component.id);
        plan.at(Finding::note(LEFT_OUT, message).hint(hint), part.component.span)
    };
    match &part.placement.configured {
        Settings::Function(_) => {
            let is_there = |path: &str| path == WRITABLE || path.starts_with("/tmp/");
            if let Some(paths) = at(&|mount| !is_there(&mount.path)) {
                let message = format!("has no scratch space at {paths}");
                let hint = "a function can write below `/tmp` alone: let it do so";
                tell(plan, part, (LEFT_OUT, message, hint), out);
            }
        }
        // Beside further containers it says so itself.
        Settings::Instance(_) if part.placement.platform.0 == "gcp/cloud-run" => {
            let paths = at(&|mount| !mount.in_memory && !beside);
            out.findings.extend(paths.map(|paths| {
                let hint = "plan it with the memory for what it writes";
                other(format!("{paths} is memory here"), hint)
            }));
        }
        Settings::Task(_) | Settings::Instance(_) | Settings::Server(_) => {
            let servers = matches!(part.placement.configured, Settings::Server(_));
            let several = !part.component.containers.is_empty();
            let paths = at(&|mount| mount.in_memory && (several || !servers));
            out.findings.extend(paths.map(|paths| {
                let hint = "what must not reach a disk needs another way";
                other(format!("{paths} is on disk here, not in memory"), hint)
            }));
        }
        Settings::Pod(_) | Settings::Managed(_) => {}
    }
}

/// Each with its place and where its content is.
fn listed(files: &[&Mount]) -> String {
    let one = |mount: &&Mount| {
        let (what, from) = (described(mount), from(mount));
        format!("`{}` ({what}{from})", mount.path)
    };
    files.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn described(mount: &Mount) -> String {
    let kind = if mount.held == Held::Secret { "secret" } else { "config map" };
    match &mount.part {
        Some(part) => format!("{part} of {kind} {}", mount.name),
        None => format!("{kind} {}", mount.name),
    }
}

fn from(mount: &Mount) -> String {
    match &mount.content {
        Some(Content::Files(files)) => {
            let own = |key: &str| mount.part.as_deref().is_none_or(|part| part == key);
            let paths: Vec<&str> =
                files.iter().filter(|(key, _)| own(key)).map(|(_, path)| path.as_str()).collect();
            if paths.is_empty() { String::new() } else { format!(", from {}", paths.join(" and ")) }
        }
        Some(Content::Variable(name)) => format!(", from the variable {name}"),
        Some(Content::Declared(place)) => format!(", declared at {place}"),
        None => String::new(),
    }
}

/// Where a server has what a container sees at a place.
fn place(part: &Part<'_>, mount: &Mount) -> String {
    format!("{ON_SERVERS}/{}{}", part.name, mount.path.trim_end_matches('/'))
}

/// What a server shows a container of its own files, each place once with whether it has to be there.
pub(crate) fn shown<'m>(part: &'m Part<'_>) -> Vec<(String, &'m str, bool)> {
    let mut found: Vec<(String, &str, bool)> = Vec::new();
    for mount in part.component.mounts.iter().filter(|mount| mount.held.has_files()) {
        let place = place(part, mount);
        let usable = mount.path.starts_with('/') && !mount.path.contains([':', '\0']);
        if usable && !found.iter().any(|(known, ..)| *known == place) {
            found.push((place, mount.path.as_str(), !mount.optional));
        }
    }
    found
}

/// How what is seen at a place gets to a server, a line each file that is known.
fn copied(part: &Part<'_>, mount: &Mount) -> String {
    let (place, mode) = (place(part, mount), mount.mode.unwrap_or(USUAL_MODE));
    let line = |from: &str, to: &str| {
        format!("\n     - `sudo install -D -m {mode:04o} {} {}`", word(from), word(to))
    };
    let below = |key: &str| {
        let chosen = mount.keys.iter().find(|(own, _)| own == key);
        let path = chosen.map_or(key, |(_, path)| path);
        (mount.keys.is_empty() || chosen.is_some()).then(|| format!("{place}/{path}"))
    };
    match (&mount.content, &mount.part) {
        (Some(Content::Files(files)), Some(part)) => {
            let own = files.iter().find(|(key, _)| key == part);
            line(own.map_or("FILE", |(_, path)| path), &place)
        }
        (Some(Content::Files(files)), None) => {
            let all = files.iter().filter_map(|(key, path)| Some(line(path, &below(key)?)));
            all.collect()
        }
        (_, Some(_)) => format!("{} ({}{})", line("FILE", &place), described(mount), from(mount)),
        (_, None) if !mount.keys.is_empty() => {
            let all = mount.keys.iter().map(|(key, path)| line(key, &format!("{place}/{path}")));
            let all: String = all.collect();
            format!("{all} ({}{})", described(mount), from(mount))
        }
        (_, None) => format!(
            "\n     - a file for each key of {} to `{place}/`{}",
            described(mount),
            from(mount)
        ),
    }
}

/// One word of a shell, on a page that somebody copies it from.
pub(crate) fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}
