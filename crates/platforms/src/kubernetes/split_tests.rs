//! Splits of pods: what a proxy keeps and spills against a computation of its own, both halves of the bill by hand, and where
//! a split is worth a try.

use model::{
    Architecture, Beside, Configuration, FrontDoor, PodSettings, PodTarget, Settings, Spill,
};
use source::{SourceMap, Span};
use units::{Bytes, Duration, Instant, Millicores, Money, Request};

use super::{Kubernetes, flavours};
use crate::aws_lambda::AwsLambda;
use crate::billing_scene::dollars;
use crate::case::{Case, Member};
use crate::plain_scene::{case, flat};
use crate::platform::{Evaluation, Platform};
use crate::servers::load;
use crate::spill;
use crate::split::Steady;
use crate::split_scene::{Story, bill, elsewhere, function, nothing_is_kept, offered, spiky};
use crate::usage::{Flow, FunctionUsage, PodUsage, Replicas, Usage};

const EKS: Kubernetes = Kubernetes(&flavours::EKS);

/// So many pods of a CPU each, every one of which takes so many requests at once; `None` takes all.
fn pods(case: &Case<'_>, count: u32, in_flight: Option<u32>) -> Configuration {
    let to = Box::new(function(case));
    let settings = Settings::Pod(PodSettings {
        cpu_request: Millicores::ONE,
        memory: Bytes::from_mib(256),
        architecture: Architecture::Arm,
        min: count,
        max: count,
        target: PodTarget::Fixed,
        front_door: FrontDoor::Alb,
        volume: Bytes::ZERO,
        spill: in_flight.map(|in_flight| Spill { in_flight, proxy: Beside::default(), to }),
    });
    Configuration { platform: EKS.id(), settings, label: String::new() }
}

fn share(case: &Case<'_>, configuration: &Configuration, evaluation: &Evaluation) -> f64 {
    let member = Member { component: case.component, configuration, evaluation };
    spill::share(&member).expect("a split").get()
}

#[test]
fn a_cap_that_nobody_reaches_is_no_cap() {
    let story = Story::new(spiky(), 1_000_000);
    let case = story.case();
    let (plain, capped) = (pods(&case, 8, None), pods(&case, 8, Some(u32::MAX)));
    let of = |c: &Configuration| [EKS.estimate(&case, c).unwrap(), EKS.simulate(&case, c).unwrap()];
    for (without, with) in of(&plain).iter().zip(&of(&capped)) {
        assert!(without.usage == with.usage && without.counts == with.counts);
        for share in [0.5, 0.9, 0.99, 0.999] {
            let slow =
                |e: &Evaluation| e.latency.as_ref().and_then(|l| l.quantile(share)).expect("some");
            // The autoscaler's world begins with pods of its own order, so that chance sends requests to others.
            let (a, b) = (slow(without).secs_f64(), slow(with).secs_f64());
            assert!((a / b - 1.0).abs() < 0.05, "{share}: {a} {b}");
        }
        assert_eq!(bill(&EKS, &case, &plain, without), bill(&EKS, &case, &capped, with));
        assert!(with.usage.spilled().is_none());
    }
}

#[test]
fn a_cap_of_none_is_the_other_platform_to_the_cent_and_to_the_request() {
    let story = Story::new(spiky(), 1_000_000);
    let case = story.case();
    nothing_is_kept(&EKS, &case, &pods(&case, 2, Some(0)));
}

/// Which requests find `cap` others in a pod of one CPU, which those that compute share evenly, computed event by event.
fn turned_away(requests: &[Request], cap: usize) -> Vec<Request> {
    const NOTHING_S: f64 = 1e-11;
    // What each still computes and waits for, in seconds.
    let mut there: Vec<(f64, f64)> = Vec::new();
    let (mut now, mut away) = (0.0, Vec::new());
    for request in requests {
        let at = request.at.since(Instant::START).secs_f64();
        while now < at {
            let computing = there.iter().filter(|(cpu, _)| *cpu > 0.0).count().max(1) as f64;
            let ends = |&(cpu, wait): &(f64, f64)| if cpu > 0.0 { cpu * computing } else { wait };
            let next = there.iter().map(ends).fold(at - now, f64::min);
            for (cpu, wait) in &mut there {
                if *cpu > 0.0 {
                    *cpu -= next / computing;
                    *cpu = if *cpu < NOTHING_S { 0.0 } else { *cpu };
                } else {
                    *wait -= next;
                }
            }
            there.retain(|(cpu, wait)| *cpu > 0.0 || *wait > NOTHING_S);
            now = if next < at - now { now + next } else { at };
        }
        if there.len() < cap {
            there.push((request.cpu.secs_f64(), request.wait.secs_f64()));
        } else {
            away.push(*request);
        }
    }
    away
}

