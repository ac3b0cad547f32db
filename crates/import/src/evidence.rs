//! What metrics, traces and measurements say of components: load, work, start and memory, and who calls whom.
//!
//! Declared values stay but for work: a measured duration replaces a declared one, as a log's does. Every value is
//! marked as measured, with the files and the number of measurements it rests on.

use std::collections::{BTreeMap, BTreeSet};

use model::{App, CallKind, Component, Demand, Distribution, Edge, Fact, Kind, Load, Origin};
use source::Finding;
use traffic::{Evidence, Recorded, Subject};
use units::{Bytes, Duration};

use crate::defaults;
use crate::demand::from_duration;

/// Quantiles kept of measured durations: enough for a 99.5th percentile.
const QUANTILES: usize = 200;
/// Names that a finding lists.
const EXAMPLES: usize = 5;
/// Fewer calls of a service say nothing of how many it makes.
const REQUESTS_MIN: u64 = 10;

/// Puts into `app` and `recorded` what each evidence says; one that belongs to a single component names it.
pub fn apply(
    app: &mut App,
    recorded: &mut BTreeMap<String, Recorded>,
    all: &[(Option<String>, Evidence)],
) -> Vec<Finding> {
    let mut found = Vec::new();
    for (owner, evidence) in all {
        let places = places(app, owner.as_deref(), evidence, &mut found);
        loads(app, recorded, evidence, &places);
        for component in &mut app.components {
            let mine = evidence
                .subjects
                .iter()
                .filter(|(name, _)| places.get(*name) == Some(&component.id));
            let mine: Vec<&Subject> = mine.map(|(_, subject)| subject).collect();
            if !mine.is_empty() {
                measure(component, &mine);
            }
        }
        edges(app, evidence, &places);
    }
    found
}

/// Which component each subject belongs to.
fn places(
    app: &App,
    owner: Option<&str>,
    evidence: &Evidence,
    found: &mut Vec<Finding>,
) -> BTreeMap<String, String> {
    let mut places = BTreeMap::new();
    let mut lost = Vec::new();
    let runs: Vec<&str> =
        app.components.iter().filter(|c| c.kind != Kind::Stateful).map(|c| c.id.as_str()).collect();
    let ids: Vec<&str> = app.components.iter().map(|c| c.id.as_str()).collect();
    let takes_all = |c: &&Component| c.paths.iter().any(|path| path == "/");
    let all: Vec<&str> = app.components.iter().filter(takes_all).map(|c| c.id.as_str()).collect();
    for name in evidence.subjects.keys() {
        let place = owner.or_else(|| matching(name, &ids)).or(match (runs.as_slice(), &all[..]) {
            ([only], _) | (_, [only]) if evidence.subjects.len() == 1 => Some(*only),
            _ => None,
        });
        match place {
            Some(id) => drop(places.insert(name.clone(), id.to_owned())),
            None => lost.push(name.as_str()),
        }
    }
    if !lost.is_empty() {
        let shown = lost.iter().take(EXAMPLES).copied().collect::<Vec<_>>().join(", ");
        let more = if lost.len() > EXAMPLES { ", …" } else { "" };
        found.push(
            Finding::warning("IN095", format!("{} measured services or functions belong to no component: {shown}{more}", lost.len()))
                .hint("name the component as the measurements do, or the file after it (`api.log`); a single one goes where `--route COMPONENT=/` sends it"),
        );
    }
    places
}

/// The component that a measured name means: the same but for case and signs, the same with `service` behind it, or
/// the longest whose parts stand in it one after the other (`shop-prod-api-1A2B` means `api`).
fn matching<'a>(name: &str, ids: &[&'a str]) -> Option<&'a str> {
    let plain = |text: &str| {
        text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
    };
    let bare = |text: &str| {
        let plain = plain(text);
        ["service", "function", "svc", "fn"]
            .iter()
            .find_map(|end| plain.strip_suffix(end).filter(|s| !s.is_empty()))
            .unwrap_or(&plain)
            .to_owned()
    };
    if let Some(id) = ids
        .iter()
        .find(|id| plain(id) == plain(name))
        .or_else(|| ids.iter().find(|id| bare(id) == bare(name)))
    {
        return Some(id);
    }
    let parts = |text: &str| -> Vec<String> {
        text.split(|c: char| !c.is_ascii_alphanumeric())
            .filter(|p| !p.is_empty())
            .map(str::to_ascii_lowercase)
            .collect()
    };
    let of_name = parts(name);
    let within = |id: &&&str| {
        let of_id = parts(id);
        !of_id.is_empty() && of_name.windows(of_id.len()).any(|w| w == of_id)
    };
    let mut fits: Vec<&&str> = ids.iter().filter(within).collect();
    fits.sort_by_key(|id| std::cmp::Reverse(id.len()));
    match fits.as_slice() {
        [only] => Some(only),
        [first, second, ..] if first.len() > second.len() => Some(first),
        _ => None,
    }
}

