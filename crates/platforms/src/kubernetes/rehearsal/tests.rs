//! Stories of a rehearsal.

use model::{App, Component, Kind};
use traffic::Workload;
use units::{Bytes, Duration, Instant, Millicores, Request};

use super::{Aim, Autoscaler, Budget, NodeSource, Rehearsal, Whole, Wish, rehearse};
use crate::case::Case;
use crate::plain_scene::{app, case, component, flat};

/// Evenly spaced requests of 10 ms CPU and 40 ms waiting: (from minute, requests a second), to the last minute.
fn steps(steps: &[(u64, u64)], minutes: u64) -> Vec<Request> {
    let mut requests = Vec::new();
    for (i, &(from, hertz)) in steps.iter().enumerate() {
        let to = steps.get(i + 1).map_or(minutes, |step| step.0);
        for n in 0..(to - from) * 60 * hertz {
            let at =
                Duration::MINUTE * from + Duration::from_nanos(n * 1_000_000_000 / hertz.max(1));
            let (cpu, wait) = (Duration::from_millis(10), Duration::from_millis(40));
            requests.push(Request { at: Instant::START + at, cpu, wait });
        }
    }
    requests
}

struct Story {
    app: App,
    component: Component,
    workload: Workload,
    requests: Vec<Request>,
    minutes: u64,
}

impl Story {
    fn of(kind: Kind, load: &[(u64, u64)], minutes: u64) -> Self {
        let component = component("api", kind);
        let requests = steps(load, minutes);
        let app = app(vec![component.clone()]);
        Self { app, component, workload: flat(50.0), requests, minutes }
    }

    fn play(&self, wish: &Wish) -> Rehearsal {
        let case =
            Case { requests: &self.requests, ..case(&self.app, &self.component, &self.workload) };
        let length = Duration::MINUTE * self.minutes;
        let rehearsal = rehearse(&case, wish, (length, Whole::Cycle)).unwrap();
        let totals = &rehearsal.totals;
        assert_eq!(totals.requests, self.requests.len() as u64);
        assert_eq!(
            totals.requests,
            totals.served + totals.rejected + totals.killed + totals.in_flight
        );
        assert_eq!(totals.latency.count(), totals.served);
        let sum = |of: fn(&super::Minute) -> u64| rehearsal.minutes.iter().map(of).sum::<u64>();
        assert_eq!(sum(|m| m.requests), totals.requests);
        assert_eq!(sum(|m| m.served), totals.served);
        assert_eq!(sum(|m| m.rejected), totals.rejected);
        assert_eq!(sum(|m| m.killed), totals.killed);
        assert_eq!(rehearsal.minutes.len() as u64, self.minutes);
        assert!(rehearsal.minutes.windows(2).all(|two| two[0].cost < two[1].cost));
        rehearsal
    }
}

fn secs(duration: Option<Duration>) -> f64 {
    duration.expect("it happened").secs_f64()
}

#[test]
fn the_hpa_climbs_by_four_or_doubles_every_fifteen_seconds() {
    let story = Story::of(Kind::Http, &[(0, 35), (10, 175)], 15);
    let nodes = Some(NodeSource::Fixed(20));
    let run =
        story.play(&Wish { target: Some(Aim::Each(1)), max: Some(100), nodes, ..Wish::default() });
    let burst = Instant::START + Duration::MINUTE * 10;
    let climb: Vec<_> = run.asked.iter().filter(|(at, _)| *at >= burst).collect();
    assert_eq!(run.bursts[0].start, burst);
    let mut limited = 0;
    for two in climb.windows(2) {
        let ((before, from), (after, to)) = (*two[0], *two[1]);
        assert_eq!(after.since(before).nanos() % Duration::from_secs(15).nanos(), 0, "{climb:?}");
        assert!(to <= (from + 4).max(from * 2), "{climb:?}");
        limited += u32::from(to == (from + 4).max(from * 2));
    }
    assert!(limited >= 2, "{climb:?}");
}

