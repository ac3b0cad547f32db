//! The top of the file: everything but the components.

use std::collections::BTreeMap;

use model::{
    App, Assume, Component, Discount, ExistingCluster, Fact, KubernetesSkill, Load, Network, Team,
};
use source::yaml::{Node, Value};
use source::{Finding, Span};
use units::Bytes;

use super::fields::{Fields, parse_at, text_of};
use super::keys::{ASSUME, DISCOUNTS, Holds, ROOT, Section};
use super::values::{
    ARCHITECTURES, CPU, MEMORY, NODES, ZONES, count, error, hourly, share, within,
};
use super::{calls, component, events};
use crate::findings::{BAD_VALUE, PATH_TWICE, TOO_MANY, WRONG_SHAPE};
use crate::{defaults, names};

/// Components of one application: more is a generator's slip, and the search is exact.
pub(super) const COMPONENTS_MAX: usize = 500;

/// Reads one document.
pub(super) fn read(document: &Node, name: &str, findings: &mut Vec<Finding>) -> App {
    let mut app = defaults::app(name);
    let Some(root) = Fields::open(document, &ROOT, "", findings) else { return app };
    root.parsed("version", findings, version);
    if let Some((name, _)) = root.parsed("name", findings, app_name) {
        app.name = name;
    }
    if let Some(region) = root.fact("region", findings, region) {
        app.region = region;
    }
    regions(&root, &mut app, findings);
    if let Some(fields) = section(&root, "availability", findings)
        && let Some(zones) = fields.fact("zones", findings, within(count, ZONES))
    {
        app.availability.zones = zones.map(|zones| zones as u8);
    }
    app.team = section(&root, "team", findings).and_then(|fields| team(&fields, findings));
    app.existing_cluster =
        section(&root, "existing_cluster", findings).map(|fields| cluster(&fields, findings));
    let networks = [("public", Network::Public), ("private", Network::Private)];
    if let Some((network, span)) = root.named("network", findings, &networks) {
        app.network = Fact::declared(network, span);
    }
    if let Some(free_tier) = root.flag("free_tier", findings) {
        app.free_tier = free_tier;
    }
    if let Some(spot) = root.flag("spot", findings) {
        app.spot = spot;
    }
    if let Some(fields) = section(&root, "discounts", findings) {
        app.discounts = discounts(&fields, findings);
    }
    if let Some(fields) = section(&root, "assume", findings) {
        app.assume = assume(&fields, findings);
    }
    if let Some(fields) = section(&root, "quotas", findings) {
        events::quotas(&fields, &mut app, findings);
    }
    root.require("components", findings);
    if let Some(node) = root.get("components") {
        components(node, &mut app, findings);
    }
    app
}

/// The fields of a mapping under a key whose section the table knows.
fn section<'a>(root: &Fields<'a>, key: &str, findings: &mut Vec<Finding>) -> Option<Fields<'a>> {
    let section: &'static Section = match ROOT.key(key)?.holds {
        Holds::Mapping(section) => section,
        _ => return None,
    };
    Fields::open(root.get(key)?, section, &root.path_of(key), findings)
}

/// What comes off the list price of each service, in the order of the table.
fn discounts(fields: &Fields<'_>, findings: &mut Vec<Finding>) -> Vec<Discount> {
    let mut discounts = Vec::new();
    for service in DISCOUNTS.names() {
        if let Some((share, span)) = fields.parsed(service, findings, share) {
            let hundredths = (share.get() * 10_000.0).round() as u32;
            let service = service.to_owned();
            discounts.push(Discount { service, hundredths, span: Some(span) });
        }
    }
    discounts
}

fn version(text: &str) -> Result<(), units::ParseError> {
    if text.trim() == "1" {
        return Ok(());
    }
    Err(error(
        format!("`{text}` is not a version of this format"),
        "write `version: 1`, or leave it out",
    ))
}

