//! `serverless.yml` of the Serverless Framework, versions 2 to 4.
//!
//! `self`, `opt`, `env`, `sls`, `param`, `aws` and `file` variables are followed as far as their defaults go;
//! what stands in an account (`cf`, `ssm`, `s3`) is not known here. `resources` are CloudFormation.

mod events;
mod resources;
#[cfg(test)]
mod tests;
mod variables;

use std::collections::{BTreeMap, BTreeSet};

use model::{App, Architecture, Events, Fact, Need, Origin, Package, Place, Setting};
use source::yaml::{self, Node, Value};
use source::{FileId, Finding, Severity, SourceMap, Span};
use units::{Bytes, Duration};

use self::variables::Resolver;
use crate::cloudformation::{self, Mention};
use crate::container::environment::{Set, Source};
use crate::findings::{BAD_VALUE, NOT_ONE_APP, NOT_USED, TOO_MANY};
use crate::function::{Event, Part, Sort, taking};
use crate::names::quoted;
use crate::project::{Project, Reference};
use crate::{Confidence, Gathers, Importer, assumed, container, defaults, names};

/// The Serverless Framework.
#[derive(Debug)]
pub struct Serverless;

const FILES: &[&str] = &["serverless.yml", "serverless.yaml", "serverless.json"];
/// Functions of one service: CloudFormation takes 500 resources, and a function is several.
const FUNCTIONS_MAX: usize = 500;
/// What the framework gives a function that says nothing: "memorySize … default is 1024" and "timeout … default is
/// 6 seconds", Serverless Framework guide, `serverless.yml` reference.
const MEMORY: Bytes = Bytes::from_mib(1024);
const TIMEOUT: Duration = Duration::from_secs(6);
/// Settings that a plan chooses anew; kept for emitting.
const SETTINGS: &[&str] = &["provisionedConcurrency", "reservedConcurrency", "snapStart"];

/// Keys of functions that have no place here, with what they are about.
const UNHELD: &[(&str, &str)] = &[
    ("onError", "where runs go that failed (`onError`)"),
    ("destinations", "where results go (`destinations`)"),
    ("fileSystemConfig", "its shared file system (`fileSystemConfig`)"),
    ("kmsKeyArn", "the key of its variables (`kmsKeyArn`)"),
    ("tracing", "traces (`tracing`)"),
];

