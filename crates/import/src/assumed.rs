//! What imported definitions cannot say and an answer cannot do without: load and work.
//!
//! Our own format leaves these open and asks. A compose file has no place for them, so that a first answer rests
//! on a round figure, which the report lists before everything else, with the flag that replaces it.

use model::{App, Component, Distribution, Fact, Kind, Load};
use units::{Duration, Rate};

use crate::defaults;

/// Requests a month at each entry of the application.
pub const REQUESTS_MONTH: u64 = 1_000_000;
/// CPU time of a request on one vCPU.
pub const CPU: Duration = Duration::from_millis(20);
/// Waiting of a request.
pub const WAIT: Duration = Duration::from_millis(80);

/// CPU time of a run at a release: a framework starts and changes a handful of tables.
pub const RUN_CPU: Duration = Duration::from_secs(5);
/// Waiting of such a run.
pub const RUN_WAIT: Duration = Duration::from_secs(15);

/// Fills load and work where nobody knows them, and settles who is called by whom.
pub fn settle(app: &mut App) {
    for at in 0..app.components.len() {
        let id = &app.components[at].id;
        let called = app.edges.iter().any(|edge| edge.to == *id);
        let feeds = app.edges.iter().any(|edge| edge.from == *id);
        let component = &mut app.components[at];
        if component.load == Load::Unknown {
            component.load = load(component, called, feeds);
        }
        if called && component.load == Load::Derived && !component.public.is_known() {
            component.public = defaults::internal();
        }
        if component.kind != Kind::Stateful {
            work(component);
        }
    }
}

/// The load of a component about which nobody said anything.
///
/// What keeps data and feeds others (a queue, a bucket or a table with a stream) is filled from elsewhere if no
/// component here does.
fn load(component: &Component, called: bool, feeds: bool) -> Load {
    if called {
        return Load::Derived;
    }
    if component.kind == Kind::Stateful && !feeds {
        return Load::Unknown;
    }
    let note = format!(
        "no definition says how often it is called; write `--set {}.load=3M/month`, or give a log with `--traffic`",
        component.id
    );
    let rate = Rate::parse(&format!("{REQUESTS_MONTH}/month")).expect("a round number is a rate");
    Load::Rate { rate: Fact::assumed(rate, note), shapes: Vec::new() }
}

fn work(component: &mut Component) {
    let demand = &mut component.demand;
    if demand.cpu.value().is_some() || demand.wait.value().is_some() || demand.duration.is_some() {
        return;
    }
    let (what, cpu, wait, other) = match component.kind {
        Kind::Job => ("run", RUN_CPU, RUN_WAIT, ("1s", "10s")),
        _ => ("request", CPU, WAIT, ("5ms", "50ms")),
    };
    let note = |key: &str, value: &str| {
        format!(
            "no definition says how much work a {what} is; write `--set {}.{key}={value}`",
            component.id
        )
    };
    demand.cpu = Fact::assumed(Distribution::Constant(cpu), note("cpu", other.0));
    demand.wait = Fact::assumed(Distribution::Constant(wait), note("wait", other.1));
}
