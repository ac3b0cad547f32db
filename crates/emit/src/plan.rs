//! What is to be carried out, and what comes out of it.

use std::collections::{BTreeMap, BTreeSet};

use model::{App, Component, Edge, Need, Placement, Setting, Variable, is_secret};
use source::{Finding, SourceMap, Span};

use crate::findings::{RENAMED, SECRET};
use crate::names::Names;
use crate::{ALL, Emitted, EmittedFile, Target};

/// One part of the application on its way to a target.
#[derive(Debug, Clone)]
pub struct Part<'a> {
    /// The component.
    pub component: &'a Component,
    /// Where it goes, and how.
    pub placement: &'a Placement,
    /// Its name in every target: a label of RFC 1035, of at most 52 letters, once in the application.
    pub name: String,
    /// The name of the target that writes it; `None` if none does.
    pub target: Option<&'static str>,
}

impl Part<'_> {
    /// Its environment with the values that may be written.
    pub fn environment(&self) -> Vec<(&str, Setting)> {
        let all = self.component.blueprint.as_ref().map(|b| b.environment.as_slice());
        written(all.unwrap_or_default())
    }

    /// Whose the place is: the first word of its region.
    pub(crate) fn provider(&self) -> &str {
        self.placement.region.split('/').next().unwrap_or("")
    }

    /// Whether one of its containers runs with the rights of its host.
    pub(crate) fn is_privileged(&self) -> bool {
        self.needs(Need::Privileged) || self.component.containers.iter().any(|c| c.privileged)
    }

    /// The name of a variable that says something of it to its callers: `ORDERS_TABLE`.
    pub(crate) fn variable(&self, ending: &str) -> String {
        format!("{}_{ending}", self.name.replace('-', "_").to_uppercase())
    }

    /// Whether clients on the internet reach it.
    pub fn is_public(&self) -> bool {
        self.component.public.get() == Some(true)
    }

    /// Whether it has this need.
    pub fn needs(&self, need: Need) -> bool {
        self.component.needs.has(need)
    }
}

/// Variables with the values that may be written.
pub(crate) fn written(all: &[Variable]) -> Vec<(&str, Setting)> {
    let kept = all.iter().map(|variable| {
        let value = match &variable.value {
            // Importers know secrets already; nobody else's mistake is written down here.
            Setting::Plain(text) if is_secret(&variable.name, text) => Setting::Secret(None),
            Setting::From(place) if place.key.is_none() && is_secret(&variable.name, "") => {
                Setting::Secret(None)
            }
            other => other.clone(),
        };
        (variable.name.as_str(), value)
    });
    kept.collect()
}

/// How clients on the internet reach what stands on a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Routes {
    /// By an Ingress.
    #[default]
    Ingress,
    /// By the Gateway API.
    Gateway,
}

/// A plan to be carried out.
#[derive(Debug)]
pub struct Plan<'a> {
    /// The application.
    pub app: &'a App,
    /// Its name as a label of RFC 1035.
    pub name: String,
    /// Its parts, sorted by id.
    pub parts: Vec<Part<'a>>,
    /// The files behind the application, for the places of values.
    pub sources: &'a SourceMap,
    /// What made the plan, in a line: the program, the day of the prices, the seed.
    pub made_by: String,
    /// How clients reach what stands on a cluster.
    pub routes: Routes,
    /// Names that had to be changed.
    renamed: Vec<Finding>,
    /// The target that was asked for.
    asked: Option<&'static str>,
}

