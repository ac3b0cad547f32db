//! What stands outside of the cluster, from both sides: how pods find it and what they may do there, and how what stands
//! there finds the pods. Every environment has addresses of its own, so that they stand in the overlays.

use std::collections::{BTreeMap, BTreeSet};

use model::{Engine, FrontDoor, Kind, Need, Setting, Settings};
use source::Finding;

use super::config::{is_key, secret_name};
use super::kustomize::Said;
use super::login;
use super::network::{HOST, connects, spoken};
use super::object::{label_of, labels, metadata, object, selector};
use super::pod::Ports;
use super::proxy;
use crate::findings::TO_DO;
use crate::names;
use crate::tree::{Node, list, map};
use crate::{Output, Part, Plan, Reasons};

/// How pods find a part that stands elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// Under its old name, which leads to its address there.
    Name,
    /// By a variable that ends so.
    Variable(&'static str),
}

impl Way {
    pub(super) fn to(part: &Part<'_>) -> Self {
        match &part.placement.configured {
            Settings::Managed(managed) => match managed.engine {
                Engine::Queue => Self::Variable("QUEUE_URL"),
                Engine::KeyValue => Self::Variable("TABLE"),
                Engine::Objects => Self::Variable("BUCKET"),
                _ => Self::Name,
            },
            Settings::Function(function) => match function.front_door {
                FrontDoor::Queue => Self::Variable("QUEUE_URL"),
                FrontDoor::Stream => Self::Variable("STREAM"),
                FrontDoor::None | FrontDoor::Schedule | FrontDoor::Notice => {
                    Self::Variable("FUNCTION")
                }
                _ => Self::Variable("URL"),
            },
            Settings::Task(task) if task.front_door == FrontDoor::Queue => {
                Self::Variable("QUEUE_URL")
            }
            Settings::Instance(instance) => match instance.front_door {
                FrontDoor::PubSub => Self::Variable("TOPIC"),
                FrontDoor::Queue | FrontDoor::StorageQueue => Self::Variable("QUEUE_URL"),
                _ => Self::Variable("URL"),
            },
            Settings::Task(_) | Settings::Server(_) | Settings::Pod(_) => Self::Name,
        }
    }

    /// What stands for an address that is not known.
    fn placeholder(self, callee: &Part<'_>) -> String {
        let name = &callee.name;
        match self {
            Self::Variable("QUEUE_URL") => format!("https://queues.{HOST}/set-me/{name}"),
            Self::Variable("URL") => format!("https://{name}.{HOST}"),
            Self::Variable(_) => format!("set-me-{name}"),
            Self::Name => format!("{name}.{HOST}"),
        }
    }
}

/// Where the value of a variable stands.
#[derive(Debug)]
enum Held {
    /// Under a key of the config map of addresses.
    Address(String),
    /// In a Secret.
    Secret(String),
}

/// Everything that the cluster's parts find outside of it.
#[derive(Debug, Default)]
pub(super) struct Outside {
    /// Names in DNS that lead outside: the service and what it leads to.
    names: BTreeMap<String, (String, Node)>,
    /// Keys of the config map with what stands for their values, and why they are there.
    keys: BTreeMap<String, (String, String)>,
    /// By caller: its variables and where their values stand.
    variables: BTreeMap<String, Vec<(String, Held)>>,
    /// The config map's name.
    map: String,
}

