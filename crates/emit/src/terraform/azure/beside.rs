//! The containers of a replica: the main one, those that end before it, and those that stay beside it.
//!
//! "The total CPU and memory allocated to all the containers in a container app must add up to one of the following
//! combinations" ("Containers in Azure Container Apps", learn.microsoft.com): that is the plan's size, out of which the
//! others get what they ask for. Init containers are not in the sum, since nothing runs beside them: "an init container can
//! not be allocated more CPU than the total CPU … allocated for all app containers" (error
//! `ContainerAppInitContainersInvalidCpu`, github.com/microsoft/azure-container-apps/issues/1189), and one without a size
//! would get half a vCPU, which may be more (same place). Sizes may be "any decimal number, with a maximum of two decimal
//! places" (same page, May 2022).

use model::{Check, Container, InstanceSettings, Mount, Role};
use units::{Bytes, Millicores};

use super::container_apps::container;
use crate::Part;
use crate::terraform::beside::{Further, Scratch, shares, sizes, told_of_room, why};
use crate::terraform::json::expression;
use crate::terraform::stack::Stack;
use crate::tree::{Node, list, map};

/// CPU and memory in hundredths of a vCPU and of a GiB.
type Hundredths = (u64, u64);

/// Millicores of a hundredth of a vCPU.
const HUNDREDTH: u64 = 10;

/// What the template of an app or of a job has of containers and volumes, and the secrets that they read.
pub(super) fn containers(
    stack: &mut Stack<'_, '_>,
    part: &Part<'_>,
    instance: &InstanceSettings,
    serves: bool,
) -> (Node, Vec<Node>) {
    let (reasons, mut secrets) = (stack.why, Vec::new());
    let planned = |what: &str| reasons.plan(part, what);
    let whole = (instance.cpu.get() / HUNDREDTH, gib(instance.memory));
    let name = part.name.replace("--", "-");
    if part.component.containers.is_empty() {
        let size = size(whole, planned("CPU"), planned("memory"));
        let main = container(stack, part, (&name, "secret"), size, serves, &mut secrets);
        return (map([("container", main)]), secrets);
    }
    let asked: Vec<Hundredths> = sizes(stack, part, true).into_iter().map(rounded_up).collect();
    let of_each = |which: fn(&Hundredths) -> u64| asked.iter().map(which).collect::<Vec<u64>>();
    let (cpu, cpus) = shares(whole.0, &of_each(|size| size.0));
    let (memory, memories) = shares(whole.1, &of_each(|size| size.1));
    let mut given = cpus.into_iter().zip(memories);
    if given.clone().ne(asked.iter().copied()) {
        told_of_room(stack, part);
    }
    let scratch = Scratch::of(part, true);
    let left = if asked.is_empty() { "" } else { ", less what its other containers get" };
    let own =
        size((cpu, memory), planned(&format!("CPU{left}")), planned(&format!("memory{left}")));
    let main = container(stack, part, (&name, "secret"), own, serves, &mut secrets);
    let mut found = vec![seeing(main, &scratch, &part.component.mounts)];
    let mut before = Vec::new();
    let asks = |check: &Check| !matches!(check, Check::Command(_));
    for further in &Further::all(stack, part, asks, "Container Apps ask over HTTP and TCP") {
        let (one, own) = (further.container, further.part(part));
        let secret = format!("{}-secret", further.short);
        let stays = one.role.stays();
        let got =
            if stays { given.next().unwrap_or(whole) } else { alone(stack, part, one, whole) };
        let all = |said: bool| (!stays && !said).then(|| "all of it: nobody says".to_owned());
        let why_cpu = all(one.cpu.is_some()).unwrap_or_else(|| why(stack, one.cpu.as_ref()));
        let why_memory =
            all(one.memory.is_some()).unwrap_or_else(|| why(stack, one.memory.as_ref()));
        let size = size(got, why_cpu, why_memory);
        let names = (further.short.as_str(), secret.as_str());
        let node = container(stack, &own, names, size, serves && stays, &mut secrets);
        scratch.told(stack, part, further);
        let node = seeing(node, &scratch, &one.mounts);
        if one.role == Role::NativeSidecar {
            let what = format!(
                "its container {} starts with the main one and after all init containers: no init container stays in a replica",
                one.name
            );
            stack.told(part, &what);
        }
        if stays { found.push(node) } else { before.push(node) }
    }
    let mut entries = map([("container", list(found))]);
    if !before.is_empty() {
        entries.set(
            "init_container",
            list(before).why("they end one after the other, before the others start"),
        );
    }
    let volume =
        |name: &str| map([("name", Node::from(name)), ("storage_type", "EmptyDir".into())]);
    let volumes: Vec<Node> = scratch.names().map(volume).collect();
    if !volumes.is_empty() {
        entries
            .set("volume", list(volumes).why("what its containers share; gone with the replica"));
    }
    scratch.told_of_reading(stack, part);
    (entries, secrets)
}

/// What an init container gets: what it asks for, and all of the replica where nobody says that.
fn alone(
    stack: &mut Stack<'_, '_>,
    part: &Part<'_>,
    container: &Container,
    whole: Hundredths,
) -> Hundredths {
    let asked = rounded_up(container.size());
    let one = |asked: u64, whole: u64| if asked == 0 { whole } else { asked.min(whole) };
    let got = (one(asked.0, whole.0), one(asked.1, whole.1));
    if asked.0 > got.0 || asked.1 > got.1 {
        let what = format!(
            "its container {} asks for more than a replica has, and gets all of it",
            container.name
        );
        stack.told(part, &what);
    }
    got
}

/// A container with what it sees of the replica's scratch space.
fn seeing(mut node: Node, scratch: &Scratch, mounts: &[Mount]) -> Node {
    let one = |(name, mount): (&str, &Mount)| {
        let node = map([("name", Node::from(name)), ("path", mount.path.as_str().into())]);
        node.with_some("sub_path", mount.part.as_deref())
    };
    let all: Vec<Node> = scratch.seen(mounts).into_iter().map(one).collect();
    if !all.is_empty() {
        node.set("volume_mounts", list(all));
    }
    node
}

fn size((cpu, memory): Hundredths, why_cpu: String, why_memory: String) -> Node {
    let places = |value: u64| format!("{}.{:02}", value / 100, value % 100);
    let memory = match memory % 10 {
        0 => format!("{}.{}", memory / 100, memory % 100 / 10),
        _ => places(memory),
    };
    map([
        ("cpu", expression(places(cpu)).why(why_cpu)),
        ("memory", Node::from(format!("{memory}Gi")).why(why_memory)),
    ])
}

/// Hundredths of a GiB that are whole in it.
const fn gib(memory: Bytes) -> u64 {
    memory.mib_ceil() * 100 / 1024
}

fn rounded_up((cpu, memory): (Millicores, Bytes)) -> Hundredths {
    (cpu.get().div_ceil(HUNDREDTH), (memory.mib_ceil() * 100).div_ceil(1024))
}
