//! Stories about managed services and their bills.

use model::{
    App, Blueprint, CallKind, Component, Edge, Engine, Fact, InvoiceLine, Kind, Need, Origin,
};
use source::{FileId, Span};
use traffic::Workload;
use units::{Bytes, Rate};

use super::services::AWS;
use super::{Managed, declared_memory};
use crate::billing_scene::{dollars, known};
use crate::case::{Member, Site};
use crate::plain_scene::{app, case, component, flat, prices};
use crate::platform::{Evaluation, Platform};
use model::{Configuration, Settings};

fn store(id: &str, engine: Engine, memory_gib: u64, storage_gib: u64) -> Component {
    Component {
        engine: Some(known(engine)),
        memory: known(Bytes::from_gib(memory_gib)),
        storage: Some(known(Bytes::from_gib(storage_gib))),
        public: known(false),
        ..component(id, Kind::Stateful)
    }
}

fn labels(app: &App) -> Vec<String> {
    let load = flat(1.0);
    let options = Managed(&AWS).options(&case(app, &app.components[0], &load)).unwrap();
    options.into_iter().map(|o| o.label).collect()
}

fn cheapest(app: &App, component: &Component, load: &Workload) -> (Configuration, Evaluation) {
    let case = case(app, component, load);
    let first = Managed(&AWS).options(&case).unwrap().first().expect("an option").clone();
    let evaluation = Managed(&AWS).estimate(&case, &first).unwrap();
    (first, evaluation)
}

/// Lines of the bill of all components in their cheapest options: item, quantity, unit, dollars.
fn billed(app: &App, load: &Workload) -> Vec<String> {
    let placed: Vec<_> = app.components.iter().map(|c| cheapest(app, c, load)).collect();
    let each = app.components.iter().zip(&placed);
    let members: Vec<Member<'_>> = each
        .map(|(component, (configuration, evaluation))| Member {
            component,
            configuration,
            evaluation,
        })
        .collect();
    let invoice = Managed(&AWS).bill(&members, &Site { app, prices: prices() }).unwrap();
    for line in &invoice.lines {
        let rows = prices().catalog().rows();
        assert!(rows.iter().any(|r| r.price == line.unit_price && r.source == line.source));
    }
    let show = |l: &InvoiceLine| {
        format!("{}: {:.2} {} {}", l.item, l.quantity.to_f64(), l.unit, dollars(l.amount))
    };
    invoice.lines.iter().map(show).collect()
}

#[test]
fn a_database_gets_the_cheapest_class_that_holds_it() {
    assert_eq!(
        labels(&app(vec![store("db", Engine::Postgres, 4, 50)])),
        ["db.t4g.medium, 50 GB", "db.t3.medium, 50 GB"]
    );
    assert_eq!(labels(&app(vec![store("db", Engine::Mysql, 1, 5)]))[0], "db.t4g.micro, 20 GB");
}

#[test]
fn a_database_is_its_hours_and_its_storage() {
    assert_eq!(
        billed(&app(vec![store("db", Engine::Postgres, 8, 100)]), &flat(1.0)),
        ["db.t4g.large: 730.00 hour 94.17", "storage: 100.00 GB-month 11.50"]
    );
}

#[test]
fn listed_classes_cost_what_is_listed() {
    // Unit prices of infracost's golden files: db.t3.large at $0.145 and $0.136, db.m5.large at $0.178.
    for (size, engine, expected) in [
        ("db.t3.large", Engine::Postgres, "105.85"),
        ("db.t3.large", Engine::Mysql, "99.28"),
        ("db.m5.large", Engine::Postgres, "129.94"),
    ] {
        let app = app(vec![store("db", engine, 8, 100)]);
        let (mut configuration, evaluation) = cheapest(&app, &app.components[0], &flat(1.0));
        let Settings::Managed(settings) = &mut configuration.settings else { panic!("managed") };
        size.clone_into(&mut settings.size);
        let member = Member {
            component: &app.components[0],
            configuration: &configuration,
            evaluation: &evaluation,
        };
        let site = Site { app: &app, prices: prices() };
        let invoice = Managed(&AWS).bill(&[member], &site).unwrap();
        assert_eq!(dollars(invoice.lines[0].amount), expected, "{size}");
    }
}

#[test]
fn a_second_zone_doubles_the_database_and_its_storage() {
    let mut app = app(vec![store("db", Engine::Postgres, 4, 50)]);
    app.availability.zones = known(3);
    assert_eq!(labels(&app)[0], "db.t4g.medium, 50 GB, Multi-AZ");
    assert_eq!(
        billed(&app, &flat(1.0)),
        ["db.t4g.medium, Multi-AZ: 1460.00 hour 94.90", "storage, Multi-AZ: 100.00 GB-month 11.50",]
    );
}

