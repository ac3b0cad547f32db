//! What deploying an application rests on, a line each: what has to come back.

use std::collections::BTreeSet;

use model::{
    App, Check, Component, Engine, Fact, Kind, Load, Mount, Need, Probe, Protocol, Setting,
    Variable,
};

use crate::placed;
use crate::server::is_image;

/// What reads the same after it was written: of what the definition leaves open, what was written in its place.
pub(crate) fn expected(app: &App) -> BTreeSet<String> {
    let mut facts = of(app);
    for component in &app.components {
        let id = &component.id;
        // The plan's sizes are written where the definition has none.
        facts.insert(format!("{id}: cpu {}", placed::cpu(component)));
        facts.insert(format!("{id}: memory {}", placed::memory(component)));
        let Some(blueprint) = &component.blueprint else { continue };
        if !blueprint.image.as_deref().is_some_and(is_image) {
            facts.remove(&format!("{id}: image {:?}", blueprint.image));
            facts.insert(format!("{id}: image {:?}", Some(format!("my-{id}"))));
        }
        let port = |number: u16| format!("{id}: port {number} Tcp - as []");
        let engine = component.engine.as_ref().and_then(Fact::get);
        let data = "/var/lib/postgresql/data";
        let there = blueprint.volumes.iter().any(|volume| volume.path == data);
        let said = blueprint.environment.iter().any(|variable| variable.name == "PGDATA");
        if engine == Some(Engine::Postgres) && there && !said {
            facts.insert(format!("{id}: env PGDATA=\"{data}/pgdata\""));
        }
        // Where another container takes the requests, the main one need not listen.
        let by_another = component.containers.iter().any(|c| c.served().next().is_some());
        if !blueprint.ports.is_empty() || by_another {
            continue;
        }
        if let Some(number) = engine.and_then(usual_port) {
            facts.insert(port(number));
        } else if matches!(component.kind, Kind::Http | Kind::Static) {
            facts.insert(port(8080));
            if !blueprint.environment.iter().any(|variable| variable.name == "PORT") {
                facts.insert(format!("{id}: env PORT=\"8080\""));
            }
        }
    }
    facts
}

/// The facts of an application.
pub(crate) fn of(app: &App) -> BTreeSet<String> {
    let mut facts = BTreeSet::new();
    for component in &app.components {
        let mut say = |what: String| {
            facts.insert(format!("{}: {what}", component.id));
        };
        say(format!("kind {}", component.kind.name()));
        if let Some(engine) = component.engine.as_ref().and_then(Fact::get) {
            say(format!("engine {}", engine.name()));
        }
        if let Some(cpu) = component.cpu_request.as_ref().and_then(Fact::get) {
            say(format!("cpu {cpu}"));
        }
        if let Some(memory) = component.memory.get() {
            say(format!("memory {memory}"));
        }
        if component.kind != Kind::Stateful {
            say(format!("public {:?}", component.public.get()));
        }
        if let Load::Cron { expression, .. } = &component.load {
            say(format!("schedule {expression}"));
        }
        if component.kind == Kind::Job {
            say(format!("runs {:?} at a release", component.load));
            say(format!("runs up to {:?}", component.run_time_max.as_ref().and_then(Fact::get)));
        }
        for need in component.needs.iter().filter(|need| *need != Need::LocalDisk) {
            say(format!("needs {}", need.name()));
        }
        deployed(component, &mut say);
        beside(component, &mut say);
    }
    for edge in &app.edges {
        facts.insert(format!("{} calls {} {:?}", edge.from, edge.to, edge.kind));
    }
    facts
}

