//! Replays are exact, repeatable and cover what they say.

use model::{Distribution, Fact};
use units::Rate;

use super::*;

const SEED: Seed = Seed(1);

fn demand(ms: u64) -> Demand {
    let constant = |ms| Fact::assumed(Distribution::Constant(Duration::from_millis(ms)), "");
    Demand { cpu: constant(ms), wait: constant(ms * 3), duration: None }
}

fn varied() -> Demand {
    let d =
        Distribution::LogNormal { p50: Duration::from_millis(20), p99: Duration::from_millis(200) };
    Demand { cpu: Fact::assumed(d.clone(), ""), wait: Fact::assumed(d, ""), duration: None }
}

fn recorded(times: &[u64], durations_us: Vec<u32>) -> Workload {
    let mut workload = Workload::flat(Rate::ZERO);
    for at in times {
        workload.per_minute[(at / 60_000_000_000) as usize] += 1.0;
    }
    let times = times.iter().map(|&at| Instant::from_nanos(at)).collect();
    workload.arrivals = Arrivals::Recorded { times, durations_us };
    workload
}

fn total_s(requests: &[Request]) -> f64 {
    requests.iter().map(|r| r.service(1.0).secs_f64()).sum()
}

#[test]
fn a_day_of_poisson_arrivals_has_the_declared_mean_and_variance() {
    let workload = Workload::flat(Rate::per_second(5.0));
    let replay = workload.replay(&demand(10), SEED, "api", 1_000_000);
    let n = replay.requests.len() as f64;
    assert!((n - 432_000.0).abs() < 4.0 * 432_000_f64.sqrt(), "{n}");
    assert_eq!(replay.covers, "one day of 30.4");
    assert_eq!(replay.length, Duration::DAY);
    assert!((replay.replays_per_month * n / (5.0 * 730.0 * 3600.0) - 1.0).abs() < 1e-12);
    assert!(replay.requests.is_sorted_by_key(|r| r.at));
    let mut per_second = vec![0.0_f64; 86_400];
    for request in &replay.requests {
        per_second[(request.at.nanos() / 1_000_000_000) as usize] += 1.0;
    }
    let variance = per_second.iter().map(|c| (c - 5.0).powi(2)).sum::<f64>() / 86_400.0;
    assert!((variance / 5.0 - 1.0).abs() < 0.03, "index of dispersion {}", variance / 5.0);
}

#[test]
fn luck_belongs_to_the_owner_and_the_seed() {
    let workload = Workload::flat(Rate::per_second(1.0));
    let of = |seed, owner| workload.replay(&varied(), Seed(seed), owner, 100_000).requests;
    assert_eq!(of(1, "api"), of(1, "api"));
    assert_ne!(of(1, "api"), of(2, "api"));
    assert_ne!(of(1, "api"), of(1, "web"));
}

#[test]
fn arrivals_do_not_depend_on_the_work_nor_the_work_on_the_load() {
    let workload = Workload::flat(Rate::per_second(1.0));
    let fixed = workload.replay(&demand(10), SEED, "api", 100_000).requests;
    let drawn = workload.replay(&varied(), SEED, "api", 100_000).requests;
    assert!(fixed.iter().zip(&drawn).all(|(a, b)| a.at == b.at));
    let more = workload.scaled(3.0).replay(&varied(), SEED, "api", 1_000_000).requests;
    // The first request of a minute brings the same work however many follow it.
    assert_eq!((more[0].cpu, more[0].wait), (drawn[0].cpu, drawn[0].wait));
    assert!((more.len() as f64 / drawn.len() as f64 - 3.0).abs() < 0.05);
}

#[test]
fn the_month_begins_like_the_replay_and_a_stretch_is_a_part_of_it() {
    let mut workload = Workload::flat(Rate::per_second(2.0));
    workload.per_minute[600..660].fill(600.0);
    let demand = varied();
    let day = workload.replay(&demand, SEED, "api", 1_000_000);
    let month = workload.replay_month(&demand, SEED, "api").take(day.requests.len());
    assert_eq!(day.requests, month.collect::<Vec<_>>());

    let part = workload.replay(&demand, SEED, "api", 40_000);
    let (from, length) = (part.start.nanos(), part.length.nanos());
    assert!(part.requests.len() > 39_000 && part.covers.ends_with("around the busiest hour"));
    assert!(from <= 600 * 60_000_000_000);
    let within = |r: &&Request| (from..from + length).contains(&r.at.nanos());
    let moved = |r: &Request| Request { at: Instant::from_nanos(r.at.nanos() - from), ..*r };
    let same: Vec<Request> = day.requests.iter().filter(within).map(moved).collect();
    assert_eq!(part.requests, same);
    let month_total = part.replays_per_month * part.requests.len() as f64;
    assert!((month_total - workload.requests_month() as f64).abs() < 1.0);
}

#[test]
fn a_month_has_730_hours_and_as_many_requests_as_declared() {
    let workload = Workload::flat(Rate::per_month(300_000.0));
    let demand = demand(1);
    let (mut n, mut last) = (0_u64, Instant::START);
    for request in workload.replay_month(&demand, SEED, "api") {
        assert!(request.at >= last);
        (n, last) = (n + 1, request.at);
    }
    assert!((n as f64 - 300_000.0).abs() < 4.0 * 300_000_f64.sqrt(), "{n}");
    assert!(last.nanos() < Duration::MONTH.nanos() && last.secs_f64() > 730.0 * 3600.0 - 200.0);
}

