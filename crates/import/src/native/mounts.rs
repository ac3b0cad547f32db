//! What a container sees at a place in its files: `mounts`.

use model::{Content, Held, Mount};
use source::Finding;
use source::yaml::{Node, Value};
use units::{Bytes, ParseError};

use super::container_keys::MOUNT;
use super::containers::texts;
use super::fields::{Fields, parse_at, text_of};
use super::values::{DISK, error, within};
use crate::findings::CONTRADICTION;
use crate::names::quoted;

/// Reads `mounts` of a component or a container.
pub(super) fn read(keys: &Fields<'_>, findings: &mut Vec<Finding>) -> Vec<Mount> {
    let (path, example) = (keys.path_of("mounts"), keys.example("mounts"));
    let one = |node: &&Node, findings: &mut Vec<Finding>| {
        if let Value::Mapping(_) = node.value {
            return long(&Fields::open(node, &MOUNT, &path, findings)?, findings);
        }
        let text = text_of(node, &path, example, findings)?;
        Some(parse_at(text, node, (&path, example), findings, short)?.0)
    };
    keys.items("mounts").iter().filter_map(|node| one(node, findings)).collect()
}

/// `config-map envoy/envoy.yaml at /etc/envoy.yaml read-only`.
fn short(text: &str) -> Result<Mount, ParseError> {
    let wrong = || {
        let hint = "write `scratch files at /files`, `config-map web/nginx.conf at /etc/nginx.conf read-only`";
        error(format!("{} is no mount", quoted(text)), hint)
    };
    let (rest, read_only) = match text.trim().strip_suffix(" read-only") {
        Some(rest) => (rest, true),
        None => (text.trim(), false),
    };
    let (what, path) = rest.split_once(" at ").ok_or_else(wrong)?;
    let (kind, name) = what.split_once(' ').ok_or_else(wrong)?;
    let held = Held::ALL.iter().find(|(known, _)| *known == kind).ok_or_else(wrong)?.1;
    let (name, part) = name.split_once('/').map_or((name, None), |(name, part)| (name, Some(part)));
    let path = path.trim();
    if name.is_empty() || !path.starts_with('/') {
        return Err(wrong());
    }
    Ok(Mount { part: part.map(str::to_owned), read_only, ..Mount::new(held, name, path) })
}

/// The same with what only a mapping says.
fn long(keys: &Fields<'_>, findings: &mut Vec<Finding>) -> Option<Mount> {
    keys.require("mount", findings);
    let chosen = texts(keys, "keys", findings, |text, _| key(text));
    let files = texts(keys, "files", findings, |text, _| file(text));
    let mode = keys.parsed("mode", findings, mode).map(|(mode, _)| mode);
    let mut flag =
        |key: &str| keys.flag(key, findings).and_then(|flag| flag.get()).unwrap_or(false);
    let (optional, in_memory) = (flag("optional"), flag("in_memory"));
    let size_max = keys.parsed("size", findings, within(Bytes::parse, DISK)).map(|(size, _)| size);
    let mut text = |key: &str| keys.text(key, findings).map(|(text, _)| text.to_owned());
    let (variable, declared) = (text("variable"), text("declared"));
    let mut content: Vec<Content> = Vec::new();
    content.extend((!files.is_empty()).then_some(Content::Files(files)));
    content.extend(variable.map(Content::Variable));
    content.extend(declared.map(Content::Declared));
    let place = keys.span("mount");
    let (seen, _) = keys.parsed("mount", findings, short)?;
    let of_files = ["keys", "mode", "optional", "files", "variable", "declared"];
    let of_space = ["in_memory", "size"];
    let other = match seen.held {
        Held::Scratch => of_files.into_iter().find(|key| keys.has(key)),
        Held::ConfigMap | Held::Secret => of_space.into_iter().find(|key| keys.has(key)),
        Held::Claim => of_files.into_iter().chain(of_space).find(|key| keys.has(key)),
    };
    let mut contradicts = |message: String, hint: &str| {
        findings.push(Finding::error(CONTRADICTION, message).at(place).hint(hint));
    };
    if let Some(key) = other {
        let message = format!("{}: a {} has no such thing", keys.path_of(key), seen.held.name());
        contradicts(message, "leave it out");
    }
    if content.len() > 1 {
        let message = format!("{}: its content is at several places", keys.path_of("mount"));
        contradicts(message, "write one of `files`, `variable` and `declared`");
    }
    let content = content.into_iter().next();
    Some(Mount { keys: chosen, mode, optional, content, in_memory, size_max, ..seen })
}

/// `nginx.conf`, or `site=sites/default` for another path.
fn key(text: &str) -> Result<(String, String), ParseError> {
    let (key, path) = text.split_once('=').unwrap_or((text, text));
    let inside = !path.starts_with('/') && path.split('/').all(|part| !matches!(part, "" | ".."));
    if key.is_empty() || !inside {
        let message = format!("{} is no key with a path below the mount", quoted(text));
        return Err(error(message, "write `nginx.conf`, or `site=sites/default`"));
    }
    Ok((key.to_owned(), path.to_owned()))
}

/// `nginx.conf=deploy/nginx.conf`.
fn file(text: &str) -> Result<(String, String), ParseError> {
    let found = text.split_once('=').filter(|(key, path)| !key.is_empty() && !path.is_empty());
    let (key, path) = found.ok_or_else(|| {
        let message = format!("{} is no key with a file", quoted(text));
        error(message, "write `nginx.conf=deploy/nginx.conf`")
    })?;
    Ok((key.to_owned(), path.to_owned()))
}

/// Three octal digits, with or without a zero before them.
fn mode(text: &str) -> Result<u16, ParseError> {
    let digits = text.trim().trim_start_matches("0o");
    let number = u16::from_str_radix(digits, 8).ok();
    number.filter(|mode| *mode <= 0o777 && !digits.starts_with('+')).ok_or_else(|| {
        let message = format!("{} is no mode of a file", quoted(text));
        error(message, "write three octal digits, such as `0440`")
    })
}
