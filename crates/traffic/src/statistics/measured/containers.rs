//! Containers in use by periods.

use std::collections::BTreeMap;

use super::shares::that_are;
use crate::gathering::Evidence;
use crate::statistics::{Group, Summary};

pub(super) fn group(evidence: &Evidence) -> Group {
    let mut group = Group::default();
    let users: Vec<_> = evidence.subjects.values().filter(|s| !s.in_use.is_empty()).collect();
    let mut together: BTreeMap<u32, f64> = BTreeMap::new();
    for period in users.iter().flat_map(|subject| &subject.in_use) {
        *together.entry(period.start_s).or_default() += period.containers;
    }
    if together.is_empty() {
        return group;
    }
    let each: Vec<f64> =
        users.iter().flat_map(|subject| &subject.in_use).map(|p| p.containers).collect();
    group.count("users", users.len() as u64);
    group.count("periods", together.len() as u64);
    group.real("share_of_periods_without", that_are(&each, |n| n <= 0.0));
    group.real("most_of_one", each.iter().copied().reduce(f64::max));
    group.spread("together", Summary::of(&together.into_values().collect::<Vec<_>>()));
    group
}
