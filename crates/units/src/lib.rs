//! The vocabulary of crossover: money, time, memory, CPU, rates and named randomness.
//!
//! Every other crate speaks in these types, so that no bare number hides what it counts.
//! Nothing here knows a provider, a file or a clock.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod bytes;
mod cpu;
mod date;
mod decimal;
mod grouped;
mod hex;
mod histogram;
mod money;
mod random;
mod rate;
mod request;
mod share;
mod time;

pub use bytes::Bytes;
pub use cpu::Millicores;
pub use date::Date;
pub use decimal::ParseError;
pub use grouped::grouped;
pub use hex::hex;
pub use histogram::Histogram;
pub use money::{Money, Price, Quantity};
pub use random::{Random, Seed};
pub use rate::Rate;
pub use request::Request;
pub use share::Share;
pub use time::{Duration, Instant};