fn app_name(text: &str) -> Result<String, units::ParseError> {
    let name = text.trim();
    if name.is_empty() || name.chars().count() > 100 || name.chars().any(char::is_control) {
        return Err(error(
            format!("{} is no name", names::quoted(text)),
            "write a short name on one line",
        ));
    }
    Ok(name.to_owned())
}

/// Regions to compare; the first of them is the application's own where none is named.
fn regions(root: &Fields<'_>, app: &mut App, findings: &mut Vec<Finding>) {
    let path = root.path_of("regions");
    for item in root.items("regions") {
        let Some(text) = text_of(item, &path, "gcp/us-central1", findings) else { continue };
        let place = (path.as_str(), "gcp/us-central1");
        if let Some((region, span)) = parse_at(text, item, place, findings, region_or_all) {
            if app.regions.is_empty() && !region.ends_with("/*") && root.get("region").is_none() {
                app.region = Fact::declared(region.clone(), span);
            }
            app.regions.push(region);
        }
    }
}

/// A region, or all of a provider: `aws/*`.
///
/// # Errors
/// What is neither, with what to write instead.
pub fn region_or_all(text: &str) -> Result<String, units::ParseError> {
    match text.trim().strip_suffix("/*") {
        Some(provider) => region(&format!("{provider}/all")).map(|_| format!("{provider}/*")),
        None => region(text),
    }
}

/// `aws/us-east-1`; whether there are prices for it is the catalogue's to say.
fn region(text: &str) -> Result<String, units::ParseError> {
    let text = text.trim();
    let fine = |s: &str| {
        !s.is_empty()
            && s.len() <= 40
            && s.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
    };
    let providers = ["aws", "gcp", "azure", "hetzner", "cloudflare", "fly"];
    match text.split_once('/') {
        Some((provider, region)) if providers.contains(&provider) && fine(region) => {
            Ok(text.to_owned())
        }
        Some((provider, _)) if !providers.contains(&provider) => Err(error(
            format!("{} is not a provider", names::quoted(provider)),
            names::hint(provider, &providers),
        )),
        None if fine(text) => {
            let hint = format!("write the provider too: `aws/{text}`");
            Err(error(format!("`{text}` has no provider"), hint))
        }
        _ => {
            Err(error(format!("{} is not a region", names::quoted(text)), "write `aws/us-east-1`"))
        }
    }
}

fn team(fields: &Fields<'_>, findings: &mut Vec<Finding>) -> Option<Team> {
    fields.require("kubernetes", findings);
    fields.require("hourly", findings);
    let skills = [
        ("none", KubernetesSkill::None),
        ("some", KubernetesSkill::Some),
        ("expert", KubernetesSkill::Expert),
    ];
    let kubernetes = fields.named("kubernetes", findings, &skills);
    let hourly = fields.parsed("hourly", findings, hourly);
    let (Some((kubernetes, _)), Some((hourly, _))) = (kubernetes, hourly) else { return None };
    Some(Team { kubernetes, hourly, span: Some(fields.node.span) })
}

fn cluster(fields: &Fields<'_>, findings: &mut Vec<Finding>) -> ExistingCluster {
    let cpu = within(
        units::Millicores::parse,
        (units::Millicores::ZERO, units::Millicores::new(CPU.1.get() * 100)),
    );
    let memory = within(Bytes::parse, (Bytes::ZERO, Bytes::new(MEMORY.1.get() * 100)));
    ExistingCluster {
        spare_cpu: fields.fact("spare_cpu", findings, cpu).unwrap_or(Fact::Unknown),
        spare_memory: fields.fact("spare_memory", findings, memory).unwrap_or(Fact::Unknown),
        span: Some(fields.node.span),
    }
}

