//! The Azure Functions trace of 2021: `app,func,end_timestamp,duration` in seconds, one row an invocation. An
//! invocation came its duration before its end; rows are not in that order.

use crate::evidence::Kind;
use crate::gathering::Invocation;
use crate::gathering::source::Taken;
use crate::gathering::table::{fields, number, text};

pub(super) const KIND: Kind = Kind {
    id: "azure-functions-2021",
    name: "Azure Functions invocations (2021)",
    fits: |head| head.first_line() == b"app,func,end_timestamp,duration",
    read: |source, into| {
        let name = source.name.clone();
        source.each_line(|n, line| {
            if n == 1 {
                return Taken::Aside;
            }
            let row: Vec<_> = fields(line).collect();
            let (Some(end), Some(took)) = (number(row.get(2)), number(row.get(3))) else {
                return Taken::Skipped("with missing or broken fields");
            };
            let at = end - took;
            if took < 0.0 || !(0.0..4e9).contains(&at) {
                return Taken::Skipped("without a readable time");
            }
            let function = format!("{}/{}", text(row.first()), text(row.get(1)));
            let invocation = Invocation {
                at_ns: ((at * 1e9).round() as u64).max(1),
                duration_us: (took * 1e6).round().min(4e9) as u32,
                ..Invocation::default()
            };
            into.invocation(&function, &name, invocation);
            Taken::Kept
        });
    },
};