#[test]
fn capacity_catches_up_after_metrics_pod_start_and_node_boot() {
    let story = Story::of(Kind::Http, &[(0, 35), (10, 70)], 15);
    let run = story.play(&Wish::default());
    let burst = &run.bursts[0];
    assert_eq!((run.bursts.len(), burst.before_hertz, burst.peak_hertz), (1, 35.0, 70.0));
    // The metrics server tells of the burst's first 15 s another 15 s later, and the HPA looks a second later.
    assert_eq!(burst.asked, Some(Duration::from_secs(31)));
    let start_s = secs(burst.caught_up) - secs(burst.asked);
    assert!((start_s - run.pod_start.secs_f64()).abs() < 1.5, "{burst:?}, {}", run.pod_start);
    // One pod fills a node: the second needs another, which is bought a second later.
    let story = Story::of(Kind::Http, &[(0, 35), (10, 175)], 15);
    let run = story.play(&Wish { cpu: Some(Millicores::ONE), ..Wish::default() });
    let burst = &run.bursts[0];
    let start_s = secs(burst.caught_up) - secs(burst.asked);
    let expected_s = 1.0 + run.node_start.secs_f64() + run.pod_start.secs_f64();
    assert!((start_s - expected_s).abs() < 1.5, "{start_s} for {expected_s}: {burst:?}");
    assert_eq!((run.minutes[9].nodes, run.minutes[14].nodes > 1), (1, true));
    // Without another node the pods stay pending.
    let nodes = Some(NodeSource::Fixed(1));
    let run = story.play(&Wish { cpu: Some(Millicores::ONE), nodes, ..Wish::default() });
    assert_eq!(run.bursts[0].caught_up, None);
    assert!(run.minutes[14].pending > 0 && run.totals.rejected > 0);
}

#[test]
fn the_cluster_autoscaler_also_gets_there() {
    let story = Story::of(Kind::Http, &[(0, 35), (10, 175)], 15);
    let nodes = Some(NodeSource::ClusterAutoscaler);
    let image = Some(Bytes::from_mib(600));
    let run = story.play(&Wish { cpu: Some(Millicores::ONE), nodes, image, ..Wish::default() });
    let start_s = secs(run.bursts[0].caught_up) - secs(run.bursts[0].asked);
    let least_s = run.node_start.secs_f64() + run.pod_start.secs_f64() - 1.5;
    // It looks every ten seconds.
    assert!((least_s..least_s + 13.0).contains(&start_s), "{start_s} for {least_s}");
    assert_eq!(run.node_start, Duration::from_secs(28 + 10));
}

#[test]
fn a_worker_from_zero_waits_for_the_poll_and_the_pod() {
    let story = Story::of(Kind::Worker, &[(0, 0), (10, 50), (15, 0)], 30);
    let run = story.play(&Wish::default());
    assert_eq!((run.totals.rejected, run.totals.in_flight), (0, 0));
    assert!(run.totals.cold > 0);
    assert!(run.totals.latency.max() > run.pod_start, "{}", run.totals.latency.max());
    assert_eq!((run.minutes[9].wanted, run.minutes[29].wanted), (0, 0));
    assert!(run.minutes[12].ready > 0);
    let burst = &run.bursts[0];
    assert!(secs(burst.asked) <= 30.0, "{burst:?}");
    assert_eq!((burst.ready_before, run.bursts.len()), (0, 1));
    // Five minutes after the last message, the last pod goes.
    let zero = run.asked.last().unwrap();
    assert_eq!(zero.1, 0);
    assert!(zero.0 > Instant::START + Duration::MINUTE * 20, "{zero:?}");
}

