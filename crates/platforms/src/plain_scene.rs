//! Small applications on real prices, for the tests of servers and managed services.

use catalog::{Catalog, Prices};
use model::{App, Assume, Availability, Component, Demand, Distribution, Fact, Kind, Network};
use traffic::Workload;
use units::{Bytes, Date, Duration, Instant, Rate, Seed};

use crate::billing_scene::{self, known};
use crate::case::{Case, Member};
use crate::platform::Evaluation;
use model::Configuration;

/// Prices of the day on which most rows were observed.
pub(crate) fn prices() -> Prices<'static> {
    let catalog: &'static Catalog = billing_scene::catalog();
    catalog.at(Date::new(2026, 11, 23).expect("a day"))
}

/// An application in us-east-1, one zone, public network, no free tier, nothing left out.
pub(crate) fn app(components: Vec<Component>) -> App {
    App {
        name: "test".to_owned(),
        region: known("aws/us-east-1".to_owned()),
        regions: Vec::new(),
        components,
        edges: Vec::new(),
        team: None,
        availability: Availability { zones: known(1) },
        existing_cluster: None,
        network: known(Network::Public),
        free_tier: known(false),
        spot: known(false),
        discounts: Vec::new(),
        quotas: model::Quotas::default(),
        assume: Assume::default(),
    }
}

/// A public service of 256 MB that serves 20 requests at once, 10 ms of CPU and 40 ms of waiting each, and
/// answers with 4 KB.
pub(crate) fn component(id: &str, kind: Kind) -> Component {
    let constant = |ms| known(Distribution::Constant(Duration::from_millis(ms)));
    Component {
        kind,
        runtime: Fact::Unknown,
        demand: Demand { cpu: constant(10), wait: constant(40), duration: None },
        concurrency: known(20),
        memory: known(Bytes::from_mib(256)),
        response_bytes: known(Bytes::from_kib(4)),
        ..billing_scene::component(id)
    }
}

/// The same rate all day.
pub(crate) fn flat(per_second: f64) -> Workload {
    Workload::flat(Rate::per_second(per_second))
}

/// A week in which nearly all requests come between eight and eighteen o'clock on working days, so many a minute.
pub(crate) fn office(per_minute: f64) -> Workload {
    let mut load = flat(1.0);
    load.cycle = Duration::DAY * 7;
    load.cycles_per_month /= 7.0;
    let at = |minute: usize| match (minute / 1440, minute / 60 % 24) {
        (0..5, 8..18) => per_minute,
        _ => per_minute / 500.0,
    };
    load.per_minute = (0..7 * 1440).map(at).collect();
    load
}

/// A case without requests to replay.
pub(crate) fn case<'a>(app: &'a App, component: &'a Component, workload: &'a Workload) -> Case<'a> {
    let prices = prices();
    Case {
        app,
        component,
        workload,
        requests: &[],
        start: Instant::START,
        replays_per_month: 1.0,
        prices,
        seed: Seed(1),
    }
}

/// Each component as it is placed, in the same order.
pub(crate) fn members<'m>(
    components: &'m [Component],
    placed: &'m [(Configuration, Evaluation)],
) -> Vec<Member<'m>> {
    let pairs = components.iter().zip(placed);
    pairs
        .map(|(component, (configuration, evaluation))| Member {
            component,
            configuration,
            evaluation,
        })
        .collect()
}
