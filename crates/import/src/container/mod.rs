//! A container as compose, Kubernetes and their like describe it, and the component that it is.

#[cfg(test)]
mod agree_tests;
pub(crate) mod aside;
pub(crate) mod backing;
pub(crate) mod calls;
pub(crate) mod environment;

use model::{
    App, Autoscaler, Blueprint, Check, Component, Container, Engine, Fact, Kind, Load, Mount, Need,
    Origin, Package, Port, Probe, Protocol, Right, Runtime, Volume,
};
use source::{Finding, Span};
use units::{Bytes, Duration, Millicores};

use crate::container::backing::Known;
use crate::container::environment::Set;
use crate::defaults;
use crate::findings::{BAD_SCHEDULE, NOT_USED};
use crate::names::quoted;

/// Ports of one range that are told apart.
pub(crate) const RANGE_MAX: usize = 64;

/// A delay beyond which a probe says nothing about the start any more: an hour.
const START_MAX: Duration = Duration::from_secs(3600);

/// How long a definition lets a part start before it counts, with the place and the words that say so.
pub(crate) type Start = (Duration, Span, &'static str);

/// Whether it says about how long a start takes.
fn tells((time, ..): &Start) -> bool {
    (Duration::SECOND..=START_MAX).contains(time)
}

/// What a health check of Docker's kind runs: `[CMD, curl, …]`, `[CMD-SHELL, "curl …"]`; `None` if it is nothing.
pub(crate) fn command_check(mut words: Vec<String>) -> Option<Check> {
    match words.first().map(String::as_str) {
        Some("CMD") => drop(words.remove(0)),
        Some("CMD-SHELL") => {
            let line = words.split_off(1).join(" ");
            words = in_shell(&line);
        }
        _ => {}
    }
    (!words.is_empty()).then_some(Check::Command(words))
}

/// A line as the image's own shell runs it; nothing if it is empty.
pub(crate) fn in_shell(line: &str) -> Vec<String> {
    let words = ["/bin/sh", "-c", line].map(str::to_owned);
    if line.trim().is_empty() { Vec::new() } else { words.into() }
}

/// The transport of a port, and whether it is one that is held here: SCTP is not.
pub(crate) fn protocol(name: Option<&str>) -> (Protocol, bool) {
    let is = |known: &str| name.is_some_and(|name| name.trim().eq_ignore_ascii_case(known));
    (
        if is("udp") { Protocol::Udp } else { Protocol::Tcp },
        name.is_none() || is("udp") || is("tcp"),
    )
}

/// Says that a port's transport is none that is held here.
pub(crate) fn other_transport(id: &str, name: &str, span: Span) -> Finding {
    let message = format!("{id}: the transport {} of a port is read as TCP", quoted(name));
    Finding::note(NOT_USED, message).at(span)
}

/// The rights of a file as people and YAML write them: `0440`, `0o440`, or `288` in decimal; `None` if they are none.
pub(crate) fn rights(text: &str) -> Option<u16> {
    let text = text.trim();
    let octal = text.strip_prefix("0o").or_else(|| text.strip_prefix('0'));
    let number = match octal {
        Some("") => Some(0),
        Some(digits) => u16::from_str_radix(digits, 8).ok(),
        None => text.parse().ok(),
    };
    number.filter(|mode| *mode <= 0o777)
}

/// Words in a name or a command that tell of work without a client.
const WORKERS: &[&str] = &[
    "worker",
    "workers",
    "consumer",
    "consumers",
    "celery",
    "sidekiq",
    "processor",
    "subscriber",
    "listener",
    "queue",
    "scheduler",
    "beat",
    "cron",
    "indexer",
    "sync",
    "resque",
    "dispatcher",
    "daemon",
    "cleanup",
    "cleaner",
    "janitor",
];

/// Everything that is known of one container or of the pod around it.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    /// The name it goes by.
    pub id: String,
    /// Where it is declared.
    pub span: Span,
    /// The image with its place.
    pub image: Option<(String, Span)>,
    /// The folder that it is built from.
    pub build: Option<String>,
    /// Command and arguments.
    pub command: (Vec<String>, Vec<String>),
    /// Environment, in order.
    pub environment: Vec<Set>,
    /// Ports.
    pub ports: Vec<Port>,
    /// Whether clients outside reach it.
    pub public: Option<Fact<bool>>,
    /// CPU that is reserved.
    pub cpu: Option<Fact<Millicores>>,
    /// Memory that it may use.
    pub memory: Option<Fact<Bytes>>,
    /// CPU and memory of a whole instance, where the definition says them for all of its containers together.
    pub whole: (Option<Fact<Millicores>>, Option<Fact<Bytes>>),
    /// Copies.
    pub replicas: Option<u32>,
    /// Who changes their number.
    pub autoscaler: Option<Autoscaler>,
    /// Whether it takes requests and whether it lives.
    pub ready: Option<Probe>,
    /// The other one.
    pub alive: Option<Probe>,
    /// Whether it has started.
    pub started: Option<Probe>,
    /// How long its definition lets it start before it counts, with the place and the words that say so.
    pub start: Option<Start>,
    /// Time to finish after the request to stop.
    pub grace: Option<Duration>,
    /// Disks, those with data that must survive.
    pub volumes: Vec<Volume>,
    /// Data kept on them.
    pub storage: Option<Fact<Bytes>>,
    /// What it needs.
    pub needs: Vec<(Need, Span)>,
    /// The kind, where the definition itself says so.
    pub kind: Option<Kind>,
    /// When it runs, where it runs by the clock.
    pub schedule: Option<(String, Span)>,
    /// How long a run may take.
    pub run_time_max: Option<Fact<Duration>>,
    /// What its code may do to services that are no part of the application.
    pub rights: Vec<Right>,
    /// How often a run that fails is started again.
    pub retries: Option<u32>,
    /// The further containers of each instance. `cpu` and `memory` are the main one's alone.
    pub containers: Vec<Container>,
    /// What the main container sees of scratch space, config maps and secrets.
    pub mounts: Vec<Mount>,
    /// Environment of the further containers, in order: whom they name, the part calls.
    pub environment_beside: Vec<Set>,
}

