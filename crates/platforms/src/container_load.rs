//! How many pods or tasks a load needs, minute by minute, and how long requests take in them: closed form.
//!
//! Shared by everything that runs containers behind an autoscaler.

use model::{Component, Distribution, Kind, Reason};
use units::{Duration, Histogram, Instant, Millicores, Share};

use crate::case::Case;
use crate::container_options::concurrency;
use crate::platform::Obstacle;
use crate::servers::estimate::quantiles;
use crate::servers::load;
use crate::servers::queue::Found;

/// Levels of utilisation that latency is looked at in, and equally likely findings of an arrival.
const LEVELS: usize = 20;
const FINDS: u32 = 12;
/// A load that wants so many times the copies of a minute before rises faster than autoscalers follow: they see it a
/// minute or two later, and what they start takes a while, too.
const JUMP: f64 = 2.0;
/// Weight of the whole histogram; its shape counts, not its size.
const WEIGHT: f64 = 2_000_000.0;

/// What one copy is and when there should be another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Copy {
    /// CPU of one copy.
    pub cpu: Millicores,
    /// What the autoscaler holds.
    pub target: Target,
    /// Span over which it averages.
    pub window: Duration,
    /// How long it keeps the most that it saw, in minutes.
    pub hold_minutes: usize,
    /// How far above the mean the most lies that it reacts to within that time, in standard deviations of
    /// a sample.
    pub deviations: f64,
    /// Copies at least.
    pub min: u32,
    /// Copies at most.
    pub max: u32,
}

/// What an autoscaler holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Target {
    /// CPU in per cent of what a copy has.
    CpuPercent(f64),
    /// Requests in service a copy.
    Requests(f64),
    /// Nothing: the minimum is all there is.
    Fixed,
}

/// A component's load minute by minute.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Minutes {
    /// Requests in service.
    pub in_flight: Vec<f64>,
    /// Share of its stay that a request is on the CPU: requests in service times it are vCPUs at work.
    pub cpu_share: f64,
    /// Mean of the square of a request's CPU time, in s².
    pub cpu_square_s2: f64,
    /// How long a request stays.
    pub stay: Duration,
    /// Requests that one copy has in service at once.
    pub places: u32,
}

impl Minutes {
    /// On copies with this much CPU each; `None` where nobody knows the work of a request.
    pub(crate) fn of(case: &Case<'_>, cpu: Millicores) -> Option<Self> {
        let work = load::work(case.component)?;
        let alone = cpu.vcpu_f64().clamp(0.001, 1.0);
        let stay = work.cpu.times_f64(1.0 / alone) + work.wait;
        let in_flight = load::in_flight(&case.workload.per_minute, stay);
        let cpu_share = work.cpu.secs_f64() / stay.secs_f64().max(1e-12);
        let cpu_square_s2 = case.component.demand.cpu.value().map_or(0.0, square);
        let places = concurrency(case.component);
        Some(Self { in_flight, cpu_share, cpu_square_s2, stay, places })
    }

    /// How many minutes there are.
    pub(crate) const fn len(&self) -> usize {
        self.in_flight.len()
    }

    /// vCPUs at work in a minute.
    pub(crate) fn cpus(&self, minute: usize) -> f64 {
        self.in_flight[minute] * self.cpu_share
    }

    /// vCPUs at work in each minute.
    pub(crate) fn all_cpus(&self) -> impl Iterator<Item = f64> {
        self.in_flight.iter().map(|n| n * self.cpu_share)
    }

    /// Copies wanted for what each minute brings, without rounding, by the metric that the target looks at.
    fn wanted(&self, copy: &Copy) -> impl Iterator<Item = f64> {
        let window_s = copy.window.secs_f64().max(1.0);
        let stay_s = self.stay.secs_f64().max(1e-12);
        // What the metric measures grows with the requests in service, its deviation with their square root.
        let (mean, variance, each) = match copy.target {
            Target::CpuPercent(percent) => {
                let each = copy.cpu.vcpu_f64() * percent / 100.0;
                (self.cpu_share, self.cpu_square_s2 / stay_s / window_s, each)
            }
            // A mean over a window longer than a request's stay varies less than the count itself.
            Target::Requests(each) => (1.0, (2.0 * stay_s / window_s).min(1.0), each),
            Target::Fixed => (0.0, 0.0, 1.0),
        };
        let (by_mean, by_root) = (mean / each, copy.deviations * variance.sqrt() / each);
        self.in_flight.iter().map(move |n| n * by_mean + n.sqrt() * by_root)
    }

    /// Copies in each minute.
    pub(crate) fn counts(&self, copy: &Copy) -> Vec<u32> {
        let wanted: Vec<u32> = self.wanted(copy).map(whole_above).collect();
        let held = largest_of_last(wanted, copy.hold_minutes);
        held.into_iter().map(|copies| copies.clamp(copy.min, copy.max)).collect()
    }