/// A load that nobody declared, or that is to be routed or read from a trace, is the recorded one.
fn loads(
    app: &mut App,
    recorded: &mut BTreeMap<String, Recorded>,
    evidence: &Evidence,
    places: &BTreeMap<String, String>,
) {
    let mut parts: BTreeMap<&str, Vec<Recorded>> = BTreeMap::new();
    for (name, part) in evidence.recorded() {
        if let Some(id) = places.get(&name) {
            parts.entry(id).or_default().push(part);
        }
    }
    let mut per_component: BTreeMap<&str, Recorded> =
        parts.into_iter().filter_map(|(id, parts)| Some((id, together(parts)?))).collect();
    for component in &mut app.components {
        let Some(load) = per_component.remove(component.id.as_str()) else { continue };
        // A rate that was only assumed is as good as none.
        let is_guess = matches!(component.load, Load::Rate { rate: Fact::Assumed(..), .. });
        if (is_guess || component.load == Load::Unknown) && component.kind != Kind::Stateful {
            component.load = Load::Routed;
        }
        if matches!(component.load, Load::Routed | Load::Trace { .. }) {
            recorded.entry(component.id.clone()).or_insert(load);
        }
    }
}

/// Recordings put together pair by pair, so that each request is moved a few times only.
fn together(mut parts: Vec<Recorded>) -> Option<Recorded> {
    while parts.len() > 1 {
        let mut rest = parts.into_iter();
        let mut pairs = Vec::new();
        while let Some(one) = rest.next() {
            pairs.push(match rest.next() {
                Some(two) => one.with(two),
                None => one,
            });
        }
        parts = pairs;
    }
    parts.pop()
}

fn measure(component: &mut Component, mine: &[&Subject]) {
    let mut files: Vec<&str> = mine.iter().flat_map(|s| &s.rests_on).map(String::as_str).collect();
    files.sort_unstable();
    files.dedup();
    let files = files.join(", ");
    let from = |what: &str, n: usize| Origin::measured(format!("{what} in {files} ({n} measured)"));

    let mut inits: Vec<u32> = mine.iter().flat_map(|s| s.inits_us()).collect();
    inits.sort_unstable();
    if let Some(&init) = inits.get(inits.len() / 2).filter(|_| !component.start.init.is_known()) {
        let init = Duration::from_micros(u64::from(init));
        component.start.init = Fact::Known(init, from("median init time", inits.len()));
    }
    let used: Vec<u32> =
        mine.iter().flat_map(|s| &s.invocations).map(|v| v.used_mb).filter(|mb| *mb > 0).collect();
    let summed = mine
        .iter()
        .filter_map(|s| s.memory_mb.as_ref()?.quantiles.last().map(|q| q.1))
        .fold(0.0, f64::max);
    let most = used.iter().copied().max().map_or(summed, f64::from);
    if most >= 1.0 && !component.memory.is_known() {
        let memory = Bytes::from_mib(most.ceil() as u64);
        component.memory = Fact::Known(memory, from("most memory used", used.len().max(1)));
    }
    if let Some(demand) = demand(component, mine, &files) {
        component.demand = demand;
    }
}

