//! Answers of CloudWatch: `get-metric-data` (`MetricDataResults`) and `get-metric-statistics` (`Datapoints`).

use crate::evidence::Kind;
use crate::evidence::minute_counts::second;
use crate::findings;
use crate::gathering::json::{Json, Parsed};
use crate::gathering::source::Source;
use crate::gathering::{Counted, Gathered, Summary};

pub(super) const KIND: Kind = Kind {
    id: "cloudwatch-json",
    name: "CloudWatch metrics (JSON)",
    fits: |head| head.json_with(&["MetricDataResults"]) || head.json_with(&["Datapoints"]),
    read: |source, into| source.each_document(|source, json| document(source, json, into)),
};

fn document(source: &mut Source<'_>, json: &mut Json<'_>, into: &mut Gathered) -> Parsed<()> {
    let mut label = String::new();
    let mut sums = Series::default();
    let mut averages = Series::default();
    let result = json.object(|key, json| match key {
        b"MetricDataResults" => json.array(|json| result(source, json, into)),
        b"Label" => json.text().map(|text| label = text.unwrap_or_default().into_owned()),
        b"Datapoints" => json.array(|json| {
            let (mut at, mut sum, mut average) = (None, None, None);
            json.object(|key, json| {
                match key {
                    b"Timestamp" => at = second(json.bytes()?),
                    b"Sum" | b"SampleCount" if sum.is_none() => sum = json.number()?,
                    b"Average" => average = json.number()?,
                    _ => {}
                }
                Ok(())
            })?;
            match at {
                Some(at) => {
                    source.keep();
                    sums.0.extend(sum.map(|v| (at, v)));
                    averages.0.extend(average.map(|v| (at, v)));
                }
                None => source.skip("data points without a time", 0),
            }
            Ok(())
        }),
        _ => Ok(()),
    });
    if !sums.0.is_empty() || !averages.0.is_empty() {
        let series = if sums.0.is_empty() || metric(&label) == Some(Metric::Duration) {
            averages
        } else {
            sums
        };
        take(source, into, &label, series);
    }
    result
}

/// (second, value), in the order of the file.
#[derive(Debug, Default)]
struct Series(Vec<(u32, f64)>);

fn result(source: &mut Source<'_>, json: &mut Json<'_>, into: &mut Gathered) -> Parsed<()> {
    let mut label = String::new();
    let (mut times, mut values) = (Vec::new(), Vec::new());
    let result = json.object(|key, json| match key {
        b"Label" => json.text().map(|text| label = text.unwrap_or_default().into_owned()),
        b"Timestamps" => json.array(|json| json.bytes().map(|text| times.push(second(text)))),
        b"Values" => json.array(|json| json.number().map(|value| values.push(value))),
        _ => Ok(()),
    });
    let mut series = Series::default();
    for pair in times.into_iter().zip(values) {
        if let (Some(at), Some(value)) = pair {
            source.keep();
            series.0.push((at, value));
        } else {
            source.skip("data points without a time or a value", 0);
        }
    }
    if !series.0.is_empty() {
        take(source, into, &label, series);
    }
    result
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Metric {
    Requests,
    Duration,
    Other,
}

fn metric(label: &str) -> Option<Metric> {
    let of = |word: &str| match word {
        "Invocations" | "RequestCount" | "Count" | "Requests" | "NumberOfMessagesReceived" => {
            Some(Metric::Requests)
        }
        "Duration" | "Latency" | "IntegrationLatency" | "TargetResponseTime" => {
            Some(Metric::Duration)
        }
        "ConcurrentExecutions" | "Throttles" | "Errors" => Some(Metric::Other),
        _ => None,
    };
    label.split([' ', '/', ':', ',']).find_map(of)
}

fn take(source: &mut Source<'_>, into: &mut Gathered, label: &str, mut series: Series) {
    let Some(metric) = metric(label) else {
        let what = format!("the metric `{label}` says nothing of requests or durations");
        source.tell(findings::unnamed_metric(&source.name, &what));
        return;
    };
    let known =
        |word: &&str| self::metric(word).is_none() && !word.is_empty() && !word.starts_with("AWS");
    let words: Vec<&str> =
        label.split([' ', '/', ':', ',']).filter(known).filter(|w| *w != "Lambda").collect();
    let subject = if words.is_empty() { source.stem().to_owned() } else { words.join(" ") };
    let name = source.name.clone();
    series.0.sort_by_key(|point| point.0);
    match metric {
        Metric::Requests => {
            let gaps = series.0.windows(2).map(|w| w[1].0 - w[0].0).filter(|gap| *gap > 0);
            let length_s = gaps.min().unwrap_or(60);
            for (start_s, requests) in series.0 {
                into.count(&subject, &name, Counted { start_s, length_s, requests });
            }
        }
        Metric::Duration => {
            // Target response time is in seconds, all others in milliseconds.
            let unit = if label.contains("TargetResponseTime") { 1e3 } else { 1.0 };
            let mean = series.0.iter().map(|(_, v)| v * unit).sum::<f64>() / series.0.len() as f64;
            let summary = Summary { count: 0, mean: Some(mean), quantiles: Vec::new() };
            into.subject(&subject, &name).duration_ms = Some(summary);
        }
        Metric::Other => {}
    }
}
