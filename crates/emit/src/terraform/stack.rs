//! What is set up: blocks by kind and name, variables that have to be given, and what others have to know.

use std::collections::{BTreeMap, BTreeSet};

use source::Finding;

use super::json::{commented, expression, file};
use crate::findings::{LEFT_OUT, TO_DO};
use crate::names::shortened;
use crate::tree::{Node, Value, map};
use crate::{Output, Part, Plan, Reasons};

/// The oldest Terraform that has write-only arguments.
const TERRAFORM: &str = ">= 1.11";

/// A provider's plugin: its name here, where it comes from, and the versions whose arguments were checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Provider {
    pub name: &'static str,
    pub source: &'static str,
    pub version: &'static str,
}

/// Blocks on their way into files, and what they are made from.
#[derive(Debug)]
pub(super) struct Stack<'p, 'a> {
    pub plan: &'p Plan<'a>,
    pub why: Reasons<'a>,
    /// The folder's findings, steps and secrets.
    pub out: &'p mut Output,
    providers: BTreeMap<Provider, Node>,
    regions: BTreeMap<&'static str, String>,
    variables: Node,
    locals: Node,
    data: Node,
    resources: Node,
    modules: Node,
    outputs: Node,
    taken: BTreeSet<String>,
    names: BTreeMap<usize, (BTreeMap<String, String>, BTreeSet<String>)>,
}

impl<'p, 'a> Stack<'p, 'a> {
    pub(super) fn new(plan: &'p Plan<'a>, out: &'p mut Output) -> Self {
        Self {
            plan,
            why: Reasons::of(plan),
            out,
            providers: BTreeMap::new(),
            regions: BTreeMap::new(),
            variables: Node::empty(),
            locals: Node::empty(),
            data: Node::empty(),
            resources: Node::empty(),
            modules: Node::empty(),
            outputs: Node::empty(),
            taken: BTreeSet::new(),
            names: BTreeMap::new(),
        }
    }

    /// What a part's things are called at the provider, with at most so many letters: `shop-api`.
    pub(super) fn name(&mut self, part: &Part<'_>, most: usize) -> String {
        let whole = format!("{}-{}", self.plan.name, part.name);
        self.named(&whole, most)
    }

    /// What the application's own things are called: `shop`.
    pub(super) fn app(&mut self, most: usize) -> String {
        let whole = self.plan.name.clone();
        self.named(&whole, most)
    }

    /// The same without two dashes in a row, for providers that take none.
    pub(super) fn plain_name(&mut self, part: &Part<'_>, most: usize) -> String {
        let whole = format!("{}-{}", self.plan.name, part.name);
        self.named_as(&whole, &whole.replace("--", "-"), most)
    }

    fn named(&mut self, whole: &str, most: usize) -> String {
        self.named_as(whole, whole, most)
    }

    /// A name for something, as much of the wanted one as is free and has room.
    fn named_as(&mut self, whole: &str, wanted: &str, most: usize) -> String {
        let (known, taken) = self.names.entry(most).or_default();
        if let Some(name) = known.get(whole) {
            return name.clone();
        }
        let mut name = shortened(wanted, most);
        let mut round = 2;
        while !taken.insert(name.clone()) {
            name = shortened(&format!("{wanted}-{round}"), most);
            round += 1;
        }
        known.insert(whole.to_owned(), name.clone());
        name
    }

    /// Asks for a provider with this configuration; the first one's stays.
    pub(super) fn provider(&mut self, provider: Provider, configuration: Node) {
        self.providers.entry(provider).or_insert(configuration);
    }

    /// Whether a part stands in the one region of its provider; the first part's is that, and who stands in another one
    /// is told to be left out.
    pub(super) fn stands_here(&mut self, part: &Part<'_>, provider: &'static str) -> bool {
        let own = region(part);
        let here = self.regions.entry(provider).or_insert_with(|| own.to_owned()) == own;
        if !here {
            let (id, region) = (&part.component.id, &part.placement.region);
            let message = format!("{id}: stands in {region}: write it with a plan of its own");
            self.out.not_written(self.plan, part, Finding::warning(LEFT_OUT, message));
        }
        here
    }

    /// The same without a word.
    pub(super) fn is_here(&self, part: &Part<'_>, provider: &'static str) -> bool {
        self.regions.get(provider).is_none_or(|own| own == region(part))
    }

