//! Whether the folders of a repository hold one application or several that have nothing to do with each other.

use std::collections::{BTreeMap, BTreeSet};

use source::yaml::{Node, Value};
use source::{FileId, Finding};

use super::network;
use super::object::{Object, at};
use super::workload;
use crate::container::backing;
use crate::detect::several;
use crate::findings::NOT_USED;
use crate::project::{Project, beside, normal};

/// Folders whose contents are there to be looked at one by one.
const SHOWCASES: &[&str] =
    &["examples", "example", "samples", "tutorials", "quickstarts", "demos", "labs", "exercises"];

/// What is known of one folder.
#[derive(Default)]
struct Folder<'o> {
    /// Workloads and services: what others call it by.
    names: BTreeSet<&'o str>,
    /// What ties folders together without a call.
    ties: BTreeSet<String>,
    /// Every word of its objects.
    words: BTreeSet<&'o str>,
    /// Whether clients reach something in it.
    is_public: bool,
    /// Whether anything runs in it.
    runs: bool,
}

/// An error that names the applications, if folders side by side hold several: at least two that clients reach and
/// that share no call, namespace, domain, maker or kustomization.
pub(super) fn told_apart(
    project: &Project<'_>,
    read: &[(FileId, Vec<Object>)],
) -> Option<Box<Finding>> {
    let path = |file: FileId| project.shown(file);
    let runs = |objects: &[Object]| objects.iter().any(|o| workload::template(o).is_some());
    let with_pods: Vec<String> =
        read.iter().filter(|(_, objects)| runs(objects)).map(|(file, _)| path(*file)).collect();
    let common = common_folder(&with_pods);
    let is_showcase = common.split('/').any(|name| SHOWCASES.contains(&name));
    let folder_of = |path: &str| {
        let inside = path.strip_prefix(&common)?;
        inside.split_once('/').map(|(folder, _)| format!("{common}{folder}"))
    };
    let mut folders: BTreeMap<String, Folder<'_>> = BTreeMap::new();
    let mut groups = Groups::default();
    for (file, objects) in read {
        let shown = path(*file);
        let Some(name) = folder_of(&shown) else {
            // Files above the folders belong to all of them.
            if runs(objects) {
                return None;
            }
            for tied in objects.iter().flat_map(|o| named_folders(project, *file, o)) {
                groups.tie("", folder_of(&tied).as_deref().unwrap_or(""));
            }
            continue;
        };
        for object in objects {
            for tied in named_folders(project, *file, object) {
                groups.tie(&name, folder_of(&tied).as_deref().unwrap_or(&name));
            }
        }
        let folder = folders.entry(name).or_default();
        for object in objects {
            describe(object, folder, is_showcase);
        }
    }
    // Named as whoever asked would name them, not from the project's folder on.
    let above = read.first().map_or(String::new(), |(file, _)| {
        let whole = normal(&project.sources.file(*file).path);
        whole.strip_suffix(&path(*file)).unwrap_or("").to_owned()
    });
    let names: Vec<&String> = folders.keys().collect();
    for (at, a) in names.iter().enumerate() {
        for b in &names[at + 1..] {
            let (one, other) = (&folders[*a], &folders[*b]);
            let calls = |from: &Folder<'_>, to: &Folder<'_>| {
                to.names.iter().any(|name| from.words.contains(name))
            };
            if calls(one, other) || calls(other, one) || !one.ties.is_disjoint(&other.ties) {
                groups.tie(a, b);
            }
        }
    }
    let entries: BTreeSet<String> =
        names.iter().filter(|name| folders[**name].is_public).map(|name| groups.of(name)).collect();
    let mut apps: BTreeMap<String, String> = BTreeMap::new();
    for name in names.iter().filter(|name| folders[**name].runs) {
        apps.entry(groups.of(name)).or_insert_with(|| format!("{above}{name}"));
    }
    (entries.len() > 1).then(|| {
        let first = apps.values().next().map(String::as_str);
        Box::new(several("the folder", "Kubernetes", first, apps.values()))
    })
}

/// Folders that belong together, each by the first of its group.
#[derive(Default)]
struct Groups(BTreeMap<String, String>);

impl Groups {
    fn of(&self, name: &str) -> String {
        let mut at = name;
        while let Some(up) = self.0.get(at) {
            at = up;
        }
        at.to_owned()
    }

    fn tie(&mut self, a: &str, b: &str) {
        let (a, b) = (self.of(a), self.of(b));
        if a != b {
            self.0.insert(a.clone().max(b.clone()), a.min(b));
        }
    }
}

/// The folder that all paths lie in, with a slash behind it.
fn common_folder(paths: &[String]) -> String {
    let Some(first) = paths.first() else { return String::new() };
    let mut common =
        first.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
    while !paths.iter().all(|path| path.starts_with(&common)) {
        let up = common.trim_end_matches('/').rsplit_once('/');
        common = up.map_or(String::new(), |(folder, _)| format!("{folder}/"));
    }
    common
}

