//! The one way to set up a Worker: there is no size to choose.

use catalog::Missing;
use model::{Component, Kind, Package};
use units::{Bytes, Millicores};

use super::{ID, ROWS};
use crate::case::Case;
use crate::container_options as common;
use model::{Billing, Configuration, FrontDoor, InstanceSettings, Settings};

/// A Worker for what answers HTTP or runs by the clock. What keeps data is refused, consumers would need Cloudflare's
/// queues, which the catalogue has no price for, and an image is not a script.
pub(super) fn options(case: &Case<'_>) -> Result<Vec<Configuration>, Missing> {
    let component = case.component;
    let front_door = match component.kind {
        Kind::Http | Kind::Static => FrontDoor::None,
        Kind::Cron => FrontDoor::Schedule,
        // A script there starts by a request or by the clock, and a release is neither.
        Kind::Worker | Kind::Stream | Kind::Job | Kind::Stateful => return Ok(Vec::new()),
    };
    if not_for(component).is_some() {
        return Ok(Vec::new());
    }
    let memory = Bytes::from_mib(case.prices.limit_number(ROWS, "memory")? as u64);
    let architectures = common::architectures(component);
    let settings = InstanceSettings {
        cpu: Millicores::ONE,
        memory,
        // A script has none: whatever the component runs on is right.
        architecture: architectures.first().copied().unwrap_or(model::Architecture::X86),
        concurrency: common::concurrency(component),
        min: 0,
        warm_hours: None,
        rate_each: None,
        billing: Billing::Cpu,
        front_door,
    };
    let label = format!("isolates of {memory}{}", common::door_label(front_door));
    Ok(vec![Configuration { platform: ID, settings: Settings::Instance(settings), label }])
}

/// What is no script.
pub(super) fn not_for(component: &Component) -> Option<&'static str> {
    let image = component.artifact.package.get() == Some(Package::Image);
    image.then_some("takes scripts, not container images")
}
