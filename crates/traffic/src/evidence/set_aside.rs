//! What is recognised and of no use: it is named, with the reason, rather than read as something else.

use crate::evidence::{Head, Kind};
use crate::findings;

pub(super) const KIND: Kind = Kind {
    id: "set-aside",
    name: "recognised and not used",
    fits: |head| what(head).is_some(),
    read: |source, _| {
        let first = source.head_alone();
        if let Some((what, why)) = what(&Head { bytes: &first }) {
            source.findings.push(findings::not_used(&source.name, what, why));
        }
    },
};

type Told = (&'static str, &'static str);

fn what(head: &Head<'_>) -> Option<Told> {
    let of_keys: [(&[&str], Told); 2] = [
        (
            &["resourceLogs"],
            ("OpenTelemetry logs", "give traces (`resourceSpans`), or the access log itself"),
        ),
        (
            &["MetricStat", "Period"],
            ("a CloudWatch query", "give its answer (`MetricDataResults`)"),
        ),
    ];
    of_keys.into_iter().find(|(keys, _)| head.json_with(keys)).map(|(_, told)| told)
}
