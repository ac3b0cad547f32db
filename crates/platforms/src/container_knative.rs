//! Copies under Knative: looked at every two seconds, woken by the first request, none while nobody asks.

use sim::pods::Fleet;
use units::{Duration, Instant, Random};

use super::Instances;
use crate::container_load::Minutes;
use crate::knative::Knative;

/// Fewer requests than this on average are none.
const NOBODY: f64 = 1e-3;
/// Arrivals of a minute that are drawn one by one; of more, their number in each period is as good as normal.
const ONE_BY_ONE: u64 = 200;

/// Copies that Knative asks for at `clock`, where `current` are asked for and `ready` are there.
pub(super) fn decide(
    autoscaler: &mut Knative,
    clock: Instant,
    (current, ready): (u32, u32),
    in_flight: f64,
) -> u32 {
    autoscaler.record(clock, in_flight);
    let desired = autoscaler.step(clock, i64::from(current), ready, in_flight > 0.0);
    u32::try_from(desired.max(0)).unwrap_or(u32::MAX)
}

impl Instances {
    /// A look at the fleet; where nothing is there and nothing is asked, the next one is at the next request.
    pub(super) fn tick_knative(&mut self, now: Instant, fleet: &mut Fleet) -> Instant {
        let woken = self.lives.is_empty() && fleet.in_flight() > 0;
        if now >= self.next_period || woken {
            let passed_s = now.since(self.looked).secs_f64().max(1e-3);
            let ids: Vec<_> = self.lives.iter().filter_map(|life| life.id).collect();
            let served: f64 =
                ids.into_iter().map(|id| fleet.take_load(id).requests.secs_f64()).sum();
            self.look(now, served / passed_s + fleet.waiting() as f64);
            self.scale_fleet(now, fleet);
            self.next_period = now + self.metrics.period;
        }
        if let super::Scaler::Knative(autoscaler) = &self.scaler {
            fleet.go_direct(autoscaler.goes_direct());
        }
        if self.lives.is_empty() && fleet.in_flight() == 0 {
            return Instant::from_nanos(u64::MAX);
        }
        self.next_look()
    }

    /// Takes note of the requests in flight since the last look. The autoscaler is told of every second: the last one
    /// when it decides, the one before here.
    fn look(&mut self, now: Instant, in_flight: f64) {
        if now.since(self.looked) >= Duration::from_secs(2)
            && let super::Scaler::Knative(autoscaler) = &mut self.scaler
        {
            let before = Self::clock(now).nanos() - Duration::SECOND.nanos();
            autoscaler.record(Instant::from_nanos(before), in_flight);
        }
        (self.looked, self.in_flight) = (now, in_flight);
    }
}

/// Copies in the middle of each minute of a cycle, as Knative asks for them: they come for about a minute, and the most of
/// each minute would count every visit twice. Requests arrive by chance, at the rate of their
/// minute; a copy has `places`, and `crowded` says how many are in it where so many would be if none slowed another. That
/// they slow each other follows the minute's rate: what a burst leaves undone is counted as waiting.
pub(crate) fn fluid(
    minutes: &Minutes,
    per_minute: &[f64],
    (places, crowded): (f64, &dyn Fn(f64) -> f64),
    mut instances: Instances,
) -> Vec<u32> {
    let period = instances.metrics.period;
    let periods = (Duration::MINUTE.nanos() / period.nanos().max(1)).max(1) as usize;
    let (period_s, stay_s) = (period.secs_f64(), minutes.stay.secs_f64().max(1e-9));
    let stays = (-period_s / stay_s).exp();
    let mut chance = instances.random.clone();
    instances.lives = vec![Instances::first_life(); instances.initial as usize];
    let mut counts = vec![0; per_minute.len()];
    let mut inside = 0.0_f64;
    let mut arrivals = vec![0.0; periods];
    for (minute, &rate) in per_minute.iter().enumerate() {
        let begin = Instant::START + Duration::MINUTE * minute as u64;
        spread(rate, &mut arrivals, &mut chance);
        if instances.lives.is_empty() && inside < NOBODY && arrivals.iter().all(|&n| n <= 0.0) {
            inside = 0.0;
            continue;
        }
        for (place, &came) in arrivals.iter().enumerate() {
            let now = begin + period * (place as u64 + 1);
            let clock = Instances::clock(now);
            let ready = instances.lives.iter().filter(|life| life.ready <= clock).count() as f64;
            // Whoever came within the period stays for what is left of it, on average.
            let left = inside * stays + came * stay_s / period_s * (1.0 - stays);
            let done = (inside + came - left).min(ready * places * period_s / stay_s);
            let alone = done * stay_s / period_s;
            let seen = if ready > 0.0 {
                let usual = (minutes.in_flight[minute] / ready).max(1e-9);
                alone * crowded(usual) / usual + (inside + came - left - done).max(0.0)
            } else {
                inside + came
            };
            inside += came - done;
            instances.look(now, if seen < NOBODY { 0.0 } else { seen });
            instances.scale(now);
            if place == periods / 2 {
                counts[minute] = instances.lives.len() as u32;
            }
        }
    }
    counts
}

/// Draws how many of a minute's requests come in each of its periods.
fn spread(rate: f64, arrivals: &mut [f64], chance: &mut Random) {
    arrivals.fill(0.0);
    let n = chance.poisson(rate.max(0.0));
    if n <= ONE_BY_ONE {
        for _ in 0..n {
            arrivals[chance.below(arrivals.len() as u64) as usize] += 1.0;
        }
        return;
    }
    let mean = n as f64 / arrivals.len() as f64;
    for came in arrivals {
        *came = (mean + mean.sqrt() * chance.normal()).max(0.0);
    }
}
