//! One service.

use model::{
    Autoscaler, Fact, Measured, Need, Place, Port, Probe, ScaleMetric, ScaleTarget, ScalerKind,
};
use source::yaml::{Node, Value};
use source::{Finding, Span};
use units::{Bytes, Duration, Millicores};

use super::interpolate::env_file;
use super::layers::{Layer, Loader, example_read, no_file, paths};
use super::volumes;
use crate::container::environment::{Set, Source};
use crate::container::{
    Part, RANGE_MAX, Start, command_check, in_shell, other_transport, protocol,
};
use crate::findings::{BAD_VALUE, NOT_USED, TOO_MANY};
use crate::names::{self, quoted};
use crate::project::Absent;

/// A service and what leads to it.
pub(super) struct Read {
    pub(super) part: Part,
    /// Other names that reach it.
    pub(super) aliases: Vec<String>,
    /// Services that start before it, each with its place.
    pub(super) after: Vec<(String, Span)>,
    /// Whether clients can reach it.
    pub(super) outside: Outside,
}

/// Whether clients outside can reach a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outside {
    /// At a port that they know.
    Yes,
    /// Nothing leads to it.
    No,
    /// By the host's own network, or through a proxy that finds it.
    Perhaps,
}

pub(super) fn read(
    name: &str,
    layer: &Layer,
    loader: &Loader<'_>,
    findings: &mut Vec<Finding>,
) -> Read {
    let node = &layer.node;
    let mut part = Part::new(&names::id(name), layer.key.span);
    let text = |key: &str| node.get(key).and_then(Node::text);
    part.image = node.get("image").and_then(|image| Some((image.text()?.to_owned(), image.span)));
    part.build = node.get("build").and_then(|build| {
        let context = build.get("context").or(Some(build)).and_then(Node::text);
        context.or_else(|| build.get("dockerfile").and(Some("."))).map(str::to_owned)
    });
    part.command = (words(node.get("entrypoint")), words(node.get("command")));
    part.environment = environment(node, layer, loader, findings);
    part.ports = ports(name, node, findings);
    if let Some(port) = part.ports.iter().find(|port| port.published) {
        part.public = port.span.map(|span| Fact::declared(true, span));
    } else if let Some(span) = part.ports.iter().find_map(|port| port.span) {
        part.public = Some(Fact::declared(false, span));
    }
    sizes(name, node, &mut part, findings);
    part.replicas = replicas(node);
    part.autoscaler = kompose_scale(node, layer.key.span);
    part.alive = node.get("healthcheck").and_then(probe);
    if let Some(off) = node.get("healthcheck").filter(|_| part.alive.is_none()).and_then(off) {
        let message = format!("{name}: that it has no health check is not kept");
        findings.push(off.mark(Finding::note(NOT_USED, message)));
    }
    if let Some(every) = node.get("healthcheck").and_then(|check| check.get("start_interval")) {
        let message = format!("{name}: how often it is checked while it starts is not kept");
        findings.push(every.mark(Finding::note(NOT_USED, message)));
    }
    part.start = start(node);
    part.grace = text("stop_grace_period").and_then(duration);
    volumes::read(name, layer, loader, &mut part, findings);
    needs(node, &mut part);
    if let Some(schedule) = label(node, "kompose.cronjob.schedule") {
        part.schedule = schedule.text().map(|text| (text.to_owned(), schedule.span));
    } else if let Some(schedule) = scheduled(&part.command.1) {
        let span = node.get("command").map_or(part.span, |command| command.span);
        part.schedule = Some((schedule, span));
    }
    let mut aliases: Vec<String> =
        ["container_name", "hostname"].into_iter().filter_map(text).map(str::to_owned).collect();
    for (_, network) in node.get("networks").map(Node::entries).unwrap_or_default() {
        let names = network.get("aliases").map(Node::items).unwrap_or_default();
        aliases.extend(names.iter().filter_map(Node::text).map(str::to_owned));
    }
    let outside = outside(node, &part);
    Read { part, aliases, after: after(node), outside }
}

