//! What must hold of a function pool whatever it is fed; the cases are drawn from a fixed seed.

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use sim::function_pool::{
    Admission, Allocation, ColdStart, CurvePass, FunctionPool, KeepAlive, Planned, PoolSettings,
    PoolUsage, Reuse, ReuseOrder, Tracked, Unlimited,
};
use units::{Duration, Instant, Random, Seed};

type Requests = Vec<(u64, u64)>;

/// The same cases on every machine and every day.
fn runner(cases: u32) -> TestRunner {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]))
}

/// Gaps and runs in milliseconds, bursts and long silences among them.
fn requests() -> impl Strategy<Value = Requests> {
    let gap = prop_oneof![4 => 0_u64..5, 4 => 0_u64..3_000, 1 => 5_000_u64..100_000];
    let run = prop_oneof![6 => 0_u64..2_000, 1 => 0_u64..40_000];
    prop::collection::vec((gap, run), 1..200)
}

fn orders() -> impl Strategy<Value = ReuseOrder> {
    prop::sample::select(vec![
        ReuseOrder::MostRecent,
        ReuseOrder::LeastRecent,
        ReuseOrder::Uniform,
        ReuseOrder::RandomRank,
        ReuseOrder::Newest,
        ReuseOrder::Oldest,
    ])
}

fn settings() -> impl Strategy<Value = PoolSettings> {
    (0_u64..20_000, 0_u64..20_000, 0_u32..4, 1_u32..8, any::<bool>()).prop_map(
        |(keep, more, provisioned, concurrency_max, stepped)| PoolSettings {
            provisioned,
            concurrency_max,
            timeline: stepped.then_some(Duration::SECOND),
            ..PoolSettings::new(KeepAlive::between(ms(keep), ms(keep + more)))
        },
    )
}

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn random() -> Random {
    Seed(1).stream("properties", "keep-alive")
}

/// Plays the requests and ends the run with the last.
fn play<A: Admission, R: Reuse>(
    mut pool: FunctionPool<A, R>,
    requests: &Requests,
    start: u64,
) -> PoolUsage {
    let mut now = Instant::START;
    for &(gap, run) in requests {
        now = now + ms(gap);
        pool.offer(now, ms(run), || ColdStart { init: ms(start), ..ColdStart::default() });
    }
    pool.finish(now)
}

fn plain(settings: PoolSettings, requests: &Requests) -> PoolUsage {
    play(FunctionPool::new(settings, Unlimited, random()), requests, 0)
}

#[test]
fn requests_are_conserved_and_runs_repeat() {
    let plan = (0_u64..60_000, 0_u32..5, any::<bool>());
    let cases = (requests(), settings(), orders(), prop::collection::vec(plan, 0..6), 0_u64..3_000);
    runner(300)
        .run(&cases, |(requests, settings, order, plan, life)| {
            let run = || {
                let plan = plan.iter().map(|&(at, count, warm)| {
                    let what = if warm { Planned::Warm(count) } else { Planned::Provision(count) };
                    (Instant::START + ms(at), what)
                });
                let life = (life > 0).then(|| ms(life * 10));
                let environments = Tracked::new(order, life, random());
                let pool =
                    FunctionPool::with_environments(settings, Unlimited, random(), environments);
                let allocation = Allocation { lead: ms(500), each: ms(100) };
                play(pool.planned(plan).allocated_by(allocation), &requests, 300)
            };
            let usage = run();
            prop_assert_eq!(usage.arrivals, requests.len() as u64);
            prop_assert_eq!(usage.arrivals, usage.served() + usage.rejected() + usage.in_flight);
            prop_assert_eq!(usage.latency.count(), usage.admitted());
            prop_assert_eq!(usage, run());
            Ok(())
        })
        .expect("the property holds");
}

/// On the same arrivals and runs, where a cold start adds nothing that would change the runs.
#[test]
fn more_of_anything_is_never_worse() {
    runner(300)
        .run(&(requests(), settings(), 1_u32..4), |(requests, settings, more)| {
            let settings = PoolSettings {
                keep_alive: KeepAlive::fixed(settings.keep_alive.shortest),
                ..settings
            };
            let base = plain(settings, &requests);
            let cap = settings.concurrency_max + more;
            let wider = plain(PoolSettings { concurrency_max: cap, ..settings }, &requests);
            prop_assert!(wider.rejected() <= base.rejected(), "a wider cap");
            let provisioned = settings.provisioned + more;
            let richer = plain(PoolSettings { provisioned, ..settings }, &requests);
            prop_assert!(richer.rejected() <= base.rejected(), "more provisioned");
            prop_assert!(richer.provisioned >= base.provisioned, "more provisioned");
            let keep_alive =
                KeepAlive::fixed(settings.keep_alive.shortest + ms(1_000 * u64::from(more)));
            let longer = plain(PoolSettings { keep_alive, ..settings }, &requests);
            prop_assert!(longer.cold <= base.cold, "a longer keep-alive");
            prop_assert_eq!(longer.rejected(), base.rejected());
            Ok(())
        })
        .expect("the property holds");
}

