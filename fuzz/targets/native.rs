//! Our own files, whole projects: see `project`.
#![no_main]

mod project;

use import::native;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| project::read(&native::Native, "crossover.yaml", bytes));
