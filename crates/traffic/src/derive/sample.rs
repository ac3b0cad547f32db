//! A bare application for tests.

use model::{
    App, Artifact, Availability, CallKind, Component, Demand, Edge, Fact, Kind, Load, Needs,
    Network, Slo, Start,
};
use units::Bytes;

pub(crate) fn component(id: &str, load: Load) -> Component {
    Component {
        id: id.to_owned(),
        span: None,
        kind: Kind::Http,
        runtime: Fact::Unknown,
        architectures: Fact::Unknown,
        artifact: Artifact { package: Fact::Unknown, size: Fact::Unknown },
        demand: Demand { cpu: Fact::Unknown, wait: Fact::Unknown, duration: None },
        start: Start { init: Fact::Unknown },
        concurrency: Fact::Unknown,
        memory: Fact::Unknown,
        cpu_request: None,
        scratch: None,
        run_time_max: None,
        request_bytes: Fact::Unknown,
        response_bytes: Fact::Unknown,
        log_bytes: Fact::Unknown,
        paths: Vec::new(),
        public: Fact::Unknown,
        front_door: None,
        slo: Slo::default(),
        load,
        needs: Needs::default(),
        engine: None,
        storage: None,
        connection: None,
        message_every: None,
        events: None,
        steps: None,
        reserved: None,
        allow: Vec::new(),
        containers: Vec::new(),
        mounts: Vec::new(),
        blueprint: None,
    }
}

pub(crate) fn app(components: Vec<Component>, edges: &[(&str, &str, f64)]) -> App {
    let edge = |(from, to, calls): &(&str, &str, f64)| Edge {
        from: (*from).to_owned(),
        to: (*to).to_owned(),
        calls_per_request: *calls,
        bytes: Fact::assumed(Bytes::ZERO, ""),
        kind: CallKind::Async,
        origin: None,
    };
    App {
        name: "test".to_owned(),
        region: Fact::assumed("aws/us-east-1".to_owned(), ""),
        regions: Vec::new(),
        components,
        edges: edges.iter().map(edge).collect(),
        team: None,
        availability: Availability { zones: Fact::assumed(1, "") },
        existing_cluster: None,
        network: Fact::assumed(Network::Public, ""),
        free_tier: Fact::assumed(false, ""),
        spot: Fact::assumed(false, ""),
        discounts: Vec::new(),
        quotas: model::Quotas::default(),
        assume: model::Assume::default(),
    }
}