impl Outside {
    /// What the parts call that stands elsewhere; how it is wired is told.
    pub(super) fn of(
        plan: &Plan<'_>,
        parts: &[&Part<'_>],
        why: Reasons<'_>,
        out: &mut Output,
    ) -> Self {
        let here: BTreeSet<&str> = parts.iter().map(|part| part.component.id.as_str()).collect();
        let name = names::shortened(&plan.name, names::NAME_MAX);
        let mut outside = Self { map: format!("{name}-addresses"), ..Self::default() };
        for part in parts {
            if let Some(spill) = proxy::spill(part) {
                outside.keys.insert(proxy::key(part), proxy::placeholder(part, spill));
            }
            let mut seen = BTreeSet::new();
            for (called, _) in plan.called(&part.component.id) {
                let id = called.component.id.as_str();
                if here.contains(id) || !seen.insert(id) {
                    continue;
                }
                let way = Way::to(called);
                match way {
                    Way::Name => outside.name(plan, part, called, why, out),
                    Way::Variable(ending) => outside.variable(part, called, ending, out),
                }
            }
            login::told(plan, part, out);
        }
        outside
    }

    fn name(
        &mut self,
        plan: &Plan<'_>,
        part: &Part<'_>,
        called: &Part<'_>,
        why: Reasons<'_>,
        out: &mut Output,
    ) {
        let name = &called.name;
        let mut how = format!("under the name `{name}`, which leads to its address there");
        // Where the definition has variables, the one with the password is among them.
        if has_password(called) && part.component.blueprint.is_none() {
            let variable = called.variable("PASSWORD");
            let secret = secret_name(part);
            how.push_str(&format!("; the password by the variable `{variable}`"));
            out.secret_key(&variable, &secret, &variable);
            let all = self.variables.entry(part.name.clone()).or_default();
            all.push((variable, Held::Secret(secret)));
        }
        out.wired(part, called, how);
        if self.names.contains_key(name) {
            return;
        }
        let address = Way::Name.placeholder(called);
        let host = Node::from(address.as_str()).why("placeholder: the overlays say its address");
        let spec = map([("type", "ExternalName".into()), ("externalName", host)]);
        let meta = map([("name", name.as_str().into()), ("labels", labels(plan, called))]);
        let at = called.placement.platform;
        let reason = format!("{} stands on {at} ({})", called.component.id, why.definition(called));
        let object = object("v1", "Service", meta).with("spec", spec).why(reason);
        self.names.insert(name.clone(), (address, object));
    }

    /// Variables that name it, else one that is added.
    fn variable(&mut self, part: &Part<'_>, called: &Part<'_>, ending: &str, out: &mut Output) {
        let own = called.variable(ending);
        let id = called.component.id.as_str();
        let names_it = |value: &Setting| {
            ending == "URL" && matches!(value, Setting::Plain(text) if is_url_of(text, id))
        };
        let environment = part.environment();
        let mut found: Vec<String> = environment
            .iter()
            .filter(|(name, value)| is_key(name) && names_it(value))
            .map(|(name, _)| (*name).to_owned())
            .collect();
        let declared = environment.iter().any(|(name, _)| *name == own);
        if found.is_empty() && !declared {
            found.push(own.clone());
        }
        let Some(first) = found.first() else {
            out.wired(part, called, format!("by the variable `{own}`, as declared"));
            return;
        };
        out.wired(part, called, format!("by the variable `{first}`"));
        let placeholder = Way::to(called).placeholder(called);
        let why = format!("how pods find {id} on {}", called.placement.platform);
        self.keys.insert(own.clone(), (placeholder, why));
        let variables = self.variables.entry(part.name.clone()).or_default();
        variables.extend(found.into_iter().map(|name| (name, Held::Address(own.clone()))));
    }

    /// The objects of the base; `None` if nothing stands outside.
    pub(super) fn objects(&self, plan: &Plan<'_>) -> Option<Vec<Node>> {
        let mut found: Vec<Node> = self.names.values().map(|(_, node)| node.clone()).collect();
        if !self.keys.is_empty() {
            let mut data = Node::empty();
            for (key, (value, why)) in &self.keys {
                data.set(key, Node::from(value).why(format!("placeholder: {why}")));
            }
            let labels = map([
                ("app.kubernetes.io/part-of", Node::from(label_of(&plan.name))),
                ("app.kubernetes.io/managed-by", "crossover".into()),
            ]);
            let meta = map([("name", self.map.as_str().into()), ("labels", labels)]);
            found.push(object("v1", "ConfigMap", meta).with("data", data));
        }
        (!found.is_empty()).then_some(found)
    }

    /// What each environment says of them.
    pub(super) fn said(&self) -> Vec<Said<'_>> {
        let mut found = Vec::new();
        for (name, (address, _)) in &self.names {
            let values = vec![("/spec/externalName".to_owned(), address.clone())];
            found.push(Said { kind: "Service", name, values, is_host: false });
        }
        if !self.keys.is_empty() {
            let value = |(key, (value, _)): (&String, &(String, String))| {
                (format!("/data/{key}"), value.clone())
            };
            let values = self.keys.iter().map(value).collect();
            found.push(Said { kind: "ConfigMap", name: &self.map, values, is_host: false });
        }
        found
    }

    /// Where an environment says the value of a key.
    pub(super) fn place(&self, key: &str) -> Node {
        let place = map([("name", self.map.as_str().into()), ("key", key.into())]);
        map([("configMapKeyRef", place)]).why("stands elsewhere: each environment has its own")
    }

