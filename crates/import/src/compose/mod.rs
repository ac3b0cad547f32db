//! Compose files: services in containers, as `docker compose` starts them.
//!
//! Read by the compose specification: variables from `.env`, `include`, `extends`, overrides, profiles, anchors and
//! merges, short and long forms. What a compose file cannot say (load, work, often memory) stays open.

mod interpolate;
mod layers;
mod once;
mod service;
#[cfg(test)]
mod tests;
mod volumes;

use std::collections::BTreeMap;

use model::{App, Fact, Kind};
use source::yaml::{self, Node};
use source::{FileId, Finding, SourceMap, Span};

use self::interpolate::{Interpolation, env_file};
use self::layers::example_read;
pub(crate) use self::layers::no_file;
use self::layers::{Layer, Loader, Services, laid_over};
use self::service::Outside;
use crate::container::{self, Part, aside, backing, calls};
use crate::findings::{NOT_ONE_APP, NOT_USED};
use crate::project::{self, Project, Reference};
use crate::{Confidence, Gathers, Importer, assumed, defaults, names};

/// Compose.
#[derive(Debug)]
pub struct Compose;

const FILES: &[&str] =
    &["compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"];
const OVERRIDES: &[&str] = &[
    "compose.override.yaml",
    "compose.override.yml",
    "docker-compose.override.yaml",
    "docker-compose.override.yml",
];

impl Importer for Compose {
    fn name(&self) -> &'static str {
        "compose"
    }

    fn looks_for(&self) -> &'static [&'static str] {
        FILES
    }

    fn detects(&self, path: &str, text: &str) -> Confidence {
        let file = file_name(path);
        let ending = file.rsplit('.').next().unwrap_or("").to_lowercase();
        let yaml = matches!(ending.as_str(), "yaml" | "yml") || path.starts_with('<');
        if FILES.contains(&file) || OVERRIDES.contains(&file) {
            return Confidence::Name;
        }
        let has = |key: &str| {
            text.lines()
                .any(|line| line.strip_prefix(key).is_some_and(|rest| rest.starts_with(':')))
        };
        let containers = ["image:", "build:", "extends:"].into_iter().any(|key| text.contains(key));
        let other =
            ["apiVersion", "Resources", "provider", "functions", "components", "stages", "jobs"];
        if yaml && has("services") && containers && !other.into_iter().any(has) {
            Confidence::Content
        } else {
            Confidence::No
        }
    }

    fn gathers(&self) -> Gathers {
        Gathers::Folder
    }

    fn references(&self, sources: &SourceMap, file: FileId) -> Vec<Reference> {
        let start = Span::new(file, 0, 0);
        let mut found = vec![Reference { span: start, path: ".env".to_owned() }];
        let (documents, _) = yaml::parse(sources, file);
        for root in &documents {
            let includes = root.get("include").map(Node::items).unwrap_or_default();
            let mut named: Vec<&Node> = includes
                .iter()
                .flat_map(|item| layers::paths(item.get("path").unwrap_or(item)))
                .collect();
            for (_, service) in root.get("services").map(Node::entries).unwrap_or_default() {
                named.extend(service.get("extends").and_then(|extends| extends.get("file")));
                for item in service.get("env_file").map(layers::paths).unwrap_or_default() {
                    named.push(item.get("path").unwrap_or(item));
                }
            }
            let files: Vec<String> = root
                .get("services")
                .map(Node::entries)
                .unwrap_or_default()
                .iter()
                .flat_map(|(_, service)| {
                    service.get("env_file").map(layers::paths).unwrap_or_default()
                })
                .filter_map(|item| item.get("path").unwrap_or(item).text().map(str::to_owned))
                .chain([".env".to_owned()])
                .collect();
            let examples = files.iter().flat_map(|path| project::examples_of(path));
            found.extend(examples.map(|path| Reference { span: start, path }));
            let reference = |node: &Node| {
                let path = node.text().filter(|path| !path.contains('$'))?.to_owned();
                Some(Reference { span: node.span, path })
            };
            found.extend(named.into_iter().filter_map(reference));
        }
        found
    }

    fn read(&self, project: &Project<'_>, files: &[FileId]) -> (App, Vec<Finding>) {
        let chosen = chosen(project, files);
        let Some(&first) = chosen.files.first() else {
            return (defaults::app("app"), Vec::new());
        };
        let env = project.variables(first, ".env").ok();
        let set = env.as_ref().map(|(env, _)| env_file(&project.sources.file(*env).text));
        let variables = Interpolation::new(project.sources, set.unwrap_or_default());
        let mut loader = Loader::new(project, variables);
        if let Some((_, Some(example))) = env {
            loader.findings.push(example_read(".env", &example).at(Span::new(first, 0, 0)));
        }
        loader.findings.extend(chosen.findings);
        let mut services = Services::new();
        for &file in &chosen.files {
            for (name, layer) in loader.services(file, &mut Vec::new()) {
                match services.get_mut(&name) {
                    Some(below) => below.node = laid_over(&below.node, &layer.node),
                    None => {
                        services.insert(name, layer);
                    }
                }
            }
        }
        let path = project.sources.file(first).path.replace('\\', "/");
        let own = path.rsplit_once('/').and_then(|(folder, _)| project::telling(folder));
        let name =
            loader.name.as_deref().or_else(|| project.name()).or(own).unwrap_or("app").to_owned();
        let app = app(&name, &services, &mut loader);
        let Loader { variables, mut findings, .. } = loader;
        findings.extend(variables.into_findings());
        if app.components.is_empty()
            && findings.iter().all(|f| f.severity < source::Severity::Error)
        {
            let path = &project.sources.file(first).path;
            let finding = Finding::error(NOT_ONE_APP, format!("`{path}` holds no services"));
            findings.push(finding.at(Span::new(first, 0, 0)));
        }
        (app, findings)
    }
}

