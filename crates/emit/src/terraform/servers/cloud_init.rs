//! What a server does when it starts: the text that cloud-init reads, in JSON, which is YAML as well.
//!
//! Each part is a unit of systemd whose script starts the part's image with Docker. Nothing secret is in it: a script asks the
//! provider's own keeper of secrets for them when it starts, as the role of the server allows.

use model::{Kind, Load, Protocol};

use super::beside::{self, Beside, MEMORY_MIN_MIB};
use super::script::{filled, word};
use super::{Tier, cron, ports, proxy};
use crate::Part;
use crate::kubernetes::{Ports, volumes_of};
use crate::terraform::environment::{self, Variable};
use crate::terraform::json::template;
use crate::terraform::parts;
use crate::terraform::stack::{Stack, id};
use crate::tree::{Node, list, map};

/// Where the data of parts stands on a server.
pub(super) const DISKS: &str = "/var/lib/parts";
/// Where scripts stand.
pub(super) const SCRIPTS: &str = "/opt/parts";
/// Seconds that Docker waits for a container to stop where nobody says it (`docker stop`, Docker's reference).
pub(super) const STOP_SECONDS: u64 = 10;

/// What one provider's servers have of their own.
pub(in crate::terraform) trait Host {
    /// Packages to be installed, Docker's among them.
    fn packages(&self) -> &'static [&'static str];
    /// The unit that runs schedules, with its package.
    fn cron(&self) -> [&'static str; 2];
    /// Files that each server has: path and content.
    fn files(&self) -> Vec<(&'static str, String)>;
    /// A command that prints a secret.
    fn secret(
        &self,
        stack: &mut Stack<'_, '_>,
        part: &Part<'_>,
        variable: &str,
        given: &str,
    ) -> String;
    /// Options of `docker run` that say where what a part writes goes.
    fn log(&self, stack: &mut Stack<'_, '_>, part: &Part<'_>) -> Vec<String>;
    /// Options of `docker run` that say how a part finds the others, where names do not.
    fn names(&self, stack: &mut Stack<'_, '_>, part: &Part<'_>) -> Vec<String> {
        let _ = (stack, part);
        Vec::new()
    }
    /// The device of a tier's disk, by its number.
    fn device(&self, tier: &Tier<'_, '_>, part: &Part<'_>, number: usize) -> String;
    /// What says others where a part is: a script that is called with `register` and `deregister`.
    fn register(
        &self,
        stack: &mut Stack<'_, '_>,
        tier: &Tier<'_, '_>,
        part: &Part<'_>,
    ) -> Option<String>;
}

/// The expression that is a tier's user data: `#cloud-config`, then JSON.
pub(in crate::terraform) fn user_data(
    stack: &mut Stack<'_, '_>,
    host: &dyn Host,
    tier: &Tier<'_, '_>,
) -> String {
    let mut files: Vec<Node> = Vec::new();
    let mut units: Vec<String> = Vec::new();
    let mut packages: Vec<&str> = host.packages().to_vec();
    for (path, content) in host.files() {
        files.push(file(path.to_owned(), "0644", content));
    }
    if tier.members.iter().any(|part| part.component.kind == Kind::Cron) {
        let [unit, package] = host.cron();
        packages.push(package);
        units.push(format!("{unit}.service"));
    }
    let disks: Vec<&str> = tier.with_disks().map(|part| part.name.as_str()).collect();
    for part in &tier.members {
        let name = part.name.as_str();
        let disk = disks.iter().position(|own| *own == name);
        let device = disk.map(|number| host.device(tier, part, number));
        let (text, beside) = start(stack, host, part, device);
        files.push(file(format!("{SCRIPTS}/{name}"), "0700", text));
        let runs = part.component.kind.ends();
        files.push(file(unit_path(name), "0644", unit(part, runs, &beside)));
        for (own, text) in beside.scripts {
            files.push(file(format!("{SCRIPTS}/{own}"), "0700", text));
        }
        for (own, text) in beside.units {
            files.push(file(unit_path(&own), "0644", text));
        }
        if let Some(text) = cron(part).filter(|_| runs) {
            let line = format!("{text} root systemctl start {name}.service\n");
            files.push(file(format!("/etc/cron.d/{name}"), "0644", line));
        } else if runs {
            let command = format!(
                "`sudo systemctl start {name}.service` on one of the servers `{}`, which returns at its end",
                tier.called
            );
            stack.out.run(part, vec![command]);
        } else {
            units.push(format!("{name}.service"));
        }
        if let Some((config, script)) = proxy::files(stack, part) {
            files.push(file(format!("/etc/parts/{name}-proxy.cfg"), "0644", config));
            files.push(file(format!("{SCRIPTS}/{name}-proxy"), "0700", script));
            files.push(file(unit_path(&format!("{name}-proxy")), "0644", proxy::unit(part)));
            units.push(format!("{name}-proxy.service"));
        }
        if let Some(script) = host.register(stack, tier, part) {
            files.push(file(format!("{SCRIPTS}/{name}-address"), "0700", script));
            let text = registering(name);
            files.push(file(unit_path(&format!("{name}-address")), "0644", text));
            units.push(format!("{name}-address.service"));
        }
    }
    let mut commands = vec![vec!["systemctl", "daemon-reload"]];
    commands.push(vec!["systemctl", "enable", "--now", "docker.service"]);
    // Parts find each other by their names on it.
    commands.push(vec!["docker", "network", "create", "parts"]);
    for unit in &units {
        commands.push(vec!["systemctl", "enable", "--now", "--no-block", unit]);
    }
    let start = map([
        ("packages", list(packages)),
        ("write_files", list(files)),
        ("runcmd", list(commands.into_iter().map(list))),
    ]);
    let name = format!("{}__start", tier.key);
    let who: Vec<&str> = tier.members.iter().map(|p| p.component.id.as_str()).collect();
    stack.local(&name, start.why(format!("what each server runs: {}", who.join(", "))));
    format!("\"#cloud-config\\n${{jsonencode(local.{name})}}\"")
}

fn file(path: String, permissions: &str, content: String) -> Node {
    map([
        ("path", Node::from(path)),
        ("permissions", permissions.into()),
        ("content", template(content)),
    ])
}

fn unit_path(name: &str) -> String {
    format!("/etc/systemd/system/{name}.service")
}

/// Options that say by which name and ports a part is reached, and how it reaches others.
fn door(stack: &mut Stack<'_, '_>, host: &dyn Host, part: &Part<'_>) -> Vec<String> {
    let mut options = Vec::new();
    // Where a proxy stands before it, requests come through that.
    if !proxy::stands_before(part) {
        let outside = ports(stack.plan, part);
        for (inside, outside) in Ports::of_pod(part).all.iter().zip(&outside.all) {
            let end = if inside.protocol == Protocol::Udp { "/udp" } else { "" };
            options.push(format!("--publish {}:{}{end}", outside.number, inside.number));
        }
    }
    options.extend(host.names(stack, part));
    options
}

/// The script that starts a part, and what stands beside it.
fn start(
    stack: &mut Stack<'_, '_>,
    host: &dyn Host,
    part: &Part<'_>,
    device: Option<String>,
) -> (String, Beside) {
    let mut waits = Vec::new();
    let mut options = disks(stack, part, device, &mut waits);
    let door = door(stack, host, part);
    let beside = Beside::of(stack, host, part, &door, &waits);
    options.extend(beside.mounts.iter().cloned());
    waits.extend(beside.waits.iter().cloned());
    options.extend(shown(part, &mut waits));
    let network = beside::network(beside.network_of.as_deref());
    // Whoever has the network of another container is reached by that one's name and ports.
    let door = if beside.network_of.is_some() { Vec::new() } else { door };
    let memory_mib = beside.memory_mib;
    let run = Run { part, of: part, network, memory_mib, door, options, waits };
    (script(stack, host, &run), beside)
}

/// A container that is run.
#[derive(Debug)]
pub(super) struct Run<'r, 'a> {
    /// With its own image, command and variables.
    pub part: &'r Part<'a>,
    /// The part that it belongs to.
    pub of: &'r Part<'a>,
    /// Options of `docker run`.
    pub network: String,
    pub memory_mib: Option<u64>,
    pub door: Vec<String>,
    pub options: Vec<String>,
    /// Lines that come before it.
    pub waits: Vec<String>,
}

/// The script that runs a container.
pub(super) fn script(stack: &mut Stack<'_, '_>, host: &dyn Host, asked: &Run<'_, '_>) -> String {
    let part = asked.part;
    let (own, name) = (id(part), part.name.as_str());
    let image = parts::image(stack, part);
    stack.local(&format!("{own}__image"), image);
    let mut lines = vec![
        "#!/bin/bash".to_owned(),
        "set -euo pipefail".to_owned(),
        "export DOCKER_CONFIG=/etc/docker/client".to_owned(),
    ];
    let mut options = vec!["--rm".to_owned(), format!("--name {name}"), asked.network.clone()];
    if let Some(mib) = asked.memory_mib {
        options.push(format!("--memory {}m", mib.max(MEMORY_MIN_MIB)));
    }
    options.extend(asked.door.iter().cloned());
    options.extend(host.log(stack, asked.of));
    let mut plain = Node::empty();
    for (variable, value) in environment::variables(stack, part, environment::is_name) {
        match value {
            Variable::Text(text) => {
                plain.set(variable.as_str(), text);
                let value = filled(&format!("local.{own}__environment[\"{variable}\"]"));
                options.push(format!("--env {variable}={value}"));
            }
            Variable::Secret(given) => {
                options.push(format!("--env {variable}"));
                let command = host.secret(stack, part, &variable, &given);
                lines.push(format!("{variable}=\"$({command})\""));
                lines.push(format!("export {variable}"));
            }
        }
    }
    if !plain.is_empty() {
        stack.local(&format!("{own}__environment"), plain);
    }
    lines.extend(asked.waits.iter().cloned());
    options.extend(asked.options.iter().cloned());
    let (entry_point, arguments) = parts::command(stack, part);
    let mut entry = entry_point.into_iter();
    if let Some(first) = entry.next() {
        options.push(format!("--entrypoint {}", word(&first)));
    }
    let mut run = format!("docker run {}", options.join(" \\\n  "));
    run.push_str(&format!(" \\\n  {}", filled(&format!("local.{own}__image"))));
    for argument in entry.chain(arguments) {
        run.push_str(&format!(" \\\n  {}", word(&argument)));
    }
    match &part.component.load {
        Load::Cron { requests, .. } if part.component.kind == Kind::Cron && *requests > 1 => {
            lines.push(format!("for _ in $(seq {requests}); do\n{run}\ndone"));
        }
        _ => lines.push(format!("exec {run}")),
    }
    lines.join("\n") + "\n"
}

/// Options that show a part its disk, and the lines that make one of the device.
fn disks(
    stack: &mut Stack<'_, '_>,
    part: &Part<'_>,
    device: Option<String>,
    lines: &mut Vec<String>,
) -> Vec<String> {
    let name = part.name.as_str();
    let declared = part.component.blueprint.as_ref().map_or(0, |b| b.volumes.len());
    let found = volumes_of(part);
    if declared > found.len() {
        stack
            .left_out(part, "a volume that is mounted nowhere, or whose data nobody says it keeps");
    }
    let place = format!("{DISKS}/{name}");
    if let Some(device) = device {
        // The disk may come after the server; an empty one gets a file system, once.
        lines.push(format!("until [ -b {device} ]; do sleep 2; done"));
        lines.push(format!("blkid {device} >/dev/null || mkfs -t ext4 {device}"));
        lines.push(format!("mkdir -p {place}"));
        lines.push(format!("mountpoint -q {place} || mount {device} {place}"));
    }
    let shown = found.into_iter().filter(|(_, path)| !path.contains('\0'));
    shown.map(|(disk, path)| format!("--volume {place}/{disk}:{}", word(&path))).collect()
}

/// Options that show a part the files that it expects and scratch space in memory, and lines that wait for the files: without
/// them Docker would make folders in their place.
fn shown(part: &Part<'_>, lines: &mut Vec<String>) -> Vec<String> {
    let (mut options, mut some) = (Vec::new(), false);
    for (place, path, needed) in crate::files::shown(part) {
        let (place, path) = (word(&place), word(path));
        if needed {
            lines.push(format!("[ -e {place} ] || {{ echo {place} is not there >&2; exit 1; }}"));
            options.push(format!("--volume {place}:{path}:ro"));
            continue;
        }
        if !std::mem::replace(&mut some, true) {
            lines.push("seen=()".to_owned());
            options.push("\"$${seen[@]}\"".to_owned());
        }
        lines.push(format!("[ ! -e {place} ] || seen+=(--volume {place}:{path}:ro)"));
    }
    // Beside further containers it is a folder that they may share.
    let alone = part.component.containers.is_empty();
    let scratch = part.component.mounts.iter().filter(|mount| mount.in_memory && alone);
    options.extend(scratch.filter(|mount| !mount.path.contains('\0')).map(|mount| {
        let size = mount.size_max.map_or_else(String::new, |size| format!(":size={}", size.get()));
        format!("--tmpfs {}{size}", word(&mount.path))
    }));
    options
}

/// The unit of a part.
fn unit(part: &Part<'_>, once: bool, beside: &Beside) -> String {
    let name = part.name.as_str();
    let grace = part.component.blueprint.as_ref().and_then(|b| b.grace);
    let grace = grace.map_or(STOP_SECONDS, |time| time.nanos().div_ceil(1_000_000_000));
    let kind = if once {
        "Type=oneshot\n".to_owned()
    } else {
        "Restart=always\nRestartSec=5\n".to_owned()
    };
    let wanted = if once { "" } else { "\n[Install]\nWantedBy=multi-user.target\n" };
    let (needs, before) = (&beside.needs, &beside.before);
    format!(
        "[Unit]\nDescription={name}\nRequires=docker.service\n{needs}After=docker.service network-online.target\nWants=network-online.target\n\n\
         [Service]\n{kind}TimeoutStartSec=infinity\nTimeoutStopSec={}\nExecStartPre=-/usr/bin/docker rm --force {name}\n{before}\
         ExecStart={SCRIPTS}/{name}\nExecStop=/usr/bin/docker stop --time {grace} {name}\n{wanted}",
        grace + 15
    )
}

/// The unit that says others where a part is, as long as the server runs.
fn registering(name: &str) -> String {
    let script = format!("{SCRIPTS}/{name}-address");
    format!(
        "[Unit]\nDescription=where {name} is\nAfter=network-online.target {name}.service\nWants=network-online.target\n\n\
         [Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart={script} register\nExecStop={script} deregister\n\n\
         [Install]\nWantedBy=multi-user.target\n"
    )
}