fn outside(node: &Node, part: &Part) -> Outside {
    let ports = node.get("ports").map(Node::items).unwrap_or_default();
    let fixed = |item: &Node| {
        let host = |key: &str| item.get(key).and_then(Node::text).map(str::to_owned);
        let (address, port) = match item.text() {
            Some(text) => {
                let mut parts = text.rsplitn(3, ':').skip(1);
                let port = parts.next().map(str::to_owned);
                (parts.next().map(str::to_owned), port)
            }
            None => (host("host_ip"), host("published")),
        };
        let local = |address: &str| {
            address.starts_with("127.") || matches!(address, "localhost" | "[::1]" | "::1")
        };
        port.is_some_and(|port| !port.trim().is_empty())
            && !address.is_some_and(|address| local(address.trim()))
    };
    // Proxies find services by their labels or variables.
    let labels = node.get("labels").cloned();
    let label = |start: &str| {
        let keys = labels.iter().flat_map(|labels| labels.entries().iter().map(|(key, _)| key));
        let lines = labels.iter().flat_map(Node::items);
        keys.chain(lines).filter_map(Node::text).any(|text| text.starts_with(start))
    };
    let proxied = ["traefik.", "caddy"].into_iter().any(label)
        || part.environment.iter().any(|set| set.name == "VIRTUAL_HOST");
    let on_host = node.get("network_mode").and_then(Node::text) == Some("host");
    if ports.iter().any(fixed) {
        Outside::Yes
    } else if proxied || on_host {
        Outside::Perhaps
    } else {
        Outside::No
    }
}

/// A schedule before the command itself, as images that run cron take it: `0 3 * * * cleanup`.
fn scheduled(command: &[String]) -> Option<String> {
    // All of it may stand in quotes, as one word.
    let words: Vec<&str> = command.iter().flat_map(|word| word.split_whitespace()).collect();
    let five = words.get(..5).filter(|_| words.len() > 5)?.join(" ");
    (five.contains('*') && traffic::Cron::parse(&five).is_ok()).then_some(five)
}

/// Services that it waits for or links to.
fn after(node: &Node) -> Vec<(String, Span)> {
    let listed = |key: &str| node.get(key).map(Node::items).unwrap_or_default().to_vec();
    let mut found: Vec<(String, Span)> = Vec::new();
    for item in [listed("depends_on"), listed("links")].concat() {
        if let Some(name) = item.text() {
            let name = name.split(':').next().unwrap_or(name);
            found.push((name.to_owned(), item.span));
        }
    }
    for (key, value) in node.get("depends_on").map(Node::entries).unwrap_or_default() {
        // A job that must have ended is no service that is called.
        let ended =
            value.get("condition").and_then(Node::text) == Some("service_completed_successfully");
        if let Some(name) = key.text().filter(|_| !ended) {
            found.push((name.to_owned(), key.span));
        }
    }
    found
}

/// A command as a list or as one line.
pub(super) fn words(node: Option<&Node>) -> Vec<String> {
    let Some(node) = node else { return Vec::new() };
    match &node.value {
        Value::Sequence(items) => items.iter().filter_map(Node::text).map(str::to_owned).collect(),
        Value::Scalar { text, .. } if !node.is_null() => split(text),
        _ => Vec::new(),
    }
}

/// The words of a line as a shell takes them apart: quotes hold words together, a backslash keeps one sign.
fn split(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    let mut signs = line.chars();
    while let Some(c) = signs.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None | Some('"'), '\\') => word.get_or_insert_default().extend(signs.next()),
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

