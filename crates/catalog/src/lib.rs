//! Prices, quotas and cold starts as dated rows: types, checks and lookup, no data of its own.
//!
//! A missing row is an error that names the row, never zero.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod prices;
mod row;

pub use prices::{Catalog, Missing, Prices};
pub use row::{ColdStart, InstanceType, Limit, LimitValue, PriceRow};
