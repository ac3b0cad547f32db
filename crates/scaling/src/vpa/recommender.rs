//! Collects samples of usage and recommends requests.

use std::collections::BTreeMap;

use units::{Bytes, Instant, Millicores};

use super::estimate::{Estimate, Recommendation, Settings, estimate};
use super::histogram::Histogram;

/// Weight of a CPU sample.
const CPU_WEIGHT: f64 = 0.1;

/// Weight of a memory peak. Only weights within one histogram are compared.
const MEMORY_WEIGHT: f64 = 1.0;

/// What is known of one container of a workload, over all of its pods.
#[derive(Debug, Clone)]
pub struct Recommender {
    settings: Settings,
    /// In whole vCPU, from a hundredth to a thousand.
    cpu: Histogram,
    /// In bytes, from 10 MB to 1 TB.
    memory: Histogram,
    /// First and last CPU sample.
    observed: Option<(Instant, Instant)>,
    cpu_samples: u64,
    pods: BTreeMap<u64, Pod>,
}

/// What is known of one pod.
#[derive(Debug, Clone, Copy, Default)]
struct Pod {
    last_cpu: Option<Instant>,
    last_memory: Option<Instant>,
    /// When the running interval for the memory peak ends.
    interval_ends: Option<Instant>,
    /// Highest usage of the interval.
    peak: u64,
    /// Highest need of the interval, as far as it was seen from running out of memory.
    oom_peak: u64,
}

impl Pod {
    const fn highest(&self) -> u64 {
        if self.peak > self.oom_peak { self.peak } else { self.oom_peak }
    }
}

/// Where a memory sample comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    Usage,
    OutOfMemory,
}

impl Recommender {
    /// Nothing is known yet.
    pub fn new(settings: Settings) -> Self {
        Self {
            cpu: Histogram::new(0.01, 1000.0, settings.half_life),
            memory: Histogram::new(1e7, 1e12, settings.half_life),
            observed: None,
            cpu_samples: 0,
            pods: BTreeMap::new(),
            settings,
        }
    }

    /// The container in `pod` used `used` of CPU in a span of time that began at `at`. Returns whether the
    /// sample counts: one that is not younger than the last does not.
    pub fn cpu(&mut self, pod: u64, at: Instant, used: Millicores) -> bool {
        let pod = self.pods.entry(pod).or_default();
        if pod.last_cpu.is_some_and(|last| at <= last) {
            return false;
        }
        pod.last_cpu = Some(at);
        self.cpu.add(used.vcpu_f64(), CPU_WEIGHT, at);
        let (first, last) = self.observed.unwrap_or((at, at));
        self.observed = Some((first.min(at), last.max(at)));
        self.cpu_samples += 1;
        true
    }

    /// The container in `pod` used `used` of memory at `at`. Returns whether the sample counts: one that is
    /// older than the last does not.
    pub fn memory(&mut self, pod: u64, at: Instant, used: Bytes) -> bool {
        let last = self.pods.entry(pod).or_default().last_memory;
        if last.is_some_and(|last| at < last) {
            return false;
        }
        self.peak(pod, at, used.get(), Origin::Usage);
        true
    }

    /// The container in `pod`, which had asked for `requested`, ran out of memory at `at`. It is taken to need
    /// a fifth or 100 MiB more than it asked for or used. Returns whether it counts: it does not if it
    /// happened an interval or longer before the last sample.
    pub fn out_of_memory(&mut self, pod: u64, at: Instant, requested: Bytes) -> bool {
        let known = *self.pods.entry(pod).or_default();
        let interval = self.settings.memory_interval;
        if known.last_memory.is_some_and(|last| at + interval < last) {
            return false;
        }
        // Not more than what was used in fact, or repeated failures would drive each other up.
        let had = requested.get().max(known.peak);
        let by_ratio = (had as f64 * self.settings.oom_ratio) as u64;
        let needed = had.saturating_add(self.settings.oom_step.get()).max(by_ratio);
        self.peak(pod, at, needed, Origin::OutOfMemory);
        true
    }

    /// The pod is gone; what it used stays known.
    pub fn gone(&mut self, pod: u64) {
        self.pods.remove(&pod);
    }

    /// What the container should ask for, in a pod of `containers` (at least one).
    pub fn recommend(&self, containers: u64) -> Recommendation {
        let Settings { least_cpu, least_memory, .. } = self.settings;
        let (containers, confidence) = (containers.max(1), self.confidence());
        let cpu =
            estimate(&self.cpu, 1000.0, least_cpu.get() / containers, confidence, &self.settings);
        let memory = estimate(
            &self.memory,
            1.0,
            least_memory.get() / containers,
            confidence,
            &self.settings,
        );
        Recommendation {
            cpu: cpu.map(|e| e.map(Millicores::new)),
            memory: memory.map(|e| e.map(Bytes::new)),
        }
    }

