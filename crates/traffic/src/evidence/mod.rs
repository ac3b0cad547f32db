//! One file a format of metrics, traces or measurements. To add one: write the file and add its line to [`ALL`].
//!
//! A format is recognised by the first bytes of a file, before any access log: the first line that fits is taken.

mod application_totals;
mod azure2019;
mod azure2021;
mod call_graph;
mod cloudwatch;
mod containers_in_use;
mod cumulative;
mod jaeger;
mod lambda_report;
mod load_specification;
mod measured_runs;
mod minute_counts;
mod nginx_status;
mod otlp;
mod otlp_metrics;
mod pod_metrics;
mod power_tuning;
mod prometheus;
mod runtime_starts;
mod service_metrics;
mod service_percentiles;
mod set_aside;
mod spans_table;

use crate::gathering::Gathered;
use crate::gathering::source::Source;

/// Every format we read.
pub const ALL: [Kind; 23] = [
    otlp::KIND,
    otlp_metrics::KIND,
    jaeger::KIND,
    cloudwatch::KIND,
    prometheus::KIND,
    power_tuning::KIND,
    lambda_report::KIND,
    spans_table::KIND,
    azure2019::KIND,
    azure2021::KIND,
    measured_runs::KIND,
    minute_counts::KIND,
    nginx_status::KIND,
    service_metrics::KIND,
    call_graph::KIND,
    pod_metrics::KIND,
    service_percentiles::KIND,
    load_specification::KIND,
    runtime_starts::KIND,
    containers_in_use::KIND,
    application_totals::KIND,
    cumulative::KIND,
    set_aside::KIND,
];

/// A format.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// Its name in outputs.
    pub id: &'static str,
    /// Its name in prose.
    pub name: &'static str,
    pub(crate) fits: fn(&Head<'_>) -> bool,
    pub(crate) read: fn(&mut Source<'_>, &mut Gathered),
}

/// The beginning of a file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Head<'h> {
    /// Up to 64 KiB.
    pub(crate) bytes: &'h [u8],
}

impl Head<'_> {
    /// Whether it is JSON that has all of these keys.
    pub(crate) fn json_with(&self, keys: &[&str]) -> bool {
        let json = matches!(self.bytes.trim_ascii_start().first(), Some(b'{' | b'['));
        let has = |key: &&str| {
            let quoted = format!("\"{key}\"");
            memchr::memmem::find_iter(self.bytes, quoted.as_bytes()).any(|at| {
                let after = self.bytes.get(at + quoted.len()..).unwrap_or(&[]);
                after.trim_ascii_start().first() == Some(&b':')
            })
        };
        json && keys.iter().all(has)
    }

    /// The first line.
    pub(crate) fn first_line(&self) -> &[u8] {
        self.bytes.split(|&b| b == b'\n').next().unwrap_or(&[]).trim_ascii_end()
    }

    /// Whether the first line names all of these columns.
    pub(crate) fn columns(&self, wanted: &[&str]) -> bool {
        let line = self.first_line();
        let first =
            wanted.first().is_some_and(|w| memchr::memmem::find(line, w.as_bytes()).is_some());
        first && {
            let names = crate::gathering::table::names(line);
            wanted.iter().all(|wanted| names.iter().any(|name| name == wanted))
        }
    }

    pub(crate) fn contains(&self, text: &str) -> bool {
        memchr::memmem::find(self.bytes, text.as_bytes()).is_some()
    }
}

/// The format of a file that begins like this, if it is one of ours.
pub(crate) fn detect(head: &[u8]) -> Option<Kind> {
    let head = Head { bytes: head };
    ALL.into_iter().find(|kind| (kind.fits)(&head))
}

#[cfg(test)]
mod corpora;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod tests;
