//! `crossover traffic`: what a log says, by itself.

use model::App;
use report::traffic::{ComponentTraffic, TrafficLine, TrafficSummary};
use traffic::{LogReport, Recorded, Router};
use units::{Duration, Rate, Share};

use crate::app::{self, has_errors, tell};
use crate::cli::{Format, Traffic};
use crate::exit::Exit;
use crate::inputs::{InputError, Inputs};
use crate::load::{self, grouped};
use crate::measured;
use crate::ui::Ui;

/// Path prefixes that are worth a line each.
const PREFIXES_MOST: usize = 8;

/// Services or functions of traces and metrics that are worth a row each.
const SUBJECTS_MOST: usize = 20;

/// Reads logs and prints what they hold.
pub(crate) fn run(args: &Traffic, ui: &Ui) -> anyhow::Result<Exit> {
    let mut inputs = Inputs::default();
    inputs.sampling = args.sampling;
    let app: Option<App> = match &args.app {
        Some(path) => {
            let loaded = app::load(std::slice::from_ref(path), &[], &mut inputs)?;
            tell(&loaded.findings, &inputs, ui);
            Some(loaded.app)
        }
        None => None,
    };
    let (mut traffic, findings) = if let Some(app) = &app {
        load::routed(app, &args.files, &args.reading, &mut inputs, ui)?
    } else {
        let router = by_hand(&args.route)?;
        let mut traffic = load::log(&args.files, &router, &args.reading, &mut inputs, ui)?;
        let findings = std::mem::take(&mut traffic.findings);
        (traffic, findings)
    };
    tell(&findings, &inputs, ui);
    let evidence = std::mem::take(&mut traffic.evidence);
    let (report, mut recorded) = (traffic.report, traffic.per_component);
    if report.requests == 0 && evidence.is_empty() {
        let names: Vec<&str> = report.files.iter().map(|f| f.name.as_str()).collect();
        let message = format!("no request was read from {}", names.join(", "));
        let known: Vec<&str> = traffic::readers::ALL.iter().map(|format| format.name).collect();
        let hint = format!(
            "read are, plain, gzip or zstd: {}; other formats with `--log-format`; metrics, traces and measurements as \
             `docs/guide/traffic.md` lists them",
            known.join(", ")
        );
        return Err(InputError::error(message, hint));
    }
    let mut told = if report.requests > 0 { lines(&report) } else { Vec::new() };
    told.extend(measured::lines(&evidence));
    // The busiest subjects of evidence have rows of their own.
    let mut rows: Vec<_> = evidence.recorded().into_iter().collect();
    rows.sort_by_key(|(_, r)| std::cmp::Reverse(r.events.count()));
    rows.truncate(SUBJECTS_MOST);
    recorded.extend(rows);
    let summary = TrafficSummary {
        title: load::summary(&report),
        lines: told,
        per_hour: recorded_hours(recorded.values()),
        from: report.rhythm.as_ref().map_or(String::new(), |r| format!("{} UTC", r.first)),
        components: recorded.iter().map(|(id, r)| component(id, r, &report)).collect(),
    };
    let text = match args.output.format {
        Format::Table => report::traffic::terminal(&summary, ui.width, ui.style_file()),
        Format::Json => report::traffic::json(&summary),
        Format::Markdown => report::traffic::markdown(&summary),
        Format::Html => report::html::traffic(&summary),
    };
    ui.data(&text, args.output.output.as_deref())?;
    Ok(if has_errors(&findings) { Exit::Input } else { Exit::Ok })
}

/// The rules of `--route`; without any everything belongs together.
fn by_hand(rules: &[String]) -> anyhow::Result<Router> {
    if rules.is_empty() {
        return Ok(Router::all_to("all requests"));
    }
    let mut pairs = Vec::new();
    for rule in rules {
        let Some(pair) = rule.split_once('=').filter(|(id, to)| !id.is_empty() && !to.is_empty())
        else {
            let hint = "write it as `--route api=/api`";
            return Err(InputError::error(format!("`{rule}` is no rule"), hint));
        };
        pairs.push(pair);
    }
    Ok(Router::by_rules(pairs))
}

fn line(label: &str, value: impl Into<String>, note: impl Into<String>) -> TrafficLine {
    TrafficLine { label: label.to_owned(), value: value.into(), note: note.into() }
}

