//! What flows through a component in a month: the same whatever it runs on.

use model::{App, Component, Edge, Engine, Fact, Kind, Need};
use units::{Bytes, Duration};

use crate::case::Case;
use crate::usage::Flow;

/// A request's mean size, headers included, where only the largest body is declared: most requests carry
/// no body at all. It feeds load-balancer capacity only; bytes in are free everywhere else.
const REQUEST_MEAN: Bytes = Bytes::from_kib(2);

/// How long a WebSocket connection stays open where nobody says: ten minutes, the idle limit of the
/// managed gateway.
pub const CONNECTION_ASSUMED: Duration = Duration::from_secs(600);

/// How often one connection sends a message where nobody says.
pub const MESSAGE_EVERY_ASSUMED: Duration = Duration::from_secs(30);

/// What flows through the component of `case` in a month.
///
/// A request of a WebSocket component is a message. With one message every so often on each connection, the
/// rate says how many connections are open: rate × time between messages.
pub fn of(case: &Case<'_>) -> Flow {
    let (component, workload) = (case.component, case.workload);
    let requests = workload.requests_month();
    let bytes = |size: Option<Bytes>| u128::from(requests) * u128::from(size.map_or(0, Bytes::get));
    let body = component.request_bytes.get().map_or(REQUEST_MEAN, |b| b.min(REQUEST_MEAN));
    let sockets = connections(component);
    let opened = |(stays, every): (Duration, Duration)| {
        let share = every.secs_f64() / stays.secs_f64().max(every.secs_f64());
        (requests as f64 * share).ceil() as u64
    };
    Flow {
        requests,
        bytes_in: bytes(Some(body)),
        bytes_out_internet: if reaches_internet(component) {
            bytes(component.response_bytes.get())
        } else {
            0
        },
        bytes_out_internal: internal_bytes(case, requests),
        log_bytes: bytes(component.log_bytes.get()),
        connections: sockets.map_or(requests, opened),
        connection_minutes: sockets.map_or(0, |(_, every)| {
            u128::from(requests) * u128::from(every.nanos()) / u128::from(Duration::MINUTE.nanos())
        }),
        messages: if sockets.is_some() { requests } else { 0 },
        queue_calls: None,
    }
}

/// How long a client stays connected, and how often it sends a message; `None` where requests are plain.
pub fn connections(component: &Component) -> Option<(Duration, Duration)> {
    component.needs.has(Need::WebSockets).then(|| session(component))
}

/// How long a session lasts, and how often it asks for something, where an instance keeps its state.
pub fn session(component: &Component) -> (Duration, Duration) {
    let declared = |fact: &Option<Fact<Duration>>| fact.as_ref().and_then(Fact::get);
    let stays = declared(&component.connection).unwrap_or(CONNECTION_ASSUMED);
    (stays, declared(&component.message_every).unwrap_or(MESSAGE_EVERY_ASSUMED))
}

/// Whether clients on the internet read its answers.
pub fn reaches_internet(component: &Component) -> bool {
    matches!(component.kind, Kind::Http | Kind::Static) && component.public.get() == Some(true)
}

/// Whether messages come from a store that is planned and billed by itself: then there is no further queue in
/// front of the worker.
pub(crate) fn is_fed_by_a_store(app: &App, component: &str) -> bool {
    fed_by(app, component).is_some_and(Engine::holds_messages)
}

/// The engine of the store that a worker has its work from: of several the one that holds messages.
pub(crate) fn fed_by(app: &App, component: &str) -> Option<Engine> {
    let engine = |id: &str| app.component(id)?.engine.as_ref().and_then(Fact::get);
    let feeding = app.edges.iter().filter(|edge| edge.to == component);
    let engines: Vec<Engine> = feeding.filter_map(|edge| engine(&edge.from)).collect();
    engines.iter().find(|engine| engine.holds_messages()).or(engines.first()).copied()
}

/// Bytes there and back on the calls that the component makes to others.
fn internal_bytes(case: &Case<'_>, requests: u64) -> u128 {
    let edges = case.app.edges.iter().filter(|edge| edge.from == case.component.id);
    edges.map(|edge| bytes_of(edge, requests)).sum()
}

/// Bytes there and back on the calls of an edge whose caller has so many requests.
pub fn bytes_of(edge: &Edge, requests: u64) -> u128 {
    let each = edge.bytes.get().map_or(0, Bytes::get) as f64;
    (requests as f64 * edge.calls_per_request * each).round() as u128
}