#[test]
fn a_run_may_be_cut_where_nothing_is_there() {
    runner(200)
        .run(&(requests(), requests(), settings()), |(first, second, settings)| {
            let settings = PoolSettings {
                timeline: None,
                keep_alive: KeepAlive::fixed(settings.keep_alive.longest),
                ..settings
            };
            // After a silence longer than any run and any keep-alive the pool is empty.
            let mut both = first.clone();
            both.push((200_000, 0));
            both.extend(&second);
            let mut rest = vec![(0, 0)];
            rest.extend(&second);
            let whole = plain(settings, &both);
            let (one, other) = (plain(settings, &first), plain(settings, &rest));
            prop_assert_eq!(whole.arrivals, one.arrivals + other.arrivals);
            prop_assert_eq!(whole.cold, one.cold + other.cold);
            prop_assert_eq!(whole.rejected(), one.rejected() + other.rejected());
            prop_assert_eq!(whole.busy_nanos, one.busy_nanos + other.busy_nanos);
            prop_assert_eq!(whole.idle_nanos, one.idle_nanos + other.idle_nanos);
            prop_assert_eq!(whole.billed_run, one.billed_run + other.billed_run);
            Ok(())
        })
        .expect("the property holds");
}

#[test]
fn the_one_pass_counts_provisioned_runs_as_the_pool_does() {
    runner(200)
        .run(&(requests(), 0_u32..6), |(requests, provisioned)| {
            let keep = KeepAlive::fixed(ms(5_000));
            let settings = PoolSettings { provisioned, ..PoolSettings::new(keep) };
            let usage = play(FunctionPool::new(settings, Unlimited, random()), &requests, 700);
            let mut pass = CurvePass::new(ms(1));
            let mut now = Instant::START;
            for &(gap, run) in &requests {
                now = now + ms(gap);
                pass.offer(now, ms(run));
            }
            let part = pass.finish().provisioned(provisioned);
            prop_assert_eq!(part.requests, usage.provisioned);
            prop_assert_eq!(part.billed_run, usage.billed_provisioned_run);
            Ok(())
        })
        .expect("the property holds");
}

#[test]
fn hostile_numbers_neither_panic_nor_run_away() {
    let wild = || prop_oneof![Just(0), Just(1), Just(u64::MAX), Just(u64::MAX / 2), any::<u64>()];
    let count = prop_oneof![Just(0), Just(1), 0_u32..2_000, Just(u32::MAX)];
    let request = (wild(), wild(), wild());
    let cases = (
        (wild(), wild(), wild(), wild(), count.clone(), count.clone()),
        orders(),
        prop::collection::vec(request, 0..20),
        prop::collection::vec((wild(), count, any::<bool>()), 0..3),
    );
    runner(200)
        .run(&cases, |(numbers, order, requests, plan)| {
            let (keep, more, step, life, provisioned, concurrency_max) = numbers;
            let span = Duration::from_nanos;
            let settings = PoolSettings {
                keep_alive: KeepAlive::between(span(keep.min(more)), span(keep.max(more))),
                billing_step: span(step.max(1)),
                provisioned,
                // Warming a million takes a moment; a thousand shows as much.
                concurrency_max: concurrency_max.min(1_000),
                overhead: span(life),
                timeline: Some(span(step.max(1 << 45))),
            };
            let plan = plan.into_iter().map(|(at, count, warm)| {
                let what = if warm { Planned::Warm(count) } else { Planned::Provision(count) };
                (Instant::from_nanos(at), what)
            });
            let environments = Tracked::new(order, Some(span(life)), random());
            let pool = FunctionPool::with_environments(settings, Unlimited, random(), environments);
            let mut pool =
                pool.planned(plan).allocated_by(Allocation { lead: span(keep), each: span(step) });
            let mut sorted = requests;
            sorted.sort_unstable();
            for &(at, service, start) in &sorted {
                let start = ColdStart {
                    placement: span(start),
                    init: span(start),
                    first_call: span(start),
                };
                pool.offer(Instant::from_nanos(at), span(service), || start);
            }
            let usage = pool.finish(Instant::from_nanos(u64::MAX));
            prop_assert_eq!(usage.arrivals, usage.served() + usage.rejected() + usage.in_flight);
            Ok(())
        })
        .expect("the property holds");
}