impl Importer for Serverless {
    fn name(&self) -> &'static str {
        "serverless.yml"
    }

    fn looks_for(&self) -> &'static [&'static str] {
        FILES
    }

    fn detects(&self, path: &str, text: &str) -> Confidence {
        let file = path.rsplit(['/', '\\']).next().unwrap_or(path);
        let has = |key: &str| {
            text.lines().any(|line| {
                line.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with(':'))
            })
        };
        if FILES.contains(&file) {
            Confidence::Name
        } else if has("service") && has("provider") && !has("apiVersion") {
            Confidence::Content
        } else {
            Confidence::No
        }
    }

    fn weighs(&self, text: &str) -> usize {
        text.matches("handler:").count().max(1)
    }

    fn gathers(&self) -> Gathers {
        Gathers::File
    }

    fn references(&self, sources: &SourceMap, file: FileId) -> Vec<Reference> {
        // A file may be named inside any value, also inside another variable.
        let text = &sources.file(file).text;
        let mut found = Vec::new();
        for (at, _) in text.match_indices("file(") {
            let start = at + "file(".len();
            let Some(rest) = text.get(start..) else { continue };
            let Some((path, _)) = rest.split_once(')') else { continue };
            if !path.contains('$') && path.len() < 300 {
                let span = Span::new(file, start, start + path.len());
                found.push(Reference { span, path: path.trim().to_owned() });
            }
        }
        found
    }

    fn read(&self, project: &Project<'_>, files: &[FileId]) -> (App, Vec<Finding>) {
        let mut findings = Vec::new();
        let Some(&file) = files.first() else { return (defaults::app("app"), findings) };
        let (documents, said) = yaml::parse(project.sources, file);
        findings.extend(said);
        let Some(root) = documents.into_iter().next() else {
            return (defaults::app("app"), findings);
        };
        let mut resolver = Resolver::new(project, root);
        let root = resolver.root();
        findings.append(&mut resolver.findings);
        let service = root.get("service");
        let name = service.and_then(|s| s.text().or_else(|| s.get("name").and_then(Node::text)));
        let mut app = defaults::app(name.unwrap_or("app"));
        let provider = root.get("provider");
        foreign(provider, &mut findings);
        region(provider, &mut app);
        let mut functions = functions(&root, provider, &mut findings);
        if functions.is_empty() && findings.iter().all(|f| f.severity < Severity::Error) {
            let path = &project.sources.file(file).path;
            let message = format!("`{path}` has no functions");
            findings.push(Finding::warning(NOT_ONE_APP, message).at(Span::new(file, 0, 0)));
        }
        let logical: Vec<String> =
            functions.iter().map(|one| resources::logical(one.name)).collect();
        let template = resources::template(&root, &functions, &logical, &mut findings);
        for one in &mut functions {
            let said = cloudformation::taking::said_by(&one.sources, &template);
            let takes = |event: &&mut Event| matches!(event.sort, Sort::Queue | Sort::Stream);
            let taking = one.part.events.iter_mut().find(takes);
            if let Some(event) = taking.filter(|_| said != Events::default()) {
                taking::joined(event.taking.get_or_insert_default(), &said);
            }
            one.part.rights = cloudformation::rights::of_statements(
                &one.statements,
                one.role.as_deref(),
                &template,
            );
        }
        let mut wiring = cloudformation::wiring(&template);
        resources::plugins(&root, &template, &mut wiring);
        let stores = cloudformation::stores(&template, &mut findings);
        let mut ids: BTreeMap<String, String> =
            stores.iter().map(|(name, store)| (name.clone(), store.id.clone())).collect();
        let mut taken: Vec<String> = ids.values().cloned().collect();
        for (one, logical) in functions.iter_mut().zip(&logical) {
            let part = &mut one.part;
            part.id = names::fresh_id(&part.id, |id| taken.iter().any(|t| t == id));
            taken.push(part.id.clone());
            for name in [logical, one.name] {
                ids.insert(name.to_owned(), part.id.clone());
                part.events.extend(wiring.events_of(name));
            }
            for node in &one.sources {
                for from in template.named_in(node) {
                    wiring.feed(from, &[logical.as_str()], node.span);
                }
            }
        }
        let mentions: Vec<(&str, Vec<Mention<'_>>)> = functions
            .iter_mut()
            .zip(&logical)
            .map(|(one, logical)| (logical.as_str(), std::mem::take(&mut one.mentions)))
            .collect();
        app.edges = cloudformation::edges(&template, &wiring, &mentions, &ids);
        app.components = functions.iter().map(|one| one.part.component(&mut findings)).collect();
        app.components.extend(stores.into_iter().map(|(_, store)| store));
        app.components.sort_by(|a, b| a.id.cmp(&b.id));
        for logical in logical.iter().filter(|id| wiring.is_deployment_only(id)) {
            cloudformation::at_deployment(&mut app, &ids[logical]);
        }
        app.edges = container::calls::without_circles(std::mem::take(&mut app.edges));
        paths(&mut app);
        assumed::settle(&mut app);
        (app, findings)
    }
}

/// A function as the file has it.
struct One<'t> {
    name: &'t str,
    /// Its name in the account, where the file gives one.
    deployed: Option<&'t str>,
    part: Part,
    /// What its variables and statements name.
    mentions: Vec<Mention<'t>>,
    /// What it is allowed, by statements.
    statements: Vec<&'t Node>,
    /// The role that it has in their place, by its name in the file.
    role: Option<String>,
    /// What its events name.
    sources: Vec<&'t Node>,
    /// What its events create.
    created: Vec<events::Created<'t>>,
}

fn functions<'t>(
    root: &'t Node,
    provider: Option<&'t Node>,
    findings: &mut Vec<Finding>,
) -> Vec<One<'t>> {
    let Some(node) = root.get("functions") else { return Vec::new() };
    // A list of mappings, as several files give it, is one mapping.
    let entries = node.entries().iter().chain(node.items().iter().flat_map(Node::entries));
    let mut found: Vec<One<'t>> = Vec::new();
    for (key, function) in entries {
        let Some(name) = key.text() else { continue };
        if found.len() == FUNCTIONS_MAX {
            let message = format!("functions: more than {FUNCTIONS_MAX}; the rest is not read");
            findings.push(key.mark(Finding::error(TOO_MANY, message)));
            break;
        }
        if matches!(function.value, Value::Mapping(_)) {
            found.push(self::function(name, key.span, function, provider, findings));
        }
    }
    found
}

