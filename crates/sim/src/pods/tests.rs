//! Closed forms, conservation, and who waits for whom.

use units::{Duration, Instant, Millicores, Random, Request, Seed};

use super::{Balancing, Control, Fixed, Fleet, Outcome, Setup, run};

/// Draws CPU time in seconds.
type Draw = fn(&mut Random) -> f64;

const FOREVER: Duration = Duration::from_secs(1_000_000_000);

fn setup(millicores: u64, balancing: Balancing) -> Setup {
    Setup {
        capacity: Millicores::new(millicores),
        concurrency: u32::MAX,
        queue: u32::MAX,
        queue_timeout: FOREVER,
        balancing,
        step: Duration::MINUTE,
    }
}

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn request(at_ms: u64, cpu_ms: u64, wait_ms: u64) -> Request {
    Request { at: Instant::START + ms(at_ms), cpu: ms(cpu_ms), wait: ms(wait_ms) }
}

/// Poisson arrivals with CPU time drawn by `draw` (in seconds).
fn poisson(
    n: usize,
    rate: f64,
    random: &mut Random,
    mut draw: impl FnMut(&mut Random) -> f64,
) -> Vec<Request> {
    let mut at_s = 0.0;
    (0..n)
        .map(|_| {
            at_s += random.exponential() / rate;
            let cpu = Duration::from_secs_f64(draw(random));
            let at = Instant::START + Duration::from_secs_f64(at_s);
            Request { at, cpu, wait: Duration::ZERO }
        })
        .collect()
}

fn play(setup: &Setup, requests: &[Request], pods: u32) -> Outcome {
    let until = requests.last().unwrap().at + Duration::from_secs(1_000_000);
    let outcome =
        run(&Setup { step: FOREVER, ..*setup }, requests, until, Random::new(1), &mut Fixed(pods));
    assert_eq!(outcome.arrivals, requests.len() as u64);
    assert_eq!(outcome.arrivals, outcome.served + outcome.rejected + outcome.in_flight);
    assert_eq!(outcome.killed, 0);
    assert_eq!(outcome.latency.count(), outcome.served);
    outcome
}

fn mean_s(outcome: &Outcome) -> f64 {
    outcome.latency.mean().unwrap().secs_f64()
}

/// The mean over independent runs and its standard error.
fn repeated(runs: u64, mut one: impl FnMut(u64) -> f64) -> (f64, f64) {
    let values: Vec<f64> = (0..runs).map(&mut one).collect();
    let mean = values.iter().sum::<f64>() / runs as f64;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (runs - 1) as f64;
    (mean, (variance / runs as f64).sqrt())
}

#[test]
fn two_requests_share_one_cpu_and_each_gets_no_more_than_one() {
    // Alone: 100 ms. Together on one vCPU: the first half of each runs at half speed.
    let both = [request(0, 100, 0), request(0, 100, 0)];
    let one = play(&setup(1000, Balancing::Random), &both, 1);
    assert_eq!(one.latency.max(), ms(200));
    let two = play(&setup(2000, Balancing::Random), &both, 1);
    assert_eq!(two.latency.max(), ms(100));
    let quarter = play(&setup(250, Balancing::Random), &both[..1], 1);
    assert_eq!(quarter.latency.max(), ms(400));
    // The second comes when the first has 50 ms left: 50 at full speed, then 100 at half.
    let later = [request(0, 100, 0), request(50, 50, 0)];
    let outcome = play(&setup(1000, Balancing::Random), &later, 1);
    assert_eq!(outcome.latency.max(), ms(150));
    assert_eq!(outcome.latency.mean().unwrap(), ms(125));
}

#[test]
fn waiting_takes_no_cpu_but_a_place() {
    let waits = [request(0, 10, 100), request(20, 10, 100), request(40, 10, 100)];
    let free = play(&setup(1000, Balancing::Random), &waits, 1);
    assert_eq!(free.latency.max(), ms(110));
    let one_at_a_time = Setup { concurrency: 1, ..setup(1000, Balancing::Random) };
    // Starts at 0, 110 and 220; the last came at 40.
    assert_eq!(play(&one_at_a_time, &waits, 1).latency.max(), ms(290));
    let no_queue = Setup { queue: 0, ..one_at_a_time };
    assert_eq!(play(&no_queue, &waits, 1).rejected, 2);
    let short = Setup { queue_timeout: ms(100), ..one_at_a_time };
    let outcome = play(&short, &waits, 1);
    // The second waits 90 ms and is served; the third would start at 220 and is gone by 140.
    assert_eq!((outcome.served, outcome.rejected), (2, 1));
}