/// Further containers, each under its own name.
fn beside(component: &Component, say: &mut dyn FnMut(String)) {
    component.mounts.iter().for_each(|mount| say(format!("sees {}", seen(mount))));
    for (place, container) in component.containers.iter().enumerate() {
        let name = &container.name;
        let mut own = |what: String| say(format!("[{name}] {what}"));
        own(format!("{} at {place}, host {}", container.role.name(), container.privileged));
        let image = container.image.clone().filter(|image| is_image(image));
        let image = image.unwrap_or_else(|| format!("my-{}-{name}", component.id));
        own(format!("image {image}, command {:?} {:?}", container.command, container.args));
        environment(&container.environment, &mut own);
        for port in &container.ports {
            own(format!("port {} {:?} as {:?}", port.number, port.protocol, port.reached_at));
        }
        container.mounts.iter().for_each(|mount| own(format!("sees {}", seen(mount))));
        // What asks for no CPU asks for a little where it stays, so that an autoscaler can reckon.
        let usual = if container.role.stays() { 10 } else { 0 };
        let (cpu, memory) = container.size();
        let cpu = if cpu.get() == 0 { usual } else { cpu.get() };
        own(format!("{cpu}m, {memory}"));
        let first = container.ports.iter().find(|port| port.protocol == Protocol::Tcp);
        for (name, probe) in [
            ("ready", &container.ready),
            ("alive", &container.alive),
            ("started", &container.started),
        ] {
            if let Some(probe) = probe {
                own(format!("{name} {}", asked(probe, first.map(|port| port.number))));
            }
        }
    }
}

/// What stands at a place. Where the content is, manifests do not say, and files in volumes are read-only there.
fn seen(mount: &Mount) -> String {
    let read_only = mount.read_only || mount.held.has_files();
    let name = emit::Names::default().give(&mount.name);
    let name = if mount.name.contains('_') { name } else { mount.name.clone() };
    format!("{:?}", Mount { content: None, read_only, name, ..mount.clone() })
}

fn deployed(component: &Component, say: &mut dyn FnMut(String)) {
    let Some(blueprint) = &component.blueprint else { return };
    say(format!("image {:?}", blueprint.image));
    say(format!("command {:?} {:?}", blueprint.command, blueprint.args));
    environment(&blueprint.environment, say);
    for port in &blueprint.ports {
        let name = port.name.as_deref().unwrap_or("-");
        say(format!("port {} {:?} {name} as {:?}", port.number, port.protocol, port.reached_at));
    }
    let first = blueprint.ports.iter().find(|port| port.protocol == Protocol::Tcp);
    let listens = matches!(component.kind, Kind::Http | Kind::Static);
    let first = first.map(|port| port.number).or(listens.then_some(8080));
    for (name, probe) in
        [("ready", &blueprint.ready), ("alive", &blueprint.alive), ("started", &blueprint.started)]
    {
        if let Some(probe) = probe {
            say(format!("{name} {}", asked(probe, first)));
        }
    }
    if let Some(grace) = blueprint.grace {
        say(format!("grace {grace}"));
    }
    say(format!("tries {:?}, after {:?}", blueprint.retries, blueprint.after));
    for volume in blueprint.volumes.iter().filter(|_| !component.kind.ends()) {
        say(format!("volume at {}", volume.path));
    }
}

fn environment(all: &[Variable], say: &mut dyn FnMut(String)) {
    for variable in all {
        match &variable.value {
            Setting::Plain(text) => say(format!("env {}={text:?}", variable.name)),
            _ if model::is_secret(&variable.name, "") => {
                say(format!("env {} is secret", variable.name));
            }
            Setting::Secret(_) => say(format!("env {} is secret", variable.name)),
            Setting::From(place) if place.key.is_some() && !place.name.ends_with("-outside") => {
                say(format!("env {} from {place:?}", variable.name));
            }
            Setting::From(place) if place.name.contains('.') => {
                say(format!("env {} from {}", variable.name, place.name));
            }
            // The shell of whoever starts it becomes a config map.
            Setting::From(_) => say(format!("env {} from elsewhere", variable.name)),
        }
    }
}

fn asked(probe: &Probe, first: Option<u16>) -> String {
    let check = match &probe.check {
        Check::Http(path, port) => format!("http {path} {:?}", port.or(first)),
        Check::Tcp(port) => format!("tcp {:?}", port.or(first)),
        Check::Command(words) => format!("{words:?}"),
    };
    format!("{check} {} {} {} {}", probe.delay, probe.period, probe.timeout, probe.failures)
}

/// Where the engines of the corpora listen.
fn usual_port(engine: Engine) -> Option<u16> {
    Some(match engine {
        Engine::Postgres => 5432,
        Engine::Mysql => 3306,
        Engine::Redis | Engine::Valkey => 6379,
        Engine::Memcached => 11211,
        Engine::Mongodb => 27017,
        Engine::Kafka => 9092,
        Engine::Opensearch => 9200,
        Engine::Rabbitmq => 5672,
        Engine::Activemq => 61616,
        _ => return None,
    })
}
