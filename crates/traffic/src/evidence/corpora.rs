//! Real traces and metrics, read through `CROSSOVER_CORPORA`; the figures were computed by an independent program.

use crate::reading::{Reading, Traffic};
use crate::router::Router;

fn corpus(paths: &[&str]) -> Option<Traffic> {
    #[expect(clippy::disallowed_methods, reason = "tests may look for the corpora")]
    let Ok(root) = std::env::var("CROSSOVER_CORPORA") else {
        eprintln!("skipped: CROSSOVER_CORPORA is not set");
        return None;
    };
    let router = Router::all_to("all");
    let mut reading = Reading::new(&router);
    for path in paths {
        #[expect(clippy::disallowed_methods, reason = "tests may read the corpora")]
        let bytes = std::fs::read(format!("{root}/{path}")).unwrap();
        reading.file(path, &mut bytes.as_slice());
    }
    Some(reading.finish())
}

/// To six significant digits.
fn close(got: f64, wanted: f64) {
    assert!((got / wanted - 1.0).abs() < 5e-6, "{got}, wanted {wanted}");
}

/// Linear between order statistics, of ascending values.
fn linear(sorted: &[f64], q: f64) -> f64 {
    let place = q * (sorted.len() - 1) as f64;
    let low = place.floor() as usize;
    let high = (low + 1).min(sorted.len() - 1);
    sorted[low] + (sorted[high] - sorted[low]) * place.fract()
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut all: Vec<f64> = values.collect();
    all.sort_by(f64::total_cmp);
    all
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[test]
fn azure_functions_of_2021() {
    let Some(traffic) = corpus(&["traces/azure2021/Azure2021_200.csv"]) else { return };
    let subjects = &traffic.evidence.subjects;
    assert_eq!(subjects.len(), 31);
    let apps: std::collections::BTreeSet<&str> =
        subjects.keys().filter_map(|k| k.split('/').next()).collect();
    assert_eq!(apps.len(), 13);
    assert_eq!(subjects.values().map(|s| s.invocations.len()).max(), Some(32));
    let times =
        sorted(subjects.values().flat_map(|s| &s.invocations).map(|v| v.at_ns as f64 / 1e9));
    assert_eq!(times.len(), 199);
    let gaps: Vec<f64> = times.windows(2).map(|w| w[1] - w[0]).collect();
    let spread =
        (gaps.iter().map(|g| (g - mean(&gaps)).powi(2)).sum::<f64>() / gaps.len() as f64).sqrt();
    close(spread / mean(&gaps), 1.864_09);
    close(times[198] - times[0], 1200.01);
    let took = sorted(
        subjects.values().flat_map(crate::Subject::durations_us).map(|us| f64::from(us) / 1e6),
    );
    close(mean(&took), 53.2622);
    close(linear(&took, 0.5), 1.634);
    close(linear(&took, 0.99), 358.146);
    close(*took.last().unwrap(), 404.987);
}

#[test]
fn azure_functions_of_2019() {
    let part = |name: &str| format!("traces/azure2019/dirigent250_{name}.csv.gz");
    let files = ["invocations", "durations", "memory"].map(part);
    let Some(traffic) = corpus(&files.each_ref().map(String::as_str)) else { return };
    let subjects = &traffic.evidence.subjects;
    assert_eq!(subjects.len(), 250, "the three tables join");
    let mut minutes = [0.0; 1440];
    for c in subjects.values().flat_map(|s| &s.counts) {
        minutes[(c.start_s / 60) as usize] += c.requests;
    }
    let used: Vec<f64> = minutes.iter().copied().filter(|n| *n > 0.0).collect();
    close(used.iter().sum::<f64>(), 567_403.0);
    assert_eq!(used.len(), 480);
    let peak = used.iter().position(|n| (*n - 1914.0).abs() < 0.5);
    assert_eq!(peak, Some(389));
    close(*sorted(used.iter().copied()).first().unwrap(), 969.0);
    let spread = used.iter().map(|n| (n - mean(&used)).powi(2)).sum::<f64>() / 480.0;
    close(spread / mean(&used), 6.403_41);
    let totals = sorted(subjects.values().map(crate::Subject::requests));
    close(linear(&totals, 0.75), 174.75);
    close(totals[249], 273_379.0);
    assert_eq!(
        totals.iter().filter(|n| **n / 480.0 < 1.0).count(),
        207,
        "82.8 % below one a minute"
    );
    let averages = sorted(subjects.values().filter_map(|s| s.duration_ms.as_ref()?.mean));
    assert_eq!(averages.len(), 250);
    close(mean(&averages), 5527.28);
    close(linear(&averages, 0.5), 604.0);
    let p99 =
        |s: &crate::Summary| s.quantiles.iter().find(|q| (q.0 - 0.99).abs() < 1e-9).map(|q| q.1);
    let slow = sorted(subjects.values().filter_map(|s| p99(s.duration_ms.as_ref()?)));
    close(mean(&slow), 15008.3);
    let memory = sorted(subjects.values().filter_map(|s| s.memory_mb.as_ref()?.mean));
    close(mean(&memory), 79.2835);
    close(linear(&memory, 0.99), 236.75);
    let busy: f64 = subjects
        .values()
        .filter_map(|s| Some(s.requests() * s.duration_ms.as_ref()?.mean? / 1e3))
        .sum();
    close(busy, 410_532.0);
    let all: u64 = traffic.evidence.recorded().values().map(|r| r.events.count()).sum();
    assert_eq!(all, 567_403);
}

#[test]
fn azure_functions_of_a_whole_day() {
    let Some(traffic) = corpus(&["traces/azure2019/invitro1250_inv.csv.gz"]) else { return };
    let subjects = &traffic.evidence.subjects;
    let totals = sorted(subjects.values().map(crate::Subject::requests));
    assert_eq!(totals.len(), 1250);
    close(totals.iter().sum::<f64>(), 18_279_781.0);
    close(linear(&totals, 0.5), 82.5);
    close(totals[1249], 1_493_120.0);
    let peak = subjects.values().flat_map(|s| &s.counts).map(|c| c.requests).fold(0.0, f64::max);
    close(peak, 12956.0);
}

#[test]
fn the_world_cup_of_1998() {
    let Some(traffic) = corpus(&["traces/worldcup98/requests_per_minute_until_1998-06-14.csv.gz"])
    else {
        return;
    };
    let subject = traffic.evidence.subjects.values().next().unwrap();
    assert_eq!(subject.counts.len(), 64_940);
    close(subject.requests(), 351_898_690.0);
    let recorded = traffic.evidence.recorded().into_values().next().unwrap();
    assert_eq!(recorded.events.count(), 351_898_690);
    assert_eq!(
        recorded.window.span().secs_f64().round() as u64 / 60,
        64_950,
        "ten minutes without a row are zero"
    );
    let workload = recorded.workload();
    close(workload.peak_rate().hertz() * 60.0, 128_565.0);
}

#[test]
fn lambda_load_tests() {
    for (file, requests, cold, mean_ms, p99) in [
        ("2020-05-17_04-13-06", 5050, 37, 1872.9, 1933.95),
        ("2020-05-26_01-31-35", 1648, 29, 1858.05, 1913.85),
        ("2020-05-28_01-57-40", 186, 59, 1842.9, 1920.4),
        ("2020-06-06_22-39-19", 290, 43, 1847.4, 1899.93),
        ("2020-06-10_22-20-08", 428, 32, 1851.37, 1922.42),
        ("2020-06-18_23-36-37", 791, 28, 1865.45, 1932.88),
    ] {
        let path = format!("traces/lambda_measured/pacslab_{file}.csv.gz");
        let Some(traffic) = corpus(&[&path]) else { return };
        let subject = traffic.evidence.subjects.values().next().unwrap();
        assert_eq!(subject.cold(), (cold, requests), "{file}");
        let warm = subject.invocations.iter().filter(|v| v.cold == Some(false));
        let warm = sorted(warm.map(|v| f64::from(v.duration_us) / 1e3));
        close(mean(&warm), mean_ms);
        close(linear(&warm, 0.99), p99);
    }
}

#[test]
fn spans_of_an_online_shop() {
    let minutes = ["03_53", "03_54", "03_55", "07_26", "07_27", "07_28"];
    let files = minutes.map(|m| format!("traces/nezha/2022-08-22_{m}_trace.csv.gz"));
    let Some(traffic) = corpus(&files.each_ref().map(String::as_str)) else { return };
    let evidence = &traffic.evidence;
    let totals = evidence.spans;
    assert_eq!(
        (totals.read, totals.distinct, totals.traces, totals.orphans),
        (130_351, 129_801, 2833, 0)
    );
    assert_eq!((evidence.subjects.len(), evidence.calls.len()), (10, 13));
    assert_eq!(totals.roots, 2833, "each trace once");
    // The figures to compare with count each file by itself.
    let each: Vec<Traffic> = files.iter().map(|file| corpus(&[file]).unwrap()).collect();
    let roots: u64 = each.iter().map(|t| t.evidence.spans.roots).sum();
    assert_eq!(roots, 2844);
    for (from, to, wanted) in [
        ("frontend", "productcatalogservice", 13_052),
        ("frontend", "currencyservice", 8522),
        ("frontend", "cartservice", 2530),
        ("recommendationservice", "productcatalogservice", 1992),
        ("frontend", "recommendationservice", 1992),
        ("frontend", "adservice", 1657),
        ("frontend", "shippingservice", 581),
        ("checkoutservice", "productcatalogservice", 231),
        ("checkoutservice", "cartservice", 186),
        ("checkoutservice", "shippingservice", 186),
        ("frontend", "checkoutservice", 93),
        ("checkoutservice", "paymentservice", 93),
        ("checkoutservice", "emailservice", 93),
    ] {
        let calls =
            each.iter().flat_map(|t| &t.evidence.calls).filter(|c| c.from == from && c.to == to);
        assert_eq!(calls.map(|c| c.calls).sum::<u64>(), wanted, "{from} → {to}");
    }
}

#[test]
fn open_telemetry_and_jaeger_agree() {
    let Some(otlp) = corpus(&["otel/jaeger_otlp2jaeger-in.json"]) else { return };
    let jaeger = corpus(&["otel/jaeger_otlp2jaeger-out.json"]).unwrap();
    let (a, b) = (&otlp.evidence, &jaeger.evidence);
    assert_eq!((a.spans, &a.calls), (b.spans, &b.calls));
    let invocations = |e: &crate::Evidence| {
        e.subjects.iter().map(|(n, s)| (n.clone(), s.invocations.clone())).collect::<Vec<_>>()
    };
    assert_eq!(invocations(a), invocations(b));
    assert_eq!(otlp.evidence.spans.distinct, 1);
    let large = corpus(&["otel/jaegerui_dependency_graph_large.json.gz"]).unwrap();
    assert!(large.evidence.calls.len() > 1000, "{}", large.evidence.calls.len());
}

#[test]
fn report_lines_as_people_paste_them() {
    let Some(traffic) = corpus(&["logs/lambda_report_lines.log"]) else { return };
    let subject = traffic.evidence.subjects.values().next().unwrap();
    assert_eq!(subject.invocations.len(), 24, "31 lines, 7 of them of a local emulator");
    assert_eq!(subject.cold(), (4, 24));
    assert_eq!(subject.inits_us(), [105_230, 132_790, 261_910, 512_080]);
}

#[test]
fn every_file_is_read_or_named() {
    #[expect(clippy::disallowed_methods, reason = "tests may look for the corpora")]
    let Ok(root) = std::env::var("CROSSOVER_CORPORA") else { return };
    let mut seen = 0;
    for folder in [
        "traces/azure2019",
        "traces/lambda_perf",
        "metrics/cloudwatch",
        "metrics/nezha",
        "metrics/petshop",
        "metrics/prometheus",
        "metrics",
        "otel",
    ] {
        for entry in std::fs::read_dir(format!("{root}/{folder}")).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                continue;
            }
            let name = format!("{folder}/{}", path.file_name().unwrap().to_string_lossy());
            let traffic = corpus(&[&name]).unwrap();
            let file = &traffic.report.files[0];
            assert!(file.format.is_some(), "{name} is not recognised");
            let told = traffic.findings.iter().any(|f| matches!(f.id, "TR062" | "TR065"));
            assert!(
                file.kept > 0 && !traffic.evidence.is_empty() || told,
                "{name}: {:?}",
                traffic.findings
            );
            seen += 1;
        }
    }
    assert!(seen > 30, "{seen}");
}
