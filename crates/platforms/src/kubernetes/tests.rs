//! Worlds and bills of a cluster.

use catalog::Missing;
use model::{Assume, ExistingCluster, Kind};
use source::{FileId, Span};
use traffic::Workload;
use units::{Bytes, Date, Duration, Millicores, Money, Rate};

use super::flavours::EKS as FLAVOUR;
use super::overhead::Overhead;
use super::{Kubernetes, plan_nodes};
use crate::billing_scene::{catalog, dollars, known};
use crate::case::{Case, Member};
use crate::plain_scene::{app, case, component, flat, members};
use crate::platform::{Evaluation, Platform};
use crate::usage::Usage;
use model::{Configuration, Settings};

const EKS: Kubernetes = Kubernetes(&FLAVOUR);

fn span() -> Span {
    Span::new(FileId(0), 0, 1)
}

fn cheapest(case: &Case<'_>) -> (Configuration, Evaluation) {
    let configuration = EKS.options(case).unwrap().into_iter().next().unwrap();
    let evaluation = EKS.estimate(case, &configuration).unwrap();
    (configuration, evaluation)
}

fn pods(evaluation: &Evaluation) -> Vec<u32> {
    match &evaluation.usage {
        Usage::Pod(usage) => usage.replicas.counts.clone(),
        other => panic!("{other:?}"),
    }
}

/// The article's estimate: some t3a.small and a control plane, nothing else.
fn article(nodes: u32, requests_month: f64, date: &str) -> Result<Money, Missing> {
    let mut app = app(Vec::new());
    app.assume = Assume {
        no_front_door: Some(span()),
        no_disks: Some(span()),
        no_public_ipv4: Some(span()),
        no_node_overhead: Some(span()),
        node: Some(("t3a.small".to_owned(), span())),
        nodes: Some((nodes, span())),
        ..Assume::default()
    };
    let mut component = component("api", Kind::Http);
    component.memory = known(Bytes::from_mib(512));
    component.concurrency = known(1);
    // 300 ms on Lambda's share of a vCPU at 512 MB, half of it waiting.
    let constant = |ms| known(model::Distribution::Constant(Duration::from_millis(ms)));
    (component.demand.cpu, component.demand.wait) = (constant(43), constant(150));
    let workload = Workload::flat(Rate::per_month(requests_month));
    let prices = catalog().at(Date::parse(date).unwrap());
    let case = Case { prices, ..case(&app, &component, &workload) };
    let (configuration, evaluation) = cheapest(&case);
    let member =
        Member { component: &component, configuration: &configuration, evaluation: &evaluation };
    let bill = EKS.bill(&[member], &case.site())?;
    let plan = plan_nodes(&[member], &case.site(), &FLAVOUR)?;
    assert_eq!(plan.short.is_some(), requests_month > 10e6, "{:?}", plan.short);
    Ok(bill.total())
}

#[test]
fn the_articles_figures_then_and_now() {
    let figure = |nodes, requests, date| dollars(article(nodes, requests, date).unwrap());
    assert_eq!(figure(1, 3e6, "2019-12-31"), "159.72");
    assert_eq!(figure(2, 90e6, "2019-12-31"), "173.45");
    assert_eq!(figure(1, 3e6, "2026-11-23"), "86.72");
    assert_eq!(figure(2, 90e6, "2026-11-23"), "100.45");
}

#[test]
fn nodes_keep_what_eks_reserves() {
    let (app, component, workload) = (app(Vec::new()), component("api", Kind::Http), flat(1.0));
    let site = case(&app, &component, &workload).site();
    let overhead = Overhead::of(&site, &FLAVOUR).unwrap();
    // vCPU 2: 70 m reserved, 180 m for system pods. 8 GiB: 7.5 % off, 255 + 11 × 29 + 100 + 120 MiB kept.
    let room = overhead.room(site.prices.instance("us-east-1", "m7g.large").unwrap());
    assert_eq!(room.cpu, Millicores::new(2000 - 70 - 180));
    assert_eq!(room.memory.mib_ceil(), 7578 - 255 - 11 * 29 - 100 - 120);
    assert_eq!(room.pods, 29 - 3);
    for (name, reserved) in [("m7g.xlarge", 80), ("m7i.2xlarge", 90), ("m8g.4xlarge", 110)] {
        let instance = site.prices.instance("us-east-1", name).unwrap();
        let room = overhead.room(instance);
        assert_eq!(room.cpu.get(), instance.cpu.get() - reserved - 180, "{name}");
    }
}