    /// Copies that the first minutes of the replay would have found.
    pub(crate) fn first(&self, case: &Case<'_>, copy: &Copy) -> u32 {
        let begin = Duration::MINUTE * 5;
        let until = case.requests.partition_point(|r| r.at < Instant::START + begin);
        let length = case.requests.last().map_or(begin, |r| begin.min(r.at.since(Instant::START)));
        let rate = until as f64 / length.secs_f64().max(1.0);
        let usual = case.workload.mean_rate().hertz();
        let factor = if usual > 0.0 { rate / usual } else { 0.0 };
        let all: f64 = self.in_flight.iter().sum();
        let mean = all / self.len().max(1) as f64 * factor;
        let now = Self { in_flight: vec![mean], ..*self };
        now.counts(copy).first().copied().unwrap_or(copy.min)
    }

    /// Most copies that any minute wants, whatever the maximum.
    pub(crate) fn most_wanted(&self, copy: &Copy) -> u32 {
        whole_above(self.wanted(copy).fold(0.0, f64::max))
    }

    /// Copies worth keeping at the least where the load rises faster than an autoscaler follows: half of those that its
    /// busiest minute wants, and all. None where no minute wants twice as many as the one before, and more than one more.
    pub(crate) fn floors(&self, copy: &Copy) -> Vec<u32> {
        let least = f64::from(copy.min.max(1));
        let wanted: Vec<f64> = self.wanted(copy).map(|copies| copies.max(least)).collect();
        let before = wanted.iter().cycle().skip(wanted.len().saturating_sub(1));
        let jumps = |(was, is): (&f64, &f64)| is - was > 1.0 && *is >= was * JUMP;
        if !before.zip(&wanted).any(jumps) {
            return Vec::new();
        }
        let most = self.most_wanted(copy);
        let mut floors = vec![most.div_ceil(2), most];
        floors.retain(|floor| (copy.min + 1..=copy.max).contains(floor));
        floors.dedup();
        floors
    }

    /// Mean millicores at work in each minute.
    pub(crate) fn millicores(&self) -> Vec<u32> {
        self.all_cpus().map(|cpus| nearest(cpus * 1000.0)).collect()
    }

    /// A job is a copy of its own that ends with its work: copies in each minute.
    pub(crate) fn jobs(&self) -> Vec<u32> {
        // A hair less: sums of floats miss whole numbers.
        self.in_flight.iter().map(|n| whole_above(n - 1e-9)).collect()
    }

    /// More of the load without room in `counts` copies than the component may fail; jobs and data stores
    /// have the room that they are given.
    pub(crate) fn obstacle(
        &self,
        case: &Case<'_>,
        counts: &[u32],
        copy: &Copy,
        name: &str,
    ) -> Option<Obstacle> {
        if matches!(case.component.kind, Kind::Cron | Kind::Job | Kind::Stateful) {
            return None;
        }
        let lost = self.overload(counts, copy, self.places);
        let most = counts.iter().max().copied().unwrap_or(0);
        (lost > errors_allowed(case.component)).then(|| Obstacle {
            reason: Reason::plain(format!(
                "{} of the load finds no room in {most} {name} of {}",
                Share::new(lost),
                copy.cpu
            )),
        })
    }

    /// Share of the load that finds no CPU or no place, if there are `counts` copies of which each serves
    /// `concurrency` requests: 0 as long as every minute's work fits.
    pub(crate) fn overload(&self, counts: &[u32], copy: &Copy, concurrency: u32) -> f64 {
        let (mut lost, mut all) = (0.0, 0.0);
        // Copies that one request fills, by CPU or by places.
        let each = (self.cpu_share / copy.cpu.vcpu_f64()).max(1.0 / f64::from(concurrency));
        let minutes = || self.in_flight.iter().zip(counts);
        if minutes().all(|(in_flight, &count)| in_flight * each <= f64::from(count)) {
            return 0.0;
        }
        for (in_flight, &count) in minutes() {
            let fullness = in_flight * each / f64::from(count).max(1e-9);
            all += in_flight;
            lost += in_flight * (1.0 - 1.0 / fullness.max(1.0));
        }
        if all > 0.0 { lost / all } else { 0.0 }
    }