#[test]
fn knative_wakes_at_the_first_request_and_sleeps_again() {
    let story = Story::of(Kind::Http, &[(0, 0), (10, 20), (15, 0)], 20);
    let run = story.play(&Wish { autoscaler: Some(Autoscaler::Kpa), ..Wish::default() });
    assert_eq!((run.totals.rejected, run.totals.in_flight), (0, 0));
    assert_eq!((run.minutes[9].wanted, run.minutes[19].ready), (0, 0));
    let burst = &run.bursts[0];
    assert!(secs(burst.asked) <= 2.0, "{burst:?}");
    let cold = run.totals.cold as f64 / 20.0;
    let expected_s = run.pod_start.secs_f64() + secs(burst.asked);
    assert!((cold - expected_s).abs() < 1.5, "{cold} s of requests for {expected_s} s");
    assert!(run.totals.latency.max() >= run.pod_start.times_f64(0.8));
}

#[test]
fn the_same_again_is_the_same_and_a_larger_minimum_helps() {
    let story = Story::of(Kind::Http, &[(0, 35), (10, 175), (20, 35)], 30);
    let run = story.play(&Wish::default());
    assert_eq!(run, story.play(&Wish::default()));
    let ready = story.play(&Wish { min: Some(10), ..Wish::default() });
    assert_eq!(ready.bursts[0].start, run.bursts[0].start);
    assert_eq!(ready.bursts[0].caught_up, Some(Duration::ZERO));
    assert!(ready.totals.rejected <= run.totals.rejected);
    assert!(ready.totals.cost > run.totals.cost);
    assert_eq!(ready.totals.short, Duration::ZERO);
}

#[test]
fn what_is_set_is_understood_or_refused_with_a_hint() {
    let mut wish = Wish::default();
    let values = [
        "2",
        "20",
        "60%",
        "500m",
        "1 GB",
        "40",
        "hpa",
        "fixed:3",
        "c7g.large",
        "300 MB",
        "1 min",
        "5%",
        "yes",
        "25%",
        "00:01",
        "10 s",
        "2",
    ];
    for (name, value) in super::NAMES.into_iter().zip(values) {
        wish.set(name, value).unwrap();
    }
    let story = Story::of(Kind::Http, &[(0, 35)], 2);
    let rows = story.play(&wish).settings;
    assert_eq!(rows[2], ("target", "60% CPU".to_owned()));
    assert_eq!(rows[7], ("nodes", "fixed:3".to_owned()));
    assert_eq!(wish.set("minn", "2").unwrap_err().unknown.as_deref(), Some("minn"));
    for (name, value) in [
        ("min", "-1"),
        ("target", "0"),
        ("target", "seventy"),
        ("cpu", "250"),
        ("memory", "512"),
        ("nodes", "fixed:0"),
        ("autoscaler", "vpa"),
        ("tolerance", "ten"),
        ("stabilization", "2 h"),
        ("spot", "maybe"),
        ("pdb", "0"),
        ("pdb", "101%"),
        ("restart", "25:00"),
        ("grace", "2 h"),
    ] {
        let result = wish.set(name, value);
        if name != "cpu" {
            assert!(!result.unwrap_err().hint.is_empty(), "{name}={value}");
        }
    }
    let refused = |wish: Wish| {
        let case = case(&story.app, &story.component, &story.workload);
        rehearse(&case, &wish, (Duration::MINUTE, Whole::Part)).unwrap_err().message
    };
    assert!(refused(Wish { min: Some(0), ..Wish::default() }).starts_with("min:"));
    assert!(refused(Wish { min: Some(5), max: Some(2), ..Wish::default() }).starts_with("max:"));
    let keda = Some(Autoscaler::Keda);
    assert!(refused(Wish { autoscaler: keda, ..Wish::default() }).starts_with("autoscaler:"));
    let huge = Some(Millicores::new(64_000));
    assert!(refused(Wish { cpu: huge, ..Wish::default() }).starts_with("node:"));
}

