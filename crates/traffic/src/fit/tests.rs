//! Fitted and regenerated, a real load keeps what decides: mean, peak, dispersion and cold starts.

use std::collections::BTreeMap;
use std::io::Read;

use model::{Demand, Distribution, Fact};
use sim::function_pool::{self, ColdStart, KeepAlive, PoolSettings, Unlimited};
use units::{Instant, Request, Seed};

use super::*;
use crate::Reading;
use crate::recorded::Window;
use crate::router::Router;

/// How far a regenerated statistic may be from the recording's.
const WITHIN: f64 = 0.10;
const SEEDS: u64 = 20;

/// What is compared.
#[derive(Debug, Clone, Copy)]
struct Figures {
    requests: f64,
    busiest_minute: f64,
    dispersion_second: f64,
    dispersion_ten_seconds: f64,
    dispersion_minute: f64,
    cold_share: f64,
}

/// The figures of several functions together; each has a pool of its own that keeps environments ten minutes.
fn figures(functions: &[Vec<Request>]) -> Figures {
    let mut at: Vec<u64> = functions.iter().flatten().map(|r| r.at.nanos()).collect();
    at.sort_unstable();
    let of = |seconds: u64| {
        let mut bins = crate::statistics::Bins::new(seconds * 1_000_000_000);
        for at in &at {
            bins.add(*at, 1);
        }
        bins.finish()
    };
    let mut cold = 0;
    for requests in functions {
        let settings = PoolSettings::new(KeepAlive::fixed(Duration::from_secs(600)));
        let luck = Seed(1).stream("test", "pool");
        let requests = requests.iter().copied();
        let usage = function_pool::run(
            requests,
            1.0,
            settings,
            Unlimited,
            luck,
            ColdStart::default,
            Instant::START,
        );
        cold += usage.cold;
    }
    Figures {
        requests: at.len() as f64,
        busiest_minute: of(60).peak.requests as f64,
        dispersion_second: of(1).dispersion,
        dispersion_ten_seconds: of(10).dispersion,
        dispersion_minute: of(60).dispersion,
        cold_share: cold as f64 / at.len() as f64,
    }
}

fn demand(recorded: &Recorded, otherwise: Duration) -> Demand {
    let service = recorded.fit().unwrap().service;
    let wait = match service {
        Fact::Unknown => Fact::assumed(Distribution::Constant(otherwise), "for the test"),
        known => known,
    };
    Demand { cpu: Fact::assumed(Distribution::Constant(Duration::ZERO), ""), wait, duration: None }
}

fn played(workload: &Workload, demand: &Demand, seed: u64, owner: &str) -> Vec<Request> {
    // A thin load is played for several cycles; one is compared.
    let mut requests = workload.replay(demand, Seed(seed), owner, usize::MAX).requests;
    requests.retain(|r| r.at < Instant::START + workload.cycle);
    requests
}

/// A recording of several functions, played and regenerated with several seeds.
struct Compared {
    what: &'static str,
    recorded: Vec<Figures>,
    regenerated: Vec<Figures>,
}

type Figure = fn(&Figures) -> f64;

impl Compared {
    fn new(what: &'static str, functions: &BTreeMap<String, Recorded>) -> Self {
        let play = |load: fn(&Recorded) -> Workload| -> Vec<Figures> {
            let all: Vec<(&String, Workload, Demand)> = functions
                .iter()
                .map(|(id, r)| (id, load(r), demand(r, Duration::from_millis(200))))
                .collect();
            let with =
                |seed| all.iter().map(|(id, w, d)| played(w, d, seed, id)).collect::<Vec<_>>();
            (1..=SEEDS).map(|seed| figures(&with(seed))).collect()
        };
        // Where a recording tells no more than seconds, its own replay depends on the seed too.
        let recorded = play(Recorded::workload);
        let regenerated = play(|r| r.refitted().unwrap());
        Self { what, recorded, regenerated }
    }

    /// What is kept: every seed by itself.
    fn keeps(&self) -> &Self {
        let figures: [(&str, Figure); 3] = [
            ("requests", |f| f.requests),
            ("busiest minute", |f| f.busiest_minute),
            ("dispersion by minute", |f| f.dispersion_minute),
        ];
        for (name, figure) in figures {
            let recorded = mean(&self.recorded, figure);
            self.regenerated.iter().for_each(|f| self.close(name, recorded, figure(f)));
        }
        self
    }

    /// What is drawn: all seeds together.
    fn draws(&self, name: &str, figure: Figure) -> &Self {
        self.close(name, mean(&self.recorded, figure), mean(&self.regenerated, figure));
        self
    }

    fn close(&self, name: &str, recorded: f64, regenerated: f64) {
        let what = self.what;
        let told = format!("{what}: {name}: recorded {recorded:.4}, regenerated {regenerated:.4}");
        eprintln!("{told}");
        assert!((regenerated / recorded - 1.0).abs() <= WITHIN, "{told}");
    }
}

fn mean(all: &[Figures], figure: Figure) -> f64 {
    all.iter().map(figure).sum::<f64>() / all.len() as f64
}

fn preserved(what: &'static str, functions: &BTreeMap<String, Recorded>) {
    Compared::new(what, functions)
        .keeps()
        .draws("dispersion by ten seconds", |f| f.dispersion_ten_seconds)
        .draws("dispersion by second", |f| f.dispersion_second)
        .draws("cold share", |f| f.cold_share);
}

/// Reads a file of the corpora, or says that they are not there.
fn unpacked(bytes: &[u8]) -> String {
    let mut text = String::new();
    flate2::read::MultiGzDecoder::new(bytes).read_to_string(&mut text).unwrap();
    text
}

