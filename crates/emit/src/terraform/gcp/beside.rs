//! The containers of an instance of Cloud Run: the main one and those that stay beside it.
//!
//! One of them has the port: "a Cloud Run instance always has one single ingress container that listens for requests, and
//! optionally one or more sidecar containers" ("Container runtime contract", Cloud Run documentation). Each has limits of its
//! own, and their sum is what an instance has and what is paid for. "If you have containers that depend on other containers,
//! you must use healthchecks in your deployment. If you use healthchecks, Cloud Run follows the container startup order"
//! ("Deploying container images to Cloud Run", same documentation). A container that has ended passes none, so that nothing
//! can run before the others.

use model::{Check, InstanceSettings, MAIN_PART, Mount, Port, Role, cloud_run_size};
use units::{Bytes, Millicores};

use super::cloud_run::{Asked, container};
use crate::Part;
use crate::kubernetes::{Ports, quantities};
use crate::terraform::beside::{Further, Scratch, listens, sizes, why};
use crate::terraform::parts;
use crate::terraform::stack::Stack;
use crate::tree::{Node, list, map};

type Size = (Millicores, Bytes);

/// What the template of a service or of a job has of containers and volumes.
pub(super) fn containers(
    stack: &mut Stack<'_, '_>,
    part: &Part<'_>,
    instance: &InstanceSettings,
    serves: bool,
) -> Node {
    let reasons = stack.why;
    let port = parts::main_port(&Ports::of_pod(part)).filter(|_| serves).cloned();
    let whole = (instance.cpu, instance.memory);
    let keys: &[&str] = if serves { &["startup_probe", "liveness_probe"] } else { &[] };
    let mut asked = Asked { owner: part, instance, serves, port: port.clone(), keys };
    if !part.component.containers.iter().any(|container| container.role.stays()) {
        let limits = limits(whole, [reasons.plan(part, "CPU"), reasons.plan(part, "memory")]);
        let node = container(stack, part, limits, &asked);
        return map([("containers", if serves { node } else { list([node]) })]);
    }
    let others: Vec<Size> = sizes(stack, part, true).into_iter().map(rounded).collect();
    let own = left(stack, part, whole, &others);
    let ingress = port.as_ref().and_then(|port| listens(part, port.number));
    asked.port = port.clone().filter(|_| ingress.is_none());
    let less =
        |what: &str| reasons.plan(part, &format!("{what}, less what its other containers get"));
    let main = container(stack, part, limits(own, [less("CPU"), less("memory")]), &asked);
    let scratch = Scratch::of(part, false);
    let name = part.name.replace("--", "-");
    let main = map([("name", Node::from(name))]).joined(main);
    let mut main = seeing(main, &scratch, &part.component.mounts);
    let how = "Cloud Run asks over HTTP and TCP";
    let by_net = |check: &Check| !matches!(check, Check::Command(_));
    let (mut found, mut awaited) = (Vec::new(), Vec::<Node>::new());
    let mut given = others.iter();
    for further in &Further::all(stack, part, by_net, how) {
        let (one, own) = (further.container, further.part(part));
        if !one.role.stays() {
            continue;
        }
        let is_ingress = ingress.as_ref().is_some_and(|(short, _)| *short == further.short);
        asked.port = port.clone().filter(|_| is_ingress);
        asked.keys = if serves { keys } else { &["startup_probe"] };
        let size = given.next().copied().unwrap_or(whole);
        let why = [why(stack, one.cpu.as_ref()), why(stack, one.memory.as_ref())];
        let node = container(stack, &own, limits(size, why), &asked);
        let node = map([("name", Node::from(further.short.as_str()))]).joined(node);
        scratch.told(stack, part, further);
        let mut node = seeing(node, &scratch, &one.mounts);
        if !awaited.is_empty() {
            node.set("depends_on", list(awaited.clone()));
        }
        if one.role == Role::NativeSidecar {
            if !node.has("startup_probe")
                && let Some(probe) = first_port(&own)
            {
                node.set("startup_probe", probe.why("default: it has started when it listens"));
            }
            if node.has("startup_probe") {
                awaited.push(further.short.as_str().into());
            } else {
                let what = format!(
                    "its container {} starts with the main one: nothing that Cloud Run can ask says when it has started",
                    one.name
                );
                stack.told(part, &what);
            }
        }
        if !serves {
            let what = format!(
                "Cloud Run does not say that it ends its container {} after the main one: see that it ends, or a run lasts until its time is over",
                one.name
            );
            stack.told(part, &what);
        }
        found.push(node);
    }
    if !awaited.is_empty() {
        main.set("depends_on", list(awaited).why("they start before it"));
    }
    found.insert(0, main);
    let volumes = volumes(stack, part, &scratch, own, &others);
    scratch.told_of_reading(stack, part);
    let mut entries = map([("containers", list(found))]);
    if !volumes.is_empty() {
        entries
            .set("volumes", list(volumes).why("what its containers share; gone with the instance"));
    }
    entries
}

