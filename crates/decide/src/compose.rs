//! Latency along calls that the caller waits for.
//!
//! A caller's clients wait for its own latency and for every synchronous call it makes, one after the other.
//! Each call takes what a client of the callee sees there (front door, queueing and cold starts included), drawn
//! independently; a call that is made 0.3 times a request is made by three requests in ten, and 2.5 times means
//! two calls and a third one in every other request. The caller's declared work is taken to be its own: a
//! `duration` that already contains the waiting for another component should not also have an edge to it.
//! Components without a latency of their own (managed stores) add nothing, since their share is in the caller's
//! waiting time.
//!
//! Distributions are added as weighted points on a logarithmic grid (at most 2 % apart), so that a sum keeps its
//! tail; independence makes the composed p99 lower than the sum of the parts' p99.

use model::{App, CallKind};
use units::{Duration, Histogram};

/// Points below this weight are dropped from a sum: far below any percentile that is asked for.
const WEIGHT_MIN: f64 = 1e-7;
/// Calls in a row that are added one by one; beyond it (a loop over a store, say) their means are.
const CALLS_MAX: u32 = 32;
/// Weight of a whole distribution when it becomes a histogram again.
const HISTOGRAM_WEIGHT: f64 = 1e7;

/// How far a bound of a quantile has to stay from a goal to be trusted beside points that are up to 2 % apart at each sum.
const SURE: f64 = 0.1;

/// A latency distribution as weighted points, ascending; weights sum to 1.
#[derive(Debug, Clone, PartialEq)]
struct Points(Vec<(u64, f64)>);

/// Which components a caller waits for, directly, with calls a request.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Chains {
    calls: Vec<Vec<(usize, f64)>>,
}

impl Chains {
    /// Of an app. Calls that lead back to a caller are left out: nobody waits for himself.
    pub(crate) fn of(app: &App) -> Self {
        let index = |id: &str| app.components.iter().position(|component| component.id == id);
        let mut calls = vec![Vec::new(); app.components.len()];
        for edge in app.edges.iter().filter(|edge| edge.kind == CallKind::Sync) {
            if let (Some(from), Some(to)) = (index(&edge.from), index(&edge.to))
                && edge.calls_per_request > 0.0
            {
                calls[from].push((to, edge.calls_per_request));
            }
        }
        Self { calls }
    }

    /// Everything that `head` waits for, itself included, ascending.
    pub(crate) fn members(&self, head: usize) -> Vec<usize> {
        let mut seen = vec![head];
        let mut next = 0;
        while next < seen.len() {
            for &(to, _) in &self.calls[seen[next]] {
                if !seen.contains(&to) {
                    seen.push(to);
                }
            }
            next += 1;
        }
        seen.sort_unstable();
        seen
    }

    /// Whether `head` waits for anybody.
    pub(crate) fn has_calls(&self, head: usize) -> bool {
        !self.calls[head].is_empty()
    }

    /// How often a request of `head` waits for each component, itself included.
    pub(crate) fn waits(&self, head: usize) -> Vec<Waits> {
        let mut all = Vec::new();
        self.count(head, (1, true), &mut Vec::new(), &mut all);
        all
    }

    fn count(
        &self,
        at: usize,
        (most, always): (u64, bool),
        callers: &mut Vec<usize>,
        all: &mut Vec<Waits>,
    ) {
        all.push(Waits { at, most, always });
        callers.push(at);
        for &(to, calls) in &self.calls[at] {
            if !callers.contains(&to) {
                let most = most.saturating_mul(calls.ceil().clamp(1.0, 1e9) as u64);
                // Of who is waited for by others than the head it is not known here whether these have a latency at all.
                let always = always && callers.len() == 1 && calls >= 1.0;
                self.count(to, (most, always), callers, all);
            }
        }
        callers.pop();
    }

    /// What clients of `head` see; `own` gives each member's own latency. `None` if the head has none.
    pub(crate) fn latency<'h>(
        &self,
        head: usize,
        own: &dyn Fn(usize) -> Option<&'h Histogram>,
    ) -> Option<Histogram> {
        if !self.has_calls(head) {
            return own(head).cloned();
        }
        let points = self.points(head, own, &mut Vec::new())?;
        Some(points.histogram())
    }

    fn points<'h>(
        &self,
        at: usize,
        own: &dyn Fn(usize) -> Option<&'h Histogram>,
        callers: &mut Vec<usize>,
    ) -> Option<Points> {
        let mut sum = Points::of(own(at)?)?;
        callers.push(at);
        for &(to, calls) in &self.calls[at] {
            if callers.contains(&to) {
                continue;
            }
            if let Some(callee) = self.points(to, own, callers) {
                sum = sum.plus_calls(&callee, calls);
            }
        }
        callers.pop();
        Some(sum)
    }
}

