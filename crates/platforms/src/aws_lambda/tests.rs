//! Stories of functions on real prices.

use model::{Architecture, Component, Distribution, DoorChoice, Fact, Kind, Need, Runtime};
use source::{FileId, Span};
use traffic::{Arrivals, Workload};
use units::{Bytes, Date, Duration, Instant, Money, Rate, Seed, Share};

use super::*;
use crate::billing_scene::{catalog, dollars, known};
use crate::plain_scene::{app, component, flat};
use crate::settings::{FrontDoor, FunctionSettings, Settings};
use crate::usage::{FunctionUsage, Usage};

fn span() -> Span {
    Span::new(FileId(0), 0, 1)
}

/// A function of so much memory that runs `ms` on its own share of a CPU, half of it waiting.
fn function(memory_mb: u64, ms: u64) -> Component {
    let share = (memory_mb as f64 / 1769.0).min(1.0);
    let half = Duration::from_micros(ms * 500);
    let mut component = component("api", Kind::Http);
    component.runtime = known(Runtime("nodejs24.x".to_owned()));
    component.memory = known(Bytes::from_mib(memory_mb));
    component.demand.cpu = known(Distribution::Constant(half.times_f64(share)));
    component.demand.wait = known(Distribution::Constant(half));
    component
}

/// A component with its load on one day's prices, and a replay of it.
struct Story {
    app: model::App,
    component: Component,
    workload: Workload,
    date: &'static str,
    replay: traffic::Replay,
}

impl Story {
    fn new(component: Component, workload: Workload) -> Self {
        let replay = workload.replay(&component.demand, Seed(1), &component.id, 3_000_000);
        let app = app(vec![component.clone()]);
        Self { app, component, workload, date: "2026-11-23", replay }
    }
    fn case(&self) -> Case<'_> {
        Case {
            app: &self.app,
            component: &self.component,
            workload: &self.workload,
            requests: &self.replay.requests,
            replays_per_month: self.replay.replays_per_month,
            prices: catalog().at(Date::parse(self.date).unwrap()),
            seed: Seed(1),
        }
    }
    fn options(&self) -> Vec<Configuration> {
        AwsLambda.options(&self.case()).unwrap()
    }
    fn option(&self, label: &str) -> Configuration {
        let options = self.options();
        let labels: Vec<&str> = options.iter().map(|o| o.label.as_str()).collect();
        options.iter().find(|o| o.label == label).unwrap_or_else(|| panic!("{labels:?}")).clone()
    }
    fn both(&self, label: &str) -> [Evaluation; 2] {
        let (case, configuration) = (self.case(), self.option(label));
        [AwsLambda.estimate(&case, &configuration), AwsLambda.simulate(&case, &configuration)]
            .map(Result::unwrap)
    }
    fn bill(&self, label: &str, evaluation: &Evaluation) -> Invoice {
        let configuration = self.option(label);
        let member =
            Member { component: &self.component, configuration: &configuration, evaluation };
        AwsLambda.bill(&[member], &self.case().site()).unwrap()
    }
}

fn usage(evaluation: &Evaluation) -> &FunctionUsage {
    match &evaluation.usage {
        Usage::Function(usage) => usage,
        other => panic!("{other:?}"),
    }
}

fn p(evaluation: &Evaluation, q: f64) -> f64 {
    evaluation.latency.as_ref().unwrap().quantile(q).unwrap().millis_f64()
}

#[test]
fn the_articles_function_costs_what_the_article_says() {
    for (requests, expected) in [(3e6, "8.10"), (90e6, "243.00")] {
        let mut story = Story::new(function(512, 300), Workload::flat(Rate::per_month(requests)));
        story.app.assume.no_front_door = Some(span());
        for evaluation in story.both("512 MB x86") {
            let bill = story.bill("512 MB x86", &evaluation);
            let is_init = |l: &&model::InvoiceLine| l.item.contains("initialisation");
            let init: Money = bill.lines.iter().filter(is_init).map(|l| l.amount).sum();
            let rest = bill.total() - init;
            let run = |m: Money| dollars(m);
            // The first call on a new environment runs longer: less than a cent in all.
            let error = (rest.dollars() - expected.parse::<f64>().unwrap()).abs();
            assert!(error < 0.012, "{} and {} of INIT", run(rest), run(init));
            assert!(init <= Money::from_cents(5), "{init}");
        }
    }
}

#[test]
fn estimate_and_simulation_agree() {
    let day_night = |rate: f64| {
        let mut workload = flat(rate);
        for (i, minute) in workload.per_minute.iter_mut().enumerate() {
            *minute *= 1.0 + 0.9 * (i as f64 / 1440.0 * std::f64::consts::TAU).sin();
        }
        workload
    };
    let spiky = |rate: f64| {
        let mut workload = flat(rate);
        for (i, minute) in workload.per_minute.iter_mut().enumerate() {
            *minute *= if i % 60 < 5 { 10.0 } else { 0.2 };
        }
        workload
    };
    for (name, workload, tolerance) in [
        ("rare", flat(0.002), 0.15),
        ("thin", flat(0.05), 0.15),
        ("steady", flat(1.2), 0.15),
        ("busy", flat(30.0), 0.25),
        ("day and night", day_night(5.0), 0.25),
        ("spiky", spiky(2.0), 0.30),
    ] {
        let mut api = function(512, 300);
        let law = Distribution::LogNormal {
            p50: Duration::from_millis(40),
            p99: Duration::from_millis(400),
        };
        api.demand.cpu = known(law.clone());
        api.demand.wait = known(law);
        let story = Story::new(api, workload);
        let [estimate, simulation] = story.both("512 MB arm, HTTP API");
        let (e, s) = (usage(&estimate), usage(&simulation));
        let ratio = |a: u128, b: u128| a as f64 / b as f64;
        let run = ratio(e.run_mb_ms, s.run_mb_ms);
        assert!((run - 1.0).abs() < 0.03, "{name}: run {run}");
        assert_eq!(e.flow, s.flow);
        let cold = estimate.cold.unwrap().get() / simulation.cold.unwrap().get();
        eprintln!("{name}: cold {cold} ({:?} {:?})", estimate.cold, simulation.cold);
        assert!((cold - 1.0).abs() < tolerance, "{name}: cold {cold}");
        for q in [0.5, 0.95, 0.99] {
            let (e, s) = (p(&estimate, q), p(&simulation, q));
            eprintln!("{name}: p{q} {e} {s}");
            assert!((e / s - 1.0).abs() < 0.06, "{name}: p{q} {e} and {s} ms");
        }
        let counts = simulation.counts.unwrap();
        assert_eq!(counts.arrivals, counts.served + counts.rejected + counts.in_flight);
        assert_eq!(counts.arrivals, story.replay.requests.len() as u64);
    }
}
