//! Further containers of a component: `containers`.

use model::{
    Check, Component, Container, Place, Port, Probe, Protocol, Role, Setting, Variable, is_secret,
};
use source::Finding;
use source::yaml::Node;
use units::{Bytes, Duration, Millicores, ParseError};

use super::container_keys::{CONTAINER, PROBE};
use super::fields::{Fields, parse_at, text_of};
use super::mounts;
use super::values::{CPU, EACH, MEMORY, SPAN, WAIT, count, error, within};
use crate::findings::CONTRADICTION;
use crate::{defaults, names};

/// Letters of a container's name at most: a label of RFC 1123, which clusters ask for.
const NAME_MAX: usize = 63;

/// Reads `containers` and `mounts` of a component.
pub(super) fn read(fields: &Fields<'_>, c: &mut Component, findings: &mut Vec<Finding>) {
    c.mounts = mounts::read(fields, findings);
    let path = fields.path_of("containers");
    for item in fields.items("containers") {
        let Some(keys) = Fields::open(item, &CONTAINER, &path, findings) else { continue };
        let Some(container) = one(&keys, findings) else { continue };
        if c.containers.iter().any(|known| known.name == container.name) {
            let message = format!("{path}: {} stands twice", names::quoted(&container.name));
            let finding = Finding::error(CONTRADICTION, message).at(keys.span("name"));
            findings.push(finding.hint("give each container a name of its own"));
            continue;
        }
        c.containers.push(container);
    }
    // Those that start before the main one come first, in the order in which they stand.
    c.containers.sort_by_key(|container| container.role == Role::Sidecar);
}

fn one(keys: &Fields<'_>, findings: &mut Vec<Finding>) -> Option<Container> {
    keys.require("name", findings);
    let role = keys.named("role", findings, &Role::ALL).map_or(Role::Sidecar, |(role, _)| role);
    let name = keys.parsed("name", findings, name);
    let mut container = Container::new("", role, Some(keys.node.span));
    container.image = keys.text("image", findings).map(|(image, _)| image.to_owned());
    container.command = words(keys, "command", findings);
    container.args = words(keys, "args", findings);
    container.environment = environment(keys, findings);
    container.ports = texts(keys, "ports", findings, port);
    container.mounts = mounts::read(keys, findings);
    container.cpu = keys.fact("cpu", findings, within(Millicores::parse, CPU));
    container.memory = keys.fact("memory", findings, within(Bytes::parse, MEMORY));
    let time = keys.fact("time", findings, within(Duration::parse, SPAN));
    if role.stays() {
        container.memory.get_or_insert_with(defaults::sidecar_memory);
    } else {
        container.time = time.unwrap_or_else(defaults::init_container);
    }
    for (key, slot) in [
        ("ready", &mut container.ready),
        ("alive", &mut container.alive),
        ("started", &mut container.started),
    ] {
        let node = keys.get(key);
        let probe = node.and_then(|node| Fields::open(node, &PROBE, &keys.path_of(key), findings));
        *slot = probe.map(|probe| self::probe(&probe, findings));
    }
    let privileged = keys.flag("privileged", findings);
    container.privileged = privileged.and_then(|flag| flag.get()).unwrap_or(false);
    container.name = name?.0;
    Some(container)
}

fn name(text: &str) -> Result<String, ParseError> {
    let inside = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if (1..=NAME_MAX).contains(&text.len()) && text.chars().all(inside) {
        return Ok(text.to_owned());
    }
    let hint = format!("use letters, digits, `-`, `_` and `.`, at most {NAME_MAX}");
    Err(error(format!("{} is no name of a container", names::quoted(text)), hint))
}

/// One or several texts.
pub(super) fn words(keys: &Fields<'_>, key: &str, findings: &mut Vec<Finding>) -> Vec<String> {
    let path = keys.path_of(key);
    let items = keys.items(key);
    items
        .into_iter()
        .filter_map(|node| Some(text_of(node, &path, "", findings)?.to_owned()))
        .collect()
}

/// One or several texts that `parse` understands.
pub(super) fn texts<T>(
    keys: &Fields<'_>,
    key: &str,
    findings: &mut Vec<Finding>,
    parse: impl Fn(&str, &Node) -> Result<T, ParseError>,
) -> Vec<T> {
    let (path, example) = (keys.path_of(key), keys.example(key));
    let mut found = Vec::new();
    for node in keys.items(key) {
        let Some(text) = text_of(node, &path, example, findings) else { continue };
        let value = parse_at(text, node, (&path, example), findings, |text| parse(text, node));
        found.extend(value.map(|(value, _)| value));
    }
    found
}

