//! The work of one request: `duration`, `cpu`, `wait`.

use model::{Component, Demand, Distribution, Fact, Kind, Load};
use source::Finding;
use source::yaml::{Node, Value};
use units::{Bytes, Duration};

use super::fields::{Fields, parse_at, text_of};
use super::keys::DISTRIBUTION;
use super::values::{WAIT, WORK, within};
use crate::findings::{CONTRADICTION, NO_DEMAND, NO_EFFECT};
use crate::{defaults, demand};

/// Reads what is declared and completes it.
pub(super) fn read(
    fields: &Fields<'_>,
    component: &Component,
    findings: &mut Vec<Finding>,
) -> Demand {
    let mut time = |key, range| {
        let path = fields.path_of(key);
        fields.get(key).and_then(|node| distribution(node, &path, range, findings))
    };
    let (duration, cpu, wait) = (time("duration", WORK), time("cpu", WORK), time("wait", WAIT));
    let memory = component.memory.get().unwrap_or(Bytes::from_gib(1));
    let known = |cpu, wait| Demand { cpu, wait, duration: None };
    match (duration, cpu, wait) {
        (None, None, None) => {
            missing(fields, component, findings);
            known(Fact::Unknown, Fact::Unknown)
        }
        (None, Some(cpu), None) => known(cpu, defaults::wait_beside_cpu()),
        (None, None, Some(wait)) => known(defaults::cpu_beside_wait(), wait),
        (None, Some(cpu), Some(wait)) => known(cpu, wait),
        (Some(duration), None, None) => demand::from_duration(duration, memory),
        (Some(duration), Some(cpu), None) => {
            let wait = match cpu.value().map(|value| demand::wait_from(&duration, value, memory)) {
                Some(Ok(wait)) => wait,
                Some(Err(alone)) => {
                    let message = format!(
                        "{}: the CPU time alone takes {alone} at {memory}, longer than the whole",
                        fields.path_of("duration")
                    );
                    findings.push(
                        Finding::error(CONTRADICTION, message)
                            .labelled(fields.span("duration"), "the whole")
                            .labelled(fields.span("cpu"), "on one whole vCPU")
                            .hint("give `cpu` and `wait`, and leave `duration` out"),
                    );
                    defaults::wait_beside_cpu()
                }
                None => Fact::Unknown,
            };
            known(cpu, wait)
        }
        (Some(duration), None, Some(wait)) => {
            let cpu = wait.value().and_then(|value| demand::cpu_from(&duration, value, memory));
            if cpu.is_none() {
                let message = format!(
                    "{}: waiting alone takes as long as the whole",
                    fields.path_of("duration")
                );
                findings.push(
                    Finding::error(CONTRADICTION, message)
                        .labelled(fields.span("duration"), "the whole")
                        .labelled(fields.span("wait"), "a part of it")
                        .hint("give `cpu` and `wait`, and leave `duration` out"),
                );
            }
            known(cpu.unwrap_or_else(defaults::cpu_beside_wait), wait)
        }
        (Some(_), Some(cpu), Some(wait)) => {
            let message = format!(
                "`{}` changes nothing: `cpu` and `wait` say it all",
                fields.path_of("duration")
            );
            let finding = Finding::warning(NO_EFFECT, message).at(fields.span("duration"));
            findings.push(finding.hint("leave one of the three out"));
            known(cpu, wait)
        }
    }
}

/// `300 ms`, or `{ p50: 120 ms, p99: 900 ms }`.
fn distribution(
    node: &Node,
    path: &str,
    range: (Duration, Duration),
    findings: &mut Vec<Finding>,
) -> Option<Fact<Distribution>> {
    if !matches!(node.value, Value::Mapping(_)) {
        let text = text_of(node, path, "300 ms", findings)?;
        let (value, span) =
            parse_at(text, node, (path, "300 ms"), findings, within(Duration::parse, range))?;
        return Some(Fact::declared(Distribution::Constant(value), span));
    }
    let fields = Fields::open(node, &DISTRIBUTION, path, findings)?;
    fields.require("p50", findings);
    fields.require("p99", findings);
    // A log-normal has no zero median.
    let p50 = fields.parsed("p50", findings, within(Duration::parse, (WORK.0, range.1)));
    let p99 = fields.parsed("p99", findings, within(Duration::parse, (WORK.0, range.1)));
    let ((p50, at50), (p99, at99)) = (p50?, p99?);
    if p99 < p50 {
        let message = format!("{path}: p99 is {p99}, less than the median of {p50}");
        findings.push(
            Finding::error(CONTRADICTION, message)
                .labelled(at99, "p99")
                .labelled(at50, "p50")
                .hint("p50 is the middle and p99 the slow end: swap them"),
        );
        return None;
    }
    let value =
        if p50 == p99 { Distribution::Constant(p50) } else { Distribution::LogNormal { p50, p99 } };
    Some(Fact::declared(value, node.span))
}

/// No default would be fair. A recording may bring the durations, so then nothing is said yet.
fn missing(fields: &Fields<'_>, component: &Component, findings: &mut Vec<Finding>) {
    let known = fields.node.get("kind").and_then(Node::text);
    let known = known.is_some_and(|name| Kind::ALL.iter().any(|(kind, _)| *kind == name));
    let works = known && !matches!(component.kind, Kind::Stateful | Kind::Static);
    let recorded =
        matches!(component.load, Load::Trace { .. } | Load::Routed) || !component.paths.is_empty();
    let declared = ["duration", "cpu", "wait"].into_iter().any(|key| fields.has(key));
    if works && !recorded && !declared {
        let message = format!("`{}` does not say how much work a request is", component.id);
        let finding =
            Finding::warning(NO_DEMAND, message).at(component.span.unwrap_or(fields.node.span));
        findings.push(
            finding.hint(
                "write `cpu: 40 ms` and `wait: 60 ms`, or `duration: 100 ms` for both together",
            ),
        );
    }
}
