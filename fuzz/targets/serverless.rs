//! Files of the Serverless Framework, whole projects: see `project`.
#![no_main]

mod project;

use import::serverless::Serverless;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| project::read(&Serverless, "serverless.yml", bytes));
