//! Configuration: variables in a ConfigMap, secrets by reference, an account without rights.

use std::collections::BTreeSet;

use model::{Place, Setting, Variable};
use source::Finding;

use super::login;
use super::object::{metadata, object};
use super::outside::Outside;
use super::pod::Ports;
use super::proxy;
use crate::findings::LEFT_OUT;
use crate::names;
use crate::tree::{Node, list, map};
use crate::{Output, Part, Plan, Reasons};

/// An account for the part alone, whose key is not put into the pods.
pub(super) fn service_account(plan: &Plan<'_>, part: &Part<'_>) -> Node {
    let mut meta = metadata(plan, part, &part.name);
    if let Some(annotations) = login::annotations(plan, part) {
        meta.set("annotations", annotations);
    }
    object("v1", "ServiceAccount", meta).with(
        "automountServiceAccountToken",
        Node::from(false).why("default: the part does not call the cluster's API"),
    )
}

/// The name of the ConfigMap of a part.
pub(super) fn map_name(part: &Part<'_>) -> String {
    format!("{}-settings", part.name)
}

/// The name of the Secret of a part.
pub(crate) fn secret_name(part: &Part<'_>) -> String {
    format!("{}-secrets", part.name)
}

/// Whether a variable refers to others, so that Kubernetes has to fill it in.
fn refers(text: &str) -> bool {
    text.contains("$(")
}

/// Whether a variable stands in the ConfigMap: a plain one, where none refers to another.
fn in_map(name: &str, value: &Setting, together: bool) -> bool {
    together && is_key(name) && matches!(value, Setting::Plain(_))
}

/// Whether all plain variables may stand in a ConfigMap: there, none is filled in.
fn together(part: &Part<'_>) -> bool {
    part.environment()
        .iter()
        .all(|(_, value)| !matches!(value, Setting::Plain(text) if refers(text)))
}

/// The variables of a part: those of its ConfigMap, and those whose values stand with each environment.
#[derive(Debug)]
pub(crate) struct Variables {
    /// The plain ones; `None` if there are none.
    pub(super) map: Option<Node>,
    /// Entries of `env` by their names.
    outside: Vec<(String, Node)>,
    /// Where the host of a split's other side stands.
    pub(super) burst: Option<Node>,
}

impl Variables {
    /// Those of a part.
    pub(super) fn of(
        plan: &Plan<'_>,
        part: &Part<'_>,
        why: Reasons<'_>,
        outside: &Outside,
        out: &mut Output,
    ) -> Self {
        let burst = proxy::spill(part).map(|_| outside.place(&proxy::key(part)));
        let outside = outside.variables_of(part);
        Self { map: settings_map(plan, part, &outside, why, out), outside, burst }
    }
}

/// Whether a variable stands with each environment.
fn is_outside(outside: &[(String, Node)], name: &str) -> bool {
    outside.iter().any(|(known, _)| known == name)
}

/// The plain variables of a part as a ConfigMap; `None` if there are none.
fn settings_map(
    plan: &Plan<'_>,
    part: &Part<'_>,
    outside: &[(String, Node)],
    why: Reasons<'_>,
    out: &mut Output,
) -> Option<Node> {
    let together = together(part);
    let mut data = Node::empty();
    let reason = why.definition(part);
    for (name, value) in part.environment() {
        if is_outside(outside, name) {
            continue;
        }
        if let (true, Setting::Plain(text)) = (in_map(name, &value, together), &value) {
            data.set(name, Node::from(text).why(reason.as_str()));
        } else if !is_variable(name) {
            let message = format!("{}: `{name}` is no name of a variable here", part.component.id);
            out.findings.push(plan.at(Finding::warning(LEFT_OUT, message), part.component.span));
        }
    }
    for (name, value) in super::pod::handler_variables(part, why) {
        data.set_new(name, value);
    }
    let says = |wanted: &str| part.environment().iter().any(|(name, _)| *name == wanted);
    if let Some(folder) = super::pod::data_folder(part).filter(|_| !says("PGDATA")) {
        data.set("PGDATA", folder);
    }
    if Ports::of(part).assumed {
        let port = super::pod::PORT_ASSUMED.to_string();
        if !says("PORT") {
            data.set(
                "PORT",
                Node::from(port).why("assumed: images that ask where to listen read it"),
            );
        }
    }
    if data.is_empty() {
        return None;
    }
    Some(object("v1", "ConfigMap", metadata(plan, part, &map_name(part))).with("data", data))
}

/// The variables of a container: `envFrom` and `env`, each `None` if it would be empty.
pub(crate) fn environment(
    part: &Part<'_>,
    variables: &Variables,
    secrets: &[Variable],
    out: &mut Output,
) -> (Option<Node>, Option<Node>) {
    let from = variables.map.is_some().then(|| {
        let name = map([("name", map_name(part).into())]);
        list([map([("configMapRef", name)])])
    });
    let together = together(part);
    let all: Vec<(String, Setting)> =
        part.environment().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let more = secrets.iter().map(|variable| (variable.name.clone(), variable.value.clone()));
    let all: Vec<(String, Setting)> = all.into_iter().chain(more).collect();
    let stands = |name: &str, value: &Setting| {
        in_map(name, value, together) || is_outside(&variables.outside, name)
    };
    let all: Vec<(String, Setting)> =
        all.into_iter().filter(|(name, value)| !stands(name, value)).collect();
    let mut env = entries(part, None, &all, out);
    env.extend(variables.outside.iter().map(|(_, entry)| entry.clone()));
    (from, (!env.is_empty()).then(|| list(env)))
}