/// How often a request waits for a component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Waits {
    at: usize,
    /// Calls a request, one after the other, at the most.
    most: u64,
    /// Whether every request waits for it at least once.
    always: bool,
}

/// Whether a latency goal is kept or missed, where that is plain without adding distributions up; `None` where it is not.
///
/// No more than a part 1 - q of the requests is slower than the sum of all waits at quantiles that leave each its part of
/// that (the chances of late calls add up at the most), and none is faster than the slowest thing that it waits for.
pub(crate) fn plainly_holds<'h>(
    waits: &[Waits],
    (q, limit): (f64, Duration),
    own: &dyn Fn(usize) -> Option<&'h Histogram>,
) -> Option<bool> {
    let limit_s = limit.secs_f64();
    let calls: u64 = waits.iter().map(|wait| wait.most).fold(0, u64::saturating_add);
    let each = 1.0 - (1.0 - q) / calls as f64;
    let mut most_s = 0.0;
    for wait in waits {
        let Some(latency) = own(wait.at) else { continue };
        let usual = latency.quantile(q).map_or(0.0, Duration::secs_f64);
        if wait.always && usual > limit_s * (1.0 + SURE) {
            return Some(false);
        }
        let late = latency.quantile(each).map_or(0.0, Duration::secs_f64);
        most_s += late * wait.most as f64;
    }
    (most_s <= limit_s * (1.0 - SURE)).then_some(true)
}

impl Points {
    /// Of a histogram; `None` if it is empty.
    fn of(histogram: &Histogram) -> Option<Self> {
        let count = histogram.count();
        let weigh = |(value, n): (Duration, u64)| (value.nanos(), n as f64 / count as f64);
        (count > 0).then(|| Self(histogram.buckets().map(weigh).collect()))
    }

    /// With `calls` calls of `callee` a request, one after the other.
    fn plus_calls(self, callee: &Self, calls: f64) -> Self {
        let whole = calls.floor().min(f64::from(u32::MAX)) as u32;
        let mut sum = self;
        for _ in 0..whole.min(CALLS_MAX) {
            sum = sum.plus(callee);
        }
        if whole > CALLS_MAX {
            let mean: f64 = callee.0.iter().map(|(nanos, weight)| *nanos as f64 * weight).sum();
            let rest = (mean * f64::from(whole - CALLS_MAX)) as u64;
            sum.0.iter_mut().for_each(|(nanos, _)| *nanos = nanos.saturating_add(rest));
        }
        let part = calls - calls.floor();
        if part > 1e-9 { sum.plus(&callee.with_chance(part)) } else { sum }
    }

    /// Itself with this chance, nothing otherwise.
    fn with_chance(&self, chance: f64) -> Self {
        let mut points = vec![(0, 1.0 - chance)];
        points.extend(self.0.iter().map(|(nanos, weight)| (*nanos, weight * chance)));
        Self(points)
    }

    /// The distribution of the sum of two independent draws.
    fn plus(&self, other: &Self) -> Self {
        let mut sums: Vec<(u64, f64)> = Vec::with_capacity(self.0.len() * other.0.len());
        for &(a, weight_a) in &self.0 {
            for &(b, weight_b) in &other.0 {
                let weight = weight_a * weight_b;
                if weight >= WEIGHT_MIN * 1e-2 {
                    sums.push((a.saturating_add(b), weight));
                }
            }
        }
        sums.sort_unstable_by_key(|(nanos, _)| *nanos);
        Self(merged(&sums))
    }

    fn histogram(&self) -> Histogram {
        let mut histogram = Histogram::default();
        for &(nanos, weight) in &self.0 {
            let count = (weight * HISTOGRAM_WEIGHT).round() as u64;
            if count > 0 {
                histogram.record_n(Duration::from_nanos(nanos), count);
            }
        }
        histogram
    }
}