#[test]
fn valkey_costs_four_fifths_of_redis() {
    let cost = |engine| billed(&app(vec![store("cache", engine, 1, 0)]), &flat(100.0));
    // A small node has 1.37 GB, of which a quarter is reserved: enough for 1 GB.
    assert_eq!(cost(Engine::Redis), ["1 × cache.t4g.small redis: 730.00 hour 23.36"]);
    assert_eq!(cost(Engine::Valkey), ["1 × cache.t4g.small valkey: 730.00 hour 18.69"]);
}

#[test]
fn a_cache_keeps_a_quarter_of_its_memory_for_itself() {
    let mut cache = store("cache", Engine::Valkey, 1, 0);
    cache.memory = known(Bytes::from_mib(1200));
    assert_eq!(labels(&app(vec![cache]))[0], "cache.t4g.medium Valkey");
}

#[test]
fn a_table_is_billed_by_units_of_its_items() {
    let mut app = app(vec![store("carts", Engine::KeyValue, 1, 10)]);
    // 5 KB an item: two read units at half price each, five write units.
    app.edges.push(Edge {
        from: "api".to_owned(),
        to: "carts".to_owned(),
        calls_per_request: 2.0,
        bytes: known(Bytes::from_kib(5)),
        kind: CallKind::Sync,
        origin: None,
    });
    let load = Workload::flat(Rate::per_month(10_000_000.0));
    assert_eq!(
        billed(&app, &load),
        [
            "reads: 8000000.00 request 1.00",
            "writes: 10000000.00 request 6.25",
            "storage: 10.00 GB-month 2.50",
        ]
    );
}

#[test]
fn a_queue_is_three_calls_a_message_and_dearer_in_order() {
    let load = Workload::flat(Rate::per_month(1_000_000.0));
    let plain = store("jobs", Engine::Queue, 1, 0);
    let mut ordered = store("steps", Engine::Queue, 1, 0);
    ordered.needs.insert(Need::Ordered, None);
    let app = app(vec![plain, ordered]);
    assert_eq!(
        billed(&app, &load),
        [
            "messages (send, receive, delete), first 100 B: 3000000.00 request 1.20",
            "messages (send, receive, delete), first 100 B: 3000000.00 request 1.50",
        ]
    );
}

#[test]
fn a_static_site_is_a_bucket() {
    let mut site = component("site", Kind::Static);
    site.storage = Some(known(Bytes::from_gib(2)));
    let app = app(vec![site]);
    let load = Workload::flat(Rate::per_month(5_000_000.0));
    assert_eq!(
        billed(&app, &load),
        ["storage, first 51,200: 2.00 GB-month 0.05", "reads: 5000000.00 request 2.00"]
    );
    let (_, evaluation) = cheapest(&app, &app.components[0], &load);
    assert_eq!(evaluation.usage.flow().bytes_out_internet, 5_000_000 * 4096);
    assert!(evaluation.latency.is_none(), "nothing is simulated");
}

#[test]
fn code_is_not_a_managed_service() {
    assert!(labels(&app(vec![component("api", Kind::Http)])).is_empty());
    assert!(labels(&app(vec![store("odd", Engine::Other, 4, 50)])).is_empty());
    assert!(labels(&app(vec![store("huge", Engine::Postgres, 100_000, 50)])).is_empty());
}

#[test]
fn a_region_without_prices_names_the_row() {
    let mut app = app(vec![store("db", Engine::Postgres, 4, 50)]);
    app.region = known("aws/mars-1".to_owned());
    let load = flat(1.0);
    let missing = Managed(&AWS).options(&case(&app, &app.components[0], &load)).unwrap_err();
    assert!(missing.what.contains("aws/rds mars-1 db."), "{missing}");
}

#[test]
fn brokers_stand_in_two_zones_and_each_has_its_disk() {
    // Unit prices of infracost's golden file: two kafka.t3.small are $66.58 a month, a GB-month is $0.10.
    let app = app(vec![store("events", Engine::Kafka, 1, 50)]);
    assert_eq!(
        labels(&app),
        ["2 × kafka.t3.small, 50 GB", "2 × kafka.m7g.large, 50 GB", "serverless, 50 GB"]
    );
    assert_eq!(
        billed(&app, &flat(1.0)),
        ["2 × kafka.t3.small: 1460.00 hour 66.58", "storage of 2 nodes: 100.00 GB-month 10.00"]
    );
}

#[test]
fn a_serverless_log_of_events_is_its_cluster_its_partitions_and_its_bytes() {
    let app = app(vec![store("events", Engine::Kafka, 1, 10)]);
    let load = Workload::flat(Rate::per_month(1024.0 * 1024.0));
    let case = case(&app, &app.components[0], &load);
    let configuration = Managed(&AWS).options(&case).unwrap().pop().expect("the serverless one");
    let evaluation = Managed(&AWS).estimate(&case, &configuration).unwrap();
    let member = Member {
        component: &app.components[0],
        configuration: &configuration,
        evaluation: &evaluation,
    };
    let invoice = Managed(&AWS).bill(&[member], &Site { app: &app, prices: prices() }).unwrap();
    let lines: Vec<String> =
        invoice.lines.iter().map(|l| format!("{} {}", l.item, dollars(l.amount))).collect();
    // 730 h at $0.75; three partitions at $0.0015; a million records of 1 KB are 1 GB in and out.
    assert_eq!(
        lines,
        [
            "cluster 547.50",
            "3 partitions, 3 a caller assumed 3.29",
            "data in 0.10",
            "data out, read once 0.05",
            "storage 1.00",
        ]
    );
}

