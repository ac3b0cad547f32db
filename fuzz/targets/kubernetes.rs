//! Kubernetes manifests, whole projects: see `project`.
#![no_main]

mod project;

use import::kubernetes::Kubernetes;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| project::read(&Kubernetes, "web.yaml", bytes));
