//! An application as a `crossover.yaml`: what `crossover init --from` makes of the definitions that a team has.
//!
//! A value that somebody declared stands as it is, with its place behind it. A value that the reader of this file
//! would assume all the same stands as a comment, so that it stays an assumption. What nobody knows is a question.

mod containers;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use model::{
    App, Architecture, CallKind, Component, Discount, Edge, Fact, Kind, KubernetesSkill, Load,
    Need, Network, Origin, OriginKind, Package,
};
use source::{Severity, SourceMap, Span};

use super::Native;
use super::calls::takes_messages;
use super::render::{bytes, distribution, flow, list, quoted, rate, shape, share, span as time};
use crate::{Importer as _, Project, defaults, demand};

/// Column in which the comments of short lines begin.
const COMMENT_AT: usize = 40;
/// Letters of a comment at most.
const COMMENT_MAX: usize = 160;
/// Times that the text is read again to find lines that our format refuses.
const ROUNDS: usize = 4;
/// Letters of an id at most, less room for a number that makes it unique.
const ID_MAX: usize = 58;

/// The application as a file in our own format, which the reader reads without an error as the same application.
///
/// What the format cannot hold (a size out of range, say) stands as a comment with the reason.
pub fn write(app: &App, sources: &SourceMap) -> String {
    let mut lines = Writer::new(app, sources).lines();
    for _ in 0..ROUNDS {
        let text = joined(&lines);
        let refused = refused(&text);
        if refused.is_empty() {
            return text;
        }
        for (number, why) in refused {
            if let Some(line) = lines.get_mut(number.saturating_sub(1)) {
                line.live = false;
                line.comment = format!("left out: {why}");
            }
        }
    }
    joined(&lines)
}

/// The lines that the reader refuses, with the reason.
fn refused(text: &str) -> BTreeMap<usize, String> {
    let mut sources = SourceMap::default();
    let file = sources.add("crossover.yaml", text);
    let (_, findings) = Native.read(&Project::new(&sources, ""), &[file]);
    let errors = findings.into_iter().filter(|f| f.severity == Severity::Error);
    let placed = errors.filter_map(|f| Some((f.labels.first()?.span, f.message)));
    placed.map(|(span, why)| (sources.line_column(span).0, why)).collect()
}

/// One line of the file.
struct Line {
    indent: usize,
    text: String,
    comment: String,
    /// Whether it counts; a line that does not is a comment as a whole.
    live: bool,
}

fn joined(lines: &[Line]) -> String {
    let mut out = String::new();
    for line in lines {
        let mark = if line.live || line.text.is_empty() { "" } else { "# " };
        let mut whole = format!("{:indent$}{mark}{}", "", line.text, indent = line.indent);
        if !line.comment.is_empty() {
            let comment = one_line(&line.comment);
            whole = if line.text.is_empty() {
                format!("{whole}# {comment}")
            } else {
                format!("{whole:<COMMENT_AT$} # {comment}")
            };
        }
        let _ = writeln!(out, "{}", whole.trim_end());
    }
    out
}

/// Text that cannot leave its comment.
fn one_line(text: &str) -> String {
    let plain =
        |c: char| if c.is_control() || "\u{2028}\u{2029}\u{feff}".contains(c) { ' ' } else { c };
    let mut short: String = text.chars().take(COMMENT_MAX).map(plain).collect();
    if text.chars().count() > COMMENT_MAX {
        short.push('…');
    }
    short
}

struct Writer<'a> {
    app: &'a App,
    sources: &'a SourceMap,
    /// Each component's id in the file: other formats allow letters that ours does not.
    ids: BTreeMap<&'a str, String>,
    lines: Vec<Line>,
}

/// What a fact is to the reader of the file.
enum Standing {
    /// It counts, and this is where it comes from.
    Live(String),
    /// The reader assumes the same: it stays a comment.
    Assumed(String),
}

impl<'a> Writer<'a> {
    fn new(app: &'a App, sources: &'a SourceMap) -> Self {
        Self { app, sources, ids: ids(app), lines: Vec::new() }
    }

