//! What managed services cost a month.

use catalog::Missing;
use model::{Engine, Invoice};
use units::Quantity;

use super::clusters;
use super::options;
use super::services::{Bucket, Cache, Database, Queue, Services, Table};
use crate::billing::{GB, HOURS, Lines, Use};
use crate::case::{Member, Site};
use crate::usage::{ManagedUsage, Usage};
use model::{ManagedSettings, Settings};

/// Bytes of a call where no caller says how many: a small record.
const RECORD: u64 = 1024;

/// One member, taken apart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Store<'a> {
    pub(super) member: Member<'a>,
    pub(super) id: &'a str,
    pub(super) settings: &'a ManagedSettings,
    pub(super) usage: &'a ManagedUsage,
}

/// Databases and caches one by one; tables, queues and buckets together, since their tiers and allowances
/// count over all of them.
pub(super) fn bill(
    members: &[Member<'_>],
    site: &Site<'_>,
    services: &Services,
) -> Result<Invoice, Missing> {
    let mut lines = Lines::new(services.id, site);
    let stores: Vec<Store<'_>> = members.iter().filter_map(store).collect();
    for store in &stores {
        match store.settings.engine {
            Engine::Postgres | Engine::Mysql => database(&mut lines, *store, services.database)?,
            Engine::Redis | Engine::Valkey | Engine::Memcached => {
                cache(&mut lines, *store, services.cache)?;
            }
            Engine::Kafka
            | Engine::Mongodb
            | Engine::Opensearch
            | Engine::Rabbitmq
            | Engine::Activemq => {
                if let Some(cluster) = services.cluster(store.settings.engine) {
                    clusters::bill(&mut lines, *store, cluster)?;
                }
            }
            Engine::KeyValue | Engine::Queue | Engine::Objects | Engine::Other => {}
        }
    }
    let of = |engine| -> Vec<Store<'_>> {
        stores.iter().copied().filter(|s| s.settings.engine == engine).collect()
    };
    tables(&mut lines, &of(Engine::KeyValue), services.table)?;
    match services.queue {
        Queue::Sqs => queues(&mut lines, &of(Engine::Queue))?,
        Queue::PubSub => topics(&mut lines, &of(Engine::Queue))?,
        Queue::Storage => storage_queues(&mut lines, &of(Engine::Queue))?,
    }
    buckets(&mut lines, &of(Engine::Objects), services.bucket)?;
    Ok(lines.finish())
}

fn store<'a>(member: &Member<'a>) -> Option<Store<'a>> {
    match (&member.configuration.settings, &member.evaluation.usage) {
        (Settings::Managed(settings), Usage::Managed(usage)) => {
            Some(Store { member: *member, id: &member.component.id, settings, usage })
        }
        _ => None,
    }
}

/// RDS: instance hours and storage, both for the standby too. Backups are free up to the storage's size,
/// and gp3 includes the first 3,000 operations a second.
fn database(lines: &mut Lines<'_>, store: Store<'_>, database: Database) -> Result<(), Missing> {
    let Store { id, settings, .. } = store;
    let (copies, deployment) = copies(lines, settings, database)?;
    let dimension = options::dimension(&settings.size, settings.engine);
    let hours = Quantity::whole(copies * HOURS);
    let item = format!("{}{deployment}", settings.size);
    lines.add(database.service, &dimension, item, Some(id), hours)?;
    let storage = Quantity::new(u128::from(settings.storage.get()) * copies, GB);
    let item = format!("storage{deployment}");
    lines.add(database.service, database.storage, item, Some(id), storage)
}

/// How many instances are paid for, and what the line says of it.
fn copies(
    lines: &Lines<'_>,
    settings: &ManagedSettings,
    database: Database,
) -> Result<(u128, String), Missing> {
    if settings.zones < 2 {
        return Ok((1, String::new()));
    }
    let factor = lines.site().prices.limit_number(database.rows, "multi_az.factor")?;
    Ok((factor as u128, format!(", {}", database.standby)))
}

/// ElastiCache: a node a zone.
fn cache(lines: &mut Lines<'_>, store: Store<'_>, cache: Cache) -> Result<(), Missing> {
    let Store { id, settings, .. } = store;
    let nodes = u128::from(settings.zones.max(1));
    let dimension = options::dimension(&settings.size, settings.engine);
    let item = format!("{nodes} × {dimension}");
    lines.add(cache.service, &dimension, item, Some(id), Quantity::whole(nodes * HOURS))
}