/// (function, arrival in seconds, duration in seconds).
fn azure_2021() -> Option<Vec<(String, f64, f64)>> {
    let text =
        String::from_utf8(crate::corpora::bytes("traces/azure2021/Azure2021_200.csv")?).unwrap();
    let row = |line: &str| {
        let fields: Vec<&str> = line.split(',').collect();
        let (end, duration): (f64, f64) = (fields[2].parse().unwrap(), fields[3].parse().unwrap());
        (format!("{}/{}", fields[0], fields[1]), end - duration, duration)
    };
    Some(text.lines().skip(1).map(row).collect())
}

fn recorded(mut arrivals: Vec<(f64, f64)>, window: Window) -> Recorded {
    arrivals.sort_by(|a, b| a.0.total_cmp(&b.0));
    let events = Events::Exact {
        times_ns: arrivals.iter().map(|(at, _)| (at * 1e9) as u64).collect(),
        durations_us: arrivals.iter().map(|(_, length)| (length * 1e6) as u32).collect(),
    };
    Recorded { window, events, name: "Azure2021_200.csv".to_owned() }
}

#[test]
fn azure_2021_by_function() {
    let Some(rows) = azure_2021() else { return };
    let window = Window { first_ns: 0, last_ns: 1_200_014_798_054 };
    let mut functions: BTreeMap<String, Vec<(f64, f64)>> = BTreeMap::new();
    for (function, at, duration) in rows {
        functions.entry(function).or_default().push((at, duration));
    }
    let functions = functions.into_iter().map(|(id, rows)| (id, recorded(rows, window))).collect();
    // Functions are fitted one by one: that two of them are called within the same second is not kept, so the
    // dispersion below a minute is compared for all of them as one.
    Compared::new("Azure 2021 by function", &functions)
        .keeps()
        .draws("cold share", |f| f.cold_share);
}

#[test]
fn azure_2021_as_one() {
    let Some(rows) = azure_2021() else { return };
    let window = Window { first_ns: 0, last_ns: 1_200_014_798_054 };
    let rows = rows.into_iter().map(|(_, at, duration)| (at, duration)).collect();
    let all = BTreeMap::from([("all".to_owned(), recorded(rows, window))]);
    // Thirty-one functions do not share a pool: their cold starts are compared one by one.
    Compared::new("Azure 2021 as one", &all)
        .keeps()
        .draws("dispersion by ten seconds", |f| f.dispersion_ten_seconds)
        .draws("dispersion by second", |f| f.dispersion_second);
}

#[test]
fn nasa() {
    let Some(log) = crate::corpora::bytes("logs/nasa_http_jul95_first2000.log.gz") else { return };
    let router = Router::all_to("web");
    let mut reading = Reading::new(&router);
    reading.file("nasa", &mut log.as_slice());
    preserved("NASA", &reading.finish().per_component);
}

#[test]
fn world_cup() {
    let Some(packed) =
        crate::corpora::bytes("traces/worldcup98/requests_per_minute_until_1998-06-14.csv.gz")
    else {
        return;
    };
    // The first fourteen days, one in a hundred requests: the whole has 352 million.
    let text = unpacked(&packed);
    let rows = text.lines().skip(1).filter_map(|line| line.split_once(','));
    let minutes: Vec<u32> = rows.map(|(_, n)| n.parse().unwrap()).take(14 * 1440).collect();
    let mut due = 0.0;
    let counts: Vec<(u32, u32)> = (0..)
        .zip(&minutes)
        .map(|(minute, n)| {
            let before = f64::floor(due);
            due += f64::from(*n) / 100.0;
            (minute, (due.floor() - before) as u32)
        })
        .filter(|(_, n)| *n > 0)
        .collect();
    let minute = Duration::MINUTE.nanos();
    let window = Window { first_ns: 0, last_ns: minutes.len() as u64 * minute - 1 };
    let events = Events::Counted { tick: Duration::MINUTE, counts };
    let all = Recorded { window, events, name: "worldcup98".to_owned() };
    preserved("World Cup 1998", &BTreeMap::from([("web".to_owned(), all)]));
}

#[test]
fn the_same_seed_gives_the_same_load_and_another_one_another() {
    let times_ns = (0..5_000_u64).map(|i| i * i * 7_001).collect();
    let events = Events::Exact { times_ns, durations_us: Vec::new() };
    let window = Window { first_ns: 0, last_ns: 4_999 * 4_999 * 7_001 };
    let recorded = Recorded { window, events, name: "test".to_owned() };
    let fit = recorded.refitted().unwrap();
    let demand = demand(&recorded, Duration::SECOND);
    assert_eq!(played(&fit, &demand, 1, "a"), played(&fit, &demand, 1, "a"));
    assert_ne!(played(&fit, &demand, 1, "a"), played(&fit, &demand, 2, "a"));
    assert_eq!(played(&fit, &demand, 3, "a").len(), 5_000);
    let twice = fit.scaled(2.0);
    assert_eq!(played(&twice, &demand, 3, "a").len(), 10_000);
}

#[test]
fn few_and_equal_moments_have_a_fit_without_gaps() {
    for times_ns in [vec![5], vec![5, 5, 5]] {
        let n = times_ns.len() as u64;
        let events = Events::Exact { times_ns, durations_us: Vec::new() };
        let window = Window { first_ns: 5, last_ns: 5 };
        let fit = Recorded { window, events, name: String::new() }.fit().unwrap();
        assert_eq!((fit.requests, fit.day, fit.week), (n, None, None));
        assert_eq!((fit.gap_variation, fit.service), (Fact::Unknown, Fact::Unknown));
        assert!(fit.mean.get().unwrap().hertz().is_finite());
    }
}
