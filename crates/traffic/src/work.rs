//! The work of one request, drawn fast: CPU and waiting time from one and the same random number.

use model::{Demand, Distribution};
use units::{Duration, Random};

/// Equally likely parts of a log-normal in the table. The outermost two are drawn exactly, so that the tails
/// are whole; within the others the value at the middle stands for all.
const PARTS: usize = 4096;

/// Draws (CPU, waiting) pairs. One random number drives both, so that the distribution of the whole survives
/// the split into two.
#[derive(Debug, Clone)]
pub(crate) enum Work<'a> {
    /// Every request is the same: no random number is spent.
    Constant(Duration, Duration),
    /// One of these at equal odds.
    Ranks(Vec<(Duration, Duration)>),
    /// Log-normal: a table with exact tails.
    Table(Vec<(Duration, Duration)>, Parts<'a>),
    /// Measured values beside a log-normal, or two lists of different lengths: drawn one by one.
    Exact(Parts<'a>),
}

/// The two declared distributions; `None` where nothing is known.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parts<'a> {
    cpu: Option<&'a Distribution>,
    wait: Option<&'a Distribution>,
}

impl Parts<'_> {
    fn draw(self, u: f64) -> (Duration, Duration) {
        let z = normal_quantile(u);
        let one = |d: Option<&Distribution>| d.map_or(Duration::ZERO, |d| d.draw(z, u));
        (one(self.cpu), one(self.wait))
    }
}

impl<'a> Work<'a> {
    pub(crate) fn new(demand: &'a Demand) -> Self {
        let parts = Parts { cpu: demand.cpu.value(), wait: demand.wait.value() };
        match (length(parts.cpu), length(parts.wait)) {
            (Length::One, Length::One) => {
                let (cpu, wait) = parts.draw(0.5);
                Self::Constant(cpu, wait)
            }
            (Length::Ranks(n), Length::One) | (Length::One, Length::Ranks(n)) => {
                Self::ranks(parts, n)
            }
            (Length::Ranks(n), Length::Ranks(m)) if n == m => Self::ranks(parts, n),
            (Length::Ranks(_), _) | (_, Length::Ranks(_)) => Self::Exact(parts),
            _ => {
                let middle = |i: usize| parts.draw((i as f64 + 0.5) / PARTS as f64);
                Self::Table((0..PARTS).map(middle).collect(), parts)
            }
        }
    }

    fn ranks(parts: Parts<'a>, n: usize) -> Self {
        Self::Ranks((0..n).map(|i| parts.draw((i as f64 + 0.5) / n as f64)).collect())
    }

    #[inline]
    pub(crate) fn draw(&self, random: &mut Random) -> (Duration, Duration) {
        match self {
            Self::Constant(cpu, wait) => (*cpu, *wait),
            Self::Ranks(values) => values[random.below(values.len() as u64) as usize],
            Self::Table(values, parts) => {
                let bits = random.bits();
                let part = (bits >> (64 - PARTS.trailing_zeros())) as usize;
                if part == 0 || part == PARTS - 1 {
                    return parts.draw(open_unit(bits));
                }
                values[part]
            }
            Self::Exact(parts) => parts.draw(open_unit(random.bits())),
        }
    }

    /// Splits a measured total as the declared means are split; half and half where nothing is declared.
    pub(crate) fn split(demand: &Demand, total: Duration) -> (Duration, Duration) {
        let mean = |d: Option<&Distribution>| d.map_or(0.0, |d| d.mean().secs_f64());
        let (cpu, wait) = (mean(demand.cpu.value()), mean(demand.wait.value()));
        let share = if cpu + wait > 0.0 { cpu / (cpu + wait) } else { 0.5 };
        let cpu = total.times_f64(share).min(total);
        (cpu, total.saturating_sub(cpu))
    }
}

/// How many different values a distribution has.
enum Length {
    One,
    Ranks(usize),
    Many,
}

fn length(distribution: Option<&Distribution>) -> Length {
    match distribution {
        None | Some(Distribution::Constant(_)) => Length::One,
        Some(Distribution::LogNormal { p50, p99 }) if p99 <= p50 => Length::One,
        Some(Distribution::LogNormal { .. }) => Length::Many,
        Some(Distribution::Empirical(values)) => Length::Ranks(values.len()),
    }
}

/// Uniform in the open interval (0, 1).
fn open_unit(bits: u64) -> f64 {
    ((bits >> 12) as f64 + 0.5) * (1.0 / (1_u64 << 52) as f64)
}