impl Part {
    /// Of this name; nothing else is known.
    pub(crate) fn new(id: &str, span: Span) -> Self {
        Self {
            id: id.to_owned(),
            span,
            image: None,
            build: None,
            command: (Vec::new(), Vec::new()),
            environment: Vec::new(),
            ports: Vec::new(),
            public: None,
            cpu: None,
            memory: None,
            whole: (None, None),
            replicas: None,
            autoscaler: None,
            ready: None,
            alive: None,
            started: None,
            start: None,
            grace: None,
            volumes: Vec::new(),
            storage: None,
            needs: Vec::new(),
            kind: None,
            schedule: None,
            run_time_max: None,
            rights: Vec::new(),
            retries: None,
            containers: Vec::new(),
            mounts: Vec::new(),
            environment_beside: Vec::new(),
        }
    }

    /// The component it is.
    pub(crate) fn component(&self, findings: &mut Vec<Finding>) -> Component {
        let known = self.image.as_ref().and_then(|(image, _)| backing::known(image));
        let known = known.or_else(|| self.own_store());
        // A run that sets a store up often has the store's own image.
        let known = known.filter(|_| self.kind != Some(Kind::Job));
        let scheduled = self.schedule.is_some().then_some(Kind::Cron);
        let kind = self.kind.or(scheduled).or(known.map(|k| k.kind));
        let kind = kind.unwrap_or_else(|| self.guessed_kind());
        let mut component = defaults::component(&self.id, kind, Some(self.span));
        if let Some(known) = known {
            let (image, span) = self.image.as_ref().map_or((&self.id, &self.span), |(i, s)| (i, s));
            component.engine = known.engine.map(|engine| Fact::declared(engine, *span));
            component.storage = self.storage.clone().or_else(|| defaults::storage(known.engine));
            if !known.note.is_empty() {
                let message = format!("{}: `{image}`: {}", self.id, known.note);
                findings.push(Finding::note(NOT_USED, message).at(*span));
            }
        } else if kind == Kind::Stateful {
            component.storage = self.storage.clone().or_else(|| defaults::storage(None));
        }
        if let Some((expression, span)) = &self.schedule {
            component.load = schedule(&self.id, expression, *span, findings);
        }
        component.run_time_max.clone_from(&self.run_time_max);
        self.artifact(&mut component);
        component.memory = self.whole_memory(component.memory);
        component.cpu_request = self.whole_cpu();
        component.containers.clone_from(&self.containers);
        component.mounts.clone_from(&self.mounts);
        if let Some((time, span, says)) =
            self.start.filter(|start| kind != Kind::Stateful && tells(start))
        {
            let note = format!("{says} {time}, about what a start takes at the most; write `init`");
            let origin = Origin { span: Some(span), ..Origin::assumed(note) };
            component.start.init = Fact::Assumed(time, origin);
        }
        if let Some(public) = self.public.clone().filter(|_| kind != Kind::Stateful) {
            component.public = public;
        }
        for (need, span) in &self.needs {
            component.needs.insert(*need, Some(*span));
        }
        let udp = self.all_ports().find(|port| port.protocol == Protocol::Udp);
        if let Some(port) = udp.filter(|_| kind != Kind::Stateful) {
            component.needs.insert(Need::Udp, port.span);
        }
        if kind != Kind::Stateful && !self.volumes.is_empty() && self.storage.is_some() {
            component.needs.insert(Need::LocalDisk, Some(self.span));
        }
        component.blueprint = Some(Box::new(self.blueprint()));
        component
    }

