//! `crossover traffic`: what a log says, by itself.

use model::App;
use report::traffic::TrafficLine;
use traffic::statistics::Group;
use traffic::{Distinct, LogReport, Router};
use units::{Duration, Seed, Share};

use crate::app::{self, has_errors, rule, tell};
use crate::cli::{Format, Traffic};
use crate::exit::Exit;
use crate::inputs::{InputError, Inputs};
use crate::load::{self, grouped};
use crate::logs;
use crate::measured;
use crate::outlook::outlook;
use crate::saving::Saving;
use crate::traffic_summary::summary;
use crate::ui::Ui;

/// Path prefixes that are worth a line each.
const PREFIXES_MOST: usize = 8;

/// Services or functions of traces and metrics that are worth a row each.
const SUBJECTS_MOST: usize = 20;

/// Reads logs and prints what they hold.
pub(crate) fn run(args: &Traffic, ui: &Ui) -> anyhow::Result<Exit> {
    args.output.format.only(&Format::PAGE, "a load")?;
    let outlook = outlook(args.growth.as_deref(), &args.event)?;
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
    let (router, mut findings) = match &app {
        Some(app) => Router::new(app),
        None => (by_hand(&args.route)?, Vec::new()),
    };
    // Before there is a file to save to: a folder or a pattern would take it in.
    let files = logs::expanded(&args.files)?;
    let saving = args.save.as_deref().map(|path| Saving::new(path, &files)).transpose()?;
    let mut traffic = load::log(&files, &router, &args.reading, &mut inputs, ui, |reading| {
        let reading = reading.counting_names();
        Ok(match &saving {
            Some(saving) => reading.saving(saving.create()?),
            None => reading,
        })
    })?;
    findings.append(&mut traffic.findings);
    tell(&findings, &inputs, ui);
    let evidence = std::mem::take(&mut traffic.evidence);
    let (report, mut recorded) = (traffic.report, traffic.per_component);
    if report.requests == 0 && evidence.is_empty() {
        let names: Vec<&str> = report.files.iter().map(|f| f.name.as_str()).collect();
        let message = format!("no request was read from {}", names.join(", "));
        let known: Vec<&str> = traffic::readers::ALL.iter().map(|format| format.name).collect();
        let hint = format!(
            "read are, plain, gzip or zstd: {}, trace files; other formats with `--log-format`; metrics, traces and \
             measurements as `docs/guide/traffic.md` lists them",
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
    // Only JSON holds them, and of millions of invocations they take a while.
    let measured = match args.output.format {
        Format::Json => traffic::statistics::measured(&evidence),
        _ => Group::default(),
    };
    let summary = summary(&report, &recorded, told, &measured, &outlook, Seed(args.seed));
    let path = args.output.output.as_deref();
    let text = match args.output.format {
        Format::Json => report::traffic::json(&summary),
        Format::Markdown => report::traffic::markdown(&summary),
        Format::Html => report::html::traffic(&summary),
        _ => report::traffic::terminal(&summary, ui.width, ui.style_for(path)),
    };
    if let (Some(saving), Some(saved)) = (saving, traffic.saved.take()) {
        saving.finish(saved, ui)?;
    }
    ui.data(&text, path)?;
    Ok(if has_errors(&findings) { Exit::Input } else { Exit::Ok })
}

/// The rules of `--route`; without any everything belongs together.
fn by_hand(rules: &[String]) -> anyhow::Result<Router> {
    if rules.is_empty() {
        return Ok(Router::all_to("all requests"));
    }
    let pairs = rules.iter().map(|text| rule(text)).collect::<anyhow::Result<Vec<_>>>()?;
    Ok(Router::by_rules(pairs))
}

fn line(label: &str, value: impl Into<String>, note: impl Into<String>) -> TrafficLine {
    TrafficLine { label: label.to_owned(), value: value.into(), note: note.into() }
}

fn lines(report: &LogReport) -> Vec<TrafficLine> {
    let mut lines = vec![line("requests", grouped(report.requests), "")];
    if let Some(r) = &report.rhythm {
        lines.push(line("covers", r.span().to_string(), format!("{} to {} UTC", r.first, r.last)));
        if r.span() == Duration::ZERO {
            lines.push(line("mean", "–", "all at one moment: there is no rate"));
        } else {
            lines.push(line("mean", format!("{:.3}/s", r.mean.hertz()), r.mean.to_string()));
        }
        let bins = [
            ("busiest second", r.second),
            ("busiest minute", Some(r.minute)),
            ("busiest hour", Some(r.hour)),
        ];
        for (label, bin) in bins.into_iter().filter_map(|(l, b)| b.map(|b| (l, b))) {
            let times = match bin.peak_to_mean() {
                ratio if ratio < 100.0 => format!("{ratio:.1}"),
                ratio => grouped(ratio.round() as u64),
            };
            let note = format!("{times}× the mean, at {} UTC", bin.peak.at);
            // The only bin is its own mean.
            let note = if bin.bins > 1 { note } else { format!("at {} UTC", bin.peak.at) };
            lines.push(line(label, grouped(bin.peak.requests), note));
        }
        let (gap, from) = r.longest_gap;
        let gap = if gap == Duration::ZERO {
            String::new()
        } else {
            format!("longest gap {gap} from {from} UTC")
        };
        lines.push(line("idle minutes", r.idle().to_string(), gap));
    }
    lines.extend(contents(report));
    lines
}

/// How many, or `about 120,000` where they were estimated.
fn different(n: Distinct) -> String {
    match n {
        Distinct::Exactly(n) => grouped(n),
        Distinct::About(n) => format!("about {}", grouped(n / 1000 * 1000)),
    }
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
    if let Some(n) = report.clients {
        lines.push(line("clients", different(n), "different addresses; none is kept"));
    }
    if let Some(n) = report.paths {
        lines.push(line("paths", different(n), "different ones, without queries"));
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
