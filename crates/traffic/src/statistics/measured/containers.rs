//! Containers in use by periods.

use super::shares::that_are;
use crate::gathering::Evidence;
use crate::statistics::{Group, Summary};

pub(super) fn group(evidence: &Evidence) -> Group {
    let mut group = Group::default();
    let (users, together) = evidence.containers();
    if together.is_empty() {
        return group;
    }
    let each = evidence.subjects.values().flat_map(|subject| &subject.in_use);
    let each: Vec<f64> = each.map(|period| period.containers).collect();
    group.count("users", users);
    group.count("periods", together.len() as u64);
    group.real("share_of_periods_without", that_are(&each, |n| n <= 0.0));
    group.real("most_of_one", each.iter().copied().reduce(f64::max));
    group.spread("together", Summary::of(&together));
    group
}
