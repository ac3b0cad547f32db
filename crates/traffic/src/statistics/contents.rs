//! What a log holds besides when its requests came.

use super::Group;
use crate::distinct::Distinct;
use crate::log_report::LogReport;

/// Figures of a log's lines. Nothing of a client is among them but how many there were.
pub fn contents(report: &LogReport) -> Group {
    let mut group = Group::default();
    if report.requests == 0 {
        return group;
    }
    let status: Vec<(String, u64)> =
        report.status.iter().map(|(code, n)| (code.to_string(), *n)).collect();
    group.group("status", Group::counts(status.iter().map(|(code, n)| (code.as_str(), *n))));
    let methods = report.methods.iter().map(|(name, n)| (name.as_str(), *n));
    group.group("methods", Group::counts(methods));
    for (name, distinct) in [("clients", report.clients), ("paths", report.paths)] {
        match distinct {
            Some(Distinct::Exactly(n)) => group.count(name, n),
            Some(Distinct::About(n)) => group.count(&format!("{name}_about"), n),
            None => {}
        }
    }
    if report.paths_known > 0 {
        group.real("static_share", report.static_share().get());
    }
    if report.bytes_known > 0 {
        group.count("response_bytes_sum", report.bytes);
        group.count("without_response_bytes", report.requests.saturating_sub(report.bytes_known));
        group.spread("response_bytes", report.sizes);
    }
    group
}