#[test]
fn processor_sharing_depends_on_the_mean_alone() {
    // M/G/1-PS: E[T] = E[S] / (1 - rho), whatever the shape: 0.1 s at 70 % is 333 ms.
    let expected = 0.1 / (1.0 - 0.7);
    let shapes: [(&str, Draw); 3] = [
        ("exponential", |r| 0.1 * r.exponential()),
        ("constant", |_| 0.1),
        ("log-normal", |r| 0.1 * (r.normal() - 0.5).exp()),
    ];
    for (name, draw) in shapes {
        let (mean, error) = repeated(30, |i| {
            let mut random = Seed(i).stream(name, "work");
            let requests = poisson(60_000, 7.0, &mut random, draw);
            mean_s(&play(&setup(1000, Balancing::Random), &requests, 1))
        });
        assert!((mean - expected).abs() < 3.0 * error, "{name}: {mean} ± {error}, not {expected}");
        assert!(error < 0.01 * expected, "{name}: the test is sharp: {error}");
    }
}

#[test]
fn one_at_a_time_is_a_plain_queue() {
    // M/M/1: E[T] = 1 / (mu - lambda); M/D/1: E[T] = s + rho s / (2 (1 - rho)).
    let cases: [(&str, Draw, f64); 2] = [
        ("exponential", |r| 0.1 * r.exponential(), 1.0 / (10.0 - 7.0)),
        ("constant", |_| 0.1, 0.1 + 0.7 * 0.1 / (2.0 * 0.3)),
    ];
    let one = Setup { concurrency: 1, ..setup(1000, Balancing::Random) };
    for (name, draw, expected) in cases {
        let (mean, error) = repeated(30, |i| {
            let requests = poisson(60_000, 7.0, &mut Seed(i).stream(name, "fifo"), draw);
            mean_s(&play(&one, &requests, 1))
        });
        assert!((mean - expected).abs() < 3.0 * error, "{name}: {mean} ± {error}, not {expected}");
    }
}

#[test]
fn balancing_matters_more_than_the_number_of_pods() {
    // 100 pods of one request each, 95 % load, 100 ms. One queue: 10 ms (Erlang C). Two choices by number
    // of requests: 238 ms for infinitely many pods (Mitzenmacher: the sum of 0.95^(2^i - 2), less the
    // service itself), a little more for a hundred. In turn: a reference run found 919 ms.
    let wait_ms = |balancing| {
        let one = Setup { concurrency: 1, ..setup(1000, balancing) };
        repeated(4, |i| {
            let mut random = Seed(i).stream("balancing", "work");
            let requests = poisson(1_000_000, 950.0, &mut random, |r| 0.1 * r.exponential());
            (mean_s(&play(&one, &requests, 100)) - 0.1) * 1000.0
        })
        .0
    };
    let central = wait_ms(Balancing::Pull);
    assert!((9.0..11.5).contains(&central), "one queue: {central} ms");
    let two = wait_ms(Balancing::PowerOfTwo);
    assert!((236.0..258.0).contains(&two), "two choices: {two} ms");
    let turn = wait_ms(Balancing::RoundRobin);
    assert!((850.0..980.0).contains(&turn), "in turn: {turn} ms");
    let least = wait_ms(Balancing::LeastRequests);
    assert!(least < two, "fewest requests: {least} ms");
    let random = wait_ms(Balancing::Random);
    assert!(random > turn, "random: {random} ms");
}

#[test]
fn more_pods_or_more_cpu_never_make_any_request_slower() {
    // In turn over twice the pods, each pod sees a part of what one saw before: every request gains.
    let mut random = Seed(3).stream("more", "work");
    let requests = poisson(50_000, 30.0, &mut random, |r| 0.1 * r.exponential());
    let quantiles = |millicores, pods| {
        let outcome = play(&setup(millicores, Balancing::RoundRobin), &requests, pods);
        [0.1, 0.5, 0.9, 0.99, 1.0].map(|q| outcome.latency.quantile(q).unwrap())
    };
    let mut before = quantiles(1000, 4);
    for (millicores, pods) in [(1000, 8), (1000, 16), (1500, 16), (2000, 16), (2000, 32)] {
        let after = quantiles(millicores, pods);
        assert!(after.iter().zip(&before).all(|(a, b)| a <= b), "{pods}: {after:?} > {before:?}");
        before = after;
    }
    // One queue first come first served: another server never delays anybody.
    let pulled = |pods| {
        let one = Setup { concurrency: 1, ..setup(1000, Balancing::Pull) };
        play(&one, &requests, pods).latency.quantile(0.99).unwrap()
    };
    assert!(pulled(5) <= pulled(4) && pulled(6) <= pulled(5));
}