/// The work of one request, from the best evidence: a curve over memory sizes, CPU in use over requests, the
/// time between calls in spans, or durations alone.
fn demand(component: &Component, mine: &[&Subject], files: &str) -> Option<Demand> {
    let whole = durations(mine);
    let n: usize = mine.iter().map(|s| s.invocations.len()).sum();
    let origin = |what: String| Origin::measured(format!("{what} in {files}"));
    let power: Vec<(u32, f64)> =
        mine.iter().flat_map(|s| &s.power).map(|(mb, ms, _)| (*mb, *ms)).collect();
    if let Some(fit) = fit(&power) {
        let note = format!(
            "CPU and waiting fitted to {} memory sizes, off by {:.0} % at most,",
            fit.sizes,
            fit.error * 100.0
        );
        let constant = |ms: f64| Distribution::Constant(Duration::from_secs_f64(ms / 1e3));
        return Some(Demand {
            cpu: Fact::Known(constant(fit.cpu_ms), origin(note.clone())),
            wait: Fact::Known(constant(fit.wait_ms), origin(note)),
            duration: None,
        });
    }
    let whole = whole?;
    let mean_ms = whole.mean().millis_f64();
    let covered: f64 = mine.iter().map(|s| seconds(s)).fold(0.0, f64::max);
    let requests: f64 = mine.iter().map(|s| s.requests()).sum();
    let cores: f64 = mine.iter().filter_map(|s| s.cpu_cores).map(|(cores, _)| cores).sum();
    let share = if cores > 0.0 && requests > 0.0 && covered > 0.0 && mean_ms > 0.0 {
        let cpu_ms = cores * covered / requests * 1e3;
        Some(((cpu_ms / mean_ms).min(1.0), format!("CPU in use over {requests:.0} requests")))
    } else {
        let shares: Vec<f64> = mine.iter().filter_map(|s| s.self_share).collect();
        let mean = shares.iter().sum::<f64>() / shares.len() as f64;
        (!shares.is_empty())
            .then(|| (mean, format!("time between calls (CPU at most) of {n} spans")))
    };
    if let Some((share, note)) = share {
        return Some(Demand {
            cpu: Fact::Known(whole.times_f64(share), origin(note.clone())),
            wait: Fact::Known(whole.times_f64(1.0 - share), origin(note)),
            duration: None,
        });
    }
    let size =
        mine.iter().flat_map(|s| &s.invocations).map(|v| v.size_mb).max().filter(|mb| *mb > 0);
    let assumed = defaults::memory(component.kind);
    // Services of traces run on as much CPU as they need; only functions get it by memory.
    let traced = mine.iter().any(|s| s.own_time).then(|| Bytes::from_gib(2));
    let memory = size.map(|mb| Bytes::from_mib(u64::from(mb))).or(traced);
    let memory =
        memory.or_else(|| component.memory.get()).or_else(|| assumed.get()).unwrap_or_default();
    Some(from_duration(Fact::Known(whole, origin(format!("durations ({n} measured)"))), memory))
}

/// Durations as equally likely values, or a log-normal through what a summary says.
fn durations(mine: &[&Subject]) -> Option<Distribution> {
    let mut all: Vec<u32> = mine.iter().flat_map(|s| s.durations_us()).collect();
    all.sort_unstable();
    if !all.is_empty() {
        let at = |i: usize| all[((i as f64 + 0.5) / QUANTILES as f64 * all.len() as f64) as usize];
        let values = (0..QUANTILES).map(|i| Duration::from_micros(u64::from(at(i))));
        return Some(Distribution::Empirical(values.collect()));
    }
    // High percentiles alone, without a mean or a median, say nothing of a usual request.
    let usual = |s: &&&Subject| {
        let summary = s.duration_ms.as_ref();
        let median = |q: &(f64, f64)| (q.0 - 0.5).abs() < 1e-9;
        summary.is_some_and(|d| d.mean.is_some() || d.quantiles.iter().any(median))
    };
    let busiest = mine.iter().filter(usual).max_by(|a, b| a.requests().total_cmp(&b.requests()))?;
    let summary = busiest.duration_ms.as_ref()?;
    let at = |share: f64| {
        summary
            .quantiles
            .iter()
            .find(|q| (q.0 - share).abs() < 1e-9)
            .map(|q| Duration::from_secs_f64(q.1.max(0.0) / 1e3))
    };
    match (at(0.5), at(0.99)) {
        (Some(p50), Some(p99)) if p50 > Duration::ZERO && p99 >= p50 => {
            Some(Distribution::LogNormal { p50, p99 })
        }
        _ => summary
            .mean
            .map(|ms| Distribution::Constant(Duration::from_secs_f64(ms.max(0.0) / 1e3))),
    }
}

