//! Load tests of a function with the platform's own figures: `is_cold`, `client_start_time` in seconds,
//! `aws_duration` in milliseconds, `aws_max_mem` in MB.

use crate::evidence::Kind;
use crate::gathering::Invocation;
use crate::gathering::source::Taken;
use crate::gathering::table::{column, fields, names, number, text};

/// Columns that cold and warm runs differ in.
const TIMES: [&str; 3] = ["aws_duration", "client_elapsed_time", "elapsed_time"];
/// Columns that all runs share.
const AMOUNTS: [&str; 2] = ["aws_billed_duration", "aws_max_mem"];
/// Columns that name where it ran, and what they name.
const PLACES: [(&str, &str); 2] = [("inst_id", "instances"), ("vm_id", "machines")];

pub(super) const KIND: Kind = Kind {
    id: "lambda-load-test",
    name: "load test of a Lambda function",
    fits: |head| head.columns(&["is_cold", "aws_duration", "client_start_time"]),
    read: |source, into| {
        let (name, stem) = (source.name.clone(), source.stem().to_owned());
        let mut header: Vec<String> = Vec::new();
        source.each_line(|_, line| {
            if header.is_empty() {
                header = names(line);
                return Taken::Aside;
            }
            let row: Vec<_> = fields(line).collect();
            let of = |wanted: &str| column(&header, wanted).and_then(|at| row.get(at));
            let (Some(at), Some(ms)) =
                (number(of("client_start_time")), number(of("aws_duration")))
            else {
                return Taken::Skipped("with missing or broken fields");
            };
            if !(0.0..4e9).contains(&at) || ms < 0.0 {
                return Taken::Skipped("without a readable time");
            }
            let cold = match text(of("is_cold")).to_ascii_lowercase().as_str() {
                "true" | "1" => Some(true),
                "false" | "0" => Some(false),
                _ => None,
            };
            let invocation = Invocation {
                at_ns: (at * 1e9) as u64,
                duration_us: (ms * 1e3).round().min(4e9) as u32,
                cold,
                used_mb: number(of("aws_max_mem")).unwrap_or(0.0).clamp(0.0, 1e6) as u32,
                ..Invocation::default()
            };
            let class = match cold {
                Some(true) => "cold",
                Some(false) => "warm",
                None => "",
            };
            for column in TIMES {
                if let Some(value) = number(of(column)) {
                    into.columns.number(column, class, value);
                }
            }
            for column in AMOUNTS {
                if let Some(value) = number(of(column)) {
                    into.columns.number(column, "", value);
                }
            }
            for (column, what) in PLACES {
                into.columns.name(what, text(of(column)).as_bytes());
            }
            into.invocation(&stem, &name, invocation);
            Taken::Kept
        });
    },
};