fn assume(fields: &Fields<'_>, findings: &mut Vec<Finding>) -> Assume {
    let mut none = |key: &str| fields.named(key, findings, &[("none", ())]).map(|((), span)| span);
    let mut assume = Assume {
        no_front_door: none("front_door"),
        no_load_balancer: none("load_balancer"),
        no_disks: none("disks"),
        no_public_ipv4: none("public_ipv4"),
        no_logs: none("logs"),
        no_egress: none("egress"),
        no_node_overhead: none("node_overhead"),
        ..Assume::default()
    };
    assume.node = fields.parsed("node", findings, node_type);
    assume.nodes =
        fields.parsed("nodes", findings, within(count, NODES)).map(|(n, span)| (n as u32, span));
    assume.architecture = fields.named("architecture", findings, &ARCHITECTURES);
    debug_assert_eq!(ASSUME.keys.len(), 10, "every key of the table is read above");
    assume
}

fn node_type(text: &str) -> Result<String, units::ParseError> {
    let text = text.trim();
    let fine = text.len() <= 40
        && text.contains(['.', '-', '_'])
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
    if fine {
        Ok(text.to_owned())
    } else {
        Err(error(
            format!("{} is not a node type", names::quoted(text)),
            "write one such as `t3a.small`",
        ))
    }
}

/// Reads every component; a bad one never takes the others with it.
fn components(node: &Node, app: &mut App, findings: &mut Vec<Finding>) {
    if !matches!(node.value, Value::Mapping(_)) {
        let message = format!(
            "components: {} stands where components by their ids are expected",
            node.what()
        );
        let finding = node.mark(Finding::error(WRONG_SHAPE, message));
        findings.push(finding.hint("write `components: { api: { kind: http, … } }`"));
        return;
    }
    if node.entries().is_empty() {
        let finding = node.mark(Finding::error(BAD_VALUE, "components: there is none"));
        findings.push(finding.hint("write at least one, such as `api: { kind: http, … }`"));
    }
    let mut declared: Vec<(String, Option<&Node>)> = Vec::new();
    for (key, value) in node.entries() {
        if key.text().is_some_and(|name| name.starts_with("x-")) {
            continue;
        }
        if app.components.len() == COMPONENTS_MAX {
            let message = format!("components: more than {COMPONENTS_MAX}; the rest is not read");
            findings.push(
                key.mark(Finding::error(TOO_MANY, message)).hint("plan them in several files"),
            );
            break;
        }
        let Some(id) = component::id(key, findings) else { continue };
        let component = component::read(&id, key.span, value, findings);
        declared.push((id, value.get("calls")));
        app.components.extend(component);
    }
    app.components.sort_by(|a, b| a.id.cmp(&b.id));
    app.edges = calls::read(&declared, &app.components, findings);
    settle_loads(app);
    settle_paths(&mut app.components, findings);
}

/// A component that says nothing of its load takes it from the log or from its callers.
fn settle_loads(app: &mut App) {
    for component in &mut app.components {
        let called = app.edges.iter().any(|edge| edge.to == component.id);
        if component.load == Load::Unknown {
            if !component.paths.is_empty() {
                component.load = Load::Routed;
            } else if called {
                component.load = Load::Derived;
            }
        }
        if component.load == Load::Derived && !component.public.is_known() {
            component.public = defaults::internal();
        }
    }
}

/// Two claims on one prefix are an error: the log could be split either way.
fn settle_paths(components: &mut [Component], findings: &mut Vec<Finding>) {
    let mut claimed: BTreeMap<String, (String, Option<Span>)> = BTreeMap::new();
    for component in components.iter_mut() {
        let (id, span) = (component.id.clone(), component.span);
        component.paths.retain(|path| {
            // `/api`, `/api/` and `/api/*` are the same prefix.
            let prefix = path.trim_end_matches(['/', '*']).to_owned();
            let Some((other, first)) = claimed.get(&prefix).filter(|(other, _)| *other != id)
            else {
                claimed.insert(prefix, (id.clone(), span));
                return true;
            };
            let message = format!("`{path}` belongs to both `{other}` and `{id}`");
            let mut finding = Finding::error(PATH_TWICE, message)
                .hint("give each component `paths` of its own; the longest match wins");
            for (span, text) in [(span, "left out here"), (*first, "kept here")] {
                if let Some(span) = span {
                    finding = finding.labelled(span, text);
                }
            }
            findings.push(finding);
            false
        });
    }
}