/// The files that are laid over each other, and a word about those that are not.
struct Chosen {
    files: Vec<FileId>,
    findings: Vec<Finding>,
}

/// As `docker compose` chooses: the first usual name and its override. Without a usual name, the first file.
fn chosen(project: &Project<'_>, files: &[FileId]) -> Chosen {
    let named = |names: &[&str]| {
        let of = |name: &&str| {
            files.iter().copied().find(|&f| file_name(&project.sources.file(f).path) == *name)
        };
        names.iter().find_map(of)
    };
    let usual = named(FILES);
    let base = usual.or_else(|| fullest(project, files));
    let mut chosen: Vec<FileId> = base.into_iter().collect();
    chosen.extend(named(OVERRIDES).filter(|over| Some(*over) != base));
    let left = files.iter().filter(|file| !chosen.contains(file));
    let findings = left.map(|&file| {
        let path = &project.sources.file(file).path;
        Finding::note(
            NOT_USED,
            format!("`{path}` is not read: it is no override that compose takes by itself"),
        )
        .at(Span::new(file, 0, 0))
        .hint("name the file to plan it")
    });
    let mut findings: Vec<Finding> = findings.collect();
    if let Some(first) = findings.first_mut().filter(|_| usual.is_none())
        && let Some(base) = base
    {
        // Nobody said which of them is run: that the answer rests on a choice is more than a note.
        let path = &project.sources.file(base).path;
        let message =
            format!("of {} compose files beside each other, `{path}` is planned", files.len());
        *first = Finding { message, severity: source::Severity::Warning, ..first.clone() }
            .hint("name the file that you run");
    }
    Chosen { findings, files: chosen }
}

/// Words in the name of a compose file that is not what is run for clients.
const ASIDE: &[&str] = &[
    "test",
    "tests",
    "testing",
    "ci",
    "dev",
    "develop",
    "development",
    "local",
    "debug",
    "e2e",
    "override",
    "load",
];

/// Of files with unusual names the one with the most services; those for tests and development come last.
fn fullest(project: &Project<'_>, files: &[FileId]) -> Option<FileId> {
    let aside = |file: FileId| {
        let name = file_name(&project.sources.file(file).path).to_lowercase();
        name.split(['.', '-', '_']).any(|word| ASIDE.contains(&word))
    };
    let services = |file: FileId| {
        let (documents, _) = yaml::parse(project.sources, file);
        let services = documents.first().and_then(|root| root.get("services"));
        services.map_or(0, |services| services.entries().len())
    };
    let order = |file: &FileId| (aside(*file), std::cmp::Reverse(services(*file)));
    files.iter().copied().min_by_key(order)
}

