//! Distributions of populations and platforms, where their values are told one by one.

use std::collections::BTreeMap;

use crate::gathering::Evidence;
use crate::statistics::Group;

pub(super) fn group(evidence: &Evidence) -> Group {
    let mut each: BTreeMap<&str, Group> = BTreeMap::new();
    let (mut series, mut samples) = (0, 0);
    for reference in &evidence.references {
        let Some(spread) = reference.spread else { continue };
        let unit = if reference.unit.is_empty() { "" } else { "_" };
        let name = format!("{}{unit}{}", reference.quantity.replace(' ', "_"), reference.unit);
        each.entry(&reference.of).or_default().spread(&name, Some(spread));
        (series, samples) = (series + 1, samples + spread.n);
    }
    let mut group = Group::default();
    if series > 0 {
        group.count("series", series);
        group.count("samples", samples);
    }
    let mut by_name = Group::default();
    for (of, figures) in each {
        by_name.group(of, figures);
    }
    group.group("of", by_name);
    group
}
