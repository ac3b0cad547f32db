//! What a service sees of disks, of files of its host, of configs and secrets, and of scratch space.

use model::{Content, Fact, Held, Mount, Need, Volume, is_secret};
use source::Finding;
use source::yaml::{Node, Value};
use units::Bytes;

use super::layers::{Layer, Loader, paths};
use super::service::bytes;
use crate::container::{Part, rights};
use crate::findings::{NOT_USED, UNKNOWN_NAME};
use crate::names::quoted;
use crate::project::{beside, is_inside};

/// Folders inside that are there for building or speed, not for data.
const NO_DATA: &[&str] = &[
    "node_modules",
    "vendor",
    "cache",
    "tmp",
    ".m2",
    ".gradle",
    "target",
    "dist",
    ".cargo",
    "bundle",
];
/// Endings of names that are none of a file.
const OF_FOLDERS: &[&str] = &["d", "com", "org", "net", "io"];
/// Endings of files that a program writes: they are data.
const OF_DATA: &[&str] = &["log", "db", "sqlite", "sqlite3", "pid", "sock"];
/// Endings of files whose content is a secret, or may be one.
const OF_SECRETS: &[&str] = &["pem", "p12", "pfx", "jks", "keystore", "env", "htpasswd"];
/// Files and folders by which the host tells a container about itself.
const OF_HOST: &[&str] = &[
    "/proc",
    "/sys",
    "/dev",
    "/run",
    "/var/run",
    "/lib",
    "/usr",
    "/boot",
    "/etc/localtime",
    "/etc/timezone",
    "/etc/resolv.conf",
    "/etc/hosts",
    "/etc/hostname",
    "/etc/passwd",
    "/etc/group",
    "/etc/machine-id",
];
/// Where secrets stand unless a service says it (Compose specification, `secrets`).
const SECRETS: &str = "/run/secrets";

/// Reads all of it into the part.
pub(super) fn read(
    name: &str,
    layer: &Layer,
    loader: &Loader<'_>,
    part: &mut Part,
    findings: &mut Vec<Finding>,
) {
    let node = &layer.node;
    let (mut seen, mut left): (Vec<Mount>, Vec<String>) = (Vec::new(), Vec::new());
    let mut lost = |at: &Node, what: String| {
        findings.push(at.mark(Finding::note(NOT_USED, format!("{name}: {what} is not kept"))));
    };
    for item in node.get("volumes").map(Node::items).unwrap_or_default() {
        let shown = Shown::of(item);
        if shown.from.contains("docker.sock") {
            part.needs.push((Need::Privileged, item.span));
        } else if shown.kind == "tmpfs" {
            let size = item.get("tmpfs").and_then(|tmpfs| tmpfs.get("size")?.text());
            seen.push(in_memory(shown.path, size, |what| lost(item, what)));
        } else if shown.is_of_host() {
            match file(name, &shown, item, loader, (part, &seen)) {
                Some(mount) => seen.push(mount),
                None => left.push(format!("{} at {}", quoted(shown.from), quoted(shown.path))),
            }
        } else {
            volume(&shown, part);
        }
    }
    if let Some(volumes) = node.get("volumes").filter(|_| !left.is_empty()) {
        lost(volumes, format!("what it sees of its host ({})", left.join(", ")));
    }
    for item in node.get("tmpfs").map(paths).unwrap_or_default() {
        let text = item.text().unwrap_or("");
        let (path, options) = text.split_once(':').unwrap_or((text, ""));
        let size = options.split(',').find_map(|option| option.trim().strip_prefix("size="));
        seen.push(in_memory(path, size, |what| lost(item, what)));
    }
    for (section, held) in [("configs", Held::ConfigMap), ("secrets", Held::Secret)] {
        for item in node.get(section).map(Node::items).unwrap_or_default() {
            seen.extend(given(name, (section, held), item, loader, findings));
        }
    }
    for mount in seen {
        let path = mount.path.trim_end_matches('/').to_owned();
        let is_there = part.volumes.iter().any(|v| v.path.trim_end_matches('/') == path);
        if !path.starts_with('/') || is_there {
            continue;
        }
        // What is said later takes the place of what was said before.
        part.mounts.retain(|known| known.path != path);
        part.mounts.push(Mount { path, ..mount });
    }
    name_scratch(&mut part.mounts);
}

