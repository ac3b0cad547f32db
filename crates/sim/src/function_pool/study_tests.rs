//! Orders of reuse, lives, plans: stories of a few requests, and figures that others found.

use units::Seed;

use super::*;

const SECOND: Duration = Duration::SECOND;

fn at(secs: u64) -> Instant {
    Instant::START + Duration::from_secs(secs)
}

fn tracked(order: ReuseOrder, life: Option<Duration>) -> FunctionPool<Unlimited, Tracked> {
    let settings = PoolSettings::new(KeepAlive::fixed(SECOND * 600));
    let random = Seed(1).stream("f", "keep-alive");
    let environments = Tracked::new(order, life, Seed(1).stream("f", "reuse"));
    FunctionPool::with_environments(settings, Unlimited, random, environments)
}

/// The standard case of `SimFaaS`: share of cold requests, mean environments, mean life in seconds of those ended.
fn standard_case(order: ReuseOrder) -> (f64, f64, f64) {
    let mut random = Seed(5).stream("orders", "requests");
    let mut pool = tracked(order, None);
    let (n, mut t) = (2_000_000_u32, 0.0);
    for _ in 0..n {
        t += random.exponential() / 0.9;
        let service = Duration::from_secs_f64(random.exponential() * 1.991);
        pool.offer(Instant::START + Duration::from_secs_f64(t), service, ColdStart::default);
    }
    let usage = pool.finish(Instant::START);
    let lives = usage.lives.unwrap();
    let environments = (usage.busy_nanos + usage.idle_nanos) as f64 / 1e9 / t;
    let life = lives.mean().map_or(0.0, Duration::secs_f64);
    (usage.cold as f64 / f64::from(n), environments, life)
}

/// The figures are those of an independent simulation over 18 million requests (`simfaas.json`).
#[test]
fn the_order_of_reuse_is_not_a_detail() {
    for (order, cold, environments, life) in [
        (ReuseOrder::MostRecent, 0.001_342, 7.6948, 6374.4),
        (ReuseOrder::Newest, 0.001_337, 7.6967, 6400.2),
        (ReuseOrder::Oldest, 0.001_336, 7.6969, 2228.4),
        (ReuseOrder::RandomRank, 0.000_848, 7.9817, 10460.8),
    ] {
        let (ours_cold, ours_environments, ours_life) = standard_case(order);
        assert!((ours_cold / cold - 1.0).abs() < 0.06, "{order:?}: cold {ours_cold}");
        let error = ours_environments / environments - 1.0;
        assert!(error.abs() < 0.01, "{order:?}: {ours_environments} environments");
        assert!((ours_life / life - 1.0).abs() < 0.08, "{order:?}: life {ours_life} s");
    }
    // These two hardly ever let an environment go, so that there are as many as ever ran at once.
    for order in [ReuseOrder::LeastRecent, ReuseOrder::Uniform] {
        let (cold, environments, _) = standard_case(order);
        assert!(cold < 0.000_015, "{order:?}: {cold}");
        assert!((11.5..=13.5).contains(&environments), "{order:?}: {environments} environments");
    }
}

#[test]
fn tracking_environments_changes_nothing_of_the_usual_order() {
    let keep = KeepAlive::fixed(SECOND * 30);
    let settings = PoolSettings { timeline: Some(SECOND * 60), ..PoolSettings::new(keep) };
    let random = || Seed(1).stream("f", "keep-alive");
    let environments = Tracked::new(ReuseOrder::MostRecent, None, random());
    let mut one = FunctionPool::new(settings, Unlimited, random());
    let mut other = FunctionPool::with_environments(settings, Unlimited, random(), environments);
    let mut draws = Seed(2).stream("f", "requests");
    let mut t = 0.0;
    for _ in 0..50_000 {
        t += draws.exponential();
        let at = Instant::START + Duration::from_secs_f64(t);
        let service = Duration::from_secs_f64(draws.exponential() * 3.0);
        let start = || ColdStart { init: SECOND, ..ColdStart::default() };
        assert_eq!(one.offer(at, service, start), other.offer(at, service, start));
    }
    let one = one.finish(Instant::START);
    let other = PoolUsage { lives: None, ..other.finish(Instant::START) };
    assert_eq!(one, other);
}

#[test]
fn an_environment_older_than_its_life_finishes_and_goes() {
    let mut pool = tracked(ReuseOrder::MostRecent, Some(SECOND * 100));
    let mut outcomes = Vec::new();
    for second in (0..=150).step_by(10) {
        outcomes.push(pool.offer(at(second), SECOND * 5, ColdStart::default));
    }
    let cold = outcomes.iter().filter(|&&o| o == Outcome::Cold).count();
    assert_eq!(cold, 2, "at 0 s and at 100 s: {outcomes:?}");
    assert_eq!(outcomes[10], Outcome::Cold);
    let usage = pool.finish(at(10_000));
    assert_eq!(usage.lives, Some(Lives { ended: 2, nanos: 200_000_000_000 }));
    // A request that runs longer than the life is not cut off.
    let mut pool = tracked(ReuseOrder::Oldest, Some(SECOND * 100));
    pool.offer(at(0), SECOND * 500, ColdStart::default);
    let usage = pool.finish(at(1_000));
    assert_eq!((usage.served(), usage.idle_nanos), (1, 0));
    assert_eq!(usage.lives, Some(Lives { ended: 1, nanos: 500_000_000_000 }));
}