fn lines(report: &LogReport) -> Vec<TrafficLine> {
    let mut lines = vec![line("requests", grouped(report.requests), "")];
    if let Some(r) = &report.rhythm {
        lines.push(line("covers", r.span().to_string(), format!("{} to {} UTC", r.first, r.last)));
        lines.push(line("mean", format!("{:.3}/s", r.mean.hertz()), r.mean.to_string()));
        let bins = [
            ("busiest second", r.second),
            ("busiest minute", Some(r.minute)),
            ("busiest hour", Some(r.hour)),
        ];
        for (label, bin) in bins.into_iter().filter_map(|(l, b)| b.map(|b| (l, b))) {
            let note = format!("{:.1}× the mean, at {} UTC", bin.peak_to_mean(), bin.peak.at);
            lines.push(line(label, grouped(bin.peak.requests), note));
        }
        for (label, bin) in [
            ("dispersion by second", r.second),
            ("dispersion by minute", Some(r.minute)),
            ("dispersion by hour", Some(r.hour)),
        ] {
            if let Some(index) = bin.map(|b| b.dispersion) {
                lines.push(line(label, format!("{index:.2}"), "variance over mean; 1 is Poisson"));
            }
        }
        if let Some(cv) = r.gap_variation {
            lines.push(line(
                "variation of gaps",
                format!("{cv:.2}"),
                "deviation over mean; 1 is Poisson",
            ));
        }
        lines.push(line(
            "idle minutes",
            r.idle().to_string(),
            format!("longest gap {} from {} UTC", r.longest_gap.0, r.longest_gap.1),
        ));
    }
    lines.extend(contents(report));
    lines
}

fn contents(report: &LogReport) -> Vec<TrafficLine> {
    let mut lines = Vec::new();
    let share = |n: u64| Share::of(n, report.requests).to_string();
    let names = ["1xx", "2xx", "3xx", "4xx", "5xx"];
    let classes: Vec<String> = names
        .iter()
        .zip(report.status_classes())
        .filter(|(_, n)| *n > 0)
        .map(|(name, n)| format!("{name} {}", share(n)))
        .collect();
    if !classes.is_empty() {
        lines.push(line("status", classes.join(", "), ""));
    }
    let classes = report.status_classes();
    if classes[4] > 0 || report.gave_up() > 0 {
        let note = format!("{} clients gave up first (499)", grouped(report.gave_up()));
        lines.push(line("server errors", grouped(classes[4]), note));
    }
    if let Some(bytes) = report.mean_bytes() {
        let note = format!("{} in all", units::Bytes::new(report.bytes));
        lines.push(line("mean response", units::Bytes::new(bytes).to_string(), note));
    }
    let quantile = |q: f64| report.durations.quantile(q).map(|d: Duration| d.to_string());
    if let (Some(p50), Some(p95), Some(p99)) = (quantile(0.5), quantile(0.95), quantile(0.99)) {
        lines.push(line("time to answer", format!("p50 {p50}, p95 {p95}, p99 {p99}"), ""));
    }
    let upstream = |q: f64| report.upstream.quantile(q).map(|d: Duration| d.to_string());
    if let (Some(p50), Some(p95), Some(p99)) = (upstream(0.5), upstream(0.95), upstream(0.99)) {
        let note = "behind the proxy: what components are planned with";
        lines.push(line("of that upstream", format!("p50 {p50}, p95 {p95}, p99 {p99}"), note));
    }
    for (label, n) in [("health checks", report.health_checks), ("bots", report.bots)] {
        if n > 0 {
            lines.push(line(label, share(n), "by path or user agent"));
        }
    }
    if report.static_files > 0 {
        lines.push(line(
            "static files",
            report.static_share().to_string(),
            "by extension: a CDN could take these",
        ));
    }
    for (prefix, n) in report.top_prefixes.iter().take(PREFIXES_MOST) {
        lines.push(line(prefix, grouped(*n), share(*n)));
    }
    for (service, n) in report.top_services.iter().take(PREFIXES_MOST) {
        lines.push(line(&format!("service {service}"), grouped(*n), share(*n)));
    }
    if report.top_hosts.len() > 1 {
        for (host, n) in report.top_hosts.iter().take(PREFIXES_MOST) {
            lines.push(line(host, grouped(*n), share(*n)));
        }
    }
    if report.unmatched > 0 {
        let top: Vec<&str> = report.top_unmatched.iter().take(3).map(|(p, _)| p.as_str()).collect();
        lines.push(line(
            "belongs nowhere",
            grouped(report.unmatched),
            format!("mostly {}", top.join(", ")),
        ));
    }
    lines
}

fn component(id: &str, recorded: &Recorded, report: &LogReport) -> ComponentTraffic {
    let workload = recorded.workload();
    let single = report.routed.len() <= 1;
    ComponentTraffic {
        component: id.to_owned(),
        requests_month: workload.requests_per_cycle() * workload.cycles_per_month,
        mean: workload.mean_rate(),
        peak: Rate::per_second(workload.peak_rate().hertz()),
        idle: workload.idle_share(),
        p50: report.durations.quantile(0.5).filter(|_| single),
        p99: report.durations.quantile(0.99).filter(|_| single),
        per_hour: recorded_hours(std::iter::once(recorded)),
        note: workload.basis.clone(),
    }
}

/// Requests in each hour of the cycle, summed.
fn recorded_hours<'a>(recorded: impl Iterator<Item = &'a Recorded>) -> Vec<f64> {
    let mut hours: Vec<f64> = Vec::new();
    for recorded in recorded {
        for (i, hour) in recorded.workload().per_minute.chunks(60).enumerate() {
            if hours.len() <= i {
                hours.resize(i + 1, 0.0);
            }
            hours[i] += hour.iter().sum::<f64>();
        }
    }
    hours
}
