//! Daily cold starts of empty functions by runtime (lambda-perf): `runtimeData` with, for each runtime (`d`),
//! package (`p`), memory in MB (`m`) and architecture (`a`), the init times in milliseconds (`i`), the memory used
//! in MB (`mu`) and the mean duration in milliseconds (`ad`). They measure the platform, no function of yours.

use crate::evidence::Kind;
use crate::findings;
use crate::gathering::json::{Json, Parsed};
use crate::gathering::reference::{Reference, nearest_ranks};
use crate::gathering::source::Source;
use crate::gathering::{Gathered, Summary};

pub(super) const KIND: Kind = Kind {
    id: "lambda-cold-starts",
    name: "cold starts of empty Lambda functions",
    fits: |head| {
        head.json_with(&["runtimeData", "i", "m"]) || head.json_with(&["runtimeData", "metadata"])
    },
    read,
};

/// Init times of one runtime that are kept at the most; ten are usual.
const SAMPLES_MAX: usize = 100_000;

fn read(source: &mut Source<'_>, into: &mut Gathered) {
    source.expected =
        "`d` (runtime), `m` (memory in MB) and `i` (init times in milliseconds) in each series";
    source.each_document(|source, json| {
        json.object(|key, json| match key {
            b"runtimeData" => json.array(|json| series(source, json, into)),
            _ => Ok(()),
        })
    });
    if source.kept > 0 {
        let name = source.name.clone();
        source.tell(findings::untold(
            &name,
            "anything of your own functions: they are empty ones",
            "give the REPORT lines of your functions; what a runtime takes by itself stands in the catalogue",
        ));
    }
}

#[derive(Debug, Default)]
struct Series {
    runtime: String,
    package: String,
    architecture: String,
    memory_mb: Option<f64>,
    init_ms: Vec<f64>,
    used_mb: Option<f64>,
    duration_ms: Option<f64>,
}

fn series(source: &mut Source<'_>, json: &mut Json<'_>, into: &mut Gathered) -> Parsed<()> {
    let mut of = Series::default();
    json.object(|key, json| {
        let name = |json: &mut Json<'_>| json.text().map(|t| t.unwrap_or_default().into_owned());
        match key {
            b"d" => of.runtime = name(json)?,
            b"p" => of.package = name(json)?,
            b"a" => of.architecture = name(json)?,
            b"m" => of.memory_mb = json.number()?,
            b"mu" => of.used_mb = json.number()?,
            b"ad" => of.duration_ms = json.number()?,
            b"i" => json.array(|json| {
                match json.number()?.filter(|ms| *ms >= 0.0) {
                    Some(ms) if of.init_ms.len() < SAMPLES_MAX => of.init_ms.push(ms),
                    _ => source.skip("init times that are no number", 0),
                }
                Ok(())
            })?,
            _ => {}
        }
        Ok(())
    })?;
    match of.memory_mb.filter(|mb| (1.0..1e6).contains(mb)) {
        Some(memory_mb) if !of.runtime.is_empty() && !of.init_ms.is_empty() => {
            source.keep();
            take(&source.name, into, of, memory_mb);
        }
        _ => source.skip("series without a runtime, a memory size or an init time", 0),
    }
    Ok(())
}

fn take(name: &str, into: &mut Gathered, mut of: Series, memory_mb: f64) {
    let parts = [of.runtime, of.package, format!("{memory_mb} MB"), of.architecture];
    let known: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    let whose = known.join(" | ");
    of.init_ms.sort_by(f64::total_cmp);
    let count = of.init_ms.len() as u64;
    let init = Summary {
        count,
        mean: Some(of.init_ms.iter().sum::<f64>() / count as f64),
        quantiles: nearest_ranks(&of.init_ms),
    };
    let mean = |value: Option<f64>| {
        let value = value.filter(|value| *value >= 0.0)?;
        Some(Summary { count, mean: Some(value), quantiles: Vec::new() })
    };
    let told = [
        ("init time", "ms", Some(init), crate::statistics::Summary::of(&of.init_ms)),
        ("memory used", "MB", mean(of.used_mb), None),
        ("duration", "ms", mean(of.duration_ms), None),
    ];
    for (quantity, unit, summary, spread) in told {
        let Some(summary) = summary else { continue };
        into.reference(Reference {
            of: whose.clone(),
            quantity: quantity.to_owned(),
            unit,
            summary,
            spread,
            rests_on: name.to_owned(),
        });
    }
}
