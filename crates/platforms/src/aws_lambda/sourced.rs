//! A function behind a queue, a stream or the service's own retries: its month, simulated and by closed form.

use catalog::Missing;
use model::Reason;
use scaling::queue_pollers::QueuePollers;
use sim::function_pool::{Admission, FunctionPool, PoolSettings, PoolUsage};
use units::{Duration, Histogram, Instant, Request, Share};

use super::estimate::RESOLUTION;
use super::events::{self, Handled, Mapping, Run};
use super::work::{self, Point};
use super::world::{ERRORS_USUAL, RampAndRate, Totals, World, grouped, step, timeline};
use crate::platform::{Counts, Evaluation, Obstacle};
use crate::usage::Usage;
use model::FrontDoor;

/// A queue empties as long as no more than this share of what may run is busy on average.
const ROOM: f64 = 0.9;
/// Calls beside receives that every message costs: one to send it.
const SENDS: f64 = 1.0;

impl World<'_> {
    /// Usage and latency by replaying the case's messages; waiting counts.
    pub(super) fn simulate_events(&self, mapping: &Mapping) -> Result<Evaluation, Missing> {
        let requests = self.case.requests;
        let span = self.span(requests);
        let (usage, handled) = self.play_events(mapping, requests, span, Some(step(span)));
        // What waits at the end is run and billed later.
        let later = handled.arrivals as f64 / handled.finished.max(1) as f64;
        let months = self.case.replays_per_month * later;
        let totals = self.totals_of(&usage, months);
        let receives = handled.receives as f64 * months;
        let given_up = Share::of(handled.dead, handled.arrivals);
        Ok(Evaluation {
            usage: self.with_calls(self.usage(&totals), receives)?,
            latency: (handled.latency.count() > 0).then_some(handled.latency),
            cold: Some(Share::of(usage.cold, usage.admitted())),
            counts: Some(Counts {
                arrivals: handled.arrivals,
                served: handled.served,
                rejected: handled.dead,
                in_flight: handled.in_flight,
            }),
            timeline: usage.timeline.map(timeline),
            obstacles: self.events_obstacles(mapping, given_up)?,
        })
    }

    /// The same by closed form: one message a call, and what waits as a fluid, minute by minute.
    pub(super) fn estimate_events(
        &self,
        mapping: &Mapping,
        totals: &Totals,
        latency: Histogram,
        points: &[Point],
        cold: f64,
    ) -> Result<Evaluation, Missing> {
        let latency = self.with_waits(mapping, latency, work::mean_s(points));
        Ok(Evaluation {
            usage: self.with_calls(self.usage(totals), totals.requests)?,
            latency: Some(latency),
            cold: Some(Share::new(cold)),
            counts: None,
            timeline: None,
            obstacles: self.events_obstacles(mapping, Share::new(0.0))?,
        })
    }

    /// Plays messages through the pool that their own end has warmed.
    pub(super) fn play_events(
        &self,
        mapping: &Mapping,
        requests: &[Request],
        span: Duration,
        step: Option<Duration>,
    ) -> (PoolUsage, Handled) {
        let (settings, ramp) = (self.pool_settings(step), self.ramp());
        match self.rate() {
            None => self.feed_events(mapping, requests, span, (settings, ramp)),
            Some(rate) => {
                self.feed_events(mapping, requests, span, (settings, RampAndRate(ramp, rate)))
            }
        }
    }

    fn feed_events<A: Admission>(
        &self,
        mapping: &Mapping,
        requests: &[Request],
        span: Duration,
        (settings, admission): (PoolSettings, A),
    ) -> (PoolUsage, Handled) {
        let (seed, id) = (self.case.seed, &self.case.component.id);
        let mut starts = seed.stream(id, "cold start");
        let pool = FunctionPool::new(settings, admission, seed.stream(id, "keep-alive"));
        let (warming, before) = self.warming(span);
        let tail = requests.partition_point(|r| r.at.since(Instant::START) < before);
        let warm = requests[tail..]
            .iter()
            .map(|r| (Instant::START + r.at.since(Instant::START + before), *r));
        let main = requests.iter().map(|r| (r.at + warming, *r));
        let begin = Instant::START + warming;
        let start = || self.start.draw(&mut starts);
        let random = seed.stream(id, "messages");
        Run::new(mapping, pool, self.cpu, start, random).play(warm.chain(main), begin, begin + span)
    }

    /// What a mapping and its queue keep from holding the load.
    fn events_obstacles(
        &self,
        mapping: &Mapping,
        given_up: Share,
    ) -> Result<Vec<Obstacle>, Missing> {
        let component = self.case.component;
        let mut texts = events::refused(component, self.settings.front_door, self.case.prices)?;
        let points = work::points(component, self.case.workload, self.cpu);
        let busy = self.case.workload.mean_rate().hertz() * work::mean_s(&points);
        let most = mapping.batches_max().min(self.cap());
        let allowed = component.slo.errors.map_or(ERRORS_USUAL, Share::get);
        if busy > ROOM * f64::from(most) {
            texts.push(format!(
                "the queue never empties: {busy:.0} in work at once on average, and at most {}",
                grouped(u64::from(most))
            ));
        } else if given_up.get() > allowed {
            texts.push(format!("{given_up} of messages are given up after their last attempt"));
        }
        Ok(texts.into_iter().map(|text| Obstacle { reason: Reason::plain(text) }).collect())
    }

    /// Usage with the calls to the queue: sends, receives of messages with a delete each, and empty receives.
    fn with_calls(&self, usage: Usage, receives: f64) -> Result<Usage, Missing> {
        let is_queue = self.settings.front_door == FrontDoor::Queue;
        let Usage::Function(mut usage) = usage else { return Ok(usage) };
        if is_queue {
            let messages = self.case.workload.requests_month() as f64;
            let calls = SENDS * messages + 2.0 * receives + self.empty_receives()?;
            usage.flow.queue_calls = Some(calls.round() as u64);
        }
        Ok(Usage::Function(usage))
    }

    /// Receives a month that find nothing. At rest the pollers wait one after the other, so that one comes back
    /// empty every so often (`aws-sqs/idle_polls`); in between a message ends the wait that is longest.
    fn empty_receives(&self) -> Result<f64, Missing> {
        let every_s = 60.0 / self.case.prices.limit_number("aws-sqs", "idle_polls")?;
        let workload = self.case.workload;
        let in_a_minute = |messages: f64| {
            let expected = messages / 60.0 * every_s;
            // As messages become rare this is the number at rest: one every so often.
            60.0 / every_s * if expected < 1e-9 { 1.0 } else { expected / expected.exp_m1() }
        };
        let cycle: f64 = workload.per_minute.iter().map(|&messages| in_a_minute(messages)).sum();
        Ok(cycle * workload.cycles_per_month)
    }

    /// Latency with the waits of a fluid that flows in at each minute's rate and out as fast as batches may run.
    fn with_waits(&self, mapping: &Mapping, latency: Histogram, service_s: f64) -> Histogram {
        let most = mapping.batches_max().min(self.cap());
        let per_minute = &self.case.workload.per_minute;
        let peak = per_minute.iter().copied().fold(0.0, f64::max) / 60.0 * service_s;
        let start = mapping.pollers.map_or(most, |policy| policy.start.min(most));
        if peak <= f64::from(start) * ROOM {
            return latency;
        }
        let mut pollers = mapping.pollers.map(QueuePollers::new);
        let (mut backlog, mut now) = (0.0_f64, Instant::START);
        let (mut waits, mut all) = (Vec::new(), 0.0);
        // The second round begins with what the first one leaves.
        for (round, &messages) in
            per_minute.iter().map(|n| (0, n)).chain(per_minute.iter().map(|n| (1, n)))
        {
            let running = pollers.as_mut().map_or(most, |p| p.look(now, false).min(most));
            let full = backlog > 0.0 || messages / 60.0 * service_s > f64::from(running);
            let begin = now;
            now = now + Duration::MINUTE;
            let then = pollers.as_mut().map_or(most, |p| {
                p.look(begin, full);
                p.look(now, full).min(most)
            });
            let a_second = f64::midpoint(f64::from(running), f64::from(then)) / service_s.max(1e-9);
            let left = (backlog + messages - a_second * 60.0).max(0.0);
            if round == 1 {
                all += messages;
                waits.push((messages, f64::midpoint(backlog, left) / a_second.max(1e-9)));
            }
            backlog = left;
        }
        let mut mixed = Histogram::default();
        let waiting: f64 = waits.iter().filter(|(_, wait)| *wait > 0.0).map(|(n, _)| n).sum();
        let direct = 1.0 - waiting / f64::max(all, f64::MIN_POSITIVE);
        for (value, count) in latency.buckets() {
            mixed.record_n(value, (count as f64 * direct).round() as u64);
        }
        for (messages, wait) in waits.into_iter().filter(|(_, wait)| *wait > 0.0) {
            let count = (messages / all * RESOLUTION).round() as u64;
            mixed.record_n(Duration::from_secs_f64(wait + service_s), count);
        }
        mixed
    }
}
