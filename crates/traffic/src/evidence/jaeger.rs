//! Traces as Jaeger's API and UI save them (times in microseconds), and its list of dependencies.

use std::collections::BTreeMap;

use crate::evidence::Kind;
use crate::evidence::otlp::side;
use crate::gathering::Gathered;
use crate::gathering::json::{Json, Parsed};
use crate::gathering::source::Source;
use crate::gathering::spans::{Call, Side, Span, id};

pub(super) const KIND: Kind = Kind {
    id: "jaeger-json",
    name: "Jaeger traces or dependencies (JSON)",
    fits: |head| {
        head.json_with(&["spans", "traceID"])
            || head.json_with(&["spanID", "traceID"])
            || head.json_with(&["parent", "child", "callCount"])
    },
    read: |source, into| {
        source.each_document(|source, json| {
            if json.peek() == Some(b'[') {
                return json.array(|json| trace(source, json, into));
            }
            trace(source, json, into)
        });
    },
};

/// A trace, an answer with `data` around traces or dependencies, or one dependency.
fn trace(source: &mut Source<'_>, json: &mut Json<'_>, into: &mut Gathered) -> Parsed<()> {
    let first = into.spans.len();
    // Spans name processes that are listed after them.
    let mut local: BTreeMap<String, u32> = BTreeMap::new();
    let mut processes: BTreeMap<String, String> = BTreeMap::new();
    let mut call =
        Call { from: String::new(), to: String::new(), calls: 0, requests: 0, message: false };
    let result = json.object(|key, json| match key {
        b"data" if json.peek() == Some(b'[') => json.array(|json| trace(source, json, into)),
        b"data" => trace(source, json, into),
        b"spans" => json.array(|json| span(source, json, into, &mut local)),
        b"processes" => json.object(|key, json| {
            let key = String::from_utf8_lossy(key).into_owned();
            service_name(json).map(|name| drop(processes.insert(key, name)))
        }),
        b"parent" => json.text().map(|text| call.from = text.unwrap_or_default().into_owned()),
        b"child" => json.text().map(|text| call.to = text.unwrap_or_default().into_owned()),
        b"callCount" => json.whole().map(|n| call.calls = n.unwrap_or(0)),
        _ => Ok(()),
    });
    if !call.from.is_empty() && !call.to.is_empty() {
        source.keep();
        into.call(call);
    }
    if !local.is_empty() {
        let mut numbers = vec![0; local.len()];
        for (place, at) in &local {
            let name = match place.strip_prefix("process ") {
                Some(number) => processes.get(number).map_or("", String::as_str),
                None => place.strip_prefix("service ").unwrap_or(""),
            };
            if let Some(number) = numbers.get_mut(*at as usize) {
                *number = into.spans.service(name);
            }
        }
        into.spans.rename(first, |at| numbers.get(at as usize).copied().unwrap_or(0));
    }
    result
}

fn service_name(json: &mut Json<'_>) -> Parsed<String> {
    let mut name = String::new();
    json.object(|key, json| match key {
        b"serviceName" => json.text().map(|text| name = text.unwrap_or_default().into_owned()),
        _ => Ok(()),
    })?;
    Ok(name)
}

fn span(
    source: &mut Source<'_>,
    json: &mut Json<'_>,
    into: &mut Gathered,
    local: &mut BTreeMap<String, u32>,
) -> Parsed<()> {
    let (mut start, mut took) = (None, None);
    let mut place = String::new();
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
            b"traceID" => found.trace = id(json.bytes()?),
            b"spanID" => found.id = id(json.bytes()?),
            b"parentSpanID" if found.parent == 0 => found.parent = id(json.bytes()?),
            b"startTime" => start = json.whole()?,
            b"duration" => took = json.whole()?,
            b"processID" if place.is_empty() => {
                place = format!("process {}", json.text()?.unwrap_or_default());
            }
            b"process" => place = format!("service {}", service_name(json)?),
            b"references" => json.array(|json| reference(json, &mut found))?,
            b"tags" => json.array(|json| tag(json, &mut found))?,
            _ => {}
        }
        Ok(())
    })?;
    let times = start.zip(took).and_then(|(start, took)| {
        let start_ns = start.checked_mul(1000)?;
        Some((start_ns, start_ns.checked_add(took.checked_mul(1000)?)?))
    });
    let Some((start_ns, end_ns)) = times.filter(|_| found.id != 0) else {
        source.skip("spans without an id or without times", 0);
        return Ok(());
    };
    (found.start_ns, found.end_ns) = (start_ns, end_ns);
    let next = local.len() as u32;
    found.service = *local.entry(place).or_insert(next);
    source.keep();
    into.spans.push(found);
    Ok(())
}

/// The first reference within the trace is the parent; one that follows from another is not waited for.
fn reference(json: &mut Json<'_>, span: &mut Span) -> Parsed<()> {
    let (mut trace, mut parent, mut follows) = (0, 0, false);
    json.object(|key, json| {
        match key {
            b"traceID" => trace = id(json.bytes()?),
            b"spanID" => parent = id(json.bytes()?),
            b"refType" => follows = json.bytes()? == b"FOLLOWS_FROM",
            _ => {}
        }
        Ok(())
    })?;
    if span.parent == 0 && trace == span.trace {
        span.parent = parent;
        if follows {
            span.side = Side::Message;
        }
    }
    Ok(())
}

fn tag(json: &mut Json<'_>, span: &mut Span) -> Parsed<()> {
    let (mut key, mut value) = (&[][..], &[][..]);
    json.object(|name, json| {
        match name {
            b"key" => key = json.bytes()?,
            b"value" => value = json.bytes()?,
            _ => {}
        }
        Ok(())
    })?;
    match key {
        b"span.kind" if span.side == Side::Inside => span.side = side(value),
        b"sampler.param" => {
            let share = crate::moment::number(value).filter(|p| *p > 0.0 && *p < 1.0);
            span.adjusted_milli = share.map_or(0, |p| (1e3 / p).min(f64::from(u32::MAX)) as u32);
        }
        _ => {}
    }
    Ok(())
}