    /// The distribution of latency if there are `counts` copies; `None` where nothing arrives.
    ///
    /// Within a copy, requests share the CPU evenly: see [`crate::servers::queue`]. Where a copy serves only so many at
    /// once, further ones wait for a place. Both are those of random arrivals, corrected for what the load
    /// balancer does and for how service times vary (Allen and Cunneen): `variation` is the squared
    /// variation of the gaps between arrivals at one of so many copies, 1 for a random choice, less for
    /// taking turns.
    pub(crate) fn latency(
        &self,
        case: &Case<'_>,
        counts: &[u32],
        cpu: Millicores,
        variation: impl Fn(u32) -> f64,
    ) -> Option<Histogram> {
        let total: f64 = case.workload.per_minute.iter().sum();
        if total <= 0.0 {
            return None;
        }
        let places = self.places;
        let levels = self.levels(&case.workload.per_minute, counts, (cpu, places), variation);
        let alone = 1.0 / cpu.vcpu_f64().clamp(0.001, 1.0);
        let cpus = u32::try_from((cpu.get() / 1000).max(1)).unwrap_or(u32::MAX);
        let crowd = (f64::from(places) / f64::from(cpus)).max(1.0);
        let service = self.service_variation(case, alone);
        let work = quantiles(case);
        let mut histogram = Histogram::default();
        let mut record = |shared: f64, wait_for_place: Duration, weight: f64| {
            for (share, cpu, wait) in &work {
                let taken = cpu.times_f64(alone * shared) + *wait + wait_for_place;
                histogram.record_n(taken, (weight * share).round() as u64);
            }
        };
        // Most requests find room; they are recorded once for all levels.
        let mut at_once = 0.0;
        for level in levels.iter().filter(|level| level.requests > 0.0) {
            let of = |sum: f64| sum / level.requests;
            let (busy, full, gaps) =
                (of(level.busy).min(0.98), of(level.full).min(0.98), of(level.varied));
            let weight = WEIGHT * level.requests / total / f64::from(FINDS);
            let (on_cpus, at_places) = (Found::new(cpus, busy), Found::new(places, full));
            for find in 0..FINDS {
                let q = (f64::from(find) + 0.5) / f64::from(FINDS);
                let beside = (on_cpus.slowdown(q) - 1.0) * f64::midpoint(gaps, 1.0);
                let queued = (at_places.slowdown(q) - 1.0) * f64::midpoint(gaps, service);
                if beside <= 0.0 && queued <= 0.0 {
                    at_once += weight;
                } else {
                    record((1.0 + beside).min(crowd), self.stay.times_f64(queued), weight);
                }
            }
        }
        record(1.0, Duration::ZERO, at_once);
        Some(histogram)
    }

    /// Requests by how full the copies are that they meet.
    fn levels(
        &self,
        per_minute: &[f64],
        counts: &[u32],
        (cpu, places): (Millicores, u32),
        variation: impl Fn(u32) -> f64,
    ) -> Vec<Level> {
        let mut levels = vec![Level::default(); LEVELS + 1];
        for (minute, (&count, &requests)) in counts.iter().zip(per_minute).enumerate() {
            let copies = f64::from(count).max(1e-9);
            let busy = (self.cpus(minute) / (cpu.vcpu_f64() * copies)).min(1.0);
            let full = (self.in_flight[minute] / (f64::from(places) * copies)).min(1.0);
            let level = &mut levels[(busy.max(full) * LEVELS as f64) as usize];
            level.requests += requests;
            level.busy += requests * busy;
            level.full += requests * full;
            level.varied += requests * variation(count);
        }
        levels
    }

    /// Squared variation of how long a request stays: 1 for exponential, 0 for constant.
    fn service_variation(&self, case: &Case<'_>, alone: f64) -> f64 {
        let cpu_s = case.component.demand.cpu.value().map_or(0.0, |d| d.mean().secs_f64());
        let variance = (self.cpu_square_s2 - cpu_s * cpu_s).max(0.0) * alone * alone;
        let stay_s = self.stay.secs_f64().max(1e-12);
        variance / (stay_s * stay_s)
    }
}

/// Requests that meet copies about equally full, and sums over them.
#[derive(Debug, Clone, Copy, Default)]
struct Level {
    requests: f64,
    /// CPU in use.
    busy: f64,
    /// Places in use.
    full: f64,
    /// Squared variation of the gaps between arrivals at one copy.
    varied: f64,
}

/// The latency where this share of the requests waits so long first, however long the request itself is.
pub(crate) fn some_later(latency: &Histogram, share: Share, wait: Duration) -> Histogram {
    let mut all = Histogram::default();
    for (value, n) in latency.buckets() {
        let late = (n as f64 * share.get()).round() as u64;
        for (value, n) in [(value, n - late.min(n)), (value + wait, late)] {
            if n > 0 {
                all.record_n(value, n);
            }
        }
    }
    all
}

/// Share of requests that a component may fail: one in a thousand where nobody says.
pub(crate) fn errors_allowed(component: &Component) -> f64 {
    component.slo.errors.map_or(0.001, Share::get)
}

/// Whether a client waits for its answers.
pub(crate) fn somebody_waits(component: &Component) -> bool {
    matches!(component.kind, Kind::Http | Kind::Static | Kind::Stream)
}