#[test]
fn pods_follow_the_load_of_the_day() {
    let (app, component) = (app(Vec::new()), component("api", Kind::Http));
    let mut workload = flat(20.0);
    for (minute, requests) in workload.per_minute.iter_mut().enumerate() {
        *requests *= if (600..720).contains(&minute) { 10.0 } else { 1.0 };
    }
    let case = case(&app, &component, &workload);
    let (configuration, evaluation) = cheapest(&case);
    let counts = pods(&evaluation);
    assert!(counts[650] > counts[0], "{} {}", configuration.label, counts[650]);
    // Down again after the window of five minutes.
    assert_eq!(counts[722], counts[719]);
    assert_eq!(counts[730], counts[100]);
    assert!(evaluation.obstacles.is_empty(), "{:?}", evaluation.obstacles);
}

/// The autoscaler's fluid and the closed form count about the same pods.
#[test]
fn closed_form_and_autoscaler_agree() {
    for (rate, concurrency) in [(5.0, 20), (50.0, 20), (400.0, 20), (40.0, 1)] {
        let (app, mut component) = (app(Vec::new()), component("api", Kind::Http));
        component.concurrency = known(concurrency);
        let workload = flat(rate);
        let case = case(&app, &component, &workload);
        for configuration in EKS.options(&case).unwrap() {
            let mean = |e: &Evaluation| {
                let counts = pods(e);
                counts.iter().map(|&n| f64::from(n)).sum::<f64>() / counts.len() as f64
            };
            let guess = mean(&EKS.estimate(&case, &configuration).unwrap());
            let world = mean(&EKS.simulate(&case, &configuration).unwrap());
            let apart = (guess - world).abs();
            let label = &configuration.label;
            assert!(apart <= (0.2 * world).max(1.0), "{label} at {rate}/s: {guess} and {world}");
        }
    }
}

#[test]
fn a_replay_accounts_for_every_request_and_is_the_same_again() {
    let (app, component) = (app(Vec::new()), component("api", Kind::Http));
    let mut workload = flat(40.0);
    workload.per_minute.truncate(60);
    workload.per_minute[30..40].fill(40.0 * 60.0 * 6.0);
    workload.cycle = Duration::HOUR;
    workload.cycles_per_month = 730.0;
    let seed = units::Seed(1);
    let replay = workload.replay(&component.demand, seed, "api", 1_000_000);
    let case = Case {
        requests: &replay.requests,
        replays_per_month: replay.replays_per_month,
        ..case(&app, &component, &workload)
    };
    for configuration in EKS.options(&case).unwrap() {
        let evaluation = EKS.simulate(&case, &configuration).unwrap();
        let counts = evaluation.counts.unwrap();
        assert_eq!(counts.arrivals, replay.requests.len() as u64);
        assert_eq!(counts.arrivals, counts.served + counts.rejected + counts.in_flight);
        let timeline = evaluation.timeline.clone().unwrap();
        let Settings::Pod(settings) = &configuration.settings else { panic!("pods") };
        let came = timeline.instances.iter().max() > timeline.instances.first();
        assert!(came || settings.min > 1, "{}: pods came", configuration.label);
        let least = timeline.instances.iter().min().copied().unwrap_or_default();
        assert!(least >= settings.min, "{}: {least} pods", configuration.label);
        let latency = evaluation.latency.as_ref().unwrap();
        assert!(latency.quantile(0.5).unwrap() >= Duration::from_millis(50));
        assert_eq!(evaluation, EKS.simulate(&case, &configuration).unwrap());
    }
}

