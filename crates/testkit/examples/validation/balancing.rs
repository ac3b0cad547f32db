//! What the load-balancing rule does to waiting, at the same pods and the same load.

use plotters::prelude::*;
use sim::pods::{Balancing, Fixed, Setup, run};
use units::{Duration, Instant, Millicores, Request, Seed};

use super::draw::{Area, FONT, OTHERS, OURS, THEIRS};

const PODS: u32 = 100;
const SERVICE_S: f64 = 0.1;
const REQUESTS: u32 = 400_000;

/// Mean time in the system in units of the service time, at a share of the pods' CPU.
fn stretch(balancing: Balancing, utilization: f64) -> f64 {
    let rate = f64::from(PODS) * utilization / SERVICE_S;
    let mut random = Seed(1).stream("validation", "requests");
    let mut t = 0.0;
    let requests: Vec<Request> = (0..REQUESTS)
        .map(|_| {
            t += random.exponential() / rate;
            let cpu = Duration::from_secs_f64(random.exponential() * SERVICE_S);
            Request { at: Instant::START + Duration::from_secs_f64(t), cpu, wait: Duration::ZERO }
        })
        .collect();
    let setup = Setup {
        capacity: Millicores::new(1000),
        concurrency: u32::MAX,
        queue: 0,
        queue_timeout: Duration::HOUR,
        balancing,
        step: Duration::HOUR,
    };
    let until = Instant::START + Duration::from_secs_f64(t + 60.0);
    let luck = Seed(1).stream("validation", "balancing");
    let outcome = run(&setup, &requests, until, luck, &mut Fixed(PODS));
    let buckets = outcome.latency.buckets();
    let sum: f64 = buckets.map(|(latency, n)| latency.secs_f64() * n as f64).sum();
    sum / outcome.served as f64 / SERVICE_S
}

/// Response time against utilization, by balancing rule.
pub(crate) fn waits(area: &Area<'_>) {
    let mut chart = ChartBuilder::on(area)
        .caption("100 pods: time of a request in service times, by utilization of their CPU", FONT)
        .margin(12)
        .x_label_area_size(30)
        .y_label_area_size(40)
        .build_cartesian_2d(0.4_f64..1.0, (1.0_f64..30.0).log_scale())
        .unwrap();
    chart
        .configure_mesh()
        .disable_mesh()
        .x_label_formatter(&|share| format!("{:.0} %", share * 100.0))
        .draw()
        .unwrap();
    let formula = (0..=110).map(|i| 0.4 + f64::from(i) * 0.005).map(|u| (u, 1.0 / (1.0 - u)));
    chart
        .draw_series(LineSeries::new(formula, THEIRS.stroke_width(6)))
        .unwrap()
        .label("formula at random (M/G/1 processor sharing)")
        .legend(|(x, y)| PathElement::new([(x, y), (x + 18, y)], THEIRS.stroke_width(6)));
    let rules = [
        ("random (kube-proxy)", Balancing::Random, OURS),
        ("round robin", Balancing::RoundRobin, OTHERS[0]),
        ("better of two", Balancing::PowerOfTwo, OTHERS[1]),
        ("least requests", Balancing::LeastRequests, OTHERS[2]),
    ];
    println!("  at 90 % of the CPU, in service times:");
    for (name, balancing, color) in rules {
        let at = [0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.93, 0.95];
        let points: Vec<(f64, f64)> = at.iter().map(|&u| (u, stretch(balancing, u))).collect();
        println!("  {name:20} {:6.2}", points[6].1);
        chart
            .draw_series(LineSeries::new(points, color.stroke_width(2)).point_size(3))
            .unwrap()
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], color));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .border_style(THEIRS)
        .label_font(FONT)
        .draw()
        .unwrap();
}
