//! Cold starts, and the places on which invocations ran.

use crate::gathering::{Evidence, Subject};
use crate::statistics::{Group, Summary};

pub(super) fn group(evidence: &Evidence) -> Group {
    let mut group = Group::default();
    let subjects = || evidence.subjects.values();
    let (cold, of) = subjects().map(Subject::cold).fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
    if of > 0 {
        group.count("invocations", of);
        group.count("cold", cold);
        group.real("cold_share", cold as f64 / of as f64);
    }
    let inits: Vec<f64> =
        subjects().flat_map(Subject::inits_us).map(|us| f64::from(us) / 1e3).collect();
    group.spread("init_ms", Summary::of(&inits));
    for (name, n) in &evidence.names {
        group.count(name, *n);
    }
    group
}
