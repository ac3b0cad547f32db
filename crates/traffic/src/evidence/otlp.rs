//! Traces as OTLP JSON: `resourceSpans` as the specification has it, `batches` as Tempo answers, one document or
//! one a line as the collector's file exporter writes.

use std::borrow::Cow;

use crate::evidence::Kind;
use crate::gathering::Gathered;
use crate::gathering::json::{Json, Parsed};
use crate::gathering::source::Source;
use crate::gathering::spans::{Side, Span, id, of_pod};

pub(super) const KIND: Kind = Kind {
    id: "otlp-json",
    name: "OpenTelemetry traces (OTLP JSON)",
    fits: |head| {
        head.json_with(&["resourceSpans"])
            || head.json_with(&["batches", "spans"])
            || head.json_with(&["batches", "scopeSpans"])
    },
    read: |source, into| source.each_document(|source, json| document(source, json, into)),
};

fn document(source: &mut Source<'_>, json: &mut Json<'_>, into: &mut Gathered) -> Parsed<()> {
    json.object(|key, json| match key {
        b"resourceSpans" | b"batches" => json.array(|json| resource(source, json, into)),
        b"trace" | b"data" => json.object(|key, json| match key {
            b"resourceSpans" | b"batches" => json.array(|json| resource(source, json, into)),
            _ => Ok(()),
        }),
        _ => Ok(()),
    })
}

fn resource(source: &mut Source<'_>, json: &mut Json<'_>, into: &mut Gathered) -> Parsed<()> {
    let first = into.spans.len();
    let mut name = Name::default();
    let result = json.object(|key, json| match key {
        b"resource" => json.object(|key, json| match key {
            b"attributes" => attributes(json, |key, value| name.take(key, value)),
            _ => Ok(()),
        }),
        b"scopeSpans" | b"instrumentationLibrarySpans" => json.array(|json| {
            json.object(|key, json| match key {
                b"spans" => json.array(|json| span(source, json, into)),
                _ => Ok(()),
            })
        }),
        _ => Ok(()),
    });
    // The name may stand behind the spans.
    let service = into.spans.service(&name.best());
    into.spans.rename(first, |_| service);
    result
}

/// The name of what runs, from the best attribute there is.
#[derive(Default)]
pub(super) struct Name {
    service: Option<String>,
    function: Option<String>,
    workload: Option<String>,
    pod: Option<String>,
}

impl Name {
    pub(super) fn take(&mut self, key: &[u8], value: &str) {
        let place = match key {
            b"service.name" if !value.starts_with("unknown_service") => &mut self.service,
            b"faas.name" => &mut self.function,
            b"k8s.deployment.name" | b"k8s.statefulset.name" | b"k8s.daemonset.name" => {
                &mut self.workload
            }
            b"k8s.pod.name" => &mut self.pod,
            _ => return,
        };
        *place = Some(value.to_owned());
    }

    pub(super) fn best(self) -> String {
        let pod = self.pod.map(|pod| of_pod(&pod).to_owned());
        self.service.or(self.function).or(self.workload).or(pod).unwrap_or_default()
    }
}

pub(super) fn attributes(json: &mut Json<'_>, mut each: impl FnMut(&[u8], &str)) -> Parsed<()> {
    json.array(|json| {
        let (mut key, mut value) = (&[][..], Cow::Borrowed(""));
        json.object(|name, json| match name {
            b"key" => json.bytes().map(|text| key = text),
            b"value" => {
                json.object(|_, json| json.text().map(|text| value = text.unwrap_or_default()))
            }
            _ => Ok(()),
        })?;
        each(key, &value);
        Ok(())
    })
}

fn span(source: &mut Source<'_>, json: &mut Json<'_>, into: &mut Gathered) -> Parsed<()> {
    let mut found = Span {
        trace: 0,
        id: 0,
        parent: 0,
        service: 0,
        side: Side::Inside,
        start_ns: 0,
        end_ns: 0,
        adjusted_milli: 0,
    };
    json.object(|key, json| {
        match key {
            b"traceId" => found.trace = id(json.bytes()?),
            b"spanId" => found.id = id(json.bytes()?),
            b"parentSpanId" => found.parent = id(json.bytes()?),
            b"kind" => found.side = side(json.bytes()?),
            b"startTimeUnixNano" => found.start_ns = json.whole()?.unwrap_or(0),
            b"endTimeUnixNano" => found.end_ns = json.whole()?.unwrap_or(0),
            b"traceState" => found.adjusted_milli = adjusted(json.bytes()?),
            _ => {}
        }
        Ok(())
    })?;
    if found.id == 0 || found.start_ns == 0 || found.end_ns < found.start_ns {
        source.skip("spans without an id or without times", 0);
    } else {
        source.keep();
        into.spans.push(found);
    }
    Ok(())
}

/// By number, as the specification has it, or by name.
pub(super) fn side(kind: &[u8]) -> Side {
    match kind {
        b"3" | b"SPAN_KIND_CLIENT" | b"client" => Side::Client,
        b"4" | b"5" | b"SPAN_KIND_PRODUCER" | b"SPAN_KIND_CONSUMER" | b"producer" | b"consumer" => {
            Side::Message
        }
        _ => Side::Inside,
    }
}

/// Thousandths of requests that a kept trace stands for: `ot=th:8` is one in two (OpenTelemetry, "TraceState:
/// Probability Sampling": `th` holds the rejected share's leading hexadecimal digits), `ot=p:3` one in eight
/// (its predecessor).
fn adjusted(state: &[u8]) -> u32 {
    let text = String::from_utf8_lossy(state);
    let Some((_, of)) = text.split(',').map(str::trim).find_map(|part| part.split_once("ot="))
    else {
        return 0;
    };
    for field in of.split(';') {
        if let Some(digits) = field.strip_prefix("th:").filter(|d| d.len() <= 14) {
            let Ok(value) = u64::from_str_radix(digits, 16) else { return 0 };
            let rejected = value as f64 / 16_f64.powi(i32::try_from(digits.len()).unwrap_or(0));
            return (1e3 / (1.0 - rejected)).min(f64::from(u32::MAX)) as u32;
        }
        if let Some(power) = field.strip_prefix("p:").and_then(|p| p.parse::<u32>().ok()) {
            return 1000_u32.saturating_mul(1_u32.checked_shl(power).unwrap_or(u32::MAX));
        }
    }
    0
}
