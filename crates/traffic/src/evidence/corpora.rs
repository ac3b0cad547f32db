//! Real traces and metrics, read through `CROSSOVER_CORPORA`; the figures were computed by an independent program.

use crate::reading::{Reading, Traffic};
use crate::router::Router;

fn corpus(paths: &[&str]) -> Option<Traffic> {
    let router = Router::all_to("all");
    let mut reading = Reading::new(&router);
    for path in paths {
        let bytes = crate::corpora::bytes(path)?;
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

/// The value at a share of a summary.
fn told(summary: &crate::Summary, share: f64) -> f64 {
    summary.quantiles.iter().find(|q| (q.0 - share).abs() < 1e-9).unwrap().1
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
    let roots: Vec<f64> =
        each.iter().flat_map(|t| &t.evidence.roots_ns).map(|ns| *ns as f64 / 1e6).collect();
    let roots = crate::statistics::Summary::of(&roots).unwrap();
    assert_eq!(roots.n, 2844);
    for (got, wanted) in [
        (roots.mean, 388.438),
        (roots.deviation, 488.443),
        (roots.min, 0.145_239),
        (roots.max, 2700.67),
    ] {
        close(got, wanted);
    }
    let linear =
        [0.202_902, 0.268_32, 82.9131, 193.131, 461.354, 1200.41, 1500.52, 2127.3, 2609.46];
    let nearest =
        [0.202_715, 0.268_284, 82.886, 193.014, 460.89, 1200.41, 1500.52, 2146.5, 2616.77];
    for i in 0..9 {
        close(roots.linear[i], linear[i]);
        close(roots.nearest_rank[i], nearest[i]);
    }
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
fn a_status_page_of_nginx() {
    let Some(traffic) = corpus(&["metrics/nginx_plus_status_elastic.ndjson.gz"]) else { return };
    let evidence = &traffic.evidence;
    for (zone, wanted) in [
        ("hg.nginx.org", 363.0),
        ("trac.nginx.org", 757.0),
        ("lxr.nginx.org", 93.0),
        ("nginx_plus_status_elastic", 28_384.0 - 363.0 - 757.0 - 93.0),
    ] {
        close(evidence.subjects[zone].requests(), wanted);
    }
    let calls: Vec<(&str, u64, u64)> =
        evidence.calls.iter().map(|c| (c.to.as_str(), c.calls, c.requests)).collect();
    assert_eq!(
        calls,
        [("hg-backend", 266, 28_384), ("lxr-backend", 69, 28_384), ("trac-backend", 367, 28_384)]
    );
    assert_eq!(traffic.report.files[0].kept, 500);
    let silent = evidence.subjects.values().all(|s| s.duration_ms.is_none());
    assert!(silent && traffic.findings.iter().any(|f| f.id == "TR068"), "{:?}", traffic.findings);
}

#[test]
fn services_of_a_pet_shop() {
    let Some(traffic) = corpus(&["metrics/petshop/low_traffic_noissue_metrics.csv.gz"]) else {
        return;
    };
    let subjects = &traffic.evidence.subjects;
    assert_eq!(subjects.len(), 32, "41 nodes, 9 of them another side of a service");
    for (name, requests, mean, p50, p99) in [
        ("PetSearch", 464_604.0, 6.418_97, 4.403, 47.455),
        ("PetSite", 285_225.0, 94.7957, 50.638, 480.804),
        ("lambdastatusupdater", 55_990.0, 71.6347, 62.184, 247.343),
        ("payforadoption", 61_833.0, 210.380, 188.351, 609.938),
        ("petlistadoptions", 79_494.0, 22.7174, 25.001, 78.559),
    ] {
        let subject = &subjects[name];
        close(subject.requests(), requests);
        assert_eq!((subject.counts.len(), subject.counts[0].length_s), (589, 300), "{name}");
        let took = subject.duration_ms.as_ref().unwrap();
        close(took.mean.unwrap(), mean);
        let at = |share: f64| told(took, share);
        // The independent figures are of a sample of each period.
        assert!((at(0.5) / p50 - 1.0).abs() < 2e-3, "{name}: {}, wanted {p50}", at(0.5));
        assert!((at(0.99) / p99 - 1.0).abs() < 5e-3, "{name}: {}, wanted {p99}", at(0.99));
    }
    close(subjects["petInfo_AWS::DynamoDB::Table"].requests(), 495_524.0);
    let first = traffic.evidence.recorded()["PetSite"].window.first_ns;
    assert_eq!(first / 1_000_000_000, 1_692_608_400);

    let graph = corpus(&["metrics/petshop/low_traffic_graph.csv.gz"]).unwrap().evidence;
    assert_eq!(graph.calls.len(), 37, "44, of which 7 lead from a service to itself");
    assert!(graph.calls.iter().all(|call| call.calls == 0));
    let told = |from: &str, to: &str| graph.calls.iter().any(|c| c.from == from && c.to == to);
    assert!(
        told("PetSite", "PetSearch") && told("lambdastatusupdater", "petInfo_AWS::DynamoDB::Table")
    );
    assert!(!told("PetSearch", "PetSite"));
}

#[test]
fn pods_of_an_online_shop() {
    let day = "metrics/nezha/2022-08-22";
    let pods = ["frontend-579b9bff58-t2dbm", "checkoutservice-578fcf4766-9csqn"]
        .map(|pod| format!("{day}_{pod}_metric.csv.gz"));
    let Some(traffic) = corpus(&pods.each_ref().map(String::as_str)) else { return };
    for (name, cores, mean, most, requests) in [
        ("frontend", 0.004_954_52, 21.5027, 89.4961, 618_864.9),
        ("checkoutservice", 0.001_346_63, 53.6286, 96.8008, 21_473.9),
    ] {
        let subject = &traffic.evidence.subjects[name];
        let (got, looks) = subject.cpu_cores.unwrap();
        close(got, cores);
        assert_eq!(looks, 1209);
        let memory = subject.memory_mb.as_ref().unwrap();
        close(memory.mean.unwrap(), mean);
        close(memory.quantiles.last().unwrap().1, most);
        close(subject.requests(), requests);
        let shares: Vec<f64> =
            subject.duration_ms.as_ref().unwrap().quantiles.iter().map(|q| q.0).collect();
        assert_eq!(shares, [0.9, 0.95, 0.99], "the table has no median");
    }
    let front = corpus(&[&format!("{day}_front_service.csv.gz")]).unwrap().evidence;
    assert_eq!(front.subjects["Frontend"].duration_ms.as_ref().unwrap().quantiles.len(), 4);
    assert!(front.recorded().is_empty());
    for (file, calls) in [("dependency", 14), ("destination_50", 14), ("source_50", 14)] {
        let traffic = corpus(&[&format!("{day}_{file}.csv.gz")]).unwrap();
        assert_eq!(traffic.evidence.calls.len(), calls, "{file}");
    }
    // Counted calls of the traces stand beside what is only known to exist, each pair once.
    let minute = "traces/nezha/2022-08-22_03_53_trace.csv.gz";
    let both = corpus(&[&format!("{day}_dependency.csv.gz"), minute]).unwrap().evidence;
    let pairs: std::collections::BTreeSet<_> =
        both.calls.iter().map(|c| (&c.from, &c.to)).collect();
    assert_eq!((pairs.len(), both.calls.len()), (14, 14));
    assert_eq!(both.calls.iter().filter(|c| c.calls == 0).count(), 1, "checkout → currency");
}

#[test]
fn a_specification_of_load() {
    let Some(traffic) = corpus(&["traces/azure2019/faasrail_azure_spec_15rps_5min.csv"]) else {
        return;
    };
    let subjects = &traffic.evidence.subjects;
    assert_eq!((traffic.report.files[0].kept, subjects.len()), (244, 207));
    let mut minutes = [0.0; 5];
    for c in subjects.values().flat_map(|s| &s.counts) {
        minutes[(c.start_s / 60) as usize] += c.requests;
    }
    for (got, wanted) in minutes.into_iter().zip([718.0, 794.0, 860.0, 887.0, 786.0]) {
        close(got, wanted);
    }
    assert!(minutes.iter().all(|n| *n < 15.0 * 60.0), "15 a second were asked for");
    let busy: f64 =
        subjects.values().filter_map(|s| Some(s.requests() * s.duration_ms.as_ref()?.mean?)).sum();
    close(busy / 4045.0, 962.4346);
}

#[test]
fn cold_starts_by_runtime() {
    for (file, series, samples) in
        [("2025-10-17", 632, 6318), ("2026-06-15", 620, 6193), ("2026-08-22", 620, 6197)]
    {
        let Some(traffic) = corpus(&[&format!("traces/lambda_perf/{file}.json.gz")]) else {
            return;
        };
        let references = &traffic.evidence.references;
        let inits: Vec<_> = references.iter().filter(|r| r.quantity == "init time").collect();
        assert_eq!((inits.len(), traffic.report.files[0].kept), (series, series as u64));
        assert_eq!(inits.iter().map(|r| r.summary.count).sum::<u64>(), samples);
        assert!(traffic.evidence.subjects.is_empty(), "no function of yours");
        let python = |quantity: &str| {
            let of = "python3.12 | zip | 128 MB | x86_64";
            references.iter().find(|r| r.of == of && r.quantity == quantity).unwrap()
        };
        if file == "2026-08-22" {
            close(python("init time").summary.mean.unwrap(), 85.226);
            assert_eq!(python("init time").summary.quantiles[3], (0.5, 82.72));
            assert_eq!(python("memory used").summary.mean, Some(36.9));
        }
    }
}

#[test]
fn containers_in_use_are_no_requests() {
    let Some(traffic) = corpus(&["traces/azure2019/femux_100apps_containers_per_minute.csv.gz"])
    else {
        return;
    };
    let evidence = &traffic.evidence;
    assert_eq!(evidence.subjects.len(), 100);
    let all = || evidence.subjects.values().flat_map(|s| &s.in_use);
    let mut minutes = [0.0; 1440];
    for c in all() {
        minutes[(c.start_s / 60) as usize] += c.containers;
    }
    close(mean(&minutes), 25.3104);
    close(minutes.into_iter().fold(0.0, f64::max), 57.0);
    close(all().map(|c| c.containers).fold(0.0, f64::max), 9.0);
    close(all().filter(|c| c.containers == 0.0).count() as f64 / 144_000.0, 0.755_132);
    let memory = sorted(evidence.subjects.values().filter_map(|s| s.memory_mb.as_ref()?.mean));
    close(mean(&memory), 161.04);
    close(linear(&memory, 0.99), 354.0);
    let daily = sorted(evidence.subjects.values().filter_map(|s| s.untimed_requests));
    close(daily.iter().sum::<f64>(), 328_103.0);
    close(linear(&daily, 0.9), 4401.9);
    assert!(
        evidence.recorded().is_empty() && evidence.subjects.values().all(|s| s.requests() == 0.0)
    );

    let totals = corpus(&["traces/azure2019/femux_17577apps_invocations.csv.gz"]).unwrap().evidence;
    assert_eq!(totals.subjects.len(), 17_577);
    let of = sorted(totals.subjects.values().filter_map(|s| s.untimed_requests));
    close(of.iter().sum::<f64>(), 910_042_048.0);
    close(linear(&of, 0.95), 35_948.0);
    assert!(totals.recorded().is_empty());
}

#[test]
fn distributions_are_shown_as_what_they_are() {
    for (file, quantity, count, steps, wanted) in [
        ("chainlenCDF", "length", 243_047, 126, [1.0, 3.0, 20.0, 298.0]),
        ("memCDF", "", 0, 240, [140.0, 185.0, 405.0, 1460.0]),
        ("execTimeCDF", "", 0, 25_172, [670.0, 3120.0, 222_620.0, 1_571_585.0]),
        ("invokesCDF", "", 0, 4604, [74.0, 584.0, 333_222.0, 128_592_666.0]),
        ("CVs", "", 0, 17_276, [0.523_076, 1.967_105, 33.283_229, 1_448.416_387]),
    ] {
        let path = format!("traces/azure2019/serverlessbench_{file}.csv.gz");
        let Some(traffic) = corpus(&[&path]) else { return };
        let [reference] = traffic.evidence.references.as_slice() else { panic!("{file}") };
        assert_eq!(traffic.report.files[0].kept, steps, "{file}");
        assert_eq!((reference.quantity.as_str(), reference.unit), (quantity, ""));
        assert_eq!(reference.summary.count, count, "{file}");
        let shares: Vec<f64> =
            [0.5, 0.75, 0.99, 1.0].map(|share| told(&reference.summary, share)).to_vec();
        assert_eq!(shares, wanted, "{file}");
        assert!(traffic.evidence.subjects.is_empty() && traffic.evidence.recorded().is_empty());
    }
}

#[test]
fn real_files_that_break_off_are_used_up_to_the_break() {
    for path in [
        "metrics/nginx_plus_status_elastic.ndjson.gz",
        "metrics/petshop/low_traffic_noissue_metrics.csv.gz",
        "metrics/nezha/2022-08-22_frontend-579b9bff58-t2dbm_metric.csv.gz",
        "metrics/nezha/2022-08-22_front_service.csv.gz",
        "metrics/nezha/2022-08-22_source_50.csv.gz",
        "traces/lambda_perf/2026-08-22.json.gz",
        "traces/azure2019/femux_17577apps_invocations.csv.gz",
        "traces/azure2019/serverlessbench_execTimeCDF.csv.gz",
    ] {
        let Some(whole) = corpus(&[path]) else { return };
        let kept = whole.report.files[0].kept;
        #[expect(clippy::disallowed_methods, reason = "tests may read the corpora")]
        let packed =
            std::fs::read(format!("{}/{path}", std::env::var("CROSSOVER_CORPORA").unwrap()));
        let packed = packed.unwrap();
        let router = Router::all_to("all");
        let mut reading = Reading::new(&router);
        reading.file(path, &mut &packed[..packed.len() / 2]);
        let half = reading.finish();
        let file = &half.report.files[0];
        assert!(file.kept > kept / 10 && file.kept < kept, "{path}: {} of {kept}", file.kept);
        assert!(!half.evidence.is_empty(), "{path}");
        assert!(half.findings.iter().any(|f| f.message.contains(path)), "{:?}", half.findings);
    }
}

#[test]
fn every_file_is_read_or_named() {
    #[expect(clippy::disallowed_methods, reason = "tests may look for the corpora")]
    let Ok(root) = std::env::var("CROSSOVER_CORPORA") else { return };
    let (mut seen, mut aside) = (0, Vec::new());
    for folder in [
        "traces/azure2019",
        "traces/azure2021",
        "traces/lambda_measured",
        "traces/lambda_perf",
        "traces/nezha",
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
            assert_ne!(
                told,
                file.kept > 0 && !traffic.evidence.is_empty() && file.skipped == 0,
                "{name}: {file:?} {:?}",
                traffic.findings
            );
            aside.extend(told.then_some(name));
            seen += 1;
        }
    }
    assert!(seen > 40, "{seen}");
    aside.sort();
    println!("{seen} files; set aside: {aside:#?}");
}