#[test]
fn nodes_are_the_cheapest_that_hold_everything_together() {
    let app = app(Vec::new());
    let components = ["a", "b", "c"].map(|id| component(id, Kind::Http));
    let workloads = [flat(10.0), flat(100.0), flat(1.0)];
    let placed: Vec<(Configuration, Evaluation)> = components
        .iter()
        .zip(&workloads)
        .map(|(component, workload)| cheapest(&case(&app, component, workload)))
        .collect();
    let members = members(&components, &placed);
    let site = case(&app, &components[0], &workloads[0]).site();
    let plan = plan_nodes(&members, &site, &FLAVOUR).unwrap();
    assert_eq!(plan.pools.len(), 1);
    let together = EKS.bill(&members, &site).unwrap().total();
    let alone: Money = members.iter().map(|m| EKS.bill(&[*m], &site).unwrap().total()).sum();
    assert!(together < alone, "{together} against {alone}");
    // Pinning any other type costs at least as much.
    for name in ["t4g.medium", "m7g.large", "c7g.xlarge", "t4g.xlarge"] {
        let mut pinned = app.clone();
        pinned.assume.node = Some((name.to_owned(), span()));
        let site = case(&pinned, &components[0], &workloads[0]).site();
        let cost = EKS.bill(&members, &site).unwrap().total();
        assert!(cost >= together, "{name}: {cost} below {together}");
    }
}

#[test]
fn what_there_is_at_the_least_is_never_more_than_what_is_shared() {
    // On a new cluster, and on one that has some room or none.
    let spare = |cpu: u64, gib: u64| ExistingCluster {
        spare_cpu: known(Millicores::new(cpu)),
        spare_memory: known(Bytes::from_gib(gib)),
        span: None,
    };
    for there in [None, Some(spare(0, 0)), Some(spare(1000, 2))] {
        for flavour in super::flavours::ALL {
            let on = Kubernetes(flavour);
            let mut app = app(Vec::new());
            app.region = known(format!("{}/{}", flavour.cloud.id, region(flavour.cloud.id)));
            app.existing_cluster.clone_from(&there);
            let components = [("a", Kind::Http), ("b", Kind::Worker), ("c", Kind::Http)]
                .map(|(id, kind)| component(id, kind));
            let workloads = [flat(10.0), flat(100.0), flat(1.0)];
            let placed: Vec<(Configuration, Evaluation)> = (components.iter().zip(&workloads))
                .map(|(component, workload)| {
                    let case = case(&app, component, workload);
                    let configuration = on.options(&case).unwrap().into_iter().next().unwrap();
                    let evaluation = on.estimate(&case, &configuration).unwrap();
                    (configuration, evaluation)
                })
                .collect();
            let all = members(&components, &placed);
            let site = case(&app, &components[0], &workloads[0]).site();
            for members in [&all[..1], &all[1..2], &all[..2], &all[1..], &all[..]] {
                let bill = match there {
                    None => on.bill(members, &site).unwrap(),
                    Some(_) => on.marginal_bill(members, &site).unwrap().unwrap(),
                };
                let shared = bill.shared();
                let floors: Vec<_> = members.iter().map(|m| on.floors(m, &site).unwrap()).collect();
                let fixed = floors.iter().map(|floors| floors.fixed).max();
                let least =
                    floors.iter().map(|floors| floors.added).sum::<Money>() + fixed.unwrap();
                assert!(least <= shared, "{}: {least} of {shared}: {bill:?}", flavour.id);
                let new = there.is_none() && members.len() == 3;
                assert!(!new || least.scaled(4, 1) > shared, "{}: {least}", flavour.id);
            }
        }
    }
}

/// A region of a provider.
fn region(provider: &str) -> &'static str {
    match provider {
        "gcp" => "us-central1",
        "azure" => "eastus",
        "hetzner" => "eu",
        _ => "us-east-1",
    }
}

