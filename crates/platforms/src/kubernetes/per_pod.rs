//! Pods that are billed one by one, on nodes that nobody sees: Autopilot by what they request, Fargate by fixed sizes.

use catalog::{LimitValue, Missing};
use model::Architecture;
use units::{Bytes, Duration, Millicores, Quantity};

use super::flavours::{Flavour, PodRows};
use crate::aws_fargate::sizes;
use crate::billing::{GB, Lines};
use crate::case::{Member, Site};
use crate::usage::Usage;
use model::Settings;

/// Milliseconds of an hour.
const HOUR_MS: u128 = 3_600_000;

/// CPU and memory lines of every member's pods.
pub(super) fn bill(
    lines: &mut Lines<'_>,
    members: &[Member<'_>],
    flavour: &Flavour,
    rows: PodRows,
) -> Result<(), Missing> {
    for member in members {
        let (Settings::Pod(settings), Usage::Pod(usage)) =
            (&member.configuration.settings, &member.evaluation.usage)
        else {
            continue;
        };
        let counts = &usage.replicas.counts;
        let cycle = u128::from(counts.iter().map(|&n| u64::from(n)).sum::<u64>());
        let month = u128::from(Duration::MONTH.millis_ceil());
        let pod_ms = cycle * month / counts.len().max(1) as u128;
        let site = lines.site();
        let (cpu, memory) = billed(site, flavour, rows, settings.scheduled(member.component))?;
        let id = member.component.id.as_str();
        let vcpu_hours = Quantity::new(pod_ms * u128::from(cpu.get()), HOUR_MS * 1000);
        let gb_hours = Quantity::new(pod_ms * u128::from(memory.get()), HOUR_MS * GB);
        let (of_cpu, of_memory) = match rows {
            PodRows::Requests { cpu, memory } => (cpu, memory),
            PodRows::Fargate => (("aws/fargate", "vcpu_x86"), ("aws/fargate", "memory_x86")),
        };
        lines.add(of_cpu.0, of_cpu.1, "pods, vCPU", Some(id), vcpu_hours)?;
        lines.add(of_memory.0, of_memory.1, "pods, memory", Some(id), gb_hours)?;
    }
    Ok(())
}

/// What is billed for one pod: its requests within the provider's bounds, or the smallest size that holds them.
pub(super) fn billed(
    site: &Site<'_>,
    flavour: &Flavour,
    rows: PodRows,
    (cpu, memory): (Millicores, Bytes),
) -> Result<(Millicores, Bytes), Missing> {
    let number = |id: &str| site.prices.limit_number(flavour.rows, id);
    match rows {
        PodRows::Fargate => {
            let over = site.prices.limit_number("aws-fargate", "eks.pod_overhead")?;
            let wanted = memory + Bytes::from_mib(over as u64);
            let size = sizes::smallest(site.prices, cpu, wanted)?;
            size.ok_or_else(|| Missing {
                what: format!("Fargate size for a pod of {}m and {memory}", cpu.get()),
                hint: "it is larger than the largest".to_owned(),
            })
        }
        PodRows::Requests { .. } => {
            let gib = |id: &str| number(id).map(|n| n * f64::from(1 << 30));
            let least = Millicores::new(number("pod.cpu_min")? as u64);
            let lowest = Bytes::from_mib(number("pod.memory_min")? as u64);
            let (mut cpu, mut memory) = (cpu.max(least), memory.max(lowest));
            let (low, high) = (gib("pod.memory_per_vcpu_min")?, gib("pod.memory_per_vcpu_max")?);
            // Outside the ratio, whichever is too small is raised.
            memory = memory.max(Bytes::new((cpu.vcpu_f64() * low) as u64));
            let needed = memory.get() as f64 / high * 1000.0;
            cpu = cpu.max(Millicores::new(needed.ceil() as u64));
            Ok((cpu, memory))
        }
    }
}

/// The largest pod.
pub(super) fn largest(
    site: &Site<'_>,
    flavour: &Flavour,
    rows: PodRows,
) -> Result<(Millicores, Bytes), Missing> {
    match rows {
        PodRows::Fargate => sizes::largest(site.prices),
        PodRows::Requests { .. } => {
            let number = |id: &str| site.prices.limit_number(flavour.rows, id);
            let cpu = Millicores::new((number("pod.cpu_max")? * 1000.0) as u64);
            Ok((cpu, Bytes::from_gib(number("pod.memory_max")? as u64)))
        }
    }
}

/// How long a Fargate pod takes to start, as the middle of what is said.
pub(super) fn fargate_start(site: &Site<'_>) -> Result<Duration, Missing> {
    let row = site.prices.limit("aws-fargate", "task_start")?;
    let seconds = match row.value {
        LimitValue::Range(low, high) => f64::midpoint(low, high),
        _ => site.prices.limit_number("aws-fargate", "task_start")?,
    };
    Ok(Duration::from_secs_f64(seconds))
}

/// Architectures whose pods have a price.
pub(super) const ARCHITECTURES: [Architecture; 1] = [Architecture::X86];
