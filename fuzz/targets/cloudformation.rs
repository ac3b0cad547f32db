//! SAM and CloudFormation templates, whole projects: see `project`.
#![no_main]

mod project;

use import::cloudformation::CloudFormation;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| project::read(&CloudFormation, "template.yaml", bytes));