fn function<'t>(
    name: &'t str,
    span: Span,
    node: &'t Node,
    provider: Option<&'t Node>,
    findings: &mut Vec<Finding>,
) -> One<'t> {
    let own = |key: &str| node.get(key).filter(|value| !value.is_null());
    let shared = |key: &str| provider.and_then(|p| p.get(key)).filter(|value| !value.is_null());
    let either = |key: &str| own(key).or_else(|| shared(key));
    let text = |key: &str| either(key).and_then(Node::text).map(str::to_owned);
    let mut number =
        |key: &str, limits: (u64, u64)| number(name, key, either(key), limits, findings);
    let memory = number("memorySize", (128, 32_768)).map(|fact| fact.map(Bytes::from_mib));
    let time = number("timeout", (1, 900)).map(|fact| fact.map(Duration::from_secs));
    let mut mentions = Vec::new();
    let mut environment: Vec<Set> = Vec::new();
    for (place, shared) in [(shared("environment"), true), (own("environment"), false)] {
        for (key, value) in place.map(Node::entries).unwrap_or_default() {
            let Some(variable) = key.text() else { continue };
            let source = match (cloudformation::named(value), value.text()) {
                (Some(id), _) => Source::Elsewhere(Place::whole(id)),
                (None, Some(text)) if text.contains("${") => {
                    Source::Elsewhere(Place::whole(variable))
                }
                (None, Some(text)) => Source::Text(text.to_owned()),
                (None, None) => Source::Elsewhere(Place::whole(variable)),
            };
            if cloudformation::call(value).is_some() || cloudformation::names_others(key) {
                mentions.push(Mention { node: value, note: cloudformation::ENVIRONMENT, shared });
            }
            environment.retain(|set| set.name != variable);
            environment.push(Set { name: variable.to_owned(), value: source, span: value.span });
        }
    }
    let role = shared("iam").and_then(|iam| iam.get("role"));
    let mut allowed = Vec::new();
    let named_role =
        |node: &Node| cloudformation::named(node).or_else(|| Some(node.text()?.to_owned()));
    let named = own("role").and_then(named_role);
    let named = named.map(|name| name.split('.').next().unwrap_or_default().to_owned());
    for (statements, shared) in [
        (own("iamRoleStatements"), false),
        (shared("iamRoleStatements"), true),
        (role.and_then(|role| role.get("statements")), true),
    ] {
        let note = cloudformation::POLICIES;
        allowed.extend(statements);
        mentions.extend(statements.map(|node| Mention { node, note, shared }));
    }
    let mut events = Vec::new();
    let mut sources = Vec::new();
    let mut created = Vec::new();
    for item in own("events").map(Node::items).unwrap_or_default() {
        events.extend(events::read(item));
        for (key, event) in item.entries() {
            sources.extend(events::sources(event));
            created.extend(key.text().and_then(|key| events::created(key, event)));
        }
    }
    let mut unheld: Vec<String> = Vec::new();
    for item in own("events").map(Node::items).unwrap_or_default() {
        let each = item.entries().iter().map(|(_, event)| event);
        unheld.extend(each.flat_map(|event| taking::unheld(event, &taking::IN_SERVICES)));
    }
    let said = UNHELD.iter().filter(|(key, _)| own(key).is_some());
    unheld.extend(said.map(|(_, about)| (*about).to_owned()));
    unheld.sort();
    unheld.dedup();
    if let Some(url) = own("url").filter(|url| url.text() != Some("false")) {
        events.push(events::url(url.span));
    }
    let image = own("image");
    let needs = either("vpc")
        .filter(|vpc| !vpc.entries().is_empty())
        .map(|vpc| (Need::PrivateNetwork, vpc.span));
    let settings = SETTINGS.iter().filter_map(|key| {
        let node = own(key)?;
        Some(((*key).to_owned(), node.text().unwrap_or(node.what()).to_owned()))
    });
    let part = Part {
        durable: None,
        id: names::id(name),
        span,
        runtime: either("runtime").filter(|_| image.is_none()).and_then(|node| {
            let text = node.text().filter(|text| !text.contains("${"))?;
            Some((text.to_owned(), node.span))
        }),
        memory: memory.unwrap_or_else(|| by_default(MEMORY, "1024 MB")),
        run_time_max: time.unwrap_or_else(|| by_default(TIMEOUT, "6 s")),
        architecture: either("architecture").and_then(|node| match node.text()? {
            "arm64" => Some((Architecture::Arm, node.span)),
            "x86_64" => Some((Architecture::X86, node.span)),
            _ => None,
        }),
        package: (
            if image.is_some() { Package::Image } else { Package::Zip },
            image.map_or(span, |i| i.span),
        ),
        scratch: own("ephemeralStorageSize").and_then(|node| {
            let mib: u64 = node.text()?.trim().parse().ok()?;
            Some(Fact::declared(Bytes::from_mib(mib), node.span))
        }),
        environment,
        events,
        needs: needs.into_iter().collect(),
        handler: text("handler"),
        code: None,
        image: image.and_then(|image| {
            let named = |key: &str| image.get(key).and_then(Node::text);
            image.text().or_else(|| named("uri")).or_else(|| named("name")).map(str::to_owned)
        }),
        command: image.map_or_else(Default::default, |image| {
            let words = |key: &str| {
                let items = image.get(key).map(Node::items).unwrap_or_default();
                items.iter().filter_map(Node::text).map(str::to_owned).collect()
            };
            (words("entryPoint"), words("command"))
        }),
        unheld,
        rights: Vec::new(),
        layers: either("layers").map(layers).unwrap_or_default(),
        streams_answers: own("url").is_some_and(|url| {
            url.get("invokeMode").and_then(Node::text) == Some("RESPONSE_STREAM")
        }),
        settings: settings.collect(),
    };
    let deployed = own("name").and_then(Node::text);
    One { name, deployed, part, mentions, statements: allowed, role: named, sources, created }
}

