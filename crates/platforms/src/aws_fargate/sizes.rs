//! The pairs of CPU and memory that a task may have.

use catalog::{LimitValue, Missing, Prices};
use units::{Bytes, Millicores};

/// CPU sizes as the catalogue's rows name them.
const CPUS: [u64; 7] = [250, 500, 1000, 2000, 4000, 8000, 16_000];

/// A CPU size with the memory it may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Size {
    /// CPU.
    pub cpu: Millicores,
    smallest: Bytes,
    largest: Bytes,
    step: Bytes,
}

impl Size {
    /// The smallest memory of this CPU size that is at least `needed`: the smallest of all, or a whole
    /// number of steps.
    pub(super) fn memory(&self, needed: Bytes) -> Option<Bytes> {
        if needed <= self.smallest {
            return Some(self.smallest);
        }
        let stepped = Bytes::new(needed.get().next_multiple_of(self.step.get().max(1)));
        (stepped <= self.largest).then_some(stepped)
    }
}

/// Every CPU size, ascending.
pub(super) fn all(prices: Prices<'_>) -> Result<Vec<Size>, Missing> {
    CPUS.iter().map(|&cpu| size(prices, cpu)).collect()
}

fn size(prices: Prices<'_>, cpu: u64) -> Result<Size, Missing> {
    let id = format!("size.{cpu:05}m");
    let row = prices.limit("aws-fargate", &id)?;
    let LimitValue::Range(smallest_gb, largest_gb) = row.value else {
        return Err(Missing {
            what: format!("range in limit {}", row.row()),
            hint: "write the smallest and the largest memory in GB: `0.5..2`".to_owned(),
        });
    };
    let step_gb = prices.limit_number("aws-fargate", &format!("{id}.step"))?;
    let bytes = |gb: f64| Bytes::new((gb * Bytes::from_gib(1).get() as f64) as u64);
    Ok(Size {
        cpu: Millicores::new(cpu),
        smallest: bytes(smallest_gb),
        largest: bytes(largest_gb),
        step: bytes(step_gb),
    })
}

/// The smallest memory with so much CPU that is at least `needed`.
pub(crate) fn memory(prices: Prices<'_>, cpu: Millicores, needed: Bytes) -> Option<Bytes> {
    size(prices, cpu.get()).ok()?.memory(needed)
}

/// The smallest size that holds so much; `None` if none does.
pub(crate) fn smallest(
    prices: Prices<'_>,
    cpu: Millicores,
    memory: Bytes,
) -> Result<Option<(Millicores, Bytes)>, Missing> {
    let fits = all(prices)?.into_iter().filter(|size| size.cpu >= cpu);
    let mut found = fits.filter_map(|size| Some((size.cpu, size.memory(memory)?)));
    Ok(found.next())
}

/// The largest task there is.
pub(crate) fn largest(prices: Prices<'_>) -> Result<(Millicores, Bytes), Missing> {
    let sizes = all(prices)?;
    let cpu = sizes.iter().map(|size| size.cpu).max().unwrap_or_default();
    Ok((cpu, sizes.iter().map(|size| size.largest).max().unwrap_or_default()))
}
