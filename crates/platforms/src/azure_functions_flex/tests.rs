//! Stories about the Flex Consumption plan: what is billed at least, what runs there.

use model::{Component, Distribution, Fact, Kind, Package, Runtime};
use units::{Bytes, Duration, Seed};

use super::FunctionsFlex;
use crate::billing_scene::known;
use crate::case::Case;
use crate::plain_scene::{app, component, flat, prices};
use crate::platform::Platform;
use crate::usage::Usage;
use model::Settings;

fn function(ms: u64) -> Component {
    let mut function = component("api", Kind::Http);
    function.demand.cpu = known(Distribution::Constant(Duration::from_millis(ms)));
    function.demand.wait = known(Distribution::Constant(Duration::ZERO));
    function.memory = known(Bytes::from_mib(400));
    function.runtime = known(Runtime("nodejs24.x".to_owned()));
    function
}

fn labels(function: Component) -> Vec<String> {
    let mut app = app(vec![function]);
    app.region = Fact::assumed("azure/eastus".to_owned(), "");
    let load = flat(1.0);
    let case = crate::plain_scene::case(&app, &app.components[0], &load);
    FunctionsFlex.options(&case).unwrap().into_iter().map(|option| option.label).collect()
}

#[test]
fn a_short_call_is_billed_for_a_second() {
    let function = function(20);
    let mut app = app(vec![function.clone()]);
    app.region = Fact::assumed("azure/eastus".to_owned(), "");
    // One a minute: no two at once.
    let load = flat(1.0 / 60.0);
    let replay = load.replay(&function.demand, Seed(5), "api", 400_000);
    let case = Case {
        app: &app,
        component: &function,
        workload: &load,
        requests: &replay.requests,
        start: replay.start,
        replays_per_month: replay.replays_per_month,
        prices: prices(),
        seed: Seed(5),
    };
    let options = FunctionsFlex.options(&case).unwrap();
    let none = |settings: &Settings| matches!(settings, Settings::Instance(s) if s.min == 0);
    let plain = options.iter().find(|c| none(&c.settings)).expect("an option");
    let evaluation = FunctionsFlex.simulate(&case, plain).unwrap();
    let Usage::Instance(usage) = evaluation.usage else { panic!("instances") };
    let each_s = usage.active_ms as f64 / 1e3 / usage.requests as f64;
    // A second each, and the starts of those that come after a pause of five minutes: one in e⁵.
    assert!((0.97..1.1).contains(&each_s), "{each_s}");
}

#[test]
fn images_and_languages_that_it_does_not_run_are_left_out() {
    assert!(!labels(function(20)).is_empty());
    assert_eq!(FunctionsFlex.not_for(&function(20)), None);
    let mut image = function(20);
    image.artifact.package = known(Package::Image);
    assert_eq!(FunctionsFlex.not_for(&image), Some("takes code, not container images"));
    assert!(labels(image).is_empty());
    let mut rust = function(20);
    rust.runtime = known(Runtime("rust".to_owned()));
    assert_eq!(FunctionsFlex.not_for(&rust), Some("does not run its language"));
    assert!(labels(rust).is_empty());
    let mut large = function(20);
    large.memory = known(Bytes::from_gib(6));
    assert!(labels(large).is_empty());
}