/// Layers by address; those of the file by their names there.
fn layers(node: &Node) -> Vec<Setting> {
    let own = |node: &Node| {
        let named = cloudformation::named(node).unwrap_or_else(|| "a layer".to_owned());
        Setting::From(Place::whole(named))
    };
    let one = |node: &Node| {
        address(node).map_or_else(|| own(node), |address| Setting::Plain(address.to_owned()))
    };
    node.items().iter().map(one).collect()
}

/// An address as it stands, or as CloudFormation fills it in; variables of the framework's own have no value here.
fn address(node: &Node) -> Option<&str> {
    let text = match cloudformation::call(node) {
        Some(("Sub", pattern)) => pattern.text(),
        Some(_) => None,
        None => node.text(),
    };
    text.filter(|text| !text.replace("${AWS::", "").contains("${"))
}

fn by_default<T>(value: T, shown: &str) -> Fact<T> {
    let note =
        format!("the file says nothing, and then the framework gives {shown}; write `--set` it");
    Fact::Assumed(value, Origin::platform_default(note))
}

fn number(
    function: &str,
    key: &str,
    node: Option<&Node>,
    (least, most): (u64, u64),
    findings: &mut Vec<Finding>,
) -> Option<Fact<u64>> {
    let node = node?;
    let text = node.text().unwrap_or("");
    let value = text.trim().parse::<u64>().ok().filter(|n| (least..=most).contains(n));
    if let Some(value) = value {
        return Some(Fact::declared(value, node.span));
    }
    let message = if text.contains("${") {
        format!("{function}.{key}: {} has no value here", quoted(text))
    } else {
        format!("{function}.{key}: {} is not a whole number from {least} to {most}", quoted(text))
    };
    let hint = format!("write a number, or `--set {function}.…`");
    findings.push(node.mark(Finding::warning(BAD_VALUE, message)).hint(hint));
    None
}

/// Other clouds are recognised and said so.
fn foreign(provider: Option<&Node>, findings: &mut Vec<Finding>) {
    let Some(provider) = provider else { return };
    let node = provider.get("name").unwrap_or(provider);
    let Some(name) = node.text().filter(|name| *name != "aws" && !name.contains("${")) else {
        return;
    };
    let message = format!(
        "the provider is {}, not AWS: its functions are read as far as the file goes",
        quoted(name)
    );
    let hint = "memory and time limits of that provider are not known here";
    findings.push(node.mark(Finding::warning(NOT_USED, message)).hint(hint));
}

fn region(provider: Option<&Node>, app: &mut App) {
    let Some(node) = provider.and_then(|p| p.get("region")) else { return };
    let Some(name) = node.text().filter(|name| !name.contains("${") && name.contains('-')) else {
        return;
    };
    app.region = Fact::declared(format!("aws/{name}"), node.span);
}

/// One prefix leads to one function: others of the same path differ by method.
fn paths(app: &mut App) {
    let mut claimed: BTreeSet<String> = BTreeSet::new();
    for component in &mut app.components {
        component.paths.retain(|path| claimed.insert(path.clone()));
    }
}