/// Neighbours closer than 2 % become one point at their weighted mean.
fn merged(sums: &[(u64, f64)]) -> Vec<(u64, f64)> {
    let mut points: Vec<(u64, f64)> = Vec::new();
    let (mut first, mut weight, mut moment) = (0_u64, 0.0_f64, 0.0_f64);
    let mut close = |weight: f64, moment: f64| {
        if weight >= WEIGHT_MIN {
            points.push(((moment / weight).round() as u64, weight));
        }
    };
    for &(nanos, w) in sums {
        if weight > 0.0 && nanos > first + first / 50 {
            close(weight, moment);
            (weight, moment) = (0.0, 0.0);
        }
        if weight <= 0.0 {
            first = nanos;
        }
        weight += w;
        moment += w * nanos as f64;
    }
    if weight > 0.0 {
        close(weight, moment);
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{app, component, known};
    use model::Edge;
    use units::Bytes;

    fn histogram(values: &[u64]) -> Histogram {
        let mut histogram = Histogram::default();
        for &ms in values {
            histogram.record(Duration::from_millis(ms));
        }
        histogram
    }

    fn chains(edges: &[(&str, &str, f64)]) -> Chains {
        let mut app = app(vec![component("a"), component("b"), component("c")]);
        app.edges = edges
            .iter()
            .map(|(from, to, calls)| Edge {
                from: (*from).to_owned(),
                to: (*to).to_owned(),
                calls_per_request: *calls,
                bytes: known(Bytes::ZERO),
                kind: CallKind::Sync,
                origin: None,
            })
            .collect();
        Chains::of(&app)
    }

    fn near(actual: Option<Duration>, ms: f64) -> bool {
        actual.is_some_and(|d| (d.millis_f64() - ms).abs() / ms < 0.04)
    }

    #[test]
    fn constant_times_add_up_along_a_chain() {
        let chains = chains(&[("a", "b", 1.0), ("b", "c", 2.0)]);
        let own = [histogram(&[100]), histogram(&[30]), histogram(&[10])];
        let sum = chains.latency(0, &|at| own.get(at)).unwrap();
        assert!(near(sum.quantile(0.5), 150.0), "{:?}", sum.quantile(0.5));
        assert_eq!(chains.members(0), [0, 1, 2]);
        assert_eq!(chains.members(1), [1, 2]);
    }

    #[test]
    fn a_call_made_by_three_in_ten_reaches_the_tail_and_not_the_median() {
        let chains = chains(&[("a", "b", 0.3)]);
        let own = [histogram(&[100]), histogram(&[900]), histogram(&[1])];
        let sum = chains.latency(0, &|at| own.get(at)).unwrap();
        assert!(near(sum.quantile(0.69), 100.0) && near(sum.quantile(0.71), 1000.0));
    }

    #[test]
    fn two_tails_seldom_meet() {
        // One request in a hundred takes a second on either side: p99 is one second, not two.
        let slow: Vec<u64> = (0..1000).map(|i| if i % 100 == 0 { 1000 } else { 10 }).collect();
        let chains = chains(&[("a", "b", 1.0)]);
        let own = [histogram(&slow), histogram(&slow), histogram(&[1])];
        let sum = chains.latency(0, &|at| own.get(at)).unwrap();
        assert!(near(sum.quantile(0.97), 20.0), "{:?}", sum.quantile(0.97));
        assert!(near(sum.quantile(0.99), 1010.0), "{:?}", sum.quantile(0.99));
        assert!(near(sum.quantile(0.99995), 2000.0), "{:?}", sum.quantile(0.99995));
    }

    #[test]
    fn a_store_without_a_latency_adds_nothing_and_circles_end() {
        let chains = chains(&[("a", "b", 1.0), ("b", "a", 1.0), ("a", "c", 5.0)]);
        let own = [histogram(&[100]), histogram(&[50])];
        let sum = chains.latency(0, &|at| own.get(at)).unwrap();
        assert!(near(sum.quantile(0.5), 150.0));
        assert_eq!(chains.latency(2, &|at| own.get(at)), None);
    }

    #[test]
    fn what_is_plain_is_what_adding_up_says() {
        let mut random = units::Random::new(7);
        let mut below = |most: u64| random.below(most);
        let (mut kept, mut missed) = (0, 0);
        for _ in 0..400 {
            let calls = [0.3, 1.0, 1.5, 3.0];
            let mut edge = |from, to| (from, to, calls[below(4) as usize]);
            let edges = [edge("a", "b"), edge("b", "c"), edge("a", "c")];
            let chains = chains(&edges);
            let mut of = || {
                let (usual, slow) = (1 + below(50), 1 + below(2000));
                let part = below(60);
                let values: Vec<u64> =
                    (0..1000).map(|i| if i % 1000 < part { slow } else { usual }).collect();
                histogram(&values)
            };
            let all = [of(), of(), of()];
            let own = |at: usize| all.get(at);
            let (q, limit) = (0.95, Duration::from_millis(20 + below(3000)));
            let held = chains.latency(0, &own).unwrap().quantile(q).unwrap() <= limit;
            let plain = plainly_holds(&chains.waits(0), (q, limit), &own);
            assert!(plain.is_none_or(|plain| plain == held), "{edges:?} {all:?} {limit}");
            kept += u32::from(plain == Some(true));
            missed += u32::from(plain == Some(false));
        }
        assert!(kept > 10 && missed > 10, "{kept} kept and {missed} missed");
    }

    #[test]
    fn a_hundred_calls_in_a_row_take_a_hundred_times_as_long() {
        let chains = chains(&[("a", "b", 100.0)]);
        let own = [histogram(&[100]), histogram(&[10]), histogram(&[1])];
        let sum = chains.latency(0, &|at| own.get(at)).unwrap();
        assert!(near(sum.quantile(0.5), 1100.0), "{:?}", sum.quantile(0.5));
    }
}
