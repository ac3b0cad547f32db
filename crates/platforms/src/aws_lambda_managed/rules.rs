//! How Managed Instances scale and what they hold, each number from its catalogue row.

use catalog::{LimitValue, Missing, Prices};
use model::Component;
use units::{Bytes, Duration, Millicores};

use super::ROWS;

/// The rows that scaling is made from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rules {
    /// Capacity over what is in use: 1.5 is half as much again.
    pub(super) headroom: f64,
    /// How often the scaler looks; it sees the mean since it last did.
    pub(super) period: Duration,
    /// Capacity takes this long to double.
    pub(super) doubling: Duration,
    /// How long the most that was wanted is held.
    pub(super) hold: Duration,
    /// Environments at least: one in each zone.
    pub(super) least: u32,
    /// vCPUs of one capacity provider at the most.
    pub(super) vcpu_most: f64,
}

impl Rules {
    pub(super) fn of(prices: Prices<'_>) -> Result<Self, Missing> {
        let number = |id| prices.limit_number(ROWS, id);
        let seconds = |id| number(id).map(Duration::from_secs_f64);
        Ok(Self {
            headroom: 1.0 + number("scaling.headroom")? / 100.0,
            period: seconds("scaling.period")?.max(Duration::SECOND),
            doubling: seconds("scaling.doubling")?.max(Duration::SECOND),
            hold: seconds("scaling.hold")?,
            least: (number("environments.min_default")? as u32).max(1),
            vcpu_most: number("vcpu.most")?,
        })
    }

    /// Environments of this size at the most.
    pub(super) fn most(&self, cpu: Millicores) -> u32 {
        ((self.vcpu_most / cpu.vcpu_f64().max(1e-3)) as u32).max(self.least)
    }
    /// Looks within the time that the most is held.
    pub(super) fn samples(&self) -> usize {
        (self.hold.nanos() / self.period.nanos()).max(1) as usize
    }
}

/// Requests that an environment of this size serves at once: so many for each vCPU by its language, and no more than
/// the program itself can.
pub(super) fn places(
    prices: Prices<'_>,
    component: &Component,
    cpu: Millicores,
) -> Result<u32, Missing> {
    let runtime = component.runtime.value().map_or("", |runtime| runtime.0.as_str());
    let language = ["nodejs", "java", "dotnet", "python"]
        .into_iter()
        .find(|language| runtime.starts_with(language))
        .unwrap_or("other");
    let each = prices.limit_number(ROWS, &format!("concurrency.{language}"))?;
    let most = prices.limit_number(ROWS, "concurrency.per_environment")?;
    let places = (each * cpu.vcpu_f64()).clamp(1.0, most.max(1.0)) as u32;
    Ok(places.min(crate::container_options::concurrency(component)))
}

/// What a machine keeps for Lambda itself.
pub(super) fn overhead(prices: Prices<'_>) -> Result<(Millicores, Bytes), Missing> {
    let number = |id| prices.limit_number(ROWS, id);
    let cpu = Millicores::new((number("overhead.cpu")? * 1e3) as u64);
    Ok((cpu, Bytes::from_mib((number("overhead.memory")? * 1024.0) as u64)))
}

/// The words or numbers of a row that lists them: `c, m, r`.
pub(super) fn listed(prices: Prices<'_>, id: &str) -> Result<Vec<String>, Missing> {
    let limit = prices.limit(ROWS, id)?;
    match &limit.value {
        LimitValue::Text(text) => Ok(text.split(',').map(|part| part.trim().to_owned()).collect()),
        _ => Err(Missing {
            what: format!("list in limit {}", limit.row()),
            hint: "write several values with commas between them".to_owned(),
        }),
    }
}