/// What a further container gets, which the platform takes; what no container of Cloud Run can have is as large as one can be.
fn rounded(asked: Size) -> Size {
    cloud_run_size(asked).unwrap_or(asked)
}

/// What is left of the plan's size for the main container, as a container of Cloud Run can have it; else it is told.
fn left(stack: &mut Stack<'_, '_>, part: &Part<'_>, whole: Size, others: &[Size]) -> Size {
    let sum = others.iter().fold((0, 0), |sum: (u64, u64), (cpu, memory)| {
        (sum.0.saturating_add(cpu.get()), sum.1.saturating_add(memory.get()))
    });
    let rest =
        |whole: u64, others: u64| whole.saturating_sub(others).max(whole.div_ceil(MAIN_PART));
    let wanted =
        (Millicores::new(rest(whole.0.get(), sum.0)), Bytes::new(rest(whole.1.get(), sum.1)));
    let own = cloud_run_size(wanted).unwrap_or(wanted);
    let all = (own.0.get().saturating_add(sum.0), own.1.get().saturating_add(sum.1));
    if all != (whole.0.get(), whole.1.get()) {
        let what = format!(
            "an instance gets {}m of CPU and {} for all its containers, which is not what is planned: plan it anew with its containers",
            all.0,
            Bytes::new(all.1)
        );
        stack.told(part, &what);
    }
    own
}

fn limits((cpu, memory): Size, [why_cpu, why_memory]: [String; 2]) -> Node {
    let (cpu, memory) = quantities(cpu, memory);
    map([("cpu", Node::from(cpu).why(why_cpu)), ("memory", Node::from(memory).why(why_memory))])
}

/// Whether it listens, which is all that Cloud Run can ask of what has no check.
fn first_port(part: &Part<'_>) -> Option<Node> {
    let port: u16 = Ports::of(part).main().map(|port: &Port| port.number)?;
    Some(map([("tcp_socket", map([("port", port.into())]))]))
}

/// A container with what it sees of the instance's scratch space.
fn seeing(mut node: Node, scratch: &Scratch, mounts: &[Mount]) -> Node {
    let one = |(name, mount): (&str, &Mount)| {
        map([("name", Node::from(name)), ("mount_path", mount.path.as_str().into())])
    };
    let all: Vec<Node> = scratch.seen(mounts).into_iter().map(one).collect();
    if !all.is_empty() {
        node.set("volume_mounts", list(all));
    }
    node
}

/// Scratch space, which is memory: "the memory used by each write to the volume counts as memory usage for the container that
/// wrote the data", and a limit is better than an instance that is ended ("In-memory volume mounts", Cloud Run documentation).
/// Half of what the smallest of its containers has is the limit of each: our choice.
fn volumes(
    stack: &mut Stack<'_, '_>,
    part: &Part<'_>,
    scratch: &Scratch,
    main: Size,
    others: &[Size],
) -> Vec<Node> {
    let stay = part.component.containers.iter().filter(|container| container.role.stays());
    let mounts = std::iter::once(&part.component.mounts).chain(stay.map(|one| &one.mounts));
    let sizes = std::iter::once(&main).chain(others);
    let seen: Vec<(Bytes, &Vec<Mount>)> = sizes.map(|(_, memory)| *memory).zip(mounts).collect();
    let mut found = Vec::new();
    for name in scratch.names() {
        let sees = |mounts: &Vec<Mount>| scratch.seen(mounts).iter().any(|(own, _)| *own == name);
        let least = seen.iter().filter(|(_, mounts)| sees(mounts)).map(|(memory, _)| *memory).min();
        let Some(least) = least else { continue };
        let mib = (least.mib_ceil() / 2).max(1);
        let what = format!(
            "what its containers share as {name} is memory on Cloud Run, out of what the one has that writes it: {mib} MiB at the most, and it belongs to root"
        );
        stack.told(part, &what);
        let limit = Node::from(format!("{mib}Mi"))
            .why("default: half of what the smallest of its containers has");
        let memory = map([("medium", Node::from("MEMORY")), ("size_limit", limit)]);
        found.push(map([("name", Node::from(name)), ("empty_dir", memory)]));
    }
    found
}