#[test]
fn documents_are_billed_by_instance_storage_and_pages() {
    let load = Workload::flat(Rate::per_month(10_000_000.0));
    // Records of 1 KB: each call is one page read or one piece of log, at $0.20 a million.
    assert_eq!(
        billed(&app(vec![store("docs", Engine::Mongodb, 4, 100)]), &load),
        [
            "db.t4g.medium: 730.00 hour 55.41",
            "storage: 100.00 GB-month 10.00",
            "I/O: 10000000.00 request 2.00",
        ]
    );
}

#[test]
fn a_second_zone_adds_nodes_as_each_service_does() {
    let labels_in = |engine, zones| {
        let mut app = app(vec![store("s", engine, 1, 20)]);
        app.availability.zones = known(zones);
        labels(&app)[0].clone()
    };
    for (engine, one, two) in [
        (Engine::Kafka, "2 × kafka.t3.small, 20 GB", "3 × kafka.t3.small, 20 GB"),
        (Engine::Mongodb, "db.t4g.medium, 20 GB", "2 × db.t4g.medium, 20 GB"),
        (Engine::Opensearch, "t3.small.search, 20 GB", "2 × t3.small.search, 20 GB"),
        (Engine::Rabbitmq, "mq.t3.micro, 20 GB", "3 × mq.t3.micro, 20 GB"),
        (Engine::Activemq, "mq.t3.micro, 20 GB", "2 × mq.t3.micro, 20 GB"),
    ] {
        assert_eq!((labels_in(engine, 1).as_str(), labels_in(engine, 2).as_str()), (one, two));
    }
}

#[test]
fn every_engine_with_a_managed_service_has_its_name() {
    for (name, engine) in Engine::ALL {
        let sold = !labels(&app(vec![store("s", engine, 1, 20)])).is_empty();
        let named = AWS.name(engine) != "a managed service";
        assert_eq!((sold, named), (engine != Engine::Other, engine != Engine::Other), "{name}");
    }
}

#[test]
fn memcached_is_a_cache_like_the_others() {
    assert_eq!(
        billed(&app(vec![store("cache", Engine::Memcached, 1, 0)]), &flat(100.0)),
        ["1 × cache.t4g.small memcached: 730.00 hour 23.36"]
    );
}

/// A store whose definition names a machine type; its memory is assumed.
fn on(machine: &str, engine: Engine) -> Component {
    let mut store = store("store", engine, 1, 20);
    let origin = Origin { span: Some(Span::new(FileId(0), 0, 1)), ..Origin::assumed("the usual") };
    store.memory = Fact::Assumed(Bytes::from_gib(1), origin);
    let settings = vec![(Blueprint::MACHINE.to_owned(), machine.to_owned())];
    store.blueprint = Some(Box::new(Blueprint { settings, ..Blueprint::default() }));
    store
}

#[test]
fn a_store_that_names_its_machine_is_planned_on_that_size() {
    for (machine, engine, mib) in [
        ("db.t4g.medium", Engine::Postgres, 4096),
        ("cache.t4g.small", Engine::Redis, 1051),
        ("cache.t4g.medium", Engine::Memcached, 3164),
        ("mq.t3.micro", Engine::Rabbitmq, 1024),
        ("kafka.m5.large", Engine::Kafka, 8192),
        ("t3.medium.search", Engine::Opensearch, 4096),
        ("db.r5.large", Engine::Mongodb, 16_384),
    ] {
        let mut app = app(vec![on(machine, engine)]);
        declared_memory(&mut app, prices()).unwrap();
        let memory = &app.components[0].memory;
        assert_eq!(memory.get().map(|m| m.get() >> 20), Some(mib), "{machine}");
        assert!(memory.is_known() && memory.origin().unwrap().note.contains(machine));
        let labels = labels(&app);
        assert!(labels.iter().any(|label| label.contains(machine)), "{machine}: {labels:?}");
    }
}

#[test]
fn what_is_declared_or_not_in_the_catalogue_keeps_its_memory() {
    let mut declared = on("db.t4g.medium", Engine::Postgres);
    declared.memory = known(Bytes::from_gib(2));
    for store in [declared, on("db.x99.huge", Engine::Postgres), on("db.t4g.medium", Engine::Redis)]
    {
        let mut app = app(vec![store.clone()]);
        declared_memory(&mut app, prices()).unwrap();
        assert_eq!(app.components[0].memory, store.memory);
    }
}