#[test]
fn what_is_spilled_and_what_it_costs_are_those_of_a_computation_of_its_own() {
    // Uneven gaps and work, from a generator of our own; a pod is more than busy in the second of two minutes.
    let mut state = 7_u64;
    let mut random = |upto: u64| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % upto
    };
    let (mut nanos, mut requests) = (0, Vec::new());
    while nanos < 120_000_000_000 {
        nanos += random(if nanos < 60_000_000_000 { 60_000_000 } else { 12_000_000 });
        requests.push(Request {
            at: Instant::from_nanos(nanos),
            cpu: Duration::from_nanos(1 + random(20_000_000)),
            wait: Duration::from_nanos(random(80_000_000)),
        });
    }
    let story = Story::new(flat(0.0), 1);
    let by_minute = |requests: &[Request]| {
        let mut load = flat(0.0);
        for request in requests {
            load.per_minute[(request.at.since(Instant::START).secs_f64() / 60.0) as usize] += 1.0;
        }
        load
    };
    for cap in [1, 3, 8, 13] {
        let load = by_minute(&requests);
        let months = load.cycles_per_month;
        let plain = case(&story.app, &story.component, &load);
        let case = Case { requests: &requests, replays_per_month: months, ..plain };
        let configuration = pods(&case, 1, Some(cap));
        let split = EKS.simulate(&case, &configuration).unwrap();
        let away = turned_away(&requests, cap as usize);
        assert!(away.len() > 20 && away.len() < requests.len() - 20, "{}", away.len());
        let spilled = split.usage.spilled().expect("some");
        assert_eq!(spilled.counts.expect("a replay").arrivals, away.len() as u64, "cap {cap}");
        let there = by_minute(&away);
        let whole = Case { requests: &away, workload: &there, ..case };
        let alone = AwsLambda.simulate(&whole, &function(&case)).unwrap();
        assert_eq!(spilled.usage.flow().requests, alone.usage.flow().requests);
        let expected = bill(&AwsLambda, &whole, &function(&case), &alone);
        let expected: Money = expected.into_iter().map(|(_, amount)| amount).sum();
        let cost = elsewhere(&bill(&EKS, &case, &configuration, &split));
        let off = (cost.dollars() / expected.dollars() - 1.0).abs();
        assert!(off < 1e-6, "cap {cap}: {cost} and {expected}");
    }
}

#[test]
fn the_closed_form_spills_what_the_replay_spills_and_twice_is_the_same() {
    let story = Story::new(flat(230.0), 500_000);
    let case = story.case();
    let configuration = pods(&case, 2, Some(7));
    let estimated = EKS.estimate(&case, &configuration).unwrap();
    let replayed = EKS.simulate(&case, &configuration).unwrap();
    let shares = [&estimated, &replayed].map(|evaluation| share(&case, &configuration, evaluation));
    assert!(shares[0] > 0.2 && (shares[0] / shares[1] - 1.0).abs() < 0.02, "{shares:?}");
    assert_eq!(replayed, EKS.simulate(&case, &configuration).unwrap());
    assert!(replayed.obstacles.is_empty(), "{:?}", replayed.obstacles);
}

