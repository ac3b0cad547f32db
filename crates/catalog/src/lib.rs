//! Prices, quotas and cold starts as dated rows: types, checks and lookup, no data of its own.
//!
//! A missing row is an error that names the row, never zero.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod check;
mod cold;
mod discount;
pub mod feeds;
mod hash;
mod index;
mod layers;
mod limit_update;
mod model_feed;
mod place;
mod prices;
mod problem;
mod read;
mod row;
mod table;
mod update;
mod write;

pub use check::{FRESH_DAYS, is_stale};
pub use layers::Layer;
pub use limit_update::{LimitUpdate, update_limits};
pub use model_feed::{BoundChange, Bounds, ServiceModel};
pub use prices::{Behaviour, Catalog, Missing, Prices};
pub use problem::{Problem, ProblemKind};
pub use row::{ColdStart, IdleLifetime, InstanceType, Limit, LimitValue, PriceRow, Size, Spot};
pub use update::{Change, Update, update};