#[test]
fn a_rolling_restart_replaces_every_pod_and_loses_nothing_that_ends_in_time() {
    let story = Story::of(Kind::Http, &[(0, 140)], 15);
    let steady = Wish { min: Some(8), max: Some(8), ..Wish::default() };
    let calm = story.play(&steady);
    let restart = Some(Duration::MINUTE * 5);
    let run = story.play(&Wish { restart, ..steady.clone() });
    assert_eq!((run.totals.killed, run.totals.rejected), (0, 0));
    // Two of eight more, two of eight fewer: a few rounds of a pod start each.
    let least = run.minutes.iter().map(|minute| minute.ready).min();
    assert!(run.minutes[..4].iter().all(|minute| minute.ready == 8));
    assert!(run.minutes[6..].iter().all(|minute| minute.ready == 8), "{least:?}");
    assert!(run.minutes[5].pending > 0 && calm.minutes[5].pending == 0);
    assert!(run.totals.pod_hours > calm.totals.pod_hours, "ending pods keep their place");
    assert_eq!(run.settings.last(), Some(&("restart", "00:05".to_owned())));
}

#[test]
fn requests_longer_than_the_grace_are_lost_in_a_restart() {
    let mut story = Story::of(Kind::Http, &[(0, 20)], 10);
    for request in &mut story.requests {
        request.wait = Duration::from_secs(20);
    }
    let wish = Wish {
        min: Some(10),
        max: Some(10),
        concurrency: Some(200),
        restart: Some(Duration::MINUTE * 5),
        ..Wish::default()
    };
    let patient = story.play(&wish);
    assert_eq!(patient.totals.killed, 0, "30 s are enough for 20 s");
    let hasty = story.play(&Wish { grace: Some(Duration::from_secs(5)), ..wish.clone() });
    // Ten pods end with about forty requests each, three quarters of which have more than 5 s to go; those that
    // end last have taken more meanwhile.
    assert!((300..=500).contains(&hasty.totals.killed), "{}", hasty.totals.killed);
    let at_once = story.play(&Wish { grace: Some(Duration::ZERO), ..wish });
    assert!(at_once.totals.killed > hasty.totals.killed);
}

#[test]
fn karpenter_launches_the_cheapest_of_several_types_and_gives_back_what_is_too_large() {
    let story = Story::of(Kind::Http, &[(0, 20), (5, 700), (15, 20)], 60);
    let wish = |node: &str| Wish {
        cpu: Some(Millicores::new(500)),
        node: Some(node.to_owned()),
        max: Some(60),
        ..Wish::default()
    };
    let one = story.play(&wish("m7g.large"));
    let several = story.play(&wish("m7g.large,m7g.xlarge,m7g.2xlarge"));
    assert_eq!(several.settings[8], ("node", "m7g.large,m7g.xlarge,m7g.2xlarge".to_owned()));
    let most = |run: &Rehearsal| run.minutes.iter().map(|minute| minute.nodes).max().unwrap();
    assert!(most(&several) < most(&one), "fewer, larger nodes");
    for run in [&one, &several] {
        assert!(run.minutes[59].nodes < most(run), "{:?}", run.minutes[59]);
        assert_eq!(run.minutes[59].pending, 0);
    }
}

#[test]
fn a_disruption_budget_holds_evictions_back() {
    // The load falls, spread pods leave every node half empty, and Karpenter empties one after the other.
    let story = Story::of(Kind::Http, &[(0, 700), (5, 300)], 60);
    let wish = Wish { cpu: Some(Millicores::new(500)), max: Some(60), ..Wish::default() };
    let free = story.play(&wish);
    let held = story.play(&Wish { pdb: Some(Budget::Pods(1)), ..wish });
    // Most pods that were not there at once, after the fall: those that were evicted start elsewhere.
    let lost = |run: &Rehearsal| run.minutes[6..].iter().map(|m| m.pending).max().unwrap();
    assert!(lost(&free) > 1, "{}", lost(&free));
    assert!(lost(&held) <= 1, "{}", lost(&held));
    assert!(held.minutes[59].nodes < held.minutes[4].nodes, "it still gets there");
}

