//! The statistics of metrics, traces and measurements, one file a subject. To add one: write the file and add its
//! line to [`SECTIONS`].

mod arrivals;
mod columns;
mod containers;
mod graph;
mod minutes;
mod references;
mod shares;
mod starts;
mod subjects;
mod summaries;

use crate::gathering::Evidence;
use crate::statistics::Group;

type Section = fn(&Evidence) -> Group;

/// What can be said of evidence, and under which name. An empty group is left out.
const SECTIONS: [(&str, Section); 9] = [
    ("subjects", subjects::group),
    ("arrivals", arrivals::group),
    ("minutes", minutes::group),
    ("starts", starts::group),
    ("summaries", summaries::group),
    ("containers", containers::group),
    ("spans", graph::group),
    ("references", references::group),
    ("columns", columns::group),
];

/// Everything that can be said of evidence.
pub fn measured(evidence: &Evidence) -> Group {
    let mut all = Group::default();
    for (name, section) in SECTIONS {
        all.group(name, section(evidence));
    }
    all
}
