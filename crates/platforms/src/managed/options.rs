//! Which managed service, and which size, for which engine.

use catalog::{Missing, Size};
use model::{Component, Engine, Fact, Kind, PlatformId};
use units::{Bytes, Price};

use super::services::{Cluster, Queue, Services};
use crate::case::Case;
use model::{Configuration, ManagedSettings, Settings};

/// Sizes tried: the cheapest that is large enough, and the next in case another rule refuses it.
const SIZES_MAX: usize = 2;

/// Data of a static site where nobody says how much it is. A price that does not matter: cents a month.
const SITE_STORAGE: Bytes = Bytes::from_gib(1);

/// The size of a service whose nodes nobody chooses.
pub(super) const SERVERLESS: &str = "serverless";

/// Copies of a database at the most: a Multi-AZ deployment has one standby. Caches may have more replicas,
/// but one is enough to survive a zone.
const COPIES_MAX: u8 = 2;

/// The configurations worth trying, cheapest first; none where no managed service does the job.
pub(super) fn options(case: &Case<'_>, services: &Services) -> Result<Vec<Configuration>, Missing> {
    let component = case.component;
    match (component.kind, engine(component)) {
        (Kind::Static, _) | (Kind::Stateful, Some(Engine::Objects)) => {
            Ok(vec![sizeless(component, Engine::Objects, services.bucket.name, services.id)])
        }
        (Kind::Stateful, Some(Engine::KeyValue)) => {
            let name = format!("{} on demand", services.table.name);
            Ok(vec![sizeless(component, Engine::KeyValue, &name, services.id)])
        }
        (Kind::Stateful, Some(Engine::Queue)) => {
            let ordered = is_ordered(component) && services.queue == Queue::Sqs;
            let name = if ordered { "SQS FIFO" } else { services.queue.name() };
            Ok(vec![sizeless(component, Engine::Queue, name, services.id)])
        }
        (Kind::Stateful, Some(engine @ (Engine::Postgres | Engine::Mysql))) => {
            let storage = storage(case, component, services.database.rows)?;
            let needed = component.memory.get();
            sized(case, services, services.database.service, (engine, storage, needed))
        }
        (Kind::Stateful, Some(engine @ (Engine::Redis | Engine::Valkey))) => {
            // A node keeps part of its memory for itself.
            let reserved = case.prices.limit_number(services.cache.rows, "reserved_memory")?;
            let needed = component.memory.get().map(|memory| {
                Bytes::new((memory.get() as f64 / (1.0 - reserved / 100.0)).ceil() as u64)
            });
            sized(case, services, services.cache.service, (engine, Bytes::ZERO, needed))
        }
        (Kind::Stateful, Some(engine @ Engine::Memcached))
            if services.cache.memcached.is_some() =>
        {
            let needed = component.memory.get();
            sized(case, services, services.cache.service, (engine, Bytes::ZERO, needed))
        }
        (Kind::Stateful, Some(engine)) => match services.cluster(engine) {
            Some(cluster) => nodes(case, services, cluster),
            None => Ok(Vec::new()),
        },
        _ => Ok(Vec::new()),
    }
}

/// The engine, if it is known or assumed.
pub(super) fn engine(component: &Component) -> Option<Engine> {
    component.engine.as_ref().and_then(Fact::get)
}

/// Whether messages of one key must be worked off in order.
pub(super) fn is_ordered(component: &Component) -> bool {
    component.needs.has(model::Need::Ordered)
}

/// The catalogue's dimension of a size: `db.t4g.medium postgres` where engines differ in price.
pub(super) fn dimension(size: &str, engine: Engine) -> String {
    match engine {
        Engine::Kafka
        | Engine::Mongodb
        | Engine::Opensearch
        | Engine::Rabbitmq
        | Engine::Activemq => size.to_owned(),
        _ => format!("{size} {}", engine.name()),
    }
}