/// An entry of `volumes`.
struct Shown<'n> {
    kind: &'n str,
    from: &'n str,
    path: &'n str,
    read_only: bool,
}

impl<'n> Shown<'n> {
    fn of(item: &'n Node) -> Self {
        if let Value::Mapping(_) = &item.value {
            let text = |key: &str| item.get(key).and_then(Node::text).unwrap_or("");
            let read_only = text("read_only") == "true";
            return Self {
                kind: text("type"),
                from: text("source"),
                path: text("target"),
                read_only,
            };
        }
        let text = item.text().unwrap_or("");
        let Some((from, rest)) = text.split_once(':') else {
            return Self { kind: "", from: "", path: text, read_only: false };
        };
        let (path, options) = rest.split_once(':').unwrap_or((rest, ""));
        let read_only = options.split(',').any(|option| option == "ro");
        Self { kind: "", from, path, read_only }
    }

    fn is_of_host(&self) -> bool {
        self.kind == "bind"
            || self.from.starts_with(['.', '/', '~', '$'])
            || self.from.contains('/')
    }

    /// Whether it looks like a file: by its ending, by the one inside where nobody writes to it, or by a name like `Caddyfile`.
    fn is_file(&self) -> bool {
        let is = |path: &str| ending(path).is_some_and(|end| !OF_FOLDERS.contains(&end.as_str()));
        let named = last(self.from).ends_with("file") && last(self.from) == last(self.path);
        let inside = self.path.ends_with(|c| c != '/') && is(self.path);
        !self.from.ends_with('/') && (is(self.from) || named || (self.read_only && inside))
    }
}

/// The ending of a file's name in small letters: of letters and digits, a letter among them. That of `.env` is `env`.
fn ending(path: &str) -> Option<String> {
    let name = path.rsplit('/').next().unwrap_or(path).to_lowercase();
    let (start, end) = name.rsplit_once('.')?;
    let sound = (1..=12).contains(&end.len())
        && end.chars().all(|c| c.is_ascii_alphanumeric())
        && end.contains(|c: char| c.is_ascii_alphabetic());
    let hidden = start.is_empty() && !OF_SECRETS.contains(&end);
    (sound && !hidden).then(|| end.to_owned())
}

/// A named volume, or one without a name: data, unless its place says that it is none.
fn volume(shown: &Shown<'_>, part: &mut Part) {
    let mut folders = shown.path.split('/');
    let no_data =
        |folder: &str| NO_DATA.iter().any(|name| folder == *name || folder.ends_with("cache"));
    if shown.path.is_empty() || folders.any(no_data) {
        return;
    }
    part.volumes.push(Volume { name: shown.from.to_owned(), path: shown.path.to_owned() });
    part.storage.get_or_insert_with(|| {
        Fact::assumed(
            Bytes::from_gib(20),
            format!(
                "no compose file says how large a volume is; write `--set {}.storage=100GB`",
                part.id
            ),
        )
    });
}

/// Scratch space in memory; its name follows from its place.
fn in_memory(path: &str, size: Option<&str>, lost: impl FnOnce(String)) -> Mount {
    let size_max = size.and_then(bytes);
    if let Some(size) = size.filter(|_| size_max.is_none()) {
        lost(format!("the size {} of {}", quoted(size), quoted(path)));
    }
    Mount { in_memory: true, size_max, ..Mount::new(Held::Scratch, "", path) }
}

/// Scratch space is called after its place.
fn name_scratch(mounts: &mut [Mount]) {
    let mut taken: Vec<String> = Vec::new();
    for mount in mounts.iter_mut().filter(|mount| mount.held == Held::Scratch) {
        let name = crate::names::fresh_id(
            mount.path.trim_matches('/').replace('/', "-").as_str(),
            |name| taken.iter().any(|known| known == name),
        );
        taken.push(name.clone());
        mount.name = name;
    }
}