fn environment(
    node: &Node,
    layer: &Layer,
    loader: &Loader<'_>,
    findings: &mut Vec<Finding>,
) -> Vec<Set> {
    let mut all: Vec<Set> = Vec::new();
    let mut put = |set: Set| match all.iter_mut().find(|known| known.name == set.name) {
        Some(known) => *known = set,
        None => all.push(set),
    };
    for item in node.get("env_file").map(paths).unwrap_or_default() {
        let path = item.get("path").unwrap_or(item);
        let Some(text) = path.text() else { continue };
        let required = item.get("required").and_then(Node::text) != Some("false");
        match loader.project.variables(layer.file, text) {
            Ok((file, example)) => {
                findings.extend(example.map(|own| path.mark(example_read(text, &own))));
                for (name, value) in env_file(&loader.project.sources.file(file).text) {
                    put(Set { name, value: Source::Text(value), span: path.span });
                }
            }
            Err(absent) if required || absent == Absent::Outside => {
                findings.push(no_file(path, text, absent));
            }
            Err(_) => {}
        }
    }
    let Some(environment) = node.get("environment") else { return all };
    // A name without a value takes that of `.env`.
    let taken = |name: &str| match loader.variables.get(name) {
        Some(value) => Source::Text(value.to_owned()),
        None => Source::Elsewhere(Place::whole(name)),
    };
    for item in environment.items() {
        let Some(text) = item.text() else { continue };
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Source::Text(value.to_owned())),
            None => (text, taken(text)),
        };
        put(Set { name: name.to_owned(), value, span: item.span });
    }
    for (key, value) in environment.entries() {
        let Some(name) = key.text() else { continue };
        let source = match &value.value {
            Value::Scalar { text, .. } if !value.is_null() => Source::Text(text.clone()),
            _ => taken(name),
        };
        put(Set { name: name.to_owned(), value: source, span: value.span });
    }
    all
}

fn ports(service: &str, node: &Node, findings: &mut Vec<Finding>) -> Vec<Port> {
    let mut all = Vec::new();
    let listed = |key: &str| node.get(key).map(Node::items).unwrap_or_default();
    let published = listed("ports").iter().map(|item| (item, "ports"));
    for (item, key) in published.chain(listed("expose").iter().map(|item| (item, "expose"))) {
        let read = match &item.value {
            Value::Mapping(_) => long_port(item),
            _ => item.text().and_then(|text| short_port(text, item.span, key == "ports")),
        };
        let transport = item.get("protocol").and_then(Node::text);
        let transport = transport.or_else(|| item.text()?.split_once('/').map(|(_, name)| name));
        if let Some(name) = transport.filter(|name| !protocol(Some(name)).1) {
            findings.push(other_transport(service, name, item.span));
        }
        if let Some(mut ports) = read {
            if ports.len() > RANGE_MAX {
                let message = format!("{service}.{key}: of a range, {RANGE_MAX} ports are kept");
                findings.push(item.mark(Finding::note(TOO_MANY, message)));
                ports.truncate(RANGE_MAX);
            }
            all.extend(ports);
        } else {
            let shown = item.text().map_or_else(|| item.what().to_owned(), quoted);
            let message = format!("{service}.{key}: {shown} is not a port");
            let hint = "write `8080:80`, or `{ target: 80, published: 8080 }`";
            findings.push(item.mark(Finding::warning(BAD_VALUE, message)).hint(hint));
        }
    }
    all.dedup_by(|a, b| a.number == b.number && a.protocol == b.protocol);
    all
}

fn long_port(item: &Node) -> Option<Vec<Port>> {
    let number = item.get("target")?.text()?.trim().parse().ok()?;
    Some(vec![Port {
        number,
        protocol: protocol(item.get("protocol").and_then(Node::text)).0,
        name: item.get("name").and_then(Node::text).map(str::to_owned),
        published: item.get("published").is_some_and(|published| !published.is_null()),
        reached_at: Vec::new(),
        span: Some(item.span),
    }])
}

