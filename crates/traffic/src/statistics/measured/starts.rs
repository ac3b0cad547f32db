//! Cold starts, and the places on which invocations ran.

use crate::gathering::{Evidence, Subject};
use crate::statistics::{Group, Summary};

pub(super) fn group(evidence: &Evidence) -> Group {
    let mut group = Group::default();
    let (cold, of) = evidence.cold();
    if of > 0 {
        group.count("invocations", of);
        group.count("cold", cold);
        group.real("cold_share", cold as f64 / of as f64);
    }
    let inits: Vec<f64> = evidence
        .subjects
        .values()
        .flat_map(Subject::inits_us)
        .map(|us| f64::from(us) / 1e3)
        .collect();
    group.spread("init_ms", Summary::of(&inits));
    for (name, n) in &evidence.names {
        group.count(name, *n);
    }
    group
}
