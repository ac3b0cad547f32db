//! The proxy of a split on each server, and the other side as a part.

use model::{Placement, Spill};

use super::ports;
use super::script::filled;
use crate::kubernetes::Ports;
use crate::proxy::{IMAGE, IMAGE_WHY, Proxy, config};
use crate::terraform::Place;
use crate::terraform::json::escape;
use crate::terraform::stack::{Stack, id};
use crate::{Part, Plan};

/// How a container of Docker's finds names ("Networking overview", Docker documentation).
const NAMES: [&str; 1] = ["nameserver docker 127.0.0.11:53"];

/// What takes a part's requests above its cap, if the plan split it.
pub(in crate::terraform) fn spill<'p>(part: &'p Part<'_>) -> Option<&'p Spill> {
    part.placement.configured.spill()
}

/// Where the other side of a split part goes.
pub(in crate::terraform) fn placement(part: &Part<'_>, spill: &Spill) -> Placement {
    Placement {
        platform: spill.to.platform,
        config: spill.to.label.clone(),
        configured: spill.to.settings.clone(),
        machines: None,
        copies_most: None,
        ..part.placement.clone()
    }
}

/// The other side as a part. No part's own name has two dashes.
pub(in crate::terraform) fn other_side<'p>(part: &Part<'p>, placement: &'p Placement) -> Part<'p> {
    let name = format!("{}--burst", part.name);
    Part { component: part.component, placement, name, target: part.target }
}

/// Whether those who write a platform can write the other side of a split there; `unfit` says what else stands against it.
pub(in crate::terraform) fn check(
    plan: &Plan<'_>,
    part: &Part<'_>,
    spill: &Spill,
    place: &dyn Place,
    unfit: impl Fn(&Part<'_>) -> Option<&'static str>,
) -> Result<(), String> {
    let placement = placement(part, spill);
    let other = other_side(part, &placement);
    if !place.takes(&placement) {
        return Err(format!("a split with {} is not written", placement.platform));
    }
    if let Some(what) = unfit(&other) {
        return Err(format!("a split {what} is not written"));
    }
    place.refuses(plan, &other).map_or(Ok(()), Err)
}

/// Whether requests come to a part through a proxy of its own.
pub(super) fn stands_before(part: &Part<'_>) -> bool {
    spill(part).is_some()
}

/// The name of the local value that holds the host of the other side.
pub(in crate::terraform) fn host_of(part: &Part<'_>) -> String {
    format!("{}__burst_host", id(part))
}

/// The proxy's configuration and the script that starts it.
pub(super) fn files(stack: &mut Stack<'_, '_>, part: &Part<'_>) -> Option<(String, String)> {
    let spill = spill(part)?;
    let (inside, outside) = (Ports::of_pod(part), ports(stack.plan, part));
    let port = inside.main()?;
    let name = part.name.as_str();
    let host = format!("${{local.{}}}", host_of(part));
    let program = port.number;
    let config = config(Proxy {
        bind: program,
        program: &format!("{name}:{program}"),
        cap: spill.in_flight,
        host: &host,
        names: &NAMES,
    });
    let publish: Vec<String> = inside
        .all
        .iter()
        .zip(&outside.all)
        .filter(|(inside, _)| inside.number == program)
        .map(|(inside, outside)| format!("--publish {}:{}", outside.number, inside.number))
        .collect();
    if inside.all.len() > publish.len() {
        stack.left_out(part, "its other ports: the proxy of a split stands before one");
    }
    let image = filled(&format!("local.{}__proxy_image", id(part)));
    let image_value = crate::Node::from(IMAGE).why(IMAGE_WHY);
    stack.local(&format!("{}__proxy_image", id(part)), image_value);
    let script = format!(
        "#!/bin/bash\nset -euo pipefail\nexport DOCKER_CONFIG=/etc/docker/client\nexec docker run --rm --name {name}-proxy --network parts {} \\\n  --sysctl net.ipv4.ip_unprivileged_port_start=0 --volume /etc/parts/{name}-proxy.cfg:/usr/local/etc/haproxy/haproxy.cfg:ro {image}\n",
        publish.join(" ")
    );
    Some((config, script))
}

/// The proxy's unit.
pub(super) fn unit(part: &Part<'_>) -> String {
    let name = escape(&part.name);
    format!(
        "[Unit]\nDescription=proxy before {name}\nRequires=docker.service\nAfter=docker.service {name}.service\n\n\
         [Service]\nRestart=always\nRestartSec=5\nTimeoutStartSec=infinity\nExecStartPre=-/usr/bin/docker rm --force {name}-proxy\n\
         ExecStart=/opt/parts/{name}-proxy\nExecStop=/usr/bin/docker stop --time 10 {name}-proxy\n\n\
         [Install]\nWantedBy=multi-user.target\n"
    )
}