    /// How much the history is worth: its length in days, or what a sample a minute would have taken, if that
    /// is shorter.
    pub fn confidence(&self) -> f64 {
        let day = self.settings.confidence.secs_f64();
        let length = self.observed.map_or(0.0, |(first, last)| last.since(first).secs_f64());
        (length / day).min(self.cpu_samples as f64 / (day / 60.0))
    }

    /// One sample an interval and pod: the highest.
    fn peak(&mut self, pod: u64, at: Instant, used: u64, origin: Origin) {
        let interval = self.settings.memory_interval.nanos().max(1);
        let pod = self.pods.entry(pod).or_default();
        pod.last_memory = Some(at);
        let ends = *pod.interval_ends.get_or_insert(at);
        if at < ends {
            let highest = pod.highest();
            // Upstream: an interval that began with nothing keeps nothing.
            if highest == 0 || used <= highest {
                return;
            }
            self.memory.subtract(highest as f64, MEMORY_WEIGHT, ends);
        } else {
            let passed = at.since(ends).nanos() / interval;
            let shift = interval.saturating_mul(passed.saturating_add(1));
            pod.interval_ends = Some(ends + units::Duration::from_nanos(shift));
            (pod.peak, pod.oom_peak) = (0, 0);
        }
        match origin {
            Origin::Usage => pod.peak = used,
            Origin::OutOfMemory => pod.oom_peak = used,
        }
        self.memory.add(used as f64, MEMORY_WEIGHT, pod.interval_ends.unwrap_or(at));
    }
}

impl Estimate<u64> {
    fn map<T>(self, of: impl Fn(u64) -> T) -> Estimate<T> {
        Estimate { lower: of(self.lower), target: of(self.target), upper: of(self.upper) }
    }
}

#[cfg(test)]
mod tests {
    use units::Duration;

    use super::*;

    fn at(minutes: u64) -> Instant {
        Instant::START + Duration::MINUTE * (100_000 + minutes)
    }

    fn recommender() -> Recommender {
        Recommender::new(Settings::default())
    }

    const DAY: u64 = 1440;

    /// The highest peak that counts, less the margin: at most a bucket (5 %) and 10 MB above it.
    fn assert_peak(recommender: &Recommender, mib: u64) {
        let settings =
            Settings { margin_share: 0.0, least_memory: Bytes::ZERO, ..Settings::default() };
        let memory = Recommender { settings, ..recommender.clone() }.recommend(1).memory.unwrap();
        let (got, wanted) = (memory.target.mib_f64(), mib as f64);
        assert!((wanted..wanted * 1.05 + 10.0).contains(&got), "{got} MiB for {wanted}");
    }

    #[test]
    fn a_week_of_a_steady_service() {
        let mut recommender = recommender();
        for minute in 0..7 * DAY {
            assert!(recommender.cpu(1, at(minute), Millicores::new(400)));
            assert!(recommender.memory(1, at(minute), Bytes::from_mib(600)));
        }
        assert!((recommender.confidence() - 7.0).abs() < 0.001);
        let got = recommender.recommend(1);
        let cpu = got.cpu.unwrap();
        // 400 m lie in the bucket up to 414 m: 15 % more, and a seventh more for the upper bound.
        assert_eq!([cpu.lower, cpu.target, cpu.upper].map(Millicores::get), [475, 476, 544]);
        // 600 MiB lie in the bucket up to 664,388,475 bytes.
        let memory = got.memory.unwrap();
        assert_eq!([memory.lower, memory.target].map(Bytes::mib_ceil), [729, 729]);
    }

    #[test]
    fn nothing_is_recommended_without_samples() {
        let mut recommender = recommender();
        assert_eq!(recommender.recommend(1), Recommendation { cpu: None, memory: None });
        recommender.cpu(1, at(0), Millicores::new(10));
        assert_eq!(recommender.recommend(1).memory, None);
    }

    /// Upstream: `TestMinResourcesApplied` and `TestMinResourcesSplitAcrossContainers`.
    #[test]
    fn a_pods_containers_share_its_floor() {
        let mut recommender = recommender();
        recommender.cpu(1, at(0), Millicores::new(1));
        recommender.memory(1, at(0), Bytes::new(1_000_000));
        let target = |containers| {
            let got = recommender.recommend(containers);
            (got.cpu.unwrap().target.get(), got.memory.unwrap().target.mib_ceil())
        };
        assert_eq!(target(1), (25, 250));
        assert_eq!(target(2), (12, 125));
    }

