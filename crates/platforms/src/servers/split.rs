//! Servers for the steady part of a load: one a zone, as large as its CPU and what it takes at once ask for.

use catalog::Missing;
use model::{Beside, Configuration, ServerSettings, Settings, Spill};
use units::{Bytes, Millicores};

use super::fit::{self, Requirement};
use super::{load, options, plan, world};
use crate::case::Case;
use crate::split::{FILLED, Held, Steady};

/// The servers that hold it, few requests at once on each or more.
pub(super) fn steady(case: &Case<'_>, steady: &Steady<'_>) -> Result<Vec<Held>, Missing> {
    if !options::architectures(case.component).contains(&steady.architecture) {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for level in steady.levels {
        let track = load::below(case.component, case.workload, *level);
        let fleet = Fleet { case, steady, track };
        // As large as the CPU asks for; how many requests it takes at once follows, and their memory from that.
        let Some(bare) = fleet.taking(1)? else { continue };
        let at_once = steady.in_flight(bare.cpus / f64::from(options::zones(case)));
        for filled in FILLED {
            found.extend(fleet.taking((at_once * filled).ceil().max(1.0) as u32)?);
        }
    }
    Ok(found)
}

/// Servers that are to carry a part of the load.
struct Fleet<'a, 'c> {
    case: &'a Case<'c>,
    steady: &'a Steady<'a>,
    track: load::Track,
}

impl Fleet<'_, '_> {
    /// One server a zone, each of which takes so many requests at once; `None` where no type holds that.
    fn taking(&self, in_flight: u32) -> Result<Option<Held>, Missing> {
        let (case, component) = (self.case, self.case.component);
        let (architecture, to) = (self.steady.architecture, self.steady.to);
        let copies = options::zones(case);
        let front_door = options::front_door(case, copies);
        let spill = Spill { in_flight, proxy: Beside::default(), to: Box::new(to.clone()) };
        let mut settings = ServerSettings {
            cpu: Millicores::ZERO,
            memory: Bytes::ZERO,
            architecture,
            front_door,
            copies,
            min: copies,
            volume: Bytes::ZERO,
            spill: Some(spill),
        };
        let each = component.concurrency.get().unwrap_or(1).max(1);
        let processes = world::door(case, &settings).room.div_ceil(each).max(1);
        settings.memory = component.memory.get().unwrap_or(Bytes::ZERO) * u64::from(processes);
        let need = Requirement {
            cpu: Millicores::ZERO,
            memory: settings.memory,
            peak: self.track.peak.iter().map(|p| p.div_ceil(copies)).collect(),
            mean: self.track.mean.iter().map(|m| m.div_ceil(copies)).collect(),
            step: self.track.step,
            server_millis: u64::from(copies) * 1000,
        };
        let site = case.site();
        let Some(fit) = fit::cheapest(&need, architecture, &site)? else { return Ok(None) };
        settings.cpu = fit.instance.cpu;
        let mut cost = fit.cost_month + plan::extra_per_server(&site)? * u64::from(copies);
        cost += options::balancer(case, front_door)?;
        let label = options::label(&settings, &fit.instance.name);
        let cpus = settings.cpu.vcpu_f64() * f64::from(copies);
        let (platform, settings) = (site.cloud().servers, Settings::Server(settings));
        let configuration = Configuration { platform, settings, label };
        Ok(Some(Held { cost, cpus, configuration }))
    }
}
