//! Further containers of a part on a server: those that end before it starts run in its unit, those that stay have units of
//! their own.
//!
//! What stays shares the network of a container that does nothing, as in a pod: it has the part's name and ports, so that
//! the others can come and go. Units require that one's: when it is started anew, so are they (`Restart=`, systemd.service:
//! what requires a unit is restarted with it). None of them is left when the part has stopped (`StopWhenUnneeded=`).

use model::{Container, Held, Mount, Role};

use super::cloud_init::{DISKS, Host, Run, SCRIPTS, STOP_SECONDS, script};
use super::script::word;
use super::settings;
use crate::Part;
use crate::kubernetes::claims_by_name;
use crate::terraform::beside::{Further, Scratch, shares, sizes, told_of_room};
use crate::terraform::stack::Stack;

/// Holds the network of a part's containers and does nothing else: what Kubernetes holds a pod's by.
const HOLDER: &str = "registry.k8s.io/pause:3.10";
/// Where scratch space stands on a server; it is emptied when a part starts.
const SCRATCH: &str = "/var/lib/parts-scratch";
/// MiB that Docker gives a container at the least (`docker run --memory`, Docker's reference).
pub(super) const MEMORY_MIN_MIB: u64 = 6;

/// What stands beside a part's own script and unit. No part's own name has a dot.
#[derive(Debug, Default)]
pub(super) struct Beside {
    /// Scripts by their names.
    pub scripts: Vec<(String, String)>,
    /// Units by their names.
    pub units: Vec<(String, String)>,
    /// Lines of the part's unit that say what it needs.
    pub needs: String,
    /// Lines of its service that run before it.
    pub before: String,
    /// Lines of its script that wait for what has to be there.
    pub waits: Vec<String>,
    /// Options that show its container what it shares.
    pub mounts: Vec<String>,
    /// Memory of its container in MiB.
    pub memory_mib: Option<u64>,
    /// The container whose network it has, where that is not its own.
    pub network_of: Option<String>,
}

impl Beside {
    /// Of a part. `door` are the options that say by which name and ports it is reached and how it reaches others, `disk` the
    /// lines that make its disk ready.
    pub(super) fn of(
        stack: &mut Stack<'_, '_>,
        host: &dyn Host,
        part: &Part<'_>,
        door: &[String],
        disk: &[String],
    ) -> Self {
        let whole = settings(part).map(|server| server.memory.mib_ceil());
        let mut found = Self { memory_mib: whole, ..Self::default() };
        let name = part.name.as_str();
        if part.component.containers.is_empty() {
            return found;
        }
        let claims = claims_by_name(part);
        let names = claims.iter().map(|(name, _)| name.clone()).collect();
        let scratch = Scratch::of(part, true).with_claims(names);
        found.mounts = seen(&scratch, part, &part.component.mounts, &[]);
        let asked: Vec<u64> =
            sizes(stack, part, false).into_iter().map(|(_, m)| m.mib_ceil()).collect();
        let (own, others) = shares(whole.unwrap_or(0), &asked);
        if whole.is_some() {
            found.memory_mib = Some(own);
            if others != asked {
                told_of_room(stack, part);
            }
        }
        let mut given = others.into_iter();
        let stays = part.component.containers.iter().any(|container| container.role.stays());
        let holder = format!("{name}.net");
        found.network_of = stays.then(|| holder.clone());
        let empty = emptied(&scratch, part);
        if stays {
            let mut options = vec![network(None), format!("--network-alias {name}")];
            options.extend(door.iter().cloned());
            let options = options.join(" \\\n  ");
            let text = format!(
                "#!/bin/bash\nset -euo pipefail\n{empty}until docker pull --quiet {HOLDER}; do sleep 5; done\nexec docker run --rm --name {holder} {options} \\\n  {HOLDER}\n"
            );
            found.scripts.push((holder.clone(), text));
            found.units.push((
                holder.clone(),
                unit(&holder, "", &format!("the network of {name}"), STOP_SECONDS),
            ));
            found.needs.push_str(&format!("Requires={holder}.service\nAfter={holder}.service\n"));
            found.waits.push(until_there(&holder));
        } else if !empty.is_empty() {
            let cleaner = format!("{name}.scratch");
            found.before.push_str(&format!("ExecStartPre={SCRIPTS}/{cleaner}\n"));
            found.scripts.push((cleaner, format!("#!/bin/bash\nset -euo pipefail\n{empty}")));
        }
        let how = "on a server nobody asks it; what ends is started again";
        for further in &Further::all(stack, part, |_| false, how) {
            let container = further.container;
            let own = further.part(part);
            scratch.told(stack, part, further);
            let memory = if container.role.stays() {
                given.next()
            } else {
                whole.map(|whole| before(stack, part, container, whole))
            };
            let mut waits = found.waits.clone();
            if container.mounts.iter().any(|mount| mount.held == Held::Claim) {
                waits.extend(disk.iter().cloned());
            }
            if !container.role.stays() {
                // One that was ended in its midst may still be there.
                waits.push(format!("docker rm --force {} >/dev/null 2>&1 || true", own.name));
            }
            let run = Run {
                part: &own,
                of: part,
                network: network(found.network_of.as_deref()),
                memory_mib: memory.filter(|_| whole.is_some()),
                options: seen(&scratch, part, &container.mounts, &claims),
                waits,
                door: Vec::new(),
            };
            let text = script(stack, host, &run);
            found.scripts.push((own.name.clone(), text));
            if container.role == Role::Init {
                found.before.push_str(&format!("ExecStartPre={SCRIPTS}/{}\n", own.name));
                continue;
            }
            let native = container.role == Role::NativeSidecar;
            // What stays beside a run starts with it: it would wait for the run's end.
            let after = if native || part.component.kind.ends() {
                String::new()
            } else {
                format!("After={name}.service\n")
            };
            let needs = format!(
                "Requires={holder}.service\nAfter={holder}.service\nPartOf={name}.service\n{after}"
            );
            let about = format!("{} of {name}", container.role.name());
            found.units.push((own.name.clone(), unit(&own.name, &needs, &about, STOP_SECONDS)));
            found.needs.push_str(&format!("Wants={}.service\n", own.name));
            if native {
                found.needs.push_str(&format!("After={}.service\n", own.name));
                found.waits.push(until_there(&own.name));
            }
        }
        found
    }
}

