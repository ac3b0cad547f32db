//! What functions cost a month.
//!
//! Tiers count over everything of one architecture, allowances over both. Free requests come off the sum of
//! all requests, free GB-seconds only off what ran on demand (AWS Lambda pricing page, provisioned
//! concurrency).

use catalog::Missing;
use model::{Architecture, Invoice, Package, PlatformId};
use units::{Duration, Quantity};

use crate::billing::{GB, GB_SECOND_MB_MS, Lines, Use};
use crate::case::{Member, Site};
use crate::front_door::{self, Targets};
use crate::usage::{FunctionUsage, Usage};
use model::{FunctionSettings, Settings, Workflow};

const ID: PlatformId = PlatformId("aws/lambda");
const SERVICE: &str = "aws/lambda";
const LIMITS: &str = "aws-lambda";
/// State machines.
const STATES: &str = "aws/step-functions";
/// MB·ms of a billed GB-hour.
const GB_HOUR_MB_MS: u128 = GB_SECOND_MB_MS * 3600;
/// MB of a billed GB.
const GB_MB: u128 = 1024;

/// One function with what it is configured for and what it used.
struct Function<'a> {
    member: Member<'a>,
    settings: &'a FunctionSettings,
    usage: &'a FunctionUsage,
}

/// The bill of all functions placed on Lambda together.
pub fn bill(members: &[Member<'_>], site: &Site<'_>) -> Result<Invoice, Missing> {
    let mut lines = Lines::new(ID, site);
    let functions: Vec<Function<'_>> = members.iter().filter_map(Function::of).collect();
    requests(&mut lines, &functions)?;
    on_demand(&mut lines, &functions)?;
    for function in &functions {
        provisioned(&mut lines, function)?;
        snapshots(&mut lines, function)?;
        let scratch = Quantity::new(function.usage.scratch_mb_ms, GB_SECOND_MB_MS);
        lines.add(SERVICE, "ephemeral_storage", "scratch disk", Some(function.id()), scratch)?;
    }
    workflows(&mut lines, &functions)?;
    front_door::bill(&mut lines, members, Targets::Functions)?;
    Ok(lines.finish())
}

/// Requests of both architectures, less the free ones.
fn requests(lines: &mut Lines<'_>, functions: &[Function<'_>]) -> Result<(), Missing> {
    let free = lines.allowance(SERVICE, "free_requests", 1);
    let count = |f: &Function<'_>| vec![f.used("function requests", f.usage.requests.into())];
    by_architecture(lines, functions, ["requests", "requests_arm"], (1, free), count)
}

/// Run time and initialisation on demand, less the free GB-seconds.
fn on_demand(lines: &mut Lines<'_>, functions: &[Function<'_>]) -> Result<(), Missing> {
    let prices = lines.site().prices;
    let init_zip = prices.limit(LIMITS, "billing.init")?.flag() == Some(true);
    let init_image = prices.limit(LIMITS, "billing.init_image")?.flag() == Some(true);
    let free = lines.allowance(SERVICE, "free_duration", GB_SECOND_MB_MS);
    let count = |f: &Function<'_>| {
        let usage = f.usage;
        let run = usage.run_mb_ms.saturating_sub(usage.provisioned_run_mb_ms);
        let name = f.settings.architecture.spoken();
        let mut uses = vec![f.used(&format!("function run time on {name}"), run)];
        if if f.is_image() { init_image } else { init_zip } {
            uses.push(f.used(&format!("function starts on {name}"), usage.init_mb_ms));
        }
        uses
    };
    let dimensions = ["duration_x86", "duration_arm"];
    by_architecture(lines, functions, dimensions, (GB_SECOND_MB_MS, free), count)
}