    /// The ports of all its containers.
    pub(crate) fn all_ports(&self) -> impl Iterator<Item = &Port> {
        self.ports.iter().chain(self.containers.iter().flat_map(|container| &container.ports))
    }

    /// Those of its containers that stay beside the main one.
    fn beside(&self) -> impl Iterator<Item = &Container> {
        self.containers.iter().filter(|container| container.role.stays())
    }

    /// Memory of one instance: what all its containers together may use. `usual` is the main one's where nobody says it.
    fn whole_memory(&self, usual: Fact<Bytes>) -> Fact<Bytes> {
        if let Some(said) = &self.whole.1 {
            return said.clone();
        }
        let own = self.memory.clone().unwrap_or(usual);
        let Some(alone) = own.get().filter(|_| self.beside().next().is_some()) else { return own };
        let sum = self.beside().fold(alone, |sum, container| sum + container.size().1);
        let said = |fact: Option<&Fact<Bytes>>| fact.is_some_and(Fact::is_known);
        let mut open: Vec<&str> = if own.is_known() { Vec::new() } else { vec!["the main one"] };
        let others = self.beside().filter(|container| !said(container.memory.as_ref()));
        open.extend(others.map(|container| container.name.as_str()));
        let note = "the containers of the pod together";
        if open.is_empty() {
            let span = own.origin().and_then(|origin| origin.span).unwrap_or(self.span);
            let origin = Origin { note: note.to_owned(), ..Origin::declared(span) };
            return Fact::Known(sum, origin);
        }
        let note = format!("{note}; nobody says it of {}; write `memory`", open.join(", "));
        Fact::assumed(sum, note)
    }

    /// CPU that one instance asks for; `None` where nobody says it of the main container.
    fn whole_cpu(&self) -> Option<Fact<Millicores>> {
        if self.whole.0.is_some() {
            return self.whole.0.clone();
        }
        let own = self.cpu.clone()?;
        let Some(alone) = own.get().filter(|_| self.beside().next().is_some()) else {
            return Some(own);
        };
        let sum = self.beside().fold(alone, |sum, container| sum + container.size().0);
        let span = own.origin().and_then(|origin| origin.span).unwrap_or(self.span);
        let note = "the containers of the pod together".to_owned();
        Some(Fact::Known(sum, Origin { note, ..Origin::declared(span) }))
    }

    /// A worker by its name or command, else a service: an image may listen without a word about it here.
    fn guessed_kind(&self) -> Kind {
        // A port beside such a name is for probes and metrics, unless clients reach it.
        let last = self.id.rsplit(['-', '_', '.']).next().unwrap_or("").to_lowercase();
        let called_so = ["worker", "workers", "consumer", "consumers"];
        let reached = self.public.as_ref().is_some_and(|public| public.get() == Some(true));
        if !reached && called_so.iter().any(|end| last.ends_with(end)) {
            return Kind::Worker;
        }
        if self.all_ports().next().is_some() {
            return Kind::Http;
        }
        let command = self.command.0.iter().chain(&self.command.1).map(String::as_str);
        let words = command.chain([self.id.as_str()]).flat_map(|text| {
            text.split(|c: char| !c.is_ascii_alphanumeric()).map(str::to_lowercase)
        });
        let works = words.into_iter().any(|word| WORKERS.contains(&word.as_str()));
        if works { Kind::Worker } else { Kind::Http }
    }