/// Adds a pod at each of its ticks up to `most`, then takes them away again; records what they did.
struct UpAndDown {
    most: usize,
    falling: bool,
    cpu: Duration,
    in_service: Duration,
}

impl Control for UpAndDown {
    fn tick(&mut self, now: Instant, fleet: &mut Fleet) -> Instant {
        for id in fleet.ready().to_vec() {
            let load = fleet.take_load(id);
            self.cpu += load.cpu;
            self.in_service += load.requests;
        }
        self.falling |= fleet.ready().len() >= self.most;
        if self.falling && fleet.ready().len() > 1 {
            let newest = *fleet.ready().last().unwrap();
            fleet.drain(newest);
        } else {
            fleet.add();
        }
        now + Duration::SECOND
    }
}

#[test]
fn pods_come_and_go_and_nothing_is_lost() {
    let mut random = Seed(5).stream("updown", "work");
    let requests = poisson(20_000, 100.0, &mut random, |r| 0.02 * r.exponential());
    for balancing in [
        Balancing::Random,
        Balancing::RoundRobin,
        Balancing::LeastRequests,
        Balancing::PowerOfTwo,
        Balancing::Pull,
    ] {
        let play = || {
            let mut control = UpAndDown {
                most: 20,
                falling: false,
                cpu: Duration::ZERO,
                in_service: Duration::ZERO,
            };
            let until = Instant::START + Duration::from_secs(120);
            let limited = Setup {
                concurrency: 4,
                queue: 50,
                queue_timeout: Duration::SECOND,
                step: Duration::from_secs(7),
                ..setup(500, balancing)
            };
            let outcome = run(&limited, &requests, until, Random::new(9), &mut control);
            (outcome, control.cpu, control.in_service)
        };
        let (outcome, cpu, in_service) = play();
        assert_eq!(outcome.arrivals, outcome.served + outcome.rejected + outcome.in_flight);
        assert_eq!(outcome.timeline.iter().map(|s| s.requests).sum::<u64>(), outcome.arrivals);
        assert_eq!(outcome.timeline.len(), 18);
        assert_eq!(outcome.timeline[1].pods, 15);
        assert!(outcome.served > 5_000, "{balancing:?} {outcome:?}");
        assert!(cpu > Duration::ZERO && in_service >= cpu.min(in_service));
        assert_eq!((outcome, cpu, in_service), play(), "the same again");
    }
}

/// Four pods; requests go around the shared queue in `direct` of ten seconds.
struct Around {
    direct: u64,
}

impl Control for Around {
    fn tick(&mut self, now: Instant, fleet: &mut Fleet) -> Instant {
        while fleet.ready().len() < 4 {
            fleet.add();
        }
        let second = now.nanos() / Duration::SECOND.nanos();
        fleet.go_direct(second % 10 < self.direct);
        now + Duration::SECOND
    }
}

#[test]
fn around_the_shared_queue_pods_take_turns_and_through_it_none_waits_beside_an_idle_one() {
    let mut random = Seed(8).stream("around", "work");
    let requests = poisson(40_000, 100.0, &mut random, |r| 0.03 * r.exponential());
    let until = Instant::START + Duration::from_secs(500);
    let played = |balancing, direct| {
        let one = Setup { concurrency: 1, ..setup(1000, balancing) };
        run(&one, &requests, until, Random::new(3), &mut Around { direct })
    };
    let turns = played(Balancing::RoundRobin, 0);
    assert_eq!(played(Balancing::Pull, 10).latency, turns.latency, "direct is taking turns");
    let p99 = |outcome: &Outcome| outcome.latency.quantile(0.99);
    let (held, half) = (played(Balancing::Pull, 0), played(Balancing::Pull, 5));
    for outcome in [&held, &half, &turns] {
        assert_eq!(outcome.arrivals, outcome.served + outcome.rejected + outcome.in_flight);
        assert!(outcome.served > 39_000, "{outcome:?}");
    }
    assert!(p99(&held) < p99(&half) && p99(&half) < p99(&turns));
}

