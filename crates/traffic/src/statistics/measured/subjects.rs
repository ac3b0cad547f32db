//! How many services or functions there are, and how requests are shared out among them.

use std::collections::{BTreeMap, BTreeSet};

use super::shares::{of_the_largest, that_are};
use crate::gathering::{Evidence, Subject};
use crate::statistics::{Group, Summary};

const MINUTES_OF_A_DAY: f64 = 1440.0;

pub(super) fn group(evidence: &Evidence) -> Group {
    let mut group = Group::default();
    let subjects = &evidence.subjects;
    if subjects.is_empty() {
        return group;
    }
    group.count("count", subjects.len() as u64);
    // `application/function`, where all are told so.
    let applications: Option<BTreeSet<&str>> =
        subjects.keys().map(|name| Some(name.split_once('/')?.0)).collect();
    if let Some(applications) = applications {
        group.count("applications", applications.len() as u64);
    }
    let each: Vec<f64> =
        subjects.values().filter(|s| s.tells_requests()).map(Subject::requests).collect();
    let untimed: Vec<f64> = subjects.values().filter_map(|s| s.untimed_requests).collect();
    for (name, values) in [("requests", each), ("requests_without_a_time", untimed)] {
        group.group(name, shared_out(&values));
    }
    let mut triggers: BTreeMap<&str, (u64, f64)> = BTreeMap::new();
    for subject in subjects.values().filter(|s| !s.trigger.is_empty()) {
        let (n, requests) = triggers.entry(&subject.trigger).or_default();
        (*n, *requests) = (*n + 1, *requests + subject.requests());
    }
    group.group("triggers", Group::counts(triggers.iter().map(|(name, of)| (*name, of.0))));
    let requests = triggers.iter().map(|(name, of)| (*name, of.1.round() as u64));
    group.group("requests_by_trigger", Group::counts(requests));
    group
}

fn shared_out(values: &[f64]) -> Group {
    let mut group = Group::default();
    if values.is_empty() {
        return group;
    }
    group.total("total", values.iter().sum());
    group.spread("each", Summary::of(values));
    group.real("share_of_top_1_percent", of_the_largest(values, 0.01));
    group.real("share_of_top_10_percent", of_the_largest(values, 0.1));
    group.count("without_any", values.iter().filter(|n| **n < 0.5).count() as u64);
    group.real("share_with_one_at_most", that_are(values, |n| n < 1.5));
    group.real("share_below_1440", that_are(values, |n| n < MINUTES_OF_A_DAY));
    group
}