    /// The resources of a kind whose names begin so.
    pub(super) fn of_kind(&self, kind: &str, start: &str) -> Vec<String> {
        let Value::Map(kinds) = &self.resources.value else { return Vec::new() };
        let own = kinds.iter().find(|(known, _)| known == kind).map(|(_, names)| &names.value);
        let Some(Value::Map(names)) = own else { return Vec::new() };
        let names = names.iter().map(|(name, _)| name.clone());
        names.filter(|name| name.starts_with(start)).collect()
    }

    /// Whether a resource of this kind and name is there.
    pub(super) fn has_resource(&self, kind: &str, name: &str) -> bool {
        let Value::Map(kinds) = &self.resources.value else { return false };
        kinds.iter().any(|(known, names)| known == kind && names.has(name))
    }

    /// Adds a resource; one of this kind and name that is there already stays.
    pub(super) fn resource(&mut self, kind: &str, name: &str, body: Node) {
        put(&mut self.resources, kind, name, body);
    }

    /// Adds something that is read and not made.
    pub(super) fn data(&mut self, kind: &str, name: &str, body: Node) {
        put(&mut self.data, kind, name, body);
    }

    pub(super) fn module(&mut self, name: &str, body: Node) {
        self.modules.set(name, commented(body));
    }

    pub(super) fn has_module(&self, name: &str) -> bool {
        matches!(&self.modules.value, Value::Map(all) if all.iter().any(|(known, _)| known == name))
    }

    pub(super) fn local(&mut self, name: &str, value: Node) {
        self.locals.set(name, value);
    }

    /// Adds what others have to know.
    pub(super) fn output(&mut self, name: &str, description: &str, value: Node) {
        let body = map([("description", Node::from(description)), ("value", value)]);
        self.outputs.set(name, body);
    }

    /// Adds a variable of a type under a name that is still free: its name.
    pub(super) fn variable(
        &mut self,
        wanted: &str,
        kind: &str,
        description: &str,
        default: Option<Node>,
    ) -> String {
        self.declare(wanted, kind, description, default, false)
    }

    /// Adds a variable whose value nobody prints, told on the folder's page: its name.
    pub(super) fn secret(&mut self, wanted: &str, variable: &str, description: &str) -> String {
        let name = self.declare(wanted, "string", description, None, true);
        self.out.secret(variable, format!("variable `{name}` of `terraform/`"));
        name
    }

    /// The same variable for all who ask for it.
    pub(super) fn shared(
        &mut self,
        name: &str,
        kind: &str,
        description: &str,
        default: Option<Node>,
    ) -> Node {
        if !self.taken.contains(name) {
            self.declare(name, kind, description, default, false);
        }
        expression(format!("var.{name}"))
    }

    fn declare(
        &mut self,
        wanted: &str,
        kind: &str,
        description: &str,
        default: Option<Node>,
        sensitive: bool,
    ) -> String {
        let name = free(&mut self.taken, wanted);
        let mut body = map([("type", Node::from(kind)), ("description", description.into())]);
        if let Some(default) = default {
            body.set("default", default);
        }
        if sensitive {
            body.set("sensitive", Node::from(true).why("its value is never written here"));
        }
        self.variables.set(name.as_str(), commented(body));
        name
    }

    /// Says something of a part, at its place.
    pub(super) fn tell(&mut self, part: &Part<'_>, finding: Finding) {
        self.out.findings.push(self.plan.at(finding, part.component.span));
    }

    /// Says that a part does not arrive whole.
    pub(super) fn left_out(&mut self, part: &Part<'_>, what: &str) {
        let message = format!("{}: {what}", part.component.id);
        self.tell(part, Finding::warning(LEFT_OUT, message));
    }

    /// Says that something has to be done for a part.
    pub(super) fn told(&mut self, part: &Part<'_>, what: &str) {
        let message = format!("{}: {what}", part.component.id);
        self.tell(part, Finding::warning(TO_DO, message));
    }

    /// Whether nothing is set up.
    pub(super) fn is_empty(&self) -> bool {
        self.resources.is_empty() && self.modules.is_empty()
    }