/// The option that says whose network a container has.
pub(super) fn network(of: Option<&str>) -> String {
    of.map_or_else(|| "--network parts".to_owned(), |of| format!("--network container:{of}"))
}

/// Memory in MiB of what runs while nothing else does: what it asks for, at the most all that the part has.
fn before(stack: &mut Stack<'_, '_>, part: &Part<'_>, container: &Container, whole: u64) -> u64 {
    let asked = container.size().1.mib_ceil();
    if asked > whole {
        let what = format!(
            "its container {} asks for more memory than is planned for it, and gets all of that",
            container.name
        );
        stack.told(part, &what);
    }
    if asked == 0 { whole } else { asked.min(whole) }
}

/// A line that waits until a container is there.
fn until_there(name: &str) -> String {
    format!(
        "until [ \"$(docker inspect --format '{{{{.State.Running}}}}' {name} 2>/dev/null)\" = true ]; do sleep 1; done"
    )
}

/// The lines that empty a part's scratch space.
fn emptied(scratch: &Scratch, part: &Part<'_>) -> String {
    let place = format!("{SCRATCH}/{}", part.name);
    let folders: Vec<String> = scratch.names().map(|name| format!("{place}/{name}")).collect();
    if folders.is_empty() {
        return String::new();
    }
    let all = folders.join(" ");
    format!("rm -rf {place}\nmkdir -p {all}\nchmod 1777 {all}\n")
}

/// Options that show a container what it shares: scratch space, and disks by the names that they have in the definition and
/// on the server.
fn seen(
    scratch: &Scratch,
    part: &Part<'_>,
    mounts: &[Mount],
    claims: &[(String, String)],
) -> Vec<String> {
    let shown = |place: String, mount: &Mount| {
        let inside = mount.part.as_ref().map_or_else(String::new, |inside| format!("/{inside}"));
        let end = if mount.read_only { ":ro" } else { "" };
        format!("--volume {}:{}{end}", word(&format!("{place}{inside}")), word(&mount.path))
    };
    let name = &part.name;
    let own = scratch.seen(mounts).into_iter();
    let mut found: Vec<String> =
        own.map(|(space, mount)| shown(format!("{SCRATCH}/{name}/{space}"), mount)).collect();
    for mount in mounts.iter().filter(|m| m.held == Held::Claim && scratch.can_be(m)) {
        let disk = claims.iter().find(|(known, _)| *known == mount.name);
        found.extend(disk.map(|(_, disk)| shown(format!("{DISKS}/{name}/{disk}"), mount)));
    }
    found
}

/// The unit of a container that stays as long as somebody needs it.
fn unit(name: &str, needs: &str, about: &str, grace: u64) -> String {
    format!(
        "[Unit]\nDescription={about}\nRequires=docker.service\n{needs}After=docker.service network-online.target\nWants=network-online.target\nStopWhenUnneeded=yes\n\n\
         [Service]\nRestart=always\nRestartSec=5\nTimeoutStartSec=infinity\nTimeoutStopSec={}\nExecStartPre=-/usr/bin/docker rm --force {name}\n\
         ExecStart={SCRIPTS}/{name}\nExecStop=/usr/bin/docker stop --time {grace} {name}\n",
        grace + 15
    )
}