#[test]
fn without_pods_everything_is_turned_away_or_waits_for_one() {
    let some = [request(0, 10, 0), request(5, 10, 0)];
    let random = play(&setup(1000, Balancing::Random), &some, 0);
    assert_eq!((random.rejected, random.in_flight), (2, 0));
    let pulled = play(&setup(1000, Balancing::Pull), &some, 0);
    assert_eq!((pulled.rejected, pulled.in_flight), (0, 2));
}

#[test]
fn what_a_pod_reports_is_the_work_that_it_did() {
    struct Watch(Vec<(Duration, Duration)>);
    impl Control for Watch {
        fn tick(&mut self, now: Instant, fleet: &mut Fleet) -> Instant {
            if fleet.is_empty() {
                fleet.add();
            }
            let load = fleet.take_load(fleet.ready()[0]);
            self.0.push((load.cpu, load.requests));
            now + Duration::SECOND
        }
    }
    // 3 × 400 ms of CPU on half a vCPU: busy for 2.4 s; then each waits for a second.
    let work = [request(0, 400, 1000), request(0, 400, 1000), request(0, 400, 1000)];
    let mut watch = Watch(Vec::new());
    let until = Instant::START + Duration::from_secs(4);
    run(&setup(500, Balancing::Random), &work, until, Random::new(1), &mut watch);
    let (cpu, requests): (Vec<_>, Vec<_>) = watch.0.into_iter().unzip();
    assert_eq!(cpu, [0, 500, 500, 200, 0].map(ms));
    assert_eq!(requests, [0, 3000, 3000, 3000, 1200].map(ms));
}

/// Asks every minute what became of the requests.
struct Asking(Vec<super::Answers>);

impl Control for Asking {
    fn tick(&mut self, now: Instant, fleet: &mut Fleet) -> Instant {
        if now == Instant::START {
            fleet.add();
        } else {
            self.0.push(fleet.take_answers());
        }
        now + Duration::MINUTE
    }
}

#[test]
fn what_a_controller_asks_for_adds_up_to_the_outcome() {
    let mut random = Seed(3).stream("asking", "requests");
    let requests = poisson(5_000, 12.0, &mut random, |r| 0.08 * r.exponential());
    let mut setup = setup(1000, Balancing::Random);
    (setup.concurrency, setup.queue) = (4, 10);
    let until = Instant::START + Duration::MINUTE * 10;
    let mut asking = Asking(Vec::new());
    let outcome = run(&setup, &requests, until, Random::new(1), &mut asking);
    let sum = |of: fn(&super::Answers) -> u64| asking.0.iter().map(of).sum::<u64>();
    assert_eq!(asking.0.len(), 10);
    assert!(outcome.rejected > 0);
    assert_eq!(sum(|a| a.served), outcome.served);
    assert_eq!(sum(|a| a.rejected), outcome.rejected);
    assert_eq!(outcome.latency.count(), outcome.served);
}

/// Takes its only pod away at 1 s and gives it half a second.
struct Away {
    at: Instant,
    grace: Duration,
}

impl Control for Away {
    fn tick(&mut self, now: Instant, fleet: &mut Fleet) -> Instant {
        if now == Instant::START {
            fleet.add();
            return self.at;
        }
        let id = fleet.ready()[0];
        fleet.drain_until(id, now + self.grace);
        assert_eq!(fleet.drains(id), self.grace > Duration::ZERO);
        Instant::from_nanos(u64::MAX)
    }
}

#[test]
fn what_is_not_finished_within_the_grace_is_lost_and_counted() {
    // Answered at 0.4 s, at 1.4 s and, were it not for the kill, at 1.9 s; the last finds no pod.
    let work =
        [request(0, 0, 400), request(900, 0, 500), request(950, 0, 950), request(1200, 0, 1)];
    let killed = |grace_ms| {
        let mut away = Away { at: Instant::START + Duration::SECOND, grace: ms(grace_ms) };
        let until = Instant::START + Duration::from_secs(5);
        let setup = setup(1000, Balancing::Random);
        let outcome = run(&setup, &work, until, Random::new(1), &mut away);
        let Outcome { arrivals, served, rejected, killed, in_flight, .. } = outcome;
        assert_eq!((arrivals, rejected, in_flight), (4, 1, 0));
        assert_eq!(served + killed, 3);
        killed
    };
    assert_eq!([0, 300, 500, 899, 900, 30_000].map(killed), [2, 2, 1, 1, 0, 0]);
}

/// Gives its only pod other CPU at 100 ms.
struct Resized(u64);

