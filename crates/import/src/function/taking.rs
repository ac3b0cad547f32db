//! How a function takes messages and records, by the names that a format has for it, and what of that has no place here.

use model::Events;
use source::yaml::Node;
use units::Duration;

/// The names of one format.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Names {
    batch: &'static str,
    window: &'static str,
    parallelization: &'static str,
    attempts: &'static str,
    partial: &'static str,
    /// Under another key in CloudFormation.
    concurrency: [&'static str; 2],
    /// What has no place here, with what it is about.
    unheld: &'static [(&'static str, &'static str)],
}

/// Those of SAM and CloudFormation.
pub(crate) const IN_TEMPLATES: Names = Names {
    batch: "BatchSize",
    window: "MaximumBatchingWindowInSeconds",
    parallelization: "ParallelizationFactor",
    attempts: "MaximumRetryAttempts",
    partial: "FunctionResponseTypes",
    concurrency: ["ScalingConfig", "MaximumConcurrency"],
    unheld: &[
        ("FilterCriteria", "which messages it is for (`FilterCriteria`)"),
        ("TumblingWindowInSeconds", "windows over its records (`TumblingWindowInSeconds`)"),
        ("Input", "what it is handed (`Input`)"),
    ],
};
/// Those of the Serverless Framework.
pub(crate) const IN_SERVICES: Names = Names {
    batch: "batchSize",
    window: "maximumBatchingWindow",
    parallelization: "parallelizationFactor",
    attempts: "maximumRetryAttempts",
    partial: "functionResponseType",
    concurrency: ["maximumConcurrency", ""],
    unheld: &[
        ("filterPatterns", "which messages it is for (`filterPatterns`)"),
        ("tumblingWindowInSeconds", "windows over its records (`tumblingWindowInSeconds`)"),
        ("input", "what it is handed (`input`)"),
        ("authorizer", "who may call it (`authorizer`)"),
        ("private", "the key that callers need (`private`)"),
    ],
};

/// Messages of one batch and batches at once (AWS Lambda API reference, `CreateEventSourceMapping`).
const BATCH_MAX: u32 = 10_000;
const AT_ONCE_MAX: u32 = 1000;
const WINDOW_SECONDS_MAX: u32 = 300;

/// How a function takes what comes; `text` gives the value of a node where it is known. `None` if nothing is said.
pub(crate) fn of<'n>(
    node: &'n Node,
    names: &Names,
    text: &dyn Fn(&'n Node) -> Option<String>,
) -> Option<Events> {
    let number = |node: Option<&'n Node>, most: u32| {
        let number: u32 = text(node?)?.trim().parse().ok()?;
        (1..=most).contains(&number).then_some(number)
    };
    let [outer, inner] = names.concurrency;
    let at_once = node.get(outer);
    let at_once = if inner.is_empty() { at_once } else { at_once.and_then(|n| n.get(inner)) };
    let partial = node.get(names.partial).map(|node| match node.items() {
        [] => text(node).is_some_and(|word| word == PARTIAL),
        items => items.iter().any(|item| text(item).is_some_and(|word| word == PARTIAL)),
    });
    let window = number(node.get(names.window), WINDOW_SECONDS_MAX);
    let events = Events {
        batch: number(node.get(names.batch), BATCH_MAX),
        window: window.map(|seconds| Duration::from_secs(u64::from(seconds))),
        concurrency: number(at_once, AT_ONCE_MAX),
        parallelization: number(node.get(names.parallelization), AT_ONCE_MAX),
        // The first attempt counts here, and not there.
        receives_max: number(node.get(names.attempts), BATCH_MAX).map(|retries| retries + 1),
        partial: partial.unwrap_or(false),
        ..Events::default()
    };
    (events != Events::default()).then_some(Events { span: Some(node.span), ..events })
}

/// Lambda's word for a function that says which messages of a batch failed.
const PARTIAL: &str = "ReportBatchItemFailures";

/// What is said there of what has no place here, in words.
pub(crate) fn unheld(node: &Node, names: &Names) -> Vec<String> {
    let said = names.unheld.iter().filter(|(key, _)| node.get(key).is_some_and(|n| !n.is_null()));
    said.map(|(_, about)| (*about).to_owned()).collect()
}

/// What one says and the other does not is taken over.
pub(crate) fn joined(kept: &mut Events, other: &Events) {
    let Events {
        batch,
        window,
        concurrency,
        visibility,
        receives_max,
        failures,
        partial,
        groups,
        notices,
        shards,
        parallelization,
        span,
    } = other.clone();
    kept.batch = kept.batch.or(batch);
    kept.window = kept.window.or(window);
    kept.concurrency = kept.concurrency.or(concurrency);
    kept.visibility = kept.visibility.or(visibility);
    kept.receives_max = kept.receives_max.or(receives_max);
    kept.failures = kept.failures.or(failures);
    kept.partial |= partial;
    kept.groups = kept.groups.or(groups);
    kept.notices |= notices;
    kept.shards = kept.shards.or(shards);
    kept.parallelization = kept.parallelization.or(parallelization);
    kept.span = kept.span.or(span);
}