#[test]
fn a_bill_by_hand_has_the_proxies_on_nodes_and_what_is_spilled_once() {
    let mut story = Story::new(flat(0.0), 1);
    let span = Span::new(SourceMap::default().add("test", ""), 0, 0);
    story.app.assume.node = Some(("m7g.large".to_owned(), span));
    story.app.assume.no_node_overhead = Some(span);
    story.app.assume.no_disks = Some(span);
    story.app.assume.no_public_ipv4 = Some(span);
    let case = story.case();
    let total = |proxy: Beside| {
        let mut configuration = pods(&case, 3, Some(4));
        let Settings::Pod(settings) = &mut configuration.settings else { panic!("pods") };
        settings.front_door = FrontDoor::None;
        settings.spill.as_mut().expect("a split").proxy = proxy;
        let replicas = Replicas {
            step: Duration::MINUTE,
            counts: vec![3; 1440],
            memory: settings.memory,
            cpu_millicores: 1000,
        };
        let plain = Evaluation {
            usage: Usage::Pod(PodUsage { replicas, ..PodUsage::default() }),
            latency: None,
            cold: None,
            counts: None,
            timeline: None,
            obstacles: Vec::new(),
        };
        // A million requests of 2 KB, 50 ms each on 1,769 MB.
        let flow = Flow { requests: 1_000_000, bytes_in: 1_000_000 * 2048, ..Flow::default() };
        let spilled = FunctionUsage {
            requests: 1_000_000,
            run_mb_ms: 1_000_000 * 50 * 1769,
            flow,
            ..FunctionUsage::default()
        };
        let mut evaluation = plain.clone();
        let (_, place) = evaluation.usage.split_mut().expect("pods");
        *place = Some(Box::new(Evaluation { usage: Usage::Function(spilled), ..plain }));
        bill(&EKS, &case, &configuration, &evaluation)
    };
    let lines = total(Beside { cpu: Millicores::new(50), memory: Bytes::from_mib(64) });
    let amounts: Vec<(&str, String)> =
        lines.iter().map(|(item, amount)| (item.as_str(), dollars(*amount))).collect();
    // 730 h at $0.10; with its proxy a pod of one vCPU has a node of two to itself: 3 × 730 h at $0.0816; a million at
    // $0.20; 86,376.95 GB-s at $0.0000133334; 2 KB there and 4 KB back at a cent a GB.
    assert_eq!(
        amounts,
        [
            ("EKS control plane, hours", "73.00".to_owned()),
            ("nodes m7g.large, hours", "178.70".to_owned()),
            ("spilled: function requests", "0.20".to_owned()),
            ("spilled: function run time on Arm, first 7.5 B", "1.15".to_owned()),
            ("spilled: data there and back", "0.06".to_owned()),
        ]
    );
    // Without proxies two pods share a node.
    let nodes = total(Beside::default()).into_iter().find(|(item, _)| item.starts_with("nodes"));
    assert_eq!(nodes.map(|(_, amount)| dollars(amount)), Some("119.14".to_owned()));
}

#[test]
fn what_pods_cost_at_the_least_is_no_more_than_their_bill() {
    let story = Story::new(spiky(), 100_000);
    let case = story.case();
    let (to, work) = (function(&case), load::work(case.component).expect("known"));
    let below = Money::from_cents(1_000_000);
    for flavour in [&flavours::EKS, &flavours::EKS_AUTO] {
        let cluster = Kubernetes(flavour);
        for cpus in [0.05, 0.9, 7.0] {
            let levels = [cpus];
            let steady =
                Steady { architecture: Architecture::Arm, levels: &levels, work, to: &to, below };
            let all = cluster.steady(&case, &steady).unwrap();
            assert!(all.len() > 4, "{all:?}");
            for held in all {
                assert!(held.cpus >= cpus, "{held:?}");
                let evaluation = cluster.estimate(&case, &held.configuration).unwrap();
                let lines = bill(&cluster, &case, &held.configuration, &evaluation);
                let total: Money = lines.iter().map(|(_, amount)| *amount).sum();
                assert!(held.cost <= total, "{} {}", held.configuration.label, held.cost);
                // The proxy has room of its own on top.
                let Settings::Pod(pods) = &held.configuration.settings else { panic!("pods") };
                let (kept, _) = pods.scheduled(case.component);
                assert!(kept >= pods.cpu_request + Millicores::new(50));
            }
        }
    }
}

#[test]
fn a_proxy_grows_with_what_it_forwards() {
    let proxy = |rate: f64| {
        let mut load = flat(10.0);
        load.per_minute[600] = rate * 60.0;
        let story = Story::new(load, 1);
        let case = story.case();
        let (to, work) = (function(&case), load::work(case.component).expect("known"));
        let below = Money::from_cents(1_000_000);
        let steady =
            Steady { architecture: Architecture::Arm, levels: &[0.7], work, to: &to, below };
        let held = EKS.steady(&case, &steady).unwrap();
        let one = held.iter().find_map(|held| match &held.configuration.settings {
            Settings::Pod(pods) if pods.cpu_request == Millicores::ONE => Some(pods.clone()),
            _ => None,
        });
        let one = one.expect("a pod of one CPU");
        assert_eq!(one.min, 1);
        let Beside { cpu, memory } = one.spill.expect("a split").proxy;
        (cpu.get(), memory.mib_f64())
    };
    assert_eq!(proxy(100.0), (50, 64.0 + 13.0));
    // 4,000 a second on a core that forwards 13,100, which is two vCPUs; held for a second, 8,000 in a GB.
    assert_eq!(proxy(4000.0), (611, 64.0 + 512.0));
}

#[test]
fn a_split_is_offered_for_rare_tall_spikes_only() {
    let mut rare = flat(80.0);
    rare.per_minute[600..605].fill(4000.0 * 60.0);
    let found = offered(&EKS, &[&AwsLambda], &rare);
    assert!(found.iter().any(|label| label.contains(", then Lambda 1769 MB arm")), "{found:?}");
    assert!(offered(&EKS, &[&AwsLambda], &flat(80.0)).is_empty(), "no peak");
}
