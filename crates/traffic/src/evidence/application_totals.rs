//! Invocations by application over a time that nobody says: `HashApp,NumInvocations`. A total is no load.

use crate::evidence::Kind;
use crate::findings;
use crate::gathering::source::Taken;
use crate::gathering::table::{column, fields, names, number, text};

pub(super) const KIND: Kind = Kind {
    id: "application-totals",
    name: "invocations by application, without a time",
    fits: |head| head.columns(&["HashApp", "NumInvocations"]),
    read: |source, into| {
        source.expected = "an application below `HashApp` and a number below `NumInvocations`";
        let name = source.name.clone();
        let mut header: Vec<String> = Vec::new();
        source.each_line(|_, line| {
            if header.is_empty() {
                header = names(line);
                return Taken::Aside;
            }
            let row: Vec<_> = fields(line).collect();
            let of = |wanted: &str| column(&header, wanted).and_then(|at| row.get(at));
            let app = text(of("HashApp"));
            if app.is_empty() {
                return Taken::Skipped("without an application");
            }
            let Some(requests) = number(of("NumInvocations")).filter(|n| *n >= 0.0) else {
                return Taken::Skipped("with missing or broken fields");
            };
            into.untimed(&app, &name, requests);
            Taken::Kept
        });
        if source.kept > 0 {
            source.tell(findings::untold(
                &name,
                "over what time its invocations came, so they are no load",
                "write `load: N/day` in the definition, or give invocations by the minute",
            ));
        }
    },
};
