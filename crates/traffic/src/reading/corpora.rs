//! Real logs, read through `CROSSOVER_CORPORA`; the figures were computed by an independent program.

use super::*;

/// Reads a file of the corpora, or says that they are not there.
fn corpus(path: &str, router: &Router) -> Option<Traffic> {
    let bytes = crate::corpora::bytes(path)?;
    let mut reading = Reading::new(router);
    reading.file(path, &mut bytes.as_slice());
    Some(reading.finish())
}

fn close(got: f64, wanted: f64) {
    assert!((got / wanted - 1.0).abs() < 5e-6, "{got}, wanted {wanted}");
}

fn ids(traffic: &Traffic) -> Vec<&'static str> {
    traffic.findings.iter().map(|f| f.id).collect()
}

#[test]
fn nasa_of_july_1995() {
    let router = Router::all_to("web");
    let Some(traffic) = corpus("logs/nasa_http_jul95_first2000.log.gz", &router) else { return };
    let report = &traffic.report;
    let rhythm = report.rhythm.as_ref().unwrap();
    let second = rhythm.second.unwrap();
    assert_eq!((report.lines(), report.skipped(), report.files[0].order.back.count), (2000, 0, 0));
    assert_eq!(rhythm.first.to_string(), "1995-07-01 04:00:01");
    assert_eq!(rhythm.last.to_string(), "1995-07-01 04:33:55");
    close(rhythm.mean.hertz(), 0.983_284);
    assert_eq!((second.bins, second.peak.requests), (2035, 6));
    close(second.mean, 0.982_801);
    close(second.dispersion, 1.1782);
    assert_eq!((rhythm.minute.bins, rhythm.minute.peak.requests), (34, 85));
    close(rhythm.minute.mean, 58.8235);
    close((rhythm.minute.dispersion * rhythm.minute.mean).sqrt(), 16.0358);
    assert_eq!(report.status_classes(), [0, 1780, 210, 10, 0]);
    assert_eq!(report.status[&302], 96);
    assert_eq!(report.methods, [("GET".to_owned(), 1999), ("HEAD".to_owned(), 1)]);
    assert_eq!((report.bytes, report.bytes_known), (42_309_184, 1972));
    close(report.static_share().get(), 0.6295);
    assert_eq!(ids(&traffic), ["TR023", "TR045"]);
}

#[test]
fn apache_of_may_2015() {
    let router = Router::all_to("web");
    let Some(traffic) = corpus("logs/apache_combined_elastic.log.gz", &router) else { return };
    let report = &traffic.report;
    let rhythm = report.rhythm.as_ref().unwrap();
    let second = rhythm.second.unwrap();
    assert_eq!(
        (report.lines(), report.skipped(), report.files[0].order.back.count),
        (10_000, 0, 4915)
    );
    assert_eq!(rhythm.first.to_string(), "2015-05-17 10:05:00");
    assert_eq!(rhythm.span().secs_f64() as u64, 298_859);
    close(rhythm.mean.hertz(), 0.033_460_6);
    assert_eq!((second.bins, second.peak.requests), (298_860, 9));
    close(second.dispersion, 2.920_54);
    assert_eq!((rhythm.minute.bins, rhythm.minute.peak.requests), (4981, 136));
    close((rhythm.minute.dispersion * rhythm.minute.mean).sqrt(), 15.3713);
    assert_eq!(report.status_classes(), [0, 9171, 609, 217, 3]);
    let methods = [("GET", 9952), ("HEAD", 42), ("POST", 5), ("OPTIONS", 1)];
    assert_eq!(report.methods, methods.map(|(m, n)| (m.to_owned(), n)));
    assert_eq!((report.bytes, report.bytes_known), (2_747_282_740, 9331));
    close(report.static_share().get(), 0.5691);
    assert_eq!(ids(&traffic), ["TR022", "TR024", "TR045"], "its times were altered");
}

#[test]
fn traefik_writes_durations_and_an_unbalanced_quote() {
    let router = Router::all_to("web");
    let Some(traffic) = corpus("logs/traefik_clf_beats.log", &router) else { return };
    assert_eq!((traffic.report.requests, traffic.report.skipped()), (2, 0));
    assert_eq!(traffic.report.durations.max(), units::Duration::from_millis(3));
}

#[test]
fn balancers_proxies_and_a_cdn_are_read_whole() {
    let router = Router::all_to("web");
    // (file, format, requests, asides, longest in ms)
    for (file, format, requests, asides, longest_ms) in [
        ("alb_otelcontrib.log", "alb", 2, 0, 171.0),
        ("clb_otelcontrib.log", "clb", 2, 0, 2.471),
        ("cloudfront_elastic.log", "cloudfront", 3, 2, 103.0),
        ("envoy_elastic.log", "envoy", 5, 0, 41.0),
        ("traefik_clf_beats.log", "combined", 2, 0, 3.0),
    ] {
        let Some(traffic) = corpus(&format!("logs/{file}"), &router) else { return };
        let read = &traffic.report.files[0];
        assert_eq!(read.format, Some(format), "{file}");
        assert_eq!((read.kept, read.asides, read.skipped), (requests, asides, 0), "{file}");
        close(traffic.report.durations.max().millis_f64(), longest_ms);
    }
}

#[test]
fn a_table_of_language_model_calls() {
    let router = Router::all_to("llm");
    let path = "traces/azure_llm/AzureLLMInferenceTrace_code.csv.gz";
    let Some(traffic) = corpus(path, &router) else { return };
    let rhythm = traffic.report.rhythm.as_ref().unwrap();
    assert_eq!(traffic.report.requests, 8819);
    close(rhythm.mean.hertz(), 2.566_69);
    close(rhythm.span().secs_f64(), 3435.95);
    close(rhythm.gap_variation.unwrap(), 13.1513);
}