fn app(name: &str, services: &Services, loader: &mut Loader<'_>) -> App {
    let mut app = defaults::app(name);
    let (mut parts, mut after, mut reached) = (Vec::new(), Vec::new(), BTreeMap::new());
    let profiles: Vec<(&String, &Layer)> =
        services.iter().filter(|(_, layer)| is_optional(&layer.node)).collect();
    if let Some((_, layer)) = profiles.first() {
        let list: Vec<&str> = profiles.iter().map(|(name, _)| name.as_str()).collect();
        let message = format!("started only with a profile, so not planned: {}", list.join(", "));
        loader.findings.push(layer.key.mark(Finding::note(NOT_USED, message)));
    }
    let started = services.iter().filter(|(_, layer)| !is_optional(&layer.node));
    let (folders, started): (Vec<_>, Vec<_>) = started.partition(|(name, layer)| {
        once::is_job(name, &layer.node, services) && once::prepares_folders(&layer.node)
    });
    if let Some((_, layer)) = folders.first() {
        let list: Vec<&str> = folders.iter().map(|(name, _)| name.as_str()).collect();
        let message = format!("prepares folders of the host, so not planned: {}", list.join(", "));
        loader.findings.push(layer.key.mark(Finding::note(NOT_USED, message)));
    }
    let (mut outside, mut order) = (Vec::new(), Vec::new());
    for (name, layer) in started {
        let mut findings = std::mem::take(&mut loader.findings);
        let mut read = service::read(name, layer, loader, &mut findings);
        loader.findings.extend(findings);
        read.part.id = names::fresh_id(name, |id| parts.iter().any(|part: &Part| part.id == id));
        if once::is_job(name, &layer.node, services) {
            once::read(&layer.node, &mut read.part);
        }
        order.extend(once::awaited(&layer.node).map(|job| (read.part.id.clone(), job.to_owned())));
        reached.insert(name.clone(), read.part.id.clone());
        for alias in read.aliases {
            reached.entry(alias).or_insert_with(|| read.part.id.clone());
        }
        let pairs = read.after.into_iter().map(|(to, span)| (read.part.id.clone(), to, span));
        after.extend(pairs);
        outside.push(read.outside);
        parts.push(read.part);
    }
    within(&mut parts, &outside);
    let after: Vec<_> = after
        .into_iter()
        .filter_map(|(from, to, span)| Some((from, reached.get(&to)?.clone(), span)))
        .collect();
    app.components = parts.iter().map(|part| part.component(&mut loader.findings)).collect();
    app.components.sort_by(|a, b| a.id.cmp(&b.id));
    app.edges = calls::edges(&parts, &app.components, &reached, &after, &[]);
    let order: Vec<_> = order
        .into_iter()
        .filter_map(|(waits, job)| Some((waits, reached.get(&job)?.clone())))
        .collect();
    container::keep_order(&mut app, &order);
    aside::set_aside(&mut app, &parts, &mut loader.findings);
    assumed::settle(&mut app);
    app
}

/// Where some parts have a port that clients know, the others are not for clients: without a port, or with one that
/// only this machine sees or whose number changes with every start.
fn within(parts: &mut [Part], outside: &[Outside]) {
    let keeps = |part: &Part| {
        let known = part.image.as_ref().and_then(|(image, _)| backing::known(image));
        known.is_some_and(|known| known.kind == Kind::Stateful)
    };
    if !parts.iter().zip(outside).any(|(part, o)| *o == Outside::Yes && !keeps(part)) {
        return;
    }
    let within = parts.iter_mut().zip(outside).filter(|(_, o)| **o == Outside::No);
    // What runs by the clock or at a release has no clients anyway.
    let lasts = |part: &Part| part.schedule.is_none() && part.kind.is_none();
    for (part, _) in within.filter(|(part, _)| lasts(part)) {
        let span = part.ports.first().and_then(|port| port.span).unwrap_or(part.span);
        part.public = Some(Fact::declared(false, span));
        for port in &mut part.ports {
            port.published = false;
        }
    }
}

/// Whether a service starts only when one of its profiles is asked for.
fn is_optional(service: &Node) -> bool {
    service.get("profiles").is_some_and(|profiles| !profiles.items().is_empty())
}

fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}