/// The standard normal's quantile function, to 1.2e-9 of its value.
///
/// Rational approximation by Peter J. Acklam, "An algorithm for computing the inverse normal cumulative
/// distribution function" (2003).
#[expect(clippy::excessive_precision, reason = "the published coefficients, digit by digit")]
pub(crate) fn normal_quantile(u: f64) -> f64 {
    const A: [f64; 6] = [
        -3.969_683_028_665_376e1,
        2.209_460_984_245_205e2,
        -2.759_285_104_469_687e2,
        1.383_577_518_672_690e2,
        -3.066_479_806_614_716e1,
        2.506_628_277_459_239,
    ];
    const B: [f64; 6] = [
        -5.447_609_879_822_406e1,
        1.615_858_368_580_409e2,
        -1.556_989_798_598_866e2,
        6.680_131_188_771_972e1,
        -1.328_068_155_288_572e1,
        1.0,
    ];
    const C: [f64; 6] = [
        -7.784_894_002_430_293e-3,
        -3.223_964_580_411_365e-1,
        -2.400_758_277_161_838,
        -2.549_732_539_343_734,
        4.374_664_141_464_968,
        2.938_163_982_698_783,
    ];
    const D: [f64; 5] = [
        7.784_695_709_041_462e-3,
        3.224_671_290_700_398e-1,
        2.445_134_137_142_996,
        3.754_408_661_907_416,
        1.0,
    ];
    const LOW: f64 = 0.02425;
    let horner = |c: &[f64], x: f64| c.iter().fold(0.0, |sum, c| sum * x + c);
    if u < LOW {
        let q = (-2.0 * u.ln()).sqrt();
        horner(&C, q) / horner(&D, q)
    } else if u <= 1.0 - LOW {
        let q = u - 0.5;
        let r = q * q;
        q * horner(&A, r) / horner(&B, r)
    } else {
        let q = (-2.0 * (1.0 - u).ln()).sqrt();
        -horner(&C, q) / horner(&D, q)
    }
}

#[cfg(test)]
mod tests {
    use model::Fact;
    use units::Seed;

    use super::*;

    fn demand(cpu: Distribution, wait: Distribution) -> Demand {
        Demand { cpu: Fact::assumed(cpu, ""), wait: Fact::assumed(wait, ""), duration: None }
    }

    #[test]
    fn quantiles_of_the_normal_are_those_of_the_tables() {
        for (u, z) in [
            (0.5, 0.0),
            (0.975, 1.959_963_984_540_054),
            (0.99, 2.326_347_874_040_841),
            (0.000_1, -3.719_016_485_455_709),
            (1e-9, -5.997_807_015_007_686),
        ] {
            assert!(
                (normal_quantile(u) - z).abs() <= 2e-9 * z.abs(),
                "{u}: {}",
                normal_quantile(u)
            );
        }
    }

    #[test]
    fn the_whole_keeps_its_distribution_when_it_is_split() {
        let ms = Duration::from_millis;
        let whole = Distribution::LogNormal { p50: ms(200), p99: ms(900) };
        let demand = demand(whole.times_f64(0.3), whole.times_f64(0.7));
        let work = Work::new(&demand);
        let mut random = Seed(3).stream("test", "work");
        let n = 400_000;
        let mut totals: Vec<f64> = (0..n)
            .map(|_| {
                let (cpu, wait) = work.draw(&mut random);
                assert!((cpu.secs_f64() * 7.0 / 3.0 - wait.secs_f64()).abs() < 1e-8);
                (cpu + wait).millis_f64()
            })
            .collect();
        let mean = totals.iter().sum::<f64>() / f64::from(n);
        totals.sort_by(f64::total_cmp);
        assert!((mean / whole.mean().millis_f64() - 1.0).abs() < 0.005, "{mean}");
        assert!((totals[n as usize / 2] / 200.0 - 1.0).abs() < 0.01);
        assert!((totals[n as usize * 99 / 100] / 900.0 - 1.0).abs() < 0.02);
        let p9999 = whole.draw(normal_quantile(0.9999), 0.9999).millis_f64();
        assert!(
            (totals[n as usize / 10_000 * 9_999] / p9999 - 1.0).abs() < 0.15,
            "the tail is whole"
        );
    }

    #[test]
    fn constant_work_spends_no_randomness_and_measured_work_is_drawn_by_rank() {
        let ms = Duration::from_millis;
        let fixed = demand(Distribution::Constant(ms(20)), Distribution::Constant(ms(5)));
        let mut random = Seed(3).stream("test", "work");
        assert_eq!(Work::new(&fixed).draw(&mut random), (ms(20), ms(5)));
        assert_eq!(random.bits(), Seed(3).stream("test", "work").bits());

        let values = Distribution::Empirical((1..=10).map(ms).collect());
        let measured = demand(values.clone(), values);
        let work = Work::new(&measured);
        let mut seen = [0_u32; 11];
        for _ in 0..10_000 {
            let (cpu, wait) = work.draw(&mut random);
            assert_eq!(cpu, wait);
            seen[cpu.millis_ceil() as usize] += 1;
        }
        assert!(seen[1..].iter().all(|&n| (850..1150).contains(&n)), "{seen:?}");
    }

    #[test]
    fn a_measured_total_is_split_as_declared_and_loses_nothing() {
        let ms = Duration::from_millis;
        let declared = demand(Distribution::Constant(ms(10)), Distribution::Constant(ms(30)));
        assert_eq!(Work::split(&declared, ms(100)), (ms(25), ms(75)));
        let nothing = Demand { cpu: Fact::Unknown, wait: Fact::Unknown, duration: None };
        assert_eq!(
            Work::split(&nothing, ms(7)),
            (Duration::from_micros(3500), Duration::from_micros(3500))
        );
    }
}