/// Mean of the square, in s².
fn square(distribution: &Distribution) -> f64 {
    match distribution {
        Distribution::Constant(value) => value.secs_f64().powi(2),
        Distribution::LogNormal { p50, .. } => {
            // E[X²] = p50² exp(2 σ²) and E[X] = p50 exp(σ² ∕ 2).
            let (median, mean) = (p50.secs_f64(), distribution.mean().secs_f64());
            if median > 0.0 { mean.powi(4) / median.powi(2) } else { 0.0 }
        }
        Distribution::Empirical(values) => {
            let sum: f64 = values.iter().map(|v| v.secs_f64().powi(2)).sum();
            sum / values.len().max(1) as f64
        }
    }
}

/// The least whole number that is not below `value`; 0 for what is negative. A call of `ceil` for every minute of every
/// configuration would be a fortieth of a plan's time.
pub(crate) fn whole_above(value: f64) -> u32 {
    let whole = value as u32;
    whole.saturating_add(u32::from(f64::from(whole) < value))
}

/// The nearest whole number; 0 for what is negative.
pub(crate) fn nearest(value: f64) -> u32 {
    (value + 0.5) as u32
}

/// The largest of each value and the `window - 1` before it, around the end of the cycle.
fn largest_of_last(values: Vec<u32>, window: usize) -> Vec<u32> {
    let n = values.len();
    let window = window.clamp(1, n.max(1));
    if window == 1 {
        return values;
    }
    let mut held = [&values[n - (window - 1)..], &values[..]].concat();
    // Each is the largest of so many; two of them that meet or overlap are the largest of more.
    let mut covered = 1;
    while covered < window {
        let by = covered.min(window - covered);
        held = held[by..].iter().zip(&held).map(|(&late, &early)| late.max(early)).collect();
        covered += by;
    }
    held
}

#[cfg(test)]
mod tests {
    use units::{Duration, Millicores};

    use super::{Copy, Minutes, Target, largest_of_last, nearest, whole_above};

    /// The floors of copies of one vCPU at 50 % with so many vCPUs at work in each minute.
    fn floors(cpus: &[f64], (min, max): (u32, u32)) -> Vec<u32> {
        let minutes = Minutes {
            in_flight: cpus.to_vec(),
            cpu_share: 1.0,
            cpu_square_s2: 0.0,
            stay: Duration::from_secs(1),
            places: u32::MAX,
        };
        let (target, window) = (Target::CpuPercent(50.0), Duration::MINUTE);
        let cpu = Millicores::ONE;
        minutes.floors(&Copy { cpu, target, window, hold_minutes: 5, deviations: 0.0, min, max })
    }

    #[test]
    fn where_the_load_jumps_more_copies_are_worth_keeping() {
        assert_eq!(floors(&[0.5, 0.5, 5.0, 5.0], (1, 100)), [5, 10]);
        // The cycle begins again: from its last minute to its first.
        assert_eq!(floors(&[5.0, 5.0, 4.0, 3.0, 2.0, 1.0, 0.5], (1, 100)), [5, 10]);
        // A slow rise is followed; of a small one nothing is to be gained.
        assert_eq!(floors(&[1.0, 1.5, 2.0, 2.9, 4.0, 2.9, 2.0, 1.5], (1, 100)), [0_u32; 0]);
        assert_eq!(floors(&[0.1, 1.0], (1, 100)), [0_u32; 0]);
        // Neither fewer than there are in any case nor more than there may be.
        assert_eq!(floors(&[0.5, 5.0], (6, 100)), [0_u32; 0]);
        assert_eq!(floors(&[0.5, 5.0], (4, 8)), [5]);
    }

    #[test]
    fn whole_numbers_are_those_of_the_standard_library() {
        for value in [-3.2, -0.0, 0.0, 0.3, 1.0, 1.5, 2.499, 2.5, 7.000_1, 4e9, 5e9, f64::INFINITY]
        {
            assert_eq!(whole_above(value), value.ceil() as u32, "{value}");
            assert_eq!(nearest(value), value.round() as u32, "{value}");
        }
        assert_eq!(whole_above(f64::NAN), 0);
    }

    #[test]
    fn a_window_looks_back_around_the_end() {
        let values = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 0, 0, 0, 2];
        let n = values.len();
        for window in [1, 2, 3, 5, n, n + 7] {
            let slow: Vec<u32> = (0..n)
                .map(|i| (0..window.min(n)).map(|back| values[(i + n - back) % n]).max().unwrap())
                .collect();
            assert_eq!(largest_of_last(values.to_vec(), window), slow, "window {window}");
        }
        assert!(largest_of_last(Vec::new(), 5).is_empty());
    }
}