    /// A store in an image of the team's own: `orders-db`, told by its name, with the engine that its
    /// environment sets up.
    fn own_store(&self) -> Option<Known> {
        let name = self.id.to_lowercase();
        let last = name.rsplit(['-', '_', '.']).next().unwrap_or(&name);
        if !matches!(
            last,
            "db" | "database" | "mysql" | "postgres" | "postgresql" | "mongo" | "mongodb" | "redis"
        ) {
            return None;
        }
        let sets = |prefix: &str| self.environment.iter().any(|set| set.name.starts_with(prefix));
        let engine = match last {
            "postgres" | "postgresql" => Engine::Postgres,
            "mysql" => Engine::Mysql,
            "redis" => Engine::Redis,
            "mongo" | "mongodb" => Engine::Mongodb,
            _ if sets("MONGO_") => Engine::Mongodb,
            _ if sets("MYSQL_") || sets("MARIADB_") => Engine::Mysql,
            _ if sets("POSTGRES_") => Engine::Postgres,
            _ => Engine::Other,
        };
        Some(Known { kind: Kind::Stateful, engine: Some(engine), note: "" })
    }

    fn artifact(&self, component: &mut Component) {
        let span = self.image.as_ref().map_or(self.span, |(_, span)| *span);
        if component.kind != Kind::Stateful {
            component.artifact.package = Fact::declared(Package::Image, span);
            component.artifact.size = defaults::image_size();
        }
        let Some((image, span)) = &self.image else { return };
        if let Some(runtime) = runtime_of(image).filter(|_| component.kind != Kind::Stateful) {
            component.runtime = Fact::Known(Runtime(runtime), Origin::declared(*span));
        }
    }

    fn blueprint(&self) -> Blueprint {
        Blueprint {
            image: self.image.as_ref().map(|(image, _)| image.clone()),
            build: self.build.clone(),
            handler: None,
            command: self.command.0.clone(),
            args: self.command.1.clone(),
            environment: environment::kept(&self.environment),
            ports: self.ports.clone(),
            ready: self.ready.clone(),
            alive: self.alive.clone(),
            started: self.started.clone(),
            replicas: self.replicas,
            autoscaler: self.autoscaler.clone(),
            grace: self.grace,
            retries: self.retries,
            after: Vec::new(),
            volumes: self.volumes.clone(),
            events: Vec::new(),
            rights: self.rights.clone(),
            layers: Vec::new(),
            streams_answers: false,
            table: None,
            triggers: Vec::new(),
            unheld: Vec::new(),
            settings: Vec::new(),
        }
    }
}

/// Keeps with each part the jobs that must have ended before it starts: pairs of the one that waits and the job.
pub(crate) fn keep_order(app: &mut App, after: &[(String, String)]) {
    for (waits, job) in after {
        let is_job = app.component(job).is_some_and(|c| c.kind == Kind::Job);
        let component = app.components.iter_mut().find(|c| c.id == *waits && c.id != *job);
        if let Some(blueprint) = component.and_then(|c| c.blueprint.as_mut()).filter(|_| is_job) {
            blueprint.after.push(job.clone());
            blueprint.after.sort();
            blueprint.after.dedup();
        }
    }
}

/// A run for each firing of a cron expression, if it can be read.
fn schedule(id: &str, expression: &str, span: Span, findings: &mut Vec<Finding>) -> Load {
    match traffic::Cron::parse(expression) {
        Ok(_) => Load::Cron { expression: expression.to_owned(), requests: 1, span: Some(span) },
        Err(error) => {
            let message = format!("{id}: {}", error.message);
            findings.push(Finding::warning(BAD_SCHEDULE, message).at(span).hint(error.hint));
            Load::Unknown
        }
    }
}

/// A runtime that the image itself names: `node:20-alpine` runs on Node.js 20.
fn runtime_of(image: &str) -> Option<String> {
    let name = backing::repository(image);
    let tag = image.rsplit_once(':').map_or("", |(_, tag)| tag);
    let version: String = tag.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    let major = version.split('.').next().unwrap_or("");
    let with = |family: &str, version: &str| {
        if version.is_empty() { None } else { Some(format!("{family}{version}")) }
    };
    match name.as_str() {
        "node" => with("nodejs", major).map(|name| format!("{name}.x")),
        "python" => {
            let minor: Vec<&str> = version.split('.').take(2).collect();
            (minor.len() == 2).then(|| format!("python{}", minor.join(".")))
        }
        "golang" => Some("go".to_owned()),
        "openjdk" | "eclipse-temurin" | "amazoncorretto" => with("java", major),
        "ruby" | "php" => with(&name, &version),
        "rust" => Some("rust".to_owned()),
        _ => None,
    }
}
