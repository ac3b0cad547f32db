//! Cold starts: measured by others, by the formula, and by our pool.

use plotters::prelude::*;
use serde_json::Value;
use sim::closed::WarmPool;
use sim::function_pool::{ColdStart, CurvePass, FunctionPool, KeepAlive, PoolSettings, Unlimited};
use units::{Duration, Instant, Seed};

use super::draw::{Area, FONT, OTHERS, OURS, THEIRS};

/// What environments stayed beyond their ten minutes, as the raw requests of those runs show.
const SWEPT_AFTER_S: f64 = 30.0;

/// What one rate gives.
struct Played {
    cold_share: f64,
    environments: f64,
}

/// Poisson arrivals through a pool, counted after it has warmed up. `run` makes a service time of a second's
/// mean.
fn play(rate_hz: f64, service_s: f64, keep_alive_s: f64, exponential: bool) -> Played {
    const REQUESTS: u32 = 400_000;
    let mut random = Seed(1).stream("validation", "requests");
    let settings = PoolSettings::new(KeepAlive::fixed(Duration::from_secs_f64(keep_alive_s)));
    let luck = Seed(1).stream("validation", "keep-alive");
    let mut pool = FunctionPool::new(settings, Unlimited, luck);
    let mut t = 0.0;
    let mut offer = |pool: &mut FunctionPool<Unlimited>, n: u32| {
        for _ in 0..n {
            t += random.exponential() / rate_hz;
            let run = if exponential { random.exponential() * service_s } else { service_s };
            let at = Instant::START + Duration::from_secs_f64(t);
            pool.offer(at, Duration::from_secs_f64(run), ColdStart::default);
        }
        Instant::START + Duration::from_secs_f64(t)
    };
    let warm = offer(&mut pool, 2_000 + (5.0 * keep_alive_s * rate_hz) as u32);
    pool.start_counting(warm);
    let end = offer(&mut pool, REQUESTS);
    let usage = pool.finish(end);
    let seconds = end.since(warm).secs_f64();
    Played {
        cold_share: usage.cold as f64 / usage.arrivals as f64,
        environments: (usage.busy_nanos + usage.idle_nanos) as f64 / 1e9 / seconds,
    }
}

/// The measured operating points of AWS Lambda in 2020.
pub(crate) fn measured(area: &Area<'_>) {
    let path =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../sim/tests/data/aws_lambda_2020_measured.json");
    let data: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let number = |row: &Value, key: &str| row[key].as_f64().unwrap();
    let mut rows: Vec<&Value> = data["rows"].as_array().unwrap().iter().collect();
    rows.sort_by(|a, b| number(a, "arrivalRate").total_cmp(&number(b, "arrivalRate")));
    let mut theirs = Vec::new();
    println!("  requests/s   cold measured ± se       ours   environments measured   ours");
    for row in rows {
        let (rate, service) = (number(row, "arrivalRate"), number(row, "warmServiceMs") / 1e3);
        let (cold, error) = (number(row, "pCold"), number(row, "pColdStdErr"));
        let keep_alive = number(row, "keepAliveMinutes") * 60.0 + SWEPT_AFTER_S;
        let played = play(rate, service, keep_alive, false);
        println!(
            "  {rate:10.5}   {cold:8.4} ± {error:.4}   {:10.4}   {:21.3}   {:.3}",
            played.cold_share,
            number(row, "avgInstances"),
            played.environments
        );
        theirs.push((rate, cold, error));
    }
    let mut chart = ChartBuilder::on(area)
        .caption("AWS Lambda, 2020: share of cold requests against requests a second", FONT)
        .margin(12)
        .x_label_area_size(30)
        .y_label_area_size(56)
        .build_cartesian_2d((0.0015_f64..1.5).log_scale(), (0.0005_f64..0.6).log_scale())
        .unwrap();
    chart
        .configure_mesh()
        .disable_mesh()
        .y_label_formatter(&|share| format!("{} %", share * 100.0))
        .draw()
        .unwrap();
    let rates = (0..=60).map(|i| 10_f64.powf(-2.8 + f64::from(i) * 0.05));
    let curve =
        rates.map(|rate| (rate, play(rate, 1.981_34, 600.0 + SWEPT_AFTER_S, false).cold_share));
    chart.draw_series(LineSeries::new(curve, OURS.stroke_width(2))).unwrap();
    chart
        .draw_series(theirs.iter().map(|&(rate, cold, error)| {
            let (low, high) = ((cold - error).max(0.0005), cold + error);
            ErrorBar::new_vertical(rate, low, cold, high, OTHERS[0].filled(), 6)
        }))
        .unwrap();
}

