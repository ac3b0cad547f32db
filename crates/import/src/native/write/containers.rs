//! Further containers, and what each container sees at places in its files.

use model::{
    Check, Component, Container, Content, Mount, Place, Port, Probe, Protocol, Role, Setting,
};
use units::Duration;

use super::super::render::{bytes, flow, list, quoted, span as time};
use super::Writer;

/// Columns of a container's keys.
const KEYS: usize = 8;

impl Writer<'_> {
    pub(super) fn containers(&mut self, c: &Component) {
        self.mounts(4, &c.mounts);
        if c.containers.is_empty() {
            return;
        }
        self.put(4, "containers:".to_owned(), "", true);
        for container in &c.containers {
            self.container(container);
        }
    }

    fn container(&mut self, c: &Container) {
        let place = self.place(c.span);
        self.put(6, format!("- name: {}", quoted(&c.name)), &place, true);
        if c.role != Role::Sidecar {
            self.put(KEYS, format!("role: {}", c.role.name()), "", true);
        }
        if let Some(image) = &c.image {
            self.put(KEYS, format!("image: {}", quoted(image)), "", true);
        }
        self.texts(KEYS, "command", c.command.iter().cloned());
        self.texts(KEYS, "args", c.args.iter().cloned());
        let of = |which: fn(&str, &Setting) -> Option<String>| {
            let all = c.environment.iter();
            all.filter_map(move |variable| which(&variable.name, &variable.value))
        };
        self.texts(KEYS, "env", of(plain));
        self.texts(KEYS, "secrets", of(secret));
        self.texts(KEYS, "from", of(elsewhere));
        self.texts(KEYS, "ports", c.ports.iter().map(port));
        self.mounts(KEYS, &c.mounts);
        // What is assumed here, the reader assumes as well.
        if let Some(cpu) = c.cpu.as_ref().filter(|fact| fact.is_known()) {
            self.fact(KEYS, "cpu", cpu, None, |cpu| format!("{}m", cpu.get()));
        }
        if let Some(memory) = &c.memory {
            let usual = crate::defaults::sidecar_memory();
            let usual = usual.value().filter(|_| c.role.stays());
            self.fact(KEYS, "memory", memory, usual, |memory| bytes(*memory));
        }
        if !c.role.stays() {
            let usual = crate::defaults::init_container();
            self.fact(KEYS, "time", &c.time, usual.value(), |span| time(*span));
        }
        for (key, probe) in [("ready", &c.ready), ("alive", &c.alive), ("started", &c.started)] {
            if let Some(probe) = probe {
                self.put(KEYS, format!("{key}:"), "", true);
                self.probe(probe);
            }
        }
        if c.privileged {
            self.put(KEYS, "privileged: true".to_owned(), "", true);
        }
    }

    fn probe(&mut self, probe: &Probe) {
        let indent = KEYS + 2;
        let port = match &probe.check {
            Check::Http(path, port) => {
                self.put(indent, format!("http: {}", quoted(path)), "", true);
                *port
            }
            Check::Tcp(port) => *port,
            Check::Command(words) => {
                self.texts(indent, "command", words.iter().cloned());
                None
            }
        };
        if let Some(port) = port {
            self.put(indent, format!("port: {port}"), "", true);
        }
        for (key, value) in
            [("delay", probe.delay), ("every", probe.period), ("timeout", probe.timeout)]
        {
            self.put(indent, format!("{key}: {}", shown(value)), "", true);
        }
        self.put(indent, format!("failures: {}", probe.failures), "", true);
    }

    /// A list of texts, a line each; nothing if there are none.
    fn texts(&mut self, indent: usize, key: &str, texts: impl Iterator<Item = String>) {
        self.items(indent, key, texts.map(|text| quoted(&text)));
    }

    fn mounts(&mut self, indent: usize, mounts: &[Mount]) {
        self.items(indent, "mounts", mounts.iter().map(mount));
    }

    fn items(&mut self, indent: usize, key: &str, items: impl Iterator<Item = String>) {
        let items: Vec<String> = items.collect();
        if items.is_empty() {
            return;
        }
        self.put(indent, format!("{key}:"), "", true);
        for item in items {
            self.put(indent + 2, format!("- {item}"), "", true);
        }
    }
}

fn shown(value: Duration) -> String {
    if value == Duration::ZERO { "0 s".to_owned() } else { time(value) }
}

fn plain(name: &str, value: &Setting) -> Option<String> {
    match value {
        Setting::Plain(text) => Some(format!("{name}={text}")),
        Setting::Secret(_) | Setting::From(_) => None,
    }
}

fn secret(name: &str, value: &Setting) -> Option<String> {
    match value {
        Setting::Secret(None) => Some(name.to_owned()),
        Setting::Secret(Some(at)) => Some(format!("{name}={}", place(at))),
        Setting::Plain(_) | Setting::From(_) => None,
    }
}

fn elsewhere(name: &str, value: &Setting) -> Option<String> {
    match value {
        Setting::From(at) => Some(format!("{name}={}", place(at))),
        Setting::Plain(_) | Setting::Secret(_) => None,
    }
}

fn place(place: &Place) -> String {
    match &place.key {
        Some(key) => format!("{}/{key}", place.name),
        None => place.name.clone(),
    }
}

fn port(port: &Port) -> String {
    let name = port.name.as_ref().map_or_else(String::new, |name| format!("{name}="));
    let transport = if port.protocol == Protocol::Udp { "/udp" } else { "" };
    let mut text = format!("{name}{}{transport}", port.number);
    let reached: Vec<String> = port.reached_at.iter().map(u16::to_string).collect();
    if !reached.is_empty() {
        text.push_str(&format!(" as {}", reached.join(",")));
    }
    if port.published {
        text.push_str(" public");
    }
    text
}

/// A text, or a mapping where one does not say all of it.
fn mount(mount: &Mount) -> String {
    let part = mount.part.as_ref().map_or_else(String::new, |part| format!("/{part}"));
    let read_only = if mount.read_only { " read-only" } else { "" };
    let text = format!("{} {}{part} at {}{read_only}", mount.held.name(), mount.name, mount.path);
    let flag = |key: &str, set: bool| set.then(|| format!("{key}: true"));
    let pairs = |key: &str, pairs: &[(String, String)], short: bool| {
        let one = |(a, b): &(String, String)| {
            let whole = format!("{a}={b}");
            quoted(if short && a == b { a } else { &whole })
        };
        (!pairs.is_empty()).then(|| format!("{key}: {}", list(pairs.iter().map(one))))
    };
    let content = match &mount.content {
        Some(Content::Files(files)) => pairs("files", files, false),
        Some(Content::Variable(name)) => Some(format!("variable: {}", quoted(name))),
        Some(Content::Declared(place)) => Some(format!("declared: {}", quoted(place))),
        None => None,
    };
    let more = [
        pairs("keys", &mount.keys, true),
        mount.mode.map(|mode| format!("mode: \"{mode:04o}\"")),
        flag("optional", mount.optional),
        content,
        flag("in_memory", mount.in_memory),
        mount.size_max.map(|size| format!("size: {}", bytes(size))),
    ];
    let more: Vec<String> = more.into_iter().flatten().collect();
    if more.is_empty() {
        return quoted(&text);
    }
    flow(&[vec![format!("mount: {}", quoted(&text))], more].concat())
}
