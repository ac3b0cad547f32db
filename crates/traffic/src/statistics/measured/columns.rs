//! Columns of tables that are no load.

use std::collections::BTreeMap;

use crate::gathering::Evidence;
use crate::statistics::Group;

pub(super) fn group(evidence: &Evidence) -> Group {
    let mut parts: BTreeMap<&str, Group> = BTreeMap::new();
    for column in &evidence.columns {
        let mut figures = Group::default();
        figures.total("sum", column.sum);
        figures.spread("spread", Some(column.spread));
        let part = if column.of.is_empty() { "all" } else { column.of };
        parts.entry(part).or_default().group(&column.name, figures);
    }
    let mut group = Group::default();
    for (part, columns) in parts {
        group.group(part, columns);
    }
    group
}
