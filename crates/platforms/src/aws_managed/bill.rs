//! What managed services cost a month.

use catalog::Missing;
use model::{Engine, Invoice};
use units::Quantity;

use super::{ID, options};
use crate::billing::{GB, HOURS, Lines, Use};
use crate::case::{Member, Site};
use crate::settings::{ManagedSettings, Settings};
use crate::usage::{ManagedUsage, Usage};

/// Bytes of a call where no caller says how many: a small record.
const RECORD: u64 = 1024;

/// One member, taken apart.
#[derive(Debug, Clone, Copy)]
struct Store<'a> {
    member: Member<'a>,
    id: &'a str,
    settings: &'a ManagedSettings,
    usage: &'a ManagedUsage,
}

/// Databases and caches one by one; tables, queues and buckets together, since their tiers and allowances
/// count over all of them.
pub(super) fn bill(members: &[Member<'_>], site: &Site<'_>) -> Result<Invoice, Missing> {
    let mut lines = Lines::new(ID, site);
    let stores: Vec<Store<'_>> = members.iter().filter_map(store).collect();
    for store in &stores {
        match store.settings.engine {
            Engine::Postgres | Engine::Mysql => database(&mut lines, *store)?,
            Engine::Redis | Engine::Valkey => cache(&mut lines, *store)?,
            Engine::KeyValue | Engine::Queue | Engine::Objects | Engine::Other => {}
        }
    }
    let of = |engine| -> Vec<Store<'_>> {
        stores.iter().copied().filter(|s| s.settings.engine == engine).collect()
    };
    tables(&mut lines, &of(Engine::KeyValue))?;
    queues(&mut lines, &of(Engine::Queue))?;
    buckets(&mut lines, &of(Engine::Objects))?;
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
fn database(lines: &mut Lines<'_>, store: Store<'_>) -> Result<(), Missing> {
    let Store { id, settings, .. } = store;
    let (copies, deployment) = copies(lines, settings)?;
    let dimension = options::dimension(&settings.size, settings.engine);
    let hours = Quantity::whole(copies * HOURS);
    lines.add("aws/rds", &dimension, format!("{}{deployment}", settings.size), Some(id), hours)?;
    let storage = Quantity::new(u128::from(settings.storage.get()) * copies, GB);
    lines.add("aws/rds", "gp3_storage", format!("storage{deployment}"), Some(id), storage)
}

/// How many instances are paid for, and what the line says of it.
fn copies(lines: &Lines<'_>, settings: &ManagedSettings) -> Result<(u128, &'static str), Missing> {
    if settings.zones < 2 {
        return Ok((1, ""));
    }
    let factor = lines.site().prices.limit_number("aws-rds", "multi_az.factor")?;
    Ok((factor as u128, ", Multi-AZ"))
}

/// ElastiCache: a node a zone.
fn cache(lines: &mut Lines<'_>, store: Store<'_>) -> Result<(), Missing> {
    let Store { id, settings, .. } = store;
    let nodes = u128::from(settings.zones.max(1));
    let dimension = options::dimension(&settings.size, settings.engine);
    let item = format!("{nodes} × {dimension}");
    lines.add("aws/elasticache", &dimension, item, Some(id), Quantity::whole(nodes * HOURS))
}

/// DynamoDB on demand: units read and written, and storage above the allowance. Reads are eventually
/// consistent, as SDKs ask for unless told otherwise: half a unit each.
fn tables(lines: &mut Lines<'_>, stores: &[Store<'_>]) -> Result<(), Missing> {
    if stores.is_empty() {
        return Ok(());
    }
    let prices = lines.site().prices;
    let kib = |value: f64| (value * 1024.0) as u64;
    let read_unit = kib(prices.limit_number("aws-dynamodb", "read_unit")?);
    let write_unit = kib(prices.limit_number("aws-dynamodb", "write_unit")?);
    for store in stores {
        let bytes = bytes_per_call(lines.site(), store);
        let reads = u128::from(store.usage.reads) * u128::from(bytes.div_ceil(read_unit).max(1));
        let writes = u128::from(store.usage.writes) * u128::from(bytes.div_ceil(write_unit).max(1));
        let (service, id) = ("aws/dynamodb", Some(store.id));
        lines.add(service, "read_request_unit", "reads", id, Quantity::new(reads, 2))?;
        lines.add(service, "write_request_unit", "writes", id, Quantity::whole(writes))?;
    }
    let stored = stored(stores);
    let billed = Lines::above(&stored, lines.allowance("aws/dynamodb", "free_storage", GB));
    lines.tiered("aws/dynamodb", "storage", GB, &billed)
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

/// S3: storage by tier, reads and writes. What leaves to the internet is on the account's bill.
fn buckets(lines: &mut Lines<'_>, stores: &[Store<'_>]) -> Result<(), Missing> {
    lines.tiered("aws/s3", "storage", GB, &stored(stores))?;
    for store in stores {
        let id = Some(store.id);
        let (reads, writes) = (u128::from(store.usage.reads), u128::from(store.usage.writes));
        lines.add("aws/s3", "get", "reads", id, Quantity::whole(reads))?;
        lines.add("aws/s3", "put_copy_post_list", "writes", id, Quantity::whole(writes))?;
    }
    Ok(())
}

fn stored(stores: &[Store<'_>]) -> Vec<Use> {
    let each = |s: &Store<'_>| Use::of(s.id, "storage", u128::from(s.settings.storage.get()));
    stores.iter().map(each).collect()
}

/// Mean bytes of a call on a store, from the calls of others, by their declared size.
fn bytes_per_call(site: &Site<'_>, store: &Store<'_>) -> u64 {
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
