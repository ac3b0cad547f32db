//! Repositories often hold the same application several times: single files, all in one, for this and for that.

use std::collections::{BTreeMap, BTreeSet};

use source::{FileId, Finding, Span};

use super::object::{Object, objects};
use super::trees;
use super::workload::template;
use crate::findings::{CONFLICT, TEMPLATE};
use crate::project::Project;

/// Places that are named in the finding.
const NAMED_MAX: usize = 8;

/// The objects of one variant: the folder and the file with the most workloads first, and then every file that
/// brings nothing that is there already.
pub(super) fn chosen(project: &Project<'_>, files: &[FileId]) -> (Vec<Object>, Vec<Finding>) {
    let mut findings = Vec::new();
    let mut read: Vec<(FileId, Vec<Object>)> = Vec::new();
    for &file in files {
        let (objects, said) = objects(project.sources, &[file]);
        findings.extend(said);
        read.push((file, objects));
    }
    let mut findings = one_a_chart(findings, project);
    without_charts(&mut read, &findings, project);
    trees::without_patches(project, &mut read, &mut findings);
    let folder = |file: FileId| {
        let path = project.shown(file);
        path.rsplit_once('/').map_or(String::new(), |(folder, _)| folder.to_owned())
    };
    let mut by_folder: BTreeMap<String, usize> = BTreeMap::new();
    for (file, objects) in &read {
        *by_folder.entry(folder(*file)).or_default() += workloads(objects).len();
    }
    let mut order: Vec<usize> = (0..read.len()).collect();
    // Files without workloads come last: they take nobody's place.
    // Of folders alike in number the first, whole: files of two variants are not mixed.
    order.sort_by_key(|&at| {
        let (file, objects) = &read[at];
        let (own, folder) = (workloads(objects).len(), folder(*file));
        let there = std::cmp::Reverse(by_folder[&folder]);
        (own == 0, there, folder, std::cmp::Reverse(own))
    });
    let (mut taken, mut kept, mut left) = (Taken::default(), BTreeSet::new(), Vec::new());
    for &at in &order {
        let own = workloads(&read[at].1);
        if own.iter().any(|workload| taken.has(workload)) {
            left.push(at);
        } else {
            for workload in own {
                taken.add(workload);
            }
            kept.insert(at);
        }
    }
    left.sort_unstable();
    if let (Some(&first), Some(&used)) = (left.first(), order.first()) {
        let mut names: Vec<String> = left
            .iter()
            .take(NAMED_MAX)
            .map(|&at| format!("`{}`", project.shown(read[at].0)))
            .collect();
        if left.len() > NAMED_MAX {
            names.push(format!("{} more", left.len() - NAMED_MAX));
        }
        let message = format!(
            "{} files describe workloads that `{}` and its like already do, and are left out: {}",
            left.len(),
            project.shown(read[used].0),
            names.join(", ")
        );
        let finding = Finding::warning(CONFLICT, message).at(Span::new(read[first].0, 0, 0));
        findings.push(finding.hint("name the folder or the file of the variant that you run"));
    }
    let all = read.into_iter().enumerate().filter(|(at, _)| kept.contains(at));
    let mut read: Vec<(FileId, Vec<Object>)> = all.map(|(_, read)| read).collect();
    if let Some(several) = trees::told_apart(project, &read) {
        findings.push(*several);
        return (Vec::new(), findings);
    }
    nearest(&mut read, folder);
    (read.into_iter().flat_map(|(_, objects)| objects).collect(), findings)
}

/// Files between the templates of a chart are the chart's, with or without braces in them.
fn without_charts(
    read: &mut Vec<(FileId, Vec<Object>)>,
    findings: &[Finding],
    project: &Project<'_>,
) {
    let folder = |file: FileId| {
        let path = project.shown(file);
        path.rsplit_once('/').map(|(folder, _)| format!("{folder}/"))
    };
    let templates = findings.iter().filter(|finding| finding.id == TEMPLATE);
    let charts: BTreeSet<String> =
        templates.filter_map(|f| folder(f.labels.first()?.span.file)).collect();
    read.retain(|(file, _)| {
        let path = project.shown(*file);
        !charts.iter().any(|chart| path.starts_with(chart))
    });
}

/// Of services, configuration and the like that stand in several files, those count that lie with the most workloads.
fn nearest(read: &mut [(FileId, Vec<Object>)], folder: impl Fn(FileId) -> String) {
    let mut here: BTreeMap<String, usize> = BTreeMap::new();
    for (file, objects) in read.iter() {
        *here.entry(folder(*file)).or_default() += workloads(objects).len();
    }
    let key = |o: &Object| (o.kind.clone(), o.namespace.clone(), o.name.clone());
    let mut best: BTreeMap<_, (std::cmp::Reverse<usize>, usize)> = BTreeMap::new();
    for (at, (file, objects)) in read.iter().enumerate() {
        let rank = (std::cmp::Reverse(here[&folder(*file)]), at);
        for object in objects.iter().filter(|o| template(o).is_none() && !o.name.is_empty()) {
            let known = best.entry(key(object)).or_insert(rank);
            *known = rank.min(*known);
        }
    }
    for (at, (_, objects)) in read.iter_mut().enumerate() {
        objects.retain(|object| {
            template(object).is_some() || best.get(&key(object)).is_none_or(|(_, own)| *own == at)
        });
    }
}

/// A chart has many templates and one remedy: the first of them speaks for all.
fn one_a_chart(findings: Vec<Finding>, project: &Project<'_>) -> Vec<Finding> {
    let chart = |finding: &Finding| {
        let file = finding.labels.first().filter(|_| finding.id == TEMPLATE)?.span.file;
        let path = project.shown(file);
        let folder = path.rsplit_once("/templates/").or_else(|| path.rsplit_once('/'));
        Some(folder.map_or(".", |(folder, _)| folder).to_owned())
    };
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for folder in findings.iter().filter_map(chart) {
        *counts.entry(folder).or_default() += 1;
    }
    let mut kept = Vec::new();
    for mut finding in findings {
        if let Some(folder) = chart(&finding) {
            let Some(count) = counts.remove(&folder) else { continue };
            if count > 1 {
                finding.message =
                    format!("{}, and {} more of `{folder}`", finding.message, count - 1);
            }
            finding.hint = Some(format!("run `helm template {folder} | crossover plan -`"));
        }
        kept.push(finding);
    }
    kept
}

/// A workload by its name and namespace.
pub(super) type Named = (String, Option<String>);

/// Names that are taken. Manifests without a namespace go into any, so that they may be the same as those with one.
#[derive(Debug, Default)]
pub(super) struct Taken(BTreeMap<String, BTreeSet<Option<String>>>);

impl Taken {
    pub(super) fn has(&self, (name, namespace): &Named) -> bool {
        self.0.get(name).is_some_and(|there| {
            namespace.is_none() || there.contains(&None) || there.contains(namespace)
        })
    }

    pub(super) fn add(&mut self, (name, namespace): Named) {
        self.0.entry(name).or_default().insert(namespace);
    }
}

/// Workloads of a file.
fn workloads(objects: &[Object]) -> BTreeSet<Named> {
    let own = objects.iter().filter(|object| template(object).is_some());
    own.map(|object| (object.name.clone(), object.namespace.clone())).collect()
}