fn seconds(subject: &Subject) -> f64 {
    if let (Some(a), Some(z)) = (subject.counts.first(), subject.counts.last()) {
        return f64::from(z.start_s) + f64::from(z.length_s) - f64::from(a.start_s);
    }
    let times = || subject.invocations.iter().map(|v| v.at_ns).filter(|at| *at > 0);
    times().max().unwrap_or(0).saturating_sub(times().min().unwrap_or(0)) as f64 / 1e9
}

/// What a curve over memory sizes says.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Fit {
    cpu_ms: f64,
    wait_ms: f64,
    /// The largest difference from a measured duration, as a share of it.
    error: f64,
    sizes: usize,
}

/// Least squares for `duration = cpu / share + wait`, neither below zero, where the share of a CPU grows with
/// memory; relative to the duration, so that the slow small sizes do not decide alone. `None` below two shares.
fn fit(power: &[(u32, f64)]) -> Option<Fit> {
    let points: Vec<(f64, f64)> = power
        .iter()
        .filter(|(mb, ms)| *mb > 0 && *ms > 0.0)
        .map(|(mb, ms)| (1.0 / defaults::cpu_share(Bytes::from_mib(u64::from(*mb))), *ms))
        .collect();
    let shares: BTreeSet<u64> = points.iter().map(|(x, _)| (x * 1e6) as u64).collect();
    if shares.len() < 2 {
        return None;
    }
    // Weighted by 1/y²: sums of (w, wx, wxx, wy, wxy).
    let mut s = [0.0; 5];
    for (x, y) in &points {
        let w = 1.0 / (y * y);
        for (sum, term) in s.iter_mut().zip([w, w * x, w * x * x, w * y, w * x * y]) {
            *sum += term;
        }
    }
    let [w, wx, wxx, wy, wxy] = s;
    let determinant = w * wxx - wx * wx;
    let (mut cpu, mut wait) =
        ((w * wxy - wx * wy) / determinant, (wxx * wy - wx * wxy) / determinant);
    if wait < 0.0 {
        (cpu, wait) = (wxy / wxx, 0.0);
    } else if cpu < 0.0 {
        (cpu, wait) = (0.0, wy / w);
    }
    let off = points.iter().map(|(x, y)| ((cpu * x + wait) / y - 1.0).abs());
    let error = off.fold(0.0, f64::max);
    (cpu.is_finite() && wait.is_finite()).then_some(Fit {
        cpu_ms: cpu,
        wait_ms: wait,
        error,
        sizes: shares.len(),
    })
}

/// Calls that were seen replace the number of declared ones and add those that nobody declared, but for calls that
/// would close a circle in which each waits for the next.
fn edges(app: &mut App, evidence: &Evidence, places: &BTreeMap<String, String>) {
    let mut calls: Vec<_> =
        evidence.calls.iter().filter(|c| c.requests >= REQUESTS_MIN && c.calls > 0).collect();
    calls.sort_by(|a, b| b.calls.cmp(&a.calls).then((&a.from, &a.to).cmp(&(&b.from, &b.to))));
    for call in calls {
        let (Some(from), Some(to)) = (places.get(&call.from), places.get(&call.to)) else {
            continue;
        };
        if from == to {
            continue;
        }
        let calls_per_request = call.calls as f64 / call.requests as f64;
        let note = format!("{} calls of {} traced requests", call.calls, call.requests);
        let origin = Some(Origin::measured(note));
        if let Some(edge) = app.edges.iter_mut().find(|e| e.from == *from && e.to == *to) {
            edge.calls_per_request = calls_per_request;
            edge.origin = origin;
        } else if !reaches(&app.edges, to, from) {
            let kind = if call.message { CallKind::Async } else { CallKind::Sync };
            let bytes = defaults::call_bytes();
            app.edges.push(Edge {
                from: from.clone(),
                to: to.clone(),
                calls_per_request,
                bytes,
                kind,
                origin,
            });
        }
    }
    app.edges.sort_by(|a, b| (&a.from, &a.to).cmp(&(&b.from, &b.to)));
}

