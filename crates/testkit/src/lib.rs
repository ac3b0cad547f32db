//! What tests, benchmarks and the guide's plots share: recorded answers of real autoscalers and the worlds in
//! which they were given, reference workloads, measured points. For development only: nothing that is shipped
//! uses it.
#![expect(clippy::unwrap_used, reason = "data that cannot be read is a failed test")]

pub mod recorded;
pub mod reference_workloads;
