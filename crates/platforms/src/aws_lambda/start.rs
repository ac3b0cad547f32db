//! How long a new environment takes before it serves.

use catalog::Missing;
use model::{Component, Package};
use sim::function_pool::ColdStart;
use units::{Duration, Random};

use super::quotas::Quotas;
use crate::case::Site;
use model::FunctionSettings;

/// The table's platform for environments restored from a snapshot.
const SNAP_START: &str = "aws-lambda-snapstart";
/// Whose cold start is used where neither the runtime nor its initialisation is known: the most common one.
const USUAL_RUNTIME: &str = "nodejs";
/// Memory at which the table's first-call penalty was measured, in MB.
const FIRST_CALL_MB: f64 = 1024.0;

/// The law of a component's cold starts at one configuration.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct StartLaw {
    placement: (Duration, Duration),
    init: Init,
    first_call: Duration,
    init_max: Duration,
}

/// Initialisation: declared, or by its measured percentiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Init {
    Declared(Duration),
    Measured { p50: Duration, p95: Duration, p99: Duration },
}

impl StartLaw {
    pub(super) fn new(
        site: &Site<'_>,
        component: &Component,
        settings: &FunctionSettings,
        quotas: &Quotas,
    ) -> Result<Self, Missing> {
        let arm = settings.architecture == model::Architecture::Arm;
        let row = if settings.snap_start {
            snapshot(site, component)
        } else {
            table(site, component, arm)
        };
        let row = row.ok_or_else(|| Missing {
            what: format!("cold start on Lambda of the runtime of `{}`", component.id),
            hint: "declare `start: { init: … }` for it".to_owned(),
        })?;
        // The penalty is CPU work: it shrinks with memory until one vCPU is there.
        let memory_mb = settings.memory.mib_f64().min(quotas.mb_per_vcpu);
        let declared = component.start.init.get().filter(|_| !settings.snap_start);
        Ok(Self {
            placement: quotas.placement,
            init: declared.map_or(
                Init::Measured { p50: row.init_p50, p95: row.init_p95, p99: row.init_p99 },
                Init::Declared,
            ),
            first_call: row.first_call.times_f64(FIRST_CALL_MB / memory_mb),
            init_max: quotas.init_max,
        })
    }

    /// One cold start.
    pub(super) fn draw(&self, random: &mut Random) -> ColdStart {
        let (low, high) = self.placement;
        self.start(random.between(low, high), self.init.quantile(random.uniform()))
    }

    /// `n` equally likely cold starts, ascending.
    pub(super) fn points(&self, n: u32) -> impl Iterator<Item = ColdStart> + '_ {
        let (low, high) = self.placement;
        let width = high.saturating_sub(low);
        (0..n).map(move |i| {
            let u = (f64::from(i) + 0.5) / f64::from(n);
            self.start(low + width.times_f64(u), self.init.quantile(u))
        })
    }

    /// An initialisation above the limit is cut off there and runs again inside the first call.
    fn start(&self, placement: Duration, init: Duration) -> ColdStart {
        if init <= self.init_max {
            return ColdStart { placement, init, first_call: self.first_call };
        }
        ColdStart { placement, init: self.init_max, first_call: self.first_call + init }
    }
}

impl Init {
    /// Straight lines through the measured percentiles. Below the median it falls off half as far as it rises
    /// to the 95th; beyond the 99th it rises as far again as from the 95th.
    fn quantile(self, u: f64) -> Duration {
        let (p50, p95, p99) = match self {
            Self::Declared(init) => return init,
            Self::Measured { p50, p95, p99 } => (p50, p95, p99.max(p95)),
        };
        let lowest = p50.saturating_sub(p95.saturating_sub(p50) / 2).max(p50 / 2);
        let highest = p99 + p99.saturating_sub(p95);
        let (from, to, at) = match u {
            u if u < 0.5 => (lowest, p50, u / 0.5),
            u if u < 0.95 => (p50, p95, (u - 0.5) / 0.45),
            u if u < 0.99 => (p95, p99, (u - 0.95) / 0.04),
            u => (p99, highest, (u - 0.99) / 0.01),
        };
        from + to.saturating_sub(from).times_f64(at)
    }
}

/// Whether the code is shipped as an image.
pub(super) fn is_image(component: &Component) -> bool {
    component.artifact.package.get() == Some(Package::Image)
}

/// The restore from a snapshot, if it is measured for the component's runtime.
pub(super) fn snapshot(site: &Site<'_>, component: &Component) -> Option<catalog::ColdStart> {
    let runtime = component.runtime.value()?;
    site.prices.cold_start(SNAP_START, &runtime.0, false, false)
}

/// The measured start of the component's runtime; of the usual runtime where it is unknown or not measured.
pub(super) fn table(
    site: &Site<'_>,
    component: &Component,
    arm: bool,
) -> Option<catalog::ColdStart> {
    let row = |runtime: &str| {
        site.prices.cold_start(super::quotas::LAMBDA, runtime, arm, is_image(component))
    };
    let runtime = component.runtime.value().map_or("", |runtime| runtime.0.as_str());
    row(runtime).or_else(|| row(USUAL_RUNTIME))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn law(init: Init) -> StartLaw {
        let ms = Duration::from_millis;
        StartLaw {
            placement: (ms(60), ms(110)),
            init,
            first_call: ms(5),
            init_max: Duration::from_secs(10),
        }
    }

    #[test]
    fn measured_percentiles_come_back() {
        let ms = Duration::from_millis;
        let init = Init::Measured { p50: ms(134), p95: ms(162), p99: ms(180) };
        for (u, expected) in [(0.5, 134), (0.95, 162), (0.99, 180), (0.0, 120), (1.0, 198)] {
            assert_eq!(init.quantile(u), ms(expected), "{u}");
        }
        let law = law(init);
        let mut random = units::Seed(1).stream("f", "start");
        let drawn: Vec<ColdStart> = (0..20_000).map(|_| law.draw(&mut random)).collect();
        let mean = |starts: &[ColdStart]| {
            let sum: u64 = starts.iter().map(|s| (s.placement + s.init).nanos()).sum();
            sum as f64 / starts.len() as f64
        };
        let points: Vec<ColdStart> = law.points(40).collect();
        assert!((mean(&drawn) / mean(&points) - 1.0).abs() < 0.005);
    }

    #[test]
    fn an_initialisation_beyond_the_limit_runs_again_in_the_first_call() {
        let law = law(Init::Declared(Duration::from_secs(12)));
        let start = law.points(1).next().unwrap();
        assert_eq!(start.init, Duration::from_secs(10));
        assert_eq!(start.first_call, Duration::from_millis(12_005));
    }
}
