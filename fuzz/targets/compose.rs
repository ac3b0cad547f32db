//! Compose files, whole projects: see `project`.
#![no_main]

mod project;

use import::compose::Compose;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| project::read(&Compose, "compose.yaml", bytes));