    /// The variables of a part whose values stand with the environment, each as an entry of `env`.
    pub(super) fn variables_of(&self, part: &Part<'_>) -> Vec<(String, Node)> {
        let all = self.variables.get(&part.name).map(Vec::as_slice).unwrap_or_default();
        let entry = |(variable, held): &(String, Held)| {
            let place = |name: &str, key: &str| map([("name", name.into()), ("key", key.into())]);
            let from = match held {
                Held::Address(key) => self.place(key),
                Held::Secret(secret) => map([("secretKeyRef", place(secret, variable))]).why(
                    "nobody says by which variable the code knows it; its value is never written",
                ),
            };
            (variable.clone(), map([("name", variable.as_str().into()), ("valueFrom", from)]))
        };
        all.iter().map(entry).collect()
    }
}

/// Whether a store asks for a password.
fn has_password(called: &Part<'_>) -> bool {
    use Engine::{Activemq, Mongodb, Mysql, Opensearch, Postgres, Rabbitmq};
    let Settings::Managed(managed) = &called.placement.configured else { return false };
    matches!(managed.engine, Postgres | Mysql | Mongodb | Rabbitmq | Activemq | Opensearch)
}

/// Whether a URL leads to a part.
fn is_url_of(text: &str, id: &str) -> bool {
    let after = text.split_once("://").filter(|(scheme, _)| scheme.starts_with("http"));
    let host = after.map(|(_, rest)| {
        let inside = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        rest.split(|c: char| !inside(c)).next().unwrap_or("")
    });
    host == Some(id)
}

/// A load balancer inside of the network for a part that something outside of the cluster calls and that no Ingress leads to;
/// `None` where nothing does.
pub(super) fn inlet(plan: &Plan<'_>, part: &Part<'_>, out: &mut Output) -> Option<Node> {
    let callers: Vec<&Part<'_>> = connects(plan, part)
        .into_iter()
        .filter(|caller| !matches!(caller.placement.configured, Settings::Pod(_)))
        .collect();
    let first = callers.first()?;
    let ports = Ports::of_pod(part);
    if part.component.kind.ends() || ports.all.is_empty() {
        return None;
    }
    let raw = part.needs(Need::Tcp) || part.needs(Need::Udp);
    if part.is_public() && !raw && part.component.kind != Kind::Stateful {
        for caller in callers {
            out.wired(caller, part, "at its host behind the Ingress".to_owned());
        }
        return None;
    }
    if part.is_public() {
        return None;
    }
    let mut name = format!("{}-inside", part.name);
    // Another part may be called so.
    while plan.parts.iter().any(|other| other.name == name) {
        name.push_str("-2");
    }
    for caller in &callers {
        out.wired(
            caller,
            part,
            format!("at the address of the Service `{name}`, inside of the network"),
        );
    }
    let message = format!(
        "{}: is called from outside of the cluster; `{name}` is a load balancer that the plan does not bill",
        part.component.id
    );
    let hint = format!(
        "give its address to {} once it has one: `kubectl get service {name}`",
        first.component.id
    );
    out.findings.push(plan.at(Finding::warning(TO_DO, message).hint(hint), part.component.span));
    let mut meta = metadata(plan, part, &name);
    let mut notes = Node::empty();
    let inside = |node: &mut Node, key: &str, value: &str| {
        node.set(key, Node::from(value).why("inside of the network only"));
    };
    match part.provider() {
        "aws" => {
            inside(&mut notes, "service.beta.kubernetes.io/aws-load-balancer-scheme", "internal");
            notes.set("service.beta.kubernetes.io/aws-load-balancer-type", "external");
            notes.set("service.beta.kubernetes.io/aws-load-balancer-nlb-target-type", "ip");
        }
        "gcp" => inside(&mut notes, "networking.gke.io/load-balancer-type", "Internal"),
        "azure" => {
            inside(&mut notes, "service.beta.kubernetes.io/azure-load-balancer-internal", "true");
        }
        _ => {}
    }
    if !notes.is_empty() {
        meta.set("annotations", notes);
    }
    let why = format!("{} stands outside of the cluster", first.component.id);
    let spec = map([
        ("type", Node::from("LoadBalancer").why(why)),
        ("selector", selector(plan, part)),
        ("ports", list(spoken(part, &ports))),
    ]);
    Some(object("v1", "Service", meta).with("spec", spec))
}
