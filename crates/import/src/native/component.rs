//! One component.

use model::{Architecture, Component, DoorChoice, Engine, Fact, Kind, Need, Package, Slo};
use source::yaml::Node;
use source::{Finding, Span};
use units::{Bytes, Duration, Millicores, Share};

use super::fields::{Fields, name_of, parse_at, text_of};
use super::keys::{COMPONENT, SLO};
use super::values::{
    ARCHITECTURES, BODY, CONCURRENCY, CPU, DISK, INIT, MEMORY, SPAN, WORK, count, decimal, error,
    runtime, share, within,
};
use super::{containers, events, load, steps, work};
use crate::findings::{BAD_ID, CONTRADICTION, NO_EFFECT};
use crate::{defaults, names};

/// Letters of an id at most.
const ID_MAX: usize = 63;

/// A component's id, if it is one.
pub(super) fn id(key: &Node, findings: &mut Vec<Finding>) -> Option<String> {
    let text = key.text().unwrap_or("");
    let fine = !text.is_empty()
        && text.chars().count() <= ID_MAX
        && text.chars().all(|c| c.is_alphanumeric() || "-_.".contains(c));
    if !fine {
        let message = format!("{} is not an id of a component", names::quoted(text));
        let hint = format!("use letters, digits, `-`, `_` and `.`, at most {ID_MAX}");
        findings.push(key.mark(Finding::error(BAD_ID, message)).hint(hint));
    }
    fine.then(|| text.to_owned())
}

/// Reads one component; `None` if even its kind is not known.
pub(crate) fn read(
    id: &str,
    span: Span,
    node: &Node,
    findings: &mut Vec<Finding>,
) -> Option<Component> {
    let fields = Fields::open(node, &COMPONENT, id, findings)?;
    fields.require("kind", findings);
    let kind = fields.named("kind", findings, &Kind::ALL).map(|(kind, _)| kind);
    // Read on even then, so that everything wrong with it is said at once.
    let mut component = defaults::component(id, kind.unwrap_or(Kind::Http), Some(span));
    shipped(&fields, &mut component, findings);
    needs(&fields, &mut component, findings);
    sizes(&fields, &mut component, findings);
    traffic(&fields, &mut component, findings);
    component.demand = work::read(&fields, &component, findings);
    state(&fields, &mut component, findings);
    events::read(&fields, &mut component, findings);
    steps::read(&fields, &mut component, findings);
    containers::read(&fields, &mut component, findings);
    kind.map(|_| component)
}

/// What is shipped and how it starts.
fn shipped(fields: &Fields<'_>, c: &mut Component, findings: &mut Vec<Finding>) {
    set(&mut c.runtime, fields.fact("runtime", findings, runtime));
    let mut architectures: Vec<Architecture> = Vec::new();
    for item in fields.items("arch") {
        let path = fields.path_of("arch");
        let Some(text) = text_of(item, &path, "x86", findings) else { continue };
        if let Some(value) = name_of(text, item, &path, &ARCHITECTURES, findings)
            && !architectures.contains(&value)
        {
            architectures.push(value);
        }
    }
    if !architectures.is_empty() {
        architectures.sort();
        c.architectures = Fact::declared(architectures, fields.span("arch"));
    }
    let packages = [("zip", Package::Zip), ("image", Package::Image)];
    if let Some((package, span)) = fields.named("package", findings, &packages) {
        c.artifact.package = Fact::declared(package, span);
        if package == Package::Image {
            c.artifact.size = defaults::image_size();
        }
    }
    set(&mut c.artifact.size, fields.fact("size", findings, within(Bytes::parse, DISK)));
    set(&mut c.start.init, fields.fact("init", findings, within(Duration::parse, INIT)));
}

fn needs(fields: &Fields<'_>, c: &mut Component, findings: &mut Vec<Finding>) {
    let path = fields.path_of("needs");
    for item in fields.items("needs") {
        let Some(text) = text_of(item, &path, "websockets", findings) else { continue };
        if let Some(need) = name_of(text, item, &path, &Need::ALL, findings) {
            c.needs.insert(need, Some(item.span));
        }
    }
    for item in fields.items("allow") {
        let path = fields.path_of("allow");
        let Some(text) = text_of(item, &path, "aws/lambda", findings) else { continue };
        if let Some((platform, span)) =
            parse_at(text, item, (&path, "aws/lambda"), findings, platform)
        {
            c.allow.push((platform, Some(span)));
        }
    }
    c.allow.sort();
}

/// Memory, CPU, disk, bytes and times of one instance and one request.
fn sizes(fields: &Fields<'_>, c: &mut Component, findings: &mut Vec<Finding>) {
    set(&mut c.memory, fields.fact("memory", findings, within(Bytes::parse, MEMORY)));
    let concurrency = fields.fact("concurrency", findings, within(count, CONCURRENCY));
    set(&mut c.concurrency, concurrency.map(|fact| fact.map(|n| n as u32)));
    c.cpu_request = fields.fact("cpu_request", findings, within(Millicores::parse, CPU));
    c.scratch = fields.fact("scratch", findings, within(Bytes::parse, DISK));
    c.run_time_max = fields.fact("run_time_max", findings, within(Duration::parse, SPAN));
    set(&mut c.request_bytes, fields.fact("request_bytes", findings, within(Bytes::parse, BODY)));
    set(&mut c.response_bytes, fields.fact("response_bytes", findings, within(Bytes::parse, BODY)));
    set(&mut c.log_bytes, fields.fact("log_bytes", findings, within(Bytes::parse, BODY)));
}

