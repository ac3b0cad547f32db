//! What brokers, document stores and search cost a month: nodes, disks, what goes through them.

use catalog::Missing;
use units::Quantity;

use super::bill::{Store, bytes_per_call};
use super::options::SERVERLESS;
use super::services::Cluster;
use crate::billing::{GB, HOURS, Lines};

/// Partitions of a topic where nobody says how many there are: what the serverless kind is planned with for
/// each component that puts messages into it. Our assumption.
const PARTITIONS_A_CALLER: u128 = 3;

/// Hours of the nodes and their disks, or what the kind without nodes counts.
pub(super) fn bill(
    lines: &mut Lines<'_>,
    store: Store<'_>,
    cluster: &Cluster,
) -> Result<(), Missing> {
    let (id, settings) = (Some(store.id), store.settings);
    if let Some(dimensions) = cluster.serverless.filter(|_| settings.size == SERVERLESS) {
        return serverless(lines, store, cluster.service, dimensions);
    }
    let nodes = u128::from(settings.zones.max(1));
    let times = if nodes > 1 { format!("{nodes} × ") } else { String::new() };
    let item = format!("{times}{}", settings.size);
    let hours = Quantity::whole(nodes * HOURS);
    lines.add(cluster.service, &settings.size, item, id, hours)?;
    let disks = if cluster.disk_each { nodes } else { 1 };
    let kept = u128::from(settings.storage.get()) * disks;
    if kept > 0 {
        let times = if disks > 1 { format!(" of {disks} nodes") } else { String::new() };
        let item = format!("storage{times}");
        lines.add(cluster.service, cluster.storage, item, id, Quantity::new(kept, GB))?;
    }
    if let Some(dimension) = cluster.io {
        let pages = io(lines, &store, cluster)?;
        lines.add(cluster.service, dimension, "I/O", id, Quantity::whole(pages))?;
    }
    Ok(())
}

/// Pages read and log written. What a cache answers is not billed, and nobody declares how much that is: this
/// counts every call, which is the most it can be.
fn io(lines: &Lines<'_>, store: &Store<'_>, cluster: &Cluster) -> Result<u128, Missing> {
    let prices = lines.site().prices;
    let kib = |value: f64| ((value * 1024.0) as u64).max(1);
    let read = kib(prices.limit_number(cluster.rows, "io.read")?);
    let write = kib(prices.limit_number(cluster.rows, "io.write")?);
    let bytes = bytes_per_call(lines.site(), store);
    let pages = |calls: u64, page: u64| u128::from(calls) * u128::from(bytes.div_ceil(page).max(1));
    Ok(pages(store.usage.reads, read) + pages(store.usage.writes, write))
}

/// Every message is put in once and taken out once.
fn serverless(
    lines: &mut Lines<'_>,
    store: Store<'_>,
    service: &str,
    [cluster, partition, into, out, kept]: [&str; 5],
) -> Result<(), Missing> {
    let id = Some(store.id);
    let site = lines.site();
    let callers = site.app.edges.iter().filter(|edge| edge.to == store.id).count().max(1);
    let partitions = PARTITIONS_A_CALLER * callers as u128;
    let bytes = u128::from(store.usage.flow.requests) * u128::from(bytes_per_call(site, &store));
    lines.add(service, cluster, "cluster", id, Quantity::whole(HOURS))?;
    let item = format!("{partitions} partitions, {PARTITIONS_A_CALLER} a caller assumed");
    lines.add(service, partition, item, id, Quantity::whole(partitions * HOURS))?;
    lines.add(service, into, "data in", id, Quantity::new(bytes, GB))?;
    lines.add(service, out, "data out, read once", id, Quantity::new(bytes, GB))?;
    let storage = Quantity::new(u128::from(store.settings.storage.get()), GB);
    lines.add(service, kept, "storage", id, storage)
}