/// Variables as entries of `env`. Keys that are made for those of a further container have its name in front: the main one
/// may have a variable of the same name.
pub(super) fn entries(
    part: &Part<'_>,
    container: Option<&str>,
    all: &[(String, Setting)],
    out: &mut Output,
) -> Vec<Node> {
    let mut env = Vec::new();
    for (name, value) in in_order(all) {
        if !is_variable(name) {
            continue;
        }
        let own = key(name);
        let own = container.map_or(own.clone(), |container| format!("{container}.{own}"));
        let entry = map([("name", Node::from(name))]);
        env.push(match value {
            Setting::Plain(text) => entry.with("value", text),
            Setting::Secret(place) => {
                let (secret, key) = secret_place(part, &own, place.as_ref());
                out.secret_key(name, &secret, &key);
                let place = map([("name", secret.into()), ("key", key.into())]);
                let from = map([("secretKeyRef", place)]).why("secret: its value is never written");
                entry.with("valueFrom", from)
            }
            Setting::From(place) => entry.with("valueFrom", elsewhere(part, own, place)),
        });
    }
    env
}

/// Those that refer to others behind those: Kubernetes fills in only what stands above.
fn in_order(all: &[(String, Setting)]) -> Vec<(&str, &Setting)> {
    let needs = |value: &Setting, waiting: &BTreeSet<&str>| matches!(value, Setting::Plain(text) if waiting.iter().any(|name| text.contains(&format!("$({name})"))));
    let mut waiting: BTreeSet<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
    let mut ordered = Vec::new();
    let mut rest: Vec<&(String, Setting)> = all.iter().collect();
    while !rest.is_empty() {
        let (ready, later): (Vec<_>, Vec<_>) =
            rest.iter().copied().partition(|(_, value)| !needs(value, &waiting));
        if ready.is_empty() {
            // A circle: as they stand.
            ordered.extend(later.iter().map(|(name, value)| (name.as_str(), value)));
            break;
        }
        for (name, value) in ready {
            waiting.remove(name.as_str());
            ordered.push((name.as_str(), value));
        }
        rest = later;
    }
    ordered
}

/// The Secret and the key of a variable: those it has, where they can be names here, else the part's and `own`.
fn secret_place(part: &Part<'_>, own_key: &str, place: Option<&Place>) -> (String, String) {
    let known = place.filter(|place| is_name(&place.name));
    let own = known.and_then(|place| place.key.as_deref().filter(|key| is_key(key)));
    match (known, own) {
        (Some(place), Some(key)) => (place.name.clone(), key.to_owned()),
        _ => (secret_name(part), own_key.to_owned()),
    }
}

/// Where a value stands that is not known here.
fn elsewhere(part: &Part<'_>, own_key: String, place: &Place) -> Node {
    let text = Node::from(place.name.as_str());
    if is_of_pod(place) {
        return map([("fieldRef", map([("fieldPath", text)]))]).why("the pod's own, as imported");
    }
    if is_of_container(place) {
        let field = map([("resource", text)]);
        return map([("resourceFieldRef", field)]).why("the container's own, as imported");
    }
    let own = place.key.as_deref().filter(|key| is_key(key) && is_name(&place.name));
    let (map_name, key, why) = if let Some(key) = own {
        (place.name.clone(), key.to_owned(), "a config map of yours, as imported".to_owned())
    } else {
        let why = format!("stood in `{}`: put it into this config map", place.name);
        (format!("{}-outside", part.name), own_key, why)
    };
    let place = map([("name", map_name.into()), ("key", key.into())]);
    map([("configMapKeyRef", place)]).why(why)
}

/// Whether a place is a field of the pod itself, such as `metadata.name`, or of the container, such as `limits.memory`.
pub(crate) fn is_own(place: &Place) -> bool {
    is_of_pod(place) || is_of_container(place)
}

fn is_of_pod(place: &Place) -> bool {
    begins(place, &["metadata.", "status.", "spec."])
}

fn is_of_container(place: &Place) -> bool {
    begins(place, &["limits.", "requests."])
}

fn begins(place: &Place, words: &[&str]) -> bool {
    place.key.is_none() && words.iter().any(|word| place.name.starts_with(word))
}

/// Whether an object may be called so: a name of RFC 1123.
pub(super) fn is_name(name: &str) -> bool {
    let ends = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let label = |label: &str| {
        let inside = label.chars().all(|c| ends(c) || c == '-');
        inside && label.starts_with(ends) && label.ends_with(ends)
    };
    name.len() < 254 && name.split('.').all(label)
}

/// Whether a name may be a key of a ConfigMap and of an environment.
pub(super) fn is_key(name: &str) -> bool {
    let inside = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    !name.is_empty()
        && name.len() < 254
        && name.chars().all(inside)
        && !name.starts_with("..")
        && name != "."
}

/// Whether Kubernetes takes it for the name of a variable: printable letters of ASCII without `=`.
fn is_variable(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| (' '..='~').contains(&c) && c != '=')
}

/// A key of a ConfigMap or a Secret for a variable.
fn key(name: &str) -> String {
    if is_key(name) { name.to_owned() } else { names::label(name) }
}