impl<'a> Plan<'a> {
    /// Placements, each given to the target that was asked for, or to the first that takes it. `made_by` is [`made_by`]'s.
    pub fn of_placements(
        app: &'a App,
        placements: &'a [Placement],
        sources: &'a SourceMap,
        made_by: String,
        to: Option<&'static dyn Target>,
    ) -> Self {
        let mut names = Names::default();
        let name = crate::names::label(&app.name);
        let mut renamed = Vec::new();
        let found = app.components.iter().filter_map(|component| {
            let placement = placements.iter().find(|p| p.component == component.id)?;
            Some((component, placement))
        });
        let mut parts: Vec<Part<'a>> = Vec::new();
        for (component, placement) in found {
            let wanted =
                to.filter(|target| allows(*target, placement) && !target.leaves(placement));
            let usual = || ALL.iter().copied().find(|target| target.takes(placement));
            let target = wanted.or_else(usual);
            let named = target.is_some_and(|target| !target.has_own_names());
            let target = target.map(Target::name);
            let name = names.give(&component.id);
            if named && name != component.id {
                renamed.push(renamed_finding(component, &name, app));
            }
            parts.push(Part { component, placement, name, target });
        }
        parts.sort_by(|a, b| a.component.id.cmp(&b.component.id));
        let asked = to.map(Target::name);
        let routes = Routes::default();
        Self { app, name, parts, sources, made_by, routes, renamed, asked }
    }

    /// The parts that a target writes.
    pub fn of<'p>(&'p self, target: &'p str) -> impl Iterator<Item = &'p Part<'a>> {
        self.parts.iter().filter(move |part| part.target == Some(target))
    }

    /// The part of a component.
    pub fn part(&self, id: &str) -> Option<&Part<'a>> {
        self.parts.iter().find(|part| part.component.id == id)
    }

    /// Parts that call this one, with the call.
    pub fn callers<'p>(&'p self, id: &'p str) -> impl Iterator<Item = (&'p Part<'a>, &'p Edge)> {
        let edges = self.app.edges.iter().filter(move |edge| edge.to == id);
        edges.filter_map(|edge| Some((self.part(&edge.from)?, edge)))
    }

    /// Parts that this one calls, with the call.
    pub fn called<'p>(&'p self, id: &'p str) -> impl Iterator<Item = (&'p Part<'a>, &'p Edge)> {
        let edges = self.app.edges.iter().filter(move |edge| edge.from == id);
        edges.filter_map(|edge| Some((self.part(&edge.to)?, edge)))
    }

    /// Calls between parts that different targets write: what crosses.
    pub fn crossing(&self) -> Vec<(&Part<'a>, &Part<'a>, &Edge)> {
        let all = self.app.edges.iter().filter_map(|edge| {
            let (from, to) = (self.part(&edge.from)?, self.part(&edge.to)?);
            let apart =
                from.target != to.target || from.placement.platform != to.placement.platform;
            apart.then_some((from, to, edge))
        });
        all.collect()
    }

    /// A finding at a place, if there is one.
    pub fn at(&self, finding: Finding, span: Option<Span>) -> Finding {
        match span {
            Some(span) => finding.at(span),
            None => finding,
        }
    }

    /// The target that was asked for, if one was.
    pub const fn asked(&self) -> Option<&'static str> {
        self.asked
    }

    /// Names that had to be changed.
    pub fn renamed(&self) -> &[Finding] {
        &self.renamed
    }
}

/// What made a plan, in a line: the program, the day whose prices were in force, the seed.
pub fn made_by(tool: &str, as_of: &impl std::fmt::Display, seed: u64) -> String {
    format!("{tool}, prices of {as_of}, seed {seed}")
}

