//! One integration binary: the rules of the house, and the program as a user runs it.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod answers;
mod bad_input;
mod changes;
mod emit;
mod here;
mod prices;
mod program;
mod readme;
mod rehearse;
mod scenarios;
#[path = "../../../emit/tests/round/server.rs"]
mod server;
mod tidy;
mod trace_stats;
mod traffic;
#[path = "../../../emit/tests/round/typed.rs"]
mod typed;
