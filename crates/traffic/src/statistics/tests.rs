//! The statistics of real traces, computed by an independent program (`trace_stats.json`), to its six digits.

use std::io::Read as _;

use super::*;
use crate::recorded::Events;
use crate::router::Router;
use crate::{Reading, Traffic};

fn read(mut bytes: &[u8]) -> Traffic {
    let router = Router::all_to("all");
    let mut reading = Reading::new(&router);
    reading.file("trace.csv", &mut bytes);
    reading.finish()
}

fn each(traffic: &Traffic) -> Vec<(u64, u64)> {
    traffic.per_component["all"].events.each().map(|(at, n)| (at, u64::from(n))).collect()
}

/// Equal to six digits, the last one give or take one for what was rounded before.
fn six(got: f64, wanted: f64) {
    assert!((six_digits(got) / wanted - 1.0).abs() < 5.1e-6, "{got}, wanted {wanted}");
}

#[test]
fn azure_language_models_of_2023() {
    let Some(bytes) = crate::corpora::bytes("traces/azure_llm/AzureLLMInferenceTrace_code.csv.gz")
    else {
        return;
    };
    let a = arrived(each(&read(&bytes)).into_iter()).unwrap();
    assert_eq!((a.n, a.peak_second, a.peak_minute), (8819, 67, 632));
    six(a.first_ns as f64 / 1e9, 1_700_158_623.979_96);
    six((a.last_ns - a.first_ns) as f64 / 1e9, 3435.95);
    six(a.mean_hertz.unwrap(), 2.566_69);
    six(a.gap_mean_s.unwrap(), 0.389_652);
    six(a.gap_variation.unwrap(), 13.1513);
}

#[test]
fn azure_functions_of_2021() {
    let Some(bytes) = crate::corpora::bytes("traces/azure2021/Azure2021_200.csv") else { return };
    let text = String::from_utf8(bytes).unwrap();
    let mut arrivals: Vec<(u64, f64)> = text
        .lines()
        .skip(1)
        .map(|line| {
            let fields: Vec<f64> = line.split(',').skip(2).map(|f| f.parse().unwrap()).collect();
            // The log's end times carry the noise of single precision.
            (((fields[0] - fields[1]) * 1e9).round() as u64, fields[1])
        })
        .collect();
    arrivals.sort_by_key(|(at, _)| *at);
    let a = arrived(arrivals.iter().map(|(at, _)| (*at, 1))).unwrap();
    assert_eq!((a.n, a.peak_second, a.peak_minute), (199, 22, 42));
    six(a.mean_hertz.unwrap(), 0.165_831);
    six(a.gap_mean_s.unwrap(), 6.060_67);
    six(a.gap_variation.unwrap(), 1.864_09);
    let d = Summary::of(&arrivals.iter().map(|(_, d)| *d).collect::<Vec<_>>()).unwrap();
    assert_eq!(d.n, 199);
    six(d.mean, 53.2622);
    six(d.deviation, 100.643);
    assert_eq!((d.min, d.max), (0.0, 404.987));
    assert_eq!((d.linear[0], d.nearest_rank[0]), (0.0, 0.0));
    let linear = [0.0138, 0.1035, 1.634, 45.2185, 202.81, 330.023, 358.146, 395.765];
    let nearest = [0.012, 0.101, 1.634, 45.851, 237.704, 336.498, 358.411, 404.987];
    for i in 0..8 {
        six(d.linear[i + 1], linear[i]);
        six(d.nearest_rank[i + 1], nearest[i]);
    }
}

#[test]
fn world_cup_of_1998() {
    let Some(bytes) =
        crate::corpora::bytes("traces/worldcup98/requests_per_minute_until_1998-06-14.csv.gz")
    else {
        return;
    };
    let mut text = String::new();
    flate2::read::MultiGzDecoder::new(bytes.as_slice()).read_to_string(&mut text).unwrap();
    let mut bins = Bins::new(60_000_000_000);
    let mut counts = Vec::new();
    for line in text.lines().skip(1) {
        let (at, n) = line.split_once(',').unwrap();
        let at: jiff::civil::DateTime = at.parse().unwrap();
        let second = at.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp().as_second();
        let n: u64 = n.parse().unwrap();
        bins.add(second as u64 * 1_000_000_000, n);
        counts.push((n as f64, 1));
    }
    let minute = bins.finish();
    assert_eq!((minute.bins, minute.empty, minute.peak.requests), (64_950, 10, 128_565));
    assert_eq!(minute.peak.at.to_string(), "1998-06-10 17:26:00");
    six(minute.mean, 5417.99);
    six(minute.peak_to_mean(), 23.7293);
    six(minute.dispersion, 20_816.5);
    // Ten minutes without a row are zeros, not missing time.
    counts.push((0.0, minute.empty));
    let s = Summary::weighted(&counts).unwrap();
    assert_eq!((s.n, s.min, s.max), (64_950, 0.0, 128_565.0));
    six(s.deviation, 10_620.0);
    let linear = [328.0, 490.0, 1073.25, 1970.0, 4383.0, 13_941.1, 21_669.2, 56_890.1, 109_908.0];
    let nearest = [328.0, 490.0, 1073.0, 1970.0, 4383.0, 13_941.0, 21_671.0, 56_967.0, 109_985.0];
    for i in 0..9 {
        six(s.linear[i], linear[i]);
        six(s.nearest_rank[i], nearest[i]);
    }
}

#[test]
fn events_of_both_kinds_are_arrivals() {
    let counted = Events::Counted { tick: units::Duration::SECOND, counts: vec![(10, 3), (12, 1)] };
    let a = arrived(counted.each().map(|(at, n)| (at, u64::from(n)))).unwrap();
    assert_eq!((a.n, a.peak_second, a.mean_hertz), (4, 3, Some(2.0)));
}