/// The formula of the warm pool, and the simulated one.
pub(crate) fn formula(area: &Area<'_>) {
    const SERVICE_S: f64 = 2.0;
    let mut chart = ChartBuilder::on(area)
        .caption(
            "share of cold requests by requests a second: lines by formula, points simulated",
            FONT,
        )
        .margin(12)
        .x_label_area_size(30)
        .y_label_area_size(56)
        .build_cartesian_2d((0.001_f64..10.0).log_scale(), (0.000_02_f64..1.0).log_scale())
        .unwrap();
    chart
        .configure_mesh()
        .disable_mesh()
        .y_label_formatter(&|share| format!("{} %", share * 100.0))
        .draw()
        .unwrap();
    for (keep_alive, color) in [60.0, 300.0, 600.0].into_iter().zip(OTHERS) {
        let rates = || (0..=40).map(|i| 10_f64.powf(-3.0 + f64::from(i) * 0.1));
        let line =
            rates().map(|rate| (rate, WarmPool::new(rate, SERVICE_S, keep_alive).cold_share));
        chart
            .draw_series(LineSeries::new(line, color.stroke_width(1)))
            .unwrap()
            .label(format!("kept for {keep_alive} s"))
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], color));
        let points = rates().step_by(4).map(|rate| {
            let played = play(rate, SERVICE_S, keep_alive, true);
            (rate, played.cold_share)
        });
        let seen = points.filter(|(_, cold)| *cold > 0.000_02);
        chart.draw_series(seen.map(|point| Circle::new(point, 3, color.filled()))).unwrap();
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::LowerLeft)
        .border_style(THEIRS)
        .label_font(FONT)
        .draw()
        .unwrap();
}

/// Cold starts at every keep-alive from one pass, and from a run of its own at some.
pub(crate) fn one_pass(area: &Area<'_>) {
    const REQUESTS: u32 = 400_000;
    let (rate, service) = (1.157_4, 0.3);
    let mut random = Seed(1).stream("validation", "requests");
    let mut t = 0.0;
    let requests: Vec<(Instant, Duration)> = (0..REQUESTS)
        .map(|_| {
            t += random.exponential() / rate;
            let run = Duration::from_secs_f64(random.exponential() * service);
            (Instant::START + Duration::from_secs_f64(t), run)
        })
        .collect();
    let mut pass = CurvePass::new(Duration::from_millis(1));
    for &(at, run) in &requests {
        pass.offer(at, run);
    }
    let curves = pass.finish();
    let kept = |seconds: f64| KeepAlive::fixed(Duration::from_secs_f64(seconds));
    let exact = |seconds: f64| {
        let luck = Seed(1).stream("validation", "keep-alive");
        let mut pool = FunctionPool::new(PoolSettings::new(kept(seconds)), Unlimited, luck);
        for &(at, run) in &requests {
            pool.offer(at, run, ColdStart::default);
        }
        pool.finish(Instant::START).cold as f64
    };
    let mut chart = ChartBuilder::on(area)
        .caption(
            "cold starts of 400,000 requests by keep-alive: one pass, and runs of their own",
            FONT,
        )
        .margin(12)
        .x_label_area_size(30)
        .y_label_area_size(56)
        .build_cartesian_2d((5.0_f64..1000.0).log_scale(), (100.0_f64..200_000.0).log_scale())
        .unwrap();
    chart
        .configure_mesh()
        .disable_mesh()
        .x_label_formatter(&|seconds| format!("{seconds} s"))
        .y_label_formatter(&|count| format!("{count:.0}"))
        .draw()
        .unwrap();
    let line = (0..=100).map(|i| 10_f64.powf(0.7 + f64::from(i) * 0.023));
    let line = line.map(|seconds| (seconds, curves.cold_starts(kept(seconds), 0)));
    chart.draw_series(LineSeries::new(line, OURS.stroke_width(2))).unwrap();
    let mut worst: f64 = 0.0;
    let points = [10.0, 30.0, 60.0, 120.0, 300.0, 600.0].map(|seconds| {
        let own = exact(seconds);
        worst = worst.max((curves.cold_starts(kept(seconds), 0) / own - 1.0).abs());
        (seconds, own)
    });
    println!("  largest difference from a run of its own: {:.2} %", worst * 100.0);
    chart.draw_series(points.map(|point| Circle::new(point, 4, OTHERS[0].filled()))).unwrap();
}