/// Takes a shared allowance off the uses of both architectures, then bills each through its own tiers.
/// `metering` is (small units of a priced unit, allowance in small units).
fn by_architecture(
    lines: &mut Lines<'_>,
    functions: &[Function<'_>],
    dimensions: [&str; 2],
    metering: (u128, u128),
    uses: impl Fn(&Function<'_>) -> Vec<Use>,
) -> Result<(), Missing> {
    let (per_unit, free) = metering;
    let (mut all, mut at) = (Vec::new(), Vec::new());
    for function in functions {
        for used in uses(function) {
            all.push(used);
            at.push(function.settings.architecture);
        }
    }
    let billed = Lines::above(&all, free);
    for (architecture, dimension) in
        [Architecture::X86, Architecture::Arm].into_iter().zip(dimensions)
    {
        let mine = billed.iter().zip(&at).filter(|(_, a)| **a == architecture);
        let mine: Vec<Use> = mine.map(|(used, _)| used.clone()).collect();
        lines.tiered(SERVICE, dimension, per_unit, &mine)?;
    }
    Ok(())
}

/// Environments kept warm, and what ran on them.
fn provisioned(lines: &mut Lines<'_>, function: &Function<'_>) -> Result<(), Missing> {
    let architecture = function.settings.architecture;
    let (name, spoken) = (architecture.name(), architecture.spoken());
    let (kept, ran) = (function.usage.provisioned_mb_ms, function.usage.provisioned_run_mb_ms);
    for (dimension, item, mb_ms) in [
        ("provisioned_concurrency", "provisioned concurrency", kept),
        ("provisioned_duration", "provisioned run time", ran),
    ] {
        let quantity = Quantity::new(mb_ms, GB_SECOND_MB_MS);
        let dimension = format!("{dimension}_{name}");
        let item = format!("{item} on {spoken}");
        lines.add(SERVICE, &dimension, item, Some(function.id()), quantity)?;
    }
    Ok(())
}

/// Snapshots kept and restored; free for some languages.
fn snapshots(lines: &mut Lines<'_>, function: &Function<'_>) -> Result<(), Missing> {
    let usage = function.usage;
    if !function.settings.snap_start || usage.snapshot_mb_ms + usage.restored_mb == 0 {
        return Ok(());
    }
    let free = lines.site().prices.limit(LIMITS, "snapstart.free_runtimes")?;
    let runtime = function.member.component.runtime.value().map_or("", |r| r.0.as_str());
    if let catalog::LimitValue::Text(languages) = &free.value
        && languages.split(' ').any(|language| runtime.starts_with(language))
    {
        return Ok(());
    }
    let kept = Quantity::new(usage.snapshot_mb_ms, GB_SECOND_MB_MS);
    lines.add(SERVICE, "snapstart_cache", "snapshot kept", Some(function.id()), kept)?;
    let restored = Quantity::new(usage.restored_mb, GB_MB);
    lines.add(SERVICE, "snapstart_restore", "snapshot restores", Some(function.id()), restored)
}

/// What carries runs from step to step.
fn workflows(lines: &mut Lines<'_>, functions: &[Function<'_>]) -> Result<(), Missing> {
    let month_ms = u128::from(Duration::MONTH.millis_ceil());
    for function in functions {
        let (steps, id) = (&function.usage.steps, Some(function.id()));
        let operations = Quantity::whole(steps.operations.into());
        lines.add(SERVICE, "durable_operation", "durable operations", id, operations)?;
        let written = Quantity::new(steps.written_bytes, GB);
        lines.add(SERVICE, "durable_data_written", "durable data written", id, written)?;
        let kept = Quantity::new(steps.kept_byte_ms, GB * month_ms);
        lines.add(SERVICE, "durable_data_retained", "durable data kept", id, kept)?;
    }
    let uses = |item: &str, count: &dyn Fn(&Function<'_>) -> u128| -> Vec<Use> {
        functions.iter().map(|f| f.used(item, count(f))).collect()
    };
    let free = lines.allowance(STATES, "free_transitions", 1);
    let transitions = uses("state transitions", &|f| f.usage.steps.transitions.into());
    lines.tiered(STATES, "standard_transition", 1, &Lines::above(&transitions, free))?;
    let express = |f: &Function<'_>| f.settings.workflow == Some(Workflow::Express);
    let runs = |f: &Function<'_>| if express(f) { f.usage.steps.runs.into() } else { 0 };
    lines.tiered(STATES, "express_request", 1, &uses("Express runs", &runs))?;
    let time = uses("Express duration", &|f| f.usage.steps.express_mb_ms);
    lines.tiered(STATES, "express_duration", GB_HOUR_MB_MS, &time)
}

impl<'a> Function<'a> {
    fn of(member: &Member<'a>) -> Option<Self> {
        match (&member.configuration.settings, &member.evaluation.usage) {
            (Settings::Function(settings), Usage::Function(usage)) => {
                Some(Self { member: *member, settings, usage })
            }
            _ => None,
        }
    }
    fn id(&self) -> &str {
        &self.member.component.id
    }
    fn used(&self, item: &str, count: u128) -> Use {
        Use::of(&self.member.component.id, item, count)
    }
    fn is_image(&self) -> bool {
        self.member.component.artifact.package.get() == Some(Package::Image)
    }
}

#[cfg(test)]
mod tests {
    use model::{Fact, Runtime};
    use units::Bytes;

    use super::*;
    use crate::billing_scene::{Scene, component, dollars, known};
    use crate::usage::Flow;
    use model::FrontDoor;

    fn settings(architecture: Architecture) -> FunctionSettings {
        FunctionSettings {
            memory: Bytes::from_mib(512),
            architecture,
            front_door: FrontDoor::None,
            provisioned: 0,
            warm_hours: None,
            snap_start: false,
            workflow: None,
            scratch: Bytes::from_mib(512),
        }
    }

    /// The article's function: 512 MB, 300 ms.
    fn article(requests: u64) -> FunctionUsage {
        let run_mb_ms = u128::from(requests) * 512 * 300;
        FunctionUsage { requests, run_mb_ms, ..FunctionUsage::default() }
    }

    fn total(scene: &Scene) -> String {
        dollars(bill(&scene.members(), &scene.site()).unwrap().total())
    }

    #[test]
    fn the_article_is_reproduced_then_and_now() {
        for day in ["2019-12-31", "2026-11-23"] {
            for (requests, expected) in [(3_000_000, "8.10"), (90_000_000, "243.00")] {
                let mut scene = Scene::new(day);
                let settings = Settings::Function(settings(Architecture::X86));
                scene.place(component("api"), settings, Usage::Function(article(requests)));
                assert_eq!(total(&scene), expected, "{requests} on {day}");
            }
        }
    }

    #[test]
    fn tiers_pool_by_architecture_and_free_units_by_account() {
        let mut scene = Scene::new("2026-11-23");
        scene.free_tier();
        // 450,000 GB-s and 3 M requests on each architecture.
        for (id, architecture) in [("a", Architecture::X86), ("b", Architecture::Arm)] {
            let settings = Settings::Function(settings(architecture));
            scene.place(component(id), settings, Usage::Function(article(3_000_000)));
        }
        // (900,000 - 400,000) GB-s, half of them on each; 5 M requests at 0.20.
        let expected = 250_000.0 * (0.000_016_666_7 + 0.000_013_333_4) + 5.0 * 0.2;
        assert_eq!(total(&scene), format!("{expected:.2}"));
        let invoice = bill(&scene.members(), &scene.site()).unwrap();
        assert!(invoice.of_component("a") > invoice.of_component("b"));
        assert_eq!(invoice.of_component("a") + invoice.of_component("b"), invoice.total());
    }

    #[test]
    fn initialisation_is_billed_from_its_day_on_or_always_for_images() {
        let usage = FunctionUsage { init_mb_ms: 1024 * 1000 * 100_000, ..article(0) };
        for (day, package, expected) in [
            ("2025-07-31", Fact::Unknown, "0.00"),
            ("2025-08-01", Fact::Unknown, "1.67"),
            ("2025-07-31", known(Package::Image), "1.67"),
        ] {
            let mut scene = Scene::new(day);
            let mut function = component("api");
            function.artifact.package = package;
            let settings = Settings::Function(settings(Architecture::X86));
            scene.place(function, settings, Usage::Function(usage));
            assert_eq!(total(&scene), expected, "{day}");
        }
    }

    #[test]
    fn free_gb_seconds_do_not_reach_provisioned_environments() {
        let mut scene = Scene::new("2026-11-23");
        scene.free_tier();
        let gb_s = |n: u128| n * GB_SECOND_MB_MS;
        let usage = FunctionUsage {
            requests: 500_000,
            run_mb_ms: gb_s(300_000),
            provisioned_run_mb_ms: gb_s(100_000),
            provisioned_mb_ms: gb_s(1_000_000),
            ..FunctionUsage::default()
        };
        let settings = Settings::Function(settings(Architecture::X86));
        scene.place(component("api"), settings, Usage::Function(usage));
        // Requests and 200,000 GB-s on demand are free; the provisioned part is not.
        assert_eq!(total(&scene), "5.14");
    }

    #[test]
    fn snapshots_cost_nothing_for_java() {
        for (runtime, expected) in [("java21", "0.00"), ("python3.13", "14.43")] {
            let mut scene = Scene::new("2026-11-23");
            let mut function = component("api");
            function.runtime = known(Runtime(runtime.to_owned()));
            let usage = FunctionUsage {
                snapshot_mb_ms: 1024 * 2_678_400_000,
                restored_mb: 74_400 * 1024,
                ..FunctionUsage::default()
            };
            let settings = FunctionSettings { snap_start: true, ..settings(Architecture::X86) };
            scene.place(function, Settings::Function(settings), Usage::Function(usage));
            assert_eq!(total(&scene), expected, "{runtime}");
        }
    }

    #[test]
    fn a_queue_and_a_gateway_stand_on_the_bill() {
        let mut scene = Scene::new("2026-11-23");
        for (id, front_door) in [("api", FrontDoor::HttpApi), ("jobs", FrontDoor::Queue)] {
            let settings = FunctionSettings { front_door, ..settings(Architecture::X86) };
            let flow = Flow { requests: 1_000_000, ..Flow::default() };
            let usage = FunctionUsage { flow, ..FunctionUsage::default() };
            scene.place(component(id), Settings::Function(settings), Usage::Function(usage));
        }
        let invoice = bill(&scene.members(), &scene.site()).unwrap();
        assert_eq!(dollars(invoice.of_component("api")), "1.00");
        assert_eq!(dollars(invoice.of_component("jobs")), "1.20");
    }
}