    fn lines(mut self) -> Vec<Line> {
        self.remark(
            0,
            "Written by `crossover init --from`. Behind each value stands where it comes from.",
        );
        self.remark(0, "A line that begins with `#` is what is assumed without it, or a question; a line without one counts as declared:");
        self.remark(0, "replace what says `assumed` with what you know.");
        self.root();
        self.blank();
        self.put(0, "components:".to_owned(), "", true);
        for component in &self.app.components {
            self.component(component);
            self.blank();
        }
        while self.lines.last().is_some_and(|line| line.text.is_empty() && line.comment.is_empty())
        {
            self.lines.pop();
        }
        self.lines
    }

    fn put(&mut self, indent: usize, text: String, comment: &str, live: bool) {
        self.lines.push(Line { indent, text, comment: comment.to_owned(), live });
    }
    fn remark(&mut self, indent: usize, comment: &str) {
        self.put(indent, String::new(), comment, false);
    }
    fn blank(&mut self) {
        self.put(0, String::new(), "", false);
    }
    fn place(&self, span: Option<Span>) -> String {
        span.map_or_else(String::new, |span| self.sources.place(span))
    }
    fn from(&self, origin: &Origin) -> String {
        let place = self.place(origin.span);
        let word = match origin.kind {
            OriginKind::Declared => "",
            OriginKind::Measured => "measured",
            OriginKind::PlatformDefault => "the platform's default",
            OriginKind::Assumed => "assumed",
        };
        let all = [place.as_str(), word, origin.note.as_str()];
        all.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": ")
    }
    fn standing<T: PartialEq>(&self, fact: &Fact<T>, base: Option<&T>) -> Standing {
        match fact {
            Fact::Assumed(value, origin) if Some(value) == base => {
                Standing::Assumed(self.from(origin))
            }
            fact => Standing::Live(fact.origin().map_or_else(String::new, |o| self.from(o))),
        }
    }

    /// `key: value`, or the question if nobody knows it.
    fn fact<T: PartialEq>(
        &mut self,
        indent: usize,
        key: &str,
        fact: &Fact<T>,
        base: Option<&T>,
        shown: impl FnOnce(&T) -> String,
    ) {
        let Some(value) = fact.value() else {
            let what = super::keys::COMPONENT.key(key).or_else(|| super::keys::ROOT.key(key));
            let (example, about) = what.map_or(("", ""), |k| (k.example, k.about));
            self.put(
                indent,
                format!("{key}: {example}"),
                &format!("nobody says; for example. {about}"),
                false,
            );
            return;
        };
        let text = format!("{key}: {}", shown(value));
        match self.standing(fact, base) {
            Standing::Live(comment) => self.put(indent, text, &comment, true),
            Standing::Assumed(comment) => self.put(indent, text, &comment, false),
        }
    }
    fn some<T: PartialEq>(
        &mut self,
        key: &str,
        fact: Option<&Fact<T>>,
        base: Option<&T>,
        shown: impl FnOnce(&T) -> String,
    ) {
        if let Some(fact) = fact {
            self.fact(4, key, fact, base, shown);
        }
    }

    fn root(&mut self) {
        let (app, base) = (self.app, defaults::app(""));
        self.put(0, format!("name: {}", quoted(&app.name)), "", true);
        self.fact(0, "region", &app.region, base.region.value(), |r| quoted(r));
        if !app.regions.is_empty() {
            self.put(0, format!("regions: [{}]", app.regions.join(", ")), "", true);
        }
        let zones = base.availability.zones.value();
        self.fact(0, "availability", &app.availability.zones, zones, |n| {
            format!("{{ zones: {n} }}")
        });
        let network =
            |n: &Network| if *n == Network::Public { "public" } else { "private" }.to_owned();
        self.fact(0, "network", &app.network, base.network.value(), network);
        self.fact(0, "free_tier", &app.free_tier, base.free_tier.value(), bool::to_string);
        self.fact(0, "spot", &app.spot, base.spot.value(), bool::to_string);
        if let Some(team) = &app.team {
            let skill = match team.kubernetes {
                KubernetesSkill::None => "none",
                KubernetesSkill::Some => "some",
                KubernetesSkill::Expert => "expert",
            };
            let hourly = team.hourly.to_string().replace(',', "");
            let place = self.place(team.span);
            self.put(0, format!("team: {{ kubernetes: {skill}, hourly: {hourly} }}"), &place, true);
        }
        if let Some(cluster) = &app.existing_cluster {
            let cpu = cluster.spare_cpu.value().map(|v| format!("spare_cpu: {v}"));
            let memory = cluster.spare_memory.get().map(|v| format!("spare_memory: {}", bytes(v)));
            let place = self.place(cluster.span);
            let parts: Vec<String> = cpu.into_iter().chain(memory).collect();
            self.put(0, format!("existing_cluster: {}", flow(&parts)), &place, true);
        }
        if let Some(first) = app.discounts.first() {
            let percent =
                |d: &Discount| format!("{}: {}%", d.service, f64::from(d.hundredths) / 100.0);
            let parts: Vec<String> = app.discounts.iter().map(percent).collect();
            let place = self.place(first.span);
            self.put(0, format!("discounts: {}", flow(&parts)), &place, true);
        }
        if let Some((most, span)) = app.quotas.lambda_concurrency {
            let place = self.place(span);
            self.put(0, format!("quotas: {{ lambda_concurrency: {most} }}"), &place, true);
        }
        self.assume();
    }

    fn assume(&mut self) {
        let a = &self.app.assume;
        let none = [
            ("front_door", a.no_front_door),
            ("load_balancer", a.no_load_balancer),
            ("disks", a.no_disks),
            ("public_ipv4", a.no_public_ipv4),
            ("logs", a.no_logs),
            ("egress", a.no_egress),
            ("node_overhead", a.no_node_overhead),
        ];
        let mut all: Vec<(String, Span)> =
            none.into_iter().filter_map(|(key, at)| Some((format!("{key}: none"), at?))).collect();
        all.extend(a.node.as_ref().map(|(node, at)| (format!("node: {}", quoted(node)), *at)));
        all.extend(a.nodes.map(|(nodes, at)| (format!("nodes: {nodes}"), at)));
        all.extend(a.architecture.map(|(arch, at)| (format!("architecture: {}", arch.name()), at)));
        if all.is_empty() {
            return;
        }
        self.put(0, "assume:".to_owned(), "", true);
        for (text, at) in all {
            let place = self.place(Some(at));
            self.put(2, text, &place, true);
        }
    }

    fn component(&mut self, c: &Component) {
        let mut base = defaults::component(&c.id, c.kind, None);
        if c.artifact.package.is_known() && c.artifact.package.get() == Some(Package::Image) {
            base.artifact.size = defaults::image_size();
        }
        if c.load == Load::Derived {
            base.public = defaults::internal();
        }
        let id = self.ids.get(c.id.as_str()).cloned().unwrap_or_else(|| c.id.clone());
        let mut comment = self.place(c.span);
        if id != c.id {
            let _ = write!(comment, ": called {} there", c.id);
        }
        self.put(2, format!("{}:", quoted(&id)), &comment, true);
        self.put(4, format!("kind: {}", c.kind.name()), "", true);
        self.some("engine", c.engine.as_ref().filter(|e| e.value().is_some()), None, |e| {
            e.name().to_owned()
        });
        if c.kind == Kind::Stateful && c.engine.as_ref().and_then(Fact::get).is_none() {
            self.put(4, "engine: other".to_owned(), "nobody says which", true);
        }
        let kept = defaults::storage(c.engine.as_ref().and_then(Fact::get));
        match (c.kind, c.storage.as_ref().and_then(Fact::get)) {
            (Kind::Stateful, _) => {
                let kept = kept.as_ref().and_then(Fact::value);
                self.some("storage", c.storage.as_ref(), kept, |v| bytes(*v));
            }
            (_, Some(size)) => {
                let why =
                    "on its own disk; only stateful parts have this here, so make such data one";
                self.put(4, format!("storage: {}", bytes(size)), why, false);
            }
            (_, None) => {}
        }
        if c.kind == Kind::Stateful && c.runtime == Fact::Unknown {
            // A store is bought, not built: nobody asks for its language.
        } else if c.kind != Kind::Static || c.runtime != Fact::Unknown {
            self.fact(4, "runtime", &c.runtime, base.runtime.value(), |r| quoted(&r.0));
        }
        self.fact(4, "arch", &c.architectures, base.architectures.value(), |all| {
            list(all.iter().map(|a: &Architecture| a.name().to_owned()))
        });
        let package = |p: &Package| if *p == Package::Zip { "zip" } else { "image" }.to_owned();
        self.fact(4, "package", &c.artifact.package, base.artifact.package.value(), package);
        self.fact(4, "size", &c.artifact.size, base.artifact.size.value(), |v| bytes(*v));
        if c.start.init != Fact::Unknown {
            // What a health check or a runtime suggests is assumed anew: it is shown, and does not count as declared.
            self.fact(4, "init", &c.start.init, c.start.init.value(), |v| time(*v));
        }
        self.fact(4, "memory", &c.memory, base.memory.value(), |v| bytes(*v));
        self.work(c);
        self.load(c, &base);
        self.fact(4, "concurrency", &c.concurrency, base.concurrency.value(), u32::to_string);
        self.some("cpu_request", c.cpu_request.as_ref(), None, |v| format!("{}m", v.get()));
        self.some("scratch", c.scratch.as_ref(), None, |v| bytes(*v));
        self.some("run_time_max", c.run_time_max.as_ref(), None, |v| time(*v));
        self.fact(4, "request_bytes", &c.request_bytes, base.request_bytes.value(), |v| bytes(*v));
        self.fact(4, "response_bytes", &c.response_bytes, base.response_bytes.value(), |v| {
            bytes(*v)
        });
        self.fact(4, "log_bytes", &c.log_bytes, base.log_bytes.value(), |v| bytes(*v));
        if !c.paths.is_empty() {
            self.put(4, format!("paths: {}", list(c.paths.iter().map(|p| quoted(p)))), "", true);
        }
        self.fact(4, "public", &c.public, base.public.value(), bool::to_string);
        self.rest(c);
        self.containers(c);
        self.calls(c);
    }

    /// Both times, the whole, or the question.
    fn work(&mut self, c: &Component) {
        let d = &c.demand;
        let whole = d.duration.as_ref().filter(|whole| whole.value().is_some());
        let memory = c.memory.get().unwrap_or(units::Bytes::from_gib(1));
        if let Some(whole) = whole {
            let split = demand::from_duration(whole.clone(), memory);
            if (split.cpu.value(), split.wait.value()) == (d.cpu.value(), d.wait.value()) {
                self.fact(4, "duration", whole, None, distribution);
                return;
            }
        }
        match (d.cpu.value(), d.wait.value()) {
            (None, None) if matches!(c.kind, Kind::Stateful | Kind::Static) => {}
            (None, None) => self.fact(4, "duration", &d.cpu, None, distribution),
            (cpu, wait) => {
                let (no_wait, little) = (defaults::wait_beside_cpu(), defaults::cpu_beside_wait());
                // One of the two may stay an assumption, beside the other.
                if cpu.is_some() {
                    let alone = wait.is_some() && d.wait.is_known();
                    self.fact(4, "cpu", &d.cpu, little.value().filter(|_| alone), distribution);
                }
                if wait.is_some() {
                    let alone = cpu.is_some() && d.cpu.is_known();
                    self.fact(4, "wait", &d.wait, no_wait.value().filter(|_| alone), distribution);
                }
            }
        }
    }

    fn load(&mut self, c: &Component, base: &Component) {
        match &c.load {
            Load::Rate { rate: fact, shapes } if fact.value().is_some() => {
                let shapes: Vec<String> = shapes.iter().map(shape).collect();
                let usual = match &base.load {
                    Load::Rate { rate, .. } if shapes.is_empty() => rate.value(),
                    _ => None,
                };
                self.fact(4, "load", fact, usual, |value| match shapes.as_slice() {
                    [] => rate(*value),
                    all => flow(&[
                        format!("rate: {}", rate(*value)),
                        format!("shape: {}", list(all.iter().cloned())),
                    ]),
                });
            }
            Load::Cron { expression, requests, span } => {
                let mut parts = vec![format!("cron: \"{expression}\"")];
                if *requests != 1 {
                    parts.push(format!("requests: {requests}"));
                }
                let place = self.place(*span);
                self.put(4, format!("load: {}", flow(&parts)), &place, true);
            }
            Load::Trace { path, span } => {
                let place = self.place(*span);
                self.put(4, format!("load: {{ trace: {} }}", quoted(path)), &place, true);
            }
            Load::Routed => {
                self.put(4, "load: routed".to_owned(), "from the log given with --traffic", true);
            }
            Load::Derived => self.remark(4, "load: follows from those that call it"),
            Load::Rate { .. } | Load::Unknown if c.kind == Kind::Stateful => {}
            Load::Rate { .. } | Load::Unknown => {
                self.fact(4, "load", &Fact::<bool>::Unknown, None, bool::to_string);
            }
        }
    }

    fn rest(&mut self, c: &Component) {
        if let Some((door, span)) = c.front_door {
            let name =
                model::DoorChoice::ALL.iter().find(|(_, d)| *d == door).map_or("", |(n, _)| *n);
            let place = self.place(span);
            self.put(4, format!("front_door: {name}"), &place, true);
        }
        let mut slo: Vec<(String, String)> = Vec::new();
        for (quantile, limit, span) in &c.slo.latency {
            let percent = share(*quantile);
            slo.push((
                format!("p{}: {}", percent.trim_end_matches('%'), time(*limit)),
                self.place(*span),
            ));
        }
        slo.extend(
            c.slo.errors.map(|errors| (format!("errors: {}", share(errors)), String::new())),
        );
        if !slo.is_empty() {
            self.put(4, "slo:".to_owned(), "", true);
            for (text, place) in slo {
                self.put(6, text, &place, true);
            }
        }
        let needs: Vec<Need> = c.needs.iter().collect();
        if !needs.is_empty() {
            self.put(4, "needs:".to_owned(), "", true);
            for need in needs {
                let place = self.place(c.needs.span(need));
                self.put(6, format!("- {}", need.name()), &place, true);
            }
        }
        if c.needs.has(Need::WebSockets) || c.needs.has(Need::SessionState) {
            let (open, every) = (defaults::connection(), defaults::message_every());
            self.some("connection", c.connection.as_ref(), open.value(), |v| time(*v));
            self.some("message_every", c.message_every.as_ref(), every.value(), |v| time(*v));
        }
        self.events(c);
        self.steps(c);
        if let Some((reserved, span)) = c.reserved {
            let place = self.place(span);
            self.put(4, format!("reserved: {reserved}"), &place, true);
        }
        if !c.allow.is_empty() {
            let place = self.place(c.allow.first().and_then(|(_, span)| *span));
            self.put(
                4,
                format!("allow: {}", list(c.allow.iter().map(|(p, _)| quoted(p)))),
                &place,
                true,
            );
        }
    }

    fn events(&mut self, c: &Component) {
        let Some(events) = &c.events else { return };
        let number = |key: &str, value: Option<u32>| value.map(|n| format!("{key}: {n}"));
        let parts: Vec<String> = [
            number("batch", events.batch),
            events.window.map(|v| format!("window: {}", time(v))),
            number("max_concurrency", events.concurrency),
            events.visibility.map(|v| format!("visibility: {}", time(v))),
            number("max_receives", events.receives_max),
            events.failures.map(|v| format!("failures: {}", share(v))),
            events.partial.then(|| "partial: true".to_owned()),
            events.notices.then(|| "notices: true".to_owned()),
            number("groups", events.groups),
            number("shards", events.shards),
            number("parallelization", events.parallelization),
        ]
        .into_iter()
        .flatten()
        .collect();
        if !parts.is_empty() {
            let place = self.place(events.span);
            self.put(4, "events:".to_owned(), &place, true);
            for part in parts {
                self.put(6, part, "", true);
            }
        }
    }

    fn steps(&mut self, c: &Component) {
        let Some(steps) = &c.steps else { return };
        let place = self.place(steps.span);
        self.put(4, "steps:".to_owned(), &place, true);
        self.put(6, format!("count: {}", steps.count), "", true);
        if steps.elsewhere > 0 {
            self.put(6, format!("elsewhere: {}", steps.elsewhere), "", true);
        }
        let (pauses, inside, state) =
            (defaults::pauses(steps.count), defaults::inside_steps(), defaults::step_state());
        self.fact(6, "pauses", &steps.pauses, pauses.value(), u32::to_string);
        self.fact(6, "inside", &steps.inside, inside.value(), |v| time(*v));
        self.fact(6, "state", &steps.state, state.value(), |v| bytes(*v));
        if let Some(machine) = steps.machine {
            self.put(6, format!("machine: {}", machine.name()), "", true);
        }
        if let Some(kept) = &steps.kept {
            self.fact(6, "kept", kept, None, |v| time(*v));
        }
    }

    fn calls(&mut self, c: &Component) {
        let app = self.app;
        let edges: Vec<&Edge> = app.edges.iter().filter(|edge| edge.from == c.id).collect();
        if edges.is_empty() {
            return;
        }
        self.put(4, "calls:".to_owned(), "", true);
        for edge in edges {
            let to = self.ids.get(edge.to.as_str()).cloned().unwrap_or_else(|| edge.to.clone());
            let mut parts = vec![format!("to: {}", quoted(&to))];
            if edge.calls_per_request.to_bits() != 1.0_f64.to_bits() {
                parts.push(format!("times: {}", edge.calls_per_request));
            }
            if edge.bytes.value() != defaults::call_bytes().value() || edge.bytes.is_known() {
                parts.extend(edge.bytes.get().map(|v| format!("bytes: {}", bytes(v))));
            }
            let usual = match app.component(&edge.to) {
                Some(callee) if takes_messages(callee) => CallKind::Async,
                _ => CallKind::Sync,
            };
            if edge.kind != usual {
                parts.push(format!("async: {}", edge.kind == CallKind::Async));
            }
            let text = if parts.len() == 1 { quoted(&to) } else { flow(&parts) };
            let evidence = edge.origin.as_ref().map_or_else(String::new, |o| self.from(o));
            self.put(6, format!("- {text}"), &evidence, true);
        }
    }
}

/// An id that our format allows for each component, unique.
fn ids(app: &App) -> BTreeMap<&str, String> {
    let allowed = |c: char| c.is_alphanumeric() || "-_.".contains(c);
    let fine = |id: &str| {
        !id.is_empty()
            && id.chars().count() <= 63
            && id.chars().all(allowed)
            && !id.starts_with("x-")
    };
    let mut taken: BTreeSet<String> =
        app.components.iter().filter(|c| fine(&c.id)).map(|c| c.id.clone()).collect();
    let mut ids = BTreeMap::new();
    for component in &app.components {
        let id = component.id.as_str();
        if fine(id) {
            ids.insert(id, id.to_owned());
            continue;
        }
        let bare = id.strip_prefix("x-").unwrap_or(id);
        let mut short: String =
            bare.chars().take(ID_MAX).map(|c| if allowed(c) { c } else { '-' }).collect();
        if short.is_empty() || short.starts_with("x-") {
            short.insert_str(0, "part-");
        }
        let mut unique = short.clone();
        let mut number = 2;
        while !taken.insert(unique.clone()) {
            unique = format!("{short}-{number}");
            number += 1;
        }
        ids.insert(id, unique);
    }
    ids
}