/// A file of the host as a key of the service's own config map or secret; `None` for what is none, or is no file to bring along:
/// the host's own, data, and code that a built image holds itself.
fn file(
    service: &str,
    shown: &Shown<'_>,
    item: &Node,
    loader: &Loader<'_>,
    (part, seen): (&Part, &[Mount]),
) -> Option<Mount> {
    let of_host = OF_HOST.iter().any(|own| is_inside(shown.from, own));
    let end = ending(shown.from).unwrap_or_default();
    if of_host || OF_DATA.contains(&end.as_str()) || !shown.is_file() {
        return None;
    }
    let from = &loader.project.sources.file(item.span.file).path;
    let is_elsewhere = shown.from.starts_with(['~', '$']);
    let place = if is_elsewhere { shown.from.to_owned() } else { beside(from, shown.from) };
    let built = part.build.as_ref().is_some_and(|folder| is_inside(&place, &beside(from, folder)));
    if built && !shown.read_only && !shown.path.starts_with("/etc/") {
        return None;
    }
    let secret = OF_SECRETS.contains(&end.as_str()) || is_secret(last(&place), "");
    let held = if secret { Held::Secret } else { Held::ConfigMap };
    let name = format!("{service}-files");
    let others = seen.iter().filter(|mount| (mount.held, &mount.name) == (held, &name));
    let others: Vec<&Content> = others.filter_map(|mount| mount.content.as_ref()).collect();
    let key = free_key(&place, &others);
    Some(Mount {
        part: Some(key.clone()),
        read_only: shown.read_only,
        content: Some(Content::Files(vec![(key, place)])),
        ..Mount::new(held, name, shown.path)
    })
}

fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Letters that a key may have; dashes for others.
fn key_of(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' };
    name.chars().map(plain).collect()
}

/// The key of a file: its name, with folders before it where another file has that.
fn free_key(place: &str, others: &[&Content]) -> String {
    let taken = |key: &str| {
        let other = |content: &&&Content| matches!(content, Content::Files(files) if files.iter().any(|(own, path)| own == key && path != place));
        others.iter().any(|content| other(&content))
    };
    let folders: Vec<&str> = place.split('/').filter(|part| !part.is_empty()).collect();
    let mut keys =
        (1..=folders.len()).map(|count| key_of(&folders[folders.len() - count..].join("-")));
    keys.find(|key| !taken(key)).unwrap_or_else(|| key_of(place))
}

/// A config or a secret of the application, as a service sees it.
fn given(
    service: &str,
    (section, held): (&str, Held),
    item: &Node,
    loader: &Loader<'_>,
    findings: &mut Vec<Finding>,
) -> Option<Mount> {
    let text = |key: &str| item.get(key).and_then(Node::text);
    let source = item.text().or_else(|| text("source"))?;
    let declared = loader.declared(section, source, item.span.file);
    if declared.is_none() {
        let message = format!("{service}.{section}: there is no {} at the top", quoted(source));
        let hint = format!("declare it: `{section}: {{ {source}: {{ file: ./{source} }} }}`");
        findings.push(item.mark(Finding::warning(UNKNOWN_NAME, message)).hint(hint));
    }
    let said = |key: &str| declared.and_then(|node| node.get(key)).and_then(Node::text);
    let outside = declared.and_then(|node| node.get("external")?.get("name")?.text());
    let name = said("name").or(outside).unwrap_or(source);
    let key = key_of(said("file").map_or(source, last));
    let content = match declared {
        Some(node) if node.get("content").is_some() => {
            Some(Content::Declared(loader.project.sources.place(node.span)))
        }
        Some(node) => {
            let file = said("file").map(|path| {
                let from = &loader.project.sources.file(node.span.file).path;
                Content::Files(vec![(key.clone(), beside(from, path))])
            });
            file.or_else(|| Some(Content::Variable(said("environment")?.to_owned())))
        }
        None => None,
    };
    let target = text("target").unwrap_or(source);
    let path = if target.starts_with('/') {
        target.to_owned()
    } else if held == Held::Secret {
        format!("{SECRETS}/{target}")
    } else {
        format!("/{target}")
    };
    let mode = text("mode").and_then(rights);
    let mut lost = |what: &str| {
        let message = format!("{service}: {what} of {} is not kept", quoted(&path));
        findings.push(item.mark(Finding::note(NOT_USED, message)));
    };
    if item.get("mode").is_some() && mode.is_none() {
        lost("the mode");
    }
    if item.get("uid").or_else(|| item.get("gid")).is_some() {
        lost("the owner");
    }
    Some(Mount { part: Some(key), mode, content, read_only: true, ..Mount::new(held, name, path) })
}
