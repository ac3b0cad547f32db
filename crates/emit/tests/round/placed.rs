//! Placements of any application, without a search.

use model::{
    App, Architecture, Component, FrontDoor, Kind, Placement, PlatformId, PodSettings, PodTarget,
    Reason, Settings,
};
use units::{Bytes, Millicores, Money};

/// Every component on a cluster, as large as it says.
pub(crate) fn on_kubernetes(app: &App) -> Vec<Placement> {
    app.components.iter().map(one).collect()
}

fn one(component: &Component) -> Placement {
    let public = component.public.get() == Some(true);
    let settings = PodSettings {
        cpu_request: cpu(component),
        memory: memory(component),
        architecture: Architecture::X86,
        min: 1,
        max: if component.kind == Kind::Stateful { 1 } else { 10 },
        target: PodTarget::CpuPercent(70),
        front_door: if public { FrontDoor::Balancer } else { FrontDoor::None },
        volume: Bytes::from_gib(20),
        spill: None,
    };
    Placement {
        component: component.id.clone(),
        platform: PlatformId("kubernetes/eks"),
        region: "aws/us-east-1".to_owned(),
        config: "as in a test".to_owned(),
        configured: Settings::Pod(settings),
        machines: None,
        copies_most: None,
        settings: Vec::new(),
        cost_month: Money::ZERO,
        latency: None,
        cold_fraction: None,
        decided_by: Reason::plain("a test"),
        reasons: Vec::new(),
    }
}

/// CPU that is declared, else a quarter of a vCPU.
pub(crate) fn cpu(component: &Component) -> Millicores {
    let declared = component.cpu_request.as_ref().and_then(model::Fact::get);
    declared.unwrap_or(Millicores::new(250))
}

/// Memory that is known or assumed, else 256 MiB.
pub(crate) fn memory(component: &Component) -> Bytes {
    component.memory.get().unwrap_or(Bytes::from_mib(256))
}
