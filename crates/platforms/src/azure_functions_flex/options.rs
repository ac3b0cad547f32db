//! The functions worth trying for one component: instance size and instances that are always ready.

use catalog::Missing;
use model::{Component, Kind, Package};
use units::{Bytes, Millicores};

use super::{ID, ROWS, host::Flex};
use crate::case::Case;
use crate::container_options as common;
use crate::instance_host::suits;
use crate::instance_options as shared;
use model::{Configuration, InstanceSettings, Settings};

/// Memory sizes of an instance, in MB.
const SIZES: [u64; 3] = [512, 2048, 4096];
/// Languages that the plan runs.
const LANGUAGES: [&str; 5] = ["nodejs", "python", "java", "dotnet", "powershell"];

/// The configurations worth trying, cheapest-looking first.
pub(super) fn options(case: &Case<'_>) -> Result<Vec<Configuration>, Missing> {
    let component = case.component;
    // Files are better served from storage.
    if !suits(component) || component.kind == Kind::Static || not_for(component).is_some() {
        return Ok(Vec::new());
    }
    let wanted = common::memory(component);
    let mut sizes = Vec::new();
    for size in SIZES.into_iter().filter(|size| Bytes::from_mib(*size) >= wanted) {
        let number = |id: String| case.prices.limit_number(ROWS, &id);
        let cpu = number(format!("flex.size_{size}.cpu"))?;
        let places = number(format!("flex.concurrency_{size}"))? as u32;
        let concurrency = common::concurrency(component).min(places);
        sizes.push((Millicores::new((cpu * 1e3) as u64), Bytes::from_mib(size), concurrency));
    }
    let bases = shared::worth_trying(&Flex, case, sizes.into_iter(), shared::front_door(case))?;
    let mut found = Vec::new();
    for base in bases {
        let ready = InstanceSettings { min: 1, ..base.clone() };
        found.push(base);
        if component.kind == Kind::Http {
            found.push(ready);
        }
    }
    Ok(found.into_iter().map(configuration).collect())
}

/// What the plan does not run; nobody saying is no reason against it.
pub(super) fn not_for(component: &Component) -> Option<&'static str> {
    if component.artifact.package.get() == Some(Package::Image) {
        return Some("takes code, not container images");
    }
    let runtime = component.runtime.value().map(|runtime| runtime.0.to_lowercase())?;
    let speaks = LANGUAGES.iter().any(|language| runtime.starts_with(language));
    (!speaks).then_some("does not run its language")
}

fn configuration(settings: InstanceSettings) -> Configuration {
    let label = shared::label(&settings);
    Configuration { platform: ID, settings: Settings::Instance(settings), label }
}