#[test]
fn a_second_zone_means_a_second_pod_and_node() {
    let (mut app, component, workload) = (app(Vec::new()), component("api", Kind::Http), flat(0.1));
    let nodes = |app: &model::App| {
        let case = case(app, &component, &workload);
        let (configuration, evaluation) = cheapest(&case);
        let member = Member {
            component: &component,
            configuration: &configuration,
            evaluation: &evaluation,
        };
        let plan = plan_nodes(&[member], &case.site(), &FLAVOUR).unwrap();
        (pods(&evaluation)[0], plan.pools[0].range())
    };
    assert_eq!(nodes(&app), (1, (1, 1)));
    app.availability.zones = known(2);
    assert_eq!(nodes(&app), (2, (2, 2)));
}

#[test]
fn an_existing_cluster_with_room_costs_only_the_load_balancer() {
    let (mut app, component, workload) =
        (app(Vec::new()), component("api", Kind::Http), flat(10.0));
    app.existing_cluster = Some(ExistingCluster {
        spare_cpu: known(Millicores::new(4000)),
        spare_memory: known(Bytes::from_gib(8)),
        span: None,
    });
    let case = case(&app, &component, &workload);
    let (configuration, evaluation) = cheapest(&case);
    let member =
        Member { component: &component, configuration: &configuration, evaluation: &evaluation };
    let marginal = EKS.marginal_bill(&[member], &case.site()).unwrap().unwrap();
    let full = EKS.bill(&[member], &case.site()).unwrap();
    assert!(marginal.lines.iter().all(|line| !line.item.contains("node")), "{marginal:?}");
    assert!(marginal.lines.iter().any(|line| line.item.contains("load balancer")));
    assert!(full.total() > marginal.total() + Money::from_cents(7300));
    // No room: nodes, but no second control plane.
    let mut full_up = app.clone();
    full_up.existing_cluster = Some(ExistingCluster {
        spare_cpu: known(Millicores::ZERO),
        spare_memory: known(Bytes::ZERO),
        span: None,
    });
    let marginal = EKS
        .marginal_bill(&[member], &crate::Site { app: &full_up, ..case.site() })
        .unwrap()
        .unwrap();
    assert!(marginal.lines.iter().any(|line| line.item.starts_with("nodes ")));
    assert!(marginal.lines.iter().all(|line| !line.item.contains("control plane")));
}

#[test]
fn a_nightly_job_runs_in_a_pod_of_its_own() {
    let (app, mut component) = (app(Vec::new()), component("nightly", Kind::Cron));
    let long =
        |minutes: u64| known(model::Distribution::Constant(Duration::from_secs(60 * minutes)));
    component.demand.cpu = long(40);
    component.demand.wait = long(0);
    let mut workload = flat(0.0);
    workload.per_minute[120] = 1.0;
    let case = case(&app, &component, &workload);
    let (configuration, evaluation) = cheapest(&case);
    let counts = pods(&evaluation);
    let busy = counts.iter().filter(|&&n| n > 0).count();
    let Settings::Pod(settings) = &configuration.settings else { panic!("pods") };
    let minutes = (40.0 / settings.cpu_request.vcpu_f64().min(1.0)).ceil() as usize;
    assert_eq!((counts[120], counts[119], busy), (1, 0, minutes), "{}", configuration.label);
}

#[test]
fn spot_nodes_are_cheaper_and_one_stays_on_demand() {
    let (mut app, component, workload) =
        (app(Vec::new()), component("api", Kind::Http), flat(2000.0));
    let bill = |app: &model::App| {
        let case = case(app, &component, &workload);
        let (configuration, evaluation) = cheapest(&case);
        let member = Member {
            component: &component,
            configuration: &configuration,
            evaluation: &evaluation,
        };
        EKS.bill(&[member], &case.site()).unwrap()
    };
    let on_demand = bill(&app);
    app.spot = known(true);
    let spot = bill(&app);
    assert!(spot.total() < on_demand.total());
    assert!(spot.lines.iter().any(|line| line.item.contains("spot")));
}