/// Nodes of a cluster, and the same without nodes where the service offers it. `zones` of the settings says
/// how many nodes there are.
fn nodes(
    case: &Case<'_>,
    services: &Services,
    cluster: &Cluster,
) -> Result<Vec<Configuration>, Missing> {
    let component = case.component;
    let storage = storage(case, component, cluster.rows)?;
    let single = case.app.availability.zones.get().unwrap_or(1) < 2;
    let row = if single { "nodes.one_zone" } else { "nodes.more_zones" };
    let count = case.prices.limit_number(cluster.rows, row)? as u8;
    let of = (cluster.engine, storage, component.memory.get());
    let mut all = sized(case, services, cluster.service, of)?;
    for configuration in &mut all {
        if let Settings::Managed(settings) = &mut configuration.settings {
            settings.zones = count;
            let times = if count > 1 { format!("{count} × ") } else { String::new() };
            configuration.label = format!("{times}{}{}", settings.size, data(storage));
        }
    }
    if let Some([dimension, ..]) = cluster.serverless {
        case.prices.price(cluster.service, case.app.region_name(), dimension)?;
        all.push(Configuration {
            platform: services.id,
            label: format!("{SERVERLESS}{}", data(storage)),
            settings: Settings::Managed(ManagedSettings {
                engine: cluster.engine,
                size: SERVERLESS.to_owned(),
                storage,
                zones: 1,
            }),
        });
    }
    Ok(all)
}

/// The cheapest sizes that hold `memory`, from those that the region has a price for.
fn sized(
    case: &Case<'_>,
    services: &Services,
    service: &str,
    (engine, storage, memory): (Engine, Bytes, Option<Bytes>),
) -> Result<Vec<Configuration>, Missing> {
    let region = case.app.region_name();
    let priced = |size: &Size| -> Option<Price> {
        let row = case.prices.price(service, region, &dimension(&size.name, engine));
        row.ok().map(|row| row.price)
    };
    let all: Vec<(Price, &Size)> =
        case.prices.sizes(service).filter_map(|size| Some((priced(size)?, size))).collect();
    if all.is_empty() {
        // Nothing at all is a hole in the catalogue, not a fact about the service.
        let first = case.prices.sizes(service).next().map_or("", |size| size.name.as_str());
        case.prices.price(service, region, &dimension(first, engine))?;
    }
    let mut fitting: Vec<_> =
        all.into_iter().filter(|(_, s)| memory.is_none_or(|m| s.memory >= m)).collect();
    fitting.sort_by_key(|(price, size)| (*price, size.memory, &size.name));
    fitting.truncate(SIZES_MAX);
    let zones = case.app.availability.zones.get().unwrap_or(1).clamp(1, COPIES_MAX);
    let make = |(_, size): (Price, &Size)| Configuration {
        platform: services.id,
        label: label(&size.name, engine, storage, zones, services),
        settings: Settings::Managed(ManagedSettings {
            engine,
            size: size.name.clone(),
            storage,
            zones,
        }),
    };
    Ok(fitting.into_iter().map(make).collect())
}

/// Data kept on the disk of a service, and at least what can be had.
fn storage(case: &Case<'_>, component: &Component, rows: &str) -> Result<Bytes, Missing> {
    let least = case.prices.limit_number(rows, "storage.min")?;
    let least = Bytes::new((least * (1_u64 << 30) as f64) as u64);
    let declared = component.storage.as_ref().and_then(Fact::get).unwrap_or(least);
    Ok(declared.max(least))
}

/// A service that is billed by what goes through it and lies in it. It spans zones by itself.
fn sizeless(
    component: &Component,
    engine: Engine,
    name: &str,
    platform: PlatformId,
) -> Configuration {
    let declared = component.storage.as_ref().and_then(Fact::get);
    let storage = match (declared, component.kind) {
        (Some(declared), _) => declared,
        (None, Kind::Static) => SITE_STORAGE,
        (None, _) => Bytes::ZERO,
    };
    let label = if storage == Bytes::ZERO { name.to_owned() } else { format!("{name}, {storage}") };
    Configuration {
        platform,
        label,
        settings: Settings::Managed(ManagedSettings {
            engine,
            size: String::new(),
            storage,
            zones: 1,
        }),
    }
}

/// `db.t4g.medium, 50 GB`, `cache.t4g.small Valkey × 2 zones`.
fn label(size: &str, engine: Engine, storage: Bytes, zones: u8, services: &Services) -> String {
    let name = match engine {
        Engine::Redis => format!("{size} Redis"),
        Engine::Valkey => format!("{size} Valkey"),
        Engine::Memcached => format!("{size} Memcached"),
        _ => size.to_owned(),
    };
    let data = data(storage);
    let zones = if zones > 1 { format!(", {}", services.database.standby) } else { String::new() };
    format!("{name}{data}{zones}")
}

/// `, 50 GB`; nothing where there is nothing.
fn data(storage: Bytes) -> String {
    if storage == Bytes::ZERO { String::new() } else { format!(", {storage}") }
}