/// Files and folders that a kustomization puts together, from the project's folder on.
fn named_folders(project: &Project<'_>, file: FileId, object: &Object) -> Vec<String> {
    if object.group() != "kustomize.config.k8s.io" {
        return Vec::new();
    }
    let lists = ["resources", "bases", "components"].into_iter();
    let items = lists.flat_map(|key| object.at(&[key]).map(Node::items).unwrap_or_default());
    let from = project.shown(file);
    items.filter_map(Node::text).map(|path| format!("{}/", beside(&from, path))).collect()
}

fn describe<'o>(object: &'o Object, folder: &mut Folder<'o>, is_showcase: bool) {
    let pod = workload::template(object);
    if pod.is_some() || object.kind == "Service" {
        folder.names.insert(&object.name);
    }
    if let Some(namespace) = object.namespace.as_deref().filter(|name| *name != "default") {
        folder.ties.insert(format!("namespace {namespace}"));
    }
    for key in ["app.kubernetes.io/part-of", "app.kubernetes.io/instance"] {
        let label = object.at(&["metadata", "labels", key]).and_then(Node::text);
        folder.ties.extend(label.map(|label| format!("{key} {label}")));
    }
    folder.runs |= pod.is_some();
    folder.is_public |= network::lets_in(object);
    let containers =
        pod.and_then(|pod| at(pod, &["spec", "containers"])).map(Node::items).unwrap_or_default();
    let images = containers.iter().filter_map(|c| c.get("image").and_then(Node::text));
    // An image without a maker that nobody knows is the team's own.
    let makers = images.filter_map(|image| match image.rsplit_once('/') {
        Some((maker, _)) => Some(maker),
        None => backing::known(image).is_none().then_some("nobody"),
    });
    folder.ties.extend(makers.filter(|_| !is_showcase).map(|maker| format!("maker {maker}")));
    words(&object.node, &mut |text| {
        let domain = text.rsplitn(3, '.').take(2).collect::<Vec<_>>();
        let is_host = text.contains('.') && !text.contains(['/', ':', ' ']);
        if is_host && object.at(&["spec", "rules"]).is_some() {
            folder.ties.insert(format!("domain {}", domain.join(".")));
        }
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        folder.words.extend(text.split(|c| !is_name(c)).filter(|word| !word.is_empty()));
    });
}

/// Every text below a node, keys left out.
fn words<'n>(node: &'n Node, take: &mut impl FnMut(&'n str)) {
    match &node.value {
        Value::Scalar { text, .. } => take(text),
        Value::Sequence(items) => items.iter().for_each(|item| words(item, take)),
        Value::Mapping(entries) => entries.iter().for_each(|(_, value)| words(value, take)),
    }
}

/// Objects that a kustomization lays over others: patches by file, and workloads without a single image where the
/// whole one is there too.
pub(super) fn without_patches(
    project: &Project<'_>,
    read: &mut Vec<(FileId, Vec<Object>)>,
    findings: &mut Vec<Finding>,
) {
    let mut patches: BTreeSet<FileId> = BTreeSet::new();
    for (file, objects) in read.iter() {
        for object in objects.iter().filter(|o| o.group() == "kustomize.config.k8s.io") {
            let lists = ["patches", "patchesStrategicMerge", "patchesJson6902"].into_iter();
            let items =
                lists.flat_map(|key| object.at(&[key]).map(Node::items).unwrap_or_default());
            let named = items.filter_map(|item| item.get("path").unwrap_or(item).text());
            patches.extend(named.filter_map(|path| project.beside(*file, path).ok()));
        }
    }
    let count = patches.len();
    read.retain(|(file, _)| !patches.contains(file));
    let has_image = |object: &Object| {
        let containers = workload::template(object)
            .and_then(|pod| at(pod, &["spec", "containers"]))
            .map(Node::items)
            .unwrap_or_default();
        containers.iter().any(|container| container.get("image").is_some())
    };
    let all = read.iter().flat_map(|(_, objects)| objects);
    let whole: BTreeSet<String> =
        all.filter(|object| has_image(object)).map(|object| object.name.clone()).collect();
    for (_, objects) in read.iter_mut() {
        objects.retain(|object| {
            workload::template(object).is_none()
                || has_image(object)
                || !whole.contains(&object.name)
        });
    }
    if let Some(&first) = patches.first() {
        let message = format!("patches of kustomizations are not applied ({count} here)");
        let finding = Finding::note(NOT_USED, message).at(source::Span::new(first, 0, 0));
        findings.push(finding.hint("run `kustomize build OVERLAY | crossover plan -`"));
    }
}