    /// Writes the files.
    pub(super) fn finish(self) {
        let Self { plan, out, providers, .. } = self;
        let mut required = Node::empty();
        let mut configured = Node::empty();
        for (provider, configuration) in providers {
            let entry = map([
                ("source", Node::from(provider.source)),
                ("version", provider.version.into()),
            ]);
            required.set(provider.name, entry);
            configured.set(provider.name, commented(configuration));
        }
        let terraform =
            map([("required_version", Node::from(TERRAFORM)), ("required_providers", required)]);
        let head = |text: &str| {
            let text = format!("{}: {text}; {}", plan.app.name, plan.made_by);
            map([("//", Node::from(text))])
        };
        let versions = head("the providers that it is set up with")
            .with("terraform", terraform)
            .with("provider", configured);
        let parts: BTreeMap<String, &str> =
            plan.parts.iter().map(|part| (id(part), part.component.id.as_str())).collect();
        let mut files = vec![("versions".to_owned(), versions)];
        let mut blocks: BTreeMap<String, Node> = BTreeMap::new();
        let main = "main".to_owned();
        blocks.insert(main.clone(), head("what all parts share"));
        let sections = [("locals", self.locals, 1), ("data", self.data, 2)];
        let sections = sections.into_iter().chain([("resource", self.resources, 2)]);
        for (section, node, depth) in sections {
            for (own, node) in divided(node, depth, &parts) {
                let node = if depth == 1 { commented(node) } else { node };
                let (file, text) = match own {
                    None => (main.clone(), String::new()),
                    Some(own) => {
                        (format!("part-{}", own.replace('_', "-")), parts[&own].to_owned())
                    }
                };
                blocks.entry(file).or_insert_with(|| head(&text)).set(section, node);
            }
        }
        if let (Some(node), false) = (blocks.get_mut(&main), self.modules.is_empty()) {
            node.set("module", self.modules);
        }
        files.extend(blocks);
        if !self.variables.is_empty() {
            let text = "what has to be given, in `terraform.tfvars` or as `TF_VAR_NAME`";
            files.push(("variables".to_owned(), head(text).with("variable", self.variables)));
        }
        if !self.outputs.is_empty() {
            let text = "what others have to know";
            files.push(("outputs".to_owned(), head(text).with("output", self.outputs)));
        }
        for (name, root) in files {
            out.file(format!("terraform/{name}.tf.json"), file(&root));
        }
    }
}

/// The region of a part without its provider: `us-east-1`.
pub(super) fn region<'p>(part: &'p Part<'_>) -> &'p str {
    let region = part.placement.region.as_str();
    region.split_once('/').map_or(region, |(_, name)| name)
}

/// The name of a part's blocks. Names of parts have single dashes only, so that no two are the same, and what ends with
/// two underscores and a word is nobody's own.
pub(super) fn id(part: &Part<'_>) -> String {
    part.name.replace('-', "_")
}

/// A section cut by parts: what belongs to one by its name, and what belongs to none.
fn divided(
    section: Node,
    depth: usize,
    parts: &BTreeMap<String, &str>,
) -> BTreeMap<Option<String>, Node> {
    let mut found: BTreeMap<Option<String>, Node> = BTreeMap::new();
    let Value::Map(entries) = section.value else { return found };
    for (key, node) in entries {
        if depth > 1 {
            for (own, node) in divided(node, depth - 1, parts) {
                found.entry(own).or_insert_with(Node::empty).set(key.as_str(), node);
            }
            continue;
        }
        let own = key.split("__").next().filter(|own| parts.contains_key(*own));
        let own = own.map(str::to_owned);
        if let Value::Map(entries) = &mut found.entry(own).or_insert_with(Node::empty).value {
            entries.push((key, node));
        }
    }
    found
}

fn free(taken: &mut BTreeSet<String>, wanted: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let wanted: String = wanted.chars().map(plain).collect();
    let mut name = wanted.clone();
    let mut round = 2;
    while !taken.insert(name.clone()) {
        name = format!("{wanted}__{round}");
        round += 1;
    }
    name
}

fn put(section: &mut Node, kind: &str, name: &str, body: Node) {
    let Value::Map(kinds) = &mut section.value else { return };
    let body = commented(body);
    match kinds.iter_mut().find(|(known, _)| known == kind) {
        Some((_, names)) => names.set_new(name, body),
        None => kinds.push((kind.to_owned(), map([(name, body)]))),
    }
}