/// Who asks it, how often, and what they are promised.
fn traffic(fields: &Fields<'_>, c: &mut Component, findings: &mut Vec<Finding>) {
    for item in fields.items("paths") {
        let path = fields.path_of("paths");
        let Some(text) = text_of(item, &path, "/api", findings) else { continue };
        if let Some((prefix, _)) = parse_at(text, item, (&path, "/api"), findings, path_prefix) {
            c.paths.push(prefix);
        }
    }
    c.paths.sort();
    c.paths.dedup();
    set(&mut c.public, fields.flag("public", findings));
    let door = fields.named("front_door", findings, &DoorChoice::ALL);
    c.front_door = door.map(|(door, span)| (door, Some(span)));
    if let Some(node) = fields.get("slo") {
        c.slo = slo(node, &fields.path_of("slo"), findings);
    }
    if let Some(node) = fields.get("load") {
        c.load = load::read(node, &fields.path_of("load"), findings);
    }
    let sessions = c.needs.has(Need::WebSockets) || c.needs.has(Need::SessionState);
    c.connection = fields.fact("connection", findings, within(Duration::parse, SPAN));
    c.message_every = fields.fact("message_every", findings, within(Duration::parse, SPAN));
    if sessions {
        c.connection = c.connection.take().or_else(|| Some(defaults::connection()));
        c.message_every = c.message_every.take().or_else(|| Some(defaults::message_every()));
    } else {
        for (key, given) in
            [("connection", c.connection.is_some()), ("message_every", c.message_every.is_some())]
        {
            if given {
                let why = "this component does not need websockets or session-state";
                unused(fields, key, why, "add `needs: [websockets]`", findings);
            }
        }
    }
}

/// What keeps the data.
fn state(fields: &Fields<'_>, c: &mut Component, findings: &mut Vec<Finding>) {
    let engine = fields.named("engine", findings, &Engine::ALL);
    let storage = fields.fact("storage", findings, within(Bytes::parse, DISK));
    if c.kind != Kind::Stateful {
        for key in ["engine", "storage"] {
            if fields.has(key) {
                let why = format!("components of `kind: {}` keep no data here", c.kind.name());
                unused(
                    fields,
                    key,
                    &why,
                    "make the store a component of `kind: stateful`",
                    findings,
                );
            }
        }
        return;
    }
    if !fields.has("engine") {
        fields.require("engine", findings);
    }
    c.storage = storage.or_else(|| defaults::storage(engine.map(|(engine, _)| engine)));
    c.engine = Some(engine.map_or(Fact::Unknown, |(engine, span)| Fact::declared(engine, span)));
}

fn slo(node: &Node, path: &str, findings: &mut Vec<Finding>) -> Slo {
    let mut slo = Slo::default();
    let any = |key: &str| percentile(key).is_some();
    let Some(fields) = Fields::open_with(node, &SLO, path, any, findings) else { return slo };
    slo.errors = fields.parsed("errors", findings, share).map(|(share, _)| share);
    for (key, value) in node.entries() {
        let Some(name) = key.text() else { continue };
        let Some(quantile) = percentile(name).filter(|_| !value.is_null()) else { continue };
        let path = fields.path_of(name);
        let Some(text) = text_of(value, &path, "800 ms", findings) else { continue };
        if let Some((limit, span)) =
            parse_at(text, value, (&path, "800 ms"), findings, within(Duration::parse, WORK))
        {
            slo.latency.push((quantile, limit, Some(span)));
        }
    }
    slo.latency.sort_by(|a, b| a.0.get().total_cmp(&b.0.get()));
    for pair in slo.latency.windows(2) {
        let [(_, lower, _), (_, higher, span)] = pair else { continue };
        if higher < lower {
            let message =
                format!("{path}: a higher percentile has a lower limit: {higher} after {lower}");
            let finding = Finding::error(CONTRADICTION, message).at(span.unwrap_or(node.span));
            findings.push(finding.hint("the slower requests cannot be promised a shorter time"));
        }
    }
    slo
}

/// `p99.9` is 0.999, to the last digit.
fn percentile(key: &str) -> Option<Share> {
    let digits = key.strip_prefix('p').filter(|d| d.len() <= 8)?;
    let value = decimal(digits).ok().filter(|value| *value > 0.0 && *value < 100.0)?;
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    // Moving the point in the text loses nothing, as a division would.
    let moved = format!("0.{:0>2}{part}", whole.trim_start_matches('0')).parse();
    Some(Share::new(moved.unwrap_or(value / 100.0)))
}

fn path_prefix(text: &str) -> Result<String, units::ParseError> {
    let fine = text.starts_with('/')
        && !text.contains(|c: char| c == '?' || c.is_whitespace() || c.is_control())
        && text.len() <= 500;
    if fine {
        return Ok(text.to_owned());
    }
    Err(error(
        format!("{} is not a path prefix", names::quoted(text)),
        "write how the paths begin: `/api`, `/`",
    ))
}

/// Which platforms exist is known to whoever decides; here only the form is checked.
fn platform(text: &str) -> Result<String, units::ParseError> {
    let text = text.trim().trim_end_matches(['/', '*']);
    let fine = !text.is_empty()
        && text.len() <= 60
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-/".contains(c));
    if fine {
        Ok(text.to_owned())
    } else {
        Err(error(
            format!("{} is not a platform", names::quoted(text)),
            "write an id or its beginning: `aws/lambda`, `kubernetes`",
        ))
    }
}

pub(super) fn unused(
    fields: &Fields<'_>,
    key: &str,
    why: &str,
    hint: &str,
    findings: &mut Vec<Finding>,
) {
    let message = format!("`{}` changes nothing: {why}", fields.path_of(key));
    let finding = Finding::warning(NO_EFFECT, message).at(fields.span(key));
    findings.push(finding.hint(hint));
}

fn set<T>(slot: &mut Fact<T>, value: Option<Fact<T>>) {
    if let Some(value) = value {
        *slot = value;
    }
}