impl Control for Resized {
    fn tick(&mut self, now: Instant, fleet: &mut Fleet) -> Instant {
        if now == Instant::START {
            fleet.add();
            return now + ms(100);
        }
        let id = fleet.ready()[0];
        assert_eq!(fleet.cpu_used(id), ms(50), "half a vCPU so far");
        fleet.set_capacity(id, Millicores::new(self.0));
        Instant::from_nanos(u64::MAX)
    }
}

#[test]
fn more_or_less_cpu_changes_the_pace_from_then_on() {
    // Two requests of 100 ms each on half a vCPU: 150 ms of work are left when that changes.
    let both = [request(0, 100, 0), request(0, 100, 0)];
    for balancing in [Balancing::Random, Balancing::LeastRequests, Balancing::Pull] {
        for (millicores, end_ms) in [(500, 400), (1000, 250), (2000, 175), (250, 700)] {
            let until = Instant::START + Duration::from_secs(5);
            let setup = setup(500, balancing);
            let mut control = Resized(millicores);
            let outcome = run(&setup, &both, until, Random::new(1), &mut control);
            assert_eq!(outcome.served, 2);
            assert_eq!(outcome.latency.max(), ms(end_ms), "{millicores}m");
        }
    }
}

/// Does anything to the pods at each tick.
struct Meddler(Random);

impl Control for Meddler {
    fn tick(&mut self, now: Instant, fleet: &mut Fleet) -> Instant {
        let mut draw = |below: u64| self.0.below(below);
        for _ in 0..draw(4) {
            let ready = fleet.ready().to_vec();
            let any = (!ready.is_empty()).then(|| ready[draw(ready.len() as u64) as usize]);
            match (draw(6), any) {
                (0 | 1, _) => {
                    fleet.add();
                }
                (2, Some(id)) => fleet.drain(id),
                (3, Some(id)) => fleet.drain_until(id, now + ms(draw(300))),
                (4, Some(id)) => {
                    fleet.drain_until(id, now + ms(draw(3000)));
                    fleet.kill_by(id, now + ms(draw(100)));
                }
                (5, Some(id)) => fleet.set_capacity(id, Millicores::new(draw(3000))),
                _ => {}
            }
        }
        now + ms(1 + draw(400))
    }
}

#[test]
fn whatever_happens_to_the_pods_every_request_is_accounted_for() {
    let all = [
        Balancing::Random,
        Balancing::RoundRobin,
        Balancing::LeastRequests,
        Balancing::PowerOfTwo,
        Balancing::Pull,
    ];
    let mut killed = 0;
    for seed in 0..60 {
        let mut random = Seed(seed).stream("meddler", "setup");
        let mut requests = poisson(2_000, 80.0, &mut random, |r| 0.03 * r.exponential());
        for request in &mut requests {
            request.wait = ms(random.below(2) * random.below(400));
        }
        let setup = Setup {
            concurrency: 1 + random.below(6) as u32,
            queue: random.below(20) as u32,
            queue_timeout: ms(random.below(2000)),
            ..setup(100 + random.below(2000), all[seed as usize % all.len()])
        };
        let until = Instant::START + Duration::from_secs(20);
        let play = || {
            let mut control = Meddler(Seed(seed).stream("meddler", "luck"));
            run(&setup, &requests, until, Random::new(seed), &mut control)
        };
        let outcome = play();
        let Outcome { arrivals, served, rejected, killed: lost, in_flight, .. } = outcome;
        assert_eq!(arrivals, served + rejected + lost + in_flight, "{seed}: {setup:?}");
        assert_eq!(outcome.latency.count(), served, "{seed}");
        assert!(served > 0, "{seed}");
        assert_eq!(outcome, play(), "{seed}: the same again");
        killed += lost;
    }
    assert!(killed > 100, "the test kills: {killed}");
}

#[test]
fn one_more_pod_on_a_shared_queue_never_turns_more_away() {
    // One at a time and first come first served: another server starts every request no later.
    for seed in 0..20 {
        let mut random = Seed(seed).stream("more pods", "work");
        let requests = poisson(4_000, 50.0, &mut random, |r| 0.1 * r.exponential());
        let rejected = |pods| {
            let limited = Setup { concurrency: 1, queue: 30, ..setup(1000, Balancing::Pull) };
            play(&limited, &requests, pods).rejected
        };
        let counts = [3, 4, 5, 6, 8].map(rejected);
        assert!(counts[0] > 0 && counts.is_sorted_by(|a, b| a >= b), "{seed}: {counts:?}");
    }
}
