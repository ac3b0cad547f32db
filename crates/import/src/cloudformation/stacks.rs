//! Stacks inside stacks, and what they hand to each other: parameters, outputs and exports.
//!
//! A parameter that is given the table of another stack stands for that table: it is known in its own template under
//! the parameter's name.

use std::collections::{BTreeMap, BTreeSet};

use model::{App, Component};
use source::yaml::{self, Node};
use source::{FileId, Finding, Severity};

use super::functions::{self, Mention};
use super::template::Template;
use super::wiring::Wiring;
use super::{
    at_deployment, containers, edges, local, machines, nested_template, rest, stores, wiring,
};
use crate::findings::{CIRCLE, NOT_USED, TOO_MANY};
use crate::names;
use crate::project::{Absent, Project};

/// Stacks inside stacks.
const DEPTH_MAX: usize = 5;
/// Stacks of one application, each counted as often as it is nested.
const STACKS_MAX: usize = 200;
/// Steps from a value to the resource that it stands for.
const STEPS_MAX: usize = 20;

/// A template in its place.
struct Stack {
    file: FileId,
    root: Node,
    /// The stack that nests it, and under which name.
    above: Option<(usize, String)>,
    /// The stacks that it nests, by their names.
    nests: BTreeMap<String, usize>,
}

/// A resource of a stack.
type Place<'t> = (usize, &'t str);

/// Reads a template and those that it nests.
pub(super) fn read(
    project: &Project<'_>,
    first: FileId,
    app: &mut App,
    findings: &mut Vec<Finding>,
) {
    let mut stacks = Vec::new();
    find(project, first, None, (&mut stacks, &mut Vec::new()), findings);
    #[expect(clippy::needless_late_init, reason = "templates borrow it, so it goes after them")]
    let names: Vec<BTreeMap<String, Place<'_>>>;
    let mut templates: Vec<Template<'_>> =
        stacks.iter().map(|stack| Template::of(&stack.root, findings)).collect();
    names = Handed { stacks: &stacks, templates: &templates }.names();
    for (at, names) in names.iter().enumerate() {
        for (name, (stack, id)) in names {
            if let Some(resource) = templates[*stack].resources.get(id).cloned() {
                templates[at].stand_in(name, &resource);
            }
        }
    }
    let mut taken: BTreeSet<String> = app.components.iter().map(|c| c.id.clone()).collect();
    let mut wirings: Vec<Wiring<'_>> = templates.iter().map(wiring).collect();
    let mut ids: Vec<BTreeMap<String, String>> = Vec::new();
    for ((template, wiring), stack) in templates.iter().zip(&mut wirings).zip(&stacks) {
        let mut own = BTreeMap::new();
        let at = (project, stack.file);
        for (id, mut component) in parts(template, wiring, at, findings) {
            let name = stack.above.as_ref().filter(|_| taken.contains(&id));
            let long = name.map(|(_, name)| format!("{name}-{id}"));
            component.id = names::fresh_id(long.as_ref().unwrap_or(&id), |id| taken.contains(id));
            taken.insert(component.id.clone());
            own.insert(id, component.id.clone());
            app.components.push(component);
        }
        ids.push(own);
    }
    for (at, template) in templates.iter().enumerate() {
        let mut known = ids[at].clone();
        for (name, (stack, id)) in &names[at] {
            if let Some(id) = ids[*stack].get(*id) {
                known.entry(name.clone()).or_insert_with(|| id.clone());
            }
        }
        let mentions: Vec<(&str, Vec<Mention<'_>>)> = template
            .own()
            .filter(|resource| resource.is_function() || resource.is_task())
            .map(|resource| (resource.id, functions::mentions(resource, template)))
            .collect();
        app.edges.extend(edges(template, &wirings[at], &mentions, &known));
    }
    for (at, template) in templates.iter().enumerate() {
        for (_, id) in ids[at].iter().filter(|(id, _)| wirings[at].is_deployment_only(id)) {
            at_deployment(app, id);
        }
        rest(template, &ids[at], stacks[at].file, findings);
    }
}

/// What a template runs and keeps, by logical id.
fn parts<'t>(
    template: &Template<'t>,
    wiring: &mut Wiring<'t>,
    at: (&Project<'_>, FileId),
    findings: &mut Vec<Finding>,
) -> Vec<(String, Component)> {
    let mut parts: Vec<(String, Component)> = Vec::new();
    for resource in template.own() {
        let component = if resource.is_function() {
            let part = functions::read(resource, template, wiring, findings);
            Some(part.component(findings))
        } else if machines::is_machine(&resource.kind) {
            machines::read(resource, template, at, findings)
        } else {
            stores::read(resource, template, findings)
        };
        parts.extend(component.map(|component| (resource.id.to_owned(), component)));
    }
    parts.extend(containers::read(template, findings));
    parts
}

/// Finds a stack and those below it, each behind the one that nests it.
fn find(
    project: &Project<'_>,
    file: FileId,
    above: Option<(usize, String)>,
    (stacks, open): (&mut Vec<Stack>, &mut Vec<FileId>),
    findings: &mut Vec<Finding>,
) {
    let (documents, said) = yaml::parse(project.sources, file);
    findings.extend(said);
    let Some(root) = documents.into_iter().next() else { return };
    let at = stacks.len();
    if let Some((parent, name)) = &above {
        stacks[*parent].nests.insert(name.clone(), at);
    }
    let nested: Vec<(String, Node)> = root
        .get("Resources")
        .map(Node::entries)
        .unwrap_or_default()
        .iter()
        .filter_map(|(key, node)| Some((key.text()?.to_owned(), nested_template(node)?.clone())))
        .collect();
    stacks.push(Stack { file, root, above, nests: BTreeMap::new() });
    open.push(file);
    for (name, node) in nested {
        let path = node.text().unwrap_or("");
        let found = local(path).into_iter().map(|path| project.beside(file, &path));
        let found = found.reduce(Result::or).unwrap_or(Err(Absent::Missing));
        match found {
            Ok(nested) if open.contains(&nested) || open.len() > DEPTH_MAX => {
                let message = format!("`{path}` nests itself, so it is left out");
                findings.push(node.mark(Finding::error(CIRCLE, message)).hint("break the circle"));
            }
            Ok(_) if stacks.len() >= STACKS_MAX => {
                let message =
                    format!("{name}: more than {STACKS_MAX} stacks; the rest is not read");
                findings.push(node.mark(Finding::error(TOO_MANY, message)));
                break;
            }
            Ok(nested) => find(project, nested, Some((at, name)), (stacks, open), findings),
            // What stands only at its address is not a file of the project that is missing.
            Err(_) if path.contains("://") => {
                let message = format!("{name}: `{path}` is not in the project and is not read");
                findings.push(node.mark(Finding::note(NOT_USED, message)));
            }
            // Paths are often those of the folder that is built, and the rest can be planned without it.
            Err(absent) => {
                let severity = Severity::Warning;
                findings.push(Finding { severity, ..crate::compose::no_file(&node, path, absent) });
            }
        }
    }
    open.pop();
}

/// What stacks hand to each other.
struct Handed<'a, 't> {
    stacks: &'t [Stack],
    templates: &'a [Template<'t>],
}