#[test]
fn environments_are_warmed_ahead_of_a_schedule() {
    let settings = PoolSettings::new(KeepAlive::fixed(SECOND * 10));
    let random = Seed(1).stream("f", "keep-alive");
    let plan = [(at(100), Planned::Warm(2)), (at(0), Planned::Warm(1))];
    let mut pool = FunctionPool::new(settings, Unlimited, random).planned(plan);
    let mut offer = |second| pool.offer(at(second), SECOND * 3, ColdStart::default);
    // One is there at the start; it is busy when the second comes; all are gone by 30; two come at 100.
    let outcomes = [0, 1, 30, 101, 102, 103].map(&mut offer);
    let (cold, warm) = (Outcome::Cold, Outcome::Warm);
    assert_eq!(outcomes, [warm, cold, cold, warm, warm, cold]);
    assert_eq!(pool.warm(at(104), 3), 0, "three are there");
    let usage = pool.finish(at(104));
    assert_eq!((usage.warmed, usage.cold, usage.peak_environments), (3, 3, 3));
}

#[test]
fn provisioned_environments_follow_their_schedule_and_spill_over() {
    let settings = PoolSettings::new(KeepAlive::fixed(SECOND * 10));
    let random = Seed(1).stream("f", "keep-alive");
    let plan = [(at(10), Planned::Provision(2)), (at(60), Planned::Provision(0))];
    let mut pool = FunctionPool::new(settings, Unlimited, random).planned(plan);
    let mut three_at = |second| {
        [0; 3].map(|_| match pool.offer(at(second), SECOND * 20, ColdStart::default) {
            Outcome::Provisioned => 'p',
            Outcome::Cold => 'c',
            Outcome::Warm => 'w',
            Outcome::Rejected => 'x',
        })
    };
    assert_eq!(three_at(0), ['c', 'c', 'c']);
    assert_eq!(three_at(50), ['p', 'p', 'c']);
    assert_eq!(three_at(65), ['c', 'c', 'c'], "those taken away finish what they have");
    let usage = pool.finish(at(1_000));
    assert_eq!((usage.served(), usage.provisioned), (9, 2));
    assert_eq!(usage.provisioned_nanos, 2 * 50_000_000_000);
    assert_eq!(usage.billed_provisioned_run, 40_000);
}

#[test]
fn provisioned_environments_take_time_to_come() {
    let settings = PoolSettings::new(KeepAlive::fixed(SECOND * 10));
    let random = Seed(1).stream("f", "keep-alive");
    let allocation = Allocation { lead: SECOND * 60, each: Duration::from_millis(10) };
    let mut pool = FunctionPool::new(settings, Unlimited, random).allocated_by(allocation);
    pool.provision(at(0), 1_000);
    let mut ready = |ms| pool.look_at_provisioned(Instant::START + Duration::from_millis(ms)).ready;
    assert_eq!(
        [59_999, 60_000, 60_015, 65_000, 70_000, 99_000].map(&mut ready),
        [0, 0, 1, 500, 1_000, 1_000]
    );
    pool.provision(at(100), 400);
    assert_eq!(pool.look_at_provisioned(at(100)).ready, 400, "fewer at once");
    pool.provision(at(101), 500);
    pool.provision(at(162), 450);
    assert_eq!(pool.look_at_provisioned(at(162)).ready, 450, "of those that have come");
    let usage = pool.finish(at(162));
    assert_eq!(usage.provisioned_nanos / 1_000_000_000, 100 * 1_000 + 400 + 61 * 500);
}

/// A controller that sees the load at its ticks and sets the count: what target tracking does.
#[test]
fn a_controller_sets_the_count_at_its_ticks() {
    let settings = PoolSettings::new(KeepAlive::fixed(SECOND * 600));
    let mut pool = FunctionPool::new(settings, Unlimited, Seed(1).stream("f", "keep-alive"));
    pool.provision(at(0), 1);
    for tick in 1..=30 {
        for i in 0..60 {
            let second = (tick - 1) * 60 + i;
            for _ in 0..4 {
                pool.offer(at(second), Duration::from_millis(900), ColdStart::default);
            }
        }
        let load = pool.look_at_provisioned(at(tick * 60));
        // 70 % of them busy at the busiest moment.
        let wanted = (f64::from(load.busy_max.max(1)) / 0.7).ceil() as u32;
        pool.provision(at(tick * 60), wanted);
    }
    let load = pool.look_at_provisioned(at(1_800));
    assert_eq!((load.configured, load.busy), (6, 0), "four at once are 70 % of six");
}