fn environment(keys: &Fields<'_>, findings: &mut Vec<Finding>) -> Vec<Variable> {
    let plain = |text: &str, _: &Node| {
        let (name, value) = text.split_once('=').unwrap_or((text, ""));
        // What looks like a secret is known by its name only, as in every other format.
        let value = if is_secret(name, value) {
            Setting::Secret(None)
        } else {
            Setting::Plain(value.to_owned())
        };
        variable(name, value)
    };
    let secret = |text: &str, _: &Node| {
        let (name, place) = text.split_once('=').map_or((text, None), |(n, p)| (n, Some(place(p))));
        variable(name, Setting::Secret(place))
    };
    let from = |text: &str, _: &Node| {
        let (name, from) = text.split_once('=').unwrap_or((text, text));
        variable(name, Setting::From(place(from)))
    };
    let mut all = texts(keys, "env", findings, plain);
    all.extend(texts(keys, "secrets", findings, secret));
    all.extend(texts(keys, "from", findings, from));
    all.sort_by(|a, b| a.name.cmp(&b.name));
    for pair in all.windows(2) {
        if let [a, b] = pair
            && a.name == b.name
        {
            let message =
                format!("{}: {} stands twice", keys.path_of("env"), names::quoted(&a.name));
            findings.push(keys.node.mark(Finding::error(CONTRADICTION, message)));
        }
    }
    all.dedup_by(|a, b| a.name == b.name);
    all
}

fn variable(name: &str, value: Setting) -> Result<Variable, ParseError> {
    let name = name.trim();
    if name.is_empty() {
        return Err(error("a variable has no name".to_owned(), "write `NAME=value`"));
    }
    Ok(Variable { name: name.to_owned(), value })
}

fn place(text: &str) -> Place {
    // A field of a pod may name an annotation, which may have a slash.
    match text.split_once('/').filter(|_| !text.contains('[')) {
        Some((name, key)) => Place::key(name, key),
        None => Place::whole(text),
    }
}

/// `http=8443/tcp as 443,8443 public`.
fn port(text: &str, node: &Node) -> Result<Port, ParseError> {
    let wrong = || {
        let hint = "write `8080`, `dns=53/udp`, `http=8443 as 443 public`";
        error(format!("{} is no port", names::quoted(text)), hint)
    };
    let number = |text: &str| text.parse::<u16>().ok().filter(|n| *n > 0).ok_or_else(wrong);
    let (rest, published) = match text.trim().strip_suffix(" public") {
        Some(rest) => (rest, true),
        None => (text.trim(), false),
    };
    let (own, reached) = rest.split_once(" as ").map_or((rest, None), |(own, at)| (own, Some(at)));
    let (name, own) = own.split_once('=').map_or((None, own), |(name, own)| (Some(name), own));
    let (own, transport) = own.split_once('/').unwrap_or((own, "tcp"));
    let protocol = match transport {
        "tcp" => Protocol::Tcp,
        "udp" => Protocol::Udp,
        _ => return Err(wrong()),
    };
    let all = reached.map(|all| all.split(',').map(|one| number(one.trim())).collect());
    Ok(Port {
        number: number(own.trim())?,
        protocol,
        name: name.map(str::to_owned),
        published,
        reached_at: all.transpose()?.unwrap_or_default(),
        span: Some(node.span),
    })
}

fn probe(keys: &Fields<'_>, findings: &mut Vec<Finding>) -> Probe {
    let number = keys.parsed("port", findings, within(count, (1, 65_535)));
    let port = number.map(|(number, _)| number as u16);
    let command = words(keys, "command", findings);
    let path = keys.text("http", findings).map(|(path, _)| path.to_owned());
    let mut time = |key: &str, usual: u64| {
        let given = keys.parsed(key, findings, within(Duration::parse, WAIT));
        given.map_or(Duration::from_secs(usual), |(time, _)| time)
    };
    // Without a word those of Kubernetes: no delay, every ten seconds, a second for the answer, three failures.
    let (delay, period, timeout) = (time("delay", 0), time("every", 10), time("timeout", 1));
    let failures = keys.parsed("failures", findings, within(count, EACH));
    let check = match (path, command.is_empty()) {
        (Some(path), _) => Check::Http(path, port),
        (None, false) => Check::Command(command),
        (None, true) => Check::Tcp(port),
    };
    let failures = failures.map_or(3, |(n, _)| n as u32);
    Probe { check, delay, period, timeout, failures }
}