#[test]
fn spot_nodes_cost_less_and_are_taken_with_notice() {
    let story = Story::of(Kind::Http, &[(0, 300)], 120);
    let wish = Wish { cpu: Some(Millicores::new(500)), ..Wish::default() };
    let sure = story.play(&wish);
    let spot = story.play(&Wish { spot: Some(true), ..wish });
    assert!(spot.totals.cost < sure.totals.cost, "{} {}", spot.totals.cost, sure.totals.cost);
    assert_eq!(sure.totals.interrupted, 0);
    assert_eq!(spot.totals.killed, 0, "two minutes are more than the grace");
}

#[test]
fn cpu_above_the_request_helps_where_the_node_has_it() {
    let story = Story::of(Kind::Http, &[(0, 35), (10, 60)], 25);
    let wish =
        Wish { nodes: Some(NodeSource::Fixed(1)), min: Some(3), max: Some(3), ..Wish::default() };
    let strict = story.play(&wish);
    let free = story.play(&Wish { limit: Some(Millicores::ONE), ..wish.clone() });
    let p99 = |run: &Rehearsal| run.totals.latency.quantile(0.99).unwrap();
    let p50 = |run: &Rehearsal| run.totals.latency.quantile(0.5).unwrap();
    assert!(
        strict.totals.latency.quantile(0.01).unwrap() >= Duration::from_millis(79),
        "10 ms at 250m"
    );
    assert!(p50(&free) < Duration::from_millis(60), "{}", p50(&free));
    assert!(p99(&free) < p99(&strict), "{} {}", p99(&free), p99(&strict));
    assert_eq!(free.settings.last(), Some(&("limit", "1000m".to_owned())));
    // The autoscaler sees more than the request in use and asks for more at once.
    let scaled = |limit: Option<Millicores>| {
        let story = Story::of(Kind::Http, &[(0, 15), (10, 150)], 20);
        story.play(&Wish { limit, max: Some(40), ..Wish::default() })
    };
    let (slow, fast) = (scaled(None), scaled(Some(Millicores::new(2000))));
    assert!(secs(fast.bursts[0].caught_up) < secs(slow.bursts[0].caught_up));
    let lower = Wish { limit: Some(Millicores::new(100)), ..Wish::default() };
    let case = case(&story.app, &story.component, &story.workload);
    let refused = rehearse(&case, &lower, (Duration::MINUTE, Whole::Part)).unwrap_err();
    assert!(refused.message.starts_with("limit:"));
}

/// 20 requests a second of 10 ms are 200 millicores, in a bucket that ends at 212 m; 15 % more are asked for.
#[test]
fn the_vertical_autoscaler_asks_for_what_a_pod_used() {
    let wish = |cpu: u64| Wish {
        cpu: Some(Millicores::new(cpu)),
        min: Some(1),
        max: Some(1),
        ..Wish::default()
    };
    let story = Story::of(Kind::Http, &[(0, 20)], 120);
    let played = story.play(&wish(1000));
    let vpa = played.vpa.expect("two hours of samples");
    assert!((215..265).contains(&vpa.target.get()), "{vpa:?}");
    assert!(vpa.lower <= vpa.target && vpa.target < vpa.upper, "{vpa:?}");
    assert_eq!(played.request, Millicores::new(1000));
    // Two pods for the same work: each used half of it.
    let two = Wish { min: Some(2), max: Some(2), ..wish(1000) };
    let half = story.play(&two).vpa.expect("two hours of samples");
    assert!((105..160).contains(&half.target.get()), "{half:?}");
    let longer = Story::of(Kind::Http, &[(0, 20)], 240).play(&wish(1000)).vpa.expect("samples");
    assert!(longer.upper < vpa.upper, "{longer:?}, {vpa:?}");
}