/// `80`, `8080:80`, `127.0.0.1:8080:80/udp`, `3000-3005:3000-3005`, `[::1]:80:80`.
fn short_port(text: &str, span: Span, publishes: bool) -> Option<Vec<Port>> {
    let (text, protocol) = match text.trim().split_once('/') {
        Some((text, protocol)) => (text, protocol),
        None => (text.trim(), "tcp"),
    };
    let target = text.rsplit(':').next()?;
    let (first, last) = target.split_once('-').unwrap_or((target, target));
    let (first, last): (u16, u16) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    if first == 0 || last < first {
        return None;
    }
    let (protocol, _) = self::protocol(Some(protocol));
    let port = |number| Port {
        number,
        protocol,
        name: None,
        published: publishes,
        reached_at: Vec::new(),
        span: Some(span),
    };
    Some((first..=last).take(RANGE_MAX + 1).map(port).collect())
}

/// CPU and memory, in the new place and in the old ones.
fn sizes(service: &str, node: &Node, part: &mut Part, findings: &mut Vec<Finding>) {
    let resources = node.get("deploy").and_then(|deploy| deploy.get("resources"));
    let (limits, reserved) =
        (resources.and_then(|r| r.get("limits")), resources.and_then(|r| r.get("reservations")));
    let find = |within: &[Option<&Node>], key: &str, old: &[&str]| {
        let new = within.iter().flatten().find_map(|place| place.get(key)).cloned();
        new.or_else(|| old.iter().find_map(|key| node.get(key)).cloned())
    };
    let mut bad = |at: &Node, what: &str, hint: &str| {
        let shown = at.text().map_or_else(|| at.what().to_owned(), quoted);
        let finding = Finding::warning(BAD_VALUE, format!("{service}: {shown} is not {what}"));
        findings.push(at.mark(finding).hint(hint));
    };
    if let Some(memory) = find(&[limits, reserved], "memory", &["mem_limit", "mem_reservation"]) {
        match memory.text().and_then(bytes) {
            Some(value) => part.memory = Some(Fact::declared(value, memory.span)),
            None => bad(&memory, "an amount of memory", "write `512M`"),
        }
    }
    if let Some(cpu) = find(&[reserved, limits], "cpus", &["cpus"]) {
        let vcpu = cpu.text().and_then(|text| text.trim().parse::<f64>().ok());
        match vcpu.filter(|vcpu| (0.0..=4096.0).contains(vcpu)) {
            // No limit at all is written as zero.
            Some(vcpu) if vcpu > 0.0 => {
                let milli = Millicores::new((vcpu * 1000.0).round().max(1.0) as u64);
                part.cpu = Some(Fact::declared(milli, cpu.span));
            }
            Some(_) => {}
            None => bad(&cpu, "a number of CPUs", "write `0.5`"),
        }
    }
    let devices = reserved.and_then(|r| r.get("devices")).map(Node::items).unwrap_or_default();
    for device in devices {
        let capabilities = device.get("capabilities").map(Node::items).unwrap_or_default();
        if capabilities.iter().any(|c| c.text() == Some("gpu")) {
            part.needs.push((Need::Gpu, device.span));
        }
    }
}

fn replicas(node: &Node) -> Option<u32> {
    let deploy = node.get("deploy").and_then(|deploy| deploy.get("replicas"));
    deploy
        .or_else(|| node.get("scale"))
        .and_then(Node::text)
        .and_then(|text| text.trim().parse().ok())
}

/// What Kompose's labels say about an autoscaler.
fn kompose_scale(node: &Node, span: Span) -> Option<Autoscaler> {
    let number = |key: &str| label(node, key)?.text()?.trim().parse::<u32>().ok();
    let mut scaler = Autoscaler::new(ScalerKind::Hpa, span);
    scaler.max = Some(number("kompose.hpa.replicas.max")?);
    scaler.min = number("kompose.hpa.replicas.min").or(Some(1));
    let metric = |key: &str, of: Measured| {
        let target = ScaleTarget::Utilization(number(key)?);
        Some(ScaleMetric { of, target, span })
    };
    scaler.metrics.extend(metric("kompose.hpa.cpu", Measured::Cpu));
    scaler.metrics.extend(metric("kompose.hpa.memory", Measured::Memory));
    Some(scaler)
}