/// Whether a target may write a component that was placed so.
fn allows(target: &dyn Target, placement: &Placement) -> bool {
    target.platforms().iter().any(|allowed| {
        let rest = placement.platform.0.strip_prefix(allowed);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

/// Says that a name was changed, and which variables still hold the old one.
fn renamed_finding(component: &Component, name: &str, app: &App) -> Finding {
    let message = format!("{}: is called `{name}`, as its own name is not allowed", component.id);
    let mut finding = Finding::warning(RENAMED, message);
    finding.labels.extend(component.span.map(|span| source::Label { span, text: String::new() }));
    let holds = |text: &str| {
        text.split(|c: char| !c.is_ascii_alphanumeric() && !"-_.".contains(c))
            .any(|word| word == component.id)
    };
    let mut told = BTreeSet::new();
    for other in &app.components {
        for variable in other.blueprint.iter().flat_map(|b| &b.environment) {
            if matches!(&variable.value, Setting::Plain(text) if holds(text)) {
                told.insert(format!("{} of {}", variable.name, other.id));
            }
        }
    }
    if told.is_empty() {
        return finding;
    }
    let list: Vec<String> = told.into_iter().collect();
    finding.hint(format!("these variables name it as before: {}", list.join(", ")))
}

/// What targets put their files and findings into.
#[derive(Debug, Default)]
pub struct Output {
    files: Vec<EmittedFile>,
    /// What has to be known or done.
    pub findings: Vec<Finding>,
    /// Steps that deploy, a line of Markdown each, in order.
    pub steps: Vec<String>,
    /// Secrets that have to be set: whose, and where.
    secrets: Vec<(String, String)>,
    /// Keys of the Secrets of a cluster by their names.
    keys: BTreeMap<String, BTreeSet<String>>,
    /// Components that their target does not write.
    left: BTreeSet<String>,
    /// What runs at each release: whose, and the commands that do it, in order.
    runs: Vec<(String, Vec<String>)>,
    /// Calls that cross: who, whom, and how the one finds the other.
    wired: Vec<(String, String, String)>,
}

impl Output {
    /// Adds a file; a path is written once.
    pub fn file(&mut self, path: impl Into<String>, text: impl Into<String>) {
        let (path, text) = (path.into(), text.into());
        let known = self.files.iter().any(|file| file.path == path);
        assert!(!known, "{path} is written once");
        self.files.push(EmittedFile { path, text });
    }
    /// Adds a secret that has to be set: its variable and the place it goes to.
    pub fn secret(&mut self, variable: impl Into<String>, place: impl Into<String>) {
        self.secrets.push((variable.into(), place.into()));
    }
    /// Says how a part finds another one that stands elsewhere.
    pub(crate) fn wired(&mut self, from: &Part<'_>, to: &Part<'_>, how: String) {
        self.wired.push((from.component.id.clone(), to.component.id.clone(), how));
    }
    /// How a part finds another one that stands elsewhere, where a target says it.
    pub(crate) fn wire(&self, from: &str, to: &str) -> Option<&str> {
        let found = self.wired.iter().find(|(caller, callee, _)| caller == from && callee == to);
        found.map(|(_, _, how)| how.as_str())
    }
    /// Says by which commands a release runs a part.
    pub(crate) fn run(&mut self, part: &Part<'_>, commands: Vec<String>) {
        self.runs.push((part.component.id.clone(), commands));
    }
    /// What runs at each release.
    pub(crate) fn runs(&self) -> &[(String, Vec<String>)] {
        &self.runs
    }
    /// Says that a target does not write a part that was given to it, with what its finding says.
    pub(crate) fn not_written(&mut self, plan: &Plan<'_>, part: &Part<'_>, finding: Finding) {
        self.left.insert(part.component.id.clone());
        self.findings.push(plan.at(finding, part.component.span));
    }
    /// Whether a part stands in the files.
    pub(crate) fn is_written(&self, part: &Part<'_>) -> bool {
        part.target.is_some() && !self.left.contains(&part.component.id)
    }
    /// Adds a secret that has to be set in a Secret of a cluster.
    pub(crate) fn secret_key(&mut self, variable: &str, secret: &str, key: &str) {
        self.secret(variable, format!("Secret `{secret}`, key `{key}`"));
        self.keys.entry(secret.to_owned()).or_default().insert(key.to_owned());
    }
    /// The Secrets of a cluster with their keys.
    pub(crate) const fn keys(&self) -> &BTreeMap<String, BTreeSet<String>> {
        &self.keys
    }
    /// Secrets that have to be set.
    pub fn secrets(&self) -> &[(String, String)] {
        &self.secrets
    }
    /// Files so far.
    pub fn files(&self) -> &[EmittedFile] {
        &self.files
    }
    /// All of it, in a fixed order.
    pub(crate) fn finished(mut self) -> Emitted {
        self.files.sort_by(|a, b| a.path.cmp(&b.path));
        if !self.secrets.is_empty() {
            let message = format!(
                "{} secrets have to be set: their values are nowhere in these files",
                self.secrets.len()
            );
            let hint = "README.md of the folder lists them with the command that sets them";
            self.findings.push(Finding::warning(SECRET, message).hint(hint));
        }
        Emitted { files: self.files, findings: self.findings }
    }
}