/// DynamoDB on demand: units read and written, and storage above the allowance. Reads are eventually
/// consistent, as SDKs ask for unless told otherwise: half a unit each.
fn tables(lines: &mut Lines<'_>, stores: &[Store<'_>], table: Table) -> Result<(), Missing> {
    if stores.is_empty() {
        return Ok(());
    }
    let prices = lines.site().prices;
    let kib = |value: f64| (value * 1024.0) as u64;
    let read_unit = kib(prices.limit_number(table.rows, "read_unit")?);
    let write_unit = kib(prices.limit_number(table.rows, "write_unit")?);
    for store in stores {
        let bytes = bytes_per_call(lines.site(), store);
        let reads = u128::from(store.usage.reads) * u128::from(bytes.div_ceil(read_unit).max(1));
        let writes = u128::from(store.usage.writes) * u128::from(bytes.div_ceil(write_unit).max(1));
        let (service, id) = (table.service, Some(store.id));
        let read = Quantity::new(reads, table.reads_a_unit);
        lines.add(service, table.dimensions[0], "reads", id, read)?;
        lines.add(service, table.dimensions[1], "writes", id, Quantity::whole(writes))?;
    }
    let stored = stored(stores);
    let billed = Lines::above(&stored, lines.allowance(table.service, table.dimensions[3], GB));
    lines.tiered(table.service, table.dimensions[2], GB, &billed)
}

/// SQS: each message is sent, received and deleted, in steps of 64 KB. A queue that stands in front of a
/// worker is the worker's front door and billed there; this is one that components call themselves.
fn queues(lines: &mut Lines<'_>, stores: &[Store<'_>]) -> Result<(), Missing> {
    if stores.is_empty() {
        return Ok(());
    }
    let prices = lines.site().prices;
    let calls = prices.limit_number("aws-sqs", "calls_per_message")? as u128;
    let step = (prices.limit_number("aws-sqs", "metering")? * 1024.0) as u64;
    let mut free = lines.allowance("aws/sqs", "free_requests", 1);
    for (ordered, dimension) in [(false, "requests"), (true, "requests_fifo")] {
        let same = |s: &&Store<'_>| options::is_ordered(s.member.component) == ordered;
        let uses: Vec<Use> = stores
            .iter()
            .filter(same)
            .map(|s| {
                let steps = bytes_per_call(lines.site(), s).div_ceil(step).max(1);
                let count = calls * u128::from(s.usage.flow.requests) * u128::from(steps);
                Use::of(s.id, "messages (send, receive, delete)", count)
            })
            .collect();
        let billed = Lines::above(&uses, free);
        free = free.saturating_sub(crate::billing::sum(&uses));
        lines.tiered("aws/sqs", dimension, 1, &billed)?;
    }
    Ok(())
}

/// The smallest message that Pub/Sub counts.
const PUBSUB_LEAST: u64 = 1000;

/// Pub/Sub: bytes published and delivered.
fn topics(lines: &mut Lines<'_>, stores: &[Store<'_>]) -> Result<(), Missing> {
    let each = |s: &Store<'_>| {
        let bytes = bytes_per_call(lines.site(), s).max(PUBSUB_LEAST);
        let count = 2 * u128::from(s.usage.flow.requests) * u128::from(bytes);
        Use::of(s.id, "throughput, published and delivered", count)
    };
    let uses: Vec<Use> = stores.iter().map(each).collect();
    let billed = Lines::above(&uses, lines.allowance("gcp/pubsub", "free_throughput", GB));
    lines.tiered("gcp/pubsub", "throughput", GB, &billed)
}

/// Queues in Azure Storage: each message is put, got and deleted.
fn storage_queues(lines: &mut Lines<'_>, stores: &[Store<'_>]) -> Result<(), Missing> {
    let each = |s: &Store<'_>| {
        Use::of(s.id, "operations (put, get, delete)", 3 * u128::from(s.usage.flow.requests))
    };
    let uses: Vec<Use> = stores.iter().map(each).collect();
    lines.tiered("azure/queue-storage", "operations", 1, &uses)
}

/// S3 and its like: storage by tier, reads and writes. What leaves to the internet is on the account's bill.
fn buckets(lines: &mut Lines<'_>, stores: &[Store<'_>], bucket: Bucket) -> Result<(), Missing> {
    let [storage, read, write] = bucket.dimensions;
    lines.tiered(bucket.service, storage, GB, &stored(stores))?;
    for store in stores {
        let id = Some(store.id);
        let (reads, writes) = (u128::from(store.usage.reads), u128::from(store.usage.writes));
        lines.add(bucket.service, read, "reads", id, Quantity::whole(reads))?;
        lines.add(bucket.service, write, "writes", id, Quantity::whole(writes))?;
    }
    Ok(())
}

fn stored(stores: &[Store<'_>]) -> Vec<Use> {
    let each = |s: &Store<'_>| Use::of(s.id, "storage", u128::from(s.settings.storage.get()));
    stores.iter().map(each).collect()
}

/// Mean bytes of a call on a store, from the calls of others, by their declared size.
pub(super) fn bytes_per_call(site: &Site<'_>, store: &Store<'_>) -> u64 {
    let calls = site.app.edges.iter().filter(|edge| edge.to == store.id);
    let (mut weight, mut bytes) = (0.0, 0.0);
    for edge in calls {
        if let Some(each) = edge.bytes.get() {
            weight += edge.calls_per_request;
            bytes += edge.calls_per_request * each.get() as f64;
        }
    }
    if weight > 0.0 { (bytes / weight).round() as u64 } else { RECORD }
}