    /// Upstream: `TestAggregateContainerUsageSamples`.
    #[test]
    fn a_day_counts_with_its_peak_and_old_samples_do_not_count() {
        let mut recommender = recommender();
        let memory =
            |r: &mut Recommender, minute, mib| r.memory(1, at(minute), Bytes::from_mib(mib));
        assert!(memory(&mut recommender, 0, 500));
        assert_peak(&recommender, 500);
        assert!(memory(&mut recommender, DAY / 2, 1000));
        assert_peak(&recommender, 1000);
        assert!(memory(&mut recommender, DAY / 2, 900), "a second sample of the same moment");
        assert!(memory(&mut recommender, DAY / 2 + 1, 400));
        assert_peak(&recommender, 1000);
        // Of two days 1000 and 3000 the younger has two thirds of the weight, so it is the 90th percentile.
        assert!(memory(&mut recommender, DAY, 3000));
        assert_peak(&recommender, 3000);
        assert!(!memory(&mut recommender, DAY / 2, 9000));
        assert!(recommender.cpu(1, at(5), Millicores::new(100)));
        assert!(!recommender.cpu(1, at(5), Millicores::new(100)), "the same sample twice");
        assert!(recommender.cpu(2, at(5), Millicores::new(100)), "another pod");
    }

    /// Upstream: `TestRecordOOMIncreasedByBumpUp`, `…IncreasedByMin`, `…MaxedWithKnownSample`.
    #[test]
    fn running_out_of_memory_asks_for_more() {
        let after = |used: Option<u64>, requested| {
            let mut recommender = recommender();
            if let Some(mib) = used {
                recommender.memory(1, at(0), Bytes::from_mib(mib));
            }
            assert!(recommender.out_of_memory(1, at(0), Bytes::from_mib(requested)));
            recommender
        };
        assert_peak(&after(None, 1000), 1200);
        assert_peak(&after(None, 1), 101);
        assert_peak(&after(Some(3000), 1000), 3600);
    }

    /// Upstream: `TestRecordOOMDontRunAway`.
    #[test]
    fn running_out_again_and_again_does_not_run_away() {
        let mut recommender = recommender();
        for _ in 0..50 {
            assert!(recommender.out_of_memory(1, at(0), Bytes::from_mib(1000)));
        }
        assert_peak(&recommender, 1200);
        recommender.out_of_memory(1, at(0), Bytes::from_mib(2000));
        assert_peak(&recommender, 2400);
    }

    /// Upstream: `TestRecordOOMDiscardsOldSample`, `TestRecordOOMInNewWindow` and
    /// `TestRecordOOMFreshOOMNearWindowBoundaryIsNotDiscarded` (kubernetes/autoscaler#8548).
    #[test]
    fn only_a_stale_failure_is_left_out() {
        let mut recommender = recommender();
        recommender.memory(1, at(2 * DAY), Bytes::from_mib(2000));
        let requested = Bytes::from_mib(1000);
        assert!(!recommender.out_of_memory(1, at(2 * DAY - 30 * 60), requested));
        assert_peak(&recommender, 2000);
        let mut fresh = recommender.clone();
        assert!(fresh.out_of_memory(1, at(2 * DAY - 1), requested));
        assert_peak(&fresh, 2400);
        assert!(recommender.out_of_memory(1, at(4 * DAY), Bytes::from_mib(3000)));
        assert_peak(&recommender, 3600);
    }

    #[test]
    fn each_interval_has_its_own_peak() {
        let mut recommender = recommender();
        recommender.out_of_memory(1, at(0), Bytes::from_mib(3000));
        recommender.memory(1, at(DAY), Bytes::from_mib(100));
        recommender.memory(1, at(DAY + 1), Bytes::from_mib(500));
        // The second day has two thirds of the weight.
        let median = recommender.memory.percentile(0.5).unwrap() / f64::from(1 << 20);
        assert!((500.0..535.0).contains(&median), "{median} MiB");
        // Upstream: an interval that began with nothing keeps nothing.
        recommender.memory(2, at(DAY), Bytes::ZERO);
        recommender.memory(2, at(DAY + 1), Bytes::from_mib(9000));
        let most = recommender.memory.percentile(1.0).unwrap() / f64::from(1 << 20);
        assert!(most < 4000.0, "{most} MiB");
    }

    /// Upstream: `TestConfidenceMultiplier`: 9 samples two minutes apart are 9 minutes of a day.
    #[test]
    fn sparse_samples_are_worth_their_number() {
        let mut recommender = recommender();
        for i in 0..9 {
            recommender.cpu(1, at(2 * i), Millicores::ONE);
        }
        assert!((recommender.confidence() - 0.00625).abs() < 1e-12);
    }

    #[test]
    fn usage_outlives_its_pod() {
        let mut recommender = recommender();
        recommender.cpu(1, at(0), Millicores::ONE);
        let before = recommender.recommend(1);
        recommender.gone(1);
        assert_eq!(recommender.recommend(1), before);
        assert!(recommender.pods.is_empty());
    }
}