/// A label, from a mapping or a list.
fn label(node: &Node, name: &str) -> Option<Node> {
    let labels = node.get("labels")?;
    if let Some(value) = labels.get(name) {
        return Some(value.clone());
    }
    labels.items().iter().find_map(|item| {
        let (key, value) = item.text()?.split_once('=')?;
        let scalar = Value::Scalar { text: value.to_owned(), quoted: true };
        (key == name).then(|| Node { value: scalar, ..item.clone() })
    })
}

/// What switches the image's own health check off.
fn off(node: &Node) -> Option<&Node> {
    let none = |test: &&Node| test.items().first().unwrap_or(test).text() == Some("NONE");
    let disable = node.get("disable").filter(|disable| disable.text() == Some("true"));
    disable.or_else(|| node.get("test").filter(none))
}

fn probe(node: &Node) -> Option<Probe> {
    if off(node).is_some() {
        return None;
    }
    let test = node.get("test")?;
    // A line is for a shell, a list says what it is for.
    let test = test.text().map_or_else(|| words(Some(test)), in_shell);
    let time = |key: &str| node.get(key).and_then(Node::text).and_then(duration);
    Some(Probe {
        check: command_check(test)?,
        delay: time("start_period").unwrap_or_default(),
        period: time("interval").unwrap_or(Duration::from_secs(30)),
        timeout: time("timeout").unwrap_or(Duration::from_secs(30)),
        failures: node
            .get("retries")
            .and_then(Node::text)
            .and_then(|text| text.trim().parse().ok())
            .unwrap_or(3),
    })
}

/// The time in which a failing health check does not count yet.
fn start(service: &Node) -> Option<Start> {
    let node = service.get("healthcheck")?.get("start_period")?;
    let time = node.text().and_then(duration)?;
    Some((time, node.span, "its health check gives it"))
}

fn needs(node: &Node, part: &mut Part) {
    let text = |key: &str| node.get(key).and_then(Node::text);
    let place = |key: &str| node.get(key).map_or(part.span, |node| node.span);
    let mut found = Vec::new();
    if text("privileged") == Some("true") {
        found.push((Need::Privileged, place("privileged")));
    }
    for (key, value) in [("network_mode", "host"), ("pid", "host"), ("ipc", "host")] {
        if text(key) == Some(value) {
            found.push((Need::Privileged, place(key)));
        }
    }
    if node.get("devices").is_some_and(|devices| !devices.items().is_empty()) {
        found.push((Need::Privileged, place("devices")));
    }
    if text("runtime") == Some("nvidia") {
        found.push((Need::Gpu, place("runtime")));
    }
    if node.get("gpus").is_some_and(|gpus| !gpus.is_null()) {
        found.push((Need::Gpu, place("gpus")));
    }
    if text("platform").is_some_and(|platform| platform.starts_with("windows")) {
        found.push((Need::Windows, place("platform")));
    }
    part.needs.extend(found);
}

/// `512M`, `1g`, `1gb`, `64k`, `1048576`: units of 1,024, as compose has them.
pub(super) fn bytes(text: &str) -> Option<Bytes> {
    let lower = text.trim().to_lowercase();
    let end = lower.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(lower.len());
    let (number, unit) = lower.split_at(end);
    let shift = match unit.trim().trim_end_matches("ib").trim_end_matches('b') {
        "" => 0,
        "k" => 10,
        "m" => 20,
        "g" => 30,
        "t" => 40,
        _ => return None,
    };
    let value = number.parse::<f64>().ok()? * (1_u64 << shift) as f64;
    (1.0..1e15).contains(&value).then(|| Bytes::new(value.round() as u64))
}

/// `1m30s`, `10s`, `500ms`.
fn duration(text: &str) -> Option<Duration> {
    let mut total = Duration::ZERO;
    let mut rest = text.trim();
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(end);
        let unit = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at(unit);
        let seconds = match unit.trim() {
            "us" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return None,
        };
        let value = number.parse::<f64>().ok()? * seconds;
        if !(0.0..=1e7).contains(&value) {
            return None;
        }
        total += Duration::from_secs_f64(value);
        rest = after;
    }
    Some(total)
}
