//! An app on real prices, for the tests of bills.

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use catalog::Catalog;
use model::{
    App, Artifact, Assume, Availability, Component, Demand, Discount, Distribution, Fact, Kind,
    Load, Needs, Network, Origin, PlatformId, Runtime, Slo, Start,
};
use units::{Bytes, Date, Duration, Money};

use crate::case::{Member, Site};
use crate::platform::Evaluation;
use crate::usage::Usage;
use model::{Configuration, Settings};

/// The catalogue of this repository, read once.
pub(crate) fn catalog() -> &'static Catalog {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    CATALOG.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalog");
        let mut files = Vec::new();
        collect(&root, "", &mut files);
        Catalog::parse(&files).expect("a catalogue without a broken row")
    })
}

#[expect(clippy::disallowed_methods, reason = "tests read the catalogue from disk")]
fn collect(folder: &Path, below: &str, files: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).expect("the catalogue's folder") {
        let entry = entry.expect("a readable entry");
        let name = entry.file_name().into_string().expect("an ASCII name");
        let path = if below.is_empty() { name } else { format!("{below}/{name}") };
        if entry.path().is_dir() {
            collect(&entry.path(), &path, files);
        } else {
            files.push((path, fs::read_to_string(entry.path()).expect("a text file")));
        }
    }
}

/// A value that somebody declared.
pub(crate) fn known<T>(value: T) -> Fact<T> {
    Fact::Known(value, Origin::measured(""))
}

/// Dollars and cents, exact to the cent: `8.10`.
pub(crate) fn dollars(money: Money) -> String {
    Money::from_pico(money.cents() * 10_000_000_000).to_decimal()
}

/// A plain component.
pub(crate) fn component(id: &str) -> Component {
    Component {
        id: id.to_owned(),
        span: None,
        kind: Kind::Http,
        runtime: known(Runtime("nodejs24.x".to_owned())),
        architectures: Fact::Unknown,
        artifact: Artifact { package: Fact::Unknown, size: Fact::Unknown },
        demand: Demand {
            cpu: known(Distribution::Constant(Duration::from_millis(100))),
            wait: known(Distribution::Constant(Duration::from_millis(100))),
            duration: None,
        },
        start: Start { init: Fact::Unknown },
        concurrency: Fact::Unknown,
        memory: known(Bytes::from_mib(512)),
        cpu_request: None,
        scratch: None,
        run_time_max: None,
        request_bytes: Fact::Unknown,
        response_bytes: Fact::Unknown,
        log_bytes: Fact::Unknown,
        paths: Vec::new(),
        public: known(true),
        front_door: None,
        slo: Slo::default(),
        load: Load::Unknown,
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

/// An app in us-east-1 on one day, with components that have a configuration and a usage each.
pub(crate) struct Scene {
    pub(crate) app: App,
    pub(crate) date: Date,
    /// The catalogue with discounts, if there are any.
    own: Option<Catalog>,
    placed: Vec<(Component, Configuration, Evaluation)>,
}

impl Scene {
    /// Nothing placed yet.
    pub(crate) fn new(date: &str) -> Self {
        let app = App {
            name: "test".to_owned(),
            region: known("aws/us-east-1".to_owned()),
            regions: Vec::new(),
            components: Vec::new(),
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
        };
        let date = Date::parse(date).expect("a date");
        Self { app, date, own: None, placed: Vec::new() }
    }
    /// Moves it to another region.
    pub(crate) fn region(&mut self, region: &str) {
        self.app.region = known(region.to_owned());
    }
    /// Lets the free tier be used.
    pub(crate) fn free_tier(&mut self) {
        self.app.free_tier = known(true);
    }
    /// Takes a share, in per cent, off what commitments cover in a service.
    pub(crate) fn discount(&mut self, service: &str, percent: f64) {
        let hundredths = (percent * 100.0).round() as u32;
        self.app.discounts.push(Discount { service: service.to_owned(), hundredths, span: None });
        self.own = Some(catalog().discounted(&self.app.discounts));
    }
    /// Adds a component.
    pub(crate) fn place(&mut self, component: Component, settings: Settings, usage: Usage) {
        let configuration =
            Configuration { platform: PlatformId("test"), settings, label: String::new() };
        let evaluation = Evaluation {
            usage,
            latency: None,
            cold: None,
            counts: None,
            timeline: None,
            obstacles: Vec::new(),
        };
        self.placed.push((component, configuration, evaluation));
    }
    /// What is placed.
    pub(crate) fn members(&self) -> Vec<Member<'_>> {
        let placed = self.placed.iter();
        placed
            .map(|(component, configuration, evaluation)| Member {
                component,
                configuration,
                evaluation,
            })
            .collect()
    }
    /// The surroundings.
    pub(crate) fn site(&self) -> Site<'_> {
        Site {
            app: &self.app,
            prices: self.own.as_ref().unwrap_or_else(|| catalog()).at(self.date),
        }
    }
}
