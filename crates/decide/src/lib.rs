//! The decision: which platform for which component, at what cost, why, and when the answer changes.
//!
//! [`decide`] is a pure function of an app, its load, the prices in force and a seed. It runs the rules,
//! evaluates every option (closed form, then simulation), searches the cheapest placement exactly, and explains
//! it. It prints nothing; progress goes through a callback.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod abroad;
mod ahead;
mod alternatives;
mod amounts;
mod answer;
mod books;
#[cfg(test)]
mod calibration;
mod case;
mod coarse;
mod commitments;
mod compose;
mod confidence;
mod drawn;
mod evaluate;
mod explain;
mod flip;
mod focus;
mod knob;
mod ladder;
mod learned;
mod left_out;
mod load;
mod operating;
mod question;
mod regions;
#[cfg(test)]
mod replanned;
mod rivals;
pub mod rules;
mod search;
mod sensitivity;
mod splits;
mod spread;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod turns;
mod variations;
mod what_if;
mod words;
mod world;

pub use answer::decide;
pub use case::{Quota, RuleCase, runs_code};
pub use question::{AccountBill, Question, REPLAY_MAX, REPLAY_MAX_EXACT, Step};