#[test]
fn a_thin_load_is_played_for_several_days() {
    let workload = Workload::flat(Rate::per_month(3_000.0));
    let replay = workload.replay(&demand(1), SEED, "job", 100_000);
    assert_eq!(replay.covers, "30 days of a month");
    assert!((replay.requests.len() as f64 - 2959.0).abs() < 220.0);
    let silent = Workload::flat(Rate::ZERO).replay(&demand(1), SEED, "job", 100);
    assert!(silent.requests.is_empty() && silent.replays_per_month == 0.0);
}

#[test]
fn recorded_moments_come_back_exactly_with_their_durations() {
    let times = [1_500_000_000, 61_000_000_001, 61_000_000_002, 3_600_000_000_000];
    let workload = recorded(&times, vec![40_000, NO_DURATION, 8_000, 0]);
    let replay = workload.replay(&demand(10), SEED, "api", 100);
    let got: Vec<u64> = replay.requests.iter().map(|r| r.at.nanos()).collect();
    assert_eq!(got, times);
    let ms = Duration::from_millis;
    let work: Vec<_> = replay.requests.iter().map(|r| (r.cpu, r.wait)).collect();
    // Measured totals are split one to three, as declared; where the log is silent the declared work stands.
    assert_eq!(work, [(ms(10), ms(30)), (ms(10), ms(30)), (ms(2), ms(6)), (ms(0), ms(0))]);
    assert!((replay.replays_per_month - workload.cycles_per_month).abs() < 1e-12);
}

#[test]
fn requests_of_one_logged_second_are_spread_within_it() {
    let second = 1_000_000_000;
    let times: Vec<u64> = [7_u64, 7, 7, 7, 9, 59, 59].iter().map(|s| s * second).collect();
    let check = |workload: &Workload| {
        let replay = workload.replay(&demand(10), SEED, "api", 100);
        let seconds: Vec<u64> = replay.requests.iter().map(|r| r.at.nanos() / second).collect();
        assert_eq!(seconds, [7, 7, 7, 7, 9, 59, 59]);
        let mut distinct: Vec<_> = replay.requests.iter().map(|r| r.at).collect();
        distinct.dedup();
        assert_eq!(distinct.len(), 7, "no two at the same nanosecond");
        assert_eq!(replay, workload.replay(&demand(10), SEED, "api", 100));
    };
    let mut workload = recorded(&times, Vec::new());
    check(&workload);
    workload.arrivals =
        Arrivals::Counted { tick: Duration::SECOND, counts: vec![(7, 4), (9, 1), (59, 2)] };
    check(&workload);
}

#[test]
fn a_scaled_recording_keeps_its_pattern() {
    let times: Vec<u64> = (0..2_000).map(|i| i * 500_000_000 + 123).collect();
    let workload = recorded(&times, Vec::new());
    for factor in [0.3, 1.0, 2.5, 7.0] {
        let scaled = workload.scaled(factor);
        let replay = scaled.replay(&demand(1), SEED, "api", 1_000_000);
        let n = replay.requests.len() as f64;
        assert!((n / (2_000.0 * factor) - 1.0).abs() < 0.08, "{factor}: {n}");
        assert!(replay.requests.iter().all(|r| r.at.secs_f64() < 1_001.0));
        assert!(replay.requests.is_sorted_by_key(|r| r.at));
        let month = replay.replays_per_month * n;
        assert!((month / scaled.requests_month() as f64 - 1.0).abs() < 1e-4);
    }
}

#[test]
fn a_schedule_fires_at_its_moments_and_fractions_add_up() {
    let hours: Vec<Instant> = (0..24).map(|h| Instant::START + Duration::HOUR * h).collect();
    let mut workload = Workload::flat(Rate::ZERO);
    for hour in 0..24 {
        workload.per_minute[hour * 60] = 2.0;
    }
    workload.arrivals = Arrivals::Scheduled(hours.clone());
    let replay = workload.replay(&demand(1), SEED, "job", 50);
    let at: Vec<Instant> = replay.requests.iter().map(|r| r.at).collect();
    let twice: Vec<Instant> = hours.iter().flat_map(|h| [*h, *h]).collect();
    assert_eq!(at, twice);
    let half = workload.scaled(0.25).replay(&demand(1), SEED, "job", 12);
    assert_eq!(half.requests.len(), 12, "every second firing brings one");
}

#[test]
fn work_is_conserved_between_the_replay_and_its_declared_mean() {
    let demand = varied();
    let workload = Workload::flat(Rate::per_second(4.0));
    let replay = workload.replay(&demand, SEED, "api", 1_000_000);
    let mean = total_s(&replay.requests) / replay.requests.len() as f64;
    assert!((mean / demand.mean().secs_f64() - 1.0).abs() < 0.01, "{mean}");
}

#[test]
fn a_single_overfull_minute_is_cut_at_the_limit() {
    let workload = Workload::flat(Rate::per_second(1_000.0));
    let replay = workload.replay(&demand(1), SEED, "api", 10_000);
    assert_eq!(replay.requests.len(), 10_000);
    assert!((replay.length.secs_f64() - 10.0).abs() < 0.5);
}
