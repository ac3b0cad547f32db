//! The catalogue's rows about Lambda, as the world needs them.

use catalog::{LimitValue, Missing, Prices};
use model::App;
use sim::function_pool::KeepAlive;
use units::{Duration, Share};

use crate::limits::Limited;

/// The platform's name in the catalogue's limits.
pub(super) const LAMBDA: &str = "aws-lambda";
/// Its gateway's.
pub(super) const GATEWAY: &str = "aws-api-gateway";

/// Quotas and behaviours that shape a simulation.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Quotas {
    /// Memory that buys one vCPU, in MB.
    pub(super) mb_per_vcpu: f64,
    /// Most vCPUs of an environment.
    pub(super) vcpu_max: f64,
    /// How long an idle environment stays.
    pub(super) keep_alive: KeepAlive,
    /// Requests at once in the whole account.
    pub(super) concurrency: u32,
    /// Requests a second in the whole account.
    pub(super) rate: u64,
    /// Environments that a function may add in a window.
    pub(super) ramp: (u64, Duration),
    /// Each call is rounded up to this.
    pub(super) billing_step: Duration,
    /// What stands before initialisation: shortest and longest.
    pub(super) placement: (Duration, Duration),
    /// Longest initialisation; a longer one runs again inside the first call.
    pub(super) init_max: Duration,
}

impl Quotas {
    pub(super) fn read(prices: Prices<'_>) -> Result<Self, Missing> {
        let number = |id: &str| prices.limit_number(LAMBDA, id);
        let seconds = |id: &str| range(prices, id).map(|(a, b)| (secs(a), secs(b)));
        let (shortest, longest) = seconds("idle.keepalive")?;
        let concurrency = number("concurrency.account_default")?;
        let (low, high) = range(prices, "start.placement")?;
        Ok(Self {
            mb_per_vcpu: number("cpu.mb_per_vcpu")?,
            vcpu_max: number("cpu.max_vcpu")?,
            keep_alive: KeepAlive::between(shortest, longest),
            concurrency: concurrency as u32,
            rate: rate_account(prices)?.value,
            ramp: (number("concurrency.scale_rate")? as u64, ramp_window(prices)?),
            billing_step: millis(number("billing.granularity")?),
            placement: (millis(low), millis(high)),
            init_max: secs(number("init.timeout")?),
        })
    }

    /// With what the account was granted beyond the defaults; the rate grows with the concurrency.
    pub(super) fn of_account(self, app: &App) -> Self {
        let Some((concurrency, _)) = app.quotas.lambda_concurrency else { return self };
        let rate = self.rate * u64::from(concurrency) / u64::from(self.concurrency.max(1));
        Self { concurrency, rate, ..self }
    }

    /// CPU of an environment with so much memory.
    pub(super) fn vcpu(&self, memory_mb: f64) -> f64 {
        (memory_mb / self.mb_per_vcpu).min(self.vcpu_max)
    }
}

/// Requests a second in the whole account: a multiple of its concurrency.
pub(super) fn rate_account(prices: Prices<'_>) -> Result<Limited<u64>, Missing> {
    let row = prices.limit(LAMBDA, "rps.account")?;
    let concurrency = prices.limit_number(LAMBDA, "concurrency.account_default")?;
    let value = match &row.value {
        LimitValue::Number(value) => Some(*value),
        // `10 x concurrency`.
        LimitValue::Text(text) => {
            let times = text.split(' ').next().and_then(|n| n.parse::<f64>().ok());
            times.map(|times| times * concurrency)
        }
        _ => None,
    };
    let value = value.ok_or_else(|| unreadable("rps.account", "a number of requests"))? as u64;
    Ok(Limited { value, row: row.row(), source: row.source.clone(), observed: row.observed })
}

/// `environments/10 s`: the window of the ramp stands in its unit.
fn ramp_window(prices: Prices<'_>) -> Result<Duration, Missing> {
    let row = prices.limit(LAMBDA, "concurrency.scale_rate")?;
    let window = row.unit.split_once('/').and_then(|(_, window)| Duration::parse(window).ok());
    window
        .filter(|window| *window > Duration::ZERO)
        .ok_or_else(|| unreadable("concurrency.scale_rate", "a unit such as `environments/10 s`"))
}

/// A row that holds a range; a single number is a range without width.
pub(super) fn range(prices: Prices<'_>, id: &str) -> Result<(f64, f64), Missing> {
    let factor = prices.behaviour_factor(id);
    match prices.limit(LAMBDA, id)?.value {
        LimitValue::Range(low, high) if low <= high => Ok((low * factor, high * factor)),
        LimitValue::Number(value) => Ok((value * factor, value * factor)),
        _ => Err(unreadable(id, "a range")),
    }
}

fn unreadable(id: &str, wanted: &str) -> Missing {
    Missing {
        what: format!("usable limit {LAMBDA}/{id}"),
        hint: format!("its value should be {wanted}"),
    }
}

/// What a warm answer takes beside the function's own run, as (weight, time): a log-normal through the
/// measured median and 99th percentile.
pub(crate) fn overhead(prices: Prices<'_>) -> Result<[(Share, Duration); 8], Missing> {
    /// The standard normal at the middles of eight parts, the last of which holds one in a hundred.
    const PARTS: [(f64, f64); 8] = [
        (0.165, -1.388),
        (0.165, -0.681),
        (0.165, -0.213),
        (0.165, 0.213),
        (0.165, 0.681),
        (0.125, 1.204),
        (0.04, 1.960),
        (0.01, 2.576),
    ];
    let p50 = millis(prices.limit_number(LAMBDA, "warm.overhead_p50")?);
    let p99 = millis(prices.limit_number(LAMBDA, "warm.overhead_p99")?);
    let law = model::Distribution::LogNormal { p50, p99: p99.max(p50) };
    Ok(PARTS.map(|(weight, z)| (Share::new(weight), law.draw(z, 0.5))))
}

pub(super) fn secs(value: f64) -> Duration {
    Duration::from_secs_f64(value)
}

pub(super) fn millis(value: f64) -> Duration {
    Duration::from_secs_f64(value / 1e3)
}