fn reaches(edges: &[Edge], from: &str, to: &str) -> bool {
    let (mut open, mut seen) = (vec![from], BTreeSet::from([from]));
    while let Some(at) = open.pop() {
        if at == to {
            return true;
        }
        for edge in edges.iter().filter(|e| e.from == at) {
            if seen.insert(&edge.to) {
                open.push(&edge.to);
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_find_their_components() {
        let ids = ["api", "cart", "cart-cache", "frontend"];
        for (name, wanted) in [
            ("api", Some("api")),
            ("cartservice", Some("cart")),
            ("shop-prod-api-1A2B", Some("api")),
            ("x-cart-cache-7", Some("cart-cache")),
            ("Frontend", Some("frontend")),
            ("capital", None),
            ("api-frontend", Some("frontend")),
        ] {
            assert_eq!(matching(name, &ids), wanted, "{name}");
        }
    }

    #[test]
    fn a_curve_gives_back_what_made_it() {
        let share = |mb: u32| defaults::cpu_share(Bytes::from_mib(u64::from(mb)));
        let curve: Vec<(u32, f64)> =
            [128, 256, 512, 1024, 1769, 3008].map(|mb| (mb, 40.0 / share(mb) + 75.0)).to_vec();
        let got = fit(&curve).unwrap();
        assert!((got.cpu_ms - 40.0).abs() < 1e-6 && (got.wait_ms - 75.0).abs() < 1e-6, "{got:?}");
        assert!(got.error < 1e-9 && got.sizes == 5);
        assert_eq!(fit(&curve[..1]), None);
        let flat = fit(&[(128, 50.0), (256, 60.0)]).unwrap();
        assert!(flat.cpu_ms == 0.0 && flat.wait_ms > 50.0 && flat.error > 0.05, "{flat:?}");
    }

    fn read(
        yaml: &str,
        files: &[(&str, String)],
    ) -> (App, BTreeMap<String, Recorded>, Vec<Finding>) {
        let mut sources = source::SourceMap::default();
        let (file, _) = sources.read("crossover.yaml", yaml.as_bytes());
        let mut app = crate::ALL[0].read(&crate::Project::new(&sources, ""), &[file]).0;
        let router = traffic::Router::default();
        let mut reading = traffic::Reading::new(&router);
        for (name, text) in files {
            reading.file(name, &mut text.as_bytes());
        }
        let mut recorded = BTreeMap::new();
        let evidence = [(None, reading.finish().evidence)];
        let found = apply(&mut app, &mut recorded, &evidence);
        (app, recorded, found)
    }

    const APP: &str = "name: t\ncomponents:\n  front: { kind: http, duration: 1 s }\n  cart: { kind: http, memory: 256 MB, duration: 1 s }\n";

    #[test]
    fn report_lines_and_a_curve_land_on_their_component() {
        let line = |i: u32| {
            format!(
                "REPORT RequestId: 04e5bb42-f791-4358-a7f9-0872d44242{i:02} Duration: 100.00 ms Billed Duration: 100 ms \
                 Memory Size: 256 MB Max Memory Used: 91 MB Init Duration: {}.00 ms\n",
                200 + i
            )
        };
        let lines = (0..40).map(line).collect::<Vec<_>>().concat();
        let share = defaults::cpu_share(Bytes::from_mib(256));
        let curve = format!(
            r#"{{"stats":[{{"value":256,"averagePrice":1,"averageDuration":100}},{{"value":1769,"averagePrice":1,"averageDuration":{}}}]}}"#,
            50.0 + 50.0 * share
        );
        let (app, _, found) = read(APP, &[("front.log", lines), ("front.json", curve)]);
        let front = app.component("front").unwrap();
        assert!(found.is_empty(), "{found:?}");
        assert_eq!(front.start.init.get(), Some(Duration::from_millis(220)));
        assert_eq!(front.memory.get(), Some(Bytes::from_mib(91)));
        let mean = |fact: &Fact<Distribution>| fact.value().unwrap().mean().millis_f64();
        assert!((mean(&front.demand.cpu) - 50.0 * share).abs() < 1e-3, "{:?}", front.demand);
        assert!((mean(&front.demand.wait) - 50.0).abs() < 1e-3);
        assert_eq!(front.demand.cpu.origin().map(|o| o.kind), Some(model::OriginKind::Measured));
        let cart = app.component("cart").unwrap();
        assert!(!cart.start.init.is_known(), "the other component is left alone");
    }

    #[test]
    fn traces_bring_edges_loads_and_a_split() {
        let mut text =
            String::from("TraceID,SpanID,ParentID,PodName,StartTimeUnixNano,EndTimeUnixNano\n");
        for i in 0..50_u64 {
            let start = 1_700_000_000_000_000_000 + i * 1_000_000_000;
            text += &format!("{i}a,{i}b,root,frontend-5d9-x,{start},{}\n", start + 100_000_000);
            text += &format!(
                "{i}a,{i}c,{i}b,cartservice-77-y,{},{}\n",
                start + 10_000_000,
                start + 40_000_000
            );
            text += &format!(
                "{i}a,{i}d,{i}b,cartservice-77-y,{},{}\n",
                start + 40_000_000,
                start + 70_000_000
            );
        }
        let yaml = APP.replace("front:", "frontend:");
        let (app, recorded, _) = read(&yaml, &[("spans.csv", text)]);
        let edge = &app.edges[0];
        assert_eq!((edge.from.as_str(), edge.to.as_str()), ("frontend", "cart"));
        assert!((edge.calls_per_request - 2.0).abs() < 1e-9);
        assert_eq!(recorded["frontend"].events.count(), 50);
        assert_eq!(recorded["cart"].events.count(), 100);
        let front = &app.component("frontend").unwrap().demand;
        assert!((front.mean().millis_f64() - 40.0).abs() < 0.01, "without the calls: {front:?}");
    }

    #[test]
    fn pods_give_the_load_and_the_cpu_and_percentiles_the_durations() {
        let row = |i: u32| format!("{},front-5d9f-x,100,80,0.9,0.95,2\n", 1_700_000_040 + i * 60);
        let pods = "TimeStamp,PodName,CpuUsage(m),MemoryUsage(Mi),PodServerLatencyP90(s),PodServerLatencyP99(s),PodWorkload(Ops)\n";
        let pods = pods.to_owned() + &(0..61).map(row).collect::<String>();
        let service =
            "TimeStamp,ServiceName,LatencyP50(s),LatencyP99(s)\n1700000040,Front,0.2,0.2\n";
        let files = [("pods.csv", pods), ("services.csv", service.to_owned())];
        let (app, recorded, found) = read(APP, &files);
        assert!(found.is_empty(), "{found:?}");
        assert_eq!(recorded["front"].events.count(), 2 * 3600);
        let front = app.component("front").unwrap();
        assert_eq!(front.memory.get(), Some(Bytes::from_mib(80)));
        let mean = |fact: &Fact<Distribution>| fact.value().unwrap().mean().millis_f64();
        // 0.1 cores over two requests a second are 50 ms of CPU for each, of 200 ms.
        let (cpu, wait) = (mean(&front.demand.cpu), mean(&front.demand.wait));
        assert!((cpu - 50.0).abs() < 0.5 && (wait - 150.0).abs() < 0.5, "{cpu} and {wait}");
    }

    #[test]
    fn what_belongs_nowhere_is_named() {
        let line =
            "REPORT RequestId: 04e5bb42 Duration: 100.00 ms Memory Size: 256 MB\n".to_owned();
        let (_, _, found) = read(APP, &[("payments.log", line)]);
        assert_eq!(found.iter().map(|f| f.id).collect::<Vec<_>>(), ["IN095"]);
    }

    #[test]
    fn one_series_is_that_of_the_component_that_takes_all() {
        let counts = "period,count\n2026-01-01 00:00:00,2\n2026-01-01 00:01:00,3\n".to_owned();
        let (_, recorded, found) = read(APP, &[("per_minute.csv", counts.clone())]);
        assert_eq!((recorded.len(), found.len()), (0, 1));
        let app = APP.replacen("1 s }", "1 s, paths: [/] }", 1);
        let (_, recorded, found) = read(&app, &[("per_minute.csv", counts)]);
        assert_eq!(found, []);
        assert_eq!(recorded["front"].events.count(), 5);
    }
}