impl<'t> Handed<'_, 't> {
    /// For each stack the names under which it knows resources of others: parameters, outputs of the stacks that it
    /// nests, and what any of them exports.
    fn names(&self) -> Vec<BTreeMap<String, Place<'t>>> {
        let exports = self.exports();
        let of = |at: usize| {
            let mut names = exports.clone();
            for name in self.templates[at].scope.parameters.keys() {
                let place = self.passed(at, name, (0, &mut BTreeSet::new()));
                names.extend(place.map(|place| ((*name).to_owned(), place)));
            }
            for (stack, nested) in &self.stacks[at].nests {
                for (key, value) in self.outputs(*nested) {
                    let place = self.place(*nested, value, (0, &mut BTreeSet::new()));
                    names.extend(place.map(|place| (format!("{stack}.Outputs.{key}"), place)));
                }
            }
            names.retain(|_, (stack, _)| *stack != at);
            names
        };
        (0..self.stacks.len()).map(of).collect()
    }

    /// Outputs of a stack with their values.
    fn outputs(&self, at: usize) -> impl Iterator<Item = (&'t str, &'t Node)> {
        let outputs = self.stacks[at].root.get("Outputs").map(Node::entries).unwrap_or_default();
        outputs.iter().filter_map(|(key, output)| Some((key.text()?, output.get("Value")?)))
    }

    /// Resources by the names that other stacks import them by.
    fn exports(&self) -> BTreeMap<String, Place<'t>> {
        let mut found = BTreeMap::new();
        for (at, stack) in self.stacks.iter().enumerate() {
            for (_, output) in stack.root.get("Outputs").map(Node::entries).unwrap_or_default() {
                let name = output.get("Export").and_then(|export| export.get("Name"));
                let name = name.and_then(|name| self.templates[at].scope.text(name));
                let value = output.get("Value");
                let place = value.and_then(|v| self.place(at, v, (0, &mut BTreeSet::new())));
                if let (Some(name), Some(place)) = (name, place) {
                    found.entry(name).or_insert(place);
                }
            }
        }
        found
    }

    /// The resource that the stack above gives a parameter.
    fn passed(
        &self,
        at: usize,
        parameter: &str,
        (step, seen): (usize, &mut BTreeSet<(usize, usize)>),
    ) -> Option<Place<'t>> {
        let (above, name) = self.stacks[at].above.as_ref()?;
        let nested = self.templates[*above].resources.get(name.as_str())?;
        let value = nested.properties?.get("Parameters")?.get(parameter)?;
        self.place(*above, value, (step + 1, seen))
    }

    /// The first resource that a value stands for: of this stack, of one that it nests, or of the one above.
    fn place(
        &self,
        at: usize,
        node: &'t Node,
        (step, seen): (usize, &mut BTreeSet<(usize, usize)>),
    ) -> Option<Place<'t>> {
        if step > STEPS_MAX {
            return None;
        }
        let template = &self.templates[at];
        // What was tried once leads nowhere: stacks may hand values round in a circle.
        if !seen.insert((at, node.span.start)) {
            return None;
        }
        let place = |name: String| {
            let (id, attribute) = name.split_once('.').unwrap_or((&name, ""));
            if let Some(nested) = self.stacks[at].nests.get(id) {
                let output = attribute.strip_prefix("Outputs.")?;
                let (_, value) = self.outputs(*nested).find(|(key, _)| *key == output)?;
                return self.place(*nested, value, (step + 1, seen));
            }
            match template.resources.get_key_value(id) {
                Some((&id, _)) => Some((at, id)),
                None => self.passed(at, id, (step, seen)),
            }
        };
        template.scope.names_in(node).into_iter().find_map(place)
    }
}
