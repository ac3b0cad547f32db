//! Statistics of loads, each with its exact definition.
//!
//! - **Percentiles** in two forms: *linear* interpolates between order statistics (type 7 of Hyndman and Fan,
//!   the default of NumPy and R), *nearest rank* is the smallest value whose cumulative share is at least q
//!   (type 1) and always one of the values.
//! - **Deviation** is the population's (divided by n).
//! - **Variation of gaps** is deviation over mean of the differences of the sorted arrivals, over all
//!   components together.
//! - **Peaks** `1 s` and `60 s` are the largest counts in bins that start at the first arrival.
//! - **Dispersion** (Fano factor, index of dispersion for counts) is variance over mean of the counts in bins of
//!   clock time, from the first arrival's bin to the last one's, empty ones included: 1 for Poisson.
//! - **Concurrency** is how many requests are under way: busy time over time covered, and the most at once.
//! - Printed figures have **six significant digits**.

mod arrivals;
mod bins;
mod concurrency;
mod contents;
mod figure;
mod measured;
mod summary;

pub(crate) use arrivals::Arriving;
pub use arrivals::{Arrived, arrived};
pub(crate) use bins::{Bins, Gaps};
pub use concurrency::{Concurrency, concurrency};
pub use contents::contents;
pub use figure::{Figure, Group};
pub use measured::measured;
pub use summary::{PERCENTILES, Percentiles, Summary, six_digits};

#[cfg(test)]
mod tests;
